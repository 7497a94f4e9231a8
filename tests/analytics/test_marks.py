"""Proposed marks: never more sure than they may be, never moved by another pupil, never below the minimum."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import exp
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.marks import LEAST, Proposal, Reason, Refusal, Task, propose

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
