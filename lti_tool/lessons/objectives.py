"""What objectives (yêu cầu cần đạt) are called elsewhere: an identifier for each, as 1EdTech CASE gives one.

The words of an objective are the teacher's; the identifier lets other systems know two of them for the same. None is
made up: who has no published framework leaves the field empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select

from lti_tool.clock import now
from lti_tool.extensions import db, hold
from lti_tool.lessons.courses import school_of
from lti_tool.models import Course, Lesson, LessonActivity, ObjectiveKey, Registration

LONGEST = 500


@dataclass(frozen=True)
class Objective:
    """An objective of a course, with its identifier ("" until somebody said one)."""

    words: str
    uri: str


def of_course(course: Course) -> list[Objective]:
    """Every objective that this course's lessons name, in the order of their words."""
    query = (
        select(LessonActivity.objective)
        .join(Lesson, Lesson.id == LessonActivity.lesson_id)
        .where(Lesson.context_id == course.context_id, Lesson.deleted_at.is_(None))
    )
    known, asked = identifiers(course), {one for one in db.session.scalars(query) if one}
    return [Objective(words, known.get(words, "")) for words in sorted(asked)]


def identifiers(course: Course) -> dict[str, str]:
    """The identifiers that are known in the course's school and subject, by the objective's words."""
    query = select(ObjectiveKey.objective, ObjectiveKey.uri).where(*_in(course))
    return {row.objective: row.uri for row in db.session.execute(query)}


def _in(course: Course) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ObjectiveKey.registration_id == school_of(course.context_id), ObjectiveKey.subject == course.subject


def identifier(typed: str) -> str | None:
    """An identifier as it is kept: an address by https or http, a URN, or a bare UUID, which becomes one. None for
    anything else."""
    text = typed.strip()
    try:
        return UUID(text).urn
    except ValueError:
        pass
    if len(text) > LONGEST or re.search(r"[\s<>\"{}|\\^`]", text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    return text if is_address or re.fullmatch(r"urn:[a-z0-9][a-z0-9-]{0,31}:\S+", text, re.IGNORECASE) else None


def save(course: Course, typed: Mapping[str, str], by: int) -> set[str]:
    """Keep what was typed beside each objective of the course; empty takes an identifier away. The objectives whose
    text is no identifier; then nothing is kept."""
    school = school_of(course.context_id)
    hold(Registration.id, school)  # two teachers of a subject write one after the other
    asked = {one.words: one.uri for one in of_course(course) if one.words in typed}
    wanted = {words: identifier(typed[words]) if typed[words].strip() else "" for words in asked}
    faulty = {words for words, uri in wanted.items() if uri is None}
    changed = {words: uri for words, uri in wanted.items() if uri is not None and uri != asked[words]}
    if faulty or not changed:
        return faulty
    db.session.execute(delete(ObjectiveKey).where(*_in(course), ObjectiveKey.objective.in_(changed)))
    place = {"registration_id": school, "subject": course.subject, "set_by": by, "at": now()}
    db.session.add_all(ObjectiveKey(objective=words, uri=uri, **place) for words, uri in changed.items() if uri)
    return set()
