"""The lesson's own points: what a pupil is told to have earned so far, and what speed adds where the teacher wishes it.
Pure.

They are a pupil's own and nobody else's, they begin anew with each lesson, and nothing outlives it: no report, no
profile, no mark, no other system reads this module. What counts of a question is the first round of it whose key was
shown, because whoever is asked again has seen it.

Speed adds to a wholly right answer of a first round, never to another one, and takes from none:

    bonus = points / 2 x (own time left / own time), down to a hundredth

Own time is what the question was prepared with, and more for a pupil who has more; it runs by the fair clock
(`live_session.clocks`), so that a slow network costs nothing up to the cap. "+30 s" for all makes nobody faster.
"""

from collections.abc import Iterator, Sequence

import msgspec

from live_session import activities
from live_session.commands import CountSpeed
from live_session.errors import NOT_OPEN, Refusal
from live_session.events import Event, SpeedCounted
from live_session.model import (
    CARD,
    NOTHING,
    Activity,
    Millis,
    Naming,
    Participant,
    Phase,
    Response,
    Round,
    State,
    Terms,
)

CENTS = 100


class Earned(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pupil's own points of what the questions they were asked give, and beside them what speed added: in all, and
    of that for the question on screen."""

    points: float
    of: float
    bonus: float = 0.0
    speed: float = 0.0


def bonus(points: float, took: Millis, given: Millis) -> float:
    """What speed adds to a right answer that took so long of the time that was given."""
    if points <= 0 or given <= 0:
        return 0.0
    left = min(given, max(0, given - took))
    return round(points * CENTS) * left // (2 * given) / CENTS


def most_bonus(points: float) -> float:
    """What speed adds at most: to whoever answers at once."""
    return bonus(points, 0, 1)


def can_count_speed(points: float, terms: Terms, seconds: int | None, *, has_key: bool) -> bool:
    """It gives points, there is a clock, each phone's own, something can be right, and it counts for somebody."""
    return points > 0 and bool(seconds) and terms.has_fair_clock and has_key and terms.naming is Naming.NAMED


# --- the teacher's switch -------------------------------------------------------------------------------------------


def choose(state: State, command: CountSpeed, actor: object, at: Millis) -> Event | Refusal:
    """For questions that are opened from now on: what pupils were told of an open one stays."""
    return NOT_OPEN if state.counts_speed is command.on else SpeedCounted(command.on)


def chosen(state: State, event: SpeedCounted, at: Millis) -> State:
    return msgspec.structs.replace(state, counts_speed=event.on)


def is_counted(state: State, activity: Activity | None, number: int) -> bool:
    """Speed counts in a round with this number that begins now."""
    if activity is None or not state.counts_speed or not activity.terms.counts_speed or number > 1:
        return False
    has_key = activities.key_of(activity) is not None
    return can_count_speed(activity.points, activity.terms, activity.seconds, has_key=has_key)


def switch(state: State) -> bool | None:
    """Where the teacher's switch stands; None where no question of the deck asks for it."""
    return state.counts_speed if any(a.terms.counts_speed for a in state.deck) else None


# --- what a pupil has -----------------------------------------------------------------------------------------------


def told(state: State) -> Sequence[tuple[Activity, Round]]:
    """What counts so far: of each question with points the first round whose key was shown."""
    return tuple(_told(state))


def _told(state: State) -> Iterator[tuple[Activity, Round]]:
    for activity in state.deck:
        first = next((round_ for round_ in state.rounds.get(activity.id, ()) if round_.is_spent), None)
        if first is not None and activity.points > 0 and activities.key_of(activity) is not None:
            yield activity, first


def was_asked(round_: Round, sitting: Participant, given: Response | None) -> bool:
    """A question that was over before a pupil came was never theirs, unless they answered it all the same."""
    return given is not None or round_.closed_at is None or round_.closed_at >= sitting.joined_at


def of_pupil(
    state: State, counting: Sequence[tuple[Activity, Round]], sitting: Participant, claim: str
) -> Earned | None:
    """By answers of this pupil's own hand; None where nothing was theirs."""
    points, of, bonuses, speed = 0.0, 0.0, 0.0, 0.0
    for activity, round_ in counting:
        given = state.responses.get((activity.id, round_.number), NOTHING).get(sitting.id)
        own = given if given and sitting.is_same_hand(given.claim, claim) else None
        if not was_asked(round_, sitting, own):
            continue
        share = (activities.share_of(activity, own.value) if own else None) or 0
        more = speed_of(state, activity, round_, sitting.id, own) if own and share == 1 else 0.0
        of += activity.points
        points += activity.points * float(share)
        bonuses += more
        speed = more if activity.id == state.current and state.phase is not Phase.ENDED else speed
    return Earned(round(points, 2), round(of, 2), round(bonuses, 2), speed) if of else None


def speed_of(state: State, activity: Activity, round_: Round, who: str, right: Response) -> float:
    """What speed added to a right answer. Nobody knows how fast the answer on a paper card was."""
    if not round_.counts_speed or right.took is None or right.claim == CARD:
        return 0.0
    own_time = (activity.seconds or 0) * 10 * (100 + state.extra.get(who, 0))
    return bonus(activity.points, right.took, own_time)
