"""The clock's own commands, and folding."""

import pytest

from live_session.commands import SERVER, End, Extend, Next, Open, Reopen, Resume, Shut
from live_session.model import Outcome, Phase, Policy, State
from live_session.reducer import CLOCK, EMPTY, NEVER, decide, due, due_at, fold
from tests.live_session.build import LESSON_MS, NOW, Book, activity, code, every_kind, started

Q = "q-single"
GRACE, OVERTIME = Policy().grace_ms, Policy().overtime_ms


def timed(seconds: int = 30) -> Book:
    return started(every_kind(seconds)).seat("p1").do(Next())


def assert_due_exactly_at(state: State, moment: int) -> None:
    assert due_at(state) == moment
    assert due(state, moment - 1) is None
    assert due(state, moment) is not None


def test_nothing_is_due_before_the_start_and_after_the_end() -> None:
    assert due_at(EMPTY) == NEVER
    assert due(EMPTY, NOW) is None
    assert due_at(timed().do(End()).state) == NEVER
    assert due(timed().do(End()).state, NEVER - 1) is None


def test_a_question_is_due_when_its_time_and_grace_are_over() -> None:
    state = timed().state
    assert_due_exactly_at(state, NOW + 30_000 + GRACE + 1)
    assert due(state, due_at(state)) == (f"close-{Q}-1-{NOW + 30_000}", Shut(Q))


def test_a_lesson_that_nobody_ends_is_due_ten_minutes_after_its_planned_end() -> None:
    state = started().state
    assert_due_exactly_at(state, NOW + LESSON_MS + OVERTIME + 1)
    assert OVERTIME == 10 * 60_000
    assert due(state, due_at(state)) == (f"end-{NOW + LESSON_MS}", End())


def test_a_question_without_a_timer_and_a_locked_one_are_not_due() -> None:
    for book in (started().do(Next()), timed().do(Shut(Q)), timed().do(Shut(Q), Reopen(Q))):
        assert_due_exactly_at(book.state, NOW + LESSON_MS + OVERTIME + 1)


def test_a_lesson_ends_in_the_middle_of_a_question_that_is_longer() -> None:
    book = timed(3_600)
    assert_due_exactly_at(book.state, NOW + LESSON_MS + OVERTIME + 1)
    assert due(book.state, due_at(book.state)) == (f"end-{NOW + LESSON_MS}", End())


def test_the_clock_locks_then_ends_before_anything_else_is_decided() -> None:
    """A server that slept all night finds both due; the answer that wakes it is judged after them."""
    book = timed()
    book.clock.pass_(10 * 3_600_000)
    assert book.answer("p1", Q, "A", composed_at=NOW + 1) == (6, Outcome.ACCEPTED)
    assert [type(e.event).__name__ for e in book.log[-3:]] == ["ActivityClosed", "RunEnded", "Answered"]
    assert book.state.rounds[Q][-1].closed_at == NOW + 30_000
    assert book.state.phase is Phase.ENDED
    assert book.state.ended_at == NOW + LESSON_MS + OVERTIME + 1, "not the hour at which somebody woke"


def test_what_is_due_happens_once_however_many_processes_ask() -> None:
    book = timed()
    id_, command = due(book.state, NOW + 60_000) or ("", End())
    book.clock.pass_(60_000)
    first = book.ask(command, CLOCK, id_)
    assert first == (4, Outcome.ACCEPTED)
    assert book.ask(command, CLOCK, id_) == first
    assert len(book.log) == 4


def test_a_process_on_a_stale_fold_does_not_lock_a_question_that_got_more_time() -> None:
    book = timed()
    book.clock.pass_(30_000 + GRACE)
    id_, command = due(book.state, book.clock.now + 1) or ("", End())
    book.do(Extend(Q, 30))
    book.clock.pass_(1)
    assert code(book.ask(command, CLOCK, id_)) == "not_open"
    assert book.state.rounds[Q][-1].is_open


def test_a_process_on_a_stale_fold_does_not_lock_the_next_question() -> None:
    book = timed()
    id_, command = due(book.state, NOW + 60_000) or ("", End())
    book.clock.pass_(60_000)
    book.do(Next(Q))
    book.ask(command, CLOCK, id_)
    assert book.state.rounds["q-multiple"][-1].is_open


def test_a_process_on_a_stale_fold_does_not_end_a_lesson_that_was_taken_up_again() -> None:
    book = started().do(End())
    stale = started().state
    book.clock.now = due_at(stale) - 1
    book.do(Resume(15))
    book.clock.pass_(1)
    id_, command = due(stale, book.clock.now) or ("", Shut(""))
    assert code(book.ask(command, CLOCK, id_)) == "not_open"
    assert book.state.phase is not Phase.ENDED


@pytest.mark.parametrize("early", [1, 1_000])
def test_the_clock_is_held_to_its_own_rules(early: int) -> None:
    """A server whose clock runs fast gets nothing by it either: `at` is the only time there is."""
    state = timed().state
    assert code_of(state, Shut(Q), due_at(state) - early) == "not_open"
    assert code_of(state, Shut(Q), due_at(state)) is None
    ending = started().state
    assert code_of(ending, End(), due_at(ending) - early) == "not_open"
    assert code_of(ending, End(), due_at(ending)) is None


def code_of(state: State, command: Shut | End, at: int) -> str | None:
    decided = decide(state, command, SERVER, at)
    return getattr(getattr(decided, "code", None), "value", None)


def test_after_each_taking_up_a_lesson_ends_by_itself_again() -> None:
    book = started()
    for _ in range(3):
        book.clock.now = due_at(book.state)
        book.ask(Next(), CLOCK)  # anything: the clock speaks first
        assert book.state.phase is Phase.ENDED
        book.do(Resume(1))
    assert len([e for e in book.log if type(e.event).__name__ == "RunEnded"]) == 3


def test_folding_a_log_in_two_parts() -> None:
    book = timed()
    book.answer("p1", Q, "A")
    book.do(Shut(Q), Next(Q), Open(Q), End())
    for cut in range(len(book.log) + 1):
        assert fold(book.log[cut:], fold(book.log[:cut])) == book.state


def test_an_empty_deck_never_runs_out() -> None:
    book = started([activity("single", seconds=5)])
    assert_due_exactly_at(book.state, NOW + LESSON_MS + OVERTIME + 1)
