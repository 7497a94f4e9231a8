"""Serving: the web process, the live processes, the jobs process, and which of them an installation has.

Live workers share one port by `SO_REUSEPORT`: the kernel deals new connections out evenly among those that listen, and
a worker that dies or drains is out of the deal at once. So phones and the proxy know one address however many workers
there are, nobody probes anything, and a laptop needs no proxy. (A port each behind Caddy would need a health check to
find a dead worker, seconds later; one listening socket for all gives a burst of joins to whoever wakes first.)
"""

import asyncio
import contextlib
import fcntl
import gc
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.orm import configure_mappers

from live_session.errors import InUse
from lti_tool.config import Settings
from lti_tool.secret import Secrets
from lti_tool.supervisor import Part, Renew, beating, say_ready

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from live_session.server import LiveSettings

PARTS = ("web", "live", "jobs")
THREADS = 128
WORKING = 4
"""Requests that a web worker works on at once. Other threads wait for their turn, or for somebody else (`turns`)."""
ENDS_WITHIN = 10
"""Seconds a web worker is given to end, less than the supervisor waits: one whose phone still sends would never."""
SPARE_FILES = 128
"""Files a live process needs besides its phones: the database, the bus, what is just coming in."""
MANY_FILES = 1_048_576


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


def settle() -> None:
    """What a part is made of stays as long as the part: the collector of cycles need not go through it again and again.
    It takes a seventh of a second each time, and whatever is being answered then waits for it."""
    gc.collect()
    gc.freeze()


def web() -> "WSGIApplication":
    """The application of a web worker."""
    from lti_tool.app import create_app  # noqa: PLC0415 - each part imports what it alone needs: it starts the sooner
    from lti_tool.turns import Turns  # noqa: PLC0415

    app = create_app()
    configure_mappers()
    settle()
    return Turns(app, WORKING)


def serve_web(settings: Settings, workers: int = 1) -> None:
    """The pages, until stopped. Several workers share one port; SIGHUP starts them anew one by one."""
    from granian import Granian  # noqa: PLC0415
    from granian.constants import Interfaces  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    os.environ["GIOTAY_WEB_WORKERS"] = str(workers)  # each worker reads its settings for itself, and knows how many
    Granian(
        target="lti_tool.serving:web",
        factory=True,
        address=settings.web_host,
        port=settings.web_port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        log_level=LogLevels.error,  # it warns of so many threads, most of which only wait
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=ENDS_WITHIN,
        websockets=False,
    ).serve()


def live_settings(settings: Settings, *, shares_port: bool = False) -> "LiveSettings":
    """What the live server needs of the settings."""
    from live_session.server import LiveSettings  # noqa: PLC0415

    return LiveSettings(
        host=settings.live_host,
        port=settings.live_port,
        origins=(settings.origin,),
        ticket_keys=Secrets(settings.secret_keys).ticket_keys,
        shares_port=shares_port,
        transport=settings.live_transport,
        most_connections=raise_file_limit() - SPARE_FILES,
    )


def raise_file_limit() -> int:
    """Let this process open as many files as the system allows it: each phone is one, and the default of 1,024 is a
    school's morning. How many that are."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MANY_FILES if most == resource.RLIM_INFINITY else most
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def serve_live(settings: Settings, *, shares_port: bool = False) -> None:
    """A live server, until stopped."""
    try:
        import uvloop  # noqa: PLC0415 - Windows has none

        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    except ImportError:
        runner = asyncio.Runner()
    with runner:
        runner.run(_serve_live(settings, shares_port))


async def _serve_live(settings: Settings, shares_port: bool) -> None:
    from live_session.bus.choice import open_bus  # noqa: PLC0415
    from live_session.server import LiveServer  # noqa: PLC0415
    from live_session.store.engine import open_async_engine  # noqa: PLC0415

    engine = open_async_engine(settings.database_url)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        bus = open_bus(settings.bus_url, settings.database_url)
        settle()
        await LiveServer(engine, live_settings(settings, shares_port=shares_port), bus).run(stop, say_ready, beating())
    finally:
        await engine.dispose()


def serve_jobs(settings: Settings) -> None:
    """The jobs, until stopped."""
    from lti_tool.app import create_app  # noqa: PLC0415 - only this process needs both
    from lti_tool.jobs import Jobs  # noqa: PLC0415

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    jobs = Jobs(create_app(settings))
    settle()
    jobs.run(stop)


# --- all of them ----------------------------------------------------------------------------------------------------


def part_command(part: str, *options: str) -> tuple[str, ...]:
    """The command that runs one part."""
    return (sys.executable, "-m", "lti_tool.cli", "serve", "--only", part, *options)


def parts(settings: Settings) -> list[Part]:
    """The processes of an installation. Raises `InUse` when SQLite is asked for several live workers."""
    is_sqlite = make_url(settings.database_url).get_backend_name() == "sqlite"
    if is_sqlite and settings.live_workers > 1:
        raise InUse(
            "SQLite serves one live worker; for several, set GIOTAY_DATABASE_URL to a PostgreSQL database "
            "(GIOTAY_LIVE_WORKERS, --live-workers)"
        )
    web = Part(part_command("web", "--web-workers", str(settings.web_workers)), Renew.BY_ITSELF)
    # On SQLite one live process at a time: its phones wait for the moment between the old one and the new one.
    live = Part(part_command("live"), Renew.IN_TURN, beats=True)
    if not is_sqlite:
        live = Part(part_command("live", "--share-port"), Renew.OVERLAPPING, beats=True)
    return [web, *([live] * settings.live_workers), Part(part_command("jobs"), Renew.IN_TURN)]


def check_ports(settings: Settings) -> None:
    """Raises `InUse` when something else listens where we are to: workers that share a port would share it with a
    stranger, and be dealt each other's phones."""
    for host, port, name in (
        (settings.web_host, settings.web_port, "WEB"),
        (settings.live_host, settings.live_port, "LIVE"),
    ):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise InUse(f"port {port} of {host}: {error.strerror}; GIOTAY_{name}_PORT sets another one") from error
