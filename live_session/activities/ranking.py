"""Ranking: in which order a class puts things. Nothing is right or wrong."""

from collections.abc import Iterable, Sequence

from live_session.activities.base import Bar, Family, KeylessType
from live_session.activities.sorting import Parts, SortingType
from live_session.model import Json


class Ranking(KeylessType[Parts], SortingType[Parts]):
    """Parts as the teacher wrote them, put in the pupil's own order."""

    kind = "ranking"
    family = Family.OPINION
    place = 30
    Content = Parts

    def tally(self, content: Parts, values: Iterable[Json]) -> tuple[Bar, ...]:
        """The parts in the class's order: by the mean of their places, equal ones by their letters."""
        bars, width = super().tally(content, values), len(content.items)
        rows = [bars[start : start + width] for start in range(0, len(bars), width)]
        return tuple(bar for row in sorted(rows, key=lambda row: mean_place(row) or 0) for bar in row)


def mean_place(row: Sequence[Bar]) -> float | None:
    """The mean of the places that a part was given; None where nobody gave it any."""
    whole = sum(bar.count for bar in row)
    return sum(int(bar.label) * bar.count for bar in row) / whole if whole else None
