"""The school year: computed from marks, decided by people, and never said of a class of which half is not here."""

import re
from collections.abc import Callable, Sequence
from datetime import date

import msgspec
import pytest

from analytics.regulations.circular_22_2021 import Reading
from analytics.regulations.port import NotComputable
from lti_tool.extensions import db
from lti_tool.lessons import courses, exports, families, marks
from lti_tool.lessons.school_rules import SchoolRules
from lti_tool.models import (
    AttendanceDecision,
    Conduct,
    Context,
    Course,
    Exemption,
    FamilyWord,
    Grant,
    GrantKind,
    LessonRun,
    Mark,
    MemberRole,
    Membership,
    Place,
    SchoolClass,
    SchoolRule,
    Source,
    TermComment,
)
from lti_tool.privacy import person as personal
from tests.lti_tool.pages.test_sheets import cells, line, names
from tests.lti_tool.platform import LTI
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool

FIRST_TERM = 1_795_000_000_000
"""18 November 2026."""
SUBJECTS = (
    "Ngữ văn",
    "Ngoại ngữ 1",
    "Khoa học tự nhiên",
    "Lịch sử và Địa lí",
    "Giáo dục công dân",
    "Tin học",
    "Công nghệ",
)


def give(context_id: int, person_id: int, term: int, mark: str, due: int = 2) -> None:
    """The same mark in every place of a term."""
    for place in [p for p in Place if not p.is_regular or int(p[-1]) <= due]:
        db.session.add(
            Mark(
                context_id=context_id, school_year="2026-2027", term=term, person_id=person_id, place=place, value=mark,
                status="taken", made_at=1,
            )
        )  # fmt: skip


def school(tool: Tool, subjects: Sequence[str] = SUBJECTS) -> tuple[Browser, Browser, int]:
    """A class with Toán and these subjects: its Toán teacher, its homeroom teacher, its id."""
    teacher = tool.set_up(3)
    assert teacher.post("marks/subject", periods="35", form="score").status_code == 303
    homeroom = tool.browser().launch(sub="homeroom-1", name="Cô Mai", **{f"{LTI}roles": []})
    with tool.inside():
        tool.grant("homeroom-1", GrantKind.HOMEROOM, subject=None)
        first = tool.course()
        class_id = db.session.query(SchoolClass).one().id
        for n, subject in enumerate(subjects):
            context = Context(deployment_id=first.deployment_id, lms_id=f"other-{n}", title=subject, created_at=1)
            db.session.add(context)
            db.session.flush()
            courses.set_up(context, subject, 9, "2026-2027", {"9A1": None})
            db.session.get_one(Course, context.id).periods_a_year = 35
            for pupil in (1, 2, 3):
                member = Membership(context_id=context.id, person_id=tool.person(f"pupil-{pupil}").id)
                member.role, member.source, member.class_id = MemberRole.PUPIL, Source.ROSTER, class_id
                db.session.add(member)
    return teacher, homeroom, class_id


def mark_all(tool: Tool, number: int, *marks: str, terms: Sequence[int] = (1, 2), subjects: int | None = None) -> None:
    """A pupil's marks, a subject after the other (the first of them), the same in each term."""
    with tool.inside():
        contexts = [row.context_id for row in db.session.query(Course).order_by(Course.context_id)][:subjects]
        for context_id, mark in zip(contexts, marks, strict=True):
            for term in terms:
                give(context_id, tool.person(f"pupil-{number}").id, term, mark)


def row(page: str, name: str, table: int = 0) -> str:
    """The pupil's line in the page's first or second table."""
    return [r for r in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if f"<b>{name}</b>" in r][table]


def test_a_subjects_year_is_from_the_rounded_terms(any_tool: Tool) -> None:
    teacher = any_tool.set_up(3)
    assert teacher.post("marks/subject", periods="35", form="score").status_code == 303
    with any_tool.inside():
        course, pupil = any_tool.course().id, any_tool.person("pupil-1").id
        give(course, pupil, 1, "6.4")
        give(course, pupil, 2, "6.5")
        give(course, any_tool.person("pupil-2").id, 1, "8.0")
    page = teacher.get("marks/year").text
    assert re.findall(r'class="num">(?:<b>|<a [^>]*>)?([^<]*)<', row(page, PUPILS[0])) == ["6,4", "6,5", "6,5"]
    assert "Chưa có HK II" in row(page, PUPILS[1])


def test_a_class_has_levels_when_all_its_subjects_are_here(any_tool: Tool) -> None:
    _, homeroom, class_id = school(any_tool)
    mark_all(any_tool, 1, *["9.0"] * 8)
    mark_all(any_tool, 2, "4.0", *["8.5"] * 7)  # Điều 9.3 lifts
    address = f"homeroom/classes/{class_id}/year"
    form = {f"l{who}.{term}": "tot" for who in ids(any_tool)[:2] for term in (1, 2)}
    absent = {f"n{who}.{term}": str(term) for who in ids(any_tool)[:2] for term in (1, 2)}
    assert homeroom.post(address, **form, **absent).status_code == 303
    page = homeroom.get(address).text
    assert "Được lên lớp" in row(page, PUPILS[0])
    assert "Học sinh Xuất sắc" in row(page, PUPILS[0])
    assert "nâng từ Đạt theo Điều 9.3" in row(page, PUPILS[1])
    assert "Chưa đủ điểm các môn" in row(page, PUPILS[2])
    assert "<b>Tốt</b>" in row(page, PUPILS[0], table=1)
    assert ">3</td>" in row(page, PUPILS[0], table=1)


def test_what_may_be_made_good_in_the_summer_is_named(tool: Tool) -> None:
    _, homeroom, class_id = school(tool)
    mark_all(tool, 1, "3.0", "3.4", *["5.0"] * 6)
    mark_all(tool, 2, *["9.0"] * 8)
    address = f"homeroom/classes/{class_id}/year"
    one, other, _ = ids(tool)
    form = {f"l{who}.{term}": level for who, level in ((one, "dat"), (other, "chua_dat")) for term in (1, 2)}
    absent = {f"n{who}.{term}": "0" for who in (one, other) for term in (1, 2)}
    assert homeroom.post(address, **form, **absent).status_code == 303
    page = homeroom.get(address).text
    assert "kiểm tra lại: Ngữ văn, Toán" in row(page, PUPILS[0])
    assert "rèn luyện trong hè" in row(page, PUPILS[1])


# --- the summer -----------------------------------------------------------------------------------------------------


def failed(tool: Tool) -> tuple[Browser, str, dict[str, int]]:
    """A class of which one failed in two subjects, one in conduct: its homeroom teacher, its address, courses by
    subject."""
    _, homeroom, class_id = school(tool)
    mark_all(tool, 1, "3.0", "3.4", *["5.0"] * 6)
    mark_all(tool, 2, *["9.0"] * 8)
    one, other, _ = ids(tool)
    form = {f"l{who}.{term}": level for who, level in ((one, "dat"), (other, "chua_dat")) for term in (1, 2)}
    absent = {f"n{who}.{term}": "0" for who in (one, other) for term in (1, 2)}
    assert homeroom.post(f"homeroom/classes/{class_id}/year", **form, **absent).status_code == 303
    with tool.inside():
        return homeroom, f"homeroom/classes/{class_id}", {c.subject: c.context_id for c in db.session.query(Course)}


def retests(tool: Tool) -> list[tuple[int | None, str, str, str]]:
    with tool.inside():
        found = db.session.query(Mark).filter_by(term=3).order_by(Mark.id)
        return [(one.person_id, one.place, one.value, one.why) for one in found]


def test_what_was_made_good_in_the_summer_counts_for_going_up(any_tool: Tool) -> None:
    homeroom, address, courses_ = failed(any_tool)
    one, other, _ = ids(any_tool)
    first = {f"m{one}.{courses_['Toán']}": "4,9", f"m{one}.{courses_['Ngữ văn']}": "6"}
    assert homeroom.post(f"{address}/summer", **first, **{f"l{other}": "kha"}).status_code == 303
    page = homeroom.get(f"{address}/year").text
    for name in PUPILS[:2]:  # one subject of 4,9 is Đạt, six are 5,0
        assert "Được lên lớp, sau khi đánh giá lại trong hè" in row(page, name)
    assert "<b>Chưa đạt</b>" in row(page, PUPILS[0])  # the year stays what it was
    body = homeroom.get(f"{address}/book.xlsx").data
    year = cells(body, 3)
    assert line(year, PUPILS[1])[-4:-1] == [
        "Chưa đạt, Sau hè: Khá", 0, "Được lên lớp, sau khi đánh giá lại trong hè",
    ]  # fmt: skip
    number = next(n for n, name in enumerate(names(body), 1) if "Ngữ văn HK2" in name)
    assert line(cells(body, number), PUPILS[0])[-3:] == [3.4, 6, None]
    with any_tool.inside():
        class_ = db.session.query(SchoolClass).one()
        found = {sheet.pupil.person_id: dict(sheet.conduct_said) for sheet in families.sheets(class_)}
        assert found[other]["Sau hè"] == "Khá"
        assert not any("HK III" in label for said in found.values() for label in said)


def test_a_change_of_a_re_test_needs_a_reason_and_both_stay(tool: Tool) -> None:
    homeroom, address, courses_ = failed(tool)
    one, *_ = ids(tool)
    cell = f"{one}.{courses_['Toán']}"
    assert homeroom.post(f"{address}/summer", **{f"m{cell}": "7"}).status_code == 303
    late = homeroom.post(f"{address}/summer", **{f"m{cell}": "8", f"w{cell}": "0", "why": "x"})
    assert "vừa sửa" in late.text
    with tool.inside():
        seen = str(db.session.query(Mark).filter_by(term=3).one().id)
    assert homeroom.post(f"{address}/summer", **{f"m{cell}": "8", f"w{cell}": seen}).status_code == 422
    assert homeroom.post(f"{address}/summer", **{f"m{cell}": "", f"w{cell}": seen, "why": "Nhầm"}).status_code == 303
    assert retests(tool) == [(one, "final", "7.0", ""), (one, "final", "", "Nhầm")]
    page = homeroom.get(f"{address}/year").text
    assert "kiểm tra lại: Ngữ văn, Toán" in row(page, PUPILS[0])
    newest = re.findall(rf'name="w{cell}" value="(\d+)"', page.partition('id="summer"')[2])
    assert homeroom.post(f"{address}/summer", **{f"m{cell}": "5", f"w{cell}": newest[0]}).status_code == 303


def test_with_anything_wrong_nothing_of_the_summer_is_kept(tool: Tool) -> None:
    """A re-test that is none, one in a subject that was passed, one of who did not fail; conduct of who had it."""
    homeroom, address, courses_ = failed(tool)
    one, other, third = ids(tool)
    good = {f"m{one}.{courses_['Toán']}": "7", f"l{other}": "dat"}
    for wrong in (
        {f"m{one}.{courses_['Ngữ văn']}": "11"},
        {f"m{one}.{courses_['Tin học']}": "7"},
        {f"m{other}.{courses_['Toán']}": "7"},
        {f"m{one}.99999": "7"},
        {f"l{one}": "tot"},
        {f"l{third}": "tot"},
        {f"l{other}": "xuat_sac"},
    ):
        answer = homeroom.post(f"{address}/summer", **{**good, **wrong})
        assert answer.status_code == 422, wrong
        assert 'value="7"' in answer.text  # what was typed stays
    assert retests(tool) == []
    assert {level for level, *_ in acts(tool)} == {"dat", "chua_dat"}
    assert len(acts(tool)) == 4


def test_a_re_test_is_in_the_files_of_its_course_and_goes_nameless(tool: Tool) -> None:
    homeroom, address, courses_ = failed(tool)
    one, *_ = ids(tool)
    assert homeroom.post(f"{address}/summer", **{f"m{one}.{courses_['Toán']}": "7"}).status_code == 303
    with tool.inside():
        course = db.session.get_one(Course, courses_["Toán"])
        rules = marks.rulebook(course)
        assert isinstance(rules, marks.Rulebook)
        tables = exports.everything(course, rules)
        assert [(act["term"], act["value"]) for act in tables["marks"] if act["term"] == 3] == [(3, "7.0")]
        personal.erase(tool.person("pupil-1"))
        db.session.commit()
    assert retests(tool) == [(None, "final", "7.0", "")]


def test_a_right_for_one_subject_enters_nothing_for_the_summer(tool: Tool) -> None:
    homeroom, address, courses_ = failed(tool)
    with tool.inside():
        db.session.query(Grant).one().subject = "Toán"
    assert homeroom.post(f"{address}/summer", **{f"m{ids(tool)[0]}.{courses_['Toán']}": "7"}).status_code == 404
    assert retests(tool) == []


def test_readings_that_differ_are_flagged(tool: Tool) -> None:
    _, homeroom, class_id = school(tool)
    mark_all(tool, 1, "4.0", "7.0", "7.0", *["8.2"] * 5)  # dropped: no lift; pretended: one
    page = homeroom.get(f"homeroom/classes/{class_id}/year").text
    assert "cách đọc khác của Điều 9.3: Khá" in row(page, PUPILS[0])
    assert "</b><span" not in row(page, PUPILS[0]).partition("</th>")[2]  # the level and the flag do not run together


def read_widely(tool: Tool) -> None:
    """What the school's rules page does."""
    with tool.inside():
        body = msgspec.json.encode(SchoolRules(reading=Reading.WIDEST)).decode()
        db.session.add(SchoolRule(registration_id=tool.registration().id, version=2, body=body, set_by=None, at=1))


def test_the_school_chooses_how_an_article_is_read_and_the_row_says_what_the_other_gives(any_tool: Tool) -> None:
    """Without the 3,0 the others are Đạt; had it met every demand, they would be Khá: one step up, or none."""
    _, homeroom, class_id = school(any_tool)
    mark_all(any_tool, 1, "3.0", "5.0", "5.0", *["6.6"] * 5)
    mark_all(any_tool, 2, *["9.0"] * 8)
    address = f"homeroom/classes/{class_id}"
    form = {f"l{who}.{term}": "dat" for who in ids(any_tool)[:2] for term in (1, 2)}
    absent = {f"n{who}.{term}": "0" for who in ids(any_tool)[:2] for term in (1, 2)}
    assert homeroom.post(f"{address}/year", **form, **absent).status_code == 303
    told = []
    for is_wide in (False, True):
        if is_wide:
            read_widely(any_tool)
        page = homeroom.get(f"{address}/year").text
        sheet = line(cells(homeroom.get(f"{address}/book.xlsx").data, 3), PUPILS[0])
        told.append((re.findall(r"Điều 9.3[^<]*", row(page, PUPILS[0])), sheet[-2]))
        assert "Điều 9.3" not in row(page, PUPILS[1])
        assert f"Điều 9.3 được đọc {'rộng' if is_wide else 'chặt'}" in page
    assert told == [
        (
            [*["Điều 9.3: Đạt"] * 3, "Điều 9.3: Được lên lớp"],
            "học tập Chưa đạt, cách đọc khác của Điều 9.3: Được lên lớp",
        ),
        (
            [*["Điều 9.3", "Điều 9.3: Chưa đạt"] * 3, "Điều 9.3: Chưa được lên lớp"],
            "Được lên lớp, cách đọc khác của Điều 9.3: Chưa được lên lớp",
        ),
    ]


def test_three_subjects_make_no_level(tool: Tool) -> None:
    _, homeroom, class_id = school(tool, SUBJECTS[:2])
    mark_all(tool, 1, "9.0", "9.0", "9.0")
    page = homeroom.get(f"homeroom/classes/{class_id}/year").text
    assert "Chưa đủ môn" in row(page, PUPILS[0])
    assert "Chưa đạt" not in row(page, PUPILS[0])


def test_a_subject_in_two_courses_is_no_level_either(tool: Tool) -> None:
    _, homeroom, class_id = school(tool, (*SUBJECTS, "Toán"))
    mark_all(tool, 1, *["9.0"] * 9)
    assert "Một môn có hai khoá học" in row(homeroom.get(f"homeroom/classes/{class_id}/year").text, PUPILS[0])


def test_an_assessment_that_lacks_keeps_nobody_from_a_level_for_ever(
    any_tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the year is over; a family is not told of it, because it may be no more than forgotten."""
    _, homeroom, class_id = school(any_tool, (*SUBJECTS, "Giáo dục thể chất"))
    mark_all(any_tool, 1, *["9.0"] * 8, subjects=8)
    with any_tool.inside():
        course = db.session.query(Course).filter_by(subject="Giáo dục thể chất").one()
        course.is_comment_only = True
        give(course.context_id, any_tool.person("pupil-1").id, 1, "dat")
        give(course.context_id, any_tool.person("pupil-1").id, 2, "dat", due=1)
    address = f"homeroom/classes/{class_id}/year"
    assert "Chưa đủ điểm các môn" in row(homeroom.get(address).text, PUPILS[0])
    monkeypatch.setattr("lti_tool.lessons.marks.today", lambda: date(2027, 8, 1))
    page = homeroom.get(address).text
    assert row(page, PUPILS[0]).count("đề nghị, vì hết học kì") == 2  # the second term and the year
    assert row(page, PUPILS[0]).count("<b>Tốt</b>") == 1  # the first term
    assert row(page, PUPILS[0]).count("<b>Đạt</b>") == 2
    body = homeroom.get(f"homeroom/classes/{class_id}/book.xlsx").data
    assert "Chưa đạt (đề nghị: thiếu lần đánh giá)" in line(cells(body, 3), PUPILS[0])
    with any_tool.inside():
        first, *_ = families.sheets(db.session.get_one(SchoolClass, class_id))
        (taught,) = [one for one in first.subjects if one.name == "Giáo dục thể chất"]
        assert taught.results.terms[0] == "dat"
        assert isinstance(taught.results.year, NotComputable)


# --- subjects that a pupil does not take ----------------------------------------------------------------------------

FEW = "Ngoại ngữ 2"


def with_few(tool: Tool) -> tuple[Browser, int]:
    """A class with a ninth subject that only the third pupil takes; two pupils have 9,0 in all eight others."""
    _, homeroom, class_id = school(tool, (*SUBJECTS, FEW))
    mark_all(tool, 1, *["9.0"] * 8, subjects=8)
    mark_all(tool, 2, *["9.0"] * 8, subjects=8)
    with tool.inside():
        others = [tool.person(f"pupil-{n}").id for n in (1, 2)]
        few = db.session.query(Course).filter_by(subject=FEW).one().context_id
        for member in db.session.query(Membership).filter_by(context_id=few):
            member.is_active = member.person_id not in others
    return homeroom, class_id


def say(homeroom: Browser, class_id: int, kind: str, *who: int, subject: str = FEW, why: str = "Môn tự chọn") -> int:
    """What came of saying it of these pupils."""
    form = {"subject": subject, "kind": kind, "why": why, "pupil": [str(one) for one in who]}
    return homeroom.post(f"homeroom/classes/{class_id}/exemptions", **form).status_code


def exemptions_of(tool: Tool) -> list[tuple[int | None, str, str, str]]:
    with tool.inside():
        found = db.session.query(Exemption).order_by(Exemption.id)
        return [(one.person_id, one.subject, one.kind, one.why) for one in found]


def test_a_subject_of_few_blocks_nobody_once_it_is_said_who_takes_it(any_tool: Tool) -> None:
    homeroom, class_id = with_few(any_tool)
    address = f"homeroom/classes/{class_id}/year"
    one, other, _ = ids(any_tool)
    page = homeroom.get(address).text
    assert row(page, PUPILS[0]).count("Chưa rõ em có học đủ các môn") == 3  # and no level by silence
    assert "không có trong danh sách" in row(page, PUPILS[0])
    assert f"{FEW}: 2 em không có trong danh sách" in page
    assert page.count('name="pupil" value="') == 2  # both ticked, the list lacks most of the class
    assert "Chưa đủ điểm các môn" in row(page, PUPILS[2])
    assert say(homeroom, class_id, "not_taken", one, other) == 303
    page = homeroom.get(address).text
    for name in PUPILS[:2]:
        assert row(page, name).count("<b>Tốt</b>") == 3
        assert "không học môn này" in row(page, name)
    assert "Chưa đủ điểm các môn" in row(page, PUPILS[2])
    assert "không có trong danh sách" not in page
    assert say(homeroom, class_id, "not_taken", one, other) == 303  # the same press again is no second act
    assert exemptions_of(any_tool) == [(who, FEW, "not_taken", "Môn tự chọn") for who in sorted((one, other))]


def test_what_was_said_of_a_subject_is_taken_back_by_another_act(tool: Tool) -> None:
    homeroom, class_id = with_few(tool)
    one, *_ = ids(tool)
    assert say(homeroom, class_id, "exempt", one, why="QĐ 12") == 303
    assert say(homeroom, class_id, "taken", one, why="Ghi nhầm") == 303
    assert "Chưa rõ em có học đủ các môn" in row(homeroom.get(f"homeroom/classes/{class_id}/year").text, PUPILS[0])
    assert exemptions_of(tool) == [(one, FEW, "exempt", "QĐ 12"), (one, FEW, "", "Ghi nhầm")]


def test_a_listed_pupil_may_be_exempt_until_there_is_a_mark(tool: Tool) -> None:
    """Who is exempt stays on the LMS's list; a mark is never left out of a level."""
    _, homeroom, class_id = school(tool)
    mark_all(tool, 1, *["9.0"] * 7, subjects=7)
    with tool.inside():
        last = db.session.query(Course).order_by(Course.context_id).all()[-1]
        context_id, subject = last.context_id, last.subject
    one, other, _ = ids(tool)
    address = f"homeroom/classes/{class_id}/year"
    assert "Chưa đủ điểm các môn" in row(homeroom.get(address).text, PUPILS[0])
    assert say(homeroom, class_id, "exempt", one, subject=subject) == 303
    assert row(homeroom.get(address).text, PUPILS[0]).count("<b>Tốt</b>") == 3
    with tool.inside():
        give(context_id, one, 1, "3.0")
        give(context_id, other, 1, "3.0")
    assert "<b>Tốt</b>" not in row(homeroom.get(address).text, PUPILS[0])
    assert say(homeroom, class_id, "exempt", other, subject=subject) == 409
    assert len(exemptions_of(tool)) == 1


def test_a_mark_counts_though_the_list_lost_its_pupil(tool: Tool) -> None:
    _, homeroom, class_id = school(tool)
    mark_all(tool, 1, "4.0", *["9.0"] * 7)
    one, *_ = ids(tool)
    with tool.inside():
        first = tool.course().id
        db.session.query(Membership).filter_by(context_id=first, person_id=one).one().is_active = False
    assert "nâng từ Đạt theo Điều 9.3" in row(homeroom.get(f"homeroom/classes/{class_id}/year").text, PUPILS[0])


def test_too_few_subjects_left_make_no_level(tool: Tool) -> None:
    _, homeroom, class_id = school(tool)
    mark_all(tool, 1, *["9.0"] * 5, subjects=5)
    with tool.inside():
        rest = [one.subject for one in db.session.query(Course).order_by(Course.context_id)][5:]
    for subject in rest:
        assert say(homeroom, class_id, "exempt", ids(tool)[0], subject=subject) == 303
    assert "Chưa đủ môn" in row(homeroom.get(f"homeroom/classes/{class_id}/year").text, PUPILS[0])


@pytest.mark.parametrize(
    ("kind", "subject", "why", "status"),
    [
        ("", FEW, "x", 400),
        ("none", FEW, "x", 400),
        ("exempt", "Hoá học", "x", 400),
        ("exempt", FEW, " ", 400),
        ("exempt", "Toán", "x", 409),
    ],
)
def test_what_says_nothing_of_a_subject_is_refused(tool: Tool, kind: str, subject: str, why: str, status: int) -> None:
    homeroom, class_id = with_few(tool)
    one, *_ = ids(tool)
    assert say(homeroom, class_id, kind, one, subject=subject, why=why) == status
    assert say(homeroom, class_id, "exempt", 99999) == 400
    assert say(homeroom, class_id, "exempt") == 400
    assert exemptions_of(tool) == []


def test_a_right_for_one_subject_says_nothing_of_others(tool: Tool) -> None:
    homeroom, class_id = with_few(tool)
    with tool.inside():
        db.session.query(Grant).one().subject = "Toán"
    assert say(homeroom, class_id, "exempt", ids(tool)[0]) == 404
    assert "không có trong danh sách" not in homeroom.get(f"homeroom/classes/{class_id}/year").text


def test_an_erased_pupil_leaves_an_exemption_without_the_person(tool: Tool) -> None:
    homeroom, class_id = with_few(tool)
    one, *_ = ids(tool)
    assert say(homeroom, class_id, "exempt", one, why="Em An có giấy của bệnh viện") == 303
    with tool.inside():
        pupil = tool.person("pupil-1")
        (kept,) = personal.export(pupil)["exemption"]
        assert (kept["subject"], kept["kind"]) == (FEW, "exempt")
        personal.erase(pupil)
        db.session.commit()
    assert exemptions_of(tool) == [(None, FEW, "exempt", "")]


def test_the_class_book_says_who_does_not_take_a_subject(tool: Tool) -> None:
    homeroom, class_id = with_few(tool)
    assert say(homeroom, class_id, "not_taken", *ids(tool)[:2]) == 303
    body = homeroom.get(f"homeroom/classes/{class_id}/book.xlsx").data
    heads, mine = line(cells(body, 3), "Họ và tên"), line(cells(body, 3), PUPILS[0])
    assert mine[heads.index(FEW)] == "không học môn này"
    assert mine[heads.index("Kết quả học tập")] == "Tốt"


def ids(tool: Tool) -> list[int]:
    with tool.inside():
        return [tool.person(f"pupil-{n}").id for n in (1, 2, 3)]


def acts(tool: Tool) -> list[tuple[str, int | None, str]]:
    with tool.inside():
        return [(one.level, one.absent, one.why) for one in db.session.query(Conduct).order_by(Conduct.id)]


@pytest.mark.parametrize(
    ("level", "absent"), [("xuat_sac", ""), ("tot", "-1"), ("tot", "1,5"), ("tot", "301"), ("tot", "K")]
)
def test_what_is_no_conduct_is_refused_with_the_whole_form(tool: Tool, level: str, absent: str) -> None:
    _, homeroom, class_id = school(tool, ())
    a, b, _ = ids(tool)
    sent = {f"l{a}.1": "kha", f"n{a}.1": "2", f"l{b}.1": level, f"n{b}.1": absent}
    assert homeroom.post(f"homeroom/classes/{class_id}/year", **sent).status_code == 422
    assert acts(tool) == []


def test_a_change_of_conduct_needs_a_reason_and_both_stay(any_tool: Tool) -> None:
    _, homeroom, class_id = school(any_tool, ())
    a, *_ = ids(any_tool)
    address = f"homeroom/classes/{class_id}/year"
    assert homeroom.post(address, **{f"l{a}.1": "kha"}).status_code == 303
    late = {f"l{a}.1": "tot", f"w{a}.1": "0", "why": "x"}
    assert "Có người vừa sửa ô này" in homeroom.post(address, **late).text
    with any_tool.inside():
        seen = str(db.session.query(Conduct).one().id)
    assert homeroom.post(address, **{f"l{a}.1": "tot", f"w{a}.1": seen}).status_code == 422
    assert homeroom.post(address, **{f"l{a}.1": "tot", f"w{a}.1": seen, "why": "Họp lại"}).status_code == 303
    assert acts(any_tool) == [("kha", None, ""), ("tot", None, "Họp lại")]


def test_a_pupil_of_elsewhere_has_no_conduct_here(tool: Tool) -> None:
    _, homeroom, class_id = school(tool, ())
    assert homeroom.post(f"homeroom/classes/{class_id}/year", **{"l99999.1": "tot", "lx.1": "tot"}).status_code == 422
    assert homeroom.get(f"homeroom/classes/{class_id + 99}/year").status_code == 404
    assert acts(tool) == []


def test_a_right_for_one_subject_reads_that_one_and_decides_nothing(tool: Tool) -> None:
    _, homeroom, class_id = school(tool)
    with tool.inside():
        db.session.query(Grant).one().subject = "Toán"
    address = f"homeroom/classes/{class_id}/year"
    page = homeroom.get(address).text
    assert "Quyền của thầy cô chỉ mở một môn" in page
    assert "Ngữ văn" not in page
    assert homeroom.post(address, **{f"l{ids(tool)[0]}.1": "tot"}).status_code == 404
    assert acts(tool) == []


def test_an_erased_pupil_leaves_conduct_without_the_person(tool: Tool) -> None:
    _, homeroom, class_id = school(tool, ())
    a, *_ = ids(tool)
    homeroom.post(f"homeroom/classes/{class_id}/year", **{f"l{a}.1": "kha"})
    with tool.inside():
        pupil = tool.person("pupil-1")
        db.session.query(Conduct).update({Conduct.why: f"{pupil.name} tiến bộ"})
        assert personal.export(pupil)["conduct"][0]["level"] == "kha"
        personal.erase(pupil)
        db.session.commit()
        assert [(one.person_id, one.level, one.why) for one in db.session.query(Conduct)] == [(None, "kha", "")]
    assert homeroom.get(f"homeroom/classes/{class_id}/year").status_code == 200


# --- the class book -------------------------------------------------------------------------------------------------


def test_the_class_book_has_the_whole_class_and_each_subject(any_tool: Tool) -> None:
    """It says what the page says, and marks are numbers."""
    _, homeroom, class_id = school(any_tool)
    mark_all(any_tool, 1, *["9.0"] * 8)
    mark_all(any_tool, 2, "4.0", "7.0", "7.0", *["8.2"] * 5, terms=(1,))
    address = f"homeroom/classes/{class_id}"
    who = ids(any_tool)[0]
    form = {f"l{who}.{term}": "tot" for term in (1, 2)} | {f"n{who}.{term}": "2" for term in (1, 2)}
    assert homeroom.post(f"{address}/year", **form).status_code == 303
    answer = homeroom.get(f"{address}/book.xlsx")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    found = names(answer.data)
    assert found[:3] == ["Tổng hợp HK I", "Tổng hợp HK II", "Tổng hợp cả năm"]
    assert len(found) == 3 + 2 * 8
    assert all(len(name) <= 31 for name in found)
    term, _, year = (cells(answer.data, n) for n in (1, 2, 3))
    subjects = sorted([*SUBJECTS, "Toán"], key=found_order(term))
    assert line(term, "Họ và tên") == [
        "Số TT", "Họ và tên", *subjects, "Kết quả học tập", "Kết quả rèn luyện", "Số buổi nghỉ",
    ]  # fmt: skip
    assert line(term, PUPILS[0]) == [1, PUPILS[0], *[9] * 8, "Tốt", "Tốt", 2]
    assert line(term, PUPILS[1])[-3:] == ["Đạt, cách đọc khác của Điều 9.3: Khá", None, None]
    assert line(year, PUPILS[0]) == [1, PUPILS[0], *[9] * 8, "Tốt", "Tốt", 4, "Được lên lớp", "Học sinh Xuất sắc"]
    assert line(year, PUPILS[1]) == [2, PUPILS[1], *[None] * 13]
    first, second = cells(answer.data, 4), cells(answer.data, 5)
    assert line(first, "Họ và tên")[2:] == [
        "ĐĐGtx 1", "ĐĐGtx 2", "ĐĐGtx 3", "ĐĐGtx 4", "ĐĐGgk", "ĐĐGck", "ĐTBmhk", "Ghi chú",
    ]  # fmt: skip
    assert line(first, PUPILS[0])[2:] == [9, 9, None, None, 9, 9, 9, None]
    assert line(second, "Họ và tên")[-4:] == ["ĐTBmhk", "ĐTBmcn", "Đánh giá lại", "Ghi chú"]
    assert line(second, PUPILS[0])[-4:] == [9, 9, None, None]


def test_the_class_book_has_who_left_with_marks_at_its_foot(any_tool: Tool) -> None:
    """Who left one course alone is still in the class; the page of the year is of the class as it is."""
    _, homeroom, class_id = school(any_tool)
    for number in (1, 2):
        mark_all(any_tool, number, *["8.0"] * 8)
    with any_tool.inside():
        one, two, three = (any_tool.person(f"pupil-{n}").id for n in (1, 2, 3))
        memberships = db.session.query(Membership)
        memberships.filter(Membership.person_id.in_((one, three))).update({"is_active": False})
        memberships.filter_by(person_id=two, context_id=any_tool.course().id).update({"is_active": False})
    address = f"homeroom/classes/{class_id}"
    data = homeroom.get(f"{address}/book.xlsx").data
    for number in range(1, 3 + 2 * 8 + 1):
        rows = [row for row in cells(data, number) if row and isinstance(row[0], float)]
        assert [row[:3] for row in rows] == [[1, PUPILS[1], 8], [2, f"{PUPILS[0]} (đã rời lớp)", 8]], number
    assert PUPILS[0] not in homeroom.get(f"{address}/year").text


def found_order(rows: list[list[str | float | None]]) -> Callable[[str], int]:
    """Subjects as the sheet has them; each of them is there."""
    return line(rows, "Họ và tên").index


def test_a_right_for_one_subject_opens_no_class_book(tool: Tool) -> None:
    _, homeroom, class_id = school(tool, SUBJECTS[:1])
    with tool.inside():
        db.session.query(Grant).one().subject = "Toán"
    assert homeroom.get(f"homeroom/classes/{class_id}/book.xlsx").status_code == 404
    assert "book.xlsx" not in homeroom.get(f"homeroom/classes/{class_id}/year").text


def test_one_pupils_sheet_is_the_same_alone_as_among_the_class(any_tool: Tool) -> None:
    """A family's link reads one pupil alone. Whatever is known of two pupils stands in both the same."""
    teacher, _, class_id = school(any_tool, SUBJECTS[:2])
    mark_all(any_tool, 1, "8", "6", "9")
    mark_all(any_tool, 2, "5", "7", "4", terms=(1,))
    run_id = any_tool.start(teacher, SINGLE)
    with any_tool.inside():
        db.session.get_one(LessonRun, run_id).started_at = FIRST_TERM
        people = [any_tool.person(f"pupil-{n}") for n in (1, 2)]
        for n, person in enumerate(people, 1):
            act = Conduct(class_id=class_id, term=1, person_id=person.id, level="tot", absent=n, made_at=1)
            seat = AttendanceDecision(run_id=run_id, person_id=person.id, status="room", at=1)
            word = FamilyWord(class_id=class_id, person_id=person.id, text=f"Lời nhà {n}", attitude="", at=1)
            said = TermComment(context_id=any_tool.course().id, school_year="2026-2027", term=1, person_id=person.id)
            said.text, said.made_at, word.diligence = f"Nhận xét {n}", 1, ""
            db.session.add_all((act, seat, word, said))
    with any_tool.inside():
        class_ = db.session.get_one(SchoolClass, class_id)
        for subject in (None, "Toán"):
            among = families.sheets(class_, subject)
            assert [families.sheet_of(class_, one.pupil.uid, subject) for one in among] == among
        first = next(one for one in among if one.pupil.uid == any_tool.person("pupil-1").uid)
        (toan,) = first.subjects
        assert (toan.comments, toan.seats, len(toan.marks)) == ({1: "Nhận xét 1"}, {"x": 1}, 2)
        assert (first.conduct[1].absent, [one.text for one in first.words]) == (1, ["Lời nhà 1"])
