"""Whose clock runs how long: more time for a pupil who needs it, and the fair clock. Pure.

Extra time is between a pupil and the teacher: it changes that phone's clock and what is late for it, and stands in no
view of anybody else. The fair clock begins when this phone showed the question, so that nobody pays for a slow network;
what the phone says of that is believed up to a cap.
"""

from live_session.commands import GiveTime
from live_session.errors import INVALID, NOT_OPEN, Refusal
from live_session.events import Event, ExtraTimeGiven
from live_session.model import Activity, Break, Millis, Round, State

STEPS = (0, 25, 50, 100)
"""Percent of more time."""
MOST_CREDIT: Millis = 5_000
"""A phone may begin this much later than the class, by its own word."""


def give(state: State, command: GiveTime, actor: object, at: Millis) -> Event | Refusal:
    """More time from now on, for a pupil who sits in the lesson."""
    if command.percent not in STEPS:
        return INVALID
    if command.participant not in state.participants or state.extra.get(command.participant, 0) == command.percent:
        return NOT_OPEN
    return ExtraTimeGiven(command.participant, command.percent)


def credit(activity: Activity, round_: Round, shown_at: Millis | None) -> Millis:
    """How much later than the class this phone's clock began."""
    if not activity.terms.has_fair_clock or shown_at is None:
        return 0
    return max(0, min(MOST_CREDIT, shown_at - round_.opened_at))


def took(activity: Activity, round_: Round, shown_at: Millis | None, composed_at: Millis) -> Millis | None:
    """From the start of the pupil's own clock to the answer, without pauses; None without a fair clock."""
    if not activity.terms.has_fair_clock:
        return None
    return max(0, composed_at - round_.opened_at - credit(activity, round_, shown_at) - round_.stopped)


def more(round_: Round, percent: int, paused: Break | None = None) -> Millis:
    """What so many percent of the time that a round was given come to; 0 without a clock."""
    ends = round_.closes_at
    if ends is None and round_.left is not None and paused is not None:
        ends = paused.at + round_.left
    begins = round_.opened_at if round_.clock_at is None else round_.clock_at
    return 0 if ends is None else max(0, ends - begins - round_.stopped) * percent // 100


def end_of(state: State, activity: Activity, round_: Round, who: str, shown_at: Millis | None = None) -> Millis | None:
    """The moment at which a round is over for this pupil, without grace; None while it has no end.

    More time than the class has ends, at the latest, when anything of the round was shown; and a teacher who locks by
    hand before the time is over locks for all. Self-paced work is over when the teacher closes it.
    """
    if state.is_self_paced:
        return state.ended_at
    ends = [t for t in (round_.closed_at, round_.closes_at) if t is not None]
    if not ends:
        return None
    if min(ends) != round_.closes_at:
        return min(ends)
    own = round_.closes_at + more(round_, state.extra.get(who, 0)) + credit(activity, round_, shown_at)
    return own if round_.revealed_at is None else max(round_.closes_at, min(own, round_.revealed_at))


def own_clock(state: State, activity: Activity, round_: Round, who: str) -> tuple[Millis | None, Millis | None]:
    """What a pupil with more time is shown instead of the class's clock, as (ends at, left in a pause)."""
    percent = state.extra.get(who, 0)
    if not percent or round_.revealed_at is not None:
        return None, None
    if round_.left is not None:
        return None, round_.left + more(round_, percent, state.paused)
    end = end_of(state, activity, round_, who)
    return (end, None) if end is not None and end != round_.closed_at and round_.closes_at is not None else (None, None)
