"""Sitting in on a lesson: what the class sees and nothing else, and a note that is the teacher's once it is sent."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import event

from live_session.errors import TicketExpired
from lti_tool.clock import now, today
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import observations
from lti_tool.models import Course, Grant, LessonRun, Observation
from lti_tool.site import site
from tests.lti_tool.school import frames, press, sit, submit
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import fault_of

LOCK = "FOR NO KEY UPDATE"


@pytest.fixture
def visited(tool: Tool) -> tuple[Browser, Browser, str]:
    """(the teacher, the head of department, a lesson that goes on with one question answered)."""
    teacher, head = tool.set_up(), tool.head()
    run_id = tool.start(teacher, SINGLE)
    pupil = tool.pupil()
    sit(pupil)
    press(teacher, run_id)
    (welcome, *_) = frames(teacher, ticket(teacher, f"runs/{run_id}/ticket/console"))
    assert submit(pupil, welcome["state"]["current"]["id"], "A")["t"] == "ack"
    return teacher, head, run_id


def ticket(browser: Browser, path: str) -> str:
    return str(browser.send(path, {}).json["seat"]["ticket"])


def test_the_seat_shows_what_the_class_sees_and_steers_nothing(visited: tuple[Browser, Browser, str]) -> None:
    _, head, run_id = visited
    mine = ticket(head, f"observe/{run_id}/ticket")
    step = {"t": "steer", "id": "0198c0de-observer", "action": "next"}
    welcome, *down = frames(head, mine, step)
    assert "plan" not in welcome["state"]
    assert "seats" not in welcome["state"]
    assert "key" not in welcome["state"]["activity"]
    assert [f["code"] for f in down if f["t"] == "refuse"] == ["forbidden"]
    page = head.get(f"observe/{run_id}/screen").text
    assert "/runs/" not in page  # nothing that a teacher's page could ask for
    assert "Thái An" not in page + head.get(f"observe/{run_id}").text


def test_a_note_is_the_observers_until_it_is_sent_and_then_stays(visited: tuple[Browser, Browser, str]) -> None:
    teacher, head, run_id = visited
    assert run_id in head.get("observe").text
    assert head.post(f"observe/{run_id}", h0="Mục tiêu rõ", do="save").status_code == 303
    assert "Mục tiêu rõ" in head.get(f"observe/{run_id}").text
    assert "Mục tiêu rõ" not in teacher.get(f"runs/{run_id}/observations").text
    assert head.post(f"observe/{run_id}", h0="Mục tiêu rõ", h2="Ai cũng trả lời", do="send").status_code == 303
    read = teacher.get(f"runs/{run_id}/observations").text
    assert "Ai cũng trả lời" in read
    assert "người dự" in read
    answer = head.post(f"observe/{run_id}", h0="Khác", do="save")
    assert (answer.status_code, fault_of(answer)) == (409, "observation_sent")
    assert "<textarea" not in head.get(f"observe/{run_id}").text


@pytest.mark.parametrize(("text", "fault"), [("  ", "observation_empty"), ("a" * 2_001, "observation_long")])
def test_what_cannot_be_sent(visited: tuple[Browser, Browser, str], text: str, fault: str) -> None:
    _, head, run_id = visited
    assert fault_of(head.post(f"observe/{run_id}", h0=text, do="send")) == fault


def test_a_lesson_beyond_the_grant_is_not_there(visited: tuple[Browser, Browser, str], tool: Tool) -> None:
    _, head, run_id = visited
    with tool.inside():
        db.session.query(Course).update({"subject": "Ngữ văn"})
    for path in (f"observe/{run_id}", f"observe/{run_id}/screen"):
        assert head.get(path).status_code == 404
    assert not re.search(run_id, head.get("observe").text)


def test_a_grant_that_is_withdrawn_ends_the_look_at_a_lesson_within_a_minute(
    visited: tuple[Browser, Browser, str], tool: Tool
) -> None:
    _, head, run_id = visited
    mine = ticket(head, f"observe/{run_id}/ticket")
    with tool.inside():
        db.session.query(Grant).update({"ends_on": today() - timedelta(days=1)})
    refused = head.send(f"observe/{run_id}/ticket", {})
    assert refused.status_code == 403  # what the page takes for the end (steer.js)
    with tool.inside():
        assert site().tickets.open(mine, now()).run == run_id
        with pytest.raises(TicketExpired):
            site().tickets.open(mine, now() + 60_000)


def test_a_window_that_saves_late_does_not_write_over_what_another_one_sent(postgres_tool: Tool) -> None:
    """Both had read the draft; the second waits for the first, and then finds it sent. SQLite lets none begin then."""
    teacher, head = postgres_tool.set_up(), postgres_tool.head()
    run_id = postgres_tool.start(teacher, SINGLE)
    assert head.post(f"observe/{run_id}", h0="Nháp", do="save").status_code == 303
    asked = Event()

    def late() -> str:
        with postgres_tool.inside():
            run, (note,) = db.session.get_one(LessonRun, run_id), db.session.query(Observation)
            event.listen(db.engine, "before_cursor_execute", lambda *said: asked.set() if LOCK in said[2] else None)
            with pytest.raises(Fault) as fault:
                observations.write(run, note.observer_id, {"h0": "Muộn"}, send=False)
            return fault.value.key

    with ThreadPoolExecutor(1) as pool:
        with postgres_tool.inside():
            run, (note,) = db.session.get_one(LessonRun, run_id), db.session.query(Observation)
            observations.write(run, note.observer_id, {"h0": "Đã gửi"}, send=True)
            other = pool.submit(late)
            assert asked.wait(60)
        assert other.result(60) == "observation_sent"
    assert "Đã gửi" in teacher.get(f"runs/{run_id}/observations").text
