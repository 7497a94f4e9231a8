"""What stands below the questions of a pasted test: tables of keys, and solutions, by part and number. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from live_session.activities.number import number_of
from live_session.errors import InvalidValue
from lti_tool.lessons.clipping import Line

LETTERS = "ABCDEFGH"
TRUE = ("đúng", "đ", "true", "t")
FALSE = ("sai", "s", "false", "f")
NAMED = re.compile(
    r"(?:Câu(?:\s+hỏi)?|Bài|Question|Q)\s*(\d{1,3})\s*(?:[.:)\]/]|(?<=\s)[-–](?=\s)|(?=\s*[\[(])|$)\s*", re.IGNORECASE
)
OPTION = re.compile(r"([*#✓✔]?)\s*([A-H])\s*([*✓✔]?)\s*[.):]\s*")
NUMBERED = re.compile(r"(\d{1,3})\s*[.)]\s+")
HEADING = re.compile(
    r"(?:PHẦN|Phần|Part|PART|SECTION|Section)\s+([IVX]+|[A-D]|\d)\b"
    r"|([IVX]+|[A-D])\s*[.)]\s*(?:PHẦN\s+)?(?:TRẮC NGHIỆM|TỰ LUẬN|ĐỌC[ –-]*HIỂU|LÀM VĂN|VIẾT|TIẾNG VIỆT)\b"
    r"(?:[^.]*(?:điểm|ĐIỂM)|[^\w]*$|\s+[A-ZÀ-Ỹ ,]+$)"
    r"|([IVX]+)\s*[.)]\s*(?:Phần\s+)?(?:Trắc nghiệm|Tự luận|Đọc[ –-]*hiểu|Làm văn|Viết|Tiếng Việt)[^\w]*(?:\([^)]*\)|$)"
)
ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10}
WHY = re.compile(
    r"(?:Lời giải(?:\s+chi tiết)?|Hướng dẫn(?:\s+giải)?|Giải thích|Giải(?=\s*[:.]|$)|HDG|Explanation)\s*[:.]?\s*(.*)$",
    re.IGNORECASE,
)

_END = re.compile(
    r"(?:[IVX]+\.\s*)?[-–—.*\s]*(?:HẾT|(?i:BẢNG ĐÁP ÁN)(?i:\s+(?:trắc nghiệm|tham khảo))?|ANSWER KEYS?|"
    r"(?:HƯỚNG DẪN CHẤM\s*(?:VÀ|[-–])\s*)?ĐÁP ÁN(?:\s+(?:TRẮC NGHIỆM|THAM KHẢO|CHI TIẾT|ĐỀ\s+(?:SỐ\s+)?\d+|"
    r"(?:VÀ|[-–])\s+(?:THANG|BIỂU) ĐIỂM|(?:(?:VÀ|[-–])\s+)?(?:HƯỚNG DẪN|LỜI) GIẢI))*|HƯỚNG DẪN CHẤM)[-–—.:*\s]*$"
)
_SOLUTIONS = re.compile(
    r"(?:[IVX]+\.\s*)?[-–—.*\s]*(?:(?:ĐÁP ÁN\s+VÀ\s+)?(?:HƯỚNG DẪN|LỜI) GIẢI(?:\s+CHI TIẾT)?|GIẢI CHI TIẾT|"
    r"ANSWERS? AND EXPLANATIONS?|EXPLANATIONS?)[-–—.:*\s]*$",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"đề\s*(?:số\s*)?\d+|(?<!\w)(?<!\d[.,])(?P<number>\d{1,3})(?=[A-H]?(?!\w)(?![.,]\d))"
    r"|(?<![^\W\d])(?P<letter>[A-H])(?!\w)|\w+"
)
_TABLE_WORDS = frozenset(["câu", "bảng", "đáp", "án", "đa", "chọn", "question", "answer", "answers", "key"])
_ROW = re.compile(r"(?:câu|bảng|đáp án|đa|chọn|trả lời|kết quả|key|answers?|question)\b", re.IGNORECASE)
_KEY = re.compile(r"(?:Chọn|Đáp án|ĐA|Key)?[\s.:]*([A-H](?:\s*[,;]?\s*(?:và\s+)?[A-H])*)\s*\.?$", re.IGNORECASE)

LONGEST_ROW = 2_000
"""Characters of a row of keys; what stands behind them is none."""
Place = tuple[int, int]
"""The part of a test, 0 where none was named yet, and the question's number in it."""
T = TypeVar("T")


@dataclass(frozen=True)
class Solution:
    """The lines below a question's number, and where they begin, from 1."""

    line: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Below:
    """`left` are lines that belong to no question, with where they stand."""

    keys: Mapping[Place, str] = field(default_factory=dict)
    solutions: Mapping[Place, Solution] = field(default_factory=dict)
    left: tuple[tuple[int, str], ...] = ()


def part_of(text: str) -> int | None:
    """Which part of a test this heading begins; None for a line that is none."""
    begun = HEADING.match(text)
    if begun is None:
        return None
    said = next(one for one in begun.groups() if one)
    return ROMAN.get(said) or (int(said) if said.isdigit() else ord(said))


def at(found: Mapping[Place, T], place: Place, *, is_only: bool) -> T | None:
    """What is said of a question: under its own part, else under its number, where that names one question alone."""
    if place in found:
        return found[place]
    same = [value for (_, number), value in found.items() if number == place[1]]
    return same[0] if is_only and len(same) == 1 else None


def apart(lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], Below]:
    """The questions, and what stands below: under a heading, or as last lines of nothing but numbers and letters."""
    ends = (n for n, line in enumerate(lines) if _END.match(line.text) or _is_of_solutions(lines, n))
    end = next(ends, None)
    if end is not None:
        return lines[:end], _read(lines[end:], end)
    start = len(lines)
    while start and not OPTION.match(lines[start - 1].text) and None not in _tokens(lines[start - 1].text):
        start -= 1
    keys = _table(lines[start:])
    is_table = start and len(keys) > 1
    return (lines[:start], Below({(0, n): key for n, key in keys.items()})) if is_table else (lines, Below())


def _is_of_solutions(lines: tuple[Line, ...], place: int) -> bool:
    """Solutions of all questions begin below, not the one of the question above: the numbers begin anew."""
    if not _SOLUTIONS.match(lines[place].text) or not any(NAMED.match(line.text) for line in lines[:place]):
        return False
    first = next((line.text for line in lines[place + 1 :] if part_of(line.text) is None), "")
    begun = NAMED.match(first) or NUMBERED.match(first)
    return begun is not None and int(begun[1]) == 1


def _read(lines: Sequence[Line], before: int) -> Below:
    start = NAMED if any(NAMED.match(line.text) for line in lines) else NUMBERED
    reader = _Reader(start)
    for place, line in enumerate(lines, start=before + 1):
        reader.take(place, line)
    return reader.below()


@dataclass
class _Reader:
    """Lines below the questions, one by one: rows of tables by part, solutions by question."""

    start: re.Pattern[str]
    part: int = 0
    rows: dict[int, list[Line]] = field(default_factory=dict)
    told: dict[Place, set[str]] = field(default_factory=dict)
    solutions: dict[Place, tuple[int, list[Line]]] = field(default_factory=dict)
    left: list[tuple[int, str]] = field(default_factory=list)
    _current: list[Line] | None = None

    def take(self, place: int, line: Line) -> None:
        text, begun = line.text, self.start.match(line.text)
        if (part := part_of(text)) is not None:
            self.part, self._current = part, None
        elif _END.match(text) or (_SOLUTIONS.match(text) and self._current is None):
            self._current = None
        elif self._is_row(text) and not (begun and key_of(text[begun.end() :])):
            self.rows.setdefault(self.part, []).append(line)
            self._current = None
        elif begun:
            self._begin(place, int(begun[1]), line.part(begun.end()).stripped())
        elif self._current is not None:
            self._current.append(line)
        else:
            self.left.append((place, text))

    def _is_row(self, text: str) -> bool:
        """In a solution a line of figures is one of its own."""
        if self._current is not None and not _ROW.match(text):
            return False
        if "\t" in text or text.startswith(("Mã đề", "MÃ ĐỀ")):
            return True
        tokens = _tokens(text)
        is_listed = len(tokens) > 1 and None not in tokens and (not self.start.match(text) or _has_letter(tokens))
        return is_listed or (_ROW.match(text) is not None and not tokens)

    def _begin(self, place: int, number: int, rest: Line) -> None:
        at_ = (self.part, number)
        self._current = self.solutions.setdefault(at_, (place, []))[1]
        if key := key_of(rest.text):
            self.told.setdefault(at_, set()).add(key)
        elif rest.text:
            self._current.append(rest)

    def below(self) -> Below:
        for part, rows in self.rows.items():
            for number, key in {**_table(rows), **_grid(rows)}.items():
                self.told.setdefault((part, number), set()).add(key)
        keys = {place: found.pop() for place, found in self.told.items() if len(found) == 1}
        solutions = {at_: Solution(line, tuple(lines)) for at_, (line, lines) in self.solutions.items() if lines}
        return Below(keys, solutions, tuple(self.left))


def key_of(text: str) -> str | None:
    """A key and nothing else: letters, true and false for each statement, a number; None for whatever says more."""
    bare = text.strip().rstrip(".").strip()
    if found := _KEY.match(bare):
        return found[1].upper()
    if len(truths(bare)) in (1, 4):
        return bare
    try:
        number_of(bare)
    except InvalidValue:
        return None
    return bare


def truths(text: str) -> list[bool]:
    """True and false as they are listed: "ĐSĐS", "Đ - S - Đ - S", "a) Đúng, b) Sai …"; empty where something else is
    said."""
    words = re.findall(r"[^\W_]+", re.sub(r"\b[a-d]\s*[-.):]", " ", text).lower())
    if len(words) == 1 and len(words[0]) == 4:
        words = list(words[0])
    return [word in TRUE for word in words] if all(word in (*TRUE, *FALSE) for word in words) else []


def _tokens(text: str) -> list[str | None]:
    """Numbers of questions and letters of keys; None for whatever else is said."""
    found = _TOKEN.finditer(text[:LONGEST_ROW])
    return [one["number"] or one["letter"] for one in found if one[0].casefold() not in _TABLE_WORDS]


def _has_letter(tokens: Iterable[str | None]) -> bool:
    return any(one is not None and one in LETTERS for one in tokens)


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


def _grid(rows: Sequence[Line]) -> dict[int, str]:
    """Keys that are no letters: figures or true and false below a row of numbers, or behind a number in a row of two;
    the four of a cluster in rows of their own."""
    told: dict[int, list[str]] = {}
    numbers: list[int] = []
    for row in rows:
        cells = [cell.strip() for cell in row.text[:LONGEST_ROW].split("\t")]
        if found := _numbers(cells):
            numbers = found
        elif len(cells) in (2, 3, 5) and (one := re.match(r"(?:Câu\s*)?(\d{1,3})$", cells[0], re.IGNORECASE)):
            numbers = [int(one[1])]
            told.setdefault(numbers[0], []).append(" ".join(cells[1:]) if len(cells) == 5 else cells[-1])
        elif len(values := cells[-len(numbers) :]) == len(numbers) and (len(cells) > len(values) or len(values) > 1):
            for number, value in zip(numbers, values, strict=True):
                told.setdefault(number, []).append(value)
    joined = {number: _joined(values) for number, values in told.items()}
    return {number: key for number, key in joined.items() if key and key_of(key) and not _KEY.match(key)}


def _numbers(cells: Sequence[str]) -> list[int]:
    """A row of questions' numbers, with or without a word before them; what counts up by one."""
    figures = [re.sub(r"^Câu\s+", "", cell, flags=re.IGNORECASE) for cell in cells]
    figures = figures if figures and figures[0].isdecimal() else figures[1:]
    found = [int(one) for one in figures if one.isdecimal() and len(one) < 4]
    is_row = len(found) > 1 and len(found) == len(figures) and found == list(range(found[0], found[0] + len(found)))
    return found if is_row else []


def _joined(values: Sequence[str]) -> str | None:
    """One value is the key; four words of true and false are those of a cluster; anything else is none."""
    if len(values) == 1:
        return values[0]
    return "".join("Đ" if one else "S" for value in values for one in truths(value)) if len(values) == 4 else None
