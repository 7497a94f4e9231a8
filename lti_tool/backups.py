"""Backup and restore. A backup is one zip: a whole copy of the database and a manifest that says what it is.

A restore writes a new epoch into every run, so that phones offer again what was acknowledged after the backup was
taken (they keep it for a day), forgets logins under way, and holds waiting scores back until the teacher sends again:
the LMS may already have newer ones.

Nothing is replaced before the copy has passed its checks: on SQLite a whole new file is made ready beside the old one,
on PostgreSQL one transaction takes the old tables away and puts the copy in their place.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, delete, func, inspect, make_url, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from live_session.store.engine import open_engine, prepare
from live_session.store.tables import event, run
from lti_tool import migrating
from lti_tool.models import PlatformToken, Score, ScoreState, WindowCode
from lti_tool.models.base import new_uid

FORMAT = 1
DATA = "database"
MANIFEST = "manifest.json"
LONGEST_REASON = 300
GOODBYES = 30
"""Tenths of a second in which connections that were closed must be gone."""


class BackupError(Exception):
    """A backup cannot be made or restored; the message says why, in a line."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `backend` is sqlite or postgresql; `events` counts the log."""

    format: int
    app: str
    backend: str
    revision: str
    created_at: str
    events: int
    sha256: str


def back_up(url: str, target: Path) -> Manifest:
    """Copy a running installation's database into `target`. Raises `BackupError`; an older file is not overwritten."""
    if target.exists():
        raise BackupError(f"{target} is there already")
    if not target.parent.is_dir():
        raise BackupError(f"{target.parent} is not there")
    backend = make_url(url).get_backend_name()
    if backend == "sqlite" and not _file_of(url).is_file():
        raise BackupError(f"there is no database at {_file_of(url)}")
    if not (revision := migrating.current(url)):
        raise BackupError("the database has no tables yet; there is nothing to back up")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        data = Path(folder) / DATA
        _copy_out(url, backend, data)
        manifest = Manifest(
            format=FORMAT,
            app=version("giotay"),
            backend=backend,
            revision=revision,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            events=_count(f"sqlite:///{data}" if backend == "sqlite" else url),
            sha256=_hash(data),
        )
        packed = Path(folder) / "backup.zip"
        packed.touch(mode=0o600)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
            archive.write(data, DATA)
        _put(packed, target)
    return manifest


def _put(packed: Path, target: Path) -> None:
    """Give the finished file its name, all at once, and never over a file that came there meanwhile."""
    try:
        os.link(packed, target)
    except FileExistsError as error:
        raise BackupError(f"{target} is there already") from error
    except OSError:  # a file system without links (a USB stick)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with packed.open("rb") as source, os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(source, file)


def _copy_out(url: str, backend: str, data: Path) -> None:
    if backend == "sqlite":
        # One pass, never stepwise: a busy file would make it begin again for ever (operations, measured).
        with closing(sqlite3.connect(_file_of(url))) as source, closing(sqlite3.connect(data)) as copy:
            source.backup(copy, pages=-1)
        _check(data)
    else:
        _run(["pg_dump", "--format=custom", "--file", str(data)], url)


def _check(data: Path) -> None:
    """A whole SQLite file, or `BackupError`."""
    try:
        with closing(sqlite3.connect(data)) as copy:
            said = copy.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupError("the copy is not a database") from error
    if said != ("ok",):
        raise BackupError("the copy does not pass its check")


def _run(command: list[str], url: str) -> None:
    """A tool of PostgreSQL's on this database; the password goes by the environment, where no list of processes shows
    it."""
    parsed = make_url(url)
    environ = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
    if parsed.password:
        environ["PGPASSWORD"] = str(parsed.password)
    where = parsed.set(drivername="postgresql", password=None).render_as_string()
    try:
        subprocess.run([*command, "--dbname", where], env=environ, check=True, capture_output=True)  # noqa: S603
    except FileNotFoundError as error:
        raise BackupError(f"{command[0]} is not installed (Debian: postgresql-client)") from error
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.decode(errors="replace").split())
        raise BackupError(f"{command[0]}: {said[:LONGEST_REASON]}") from error


def _file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _count(url: str) -> int:
    with _engine(url) as engine, engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(event)).scalar_one()


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself. Raises `BackupError`."""
    try:
        with zipfile.ZipFile(source) as archive:
            if sorted(i.filename for i in archive.infolist()) != sorted([MANIFEST, DATA]):
                raise BackupError(f"{source} is no backup of Giơ Tay")
            told = archive.read(MANIFEST)
        if msgspec.json.decode(told, type=_Format).format != FORMAT:
            raise BackupError(f"{source} was made by a newer Giơ Tay; bring this one up to date first")
        return msgspec.json.decode(told, type=Manifest)
    except UNREADABLE as error:
        raise BackupError(f"{source} is no backup of Giơ Tay") from error


class _Format(msgspec.Struct):
    format: int


UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""What the reader of zip files raises when one is damaged, encrypted or not one."""


def restore(source: Path, url: str) -> Manifest:
    """Put a backup in the place of this installation's database; the server must be stopped (the caller holds the
    file). Nothing is changed before the copy has passed its checks. Raises `BackupError`."""
    manifest = read_manifest(source)
    backend = make_url(url).get_backend_name()
    if manifest.backend != backend:
        raise BackupError(f"a {manifest.backend} backup cannot be restored into {backend}")
    if manifest.revision not in known_revisions():
        raise BackupError(f"the backup's schema {manifest.revision} is newer than this release")
    prepare(url)
    with tempfile.TemporaryDirectory(dir=_file_of(url).parent if backend == "sqlite" else None) as folder:
        data = Path(folder) / DATA
        _unpack(source, data)
        if _hash(data) != manifest.sha256:
            raise BackupError(f"{source} is damaged: its content is not what its manifest says")
        (_swap_file if backend == "sqlite" else _swap_tables)(url, data, manifest.revision)
    return manifest


def _unpack(source: Path, data: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive, archive.open(DATA) as packed, data.open("wb") as file:
            shutil.copyfileobj(packed, file)
    except UNREADABLE as error:
        raise BackupError(f"{source} is damaged: it cannot be unpacked") from error


def known_revisions() -> set[str]:
    """Every revision this release can bring up to date."""
    return migrating.revisions()


def _swap_file(url: str, data: Path, revision: str) -> None:
    """Make the copy ready, whole, and only then let it take the old file's place."""
    _check(data)
    ready = f"sqlite:///{data}"
    if migrating.current(ready) != revision:
        raise BackupError("the copy is not the database that its manifest names")
    _bring_up(ready)
    _take_in_journal(data)
    target = _file_of(url)
    if target.exists():
        # What stands in the old file's journal must not be played into the new one by a crash between these lines.
        _take_in_journal(target)
    data.replace(target)
    for suffix in ("-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)


def _take_in_journal(file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError:  # the old file is why there is a restore: it may be in any state
        for suffix in ("-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)


def _swap_tables(url: str, data: Path, _revision: str) -> None:
    """One transaction: the tables that are there go, also those a newer release made, and the copy's come."""
    script, old = data.with_suffix(".sql"), data.with_suffix(".old.sql")
    _refuse_others(url)
    _write_script(data, script)
    with _engine(url) as engine:
        quote = engine.dialect.identifier_preparer.quote
        names = [quote(name) for name in inspect(engine).get_table_names()]
    old.write_text("".join(f"DROP TABLE {name} CASCADE;\n" for name in names), encoding="utf-8")
    files = ["--file", str(old), "--file", str(script)]
    _run(["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", *files], url)
    _bring_up(url)


def _write_script(data: Path, script: Path) -> None:
    try:
        listed = _output(["pg_restore", "--list", str(data)])
        if b" TABLE public alembic_version " not in listed:
            raise BackupError("the copy is not the database that its manifest names")
        _output(["pg_restore", "--no-owner", "--no-privileges", "--file", str(script), str(data)])
    except FileNotFoundError as error:
        raise BackupError("pg_restore is not installed (Debian: postgresql-client)") from error
    except subprocess.CalledProcessError as error:
        raise BackupError("the copy is not a dump of PostgreSQL's") from error


def _output(command: list[str]) -> bytes:
    return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 - our own command


def _refuse_others(url: str) -> None:
    """A server that runs on would write into a database that changes under it. One that has just been stopped takes
    PostgreSQL a moment to see."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with _engine(url) as engine, engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(GOODBYES):
            if not (others := connection.execute(query).scalar_one()):
                break
            time.sleep(0.1)
        else:
            raise BackupError(f"the database is in use ({others} connections): stop the server first")


def _bring_up(url: str) -> None:
    """The schema of this release, and a new beginning for every phone."""
    try:
        migrating.migrate(url)
        with _engine(url) as engine, engine.begin() as connection:
            _begin_anew(connection)
    except SQLAlchemyError as error:
        raise BackupError(f"the copy cannot be brought up to this release ({type(error).__name__})") from error


def _begin_anew(connection: Connection) -> None:
    renew_epochs(connection)
    for table in (WindowCode, PlatformToken):
        connection.execute(delete(table))
    held = {"state": ScoreState.REFUSED, "fault": "restored"}
    connection.execute(update(Score).where(Score.state == ScoreState.WAITING).values(held))


def renew_epochs(connection: Connection) -> Mapping[str, str]:
    """A new random epoch for every run; the new ones, by run."""
    epochs = {row.id: new_uid() for row in connection.execute(select(run.c.id))}
    for run_id, epoch in epochs.items():
        connection.execute(update(run).where(run.c.id == run_id).values(epoch=epoch))
    return epochs
