"""What the nightly run over a school's years costs: answers as Parquet from a seed, and the three questions by DuckDB.

Needs the extra `school`. `make bench` prints it where that is installed.

    python -m tests.bench.school [--answers 10000000]
"""

import argparse
import resource
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

A_LESSON, A_FILE = 450, 450_000
PUPILS, ITEMS, OBJECTIVES, SUBJECTS = 2_000, 20_000, 300, 12
SECONDS, MEGABYTES = 60, 2_048
"""Asked for."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=10_000_000)
    given = parser.parse_args()
    try:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        from analytics.school import engines  # noqa: PLC0415
        from analytics.school.facts import SCHEMA  # noqa: PLC0415
    except ImportError:
        print("A school's years: the extra `school` is not installed (make school).")
        return 0
    with TemporaryDirectory() as folder:
        files = []
        for first in range(0, given.answers, A_FILE):
            files.append(Path(folder) / f"answers-{first:010}.parquet")
            columns = _answers(first, min(A_FILE, given.answers - first))
            pq.write_table(pa.Table.from_pydict(columns, SCHEMA), files[-1], compression="zstd")
        clock, cpu = time.perf_counter(), time.process_time()
        found = engines.run(engines.DuckDB(files), lambda _: None)
        passed, spent = time.perf_counter() - clock, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
    print(
        f"A school's years: {given.answers:,} answers asked {len(found)} long questions in {spent:.1f} s CPU, "
        f"{passed:.1f} s on the clock, {memory:,} MB; asked for {SECONDS} s, {MEGABYTES:,} MB"
    )
    return 0


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
        "at_ms": [1_764_550_800_000 + n for n in place],
        "day": [f"2026-{1 + one // 30 % 12:02}-{1 + one % 28:02}" for one in lesson],
        "origin": ["practice" if one % 5 == 4 else "class" for one in lesson],
    }


if __name__ == "__main__":
    raise SystemExit(main())
