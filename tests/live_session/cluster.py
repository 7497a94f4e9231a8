"""A PostgreSQL of a test's own, so that it can be killed without touching the one that others use."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

from tests.ports import free_port

START_WITHIN = 180.0
SYSTEM_USERS = ("postgres", "nobody")
"""Whose name it takes when the test is root: PostgreSQL refuses to be."""


def binaries() -> Path | None:
    """Where the newest server of this machine has its programs; None when there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    found = debian[-1] if debian else shutil.which("postgres")
    return Path(found).parent if found else None


def other_user() -> pwd.struct_passwd | None:
    """Somebody to be instead of root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    return next(user for user in pwd.getpwall() if user.pw_name in SYSTEM_USERS)


class Cluster:
    """A server with a data folder and a port. It syncs as in a school: what it has committed outlives its death."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._data, self._log, self._programs = folder / "data", folder / "log", programs
        self._user = other_user()
        if self._user:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        self.port = free_port()
        self._leader: subprocess.Popen[bytes] | None = None
        options = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale")
        assert self._begin("initdb", *options).wait() == 0, self._log.read_text()

    def _begin(self, program: str, *options: str) -> "subprocess.Popen[bytes]":
        """A program of PostgreSQL's on these data, as a user who is not root."""
        command: Sequence[str] = (str(self._programs / program), "-D", str(self._data), *options)
        user: dict[str, int] = {"user": self._user.pw_uid, "group": self._user.pw_gid} if self._user else {}
        with self._log.open("ab") as out:
            return subprocess.Popen(command, stdout=out, stderr=out, cwd="/", **user)  # type: ignore[call-overload, no-any-return]

    @property
    def url(self) -> str:
        to = URL.create("postgresql+psycopg", "postgres", host="127.0.0.1", port=self.port, database="postgres")
        return to.render_as_string(hide_password=False)

    def start(self) -> None:
        """Start, or start again and recover; returns when it takes connections."""
        where = ("-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
        deadline = time.monotonic() + START_WITHIN
        while True:
            if self._leader is None or self._leader.poll() is not None:  # its predecessor's memory may still be held
                self._leader = self._begin("postgres", *where)
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", connect_timeout=2).close()
                return
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL to all of it at once: no checkpoint, no goodbye, as when memory runs out."""
        assert self._leader
        for process in (self._leader.pid, *_children(self._leader.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._leader.wait()

    def stop(self) -> None:
        if self._leader:
            self._leader.send_signal(signal.SIGQUIT)  # at once: nobody wants these data any more
            self._leader.wait()


def _children(leader: int) -> list[int]:
    listed = Path(f"/proc/{leader}/task/{leader}/children").read_text(encoding="ascii")
    return [int(number) for number in listed.split()]


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """A running one, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="giotay-postgres-", ignore_cleanup_errors=True) as folder:
        made = Cluster(Path(folder), programs)
        made.start()
        try:
            yield made
        finally:
            made.stop()
