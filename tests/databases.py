"""PostgreSQL databases for tests, each as its test wants it: empty, or like a template. Making and dropping one makes
the server write all it has to its disk; so they are kept, and put back to how they were after each test."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

EMPTY = "template0"
DRIVERS_WAIT_MS = 10_000

SHAPE = """
SELECT (SELECT count(*) || ' ' || sum(oid::bigint) || ' ' || sum(relnatts) || ' ' || sum(relfilenode::bigint)
          FROM pg_class WHERE relnamespace = 'public'::regnamespace),
       (SELECT count(*) || ' ' || coalesce(sum(oid::bigint), 0) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace),
       (SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg_t%')
"""
"""What a test may have done to the tables themselves."""
ALONE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
NOTHING_LEFT = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
  LOOP EXECUTE format('DELETE FROM %s', one.name); END LOOP;
END $$
"""
NOTHING_MADE = "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner"
SEQUENCES = "SELECT schemaname || '.' || quote_ident(sequencename), last_value FROM pg_sequences"


@dataclass
class Kept:
    """A database, and what stood in it when it was made: its tables' shape, their rows, where its numbers stood."""

    name: str
    shape: tuple[object, ...] = ()
    rows: dict[str, bytes] = field(default_factory=dict)
    numbers: tuple[tuple[str, int | None], ...] = ()


class Databases:
    """Those of one server and one worker. Names are random: workers never meet."""

    def __init__(self, address: str) -> None:
        """`address` is libpq's, of a database from which others can be made."""
        self._address = address
        self._spare: dict[str, list[Kept]] = {}

    @contextmanager
    def one(self, template: str = EMPTY) -> Iterator[str]:
        """The name of a database like this template, until the end of the block."""
        spare = self._spare.setdefault(template, [])
        kept = spare.pop() if spare else self._make(template)
        try:
            yield kept.name
        finally:
            if self._is_as_it_was(kept, is_empty=template == EMPTY):
                spare.append(kept)
            else:
                self.drop(kept.name)

    def close(self) -> None:
        """Drop them all."""
        for spare in self._spare.values():
            while spare:
                self.drop(spare.pop().name)

    def drop(self, name: str) -> None:
        with self._server() as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _server(self, database: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
        named = {"dbname": database} if database else {}
        options = f"-c lock_timeout={DRIVERS_WAIT_MS}"
        return psycopg.connect(self._address, autocommit=True, connect_timeout=10, options=options, **named)

    def _make(self, template: str) -> Kept:
        kept = Kept(f"giotay_test_{uuid.uuid4().hex[:12]}")
        like = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(kept.name), sql.Identifier(template))
        with self._server() as server:
            server.execute(like)
        if template != EMPTY:
            with self._server(kept.name) as inside:
                kept.shape = inside.execute(SHAPE).fetchone() or ()
                kept.numbers = tuple(inside.execute(SEQUENCES))  # type: ignore[arg-type]
                kept.rows = _rows(inside)
        return kept

    def _is_as_it_was(self, kept: Kept, is_empty: bool) -> bool:
        """Put it back; False where that cannot be done."""
        with suppress(psycopg.Error), self._server(kept.name) as inside:
            inside.execute(ALONE)
            if is_empty:
                inside.execute(NOTHING_MADE)
                return True
            if inside.execute(SHAPE).fetchone() == kept.shape:
                with inside.transaction():
                    _put_back(inside, kept)
                return True
        return False


def _rows(inside: psycopg.Connection[tuple[object, ...]]) -> dict[str, bytes]:
    """The rows of every table that has any, as COPY tells them."""
    names = inside.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    ).fetchall()
    found: dict[str, bytes] = {}
    for (name,) in names:
        with inside.cursor().copy(f"COPY {name} TO STDOUT") as copy:  # type: ignore[arg-type]
            found[str(name)] = b"".join(map(bytes, copy))
    return {name: rows for name, rows in found.items() if rows}


def _put_back(inside: psycopg.Connection[tuple[object, ...]], kept: Kept) -> None:
    inside.execute("SET LOCAL session_replication_role = replica")  # in any order: no key is looked after
    inside.execute(NOTHING_LEFT)
    for name, rows in kept.rows.items():
        with inside.cursor().copy(f"COPY {name} FROM STDIN") as copy:  # type: ignore[arg-type]
            copy.write(rows)
    for name, number in kept.numbers:
        inside.execute("SELECT setval(%s::regclass, %s, %s)", (name, number or 1, number is not None))
