"""Rows by the thousand: written in one call to the driver, in place of those with their keys; and read in peace.

Compiling a statement anew and binding names row by row costs more than the database's own work on so many rows.
SQLite takes rows one by one in a call; PostgreSQL takes a batch as one JSON value (its arrays are slow to write), so
that it is one trip.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Boolean, Connection, Double, Integer, Table

Row: TypeAlias = tuple[Any, ...]
BATCH = 5_000
_encode = msgspec.json.Encoder().encode


def put(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Write rows of all columns, in the order of the table; a row with a key that is there takes its place. No two
    of the rows may have one key."""
    statement = _statement(table, connection.dialect.name)
    for batch in _batches(rows):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(statement, (_encode(batch).decode(),))
        else:
            connection.exec_driver_sql(statement, batch)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


@cache
def _statement(table: Table, database: str) -> str:
    keys = [column.name for column in table.primary_key]
    changed = [column.name for column in table.c if column.name not in keys]
    head = f"INSERT INTO {table.name} ({', '.join(_quoted(c.name) for c in table.c)})"
    if database == "postgresql":
        cells = ", ".join(f"(row->>{place})::{_type_of(column.type)}" for place, column in enumerate(table.c))
        head += f" SELECT {cells} FROM json_array_elements(%s::json) AS row"  # noqa: S608 - names of our own tables
    else:
        head += f" VALUES ({', '.join('?' for _ in table.c)})"
    values = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in changed)
    return f"{head} ON CONFLICT ({', '.join(map(_quoted, keys))}) DO {f'UPDATE SET {values}' if values else 'NOTHING'}"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _type_of(type_: object) -> str:
    match type_:
        case Integer():
            return "bigint"
        case Double():
            return "double precision"
        case Boolean():
            return "boolean"
        case _:
            return "text"


@contextmanager
def uncollected() -> Iterator[None]:
    """Without Python's collector of cycles: millions of rows hold none, and going through them again and again is a
    third to a half of the work."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
