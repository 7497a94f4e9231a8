"""The commands. Every one has a help that reads well; errors are one line, never a traceback."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from live_session.errors import InUse, StoreError
from lti_tool import backups, logs, migrating, serving
from lti_tool.cli import accounts, lms, play
from lti_tool.config import Settings, SettingsError, describe, load
from lti_tool.serving import PARTS, Supervisor, part_command, sole_use

R = TypeVar("R")


def with_settings(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the settings; say in lines what is wrong with them."""

    @wraps(command)
    def given(*args: Any, **kwargs: Any) -> R:
        try:
            settings = load()
        except SettingsError as error:
            raise click.ClickException(f"settings cannot be used:\n{error}") from error
        try:
            return command(settings, *args, **kwargs)
        except (SQLAlchemyError, StoreError) as error:
            raise click.ClickException(f"the database: {getattr(error, 'orig', error)}") from error

    return given


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="giotay", prog_name="giotay")
def main() -> None:
    """Giơ Tay: live lessons, attendance and learning profiles for hybrid classrooms, plugged into an LMS by LTI 1.3."""


@main.command(epilog="\b\nSettings (environment):\n" + describe())
@click.option("--only", type=click.Choice(PARTS), help="One part alone, as systemd or compose run it.")
@with_settings
def serve(settings: Settings, only: str | None) -> None:
    """Serve the tool: pages, live server and jobs, each a process, restarted if it dies. Ctrl-C stops all of them."""
    logs.set_up(settings.log_level)
    if only is not None:
        {"web": serving.serve_web, "live": serving.serve_live, "jobs": serving.serve_jobs}[only](settings)
        return
    try:
        with sole_use(settings.database_url):
            migrate_now(settings)
            run_all(Supervisor([part_command(part) for part in PARTS]))
    except InUse as error:
        raise click.ClickException(str(error)) from error


def run_all(supervisor: Supervisor) -> None:
    """Run until Ctrl-C or SIGTERM."""
    play.stop_on_signals(supervisor)
    supervisor.start()
    supervisor.watch()
    supervisor.stop()


def migrate_now(settings: Settings) -> tuple[str, str]:
    """Bring the schema up, and make the signing key of a new installation."""
    from lti_tool.app import create_app  # noqa: PLC0415 - most commands need no web application
    from lti_tool.extensions import db  # noqa: PLC0415

    changed = migrating.migrate(settings.database_url)
    with create_app(settings).app_context():
        migrating.ensure_key()
        db.session.commit()
    return changed


@main.command()
@click.option("--lan", is_flag=True, help="Serve the school's Wi-Fi, not only this machine.")
def demo(lan: bool) -> None:
    """The tool, the live server and a demo LMS with an invented class: three links, and everything to try."""
    sys.exit(subprocess.run([sys.executable, "-m", "deploy.demo", *(["--lan"] if lan else [])], check=False).returncode)  # noqa: S603


@main.command()
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the database's schema up to this release."""
    before, after = migrate_now(settings)
    click.echo(f"schema {after}" + (" (as it was)" if before == after else f" (was {before or 'empty'})"))


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def backup(settings: Settings, file: Path) -> None:
    """Copy the database into FILE while everything runs."""
    try:
        made = backups.back_up(settings.database_url, file)
    except backups.BackupError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{file}: {made.events} events, schema {made.revision}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.confirmation_option(prompt="This replaces the database of this installation. Go on?")
@with_settings
def restore(settings: Settings, file: Path) -> None:
    """Put a backup in the place of the database. The server must be stopped."""
    try:
        with sole_use(settings.database_url):
            put_back = backups.restore(file, settings.database_url)
    except (backups.BackupError, InUse) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"restored {put_back.events} events of {put_back.created_at}; waiting scores are held until sent again")


@main.command()
@click.argument("uid", required=False)
@click.option("--name", help="Find people by a part of their name; prints their ids.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="Write here instead of the terminal.")
@with_settings
def export(settings: Settings, uid: str | None, name: str | None, to: Path | None) -> None:
    """Everything the installation holds about one person, as JSON (UID, or --name to find it)."""
    if name:
        accounts.find(settings, name)
        return
    text = json.dumps(accounts.export(settings, uid or ""), ensure_ascii=False, indent=1)
    if to:
        to.write_text(text + "\n", encoding="utf-8")
    else:
        click.echo(text)


@main.command()
@click.argument("uid")
@click.confirmation_option(prompt="This cannot be undone. Erase this person?")
@with_settings
def erase(settings: Settings, uid: str) -> None:
    """Forget one person: name, answers in words, decisions, scores. The counts of lessons stay."""
    for table, count in accounts.erase(settings, uid).items():
        if count:
            click.echo(f"{table}: {count}")


@main.group()
def grant() -> None:
    """Rights inside the tool that no LMS sends: head of department, homeroom teacher, observer."""


@grant.command("add")
@click.argument("uid")
@click.argument("kind", type=click.Choice(["department_head", "homeroom", "observer"]))
@click.option("--subject", help="Only this subject.")
@click.option("--class", "class_name", help="Only this class, such as 9A1.")
@click.option("--from", "starts", type=click.DateTime(["%Y-%m-%d"]), help="First day; today without it.")
@click.option("--to", "ends", type=click.DateTime(["%Y-%m-%d"]), help="Last day; open without it.")
@with_settings
def grant_add(settings: Settings, uid: str, kind: str, **scope: Any) -> None:
    """Give a person (UID, see `giotay export --name`) a right."""
    first = scope["starts"].date() if scope["starts"] else date.today()  # noqa: DTZ011 - the operator's own day
    last = scope["ends"].date() if scope["ends"] else None
    accounts.add_grant(settings, uid, kind, scope["subject"], scope["class_name"], (first, last))


@grant.command("list")
@with_settings
def grant_list(settings: Settings) -> None:
    """Every grant, with its number."""
    accounts.list_grants(settings)


@grant.command("end")
@click.argument("number", type=int)
@with_settings
def grant_end(settings: Settings, number: int) -> None:
    """End a grant today."""
    accounts.end_grant(settings, number)


main.add_command(lms.lms)
main.add_command(play.phones)
main.add_command(play.bench)
