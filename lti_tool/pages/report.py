"""After the lesson: each question, each pupil, the scores the teacher confirms."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select

from analytics import reader
from analytics.attendance import Status
from analytics.engagement import Band
from analytics.parity import LEAST_A_SIDE
from analytics.pool import Origin
from analytics.regulations.circular_22_2021 import LEVELS
from analytics.results import QuestionResult
from live_session import activities, naming
from live_session.model import State
from live_session.store import uploads
from live_session.store.drivers import drive, store_errors
from lti_tool import live
from lti_tool.access import Need, needs, note_access, note_access_once, visitor
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import (
    groupwork,
    observations,
    peerwork,
    practices,
    profilewords,
    recordings,
    roster,
    running,
    school_rules,
)
from lti_tool.lms import delivery
from lti_tool.lms.delivery import Queued
from lti_tool.models import (
    Course,
    EntryKind,
    LessonRun,
    Person,
    ProfileEntry,
    ResourceLink,
    ScoreDecision,
)
from lti_tool.pages import answers, charts, gradebook, quality, works
from lti_tool.pages.attendance import Row, has_gradebook, rows_of
from lti_tool.pages.desk import done, form_id
from lti_tool.pages.gradebook import Line
from lti_tool.pages.overview import gaps_of
from lti_tool.pages.teach import the_run
from lti_tool.pages.uploads import photo_response
from lti_tool.text import one_line
from lti_tool.translations import t

screen = Blueprint("report", __name__, url_prefix="/l/<visit_id>/runs/<run_id>/report")

LONGEST_COMMENT = 300
_MARK = re.compile(r"(10([.,]0)?|[0-9]([.,][0-9]{1,3})?)")


@screen.get("")
@needs(Need.TEACH)
def show(run_id: str) -> Any:
    """The report, from the job's snapshot."""
    run = the_run(run_id)
    note_access("report.seen", object_=f"run:{run_id}")
    stored = reader.snapshot_of(db.session.connection(), run_id)
    if stored is None:
        return render_template("computing.html", run=run, here="lessons")
    people = rows_of(run, stored.snapshot)
    lines = gradebook.lines_of(run, people, stored.snapshot)
    state = live.state_of(run_id)
    return render_template(
        "report.html",
        here="lessons",
        run=run,
        snapshot=stored.snapshot,
        lines=lines,
        names={row.pupil.uid: row.pupil.name for row in people},
        answers=answers,
        charts=charts,
        **_of_lesson(run, stored, state),
        **_of_class(run, stored.snapshot, people),
        **_of_questions(run, stored.snapshot, state, lines),
        **_of_works(run, stored.snapshot, state, lines),
        **_of_scores(run, lines, people),
        **_of_catch_up(run_id, stored.snapshot, people),
    )


def _of_lesson(run: LessonRun, stored: reader.Stored, state: State) -> dict[str, Any]:
    """When it ended, whether the figures are of that, who sat in on it, its recordings."""
    # The console ends a lesson in its log; the row follows by a job, a moment later.
    ended_at = run.ended_at or state.ended_at
    return {
        "ended_at": ended_at,
        "is_fresh": ended_at is not None and stored.computed_at >= ended_at,
        "may_resume": run.ended_at is not None and running.is_of_today(run),
        "visits": len(observations.sent_of(run.run_id)),
        "films": [
            (one, recordings.moments(one, stored.snapshot.phones), recordings.does_seek(one.link))
            for one in recordings.of_run(run.run_id)
        ],
    }


def _of_class(run: LessonRun, snapshot: reader.RunSnapshot, people: list[Row]) -> dict[str, Any]:
    """Who was there and how they took part."""
    status = [row.chosen or row.proposal.status for row in people]
    return {
        "statuses": Status,
        "counts": {one: status.count(one) for one in Status},
        "unsure": sum(row.proposal.status is Status.UNCONFIRMED for row in people),
        "minutes": list(enumerate(snapshot.minutes)),
        "most": max([m.room + m.home for m in snapshot.minutes] + [1]),
        "bands": list(Band),
        "takes_part": [(row.pupil, snapshot.engagement.get(row.pupil.uid)) for row in people if not row.is_later],
        "parity": snapshot.parity,
        "gaps": gaps_of(run.class_id),
        "least_a_side": LEAST_A_SIDE,
        "behaviours": school_rules.behaviours_of(school_rules.at(visitor().registration_id, now())),
    }


def _of_questions(run: LessonRun, snapshot: reader.RunSnapshot, state: State, lines: list[Line]) -> dict[str, Any]:
    """Each question with its answers, and how good it is."""
    first = _first_round(snapshot)
    read = _read_one_by_one(snapshot)
    return {
        "questions": snapshot.questions,
        "first_round": first,
        "numbers": {q.activity: n for n, q in enumerate(first, 1)},  # asked again, a question keeps its number
        "quality": quality.lines(run.run_id, snapshot) if snapshot.is_over else (),
        "practised": quality.lines(run.run_id, snapshot, Origin.PRACTICE) if snapshot.is_over else (),
        "least": quality.LEAST,
        "parts_of": parts_of,
        "sure": [q for q in snapshot.questions if q.cells is not None],
        "read_one_by_one": read,
        "writings": [(q, works.writings(q, lines)) for q in first if q.activity in read],
        "waiting": works.waiting(snapshot, state),
    }


def _first_round(snapshot: reader.RunSnapshot) -> list[QuestionResult]:
    return [q for q in snapshot.questions if q.round == 1]


def _read_one_by_one(snapshot: reader.RunSnapshot) -> set[str]:
    """Questions whose answers somebody has to read."""
    kinds = activities.types()
    return {q.activity for q in snapshot.questions if q.kind in kinds and kinds[q.kind].is_read}


def _of_works(run: LessonRun, snapshot: reader.RunSnapshot, state: State, lines: list[Line]) -> dict[str, Any]:
    """What was posted, made in groups, assessed among pupils."""
    return {
        "walls": works.walls(state, snapshot.questions, lines),
        "group_work": groupwork.tasks_of(run, state),
        "peer_work": peerwork.tasks_of(run, state),
        "levels": LEVELS,
        "longest_remark": groupwork.LONGEST_REMARK,
        "abouts": works.abouts(state),
    }


def _of_scores(run: LessonRun, lines: list[Line], people: list[Row]) -> dict[str, Any]:
    """The scores to confirm, and the columns in the LMS."""
    course = db.session.get(Course, run.context_id)
    return {
        "confirmable": [line for line in lines if line.value and line.decision is None],
        "longest_comment": LONGEST_COMMENT,
        "has_gradebook": has_gradebook(run),
        "writes_column": course is not None and course.writes_participation,
        **gradebook.standing(run, lines, [row.pupil for row in people]),
    }


def _of_catch_up(run_id: str, snapshot: reader.RunSnapshot, people: list[Row]) -> dict[str, Any]:
    """Who missed the lesson, and the work that was given for it."""
    first = _first_round(snapshot)
    given = practices.catch_up_of(run_id)
    return {
        "missed": _missed(people, first) if snapshot.is_over and any(q.item for q in first) else (),
        "catch_up": given,
        "has_catch_up": practices.pupils_in(given.run_id) if given else (),
    }


def _missed(people: list[Row], asked: Sequence[QuestionResult]) -> list[Row]:
    """To whom the lesson is to be offered again."""
    of_class = [row for row in people if not (row.is_later or row.has_left)]
    return [r for r in of_class if practices.has_missed(r.chosen, r.proposal.status, r.took_part[0], len(asked))]


@screen.get("/standing")
@needs(Need.TEACH)
def standing(run_id: str) -> str:
    """What the report says of the LMS, part by part: its page asks again while something is on its way there."""
    run = the_run(run_id)
    note_access_once("report.seen", f"run:{run_id}")
    pupils = roster.everybody(run)
    lines = gradebook.cells_of(run, pupils)
    return render_template("_standing.html", run=run, lines=lines, **gradebook.standing(run, lines, pupils))


@screen.post("/observed")
@needs(Need.TEACH)
def observe(run_id: str) -> Response:
    """The teacher saw something, and says it in words from the school's list."""
    run = the_run(run_id)
    person = db.session.get(Person, form_id("person") or 0)
    if person is None or person.uid not in {p.uid for p in roster.everybody(run)}:
        raise Fault("no_profile", 404)
    profilewords.write(
        ProfileEntry(
            context_id=run.context_id,
            person_id=person.id,
            kind=EntryKind.OBSERVED,
            text=request.form.get("behaviour", ""),
            written_by=visitor().person_id,
            at=now(),
        )
    )
    note_access("profile.written", person.id, f"context:{run.context_id}")
    return done("report.show", "entry_written", run_id=run_id)


@screen.post("/scores")
@needs(Need.TEACH)
def confirm_scores(run_id: str) -> Response:
    """The teacher's act: the scores as they stand in the form become decisions, and go to the outbox; participation
    too, where its box is ticked. What somebody else decided since the form was shown stands."""
    run = the_run(run_id)
    db.session.get(LessonRun, run_id, with_for_update=True)  # one teacher at a time
    stored = reader.snapshot_of(db.session.connection(), run_id)
    if stored is None:
        raise Fault("computing", 409)
    lines = gradebook.lines_of(run, rows_of(run, stored.snapshot), stored.snapshot)
    typed = [
        (line, mark_of(text), _comment_on(line))
        for line in lines
        if (text := request.form.get(f"s{line.person_id}", "").strip())
    ]
    wanted = [one for one in typed if not _is_decided_since(*one)]
    link = db.session.get(ResourceLink, run.resource_link_id) if run.resource_link_id else None
    item = delivery.column_for(run, link)
    for line, value, comment in wanted:
        _decide(run, line, value, comment)
    sent = delivery.queue(
        item, [Queued(line.person_id, value, comment) for line, value, comment in wanted if line.has_account]
    )
    if "column" in request.form and has_gradebook(run):
        _write_participation(run, lines)
    note_access("scores.confirmed", object_=f"run:{run_id}")
    if kept := len(typed) - len(wanted):
        return done("report.show", "scores_queued_but", run_id=run_id, n=kept)
    return done("report.show", "scores_queued", run_id=run_id, n=sent)


def _is_decided_since(line: Line, value: str, comment: str) -> bool:
    """Somebody decided something else on this score since the form was shown. A form that does not say which decision
    it showed is taken at its word."""
    seen, stands = form_id(f"w{line.person_id}"), line.decision
    if seen is None or stands is None or stands.id == seen:
        return False
    return (stands.value, stands.comment) != (value, comment)


def _comment_on(line: Line) -> str:
    """What the teacher wrote beside this score; a form without that field changes nothing."""
    text = request.form.get(f"c{line.person_id}")
    return line.comment if text is None else one_line(text, LONGEST_COMMENT)


def _write_participation(run: LessonRun, lines: list[Line]) -> None:
    """The share of questions answered in time of those asked, in percent: a count, no judgement. Who was asked nothing
    gets nothing."""
    label = str(t("column.participation", title=run.title or t("lesson.untitled")))
    item = delivery.extra_column(run, delivery.PARTICIPATION, label)
    asked = [(line.person_id, *line.took_part) for line in lines if line.has_account and line.took_part[1]]
    delivery.queue(
        item,
        [Queued(p, percent_of(n, of), str(t("column.participation.told", part=n, n=of))) for p, n, of in asked],
    )


def percent_of(part: int, whole: int) -> str:
    """A share in whole percent, half up."""
    return str((Decimal(100 * part) / whole).quantize(Decimal(1), ROUND_HALF_UP))


def mark_of(text: str) -> str:
    """A mark as typed: 0 to 10, comma or point, rounded half up to one decimal (8,25 is 8.3). Raises `Fault`."""
    if not _MARK.fullmatch(text):
        raise Fault("mark", value=text[:12])
    return str(Decimal(text.replace(",", ".")).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _decide(run: LessonRun, line: Line, value: str, comment: str) -> None:
    if line.decision is not None and (line.decision.value, line.decision.comment) == (value, comment):
        return
    db.session.add(
        ScoreDecision(
            run_id=run.run_id,
            person_id=line.person_id,
            proposed=line.proposed,
            value=value,
            comment=comment,
            decided_by=visitor().person_id,
            at=now(),
        )
    )


@screen.post("/again")
@needs(Need.TEACH)
def again(run_id: str) -> Response:
    """Send once more what the LMS did not take, in all columns of the lesson; else all that it took."""
    run = the_run(run_id)
    items = [delivery.column_if_any(run, tag) for tag in (delivery.TAG, *delivery.EXTRAS)]
    sent = delivery.send_again(item for item in items if item is not None)
    return done("report.show", "score_again", run_id=run_id, n=sent)


@screen.post("/grades/<any(score, attendance, participation):tag>/<int:person_id>/<word>")
@needs(Need.TEACH)
def choose_grade(run_id: str, tag: str, person_id: int, word: str) -> Response:
    """The teacher saw that a grade was changed in the LMS, and says which of the two stands: "ours" or "theirs"."""
    item = delivery.column_if_any(the_run(run_id), tag)
    score = delivery.states(item).get(person_id) if item else None
    if score is None or score.theirs is None or word not in gradebook.WORDS:
        raise Fault("score_gone", 409)
    (delivery.insist if word == "ours" else delivery.keep_theirs)(score)
    note_access("score.chosen", person_id, f"run:{run_id}")
    return done("report.show", "score_chosen", run_id=run_id)


@screen.get("/photos/<uid>/<upload_id>")
@needs(Need.TEACH)
def photo(run_id: str, uid: str, upload_id: str) -> Response:
    """A photo that a pupil sent with an answer, for the teacher."""
    run = the_run(run_id)
    with store_errors():
        data = drive(db.session.connection(), uploads.photo((run.run_id, uid, upload_id)))
    subject = db.session.scalars(select(Person.id).where(Person.uid == uid)).first()
    note_access("photo.seen", subject, object_=f"run:{run_id}")
    return photo_response(data)


@screen.get("/unsigned/<activity>/<int:number>/<upload_id>")
@needs(Need.TEACH)
def unsigned_photo(run_id: str, activity: str, number: int, upload_id: str) -> Response:
    """A photo sent with an answer that has no name, by the handle that the texts beside it give."""
    run = the_run(run_id)
    state = live.state_of(run.run_id)
    asked = state.activity(activity)
    round_ = next((one for one in state.rounds.get(activity, ()) if one.number == number), None)
    given = state.responses.get((activity, number), {})
    if asked is None or round_ is None or not naming.is_readable(state, asked, round_, len(given), now()):
        return photo_response(None)
    named = naming.upload_by(state, given, upload_id)
    note_access_once("texts.seen", f"run:{run_id}")
    with store_errors():
        data = drive(db.session.connection(), uploads.photo((run.run_id, *named))) if named else None
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
