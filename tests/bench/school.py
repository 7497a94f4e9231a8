"""What the nightly run over a school's years costs: answers as Parquet from a seed, and the questions by DuckDB.

Needs the extra `school`. `make bench` prints it where that is installed. With `--database` the answers are those of a
real database (`tests.bench.pages --database` leaves one), and bringing them out is measured too: the first time, and in
later nights, by what has changed since.

    python -m tests.bench.school [--answers 10000000] [--database URL]
"""

import argparse
import resource
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select, update

from analytics.mastery import ledger
from analytics.tables import mastery_answer, mastery_run
from lti_tool.cli.accounts import application
from lti_tool.extensions import db
from lti_tool.lessons import longfacts
from tests.lti_tool.conftest import settings_for

if TYPE_CHECKING:
    from analytics.school.facts import Files

A_LESSON, A_FILE = 450, 450_000
PUPILS, ITEMS, OBJECTIVES, SUBJECTS = 2_000, 20_000, 300, 12
SECONDS, MEGABYTES = 60, 2_048
"""Asked for."""
LESSONS_A_DAY = 400


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=10_000_000)
    parser.add_argument("--database")
    given = parser.parse_args()
    if find_spec("ibis") is None:
        print("A school's years: the extra `school` is not installed: `make school` does it, then `make bench` again.")
        return 0
    from analytics.school import engines  # noqa: PLC0415 - an extra

    with TemporaryDirectory() as name:
        folder = Path(name)
        files = _exported(given.database, folder) if given.database else _made(given.answers, folder)
        clock, cpu = time.perf_counter(), time.process_time()
        found = engines.run(engines.DuckDB(files), _unheard)
        told = f"{engines.answers(files):,} answers asked {len(found)} long questions"
        export = "above" if given.database else "not measured here: `make bench-large` does"
        asked = f"asked for are {SECONDS} s and {MEGABYTES:,} MB with the export ({export})"
        print(f"A school's years: {told} in {_since(clock, cpu)}; {asked}")
    return 0


def _exported(url: str, folder: Path) -> "Files":
    """The facts of a database, brought out, and brought up to what a night may find. The database stays as it is."""
    from analytics.school import facts  # noqa: PLC0415 - an extra

    files: Files = {}
    for what, change in NIGHTS.items():
        with application(settings_for(url)):
            change(db.session.connection())
            clock, cpu = time.perf_counter(), time.process_time()
            small = longfacts.tables(_unheard)
            counted = _since(clock, cpu)
            before = set(folder.glob("answers-*"))
            files = facts.export(db.session.connection(), folder, _unheard, small)
            since = _since(clock, cpu)
            db.session.rollback()
        answers = files["answers"]
        size = sum(file.stat().st_size for some in files.values() for file in some) // 1_000_000
        written = f"{len(set(answers) - before)} of {len(answers)} files of answers written, {size} MB in all"
        print(f"{what}: {written}, in {since}; of these the counts beside them took {counted}", flush=True)
    print("Beside the answers:", ", ".join(f"{len(rows):,} {name}" for name, rows in small.items()))
    return files


def _unheard(_: str) -> None:
    """Progress that nobody looks at."""


def _day(connection: Connection) -> None:
    """As many lessons as a large school has in a day are read anew."""
    read = mastery_run.c
    newest = select(read.run_id).order_by(read.position.desc()).limit(LESSONS_A_DAY)
    connection.execute(update(mastery_run).where(read.run_id.in_(newest)).values(at=read.at + 1))


def _erasure(connection: Connection) -> None:
    """A pupil is erased, who was in lessons of the whole term."""
    pupil = connection.scalar(select(mastery_answer.c.pupil).where(mastery_answer.c.position == 1).limit(1))
    ledger.forget_pupil(connection, str(pupil), "nobody")


NIGHTS: Mapping[str, Callable[[Connection], object]] = {
    "The first night": lambda _: None,
    "A night after nothing": lambda _: None,
    "A night after a day's lessons": _day,
    "A night after somebody was erased": _erasure,
}


def _made(answers: int, folder: Path) -> "Files":
    """Answers from a seed; of everything beside them, nothing."""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    from analytics.school.columns import ANSWERS, SMALL  # noqa: PLC0415

    files = []
    for first in range(0, answers, A_FILE):
        files.append(folder / f"answers-{first:010}.parquet")
        columns = _answers(first, min(A_FILE, answers - first))
        pq.write_table(pa.Table.from_pydict(columns, ANSWERS), files[-1], compression="zstd")
    for name, schema in SMALL.items():
        pq.write_table(schema.empty_table(), folder / f"{name}.parquet")
    return {"answers": files, **{name: [folder / f"{name}.parquet"] for name in SMALL}}


def _since(clock: float, cpu: float) -> str:
    """What passed, and the most memory that this process has had."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
    passed, spent = time.perf_counter() - clock, time.process_time() - cpu
    return f"{spent:.1f} s CPU, {passed:.1f} s on the clock, {memory:,} MB"


def _answers(first: int, count: int) -> dict[str, list[object]]:
    """Columns of so many answers; lessons of forty-five pupils and ten questions through a year."""
    random = Random(first)
    place = range(first, first + count)
    item = [random.randrange(ITEMS) for _ in place]
    lesson = [n // A_LESSON for n in place]
    return {
        "position": [*lesson],
        "n": [n % A_LESSON for n in place],
        "run": [f"run-{one}" for one in lesson],
        "school": [1] * count,
        "subject": [f"Môn {one % SUBJECTS}" for one in item],
        "pupil": [f"{random.randrange(PUPILS):032x}" for _ in place],
        "item": [f"item-{one}@1" for one in item],
        "objective": [f"Yêu cầu cần đạt {one % OBJECTIVES}" for one in item],
        "share": [float(random.random() < 0.65) for _ in place],
        "weight": [1.0] * count,
        "at_ms": [1_764_550_800_000 + n for n in place],
        "day": [f"2026-{1 + one // 30 % 12:02}-{1 + one % 28:02}" for one in lesson],
        "origin": ["practice" if one % 5 == 4 else "class" for one in lesson],
    }


if __name__ == "__main__":
    raise SystemExit(main())
