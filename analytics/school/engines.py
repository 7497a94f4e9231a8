"""Engines that answer: DuckDB inside the process, PostgreSQL, ClickHouse's dialect by chDB. One port.

Every engine is given the same expressions and gives the same rows, which a golden table holds it to. DuckDB loads no
extension (they are downloaded when they run), has a limit of memory and puts down what does not fit in it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import ibis
import pyarrow.parquet as pq

from analytics.school.columns import SCHEMAS, Facts, Table
from analytics.school.facts import Files
from analytics.school.queries import QUESTIONS, Question

Row: TypeAlias = Mapping[str, Any]
POSTGRES = {"string": "text", "double": "float8", "int64": "int8"}
"""What PostgreSQL calls the kinds of the facts' columns."""


class Engine(Protocol):
    """What a question is put to."""

    def ask(self, question: Question) -> Sequence[Row]:
        """The answer's rows, in its order."""


class DuckDB:
    """On Parquet files."""

    def __init__(self, files: Files, memory: str = "1GB", threads: int = 2) -> None:
        self._connection = ibis.duckdb.connect(memory_limit=memory, threads=threads, preserve_insertion_order=False)
        self._facts = _facts(lambda name: self._connection.read_parquet([*map(str, files[name])], table_name=name))

    def ask(self, question: Question) -> Sequence[Row]:
        rows: Sequence[Row] = self._connection.to_pyarrow(question(self._facts)).to_pylist()
        return rows


class PostgreSQL:
    """On temporary tables that the facts are copied into; they are gone with the connection, and nobody else sees them.
    `url`: any PostgreSQL in which temporary tables may be made."""

    def __init__(self, files: Files, url: str) -> None:
        self._connection = ibis.connect(url)
        for name in SCHEMAS:
            self._copy(name, files[name])
        self._facts = _facts(self._connection.table)

    def _copy(self, name: str, files: Sequence[Path]) -> None:
        columns = ", ".join(f'"{field.name}" {POSTGRES[str(field.type)]}' for field in SCHEMAS[name])
        with self._connection.con.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                for file in files:
                    for batch in pq.ParquetFile(file).iter_batches():
                        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                            copy.write_row(row)
            cursor.execute(f"ANALYZE {name}")

    def close(self) -> None:
        """Give the connection back."""
        self._connection.disconnect()

    def ask(self, question: Question) -> Sequence[Row]:
        rows: Sequence[Row] = self._connection.to_pyarrow(question(self._facts)).to_pylist()
        return rows


class ChDB:
    """ClickHouse's dialect, inside the process: what a province's ClickHouse would be asked, as text. The files are of
    one folder."""

    def __init__(self, files: Files) -> None:
        from chdb.session import Session  # noqa: PLC0415 - 600 MB, and not a part of the extra

        self._session = Session()
        for name in SCHEMAS:
            self._view(name, files[name])
        self._facts = _facts(lambda name: ibis.table(ibis.Schema.from_pyarrow(SCHEMAS[name]), name=name))

    def _view(self, name: str, files: Sequence[Path]) -> None:
        names = [file.name for file in files]
        source = files[0].parent.resolve() / (names[0] if len(names) == 1 else f"{{{','.join(names)}}}")
        made = f"CREATE VIEW {name} AS SELECT * FROM file('{source}', Parquet)"  # noqa: S608 - our own files' names
        self._session.query(made)

    def ask(self, question: Question) -> Sequence[Row]:
        asked = question(self._facts)
        settings = " SETTINGS output_format_json_quote_64bit_integers = 0"
        told = str(self._session.query(ibis.to_sql(asked, dialect="clickhouse") + settings, "JSONEachRow"))
        parts = [name for name, kind in asked.schema().items() if kind.is_floating()]
        return [_with_points(json.loads(line), parts) for line in told.splitlines()]


def _with_points(row: dict[str, Any], parts: Sequence[str]) -> Row:
    """JSON writes a part that is whole as a whole number."""
    return row | {name: float(row[name]) for name in parts if row[name] is not None}


def _facts(table: Callable[[str], Table]) -> Facts:
    return Facts(**{name: table(name) for name in SCHEMAS})


def answers(files: Files) -> int:
    """How many there are."""
    return sum(pq.read_metadata(file).num_rows for file in files["answers"])


def run(engine: Engine, tell: Callable[[str], None]) -> Mapping[str, Sequence[Row]]:
    """Every question, one after the other."""
    found = {}
    for number, (name, question) in enumerate(QUESTIONS.items(), 1):
        tell(f"question {number}/{len(QUESTIONS)}: {name}")
        found[name] = engine.ask(question)
    return found
