"""The migrations: from nothing to exactly what the packages' tables say, on every database."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from analytics.tables import metadata as analytics_tables
from live_session.store.engine import open_engine
from live_session.store.tables import metadata as live_tables
from lti_tool import migrating
from lti_tool.models import Model

TABLES = (live_tables, analytics_tables, Model.metadata)


def test_the_migrated_schema_is_what_the_tables_say(database_url: str) -> None:
    """As the next revision would be written: nothing is left to write."""
    migrating.migrate(database_url)
    engine = open_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": list(TABLES)})
        assert compare_metadata(context, list(TABLES)) == []  # type: ignore[arg-type]
    engine.dispose()


def test_no_constraint_goes_by_a_name_of_the_databases_own(database_url: str) -> None:
    """Later migrations must be able to name what they change, on every database alike."""
    migrating.migrate(database_url)
    engine = open_engine(database_url)
    found = inspect(engine)
    for name in found.get_table_names():
        if name == "alembic_version":
            continue
        table = next(m.tables[name] for m in TABLES if name in m.tables)
        assert {k["name"] for k in found.get_foreign_keys(name)} == {k.name for k in table.foreign_key_constraints}
        assert {i["name"] for i in found.get_indexes(name) if not i.get("duplicates_constraint")} == {
            i.name for i in table.indexes
        }
        assert found.get_pk_constraint(name)["name"] == table.primary_key.name
    engine.dispose()


def test_what_a_deletion_takes_along_is_the_same_in_the_database(database_url: str) -> None:
    """`compare_metadata` does not look at it, and erasing a person rests on it."""
    migrating.migrate(database_url)
    engine = open_engine(database_url)
    found = inspect(engine)
    in_database = {
        (name, key["constrained_columns"][0]): key["options"].get("ondelete")
        for name in found.get_table_names()
        for key in found.get_foreign_keys(name)
    }
    in_models = {
        (name, key.column_keys[0]): key.ondelete
        for metadata in TABLES
        for name, table in metadata.tables.items()
        for key in table.foreign_key_constraints
    }
    assert in_database == in_models
    assert all(in_database.values()), "a foreign key must say what its row's deletion does"
    engine.dispose()


def test_revisions_stand_in_one_line() -> None:
    scripts = ScriptDirectory.from_config(migrating.configuration())
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1
    assert all(not isinstance(one.down_revision, tuple) for one in scripts.walk_revisions())
