"""Self-paced work: nobody is told a key before an answer of their own, and order changes nothing."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import practice
from live_session.channel import Channel, Connection
from live_session.commands import SERVER, End, Look, Next, Open, Raise, Resume, Reveal
from live_session.errors import Code, Refusal
from live_session.model import Activity, Outcome, Phase, Role, Screen, Shown, Standing, Terms
from live_session.practice import Result, Work
from live_session.projection import own, view
from live_session.protocol import Hello
from live_session.reducer import NEVER, due_at, fold
from live_session.store import snapshots
from live_session.ticket import Ticket
from tests.live_session.build import (
    EPOCH,
    NOW,
    RUN,
    SAMPLES,
    Book,
    FakePeer,
    activity,
    came_to,
    code,
    pupil,
    sit,
    start,
    with_other_key,
)

ALONE = tuple(kind for kind in SAMPLES if practice.is_for_one(activity(kind)))
Q, TEXT = "q-single", "q-open"


def given_out(deck: Sequence[Activity] | None = None, *who: str) -> Book:
    """Self-paced work, and pupils who have begun."""
    deck = deck or tuple(activity(kind) for kind in ALONE)
    book = Book().do(start(deck, planned_end=NEVER, is_self_paced=True))
    return book.seat(*(who or ("p1", "p2")))


def told(book: Book, who: str = "p1", claim: str | None = None) -> dict[str, Result]:
    part = own(book.state, who, claim or f"browser-of-{who}")
    assert part
    return {result.activity: result for result in part.results}


def looks(book: Book, id: str, who: str = "p1") -> Any:
    return book.ask(Look(id), pupil(who))


def with_attempts(attempts: int) -> Activity:
    return msgspec.structs.replace(activity("single"), terms=Terms(attempts=attempts))


def test_everything_is_open_from_the_start_and_nothing_has_an_end() -> None:
    book = given_out()
    assert book.state.phase is Phase.RUNNING
    assert all(rounds[0].is_open for rounds in book.state.rounds.values())
    assert due_at(book.state) >= NEVER
    for kind in reversed(ALONE):
        assert came_to(book.answer("p1", f"q-{kind}", SAMPLES[kind].values[0])) is Outcome.ACCEPTED
    assert len(told(book)) == len(ALONE)
    assert told(book, "p2") == {}


def test_a_wrong_answer_tells_no_key_and_may_be_mended() -> None:
    book = given_out()
    book.answer("p1", Q, "A")
    first = told(book)[Q]
    assert (first.is_right, first.is_done, first.share, first.key, first.explanation) == (False, False, None, None, "")
    book.answer("p1", Q, "C")
    second = told(book)[Q]
    assert (second.is_right, second.is_done, second.tries, second.share) == (True, True, 2, 1.0)
    assert second.key
    assert second.explanation == "EXPLAINED-single"


def test_who_is_done_answers_no_more() -> None:
    book = given_out()
    book.answer("p1", Q, "C")
    assert code(book.answer("p1", Q, "A")) == Code.NO_ATTEMPTS


def test_attempts_are_as_the_activity_says() -> None:
    book = given_out((with_attempts(2),))
    book.answer("p1", Q, "A")
    assert not told(book)[Q].is_done
    book.answer("p1", Q, "B")
    assert (told(book)[Q].is_done, told(book)[Q].share) == (True, 0.0)


def test_the_answer_is_shown_to_who_asks_after_having_tried() -> None:
    book = given_out()
    assert code(looks(book, Q)) == Code.NOT_OPEN
    book.answer("p1", Q, "A")
    assert code(looks(book, "q-none")) == Code.UNKNOWN_ACTIVITY
    assert not isinstance(looks(book, Q), Refusal)
    assert told(book)[Q].key
    assert code(looks(book, Q)) == Code.NOT_OPEN
    assert code(book.answer("p1", Q, "C")) == Code.NO_ATTEMPTS
    assert told(book, "p2") == {}


def test_without_a_key_there_is_nothing_to_look_up_and_an_answer_may_change() -> None:
    book = given_out()
    book.answer("p1", TEXT, "Em nghi la dung")
    assert told(book)[TEXT].explanation == "EXPLAINED-open"
    assert code(looks(book, TEXT)) == Code.NOT_OPEN
    assert came_to(book.answer("p1", TEXT, "Em chua hieu")) is Outcome.REPLACED


@pytest.mark.parametrize("command", [Next(), Open(Q), Reveal(Q, Shown.KEY)])
def test_nobody_steers_it(command: Any) -> None:
    book = given_out()
    assert code(book.ask(command)) == Code.NOT_OPEN


def test_a_lesson_knows_no_look_and_self_paced_work_no_hand() -> None:
    assert code(given_out().ask(Raise(), pupil("p1"))) == Code.NOT_OPEN
    book = Book().do(start()).seat("p1").do(Next())
    book.answer("p1", Q, "A")
    assert code(looks(book, Q)) == Code.NOT_OPEN
    mine = own(book.state, "p1", "browser-of-p1")
    assert mine
    assert mine.results == ()


def test_what_a_class_writes_together_is_not_for_one_alone() -> None:
    assert code(Book().ask(start((activity("board"),), is_self_paced=True))) == Code.INVALID_VALUE


def test_after_it_was_closed_nothing_counts_that_was_composed_later() -> None:
    book = given_out()
    book.answer("p1", Q, "A")
    book.do(End())
    book.clock.pass_(10_000)
    assert came_to(book.answer("p1", Q, "C")) is Outcome.LATE
    assert told(book) == {}
    book.do(Resume())
    assert book.state.phase is Phase.RUNNING
    assert due_at(book.state) >= NEVER
    assert told(book)[Q].value == "A"
    assert came_to(book.answer("p1", Q, "C")) is Outcome.REPLACED


def test_another_childs_work_under_the_same_name_is_not_told() -> None:
    book = Book().do(start((activity("single"),), planned_end=NEVER, is_self_paced=True))
    book.do(sit("p1", "stranger"), actor=SERVER)
    book.answer("p1", Q, "C", claim="stranger")
    assert told(book, "p1", "stranger")[Q].key
    book.do(sit("p1", "own", Standing.LAUNCHED), actor=SERVER)
    assert told(book, "p1", "own") == {}
    book.answer("p1", Q, "A", claim="own")
    assert not told(book, "p1", "own")[Q].is_done


def test_a_pupil_goes_on_with_another_phone() -> None:
    book = given_out()
    book.answer("p1", Q, "A")
    book.do(sit("p1", "tablet", Standing.LAUNCHED), actor=SERVER)
    assert told(book, "p1", "tablet")[Q].value == "A"
    assert came_to(book.answer("p1", Q, "C", claim="tablet")) is Outcome.REPLACED
    assert told(book)[Q].is_done


def test_the_teacher_sees_how_far_each_has_come_and_a_second_try_takes_nothing_back() -> None:
    book = given_out((activity("single"), activity("number")))
    at = book.clock.pass_(1_000)
    book.answer("p1", Q, "A")
    book.answer("p1", "q-number", SAMPLES["number"].right)
    book.clock.pass_(86_400_000)
    book.answer("p1", Q, "C")
    works = practice.works(book.state)
    assert works["p1"] == Work(2, right=1, mended=1, last_at=at, is_finished=True, is_trusted=True)
    assert works["p2"] == Work(0, 0, 0, 0, is_finished=False, is_trusted=True)
    assert [(i.answered, i.right, i.mended) for i in practice.items(book.state)] == [(1, 0, 1), (1, 1, 0)]


# --- on the wire ----------------------------------------------------------------------------------------------------


def joined(channel: Channel, number: int, who: str) -> Connection:
    ticket = Ticket(RUN, Role.PUPIL, Screen.PHONE, who, f"browser-of-{who}", NOW + 10**9)
    connection = Connection(number, FakePeer(), ticket, NOW)
    assert channel.join(connection, Hello("ticket"), NOW)
    taken(connection)
    return connection


def taken(connection: Connection) -> list[dict[str, Any]]:
    assert isinstance(connection.peer, FakePeer)
    return connection.peer.take()


def test_a_key_follows_the_ack_of_the_answer_and_concerns_nobody_else() -> None:
    book = given_out()
    channel = Channel(RUN, EPOCH, book.state, NOW)
    mine, other = joined(channel, 1, "p1"), joined(channel, 2, "p2")
    book.answer("p1", Q, "C")
    channel.advance(book.state, NOW, book.log[-1:], {1})
    assert taken(mine) == [], "the ack is said now"
    channel.tick(NOW + 100)
    (frame,) = taken(mine)
    assert frame["me"]["results"][0]["key"]["options"] == ["C"]
    assert taken(other) == []


def test_a_server_keeps_no_work_in_mind_and_notes_nothing_while_nobody_is_there() -> None:
    book = given_out()
    channel = Channel(RUN, EPOCH, book.state, NOW)
    assert not channel.is_note_due(NOW + 600_000)
    one = joined(channel, 1, "p1")
    assert channel.is_note_due(NOW + 600_000)
    channel.leave(one)
    assert not channel.let_go(NOW + 600_000, 60_000), "what was heard is not noted yet"
    channel.presence.drain()
    assert channel.let_go(NOW + 600_000, 60_000)


# --- for all orders -------------------------------------------------------------------------------------------------

KINDS = ("single", "multiple", "true_false", "cluster", "number", "short", "open")
ACTS = st.lists(
    st.tuples(st.sampled_from(("p1", "p2")), st.sampled_from(KINDS), st.integers(0, 3), st.booleans()), max_size=12
)


def played(deck: Sequence[Activity], acts: Sequence[tuple[str, str, int, bool]]) -> Book:
    book = given_out(deck)
    for who, kind, n, is_look in acts:
        book.clock.pass_(1_000)
        values = SAMPLES[kind].values
        book.ask(Look(f"q-{kind}"), pupil(who)) if is_look else book.answer(who, f"q-{kind}", values[n % len(values)])
    return book


@given(ACTS)
def test_no_byte_tells_a_key_to_who_is_not_done(acts: Sequence[tuple[str, str, int, bool]]) -> None:
    """Decks that differ in their keys alone look alike to a pupil, but for what they answered."""
    deck = tuple(activity(kind) for kind in KINDS)
    book, other = played(deck, acts), played(tuple(map(with_other_key_if_any, deck)), acts)
    assert msgspec.json.encode(view(book.state, Screen.PHONE)) == msgspec.json.encode(view(other.state, Screen.PHONE))
    for who in ("p1", "p2"):
        results, others = told(book, who), told(other, who)
        for kind in KINDS:
            one, two = results.get(f"q-{kind}"), others.get(f"q-{kind}")
            has_answered = any((w, k, is_look) == (who, kind, False) for w, k, _, is_look in acts)
            assert (one is None) is (two is None) is (not has_answered)
            for result in (one, two):
                if result is not None and result.is_right is False and not result.is_done:
                    assert (result.key, result.share, result.explanation) == (None, None, "")


def with_other_key_if_any(asked: Activity) -> Activity:
    return with_other_key(asked) if SAMPLES[asked.kind].other_key else asked


@given(ACTS, st.integers(0, 20))
def test_the_fold_of_a_snapshot_and_its_tail_is_the_fold_of_all(
    acts: Sequence[tuple[str, str, int, bool]], cut: int
) -> None:
    book = played(tuple(activity(kind) for kind in KINDS), acts)
    log = book.log
    state = fold(log)
    assert fold(log[cut:], fold(log[:cut])) == state
    kept = snapshots.unpack(snapshots.pack(state))
    assert kept
    assert (kept.looked, kept.is_self_paced) == (dict(state.looked), True)


@given(ACTS)
def test_what_one_does_changes_nothing_for_another(acts: Sequence[tuple[str, str, int, bool]]) -> None:
    deck = tuple(activity(kind) for kind in KINDS)
    alone = played(deck, [act for act in acts if act[0] == "p1"])
    book = played(deck, acts)
    assert [untimed(r) for r in told(book).values()] == [untimed(r) for r in told(alone).values()]


def untimed(result: Result) -> Result:
    return msgspec.structs.replace(result, at=0)
