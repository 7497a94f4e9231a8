"""Earlier versions: a step back is exactly what stood, answers keep their question, and nothing grows without end."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.model import Millis
from lti_tool.clock import DAY_MS
from lti_tool.extensions import db
from lti_tool.lessons import history
from lti_tool.lessons.history import DAYS, NEWEST, thinned
from lti_tool.models import Lesson, LessonActivity, LessonVersion
from tests.lti_tool.tool import NUMBER, OPEN, SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of

CHANGE: dict[str, Any] = {"title": "", "points": 1, "seconds": 60, "objective": None}


@pytest.fixture
def teacher(tool: Tool) -> Browser:
    return tool.set_up()


def titles(tool: Tool, uid: str) -> list[str]:
    """The questions of a lesson in their order."""
    with tool.inside():
        return [a.content["prompt"] for a in lesson(uid).activities]


def lesson(uid: str) -> Lesson:
    return db.session.query(Lesson).filter_by(uid=uid).one()


def uids(tool: Tool, uid: str) -> list[str]:
    with tool.inside():
        return [a.uid for a in lesson(uid).activities]


def write(teacher: Browser, uid: str, activity: str, prompt: str, **content: Any) -> None:
    body = {**CHANGE, "content": {**SINGLE["content"], "prompt": prompt, **content}}
    assert teacher.send(f"lessons/{uid}/activities/{activity}", body).status_code == 200


def step(teacher: Browser, uid: str, do: str) -> None:
    assert teacher.post(f"lessons/{uid}/history", do=do).status_code == 303


def test_each_step_is_undone_and_done_again(either_tool: Tool) -> None:
    teacher = either_tool.set_up()
    uid = either_tool.lesson(SINGLE, NUMBER, OPEN)
    a, b, c = uids(either_tool, uid)
    stages = [uids(either_tool, uid)]
    for activity, what in ((a, "down"), (c, "remove"), (b, "copy")):
        teacher.post(f"lessons/{uid}/activities/{activity}/do", do=what)
        stages.append(uids(either_tool, uid))
    teacher.post(f"lessons/{uid}/activities", kind="poll")
    stages.append(uids(either_tool, uid))
    for stage in reversed(stages[:-1]):
        step(teacher, uid, "undo")
        assert uids(either_tool, uid) == stage
    step(teacher, uid, "undo")  # nothing is left to undo
    assert uids(either_tool, uid) == stages[0]
    for stage in stages[1:]:
        step(teacher, uid, "redo")
        assert uids(either_tool, uid) == stage
    step(teacher, uid, "redo")
    assert uids(either_tool, uid) == stages[-1]


def test_typing_at_one_place_is_one_step_and_a_new_step_ends_redo(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson(SINGLE, SINGLE)
    first, second = uids(tool, uid)
    for text in ("M", "Mộ", "Một"):
        write(teacher, uid, first, text)
    write(teacher, uid, second, "Hai")
    was = SINGLE["content"]["prompt"]
    step(teacher, uid, "undo")
    assert titles(tool, uid) == ["Một", was]
    step(teacher, uid, "undo")
    assert titles(tool, uid) == [was, was]
    write(teacher, uid, second, "Ba")
    step(teacher, uid, "redo")
    assert titles(tool, uid) == [was, "Ba"]


def test_saving_what_stands_already_is_no_step(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson(SINGLE)
    (first,) = uids(tool, uid)
    write(teacher, uid, first, "Khác")
    teacher.send(f"lessons/{uid}/order", [first])
    teacher.send(f"lessons/{uid}/order", [first])
    step(teacher, uid, "undo")
    assert titles(tool, uid) == [SINGLE["content"]["prompt"]]


def test_a_restored_question_that_was_asked_is_a_new_version(tool: Tool, teacher: Browser) -> None:
    """Answers belong to the question as it was asked: an old text after another was asked is a version of its own."""
    uid = tool.lesson(SINGLE)
    (first,) = uids(tool, uid)
    write(teacher, uid, first, "Bản hai")
    teacher.post("runs", lesson=uid)
    step(teacher, uid, "undo")
    with tool.inside():
        activity = db.session.query(LessonActivity).one()
        assert (activity.version, activity.was_used, activity.content) == (2, False, SINGLE["content"])


def test_what_comes_back_from_history_is_an_item_of_its_own_but_undo_brings_the_same(
    tool: Tool, teacher: Browser
) -> None:
    uid = tool.lesson(SINGLE, OPEN)
    first, second = uids(tool, uid)
    teacher.post(f"lessons/{uid}/activities/{first}/do", do="remove")
    step(teacher, uid, "undo")
    assert uids(tool, uid) == [first, second]
    step(teacher, uid, "redo")
    with tool.inside():
        (version,) = history.versions(lesson(uid))
        id_ = version.id
    page = teacher.get(f"lessons/{uid}/history/{id_}")
    assert "Nghiệm của" in page.text
    assert "<math" in page.text
    assert teacher.post(f"lessons/{uid}/history/{id_}").status_code == 303
    back = uids(tool, uid)
    assert back[1] == second
    assert back[0] not in (first, second)
    assert titles(tool, uid)[0] == SINGLE["content"]["prompt"]
    step(teacher, uid, "undo")
    assert uids(tool, uid) == [second]


def test_a_version_of_another_lesson_is_not_there(tool: Tool, teacher: Browser) -> None:
    one, other = tool.lesson(SINGLE), tool.lesson(SINGLE)
    teacher.post(f"lessons/{other}/activities", kind="open")
    with tool.inside():
        id_ = db.session.query(LessonVersion).one().id
    before = contents(tool)
    for answer in (teacher.get(f"lessons/{one}/history/{id_}"), teacher.post(f"lessons/{one}/history/{id_}")):
        assert (fault_of(answer), answer.status_code) == ("version_gone", 404)
    assert contents(tool) == before


def test_hostile_text_of_a_version_is_shown_as_text(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson({**SINGLE, "content": {**SINGLE["content"], "prompt": "<img src=x onerror=alert(1)>"}})
    teacher.post(f"lessons/{uid}/activities", kind="open")
    with tool.inside():
        id_ = db.session.query(LessonVersion).one().id
    assert "<img src=x" not in teacher.get(f"lessons/{uid}/history/{id_}").text


def test_a_refused_change_leaves_no_version(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson(SINGLE)
    assert teacher.post(f"lessons/{uid}/activities", kind="nonsense").status_code == 400
    with tool.inside():
        assert db.session.query(LessonVersion).count() == 0


@given(st.lists(st.integers(0, 60 * DAY_MS), max_size=120))
def test_the_newest_and_one_a_day_are_kept(ages: list[Millis]) -> None:
    moment = 1_800_000_000_000
    rows = [(n, moment - age, _day(moment - age)) for n, age in enumerate(sorted(ages))]
    gone = thinned(rows, moment)
    kept = [row for row in rows if row[0] not in gone]
    assert kept[:NEWEST] == rows[:NEWEST]
    assert len(kept) <= NEWEST + DAYS + 2
    recent = {day for _, at, day in rows if at >= moment - DAYS * DAY_MS}
    assert recent <= {day for *_, day in kept}


def _day(at: Millis) -> date:
    return datetime.fromtimestamp(at / 1_000, UTC).date()


def test_many_steps_do_not_grow_without_end(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson(SINGLE)
    with tool.inside():
        one = lesson(uid)
        for n in range(NEWEST + 20):
            one.title = str(n)
            history.note(one, history.Step.MOVE, None)
        assert db.session.query(LessonVersion).count() == NEWEST
