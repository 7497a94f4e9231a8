"""Serving: the web process, the live process, the jobs process, and a supervisor that keeps them running."""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from sqlalchemy import make_url

from live_session.errors import InUse
from live_session.server import LiveServer, LiveSettings
from live_session.store.engine import open_async_engine
from lti_tool.config import Settings
from lti_tool.secret import Secrets

_log = logging.getLogger(__name__)

PARTS = ("web", "live", "jobs")
THREADS = 4
STOP_WITHIN = 15.0
"""Seconds a process has to end by itself."""


@contextlib.contextmanager
def sole_use(database_url: str) -> Iterator[None]:
    """Hold a SQLite file for this server alone; a second server on the same file is told so and touches nothing.

    PostgreSQL takes any number. Raises `InUse`.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        yield
        return
    path = Path(f"{url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        _take(file, path)
        yield


def _take(file: IO[str], path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise InUse(f"{path.with_suffix('')} is served by another Giơ Tay (process {file.read().strip()})") from error
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()


# --- the parts ------------------------------------------------------------------------------------------------------


def serve_web(settings: Settings) -> None:
    """The pages, until stopped."""
    Granian(
        target="lti_tool.app:create_app",
        factory=True,
        address=settings.web_host,
        port=settings.web_port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        log_access=False,
        respawn_failed_workers=True,
        websockets=False,
    ).serve()


def live_settings(settings: Settings) -> LiveSettings:
    """What the live server needs of the settings."""
    return LiveSettings(
        host=settings.live_host,
        port=settings.live_port,
        origins=(settings.origin,),
        ticket_keys=Secrets(settings.secret_keys).ticket_keys,
    )


def serve_live(settings: Settings) -> None:
    """The live server, until stopped."""
    try:
        import uvloop  # noqa: PLC0415 - Windows has none

        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    except ImportError:
        runner = asyncio.Runner()
    with runner:
        runner.run(_serve_live(settings))


async def _serve_live(settings: Settings) -> None:
    engine = open_async_engine(settings.database_url)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await LiveServer(engine, live_settings(settings)).run(stop)
    finally:
        await engine.dispose()


def serve_jobs(settings: Settings) -> None:
    """The jobs, until stopped."""
    from lti_tool.app import create_app  # noqa: PLC0415 - only this process needs both
    from lti_tool.jobs import Jobs  # noqa: PLC0415

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Jobs(create_app(settings)).run(stop)


# --- the supervisor -------------------------------------------------------------------------------------------------


class Supervisor:
    """Starts processes, starts one again that died, and stops all of them together."""

    PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
    STEADY_AFTER = 30.0

    def __init__(self, commands: Sequence[Sequence[str]], environ: dict[str, str] | None = None) -> None:
        self._commands = [list(c) for c in commands]
        self._environ = environ
        self._processes: list[subprocess.Popen[bytes]] = []
        self._began: list[float] = []
        self._deaths: list[int] = []
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start everything."""
        for command in self._commands:
            self._processes.append(self._spawn(command))
            self._began.append(time.monotonic())
            self._deaths.append(0)

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor only, which stops the parts in order.
        return subprocess.Popen(command, env=self._environ, start_new_session=True)  # noqa: S603 - our own command

    def watch(self) -> None:
        """Keep everything running until `stop`."""
        while not self._stopping.wait(0.2):
            for index, process in enumerate(self._processes):
                if process.poll() is not None:
                    self._revive(index)

    def _revive(self, index: int) -> None:
        if time.monotonic() - self._began[index] > self.STEADY_AFTER:
            self._deaths[index] = 0
        pause = self.PAUSES[min(self._deaths[index], len(self.PAUSES) - 1)]
        self._deaths[index] += 1
        _log.error("process_died", extra={"part": self._commands[index][-1], "code": self._processes[index].poll()})
        if not self._stopping.wait(pause):
            self._processes[index] = self._spawn(self._commands[index])
            self._began[index] = time.monotonic()

    def end_watch(self) -> None:
        """Let `watch` return; safe in a signal handler."""
        self._stopping.set()

    def stop(self) -> None:
        """Ask every process to end; kill what does not."""
        self._stopping.set()
        for process in self._processes:
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        for process in self._processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To the process's whole session: granian has a worker of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def part_command(part: str) -> list[str]:
    """The command that runs one part."""
    return [sys.executable, "-m", "lti_tool.cli", "serve", "--only", part]
