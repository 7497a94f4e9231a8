"""Taking back the last step, and how often one may answer."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.commands import SERVER, Ask, Conceal, Extend, GoOn, Next, Open, Pause, Reopen, Reveal, Shut, Undo
from live_session.model import Outcome, Policy, Shown, State, Terms
from live_session.projection import console, own
from live_session.reducer import due, fold
from live_session.undo import SHOWN_MS, WITHIN_MS
from tests.live_session.build import Book, activity, came_to, code, every_kind, pupil, started

Q, NEXT = "q-single", "q-multiple"


def asking(seconds: int | None = 60) -> Book:
    book = started(every_kind(seconds)).seat("p1", "p2").do(Next())
    book.clock.pass_(20_000)
    return book


def offered(book: Book) -> Undo:
    taken = console(book.state).taken
    assert taken
    assert taken.until == book.state.taken.at + SHOWN_MS if book.state.taken else False
    return Undo(taken.seq)


def likeness(state: State) -> dict[str, object]:
    """What an undone step must leave as it was."""
    return {name: getattr(state, name) for name in ("phase", "current", "participants", "responses", "late", "deck")}


# --- a lock ---------------------------------------------------------------------------------------------------------


@given(ms=st.integers(0, WITHIN_MS), seconds=st.sampled_from([None, 60]))
def test_a_lock_taken_back_leaves_the_question_the_time_it_had(ms: int, seconds: int | None) -> None:
    book = asking(seconds)
    before = book.state
    book.do(Shut(Q))
    book.clock.pass_(ms)
    book.do(offered(book))
    assert likeness(book.state) == likeness(before)
    round_ = book.state.rounds[Q][0]
    assert round_.is_open
    assert round_.closes_at == (None if seconds is None else before.rounds[Q][0].closes_at + ms)  # type: ignore[operator]
    assert round_.stopped == (0 if seconds is None else ms)
    assert came_to(book.answer("p1", Q, "A")) is Outcome.ACCEPTED
    assert fold(book.log) == book.state


def test_it_is_offered_for_ten_seconds_and_taken_a_little_longer() -> None:
    book = asking().do(Shut(Q))
    command = offered(book)
    book.clock.pass_(WITHIN_MS + 1)
    assert code(book.ask(command)) == "not_open"
    assert not book.state.rounds[Q][0].is_open


def test_two_presses_take_back_one_step() -> None:
    book = asking().do(Shut(Q))
    command = offered(book)
    book.do(command)
    assert code(book.ask(command)) == "not_open"
    assert console(book.state).taken is None


def test_only_a_teacher_and_only_the_step_that_was_meant() -> None:
    book = asking().do(Shut(Q))
    command = offered(book)
    assert code(book.ask(command, pupil("p1"))) == "forbidden"
    assert code(book.ask(Undo(command.seq - 1))) == "not_open"
    assert code(book.ask(Undo(command.seq + 1))) == "not_open"


@pytest.mark.parametrize("then", [Reveal(Q, Shown.DISTRIBUTION), Reopen(Q), Pause(), Ask("quick-single"), Open(NEXT)])
def test_whatever_the_teacher_does_next_ends_it(then: object) -> None:
    book = asking().do(Shut(Q))
    command = offered(book)
    book.do(then)  # type: ignore[arg-type]
    assert code(book.ask(command)) == "not_open"


def test_pupils_go_on_beside_it() -> None:
    book = asking().do(Shut(Q))
    command = offered(book)
    book.answer("p1", Q, "A")
    book.seat("p3")
    book.do(command)
    assert book.state.rounds[Q][0].is_open
    assert book.state.responses[Q, 1]["p1"].value == "A"


def test_what_the_clock_closed_is_nobodys_slip() -> None:
    book = asking()
    book.clock.pass_(60_000)
    while clock := due(book.state, book.clock.now):
        book.ask(clock[1], SERVER, clock[0])
    assert not book.state.rounds[Q][0].is_open
    assert console(book.state).taken is None


# --- the next question ----------------------------------------------------------------------------------------------


@given(ms=st.integers(0, WITHIN_MS), is_locked=st.booleans())
def test_next_taken_back_leaves_the_question_before_as_it_was(ms: int, is_locked: bool) -> None:
    book = asking()
    if is_locked:
        book.do(Shut(Q), Reveal(Q, Shown.DISTRIBUTION))
    before = book.state
    book.do(Next(Q))
    book.clock.pass_(ms)
    book.do(offered(book))
    assert likeness(book.state) == likeness(before)
    assert NEXT not in book.state.rounds, "as unopened"
    was, now = before.rounds[Q][0], book.state.rounds[Q][0]
    assert now.is_open is not is_locked
    assert now.shown == was.shown
    if not is_locked:
        assert (was.closes_at, now.closes_at) == (was.closes_at, (was.closes_at or 0) + ms)
    book.do(Next(Q))
    assert book.state.rounds[NEXT][0].number == 1
    assert fold(book.log) == book.state


def test_what_somebody_has_answered_already_stays_with_the_answer() -> None:
    book = asking().do(Next(Q))
    book.answer("p1", NEXT, ["A"])
    book.do(offered(book))
    assert book.state.current == Q
    assert not book.state.rounds[NEXT][0].is_open
    assert book.state.responses[NEXT, 1]["p1"].value == ["A"]


def test_an_answer_that_was_under_way_waits_for_the_question() -> None:
    book = asking().do(Next(Q))
    composed = book.clock.now
    book.do(offered(book))
    assert code(book.answer("p1", NEXT, ["A"], composed_at=composed)) == "not_open", "the phone keeps it"
    book.do(Next(Q))
    assert came_to(book.answer("p1", NEXT, ["A"], composed_at=composed)) is Outcome.ACCEPTED


def test_going_back_to_an_earlier_question_can_be_taken_back_too() -> None:
    book = asking().do(Shut(Q), Next(Q), Open(Q))
    book.do(offered(book))
    assert book.state.current == NEXT
    assert book.state.rounds[NEXT][0].is_open


def test_the_first_question_and_a_pause_are_not_taken_back() -> None:
    assert console(started(every_kind()).do(Next()).state).taken is None
    book = asking().do(Pause(), GoOn(), Extend(Q, 30))
    assert console(book.state).taken is None
    book.do(Shut(Q), Reveal(Q, Shown.DISTRIBUTION), Conceal(Q, Shown.DISTRIBUTION))
    assert console(book.state).taken is None


# --- attempts -------------------------------------------------------------------------------------------------------


def limited(attempts: int) -> Book:
    deck = [msgspec.structs.replace(activity("single"), terms=Terms(attempts=attempts, asks_confidence=True))]
    return started(deck, Policy()).seat("p1", "p2").do(Next())


@given(attempts=st.integers(0, 4), letters=st.lists(st.sampled_from("ABCD"), min_size=1, max_size=8))
def test_so_many_different_answers_and_no_more(attempts: int, letters: list[str]) -> None:
    book = limited(attempts)
    stands, tries = None, 0
    for letter in letters:
        book.clock.pass_(100)
        may = letter == stands or not attempts or tries < attempts
        result = book.answer("p1", Q, letter)
        assert code(result) == (None if may else "no_attempts")
        if may and letter != stands:
            stands, tries = letter, tries + 1
    assert book.state.responses[Q, 1]["p1"].value == stands
    response = getattr(own(book.state, "p1", "browser-of-p1"), "response", None)
    assert response
    assert response.tries == tries
    assert came_to(book.answer("p2", Q, "D")) is Outcome.ACCEPTED, "each has their own"
