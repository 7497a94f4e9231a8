"""The log, as generators of statements: each yields (statement, parameters) and is sent the rows.

Appending locks the runs' rows in id order (PostgreSQL; on SQLite the transaction itself holds the database), reads the
tail that others wrote, applies it, and only then decides: no process ever decides on a stale fold (design.md §3.2).
The caller commits, and only after that may it believe the result.
"""

import logging
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec
from sqlalchemy import Executable, and_, bindparam, insert, or_, select, update

from live_session import activities, events
from live_session.errors import Code, Refusal, UnknownRun
from live_session.events import Actor, Answered, Command, Event, Logged
from live_session.model import Millis, Outcome, State
from live_session.projection import outcome_of
from live_session.reducer import CLOCK, EMPTY, apply, decide, due
from live_session.store.tables import content, event, run

T = TypeVar("T")
Row: TypeAlias = Any
Parameters: TypeAlias = Sequence[Mapping[str, Any]] | None
Steps: TypeAlias = Generator[tuple[Executable, Parameters], Sequence[Row], T]
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
    """What an append came to, once it is committed: new states by run, and a result for each command, in order."""

    states: Mapping[str, State]
    results: Sequence[Result]
    written: Sequence[tuple[str, Logged]] = ()


class Head(msgspec.Struct, frozen=True):
    """How far a run's log goes."""

    epoch: str
    seq: int


def create(run_id: str, epoch: str, at: Millis) -> Steps[None]:
    """Make room for a run; its first event is appended next."""
    yield insert(run), [{"id": run_id, "epoch": epoch, "seq": 0, "phase": EMPTY.phase, "created_at": at}]


def heads(run_ids: Iterable[str]) -> Steps[Mapping[str, Head]]:
    """How far these runs' logs go; runs that do not exist are left out."""
    rows = yield select(run.c.id, run.c.epoch, run.c.seq).where(run.c.id.in_(list(run_ids))), None
    return {r.id: Head(r.epoch, r.seq) for r in rows}


def open_runs(newest_first: int = 10_000) -> Steps[Sequence[str]]:
    """Ids of runs that have not ended."""
    rows = yield (
        select(run.c.id).where(run.c.ended_at.is_(None)).order_by(run.c.created_at.desc()).limit(newest_first),
        None,
    )
    return [r.id for r in rows]


def catch_up(states: Mapping[str, State], run_ids: Iterable[str]) -> Steps[Mapping[str, State]]:
    """The runs' newest states: what is known (or nothing) plus the tail of the log."""
    known = {id_: states.get(id_, EMPTY) for id_ in run_ids}
    seqs = [(id_, state.seq) for id_, state in known.items()]
    for first in range(0, len(seqs), MOST_RUNS):
        for logged_run, logged in (yield from _tail(dict(seqs[first : first + MOST_RUNS]))):
            known[logged_run] = apply(known[logged_run], logged)
    return known


def read(run_id: str) -> Steps[Sequence[Logged]]:
    """The whole log of a run, in order."""
    return [logged for _, logged in (yield from _tail({run_id: 0}))]


def _tail(after: Mapping[str, int]) -> Steps[Sequence[tuple[str, Logged]]]:
    """Events beyond the given `seq` of each run, in order."""
    if not after:
        return []
    text = content.alias("text")
    query = (
        select(event, text.c.text)
        .outerjoin(text, and_(text.c.run_id == event.c.run_id, text.c.id == event.c.command_id, text.c.kind == TEXT))
        .where(or_(*(and_(event.c.run_id == id_, event.c.seq > seq) for id_, seq in after.items())))
        .order_by(event.c.run_id, event.c.seq)
    )
    rows = yield query, None
    return [(r.run_id, _logged(r)) for r in rows]


def _logged(row: Row) -> Logged:
    happened = events.decode(row.type, row.version, row.body)
    if row.text is not None and isinstance(happened, Answered):
        happened = msgspec.structs.replace(happened, value=msgspec.json.decode(row.text))
    who, _, command_id = row.command_id.partition(":")
    return Logged(row.seq, command_id, row.at, who, happened)


def append(states: Mapping[str, State], asked: Sequence[Asked]) -> Steps[Appended]:
    """Decide these commands, in order, each against the newest state of its run, and write what happened.

    Raises `UnknownRun` when a run does not exist. A command that is in the log already gets its first outcome.
    """
    run_ids = sorted({a.run for a in asked})
    locked = yield select(run.c.id, run.c.seq).where(run.c.id.in_(run_ids)).order_by(run.c.id).with_for_update(), None
    if len(locked) < len(run_ids):
        raise UnknownRun(", ".join(set(run_ids) - {r.id for r in locked}))
    # A fold that is ahead of the log is of another history (a backup came back under it): begin from nothing.
    known = {r.id: states[r.id] if r.id in states and states[r.id].seq <= r.seq else EMPTY for r in locked}
    behind = [r.id for r in locked if r.seq > known[r.id].seq]
    current = {**known, **(yield from catch_up(known, behind))}
    written: list[tuple[str, Logged]] = []
    results = [_decide(current, written, a) for a in asked]
    if written:
        yield insert(event), [_event_row(id_, logged, current[id_]) for id_, logged in written]
        if texts := [_text_row(id_, logged) for id_, logged in written if _is_private(logged.event, current[id_])]:
            yield insert(content), texts
        yield _HEAD, [_head_row(id_, current[id_]) for id_ in sorted({id_ for id_, _ in written})]
    return Appended(current, results, written)


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


def _is_private(happened: Event, state: State) -> bool:
    """Its value is a pupil's own words."""
    if not isinstance(happened, Answered):
        return False
    activity = state.activity(happened.activity)
    return activity is not None and activities.type_of(activity.kind).is_private


def _event_row(run_id: str, logged: Logged, state: State) -> Mapping[str, Any]:
    happened = logged.event
    if isinstance(happened, Answered) and _is_private(happened, state):
        happened = msgspec.structs.replace(happened, value=None)
    type_, version, body = events.encode(happened)
    return {
        "run_id": run_id,
        "seq": logged.seq,
        "command_id": f"{logged.who}:{logged.command_id}",
        "at": logged.at,
        "type": type_,
        "version": version,
        "body": body,
    }


def _text_row(run_id: str, logged: Logged) -> Mapping[str, Any]:
    if not isinstance(logged.event, Answered):
        raise TypeError("only answers carry a pupil's words")
    text = msgspec.json.encode(logged.event.value).decode()
    return {
        "run_id": run_id,
        "id": f"{logged.who}:{logged.command_id}",
        "participant": logged.event.participant,
        "at": logged.at,
        "kind": TEXT,
        "text": text,
        "size": len(text),
    }


_HEAD = (
    update(run)
    .where(run.c.id == bindparam("run_id"))
    .values(seq=bindparam("new_seq"), phase=bindparam("new_phase"), ended_at=bindparam("new_end"))
)


def _head_row(run_id: str, state: State) -> Mapping[str, Any]:
    return {"run_id": run_id, "new_seq": state.seq, "new_phase": state.phase, "new_end": state.ended_at}
