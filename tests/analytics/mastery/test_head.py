"""The head: its features, its fit, and what it gains in a simulated school."""

from array import array
from math import exp, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import simulate
from analytics.mastery.head import NAMES, Head, Stream, chance, features, refit, replay
from analytics.mastery.model import Answer, begin, known, learn, logistic
from analytics.mastery.prior import STRENGTH, simulated
from tests.analytics.mastery.learning import absorb

FRESH = Answer("a", "x", ("o",), 1)


def feature(name: str, answers: list[Answer], answer: Answer = FRESH) -> float:
    return features(known(absorb(begin(), answers), answer), 0.6)[NAMES.index(name)]


def test_features_before_any_answer() -> None:
    found = dict(zip(NAMES, features(known(begin(), FRESH), 0.6), strict=True))
    assert all(
        found[name] == pytest.approx(0.6)
        for name in ("skill_form", "form", "skill_share", "last", "skill_last", "skill_fast_form")
    )
    assert found.pop("freshness") == pytest.approx(exp(-log(1_000_001) / 3))
    assert found["skill_is_new"] == 1
    assert found["same_objective"] == found["tries"] == found["ability"] == 0


def test_features_after_answers() -> None:
    other = Answer("a", "y", ("u",), 0)
    assert feature("skill_misses", [Answer("a", "x", ("o",), 0)] * 2) == pytest.approx(log(3))
    assert feature("skill_misses", [Answer("a", "x", ("o",), 0), FRESH]) == 0
    assert feature("same_objective", [FRESH]) == 1
    assert feature("same_objective", [FRESH, other]) == 0
    assert feature("freshness", [FRESH]) == 1
    assert feature("freshness", [FRESH, other]) == pytest.approx(exp(-log(2) / 3))
    assert feature("item_tries", [FRESH, FRESH]) == pytest.approx(log(3))
    assert feature("skill_form", [FRESH, Answer("a", "x", ("o",), 0)]) == pytest.approx((0.8 + 0.6) / 2.8)
    assert feature("form", [FRESH, other]) == pytest.approx((0.9 + 0.6) / 2.9)
    assert feature("skill_share", [FRESH]) == pytest.approx(2.2 / 3)


@given(st.lists(st.sampled_from([FRESH, Answer("a", "y", ("o", "u"), 0.5), Answer("b", "x", (), 0)]), max_size=20))
def test_a_chance_is_a_chance(answers: list[Answer]) -> None:
    model = absorb(begin(), answers)
    for head in (None, simulated()):
        assert 0 < chance(model, head, FRESH) < 1


def test_a_fit_finds_the_weights_that_made_the_rows() -> None:
    random = Random(4)
    truth = [0.8, -0.5, *[0.0] * (len(NAMES) - 2)]
    rows = [[random.gauss(0, 1) for _ in NAMES] for _ in range(20_000)]
    made = [float(random.random() < logistic(0.3 + sum(map(float.__mul__, truth, row)))) for row in rows]
    head = refit(Stream([array("d", column) for column in zip(*rows, strict=True)], array("d", made)))
    assert head.bias == pytest.approx(0.3, abs=0.06)
    assert head.weights == pytest.approx(truth, abs=0.06)


def test_at_its_best_no_weight_wants_to_move() -> None:
    answers = simulate.school(3, simulate.Plan(pupils=30, lessons=6)).answers
    stream = replay(begin(), answers)
    head = refit(stream, strength=2.0)
    rows = list(zip(*stream.columns, strict=True))
    errors = [head.chance(row) - share for row, share in zip(rows, stream.shares, strict=True)]
    for k, weight in enumerate(head.weights):
        slope = sum(e * (row[k] - head.mean[k]) / head.scale[k] for e, row in zip(errors, rows, strict=True))
        assert slope + 2.0 * weight == pytest.approx(0, abs=1e-3)
    assert sum(errors) == pytest.approx(0, abs=1e-3)


def test_a_strong_prior_keeps_its_function_whatever_the_units() -> None:
    stream = replay(begin(), simulate.school(3, simulate.Plan(pupils=20, lessons=4)).answers)
    moved = refit(stream, simulated(), strength=1e9)
    rows = list(zip(*stream.columns, strict=True))
    shift = {
        round(log(p / (1 - p)) - log(q / (1 - q)), 3)
        for p, q in ((moved.chance(r), simulated().chance(r)) for r in rows)
    }
    assert len(shift) <= 2, "but for the bias, which is free"


def test_a_fit_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="answers"):
        refit(replay(begin(), []))


def test_a_column_that_never_varies_and_a_class_that_is_always_right() -> None:
    head = refit(replay(begin(), [Answer("a", f"i{n}", ("o",), 1.0) for n in range(50)]))
    assert isinstance(head, Head)
    assert 0.5 < head.chance(features(known(begin(), FRESH), 0.6)) <= 1


def test_below_300_answers_elo_speaks_alone() -> None:
    model = begin()
    for n in range(300):
        assert chance(model, simulated(), FRESH) == chance(model, None, FRESH)
        learn(model, Answer("b", f"i{n % 9}", ("o",), float(n % 2)))
    assert chance(model, simulated(), FRESH) != chance(model, None, FRESH)


@pytest.mark.slow
def test_the_head_is_calibrated_after_500_answers_of_a_class() -> None:
    """Expected calibration error of .02 or less, over simulated classes whose head is fitted anew after each lesson."""
    gaps = [0.0] * 15
    count = 0
    for seed in range(11, 14):
        model, head, stream = begin(), simulated(), replay(begin(), [])
        answers = simulate.school(seed, simulate.Plan(pupils=45, lessons=9)).answers
        for start in range(0, len(answers), 360):
            lesson = answers[start : start + 360]
            if start >= 500:
                head = refit(stream, simulated(), STRENGTH)
            new = replay(model, lesson)
            for row, share in zip(zip(*new.columns, strict=True), new.shares, strict=True):
                p = head.chance(row)
                if start >= 500:
                    gaps[min(int(p * 15), 14)] += p - share
                    count += 1
            for column, more in zip((*stream.columns, stream.shares), (*new.columns, new.shares), strict=True):
                column.extend(more)
    assert count > 5_000
    assert sum(map(abs, gaps)) / count <= 0.02
