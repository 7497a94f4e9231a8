"""The pupil's page on networks that nobody would wish for: slow and losing packets, without WebSocket, and after the
server was restored from a backup. Each on a product of its own, whose live server stands at the end of a road.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import played
from tests.browser.road import Road, road
from tests.browser.school import PORTS, Lesson, Pupil, School, Stage, Teacher, opened, until
from tests.browser.steps import open_next, told_answers
from tests.browser.test_phone import outbox, wears
from tests.ports import free_port

pytestmark = pytest.mark.slow
NAMES = ("Bùi Quốc Việt", "Trần Hoài An")


@dataclass
class Place:
    """A product at the end of a road."""

    stage: Stage
    road: Road


@pytest.fixture
def place(chromium: Browser, tmp_path: Path) -> Iterator[Place]:
    live, entrance = free_port(), free_port()
    where = {"GIOTAY_LIVE_PORT": str(live), "GIOTAY_LIVE_URL": f"ws://127.0.0.1:{entrance}/live"}
    with road(entrance, live) as way, opened(tmp_path, **where) as school:
        for stage in played(Stage(chromium, school)):
            yield Place(stage, way)


def arrive(place: Place, lesson: Lesson, name: str = NAMES[0]) -> Pupil:
    pupil = Pupil.arrive(place.stage)
    pupil.watched.is_offline_expected = True
    return pupil.join(lesson.code, name)


def begin(stage: Stage) -> Lesson:
    return Teacher.arrive(stage).start()


def is_saved(pupil: Pupil, count: int) -> bool:
    return [row["state"] for row in outbox(pupil.page)] == ["saved"] * count


def test_packets_lost_and_two_seconds_there_and_back(place: Place) -> None:
    lesson = begin(place.stage)
    projector = lesson.projector()
    phones = [arrive(place, lesson, name) for name in NAMES]
    for pupil in phones:
        pupil.page.set_default_timeout(90_000)
        session = pupil.context.new_cdp_session(pupil.page)
        slow = {"offline": False, "latency": 2_000, "downloadThroughput": 50_000, "uploadThroughput": 20_000}
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", slow)
    place.stage.watched[1].is_offline_expected = True  # the projector goes over the same road
    place.road.delay, place.road.loss, place.road.breaks = 1.0, 0.3, 0.05
    projector.bring_to_front()
    projector.keyboard.press("ArrowRight")
    for given, option in enumerate(("5", "6", "5"), 1):
        for pupil in phones:
            pupil.page.locator("button.answer[data-state]").first.wait_for()
            pupil.answer(option)
        until(lambda given=given: all(is_saved(p, given) for p in phones), f"{given} saved", 90.0)
    assert place.road.lost > 5
    until(lambda: told_answers(projector) == len(NAMES), "one answer of each on the projector", 90.0)
    place.road.delay, place.road.loss, place.road.breaks = 0.0, 0.0, 0.0
    lesson.end()


def test_a_proxy_that_refuses_websocket(place: Place) -> None:
    """The page chooses polling by itself, and plays the lesson over it."""
    lesson = begin(place.stage)
    projector = lesson.projector()
    place.road.is_closed = True
    pupil = arrive(place, lesson)
    open_next(projector)
    wears(pupil.page, "A", "open")
    pupil.answer("5")
    wears(pupil.page, "A", "saved")
    until(lambda: told_answers(projector) == 1, "the answer on the projector")
    assert place.road.refused >= 3
    assert any(request.url.endswith("/live/frames") for request in pupil.watched.requests)
    with pupil.offline():
        pupil.answer("6")
        pupil.says("Chưa gửi, sẽ tự gửi")
    wears(pupil.page, "C", "saved")
    for watched in place.stage.watched:
        watched.is_offline_expected = True  # the report's page listens too
    lesson.end()
    pupil.says("Tiết học đã kết thúc")


def giotay(school: School, *command: str) -> None:
    run = [sys.executable, "-m", "lti_tool.cli", *command]
    subprocess.run(run, cwd=school.folder, env=school.environ, check=True, capture_output=True, timeout=120)


def test_a_backup_that_does_not_know_the_question(chromium: Browser, tmp_path: Path) -> None:
    """The phone keeps its acknowledged answer, says that it is not sent, and sends it when the question is asked again;
    also when its page was loaded anew meanwhile."""
    ports = {name: str(free_port()) for name in PORTS}
    with opened(tmp_path, **ports) as school:
        stage = Stage(chromium, school)
        lesson = begin(stage)
        pupil = Pupil.arrive(stage).join(lesson.code)
        giotay(school, "backup", "before.zip")
        projector = lesson.projector()
        open_next(projector)
        pupil.answer("5")
        wears(pupil.page, "A", "saved")
        for watched in stage.watched:
            watched.is_offline_expected = True
        projector.close()
    giotay(school, "restore", "--yes", "before.zip")
    with opened(tmp_path, **ports):
        pupil.page.reload()
        until(lambda: [row["state"] for row in outbox(pupil.page)] == ["waiting"], "it is offered again")
        pupil.says("Còn 1 câu trả lời trong máy đang chờ gửi")
        lesson.teacher.page.goto(lesson.start_page)
        projector = lesson.projector()
        assert told_answers(projector) == 0
        open_next(projector)
        wears(pupil.page, "A", "saved")
        until(lambda: told_answers(projector) == 1, "the answer on the projector")
        lesson.end()
        for _ in played(stage):
            pass
