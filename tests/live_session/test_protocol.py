"""The frames of `live.v1`, and one conversation."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import commands
from live_session.commands import Actor, Submit
from live_session.errors import RETRY, Close, Code, FrameError, Refusal
from live_session.model import Outcome, Role, Screen, Shown, Tempo
from live_session.protocol import (
    BURST,
    MAX_FRAME,
    MAX_ID,
    RATE,
    READ_LIMIT,
    SIGNALS,
    STEERING,
    Ack,
    Ask,
    Bucket,
    Bye,
    Conversation,
    Greet,
    Hang,
    Hello,
    Ping,
    Pong,
    Refuse,
    Say,
    SteerFrame,
    SubmitFrame,
    Welcome,
    answer,
    decode,
    encode,
    raw,
    steering,
)
from live_session.ticket import Signer, Ticket
from tests.live_session.build import NOW
from tests.live_session.strategies import ANY_JSON

SIGNER = Signer(["key"])
PUPIL = Ticket("run-1", Role.PUPIL, Screen.PHONE, "p1", "browser-1", NOW + 3_600_000)
TEACHER = Ticket("run-1", Role.TEACHER, Screen.CONSOLE, "t1", "", NOW + 3_600_000)


def frame(t: str, **members: Any) -> bytes:
    return msgspec.json.encode({"t": t, **members})


def submit(id: str = "one", composed_at: float = NOW, **members: Any) -> bytes:
    return frame("submit", id=id, activity="q", round=1, value="A", composed_at=composed_at, **members)


def greeted(ticket: Ticket = PUPIL, at: int = NOW) -> Conversation:
    conversation = Conversation(SIGNER.open)
    assert isinstance(conversation.receive(frame("hello", ticket=SIGNER.sign(ticket)), at), Greet)
    return conversation


def fault(text: str | bytes) -> FrameError:
    with pytest.raises(FrameError) as caught:
        decode(text)
    return caught.value


def sized(size: int) -> bytes:
    """A submit frame of exactly so many bytes."""
    empty = submit("big", pad="")
    return submit("big", pad="x" * (size - len(empty)))


# --- frames ---------------------------------------------------------------------------------------------------------


def test_frames_of_every_sort() -> None:
    assert decode(frame("hello", ticket="x", seq=3, epoch="e")) == Hello("x", seq=3, epoch="e")
    assert decode(submit()) == SubmitFrame("one", "q", 1, "A", NOW)
    assert decode(frame("steer", id="one", action="next", after="q")) == SteerFrame("one", "next")
    assert decode(frame("ping", sent_at=1.5)) == Ping(1.5)
    assert decode(frame("ping", sent_at=1, unheard_of=True).decode()) == Ping(1)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"t":"shout"}',
        b'{"t":7}',
        b'{"t":"ping"',
        b"\xff\xfe\x00",
        b'{"t":"ping","sent_at":"now"}',
        b'{"t":"ping","sent_at":1e999}',
        b'{"t":"hello","ticket":"\xff"}',
        b"[" * 10_000,
        b"[" * 5_000 + b"]" * 5_000,
        "\ud800",
        '{"t":"ping","note":"\ud800"}',
    ],
)
def test_noise_is_no_frame(text: str | bytes) -> None:
    assert fault(text).re is None


@pytest.mark.parametrize(
    "text",
    [
        b'{"t":"shout","id":"one"}',
        b'{"id":"one"}',
        b'{"t":"submit","id":"one"}',
        b'{"t":"submit","id":"one","activity":7,"round":1,"value":"A","composed_at":1}',
        b'{"t":"submit","id":"one","activity":"q","round":1.5,"value":"A","composed_at":1}',
        b'{"t":"submit","id":"one","activity":"q","round":1,"value":"A","composed_at":"now"}',
        b'{"t":"submit","id":"one","activity":"q","round":1,"value":"A","composed_at":1e999}',
        b'{"t":"submit","id":"one","activity":"q","round":' + b"1" * 5_000 + b',"value":"A","composed_at":1}',
        b'{"t":"submit","id":"one","activity":"q","round":1,"value":' + b"1" * 5_000 + b',"composed_at":1}',
        b'{"t":"steer","id":"one"}',
    ],
)
def test_a_broken_frame_is_refused_by_its_id(text: bytes) -> None:
    error = fault(text)
    assert (error.re, error.code) == ("one", Code.INVALID_VALUE)


def test_sixteen_kibibytes_to_the_byte() -> None:
    assert isinstance(decode(sized(MAX_FRAME)), SubmitFrame)
    for text in (sized(MAX_FRAME + 1), sized(MAX_FRAME + 1).decode(), sized(READ_LIMIT)):
        error = fault(text)
        assert (error.re, error.code) == ("big", Code.TOO_LARGE)


def test_size_is_counted_in_bytes_not_letters() -> None:
    text = submit("big", pad="ấ" * 6_000).decode()
    assert len(text) < MAX_FRAME
    assert fault(text).code is Code.TOO_LARGE


def test_too_large_without_an_id_is_noise() -> None:
    assert fault(b'"' + b"x" * MAX_FRAME + b'"').re is None


@pytest.mark.parametrize("id", ["", "x" * (MAX_ID + 1), "a\x00b", "a\nb", "mã", "\x7f", "a\u202eb"])
def test_an_id_is_short_and_plain(id: str) -> None:
    """It becomes part of a key in the database, which on PostgreSQL takes no NUL; a phone makes a UUID."""
    assert fault(submit(id)).re is None
    assert fault(frame("steer", id=id, action="next")).re is None
    assert fault(frame("nonsense", id=id)).re is None


@pytest.mark.parametrize("id", ["x", "x" * MAX_ID, "0197f0c2-7c1e-7b6a-8f00-1234567890ab", "a:b~!_."])
def test_ids_that_a_phone_may_make(id: str) -> None:
    assert isinstance(decode(submit(id)), SubmitFrame)


@given(text=st.binary(max_size=200) | ANY_JSON.map(msgspec.json.encode))
def test_any_bytes_are_a_frame_or_a_frame_error(text: bytes) -> None:
    with suppress(FrameError):
        decode(text)


@pytest.mark.parametrize("where", ["value", "junk", "key"])
@pytest.mark.parametrize("t", ["submit", "steer", "ping", "hello"])
def test_nesting_of_any_depth_is_a_frame_or_a_frame_error(t: str, where: str) -> None:
    """Whatever depth the interpreter gives up at, on the first reading or on the second."""
    head = {"t": t, "id": "one", "activity": "q", "round": 1, "value": 1, "composed_at": 1, "ticket": "x"}
    for depth in (1, 100, *range(850, 1_000), 4_000, 7_000):
        nested = "[" * depth + "]" * depth
        members = msgspec.json.encode({**head, "action": "set_key", "key": 1} | {where: 0}).decode()
        text = members.replace(f'"{where}":0', f'"{where}":{nested}').encode()
        conversation = greeted(TEACHER)
        assert conversation.receive(text, NOW + 1) is not None


# --- steering -------------------------------------------------------------------------------------------------------

ARGUMENTS: dict[str, dict[str, Any]] = {
    "leave_team": {"participant": "p1"},
    "split_team": {"number": 1},
    "open": {"activity": "q"},
    "next": {"after": "q"},
    "close": {"activity": "q"},
    "reopen": {"activity": "q"},
    "reveal": {"activity": "q", "what": "key"},
    "conceal": {"activity": "q", "what": "key"},
    "extend": {"activity": "q", "seconds": 30},
    "reask": {"activity": "q"},
    "form_groups": {"activity": "q", "draw": 0.5},
    "move_member": {"activity": "q", "participant": "p1", "to": 2},
    "present": {"activity": "q", "group": 1},
    "ask": {"quick": "single"},
    "set_key": {"activity": "q", "key": ["A"]},
    "hide_word": {"activity": "q", "word": "vui"},
    "admit": {"admitting": True},
    "pause": {"face_down": True},
    "go_on": {},
    "confirm": {"participants": ["p1"]},
    "release": {"participant": "p1"},
    "call": {"participant": "p1"},
    "lower": {"participant": "p1"},
    "pick": {"draw": 0.5, "among": ["p1"]},
    "end": {},
    "resume": {"minutes": 5},
    "moderate": {"activity": "q", "round": 1, "posts": [[3, 1]], "to": "shown"},
    "mark": {"activity": "q", "round": 1, "post": 3},
    "discuss": {"activity": "q", "round": 1, "draw": 0.5, "seconds": 60},
    "end_talk": {"activity": "q"},
    "undo": {"seq": 7},
    "give_time": {"participant": "p1", "percent": 25},
    "set_goal": {"percent": 80},
    "count_leaving": {"on": True},
    "count_speed": {"on": False},
    "show_podium": {"audience": "room"},
}


def steer(action: str, **members: Any) -> commands.Command:
    text = frame("steer", id="one", action=action, **members)
    decoded = decode(text)
    assert isinstance(decoded, SteerFrame)
    return steering(decoded, text)


def test_every_steering_command_has_an_action() -> None:
    assert set(STEERING) == set(ARGUMENTS)
    assert {type(steer(action, **arguments)) for action, arguments in ARGUMENTS.items()} == set(STEERING.values())


def test_a_signal_carries_the_browser_and_only_what_pupils_may_ask() -> None:
    asked = greeted().receive(frame("signal", id="one", action="pace", what="lost"), NOW)
    assert asked == Ask("one", commands.Pace(Tempo.LOST), Actor(Role.PUPIL, PUPIL.who, PUPIL.claim))
    assert set(SIGNALS) == {"raise", "lower", "pace", "react", "look"}
    for action in set(STEERING) - set(SIGNALS):
        refused = greeted().receive(frame("signal", id="one", action=action, **ARGUMENTS[action]), NOW)
        assert refused == Say(Refuse("one", Code.INVALID_VALUE))


def test_arguments_are_the_commands_own() -> None:
    assert steer("reveal", activity="q", what="key", type="end", junk=1) == commands.Reveal("q", Shown.KEY)
    assert steer("confirm", participants=["a", "b"]) == commands.Confirm(("a", "b"))
    assert steer("next") == commands.Next(None)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("explode", {}),
        ("start", {}),
        ("sit", {"participant": "p1", "claim": "c", "standing": "launched", "mode": "room", "proof": "code"}),
        ("submit", {"activity": "q", "round": 1, "value": "A", "composed_at": 1}),
        ("note", {"seen": {}}),
        ("open", {}),
        ("open", {"activity": 7}),
        ("reveal", {"activity": "q", "what": "everything"}),
        ("extend", {"activity": "q", "seconds": "30"}),
        ("confirm", {"participants": "all"}),
        ("admit", {"admitting": "yes"}),
    ],
)
def test_unknown_actions_and_wrong_arguments_are_refused_by_id(action: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(FrameError) as caught:
        steer(action, **arguments)
    assert (caught.value.re, caught.value.code) == ("one", Code.INVALID_VALUE)


def test_a_number_that_no_integer_holds_is_refused_by_id() -> None:
    """Python reads at most 4,300 digits."""
    text = frame("steer", id="one", action="next", junk=0).replace(b":0", b":" + b"1" * 5_000)
    assert greeted(TEACHER).receive(text, NOW) == Say(Refuse("one", Code.INVALID_VALUE))


# --- a conversation -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [frame("ping", sent_at=1), submit(), b"noise", b"", b'{"t":"shout","id":"x"}'])
def test_hello_comes_first(first: bytes) -> None:
    assert Conversation(SIGNER.open).receive(first, NOW) == Hang(Close.BAD_FRAME)


def test_hello_with_a_good_ticket_is_greeted() -> None:
    conversation = Conversation(SIGNER.open)
    act = conversation.receive(frame("hello", ticket=SIGNER.sign(PUPIL), epoch="e", seq=4), NOW)
    assert isinstance(act, Greet)
    assert act.ticket == PUPIL == conversation.ticket
    assert (act.hello.epoch, act.hello.seq) == ("e", 4)


@pytest.mark.parametrize("ticket", ["", "x", "ă", SIGNER.sign(PUPIL)[:-3], Signer(["other"]).sign(PUPIL)])
def test_a_bad_ticket_means_stop(ticket: str) -> None:
    assert Conversation(SIGNER.open).receive(frame("hello", ticket=ticket), NOW) == Hang(Close.BAD_TICKET)


def test_an_expired_ticket_means_fetch_another() -> None:
    text = frame("hello", ticket=SIGNER.sign(PUPIL))
    assert Conversation(SIGNER.open).receive(text, PUPIL.expires) == Hang(Close.TICKET_EXPIRED)


def test_a_second_hello_is_noise() -> None:
    assert greeted().receive(frame("hello", ticket=SIGNER.sign(PUPIL)), NOW) == Hang(Close.BAD_FRAME)


def test_ping_is_answered_with_the_servers_time() -> None:
    assert greeted().receive(frame("ping", sent_at=123.25), NOW + 7) == Say(Pong(123.25, NOW + 7))


def test_noise_hangs_up_and_a_broken_frame_with_an_id_is_refused() -> None:
    assert greeted().receive(b"\xff", NOW) == Hang(Close.BAD_FRAME)
    assert greeted().receive(frame("shout", id="one"), NOW) == Say(Refuse("one", Code.INVALID_VALUE))
    assert greeted().receive(sized(20_000), NOW) == Say(Refuse("big", Code.TOO_LARGE))


def test_a_steer_asks_in_the_name_of_the_ticket() -> None:
    for ticket in (TEACHER, PUPIL):
        act = greeted(ticket).receive(frame("steer", id="one", action="end", who="t9", role="server"), NOW)
        assert act == Ask("one", commands.End(), Actor(ticket.role, ticket.who))


def asked(act: object) -> tuple[Submit, Actor]:
    assert isinstance(act, Ask)
    assert isinstance(act.command, Submit)
    return act.command, act.actor


def test_a_submit_asks_in_the_name_of_the_ticket() -> None:
    command, actor = asked(greeted().receive(submit(participant="p9", claim="c9", shown_at=NOW - 5), NOW))
    assert command == Submit("q", 1, "A", NOW, NOW - 5, post="one")
    assert (actor.role, actor.who, actor.claim) == (Role.PUPIL, "p1", "browser-1")


@pytest.mark.parametrize("moment", [1e308, -1e308, 0, 1.5])
def test_any_time_a_phone_can_write_is_a_whole_number(moment: float) -> None:
    command, _ = asked(greeted().receive(submit(composed_at=moment, shown_at=moment), NOW))
    assert command.composed_at == int(moment) == command.shown_at


def bound(conversation: Conversation, composed_at: float, at: int) -> int:
    return asked(conversation.receive(submit(composed_at=composed_at), at))[1].not_before


def test_what_was_composed_while_connected_is_believed_back_to_the_frame_before() -> None:
    conversation = greeted(at=NOW)
    conversation.heard_before = NOW - 60_000
    conversation.receive(frame("ping"), NOW + 15_000)
    assert bound(conversation, NOW + 1, NOW + 20_000) == NOW + 15_000
    assert bound(conversation, NOW + 1, NOW + 21_000) == NOW + 20_000


def test_what_was_composed_while_away_is_believed_back_to_when_the_phone_was_last_heard() -> None:
    conversation = greeted(at=NOW)
    conversation.heard_before = NOW - 60_000
    assert bound(conversation, NOW - 30_000, NOW + 5_000) == NOW - 60_000
    assert bound(conversation, NOW, NOW + 6_000) == NOW - 60_000
    assert bound(conversation, NOW + 1, NOW + 7_000) == NOW + 6_000


# --- the rate -------------------------------------------------------------------------------------------------------


def test_a_flood_is_refused_and_told_when_to_come_back() -> None:
    conversation = greeted()
    acts = [conversation.receive(submit(f"id-{n}"), NOW) for n in range(int(BURST) + 5)]
    assert all(isinstance(act, Ask) for act in acts[: int(BURST)])
    for n, act in enumerate(acts[int(BURST) :], int(BURST)):
        assert act == Say(Refuse(f"id-{n}", Code.RATE_LIMITED, 1 / RATE))
    assert isinstance(conversation.receive(submit(), NOW + int(1_000 / RATE)), Ask)


def test_broken_frames_flood_no_less_than_good_ones() -> None:
    """Each costs a reading and an answer."""
    for text in (frame("shout", id="x"), sized(MAX_FRAME + 1), frame("steer", id="x", action="explode")):
        conversation = greeted(TEACHER)
        for _ in range(int(BURST)):
            assert isinstance(conversation.receive(text, NOW), Say)
        last = conversation.receive(text, NOW)
        assert isinstance(last, Say)
        assert isinstance(last.frame, Refuse)
        assert last.frame.code is Code.RATE_LIMITED


def test_pings_are_free() -> None:
    conversation = greeted()
    assert all(isinstance(conversation.receive(frame("ping"), NOW), Say) for _ in range(100))
    assert isinstance(conversation.receive(submit(), NOW), Ask)


def test_the_bucket() -> None:
    bucket = Bucket(rate=2, burst=3)
    assert [bucket.take(NOW) for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    assert bucket.take(NOW + 499) == 0.001
    assert bucket.take(NOW + 500) == 0
    assert [bucket.take(NOW + 3_600_000) for _ in range(4)] == [0, 0, 0, 0.5], "it never holds more than a burst"
    assert bucket.take(NOW) == 0.5, "a clock set back gives nothing"


@given(waits=st.lists(st.integers(0, 2_000), min_size=1, max_size=80))
def test_nobody_gets_more_than_rate_and_burst(waits: list[int]) -> None:
    bucket, at, taken = Bucket(rate=10, burst=5), NOW, 0
    for wait in waits:
        at += wait
        taken += bucket.take(at) == 0
    assert taken <= 5 + 10 * (at - NOW) / 1_000 + 1


# --- frames down ----------------------------------------------------------------------------------------------------


def test_answers() -> None:
    assert answer("one", (7, Outcome.LATE)) == Ack("one", Outcome.LATE, 7)
    assert answer("one", Refusal(Code.BUSY, 1.0)) == Refuse("one", Code.BUSY, 1.0)


def test_refusals_to_retry_are_those_of_the_design() -> None:
    assert {"busy", "rate_limited", "internal"} == RETRY


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Ack("one", Outcome.ACCEPTED, 7), '{"t":"ack","re":"one","outcome":"accepted","seq":7}'),
        (lambda: Refuse("one", Code.NOT_OPEN), '{"t":"refuse","re":"one","code":"not_open"}'),
        (
            lambda: Refuse("one", Code.BUSY, 1.0),
            '{"t":"refuse","re":"one","code":"busy","retry_after":1.0}',
        ),
        (lambda: Pong(1.5, NOW), f'{{"t":"pong","sent_at":1.5,"now":{NOW}}}'),
        (lambda: Bye(4503), '{"t":"bye","code":4503}'),
        (lambda: Welcome("e", 1, NOW, 15), f'{{"t":"welcome","epoch":"e","seq":1,"now":{NOW},"ping_every":15}}'),
        (
            lambda: Welcome("e", 1, NOW, 15, raw({"a": 1}), raw({"b": 2}), ("x",)),
            f'{{"t":"welcome","epoch":"e","seq":1,"now":{NOW},"ping_every":15,"state":{{"a":1}},"me":{{"b":2}},"acked":["x"]}}',
        ),
    ],
)
def test_how_frames_down_are_written(make: Callable[[], Any], text: str) -> None:
    assert encode(make()).decode() == text


def test_close_codes_say_come_back_or_stop() -> None:
    come_back = {Close.DRAINING, Close.TOO_SLOW, Close.NO_HELLO, Close.TICKET_EXPIRED, Close.CROWDED}
    stop = {Close.BAD_TICKET, Close.BAD_FRAME, Close.RUN_OVER, Close.REMOVED, Close.VERSION}
    assert all(4_000 <= code < 4_500 for code in come_back)
    assert all(4_500 <= code < 5_000 for code in stop)
    assert come_back | stop | {Close.TOO_BIG} == set(Close)
