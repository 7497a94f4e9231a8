"""Sitting in on lessons (dự giờ): which lessons a grant lets somebody into, and the note that they write."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select

from live_session.model import Millis
from lti_tool.authority import Right
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db, hold
from lti_tool.lessons import departments, evidence, school_rules
from lti_tool.lessons.courses import school_of
from lti_tool.models import GrantKind, LessonRun, Observation

KINDS = (GrantKind.DEPARTMENT_HEAD, GrantKind.OBSERVER)
"""Grants that let somebody sit in."""
LONGEST_TEXT = 2_000
WRITTEN_WITHIN: Millis = int(timedelta(days=14).total_seconds() * 1_000)
"""So long after its start a lesson may be written about by who has not begun to."""


def rights_of(rights: Sequence[Right]) -> list[Right]:
    """Of somebody's grants, those that let them sit in."""
    return [right for right in rights if right.kind in KINDS]


def open_lessons(rights: Sequence[Right]) -> list[LessonRun]:
    """Lessons within these grants that go on now or may still be written about, the newest first."""
    within = evidence.reach(departments.parts(rights))
    query = (
        select(LessonRun)
        .where(LessonRun.context_id.in_(within), LessonRun.started_at > now() - WRITTEN_WITHIN)
        .order_by(LessonRun.ended_at.is_not(None), LessonRun.started_at.desc())
    )
    return [run for run in db.session.scalars(query) if run.class_id in within[run.context_id]]


def run_of(run_id: str, rights: Sequence[Right], observer: int) -> LessonRun:
    """A lesson that this observer may look at: within the grants, and not over for long unless it was written about.
    Raises `Fault`, the same for every other one."""
    run = db.session.get(LessonRun, run_id)
    within = evidence.reach(departments.parts(rights)) if run else {}
    if run is None or run.class_id not in within.get(run.context_id, ()):
        raise Fault("run_gone", 404)
    if run.started_at <= now() - WRITTEN_WITHIN and of_observer(run_id, observer) is None:
        raise Fault("run_gone", 404)
    return run


def of_observer(run_id: str, observer: int) -> Observation | None:
    """What this observer has written of a lesson, as it stands now, whatever was read of it before."""
    query = select(Observation).where(Observation.run_id == run_id, Observation.observer_id == observer)
    newest = query.order_by(Observation.id.desc()).execution_options(populate_existing=True)
    return db.session.scalars(newest).first()


def written_by(observer: int) -> list[tuple[Observation, LessonRun]]:
    """Everything an observer wrote, with the lesson, the newest first."""
    query = (
        select(Observation, LessonRun)
        .join(LessonRun, LessonRun.run_id == Observation.run_id)
        .where(Observation.observer_id == observer)
        .order_by(Observation.id.desc())
    )
    return [(one, run) for one, run in db.session.execute(query)]


def sent_of(run_id: str) -> list[Observation]:
    """The notes of a lesson that its teacher may read."""
    query = select(Observation).where(Observation.run_id == run_id, Observation.sent_at.is_not(None))
    return list(db.session.scalars(query.order_by(Observation.sent_at)))


def headings_of(run: LessonRun, note: Observation | None) -> Sequence[tuple[str, str]]:
    """The form: the headings of a note that was begun, with what stands under them, else the school's."""
    if note is not None:
        return [(heading, text) for heading, text in note.body]
    return [(one, "") for one in school_rules.headings_of(school_rules.at(school_of(run.context_id), now()))]


def write(run: LessonRun, observer: int, form: Mapping[str, str], *, send: bool) -> Observation:
    """Keep a note; `send` shows it to the teacher, and ends its writing. Raises `Fault` for one that was sent, that is
    empty when it is sent, or too long."""
    hold(LessonRun.run_id, run.run_id)  # two windows make one note, and the second knows what the first did
    note = of_observer(run.run_id, observer)
    if note is not None and note.sent_at is not None:
        raise Fault("observation_sent", 409)
    headings = headings_of(run, note)
    body = [[h, form.get(f"h{n}", "").replace("\r\n", "\n").strip()] for n, (h, _) in enumerate(headings)]
    if any(len(text) > LONGEST_TEXT for _, text in body):
        raise Fault("observation_long", most=LONGEST_TEXT)
    if send and not any(text for _, text in body):
        raise Fault("observation_empty")
    if note is None:
        note = Observation(run_id=run.run_id, teacher_id=run.started_by, observer_id=observer)
        db.session.add(note)
    note.body, note.saved_at, note.sent_at = body, now(), now() if send else None
    db.session.flush()
    return note
