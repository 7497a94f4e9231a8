"""`giotay migrate`, `backup` and `restore`: the database as a whole."""

from pathlib import Path

import click

from live_session.errors import InUse
from lti_tool import backups, migrating
from lti_tool.cli.settings import with_settings
from lti_tool.config import Settings
from lti_tool.serving import sole_use


def migrate_now(settings: Settings) -> tuple[str, str]:
    """Bring the schema up, and make the signing key of a new installation."""
    from lti_tool.app import create_app  # noqa: PLC0415 - most commands need no web application
    from lti_tool.extensions import db  # noqa: PLC0415

    changed = migrating.migrate(settings.database_url)
    with create_app(settings).app_context():
        migrating.ensure_key()
        db.session.commit()
    return changed


@click.command()
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the database's schema up to this release."""
    before, after = migrate_now(settings)
    click.echo(f"schema {after}" + (" (as it was)" if before == after else f" (was {before or 'empty'})"))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def backup(settings: Settings, file: Path) -> None:
    """Copy the database into FILE while everything runs."""
    try:
        made = backups.back_up(settings.database_url, file)
    except backups.BackupError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{file}: schema {made.revision}, events: {made.events}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.confirmation_option(prompt="This replaces the database of this installation. Go on?")
@with_settings
def restore(settings: Settings, file: Path) -> None:
    """Put a backup in the place of the database. The server must be stopped. Who was erased since the backup was made
    is back in it: erase them again."""
    try:
        with sole_use(settings.database_url):
            put_back = backups.restore(file, settings.database_url)
    except (backups.BackupError, InUse) as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"restored as of {put_back.created_at}, events: {put_back.events}; waiting scores are held until sent again"
    )
