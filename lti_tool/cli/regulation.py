"""`giotay regulation`: is a regulation, as this release computes it, what a table of worked cases says?"""

import json
from datetime import date
from pathlib import Path

import click

from analytics.regulations import editions, regulation_of
from analytics.regulations.cases import BadCases, Case, Verdict, judge, read
from analytics.regulations.port import Regulation
from lti_tool.clock import school_year as school_year_of


@click.group()
def regulation() -> None:
    """Regulations on assessment: hold one to worked cases."""


@regulation.command()
@click.argument("cases", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--regulation", "key", default="circular_22_2021", show_default=True, help="Its name (entry point).")
@click.option("--school-year", help="As it stood in this school year, such as 2026-2027; the present one without it.")
def check(cases: Path, key: str, school_year: str | None) -> None:
    """Compute every case of CASES, a CSV file. Prints each difference and their count. Exits with 1 when there is
    any, or when the file cannot be read."""
    chosen = _regulation(key, school_year or school_year_of(date.today()))  # noqa: DTZ011 - the operator's own day
    try:
        verdicts = [judge(chosen, case) for case in _cases(cases)]
    except BadCases as error:
        raise click.ClickException(f"{cases}: {error}") from error
    for verdict in verdicts:
        for name in verdict.passed_over:
            click.echo(f"{verdict.case.id}: input {name!r} is unknown to {verdict.case.kind}; passed over", err=True)
    differing = [verdict for verdict in verdicts if not verdict.agrees]
    for verdict in differing:
        _tell(verdict)
    click.echo(f"{_count(len(verdicts), 'case')}, {_count(len(differing), 'difference')}")
    if differing:
        raise SystemExit(1)


def _regulation(key: str, school_year: str) -> Regulation:
    try:
        found = regulation_of(key, school_year)
    except KeyError as error:
        known = ", ".join(editions())
        raise click.ClickException(f"there is no regulation {key}; installed: {known}") from error
    except ValueError as error:
        raise click.ClickException(f"{error}; write it as 2026-2027") from error
    if found is None:
        raise click.ClickException(f"{key} did not stand in {school_year}")
    return found


def _cases(path: Path) -> list[Case]:
    try:
        return read(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadCases("not a text in UTF-8") from error
    except OSError as error:
        raise BadCases(f"cannot be read ({error.strerror})") from error


def _tell(verdict: Verdict) -> None:
    case = verdict.case
    click.echo(f"{case.id}  {case.kind}  {case.article}")
    for word, answer in (("expected", case.expected), ("computed", verdict.computed)):
        click.echo(f"  {word} {json.dumps(answer, ensure_ascii=False, default=float)}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
