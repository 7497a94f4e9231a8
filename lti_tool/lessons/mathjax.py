"""Formulas of pages set by MathJax 3 and 4, as elements of MathML in their order. Pure.

Such a page holds each formula twice: as MathML for readers aloud, which cannot be selected and so reaches no clipboard,
and as elements that draw it (`mjx-msup`, `mjx-mi`), whose characters stand in the names of classes (`mjx-c1D465`).
These follow the MathML, but for a few that are drawn in another order than they are written.
https://github.com/mathjax/MathJax-src/tree/master/ts/output/chtml/Wrappers
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Union

from lti_tool.lessons.equations import DEEPEST
from lti_tool.lessons.mathml import MOST_NODES, Formula

CONTAINER = "mjx-container"
_CHARACTER = re.compile(r"\bmjx-c([0-9A-F]{2,5})\b")
_AS_ROW = frozenset(["texatom", "num", "den", "base", "under", "over", "root", "box", "script"])
_DRAWN_ONLY = frozenset(["surd", "spacer", "mark"])
_WRITTEN = frozenset(
    [
        "mi", "mn", "mo", "mtext", "ms", "mrow", "mstyle", "mpadded", "mfrac", "msqrt", "mroot", "msub", "msup",
        "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mlabeledtr", "menclose", "mphantom",
    ]
)  # fmt: skip
_ALIKE = {"–": "¯"}
"""What MathJax draws above a letter as its line."""


@dataclass
class _Part:
    name: str
    kids: list[Union["_Part", str]] = field(default_factory=list)

    @property
    def parts(self) -> list["_Part"]:
        return [kid for kid in self.kids if isinstance(kid, _Part) and kid.name not in _DRAWN_ONLY]


@dataclass
class Typeset:
    """One `mjx-container` while it is read; told of its tags and characters in their order."""

    _root: _Part = field(default_factory=lambda: _Part("mrow"))
    _open: list[tuple[str, _Part]] = field(default_factory=list)
    _count: int = 0

    def start(self, tag: str, told: Mapping[str, str]) -> None:
        self._count += 1
        if self._count > 4 * MOST_NODES or len(self._open) > DEEPEST:
            return
        here = self._open[-1][1] if self._open else self._root
        part = _Part(tag.removeprefix("mjx-"))
        if found := _CHARACTER.search(told.get("class", "")):
            here.kids.append(_character(int(found[1], 16)))
            part = _Part("mark")  # what draws it says nothing more
        here.kids.append(part)
        self._open.append((tag, part))

    def end(self, tag: str) -> None:
        place = next((n for n in range(len(self._open) - 1, -1, -1) if self._open[n][0] == tag), None)
        if place is not None:
            del self._open[place:]

    def say(self, data: str) -> None:
        """A letter that the page's own font lacks, as all of ours with two marks, stands as text."""
        if self._open and self._open[-1][1].name == "utext":
            self._open[-1][1].kids.append(data)

    def is_end(self, tag: str) -> bool:
        return tag == CONTAINER

    def latex(self) -> str | None:
        """None also for one that is drawn as a picture."""
        told = Formula()
        _tell(self._root, told)
        return told.latex() or None


def _character(code: int) -> str:
    """A letter without its face: MathJax writes an italic x as 𝑥."""
    char = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
    return unicodedata.normalize("NFKC", char) if 0x1D400 <= code <= 0x1D7FF or code == 0x210E else char


def _tell(part: _Part, formula: Formula) -> None:
    name = "mrow" if part.name in _AS_ROW else part.name
    if name in _WRITTEN:
        formula.start(name, {})
    for kid in _in_order(part):
        if isinstance(kid, str):
            formula.say(kid)
        elif kid.name not in _DRAWN_ONLY:
            _tell(kid, formula)
    if name in _WRITTEN:
        formula.end(name)


def _in_order(part: _Part) -> Sequence[_Part | str]:
    """What is in it as MathML has it: base, below, above; a root's degree last."""
    parts = part.parts
    names = [one.name for one in parts]
    if part.name == "mroot" and names[:1] == ["root"]:
        return parts[::-1]
    if part.name == "mover" and names[:1] == ["over"]:
        return [*parts[1:], _as_accent(parts[0])]
    if part.name == "munderover" and names[:1] == ["over"]:
        return [*_first(part, "base"), *_first(part, "under"), parts[0]]
    if part.name in ("msubsup", "munderover") and names[-1:] == ["script"]:
        return [*parts[:-1], *parts[-1].parts[::-1]]
    return part.kids


def _as_accent(over: _Part) -> _Part:
    marks = [kid for one in over.parts for kid in one.kids if isinstance(kid, str)]
    return _Part("mo", [_ALIKE[marks[0]]]) if len(marks) == 1 and marks[0] in _ALIKE else over


def _first(part: _Part, name: str) -> Iterator[_Part]:
    for one in part.parts:
        found = [one] if one.name == name else list(_first(one, name))
        if found:
            yield found[0]
            return
