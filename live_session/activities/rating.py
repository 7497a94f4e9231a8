"""A rating scale. Nothing is right or wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator

from live_session.activities.base import Bar, Content, Family, KeylessType
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

FEWEST, MOST, LONGEST = 2, 10, 60


class Scale(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`steps` from 1 up; `low` and `high` say what the ends mean."""

    steps: int = 5
    low: str = ""
    high: str = ""

    @property
    def marks(self) -> tuple[str, ...]:
        return tuple(str(n) for n in range(1, self.steps + 1))


class Rating(KeylessType[Scale]):
    """The answer is a step, as text."""

    kind = "rating"
    family = Family.OPINION
    place = 20
    Content = Scale

    def problems(self, content: Scale) -> Iterator[Problem]:
        yield from super().problems(content)
        if not FEWEST <= content.steps <= MOST:
            yield Problem("steps", "steps")
        for field, text in (("low", content.low), ("high", content.high)):
            if len(text) > LONGEST:
                yield Problem(field, "too_long")

    def check(self, content: Scale, value: Json) -> Json:
        if isinstance(value, str) and value in content.marks:
            return value
        raise InvalidValue("not a step")

    def tally(self, content: Scale, values: Iterable[Json]) -> tuple[Bar, ...]:
        """A bar a step; those at the ends say what they mean, because the scale itself is gone by then."""
        counts = Counter(values)
        ends = {content.marks[0]: content.low.strip(), content.marks[-1]: content.high.strip()} if content.marks else {}
        return tuple(
            Bar(step, counts[step], f"{step} · {end}" if (end := ends.get(step)) else step) for step in content.marks
        )
