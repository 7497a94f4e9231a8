"""The schema: where it stands, and bringing it up. Going down is restoring a backup."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from live_session.store.engine import READ_ONLY, open_engine
from lti_tool.config import SettingsError
from lti_tool.launch import keys

LOCK = 7_203_411
"""PostgreSQL advisory lock of migrations (any number that nobody else uses)."""
TABLE_WAIT = "3s"
"""How long a migration waits for a table that somebody uses; then it is undone, and can be tried again."""
FILE_WAIT_MS = 600_000
"""How long a process waits for another that migrates the same SQLite file."""


def configuration(url: str = "") -> Config:
    """Alembic's configuration; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", "deploy:migrations")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(rev)s_%%(slug)s")
    return config


def newest() -> str:
    """The revision this release knows."""
    return ScriptDirectory.from_config(configuration()).get_current_head() or ""


def revisions() -> set[str]:
    """Every revision this release can bring up to date."""
    return {one.revision for one in ScriptDirectory.from_config(configuration()).walk_revisions()}


def current(url: str) -> str:
    """The revision of a database; empty for a new one."""
    engine = open_engine(url)
    try:
        # Reading only: a question about the schema waits for nobody who writes, and holds nobody up.
        with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""
    finally:
        engine.dispose()


def migrate(url: str) -> tuple[str, str]:
    """Bring the schema up; (revision before, revision after). One process at a time: the others wait."""
    before = current(url)
    if before == newest():
        return before, before
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            _wait_our_turn(connection)
            config = configuration(url)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()
    return before, newest()


def _wait_our_turn(connection: Connection) -> None:
    """Wait however long the others' migration takes; what then runs waits for no table longer than `TABLE_WAIT`, so
    that one forgotten session does not stop the school behind a migration that waits for it.

    On SQLite the turn is the write lock itself, held from before Alembic reads where the schema stands: read earlier,
    it would be what stood there before the others migrated.
    """
    if connection.dialect.name == "sqlite":
        connection.execution_options(**{READ_ONLY: True}).exec_driver_sql(f"PRAGMA busy_timeout = {FILE_WAIT_MS}")
        connection.commit()
        connection.execution_options(**{READ_ONLY: False}).begin()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.execute(text(f"SET lock_timeout = '{TABLE_WAIT}'"))
        connection.commit()


def ensure_key() -> None:
    """An installation has a signing key before the first LMS asks for it. Needs an application context.

    Raises `SettingsError` when the secret is not the one that this database's key is encrypted under.
    """
    try:
        keys.signing_key()
    except LookupError as error:
        raise SettingsError(
            "GIOTAY_SECRET_KEY: another secret than the one this database was made with; bring the old one back, or "
            "keep it in GIOTAY_SECRET_KEY_FALLBACKS"
        ) from error
