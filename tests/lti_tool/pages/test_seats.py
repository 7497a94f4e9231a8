"""The plan of a class's seats: kept as a whole, once for a course, and read by the roll call."""

import json
import re
from typing import Any

from werkzeug.test import TestResponse

from lti_tool.extensions import db
from lti_tool.lessons import courses
from lti_tool.models import LessonRun, Membership, PlannedSeat, SchoolClass
from lti_tool.privacy import person as personal
from tests.lti_tool.tool import SINGLE, Browser, Tool, member


def told(teacher: Browser) -> Any:
    """What the page's script is told."""
    return json.loads(re.findall(r'id="boot">(.*?)</script>', teacher.get("seats").text)[0])


def arrange(teacher: Browser, seats: dict[str, list[int]], **change: Any) -> TestResponse:
    plan = {"rows": 2, "columns": 2, "after": told(teacher)["plan"]["saved_at"], **change}
    return teacher.send("seats", {**plan, "seats": seats})


def uid(tool: Tool, number: int) -> str:
    with tool.inside():
        return tool.person(f"pupil-{number}").uid


def test_a_plan_is_kept_and_stands_in_the_roll_call(either_tool: Tool) -> None:
    teacher = either_tool.set_up(3)
    first, second = uid(either_tool, 1), uid(either_tool, 2)
    before = told(teacher)
    assert (before["plan"], len(before["pupils"])) == ({"rows": 1, "columns": 4, "saved_at": 0, "seats": {}}, 3)
    run_id = either_tool.start(teacher, SINGLE)
    assert teacher.fetch(f"runs/{run_id}/roll").json["plans"] == []
    assert arrange(teacher, {first: [0, 0], second: [1, 3]}).status_code == 200
    kept = told(teacher)["plan"]
    assert kept["seats"] == {first: [0, 0], second: [1, 3]}
    plans = [{"name": "", "rows": 2, "columns": 2, "seats": kept["seats"]}]
    assert teacher.fetch(f"runs/{run_id}/roll").json["plans"] == plans
    assert teacher.send(f"runs/{run_id}/roll", []).json["plans"] == plans
    assert arrange(teacher, {second: [0, 0]}).status_code == 200
    assert told(teacher)["plan"]["seats"] == {second: [0, 0]}


def test_pupils_of_one_given_name_are_told_apart_wherever_seats_are_shown(tool: Tool) -> None:
    """By more of the name, as a class calls them; two of the same whole name by their number too."""
    teacher = tool.set_up(4)
    with tool.inside():
        tool.person("pupil-4").name = tool.person("pupil-3").name
        tool.person("pupil-4").given_name = tool.person("pupil-3").given_name
    called = ["Thái An", "Hoài An", "Lê Gia Bảo (3)", "Lê Gia Bảo (4)"]
    assert [one["short"] for one in told(teacher)["pupils"]] == called
    run_id = tool.start(teacher, SINGLE)
    assert sorted(one["short"] for one in teacher.fetch(f"runs/{run_id}/people").json.values()) == sorted(called)


def test_a_lesson_of_several_classes_has_the_plan_of_each(tool: Tool) -> None:
    teacher = tool.set_up(4)
    uids = [uid(tool, n) for n in (1, 2, 3, 4)]
    with tool.inside():
        courses.set_up(tool.course(), "Toán", 9, "2026-2027", {"9A1": None, "9A2": None})
        classes = {one.name: one.id for one in db.session.query(SchoolClass)}
        for n, name in enumerate(("9A1", "9A1", "9A2")):  # the fourth is of no class
            db.session.query(Membership).filter_by(person_id=tool.person(f"pupil-{n + 1}").id).update(
                {"class_id": classes[name]}
            )

    def kept(name: str, seats: dict[str, list[int]]) -> None:
        room = {"rows": 1, "columns": 2, "after": 0, "seats": seats}
        assert teacher.send(f"seats?of={classes[name]}", room).status_code == 200

    run_id = tool.start(teacher, SINGLE)
    kept("9A2", {uids[2]: [0, 0], uids[3]: [0, 1]})
    address = f"runs/{run_id}/roll"
    assert [plan["name"] for plan in teacher.fetch(address).json["plans"]] == ["9A2"]
    kept("9A1", {uids[0]: [0, 0], uids[3]: [0, 1]})
    plans = teacher.fetch(address).json["plans"]
    assert [(plan["name"], plan["seats"]) for plan in plans] == [
        ("9A1", {uids[0]: [0, 0], uids[3]: [0, 1]}),
        ("9A2", {uids[2]: [0, 0]}),
    ]  # nobody sits twice
    with tool.inside():
        db.session.get_one(LessonRun, run_id).class_id = classes["9A2"]
    (plan,) = teacher.fetch(address).json["plans"]
    assert (plan["name"], plan["seats"]) == ("", {uids[2]: [0, 0], uids[3]: [0, 1]})


def test_the_same_again_is_kept_and_an_older_one_refused(tool: Tool) -> None:
    teacher = tool.set_up(2)
    first, second = uid(tool, 1), uid(tool, 2)
    kept = arrange(teacher, {first: [0, 0]}).json
    assert arrange(teacher, {first: [0, 0]}, after=0).json == kept  # its answer was lost on the way
    late = arrange(teacher, {second: [0, 0]}, after=0)
    assert (late.status_code, late.json["fault"]) == (409, "seats_moved_on")
    assert told(teacher)["plan"] == kept


def test_who_left_or_is_of_nobody_has_no_seat(tool: Tool) -> None:
    teacher = tool.set_up(3)
    first, second = uid(tool, 1), uid(tool, 2)
    assert arrange(teacher, {first: [0, 0], second: [0, 1], "nobody": [1, 1]}).status_code == 200
    tool.platform.members = [member(n) for n in (2, 3)]
    teacher.post("roster/refresh")
    tool.jobs().round()
    assert told(teacher)["plan"]["seats"] == {second: [0, 1]}
    assert arrange(teacher, {uid(tool, 3): [0, 0], second: [0, 1]}).status_code == 200
    tool.platform.members = [member(n) for n in (1, 2, 3)]
    teacher.post("roster/refresh")
    tool.jobs().round()
    assert first not in told(teacher)["plan"]["seats"]


def test_the_plan_of_a_class_that_the_course_does_not_teach_is_not_there(tool: Tool) -> None:
    teacher = tool.set_up(1)
    assert teacher.get("seats?of=999").status_code == 404
    assert teacher.send("seats?of=999", {"rows": 1, "columns": 2, "after": 0, "seats": {}}).status_code == 404


def test_a_seat_is_in_a_pupils_copy_and_goes_with_them(tool: Tool) -> None:
    teacher = tool.set_up(2)
    first, second = uid(tool, 1), uid(tool, 2)
    arrange(teacher, {first: [0, 0], second: [0, 1]})
    with tool.inside():
        made = personal.export(personal.find(first))
        assert [(one["row"], one["place"]) for one in made["planned_seat"]] == [(0, 0)]
        personal.erase(personal.find(first))
        assert db.session.query(PlannedSeat).count() == 1
    assert told(teacher)["plan"]["seats"] == {second: [0, 1]}
