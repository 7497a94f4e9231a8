"""A server in a process of its own, pinned to its core: the floor or ours. Also what tests kill and start again.

`python -m live_session.bench.serve JSON` (a `ServerPlan`). It says one line of JSON when it listens, and then answers
words on standard input, a line each: `cost` and `memory` (a `Cost`; the latter after collecting garbage), `profile`
(begin, then end: a `Profile`). End of input stops it.
"""

import asyncio
import gc
import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from live_session.bench.floor import Floor
from live_session.bench.sampler import Sampler
from live_session.bench.school import KEY, ORIGIN, html
from live_session.bus.choice import open_bus
from live_session.server import LiveServer, LiveSettings
from live_session.store.engine import open_async_engine
from live_session.transport import Name

HOST = "127.0.0.1"
T = TypeVar("T")


class ServerPlan(msgspec.Struct, frozen=True):
    """What to serve where. `core` None leaves the process where it is. `shares_port`: one of several on this
    port, which wake each other by the database."""

    kind: Literal["floor", "ours"]
    port: int
    url: str = ""
    core: int | None = None
    transport: Name = "bare"
    shares_port: bool = False


class Cost(msgspec.Struct, frozen=True):
    """Processor seconds of all threads since the start, and resident memory in bytes."""

    cpu: float
    rss: int


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def pin(core: int | None) -> None:
    """Keep this process on one core, where the platform can, and let it open as many sockets as it may."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def cost() -> Cost:
    """What this process has used."""
    try:
        rss = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024
    return Cost(time.process_time(), rss)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it on uvloop where the platform has it, else on asyncio's own loop."""
    try:
        import uvloop  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


async def main(plan: ServerPlan) -> None:
    """Serve until standard input ends."""
    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: _Words(until), sys.stdin)
    if plan.kind == "floor":
        async with await Floor(html()).listen(HOST, plan.port):
            say({"ready": plan.port})
            await until.wait()
        return
    engine = open_async_engine(plan.url)
    settings = LiveSettings(HOST, plan.port, (ORIGIN,), (KEY,), shares_port=plan.shares_port, transport=plan.transport)
    server = LiveServer(engine, settings, open_bus("", plan.url) if plan.shares_port else None)
    await server.run(until, lambda: say({"ready": plan.port}))
    await engine.dispose()


class _Words(asyncio.Protocol):
    """Answers the driver's words."""

    def __init__(self, until: asyncio.Event) -> None:
        self._until = until
        self._sampler = Sampler()
        self._words: dict[bytes, Callable[[], object]] = {
            b"cost": cost,
            b"memory": _cost_without_garbage,
            b"profile": self._sampler.toggle,
        }

    def data_received(self, data: bytes) -> None:
        for word in data.split():
            say(self._words[word]())

    def connection_lost(self, exc: Exception | None) -> None:
        self._until.set()


def _cost_without_garbage() -> Cost:
    gc.collect()
    return cost()


def say(what: object) -> None:
    """One line to whoever started this process, all of it: a pipe takes 64 kB at a time, and the loop may have made
    it one that does not wait."""
    out = sys.stdout.fileno()
    os.set_blocking(out, True)
    left = memoryview(msgspec.json.encode(what) + b"\n")
    while left:
        left = left[os.write(out, left) :]


def start() -> None:
    """The process's entry."""
    plan = msgspec.json.decode(sys.argv[1], type=ServerPlan)
    pin(plan.core)
    run(main(plan))


if __name__ == "__main__":
    start()
