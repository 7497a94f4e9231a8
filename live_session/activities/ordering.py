"""Putting parts in the right order."""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction

from live_session.activities.base import Family, Key
from live_session.activities.shuffle import not_as
from live_session.activities.sorting import Parts, SortingType
from live_session.model import Json


class Steps(Parts, frozen=True, omit_defaults=True, kw_only=True):
    """The `items` in the right order."""

    @property
    def shown(self) -> tuple[str, ...]:
        return not_as(self.items)

    @property
    def right(self) -> tuple[str, ...]:
        """The letters in the right order."""
        named = dict(zip(self.shown, self.letters, strict=True))
        return tuple(named[item] for item in self.items)


class Ordering(SortingType[Steps]):
    """Partial credit: (length of the longest subsequence in the right order - 1) / (number of parts - 1).

    One part out of its place costs one step, wherever it went, and the reversed order earns nothing. It is the rule
    "longest ordered subset" of Moodle's qtype_ordering, set to begin at 0 for one part.
    """

    kind = "ordering"
    family = Family.ARRANGE
    place = 10
    Content = Steps

    def share(self, content: Steps, value: Json) -> Fraction | None:
        if value is None or len(content.items) < 2:
            return None
        place = {letter: n for n, letter in enumerate(content.right)}
        return Fraction(longest_rise([place[letter] for letter in value]) - 1, len(content.items) - 1)

    def key(self, content: Steps) -> Key | None:
        right = content.right
        marked = tuple(f"{letter}:{place}" for place, letter in enumerate(right, 1))
        return Key(options=marked, texts=(" → ".join(right),)) if right else None


def longest_rise(numbers: Sequence[int]) -> int:
    """Length of the longest strictly increasing subsequence (Schensted 1961; patience sorting, n log n)."""
    tops: list[int] = []
    for number in numbers:
        pile = bisect_left(tops, number)
        tops[pile : pile + 1] = [number]
    return len(tops)
