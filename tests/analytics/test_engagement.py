"""Engagement: the formula by hand, what is no opportunity, and what must hold whatever others do."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from analytics.engagement import Band, Engagement, Norm, Part, is_rapid, unheard, value_of
from analytics.refresh import Rules, compute
from live_session.commands import SERVER, Call, FormGroups, Lower, Note, Open, Pace, Raise, Shut, Submit
from live_session.model import Mode, Standing, Tempo
from tests.analytics.teaching import MINUTE, computed, end, facts_of, lesson, pass_minutes, silence
from tests.live_session.build import NOW, Book, activity, pupil
from tests.live_session.notes import NOTES, installed, notes, post

SECOND = 1_000
NORM = Norm()
DECK = [activity("single", f"q{n}") for n in range(1, 8)]


def ask(book: Book, number: int, *answers: str, there: Sequence[str] = (), took: int = 20_000) -> Book:
    """Two minutes for a question: those named answer after `took` ms, all of `there` are heard."""
    book.do(Open(f"q{number}"))
    shown = book.clock()
    pass_minutes(book, 2, *there, *answers)
    for who in answers:
        book.answer(who, f"q{number}", "C", composed_at=shown + took, shown_at=shown)
    return book.do(Shut(f"q{number}"))


def of(book: Book, who: str = "an", norm: Norm = NORM) -> Engagement:
    return compute(facts_of(book), Rules(norm=norm)).engagement[who]


# --- by hand --------------------------------------------------------------------------------------------------------


def test_four_parts_and_their_weights() -> None:
    one = Engagement("an", presence=0.9, answered=6, eligible=8, rapid=1, timed=5, given=1, target=2)
    assert one.parts == {Part.PRESENCE: 0.9, Part.RESPONSE: 0.75, Part.EFFORT: 0.8, Part.VOICE: 0.5}
    assert value_of(one) == pytest.approx(0.25 * 0.9 + 0.40 * 0.75 + 0.15 * 0.8 + 0.20 * 0.5)


def test_a_part_without_opportunity_is_left_out_and_the_rest_is_the_whole() -> None:
    one = Engagement("an", presence=1.0, answered=2, eligible=4, timed=4)
    assert (one.parts[Part.EFFORT], one.parts[Part.VOICE]) == (None, None)
    assert value_of(one) == pytest.approx((0.25 + 0.40 * 0.5) / 0.65)


@pytest.mark.parametrize(
    ("value", "band"), [(0.499, Band.LOW), (0.5, Band.MIDDLE), (0.749, Band.MIDDLE), (0.75, Band.HIGH), (None, None)]
)
def test_three_bands(value: float | None, band: Band | None) -> None:
    assert Engagement("an", value=value).band is band


@pytest.mark.parametrize(("asked", "has_value"), [(2, False), (3, True)])
def test_below_three_opportunities_there_is_none(asked: int, has_value: bool) -> None:
    book = lesson(*DECK).seat("an")
    for number in range(1, asked + 1):
        ask(book, number, "an")
    assert (of(end(book)).value is not None) is has_value


def test_of_a_lesson() -> None:
    book = lesson(*DECK).seat("an", "binh")
    for number in range(1, 6):
        ask(book, number, "binh", *(["an"] if number != 3 else []), there=["an"])
    book = pass_minutes(book, 35, "an", "binh")
    an, binh = of(end(book)), of(book, "binh")
    assert (an.answered, an.eligible, an.presence) == (4, 5, 1)
    assert an.parts[Part.EFFORT] is None  # four answers say nothing of effort
    assert an.value == pytest.approx((0.25 + 0.40 * 0.8) / 0.65)
    assert (binh.value, binh.band) == (pytest.approx(1), Band.HIGH)


def test_who_was_away_was_not_asked() -> None:
    book = lesson(*DECK).seat("an", "binh")
    for number in range(1, 6):
        ask(book, number, "binh", *(["an"] if number <= 3 else []))
    found = of(end(book))
    assert (found.answered, found.eligible) == (3, 3)


def test_a_quick_check_is_presence_and_no_opportunity() -> None:
    """Whoever misses twenty seconds of it loses nothing; whoever taps is heard then."""
    check = replace(activity("poll", "q9", choices=["Em đang theo dõi", "Em bị lỡ"]), item=None)
    book = lesson(*DECK, check).seat("an", "binh")
    for number in (1, 2, 3):
        ask(book, number, "an", "binh")
    book.do(Open("q9"))
    book.clock.pass_(5 * SECOND)
    book.answer("an", "q9", "A")
    book.do(Shut("q9"))
    an, binh = of(end(pass_minutes(book, 30, "an", "binh"))), of(book, "binh")
    assert (an.answered, an.eligible, an.value) == (binh.answered, binh.eligible, binh.value) == (3, 3, an.value)


def test_a_late_answer_is_an_answer() -> None:
    """How late is not in it."""
    book = lesson(*DECK).seat("an")
    ask(book, 1, there=["an"])
    book.clock.pass_(30 * SECOND)
    book.answer("an", "q1", "A")
    assert (of(end(book)).answered, of(book).eligible) == (1, 1)


def test_a_picked_name_has_none() -> None:
    book = lesson(*DECK).seat("an", standing=Standing.PICKED)
    assert "an" not in computed(end(pass_minutes(book, 45, "an"))).engagement


def test_where_all_is_unknown_there_is_no_presence() -> None:
    assert of(end(silence(lesson(*DECK).seat("an"), 45))).presence is None


# --- effort ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latency", "typical", "rapid"),
    [(1_999, 5_000, True), (2_000, 5_000, False), (3_999, 40_000, True), (4_000, 40_000, False)],
)
def test_too_quick_to_have_been_read(latency: int, typical: float, rapid: bool) -> None:
    assert is_rapid(latency, typical) is rapid


def test_effort_counts_answers_that_could_have_been_read() -> None:
    book = lesson(*DECK).seat("an", "binh", "chi")
    for number in range(1, 6):
        book.do(Open(f"q{number}"))
        shown = book.clock()
        pass_minutes(book, 2, "an", "binh", "chi")
        for who, took in (("an", 1_500 if number < 3 else 9_000), ("binh", 20_000), ("chi", 21_000)):
            book.answer(who, f"q{number}", "C", composed_at=shown + took, shown_at=shown)
    found = of(end(book))
    assert (found.rapid, found.timed, found.parts[Part.EFFORT]) == (2, 5, 0.6)


def test_a_phone_that_does_not_say_when_it_showed_a_question_is_not_timed() -> None:
    book = lesson(*DECK).seat("an")
    for number in range(1, 6):
        book.do(Open(f"q{number}"))
        pass_minutes(book, 1, "an").answer("an", f"q{number}", "C")
    assert (of(end(book)).timed, of(book).parts[Part.EFFORT]) == (0, None)


def test_changing_an_answer_quickly_is_no_rapid_answer() -> None:
    book = lesson(*DECK).seat("an")
    book.do(Open("q1"))
    shown = book.clock()
    pass_minutes(book, 1, "an")
    book.answer("an", "q1", "A", composed_at=shown + 30_000, shown_at=shown)
    book.answer("an", "q1", "C", composed_at=shown + 30_500, shown_at=shown + 30_000)
    assert (of(end(book)).rapid, of(book).timed) == (0, 1)


# --- voice ----------------------------------------------------------------------------------------------------------


def take_hand(book: Book, who: str) -> None:
    book.do(Raise(), actor=pupil(who)).do(Call(who))
    book.do(Lower(who))


def test_a_hand_that_was_taken_is_a_contribution_and_a_reaction_is_none() -> None:
    book = lesson(*DECK).seat("an", "binh").do(Open("q1"))
    take_hand(book, "an")
    book.do(Pace(Tempo.LOST), actor=pupil("binh"))
    assert (of(end(book)).given, of(book).parts[Part.VOICE]) == (1, 1)
    assert (of(book, "binh").given, of(book, "binh").parts[Part.VOICE]) == (0, None)


def test_who_is_called_without_a_hand_did_not_ask() -> None:
    assert of(end(lesson(*DECK).seat("an").do(Open("q1"), Call("an")))).given == 0


def test_a_hundred_hands_to_one_question_are_one() -> None:
    book = lesson(*DECK).seat("an", "binh").do(Open("q1"))
    for _ in range(100):
        take_hand(book, "an")
    once = lesson(*DECK).seat("an", "binh").do(Open("q1"))
    take_hand(once, "an")
    assert of(end(book)) == of(end(once))


def test_how_many_are_a_whole_one_is_the_schools_setting() -> None:
    book = lesson(*DECK).seat("an").do(Open("q1"))
    take_hand(book, "an")
    assert of(end(book), norm=Norm(voice_target=2)).parts[Part.VOICE] == 0.5


def test_a_hundred_posts_to_one_wall_are_one_and_none_is_a_zero() -> None:
    """Where posts are asked for there is an opportunity, and not taking it is told; elsewhere nobody is marked down."""
    with installed():
        book = lesson(notes(most=200, total=400, a_minute=400, approves=False), *DECK).seat("an", "binh")
        book.do(Open(NOTES))
        for n in range(100):
            post(book, "an", "ý kiến", f"n-{n}")
        pass_minutes(book, 2, "an", "binh").do(Shut(NOTES))
        for number in (1, 2):
            ask(book, number, "an", "binh")
        an, binh = of(end(book)), of(book, "binh")
    assert (an.given, an.parts[Part.VOICE]) == (1, 1)
    assert (binh.given, binh.parts[Part.VOICE]) == (0, 0)
    assert (binh.answered, binh.eligible) == (2, 3)


# --- whatever happens -----------------------------------------------------------------------------------------------

WHO = ("an", "binh", "chi")
TRACE = st.lists(st.tuples(st.sampled_from(WHO), st.integers(1, 7), st.integers(500, 100_000)), max_size=30)
"""(who, question, ms from its showing to the answer)"""
HEARD = st.lists(st.tuples(st.sampled_from(WHO), st.integers(0, 13)), max_size=30)
"""(who, minute in which they are heard)"""


def taught(trace: Sequence[tuple[str, int, int]], heard: Sequence[tuple[str, int]], mode: Mode, loud: int = 0) -> Book:
    """Seven questions of two minutes each; the last pupil takes the word `loud` times."""
    book = lesson(*DECK).seat(*WHO, mode=mode)
    for number in range(1, 8):
        book.do(Open(f"q{number}"))
        shown = book.clock()
        for _ in range(loud):
            take_hand(book, "chi")
        for minute in range(2):
            pass_minutes(book, 1, *{who for who, at in heard if at == 2 * (number - 1) + minute})
        for who, question, took in trace:
            if question == number:
                book.answer(who, f"q{number}", "C", composed_at=shown + took, shown_at=shown)
        book.do(Shut(f"q{number}"))
    return end(book)


@given(TRACE, HEARD)
def test_identical_traces_give_identical_engagement_in_the_room_and_at_home(trace: list, heard: list) -> None:  # type: ignore[type-arg]
    room, home = (computed(taught(trace, heard, mode)).engagement for mode in (Mode.ROOM, Mode.HOME))
    assert room == home


@given(TRACE, HEARD, st.integers(1, 3))
def test_a_louder_pupil_changes_nobody_else(trace: list, heard: list, loud: int) -> None:  # type: ignore[type-arg]
    quiet = computed(taught(trace, heard, Mode.ROOM)).engagement
    noisy = computed(taught(trace, heard, Mode.ROOM, loud)).engagement
    assert {who: noisy[who] for who in ("an", "binh")} == {who: quiet[who] for who in ("an", "binh")}
    assert noisy["chi"].value is not None
    assert quiet["chi"].value is None or noisy["chi"].value >= quiet["chi"].value


@given(TRACE, HEARD, st.tuples(st.sampled_from(WHO), st.integers(0, 13)))
def test_another_heartbeat_changes_nobody_elses(trace: list, heard: list, more: tuple[str, int]) -> None:  # type: ignore[type-arg]
    before = computed(taught(trace, heard, Mode.ROOM)).engagement
    after = computed(taught(trace, [*heard, more], Mode.ROOM)).engagement
    others = [who for who in WHO if who != more[0]]
    assert [after[who] for who in others] == [before[who] for who in others]
    was, now = before[more[0]].presence, after[more[0]].presence
    assert was is not None
    assert now is not None
    assert now >= was


@given(TRACE, HEARD)
def test_values_are_shares_and_follow_from_their_parts(trace: list, heard: list) -> None:  # type: ignore[type-arg]
    for one in computed(taught(trace, heard, Mode.HOME)).engagement.values():
        assert all(part is None or 0 <= part <= 1 for part in one.parts.values())
        assert one.value is None or 0 <= one.value <= 1
        assert one == replace(one, value=value_of(one))


@given(TRACE, HEARD, st.randoms(use_true_random=False))
def test_order_and_repetition_of_signs_change_nothing(trace: list, heard: list, chance) -> None:  # type: ignore[no-untyped-def,type-arg]
    def noted(signs: Sequence[tuple[str, int]]) -> object:
        book = taught(trace, [], Mode.ROOM)
        for who, minute in signs:
            book.do(Note({who: (NOW + minute * MINUTE, NOW + minute * MINUTE + 30 * SECOND)}), actor=SERVER)
        return computed(book).engagement

    again = [*heard, *heard]
    chance.shuffle(again)
    assert noted(again) == noted(heard)


def test_repeating_an_events_signs_changes_nothing() -> None:
    book = lesson(*DECK).seat("an")
    for number in range(1, 6):
        ask(book, number, "an")
    again = {"an": (book.clock() - 3 * MINUTE, book.clock() - 2 * MINUTE)}
    before = of(end(book))
    book.do(Note(again), Note(again), actor=SERVER)
    assert of(book) == before


def test_who_was_not_heard_in_any_lesson() -> None:
    first = {"an": Engagement("an", given=1), "binh": Engagement("binh")}
    second = {"an": Engagement("an"), "binh": Engagement("binh"), "chi": Engagement("chi")}
    assert unheard([first, second]) == {"binh", "chi"}
    assert unheard([second]) is None  # nobody was: that says nothing of anybody
    assert unheard([]) is None


def test_what_one_typed_for_the_group_says_nothing_against_the_others() -> None:
    book = lesson(*DECK, activity("board", "b", authors="groups", columns=(), approve=False)).seat("an", "binh")
    for number in range(1, 4):
        ask(book, number, "an", "binh")
    book.do(Open("b"), FormGroups("b", groups=(("an", "binh"),)))
    book.ask(Submit("b", 1, {"text": "Nhóm em"}, book.clock(), post="one"), pupil("an"))
    pass_minutes(book, 2, "an", "binh")
    found = compute(facts_of(end(book.do(Shut("b"))))).engagement
    assert [(found[who].answered, found[who].eligible) for who in ("an", "binh")] == [(4, 4), (3, 3)]
