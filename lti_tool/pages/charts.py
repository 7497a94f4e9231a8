"""Charts as numbers for inline SVG: a page's template (`_charts.html`) draws them, and puts a table behind each."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.items import CurvePoint
from analytics.mastery.estimates import Point

WIDTH, HEIGHT = 600, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 12, 32
MOST_LABELS = 7
"""Days named below a chart; more would run into each other on a phone."""
TENTHS = (0, 2, 4, 6, 8, 10)

Place = tuple[float, float]


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
    xs = _spread(len(known))
    dots = [Dot(x, _y(one.value), one) for x, one in zip(xs, known, strict=True)]
    upper = [(x, _y(one.high)) for x, one in zip(xs, known, strict=True)]
    lower = [(x, _y(one.low)) for x, one in zip(xs, known, strict=True)]
    return Growth(dots, _path([*upper, *reversed(lower)]), _path([(d.x, d.y) for d in dots]), _tenths())


@dataclass(frozen=True)
class Block:
    """A part of a column: `part` is its place in the stack, from the ground."""

    x: float
    y: float
    width: float
    height: float
    part: int


@dataclass(frozen=True)
class Columns:
    """Stacked columns side by side: their blocks, grid lines with the count each stands for, and the columns that are
    named below, by place."""

    blocks: Sequence[Block]
    grid: Sequence[tuple[int, float]]
    named: Sequence[tuple[int, float]]


def columns(stacks: Sequence[Sequence[int]]) -> Columns | None:
    """Counts as columns, the first count of each at the ground; None where there is nothing to draw."""
    most = max((sum(stack) for stack in stacks), default=0)
    if not most:
        return None
    step = (WIDTH - LEFT - RIGHT) / len(stacks)
    width = round(min(36.0, step * 0.72), 1)
    middles = [round(LEFT + (n + 0.5) * step, 1) for n in range(len(stacks))]
    blocks = [block for x, stack in zip(middles, stacks, strict=True) for block in _blocks(x, width, stack, most)]
    every = max(1, -(-len(stacks) // MOST_LABELS))
    lines = sorted({0, most // 2, most})
    return Columns(blocks, [(n, _y(n / most)) for n in lines], [(n, middles[n]) for n in range(0, len(stacks), every)])


def _blocks(middle: float, width: float, stack: Sequence[int], most: int) -> Sequence[Block]:
    found, below = [], 0
    for part, count in enumerate(stack):
        if count:
            y, ground = _y((below + count) / most), _y(below / most)
            found.append(Block(round(middle - width / 2, 1), y, width, round(ground - y, 1), part))
            below += count
    return found


@dataclass(frozen=True)
class Line:
    """Shares over time: one line for each run of values without a gap, a dot for each value with its place in the row,
    grid lines by tenths, and the places that are named below."""

    lines: Sequence[str]
    dots: Sequence[tuple[int, float, float]]
    grid: Sequence[tuple[int, float]]
    named: Sequence[tuple[int, float]]


def shares(values: Sequence[float | None]) -> Line | None:
    """A share for each week, None where there is none to show; None below two that can be shown."""
    if sum(value is not None for value in values) < 2:
        return None
    xs = _spread(len(values))
    dots = [(n, x, _y(v)) for n, (x, v) in enumerate(zip(xs, values, strict=True)) if v is not None]
    runs: list[list[Place]] = []
    before = -2
    for n, x, y in dots:
        if n != before + 1:
            runs.append([])
        runs[-1].append((x, y))
        before = n
    every = max(1, -(-len(values) // MOST_LABELS))
    named = [(n, xs[n]) for n in range(0, len(values), every)]
    return Line([_path(one) for one in runs if len(one) > 1], dots, _tenths(), named)


CURVE_WIDTH, CURVE_HEIGHT = 240, 132
CURVE_LEFT, CURVE_BOTTOM, CURVE_EDGE = 34, 22, 8


@dataclass(frozen=True)
class Traces:
    """A question's curve: for each option (the key first) its line over the groups, from weak to strong."""

    traces: Sequence[tuple[str, bool, str, Sequence[Place]]]
    grid: Sequence[tuple[int, float]]
    xs: Sequence[float]


def curve(points: Sequence[CurvePoint]) -> Traces | None:
    """Who does how well on the rest, and what they chose here; None without points."""
    if not points:
        return None
    step = (CURVE_WIDTH - CURVE_LEFT - 2 * CURVE_EDGE) / max(1, len(points) - 1)
    xs = [round(CURVE_LEFT + CURVE_EDGE + n * step, 1) for n in range(len(points))]
    traces = []
    for place, (option, is_key) in enumerate(points[0].options):
        dots = [(x, _curve_y(point.shares[place])) for x, point in zip(xs, points, strict=True)]
        traces.append((option, is_key, _path(dots), dots))
    return Traces(traces, [(tenths, _curve_y(tenths / 10)) for tenths in (0, 5, 10)], xs)


def _curve_y(share: float) -> float:
    return round(CURVE_EDGE + (1 - share) * (CURVE_HEIGHT - CURVE_EDGE - CURVE_BOTTOM), 1)


def _spread(count: int) -> Sequence[float]:
    """So many places from the left edge to the right one."""
    step = (WIDTH - LEFT - RIGHT) / max(1, count - 1)
    return [round(LEFT + n * step, 1) for n in range(count)]


def _tenths() -> Sequence[tuple[int, float]]:
    return [(tenths, _y(tenths / 10)) for tenths in TENTHS]


def _y(share: float) -> float:
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)


def _path(places: Sequence[Place]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)
