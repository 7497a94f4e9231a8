"""The schema: where it stands, and bringing it up. Going down is restoring a backup."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from live_session.store.engine import open_engine
from lti_tool.launch import keys

LOCK = 7_203_411
"""PostgreSQL advisory lock of migrations (any number that nobody else uses)."""


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
        with engine.connect() as connection:
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
            _lock(connection)
            config = configuration(url)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()
    return before, newest()


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()


def ensure_key() -> None:
    """An installation has a signing key before the first LMS asks for it. Needs an application context."""
    keys.signing_key()
