"""Rows of the first release's schema are all there, as they were, when a database is brought up to this release's.

A row stands in each table, so that a column that is required from now on, or a table that SQLite writes anew, is met
with something in it.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from alembic import command
from sqlalchemy import Column, Engine, MetaData, Table, select
from sqlalchemy import types as sql

from live_session.store.engine import open_engine
from lti_tool import migrating

FIRST = "0001"
GONE = {"launch_state"}
"""Logins under way, which nobody takes up after a migration."""
ROW: tuple[tuple[type[Any], Any], ...] = (
    (sql.Boolean, True),
    (sql.Integer, 7),
    (sql.Float, 7.5),
    (sql.Numeric, Decimal("7.5")),
    (sql.Date, date(2026, 11, 23)),
    (sql.JSON, {"seven": 7}),
    (sql.LargeBinary, b"seven"),
    (sql.String, "seven"),
)
"""What a column of each type holds; the first that fits. Foreign keys fit each other, being all the same."""


def value_of(column: Column[Any]) -> Any:
    return next(value for type_, value in ROW if isinstance(column.type, type_))


def tables_of(engine: Engine) -> Mapping[str, Table]:
    found = MetaData()
    found.reflect(engine)
    return {table.name: table for table in found.sorted_tables if table.name != "alembic_version"}


def fill(engine: Engine) -> None:
    tables = tables_of(engine)
    with engine.begin() as connection:
        for table in tables.values():
            connection.execute(table.insert().values({one.name: value_of(one) for one in table.columns}))


def contents(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    tables = tables_of(engine)
    with engine.connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(select(table)).mappings()] for name, table in tables.items()
        }


def test_no_row_of_the_first_schema_is_lost_or_changed(database_url: str) -> None:
    engine, config = open_engine(database_url), migrating.configuration(database_url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
    fill(engine)
    before = contents(engine)
    assert all(before.values())
    migrating.migrate(database_url)
    after = contents(engine)
    engine.dispose()
    assert before.keys() - after.keys() == GONE
    for name in before.keys() - GONE:
        ((old,), (new,)) = before[name], after[name]
        assert {column: new.get(column) for column in old} == old, name
