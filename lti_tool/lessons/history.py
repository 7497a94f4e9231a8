"""Earlier states of a prepared lesson: steps that can be undone and redone, and versions to look at and bring back.

Before each step of writing the lesson's state is kept. Steps of one hand at one place, close together in time, are
one; old ones thin out to one a day.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import delete, select

from live_session.model import Millis
from lti_tool.clock import DAY_MS, local, now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.models import Lesson, LessonActivity, LessonVersion

TOGETHER: Millis = 90_000
"""Typing at one place is one step until a pause of this length."""
NEWEST = 40
DAYS: Millis = 30


class Step(StrEnum):
    """What is done to a lesson."""

    LESSON = "lesson"
    """Title, objectives, planned time."""
    EDIT = "edit"
    ADD = "add"
    COPY = "copy"
    MOVE = "move"
    REMOVE = "remove"
    PASTE = "paste"
    TEMPLATE = "template"
    SPEED = "speed"
    """Whether speed counts, of all its activities."""
    RESTORE = "restore"


class Part(msgspec.Struct, frozen=True):
    """One activity of a state."""

    uid: str
    kind: str
    version: int
    was_used: bool
    title: str
    points: float
    seconds: int | None
    objective: str | None
    content: dict[str, Any]
    terms: dict[str, Any] = {}


class State(msgspec.Struct, frozen=True):
    """A lesson as it stood."""

    title: str
    objectives: list[str]
    minutes: int
    activities: list[Part]


PART = tuple(name for name in Part.__struct_fields__ if name not in ("uid", "kind", "version", "was_used"))


def state_of(lesson: Lesson) -> State:
    """The lesson as it stands."""
    parts = [Part(**{name: getattr(a, name) for name in Part.__struct_fields__}) for a in lesson.activities]
    return State(lesson.title, lesson.objectives, lesson.minutes, parts)


def note(lesson: Lesson, what: Step, by: int | None, which: str = "") -> None:
    """Keep the lesson as it stands, before this step. What was undone can then be redone no more."""
    db.session.execute(delete(LessonVersion).where(LessonVersion.lesson_id == lesson.id, LessonVersion.is_undone))
    last = _newest(lesson, is_undone=False)
    if last is not None and _is_same_step(last, what, by, which):
        last.at = now()
        return
    db.session.add(
        LessonVersion(
            lesson_id=lesson.id,
            saved_by=by,
            at=now(),
            what=what,
            which=which,
            body=msgspec.to_builtins(state_of(lesson)),
        )
    )
    db.session.flush()
    _thin(lesson)


def _is_same_step(last: LessonVersion, what: Step, by: int | None, which: str) -> bool:
    is_there = (last.what, last.saved_by, last.which) == (what, by, which)
    return is_there and what in (Step.EDIT, Step.LESSON) and now() - last.at < TOGETHER


def _newest(lesson: Lesson, *, is_undone: bool) -> LessonVersion | None:
    query = select(LessonVersion).where(LessonVersion.lesson_id == lesson.id, LessonVersion.is_undone.is_(is_undone))
    # What was undone last was done first.
    order = LessonVersion.id.asc() if is_undone else LessonVersion.id.desc()
    return db.session.scalars(query.order_by(order).limit(1)).first()


def can(lesson: Lesson) -> tuple[bool, bool]:
    """Whether there is a step to undo, and one to redo."""
    return _newest(lesson, is_undone=False) is not None, _newest(lesson, is_undone=True) is not None


def undo(lesson: Lesson) -> LessonVersion | None:
    """Take the last step back that changed something; None when there is none."""
    return _swap(lesson, is_undone=False)


def redo(lesson: Lesson) -> LessonVersion | None:
    """Do again what was undone last."""
    return _swap(lesson, is_undone=True)


def _swap(lesson: Lesson, *, is_undone: bool) -> LessonVersion | None:
    """The lesson and the row beside it change places; rows that hold what stands already fall away."""
    here = state_of(lesson)
    while (row := _newest(lesson, is_undone=is_undone)) is not None:
        there = msgspec.convert(row.body, State)
        if _told(there) != _told(here):
            _put(lesson, there, keeps_items=True)
            row.body, row.is_undone = msgspec.to_builtins(here), not is_undone
            return row
        db.session.delete(row)
        db.session.flush()
    return None


def _told(state: State) -> Any:
    """What a teacher sees of a state: which items they are, but not how often they were asked."""
    return (
        *(state.title, state.objectives, state.minutes),
        [(part.uid, *(getattr(part, name) for name in PART)) for part in state.activities],
    )


def versions(lesson: Lesson) -> Sequence[LessonVersion]:
    """What can be brought back, the newest first."""
    query = select(LessonVersion).where(LessonVersion.lesson_id == lesson.id, LessonVersion.is_undone.is_(False))
    return db.session.scalars(query.order_by(LessonVersion.id.desc())).all()


def version_of(lesson: Lesson, version_id: int) -> LessonVersion:
    """A version of this lesson. Raises `Fault`."""
    found = db.session.get(LessonVersion, version_id)
    if found is None or found.lesson_id != lesson.id or found.is_undone:
        raise Fault("version_gone", 404)
    return found


def activities_at(version: LessonVersion) -> list[LessonActivity]:
    """The activities as they stood then, in no lesson: to look at."""
    state = msgspec.convert(version.body, State)
    return [LessonActivity(position=n, changed_at=version.at, **_fields(p)) for n, p in enumerate(state.activities)]


def _fields(part: Part) -> dict[str, Any]:
    return {name: getattr(part, name) for name in Part.__struct_fields__}


def restore(lesson: Lesson, version: LessonVersion, by: int | None) -> None:
    """Bring a version back; what stood until now is a version too."""
    state = msgspec.convert(version.body, State)
    note(lesson, Step.RESTORE, by)
    _put(lesson, state, keeps_items=False)


def _put(lesson: Lesson, state: State, *, keeps_items: bool) -> None:
    """Make the lesson what it was. `keeps_items`: an activity that is no longer there comes back as the item it was,
    which is right only for the step that took it away. Else it may have been asked in another form since, and is an
    item of its own: answers belong to the question as it was asked."""
    lesson.title, lesson.objectives, lesson.minutes = state.title, list(state.objectives), state.minutes
    here = {activity.uid: activity for activity in lesson.activities}
    lesson.activities = [_put_part(here.get(part.uid), part, keeps_items=keeps_items) for part in state.activities]
    for position, activity in enumerate(lesson.activities):
        activity.position, activity.changed_at = position, now()
    lesson.changed_at = now()
    db.session.flush()


def _put_part(activity: LessonActivity | None, part: Part, *, keeps_items: bool) -> LessonActivity:
    if activity is None:
        item = ("uid", "version", "was_used") if keeps_items else ()
        return LessonActivity(kind=part.kind, **{name: getattr(part, name) for name in (*item, *PART)})
    if activity.was_used and activity.content != part.content:
        activity.version, activity.was_used = activity.version + 1, False
    for name in PART:
        setattr(activity, name, getattr(part, name))
    return activity


def _thin(lesson: Lesson) -> None:
    rows = db.session.execute(
        select(LessonVersion.id, LessonVersion.at)
        .where(LessonVersion.lesson_id == lesson.id)
        .order_by(LessonVersion.id.desc())
    ).all()
    if len(rows) > NEWEST and (gone := thinned(((row.id, row.at, local(row.at).date()) for row in rows), now())):
        db.session.execute(delete(LessonVersion).where(LessonVersion.id.in_(gone)))


def thinned(rows: Iterable[tuple[int, Millis, date]], moment: Millis) -> set[int]:
    """Which of these (id, when, on which day), the newest first, are gone: all but the newest and, for a while,
    the last of each day."""
    days, gone = set(), set()
    for place, (id_, at, day) in enumerate(rows):
        if place >= NEWEST and (day in days or at < moment - DAYS * DAY_MS):
            gone.add(id_)
        days.add(day)
    return gone
