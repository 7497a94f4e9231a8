"""Questions in GIFT, Moodle's text format: choice, true or false, short answer, number, matching, essay. Pure.

Grammar: https://docs.moodle.org/en/GIFT_format. Questions stand apart by an empty line; `//` begins a comment;
`\\` before one of `~ = # { } :` takes its meaning away.
"""

import re
from dataclasses import dataclass
from typing import Any

from live_session.activities.number import number_of, plain
from live_session.errors import InvalidValue
from lti_tool.lessons import clipping
from lti_tool.lessons.pasted import MOST_QUESTIONS, Found, Report, Skipped

_ESCAPED = re.compile(r"\\([~=#{}:])")
_KEPT = {char: chr(0xE000 + n) for n, char in enumerate("~=#{}:")}
"""Escaped signs, while the text is taken apart, in a corner of Unicode that no text uses."""
_BACK = str.maketrans({code: char for char, code in _KEPT.items()})
_TITLE = re.compile(r"::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]\s*", re.IGNORECASE)
_LOOKS = re.compile(r"(?<!\\)\{\s*(?:[=~#]|(?:T|F|TRUE|FALSE)\s*[}#])|^::.*?::", re.MULTILINE)
_PART = re.compile(r"([=~])\s*(?:%(-?\d{1,3}(?:\.\d+)?)%)?((?:(?![=~]).)*)", re.DOTALL)
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}


@dataclass(frozen=True)
class _Answer:
    """One answer: `weight` in percent, 100 for `=` without one, 0 for `~`."""

    text: str
    weight: float
    is_right: bool
    feedback: str


def is_gift(text: str) -> bool:
    """Whether a text looks like GIFT."""
    return bool(_LOOKS.search(text))


def read(text: str) -> Report:
    """The questions of a GIFT text; what cannot be read is named with its line."""
    found: list[Found] = []
    skipped: list[Skipped] = []
    for line, block in _blocks(text):
        if len(found) >= MOST_QUESTIONS:
            skipped.append(Skipped(line, block[:40], "too_many"))
            continue
        try:
            found.append(_question(block, line))
        except (InvalidValue, ValueError):
            skipped.append(Skipped(line, _plain(block)[:40], "gift"))
    return Report(tuple(found), tuple(skipped))


def _blocks(text: str) -> list[tuple[int, str]]:
    """(line where it begins, text) of each question, without comments and categories."""
    blocks: list[tuple[int, list[str]]] = []
    is_open = False
    for number, line in enumerate(text.replace("\r\n", "\n").lstrip("\ufeff").split("\n"), start=1):
        if line.lstrip().startswith("//") or line.lstrip().startswith("$CATEGORY:"):
            continue
        if not line.strip():
            is_open = False
        elif is_open:
            blocks[-1][1].append(line)
        else:
            blocks.append((number, [line]))
            is_open = True
    return [(number, "\n".join(lines)) for number, lines in blocks]


def _question(block: str, line: int) -> Found:
    """One question. Raises `InvalidValue` or `ValueError`."""
    text = _ESCAPED.sub(lambda found: _KEPT[found[1]], block)
    text = _TITLE.sub("", text, count=1) if text.lstrip().startswith("::") else text
    start, end = _answers_at(text)
    before, inside, after = text[:start].strip(), text[start + 1 : end].strip(), text[end + 1 :].strip()
    inside, _, general = inside.partition("####")
    is_html = (found := _FORMAT.match(before)) is not None and found[1].lower() == "html"
    prompt = _plain(f"{before} _____ {after}" if after else before, is_html=is_html)
    kind, own = _kind(inside.strip(), is_html=is_html)
    content = {
        "prompt": prompt,
        **({"explanation": _plain(general, is_html=is_html)} if general.strip() else {}),
        **own,
    }
    return Found(kind, content, line)


def _answers_at(text: str) -> tuple[int, int]:
    """Where the answers stand: the last braces that hold any, as formulas have braces too."""
    depth, start, spans = 0, 0, []
    for place, char in enumerate(text):
        if char == "{":
            start = place if depth == 0 else start
            depth += 1
        elif char == "}" and depth:
            depth -= 1
            if depth == 0:
                spans.append((start, place))
    likely = [span for span in spans if re.match(r"\s*(?:[=~#]|$|T|F)", text[span[0] + 1 : span[1]])]
    if not likely:
        raise InvalidValue("no answers")
    return likely[-1]


def _kind(inside: str, *, is_html: bool) -> tuple[str, dict[str, Any]]:
    head = inside.split("#", maxsplit=1)[0].strip().upper()
    if not inside:
        return "open", {}
    if head in _TRUTH:
        return "true_false", {"key": _TRUTH[head]}
    if inside.startswith("#"):
        return "number", _number(inside[1:])
    answers = [_answer(*found, is_html=is_html) for found in _PART.findall(inside)]
    if not answers or any(not one.text for one in answers):
        raise InvalidValue("no answers")
    if all("->" in one.text for one in answers):
        return "matching", _pairs(answers)
    if all(one.is_right for one in answers):
        return "short", {"accepted": [one.text for one in answers if one.weight == 100]}
    return _choice(answers)


def _answer(sign: str, weight: str, text: str, *, is_html: bool) -> _Answer:
    said, _, feedback = text.partition("#")
    share = float(weight) if weight else 100.0 * (sign == "=")
    return _Answer(_plain(said, is_html=is_html), share, sign == "=", _plain(feedback, is_html=is_html))


def _choice(answers: list[_Answer]) -> tuple[str, dict[str, Any]]:
    options = [
        {"text": one.text, **({"why": one.feedback} if one.feedback and one.weight <= 0 else {})} for one in answers
    ]
    key = [chr(ord("A") + n) for n, one in enumerate(answers[:26]) if one.weight > 0]
    is_single = any(one.is_right for one in answers) or len(key) < 2
    return ("single" if is_single else "multiple"), {"options": options, "key": key}


def _pairs(answers: list[_Answer]) -> dict[str, Any]:
    split = [tuple(part.strip() for part in one.text.split("->", 1)) for one in answers]
    pairs = [{"left": left, "right": right} for left, right in split if left]
    others = [right for left, right in split if not left]
    return {"pairs": pairs, **({"others": others} if others else {})}


def _number(text: str) -> dict[str, Any]:
    """`3`, `3:0.5`, `1..5`, or the first of several with weights. Raises `InvalidValue`."""
    one = _PART.match(text.strip())
    text = (one[3] if one else text).split("#")[0].strip()
    if ".." in text:
        low, _, high = text.partition("..")
        middle, half = (number_of(low) + number_of(high)) / 2, abs(number_of(high) - number_of(low)) / 2
        return {"answer": plain(middle), "tolerance": plain(half)}
    answer, _, tolerance = text.translate(_BACK).partition(":")
    number_of(answer)
    if not tolerance.strip():
        return {"answer": answer.strip()}
    number_of(tolerance)
    return {"answer": answer.strip(), "tolerance": tolerance.strip()}


def _plain(text: str, *, is_html: bool = False) -> str:
    """A text with its signs back, as plain text; Moodle's `$$…$$` is a displayed formula here."""
    text = _FORMAT.sub("", text, count=1).replace("\\n", "\n").translate(_BACK).strip()
    if is_html:
        text = "\n".join(line.text for line in clipping.of_html(text)).replace(clipping.UNREAD, "[?]")
    return re.sub(r"\$\$(.+?)\$\$", r"\\[\1\\]", text, flags=re.DOTALL)
