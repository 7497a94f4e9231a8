"""The teacher's gradebook: what tools posted, and the teacher's own grade above it."""

from __future__ import annotations

import re
import sqlite3

from flask import Blueprint, Response, request

from . import grades
from .grades import LineItem
from .pages import course_values
from .people import Course, Person, find_person
from .platform import platform
from .screens import PageFault, format_grade, format_number, require_teacher, screen, see_other

blueprint = Blueprint("gradebook", __name__)

_BOOK = "/as/<slug>/course/<course_id>/gradebook"
_CELL = f"{_BOOK}/<int(max=999999999):item_id>/<pupil_slug>"
_NUMBER = re.compile(r"\d{1,6}([.,]\d{1,4})?")


class BadGrade(ValueError):
    """What the teacher typed is no grade for this column; the text says what would be."""


@blueprint.get(_BOOK)
def show_gradebook(slug: str, course_id: str) -> Response:
    """One row a pupil in register order, one column a line item."""
    person, course = require_teacher(slug, course_id)
    with platform().store.read() as db:
        items = grades.list_line_items(db, course.id)
        cells = {item.id: grades.list_grades(db, item.id) for item in items}
    return screen("gradebook.html", **course_values(person, course, "gradebook"), items=items, cells=cells)


@blueprint.get(_CELL)
def show_cell(slug: str, course_id: str, item_id: int, pupil_slug: str) -> Response:
    person, course = require_teacher(slug, course_id)
    return _cell_page(person, course, item_id, pupil_slug)


@blueprint.post(_CELL)
def change_cell(slug: str, course_id: str, item_id: int, pupil_slug: str) -> Response:
    """Set the teacher's own grade, or take it back (`action=clear`)."""
    person, course = require_teacher(slug, course_id)
    typed = request.form.get("grade", "")
    with platform().store.write() as db:
        item, pupil = _require_cell(db, course, item_id, pupil_slug)
        try:
            value = None if request.form.get("action") == "clear" else read_grade(typed, item.maximum)
        except BadGrade as error:
            fault = str(error)
        else:
            fault = ""
            grades.override_grade(db, item, pupil.sub, value, platform().now)
    if fault:
        return _cell_page(person, course, item_id, pupil_slug, typed, fault)
    return see_other(f"/as/{person.slug}/course/{course.id}/gradebook#row-{pupil.slug}")


def read_grade(typed: str, maximum: float) -> float:
    """A grade as a teacher types it, with comma or point. Raises BadGrade outside 0 to `maximum`."""
    text = typed.strip()
    value = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) and text.isascii() else -1.0
    if not 0 <= value <= maximum:
        raise BadGrade(f"Hãy nhập một số từ 0 đến {format_number(maximum)}, ví dụ {format_grade(maximum * 0.75)}.")
    return value


def _cell_page(
    person: Person, course: Course, item_id: int, pupil_slug: str, typed: str | None = None, fault: str = ""
) -> Response:
    with platform().store.read() as db:
        item, pupil = _require_cell(db, course, item_id, pupil_slug)
        grade = grades.find_grade(db, item.id, pupil.sub)
    return screen(
        "cell.html",
        status=422 if fault else 200,
        **course_values(person, course, "gradebook"),
        item=item,
        pupil=pupil,
        grade=grade,
        typed=typed if typed is not None else (format_grade(grade.override) if grade.override is not None else ""),
        fault=fault,
    )


def _require_cell(db: sqlite3.Connection, course: Course, item_id: int, pupil_slug: str) -> tuple[LineItem, Person]:
    item = grades.find_line_item(db, course.id, item_id)
    pupil = find_person(pupil_slug)
    if item is None or pupil is None or pupil not in course.pupils:
        raise PageFault(404, "Không có ô điểm này trong sổ điểm của khoá học.")
    return item, pupil
