"""Pages as answers: templates, their Content-Security-Policy, formats of numbers and dates, and who may see what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import Response, render_template

from .grades import SCHOOL_ZONE
from .people import SCHOOL, Course, Person, find_course, find_person, is_pupil_of, is_teacher_of, may_open

NOTICE = "LMS giả lập để dùng thử: mọi tên đều được đặt ra."


class PageFault(Exception):
    """A page that is not shown.

    `sentence` tells the person what is wrong and what to do; `detail` is for the developer of the tool.
    """

    def __init__(self, status: int, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.detail = detail


def screen(
    template: str, *, frames: Iterable[str] = (), forms: Iterable[str] = (), status: int = 200, **values: Any
) -> Response:
    """A rendered page. `frames` and `forms` are the origins that it may frame and send forms to, besides our own."""
    body = render_template(template, notice=NOTICE, school=SCHOOL, **values)
    answer = Response(body, status=status, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = content_policy(frames, forms)
    return answer


def content_policy(frames: Iterable[str] = (), forms: Iterable[str] = ()) -> str:
    """No inline script or style, nothing from elsewhere; our own pages may frame each other (a launch needs it)."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
            " ".join(("frame-src 'self'", *frames)),
            " ".join(("form-action 'self'", *forms)),
        )
    )


def post_page(url: str, fields: Mapping[str, str], origins: Iterable[str]) -> Response:
    """A page that sends a form by itself (by its button where scripts are off). `origins` are the tool's."""
    return screen("post.html", forms=origins, url=url, fields=fields)


def leave_page(url: str, sentence: str) -> Response:
    """A page that takes the whole window to `url`, out of the frame it may stand in."""
    return screen("leave.html", url=url, sentence=sentence)


def see_other(url: str) -> Response:
    """After a form: the browser goes on by GET, so that a reload sends nothing twice."""
    return Response(status=303, headers={"Location": url})


def fault_page(fault: PageFault) -> Response:
    return screen("fault.html", status=fault.status, sentence=fault.sentence, detail=fault.detail, code=fault.status)


def require_person(slug: str) -> Person:
    """The person whose name stands in the address."""
    person = find_person(slug)
    if person is None:
        raise PageFault(404, "Không có người này trong LMS giả lập. Hãy chọn lại từ trang đầu.")
    return person


def require_course(person: Person, course_id: str) -> Course:
    course = find_course(course_id)
    if course is None:
        raise PageFault(404, "Không có khoá học này. Hãy chọn lại từ trang đầu.")
    if not may_open(person, course):
        raise PageFault(403, f"{person.called} không học khoá {course.title}. Hãy chọn lại từ trang đầu.")
    return course


def require_teacher(slug: str, course_id: str) -> tuple[Person, Course]:
    """The acting person and course of a page that only the course's teacher may see."""
    person = require_person(slug)
    course = require_course(person, course_id)
    if not is_teacher_of(person, course):
        raise PageFault(403, "Chỉ giáo viên của khoá học xem được trang này.")
    return person, course


def require_pupil(slug: str, course_id: str) -> tuple[Person, Course]:
    person = require_person(slug)
    course = require_course(person, course_id)
    if not is_pupil_of(person, course):
        raise PageFault(403, "Trang này dành cho học sinh của khoá học.")
    return person, course


def require_admin(slug: str) -> Person:
    person = require_person(slug)
    if person.kind != "admin":
        raise PageFault(403, "Chỉ quản trị viên của LMS xem được trang này.")
    return person


def format_grade(value: float | None) -> str:
    """A mark with decimal comma, one decimal or two: 8 -> "8,0", 8.25 -> "8,25"; none is a dash."""
    if value is None:
        return "–"
    text = f"{value:.2f}"
    return text.removesuffix("0").replace(".", ",")


def format_number(value: float) -> str:
    """A plain number such as a column's maximum: 10 -> "10", 12.5 -> "12,5"."""
    return format_grade(value).removesuffix(",0")


def format_moment(seconds: int | None) -> str:
    """School time as 24/11/2026 09:05; empty when there is none (or none that a calendar holds)."""
    if seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(seconds, SCHOOL_ZONE).strftime("%d/%m/%Y %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""
