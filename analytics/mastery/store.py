"""The SQL of the student model: its values and what they mean; words that are read as others; heads."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Connection,
    Result,
    Table,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from analytics import rows
from analytics.mastery.estimates import OVERALL, Changed, Estimate, Key, Point, State, Trail, Window
from analytics.mastery.evidence import Counted
from analytics.mastery.head import Head, Versioned
from analytics.mastery.model import Difficulty, Pupil, Skill, begin
from analytics.tables import (
    mastery_alias,
    mastery_difficulty,
    mastery_estimate,
    mastery_head,
    mastery_model,
    mastery_point,
)

ITEM, OBJECTIVE = "item", "objective"
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
    for some in in_parts(names):
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


def in_parts(names: Sequence[str]) -> Iterable[Sequence[str]]:
    """As many names together as a statement takes."""
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
