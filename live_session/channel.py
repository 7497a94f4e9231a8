"""A run's connections in one process: who is told what, and when. Knows no socket: a `Peer` is any transport.

Downstream is the whole small state of a role, encoded once a role (and language), never a delta. Each connection has
one slot: a peer that still has bytes to send is passed over and gets the newest state when it has drained
(docs/architecture.md, invariant 6).
"""

from collections.abc import Collection, Sequence
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from live_session.errors import Close
from live_session.events import ActivityClosed, Answered, Logged, LookedUp, PostWithdrawn, PresenceSeen, Reacted
from live_session.model import OWN, Millis, Phase, Role, Screen, State
from live_session.presence import AWAY_MS, NOTE_EVERY_MS, NOTED_MS, Presence
from live_session.projection import Here, PublicView, Stage, acked, gauge, here_of, own, stage_of, tongues, view
from live_session.protocol import (
    PING_EVERY,
    FrameDown,
    GaugeFrame,
    Hello,
    StateFrame,
    Welcome,
    encode,
    encode_part,
    raw,
)
from live_session.ticket import Ticket
from live_session.transport import Peer

GAUGE_EVERY_MS = 200
"""Counts grow under a teacher's eyes; more often than this nobody reads them."""
WALL_EVERY_MS = 1_000
"""A wall that forty pupils write on changes with every post, and each change is a page to every phone: they are told of
several at once. What a teacher does is told at once."""
STALLED_MS = 20_000
"""A peer that takes nothing for this long is closed (4001) and comes back by itself."""
SILENT_MS = 60_000
"""A connection without a ping for this long is gone, though nobody said so."""

MOST_OF_ONE_PUPIL = 8
"""Connections of one pupil in one process."""
MOST_STEPS = 40
"""Of a teacher's commands, how many of the last a screen is told to be in the log."""

CLASS = frozenset({Screen.PHONE, Screen.PROJECTOR})
DESK = frozenset({Screen.CONSOLE})
"""Who is told first, and who then: a console's view costs as much as a class's phones, and its teacher pressed."""

Work: TypeAlias = Answered | LookedUp
"""What a pupil does, and has on every phone of theirs."""

Look: TypeAlias = tuple[Screen, str]
"""What a connection is shown: a screen, in a language. All that have the same look get the same bytes."""


class Connection:
    """A peer that said hello."""

    def __init__(self, number: int, peer: Peer, ticket: Ticket, at: Millis) -> None:
        self.number = number
        self.peer = peer
        self.ticket = ticket
        self.look: Look = (ticket.screen, OWN)
        self.came_at = at
        self.heard_at = at
        self.me: bytes | None = None
        self.keeps_html = False
        self.asked = ""
        """The activity whose HTML this connection was last sent."""
        self.counts: msgspec.Raw | None = None
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
        self._watching: dict[int, Connection] = {}
        self._waiting: dict[int, Connection] = {}
        self._silent_from = at + SILENT_MS
        self.noted_at = at
        self._views: dict[Look, msgspec.Raw] = {}
        self._gauged_at: Millis = 0
        self._is_gauge_due = True
        self._walled_at: Millis = 0
        self._unsaid: dict[Look, msgspec.Raw] | None = None
        self._aware: Collection[int] = ()
        self.due: frozenset[Screen] = frozenset()
        """Whom there is news for: `say` it to them, before anything else happens."""
        self._here: tuple[object, Here] | None = None
        self._stage: Stage | None = None
        self._said: tuple[tuple[Look, bytes | None, bool], bytes] | None = None
        self._lean: dict[Look, tuple[msgspec.Raw, msgspec.Raw]] = {}

    # --- coming and going -------------------------------------------------------------------------------------------

    def join(self, connection: Connection, hello: Hello, at: Millis) -> bool:
        """Welcome a connection; False (and closed) when its seat is gone."""
        ticket = connection.ticket
        me = self._own(ticket)
        if ticket.role is Role.PUPIL:
            if me is None:
                connection.peer.hang(Close.REMOVED)
                return False
            self._make_room(ticket.who)
            self.presence.account(ticket.who, hello.awake, self.heard(ticket.who), at)
            self.presence.connect(ticket.who, connection.number, at)
        self._here = None
        self.connections[connection.number] = connection
        if ticket.screen is not Screen.PHONE:
            self._watching[connection.number] = connection
        connection.me = me
        connection.look = (ticket.screen, hello.locale if hello.locale in tongues(self.state) else OWN)
        connection.keeps_html = hello.keeps_html and ticket.screen is Screen.PHONE
        is_current = hello.epoch == self.epoch and hello.seq == self.state.seq
        connection.say(
            Welcome(
                epoch=self.epoch,
                seq=self.state.seq,
                now=at,
                ping_every=PING_EVERY,
                state=None if is_current else self._view(connection.look),
                me=None if me is None else msgspec.Raw(me),
                acked=self._acked(ticket),
            )
        )
        connection.asked = "" if is_current else self._asked
        self._is_gauge_due = True
        return True

    def _acked(self, ticket: Ticket) -> tuple[str, ...]:
        """A phone's outbox may hold a whole lesson; a screen that steers waits for its last steps only."""
        found = acked(self.state, ticket.who)
        return found if ticket.role is Role.PUPIL else found[-MOST_STEPS:]

    def _make_room(self, who: str) -> None:
        """A pupil has a phone or two and some tabs; more connections are forgotten ones, or a script's. Of these the
        one heard longest ago goes, so that a phone that changes networks always gets in."""
        mine = sorted((self.connections[n] for n in self.presence.connections(who)), key=lambda c: c.heard_at)
        for connection in mine[: max(0, len(mine) + 1 - MOST_OF_ONE_PUPIL)]:
            connection.peer.hang(Close.CROWDED)
            self.leave(connection)

    def leave(self, connection: Connection) -> None:
        """A connection is gone."""
        self._watching.pop(connection.number, None)
        self._waiting.pop(connection.number, None)
        if self.connections.pop(connection.number, None) and connection.ticket.role is Role.PUPIL:
            self.presence.disconnect(connection.ticket.who, connection.number)
            self._here, self._is_gauge_due = None, True

    def hear(self, connection: Connection, at: Millis) -> None:
        """A frame came."""
        connection.heard_at = at
        if connection.ticket.role is Role.PUPIL:
            self.presence.hear(connection.ticket.who, at)

    def heard(self, who: str) -> Millis:
        """The last moment at which this participant was heard, here or (by the log) elsewhere; 0 for never."""
        noted = self.state.participants.get(who)
        return max(self.presence.heard(who), noted.seen if noted else 0)

    # --- what happened ----------------------------------------------------------------------------------------------

    def advance(
        self, state: State, at: Millis, events: Sequence[Logged] | None = None, answered: Collection[int] = ()
    ) -> None:
        """Take a newer state. What concerns one pupil is told at once; what concerns all is `due` then.

        `events` are what happened since the last state (None: not known, look at everything). `answered` are the
        connections that get an ack for it: they know their own answer already.
        """
        if state.seq <= self.state.seq:
            return
        self.state = state
        self._is_gauge_due = True
        self._said = self._stage = None
        for connection in (self.connections[number] for number in answered if number in self.connections):
            connection.me = None
            self._tell_later(connection, at)
        if events is not None:
            loud = [event for event in events if not self._is_quiet(event)]
            if not loud:
                self._tell_who_answered(events, at, answered)
                return
            if all(is_of_wall(event) for event in loud):
                self._leave_unsaid()
                return
            if self._unsaid is None and all(self._is_foretold(event) for event in loud):
                self._tell_who_watches(at)
                return
        self._aware = answered
        self._leave_unsaid()
        self.due = CLASS | DESK

    def say(self, at: Millis, screens: frozenset[Screen] = CLASS | DESK) -> None:
        """Tell these screens what is new. Apart from `advance`, so that all classes can be told before any desk."""
        changed = self._changed_looks(screens)
        for connection in [c for c in self.connections.values() if c.look[0] in screens]:
            if connection.look in changed or connection.number not in self._aware:
                self._tell(connection, at, has_news=connection.look in changed)
        self.due -= screens
        if not self.due:
            self._unsaid, self._aware = None, ()

    def _tell_later(self, connection: Connection, at: Millis) -> None:
        """In self-paced work the key may follow an answer: with the next tick, and so never before its ack."""
        if self.state.is_self_paced:
            connection.waiting_since = connection.waiting_since or at
            self._waiting[connection.number] = connection

    def _is_quiet(self, logged: Logged) -> bool:
        """An answer to the open question, or signs of life: these change no view but the counts."""
        event = logged.event
        if self.state.is_self_paced:
            return isinstance(event, Work | PresenceSeen)
        if not isinstance(event, Answered) or event.post:
            return isinstance(event, PresenceSeen)
        if event.activity != self.state.current:
            return False
        round_ = self.state.round(event.activity)
        return round_ is not None and round_.is_open

    def _is_foretold(self, logged: Logged) -> bool:
        """A lock at the moment that every phone has known since the question opened: its own clock has locked it."""
        event = logged.event
        round_ = self.state.round(event.activity) if isinstance(event, ActivityClosed) else None
        return round_ is not None and round_.closed_at == round_.closes_at

    def _tell_who_watches(self, at: Millis) -> None:
        """The teacher's and projector's screens; phones with whatever comes next."""
        self._views = {}
        for look in {c.look for c in self.connections.values()}:
            self._view(look)
        for connection in tuple(self._watching.values()):
            self._tell(connection, at, has_news=True)

    def _tell_who_answered(self, events: Sequence[Logged], at: Millis, answered: Collection[int]) -> None:
        """On their other phones and tabs."""
        for logged in events:
            if isinstance(logged.event, Work):
                for number in self.presence.connections(logged.event.participant):
                    if number not in answered:
                        self._tell(self.connections[number], at, has_news=False)

    def _leave_unsaid(self) -> None:
        """The views are others now, and everybody is told with the next look at the wall."""
        if self._unsaid is None:
            self._unsaid = self._views
        self._views = {}

    def _changed_looks(self, screens: frozenset[Screen]) -> frozenset[Look]:
        """Looks of these screens that are another one now."""
        known = self._views if self._unsaid is None else self._unsaid
        before = {look: known.get(look) for look in {c.look for c in self.connections.values()} if look[0] in screens}
        return frozenset(look for look, shown in before.items() if self._view(look) != shown)

    def _view(self, look: Look) -> msgspec.Raw:
        if self._unsaid is not None:
            self._unsaid.pop(look, None)  # somebody sees what not everybody does: the next look tells them all
        if look not in self._views:
            self._views[look] = raw(view(self.state, *look))
        return self._views[look]

    def _own(self, ticket: Ticket) -> bytes | None:
        if ticket.role is not Role.PUPIL:
            return None
        if self._stage is None:
            self._stage = stage_of(self.state)
        mine = own(self.state, ticket.who, ticket.claim, self._stage)
        return None if mine is None else encode_part(mine)

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
            self._waiting[connection.number] = connection
            return
        connection.me = me
        connection.waiting_since = None
        self._waiting.pop(connection.number, None)
        is_lean = connection.keeps_html and connection.asked == self._asked != ""
        connection.asked = self._asked
        connection.peer.send(self._frame(connection.look, me if is_mine_new else None, is_lean=is_lean))

    @property
    def _asked(self) -> str:
        """The activity whose HTML a phone's view has now; empty for none."""
        return (self.state.current or "") if self.state.phase is not Phase.ENDED else ""

    def _lean_view(self, look: Look) -> msgspec.Raw:
        """The view without its question's HTML, for those who keep it: it is most of a state, and does not change while
        the question is locked and its answers and key are shown."""
        full = self._view(look)
        if self._lean.get(look, (None,))[0] is not full:
            shown = view(self.state, *look)
            if isinstance(shown, PublicView) and shown.activity:
                shown = replace(shown, activity=replace(shown.activity, html=""))
            self._lean[look] = full, raw(shown)
        return self._lean[look][1]

    def _frame(self, look: Look, me: bytes | None, *, is_lean: bool) -> bytes:
        """The frame of the newest state. When a question opens, the own parts of most pupils are alike, and they stand
        in one row: one encoding is for all of them."""
        said = self._said
        if said is None or said[0] != (look, me, is_lean):
            shown = self._lean_view(look) if is_lean else self._view(look)
            frame = StateFrame(self.state.seq, shown, None if me is None else msgspec.Raw(me))
            said = self._said = ((look, me, is_lean), encode(frame))
        return said[1]

    # --- time passing -----------------------------------------------------------------------------------------------

    def tick(self, at: Millis) -> None:
        """Ten times a second: slots that can be emptied, connections that are dead, counts that are due."""
        for connection in tuple(self._waiting.values()):
            self._retry(connection, at)
        if at > self._silent_from:
            self._hang_up_on_silent(at)
        if self._unsaid is not None and has_passed(WALL_EVERY_MS, self._walled_at, at):
            self._walled_at = at
            self.say(at)
        if self._is_gauge_due and has_passed(GAUGE_EVERY_MS, self._gauged_at, at):
            self._gauge(at)

    def _hang_up_on_silent(self, at: Millis) -> None:
        """Nobody can be silent for too long before the one heard longest ago is: until then nobody is looked at."""
        for connection in tuple(self.connections.values()):
            if at - connection.heard_at > SILENT_MS:
                connection.peer.hang(Close.TOO_SLOW)
        self._silent_from = min((c.heard_at for c in self.connections.values()), default=at) + SILENT_MS

    def _retry(self, connection: Connection, at: Millis) -> None:
        if not connection.peer.backlog():
            connection.me = None if connection.ticket.role is Role.PUPIL else connection.me
            self._tell(connection, at, has_news=True)
        elif connection.waiting_since is not None and at - connection.waiting_since > STALLED_MS:
            connection.peer.hang(Close.TOO_SLOW)

    def here(self, at: Millis) -> frozenset[str]:
        """Who is present now: heard by this process, or noted in the log by another one that heard them later."""
        here, sitting = self.presence.here(at), self.state.participants
        silent = [(who, sitting[who].seen) for who in sitting.keys() - here]
        noted = [who for who, seen in silent if at - seen < (NOTED_MS if seen > self.presence.heard(who) else AWAY_MS)]
        return here.union(noted) if noted else here

    def _gauge(self, at: Millis) -> None:
        self._is_gauge_due, self._gauged_at = False, at
        if not self._watching:
            return
        here = self._present(at)
        for screen in (Screen.CONSOLE, Screen.PROJECTOR):
            watching = [c for c in self._watching.values() if c.ticket.screen is screen]
            if not watching:
                continue
            counts = raw(gauge(self.state, screen, here))
            frame = encode(GaugeFrame(self.state.seq, counts))
            for connection in watching:
                if connection.counts != counts and not connection.peer.backlog():
                    connection.counts = counts
                    connection.peer.send(frame)

    def _present(self, at: Millis) -> Here:
        """Asked several times a second; people come, go, move and fall silent far less often."""
        if self._here is None or self._here[0] is not self.state.participants:
            self._here = self.state.participants, here_of(self.state, self.here(at))
        return self._here[1]

    def notice(self, at: Millis) -> None:
        """Presence may have changed with time alone, and a screen's ticket may be over: it comes back with a fresh one,
        or its holder may see the lesson no more. A phone's seat is in the state, and ends with it. Once a second."""
        self._here, self._is_gauge_due = None, True
        for connection in tuple(self._watching.values()):
            if connection.ticket.expires <= at:
                connection.peer.hang(Close.TICKET_EXPIRED)

    @property
    def is_over(self) -> bool:
        return self.state.phase is Phase.ENDED

    def is_note_due(self, at: Millis) -> bool:
        """Signs of life go to the log once a minute, and once more after the end: the last minute counts like any.
        Self-paced work goes on for weeks, and is noted while somebody is there."""
        ended = self.state.ended_at
        if self.state.is_self_paced and not self.presence.has_signs:
            return False
        return has_passed(NOTE_EVERY_MS, self.noted_at, at) if ended is None else self.noted_at <= ended

    def let_go(self, at: Millis, stay_ms: Millis) -> bool:
        """After the end, close each connection that has been here for `stay_ms` since; True when none is left to wait
        for. A phone that comes back an hour later, with answers in its outbox, has the same time to hand them over."""
        ended = self.state.ended_at
        if ended is None:
            is_idle = self.state.is_self_paced and not self.connections and not self.presence.has_signs
            return is_idle and at - self.noted_at > stay_ms
        for connection in tuple(self.connections.values()):
            if at - max(ended, connection.came_at) > stay_ms:
                connection.peer.hang(Close.RUN_OVER)
        return not self.connections and at - ended > stay_ms


def has_passed(ms: Millis, since: Millis, at: Millis) -> bool:
    """So much time has; or the clock was set back meanwhile, as a laptop's is that finds the network after it started:
    nobody waits until it is again as late as it never was."""
    return not 0 <= at - since < ms


def is_of_wall(logged: Logged) -> bool:
    """A post, its withdrawal, or what a classmate says of one."""
    event = logged.event
    return bool(event.post) if isinstance(event, Answered) else isinstance(event, PostWithdrawn | Reacted)
