"""Every engine gives the golden table, types included. Long: the engine is an extra."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, inspect, make_url

from analytics.school import engines
from analytics.school.columns import ANSWERS, SCHEMAS, SMALL, Facts
from analytics.school.queries import QUESTIONS
from tests.analytics.school import golden, golden_counts

pytestmark = pytest.mark.slow

GIVEN, COUNTS = golden.rows(), golden_counts.tables()
KEYS = (
    "school", "year", "term", "week", "month", "grade", "class", "subject", "objective", "item", "origin",
)  # fmt: skip


def by_key(found: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    return {tuple(row[key] for key in KEYS if key in row): row for row in found}


def same(found: Mapping[str, Sequence[Mapping[str, Any]]], wanted: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    assert found.keys() == wanted.keys()
    for name in wanted:
        ours, theirs = by_key(found[name]), by_key(wanted[name])
        assert ours.keys() == theirs.keys(), name
        assert len(found[name]) == len(ours), name
        for key, row in theirs.items():
            assert {k: type(v) for k, v in ours[key].items()} == {k: type(v) for k, v in row.items()}, (name, key)
            assert list(ours[key]) == list(found[name][0]), "every row has its columns in the same order"
            for column, value in row.items():
                near = pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
                assert ours[key][column] == near, (name, key, column)


def test_the_golden_table_has_its_hard_cases() -> None:
    """Each column of counts is somewhere nothing and somewhere something, each that may be empty is both."""
    for name, rows in golden.expected(GIVEN, COUNTS).items():
        assert rows, name
        if name in golden_counts.EMPTY:
            empty = {column for row in rows for column, value in row.items() if value is None}
            assert empty == golden_counts.EMPTY[name]
            for column in rows[0].keys() - {"subject", "exempt", *KEYS}:
                assert len({row[column] for row in rows}) > 1, (name, column)


def test_duckdb_gives_the_golden_table(tmp_path: Path) -> None:
    files = golden.write(tmp_path, GIVEN, COUNTS, parts=3)
    assert engines.answers(files) == len(GIVEN)
    told: list[str] = []
    same(engines.run(engines.DuckDB(files), told.append), golden.expected(GIVEN, COUNTS))
    assert len(told) == len(QUESTIONS)


def test_so_does_clickhouse_s_dialect(tmp_path: Path) -> None:
    pytest.importorskip("chdb", reason="600 MB, which `make test-all` installs")
    files = golden.write(tmp_path, GIVEN, COUNTS)
    same(engines.run(engines.ChDB(files), str), golden.expected(GIVEN, COUNTS))


@pytest.mark.postgres
def test_so_does_postgresql(postgres_url: str, tmp_path: Path) -> None:
    files = golden.write(tmp_path, GIVEN, COUNTS, parts=3)
    url = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    engine = engines.PostgreSQL(files, url)
    same(engines.run(engine, str), golden.expected(GIVEN, COUNTS))
    engine.close()
    with create_engine(postgres_url, poolclass=NullPool).connect() as connection:
        assert not set(SCHEMAS) & set(inspect(connection).get_table_names())


def test_nothing_in_the_counts_names_a_pupil_a_lesson_or_a_teacher() -> None:
    """Of whom the answers are stands in the answers alone, under an opaque id; and no lesson leads from one to the
    other."""
    names = {name for schema in SMALL.values() for name in schema.names}
    assert names.isdisjoint({"pupil", "run", "position", "item", "at_ms", "name"})
    assert "class" not in ANSWERS.names
    assert str(SMALL["periods"].field("teacher").type) == "int64"


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "clickhouse", "sqlite"])
def test_every_question_compiles_for_every_dialect(dialect: str) -> None:
    import ibis  # noqa: PLC0415

    table = {name: ibis.table(ibis.Schema.from_pyarrow(schema), name=name) for name, schema in SCHEMAS.items()}
    for question in QUESTIONS.values():
        assert "SELECT" in str(ibis.to_sql(question(Facts(**table)), dialect=dialect))


@pytest.mark.filterwarnings("ignore")  # of pandas, which Ibis asks for names in an old way
def test_tables_keep_their_names(tmp_path: Path) -> None:
    """With a newer sqlglot Ibis 12 drops nameless tables; the pin is there for that."""
    import ibis  # noqa: PLC0415

    one = ibis.duckdb.connect()
    one.create_table("t", schema=ibis.schema({"a": "int64"}))
    assert "t" in one.list_tables()
    one.drop_table("t")
    assert "t" not in one.list_tables()
    one.disconnect()
