"""Wake-ups between the processes of one machine, beside a SQLite file: a datagram socket for each that listens.

The sockets stand in one folder of the account that runs them. Whoever speaks writes to all others there; a socket that
nobody holds any more is swept away. The folder is named after the database file and lies among the temporary files,
because a socket's path may be 107 bytes long and a school's folder may be longer.
"""

import asyncio
import contextlib
import hashlib
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

from live_session.bus.relay import GAP, Relay, messages, new_name

LONGEST = 65_536
"""Bytes of one message; `relay.MOST_RUNS` keeps it far below."""
TRIES = 20
CHECK_EVERY = 5.0
"""Seconds of silence after which a listener looks whether its socket still stands in the folder."""


class LocalBus(Relay):
    """`database` is the path of the SQLite file that the processes share."""

    def __init__(self, database: str) -> None:
        self._database = database
        super().__init__(self._ear, self._mouth, ())

    @contextlib.asynccontextmanager
    async def _ear(self) -> AsyncIterator["_Ear"]:
        path = folder_of(self._database, make=True) / self.name
        with _datagrams() as opened:
            opened.bind(str(path))
            try:
                yield _Ear(opened, path)
            finally:
                path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    path.parent.rmdir()  # the last one closes the door

    @contextlib.asynccontextmanager
    async def _mouth(self) -> AsyncIterator["_Mouth"]:
        with _datagrams() as opened:
            yield _Mouth(opened, folder_of(self._database, make=True), self.name)


class _Ear:
    def __init__(self, opened: socket.socket, path: Path) -> None:
        self._socket, self._path = opened, path

    async def messages(self) -> AsyncIterator[str]:
        """Waits for the socket to have something and reads it after the wait, never inside: a wait that is given up at
        the moment something comes would take it along."""
        loop, has_more = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._socket, has_more.set)
        try:
            while True:
                try:
                    heard = self._socket.recv(LONGEST)
                except BlockingIOError:
                    has_more.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(CHECK_EVERY):
                            await has_more.wait()
                    self._path.lstat()  # raises when it was swept away
                    continue
                yield heard.decode()
        finally:
            loop.remove_reader(self._socket)


class _Mouth:
    def __init__(self, opened: socket.socket, folder: Path, own: str) -> None:
        self._socket, self._folder, self._own = opened, folder, own

    async def say(self, message: str) -> None:
        for pause in _say(self._socket, self._folder, message, self._own):
            await asyncio.sleep(pause)


class LocalCaller:
    """For the pages, which only speak. Without a thread: writing a datagram takes some microseconds and never waits."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._name = new_name()

    def wake(self, run_ids: Iterable[str]) -> None:
        """Say it now. Never blocks, never raises: who does not hear it looks by itself."""
        with contextlib.suppress(OSError), _datagrams() as opened:
            folder = folder_of(self._database)
            for message in messages(self._name, sorted(run_ids)):
                for _ in _say(opened, folder, message):
                    break


def _datagrams() -> socket.socket:
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    opened.setblocking(False)
    return opened


def _say(opened: socket.socket, folder: Path, message: str, own: str = "") -> Iterator[float]:
    """To all but oneself. Gives the pauses to make where somebody has enough to hear as it is; who stays deaf looks by
    itself."""
    for path in folder.iterdir():
        for _ in range(TRIES if path.name != own else 0):
            try:
                opened.sendto(message.encode(), str(path))
                break
            except BlockingIOError:
                yield GAP
            except ConnectionRefusedError:  # it died; whoever comes back has another name
                path.unlink(missing_ok=True)
                break
            except FileNotFoundError:  # it has just gone
                break


def folder_of(database: str, *, make: bool = False) -> Path:
    """Where the sockets of this database stand. Raises `FileNotFoundError` while nobody listens there, unless it is to
    be made, and `PermissionError` when somebody else made it: they would hear which runs are taught."""
    name = hashlib.sha256(os.fsencode(Path(database).resolve())).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"giotay-{os.getuid()}-{name}"
    if make:
        folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder
