"""The log, as generators of statements: each yields (statement, parameters) and is sent the rows.

Appending locks the runs' rows in id order (PostgreSQL; on SQLite the transaction itself holds the database), reads the
tail that others wrote, applies it, and only then decides: no process ever decides on a stale fold
(docs/architecture.md, invariant 4). The caller commits, and only after that may it believe the result.
"""

import logging
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec
from sqlalchemy import Executable, and_, insert, or_, select, update

from live_session import activities, events
from live_session.commands import Actor, Command
from live_session.errors import Code, Refusal, UnknownRun
from live_session.events import Answered, Logged, PupilCalled
from live_session.model import Millis, Outcome, State
from live_session.projection import outcome_of
from live_session.reducer import CLOCK, EMPTY, apply, decide, due
from live_session.store import prepared, snapshots
from live_session.store.prepared import Prepared
from live_session.store.tables import content, event, run, snapshot

T = TypeVar("T")
Row: TypeAlias = Any
Parameters: TypeAlias = Sequence[Any] | None  # mappings; for what is prepared, tuples
Steps: TypeAlias = Generator[tuple[Executable | Prepared, Parameters], Sequence[Row], T]
Result: TypeAlias = tuple[int, Outcome] | Refusal
"""(seq, outcome) of a command that is in the log, or why it is not."""

TEXT = "text"
MOST_RUNS = 500
"""Runs in one statement: SQLite takes no expression deeper than 1,000."""

_log = logging.getLogger(__name__)


class Asked(msgspec.Struct, frozen=True):
    """A command on its way into the log of `run`. `at` is the server's clock when it came."""

    run: str
    id: str
    command: Command
    actor: Actor
    at: Millis


class Appended(msgspec.Struct, frozen=True):
    """What an append came to, once it is committed: new states by run, and a result for each command, in order.
    `tail`: what others had written, beyond the states that were known; `written`: what this append wrote after it."""

    states: Mapping[str, State]
    results: Sequence[Result]
    written: Sequence[tuple[str, Logged]] = ()
    tail: Sequence[tuple[str, Logged]] = ()


class Head(msgspec.Struct, frozen=True):
    """How far a run's log goes."""

    epoch: str
    seq: int


def create(run_id: str, epoch: str, at: Millis) -> Steps[None]:
    """Make room for a run; its first event is appended next."""
    yield insert(run), [{"id": run_id, "epoch": epoch, "seq": 0, "phase": EMPTY.phase, "created_at": at}]


def heads(run_ids: Iterable[str]) -> Steps[Mapping[str, Head]]:
    """How far these runs' logs go; runs that do not exist are left out."""
    rows = yield prepared.HEADS_OF, [(id_,) for id_ in run_ids]
    return {id_: Head(epoch, seq) for id_, epoch, seq in rows}


def open_runs(newest_first: int = 10_000) -> Steps[Sequence[str]]:
    """Ids of runs that have not ended."""
    rows = yield (
        select(run.c.id).where(run.c.ended_at.is_(None)).order_by(run.c.created_at.desc()).limit(newest_first),
        None,
    )
    return [r.id for r in rows]


def catch_up(
    states: Mapping[str, State], run_ids: Iterable[str], tail: list[tuple[str, Logged]] | None = None
) -> Steps[Mapping[str, State]]:
    """The runs' newest states: what is known (or the snapshot, or nothing) plus the tail of the log. The events of that
    tail are added to `tail`, if somebody wants to know them."""
    known = {id_: states.get(id_, EMPTY) for id_ in run_ids}
    fresh = [id_ for id_, state in known.items() if not state.exists]
    for first in range(0, len(fresh), MOST_RUNS):
        known.update((yield from _recover(fresh[first : first + MOST_RUNS])))
    seqs = [(id_, state.seq) for id_, state in known.items()]
    for first in range(0, len(seqs), MOST_RUNS):
        for logged_run, logged in (yield from _tail(dict(seqs[first : first + MOST_RUNS]))):
            known[logged_run] = apply(known[logged_run], logged)
            if tail is not None:
                tail.append((logged_run, logged))
    return known


def _recover(run_ids: Sequence[str]) -> Steps[Mapping[str, State]]:
    """What the snapshots of these runs hold, with pupils' words put back in. Void ones are left out."""
    is_of_this_history = and_(run.c.id == snapshot.c.run_id, run.c.epoch == snapshot.c.epoch)
    query = select(snapshot.c.run_id, snapshot.c.seq, snapshot.c.data).join(run, is_of_this_history)
    is_good = and_(snapshot.c.made_by == snapshots.MADE_BY, snapshot.c.seq <= run.c.seq)
    rows = yield query.where(snapshot.c.run_id.in_(run_ids), is_good), None
    states = {r.run_id: state for r in rows if (state := snapshots.unpack(r.data)) and state.seq == r.seq}
    texts: dict[str, list[Logged]] = {id_: [] for id_ in states}
    for logged_run, logged in (yield from _texts({id_: state.seq for id_, state in states.items()})):
        texts[logged_run].append(logged)
    return {id_: snapshots.with_words(state, texts[id_]) for id_, state in states.items()}


def _texts(until: Mapping[str, int]) -> Steps[Sequence[tuple[str, Logged]]]:
    """The events up to the given `seq` of each run that have a pupil's words, in order."""
    if not until:
        return []
    query = (
        select(event, content.c.text)
        .join(event, and_(content.c.run_id == event.c.run_id, content.c.id == event.c.command_id))
        .where(content.c.kind == TEXT)
        .where(or_(*(and_(content.c.run_id == id_, event.c.seq <= seq) for id_, seq in until.items())))
        .order_by(event.c.run_id, event.c.seq)
    )
    rows = yield query, None
    return [(row[0], _logged(row)) for row in rows]


def save_snapshot(run_id: str, epoch: str, state: State, at: Millis) -> Steps[int]:
    """Keep this state as the run's snapshot, unless a newer one is there. How far the run's snapshot goes now; 0 when
    the state is none of this run's history (a backup came back under whoever folded it)."""
    rows = yield select(run.c.epoch, run.c.seq).where(run.c.id == run_id), None
    if not rows or rows[0].epoch != epoch or rows[0].seq < state.seq:
        return 0
    kept = yield select(snapshot.c.seq, snapshot.c.epoch, snapshot.c.made_by).where(snapshot.c.run_id == run_id), None
    if kept and (kept[0].epoch, kept[0].made_by) == (epoch, snapshots.MADE_BY) and kept[0].seq >= state.seq:
        return int(kept[0].seq)
    row = {"seq": state.seq, "epoch": epoch, "made_by": snapshots.MADE_BY, "at": at, "data": snapshots.pack(state)}
    if kept:
        yield update(snapshot).where(snapshot.c.run_id == run_id).values(row), None
    else:
        yield insert(snapshot), [{"run_id": run_id, **row}]
    return state.seq


def calls(run_ids: Iterable[str]) -> Steps[Mapping[str, int]]:
    """How often each participant was called in these runs."""
    is_call = event.c.type == PupilCalled.__struct_config__.tag
    query = select(event.c.type, event.c.version, event.c.body).where(event.c.run_id.in_(run_ids), is_call)
    rows = yield query, None
    happened = (events.decode(*row) for row in rows)
    return dict(Counter(one.participant for one in happened if isinstance(one, PupilCalled)))


def read(run_id: str) -> Steps[Sequence[Logged]]:
    """The whole log of a run, in order."""
    return [logged for _, logged in (yield from _tail({run_id: 0}))]


def _tail(after: Mapping[str, int]) -> Steps[Sequence[tuple[str, Logged]]]:
    """Events beyond the given `seq` of each run, in order."""
    if not after:
        return []
    rows = yield prepared.TAIL, list(after.items())
    return [(row[0], _logged(row)) for row in rows]


def _logged(row: Row) -> Logged:
    """Of a row of `event` with the pupil's words beside it, if there are some."""
    _, seq, key, at, type_, version, body, text = row
    happened = events.decode(type_, version, body)
    if text is not None and isinstance(happened, Answered):
        happened = msgspec.structs.replace(happened, value=msgspec.json.decode(text))
    who, _, command_id = key.partition(":")
    return Logged(seq, command_id, at, who, happened)


def append(states: Mapping[str, State], asked: Sequence[Asked]) -> Steps[Appended]:
    """Decide these commands, in order, each against the newest state of its run, and write what happened.

    Raises `UnknownRun` when a run does not exist. A command that is in the log already gets its first outcome.
    """
    run_ids = sorted({a.run for a in asked})
    locked = dict((yield prepared.LOCK, [(id_,) for id_ in run_ids]))
    if len(locked) < len(run_ids):
        raise UnknownRun(", ".join(set(run_ids) - locked.keys()))
    # A fold that is ahead of the log is of another history (a backup came back under it): begin from nothing.
    known = {id_: states[id_] if id_ in states and states[id_].seq <= seq else EMPTY for id_, seq in locked.items()}
    behind = [id_ for id_, seq in locked.items() if seq > known[id_].seq]
    tail: list[tuple[str, Logged]] = []
    current = {**known, **(yield from catch_up(known, behind, tail))}
    written: list[tuple[str, Logged]] = []
    results = [_decide(current, written, a) for a in asked]
    if written:
        rows = [_rows(id_, logged, current[id_]) for id_, logged in written]
        yield prepared.EVENTS, [event_row for event_row, _ in rows]
        if texts := [text for _, text in rows if text]:
            yield prepared.TEXTS, texts
        yield prepared.HEADS, [_head_row(id_, current[id_]) for id_ in sorted({id_ for id_, _ in written})]
    return Appended(current, results, written, tail)


def _decide(current: dict[str, State], written: list[tuple[str, Logged]], asked: Asked) -> Result:
    """Decide one command, after what the clock asks for; remember what happened in `current` and `written`."""
    while clock := due(current[asked.run], asked.at):
        _settle(current, written, Asked(asked.run, clock[0], clock[1], CLOCK, asked.at))
    return _settle(current, written, asked)


def _settle(current: dict[str, State], written: list[tuple[str, Logged]], asked: Asked) -> Result:
    state = current[asked.run]
    if before := outcome_of(state, asked.actor.who, asked.id):
        return before
    try:
        happened = decide(state, asked.command, asked.actor, asked.at)
        if isinstance(happened, Refusal):
            return happened
        logged = Logged(state.seq + 1, asked.id, asked.at, asked.actor.who, happened)
        current[asked.run] = apply(state, logged)
    except Exception:
        # One command that breaks a rule's code must not take down the forty that share its commit.
        _log.exception("command_failed", extra={"run_id": asked.run, "command": type(asked.command).__name__})
        return Refusal(Code.INTERNAL)
    written.append((asked.run, logged))
    return logged.seq, happened.outcome if isinstance(happened, Answered) else Outcome.ACCEPTED


def _is_private(happened: Answered, state: State) -> bool:
    """Its value is a pupil's own words; posts always are."""
    if happened.post:
        return True
    activity = state.activity(happened.activity)
    return activity is not None and activities.type_of(activity.kind).is_private


def _rows(run_id: str, logged: Logged, state: State) -> tuple[tuple[Any, ...], tuple[Any, ...] | None]:
    """The event's row, and the row of a pupil's own words where it holds some: these stand apart."""
    happened, key, text = logged.event, f"{logged.who}:{logged.command_id}", None
    if isinstance(happened, Answered) and _is_private(happened, state):
        words = msgspec.json.encode(happened.value).decode()
        text = (run_id, key, happened.participant, logged.at, TEXT, words, len(words))
        happened = msgspec.structs.replace(happened, value=None)
    return (run_id, logged.seq, key, logged.at, *events.encode(happened)), text


def _head_row(run_id: str, state: State) -> tuple[Any, ...]:
    return state.seq, state.phase.value, state.ended_at, run_id
