"""A lesson that is still going on: what its answers so far would come to if it ended now.

Beside the model, never in it: made again each time from the model as the lesson found it, and gone once the lesson is
read. Only questions whose key the class was shown: their first round is settled, and a profile that said more would
tell a pupil what is right while others still think.
"""

import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, delete, select

from analytics import rows
from analytics.mastery import ledger, store
from analytics.mastery.estimates import Estimate, Key, take
from analytics.mastery.evidence import KEY_SEEN, Counted, Meeting, again, counted, keys_first
from analytics.mastery.head import in_force
from analytics.mastery.ledger import Evidence
from analytics.mastery.seen import BY, Seen, seen
from analytics.mastery.store import Scope
from analytics.presence import Thresholds
from analytics.reader import Story
from analytics.tables import mastery_underway
from live_session.model import Millis

LAST = sys.maxsize
"""The place of a lesson that has none yet: after all that were read."""


class Part(msgspec.Struct, frozen=True):
    """Where one pupil stands on one objective with the answers so far, and which those are, the newest first."""

    estimate: Estimate
    evidence: tuple[Evidence, ...]


class Known(NamedTuple):
    """What is known of pupils by the lessons that are over and the one that goes on, by pupil and objective; and the
    answers that the latter has added `so_far`, the newest first."""

    estimates: Mapping[Key, Estimate]
    so_far: Sequence[Evidence]

    @property
    def last_at(self) -> Millis | None:
        """When the newest of those came; None where no lesson goes on."""
        return self.so_far[0].at if self.so_far else None


_parts = msgspec.json.Decoder(Part)
_encode = msgspec.json.Encoder().encode


def foresee(
    connection: Connection,
    run_id: str,
    scope: Scope,
    day: date,
    pupils: Collection[str],
    story: Story,
    *,
    by: Thresholds = BY,
) -> None:
    """Write what a lesson comes to so far, in place of what was written before. Nothing of one that is over, or that
    was read already and opened again: what was read stands until its end."""
    connection.execute(delete(mastery_underway).where(mastery_underway.c.run_id == run_id))
    if story.facts.is_over or story.facts.is_self_paced or ledger.read_of(connection, run_id):
        return
    shown = {one.activity for one in story.facts.askings if one.is_key_shown}
    given = counted(run_id, story.facts, {who: who for who in pupils})
    found = [one for one in given if one.activity in shown and one.answer.objectives]
    keys = seen(run_id, story.facts, pupils, given, by)
    parts = _parts_of(connection, run_id, scope, day.isoformat(), found, keys)
    rows.put(
        connection,
        mastery_underway,
        ((run_id, *key, scope.school, scope.subject, _encode(part).decode()) for key, part in parts.items()),
    )


def _parts_of(
    connection: Connection, run_id: str, scope: Scope, day: str, found: Sequence[Counted], keys: Sequence[Seen]
) -> Mapping[Key, Part]:
    met = ledger.meetings(connection, scope, {(one.answer.pupil, one.answer.item) for one in found})
    met |= {Meeting(one.at, LAST, n, one.answer.pupil, one.answer.item) for n, one in enumerate(found)}
    met |= {Meeting(one.at, LAST, KEY_SEEN, one.pupil, one.item) for one in keys}
    later, by_key = again(met), keys_first(met)
    found = store.read_as(found, store.aliases(connection, scope))
    state = store.load(connection, scope, found)
    state.head = in_force(store.heads(connection, scope), LAST)
    changed = take(state, [one for n, one in enumerate(found) if (LAST, n) not in later], day)
    given = dict[Key, list[Evidence]]()
    for n, one in reversed(list(enumerate(found))):
        answer, objective = one.answer, one.answer.objectives[0]
        is_again = (LAST, n) in later
        given.setdefault((answer.pupil, objective), []).append(
            Evidence(
                run_id, one.activity, answer.item, objective, answer.share, one.at, day, answer.weight, is_again,
                is_underway=True, key_seen_at=by_key.get((answer.pupil, answer.item)),
            )
        )  # fmt: skip
    return {key: Part(estimate, tuple(given[key])) for key, estimate in changed.estimates.items()}


def known(connection: Connection, scope: Scope, pupils: Collection[str]) -> Known:
    """What is known of these pupils, read once."""
    parts = _read(connection, scope, pupils)
    estimates = {(who, objective): part.estimate for who, objective, part in parts}
    so_far = sorted((one for _, _, part in parts for one in part.evidence), key=lambda one: -one.at)
    return Known({**store.estimates(connection, scope, pupils), **estimates}, so_far)


def _read(connection: Connection, scope: Scope, pupils: Collection[str]) -> Sequence[tuple[str, str, Part]]:
    table = mastery_underway
    query = select(table.c.pupil, table.c.objective, table.c.body).where(
        scope.of(table), table.c.pupil.in_(sorted(pupils))
    )
    return [
        (who, objective, _parts.decode(body))
        for who, objective, body in connection.execute(query.order_by(table.c.run_id))
    ]
