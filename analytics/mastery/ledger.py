"""The SQL of the student model's evidence: which lessons were read, what each said of whom, what of it is forgotten."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Select,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union,
    update,
)

from analytics import rows
from analytics.mastery.evidence import KEY_SEEN, Counted, Meeting, Place, again, keys_first
from analytics.mastery.model import Answer
from analytics.mastery.seen import Seen
from analytics.mastery.store import Scope, aliases, in_parts, make_stale
from analytics.tables import (
    mastery_answer,
    mastery_cursor,
    mastery_estimate,
    mastery_point,
    mastery_run,
    mastery_seen,
    mastery_underway,
)
from live_session.model import Millis

VERSION = 4
"""Of what counts as evidence; a release that counts otherwise reads every log again."""
AT_ONCE = 5_000
"""Rows that are fetched together."""
OF_RUNS = (mastery_answer, mastery_seen, mastery_run)
"""Tables in which a lesson stands with its evidence."""
OF_PUPILS = (mastery_answer, mastery_seen, mastery_estimate, mastery_point)
"""Tables in which a pupil stands: what goes over to nobody, and what the copy holds."""


class Read(msgspec.Struct, frozen=True):
    """A lesson that the model has read, by which `version` of what counts. `erased_as`: the name that the pupil who was
    erased from its evidence last has there."""

    run_id: str
    position: int
    scope: Scope
    seq: int
    version: int = VERSION
    erased_as: str | None = None


class Evidence(msgspec.Struct, frozen=True):
    """One answer behind an estimate. `weight` is less than 1 for what was not of the pupil's own hand alone.
    `is_again`: the pupil had met the same version before, so that this answer says nothing of them. `is_underway`: its
    lesson still goes on. `key_seen_at`: when they were shown its key, where that was how they had met it."""

    run_id: str
    activity: str
    item: str
    objective: str
    share: float
    at: Millis
    day: str
    weight: float = 1.0
    is_again: bool = False
    is_underway: bool = False
    key_seen_at: Millis | None = None

    @property
    def is_own(self) -> bool:
        """It says something of the pupil, and of nobody else."""
        return self.weight == 1 and not self.is_again


def next_position(connection: Connection) -> int:
    """A global position that nobody else has; waits for whoever is taking one."""
    if connection.execute(update(mastery_cursor).values(position=mastery_cursor.c.position + 1)).rowcount == 0:
        connection.execute(insert(mastery_cursor), [{"id": 1, "position": 1}])
    return int(connection.execute(select(mastery_cursor.c.position)).scalar_one())


def read_of(connection: Connection, run_id: str) -> Read | None:
    """How a lesson was read; None for one that was not."""
    row = connection.execute(select(mastery_run).where(mastery_run.c.run_id == run_id)).one_or_none()
    if row is None:
        return None
    return Read(row.run_id, row.position, Scope(row.school, row.subject), row.seq, row.version, row.erased_as)


def write_run(
    connection: Connection, read: Read, at: Millis, answers: Sequence[Counted], seen: Sequence[Seen], day: str
) -> None:
    """Put a lesson's evidence in its place; what stood there before is gone, and what was foreseen of it."""
    for table in (*OF_RUNS, mastery_underway):
        connection.execute(delete(table).where(table.c.run_id == read.run_id))
    row = {"run_id": read.run_id, "position": read.position, "seq": read.seq, "version": VERSION, "at": at}
    connection.execute(insert(mastery_run), [{**row, **read.scope.columns, "erased_as": read.erased_as}])
    rows.put(connection, mastery_answer, (answer_row(read, n, one, day) for n, one in enumerate(answers)))
    rows.put(connection, mastery_seen, (seen_row(read, one) for one in seen))


def answer_row(read: Read, n: int, one: Counted, day: str) -> rows.Row:
    """A row of evidence: the `n`th answer of a lesson."""
    answer = one.answer
    place = (read.position, n, read.run_id, read.scope.school, read.scope.subject)
    about = (answer.pupil, one.activity, answer.item, answer.objectives[0] if answer.objectives else None)
    return (*place, *about, answer.share, answer.weight, one.at, day)


def seen_row(read: Read, one: Seen) -> rows.Row:
    """A row of who saw a key in a lesson."""
    about = (read.run_id, read.scope.school, read.scope.subject, one.item, one.at)
    return (read.position, one.pupil, one.activity, *about)


def run_answers(connection: Connection, position: int) -> Sequence[Counted]:
    """A lesson's evidence in its order."""
    query = select(mastery_answer).where(mastery_answer.c.position == position).order_by(mastery_answer.c.n)
    return [_counted(row) for row in connection.execute(query)]


def run_seen(connection: Connection, position: int) -> Sequence[Seen]:
    """Who saw which key in a lesson, in its order."""
    table = mastery_seen.c
    query = select(table.at, table.pupil, table.activity, table.item).where(table.position == position)
    return sorted(Seen(*row) for row in connection.execute(query))


def keys_shown(connection: Connection, run_ids: Collection[str]) -> Mapping[str, Mapping[str, Collection[str]]]:
    """Run -> activity -> who saw its key there without an answer that counts; of each of these runs."""
    found: dict[str, dict[str, set[str]]] = {run_id: {} for run_id in run_ids}
    table = mastery_seen.c
    query = select(table.run_id, table.activity, table.pupil).where(table.run_id.in_(run_ids))
    for run_id, activity, pupil in connection.execute(query):
        found[run_id].setdefault(activity, set()).add(pupil)
    return found


def lessons_of(connection: Connection, scope: Scope) -> Iterable[tuple[int, str, Sequence[Answer]]]:
    """(position, day, answers) of every lesson of a model, in the order of positions; read as they are asked for.
    Without what was answered again, and lessons of nothing else."""
    table, later = mastery_answer.c, _all_again(connection, scope)
    columns = (table.position, table.n, table.day, table.pupil, table.item, table.objective, table.share, table.weight)
    query = (
        select(*columns)
        .join_from(mastery_run, mastery_answer, mastery_run.c.position == table.position)
        .where(scope.of(mastery_run))
        .order_by(mastery_run.c.position, table.n)
    )
    position, day, found = 0, "", list[Answer]()
    one = dict[str, str]().setdefault  # a name is one object, however many rows it stands in: found by a glance
    about: dict[str | None, tuple[str, ...]] = {None: ()}
    read_as = aliases(connection, scope)
    for at, n, on, pupil, item, objective, share, weight in _streamed(connection, query):
        if later and (at, n) in later:
            continue
        if found and at != position:
            yield position, day, found
            found = []
        position, day = at, on
        if objective not in about:
            about[objective] = (read_as.get(objective, objective),)
        found.append(Answer(one(pupil, pupil), one(item, item), about[objective], share, weight))
    if found:
        yield position, day, found


def meetings(connection: Connection, scope: Scope, pairs: Collection[tuple[str, str]]) -> set[Meeting]:
    """Of these pupils and these items, all that a model's lessons hold."""
    pupils, items = (sorted({pair[place] for pair in pairs}) for place in (0, 1))
    return {
        Meeting(*row)
        for some in in_parts(pupils)
        for few in in_parts(items)
        for table in (mastery_answer, mastery_seen)
        for row in connection.execute(_meetings(scope, table).where(table.c.pupil.in_(some), table.c.item.in_(few)))
    }


def _meetings(scope: Scope, table: Table) -> Select[Any]:
    n = literal(KEY_SEEN) if table is mastery_seen else table.c.n
    return select(table.c.at, table.c.position, n, table.c.pupil, table.c.item).where(scope.of(table))


def _all_again(connection: Connection, scope: Scope) -> Collection[Place]:
    """Where anybody answered again. Few do, so those are found before anything is read of others."""
    table, shown = mastery_answer.c, mastery_seen.c
    query = select(table.pupil, table.item).where(scope.of(mastery_answer)).group_by(table.pupil, table.item)
    met = union(query.having(func.count() > 1), select(shown.pupil, shown.item).where(scope.of(mastery_seen)))
    before = met.subquery()
    is_theirs = and_(before.c.pupil == table.pupil, before.c.item == table.item)
    queries = (_meetings(scope, mastery_answer).join(before, is_theirs), _meetings(scope, mastery_seen))
    return again(Meeting(*row) for one in queries for row in connection.execute(one))


def _streamed(connection: Connection, query: Executable) -> Iterable[Any]:
    """Its rows a few thousand at a time: a model may stand on a million of them."""
    parts = connection.execute(query, execution_options={"yield_per": AT_ONCE}).partitions()
    return chain.from_iterable(parts)


def _counted(row: Any) -> Counted:
    objectives = () if row.objective is None else (row.objective,)
    return Counted(row.activity, row.at, Answer(row.pupil, row.item, objectives, row.share, row.weight))


def is_due(run_seq: ColumnElement[int], subject: ColumnElement[str]) -> ColumnElement[bool]:
    """In a query that joins, outer, `mastery_run`: the lesson was not read, or not as it now is."""
    read = mastery_run.c
    return or_(read.run_id.is_(None), read.seq < run_seq, read.version != VERSION, read.subject != subject)


# --- of one pupil -----------------------------------------------------------------------------------------------------


def evidence(connection: Connection, scope: Scope, pupil: str) -> Sequence[Evidence]:
    """The answers behind a pupil's estimates, the newest first, under the words in which the model has them."""
    table, known = mastery_answer, aliases(connection, scope)
    query = select(table).where(table.c.pupil == pupil, scope.of(table))
    given = connection.execute(query.order_by(table.c.position.desc(), table.c.n.desc())).all()
    shown = _meetings(scope, mastery_seen).where(mastery_seen.c.pupil == pupil)
    met = [Meeting(row.at, row.position, row.n, row.pupil, row.item) for row in given]
    met += [Meeting(*row) for row in connection.execute(shown)]
    later, by_key = again(met), keys_first(met)
    return [
        Evidence(
            row.run_id, row.activity, row.item, known.get(words, words), row.share, row.at, row.day, row.weight,
            (row.position, row.n) in later, key_seen_at=by_key.get((pupil, row.item)),
        )
        for row in given
        for words in (row.objective or "",)
    ]  # fmt: skip


def everything_of(connection: Connection, pupil: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """All rows of one pupil, by table: for the copy that they are given."""
    return {
        table.name: [dict(row._mapping) for row in connection.execute(select(table).where(table.c.pupil == pupil))]
        for table in (*OF_PUPILS, mastery_underway)
    }


# --- what is forgotten ------------------------------------------------------------------------------------------------


def forget_run(connection: Connection, run_id: str) -> None:
    """A lesson's evidence goes, and what followed from it at the next round of jobs."""
    connection.execute(delete(mastery_underway).where(mastery_underway.c.run_id == run_id))
    if read := read_of(connection, run_id):
        for table in OF_RUNS:
            connection.execute(delete(table).where(table.c.run_id == run_id))
        connection.execute(delete(mastery_point).where(mastery_point.c.position == read.position))
        make_stale(connection, [read.scope])


def forget_pupil(connection: Connection, pupil: str, nobody: str) -> int:
    """Everything of one pupil goes over to `nobody`, a random name that stands nowhere else: what items learnt from
    those answers stays as it was, so no other pupil's values change. How many rows."""
    so_far = connection.execute(delete(mastery_underway).where(mastery_underway.c.pupil == pupil)).rowcount
    theirs = (select(table.c.run_id).where(table.c.pupil == pupil) for table in (mastery_answer, mastery_seen))
    connection.execute(update(mastery_run).where(mastery_run.c.run_id.in_(union(*theirs))).values(erased_as=nobody))
    return so_far + sum(
        connection.execute(update(table).where(table.c.pupil == pupil).values(pupil=nobody)).rowcount
        for table in OF_PUPILS
    )
