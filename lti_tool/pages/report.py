"""After the lesson: each question, each pupil, the scores the teacher confirms and where they stand in the LMS."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import select

from analytics import reader
from analytics.attendance import Status
from analytics.engagement import Band
from analytics.parity import LEAST_A_SIDE
from analytics.pool import Origin
from analytics.regulations.circular_22_2021 import LEVELS
from analytics.results import PupilResult, QuestionResult
from live_session import activities
from live_session.model import Naming, State
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
    profiles,
    recordings,
    roster,
    running,
    school_rules,
)
from lti_tool.lessons.roster import Pupil
from lti_tool.lms import delivery
from lti_tool.lms.delivery import Queued
from lti_tool.models import (
    Course,
    EntryKind,
    LessonRun,
    Person,
    ProfileEntry,
    ResourceLink,
    Score,
    ScoreDecision,
    ScoreState,
)
from lti_tool.pages import answers, charts, quality
from lti_tool.pages.attendance import Row, has_gradebook, rows_of
from lti_tool.pages.desk import done, form_id
from lti_tool.pages.overview import told_of
from lti_tool.pages.teach import the_run
from lti_tool.pages.uploads import photo_response
from lti_tool.text import one_line
from lti_tool.translations import t

screen = Blueprint("report", __name__, url_prefix="/l/<visit_id>/runs/<run_id>/report")

LONGEST_COMMENT = 300
_MARK = re.compile(r"(10([.,]0)?|[0-9]([.,][0-9]{1,3})?)")


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
    def gradebook(self) -> str:
        """Where the score stands, as a key that the page has words for."""
        if not self.has_account:
            return "no_account"
        if self.score is None:
            return "none"
        if self.score.state is ScoreState.REFUSED or self.score.fault == delivery.WITHDRAWN:
            return self.score.fault
        return "again" if self.score.state is ScoreState.WAITING and self.score.fault else self.score.state.value

    @property
    def is_stuck(self) -> bool:
        """Whether sending again may help."""
        return self.score is not None and self.score.state in delivery.STUCK

    @property
    def is_waiting(self) -> bool:
        """Whether it goes on its way by itself."""
        return self.score is not None and self.score.state is ScoreState.WAITING

    @property
    def took_part(self) -> tuple[int, int]:
        """(questions answered in time, questions asked) of the first rounds."""
        return self.result.took_part if self.result else (0, 0)

    @property
    def comment(self) -> str:
        """What the teacher wrote beside the score."""
        return self.decision.comment if self.decision else ""

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
    people = rows_of(run, stored.snapshot)
    lines = _lines(run, people, stored.snapshot)
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
        "films": [(one, recordings.moments(one, stored.snapshot.phones)) for one in recordings.of_run(run.run_id)],
    }


def _of_class(run: LessonRun, snapshot: reader.RunSnapshot, people: list[Row]) -> dict[str, Any]:
    """Who was there and how they took part."""
    status = [row.chosen or row.proposal.status for row in people]
    return {
        "statuses": Status,
        "counts": {one: status.count(one) for one in Status},
        "minutes": list(enumerate(snapshot.minutes)),
        "most": max([m.room + m.home for m in snapshot.minutes] + [1]),
        "bands": list(Band),
        "takes_part": [(row.pupil, snapshot.engagement.get(row.pupil.uid)) for row in people if not row.is_later],
        "parity": snapshot.parity,
        "gaps": told_of(run.class_id),
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
        "writings": [(q, _writings(q, lines)) for q in first if q.activity in read],
        "waiting": _waiting(snapshot, state),
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
        "walls": _walls(state, snapshot.questions, lines),
        "group_work": groupwork.tasks_of(run, state),
        "peer_work": peerwork.tasks_of(run, state),
        "levels": LEVELS,
        "longest_remark": groupwork.LONGEST_REMARK,
        "abouts": _abouts(state),
    }


def _of_scores(run: LessonRun, lines: list[Line], people: list[Row]) -> dict[str, Any]:
    """The scores to confirm, and the columns in the LMS."""
    course = db.session.get(Course, run.context_id)
    return {
        "confirmable": [line for line in lines if line.value],
        "longest_comment": LONGEST_COMMENT,
        "has_gradebook": has_gradebook(run),
        "writes_column": course is not None and course.writes_participation,
        **_standing(run, lines, [row.pupil for row in people]),
    }


def _standing(run: LessonRun, lines: list[Line], pupils: Sequence[Pupil]) -> dict[str, Any]:
    """Where the scores and the columns beside them stand in the LMS, and whether something is on its way there."""
    extras = _extras(run, pupils)
    cells = [*lines, *(line for extra in extras for line in extra.open)]
    return {
        "extras": extras,
        "is_stuck": any(line.is_stuck for line in cells),
        "is_waiting": any(line.is_waiting for line in cells),
        "choice": lambda line, tag=delivery.TAG: {
            word: url_for("report.choose_grade", run_id=run.run_id, tag=tag, person_id=line.person_id, word=word)
            for word in WORDS
        },
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


WORDS = ("theirs", "ours")
"""Which of two grades stands: the one that somebody made in the LMS, or the one kept here."""


@dataclass(frozen=True)
class Extra:
    """A column beside the score, and where its cells stand: how many are written, and those that are not, by name."""

    tag: str
    label: str
    written: int
    open: list[Line]


def _extras(run: LessonRun, people: Sequence[Pupil]) -> list[Extra]:
    pupils = {one.person_id: one for one in people}
    found = []
    for tag in delivery.EXTRAS:
        item = delivery.column_if_any(run, tag)
        cells = delivery.states(item) if item else {}
        if item and cells:
            written = sum(cell.state is ScoreState.SENT for cell in cells.values())
            found.append(Extra(tag, item.label, written, open_lines(cells, pupils)))
    return found


def open_lines(cells: Mapping[int, Score], pupils: Mapping[int, Pupil]) -> list[Line]:
    """The cells of these pupils that do not stand in the gradebook, in the order of the list."""
    lines = [
        Line(one.person_id, one.uid, one.number, one.name, None, None, cell, has_account=True)
        for person_id, cell in cells.items()
        if (one := pupils.get(person_id)) and cell.state is not ScoreState.SENT and _says_something(cell)
    ]
    return sorted(lines, key=lambda line: line.number)


def _says_something(cell: Score) -> bool:
    """What was withdrawn before it was ever written is nobody's business any more."""
    return cell.fault != delivery.WITHDRAWN or cell.sent_value is not None


def _lines(run: LessonRun, people: list[Any], snapshot: reader.RunSnapshot) -> list[Line]:
    decided = _decisions(run.run_id)
    item = delivery.column_if_any(run)
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


@screen.get("/standing")
@needs(Need.TEACH)
def standing(run_id: str) -> str:
    """What the report says of the LMS, part by part: its page asks again while something is on its way there."""
    run = the_run(run_id)
    note_access_once("report.seen", f"run:{run_id}")
    pupils, item = roster.everybody(run), delivery.column_if_any(run)
    cells = delivery.states(item) if item else {}
    known = _accounts(list(cells))
    lines = [
        Line(p.person_id, p.uid, p.number, p.name, None, None, cells[p.person_id], p.person_id in known)
        for p in pupils
        if p.person_id in cells
    ]
    return render_template("_standing.html", run=run, lines=lines, **_standing(run, lines, pupils))


@screen.post("/observed")
@needs(Need.TEACH)
def observe(run_id: str) -> Response:
    """The teacher saw something, and says it in words from the school's list."""
    run = the_run(run_id)
    person = db.session.get(Person, form_id("person") or 0)
    if person is None or person.uid not in {p.uid for p in roster.everybody(run)}:
        raise Fault("no_profile", 404)
    profiles.write(
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
    lines = _lines(run, rows_of(run, stored.snapshot), stored.snapshot)
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
        [Queued(p, percent_of(n, of), str(t("column.participation.told", n=n, of=of))) for p, n, of in asked],
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
    """Send once more what the LMS did not take, in all columns of the lesson."""
    run = the_run(run_id)
    items = [delivery.column_if_any(run, tag) for tag in (delivery.TAG, *delivery.EXTRAS)]
    sent = sum(delivery.again(item) for item in items if item is not None)
    return done("report.show", "score_again", run_id=run_id, n=sent)


@screen.post("/grades/<any(score, attendance, participation):tag>/<int:person_id>/<word>")
@needs(Need.TEACH)
def choose_grade(run_id: str, tag: str, person_id: int, word: str) -> Response:
    """The teacher saw that a grade was changed in the LMS, and says which of the two stands: "ours" or "theirs"."""
    item = delivery.column_if_any(the_run(run_id), tag)
    score = delivery.states(item).get(person_id) if item else None
    if score is None or score.theirs is None or word not in WORDS:
        raise Fault("score_gone", 409)
    (delivery.insist if word == "ours" else delivery.keep_theirs)(score)
    note_access("score.chosen", person_id, f"run:{run_id}")
    return done("report.show", "score_chosen", run_id=run_id)


@dataclass(frozen=True)
class Writing:
    """What one pupil wrote to an open question, and the id of the photo beside it."""

    uid: str
    name: str
    text: str
    photo: str | None
    is_late: bool


def _writings(question: QuestionResult, lines: list[Line]) -> list[Writing]:
    """The texts of an open question, in the order of the roster; those without a name, in one that tells nothing."""
    if question.naming is not Naming.NAMED:
        told = [(one.pen, answers.written(one.value)[0]) for one in question.unsigned]
        return [Writing("", pen or str(t("report.nobody")), text, None, is_late=False) for pen, text in told]
    given = [(line, line.result.given.get(question.activity)) for line in lines if line.result]
    return [
        Writing(line.uid, line.name, *answers.written(g.value), is_late=g.is_late)
        for line, g in given
        if g is not None and g.value is not None
    ]


def _waiting(snapshot: reader.RunSnapshot, state: State) -> Mapping[str, int]:
    """How many answered or posted under a name that nobody has confirmed, by activity; of first rounds."""
    picked = {uid for uid, one in snapshot.proposals.items() if one.status is Status.UNCONFIRMED}
    writers: dict[str, set[str]] = {}
    for given in (state.responses, state.late):
        for (activity, number), by_pupil in given.items():
            if number == 1:
                writers.setdefault(activity, set()).update(by_pupil)
    for (activity, number), wall in state.walls.items():
        if number == 1:
            writers.setdefault(activity, set()).update(post.participant for post in wall.readable)
    return {activity: len(picked & who) for activity, who in writers.items()}


def _abouts(state: State) -> Mapping[tuple[str, int], int]:
    """The group that a round of a rubric was about."""
    return {(activity, one.number): one.about for activity, asked in state.rounds.items() for one in asked if one.about}


@dataclass(frozen=True)
class Posting:
    """One post or comment as the report shows it; `reactions` are (word, count)."""

    uid: str
    name: str
    number: int
    text: str
    link: str
    photo: str | None
    column: str
    on: int
    is_late: bool
    is_hidden: bool
    is_done: bool
    reactions: list[tuple[str, int]]
    group: int


def _walls(
    state: State, questions: Sequence[QuestionResult], lines: list[Line]
) -> list[tuple[QuestionResult, list[Posting]]]:
    """Each question on which pupils posted several times, and the posts of its first round in the order of coming."""
    kinds = activities.types()
    asked = {a.id: activities.content_of(a) for a in state.deck if a.kind in kinds}
    first = [q for q in questions if q.round == 1 and q.activity in asked]
    return [
        (q, _postings(q, dict(getattr(asked[q.activity], "places", ())), lines))
        for q in first
        if (terms := kinds[q.kind].post_terms(asked[q.activity])) is not None and not terms.by_group
    ]


def _postings(question: QuestionResult, columns: Mapping[str, str], lines: list[Line]) -> list[Posting]:
    found = [
        Posting(
            line.uid,
            line.name,
            post["n"],
            post.get("text", ""),
            post.get("link", ""),
            post.get("photo"),
            columns.get(post.get("column", ""), ""),
            post.get("on", 0),
            post.get("late", False),
            post.get("hidden", False),
            post.get("done", False),
            sorted(post.get("reactions", {}).items()),
            post.get("group", 0),
        )
        for line in lines
        if line.result and (given := line.result.given.get(question.activity)) and answers.is_posts(given.value)
        for post in given.value
    ]
    return sorted(found, key=lambda post: (post.on or post.number, post.number))


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


def parts_of(question: QuestionResult) -> list[tuple[str, str, float, bool]]:
    """A question's stacked bar: (fill, text, percent, is key) for each option that was chosen."""
    whole = max(1, sum(bar.count for bar in question.tally))
    keys = set(question.key.options) if question.key else set()
    return [
        (answers.fill(bar.option), answers.bar_text(bar, whole), round(100 * bar.count / whole, 2), bar.option in keys)
        for bar in question.tally
        if bar.count
    ]
