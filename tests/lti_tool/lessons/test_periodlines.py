"""Lines of many lessons: the form by counts is the form by signs, a later word counts at once, and a month of lessons
takes no more statements than one lesson."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, update

from analytics.periods import Form
from analytics.tables import run_snapshot
from live_session.commands import SERVER
from live_session.model import Mode, Standing
from lti_tool.clock import now, today
from lti_tool.extensions import db
from lti_tool.lessons import periodlines, periods
from lti_tool.models import LessonRun
from tests.analytics.teaching import end, lesson, pass_minutes, store
from tests.live_session.build import sit
from tests.lti_tool.tool import SINGLE, Browser, Tool

ROOM, HOME = Mode.ROOM, Mode.HOME


def taught(tool: Tool, teacher: Browser, *modes: Mode | None) -> str:
    """A lesson that is over, with one pupil each, or none, in the room or at home."""
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        there = {tool.person(f"pupil-{n}").uid: mode for n, mode in enumerate(modes, 1) if mode}
        book = lesson()
        for uid, mode in there.items():
            book.do(sit(uid, f"c-{uid}", Standing.LAUNCHED, mode), actor=SERVER)
        store(db.session.connection(), end(pass_minutes(book, 45, *there)), run_id)
    tool.jobs().round()
    with tool.inside():  # a moment later: what is said now was not there when the counts were made
        db.session.execute(update(run_snapshot).values(computed_at=run_snapshot.c.computed_at - 1_000))
    return run_id


def form_of(run_id: str) -> Form:
    return periodlines._forms([db.session.get_one(LessonRun, run_id)])[run_id]


@pytest.mark.parametrize(
    ("modes", "form"),
    [
        ((ROOM, ROOM), Form.SUPPORTED),
        ((HOME, HOME), Form.ONLINE),
        ((ROOM, HOME), Form.HYBRID),
        ((ROOM, None), Form.SUPPORTED),
        ((None, None), Form.IN_PERSON),
    ],
)
def test_counts_say_what_signs_say(tool: Tool, modes: tuple[Mode | None, ...], form: Form) -> None:
    run_id = taught(tool, tool.set_up(2), *modes)
    with tool.inside():
        run = db.session.get_one(LessonRun, run_id)
        assert form_of(run_id) is form
        assert periodlines._forms_by_signs([run]) == {run_id: form}


def test_finished_counts_are_not_read_from_a_snapshot(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = taught(tool, tool.set_up(2), ROOM, HOME)
    with tool.inside():
        monkeypatch.setattr(periodlines, "_forms_by_signs", lambda runs: {} if not runs else pytest.fail("decoded"))
        assert form_of(run_id) is Form.HYBRID


def test_a_word_said_since_the_counts_were_made_stands(tool: Tool) -> None:
    teacher = tool.set_up(2)
    run_id = taught(tool, teacher, ROOM, ROOM)
    with tool.inside():
        uid = tool.person("pupil-2").uid
    word = {"id": "0198c0de-0001", "who": uid, "word": "home", "ago": 0}
    assert teacher.send(f"runs/{run_id}/roll", [word]).status_code == 200
    with tool.inside():
        assert form_of(run_id) is Form.HYBRID


def test_a_word_that_came_late_stands_though_it_was_said_before(tool: Tool) -> None:
    teacher = tool.set_up(2)
    run_id = taught(tool, teacher, ROOM, ROOM)
    with tool.inside():
        uid = tool.person("pupil-2").uid
        db.session.get_one(LessonRun, run_id).started_at = now() - 3_600_000
    word = {"id": "0198c0de-0002", "who": uid, "word": "home", "ago": 1_800_000}
    assert teacher.send(f"runs/{run_id}/roll", [word]).status_code == 200
    with tool.inside():
        assert form_of(run_id) is Form.HYBRID


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of a stretch."""
    said: list[str] = []

    def note(*told: object) -> None:
        said.append(str(told[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_month_takes_no_more_statements_than_a_lesson(any_tool: Tool) -> None:
    tool, spent = any_tool, list[int]()
    teacher = tool.set_up(5)
    for _ in range(2):
        saved = taught(tool, teacher, ROOM, HOME)
        with tool.inside():
            one = tool.course().id
            line = periods.line_of(one, saved)
            periods.save(line, line.values, one, tool.person("teacher-1").id, sign=True, why="")
        taught(tool, teacher, ROOM, ROOM)
        with tool.inside():
            this = today().replace(day=1)
            with counted() as said:
                lines = periods.book(one, this)
            spent.append(len(said))
            with counted() as said:
                of_courses = periods.taught_in([one], this)
            assert [(t.form, t.teacher) for t in of_courses[one]] == [(x.values.form, str(x.teacher_id)) for x in lines]
    assert len(lines) == 4
    assert spent[0] == spent[1]
