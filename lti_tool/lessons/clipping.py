"""What a clipboard holds, as lines of marked text: HTML of Word, LibreOffice, Google Docs or a page, or plain text.

Nothing of the HTML goes on: no tag, no address, no style; only characters, and of each whether it was underlined,
bold, coloured or highlighted. Pure.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

from lti_tool.lessons.equations import latex_of
from lti_tool.lessons.mathjax import CONTAINER, Typeset
from lti_tool.lessons.mathml import Formula, name_of

UNREAD = "\ufffc"
"""Stands where a picture or a formula was that a clipboard does not carry."""
DASH = "– "
"""Begins an item of a list without numbers."""
MOST_LINES = 5_000
MOST_FORMULAS = 2_000
"""Formulas that are read; what comes after them is said to be left out, like a picture."""
DEEPEST = 200

BLOCKS = frozenset(
    [
        "p",
        "div",
        "li",
        "tr",
        "td",
        "th",
        "br",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "section",
        "article",
        "pre",
        "blockquote",
        "hr",
    ]
)
CELLS = ("td", "th")
VOID = frozenset(["br", "hr", "img", "meta", "link", "input", "col", "area", "base", "embed", "source", "track", "wbr"])
SILENT = frozenset(["style", "script", "head", "title", "xml", "template", "noscript", "iframe", "object", "svg"])
PLAIN = frozenset(
    {"", "auto", "windowtext", "black", "#000", "#000000", "inherit", "initial", "transparent", "none", "white"}
)
_MATH = re.compile(r"<(?:\w{1,9}:)?math\b")
_MATH_END = re.compile(r"</(?:\w{1,9}:)?math\s*>")
RAISED = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
SAME = str.maketrans({"\u00a0": " ", "Ð": "Đ", "\u200b": None, "\ufeff": None, "\u00ad": None, "\r": None})


@dataclass(frozen=True)
class Mark:
    """How a character stands out. `colour` and `light` are "" where it does not."""

    underlined: bool = False
    bold: bool = False
    colour: str = ""
    light: str = ""


@dataclass(frozen=True)
class Line:
    """A line: its text, and a mark for each character."""

    text: str
    marks: tuple[Mark, ...]

    def part(self, start: int, end: int | None = None) -> "Line":
        return Line(self.text[start:end], self.marks[start:end])

    def stripped(self) -> "Line":
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, len(self.text.rstrip()) if self.text.strip() else start)


def of_text(text: str) -> tuple[Line, ...]:
    """Plain text as lines without marks. MathML in it, which MathType and Word put there on demand, is read."""
    return _clean(Line(line, (Mark(),) * len(line)) for line in _with_formulas(text).split("\n"))


def _with_formulas(text: str) -> str:
    parts, place = [], 0
    while (begin := _MATH.search(text, place)) and (end := _MATH_END.search(text, begin.end())):
        formula = " ".join(line.text for line in of_html(text[begin.start() : end.end()]))
        parts += [text[place : begin.start()], formula]
        place = end.end()
    return "".join([*parts, text[place:]])


def of_html(html: str) -> tuple[Line, ...]:
    """HTML as lines. Anything at all may stand in it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_line()
    return _clean(reader.lines)


def _clean(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Lines in one spelling (NFC, plain spaces), blank ones gone."""
    cleaned = (_composed(line) for line in lines)
    return tuple(line for line in (one.stripped() for one in cleaned) if line.text)[:MOST_LINES]


def _composed(line: Line) -> Line:
    """NFC, each letter with the mark of its first character; control characters gone but tabs."""
    text, marks = [], []
    for start, end in _letters(line.text):
        for char in unicodedata.normalize("NFC", line.text[start:end]).translate(SAME):
            if char == "\t" or unicodedata.category(char) not in ("Cc", "Cs"):
                text.append(char)
                marks.append(line.marks[start])
    return Line("".join(text), tuple(marks))


def _letters(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not unicodedata.combining(text[place]):
            yield start, place
            start = place


@dataclass
class _List:
    """A list that is open: how its items are labelled, and which is next."""

    style: str
    next: int = 1

    def label(self) -> str:
        number, self.next = self.next, self.next + 1
        if self.style in ("upper", "lower"):
            letter = chr(ord("A") + (number - 1) % 26)
            return f"{letter if self.style == 'upper' else letter.lower()}. "
        return f"{number}. " if self.style == "number" else DASH if self.style == "dash" else ""


@dataclass
class _Open:
    tag: str
    mark: Mark
    shift: int
    is_silent: bool
    is_label: bool = False


@dataclass
class _Reader(HTMLParser):
    """Collects lines. An element that is never closed marks to its parent's end only."""

    lines: list[Line] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=lambda: [_Open("", Mark(), 0, is_silent=False)])
    _lists: list[_List] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _marks: list[Mark] = field(default_factory=list)
    _has_equation: bool = False
    _is_picture: bool = False
    _formula: Formula | Typeset | None = None
    _formulas: int = 0
    _is_cell_empty: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if name_of(tag) == "math" and not isinstance(self._formula, Formula):
            self._formula = Formula()  # in place of one that is drawn: a page that holds both says the same twice
        elif self._formula and tag not in BLOCKS:
            self._formula.start(tag, told)
        else:
            self._end_formula()
            self._begin(tag, told)
            self._formula = Typeset() if tag == CONTAINER else None

    def _begin(self, tag: str, told: dict[str, str]) -> None:
        if tag in CELLS:
            if self._text:
                self._write("\t", 0)  # cells of a row stand beside each other
            self._is_cell_empty = True
        elif tag in BLOCKS and not (tag in ("p", "div") and self._is_cell_empty):
            self.end_line()
        if tag in ("ol", "ul"):
            self._lists.append(_List(_list_style(tag, told), _start(told)))
        if tag == "li" and self._lists and (label := self._lists[-1].label()):
            self._write(label, 0)
        if tag == "img" and not self._is_picture and not self._open[-1].is_silent:
            self._write(UNREAD, 0)
        if tag not in VOID and len(self._open) < DEEPEST:
            self._open.append(_opened(tag, told, self._open[-1]))

    def handle_endtag(self, tag: str) -> None:
        if self._formula and not self._formula.is_end(tag) and tag not in BLOCKS:
            self._formula.end(tag)
        else:
            self._end_formula()
            self._end(tag)

    def _end(self, tag: str) -> None:
        if tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        self._is_cell_empty = self._is_cell_empty and tag not in (*CELLS, "tr", "table")
        if tag in BLOCKS and tag not in CELLS and not (tag in ("p", "div") and self._is_in_cell):
            self.end_line()
        place = next((n for n in range(len(self._open) - 1, 0, -1) if self._open[n].tag == tag), None)
        if place is not None:
            del self._open[place:]

    def handle_data(self, data: str) -> None:
        here = self._open[-1]
        if self._formula:
            self._formula.say(data)
        elif here.is_label and len(data.strip()) == 1:
            self._write(DASH, 0)  # Word's bullet: a letter of a font of signs
        elif not here.is_silent:
            self._write(re.sub(r"[ \n\r]+", " ", data), here.shift)

    def handle_comment(self, data: str) -> None:
        """Word's equations stand in comments, each with a picture behind it for programs that know none."""
        if isinstance(self._formula, Formula):
            return  # MathType's own notes
        if latex := latex_of(data):
            self._write(f"\\({latex}\\)", 0)
            self._has_equation = True
        else:
            self.unknown_decl(data.strip("[]"))

    def unknown_decl(self, data: str) -> None:
        """Word's `<![if …]>` stands around text that counts, or around the picture of an equation that was read."""
        self._is_picture = self._has_equation and data == "if !msEquation"
        self._has_equation = False

    @property
    def _is_in_cell(self) -> bool:
        """Within a row: a paragraph in a cell ends no line, and the next one of that cell begins one."""
        within = next((one.tag for one in reversed(self._open) if one.tag in (*CELLS, "table", "tr")), "")
        return within in CELLS

    def _end_formula(self) -> None:
        """A formula ends where its element does, or where a block begins that no formula holds."""
        formula, self._formula = self._formula, None
        if formula and not self._open[-1].is_silent:
            self._formulas += 1
            latex = formula.latex() if self._formulas <= MOST_FORMULAS else None
            self._write(UNREAD if latex is None else f"\\({latex}\\)" if latex else "", 0)

    def _write(self, text: str, shift: int) -> None:
        shown = _shifted(text, shift)
        self._is_cell_empty = self._is_cell_empty and not text.strip()
        self._text.append(shown)
        self._marks.extend([self._open[-1].mark] * len(shown))

    def end_line(self) -> None:
        self._end_formula()
        if self._text:
            self.lines.append(Line("".join(self._text), tuple(self._marks)))
        self._text, self._marks = [], []


def _opened(tag: str, told: dict[str, str], parent: _Open) -> _Open:
    styles = _styles(told.get("style", ""))
    mark = parent.mark
    for change in (_by_tag(tag, told), _by_style(styles)):
        mark = replace(mark, **change)
    shift = {"sup": 1, "sub": -1}.get(tag, {"super": 1, "sub": -1}.get(styles.get("vertical-align", ""), parent.shift))
    # What is hidden from readers aloud says once more what a formula beside it says.
    hidden = styles.get("display") == "none" or styles.get("mso-hide") == "all" or told.get("aria-hidden") == "true"
    is_label = parent.is_label or "ignore" in styles.get("mso-list", "")
    return _Open(tag, mark, shift, parent.is_silent or tag in SILENT or hidden, is_label)


def _by_tag(tag: str, told: dict[str, str]) -> dict[str, Any]:
    match tag:
        case "u" | "ins":
            return {"underlined": True}
        case "b" | "strong":
            return {"bold": True}
        case "mark":
            return {"light": "yellow"}
        case "font" if "color" in told:
            return {"colour": _colour(told["color"])}
        case "a":  # blue and underlined because it is a link, not because it is right
            return {"underlined": False, "colour": ""}
    return {}


def _by_style(styles: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    lines = styles.get("text-decoration", "") + " " + styles.get("text-decoration-line", "")
    if "underline" in lines:
        found["underlined"] = True
    elif "none" in lines or styles.get("text-underline") == "none":
        found["underlined"] = False
    weight = styles.get("font-weight", "")
    if weight:
        found["bold"] = weight in ("bold", "bolder") or (weight.isdecimal() and int(weight[:4]) >= 600)
    if "color" in styles:
        found["colour"] = _colour(styles["color"])
    for name in ("mso-highlight", "background", "background-color", "mso-shading"):
        if name in styles:
            found["light"] = _colour(styles[name])
    return found


def _styles(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.lower().split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs}


def _colour(value: str) -> str:
    """A colour in one spelling; "" for the usual ones."""
    value = re.sub(r"\s+", "", value.lower())
    found = re.match(r"rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})(?:,([\d.]+))?\)", value)
    if found:
        red, green, blue = (min(255, int(n)) for n in found.groups()[:3])
        value = "" if found[4] in ("0", "0.0") else f"#{red:02x}{green:02x}{blue:02x}"
    if value in ("#ffffff", "#fff"):
        value = ""
    return "" if value in PLAIN else value[:40]


def _list_style(tag: str, told: dict[str, str]) -> str:
    style = _styles(told.get("style", "")).get("list-style-type", "")
    kind = told.get("type", "")
    if style in ("upper-alpha", "upper-latin") or kind == "A":
        return "upper"
    if style in ("lower-alpha", "lower-latin") or kind == "a":
        return "lower"
    if tag == "ul":
        return "" if style == "none" else "dash"
    return "number" if style in ("", "decimal") and kind in ("", "1") else ""


def _start(told: dict[str, str]) -> int:
    start = told.get("start", "1")
    return int(start) if start.isdecimal() and len(start) < 5 else 1


def _shifted(text: str, shift: int) -> str:
    """Raised or lowered text as it can stand in a line: x², H₂O, else as a formula."""
    if not shift or not text.strip():
        return text
    signs = RAISED if shift > 0 else LOWERED
    bare = text.strip()
    if all(ord(char) in signs for char in bare):
        return text.translate(signs)
    safe = re.sub(r"[\\{}$%&#_^~]", "", bare)
    return f"\\({'^' if shift > 0 else '_'}{{{safe}}}\\)"
