"""The migrations: from nothing to exactly what the packages' tables say, on every database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from analytics.tables import metadata as analytics_tables
from live_session.store.engine import open_engine
from live_session.store.tables import metadata as live_tables
from lti_tool import migrating
from lti_tool.models import Model
from tests.conftest import postgres_server
from tests.lti_tool.conftest import postgres_template, template

__all__ = ["postgres_template", "template"]
TABLES = (live_tables, analytics_tables, Model.metadata)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The database that the migrations made, of each kind; these tests only look at it."""
    if request.param == "sqlite":
        file: Path = request.getfixturevalue("template")
        url = f"sqlite:///{file}"
    else:
        name: str = request.getfixturevalue("postgres_template")
        url = postgres_server().set(database=name).render_as_string(hide_password=False)
    engine = open_engine(url)
    yield engine
    engine.dispose()


def test_the_migrated_schema_is_what_the_tables_say(migrated: Engine) -> None:
    """As the next revision would be written: nothing is left to write."""
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": list(TABLES)})
        assert compare_metadata(context, list(TABLES)) == []  # type: ignore[arg-type]


def test_no_constraint_goes_by_a_name_of_the_databases_own(migrated: Engine) -> None:
    """Later migrations must be able to name what they change, on every database alike."""
    found = inspect(migrated)
    for name in found.get_table_names():
        if name == "alembic_version":
            continue
        table = next(m.tables[name] for m in TABLES if name in m.tables)
        assert {k["name"] for k in found.get_foreign_keys(name)} == {k.name for k in table.foreign_key_constraints}
        assert {i["name"] for i in found.get_indexes(name) if not i.get("duplicates_constraint")} == {
            i.name for i in table.indexes
        }
        assert found.get_pk_constraint(name)["name"] == table.primary_key.name


def test_what_a_deletion_takes_along_is_the_same_in_the_database(migrated: Engine) -> None:
    """`compare_metadata` does not look at it, and erasing a person rests on it."""
    found = inspect(migrated)
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


def test_revisions_stand_in_one_line() -> None:
    scripts = ScriptDirectory.from_config(migrating.configuration())
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1
    assert all(not isinstance(one.down_revision, tuple) for one in scripts.walk_revisions())
