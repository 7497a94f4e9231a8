"""Levels, growth, strengths: what they say, and when they are silent."""

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.mastery.levels import Contrast, Curve, Direction, Level, Mastery, contrast, curve, growth, level, mastery
from analytics.mastery.model import NEW_PUPIL, NEW_SKILL, Answer, Skill, begin, logistic
from tests.analytics.mastery.learning import absorb


def after(*shares: float) -> Mastery:
    others = [Answer(f"p{n}", "x", ("o",), float(n % 2)) for n in range(60)]
    model = absorb(begin(), [*others, *(Answer("a", "x", ("o",), share) for share in shares)])
    pupil, skill = model.pupils.get("a", NEW_PUPIL), model.skills.get(("a", "o"), NEW_SKILL)
    return mastery(pupil, skill, curve(model, "o", ["x"]))


def skill(theta: float, n: int = 10, variance: float = 0.01) -> Skill:
    return Skill(theta=theta, n=n, variance=variance)


def test_a_pupil_without_answers_has_a_wide_band_and_no_level() -> None:
    found = after()
    assert found.high - found.low > 0.4
    assert level(found, days=9) is Level.NOT_ENOUGH


@pytest.mark.parametrize(("shares", "days"), [([1.0] * 4, 9), ([1.0] * 9, 1)])
def test_too_few_answers_or_days(shares: list[float], days: int) -> None:
    assert level(after(*shares), days) is Level.NOT_ENOUGH


@pytest.mark.parametrize(
    ("met", "strong", "expected"),
    [
        (0.95, 0.85, Level.STRONG),
        (0.85, 0.5, Level.MET),
        (0.5, 0.1, Level.FORMING),
        (0.2, 0.0, Level.NOT_MET),
        (0.21, 0.0, Level.FORMING),
    ],
)
def test_levels_by_probability(met: float, strong: float, expected: Level) -> None:
    assert level(Mastery(0.6, 0.5, 0.7, met, strong, 5), days=2) is expected


def test_from_wrong_to_right() -> None:
    assert level(after(*[0.0] * 12), 2) is Level.NOT_MET
    assert level(after(*[1.0] * 40), 2) is Level.STRONG


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=25))
def test_a_band_holds_its_value_and_the_chances_agree_with_it(shares: list[float]) -> None:
    found = after(*shares)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.strong <= found.met
    assert (found.met >= 0.9) == (found.low >= 0.6) or abs(found.low - 0.6) < 1e-6


def test_mastery_without_items_takes_the_objectives_own_difficulty() -> None:
    assert mastery(NEW_PUPIL, NEW_SKILL, curve(begin(), "nothing", [])).value == pytest.approx(0.6)


@given(st.lists(st.floats(-6, 6), min_size=1, max_size=30), st.floats(-8, 8), st.sampled_from([0.6, 0.8]))
def test_a_curve_is_the_mean_of_its_items_and_grows(eases: list[float], ability: float, share: float) -> None:
    found = Curve(eases, 0.0)
    assert found(ability) == pytest.approx(fmean(logistic(ability + ease) for ease in eases), abs=1e-7)
    assert found(ability) <= found(ability + 0.05) + 1e-12
    assert fmean(logistic(found.needed(share) + ease) for ease in eases) == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (skill(0, 5), skill(0.5, 10), Direction.UP),
        (skill(0, 5), skill(-0.5, 10), Direction.DOWN),
        (skill(0, 5), skill(0.1, 10), Direction.STEADY),
        (skill(0, 5), skill(0.5, 10, variance=0.5), Direction.STEADY),
        (skill(0, 4), skill(0.5, 20), Direction.NOT_ENOUGH),
        (skill(0, 5), skill(0.5, 9), Direction.NOT_ENOUGH),
    ],
)
def test_an_arrow_only_where_it_is_sure(before: Skill, now: Skill, expected: Direction) -> None:
    assert growth(before, now).direction is expected


def test_strengths_are_against_the_pupils_own_mean_and_at_most_three() -> None:
    skills = {f"s{n}": skill(1 + n / 100) for n in range(5)} | {f"w{n}": skill(-1 - n / 100) for n in range(5)}
    assert contrast(skills | {"m": skill(0), "few": skill(9, n=4)}) == Contrast(["s4", "s3", "s2"], ["w4", "w3", "w2"])


def test_a_pupil_equally_good_everywhere_has_neither() -> None:
    assert contrast({name: skill(2) for name in "abc"}) == Contrast([], [])
    assert contrast({"a": skill(2)}) == Contrast((), ())
