"""A phone's own account of what it said and what it was promised, and its comparison with the log.

The account is kept apart from the outbox: the outbox is what a real phone has, the account is the witness.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from live_session.events import Answered, Logged
from live_session.model import Millis, Outcome


class Entry(msgspec.Struct, frozen=True):
    """One answer. `outcome` None on an acked one: a welcome named its id, and no more is known of it."""

    id: str
    composed_at: Millis
    status: Literal["waiting", "acked", "refused"] = "waiting"
    epoch: str = ""
    seq: int | None = None
    outcome: Outcome | None = None
    code: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """What the log says of the accounts. All but `acked`, `refused` and `waiting` must be empty.

    `lost`: acked and not in the log. `doubled`: in the log more than once. `wrong`: in the log with another outcome
    or place than was acked. `contradicted`: acked twice, differently. `leaked`: refused for good, and yet in the log.
    """

    acked: int = 0
    refused: int = 0
    waiting: int = 0
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    leaked: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong or self.contradicted or self.leaked)


class Account:
    """One participant's answers by id, in the order they were composed."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.contradicted: set[str] = set()

    def compose(self, id: str, at: Millis) -> None:
        """An answer was given on the phone."""
        self.entries[id] = Entry(id, at)

    def ack(self, id: str, epoch: str, seq: int | None = None, outcome: str | None = None) -> None:
        """It was promised to be in the log. A later promise of the same epoch must say the same."""
        before = self.entries[id]
        promised = None if outcome is None else Outcome(outcome)
        if before.status == "acked" and before.epoch == epoch:
            if promised is None:
                return
            if before.outcome is not None and (before.seq, before.outcome) != (seq, promised):
                self.contradicted.add(id)
        self.entries[id] = Entry(id, before.composed_at, "acked", epoch, seq, promised)

    def refuse(self, id: str, code: str) -> None:
        """It was turned down for good. A promise that came first stands, and the refusal contradicts it."""
        before = self.entries[id]
        if before.status == "acked":
            self.contradicted.add(id)
        else:
            self.entries[id] = Entry(id, before.composed_at, "refused", code=code)

    def count(self, status: str) -> int:
        """How many answers stand so."""
        return sum(e.status == status for e in self.entries.values())

    def compare(self, log: Iterable[Logged]) -> Verdict:
        """This account against the log of its run."""
        return compare([self], log)


def compare(accounts: Iterable[Account], log: Iterable[Logged]) -> Verdict:
    """All accounts of one run against its log: every acked id must be there exactly once, with the same outcome.
    Ids are UUIDs, so they need no name beside them."""
    accounts = list(accounts)
    answers = [e for e in log if isinstance(e.event, Answered)]
    times = Counter(e.command_id for e in answers)
    logged = {e.command_id: e for e in answers}
    entries = [e for a in accounts for e in a.entries.values()]
    acked = [e for e in entries if e.status == "acked"]
    refused = [e for e in entries if e.status == "refused"]
    return Verdict(
        acked=len(acked),
        refused=len(refused),
        waiting=len(entries) - len(acked) - len(refused),
        lost=tuple(e.id for e in acked if e.id not in logged),
        doubled=tuple(e.id for e in entries if times[e.id] > 1),
        wrong=tuple(e.id for e in acked if not _agrees(e, logged)),
        contradicted=tuple(c for a in accounts for c in sorted(a.contradicted)),
        leaked=tuple(e.id for e in refused if e.id in logged),
    )


def _agrees(entry: Entry, logged: Mapping[str, Logged]) -> bool:
    """What was promised is what the log has; an id that is not there is lost, not wrong."""
    found = logged.get(entry.id)
    if found is None or entry.outcome is None or not isinstance(found.event, Answered):
        return True
    return (found.seq, found.event.outcome) == (entry.seq, entry.outcome)
