"""Who is here, as one process sees it. Pure bookkeeping; time is handed in.

A participant may have several connections, and they come and go in any order: each has an id of its own, so that a
late goodbye never clears a newer connection. Signs of life are folded in memory and handed over once a minute as one
`seen` event a run; a sign a pupil would have been terabytes in a province.
"""

from collections.abc import Mapping
from typing import NamedTuple

from live_session.model import Millis

AWAY_MS = 45_000
"""A phone that is gone this long is away: phones sleep, so a shorter silence says nothing."""
NOTE_EVERY_MS = 60_000
NOTED_MS = AWAY_MS + NOTE_EVERY_MS
"""How long a sign of life in the log counts: other processes note theirs once a minute only."""
MISSED_MS = 30_000
"""A shorter silence, of a ping or two, is none."""


class Signs(NamedTuple):
    """First and last moment of each participant: `seen` what this process heard, `awake` when a phone that could not be
    heard was looked at all the same, as it said when it was back."""

    seen: Mapping[str, tuple[Millis, Millis]] = {}
    awake: Mapping[str, tuple[Millis, Millis]] = {}


class Presence:
    """One run's connections and signs of life in one process."""

    def __init__(self) -> None:
        self._open: dict[str, set[int]] = {}
        self._heard: dict[str, Millis] = {}
        self._signs: dict[str, tuple[Millis, Millis]] = {}
        self._awake: dict[str, tuple[Millis, Millis]] = {}

    def connect(self, who: str, connection: int, at: Millis) -> None:
        """A connection said hello."""
        self._open.setdefault(who, set()).add(connection)
        self.hear(who, at)

    def disconnect(self, who: str, connection: int) -> None:
        """That connection is gone; others of the same pupil stay."""
        left = self._open.get(who, set())
        left.discard(connection)
        if not left:
            self._open.pop(who, None)

    def hear(self, who: str, at: Millis) -> None:
        """Any frame is a sign of life."""
        self._heard[who] = max(at, self._heard.get(who, 0))
        _fold(self._signs, who, (at, at))

    def account(self, who: str, awake: float, heard: Millis, at: Millis) -> None:
        """What a phone says on coming back: for the last `awake` ms, without a line, its page was looked at. It is
        believed back to the moment at which it was last `heard`; of whom nobody has heard, and of a silence that is
        none, it says nothing."""
        first = max(heard, at - int(awake))
        if heard and at - first > MISSED_MS:
            _fold(self._awake, who, (first, at))

    def heard(self, who: str) -> Millis:
        """The last sign of life this process had; 0 for none."""
        return self._heard.get(who, 0)

    def here(self, at: Millis) -> frozenset[str]:
        """Heard within `AWAY_MS`; a socket that stays open without a ping is no sign of anybody."""
        since = at - AWAY_MS
        return frozenset([who for who, heard in self._heard.items() if heard > since])

    def connections(self, who: str) -> frozenset[int]:
        """The open connections of one participant."""
        return frozenset(self._open.get(who, ()))

    def connected(self) -> frozenset[str]:
        """Participants with an open connection."""
        return frozenset(self._open)

    @property
    def has_signs(self) -> bool:
        """Somebody was heard since the last drain."""
        return bool(self._signs)

    def drain(self) -> Signs:
        """First and last sign of each participant since the last call; forgets them."""
        signs, self._signs, self._awake = Signs(self._signs, self._awake), {}, {}
        return signs

    def restore(self, signs: Signs) -> None:
        """Give back signs that could not be written; the next drain carries them."""
        for kept, given in ((self._signs, signs.seen), (self._awake, signs.awake)):
            for who, span in given.items():
                _fold(kept, who, span)


def _fold(kept: dict[str, tuple[Millis, Millis]], who: str, span: tuple[Millis, Millis]) -> None:
    first, last = kept.get(who, span)
    kept[who] = (min(first, span[0]), max(last, span[1]))
