"""One person: everything the installation holds about them, as a copy to hand over, and its erasure."""

from typing import Any

import msgspec
from sqlalchemy import delete, or_, select, update
from sqlalchemy import inspect as inspect_mapping

from analytics import reader
from live_session.events import Answered, SeatMoved, SeatTaken
from live_session.store.tables import content
from lti_tool.extensions import db
from lti_tool.models import (
    AccessEntry,
    AttendanceDecision,
    Grant,
    LaunchVisit,
    Lesson,
    LessonRun,
    Membership,
    Model,
    Person,
    RememberedPhone,
    Score,
    ScoreDecision,
)

OWNED: tuple[tuple[type[Model], str], ...] = (
    (Membership, "person_id"),
    (RememberedPhone, "person_id"),
    (Grant, "person_id"),
    (LaunchVisit, "person_id"),
    (AttendanceDecision, "person_id"),
    (ScoreDecision, "person_id"),
    (Score, "person_id"),
    (Lesson, "author_id"),
    (LessonRun, "started_by"),
)
"""Tables that name a person, and the column that does."""


def find(uid: str) -> Person:
    """The person of this id. Raises `LookupError`."""
    person = db.session.scalars(select(Person).where(Person.uid == uid)).first()
    if person is None:
        raise LookupError(uid)
    return person


def search(words: str) -> list[Person]:
    """People whose name holds these words, for an operator who must find one."""
    query = select(Person).where(Person.name.icontains(words, autoescape=True)).order_by(Person.name).limit(50)
    return list(db.session.scalars(query))


def export(person: Person) -> dict[str, Any]:
    """Everything about one person, as plain data: their rows, their answers in every lesson, who looked at them."""
    rows = {
        model.__tablename__: [
            _row(row) for row in db.session.scalars(select(model).where(_column(model, column) == person.id))
        ]
        for model, column in OWNED
    }
    looked = select(AccessEntry).where(or_(AccessEntry.actor_id == person.id, AccessEntry.subject_id == person.id))
    return {
        "person": _row(person),
        **rows,
        "lessons": [lesson for run in _runs_of(person) if (lesson := _in_run(person.uid, run))],
        "access_entry": [_row(entry) for entry in db.session.scalars(looked)],
    }


def _column(model: type[Model], name: str) -> Any:
    return getattr(model, name)


def _row(row: Model) -> dict[str, Any]:
    return {c.key: _plain(getattr(row, c.key)) for c in inspect_mapping(type(row)).column_attrs}


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value) if not isinstance(value, bytes) else f"{len(value)} bytes"


def _runs_of(person: Person) -> list[LessonRun]:
    contexts = select(Membership.context_id).where(Membership.person_id == person.id)
    return list(db.session.scalars(select(LessonRun).where(LessonRun.context_id.in_(contexts))))


def _in_run(uid: str, run: LessonRun) -> dict[str, Any] | None:
    """One lesson as it concerns this person: where they sat, what they answered, what was computed."""
    log = reader.read_log(db.session.connection(), run.run_id)
    own = [
        {"at": entry.at, **msgspec.to_builtins(entry.event)}
        for entry in log
        if isinstance(entry.event, Answered | SeatTaken | SeatMoved) and entry.event.participant == uid
    ]
    stored = reader.snapshot_of(db.session.connection(), run.run_id)
    computed = stored.snapshot if stored else None
    if not own:
        return None
    return {
        "run": run.run_id,
        "title": run.title,
        "started_at": run.started_at,
        "events": own,
        "attendance": msgspec.to_builtins(computed.proposals.get(uid)) if computed else None,
        "result": msgspec.to_builtins(computed.pupils.get(uid)) if computed else None,
    }


def erase(person: Person) -> dict[str, int]:
    """Forget one person. The log stays whole: their words go from the content table, their name from the person table,
    and what is left names nobody. Counts of what was removed, by table."""
    removed: dict[str, int] = {}
    runs = [run.run_id for run in _runs_of(person)]
    connection = db.session.connection()
    for run_id in runs:
        reader.forget_snapshot(connection, run_id)
    removed["content"] = connection.execute(delete(content).where(content.c.participant == person.uid)).rowcount
    for model, column in OWNED:
        where = _column(model, column) == person.id
        is_kept = model in (Lesson, LessonRun)
        statement = update(model).where(where).values({column: None}) if is_kept else delete(model).where(where)
        removed[model.__tablename__] = connection.execute(statement).rowcount
    for column in ("actor_id", "subject_id"):
        connection.execute(update(AccessEntry).where(_column(AccessEntry, column) == person.id).values({column: None}))
    removed["person"] = connection.execute(delete(Person).where(Person.id == person.id)).rowcount
    db.session.expire_all()
    return removed
