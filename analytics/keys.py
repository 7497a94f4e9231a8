"""When a lesson's screens showed a question's key, and whom self-paced work told one. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from analytics.spans import Span
from live_session import activities, practice
from live_session.events import Logged, LookedUp
from live_session.model import Millis, Phase, Shown, State


class KeyUp(msgspec.Struct, frozen=True):
    """The key of an activity, or what explains it, stood on the screens of a lesson."""

    activity: str
    span: Span


class KeyTold(msgspec.Struct, frozen=True):
    """At their own pace one pupil was told the key of an activity."""

    participant: str
    activity: str
    at: Millis


class Keys:
    """Whose key is up, as the log goes on."""

    def __init__(self) -> None:
        self._found: list[KeyUp] = []
        self._up: tuple[str, Millis] | None = None

    def see(self, state: State, at: Millis) -> None:
        """From this moment on the lesson stands so."""
        up = _up(state)
        if self._up is not None and self._up[0] != up:
            self._end(at if state.ended_at is None else min(at, state.ended_at))
        if self._up is None and up is not None:
            self._up = up, at

    def _end(self, at: Millis) -> None:
        if self._up is not None:
            activity, since = self._up
            self._found.append(KeyUp(activity, Span(since, max(since, at))))
            self._up = None

    def until(self, at: Millis) -> tuple[KeyUp, ...]:
        """All of them, in the order of time; one that is still up ends now."""
        self._end(at)
        return tuple(self._found)


def _up(state: State) -> str | None:
    """The activity whose key, or explanation, is on the screens; what has no key gives none away."""
    activity, round_ = state.activity(state.current), state.round(state.current)
    if activity is None or round_ is None or state.phase is Phase.ENDED:
        return None
    is_up = Shown.KEY in round_.shown or Shown.EXPLANATION in round_.shown
    return activity.id if is_up and activities.key_of(activity) is not None else None


def told(log: Sequence[Logged], state: State, trusted: frozenset[str]) -> Iterable[KeyTold]:
    """Who is done with an activity was told its key: with the answer that made it so, or as they asked. By browsers of
    theirs that were vouched for."""
    if not state.is_self_paced:
        return
    looked = {(e.event.participant, e.event.activity): e.at for e in log if isinstance(e.event, LookedUp)}
    for activity in state.deck:
        for who, given in state.responses.get((activity.id, 1), {}).items():
            claims = state.participants[who].claims.values() if who in trusted else ()
            if any(practice.is_shown(state, activity, claim, who) for claim in claims if claim.is_trusted):
                yield KeyTold(who, activity.id, looked.get((who, activity.id), given.at))
