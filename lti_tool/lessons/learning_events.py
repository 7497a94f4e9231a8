"""Lessons as learning events for other systems. Pupils go out under pseudonyms unless the school asks otherwise."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping

from sqlalchemy import select

from analytics import reader
from analytics.export.deeds import Course as Place
from analytics.export.deeds import Lesson, lesson_of
from analytics.facts import gather
from live_session.model import Millis
from lti_tool.extensions import db
from lti_tool.lessons import objectives, school_rules
from lti_tool.lessons.courses import school_of
from lti_tool.models import Course, LessonRun, MemberRole, Membership, Person
from lti_tool.site import site


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
