"""The SQL of the student model: evidence in, values and what they mean out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Result,
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
from analytics.mastery.estimates import OVERALL, Changed, Estimate, Key, Point, State, Trail, Window
from analytics.mastery.evidence import KEY_SEEN, Counted, Meeting, Place, again, keys_first
from analytics.mastery.head import Head, Versioned
from analytics.mastery.model import Answer, Difficulty, Pupil, Skill, begin
from analytics.mastery.seen import Seen
from analytics.tables import (
    mastery_alias,
    mastery_answer,
    mastery_cursor,
    mastery_difficulty,
    mastery_estimate,
    mastery_head,
    mastery_model,
    mastery_point,
    mastery_run,
    mastery_seen,
    mastery_underway,
)
from live_session.model import Millis

VERSION = 4
"""Of what counts as evidence; a release that counts otherwise reads every log again."""
ITEM, OBJECTIVE = "item", "objective"
AT_ONCE = 5_000
"""Rows that are fetched together."""
OF_RUNS = (mastery_answer, mastery_seen, mastery_run)
"""Tables in which a lesson stands with its evidence."""
OF_PUPILS = (mastery_answer, mastery_seen, mastery_estimate, mastery_point)
"""Tables in which a pupil stands: what goes over to nobody, and what the copy holds."""
MOST_NAMES = 500
"""Names in one question: SQLite and PostgreSQL bound the variables of a statement."""


class Way(msgspec.Struct, frozen=True):
    """What of an estimate the next lesson needs."""

    skill: Skill
    days: tuple[str, ...]
    windows: tuple[Window, ...]


_estimates = msgspec.json.Decoder(Estimate)
_ways = msgspec.json.Decoder(Way)
_heads = msgspec.json.Decoder(Head)
_encode = msgspec.json.Encoder().encode
_pupils = msgspec.json.Decoder(Pupil)


class Scope(msgspec.Struct, frozen=True):
    """A school and a subject: what has a model of its own."""

    school: int
    subject: str

    def of(self, table: Table) -> ColumnElement[bool]:
        return and_(table.c.school == self.school, table.c.subject == self.subject)

    @property
    def columns(self) -> dict[str, Any]:
        return {"school": self.school, "subject": self.subject}


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


# --- lessons and their evidence -------------------------------------------------------------------------------------


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
        for some in _in_parts(pupils)
        for few in _in_parts(items)
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


# --- words of objectives ---------------------------------------------------------------------------------------------


def aliases(connection: Connection, scope: Scope) -> Mapping[str, str]:
    """Words of objectives that are read as others, with those; no chains."""
    query = select(mastery_alias.c.objective, mastery_alias.c.stands_for).where(scope.of(mastery_alias))
    return {row.objective: row.stands_for for row in connection.execute(query)}


def join(connection: Connection, scope: Scope, words: str, earlier: str) -> None:
    """Read `earlier`, and what is read as it, as these words, or as what these are read as. The model must be made
    anew; its evidence stays as it was said."""
    known = aliases(connection, scope)
    old, new = known.get(earlier, earlier), known.get(words, words)
    new = words if new == old else new
    changed = {name: new for name in (old, *(name for name, to in known.items() if to == old)) if name != new}
    part(connection, scope, [*changed, new])
    rows.put(connection, mastery_alias, ((scope.school, scope.subject, name, to) for name, to in changed.items()))


def part(connection: Connection, scope: Scope, words: Collection[str]) -> None:
    """Read these words as themselves again."""
    connection.execute(delete(mastery_alias).where(scope.of(mastery_alias), mastery_alias.c.objective.in_(words)))
    make_stale(connection, [scope])


def read_as(found: Sequence[Counted], known: Mapping[str, str]) -> Sequence[Counted]:
    """A lesson's evidence in the words in which the model has it."""
    if not known:
        return found
    answers = (
        (one, replace(one.answer, objectives=tuple(known.get(o, o) for o in one.answer.objectives))) for one in found
    )
    return [replace(one, answer=answer) for one, answer in answers]


# --- the model ------------------------------------------------------------------------------------------------------


def stale(connection: Connection) -> Sequence[Scope]:
    """Models that must be made anew."""
    query = select(mastery_model.c.school, mastery_model.c.subject).where(mastery_model.c.is_stale)
    return [Scope(*row) for row in connection.execute(query.order_by(*mastery_model.primary_key))]


def make_stale(connection: Connection, scopes: Iterable[Scope]) -> None:
    """These models must be made anew: evidence behind them has changed."""
    for scope in scopes:
        connection.execute(update(mastery_model).where(scope.of(mastery_model)).values(is_stale=True))


def load(connection: Connection, scope: Scope, answers: Sequence[Counted]) -> State:
    """The model as far as these answers need it: their pupils on their objectives, and all items of those."""
    model = begin(counts_tries=False)
    model.answers = answers_of(connection, scope)
    state = State(model)
    objectives = sorted({name for one in answers for name in one.answer.objectives})
    for row in _difficulties(connection, scope, sorted({one.answer.item for one in answers}), objectives):
        difficulty = Difficulty(row.value, row.variance, row.n)
        if row.kind == OBJECTIVE:
            model.objectives[row.name] = difficulty
            continue
        model.items[row.name] = difficulty
        if row.objective:
            state.ask_for(row.name, row.objective)
    names = sorted({one.answer.pupil for one in answers})
    table = mastery_estimate.c
    for some in _in_parts(names):
        query = select(table.pupil, table.objective, table.body).where(
            scope.of(mastery_estimate), table.pupil.in_(some), table.objective.in_([OVERALL, *objectives])
        )
        for pupil, objective, body in connection.execute(query):
            if objective == OVERALL:
                model.pupils[pupil] = _pupils.decode(body)
            else:
                before = _ways.decode(body)
                model.skills[pupil, objective] = before.skill
                state.trails[pupil, objective] = Trail(before.days, before.windows)
    return state


def _difficulties(connection: Connection, scope: Scope, items: Sequence[str], objectives: Sequence[str]) -> Result[Any]:
    """Of these items, of all other items of these objectives, and of the objectives themselves."""
    table = mastery_difficulty.c
    is_asked = and_(table.kind == ITEM, or_(table.name.in_(items), table.objective.in_(objectives)))
    is_theirs = and_(table.kind == OBJECTIVE, table.name.in_(objectives))
    return connection.execute(select(mastery_difficulty).where(scope.of(mastery_difficulty), or_(is_asked, is_theirs)))


def _in_parts(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[start : start + MOST_NAMES] for start in range(0, len(names), MOST_NAMES))


def save(connection: Connection, scope: Scope, position: int, state: State, changed: Changed) -> None:
    """Write what a lesson has changed."""
    save_points(connection, scope, ((position, who, one) for who, one in changed.points.items()))
    save_estimates(connection, scope, changed.estimates.items())
    save_pupils(connection, scope, state, changed.points)
    save_difficulties(connection, scope, state, changed.items, changed.objectives)


def save_points(connection: Connection, scope: Scope, points: Iterable[tuple[int, str, Point]]) -> None:
    """Where pupils stood after lessons, by position."""
    rows.put(
        connection,
        mastery_point,
        (
            (scope.school, scope.subject, who, position, one.day, one.value, one.low, one.high, one.n)
            for position, who, one in points
        ),
    )


def save_estimates(connection: Connection, scope: Scope, known: Iterable[tuple[Key, Estimate]]) -> None:
    """Pupils on objectives."""
    rows.put(
        connection,
        mastery_estimate,
        (
            (scope.school, scope.subject, who, objective, one.skill.n, _encode(one).decode())
            for (who, objective), one in known
        ),
    )


def save_pupils(connection: Connection, scope: Scope, state: State, pupils: Iterable[str]) -> None:
    """Pupils as a whole, and how many answers the model has seen."""
    known = state.model.pupils
    rows.put(
        connection,
        mastery_estimate,
        ((scope.school, scope.subject, who, OVERALL, known[who].n, _encode(known[who]).decode()) for who in pupils),
    )
    rows.put(connection, mastery_model, [(scope.school, scope.subject, state.model.answers, False)])


def save_difficulties(
    connection: Connection, scope: Scope, state: State, items: Collection[str], objectives: Collection[str]
) -> None:
    """Items and objectives."""
    model, of = state.model, state.objective_of
    found = [(ITEM, name, of.get(name, ""), model.items[name]) for name in sorted(items)]
    found += [(OBJECTIVE, name, "", model.objectives[name]) for name in sorted(objectives)]
    rows.put(
        connection,
        mastery_difficulty,
        ((scope.school, scope.subject, kind, name, of, d.value, d.variance, d.n) for kind, name, of, d in found),
    )


def clear(connection: Connection, scope: Scope) -> None:
    """Forget a model's values; its evidence stays. A model without evidence is gone for good."""
    for table in (mastery_difficulty, mastery_estimate, mastery_point, mastery_model):
        connection.execute(delete(table).where(scope.of(table)))


# --- heads ----------------------------------------------------------------------------------------------------------


def scopes(connection: Connection) -> Sequence[Scope]:
    """Every model there is."""
    query = select(mastery_model.c.school, mastery_model.c.subject).order_by(*mastery_model.primary_key)
    return [Scope(*row) for row in connection.execute(query)]


def objectives(connection: Connection, scope: Scope) -> Sequence[str]:
    """Every objective that a model has met, by the words it had then."""
    query = select(mastery_difficulty.c.name).where(
        scope.of(mastery_difficulty), mastery_difficulty.c.kind == OBJECTIVE
    )
    return connection.execute(query).scalars().all()


def answers_of(connection: Connection, scope: Scope) -> int:
    """How many answers a model has seen."""
    return connection.execute(select(mastery_model.c.answers).where(scope.of(mastery_model))).scalar() or 0


def heads(connection: Connection, scope: Scope) -> Sequence[Versioned]:
    """Every head that a model has had, the oldest first."""
    query = select(mastery_head).where(scope.of(mastery_head)).order_by(mastery_head.c.version)
    return [
        Versioned(row.version, row.position, row.answers, row.at, _heads.decode(row.body))
        for row in connection.execute(query)
    ]


def add_head(connection: Connection, scope: Scope, new: Versioned) -> None:
    """Keep one more. No version is ever written over."""
    row = {"version": new.version, "position": new.position, "answers": new.answers, "at": new.at}
    connection.execute(insert(mastery_head), [{**scope.columns, **row, "body": _encode(new.head).decode()}])


# --- what is forgotten ----------------------------------------------------------------------------------------------


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


# --- for pages ------------------------------------------------------------------------------------------------------


def estimates(connection: Connection, scope: Scope, pupils: Collection[str]) -> Mapping[tuple[str, str], Estimate]:
    """What is known of these pupils, by pupil and objective."""
    if not pupils:
        return {}
    table = mastery_estimate
    query = select(table.c.pupil, table.c.objective, table.c.body).where(
        scope.of(table), table.c.pupil.in_(sorted(pupils)), table.c.objective != OVERALL
    )
    rows = connection.execute(query.order_by(table.c.pupil, table.c.objective))
    return {(row.pupil, row.objective): _estimates.decode(row.body) for row in rows}


def points(connection: Connection, scope: Scope, pupil: str) -> Sequence[Point]:
    """A pupil's way through the lessons, the oldest first."""
    table = mastery_point
    names = Point.__struct_fields__
    query = select(*(table.c[name] for name in names)).where(scope.of(table), table.c.pupil == pupil)
    return [Point(*row) for row in connection.execute(query.order_by(table.c.position))]


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


def is_due(run_seq: ColumnElement[int], subject: ColumnElement[str]) -> ColumnElement[bool]:
    """In a query that joins, outer, `mastery_run`: the lesson was not read, or not as it now is."""
    read = mastery_run.c
    return or_(read.run_id.is_(None), read.seq < run_seq, read.version != VERSION, read.subject != subject)
