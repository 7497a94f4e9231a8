"""A class list pasted from a spreadsheet: names are found, the rest is passed over, nobody is doubled."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import roster
from lti_tool.lessons.roster import MOST_PASTED, names_pasted
from lti_tool.models import Membership, Person
from tests.lti_tool.tool import Tool
from tests.lti_tool.witness import contents, fault_of

AN, BAO = "Đặng Thái An", "Lê Gia Bảo"

LISTS: dict[str, tuple[str, list[str]]] = {
    "one a line": (f"{AN}\n{BAO}\n", [AN, BAO]),
    "Windows' lines and empty ones": (f"{AN}\r\n\r\n  \r\n{BAO}\r\n", [AN, BAO]),
    "a spreadsheet with a heading": (f"STT\tHọ và tên\tNgày sinh\n1\t{AN}\t01/02/2012\n2\t{BAO}\t3/4/2012", [AN, BAO]),
    "numbered by hand": (f"1. {AN}\n2) {BAO}", [AN, BAO]),
    "a given name of its own column": ("STT\tHọ đệm\tTên\n1\tĐặng Thái\tAn\n2\tLê Gia\tBảo", [AN, BAO]),
    "the same without a heading": ("1\tĐặng Thái\tAn\n2\tLê Gia\tBảo", [AN, BAO]),
    "sex beside the name": (f"{AN}\tNam\n{BAO}\tNữ", [AN, BAO]),
    "an e-mail beside the name": (f"an@sen.example\t{AN}\nbao@sen.example\t{BAO}", [AN, BAO]),
    "commas": (f"1,{AN},9A1\n2,{BAO},9A1", [AN, BAO]),
    "quoted cells": (f'"1";"{AN}"\n"2";"{BAO}"', [AN, BAO]),
    "a title above": (f"Danh sách lớp 9A1\nTrường THCS Hoa Sen\n{AN}\n{BAO}", [AN, BAO]),
    "the same name twice is two pupils": (f"{AN}\n{AN}", [AN, AN]),
    "decomposed marks": ("Đặng Thái An\nLe\u0302 Gia Ba\u0309o", [AN, BAO]),
    "spaces of every kind": ("Đặng\u00a0Thái \u2003 An", [AN]),
    "a formula is no name": (f'=HYPERLINK("http://x";"Xem")\t{AN}\n+84 90\t{BAO}', [AN, BAO]),
    "a name alone": ("An", ["An"]),
}


@pytest.mark.parametrize(("text", "names"), LISTS.values(), ids=LISTS.keys())
def test_names_are_found(text: str, names: list[str]) -> None:
    assert names_pasted(text) == names


@pytest.mark.parametrize(
    "text", ["", " \n\t\n", "1\n2\n3", "=A1\n=A2", "a@b.c", "01/02/2012\t9A1", "\x00\x01", "Họ và tên"]
)
def test_where_there_is_no_name_it_is_said(text: str) -> None:
    with pytest.raises(Fault, match="paste_no_names"):
        names_pasted(text)


def test_five_thousand_lines_are_too_many_and_said_so() -> None:
    with pytest.raises(Fault, match="paste_too_many"):
        names_pasted("\n".join(f"Nguyễn Văn {chr(65 + n % 26)}" for n in range(5_000)))
    assert len(names_pasted("\n".join([AN] * MOST_PASTED))) == MOST_PASTED


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No crash, and no name that a page or a database could not hold."""
    try:
        names = names_pasted(text)
    except Fault:
        return
    for name in names:
        assert 0 < len(name) <= roster.LONGEST_NAME
        assert "\n" not in name
        assert "\t" not in name
        assert "\x00" not in name
        assert any(c.isalpha() for c in name)
        name.encode()


# --- on the list ----------------------------------------------------------------------------------------------------


def listed(tool: Tool) -> list[str]:
    with tool.inside():
        return [p.name for p in roster.pupils(tool.course().id)]


def test_pasting_twice_adds_nobody(either_tool: Tool) -> None:
    teacher = either_tool.set_up(pupils=0)
    first = teacher.post("roster/paste", names=f"{BAO}\n{AN}\n{AN}")
    assert first.location.endswith("?n=3&said=names_added")
    before = contents(either_tool)
    assert teacher.post("roster/paste", names=f"{AN}\n{BAO}\n{AN}").location.endswith("?n=0&said=names_added")
    assert contents(either_tool) == before
    assert listed(either_tool) == [AN, AN, BAO]


def test_windows_that_paste_one_list_at_once_add_everybody_once(any_tool: Tool) -> None:
    windows = [any_tool.set_up(pupils=0), *(any_tool.teacher() for _ in range(3))]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda window: window.post("roster/paste", names=f"{AN}\n{BAO}").location, windows))
    assert sorted(one.split("?n=")[1][0] for one in said) == ["0", "0", "0", "2"]
    assert listed(any_tool) == [AN, BAO]


def test_the_page_for_a_list_speaks_of_names_and_that_for_questions_of_questions(tool: Tool) -> None:
    page = tool.set_up(pupils=0).get("roster/paste").get_data(as_text=True)
    assert "Dán danh sách lớp" in page
    assert "1  Đặng Thái An\n2  " in page
    assert "Câu 1" not in page


def test_a_name_on_the_lms_list_is_not_added_again(tool: Tool) -> None:
    teacher = tool.set_up(pupils=1)
    teacher.post("roster/paste", names=f"{AN}\nVũ Minh Khôi")
    assert listed(tool) == [AN, "Vũ Minh Khôi"]


def test_script_in_a_name_is_kept_as_text_and_shown_as_text(tool: Tool) -> None:
    teacher = tool.set_up(pupils=0)
    teacher.post("roster/paste", names="<script>alert('x')</script> An\n<img src=x onerror=y>")
    page = teacher.get("roster").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_five_thousand_lines_change_nothing(tool: Tool) -> None:
    teacher = tool.set_up()
    before = contents(tool)
    answer = teacher.post("roster/paste", names=f"{AN}\n" * 5_000)
    assert (fault_of(answer), answer.status_code) == ("paste_too_many", 400)
    assert str(MOST_PASTED) in answer.text
    assert contents(tool) == before


def test_whoever_was_left_out_comes_back_as_who_they_were(either_tool: Tool) -> None:
    teacher = either_tool.set_up(pupils=0)
    teacher.post("roster/paste", names=AN)
    with either_tool.inside():
        person = db.session.query(Person).filter_by(name=AN).one().id
    teacher.post("roster/leave-out", person=person)
    assert listed(either_tool) == []
    teacher.post("roster/paste", names=AN)
    with either_tool.inside():
        assert [m.person_id for m in db.session.query(Membership).filter_by(is_active=True, source="pasted")] == [
            person
        ]


def test_a_name_of_the_lms_is_not_the_teachers_to_leave_out(tool: Tool) -> None:
    teacher = tool.set_up()
    with tool.inside():
        person = tool.person("pupil-1").id
    before = contents(tool)
    answer = teacher.post("roster/leave-out", person=person)
    assert (fault_of(answer), answer.status_code) == ("member_not_pasted", 400)
    assert contents(tool) == before


def test_a_launch_of_a_pasted_name_is_that_pupil(any_tool: Tool) -> None:
    teacher = any_tool.set_up(pupils=0)
    teacher.post("roster/paste", names=AN)
    any_tool.pupil(1)
    assert listed(any_tool) == [AN]
    with any_tool.inside():
        assert any_tool.person("pupil-1").name == AN


def test_the_list_is_in_vietnamese_order_and_who_left_stands_last(tool: Tool) -> None:
    teacher = tool.set_up(pupils=5)
    teacher.post("roster/paste", names="Phạm Ánh\nPhạm Ăn\nPhạm Đạt\nPhạm Dũng")
    names = listed(tool)
    assert [n.rsplit(" ", 1)[1] for n in names] == ["An", "An", "Ánh", "Ăn", "Bảo", "Châu", "Dũng", "Đạt", "Việt"]
    tool.platform.members = tool.platform.members[1:]
    teacher.post("roster/refresh")
    tool.jobs().round()
    with tool.inside():
        everyone = roster.pupils(tool.course().id, with_former=True)
        assert everyone[-1].name == AN
        assert not everyone[-1].is_active
        assert [p.number for p in everyone] == list(range(1, 10))
