"""Talking a question over between two votes (peer instruction): who with whom, what may be asked, what it does. Pure.

The first vote is one's own, the second follows the talk. A pair talks best when it does not agree; and where there is
a home row, the pairs mix it with the room, so that nobody at home talks alone. Who talks with whom nobody sees but the
two and the teacher.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from live_session import activities, naming
from live_session.commands import Discuss, EndTalk
from live_session.errors import INVALID, NOT_OPEN, Refusal
from live_session.events import Event, TalkBegan, TalkEnded
from live_session.model import NOTHING, Activity, Json, Millis, Mode, Round, State, Talk

LONGEST = 1_800
"""Seconds."""
WORTH = (Fraction(3, 10), Fraction(7, 10))
"""A talk is proposed when so many are right: with fewer hardly anybody can explain, with more hardly anybody needs it.
A proposal of ours, and the teacher's call."""
LEAST_TOLD = 5
"""Answers below which nothing is proposed."""


# --- what is asked --------------------------------------------------------------------------------------------------


def discuss(state: State, command: Discuss, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    """Only between a lock and the key: after it there is nothing left to find out."""
    if not 0 <= command.draw < 1 or not (command.seconds is None or 10 <= command.seconds <= LONGEST):
        return INVALID
    if not can_discuss(state, activity, round_) or command.round != round_.number:
        return NOT_OPEN
    ends_at = None if command.seconds is None else at + command.seconds * 1_000
    return TalkBegan(activity.id, round_.number, groups_of(state, activity, round_, command), ends_at)


def can_discuss(state: State, activity: Activity, round_: Round) -> bool:
    """Locked, on the screen, its key never shown, and not being talked over already; and answered under names, because
    pairs are made by who was right."""
    is_now = activity.id == state.current and not round_.is_open and not round_.is_spent and state.talk is None
    return is_now and not naming.is_unnamed(activity)


def is_worth_it(state: State, activity: Activity, round_: Round) -> bool:
    """So many are right that a talk is likely to help."""
    if not can_discuss(state, activity, round_):  # asked with every view: an open round costs no look at its answers
        return False
    given = state.responses.get((activity.id, round_.number), NOTHING)
    shares = [s for r in given.values() if (s := activities.share_of(activity, r.value)) is not None]
    if len(shares) < LEAST_TOLD:
        return False
    return WORTH[0] <= Fraction(sum(s == 1 for s in shares), len(shares)) <= WORTH[1]


def end(state: State, command: EndTalk, activity: Activity, round_: Round, at: Millis) -> Event | Refusal:
    return TalkEnded(activity.id) if state.talk and state.talk.activity == activity.id else NOT_OPEN


# --- who with whom --------------------------------------------------------------------------------------------------


class Voice(NamedTuple):
    """A pupil and what they answered alone."""

    who: str
    mode: Mode
    value: Json
    is_right: bool


Groups: TypeAlias = tuple[tuple[str, ...], ...]


def groups_of(state: State, activity: Activity, round_: Round, command: Discuss) -> Groups:
    """Pairs of those who are here; three in one where somebody is left over; nobody with themselves."""
    voices = _voices(state, activity, round_, command.among, command.draw)
    room, home = (tuple(v for v in voices if v.mode is mode) for mode in (Mode.ROOM, Mode.HOME))
    if not command.mixes:
        return (*_pairs(room), *_pairs(home))
    few, many = sorted((room, home), key=len)
    mixed, rest = _matched(few, many)
    return _joined(mixed, rest)


def _voices(state: State, activity: Activity, round_: Round, among: Collection[str], draw: float) -> Sequence[Voice]:
    """Those who are here, in an order that the dice give."""
    given = state.responses.get((activity.id, round_.number), NOTHING)
    here = [p for p in state.participants.values() if p.active and (not among or p.id in among)]
    voices = []
    for pupil in here:
        value = given[pupil.id].value if pupil.id in given else None
        voices.append(
            Voice(pupil.id, pupil.mode, value, value is not None and activities.share_of(activity, value) == 1)
        )
    return sorted(voices, key=lambda v: sha256(f"{draw!r} {v.who}".encode()).digest())


def _gain(one: Voice, other: Voice) -> int:
    """How much these two have to tell each other: right and wrong, then merely different."""
    return 2 if one.is_right is not other.is_right else int(one.value != other.value)


def _best(one: Voice, others: Sequence[Voice]) -> Voice:
    return max(others, key=lambda other: _gain(one, other))


def _matched(few: Sequence[Voice], many: Sequence[Voice]) -> tuple[list[tuple[str, ...]], Sequence[Voice]]:
    """Each of the few with one of the many, and who of these is left."""
    left = list(many)
    found: list[tuple[str, ...]] = []
    for one in few:
        other = _best(one, left)
        left.remove(other)
        found.append((one.who, other.who))
    return found, left


def _pairs(voices: Sequence[Voice]) -> Groups:
    return _joined([], voices)


def _joined(found: Sequence[tuple[str, ...]], voices: Sequence[Voice]) -> Groups:
    """The groups so far, and these in pairs; a last one makes a pair three."""
    groups, left = list(found), list(voices)
    while len(left) > 1:
        one = left.pop(0)
        other = _best(one, left)
        left.remove(other)
        groups.append((one.who, other.who))
    if left and groups:
        groups[-1] = (*groups[-1], left[0].who)
    return tuple(groups)


def partners(state: State, who: str) -> tuple[str, ...]:
    """With whom this pupil talks now; nobody when there is no talk, or they came in after it began."""
    groups = state.talk.groups if state.talk else ()
    return next((tuple(one for one in group if one != who) for group in groups if who in group), ())


# --- what it does ---------------------------------------------------------------------------------------------------


def began(state: State, event: TalkBegan, at: Millis) -> State:
    talk = Talk(event.activity, event.round, state.seq + 1, event.groups, event.ends_at)
    return replace(state, paused=None, talk=talk)


def ended(state: State, event: TalkEnded, at: Millis) -> State:
    return over(state)


def over(state: State) -> State:
    """Whatever comes next, the talk is over."""
    return state if state.talk is None else replace(state, talk=None)


def with_clock(state: State, change: Callable[[Talk], Talk]) -> State:
    """The talk, if there is one, with its clock changed."""
    return state if state.talk is None else replace(state, talk=change(state.talk))


def stopped(at: Millis) -> Callable[[Talk], Talk]:
    """A pause: the time that is left stands."""
    return lambda talk: talk if talk.ends_at is None else replace(talk, ends_at=None, left=max(0, talk.ends_at - at))


def running(at: Millis) -> Callable[[Talk], Talk]:
    """After a pause: the clock from where it stood."""
    return lambda talk: talk if talk.left is None else replace(talk, ends_at=at + talk.left, left=None)


ASK: Mapping[type, Callable[..., Event | Refusal]] = {Discuss: discuss, EndTalk: end}
