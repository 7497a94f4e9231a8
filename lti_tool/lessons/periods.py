"""The period log: proposed from a lesson, corrected and signed by its teacher, watched by the school's rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, TypeAlias

from sqlalchemy import func, or_, select

from analytics import reader
from analytics.attendance import Status
from analytics.periods import Form, HalfDay, Share, Taught, Warned, form_of, shares, warnings
from live_session.model import Millis
from lti_tool.clock import local, now, school_year, today
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import rollcall, roster, school_rules
from lti_tool.lessons.rollcall import Standing
from lti_tool.lessons.roster import Pupil
from lti_tool.models import Course, CourseClass, LessonRun, PeriodEntry, Person, SchoolClass
from lti_tool.models.base import new_uid
from lti_tool.text import one_line, whole

LONGEST_TOPIC, LONGEST_REMARKS, LONGEST_WHY = 300, 500, 200
MOST_PERIODS = 6
MOST_PLANNED = 500
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
    entry: PeriodEntry | None = None
    run_id: str | None = None
    absent: Absent | None = None
    has_moved: bool = False
    history: Sequence[tuple[PeriodEntry, str]] = ()


# --- what is proposed -------------------------------------------------------------------------------------------------


def propose(run: LessonRun) -> tuple[Values, Absent]:
    """A line as the lesson itself tells it, and the names behind its counts."""
    began = local(run.started_at)
    half_day = HalfDay.MORNING if began.hour < 12 else HalfDay.AFTERNOON
    passed = began.hour * 60 + began.minute - BEGINS[half_day]
    course = db.session.get(Course, run.context_id)
    pupils, said = roster.everybody(run), rollcall.teachers_words(run.run_id)
    away = _absent(pupils, said)
    values = Values(
        day=began.date(),
        half_day=half_day,
        number=min(MOST_PERIODS, max(1, 1 + passed // SPACING)),
        class_id=run.class_id,
        subject=course.subject if course else "",
        plan_number=_next_planned(run),
        topic=run.title[:LONGEST_TOPIC],
        form=_form(run, pupils, said),
        absent_p=len(away[Status.EXCUSED]),
        absent_k=len(away[Status.ABSENT]),
    )
    return values, away


def absent(run: LessonRun) -> Absent:
    """Who was absent by the teacher's word, with leave and without, by name. Silence makes nobody absent."""
    return _absent(roster.everybody(run), rollcall.teachers_words(run.run_id))


def _absent(pupils: Sequence[Pupil], said: Mapping[int, Standing]) -> Absent:
    found: dict[str, list[str]] = {Status.EXCUSED: [], Status.ABSENT: []}
    for pupil in pupils:
        word = said.get(pupil.person_id)
        if word and word.status in found:
            found[word.status].append(pupil.name)
    return found


def _form(run: LessonRun, pupils: Sequence[Pupil], said: Mapping[int, Standing]) -> Form:
    stored = reader.snapshot_of(db.session.connection(), run.run_id)
    proposals = stored.snapshot.proposals if stored else {}
    words = {who: word.status for who, word in said.items()}
    seen = [words.get(p.person_id, proposals[p.uid].status if p.uid in proposals else None) for p in pupils]
    return form_of(seen.count(Status.ROOM), seen.count(Status.HOME), bool(proposals))


def _next_planned(run: LessonRun) -> int | None:
    """The number after the highest one that this class has in the log of this course."""
    query = select(func.max(PeriodEntry.plan_number)).where(
        PeriodEntry.context_id == run.context_id,
        PeriodEntry.class_id == run.class_id,
        PeriodEntry.id.in_(_newest()),
        ~PeriodEntry.is_void,
    )
    highest = db.session.scalar(query)
    return highest + 1 if highest else None


# --- the book ---------------------------------------------------------------------------------------------------------


def _newest() -> Any:
    """The ids of the rows that count."""
    return select(func.max(PeriodEntry.id)).group_by(PeriodEntry.line)


def month_of(text: str) -> date:
    """The first day of "2026-11"; of this month for anything else."""
    typed, _, month_typed = text.partition("-")
    year, month = whole(typed), whole(month_typed)
    if year is not None and month is not None and 2000 <= year <= 2100 and 1 <= month <= 12:
        return date(year, month, 1)
    return today().replace(day=1)


def month_before(month: date) -> date:
    """The first day before it."""
    return (month - timedelta(days=1)).replace(day=1)


def next_month(month: date) -> date:
    """The first day after it."""
    return (month + timedelta(days=31)).replace(day=1)


def book(context_id: int, month: date) -> list[Line]:
    """The lines of a course in a month, in the order of teaching; lessons that nobody has entered stand between."""
    query = select(PeriodEntry).where(
        PeriodEntry.id.in_(_newest()),
        PeriodEntry.context_id == context_id,
        PeriodEntry.day >= month,
        PeriodEntry.day < next_month(month),
        ~PeriodEntry.is_void,
    )
    lines = [_saved(entry) for entry in db.session.scalars(query)]
    entered = set(db.session.scalars(select(PeriodEntry.run_id).where(PeriodEntry.context_id == context_id)))
    runs = db.session.scalars(
        select(LessonRun).where(LessonRun.context_id == context_id, LessonRun.ended_at.is_not(None))
    )
    lines += [
        _proposed(run)
        for run in runs
        if run.run_id not in entered and month <= local(run.started_at).date() < next_month(month)
    ]
    return sorted(lines, key=lambda one: (one.values.day, one.values.half_day is HalfDay.AFTERNOON, one.values.number))


def line_of(context_id: int, line: str) -> Line:
    """One line of this course, saved or proposed. Raises `Fault`."""
    query = select(PeriodEntry).where(PeriodEntry.line == line).order_by(PeriodEntry.id.desc())
    rows = list(db.session.scalars(query))
    if rows and rows[0].context_id == context_id and not rows[0].is_void:
        names = _names({row.saved_by for row in rows})
        return replace(_saved(rows[0]), history=[(row, names.get(row.saved_by or 0, "")) for row in rows])
    run = db.session.get(LessonRun, line)
    if rows or run is None or run.context_id != context_id:
        raise Fault("period_gone", 404)
    return _proposed(run)


def blank(context_id: int) -> Line:
    """A line for a period that was taught without this tool."""
    course = db.session.get(Course, context_id)
    classes = list(
        db.session.scalars(select(CourseClass.class_id).where(CourseClass.context_id == context_id).limit(2))
    )
    class_id = classes[0] if len(classes) == 1 else None
    subject = course.subject if course else ""
    values = Values(today(), HalfDay.MORNING, 1, class_id, subject, None, "", Form.IN_PERSON)
    return Line("new", values, "", "")


def _saved(entry: PeriodEntry) -> Line:
    values = Values(**{field.name: getattr(entry, field.name) for field in fields(Values)})
    run = db.session.get(LessonRun, entry.run_id) if entry.run_id else None
    away = absent(run) if run else None
    counts = (len(away[Status.EXCUSED]), len(away[Status.ABSENT])) if away else None
    return Line(
        line=entry.line,
        values=values,
        class_name=_class_name(entry.class_id),
        teacher=_names({entry.teacher_id}).get(entry.teacher_id or 0, ""),
        entry=entry,
        run_id=run.run_id if run else None,
        absent=away,
        has_moved=counts is not None and counts != (entry.absent_p, entry.absent_k),
    )


def _proposed(run: LessonRun) -> Line:
    values, away = propose(run)
    return Line(
        line=run.run_id,
        values=values,
        class_name=_class_name(run.class_id),
        teacher=_names({run.started_by}).get(run.started_by or 0, ""),
        run_id=run.run_id,
        absent=away,
    )


def _class_name(class_id: int | None) -> str:
    found = db.session.get(SchoolClass, class_id) if class_id else None
    return found.name if found else ""


def _names(ids: Iterable[int | None]) -> dict[int, str]:
    people = db.session.scalars(select(Person).where(Person.id.in_({one for one in ids if one})))
    return {person.id: person.name for person in people}


# --- writing ----------------------------------------------------------------------------------------------------------


def read(form: Mapping[str, str], classes: Iterable[int], before: Values) -> tuple[Values, set[str]]:
    """(what was typed, the names of fields that cannot be so); those keep what stood there before."""
    faulty: set[str] = set()

    def number(name: str, least: int, most: int) -> int | None:
        text = form.get(name, "").strip()
        typed = whole(text, 5)
        if typed is not None and least <= typed <= most:
            return typed
        if text:
            faulty.add(name)
        return None

    class_id = number("class_id", 1, 99_999)
    if class_id is not None and class_id not in set(classes):
        faulty.add("class_id")
    found = replace(
        before,
        day=_day(form.get("day", ""), before.day, faulty),
        half_day=_word(HalfDay, form, "half_day", before.half_day, faulty),
        number=number("number", 1, MOST_PERIODS) or _missing("number", before.number, faulty),
        class_id=class_id,
        subject=_text(form, "subject", 100, faulty) or _missing("subject", before.subject, faulty),
        plan_number=number("plan_number", 1, MOST_PLANNED),
        topic=_text(form, "topic", LONGEST_TOPIC, faulty),
        form=_word(Form, form, "form", before.form, faulty),
        absent_p=number("absent_p", 0, 100) or 0,
        absent_k=number("absent_k", 0, 100) or 0,
        remarks=_text(form, "remarks", LONGEST_REMARKS, faulty),
    )
    return found, faulty


def _missing(name: str, before: Any, faulty: set[str]) -> Any:
    faulty.add(name)
    return before


def _day(text: str, before: date, faulty: set[str]) -> date:
    """A day that has begun, of this school year or the one before."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _missing("day", before, faulty)  # type: ignore[no-any-return]
    if day > today() or (today() - day).days > 400:
        faulty.add("day")
    return day


def _word(enum: Any, form: Mapping[str, str], name: str, before: Any, faulty: set[str]) -> Any:
    text = form.get(name, "")
    return enum(text) if text in tuple(enum) else _missing(name, before, faulty)


def _text(form: Mapping[str, str], name: str, most: int, faulty: set[str]) -> str:
    typed = form.get(name, "")
    if len(typed) > 2 * most:
        faulty.add(name)
    return one_line(typed, most)


def save(line: Line, values: Values, context_id: int, by: int, *, sign: bool, why: str, void: bool = False) -> str:
    """Add a row to a line, a new line for "new"; its name. What attendance knows is not typed. Raises `Fault` when a
    signed line is changed, or any is taken out, without a reason."""
    before, why = line.entry, one_line(why, LONGEST_WHY)
    if not why and (void or (before is not None and before.is_signed)):
        raise Fault("period_why")
    if line.absent is not None:
        values = replace(values, absent_p=len(line.absent[Status.EXCUSED]), absent_k=len(line.absent[Status.ABSENT]))
    run = db.session.get(LessonRun, line.run_id) if line.run_id else None
    taught_by = before.teacher_id if before else run.started_by if run else by
    entry = PeriodEntry(
        **vars(values),
        line=new_uid() if line.line == "new" else line.line,
        run_id=line.run_id or (before.run_id if before else None),
        context_id=context_id,
        teacher_id=taught_by,
        is_signed=sign,
        is_late=before.is_late if before else today() > values.day,
        is_void=void,
        why=why,
        saved_by=by,
        saved_at=now(),
    )
    db.session.add(entry)
    db.session.flush()
    return entry.line


# --- rules ------------------------------------------------------------------------------------------------------------


def watched(context_id: int, month: date, school: int, moment: Millis) -> tuple[Sequence[Warned], Sequence[Share]]:
    """What the school's rules say of this month, of this course's teachers and classes wherever they were; how much of
    the course's subject was online this school year. Lessons that nobody has entered count as they are proposed."""
    rules = school_rules.at(school, moment).periods
    mine = [taught(line) for line in book(context_id, month)]
    groups, teachers = {one.group for one in mine}, {one.teacher for one in mine}
    others = _elsewhere(context_id, month, groups, teachers)
    said = [
        one
        for one in warnings([*mine, *others], rules, month, local(moment).date())
        if one.teacher in teachers or one.group in groups
    ]
    return said, shares(_of_year(context_id, month))


def taught(line: Line) -> Taught:
    """A line as the rules read it."""
    v = line.values
    run = db.session.get(LessonRun, line.run_id) if line.run_id and line.entry is None else None
    teacher = line.entry.teacher_id if line.entry else run.started_by if run else None
    return Taught(v.day, v.half_day, v.number, str(v.class_id or ""), v.subject, str(teacher or ""), v.form)


def _row(entry: PeriodEntry) -> Taught:
    return Taught(
        entry.day, entry.half_day, entry.number, str(entry.class_id or ""), entry.subject, str(entry.teacher_id or ""),
        entry.form,
    )  # fmt: skip


def _elsewhere(context_id: int, month: date, groups: Iterable[str], teachers: Iterable[str]) -> list[Taught]:
    """Periods of the same classes and the same teachers in other courses."""
    query = select(PeriodEntry).where(
        PeriodEntry.id.in_(_newest()),
        PeriodEntry.context_id != context_id,
        ~PeriodEntry.is_void,
        PeriodEntry.day >= month,
        PeriodEntry.day < next_month(month),
        or_(
            PeriodEntry.class_id.in_([int(one) for one in groups if one]),
            PeriodEntry.teacher_id.in_([int(one) for one in teachers if one]),
        ),
    )
    return [_row(entry) for entry in db.session.scalars(query)]


def _of_year(context_id: int, month: date) -> list[Taught]:
    year = school_year(month)
    query = select(PeriodEntry).where(
        PeriodEntry.id.in_(_newest()), PeriodEntry.context_id == context_id, ~PeriodEntry.is_void
    )
    return [_row(entry) for entry in db.session.scalars(query) if school_year(entry.day) == year]
