"""Files of marks: official columns, numbers as numbers, texts as texts and never a formula."""

import csv
import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from random import Random
from xml.etree import ElementTree

import pytest

from analytics.export.deeds import identifier_of
from analytics.periods import Form, HalfDay
from deploy.demo.past import plain, teach
from lti_tool.clock import local, now, school_year
from lti_tool.extensions import db
from lti_tool.lessons import learning_events, objectives
from lti_tool.lessons.objectives import identifier
from lti_tool.models import (
    AttendanceDecision,
    Course,
    EntryKind,
    Lesson,
    Membership,
    ObjectiveKey,
    PeriodEntry,
    Person,
    ProfileEntry,
    ScoreDecision,
    TermComment,
)
from lti_tool.privacy import person as personal
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
HOSTILE = '=HYPERLINK("http://x","y")'


def cells(data: bytes, sheet: int = 1) -> list[list[str | float | None]]:
    """A sheet's rows: texts as str, numbers as float. A formula anywhere fails."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        strings = [
            "".join(part.text or "" for part in one.iter(f"{{{NS['m']}}}t"))
            for one in ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        root = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{sheet}.xml"))
    assert not root.findall(".//m:f", NS)
    rows = []
    for row in root.findall(".//m:row", NS):
        found: list[str | float | None] = []
        for cell in row:
            value = cell.find("m:v", NS)
            said = None if value is None else value.text
            found.append(None if said is None else strings[int(said)] if cell.get("t") == "s" else float(said))
        rows.append(found)
    return rows


def names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    return [str(one.get("name")) for one in root.findall(".//m:sheet", NS)]


def book(tool: Tool, form: str = "score") -> tuple[Browser, list[int]]:
    teacher = tool.set_up(3)
    assert teacher.post("marks/subject", periods="35", form=form).status_code == 303
    with tool.inside():
        return teacher, [tool.person(f"pupil-{n}").id for n in (1, 2, 3)]


def line(rows: list[list[str | float | None]], name: str) -> list[str | float | None]:
    return next(row for row in rows if name in row)


def test_the_book_has_the_official_columns(any_tool: Tool) -> None:
    teacher, (a, *_) = book(any_tool)
    given = {"regular1": "8,25", "regular2": "10", "midterm": "7", "final": "6,5"}
    for term in ("1", "2"):
        assert teacher.post("marks", term=term, **{f"m{a}.{p}": m for p, m in given.items()}).status_code == 303
    with any_tool.inside():
        course = db.session.query(Course).one()
        said = TermComment(context_id=course.context_id, school_year=course.school_year, term=1, person_id=a, made_at=1)
        said.text = HOSTILE
        db.session.add(said)
    answer = teacher.get("marks/files/book.xlsx")
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert names(answer.data) == ["Học kì I", "Học kì II"]
    first, second = cells(answer.data, 1), cells(answer.data, 2)
    head = next(row for row in first if row and row[0] == "Số TT")
    assert head == [
        "Số TT", "Mã học sinh", "Họ và tên", "Ngày sinh", "ĐĐGtx 1", "ĐĐGtx 2", "ĐĐGtx 3", "ĐĐGtx 4", "ĐĐGgk", "ĐĐGck",
        "ĐTBmhk", "Nhận xét: sự tiến bộ, ưu điểm nổi bật, hạn chế chủ yếu",
    ]  # fmt: skip
    assert line(first, PUPILS[0]) == [1, None, PUPILS[0], None, 8.3, 10, None, None, 7, 6.5, 7.4, HOSTILE]
    assert line(second, "ĐTBmcn")[10:12] == ["ĐTBmhk", "ĐTBmcn"]
    assert line(second, PUPILS[0])[10:12] == [7.4, 7.4]
    assert line(first, "Số học sinh đạt (SL, TL %)")[-2:] == [1, 100]
    listed = [row[2] for row in first if row and isinstance(row[0], float)]
    assert listed == [PUPILS[0], PUPILS[1], PUPILS[2]]  # by given name, the Vietnamese way


def test_the_sheet_of_the_sector_database_has_its_columns_in_the_first_row(tool: Tool) -> None:
    teacher, (a, b, _) = book(tool)
    teacher.post("marks", term="1", **{f"m{a}.regular1": "8,5", f"m{b}.final": "", f"s{b}.final": "missed_excused"})
    rows = cells(teacher.get("marks/files/database.xlsx?term=1").data)
    assert rows[0] == [
        "STT", "Lớp", "Mã định danh Bộ GD&ĐT", "Họ và tên", "Ngày sinh", *(f"ĐĐGtx {n}" for n in range(1, 6)), "ĐĐGgk",
        "ĐĐGck", "ĐTBmhk", "Mã nhận xét", "Nội dung nhận xét",
    ]  # fmt: skip
    assert rows[1][:6] == [1, "9A1", None, PUPILS[0], None, 8.5]
    assert rows[2][11] == "chờ bù"


def test_a_pupils_code_stands_where_the_lms_gives_it(tool: Tool) -> None:
    """In the sector database's sheet the ministry's alone, which has ten digits."""
    teacher, people = book(tool)
    with tool.inside():
        for person_id, code in zip(people, ("0123456789", "HS-02", ""), strict=True):
            db.session.get_one(Person, person_id).code = code
    assert [line(cells(teacher.get("marks/files/book.xlsx").data), name)[1] for name in PUPILS[:3]] == [
        "0123456789", "HS-02", None,
    ]  # fmt: skip
    rows = cells(teacher.get("marks/files/database.xlsx?term=1").data)
    assert [line(rows, name)[2] for name in PUPILS[:3]] == ["0123456789", None, None]


def test_a_comment_only_subject_has_levels_in_words(tool: Tool) -> None:
    teacher, (a, *_) = book(tool, "comment")
    teacher.post("marks", term="1", **{f"m{a}.regular1": "dat", f"m{a}.regular2": "chua_dat"})
    assert line(cells(teacher.get("marks/files/book.xlsx").data), PUPILS[0])[4:6] == ["Đạt", "Chưa đạt"]


@pytest.mark.parametrize("name", [HOSTILE, "+84", "-1", "@SUM(A1)", "\t=1", "{=1}", "1e9", "https://x.y"])
def test_a_name_is_never_a_formula_a_number_or_a_link(tool: Tool, name: str) -> None:
    teacher, (a, *_) = book(tool)
    with tool.inside():
        person = db.session.get_one(Person, a)
        person.name, person.given_name = name, name
    for file in ("book.xlsx", "database.xlsx"):
        data = teacher.get(f"marks/files/{file}").data
        assert any(name.strip() in str(cell) for row in cells(data) for cell in row if isinstance(cell, str))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert b"hyperlink" not in archive.read("xl/worksheets/sheet1.xml").lower().replace(b"=hyperlink", b"")
    with zipfile.ZipFile(io.BytesIO(teacher.get("marks/files/everything.zip").data)) as archive:
        rows = list(csv.reader(io.StringIO(archive.read("pupils.csv").decode("utf-8-sig")), delimiter=";"))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)


def test_attendance_stands_by_month_as_the_teacher_confirmed_it(tool: Tool) -> None:
    teacher, (a, b, c) = book(tool)
    uid = tool.lesson(SINGLE)
    with tool.inside():
        at = now() - 7_200_000
        db.session.query(Course).one().school_year = school_year(local(at).date())
        lesson = db.session.query(Lesson).filter_by(uid=uid).one()
        run = teach(lesson, tool.person("teacher-1"), [], at, plain([], Random(1)))
        for person_id, status in ((a, "room"), (b, "absent"), (b, "excused"), (c, "not_seen")):
            db.session.add(AttendanceDecision(run_id=run.run_id, person_id=person_id, status=status, at=1))
            db.session.flush()
        day = local(at).date()
    data = teacher.get("marks/files/attendance.xlsx").data
    assert names(data) == [f"{day.month:02}-{day.year}"]
    rows = cells(data)
    assert [line(rows, PUPILS[n])[1 + day.day] for n in range(3)] == ["x", "P", None]
    assert line(rows, PUPILS[1])[-3:] == [1, 1, 0]


def test_without_lessons_attendance_says_so(tool: Tool) -> None:
    teacher, _ = book(tool)
    assert cells(teacher.get("marks/files/attendance.xlsx").data)[0] == ["Chưa có tiết nào điểm danh"]


def test_everything_is_in_json_and_in_csv(any_tool: Tool) -> None:
    teacher, (a, *_) = book(any_tool)
    teacher.post("marks", term="1", **{f"m{a}.regular1": "8"})
    everything = json.loads(teacher.get("marks/files/everything.json").data)
    assert everything["course"]["subject"] == "Toán"
    assert [(one["place"], one["value"]) for one in everything["marks"]] == [("regular1", "8.0")]
    assert {one["name"] for one in everything["pupils"]} == set(PUPILS[:3])
    with zipfile.ZipFile(io.BytesIO(teacher.get("marks/files/everything.zip").data)) as archive:
        assert {name.removesuffix(".csv") for name in archive.namelist()} == everything.keys() - {"course"}
        marks = list(csv.DictReader(io.StringIO(archive.read("marks.csv").decode("utf-8-sig")), delimiter=";"))
    assert marks[0]["value"] == "8.0"


def leave(tool: Tool, *people: int) -> None:
    """These pupils are off the list, as a roster of the LMS that lacks them leaves them."""
    with tool.inside():
        db.session.query(Membership).filter(Membership.person_id.in_(people)).update({"is_active": False})


def attended(tool: Tool, *people: int) -> None:
    """A lesson in which these pupils were in the room, as the teacher said."""
    uid = tool.lesson(SINGLE)
    with tool.inside():
        at = now() - 7_200_000
        db.session.query(Course).one().school_year = school_year(local(at).date())
        lesson = db.session.query(Lesson).filter_by(uid=uid).one()
        run = teach(lesson, tool.person("teacher-1"), [], at, plain([], Random(1)))
        said = [AttendanceDecision(run_id=run.run_id, person_id=one, status="room", at=1) for one in people]
        db.session.add_all(said)


def test_who_left_stands_at_the_foot_of_the_sheets_with_what_they_have_there(any_tool: Tool) -> None:
    teacher, (a, b, c) = book(any_tool)
    attended(any_tool, a, b)
    assert teacher.post("marks", term="1", **{f"m{a}.regular1": "8", f"m{b}.regular1": "9"}).status_code == 303
    leave(any_tool, a, c)
    left = f"{PUPILS[0]} (đã rời lớp)"
    first = cells(teacher.get("marks/files/book.xlsx").data)
    listed = [row for row in first if row and isinstance(row[0], float)]
    assert [(row[0], row[2], row[4]) for row in listed] == [(1, PUPILS[1], 9), (2, left, 8)]
    days = [row for row in cells(teacher.get("marks/files/attendance.xlsx").data) if row and isinstance(row[0], float)]
    assert [(row[0], row[1], "x" in row) for row in days] == [(1, PUPILS[1], True), (2, left, True)]
    text = teacher.get("marks/sheet.csv?term=1").data.decode("utf-8-sig")
    assert [line.split(";")[:2] for line in text.splitlines()[1:]] == [["1", PUPILS[1]], ["2", left]]
    database = teacher.get("marks/files/database.xlsx?term=1").data
    assert [row[3] for row in cells(database)[1:]] == [PUPILS[1]], "the sector database knows who moved"
    page = teacher.get("marks?term=1").text
    assert PUPILS[1] in page
    assert PUPILS[0] not in page


def test_the_foot_counts_the_class_as_it_is(tool: Tool) -> None:
    teacher, (a, b, _) = book(tool)
    given = {"regular1": "8", "regular2": "8", "midterm": "7", "final": "6,5"}
    form = {f"m{who}.{place}": mark for who in (a, b) for place, mark in given.items()}
    assert teacher.post("marks", term="1", **form).status_code == 303
    assert line(cells(teacher.get("marks/files/book.xlsx").data), "Số học sinh đạt (SL, TL %)")[-2:] == [2, 100]
    leave(tool, a)
    assert line(cells(teacher.get("marks/files/book.xlsx").data), "Số học sinh đạt (SL, TL %)")[-2:] == [1, 100]


def test_the_marks_of_who_left_go_out_and_those_of_the_erased_do_not(any_tool: Tool) -> None:
    teacher, (a, b, _) = book(any_tool)
    attended(any_tool, a, b)
    given = {f"m{a}.regular1": "8,25", f"m{b}.regular1": "6,75"}
    assert teacher.post("marks", term="1", **given).status_code == 303
    leave(any_tool, a, b)
    for people in ({"pupil-1": "8.3", "pupil-2": "6.8"}, {"pupil-2": "6.8"}):
        everything = json.loads(teacher.get("marks/files/everything.json").data)
        with any_tool.inside():
            uids = {any_tool.person(sub).uid: value for sub, value in people.items()}
        for table in ("marks", "attendance"):
            assert {one["pupil"] for one in everything[table]} == uids.keys()
        assert uids.keys() <= {one["pupil"] for one in everything["results"]}
        assert {one["pupil"]: one["value"] for one in everything["marks"]} == uids
        with zipfile.ZipFile(io.BytesIO(teacher.get("marks/files/oneroster.zip").data)) as archive:
            results = list(csv.DictReader(io.StringIO(archive.read("results.csv").decode())))
        assert {one["studentSourcedId"]: one["score"] for one in results} == people
        with any_tool.inside():
            course = db.session.query(Course).one()
            graded = list(learning_events.judged(course, 0, 1 << 62, is_identified=True))
        assert {one.pupil for one in graded} == people.keys()
        if len(people) == 2:
            with any_tool.inside():
                personal.erase(any_tool.person("pupil-1"))
    for path in ("book.xlsx", "attendance.xlsx"):
        shown = [cell for row in cells(teacher.get(f"marks/files/{path}").data) for cell in row]
        assert f"{PUPILS[1]} (đã rời lớp)" in shown
        assert not any(PUPILS[0] in str(cell) for cell in shown)


def test_what_lessons_profiles_and_the_period_log_say_goes_with_everything(any_tool: Tool) -> None:
    teacher, (a, *_) = book(any_tool)
    uid = any_tool.lesson(SINGLE)
    with any_tool.inside():
        at = now() - 7_200_000
        course = db.session.query(Course).one()
        course.school_year = school_year(local(at).date())
        lesson = db.session.query(Lesson).filter_by(uid=uid).one()
        lesson.activities[0].objective = GOAL
        by, people = any_tool.person("teacher-1"), [any_tool.person(f"pupil-{n}") for n in (1, 2, 3)]
        run_id = teach(lesson, by, people, at, plain(people, Random(1))).run_id
        where = {"context_id": course.context_id, "person_id": a}
        words = [ProfileEntry(**where, kind=EntryKind.NOTE, text=HOSTILE, written_by=by.id, at=at)]
        words.append(ProfileEntry(**where, kind=EntryKind.WORD, text="Em thích bài này", written_by=a, at=at))
        year = {"school_year": course.school_year, "term": 1, "made_at": at}
        said = [TermComment(**where, **year, text=text) for text in ("Khá", "Tiến bộ")]
        day = {"day": local(at).date(), "half_day": HalfDay.MORNING, "number": 2, "subject": "Toán"}
        period = PeriodEntry(line=run_id, run_id=run_id, context_id=course.context_id, **day, form=Form.IN_PERSON)
        period.topic, period.saved_at = "Vi-ét", at
        db.session.add_all([*words, *said, period])
        uids = {one.uid for one in people}
    for _ in range(2):  # the end, then the snapshot
        any_tool.jobs().round()
    got = json.loads(teacher.get("marks/files/everything.json").data)
    assert {one["pupil"] for one in got["engagement"]} == uids
    assert 0 < len({one["pupil"] for one in got["levels"]} & uids) == len(got["levels"])
    assert {one["objective"] for one in got["levels"]} == {GOAL}
    assert {one["run"] for one in got["engagement"]} == {run_id}
    assert [(one["kind"], one["by"]) for one in got["profile_words"]] == [
        ("note", by_name(any_tool)),
        ("word", PUPILS[0]),
    ]
    assert [one["text"] for one in got["comments"]] == ["Khá", "Tiến bộ"], "every wording"
    assert [(one["run"], one["topic"], one["half_day"]) for one in got["periods"]] == [(run_id, "Vi-ét", "morning")]
    assert got["group_work"] == got["rubrics"] == []
    with zipfile.ZipFile(io.BytesIO(teacher.get("marks/files/everything.zip").data)) as archive:
        rows = list(csv.reader(io.StringIO(archive.read("profile_words.csv").decode("utf-8-sig")), delimiter=";"))
    assert not any(cell.startswith("=") for row in rows for cell in row)


def by_name(tool: Tool) -> str:
    with tool.inside():
        return str(tool.person("teacher-1").name)


def test_the_page_leads_to_every_file(tool: Tool) -> None:
    teacher, _ = book(tool)
    page = teacher.get("marks/files").text
    for name in ("book.xlsx", "database.xlsx", "attendance.xlsx", "everything.json", "everything.zip", "sheet.csv"):
        assert name in page


CASE = "https://example.org/ims/case/v1p1/uri/0198c0de-0000-7000-8000-00000000000A"
GOAL = "Giải phương trình bậc hai"


def test_marks_go_out_as_oneroster_by_the_ids_of_the_lms(any_tool: Tool) -> None:
    teacher, (a, b, _) = book(any_tool)
    with any_tool.inside():
        db.session.query(Course).one().school_year = school_year(local(now()).date())
    teacher.post("marks", term="1", **{f"m{a}.regular1": "8,25", f"m{b}.midterm": "7"})
    uid = any_tool.lesson(SINGLE)
    with any_tool.inside():
        lesson = db.session.query(Lesson).filter_by(uid=uid).one()
        lesson.activities[0].objective = GOAL
        run = teach(lesson, any_tool.person("teacher-1"), [], now() - 7_200_000, plain([], Random(1)))
        run.title = HOSTILE
        db.session.add(ScoreDecision(run_id=run.run_id, person_id=a, proposed="8.0", value="9.0", at=now()))
    assert teacher.post("marks/files/objectives", words=GOAL, uri=CASE).status_code == 303
    with zipfile.ZipFile(io.BytesIO(teacher.get("marks/files/oneroster.zip").data)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    tables = {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}
    said = {row["propertyName"]: row["value"] for row in tables["manifest.csv"]}
    assert said["oneroster.version"] == "1.2"
    assert {name for name, value in said.items() if value == "bulk"} == {
        f"file.{name.removesuffix('.csv')}" for name in tables if name != "manifest.csv"
    }
    lines = {row["sourcedId"]: row for row in tables["lineItems.csv"]}
    assert {row["title"] for row in lines.values()} >= {"ĐĐGtx 1 · Học kì I", "ĐĐGgk · Học kì I", f"'{HOSTILE}"}
    results = {(lines[r["lineItemSourcedId"]]["title"][:7], r["score"]) for r in tables["results.csv"]}
    assert {("ĐĐGtx 1", "8.3"), ("ĐĐGgk ·", "7.0")} <= results
    with any_tool.inside():
        assert {r["studentSourcedId"] for r in tables["results.csv"]} == {"pupil-1", "pupil-2"}
    for kind in ("categorySourcedId", "academicSessionSourcedId"):
        there = {r["sourcedId"] for name in ("categories.csv", "academicSessions.csv") for r in tables[name]}
        assert {row[kind] for row in lines.values()} <= there
    assert {r["objective_id"] for r in json.loads(teacher.get("marks/files/everything.json").data)["levels"]} <= {
        "",
        CASE,
    }
    (aligned,) = tables["lineItemLearningObjectiveIds.csv"]
    its_own = "urn:uuid:0198c0de-0000-7000-8000-00000000000a"
    assert (aligned["source"], aligned["learningObjectiveId"]) == ("case", its_own)
    assert lines[aligned["lineItemSourcedId"]]["categorySourcedId"].endswith("-lesson")
    (told,) = tables["resultLearningObjectiveIds.csv"]
    results_of = {row["sourcedId"]: row["lineItemSourcedId"] for row in tables["results.csv"]}
    assert (told["source"], told["learningObjectiveId"], told["score"]) == ("case", its_own, "")
    assert results_of[told["resultSourcedId"]] == aligned["lineItemSourcedId"]
    for other in ("https://example.org/toan/9.1", "urn:x-moet:toan:9.1"):  # published, and not by CASE
        assert teacher.post("marks/files/objectives", words=GOAL, uri=other).status_code == 303
        with zipfile.ZipFile(io.BytesIO(teacher.get("marks/files/oneroster.zip").data)) as archive:
            assert f",unknown,{other}\r\n" in archive.read("lineItemLearningObjectiveIds.csv").decode()


def test_an_identifier_that_is_none_is_told_and_nothing_is_kept(tool: Tool) -> None:
    teacher, _ = book(tool)
    assert "Chưa có yêu cầu cần đạt nào" in teacher.get("marks/files/objectives").text
    uid = tool.lesson(SINGLE)
    with tool.inside():
        db.session.query(Lesson).filter_by(uid=uid).one().activities[0].objective = GOAL
    answer = teacher.post("marks/files/objectives", words=GOAL, uri="javascript:alert(1)")
    assert answer.status_code == 422
    assert "Ghi một địa chỉ https://" in answer.text
    assert "javascript:alert(1)" in answer.text
    assert teacher.post("marks/files/objectives", words="Của lớp khác", uri=CASE).status_code == 303
    with tool.inside():
        assert db.session.query(ObjectiveKey).count() == 0
    bare = "0198C0DE-0000-7000-8000-000000000001"
    assert teacher.post("marks/files/objectives", words=GOAL, uri=bare).status_code == 303
    assert f'value="urn:uuid:{bare.lower()}"' in teacher.get("marks/files/objectives").text
    assert teacher.post("marks/files/objectives", words=GOAL, uri="").status_code == 303
    with tool.inside():
        assert db.session.query(ObjectiveKey).count() == 0


def test_windows_that_save_one_identifier_at_once_keep_one(any_tool: Tool) -> None:
    """Two teachers of a subject fill in the same list in the department's meeting."""
    teacher, _ = book(any_tool)
    uid = any_tool.lesson(SINGLE)
    with any_tool.inside():
        db.session.query(Lesson).filter_by(uid=uid).one().activities[0].objective = GOAL
    windows = [teacher, *(any_tool.teacher() for _ in range(3))]
    asked = [(window, f"{CASE}{n}") for n, window in enumerate(windows)]
    with ThreadPoolExecutor(4) as pool:
        save = pool.map(lambda one: one[0].post("marks/files/objectives", words=GOAL, uri=one[1]).status_code, asked)
        assert list(save) == [303] * 4
    with any_tool.inside():
        assert db.session.query(ObjectiveKey).one().uri in {uri for _, uri in asked}


def test_an_identifier_that_a_colleague_gave_meanwhile_stands(tool: Tool) -> None:
    """Two teachers have the list open. Who only fills in another line takes nothing away; who types in the same one is
    told, keeps what was typed in sight, and may say it again."""
    teacher = named(tool, GOAL, "Vi-ét")
    other, ours = "https://example.org/ours", "https://example.org/theirs"
    assert teacher.post("marks/files/objectives", words=GOAL, uri=CASE, seen="").status_code == 303
    late = teacher.post("marks/files/objectives", words=[GOAL, "Vi-ét"], uri=["", other], seen=["", ""])
    assert late.status_code == 303
    assert {one: identified(tool)[one] for one in (GOAL, "Vi-ét")} == {GOAL: CASE, "Vi-ét": other}
    late = teacher.post("marks/files/objectives", words=[GOAL, "Vi-ét"], uri=[ours, ours], seen=["", other])
    assert late.status_code == 409
    assert "1 mã có người khác vừa sửa" in late.text
    assert f"Người khác vừa ghi: {CASE}" in late.text
    assert f'value="{ours}" maxlength' in late.text
    assert identified(tool) == {GOAL: CASE, "Vi-ét": ours}
    seen = re.findall(r'name="seen" value="([^"]*)"', late.text)
    again = teacher.post("marks/files/objectives", words=[GOAL, "Vi-ét"], uri=[ours, ours], seen=seen)
    assert again.status_code == 303
    assert identified(tool)[GOAL] == ours


def named(tool: Tool, *goals: str) -> Browser:
    """A course whose questions have these objectives: its teacher."""
    teacher, _ = book(tool)
    uid = tool.lesson(*(SINGLE for _ in goals))
    with tool.inside():
        for activity, goal in zip(db.session.query(Lesson).filter_by(uid=uid).one().activities, goals, strict=True):
            activity.objective = goal
    return teacher


def identified(tool: Tool) -> dict[str, str]:
    with tool.inside():
        return {one.words: one.identifier for one in objectives.of_course(db.session.query(Course).one())}


def test_an_identifier_is_made_once_and_stays_when_the_words_change(any_tool: Tool) -> None:
    teacher = named(any_tool, GOAL, "Vận dụng hệ thức Vi-ét")
    made = identified(any_tool)
    assert made[GOAL] != made["Vận dụng hệ thức Vi-ét"]
    assert made[GOAL] == identifier_of(GOAL)  # what files said of it before anybody looked at this page
    assert made[GOAL] in teacher.get("marks/files/objectives").text
    new = "Vận dụng hệ thức Vi-ét"
    assert teacher.post("marks/files/objectives", joined=new, earlier=GOAL).status_code == 303
    assert identified(any_tool) == {GOAL: made[GOAL], new: made[GOAL]}
    page = teacher.get("marks/files/objectives").text
    assert f"Cùng mã với: {GOAL}" in page
    assert f"“{GOAL}” nay là “{new}”" in page
    # a framework that is published later names both
    assert teacher.post("marks/files/objectives", words=[GOAL, new], uri=["", CASE]).status_code == 303
    assert identified(any_tool) == {GOAL: CASE, new: CASE}


@pytest.mark.parametrize("joined", [(GOAL, GOAL), (GOAL, "không có"), ("không có", GOAL)])
def test_what_is_not_there_is_not_joined(tool: Tool, joined: tuple[str, str]) -> None:
    teacher = named(tool, GOAL)
    words, earlier = joined
    assert teacher.post("marks/files/objectives", joined=words, earlier=earlier).status_code == 409
    with tool.inside():
        assert db.session.query(ObjectiveKey).count() == 0


def test_a_published_framework_brings_its_identifiers(tool: Tool) -> None:
    teacher = named(tool, f"  {GOAL.upper()}. ", "9.1", "Của riêng lớp")
    own = "0198c0de-0000-7000-8000-000000000002"
    items = [
        {"identifier": own, "fullStatement": GOAL, "uri": CASE, "CFItemType": "Yêu cầu cần đạt"},
        {"identifier": own, "fullStatement": "Khác", "humanCodingScheme": "9.1"},
    ]
    file = io.BytesIO(json.dumps({"CFDocument": {"title": "Toán 9"}, "CFItems": items}).encode())
    answer = teacher.post("marks/files/objectives/case", file=(file, "toan-9.json"))
    assert "said=objectives_taken" in answer.location
    found = identified(tool)
    assert (found[f"  {GOAL.upper()}. "], found["9.1"]) == (CASE, f"urn:uuid:{own}")
    assert found["Của riêng lớp"] == identifier_of("Của riêng lớp")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"CFItems": 3}', b'{"CFItems": [{"uri": "x"}]}', b"\xff\xfe"])
def test_a_file_that_is_no_framework_is_told(tool: Tool, body: bytes) -> None:
    teacher = named(tool, GOAL)
    answer = teacher.post("marks/files/objectives/case", file=(io.BytesIO(body), "x.json"))
    assert answer.status_code == 400
    assert "CFItems" in answer.text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (CASE, CASE),
        (" urn:x-moet:toan:9.1 ", "urn:x-moet:toan:9.1"),
        ("http://a/b", "http://a/b"),
        ("https://", None), ("ftp://a/b", None), ("toan 9.1", None), ("https://a b", None), ("x" * 501, None),
        ("https://[", None), ("urn::x", None),
        ("https://a/\x00", None), ("https://a/\x7f", None),
    ],
)  # fmt: skip
def test_what_is_an_identifier(typed: str, kept: str | None) -> None:
    assert identifier(typed) == kept
