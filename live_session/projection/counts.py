"""Counts of the moment: who is here, who has answered, what. They may be lost on the way."""

from collections.abc import Collection, Mapping, Set

import msgspec

from live_session import activities, naming, teams
from live_session.activities.base import Bar
from live_session.confidence import Cells, cells
from live_session.model import NOTHING, Activity, Mode, Response, Screen, State
from live_session.projection.question import given, spoken_for, taken_off, tally


class Gauge(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counts for the teacher's and projector's screens; may be lost. `who`, `here`, `cells` and `off`, the words that
    the teacher took off every screen, go to the console only. `answered` and `who` are None where nobody is told who
    has posted."""

    present: Mapping[Mode, int]
    answered: Mapping[Mode, int] | None
    tally: tuple[Bar, ...] | None = None
    who: tuple[str, ...] | None = None
    here: tuple[str, ...] | None = None
    late: int = 0
    cells: Cells | None = None
    off: tuple[Bar, ...] = ()


class Here(msgspec.Struct, frozen=True):
    """Who is present now, in the order of their ids, and how many there are of each mode; `home` are all who learn at
    home. Counts are wanted several times a second, and this is another one far less often."""

    ids: tuple[str, ...]
    modes: Mapping[Mode, int]
    home: Set[str]


def here_of(state: State, ids: Collection[str]) -> Here:
    """Those present who sit in the lesson, with whoever is at a group phone, counted. Another one when they are others,
    or `state.participants` is."""
    ids = teams.with_mates(state, ids) if state.teams else ids
    home = frozenset(who for who, sitting in state.participants.items() if sitting.mode is Mode.HOME)
    return Here(tuple(sorted(ids)), _by_mode(state, home, ids), home)


def gauge(state: State, screen: Screen, present: Collection[str] | Here) -> Gauge:
    """Counts of the moment. `present` are the participants who are here now."""
    here = present if isinstance(present, Here) else here_of(state, present)
    activity = state.activity(state.current)
    round_ = state.round(activity.id) if activity else None
    said = given(state, activity, round_) if activity and round_ else NOTHING
    who = spoken_for(state, activity, round_, said) if activity and round_ else said
    is_console = screen is Screen.CONSOLE
    is_veiled = activity is not None and naming.is_veiled(activity)
    may_tell = activity is not None and round_ is not None and naming.is_told(activity, round_, len(said))
    return Gauge(
        present=here.modes,
        answered=None if is_veiled else _by_mode(state, here.home, who),
        tally=tally(activity, said) if activity and may_tell and (is_console or _is_live(activity)) else None,
        who=tuple(sorted(who)) if is_console and not is_veiled else None,
        here=here.ids if is_console else None,
        late=len(given(state, activity, round_, late=True)) if is_console and activity and round_ else 0,
        cells=_cells(activity, said)
        if is_console and activity and may_tell and activity.terms.asks_confidence
        else None,
        off=taken_off(activity, said) if activity and may_tell and is_console else (),
    )


def _cells(activity: Activity, given: Mapping[str, Response]) -> Cells:
    return cells((activities.share_of(activity, r.value), r.confidence) for r in given.values())


def _is_live(activity: Activity) -> bool:
    return activities.type_of(activity.kind).is_live


def _by_mode(state: State, home: Set[str], ids: Collection[str]) -> Mapping[Mode, int]:
    known = state.participants.keys() & ids
    away = len(known & home)
    return {Mode.ROOM: len(known) - away, Mode.HOME: away}
