"""Charts as SVG that stands in the page, drawn on the server. Each caller puts a table behind its chart."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from analytics.items import CurvePoint
from analytics.mastery.estimates import Point
from lti_tool.pages.plots import XY, Columns, Line, drawn, plot

MOST_LABELS = 7
"""Days named below a chart; more would run into each other on a phone."""
LEAST_COLUMNS = 8
"""Fewer stand at the left, as wide as eight would be."""
LEAST_ANSWERS = 5
"""Of a pupil by a day, before the day has a dot in the growth line."""
TENTHS = [{"value": tenths / 10, "label": f"{tenths}/10"} for tenths in (0, 2, 4, 6, 8, 10)]
HALVES = [{"value": percent / 100, "label": f"{percent}%"} for percent in (0, 50, 100)]
NO_PICTURE = Markup("")


def growth_days(points: Sequence[Point], least: int = LEAST_ANSWERS) -> Sequence[Point]:
    """The line of a pupil's own past: one point a day, the last of that day; none below two days of `least` answers."""
    days = {one.day: one for one in points if one.n >= least}
    return [days[day] for day in sorted(days)] if len(days) > 1 else []


def growth(days: Sequence[Point], title: str) -> Markup:
    """The share expected right on each day, with its band of 80 %."""
    labels = _thinned([f"{one.day[8:]}/{one.day[5:7]}" for one in days])
    places = [{"value": n, "label": label} for n, label in enumerate(labels)]
    chart = plot(XY, ["growth-band", "growth"], title, x_labels=places, range=(0, 1), y_labels=TENTHS)
    upper = [(n, one.high) for n, one in enumerate(days)]
    lower = [(n, one.low) for n, one in enumerate(days)]
    chart.add(None, [*upper, *reversed(lower)], show_dots=False)
    chart.add(None, [(n, one.value) for n, one in enumerate(days)])
    return drawn(chart)


def columns(stacks: Sequence[Sequence[int]], labels: Sequence[str], fills: Sequence[str], title: str) -> Markup:
    """Counts as stacked columns, the first count of each at the ground, its parts named by `fills`; empty where there
    is nothing to draw."""
    if not any(map(sum, stacks)):
        return NO_PICTURE
    lacking = max(0, LEAST_COLUMNS - len(stacks))
    places = [*_thinned(labels), *[""] * lacking]
    # Order 0: pupils are counted, so that no line stands for half of one.
    chart = plot(Columns, fills, title, x_labels=places, order_min=0, min_scale=2, max_scale=4)
    for part in range(len(fills)):
        chart.add(None, [stack[part] or None for stack in stacks] + [None] * lacking)
    return drawn(chart)


def shares(values: Sequence[float | None], labels: Sequence[str], title: str) -> Markup:
    """A share for each week, a gap for each None; empty below two that can be shown."""
    if sum(value is not None for value in values) < 2:
        return NO_PICTURE
    chart = plot(Line, ["growth"], title, x_labels=_thinned(labels), range=(0, 1), y_labels=TENTHS)
    chart.add(None, values, allow_interruptions=True)
    return drawn(chart)


def curve(points: Sequence[CurvePoint], called: Mapping[str, str], title: str) -> Markup:
    """Who does how well on the rest (from weak to strong), and what they chose here: a line for each option, its name
    at the end. Empty without points."""
    if not points:
        return NO_PICTURE
    options = points[0].options
    names = ["growth" if is_key else "trace" for _, is_key in options]
    groups = [str(n + 1) for n in range(len(points))]
    chart = plot(Line, names, title, is_small=True, x_labels=groups, range=(0, 1), y_labels=HALVES)
    for place, (option, _) in enumerate(options):
        *before, last = [point.shares[place] for point in points]
        chart.add(None, [*before, {"value": last, "label": called.get(option, option)}])
    return drawn(chart)


def _thinned(labels: Sequence[str]) -> Sequence[str]:
    """As many of the labels as have room, at even steps, the others empty."""
    every = max(1, -(-len(labels) // MOST_LABELS))
    return [name if n % every == 0 else "" for n, name in enumerate(labels)]
