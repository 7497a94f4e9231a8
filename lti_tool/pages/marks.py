"""The term's marks: a teacher types them, sees what they come to under the regulation, takes them along as a file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from analytics.regulations.port import Form, NotComputable, Scope, Status
from lti_tool.access import Need, needs, note_access, note_access_once, visitor
from lti_tool.clock import second_term, today
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import marks, marksheet
from lti_tool.lessons.marks import Cell, Manner, Row, Rulebook, Written
from lti_tool.lessons.roster import Pupil, pupils
from lti_tool.lessons.transfers import Origin
from lti_tool.lms import delivery
from lti_tool.models import Context, Course, Place, Score, ScoreState
from lti_tool.pages.desk import attachment, classes_of, done
from lti_tool.pages.gradebook import WORDS, Line, open_lines, resend
from lti_tool.text import whole
from lti_tool.translations import t

screen = Blueprint("marks", __name__, url_prefix="/l/<visit_id>/marks")


@screen.get("")
@needs(Need.TEACH)
def book() -> str | Response:
    """A term of one class: every pupil's marks, and what they come to."""
    course = db.session.get(Course, visitor().context_id)
    if course is None:
        return done("course.set_up")
    note_access("marks.seen", object_=f"context:{course.context_id}")
    rules = marks.rulebook(course)
    return _page(course, rules) if isinstance(rules, Rulebook) else _refused(course, rules)


@screen.get("/standing")
@needs(Need.TEACH)
def standing() -> str:
    """What the page says of the LMS, part by part: it asks again while a mark is on its way there."""
    course, _ = ruled()
    note_access_once("marks.seen", f"context:{course.context_id}")
    return render_template("_columns.html", is_told=True, **_standing(course, pupils(course.context_id, asked_class())))


@screen.post("/subject")
@needs(Need.TEACH)
def subject() -> Response:
    """How the subject is assessed, and its periods a year: how many marks are due follows from them."""
    course, _ = ruled()
    periods = request.form.get("periods", type=int)
    form = request.form.get("form")
    if periods is None or not 1 <= periods <= marks.MOST_PERIODS or form not in ("score", "comment"):
        raise Fault("periods", 400, most=marks.MOST_PERIODS)
    course.periods_a_year, course.is_comment_only = periods, form == "comment"
    return done("marks.book", "marks_subject", term=asked_term())


@screen.post("")
@needs(Need.TEACH)
def save() -> Response:
    """The teacher's act. With anything wrong in it nothing is made, and the page shows what was typed."""
    course, rules = ruled()
    saved = marks.save(
        course, rules, asked_term(), _with_taken_over(course, rules, _written()),
        by=visitor().person_id, manner=_manner(), why=request.form.get("why", ""),
    )  # fmt: skip
    if saved.faults:
        return make_response(_page(course, rules, saved.faults), 422)
    note_access("marks.made", object_=f"context:{course.context_id}")
    send_if_asked(course, rules, asked_term())
    return done("marks.book", "marks_made", term=asked_term(), class_id=asked_class(), n=saved.made)


@screen.post("/again")
@needs(Need.TEACH)
def again() -> Response:
    """Send once more what the LMS did not take, in all columns of the term; else all that it took."""
    course, _ = ruled()
    sent = delivery.send_again(delivery.mark_columns(course, asked_term()).values())
    return done("marks.book", "score_again", term=asked_term(), n=sent)


@screen.post("/grades/<int:term>/<place>/<int:person_id>/<word>")
@needs(Need.TEACH)
def choose_grade(term: int, place: str, person_id: int, word: str) -> Response:
    """The teacher saw that a grade was changed in the LMS, and says which of the two stands: "ours" or "theirs"."""
    course, _ = ruled()
    item = next((one for of, one in delivery.mark_columns(course, term).items() if of == place), None)
    score = delivery.states(item).get(person_id) if item else None
    if score is None or score.theirs is None or word not in WORDS:
        raise Fault("score_gone", 409)
    (delivery.insist if word == "ours" else delivery.keep_theirs)(score)
    note_access("score.chosen", person_id, f"context:{course.context_id}")
    return done("marks.book", "score_chosen", term=term)


@screen.get("/sheet.csv")
@needs(Need.TEACH)
def sheet() -> Response:
    """The term as a file."""
    course, rules = ruled()
    note_access("marks.exported", object_=f"context:{course.context_id}")
    rows = marks.book(course, rules, asked_term(), asked_class(), with_former=True)
    body = marksheet.sheet(rules, rows)
    return attachment(body, "text/csv; charset=utf-8", f"marks-term-{asked_term()}.csv")


def ruled() -> tuple[Course, Rulebook]:
    course = db.session.get(Course, visitor().context_id)
    rules = marks.rulebook(course) if course else None
    if course is None or not isinstance(rules, Rulebook):
        abort(404)
    return course, rules


def has_gradebook(course: Course, rules: Rulebook) -> bool:
    """The LMS takes grades of this course, and its marks are grades."""
    return rules.form is Form.SCORE and bool(db.session.get_one(Context, course.context_id).grade_scopes)


def send_if_asked(course: Course, rules: Rulebook, term: int) -> None:
    """Queue the term's marks for the LMS where the form's box is ticked."""
    if "column" in request.form and has_gradebook(course, rules):
        db.session.flush()
        marks.send(course, rules, term)


@dataclass(frozen=True)
class Column:
    """A place's column in the LMS: how many marks stand there, how many are on their way, and where somebody is needed
    or something went wrong, by name."""

    place: Place
    written: int
    waiting: int
    open: list[Line]


def _standing(course: Course, listed: Sequence[Pupil]) -> dict[str, Any]:
    """Where these pupils' marks stand in the LMS, and whether something is on its way there."""
    columns = _columns(course, listed)
    lines = [line for column in columns for line in column.open]
    return {
        "columns": columns,
        "resend": resend(any(line.is_stuck for line in lines), any(column.written for column in columns)),
        "is_waiting": any(column.waiting for column in columns) or any(line.is_waiting for line in lines),
        "choice": _choice,
    }


def _columns(course: Course, listed: Sequence[Pupil]) -> list[Column]:
    names = {one.person_id: one for one in listed}
    found = []
    for place, item in delivery.mark_columns(course, asked_term()).items():
        cells = {p: cell for p, cell in delivery.states(item).items() if p in names}
        lines = [line for line in open_lines(cells, names) if line.score and not _is_on_its_way(line.score)]
        written = sum(cell.state is ScoreState.SENT for cell in cells.values())
        waiting = sum(_is_on_its_way(cell) for cell in cells.values())
        found.append(Column(place, written, waiting, lines))
    return sorted(found, key=lambda column: list(Place).index(column.place))


def _is_on_its_way(cell: Score) -> bool:
    return cell.state is ScoreState.WAITING and not cell.fault


def _choice(line: Line, place: Place) -> dict[str, str]:
    return {
        word: url_for("marks.choose_grade", term=asked_term(), place=place, person_id=line.person_id, word=word)
        for word in WORDS
    }


def _refused(course: Course, scope: Scope) -> str:
    given = {"course": course, "second_term": second_term(course.school_year)}
    return render_template("marks.html", here="marks", rules=None, refusal=scope.reason, **given)


def _page(course: Course, rules: Rulebook, faults: Mapping[Cell, str] | None = None) -> str:
    classes = classes_of(course.context_id)
    rows = marks.book(course, rules, asked_term(), asked_class())
    note_brought((row.pupil.person_id, one.origin) for row in rows for one in row.before)
    values: dict[str, Any] = {
        "course": course,
        "second_term": second_term(course.school_year),
        "rules": rules,
        "term": asked_term(),
        "terms": marks.TERMS,
        "class_id": asked_class(),
        "classes": classes,
        "rows": rows,
        "has_gradebook": has_gradebook(course, rules),
        **_standing(course, [row.pupil for row in rows]),
        "methods": marks.METHODS,
        "held": marks.HELD,
        "statuses": list(Status),
        "shown": lambda act: marksheet.shown(rules, act),
        "missing": _missing,
        "computed": lambda row: marksheet.computed(rules, row),
        "faults": faults or {},
        "typed": request.form if faults else {},
    }
    return render_template("marks.html", here="marks", **values)


def note_brought(them: Iterable[tuple[int, Origin | None]]) -> None:
    """That a pupil's marks in another course were looked at, for each of these."""
    for person_id, context_id in dict.fromkeys((who, one.context_id) for who, one in them if one):
        note_access("marks.seen", person_id, f"context:{context_id}")


MISSING = frozenset(
    {
        "periods_missing", "regular_missing", "midterm_missing", "final_missing", "midterm_awaiting_makeup",
        "final_awaiting_makeup", "assessments_incomplete",
    }
)  # fmt: skip


def _missing(row: Row) -> str:
    """Why a row has no result yet, as far as there is a text for it."""
    reason = row.result.reason if isinstance(row.result, NotComputable) else ""
    return reason if reason in MISSING else "incomplete"


def asked_term() -> int:
    asked = request.values.get("term", type=int)
    return asked if asked in marks.TERMS else marks.term_of(today())


def asked_class() -> int | None:
    asked = request.values.get("class_id", type=int)
    known = {one.id for one in classes_of(visitor().context_id)}
    return asked if asked in known else None


def _manner() -> Manner:
    given = {name: request.form.get(name, "") for name in ("method", "decision")}
    return Manner(**given, held=request.form.get("held") or marks.IN_PERSON)


def _with_taken_over(course: Course, rules: Rulebook, form: dict[Cell, Written]) -> dict[Cell, Written]:
    """The form, and the marks of the class before of whom the teacher ticked: `t<pupil>`, by the other course's id."""
    if not any(name.startswith("t") and whole(name[1:]) is not None for name in request.form):
        return form
    for row in marks.book(course, rules, asked_term()):
        for context_id in request.form.getlist(f"t{row.pupil.person_id}", type=int):
            origin = next((one.origin for one in row.before if one.origin.context_id == context_id), None)
            why = str(t("marks.from_class", name=origin.name)) if origin else ""
            form = form | marks.taken_over(rules, row, context_id, form, why)
    return form


def _written() -> dict[Cell, Written]:
    """The cells of the form: `m<pupil>.<place>`, beside it `s…` (what became of the test) and `w…` (the act seen)."""
    written: dict[Cell, Written] = {}
    for name, text in request.form.items():
        who, _, place = name[1:].partition(".")
        if name.startswith("m") and (person_id := whole(who)) is not None and place in set(Place):
            seen = request.form.get(f"w{who}.{place}", 0, type=int)
            written[person_id, Place(place)] = Written(text[:40], request.form.get(f"s{who}.{place}", "")[:40], seen)
    return written
