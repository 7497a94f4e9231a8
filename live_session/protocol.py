"""The protocol `live.v1`: frames, and one conversation over any transport. No IO.

A `Conversation` is driven by whoever holds the transport: the WebSocket server, or the web page's `POST /live/frames`.
It reads frames, knows whether `hello` was said, limits the rate, and says what to do; it neither waits nor sends.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from live_session.commands import Actor, Command, Signal, Steering, Submit
from live_session.errors import Close, Code, FrameError, Refusal, TicketError
from live_session.model import Confidence, Json, Millis, Outcome
from live_session.projection import Gauge
from live_session.ticket import Ticket

SUBPROTOCOL = "live.v1"
MAX_FRAME = 16 * 1024
"""Largest frame a client may send, in bytes."""
READ_LIMIT = 64 * 1024
"""What the server reads, so that `too_large` can name the id; beyond it the connection closes with 1009."""
HELLO_TIMEOUT = 10.0
"""Seconds a connection may wait before it says hello."""
PING_EVERY = 15
"""Seconds between a client's pings."""
MAX_ID = 64
RATE = 10.0
BURST = 30.0
"""Submits and steers of one connection: this many a second, after a burst of this many."""

FRAME_RATE = 20.0
FRAME_BURST = 200.0
"""Frames of any kind of one connection: beyond this they are not refused but not read, so that a flood costs nothing
but the sender's own buffers. A phone that empties a lesson's outbox stays below."""


# --- frames up ------------------------------------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, tag_field="t", tag="hello"):
    """`awake`: for how many ms until now this page was looked at, as far as it had no line then."""

    ticket: str
    device: str = ""
    epoch: str | None = None
    seq: int | None = None
    locale: str = "vi"
    keeps_html: bool = False
    awake: float = 0.0


class SubmitFrame(msgspec.Struct, frozen=True, tag_field="t", tag="submit"):
    id: str
    activity: str
    round: int
    value: Json
    composed_at: float
    shown_at: float | None = None
    post: str = ""
    on: int = 0
    confidence: Confidence | None = None
    team: int = 0


class SteerFrame(msgspec.Struct, frozen=True, tag_field="t", tag="steer"):
    """The rest of the members are the command's own."""

    id: str
    action: str


class SignalFrame(msgspec.Struct, frozen=True, tag_field="t", tag="signal"):
    """What a pupil asks for besides answering: a hand, the pace. The rest of the members are the command's own."""

    id: str
    action: str


class Ping(msgspec.Struct, frozen=True, tag_field="t", tag="ping"):
    sent_at: float = 0.0


Asking: TypeAlias = SubmitFrame | SignalFrame | SteerFrame
FrameUp: TypeAlias = Hello | Asking | Ping


class _Id(msgspec.Struct):
    """Just enough of a frame to answer it."""

    id: str | None = None


# --- frames down ----------------------------------------------------------------------------------------------------


class Welcome(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag="welcome"):
    """`state` is encoded beforehand, once for everybody of the role."""

    epoch: str
    seq: int
    now: Millis
    ping_every: int
    state: msgspec.Raw | None = None
    me: msgspec.Raw | None = None
    acked: tuple[str, ...] = ()


class Ack(msgspec.Struct, frozen=True, tag_field="t", tag="ack"):
    re: str
    outcome: Outcome
    seq: int


class Refuse(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag="refuse"):
    re: str | None
    code: Code
    retry_after: float | None = None


class StateFrame(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag="state"):
    seq: int
    state: msgspec.Raw
    me: msgspec.Raw | None = None


class GaugeFrame(msgspec.Struct, frozen=True, tag_field="t", tag="gauge"):
    seq: int
    gauge: msgspec.Raw | Gauge


class Pong(msgspec.Struct, frozen=True, tag_field="t", tag="pong"):
    sent_at: float
    now: Millis


class Bye(msgspec.Struct, frozen=True, tag_field="t", tag="bye"):
    """Over HTTP, where no close frame exists: the code a socket would have closed with."""

    code: int


FrameDown: TypeAlias = Welcome | Ack | Refuse | StateFrame | GaugeFrame | Pong | Bye

_encoder = msgspec.json.Encoder()
_frames: msgspec.json.Decoder[FrameUp] = msgspec.json.Decoder(FrameUp)
_id = msgspec.json.Decoder(_Id)

NOT_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What reading bytes from anywhere may raise: another shape, no UTF-8, nested too deeply."""


def encode(frame: FrameDown) -> bytes:
    """One JSON object, as a text frame carries it (UTF-8)."""
    return _encoder.encode(frame)


def encode_part(view: Any) -> bytes:
    """A part of a frame, as `raw` takes it up again."""
    return _encoder.encode(view)


def raw(view: Any) -> msgspec.Raw:
    """A view, encoded once for all its bearers."""
    return msgspec.Raw(encode_part(view))


def decode(text: str | bytes) -> FrameUp:
    """A frame. Raises `FrameError`, which carries the frame's id where one could be read."""
    try:
        size = len(text.encode()) if isinstance(text, str) else len(text)
        frame = _frames.decode(text) if size <= MAX_FRAME else None
    except NOT_JSON as error:
        raise FrameError(str(error), _id_of(text)) from error
    if frame is None:
        raise FrameError("frame over 16 KiB", _id_of(text), Code.TOO_LARGE)
    if isinstance(frame, Asking) and not is_id(frame.id):
        raise FrameError("id is empty, too long or not plain")
    if isinstance(frame, SubmitFrame) and frame.post and not is_id(frame.post):
        raise FrameError("post is too long or not plain", frame.id)
    return frame


def is_id(id: str) -> bool:
    """Short and printable ASCII: it becomes part of a key in the database, and PostgreSQL takes no NUL there."""
    return 0 < len(id) <= MAX_ID and id.isascii() and id.isprintable()


def _id_of(text: str | bytes) -> str | None:
    try:
        found = _id.decode(text).id
    except NOT_JSON:
        return None
    return found if found and is_id(found) else None


STEERING: dict[str, type] = {c.__struct_config__.tag: c for c in Steering.__args__}
SIGNALS: dict[str, type] = {c.__struct_config__.tag: c for c in Signal.__args__}


def steering(frame: SteerFrame | SignalFrame, text: str | bytes) -> Command:
    """The command of a steer or signal frame. Raises `FrameError` for an unknown action or wrong arguments."""
    command = (STEERING if isinstance(frame, SteerFrame) else SIGNALS).get(frame.action)
    if command is None:
        raise FrameError(f"unknown action {frame.action!r}", frame.id)
    try:
        fields: dict[str, Any] = msgspec.json.decode(text)
        fields = {name: value for name, value in fields.items() if name in command.__struct_fields__}  # type: ignore[attr-defined]
        asked: Command = msgspec.convert({**fields, "type": frame.action}, command)
    except NOT_JSON as error:
        raise FrameError(str(error), frame.id) from error
    return asked


# --- one conversation -----------------------------------------------------------------------------------------------

Verify: TypeAlias = Callable[[str, Millis], Ticket]
"""Opens a ticket at a moment, or raises `TicketError`."""


class Bucket:
    """A token bucket. Time is handed in."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens = burst
        self._filled: Millis = 0

    def take(self, at: Millis) -> float:
        """Take one token: 0 when there was one, else the seconds until there is."""
        passed = max(0, at - self._filled) / 1_000
        self._tokens = min(self._burst, self._tokens + self._rate * passed)
        self._filled = at
        if self._tokens < 1:
            return round((1 - self._tokens) / self._rate, 3)
        self._tokens -= 1
        return 0.0


class Greet(msgspec.Struct, frozen=True):
    """Hello was said with a good ticket: welcome this connection."""

    hello: Hello
    ticket: Ticket


class Ask(msgspec.Struct, frozen=True):
    """Put this command to the run; answer with an ack or a refusal that names `id`."""

    id: str
    command: Command
    actor: Actor


class Say(msgspec.Struct, frozen=True):
    """Send this frame."""

    frame: FrameDown


class Hang(msgspec.Struct, frozen=True):
    """Close the connection with this code."""

    code: Close


Act: TypeAlias = Greet | Ask | Say | Hang


class Conversation:
    """One connection's side of the protocol.

    `heard_before` is the last moment at which this participant was heard on any connection before this one: what a
    phone composed while it was away is believed back to there, what it composes while connected only back to its
    previous frame.
    """

    def __init__(self, verify: Verify) -> None:
        self._verify = verify
        self.bucket = Bucket(RATE, BURST)
        """Whoever comes over many short conversations, as polls are, brings one bucket for all of them."""
        self._frames = Bucket(FRAME_RATE, FRAME_BURST)
        self._hello_at: Millis = 0
        self.ticket: Ticket | None = None
        self.heard_before: Millis = 0
        self.heard_at: Millis = 0

    def pause(self, at: Millis) -> float:
        """Seconds to wait before the next frame is read; 0 for all but a flood. Asked once a frame."""
        return self._frames.take(at)

    def receive(self, text: str | bytes, at: Millis) -> Act:
        """What this frame asks for, at server time `at`."""
        heard, self.heard_at = self.heard_at, at
        try:
            frame = decode(text)
        except FrameError as error:
            return self._fault(error, at)
        return self._greet(frame, at) if self.ticket is None else self._follow(self.ticket, frame, text, at, heard)

    def _greet(self, frame: FrameUp, at: Millis) -> Act:
        if not isinstance(frame, Hello):
            return Hang(Close.BAD_FRAME)
        try:
            self.ticket = self._verify(frame.ticket, at)
        except TicketError as error:
            return Hang(error.close)
        self._hello_at = at
        return Greet(frame, self.ticket)

    def _follow(self, ticket: Ticket, frame: FrameUp, text: str | bytes, at: Millis, heard: Millis) -> Act:
        match frame:
            case Ping():
                return Say(Pong(frame.sent_at, at))
            case Hello():
                return Hang(Close.BAD_FRAME)
        if wait := self.bucket.take(at):
            return Say(Refuse(frame.id, Code.RATE_LIMITED, wait))
        if not isinstance(frame, SubmitFrame):
            return self._steer(ticket, frame, text)
        composed = int(frame.composed_at)
        bound = self.heard_before if composed <= self._hello_at else heard
        shown = None if frame.shown_at is None else int(frame.shown_at)
        # A post that has no id of its own is called as the command that brought it.
        post = frame.post or frame.id
        said = (frame.activity, frame.round, frame.value)
        command = Submit(*said, composed, shown, post, frame.on, frame.confidence, frame.team)
        return Ask(frame.id, command, Actor(ticket.role, ticket.who, ticket.claim, bound))

    def _steer(self, ticket: Ticket, frame: SteerFrame | SignalFrame, text: str | bytes) -> Act:
        claim = ticket.claim if isinstance(frame, SignalFrame) else ""
        try:
            return Ask(frame.id, steering(frame, text), Actor(ticket.role, ticket.who, claim))
        except FrameError as error:
            return Say(Refuse(frame.id, error.code))

    def _fault(self, error: FrameError, at: Millis) -> Act:
        """A frame that carries an id is refused by it; a connection that sends mere noise is closed."""
        if self.ticket is None or error.re is None:
            return Hang(Close.BAD_FRAME)
        if wait := self.bucket.take(at):
            return Say(Refuse(error.re, Code.RATE_LIMITED, wait))
        return Say(Refuse(error.re, error.code))


def answer(id: str, outcome: tuple[int, Outcome] | Refusal) -> FrameDown:
    """The ack or refusal of a command."""
    if isinstance(outcome, Refusal):
        return Refuse(id, outcome.code, outcome.retry_after)
    seq, what = outcome
    return Ack(id, what, seq)
