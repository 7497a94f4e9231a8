"""What each role may see of a run. Whatever is not built here never leaves the server.

A view is the whole small state of a role, the same for all its bearers, so that it is encoded once. What differs from
pupil to pupil (`own`) is a small part beside it. No view of a phone or projector holds a name, another pupil's answer,
or the key before it is shown.

One module a reader: `everybody` (phones and the projector), `pupil`, `teacher`, `counts`; `question` and `steps` are
what they share.
"""

from collections.abc import Set

from live_session.model import OWN, Screen, State
from live_session.projection.counts import Gauge, Here, gauge, here_of
from live_session.projection.everybody import PublicView, public
from live_session.projection.pupil import Own, OwnResponse, Stage, acked, outcome_of, own, stage_of
from live_session.projection.question import Asked
from live_session.projection.steps import Step, back, forth
from live_session.projection.teacher import ConsoleView, Seat, console

__all__ = [
    "Asked",
    "ConsoleView",
    "Gauge",
    "Here",
    "Own",
    "OwnResponse",
    "PublicView",
    "Seat",
    "Stage",
    "Step",
    "acked",
    "back",
    "console",
    "forth",
    "gauge",
    "here_of",
    "outcome_of",
    "own",
    "public",
    "stage_of",
    "tongues",
    "view",
]


def view(state: State, screen: Screen, locale: str = OWN) -> PublicView | ConsoleView:
    """The view of a screen, its question in one of `tongues`."""
    return console(state, locale) if screen is Screen.CONSOLE else public(state, screen, locale)


def tongues(state: State) -> Set[str]:
    """The languages in which some question of the run reads differently: as many views, and no more, has a screen."""
    return {face.locale for deck in (state.deck, state.quick.values()) for activity in deck for face in activity.faces}
