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

from analytics.school.facts import SCHEMA
from analytics.school.queries import QUESTIONS, Table

Row: TypeAlias = Mapping[str, Any]
POSTGRES = {"string": "text", "double": "float8", "int64": "int8"}
"""What PostgreSQL calls the kinds of the facts' columns."""


class Engine(Protocol):
    """What a question is put to."""

    def ask(self, question: Callable[[Table], Table]) -> Sequence[Row]:
        """The answer's rows, in its order."""


class DuckDB:
    """On Parquet files."""

    def __init__(self, files: Sequence[Path], memory: str = "1GB", threads: int = 2) -> None:
        self._connection = ibis.duckdb.connect(memory_limit=memory, threads=threads, preserve_insertion_order=False)
        self._answers = self._connection.read_parquet([str(file) for file in files], table_name="answers")

    def ask(self, question: Callable[[Table], Table]) -> Sequence[Row]:
        rows: Sequence[Row] = self._connection.to_pyarrow(question(self._answers)).to_pylist()
        return rows


class PostgreSQL:
    """On a temporary table `answers` that the facts are copied into; it is gone with the connection, and nobody else
    sees it. `url`: any PostgreSQL in which temporary tables may be made."""

    def __init__(self, files: Sequence[Path], url: str) -> None:
        self._connection = ibis.connect(url)
        columns = ", ".join(f"{field.name} {POSTGRES[str(field.type)]}" for field in SCHEMA)
        with self._connection.con.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE answers ({columns})")
            with cursor.copy("COPY answers FROM STDIN") as copy:
                for file in files:
                    for batch in pq.ParquetFile(file).iter_batches():
                        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                            copy.write_row(row)
            cursor.execute("ANALYZE answers")
        self._answers = self._connection.table("answers")

    def close(self) -> None:
        """Give the connection back."""
        self._connection.disconnect()

    def ask(self, question: Callable[[Table], Table]) -> Sequence[Row]:
        rows: Sequence[Row] = self._connection.to_pyarrow(question(self._answers)).to_pylist()
        return rows


class ChDB:
    """ClickHouse's dialect, inside the process: what a province's ClickHouse would be asked, as text. The files are of
    one folder."""

    def __init__(self, files: Sequence[Path]) -> None:
        from chdb.session import Session  # noqa: PLC0415 - 600 MB, and not a part of the extra

        self._session = Session()
        names = [file.name for file in files]
        source = files[0].parent.resolve() / (names[0] if len(names) == 1 else f"{{{','.join(names)}}}")
        made = f"CREATE VIEW answers AS SELECT * FROM file('{source}', Parquet)"  # noqa: S608 - our own files' names
        self._session.query(made)
        self._answers = ibis.table(ibis.Schema.from_pyarrow(SCHEMA), name="answers")

    def ask(self, question: Callable[[Table], Table]) -> Sequence[Row]:
        asked = ibis.to_sql(question(self._answers), dialect="clickhouse")
        settings = " SETTINGS output_format_json_quote_64bit_integers = 0"
        told = str(self._session.query(asked + settings, "JSONEachRow"))
        return [json.loads(line) for line in told.splitlines()]


def answers(files: Sequence[Path]) -> int:
    """Rows in these files."""
    return sum(pq.read_metadata(file).num_rows for file in files)


def run(engine: Engine, tell: Callable[[str], None]) -> Mapping[str, Sequence[Row]]:
    """Every question, one after the other."""
    found = {}
    for number, (name, question) in enumerate(QUESTIONS.items(), 1):
        tell(f"question {number}/{len(QUESTIONS)}: {name}")
        found[name] = engine.ask(question)
    return found
