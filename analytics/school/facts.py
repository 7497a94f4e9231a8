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
from typing import Any

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
        name, mark = f"answers-{first:010}.parquet", _mark(connection, first, alone)
        if known.get(name) != mark or not (folder / name).exists():
            _write(connection, folder / name, first, alone)
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


def _in(first: int) -> Any:
    return mastery_answer.c.position.between(first, first + A_PART - 1)


def _mark(connection: Connection, first: int, alone: Collection[str]) -> str:
    """What tells whether a part is as it was: its columns, every pupil, item and share in it, in their order, and which
    of its runs are work at the pupils' own pace."""
    table, digest = mastery_answer.c, hashlib.sha256(repr(SCHEMA.names).encode())
    runs = connection.scalars(select(table.run_id).where(_in(first)).distinct())
    digest.update(repr(sorted(set(runs) & set(alone))).encode())
    query = select(table.position, table.n, table.pupil, table.item, table.objective, table.share).where(_in(first))
    for part in _parts(connection, query.order_by(table.position, table.n)):
        digest.update(repr([tuple(row) for row in part]).encode())
    return digest.hexdigest()


def _parts(connection: Connection, query: Any) -> Iterator[Sequence[Any]]:
    yield from connection.execute(query, execution_options={"yield_per": AT_ONCE}).partitions()


def _write(connection: Connection, file: Path, first: int, alone: Collection[str]) -> None:
    t = mastery_answer.c
    columns = (t.position, t.n, t.run_id, t.school, t.subject, t.pupil, t.item, t.objective, t.share, t.at, t.day)
    aside = file.with_suffix(".new")
    with pq.ParquetWriter(aside, SCHEMA, compression="zstd") as writer:
        for part in _parts(connection, select(*columns).where(_in(first)).order_by(t.position, t.n)):
            given = list(zip(*part, strict=True))
            origins = [Origin.PRACTICE.value if run in alone else Origin.CLASS.value for run in given[RUN]]
            arrays = [pa.array(one, field.type) for one, field in zip((*given, origins), SCHEMA, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))
    os.replace(aside, file)


def _replace(file: Path, body: bytes) -> None:
    aside = file.with_suffix(".new")
    aside.write_bytes(body)
    os.replace(aside, file)
