"""A teacher's text as HTML: plain text, with LaTeX in \\( \\) or \\[ \\] turned into MathML on the server.

Everything else is escaped. The converter leaves `\\text{…}` unescaped and passes `\\href` on (both checked by running),
so its output is cleaned by an allow-list of MathML before anybody sees it.
"""

import re
import unicodedata
from functools import lru_cache
from xml.etree.ElementTree import Element, fromstring

import nh3
from latex2mathml.converter import convert
from markupsafe import Markup, escape

_MATH = re.compile(r"(?<!\\)\\\(((?:(?!(?<!\\)\\\().)+?)\\\)|(?<!\\)\\\[((?:(?!(?<!\\)\\\[).)+?)\\\]", re.DOTALL)
"""A formula ends where the next one begins, so that one that nobody closed takes neither the rest nor the time."""
LONGEST_FORMULA = 4_000
"""The converter's time grows with the square of the length; nothing a class reads is longer."""

TAGS = {
    "math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "ms", "msup", "msub", "msubsup", "mfrac", "msqrt", "mroot",
    "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose",
    "mmultiscripts", "mprescripts", "none",
}  # fmt: skip
ATTRIBUTES = {
    "math": {"display", "xmlns"},
    "mo": {"stretchy", "fence", "form", "separator", "largeop", "movablelimits", "lspace", "rspace"},
    "mi": {"mathvariant"},
    "mtd": {"columnalign"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mspace": {"width"},
    "mfrac": {"linethickness"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "menclose": {"notation"},
    "mstyle": {"displaystyle", "scriptlevel"},
}  # fmt: skip


@lru_cache(maxsize=4_096)
def rich(text: str) -> Markup:
    """The text as HTML, maths included. A formula that cannot be read is shown as it was typed."""
    parts: list[Markup] = []
    end = 0
    for found in _MATH.finditer(text):
        parts.append(_plain(text[end : found.start()]))
        parts.append(_math(found.group(1) or found.group(2), is_block=found.group(2) is not None))
        end = found.end()
    parts.append(_plain(text[end:]))
    return Markup("").join(parts)


def _plain(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in unicodedata.normalize("NFC", text).split("\n"))


def _math(source: str, is_block: bool) -> Markup:
    try:
        mathml = _converted(source, "block" if is_block else "inline")
    except Exception:  # the converter raises many kinds, some of them built in
        return Markup("<code>{}</code>").format(source)
    return Markup(nh3.clean(mathml, tags=TAGS, attributes=ATTRIBUTES))  # noqa: S704 - cleaned by the line itself


def _converted(source: str, display: str) -> str:
    if len(source) > LONGEST_FORMULA:
        raise ValueError("too long")
    mathml: str = convert(source.strip(), display=display)
    return mathml


def formula_faults(text: str) -> tuple[str, ...]:
    """The formulas in a text that cannot be read."""
    faults = []
    for found in _MATH.finditer(text):
        source = found.group(1) or found.group(2)
        try:
            mathml = _converted(source, "inline")
        except Exception:
            faults.append(source)
        else:
            if "<mi>\\" in mathml:  # an unknown command comes back as its own name
                faults.append(source)
    return tuple(faults)


def whole(text: str, longest: int = 18) -> int | None:
    """The whole number that somebody typed, in at most so many plain digits (18 fit into every database); None for
    anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= longest else None


def one_line(text: str, most: int) -> str:
    """A text as one line of at most so many characters: single spaces, no control characters, no halves of letters
    (PostgreSQL takes no NUL, UTF-8 no surrogates)."""
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(c for c in flat if unicodedata.category(c) not in ("Cc", "Cs"))[:most]


@lru_cache(maxsize=4_096)
def plain(text: str, most: int = 80) -> str:
    """The first words of a text, without markup, for lists and titles; a formula on one line: √2, x², a/b."""
    flat = " ".join(_MATH.sub(lambda found: _line_of(found.group(1) or found.group(2)), text).split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def _line_of(source: str) -> str:
    try:
        # The converter's own element stands around all of it: no document type, and so no entity, can begin inside.
        return _flat(fromstring(_converted(source, "inline")))  # noqa: S314
    except Exception:  # as in `_math`: then it reads as it was typed
        return source


_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-−", "₀₁₂₃₄₅₆₇₈₉₊₋₋")


def _flat(node: Element) -> str:
    """One element of MathML in a line of text."""
    inside = [_flat(child) for child in node]
    match node.tag.rpartition("}")[2], inside:
        case "msqrt", _:
            line = "√" + _held("".join(inside))
        case "mroot", [body, degree]:
            line = degree.translate(_RAISED) + "√" + _held(body)
        case "mfrac", [above, below]:
            line = f"{_held(above)}/{_held(below)}"
        case "msup", [base, raised]:
            line = base + _set(raised, _RAISED, "^")
        case "msub", [base, lowered]:
            line = base + _set(lowered, _LOWERED, "_")
        case "msubsup", [base, lowered, raised]:
            line = base + _set(lowered, _LOWERED, "_") + _set(raised, _RAISED, "^")
        case _:
            line = (node.text or "").strip() + "".join(inside)
    return line


def _held(text: str) -> str:
    return text if len(text) <= 1 or text.isalnum() else f"({text})"


def _set(text: str, signs: dict[int, int], mark: str) -> str:
    moved = text.translate(signs)
    return moved if all(ord(one) in signs for one in text) else mark + _held(text)
