"""Charts: everything lies inside the picture, and what cannot be shown is not drawn."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analytics.items import CurvePoint
from lti_tool.pages import charts
from lti_tool.pages.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH

COUNTS = st.lists(st.lists(st.integers(0, 60), min_size=4, max_size=4), max_size=60)


@given(COUNTS)
def test_columns_lie_inside_and_stand_on_each_other(stacks: list[list[int]]) -> None:
    drawn = charts.columns(stacks)
    most = max((sum(stack) for stack in stacks), default=0)
    assert (drawn is None) is (most == 0)
    if drawn is None:
        return
    assert len(drawn.blocks) == sum(count > 0 for stack in stacks for count in stack)
    for block in drawn.blocks:
        assert LEFT <= block.x <= block.x + block.width <= WIDTH - RIGHT + 0.1
        assert TOP - 0.1 <= block.y <= block.y + block.height <= HEIGHT - BOTTOM + 0.2
    assert len(drawn.named) <= charts.MOST_LABELS
    assert {n for n, _ in drawn.grid} >= {0, most}


@given(st.lists(st.none() | st.floats(0, 1), max_size=40))
def test_a_gap_in_shares_is_a_gap_in_the_line(values: list[float | None]) -> None:
    drawn = charts.shares(values)
    known = [n for n, value in enumerate(values) if value is not None]
    assert (drawn is None) is (len(known) < 2)
    if drawn:
        assert [n for n, _, _ in drawn.dots] == known
        neighbours = sum(b - a == 1 for a, b in pairwise(known))
        assert sum(line.count(" ") for line in drawn.lines) == neighbours


def test_a_curve_has_a_line_for_each_option_and_none_without_points() -> None:
    options = (("A", True), ("B", False))
    points = [CurvePoint(10, 0.2, options, (0.3, 0.7)), CurvePoint(10, 0.9, options, (0.9, 0.1))]
    drawn = charts.curve(points)
    assert drawn is not None
    assert [(option, is_key) for option, is_key, _, _ in drawn.traces] == [("A", True), ("B", False)]
    (_, weak), (_, strong) = drawn.traces[0][3]
    assert strong < weak  # a share right that rises goes up
    assert charts.curve([]) is None
