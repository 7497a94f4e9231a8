"""Lines of the period log: what was saved, and what a lesson proposes by itself.

What stands behind the lines of a month is read together, in as many statements for a hundred lessons as for one; from
the counts that a job has finished, not from a lesson's snapshot, unless a teacher has said something since.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from analytics import reader
from analytics.attendance import Status
from analytics.periods import Form, HalfDay, form_of
from live_session.model import Millis
from lti_tool.clock import local
from lti_tool.extensions import db
from lti_tool.lessons import rollcall, roster
from lti_tool.lessons.roster import Pupil
from lti_tool.models import Course, LessonRun, PeriodEntry, Person, SchoolClass

LONGEST_TOPIC = 300
MOST_PERIODS = 6
BEGINS = {HalfDay.MORNING: 7 * 60, HalfDay.AFTERNOON: 13 * 60}
"""When the half-days begin, in minutes: only for a first guess at the period's number."""
SPACING = 50


Absent: TypeAlias = Mapping[str, Sequence[str]]
"""Names of the absent, with leave and without."""


@dataclass(frozen=True)
class Values:
    """What stands in a line."""

    day: date
    half_day: HalfDay
    number: int
    class_id: int | None
    subject: str
    plan_number: int | None
    topic: str
    form: Form
    absent_p: int = 0
    absent_k: int = 0
    remarks: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the log: what was saved last, or, of a lesson that nobody has entered yet, what is proposed. `absent`
    are the names behind the counts; `has_moved`: attendance says something else than the line since it was saved."""

    line: str
    values: Values
    class_name: str
    teacher: str
    teacher_id: int | None = None
    entry: PeriodEntry | None = None
    run_id: str | None = None
    absent: Absent | None = None
    has_moved: bool = False
    history: Sequence[tuple[PeriodEntry, str]] = ()


def is_newest() -> ColumnElement[bool]:
    """In a query on `PeriodEntry`: the row of its line that counts."""
    later = aliased(PeriodEntry)
    return ~exists().where(later.line == PeriodEntry.line, later.id > PeriodEntry.id)


def is_not_entered() -> ColumnElement[bool]:
    """In a query on `LessonRun`: nobody has entered that lesson. A lesson's line has its name, and one that was taken
    out stays out."""
    return ~exists().where(PeriodEntry.line == LessonRun.run_id)


# --- what is proposed -------------------------------------------------------------------------------------------------


def proposed(runs: Sequence[LessonRun]) -> list[tuple[LessonRun, Values]]:
    """Each lesson's line as the lesson itself tells it, but for who was absent and for its number in the plan."""
    query = select(Course.context_id, Course.subject).where(Course.context_id.in_({run.context_id for run in runs}))
    subjects = {row.context_id: row.subject for row in db.session.execute(query)}
    forms = _forms(runs)
    return [(run, _values(run, subjects.get(run.context_id, ""), forms[run.run_id])) for run in runs]


def _values(run: LessonRun, subject: str, form: Form) -> Values:
    day, half_day, number = _when(run.started_at)
    return Values(
        day=day,
        half_day=half_day,
        number=number,
        class_id=run.class_id,
        subject=subject,
        plan_number=None,
        topic=run.title[:LONGEST_TOPIC],
        form=form,
    )


def _when(started_at: Millis) -> tuple[date, HalfDay, int]:
    """Which period of which half-day it was, as far as the clock tells."""
    began = local(started_at)
    half_day = HalfDay.MORNING if began.hour < 12 else HalfDay.AFTERNOON
    passed = began.hour * 60 + began.minute - BEGINS[half_day]
    return began.date(), half_day, min(MOST_PERIODS, max(1, 1 + passed // SPACING))


def plan_numbers(runs: Sequence[LessonRun]) -> dict[str, int]:
    """Which number in the plan each of these lessons has, and each other of their courses, that nobody has entered: of
    its class in its course, the highest that was entered before, and one more for each lesson since."""
    if not runs:
        return {}
    contexts, taught = {run.context_id for run in runs}, dict[tuple[int, int | None], list[Turn]]()
    for (context_id, class_id), one in [*_numbered(contexts), *_waiting(contexts, [run.run_id for run in runs])]:
        taught.setdefault((context_id, class_id), []).append(one)
    found = {}
    for lessons in taught.values():
        highest = since = 0
        for one in sorted(lessons):
            if one.run_id:
                since += 1
                found[one.run_id] = highest + since
            elif one.plan_number > highest:
                highest, since = one.plan_number, 0
    return found


class Turn(NamedTuple):
    """A period in the order of teaching: entered with a number in the plan, or a lesson that nobody has entered."""

    day: date
    is_afternoon: bool
    number: int
    started_at: Millis
    plan_number: int
    run_id: str


Numbered: TypeAlias = Iterable[tuple[tuple[int, int | None], Turn]]
"""Periods by course and class."""


def _numbered(context_ids: Collection[int]) -> Numbered:
    query = (
        select(PeriodEntry)
        .where(PeriodEntry.context_id.in_(context_ids), PeriodEntry.plan_number.is_not(None))
        .where(is_newest(), ~PeriodEntry.is_void)
    )
    for one in db.session.scalars(query):
        is_afternoon = one.half_day is HalfDay.AFTERNOON
        yield (one.context_id, one.class_id), Turn(one.day, is_afternoon, one.number, 0, one.plan_number or 0, "")


def _waiting(context_ids: Collection[int], run_ids: Collection[str]) -> Numbered:
    """Lessons that are over; of those that go on, the ones that are asked for."""
    query = select(LessonRun.context_id, LessonRun.class_id, LessonRun.run_id, LessonRun.started_at).where(
        LessonRun.context_id.in_(context_ids),
        LessonRun.ended_at.is_not(None) | LessonRun.run_id.in_(run_ids),
        is_not_entered(),
    )
    for context_id, class_id, run_id, started_at in db.session.execute(query):
        day, half_day, number = _when(started_at)
        yield (context_id, class_id), Turn(day, half_day is HalfDay.AFTERNOON, number, started_at, 0, run_id)


def _forms(runs: Sequence[LessonRun]) -> dict[str, Form]:
    """How each lesson was taught. Its counts say it where somebody was there by them; without them, or where a teacher
    has spoken since they were made, the signs and the words themselves."""
    ids, connection = [run.run_id for run in runs], db.session.connection()
    made, said = reader.computed_at(connection, ids), rollcall.last_said(ids)
    found = {
        run_id: form_of(counts.room, counts.home, True)
        for run_id, counts in reader.counts_of(connection, ids).items()
        if counts.room + counts.home and said.get(run_id, 0) < made.get(run_id, 0)
    }
    return found | _forms_by_signs([run for run in runs if run.run_id not in found])


def _forms_by_signs(runs: Sequence[LessonRun]) -> dict[str, Form]:
    if not runs:
        return {}
    ids = [run.run_id for run in runs]
    places, said = reader.places_of(db.session.connection(), ids), rollcall.teachers_words_in(ids)
    pupils = _pupils({run.context_id for run in runs})
    found = {}
    for run in runs:
        signs, words = places.get(run.run_id, {}), said.get(run.run_id, {})
        seen = [
            words[p.person_id].status if p.person_id in words else signs[p.uid].status if p.uid in signs else None
            for p in pupils[run.context_id]
        ]
        found[run.run_id] = form_of(seen.count(Status.ROOM), seen.count(Status.HOME), bool(signs))
    return found


# --- lines ------------------------------------------------------------------------------------------------------------


def lines(entries: Sequence[PeriodEntry], runs: Sequence[LessonRun]) -> list[Line]:
    """The line of each of these savings, and of each of these lessons that nobody has entered."""
    absent = _absent([*_runs({entry.run_id for entry in entries if entry.run_id}), *runs])
    classes = _classes({*(entry.class_id for entry in entries), *(run.class_id for run in runs)})
    people = names({*(entry.teacher_id for entry in entries), *(run.started_by for run in runs)})
    saved = [_saved(entry, absent, classes, people) for entry in entries]
    numbers = plan_numbers(runs)
    return saved + [
        _proposed(run, replace(values, plan_number=numbers.get(run.run_id)), absent[run.run_id], classes, people)
        for run, values in proposed(runs)
    ]


def values_of(entry: PeriodEntry) -> Values:
    """What was saved."""
    return Values(**{field.name: getattr(entry, field.name) for field in fields(Values)})


def _saved(
    entry: PeriodEntry,
    absent: Mapping[str, Absent],
    classes: Mapping[int, str],
    people: Mapping[int, str],
) -> Line:
    run_id = entry.run_id
    away = absent.get(run_id) if run_id else None
    return Line(
        line=entry.line,
        values=values_of(entry),
        class_name=classes.get(entry.class_id or 0, ""),
        teacher=people.get(entry.teacher_id or 0, ""),
        teacher_id=entry.teacher_id,
        entry=entry,
        run_id=run_id if away is not None else None,
        absent=away,
        has_moved=away is not None and _counts(away) != (entry.absent_p, entry.absent_k),
    )


def _proposed(
    run: LessonRun, values: Values, away: Absent, classes: Mapping[int, str], people: Mapping[int, str]
) -> Line:
    absent_p, absent_k = _counts(away)
    return Line(
        line=run.run_id,
        values=replace(values, absent_p=absent_p, absent_k=absent_k),
        class_name=classes.get(run.class_id or 0, ""),
        teacher=people.get(run.started_by or 0, ""),
        teacher_id=run.started_by,
        run_id=run.run_id,
        absent=away,
    )


def _counts(away: Absent) -> tuple[int, int]:
    return len(away[Status.EXCUSED]), len(away[Status.ABSENT])


def _absent(runs: Sequence[LessonRun]) -> dict[str, Absent]:
    """Who was absent from each lesson by the teacher's word, with leave and without, by name; its own class first.
    Silence makes nobody absent."""
    said = rollcall.teachers_words_in([run.run_id for run in runs])
    pupils = _pupils({run.context_id for run in runs if run.run_id in said})
    found: dict[str, Absent] = {}
    for run in runs:
        away: dict[str, list[str]] = {Status.EXCUSED: [], Status.ABSENT: []}
        words = said.get(run.run_id, {})
        listed = [p for p in pupils.get(run.context_id, ()) if p.person_id in words]
        for pupil in sorted(listed, key=lambda p: p.class_id not in (None, run.class_id)):
            if (status := words[pupil.person_id].status) in away:
                away[status].append(pupil.name)
        found[run.run_id] = away
    return found


# --- rows -------------------------------------------------------------------------------------------------------------


def _pupils(context_ids: Iterable[int]) -> dict[int, Sequence[Pupil]]:
    """Everybody who is or was a pupil of these courses."""
    return {context_id: roster.pupils(context_id, with_former=True) for context_id in context_ids}


def _runs(run_ids: Iterable[str]) -> Sequence[LessonRun]:
    return db.session.scalars(select(LessonRun).where(LessonRun.run_id.in_(run_ids))).all()


def _classes(ids: Iterable[int | None]) -> dict[int, str]:
    query = select(SchoolClass.id, SchoolClass.name).where(SchoolClass.id.in_({one for one in ids if one}))
    return {row.id: row.name for row in db.session.execute(query)}


def names(ids: Iterable[int | None]) -> dict[int, str]:
    """What these persons are called."""
    query = select(Person.id, Person.name).where(Person.id.in_({one for one in ids if one}))
    return {row.id: row.name for row in db.session.execute(query)}
