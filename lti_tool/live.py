"""The web process's door to the log: the same statements as the live server's, on the request's own transaction."""

import threading
from collections.abc import Mapping, Sequence

from sqlalchemy import event
from sqlalchemy.orm import Session

from live_session.commands import Actor, Command
from live_session.errors import Refusal, UnknownRun
from live_session.model import Millis, Role, Screen, State
from live_session.reducer import EMPTY
from live_session.store import log
from live_session.store.drivers import drive, store_errors
from live_session.store.log import Asked, Head, Result
from live_session.ticket import LIFETIME_MS, Ticket
from lti_tool.authority import Visit
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models.base import new_uid
from lti_tool.site import site


class Folds:
    """The newest states this process has seen committed. Never truth: each use reads the tail first."""

    MOST = 500

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, State] = {}

    def get(self, run: str) -> State:
        """What is known of a run, perhaps nothing."""
        with self._lock:
            return self._states.get(run, EMPTY)

    def put(self, run: str, state: State) -> None:
        """Remember a committed state, if it is newer."""
        with self._lock:
            if state.seq > self._states.get(run, EMPTY).seq:
                self._states.pop(run, None)
                self._states[run] = state
                while len(self._states) > self.MOST:
                    del self._states[next(iter(self._states))]


def state_of(run: str, remember: bool = False) -> State:
    """The run as it stands now. Raises `UnknownRun`.

    `remember` keeps the fold for the next request; only for a transaction that has appended nothing, because what it
    sees of its own may yet be rolled back.
    """
    folds = site().folds
    with store_errors():
        states = drive(db.session.connection(), log.catch_up({run: folds.get(run)}, [run]))
    if not states[run].exists:
        raise UnknownRun(run)
    if remember:
        folds.put(run, states[run])
    return states[run]


def head_of(run: str) -> Head:
    """The run's epoch and how far its log goes. Raises `UnknownRun`."""
    with store_errors():
        heads = drive(db.session.connection(), log.heads([run]))
    if run not in heads:
        raise UnknownRun(run)
    return heads[run]


def calls_in(runs: Sequence[str]) -> Mapping[str, int]:
    """How often each participant was called in these runs."""
    with store_errors():
        return drive(db.session.connection(), log.calls(runs))


def create(run: str, at: Millis) -> None:
    """Make room for a run in this transaction."""
    with store_errors():
        drive(db.session.connection(), log.create(run, new_uid(), at))


def ask(run: str, command: Command, actor: Actor, command_id: str | None = None) -> Result:
    """Put one command to a run, in this transaction."""
    return ask_all([Asked(run, command_id or new_uid(), command, actor, now())])[0]


def ask_all(asked: Sequence[Asked]) -> Sequence[Result]:
    """Put commands to their runs, in this transaction. Raises `UnknownRun`, `StoreBusy`."""
    folds = site().folds
    with store_errors():
        known = {a.run: folds.get(a.run) for a in asked}
        results = drive(db.session.connection(), log.append(known, asked)).results
    db.session.info.setdefault(GROWN, set()).update(known)
    return results


GROWN = "giotay_grown"
"""Member of a session's `info`: the runs to which its transaction has written."""


def wake_after_commits() -> None:
    """From now on whoever serves phones is told of what this process has committed. Needs an application context."""
    event.listen(db.session, "after_commit", _wake)
    event.listen(db.session, "after_rollback", _forget)


def _forget(session: Session) -> None:
    session.info.pop(GROWN, None)


def _wake(session: Session) -> None:
    grown = session.info.pop(GROWN, None)
    if grown and (caller := site().caller):
        caller.wake(grown)


def is_refused(result: Result) -> bool:
    """The command changed nothing."""
    return isinstance(result, Refusal)


OBSERVED_MS: Millis = 60_000
"""How long a look at somebody else's lesson lasts before the page must ask again whether it may: a grant that is
withdrawn ends with the next time."""


def observer_ticket(visit: Visit, run: str) -> str:
    """A ticket to see what the class sees: the engine takes no step from it."""
    return site().tickets.sign(Ticket(run, Role.OBSERVER, Screen.PROJECTOR, visit.uid, "", now() + OBSERVED_MS))


def ticket(visit: Visit, run: str, screen: Screen) -> str:
    """A ticket for this visit's person: a pupil's seat, or the teacher's screens."""
    role = Role.TEACHER if visit.is_teaching else Role.PUPIL
    claim = "" if role is Role.TEACHER else visit.claim
    return site().tickets.sign(Ticket(run, role, screen, visit.uid, claim, now() + LIFETIME_MS))
