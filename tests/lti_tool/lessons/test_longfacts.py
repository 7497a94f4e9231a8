"""What long questions stand on beside the answers, and their answers as people read them: what a head of department
sees, of every class, and nobody's name."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from analytics import reader
from analytics.mastery import store as mastery
from analytics.mastery.store import Scope
from analytics.periods import Form, HalfDay
from analytics.rollup import LessonCount, week_of
from analytics.rows import put
from analytics.tables import item_asked, item_snapshot
from lti_tool.clock import now, school_year, today
from lti_tool.extensions import db
from lti_tool.lessons import longfacts, longtables
from lti_tool.lessons.departments import term_with
from lti_tool.models import Course, Lesson, LessonRun, PeriodEntry, Practice, SchoolClass
from tests.lti_tool.tool import PUPILS, SINGLE, Tool

Rows = Sequence[tuple[object, ...]]


def tables(tool: Tool) -> dict[str, Rows]:
    with tool.inside():
        told: list[str] = []
        found = longfacts.tables(told.append)
        assert len(told) == 3
        return found


def count(**changes: Any) -> LessonCount:
    return LessonCount(**{**dict.fromkeys(LessonCount.__struct_fields__, 0), **changes})


def test_a_school_of_which_nothing_is_known_has_nothing_but_its_rules(tool: Tool) -> None:
    found = tables(tool)
    assert {name for name, rows in found.items() if rows} == {"rules"}
    assert found["rules"][0][1:] == (2, 2, 1, 0.1)


def test_a_week_of_a_class_stands_under_its_name_and_its_term(any_tool: Tool) -> None:
    tool = any_tool
    tool.set_up()
    week = week_of(date(2027, 1, 20))
    with tool.inside():
        school, group = tool.registration().id, db.session.query(SchoolClass).one().id
        keys = {"school": school, "class_id": group, "subject": "Toán"}
        lessons = {
            "run-1": (week, count(pupils=40, room=30, home=5, absent=2, not_seen=3, asked=80, answered=60)),
            "run-2": ("2027-01-11", count(pupils=8, room=8, answerers=8)),  # what eight did is not even kept
        }
        for run_id, (monday, counted) in lessons.items():
            reader.write_count(db.session.connection(), {**keys, "run_id": run_id, "week": monday}, counted, now())
        reader.write_count(
            db.session.connection(), {**keys, "run_id": "of-no-class", "class_id": 99, "week": week}, count(), now()
        )
    few, full = tables(tool)["weeks"]
    head = (school, "2026-2027")
    assert full == (*head, 2, week, 9, "9A1", "Toán", 1, 40, 30, 5, 0, 2, 3, 80, 60, 0, 0, 0, 0, 0, 0)
    assert few == (*head, 1, "2027-01-11", 9, "9A1", "Toán", 1, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)


def test_periods_are_those_of_the_book_and_a_teacher_is_a_number_of_the_month(any_tool: Tool) -> None:
    tool = any_tool
    tool.set_up()
    tool.head()
    with tool.inside():
        school = tool.registration().id
        context, group = tool.course().id, db.session.query(SchoolClass).one().id
        teachers = [tool.person(sub).id for sub in ("head-1", "teacher-1")]
        lines = [
            (date(2026, 10, 5), 1, teachers[1], Form.ONLINE, "Toán"),
            (date(2026, 10, 6), 2, teachers[0], Form.HYBRID, "GDTC"),
            (date(2026, 10, 7), 3, teachers[1], Form.IN_PERSON, "Toán"),
            (date(2026, 11, 2), 1, teachers[0], Form.SUPPORTED, "Toán"),
            (date(2026, 11, 3), 1, None, Form.SUPPORTED, "Toán"),
        ]
        for day, number, teacher, form, subject in lines:
            entry = PeriodEntry(line=f"{day}", context_id=context, class_id=group, teacher_id=teacher, day=day)
            entry.half_day, entry.number, entry.subject, entry.form = HalfDay.MORNING, number, subject, form
            entry.saved_at = 1
            db.session.add(entry)
    rows = tables(tool)["periods"]
    assert all(row[0] == school and row[6] == "9A1" and row[4] == "morning" for row in rows)
    assert {(row[1], row[3], row[7], row[8], row[9]) for row in rows} == {
        ("Toán", "2026-10-05", "online", 0, 1),
        ("GDTC", "2026-10-06", "hybrid", 1, 2),
        ("Toán", "2026-10-07", "in_person", 0, 1),
        ("Toán", "2026-11-02", "supported", 0, 1),
        ("Toán", "2026-11-03", "supported", 0, 0),
    }


def test_questions_are_counted_as_the_head_s_page_counts_them(any_tool: Tool) -> None:
    tool = any_tool
    tool.set_up()
    goals = [{**SINGLE, "objective": f"Yêu cầu {n}"} for n in (1, 1, 2)]
    shared, own = tool.lesson(*goals[:2]), tool.lesson(*goals[2:], SINGLE)
    with tool.inside():
        lessons = {one.uid: one for one in db.session.query(Lesson)}
        lessons[shared].shared_at, lessons[own].objectives = 1, ["Yêu cầu 3"]
        context, group = tool.course().id, db.session.query(SchoolClass).one().id
        db.session.get_one(Course, context).school_year = school_year(today())
        times = {"first": now(), "second": now(), "before": now() - 400 * 86_400_000}
        for name, at in times.items():
            taught = LessonRun(run_id=f"run-{name}", lesson_id=lessons[own].id, context_id=context, class_id=group)
            taught.title, taught.room_key, taught.started_at, taught.minutes = "", "k", at, 45
            db.session.add(taught)
        db.session.add(Practice(run_id="work", context_id=context, title="", opened_at=now()))
        first, second = (one.uid for one in lessons[shared].activities)
        third = lessons[own].activities[0].uid
        asked = [("run-first", first, "class"), ("run-first", second, "class"), ("run-second", first, "class")]
        asked += [("run-before", third, "class"), ("work", third, "practice")]
        put(db.session.connection(), item_asked, [(run, f"{uid}@1", 1, True, origin) for run, uid, origin in asked])
        put(db.session.connection(), item_snapshot, [(f"{first}@1", "class", 1, 1, 40, "{}", True)])
        school, year = tool.registration().id, term_with(today()).year
        mastery.join(db.session.connection(), Scope(school, "Toán"), "Yêu cầu hai", "Yêu cầu 2")
    found = tables(tool)
    head = (school, year, "Toán", 9)
    assert found["questions"] == [
        (*head, "", 1, 0, 0, 0, 0),
        (*head, "Yêu cầu 1", 0, 0, 0, 0, 0),
        (*head, "Yêu cầu 1", 1, 1, 1, 0, 0),
        (*head, "Yêu cầu 1", 1, 1, 2, 0, 1),
        (*head, "Yêu cầu 3", 0, 0, 0, 0, 0),
        (*head, "Yêu cầu hai", 0, 0, 0, 0, 0),
        (*head, "Yêu cầu hai", 1, 0, 0, 1, 0),
    ]
    assert found["asked"] == [(*head, "Yêu cầu 1", "9A1", 2, 3)]
    assert found["classes"] == [(*head, "9A1")]


def test_nobody_is_named(tool: Tool) -> None:
    tool.set_up()
    tool.head()
    with tool.inside():
        names = [*PUPILS, *(tool.person(f"pupil-{n}").uid for n in (1, 2, 3)), tool.person("teacher-1").uid]
    text = str(tables(tool))
    assert [name for name in names if name in text] == []


def test_headings_and_words_are_in_the_language_that_is_asked_for(tool: Tool) -> None:
    tool.set_up()
    with tool.app.test_request_context("/", headers={"Accept-Language": "en"}):
        english = longtables.wording()
    with tool.app.test_request_context("/", headers={"Accept-Language": "vi"}):
        vietnamese = longtables.wording()
        school = tool.registration()
        called = school.name or school.issuer
    row = {"school": school.id, "year": "2026-2027", "objective": "", "origin": "practice", "few": 1, "exempt": 0}
    assert list(english.table([{**row, "p": 0.5}])[0].values()) == [
        called, "2026–2027", "No objective named", "at own pace", "yes", "", 0.5,
    ]  # fmt: skip
    (told,) = vietnamese.table([row])
    assert told["Trường"] == called
    assert (told["Năm học"], told["Làm ở đâu"], told["Ẩn vì dưới 10 em"]) == ("2026–2027", "tự luyện", "có")
    assert len(set(vietnamese.headings)) == len(longtables.COLUMNS)
