"""Alembic's environment: all tables of the three packages, in one database."""

from typing import Literal

from alembic import context
from sqlalchemy import MetaData

from analytics.tables import metadata as analytics_tables
from live_session.store.engine import open_engine
from live_session.store.tables import metadata as live_tables
from lti_tool.models import Model
from lti_tool.models.base import Word

TABLES: list[MetaData] = [live_tables, analytics_tables, Model.metadata]


def run() -> None:
    """Migrate over the connection handed in, or the URL of the configuration."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    engine = open_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        _migrate(connection)
    engine.dispose()


def _migrate(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=TABLES,
        render_as_batch=True,
        compare_type=True,
        render_item=_render,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """A migration stands by itself: our own column types are written as what the database sees."""
    return "sa.String(length=32)" if kind == "type" and isinstance(item, Word) else False


run()
