"""Attendance after the lesson: proposed from signs, decided by the teacher, both kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select

from analytics import reader
from analytics.attendance import Edge, Proposal, Status
from live_session.model import Millis
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import excuses, meetings, practices, rollcall, roster, school_rules, spotcheck
from lti_tool.lessons.courses import school_of
from lti_tool.lessons.roster import Pupil
from lti_tool.lms import delivery
from lti_tool.lms.delivery import Queued
from lti_tool.models import AttendanceDecision, Context, Course, Excuse, LessonRun, Person, RollWord, SpotCheck
from lti_tool.pages.desk import done, form_id
from lti_tool.pages.spotcheck import sentences
from lti_tool.pages.teach import the_run
from lti_tool.translations import t

screen = Blueprint("attendance", __name__, url_prefix="/l/<visit_id>/runs/<run_id>/attendance")

CHOICES = (Status.ROOM, Status.HOME, Status.EXCUSED, Status.ABSENT)
"""What a teacher may say. Absence is only ever said by one."""
HERE = (Status.ROOM, Status.HOME)


@dataclass(frozen=True)
class Row:
    """A pupil with what the signs say, (answered, asked), what the roll call said, and what the teacher decided here;
    the excuses that were there before the lesson, and whether they reach over it; whether they came into the class
    after it (`is_later`) or have left it since (`has_left`). Whoever comes after `late_from` is late;
    `looked` is the last spot check at which the teacher looked for them, `met` minutes in the meeting by its list;
    `made_up` when they had done the lesson's catch-up, which says nothing of where they were."""

    pupil: Pupil
    proposal: Proposal
    decision: AttendanceDecision | None
    took_part: tuple[int, int] = (0, 0)
    roll: RollWord | None = None
    late_from: Millis = 0
    excuses: Sequence[Excuse] = ()
    is_excused: bool = False
    is_later: bool = False
    has_left: bool = False
    looked: SpotCheck | None = None
    met: int | None = None
    made_up: Millis | None = None

    @property
    def said(self) -> rollcall.Standing | None:
        """The teacher's newest word, in the roll call or here."""
        return rollcall.standing(self.decision, self.roll)

    @property
    def called(self) -> rollcall.Standing | None:
        """What the roll call said, if it still does."""
        return rollcall.standing(None, self.roll)

    @property
    def chosen(self) -> Status | None:
        """What stands in the form: the teacher's word, the proposal, the excuse. Too few signs propose nothing."""
        if self.said is not None:
            return self.said.status
        if self.was_seen:
            return None if self.proposal.is_partial else self.proposal.status
        return Status.EXCUSED if self.is_excused and self.proposal.status is Status.NOT_SEEN else None

    @property
    def was_missed(self) -> bool:
        """The teacher looked for this pupil, and did not see them."""
        return self.looked is not None and not self.looked.seen

    @property
    def is_late(self) -> bool:
        """Late, by the teacher's word, else by the signs; whoever was called in time was there in time."""
        if self.decision is not None:
            return self.decision.is_late
        return self.proposal.is_late and not self._was_called_in_time

    @property
    def _was_called_in_time(self) -> bool:
        said = self.called
        return said is not None and said.status in HERE and said.at <= self.late_from

    @property
    def is_contested(self) -> bool:
        """The roll call said absent, and a phone gave signs afterwards: the teacher's word stands, and is shown beside
        them."""
        said, last = self.said, self.proposal.last
        return bool(said and said.is_roll and said.status not in HERE and last is not None and last > said.at)

    @property
    def left_early(self) -> bool:
        """Left early, by the teacher's word, else by the signs."""
        return self.decision.left_early if self.decision else self.proposal.left_early

    @property
    def was_seen(self) -> bool:
        """The signs name a place."""
        return self.proposal.status in HERE

    @property
    def is_left_open(self) -> bool:
        """Of the class at that time, and nothing says or proposes anything."""
        return self.chosen is None and not self.is_later

    @property
    def is_fine(self) -> bool:
        """The signs alone say that they were there, and nothing about them needs a look."""
        return self.said is None and self.was_seen and not self.needs_a_look

    @property
    def needs_a_look(self) -> bool:
        """Nothing proposes itself here, or the proposal has an edge to it."""
        p = self.proposal
        if self.is_later:
            return False
        if self.said is not None:
            return self.is_contested
        return self.chosen is None or self.was_missed or p.is_late or p.left_early or p.unknown_ms > 0


def decisions(run_id: str) -> dict[int, AttendanceDecision]:
    """The teacher's newest word on each pupil."""
    query = select(AttendanceDecision).where(AttendanceDecision.run_id == run_id).order_by(AttendanceDecision.id)
    return {d.person_id: d for d in db.session.scalars(query)}


def rows_of(run: LessonRun, snapshot: reader.RunSnapshot) -> list[Row]:
    """The class's list as it was and as it is, and anybody else of the course who took part: who has left it, or
    belongs to another class of it. Who came into the class later was not missing from the lesson."""
    decided, called, seen = decisions(run.run_id), rollcall.words_of(run.run_id), snapshot.proposals
    listed = {p.uid for p in roster.pupils_of(run)}
    then = set(snapshot.roster) if snapshot.is_over and snapshot.roster else listed
    rows = [p for p in roster.everybody(run) if p.uid in listed or p.uid in then or p.uid in seen]
    work = {uid: result.took_part for uid, result in snapshot.pupils.items()}
    unseen = {p.uid: Proposal(p.uid, Status.NOT_SEEN) for p in rows}
    known, looks, met = excuses.of_run(run), spotcheck.last_looks(run.run_id), meetings.of_run(run.run_id)
    made_up = practices.made_up(run.run_id)
    rules = school_rules.at(school_of(run.context_id), run.started_at)
    late_from = run.started_at + rules.thresholds.late_after
    return [
        Row(
            p,
            seen.get(p.uid, unseen[p.uid]),
            decided.get(p.person_id),
            work.get(p.uid, (0, 0)),
            called.get(p.person_id),
            late_from,
            excuses=known.get(p.person_id, ()),
            is_excused=p.uid in snapshot.excused,
            is_later=p.uid not in then and p.uid not in seen,
            has_left=p.uid in then and p.uid not in listed,
            looked=looks.get(p.person_id),
            met=met.get(p.person_id),
            made_up=made_up.get(p.uid),
        )
        for p in rows
    ]


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
        unseen=[row for row in rows if row.is_left_open and row.proposal.status is Status.NOT_SEEN],
        unmarked=sum(row.said is None and not row.is_later for row in rows),
        told=Counter(row.said.status for row in rows if row.said is not None),
        is_all="all" in request.args or not looks,
        trust=sentences(spotcheck.of_course(run.context_id)),
        choices=CHOICES,
        statuses=Status,
        has_gradebook=has_gradebook(run),
        writes_column=(course := db.session.get(Course, run.context_id)) is not None and course.writes_attendance,
        unsure=[row for row in rows if row.proposal.status is Status.UNCONFIRMED],
        partial=[row for row in rows if row.was_seen and row.chosen is None],
    )


@screen.post("")
@needs(Need.TEACH)
def confirm(run_id: str) -> Response:
    """Keep what the teacher chose. A pupil left open stays as seen, or "not seen": nobody becomes absent by silence.

    One tap speaks for those left open of whom nothing was seen (`rest`), one for those who were seen for a part of the
    lesson (`seen`); neither makes absent who was there. What a colleague said since the form was shown stands.
    """
    run = the_run(run_id)
    db.session.get(LessonRun, run_id, with_for_update=True)  # one teacher at a time
    stored = reader.snapshot_of(db.session.connection(), run_id)
    if stored is None:
        raise Fault("computing", 409)
    left_open, kept = _decide_all(run, rows_of(run, stored.snapshot))
    run.attendance_confirmed_at = now()
    note_access("attendance.confirmed", object_=f"run:{run_id}")
    if "column" in request.form and has_gradebook(run):
        _write_column(run)
    if kept:
        return done("attendance.sheet", "attendance_kept", run_id=run_id, n=kept, all=1)
    if request.form.keys() & {"rest", "seen"}:  # one tap spoke for many: show what it said
        return done("attendance.sheet", "attendance_confirmed", run_id=run_id, all=1)
    if left_open:
        return done("report.show", "attendance_confirmed_but", run_id=run_id, n=left_open)
    return done("report.show", "attendance_confirmed", run_id=run_id)


def _decide_all(run: LessonRun, rows: Sequence[Row]) -> tuple[int, int]:
    """What the form chose for each: how many it left open, and how many a colleague's word was kept for."""
    left_open = kept = 0
    for row in rows:
        said = request.form.get(f"p{row.pupil.person_id}") or row.chosen or _for_all(row)
        if said not in CHOICES:
            left_open += not row.is_later
        elif _is_said_since(row, said):
            kept += 1
        else:
            _decide(run, row, Status(said))
    return left_open, kept


def _is_said_since(row: Row, said: str) -> bool:
    """A colleague has said something else of this pupil since the form was shown, here or in the roll call. A form that
    does not say what it showed is taken at its word."""
    seen, stands = form_id(f"w{row.pupil.person_id}"), row.said
    return seen is not None and stands is not None and stands.at != seen and stands.status != said


def has_gradebook(run: LessonRun) -> bool:
    """The LMS takes grades of this course."""
    return bool(db.session.get_one(Context, run.context_id).grade_scopes)


def _write_column(run: LessonRun) -> None:
    """What the teacher has just said, as a column: 1 for who was there, 0 for who was absent, in words beside it. An
    excused absence counts neither way: nothing is written, and what was is withdrawn."""
    db.session.flush()
    label = str(t("column.attendance", title=run.title or t("lesson.untitled")))
    item = delivery.extra_column(run, delivery.ATTENDANCE, label)
    said = {person_id: d for person_id, d in decisions(run.run_id).items() if has_account(person_id)}
    for person_id, decision in said.items():
        if decision.status == Status.EXCUSED:
            delivery.withdraw(item, person_id)
    counted = {person_id: d for person_id, d in said.items() if d.status != Status.EXCUSED}
    delivery.queue(item, [Queued(p, "0" if d.status == Status.ABSENT else "1", _told(d)) for p, d in counted.items()])


def has_account(person_id: int) -> bool:
    """The LMS knows this person."""
    return db.session.get_one(Person, person_id).sub is not None


def _told(decision: AttendanceDecision) -> str:
    """A decision in words, for the cell in the gradebook."""
    edges = [Edge.LATE] * decision.is_late + [Edge.EARLY] * decision.left_early
    return ", ".join(str(t(f"status.{word}")) for word in (decision.status, *edges))


def _for_all(row: Row) -> str | None:
    """What the one tap says that was made, if it speaks for this pupil."""
    if row.was_seen:
        return row.proposal.status if "seen" in request.form else None
    return request.form.get("rest") if row.is_left_open and row.proposal.status is Status.NOT_SEEN else None


def _decide(run: LessonRun, row: Row, status: Status) -> None:
    """Add a decision if it says something new; the proposal stays in the snapshot beside it."""
    is_there = status in HERE
    late, early = _edges(row)
    late, early = is_there and late, is_there and early
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


def _edges(row: Row) -> tuple[bool, bool]:
    """Late and left early, as ticked; a form that did not ask about this pupil changes neither."""
    number = row.pupil.person_id
    if f"e{number}" not in request.form:
        return row.is_late, row.left_early
    ticked = request.form.getlist(f"e{number}")
    return "late" in ticked, "early" in ticked
