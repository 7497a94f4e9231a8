"""The head of department's page: counts of classes and weeks, from snapshots. No pupil in it, and no teacher a row."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import select

from analytics import reader, rollup
from analytics.reader import ClassWeek
from analytics.rollup import Share, total
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.authority import Right
from lti_tool.clock import today
from lti_tool.extensions import db
from lti_tool.models import GrantKind, SchoolClass

screen = Blueprint("department", __name__, url_prefix="/l/<visit_id>/department")

WEEKS = 12


@dataclass(frozen=True)
class ClassLine:
    """A class in the chosen week."""

    name: str
    subject: str
    counts: ClassWeek

    @property
    def participation(self) -> Share:
        return self.counts.participation

    @property
    def right(self) -> Share:
        return self.counts.share_right

    @property
    def present(self) -> int:
        return self.counts.room + self.counts.home


@screen.get("")
@needs(Need.REVIEW)
def overview() -> str:
    """One week of the classes in this person's scope, with the weeks before it to choose from."""
    rights = [r for r in visitor().rights if r.kind is GrantKind.DEPARTMENT_HEAD]
    note_access("department.seen")
    known = _known_classes(rights)
    rows = [
        row
        for right in rights
        for row in reader.class_weeks(db.session.connection(), right.registration_id)
        if row.class_id in known and is_in_scope(row, right)
    ]
    weeks = sorted({row.week for row in rows}, reverse=True)[:WEEKS]
    asked = request.args.get("week", "")
    week = asked if asked in weeks else (weeks[0] if weeks else rollup.week_of(today()))
    lines = [ClassLine(known[row.class_id].name, row.subject, row) for row in dict.fromkeys(rows) if row.week == week]
    lines.sort(key=lambda line: (_natural(line.name), line.subject))
    return render_template(
        "department.html",
        here="department",
        rights=rights,
        week=date.fromisoformat(week),
        week_end=date.fromisoformat(week) + timedelta(days=6),
        weeks=[date.fromisoformat(w) for w in weeks],
        lines=lines,
        lessons=sum(line.counts.lessons for line in lines),
        participation=total(line.participation for line in lines),
        right=total(line.right for line in lines),
        least=rollup.LEAST_PUPILS,
    )


def is_in_scope(row: ClassWeek, right: Right) -> bool:
    """The grant names this subject and class, or does not narrow them."""
    return right.subject in (None, row.subject) and right.class_id in (None, row.class_id)


def _known_classes(rights: list[Right]) -> dict[int, SchoolClass]:
    schools = {right.registration_id for right in rights}
    found = db.session.scalars(select(SchoolClass).where(SchoolClass.registration_id.in_(schools)))
    return {one.id: one for one in found}


def _natural(name: str) -> tuple[object, ...]:
    """10A2 after 9A1."""
    digits = "".join(c for c in name[:2] if c.isdigit())
    return (int(digits) if digits else 99, name)
