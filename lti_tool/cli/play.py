"""`giotay phones` and `giotay bench`: a full class for one person to watch, and what an answer costs."""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urljoin

import click
import msgspec
import requests
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection

from analytics import reader
from live_session.phones import (
    Answerer,
    Arrival,
    Crowd,
    Habits,
    Link,
    LogNormal,
    Lossy,
    Phone,
    Progress,
    Site,
    Uniform,
    Weather,
)
from live_session.transport import NAMES
from lti_tool.cli.accounts import application
from lti_tool.cli.settings import settings_or_exit
from lti_tool.config import Settings
from lti_tool.extensions import db
from lti_tool.models import LessonRun

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


SECONDS = click.FloatRange(0, min_open=True)
SECONDS_OR_NONE = click.FloatRange(0)
SHARE = click.FloatRange(0, 1)


@click.command()
@click.option("--count", type=click.IntRange(1), default=38, show_default=True, help="How many pupils come.")
@click.option("--code", help="The six digits; without it, the newest running lesson of this installation.")
@click.option("--url", help="Address of the tool; without it, GIOTAY_PUBLIC_URL.")
@click.option("--over", type=SECONDS, default=4.0, show_default=True, help="Seconds within which they arrive.")
@click.option(
    "--arrive",
    type=click.Choice([a.value for a in Arrival]),
    default="even",
    show_default=True,
    help="In which manner they arrive.",
)
@click.option(
    "--answers",
    type=click.Choice(["lognormal", "uniform"]),
    default="lognormal",
    show_default=True,
    help="How their times to an answer are spread.",
)
@click.option(
    "--median",
    type=SECONDS,
    default=6.0,
    show_default=True,
    help="Median seconds to an answer (uniform: 0 to twice it).",
)
@click.option("--share", type=SHARE, default=0.95, show_default=True, help="Share of the questions that each answers.")
@click.option(
    "--change", type=SHARE, default=0.1, show_default=True, help="Share of the answers that are changed once."
)
@click.option("--home", type=SHARE, default=0.15, show_default=True, help="Share of pupils at home.")
@click.option("--cut", type=SHARE, default=0.0, help="Chance that a frame is lost and breaks the connection.")
@click.option("--drop", type=SHARE, default=0.0, help="Chance that a frame is lost alone, as in a broken proxy.")
@click.option("--duplicate", type=SHARE, default=0.0, help="Chance that a frame comes twice.")
@click.option("--reorder", type=SHARE, default=0.0, help="Chance that a frame is overtaken by the next ones.")
@click.option("--delay", type=SECONDS_OR_NONE, default=0.0, help="Most seconds that a frame is under way.")
@click.option(
    "--reconnect", type=SECONDS_OR_NONE, default=0.0, help="A network breaks each so many seconds, in the mean."
)
@click.option(
    "--reload",
    "reload_",
    type=SECONDS_OR_NONE,
    default=0.0,
    help="A page is reloaded each so many seconds, in the mean.",
)
@click.option(
    "--sleep", type=SECONDS_OR_NONE, default=0.0, help="A phone falls asleep each so many seconds, in the mean."
)
@click.option("--sleep-for", type=SECONDS_OR_NONE, default=20.0, show_default=True, help="Seconds that it sleeps.")
@click.option(
    "--stop-after", type=SECONDS_OR_NONE, default=0.0, help="Send them home after so many seconds; 0: at Ctrl-C."
)
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same class.")
def phones(count: int, code: str | None, url: str | None, **ways: Any) -> None:
    """A class of simulated pupils joins a running lesson. They use the real pages and the real protocol, until Ctrl-C
    or the end of the lesson, on a network as bad as you like. Each keeps its own account; on the machine that holds the
    database, what they were promised is then compared with the log."""
    settings, base, digits = _where(url, code)
    run_id = _run_of(settings, digits)
    dice = Random(int(ways["seed"]))  # noqa: S311 - a simulated class, not a secret
    seats = _sit(base, digits, count, ways["home"], dice)
    if not seats:
        raise click.ClickException("nobody could sit down: is the class list empty, or every name taken?")
    pupils = [_pupil(seat, base, ways, dice) for seat in seats]
    click.echo(sitting_down(len(pupils), count, digits))
    habits = Habits(ways["reconnect"], ways["sleep"], ways["sleep_for"], ways["reload_"])
    crowd = Crowd(pupils, dice, ways["over"], Arrival(ways["arrive"]), habits)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_play(crowd, ways["stop_after"]))
    click.echo("\nThey went home.")
    _sum_up(crowd)
    if run_id:
        _judge(settings, run_id, crowd)


def _pupil(seat: Seat, base: str, ways: dict[str, Any], dice: Random) -> Phone:
    """One phone with its own chance and its own network."""
    return Phone(
        Site(seat.boot["seat"]["socket"], base.rstrip("/")),
        seat.ticket,
        Random(dice.random()),  # noqa: S311 - a simulated class, not a secret
        who=seat.boot["seat"]["owner"],
        answerer=Answerer(times=_times(ways), share=ways["share"], change=ways["change"]),
        link=_link(ways, dice),
    )


async def _play(crowd: Crowd, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds or None):
            await crowd.run(_tell)


def _times(ways: dict[str, Any]) -> LogNormal | Uniform:
    median = ways["median"]
    return LogNormal(median) if ways["answers"] == "lognormal" else Uniform(0.0, 2 * median)


def _link(ways: dict[str, Any], dice: Random) -> Callable[[ClientConnection], Link]:
    """The network of one phone; a good one costs nothing."""
    weather = Weather(**{name: ways[name] for name in Weather.__struct_fields__})
    if weather == Weather():
        return Link
    return partial(Lossy, weather=weather, dice=Random(dice.random()))  # noqa: S311


def _sum_up(crowd: Crowd) -> None:
    """What it was like on the phones."""
    waits, progress = crowd.waits(), crowd.progress()
    if waits:
        middle, tail = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
        click.echo(f"An answer was saved after {middle * 1_000:.0f} ms (p50), {tail * 1_000:.0f} ms (p99).")
    if progress.waiting or progress.refused or progress.failed:
        click.echo(
            f"Still waiting: {progress.waiting}, refused: {progress.refused}, phones that failed: {progress.failed}."
        )


def _run_of(settings: Settings, code: str) -> str | None:
    """The running lesson of this code, if it is in this machine's database."""
    with application(settings, reads_only=True):
        return db.session.scalars(select(LessonRun.run_id).where(LessonRun.code == code)).first()


def _judge(settings: Settings, run_id: str, crowd: Crowd) -> None:
    """Every acknowledged answer must be in the log, once, as it was acknowledged."""
    with application(settings, reads_only=True):
        verdict = crowd.compare(reader.read_log(db.session.connection(), run_id))
    if not verdict.is_clean:
        raise click.ClickException(f"the log does not hold what was promised: {verdict}")
    click.echo(f"Answers acknowledged: {verdict.acked}. All of them are in the log.")


def _where(url: str | None, code: str | None) -> tuple[Settings, str, str]:
    settings = settings_or_exit()
    base = (url or settings.public_url).rstrip("/") + "/"
    if code:
        return settings, base, re.sub(r"\D", "", code)
    with application(settings, reads_only=True):
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


def sitting_down(came: int, wanted: int, code: str) -> str:
    """Who sits down; and why they are fewer than were asked for, as when a class is sent in a second time."""
    line = f"Pupils who sit down in lesson {code}: {came}. Ctrl-C sends them home."
    if came == wanted:
        return line
    return f"{line}\nNo more names are free: a name stays with the phone that picked it until the lesson ends."


BAR = 12


def _tell(progress: Progress) -> None:
    """One line that stays, on a terminal; a line a second elsewhere."""
    share = progress.acked / progress.answered if progress.answered else 1.0
    bar = ("█" * round(share * BAR)).ljust(BAR, "░")
    line = (
        f"\r{progress.connected}/{progress.phones} here · {bar} {progress.acked}/{progress.answered} saved · "
        f"{progress.waiting} waiting · {progress.refused} refused · {progress.reconnects} came back "
    )
    click.echo(line, nl=not sys.stdout.isatty())


# --- bench ----------------------------------------------------------------------------------------------------------


@click.group()
def bench() -> None:
    """Measure what this installation's code costs on this machine. A raw floor is measured in the same run."""


@bench.command("mastery")
@click.option("--train", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--test", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--pupils", type=click.IntRange(min=1), help="Train on so many, drawn five times; items go on learning.")
@click.option("--seed", default=1, show_default=True)
def bench_mastery(train: Path, test: Path, pupils: int | None, seed: int) -> None:
    """How well the student model foretells answers. Beside Best-LR and Elo alone: AUC, log-loss, calibration."""
    try:
        from analytics.bench import mastery as mastery_bench  # noqa: PLC0415 - needs development packages
        from analytics.bench.answers import BadAnswers  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise click.ClickException(f"this bench needs the development packages ({error.name} is missing)") from error
    try:
        report = mastery_bench.run(train, test, pupils, tell=lambda line: click.echo(line, err=True), seed=seed)
    except (BadAnswers, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(report.text())


@bench.command("live")
@click.option("--lessons", default=25, show_default=True)
@click.option("--phones", default=40, show_default=True)
@click.option("--questions", default=10, show_default=True)
@click.option("--scenario", type=click.Choice(["S", "L"]), default="S", show_default=True)
@click.option("--locks", is_flag=True, help="In S, the teacher locks each question before the next one.")
@click.option("--repeat", default=5, show_default=True)
@click.option("--transport", type=click.Choice(NAMES), default="bare", show_default=True)
@click.option("--workers", default=1, show_default=True, help="Live processes; several need PostgreSQL.")
@click.option("--by-lesson", is_flag=True, help="With --workers: each lesson's phones go to one worker.")
@click.option("--kill", is_flag=True, help="End each pass by SIGKILL in an open question, and time the way back.")
@click.option("--scale", "scales", is_flag=True, help="Instead: more and more phones until a p99 passes 500 ms.")
@click.option(
    "--db", default="sqlite", show_default=True, help='"sqlite", or a PostgreSQL URL that may make databases.'
)
@click.option(
    "--folder",
    default="var",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Where SQLite's files stand, and on whose disk the disk alone is measured.",
)
@click.option("--json", "to", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here as well.")
def bench_live(to: Path | None, scales: bool, **given: Any) -> None:
    """What an answer costs: CPU, time to the ack, frames, memory. And that none is lost."""
    from live_session.bench import live as live_bench  # noqa: PLC0415 - needs development packages

    options = live_bench.Options(**given)
    try:
        if scales:
            steps = live_bench.scale(options, tell=click.echo)
            if to:
                to.write_bytes(msgspec.json.encode(steps))
            return
        report = live_bench.run(options, tell=lambda line: click.echo(line, err=True))
    except live_bench.BenchError as error:
        raise click.ClickException(str(error)) from error
    click.echo(report.text())
    if to:
        to.write_bytes(report.json())
