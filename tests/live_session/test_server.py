"""The live server over real sockets."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus

from live_session import channel as channel_module
from live_session import follower as follower_module
from live_session import server as server_module
from live_session.channel import Channel, Connection
from live_session.commands import End, Next, Release, Resume
from live_session.errors import Close
from live_session.events import ActivityClosed, Answered, PresenceSeen, RunEnded
from live_session.model import Role, Screen, Standing
from live_session.presence import NOTE_EVERY_MS
from live_session.protocol import BURST, MAX_FRAME, READ_LIMIT, Hello
from live_session.reducer import NEVER
from live_session.server import LiveServer, LiveSettings, wall_clock
from live_session.store.engine import open_engine
from live_session.store.log import Appended
from live_session.ticket import Ticket
from tests.live_session.build import EPOCH, RUN, FakePeer, activity, every_kind, start, started
from tests.live_session.conftest import make_tables
from tests.live_session.live import ORIGIN, PATIENCE, Live, Phone, Tool, calling, joined, serving, ticket

Q = "q-single"

pytestmark = pytest.mark.usefixtures("transports")


@pytest.fixture
def tool(sqlite_engine: Engine) -> Tool:
    """The lesson has begun; p1, p2 and p3 sit."""
    return begun(sqlite_engine)


def begun(engine: Engine) -> Tool:
    tool = Tool(engine)
    tool.ask(start(every_kind(), at=wall_clock()))
    tool.seat("p1", "p2", "p3")
    return tool


@pytest.fixture
async def live(tool: Tool, sqlite_url: str) -> AsyncIterator[Live]:
    async with serving(sqlite_url) as running:
        yield running


# --- the whole way --------------------------------------------------------------------------------------------------


async def test_hello_welcome_open_submit_ack_state(engine: Engine, database_url: str) -> None:
    """On SQLite and on PostgreSQL."""
    tool = begun(engine)
    async with (
        serving(database_url) as live,
        joined(live, "t1", Screen.CONSOLE) as console,
        joined(live, "p1") as phone,
    ):
        welcome = await phone.frame("welcome")
        assert welcome["epoch"] == EPOCH
        assert welcome["state"]["phase"] == "lobby"
        assert abs(welcome["now"] - wall_clock()) < 60_000
        assert (await console.steer("next"))["t"] == "ack"
        shown = await phone.state(lambda s: "activity" in s)
        assert shown["activity"]["id"] == Q
        ack = await phone.submit(Q, "B", id="mine")
        assert (ack["re"], ack["outcome"]) == ("mine", "accepted")
        assert tool.log[ack["seq"] - 1].command_id == "mine"
        assert (await phone.submit(Q, "C"))["outcome"] == "replaced"
        assert (await phone.submit(Q, "B", id="mine")) == ack
        gauge = await console.wait(lambda f: f["t"] == "gauge" and f["gauge"].get("who") == ["p1"])
        assert gauge["gauge"]["answered"]["room"] == 1
        await console.steer("close", activity=Q)
        locked = await phone.state(lambda s: "activity" in s and not s["activity"]["is_open"])
        assert locked["activity"]["answered"] == 1


async def test_ping_is_answered_with_the_servers_time(live: Live) -> None:
    async with joined(live, "p1") as phone:
        await phone.send("ping", sent_at=12.5)
        assert (await phone.frame("pong"))["sent_at"] == 12.5


async def test_a_phone_that_comes_back_has_its_own_answer(live: Live, tool: Tool) -> None:
    tool.ask(Next())
    async with joined(live, "p1") as phone:
        await phone.state(lambda s: "activity" in s)
        await phone.submit(Q, "B", id="mine")
    async with joined(live, "p1") as phone:
        welcome = await phone.frame("welcome")
        assert welcome["acked"] == ["mine"]
        assert welcome["me"]["response"]["value"] == "B"
    async with joined(live, "p1", epoch=EPOCH, seq=welcome["seq"]) as phone:
        assert "state" not in await phone.frame("welcome")


async def test_the_pupils_second_device_follows(live: Live, tool: Tool) -> None:
    tool.ask(Next())
    async with joined(live, "p1") as one, joined(live, "p1") as two, joined(live, "p2") as other:
        await one.submit(Q, "B", id="mine")
        frame = await two.frame("state")
        assert frame["me"]["response"]["value"] == "B"
        await other.heard()
        assert [f["t"] for f in other.frames] == ["welcome", "pong"], "an answer is no news to others"
        assert [f["t"] for f in one.frames if f["t"] != "state"] == ["welcome", "ack"]


@pytest.mark.usefixtures("quick")
async def test_what_the_web_pages_write_reaches_the_phones(live: Live, tool: Tool) -> None:
    """Another process, and a lost wake-up: the server looks by itself."""
    async with joined(live, "p1") as phone:
        await tool.asks(Next())
        assert (await phone.state(lambda s: "activity" in s))["activity"]["id"] == Q


async def test_a_removed_pupil_is_shown_the_door_and_may_come_back_at_once(live: Live, tool: Tool) -> None:
    async with joined(live, "p1") as phone, joined(live, "t1", Screen.CONSOLE) as console:
        await console.steer("release", participant="p1")
        assert await phone.closed() == Close.REMOVED
        async with calling(live.url) as again:
            await again.send("hello", ticket=ticket("p1"))
            assert await again.closed() == Close.REMOVED
        await tool.seats("p1", standing=Standing.PICKED)  # by the web page, which the live server has not heard of yet
        async with joined(live, "p1") as again:
            assert (await again.frame("welcome"))["me"]["standing"] == "picked"


async def test_a_seat_given_a_moment_ago_is_known(live: Live, tool: Tool) -> None:
    for n in range(5):
        await tool.seats(f"new-{n}")
        async with joined(live, f"new-{n}") as phone:
            assert (await phone.frame("welcome"))["me"]["mode"] == "room"


async def test_a_lesson_begun_a_moment_ago_is_known(live: Live, sqlite_engine: Engine) -> None:
    make_tables(sqlite_engine, "run-2")
    second = Tool(sqlite_engine, "run-2")
    second.ask(start(every_kind(), at=wall_clock()))
    second.seat("p1")
    async with calling(live.url) as phone:
        welcome = await phone.hello(ticket("p1", run="run-2"))
        assert welcome["state"]["phase"] == "lobby"


async def test_two_lessons_at_once_do_not_hear_each_other(live: Live, tool: Tool, sqlite_engine: Engine) -> None:
    make_tables(sqlite_engine, "run-2")
    second = Tool(sqlite_engine, "run-2")
    second.ask(start(every_kind(), at=wall_clock()))
    second.seat("p1")
    tool.ask(Next())
    async with calling(live.url) as there, joined(live, "p1") as here, calling(live.url) as teacher:
        await there.hello(ticket("p1", run="run-2"))
        await teacher.hello(ticket("t2", Screen.CONSOLE, run="run-2"))
        assert (await here.submit(Q, "A"))["t"] == "ack"
        assert (await there.submit(Q, "A"))["code"] == "not_open", "nothing is open there"
        assert (await teacher.steer("close", activity=Q))["code"] == "not_open"
        assert (await teacher.steer("release", participant="p1"))["t"] == "ack"
        assert await there.closed() == Close.REMOVED
        await here.heard()
        assert [f["t"] for f in here.frames] == ["welcome", "ack", "pong"]


async def test_two_servers_serve_one_lesson(tool: Tool, sqlite_url: str) -> None:
    """A phone that changes from one to the other never sees its lesson go back."""
    async with (
        serving(sqlite_url) as one,
        serving(sqlite_url) as two,
        joined(one, "p1") as first,
        joined(two, "t1", Screen.CONSOLE) as console,
    ):
        for after in (None, Q):
            await console.steer("next", after=after)
        await first.state(lambda s: s.get("activity", {}).get("id") == "q-multiple")
        ack = await first.submit("q-multiple", ["A"], id="mine")
        async with joined(two, "p1", epoch=EPOCH, seq=ack["seq"]) as moved:
            welcome = await moved.frame("welcome")
            assert welcome["seq"] >= ack["seq"]
            assert welcome["acked"] == ["mine"]
            assert welcome["me"]["response"]["value"] == ["A"]


# --- bad input ------------------------------------------------------------------------------------------------------


async def closed_after(live: Live, *texts: str | bytes) -> int | None:
    async with calling(live.url) as phone:
        for text in texts:
            await phone.send_raw(text)
        return await phone.closed()


async def test_no_hello_in_time(tool: Tool, sqlite_url: str) -> None:
    async with serving(sqlite_url, hello_timeout=0.01) as live, calling(live.url) as phone:
        assert await phone.closed() == Close.NO_HELLO


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expires": 1}, Close.TICKET_EXPIRED),
        ({"run": "no such run"}, Close.BAD_TICKET),
        ({"who": "nobody"}, Close.REMOVED),
        ({"claim": "another browser"}, Close.REMOVED),
    ],
)
async def test_tickets_that_open_nothing(live: Live, changes: dict[str, Any], code: Close) -> None:
    async with calling(live.url) as phone:
        await phone.send("hello", ticket=ticket(**{"who": "p1", **changes}))
        assert await phone.closed() == code
        assert phone.frames == []


async def test_a_forged_ticket(live: Live) -> None:
    for forged in ("", "x", ticket("p1")[:-2] + "zz"):
        async with calling(live.url) as phone:
            await phone.send("hello", ticket=forged)
            assert await phone.closed() == Close.BAD_TICKET


@pytest.mark.parametrize("spoken", [["live.v2"], ["chat", "live.v0"], None])
async def test_a_version_that_is_not_spoken(live: Live, spoken: list[str] | None) -> None:
    """The handshake succeeds, so that a browser can read the code and say that the page is too old."""
    async with calling(live.url, subprotocols=spoken) as phone:
        assert phone.socket.subprotocol == (spoken[0] if spoken else None)
        assert await phone.closed() == Close.VERSION


async def test_ours_is_taken_among_others(live: Live) -> None:
    async with calling(live.url, subprotocols=["live.v2", "live.v1"]) as phone:
        await phone.hello(ticket("p1"))


@pytest.mark.parametrize(
    "origin", [None, "https://evil.example", "null", ORIGIN + ".evil.example", "http://tool.example"]
)
async def test_a_page_of_somebody_else(live: Live, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with connect(live.url, origin=origin, subprotocols=["live.v1"]):  # type: ignore[arg-type, list-item]
            pass
    assert caught.value.response.status_code == 403


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/", 404), ("/live/../x", 404), ("/healthz?x", 200)])
async def test_other_paths(live: Live, path: str, status: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", live.server.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


async def test_a_worker_says_which_it_is_and_how_late_it_gets_round_to_things(live: Live) -> None:
    async def health() -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", live.server.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
        return answer.splitlines()[-1]

    assert (await health()).startswith(f"ok worker={os.getpid()} lag_ms=")
    time.sleep(0.4)  # noqa: ASYNC251 - the loop is stuck, and everybody with it
    lags = []
    for _ in range(30):
        lags.append(int((await health()).rpartition("=")[2]))
        await asyncio.sleep(0.05)
    assert max(lags) >= 250


async def test_lessons_with_nobody_here_are_not_read_at_every_word_of_others(
    live: Live, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their phones are with another worker, and so is the cost."""
    looked: list[set[str]] = []
    monkeypatch.setattr(live.server._follower, "wake", lambda runs: looked.append(set(runs)))
    here, elsewhere = (Channel(run, EPOCH, tool.state, wall_clock()) for run in ("here", "elsewhere"))
    here.connections[1] = Connection(1, FakePeer(), Ticket("here", Role.TEACHER, Screen.CONSOLE, "t1", "", 0), 0)
    live.server.channels |= {"here": here, "elsewhere": elsewhere}
    for named in ({"here", "elsewhere"}, {"elsewhere"}, {"new"}, set()):
        live.server._woken(named)
    del live.server.channels["here"], live.server.channels["elsewhere"]
    assert looked == [{"here"}, {"new"}, set()], "a new lesson is, and all are when none is named"


@pytest.mark.parametrize("written_here", [True, False])
async def test_all_classes_are_told_before_any_desk(live: Live, written_here: bool) -> None:
    """When 25 teachers press at one moment, no class waits for another one's console."""
    book = started(every_kind()).seat("p1")
    said: list[str] = []
    for run in ("one", "two"):
        channel = live.server.channels[run] = Channel(run, EPOCH, book.state, wall_clock())
        for n, (role, screen) in enumerate(((Role.TEACHER, Screen.CONSOLE), (Role.PUPIL, Screen.PHONE))):
            who, claim = ("p1", "browser-of-p1") if role is Role.PUPIL else ("t1", "")
            peer = Telling(said, f"{screen} {run}")
            channel.join(
                Connection(n, peer, Ticket(run, role, screen, who, claim, 0), 0), Hello("ticket"), wall_clock()
            )
    said.clear()
    states = dict.fromkeys(("one", "two"), book.do(Next()).state)
    if written_here:
        live.server._committed(Appended(states, []), [])
    else:
        live.server._caught_up(states, {}, [])
    del live.server.channels["one"], live.server.channels["two"]
    assert said == ["phone one", "phone two", "console one", "console two"]


async def test_a_lesson_that_cannot_be_shown_is_no_reason_to_tell_the_others_nothing(
    live: Live, tool: Tool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A kind of activity has a fault in what it shows: who answered is told so, and the process goes on."""
    async with joined(live, "p1") as phone, joined(live, "t1", Screen.CONSOLE) as console:

        def fail(*_: object) -> None:
            raise ZeroDivisionError

        for step in ("view", "gauge"):
            monkeypatch.setattr(channel_module, step, fail)
        assert (await console.steer("next"))["t"] == "ack"
        assert (await phone.submit(Q, "B"))["t"] == "ack"
        monkeypatch.undo()
        await console.steer("close", activity=Q)
        assert (await phone.state(lambda s: "activity" in s))["activity"]["answered"] == 1
    assert {record.message for record in caplog.records if record.levelname == "ERROR"} == {"lesson_not_told"}


class Telling(FakePeer):
    """Notes in a list that all share whenever something is sent."""

    def __init__(self, said: list[str], name: str) -> None:
        super().__init__()
        self._said, self._name = said, name

    def send(self, frame: bytes) -> None:
        self._said.append(self._name)


async def test_what_is_no_websocket(live: Live) -> None:
    with pytest.raises(InvalidHandshake):
        async with connect(live.url.replace("/live", "/elsewhere"), origin=ORIGIN):  # type: ignore[arg-type]
            pass


NOISE: list[str | bytes] = [
    "noise",
    "",
    "[]",
    "null",
    "[" * 10_000,
    "[" * 7_000 + "]" * 7_000,
    '{"t":"shout"}',
    '{"t":"hello","ticket":"again"}',
    b"\xff\xfe\x00",
    b"",
]


@pytest.mark.parametrize("text", NOISE, ids=lambda t: repr(t)[:20])
async def test_noise_closes(live: Live, text: str | bytes) -> None:
    """Before hello and after it; and never with a traceback."""
    if text != NOISE[-3]:
        assert await closed_after(live, text) == Close.BAD_FRAME
    async with joined(live, "p1") as phone, joined(live, "p2") as other:
        await phone.send_raw(text)
        assert await phone.closed() == Close.BAD_FRAME
        await other.heard()


async def test_invalid_utf8_in_a_text_frame(live: Live) -> None:
    async with joined(live, "p1") as phone:
        await phone.socket.send(b'{"t":"ping","sent_at":"\xff"}', text=True)
        assert await phone.closed() == Close.BAD_FRAME


async def test_frames_that_are_broken_or_too_large_are_refused_by_id(live: Live) -> None:
    """And the connection stays: nothing is worse than a phone that comes back for ever with the same item."""
    async with joined(live, "p1") as phone:
        for id_, text in {
            "a": '{"t":"shout","id":"a"}',
            "b": '{"t":"submit","id":"b"}',
            "c": '{"t":"steer","id":"c","action":"explode"}',
            "d": '{"t":"steer","id":"d","action":"next","junk":' + "1" * 5_000 + "}",
        }.items():
            await phone.send_raw(text)
            assert (await phone.outcome(id_))["code"] == "invalid_value"
        for size in (MAX_FRAME + 1, 17_000, READ_LIMIT - 100):
            refusal = await phone.submit("q-open", "x" * size)
            assert refusal["code"] == "too_large"
            assert "retry_after" not in refusal
        assert (await phone.submit("q-open", "x"))["code"] == "not_open"


@pytest.mark.parametrize("size", [70_000, 1_000_000])
async def test_a_frame_beyond_what_is_read_closes_by_1009(live: Live, size: int) -> None:
    async with joined(live, "p1") as phone, joined(live, "p2") as other:
        await phone.send("submit", id="big", value="x" * size)
        assert await phone.closed() == Close.TOO_BIG
        await other.heard()
    async with calling(live.url) as phone:
        await phone.send("hello", ticket="x" * size)
        assert await phone.closed() == Close.TOO_BIG


@pytest.mark.parametrize(
    ("activity", "value", "members", "code"),
    [
        (Q, 7, {}, "invalid_value"),
        (Q, ["A"], {}, "invalid_value"),
        (Q, None, {}, "invalid_value"),
        (Q, "<script>alert(1)</script>", {}, "invalid_value"),
        (Q, "A", {"round": 2}, "not_open"),
        (Q, "A", {"round": -(10**30)}, "not_open"),
        ("q-open", "x", {}, "not_open"),
        ("nothing", "A", {}, "unknown_activity"),
        ("", "A", {}, "unknown_activity"),
    ],
)
async def test_answers_that_are_none(
    live: Live, tool: Tool, activity: str, value: object, members: dict[str, Any], code: str
) -> None:
    tool.ask(Next())
    length = len(tool.log)
    async with joined(live, "p1") as phone:
        refusal = await phone.submit(activity, value, **members)
        assert (refusal["t"], refusal["code"]) == ("refuse", code)
    assert len(tool.log) == length


async def test_numbers_of_any_size_are_only_numbers(live: Live, tool: Tool) -> None:
    tool.ask(Next())
    async with joined(live, "p1") as phone:
        for n, moment in enumerate((1e308, -1e308, 0, 1e19, -1)):
            ack = await phone.submit(Q, "A", id=f"n-{n}", composed_at=moment, shown_at=moment)
            assert ack["t"] == "ack"
            event = tool.log[ack["seq"] - 1].event
            assert isinstance(event, Answered)
            assert abs(event.composed_at - wall_clock()) < 60_000
            assert abs((event.shown_at or 0) - wall_clock()) < 60_000
        await phone.send_raw('{"t":"submit","id":"inf","activity":"q","round":1,"value":1,"composed_at":1e999}')
        assert (await phone.outcome("inf"))["code"] == "invalid_value"


STEERS: list[tuple[str, dict[str, Any]]] = [
    ("next", {}),
    ("open", {"activity": Q}),
    ("close", {"activity": Q}),
    ("reveal", {"activity": Q, "what": "key"}),
    ("extend", {"activity": Q}),
    ("reask", {"activity": Q}),
    ("ask", {"quick": "quick-single"}),
    ("set_key", {"activity": Q, "key": "A"}),
    ("hide_word", {"activity": Q, "word": "vui"}),
    ("admit", {"admitting": False}),
    ("confirm", {}),
    ("release", {"participant": "p2"}),
    ("end", {}),
    ("resume", {}),
]


@pytest.mark.parametrize("role", ["pupil", "observer"])
async def test_teachers_frames_from_somebody_else(live: Live, tool: Tool, role: str) -> None:
    length = len(tool.log)
    async with calling(live.url) as phone:
        await phone.hello(ticket("p1") if role == "pupil" else ticket("o1", Screen.CONSOLE, role="observer"))
        for action, arguments in STEERS:
            refusal = await phone.steer(action, **arguments)
            assert (refusal["t"], refusal["code"]) == ("refuse", "forbidden"), action
    assert len(tool.log) == length


async def test_a_teacher_does_not_answer(live: Live, tool: Tool) -> None:
    tool.ask(Next())
    async with joined(live, "t1", Screen.CONSOLE) as console:
        assert (await console.submit(Q, "A"))["code"] == "forbidden"


async def test_a_flood_is_refused_and_others_are_unaffected(live: Live, tool: Tool) -> None:
    tool.ask(Next())
    many = int(BURST) * 3
    async with joined(live, "p1") as flood, joined(live, "p2") as other:
        for n in range(many):
            await flood.send("submit", id=f"f-{n}", activity=Q, round=1, value="A", composed_at=1)
        assert (await other.submit(Q, "B"))["t"] == "ack"
        outcomes = [await flood.outcome(f"f-{n}") for n in range(many)]
    limited = [o for o in outcomes if o["t"] == "refuse"]
    assert {o["code"] for o in limited} == {"rate_limited"}
    assert len(limited) >= many - BURST - 20
    assert all(0 < o["retry_after"] < 1 for o in limited)
    assert [o["t"] for o in outcomes[: int(BURST)]] == ["ack"] * int(BURST)


async def test_an_unforeseen_error_leaves_no_traceback_with_a_class(
    live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever a script sends, the server's log stays without alarm."""
    with caplog.at_level(logging.WARNING):
        async with AsyncExitStack() as stack:
            phones = [await stack.enter_async_context(calling(live.url)) for _ in NOISE]
            for phone, text in zip(phones, NOISE, strict=True):
                await phone.send_raw(text)
            for phone in phones:
                await phone.closed()
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]


# --- time -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that looks at the log and at its clock more often, so that tests wait less."""
    monkeypatch.setattr(follower_module, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(server_module, "TICK_EVERY", 0.01)


@pytest.mark.usefixtures("quick")
async def test_the_clock_closes_a_question_and_ends_the_lesson(sqlite_engine: Engine, sqlite_url: str) -> None:
    tool = Tool(sqlite_engine)
    tool.ask(start(every_kind(seconds=5), at=wall_clock()))
    tool.seat("p1")
    tool.ask(Next())
    ahead = 0
    async with (
        serving(sqlite_url, now=lambda: wall_clock() + ahead) as live,
        joined(live, "p1") as phone,
        joined(live, "t1", Screen.CONSOLE) as console,
    ):
        await phone.state(lambda s: s["activity"]["is_open"])
        ahead = 8_000
        await console.state(lambda s: not s["current"]["is_open"])
        ahead = 3_600_000  # whoever was silent for so long is gone
        async with joined(live, "t1", Screen.CONSOLE) as other:
            await other.state(lambda s: s["phase"] == "ended")
    by_clock = [e.event for e in tool.log if e.command_id.startswith(("close-", "end-"))]
    assert [type(event) for event in by_clock] == [ActivityClosed, RunEnded]


def notes(tool: Tool) -> list[set[str]]:
    """Whom each note in the log names."""
    return [set(e.event.seen) for e in tool.log if isinstance(e.event, PresenceSeen)]


@pytest.mark.usefixtures("quick")
async def test_signs_of_life_go_to_the_log_once_a_minute(tool: Tool, sqlite_url: str) -> None:
    ahead = 0
    async with serving(sqlite_url, now=lambda: wall_clock() + ahead) as live, joined(live, "p1"):
        assert live.server.channels[RUN].presence.connected() == {"p1"}
        await rounds(live, 3)
        assert notes(tool) == [], "not more often"
        ahead = NOTE_EVERY_MS
        await rounds(live, 2)
        assert notes(tool) == [{"p1"}]
        async with joined(live, "p2"):
            pass
    assert notes(tool) == [{"p1"}, {"p2"}], "and what is left when the server stops"


@pytest.mark.usefixtures("quick")
async def test_the_last_minute_is_noted_after_the_end_and_once(tool: Tool, sqlite_url: str) -> None:
    async with serving(sqlite_url) as live, joined(live, "p1") as phone:
        await tool.asks(End())
        await phone.state(lambda s: s["phase"] == "ended")
        await rounds(live, 3)
        assert notes(tool) == [{"p1"}]
        await phone.heard()
        await rounds(live, 3)
        assert notes(tool) == [{"p1"}], "what comes after the end is nobody's presence"


async def rounds(live: Live, number: int) -> None:
    """Let the server go its round (notes, finished lessons) so many times."""
    done, original = asyncio.Event(), live.server._drop_finished
    left = [number]

    def drop_finished(at: int) -> None:
        original(at)
        left[0] -= 1
        if left[0] <= 0:
            done.set()

    live.server._drop_finished = drop_finished  # type: ignore[method-assign]
    async with asyncio.timeout(PATIENCE):
        await done.wait()
    live.server._drop_finished = original  # type: ignore[method-assign]


@pytest.mark.usefixtures("quick")
async def test_an_outbox_may_empty_itself_long_after_the_end(tool: Tool, sqlite_url: str) -> None:
    """The bell rang while the phone was in a pocket: an hour later it has its minute to hand over what it holds."""
    tool.ask(Next())
    tool.ask(End())
    ahead = 3_600_000
    async with serving(sqlite_url, now=lambda: wall_clock() + ahead) as live, joined(live, "p1") as phone:
        assert (await phone.frame("welcome"))["state"]["phase"] == "ended"
        await rounds(live, 2)
        assert (await phone.submit(Q, "A"))["outcome"] == "accepted"
        ahead += 60_001
        assert await phone.closed() in {Close.RUN_OVER, Close.TOO_SLOW}
        await rounds(live, 2)
        assert RUN not in live.server.channels, "and then it is forgotten"


@pytest.mark.usefixtures("quick")
async def test_a_practice_that_nobody_works_on_is_read_again_when_somebody_comes(
    sqlite_engine: Engine, sqlite_url: str
) -> None:
    """It is open for weeks: a year's hundreds would be read, and dropped, and read again every minute."""
    tool = Tool(sqlite_engine)
    tool.ask(start([activity("single")], at=wall_clock(), planned_end=NEVER, is_self_paced=True))
    tool.seat("p1")
    ahead = 0
    async with serving(sqlite_url, now=lambda: wall_clock() + ahead) as live:
        while RUN not in live.server.channels:
            await rounds(live, 1)
        ahead += 60_001
        await rounds(live, 2)
        looks = live.server._follower._catch_up
        seen: list[bool] = []

        async def looked(runs: set[str], is_full: bool) -> None:
            await looks(runs, is_full)
            seen.append(is_full)

        live.server._follower._catch_up = looked  # type: ignore[method-assign]
        while sum(seen) < 2:
            await rounds(live, 1)
        assert RUN not in live.server.channels
        async with joined(live, "p1") as phone:
            assert (await phone.frame("welcome"))["state"]["phase"] == "running"
            assert RUN in live.server.channels


async def test_what_was_composed_in_time_is_in_time_and_a_forged_time_is_not(tool: Tool, sqlite_url: str) -> None:
    """p1 answered without a network and comes back; p2 was there all the time and says that it is 1970."""
    tool.ask(Next())
    ahead = 0
    async with serving(sqlite_url, now=lambda: wall_clock() + ahead) as live, joined(live, "p2") as there:
        async with joined(live, "p1") as phone:
            await phone.state(lambda s: "activity" in s)
        composed_at = wall_clock() + 1_000
        ahead = 2_000
        async with joined(live, "t1", Screen.CONSOLE) as console:
            await console.steer("close", activity=Q)
        ahead = 10_000
        async with joined(live, "p1") as phone:
            assert (await phone.submit(Q, "B", composed_at=composed_at))["outcome"] == "accepted"
        for forged in (0, composed_at):
            assert (await there.submit(Q, "B", composed_at=forged))["outcome"] == "late"


# --- stop, kill, restart --------------------------------------------------------------------------------------------


async def test_a_server_that_stops_asks_everybody_to_come_back(tool: Tool, sqlite_url: str) -> None:
    tool.ask(Next())
    async with serving(sqlite_url) as live, joined(live, "p1") as phone, calling(live.url) as silent:
        await phone.submit(Q, "A")
        live.until.set()
        assert (await phone.closed(), await silent.closed()) == (Close.DRAINING, Close.DRAINING)


async def test_answers_that_wait_when_it_stops_are_written(tool: Tool, sqlite_url: str) -> None:
    """Some were told, some not; what was acknowledged is there, and what was taken in is too."""
    who = [f"w{n}" for n in range(20)]
    tool.seat(*who)
    tool.ask(Next())
    async with serving(sqlite_url) as live, AsyncExitStack() as stack:
        phones = {w: await stack.enter_async_context(joined(live, w)) for w in who}
        for w, phone in phones.items():
            await phone.send("submit", id=f"answer-{w}", activity=Q, round=1, value="A", composed_at=1)
        live.until.set()
        assert {await phone.closed() for phone in phones.values()} == {Close.DRAINING}
        acked = {w for w, phone in phones.items() if any(f["t"] == "ack" for f in phone.frames)}
    assert acked <= set(tool.state.responses.get((Q, 1), {}))


@pytest.mark.parametrize("worker", ["committer", "_follower"])
async def test_a_worker_that_dies_takes_the_process_with_it(
    tool: Tool, sqlite_url: str, sqlite_engine: Engine, worker: str
) -> None:
    """A server that listens but cannot read or write helps nobody: whoever watches it starts another. And it does end,
    though a phone waits for the worker's word."""

    def explode(*_: object) -> None:
        raise ZeroDivisionError

    make_tables(sqlite_engine, "run-2")
    tool.ask(Next())
    async with AsyncExitStack() as stack:
        live = await stack.enter_async_context(serving(sqlite_url))
        phone = await stack.enter_async_context(joined(live, "p1"))
        other = await stack.enter_async_context(calling(live.url))
        if worker == "committer":
            live.server.committer._committed = explode
            await phone.send("submit", id="x", activity=Q, round=1, value="A", composed_at=1)
        else:
            live.server._follower._caught_up = explode
            await other.send("hello", ticket=ticket("p1", run="run-2"))
        assert await phone.closed() == Close.DRAINING
        assert await other.closed() == Close.DRAINING
        with pytest.raises(ZeroDivisionError):
            await live.stop()


class Child:
    """A live server in a process of its own, which can be killed."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.url = f"ws://127.0.0.1:{port}/live"

    @classmethod
    async def start(cls, database_url: str) -> "Child":
        script = Path(__file__).with_name("serve.py")
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), database_url, stdout=asyncio.subprocess.PIPE, env=environment
        )
        assert process.stdout
        async with asyncio.timeout(30):
            return cls(process, int(await process.stdout.readline()))

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        await self.process.communicate()


async def test_killed_in_the_middle_of_answers(engine: Engine, database_url: str) -> None:
    """SIGKILL while a class answers. Nothing that was acknowledged is missing, what was not is sent again and counts
    once, and each phone is back in the question with its own answer."""
    tool = begun(engine)
    who = [f"w{n:02}" for n in range(24)]
    tool.seat(*who)
    tool.ask(Next())
    child = await Child.start(database_url)
    async with AsyncExitStack() as stack:
        phones: dict[str, Phone] = {}
        for w in who:
            phones[w] = await stack.enter_async_context(calling(child.url))
            await phones[w].hello(ticket(w))
        for n, (w, phone) in enumerate(phones.items()):
            await phone.send("submit", id=f"answer-{w}", activity=Q, round=1, value="ABCD"[n % 4], composed_at=1)
            if n == len(who) // 2:
                await phones[who[0]].outcome(f"answer-{who[0]}")
        await child.kill()
        assert {await phone.closed() for phone in phones.values()} == {1006}
    acked = {w for w, phone in phones.items() if any(f["t"] == "ack" for f in phone.frames)}
    assert acked
    assert acked <= set(tool.state.responses[Q, 1]), "acknowledged is in the log for ever"
    child = await Child.start(database_url)
    for n, w in enumerate(who):
        async with calling(child.url) as phone:
            welcome = await phone.hello(ticket(w))
            if w in acked:
                assert welcome["acked"] == [f"answer-{w}"]
                assert welcome["me"]["response"]["value"] == "ABCD"[n % 4]
            ack = await phone.submit(Q, "ABCD"[n % 4], id=f"answer-{w}")
            assert ack["outcome"] == "accepted"
    await child.kill()
    answered = [e.who for e in tool.log if isinstance(e.event, Answered)]
    assert sorted(answered) == who, "each once"


async def test_a_new_server_goes_on_where_the_lesson_stood(tool: Tool, sqlite_url: str) -> None:
    async with serving(sqlite_url) as live, joined(live, "t1", Screen.CONSOLE) as console:
        await console.steer("next")
        await console.steer("close", activity=Q)
    async with serving(sqlite_url) as live, joined(live, "t1", Screen.CONSOLE) as console, joined(live, "p1") as phone:
        assert not (await phone.state())["activity"]["is_open"]
        assert (await console.steer("reveal", activity=Q, what="key"))["t"] == "ack"
        assert (await phone.state(lambda s: "key" in s["activity"]))["activity"]["key"]["options"] == ["C"]


async def test_a_port_that_is_taken_is_said_at_once(live: Live, sqlite_url: str) -> None:
    settings = LiveSettings("127.0.0.1", live.server.port, (ORIGIN,), ("key",))
    second = LiveServer(live.engine, settings)
    with pytest.raises(OSError, match="in use"):
        await second.run(asyncio.Event())


async def test_a_database_that_is_away_says_come_back(tool: Tool, sqlite_url: str, sqlite_engine: Engine) -> None:
    async with serving(sqlite_url) as live:
        with sqlite_engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE event RENAME TO event_gone")
        async with calling(live.url) as phone:
            await phone.send("hello", ticket=ticket("p1", run="run-9"))
            assert await phone.closed() in {Close.DRAINING, Close.BAD_TICKET}
        with sqlite_engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE event_gone RENAME TO event")
        async with joined(live, "p1") as phone:
            assert phone.frames


@pytest.fixture
def other_engine(sqlite_url: str) -> Iterator[Engine]:
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


@pytest.mark.usefixtures("quick")
async def test_several_writers_beside_the_server(tool: Tool, sqlite_url: str, other_engine: Engine) -> None:
    """It follows them all."""
    async with serving(sqlite_url) as live, joined(live, "p1") as phone:
        Tool(other_engine).ask(Release("p2"))
        await tool.asks(End())
        await phone.state(lambda s: s["phase"] == "ended")
        Tool(other_engine).ask(Resume())
        await tool.asks(Next())
        await phone.state(lambda s: s["phase"] == "running")
