"""Teaching a lesson: start it, find it again, end it."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from live_session.commands import Actor, End, GiveTime, Resume, Start
from live_session.errors import InvalidContent, Refusal
from live_session.model import Activity, Millis, Role, State
from lti_tool import live
from lti_tool.authority import Visit
from lti_tool.clock import local, now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons.decks import deck_of, quick_deck
from lti_tool.models import Context, CourseClass, Lesson, LessonRun, Person
from lti_tool.models.base import new_uid

STEP_MS = 10_000
"""The room code changes this often."""
STEPS_BACK = 1
"""A code is taken this many steps after its own: the walk from a camera to the network takes time."""

OF_LATE_MS = 30 * 24 * 3_600_000
MOST_OF_LATE = 60
"""Whoever was called in the course's lessons of so long, at most so many, is less likely to be drawn."""


def start(lesson: Lesson, visit: Visit, class_id: int | None) -> LessonRun:
    """Start a lesson for a class. One of this course that is still running is returned instead of a second one.

    Raises `Fault` when the lesson has no activity, or one that cannot be played yet.
    """
    db.session.get(Context, lesson.context_id, with_for_update=True)  # two presses make one run
    if running := running_in(lesson.context_id, class_id):
        if running.lesson_id == lesson.id:
            return running
        raise Fault("already_running", 409, title=running.title)
    deck = _playable(lesson)
    if class_id is not None and db.session.get(CourseClass, (lesson.context_id, class_id)) is None:
        raise Fault("class_unknown")
    run = _run(lesson, visit, class_id)
    db.session.add(run)
    live.create(run.run_id, run.started_at)
    ends = run.started_at + lesson.minutes * 60_000
    called = live.calls_in(_runs_of_late(lesson.context_id, run.started_at))
    begun = Start(lesson.title, deck, ends, quick_deck(), veil=secrets.token_hex(16), heard_before=called)
    live.ask(run.run_id, begun, Actor(Role.TEACHER, visit.uid), f"start-{run.run_id}")
    for activity in lesson.activities:
        activity.was_used = True
    _want_roster(lesson.context_id, run.started_at)
    return run


def _runs_of_late(context_id: int, at: Millis) -> Sequence[str]:
    """The course's lessons in which a call still weighs, the newest first."""
    query = select(LessonRun.run_id).where(LessonRun.context_id == context_id, LessonRun.started_at > at - OF_LATE_MS)
    return db.session.scalars(query.order_by(LessonRun.started_at.desc()).limit(MOST_OF_LATE)).all()


def _run(lesson: Lesson, visit: Visit, class_id: int | None) -> LessonRun:
    """The row of a run that begins now."""
    return LessonRun(
        run_id=new_uid(),
        lesson_id=lesson.id,
        context_id=lesson.context_id,
        class_id=class_id,
        resource_link_id=visit.resource_link_id,
        title=lesson.title,
        code=_free_code(),
        room_key=secrets.token_hex(16),
        started_by=visit.person_id,
        started_at=now(),
        minutes=lesson.minutes,
    )


def _playable(lesson: Lesson) -> tuple[Activity, ...]:
    """The lesson's activities as they will be played."""
    if not lesson.activities:
        raise Fault("lesson_empty")
    try:
        return deck_of(lesson.activities)
    except InvalidContent as error:
        raise Fault("lesson_unfinished") from error


def _want_roster(context_id: int, moment: Millis) -> None:
    """The list of names is read anew at every start, by a job."""
    context = db.session.get(Context, context_id)
    if context is not None and context.memberships_url:
        context.roster_wanted_at = moment


def _free_code() -> str:
    """Six digits that no running lesson has; never beginning with 0, so that nobody drops it."""
    for _ in range(50):
        code = str(secrets.randbelow(900_000) + 100_000)
        if db.session.scalars(select(LessonRun.run_id).where(LessonRun.code == code)).first() is None:
            return code
    raise Fault("no_code", 503)


def running_in(context_id: int, class_id: int | None = None) -> LessonRun | None:
    """The lesson that is being taught in this course (to this class, where one is named)."""
    query = select(LessonRun).where(LessonRun.context_id == context_id, LessonRun.ended_at.is_(None))
    if class_id is not None:
        query = query.where(LessonRun.class_id == class_id)
    return db.session.scalars(query.order_by(LessonRun.started_at.desc())).first()


def run_of(run_id: str, context_id: int) -> LessonRun:
    """A run of this course. Raises `Fault`."""
    run = db.session.get(LessonRun, run_id)
    if run is None or run.context_id != context_id:
        raise Fault("run_gone", 404)
    return run


def end(run: LessonRun, visit: Visit) -> None:
    """End the lesson; ending one that has ended changes nothing."""
    live.ask(run.run_id, End(), Actor(Role.TEACHER, visit.uid))
    follow(run, live.state_of(run.run_id))


def close(run: LessonRun, at: Millis) -> None:
    """The run's log says it has ended: free its code."""
    run.ended_at, run.code = at, None


def is_of_today(run: LessonRun) -> bool:
    """It began today, or ended today after midnight."""
    return local(now()).date() in {local(at).date() for at in (run.started_at, run.ended_at or run.started_at)}


def resume(run: LessonRun, visit: Visit, minutes: int = 15) -> None:
    """Open a lesson again on the day it was taught. Raises `Fault` on another day, or while another one runs."""
    if not is_of_today(run):
        raise Fault("resume_another_day", 409)
    db.session.get(Context, run.context_id, with_for_update=True)  # nobody starts another one meanwhile
    if (running := running_in(run.context_id, run.class_id)) and running.run_id != run.run_id:
        raise Fault("already_running", 409, title=running.title)
    result = live.ask(run.run_id, Resume(minutes), Actor(Role.TEACHER, visit.uid))
    if isinstance(result, Refusal) and run.ended_at is None:
        return
    run.ended_at, run.code = None, run.code or _free_code()


def give_time(context_id: int, chosen: Mapping[int, int], visit: Visit) -> None:
    """What the list says of more time, said in each lesson of the course that is under way, for those who sit in it."""
    uids = {p.id: p.uid for p in db.session.scalars(select(Person).where(Person.id.in_(chosen)))}
    running = select(LessonRun).where(LessonRun.context_id == context_id, LessonRun.ended_at.is_(None))
    for run in db.session.scalars(running):
        state = live.state_of(run.run_id)
        for person, percent in chosen.items():
            uid = uids.get(person, "")
            if uid in state.participants and state.extra.get(uid, 0) != percent:
                live.ask(run.run_id, GiveTime(uid, percent), Actor(Role.TEACHER, visit.uid))


def follow(run: LessonRun, state: State) -> None:
    """Bring the row up to what the log says: ended by the console, by the clock, or opened again."""
    if state.ended_at is not None and run.ended_at is None:
        close(run, state.ended_at)
    elif state.ended_at is None and run.ended_at is not None:
        run.ended_at, run.code = None, run.code or _free_code()


# --- the room's changing code ---------------------------------------------------------------------------------------


def room_code(run: LessonRun, at: Millis) -> str:
    """The code of this moment: what only the screen in the room shows. 30 bits, changed every ten seconds."""
    return _room_code(run.room_key, at // STEP_MS)


def _room_code(key: str, step: int) -> str:
    digest = hmac.digest(bytes.fromhex(key), str(step).encode(), hashlib.sha256)
    return base64.b32encode(digest)[:6].decode().lower()


def is_room_code(run: LessonRun, code: str, at: Millis) -> bool:
    """Whether the code is this moment's, or one step old."""
    return room_step(run, code, at) is not None


def room_step(run: LessonRun, code: str, at: Millis) -> int | None:
    """Which of the lesson's codes it is, numbered by time: this moment's, or one step old; None for any other."""
    step = at // STEP_MS
    given = code.lower().encode()
    good = [
        step - n
        for n in range(STEPS_BACK + 1)
        if hmac.compare_digest(given, _room_code(run.room_key, step - n).encode())
    ]
    return good[0] if good else None
