"""A pause: clocks wait, nothing is late for it, and phones lie still."""

from hypothesis import given
from hypothesis import strategies as st

from live_session.commands import End, Extend, GoOn, Next, Pause, Shut
from live_session.errors import Refusal
from live_session.model import Break, Outcome, Policy, Screen
from live_session.projection import public
from live_session.reducer import due, due_at, fold
from tests.live_session.build import Book, came_to, every_kind, started

Q, SECONDS = "q-single", 60
GRACE = Policy().grace_ms


def asking() -> Book:
    """One question with a minute, ten seconds of it over."""
    book = started(every_kind(SECONDS)).seat("p1", "p2").do(Next())
    book.clock.pass_(10_000)
    return book


def test_the_clock_waits_and_goes_on_from_where_it_stood() -> None:
    book = asking().do(Pause())
    seen = public(book.state, Screen.PHONE)
    assert seen.paused == Break(book.clock.now)
    assert seen.activity
    assert (seen.activity.left, seen.activity.closes_at) == (50_000, None)
    book.clock.pass_(600_000)
    assert due(book.state, book.clock.now) is None, "nothing is over while time stands still"
    book.do(GoOn())
    seen = public(book.state, Screen.PHONE)
    assert seen.paused is None
    assert seen.activity
    assert (seen.activity.left, seen.activity.closes_at) == (None, book.clock.now + 50_000)
    assert seen.activity.stopped == 600_000, "so that the bar shows the time that was given"


@given(steps=st.lists(st.tuples(st.integers(0, 90_000), st.booleans()), max_size=12))
def test_a_question_has_its_time_whatever_the_pauses(steps: list[tuple[int, bool]]) -> None:
    """Its time that ran and its time that is left are always the time that was given."""
    book = started(every_kind(SECONDS)).do(Next())
    ran = 0
    for pause, is_press in steps:
        ms = pause if book.state.paused else min(pause, SECONDS * 1_000 - ran)
        ran += 0 if book.state.paused else ms
        book.clock.pass_(ms)
        if is_press:
            book.do(GoOn() if book.state.paused else Pause())
        round_ = book.state.round(Q)
        assert round_
        left = round_.left if round_.left is not None else (round_.closes_at or 0) - book.clock.now
        assert ran + left == SECONDS * 1_000
        assert fold(book.log) == book.state


def test_what_was_on_its_way_is_in_time() -> None:
    """Composed before the pause and come in it, or composed by a phone that had not heard of it."""
    book = asking()
    composed = book.clock.now
    book.do(Pause())
    book.clock.pass_(300_000)
    assert came_to(book.answer("p1", Q, "A", composed_at=composed)) is Outcome.ACCEPTED
    assert came_to(book.answer("p2", Q, "B")) is Outcome.ACCEPTED
    book.do(GoOn())
    book.clock.pass_(50_000 + GRACE + 1)
    assert came_to(book.answer("p1", Q, "C")) is Outcome.LATE


def test_more_time_can_be_given_in_a_pause() -> None:
    book = asking().do(Pause())
    book.clock.pass_(5_000)
    book.do(Extend(Q, 30)).do(GoOn())
    round_ = book.state.round(Q)
    assert round_
    assert round_.closes_at == book.clock.now + 80_000


def test_a_question_locked_in_a_pause_stays_locked() -> None:
    book = asking().do(Pause(), Shut(Q))
    book.clock.pass_(1_000)
    book.do(GoOn())
    round_ = book.state.round(Q)
    assert round_
    assert not round_.is_open
    assert due_at(book.state) == book.state.ends_at


def test_the_next_question_ends_the_pause() -> None:
    book = asking().do(Pause(), Next(Q))
    assert book.state.paused is None
    round_ = book.state.round("q-multiple")
    assert round_
    assert round_.closes_at == book.clock.now + SECONDS * 1_000


def test_two_presses_are_one_pause() -> None:
    book = asking().do(Pause())
    assert isinstance(book.ask(Pause()), Refusal)
    since = book.clock.now
    book.clock.pass_(1_000)
    book.do(Pause(face_down=True))
    assert book.state.paused == Break(since, face_down=True), "the clock stands since the first"
    book.do(GoOn())
    assert isinstance(book.ask(GoOn()), Refusal)
    assert book.do(Pause(), End()).state.paused is None
