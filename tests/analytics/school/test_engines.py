"""Every engine gives the golden table, types included. Long: the engine is an extra."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, inspect, make_url

from analytics.school import engines, facts
from analytics.school.queries import QUESTIONS
from tests.analytics.school import golden

pytestmark = pytest.mark.slow

KEYS = ("subject", "objective", "item", "month", "origin")
GIVEN = golden.rows()


def by_key(found: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    return {tuple(row[key] for key in KEYS if key in row): row for row in found}


def same(found: Mapping[str, Sequence[Mapping[str, Any]]], wanted: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    assert found.keys() == wanted.keys()
    for name in wanted:
        ours, theirs = by_key(found[name]), by_key(wanted[name])
        assert ours.keys() == theirs.keys(), name
        for key, row in theirs.items():
            assert {k: type(v) for k, v in ours[key].items()} == {k: type(v) for k, v in row.items()}, (name, key)
            for column, value in row.items():
                near = pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
                assert ours[key][column] == near, (name, key, column)


def test_duckdb_gives_the_golden_table(tmp_path: Path) -> None:
    files = [golden.write(tmp_path / "a.parquet", GIVEN[:7_000]), golden.write(tmp_path / "b.parquet", GIVEN[7_000:])]
    assert engines.answers(files) == len(GIVEN)
    told: list[str] = []
    same(engines.run(engines.DuckDB(files), told.append), golden.expected(GIVEN))
    assert len(told) == len(QUESTIONS)


def test_so_does_clickhouse_s_dialect(tmp_path: Path) -> None:
    pytest.importorskip("chdb", reason="600 MB, which `make test-all` installs")
    same(engines.run(engines.ChDB([golden.write(tmp_path / "a.parquet", GIVEN)]), str), golden.expected(GIVEN))


@pytest.mark.postgres
def test_so_does_postgresql(postgres_url: str, tmp_path: Path) -> None:
    files = [golden.write(tmp_path / "a.parquet", GIVEN[:7_000]), golden.write(tmp_path / "b.parquet", GIVEN[7_000:])]
    url = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    engine = engines.PostgreSQL(files, url)
    same(engines.run(engine, str), golden.expected(GIVEN))
    engine.close()
    with create_engine(postgres_url, poolclass=NullPool).connect() as connection:
        assert not inspect(connection).has_table("answers")


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "clickhouse", "sqlite"])
def test_every_question_compiles_for_every_dialect(dialect: str) -> None:
    import ibis  # noqa: PLC0415

    table = ibis.table(ibis.Schema.from_pyarrow(facts.SCHEMA), name="answers")
    for question in QUESTIONS.values():
        assert "answers" in str(ibis.to_sql(question(table), dialect=dialect))


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
