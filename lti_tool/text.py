"""A teacher's text as HTML: plain text, with LaTeX in \\( \\) or \\[ \\] turned into MathML on the server.

Everything else is escaped. The converter leaves `\\text{…}` unescaped and passes `\\href` on (both checked by running),
so its output is cleaned by an allow-list of MathML before anybody sees it.
"""

import re
import unicodedata
from functools import lru_cache

import nh3
from latex2mathml.converter import convert
from markupsafe import Markup, escape

_MATH = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)

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
        mathml = convert(source.strip(), display="block" if is_block else "inline")
    except Exception:  # the converter raises many kinds, some of them built in
        return Markup("<code>{}</code>").format(source)
    return Markup(nh3.clean(mathml, tags=TAGS, attributes=ATTRIBUTES))  # noqa: S704 - cleaned by the line itself


def formula_faults(text: str) -> tuple[str, ...]:
    """The formulas in a text that cannot be read."""
    faults = []
    for found in _MATH.finditer(text):
        source = found.group(1) or found.group(2)
        try:
            mathml = convert(source.strip())
        except Exception:
            faults.append(source)
        else:
            if "<mi>\\" in mathml:  # an unknown command comes back as its own name
                faults.append(source)
    return tuple(faults)


def plain(text: str, most: int = 80) -> str:
    """The first words of a text, without markup, for lists and titles."""
    flat = " ".join(_MATH.sub(lambda m: (m.group(1) or m.group(2)).replace("\\", ""), text).split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"
