"""Questions in the manner of a Word file: "Câu 1. … A. … B. … C. … D. …", the key underlined, coloured, starred or in a
line below. What cannot be read is said line by line; what can is kept. Pure."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from live_session.activities.number import number_of
from live_session.errors import InvalidValue
from lti_tool.lessons import answerkeys
from lti_tool.lessons.answerkeys import FALSE, HEADING, LETTERS, NAMED, NUMBERED, OPTION, TRUE, WHY, Below, Solution
from lti_tool.lessons.clipping import UNREAD, Line, Mark

MOST_QUESTIONS = 60

_LEVEL = re.compile(
    r"[\[(]\s*(?:\d\s*,\s*)?(?:NB|TH|VDC?|nhận biết|thông hiểu|vận dụng(?: cao)?)\s*[\])]\s*[.:]?\s*", re.IGNORECASE
)
_POINTS = re.compile(
    r"[\[(]\s*(\d{1,2}(?:[.,]\d{1,2})?)\s*(?:điểm|đ|points?|pts?|marks?)\s*[\])]\s*[.:]?\s*", re.IGNORECASE
)
_STATEMENT = re.compile(r"([a-d])\s*[.)]\s*")
_ANSWER = re.compile(
    r"(?:(?:Đáp án(?:\s+(?:đúng|cần chọn|chính xác))?|Đáp số|Trả lời|ĐS|ĐA|Đ/A|Key|Answers?)"
    r"(?:\s+là\b|(?=\s*[:.])|(?=\s+(?:[A-H]\b|[-−\d]|[ĐS]{4}\b)))|Chọn(?=\s+[A-H]\s*\.?$))\s*[:.]?\s*(.*)$",
    re.IGNORECASE,
)
_CHOSEN = re.compile(r"(?:Chọn(?:\s+đáp án)?|Đáp án(?:\s+đúng)?(?:\s+là)?\s*:?)\s+([A-H])\b")
_LETTERS = re.compile(r"([A-H])((?:\s*[,;]?\s*(?:và\s+|and\s+)?[A-H])*)\s*\.?$")
_SPELLED = re.compile(r"([A-H])\s*(?:[.):(]|[-–→]\s)\s*(.*)$")
"""A key with more behind it: the option's own text once more, or why."""
_RIGHT = re.compile(r"(?<!\s)\s*[\[(]\s*(?:đúng|đ|true|t)\s*[\])]\s*$|(?<!\s)\s*[✓✔]\s*$", re.IGNORECASE)
_WRONG = re.compile(r"(?<!\s)\s*[\[(]\s*(?:sai|s|false|f)\s*[\])]\s*$", re.IGNORECASE)
_SAID = re.compile(r"(?:\t|\s?[-–→:]\s)[^\S\t]*(?P<word>Đúng|Sai|Đ|S|True|False)\s*\.?$", re.IGNORECASE)
"""True or false behind a statement, in a cell or after a dash."""
_JUDGED = re.compile(r"([a-d])\s*[.)]\s*(đúng|sai|true|false)\b", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-–—•+→⇒➔►☞]|=>|->)\s*")
_DOTS = re.compile(r"[\s.…_·]{4,}$")
"""Room for a pen."""
_COLUMNS = re.compile(
    r"(?:[^\t]{0,30}\t){0,2}\s*(?:(?P<right>đúng|đ|true)\s*\t\s*(?:sai|s|false)|(?:sai|s|false)\s*\t\s*(?:đúng|đ|true))$",
    re.IGNORECASE,
)
_TICKED = re.compile(r"(?<!\t)\t[^\S\t]*(?P<second>\t[^\S\t]*)?[xX×✓✔☑☒]\s*$")
"""A cross or a tick in one of a statement's last two cells."""
_BRIEF = re.compile(r"trả lời ngắn|short answer", re.IGNORECASE)
_SHARED = re.compile(
    r"(?:Đọc|Xem|Quan sát)\b.*\b(?:đoạn|văn bản|bài (?:thơ|viết|văn|đọc|ca dao)|truyện|câu chuyện|ngữ liệu|thông tin)\b"
    r".*(?:\bsau\b|\bdưới đây\b|\btrên\b|\btrích\b|:)|"
    r"(?:Dựa vào|Sử dụng|Dùng|Cho|Với|Từ|Căn cứ)\b.*\bcâu(?:\s+hỏi)?(?:\s+từ)?\s+\d|"
    r"(?:Read|Mark|Choose|Circle|Listen|Look at|Complete|Fill in|Rewrite|Rearrange|Find|Questions? \d+\s*(?:-|–|to))"
    r"\b.*\b(?:passage|letter|text|word|option|answer|question|sentence|blank|advertisement|announcement|leaflet|"
    r"conversation|paragraph|dialogue|picture|mistake|notice|sign)s?\b",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"(?:câu(?:\s+hỏi)?|questions?|blanks?|from)(?:\s+từ|\s+from)?\s*\(?\d+\)?\s*(?:đến|tới|to|-|–|và|and|,)\s*(?:câu\s+)?"
    r"\(?(\d+)\)?",
    re.IGNORECASE,
)
_UNDERLINED = re.compile(r"underlined|gạch (?:chân|dưới)", re.IGNORECASE)
LOW_LINE = "\u0332"


@dataclass(frozen=True)
class Found:
    """A question as it was read. `line` is where it begins, from 1; `notes` say what should be looked at: `keys_differ`
    (two signs name two keys), `two_keys`, `unread` (a picture or a formula did not come along). `points` is what
    it says of itself; None where it says nothing."""

    kind: str
    content: dict[str, Any]
    line: int
    notes: tuple[str, ...] = ()
    points: float | None = None


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
    """The lines of one question; its number and the part of the test it stands in, where they are named. `shared` is
    what stands above it and others: a passage, an instruction. `is_brief`: its part asks for short answers. `points`
    stand behind its number."""

    number: int | None
    line: int
    lines: list[Line] = field(default_factory=list)
    part: int = 0
    shared: tuple[Line, ...] = ()
    is_brief: bool = False
    points: float | None = None


def read(lines: tuple[Line, ...]) -> Report:
    """The questions in these lines."""
    body, below = answerkeys.apart(tuple(map(_without_dash, lines)))
    blocks, skipped = _blocks(body)
    numbers = [block.number for block in blocks]
    told = [_told(block, below, is_only=numbers.count(block.number) == 1) for block in blocks]
    found = [_question(block, *one) for block, one in zip(blocks[:MOST_QUESTIONS], told, strict=False)]
    more = [Skipped(b.line, _shown(b.lines[0].text), "too_many") for b in blocks[MOST_QUESTIONS:] if b.lines]
    return Report(tuple(found), (*skipped, *more, *_left(below, [solution for _, solution in told])))


def _told(block: _Block, below: Below, *, is_only: bool) -> tuple[str | None, Solution | None]:
    """What stands of a question below all of them: its key and its solution."""
    place = (block.part, block.number or 0)
    return (
        answerkeys.at(below.keys, place, is_only=is_only),
        answerkeys.at(below.solutions, place, is_only=is_only),
    )


def _left(below: Below, taken: Collection[Solution | None]) -> list[Skipped]:
    """What stands below and belongs to no question."""
    alone = [(one.line, one.lines[0].text) for one in below.solutions.values() if one not in taken]
    return [Skipped(line, _shown(text), "after") for line, text in sorted([*alone, *below.left])]


def _without_dash(line: Line) -> Line:
    """An item of a list that has a label of its own: "– A. Huế"."""
    begun = _ITEM.match(line.text)
    rest = line.part(begun.end()) if begun else line
    has_label = any(sign.match(rest.text) for sign in (NAMED, OPTION, _STATEMENT, _ANSWER, WHY, HEADING))
    return rest if has_label else line


def _blocks(lines: tuple[Line, ...]) -> tuple[list[_Block], list[Skipped]]:
    """Lines by question. Numbers without "Câu" begin one only where nothing else does."""
    start = NAMED if any(NAMED.match(line.text) for line in lines) else NUMBERED
    if not any(start.match(line.text) for line in lines):
        return _unnumbered(lines), []
    sorter = _Sorter(start)
    for place, line in enumerate(lines, start=1):
        sorter.take(place, line)
    return sorter.blocks, [*sorter.skipped, *sorter.unasked(len(lines))]


@dataclass
class _Sorter:
    """Takes lines in their order: a question's own, what stands above several, and headings."""

    start: re.Pattern[str]
    blocks: list[_Block] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    _part: int = 0
    _is_brief: bool = False
    _shared: list[Line] = field(default_factory=list)
    _where: str = "before"

    def take(self, place: int, line: Line) -> None:
        if begun := self.start.match(line.text):
            self._begin(place, int(begun[1]), line.part(begun.end()))
        elif (part := answerkeys.part_of(line.text)) is not None:
            self._part, self._is_brief = part, bool(_BRIEF.search(line.text))
            self._shared, self._where = [], "heading"
            self.skipped.append(Skipped(place, _shown(line.text), "heading"))
        elif _SHARED.match(line.text) and (self._where != "question" or _is_whole(self.blocks[-1])):
            self._shared = [*(self._shared if self._where == "shared" else ()), line]
            self._where = "shared"
        elif self._where == "shared":
            self._shared.append(line)
        elif self._where == "question":
            self.blocks[-1].lines.append(line)
        else:
            self._is_brief = self._is_brief or bool(_BRIEF.search(line.text))
            self.skipped.append(Skipped(place, _shown(line.text), self._where))

    def unasked(self, last: int) -> list[Skipped]:
        """What stands above no question at all."""
        first = last - len(self._shared) + 1
        is_last = self._where == "shared"
        return [Skipped(first + n, _shown(line.text), "after") for n, line in enumerate(self._shared) if is_last]

    def _begin(self, place: int, number: int, rest: Line) -> None:
        rest, points = _without_labels(rest)
        spans = [int(one[1]) for one in map(_SPAN.search, (line.text for line in self._shared)) if one]
        if spans and number > spans[-1] and self._where == "question":
            self._shared = []
        lines = [rest] if rest.text else []
        self.blocks.append(_Block(number, place, lines, self._part, tuple(self._shared), self._is_brief, points))
        self._where = "question"


def _without_labels(rest: Line) -> tuple[Line, float | None]:
    """What follows a question's number, without its level, and the points that stand there."""
    points = None
    while begun := _LEVEL.match(rest.text) or (_POINTS.match(rest.text) if points is None else None):
        points = _points(begun) if begun.re is _POINTS else points
        rest = rest.part(begun.end())
    return rest.stripped(), points


def _points(label: re.Match[str]) -> float:
    return float(label[1].replace(",", "."))


def _is_whole(block: _Block) -> bool:
    """Nothing more is to come but what belongs to another one: it has its options, its statements or its key."""
    return any(OPTION.match(one.text) or _cuts(one.text, 0) or _ANSWER.match(one.text) for one in block.lines) or any(
        _STATEMENT.match(one.text) for one in block.lines
    )


def _unnumbered(lines: tuple[Line, ...]) -> list[_Block]:
    """Without numbers, a question ends where another line follows its last option or its key."""
    blocks: list[_Block] = []
    is_over = True
    for place, line in enumerate(lines, start=1):
        is_end = bool(OPTION.match(line.text) or _STATEMENT.match(line.text) or _ANSWER.match(line.text))
        if is_over and not is_end and not WHY.match(line.text):
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

    prompt: list[Line] = field(default_factory=list)
    options: list[_Option] = field(default_factory=list)
    statements: list[_Option] = field(default_factory=list)
    answer: str | None = None
    why: list[str] = field(default_factory=list)
    ticks: tuple[bool, bool] | None = None
    """What a tick says in each of a table's last two columns."""


def _question(block: _Block, table: str | None, solution: Solution | None) -> Found:
    parts = _taken_apart(block.lines)
    _add_solution(parts, solution)
    show = _underscored if _asks_of_underlined(block, parts) else _plain
    own: dict[str, Any]
    notes = ["unread"] if any(UNREAD in line.text for line in (*block.shared, *block.lines)) else []
    if len(parts.statements) == 4 and len(parts.options) < 2:
        kind, own = "cluster", {"statements": _statements(parts, table)}
    elif len(parts.options) >= 2:
        key, told = _key(parts, table)
        notes += told
        kind = "multiple" if len(key) > 1 and not told else "single"
        own = {"options": [{"text": _text(_unsigned(show(option.body)))} for option in parts.options], "key": key}
    else:
        kind, own = _written(parts.answer or table, is_brief=block.is_brief)
    points = block.points if block.points is not None else _take_points(parts)
    prompt = [show(line) for line in (*block.shared, *parts.prompt)]
    common = {"prompt": _text("\n".join(prompt)), "explanation": _text("\n".join(parts.why))}
    return Found(
        kind, {**{name: text for name, text in common.items() if text}, **own}, block.line, tuple(notes), points
    )


def _take_points(parts: _Parts) -> float | None:
    """Points behind the question's text, which leave it. Where each of its parts has its own, all stay."""
    ends = [(n, found) for n, line in enumerate(parts.prompt) for found in _POINTS.finditer(line.text)]
    if len(ends) != 1 or ends[0][1].end() != len(parts.prompt[ends[0][0]].text):
        return None
    place, label = ends[0]
    parts.prompt[place] = parts.prompt[place].part(0, label.start()).stripped()
    return _points(label)


def _add_solution(parts: _Parts, solution: Solution | None) -> None:
    """A solution that stands below all questions; where it begins with its question once more, what follows that."""
    if solution is None:
        return
    said = _taken_apart(solution.lines)
    parts.answer = parts.answer or said.answer
    first = parts.prompt[0].text if parts.prompt else ""
    whole = [line.text for line in said.prompt if not (first and line.text == first)]
    parts.why += said.why or ([] if said.options else whole + [one.line.text for one in said.statements])


def _taken_apart(lines: Iterable[Line]) -> _Parts:
    parts = _Parts()
    for line in lines:
        if begun := WHY.match(line.text):
            parts.why.append(begun[1] or " ")
        elif (begun := _ANSWER.match(line.text)) and _is_answer(begun[1].strip(), parts):
            _take_answer(parts, begun[1].strip())
        elif parts.why:
            parts.why.append(line.text)
        elif head := _COLUMNS.fullmatch(line.text):
            parts.ticks = (True, False) if head["right"] else (False, True)
        elif _DOTS.fullmatch(line.text):
            continue
        elif not _takes_options(parts, line) and not _takes_statement(parts, line):
            _continue(parts, line)
    return parts


def _take_answer(parts: _Parts, answer: str) -> None:
    spelled = _SPELLED.match(answer) if len(parts.options) > 1 and not _LETTERS.match(answer) else None
    parts.answer = None if _DOTS.fullmatch(answer) else spelled[1] if spelled else answer
    if spelled and spelled[2] not in [option.body.text.strip() for option in parts.options]:
        parts.why.append(spelled[2].strip())


def _asks_of_underlined(block: _Block, parts: _Parts) -> bool:
    return any(_UNDERLINED.search(line.text) for line in (*block.shared, *parts.prompt))


def _plain(line: Line) -> str:
    return line.text


def _underscored(line: Line) -> str:
    """With a line below what was underlined, where the question asks of that."""
    pairs = zip(line.text, line.marks, strict=True)
    return "".join(char + LOW_LINE if mark.underlined and char.isalnum() else char for char, mark in pairs)


def _is_answer(text: str, parts: _Parts) -> bool:
    """Where there are options a key is letters; elsewhere whatever stands there is the answer."""
    is_asked = bool(parts.prompt or parts.options or parts.statements)
    is_letter = bool(_LETTERS.match(text) or _SPELLED.match(text))
    return is_asked and parts.answer is None and bool(text) and (len(parts.options) < 2 or is_letter)


def _takes_options(parts: _Parts, line: Line) -> bool:
    """Options are taken in their order A, B, C … only, so that "Điểm A." inside one is none."""
    cuts = _cuts(line.text, len(parts.options))
    is_led = bool(cuts) and cuts[0].start() == 0
    if not cuts or parts.statements or not (is_led or (not parts.options and len(cuts) > 1)):
        return False
    if not is_led:
        parts.prompt.append(line.part(0, cuts[0].start()).stripped())
    for cut, end in zip(cuts, [*(one.start() for one in cuts[1:]), len(line.text)], strict=True):
        whole = line.part(cut.start(), end)
        parts.options.append(_Option(whole, cut.end() - cut.start(), bool(cut[1] or cut[3])))
    return True


def _cuts(text: str, count: int) -> list[re.Match[str]]:
    """Where the next options begin in this line."""
    cuts: list[re.Match[str]] = []
    place = 0
    while count < len(LETTERS) and place < len(text):
        is_edge = not text[place].isspace() and (place == 0 or text[place - 1].isspace())
        found = OPTION.match(text, place) if is_edge else None
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
    parts.prompt.append(line)


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
    if table and (found := _LETTERS.match(table)):
        yield [letter for letter in re.findall(r"[A-H]", found[0]) if letter in known]
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
    """All of its text, whatever its label looks like: Word's own lists keep the label plain."""
    told = [way(mark) for char, mark in zip(option.body.text, option.body.marks, strict=True) if not char.isspace()]
    return bool(told) and all(told)


def _apart_from_siblings(values: list[Any]) -> set[str]:
    """The letters whose value is another than most have; nobody where all are alike."""
    plain = [value for value in values if not value]
    usual = max(plain or values, key=values.count)
    found = {LETTERS[n] for n, value in enumerate(values) if value != usual and value}
    return found if len(found) < len(values) else set()


# --- other kinds ----------------------------------------------------------------------------------------------------


def _statements(parts: _Parts, table: str | None) -> list[dict[str, Any]]:
    """Four statements with what is known of each: a line or a table below, a word behind, the labels that are
    underlined, what a solution says of each, a tick in one of two columns."""
    written = next((w for one in (parts.answer, table) if one and len(w := answerkeys.truths(one)) == 4), None)
    lined = [option.line.marks[0].underlined for option in parts.statements]
    judged = {found[1]: found[2].lower() in TRUE for line in parts.why for found in _JUDGED.finditer(line)}
    told: list[bool | None] = list(lined) if any(lined) else [judged.get(name) for name in "abcd"]
    made = []
    for place, option in enumerate(parts.statements):
        text, ticked = _without_tick(option.body.text, parts.ticks)
        right = next((one for one in (ticked, _signed(text)) if one is not None), told[place])
        if said := _SAID.search(text):
            right = said["word"].lower() in TRUE
        right = written[place] if written else right
        made.append({"text": _text(_SAID.sub("", _WRONG.sub("", _RIGHT.sub("", text)))), "key": right})
    return made


def _signed(text: str) -> bool | None:
    """What a sign or a word behind a statement says of it."""
    return True if _RIGHT.search(text) else False if _WRONG.search(text) else None


def _without_tick(text: str, says: tuple[bool, bool] | None) -> tuple[str, bool | None]:
    """A statement without its tick, and what the tick says: nothing where both columns have one."""
    found = _TICKED.search(text) if says else None
    if found is None or says is None:
        return text, None
    rest = text[: found.start()]
    other = _TICKED.search(rest)
    return (rest[: other.start()], None) if other else (rest, says[bool(found["second"])])


def _written(answer: str | None, *, is_brief: bool) -> tuple[str, dict[str, Any]]:
    """A question without options: what its answer is says what it asks for."""
    if answer is None:
        return ("short", {"accepted": []}) if is_brief else ("open", {})
    answer = answer.strip().rstrip(".").strip()
    if answer.lower() in (*TRUE, *FALSE):
        return "true_false", {"key": answer.lower() in TRUE}
    try:
        number_of(answer)
    except InvalidValue:
        return "short", {"accepted": [one.strip() for one in re.split(r"\s*[;|]\s*", answer) if one.strip()]}
    return "number", {"answer": answer}
