"""`POST /live/frames`: the same frames with the same ticket over plain HTTP, for networks that block WebSocket and for
pages that are being hidden. Everything can be played over it by polling."""

import threading
from collections.abc import Sequence

import msgspec
from flask import Blueprint, Response, request

from live_session.commands import SERVER, Note
from live_session.errors import BadTicket, Close, Refusal, UnknownRun
from live_session.model import Millis, Role, Screen, State
from live_session.presence import NOTED_MS, Presence, Signs
from live_session.projection import acked, gauge, own, view
from live_session.protocol import (
    BURST,
    NOT_JSON,
    PING_EVERY,
    RATE,
    Ask,
    Bucket,
    Bye,
    Conversation,
    FrameDown,
    GaugeFrame,
    Greet,
    Hang,
    Hello,
    Say,
    StateFrame,
    Welcome,
    answer,
    encode,
    raw,
)
from live_session.store.engine import READ_ONLY
from live_session.store.log import Asked, Result
from live_session.ticket import Ticket
from lti_tool import live
from lti_tool.access import Need, needs
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models.base import new_uid
from lti_tool.site import site

screen = Blueprint("live", __name__, url_prefix="/live")

MOST_FRAMES = 60
MOST_BUCKETS = 20_000
NOTE_EVERY_MS = 30_000
FORGET_AFTER_MS = 3_600_000

_frames = msgspec.json.Decoder(list[msgspec.Raw])


class Pollers:
    """Presence of those who poll this process. Noted in the log twice a minute, by whoever comes next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, tuple[Presence, Millis]] = {}
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def bucket(self, run: str, who: str) -> Bucket:
        """One for all polls of a person: else each poll would begin with a full one. A forgotten one was full."""
        with self._lock:
            bucket = self._buckets.pop((run, who), None) or Bucket(RATE, BURST)
            self._buckets[run, who] = bucket
            while len(self._buckets) > MOST_BUCKETS:
                del self._buckets[next(iter(self._buckets))]
            return bucket

    def heard(self, run: str, who: str) -> Millis:
        """The last sign of this pupil that this process had; 0 for none."""
        with self._lock:
            return self._runs[run][0].heard(who) if run in self._runs else 0

    def is_due(self, run: str, at: Millis) -> bool:
        """Signs of this run should go to the log with the next poll."""
        with self._lock:
            return run in self._runs and at - self._runs[run][1] >= NOTE_EVERY_MS

    def hear(self, run: str, who: str, at: Millis, awake: float = 0.0, before: Millis = 0) -> None:
        """A sign of a pupil who holds a seat, who was heard `before` it and looked at the page for `awake` ms."""
        with self._lock:
            presence = self._runs.setdefault(run, (Presence(), at))[0]
            presence.account(who, awake, before, at)
            presence.hear(who, at)

    def drain(self, run: str, at: Millis) -> Signs:
        """All signs since the last time; runs that nobody has polled for an hour are forgotten."""
        with self._lock:
            presence, _ = self._runs.get(run) or (Presence(), at)
            self._runs[run] = (presence, at)
            self._runs = {run: kept for run, kept in self._runs.items() if at - kept[1] < FORGET_AFTER_MS}
            return presence.drain()

    def restore(self, run: str, signs: Signs, at: Millis) -> None:
        """Give back signs that could not be written; whoever comes next notes them."""
        with self._lock:
            if signs.seen:
                self._runs[run][0].restore(signs)
                self._runs[run] = (self._runs[run][0], at - NOTE_EVERY_MS)


pollers = Pollers()


@screen.post("/frames")
@needs(Need.NOTHING)
def frames() -> Response:
    """An array of frames up, `hello` first; the array of frames that answer them down."""
    try:
        sent = _frames.decode(request.get_data())[:MOST_FRAMES]
    except NOT_JSON:
        return _answer([Bye(Close.BAD_FRAME)])
    conversation = Conversation(site().tickets.open)
    at = now()
    first = conversation.receive(bytes(sent[0]), at) if sent else Hang(Close.BAD_FRAME)
    if not isinstance(first, Greet):
        return _answer([Bye(first.code if isinstance(first, Hang) else Close.BAD_FRAME)])
    try:
        return _answer(_converse(conversation, first, sent[1:], at))
    except UnknownRun:
        return _answer([Bye(BadTicket.close)])


def _answer(down: Sequence[FrameDown]) -> Response:
    return Response(b"[" + b",".join(encode(frame) for frame in down) + b"]", mimetype="application/json")


def _converse(conversation: Conversation, greet: Greet, sent: Sequence[msgspec.Raw], at: Millis) -> list[FrameDown]:
    ticket = greet.ticket
    conversation.bucket = pollers.bucket(ticket.run, ticket.who)
    is_pupil = ticket.role is Role.PUPIL
    is_due = is_pupil and pollers.is_due(ticket.run, at)
    down, asked = _receive(conversation, sent, at)
    if not asked and not is_due:
        _look_only()
    state = live.state_of(ticket.run, remember=True)
    if is_pupil and own(state, ticket.who, ticket.claim) is None:
        return [Bye(Close.REMOVED)]
    welcome = _welcome(state, ticket, greet.hello, live.head_of(ticket.run).epoch, at)
    # Before this poll's own sign: with it, the silence since the last one would look like presence.
    signs = pollers.drain(ticket.run, at) if is_due else Signs()
    if is_pupil:
        before = max(pollers.heard(ticket.run, ticket.who), state.participants[ticket.who].seen)
        asked = [_bounded(a, before) for a in asked]
        pollers.hear(ticket.run, ticket.who, at, greet.hello.awake, before)
    results = _write(ticket, asked, signs, at)
    answers = [answer(a.id, result) for a, result in zip(asked, results, strict=True)]
    news = _news(ticket, greet.hello) if any(not isinstance(r, Refusal) for r in results) else []
    return [welcome, *down, *answers, *news, *_counts(state, ticket, at)]


def _look_only() -> None:
    """A look takes no lock."""
    db.session.connection(execution_options={READ_ONLY: True})


def _write(ticket: Ticket, asked: Sequence[Ask], signs: Signs, at: Millis) -> Sequence[Result]:
    """Put the commands and the signs that are due to the log, and commit: what is answered after this is kept."""
    try:
        if signs.seen:
            live.ask(ticket.run, Note(*signs), SERVER, f"seen-{new_uid()}")
        results = live.ask_all([Asked(ticket.run, a.id, a.command, a.actor, at) for a in asked]) if asked else ()
        db.session.commit()
    except Exception:
        pollers.restore(ticket.run, signs, at)
        raise
    return results


def _receive(conversation: Conversation, sent: Sequence[msgspec.Raw], at: Millis) -> tuple[list[FrameDown], list[Ask]]:
    down: list[FrameDown] = []
    asked: list[Ask] = []
    for text in sent:
        match conversation.receive(bytes(text), at):
            case Say(frame):
                down.append(frame)
            case Ask() as ask:
                asked.append(ask)
            case Hang(code):
                down.append(Bye(code))
                break
    return down, asked


def _bounded(ask: Ask, heard_before: Millis) -> Ask:
    """Every frame of a poll was composed before its hello: believed back to the last poll."""
    return msgspec.structs.replace(ask, actor=msgspec.structs.replace(ask.actor, not_before=heard_before))


def _welcome(state: State, ticket: Ticket, hello: Hello, epoch: str, at: Millis) -> Welcome:
    is_current = hello.epoch == epoch and hello.seq == state.seq
    is_pupil = ticket.role is Role.PUPIL
    return Welcome(
        epoch=epoch,
        seq=state.seq,
        now=at,
        ping_every=PING_EVERY,
        state=None if is_current else raw(view(state, ticket.screen, hello.locale)),
        me=raw(own(state, ticket.who, ticket.claim)) if is_pupil and not is_current else None,
        acked=acked(state, ticket.who) if is_pupil else (),
    )


def _news(ticket: Ticket, hello: Hello) -> list[FrameDown]:
    """What these very frames changed, without waiting for the next poll."""
    _look_only()
    state = live.state_of(ticket.run, remember=True)
    me = raw(own(state, ticket.who, ticket.claim)) if ticket.role is Role.PUPIL else None
    return [StateFrame(state.seq, raw(view(state, ticket.screen, hello.locale)), me)]


def _counts(state: State, ticket: Ticket, at: Millis) -> list[FrameDown]:
    if ticket.screen is Screen.PHONE:
        return []
    here = {p.id for p in state.participants.values() if at - p.seen < NOTED_MS}
    return [GaugeFrame(state.seq, gauge(state, ticket.screen, here))]
