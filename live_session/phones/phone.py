"""One simulated phone: the pupil's page without the page.

It connects, says hello, shows what the server says, answers as its `Answerer` would, and loses nothing: the rules of
the outbox, of coming back and of the clock are those of docs/explain/log.md.
"""

import asyncio
import contextlib
import logging
import statistics
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from random import Random
from typing import Any, TypeAlias

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Origin, Subprotocol

from live_session.errors import KEEP, RETRY, Close, Code
from live_session.model import Millis
from live_session.phones.account import Account
from live_session.phones.answerer import Answerer, Tap
from live_session.phones.link import Link
from live_session.phones.outbox import Device, Item, uuid7
from live_session.protocol import MAX_FRAME, PING_EVERY, SUBPROTOCOL

Frame: TypeAlias = Mapping[str, Any]
TicketProvider: TypeAlias = Callable[[], Awaitable[str]]
"""Gives a ticket's text. Raises `OSError` when trying again may help; anything else ends the phone."""

QUICK_TRIES = 3
MOST_PAUSE = 20.0
"""Seconds: the longest pause between two tries to connect."""
PROBES = 5
"""Pings one second apart after a welcome; the clock offset is the median of the newest probes."""
KEPT_PROBES = 9
SILENCE = 10.0
"""Seconds a server may say nothing beyond a ping's time before the connection counts as dead."""

_log = logging.getLogger(__name__)


class Site(msgspec.Struct, frozen=True):
    """Where phones go: `url` as `ws://host:port/live`, `origin` as the page's. `patience`: seconds an answer
    waits for its reply before it is sent again; a hello waits twice as long before the phone connects anew."""

    url: str
    origin: str
    patience: float = 5.0


def wall_clock() -> Millis:
    """A phone whose clock is right."""
    return time.time_ns() // 1_000_000


def pause_before(tries: int, waited: float, dice: Random) -> float:
    """Seconds before the next try: 0 to 1 for the first three, then up to as many as were waited so far, at most 20.
    So nobody is away twice as long as the server was, or a second more."""
    most = 1.0 if tries <= QUICK_TRIES else min(MOST_PAUSE, max(1.0, waited))
    return dice.uniform(0.0, most)


class Phone:
    """One pupil on one device. `who` keys the outbox; `now` is the phone's own clock, right or wrong."""

    def __init__(
        self,
        site: Site,
        ticket: TicketProvider,
        dice: Random,
        *,
        who: str = "",
        device: Device | None = None,
        answerer: Answerer | None = None,
        link: Callable[[ClientConnection], Link] = Link,
        now: Callable[[], Millis] = wall_clock,
    ) -> None:
        self.account = Account()
        self.state: Frame = {}
        self.me: Frame = {}
        self.epoch = ""
        self.seq = 0
        self.offset = 0.0
        """Milliseconds to add to the phone's clock to have the server's."""
        self.welcomes = 0
        self.stopped: int | None = None
        """The close code that said "stop"."""
        self.device = device or Device(dice)
        self.outbox = self.device.outbox(who)
        self._site, self._provide, self._dice = site, ticket, dice
        self._answerer = answerer or Answerer()
        self._open_link, self._now = link, now
        self._ticket: str | None = None
        self._link: Link | None = None
        self._tries, self._waited = 0, 0.0
        self._nudge = asyncio.Event()
        self._awake = asyncio.Event()
        self._awake.set()
        self.waits: list[float] = []
        """Seconds from the first sending of each answer to its ack."""
        self._first_sent: dict[str, float] = {}
        self._probes: deque[float] = deque(maxlen=KEPT_PROBES)
        self._planned: set[tuple[str, int]] = set()
        self._shown_at: Millis = 0
        self._heard = 0.0
        self._sent: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_connected(self) -> bool:
        return self._link is not None

    @property
    def is_idle(self) -> bool:
        """Nothing to send waits, and no answer is planned."""
        return not self._tasks and not self.outbox.waiting

    # --- coming and going -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Live until the server says "stop" or the task is cancelled."""
        try:
            while self.stopped is None:
                await self._awake.wait()
                code = await self._visit()
                if code == Close.TICKET_EXPIRED:
                    self._ticket = None
                if code is not None and code >= Close.BAD_TICKET:
                    self.stopped = code
                else:
                    await self._pause()
        finally:
            tasks = tuple(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def nudge(self) -> None:
        """The network is back, or the page is visible again: try at once."""
        if not self.is_connected:
            self._nudge.set()

    def drop(self) -> None:
        """Lose the network without a goodbye."""
        if self._link:
            self._link.cut()

    async def sleep(self, seconds: float) -> None:
        """The screen is dark: nothing is sent, tapped or heard; then the page is visible again and tries at once."""
        self._awake.clear()
        self.drop()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._awake.set()
            self.nudge()

    def reload(self) -> None:
        """The page begins anew: it knows nothing but its outbox, which the phone keeps."""
        self.drop()
        self.state, self.me, self.epoch, self.seq = {}, {}, "", 0
        self._probes.clear()
        self._planned.clear()

    async def _pause(self) -> None:
        self._tries += 1
        pause = pause_before(self._tries, self._waited, self._dice)
        self._waited += pause
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._nudge.wait(), pause)
        self._nudge.clear()

    async def _visit(self) -> int | None:
        """One connection, from hello to its end. The close code, or None when there was none."""
        try:
            self._ticket = self._ticket or await self._provide()
            async with connect(
                self._site.url,
                origin=Origin(self._site.origin),
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                proxy=None,
                ping_interval=None,
                close_timeout=1,
            ) as socket:
                await self._talk(self._open_link(socket))
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else None
            if code == Close.TOO_BIG:
                self._park_biggest()
            return code
        except (OSError, TimeoutError, InvalidHandshake, InvalidMessage) as error:
            _log.debug("phone_cannot_connect", extra={"reason": str(error)})
        return None

    async def _talk(self, link: Link) -> None:
        loop = asyncio.get_running_loop()
        mind = asyncio.create_task(self._mind(link))
        self._heard = loop.time()
        try:
            await link.send(self._hello())
            while True:
                frame: Frame = msgspec.json.decode(await link.receive())
                self._heard = loop.time()
                await self._take(link, frame)
        finally:
            self._link = None
            mind.cancel()
            await asyncio.gather(mind, return_exceptions=True)
            await link.close()

    def _hello(self) -> str:
        shown = {"epoch": self.epoch, "seq": self.seq} if self.epoch else {}
        return _text({"t": "hello", "ticket": self._ticket, "device": self.device.id, "locale": "vi", **shown})

    async def _mind(self, link: Link) -> None:
        """Pings, and whatever waits too long: once a second, or as often as the patience asks."""
        clock = asyncio.get_running_loop().time
        probes, ping_at = 0, clock()
        while True:
            await asyncio.sleep(min(1.0, self._site.patience))
            silent = clock() - self._heard
            if silent > (PING_EVERY + SILENCE if self.is_connected else 2 * self._site.patience):
                link.cut()
            if not self.is_connected:
                continue
            await self._offer_overdue(clock())
            if clock() >= ping_at:
                probes += 1
                ping_at = clock() + (1.0 if probes < PROBES else PING_EVERY)
                with contextlib.suppress(ConnectionClosed):
                    await link.send(_text({"t": "ping", "sent_at": self._now()}))

    # --- what the server says ---------------------------------------------------------------------------------------

    async def _take(self, link: Link, frame: Frame) -> None:
        match frame.get("t"):
            case "welcome":
                await self._welcome(link, frame)
            case "state":
                self._show(frame)
            case "ack":
                self._acked(frame)
            case "refuse":
                self._refused(frame)
            case "pong":
                self._probed(frame)

    async def _welcome(self, link: Link, frame: Frame) -> None:
        self._tries, self._waited = 0, 0.0
        self.welcomes += 1
        if frame["epoch"] != self.epoch:
            self.epoch, self.seq = frame["epoch"], 0
        if not self._probes:
            self.offset = frame["now"] - self._now()
        self._link = link
        self._show(frame)
        acked = frozenset(frame.get("acked", ()))
        for known in acked & self.account.entries.keys():
            self.account.ack(known, self.epoch)
        for item in self.outbox.welcome(self.epoch, acked, self.clock()):
            await self._offer(item)

    def _show(self, frame: Frame) -> None:
        """Newest wins; what is shown never falls back."""
        if frame["seq"] < self.seq:
            return
        self.seq = frame["seq"]
        before = self.state.get("activity")
        self.state = frame.get("state", self.state)
        self.me = frame.get("me", self.me)
        asked = self.state.get("activity")
        if asked and (not before or (before["id"], before["round"]) != (asked["id"], asked["round"])):
            self._shown_at = self.clock()
            for item in self.outbox.asked(asked["id"], asked["round"]):
                self._start(self._offer(item))
        if asked and asked["is_open"]:
            self._consider(asked)

    def _consider(self, asked: Frame) -> None:
        """Plan the answers to a round once; one that was answered before (on another phone) is left as it is."""
        key = (asked["id"], asked["round"])
        if key in self._planned:
            return
        self._planned.add(key)
        given = self.me.get("response")
        if given and (given["activity"], given["round"]) == key:
            return
        if any((item.activity, item.round) == key for item in self.outbox.waiting.values()):
            return
        for tap in self._answerer.plan(asked, self._dice):
            self._start(self._tap(key, tap))

    def _acked(self, frame: Frame) -> None:
        if frame["re"] in self.account.entries:
            self.account.ack(frame["re"], self.epoch, frame["seq"], frame["outcome"])
            if (sent := self._first_sent.pop(frame["re"], None)) is not None:
                self.waits.append(asyncio.get_running_loop().time() - sent)
            self.outbox.save(frame["re"], self.epoch)

    def _refused(self, frame: Frame) -> None:
        item = self.outbox.waiting.get(frame.get("re", ""))
        if item is None:
            return
        is_kept = frame["code"] in KEEP
        if frame["code"] in RETRY or (is_kept and self._is_shown(item)):
            self._start(self._retry(item, frame.get("retry_after") or 1.0))
        elif is_kept:
            self.outbox.hold(item.id)
        else:
            self._park(item.id, frame["code"])

    def _is_shown(self, item: Item) -> bool:
        """It answers the round that stands on the page: asked since it was refused, or about to be."""
        asked = self.state.get("activity") or {}
        return (asked.get("id"), asked.get("round")) == (item.activity, item.round)

    def _probed(self, frame: Frame) -> None:
        """The offset by one probe: the server's time against the middle of the way there and back."""
        at = self._now()
        self._probes.append(frame["now"] - (frame["sent_at"] + at) / 2)
        self.offset = statistics.median(self._probes)

    # --- answers ----------------------------------------------------------------------------------------------------

    def clock(self) -> Millis:
        """The server's clock, as this phone knows it."""
        return round(self._now() + self.offset)

    async def _tap(self, key: tuple[str, int], tap: Tap) -> None:
        """Answer, if the question is still open then, connected or not: an answer given offline waits."""
        await asyncio.sleep(tap.after)
        await self._awake.wait()
        asked = self.state.get("activity")
        if asked and asked["is_open"] and (asked["id"], asked["round"]) == key:
            await self.answer(tap.value)

    async def answer(self, value: Any) -> str:
        """Give an answer to the current round: into the outbox first, then on its way. Its id."""
        asked = self.state["activity"]
        at = self.clock()
        item = Item(uuid7(at, self._dice), asked["id"], asked["round"], value, at, self._shown_at)
        self.outbox.put(item)
        self.account.compose(item.id, at)
        await self._offer(item)
        return item.id

    async def _offer(self, item: Item) -> None:
        text = _text({"t": "submit", **msgspec.structs.asdict(item)})
        if len(text.encode()) > MAX_FRAME:
            self._park(item.id, Code.TOO_LARGE)
        elif self._link is not None:
            self._sent[item.id] = at = asyncio.get_running_loop().time()
            self._first_sent.setdefault(item.id, at)
            with contextlib.suppress(ConnectionClosed):
                await self._link.send(text)

    async def _offer_overdue(self, at: float) -> None:
        for item in tuple(self.outbox.waiting.values()):
            if item.id not in self.outbox.held and at - self._sent.get(item.id, 0.0) > self._site.patience:
                await self._offer(item)

    async def _retry(self, item: Item, after: float) -> None:
        await asyncio.sleep(after)
        if item.id in self.outbox.waiting:
            await self._offer(item)

    def _park(self, id: str, code: str) -> None:
        self.outbox.park(id, code)
        self.account.refuse(id, code)

    def _park_biggest(self) -> None:
        """1009 names no id: the largest that waits is the one, and must not make the phone come back for ever."""
        if waiting := self.outbox.waiting.values():
            self._park(max(waiting, key=lambda i: len(_text(i.value))).id, Code.TOO_LARGE)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _text(frame: Any) -> str:
    return msgspec.json.encode(frame).decode()
