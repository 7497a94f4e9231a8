"""Lessons that come from another course, because the LMS copied it or a teacher did: each becomes the new
course's own, with nothing of the old course's pupils in it, and remembers where it came from."""

import json
import re
import secrets
from typing import Any

from sqlalchemy import select

from lti_tool.extensions import db
from lti_tool.lessons import editing
from lti_tool.models import Context, Deployment, Lesson, LessonActivity, Picture

_PICTURE = re.compile(r'(?<=")[0-9a-f]{32}(?=")')


def lesson_for(uid: str, context: Context, author_id: int) -> Lesson | None:
    """The lesson that a link of this course means: its own, or its own copy of another course's. None when there is no
    such lesson at this LMS: what stands in a link is text that anybody who edits the course may have written."""
    lesson = db.session.scalars(select(Lesson).where(Lesson.uid == uid, Lesson.deleted_at.is_(None))).first()
    if lesson is None or lesson.context_id == context.id:
        return lesson
    origin = db.session.get_one(Context, lesson.context_id)
    registration = db.session.get_one(Deployment, context.deployment_id).registration_id
    if origin.deployment.registration_id != registration:
        return None
    db.session.execute(select(Context.id).where(Context.id == context.id).with_for_update())  # two launches, one copy
    return copy_of(uid, context.id) or copy(lesson, context, author_id)


def copy_of(uid: str, context_id: int) -> Lesson | None:
    """This course's copy of a lesson, if it has one."""
    query = select(Lesson).where(
        Lesson.copied_from_uid == uid, Lesson.context_id == context_id, Lesson.deleted_at.is_(None)
    )
    return db.session.scalars(query.order_by(Lesson.id)).first()


def copy(lesson: Lesson, context: Context, author_id: int) -> Lesson:
    """A lesson of another course as this course's own, pictures and all."""
    origin = db.session.get_one(Context, lesson.context_id)
    copied = editing.make_lesson(context.id, author_id, lesson.title)
    copied.copied_from_uid, copied.copied_from = lesson.uid, origin.title or origin.label
    copied.objectives, copied.minutes = lesson.objectives, lesson.minutes
    copied.activities = [activity_into(activity, context.id) for activity in lesson.activities]
    db.session.flush()
    return copied


def activity_into(activity: LessonActivity, context_id: int) -> LessonActivity:
    """A copy for a lesson of this course, in none yet; of another course's also its pictures are copied."""
    copied = editing.copy_activity(activity)
    origin_id = activity.lesson.context_id
    if origin_id != context_id:
        copied.content = _with_own_pictures(activity.content, origin_id, context_id)
    return copied


def _with_own_pictures(content: dict[str, Any], origin_id: int, context_id: int) -> dict[str, Any]:
    """The content with its pictures copied: the old course may be deleted before the new one."""
    text = json.dumps(content, ensure_ascii=False)
    named = set(_PICTURE.findall(text))
    pictures = select(Picture).where(Picture.id.in_(named), Picture.context_id == origin_id)
    renamed: dict[str, str] = {}
    for picture in db.session.scalars(pictures):
        renamed[picture.id] = secrets.token_hex(16)
        db.session.add(
            Picture(
                id=renamed[picture.id],
                context_id=context_id,
                media_type=picture.media_type,
                width=picture.width,
                height=picture.height,
                data=picture.data,
                created_at=picture.created_at,
            )
        )
    copied: dict[str, Any] = json.loads(_PICTURE.sub(lambda found: renamed.get(found[0], found[0]), text))
    return copied
