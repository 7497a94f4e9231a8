"""The list of attendance that Meet, Zoom or Teams gives out, read and matched to the class. Pure.

Only names and minutes are taken from it: clocks of other zones and devices are passed over; addresses tell two people
of one name apart. A name that fits one pupil is proposed, one that fits several or none is left to the teacher.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from live_session.activities.short import bare
from lti_tool.text import one_line

MOST_BYTES = 500_000
MOST_ROWS = 600
MOST_MINUTES = 600

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
MAIL = ("email", "e-mail", "user email", "email address", "email người dùng", "địa chỉ email", "thư điện tử")
WAITING = ("in waiting room", "trong phòng chờ")
"""Zoom has a line of its own for the time before somebody was let in."""
WAITED = ("yes", "có")


@dataclass(frozen=True)
class Attendee:
    """A name in the list with its minutes, those of several visits together; `mail` where another has that name too."""

    name: str
    minutes: int
    mail: str = ""


class Columns(NamedTuple):
    """Where things stand in a line: the name, family before given, and its length; the address and the waiting room,
    where the list has them."""

    names: tuple[int, ...]
    length: int
    mail: int | None
    waiting: int | None


class Unreadable(ValueError):
    """No list of attendance: nothing in it has a name and a length of time."""


def read(data: bytes) -> list[Attendee]:
    """The attendees of a file, in its order. Raises `Unreadable`."""
    rows = _rows(_text(data))
    for index, row in enumerate(rows):
        columns = _columns(row)
        if columns is not None:
            return _attendees(rows[index + 1 :], columns)
    raise Unreadable("no heading")


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
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
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
    return Columns(tuple(names), length, column(MAIL), column(WAITING))


def _attendees(rows: Iterable[Sequence[str]], at: Columns) -> list[Attendee]:
    """The lines below a heading, until a blank one or another section begins."""
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        if not any(row) or len(row) <= max(*at.names, at.length):
            if found:
                break
            continue
        who = one_line(re.sub(r"\(.*?\)|\[.*?\]", " ", " ".join(row[i] for i in at.names)), 120), _cell(row, at.mail)
        minutes = minutes_of(row[at.length])
        if who[0] and minutes is not None and _cell(row, at.waiting) not in WAITED:
            found[who] = min(MOST_MINUTES, found.get(who, 0) + minutes)
        if len(found) > MOST_ROWS:
            raise Unreadable("too many")
    times = Counter(name for name, _ in found)
    return [Attendee(name, minutes, mail if times[name] > 1 else "") for (name, mail), minutes in found.items()]


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
