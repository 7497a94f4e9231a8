"""Writing lessons: every change to a prepared lesson is a verb here."""

from typing import Any

import msgspec
from sqlalchemy import select

from live_session import activities
from live_session.errors import InvalidContent
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons.decks import text_of
from lti_tool.models import Lesson, LessonActivity

MOST_ACTIVITIES = 60
MOST_CONTENT = 64 * 1024

BLANK: dict[str, dict[str, Any]] = {
    "single": {"options": [{"text": ""}] * 4},
    "multiple": {"options": [{"text": ""}] * 4},
    "true_false": {},
    "cluster": {"statements": [{"text": ""}] * 4},
    "short": {"accepted": [], "accents": False},
    "number": {},
    "open": {},
}


class Change(msgspec.Struct, frozen=True):
    """What the editor sends of one activity. Content is checked by its type; an unfinished one may be saved."""

    title: str
    points: float
    seconds: int | None
    objective: str | None
    content: dict[str, Any]

    def __post_init__(self) -> None:
        if len(self.title) > 200 or len(self.objective or "") > 300:
            raise ValueError("title or objective too long")
        if not 0 <= self.points <= 100 or (self.seconds is not None and not 5 <= self.seconds <= 3_600):
            raise ValueError("points or seconds out of range")


def lesson_of(uid: str, context_id: int) -> Lesson:
    """The lesson of this course. Raises `Fault` when the course has none such."""
    lesson = db.session.scalars(
        select(Lesson).where(Lesson.uid == uid, Lesson.context_id == context_id, Lesson.deleted_at.is_(None))
    ).first()
    if lesson is None:
        raise Fault("lesson_gone", 404)
    return lesson


def activity_of(lesson: Lesson, uid: str) -> LessonActivity:
    """An activity of this lesson. Raises `Fault`."""
    found = next((a for a in lesson.activities if a.uid == uid), None)
    if found is None:
        raise Fault("activity_gone", 404)
    return found


def make_lesson(context_id: int, author_id: int, title: str) -> Lesson:
    """A new lesson, empty."""
    lesson = Lesson(
        context_id=context_id, author_id=author_id, title=title.strip()[:200], created_at=now(), changed_at=now()
    )
    db.session.add(lesson)
    db.session.flush()
    return lesson


def change_lesson(lesson: Lesson, title: str, objectives: list[str], minutes: int) -> None:
    """Title, objectives and planned time. Raises `Fault` for a time no lesson has."""
    if not 5 <= minutes <= 240:
        raise Fault("minutes", minutes=minutes)
    lesson.title = " ".join(title.split())[:200]
    lesson.objectives = [o for o in (" ".join(text.split())[:300] for text in objectives[:20]) if o]
    lesson.minutes = minutes
    lesson.changed_at = now()


def add_activity(lesson: Lesson, kind: str) -> LessonActivity:
    """A blank activity at the end."""
    if kind not in activities.types():
        raise Fault("activity_kind")
    if len(lesson.activities) >= MOST_ACTIVITIES:
        raise Fault("too_many_activities", most=MOST_ACTIVITIES)
    added = LessonActivity(
        position=len(lesson.activities), kind=kind, content=BLANK.get(kind, {}), seconds=60, changed_at=now()
    )
    if kind == "open":
        added.points = 0.0
    lesson.activities.append(added)
    lesson.changed_at = now()
    db.session.flush()
    return added


def change_activity(activity: LessonActivity, change: Change) -> None:
    """Save what the editor holds, finished or not. What was asked in a run keeps its answers: a change after that is
    a new version. Raises `Fault` when the content has another shape altogether."""
    type_ = activities.type_of(activity.kind)
    try:
        content = type_.parse(text_of(change.content))
    except InvalidContent as error:
        raise Fault("activity_shape") from error
    stored = msgspec.to_builtins(content)
    if len(text_of(stored)) > MOST_CONTENT:
        raise Fault("activity_too_large", 413)
    if stored != activity.content and activity.was_used:
        activity.version, activity.was_used = activity.version + 1, False
    activity.content = stored
    activity.title = " ".join(change.title.split())
    activity.points, activity.seconds = change.points, change.seconds
    activity.objective = change.objective or None
    activity.changed_at = activity.lesson.changed_at = now()


def duplicate_activity(activity: LessonActivity) -> LessonActivity:
    """A copy right after the original; an item of its own."""
    lesson = activity.lesson
    if len(lesson.activities) >= MOST_ACTIVITIES:
        raise Fault("too_many_activities", most=MOST_ACTIVITIES)
    copied = _copy(activity)
    lesson.activities.insert(lesson.activities.index(activity) + 1, copied)
    _number(lesson)
    return copied


def _copy(activity: LessonActivity) -> LessonActivity:
    return LessonActivity(
        position=activity.position,
        kind=activity.kind,
        title=activity.title,
        points=activity.points,
        seconds=activity.seconds,
        objective=activity.objective,
        content=activity.content,
        changed_at=now(),
    )


def remove_activity(activity: LessonActivity) -> None:
    """Take an activity out of the lesson. Runs keep their own copy."""
    lesson = activity.lesson
    lesson.activities.remove(activity)
    _number(lesson)


def reorder(lesson: Lesson, order: list[str]) -> None:
    """Put the activities in this order of uids; ones that are not named keep their place at the end."""
    places = {uid: place for place, uid in enumerate(order)}
    ordered = sorted(lesson.activities, key=lambda a: (places.get(a.uid, len(places)), a.position))
    for position, activity in enumerate(ordered):
        activity.position = position
    lesson.activities.sort(key=lambda a: a.position)
    lesson.changed_at = now()


def _number(lesson: Lesson) -> None:
    for position, activity in enumerate(lesson.activities):
        activity.position = position
    lesson.changed_at = now()
    db.session.flush()


def duplicate_lesson(lesson: Lesson, author_id: int, title: str) -> Lesson:
    """A copy of the lesson in the same course."""
    copied = make_lesson(lesson.context_id, author_id, title)
    copied.objectives, copied.minutes = lesson.objectives, lesson.minutes
    copied.activities = [_copy(a) for a in lesson.activities]
    db.session.flush()
    return copied


def delete_lesson(lesson: Lesson) -> None:
    """Out of the list; its runs and reports stay."""
    lesson.deleted_at = now()
