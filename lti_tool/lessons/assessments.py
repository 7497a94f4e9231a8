"""Questions that a teacher tagged for assessment, the marks they would come to, and the teacher's act on those.

Only what is tagged is looked at: practice and informal tests never come here by themselves. Presentations and products
come here by the levels that the teacher said of them (`judgements`). A proposal becomes a mark by `marks.save` alone,
pupil by pupil as the teacher accepted them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from analytics import pool, reader
from analytics.marks import VERSION, Proposal, Reason, Refusal, Task, propose, propose_of_levels
from analytics.mastery import ledger
from analytics.reader import RunSnapshot
from analytics.regulations.port import Form
from analytics.results import Given, QuestionResult
from live_session.model import Millis
from lti_tool.clock import TWICE_WITHIN_MS, local, now, school_year
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import judgements
from lti_tool.lessons.judgements import Seen
from lti_tool.lessons.marks import METHODS, Rulebook, term_of
from lti_tool.lessons.roster import Pupil, pupils
from lti_tool.models import AssessedQuestion, Assessment, Context, Course, LessonRun
from lti_tool.text import one_line

LONGEST_TITLE = 120
MOST_QUESTIONS = 400
Tag = tuple[str, str]
"""A question as it was asked in one lesson: the run and the activity."""


@dataclass(frozen=True)
class Question:
    """A question that can be right or wrong, and the assessment it is tagged for, if any."""

    activity: str
    title: str
    tagged_for: int | None


@dataclass(frozen=True)
class Taught:
    """A lesson of the term with its questions, and `works` of which a teacher says levels."""

    run_id: str
    title: str
    at: Millis
    questions: Sequence[Question]
    works: Sequence[Question] = ()


@dataclass(frozen=True)
class Part:
    """One lesson behind a proposal: how much of its tagged questions was right (each by its share), of how many."""

    run_id: str
    title: str
    at: Millis
    right: float
    asked: int
    silent: int


@dataclass(frozen=True)
class Line:
    """A pupil: what is proposed or why nothing is, and the lessons behind it. `missed` are tagged lessons of which no
    question was asked of this pupil, `again` those questions that the pupil had met, or seen the key of, in an earlier
    one of them.
    `questions` are what counts; `works` are what the teacher judged by levels."""

    pupil: Pupil
    outcome: Proposal | Refusal
    parts: Sequence[Part]
    missed: int
    works: Sequence[Seen] = ()
    again: int = 0
    questions: Sequence[Tag] = ()

    @property
    def proposal(self) -> Proposal | None:
        return self.outcome if isinstance(self.outcome, Proposal) else None

    @property
    def refusal(self) -> Refusal | None:
        return self.outcome if isinstance(self.outcome, Refusal) else None


# --- what is tagged -------------------------------------------------------------------------------------------------


def of_term(course: Course, term: int) -> list[Assessment]:
    """The assessments of a term, in the order in which they were made."""
    query = select(Assessment).where(
        Assessment.context_id == course.context_id,
        Assessment.school_year == course.school_year,
        Assessment.term == term,
    )
    return list(db.session.scalars(query.order_by(Assessment.id)))


def assessment_of(course: Course, assessment_id: int) -> Assessment:
    """An assessment of this course and its school year. Raises `Fault`, the same for none and for another course's."""
    found = db.session.get(Assessment, assessment_id)
    if found is None or (found.context_id, found.school_year) != (course.context_id, course.school_year):
        raise Fault("assessment_gone", 404)
    return found


def taught(course: Course, term: int) -> list[Taught]:
    """The term's lessons that are over, with the questions that can be tagged; the newest first."""
    runs = _runs(course, term)
    ids = [run.run_id for run in runs]
    tags, known = _tags(ids), reader.questions_of(db.session.connection(), ids)
    found = []
    for run in runs:
        first = [q for q in known.get(run.run_id, ()) if q.round == 1]
        asked = [_question(run, q, tags) for q in first if q.key is not None and q.points > 0]
        works = [_question(run, q, tags) for q in first if q.kind in judgements.KINDS]
        if asked or works:
            found.append(Taught(run.run_id, run.title, run.started_at, asked, works))
    return found


def _question(run: LessonRun, asked: QuestionResult, tags: Mapping[Tag, int]) -> Question:
    return Question(asked.activity, asked.title, tags.get((run.run_id, asked.activity)))


def _runs(course: Course, term: int) -> list[LessonRun]:
    query = select(LessonRun).where(LessonRun.context_id == course.context_id, LessonRun.ended_at.is_not(None))
    rows = db.session.scalars(query.order_by(LessonRun.started_at.desc()))
    return [run for run in rows if _is_of(course, term, run.started_at)]


def _is_of(course: Course, term: int, at: Millis) -> bool:
    day = local(at).date()
    return term_of(day) == term and school_year(day) == course.school_year


def _tags(run_ids: Sequence[str]) -> dict[Tag, int]:
    rows = db.session.scalars(select(AssessedQuestion).where(AssessedQuestion.run_id.in_(run_ids)))
    return {(row.run_id, row.activity): row.assessment_id for row in rows}


def _snapshot(run_id: str) -> RunSnapshot | None:
    stored = reader.snapshot_of(db.session.connection(), run_id)
    return stored.snapshot if stored else None


def make(
    course: Course, term: int, title: str, method: str, tags: Collection[Tag], by: int, *, by_levels: bool = False
) -> Assessment:
    """Tag questions for one assessment, or works that are judged `by_levels`. Raises `Fault` for no title, no method,
    no question, and for a question that is no longer there or is tagged already: an answer counts once."""
    db.session.execute(select(Context.id).where(Context.id == course.context_id).with_for_update())  # one at a time
    if made_before := _made_just_now(course, term, one_line(title, LONGEST_TITLE), tags, by):
        return made_before
    _check(course, term, title, method, tags, by_levels=by_levels)
    made = Assessment(
        context_id=course.context_id,
        school_year=course.school_year,
        term=term,
        title=one_line(title, LONGEST_TITLE),
        method=method,
        by_levels=by_levels,
        made_by=by,
        made_at=now(),
    )
    db.session.add(made)
    db.session.flush()
    rows = [AssessedQuestion(run_id=run, activity=q, assessment_id=made.id) for run, q in sorted(set(tags))]
    db.session.add_all(rows)
    db.session.flush()
    return made


def _made_just_now(course: Course, term: int, title: str, tags: Collection[Tag], by: int) -> Assessment | None:
    """The same by the same teacher moments ago: a second press, or a form that a slow network brought twice."""
    since = now() - TWICE_WITHIN_MS
    query = select(Assessment).where(Assessment.context_id == course.context_id, Assessment.term == term)
    query = query.where(Assessment.title == title, Assessment.made_by == by, Assessment.made_at > since)
    for one in db.session.scalars(query):
        tagged = select(AssessedQuestion.run_id, AssessedQuestion.activity)
        rows = db.session.execute(tagged.where(AssessedQuestion.assessment_id == one.id))
        if {(row.run_id, row.activity) for row in rows} == set(tags):
            return one
    return None


def _check(course: Course, term: int, title: str, method: str, tags: Collection[Tag], *, by_levels: bool) -> None:
    if not one_line(title, LONGEST_TITLE) or method not in METHODS or not 0 < len(tags) <= MOST_QUESTIONS:
        raise Fault("assessment_empty")
    offered = [(one, one.works if by_levels else one.questions) for one in taught(course, term)]
    free = {(one.run_id, q.activity) for one, found in offered for q in found if q.tagged_for is None}
    if not set(tags) <= free:
        raise Fault("assessment_taken", 409)


def remove(assessment: Assessment) -> None:
    """Untag its questions. Marks that were made by it stay, and keep what they went by; so do levels."""
    db.session.execute(delete(AssessedQuestion).where(AssessedQuestion.assessment_id == assessment.id))
    db.session.delete(assessment)
    db.session.flush()


# --- what it comes to -----------------------------------------------------------------------------------------------


def lines(course: Course, rules: Rulebook, assessment: Assessment, class_id: int | None = None) -> list[Line]:
    """Every pupil of the list with a proposal or the reason why there is none. In a comment-only subject no level is
    proposed: the regulation names none by numbers."""
    if assessment.by_levels:
        return _lines_by_levels(course, rules, assessment, class_id)
    runs = _tagged(assessment)
    everybody = {one.uid: _tasks(one.uid, runs) for one in pupils(course.context_id, with_former=True)}
    outcomes = propose(everybody)
    return [
        _line(one, runs, everybody[one.uid], _as_far_as_allowed(rules, outcomes[one.uid]))
        for one in pupils(course.context_id, class_id)
    ]


def _lines_by_levels(course: Course, rules: Rulebook, assessment: Assessment, class_id: int | None) -> list[Line]:
    """The same of what the teacher said by levels. How alike the levels of one pupil are is learnt from all pupils."""
    works, everybody = judgements.works_of(assessment), pupils(course.context_id, with_former=True)
    known = judgements.standing(works, everybody, judgements.acts(works))
    said = {one.uid: judgements.judged(works, known, one.person_id) for one in everybody}
    outcomes = propose_of_levels(said, sum(len(work.rows) for work in works))
    return [
        Line(one, _as_far_as_allowed(rules, outcomes[one.uid]), (), 0, judgements.seen(works, known, one))
        for one in pupils(course.context_id, class_id)
    ]


@dataclass(frozen=True)
class _Tagged:
    """A lesson with its tagged questions, by activity; `shown`: who saw the key of which without having answered."""

    run: LessonRun
    snapshot: RunSnapshot
    questions: Mapping[str, QuestionResult]
    shown: Mapping[str, Collection[str]] = field(default_factory=dict)

    def met_by(self, uid: str) -> Mapping[str, Given]:
        """What this pupil gave to those of them that were asked of the pupil, or answered, be it too late."""
        given = self.snapshot.pupils[uid].given if uid in self.snapshot.pupils else {}
        return {
            activity: answer
            for activity in self.questions
            if (answer := given.get(activity)) is not None and (answer.was_asked or answer.value is not None)
        }


def _tagged(assessment: Assessment) -> list[_Tagged]:
    """The lessons behind an assessment, the oldest first; those without a snapshot say nothing yet."""
    known = [(run, _snapshot(run.run_id), wanted) for run, wanted in judgements.tagged(assessment)]
    shown = ledger.keys_shown(db.session.connection(), [run.run_id for run, _, _ in known])
    return [
        _Tagged(run, snapshot, {q.activity: q for q in snapshot.questions if q.activity in wanted}, shown[run.run_id])
        for run, snapshot, wanted in known
        if snapshot is not None
    ]


def _met(uid: str, runs: Sequence[_Tagged]) -> Iterator[tuple[_Tagged, str, Given, bool]]:
    """(lesson, activity, what was given, whether it was met for the first time) of each tagged question that this pupil
    met. What is asked once more, the same version, has shown its key; so it has to whoever was there for the key
    alone."""
    met = set[str]()
    for one in runs:
        given = one.met_by(uid)
        for activity, question in one.questions.items():
            item = pool.item_of(one.run.run_id, question)
            if activity in given:
                yield one, activity, given[activity], item not in met
            if activity in given or uid in one.shown.get(activity, ()):
                met.add(item)


def _tasks(uid: str, runs: Sequence[_Tagged]) -> list[Task]:
    """The tagged questions as this pupil first met each. What came late counts as nothing given, as in the lesson's own
    score; what was given in time and has no share any more was erased, and counts neither way."""
    tasks = []
    for one, activity, answer, is_first in _met(uid, runs):
        is_given = answer.value is not None and not answer.is_late
        if not is_first or answer.is_team:
            continue  # what several said together is nobody's own evidence for a mark
        if (is_given and answer.share is None) or not (is_given or answer.was_asked):
            continue
        share = (answer.share or 0.0) if is_given else 0.0
        tasks.append(Task(one.run.run_id, activity, share, one.questions[activity].points, is_given))
    return tasks


def _again(uid: str, runs: Sequence[_Tagged]) -> int:
    """How often a tagged question was asked of this pupil who had met it, or seen its key."""
    return sum(not is_first for *_, is_first in _met(uid, runs))


def _as_far_as_allowed(rules: Rulebook, outcome: Proposal | Refusal) -> Proposal | Refusal:
    if rules.form is Form.COMMENT and isinstance(outcome, Proposal):
        return Refusal(Reason.COMMENT_ONLY, outcome.answered, outcome.asked)
    return outcome


def _line(pupil: Pupil, runs: Sequence[_Tagged], tasks: Sequence[Task], outcome: Proposal | Refusal) -> Line:
    parts = []
    for one in runs:
        own = [task for task in tasks if task.run == one.run.run_id]
        if own:
            silent = sum(not task.is_given for task in own)
            right = sum(task.share for task in own)
            parts.append(Part(one.run.run_id, one.run.title, one.run.started_at, right, len(own), silent))
    missed = sum(not one.met_by(pupil.uid) for one in runs)
    questions = [(task.run, task.activity) for task in tasks]
    return Line(pupil, outcome, parts, missed, again=_again(pupil.uid, runs), questions=questions)


def basis(assessment: Assessment, line: Line) -> dict[str, Any]:
    """What a mark that is made now went by, to be kept with it: numbers, lessons, and the questions and criteria that
    counted, which say what it rests on when the assessment is gone. Nobody's name."""
    offered = line.proposal
    return {
        "assessment": assessment.id,
        "title": assessment.title,
        "version": VERSION,
        "value": f"{offered.value}" if offered else None,
        "low": f"{offered.low}" if offered else None,
        "high": f"{offered.high}" if offered else None,
        "answered": line.outcome.answered,
        "asked": line.outcome.asked,
        "runs": [*(part.run_id for part in line.parts), *(one.work.run.run_id for one in line.works if one.said)],
        "by_levels": assessment.by_levels,
        "questions": [list(tag) for tag in line.questions],
        "levels": [
            [one.work.run.run_id, one.work.activity, criterion] for one in line.works for criterion, _ in one.said
        ],
    }
