"""Evidence packs (minh chứng) of a teacher and a month: for the head of department without names, for the teacher."""

from collections.abc import Collection, Mapping
from datetime import date

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select

from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import departments, evidence, periods
from lti_tool.lessons.evidence import Pack
from lti_tool.models import Person
from lti_tool.pages.department import choice_of, rights, taken, with_month
from lti_tool.pages.desk import attachment

screen = Blueprint("evidence", __name__, url_prefix="/l/<visit_id>")


@screen.get("/department/packs")
@needs(Need.REVIEW)
def teachers() -> str:
    """Who taught in a month, by name, each with a pack to read or to take along. Nothing is counted beside a name."""
    note_access("department.seen")
    scope, month = departments.parts(rights()), _month()
    choice = choice_of(scope)
    return render_template(
        "packs.html",
        here="department",
        tab="packs",
        choice=choice,
        month=month,
        before=periods.month_before(month),
        after=periods.next_month(month),
        teachers=evidence.teachers(taken(scope, with_month(choice.chosen, month)), month),
    )


@screen.get("/department/packs/<uid>")
@needs(Need.REVIEW)
def of_teacher(uid: str) -> str:
    """A teacher's month, to read and to print."""
    return _page(_in_scope(uid), is_own=False)


@screen.get("/department/packs/<uid>/zip")
@needs(Need.REVIEW)
def zip_of_teacher(uid: str) -> Response:
    """The same as files."""
    return _zip(_in_scope(uid))


@screen.get("/evidence")
@needs(Need.TEACH)
def own() -> str:
    """One's own month."""
    return _page(_own(has_names=False), is_own=True)


@screen.get("/evidence/zip")
@needs(Need.TEACH)
def own_zip() -> Response:
    """The same as files; with the pupils' names where the teacher says so (`?names=1`)."""
    return _zip(_own(has_names=request.args.get("names") == "1"))


def _month() -> date:
    return periods.month_of(request.args.get("month", ""))


def _in_scope(uid: str) -> Pack:
    """The pack of a teacher within this head's classes. Raises `Fault` for anybody else, pupils among them."""
    month = _month()
    scope = departments.parts(rights())
    teacher = db.session.scalars(select(Person).where(Person.uid == uid)).first()
    if teacher is None or teacher.id not in {one.id for one in evidence.teachers(scope, month)}:
        raise Fault("pack_unknown", 404)
    return _of(teacher, month, evidence.reach(scope), is_own=False, has_names=False)


def _own(*, has_names: bool) -> Pack:
    teacher = db.session.get_one(Person, visitor().person_id)
    return _of(teacher, _month(), evidence.own_reach(teacher.id), is_own=True, has_names=has_names)


def _of(
    teacher: Person, month: date, within: Mapping[int, Collection[int | None]], *, is_own: bool, has_names: bool
) -> Pack:
    note_access("pack.named" if has_names else "pack.seen", teacher.id, f"month:{month:%Y-%m}")
    return evidence.pack(teacher, month, within, is_own=is_own, has_names=has_names)


def _page(found: Pack, *, is_own: bool) -> str:
    return render_template(
        "pack.html",
        here="periods" if is_own else "department",
        pack=found,
        is_own=is_own,
        before=periods.month_before(found.month),
        after=periods.next_month(found.month),
    )


def _zip(found: Pack) -> Response:
    body = evidence.as_zip(found, render_template("pack_file.html", pack=found))
    return attachment(body, "application/zip", f"minh-chung-{found.month:%Y-%m}.zip")
