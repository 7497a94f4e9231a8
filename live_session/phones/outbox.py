"""The outbox of a phone, and the ids it makes. No IO; time and chance are handed in.

An answer stands here before anything is sent, is shown as saved only on the ack, and is offered again on every
welcome (docs/explain/log.md). What was saved is kept for a day and offered again when the run's epoch is another one:
then the server was restored from a backup and may have forgotten it (§4), and even the question: such an answer waits
until the question is asked again.
"""

import uuid
from random import Random

import msgspec

from live_session.model import Json, Millis

KEEP_MS = 24 * 3_600 * 1_000
"""How long a saved answer is kept for a restore."""


class Item(msgspec.Struct, frozen=True):
    """An answer as it was composed. Times are the server's clock, by the phone's offset."""

    id: str
    activity: str
    round: int
    value: Json
    composed_at: Millis
    shown_at: Millis | None = None


class Outbox:
    """One participant's answers on one device. Every item is in exactly one of the three."""

    def __init__(self) -> None:
        self.waiting: dict[str, Item] = {}
        self.held: set[str] = set()
        """Of these, what the log has no question for: not asked again by itself."""
        self.saved: dict[str, tuple[Item, str]] = {}
        """Acknowledged, with the epoch in which it was."""
        self.parked: dict[str, tuple[Item, str]] = {}
        """Refused for good, with the code."""

    def put(self, item: Item) -> None:
        """Before anything is sent."""
        self.waiting[item.id] = item

    def save(self, id: str, epoch: str) -> None:
        """The ack came: the answer is in the log. Unknown ids are none of this outbox's."""
        item = self._take(id)
        if item is None and id in self.saved:
            item = self.saved[id][0]
        if item is not None:
            self.saved[id] = (item, epoch)

    def park(self, id: str, code: str) -> None:
        """Refused for good: it is shown as not sent, and keeps nothing else back."""
        if item := self._take(id):
            self.parked[id] = (item, code)

    def _take(self, id: str) -> Item | None:
        self.held.discard(id)
        return self.waiting.pop(id, None)

    def hold(self, id: str) -> None:
        """The log does not know its question: it waits until that is asked again, or somebody says welcome."""
        if id in self.waiting:
            self.held.add(id)

    def asked(self, activity: str, round: int) -> tuple[Item, ...]:
        """A question is asked: what was held for it is to be offered now."""
        found = tuple(
            i for i in self.waiting.values() if i.id in self.held and (i.activity, i.round) == (activity, round)
        )
        self.held -= {item.id for item in found}
        return found

    def welcome(self, epoch: str, acked: frozenset[str], at: Millis) -> tuple[Item, ...]:
        """What to offer now: all that waits, and what another epoch had saved and this one does not know."""
        for known in [i for i in (*self.waiting, *self.saved) if i in acked]:
            self.save(known, epoch)
        for item, saved_in in tuple(self.saved.values()):
            if saved_in != epoch:
                del self.saved[item.id]
                self.waiting[item.id] = item
            elif at - item.composed_at > KEEP_MS:
                del self.saved[item.id]
        self.held.clear()
        return tuple(self.waiting.values())


class Device:
    """One phone in somebody's hand. Two pupils who share it have an outbox each, and neither is ever offered under
    the other's name."""

    def __init__(self, dice: Random) -> None:
        self.id = f"{dice.getrandbits(64):016x}"
        self._outboxes: dict[str, Outbox] = {}

    def outbox(self, who: str) -> Outbox:
        """The outbox of this participant on this device."""
        return self._outboxes.setdefault(who, Outbox())


def uuid7(at: Millis, dice: Random) -> str:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then chance."""
    bits = (at & 0xFFFF_FFFF_FFFF) << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)
    return str(uuid.UUID(int=bits))
