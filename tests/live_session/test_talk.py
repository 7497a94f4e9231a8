"""Vote, discuss, vote again: pairs, the talk's clock, and what two rounds tell."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.activities import content_of, type_of
from live_session.commands import Discuss, End, EndTalk, Extend, GoOn, Next, Pause, Reask, Reopen, Reveal, Shut
from live_session.errors import Refusal
from live_session.events import TalkBegan
from live_session.model import Mode, Screen, Shown
from live_session.movement import Movement, movement
from live_session.projection import ConsoleView, Step, back, console, forth, own, public, view
from live_session.reducer import fold
from live_session.talk import is_worth_it, partners
from tests.live_session.build import TEACHER, Book, activity, code, every_kind, pupil, started

Q = "q-single"
ROOM, HOME = ("r1", "r2", "r3", "r4"), ("h1", "h2")


def voted(answers: dict[str, str] | None = None, home: Sequence[str] = HOME, room: Sequence[str] = ROOM) -> Book:
    """One locked question (C is right), answered as said."""
    book = started(every_kind()).seat(*room).seat(*home, mode=Mode.HOME).do(Next())
    for who, value in (answers or {}).items():
        book.answer(who, Q, value)
    return book.do(Shut(Q))


def discuss(book: Book, **changes: object) -> Discuss:
    return msgspec.structs.replace(Discuss(Q, 1, 0.5), **changes)


def groups(book: Book) -> tuple[tuple[str, ...], ...]:
    assert book.state.talk
    return book.state.talk.groups


# --- pairs ----------------------------------------------------------------------------------------------------------

somebody = st.dictionaries(st.sampled_from([f"p{n}" for n in range(12)]), st.sampled_from([None, *"ABCD"]), max_size=12)


@given(
    answers=somebody, at_home=st.sets(st.integers(0, 11)), draw=st.floats(0, 1, exclude_max=True), mixes=st.booleans()
)
def test_everybody_who_is_here_talks_with_one_or_two_others(
    answers: dict[str, str | None], at_home: set[int], draw: float, mixes: bool
) -> None:
    home = [who for who in answers if int(who[1:]) in at_home]
    room = [who for who in answers if who not in home]
    book = voted({who: value for who, value in answers.items() if value}, home, room)
    book.do(discuss(book, draw=draw, mixes=mixes))
    talking = [who for group in groups(book) for who in group]
    assert len(set(talking)) == len(talking), "nobody twice"
    assert all(len(group) in (2, 3) for group in groups(book))
    assert sum(len(group) == 3 for group in groups(book)) <= (1 if mixes else 2)
    alone = set(answers) - set(talking)
    lone = [side for side in (room, home) if len(side) == 1]
    assert len(alone) <= (len(answers) == 1 if mixes else len(lone)), "nobody is left alone but where nobody else is"
    mixed = [g for g in groups(book) if {w in home for w in g} == {True, False}]
    assert len(mixed) == (min(len(home), len(room)) if mixes else 0)
    assert fold(book.log) == book.state


def test_right_talks_with_wrong() -> None:
    book = voted({"r1": "C", "r2": "A", "h1": "A", "h2": "C"}, HOME, ROOM[:2])
    for draw in (0.0, 0.2, 0.4, 0.6, 0.8):
        found = {frozenset(g) for g in groups(book.do(discuss(book, draw=draw)))}
        assert found == {frozenset(("r1", "h1")), frozenset(("r2", "h2"))}
        book.do(EndTalk(Q))


def test_only_those_who_are_here_are_paired() -> None:
    book = voted()
    book.do(discuss(book, among=("r1", "h2", "nobody")))
    assert {frozenset(g) for g in groups(book)} == {frozenset(("r1", "h2"))}
    assert partners(book.state, "r1") == ("h2",)
    assert partners(book.state, "r2") == ()


# --- what may be asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"seconds": 9}, "invalid_value"),
        ({"seconds": 1_801}, "invalid_value"),
        ({"draw": 1.0}, "invalid_value"),
        ({"draw": -0.1}, "invalid_value"),
        ({"draw": float("nan")}, "invalid_value"),
        ({"round": 2}, "not_open"),
        ({"activity": "q-multiple"}, "not_open"),
        ({"activity": "none"}, "unknown_activity"),
    ],
)
def test_a_talk_that_cannot_be_meant_is_refused(changes: dict[str, object], refusal: str) -> None:
    book = voted()
    before = book.state
    assert code(book.ask(discuss(book, **changes))) == refusal
    assert book.state == before


def test_a_talk_stands_between_the_lock_and_the_key() -> None:
    book = started(every_kind()).seat("r1", "r2").do(Next())
    assert code(book.ask(discuss(book))) == "not_open", "while it is open everybody thinks alone"
    book.do(Shut(Q), Reveal(Q, Shown.DISTRIBUTION), discuss(book))
    assert code(book.ask(discuss(book))) == "not_open", "two presses are one talk"
    book.do(Reveal(Q, Shown.KEY))
    assert book.state.talk is None
    assert code(book.ask(discuss(book))) == "not_open", "there is nothing left to find out"


@pytest.mark.parametrize("command", [Reask(Q, 1), Next(Q), EndTalk(Q), Reopen(Q), Reveal(Q, Shown.DISTRIBUTION), End()])
def test_whatever_comes_next_ends_the_talk(command: object) -> None:
    book = voted()
    book.do(discuss(book), command)  # type: ignore[arg-type]
    assert book.state.talk is None
    assert code(book.ask(EndTalk(Q))) == "not_open"


def test_pupils_steer_no_talk() -> None:
    book = voted()
    assert code(book.ask(discuss(book), pupil("r1"))) == "forbidden"
    assert isinstance(book.ask(EndTalk(Q), pupil("r1")), Refusal)


def test_the_talks_clock_waits_in_a_pause_and_can_be_given_more() -> None:
    book = voted()
    book.do(discuss(book, seconds=60))
    book.clock.pass_(10_000)
    book.do(Pause())
    book.clock.pass_(99_000)
    assert public(book.state, Screen.PHONE).talk == msgspec.structs.replace(
        public(book.state, Screen.PHONE).talk,
        ends_at=None,
        left=50_000,  # type: ignore[type-var]
    )
    book.do(Extend(Q, 30), GoOn())
    assert book.state.talk
    assert book.state.talk.ends_at == book.clock.now + 80_000
    book.do(Extend(Q, 10))
    assert book.state.talk.ends_at == book.clock.now + 90_000
    assert book.state.rounds[Q][0].closes_at is None, "the question's own clock is another"


# --- who sees what --------------------------------------------------------------------------------------------------


def test_the_next_press_asks_again_and_the_one_back_ends_the_talk() -> None:
    book = voted()
    book.do(discuss(book))
    assert forth(book.state) == Step("reask", Q, round=1)
    assert back(book.state) == Step("end_talk", Q)
    book.do(Reask(Q, 1))
    assert book.state.rounds[Q][-1].number == 2


def test_who_talks_with_whom_stands_in_no_view_but_the_teachers() -> None:
    book = voted()
    book.do(discuss(book))
    for screen in (Screen.PHONE, Screen.PROJECTOR):
        seen = msgspec.json.encode(view(book.state, screen))
        assert b'"talk"' in seen
        assert not any(f'"{who}"'.encode() in seen for who in (*ROOM, *HOME))
    told = view(book.state, Screen.CONSOLE)
    assert isinstance(told, ConsoleView)
    assert told.talk
    assert told.talk.groups == groups(book)
    for who in (*ROOM, *HOME):
        mine = own(book.state, who, f"browser-of-{who}")
        assert mine
        assert book.state.talk
        assert mine.talk == book.state.talk.number
        assert not any(f'"{other}"'.encode() in msgspec.json.encode(mine) for other in (*ROOM, *HOME))


def test_a_talk_is_proposed_when_some_are_right_and_some_are_not() -> None:
    for right, proposed in ((0, False), (1, False), (2, True), (3, True), (4, True), (5, False), (6, False)):
        letters = dict(zip((*ROOM, *HOME), "C" * right + "A" * (6 - right), strict=True))
        book = voted(letters)
        assert console(book.state).should_discuss is proposed, right
    assert not console(voted({"r1": "C", "r2": "A"}).state).should_discuss, "too few to tell"
    book = voted({"r1": "C", "r2": "A", "r3": "C", "r4": "A", "h1": "A"})
    asked, round_ = book.state.activity(Q), book.state.round(Q)
    assert asked
    assert round_
    assert is_worth_it(book.state, asked, round_)
    assert not is_worth_it(book.do(Reveal(Q, Shown.KEY)).state, asked, book.state.rounds[Q][-1])


# --- two rounds -----------------------------------------------------------------------------------------------------

FIRST = {"r1": "C", "r2": "A", "r3": "A", "r4": "C", "h1": "B"}
SECOND = {"r1": "C", "r2": "C", "r3": "A", "r4": "B", "h2": "C"}


def twice() -> Book:
    book = voted(FIRST)
    book.do(discuss(book), Reask(Q, 1))
    book.clock.pass_(1_000)
    for who, value in SECOND.items():
        book.answer(who, Q, value, round=2)
    return book.do(Shut(Q))


def test_both_rounds_are_kept_and_compared_step_by_step() -> None:
    book = twice()
    assert {who: r.value for who, r in book.state.responses[Q, 1].items()} == FIRST
    shown = public(book.state, Screen.PROJECTOR).activity
    assert shown
    assert shown.before is None, "nothing before it is shown"
    book.do(Reveal(Q, Shown.DISTRIBUTION))
    for screen in (Screen.PROJECTOR, Screen.PHONE):
        shown = public(book.state, screen).activity
        assert shown
        assert shown.before
        assert {bar.option: bar.count for bar in shown.before.tally} == {"A": 2, "B": 1, "C": 2, "D": 0}
        assert shown.before.moved is None, "who came to the right one tells which it is"
    book.do(Reveal(Q, Shown.KEY))
    shown = public(book.state, Screen.PHONE).activity
    assert shown
    assert shown.before
    assert shown.before.moved == Movement(4, changed=2, to_right=1, from_right=1, stayed_right=1, stayed_wrong=1)


def test_the_teacher_sees_the_movement_at_once() -> None:
    asked = console(twice().state).current
    assert asked
    assert asked.before
    assert asked.before.moved
    assert asked.before.moved.to_right == 1


values = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([None, *"ABCD"]))


@given(first=values, second=values)
def test_movement_adds_up(first: dict[str, str | None], second: dict[str, str | None]) -> None:
    asked = activity("single")
    type_, content = type_of(asked.kind), content_of(asked)
    found = movement(type_, content, first, second)
    both = first.keys() & second.keys()
    assert found.both == len(both)
    parts = (found.to_right, found.from_right, found.stayed_right, found.stayed_wrong)
    assert sum(parts) == sum(first[w] is not None and second[w] is not None for w in both)
    back_again = movement(type_, content, second, first)
    assert (back_again.to_right, back_again.from_right) == (found.from_right, found.to_right)
    assert found.to_right + found.from_right <= found.changed


def test_the_log_tells_who_was_to_talk() -> None:
    book = voted()
    book.ask(discuss(book), TEACHER)
    assert isinstance(book.log[-1].event, TalkBegan)
