"""Questions in the manner of a Word file: "Câu 1. … A. … B. … C. … D. …", the key underlined, coloured, starred or in a
line below. What cannot be read is said line by line; what can is kept. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from live_session.activities.number import number_of
from live_session.errors import InvalidValue
from lti_tool.lessons.clipping import UNREAD, Line, Mark

MOST_QUESTIONS = 60
LETTERS = "ABCDEFGH"

_NAMED = re.compile(r"(?:Câu(?:\s+hỏi)?|Bài|Question|Q)\s*(\d{1,3})\s*(?:[.:)\]/]|(?=\s*[\[(])|$)\s*", re.IGNORECASE)
_NUMBERED = re.compile(r"(\d{1,3})\s*[.)]\s+")
_LEVEL = re.compile(
    r"[\[(]\s*(?:\d\s*,\s*)?(?:NB|TH|VDC?|nhận biết|thông hiểu|vận dụng(?: cao)?)\s*[\])]\s*[.:]?\s*", re.IGNORECASE
)
_OPTION = re.compile(r"([*#✓✔]?)\s*([A-H])\s*([*✓✔]?)\s*[.):]\s*")
_STATEMENT = re.compile(r"([a-d])\s*[.)]\s*")
_ANSWER = re.compile(
    r"(?:Đáp án(?:\s+đúng)?(?:\s+là)?|Đáp số|ĐÁP ÁN|Trả lời|ĐS|Key|Answers?|Chọn(?=\s+[A-H]\s*\.?$))\s*[:.]?\s*(.*)$",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"(?:Lời giải(?:\s+chi tiết)?|Hướng dẫn(?:\s+giải)?|Giải thích|HDG|Explanation)\s*[:.]?\s*(.*)$", re.IGNORECASE
)
_CHOSEN = re.compile(r"Chọn(?:\s+đáp án)?\s+([A-H])\b")
_LETTERS = re.compile(r"([A-H])((?:\s*[,;]?\s*(?:và\s+|and\s+)?[A-H])*)\s*\.?$")
_END = re.compile(
    r"[-–—.\s]*(?:HẾT|(?i:BẢNG ĐÁP ÁN)|ANSWER KEY|"
    r"ĐÁP ÁN(?:\s+(?:TRẮC NGHIỆM|THAM KHẢO|CHI TIẾT|(?:VÀ\s+)?(?:HƯỚNG DẪN|LỜI) GIẢI))*)[-–—.:\s]*$"
)
_TOKEN = re.compile(
    r"đề\s*(?:số\s*)?\d+|(?<!\w)(?<!\d[.,])(?P<number>\d{1,3})(?=[A-H]?(?!\w)(?![.,]\d))"
    r"|(?<![^\W\d])(?P<letter>[A-H])(?!\w)|\w+"
)
_TABLE_WORDS = frozenset(["câu", "bảng", "đáp", "án", "đa", "chọn", "question", "answer", "answers", "key"])
_RIGHT = re.compile(r"\s*[\[(]\s*(?:đúng|đ|true|t)\s*[\])]\s*$|\s*[✓✔]\s*$", re.IGNORECASE)
_WRONG = re.compile(r"\s*[\[(]\s*(?:sai|s|false|f)\s*[\])]\s*$", re.IGNORECASE)
_ITEM = re.compile(r"[-–—•+]\s*")
_HEADING = re.compile(r"(?:PHẦN|Phần|Part|PART)\s+[IVX\d]+\b")


@dataclass(frozen=True)
class Found:
    """A question as it was read. `line` is where it begins, from 1; `notes` say what should be looked at: `keys_differ`
    (two signs name two keys), `two_keys`, `unread` (a picture or a formula did not come along)."""

    kind: str
    content: dict[str, Any]
    line: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """A line that belongs to no question, with why."""

    line: int
    text: str
    why: str


@dataclass(frozen=True)
class Report:
    """What was read, and what was not."""

    found: tuple[Found, ...]
    skipped: tuple[Skipped, ...] = ()


@dataclass
class _Block:
    """The lines of one question, and its number where it has one."""

    number: int | None
    line: int
    lines: list[Line] = field(default_factory=list)


def read(lines: tuple[Line, ...]) -> Report:
    """The questions in these lines."""
    body, keys = _apart(tuple(map(_without_dash, lines)))
    blocks, skipped = _blocks(body)
    found = [_question(block, keys.get(block.number or 0)) for block in blocks[:MOST_QUESTIONS]]
    more = [Skipped(b.line, _shown(b.lines[0].text), "too_many") for b in blocks[MOST_QUESTIONS:] if b.lines]
    return Report(tuple(found), (*skipped, *more))


def _without_dash(line: Line) -> Line:
    """An item of a list that has a label of its own: "– A. Huế"."""
    begun = _ITEM.match(line.text)
    rest = line.part(begun.end()) if begun else line
    has_label = any(sign.match(rest.text) for sign in (_NAMED, _OPTION, _STATEMENT, _ANSWER, _WHY, _HEADING))
    return rest if has_label else line


def _apart(lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], dict[int, str]]:
    """The questions, and the table of keys at the end, by number: below its heading, or the last lines of nothing but
    numbers and letters."""
    end = next((place for place, line in enumerate(lines) if _END.fullmatch(line.text)), None)
    if end is not None:
        return lines[:end], _table(lines[end + 1 :])
    start = len(lines)
    while start and not _OPTION.match(lines[start - 1].text) and None not in _tokens(lines[start - 1].text):
        start -= 1
    keys = _table(lines[start:])
    return (lines[:start], keys) if start and len(keys) > 1 else (lines, {})


def _tokens(text: str) -> list[str | None]:
    """Numbers of questions and letters of keys; None for whatever else is said."""
    found = _TOKEN.finditer(text)
    return [one["number"] or one["letter"] for one in found if one[0].casefold() not in _TABLE_WORDS]


def _table(lines: Iterable[Line]) -> dict[int, str]:
    """Keys by number. As many letters as there are numbers before them belong to these, one by one: "1.A 2.B" as well
    as a row of letters below a row of numbers. A number with two keys (of two versions, maybe) has none."""
    told: dict[int, set[str]] = {}
    numbers: list[str] = []
    for kind, group in groupby((one for line in lines for one in _tokens(line.text)), key=_kind):
        run = [one for one in group if one]
        if kind == "letter" and len(run) == len(numbers):
            for number, letter in zip(numbers, run, strict=True):
                told.setdefault(int(number), set()).add(letter)
        numbers = run if kind == "number" else []
    return {number: letters.pop() for number, letters in told.items() if len(letters) == 1}


def _kind(token: str | None) -> str:
    return "" if token is None else "letter" if token in LETTERS else "number"


def _blocks(lines: tuple[Line, ...]) -> tuple[list[_Block], list[Skipped]]:
    """Lines by question. Numbers without "Câu" begin one only where nothing else does."""
    start = _NAMED if any(_NAMED.match(line.text) for line in lines) else _NUMBERED
    if not any(start.match(line.text) for line in lines):
        return _unnumbered(lines), []
    blocks: list[_Block] = []
    skipped: list[Skipped] = []
    for place, line in enumerate(lines, start=1):
        if begun := start.match(line.text):
            rest = line.part(begun.end())
            level = _LEVEL.match(rest.text)
            rest = rest.part(level.end() if level else 0).stripped()
            blocks.append(_Block(int(begun[1]), place, [rest] if rest.text else []))
        elif _HEADING.match(line.text):
            skipped.append(Skipped(place, _shown(line.text), "heading"))
        elif blocks:
            blocks[-1].lines.append(line)
        else:
            skipped.append(Skipped(place, _shown(line.text), "before"))
    return blocks, skipped


def _unnumbered(lines: tuple[Line, ...]) -> list[_Block]:
    """Without numbers, a question ends where another line follows its last option or its key."""
    blocks: list[_Block] = []
    is_over = True
    for place, line in enumerate(lines, start=1):
        is_end = bool(_OPTION.match(line.text) or _STATEMENT.match(line.text) or _ANSWER.match(line.text))
        if is_over and not is_end and not _WHY.match(line.text):
            blocks.append(_Block(None, place))
            is_over = False
        elif is_end:
            is_over = True
        if not blocks:
            blocks.append(_Block(None, place))
        blocks[-1].lines.append(line)
    return blocks


def _shown(text: str) -> str:
    return text[:40]


# --- one question ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Option:
    """An option from its label on; `at` is where its own text begins."""

    line: Line
    at: int
    is_signed: bool

    @property
    def body(self) -> Line:
        return self.line.part(self.at)


@dataclass
class _Parts:
    """A question taken apart."""

    prompt: list[str] = field(default_factory=list)
    options: list[_Option] = field(default_factory=list)
    statements: list[_Option] = field(default_factory=list)
    answer: str | None = None
    why: list[str] = field(default_factory=list)


def _question(block: _Block, table: str | None) -> Found:
    parts = _taken_apart(block.lines)
    own: dict[str, Any]
    notes = ["unread"] if any(UNREAD in line.text for line in block.lines) else []
    if len(parts.statements) == 4 and len(parts.options) < 2:
        kind, own = "cluster", {"statements": _statements(parts)}
    elif len(parts.options) >= 2:
        key, told = _key(parts, table)
        notes += told
        kind = "multiple" if len(key) > 1 and not told else "single"
        own = {"options": [{"text": _text(_unsigned(option.body.text))} for option in parts.options], "key": key}
    else:
        kind, own = _written(parts)
    common = {"prompt": _text("\n".join(parts.prompt)), "explanation": _text("\n".join(parts.why))}
    return Found(kind, {**{name: text for name, text in common.items() if text}, **own}, block.line, tuple(notes))


def _taken_apart(lines: Iterable[Line]) -> _Parts:
    parts = _Parts()
    for line in lines:
        if begun := _WHY.match(line.text):
            parts.why.append(begun[1] or " ")
        elif (begun := _ANSWER.match(line.text)) and _is_answer(begun[1].strip(), parts):
            parts.answer = begun[1].strip()
        elif parts.why:
            parts.why.append(line.text)
        elif not _takes_options(parts, line) and not _takes_statement(parts, line):
            _continue(parts, line)
    return parts


def _is_answer(text: str, parts: _Parts) -> bool:
    """Where there are options a key is letters; elsewhere whatever stands there is the answer."""
    is_asked = bool(parts.prompt or parts.options or parts.statements)
    return is_asked and parts.answer is None and bool(text) and (len(parts.options) < 2 or bool(_LETTERS.match(text)))


def _takes_options(parts: _Parts, line: Line) -> bool:
    """Options are taken in their order A, B, C … only, so that "Điểm A." inside one is none."""
    cuts = _cuts(line.text, len(parts.options))
    is_led = bool(cuts) and cuts[0].start() == 0
    if not cuts or parts.statements or not (is_led or (not parts.options and len(cuts) > 1)):
        return False
    if not is_led:
        parts.prompt.append(line.part(0, cuts[0].start()).stripped().text)
    for cut, end in zip(cuts, [*(one.start() for one in cuts[1:]), len(line.text)], strict=True):
        whole = line.part(cut.start(), end)
        parts.options.append(_Option(whole, cut.end() - cut.start(), bool(cut[1] or cut[3])))
    return True


def _cuts(text: str, count: int) -> list[re.Match[str]]:
    """Where the next options begin in this line."""
    cuts: list[re.Match[str]] = []
    place = 0
    while count < len(LETTERS) and place < len(text):
        is_edge = place == 0 or text[place - 1].isspace()
        found = _OPTION.match(text, place) if is_edge else None
        if found and found[2] == LETTERS[count]:
            cuts.append(found)
            count, place = count + 1, found.end()
        else:
            place += 1
    return cuts


def _takes_statement(parts: _Parts, line: Line) -> bool:
    found = _STATEMENT.match(line.text)
    if not found or parts.options or len(parts.statements) > 3 or found[1] != "abcd"[len(parts.statements)]:
        return False
    parts.statements.append(_Option(line, found.end(), is_signed=False))
    return True


def _continue(parts: _Parts, line: Line) -> None:
    """A line that goes on with what stands above it."""
    for above in (parts.options, parts.statements):
        if above:
            last = above[-1].line
            joined = Line(f"{last.text} {line.text}", (*last.marks, Mark(), *line.marks))
            above[-1] = _Option(joined, above[-1].at, above[-1].is_signed)
            return
    parts.prompt.append(line.text)


def _unsigned(text: str) -> str:
    return _RIGHT.sub("", text)


def _text(text: str) -> str:
    """A text as it is kept; what did not come along is marked."""
    return "\n".join(" ".join(line.split()) for line in text.replace(UNREAD, " [?] ").split("\n")).strip()


# --- keys -----------------------------------------------------------------------------------------------------------


def _key(parts: _Parts, table: str | None) -> tuple[list[str], list[str]]:
    """(letters, notes): what all signs agree on. What is written beats no mark, and two that differ are no key."""
    written = [set(found) for found in _written_keys(parts, table) if found]
    marked = [found for found in _marked(parts.options) if found]
    signs = written + marked
    if not signs:
        return [], []
    if any(found != signs[0] for found in signs):
        return [], ["keys_differ"]
    key = sorted(signs[0])
    return key, ["two_keys"] if len(key) > 1 and not written else []


def _written_keys(parts: _Parts, table: str | None) -> Iterator[list[str]]:
    known = LETTERS[: len(parts.options)]
    if parts.answer and (found := _LETTERS.match(parts.answer)):
        yield [letter for letter in re.findall(r"[A-H]", found[0]) if letter in known]
    if table and table in known:
        yield [table]
    if found := _CHOSEN.search(" ".join(parts.why)):
        yield [found[1]] if found[1] in known else []


def _marked(options: list[_Option]) -> list[set[str]]:
    """The options that stand out from their siblings, by each way of standing out. Bold counts only alone: labels are
    often bold for their looks."""
    ways: tuple[Callable[[Mark], object], ...] = (
        lambda mark: mark.underlined,
        lambda mark: mark.colour,
        lambda mark: mark.light,
    )
    signed = [option.is_signed or bool(_RIGHT.search(option.body.text)) for option in options]
    found = [_apart_from_siblings([_how(option, way) for option in options]) for way in ways]
    found.append(_apart_from_siblings(signed))
    if not any(found):
        bold = _apart_from_siblings([_is_all(option, lambda mark: mark.bold) for option in options])
        found.append(bold if len(bold) == 1 else set())
    return found


def _how(option: _Option, way: Callable[[Mark], object]) -> object:
    """How an option is marked: by its label, else by all of its text."""
    letter = next(n for n, char in enumerate(option.line.text) if char in LETTERS)
    label = way(option.line.marks[letter])
    if label:
        return label
    told = {way(mark) for char, mark in zip(option.body.text, option.body.marks, strict=True) if not char.isspace()}
    return told.pop() if len(told) == 1 else label


def _is_all(option: _Option, way: Callable[[Mark], bool]) -> bool:
    return all(way(mark) for char, mark in zip(option.line.text, option.line.marks, strict=True) if not char.isspace())


def _apart_from_siblings(values: list[Any]) -> set[str]:
    """The letters whose value is another than most have; nobody where all are alike."""
    plain = [value for value in values if not value]
    usual = max(plain or values, key=values.count)
    found = {LETTERS[n] for n, value in enumerate(values) if value != usual and value}
    return found if len(found) < len(values) else set()


# --- other kinds ----------------------------------------------------------------------------------------------------

TRUE = ("đúng", "đ", "true", "t")
FALSE = ("sai", "s", "false", "f")


def _statements(parts: _Parts) -> list[dict[str, Any]]:
    """Four statements with what is known of each: a line below, a word behind, the labels that are underlined."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"\b[a-d]\s*[-.):]", " ", parts.answer or "").lower())
    if len(words) == 1 and len(words[0]) == 4:
        words = list(words[0])
    lined = [option.line.marks[0].underlined for option in parts.statements]
    told: list[bool | None] = list(lined) if any(lined) else [None] * 4
    made = []
    for place, option in enumerate(parts.statements):
        text = option.body.text
        right = True if _RIGHT.search(text) else False if _WRONG.search(text) else told[place]
        if len(words) == 4 and words[place] in (*TRUE, *FALSE):
            right = words[place] in TRUE
        made.append({"text": _text(_WRONG.sub("", _RIGHT.sub("", text))), "key": right})
    return made


def _written(parts: _Parts) -> tuple[str, dict[str, Any]]:
    """A question without options: what its answer is says what it asks for."""
    if parts.answer is None:
        return "open", {}
    answer = parts.answer.strip().rstrip(".").strip()
    if answer.lower() in (*TRUE, *FALSE):
        return "true_false", {"key": answer.lower() in TRUE}
    try:
        number_of(answer)
    except InvalidValue:
        return "short", {"accepted": [one.strip() for one in re.split(r"\s*[;|]\s*", answer) if one.strip()]}
    return "number", {"answer": answer}
