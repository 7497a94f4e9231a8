"""The SQL of analytics, but for the student model's (`mastery`): reads the log, reads and writes snapshots."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, SQLColumnExpression, delete, func, insert, or_, select, update

from analytics import parity
from analytics.attendance import Minute, Proposal
from analytics.engagement import Engagement
from analytics.facts import GroupShare, RunFacts, gather
from analytics.parity import Counted, Earned, Gap, LessonParity, Stood
from analytics.phones import Spell
from analytics.results import PupilResult, QuestionResult
from analytics.rollup import LessonCount, QuestionCount, Share, share
from analytics.rubrics import RubricShare
from analytics.tables import class_parity, class_week, lesson_count, run_snapshot
from live_session.events import Logged
from live_session.model import Millis
from live_session.store import log
from live_session.store.drivers import drive
from live_session.store.tables import run

VERSION = 16
"""Of the formulas behind a snapshot."""
NO_VERSION = 0
"""Of what is kept of a snapshot that says nothing any more."""


class Reliability(msgspec.Struct, frozen=True):
    """Cronbach's alpha of a lesson's `items`, and the standard error of measurement in items; from the `complete`
    pupils who were asked all of them. None where they are too few to say."""

    items: int
    complete: int
    alpha: float | None
    sem: float | None


class RunSnapshot(msgspec.Struct, frozen=True):
    """A run, computed. Times in ms; participants by opaque id. `roster` are the class's pupils when it was over: who
    comes into the class later was not missing from it. `excused` of them had leave to be away, said before it began.
    `is_settled`: its counts are final, because since they were made somebody was erased from what they were made of.
    `reliability` is that of its scored questions as one set. `told` is what heads of department are told of it."""

    started_at: Millis
    ended_at: Millis
    is_over: bool
    proposals: Mapping[str, Proposal]
    questions: Sequence[QuestionResult]
    pupils: Mapping[str, PupilResult]
    minutes: Sequence[Minute]
    phones: tuple[Spell, ...] = ()
    roster: Sequence[str] = ()
    is_settled: bool = False
    excused: Sequence[str] = ()
    engagement: Mapping[str, Engagement] = {}
    parity: LessonParity | None = None
    reliability: Reliability | None = None
    group_shares: Mapping[str, Sequence[GroupShare]] = {}
    rubrics: Mapping[str, Sequence[RubricShare]] = {}
    told: tuple[QuestionCount, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """What of a snapshot outlives its making anew, and a release with other formulas."""

    is_over: bool
    roster: Sequence[str] = ()
    is_settled: bool = False
    told: tuple[QuestionCount, ...] = ()


class Stored(msgspec.Struct, frozen=True):
    """A snapshot with the place in the log up to which it knows."""

    seq: int
    computed_at: Millis
    snapshot: RunSnapshot


class ClassWeek(msgspec.Struct, frozen=True):
    """A class in a week, as the department's page reads it."""

    class_id: int
    subject: str
    week: str
    lessons: int
    pupils: int
    room: int
    home: int
    late: int
    absent: int
    not_seen: int
    asked: int
    answered: int
    scored: int
    right: int
    answerers: int
    high: int = 0
    middle: int = 0
    low: int = 0

    @property
    def participation(self) -> Share:
        """Answers given of those asked for."""
        return share(self.answered, self.asked, self.answerers)

    @property
    def share_right(self) -> Share:
        """Right answers of those that could be."""
        return share(self.right, self.scored, self.answerers)


_decoder = msgspec.json.Decoder(RunSnapshot)
_keeper = msgspec.json.Decoder(Kept)


class Asked(msgspec.Struct, frozen=True):
    """Of a snapshot, what was asked: a page over a whole term need not read what each pupil answered."""

    questions: Sequence[QuestionResult]


_asked = msgspec.json.Decoder(Asked)


class Seated(msgspec.Struct, frozen=True):
    """Of a snapshot, what the weeks need of its pupils: a class has dozens of lessons, and each holds every answer."""

    proposals: Mapping[str, Stood]
    engagement: Mapping[str, Engagement]
    pupils: Mapping[str, Earned]
    parity: Counted


_seated = msgspec.json.Decoder(Seated)


class Question(msgspec.Struct, frozen=True):
    """Of a question's results, what stands beside one pupil's answer to it."""

    activity: str
    kind: str
    title: str
    round: int
    is_key_shown: bool = False


class OwnPart(msgspec.Struct, frozen=True):
    """Of a snapshot, what it says of one pupil, and the `questions` that everybody was asked. `is_listed`: they were on
    the roster, or took part."""

    is_listed: bool
    is_excused: bool
    proposal: Proposal | None
    result: PupilResult | None
    group_shares: Sequence[GroupShare]
    rubrics: Sequence[RubricShare] = ()
    questions: Sequence[Question] = ()


class Sealed(msgspec.Struct, frozen=True):
    """The same before anybody is looked at: what it says of each pupil is passed over, not read."""

    proposals: Mapping[str, msgspec.Raw]
    pupils: Mapping[str, msgspec.Raw]
    questions: Sequence[Question] = ()
    roster: Sequence[str] = ()
    excused: Sequence[str] = ()
    group_shares: Mapping[str, msgspec.Raw] = {}
    rubrics: Mapping[str, msgspec.Raw] = {}

    def of(self, uid: str) -> OwnPart:
        proposal, result, shares = (part.get(uid) for part in (self.proposals, self.pupils, self.group_shares))
        assessed = self.rubrics.get(uid)
        return OwnPart(
            is_listed=uid in self.roster or proposal is not None,
            is_excused=uid in self.excused,
            proposal=_proposal.decode(proposal) if proposal is not None else None,
            result=_result.decode(result) if result is not None else None,
            group_shares=_shares.decode(shares) if shares is not None else (),
            rubrics=_rubrics.decode(assessed) if assessed is not None else (),
            questions=self.questions,
        )


_sealed = msgspec.json.Decoder(Sealed)
_proposal = msgspec.json.Decoder(Proposal)
_result = msgspec.json.Decoder(PupilResult)
_shares = msgspec.json.Decoder(Sequence[GroupShare])
_rubrics = msgspec.json.Decoder(tuple[RubricShare, ...])


class Digest(msgspec.Struct, frozen=True):
    """Of a snapshot, what was asked and who took part how much: a page over a whole term reads no more of it."""

    started_at: Millis
    questions: Sequence[QuestionResult]
    engagement: Mapping[str, Engagement] = {}


_digest = msgspec.json.Decoder(Digest)


def read_log(connection: Connection, run_id: str) -> Sequence[Logged]:
    """The whole log of a run."""
    return drive(connection, log.read(run_id))


class Story(msgspec.Struct, frozen=True):
    """A run's log, read: its facts, up to `seq`."""

    seq: int
    facts: RunFacts


def story_of(connection: Connection, run_id: str, now: Millis) -> Story | None:
    """A run as it stands; None for one without a log."""
    log = read_log(connection, run_id)
    return Story(log[-1].seq, gather(log, now)) if log else None


def snapshot_of(connection: Connection, run_id: str) -> Stored | None:
    """The newest snapshot of a run; None while no job of this release has made one."""
    query = select(run_snapshot).where(run_snapshot.c.run_id == run_id, run_snapshot.c.version == VERSION)
    row = connection.execute(query).one_or_none()
    return Stored(row.seq, row.computed_at, _decoder.decode(row.body)) if row else None


def questions_of(connection: Connection, run_ids: Sequence[str]) -> Mapping[str, Sequence[QuestionResult]]:
    """What was asked in each of these runs that has a snapshot of this release."""
    query = select(run_snapshot.c.run_id, run_snapshot.c.body)
    rows = connection.execute(query.where(run_snapshot.c.run_id.in_(run_ids), run_snapshot.c.version == VERSION))
    return {row.run_id: _asked.decode(row.body).questions for row in rows}


def digests(connection: Connection, run_ids: Sequence[str]) -> Mapping[str, Digest]:
    """Each of these runs that has a snapshot of this release, in their order."""
    query = select(run_snapshot.c.run_id, run_snapshot.c.body)
    rows = connection.execute(query.where(run_snapshot.c.run_id.in_(run_ids), run_snapshot.c.version == VERSION))
    found = {row.run_id: _digest.decode(row.body) for row in rows}
    return {run_id: found[run_id] for run_id in run_ids if run_id in found}


def own_parts(connection: Connection, run_ids: Sequence[str], uid: str) -> Mapping[str, OwnPart]:
    """What each of these runs that has a snapshot of this release says of one pupil."""
    query = select(run_snapshot.c.run_id, run_snapshot.c.body)
    rows = connection.execute(query.where(run_snapshot.c.run_id.in_(run_ids), run_snapshot.c.version == VERSION))
    return {row.run_id: _sealed.decode(row.body).of(uid) for row in rows}


def fresh_parts(connection: Connection, run_ids: Sequence[str], uid: str) -> Mapping[str, OwnPart]:
    """The same of those whose log has not grown since."""
    query = select(run_snapshot.c.run_id, run_snapshot.c.body).join(run, run.c.id == run_snapshot.c.run_id)
    rows = connection.execute(query.where(run_snapshot.c.run_id.in_(run_ids), ~is_stale()))
    return {row.run_id: _sealed.decode(row.body).of(uid) for row in rows}


def kept_of(connection: Connection, run_id: str) -> Kept | None:
    """What must be kept of a run's snapshot, whichever release made it; None where there is none."""
    body = connection.scalar(select(run_snapshot.c.body).where(run_snapshot.c.run_id == run_id))
    return None if body is None else _keeper.decode(body)


def tells_of(run_id: SQLColumnExpression[str], uid: str) -> ColumnElement[bool]:
    """In a query: the run's snapshot has this pupil in it, on its list or with what they did."""
    own = select(run_snapshot.c.run_id).where(run_snapshot.c.run_id == run_id)
    return own.where(run_snapshot.c.body.contains(f'"{uid}"', autoescape=True)).exists()


def is_stale() -> ColumnElement[bool]:
    """In a query that joins `run` and, outer, `run_snapshot`: the log has grown since the snapshot, or other formulas
    made it."""
    return or_(run.c.seq > func.coalesce(run_snapshot.c.seq, 0), run_snapshot.c.version != VERSION)


def write_snapshot(connection: Connection, run_id: str, seq: int, at: Millis, snapshot: RunSnapshot) -> None:
    """Replace a run's snapshot."""
    connection.execute(delete(run_snapshot).where(run_snapshot.c.run_id == run_id))
    body = msgspec.json.encode(snapshot).decode()
    row = {"run_id": run_id, "seq": seq, "computed_at": at, "version": VERSION, "body": body}
    connection.execute(insert(run_snapshot), [row])


def is_counted(connection: Connection, run_id: str) -> bool:
    """The lesson's counts stand in its class's week."""
    query = select(lesson_count.c.run_id).where(lesson_count.c.run_id == run_id)
    return connection.execute(query).first() is not None


def counts_of(connection: Connection, run_ids: Sequence[str]) -> Mapping[str, LessonCount]:
    """What each of these lessons adds to its class's week, by run."""
    names = LessonCount.__struct_fields__
    found = connection.execute(select(lesson_count).where(lesson_count.c.run_id.in_(run_ids)))
    return {row.run_id: LessonCount(*(getattr(row, name) for name in names)) for row in found}


class Places(msgspec.Struct, frozen=True):
    """Of a snapshot, where the signs say that pupils were."""

    proposals: Mapping[str, Stood]


_places = msgspec.json.Decoder(Places)


def places_of(connection: Connection, run_ids: Sequence[str]) -> Mapping[str, Mapping[str, Stood]]:
    """Where each pupil was, by the signs, in each of these runs that has a snapshot of this release."""
    query = select(run_snapshot.c.run_id, run_snapshot.c.body)
    rows = connection.execute(query.where(run_snapshot.c.run_id.in_(run_ids), run_snapshot.c.version == VERSION))
    return {row.run_id: _places.decode(row.body).proposals for row in rows}


def computed_at(connection: Connection, run_ids: Sequence[str]) -> Mapping[str, Millis]:
    """When the snapshots of these runs were made, and with them their counts."""
    query = select(run_snapshot.c.run_id, run_snapshot.c.computed_at)
    rows = connection.execute(query.where(run_snapshot.c.run_id.in_(run_ids)))
    return {row.run_id: row.computed_at for row in rows}


GROUP = ("school", "class_id", "subject", "week")
SUMMED = (
    "pupils", "room", "home", "late", "absent", "not_seen", "asked", "answered", "scored", "right",
    "high", "middle", "low",
)  # fmt: skip


def write_count(connection: Connection, keys: Mapping[str, Any], counted: LessonCount, at: Millis) -> None:
    """Replace what a lesson adds to its class's week, and sum that week anew; also the one it counted in before."""
    is_this = lesson_count.c.run_id == keys["run_id"]
    before = connection.execute(select(*(lesson_count.c[name] for name in GROUP)).where(is_this)).one_or_none()
    connection.execute(delete(lesson_count).where(is_this))
    connection.execute(insert(lesson_count), [{**keys, **msgspec.structs.asdict(counted)}])
    _sum_week(connection, keys, at)
    if before is not None and tuple(before) != tuple(keys[name] for name in GROUP):
        _sum_week(connection, dict(before._mapping), at)


def _sum_week(connection: Connection, keys: Mapping[str, Any], at: Millis) -> None:
    counted = lesson_count.c
    where = [counted[name] == keys[name] for name in GROUP]
    sums = [func.coalesce(func.sum(counted[name]), 0).label(name) for name in SUMMED]
    # The pupils of a week are, by counts alone, at least as many as those of its fullest lesson.
    behind = func.coalesce(func.max(counted.answerers), 0).label("answerers")
    row = connection.execute(select(func.count().label("lessons"), behind, *sums).where(*where)).one()
    connection.execute(delete(class_week).where(*(class_week.c[name] == keys[name] for name in GROUP)))
    if row.lessons:
        values = {**{name: keys[name] for name in GROUP}, **row._mapping, "computed_at": at}
        connection.execute(insert(class_week), [values])


PARITY_WEEKS = 8


def write_parity(connection: Connection, keys: Mapping[str, Any], at: Millis) -> None:
    """Compare room and home anew for a class in a subject, over the weeks up to this lesson's."""
    where = [lesson_count.c[name] == keys[name] for name in ("school", "class_id", "subject")]
    since = (date.fromisoformat(keys["week"]) - timedelta(weeks=PARITY_WEEKS - 1)).isoformat()
    query = (
        select(run_snapshot.c.body)
        .join(lesson_count, lesson_count.c.run_id == run_snapshot.c.run_id)
        .where(*where, lesson_count.c.week >= since, run_snapshot.c.version == VERSION)
        .order_by(run_snapshot.c.run_id)
    )
    known = [_seated.decode(body) for body in connection.scalars(query)]
    seats = [seat for one in known for seat in parity.seats(one.proposals, one.engagement, one.pupils, one.parity)]
    own = {name: keys[name] for name in ("school", "class_id", "subject")}
    connection.execute(delete(class_parity).where(*(class_parity.c[name] == value for name, value in own.items())))
    body = msgspec.json.encode(parity.over_weeks(seats)).decode()
    connection.execute(insert(class_parity), [{**own, "computed_at": at, "body": body}])


def parity_of(connection: Connection, school: int, class_id: int, subject: str) -> Sequence[Gap]:
    """Room against home over the last weeks; empty where too few pupils took part both ways."""
    query = select(class_parity.c.body).where(
        class_parity.c.school == school, class_parity.c.class_id == class_id, class_parity.c.subject == subject
    )
    body = connection.scalar(query)
    return () if body is None else msgspec.json.decode(body, type=list[Gap])


def forget_snapshot(connection: Connection, run_id: str) -> None:
    """Drop a run's snapshot; while its log is there, a job writes a new one. Finished counts name nobody and stay."""
    connection.execute(delete(run_snapshot).where(run_snapshot.c.run_id == run_id))


def forget_pupil(connection: Connection, run_id: str, uid: str) -> None:
    """Drop what a run's snapshot says; a job makes it anew. What stays until then is who was its class when it was
    over, without this pupil: who came into the class since was not missing from it; and what was told of it, without
    anybody's words: one sample fewer would be this pupil's."""
    kept = kept_of(connection, run_id)
    if kept is None:
        return
    is_settled = kept.is_settled or bool(kept.told) or is_counted(connection, run_id)
    told = tuple(msgspec.structs.replace(one, writers=()) for one in kept.told)
    left = Kept(kept.is_over, [who for who in kept.roster if who != uid], is_settled, told)
    body = msgspec.json.encode(left).decode()
    own = update(run_snapshot).where(run_snapshot.c.run_id == run_id)
    connection.execute(own.values(seq=0, version=NO_VERSION, body=body))


def class_weeks(
    connection: Connection,
    school: int,
    weeks: Sequence[str] | None = None,
    *,
    subject: str | None = None,
    class_id: int | None = None,
) -> Sequence[ClassWeek]:
    """The school's classes by week, newest week first; all of them, or those of a subject, or one."""
    names = ClassWeek.__struct_fields__
    query = (
        select(*(class_week.c[name] for name in names))
        .where(class_week.c.school == school)
        .order_by(class_week.c.week.desc(), class_week.c.class_id)
    )
    for column, wanted in ((class_week.c.subject, subject), (class_week.c.class_id, class_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    if weeks is not None:
        query = query.where(class_week.c.week.in_(weeks))
    return [ClassWeek(*row) for row in connection.execute(query)]
