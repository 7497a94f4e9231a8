"""Recordings of a lesson: a link with the teacher's word on pupils in it, and the moments of its activities."""

from typing import Any

import pytest

from analytics.phones import Spell, Use
from lti_tool.extensions import db
from lti_tool.lessons.recordings import MOST, at_second, moments
from lti_tool.models import Faces, Recording
from tests.analytics.teaching import ask, end, lesson, store
from tests.live_session.build import activity
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of

GOOD = {"link": "https://youtu.be/abc?si=x", "title": "Tiết 31", "minutes": "0", "faces": "agreed"}


def taught(tool: Tool) -> tuple[Browser, str]:
    teacher = tool.set_up(1)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        pupil = tool.person("pupil-1").uid
        store(db.session.connection(), end(ask(lesson(activity("single")).seat(pupil), "q-single", [pupil])), run_id)
    tool.jobs().round()
    return teacher, run_id


def test_a_recording_stands_on_the_report_until_it_is_removed(either_tool: Tool) -> None:
    teacher, run_id = taught(either_tool)
    assert teacher.post(f"runs/{run_id}/recordings", **GOOD).status_code == 303
    page = teacher.get(f"runs/{run_id}/report").text
    assert 'href="https://youtu.be/abc?si=x" target="_blank" rel="noopener noreferrer"' in page
    assert "có học sinh, đã đồng ý" in page
    with either_tool.inside():
        db.session.query(Recording).one().began_at = 0
    assert "luôn mở từ đầu" not in teacher.get(f"runs/{run_id}/report").text
    with either_tool.inside():
        uid = db.session.query(Recording).one().uid
    assert teacher.post(f"runs/{run_id}/recordings/{uid}").status_code == 303
    assert "youtu.be/abc" not in teacher.get(f"runs/{run_id}/report").text


def test_a_recording_that_opens_at_its_start_says_so(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    teacher.post(f"runs/{run_id}/recordings", **{**GOOD, "link": "https://drive.google.com/file/d/x/view"})
    with tool.inside():
        db.session.query(Recording).one().began_at = 0
    assert "luôn mở từ đầu" in teacher.get(f"runs/{run_id}/report").text


def test_a_link_without_a_title_can_be_pressed_all_the_same(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    teacher.post(f"runs/{run_id}/recordings", **GOOD)
    with tool.inside():
        db.session.query(Recording).one().title = ""  # as of a lesson that has none
        db.session.commit()
    assert ">Bản ghi tiết học</b></a>" in teacher.get(f"runs/{run_id}/report").text


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        ({"faces": ""}, "recording_faces"), ({"faces": "perhaps"}, "recording_faces"),
        ({"link": "javascript:alert(1)"}, "recording_link"), ({"link": "http://youtu.be/x"}, "recording_link"),
        ({"link": ""}, "recording_link"), ({"minutes": "x"}, "recording_begin"),
        ({"minutes": "301"}, "recording_begin"),
    ],
    ids=str,
)  # fmt: skip
def test_without_the_word_on_pupils_or_an_address_nothing_is_kept(tool: Tool, bad: dict[str, Any], fault: str) -> None:
    teacher, run_id = taught(tool)
    before = contents(tool)
    answer = teacher.post(f"runs/{run_id}/recordings", **{**GOOD, **bad})
    assert (answer.status_code, fault_of(answer)) == (400, fault)
    assert contents(tool) == before


def test_a_lesson_has_a_few_recordings_at_most(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    for _ in range(MOST):
        assert teacher.post(f"runs/{run_id}/recordings", **GOOD).status_code == 303
    assert fault_of(teacher.post(f"runs/{run_id}/recordings", **GOOD)) == "recording_many"
    assert teacher.post(f"runs/{run_id}/recordings/{'0' * 20}").status_code == 404


def test_moments_are_those_of_the_film() -> None:
    film = Recording(link="https://www.youtube.com/watch?v=a&t=5", began_at=60_000, faces=Faces.NONE)
    spells = [
        Spell(0, 30_000, Use.QUESTION, "trước khi ghi"),
        Spell(90_000, 100_000, Use.QUESTION, "Câu 1"),
        Spell(100_000, 120_000, Use.DOWN),
        Spell(200_000, 300_000, Use.TASK, "Tra cứu"),
    ]
    found = moments(film, spells)
    assert [(one.title, one.seconds) for one in found] == [("Câu 1", 30), ("Tra cứu", 140)]
    assert found[1].link == "https://www.youtube.com/watch?v=a&t=140"
    assert at_second("https://drive.google.com/file/d/x/view", 30) == "https://drive.google.com/file/d/x/view"
