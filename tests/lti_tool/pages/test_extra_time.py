"""More time, from the class's list to the phone it is for."""

import pytest

from lti_tool.extensions import db
from lti_tool.models import Membership
from tests.lti_tool.pages.test_partners import steer
from tests.lti_tool.school import School, frames, open_school, sit
from tests.lti_tool.tool import Browser, Tool


@pytest.fixture
def school(tool: Tool) -> School:
    return open_school(tool)


def own_end(pupil: Browser) -> int | None:
    down = frames(pupil, sit(pupil)["ticket"])
    me = next(f["me"] for f in down if f["t"] == "welcome")
    end: int | None = me.get("ends_at")
    return end


def given(school: School) -> dict[str, int]:
    with school.tool.inside():
        return {m.person.sub or "": m.extra_time for m in db.session.query(Membership) if m.extra_time}


def test_the_list_keeps_it_and_says_it_to_the_lesson_under_way(school: School) -> None:
    teacher, pupil = school.people["teacher"], school.people["pupil"]
    with school.tool.inside():
        one, other = (school.tool.person(f"pupil-{n}").id for n in (1, 2))
    sit(pupil)
    steer(school, "open", activity=school.here.activity_uid)
    assert own_end(pupil) is None
    said = teacher.post("roster/extra-time", **{f"x{one}": "50", f"x{other}": "0", "x999999": "100"})
    assert said.status_code == 303
    assert given(school) == {"pupil-1": 50}
    assert own_end(pupil) is not None
    assert '<option value="50" selected>' in teacher.get("roster").text
    teacher.post("roster/extra-time", **{f"x{one}": "0"})
    assert given(school) == {}
    assert own_end(pupil) is None


@pytest.mark.parametrize("name", ["x" + "9" * 30, "x" + "1" * 5_000, "x٣", "x-1", "x"])
def test_who_is_no_pupil_of_any_database_is_passed_over(school: School, name: str) -> None:
    assert school.people["teacher"].post("roster/extra-time", **{name: "50"}).status_code == 303
    assert given(school) == {}


def test_another_courses_teacher_gives_nobody_here_anything(school: School) -> None:
    with school.tool.inside():
        one = school.tool.person("pupil-1").id
    school.people["teacher of another course"].post("roster/extra-time", **{f"x{one}": "50"})
    assert given(school) == {}
