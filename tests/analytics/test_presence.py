"""Presence by signs: phones on their faces, outages of the school, and what holds whatever is seen."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from analytics.facts import Place, RunFacts, Sign
from analytics.presence import There, common, in_mode, intervals, mode_at, presence, proved, vouched, widened, without
from analytics.spans import Span
from live_session.commands import SERVER, GoOn, Move, Note, Open, Pause, Sit
from live_session.model import Millis, Mode, Proof, Standing
from tests.analytics.teaching import BY, MINUTE, end, facts_of, lesson, names, pass_minutes
from tests.live_session.build import LESSON_MS, NOW, Book, sit

SECOND = 1_000
SPAN = Span(NOW + 10 * MINUTE, NOW + 20 * MINUTE)


def there(book: Book, who: str) -> There:
    return presence(facts_of(book), BY)[who]


# --- phones on their faces ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "holds"), [(0, True), (2 * MINUTE, True), (2 * MINUTE + 1, False)])
def test_a_sign_within_two_minutes_before(before: Millis, holds: bool) -> None:
    signs = [Sign(SPAN.start - 5 * MINUTE, SPAN.start - before), Sign(SPAN.end, SPAN.end)]
    assert vouched(SPAN, signs, BY) == (Sign(SPAN.start - before, SPAN.end) if holds else None)


@pytest.mark.parametrize(("after", "holds"), [(0, True), (3 * MINUTE, True), (3 * MINUTE + 1, False)])
def test_and_one_within_three_minutes_after(after: Millis, holds: bool) -> None:
    signs = [Sign(SPAN.start, SPAN.start), Sign(SPAN.end + after, SPAN.end + 9 * MINUTE)]
    assert vouched(SPAN, signs, BY) == (Sign(SPAN.start, SPAN.end + after) if holds else None)


BEFORE, LATER = Sign(SPAN.start - MINUTE, SPAN.start - MINUTE), Sign(SPAN.end + MINUTE, SPAN.end + MINUTE)


@pytest.mark.parametrize(
    "signs", [[], [Sign(SPAN.start, SPAN.start)], [Sign(SPAN.end, SPAN.end)], [BEFORE], [LATER], [BEFORE, BEFORE]]
)
def test_one_side_alone_vouches_for_nothing(signs: Sequence[Sign]) -> None:
    assert vouched(SPAN, signs, BY) is None


def test_who_comes_while_phones_lie_down_is_there_from_then_on() -> None:
    came, up = SPAN.start + 2 * MINUTE, SPAN.end + MINUTE
    assert vouched(SPAN, [Sign(came, came), Sign(up, up)], BY) == Sign(came, up)


def test_who_is_heard_while_phones_lie_down_and_not_after_is_there_until_then() -> None:
    before, last = SPAN.start - MINUTE, SPAN.start + 4 * MINUTE
    assert vouched(SPAN, [Sign(before, before), Sign(last, last)], BY) == Sign(before, last)


BESIDE = st.integers(-20, 20).map(lambda n: SPAN.start + n * 10 * SECOND)
AFTER = st.integers(-20, 20).map(lambda n: SPAN.end + n * 10 * SECOND)
BRIEF = st.one_of(BESIDE, AFTER).map(lambda at: Sign(at, at))


@given(st.lists(BRIEF, max_size=6), BRIEF)
@example(
    [Sign(SPAN.start - 110 * SECOND, SPAN.start - 110 * SECOND), Sign(SPAN.end, SPAN.end)], Sign(SPAN.start, SPAN.start)
)
def test_another_sign_beside_phones_on_their_faces_takes_no_time_away(signs: list[Sign], more: Sign) -> None:
    whole = Span(SPAN.start - 10 * MINUTE, SPAN.end + 10 * MINUTE)

    def present(seen: Sequence[Sign]) -> Sequence[Span]:
        down = vouched(SPAN, seen, BY)
        return intervals([*seen, *([down] if down else [])], whole, BY.merge_gap)

    before = present(signs)
    assert common(before, present([*signs, more])) == sum(s.length for s in before)


def test_the_time_until_the_phone_is_taken_up_is_no_absence() -> None:
    book = pass_minutes(pass_minutes(lesson().seat("an", "binh"), 10, "an", "binh").do(Pause(True)), 10).do(GoOn())
    found = there(end(pass_minutes(pass_minutes(book, 2, "binh"), 5, "an", "binh")), "an")
    assert found.present == [Span(NOW, NOW + 27 * MINUTE)]
    assert sum(s.length for s in found.face_down) == 10 * MINUTE


def test_a_sign_right_through_it_vouches_for_itself_and_is_no_silence() -> None:
    book = pass_minutes(pass_minutes(lesson().seat("an"), 10, "an").do(Pause(True)), 10, "an").do(GoOn())
    found = there(end(pass_minutes(book, 5, "an")), "an")
    assert (found.present, found.face_down) == ([Span(NOW, NOW + 25 * MINUTE)], [])


def test_a_span_that_lasts_to_the_end_is_vouched_for_by_who_is_heard_after_it() -> None:
    """Phones are taken up when the lesson is over; their pages are still open and say a word."""
    book = end(pass_minutes(pass_minutes(lesson().seat("an", "binh"), 30, "an", "binh").do(Pause(True)), 15))
    book = pass_minutes(book, 1, "an")
    an, binh = there(book, "an"), there(book, "binh")
    assert an.present == [Span(NOW, NOW + 45 * MINUTE)]
    assert binh.present == [Span(NOW, NOW + 30 * MINUTE)]
    assert common(binh.unknown, [Span(NOW + 30 * MINUTE, NOW + 45 * MINUTE)]) == 15 * MINUTE


# --- the school's network -------------------------------------------------------------------------------------------


def cut(room: int, silent: int, home: int = 0, minutes: int = 6, back: int | None = None) -> Book:
    """A lesson in whose middle the first `silent` of the pupils in the room are not heard for some minutes; `back` of
    them (all) come again."""
    in_room, at_home = names(room), names(home, "nha")
    book = lesson().seat(*in_room).seat(*at_home, mode=Mode.HOME)
    pass_minutes(book, 20, *in_room, *at_home)
    pass_minutes(book, minutes, *in_room[silent:], *at_home)
    again = in_room[: silent if back is None else back]
    return end(pass_minutes(book, 45 - 20 - minutes, *again, *in_room[silent:], *at_home))


CUT = Span(NOW + 20 * MINUTE, NOW + 26 * MINUTE)


@pytest.mark.parametrize(
    ("room", "silent", "is_outage"),
    [(10, 5, True), (9, 5, True), (5, 5, True), (11, 5, False), (4, 4, False), (40, 19, False), (40, 20, True)],
)
def test_half_of_the_room_and_at_least_five_fall_silent(room: int, silent: int, is_outage: bool) -> None:
    book = cut(room, silent)
    assert common(there(book, "em-01").unknown, [CUT]) == (6 * MINUTE if is_outage else 0)


def test_an_outage_is_over_when_half_of_them_are_heard_again() -> None:
    """Who does not come back then has left; silence up to 90 s says nothing, as always."""
    book = cut(10, 8, back=4)
    found = there(book, "em-08")
    assert common(found.unknown, [Span(NOW, NOW + LESSON_MS)]) == 6 * MINUTE + BY.merge_gap
    assert found.outages == [Span(CUT.start, CUT.end + BY.merge_gap)]


def test_an_answer_on_a_phone_without_a_network_is_presence_and_ends_no_outage() -> None:
    in_room = names(8)
    book = lesson().seat(*in_room).do(Open("q-single"))
    pass_minutes(pass_minutes(book, 20, *in_room), 3)
    composed = book.clock()
    pass_minutes(book, 3)
    book.answer("em-01", "q-single", "C", composed_at=composed)
    found = there(end(pass_minutes(book, 19, *in_room)), "em-01")
    assert common(found.unknown, [CUT]) == 6 * MINUTE
    assert Span(composed, composed) in found.present


@pytest.mark.parametrize(("silent", "before"), [(80 * SECOND, True), (100 * SECOND, False)])
def test_short_silence_beside_an_outage_is_part_of_it(silent: Millis, before: bool) -> None:
    """Without the outage it would have said nothing."""
    present = [Span(NOW, CUT.start - silent), Span(CUT.end + MINUTE, CUT.end + 9 * MINUTE)]
    start = CUT.start - silent if before else CUT.start
    assert widened([CUT], present, BY) == [Span(start, CUT.end + MINUTE)]


def test_an_outage_that_nobody_comes_back_from_lasts_to_the_end() -> None:
    assert there(cut(10, 8, back=0), "em-01").unknown == [Span(CUT.start, NOW + 45 * MINUTE)]


def test_the_schools_network_is_not_that_of_those_at_home() -> None:
    book = cut(10, 10, home=5)
    assert there(book, "nha-01").unknown == []
    assert there(book, "em-01").unknown != []


@pytest.mark.parametrize(("proof", "is_unknown"), [(Proof.NONE, True), (Proof.DECLARED, False)])
def test_whoever_nobody_has_said_the_place_of_may_hang_on_the_schools_network(proof: Proof, is_unknown: bool) -> None:
    """By the course's link into the room, without a word: silent with the others, and held against nobody."""
    in_room, quiet = names(10), Sit("nha-01", "c-1", Standing.LAUNCHED, Mode.HOME, proof)
    book = pass_minutes(lesson().seat(*in_room).do(quiet, actor=SERVER), 20, *in_room, "nha-01")
    book = end(pass_minutes(pass_minutes(book, 6), 19, *in_room, "nha-01"))
    assert common(there(book, "nha-01").unknown, [CUT]) == (6 * MINUTE if is_unknown else 0)


def test_a_class_at_home_that_falls_silent_is_no_outage_of_the_school() -> None:
    who = names(10)
    book = pass_minutes(lesson().seat(*who, mode=Mode.HOME), 20, *who)
    book = end(pass_minutes(pass_minutes(book, 6), 19, *who))
    assert there(book, "em-01").unknown == []


def test_pupils_who_leave_one_after_the_other_are_no_outage() -> None:
    who = names(10)
    book = pass_minutes(lesson().seat(*who), 20, *who)
    for left in range(1, 8):
        pass_minutes(book, 1, *who[left:])
    assert there(end(pass_minutes(book, 10, *who[7:])), "em-01").unknown == []


@pytest.mark.parametrize(("within", "is_outage"), [(30 * SECOND, True), (31 * SECOND, False)])
def test_at_once_is_within_thirty_seconds(within: Millis, is_outage: bool) -> None:
    who = names(15)
    book = pass_minutes(lesson().seat(*who), 20, *who)
    begun = book.clock()
    book.clock.pass_(MINUTE)
    book.do(Note(dict.fromkeys(who[4:8], (begun, begun + within))), actor=SERVER)  # four fall silent before them
    book = end(pass_minutes(pass_minutes(book, 5, *who[8:]), 19, *who))
    assert bool(there(book, "em-01").unknown) is is_outage


def test_the_bell_is_no_outage() -> None:
    who = names(10)
    book = pass_minutes(lesson().seat(*who), 44, *who)
    book.clock.pass_(MINUTE)  # everybody's last sign is a minute old when the lesson ends
    assert there(end(book), "em-01").unknown == []


@pytest.mark.parametrize(("minutes", "is_unknown"), [(1, True), (2, False)])
def test_short_silence_between_phones_on_their_faces_and_an_outage_is_unknown(minutes: int, is_unknown: bool) -> None:
    """Whoever takes a phone up just before the network goes leaves no sign on that side."""
    who = names(10)
    book = pass_minutes(pass_minutes(lesson().seat(*who), 15, *who).do(Pause(True)), 5, *who[1:]).do(GoOn())
    up = book.clock()
    pass_minutes(pass_minutes(book, minutes, *who[1:]), 6)
    found = there(end(pass_minutes(book, 19 - minutes, *who)), who[0])
    assert common(found.unknown, [Span(up, up + minutes * MINUTE)]) == (minutes * MINUTE if is_unknown else 0)


def test_phones_on_their_faces_are_no_outage() -> None:
    who = names(10)
    book = pass_minutes(lesson().seat(*who), 20, *who).do(Pause(True))
    book = end(pass_minutes(pass_minutes(book, 10).do(GoOn()), 15, *who))
    found = there(book, "em-01")
    assert (found.outages, found.present) == ([], [Span(NOW, NOW + 45 * MINUTE)])


def down_and_cut(back: int, heard_on: Sequence[str]) -> Book:
    """Ten pupils; phones lie on their faces from minute 15 to 20; `heard_on` are heard then, the others so many minutes
    after, but for the first, who comes back later still."""
    who = names(10)
    book = pass_minutes(lesson().seat(*who), 15, *who).do(Pause(True))
    pass_minutes(pass_minutes(book, 5).do(GoOn()), back, *heard_on)
    return end(pass_minutes(pass_minutes(book, 3, *who[1:]), 22 - back, *who))


@pytest.mark.parametrize(("back", "is_seen"), [(1, False), (2, True)])
def test_a_network_that_went_while_phones_lay_down_is_seen_when_they_are_taken_up(back: int, is_seen: bool) -> None:
    late = there(down_and_cut(back, ()), "em-01")
    up = NOW + 20 * MINUTE
    assert late.outages == ([Span(up, up + (back + 3) * MINUTE)] if is_seen else [])
    assert common(late.unknown, [Span(up, up + back * MINUTE)]) == (back * MINUTE if is_seen else 0)


def test_half_a_class_that_is_slow_to_take_up_its_phones_is_no_outage() -> None:
    assert there(down_and_cut(2, names(10)[5:]), "em-01").outages == []


def awake_in(book: Book, spans: Mapping[str, Span]) -> Book:
    """Back on the line, these phones say that they were looked at."""
    return book.do(Note({}, {who: (span.start, span.end) for who, span in spans.items()}), actor=SERVER)


def test_a_phone_without_a_line_that_was_looked_at_was_there() -> None:
    book = pass_minutes(pass_minutes(lesson().seat("an", "binh"), 20, "an", "binh"), 6, "binh")
    found = there(end(pass_minutes(awake_in(book, {"an": CUT}), 19, "an", "binh")), "an")
    assert (found.present, found.awake) == ([Span(NOW, NOW + 45 * MINUTE)], [CUT])


def test_a_phone_that_slept_for_the_first_half_says_nothing_of_it() -> None:
    half = Span(CUT.start + 3 * MINUTE, CUT.end)
    book = pass_minutes(pass_minutes(lesson().seat("an", "binh"), 20, "an", "binh"), 6, "binh")
    found = there(end(pass_minutes(awake_in(book, {"an": half}), 19, "an", "binh")), "an")
    assert found.present == [Span(NOW, CUT.start), Span(half.start, NOW + 45 * MINUTE)]


def test_phones_that_were_looked_at_hide_no_outage_from_those_that_were_not() -> None:
    book = awake_in(cut(10, 10), dict.fromkeys(names(9), CUT))
    awake, asleep = there(book, "em-01"), there(book, "em-10")
    assert (awake.present, awake.awake) == ([Span(NOW, NOW + 45 * MINUTE)], [CUT])
    assert common(asleep.unknown, [CUT]) == 6 * MINUTE


# --- one phone for several ------------------------------------------------------------------------------------------


def at_one_phone(*turns: tuple[str, int]) -> RunFacts:
    """An and Bình share a phone, and Chi has one of her own: who is heard for how many minutes ("": nobody)."""
    book = lesson().seat("chi")
    book.do(*(replace(sit(who, standing=Standing.LAUNCHED), phone="x") for who in ("an", "binh")), actor=SERVER)
    for who, minutes in turns:
        pass_minutes(book, minutes, *([who] if who else []), "chi")
    return facts_of(end(book))


def test_a_phone_that_was_passed_on_and_came_back_is_presence() -> None:
    found = presence(at_one_phone(("an", 5), ("binh", 20), ("an", 5), ("binh", 15)), BY)
    assert found["an"].present == [Span(NOW, NOW + 30 * MINUTE)]
    assert found["binh"].present == [Span(NOW, NOW + 45 * MINUTE)]
    assert found["an"].unknown == [Span(NOW, NOW + 45 * MINUTE)]


def test_what_nobody_was_heard_in_at_a_shared_phone_is_silence() -> None:
    found = presence(at_one_phone(("an", 5), ("", 3), ("binh", 20), ("an", 17)), BY)
    assert found["an"].present == [Span(NOW, NOW + 5 * MINUTE), Span(NOW + 28 * MINUTE, NOW + 45 * MINUTE)]


TURNS = st.lists(st.tuples(st.sampled_from(["an", "binh", ""]), st.integers(1, 8)), max_size=6)


@given(TURNS, st.sampled_from(["an", "binh"]), st.integers(0, 44))
def test_another_sign_at_a_shared_phone_takes_no_time_away(turns: list[tuple[str, int]], who: str, minute: int) -> None:
    facts = at_one_phone(*turns)
    at = facts.started_at + minute * MINUTE
    signs = {**facts.signs, who: [*facts.signs[who], Sign(at, min(at + MINUTE, facts.ended_at))]}
    before, after = minutes_of(presence(facts, BY)), minutes_of(presence(replace(facts, signs=signs), BY))
    assert all(after[one] >= before[one] for one in before)
    assert after["chi"] == before["chi"]


def test_thresholds_of_outages_are_settings() -> None:
    facts = facts_of(cut(10, 3))
    assert presence(facts, BY)["em-01"].unknown == []
    assert presence(facts, replace(BY, outage_least=3, outage_share=0.3))["em-01"].unknown != []


# --- modes and spans ------------------------------------------------------------------------------------------------


def test_the_first_word_on_the_place_holds_for_what_came_before_it() -> None:
    places = [Place(NOW + MINUTE, Mode.ROOM, Proof.CODE), Place(NOW + 5 * MINUTE, Mode.HOME, Proof.DECLARED)]
    assert [mode_at(places, NOW + n * MINUTE) for n in (0, 1, 4, 5, 9)] == [Mode.ROOM] * 3 + [Mode.HOME] * 2
    assert in_mode([Span(NOW, NOW + 9 * MINUTE)], places, Mode.HOME) == [Span(NOW + 5 * MINUTE, NOW + 9 * MINUTE)]
    assert mode_at([], NOW) is Mode.HOME


def test_a_scan_proves_the_room_for_a_while_and_a_later_one_renews_it() -> None:
    def place(minute: int, proof: Proof = Proof.CODE, mode: Mode = Mode.ROOM) -> Place:
        return Place(NOW + minute * MINUTE, mode, proof)

    def told(*places: Place, until: int = 90) -> list[Place]:
        return list(proved(places, 60 * MINUTE, NOW + until * MINUTE))

    assert told(place(0), until=60) == [place(0)]  # a lesson of one period needs one scan
    assert told(place(0)) == [place(0), place(60, Proof.NONE)]
    assert told(place(0), place(60)) == [place(0), place(60)]
    assert told(place(0), place(75)) == [place(0), place(60, Proof.NONE), place(75)]
    home = place(30, Proof.DECLARED, Mode.HOME)
    assert told(place(0), home) == [place(0), home]  # whoever left needs no proof of the room
    assert told(place(0, Proof.DECLARED)) == [place(0, Proof.DECLARED)]
    assert told() == []


@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from(Mode), st.sampled_from(Proof)), max_size=6))
def test_a_proof_that_grew_old_moves_nobody(said: list[tuple[int, Mode, Proof]]) -> None:
    places = [Place(at, mode, proof) for at, mode, proof in sorted(said)]
    old = proved(places, 50, 200)
    assert [mode_at(old, at) for at in range(201)] == [mode_at(places, at) for at in range(201)]
    assert [p.at for p in old] == sorted(p.at for p in old)


SPANS = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda t: Span(min(t), max(t)))


@given(SPANS, st.lists(SPANS, max_size=5))
def test_what_is_taken_away_and_what_is_left_are_the_whole(span: Span, others: list[Span]) -> None:
    rest = without(span, sorted(others, key=lambda s: s.start))
    inside = set(range(span.start, span.end))
    taken = {n for o in others for n in range(o.start, o.end)}
    assert {n for r in rest for n in range(r.start, r.end)} == inside - taken


# --- whatever is seen -----------------------------------------------------------------------------------------------

CLASS = names(8)
MOMENTS = st.integers(NOW - 5 * MINUTE, NOW + LESSON_MS + 5 * MINUTE)
SEEN = st.tuples(st.sampled_from(CLASS), MOMENTS, st.integers(0, 12 * MINUTE)).map(lambda t: (t[0], t[1], t[1] + t[2]))
ALL_SEEN = st.lists(SEEN, max_size=30)
Said: TypeAlias = tuple[str, Millis, Millis]
DOWN = st.lists(st.booleans(), min_size=9, max_size=9)
"""Whether phones lie on their faces, for each five minutes."""


def facts_with(
    seen: Sequence[tuple[str, Millis, Millis]],
    down: Sequence[bool],
    awake: Sequence[tuple[str, Millis, Millis]] = (),
) -> RunFacts:
    """A lesson of eight pupils, two of them at home, with these signs and these spans of phones on their faces;
    `awake`: signs by a phone's own word."""
    book = lesson().seat(*CLASS)
    for who in CLASS[:2]:
        book.do(Move(who, f"browser-of-{who}", Mode.HOME, Proof.DECLARED), actor=SERVER)
    lies = False
    for is_down in down:
        if is_down is not lies:
            book.do(Pause(True) if is_down else GoOn())
        lies = is_down
        pass_minutes(book, 5)
    for who, first, last in seen:
        book.do(Note({who: (first, last)}), actor=SERVER)
    for who, first, last in awake:
        book.do(Note({}, {who: (first, last)}), actor=SERVER)
    return facts_of(end(book))


def minutes_of(found: Mapping[str, There]) -> dict[str, Millis]:
    return {who: sum(s.length for s in one.present) for who, one in found.items()}


@given(ALL_SEEN, DOWN, st.randoms(use_true_random=False))
def test_order_and_repetition_of_signs_change_nothing(seen: list, down: list[bool], chance) -> None:  # type: ignore[no-untyped-def,type-arg]
    again = [*seen, *seen]
    chance.shuffle(again)
    assert presence(facts_with(seen, down), BY) == presence(facts_with(again, down), BY)


@given(ALL_SEEN, SEEN, DOWN)
def test_another_sign_lowers_nobodys_presence(seen: list, more: tuple[str, int, int], down: list[bool]) -> None:  # type: ignore[type-arg]
    before, after = presence(facts_with(seen, down), BY), presence(facts_with([*seen, more], down), BY)
    less, longer = minutes_of(before), minutes_of(after)
    assert all(longer[who] >= less[who] for who in CLASS)
    assert {who: longer[who] for who in CLASS if who != more[0]} == {who: less[who] for who in CLASS if who != more[0]}


@given(ALL_SEEN, ALL_SEEN, SEEN, DOWN)
def test_what_a_phone_says_of_itself_lowers_nobodys_presence(
    seen: list[Said], awake: list[Said], more: Said, down: list[bool]
) -> None:
    """Nor does it ever change anybody else's, or what is held to be an outage."""
    before, after = (presence(facts_with(seen, down, said), BY) for said in (awake, [*awake, more]))
    less, longer = minutes_of(before), minutes_of(after)
    assert longer[more[0]] >= less[more[0]]
    assert {who: after[who] for who in CLASS if who != more[0]} == {who: before[who] for who in CLASS if who != more[0]}
    twice = presence(facts_with(seen, down, [more, *awake, *awake, more]), BY)
    assert twice == after, "in which order, and how often, changes nothing"


@given(ALL_SEEN, DOWN)
def test_nobody_is_there_before_their_first_sign_or_after_their_last(seen: list, down: list[bool]) -> None:  # type: ignore[type-arg]
    facts = facts_with(seen, down)
    for who, one in presence(facts, BY).items():
        first, last = min(s.first for s in facts.signs[who]), max(s.last for s in facts.signs[who])
        assert all(first <= s.start and s.end <= last for s in one.present)


@given(ALL_SEEN, DOWN)
def test_spans_are_in_order_and_inside_the_lesson(seen: list, down: list[bool]) -> None:  # type: ignore[type-arg]
    facts = facts_with(seen, down)
    for one in presence(facts, BY).values():
        for spans in (one.present, one.unknown, one.outages, one.face_down):
            assert all(a.end <= b.start for a, b in pairwise(spans))
            assert all(facts.started_at <= s.start <= s.end <= facts.ended_at for s in spans)
        assert common(one.face_down, one.present) == sum(s.length for s in one.face_down)
        assert common(one.face_down, facts.face_down) == sum(s.length for s in one.face_down)
