"""Seats without a name: for whom the LMS does not name, in a lesson whose teacher allows it.

A seat is a browser's for a day, and a stranger's: nobody is on a list by it, and nothing done in it reaches attendance,
marks, profiles or the LMS.
"""

from sqlalchemy import ColumnElement, and_, delete, or_, select

from live_session.model import Millis
from lti_tool import authority
from lti_tool.clock import DAY_MS, today
from lti_tool.extensions import db
from lti_tool.models import LaunchVisit, Lesson, LessonRun, Membership, Person
from lti_tool.secret import fingerprint

KEPT: Millis = DAY_MS


def is_let_in(context_id: int, lesson_id: int | None, lesson_uid: str) -> bool:
    """Whether a link of this course that stands for this lesson (by its row or by its own word) opens a seat without a
    name. A link that stands for none opens whichever lesson takes such seats."""
    allowing = select(Lesson.id).where(Lesson.context_id == context_id, *_TAKING)
    if lesson_id is not None:
        allowing = allowing.where(Lesson.id == lesson_id)
    elif lesson_uid:
        allowing = allowing.where(Lesson.uid == lesson_uid)
    return db.session.scalars(allowing.limit(1)).first() is not None


def running_in(context_id: int) -> LessonRun | None:
    """The newest lesson under way in this course that takes such seats."""
    query = select(LessonRun).join(Lesson).where(LessonRun.context_id == context_id, LessonRun.ended_at.is_(None))
    return db.session.scalars(query.where(*_TAKING).order_by(LessonRun.started_at.desc())).first()


def uid(context_id: int) -> str:
    """The id of whoever holds this browser, in this course, today: it says nothing, and is another one tomorrow."""
    return fingerprint(f"nameless:{authority.browser()}:{context_id}:{today().isoformat()}")[:20]


def forget(moment: Millis) -> None:
    """Remove those whose launches are over; what they answered names nobody (retention job)."""
    is_nobody: ColumnElement[bool] = and_(Person.sub.is_(None), Person.registration_id.is_(None), Person.name == "")
    held = or_(
        Person.id.in_(select(Membership.person_id)),
        Person.id.in_(select(LaunchVisit.person_id)),
    )
    db.session.execute(delete(Person).where(is_nobody, Person.created_at < moment - KEPT, ~held))


_TAKING = (Lesson.takes_nameless, Lesson.deleted_at.is_(None))
