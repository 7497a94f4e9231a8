"""One connection from its opening to its end, over any transport: the `Guest` of the live server."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from live_session.channel import Channel, Connection
from live_session.committer import Committer
from live_session.errors import Close, StoreError
from live_session.model import Millis
from live_session.protocol import Ask, Conversation, Greet, Hang, Say, Verify, answer, encode
from live_session.store.log import Asked, Result
from live_session.transport import Peer

_log = logging.getLogger(__name__)


class Host(Protocol):
    """What a visit needs of the server."""

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The runs that are served here."""

    @property
    def committer(self) -> Committer:
        """Where commands go."""

    def now(self) -> Millis:
        """The server's clock."""

    def next_number(self) -> int:
        """A number that no connection has had."""

    def known(self, greet: Greet) -> Channel | None:
        """The run's channel, where it is here and no older than what this browser has seen of it."""

    async def find(self, greet: Greet) -> Channel | None:
        """The same, after a look at the log. None: no such run. Raises `StoreError`."""

    def forget(self, peer: Peer) -> None:
        """The connection is gone."""


class Visit:
    """Says hello, then takes what is said. A goodbye of ours ends it: what comes after that is nobody's."""

    def __init__(self, host: Host, peer: Peer, verify: Verify, hello_timeout: float) -> None:
        self._host = host
        self._peer = peer
        self._conversation = Conversation(verify)
        self._connection: Connection | None = None
        self._hello_due: asyncio.TimerHandle | None = asyncio.get_running_loop().call_later(
            hello_timeout, peer.hang, Close.NO_HELLO
        )

    def take(self, frame: bytes) -> Coroutine[Any, Any, None] | None:
        """See `live_session.transport.Guest`."""
        if not self._peer.is_open:
            return None
        at = self._host.now()
        if self._connection is None:
            return self._greet(frame, at)
        if pause := self._conversation.pause(at):
            return self._later(frame, at, pause)
        self._follow(frame, at)
        return None

    def leave(self) -> None:
        """See `live_session.transport.Guest`."""
        self._hear_hello()
        self._host.forget(self._peer)
        if self._connection and (channel := self._host.channels.get(self._connection.ticket.run)):
            channel.leave(self._connection)

    # --- hello ------------------------------------------------------------------------------------------------------

    def _hear_hello(self) -> None:
        if self._hello_due:
            self._hello_due.cancel()
            self._hello_due = None

    def _greet(self, frame: bytes, at: Millis) -> Coroutine[Any, Any, None] | None:
        self._hear_hello()
        act = self._conversation.receive(frame, at)
        if isinstance(act, Hang):
            self._peer.hang(act.code)
        if not isinstance(act, Greet):
            return None
        if channel := self._host.known(act):
            self._join(channel, act)
            return None
        return self._look(act)

    async def _look(self, greet: Greet) -> None:
        try:
            channel = await self._host.find(greet)
        except StoreError:
            _log.warning("hello_while_store_is_away", extra={"run_id": greet.ticket.run})
            self._peer.hang(Close.DRAINING)
            return
        if channel is None:
            self._peer.hang(Close.BAD_TICKET)
        elif self._peer.is_open:
            self._join(channel, greet)

    def _join(self, channel: Channel, greet: Greet) -> None:
        at = self._host.now()
        self._conversation.heard_before = channel.heard(greet.ticket.who)
        connection = Connection(self._host.next_number(), self._peer, greet.ticket, at)
        if channel.join(connection, greet.hello, at):
            self._connection = connection

    # --- what is said after it --------------------------------------------------------------------------------------

    async def _later(self, frame: bytes, at: Millis, pause: float) -> None:
        """What a flood had sent before it went is nobody's answer."""
        await asyncio.sleep(pause)
        if self._peer.is_open:
            self._follow(frame, at)

    def _follow(self, frame: bytes, at: Millis) -> None:
        connection = self._connection
        if connection is None:
            return
        act = self._conversation.receive(frame, at)
        channel = self._host.channels.get(connection.ticket.run)
        if channel is None:
            self._peer.hang(Close.RUN_OVER)
            return
        channel.hear(connection, at)
        match act:
            case Ask():
                asked = Asked(channel.run, act.id, act.command, act.actor, at)
                self._host.committer.put(asked, _replier(self._peer, act.id), connection.number)
            case Say():
                connection.say(act.frame)
            case Hang():
                self._peer.hang(act.code)


def _replier(peer: Peer, id_: str) -> Callable[[Result], None]:
    """Answers the connection that asked; if it is gone, its next hello tells it the outcome."""
    return lambda result: peer.send(encode(answer(id_, result)))
