"""The demo LMS's memory: one SQLite file, one connection a transaction.

Reading transactions cannot write (`query_only`), writing ones begin with `BEGIN IMMEDIATE`, so that two threads never
decide on the same stale row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "lms.sqlite3"
BUSY_SECONDS = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS tool (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id     TEXT NOT NULL UNIQUE,
  deployment_id TEXT NOT NULL,
  title         TEXT NOT NULL,
  login_url     TEXT NOT NULL,
  launch_url    TEXT NOT NULL,
  deep_link_url TEXT NOT NULL,
  redirect_urls TEXT NOT NULL,
  jwks_url      TEXT NOT NULL,
  scopes        TEXT NOT NULL,
  custom        TEXT NOT NULL,
  source        TEXT NOT NULL CHECK (source IN ('config', 'registration')),
  active        INTEGER NOT NULL,
  created_at    INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS activity (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  course_id  TEXT NOT NULL,
  tool_id    INTEGER REFERENCES tool (id) ON DELETE SET NULL,
  title      TEXT NOT NULL,
  text       TEXT NOT NULL,
  url        TEXT NOT NULL,
  custom     TEXT NOT NULL,
  ready      INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS line_item (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  course_id   TEXT NOT NULL,
  tool_id     INTEGER REFERENCES tool (id) ON DELETE SET NULL,
  activity_id INTEGER REFERENCES activity (id) ON DELETE SET NULL,
  label       TEXT NOT NULL,
  maximum     REAL NOT NULL,
  resource_id TEXT NOT NULL,
  tag         TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS grade (
  line_item_id  INTEGER NOT NULL REFERENCES line_item (id) ON DELETE CASCADE,
  sub           TEXT NOT NULL,
  value         REAL,
  comment       TEXT,
  scored_at     INTEGER,
  override      REAL,
  overridden_at INTEGER,
  PRIMARY KEY (line_item_id, sub)
);

CREATE TABLE IF NOT EXISTS access_token (
  digest     TEXT PRIMARY KEY,
  tool_id    INTEGER NOT NULL REFERENCES tool (id) ON DELETE CASCADE,
  scopes     TEXT NOT NULL,
  expires_at INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS spent (
  kind       TEXT NOT NULL,
  value      TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (kind, value)
);
"""


@dataclass(frozen=True)
class Store:
    """Opens transactions on the file in `data_dir`; safe to share between threads, because it holds no connection."""

    data_dir: Path

    def prepare(self) -> None:
        """Make the directory and the tables when they are not there yet."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        connection = self._open()
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_SCHEMA)
        finally:
            connection.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A consistent view; a statement that writes raises sqlite3.OperationalError."""
        connection = self._open()
        try:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One writing transaction: committed at the end of the block, rolled back by any exception."""
        connection = self._open()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.data_dir / FILE_NAME, timeout=BUSY_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=NORMAL")  # with WAL: safe against a kill, not against a power cut
        return connection


def spend(db: sqlite3.Connection, kind: str, value: str, *, now: int, expires_at: int) -> bool:
    """Use up a thing that works once. False when it was used before; the caller then refuses and changes nothing.

    A row is kept until `expires_at` (seconds), when the thing would be refused for its age anyway.
    """
    db.execute("DELETE FROM spent WHERE expires_at < ?", (now,))
    done = db.execute("INSERT OR IGNORE INTO spent VALUES (?, ?, ?)", (kind, value, expires_at))
    return done.rowcount == 1


def keep_once(store: Store, name: str, value: str) -> str:
    """The kept value of `name`, which is `value` when there was none yet."""
    with store.write() as db:
        db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))
        row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return str(row["value"])
