"""The score outbox: queued by the teacher's act, delivered by a job, never inside a request.

One logical score per (column, person). Its timestamp grows with every queueing by at least a second, because
platforms compare whole seconds; sending the same row again is therefore harmless.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from live_session.model import Millis
from lti_tool.clock import now
from lti_tool.errors import PlatformFault
from lti_tool.extensions import db
from lti_tool.launch.provision import find_or_add
from lti_tool.lms.port import Grade, Lms, column_of, services_of
from lti_tool.models import LessonRun, LineItem, Registration, ResourceLink, Score, ScoreState

_log = logging.getLogger(__name__)

Connect = Callable[[Registration], Lms]

TAG = "score"
MAXIMUM = 10
AGAIN = frozenset({"later", "timeout", "unreachable", "token_refused", "certificate", "not_json", "too_large"})
"""Faults after which the same score is sent again by itself."""
FIRST_PAUSE_MS: Millis = 5_000
LONGEST_PAUSE_MS: Millis = 3_600_000
MOST_AT_ONCE = 200


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
    label = (run.title or run.lesson.uid)[:255]
    return find_or_add(
        LineItem,
        {"label": label, "maximum": MAXIMUM, "created_at": now(), "url": own},
        context_id=run.context_id,
        resource_id=run.lesson.uid,
        tag=TAG,
    )


def queue(item: LineItem, scores: Sequence[Queued]) -> int:
    """Put confirmed scores into the outbox; how many changed. The same value again is not sent again."""
    return sum(_queue(item, score) for score in scores)


def _queue(item: LineItem, queued: Queued) -> bool:
    moment = now()
    score = db.session.scalars(
        select(Score).where(Score.line_item_id == item.id, Score.person_id == queued.person_id)
    ).first()
    if score is None:
        score = Score(line_item_id=item.id, person_id=queued.person_id, timestamp=0, tries=0)
        db.session.add(score)
    elif (score.value, score.comment) == (queued.value, queued.comment) and score.state is not ScoreState.REFUSED:
        return False
    score.value, score.comment = queued.value, queued.comment
    score.timestamp = max(moment, (score.timestamp // 1_000 + 1) * 1_000)
    score.state, score.tries, score.next_at, score.fault = ScoreState.WAITING, 0, moment, ""
    return True


def again(item: LineItem) -> int:
    """Send what was refused once more, at once; a column that was deleted is looked for anew."""
    refused = db.session.scalars(
        select(Score).where(Score.line_item_id == item.id, Score.state != ScoreState.SENT)
    ).all()
    for score in refused:
        if score.fault == "gone":
            item.url = None
        score.timestamp = max(now(), (score.timestamp // 1_000 + 1) * 1_000)
        score.state, score.tries, score.next_at, score.fault = ScoreState.WAITING, 0, now(), ""
    return len(refused)


def states(item: LineItem) -> Mapping[int, Score]:
    """Where the scores of a column stand, by person."""
    return {s.person_id: s for s in db.session.scalars(select(Score).where(Score.line_item_id == item.id))}


# --- the job --------------------------------------------------------------------------------------------------------


def due() -> list[int]:
    """Scores to send now, oldest first."""
    query = (
        select(Score.id)
        .where(Score.state == ScoreState.WAITING, Score.next_at <= now())
        .order_by(Score.next_at)
        .limit(MOST_AT_ONCE)
    )
    return list(db.session.scalars(query))


def deliver(score_id: int, connect: Connect) -> None:
    """Send one score and write down what became of it. No transaction is open while the LMS is asked."""
    score = db.session.get_one(Score, score_id)
    item, person = score.line_item, score.person
    if person.sub is None or person.registration_id is None:
        return _settle(score_id, score.timestamp, ScoreState.REFUSED, "no_account")
    timestamp = score.timestamp
    grade = Grade(person.sub, score.value, item.maximum, score.comment, timestamp)
    lms = connect(item.context.deployment.registration)
    item_id, address, services, column = item.id, item.url, services_of(item.context), column_of(item)
    db.session.commit()
    try:
        if address is None:
            address = lms.column(services, column)
            db.session.get_one(LineItem, item_id).url = address
            db.session.commit()
        lms.post(address, grade)
    except PlatformFault as fault:
        return _settle(score_id, timestamp, *_meaning(fault))
    return _settle(score_id, timestamp, ScoreState.SENT, "")


def _meaning(fault: PlatformFault) -> tuple[ScoreState, str]:
    if fault.kind in AGAIN:
        return ScoreState.WAITING, fault.kind
    return (ScoreState.NEWER, fault.kind) if fault.kind == "newer" else (ScoreState.REFUSED, fault.kind)


def _settle(score_id: int, timestamp: Millis, state: ScoreState, fault: str) -> None:
    """Write the outcome, unless the teacher has queued another value meanwhile."""
    db.session.rollback()
    score = db.session.get_one(Score, score_id)
    if score.timestamp == timestamp:
        score.state, score.fault, score.tries = state, fault, score.tries + 1
        score.next_at = now() + min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(score.tries, 12))
        score.sent_at = now() if state is ScoreState.SENT else score.sent_at
    db.session.commit()
    _log.info("score", extra={"state": state, "reason": fault, "count": 1})
