"""Answers: what a pupil may say to a question, by phone or card, in time or late. Pure.

An answer is judged by when it was composed, within what the server knows of that; a late one is kept beside those in
time.
"""

from typing import NamedTuple

from live_session import activities, clocks, groups, posts, practice, teams
from live_session.activities.base import AnyType, Content, PostTerms
from live_session.commands import Actor, Submit
from live_session.effects import tries_of
from live_session.errors import (
    EACH_ALONE,
    FORBIDDEN,
    INVALID,
    NO_ATTEMPTS,
    NOT_OPEN,
    TAKEN,
    UNKNOWN,
    InvalidValue,
    Refusal,
)
from live_session.events import Answered, Event
from live_session.model import (
    CARD,
    Activity,
    Answering,
    Claim,
    Json,
    Millis,
    Outcome,
    Response,
    Round,
    RoundKey,
    State,
)


def submit(state: State, command: Submit, actor: Actor, at: Millis) -> Event | Refusal:
    """An answer or a post, for a round that was opened, by whoever holds the seat."""
    claim = state.held(actor.who, actor.claim)
    if claim is None:
        return FORBIDDEN
    activity = state.activity(command.activity)
    if activity is None:
        return UNKNOWN
    round_ = _round_for(state, activity, command)
    if isinstance(round_, Refusal):
        return round_
    type_, content = activities.type_of(activity.kind), activities.content_of(activity)
    terms = _terms_of_value(activities.post_terms_of(activity), command.value)
    try:
        value = _checked(type_, content, terms, command)
    except InvalidValue:
        return INVALID
    if refusal := _unwanted(state, claim, activity, round_, actor.who, value, is_post=terms is not None):
        return refusal
    timing = _timing(state, command, actor, activity, round_, at)
    before = _before(state, (activity.id, round_.number), actor.who, timing.outcome)
    answered = Answered(
        participant=actor.who,
        claim=claim.id,
        activity=activity.id,
        round=round_.number,
        value=value,
        composed_at=timing.composed_at,
        outcome=timing.outcome,
        shown_at=timing.shown_at,
        confidence=command.confidence if activity.terms.asks_confidence else None,
        is_same=before is not None and before.value == value,
        team=teams.answering(state, actor.who, claim.id, command.team, timing.composed_at),
    )
    return answered if terms is None else _post(state, terms, answered, command, at)


def _round_for(state: State, activity: Activity, command: Submit) -> Round | Refusal:
    """The round that is answered; refused where each answers alone, and this was composed for a team."""
    if command.team and activity.terms.answering is Answering.EACH:
        return EACH_ALONE
    return next((r for r in state.rounds.get(activity.id, ()) if r.number == command.round), NOT_OPEN)


def _terms_of_value(terms: PostTerms | None, value: Json) -> PostTerms | None:
    """None where it is no post: beside a group's product, each pupil's own answer."""
    return None if terms and terms.by_group and not isinstance(value, dict) else terms


def _post(state: State, terms: PostTerms, answered: Answered, command: Submit, at: Millis) -> Event | Refusal:
    submit = groups.submit if terms.by_group else groups.post if terms.as_groups else posts.submit
    return submit(state, terms, answered, command, at)


def _unwanted(
    state: State, claim: Claim, activity: Activity, round_: Round, who: str, value: Json, *, is_post: bool
) -> Refusal | None:
    """One more answer than the question allows, which a post is none of; or one read from a card, where the pupil has
    answered by phone: what a teacher reads never stands over that."""
    if not claim.is_card:
        is_told = practice.is_shown(state, activity, claim, who)
        may_try = is_post or _may_try(state, activity, round_, who, value)
        return None if may_try and not is_told else NO_ATTEMPTS
    given = (table.get((activity.id, round_.number), {}).get(who) for table in (state.responses, state.late))
    return TAKEN if any(answer is not None and answer.claim != CARD for answer in given) else None


def _may_try(state: State, activity: Activity, round_: Round, who: str, value: Json) -> bool:
    """Another answer than the one that stands, while the question allows one."""
    before = state.responses.get((activity.id, round_.number), {}).get(who)
    most = activity.terms.attempts
    return not most or before is None or tries_of(before, is_same=before.value == value) <= most


def _checked(type_: AnyType, content: Content, terms: PostTerms | None, command: Submit) -> Json:
    """The value in its canonical form; None for a post that is taken back."""
    if terms is None:
        return type_.check(content, command.value)
    if command.value is None:
        return None
    is_comment = bool(command.on) and not terms.by_group
    return type_.check_comment(content, command.value) if is_comment else type_.check(content, command.value)


class _Timing(NamedTuple):
    """When an answer was composed, when its question was shown, and what that makes of it."""

    composed_at: Millis
    shown_at: Millis | None
    outcome: Outcome


def _timing(state: State, command: Submit, actor: Actor, activity: Activity, round_: Round, at: Millis) -> _Timing:
    composed = _composed(command, actor, round_, at)
    shown_at = None if command.shown_at is None else min(at, max(command.shown_at, round_.opened_at))
    end = clocks.end_of(state, activity, round_, actor.who, shown_at)
    return _Timing(composed, shown_at, _outcome(state, end, (activity.id, round_.number), actor.who, composed))


def _before(state: State, key: RoundKey, who: str, outcome: Outcome) -> Response | None:
    """What this answer takes the place of."""
    return (state.late if outcome is Outcome.LATE else state.responses).get(key, {}).get(who)


def _composed(command: Submit, actor: Actor, round_: Round, at: Millis) -> Millis:
    """When the answer was composed: the pupil's word, within what the server knows. Nobody answers a question before
    it is asked, so a word from before that is worth nothing and the moment of arrival stands."""
    composed = min(at, max(command.composed_at, actor.not_before))
    return composed if composed >= round_.opened_at else at


def _outcome(state: State, end: Millis | None, key: RoundKey, who: str, composed: Millis) -> Outcome:
    """On time is judged by when the answer was composed, plus the teacher's grace."""
    if end is not None and composed > end + state.policy.grace_ms:
        return Outcome.LATE
    return Outcome.REPLACED if who in state.responses.get(key, {}) else Outcome.ACCEPTED
