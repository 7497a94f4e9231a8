"""What one connection may cost the others: a slot, a bucket, a seat's few connections; never a lesson."""

import asyncio
import socket
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from live_session.channel import MOST_OF_ONE_PUPIL
from live_session.commands import Next
from live_session.errors import Close
from live_session.model import Screen
from live_session.protocol import FRAME_BURST, FRAME_RATE, Conversation
from live_session.server import LiveServer, LiveSettings
from live_session.store.engine import open_async_engine
from live_session.ticket import Signer
from tests.live_session import live as live_module
from tests.live_session.build import EPOCH, every_kind, start
from tests.live_session.live import (
    KEY,
    ORIGIN,
    PATIENCE,
    SIGNER,
    Live,
    Tool,
    calling,
    joined,
    serving,
    ticket,
    wall_clock,
)

Q = "q-single"
LATER = wall_clock() + 3_600_000

pytestmark = pytest.mark.usefixtures("transports")


@pytest.fixture
def tool(sqlite_engine: Engine) -> Tool:
    """The lesson has begun; three sit."""
    tool = Tool(sqlite_engine)
    tool.ask(start(every_kind(), at=wall_clock()))
    tool.seat("p1", "p2", "p3")
    tool.ask(Next())
    return tool


# --- floods ---------------------------------------------------------------------------------------------------------


def test_a_flood_is_not_read_any_more_and_a_full_outbox_is() -> None:
    conversation = Conversation(SIGNER.open)
    pauses = [conversation.pause(1_000) for _ in range(int(FRAME_BURST) + 1)]
    assert set(pauses[:-1]) == {0.0}
    assert 0 < pauses[-1] <= 1 / FRAME_RATE
    assert conversation.pause(61_000) == 0


async def test_five_hundred_submits_a_second_from_one_phone(tool: Tool, sqlite_url: str) -> None:
    """Its first thirty are taken, then ten a second; the rest is refused, then not even read. Others notice nothing."""
    async with serving(sqlite_url) as live, joined(live, "p1") as flood, joined(live, "p2") as other:
        sending = asyncio.create_task(send_flood(flood, 1_500))
        for n in range(5):
            assert (await other.submit(Q, "ABCD"[n % 4]))["t"] == "ack"
        await flood.wait(lambda f: f.get("code") == "rate_limited")
        await other.heard()
        answered = sum(f["t"] in ("ack", "refuse") for f in flood.frames)
        assert answered < 1_000, "it is not read as fast as it comes"
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        flood.socket.transport.abort()


async def send_flood(phone: Any, number: int) -> None:
    for n in range(number):
        await phone.send("submit", id=f"f-{n}", activity=Q, round=1, value="A", composed_at=1)


async def test_a_pupil_has_a_few_connections_and_the_newest_gets_in(tool: Tool, sqlite_url: str) -> None:
    async with serving(sqlite_url) as live, AsyncExitStack() as stack:
        other = await stack.enter_async_context(joined(live, "p2"))
        mine = [await stack.enter_async_context(joined(live, "p1")) for _ in range(MOST_OF_ONE_PUPIL)]
        await mine[0].heard()
        newest = await stack.enter_async_context(joined(live, "p1"))
        assert await mine[1].closed() == Close.CROWDED, "heard longest ago"
        for phone in (mine[0], *mine[2:], newest, other):
            await phone.heard()


# --- who takes nothing, who says nothing ----------------------------------------------------------------------------


async def test_a_stalled_phone_costs_one_slot(tool: Tool, sqlite_url: str) -> None:
    """It reads nothing while the lesson goes on: what waits for it is bounded, and nobody else waits."""
    async with serving(sqlite_url) as live, joined(live, "p2") as other, joined(live, "t1", Screen.CONSOLE) as console:
        with socket.create_connection(("127.0.0.1", live.server.port)) as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
            await asyncio.to_thread(shake_hands, stalled, ticket("p1"))
            await until_connections(live, 3)
            for n in range(150):
                action = "close" if n % 2 == 0 else "reopen"
                await console.steer(action, id=f"press-{n}", activity=Q)
                await asyncio.sleep(0.1 if n > 25 and n % 10 == 0 else 0)
            (slow,) = [c for c in live.server.channels["run-1"].connections.values() if c.ticket.who == "p1"]
            assert slow.peer.backlog() < 64 * 1024
            await other.wait(lambda f: f["t"] == "state" and f["seq"] == tool.state.seq)


def shake_hands(wire: socket.socket, signed: str) -> None:
    """A handshake and a hello by hand; then it reads no more."""
    head = (
        f"GET /live HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: live.v1\r\n\r\n"
    )
    wire.sendall(head.encode())
    assert wire.recv(4_096).startswith(b"HTTP/1.1 101")
    text = msgspec.json.encode({"t": "hello", "ticket": signed, "device": "d"})
    wire.sendall(b"\x81\xfe" + len(text).to_bytes(2) + b"\0\0\0\0" + text)  # a mask of zeros changes nothing


async def until_connections(live: Live, number: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(live.server.channels["run-1"].connections) < number:  # noqa: ASYNC110 - a count, not an event
            await asyncio.sleep(0.01)


async def test_a_thousand_connections_that_never_say_hello(tool: Tool, sqlite_url: str) -> None:
    """Each is closed when its time is over; the lesson goes on beside them."""
    async with serving(sqlite_url, hello_timeout=4.0) as live, AsyncExitStack() as stack:
        phone = await stack.enter_async_context(joined(live, "p1"))
        silent = []
        for _ in range(20):
            opening = [stack.enter_async_context(calling(live.url)) for _ in range(50)]
            silent += await asyncio.gather(*opening)
        assert (await phone.submit(Q, "A"))["t"] == "ack"
        assert {await one.closed() for one in silent} == {Close.NO_HELLO}
        assert (await phone.submit(Q, "B"))["t"] == "ack"
        assert len(live.server._peers) == 1


async def test_a_process_that_is_full_says_so_and_serves_on(tool: Tool, sqlite_url: str) -> None:
    engine = open_async_engine(sqlite_url)
    settings = LiveSettings("127.0.0.1", 0, (ORIGIN,), (KEY,), most_connections=2, transport=live_module.TRANSPORT)
    live = await Live(engine, LiveServer(engine, settings)).start()
    try:
        async with joined(live, "p1") as one, joined(live, "p2"):
            with pytest.raises(InvalidStatus) as caught:
                async with connect(live.url, origin=ORIGIN, subprotocols=["live.v1"]):  # type: ignore[arg-type, list-item]
                    pass
            assert caught.value.response.status_code == 503
            assert (await one.submit(Q, "A"))["t"] == "ack"
    finally:
        await live.stop()


# --- tickets and clocks ---------------------------------------------------------------------------------------------


async def test_an_old_key_opens_as_long_as_it_is_accepted(tool: Tool, sqlite_url: str) -> None:
    """A secret is being changed: the newest signs, older ones are accepted until they are taken out."""
    engine = open_async_engine(sqlite_url)
    settings = LiveSettings("127.0.0.1", 0, (ORIGIN,), (KEY, "the newest key"))
    live = await Live(engine, LiveServer(engine, settings)).start()
    try:
        async with joined(live, "p1"):
            pass
        async with calling(live.url) as phone:
            await phone.send("hello", ticket=resigned("a key that was taken out"))
            assert await phone.closed() == Close.BAD_TICKET
        async with calling(live.url) as phone:
            await phone.hello(resigned("the newest key"))
    finally:
        await live.stop()


def resigned(key: str) -> str:
    """p1's ticket, signed with this key alone."""
    return Signer([key]).sign(SIGNER.open(ticket("p1"), wall_clock()))


@pytest.mark.parametrize("seq", [10_000, 2**62, 10**40])
async def test_a_seq_from_the_future_gets_the_present(tool: Tool, sqlite_url: str, seq: int) -> None:
    async with serving(sqlite_url) as live, joined(live, "p2") as other, calling(live.url) as phone:
        welcome = await phone.hello(ticket("p1"), epoch=EPOCH, seq=seq)
        assert welcome["seq"] == tool.state.seq
        assert welcome["state"]["activity"]["id"] == Q
        assert (await phone.submit(Q, "A"))["t"] == "ack"
        await other.heard()


async def test_a_ticket_opens_its_own_lesson_only(tool: Tool, sqlite_url: str) -> None:
    async with serving(sqlite_url) as live, calling(live.url) as phone:
        await phone.send("hello", ticket=ticket("p1", run="another lesson"))
        assert await phone.closed() == Close.BAD_TICKET
