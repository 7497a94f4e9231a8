"""Marks of a term: only by the teacher's act, all of a form or nothing, every act kept."""

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from analytics.regulations.port import NotComputable
from lti_tool.clock import school_year
from lti_tool.extensions import db
from lti_tool.lessons import marks, school_rules
from lti_tool.lessons.marks import TERMS, term_days, term_of
from lti_tool.models import Context, Course, Mark, Place, SchoolRule
from lti_tool.privacy import person as personal
from lti_tool.site import KEY
from tests.lti_tool.tool import Browser, Tool

YEAR = "140"


def book(tool: Tool, *, periods: str = YEAR, form: str = "score") -> tuple[Browser, list[str]]:
    """A teacher with a set-up course, and the ids of Bùi An and Đặng Bình."""
    teacher = tool.set_up()
    teacher.post("roster/paste", names="Bùi An\nĐặng Bình\nLê Chi")
    assert teacher.post("marks/subject", periods=periods, form=form).status_code == 303
    page = teacher.get("marks?term=1").text
    return teacher, [re.findall(r'name="m(\d+)\.regular1"', row(page, name))[0] for name in ("Bùi An", "Đặng Bình")]


def row(page: str, name: str) -> str:
    return next(r for r in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if f"<b>{name}</b>" in r)


def full(pupil: str, *marks: str) -> dict[str, str]:
    places = ("regular1", "regular2", "regular3", "regular4", "midterm", "final")
    return {f"m{pupil}.{place}": mark for place, mark in zip(places, marks, strict=True)}


def acts(tool: Tool) -> list[tuple[str, str, str]]:
    with tool.inside():
        return [(one.place, one.value, one.why) for one in db.session.query(Mark).order_by(Mark.id)]


def test_marks_come_to_the_average_of_the_circular(any_tool: Tool) -> None:
    teacher, ids = book(any_tool)
    sent = full(ids[0], "8", "7,5", "9", "8.25", "7", "8,5")
    assert teacher.post("marks", term="1", method="oral", **sent).status_code == 303
    page = teacher.get("marks?term=1").text
    assert "<b>8</b>" in row(page, "Bùi An")  # (32,8 + 14 + 25,5) : 9 = 8,03
    assert 'value="8,3"' in row(page, "Bùi An")  # 8.25, half up
    assert "Hỏi – đáp" in row(page, "Bùi An")
    assert "Thiếu điểm thường xuyên" in row(page, "Đặng Bình")
    assert "Bùi An" in teacher.get("marks?term=2").text
    assert 'value="8,3"' not in teacher.get("marks?term=2").text


def test_a_periodic_test_is_in_person_unless_a_decision_says_otherwise(tool: Tool) -> None:
    """TT 09/2021: online only when the school's head decides it. A regular mark needs no decision, and keeps none."""
    teacher, ids = book(tool)
    assert re.search(r'<option value="in_person">Trực tiếp</option>', teacher.get("marks?term=1").text), "the first"
    online = {"term": "1", "held": "online"}
    refused = teacher.post("marks", **online, **{f"m{ids[0]}.midterm": "8", f"m{ids[0]}.regular1": "7"})
    assert refused.status_code == 422
    assert "ghi số quyết định" in refused.text
    assert '<option value="online" selected>' in refused.text
    assert acts(tool) == []
    decided = online | {"decision": " 12/QĐ-THCS\t5/3 "}
    assert teacher.post("marks", **decided, **{f"m{ids[0]}.midterm": "8"}).status_code == 303
    assert teacher.post("marks", **decided, **{f"m{ids[0]}.regular1": "7"}).status_code == 303
    assert teacher.post("marks", term="1", **{f"m{ids[0]}.final": "9"}).status_code == 303
    assert teacher.post("marks", term="1", held="by_pigeon", **{f"m{ids[0]}.regular2": "9"}).status_code == 303
    with tool.inside():
        kept = [(one.place, one.held, one.decision) for one in db.session.query(Mark).order_by(Mark.id)]
    assert kept == [
        (Place.MIDTERM, "online", "12/QĐ-THCS 5/3"),
        (Place.REGULAR_1, "online", ""),
        (Place.FINAL, "in_person", ""),
        (Place.REGULAR_2, "", ""),
    ]
    assert "Trực tuyến · 12/QĐ-THCS 5/3" in row(teacher.get("marks?term=1").text, "Bùi An")


def test_the_same_form_again_makes_nothing(tool: Tool) -> None:
    teacher, ids = book(tool)
    teacher.post("marks", term="1", **full(ids[0], "8", "", "", "", "", ""))
    before = acts(tool)
    seen = re.search(rf'name="w{ids[0]}.regular1" value="(\d+)"', teacher.get("marks?term=1").text)
    assert seen
    again = teacher.post("marks", term="1", **{f"m{ids[0]}.regular1": "8,0", f"w{ids[0]}.regular1": seen[1]})
    assert (again.status_code, acts(tool)) == (303, before)


@pytest.mark.parametrize("typed", ["11", "-1", "−1", '"8.5"', "8,2,5", "Đ", "8.5e3", "=1", "9" * 40, "10,1"])
def test_what_is_no_mark_is_refused_with_all_of_the_form(tool: Tool, typed: str) -> None:
    teacher, ids = book(tool)
    answer = teacher.post("marks", term="1", **{f"m{ids[0]}.regular1": "8", f"m{ids[1]}.regular1": typed})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in row(answer.text, "Đặng Bình")
    assert 'value="8"' in row(answer.text, "Bùi An")  # what was typed is still there
    assert acts(tool) == []


def test_a_change_needs_a_reason_and_both_values_stay(tool: Tool) -> None:
    teacher, ids = book(tool)
    place = f"m{ids[0]}.midterm"
    teacher.post("marks", term="1", **{place: "6"})
    with tool.inside():
        seen = {f"w{ids[0]}.midterm": str(db.session.query(Mark).one().id)}
    assert teacher.post("marks", term="1", **{place: "7"}, **seen).status_code == 422
    assert teacher.post("marks", term="1", why="Chấm lại bài", **{place: "7"}, **seen).status_code == 303
    assert acts(tool) == [("midterm", "6.0", ""), ("midterm", "7.0", "Chấm lại bài")]
    assert "Chấm lại bài" in row(teacher.get("marks?term=1").text, "Bùi An")


def test_what_another_changed_meanwhile_is_not_touched(tool: Tool) -> None:
    teacher, ids = book(tool)
    place = f"m{ids[0]}.final"
    teacher.post("marks", term="1", **{place: "6"})
    late = teacher.post("marks", term="1", why="vì thế", **{place: "9"}, **{f"w{ids[0]}.final": "0"})
    assert late.status_code == 422
    assert "Có người vừa sửa điểm này" in late.text
    assert [value for _, value, _ in acts(tool)] == ["6.0"]


def test_of_four_who_type_one_mark_at_once_one_makes_it_and_the_others_are_told(any_tool: Tool) -> None:
    """Two teachers of one course, two windows each."""
    teacher, ids = book(any_tool)
    windows = [teacher, *(any_tool.browser().launch(sub=f"teacher-{n}", name=f"Cô {n}") for n in (2, 3, 4))]
    place = f"{ids[0]}.regular1"
    sent = [{f"m{place}": f"{6 + n},25", f"w{place}": "0"} for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda n: windows[n].post("marks", term="1", **sent[n]).status_code, range(4)))
    assert sorted(said) == [303, 422, 422, 422]
    assert acts(any_tool) == [("regular1", f"{6 + said.index(303)}.3", "")]


def test_a_missed_test_is_said_and_counts_as_the_circular_says(tool: Tool) -> None:
    teacher, ids = book(tool, periods="35")
    sent = {f"m{ids[0]}.{place}": mark for place, mark in (("regular1", "8"), ("regular2", "8"), ("midterm", "8"))}
    teacher.post("marks", term="1", **sent, **{f"m{ids[0]}.final": "", f"s{ids[0]}.final": "missed_excused"})
    assert "Chờ kiểm tra bù cuối kì" in row(teacher.get("marks?term=1").text, "Bùi An")
    both = {f"m{ids[1]}.final": "5", f"s{ids[1]}.final": "missed_unexcused"}
    assert teacher.post("marks", term="1", **both).status_code == 422
    wrong = {f"m{ids[1]}.regular1": "5", f"s{ids[1]}.regular1": "missed_unexcused"}
    assert teacher.post("marks", term="1", **wrong).status_code == 422


def test_a_comment_only_subject_has_levels(tool: Tool) -> None:
    teacher, ids = book(tool, periods="70", form="comment")
    sent = {f"m{ids[0]}.{place}": "dat" for place in ("regular1", "regular2", "midterm", "final")}
    assert teacher.post("marks", term="1", **sent).status_code == 303
    assert "<b>Đạt</b>" in row(teacher.get("marks?term=1").text, "Bùi An")
    assert teacher.post("marks", term="1", **{f"m{ids[1]}.regular1": "8"}).status_code == 422


def test_a_term_that_is_over_closes_for_who_has_been_assessed_in_it(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is lacking then is Chưa đạt (Điều 9.1a), and said to be a proposal; who has nothing at all came later."""
    teacher, ids = book(tool, periods="70", form="comment")
    sent = {f"m{ids[0]}.{place}": "dat" for place in ("regular1", "regular2", "midterm")}
    assert teacher.post("marks", term="1", **sent).status_code == 303
    for day, is_over in ((date(2027, 1, 15), False), (date(2027, 1, 16), True)):
        monkeypatch.setattr("lti_tool.lessons.marks.today", lambda day=day: day)
        page = teacher.get("marks?term=1").text
        assert ("<b>Chưa đạt</b>" in row(page, "Bùi An")) is is_over
        assert ("đề nghị, vì hết học kì" in row(page, "Bùi An")) is is_over
        assert "đề nghị, vì hết học kì" not in row(page, "Đặng Bình")
    assert "Chưa đạt" in row(teacher.get("marks/year").text, "Bùi An")
    assert "đề nghị, vì hết học kì" in row(teacher.get("marks/year").text, "Bùi An")
    assert teacher.post("marks", term="1", **{f"m{ids[0]}.final": "dat"}).status_code == 303
    assert "đề nghị" not in row(teacher.get("marks/year").text, "Bùi An")


def test_a_pupil_or_a_column_of_elsewhere_is_refused(tool: Tool) -> None:
    teacher, ids = book(tool, periods="35")
    assert teacher.post("marks", term="1", **{"m999999.regular1": "8"}).status_code == 422
    assert teacher.post("marks", term="1", **{f"m{ids[0]}.regular4": "8"}).status_code == 422  # two are due
    assert teacher.post("marks", term="1", **{f"m{ids[0]}.nowhere": "8"}).status_code == 303
    assert acts(tool) == []


@pytest.mark.parametrize(("periods", "form"), [("0", "score"), ("501", "score"), ("", "score"), ("35", "stars")])
def test_a_subject_that_cannot_be_is_refused(tool: Tool, periods: str, form: str) -> None:
    teacher = tool.set_up()
    assert teacher.post("marks/subject", periods=periods, form=form).status_code == 400


def test_a_primary_class_is_not_governed(tool: Tool) -> None:
    teacher, _ = book(tool)
    with tool.inside():
        db.session.query(Course).one().grade = 4
        db.session.commit()
    assert "không đánh giá theo Thông tư 22/2021" in teacher.get("marks").text
    assert teacher.post("marks", term="1").status_code == 404
    assert teacher.get("marks/sheet.csv").status_code == 404


def test_the_file_opens_as_columns(tool: Tool) -> None:
    teacher, ids = book(tool, periods="35")
    teacher.post("marks", term="1", **{f"m{ids[0]}.regular1": "8,25"})
    answer = teacher.get("marks/sheet.csv?term=1")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["STT", "Học sinh", "TX 1", "TX 2", "Giữa kì", "Cuối kì", "ĐTBmhk"]
    assert rows[1] == ["1", "Bùi An", "8,3", "", "", "", ""]
    assert [one[1] for one in rows if one[0] and one[1] in ("Đặng Bình", "Lê Chi")] == ["Đặng Bình", "Lê Chi"]


def test_an_erased_pupil_leaves_time_and_value(tool: Tool) -> None:
    teacher, ids = book(tool)
    teacher.post("marks", term="1", **{f"m{ids[0]}.regular1": "8"})
    with tool.inside():
        one = db.session.get_one(personal.Person, int(ids[0]))
        db.session.query(Mark).update({Mark.why: f"{one.name} làm lại bài"})
        assert personal.export(one)["mark"][0]["value"] == "8.0"
        personal.erase(one)
        db.session.commit()
        assert [(m.person_id, m.value, m.why) for m in db.session.query(Mark)] == [(None, "8.0", "")]


def test_an_erased_teacher_leaves_the_reasons_of_the_marks(tool: Tool) -> None:
    teacher, ids = book(tool)
    teacher.post("marks", term="1", **{f"m{ids[0]}.regular1": "8"})
    with tool.inside():
        db.session.query(Mark).update({Mark.why: "Chấm lại"})
        personal.erase(tool.person("teacher-1"))
        db.session.commit()
        assert [(m.made_by, m.value, m.why) for m in db.session.query(Mark)] == [(None, "8.0", "Chấm lại")]


def test_the_second_term_begins_in_mid_january_or_when_the_school_says(tool: Tool) -> None:
    """A year that the school did not set begins as most do. The page names the day."""
    days = [date(2026, 9, 5), date(2026, 12, 31), date(2027, 1, 11), date(2027, 1, 16), date(2027, 5, 31)]
    teacher, _ = book(tool)
    with tool.inside():
        assert [term_of(day) for day in days] == [1, 1, 1, 2, 2]
    assert "học kì II từ 16/01/2027" in teacher.get("marks").text
    site = tool.app.extensions[KEY]
    tool.app.extensions[KEY] = replace(site, settings=replace(site.settings, second_terms=(date(2027, 1, 11),)))
    with tool.inside():
        assert [term_of(day) for day in days] == [1, 1, 2, 2, 2]
        assert [term_of(date(2028, 1, day)) for day in (15, 16)] == [1, 2]
    assert "học kì II từ 11/01/2027" in teacher.get("marks").text


def test_a_term_has_the_days_that_lie_in_it(tool: Tool) -> None:
    day = date(2026, 7, 1)
    with tool.inside():
        while day < date(2027, 9, 1):
            lies_in = [term for term in TERMS for first, end in [term_days("2026-2027", term)] if first <= day < end]
            assert lies_in == ([term_of(day)] if school_year(day) == "2026-2027" else [])
            day += timedelta(days=1)


def test_a_second_term_closes_with_the_school_year_as_the_school_set_it(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year without a day closes with the summer; so does the summer stay the second term's."""
    book(tool)
    days = [date(2027, 1, 15), date(2027, 1, 16), date(2027, 5, 29), date(2027, 5, 30), date(2027, 7, 31)]
    days.append(date(2027, 8, 1))

    def closed() -> list[tuple[bool, bool]]:
        course, found = db.session.query(Course).one(), []
        course.school_year = "2026-2027"
        for day in days:
            monkeypatch.setattr(marks, "today", lambda day=day: day)
            found.append((marks.is_over(course, 1), marks.is_over(course, 2)))
        assert not marks.is_over(course, marks.SUMMER)
        return found

    with tool.inside():
        assert closed() == [(False, False), *[(True, False)] * 4, (True, True)]
        rules = school_rules.SchoolRules(year_ends={"2026-2027": date(2027, 5, 29), "2025-2026": date(2026, 5, 1)})
        body = msgspec.json.encode(rules).decode()
        db.session.add(SchoolRule(registration_id=tool.registration().id, version=2, body=body, at=1))
        assert closed() == [(False, False), (True, False), (True, False), *[(True, True)] * 3]
        assert term_of(date(2027, 6, 15)) == 2


def test_marks_of_another_course_another_year_or_nobody_are_none_of_this_one(tool: Tool) -> None:
    """A pupil has one row for each subject and year; an erased pupil's marks are values without a row."""
    teacher, ids = book(tool, periods="35")
    teacher.post("marks", term="1", **{f"m{ids[0]}.regular1": "8"})
    with tool.inside():
        own, course = db.session.query(Mark).one(), db.session.query(Course).one()
        here = db.session.get_one(Context, own.context_id)
        other = Context(deployment_id=here.deployment_id, lms_id="another", title="Ngữ văn", created_at=1)
        db.session.add(other)
        db.session.flush()
        columns = {c.key: getattr(own, c.key) for c in Mark.__table__.columns if c.key != "id"} | {"value": "3.0"}
        for change in ({"context_id": other.id}, {"school_year": "2020-2021"}, {"person_id": None}):
            db.session.add(Mark(**{**columns, **change}))
        db.session.flush()
        rules = marks.rulebook(course)
        assert isinstance(rules, marks.Rulebook)
        acts_of = {row.pupil.person_id: [act.value for act in row.history] for row in marks.book(course, rules, 1)}
        assert acts_of == {int(ids[0]): ["8.0"], int(ids[1]): [], **{n: [] for n in acts_of if str(n) not in ids}}
        assert marks.results(course, rules, 1).keys() == {int(ids[0])}


def test_a_mark_that_was_taken_back_counts_for_nothing(tool: Tool) -> None:
    """Neither in the term nor in the year, where the rest of them still come to something."""
    teacher, ids = book(tool, periods="35")
    sent = {f"m{ids[0]}.{place}": "8" for place in ("regular1", "regular2", "midterm", "final")}
    for term in TERMS:
        assert teacher.post("marks", term=str(term), **sent).status_code == 303
    with tool.inside():
        course = db.session.query(Course).one()
        rules = marks.rulebook(course)
        assert isinstance(rules, marks.Rulebook)
        assert marks.results(course, rules, 1)[int(ids[0])] == Decimal("8.0")
        seen = {one.place: str(one.id) for one in db.session.query(Mark).filter_by(term=1)}
    back = {f"m{ids[0]}.regular2": "", f"w{ids[0]}.regular2": seen[Place.REGULAR_2]}
    assert teacher.post("marks", term="1", why="Chấm nhầm bài", **back).status_code == 303
    with tool.inside():
        course = db.session.query(Course).one()
        (row,) = (one for one in marks.book(course, rules, 1) if one.pupil.person_id == int(ids[0]))
        assert marks.results(course, rules, 1)[int(ids[0])] == row.result == NotComputable("regular_missing")
        assert marks.results(course, rules, 2)[int(ids[0])] == Decimal("8.0")


def test_a_school_year_begins_in_its_first_term(tool: Tool) -> None:
    days = [date(2027, 7, 31), date(2027, 8, 1), date(2027, 8, 31), date(2027, 9, 1)]
    with tool.inside():
        terms = [(school_year(day), term_of(day)) for day in days]
    assert terms == [("2026-2027", 2), ("2027-2028", 1), ("2027-2028", 1), ("2027-2028", 1)]
