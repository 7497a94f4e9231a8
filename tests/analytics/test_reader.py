"""The only SQL of analytics, on SQLite and on PostgreSQL."""

from datetime import date

import msgspec
import pytest
from sqlalchemy import Connection, func, insert, select, update

from analytics import reader
from analytics.reader import ClassWeek, Kept
from analytics.rollup import LEAST_PUPILS, LessonCount, share
from analytics.tables import class_week, lesson_count, run_snapshot
from live_session.store.tables import run
from tests.analytics.teaching import ask, computed, end, lesson, names, pass_minutes, store
from tests.live_session.build import NOW, RUN, Book, activity

MONDAY = date(2026, 11, 23).isoformat()
NEXT = date(2026, 11, 30).isoformat()
GROUP = {"school": 1, "class_id": 9, "subject": "Toán", "week": MONDAY}
LESSON = LessonCount(
    pupils=40, room=30, home=5, late=2, absent=1, not_seen=4, unconfirmed=0,
    asked=350, answered=300, scored=280, right=200, answerers=35,
)  # fmt: skip


def taught() -> Book:
    everybody = names(12)
    book = lesson(activity("single", "q-single"), activity("open", "q-open")).seat(*everybody)
    ask(book, "q-single", right=everybody[:8], wrong=everybody[8:])
    return end(pass_minutes(book, 5, *everybody))


def stale(connection: Connection) -> list[str]:
    query = select(run.c.id).outerjoin(run_snapshot, run_snapshot.c.run_id == run.c.id).where(reader.is_stale())
    return list(connection.scalars(query))


def count(connection: Connection, run_id: str, counted: LessonCount = LESSON, **where: object) -> None:
    reader.write_count(connection, {"run_id": run_id, **GROUP, **where}, counted, NOW)


def test_a_snapshot_comes_back_as_it_was_written(connection: Connection) -> None:
    snapshot = msgspec.structs.replace(computed(taught()), roster=names(12), is_settled=True)
    reader.write_snapshot(connection, RUN, 17, NOW, snapshot)
    stored = reader.snapshot_of(connection, RUN)
    assert stored is not None
    assert (stored.seq, stored.computed_at) == (17, NOW)
    assert msgspec.json.encode(stored.snapshot) == msgspec.json.encode(snapshot)
    assert stored.snapshot.proposals == snapshot.proposals
    assert reader.kept_of(connection, RUN) == Kept(True, list(names(12)), True)


def test_the_log_is_read_as_it_was_written(connection: Connection) -> None:
    book = taught()
    store(connection, book)
    assert list(reader.read_log(connection, RUN)) == book.log


def test_a_snapshot_is_stale_once_the_log_has_grown(connection: Connection) -> None:
    book = taught()
    assert stale(connection) == []  # a run without a log has nothing to compute
    store(connection, book)
    assert stale(connection) == [RUN]
    reader.write_snapshot(connection, RUN, book.state.seq, NOW, computed(book))
    assert stale(connection) == []
    book.answer("em-01", "q-single", "C")
    store(connection, book)
    assert stale(connection) == [RUN]


def test_a_snapshot_of_other_formulas_is_stale_and_not_read_but_keeps_what_must_stay(connection: Connection) -> None:
    book = taught()
    store(connection, book)
    snapshot = msgspec.structs.replace(computed(book), roster=("an",))
    reader.write_snapshot(connection, RUN, book.state.seq, NOW, snapshot)
    old = '{"is_over":true,"roster":["an"],"questions":"of another shape"}'
    connection.execute(update(run_snapshot).values(version=reader.VERSION - 1, body=old))
    assert stale(connection) == [RUN]
    assert reader.snapshot_of(connection, RUN) is None
    kept = reader.kept_of(connection, RUN)
    assert kept is not None
    assert (kept.is_over, list(kept.roster), kept.is_settled) == (True, ["an"], False)


def test_a_forgotten_snapshot_is_gone(connection: Connection) -> None:
    reader.write_snapshot(connection, RUN, 1, NOW, computed(taught()))
    reader.forget_snapshot(connection, RUN)
    assert reader.snapshot_of(connection, RUN) is None
    assert reader.kept_of(connection, RUN) is None


def test_a_week_is_the_sum_of_its_lessons(connection: Connection) -> None:
    count(connection, "a")
    count(connection, "b", msgspec.structs.replace(LESSON, pupils=38, late=0, answerers=20))
    (week,) = reader.class_weeks(connection, 1)
    assert week == ClassWeek(
        class_id=9, subject="Toán", week=MONDAY, lessons=2, pupils=78, room=60, home=10, late=2, absent=2, not_seen=8,
        asked=700, answered=600, scored=560, right=400, answerers=35,
    )  # fmt: skip


def test_a_lesson_counted_again_is_counted_once(connection: Connection) -> None:
    count(connection, "a")
    count(connection, "a", msgspec.structs.replace(LESSON, late=9))
    assert [(w.lessons, w.late) for w in reader.class_weeks(connection, 1)] == [(1, 9)]
    assert reader.is_counted(connection, "a")
    assert not reader.is_counted(connection, "b")


@pytest.mark.parametrize("moved", [{"week": NEXT}, {"class_id": 10}, {"subject": "Vật lí"}, {"school": 2}])
def test_a_lesson_that_moves_leaves_where_it_was(connection: Connection, moved: dict[str, object]) -> None:
    count(connection, "a")
    count(connection, "b")
    count(connection, "a", **moved)
    rows = connection.execute(select(class_week.c.lessons, class_week.c.pupils)).all()
    assert [tuple(row) for row in rows] == [(1, 40), (1, 40)]
    count(connection, "b", **moved)
    rows = connection.execute(select(class_week.c.lessons, class_week.c.pupils)).all()
    assert [tuple(row) for row in rows] == [(2, 80)]  # an empty week is no row


def test_weeks_are_read_newest_first_and_of_one_school(connection: Connection) -> None:
    count(connection, "a")
    count(connection, "b", week=NEXT, class_id=8)
    count(connection, "c", week=NEXT)
    count(connection, "d", school=2)
    assert [(w.week, w.class_id) for w in reader.class_weeks(connection, 1)] == [(NEXT, 8), (NEXT, 9), (MONDAY, 9)]
    assert [w.class_id for w in reader.class_weeks(connection, 1, [MONDAY])] == [9]
    assert reader.class_weeks(connection, 1, []) == []
    assert reader.class_weeks(connection, 1, subject="Ngữ văn") == []
    assert [w.class_id for w in reader.class_weeks(connection, 1, class_id=8)] == [8]


def test_the_shares_of_a_week_are_those_of_its_counts(connection: Connection) -> None:
    small = msgspec.structs.replace(LESSON, asked=0, answered=0, scored=0, right=0, answerers=LEAST_PUPILS - 1)
    count(connection, "a", small)
    (week,) = reader.class_weeks(connection, 1)
    assert week.participation.is_hidden
    assert week.share_right.is_hidden
    count(connection, "b")
    (week,) = reader.class_weeks(connection, 1)
    assert week.participation == share(300, 350, 35)
    assert week.share_right == share(200, 280, 35)


def test_counts_hold_nobody(connection: Connection) -> None:
    """Every column of a count is a number, but for the names of subject, week and run."""
    count(connection, "a")
    for table in (lesson_count, class_week):
        texts = {c.name for c in table.columns if c.type.python_type is str}
        assert texts <= {"run_id", "subject", "week"}
    assert connection.scalar(select(func.count()).select_from(lesson_count)) == 1
    with pytest.raises(TypeError):
        LessonCount(**{**msgspec.structs.asdict(LESSON), "who": "an"})
    connection.execute(insert(lesson_count), [{"run_id": "z", **GROUP, **msgspec.structs.asdict(LESSON)}])
