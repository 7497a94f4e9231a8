"""A term's marks on their way to the LMS: a column for each place, and never over another's grade."""

import re

import pytest

from lti_tool.extensions import db
from lti_tool.models import Context, LineItem, Person, Score, ScoreState
from tests.lti_tool.platform import json_answer
from tests.lti_tool.tool import PUPILS, Browser, Tool


def book(tool: Tool, form: str = "score") -> tuple[Browser, list[int]]:
    teacher = tool.set_up(3)
    assert teacher.post("marks/subject", periods="105", form=form).status_code == 303
    with tool.inside():
        return teacher, [tool.person(f"pupil-{n}").id for n in (1, 2, 3)]


def sent(tool: Tool) -> dict[tuple[str, int], tuple[str, ScoreState, str]]:
    with tool.inside():
        rows = db.session.query(Score).join(LineItem).all()
        return {(one.line_item.tag, one.person_id): (one.value, one.state, one.fault) for one in rows}


def test_marks_go_to_a_column_for_each_place(any_tool: Tool) -> None:
    teacher, (a, b, _) = book(any_tool)
    marks = {f"m{a}.regular1": "8,25", f"m{b}.regular1": "7", f"m{a}.final": "", f"s{a}.final": "missed_unexcused"}
    assert teacher.post("marks", term="1", column="1", **marks).status_code == 303
    assert {cell: value for cell, (value, _, _) in sent(any_tool).items()} == {
        ("regular1", a): "8.3", ("regular1", b): "7.0", ("final", a): "0",
    }  # fmt: skip
    with any_tool.inside():
        items = db.session.query(LineItem).order_by(LineItem.id).all()
        assert {(one.resource_id, one.maximum) for one in items} == {("marks-2026-2027-1", 10)}
    any_tool.jobs().round()
    assert {state for _, state, _ in sent(any_tool).values()} == {ScoreState.SENT}
    page = teacher.get("marks?term=1").text
    assert "Trong sổ điểm của LMS" in page
    assert "Sổ điểm bị thiếu? Gửi lại tất cả" in page
    assert teacher.post("marks/again", term="1").status_code == 303
    assert {state for _, state, _ in sent(any_tool).values()} == {ScoreState.WAITING}


def test_without_the_box_nothing_leaves(tool: Tool) -> None:
    teacher, (a, *_) = book(tool)
    assert teacher.post("marks", term="1", **{f"m{a}.regular1": "8"}).status_code == 303
    assert sent(tool) == {}


def test_a_grade_changed_in_the_lms_is_never_overwritten(tool: Tool) -> None:
    teacher, (a, *_) = book(tool)
    teacher.post("marks", term="1", column="1", **{f"m{a}.regular1": "8"})
    tool.jobs().round()
    theirs = {"userId": "pupil-1", "resultScore": 5, "resultMaximum": 10}  # by hand
    tool.platform.answers["GET", "/items/1/results"] = lambda _: json_answer([theirs])
    seen = re.search(rf'name="w{a}.regular1" value="(\d+)"', teacher.get("marks?term=1").text)
    assert seen
    change = {f"m{a}.regular1": "9", f"w{a}.regular1": seen[1], "why": "Chấm lại", "column": "1"}
    assert teacher.post("marks", term="1", **change).status_code == 303
    tool.jobs().round()
    assert sent(tool)["regular1", a][1:] == (ScoreState.CHANGED, "changed")
    page = teacher.get("marks?term=1").text
    assert f"/grades/1/regular1/{a}/theirs" in page
    assert teacher.post(f"marks/grades/1/regular1/{a}/ours").status_code == 303
    tool.platform.answers["GET", "/items/1/results"] = lambda _: json_answer([{**theirs, "resultScore": 9}])
    tool.jobs().round()
    assert sent(tool)["regular1", a][:2] == ("9.0", ScoreState.SENT)


@pytest.mark.parametrize(
    "address", ["1/regular1/{a}/mine", "1/regular2/{a}/ours", "2/regular1/{a}/ours", "1/x/{a}/ours"]
)
def test_a_choice_that_is_none_is_refused(tool: Tool, address: str) -> None:
    teacher, (a, *_) = book(tool)
    teacher.post("marks", term="1", column="1", **{f"m{a}.regular1": "8"})
    assert teacher.post(f"marks/grades/{address.format(a=a)}").status_code == 409


def test_a_mark_taken_back_is_withdrawn(tool: Tool) -> None:
    teacher, (a, *_) = book(tool)
    teacher.post("marks", term="1", column="1", **{f"m{a}.regular1": "8"})
    seen = re.search(rf'name="w{a}.regular1" value="(\d+)"', teacher.get("marks?term=1").text)
    assert seen
    teacher.post("marks", term="1", column="1", why="Nhầm em", **{f"m{a}.regular1": "", f"w{a}.regular1": seen[1]})
    assert sent(tool)["regular1", a][1:] == (ScoreState.KEPT, "withdrawn")


def test_levels_of_a_comment_only_subject_are_no_grades(tool: Tool) -> None:
    teacher, (a, *_) = book(tool, form="comment")
    teacher.post("marks", term="1", column="1", **{f"m{a}.regular1": "dat"})
    assert sent(tool) == {}
    assert 'name="column"' not in teacher.get("marks?term=1").text


def test_a_pupil_without_an_account_keeps_the_mark_here(tool: Tool) -> None:
    teacher, (a, *_) = book(tool)
    with tool.inside():
        db.session.get_one(Person, a).sub = None
        assert db.session.query(Context).one().grade_scopes
    teacher.post("marks", term="1", column="1", **{f"m{a}.regular1": "8"})
    assert sent(tool) == {}
    assert PUPILS[0] in teacher.get("marks?term=1").text


def test_what_is_on_its_way_to_the_lms_is_asked_for_until_it_is_there(tool: Tool) -> None:
    """The page needs no pressing anew: the parts that change are asked for, with the term of the page."""
    teacher, (a, *_) = book(tool)
    assert "standing" not in teacher.get("marks?term=2").text  # nothing is on its way, and no script asks
    teacher.post("marks", term="2", column="1", **{f"m{a}.regular1": "8"})
    assert re.search(r'data-standing="[^"]+/marks/standing\?term=2"', teacher.get("marks?term=2").text)
    parts = teacher.get("marks/standing?term=2").text
    assert re.findall(r'data-part="(\w+)"', parts) == ["regular1", "again"]
    assert "data-waiting" in parts
    assert PUPILS[0] not in parts  # who is on the way without a fault is counted, not named
    other = teacher.get("marks/standing?term=1").text
    assert re.findall(r'data-part="(\w+)"', other) == ["again", "arrived"]
    tool.jobs().round()
    parts = teacher.get("marks/standing?term=2").text
    assert re.findall(r'data-part="(\w+)"', parts) == ["regular1", "again", "arrived"]
    assert "data-waiting" not in parts
    assert "standing" not in teacher.get("marks?term=2").text
