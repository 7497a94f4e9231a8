"""The one name on the wall: who had asked for the word and has it."""

import pytest

from lti_tool.models.base import new_uid
from tests.lti_tool.school import School, console, frames, open_school, sit
from tests.lti_tool.tool import Tool


@pytest.fixture
def school(tool: Tool) -> School:
    return open_school(tool)


def steer(school: School, action: str, **members: object) -> None:
    teacher = school.people["teacher"]
    sent = {"t": "steer", "id": new_uid(), "action": action, **members}
    down = frames(teacher, console(teacher, school.here.run_id), sent)
    assert [f["t"] for f in down if f["t"] in ("ack", "refuse")] == ["ack"], down


def named(school: School) -> object:
    return school.people["teacher"].fetch(f"runs/{school.here.run_id}/called").json["name"]


def test_a_name_is_told_only_while_a_raised_hand_has_the_word(school: School) -> None:
    pupil = school.people["pupil"]
    ticket = sit(pupil)["ticket"]
    with school.tool.inside():
        person = school.tool.person("pupil-1")
        uid, name = person.uid, person.name
    assert named(school) is None
    steer(school, "call", participant=uid)
    assert named(school) is None, "who was only picked is not put on the wall"
    steer(school, "lower", participant=uid)
    hand = frames(pupil, ticket, {"t": "signal", "id": "hand", "action": "raise"})
    assert next(f for f in hand if f["t"] == "state")["me"]["hand"]
    assert named(school) is None
    steer(school, "call", participant=uid)
    assert named(school) == name
    frames(pupil, ticket, {"t": "signal", "id": "done", "action": "lower"})
    assert named(school) is None
