"""A question's first answers from all lessons that asked the same version of it, analysed together: its quality as
teachers see it. Counts and correlations only; nobody can be found in what is kept.

A lesson's snapshot is what is read: it holds who was asked, what they chose, how much of it was right and how long it
took. Whose text was erased has no reply; a late answer, which may have followed the key, is a blank.

Work at the pupils' own pace is a pool of its own (`Origin`): with books and without a clock a question is another one.
There nobody was asked who did not answer, and who had met the question in class before has seen its key.

Only a first meeting counts: who answered with a team, or whose answer was erased, gives no reply, and none later.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

import msgspec
from sqlalchemy import Connection, Select, and_, delete, func, select, update

from analytics import rows
from analytics.attendance import Status
from analytics.drift import drifts
from analytics.items import Flag, ItemReport, Place, Reply, Trait, analyse, places_differ, reliability
from analytics.mastery.evidence import name_of
from analytics.reader import Reliability, RunSnapshot, snapshot_of
from analytics.results import Given, PupilResult, QuestionResult
from analytics.tables import item_asked, item_snapshot
from live_session.model import Json, Millis

MOST_LESSONS = 60
"""Lessons whose answers are pooled, the newest; more would say no more."""
MOST_OPTIONS = 8
PLACES = {Status.ROOM: Place.ROOM, Status.HOME: Place.HOME}


class Origin(StrEnum):
    """Where answers are from; never pooled with each other."""

    CLASS = "class"
    PRACTICE = "practice"


class Quality(msgspec.Struct, frozen=True):
    """A question's analysis, the lessons (or works) it was asked in, and when it was made."""

    report: ItemReport
    lessons: int
    computed_at: Millis


_decoder = msgspec.json.Decoder(ItemReport)


# --- from snapshots to replies; pure --------------------------------------------------------------------------------


def item_of(run_id: str, question: QuestionResult) -> str:
    """The name under which a question is pooled: as in the student model."""
    return name_of(run_id, question.activity, question.item, question.version)


def scored(snapshot: RunSnapshot) -> Sequence[QuestionResult]:
    """The questions that can be right or wrong, as they were asked first; of those answered without one's name nobody
    knows who was."""
    return [q for q in snapshot.questions if q.round == 1 and q.can_be_right]


Seen: TypeAlias = set[tuple[str, str]]
"""(pupil, item) of those who have met it."""


def replies(run_id: str, snapshot: RunSnapshot, seen: Seen | None = None) -> Iterable[Reply]:
    """The first attempts at a lesson's questions, blanks included, of those who have not `seen` them; now they have."""
    seen = set() if seen is None else seen
    for question in scored(snapshot):
        item, trait = item_of(run_id, question), trait_of(question)
        met_before = {who for who in snapshot.pupils if (who, item) in seen}
        seen.update((who, item) for who in _met_here(question, snapshot))
        given = (_reply(who, item, trait, question, snapshot) for who in snapshot.pupils if who not in met_before)
        yield from (reply for reply in given if reply is not None)


def _reply(who: str, item: str, trait: Trait, question: QuestionResult, snapshot: RunSnapshot) -> Reply | None:
    """None from who was not asked, whose answer was erased, or who answered with a team."""
    given = snapshot.pupils[who].given.get(question.activity)
    if given is None or who not in question.asked or _is_erased(given) or given.is_team:
        return None
    place = PLACES.get(snapshot.proposals[who].status) if who in snapshot.proposals else None
    if given.value is None or given.is_late:
        return Reply(who, item, 0.0, place=place)
    return Reply(who, item, given.share or 0.0, _chosen(trait, given.value), given.seconds, place)


def _met_here(question: QuestionResult, snapshot: RunSnapshot) -> Collection[str]:
    """Who was asked it, or answered it, be it too late."""
    return {*question.asked, *(who for who, result in snapshot.pupils.items() if _has_tried(result, question))}


def _is_erased(given: Given) -> bool:
    return given.value is not None and not given.is_late and given.share is None


def trait_of(question: QuestionResult) -> Trait:
    """Its options, where pupils choose from a short list; what they typed (its bars have labels) is no option."""
    options = tuple(bar.option for bar in question.tally if not bar.label)
    key = question.key.options if question.key else ()
    is_list = 2 <= len(options) <= MOST_OPTIONS and not any(":" in option for option in options)
    return Trait(options, key) if is_list and key and set(key) <= set(options) else Trait()


def _chosen(trait: Trait, value: Json) -> tuple[str, ...]:
    options = value if isinstance(value, list | tuple) else (value,)
    return tuple(str(option) for option in options if option in trait.options)


Met = Mapping[tuple[str, str], Millis]
"""(pupil, item) -> when that pupil first met it in class, for those who did."""


def met(lessons: Mapping[str, RunSnapshot]) -> Met:
    """Who met which question in these lessons, be it in the second round or too late."""
    found: dict[tuple[str, str], Millis] = {}
    for run_id, one in lessons.items():
        for question in scored(one):
            for key in ((pupil, item_of(run_id, question)) for pupil in _met_here(question, one)):
                found[key] = min(one.started_at, found.get(key, one.started_at))
    return found


def _has_tried(result: PupilResult, question: QuestionResult) -> bool:
    given = result.given.get(question.activity)
    return given is not None and given.value is not None


def qualities(
    lessons: Mapping[str, RunSnapshot], items: Collection[str], known: Met | None = None
) -> Mapping[str, ItemReport]:
    """These items, from the lessons (in the order of time) that asked them; a lesson's other questions say how good its
    pupils are. Who was asked again later counts with the first time; who had met it before the work was over, not at
    all (`known`)."""
    seen: Seen = set()
    by_lesson = [
        [r for r in replies(run_id, one, seen) if _is_new(r, one, known or {})] for run_id, one in lessons.items()
    ]
    given = [reply for lesson in by_lesson for reply in lesson]
    traits = {item_of(run_id, q): trait_of(q) for run_id, one in lessons.items() for q in scored(one)}
    found, drifted = analyse(given, traits), drifts(by_lesson, items)
    return {
        item: _with_flags(found[item], places_differ(item, given), drifted.get(item)) for item in items if item in found
    }


def _is_new(reply: Reply, work: RunSnapshot, known: Met) -> bool:
    at = known.get((reply.pupil, reply.item))
    return at is None or at > work.ended_at


def _with_flags(report: ItemReport, *more: Flag | None) -> ItemReport:
    flags = [flag for flag in more if flag is not None]
    return msgspec.structs.replace(report, flags=(*report.flags, *flags)) if flags else report


def reliability_of(run_id: str, snapshot: RunSnapshot) -> Reliability:
    """Of a lesson's scored questions as one set, by the pupils who were asked all of them."""
    by_pupil: dict[str, dict[str, float]] = {}
    for reply in replies(run_id, snapshot):
        by_pupil.setdefault(reply.pupil, {})[reply.item] = reply.share
    items = len({item for given in by_pupil.values() for item in given})
    complete = [list(given.values()) for given in by_pupil.values() if len(given) == items]
    return Reliability(items, len(complete), *reliability(complete))


# --- what is kept ---------------------------------------------------------------------------------------------------


def note_asked(connection: Connection, run_id: str, snapshot: RunSnapshot, origin: Origin = Origin.CLASS) -> None:
    """A lesson that is over, or a work, asked these; their pools are made anew by `refresh`."""
    forget_run(connection, run_id)
    names = {item_of(run_id, question) for question in scored(snapshot)}
    rows.put(connection, item_asked, ((run_id, item, snapshot.started_at, False, origin) for item in sorted(names)))


def asked_in(connection: Connection, runs: Select[str]) -> Sequence[tuple[str, str, bool]]:
    """(run, item, whether a flag says to look at it, by what classes answered) of every scored question that the
    lessons, or works, of this query asked."""
    asked, known = item_asked.c, item_snapshot.c
    is_bad = and_(known.item == asked.item, known.origin == Origin.CLASS, known.is_flagged)
    query = select(asked.run_id, asked.item, known.item.is_not(None)).outerjoin_from(item_asked, item_snapshot, is_bad)
    return connection.execute(query.where(asked.run_id.in_(runs))).all()


def practised(connection: Connection) -> Collection[str]:
    """The works at the pupils' own pace that asked what can be right or wrong."""
    query = select(item_asked.c.run_id).where(item_asked.c.origin == Origin.PRACTICE).distinct()
    return frozenset(connection.scalars(query))


def times_asked(connection: Connection, items: Collection[str]) -> Mapping[tuple[str, Origin], int]:
    """(item, origin) -> in how many lessons, or works, it was asked, of those that were."""
    query = select(item_asked.c.item, item_asked.c.origin, func.count()).where(item_asked.c.item.in_(sorted(items)))
    found = connection.execute(query.group_by(item_asked.c.item, item_asked.c.origin))
    return {(item, Origin(origin)): count for item, origin, count in found}


def due(connection: Connection) -> Sequence[str]:
    """Lessons whose questions must be analysed, the oldest first."""
    query = select(item_asked.c.run_id).where(item_asked.c.is_pooled.is_(False)).group_by(item_asked.c.run_id)
    return list(connection.scalars(query.order_by(func.min(item_asked.c.at), item_asked.c.run_id)))


def refresh(connection: Connection, run_id: str, now: Millis) -> int:
    """Analyse the questions of a lesson, with all others that asked them; how many there are."""
    asked = connection.execute(select(item_asked.c.item, item_asked.c.origin).where(item_asked.c.run_id == run_id))
    origins = {row.item: row.origin for row in asked}
    items, origin = list(origins), Origin(next(iter(origins.values()), Origin.CLASS))
    others = _that_asked(connection, items, origin)
    known = _snapshots(connection, others)
    before = met(_snapshots(connection, _that_asked(connection, items))) if origin is Origin.PRACTICE else None
    found = qualities(known, items, before)
    lessons = {item: sum(item in others[other] for other in known) for item in found}
    bodies = {item: msgspec.json.encode(report).decode() for item, report in found.items()}
    made = ((i, origin, now, lessons[i], one.n, bodies[i], bool(one.flags)) for i, one in found.items())
    rows.put(connection, item_snapshot, made)
    connection.execute(update(item_asked).where(item_asked.c.run_id == run_id).values(is_pooled=True))
    return len(found)


def _snapshots(connection: Connection, run_ids: Iterable[str]) -> Mapping[str, RunSnapshot]:
    return {run_id: stored.snapshot for run_id in run_ids if (stored := snapshot_of(connection, run_id))}


def _that_asked(
    connection: Connection, items: Collection[str], origin: Origin = Origin.CLASS
) -> Mapping[str, Collection[str]]:
    """Lesson, or work, -> those of the items that it asked; the newest, in the order of time."""
    query = select(item_asked.c.run_id, item_asked.c.item, item_asked.c.at)
    query = query.where(item_asked.c.item.in_(items), item_asked.c.origin == origin)
    found: dict[str, set[str]] = {}
    for run_id, item, _ in connection.execute(query.order_by(item_asked.c.at, item_asked.c.run_id)):
        found.setdefault(run_id, set()).add(item)
    return dict(list(found.items())[-MOST_LESSONS:])


def forget_run(connection: Connection, run_id: str) -> None:
    """A lesson's answers are in no pool that is made from now on."""
    connection.execute(delete(item_asked).where(item_asked.c.run_id == run_id))


def of_items(connection: Connection, items: Collection[str], origin: Origin = Origin.CLASS) -> Mapping[str, Quality]:
    """What is known of these items."""
    query = select(item_snapshot).where(item_snapshot.c.item.in_(sorted(items)), item_snapshot.c.origin == origin)
    return {
        row.item: Quality(_decoder.decode(row.body), row.lessons, row.computed_at) for row in connection.execute(query)
    }
