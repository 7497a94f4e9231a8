"""The neighbour spot check: who is drawn, and what the misses say of the proof."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.spotcheck import Candidate, Look, draw, rates, upper
from live_session.model import Proof

POOL = st.lists(
    st.builds(Candidate, st.text("abcdef", min_size=1, max_size=4), st.sampled_from(Proof), st.integers(0, 4)),
    unique_by=lambda one: one.who,
    max_size=12,
)


@given(POOL, st.randoms())
def test_up_to_three_different_pupils_of_those_who_are_there(pool: list[Candidate], chance: Random) -> None:
    found = draw(pool, [chance.random() for _ in pool])
    assert len(found) == len(set(found)) == min(3, len(pool))
    assert set(found) <= {one.who for one in pool}


@given(POOL, st.integers())
def test_the_order_of_the_pool_changes_nothing(pool: list[Candidate], seed: int) -> None:
    dice = [Random(seed + n).random() for n in range(len(pool))]
    assert draw(pool, dice) == draw(pool[::-1], dice)


def test_a_scanned_code_is_looked_for_more_often_and_who_was_looked_for_less() -> None:
    pool = [
        *(Candidate(f"code-{n}", Proof.CODE) for n in range(10)),
        *(Candidate(f"said-{n}", Proof.DECLARED) for n in range(10)),
        *(Candidate(f"done-{n}", Proof.CODE, 2) for n in range(10)),
    ]
    chance, times = Random(1), Counter[str]()
    for _ in range(2_000):
        times.update(who.split("-")[0] for who in draw(pool, [chance.random() for _ in pool]))
    assert times["code"] > 1.5 * times["said"] > 3 * times["done"] > 0


def test_within_one_proof_everybody_is_as_likely() -> None:
    pool = [Candidate(f"em-{n}", Proof.CODE) for n in range(10)]
    chance, times = Random(2), Counter[str]()
    for _ in range(3_000):
        times.update(draw(pool, [chance.random() for _ in pool]))
    assert max(times.values()) < 1.2 * min(times.values())


@pytest.mark.parametrize(
    ("missed", "n", "most"),
    [(0, 30, 0.0950), (1, 30, 0.1490), (3, 20, 0.3437), (0, 1, 0.95), (5, 5, 1.0), (0, 0, 1.0)],
)
def test_the_bound_is_clopper_and_pearsons(missed: int, n: int, most: float) -> None:
    """Values of scipy.stats.binomtest(…, alternative="less").proportion_ci(method="exact")."""
    assert upper(missed, n) == pytest.approx(most, abs=5e-4)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_bound_lies_above_the_rate_and_more_looks_bring_it_nearer(case: tuple[int, int]) -> None:
    missed, n = case
    assert missed / n <= upper(missed, n) <= 1
    assert upper(2 * missed, 2 * n) <= upper(missed, n) + 1e-9


def test_each_proof_has_a_rate_of_its_own() -> None:
    looks = [Look(Proof.CODE, True)] * 9 + [Look(Proof.CODE, False), Look(Proof.DECLARED, False)]
    assert [(one.proof, one.n, one.missed) for one in rates(looks)] == [(Proof.CODE, 10, 1), (Proof.DECLARED, 1, 1)]
    assert rates([]) == ()
