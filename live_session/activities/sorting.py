"""What ordering and ranking share: parts with letters, and an answer that names each of them once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

from live_session.activities.base import ActivityType, Bar, Content, blank_or_long, letters
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

MOST_PARTS = 8


class Parts(Content, frozen=True, omit_defaults=True, kw_only=True):
    """The `items` as the teacher wrote them; `shown` as screens show them, lettered A, B, C …"""

    items: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        return self.items

    @property
    def letters(self) -> tuple[str, ...]:
        return letters(len(self.items))


P = TypeVar("P", bound=Parts)


class SortingType(ActivityType[P]):
    """The answer is the list of all letters, the first place first."""

    tells_how = True
    blank = MappingProxyType({"items": ()})

    def problems(self, content: P) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 2 <= len(content.items) <= MOST_PARTS:
            yield Problem("items", "parts")
        yield from blank_or_long("items", content.items)

    def texts(self, content: P) -> Iterator[tuple[str, str]]:
        yield from super().texts(content)
        yield from ((f"items.{n}", text) for n, text in enumerate(content.items))

    def named_parts(self, content: P) -> Mapping[str, str]:
        return dict(zip(content.letters, content.shown, strict=True))

    def check(self, content: P, value: Json) -> Json:
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise InvalidValue("not a list of letters")
        if sorted(value) != list(content.letters):
            raise InvalidValue("not every part once")
        return list(value)

    def tally(self, content: P, values: Iterable[Json]) -> tuple[Bar, ...]:
        """How often each part stood at each place: "A:1" is part A in the first place."""
        counts = Counter((letter, place) for value in values for place, letter in enumerate(value or (), 1))
        places = range(1, len(content.items) + 1)
        return tuple(Bar(f"{letter}:{n}", counts[letter, n], str(n)) for letter in content.letters for n in places)
