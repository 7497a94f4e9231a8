"""Twenty thousand answers from a seed, with hard cases, and what plain Python says of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analytics.school.columns import SCHEMAS
from analytics.school.facts import Files
from tests.analytics.school import golden_counts

Row = Mapping[str, Any]
SUBJECTS = ("Toán", "Ngữ văn", "Lịch sử và Địa lí")


def rows(count: int = 20_000, seed: int = 1) -> list[dict[str, Any]]:
    """A subject with few pupils, items without an objective, partial shares, a pupil who answers the same again, in
    class, at the own pace and in a team, names with marks and quotes, a leap day, lessons of one answer."""
    random = Random(seed)
    found = []
    for number in range(count):
        position = number // 40 + 1
        subject = SUBJECTS[position % 2] if number % 997 else SUBJECTS[2]
        objective = random.choice(("Giải phương trình", "Tổng 'và' tích", 'Đọc "hiểu"', None))
        found.append(
            {
                "position": position,
                "n": number % 40,
                "run": f"run-{position}",
                "school": 1,
                "subject": subject,
                "pupil": f"em-{random.randrange(300)}",
                "item": f"câu-{random.randrange(400)}@{1 + number % 2}",
                "objective": objective,
                "share": random.choice((0.0, 0.0, 1.0, 1.0, 1.0, 0.25, 1 / 3)),
                "weight": random.choice((1.0, 1.0, 1.0, 1.0, 1.0, 0.5)),
                "at_ms": 1_764_550_800_000 + number // 7,
                "origin": "practice" if position % 4 == 3 else "class",
                "day": f"2028-{2 + position % 3:02}-29" if position % 5 else "2028-02-01",
            }
        )
    return found


def write(folder: Path, given: Sequence[Row], counts: Mapping[str, Sequence[Row]], *, parts: int = 1) -> Files:
    """As the export leaves them; the answers in so many files."""
    size = -(-len(given) // parts)
    pieces = [given[first : first + size] for first in range(0, len(given), size)]
    answers = [_write(folder / f"answers-{n}.parquet", "answers", piece) for n, piece in enumerate(pieces)]
    return {"answers": answers, **{n: [_write(folder / f"{n}-1.parquet", n, rows)] for n, rows in counts.items()}}


def _write(file: Path, name: str, given: Sequence[Row]) -> Path:
    pq.write_table(pa.Table.from_pylist(list(given), SCHEMAS[name]), file)
    return file


def expected(given: Sequence[Row], counts: Mapping[str, Sequence[Row]]) -> Mapping[str, Sequence[Row]]:
    """By the formulas, one at a time."""
    of_answers = {"objectives": _objectives(given), "items": _items(given), "months": _months(given)}
    return {**of_answers, **golden_counts.expected(counts)}


def _objectives(given: Sequence[Row]) -> list[Row]:
    rows_of: dict[tuple[str, str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in given:
        if row["objective"] is not None:
            rows_of[row["subject"], row["objective"], row["origin"]][row["pupil"]].append(row)
    found = []
    for (subject, objective, origin), pupils in sorted(rows_of.items()):
        enough = [_mean(own) for own in pupils.values() if len(own) >= 3]
        if len(enough) >= 10:
            about = {"subject": subject, "objective": objective, "origin": origin}
            counts = {"pupils": len(pupils), "counted": len(enough), "answers": sum(map(len, pupils.values()))}
            found.append({**about, **counts, "right": fmean(enough)})
    return found


def _mean(given: Sequence[Row]) -> float:
    return fmean((row["share"] for row in given), weights=[row["weight"] for row in given])


def _items(given: Sequence[Row]) -> list[Row]:
    first: dict[tuple[str, str, str], Row] = {}
    for row in sorted(given, key=lambda r: (r["position"], r["n"])):
        item, pupil = row["item"], row["pupil"]
        if row["origin"] == "class" or (item, pupil, "class") not in first:
            first.setdefault((item, pupil, row["origin"]), row)
    by_item: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in (one for one in first.values() if one["weight"] == 1):
        by_item[row["subject"], row["item"], row["origin"]].append(row["share"])
    return [
        {"subject": subject, "item": item, "origin": origin, "n": len(own), "p": fmean(own), "square": fmean(squares)}
        for (subject, item, origin), own in sorted(by_item.items())
        if len(own) >= 10 and (squares := [share * share for share in own])
    ]


def _months(given: Sequence[Row]) -> list[Row]:
    by_month: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in given:
        by_month[row["subject"], row["day"][:7], row["origin"]].append(row)
    found = []
    for (subject, month, origin), own in sorted(by_month.items()):
        pupils, lessons = ({row[name] for row in own} for name in ("pupil", "run"))
        if len(pupils) >= 10:
            about = {"subject": subject, "month": month, "origin": origin}
            about |= {"lessons": len(lessons), "pupils": len(pupils)}
            found.append({**about, "answers": len(own), "right": _mean(own)})
    return found
