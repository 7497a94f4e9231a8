"""Elo-2: properties of one answer and of many, and what a simulated school proves about the bands."""

from math import isfinite
from statistics import fmean

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import simulate
from analytics.mastery.levels import curve, error, mastery
from analytics.mastery.model import (
    Answer,
    Model,
    begin,
    elo,
    known,
    learn,
    learn_any,
    learn_one,
    logistic,
)
from tests.analytics.mastery.learning import absorb

ANSWERS = st.lists(
    st.builds(
        Answer,
        pupil=st.sampled_from("abc"),
        item=st.sampled_from("xyz"),
        objectives=st.sampled_from([(), ("o",), ("o", "u")]),
        share=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
        weight=st.sampled_from([0.5, 1.0]),
    ),
    max_size=60,
)


def chance(model: Model, pupil: str = "a", item: str = "x") -> float:
    return elo(model, known(model, Answer(pupil, item, ("o",), 0)))


def bytes_of(model: Model) -> bytes:
    return msgspec.msgpack.encode(model)


def test_the_first_answer_moves_each_value_by_its_step() -> None:
    model = begin()
    assert learn(model, Answer("a", "x", ("o",), 1)) == pytest.approx(0.6)
    assert model.pupils["a"].theta == pytest.approx(0.6 * 0.4)
    assert model.skills["a", "o"].theta == pytest.approx(0.5 * 0.4)
    assert model.items["x"].value == pytest.approx(-0.5 * 0.4)
    assert model.objectives["o"].value == pytest.approx(-0.4 * 0.4)


def test_steps_shrink_to_their_floor() -> None:
    model = begin()
    for _ in range(200):
        learn(model, Answer("a", "x", ("o",), 1))
    before = model.pupils["a"].theta
    p = learn(model, Answer("a", "x", ("o",), 0))
    assert model.pupils["a"].theta - before == pytest.approx(-0.05 * p)


@given(ANSWERS)
def test_every_value_is_finite_and_surer_than_at_the_start(answers: list[Answer]) -> None:
    model = absorb(begin(), answers)
    for pupil in model.pupils.values():
        assert isfinite(pupil.theta)
        assert pupil.variance > 0
    for (who, _), skill in model.skills.items():
        assert 0 < error(model.pupils[who], skill) <= 1.001
    for one in (*model.items.values(), *model.objectives.values()):
        assert 0 < one.variance <= 1


@given(ANSWERS)
def test_replay_is_bit_identical_and_leaves_the_old_model_alone(answers: list[Answer]) -> None:
    half = len(answers) // 2
    first = absorb(begin(), answers[:half])
    kept = bytes_of(first)
    whole = absorb(first, answers[half:])
    assert bytes_of(first) == kept
    assert bytes_of(whole) == bytes_of(absorb(begin(), answers))


@given(ANSWERS, st.booleans())
def test_the_short_way_of_one_objective_is_the_long_one_to_the_bit(answers: list[Answer], items_learn: bool) -> None:
    short, long = begin(), begin()
    for answer in answers:
        one = msgspec.structs.replace(answer, objectives=("o",))
        assert learn_one(short, one, items_learn) == learn_any(long, one, items_learn)
    assert bytes_of(short) == bytes_of(long)


def test_a_model_that_counts_no_tries_is_the_same_otherwise() -> None:
    answers = [Answer("a", f"x{n % 3}", ("o",), float(n % 2)) for n in range(30)]
    without = absorb(begin(counts_tries=False), answers)
    assert without.tries is None
    assert bytes_of(msgspec.structs.replace(absorb(begin(), answers), tries=None)) == bytes_of(without)


@given(ANSWERS)
def test_a_right_answer_never_lowers_the_pupils_chance_nor_a_wrong_one_raises_it(answers: list[Answer]) -> None:
    model = absorb(begin(), answers)
    right = absorb(model, [Answer("a", "x", ("o",), 1)])
    wrong = absorb(model, [Answer("a", "x", ("o",), 0)])
    assert chance(right) >= chance(model) >= chance(wrong)


@given(ANSWERS)
def test_no_pupil_moves_anothers_ability(answers: list[Answer]) -> None:
    model = absorb(begin(), answers)
    after = absorb(model, [Answer("d", "x", ("o",), 1)])
    assert {who: after.pupils[who] for who in model.pupils} == model.pupils


def test_a_teams_answer_moves_the_pupil_half_and_the_item_in_full() -> None:
    alone, team = (absorb(begin(), [Answer("a", "x", ("o",), 1, weight)]) for weight in (1.0, 0.5))
    assert team.pupils["a"].theta == pytest.approx(alone.pupils["a"].theta / 2)
    assert team.items["x"] == alone.items["x"]


def test_ten_thousand_answers_of_one_pupil() -> None:
    answers = [Answer("a", f"i{n % 50}", (f"o{n % 7}",), float(n % 3 > 0)) for n in range(10_000)]
    model = absorb(begin(), answers)
    assert all(0 < error(model.pupils["a"], skill) < 0.5 for skill in model.skills.values())


def test_frozen_items_stay() -> None:
    model = absorb(begin(), [Answer("a", "x", ("o",), 1)])
    item, objective = model.items["x"], model.objectives["o"]
    learn(model, Answer("b", "x", ("o",), 0), items_learn=False)
    assert (model.items["x"], model.objectives["o"]) == (item, objective)


@given(st.floats(-1e6, 1e6))
def test_the_logistic_function_never_fails(z: float) -> None:
    assert 0 <= logistic(z) <= 1


DIFFICULTIES = (0.5, -0.7, 2.0)
"""What a pupil in the middle has for a question in the middle, in logits: schools in which some .65, .4 and .87 of the
answers are right."""


def held(gain: float, base: float = 0.5) -> list[bool]:
    """Of three simulated schools, 10 objectives each, about 20 answers a pupil and objective: does each band of 80 %
    hold the truth? `gain`: how much pupils learn meanwhile; `base`: how easy it all is for them."""
    found = []
    for seed in (1, 2, 3):
        plan = simulate.Plan(pupils=90, objectives=10, questions=10, gain=gain, base=base)
        world = simulate.school(seed, plan)
        model = absorb(begin(), world.answers)
        asked = {o: [i for i in model.items if world.objective_of[i] == o] for o in model.objectives}
        curves = {o: curve(model, o, items) for o, items in asked.items()}
        for (who, o), skill in model.skills.items():
            if skill.n >= 5:
                band = mastery(model.pupils[who], skill, curves[o])
                found.append(band.low <= fmean(world.chance(who, i) for i in asked[o]) <= band.high)
    return found


@pytest.mark.parametrize("base", DIFFICULTIES)
@pytest.mark.parametrize("gain", [0.0, 0.1])
def test_bands_of_80_percent_hold_the_truth_as_often(gain: float, base: float) -> None:
    found = held(gain, base)
    assert len(found) > 2000
    assert 0.77 <= fmean(found) <= 0.83
