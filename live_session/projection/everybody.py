"""What everybody sees: each phone alike, and the projector. No name, no pupil's answer, no key before it is shown."""

import msgspec

from live_session import podium
from live_session.goal import Progress, of_class
from live_session.model import OWN, Break, Millis, Phase, Screen, State
from live_session.podium import Podium
from live_session.projection.question import Asked, Talking, asked, place_of, talking
from live_session.projection.steps import Step, back, forth


class PublicView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Phone and projector. `index` is the current question's place in the deck, from 1; 0 for one that is not of it.
    `total` is the whole deck. `called` is the number of the call of a pupil whose hand was up, for the projector; the
    name is fetched by it. `podium` is the projector's alone."""

    phase: Phase
    title: str
    total: int
    index: int = 0
    activity: Asked | None = None
    ends_at: Millis | None = None
    forth: Step | None = None
    back: Step | None = None
    called: int | None = None
    paused: Break | None = None
    talk: Talking | None = None
    goal: Progress | None = None
    counts_leaving: bool = False
    podium: Podium | None = None


def public(state: State, screen: Screen, locale: str = OWN) -> PublicView:
    """What every phone shows, or the projector."""
    is_projector = screen is Screen.PROJECTOR
    ended = state.phase is Phase.ENDED
    return PublicView(
        phase=state.phase,
        title=state.title,
        total=len(state.deck),
        index=place_of(state, state.current),
        activity=None if ended else asked(state, screen, locale),
        ends_at=state.ended_at,
        forth=forth(state) if is_projector else None,
        back=back(state) if is_projector else None,
        called=state.called.number if is_projector and state.called and state.called.had_hand else None,
        paused=state.paused,
        talk=talking(state),
        goal=of_class(state),
        counts_leaving=state.counts_leaving,
        podium=podium.of_class(state) if is_projector else None,
    )
