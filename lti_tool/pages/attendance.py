"""Attendance after the lesson: proposed from signs, decided by the teacher, both kept."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select

from analytics import reader
from analytics.attendance import Proposal, Status
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import roster
from lti_tool.lessons.roster import Pupil
from lti_tool.models import AttendanceDecision, LessonRun
from lti_tool.pages.desk import done
from lti_tool.pages.teach import the_run

screen = Blueprint("attendance", __name__, url_prefix="/l/<visit_id>/runs/<run_id>/attendance")

CHOICES = (Status.ROOM, Status.HOME, Status.EXCUSED, Status.ABSENT)
"""What a teacher may say. Absence is only ever said by one."""


@dataclass(frozen=True)
class Row:
    """A pupil with what the signs say and what the teacher said."""

    pupil: Pupil
    proposal: Proposal
    decision: AttendanceDecision | None

    @property
    def chosen(self) -> Status | None:
        """What stands in the form: the decision, else a proposal that names a place."""
        if self.decision is not None:
            return Status(self.decision.status)
        return self.proposal.status if self.proposal.status in (Status.ROOM, Status.HOME) else None

    @property
    def needs_a_look(self) -> bool:
        """Nothing proposes itself here, or the proposal has an edge to it."""
        p = self.proposal
        return self.decision is None and (self.chosen is None or p.is_late or p.left_early or p.unknown_ms > 0)


def decisions(run_id: str) -> dict[int, AttendanceDecision]:
    """The teacher's newest word on each pupil."""
    query = select(AttendanceDecision).where(AttendanceDecision.run_id == run_id).order_by(AttendanceDecision.id)
    return {d.person_id: d for d in db.session.scalars(query)}


def rows_of(run: LessonRun, snapshot: reader.RunSnapshot) -> list[Row]:
    """Everybody of the class's list, and anybody else who took part."""
    decided = decisions(run.run_id)
    everybody = roster.pupils(run.context_id, run.class_id, with_former=True)
    listed = [p for p in everybody if p.is_active or p.uid in snapshot.proposals]
    seen = snapshot.proposals
    return [Row(p, seen.get(p.uid, Proposal(p.uid, Status.NOT_SEEN)), decided.get(p.person_id)) for p in listed]


@screen.get("")
@needs(Need.TEACH)
def sheet(run_id: str) -> Any:
    """The list, those first that need a look; `?all=1` for the whole class."""
    run = the_run(run_id)
    note_access("attendance.seen", object_=f"run:{run_id}")
    stored = reader.snapshot_of(db.session.connection(), run_id)
    if stored is None:
        return render_template("computing.html", run=run, here="lessons")
    rows = rows_of(run, stored.snapshot)
    looks = [row for row in rows if row.needs_a_look]
    return render_template(
        "attendance.html",
        here="lessons",
        run=run,
        snapshot=stored.snapshot,
        rows=rows,
        looks=looks,
        is_all="all" in request.args or not looks,
        choices=CHOICES,
        statuses=Status,
        unsure=[row for row in rows if row.proposal.status is Status.UNCONFIRMED],
    )


@screen.post("")
@needs(Need.TEACH)
def confirm(run_id: str) -> Response:
    """Keep what the teacher chose. A pupil left open stays "not seen": nobody becomes absent by silence."""
    run = the_run(run_id)
    stored = reader.snapshot_of(db.session.connection(), run_id)
    if stored is None:
        raise Fault("computing", 409)
    rest = request.form.get("rest")
    for row in rows_of(run, stored.snapshot):
        said = request.form.get(f"p{row.pupil.person_id}") or (row.chosen if row.chosen else rest)
        if said and Status(said) in CHOICES:
            _decide(run, row, Status(said))
    run.attendance_confirmed_at = now()
    note_access("attendance.confirmed", object_=f"run:{run_id}")
    return done("report.show", "attendance_confirmed", run_id=run_id)


def _decide(run: LessonRun, row: Row, status: Status) -> None:
    """Add a decision if it says something new; the proposal stays in the snapshot beside it."""
    is_there = status in (Status.ROOM, Status.HOME)
    late, early = is_there and row.proposal.is_late, is_there and row.proposal.left_early
    before = row.decision
    if before and (before.status, before.is_late, before.left_early) == (status, late, early):
        return
    db.session.add(
        AttendanceDecision(
            run_id=run.run_id,
            person_id=row.pupil.person_id,
            status=status,
            is_late=late,
            left_early=early,
            decided_by=visitor().person_id,
            at=now(),
        )
    )
