"""Charts: all lies inside the picture, what cannot be shown is not drawn, and a page's policy stops none of it."""

import sys
from itertools import pairwise
from xml.etree.ElementTree import Element, fromstring

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from analytics.items import CurvePoint
from analytics.mastery.estimates import Point
from lti_tool.pages import charts
from lti_tool.pages.plots import SIZE

SVG = "{http://www.w3.org/2000/svg}"
FILLS = ("in-room", "at-home", "away", "unknown")
COUNTS = st.lists(st.lists(st.integers(0, 60), min_size=4, max_size=4), max_size=60)
SHARES = st.floats(0, 1)


@given(COUNTS)
def test_columns_lie_inside_and_stand_on_each_other(stacks: list[list[int]]) -> None:
    drawn = charts.columns(stacks, [f"{n}/9" for n in range(len(stacks))], FILLS, "Chỗ ngồi")
    assert bool(drawn) is any(map(sum, stacks))
    if not drawn:
        return
    parts = _series(drawn)
    assert [len(parts.get(fill, ())) for fill in FILLS] == [sum(stack[n] > 0 for stack in stacks) for n in range(4)]
    columns: dict[float, list[tuple[float, float]]] = {}
    for blocks in parts.values():
        for block in blocks:
            x, y, width, height = (float(block.attrib[side]) for side in ("x", "y", "width", "height"))
            assert 0 <= x <= x + width <= SIZE[0]
            assert 0 <= y <= y + height <= SIZE[1]
            columns.setdefault(x, []).append((y, height))
    assert len(columns) == sum(any(stack) for stack in stacks)
    for column in columns.values():
        assert all(abs(below - (y + height)) <= 0.2 for (below, _), (y, height) in pairwise(column))
    heights = [sum(height for _, height in columns[x]) for x in sorted(columns)]
    totals = [sum(stack) for stack in stacks if any(stack)]
    assert all(
        abs(height / max(heights) - total / max(totals)) < 0.01 for height, total in zip(heights, totals, strict=True)
    )
    assert len(_labels(drawn)) <= charts.MOST_LABELS


@given(st.lists(st.none() | SHARES, max_size=40))
def test_a_gap_in_shares_is_a_gap_in_the_line(values: list[float | None]) -> None:
    drawn = charts.shares(values, [f"{n}/9" for n in range(len(values))], "Tham gia")
    known = [n for n, value in enumerate(values) if value is not None]
    assert bool(drawn) is (len(known) > 1)
    if drawn:
        _, dots = _lines(drawn)["growth"]
        assert len(dots) == len(known)
        neighbours = sum(b - a == 1 for a, b in pairwise(known))
        assert sum(path.count("L") and len(path.split("L")[1].split()) // 2 for path in _paths(drawn)) == neighbours


@given(st.lists(st.tuples(SHARES, SHARES, SHARES, st.integers(0, 9)), max_size=40))
def test_a_growth_line_lies_in_its_band_and_has_a_dot_for_each_day_of_enough_answers(
    given_points: list[tuple[float, float, float, int]],
) -> None:
    points = []
    for n, (a, b, c, answers) in enumerate(given_points):
        low, value, high = sorted((a, b, c))
        points.append(Point(f"2026-{9 + n // 20:02}-{1 + n // 2 % 10:02}", value, low, high, answers))
    days = charts.growth_days(points)
    enough = {one.day for one in points if one.n >= charts.LEAST_ANSWERS}
    assert [one.day for one in days] == (sorted(enough) if len(enough) > 1 else [])
    if days:
        drawn = charts.growth(days, "Tiến bộ")
        (band, _), (line, dots) = _lines(drawn)["growth-band"], _lines(drawn)["growth"]
        assert len(dots) == len(days) == len(line)
        upper, lower = band[: len(days)], band[len(days) :][::-1]
        for (_, y), (_, top), (_, bottom) in zip(line, upper, lower, strict=True):
            assert top - 0.01 <= y <= bottom + 0.01


def test_a_curve_has_a_named_line_for_each_option_and_none_without_points() -> None:
    options = (("A", True), ("B", False))
    points = [CurvePoint(10, 0.2, options, (0.3, 0.7)), CurvePoint(10, 0.9, options, (0.9, 0.1))]
    drawn = charts.curve(points, {"A": "x < 2"}, "Câu 1")
    assert [text.text for text in _root(drawn).iter(f"{SVG}text") if text.get("class") == "label"] == ["x < 2", "B"]
    ((_, weak), (_, strong)), _ = _lines(drawn)["growth"]
    assert strong < weak  # a share right that rises goes up
    assert set(_lines(drawn)) == {"growth", "trace"}
    assert not charts.curve([], {}, "Câu 1")


def test_names_of_lines_that_end_in_one_place_stand_apart() -> None:
    options = (("A", True), ("B", False), ("C", False), ("D", False))
    points = [CurvePoint(10, value, options, (0.85, 0.05, 0.05, 0.0)) for value in (0.2, 0.9)]
    labels = [one for one in _root(charts.curve(points, {}, "Câu 1")).iter(f"{SVG}text") if one.get("class") == "label"]
    heights = sorted(float(one.attrib["y"]) for one in labels)
    assert all(below - above >= 10.9 for above, below in pairwise(heights))


def test_a_page_s_policy_stops_nothing_of_a_chart_and_a_hostile_name_is_a_text() -> None:
    hostile = '"><script>alert(1)</script>'
    drawn = charts.columns([[1, 2, 0, 0]], [hostile], FILLS, hostile)
    root = _root(drawn)
    assert root.get("role") == "img"
    assert root.get("aria-label") == hostile
    assert hostile in "".join(root.itertext())
    for one in root.iter():
        assert one.tag.removeprefix(SVG) in {"svg", "g", "path", "rect", "circle", "text"}
        assert not {name for name in one.attrib if name in {"style", "href", "id"} or name.startswith("on")}


def test_a_chart_has_no_class_that_the_desk_means_otherwise() -> None:
    """The library calls a block `bar`, as base.css calls a track with rounded ends."""
    drawn = charts.columns([[1, 2, 0, 0]], ["5/9"], FILLS, "Chỗ ngồi")
    used = {word for one in _root(drawn).iter() for word in one.get("class", "").split()}
    assert used == {"chart", "axis", "x", "y", "line", *FILLS}


def test_an_empty_stack_among_others_keeps_its_place() -> None:
    drawn = charts.columns([[3, 0, 0, 0], [0, 0, 0, 0], [3, 0, 0, 0]], ["a", "b", "c"], FILLS, "Chỗ ngồi")
    first, third = (float(block.attrib["x"]) for block in _series(drawn)["in-room"])
    assert _labels(drawn) == ["a", "b", "c"]
    assert third - first > 1.5 * float(_series(drawn)["in-room"][0].attrib["width"])


def _root(drawn: Markup) -> Element:
    return fromstring(str(drawn))


def _series(drawn: Markup) -> dict[str, list[Element]]:
    """The blocks of each part, by its class."""
    groups = [(g.get("class"), list(g.iter(f"{SVG}rect"))) for g in _root(drawn).iter(f"{SVG}g")]
    return {name: blocks for name, blocks in groups if name in FILLS and blocks}


def _paths(drawn: Markup) -> list[str]:
    return [path.attrib["d"] for path in _root(drawn).iter(f"{SVG}path") if "nofill" in path.get("class", "")]


def _lines(drawn: Markup) -> dict[str, tuple[list[tuple[float, float]], list[Element]]]:
    """Of each class: the places of its line and its dots."""
    found: dict[str, tuple[list[tuple[float, float]], list[Element]]] = {}
    for group in _root(drawn).iter(f"{SVG}g"):
        if (name := group.get("class", "")) in {"growth", "growth-band", "trace"}:
            places, dots = found.setdefault(name, ([], []))
            for path in group.iter(f"{SVG}path"):
                numbers = [float(word) for word in path.attrib["d"].replace("M", "").replace("L", "").split()]
                places += zip(numbers[::2], numbers[1::2], strict=True)
            dots += group.iter(f"{SVG}circle")
    return found


def _labels(drawn: Markup) -> list[str]:
    axis = next(g for g in _root(drawn).iter(f"{SVG}g") if g.get("class") == "axis x")
    return [text.text or "" for text in axis.iter(f"{SVG}text")]


def test_the_library_leaves_nothing_of_an_old_kind_in_the_import_system() -> None:
    assert all(hasattr(finder, "find_spec") for finder in sys.meta_path)
