"""Hands, the word, the dice and the pace: who waits, who is called, who is told."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import hands
from live_session.commands import Call as CallOn
from live_session.commands import End, Lower, Next, Pace, Pick, Raise, Release
from live_session.errors import Refusal
from live_session.events import decode, encode
from live_session.hands import FADES_MS, drawn, weights
from live_session.model import Mode, Role, Screen, State, Tempo
from live_session.projection import console, own, public
from live_session.reducer import fold
from tests.live_session.build import TEACHER, Book, pupil, start, started

PUPILS = ("p1", "p2", "p3", "p4")


def seated() -> Book:
    """Two in the room, two at home, the first question up."""
    book = started().seat("p1", "p2").seat("p3", "p4", mode=Mode.HOME)
    return book.do(Next())


def waiting(state: State) -> list[str]:
    return [hand.id for hand in console(state).hands]


def test_hands_wait_in_the_order_they_went_up() -> None:
    book = seated()
    for who in ("p3", "p1", "p4"):
        book.clock.pass_(1_000)
        book.do(Raise(), actor=pupil(who))
    assert waiting(book.state) == ["p3", "p1", "p4"]
    book.do(Lower(), actor=pupil("p1"))
    assert waiting(book.state) == ["p3", "p4"]
    book.do(Lower("p3"))
    assert waiting(book.state) == ["p4"]
    book.do(Next("q-single"))
    assert waiting(book.state) == ["p4"], "another question is no answer to a hand"
    book.do(Raise(), actor=pupil("p2")).do(Lower())
    assert waiting(book.state) == []


def test_a_hand_goes_up_once() -> None:
    book = seated().do(Raise(), actor=pupil("p1"))
    up_since = book.state.hands["p1"]
    book.clock.pass_(60_000)
    assert isinstance(book.ask(Raise(), pupil("p1")), Refusal)
    assert book.state.hands["p1"] == up_since, "pressing again neither loses nor gains a place"


def test_nobody_takes_anothers_hand_down() -> None:
    book = seated().do(Raise(), actor=pupil("p1")).do(Raise(), actor=pupil("p2"))
    book.do(Lower("p1"), actor=pupil("p2"))
    assert waiting(book.state) == ["p1"], "a pupil's word is on their own hand, whatever name it carries"
    assert isinstance(book.ask(Lower("p1"), pupil("p2")), Refusal)
    assert isinstance(book.ask(Raise(), pupil("p1", "stranger")), Refusal)


def test_a_call_takes_the_hand_down_and_lasts_until_the_next_question() -> None:
    book = seated().do(Raise(), actor=pupil("p3")).do(Raise(), actor=pupil("p1")).do(CallOn("p3"))
    assert waiting(book.state) == ["p1"]
    assert console(book.state).called == "p3"
    mine, other = (own(book.state, who, f"browser-of-{who}") for who in ("p3", "p1"))
    assert mine
    assert other
    assert (mine.is_called, mine.hand, other.is_called) == (True, None, False)
    assert isinstance(book.ask(Raise(), pupil("p3")), Refusal), "who has the word need not ask for it"
    assert isinstance(book.ask(CallOn("p3")), Refusal), "two teachers, one call"
    book.do(Next("q-single"))
    assert book.state.called is None
    assert book.state.heard == {"p3": 1}


@pytest.mark.parametrize("had_hand", [True, False])
def test_the_wall_shows_a_call_only_of_a_hand(had_hand: bool) -> None:
    """And by a number: the name is fetched by it, ids never leave."""
    book = seated()
    if had_hand:
        book.do(Raise(), actor=pupil("p3"))
    assert public(book.state, Screen.PROJECTOR).called is None, "a hand alone is the teacher's to see"
    book.do(CallOn("p3"))
    seen = public(book.state, Screen.PROJECTOR)
    assert seen.called == (book.state.seq if had_hand else None)
    assert b"p3" not in msgspec.json.encode(seen)
    assert public(book.state, Screen.PHONE).called is None, "phones are not told who speaks"


def test_a_freed_seat_asks_for_nothing() -> None:
    book = seated().do(Raise(), actor=pupil("p1")).do(Release("p1"))
    assert waiting(book.state) == []
    book.do(CallOn("p2")).do(Release("p2"))
    assert book.state.called is None


def test_the_end_lowers_all_hands() -> None:
    book = seated().do(Raise(), actor=pupil("p1")).do(Pace(Tempo.LOST), actor=pupil("p2")).do(End())
    assert (book.state.hands, book.state.pace) == ({}, {})
    assert isinstance(book.ask(Raise(), pupil("p1")), Refusal)


# --- pace -----------------------------------------------------------------------------------------------------------


def test_pace_is_counted_without_names_and_fades() -> None:
    book = seated().do(Pace(Tempo.LOST), actor=pupil("p1")).do(Pace(Tempo.FAST), actor=pupil("p3"))
    assert [sign.what for sign in console(book.state).pace] == [Tempo.FAST, Tempo.LOST]
    seen = msgspec.to_builtins(console(book.state))["pace"]
    assert all(set(sign) == {"what", "at"} for sign in seen)
    assert isinstance(book.ask(Pace(Tempo.LOST), pupil("p1")), Refusal), "said once"
    book.clock.pass_(FADES_MS)
    book.do(Pace(Tempo.LOST), actor=pupil("p1"))
    assert [sign.at for sign in console(book.state).pace] == [book.clock.now], "the faded one is gone"


def test_pace_can_be_taken_back_or_changed() -> None:
    book = seated().do(Pace(Tempo.LOST), actor=pupil("p1")).do(Pace(Tempo.FAST), actor=pupil("p1"))
    assert [sign.what for sign in console(book.state).pace] == [Tempo.FAST]
    book.do(Pace(), actor=pupil("p1"))
    assert console(book.state).pace == ()
    assert isinstance(book.ask(Pace(), pupil("p1")), Refusal)


@pytest.mark.parametrize("screen", [Screen.PHONE, Screen.PROJECTOR])
def test_pace_is_the_teachers_alone(screen: Screen) -> None:
    book = seated()
    before = public(book.state, screen)
    book.do(Pace(Tempo.LOST), actor=pupil("p1"))
    assert public(book.state, screen) == before


# --- the dice -------------------------------------------------------------------------------------------------------


def test_only_the_teacher_knows_whom_the_dice_met() -> None:
    book = seated()
    before = [public(book.state, screen) for screen in (Screen.PHONE, Screen.PROJECTOR)]
    book.do(Pick(0.0))
    picked = console(book.state).picked
    assert picked in PUPILS
    assert [public(book.state, screen) for screen in (Screen.PHONE, Screen.PROJECTOR)] == before
    mine = own(book.state, picked, f"browser-of-{picked}")
    assert mine
    assert not mine.is_called
    book.do(Lower(picked))
    assert console(book.state).picked is None


def test_two_presses_pick_once() -> None:
    book = seated().do(Pick(0.0))
    assert isinstance(book.ask(Pick(0.9)), Refusal)
    book.do(Pick(0.9, after=book.state.picked))


@pytest.mark.parametrize("draw", [-0.1, 1.0, float("nan"), float("inf")])
def test_a_dice_has_no_such_face(draw: float) -> None:
    assert isinstance(seated().ask(Pick(draw)), Refusal)


def test_the_dice_fall_on_those_who_are_here() -> None:
    book = seated()
    assert set(weights(book.state, ("p2", "p4", "nobody"))) == {"p2", "p4"}
    assert isinstance(book.ask(Pick(0.5, ("nobody",))), Refusal)


@given(calls=st.lists(st.sampled_from(PUPILS), max_size=12), draw=st.floats(0, 1, exclude_max=True))
def test_who_was_heard_less_is_likelier_and_nobody_is_out(calls: list[str], draw: float) -> None:
    book = seated()
    for who in calls:
        book.ask(CallOn(who))
        book.ask(Lower(who))
    state = book.state
    chances = weights(state)
    assert set(chances) == set(PUPILS)
    assert all(chance > 0 for chance in chances.values())
    for pair in (("p1", "p2"), ("p3", "p4")):
        less, more = sorted(pair, key=lambda who: state.heard.get(who, 0))
        assert (chances[less] > chances[more]) is (state.heard.get(less, 0) < state.heard.get(more, 0))
    in_room, at_home = (sum(state.heard.get(w, 0) for w in pair) for pair in (("p1", "p2"), ("p3", "p4")))
    if state.heard.get("p1", 0) == state.heard.get("p3", 0):
        assert (chances["p3"] > chances["p1"]) is (at_home < in_room), "the row that was heard less weighs more"
    assert drawn(chances, draw) in PUPILS


def test_who_was_heard_in_earlier_lessons_is_less_likely_but_this_lessons_turn_counts_more() -> None:
    """Only the chances tell: no pupil's phone and no screen of the class's knows of it."""
    plain, before = started(), Book().do(start(heard_before={"p1": 3, "p2": 100, "gone": 9}))
    for book in (plain, before):
        book.seat("p1", "p2", "p3", "p4").do(Next())
    chances = weights(before.state)
    assert chances["p3"] == chances["p4"] > chances["p1"] > chances["p2"] > 0
    assert set(chances) == set(PUPILS)
    for screen in (Screen.PHONE, Screen.PROJECTOR):
        assert public(before.state, screen) == public(plain.state, screen)
    assert all(
        own(before.state, who, f"browser-of-{who}") == own(plain.state, who, f"browser-of-{who}") for who in PUPILS
    )
    before.do(CallOn("p3")).do(Lower("p3")).do(CallOn("p4"))
    chances = weights(before.state)
    assert chances["p2"] > chances["p3"], "once in this lesson outweighs a hundred times before it"
    assert fold(before.log) == before.state


def test_an_older_start_knows_of_no_earlier_lesson() -> None:
    type_, version, body = encode(started().log[0].event)
    assert "heard_before" not in body
    assert decode(type_, version, body) == started().log[0].event


def test_nobody_is_picked_twice_running() -> None:
    book = seated()
    for n in range(20):
        before = book.state.picked
        book.do(Pick(n / 20, after=before))
        assert book.state.picked != before
    assert weights(seated().do(CallOn("p1")).state, ("p1",)) == {"p1": weights(seated().state)["p1"] / 6}


# --- order and repetition -------------------------------------------------------------------------------------------

PRESSES = st.one_of(
    st.tuples(st.just(Raise()), st.sampled_from(PUPILS)),
    st.tuples(st.builds(Lower, st.sampled_from([None, *PUPILS])), st.sampled_from([None, *PUPILS])),
    st.tuples(st.builds(Pace, st.sampled_from([None, *Tempo])), st.sampled_from(PUPILS)),
    st.tuples(st.builds(CallOn, st.sampled_from([*PUPILS, "nobody"])), st.none()),
    st.tuples(st.builds(Pick, st.floats(0, 1, exclude_max=True)), st.none()),
    st.tuples(st.builds(Release, st.sampled_from(PUPILS)), st.none()),
)


@given(presses=st.lists(PRESSES, max_size=25), data=st.data())
def test_any_order_and_repetition(presses: list[tuple[hands.Pick | Raise, str | None]], data: st.DataObject) -> None:
    """One id, one outcome; who has the word does not wait; who holds no seat asks for nothing."""
    book = seated()
    for n, (command, who) in enumerate(presses):
        book.clock.pass_(1_000)
        actor = pupil(who) if who else TEACHER
        first, length = book.ask(command, actor, f"press-{n}"), len(book.log)
        if not isinstance(first, Refusal):
            assert book.ask(data.draw(st.sampled_from([command, End()])), actor, f"press-{n}") == first
            assert len(book.log) == length
        state = book.state
        sitting = {w for w, p in state.participants.items() if p.active}
        assert set(state.hands) <= sitting
        assert state.called is None or state.called.participant in sitting - set(state.hands)
        assert state.picked is None or state.picked in sitting
    cut = data.draw(st.integers(0, len(book.log)))
    assert fold(book.log[cut:], fold(book.log[:cut])) == book.state


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.SERVER])
def test_nobody_else_asks(role: Role) -> None:
    book, actor = seated(), msgspec.structs.replace(TEACHER, role=role)
    for command in (Raise(), Lower(), Pace(Tempo.LOST), CallOn("p1"), Pick(0.1)):
        assert isinstance(book.ask(command, actor), Refusal)


def test_the_console_knows_since_when_nobody_at_home_has_had_the_word() -> None:
    book = seated()
    began = book.state.started_at
    assert console(book.state).home_heard_at == began
    home = next(p.id for p in book.state.participants.values() if p.mode is Mode.HOME)
    room = next(p.id for p in book.state.participants.values() if p.mode is Mode.ROOM)
    book.clock.pass_(60_000)
    book.do(CallOn(room))
    assert console(book.state).home_heard_at == began
    book.clock.pass_(60_000)
    called_at = book.clock()
    book.do(CallOn(home))
    assert console(book.state).home_heard_at == called_at
    for screen in (Screen.PHONE, Screen.PROJECTOR):
        assert b"home_heard" not in msgspec.json.encode(public(book.state, screen))
