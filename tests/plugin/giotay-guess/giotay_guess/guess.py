"""Guess the year: the nearer, the more of it is right."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from live_session.activities.base import ActivityType, Bar, Content, Family, Key, most_common
from live_session.errors import InvalidValue, Problem
from live_session.model import Json


class Year(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`within`: so many years away nothing is right any more."""

    year: int = 0
    within: int = 10


class Guess(ActivityType[Year]):
    """A year of one to four digits, kept as text."""

    kind = "guess"
    family = Family.WRITE
    Content = Year

    def problems(self, content: Year) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 1 <= content.year <= 9_999:
            yield Problem("year", "missing")

    def check(self, content: Year, value: Json) -> Json:
        if not isinstance(value, str) or not (value.isascii() and value.isdigit() and len(value) <= 4 and int(value)):
            raise InvalidValue("not a year")
        return str(int(value))

    def share(self, content: Year, value: Json) -> Fraction | None:
        if value is None or not content.year:
            return None
        return max(Fraction(0), 1 - Fraction(abs(int(value) - content.year), max(1, content.within)))

    def tally(self, content: Year, values: Iterable[Json]) -> tuple[Bar, ...]:
        return most_common((v for v in values if v is not None), {})

    def key(self, content: Year) -> Key | None:
        return Key(options=(str(content.year),), texts=(str(content.year),)) if content.year else None
