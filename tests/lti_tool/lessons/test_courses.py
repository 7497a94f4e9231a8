"""What a course stands for: read from its title, said by the teacher, and which pupils belong to which class."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import courses
from lti_tool.lessons.courses import GRADES, SUBJECTS, class_for, guess, year_of
from lti_tool.models import Course, CourseClass, Membership, SchoolClass
from tests.lti_tool.platform import LTI
from tests.lti_tool.tool import Tool

AUTUMN = date(2026, 11, 24)

TITLES: dict[str, tuple[tuple[str, ...], str, int]] = {
    "Toán 9A1": (("9A1",), "Toán", 9),
    "Toán 9A1 (2026-2027)": (("9A1",), "Toán", 9),
    "TOÁN 9A1, 9A2": (("9A1", "9A2"), "Toán", 9),
    "toan 8b": (("8B",), "Toán", 8),
    "Ngữ văn lớp 7": ((), "Ngữ văn", 7),
    "Tiếng Anh 12.6": (("12.6",), "Ngoại ngữ 1", 12),
    "KHTN 6/3": (("6/3",), "Khoa học tự nhiên", 6),
    "Lịch sử và Địa lí 6A": (("6A",), "Lịch sử và Địa lí", 6),
    "Vật lý 11A10": (("11A10",), "Vật lí", 11),
    "Hóa học 10": ((), "Hoá học", 10),
    "Tin học khối 8": ((), "Tin học", 8),
    "GDCD 9": ((), "Giáo dục công dân", 9),
    "Văn học 10A 12/09/2026": (("10A",), "Ngữ văn", 10),
    "Họp phụ huynh": ((), "", 9),
    "": ((), "", 9),
    "<script>alert(1)</script>": ((), "", 9),
    "Toán 5A": ((), "Toán", 9),
}


@pytest.mark.parametrize(("title", "read"), TITLES.items(), ids=lambda value: str(value)[:30])
def test_a_title_is_read(title: str, read: tuple[tuple[str, ...], str, int]) -> None:
    found = guess(title, "", AUTUMN)
    assert (found.classes, found.subject, found.grade) == read


@pytest.mark.parametrize(
    ("title", "day", "year"),
    [
        ("Toán 9A1", AUTUMN, "2026-2027"),
        ("Toán 9A1", date(2027, 5, 1), "2026-2027"),
        ("Toán 9A1", date(2027, 8, 1), "2027-2028"),
        ("Toán 9A1 2025-2026", AUTUMN, "2025-2026"),
        ("Toán 9A1 2025/26", AUTUMN, "2025-2026"),
        ("Toán 9A1 2020-2030", AUTUMN, "2026-2027"),
    ],
)
def test_the_school_year_is_the_titles_or_todays(title: str, day: date, year: str) -> None:
    assert guess(title, "", day).school_year == year


@given(st.text(max_size=300), st.text(max_size=100))
def test_nothing_in_a_title_is_a_fault(title: str, label: str) -> None:
    found = guess(title, label, AUTUMN)
    assert found.grade in GRADES
    assert found.subject in ("", *SUBJECTS)
    assert all(courses.grade_of(name) for name in found.classes)


@pytest.mark.parametrize("text", ["", "2026", "2026-2028", "2027-2026", "26-27", "năm nay", "2026-", "٢٠٢٦-٢٠٢٧"])
def test_a_school_year_is_two_years_that_follow_each_other(text: str) -> None:
    with pytest.raises(Fault, match="school_year"):
        year_of(text)
    assert year_of(" 2026 – 2027 ") == year_of("2026/27") == "2026-2027"


@pytest.mark.parametrize(
    ("groups", "classes", "mine"),
    [
        ("", {1: None}, 1),
        ("7", {1: None}, 1),  # one class is everybody's
        ("7", {1: "7", 2: "8"}, 1),
        (" 8 , 9 ", {1: "7", 2: "8"}, 2),
        ("7,8", {1: "7", 2: "8"}, None),  # in both: nobody guesses
        ("", {1: "7", 2: "8"}, None),
        ("9", {1: "7", 2: None}, None),
        ("77", {1: "7", 2: "8"}, None),
    ],
)
def test_a_pupil_belongs_to_the_class_of_their_group(
    groups: str, classes: dict[int, str | None], mine: int | None
) -> None:
    assert class_for(groups, classes) == mine


def test_a_group_of_the_lms_can_be_a_class(either_tool: Tool) -> None:
    teacher = either_tool.teacher()
    for number, group in ((1, "g1"), (2, "g2"), (3, "g1,g2"), (4, "")):
        either_tool.pupil(number, **{f"{LTI}custom": {"person_groups": group}})
    form: dict[str, Any] = {"subject": "Toán", "grade": "9", "year": "2026-2027"}
    saved = teacher.post("course", **form, **{"class": ["9A1", "9A2"], "group": ["g1", "g2"]})
    assert saved.status_code == 303
    with either_tool.inside():
        names = {c.id: c.name for c in db.session.query(SchoolClass)}
        classes = {m.person.sub: names.get(m.class_id or 0) for m in db.session.query(Membership)}
    assert {sub: name for sub, name in classes.items() if str(sub).startswith("pupil")} == {
        "pupil-1": "9A1", "pupil-2": "9A2", "pupil-3": None, "pupil-4": None,
    }  # fmt: skip
    one = teacher.post("course", **form, **{"class": ["9A2", ""], "group": ["", ""]})
    assert one.status_code == 303
    with either_tool.inside():
        assert {m.class_id for m in db.session.query(Membership)} == {
            c.id for c in db.session.query(SchoolClass) if c.name == "9A2"
        }
        assert db.session.query(CourseClass).count() == 1


def test_windows_that_set_up_at_once_make_the_course_and_its_class_once(any_tool: Tool) -> None:
    """Two presses, and a colleague's other course of the same class, in the first week of school."""
    other = {f"{LTI}context": {"id": "course-2", "title": "Toán 9A1"}}
    windows = [any_tool.teacher(), any_tool.teacher(), any_tool.teacher(**other), any_tool.teacher(**other)]
    form: dict[str, Any] = {"subject": "Toán", "grade": "9", "year": "2026-2027", "class": "9A1"}
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda window: window.post("course", **form).status_code, windows))
    assert said == [303] * 4
    with any_tool.inside():
        assert [c.name for c in db.session.query(SchoolClass)] == ["9A1"]
        assert (db.session.query(Course).count(), db.session.query(CourseClass).count()) == (2, 2)


def test_two_courses_of_one_class_share_it(tool: Tool) -> None:
    tool.set_up()
    maths = tool.teacher(**{f"{LTI}context": {"id": "course-2", "title": "Văn 9A1"}})
    maths.post("course", subject="Ngữ văn", grade="9", year="2026-2027", **{"class": "9A1"})
    with tool.inside():
        assert [c.name for c in db.session.query(SchoolClass)] == ["9A1"]
        assert {c.subject for c in db.session.query(Course)} == {"Toán", "Ngữ văn"}


def test_a_subject_of_the_schools_own_and_eight_classes_at_most(tool: Tool) -> None:
    teacher = tool.teacher()
    answer = teacher.post(
        "course", subject="Toán", other=" <b>Rô-bốt</b> ", grade="9", year="2026-2027",
        **{"class": [f"9A{n}" for n in range(1, 20)]},
    )  # fmt: skip
    assert answer.status_code == 303
    with tool.inside():
        assert db.session.query(Course).one().subject == "<b>Rô-bốt</b>"
        assert db.session.query(SchoolClass).count() == 8
    assert "<b>Rô-bốt" not in teacher.get("course").text
