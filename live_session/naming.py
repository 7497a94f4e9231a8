"""Questions that are answered without one's name: what may be told of them, and when. Pure.

The log knows who said what, because nobody answers twice; no screen, no report and no evidence does. Who has answered
is told, and so nothing may be told that grows with each of them: what was said is, once it is locked for good,
and never of fewer than five. The operator of an installation can read its log, and pupils are promised no more.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from live_session import activities, clocks
from live_session.goal import LEAST_TOLD
from live_session.model import Activity, Json, Millis, Naming, Response, Round, State

LETTERS = "ABCDEGHKLMNPQRSTUVXY"


def is_unnamed(activity: Activity) -> bool:
    """Nobody is told who gave which answer."""
    return activity.terms.naming is not Naming.NAMED


def is_told(activity: Activity, round_: Round, count: int) -> bool:
    """The distribution of so many answers may stand on a screen: the teacher's is no earlier than the class's."""
    return not is_unnamed(activity) or (round_.revealed_at is not None and count >= LEAST_TOLD)


def is_readable(state: State, activity: Activity, round_: Round, count: int, at: Millis) -> bool:
    """So many texts may be read one by one: nobody can add one any more, who has more time neither."""
    if not is_unnamed(activity):
        return True
    ends = [clocks.end_of(state, activity, round_, who) for who in ("", *state.extra)]
    return count >= LEAST_TOLD and all(end is not None and at > end + state.policy.grace_ms for end in ends)


def is_sealed(activity: Activity, round_: Round) -> bool:
    """What was locked stays so: somebody may have looked, and would see whose answer comes next."""
    type_ = activities.type_of(activity.kind)
    return is_unnamed(activity) and (round_.revealed_at is not None or not type_.has_tally)


class Unsigned(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer without its author: by a pen name, or by none."""

    value: Json
    pen: str = ""


def unsigned(state: State, activity: Activity, given: Mapping[str, Response]) -> Sequence[Unsigned]:
    """What was given, by pen name or by nobody, in an order that tells nothing; without what was erased."""
    has_pen = activity.terms.naming is Naming.PEN
    told = [
        Unsigned(one.value, pen_name(state, who) if has_pen else "")
        for who, one in given.items()
        if one.value is not None
    ]
    return sorted(told, key=lambda one: (one.pen, msgspec.json.encode(one.value)))


def pen_name(state: State, who: str) -> str:
    """Another name for a pupil, the same all through the lesson: two letters and three digits. Nobody can tell whose it
    is without the run's own secret."""
    drawn = int.from_bytes(sha256(f"{state.veil} {who}".encode()).digest()[:8])
    drawn, digits = divmod(drawn, 1_000)
    first, second = divmod(drawn % len(LETTERS) ** 2, len(LETTERS))
    return f"{LETTERS[first]}{LETTERS[second]}{digits:03}"
