"""`make bench`: what closing a lesson costs, what an answer costs the student model, and how well it foretells.

CPU of the process beside the time that passed, because the machine may be shared. The last part needs answers that are
not part of the project (`GIOTAY_TEST_SHARED` names their folder); without them it says so.

    python -m tests.bench.learning [--answers 1000000]
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from random import Random

from msgspec.structs import replace
from sqlalchemy import Engine, func, insert, select

from analytics import reader, rows, simulate, tables
from analytics.mastery import consumer, ledger, underway
from analytics.mastery.evidence import Counted
from analytics.mastery.head import chance
from analytics.mastery.model import Answer, begin, learn
from analytics.mastery.prior import simulated
from analytics.mastery.seen import Seen
from analytics.mastery.store import Scope
from analytics.refresh import RunInfo, refresh
from live_session.commands import Open, Reveal, Shut
from live_session.model import Shown
from live_session.store.engine import open_engine
from tests.analytics.teaching import end, lesson, names, pass_minutes
from tests.analytics.teaching import store as store_log
from tests.bench.launches import databases
from tests.live_session.build import Book, activity
from tests.live_session.conftest import make_tables

SCOPE = Scope(1, "Toán")
PUPILS, QUESTIONS, OBJECTIVES = 45, 10, 12
CLOSE_MS, UPDATE_US, REPLAY_S = 100, 20, 15
"""Asked for."""


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    make_tables(engine)
    tables.metadata.create_all(engine)
    yield engine
    engine.dispose()


def taught(number: int) -> Book:
    """A lesson of 45 minutes and ten questions, of the term's `number`th week."""
    dice, who = Random(number), names(PUPILS)
    deck = [
        replace(activity("single", f"q{k}"), item=f"item-{number}-{k}", objective=f"o{(number + k) % OBJECTIVES}")
        for k in range(QUESTIONS)
    ]
    book = lesson(*deck).seat(*who)
    for asked in deck:
        book.do(Open(asked.id))
        pass_minutes(book, 4, *who)
        for pupil in who:
            if dice.random() < 0.97:
                book.answer(pupil, asked.id, "C" if dice.random() < 0.7 else dice.choice("ABD"))
        book.do(Shut(asked.id)).do(Reveal(asked.id, Shown.KEY))
    return book


def closing(name: str, url: str, lessons: int, tell: Callable[[str], None]) -> float:
    """A term of lessons closed one after the other, as the job does it, each looked at once just before its end; the
    later half is measured."""
    spent, passed, looked = list[float](), list[float](), list[float]()
    with opened(url) as engine:
        for number in range(lessons):
            book, run = taught(number), f"run-{number}"
            day = date(2026, 9, 7) + timedelta(days=number)
            with engine.begin() as connection:
                store_log(connection, book, run)
                story = reader.story_of(connection, run, book.clock())
            if story is not None:
                cpu = time.process_time()
                with engine.begin() as connection:
                    underway.foresee(connection, run, SCOPE, day, names(PUPILS), story)
                looked.append((time.process_time() - cpu) * 1_000)
            with engine.begin() as connection:
                store_log(connection, end(book), run)
            info = RunInfo(run, 1, 1, SCOPE.subject, day, names(PUPILS))
            cpu, clock = time.process_time(), time.perf_counter()
            with engine.begin() as connection:
                story = reader.story_of(connection, run, book.clock())
                refresh(connection, info, book.clock(), story=story)
            with engine.begin() as connection:
                consumer.consume(connection, run, SCOPE, day, names(PUPILS), book.clock(), story=story)
            spent.append((time.process_time() - cpu) * 1_000)
            passed.append((time.perf_counter() - clock) * 1_000)
    spent, passed = spent[lessons // 2 :], passed[lessons // 2 :]
    tell(
        f"{name}: a lesson of {PUPILS} pupils is closed in {statistics.median(spent):.0f} ms of processor time "
        f"(median; worst {max(spent):.0f}), asked for at most {CLOSE_MS}; on the clock of this machine "
        f"{statistics.median(passed):.0f} ms, worst {max(passed):.0f}; what it comes to so far is told, once a minute, "
        f"in {statistics.median(looked[lessons // 2 :]):.0f} ms"
    )
    return statistics.median(passed)


def pace(tell: Callable[[str], None]) -> None:
    """How fast the machine is at this moment, in a unit that anybody can repeat."""
    began, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    tell(f"(A million additions in a loop take {(time.process_time() - began) * 1_000:.0f} ms CPU here and now.)")


def update(tell: Callable[[str], None]) -> None:
    """One answer at a time: the forecast by the head, and the update after it."""
    answers = simulate.school(1, simulate.Plan(pupils=200, objectives=30, lessons=10)).answers
    model, head, spent = begin(), simulated(), list[float]()
    for answer in answers:
        began = time.perf_counter_ns()
        chance(model, head, answer)
        learn(model, answer)
        spent.append((time.perf_counter_ns() - began) / 1_000)
    spent.sort()
    middle, tail = spent[len(spent) // 2], spent[len(spent) * 99 // 100]
    tell(f"An answer foretold and learnt from: {middle:.1f} us (p50), {tail:.1f} us (p99); asked for {UPDATE_US}, 100")


def evidence(answers: int) -> Iterator[tuple[int, Sequence[Counted]]]:
    """(day, answers) of lessons of classes of forty-five, about so many answers in all."""
    lessons = 100
    pupils = max(PUPILS, answers // (lessons * QUESTIONS))
    world = simulate.school(2, simulate.Plan(pupils, OBJECTIVES * 5, 30, lessons, QUESTIONS))
    for number in range(lessons):
        asked = world.answers[number * QUESTIONS * pupils : (number + 1) * QUESTIONS * pupils]
        for first in range(0, pupils, PUPILS):
            some = [a for k in range(QUESTIONS) for a in asked[k * pupils + first : k * pupils + first + PUPILS]]
            yield (
                number,
                [
                    # Each question a version of its own: one that is asked again would teach nothing.
                    Counted("q", number, Answer(a.pupil, f"{a.item}@{number}-{k // len(some)}", a.objectives, a.share))
                    for k, a in enumerate(some)
                ],
            )


def silent(answers: Sequence[Counted]) -> Iterator[Seen]:
    """Beside three answers of a hundred somebody was silent, and saw the key."""
    for n, one in enumerate(answers[::33]):
        yield Seen(one.at, one.answer.pupil, f"q{n}", f"{one.answer.item}-silent")


def rebuilding(name: str, url: str, answers: int, tell: Callable[[str], None]) -> None:
    """A school's whole evidence made a model again, storage and all."""
    with opened(url) as engine:
        with engine.begin() as connection:
            for position, (number, some) in enumerate(evidence(answers), 1):
                run, day = f"run-{position}", (date(2026, 1, 5) + timedelta(days=2 * number)).isoformat()
                row = {"run_id": run, "position": position, "seq": 1, "version": ledger.VERSION, "at": 0}
                connection.execute(insert(tables.mastery_run), [{**row, **SCOPE.columns}])
                found = enumerate(some)
                read = ledger.Read(run, position, SCOPE, 1)
                rows.put(connection, tables.mastery_answer, (ledger.answer_row(read, n, one, day) for n, one in found))
                rows.put(connection, tables.mastery_seen, (ledger.seen_row(read, one) for one in silent(some)))
        cpu, clock = time.process_time(), time.perf_counter()
        with engine.begin() as connection:
            lessons = consumer.rebuild(connection, SCOPE)
        spent, passed = time.process_time() - cpu, time.perf_counter() - clock
        with engine.begin() as connection:
            count = connection.scalar(select(func.count()).select_from(tables.mastery_answer)) or 0
    tell(
        f"{name}: {count:,} answers of {lessons:,} lessons made a model again in {spent:.1f} s CPU, {passed:.1f} s on "
        f"the clock ({spent / count * 1e6:.1f} us an answer); asked for {REPLAY_S} s a million"
    )


def foretelling(tell: Callable[[str], None]) -> None:
    """The bars on answers of others."""
    folder = os.environ.get("GIOTAY_TEST_SHARED")
    files = [Path(folder or "") / "data" / "assistments09" / f"{part}.tsv.gz" for part in ("train", "test")]
    if not folder or not all(file.exists() for file in files):
        tell("How well it foretells: the evaluation data are not here (GIOTAY_TEST_SHARED names their folder).")
        return
    for more in ((), ("--pupils", "40")):
        asked = ("bench", "mastery", "--train", str(files[0]), "--test", str(files[1]), *more)
        done = subprocess.run(
            [Path(sys.executable).with_name("giotay"), *asked], capture_output=True, text=True, check=True
        )
        tell(done.stdout.rstrip())


def main(tell: Callable[[str], None] = print) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--lessons", type=int, default=30)
    given = parser.parse_args()
    pace(tell)
    update(tell)
    with databases() as found:
        for name, url in found:
            closing(name, url, given.lessons, tell)
            pace(tell)
    with databases() as found:
        for name, url in found:
            pace(tell)
            rebuilding(name, url, given.answers, tell)
    foretelling(tell)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
