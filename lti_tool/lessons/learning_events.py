"""Lessons, work at the pupils' own pace, and what teachers judged, as learning events for other systems. People go out
under pseudonyms unless the school asks otherwise."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import select

from analytics import reader
from analytics.export.deeds import Course as Place
from analytics.export.deeds import Judged, Lesson, lesson_of
from analytics.facts import gather
from analytics.regulations.port import Form
from live_session.model import Millis
from lti_tool import formats
from lti_tool.extensions import db
from lti_tool.lessons import marks, objectives, school_rules
from lti_tool.lessons.courses import school_of
from lti_tool.lessons.marks import Rulebook
from lti_tool.lessons.oneroster import MOST
from lti_tool.models import Course, LessonRun, MemberRole, Membership, Person, Practice, ScoreDecision
from lti_tool.site import site
from lti_tool.translations import t


def courses() -> list[Course]:
    """Every course that was set up."""
    return list(db.session.scalars(select(Course).order_by(Course.context_id)))


def place_of(course: Course) -> Place:
    """A course as other systems see it."""
    tool = site().settings.public_url.rstrip("/")
    return Place(tool, pseudonym(f"context:{course.context_id}"), course.subject, objectives.identifiers(course))


def lessons(course: Course, since: Millis, until: Millis, *, is_identified: bool = False) -> Iterator[Lesson]:
    """Lessons of a course that are over and began in this span, the oldest first, each read from its log."""
    query = (
        select(LessonRun)
        .where(LessonRun.context_id == course.context_id, LessonRun.ended_at.is_not(None))
        .where(LessonRun.started_at >= since, LessonRun.started_at < until)
        .order_by(LessonRun.started_at, LessonRun.run_id)
    )
    names = _names(course, is_identified=is_identified)
    for run in db.session.scalars(query):
        log = reader.read_log(db.session.connection(), run.run_id)
        rules = school_rules.at(school_of(course.context_id), run.started_at)
        if log and (facts := gather(log, log[-1].at)).is_over:
            yield lesson_of(pseudonym(f"run:{run.run_id}"), run.title, facts, log, names, rules.thresholds)


def practices(course: Course, since: Millis, until: Millis, *, is_identified: bool = False) -> Iterator[Lesson]:
    """Work at the pupils' own pace that was given in this span, as far as it was done: answers, nobody's presence."""
    query = (
        select(Practice)
        .where(Practice.context_id == course.context_id, Practice.opened_at >= since, Practice.opened_at < until)
        .order_by(Practice.opened_at, Practice.run_id)
    )
    names = _names(course, is_identified=is_identified)
    for one in db.session.scalars(query):
        log = reader.read_log(db.session.connection(), one.run_id)
        if log:
            facts = gather(log, log[-1].at)
            yield lesson_of(pseudonym(f"run:{one.run_id}"), one.title, facts, log, names, None)


def judged(course: Course, since: Millis, until: Millis, *, is_identified: bool = False) -> Iterator[Judged]:
    """The marks of the school year that stand, and the scores of lessons that stand, of those made in this span. Levels
    of a comment-only subject are no grades."""
    told = _Told(_names(course, is_identified=is_identified), is_identified)
    for uid, of, title, by, at, value in (*_marks(course), *_scores(course)):
        if uid in told.names and since <= at < until:
            yield Judged(of, title, told.names[uid], told.teacher(by), at, float(value), MOST)


@dataclass(frozen=True)
class _Told:
    """Under which names people go out."""

    names: Mapping[str, str]
    is_identified: bool

    def teacher(self, person_id: int | None) -> str:
        person = db.session.get(Person, person_id) if person_id else None
        if person is None:
            return ""
        return person.sub if self.is_identified and person.sub else pseudonym(f"person:{person.uid}")


_Grade: TypeAlias = tuple[str, str, str, int | None, Millis, str]
"""Whose, for what, its title, by whom, when, how much."""


def _marks(course: Course) -> Iterator[_Grade]:
    rules = marks.rulebook(course)
    if not isinstance(rules, Rulebook) or rules.form is Form.COMMENT:
        return
    for term in marks.TERMS:
        for row in marks.book(course, rules, term, with_former=True):
            for place, act in row.marks.items():
                if value := marks.grade_of(act):
                    title = f"{t(f'oneroster.place.{place}')} · {t('form.sheet', n=formats.roman(term))}"
                    of = f"marks/{course.school_year}/{term}/{place}"
                    yield row.pupil.uid, of, title, act.made_by, act.at, value


def _scores(course: Course) -> Iterator[_Grade]:
    """The newest word on each score, in the order of lessons."""
    query = (
        select(ScoreDecision, LessonRun, Person.uid)
        .join(LessonRun, LessonRun.run_id == ScoreDecision.run_id)
        .join(Person, Person.id == ScoreDecision.person_id)
        .where(LessonRun.context_id == course.context_id)
        .order_by(LessonRun.started_at, ScoreDecision.id)
    )
    newest = {(run.run_id, uid): (one, run, uid) for one, run, uid in db.session.execute(query)}
    for one, run, uid in newest.values():
        yield uid, f"lessons/{pseudonym(f'run:{run.run_id}')}", run.title, one.decided_by, one.at, one.value


def _names(course: Course, *, is_identified: bool) -> Mapping[str, str]:
    """The name under which each pupil goes out: a pseudonym, or the LMS's own id of them."""
    query = (
        select(Person.uid, Person.sub)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.context_id == course.context_id, Membership.role == MemberRole.PUPIL)
    )
    people = db.session.execute(query).all()
    return {row.uid: row.sub if is_identified and row.sub else pseudonym(f"person:{row.uid}") for row in people}


def pseudonym(of: str) -> str:
    """The same for the same thing, as long as this installation keeps its first secret; nobody without the secret can
    go from one to the other."""
    key = site().secrets.keys_for("pseudonyms")[0]
    return hmac.new(key, of.encode(), hashlib.sha256).hexdigest()[:32]
