"""How bytes come and go. The live server knows a `Peer` (one connection, as it writes to it) and is a `Guest` to it
(one connection, as it hears it); a transport is a module with one function, `listen`, that brings the two together.

`bare` is the transport by default: a bare asyncio protocol, with the `websockets` package's own handshake, and held to
that package's protocol byte by byte in tests. `library` is that package as it comes, for more of the processor and six
times the memory a phone (docs/explain/cost.md).
"""

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Any, Literal, Protocol, TypeAlias, get_args

import msgspec

from live_session.errors import Close

MOST_BACKLOG = 256 * 1024
"""A peer that lets this many bytes pile up is closed; its own frames are few and small."""
BACKLOG = 4_096
"""Connections that the system holds while we are busy: a school comes at the bell, and with 100 in line the rest would
knock again a second later."""
GOODBYE_TIMEOUT = 2.0
"""Seconds a peer may take to answer a goodbye."""
MOST_MUTE = 200
"""Frames in a row that bring no message: pings, pongs, parts. Browsers send none of them, a proxy one now and then.
More is a flood, and one that no guest slows down, for guests hear messages only."""
MUTE = "frames without a message"
"""The reason that goes with `frames.POLICY_VIOLATION` then."""

Name: TypeAlias = Literal["bare", "library"]
NAMES: tuple[Name, ...] = get_args(Name)


class Peer(Protocol):
    """One connection, whatever carries it."""

    def send(self, frame: bytes) -> None:
        """Hand over one text frame (UTF-8). Never waits; a closed connection takes it and forgets it."""

    def backlog(self) -> int:
        """Bytes handed over and not yet taken by the network."""

    def hang(self, code: Close) -> None:
        """Close. Never waits."""

    @property
    def is_open(self) -> bool:
        """Nobody has said goodbye yet."""


class Guest(Protocol):
    """Who hears what comes over one connection."""

    def take(self, frame: bytes) -> Coroutine[Any, Any, None] | None:
        """A frame came. What is returned is to be awaited before the next one is read; None: read on."""

    def leave(self) -> None:
        """The connection is gone. Called once."""


class Door(msgspec.Struct, frozen=True):
    """Where to listen and whom to let in.

    `answer_http` is asked the path of every request: None opens a WebSocket, anything else is said and closed. Without
    `subprotocol` among those offered, the first of them is taken and the connection closed with `Close.VERSION`: a
    browser reads a close code only after a handshake that took one.
    """

    host: str
    port: int
    origins: tuple[str, ...]
    subprotocol: str
    read_limit: int
    answer_http: Callable[[str], tuple[HTTPStatus, bytes] | None]
    shares_port: bool = False


class Listening(Protocol):
    """An open door."""

    @property
    def port(self) -> int:
        """The port, also where a free one was asked for."""

    def close(self) -> None:
        """Let nobody in any more; who is in stays."""


Listen: TypeAlias = Callable[[Door, Callable[[Peer], Guest]], AbstractAsyncContextManager[Listening]]
"""Opens the door; a guest is made for every peer. At the end whoever is still in is shown out, and waited for."""


def transport(name: Name) -> Listen:
    """The transport of this name."""
    from live_session.transport import bare, library  # noqa: PLC0415 - both know this module

    listens: dict[Name, Listen] = {"bare": bare.listen, "library": library.listen}
    return listens[name]
