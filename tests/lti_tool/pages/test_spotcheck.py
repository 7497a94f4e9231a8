"""The spot check on the console: drawn by the server, answered by the teacher, told with its n."""

from typing import Any

import pytest

from live_session.commands import Actor, Pause, Role
from live_session.errors import Refusal
from lti_tool import live
from lti_tool.extensions import db
from lti_tool.models import SpotCheck
from tests.lti_tool.conftest import Clock
from tests.lti_tool.school import sit
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import contents


def begun(tool: Tool, *numbers: int) -> tuple[Browser, str]:
    """A lesson with these pupils in their seats, in the room by their own word."""
    teacher = tool.set_up(4)
    run_id = tool.start(teacher, SINGLE)
    for number in numbers:
        pupil = tool.pupil(number)
        sit(pupil)
        assert pupil.send("move", {"mode": "room"}).status_code == 200
    return teacher, run_id


def draw(teacher: Browser, run_id: str) -> dict[str, Any]:
    answer = teacher.send(f"runs/{run_id}/spot", {})
    assert answer.status_code == 200, answer.text
    drawn: dict[str, Any] = answer.json
    return drawn


def test_a_drawing_stands_until_it_is_answered(either_tool: Tool) -> None:
    teacher, run_id = begun(either_tool, 1, 2, 3, 4)
    first = draw(teacher, run_id)
    assert len({one["who"] for one in first["pupils"]}) == 3
    assert draw(teacher, run_id) == first  # pressing again draws nobody nicer
    for one in first["pupils"]:
        said = teacher.send(f"runs/{run_id}/spot/{first['draw']}", {"who": one["who"], "seen": True})
        assert said.status_code == 200
    assert "0/3" in said.json["said"][0]
    assert draw(teacher, run_id)["draw"] != first["draw"]


def test_who_was_not_seen_is_to_be_looked_at_and_nothing_else_changes(tool: Tool) -> None:
    teacher, run_id = begun(tool, 1)
    drawn = draw(teacher, run_id)
    (one,) = drawn["pupils"]
    teacher.send(f"runs/{run_id}/spot/{drawn['draw']}", {"who": one["who"], "seen": False})
    tool.jobs().round()
    page = teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert page.count(": không thấy</span>") == 1
    assert "không thấy 1/1 lần" in page
    assert "chưa nói được gì" in page
    with tool.inside():
        assert db.session.query(SpotCheck).one().seen is False
    teacher.send(f"runs/{run_id}/spot/{drawn['draw']}", {"who": one["who"], "seen": True})  # a slip, put right
    page = teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert ": không thấy</span>" not in page
    assert page.count(": thấy</span>") == 1


@pytest.mark.parametrize(
    ("ago", "kept"), [(60_000, -60_000), (0, 0), (-5, 0), ("x", 0), (10**12, 0), (600_000, -240_000)]
)
def test_a_word_that_the_network_held_back_is_of_when_it_was_said(
    tool: Tool, clock: Clock, ago: object, kept: int
) -> None:
    teacher, run_id = begun(tool, 1)
    drawn = draw(teacher, run_id)
    clock.wait(minutes=4)
    word = {"who": drawn["pupils"][0]["who"], "seen": True, "ago": ago}
    assert teacher.send(f"runs/{run_id}/spot/{drawn['draw']}", word).status_code == 200
    with tool.inside():
        assert db.session.query(SpotCheck).one().said_at == clock.ms + kept


def test_the_console_is_told_the_last_look_at_a_pupil_and_no_phone_is(tool: Tool) -> None:
    teacher, run_id = begun(tool, 1)
    assert all("look" not in one for one in teacher.get(f"runs/{run_id}/people").json.values())
    drawn = draw(teacher, run_id)
    (one,) = drawn["pupils"]
    teacher.send(f"runs/{run_id}/spot/{drawn['draw']}", {"who": one["who"], "seen": False})
    assert teacher.get(f"runs/{run_id}/people").json[one["who"]]["look"]["seen"] is False
    assert "look" not in tool.pupil(1).get("lesson").text.partition('id="boot"')[2].partition("</script>")[0]


def test_nobody_in_the_room_is_said_so(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    before = contents(tool)
    answer = teacher.send(f"runs/{run_id}/spot", {})
    assert (answer.status_code, answer.json["fault"]) == (409, "spot_nobody")
    assert contents(tool) == before


def pause(tool: Tool, run_id: str, *, face_down: bool) -> None:
    with tool.inside():
        done = live.ask(run_id, Pause(face_down), Actor(Role.TEACHER, tool.person("teacher-1").uid))
        assert not isinstance(done, Refusal)


def test_phones_that_lie_on_their_faces_are_looked_for_as_long_as_they_lie(tool: Tool, clock: Clock) -> None:
    teacher, run_id = begun(tool, 1)
    pause(tool, run_id, face_down=True)
    clock.wait(minutes=20)
    assert len(draw(teacher, run_id)["pupils"]) == 1
    pause(tool, run_id, face_down=False)  # stands still, but phones are heard again
    clock.wait(minutes=6)  # and the drawing is over
    assert teacher.send(f"runs/{run_id}/spot", {}).status_code == 409


def test_bad_words_change_nothing(tool: Tool) -> None:
    teacher, run_id = begun(tool, 1)
    drawn = draw(teacher, run_id)
    who = drawn["pupils"][0]["who"]
    with tool.inside():
        other = tool.person("pupil-2").uid
    before = contents(tool)
    for bad, status in (
        ([], 400), ({"who": who}, 400), ({"who": who, "seen": "yes"}, 400), ({"who": 5, "seen": True}, 404),
        ({"who": other, "seen": True}, 404), ({"who": "x", "seen": True}, 404),
    ):  # fmt: skip
        assert teacher.send(f"runs/{run_id}/spot/{drawn['draw']}", bad).status_code == status
    assert teacher.send(f"runs/{run_id}/spot/another", {"who": who, "seen": True}).status_code == 404
    assert contents(tool) == before
