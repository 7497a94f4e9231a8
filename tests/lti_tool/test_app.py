"""The database locked, full or gone: a clear word, nothing half done, and well again by itself."""

import io
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from live_session.store import engine
from lti_tool.access import needs
from lti_tool.extensions import db
from lti_tool.lessons import case, clipping, meetinglist, pictures, roster
from lti_tool.pages import editor
from tests.lti_tool.school import frames, picture, press, sit
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of


@contextmanager
def locked(tool: Tool) -> Iterator[None]:
    """Another process holds the one lock of a SQLite file, and our patience is short."""
    with tool.inside():
        file = db.engine.url.database
    other = sqlite3.connect(str(file), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def impatient(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    with tool.app.app_context():
        event.listen(db.engine, "checkout", impatient)
        db.engine.dispose()
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()
        with tool.app.app_context():
            event.remove(db.engine, "checkout", impatient)
            db.engine.dispose()


@contextmanager
def full(tool: Tool) -> Iterator[None]:
    """No page more fits into the file, as on a full disk (SQLITE_FULL)."""

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")

    with tool.app.app_context():
        event.listen(db.engine, "checkout", limit)
    try:
        yield
    finally:
        with tool.app.app_context():
            event.remove(db.engine, "checkout", limit)
            db.engine.dispose()


class Lesson:
    def __init__(self, tool: Tool) -> None:
        self.teacher = tool.set_up()
        self.run_id = tool.start(self.teacher, SINGLE)
        self.pupil: Browser = tool.pupil(1)
        self.ticket = sit(self.pupil)["ticket"]
        press(self.teacher, self.run_id)
        (welcome, *_) = frames(self.pupil, self.ticket)
        self.activity = welcome["state"]["activity"]["id"]

    def answer(self, value: object = "C", id_: str = "answer-1") -> list[dict[str, object]]:
        one = {"t": "submit", "id": id_, "activity": self.activity, "round": 1, "value": value, "composed_at": 1}
        hello = {"t": "hello", "ticket": self.ticket, "device": "d", "locale": "vi"}
        said = self.pupil.client.post("/live/frames", json=[hello, one], headers={"Accept": "application/json"})
        self.status = said.status_code
        return [f for f in said.json if f["t"] in ("ack", "refuse")] if said.status_code == 200 else [said.json]


@pytest.fixture
def lesson(tool: Tool) -> Lesson:
    return Lesson(tool)


WRITES = (("lessons", {"title": "x"}), ("roster/paste", {"names": "Vũ Minh Khôi"}), ("roster/refresh", {}))


@pytest.mark.parametrize(("path", "form"), WRITES, ids=[path for path, _ in WRITES])
def test_a_locked_database_is_said_and_nothing_is_written(
    tool: Tool, lesson: Lesson, path: str, form: dict[str, str]
) -> None:
    before = contents(tool)
    with locked(tool):
        answer = lesson.teacher.post(path, **form)
        assert (fault_of(answer), answer.status_code) == ("busy", 503)
        assert lesson.teacher.get("course").status_code == 200  # reading goes on
    assert contents(tool) == before
    assert lesson.teacher.post(path, **form).status_code == 303


def test_an_answer_to_a_locked_database_is_not_acknowledged_and_may_come_again(tool: Tool, lesson: Lesson) -> None:
    before = contents(tool)
    with locked(tool):
        (said,) = lesson.answer()
        assert said.get("t") != "ack"
        assert lesson.status == 503
    assert contents(tool) == before
    assert [f["t"] for f in lesson.answer()] == ["ack"]
    assert [f["t"] for f in lesson.answer()] == ["ack"]  # and once more: the first outcome
    assert sum("answer-1" in row for row in contents(tool)["event"]) == 1


def test_a_full_disk_is_said_and_nothing_is_half_written(tool: Tool, lesson: Lesson) -> None:
    before = contents(tool)
    with full(tool):
        names = "\n".join(f"Nguyễn Văn {'Á' * 60} {a}{b}" for a in "abcdefghij" for b in "abcdefghij")
        answer = lesson.teacher.post("roster/paste", names=names)
        assert (fault_of(answer), answer.status_code) == ("busy", 503)
        assert lesson.teacher.get("course").status_code == 200
        said = lesson.answer({"x": "y" * 10_000})
        assert [f.get("t") for f in said] != ["ack"]
    assert contents(tool) == before
    assert [f["t"] for f in lesson.answer(id_="answer-2")] == ["ack"]


def test_a_database_that_broke_is_a_page_without_a_trace(tool: Tool, lesson: Lesson) -> None:
    with tool.inside():
        db.session.execute(text("ALTER TABLE course RENAME TO course_gone"))
    answer = lesson.teacher.get("course")
    assert answer.status_code in (500, 503)
    assert "course_gone" not in answer.text
    assert fault_of(answer) in ("busy", "broken")


@contextmanager
def watched(tool: Tool, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Iterator[list[bool]]:
    """Whether somebody else could write each time this function was called."""
    with tool.inside():
        file = str(db.engine.url.database)
    real: Callable[..., Any] = getattr(module, name)
    could: list[bool] = []

    def slow(*args: Any, **kwargs: Any) -> Any:
        other = sqlite3.connect(file, isolation_level=None, timeout=0)
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            could.append(True)
        except sqlite3.OperationalError:
            could.append(False)
        finally:
            other.close()
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, slow)
    yield could


FRAMEWORK = b'{"CFItems": [{"identifier": "1", "fullStatement": "x"}]}'
LIST = b"Name,Duration\nAn,44 min\n"
SLOW = (
    ("lessons/{uid}/pictures", {"picture": picture()}, pictures, "encode_anew"),
    ("lessons/{uid}/paste", {"text": "x"}, clipping, "of_text"),
    ("lessons/{uid}/paste/text", {"text": "x"}, clipping, "of_text"),
    ("lessons/{uid}/preview", {"text": "x"}, editor, "rich"),
    ("runs/{run_id}/meeting", {"file": LIST}, meetinglist, "_rows"),
    ("marks/files/objectives/case", {"file": FRAMEWORK}, case, "plain"),
    ("roster/paste", {"names": "Vũ Minh Khôi"}, roster, "names_pasted"),
)


@pytest.mark.parametrize(("path", "sent", "module", "name"), SLOW, ids=[path for path, *_ in SLOW])
def test_what_takes_its_time_keeps_no_answer_waiting(
    tool: Tool,
    lesson: Lesson,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    sent: dict[str, Any],
    module: Any,
    name: str,
) -> None:
    uid, teacher = tool.lesson(SINGLE), lesson.teacher
    where = teacher.path(path.format(uid=uid, run_id=lesson.run_id))
    with watched(tool, monkeypatch, module, name) as could:
        if "text" in sent:
            answer = teacher.send(where, sent)
        else:
            form = {k: (io.BytesIO(v), "file") if isinstance(v, bytes) else v for k, v in sent.items()}
            answer = teacher.client.post(where, data={"page_token": teacher.token, **form})
    assert answer.status_code in (200, 303), answer.text
    assert could
    assert all(could)


@pytest.mark.postgres
def test_a_lock_on_postgresql_is_waited_for_and_then_said(postgres_tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = Lesson(postgres_tool)
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    with postgres_tool.app.app_context():
        db.engine.dispose()  # connections made anew are impatient
    before = contents(postgres_tool)
    with postgres_tool.app.app_context(), db.engine.connect() as other:
        other.execute(text("SELECT * FROM run FOR UPDATE"))
        (said,) = lesson.answer()
        assert said.get("t") != "ack"
        other.rollback()
    assert contents(postgres_tool) == before
    assert [f["t"] for f in lesson.answer()] == ["ack"]


def test_a_view_that_failed_leaves_nothing(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request is one transaction: what was done before the fault is gone."""
    teacher = tool.set_up()
    from lti_tool.lessons import editing  # noqa: PLC0415

    made = editing.make_lesson

    def half(*args: object) -> object:
        made(*args)  # type: ignore[arg-type]
        raise RuntimeError("in the middle")

    monkeypatch.setattr(editing, "make_lesson", half)
    before = contents(tool)
    answer = teacher.post("lessons", title="x")
    assert (fault_of(answer), answer.status_code) == ("broken", 500)
    assert "in the middle" not in answer.text
    assert contents(tool) == before


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_get_that_would_write_is_stopped_by_the_database(kind: str, request: pytest.FixtureRequest) -> None:
    from lti_tool.access import Need  # noqa: PLC0415
    from tests.lti_tool.conftest import opened, settings_for  # noqa: PLC0415

    url = request.getfixturevalue(f"{kind}_tool_url")
    tool = next(opened(settings_for(url), request.getfixturevalue("platform")))

    @needs(Need.NOTHING)
    def writes() -> str:
        db.session.execute(text("UPDATE registration SET name = 'changed'"))
        db.session.commit()
        return "done"

    tool.app.add_url_rule("/writes", "writes", writes)
    before = contents(tool)
    answer = tool.browser().client.get("/writes")
    assert answer.status_code in (500, 503)
    assert contents(tool) == before
    with tool.app.app_context():
        db.engine.dispose()


def test_answers_of_many_at_once_are_each_acknowledged_once(tool: Tool, lesson: Lesson) -> None:
    """Eight threads, one file: some wait, none is lost."""
    said: list[object] = []
    threads = [
        threading.Thread(target=lambda n=n: said.extend(lesson.answer(id_=f"many-{n}")))  # type: ignore[misc]
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [f["t"] for f in said] == ["ack"] * 8  # type: ignore[index]
    events = contents(tool)["event"]
    assert [sum(f"many-{n}" in row for row in events) for n in range(8)] == [1] * 8
