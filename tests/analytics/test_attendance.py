"""Attendance proposed from signs: intervals, edges, outages, modes, and what can never happen whatever is seen."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from analytics import attendance
from analytics.attendance import Proposal, Status
from analytics.facts import Place, RunFacts, Sign
from analytics.presence import Thresholds, intervals, outages, presence
from analytics.spans import Span
from live_session.commands import SERVER, GoOn, Move, Note, Open, Pause, Resume, Sit
from live_session.model import CARD, Millis, Mode, Proof, Standing
from tests.analytics.teaching import BY, MINUTE, end, facts_of, lesson, names, pass_minutes, release, retake, silence
from tests.live_session.build import LESSON_MS, NOW, Book, sit

LESSON = Span(NOW, NOW + LESSON_MS)
SECOND = 1_000


def propose(facts: RunFacts, by: Thresholds) -> Mapping[str, Proposal]:
    return attendance.propose(facts, presence(facts, by), by)


def by_minute(facts: RunFacts, by: Thresholds) -> Sequence[attendance.Minute]:
    return attendance.by_minute(facts, presence(facts, by), by)


def proposed(book: Book, who: str = "an", by: Thresholds = BY) -> Proposal:
    return propose(facts_of(book), by)[who]


def move(book: Book, who: str, mode: Mode) -> Book:
    proof = Proof.CODE if mode is Mode.ROOM else Proof.DECLARED
    return book.do(Move(who, f"browser-of-{who}", mode, proof), actor=SERVER)


# --- intervals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("gap", "count"), [(0, 1), (89_999, 1), (90_000, 1), (90_001, 2)])
def test_gaps_up_to_90_seconds_merge(gap: Millis, count: int) -> None:
    signs = [Sign(NOW, NOW + MINUTE), Sign(NOW + MINUTE + gap, NOW + 3 * MINUTE)]
    found = intervals(signs, LESSON, BY.merge_gap)
    assert len(found) == count
    assert sum(s.length for s in found) == 3 * MINUTE - (gap if count == 2 else 0)


def test_an_interval_ends_at_its_last_sign() -> None:
    book = end(pass_minutes(pass_minutes(lesson().seat("an"), 30, "an"), 15))
    assert proposed(book).room_ms == 30 * MINUTE
    assert proposed(book).last == NOW + 30 * MINUTE


def test_signs_outside_the_lesson_count_for_nothing() -> None:
    signs = [Sign(NOW - MINUTE, NOW + MINUTE), Sign(LESSON.end - MINUTE, LESSON.end + MINUTE), Sign(0, 1)]
    assert sum(s.length for s in intervals(signs, LESSON, BY.merge_gap)) == 2 * MINUTE


# --- there, late, early ---------------------------------------------------------------------------------------------


def test_there_all_the_time() -> None:
    found = proposed(end(pass_minutes(lesson().seat("an"), 45, "an")))
    assert found == Proposal(
        "an",
        Status.ROOM,
        share=1,
        room_ms=LESSON_MS,
        first=NOW,
        last=NOW + LESSON_MS,
        proof=Proof.CODE,
        places=(Place(NOW, Mode.ROOM, Proof.CODE),),
    )


@pytest.mark.parametrize(("after", "is_late"), [(5 * MINUTE, False), (5 * MINUTE + 1, True)])
def test_late_is_more_than_five_minutes_after_the_start(after: Millis, is_late: bool) -> None:
    book = pass_minutes(lesson(), 5)
    book.clock.pass_(after - 5 * MINUTE)
    book.seat("an")
    assert proposed(end(pass_minutes(book, 40, "an"))).is_late == is_late


@pytest.mark.parametrize(("before", "is_early"), [(10 * MINUTE, False), (10 * MINUTE + 1, True)])
def test_early_is_more_than_ten_minutes_before_the_end(before: Millis, is_early: bool) -> None:
    book = pass_minutes(pass_minutes(lesson().seat("an"), 30, "an"), 9)
    book.clock.pass_(before - 9 * MINUTE)
    assert proposed(end(book)).left_early == is_early


def test_a_lesson_that_runs_past_the_bell_makes_nobody_leave_early() -> None:
    book = pass_minutes(lesson().seat("an", "binh"), 45, "an", "binh")
    book = pass_minutes(book, 10, "binh")  # one phone stays open, so a server goes on writing
    book.clock.pass_(MINUTE)
    book.do(Note({}), actor=SERVER)  # the clock has closed the lesson by now
    found = proposed(book)
    assert facts_of(book).is_over
    assert (found.left_early, found.is_partial, found.share) == (False, False, 1)


def test_a_lesson_opened_again_at_noon_makes_nobody_leave_early() -> None:
    book = end(pass_minutes(lesson().seat("an", "binh"), 40, "an", "binh"))
    book = silence(book, 200).do(Resume())
    book = end(pass_minutes(book, 12, "binh"))
    an, binh = proposed(book), proposed(book, "binh")
    assert (an.left_early, an.is_late, an.unknown_ms, an.share) == (False, False, 0, 1)
    assert (an.room_ms, binh.room_ms) == (40 * MINUTE, 52 * MINUTE)


def test_nobody_is_there_between_an_end_and_opening_again() -> None:
    book = end(pass_minutes(lesson().seat("an"), 40, "an"))
    book = pass_minutes(book, 30, "an").do(Resume())  # the page stays open through the break
    assert proposed(end(pass_minutes(book, 5, "an"))).room_ms == 45 * MINUTE


def test_ended_by_mistake_and_opened_again_is_one_lesson() -> None:
    book = end(pass_minutes(lesson().seat("an"), 20, "an"))
    book = pass_minutes(silence(book, 1).do(Resume()), 24, "an")
    found = proposed(end(book))
    assert (found.is_late, found.left_early, found.is_partial) == (False, False, False)
    assert found.room_ms == 44 * MINUTE


@pytest.mark.parametrize(("minutes", "is_partial"), [(36, False), (35, True)])
def test_below_eighty_percent_presence_is_not_proposed(minutes: int, is_partial: bool) -> None:
    found = proposed(end(pass_minutes(pass_minutes(lesson().seat("an"), minutes, "an"), 45 - minutes)))
    assert found.is_partial == is_partial
    assert found.share == minutes / 45
    assert found.status is Status.ROOM  # where they were; whether they were there, the teacher says


def test_two_signs_at_the_edges_are_no_lesson() -> None:
    book = pass_minutes(pass_minutes(pass_minutes(lesson().seat("an"), 1, "an"), 43), 1, "an")
    found = proposed(end(book))
    assert (found.is_late, found.left_early, found.is_partial) == (False, False, True)
    assert found.room_ms == 2 * MINUTE


def test_silence_between_signs_is_told_with_its_times() -> None:
    book = pass_minutes(pass_minutes(lesson().seat("an", "binh"), 10, "an", "binh"), 3, "binh")
    book = pass_minutes(pass_minutes(book, 20, "an", "binh"), 12, "binh")
    an, binh = proposed(end(book)), proposed(book, "binh")
    assert an.gaps == (Span(NOW + 10 * MINUTE, NOW + 13 * MINUTE),)  # what comes after the last sign is no gap
    assert binh.gaps == ()


def test_what_no_server_heard_is_nobodys_gap() -> None:
    book = pass_minutes(silence(pass_minutes(lesson().seat("an"), 10, "an"), 5), 30, "an")
    found = proposed(end(book))
    assert (found.gaps, found.unknown_ms) == ((), 5 * MINUTE)


def test_a_break_between_an_end_and_opening_again_is_nobodys_gap() -> None:
    book = end(pass_minutes(lesson().seat("an"), 20, "an"))
    book = pass_minutes(silence(book, 5).do(Resume()), 10, "an")
    assert proposed(end(book)).gaps == ()


@pytest.mark.parametrize(("minutes", "is_late", "share"), [(0, True, 25 / 45), (9, True, 25 / 36), (20, False, 1)])
def test_what_was_excused_is_not_held_against_a_pupil(minutes: int, is_late: bool, share: float) -> None:
    """An excuse for less than half of the silence still leaves it a late one; the rest is measured by what is left."""
    facts = facts_of(end(pass_minutes(pass_minutes(lesson(), 20).seat("an"), 25, "an")))
    excused = {"an": [Span(NOW, NOW + minutes * MINUTE)]}
    found = attendance.propose(facts, presence(facts, BY), BY, excused)["an"]
    assert (found.is_late, found.share) == (is_late, pytest.approx(share))
    assert found.unknown_ms == 0, "an excuse is no outage"


def test_thresholds_are_settings() -> None:
    book = pass_minutes(lesson(), 4).seat("an")
    book = end(pass_minutes(pass_minutes(book, 33, "an"), 8))
    assert not proposed(book).is_late
    strict = Thresholds(late_after=3 * MINUTE, early_before=5 * MINUTE, present_share=0.7, version=2)
    found = proposed(book, by=strict)
    assert (found.is_late, found.left_early, found.is_partial) == (True, True, False)
    assert proposed(book).is_partial


# --- who is proposed at all -----------------------------------------------------------------------------------------


def test_a_picked_name_is_unconfirmed_and_has_no_minutes() -> None:
    book = end(pass_minutes(lesson().seat("an", standing=Standing.PICKED), 45, "an"))
    assert proposed(book) == Proposal("an", Status.UNCONFIRMED)


def test_a_pick_that_was_sent_away_is_nobody_seen() -> None:
    book = release(lesson().seat("an", standing=Standing.PICKED), "an")
    assert "an" not in propose(facts_of(end(book)), BY)


def test_a_seat_taken_before_a_break_only_is_seen_before_it_only() -> None:
    book = end(pass_minutes(lesson().seat("an"), 10, "an")).do(Resume())
    assert proposed(end(pass_minutes(book, 5))).room_ms == 10 * MINUTE


def test_nobody_is_ever_proposed_as_absent() -> None:
    """Of all that the signs may say, none is absence; that is the teacher's word alone."""
    book = lesson().seat("an").seat("binh", standing=Standing.PICKED)
    book = end(pass_minutes(book, 45))
    assert {p.status for p in propose(facts_of(book), BY).values()} == {Status.ROOM, Status.UNCONFIRMED}
    assert proposed(book).room_ms == 0


# --- modes ----------------------------------------------------------------------------------------------------------


def test_minutes_go_to_the_place_they_were_spent_in() -> None:
    book = pass_minutes(lesson().seat("an"), 20, "an")
    book = end(pass_minutes(move(book, "an", Mode.HOME), 25, "an"))
    found = proposed(book)
    assert (found.room_ms, found.home_ms, found.status) == (20 * MINUTE, 25 * MINUTE, Status.HOME)
    assert found.proof is Proof.DECLARED


def test_there_and_back_again() -> None:
    book = pass_minutes(lesson().seat("an"), 20, "an")
    book = pass_minutes(move(book, "an", Mode.HOME), 5, "an")
    book = end(pass_minutes(move(book, "an", Mode.ROOM), 20, "an"))
    found = proposed(book)
    assert (found.room_ms, found.home_ms, found.status) == (40 * MINUTE, 5 * MINUTE, Status.ROOM)


def test_a_single_sign_names_the_place_last_said() -> None:
    book = pass_minutes(lesson(), 2).seat("an", mode=Mode.HOME)
    assert proposed(end(pass_minutes(book, 3))).status is Status.HOME


def test_a_seat_taken_anew_elsewhere_moves_the_minutes_from_then_on() -> None:
    book = release(pass_minutes(lesson().seat("an"), 20, "an"), "an")
    book = retake(book, "an", "at home", Standing.LAUNCHED, Mode.HOME)
    book = end(pass_minutes(book, 24, "an"))
    found = proposed(book)
    assert found.home_ms == 24 * MINUTE
    assert found.room_ms == 20 * MINUTE + 2 * SECOND  # the two seconds between are a gap like any other


# --- outages --------------------------------------------------------------------------------------------------------


def test_a_server_that_writes_every_minute_has_no_outage() -> None:
    assert outages(facts_of(pass_minutes(lesson(), 45)).beats, (), LESSON, BY.server_gap) == []


@pytest.mark.parametrize(("silent", "found"), [(150_000, []), (150_001, [150_001])])
def test_silence_of_more_than_two_and_a_half_minutes_is_unknown(silent: Millis, found: list[Millis]) -> None:
    book = pass_minutes(lesson(), 10)
    book.clock.pass_(silent)
    end(pass_minutes(book, 10))
    live = facts_of(book).live[0]
    assert [o.length for o in outages(facts_of(book).beats, (), live, BY.server_gap - MINUTE)] == [silent + MINUTE]
    assert [o.length - MINUTE for o in outages(facts_of(book).beats, (), live, BY.server_gap + MINUTE)] == found


def test_signs_that_died_with_the_process_are_unknown_too() -> None:
    """Whoever was heard since the last note was heard in memory only; an answer in between was kept."""
    book = pass_minutes(lesson().seat("an", "binh").do(Open("q-single")), 20, "an", "binh")
    book.clock.pass_(40 * SECOND)
    book.answer("binh", "q-single", "C")
    book = end(pass_minutes(silence(book, 5), 19, "an", "binh"))
    found = proposed(book)
    assert (found.unknown_ms, found.share) == (5 * MINUTE + 40 * SECOND, 1)


def test_an_outage_in_the_middle_is_unknown_and_not_absence() -> None:
    book = pass_minutes(lesson().seat("an"), 20, "an")
    book = end(pass_minutes(silence(book, 10), 15, "an"))
    found = proposed(book)
    assert found.room_ms == 35 * MINUTE
    assert found.unknown_ms == 10 * MINUTE
    assert (found.share, found.is_partial) == (1, False)


def test_an_outage_at_the_start_makes_nobody_late() -> None:
    book = silence(lesson(), 12).seat("an")
    found = proposed(end(pass_minutes(book, 33, "an")))
    assert (found.is_late, found.is_partial) == (False, False)


def test_an_outage_at_the_end_makes_nobody_leave_early() -> None:
    book = end(silence(pass_minutes(lesson().seat("an"), 30, "an"), 15))
    found = proposed(book)
    assert (found.left_early, found.is_partial, found.unknown_ms) == (False, False, 15 * MINUTE)


def test_a_short_outage_excuses_no_long_silence() -> None:
    book = pass_minutes(lesson().seat("an"), 10, "an")
    book = end(pass_minutes(silence(book, 5), 30))
    found = proposed(book)
    assert (found.left_early, found.is_partial) == (True, True)


@pytest.mark.parametrize("face_down", [True, False])
def test_silence_of_phones_on_their_faces_is_presence_where_signs_stand_around_it(face_down: bool) -> None:
    """A mere pause leaves the screens on: there, silence says what it always says."""
    book = pass_minutes(lesson().seat("an"), 15, "an").do(Pause(face_down))
    book = pass_minutes(book, 20).do(GoOn())
    found = proposed(end(pass_minutes(book, 10, "an")))
    assert found.is_partial is not face_down
    assert found.share == (1 if face_down else pytest.approx(25 / 45))
    assert found.room_ms == (45 if face_down else 25) * MINUTE
    assert found.face_down_ms == (20 * MINUTE if face_down else 0)
    assert found.gaps == (() if face_down else (Span(NOW + 15 * MINUTE, NOW + 35 * MINUTE),))


def test_who_gives_no_sign_after_phones_were_taken_up_is_unknown_while_they_lay_down() -> None:
    book = pass_minutes(lesson().seat("an", "binh"), 15, "an", "binh").do(Pause(True))
    book = pass_minutes(book, 20).do(GoOn())
    found = proposed(end(pass_minutes(book, 10, "binh")))
    assert (found.room_ms, found.face_down_ms, found.unknown_ms) == (15 * MINUTE, 0, 20 * MINUTE)
    assert found.share == pytest.approx(15 / 25)


def test_a_lesson_in_which_nothing_is_known_has_no_share() -> None:
    book = end(silence(lesson().seat("an"), 45))
    found = proposed(book)
    assert (found.share, found.is_partial, found.unknown_ms) == (None, False, LESSON_MS)


# --- the lesson by minute -------------------------------------------------------------------------------------------


def test_minute_by_minute_everybody_counts_once() -> None:
    book = lesson().seat("an", "binh").seat("chi", mode=Mode.HOME)
    pass_minutes(book, 3, "an", "binh", "chi")
    book.clock.pass_(20 * SECOND)
    move(book, "an", Mode.HOME)
    book.clock.pass_(20 * SECOND)
    end(pass_minutes(book, 2, "an", "chi"))
    found = [(m.room, m.home) for m in by_minute(facts_of(book), BY)]
    assert found[:3] == [(2, 1)] * 3
    assert found[3] == (0, 2)
    assert all(room + home <= 3 for room, home in found)


def test_minutes_with_phones_on_their_faces_are_marked_and_are_not_unknown() -> None:
    book = pass_minutes(pass_minutes(lesson().seat("an"), 5, "an").do(Pause(True)), 4).do(GoOn())
    minutes = by_minute(facts_of(end(pass_minutes(book, 5, "an"))), BY)
    assert [m.is_face_down for m in minutes] == [False] * 5 + [True] * 4 + [False] * 5
    assert [m.room for m in minutes] == [1] * 14
    assert not any(m.is_unknown for m in minutes)


def test_minutes_without_a_server_are_marked() -> None:
    book = end(pass_minutes(silence(pass_minutes(lesson().seat("an"), 5, "an"), 5), 5, "an"))
    assert [m.is_unknown for m in by_minute(facts_of(book), BY)] == [False] * 5 + [True] * 5 + [False] * 5


def test_a_break_is_empty_and_not_unknown() -> None:
    book = end(pass_minutes(lesson().seat("an"), 5, "an"))
    book = end(pass_minutes(silence(book, 10).do(Resume()), 5, "an"))
    minutes = by_minute(facts_of(book), BY)
    assert not any(m.is_unknown for m in minutes)
    assert [m.room for m in minutes[6:15]] == [0] * 9


# --- whatever is seen -----------------------------------------------------------------------------------------------

MOMENTS = st.integers(NOW - 5 * MINUTE, NOW + LESSON_MS + 5 * MINUTE)
SEEN = st.tuples(MOMENTS, st.integers(0, 2 * MINUTE)).map(lambda t: (t[0], t[0] + t[1]))
MOVES = st.lists(st.tuples(st.integers(0, 44), st.sampled_from(Mode)), max_size=4)


def seen_as(seen: Sequence[tuple[Millis, Millis]], moves: Sequence[tuple[int, Mode]] = ()) -> Book:
    """A lesson of 45 minutes with a server that wrote every minute, and these signs of An."""
    book = lesson().seat("an").do(Open("q-single"))
    for minute in range(45):
        for at, mode in moves:
            if at == minute:
                move(book, "an", mode)
        pass_minutes(book, 1)
    for one in seen:
        book.do(Note({"an": one}), actor=SERVER)
    return end(book)


def minutes_of(found: Proposal) -> Millis:
    return found.room_ms + found.home_ms


@given(st.lists(SEEN, max_size=12), MOVES, st.randoms(use_true_random=False))
def test_order_and_repetition_of_signs_change_nothing(seen: list[tuple[int, int]], moves: list, chance) -> None:  # type: ignore[no-untyped-def,type-arg]
    again = [*seen, *seen]
    chance.shuffle(again)
    one, other = facts_of(seen_as(seen, moves)), facts_of(seen_as(again, moves))
    assert propose(one, BY) == propose(other, BY)
    assert by_minute(one, BY) == by_minute(other, BY)


@given(st.lists(SEEN, max_size=12), SEEN, MOVES)
def test_another_sign_never_lowers_presence(seen: list[tuple[int, int]], more: tuple[int, int], moves: list) -> None:  # type: ignore[type-arg]
    before, after = proposed(seen_as(seen, moves)), proposed(seen_as([*seen, more], moves))
    assert minutes_of(after) >= minutes_of(before)
    assert before.share is not None
    assert after.share is not None
    assert after.share >= before.share
    for held_against in ("is_late", "left_early", "is_partial"):
        assert getattr(before, held_against) or not getattr(after, held_against)


@given(st.lists(SEEN, max_size=12), MOVES)
def test_minutes_never_exceed_the_lesson(seen: list[tuple[int, int]], moves: list) -> None:  # type: ignore[type-arg]
    book = seen_as(seen, moves)
    found = proposed(book)
    assert 0 <= minutes_of(found) <= LESSON_MS
    assert found.share is not None
    assert 0 <= found.share <= 1
    assert minutes_of(found) + found.unknown_ms <= LESSON_MS
    assert all(m.room + m.home <= 1 for m in by_minute(facts_of(book), BY))


@given(st.lists(SEEN, min_size=1, max_size=12), MOVES)
def test_minutes_are_those_of_the_intervals_whatever_the_places(seen: list[tuple[int, int]], moves: list) -> None:  # type: ignore[type-arg]
    facts = facts_of(seen_as(seen, moves))
    there = intervals(facts.signs["an"], facts.live[0], BY.merge_gap)
    assert minutes_of(propose(facts, BY)["an"]) == sum(s.length for s in there)


@given(st.lists(st.booleans(), min_size=45, max_size=45))
def test_a_server_that_falls_silent_never_costs_a_pupil_who_was_there(is_up: list[bool]) -> None:
    """An is there all the time. Whatever minutes nobody wrote, she is not late, early or partly there."""
    book = lesson().seat("an")
    for up in is_up:
        pass_minutes(book, 1, "an") if up else silence(book, 1)
    found = proposed(end(book), by=replace(BY, server_gap=MINUTE, merge_gap=MINUTE))
    assert (found.is_late, found.left_early, found.is_partial) == (False, False, False)


def test_proposals_of_a_whole_class_are_of_the_whole_class() -> None:
    everybody = names(40)
    book = end(pass_minutes(lesson().seat(*everybody), 45, *everybody))
    found = propose(facts_of(book), BY)
    assert set(found) == set(everybody)
    assert {p.status for p in found.values()} == {Status.ROOM}


# --- paper cards ----------------------------------------------------------------------------------------------------


def by_card(book: Book, *who: str) -> Book:
    """The teacher reads these pupils' cards."""
    return book.do(*(Sit(one, CARD, Standing.CONFIRMED, Mode.ROOM, Proof.CARD) for one in who), actor=SERVER)


def test_a_card_proves_the_room_and_says_nothing_of_the_rest() -> None:
    """A pupil without a phone is neither late, nor gone early, nor there for too short a time."""
    book = end(pass_minutes(by_card(pass_minutes(lesson(), 20), "an"), 25))
    found = proposed(book)
    assert (found.status, found.proof) == (Status.ROOM, Proof.CARD)
    assert (found.is_late, found.left_early, found.is_partial, found.gaps) == (False, False, False, ())


def test_cards_that_are_read_once_are_no_outage_of_the_network() -> None:
    """Forty cards read at one moment all fall silent after it; phones beside them are judged as ever."""
    book = by_card(pass_minutes(lesson().seat("binh"), 10, "binh"), *names(40))
    found = propose(facts_of(end(pass_minutes(book, 35))), BY)
    assert found["binh"].outages == ()
    assert found["binh"].left_early


# --- one phone for two ----------------------------------------------------------------------------------------------


def test_while_another_has_the_phone_silence_says_nothing() -> None:
    """Two who pass a phone on are neither late nor gone early; one with a phone of their own is judged as ever."""
    book = lesson().seat("chi")
    book.do(*(replace(sit(who, standing=Standing.LAUNCHED), phone="x") for who in ("an", "binh")), actor=SERVER)
    found = propose(facts_of(end(pass_minutes(pass_minutes(book, 20, "an", "chi"), 25, "binh"))), BY)
    an, binh, chi = (found[who] for who in ("an", "binh", "chi"))
    assert (an.shares, an.left_early, an.is_partial, an.room_ms) == (True, False, False, 20 * MINUTE)
    assert (binh.shares, binh.is_late, binh.is_partial, binh.room_ms) == (
        True,
        False,
        False,
        45 * MINUTE,
    )  # sat down first
    assert (an.unknown_ms, binh.unknown_ms) == (25 * MINUTE, 0)
    assert (chi.shares, chi.left_early, chi.is_partial) == (False, True, True)


def test_who_is_heard_when_the_network_is_back_may_have_come_while_it_was_gone() -> None:
    who = names(10)
    book = pass_minutes(lesson().seat(*who[1:]), 10, *who[1:])
    pass_minutes(book, 6)
    pass_minutes(book.seat(who[0]), 29, *who)
    found = propose(facts_of(end(book)), BY)[who[0]]
    assert (found.first, found.unknown_ms) == (NOW + 16 * MINUTE, 6 * MINUTE)


def test_of_a_lesson_of_which_little_is_known_a_short_silence_is_not_too_much() -> None:
    """Came four minutes after the bell, and the network was gone from the tenth minute on: 6 of 10 known minutes."""
    who = names(10)
    book = pass_minutes(pass_minutes(lesson(), 4).seat(*who), 6, *who)
    found = propose(facts_of(end(pass_minutes(pass_minutes(book, 34), 1, *who))), BY)[who[0]]
    assert found.share is not None
    assert (found.share < BY.present_share, found.is_partial, found.is_late) == (True, False, False)


@pytest.mark.parametrize("hours", [-30, -7, 7, 30])
def test_a_phone_whose_clock_is_hours_off_is_there_when_it_was_heard(hours: int) -> None:
    def told(off: Millis) -> Proposal:
        book = pass_minutes(lesson().seat("an"), 20, "an").do(Open("q-single"))
        book.answer("an", "q-single", "C", composed_at=book.clock() + off, not_before=book.clock() - 15_000)
        found = propose(facts_of(end(pass_minutes(book, 10, "an"))), BY)["an"]
        return replace(found, first=0)

    assert told(hours * 60 * MINUTE) == told(0)
