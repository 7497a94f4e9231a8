"""`giotay phones` and `giotay bench`: a full class for one person to watch, and what an answer costs."""

import asyncio
import json
import re
import signal
import sys
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any
from urllib.parse import urljoin

import click
import requests
from sqlalchemy import select

from analytics import reader
from live_session.phones import Answerer, Crowd, LogNormal, Phone, Progress, Site
from lti_tool.cli.accounts import application
from lti_tool.config import Settings, SettingsError, load
from lti_tool.extensions import db
from lti_tool.models import LessonRun
from lti_tool.serving import Supervisor


def stop_on_signals(supervisor: Supervisor) -> None:
    """Ctrl-C and SIGTERM end the supervisor's watch; it then stops its processes in order."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        supervisor.end_watch()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


# --- phones ---------------------------------------------------------------------------------------------------------


class JoinPage(HTMLParser):
    """What a phone reads of our pages: the names that can be picked, and the boot data of the lesson's page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.boot: dict[str, Any] = {}
        self._is_boot = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("data-person"):
            self.names.append(values["href"] or "")
        self._is_boot = tag == "script" and values.get("id") == "boot"

    def handle_data(self, data: str) -> None:
        if self._is_boot:
            self.boot = json.loads(data)

    def handle_endtag(self, tag: str) -> None:
        self._is_boot = False


def read_page(text: str) -> JoinPage:
    """A page, parsed."""
    page = JoinPage()
    page.feed(text)
    return page


class Seat:
    """One simulated pupil's way in, as a browser goes it: the list of names, a pick, the lesson's page."""

    def __init__(self, base: str, path: str, mode: str) -> None:
        self._browser = requests.Session()
        self._browser.trust_env = False
        self._base, self._path, self._mode = base, path, mode
        self.boot: dict[str, Any] = {}

    def sit(self) -> bool:
        """Pick the name; False when somebody else was faster."""
        answer = self._browser.post(urljoin(self._base, self._path), data={"mode": self._mode}, timeout=20)
        self.boot = read_page(answer.text).boot if answer.ok else {}
        return "seat" in self.boot

    async def ticket(self) -> str:
        """The ticket of the page; a new one when it is asked for again."""
        seat = self.boot["seat"]
        ticket = seat.pop("ticket", None) or await asyncio.to_thread(self._renew, seat)
        return str(ticket)

    def _renew(self, seat: dict[str, Any]) -> str:
        headers = {"Authorization": f"Bearer {self.boot['token']}", "Accept": "application/json"}
        answer = self._browser.post(urljoin(self._base, seat["renew"]), headers=headers, timeout=20)
        answer.raise_for_status()
        return str(answer.json()["seat"]["ticket"])


@click.command()
@click.option("--count", default=38, show_default=True, help="How many pupils come.")
@click.option("--code", help="The six digits; without it, the newest running lesson of this installation.")
@click.option("--url", help="Address of the tool; without it, GIOTAY_PUBLIC_URL.")
@click.option("--over", default=4.0, show_default=True, help="Seconds within which they arrive.")
@click.option("--median", default=6.0, show_default=True, help="Median seconds to an answer.")
@click.option("--home", default=0.15, show_default=True, help="Share of pupils at home.")
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same class.")
def phones(count: int, code: str | None, url: str | None, **ways: float) -> None:
    """Join simulated pupils by the real pages and the real protocol, until Ctrl-C or the end of the lesson. On the
    machine that holds the database, what they were promised is then compared with the log."""
    settings, base, digits = _where(url, code)
    run_id = _run_of(settings, digits)
    dice = Random(int(ways["seed"]))  # noqa: S311 - a simulated class, not a secret
    seats = _sit(base, digits, count, ways["home"], dice)
    if not seats:
        raise click.ClickException("nobody could sit down: is the class list empty, or every name taken?")
    origin = base.rstrip("/")
    pupils = [
        Phone(
            Site(seat.boot["seat"]["socket"], origin),
            seat.ticket,
            Random(dice.random()),  # noqa: S311
            who=seat.boot["seat"]["owner"],
            answerer=Answerer(times=LogNormal(ways["median"]), share=0.95, change=0.1),
        )
        for seat in seats
    ]
    click.echo(f"{len(pupils)} pupils sit down in lesson {digits}. Ctrl-C sends them home.")
    crowd = Crowd(pupils, dice, ways["over"])
    try:
        asyncio.run(crowd.run(_tell))
    except KeyboardInterrupt:
        click.echo("\nThey went home.")
    if run_id:
        _judge(settings, run_id, crowd)


def _run_of(settings: Settings, code: str) -> str | None:
    """The running lesson of this code, if it is in this machine's database."""
    with application(settings):
        return db.session.scalars(select(LessonRun.run_id).where(LessonRun.code == code)).first()


def _judge(settings: Settings, run_id: str, crowd: Crowd) -> None:
    """Every acknowledged answer must be in the log, once, as it was acknowledged."""
    with application(settings):
        verdict = crowd.compare(reader.read_log(db.session.connection(), run_id))
    if not verdict.is_clean:
        raise click.ClickException(f"the log does not hold what was promised: {verdict}")
    click.echo(f"{verdict.acked} answers were acknowledged, and all of them are in the log.")


def _where(url: str | None, code: str | None) -> tuple[Settings, str, str]:
    try:
        settings = load()
    except SettingsError as error:
        raise click.ClickException(f"settings cannot be used:\n{error}") from error
    base = (url or settings.public_url).rstrip("/") + "/"
    if code:
        return settings, base, re.sub(r"\D", "", code)
    with application(settings):
        query = select(LessonRun.code).where(LessonRun.code.is_not(None)).order_by(LessonRun.started_at.desc())
        newest = db.session.scalars(query).first()
    if newest is None:
        raise click.ClickException("no lesson is running; start one, or name it with --code")
    return settings, base, newest


def _sit(base: str, code: str, count: int, at_home: float, dice: Random) -> list[Seat]:
    """Up to `count` pupils with a seat."""
    try:
        answer = requests.get(urljoin(base, f"j/{code}"), params={"all": 1}, timeout=20)
    except requests.RequestException as error:
        raise click.ClickException(f"{base} does not answer") from error
    if not answer.ok:
        raise click.ClickException(f"there is no lesson with the code {code} at {base}")
    seats: list[Seat] = []
    for path in read_page(answer.text).names:
        if len(seats) == count:
            break
        seat = Seat(base, path, "home" if dice.random() < at_home else "room")
        if seat.sit():
            seats.append(seat)
    return seats


def _tell(progress: Progress) -> None:
    line = (
        f"\r{progress.connected}/{progress.phones} here · {progress.answered} answers · {progress.acked} saved · "
        f"{progress.waiting} waiting · {progress.reconnects} came back "
    )
    click.echo(line, nl=not sys.stdout.isatty())


# --- bench ----------------------------------------------------------------------------------------------------------


@click.group()
def bench() -> None:
    """Measure this installation's code on this machine, beside a raw floor in the same run."""


@bench.command("live")
@click.option("--lessons", default=25, show_default=True)
@click.option("--phones", default=40, show_default=True)
@click.option("--questions", default=10, show_default=True)
@click.option("--scenario", type=click.Choice(["S", "L"]), default="S", show_default=True)
@click.option("--repeat", default=3, show_default=True)
@click.option(
    "--db", default="sqlite", show_default=True, help='"sqlite", or a PostgreSQL URL that may make databases.'
)
@click.option("--json", "to", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here as well.")
def bench_live(to: Path | None, **given: Any) -> None:
    """What an answer costs: CPU, time to the ack, frames, memory, nothing lost."""
    from live_session.bench import live as live_bench  # noqa: PLC0415 - needs development packages

    try:
        report = live_bench.run(live_bench.Options(**given), tell=lambda line: click.echo(line, err=True))
    except live_bench.BenchError as error:
        raise click.ClickException(str(error)) from error
    click.echo(report.text())
    if to:
        to.write_bytes(report.json())
