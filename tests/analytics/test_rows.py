"""Rows by the thousand, on SQLite and on PostgreSQL."""

from math import nextafter, pi
from typing import Any

import pytest
from sqlalchemy import Connection, select

from analytics import rows, tables

TABLE = tables.mastery_difficulty
WORDS = ("Vi-ét, \"kép\" và 'đơn'", "gạch \\ chéo\nhai dòng", "%s ? :x {}")


def row(name: str, value: float, n: int = 1) -> tuple[Any, ...]:
    return (1, "Toán", "item", name, "", value, 0.1, n)


def test_what_was_written_is_read_to_the_bit(connection: Connection) -> None:
    values = (pi, nextafter(1.0, 2.0), 5e-324, -0.1 - 0.2)
    written = [row(name, value, 2**31 - 1) for name in WORDS for value in (pi,)]
    written += [row(f"v{n}", value) for n, value in enumerate(values)]
    rows.put(connection, TABLE, written)
    assert sorted(map(tuple, connection.execute(select(TABLE)))) == sorted(written)


def test_a_row_takes_the_place_of_one_with_its_key(connection: Connection) -> None:
    rows.put(connection, TABLE, [row("a", 1.0), row("b", 1.0)])
    rows.put(connection, TABLE, [row("b", 2.0), row("c", 2.0)])
    assert connection.execute(select(TABLE.c.name, TABLE.c.value).order_by(TABLE.c.name)).all() == [
        ("a", 1.0),
        ("b", 2.0),
        ("c", 2.0),
    ]


def test_nothing_and_more_than_a_batch(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    rows.put(connection, TABLE, [])
    monkeypatch.setattr(rows, "BATCH", 3)
    rows.put(connection, TABLE, (row(f"i{n}", float(n)) for n in range(8)))
    assert len(connection.execute(select(TABLE)).all()) == 8


def test_no_value_is_null_and_truth_is_truth(connection: Connection) -> None:
    rows.put(
        connection, tables.mastery_answer, [(1, 0, "r", 1, "Toán", "em", "q", "i", None, 0.5, 1.0, 0, "2026-11-20")]
    )
    rows.put(connection, tables.mastery_model, [(1, "Toán", 1, True)])
    assert connection.scalars(select(tables.mastery_answer.c.objective)).one() is None
    assert connection.scalars(select(tables.mastery_model.c.is_stale)).one() is True
