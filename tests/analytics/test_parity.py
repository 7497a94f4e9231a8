"""Room against home: one lesson by hand, weeks within the same pupils, and what is too little to say."""

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.attendance import Status
from analytics.engagement import Engagement
from analytics.parity import LEAST_BOTH, Counted, Gap, LessonParity, Measure, Seat, Side, Stood, over_weeks, student
from analytics.parity import seats as seats_of
from live_session.commands import SERVER, Call, GiveTime, Lower, Move, Open, Raise, Shut
from live_session.events import HandRaised
from live_session.model import Mode, Proof
from tests.analytics.teaching import computed, end, lesson, names, pass_minutes
from tests.live_session.build import activity, pupil

ROOM, HOME = names(6), names(5, "nha")


def test_one_lesson_in_figures() -> None:
    book = lesson(activity("single", "q1", seconds=120)).seat(*ROOM).seat(*HOME, mode=Mode.HOME).do(Open("q1"))
    opened = book.clock()
    pass_minutes(book, 1, *ROOM, *HOME)
    for who in ROOM[:5]:
        book.answer(who, "q1", "C" if who == ROOM[0] else "A")
    book.do(Raise(), actor=pupil(HOME[0])).do(Call(HOME[0]), Lower(HOME[0]))
    book.do(Raise(), actor=pupil(HOME[1])).do(Lower(HOME[1]), Call(ROOM[0]))  # taken down; and called without a hand
    pass_minutes(book, 1, *ROOM, *HOME)
    book.clock.pass_(1_000)
    book.answer(HOME[0], "q1", "C", composed_at=opened + 119_000)  # on its way when time was over
    book.do(Shut("q1"))
    found = computed(end(pass_minutes(book, 40, *ROOM, *HOME))).parity
    assert found is not None
    assert (found.hands, found.credited) == ({HOME[0]: 1}, {HOME[0]: 1})
    assert (found.room, found.home) == (
        Side(pupils=6, asked=6, answered=5, scored=5, right=1, raised=0, hands=0, credited=0),
        Side(pupils=5, asked=5, answered=1, scored=1, right=1, raised=2, hands=1, credited=1),
    )
    assert found.is_shown


def test_what_a_pupil_did_before_going_home_was_done_in_the_room() -> None:
    who = ROOM[0]
    book = lesson(activity("single", "q1", seconds=60), activity("single", "q2", seconds=60)).seat(*ROOM)
    book.do(Open("q1")).answer(who, "q1", "C")
    pass_minutes(book, 1, *ROOM)
    book.do(Move(who, f"browser-of-{who}", Mode.HOME, Proof.DECLARED), actor=SERVER)
    pass_minutes(book, 20, *ROOM)
    book.do(Open("q2")).answer(who, "q2", "C")
    found = computed(end(pass_minutes(book, 20, *ROOM))).parity
    assert found is not None
    assert (found.room.pupils, found.room.asked, found.room.right) == (5, 11, 1)
    assert (found.home.pupils, found.home.asked, found.home.right) == (1, 1, 1)


def test_more_time_of_ones_own_is_no_credit_of_the_network() -> None:
    who, slow = ROOM[:2]
    book = lesson(activity("single", "q1", seconds=60)).seat(who, slow)
    book.do(GiveTime(slow, 50), GiveTime(who, 50), Open("q1"))
    opened = book.clock()
    book.clock.pass_(80_000)
    book.answer(who, "q1", "C")
    book.clock.pass_(11_000)
    book.answer(slow, "q1", "C", composed_at=opened + 89_000)
    found = computed(end(pass_minutes(book, 43, who, slow)))
    assert found.parity is not None
    assert found.parity.room.answered == 2
    assert found.parity.room.credited == 1
    assert found.parity.credited == {slow: 1}


@pytest.mark.parametrize(("room", "home", "is_shown"), [(5, 5, True), (40, 4, False), (4, 40, False), (0, 9, False)])
def test_few_on_a_side_are_not_compared(room: int, home: int, is_shown: bool) -> None:
    assert LessonParity(Side(pupils=room), Side(pupils=home)).is_shown is is_shown


# --- over weeks -----------------------------------------------------------------------------------------------------


def seats(room: Iterable[float], home: Iterable[float], pupils: int = 8, noise: float = 0.05) -> list[Seat]:
    """Pupils with these response rates in lessons in the room and at home."""
    dice = Random(7)
    return [
        Seat(f"em-{n}", mode, {Measure.RESPONSE: value + dice.uniform(-noise, noise)})
        for n in range(pupils)
        for mode, values in ((Mode.ROOM, room), (Mode.HOME, home))
        for value in values
    ]


def response(taken: list[Seat]) -> Gap:
    return next(gap for gap in over_weeks(taken) if gap.measure is Measure.RESPONSE)


def test_a_seat_that_is_worse_is_told() -> None:
    gap = response(seats([0.9, 0.8], [0.6, 0.7]))
    assert gap.mean == pytest.approx(-0.2, abs=0.03)
    assert gap.low < gap.mean < gap.high < 0
    assert (gap.is_told, gap.pupils, gap.key) == (True, 8, "response.lower")
    assert gap.least < gap.most


def test_a_small_difference_is_not() -> None:
    assert not response(seats([0.9], [0.85])).is_told


def test_nor_one_that_may_be_chance() -> None:
    taken = [
        Seat(f"em-{n}", mode, {Measure.RESPONSE: value})
        for n, (room, home) in enumerate([(0.2, 0.9), (0.9, 0.3), (0.5, 0.9), (0.8, 0.9), (0.4, 0.9)])
        for mode, value in ((Mode.ROOM, room), (Mode.HOME, home))
    ]
    gap = response(taken)
    assert gap.mean > 0.1
    assert not gap.is_told


def test_only_those_who_took_part_both_ways_are_looked_at() -> None:
    """Weaker pupils who are always at home are no worse seat."""
    both = seats([0.9], [0.9], LEAST_BOTH)
    always_home = [Seat(f"xa-{n}", Mode.HOME, {Measure.RESPONSE: 0.1}) for n in range(20)]
    assert response([*both, *always_home]) == response(both)


@pytest.mark.parametrize(("pupils", "is_said"), [(LEAST_BOTH - 1, False), (LEAST_BOTH, True)])
def test_below_five_pupils_nothing_is_said(pupils: int, is_said: bool) -> None:
    assert bool(over_weeks(seats([0.9], [0.2], pupils))) is is_said


def test_a_measure_without_opportunity_says_nothing() -> None:
    assert {gap.measure for gap in over_weeks(seats([0.9], [0.2]))} == {Measure.RESPONSE}


@pytest.mark.parametrize(("freedom", "value"), [(4, 2.776), (5, 2.571), (9, 2.262), (29, 2.045), (200, 1.972)])
def test_the_interval_is_students(freedom: int, value: float) -> None:
    assert student(freedom) == pytest.approx(value, rel=0.003)


def six(mode: Mode, hands: int, credited: int = 0) -> list[Seat]:
    """A lesson of six pupils in this mode, each with so many hands taken and answers credited, of ten answers."""
    who = names(6)
    engaged = {w: Engagement(w, answered=10, eligible=10) for w in who}
    status = Status.HOME if mode is Mode.HOME else Status.ROOM
    counted = Counted(dict.fromkeys(who, hands) if hands else {}, dict.fromkeys(who, credited))
    return list(seats_of({w: Stood(status) for w in who}, engaged, {}, counted))


def test_hands_are_counted_and_credit_is_a_share_of_answers() -> None:
    weeks = [*six(Mode.ROOM, 3), *six(Mode.ROOM, 1), *six(Mode.HOME, 1, credited=4)]
    gaps = {gap.measure: gap for gap in over_weeks(weeks)}
    assert (gaps[Measure.HANDS].mean, gaps[Measure.HANDS].key) == (-1, "hands.lower")
    assert (gaps[Measure.CREDIT].mean, gaps[Measure.CREDIT].key) == (pytest.approx(0.4), "credit.higher")
    assert gaps[Measure.HANDS].is_told
    assert gaps[Measure.CREDIT].is_told


def test_a_lesson_in_which_no_hand_was_taken_says_nothing_of_hands() -> None:
    weeks = [*six(Mode.ROOM, 2), *six(Mode.HOME, 0)]
    assert Measure.HANDS not in {gap.measure for gap in over_weeks(weeks)}
    assert sum(Measure.HANDS in seat.values for seat in weeks) == 6


Happening = st.tuples(st.integers(0, 5), st.sampled_from(["raise", "call", "lower", "move"]))


@settings(deadline=None)
@given(st.lists(Happening, max_size=30))
def test_each_hand_taken_was_raised_and_stands_with_its_pupil(happenings: list[tuple[int, str]]) -> None:
    """Whatever pupils and teachers do: no hand is taken that nobody raised, both sides together are all hands, and what
    the weeks count of each pupil is what the lesson counts."""
    book = lesson(activity("single", "q1")).seat(*ROOM)
    for n, what in happenings:
        who = ROOM[n]
        book.clock.pass_(1_000)
        if what == "raise":
            book.ask(Raise(), actor=pupil(who))
        elif what == "move":
            book.ask(Move(who, f"browser-of-{who}", Mode.HOME, Proof.DECLARED), actor=SERVER)
        else:
            book.ask(Call(who) if what == "call" else Lower(who))
    found = computed(end(book))
    assert found.parity is not None
    sides = (found.parity.room, found.parity.home)
    happened = [type(one.event) for one in book.log]
    assert sum(side.raised for side in sides) == happened.count(HandRaised)
    assert sum(side.hands for side in sides) <= sum(side.raised for side in sides)
    assert sum(side.hands for side in sides) == sum(found.parity.hands.values())


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(Mode), st.floats(0, 1)), max_size=60), st.randoms())
def test_order_changes_nothing_and_the_mean_lies_in_its_interval(rows: list, chance) -> None:  # type: ignore[no-untyped-def,type-arg]
    taken = [Seat(f"em-{n}", mode, {Measure.RIGHT: value}) for n, mode, value in rows]
    shuffled = list(taken)
    chance.shuffle(shuffled)
    found = over_weeks(taken)
    assert [(g.measure, g.pupils) for g in over_weeks(shuffled)] == [(g.measure, g.pupils) for g in found]
    assert all(g.low <= g.mean <= g.high and abs(g.mean) <= 1 for g in found)
