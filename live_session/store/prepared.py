"""The statements of every append and of every look at the log, as texts that a driver takes as they are.

Built and compiled anew for each batch they cost more than the database's own work on it. Each has one text a database:
SQLite takes rows one by one in a call, PostgreSQL takes all of them as one JSON value, so that a batch is one trip.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Column, Integer, Table

from live_session.store.tables import content, event, run

Rows: TypeAlias = Sequence[tuple[Any, ...]]
_encode: Callable[[object], bytes] = msgspec.json.Encoder().encode


class Prepared(msgspec.Struct, frozen=True, eq=False):
    """A statement, and what its rows become: `texts` and `takes` by the database's name."""

    texts: Mapping[str, str]
    takes: Mapping[str, Callable[[Rows], Any]]


def _many(rows: Rows) -> Any:
    """For `executemany`."""
    return list(rows)


def _as_json(rows: Rows) -> Any:
    return (_encode(rows).decode(),)


def _ids_as_json(rows: Rows) -> Any:
    return (_encode([row[0] for row in rows]).decode(),)


def _fields(columns: Sequence[Column[Any]]) -> str:
    """The cells of a JSON row, each as its column's type."""
    types = ["bigint" if isinstance(c.type, Integer) else "text" for c in columns]
    return ", ".join(f"(row->>{place})::{name}" for place, name in enumerate(types))


def _insert(table: Table, *columns: Column[Any]) -> Prepared:
    """Write rows of these columns."""
    head = f"INSERT INTO {table.name} ({', '.join(c.name for c in columns)})"
    rows = "json_array_elements(%s::json) AS row"
    return Prepared(
        {
            "sqlite": f"{head} VALUES ({', '.join('?' * len(columns))})",
            "postgresql": f"{head} SELECT {_fields(columns)} FROM {rows}",  # noqa: S608 - names of our own tables
        },
        {"sqlite": _many, "postgresql": _as_json},
    )


LOCK = Prepared(
    {
        "sqlite": "SELECT id, seq FROM run WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        "postgresql": "SELECT id, seq FROM run WHERE id IN (SELECT json_array_elements_text(%s::json)) ORDER BY id "
        "FOR UPDATE",
    },
    {"sqlite": _ids_as_json, "postgresql": _ids_as_json},
)
"""Rows of (id): hold these runs (on SQLite the transaction itself does) and say how far each goes."""

HEADS_OF = Prepared(
    {
        "sqlite": "SELECT id, epoch, seq FROM run WHERE id IN (SELECT value FROM json_each(?))",
        "postgresql": "SELECT id, epoch, seq FROM run WHERE id IN (SELECT json_array_elements_text(%s::json))",
    },
    {"sqlite": _ids_as_json, "postgresql": _ids_as_json},
)
"""Rows of (id): how far each of these runs goes."""

_WITH_TEXT = "LEFT JOIN content AS c ON c.run_id = e.run_id AND c.id = e.command_id AND c.kind = 'text'"
_COLUMNS = ", ".join(f"e.{c.name}" for c in event.c)
TAIL = Prepared(
    {
        "sqlite": f"SELECT {_COLUMNS}, c.text FROM json_each(?) AS k CROSS JOIN event AS e "  # noqa: S608 - our own columns
        "ON e.run_id = json_extract(k.value, '$[0]') AND e.seq > json_extract(k.value, '$[1]') "
        f"{_WITH_TEXT} ORDER BY e.run_id, e.seq",
        "postgresql": f"SELECT {_COLUMNS}, c.text FROM json_array_elements(%s::json) AS k "  # noqa: S608
        "JOIN event AS e ON e.run_id = k->>0 AND e.seq > (k->>1)::integer "
        f"{_WITH_TEXT} ORDER BY e.run_id, e.seq",
    },
    {"sqlite": _as_json, "postgresql": _as_json},
)
"""Rows of (run_id, seq): the events of each of these runs beyond that, in order, with pupils' words beside them."""

EVENTS = _insert(event, *event.c)
TEXTS = _insert(content, *(c for c in content.c if c.name != "data"))

_MOVED = (run.c.seq, run.c.phase, run.c.ended_at, run.c.id)
_NEW = f"(SELECT {_fields(_MOVED)} FROM json_array_elements(%s::json) AS row)"  # noqa: S608 - our own columns
HEADS = Prepared(
    {
        "sqlite": "UPDATE run SET seq = ?, phase = ?, ended_at = ? WHERE id = ?",
        "postgresql": f"UPDATE run SET seq = new.seq, phase = new.phase, ended_at = new.ended_at FROM {_NEW} "  # noqa: S608
        "AS new (seq, phase, ended_at, id) WHERE run.id = new.id",
    },
    {"sqlite": _many, "postgresql": _as_json},
)
"""Rows of (seq, phase, ended_at, id): how far each run goes now."""
