"""The pages of the school: the front page, courses, activities, members and a pupil's own grades."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from . import activities, grades, tools
from .activities import Activity
from .oidc import load_scene, login_page
from .people import (
    ADMIN,
    COLLEAGUE,
    COURSES,
    HEAD,
    TEACHER,
    Course,
    Person,
    group_name,
    is_pupil_of,
    is_teacher_of,
    may_open,
)
from .platform import Target, new_launch, platform
from .screens import PageFault, leave_page, require_course, require_person, require_pupil, require_teacher, screen
from .tools import Tool

blueprint = Blueprint("pages", __name__)

MESSAGE_CHARACTERS = 500
_COURSE = "/as/<slug>/course/<course_id>"
_ACTIVITY = "/as/<slug>/activity/<rlid>"


@blueprint.get("/healthz")
def show_health() -> Response:
    """200 as long as the database can be read."""
    with platform().store.read() as db:
        db.execute("SELECT 1 FROM meta").fetchone()
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/")
def show_front() -> Response:
    """What this demo is, and the three ways in."""
    first = COURSES[0]
    return screen(
        "front.html",
        courses=COURSES,
        first=first,
        teacher=TEACHER,
        colleague=COLLEAGUE,
        pupil=first.pupils[0],
        head=HEAD,
        admin=ADMIN,
    )


@blueprint.get(_COURSE)
def show_course(slug: str, course_id: str) -> Response:
    """The activities of the course, and what a tool told on the way back (`added`, `msg`, `errormsg`)."""
    person = require_person(slug)
    course = require_course(person, course_id)
    with platform().store.read() as db:
        listed = activities.list_activities(db, course.id)
        active = tools.active_tools(db)
    return screen(
        "course.html",
        **course_values(person, course, "activities"),
        activities=listed,
        working={tool.id for tool in active},
        adding=[tool for tool in active if tool.deep_link_url] if is_teacher_of(person, course) else [],
        added=request.args.get("added", type=int),
        message=request.args.get("msg", ""),
        error=request.args.get("errormsg", ""),
    )


@blueprint.get(f"{_COURSE}/return")
def leave_tool(slug: str, course_id: str) -> Response:
    """Where a tool sends the browser back to (return_url): out of the frame, to the course, with its words."""
    person = require_person(slug)
    course = require_course(person, course_id)
    query = {"msg": request.args.get("lti_msg", ""), "errormsg": request.args.get("lti_errormsg", "")}
    return leave_page(course_path(person, course, query), "Đang trở về khoá học.")


@blueprint.get(f"{_COURSE}/members")
def show_members(slug: str, course_id: str) -> Response:
    person, course = require_teacher(slug, course_id)
    groups = {member.slug: group_name(course, member) for member in course.pupils}
    return screen("members.html", **course_values(person, course, "members"), groups=groups)


@blueprint.get(f"{_COURSE}/grades")
def show_own_grades(slug: str, course_id: str) -> Response:
    """A pupil's own grades: no other pupil's, no average, no place in the class."""
    person, course = require_pupil(slug, course_id)
    with platform().store.read() as db:
        items = grades.list_line_items(db, course.id)
        rows = [(item, grades.find_grade(db, item.id, person.sub)) for item in items]
    return screen("own_grades.html", **course_values(person, course, "grades"), rows=rows)


@blueprint.get(_ACTIVITY)
def show_activity(slug: str, rlid: str) -> Response:
    """The activity in a frame; with `?window=1` (and on a phone) it takes the whole window."""
    person, course, activity, tool = _require_activity(slug, rlid)
    if request.args.get("window") == "1":
        return _launch(person, course, tool, activity.resource_link_id, "window")
    path = f"/as/{person.slug}/activity/{activity.resource_link_id}"
    return screen(
        "frame.html",
        frames=tool.origins,
        **course_values(person, course, "activities"),
        title=activity.title,
        frame_url=f"{path}/launch",
        window_url=f"{path}?window=1",
    )


@blueprint.get(f"{_ACTIVITY}/launch")
def launch_activity(slug: str, rlid: str) -> Response:
    """What stands in the frame at first: the form that begins the launch."""
    person, course, activity, tool = _require_activity(slug, rlid)
    return _launch(person, course, tool, activity.resource_link_id, "iframe")


@blueprint.get(f"{_COURSE}/add/<int(max=999999999):tool_id>")
def show_adding(slug: str, course_id: str, tool_id: int) -> Response:
    """Choosing content in the tool, in a frame or (`?window=1`) in the whole window."""
    person, course = require_teacher(slug, course_id)
    tool = _require_choosing(tool_id)
    if request.args.get("window") == "1":
        return _launch(person, course, tool, "", "window")
    path = f"/as/{person.slug}/course/{course.id}/add/{tool.id}"
    return screen(
        "frame.html",
        frames=tool.origins,
        **course_values(person, course, "activities"),
        title=f"Thêm hoạt động {tool.title}",
        frame_url=f"{path}/launch",
        window_url=f"{path}?window=1",
    )


@blueprint.get(f"{_COURSE}/add/<int(max=999999999):tool_id>/launch")
def launch_adding(slug: str, course_id: str, tool_id: int) -> Response:
    person, course = require_teacher(slug, course_id)
    return _launch(person, course, _require_choosing(tool_id), "", "iframe")


@blueprint.get("/activity/<rlid>")
def choose_person(rlid: str) -> Response:
    """The address of an activity without a person in it, as a QR code would hold: this demo's stand-in for a login."""
    with platform().store.read() as db:
        activity = activities.find_activity(db, rlid)
    course = next((course for course in COURSES if activity and course.id == activity.course_id), None)
    if activity is None or course is None:
        raise PageFault(404, "Không có hoạt động này. Hãy chọn lại từ trang đầu.")
    return screen("choose.html", activity=activity, course=course, teacher=TEACHER, head=HEAD)


def course_values(person: Person, course: Course, tab: str) -> dict[str, Any]:
    """What the head of every page of a course shows."""
    return {
        "person": person,
        "course": course,
        "tab": tab,
        "others": [other for other in COURSES if other != course and may_open(person, other)],
        "is_teacher": is_teacher_of(person, course),
        "is_pupil": is_pupil_of(person, course),
    }


def course_path(person: Person, course: Course, query: dict[str, str]) -> str:
    """The course's page with the texts of `query` that are not empty."""
    told = urlencode({name: text[:MESSAGE_CHARACTERS] for name, text in query.items() if text})
    return f"/as/{person.slug}/course/{course.id}" + (f"?{told}" if told else "")


def _require_activity(slug: str, rlid: str) -> tuple[Person, Course, Activity, Tool]:
    person = require_person(slug)
    with platform().store.read() as db:
        activity = activities.find_activity(db, rlid)
        tool = tools.find_tool(db, activity.tool_id) if activity else None
    if activity is None:
        raise PageFault(404, "Không có hoạt động này. Hãy chọn lại từ khoá học.")
    course = require_course(person, activity.course_id)
    if tool is None or not tool.active:
        raise PageFault(409, "Hoạt động này chưa gắn với công cụ nào. Quản trị viên cần đăng kí và kích hoạt công cụ.")
    return person, course, activity, tool


def _require_choosing(tool_id: int) -> Tool:
    with platform().store.read() as db:
        tool = tools.find_tool(db, tool_id)
    if tool is None or not tool.active or not tool.deep_link_url:
        raise PageFault(404, "Công cụ này chưa được kích hoạt hoặc không cho chọn hoạt động.")
    return tool


def _launch(person: Person, course: Course, tool: Tool, rlid: str, target: Target) -> Response:
    scene = load_scene(new_launch(person.slug, course.id, tool.id, rlid, target))
    if scene is None:
        raise PageFault(409, "Hoạt động này vừa thay đổi. Hãy mở lại từ khoá học.")
    return login_page(scene)
