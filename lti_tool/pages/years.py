"""The school year: of one subject for its teacher, of a whole class for the homeroom teacher, who decides conduct."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request

from analytics.regulations.port import NotComputable
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.authority import Right
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import conduct, exemptions, marks, marksheet, summers, workbooks, years
from lti_tool.lessons.conduct import Cell, Written
from lti_tool.lessons.marksheet import said_of
from lti_tool.lessons.workbooks import Page, Term
from lti_tool.lessons.years import ClassRow, ClassYear
from lti_tool.models import GrantKind, SchoolClass
from lti_tool.pages.desk import classes_of, done
from lti_tool.pages.marks import asked_class, note_brought, ruled
from lti_tool.pages.sheets import XLSX, as_file
from lti_tool.text import whole

screen = Blueprint("years", __name__, url_prefix="/l/<visit_id>")

REASONS = frozenset(
    {
        "subjects_missing", "subject_twice", "subject_incomplete", "term1_missing", "term2_missing",
        "conduct_year_missing", "result_year_missing", "absent_sessions_missing", "no_subject", "subject_unlisted",
    }
)  # fmt: skip
"""Why something of a year is not there yet, as far as there are words for it."""


@screen.get("/marks/year")
@needs(Need.TEACH)
def of_subject() -> str:
    """Both terms and the year of the teacher's subject."""
    course, rules = ruled()
    note_access("marks.seen", object_=f"context:{course.context_id}")
    rows = years.of_subject(course, rules, asked_class())
    note_brought((row.pupil.person_id, one) for row in rows for one in row.results.sources)
    return render_template(
        "year.html",
        here="marks",
        course=course,
        rules=rules,
        rows=rows,
        classes=classes_of(course.context_id),
        class_id=asked_class(),
        said=lambda result: said_of(rules.regulation, result),
        reason=reason,
    )


@screen.get("/homeroom/classes/<int:class_id>/year")
@needs(Need.HOMEROOM)
def of_class(class_id: int) -> str:
    """All subjects of the homeroom teacher's class, with levels, conduct and what follows."""
    class_, right = homeroom_class(class_id)
    note_access("year.seen", object_=f"class:{class_id}")
    return _page(class_, right)


@screen.get("/homeroom/classes/<int:class_id>/book.xlsx")
@needs(Need.HOMEROOM)
def class_book(class_id: int) -> Response:
    """Sổ theo dõi và đánh giá học sinh (theo lớp học), for who has a right over all subjects of the class."""
    class_, right = homeroom_class(class_id)
    if right.subject is not None:
        abort(404)
    year = years.of_class(class_, with_former=True)
    pages = [Page(one, [_term(one, n, class_id) for n in marks.TERMS]) for one in year.subjects]
    return as_file(workbooks.class_book(year, pages), XLSX, "so-theo-doi-va-danh-gia-lop.xlsx", f"class:{class_id}")


def _term(one: years.Subject, number: int, class_id: int) -> Term:
    return Term(number, marks.book(one.course, one.rules, number, class_id, with_former=True), {})


@screen.post("/homeroom/classes/<int:class_id>/year")
@needs(Need.HOMEROOM)
def decide(class_id: int) -> Response:
    """The homeroom teacher's act: conduct and absences as they stand in the form, all of it or nothing."""
    class_, right = homeroom_class(class_id)
    year = years.of_class(class_, right.subject)
    if right.subject is not None or year.regulation is None:
        abort(404)
    listed = {row.pupil.person_id for row in year.rows}
    by, why = visitor().person_id, request.form.get("why", "")
    saved = conduct.save(class_, year.regulation, listed, _written(), by=by, why=why)
    if saved.faults:
        return make_response(_page(class_, right, saved.faults), 422)
    note_access("conduct.decided", object_=f"class:{class_id}")
    return done("years.of_class", "conduct_saved", class_id=class_id, n=saved.made)


@screen.post("/homeroom/classes/<int:class_id>/exemptions")
@needs(Need.HOMEROOM)
def exempt(class_id: int) -> Response:
    """The homeroom teacher's act: these pupils do not take a subject, are exempt from it, or take it after all."""
    class_, right = homeroom_class(class_id)
    if right.subject is not None:
        abort(404)
    year, subject = years.of_class(class_), request.form.get("subject", "")
    if subject not in {one.course.subject for one in year.subjects}:
        raise Fault("exemption_unknown")
    them = {whole(one) or 0 for one in request.form.getlist("pupil")}
    marked = {row.pupil.person_id: row.marked for row in year.rows}
    kind, why = request.form.get("kind", ""), request.form.get("why", "")
    kind = exemptions.TAKEN if kind == "taken" else kind or "none"
    made = exemptions.save(class_, subject, kind, them, marked, by=visitor().person_id, why=why)
    note_access("exemption.said", object_=f"class:{class_id}")
    return done("years.of_class", "exemption_saved", class_id=class_id, n=made)


@screen.post("/homeroom/classes/<int:class_id>/summer")
@needs(Need.HOMEROOM)
def summer(class_id: int) -> Response:
    """The homeroom teacher's act: re-tests and conduct after the summer, all of it or nothing."""
    class_, right = homeroom_class(class_id)
    if right.subject is not None:
        abort(404)
    year, (retests, conducts) = years.of_class(class_), _summer_written()
    saved = summers.save(year, retests, conducts, by=visitor().person_id, why=request.form.get("why", ""))
    if saved.retests or saved.conducts:
        return make_response(_page(class_, right, summer=saved), 422)
    note_access("summer.decided", object_=f"class:{class_id}")
    return done("years.of_class", "conduct_saved", class_id=class_id, n=saved.made)


def _summer_written() -> tuple[dict[summers.Cell, marks.Written], dict[int, Written]]:
    """The form's cells: `m<pupil>.<course>` a re-test, `l<pupil>` conduct, `w…` the act seen."""
    retests: dict[summers.Cell, marks.Written] = {}
    conducts: dict[int, Written] = {}
    for name, text in request.form.items():
        (who, _, course), seen = name[1:].partition("."), request.form.get(f"w{name[1:]}", 0, type=int)
        if (person_id := whole(who)) is None:
            continue
        if name.startswith("m") and (context_id := whole(course)) is not None:
            retests[person_id, context_id] = marks.Written(text[:8], "", seen)
        elif name.startswith("l") and not course:
            conducts[person_id] = Written(text[:20], "", seen)
    return retests, conducts


@dataclass(frozen=True)
class Gap:
    """A subject whose list lacks pupils of the class. Where it lacks most of them, it may be one that few take."""

    subject: str
    rows: Sequence[ClassRow]
    is_of_most: bool


def _gaps(year: years.ClassYear) -> list[Gap]:
    names = dict.fromkeys(one.course.subject for one in year.subjects)
    lacking = {name: [row for row in year.rows if name in row.unlisted] for name in names}
    return [Gap(name, rows, 2 * len(rows) > len(year.rows)) for name, rows in lacking.items() if rows]


def homeroom_class(class_id: int) -> tuple[SchoolClass, Right]:
    """A class within the homeroom teacher's grants, and the widest of those; otherwise it is not there."""
    class_ = db.session.get(SchoolClass, class_id)
    rights = [
        right
        for right in visitor().rights
        if right.kind is GrantKind.HOMEROOM
        and class_ is not None
        and right.registration_id == class_.registration_id
        and right.class_id in (None, class_.id)
    ]
    if class_ is None or not rights:
        abort(404)
    return class_, next((right for right in rights if right.subject is None), rights[0])


def _page(
    class_: SchoolClass,
    right: Right,
    faults: Mapping[Cell, str] | None = None,
    summer: summers.Saved = summers.NOTHING,
) -> str:
    year = years.of_class(class_, right.subject)
    regulation = year.regulation
    _note_brought(year, is_whole=right.subject is None)
    values: dict[str, Any] = {
        "class_": class_,
        "year": year,
        "terms": marks.TERMS,
        "may_decide": right.subject is None and regulation is not None,
        "is_part": right.subject is not None,
        "said": lambda result: said_of(regulation, result) if regulation else "",
        "reason": reason,
        "faults": faults or {},
        "typed": request.form if faults else {},
        "most_absent": conduct.MOST_ABSENT,
        "gaps": _gaps(year),
        "subjects": list(dict.fromkeys(one.course.subject for one in year.subjects)),
        "kinds": exemptions.KINDS,
        "retested": lambda row: years.retested(year, row),
        "shown": marksheet.shown,
        "after_summer": marks.SUMMER,
        "summer": summer,
        "typed_summer": request.form if summer.retests or summer.conducts else {},
    }
    return render_template("class_year.html", here="homeroom", **values)


def _note_brought(year: ClassYear, *, is_whole: bool) -> None:
    """What was looked at of other classes; conduct by who has a right over all subjects."""
    for row in year.rows:
        who = row.pupil.person_id
        note_brought((who, one) for mine in row.subjects.values() for one in mine.sources)
        for one in row.before if is_whole else ():
            note_access("year.seen", who, f"class:{one.class_id}")


def reason(result: Any) -> str:
    """Why there is nothing, as a key that the pages have words for."""
    key = result.reason if isinstance(result, NotComputable) else ""
    return key if key in REASONS else "incomplete"


def _written() -> dict[Cell, Written]:
    """The cells of the form: `l<pupil>.<term>` the level, beside it `n…` (half-days) and `w…` (the act seen)."""
    found: dict[Cell, Written] = {}
    for name, text in request.form.items():
        who, _, term = name[1:].partition(".")
        if name.startswith("l") and (person_id := whole(who)) is not None and term in ("1", "2"):
            seen = request.form.get(f"w{who}.{term}", 0, type=int)
            found[person_id, int(term)] = Written(text[:20], request.form.get(f"n{who}.{term}", "")[:8], seen)
    return found
