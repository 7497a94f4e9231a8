"""A place on a picture. The picture is divided into cells, so that fingers, keys and screen readers all reach it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

from live_session.activities.base import ActivityType, Bar, Content, Family, Key
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

COLUMNS, ROWS = "ABCDEF", "1234"
CELLS = tuple(column + row for row in ROWS for column in COLUMNS)
"""Row by row. Six across and four down are 48 px each on the narrowest phone."""


class Spot(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`key` holds the cells that are right."""

    key: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        return CELLS


class Hotspot(ActivityType[Spot]):
    """The answer is the name of a cell: column and row, as on a chessboard."""

    kind = "hotspot"
    family = Family.CHOOSE
    place = 50
    Content = Spot
    tells_how = True
    shows_image = True

    def problems(self, content: Spot) -> Iterator[Problem]:
        yield from super().problems(content)
        if content.image is None:
            yield Problem("image", "picture")
        if not content.key:
            yield Problem("key", "missing")
        elif not set(content.key) <= set(CELLS):
            yield Problem("key", "unknown")
        elif len(set(content.key)) < len(content.key):
            yield Problem("key", "twice")

    def check(self, content: Spot, value: Json) -> Json:
        if isinstance(value, str) and value in CELLS:
            return value
        raise InvalidValue("not a cell")

    def share(self, content: Spot, value: Json) -> Fraction | None:
        return Fraction(value in content.key) if content.key and value is not None else None

    def tally(self, content: Spot, values: Iterable[Json]) -> tuple[Bar, ...]:
        counts = Counter(values)
        return tuple(Bar(cell, counts[cell], cell) for cell in CELLS)

    def key(self, content: Spot) -> Key | None:
        return Key(options=content.key, texts=(", ".join(content.key),)) if content.key else None
