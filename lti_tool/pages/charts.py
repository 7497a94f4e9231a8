"""Charts as numbers for inline SVG: a page's template draws them, and puts a table beside each."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.mastery.estimates import Point

WIDTH, HEIGHT = 600, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 12, 32


@dataclass(frozen=True)
class Dot:
    """A lesson in the growth line, in the chart's own units."""

    x: float
    y: float
    point: Point


@dataclass(frozen=True)
class Growth:
    """A pupil's way: the line's dots, the band around it, the height of each grid line by its tenths."""

    dots: Sequence[Dot]
    band: str
    line: str
    grid: Sequence[tuple[int, float]]


def growth(points: Sequence[Point], least: int = 5) -> Growth | None:
    """The line of a pupil's own past, one dot a day (the last of that day); None below two days of five answers."""
    days = {one.day: one for one in points if one.n >= least}
    if len(days) < 2:
        return None
    known = [days[day] for day in sorted(days)]
    step = (WIDTH - LEFT - RIGHT) / (len(known) - 1)
    xs = [round(LEFT + n * step, 1) for n in range(len(known))]
    dots = [Dot(x, _y(one.value), one) for x, one in zip(xs, known, strict=True)]
    upper = [(x, _y(one.high)) for x, one in zip(xs, known, strict=True)]
    lower = [(x, _y(one.low)) for x, one in zip(xs, known, strict=True)]
    grid = [(tenths, _y(tenths / 10)) for tenths in (0, 2, 4, 6, 8, 10)]
    return Growth(dots, _path([*upper, *reversed(lower)]), _path([(d.x, d.y) for d in dots]), grid)


def _y(share: float) -> float:
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)


def _path(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)
