r"""Word's equations as LaTeX: OMML, which a clipboard carries in a comment beside the equation's picture, becomes what
a teacher would type between \( and \). Pure.

Elements are those of ECMA-376 Part 1, 22.1.2. One that is not known here gives what stands in it, so that nothing is
lost but its shape; properties that only dress an equation are left out.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

DEEPEST = 60
"""Elements in one another; what is deeper stands in the last of these."""
LONGEST = 4_000
"""Characters of LaTeX; a longer one is no equation of a lesson, and is not read."""

_OMATH = re.compile(r"<m:oMath\b[^>]*>.*?</m:oMath>", re.DOTALL | re.IGNORECASE)
_SPECIAL = re.compile(r"[\\{}$%&#_^~]")
_WORDS = re.compile(r"[^\W\d_]*[À-ÿĀ-ſƠ-ưẠ-ỹ][^\W\d_]*(?: [^\W\d_]{2,})*")
"""Words in an equation ("nếu"): no name of a variable has such a letter."""

SIGNS = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_",
    "^": "^{}", "~": " ", "−": "-", "±": r"\pm ", "∓": r"\mp ", "×": r"\times ", "÷": r"\div ", "·": r"\cdot ",
    "⋅": r"\cdot ", "∙": r"\cdot ", "≤": r"\le ", "≥": r"\ge ", "⩽": r"\le ", "⩾": r"\ge ", "≠": r"\ne ",
    "≈": r"\approx ", "≡": r"\equiv ", "∼": r"\sim ", "≅": r"\cong ", "∝": r"\propto ", "∞": r"\infty ",
    "∂": r"\partial ", "∇": r"\nabla ", "→": r"\to ", "←": r"\leftarrow ", "↔": r"\leftrightarrow ",
    "⇒": r"\Rightarrow ", "⇐": r"\Leftarrow ", "⇔": r"\Leftrightarrow ", "⟹": r"\Rightarrow ",
    "⟺": r"\Leftrightarrow ", "↑": r"\uparrow ", "↓": r"\downarrow ", "⇌": r"\rightleftharpoons ", "∈": r"\in ",
    "∉": r"\notin ", "∋": r"\ni ", "⊂": r"\subset ", "⊃": r"\supset ", "⊆": r"\subseteq ", "⊇": r"\supseteq ",
    "∪": r"\cup ", "∩": r"\cap ", "∖": r"\setminus ", "∅": r"\varnothing ", "∀": r"\forall ", "∃": r"\exists ",
    "¬": r"\neg ", "∧": r"\wedge ", "∨": r"\vee ", "⊥": r"\perp ", "∥": r"\parallel ", "∠": r"\angle ",
    "…": r"\ldots ", "⋯": r"\cdots ", "′": "'", "∆": r"\Delta ", "ℝ": r"\mathbb{R}", "ℕ": r"\mathbb{N}",
    "ℤ": r"\mathbb{Z}", "ℚ": r"\mathbb{Q}", "ℂ": r"\mathbb{C}", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ",
    "δ": r"\delta ", "ε": r"\varepsilon ", "ϵ": r"\epsilon ", "η": r"\eta ", "θ": r"\theta ", "λ": r"\lambda ",
    "μ": r"\mu ", "µ": r"\mu ", "ν": r"\nu ", "ξ": r"\xi ", "π": r"\pi ", "ρ": r"\rho ", "σ": r"\sigma ",
    "τ": r"\tau ", "φ": r"\varphi ", "ϕ": r"\phi ", "χ": r"\chi ", "ψ": r"\psi ", "ω": r"\omega ", "Γ": r"\Gamma ",
    "Δ": r"\Delta ", "Θ": r"\Theta ", "Λ": r"\Lambda ", "Π": r"\Pi ", "Σ": r"\Sigma ", "Φ": r"\Phi ", "Ψ": r"\Psi ",
    "Ω": r"\Omega ", "∘": r"\circ ",
}  # fmt: skip
FUNCTIONS = frozenset(
    ["sin", "cos", "tan", "cot", "log", "ln", "lg", "exp", "lim", "max", "min", "arcsin", "arccos", "arctan"]
)
SUMS = {
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∬": r"\iint", "∭": r"\iiint", "∮": r"\oint", "⋃": r"\bigcup",
    "⋂": r"\bigcap",
}  # fmt: skip
FENCES = {
    "": ".", "{": r"\{", "}": r"\}", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "‖": r"\| ",
    "⟨": r"\langle ", "⟩": r"\rangle ",
}  # fmt: skip
ACCENTS = {
    "\u0302": r"\widehat", "^": r"\widehat", "\u20d7": r"\overrightarrow", "→": r"\overrightarrow",
    "\u0305": r"\overline", "\u0304": r"\overline", "¯": r"\overline", "\u0303": r"\tilde", "\u0307": r"\dot",
    "\u0308": r"\ddot",
}  # fmt: skip


def latex_of(comment: str) -> str | None:
    """The equations of a clipboard's comment as LaTeX; None where there is none, or one longer than `LONGEST`."""
    found = " ".join(filter(None, (_latex(omath) for omath in _OMATH.findall(comment))))
    return found if 0 < len(found) <= LONGEST else None


def _latex(omath: str) -> str:
    tree = _Tree()
    tree.feed(omath)
    tree.close()
    return " ".join(_of(tree.root).split())


@dataclass
class _Node:
    """An element of OMML: its name without `m:`, its `m:val`, and what stands in it."""

    name: str
    value: str | None = None
    parts: list["_Node | str"] = field(default_factory=list)

    def all(self, name: str) -> list["_Node"]:
        return [part for part in self.parts if isinstance(part, _Node) and part.name == name]

    def latex(self, name: str) -> str:
        """What stands in the first element of this name."""
        return "".join(_of(one) for one in self.all(name)[:1]).strip()

    def told(self, name: str, default: str) -> str:
        """A property: `<m:naryPr><m:chr m:val="∑"/>` is `told("chr", …)`. One without a value is "1" (22.1.3)."""
        properties = [one for part in self.all(f"{self.name}pr") for one in part.all(name)]
        return default if not properties else "1" if properties[0].value is None else properties[0].value


@dataclass
class _Tree(HTMLParser):
    """Reads the elements of OMML; the HTML between them, which only dresses, is passed through."""

    root: _Node = field(default_factory=lambda: _Node("omath"))

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith("m:") and len(self._open) < DEEPEST:
            node = _Node(tag[2:], dict(attrs).get("m:val"))
            self._open[-1].parts.append(node)
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        place = next((n for n in range(len(self._open) - 1, 0, -1) if self._open[n].name == tag[2:]), None)
        if tag.startswith("m:") and place is not None:
            del self._open[place:]

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append(" ".join(data.split("\n")))


def _of(node: _Node) -> str:
    if node.name.endswith("pr"):
        return ""
    shape = SHAPES.get(node.name)
    return shape(node) if shape else _inside(node)


def _inside(node: _Node) -> str:
    return "".join(signs(part) if isinstance(part, str) else _of(part) for part in node.parts)


def signs(text: str) -> str:
    """Characters as LaTeX. Letters of the mathematical alphabets are the plain ones: LaTeX sets them so by itself."""
    plain = "".join(unicodedata.normalize("NFKC", c) if "\U0001d400" <= c <= "\U0001d7ff" else c for c in text)
    if plain.strip() in FUNCTIONS:
        return f"\\{plain.strip()} "
    parts, end = [], 0
    for words in _WORDS.finditer(plain):
        parts += [_letters(plain[end : words.start()]), f"\\text{{{words[0]}}}"]
        end = words.end()
    return "".join([*parts, _letters(plain[end:])])


def _letters(text: str) -> str:
    return "".join(SIGNS.get(char, char) for char in text)


# --- shapes ---------------------------------------------------------------------------------------------------------


def _run(node: _Node) -> str:
    """`m:nor` is text in an equation (22.1.2.73)."""
    if node.told("nor", "0") not in ("1", "on", "true"):
        return _inside(node)
    said = [text for part in node.parts for text in (part.parts if isinstance(part, _Node) else [part])]
    text = _SPECIAL.sub(" ", "".join(one for one in said if isinstance(one, str)))
    return f"\\text{{{text}}}" if text.strip() else ""


def _fraction(node: _Node) -> str:
    over, under = node.latex("num"), node.latex("den")
    match node.told("type", "bar"):
        case "lin" | "skw":
            return f"{{{over}}}/{{{under}}}"
        case "nobar":
            return f"\\begin{{matrix}}{over}\\\\{under}\\end{{matrix}}"
    return f"\\frac{{{over}}}{{{under}}}"


def _root(node: _Node) -> str:
    degree = node.latex("deg")
    return f"\\sqrt[{degree}]{{{node.latex('e')}}}" if degree else f"\\sqrt{{{node.latex('e')}}}"


def _scripts(node: _Node) -> str:
    base = node.latex("e")
    return (base if re.fullmatch(r"\w", base) else f"{{{base}}}") + _limits(node)


def _before(node: _Node) -> str:
    return f"{{}}{_limits(node)}{node.latex('e')}"


def _limits(node: _Node) -> str:
    return "".join(f"{sign}{{{said}}}" for sign, name in (("_", "sub"), ("^", "sup")) if (said := node.latex(name)))


def _sum(node: _Node) -> str:
    sign = node.told("chr", "∫")
    return f"{SUMS.get(sign) or _letters(sign)}{_limits(node)} {node.latex('e')}"


def _fenced(node: _Node) -> str:
    begin, between, end = node.told("begchr", "("), node.told("sepchr", "|"), node.told("endchr", ")")
    inner = node.all("e")
    if (begin, end) == ("{", "") and len(inner) == 1 and len(systems := inner[0].all("eqarr")) == 1:
        return f"\\begin{{cases}}{_lines(systems[0])}\\end{{cases}}"
    said = _letters(between).join(_of(one).strip() for one in inner)
    return f"\\left{fence(begin)} {said}\\right{fence(end)} "


def fence(sign: str) -> str:
    """What stands behind `\\left` or `\\right`."""
    return FENCES.get(sign[:1], sign[:1])


def _system(node: _Node) -> str:
    return f"\\begin{{array}}{{l}}{_lines(node)}\\end{{array}}"


def _lines(node: _Node) -> str:
    """Their `&` only align."""
    return "\\\\".join(_of(one).replace(r"\&", "").strip() for one in node.all("e"))


def _matrix(node: _Node) -> str:
    rows = ("&".join(_of(cell).strip() for cell in row.all("e")) for row in node.all("mr"))
    return "\\begin{matrix}" + "\\\\".join(rows) + "\\end{matrix}"


def _function(node: _Node) -> str:
    return f"{node.latex('fname')} {{{node.latex('e')}}}"


def _below(node: _Node) -> str:
    base, limit = node.latex("e"), node.latex("lim")
    return f"{base}_{{{limit}}}" if base in (r"\lim", r"\max", r"\min") else f"\\underset{{{limit}}}{{{base}}}"


def _above(node: _Node) -> str:
    return f"\\overset{{{node.latex('lim')}}}{{{node.latex('e')}}}"


def _accent(node: _Node) -> str:
    command = ACCENTS.get(node.told("chr", "\u0302"), r"\overline")
    return f"{command}{{{node.latex('e')}}}"


def _bar(node: _Node) -> str:
    command = r"\overline" if node.told("pos", "bot") == "top" else r"\underline"
    return f"{command}{{{node.latex('e')}}}"


def _grouped(node: _Node) -> str:
    sign, is_above = node.told("chr", "⏟"), node.told("pos", "bot") == "top"
    place = "over" if is_above else "under"
    if sign in "⏟⏞":
        return f"\\{place}brace{{{node.latex('e')}}}"
    return f"\\{place}set{{{_letters(sign).strip()}}}{{{node.latex('e')}}}"


SHAPES: dict[str, Callable[[_Node], str]] = {
    "r": _run,
    "f": _fraction,
    "rad": _root,
    "ssup": _scripts,
    "ssub": _scripts,
    "ssubsup": _scripts,
    "spre": _before,
    "nary": _sum,
    "d": _fenced,
    "eqarr": _system,
    "m": _matrix,
    "func": _function,
    "limlow": _below,
    "limupp": _above,
    "acc": _accent,
    "bar": _bar,
    "groupchr": _grouped,
}
