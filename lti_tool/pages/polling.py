"""`POST /live/frames`: the same frames with the same ticket over plain HTTP, for networks that block WebSocket and for
pages that are being hidden. Everything can be played over it by polling."""

import threading
from collections.abc import Sequence

import msgspec
from flask import Blueprint, Response, request

from live_session.errors import BadTicket, Close, Refusal, UnknownRun
from live_session.events import SERVER, Note
from live_session.model import Millis, Role, Screen, State
from live_session.presence import AWAY_MS, Presence
from live_session.projection import acked, gauge, own, view
from live_session.protocol import (
    PING_EVERY,
    Ask,
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
from live_session.store.log import Asked
from live_session.ticket import Ticket
from lti_tool import live
from lti_tool.access import Need, needs
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models.base import new_uid
from lti_tool.site import site

screen = Blueprint("live", __name__, url_prefix="/live")

MOST_FRAMES = 60
NOTE_EVERY_MS = 30_000

_frames = msgspec.json.Decoder(list[msgspec.Raw])


class Pollers:
    """Presence of those who poll this process. Noted in the log twice a minute, by whoever comes next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, tuple[Presence, Millis]] = {}

    def hear(self, run: str, who: str, at: Millis) -> tuple[Millis, dict[str, tuple[Millis, Millis]]]:
        """(last sign of this pupil before, signs that are due in the log now)."""
        with self._lock:
            presence, noted_at = self._runs.setdefault(run, (Presence(), at))
            before = presence.heard(who)
            presence.hear(who, at)
            if at - noted_at < NOTE_EVERY_MS:
                return before, {}
            self._runs[run] = (presence, at)
            return before, dict(presence.drain())


pollers = Pollers()


@screen.post("/frames")
@needs(Need.NOTHING)
def frames() -> Response:
    """An array of frames up, `hello` first; the array of frames that answer them down."""
    try:
        sent = _frames.decode(request.get_data())[:MOST_FRAMES]
    except (msgspec.MsgspecError, RecursionError):
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
    return Response("[" + ",".join(encode(frame) for frame in down) + "]", mimetype="application/json")


def _converse(conversation: Conversation, greet: Greet, sent: Sequence[msgspec.Raw], at: Millis) -> list[FrameDown]:
    ticket = greet.ticket
    before, due = pollers.hear(ticket.run, ticket.who, at) if ticket.role is Role.PUPIL else (0, {})
    down, asked = _receive(conversation, sent, at)
    if not asked and not due:
        db.session.connection(execution_options={READ_ONLY: True})  # a look takes no lock
    state = live.state_of(ticket.run, remember=True)
    if ticket.role is Role.PUPIL:
        if own(state, ticket.who, ticket.claim) is None:
            return [Bye(Close.REMOVED)]
        known = state.participants[ticket.who]
        conversation.heard_before = max(before, known.seen)
    head = live.head_of(ticket.run)
    welcome = _welcome(state, ticket, greet.hello, head.epoch, at)
    if due:
        live.ask(ticket.run, Note(due), SERVER, f"seen-{new_uid()}")
    asked = [_bounded(a, conversation.heard_before) for a in asked]
    results = live.ask_all([Asked(ticket.run, a.id, a.command, a.actor, at) for a in asked]) if asked else ()
    db.session.commit()
    answers = [answer(a.id, result) for a, result in zip(asked, results, strict=True)]
    news = _news(ticket, state, at) if any(not isinstance(r, Refusal) for r in results) else []
    return [welcome, *down, *answers, *news, *_counts(state, ticket, at)]


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
        state=None if is_current else raw(view(state, ticket.screen)),
        me=raw(own(state, ticket.who, ticket.claim)) if is_pupil and not is_current else None,
        acked=acked(state, ticket.who) if is_pupil else (),
    )


def _news(ticket: Ticket, before: State, at: Millis) -> list[FrameDown]:
    """What these very frames changed, without waiting for the next poll."""
    state = live.state_of(ticket.run, remember=True)
    me = raw(own(state, ticket.who, ticket.claim)) if ticket.role is Role.PUPIL else None
    return [StateFrame(state.seq, raw(view(state, ticket.screen)), me)]


def _counts(state: State, ticket: Ticket, at: Millis) -> list[FrameDown]:
    if ticket.screen is Screen.PHONE:
        return []
    here = {p.id for p in state.participants.values() if at - p.seen < 2 * AWAY_MS}
    return [GaugeFrame(state.seq, gauge(state, ticket.screen, here))]
