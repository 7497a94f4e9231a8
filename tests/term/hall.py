"""Where a lesson is played: the real conversation, channel, rules and store, and a clock that is moved by hand."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import msgspec
from sqlalchemy import Engine

from live_session.channel import Channel, Connection
from live_session.commands import SERVER, Actor, Command, Note
from live_session.errors import Close, Refusal
from live_session.events import Logged
from live_session.model import Millis, Role, Screen, State
from live_session.protocol import Ask, Conversation, Greet, Hang, Say
from live_session.reducer import EMPTY
from live_session.store import log
from live_session.store.drivers import drive
from live_session.store.log import Asked, Result
from live_session.ticket import Signer, Ticket

TICKETS = Signer(["a key of the simulation"])
FOREVER: Millis = 1 << 50
GATHERED: Millis = 20
"""How long commands wait for company before the commit, in ms."""


class Line:
    """A peer that takes everything and remembers only that it was hung up on."""

    def __init__(self) -> None:
        self.closed: Close | None = None

    def send(self, frame: bytes) -> None:
        pass

    def backlog(self) -> int:
        return 0

    def hang(self, code: Close) -> None:
        self.closed = code

    @property
    def is_open(self) -> bool:
        return self.closed is None


class Call:
    """One connection, from its hello on."""

    def __init__(self, hall: "Hall", ticket: Ticket, awake: Millis = 0) -> None:
        self._hall, self._line = hall, Line()
        self._conversation = Conversation(TICKETS.open)
        hello = {"t": "hello", "ticket": TICKETS.sign(ticket), "device": "d", "awake": awake}
        greet = self._conversation.receive(msgspec.json.encode(hello), hall.at)
        assert isinstance(greet, Greet), greet
        self._conversation.heard_before = hall.channel.heard(ticket.who)
        self._connection = Connection(next(hall.numbers), self._line, ticket, hall.at)
        assert hall.channel.join(self._connection, greet.hello, hall.at)

    @property
    def is_open(self) -> bool:
        return self._line.is_open and self._connection.number in self._hall.channel.connections

    def say(self, frame: Mapping[str, Any]) -> None:
        """A frame as a page sends it."""
        hall = self._hall
        act = self._conversation.receive(msgspec.json.encode(frame), hall.at)
        hall.channel.hear(self._connection, hall.at)
        match act:
            case Ask(id, command, actor):
                hall.put(Asked(hall.run, id, command, actor, hall.at), self._connection.number)
            case Say(reply):
                self._connection.say(reply)
            case Hang(code):
                raise AssertionError(code)

    def leave(self) -> None:
        self._hall.channel.leave(self._connection)


class Hall:
    """One run on one process. `after` and `run_until` are the virtual time."""

    def __init__(self, engine: Engine, run: str, at: Millis) -> None:
        self.engine, self.run, self.at = engine, run, at
        self.numbers = count(1)
        self.state: State = EMPTY
        self.results: list[Result] = []
        self._due: list[tuple[Millis, int, Callable[[], None]]] = []
        self._order = count()
        self._waiting: list[tuple[Asked, int]] = []
        with engine.begin() as connection:
            drive(connection, log.create(run, f"epoch-{run}", at))
        self.channel = Channel(run, f"epoch-{run}", self.state, at)
        self.is_down = False

    # --- time -------------------------------------------------------------------------------------------------------

    def after(self, at: Millis, do: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at, next(self._order), do))

    def run_until(self, end: Millis) -> None:
        while self._due and self._due[0][0] <= end:
            at, _, do = heapq.heappop(self._due)
            if self._waiting and at > self._waiting[0][0].at + GATHERED:
                self.commit()
            self.at = max(self.at, at)
            do()
        self.commit()
        self.at = end

    # --- writing ----------------------------------------------------------------------------------------------------

    def put(self, asked: Asked, number: int = 0) -> None:
        self._waiting.append((asked, number))

    def ask(self, command: Command, actor: Actor = SERVER) -> Result:
        """What the tool's own pages ask for, committed at once."""
        self.commit()
        self.put(Asked(self.run, f"tool-{next(self._order)}", command, actor, self.at))
        return self.commit()[-1]

    def commit(self) -> Sequence[Result]:
        """Put what waits to the log, in one transaction, and tell the phones."""
        if not self._waiting:
            return ()
        waiting, self._waiting = self._waiting, []
        with self.engine.begin() as connection:
            appended = drive(connection, log.append({self.run: self.state}, [asked for asked, _ in waiting]))
        self.state = appended.states[self.run]
        events = [logged for _, logged in appended.written]
        kept = zip(waiting, appended.results, strict=True)
        answered = [number for (_, number), result in kept if number and not isinstance(result, Refusal)]
        self.channel.advance(self.state, self.at, events, answered)
        self.results.extend(appended.results)
        return appended.results

    def note(self) -> None:
        """Once a minute: who was heard."""
        if not self.is_down:
            self.channel.noted_at = self.at
            self.ask(Note(*self.channel.presence.drain()))
        self.channel.tick(self.at)

    def crash(self) -> None:
        """The process dies: whatever it had in memory is gone, and all connections with it."""
        self.is_down = True
        self._waiting.clear()

    def rise(self) -> None:
        self.is_down = False
        self.channel = Channel(self.run, f"epoch-{self.run}", self.state, self.at)

    # --- who speaks -------------------------------------------------------------------------------------------------

    def pupil(self, who: str, awake: Millis = 0) -> Call:
        return Call(self, Ticket(self.run, Role.PUPIL, Screen.PHONE, who, f"browser-of-{who}", FOREVER), awake)

    def teacher(self) -> Call:
        return Call(self, Ticket(self.run, Role.TEACHER, Screen.CONSOLE, "teacher", "", FOREVER))

    def log(self) -> Sequence[Logged]:
        """As it stands in the database."""
        with self.engine.begin() as connection:
            return drive(connection, log.read(self.run))
