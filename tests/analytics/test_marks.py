"""Proposed marks: never more sure than they may be, never moved by another pupil, never below the minimum."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import exp
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.marks import (
    LEAST,
    LEAST_LEVELS,
    ONE_WORK,
    Judged,
    Proposal,
    Reason,
    Refusal,
    Task,
    propose,
    propose_of_levels,
)

SHARES = st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 0.75, 1.0])
TASKS = st.lists(st.tuples(SHARES, st.sampled_from([0.5, 1.0, 2.0])), min_size=LEAST, max_size=40)


def tasks(shares: Sequence[float], *, silent: int = 0) -> list[Task]:
    given_ = [Task("r", f"q{n}", share) for n, share in enumerate(shares)]
    return [*given_, *(Task("r", f"s{n}", 0.0, is_given=False) for n in range(silent))]


def test_a_mark_is_the_share_right_out_of_ten() -> None:
    found = propose({"a": tasks([1.0] * 9 + [0.0] * 3), "b": [Task("r", "q0", 1.0, 3.0), *tasks([0.5] * 12)[1:]]})
    a, b = found["a"], found["b"]
    assert isinstance(a, Proposal)
    assert isinstance(b, Proposal)
    assert (a.value, a.answered, a.asked) == (Decimal("7.5"), 12, 12)
    assert b.value == Decimal("6.1")  # (3 + 5.5) / 14 = 6.07


@pytest.mark.parametrize(
    ("parts", "right", "n", "value"),
    [
        ([1 / 6, 1 / 3], 12, 20, "6.3"),  # 12.5 of 20
        ([1 / 3] * 3, 12, 40, "3.3"),  # 13 of 40
        ([1 / 7] * 7, 12, 40, "3.3"),
        ([0.1, 0.2, 0.2], 12, 20, "6.3"),
    ],
)
def test_parts_of_a_question_add_up_to_the_whole_and_a_half_goes_up(
    parts: list[float], right: int, n: int, value: str
) -> None:
    (found,) = propose({"a": tasks([*parts, *[1.0] * right, *[0.0] * (n - right - len(parts))])}).values()
    assert isinstance(found, Proposal)
    assert found.value == Decimal(value)


def test_what_was_left_empty_counts_and_is_no_answer() -> None:
    (found,) = propose({"a": tasks([1.0] * 12, silent=3)}).values()
    assert isinstance(found, Proposal)
    assert (found.value, found.answered, found.asked) == (Decimal("8.0"), 12, 15)


@pytest.mark.parametrize(
    ("own", "others", "reason"),
    [
        ([], [], Reason.NOTHING_TAGGED),
        ([], tasks([1.0]), Reason.NOT_ASKED),
        (tasks([1.0]), [], Reason.FEW),
        (tasks([1.0] * (LEAST - 1), silent=20), [], Reason.FEW),
    ],
)
def test_below_the_minimum_nothing_is_proposed(own: list[Task], others: list[Task], reason: Reason) -> None:
    found = propose({"a": own, "b": others})["a"]
    assert isinstance(found, Refusal)
    assert (found.reason, found.answered) == (reason, sum(t.is_given for t in own))


@given(TASKS)
def test_the_mark_lies_in_its_band_and_the_band_on_the_scale(own: list[tuple[float, float]]) -> None:
    (found,) = propose({"a": [Task("r", str(n), *one) for n, one in enumerate(own)]}).values()
    assert isinstance(found, Proposal)
    assert 0 <= found.low <= found.value <= found.high <= 10
    assert all(edge == edge.quantize(Decimal("0.1")) for edge in (found.low, found.value, found.high))


@given(TASKS, st.randoms(use_true_random=False))
def test_the_order_of_answers_changes_nothing(own: list[tuple[float, float]], dice: Random) -> None:
    listed = [Task("r", str(n), *one) for n, one in enumerate(own)]
    mixed = dice.sample(listed, len(listed))
    assert propose({"a": listed}) == propose({"a": mixed})


@given(TASKS, st.integers(0, LEAST - 1))
def test_a_better_answer_never_lowers_the_mark(own: list[tuple[float, float]], place: int) -> None:
    listed = [Task("r", str(n), *one) for n, one in enumerate(own)]
    better = [*listed[:place], Task("r", str(place), 1.0, own[place][1]), *listed[place + 1 :]]
    before, after = propose({"a": listed})["a"], propose({"a": better})["a"]
    assert isinstance(before, Proposal)
    assert isinstance(after, Proposal)
    assert after.value >= before.value


@given(TASKS, st.lists(TASKS, max_size=8))
def test_other_pupils_never_move_a_value(
    own: list[tuple[float, float]], others: list[list[tuple[float, float]]]
) -> None:
    mine = {"a": [Task("r", str(n), *one) for n, one in enumerate(own)]}
    rest = {f"o{k}": [Task("r", str(n), *one) for n, one in enumerate(other)] for k, other in enumerate(others)}
    alone, among = propose(mine)["a"], propose({**mine, **rest})["a"]
    assert isinstance(alone, Proposal)
    assert isinstance(among, Proposal)
    assert alone.value == among.value


def band(pupils: int, own: Sequence[Task]) -> Decimal:
    """How wide the band of the first of these pupils is, who all answer alike."""
    found = propose({str(n): own for n in range(pupils)})["0"]
    assert isinstance(found, Proposal)
    return found.high - found.low


def test_a_class_that_has_all_right_is_no_fault() -> None:
    assert band(6, tasks([1.0] * LEAST)) < 10


def test_what_is_learnt_from_a_class_takes_five_pupils() -> None:
    """Easy questions and hard ones, the same for all: nothing is left to chance, once there are enough to say so."""
    own = tasks([1.0, 0.0] * LEAST)
    assert band(5, own) < band(4, own) == band(1, own)


def test_two_questions_put_to_five_pupils_tell_hard_from_easy() -> None:
    """Beside questions that each pupil alone was asked, of which nothing is known."""

    def width(common: int) -> Decimal:
        shares = [1.0, 0.0] * LEAST
        found = propose(
            {
                str(pupil): [Task("r" if n < common else f"r{pupil}", f"q{n}", one) for n, one in enumerate(shares)]
                for pupil in range(5)
            }
        )["0"]
        assert isinstance(found, Proposal)
        return found.high - found.low

    assert width(2) < width(1) == width(0)


def simulated(seed: int, n: int, *, pupils: int = 40, spread: float = 1.0, parts: int = 1) -> tuple[int, int]:
    """A class of Rasch: how many bands hold the mark that these questions would come to in the long run, of how many.
    `parts`: of each question, answered one by one (partly right answers)."""
    dice = Random(seed)
    items = [(dice.gauss(0, spread), dice.choice([1.0, 1.0, 2.0])) for _ in range(n)]
    truth: dict[str, float] = {}
    sheet: dict[str, list[Task]] = {}
    for pupil in map(str, range(pupils)):
        ability = dice.gauss(0.5, 1)
        chances = [1 / (1 + exp(hard - ability)) for hard, _ in items]
        whole = sum(points for _, points in items)
        truth[pupil] = 10 * sum(c * points for c, (_, points) in zip(chances, items, strict=True)) / whole
        shares = [sum(dice.random() < c for _ in range(parts)) / parts for c in chances]
        sheet[pupil] = [Task("r", str(k), share, items[k][1]) for k, share in enumerate(shares)]
    found = {pupil: one for pupil, one in propose(sheet).items() if isinstance(one, Proposal)}
    return sum(float(one.low) <= truth[pupil] <= float(one.high) for pupil, one in found.items()), len(found)


CLASSES: Sequence[tuple[int, dict[str, Any]]] = (
    (12, {}), (20, {}), (40, {}), (20, {"spread": 0.3}), (20, {"pupils": 9}), (16, {"parts": 4})
)  # fmt: skip


def held(n: int, more: Mapping[str, Any]) -> tuple[int, int]:
    """The same of as many classes as it takes."""
    rounds = [simulated(seed, n, **more) for seed in range(60 if "pupils" not in more else 240)]
    inside, of = (sum(column) for column in zip(*rounds, strict=True))
    return inside, of


@pytest.mark.parametrize(("n", "more"), CLASSES)
def test_bands_of_80_percent_hold_the_truth_so_often(n: int, more: Mapping[str, Any]) -> None:
    inside, of = held(n, more)
    assert of >= 2000
    assert 0.77 <= inside / of <= 0.83


# --- levels ---------------------------------------------------------------------------------------------------------


def levels(said: Sequence[int], of: int = 4, work: str = "q") -> list[Judged]:
    return [Judged("r", work, chr(ord("a") + n), level, of) for n, level in enumerate(said)]


def of_levels(own: Sequence[Judged], *others: Sequence[Judged]) -> Proposal | Refusal:
    said = {"a": own, **{str(n): other for n, other in enumerate(others)}}
    return propose_of_levels(said, 4)["a"]


@pytest.mark.parametrize(
    ("said", "of", "value"),
    [
        ((4, 4, 3, 3), 4, "8.8"),
        ((1,) * 4, 4, "2.5"),
        ((4,) * 4, 4, "10.0"),
        ((3, 2, 3, 2), 3, "8.3"),
        ((2,) * 4, 4, "5.0"),
    ],
)
def test_levels_are_even_steps_down_from_ten(said: tuple[int, ...], of: int, value: str) -> None:
    found = of_levels(levels(said, of))
    assert isinstance(found, Proposal)
    assert (found.value, found.answered, found.asked) == (Decimal(value), 4, 4)


@pytest.mark.parametrize(
    ("said", "reason"),
    [((), Reason.NOT_JUDGED), ((4,), Reason.FEW_LEVELS), ((4,) * (LEAST_LEVELS - 1), Reason.FEW_LEVELS)],
)
def test_too_few_levels_are_no_mark(said: tuple[int, ...], reason: Reason) -> None:
    found = of_levels(levels(said), levels((4,) * 6))
    assert isinstance(found, Refusal)
    assert (found.reason, found.answered, found.asked) == (reason, len(said), 4)


LEVELS = st.lists(st.integers(1, 4), min_size=LEAST_LEVELS, max_size=12)


@given(LEVELS, st.lists(LEVELS, max_size=8), st.integers(0, LEAST_LEVELS - 1))
def test_a_mark_of_levels_lies_in_its_band_and_nobody_else_moves_it(
    own: list[int], others: list[list[int]], place: int
) -> None:
    alone, among = of_levels(levels(own)), of_levels(levels(own), *map(levels, others))
    better = of_levels(levels([*own[:place], 4, *own[place + 1 :]]))
    assert isinstance(alone, Proposal)
    assert isinstance(among, Proposal)
    assert isinstance(better, Proposal)
    assert 0 <= among.low <= among.value <= among.high <= 10
    assert alone.value == among.value <= better.value
    assert of_levels(levels(own)[::-1]) == alone


def test_few_levels_have_a_wide_band() -> None:
    """However alike the levels of a class are, one work stays one work; a second one says more."""
    alike = [levels((3, 3, 3, 3)) for _ in range(20)]
    one = of_levels(levels((3, 3, 3, 3)), *alike)
    two = of_levels([*levels((3, 3, 3, 3)), *levels((3, 3, 3, 3), work="q2")], *alike)
    coarse = of_levels(levels((2, 2, 2, 2), of=3), *(levels((2, 2, 2, 2), of=3) for _ in range(20)))
    assert isinstance(one, Proposal)
    assert isinstance(two, Proposal)
    assert isinstance(coarse, Proposal)
    assert one.high - one.low >= 3
    assert two.high - two.low < one.high - one.low < coarse.high - coarse.low


def judged(seed: int, criteria: int, of: int, works: int, pupils: int = 40) -> tuple[int, int]:
    """A class whose works are each a bit better or worse than their pupil, by half a level: how many bands hold what
    ever more such works would come to, of how many."""
    dice, each = Random(seed), criteria // works
    hard = [dice.gauss(0, 0.3) for _ in range(each)]
    truth: dict[str, float] = {}
    said: dict[str, list[Judged]] = {}
    for pupil in map(str, range(pupils)):
        skill = min(of, max(1, dice.gauss(0.68 * of, 0.6)))

        def level(criterion: int, day: float, skill: float = skill) -> int:
            return min(of, max(1, round(skill + day - hard[criterion] + dice.gauss(0, 0.6))))

        days = [dice.gauss(0, ONE_WORK) for _ in range(works)]
        said[pupil] = [
            one for n, day in enumerate(days) for one in levels([level(c, day) for c in range(each)], of, f"q{n}")
        ]
        long_run = [level(n % each, dice.gauss(0, ONE_WORK)) for n in range(200 * each)]
        truth[pupil] = 10 * sum(long_run) / len(long_run) / of
    found = {who: one for who, one in propose_of_levels(said, criteria).items() if isinstance(one, Proposal)}
    return sum(float(one.low) <= truth[who] <= float(one.high) for who, one in found.items()), len(found)


@pytest.mark.parametrize(("criteria", "of", "works"), [(4, 4, 1), (6, 4, 1), (5, 5, 1), (5, 3, 1), (8, 4, 2)])
def test_bands_of_levels_hold_at_least_as_often_as_they_say(criteria: int, of: int, works: int) -> None:
    """With three levels they are wider than they had to be, and never narrower."""
    rounds = [judged(seed, criteria, of, works) for seed in range(20)]
    share = sum(inside for inside, _ in rounds) / sum(number for _, number in rounds)
    assert 0.79 <= share <= 0.95
