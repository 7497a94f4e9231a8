"""The facts on which long questions stand, as Parquet: one row for each answer that counts, in the order of positions,
with where it is from: a lesson of a class, or work at the pupils' own pace.

A part holds the lessons of a span of positions, is written aside and renamed, and is written again only where its
evidence has changed (somebody was erased, a lesson was read anew). Pupils stand in it by opaque ids.
"""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, func, select

from analytics import pool
from analytics.pool import Origin
from analytics.tables import mastery_answer

A_PART = 1_000
"""Positions (lessons) in a file."""
AT_ONCE = 50_000
SCHEMA = pa.schema(
    [
        ("position", pa.int64()), ("n", pa.int64()), ("run", pa.string()), ("school", pa.int64()),
        ("subject", pa.string()), ("pupil", pa.string()), ("item", pa.string()), ("objective", pa.string()),
        ("share", pa.float64()), ("at_ms", pa.int64()), ("day", pa.string()), ("origin", pa.string()),
    ]
)  # fmt: skip
RUN = SCHEMA.names.index("run")
MANIFEST = "manifest.json"


def export(connection: Connection, folder: Path, tell: Callable[[str], None]) -> Sequence[Path]:
    """Bring the files of a folder up to the evidence; all of them, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / MANIFEST
    known: dict[str, str] = json.loads(manifest.read_text()) if manifest.exists() else {}
    spans, alone = list(_spans(connection)), pool.practised(connection)
    found: dict[str, str] = {}
    for number, first in enumerate(spans, 1):
        name, part = f"answers-{first:010}.parquet", list(_read(connection, first, alone))
        mark = _mark(part)
        if known.get(name) != mark or not (folder / name).exists():
            _write(folder / name, part)
            tell(f"facts {number}/{len(spans)}")
        found[name] = mark
    _replace(manifest, json.dumps(found, indent=1).encode())
    for file in folder.glob("answers-*.parquet"):
        if file.name not in found:
            file.unlink()
    return [folder / name for name in found]


def _spans(connection: Connection) -> Iterator[int]:
    last = connection.scalar(select(func.max(mastery_answer.c.position)))
    yield from range(0, (last or -1) + 1, A_PART)


def _read(connection: Connection, first: int, alone: Collection[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a part in their order, as columns: some 20 MB, read once whether it will be written or not. `alone`:
    the runs that are work at the pupils' own pace."""
    t = mastery_answer.c
    columns = (t.position, t.n, t.run_id, t.school, t.subject, t.pupil, t.item, t.objective, t.share, t.at, t.day)
    is_in = t.position.between(first, first + A_PART - 1)
    query = select(*columns).where(is_in).order_by(t.position, t.n)
    for rows in connection.execute(query, execution_options={"yield_per": AT_ONCE}).partitions():
        given = list(zip(*rows, strict=True))
        origins = [Origin.PRACTICE.value if run in alone else Origin.CLASS.value for run in given[RUN]]
        arrays = [pa.array(one, field.type) for one, field in zip((*given, origins), SCHEMA, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _mark(part: Sequence[pa.RecordBatch]) -> str:
    """What tells whether a part is as it was: its columns, and every value in them, in their order."""
    digest = hashlib.sha256(repr(SCHEMA.names).encode())
    for batch in part:
        digest.update(batch.serialize())
    return digest.hexdigest()


def _write(file: Path, part: Sequence[pa.RecordBatch]) -> None:
    aside = file.with_suffix(".new")
    with pq.ParquetWriter(aside, SCHEMA, compression="zstd") as writer:
        for batch in part:
            writer.write_batch(batch)
    os.replace(aside, file)


def _replace(file: Path, body: bytes) -> None:
    aside = file.with_suffix(".new")
    aside.write_bytes(body)
    os.replace(aside, file)
