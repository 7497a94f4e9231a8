"""One person: everything the installation holds about them, as a copy to hand over, and its erasure."""

import base64
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import delete, or_, select, update
from sqlalchemy import inspect as inspect_mapping

from analytics import reader
from analytics.mastery import ledger
from live_session import teams
from live_session.events import (
    Answered,
    Event,
    GroupsFormed,
    HandsLowered,
    Logged,
    PresenceSeen,
    RunStarted,
    SeatsConfirmed,
    TalkBegan,
    TeamJoined,
)
from live_session.model import NOTHING
from live_session.store.tables import content
from lti_tool.extensions import db, hold
from lti_tool.models import (
    AccessEntry,
    Assessment,
    AttendanceDecision,
    Conduct,
    Consent,
    Excuse,
    Exemption,
    FamilyLink,
    FamilyWord,
    Grant,
    JudgedLevel,
    LaunchVisit,
    Lesson,
    LessonRun,
    LessonVersion,
    Mark,
    MeetingPresence,
    Membership,
    Model,
    ObjectiveKey,
    Observation,
    PageLeaving,
    PaperCard,
    PeriodEntry,
    Person,
    PlannedSeat,
    Practice,
    PracticePupil,
    ProfileEntry,
    PupilSlip,
    Recording,
    RememberedPhone,
    RollWord,
    SchoolRule,
    Score,
    ScoreDecision,
    SpotCheck,
    TeacherConsent,
    TermComment,
)
from lti_tool.models.base import new_uid

OWNED: tuple[tuple[type[Model], str], ...] = (
    (Membership, "person_id"),
    (RememberedPhone, "person_id"),
    (PaperCard, "person_id"),
    (PlannedSeat, "person_id"),
    (PageLeaving, "person_id"),
    (TeacherConsent, "person_id"),
    (Grant, "person_id"),
    (LaunchVisit, "person_id"),
    (PupilSlip, "person_id"),
    (AttendanceDecision, "person_id"),
    (RollWord, "person_id"),
    (MeetingPresence, "person_id"),
    (Excuse, "person_id"),
    (SpotCheck, "person_id"),
    (ScoreDecision, "person_id"),
    (Score, "person_id"),
    (JudgedLevel, "person_id"),
    (ProfileEntry, "person_id"),
    (Mark, "person_id"),
    (Conduct, "person_id"),
    (Exemption, "person_id"),
    (Consent, "person_id"),
    (FamilyLink, "person_id"),
    (FamilyWord, "person_id"),
    (TermComment, "person_id"),
    (Assessment, "made_by"),
    (Lesson, "author_id"),
    (LessonVersion, "saved_by"),
    (LessonRun, "started_by"),
    (PracticePupil, "person_id"),
    (Practice, "opened_by"),
    (Recording, "added_by"),
    (PeriodEntry, "teacher_id"),
    (Observation, "teacher_id"),
    (SchoolRule, "set_by"),
    (ObjectiveKey, "set_by"),
)
"""Tables that name a person, and the column that does."""
UNNAMED: tuple[type[Model], ...] = (
    Lesson,
    LessonVersion,
    LessonRun,
    Practice,
    PeriodEntry,
    Observation,
    Recording,
    Mark,
    Conduct,
    Exemption,
    Assessment,
    ObjectiveKey,
    SchoolRule,
)
"""Of these, the tables whose rows outlive the person: others work and learn with them, and that a mark was made, when
and with what value is kept as long as marks are."""
FREE_WORDS: dict[type[Model], str] = {Mark: "why", Conduct: "why", Exemption: "why"}
"""Columns of these in which a teacher may have written the person's name: they are emptied."""

OF_ONE = ("photo.seen",)
"""Looks at a single pupil. They are nobody else's, also when that pupil was erased and no name stands in them."""


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
    """Everything about one person, as plain data: their rows, their part in every lesson, their texts and photos (in
    base64), who looked at them. Nobody else stands in it, neither by name nor by id."""
    rows = {
        model.__tablename__: [
            _row(row, person) for row in db.session.scalars(select(model).where(_column(model, column) == person.id))
        ]
        for model, column in OWNED
    }
    lessons = [lesson for run in _runs_of(person) if (lesson := _in_run(person.uid, run))]
    return {
        "person": _row(person, person),
        **rows,
        "lessons": lessons,
        "content": _content(person.uid),
        **ledger.everything_of(db.session.connection(), person.uid),
        "access_entry": [_row(entry, person) for entry in _looks_at(person, [lesson["run"] for lesson in lessons])],
    }


def _column(model: type[Model], name: str) -> Any:
    return getattr(model, name)


def _looks_at(person: Person, run_ids: Sequence[str]) -> Iterable[AccessEntry]:
    """What this person looked at, and who looked at them: by themselves, or in a lesson they took part in."""
    objects = [f"run:{run_id}" for run_id in run_ids]
    is_about = or_(AccessEntry.actor_id == person.id, AccessEntry.subject_id == person.id)
    in_lesson = AccessEntry.object.in_(objects) & AccessEntry.action.not_in(OF_ONE)
    return db.session.scalars(select(AccessEntry).where(or_(is_about, in_lesson)).order_by(AccessEntry.id))


def _row(row: Model, person: Person) -> dict[str, Any]:
    """A row as plain data; where somebody else stands in it (who decided, who looked), nobody does here."""
    return {
        c.key: None if _is_another(c.columns[0], value, person) else _plain(value)
        for c in inspect_mapping(type(row)).column_attrs
        if not c.columns[0].info.get("secret")
        for value in [getattr(row, c.key)]
    }


def _is_another(column: Any, value: Any, person: Person) -> bool:
    refers = any(key.column is Person.__table__.c.id for key in column.foreign_keys)
    return refers and value != person.id


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else msgspec.to_builtins(value)


def _content(uid: str) -> list[dict[str, Any]]:
    rows = db.session.execute(select(content).where(content.c.participant == uid).order_by(content.c.at))
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in rows]


class _Run(NamedTuple):
    """A lesson, or work at the pupils' own pace."""

    run_id: str
    title: str
    started_at: int


def _runs_of(person: Person) -> list[_Run]:
    contexts = select(Membership.context_id).where(Membership.person_id == person.id)
    taught = select(LessonRun.run_id, LessonRun.title, LessonRun.started_at).where(LessonRun.context_id.in_(contexts))
    given = select(Practice.run_id, Practice.title, Practice.opened_at).where(Practice.context_id.in_(contexts))
    return [_Run(*row) for query in (taught, given) for row in db.session.execute(query)]


def _in_run(uid: str, run: _Run) -> dict[str, Any] | None:
    """One lesson as it concerns this person: where they sat, what they answered, what was computed."""
    log = reader.read_log(db.session.connection(), run.run_id)
    own = [{"at": entry.at, **part} for entry in log if (part := part_of(entry, uid))]
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
        "engagement": msgspec.to_builtins(computed.engagement.get(uid)) if computed else None,
        "result": msgspec.to_builtins(computed.pupils.get(uid)) if computed else None,
    }


def part_of(entry: Logged, uid: str) -> dict[str, Any] | None:
    """What an event says of this person, and of nobody else; None when it says nothing. An answer that several gave at
    one phone is each one's own; who they were stands in nobody's copy."""
    event, said = entry.event, None
    match event:
        case Answered():
            spoke = teams.members_of(event)
            said = _whole(replace(event, participant=uid, claim=spoke[uid], team=NOTHING)) if uid in spoke else None
        case RunStarted(heard_before=heard):
            said = {"heard_before": heard[uid]} if uid in heard else None
        case TeamJoined(host, _, who, claim):
            said = {"claim": claim} if uid == who else {} if uid == host else None
        case TalkBegan(activity=activity, groups=groups) | GroupsFormed(activity, groups):
            said = {"activity": activity} if uid in chain(*groups) else None
        case PresenceSeen(seen, awake):
            told = {"seen": seen, "awake": awake}
            said = {word: list(of[uid]) for word, of in told.items() if uid in of} or None
        case SeatsConfirmed(claims):
            said = {"claims": list(claims[uid])} if uid in claims else None
        case HandsLowered(lowered):
            said = {} if uid in lowered else None
        case _ if getattr(event, "participant", None) == uid:
            said = _whole(event)
    if said is None and entry.who != uid:
        return None
    return {"type": type(event).__struct_config__.tag, **(said or {})}


def _whole(event: Event) -> dict[str, Any]:
    own: dict[str, Any] = msgspec.to_builtins(event)
    return own


def erase(person: Person) -> dict[str, int]:
    """Forget one person. The log stays whole: their words go from the content table, their name from the person table,
    and what is left names nobody. Counts of what was removed, by table."""
    removed: dict[str, int] = {}
    runs = sorted(run.run_id for run in _runs_of(person))
    connection = db.session.connection()
    for run_id in runs:  # a job that has read their words finishes first, the next one finds them gone
        hold(LessonRun.run_id, run_id)
        hold(Practice.run_id, run_id)
    for run_id in runs:
        reader.forget_pupil(connection, run_id, person.uid)
    removed["content"] = connection.execute(delete(content).where(content.c.participant == person.uid)).rowcount
    removed["mastery"] = ledger.forget_pupil(connection, person.uid, new_uid())
    for model, column in OWNED:
        where = _column(model, column) == person.id
        unnamed = {column: None} | ({FREE_WORDS[model]: ""} if model in FREE_WORDS else {})
        statement = update(model).where(where).values(unnamed) if model in UNNAMED else delete(model).where(where)
        removed[model.__tablename__] = connection.execute(statement).rowcount
    for column in ("actor_id", "subject_id"):
        connection.execute(update(AccessEntry).where(_column(AccessEntry, column) == person.id).values({column: None}))
    removed["person"] = connection.execute(delete(Person).where(Person.id == person.id)).rowcount
    db.session.expire_all()
    return removed
