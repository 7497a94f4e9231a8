"""`giotay export`, `erase` and `grant`: what the operator does about people."""

import json
from pathlib import Path
from typing import Any

import click

from lti_tool.cli import accounts, files
from lti_tool.cli.settings import with_settings
from lti_tool.config import Settings


@click.command()
@click.argument("uid", required=False)
@click.option("--name", help="Find people by a part of their name; prints their ids.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="Write here instead of the terminal.")
@with_settings
def export(settings: Settings, uid: str | None, name: str | None, to: Path | None) -> None:
    """Everything the installation holds about one person. JSON, of a UID, or --name to find it."""
    if name:
        accounts.find(settings, name)
        return
    if not uid:
        raise click.UsageError("name a person by UID, or find the UID with --name")
    text = json.dumps(accounts.export(settings, uid), ensure_ascii=False, indent=1)
    if to:
        with files.private(to) as out:
            out.write(text + "\n")
    else:
        click.echo(text)


@click.command()
@click.argument("uid")
@click.confirmation_option(prompt="This cannot be undone. Erase this person?")
@with_settings
def erase(settings: Settings, uid: str) -> None:
    """Forget one person: name, answers in words, decisions, scores. The counts of lessons stay."""
    for table, count in accounts.erase(settings, uid).items():
        if count:
            click.echo(f"{table}: {count}")


@click.group()
def grant() -> None:
    """Rights inside the tool that no LMS sends. They are head of department, homeroom teacher, observer."""


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
    first, last = (day.date() if day else None for day in (scope["starts"], scope["ends"]))
    accounts.add_grant(settings, uid, kind, scope["subject"], scope["class_name"], (first, last))


@grant.command("list")
@with_settings
def grant_list(settings: Settings) -> None:
    """Every grant, with its number."""
    accounts.list_grants(settings)


@grant.command("end")
@click.argument("number", type=int)
@click.option("--now", "at_once", is_flag=True, help="At once; else it holds to the end of the day.")
@with_settings
def grant_end(settings: Settings, number: int, *, at_once: bool) -> None:
    """End a grant today."""
    accounts.end_grant(settings, number, at_once=at_once)
