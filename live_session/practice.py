"""Self-paced work: each pupil goes through the deck alone, at their own pace. Pure.

Every activity is open from the start and none has a clock; there is no current one, because where a pupil stands is
what that pupil has answered. The key of an activity stands in no view. It is in the own part of a pupil who is done
with it: right, out of attempts, or asked to be shown the answer after having tried; what is sent after that is taken no
more. An activity without a key can be answered again for as long as the work is open.
"""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from live_session import activities
from live_session.activities.base import Key
from live_session.commands import Actor, Command, Confirm, End, Look, Note, Release, Resume, Sit, Start, Submit
from live_session.errors import FORBIDDEN, NOT_OPEN, UNKNOWN, Refusal
from live_session.events import Event, LookedUp
from live_session.model import Activity, Claim, Json, Millis, Participant, Phase, Response, Round, State

IN_BOTH = frozenset({Start, Sit, Submit, Note, Confirm, Release, End, Resume})
"""Commands that self-paced work knows like any run; all others but `Look` steer a lesson."""


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a pupil has done of one activity: the answer that stands, which try it is, whether it is wholly right (None
    where nothing can be). `share` and `key` once they are done with it; the explanation then, or, where there is no
    key, with the first answer."""

    activity: str
    value: Json
    at: Millis
    tries: int = 1
    is_right: bool | None = None
    is_done: bool = False
    share: float | None = None
    key: Key | None = None
    explanation: str = ""


class Work(msgspec.Struct, frozen=True):
    """How far a pupil has come, for the teacher. `right` at the first try, `mended` at a later one. `last_at` is when
    they first answered the activity that they came to last: a second try takes nothing back. `is_trusted`: the LMS or
    the teacher vouched for the seat."""

    answered: int
    right: int
    mended: int
    last_at: Millis
    is_finished: bool
    is_trusted: bool


class Item(msgspec.Struct, frozen=True):
    """How pupils did on an activity."""

    activity: str
    answered: int
    right: int
    mended: int


def is_for(state: State, command: Command) -> bool:
    """The command belongs to this sort of run."""
    return type(command) in IN_BOTH or isinstance(command, Look) is state.is_self_paced


def is_for_one(activity: Activity) -> bool:
    """It can be done alone: nobody posts for others to read, or assesses others' work."""
    is_peers = activities.type_of(activity.kind).peer_terms(activities.content_of(activity)) is not None
    return activities.post_terms_of(activity) is None and not is_peers


# --- asking for the answer ------------------------------------------------------------------------------------------


def look(state: State, command: Look, actor: Actor, at: Millis) -> Event | Refusal:
    """Once, and only after an answer of one's own."""
    claim = state.held(actor.who, actor.claim)
    if claim is None:
        return FORBIDDEN
    activity = state.activity(command.activity)
    if activity is None:
        return UNKNOWN
    sitting = state.participants[actor.who]
    has_tried = own_answer(state, activity, sitting, claim.id) is not None and activities.key_of(activity) is not None
    if not has_tried or is_shown(state, activity, claim, actor.who):
        return NOT_OPEN
    return LookedUp(actor.who, claim.id, activity.id)


def looked_up(state: State, event: LookedUp, at: Millis) -> State:
    own = {**state.looked.get(event.participant, {}), event.activity: event.claim}
    return replace(state, looked={**state.looked, event.participant: own})


def begun(state: State, at: Millis) -> State:
    """The run has started: everything is open."""
    rounds = {activity.id: (Round(1, at),) for activity in state.deck}
    return replace(state, is_self_paced=True, phase=Phase.RUNNING, rounds=rounds)


# --- what a pupil has done ------------------------------------------------------------------------------------------


def own_answer(state: State, activity: Activity, sitting: Participant, claim: str) -> Response | None:
    """The answer that stands, of this pupil's own hand: what a browser that nobody vouched for said under the same name
    may be another child's."""
    response = state.responses.get((activity.id, 1), {}).get(sitting.id)
    return response if response and sitting.is_same_hand(response.claim, claim) else None


def is_shown(state: State, activity: Activity, claim: Claim, who: str) -> bool:
    """This pupil, in this browser, may see the key."""
    if not state.is_self_paced or activities.key_of(activity) is None:
        return False
    sitting = state.participants[who]
    given = own_answer(state, activity, sitting, claim.id)
    return given is not None and _is_done(state, activity, given, sitting, claim.id)


def _is_done(state: State, activity: Activity, given: Response, sitting: Participant, claim: str) -> bool:
    """Of an activity with a key."""
    looker = state.looked.get(sitting.id, {}).get(activity.id)
    has_looked = looker is not None and sitting.is_same_hand(looker, claim)
    is_spent = 0 < activity.terms.attempts <= given.tries
    return has_looked or is_spent or activities.share_of(activity, given.value) == 1


def results(state: State, sitting: Participant, claim: str) -> tuple[Result, ...]:
    """A pupil's own, in the order of the deck; none in a lesson, or once the work is closed."""
    if not state.is_self_paced or state.phase is Phase.ENDED:
        return ()
    found = ((activity, own_answer(state, activity, sitting, claim)) for activity in state.deck)
    return tuple(_result(state, activity, given, sitting, claim) for activity, given in found if given is not None)


def _result(state: State, activity: Activity, given: Response, sitting: Participant, claim: str) -> Result:
    share, key = activities.share_of(activity, given.value), activities.key_of(activity)
    is_done = key is not None and _is_done(state, activity, given, sitting, claim)
    return Result(
        activity=activity.id,
        value=given.value,
        at=given.at,
        tries=given.tries,
        is_right=None if share is None else share == 1,
        is_done=is_done,
        share=float(share) if is_done and share is not None else None,
        key=key if is_done else None,
        explanation=activity.explanation if is_done or key is None else "",
    )


# --- for the teacher ------------------------------------------------------------------------------------------------


def works(state: State) -> Mapping[str, Work]:
    """How far everybody has come who has begun, by participant."""
    return {who: work(state, sitting) for who, sitting in state.participants.items()}


def work(state: State, sitting: Participant) -> Work:
    """How far one has come."""
    given = ((a, state.responses.get((a.id, 1), {}).get(sitting.id)) for a in state.deck)
    own = [(activity, response) for activity, response in given if response is not None]
    right = [response for activity, response in own if activities.share_of(activity, response.value) == 1]
    return Work(
        answered=len(own),
        right=sum(r.tries == 1 for r in right),
        mended=sum(r.tries > 1 for r in right),
        last_at=max((r.first_at for _, r in own), default=0),
        is_finished=bool(own) and len(own) == len(state.deck),
        is_trusted=any(claim.is_trusted for claim in sitting.claims.values()),
    )


def items(state: State) -> tuple[Item, ...]:
    """How the class did, in the order of the deck."""
    return tuple(_item(activity, state.responses.get((activity.id, 1), {})) for activity in state.deck)


def _item(activity: Activity, given: Mapping[str, Response]) -> Item:
    right = [r for r in given.values() if activities.share_of(activity, r.value) == 1]
    first = sum(r.tries == 1 for r in right)
    return Item(activity.id, len(given), first, len(right) - first)
