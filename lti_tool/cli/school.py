"""`giotay school`: what a school takes out for other systems."""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
import psycopg
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from analytics.export import caliper, xapi
from lti_tool.cli import files
from lti_tool.cli.accounts import application
from lti_tool.cli.settings import with_settings
from lti_tool.clock import moment_of, now
from lti_tool.config import LOCALES, Settings
from lti_tool.extensions import db
from lti_tool.lessons import exports, learning_events, longfacts, longtables

if TYPE_CHECKING:
    from analytics.school import engines
    from analytics.school.facts import Files


@click.group()
def school() -> None:
    """What a school takes out for other systems."""


@school.command()
@click.option(
    "--format", "kind", type=click.Choice(["caliper", "xapi"]), required=True, help="Caliper 1.2 or xAPI 1.0.3."
)
@click.option("--from", "starts", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day of the lessons.")
@click.option("--to", "ends", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day of the lessons.")
@click.option("--course", type=int, help="Only this course, by its number in the database.")
@click.option("--identified", is_flag=True, help="Pupils by the LMS's own ids instead of pseudonyms.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def events(settings: Settings, kind: str, file: Path, **asked: Any) -> None:
    """Write what pupils did and were marked into FILE. What they did in lessons that are over and in work at their own
    pace, the marks and scores that teachers made or confirmed, as a JSON list: Caliper's envelopes, one a lesson, or
    xAPI statements. No word of a pupil and no chosen answer is in it."""
    with application(settings, reads_only=True), files.private(file) as out:
        since, until = moment_of(asked["starts"]), moment_of(asked["ends"] + timedelta(days=1))
        count = _write(out, _found(kind, since, until, asked["course"], is_identified=asked["identified"]))
    click.echo(f"{file}: {count} {'envelopes' if kind == 'caliper' else 'statements'}")


@school.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--memory", default="1GB", show_default=True, help="What the engine may take before it uses the disk.")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "postgresql", "clickhouse"]),
    default="duckdb",
    show_default=True,
    help="What answers; ClickHouse inside the process, without a limit of memory, needs requirements-dialects.lock.",
)
@click.option("--at", help="Which PostgreSQL answers, as an address; else the installation's own database.")
@click.option("--language", type=click.Choice(LOCALES), help="Of the tables' headings; else the installation's.")
@click.option("--all", "anew", is_flag=True, help="Write all facts again, not only those that have changed.")
@with_settings
def year(settings: Settings, folder: Path, engine: str, language: str | None, *, anew: bool, **asked: Any) -> None:
    """Answer long questions over all lessons. Answers by objective, question and month; attendance and participation by
    class and week; periods by form and month; objectives and questions covered. FOLDER gets the facts as Parquet and
    each answer as CSV. Needs the extra `school` (make school)."""
    try:
        from analytics.school import engines, facts  # noqa: PLC0415 - an extra, and seconds to import
    except ImportError as error:
        raise click.ClickException("this needs the extra `school`: pip install -r requirements-school.lock") from error
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with application(settings, reads_only=True, language=language):
        small, wording = longfacts.tables(click.echo), longtables.wording()
        files = facts.export(db.session.connection(), folder / "facts", click.echo, small, anew=anew)
    if not files["answers"]:
        raise click.ClickException("no lesson has been learnt from yet")
    click.echo(f"answers: {engines.answers(files)}")
    with _engine(engine, files, asked["memory"], asked["at"] or settings.database_url) as chosen:
        for name, rows in engines.run(chosen, click.echo).items():
            (folder / f"{name}.csv").write_bytes(exports.as_csv(wording.table(rows)))
            click.echo(f"{folder / name}.csv, rows: {len(rows)}")


@contextmanager
def _engine(name: str, files: "Files", memory: str, at: str) -> "Iterator[engines.Engine]":
    from analytics.school import engines  # noqa: PLC0415 - an extra, and seconds to import

    try:
        if name == "postgresql":
            with closing(engines.PostgreSQL(files, _address(at))) as asked:
                yield asked
        else:
            yield engines.ChDB(files) if name == "clickhouse" else engines.DuckDB(files, memory)
    except ImportError as error:
        raise click.ClickException("this engine needs: pip install -r requirements-dialects.lock") from error
    except psycopg.Error as error:
        raise click.ClickException(f"PostgreSQL does not answer: {error}") from error


def _address(at: str) -> str:
    """Of a PostgreSQL, as its own driver takes it."""
    try:
        url = make_url(at)
        if url.get_backend_name() == "postgresql":
            return url.set(drivername="postgresql").render_as_string(hide_password=False)
    except ArgumentError:
        pass
    raise click.ClickException("this is no PostgreSQL: say with --at which one answers")


def _found(kind: str, since: int, until: int, only: int | None, *, is_identified: bool) -> Iterator[Any]:
    """Course by course, lesson by lesson: a school's year is never in memory at once."""
    for course in learning_events.courses():
        if only is not None and course.context_id != only:
            continue
        place = learning_events.place_of(course)
        span = (course, since, until)
        for lesson in chain(
            learning_events.lessons(*span, is_identified=is_identified),
            learning_events.practices(*span, is_identified=is_identified),
        ):
            if kind == "caliper":
                yield caliper.envelope(place, lesson, now())
            else:
                yield from xapi.statements(place, lesson)
        judged = list(learning_events.judged(*span, is_identified=is_identified))
        if kind == "caliper" and judged:
            yield caliper.judgements(place, judged, now())
        elif kind == "xapi":
            yield from (xapi.scored(place, one) for one in judged)


def _write(out: IO[str], found: Iterable[Any]) -> int:
    count = 0
    out.write("[")
    for count, one in enumerate(found, 1):
        out.write(",\n" if count > 1 else "\n")
        json.dump(one, out, ensure_ascii=False)
    out.write("\n]\n")
    return count
