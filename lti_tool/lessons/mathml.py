r"""MathML as LaTeX: formulas of web pages, of LibreOffice's HTML and of MathType become what a teacher would type
between \( and \). Pure.

Elements are those of MathML Core and of Presentation MathML 3. One that is not known here gives what stands in it, so
that nothing is lost but its shape; annotations say the same once more, and are left out.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lti_tool.lessons.equations import ACCENTS, DEEPEST, LONGEST, SUMS, fence, signs

MOST_NODES = 2_000
"""Elements of one formula; with more of them it is no formula of a lesson, and is not read."""

_SPECIAL = re.compile(r"[\\{}$%&#_^~]")
_UNSEEN = str.maketrans(dict.fromkeys("\u2061\u2062\u2063\u2064\u200b\ufeff"))
"""Signs that say what stands beside each other means, and are not written."""
OPENING = {"(": ")", "[": "]", "{": "}", "|": "|", "‖": "‖", "⌊": "⌋", "⌈": "⌉", "⟨": "⟩"}
LIMITS = frozenset([r"\lim", r"\max", r"\min", *SUMS.values()])
DOUBLED = dict(zip("RNZQC", "ℝℕℤℚℂ", strict=True))
VOID = frozenset(["mspace", "none", "mprescripts", "mglyph"])
"""In HTML even these may have an end tag of their own, but need none."""


def name_of(tag: str) -> str:
    """The name of an element without the prefix that Word gives it (`mml:math`)."""
    return tag.rpartition(":")[2]


@dataclass
class _Node:
    name: str
    told: Mapping[str, str] = field(default_factory=dict)
    parts: list["_Node | str"] = field(default_factory=list)

    @property
    def nodes(self) -> list["_Node"]:
        return [part for part in self.parts if isinstance(part, _Node)]

    @property
    def text(self) -> str:
        return "".join(part for part in self.parts if isinstance(part, str))


@dataclass
class Formula:
    """One `math` element while it is read; told of its tags and characters in their order."""

    _root: _Node = field(default_factory=lambda: _Node("math"))
    _open: list[_Node] = field(default_factory=list)
    _nodes: int = 0
    _characters: int = 0

    def start(self, tag: str, told: Mapping[str, str]) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES or len(self._open) > DEEPEST:
            return
        node = _Node(name_of(tag), told)
        self._here.parts.append(node)
        if node.name not in VOID:
            self._open.append(node)

    def end(self, tag: str) -> None:
        place = next((n for n in range(len(self._open) - 1, -1, -1) if self._open[n].name == name_of(tag)), None)
        if place is not None:
            del self._open[place:]

    def say(self, data: str) -> None:
        text = " ".join(data.split("\n"))
        is_said = bool(text.strip()) or self._here.name in ("mtext", "ms")  # elsewhere space only lays the source out
        self._characters += len(text) if is_said else 0
        if is_said and self._characters <= LONGEST:
            self._here.parts.append(text)

    @property
    def _here(self) -> _Node:
        return self._open[-1] if self._open else self._root

    def is_end(self, tag: str) -> bool:
        return name_of(tag) == "math"

    def latex(self) -> str | None:
        """ "" where nothing stands in it; None where more does than a formula of a lesson holds."""
        if self._nodes > MOST_NODES or self._characters > LONGEST:
            return None
        found = " ".join(_row(self._root).split())
        return found if len(found) <= LONGEST else None


# --- shapes ---------------------------------------------------------------------------------------------------------


def _of(node: _Node) -> str:
    shape = SHAPES.get(node.name)
    return shape(node) if shape else _row(node)


def _row(node: _Node) -> str:
    """What stands beside each other; fences around a table, or around all of it, grow with it."""
    said, place = [], 0
    while place < len(node.parts):
        end = _fenced_to(node.parts, place)
        said.append(_within(node.parts[place:end]) if end else _part(node.parts[place]))
        place = end or place + 1
    return "".join(said)


def _part(part: "_Node | str") -> str:
    return _signs(part) if isinstance(part, str) else _of(part)


def _signs(text: str) -> str:
    return SUMS.get(text) or signs(text.translate(_UNSEEN).translate(ALIKE))


def _fenced_to(parts: Sequence["_Node | str"], start: int) -> int:
    """Where what a fence begins at `start` ends; 0 where no fence that grows begins there."""
    closing = OPENING.get(_sign(parts[start]))
    if closing is None or start + 1 == len(parts):
        return 0
    if _table_in(parts[start + 1]):
        return start + 2 + (start + 2 < len(parts) and _sign(parts[start + 2]) in OPENING.values())
    if start or len(parts) < 3 or _sign(parts[-1]) != closing:
        return 0
    inner = [_sign(part) for part in parts[1:-1]]
    return 0 if closing in inner else len(parts)


def _within(parts: Sequence["_Node | str"]) -> str:
    last = _sign(parts[-1])
    is_closed = len(parts) > 2 and last in OPENING.values()
    return _between(_sign(parts[0]), parts[1 : -1 if is_closed else None], last if is_closed else "")


def _between(begin: str, inner: Sequence["_Node | str"], end: str) -> str:
    """An open brace is a system's, another open fence keeps its lines to the left."""
    table = _table_in(inner[0]) if len(inner) == 1 and not end else None
    if table and begin == "{":
        return f"\\begin{{cases}}{_lines(table)}\\end{{cases}}"
    said = "".join(map(_part, inner)).strip()
    if table and "&" not in (lines := _lines(table)):
        said = f"\\begin{{array}}{{l}}{lines}\\end{{array}}"
    return f"\\left{fence(begin)} {said}\\right{fence(end)} "


def _sign(part: "_Node | str") -> str:
    return part.text.strip().translate(ALIKE) if isinstance(part, _Node) and part.name == "mo" else ""


def _table_in(part: "_Node | str") -> _Node | None:
    """The table that this is, or that alone stands in it."""
    inner = _alone(part)
    return inner if isinstance(inner, _Node) and inner.name == "mtable" else None


def _alone(part: "_Node | str") -> "_Node | str":
    """What alone stands in rows within rows."""
    while isinstance(part, _Node) and part.name in ROWS and len(part.parts) == 1:
        part = part.parts[0]
    return part


def _identifier(node: _Node) -> str:
    text = node.text.strip()
    return _signs(DOUBLED.get(text, text) if node.told.get("mathvariant") == "double-struck" else text) + "".join(
        map(_of, node.nodes)
    )


def _words(node: _Node) -> str:
    text = _SPECIAL.sub(" ", " ".join(node.text.translate(_UNSEEN).split("\u00a0")))
    return f"\\text{{{text}}}" if text.strip() else " "


def _fraction(node: _Node) -> str:
    match [_of(one).strip() for one in node.nodes]:
        case [over, under] if re.match(r"0+(\.0+)?(\D|$)", node.told.get("linethickness", "")):
            return f"\\begin{{matrix}}{over}\\\\{under}\\end{{matrix}}"
        case [over, under] if node.told.get("bevelled") == "true":
            return f"{{{over}}}/{{{under}}}"
        case [over, under]:
            return f"\\frac{{{over}}}{{{under}}}"
    return _row(node)


def _square_root(node: _Node) -> str:
    return f"\\sqrt{{{_row(node).strip()}}}"


def _root(node: _Node) -> str:
    match [_of(one).strip() for one in node.nodes]:
        case [base, degree]:
            return f"\\sqrt[{degree}]{{{base}}}" if degree else f"\\sqrt{{{base}}}"
    return _row(node)


def _scripts(node: _Node) -> str:
    base, *said = [_of(one).strip() for one in node.nodes] or [""]
    places = {"msub": "_", "munder": "_", "msup": "^", "mover": "^"}.get(node.name, "_^")
    return _held(base) + _limits(places, said) if len(said) == len(places) else _row(node)


def _limits(places: str, said: Sequence[str]) -> str:
    return "".join(
        text if place == "^" and not text.strip("'") else f"{place}{{{text}}}"
        for place, text in zip(places, said, strict=True)
        if text
    )


def _held(base: str) -> str:
    return base if re.fullmatch(r"\w|\\[A-Za-z]+", base) else f"{{{base}}}"


def _around(node: _Node) -> str:
    """Limits of a sum, accents, braces; else what it is: one above the other."""
    base, *marks = node.nodes or [_Node("mrow")]
    said = _of(base).strip()
    if said in LIMITS:
        return _scripts(node)
    places = {"munder": "u", "mover": "o"}.get(node.name, "uo")
    if len(marks) != len(places):
        return _row(node)
    for place, mark in zip(places, marks, strict=True):
        said = _marked(said, _mark(mark), place) or f"\\{NAMES[place]}set{{{_of(mark).strip()}}}{{{said}}}"
    return said


def _marked(base: str, mark: str, place: str) -> str:
    command = ABOVE.get(mark) if place == "o" else BELOW.get(mark)
    return f"{command}{{{base}}}" if command else ""


def _mark(node: _Node) -> str:
    inner = _alone(node)
    return (inner.text if isinstance(inner, _Node) else inner).strip()


def _fenced(node: _Node) -> str:
    told = node.told
    begin, end = told.get("open", "(").strip(), told.get("close", ")").strip()
    between = _signs(told.get("separators", ",").strip()[:1])
    if len(node.parts) == 1:
        return _between(begin, node.parts, end)
    return f"\\left{fence(begin)} {between.join(_of(one).strip() for one in node.nodes)}\\right{fence(end)} "


def _table(node: _Node) -> str:
    return f"\\begin{{matrix}}{_lines(node)}\\end{{matrix}}"


def _lines(table: _Node) -> str:
    rows = [row.nodes[row.name == "mlabeledtr" :] for row in table.nodes if row.name in ("mtr", "mlabeledtr")]
    return "\\\\".join("&".join(_of(cell).strip() for cell in row) for row in rows)


def _enclosed(node: _Node) -> str:
    kinds = node.told.get("notation", "").split()
    command = r"\sqrt" if "radical" in kinds else r"\overline" if kinds == ["top"] else ""
    return f"{command}{{{_row(node).strip()}}}" if command else _row(node)


def _before_and_behind(node: _Node) -> str:
    """Isotopes: signs before a letter as well as behind it."""
    base, *rest = node.nodes or [_Node("mrow")]
    cut = next((n for n, one in enumerate(rest) if one.name == "mprescripts"), len(rest))
    before, behind = ("".join(_pairs(part)) for part in (rest[cut + 1 :], rest[:cut]))
    return (f"{{}}{before}" if before else "") + _held(_of(base).strip()) + behind


def _pairs(nodes: Sequence[_Node]) -> Iterator[str]:
    for place in range(0, len(nodes) - 1, 2):
        yield _limits("_^", [_of(one).strip() for one in nodes[place : place + 2]])


def _first(node: _Node) -> str:
    return _of(node.nodes[0]) if node.nodes else ""


def _nothing(node: _Node) -> str:
    return ""


ROWS = frozenset(["mrow", "mstyle", "mpadded"])
NAMES = {"u": "under", "o": "over"}
ALIKE = str.maketrans({"∣": "|", "⟶": "→"})
ABOVE = {
    **ACCENTS, "~": r"\tilde", "˜": r"\tilde", "‾": r"\overline", "―": r"\overline", "_": r"\overline",
    "ˆ": r"\widehat", "⟶": r"\overrightarrow", "⇀": r"\overrightarrow", "˙": r"\dot", "¨": r"\ddot", "⏞": r"\overbrace",
}  # fmt: skip
BELOW = {"_": r"\underline", "\u0332": r"\underline", "¯": r"\underline", "‾": r"\underline", "⏟": r"\underbrace"}
SHAPES: dict[str, Callable[[_Node], str]] = {
    "mi": _identifier,
    "mn": _identifier,
    "mo": _identifier,
    "mtext": _words,
    "ms": _words,
    "mfrac": _fraction,
    "msqrt": _square_root,
    "mroot": _root,
    "msub": _scripts,
    "msup": _scripts,
    "msubsup": _scripts,
    "munder": _around,
    "mover": _around,
    "munderover": _around,
    "mmultiscripts": _before_and_behind,
    "mfenced": _fenced,
    "mtable": _table,
    "menclose": _enclosed,
    "semantics": _first,
    "maction": _first,
    **dict.fromkeys(("annotation", "annotation-xml", "mphantom", "mspace", "none", "mprescripts"), _nothing),
}
