"""The facts on which long questions stand, as Parquet: one row for each answer that counts, in the order of positions,
with where it is from: a lesson of a class, or work at the pupils' own pace; and the small tables of counts beside it.

A part holds the lessons of a span of positions. Its file is named by a mark of what stands behind it: when each of its
lessons was read, whether somebody was erased from it since, and which objectives' words are read as others. So a night
reads the answers of parts that have changed and of no others, whatever a run that was broken off has left behind. A
file is written aside and renamed, and the manifest, which names the files that belong together, takes the place of the
one before as a whole. Pupils stand in the answers by opaque ids, and nowhere else.
"""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import IO, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, and_, func, select

from analytics import pool
from analytics.pool import Origin
from analytics.rows import uncollected
from analytics.school.columns import ANSWERS, SMALL
from analytics.tables import mastery_alias, mastery_answer, mastery_run

A_PART = 1_000
"""Positions (lessons) in a file."""
AT_ONCE = 50_000
VERSION = 1
"""Of what a file says of its lessons; with another one every file is written again."""
RUN = ANSWERS.names.index("run")
MANIFEST = "manifest.json"
"""The names of the files that belong together."""
MARK = 16
"""Signs of a digest that a file's name carries."""


Files: TypeAlias = Mapping[str, Sequence[Path]]
"""By table; those of the answers in order."""
Row: TypeAlias = tuple[object, ...]


def export(
    connection: Connection,
    folder: Path,
    tell: Callable[[str], None],
    small: Mapping[str, Sequence[Row]] = MappingProxyType({}),
    *,
    anew: bool = False,
) -> Files:
    """Bring the files of a folder up to the evidence. `small`: the rows of the tables beside the answers, each written
    whole. `anew`: write those parts again, too, behind which nothing has changed."""
    folder.mkdir(parents=True, exist_ok=True)
    alone = pool.practised(connection)
    parts = {first: folder / f"answers-{first:010}-{mark}.parquet" for first, mark in _marks(connection, alone)}
    due = [first for first, file in parts.items() if anew or not file.exists()]
    tell(f"facts: {len(parts)} parts, {len(due)} of them to be written")
    with uncollected():
        for number, first in enumerate(due, 1):
            _write(parts[first], ANSWERS, _read(connection, first, alone))
            tell(f"facts {number}/{len(due)}")
    whole = {name: [_whole(folder, name, small.get(name, ()), anew=anew)] for name in SMALL}
    files: Files = {"answers": list(parts.values()), **whole}
    known = [file for some in files.values() for file in some]
    with _aside(folder / MANIFEST) as out:
        out.write(json.dumps([file.name for file in known], indent=1).encode())
    for file in {file for name in files for file in folder.glob(f"{name}-*")}.difference(known):
        file.unlink()
    return files


def _whole(folder: Path, name: str, rows: Sequence[Row], *, anew: bool) -> Path:
    """The file of a table that is written whole, named by what stands in it: one that is there already is right."""
    schema = SMALL[name]
    digest = hashlib.sha256(repr((VERSION, schema.names, *rows)).encode()).hexdigest()[:MARK]
    file = folder / f"{name}-{digest}.parquet"
    if anew or not file.exists():
        columns = list(zip(*rows, strict=True)) or [()] * len(schema)
        arrays = [pa.array(one, field.type) for one, field in zip(columns, schema, strict=True)]
        _write(file, schema, [pa.RecordBatch.from_arrays(arrays, schema=schema)])
    return file


def _marks(connection: Connection, alone: Collection[str]) -> Iterator[tuple[int, str]]:
    """The first position of each part with a lesson in it, and what tells whether the part is as it was. `alone`: the
    runs that are work at the pupils' own pace."""
    lessons = connection.execute(select(mastery_run).order_by(mastery_run.c.position))
    joined = defaultdict(list)
    for row in connection.execute(select(mastery_alias).order_by(*mastery_alias.primary_key)):
        joined[row.school, row.subject].append(row)
    for first, some in groupby(lessons, key=lambda lesson: lesson.position // A_PART * A_PART):
        digest = hashlib.sha256(repr((VERSION, A_PART, ANSWERS.names)).encode())
        for lesson in some:
            words = joined.get((lesson.school, lesson.subject), ())
            digest.update(repr((*lesson, lesson.run_id in alone, *words)).encode())
        yield first, digest.hexdigest()[:MARK]


def _read(connection: Connection, first: int, alone: Collection[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a part in their order, as columns."""
    t, alias = mastery_answer.c, mastery_alias.c
    is_joined = and_(alias.school == t.school, alias.subject == t.subject, alias.objective == t.objective)
    objective = func.coalesce(alias.stands_for, t.objective)
    columns = (t.position, t.n, t.run_id, t.school, t.subject, t.pupil, t.item, objective, t.share, t.weight)
    is_in = t.position.between(first, first + A_PART - 1)
    query = select(*columns, t.at, t.day).outerjoin_from(mastery_answer, mastery_alias, is_joined).where(is_in)
    query = query.order_by(t.position, t.n)
    for rows in connection.execute(query, execution_options={"yield_per": AT_ONCE}).partitions():
        given = list(zip(*rows, strict=True))
        origins = [Origin.PRACTICE.value if run in alone else Origin.CLASS.value for run in given[RUN]]
        arrays = [pa.array(one, field.type) for one, field in zip((*given, origins), ANSWERS, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=ANSWERS)


def _write(file: Path, schema: pa.Schema, part: Iterable[pa.RecordBatch]) -> None:
    with _aside(file) as out, pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in part:
            writer.write_batch(batch)


@contextmanager
def _aside(file: Path) -> Iterator[IO[bytes]]:
    """What is written takes the file's place once it is on the disk, and whole."""
    aside = file.with_suffix(".new")
    with aside.open("wb") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())
    os.replace(aside, file)
