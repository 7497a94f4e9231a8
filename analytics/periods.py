"""Rules on periods taught online, watched over a period log. Pure; a warning is a word to the teacher, never a block.

A period is online where pupils learnt through the network for at least a part of it: supported (in the room, with the
network), hybrid (room and home), fully online. What counts how often is the school's to set; the defaults are those of
the guidance of September 2023: at least 2 online periods a month for each teacher, physical education exempt; at most 2
fully online periods of a class in one half-day; not one after the other; about 10 % of a subject's periods.
"""

import re
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from unicodedata import normalize

import msgspec

EXEMPT = ("Giáo dục thể chất", "GDTC", "Thể dục", "TD", "Physical education", "PE")
"""Subjects whose teachers owe no online periods, as schools write them."""


class HalfDay(StrEnum):
    """Buổi: periods are counted anew in each."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class Form(StrEnum):
    """How a period was taught."""

    IN_PERSON = "in_person"
    SUPPORTED = "supported"
    HYBRID = "hybrid"
    ONLINE = "online"

    @property
    def is_online(self) -> bool:
        """The network had a part in it."""
        return self is not Form.IN_PERSON


class PeriodRules(msgspec.Struct, frozen=True):
    """A school's settings. `warn_days`: a month with too few online periods is spoken of in its last days only.
    `exempt`: subjects whose teachers owe none."""

    month_least: int = 2
    warn_days: int = 10
    half_day_most: int = 2
    row_most: int = 1
    share_target: float = 0.1
    exempt: tuple[str, ...] = EXEMPT


class Taught(NamedTuple):
    """A period as the log has it. `group` is the class, `teacher` whoever taught it: keys, not names."""

    day: date
    half_day: HalfDay
    number: int
    group: str
    subject: str
    teacher: str
    form: Form


class Concern(StrEnum):
    """What a warning is about."""

    MONTH = "month"
    HALF_DAY = "half_day"
    ROW = "row"
    TWICE = "twice"


class Warned(msgspec.Struct, frozen=True, omit_defaults=True, order=True):
    """`count` where the school's rule says `bound`: of a teacher in the month, or of a class in one half-day."""

    concern: Concern
    count: int
    bound: int
    day: date
    half_day: HalfDay | None = None
    group: str = ""
    teacher: str = ""


class Share(NamedTuple):
    """Of `total` periods of a subject, `online` were."""

    subject: str
    online: int
    total: int


def warnings(periods: Iterable[Taught], rules: PeriodRules, month: date, today: date) -> Sequence[Warned]:
    """What there is to say of this month's periods. Their order changes nothing. Of periods without a class nothing is
    known but that they are not one class's."""
    mine = [one for one in periods if (one.day.year, one.day.month) == (month.year, month.month)]
    halves: dict[tuple[str, date, HalfDay], list[Taught]] = defaultdict(list)
    for one in (one for one in mine if one.group):
        halves[one.group, one.day, one.half_day].append(one)
    found = [w for key, some in halves.items() for w in _of_half_day(key, some, rules)]
    if is_time(month, today, rules.warn_days):
        found += _of_teachers(mine, rules, month)
    return sorted(found, key=lambda w: (w.day, w.concern, w.half_day or "", w.group, w.teacher))


def is_time(month: date, today: date, days: int) -> bool:
    """Whether that month is over, or in its last days."""
    last = month.replace(day=monthrange(month.year, month.month)[1])
    return (last - today).days < days


def _of_teachers(periods: Iterable[Taught], rules: PeriodRules, month: date) -> Iterable[Warned]:
    owed = [one for one in periods if not is_exempt(one.subject, rules.exempt)]
    online = Counter(one.teacher for one in owed if one.form.is_online)
    for teacher in sorted({one.teacher for one in owed if one.teacher}):
        if online[teacher] < rules.month_least:
            yield Warned(Concern.MONTH, online[teacher], rules.month_least, month.replace(day=1), teacher=teacher)


def is_exempt(subject: str, exempt: Iterable[str]) -> bool:
    """One of these names stands in the subject's, as whole words: "TD" is in "TD 8" and not in "TDP"."""
    return any(name and f" {name} " in f" {_words(subject)} " for name in map(_words, exempt))


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", normalize("NFC", text).casefold()))


def _of_half_day(key: tuple[str, date, HalfDay], periods: Sequence[Taught], rules: PeriodRules) -> Iterable[Warned]:
    group, day, half_day = key
    whole = sorted(one.number for one in periods if one.form is Form.ONLINE)
    if len(whole) > rules.half_day_most:
        yield Warned(Concern.HALF_DAY, len(whole), rules.half_day_most, day, half_day, group)
    if (row := _longest_row(whole)) > rules.row_most:
        yield Warned(Concern.ROW, row, rules.row_most, day, half_day, group)
    twice = [number for number, count in Counter(one.number for one in periods).items() if count > 1]
    if twice:
        yield Warned(Concern.TWICE, min(twice), 1, day, half_day, group)


def _longest_row(numbers: Iterable[int]) -> int:
    """How many of these periods follow each other without a break."""
    longest = length = 0
    before = None
    for number in sorted(set(numbers)):
        length = length + 1 if before is not None and number == before + 1 else 1
        longest, before = max(longest, length), number
    return longest


def shares(periods: Iterable[Taught]) -> Sequence[Share]:
    """How much of each subject was taught online."""
    found: Mapping[str, list[Form]] = defaultdict(list)
    for one in periods:
        found[one.subject].append(one.form)
    return [Share(subject, sum(f.is_online for f in forms), len(forms)) for subject, forms in sorted(found.items())]


def form_of(room: int, home: int, had_phones: bool) -> Form:
    """How a lesson was taught, by how many took part in the room and at home; `had_phones`: through this tool."""
    if room and home:
        return Form.HYBRID
    if home:
        return Form.ONLINE
    return Form.SUPPORTED if had_phones else Form.IN_PERSON
