"""The list of attendance that Meet, Zoom or Teams gives out, read and matched to the class. Pure.

Names and minutes are taken from it. Times of joining and leaving only say which visits overlap, so that whoever came
with two devices was there once: of what zone or day a clock tells is passed over. Addresses tell two people of one
name apart. A name that fits one pupil is proposed, one that fits several or none is left to the teacher.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from live_session.activities.spelling import bare
from lti_tool.text import one_line

MOST_BYTES = 500_000
MOST_ROWS = 600
MOST_CELL = 200
"""No name is longer; patterns are slow over what a hostile file may hold in one cell."""
MOST_MINUTES = 600
MOST_VISITS = 30
DAY = 86_400
ROUNDED = 90
"""How far the length in a list, in whole minutes, may be from the seconds between joining and leaving."""

NAME = ("name (original name)", "name", "full name", "participant", "participant name", "tên (tên gốc)", "họ và tên",
        "họ tên", "tên người tham gia", "tên đầy đủ")  # fmt: skip
GIVEN = ("first name", "tên")
FAMILY = ("last name", "họ")
LENGTH = (
    "duration",
    "total duration",
    "in-meeting duration",
    "time in call",
    "thời lượng",
    "tổng thời lượng",
    "thời gian trong cuộc họp",
    "thời gian tham dự",
)
JOIN = ("join time", "time joined", "joined at", "thời gian tham gia", "giờ tham gia", "thời gian vào")
LEAVE = ("leave time", "time exited", "left at", "thời gian rời đi", "thời gian rời khỏi", "giờ rời đi", "thời gian ra")
MAIL = ("email", "e-mail", "user email", "email address", "email người dùng", "địa chỉ email", "thư điện tử")
WAITING = ("in waiting room", "trong phòng chờ")
"""Zoom has a line of its own for the time before somebody was let in."""
WAITED = ("yes", "có")


class Visit(NamedTuple):
    """From joining to leaving, in seconds of the list's own clock."""

    joined: int
    left: int


@dataclass(frozen=True)
class Attendee:
    """A name in the list with its minutes, those of several visits together; `mail` where another has that name too.
    `visits`: when, where the list says it."""

    name: str
    minutes: int
    mail: str = ""
    visits: tuple[Visit, ...] = ()

    @property
    def told(self) -> str:
        """The visits as a form carries them: "25260-27900 28000-28500"."""
        return " ".join(f"{one.joined}-{one.left}" for one in self.visits)


class Columns(NamedTuple):
    """Where things stand in a line: the name, family before given, and its length; the address, the waiting room, the
    times of joining and leaving, where the list has them."""

    names: tuple[int, ...]
    length: int
    mail: int | None
    waiting: int | None
    joined: int | None
    left: int | None


class Unreadable(ValueError):
    """No list of attendance: nothing in it has a name and a length of time."""


def read(data: bytes) -> list[Attendee]:
    """The attendees of a file, in its order. Raises `Unreadable`."""
    rows = _rows(_text(data))
    tables = [(index, columns) for index, row in enumerate(rows) if (columns := _columns(row))]
    if not tables:
        raise Unreadable("no heading")
    # Teams sums up first, with the first joining and the last leaving, and lists each visit below.
    index, columns = next((one for one in tables if one[1].joined is not None), tables[0])
    return _attendees(rows[index + 1 :], columns)


def _text(data: bytes) -> str:
    """The file as text: UTF-16 as Teams writes it, else UTF-8."""
    if len(data) > MOST_BYTES:
        raise Unreadable("too large")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return unicodedata.normalize("NFC", data.decode(encoding)).replace("\x00", "")
    except UnicodeDecodeError as error:
        raise Unreadable("no text") from error


def _rows(text: str) -> list[list[str]]:
    counts = Counter(c for c in text[:20_000] if c in ",;\t")
    delimiter = max(",;\t", key=lambda c: counts[c])
    try:
        return [
            [cell.strip()[:MOST_CELL].strip() for cell in row]
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise Unreadable("no table") from error


def _columns(row: Sequence[str]) -> Columns | None:
    """The columns of a heading line; None for any other."""
    said = [re.sub(r"\s*\((minutes|phút|mins?)\)$", "", cell.casefold()) for cell in row]

    def column(words: Sequence[str]) -> int | None:
        return next((i for i, cell in enumerate(said) if cell in words), None)

    length = next((i for i, cell in enumerate(said) if cell.startswith(LENGTH)), None)
    given, family, whole = column(GIVEN), column(FAMILY), column(NAME)
    is_split = given is not None and family is not None
    names = [n for n in ((family, given) if is_split else (given if whole is None else whole,)) if n is not None]
    if length is None or not names:
        return None
    joined, left = column(JOIN), column(LEAVE)
    if joined is None or left is None:
        joined = left = None
    return Columns(tuple(names), length, column(MAIL), column(WAITING), joined, left)


def _attendees(rows: Iterable[Sequence[str]], at: Columns) -> list[Attendee]:
    """The lines below a heading, until a blank one or another section begins."""
    found: dict[tuple[str, str], list[tuple[int, Visit | None]]] = {}
    for row in rows:
        if not any(row) or len(row) <= max(*at.names, at.length):
            if found:
                break
            continue
        who = one_line(re.sub(r"\(.*?\)|\[.*?\]", " ", " ".join(row[i] for i in at.names)), 120), _cell(row, at.mail)
        minutes = minutes_of(row[at.length])
        if who[0] and minutes is not None and _cell(row, at.waiting) not in WAITED:
            found.setdefault(who, []).append((minutes, _visit(row, at, minutes)))
        if len(found) > MOST_ROWS:
            raise Unreadable("too many")
    times = Counter(name for name, _ in found)
    return [_attendee(name, mail if times[name] > 1 else "", said) for (name, mail), said in found.items()]


def _attendee(name: str, mail: str, said: Sequence[tuple[int, Visit | None]]) -> Attendee:
    visits = _merged(visit for _, visit in said if visit)
    return Attendee(name, together([minutes for minutes, _ in said], visits), mail, visits[:MOST_VISITS])


def together(minutes: Iterable[int], visits: Iterable[Visit]) -> int:
    """How long somebody was there whom several lines tell of, as with two devices: the time that their visits cover
    where the list has times, and never less than the longest of the lengths."""
    covered = round(sum(one.left - one.joined for one in _merged(visits)) / 60)
    return min(MOST_MINUTES, max(covered, *minutes))


def _merged(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """In the order of time, those that overlap as one."""
    found: list[Visit] = []
    for one in sorted(_over_midnight(visits)):
        if found and one.joined <= found[-1].left:
            found[-1] = Visit(found[-1].joined, max(found[-1].left, one.left))
        else:
            found.append(one)
    return tuple(found)


def _over_midnight(visits: Iterable[Visit]) -> list[Visit]:
    """A list by another zone's clock may go on over midnight there: its day begins after the longest time in which
    nobody joined, and who joined before that joined a day later."""
    known = sorted(Visit(one.joined % DAY, one.left - one.joined // DAY * DAY) for one in visits)
    longest, begins = max(((b.joined - a.joined, b.joined) for a, b in pairwise(known)), default=(0, 0))
    if not known or longest <= DAY - (known[-1].joined - known[0].joined):
        return known
    return [Visit(v.joined + DAY, v.left + DAY) if v.joined < begins and v.left <= DAY else v for v in known]


def _visit(row: Sequence[str], at: Columns, minutes: int) -> Visit | None:
    """When this line's visit was; None where it has no times, or its length is not the time between them: then it sums
    up several."""
    joined, left = seconds_of(_cell(row, at.joined)), seconds_of(_cell(row, at.left))
    if joined is None or left is None:
        return None
    visit = Visit(joined, left if left >= joined else left + DAY)
    return visit if abs(visit.left - visit.joined - 60 * minutes) <= ROUNDED else None


def _cell(row: Sequence[str], column: int | None) -> str:
    """What stands there, in lower case; nothing where there is no such column."""
    return row[column].casefold()[:120] if column is not None and column < len(row) else ""


_UNITS = re.compile(
    r"(\d{1,5})\s*(h|hr|hrs|hour|hours|giờ|m|min|mins|minute|minutes|phút|s|sec|secs|second|seconds|giây)\b"
)


def minutes_of(text: str) -> int | None:
    """ "1h 2m 3s", "1 giờ 2 phút", "0:45:10", "45": whole minutes, rounded; None for anything else."""
    text = text.casefold().strip()
    if re.fullmatch(r"\d{1,4}", text):
        return int(text)
    if clock := re.fullmatch(r"(\d{1,2}):(\d\d):(\d\d)", text):
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return round(hours * 60 + minutes + seconds / 60)
    parts = _UNITS.findall(text)
    if not parts or _UNITS.sub("", text).strip(" ,"):
        return None
    worth = {"h": 60, "g": 60, "m": 1, "p": 1}
    return round(sum(int(n) * (1 / 60 if u.startswith(("s", "giâ")) else worth[u[0]]) for n, u in parts))


def seconds_of(text: str) -> int | None:
    """The time of day in "11/28/2026 07:04:05 PM", "19:04" or "7:04 CH", in seconds; None for anything else."""
    found = re.search(r"\b(\d{1,2}):(\d\d)(?::(\d\d))?\s*(am|pm|sa|ch)?\b", text.casefold(), re.ASCII)
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        hour = hour % 12 + (12 if found[4] in ("pm", "ch") else 0)
    return 3_600 * hour + 60 * minute + second if hour < 24 and minute < 60 and second < 60 else None


def visits_of(text: str) -> list[Visit]:
    """What `Attendee.told` says, read again. Raises `ValueError`."""
    found = []
    for part in text.split():
        if not re.fullmatch(r"\d{1,6}-\d{1,6}", part, re.ASCII):
            raise ValueError("no visit")
        joined, _, left = part.partition("-")
        found.append(Visit(int(joined), int(left)))
    if len(found) > MOST_VISITS or not all(one.joined <= one.left <= 2 * DAY for one in found):
        raise ValueError("no visits")
    return found


def match(attendees: Iterable[Attendee], pupils: Mapping[int, str]) -> list[tuple[Attendee, int | None]]:
    """Each attendee with the one pupil whose name it is: written alike, or with the same words in another order. The
    marks of letters do not matter; a name of two pupils, or of two attendees, is nobody's until the teacher says."""
    by_name: dict[tuple[str, ...], list[int]] = {}
    for person_id, name in pupils.items():
        by_name.setdefault(words_of(name), []).append(person_id)
    listed = list(attendees)
    claims = Counter(words_of(one.name) for one in listed)
    found: list[tuple[Attendee, int | None]] = []
    for one in listed:
        known = by_name.get(words_of(one.name), [])
        found.append((one, known[0] if len(known) == 1 and claims[words_of(one.name)] == 1 else None))
    return found


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in the order of the alphabet, in lower case and without marks; class names in it are left
    out."""
    return tuple(sorted(re.findall(r"(?<![\w])[a-z]+(?![\w])", bare(name))))
