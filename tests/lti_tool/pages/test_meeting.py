"""The meeting's address: any https, one tap away for pupils at home, and only ever a link."""

import pytest

from tests.lti_tool.school import sit
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of

COURSE = {"subject": "Toán", "grade": "9", "year": "2026-2027", "class": "9A1"}
MEET = "https://meet.google.com/abc-defg-hij"


def pages(tool: Tool, teacher: Browser) -> tuple[str, str]:
    """(the console, a pupil's page)."""
    run_id = tool.start(teacher, SINGLE)
    pupil = tool.pupil(1)
    sit(pupil)
    return teacher.get(f"runs/{run_id}/console").text, pupil.get("lesson").text


def test_the_address_stands_on_the_console_and_for_pupils_at_home(tool: Tool) -> None:
    teacher = tool.set_up(1)
    assert teacher.post("course", **COURSE, meeting=MEET).status_code == 303
    console, phone = pages(tool, teacher)
    link = f'href="{MEET}" target="_blank" rel="noopener noreferrer" referrerpolicy="no-referrer"'
    assert link in console
    assert link in phone
    assert '<p id="meeting" hidden>' in phone  # the script shows it to whoever is at home
    assert "Vào phòng họp (meet.google.com)" in phone
    assert MEET not in teacher.get("").text
    assert teacher.post("course", **COURSE, meeting=" ").status_code == 303
    assert MEET not in teacher.get("course").text


def test_without_an_address_nothing_stands_there(tool: Tool) -> None:
    console, phone = pages(tool, tool.set_up(1))
    assert "referrerpolicy" not in console
    assert 'id="meeting"' not in phone


@pytest.mark.parametrize("hostile", ["javascript:alert(1)", "http://meet.google.com/a", "https://x@evil.vn", "meet"])
def test_a_hostile_address_is_refused_and_nothing_changes(tool: Tool, hostile: str) -> None:
    teacher = tool.set_up(1)
    before = contents(tool)
    answer = teacher.post("course", **COURSE, meeting=hostile)
    assert (answer.status_code, fault_of(answer)) == (400, "meeting_link")
    assert contents(tool) == before
