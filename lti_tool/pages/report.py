"""After the lesson: each question, each pupil, the scores the teacher confirms and where they stand in the LMS."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select

from analytics import reader
from analytics.attendance import Status
from analytics.results import PupilResult, QuestionResult
from live_session.store import uploads
from live_session.store.drivers import drive, store_errors
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import local, now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lms import delivery
from lti_tool.lms.delivery import Queued
from lti_tool.models import LessonRun, LineItem, Person, ResourceLink, Score, ScoreDecision
from lti_tool.pages import answers
from lti_tool.pages.attendance import rows_of
from lti_tool.pages.desk import done
from lti_tool.pages.teach import the_run
from lti_tool.pages.uploads import photo_response

screen = Blueprint("report", __name__, url_prefix="/l/<visit_id>/runs/<run_id>/report")

_MARK = re.compile(r"(10([.,]0)?|\d([.,]\d{1,3})?)")


@dataclass(frozen=True)
class Line:
    """One pupil of the report."""

    person_id: int
    uid: str
    number: int
    name: str
    result: PupilResult | None
    decision: ScoreDecision | None
    score: Score | None
    has_account: bool

    @property
    def proposed(self) -> str | None:
        return self.result.score if self.result else None

    @property
    def value(self) -> str:
        """What stands in the field: what the teacher wrote, else the proposal."""
        return self.decision.value if self.decision else (self.proposed or "")


@screen.get("")
@needs(Need.TEACH)
def show(run_id: str) -> Any:
    """The report, from the job's snapshot."""
    run = the_run(run_id)
    note_access("report.seen", object_=f"run:{run_id}")
    stored = reader.snapshot_of(db.session.connection(), run_id)
    if stored is None:
        return render_template("computing.html", run=run, here="lessons")
    snapshot = stored.snapshot
    people = rows_of(run, snapshot)
    lines = _lines(run, people, snapshot)
    status = [row.chosen or row.proposal.status for row in people]
    return render_template(
        "report.html",
        here="lessons",
        run=run,
        snapshot=snapshot,
        questions=snapshot.questions,
        first_round=[q for q in snapshot.questions if q.round == 1],
        lines=lines,
        names={row.pupil.uid: row.pupil.name for row in people},
        counts={one: status.count(one) for one in Status},
        minutes=list(enumerate(snapshot.minutes)),
        most=max([m.room + m.home for m in snapshot.minutes] + [1]),
        is_fresh=run.ended_at is not None and stored.computed_at >= run.ended_at,
        may_resume=run.ended_at is not None and local(run.started_at).date() == local(now()).date(),
        answers=answers,
        parts_of=parts_of,
        writings=[(q, _writings(q, lines)) for q in snapshot.questions if q.kind == "open" and q.round == 1],
        confirmable=[line for line in lines if line.value],
        statuses=Status,
    )


def _lines(run: LessonRun, people: list[Any], snapshot: reader.RunSnapshot) -> list[Line]:
    decided = _decisions(run.run_id)
    item = _item_if_any(run)
    scores = delivery.states(item) if item else {}
    known = _accounts([row.pupil.person_id for row in people])
    return [
        Line(
            person_id=row.pupil.person_id,
            uid=row.pupil.uid,
            number=row.pupil.number,
            name=row.pupil.name,
            result=snapshot.pupils.get(row.pupil.uid),
            decision=decided.get(row.pupil.person_id),
            score=scores.get(row.pupil.person_id),
            has_account=row.pupil.person_id in known,
        )
        for row in people
    ]


def _decisions(run_id: str) -> dict[int, ScoreDecision]:
    query = select(ScoreDecision).where(ScoreDecision.run_id == run_id).order_by(ScoreDecision.id)
    return {d.person_id: d for d in db.session.scalars(query)}


def _accounts(person_ids: list[int]) -> set[int]:
    query = select(Person.id).where(Person.id.in_(person_ids), Person.sub.is_not(None))
    return set(db.session.scalars(query))


def _item_if_any(run: LessonRun) -> LineItem | None:
    return db.session.scalars(
        select(LineItem).where(
            LineItem.context_id == run.context_id,
            LineItem.resource_id == run.lesson.uid,
            LineItem.tag == delivery.TAG,
        )
    ).first()


@screen.post("/scores")
@needs(Need.TEACH)
def confirm_scores(run_id: str) -> Response:
    """The teacher's act: the scores as they stand in the form become decisions, and go to the outbox."""
    run = the_run(run_id)
    stored = reader.snapshot_of(db.session.connection(), run_id)
    if stored is None:
        raise Fault("computing", 409)
    lines = _lines(run, rows_of(run, stored.snapshot), stored.snapshot)
    wanted = [(line, mark_of(text)) for line in lines if (text := request.form.get(f"s{line.person_id}", "").strip())]
    link = db.session.get(ResourceLink, run.resource_link_id) if run.resource_link_id else None
    item = delivery.column_for(run, link)
    for line, value in wanted:
        _decide(run, line, value)
    sent = delivery.queue(item, [Queued(line.person_id, value) for line, value in wanted if line.has_account])
    note_access("scores.confirmed", object_=f"run:{run_id}")
    return done("report.show", "scores_queued", run_id=run_id, n=sent)


def mark_of(text: str) -> str:
    """A mark as typed: 0 to 10, comma or point, rounded half up to one decimal (8,25 is 8.3). Raises `Fault`."""
    if not _MARK.fullmatch(text):
        raise Fault("mark", value=text[:12])
    return str(Decimal(text.replace(",", ".")).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _decide(run: LessonRun, line: Line, value: str) -> None:
    if line.decision is not None and line.decision.value == value:
        return
    db.session.add(
        ScoreDecision(
            run_id=run.run_id,
            person_id=line.person_id,
            proposed=line.proposed,
            value=value,
            decided_by=visitor().person_id,
            at=now(),
        )
    )


@screen.post("/again")
@needs(Need.TEACH)
def again(run_id: str) -> Response:
    """Send once more what the LMS did not take."""
    item = _item_if_any(the_run(run_id))
    sent = delivery.again(item) if item else 0
    return done("report.show", "score_again", run_id=run_id, n=sent)


@dataclass(frozen=True)
class Writing:
    """What one pupil wrote to an open question, and the id of the photo beside it."""

    uid: str
    name: str
    text: str
    photo: str | None
    is_late: bool


def _writings(question: QuestionResult, lines: list[Line]) -> list[Writing]:
    """The texts of an open question, in the order of the roster."""
    given = [(line, line.result.given.get(question.activity)) for line in lines if line.result]
    return [
        Writing(line.uid, line.name, *answers.written(g.value), is_late=g.is_late)
        for line, g in given
        if g is not None and g.value is not None
    ]


@screen.get("/photos/<uid>/<upload_id>")
@needs(Need.TEACH)
def photo(run_id: str, uid: str, upload_id: str) -> Response:
    """A photo that a pupil sent with an answer, for the teacher."""
    run = the_run(run_id)
    with store_errors():
        data = drive(db.session.connection(), uploads.photo((run.run_id, uid, upload_id)))
    note_access("photo.seen", object_=f"run:{run_id}")
    return photo_response(data)


def parts_of(question: QuestionResult) -> list[tuple[str, str, float, bool]]:
    """A question's stacked bar: (fill, text, percent, is key) for each option that was chosen."""
    whole = max(1, sum(bar.count for bar in question.tally))
    keys = set(question.key.options) if question.key else set()
    return [
        (answers.fill(bar.option), answers.bar_text(bar, whole), round(100 * bar.count / whole, 2), bar.option in keys)
        for bar in question.tally
        if bar.count
    ]
