"""More time for a pupil who needs it, and the clock that begins when this phone showed the question."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.clocks import MOST_CREDIT, STEPS, end_of
from live_session.commands import SERVER, Extend, GiveTime, GoOn, Next, Pause, Reopen, Reveal, Shut
from live_session.events import Answered
from live_session.model import Mode, Outcome, Policy, Proof, Screen, Shown, Standing, Terms
from live_session.projection import Own, console, gauge, own, view
from live_session.reducer import due, fold
from tests.live_session.build import Book, activity, came_to, code, pupil, sit, started

Q, SECONDS = "q-single", 60
GRACE = Policy().grace_ms
SLOW, OTHER = "p1", "p2"


def asking(percent: int = 50, *, is_fair: bool = False, seconds: int | None = SECONDS) -> Book:
    deck = [msgspec.structs.replace(activity("single", seconds=seconds), terms=Terms(has_fair_clock=is_fair))]
    book = started([*deck, activity("multiple")]).seat(SLOW, OTHER)
    if percent:
        book.do(GiveTime(SLOW, percent))
    return book.do(Next())


def mine(book: Book, who: str = SLOW) -> Own:
    found = own(book.state, who, f"browser-of-{who}")
    assert found
    return found


def let_time_pass(book: Book, ms: int) -> Book:
    """And the clock says what it has to."""
    book.clock.pass_(ms)
    while clock := due(book.state, book.clock.now):
        book.ask(clock[1], SERVER, clock[0])
    return book


# --- more time ------------------------------------------------------------------------------------------------------


@given(percent=st.sampled_from(STEPS), ms=st.integers(0, 150_000), seconds=st.integers(5, 120))
def test_an_answer_is_late_after_ones_own_time_and_grace(percent: int, ms: int, seconds: int) -> None:
    book = let_time_pass(asking(percent, seconds=seconds), ms)
    for who, own_percent in ((SLOW, percent), (OTHER, 0)):
        is_late = ms > seconds * 10 * (100 + own_percent) + GRACE
        assert (came_to(book.answer(who, Q, "A")) is Outcome.LATE) is is_late
    assert fold(book.log) == book.state


def test_only_that_phone_is_shown_another_end() -> None:
    book = asking()
    ends = book.clock.now + 90_000
    assert mine(book).ends_at == ends
    assert mine(book, OTHER).ends_at is None
    let_time_pass(book, 62_001)
    assert mine(book).ends_at == ends, "the class's clock has closed it"
    assert not book.state.rounds[Q][0].is_open
    assert console(book.state).waits == (1, ends)
    book.answer(SLOW, Q, "A")
    assert console(book.state).waits is None


@pytest.mark.parametrize("what", [Shown.DISTRIBUTION, Shown.KEY])
def test_it_ends_when_the_class_is_shown_anything(what: Shown) -> None:
    book = let_time_pass(asking(), 65_000).do(Reveal(Q, what))
    assert mine(book).ends_at is None
    assert came_to(book.answer(SLOW, Q, "A")) is Outcome.ACCEPTED, "on its way at that moment"
    book.clock.pass_(GRACE + 1)
    assert came_to(book.answer(SLOW, Q, "B")) is Outcome.LATE


def test_a_lock_by_hand_is_for_all() -> None:
    book = let_time_pass(asking(), 30_000).do(Shut(Q))
    assert mine(book).ends_at is None
    book.clock.pass_(GRACE + 1)
    assert came_to(book.answer(SLOW, Q, "A")) is Outcome.LATE


def test_pauses_and_more_time_for_all_are_in_it() -> None:
    book = let_time_pass(asking(), 20_000).do(Pause())
    assert (mine(book).ends_at, mine(book).left) == (None, 40_000 + 30_000)
    book.clock.pass_(100_000)
    book.do(GoOn())
    assert mine(book).ends_at == book.clock.now + 70_000
    book.do(Extend(Q, 30))
    assert mine(book).ends_at == book.clock.now + 40_000 + 30_000 + 45_000, "half of 90 s more"


def test_an_untimed_question_needs_none() -> None:
    book = asking(100, seconds=None)
    assert (mine(book).ends_at, mine(book).left) == (None, None)
    book.clock.pass_(600_000)
    assert came_to(book.answer(SLOW, Q, "A")) is Outcome.ACCEPTED


def test_of_a_clock_that_was_set_afterwards_it_is_a_part_and_not_of_the_whole_wait() -> None:
    """Also where it is set in a pause, and again once the question was locked and opened anew."""
    book = let_time_pass(asking(50, seconds=None), 300_000).do(Pause())
    book.clock.pass_(40_000)
    book.do(Extend(Q, 30))
    assert mine(book).left == 45_000
    book.clock.pass_(40_000)
    book.do(GoOn())
    assert mine(book).ends_at == book.clock.now + 45_000
    assert mine(book, OTHER).ends_at is None
    book.do(Shut(Q), Reopen(Q))
    book.clock.pass_(90_000)
    book.do(Extend(Q, 20))
    assert mine(book).ends_at == book.clock.now + 30_000
    assert fold(book.log) == book.state


def test_nobody_else_sees_who_has_it() -> None:
    with_time, without = asking(100), asking(0)
    for screen in (Screen.PHONE, Screen.PROJECTOR):
        assert msgspec.json.encode(view(with_time.state, screen)) == msgspec.json.encode(view(without.state, screen))
        assert gauge(with_time.state, Screen.PROJECTOR, [SLOW]) == gauge(without.state, Screen.PROJECTOR, [SLOW])
    assert mine(with_time, OTHER) == mine(without, OTHER)
    assert {s.id: s.extra for s in console(with_time.state).seats} == {SLOW: 100, OTHER: 0}


def test_only_a_teacher_gives_it_in_steps_to_who_sits() -> None:
    book = asking(0)
    assert code(book.ask(GiveTime(SLOW, 50), pupil(SLOW))) == "forbidden"
    for percent in (-25, 1, 26, 200):
        assert code(book.ask(GiveTime(SLOW, percent))) == "invalid_value"
    assert code(book.ask(GiveTime("nobody", 50))) == "not_open"
    assert code(book.ask(GiveTime(SLOW, 0))) == "not_open", "as it is"
    assert not book.state.extra


def test_what_the_list_says_comes_with_the_seat_and_the_lessons_own_word_stands() -> None:
    book = started([activity("single")])
    taken = msgspec.structs.replace(sit(SLOW, standing=Standing.LAUNCHED), extra=50)
    book.do(taken, actor=SERVER)
    assert book.state.extra == {SLOW: 50}
    book.do(GiveTime(SLOW, 0))
    book.do(msgspec.structs.replace(taken, mode=Mode.HOME, proof=Proof.NONE), actor=SERVER)
    assert book.state.extra == {SLOW: 0}


# --- the fair clock -------------------------------------------------------------------------------------------------


@given(shown=st.integers(-5_000, 40_000), composed=st.integers(0, 59_000))
def test_the_time_an_answer_took_begins_with_the_phone_and_never_below_the_cap(shown: int, composed: int) -> None:
    book = asking(0, is_fair=True)
    opened = book.clock.now
    book.clock.pass_(59_000)
    book.answer(SLOW, Q, "A", composed_at=opened + composed, shown_at=opened + shown)
    took = book.state.responses[Q, 1][SLOW].took
    assert took == max(0, composed - min(MOST_CREDIT, max(0, shown)))
    response = mine(book).response
    assert response
    assert response.took == took
    assert fold(book.log) == book.state


@pytest.mark.parametrize(("late", "is_taken"), [(0, True), (3_000, True), (MOST_CREDIT, True), (60_000, False)])
def test_a_phone_that_began_later_ends_later_up_to_the_cap(late: int, is_taken: bool) -> None:
    book = asking(0, is_fair=True)
    opened = book.clock.now
    let_time_pass(book, SECONDS * 1_000 + late + GRACE)
    came = came_to(book.answer(SLOW, Q, "A", shown_at=opened + late))
    assert (came is not Outcome.LATE) is is_taken


def test_without_the_fair_clock_nothing_is_measured_and_nothing_given() -> None:
    book = asking(0)
    opened = book.clock.now
    let_time_pass(book, SECONDS * 1_000 + GRACE + 1)
    assert came_to(book.answer(SLOW, Q, "A", shown_at=opened + 3_000)) is Outcome.LATE
    assert book.state.late[Q, 1][SLOW].took is None


def test_the_same_answer_said_again_took_no_longer() -> None:
    book = asking(0, is_fair=True)
    book.clock.pass_(4_000)
    book.answer(SLOW, Q, "A")
    book.clock.pass_(9_000)
    book.answer(SLOW, Q, "A")
    assert book.state.responses[Q, 1][SLOW].took == 4_000
    book.answer(SLOW, Q, "B")
    assert book.state.responses[Q, 1][SLOW].took == 13_000


def test_what_was_erased_changes_neither_the_time_nor_the_tries() -> None:
    book = asking(0, is_fair=True)
    for value in ("A", "B", "B"):
        book.clock.pass_(4_000)
        book.answer(SLOW, Q, value)
    gone = [
        msgspec.structs.replace(one, event=msgspec.structs.replace(one.event, value=None))
        if isinstance(one.event, Answered)
        else one
        for one in book.log
    ]
    before, after = (state.responses[Q, 1][SLOW] for state in (book.state, fold(gone)))
    assert (before.took, before.tries) == (8_000, 2)
    assert (after.took, after.tries) == (8_000, 2)


def test_a_question_without_an_end_has_none_for_anybody() -> None:
    book = asking(100, seconds=None, is_fair=True)
    asked = book.state.activity(Q)
    assert asked
    assert end_of(book.state, asked, book.state.rounds[Q][0], SLOW, 1) is None
