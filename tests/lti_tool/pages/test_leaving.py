"""Leaving the page: counted only where the teacher said so, of nobody by name, for seven days."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from sqlalchemy import event

from lti_tool.extensions import db
from lti_tool.lessons import leaving
from lti_tool.models import PageLeaving
from lti_tool.privacy import retention
from tests.lti_tool.conftest import Clock
from tests.lti_tool.school import console, frames, sit
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import contents

DAY = 86_400_000
LOCK, LOOK = "FOR NO KEY UPDATE", "FROM page_leaving"


def count(teacher: Browser, run_id: str, on: bool) -> None:
    one = {"t": "steer", "id": f"count-{on}", "action": "count_leaving", "on": on}
    assert "ack" in [f["t"] for f in frames(teacher, console(teacher, run_id), one)]


def test_nothing_is_kept_where_nobody_counts(tool: Tool) -> None:
    teacher = tool.set_up(2)
    run_id = tool.start(teacher, SINGLE)
    pupil = tool.pupil(1)
    sit(pupil)
    before = contents(tool)
    assert pupil.send("left", {}).status_code == 200
    assert contents(tool) == before
    count(teacher, run_id, on=True)
    count(teacher, run_id, on=False)
    pupil.send("left", {})
    assert teacher.fetch(f"runs/{run_id}/left").json == {"pupils": 0, "times": 0}


def test_it_is_told_to_the_class_and_counted_without_names(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(3)
    run_id = tool.start(teacher, SINGLE)
    pupils = [tool.pupil(n) for n in (1, 2)]
    tickets = [sit(pupil)["ticket"] for pupil in pupils]
    count(teacher, run_id, on=True)
    assert frames(pupils[0], tickets[0])[0]["state"]["counts_leaving"] is True
    for _ in range(2):
        for pupil in pupils:
            pupil.send("left", {})
            pupil.send("left", {})  # the same return, twice
        clock.wait(seconds=60)
    tool.pupil(3).send("left", {})  # has no seat
    assert teacher.fetch(f"runs/{run_id}/left").json == {"pupils": 2, "times": 4}


def test_a_phone_with_two_tabs_that_comes_back_counts_once(postgres_tool: Tool) -> None:
    """The second tab asks while the first one's count is written, not yet committed; SQLite lets nobody begin then."""
    teacher = postgres_tool.set_up(2)
    run_id = postgres_tool.start(teacher, SINGLE)
    sit(postgres_tool.pupil(1))
    count(teacher, run_id, on=True)
    with postgres_tool.inside():
        person = postgres_tool.person("pupil-1").id
        engine = db.engine
    asked = Event()

    def second() -> None:
        with postgres_tool.inside():
            event.listen(engine, "before_cursor_execute", lambda *said: asked.set() if LOCK in said[2] else None)
            event.listen(engine, "after_cursor_execute", lambda *said: asked.set() if LOOK in said[2] else None)
            leaving.note(run_id, person, DAY)

    with ThreadPoolExecutor(1) as pool:
        with postgres_tool.inside():
            leaving.note(run_id, person, DAY)
            db.session.flush()
            other = pool.submit(second)
            assert asked.wait(60)
        other.result(60)
    assert teacher.fetch(f"runs/{run_id}/left").json == {"pupils": 1, "times": 1}


def test_it_is_gone_after_seven_days(tool: Tool) -> None:
    with tool.inside():
        person = tool.browser().launch(sub="pupil-1") and tool.person("pupil-1").id
        for run, at in (("old", 10 * DAY), ("new", 13 * DAY)):
            db.session.add(PageLeaving(run_id=run, person_id=person, times=3, last_at=at))
    with tool.inside():
        retention.forget(17 * DAY + 1)
        assert [row.run_id for row in db.session.query(PageLeaving)] == ["new"]
