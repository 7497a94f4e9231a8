"""Wake-ups by Redis' publish and subscribe: for installations where LISTEN does not get through (PgBouncer in
transaction mode), or that spare the database. Redis keeps nothing: a wake-up that nobody hears is gone."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from live_session.bus.relay import CHANNEL, Relay, stop_if_asked

CONNECT_WITHIN = 5.0
CHECK_EVERY = 5.0
"""Seconds of silence after which the listening connection is tried."""


class RedisBus(Relay):
    """`url` is `redis://…`, `rediss://…` or `unix://…`."""

    def __init__(self, url: str) -> None:
        self._url = url
        super().__init__(self._ear, self._mouth, (RedisError,))

    @contextlib.asynccontextmanager
    async def _client(self, name: str) -> AsyncIterator["Redis"]:
        client: Redis = Redis.from_url(
            self._url,
            client_name=f"giotay-bus-{self.name}-{name}",
            decode_responses=True,
            socket_connect_timeout=CONNECT_WITHIN,
            socket_timeout=CONNECT_WITHIN,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),  # the relay tries again, and knows what a break means
        )
        try:
            yield client
        finally:
            with contextlib.suppress(RedisError, OSError):
                await client.aclose()

    @contextlib.asynccontextmanager
    async def _ear(self) -> AsyncIterator["_Ear"]:
        async with self._client("ear") as client:
            subscription = client.pubsub()
            try:
                await subscription.subscribe(CHANNEL)
                stop_if_asked()
                yield _Ear(subscription)
            finally:
                await subscription.aclose()  # type: ignore[no-untyped-call]

    @contextlib.asynccontextmanager
    async def _mouth(self) -> AsyncIterator["_Mouth"]:
        async with self._client("mouth") as client:
            await client.ping()
            stop_if_asked()
            yield _Mouth(client)


class _Ear:
    def __init__(self, subscription: Any) -> None:
        self._subscription = subscription

    async def messages(self) -> AsyncIterator[str]:
        while True:
            message = await self._subscription.get_message(timeout=CHECK_EVERY)
            stop_if_asked()
            if message is None:
                await self._subscription.ping()
            elif message["type"] == "message":
                yield message["data"]


class _Mouth:
    def __init__(self, client: "Redis") -> None:
        self._client = client

    async def say(self, message: str) -> None:
        await self._client.publish(CHANNEL, message)
        stop_if_asked()
