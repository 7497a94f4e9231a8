"""Writing lessons: every change to a prepared lesson is a verb here."""

from typing import Any

import msgspec
from sqlalchemy import select

from live_session import activities
from live_session.errors import InvalidContent
from live_session.model import Terms
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import objectives
from lti_tool.lessons.decks import can_be_timed, text_of
from lti_tool.models import Lesson, LessonActivity
from lti_tool.text import one_line

MOST_ACTIVITIES = 60
MOST_CONTENT = 64 * 1024
MOST_POINTS = 100


def blank_of(kind: str) -> Any:
    """The content of a new activity of this kind, as it is stored."""
    return msgspec.json.decode(text_of(dict(activities.type_of(kind).blank)))


def is_blank(activity: LessonActivity) -> bool:
    """Nothing was written in it yet."""
    carried = activities.type_of(activity.kind).carried
    written = {k: v for k, v in activity.content.items() if k not in carried}
    return bool(written == blank_of(activity.kind))


class Change(msgspec.Struct, frozen=True):
    """What the editor sends of one activity. Content is checked by its type; an unfinished one may be saved."""

    title: str
    points: float
    seconds: int | None
    objective: str | None
    content: dict[str, Any]
    terms: Terms = Terms()

    def __post_init__(self) -> None:
        if len(self.title) > 200 or len(self.objective or "") > 300:
            raise ValueError("title or objective too long")
        if not 0 <= self.points <= MOST_POINTS or (self.seconds is not None and not 5 <= self.seconds <= 3_600):
            raise ValueError("points or seconds out of range")


def lesson_of(uid: str, context_id: int, *, is_held: bool = False) -> Lesson:
    """The lesson of this course; `is_held`: who writes in it, so that two windows do so one after the other. Raises
    `Fault` when the course has none such."""
    query = select(Lesson).where(Lesson.uid == uid, Lesson.context_id == context_id, Lesson.deleted_at.is_(None))
    if is_held:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    lesson = db.session.scalars(query).first()
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
        context_id=context_id, author_id=author_id, title=one_line(title, 200), created_at=now(), changed_at=now()
    )
    db.session.add(lesson)
    db.session.flush()
    return lesson


def change_lesson(lesson: Lesson, title: str, said: list[str], minutes: int) -> None:
    """Title, the objectives that the form says, and planned time. Raises `Fault` for a time no lesson has."""
    if not 5 <= minutes <= 240:
        raise Fault("minutes")
    lesson.title = one_line(title, 200)
    typed = [o for o in (one_line(text, 300) for text in said[:20]) if o]
    lesson.objectives = objectives.as_written(typed, lesson.objectives or (), objectives.now_called(lesson.context_id))
    lesson.minutes = minutes
    lesson.changed_at = now()


def add_activity(lesson: Lesson, kind: str) -> LessonActivity:
    """A blank activity at the end."""
    if kind not in activities.types():
        raise Fault("activity_kind")
    if len(lesson.activities) >= MOST_ACTIVITIES:
        raise Fault("too_many_activities", most=MOST_ACTIVITIES)
    added = LessonActivity(
        position=len(lesson.activities),
        kind=kind,
        content={**blank_of(kind), **_carried(lesson, kind)},
        points=activities.type_of(kind).blank_points,
        seconds=activities.type_of(kind).blank_seconds,
        changed_at=now(),
    )
    lesson.activities.append(added)
    lesson.changed_at = now()
    db.session.flush()
    return added


def append(lesson: Lesson, made: list[LessonActivity]) -> None:
    """Activities at the end of a lesson. Raises `Fault` when it would grow too long."""
    if len(lesson.activities) + len(made) > MOST_ACTIVITIES:
        raise Fault("too_many_activities", most=MOST_ACTIVITIES)
    for activity in made:
        activity.position, activity.changed_at = len(lesson.activities), now()
        lesson.activities.append(activity)
    lesson.changed_at = now()
    db.session.flush()


def _carried(lesson: Lesson, kind: str) -> dict[str, Any]:
    """What a new one takes over from the newest of its kind in the course, such as a list of words not to show."""
    members = activities.type_of(kind).carried
    if not members:
        return {}
    newest = db.session.scalars(
        select(LessonActivity)
        .join(Lesson)
        .where(Lesson.context_id == lesson.context_id, LessonActivity.kind == kind)
        .order_by(LessonActivity.changed_at.desc(), LessonActivity.id.desc())
    ).first()
    return {name: newest.content[name] for name in members if newest is not None and name in newest.content}


def change_activity(activity: LessonActivity, change: Change) -> None:
    """Save what the editor holds, finished or not. What was asked in a run keeps its answers: a change after that is
    a new version. Raises `Fault` when the content has another shape altogether."""
    type_ = activities.type_of(activity.kind)
    try:
        content = type_.parse(text_of(change.content))
    except InvalidContent as error:
        raise Fault("activity_shape") from error
    stored = _without_old_picture(activity, msgspec.to_builtins(content))
    if len(text_of(stored)) > MOST_CONTENT:
        raise Fault("activity_too_large", 413)
    if activity.was_used and content != type_.parse(text_of(activity.content)):
        activity.version, activity.was_used = activity.version + 1, False
    activity.content = stored
    activity.title = one_line(change.title, 200)
    activity.points, activity.seconds = change.points, change.seconds
    activity.terms = msgspec.to_builtins(change.terms)
    activity.objective = _objective(activity, one_line(change.objective or "", 300))
    activity.changed_at = activity.lesson.changed_at = now()


def _without_old_picture(activity: LessonActivity, said: dict[str, Any]) -> dict[str, Any]:
    """The content without what belongs to a picture that is another one now: a window that knows nothing of it says it
    again."""
    before, after = ((one.get("image") or {}).get("id") for one in (activity.content, said))
    of_image = activities.type_of(activity.kind).of_image
    return said if before == after else {name: value for name, value in said.items() if name not in of_image}


def _objective(activity: LessonActivity, said: str) -> str | None:
    """The question's own words where the form says what those are called now."""
    own = activity.objective
    is_same = own is not None and objectives.now_called(activity.lesson.context_id).get(own) == said
    return own if is_same else said or None


def count_speed(lesson: Lesson, *, is_on: bool) -> None:
    """Let speed count in every activity that can count it: one with points, a key, a clock and names. Each gets the
    fair clock; switched off, it keeps that."""
    for activity in lesson.activities:
        terms = msgspec.convert(activity.terms or {}, Terms)
        wished = msgspec.structs.replace(terms, has_fair_clock=True, counts_speed=True)
        changed = (
            wished if is_on and can_be_timed(activity, wished) else msgspec.structs.replace(terms, counts_speed=False)
        )
        if changed != terms:
            activity.terms, activity.changed_at = msgspec.to_builtins(changed), now()
    lesson.changed_at = now()


def duplicate_activity(activity: LessonActivity) -> LessonActivity:
    """A copy right after the original; an item of its own."""
    lesson = activity.lesson
    if len(lesson.activities) >= MOST_ACTIVITIES:
        raise Fault("too_many_activities", most=MOST_ACTIVITIES)
    copied = copy_activity(activity)
    lesson.activities.insert(lesson.activities.index(activity) + 1, copied)
    _number(lesson)
    return copied


def copy_activity(activity: LessonActivity) -> LessonActivity:
    """An activity that asks the same, in no lesson yet: an item of its own, never used."""
    return LessonActivity(
        position=activity.position,
        kind=activity.kind,
        title=activity.title,
        points=activity.points,
        seconds=activity.seconds,
        objective=activity.objective,
        content=activity.content,
        terms=activity.terms,
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
    copied.activities = [copy_activity(a) for a in lesson.activities]
    db.session.flush()
    return copied


def delete_lesson(lesson: Lesson) -> None:
    """Out of the list; its runs and reports stay."""
    lesson.deleted_at = now()
