"""With whom a pupil talks between two rounds: told to the two, and to nobody else."""

import pytest

from lti_tool.models.base import new_uid
from tests.lti_tool.school import School, console, frames, open_school, sit
from tests.lti_tool.tool import Browser, Tool


@pytest.fixture
def school(tool: Tool) -> School:
    return open_school(tool)


def steer(school: School, action: str, **members: object) -> None:
    teacher = school.people["teacher"]
    sent = {"t": "steer", "id": new_uid(), "action": action, **members}
    down = frames(teacher, console(teacher, school.here.run_id), sent)
    assert [f["t"] for f in down if f["t"] in ("ack", "refuse")] == ["ack"], down


def told(pupil: Browser) -> list[str]:
    return [one["name"] for one in pupil.fetch("partners").json["names"]]


def test_each_of_a_pair_is_told_the_other_and_nobody_else_anything(school: School) -> None:
    one, other = school.people["pupil"], school.people["pupil by code"]
    ticket = sit(one)["ticket"]
    sit(other)
    with school.tool.inside():
        names = [school.tool.person(f"pupil-{n}").name for n in (1, 2)]
        third = school.tool.person("pupil-3").uid
    steer(school, "release", participant=third)
    steer(school, "open", activity=school.here.activity_uid)
    steer(school, "close", activity=school.here.activity_uid)
    assert told(one) == []
    steer(school, "discuss", activity=school.here.activity_uid, round=1, draw=0.5)
    state = next(f for f in frames(one, ticket) if f["t"] == "welcome")
    assert one.fetch("partners").json["number"] == state["me"]["talk"]
    assert (told(one), told(other)) == ([names[1]], [names[0]])
    assert school.people["pupil of another course"].fetch("partners").json == {"number": None, "names": []}
    steer(school, "reask", activity=school.here.activity_uid, round=1)
    assert told(one) == told(other) == []
