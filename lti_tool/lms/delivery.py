"""The score outbox: queued by the teacher's act, delivered by a job, never inside a request.

One logical score per (column, person). Its timestamp grows with every queueing by at least a second, because
platforms compare whole seconds; sending the same row again is therefore harmless.

What stands in the gradebook is read before it is written, where the LMS lets us: a grade that is neither what we sent
last nor what we are about to send was made by somebody there. It is never overwritten silently: the teacher sees both
and chooses.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import SystemRandom

from sqlalchemy import func, select

from live_session.model import Millis
from lti_tool.clock import now
from lti_tool.errors import PlatformFault
from lti_tool.extensions import db
from lti_tool.launch.provision import find_or_add
from lti_tool.lms import pauses
from lti_tool.lms.port import LATER, Grade, Lms, Services, Standing, Verdict, column_of, services_of
from lti_tool.lms.registry import Connect
from lti_tool.models import Course, Lesson, LessonRun, LineItem, Place, ResourceLink, Score, ScoreState

_log = logging.getLogger(__name__)

TAG = "score"
ATTENDANCE, PARTICIPATION = "attendance", "participation"
EXTRAS = (ATTENDANCE, PARTICIPATION)
"""Columns beside a lesson's score, written only where the teacher asks for them."""
MAXIMUM = 10
OUT_OF = {TAG: MAXIMUM, ATTENDANCE: 1, PARTICIPATION: 100, **{str(place): MAXIMUM for place in Place}}
"""What a column's values are out of here. A gradebook's column may count in other points: the LMS scales."""
LARGEST = 1_000
"""Points that a column in the gradebook may have."""
FIRST_PAUSE_MS: Millis = 5_000
LONGEST_PAUSE_MS: Millis = 15 * 60_000
"""A platform that was down for an hour has its scores within this of coming back."""
SPREAD = 0.25
"""By how much a pause may be longer, by chance: not everything that waited for a platform comes back at once."""
MOST_AT_ONCE = 200
"""Columns of a round, and scores of a column in it."""
COLUMN_PAUSE_MS: Millis = 60_000
SAME = Decimal("0.01")
"""Grades that differ by no more are one grade: gradebooks round."""
MEASURED = Decimal(10) ** 9
"""Beyond it nobody reads a grade figure by figure."""
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Queued:
    """A score the teacher confirmed, on its way."""

    person_id: int
    value: str
    comment: str = ""


def column_for(run: LessonRun, link: ResourceLink | None) -> LineItem:
    """The column of a lesson. A link that stands for this very lesson has one already; other lessons get their own,
    so that two lessons opened through one activity never overwrite each other."""
    own = link.line_item_url if link is not None and link.lesson_id == run.lesson_id else None
    item = _column(run.context_id, run.lesson.uid, TAG, run.title or run.lesson.uid, own)
    item.url = item.url or own
    return item


def extra_column(run: LessonRun, tag: str, label: str) -> LineItem:
    """A lesson's column for attendance or participation."""
    return _column(run.context_id, run.lesson.uid, tag, label)


def mark_column(course: Course, term: int, place: Place, label: str) -> LineItem:
    """The column of one place of a term's marks: its own, apart from every lesson's."""
    return _column(course.context_id, _of_term(course, term), place, label)


def mark_columns(course: Course, term: int) -> Mapping[Place, LineItem]:
    """The columns that a term's marks have so far."""
    resource = _of_term(course, term)
    query = select(LineItem).where(LineItem.context_id == course.context_id, LineItem.resource_id == resource)
    return {Place(item.tag): item for item in db.session.scalars(query)}


def _of_term(course: Course, term: int) -> str:
    return f"marks-{course.school_year}-{term}"


def term_of(course: Course, resource: str) -> int | None:
    """The term of this school year whose marks a column's resource stands for; None for any other."""
    year, _, term = resource.rpartition("-")
    return int(term) if year == f"marks-{course.school_year}" else None


def plan(lesson: Lesson, label: str, maximum: int) -> LineItem:
    """How the column of a lesson shall be called and what it shall count to, as the teacher says when the lesson is put
    into the LMS's course. A column that stands there already keeps what it has."""
    item = _column(lesson.context_id, lesson.uid, TAG, label)
    item.label, item.maximum = label[:255], maximum
    return item


def column_if_any(run: LessonRun, tag: str = TAG) -> LineItem | None:
    """A column of a lesson, if it ever had one."""
    return db.session.scalars(
        select(LineItem).where(
            LineItem.context_id == run.context_id, LineItem.resource_id == run.lesson.uid, LineItem.tag == tag
        )
    ).first()


def _column(context_id: int, resource: str, tag: str, label: str, url: str | None = None) -> LineItem:
    values = {"label": label[:255], "maximum": OUT_OF[tag], "created_at": now(), "url": url}
    return find_or_add(LineItem, values, context_id=context_id, resource_id=resource, tag=tag)


def queue(item: LineItem, scores: Sequence[Queued]) -> int:
    """Put confirmed scores into the outbox; how many changed. The same value again is not sent again."""
    db.session.execute(select(LineItem.id).where(LineItem.id == item.id).with_for_update())  # one teacher at a time
    return sum(_queue(item, score) for score in scores)


def _queue(item: LineItem, queued: Queued) -> bool:
    query = select(Score).where(Score.line_item_id == item.id, Score.person_id == queued.person_id).with_for_update()
    # Read anew: since this request looked, the job may have written that the last value was sent.
    score = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if score is None:
        score = Score(line_item_id=item.id, person_id=queued.person_id, timestamp=0, tries=0)
        db.session.add(score)
    elif (score.value, score.comment) == (queued.value, queued.comment) and not _is_to_be_sent_again(score):
        return False
    score.value, score.comment = queued.value, queued.comment
    _send_now(score)
    return True


def _is_to_be_sent_again(score: Score) -> bool:
    return score.state is ScoreState.REFUSED or score.fault == WITHDRAWN


def withdraw(item: LineItem, person_id: int) -> None:
    """The teacher took back what was to be written, as when an absence was excused. What the LMS has already cannot be
    taken out by posting: it stays until somebody removes it there, and the page says so."""
    score = states(item).get(person_id)
    if score is not None and score.fault != WITHDRAWN:
        _send_now(score)  # newer than anything on its way, which then no longer speaks for it
        score.state, score.fault = ScoreState.KEPT, WITHDRAWN


def _send_now(score: Score, *, insists: bool = False) -> None:
    """Due at once, and newer than anything that was sent before."""
    score.timestamp = max(now(), (score.timestamp // 1_000 + 1) * 1_000)
    score.state, score.tries, score.next_at, score.fault = ScoreState.WAITING, 0, now(), ""
    score.insists, score.theirs = insists, None


def again(item: LineItem) -> int:
    """Send once more, at once, what did not get through; a column that was deleted is looked for anew, and gets what
    the old one had as well. What waits for the teacher's choice goes on waiting for it."""
    scores = states(item).values()
    stuck = [score for score in scores if score.state in STUCK]
    if any(score.fault == "gone" for score in stuck):
        stuck = [score for score in scores if score.state in (*STUCK, ScoreState.SENT)]
        item.url = None
    for score in stuck:
        _send_now(score, insists=score.insists)
    return len(stuck)


def send_again(items: Iterable[LineItem]) -> int:
    """What did not get through in these columns, once more; where all of it did, all of it: a column that was deleted
    in the LMS while nothing was on its way is noticed by nobody but whoever looks for it there."""
    columns = list(items)
    return sum(again(item) for item in columns) or sum(_all_again(item) for item in columns)


def _all_again(item: LineItem) -> int:
    written = [score for score in states(item).values() if score.state is ScoreState.SENT]
    for score in written:
        _send_now(score)
    return len(written)


STUCK = (ScoreState.WAITING, ScoreState.REFUSED, ScoreState.NEWER)
SETTLED = (ScoreState.SENT, ScoreState.KEPT)
"""Nothing is left to do."""


def insist(score: Score) -> None:
    """The teacher saw both grades and chose ours."""
    _send_now(score, insists=True)


def keep_theirs(score: Score) -> None:
    """The teacher saw both grades and chose the LMS's: nothing is sent, and nothing asks again."""
    score.state, score.fault = ScoreState.KEPT, ""


def states(item: LineItem) -> Mapping[int, Score]:
    """Where the scores of a column stand, by person."""
    return {s.person_id: s for s in db.session.scalars(select(Score).where(Score.line_item_id == item.id))}


# --- the job --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parcel:
    """A score on its way, as plain values. `sent_value` is what the LMS took last."""

    score_id: int
    grade: Grade
    sent_value: str | None
    insists: bool


@dataclass(frozen=True)
class Ending:
    """What became of a parcel."""

    state: ScoreState
    fault: str = ""
    theirs: str | None = None


def wanted_columns() -> list[int]:
    """Columns that a teacher wants before there is any score: the link of a lesson, as coursework."""
    query = select(LineItem.id).where(LineItem.url.is_(None), LineItem.wanted_at > 0, LineItem.wanted_at <= now())
    return list(db.session.scalars(query))


def make_column(item_id: int, connect: Connect) -> None:
    """Find or make one column; what went wrong stands in it for the page, and is tried again where that may help."""
    item = db.session.get_one(LineItem, item_id)
    services, column = services_of(item.context), column_of(item)
    try:
        lms = connect(item.context.deployment.registration)
        db.session.commit()
        _found(item_id, lms.column(services, column))
    except PlatformFault as fault:
        item = db.session.get_one(LineItem, item_id)
        item.fault = fault.kind
        paced = _pace(item.context.deployment.registration_id)
        item.wanted_at = now() + max(COLUMN_PAUSE_MS, paced(1)) if fault.kind in LATER else 0
    db.session.commit()


def due() -> list[int]:
    """Columns that have scores to send now, the longest waiting first."""
    query = (
        select(Score.line_item_id)
        .where(Score.state == ScoreState.WAITING, Score.next_at <= now())
        .group_by(Score.line_item_id)
        .order_by(func.min(Score.next_at))
    )
    return list(db.session.scalars(query))


def deliver(item_id: int, connect: Connect) -> None:
    """Send the scores of one column that are due, and write down what became of each. No transaction is open while the
    LMS is asked. A platform that is away is asked once: all that was due for it waits."""
    item = db.session.get_one(LineItem, item_id)
    parcels = _pack(item)
    db.session.commit()
    services, column, address = services_of(item.context), column_of(item), item.url
    paced = _pace(item.context.deployment.registration_id)
    try:
        lms = connect(item.context.deployment.registration)
        db.session.commit()
        address = address or _found(item_id, lms.column(services, column))
        standings = _read(lms, services, address)
    except PlatformFault as fault:
        return _settle_all(parcels, fault.kind, paced)
    for n, parcel in enumerate(parcels):
        ending = _send(lms, services, address, parcel, standings)
        _settle(parcel, ending, paced)
        if ending.state is ScoreState.WAITING and ending.fault != "later":
            return _settle_all(parcels[n + 1 :], ending.fault, paced)
    return None


def _pack(item: LineItem) -> list[Parcel]:
    """The scores of a column that are due; who has no account in the LMS is told apart here."""
    query = (
        select(Score)
        .where(Score.line_item_id == item.id, Score.state == ScoreState.WAITING, Score.next_at <= now())
        .order_by(Score.next_at, Score.id)
        .limit(MOST_AT_ONCE)
    )
    parcels = []
    for score in db.session.scalars(query):
        grade = Grade(score.person.sub or "", score.value, OUT_OF[item.tag], score.comment, score.timestamp)
        parcel = Parcel(score.id, grade, score.sent_value, score.insists)
        if score.person.sub is None:
            score.state, score.fault = ScoreState.REFUSED, "no_account"
        else:
            parcels.append(parcel)
    return parcels


def _found(item_id: int, address: str) -> str:
    item = db.session.get_one(LineItem, item_id)
    item.url, item.fault = address, ""
    db.session.commit()
    return address


def _read(lms: Lms, services: Services, address: str) -> Mapping[str, Standing] | None:
    """What stands in the column; None where it cannot be read: whether the column is there, the score itself finds out.
    Raises `PlatformFault` when the LMS is away."""
    if not lms.capabilities(services).reads_grades:
        return None
    try:
        return lms.standings(services, address)
    except PlatformFault as fault:
        if fault.kind in LATER:
            raise
        return None


def _send(
    lms: Lms, services: Services, address: str, parcel: Parcel, standings: Mapping[str, Standing] | None
) -> Ending:
    grade = parcel.grade
    there = standings.get(grade.sub) if standings is not None else None
    if not parcel.insists and there is not None and is_changed(there, parcel):
        return Ending(ScoreState.CHANGED, "changed", shown(there, grade.maximum))
    outcome = lms.post(address, grade)
    if outcome.verdict is Verdict.QUEUED:
        return Ending(ScoreState.WAITING, outcome.reason)
    if outcome.verdict is Verdict.POSTED and not parcel.insists:
        return Ending(ScoreState.SENT)
    if outcome.verdict is Verdict.REFUSED and outcome.reason != "newer":
        return Ending(ScoreState.REFUSED, outcome.reason)
    return _judge(lms, services, address, parcel, was_taken=outcome.verdict is Verdict.POSTED)


def _judge(lms: Lms, services: Services, address: str, parcel: Parcel, *, was_taken: bool) -> Ending:
    """After "newer exists", or after a grade that the teacher insists on: what stands there now decides.

    Ours stands there: it arrived, perhaps with the answer lost on its way. Another one after we insisted: the gradebook
    holds it fast (an override in Moodle answers 200 and stays).
    """
    unknown = Ending(ScoreState.SENT) if was_taken else Ending(ScoreState.NEWER, "newer")
    try:
        found = _read_one(lms, services, address, parcel.grade.sub)
    except PlatformFault:
        return unknown
    if found is None:
        return unknown
    if is_same(found, parcel.grade.value, parcel.grade.maximum):
        return Ending(ScoreState.SENT)
    theirs = shown(found, parcel.grade.maximum)
    return Ending(ScoreState.REFUSED, "held", theirs) if was_taken else Ending(ScoreState.CHANGED, "changed", theirs)


def _read_one(lms: Lms, services: Services, address: str, sub: str) -> Standing | None:
    if not lms.capabilities(services).reads_grades:
        return None
    return lms.standings(services, address, sub).get(sub)


def is_changed(there: Standing, parcel: Parcel) -> bool:
    """Whether somebody made this grade in the LMS: it is neither what we sent last nor what we send now. A person who
    is listed without a grade had none before our first one, and has a grade of 0 or a removed one after it."""
    last, grade = parcel.sent_value, parcel.grade
    if there.value is None:
        return last is not None and Decimal(last) != 0 and Decimal(grade.value) != 0
    if is_same(there, grade.value, grade.maximum):
        return False
    return last is None or not is_same(there, last, grade.maximum)


def is_same(there: Standing, value: str, maximum: int) -> bool:
    """Whether a gradebook's grade is this value; it may count in other points. 0 may be listed as no grade."""
    found = _scaled(there, maximum)
    return abs((found or Decimal(0)) - Decimal(value)) <= SAME


def shown(there: Standing, maximum: int) -> str:
    """A gradebook's grade out of our maximum, as decimal text; empty for none. One that is no school's, which any
    gradebook takes, is told by its size: it must not keep the others of its column waiting."""
    found = _scaled(there, maximum)
    if found is None:
        return ""
    return f"{found.quantize(SAME).normalize():f}" if abs(found) < MEASURED else f"{found:.2e}"


def _scaled(there: Standing, maximum: int) -> Decimal | None:
    if there.value is None:
        return None
    whole = Decimal(str(there.maximum)) if there.maximum > 0 else Decimal(maximum)
    return Decimal(str(there.value)) * maximum / whole


Pace = Callable[[int], Millis]
"""How long a score waits that was tried so often."""


def pause_after(tries: int, asked: Millis, chance: float) -> Millis:
    """How long to wait after so many tries: each time twice as long, never less than the LMS asked for, and a little
    longer by `chance`, from 0 to 1."""
    own = min(FIRST_PAUSE_MS << min(tries - 1, 12), round(LONGEST_PAUSE_MS / (1 + SPREAD)))
    return round(max(own, asked) * (1 + SPREAD * chance))


def _pace(registration_id: int) -> Pace:
    """One chance for all that was sent together: it comes back together."""
    chance = SystemRandom().random()
    return lambda tries: pause_after(tries, pauses.left(registration_id), chance)


def _settle_all(parcels: Iterable[Parcel], fault: str, paced: Pace) -> None:
    """The same for all: the platform is away, the column is gone, nothing is granted."""
    state = ScoreState.WAITING if fault in LATER else ScoreState.REFUSED
    for parcel in parcels:
        _settle(parcel, Ending(state, fault), paced)


def _settle(parcel: Parcel, ending: Ending, paced: Pace) -> None:
    """Write the outcome, unless the teacher has queued another value meanwhile, or the pupil was erased."""
    db.session.rollback()
    score = db.session.get(Score, parcel.score_id, with_for_update=True)
    if score is None:
        return
    if ending.state is ScoreState.SENT:
        score.sent_value, score.sent_at = parcel.grade.value, now()
    if score.timestamp == parcel.grade.timestamp:
        score.state, score.fault, score.theirs = ending.state, ending.fault, ending.theirs
        score.insists = score.insists and ending.state is ScoreState.WAITING
        score.tries += 1
        score.next_at = now() + paced(score.tries)
    db.session.commit()
    _log.info("score", extra={"state": ending.state, "reason": ending.fault, "count": 1})
