"""The live server: accepts sockets, lets each hold its conversation, writes through the committer, and tells channels.

Any process may serve any phone of any run: nothing here is truth. A process that dies takes no acknowledged answer
with it; its phones come back anywhere, and the log tells where the lesson stood.
"""

import asyncio
import itertools
import logging
import os
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from live_session.bus import Bus, InProcessBus
from live_session.channel import CLASS, DESK, Channel
from live_session.commands import SERVER, Note
from live_session.committer import Committer, Waiting
from live_session.errors import Close, Refusal
from live_session.events import Answered, Logged, PostWithdrawn, PresenceSeen, Reacted
from live_session.follower import Follower
from live_session.model import Millis, State
from live_session.protocol import HELLO_TIMEOUT, READ_LIMIT, SUBPROTOCOL, Greet, Hello
from live_session.reducer import CLOCK, NEVER, due, due_at
from live_session.scribe import Scribe
from live_session.store.engine import beside
from live_session.store.log import Appended, Asked, Head
from live_session.ticket import Signer, Ticket
from live_session.transport import Door, Name, Peer, transport
from live_session.visit import Visit

TICK_EVERY = 0.1
DRAIN_SLICE = 100
DRAIN_PAUSE = 0.1
"""A process that stops asks so many phones at a time to come back elsewhere, with a pause of so many seconds."""
IDLE_AFTER_END_MS = 60_000
"""How long a connection may stay after the end, or come back after it, so that an outbox can empty itself."""

UNHURRIED = Answered | PostWithdrawn | Reacted | PresenceSeen
"""Other processes need not hear of these before the next tick."""

_log = logging.getLogger(__name__)

FULL = HTTPStatus.SERVICE_UNAVAILABLE, b"full: come back later\n"


def wall_clock() -> Millis:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


class LiveSettings(msgspec.Struct, frozen=True):
    """Where to listen (port 0: a free one) and whom to let in. `origins` are the pages' own, as browsers send them.
    `shares_port`: other processes listen there too, and the system deals the connections out among them."""

    host: str
    port: int
    origins: tuple[str, ...]
    ticket_keys: tuple[str, ...]
    hello_timeout: float = HELLO_TIMEOUT
    shares_port: bool = False
    most_connections: int = 50_000
    transport: Name = "bare"


class LiveServer:
    """One process. `now` is the clock; tests hand in another."""

    def __init__(
        self,
        engine: AsyncEngine,
        settings: LiveSettings,
        bus: Bus | None = None,
        now: Callable[[], Millis] = wall_clock,
    ) -> None:
        self.settings = settings
        self.port = settings.port
        self.channels: dict[str, Channel] = {}
        self._signer = Signer(settings.ticket_keys)
        self._bus: Bus = bus or InProcessBus()
        self.now = now
        self._numbers = itertools.count(1)
        self.writing = beside(engine, pool_size=1, max_overflow=0)
        self.committer = Committer(self.writing, self._states, self._committed)
        self._asleep: set[str] = set()
        self._follower = Follower(engine, self._states, self._caught_up, self._asleep)
        self._scribe = Scribe(engine, self.channels.values, now)
        self._peers: set[Peer] = set()
        self._untold: set[str] = set()
        self._process = uuid.uuid4().hex[:8]
        self._lag = 0.0

    # --- running ----------------------------------------------------------------------------------------------------

    async def run(
        self,
        until: asyncio.Event,
        ready: Callable[[], None] = lambda: None,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        """Serve until told to stop; then ask phones to come back elsewhere, and write what waits. `beat` is called once
        a second by whatever still turns.

        A worker that dies takes the process with it: a server that listens but cannot write helps nobody.
        """
        self._bus.listen(self._woken)
        work = (self.committer.run(), self._follower.run(), self._tick(), self._bus.run(), self._scribe.run())
        workers = [asyncio.create_task(one) for one in (*work, self._pulse(beat))]
        stop = asyncio.create_task(until.wait())
        try:
            async with transport(self.settings.transport)(self._door(), self._welcome) as listening:
                self.port = listening.port
                ready()
                await asyncio.wait([stop, *workers], return_when=asyncio.FIRST_COMPLETED)
                listening.close()
                await self._drain()
            for worker in workers:
                if worker.done():
                    worker.result()
            await self._note_all(force=True)
        finally:
            for task in (stop, *reversed(workers)):
                task.cancel()
            await asyncio.gather(stop, *workers, return_exceptions=True)
            self.writing.dispose()

    async def _drain(self) -> None:
        """Ask every phone to come back elsewhere, a slice at a time: they all come to the others within a second."""
        while left := [peer for peer in self._peers if peer.is_open]:
            for peer in left[:DRAIN_SLICE]:
                peer.hang(Close.DRAINING)
            await asyncio.sleep(DRAIN_PAUSE if len(left) > DRAIN_SLICE else 0)

    def _door(self) -> Door:
        given = self.settings
        return Door(
            host=given.host,
            port=given.port,
            origins=given.origins,
            subprotocol=SUBPROTOCOL,
            read_limit=READ_LIMIT,
            answer_http=self._answer_http,
            shares_port=given.shares_port,
        )

    def _answer_http(self, path: str) -> tuple[HTTPStatus, bytes] | None:
        if path == "/live" and len(self._peers) < self.settings.most_connections:
            return None
        if path == "/healthz":
            return HTTPStatus.OK, self._health()
        return FULL if path == "/live" else (HTTPStatus.NOT_FOUND, b"not here\n")

    def _health(self) -> bytes:
        """Which of the workers that share the port answers, and how late it gets round to things: the worst of the last
        second. Numbers of the process, none of the school."""
        return f"ok worker={os.getpid()} lag_ms={self._lag * 1_000:.0f}\n".encode()

    # --- connections ------------------------------------------------------------------------------------------------

    def _welcome(self, peer: Peer) -> Visit:
        self._peers.add(peer)
        return Visit(self, peer, self._signer.open, self.settings.hello_timeout)

    def forget(self, peer: Peer) -> None:
        """See `live_session.visit.Host`, of which these are the parts."""
        self._peers.discard(peer)

    def next_number(self) -> int:
        return next(self._numbers)

    def known(self, greet: Greet) -> Channel | None:
        """Another process may have given it the seat, or shown it a state, that has not come here yet."""
        channel = self.channels.get(greet.ticket.run)
        if channel is None or not _has_seat(channel.state, greet.ticket) or _is_behind(channel, greet.hello):
            return None
        return channel

    async def find(self, greet: Greet) -> Channel | None:
        await self._follower.look(greet.ticket.run)
        return self.channels.get(greet.ticket.run)

    # --- the log ----------------------------------------------------------------------------------------------------

    def _states(self) -> Mapping[str, State]:
        return {run: channel.state for run, channel in self.channels.items()}

    def _committed(self, appended: Appended, batch: Sequence[Waiting]) -> None:
        """After the commit: tell the run's phones here, and wake the other processes."""
        at = self.now()
        events = _by_run([*appended.tail, *appended.written])
        answered: dict[str, set[int]] = {}
        for waiting in batch:
            answered.setdefault(waiting.asked.run, set()).add(waiting.connection)
        for run, state in appended.states.items():
            if channel := self.channels.get(run):
                with apart(run):
                    channel.advance(state, at, _news(channel, state, events), answered.get(run, ()))
        self._say([self.channels[run] for run in appended.states if run in self.channels], at)
        self._wake_others(appended.written)

    def _say(self, channels: Sequence[Channel], at: Millis) -> None:
        """All classes before any desk: when 25 teachers press at one moment, their consoles' views cost as much as a
        class's phones do."""
        for screens in (CLASS, DESK):
            for channel in channels:
                if channel.due:
                    with apart(channel.run):
                        channel.say(at, screens)

    def _woken(self, runs: Iterable[str]) -> None:
        """Others wrote to these runs (none named: to any). Those with nobody here can wait for the look at everything,
        a second at most, or for a hello: reading each answer of lessons that others serve would cost as theirs do."""
        named = set(runs)
        here = {run for run in named if run not in self.channels or self.channels[run].connections}
        if here or not named:
            self._follower.wake(here)

    def _wake_others(self, written: Sequence[tuple[str, Logged]]) -> None:
        """At once for what phones show; for mere answers with the next tick, as counts are: a look at
        the log by every process after every batch of every other would cost more than the answers."""
        self._untold |= {run for run, _ in written}
        if urgent := {run for run, one in written if not isinstance(one.event, UNHURRIED)}:
            self._untold -= urgent
            self._bus.wake(urgent)

    def _caught_up(
        self, states: Mapping[str, State], heads: Mapping[str, Head], tail: Sequence[tuple[str, Logged]]
    ) -> None:
        """Others wrote to these runs; runs that are new here get a channel."""
        at, events = self.now(), _by_run(tail)
        for run, state in states.items():
            if run in self.channels:
                channel = self.channels[run]
                with apart(run):
                    channel.advance(state, at, _news(channel, state, events))
            else:
                self._asleep.discard(run)
                self.channels[run] = Channel(run, heads[run].epoch, state, at)
        self._say([self.channels[run] for run in states], at)

    # --- time -------------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        for count in itertools.count():
            await asyncio.sleep(TICK_EVERY)
            at = self.now()
            if self._untold:
                untold, self._untold = self._untold, set()
                self._bus.wake(untold)
            for channel in tuple(self.channels.values()):
                with apart(channel.run):
                    channel.tick(at)
                if count % 10 == 0:
                    channel.notice(at)
                    self._do_due(channel, at)
            if count % 10 == 0:
                await self._note_all()
                self._drop_finished(at)

    async def _pulse(self, beat: Callable[[], None]) -> None:
        """Apart from `_tick`, which may wait for a database that is away: then the loop turns, and phones are told."""
        clock, worst = asyncio.get_running_loop().time, 0.0
        for count in itertools.count():
            slept_at = clock()
            await asyncio.sleep(TICK_EVERY)
            worst = max(worst, clock() - slept_at - TICK_EVERY)
            if count % 10 == 0:
                self._lag, worst = worst, 0.0
                beat()

    def _do_due(self, channel: Channel, at: Millis) -> None:
        if asked := due(channel.state, at):
            id_, command = asked
            self.committer.put(Asked(channel.run, id_, command, CLOCK, at), lambda _: None)

    async def _note_all(self, force: bool = False) -> None:
        """Once a minute, what was seen goes to the log: one event a run. It is also the server's own heartbeat."""
        at = self.now()
        due_now = [c for c in self.channels.values() if c.is_note_due(at) or (force and not c.is_over)]
        await asyncio.gather(*(self._note(channel, at) for channel in due_now))

    async def _note(self, channel: Channel, at: Millis) -> None:
        channel.noted_at = at
        signs = channel.presence.drain()
        asked = Asked(channel.run, f"seen-{self._process}-{at}", Note(*signs), SERVER, at)
        if isinstance(await self.committer.ask(asked), Refusal):
            channel.presence.restore(signs)

    def _drop_finished(self, at: Millis) -> None:
        for run, channel in tuple(self.channels.items()):
            if channel.let_go(at, IDLE_AFTER_END_MS):
                del self.channels[run]
                if not channel.is_over and due_at(channel.state) >= NEVER:
                    self._asleep.add(run)  # a practice is open for weeks, and a year's are hundreds


class apart:  # noqa: N801 - as contextlib's own; and a generator costs four times as much, twenty times a second and lesson
    """One lesson that cannot be shown, for a fault in some kind of activity, is no reason to tell the others nothing:
    the fault is said, and the process goes on. What was written stays written."""

    __slots__ = ("_run",)

    def __init__(self, run: str) -> None:
        self._run = run

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> bool:
        if not isinstance(error, Exception):
            return False
        _log.error("lesson_not_told", exc_info=error, extra={"run_id": self._run})
        return True


def _by_run(logged: Sequence[tuple[str, Logged]]) -> Mapping[str, Sequence[Logged]]:
    runs: dict[str, list[Logged]] = {}
    for run, one in logged:
        runs.setdefault(run, []).append(one)
    return runs


def _news(channel: Channel, state: State, events: Mapping[str, Sequence[Logged]]) -> Sequence[Logged] | None:
    """What happened between the channel's state and this one; None where that is not known to the last event."""
    happened = [one for one in events.get(channel.run, ()) if one.seq > channel.state.seq]
    return happened if len(happened) == state.seq - channel.state.seq else None


def _has_seat(state: State, ticket: Ticket) -> bool:
    return not ticket.claim or state.held(ticket.who, ticket.claim) is not None


def _is_behind(channel: Channel, hello: Hello) -> bool:
    return hello.epoch == channel.epoch and hello.seq is not None and hello.seq > channel.state.seq
