"""The lesson's own points, and what speed adds to them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.clocks import MOST_CREDIT, STEPS
from live_session.commands import (
    SERVER,
    CountSpeed,
    Discuss,
    End,
    GiveTime,
    GoOn,
    Next,
    Pause,
    Reask,
    Release,
    Reveal,
    Shut,
)
from live_session.model import Activity, Mode, Naming, Screen, Shown, Standing, Terms
from live_session.points import Earned, bonus, can_count_speed, most_bonus
from live_session.projection import console, own, public
from live_session.reducer import fold
from tests.live_session.build import Book, activity, code, pupil, sit, started

Q, OTHER_Q = "q-single", "q-multiple"
SECONDS = 60
QUICK, SLOW, LATER = "p1", "p2", "p3"
SPEED = Terms(has_fair_clock=True, counts_speed=True)

points = st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 100.0])
given_ms = st.integers(1, 3_600_000)
took_ms = st.integers(-10_000, 4_000_000)


def question(kind: str = "single", worth: float = 1.0, terms: Terms = SPEED, seconds: int | None = SECONDS) -> Activity:
    return msgspec.structs.replace(activity(kind, seconds=seconds), points=worth, terms=terms)


def asking(*deck: Activity) -> Book:
    return started(list(deck) or [question()]).seat(QUICK, SLOW).do(Next())


def told(book: Book, activity_id: str = Q) -> Book:
    return book.do(Shut(activity_id), Reveal(activity_id, Shown.KEY))


def earned(book: Book, who: str = QUICK) -> Earned | None:
    mine = own(book.state, who, f"browser-of-{who}")
    assert mine
    return mine.points


# --- the formula ----------------------------------------------------------------------------------------------------


@given(points, took_ms, given_ms)
def test_it_is_never_negative_and_never_more_than_half(worth: float, took: int, given_: int) -> None:
    assert 0 <= bonus(worth, took, given_) <= most_bonus(worth) <= worth / 2


@given(points, took_ms, took_ms, given_ms)
def test_sooner_is_never_less(worth: float, took: int, later: int, given_: int) -> None:
    took, later = sorted((took, later))
    assert bonus(worth, took, given_) >= bonus(worth, later, given_)


@given(points, took_ms, given_ms, st.sampled_from(STEPS))
def test_who_has_more_time_loses_as_much_in_as_large_a_part_of_it(
    worth: float, took: int, given_: int, percent: int
) -> None:
    own = given_ * (100 + percent)
    assert bonus(worth, took * (100 + percent), own) == bonus(worth, took * 100, given_ * 100)


@pytest.mark.parametrize(
    ("worth", "took", "given_", "more"),
    [(1, 0, 60, 0.5), (1, 30, 60, 0.25), (1, 60, 60, 0), (1, 61, 60, 0), (2, 15, 60, 0.75), (0, 0, 60, 0)],
)
def test_the_formula_as_the_documentation_has_it(worth: float, took: int, given_: int, more: float) -> None:
    assert bonus(worth, took, given_) == more


@pytest.mark.parametrize("terms", [SPEED, Terms(has_fair_clock=True), Terms(counts_speed=True)])
@pytest.mark.parametrize("seconds", [None, SECONDS])
@pytest.mark.parametrize("has_key", [True, False])
@pytest.mark.parametrize("worth", [0, 1])
def test_it_needs_points_a_clock_of_ones_own_and_a_key(
    terms: Terms, seconds: int | None, has_key: bool, worth: float
) -> None:
    needed = (worth, terms.has_fair_clock, seconds, has_key)
    assert can_count_speed(worth, terms, seconds, has_key=has_key) is all(needed)


# --- in a lesson ----------------------------------------------------------------------------------------------------


@given(late=st.integers(0, MOST_CREDIT), took=st.integers(0, 50_000), mode=st.sampled_from(Mode))
def test_a_slow_network_costs_nothing_up_to_the_cap_in_the_room_and_at_home(late: int, took: int, mode: Mode) -> None:
    book = asking()
    book.seat(SLOW, mode=mode)
    opened = book.clock.now
    book.clock.pass_(late + took)
    book.answer(QUICK, Q, "C", composed_at=opened + took, shown_at=opened)
    book.answer(SLOW, Q, "C", composed_at=opened + late + took, shown_at=opened + late)
    told(book)
    assert earned(book, SLOW) == earned(book, QUICK)
    assert fold(book.log) == book.state


@pytest.mark.parametrize("percent", STEPS)
def test_more_time_is_ones_own_clock(percent: int) -> None:
    book = asking()
    if percent:
        book.do(GiveTime(SLOW, percent))
    book.clock.pass_(15_000)
    book.answer(QUICK, Q, "C")
    book.clock.pass_(150 * percent)
    book.answer(SLOW, Q, "C")
    told(book)
    assert earned(book) == earned(book, SLOW) == Earned(1.0, 1.0, 0.37, 0.37)


def test_wrong_and_late_and_none_give_nothing_more() -> None:
    book = asking()
    book.answer(QUICK, Q, "A")
    book.clock.pass_(SECONDS * 1_000)
    told(book).clock.pass_(10_000)
    book.answer(SLOW, Q, "C")
    assert earned(book) == earned(book, SLOW) == Earned(0.0, 1.0)


def test_partly_right_gives_its_part_and_nothing_for_speed() -> None:
    book = asking(question("multiple", 2.0))
    book.answer(QUICK, OTHER_Q, ["A"])
    told(book, OTHER_Q)
    assert earned(book) == Earned(1.0, 2.0)


def test_the_answer_that_stands_is_the_one_that_is_timed() -> None:
    book = asking()
    book.answer(QUICK, Q, "A")
    book.clock.pass_(30_000)
    book.answer(QUICK, Q, "C")
    assert earned(told(book)) == Earned(1.0, 1.0, 0.25, 0.25)


def test_nothing_is_told_before_the_key() -> None:
    book = asking()
    book.answer(QUICK, Q, "C")
    for press in (None, Shut(Q), Reveal(Q, Shown.DISTRIBUTION)):
        if press:
            book.do(press)
        assert earned(book) is None
    assert earned(book.do(Reveal(Q, Shown.KEY))) == Earned(1.0, 1.0, 0.5, 0.5)


def test_a_question_without_points_gives_none() -> None:
    book = asking(question(worth=0.0))
    book.answer(QUICK, Q, "C")
    assert public(book.state, Screen.PHONE).activity
    assert not book.state.rounds[Q][0].counts_speed
    assert earned(told(book)) is None


def test_asked_again_nothing_changes_and_no_speed_counts() -> None:
    book = asking()
    book.answer(QUICK, Q, "C")
    book.answer(SLOW, Q, "A")
    told(book).do(Reask(Q, 1))
    asked = public(book.state, Screen.PHONE).activity
    assert asked
    assert not asked.counts_speed
    book.answer(SLOW, Q, "C", round=2)
    told(book)
    assert earned(book) == Earned(1.0, 1.0, 0.5, 0.5)
    assert earned(book, SLOW) == Earned(0.0, 1.0)


def test_after_a_talk_the_vote_counts_that_was_told_and_speed_does_not() -> None:
    book = asking()
    book.answer(QUICK, Q, "C")
    book.answer(SLOW, Q, "A")
    book.do(Shut(Q), Discuss(Q, 1, 0.5, among=(QUICK, SLOW)), Reask(Q, 1))
    book.answer(QUICK, Q, "C", round=2)
    book.answer(SLOW, Q, "C", round=2)
    told(book)
    assert earned(book) == earned(book, SLOW) == Earned(1.0, 1.0)


def test_who_came_after_a_question_was_never_asked_it() -> None:
    book = asking(question(), question("multiple", terms=Terms()))
    book.answer(QUICK, Q, "C")
    told(book).clock.pass_(1_000)
    book.seat(LATER)
    assert earned(book, LATER) is None
    book.do(Next(Q))
    book.answer(LATER, OTHER_Q, ["A", "C"])
    told(book, OTHER_Q)
    assert earned(book, LATER) == Earned(1.0, 1.0)
    assert earned(book) == Earned(1.0, 2.0, 0.5), "the bonus was for the question before"
    assert earned(book.do(End()), LATER) == Earned(1.0, 1.0)


def test_a_pause_is_nobodys_time() -> None:
    book = asking()
    book.clock.pass_(15_000)
    book.do(Pause()).clock.pass_(300_000)
    book.do(GoOn())
    book.clock.pass_(15_000)
    book.answer(QUICK, Q, "C")
    assert earned(told(book)) == Earned(1.0, 1.0, 0.25, 0.25)


def test_another_browser_under_the_same_name_has_its_own_points() -> None:
    book = started([question()]).seat(QUICK, standing=Standing.PICKED).do(Next())
    book.answer(QUICK, Q, "C")
    told(book).do(Release(QUICK))
    book.do(sit(QUICK, "another-browser"), actor=SERVER)
    theirs = own(book.state, QUICK, "another-browser")
    assert theirs
    assert theirs.points == Earned(0.0, 1.0)


# --- the switch -----------------------------------------------------------------------------------------------------


def test_off_counts_from_the_next_question_on() -> None:
    book = asking(question(), question("multiple"))
    assert console(book.state).counts_speed is True
    book.do(CountSpeed(False))
    book.answer(QUICK, Q, "C")
    assert earned(told(book)) == Earned(1.0, 1.0, 0.5, 0.5), "pupils were told so"
    book.do(Next(Q))
    book.answer(QUICK, OTHER_Q, ["A", "C"])
    assert earned(told(book, OTHER_Q)) == Earned(2.0, 2.0, 0.5)
    assert console(book.state).counts_speed is False
    assert code(book.ask(CountSpeed(False))) == "not_open"
    assert code(book.ask(CountSpeed(True), pupil(QUICK))) == "forbidden"


def test_where_no_question_asks_for_it_there_is_no_switch() -> None:
    book = asking(question(terms=Terms(has_fair_clock=True)))
    assert console(book.state).counts_speed is None
    book.answer(QUICK, Q, "C")
    assert earned(told(book)) == Earned(1.0, 1.0)


@pytest.mark.parametrize("naming", [Naming.PEN, Naming.NONE])
def test_never_without_a_name(naming: Naming) -> None:
    book = asking(question(terms=Terms(has_fair_clock=True, counts_speed=True, naming=naming)))
    assert not book.state.rounds[Q][0].counts_speed


def test_nobody_elses_points_stand_in_any_view() -> None:
    book = asking()
    book.answer(QUICK, Q, "C")
    book.answer(SLOW, Q, "A")
    told(book)
    for seen in (public(book.state, Screen.PHONE), public(book.state, Screen.PROJECTOR), console(book.state)):
        assert b'"bonus"' not in msgspec.json.encode(seen)
    assert earned(book, SLOW) == Earned(0.0, 1.0)
