"""The period log: a line proposed from a lesson, corrected, signed, kept with its history; a file of the month."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from live_session.model import Millis
from lti_tool.clock import local, moment_of, now, today
from lti_tool.extensions import db
from lti_tool.lessons import periods
from lti_tool.models import LessonRun, PeriodEntry, SchoolClass
from tests.analytics.teaching import end, lesson, pass_minutes, store
from tests.lti_tool.lessons.test_periodlines import counted
from tests.lti_tool.platform import LTI
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of


def taught(tool: Tool) -> tuple[Browser, str]:
    """A lesson that is over, with one pupil there and one absent with leave by the roll call."""
    teacher = tool.set_up(2)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        there, away = (tool.person(f"pupil-{n}").uid for n in (1, 2))
        store(db.session.connection(), end(pass_minutes(lesson().seat(there), 45, there)), run_id)
    word = {"id": "0198c0de-0001", "who": away, "word": "excused", "ago": 0}
    assert teacher.send(f"runs/{run_id}/roll", [word]).status_code == 200
    tool.jobs().round()
    return teacher, run_id


def form(tool: Tool, **changes: Any) -> dict[str, Any]:
    with tool.inside():
        class_id = db.session.query(SchoolClass).one().id
        day = today().isoformat()
    good = {
        "day": day, "half_day": "morning", "number": "2", "class_id": class_id, "subject": "Toán", "plan_number": "31",
        "topic": "Hệ thức Vi-ét", "form": "hybrid", "remarks": "Lớp học tốt", "do": "save",
    }  # fmt: skip
    return good | changes


def rows(tool: Tool) -> list[dict[str, Any]]:
    with tool.inside():
        found = db.session.query(PeriodEntry).order_by(PeriodEntry.id)
        return [{c.name: getattr(one, c.name) for c in PeriodEntry.__table__.columns} for one in found]


def test_a_lesson_proposes_its_line(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    page = teacher.get(f"periods/{run_id}").text
    for text in ('value="Hệ thức Vi-ét"', 'value="supported" selected', "P 1 · K 0", "Trần Hoài An"):
        assert text in page
    assert "Ghi sổ" in teacher.get("periods").text
    assert rows(tool) == []


def test_a_line_is_saved_signed_and_kept_with_its_history(either_tool: Tool) -> None:
    tool = either_tool
    teacher, run_id = taught(tool)
    assert teacher.post(f"periods/{run_id}", **form(tool)).status_code == 303
    assert teacher.post(f"periods/{run_id}", **form(tool, do="sign", topic="Ôn tập")).status_code == 303
    (first, second) = rows(tool)
    assert (first["is_signed"], second["is_signed"]) == (False, True)
    assert (second["absent_p"], second["absent_k"], second["is_late"]) == (1, 0, False)
    assert (second["line"], second["run_id"]) == (run_id, run_id)
    page = teacher.get("periods").text
    assert "Ôn tập" in page
    assert "Ghi sổ</a>" not in page
    before = contents(tool)
    answer = teacher.post(f"periods/{run_id}", **form(tool, topic="Khác"))
    assert (answer.status_code, fault_of(answer)) == (400, "period_why")
    assert contents(tool) == before
    assert teacher.post(f"periods/{run_id}", **form(tool, topic="Khác", why="Ghi nhầm bài")).status_code == 303
    history = teacher.get(f"periods/{run_id}").text
    assert "Ôn tập" in history
    assert "Ghi nhầm bài" in history


def test_what_a_colleague_saved_meanwhile_is_not_written_over(tool: Tool) -> None:
    """A form that was open while somebody else saved the line is told so; who looks again may write."""
    teacher, run_id = taught(tool)
    colleague = tool.browser().launch(sub="teacher-2", name="Cô Hai")
    shown = seen(teacher, run_id)
    assert colleague.post(f"periods/{run_id}", **form(tool, seen=seen(colleague, run_id), do="sign")).status_code == 303
    before = rows(tool)
    for do in ("save", "sign", "void"):
        late = teacher.post(f"periods/{run_id}", **form(tool, seen=shown, topic="Khác", why="Ghi nhầm", do=do))
        assert (fault_of(late), late.status_code) == ("period_changed", 409)
    assert rows(tool) == before
    again = form(tool, seen=seen(teacher, run_id), topic="Khác", why="Ghi nhầm")
    assert teacher.post(f"periods/{run_id}", **again).status_code == 303
    assert [row["topic"] for row in rows(tool)] == ["Hệ thức Vi-ét", "Khác"]


def test_of_four_who_save_a_line_at_once_one_does_and_the_others_are_told(any_tool: Tool) -> None:
    teacher, run_id = taught(any_tool)
    windows = [teacher, *(any_tool.browser().launch(sub=f"teacher-{n}", name=f"Cô {n}") for n in (2, 3, 4))]
    sent = [form(any_tool, seen=seen(window, run_id), topic=f"Bài {n}") for n, window in enumerate(windows)]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda n: windows[n].post(f"periods/{run_id}", **sent[n]).status_code, range(4)))
    assert sorted(said) == [303, 409, 409, 409]
    assert [row["topic"] for row in rows(any_tool)] == [f"Bài {said.index(303)}"]


def seen(browser: Browser, line: str) -> str:
    """Which row of a line the form shows."""
    return re.findall(r'name="seen" value="(\d*)"', browser.get(f"periods/{line}").text)[0]


def test_absence_that_changes_after_signing_is_told(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    teacher.post(f"periods/{run_id}", **form(tool, do="sign", absent_p="40"))  # counted, never typed
    assert rows(tool)[0]["absent_p"] == 1
    assert "Điểm danh đã khác" not in teacher.get("periods").text
    with tool.inside():
        person = tool.person("pupil-2").id
    teacher.post(f"runs/{run_id}/attendance", **{f"p{person}": "absent"})
    assert "Điểm danh đã khác" in teacher.get("periods").text


def test_a_line_written_on_a_later_day_is_flagged_for_good(tool: Tool) -> None:
    teacher, _ = taught(tool)
    with tool.inside():
        yesterday = (today() - timedelta(days=1)).isoformat()
    assert teacher.post("periods/new", **form(tool, day=yesterday, absent_k="3")).status_code == 303
    (row,) = rows(tool)
    assert (row["is_late"], row["absent_k"], row["run_id"]) == (True, 3, None)
    teacher.post(f"periods/{row['line']}", **form(tool, do="sign"))
    assert rows(tool)[1]["is_late"] is True


def test_a_line_is_taken_out_with_a_reason_only(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    teacher.post(f"periods/{run_id}", **form(tool))
    assert teacher.post(f"periods/{run_id}", do="void").status_code == 400
    assert teacher.post(f"periods/{run_id}", do="void", why="Tiết không dạy").status_code == 303
    assert teacher.get(f"periods/{run_id}").status_code == 404
    assert "Hệ thức Vi-ét" not in teacher.get("periods").text
    assert len(rows(tool)) == 2


@pytest.mark.parametrize(
    "bad",
    [
        {"day": ""}, {"day": "2026-02-30"}, {"day": "3000-01-01"}, {"day": "2020-01-01"}, {"half_day": "night"},
        {"number": "0"}, {"number": "7"}, {"number": "một"}, {"class_id": "99999"}, {"class_id": "x"},
        {"subject": " "}, {"plan_number": "-1"}, {"plan_number": "501"}, {"form": "virtual"}, {"topic": "x" * 700},
        {"remarks": "x" * 1100},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_is_named_and_nothing_kept(tool: Tool, bad: dict[str, str]) -> None:
    teacher = tool.set_up(1)
    before = contents(tool)
    answer = teacher.post("periods/new", **form(tool, **bad))
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 1
    assert contents(tool) == before


def test_a_class_is_known_whatever_its_number(tool: Tool) -> None:
    """Restored and merged installations count far."""
    tool.set_up(1)
    with tool.inside():
        before = periods.blank(tool.course().id).values
        read, faulty = periods.read({"class_id": "1234567"}, [1234567], before)
    assert (read.class_id, "class_id" in faulty) == (1234567, False)


def test_the_file_holds_what_was_entered_and_no_formula(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    teacher.post(f"periods/{run_id}", **form(tool, do="sign", topic="=1+1", remarks="@x"))
    answer = teacher.get("periods/sheet.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    head, line = answer.data.decode("utf-8-sig").splitlines()
    assert head.startswith("Ngày;Buổi;Tiết;Lớp;Môn;PPCT")
    with tool.inside():
        day = today().strftime("%d/%m/%Y")
    assert line.startswith(f"{day};Sáng;2;9A1;Toán;31;'=1+1;Kết hợp tại lớp và trực tuyến;1;0;'@x;")
    assert "Trần Hoài An" not in line


def test_the_rules_are_spoken_of_and_block_nothing(tool: Tool) -> None:
    teacher, _ = taught(tool)
    for number in ("1", "2", "3"):
        assert teacher.post("periods/new", **form(tool, number=number, form="online")).status_code == 303
    page = teacher.get("periods").text
    assert "3 tiết trực tuyến hoàn toàn; trường đặt nhiều nhất 2" in page
    assert "3 tiết trực tuyến hoàn toàn liền nhau" in page
    assert "4/4 tiết có dùng trực tuyến (100%; mục tiêu 10%), kể cả tiết chưa ghi sổ" in page


def test_periods_of_the_same_class_in_another_course_count(tool: Tool) -> None:
    teacher, _ = taught(tool)
    with tool.inside():
        class_id = db.session.query(SchoolClass).one().id
        other = tool.course().id + 100
        day = today()
        assert periods._elsewhere(other, day.replace(day=1), [], []) == []
    teacher.post("periods/new", **form(tool, form="online"))
    with tool.inside():
        found = periods._elsewhere(other, day.replace(day=1), [str(class_id)], [])
    assert {(one.group, one.form) for one in found} == {(str(class_id), "online"), (str(class_id), "supported")}


def test_a_month_counts_lessons_that_nobody_has_entered_in_every_course_of_a_teacher(tool: Tool) -> None:
    """One with phones here, one there: two, though neither is in the log."""
    teacher, _ = taught(tool)
    second = tool.start(teacher, SINGLE)
    with tool.inside():
        there = tool.person("pupil-1").uid
        store(db.session.connection(), end(pass_minutes(lesson().seat(there), 45, there)), second)
    teacher.post(f"runs/{second}/end")
    tool.jobs().round()
    tool.teacher(**{f"{LTI}context": {"id": "course-2", "title": "Tin 9A1"}})

    def month() -> tuple[list[int], list[int]]:
        """What this month's warning counts, and the year's periods."""
        with tool.inside():
            here, first, school = tool.course().id, today().replace(day=1), tool.registration().id
            end_of_month = moment_of(datetime.combine(periods.next_month(first), time()))
            said, shares = periods.watched(here, first, school, end_of_month, periods.book(here, first))
            return [one.count for one in said if one.concern == "month"], [one.total for one in shares]

    assert month() == ([], [2])
    with tool.inside():
        db.session.get_one(LessonRun, second).context_id = tool.course("course-2").id
    assert month() == ([], [1])
    with tool.inside():
        db.session.get_one(LessonRun, second).ended_at = None
    assert month() == ([1], [1])


def test_the_home_page_reminds_in_the_last_days_of_a_month(tool: Tool) -> None:
    """Of the teacher's own periods, in as few statements as hold for any day."""
    teacher, run_id = taught(tool)

    def at(month: int, day: int) -> Millis:
        return moment_of(datetime.combine(date(2026, month, day), time(9)))

    def owed(month: int, day: int) -> int | None:
        with tool.inside():
            person, school = tool.person("teacher-1").id, tool.registration().id
            with counted() as said:
                found = periods.owed_by(person, school, at(month, day))
            spent.append(len(said))
            return found.count if found else None

    spent: list[int] = []
    with tool.inside():
        db.session.get_one(LessonRun, run_id).started_at = at(11, 3)
    asked = [owed(month, day) for month, day in ((11, 20), (11, 21), (11, 30), (12, 1), (12, 31))]
    assert asked == [None, 1, 1, None, None]
    assert (spent[0], max(spent) <= 9) == (1, True), spent
    with tool.inside():
        db.session.get_one(LessonRun, run_id).started_at = now() - 3_600_000
    page = teacher.get("").text
    with tool.inside():
        is_late = periods.next_month(today().replace(day=1)) - today() <= timedelta(days=10)
    assert ("Tháng này thầy cô mới có 1 tiết trực tuyến; trường đặt ít nhất 2" in page) is is_late


def before(tool: Tool, days: int) -> str:
    """So many days ago, as a form says it."""
    with tool.inside():
        return (today() - timedelta(days=days)).isoformat()


def planned(teacher: Browser, line: str) -> str:
    """The number in the plan that stands in a line's form."""
    found = re.search(r'name="plan_number"[^>]* value="(\d*)"', teacher.get(f"periods/{line}").text)
    assert found
    return found[1]


def test_lessons_that_nobody_has_entered_have_the_numbers_after_the_last_one(tool: Tool) -> None:
    """The second, entered as it was proposed, lets the others be; another class has numbers of its own."""
    teacher = tool.set_up(2)
    runs = []
    for _ in range(4):
        runs.append(tool.start(teacher, SINGLE))
        teacher.post(f"runs/{runs[-1]}/end")
    with tool.inside():
        class_id = db.session.query(SchoolClass).one().id
        for days, run_id in zip((6, 5, 4, 3), runs, strict=True):
            run = db.session.get_one(LessonRun, run_id)
            run.class_id = class_id if run_id != runs[2] else None
            run.started_at = moment_of(datetime.combine(today() - timedelta(days=days), time(7)))
    teacher.post("periods/new", **form(tool, plan_number="31", day=before(tool, 8)))
    assert [planned(teacher, run_id) for run_id in runs] == ["32", "33", "1", "34"]
    saved = teacher.post(f"periods/{runs[1]}", **form(tool, plan_number="33", day=before(tool, 5)))
    assert saved.status_code == 303
    assert [planned(teacher, run_id) for run_id in runs] == ["32", "33", "1", "34"]
    teacher.post(f"periods/{runs[0]}", do="void", why="Chạy thử")
    assert [planned(teacher, run_id) for run_id in runs[1:]] == ["33", "1", "34"]


def test_a_number_that_is_no_higher_leaves_the_count_alone(tool: Tool) -> None:
    """A period taught again has its old number; what comes after goes on from the highest."""
    teacher, run_id = taught(tool)
    with tool.inside():
        run = db.session.get_one(LessonRun, run_id)
        run.class_id = db.session.query(SchoolClass).one().id
    for days, number in ((9, "31"), (8, "20")):
        teacher.post("periods/new", **form(tool, plan_number=number, day=before(tool, days)))
    assert planned(teacher, run_id) == "32"


def test_another_course_has_no_such_line(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    teacher.post(f"periods/{run_id}", **form(tool))
    other = tool.teacher(
        **{"https://purl.imsglobal.org/spec/lti/claim/context": {"id": "course-2", "title": "Văn 9A2"}}
    )
    assert other.get(f"periods/{run_id}").status_code == 404
    assert other.post(f"periods/{run_id}", **form(tool, why="x")).status_code == 404
    assert len(rows(tool)) == 1


def test_months_are_read_or_this_one() -> None:
    assert periods.next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert periods.month_before(date(2027, 1, 1)) == date(2026, 12, 1)


def test_an_odd_month_shows_this_one(tool: Tool) -> None:
    teacher = tool.set_up(1)
    with tool.inside():
        this = local(now()).strftime("%m/%Y")
    for text in ("", "2026", "2026-13", "-1-1", "9999999-1", "x-y", "٢٠٢٦-٠١"):
        assert this in teacher.get("periods", query_string={"month": text}).text
