"""The neighbour spot check of a lesson: three pupils drawn, the teacher says whether they are there."""

import secrets
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from analytics.spotcheck import Candidate, ErrorRate, Look, draw, rates
from live_session.model import Millis, Mode, Proof, State
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.models import LessonRun, SpotCheck
from lti_tool.models.base import new_uid

OPEN_MS: Millis = 300_000
"""A drawing that nobody answered stands this long: pressing again draws nobody nicer."""
SEEN_WITHIN_MS: Millis = 180_000
"""A phone that was heard this recently may be looked for; while phones lie on their faces, this long before."""
_dice = secrets.SystemRandom()


def candidates(state: State, moment: Millis) -> Mapping[str, Proof]:
    """Whoever's phone says "in the room" and was heard lately, with what that rests on. Whose card was read has been
    seen."""
    listened = state.paused.at if state.paused is not None and state.paused.face_down else moment
    found = {}
    for pupil in state.participants.values():
        claim = pupil.active
        if (
            claim
            and not claim.is_card
            and claim.mode is Mode.ROOM
            and max(pupil.seen, pupil.joined_at) > listened - SEEN_WITHIN_MS
        ):
            found[pupil.id] = claim.proof
    return found


def drawn(run: LessonRun, state: State, people: Mapping[str, int], moment: Millis) -> list[SpotCheck]:
    """The open drawing of this lesson, or a new one. `people` are persons by opaque id. Raises `Fault` when nobody is
    there to be looked for."""
    db.session.get(LessonRun, run.run_id, with_for_update=True)  # two presses draw once
    if standing := _open(run.run_id, moment):
        return standing
    there = {who: proof for who, proof in candidates(state, moment).items() if who in people}
    if not there:
        raise Fault("spot_nobody", 409)
    before = _times(run.run_id)
    pool = [Candidate(who, proof, before.get(people[who], 0)) for who, proof in there.items()]
    draw_id = new_uid()
    rows = [
        SpotCheck(run_id=run.run_id, draw_id=draw_id, person_id=people[who], proof=there[who], drawn_at=moment)
        for who in draw(pool, [_dice.random() for _ in pool])
    ]
    db.session.add_all(rows)
    db.session.flush()
    return rows


def _open(run_id: str, moment: Millis) -> list[SpotCheck]:
    query = select(SpotCheck).where(SpotCheck.run_id == run_id, SpotCheck.drawn_at > moment - OPEN_MS)
    rows = list(db.session.scalars(query.order_by(SpotCheck.id)))
    newest = [row for row in rows if row.draw_id == rows[-1].draw_id]
    return newest if any(row.seen is None for row in newest) else []


def _times(run_id: str) -> Mapping[int, int]:
    query = select(SpotCheck.person_id, func.count()).where(SpotCheck.run_id == run_id).group_by(SpotCheck.person_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def say(run: LessonRun, draw_id: str, person_id: int, seen: bool, by: int, moment: Millis) -> None:
    """Keep what the teacher saw; the newest word on one drawn pupil counts. Nobody was looked for before
    the draw. Raises `Fault` for who was not drawn."""
    query = select(SpotCheck).where(
        SpotCheck.run_id == run.run_id, SpotCheck.draw_id == draw_id, SpotCheck.person_id == person_id
    )
    row = db.session.scalars(query).first()
    if row is None:
        raise Fault("spot_unknown", 404)
    row.seen, row.said_by, row.said_at = seen, by, max(moment, row.drawn_at)


def of_course(context_id: int) -> tuple[ErrorRate, ...]:
    """How often each kind of proof was wrong in the lessons of this course."""
    query = (
        select(SpotCheck.proof, SpotCheck.seen)
        .join(LessonRun, LessonRun.run_id == SpotCheck.run_id)
        .where(LessonRun.context_id == context_id, SpotCheck.seen.is_not(None))
    )
    return rates(Look(row.proof, row.seen) for row in db.session.execute(query))


def last_looks(run_id: str) -> dict[int, SpotCheck]:
    """The last look at each pupil who was looked for in this lesson, by person."""
    query = select(SpotCheck).where(SpotCheck.run_id == run_id, SpotCheck.seen.is_not(None)).order_by(SpotCheck.id)
    return {row.person_id: row for row in db.session.scalars(query)}


def pupils_of_draw(rows: Sequence[SpotCheck], uids: Mapping[int, str]) -> list[dict[str, object]]:
    """A drawing as the console shows it."""
    return [{"who": uids[row.person_id], "proof": row.proof, "seen": row.seen} for row in rows if row.person_id in uids]
