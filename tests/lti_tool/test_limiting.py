"""Wrong codes: counted by browser and in all, forgotten after a minute, never by address."""

import inspect

import pytest
from limits.storage import memory

from lti_tool import limiting
from lti_tool.limiting import Guesses


class Hand:
    """The clock that the counters read."""

    def __init__(self, start: float) -> None:
        self.at = start

    def time(self) -> float:
        return self.at


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    one = Hand(memory.time.time())
    monkeypatch.setattr(memory, "time", one)
    return one


def test_ten_wrong_codes_a_minute_and_again_a_minute_later(hand: Hand) -> None:
    guesses = Guesses()
    for _ in range(10):
        assert guesses.may_try("a")
        guesses.count_wrong("a")
    assert not guesses.may_try("a")
    assert guesses.may_try("b")
    hand.at += 59
    assert not guesses.may_try("a")
    hand.at += 2
    assert guesses.may_try("a")


def test_trying_counts_nothing_by_itself(hand: Hand) -> None:
    guesses = Guesses()
    assert all(guesses.may_try("a") for _ in range(1_000))


def test_when_all_are_wrong_all_are_slowed_and_none_is_stopped(hand: Hand) -> None:
    guesses = Guesses()
    for number in range(200):
        guesses.count_wrong(str(number))
    assert [guesses.may_try("new") for _ in range(25)] == [True] * 20 + [False] * 5
    hand.at += 1.1
    assert guesses.may_try("new")
    hand.at += 61
    assert all(guesses.may_try("new") for _ in range(50))


@pytest.mark.parametrize("workers", [2, 3, 7, 64])
def test_many_workers_give_a_guesser_no_more(hand: Hand, workers: int) -> None:
    """Guesses are dealt out among them; together they are alarmed as early as one alone, and slow down as much."""
    processes = [Guesses(workers) for _ in range(workers)]
    for number in range(210):
        processes[number % workers].count_wrong(str(number))
    alarmed = [sum(one.may_try("new") for _ in range(50)) for one in processes if not is_calm(one)]
    assert len(alarmed) == workers
    assert sum(alarmed) <= max(20, workers)


def is_calm(guesses: Guesses) -> bool:
    return bool(guesses._limiter.test(limiting.WRONG_IN_ALL, "all", cost=guesses._weight))


def test_no_address_is_counted() -> None:
    assert "remote_addr" not in inspect.getsource(limiting)
