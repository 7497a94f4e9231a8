"""The period log (nền cho sổ ghi đầu bài): a month's lines, one line to correct and sign, a file."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy import select

from analytics.periods import Form, HalfDay
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.lessons import periods, periodsheet, school_rules
from lti_tool.lessons.periodlines import MOST_PERIODS, Line, Values
from lti_tool.models import Person, SchoolClass
from lti_tool.pages.desk import attachment, classes_of, done, form_id

screen = Blueprint("periods", __name__, url_prefix="/l/<visit_id>/periods")


@screen.get("")
@needs(Need.TEACH)
def book() -> str:
    """A month of the course, `?month=2026-11`, with what the school's rules say of it."""
    context_id, month = visitor().context_id, periods.month_of(request.args.get("month", ""))
    note_access("periods.seen", object_=f"context:{context_id}")
    lines = periods.book(context_id, month)
    warned, shares = periods.watched(context_id, month, visitor().registration_id, now(), lines)
    return render_template(
        "periods.html",
        here="periods",
        month=month,
        before=periods.month_before(month),
        after=periods.next_month(month),
        lines=lines,
        warned=warned,
        shares=shares,
        target=school_rules.at(visitor().registration_id, now()).periods.share_target,
        groups=_named(SchoolClass, {one.group for one in warned}),
        people=_named(Person, {one.teacher for one in warned}),
    )


def _named(model: Any, ids: set[str]) -> dict[str, str]:
    rows = db.session.scalars(select(model).where(model.id.in_([int(one) for one in ids if one])))
    return {str(row.id): row.name for row in rows}


@screen.get("/sheet.csv")
@needs(Need.TEACH)
def sheet() -> Response:
    """The month as a file. Lessons that nobody has entered are not in it."""
    context_id, month = visitor().context_id, periods.month_of(request.args.get("month", ""))
    note_access("periods.exported", object_=f"context:{context_id}")
    body = periodsheet.sheet([one for one in periods.book(context_id, month) if one.entry])
    return attachment(body, "text/csv; charset=utf-8", f"periods-{month:%Y-%m}.csv")


@screen.get("/<line>")
@needs(Need.TEACH)
def edit(line: str) -> str:
    """One line: `new` for a period taught without this tool."""
    found = _line(line)
    return _form(found, found.values, set())


@screen.post("/<line>")
@needs(Need.TEACH)
def save(line: str) -> Response:
    """Save it, sign it, or take it out. With anything wrong in it nothing is kept, and the form stays."""
    found = _line(line)
    do, classes = request.form.get("do"), [one.id for one in classes_of(visitor().context_id)]
    values, faulty = periods.read(request.form, classes, found.values)
    if do == "void":
        values = found.values
    elif faulty:
        return make_response(_form(found, values, faulty), 422)
    why = request.form.get("why", "")
    visit, seen = visitor(), form_id("seen")
    kept = periods.save(
        found, values, visit.context_id, visit.person_id, sign=do == "sign", why=why, void=do == "void", seen=seen
    )
    note_access("periods.saved", object_=f"period:{kept}")
    return done("periods.book", "period_signed" if do == "sign" else "period_saved", month=f"{values.day:%Y-%m}")


def _line(line: str) -> Line:
    context_id = visitor().context_id
    return periods.blank(context_id) if line == "new" else periods.line_of(context_id, line)


def _form(line: Line, values: Values, faulty: set[str]) -> str:
    return render_template(
        "period.html",
        here="periods",
        line=line,
        v=values,
        faulty=faulty,
        classes=classes_of(visitor().context_id),
        half_days=tuple(HalfDay),
        forms=tuple(Form),
        most=MOST_PERIODS,
        typed_why=request.form.get("why", ""),
        seen=(line.entry.id if line.entry else 0) if (shown := form_id("seen")) is None else shown,
    )
