"""Marks and attendance as files: workbooks in the official columns, CSV and JSON of everything."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, make_response, render_template, request

from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.errors import Fault
from lti_tool.extensions import let_go
from lti_tool.lessons import case, comments, exports, marks, objectives, oneroster, workbooks, years
from lti_tool.lessons.marks import Rulebook
from lti_tool.lessons.objectives import NOTHING, Objective, Saved
from lti_tool.lessons.workbooks import Head, Term
from lti_tool.models import Course
from lti_tool.pages.desk import attachment, classes_of, done
from lti_tool.pages.marks import asked_class, asked_term, ruled

screen = Blueprint("sheets", __name__, url_prefix="/l/<visit_id>/marks/files")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@screen.get("")
@needs(Need.TEACH)
def choose() -> str:
    """Which file for what."""
    course, rules = ruled()
    return render_template(
        "sheets.html",
        here="marks",
        course=course,
        rules=rules,
        term=asked_term(),
        terms=marks.TERMS,
        classes=classes_of(course.context_id),
        class_id=asked_class(),
    )


@screen.get("/book.xlsx")
@needs(Need.TEACH)
def book() -> Response:
    """Sổ theo dõi và đánh giá học sinh of the subject, both terms."""
    course, rules = ruled()
    terms = [_term(course, rules, n, with_former=True) for n in marks.TERMS]
    of_year = years.of_subject(course, rules, asked_class(), with_former=True)
    body = workbooks.book(_head(course), rules, terms, of_year)
    return _file(body, XLSX, "so-theo-doi-va-danh-gia.xlsx", course)


@screen.get("/database.xlsx")
@needs(Need.TEACH)
def database_sheet() -> Response:
    """A term in the columns of the sector database."""
    course, rules = ruled()
    # Of the class as it is: the sector database has its own word of who left.
    body = workbooks.database_sheet(_head(course), rules, _term(course, rules, asked_term()))
    return _file(body, XLSX, f"csdl-hk{asked_term()}.xlsx", course)


@screen.get("/attendance.xlsx")
@needs(Need.TEACH)
def attendance() -> Response:
    """Attendance by month."""
    course, _ = ruled()
    seats = exports.seats(course)
    body = workbooks.attendance(_head(course), exports.listed(course, asked_class(), seats), seats)
    return _file(body, XLSX, "diem-danh.xlsx", course)


@screen.get("/everything.json")
@needs(Need.TEACH)
def everything() -> Response:
    """All tables of the course in one document."""
    course, rules = ruled()
    return _file(exports.as_json(course, exports.everything(course, rules)), "application/json", "course.json", course)


@screen.get("/everything.zip")
@needs(Need.TEACH)
def tables() -> Response:
    """The same as CSV, one file a table."""
    course, rules = ruled()
    return _file(exports.as_zip(exports.everything(course, rules)), "application/zip", "course-csv.zip", course)


@screen.get("/oneroster.zip")
@needs(Need.TEACH)
def gradebook() -> Response:
    """Marks and confirmed scores for a system that reads OneRoster."""
    course, rules = ruled()
    return _file(oneroster.package(course, rules), "application/zip", "oneroster.zip", course)


@screen.get("/objectives")
@needs(Need.TEACH)
def show_objectives() -> str:
    """What each objective is called elsewhere."""
    course, _ = ruled()
    return _objectives(course, objectives.of_course(course))


@screen.post("/objectives")
@needs(Need.TEACH)
def save_objectives() -> Response:
    """Keep the identifiers; with anything wrong in one nothing is kept, and the form stays."""
    course, _ = ruled()
    if earlier := request.form.get("earlier"):
        words, by = request.form.get("joined", ""), visitor().person_id
        if not objectives.join(course, words, earlier, by):
            raise Fault("objective_gone", 409)
        return done("sheets.show_objectives", "objectives_saved")
    if parted := request.form.get("parted"):
        objectives.part(course, parted)
        return done("sheets.show_objectives", "objectives_saved")
    return _save_identifiers(course)


def _save_identifiers(course: Course) -> Response:
    """What was typed beside each objective: kept, or the form again with it."""
    words = request.form.getlist("words")
    typed, seen = (dict(zip(words, request.form.getlist(one), strict=False)) for one in ("uri", "seen"))
    saved = objectives.save(course, typed, visitor().person_id, seen)
    if not saved.faulty | saved.lost:
        return done("sheets.show_objectives", "objectives_saved")
    kept = typed if saved.faulty else {one: typed[one] for one in saved.lost}
    page = _objectives(course, objectives.of_course(course), saved, kept)
    return make_response(page, 422 if saved.faulty else 409)


@screen.post("/objectives/case")
@needs(Need.TEACH)
def take_framework() -> Response:
    """Identifiers out of a published framework, for objectives that are worded as there."""
    course, _ = ruled()
    file = request.files.get("file")
    let_go()
    try:
        framework = case.read(file.read() if file else b"")
    except case.Unreadable as error:
        raise Fault("case_file", detail=str(error)[:200]) from error
    taken = objectives.take(course, framework, visitor().person_id)
    return done("sheets.show_objectives", "objectives_taken", n=taken)


def _objectives(
    course: Course, shown: Sequence[Objective], saved: Saved = NOTHING, typed: Mapping[str, str] | None = None
) -> str:
    """`typed`: what stands in the fields in place of what is kept."""
    return render_template(
        "objectives.html",
        here="marks",
        objectives=shown,
        saved=saved,
        typed=typed or {},
        longest=objectives.LONGEST,
        known=objectives.known(course),
        joined=objectives.joined(course),
    )


def _term(course: Course, rules: Rulebook, number: int, *, with_former: bool = False) -> Term:
    rows = marks.book(course, rules, number, asked_class(), with_former=with_former)
    return Term(number, rows, comments.to_read(course, number))


def _head(course: Course) -> Head:
    named = [one.name for one in classes_of(course.context_id) if asked_class() in (None, one.id)]
    return Head(course.subject, ", ".join(named), course.school_year)


def _file(body: bytes, media_type: str, name: str, course: Course) -> Response:
    return as_file(body, media_type, name, f"context:{course.context_id}")


def as_file(body: bytes, media_type: str, name: str, of: str) -> Response:
    """Marks as a file to take along; that it was taken is written down."""
    note_access("marks.exported", object_=of)
    return attachment(body, media_type, name)
