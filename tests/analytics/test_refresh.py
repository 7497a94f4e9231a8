"""What a job does to one run, on SQLite and on PostgreSQL: again is the same, and what was final stays."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, delete, select, update

from analytics import reader
from analytics.attendance import Status
from analytics.reader import ClassWeek, RunSnapshot
from analytics.refresh import RunInfo, refresh
from analytics.rollup import WHOLE, QuestionCount
from analytics.tables import class_week, lesson_count, run_snapshot
from live_session.commands import Confirm, Open, Resume
from live_session.model import Standing
from live_session.store.tables import content
from tests.analytics.teaching import ask, end, lesson, names, pass_minutes, store
from tests.live_session.build import RUN, Book, activity

CLASS = names(12)
INFO = RunInfo(RUN, 1, 9, "Toán", date(2026, 11, 25), roster=(*CLASS, "vang"))


def taught() -> Book:
    """Twelve pupils, one question eight of them get right, one open question."""
    book = lesson(activity("single", "q-single"), activity("open", "q-open"), activity("short", "q-short"))
    book.seat(*CLASS)
    ask(book, "q-single", right=CLASS[:8], wrong=CLASS[8:])
    book.do(Open("q-open"))
    for who in CLASS:
        book.answer(who, "q-open", f"Bai cua {who}")
    return pass_minutes(book, 40, *CLASS)


def refreshed(connection: Connection, book: Book, info: RunInfo = INFO) -> RunSnapshot:
    store(connection, book)
    found = refresh(connection, info, book.clock())
    assert found is not None
    return found


def rows(connection: Connection) -> list[Mapping[str, Any]]:
    """All that analytics holds, but for when it was computed."""
    tables = (run_snapshot, lesson_count, class_week)
    found = [row for table in tables for row in connection.execute(select(table).order_by(*table.primary_key)).all()]
    return [{k: v for k, v in row._mapping.items() if k != "computed_at"} for row in found]


def week(connection: Connection) -> ClassWeek:
    (only,) = reader.class_weeks(connection, 1)
    return only


def erase(connection: Connection, who: str) -> None:
    """What erasing one person does to a run: their words and what the snapshot says go, the log stays."""
    reader.forget_pupil(connection, RUN, who)
    connection.execute(delete(content).where(content.c.participant == who))


def without(who: str, **changes: Any) -> RunInfo:
    return msgspec.structs.replace(INFO, roster=[w for w in INFO.roster if w != who], **changes)


def again(connection: Connection, info: RunInfo, book: Book) -> RunSnapshot:
    """Refresh without touching the tables of the log."""
    found = refresh(connection, info, book.clock())
    assert found is not None
    return found


def test_a_run_without_a_log_is_left_alone(connection: Connection) -> None:
    assert refresh(connection, INFO, 1) is None
    assert rows(connection) == []


def test_a_running_lesson_is_computed_and_not_counted(connection: Connection) -> None:
    snapshot = refreshed(connection, taught())
    assert not snapshot.is_over
    assert snapshot.questions[0].right == 8
    assert not reader.is_counted(connection, RUN)


def test_a_lesson_that_is_over_is_counted(connection: Connection) -> None:
    refreshed(connection, end(taught()))
    found = week(connection)
    assert (found.lessons, found.pupils, found.room, found.not_seen) == (1, 13, 12, 1)
    assert (found.right, found.scored, found.answered, found.asked) == (8, 12, 24, 24)


def test_a_lesson_of_no_class_is_computed_and_not_counted(connection: Connection) -> None:
    assert refreshed(connection, end(taught()), msgspec.structs.replace(INFO, class_id=None)).is_over
    assert not reader.is_counted(connection, RUN)


@pytest.mark.parametrize("is_over", [False, True])
def test_doing_it_again_gives_the_same(connection: Connection, is_over: bool) -> None:
    book = end(taught()) if is_over else taught()
    refreshed(connection, book)
    before = rows(connection)
    again(connection, INFO, book)
    assert rows(connection) == before


def test_what_is_stored_is_what_is_returned(connection: Connection) -> None:
    returned = refreshed(connection, end(taught()))
    stored = reader.snapshot_of(connection, RUN)
    assert stored is not None
    assert stored.seq == len(reader.read_log(connection, RUN))
    assert stored.snapshot.pupils == returned.pupils
    assert stored.snapshot.proposals == returned.proposals


def test_a_late_answer_after_the_end_is_seen(connection: Connection) -> None:
    book = end(taught())
    refreshed(connection, book)
    book.clock.pass_(3_600_000)
    book.answer("em-01", "q-single", "B")
    given = refreshed(connection, book).pupils["em-01"].given["q-single"]
    assert (given.value, given.is_late) == ("C", False)  # an answer in time stands above a late one


def test_the_teachers_word_changes_the_week(connection: Connection) -> None:
    book = end(taught())
    refreshed(connection, book)
    again(connection, msgspec.structs.replace(INFO, decided={"vang": Status.ABSENT, "em-01": Status.HOME}), book)
    found = week(connection)
    assert (found.room, found.home, found.absent, found.not_seen) == (11, 1, 1, 0)


def test_a_lesson_moved_to_another_week_or_subject_leaves_the_first(connection: Connection) -> None:
    book = end(taught())
    refreshed(connection, book)
    again(connection, msgspec.structs.replace(INFO, day=date(2026, 12, 1), subject="Vật lí"), book)
    found = week(connection)
    assert (found.week, found.subject, found.lessons) == ("2026-11-30", "Vật lí", 1)


def test_who_comes_into_the_class_later_was_not_missing(connection: Connection) -> None:
    book = end(taught())
    refreshed(connection, book)
    snapshot = again(connection, msgspec.structs.replace(INFO, roster=(*INFO.roster, "moi")), book)
    assert "moi" not in snapshot.roster
    assert week(connection).not_seen == 1


def test_a_lesson_opened_again_takes_the_class_as_it_is_then(connection: Connection) -> None:
    book = end(taught())
    refreshed(connection, book)
    before = week(connection)
    info = msgspec.structs.replace(INFO, roster=(*INFO.roster, "moi"))
    refreshed(connection, book.do(Resume()), info)
    assert week(connection) == before  # its count stands until it is over once more
    book = end(pass_minutes(book, 5, *CLASS).seat("moi"))
    refreshed(connection, book, info)
    assert (week(connection).pupils, week(connection).lessons) == (14, 1)


def test_the_roster_outlives_a_release_with_other_formulas(connection: Connection) -> None:
    """And so do the right to be counted, and what was told of it."""
    book = end(taught())
    refreshed(connection, book)
    before = week(connection)
    connection.execute(update(run_snapshot).values(version=reader.VERSION - 1))
    connection.execute(update(lesson_count).values(right=0))
    snapshot = again(connection, msgspec.structs.replace(INFO, roster=(*INFO.roster, "moi")), book)
    assert "moi" not in snapshot.roster
    assert week(connection) == before


# --- after an erasure -----------------------------------------------------------------------------------------------


def test_counts_stay_when_somebody_was_erased(connection: Connection) -> None:
    book = end(taught())
    refreshed(connection, book)
    before = week(connection)
    erase(connection, "vang")
    snapshot = again(connection, without("vang"), book)
    assert "vang" not in snapshot.roster
    assert week(connection) == before


def test_who_came_into_the_class_since_was_not_missing_after_an_erasure_either(connection: Connection) -> None:
    book = end(taught())
    refreshed(connection, book)
    erase(connection, "vang")
    assert reader.snapshot_of(connection, RUN) is None
    body = connection.scalar(select(run_snapshot.c.body))
    assert "vang" not in str(body)
    snapshot = again(connection, msgspec.structs.replace(INFO, roster=[*CLASS, "moi"]), book)
    assert set(snapshot.roster) == set(CLASS)


def test_counts_stay_settled_through_every_later_refresh(connection: Connection) -> None:
    """Otherwise the week before an erasure, less the week after it, would be the pupil who was erased."""
    book = end(taught())
    refreshed(connection, book)
    before = week(connection)
    erase(connection, "vang")
    again(connection, without("vang"), book)
    again(connection, without("vang", decided={"em-01": Status.HOME}), book)
    connection.execute(update(run_snapshot).values(version=reader.VERSION - 1))
    again(connection, without("vang"), book)
    assert week(connection) == before


def test_an_erased_pupils_words_are_in_no_snapshot(connection: Connection) -> None:
    book = end(taught())
    refreshed(connection, book)
    erase(connection, "em-03")
    snapshot = again(connection, without("em-03"), book)
    assert b"Bai cua em-03" not in msgspec.json.encode(snapshot)
    assert b"Bai cua em-04" in msgspec.json.encode(snapshot)
    assert [q.answered for q in snapshot.questions] == [12, 12]


def test_a_lesson_not_yet_counted_when_somebody_was_erased_is_counted_once_over(connection: Connection) -> None:
    book = taught()
    refreshed(connection, book)
    erase(connection, "em-03")
    again(connection, without("em-03"), book)
    refreshed(connection, end(book), without("em-03"))
    assert week(connection).lessons == 1


# --- what was told stays --------------------------------------------------------------------------------------------


def test_a_seat_confirmed_after_the_lesson_changes_no_share(connection: Connection) -> None:
    """Else this week less the one before were that pupil's answer."""
    book = lesson().seat(*CLASS).seat("chon", standing=Standing.PICKED)
    refreshed(connection, end(ask(book, "q-single", right=[*CLASS[:8], "chon"], wrong=CLASS[8:])))
    before = week(connection)
    snapshot = refreshed(connection, book.do(Confirm()))
    assert snapshot.questions[0].scored == 13
    after = week(connection)
    assert (after.right, after.scored, after.answered, after.asked) == (8, 12, before.answered, before.asked)
    assert (after.high, after.middle, after.low) == (before.high, before.middle, before.low)
    assert [(one.scored, one.right) for one in snapshot.told] == [(12, 8)]


def test_what_was_told_stays_when_somebody_was_erased_and_shows_nobodys_words(connection: Connection) -> None:
    """In a lesson of no class too, which is in no week."""
    info = msgspec.structs.replace(INFO, class_id=None)
    book = taught().do(Open("q-short"))
    for who in CLASS:
        book.answer(who, "q-short", "secret-hanoi")
    told = refreshed(connection, end(book), info).told
    assert told[1].writers == CLASS
    erase(connection, "em-03")
    assert "em-03" not in str(connection.scalar(select(run_snapshot.c.body)))
    snapshot = again(connection, msgspec.structs.replace(without("em-03"), class_id=None), book)
    assert snapshot.questions[2].scored == 11
    assert snapshot.told == tuple(msgspec.structs.replace(one, writers=()) for one in told)
    assert snapshot.is_settled


def test_a_lesson_opened_again_adds_its_further_questions(connection: Connection) -> None:
    book = lesson(activity("single", "q-1"), activity("single", "q-2")).seat(*CLASS)
    refreshed(connection, end(ask(book, "q-1", right=CLASS[:8], wrong=CLASS[8:])))
    assert week(connection).scored == 12
    refreshed(connection, end(ask(book.do(Resume()), "q-2", right=CLASS)))
    assert (week(connection).right, week(connection).scored) == (20, 24)


def test_of_a_lesson_counted_before_its_questions_were_kept_the_figures_stay(connection: Connection) -> None:
    book = end(taught())
    refreshed(connection, book)
    connection.execute(update(lesson_count).values(right=7, scored=11))
    connection.execute(update(run_snapshot).values(version=15, body='{"is_over":true,"roster":["em-01"]}'))
    snapshot = again(connection, INFO, book)
    assert snapshot.told == (QuestionCount(WHOLE, "", 24, 24, 11, 7),)
    assert (week(connection).right, week(connection).scored) == (7, 11)
