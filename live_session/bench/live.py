"""`giotay bench live`: floor and ours in turns, in the same run, with the same driver.

Every pass has a fresh server process on a fresh database, and a fresh driver process on another core. The warm-up
question is in no number. Ratios are taken pass by pass, so that a slow minute of the machine meets both.
"""

import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from live_session.bench import disk, report, school
from live_session.bench.driver import LONG_QUESTION, Order, Pass, cores
from live_session.bench.report import Machine, Report
from live_session.committer import MOST_LINGER
from live_session.transport import Name

PROFILED_QUESTIONS = 3
MOST_P99 = 500.0
"""Milliseconds: slower than this, a class feels it."""
NEEDED = ("uvloop", "orjson")


class BenchError(Exception):
    """The benchmark cannot run here; the text says why and what to do."""


class Options(msgspec.Struct, frozen=True):
    """What to play. Scenario S: every lesson opens each question at the same instant, answers uniform within
    `within` seconds. L: questions of 30 s, which the clock locks, answer times log-normal with median 8 s.

    `db` is "sqlite" or a PostgreSQL URL whose user may create databases. `folder` takes the SQLite files, and what is
    written to see what the disk alone does: it should lie on the disk that a server would use. `locks`: in S, the
    teacher locks each question before the next one. `projectors`: each lesson has a projector beside the console.
    `transport` and `workers` (several need PostgreSQL) are our server's; `by_lesson`: each lesson's phones go to one
    worker, as a proxy in front could deal them, and not as the system does. `kill`: at the end of each pass our server
    dies by SIGKILL in an open question and starts again.
    """

    lessons: int = 25
    phones: int = 40
    questions: int = 10
    scenario: Literal["S", "L"] = "S"
    repeat: int = 5
    within: float = 2.0
    db: str = "sqlite"
    folder: str = "var"
    locks: bool = False
    projectors: bool = False
    transport: Name = "bare"
    workers: int = 1
    by_lesson: bool = False
    kill: bool = False
    seed: int = 1


Tell = Callable[[str], None]


def run(options: Options, tell: Tell = lambda _: None) -> Report:
    """Play it and report. `tell` gets one short line after each pass. Raises `BenchError`.

    Takes, for each repeat, twice the questions' time (2.5 s in S, 34 s in L) and some 6 s for the joins.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise BenchError(
            f"missing: {', '.join(missing)} (both are in requirements-dev.lock; uvloop is not for Windows)"
        )
    floors, ours, disks = [], [], []
    for repeat in range(1, options.repeat + 1):
        with disk.probing(Path(options.folder), (cores() or (None, None))[1]) as writes:
            floors.append(_pass(options, "floor", repeat))
        disks.append(writes)
        tell(f"{repeat}/{options.repeat} floor: {_brief(floors[-1])}")
        ours.append(_pass(options, "ours", repeat))
        tell(f"{repeat}/{options.repeat} ours:  {_brief(ours[-1])}")
    profiled = _pass(options, "ours", 0, is_profiled=True)
    tell(f"profile: {_brief(profiled)}")
    return Report(
        scenario=options.scenario,
        title=_title(options),
        machine=_machine(options),
        rows=report.rows(floors, ours),
        disk=report.disk_of(disks),
        faults=report.faults(ours),
        notes=(*report.notes([*floors, *ours]), *report.besides(ours)),
        profile=profiled.profile,
    )


def _title(options: Options) -> str:
    how = (
        f"all questions opened at the same instant, answers uniform in {options.within:g} s"
        if options.scenario == "S"
        else f"questions of {LONG_QUESTION} s, answer times log-normal with median 8 s"
    )
    screens = "console and projector" if options.projectors else "console"
    by_clock, by_hand = "each locked by the clock", "each locked before the next"
    locks = by_clock if options.scenario == "L" else by_hand if options.locks else "each ended by the next"
    return (
        f"scenario {options.scenario}: {options.lessons} lessons x {options.phones} phones x {options.questions} "
        f"questions, {how}; {locks}; one {screens} a lesson; "
        f"transport {options.transport}; median of {options.repeat} (min-max)"
    )


def _pass(options: Options, server: Literal["floor", "ours"], seed: int, is_profiled: bool = False) -> Pass:
    """One pass in a driver process of its own."""
    order = Order(
        server=server,
        db=options.db,
        folder=options.folder,
        lessons=options.lessons,
        phones=options.phones,
        questions=min(options.questions, PROFILED_QUESTIONS) if is_profiled else options.questions,
        scenario=options.scenario,
        within=options.within,
        locks=options.locks,
        projectors=options.projectors,
        is_profiled=is_profiled,
        transport=options.transport,
        workers=options.workers if server == "ours" else 1,
        by_lesson=options.by_lesson and server == "ours",
        kills=options.kill and server == "ours" and not (is_profiled or options.by_lesson),
        cores=cores(),
        seed=options.seed + seed,
    )
    command = [sys.executable, "-m", "live_session.bench.driver"]
    done = subprocess.run(command, input=msgspec.json.encode(order), capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise BenchError(f"the driver of {server} failed: {done.stderr.decode(errors='replace')[-2_000:]}")
    return msgspec.json.decode(done.stdout, type=Pass)


def _brief(played: Pass) -> str:
    each = 1_000 * played.cpu / max(1, played.answers)
    return f"{played.answers} answers, {each:.3f} CPU s per 1,000, ack p99 {report.p99(played.acks):.0f} ms"


class Step(msgspec.Struct, frozen=True):
    """One size of `scale`: phones, the p99 of acks and of fan-outs in ms, and the server's share of its core."""

    phones: int
    ack_p99: float
    fanout_p99: float
    share: float

    @property
    def is_good(self) -> bool:
        return max(self.ack_p99, self.fanout_p99) <= MOST_P99


def scale(options: Options, tell: Tell = lambda _: None) -> Sequence[Step]:
    """More and more phones on our server's one core, `options.lessons` lessons more each time, until a p99 passes half
    a second. The last step is the one that did."""
    steps: list[Step] = []
    while not steps or steps[-1].is_good:
        lessons = options.lessons * (len(steps) + 1)
        played = _pass(msgspec.structs.replace(options, lessons=lessons), "ours", len(steps))
        share = played.cpu / played.wall
        step = Step(lessons * options.phones, report.p99(played.acks), report.p99(played.fanouts), round(share, 2))
        steps.append(step)
        times = f"ack p99 {step.ack_p99:.0f} ms, fan-out p99 {step.fanout_p99:.0f} ms"
        tell(f"{step.phones:6} phones: {times}, {share:.0%} of the core")
    return steps


# --- the machine ----------------------------------------------------------------------------------------------------


def _machine(options: Options) -> Machine:
    packages = ("websockets", "uvloop", "orjson", "msgspec", "sqlalchemy")
    pinned = cores()
    return Machine(
        cores=os.cpu_count() or 1,
        pinning=f"server on core {pinned[0]}, driver on core {pinned[1]}" if pinned else "not pinned",
        processor=_processor(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages={name: version(name) for name in packages},
        database=school.database_version(options.db),
        linger_ms=MOST_LINGER * 1_000,
        load=round(os.getloadavg()[0], 2),
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")
