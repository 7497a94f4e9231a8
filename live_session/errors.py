"""Everything that can go wrong in a run, as one tree.

    LiveError
    ├── InvalidContent        an activity that cannot be played as it is written
    ├── InvalidValue          an answer that is no answer to this activity
    ├── FrameError            bytes that are no frame of `live.v1`
    ├── TicketError
    │   ├── BadTicket         forged, of another purpose, or not understood
    │   └── TicketExpired     fetch a new one and come back
    └── StoreError
        ├── StoreBusy         locked, full or away: nothing was written, try again
        ├── UnknownRun        no such run in this database
        └── InUse             another live server already serves this SQLite file

A command that the rules turn down is no error: `reducer.decide` returns a `Refusal`.
"""

from enum import IntEnum, StrEnum

import msgspec


class Code(StrEnum):
    """Why a command was refused (protocol `live.v1`, frame `refuse`, member `code`)."""

    BUSY = "busy"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    INVALID_VALUE = "invalid_value"
    NOT_OPEN = "not_open"
    UNKNOWN_ACTIVITY = "unknown_activity"
    FORBIDDEN = "forbidden"
    TOO_LARGE = "too_large"
    TAKEN = "taken"
    NO_ATTEMPTS = "no_attempts"
    FULL = "full"
    EACH_ALONE = "each_alone"


RETRY = frozenset({Code.BUSY, Code.RATE_LIMITED, Code.INTERNAL})
"""Refusals after which sending the same command again may succeed."""

KEEP = frozenset({Code.NOT_OPEN, Code.UNKNOWN_ACTIVITY})
"""Refusals of an answer whose question the log does not know: it was restored from a backup that is older than the
question. The phone keeps the answer and offers it again when the question is asked again, and on every welcome."""


class Refusal(msgspec.Struct, frozen=True):
    """A command that changed nothing. `retry_after` is in seconds and only given for codes in `RETRY`."""

    code: Code
    retry_after: float | None = None


FORBIDDEN = Refusal(Code.FORBIDDEN)
NOT_OPEN = Refusal(Code.NOT_OPEN)
UNKNOWN = Refusal(Code.UNKNOWN_ACTIVITY)
INVALID = Refusal(Code.INVALID_VALUE)
TAKEN = Refusal(Code.TAKEN)
NO_ATTEMPTS = Refusal(Code.NO_ATTEMPTS)
FULL = Refusal(Code.FULL)
EACH_ALONE = Refusal(Code.EACH_ALONE)
"""Refusals that say nothing more than their code."""


class Close(IntEnum):
    """WebSocket close codes. 4000-4499 mean "come back", 4500-4999 mean "stop"."""

    TOO_BIG = 1009
    DRAINING = 4000
    TOO_SLOW = 4001
    NO_HELLO = 4002
    TICKET_EXPIRED = 4003
    CROWDED = 4004
    BAD_TICKET = 4500
    BAD_FRAME = 4501
    RUN_OVER = 4502
    REMOVED = 4503
    VERSION = 4504


class LiveError(Exception):
    """Base of every error this package raises."""


class Problem(msgspec.Struct, frozen=True):
    """One fault of an activity: the `field` it stands in and a `code` that the pages translate."""

    field: str
    code: str


class InvalidContent(LiveError):
    """An activity cannot be played as written; `problems` names each field and fault."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{p.field}: {p.code}" for p in problems))
        self.problems = problems


class InvalidValue(LiveError):
    """A value is no answer to the activity."""


class FrameError(LiveError):
    """A message is no frame of `live.v1`. `re` is the id it carried, when one could be read."""

    def __init__(self, reason: str, re: str | None = None, code: Code = Code.INVALID_VALUE) -> None:
        super().__init__(reason)
        self.re = re
        self.code = code


class TicketError(LiveError):
    """A ticket does not open this run."""

    close = Close.BAD_TICKET


class BadTicket(TicketError):
    """Forged, of another purpose, or not understood."""


class TicketExpired(TicketError):
    """Was good once; the page fetches a new one."""

    close = Close.TICKET_EXPIRED


class StoreError(LiveError):
    """The log could not be read or written."""


class StoreBusy(StoreError):
    """Locked, full or away: nothing was written and trying again is safe."""


class UnknownRun(StoreError):
    """No run with this id in this database."""


class InUse(StoreError):
    """Another live server already serves this SQLite file."""
