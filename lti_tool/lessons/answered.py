"""First answers of a course as plain tables: those of its lessons, and, apart from them, those of work at the pupils'
own pace. How much was right, and nothing that a pupil chose or wrote."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from analytics import reader
from analytics.facts import Attempt
from analytics.pool import Origin
from analytics.reader import RunSnapshot
from analytics.results import Given, QuestionResult
from live_session import activities
from live_session.model import Activity
from lti_tool.clock import local, now, school_year
from lti_tool.extensions import db
from lti_tool.models import Course, LessonRun, Practice

Row = Mapping[str, Any]


Taught = Sequence[tuple[str, RunSnapshot]]
"""Lessons as they were computed, by run."""


def lessons(course: Course) -> Taught:
    """Those of the school year, the oldest first."""
    query = select(LessonRun.run_id, LessonRun.started_at).where(LessonRun.context_id == course.context_id)
    rows = db.session.execute(query.order_by(LessonRun.started_at, LessonRun.run_id)).all()
    stored = [(id_, reader.snapshot_of(db.session.connection(), id_)) for id_, at in rows if _is_of(course, at)]
    return [(run_id, one.snapshot) for run_id, one in stored if one]


def in_class(taught: Taught, uids: set[str]) -> Iterable[Row]:
    """What these pupils first answered in these lessons, question by question."""
    for run_id, snapshot in taught:
        for question in snapshot.questions:
            for who, result in snapshot.pupils.items() if question.round == 1 else ():
                given = result.given.get(question.activity)
                if who in uids and given is not None and given.value is not None:
                    yield _taught(run_id, who, question, given)


def _taught(run_id: str, who: str, question: QuestionResult, given: Given) -> Row:
    return {
        "pupil": who, "mode": str(Origin.CLASS), "run": run_id, "activity": question.activity, "kind": question.kind,
        "title": question.title, "item": question.item or "", "version": question.version, "share": given.share,
        "is_late": given.is_late,
    }  # fmt: skip


def practices(course: Course) -> Iterable[Row]:
    """The works that were given in the school year."""
    for one in _given(course):
        yield {
            "run": one.run_id, "title": one.title, "is_catch_up": one.is_catch_up, "of_run": one.of_run or "",
            "opened_at": one.opened_at, "due_at": one.due_at, "closed_at": one.closed_at,
        }  # fmt: skip


def in_practice(course: Course, uids: set[str]) -> Iterable[Row]:
    """What these pupils first answered in them, before anything was told. Later tries are not first answers."""
    for one in _given(course):
        story = reader.story_of(db.session.connection(), one.run_id, now())
        deck = {activity.id: activity for activity in story.facts.deck} if story else {}
        attempts = story.facts.attempts if story else ()
        for attempt in sorted(attempts, key=lambda a: (a.at, a.participant, a.activity)):
            if attempt.participant in uids:
                yield _practised(one, deck[attempt.activity], attempt)


def _practised(given: Practice, activity: Activity, attempt: Attempt) -> Row:
    share = activities.share_of(activity, attempt.value)
    return {
        "pupil": attempt.participant, "mode": str(Origin.PRACTICE), "run": given.run_id, "activity": activity.id,
        "kind": activity.kind, "title": activity.title, "item": activity.item or "", "version": activity.version,
        "share": None if share is None else float(share), "at": attempt.at,
        "is_late": given.due_at is not None and attempt.at > given.due_at,
    }  # fmt: skip


def _given(course: Course) -> Iterable[Practice]:
    query = select(Practice).where(Practice.context_id == course.context_id)
    found = db.session.scalars(query.order_by(Practice.opened_at, Practice.run_id)).all()
    return [one for one in found if _is_of(course, one.opened_at)]


def _is_of(course: Course, moment: int) -> bool:
    return school_year(local(moment).date()) == course.school_year
