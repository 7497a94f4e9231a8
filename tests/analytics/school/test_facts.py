"""The facts follow the evidence: what has changed is written again, what has not is not even read. Long: an extra."""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Connection, event

from analytics import rows
from analytics.mastery import ledger, store
from analytics.school import columns, engines, facts
from analytics.tables import item_asked, mastery_answer, mastery_run

pytestmark = pytest.mark.slow

PUPILS = 12


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "A_PART", 10)


def put(connection: Connection, lessons: Iterable[int], *, at: int = 1) -> None:
    """Lessons of twelve pupils, `em-0` to `em-11`, as the consumer writes them."""
    known = list(lessons)
    rows.put(connection, mastery_run, ((f"run-{n}", n, 1, "Toán", 9, ledger.VERSION, at, None) for n in known))
    rows.put(
        connection,
        mastery_answer,
        ((n, k, f"run-{n}", 1, "Toán", f"em-{k}", "q", f"item-{k % 3}@1", "Đạt", 1.0, 1.0, 5, "2026-11-20")
         for n in known for k in range(PUPILS)),
    )  # fmt: skip


Export = Callable[..., Sequence[Path]]
SMALL = {"classes": [(1, "2026-2027", "Toán", 9, "9A1"), (1, "2026-2027", "Toán", 9, "9A2")]}


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def export(connection: Connection, tmp_path: Path, told: list[str]) -> Export:
    """Brings the folder up to the evidence; the files of the answers. What was said stands in `told`."""

    def run(**how: Any) -> Sequence[Path]:
        told.clear()
        return facts.export(connection, tmp_path, told.append, **how)["answers"]

    return run


def named(folder: Path) -> Sequence[str]:
    """The files that belong together."""
    found: list[str] = json.loads((folder / facts.MANIFEST).read_text())
    return found


def asked_of(connection: Connection, folder: Path) -> Any:
    """What the questions say."""
    return engines.run(engines.DuckDB(facts.export(connection, folder, str)), str)


def count(files: Sequence[Path]) -> int:
    return engines.answers({"answers": files})


def written(told: Sequence[str]) -> int:
    """Parts that were written."""
    return len(told) - 1


def held(files: Iterable[Path]) -> list[tuple[str, str]]:
    """(run, pupil) of every row."""
    return [(row["run"], row["pupil"]) for file in files for row in pq.read_table(file).to_pylist()]


@pytest.fixture
def asked(connection: Connection) -> Iterator[list[str]]:
    """Statements about answers."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "mastery_answer" in statement:
            found.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield found
    event.remove(connection, "before_cursor_execute", note)


def test_without_evidence_there_is_no_file(export: Export, tmp_path: Path) -> None:
    assert export() == []
    assert len(named(tmp_path)) == len(columns.SMALL), "the small tables, without a row"


def test_what_has_not_changed_is_not_even_read(
    connection: Connection, export: Export, told: list[str], asked: list[str]
) -> None:
    put(connection, range(1, 25))
    files = export()
    assert (len(files), written(told)) == (3, 3)
    assert count(files) == 24 * PUPILS
    asked.clear()
    assert export() == files
    assert told == ["facts: 3 parts, 0 of them to be written"]
    assert asked == []


def test_new_lessons_cost_their_own_part_alone(
    connection: Connection, export: Export, told: list[str], asked: list[str]
) -> None:
    put(connection, range(1, 25))
    before = export()
    put(connection, [25, 26])
    asked.clear()
    files = export()
    assert (files[:2], written(told), len(asked)) == (before[:2], 1, 1)
    assert count(files) == 26 * PUPILS
    assert not before[2].exists(), "what is out of date goes"


def test_a_lesson_that_was_read_anew_is_written_again(connection: Connection, export: Export, told: list[str]) -> None:
    put(connection, range(1, 25))
    before = export()
    put(connection, [15], at=2)
    files = export()
    assert written(told) == 1
    assert [one == other for one, other in zip(files, before, strict=True)] == [True, False, True]


def test_joined_objectives_are_one_in_the_files(connection: Connection, export: Export, told: list[str]) -> None:
    put(connection, range(1, 25))
    before = export()
    store.join(connection, store.Scope(1, "Toán"), "Đạt yêu cầu", "Đạt")
    files = export()
    assert written(told) == 3
    assert {row["objective"] for file in files for row in pq.read_table(file).to_pylist()} == {"Đạt yêu cầu"}
    store.part(connection, store.Scope(1, "Toán"), ["Đạt"])
    assert export() == before


def test_who_was_erased_is_in_no_file(connection: Connection, export: Export, tmp_path: Path, told: list[str]) -> None:
    put(connection, range(1, 25))
    rows.put(
        connection,
        mastery_answer,
        [(15, 50, "run-15", 1, "Toán", "guest", "q", "item-1@1", "Đạt", 1.0, 1.0, 5, "2026-11-20")],
    )
    before = export()
    assert ("run-15", "guest") in held(before)
    ledger.forget_pupil(connection, "guest", "nobody")
    files = export()
    assert written(told) == 1, "their lessons alone"
    assert ("run-15", "nobody") in held(files)
    ledger.forget_pupil(connection, "em-3", "nobody-else")
    export()
    assert written(told) == 3
    assert {name for _, name in held(tmp_path.glob("answers-*.parquet"))}.isdisjoint({"guest", "em-3"})


def test_a_lesson_that_is_forgotten_is_in_no_file(connection: Connection, export: Export, tmp_path: Path) -> None:
    put(connection, range(1, 25))
    export()
    ledger.forget_run(connection, "run-15")
    for n in range(20, 25):
        ledger.forget_run(connection, f"run-{n}")
    assert len(export()) == 2, "a part without a lesson goes"
    found = held(tmp_path.glob("answers-*.parquet"))
    assert len(found) == 18 * PUPILS
    assert "run-15" not in {run for run, _ in found}


def test_everything_is_written_again_where_somebody_asks(
    connection: Connection, export: Export, told: list[str]
) -> None:
    put(connection, range(1, 25))
    files = export()
    files[0].write_bytes(b"damaged")
    assert export(anew=True) == files
    assert written(told) == 3
    assert count(files) == 24 * PUPILS


def test_a_small_table_is_written_where_it_says_something_else(
    connection: Connection, export: Export, tmp_path: Path
) -> None:
    put(connection, [1])

    def classes() -> Path:
        (file,) = tmp_path.glob("classes-*")
        return file

    export(small=SMALL)
    first = classes()
    assert [row["class"] for row in pq.read_table(first).to_pylist()] == ["9A1", "9A2"]
    first.write_bytes(b"damaged")
    export(small=SMALL)
    assert classes().read_bytes() == b"damaged", "nothing has changed"
    export(small=SMALL, anew=True)
    assert pq.read_metadata(classes()).num_rows == 2
    (tmp_path / "notes-of-mine.txt").touch()
    export(small={"classes": SMALL["classes"][:1]})
    assert classes() != first, "what is out of date goes"
    assert pq.read_metadata(classes()).num_rows == 1
    assert classes().name in named(tmp_path)
    assert (tmp_path / "notes-of-mine.txt").exists()


def test_what_breaks_off_leaves_the_old_facts_whole(
    connection: Connection, export: Export, tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(connection, range(1, 25))
    before = export()
    ledger.forget_pupil(connection, "em-3", "nobody")
    read, left = facts._read, [True, False]

    def dies(*about: Any) -> Iterator[pa.RecordBatch]:
        yield from read(*about)
        if not left.pop(0):
            raise OSError("no space left on the disk")

    monkeypatch.setattr(facts, "_read", dies)
    with pytest.raises(OSError, match="no space"):
        export()
    assert gc.isenabled(), "it rests while the rows are read, and no longer"
    names = [name for name in named(tmp_path) if name.startswith("answers-")]
    assert names == [file.name for file in before]
    assert count([tmp_path / name for name in names]) == 24 * PUPILS
    monkeypatch.setattr(facts, "_read", read)
    files = export()
    assert written(told) == 2, "one was finished before"
    assert sorted(tmp_path.glob("answers-*")) == sorted(files), "nothing is left of what was broken off"
    assert "em-3" not in {name for _, name in held(files)}


def test_what_a_team_answered_weighs_half_and_is_nobody_s_first_attempt(connection: Connection, tmp_path: Path) -> None:
    put(connection, [1])
    team = [(1, 50 + k, "run-1", 1, "Toán", f"em-{k}", "q2", "item-9@1", "Đạt", 0.0, 0.5, 6, "2026-11-20")
            for k in range(PUPILS)]  # fmt: skip
    own = [(1, 80 + k, "run-1", 1, "Toán", f"em-{k}", "q3", "item-8@1", "Đạt", 1.0, 1.0, 7, "2026-11-20")
           for k in range(PUPILS)]  # fmt: skip
    rows.put(connection, mastery_answer, team + own)
    found = asked_of(connection, tmp_path)
    (objective,) = found["objectives"]
    assert (objective["answers"], objective["right"]) == (3 * PUPILS, pytest.approx(2 / 2.5))
    assert {row["item"] for row in found["items"]} == {"item-8@1"}


def test_answers_given_at_the_pupils_own_pace_are_told_apart(
    connection: Connection, export: Export, tmp_path: Path, told: list[str]
) -> None:
    put(connection, range(1, 4))
    export()
    rows.put(connection, item_asked, [("run-2", "item-0@1", 1, True, "practice")])
    export()
    assert written(told) == 1, "what they are is part of what they say"
    found = asked_of(connection, tmp_path)
    assert {(row["origin"], row["lessons"], row["answers"]) for row in found["months"]} == {
        ("class", 2, 24),
        ("practice", 1, 12),
    }
