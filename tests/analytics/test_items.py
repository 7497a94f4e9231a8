"""Item analysis: the figures by hand, each flag with its least n, and how often flags find what was planted."""

from math import isnan
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from analytics import simulate
from analytics.items import (
    Concern,
    Flag,
    Place,
    Reply,
    Trait,
    analyse,
    correlation,
    drift,
    places_differ,
    reliability,
    wilson,
)
from analytics.mastery.model import Difficulty, logistic

TRAIT = Trait(("A", "B", "C", "D"), ("A",))


def concerns(replies: list[Reply], item: str = "x") -> set[Concern]:
    return {f.concern for f in analyse(replies, {item: TRAIT})[item].flags}


def same(count: int, share: float, chosen: str = "B", seconds: float | None = None) -> list[Reply]:
    return [Reply(f"p{n}", "x", share, (chosen,), seconds) for n in range(count)]


def test_figures_by_hand() -> None:
    shares = {"a": (1, 1, 1), "b": (1, 1, 0), "c": (0, 1, 0), "d": (0, 0, 0)}
    replies = [Reply(who, item, s) for who, row in shares.items() for item, s in zip("xyz", row, strict=True)]
    x = analyse(replies, {})["x"]
    assert (x.n, x.p) == (4, 0.5)
    assert x.r == pytest.approx(correlation([1, 1, 0, 0], [1, 0.5, 0.5, 0]))
    assert (x.low, x.high) == pytest.approx(wilson(0.5, 4))


def test_wilson_by_the_book() -> None:
    assert wilson(0.5, 10, z=1.96) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 0) == (0, 1)


def test_reliability_by_hand() -> None:
    scores = [[float(n >= 10)] * 8 for n in range(20)]
    assert reliability(scores) == pytest.approx((1.0, 0.0), abs=1e-9)
    assert reliability(scores[:19]) == (None, None)
    assert reliability([row[:7] for row in scores]) == (None, None)
    assert reliability([[1.0] * 8] * 20) == (None, None)
    assert reliability([]) == (None, None)


def test_one_pupil_and_nobody() -> None:
    assert analyse([], {}) == {}
    report = analyse([Reply("a", "x", 1, ("A",))], {"x": TRAIT})["x"]
    assert (report.r, report.options, report.flags) == (None, (), [])


def test_a_second_reply_is_no_first_attempt() -> None:
    report = analyse([Reply("a", "x", 0), Reply("a", "x", 1)], {})["x"]
    assert (report.n, report.p) == (1, 0)


def test_hard_and_easy_only_from_ten() -> None:
    assert Concern.TOO_HARD in concerns(same(12, 0))
    assert not concerns(same(9, 0))
    assert Concern.TOO_EASY in concerns(same(60, 1, "A"))
    assert Concern.TOO_EASY not in concerns(same(20, 1, "A")), "twenty right ones prove no .95"


def test_a_dead_distractor_only_from_sixty() -> None:
    def choice(count: int) -> list[Reply]:
        return [Reply(f"p{n}", i, float(n % 2), ("AB"[n % 2],)) for n in range(count) for i in "xy"]

    report = analyse(choice(60), {"x": TRAIT})["x"]
    assert [f.option for f in report.flags if f.concern is Concern.DEAD_DISTRACTOR] == ["C", "D"]
    assert Concern.DEAD_DISTRACTOR not in concerns(choice(59))


def test_distractors_with_the_rest_score_of_their_choosers() -> None:
    replies = [Reply(f"p{n}", "x", float(n < 20), ("A" if n < 20 else "B",)) for n in range(30)]
    replies += [Reply(f"p{n}", "y", float(n < 10)) for n in range(30)]
    options = analyse(replies, {"x": TRAIT})["x"].options
    assert [(o.option, round(o.share, 3), o.rest, o.is_key) for o in options] == [
        ("A", 0.667, 0.5, True),
        ("B", 0.333, 0.0, False),
        ("C", 0.0, None, False),
        ("D", 0.0, None, False),
    ]
    assert analyse(replies[:29], {"x": TRAIT})["x"].options == ()


def test_rapid_guesses_and_slow_items() -> None:
    quick = [Reply(f"q{n}", "x", 0, (), 1.5) for n in range(3)]
    report = analyse([*same(30, 1, seconds=60), *quick, Reply("r", "x", 1, (), 5.9)], {})["x"]
    assert (report.rapid, report.timed, report.rapid_bound) == (4, 34, 6.0)
    others = [Reply(f"p{n}", i, 1, (), 10) for n in range(40) for i in "yz"]
    assert Concern.SLOW in concerns([*same(30, 1, seconds=31), *others])
    assert Concern.SLOW not in concerns([*same(29, 1, seconds=31), *others])


def test_drift_only_beyond_three_errors_and_from_thirty() -> None:
    old, new = Difficulty(0, 0.02, 30), Difficulty(0.7, 0.02, 40)
    assert drift(old, new) == Flag(Concern.DRIFT, 0.7, pytest.approx(0.6), 30)
    assert drift(old, replace(new, value=0.5)) is None
    assert drift(replace(old, n=29), new) is None


def two_places(seed: int, harder_at_home: float, count: int = 240) -> list[Reply]:
    random = Random(seed)
    replies = []
    for n in range(count):
        place, ability = (Place.ROOM, Place.HOME)[n % 2], random.gauss(0, 1)
        for k in range(12):
            z = ability - (harder_at_home if k == 0 and place is Place.HOME else 0)
            replies.append(Reply(f"p{n}", f"i{k}", float(random.random() < logistic(z)), place=place))
    return replies


def test_an_item_that_is_harder_at_home() -> None:
    flag = places_differ("i0", two_places(1, 1.5))
    assert flag is not None
    assert (flag.concern, flag.n) == (Concern.PLACES_DIFFER, 120)
    assert flag.value > flag.bound > 0, "odds are in favour of the room"
    assert places_differ("i0", two_places(1, 1.5, count=198)) is None
    assert sum(places_differ(f"i{k}", two_places(2, 0)) is not None for k in range(12)) <= 2


class Found(NamedTuple):
    """Of so many planted miskeys and good items, how many a flag is on."""

    planted: int
    found: int
    good: int
    suspected: int
    weak: int


def planted(pupils: int, sheets: int = 150) -> Found:
    """Simulated tests of 15 items with none, one and two keys that are wrong, in turns."""
    right, wrong = list[set[Concern]](), list[set[Concern]]()
    for seed in range(sheets):
        sheet = simulate.paper(seed, pupils, miskeyed=seed % 3)
        for item, report in analyse(sheet.replies, sheet.traits).items():
            (wrong if item in sheet.miskeyed else right).append({f.concern for f in report.flags})
    found, suspected = (sum(Concern.MISKEY in one for one in some) for some in (wrong, right))
    return Found(len(wrong), found, len(right), suspected, sum(Concern.WEAK in one for one in right))


def test_planted_miskeys_are_found_and_good_items_left_alone() -> None:
    """15 items, 45 pupils: at least 85 % of miskeys found; at most 1 % of good items suspected, or called weak."""
    told = planted(45)
    assert told.planted == 150
    assert told.found / told.planted >= 0.85
    assert told.suspected / told.good <= 0.01
    assert told.weak / told.good <= 0.01


REPLIES = st.lists(
    st.builds(
        Reply,
        pupil=st.sampled_from([f"p{n}" for n in range(40)]),
        item=st.sampled_from("xyz"),
        share=st.sampled_from([0.0, 0.5, 1.0]),
        chosen=st.sampled_from([(), ("A",), ("B",), ("A", "C")]),
        seconds=st.one_of(st.none(), st.floats(0, 1e4)),
    ),
    max_size=120,
)


@given(REPLIES)
def test_whatever_comes_the_figures_are_figures(replies: list[Reply]) -> None:
    for report in analyse(replies, dict.fromkeys("xyz", TRAIT)).values():
        assert 0 <= report.low <= report.p + 1e-9
        assert report.p <= report.high + 1e-9 <= 1 + 1e-8
        assert report.r is None or (not isnan(report.r) and abs(report.r) <= 1 + 1e-9)
        assert all(f.n >= 10 for f in report.flags)


def test_a_curve_rises_with_the_pupils_and_is_not_drawn_of_few() -> None:
    """Whoever is right on the other questions is right here; the option of the key goes up, the other one down."""
    traits = {item: Trait(("A", "B"), ("A",)) for item in ("x", "y", "z")}

    def replies(pupils: int) -> list[Reply]:
        right = [n / pupils for n in range(pupils)]
        return [
            Reply(f"p{n:02}", item, float(share > bound), ("A",) if share > bound else ("B",))
            for n, share in enumerate(right)
            for item, bound in (("x", 0.5), ("y", 0.3), ("z", 0.7))
        ]

    curve = analyse(replies(30), traits)["x"].curve
    assert [point.n for point in curve] == [10, 10, 10]
    assert curve[0].options == (("A", True), ("B", False))
    assert curve[0].shares[0] == 0 < curve[2].shares[0] == 1
    assert all(sum(point.shares) == 1 for point in curve)
    assert analyse(replies(29), traits)["x"].curve == ()
