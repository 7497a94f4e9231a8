"""A run's connections in one process: who is told what, and when. Knows no socket: a `Peer` is any transport.

Downstream is the whole small state of a role, encoded once a role, never a delta. Each connection has one slot: a peer
that still has bytes to send is passed over and gets the newest state when it has drained (design.md §3.6).
"""

from collections.abc import Collection, Sequence
from typing import Protocol

import msgspec

from live_session.errors import Close
from live_session.events import Answered, Logged, PresenceSeen
from live_session.model import Millis, Phase, Role, Screen, State
from live_session.presence import AWAY_MS, Presence
from live_session.projection import acked, gauge, own, view
from live_session.protocol import PING_EVERY, FrameDown, GaugeFrame, Hello, StateFrame, Welcome, encode, raw
from live_session.ticket import Ticket

GAUGE_EVERY_MS = 100
STALLED_MS = 20_000
"""A peer that takes nothing for this long is closed (4001) and comes back by itself."""
SILENT_MS = 60_000
"""A connection without a ping for this long is gone, though nobody said so."""


class Peer(Protocol):
    """One connection, whatever carries it."""

    def send(self, text: str) -> None:
        """Hand over one frame. Never waits; a closed connection takes it and forgets it."""

    def backlog(self) -> int:
        """Bytes handed over and not yet taken by the network."""

    def hang(self, code: Close) -> None:
        """Close. Never waits."""


class Connection:
    """A peer that said hello."""

    def __init__(self, number: int, peer: Peer, ticket: Ticket, at: Millis) -> None:
        self.number = number
        self.peer = peer
        self.ticket = ticket
        self.came_at = at
        self.heard_at = at
        self.me: bytes | None = None
        self.counts: bytes | None = None
        self.waiting_since: Millis | None = None

    def say(self, frame: FrameDown) -> None:
        self.peer.send(encode(frame))


class Channel:
    """One run."""

    def __init__(self, run: str, epoch: str, state: State, at: Millis) -> None:
        self.run = run
        self.epoch = epoch
        self.state = state
        self.presence = Presence()
        self.connections: dict[int, Connection] = {}
        self.noted_at = at
        self._views: dict[Screen, msgspec.Raw] = {}
        self._gauged_at: Millis = 0
        self._is_gauge_due = True

    # --- coming and going -------------------------------------------------------------------------------------------

    def join(self, connection: Connection, hello: Hello, at: Millis) -> bool:
        """Welcome a connection; False (and closed) when its seat is gone."""
        ticket = connection.ticket
        me = self._own(ticket)
        if ticket.role is Role.PUPIL:
            if me is None:
                connection.peer.hang(Close.REMOVED)
                return False
            self.presence.connect(ticket.who, connection.number, at)
        self.connections[connection.number] = connection
        connection.me = me
        is_current = hello.epoch == self.epoch and hello.seq == self.state.seq
        connection.say(
            Welcome(
                epoch=self.epoch,
                seq=self.state.seq,
                now=at,
                ping_every=PING_EVERY,
                state=None if is_current else self._view(ticket.screen),
                me=None if me is None else msgspec.Raw(me),
                acked=acked(self.state, ticket.who) if ticket.role is Role.PUPIL else (),
            )
        )
        self._is_gauge_due = True
        return True

    def leave(self, connection: Connection) -> None:
        """A connection is gone."""
        if self.connections.pop(connection.number, None) and connection.ticket.role is Role.PUPIL:
            self.presence.disconnect(connection.ticket.who, connection.number)
            self._is_gauge_due = True

    def hear(self, connection: Connection, at: Millis) -> None:
        """A frame came."""
        connection.heard_at = at
        if connection.ticket.role is Role.PUPIL:
            self.presence.hear(connection.ticket.who, at)

    # --- what happened ----------------------------------------------------------------------------------------------

    def advance(
        self, state: State, at: Millis, events: Sequence[Logged] | None = None, answered: Collection[int] = ()
    ) -> None:
        """Take a newer state and tell whom it concerns.

        `events` are what happened since the last state (None: not known, look at everything). `answered` are the
        connections that get an ack for it: they know their own answer already.
        """
        if state.seq <= self.state.seq:
            return
        self.state = state
        self._is_gauge_due = True
        for number in answered:
            if connection := self.connections.get(number):
                connection.me = None
        if events is not None and self._is_quiet(events):
            for who in {e.event.participant for e in events if isinstance(e.event, Answered)}:
                for number in self.presence.connections(who) - frozenset(answered):
                    self._tell(self.connections[number], at, has_news=False)
            return
        changed = self._changed_screens()
        for connection in tuple(self.connections.values()):
            if connection.number not in answered or connection.ticket.screen in changed:
                self._tell(connection, at, has_news=connection.ticket.screen in changed)

    def _is_quiet(self, events: Sequence[Logged]) -> bool:
        """Only answers to the open question, and signs of life: these change no view but the counts."""
        round_ = self.state.round(self.state.current) if self.state.current else None
        is_open = round_ is not None and round_.is_open
        return all(
            isinstance(e.event, PresenceSeen)
            or (isinstance(e.event, Answered) and is_open and e.event.activity == self.state.current)
            for e in events
        )

    def _changed_screens(self) -> frozenset[Screen]:
        """Screens whose view is another one now; views of screens nobody shows are forgotten."""
        shown = {c.ticket.screen for c in self.connections.values()}
        old, self._views = self._views, {}
        return frozenset(screen for screen in shown if self._view(screen) != old.get(screen))

    def _view(self, screen: Screen) -> msgspec.Raw:
        if screen not in self._views:
            self._views[screen] = raw(view(self.state, screen))
        return self._views[screen]

    def _own(self, ticket: Ticket) -> bytes | None:
        if ticket.role is not Role.PUPIL:
            return None
        mine = own(self.state, ticket.who, ticket.claim)
        return None if mine is None else bytes(raw(mine))

    def _tell(self, connection: Connection, at: Millis, has_news: bool) -> None:
        me = self._own(connection.ticket)
        if connection.ticket.role is Role.PUPIL and me is None:
            connection.peer.hang(Close.REMOVED)
            return
        is_mine_new = me != connection.me
        if not has_news and not is_mine_new:
            return
        if connection.peer.backlog():
            connection.waiting_since = connection.waiting_since or at
            return
        connection.me = me
        connection.waiting_since = None
        mine = msgspec.Raw(me) if is_mine_new and me is not None else None
        connection.say(StateFrame(self.state.seq, self._view(connection.ticket.screen), mine))

    # --- time passing -----------------------------------------------------------------------------------------------

    def tick(self, at: Millis) -> None:
        """Ten times a second: slots that can be emptied, connections that are dead, counts that are due."""
        for connection in tuple(self.connections.values()):
            if connection.waiting_since is not None:
                self._retry(connection, at)
            if at - connection.heard_at > SILENT_MS:
                connection.peer.hang(Close.TOO_SLOW)
        if self._is_gauge_due and at - self._gauged_at >= GAUGE_EVERY_MS:
            self._gauge(at)

    def _retry(self, connection: Connection, at: Millis) -> None:
        if not connection.peer.backlog():
            connection.me = None if connection.ticket.role is Role.PUPIL else connection.me
            self._tell(connection, at, has_news=True)
        elif connection.waiting_since is not None and at - connection.waiting_since > STALLED_MS:
            connection.peer.hang(Close.TOO_SLOW)

    def here(self, at: Millis) -> frozenset[str]:
        """Who is present now: heard by this process, or noted in the log by another one."""
        noted = (p.id for p in self.state.participants.values() if at - p.seen < AWAY_MS)
        return self.presence.here(at) | frozenset(noted)

    def _gauge(self, at: Millis) -> None:
        self._is_gauge_due, self._gauged_at = False, at
        here = self.here(at)
        for screen in (Screen.CONSOLE, Screen.PROJECTOR):
            watching = [c for c in self.connections.values() if c.ticket.screen is screen]
            if not watching:
                continue
            frame = GaugeFrame(self.state.seq, gauge(self.state, screen, here))
            counts, text = bytes(raw(frame.gauge)), encode(frame)
            for connection in watching:
                if connection.counts != counts and not connection.peer.backlog():
                    connection.counts = counts
                    connection.peer.send(text)

    def notice(self) -> None:
        """Presence may have changed with time alone."""
        self._is_gauge_due = True

    @property
    def is_over(self) -> bool:
        return self.state.phase is Phase.ENDED

    def let_go(self, at: Millis, stay_ms: Millis) -> bool:
        """After the end, close each connection that has been here for `stay_ms` since; True when none is left to wait
        for. A phone that comes back an hour later, with answers in its outbox, has the same time to hand them over."""
        ended = self.state.ended_at
        if ended is None:
            return False
        for connection in tuple(self.connections.values()):
            if at - max(ended, connection.came_at) > stay_ms:
                connection.peer.hang(Close.RUN_OVER)
        return not self.connections and at - ended > stay_ms
