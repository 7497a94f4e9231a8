"""Backup and restore. A backup is one zip: a whole copy of the database and a manifest that says what it is.

A restore writes a new epoch into every run, so that phones offer again what was acknowledged after the backup was
taken (they keep it for a day), forgets logins under way, and holds waiting scores back until the teacher sends again:
the LMS may already have newer ones.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, delete, func, make_url, select, update

from live_session.store.engine import open_engine, prepare
from live_session.store.tables import event, run
from lti_tool import migrating
from lti_tool.models import LaunchState, PlatformToken, Score, ScoreState, WindowCode
from lti_tool.models.base import new_uid

FORMAT = 1
DATA = "database"
MANIFEST = "manifest.json"


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
    backend = make_url(url).get_backend_name()
    with tempfile.TemporaryDirectory(dir=target.parent if target.parent.exists() else None) as folder:
        data = Path(folder) / DATA
        _copy_out(url, backend, data)
        manifest = Manifest(
            format=FORMAT,
            app=version("giotay"),
            backend=backend,
            revision=migrating.current(url),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            events=_count(f"sqlite:///{data}" if backend == "sqlite" else url),
            sha256=_hash(data),
        )
        packed = Path(folder) / "backup.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
            archive.write(data, DATA)
        packed.chmod(0o600)
        shutil.move(packed, target)
    return manifest


def _copy_out(url: str, backend: str, data: Path) -> None:
    if backend == "sqlite":
        # One pass, never stepwise: a busy file would make it begin again for ever (operations, measured).
        with sqlite3.connect(_file_of(url)) as source, sqlite3.connect(data) as copy:
            source.backup(copy, pages=-1)
            if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise BackupError("the copy does not pass its check")
        copy.close()
        source.close()
    else:
        _run(["pg_dump", "--format=custom", "--file", str(data)], url)


def _run(command: list[str], url: str) -> None:
    parsed = make_url(url)
    given = {"PGHOST": parsed.host, "PGPORT": parsed.port, "PGUSER": parsed.username, "PGPASSWORD": parsed.password}
    environ = {**os.environ, **{name: str(value) for name, value in given.items() if value}}
    try:
        subprocess.run([*command, "--dbname", parsed.database or ""], env=environ, check=True, capture_output=True)  # noqa: S603
    except FileNotFoundError as error:
        raise BackupError(f"{command[0]} is not installed (Debian: postgresql-client)") from error
    except subprocess.CalledProcessError as error:
        raise BackupError(f"{command[0]}: {error.stderr.decode(errors='replace').strip()}") from error


def _file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _count(url: str) -> int:
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(event)).scalar_one()
    finally:
        engine.dispose()


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself. Raises `BackupError`."""
    try:
        with zipfile.ZipFile(source) as archive:
            if {i.filename for i in archive.infolist()} != {MANIFEST, DATA}:
                raise BackupError(f"{source} is no backup of Giơ Tay")
            manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{source} is no backup of Giơ Tay") from error
    if manifest.format != FORMAT:
        raise BackupError(f"{source} was made by a newer Giơ Tay ({manifest.app})")
    return manifest


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
        with zipfile.ZipFile(source) as archive, archive.open(DATA) as packed, data.open("wb") as file:
            shutil.copyfileobj(packed, file)
        if _hash(data) != manifest.sha256:
            raise BackupError(f"{source} is damaged: its content is not what its manifest says")
        _copy_in(url, backend, data)
    migrating.migrate(url)
    _begin_anew(url)
    return manifest


def known_revisions() -> set[str]:
    """Every revision this release can bring up to date."""
    return migrating.revisions()


def _copy_in(url: str, backend: str, data: Path) -> None:
    if backend == "sqlite":
        target = _file_of(url)
        for suffix in ("-wal", "-shm"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        data.replace(target)
    else:
        _run(["pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", str(data)], url)


def _begin_anew(url: str) -> None:
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            renew_epochs(connection)
            for table in (LaunchState, WindowCode, PlatformToken):
                connection.execute(delete(table))
            held = {"state": ScoreState.REFUSED, "fault": "restored"}
            connection.execute(update(Score).where(Score.state == ScoreState.WAITING).values(held))
    finally:
        engine.dispose()


def renew_epochs(connection: Connection) -> Mapping[str, str]:
    """A new random epoch for every run; the new ones, by run."""
    epochs = {row.id: new_uid() for row in connection.execute(select(run.c.id))}
    for run_id, epoch in epochs.items():
        connection.execute(update(run).where(run.c.id == run_id).values(epoch=epoch))
    return epochs
