"""Lessons beyond their own course: shared with colleagues who teach the same subject at the same LMS, and copied to
another course of the same teacher."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import copying
from lti_tool.models import Context, Course, Deployment, Lesson, MemberRole, Membership

TEACHING = (MemberRole.TEACHER, MemberRole.ASSISTANT)
MOST = 200


def share(lesson: Lesson, *, is_shared: bool) -> None:
    """Let colleagues read and copy the lesson, or no longer. Copies that they made stay theirs."""
    lesson.shared_at = (lesson.shared_at or now()) if is_shared else None


def shared_with(context_id: int) -> Sequence[Lesson]:
    """Lessons of other courses that this course's teachers may read, the newest share first."""
    query = of_colleagues(context_id)
    if query is None:
        return ()
    return db.session.scalars(query.order_by(Lesson.shared_at.desc(), Lesson.id.desc()).limit(MOST)).all()


def shared_lesson(uid: str, context_id: int) -> Lesson:
    """A lesson that a colleague shares with this course's teachers. Raises `Fault`."""
    query = of_colleagues(context_id)
    lesson = None if query is None else db.session.scalars(query.where(Lesson.uid == uid)).first()
    if lesson is None:
        raise Fault("lesson_not_shared", 404)
    return lesson


def of_colleagues(context_id: int) -> Select[Lesson] | None:
    """Shared lessons of other courses in the same subject at the same LMS; None for a course not yet set up."""
    course = db.session.get(Course, context_id)
    if course is None:
        return None
    registration = course.context.deployment.registration_id
    return (
        select(Lesson)
        .join(Course, Course.context_id == Lesson.context_id)
        .join(Context, Context.id == Lesson.context_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .where(
            Deployment.registration_id == registration,
            Course.subject == course.subject,
            Lesson.context_id != context_id,
            Lesson.shared_at.is_not(None),
            Lesson.deleted_at.is_(None),
        )
    )


def courses_of(person_id: int, context_id: int) -> Sequence[Course]:
    """The other courses that this person teaches, once they are set up."""
    query = (
        select(Course)
        .join(Membership, Membership.context_id == Course.context_id)
        .where(
            Membership.person_id == person_id,
            Membership.role.in_(TEACHING),
            Membership.is_active,
            Course.context_id != context_id,
        )
        .order_by(Course.school_year.desc(), Course.subject, Course.grade, Course.context_id)
    )
    return db.session.scalars(query).all()


def copy_to(lesson: Lesson, context_id: int, person_id: int) -> Lesson:
    """A copy in another course of the same teacher. Raises `Fault` for a course that is not theirs."""
    if context_id not in {course.context_id for course in courses_of(person_id, lesson.context_id)}:
        raise Fault("course_not_yours", 403)
    return copying.copy(lesson, db.session.get_one(Context, context_id), person_id)
