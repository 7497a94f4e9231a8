"""The schema: where it stands, and bringing it up."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import text

from live_session.store.engine import open_engine
from lti_tool import migrating
from lti_tool.cli import main as giotay


def schema_of(url: str) -> list[tuple[object, ...]]:
    engine = open_engine(url)
    query = (
        "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2"
        if url.startswith("sqlite")
        else "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY 1, 2"
    )
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def test_a_new_database_stands_nowhere(database_url: str) -> None:
    assert migrating.current(database_url) == ""


def test_a_second_migration_does_nothing(database_url: str) -> None:
    assert migrating.migrate(database_url) == ("", migrating.newest())
    before = schema_of(database_url)
    assert before
    assert migrating.migrate(database_url) == (migrating.newest(), migrating.newest())
    assert migrating.current(database_url) == migrating.newest()
    assert schema_of(database_url) == before


def test_the_newest_revision_is_one_of_those_known() -> None:
    assert migrating.newest() in migrating.revisions()


def test_what_was_flagged_before_flags_had_a_column_is_so_afterwards(database_url: str) -> None:
    engine, config = open_engine(database_url), migrating.configuration(database_url)
    bodies = {"good": '{"n":9,"flags":[],"compared":9}', "bad": '{"n":9,"flags":[{"kind":"miskey"}],"compared":9}'}
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0039")
        into = "item_snapshot (item, origin, computed_at, lessons, n, body)"
        row = text(f"INSERT INTO {into} VALUES (:item, 'class', 1, 1, 9, :body)")
        connection.execute(row, [{"item": item, "body": body} for item, body in bodies.items()])
    migrating.migrate(database_url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT item, is_flagged FROM item_snapshot ORDER BY item")).all()
    engine.dispose()
    assert [(item, bool(is_flagged)) for item, is_flagged in found] == [("bad", True), ("good", False)]


def test_an_address_with_a_percent_sign_is_taken_as_it_is(tmp_path: Path) -> None:
    """Passwords hold `%40` and the like; an ini file would read them as its own signs."""
    url = f"sqlite:///{tmp_path}/a%40b.sqlite3"
    assert migrating.configuration(url).get_main_option("sqlalchemy.url") == url
    migrating.migrate(url)
    assert migrating.current(url) == migrating.newest()


@pytest.mark.parametrize("processes", [3, pytest.param(5, marks=pytest.mark.slow)])
def test_several_processes_that_start_at_once_migrate_once(database_url: str, processes: int) -> None:
    program = f"from lti_tool import migrating; print(migrating.migrate({database_url!r})[1])"
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    ended = [(*one.communicate(timeout=60), one.returncode) for one in started]
    assert ended == [(f"{migrating.newest()}\n", "", 0)] * processes
    assert migrating.current(database_url) == migrating.newest()


@pytest.mark.postgres
def test_one_waits_for_another_however_long_and_for_a_table_only_shortly(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection of ours gives up on any lock after some seconds: on the lock of migrations it must not."""
    engine = open_engine(postgres_url)
    heard: list[str] = []
    with engine.connect() as connection:
        execute = connection.execute

        def hear(statement: object, *args: object) -> object:
            if "advisory" in str(statement):
                heard.append(str(connection.scalar(text("SELECT current_setting('lock_timeout')"))))
            return execute(statement, *args)  # type: ignore[call-overload]

        monkeypatch.setattr(connection, "execute", hear)
        migrating._wait_our_turn(connection)
        monkeypatch.undo()
        assert heard == ["0"]
        assert connection.scalar(text("SELECT current_setting('lock_timeout')")) == migrating.TABLE_WAIT
        own = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()"  # another worker may be migrating too
        held = text(f"{own} AND locktype = 'advisory' AND objid = :lock AND granted")
        assert connection.scalar(held, {"lock": migrating.LOCK}) == 1
    engine.dispose()


def test_a_migration_that_breaks_leaves_nothing_behind(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations  # noqa: PLC0415

    made: list[str] = []
    create = Operations.create_table

    def create_some(self: Operations, name: str, *args: object, **kwargs: object) -> object:
        if len(made) == 5:
            raise RuntimeError("the disk is full")
        made.append(name)
        return create(self, name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Operations, "create_table", create_some)
    with pytest.raises(RuntimeError):
        migrating.migrate(database_url)
    monkeypatch.undo()
    assert migrating.current(database_url) == ""
    assert not [row for row in schema_of(database_url) if set(made) & set(row)]
    assert migrating.migrate(database_url) == ("", migrating.newest())


def test_another_secret_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIOTAY_DATABASE_URL", f"sqlite:///{tmp_path / 'giotay.db'}")
    monkeypatch.setenv("GIOTAY_SECRET_KEY", "the first secret of this installation")
    assert CliRunner().invoke(giotay, ["migrate"]).exit_code == 0
    monkeypatch.setenv("GIOTAY_SECRET_KEY", "another secret which hides nothing in there")
    refused = CliRunner().invoke(giotay, ["migrate"])
    assert refused.exit_code == 1
    assert "GIOTAY_SECRET_KEY: another secret than the one this database was made with" in refused.output
    monkeypatch.setenv("GIOTAY_SECRET_KEY_FALLBACKS", "the first secret of this installation")
    assert CliRunner().invoke(giotay, ["migrate"]).exit_code == 0
