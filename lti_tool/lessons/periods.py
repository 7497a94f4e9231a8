"""The period log: proposed from a lesson, corrected and signed by its teacher, watched by the school's rules."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, or_, select

from analytics.attendance import Status
from analytics.periods import Concern, Form, HalfDay, Share, Taught, Warned, is_time, shares, warnings
from live_session.model import Millis
from lti_tool.clock import days_of_year, local, moment_of, now, today
from lti_tool.errors import Fault
from lti_tool.extensions import db, hold
from lti_tool.lessons import periodlines, school_rules
from lti_tool.lessons.periodlines import LONGEST_TOPIC, MOST_PERIODS, Line, Values, is_newest, is_not_entered
from lti_tool.models import Context, Course, CourseClass, LessonRun, PeriodEntry
from lti_tool.models.base import new_uid
from lti_tool.text import one_line, whole

T = TypeVar("T")

LONGEST_REMARKS, LONGEST_WHY = 500, 200
MOST_PLANNED = 500


# --- the book ---------------------------------------------------------------------------------------------------------


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
    return sorted(periodlines.lines(*_of_month([context_id], month)), key=_in_order)


def taught_in(context_ids: Collection[int], month: date) -> dict[int, list[Taught]]:
    """The month of several courses as the rules read it, by course; nobody's name is read."""
    found: dict[int, list[Taught]] = {context_id: [] for context_id in context_ids}
    for context_id, one in _as_taught(*_of_month(context_ids, month)):
        found[context_id].append(one)
    return found


def _as_taught(entries: Iterable[PeriodEntry], runs: Sequence[LessonRun]) -> Iterator[tuple[int, Taught]]:
    """These savings and these lessons as the rules read them, each with its course: a lesson that nobody has entered
    counts as it is proposed."""
    for entry in entries:
        yield entry.context_id, _taught(periodlines.values_of(entry), entry.teacher_id)
    for run, values in periodlines.proposed(runs) if runs else ():
        yield run.context_id, _taught(values, run.started_by)


def _of_month(context_ids: Collection[int], month: date) -> tuple[list[PeriodEntry], list[LessonRun]]:
    """What was saved of a month, and the lessons that nobody has entered."""
    return _between(
        month, next_month(month), PeriodEntry.context_id.in_(context_ids), LessonRun.context_id.in_(context_ids)
    )


def _between(
    first: date, after: date, of_entries: ColumnElement[bool], of_runs: ColumnElement[bool]
) -> tuple[list[PeriodEntry], list[LessonRun]]:
    """What was saved of some days, and the lessons of these days that are over and that nobody has entered."""
    entries = select(PeriodEntry).where(
        of_entries,
        PeriodEntry.day >= first,
        PeriodEntry.day < after,
        is_newest(),
        ~PeriodEntry.is_void,
    )
    runs = select(LessonRun).where(
        of_runs,
        LessonRun.ended_at.is_not(None),
        LessonRun.started_at >= _midnight(first),
        LessonRun.started_at < _midnight(after),
        is_not_entered(),
    )
    return list(db.session.scalars(entries)), list(db.session.scalars(runs))


def _midnight(day: date) -> Millis:
    return moment_of(datetime.combine(day, time()))


def _in_order(one: Line) -> tuple[date, bool, int]:
    return one.values.day, one.values.half_day is HalfDay.AFTERNOON, one.values.number


def line_of(context_id: int, line: str) -> Line:
    """One line of this course, saved or proposed. Raises `Fault`."""
    query = select(PeriodEntry).where(PeriodEntry.line == line).order_by(PeriodEntry.id.desc())
    rows = list(db.session.scalars(query))
    if rows and rows[0].context_id == context_id and not rows[0].is_void:
        names = periodlines.names({row.saved_by for row in rows})
        (found,) = periodlines.lines(rows[:1], ())
        return replace(found, history=[(row, names.get(row.saved_by or 0, "")) for row in rows])
    run = db.session.get(LessonRun, line)
    if rows or run is None or run.context_id != context_id:
        raise Fault("period_gone", 404)
    (found,) = periodlines.lines((), [run])
    return found


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

    class_id = whole(text) if (text := form.get("class_id", "").strip()) else None
    if text and class_id not in set(classes):
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


def _missing(name: str, before: T, faulty: set[str]) -> T:
    faulty.add(name)
    return before


def _day(text: str, before: date, faulty: set[str]) -> date:
    """A day that has begun, of this school year or the one before."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _missing("day", before, faulty)
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


def save(
    line: Line,
    values: Values,
    context_id: int,
    by: int,
    *,
    sign: bool,
    why: str,
    void: bool = False,
    seen: int | None = None,
) -> str:
    """Add a row to a line, a new line for "new"; its name. What attendance knows is not typed. Raises `Fault` when a
    signed line is changed, or any is taken out, without a reason; when somebody else has saved the line since its form
    was shown (`seen`: the row it showed, 0 for none)."""
    _hold(line, context_id, seen)
    before, why = line.entry, one_line(why, LONGEST_WHY)
    if not why and (void or (before is not None and before.is_signed)):
        raise Fault("period_why")
    entry = PeriodEntry(
        **vars(_as_attended(line, values)),
        line=new_uid() if line.line == "new" else line.line,
        run_id=line.run_id or (before.run_id if before else None),
        context_id=context_id,
        teacher_id=_teacher_of(line, by),
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


def _as_attended(line: Line, values: Values) -> Values:
    if line.absent is None:
        return values
    return replace(values, absent_p=len(line.absent[Status.EXCUSED]), absent_k=len(line.absent[Status.ABSENT]))


def _teacher_of(line: Line, by: int) -> int | None:
    """Whose period it is: who taught the lesson; of one without a lesson, who wrote it down first."""
    run = db.session.get(LessonRun, line.run_id) if line.run_id else None
    return line.entry.teacher_id if line.entry else run.started_by if run else by


def _hold(line: Line, context_id: int, seen: int | None) -> None:
    """Two windows save one after the other, and the second is told of the first."""
    hold(Context.id, context_id)
    stands = db.session.scalar(select(func.max(PeriodEntry.id)).where(PeriodEntry.line == line.line)) or 0
    known = line.entry.id if line.entry else 0
    if stands != known or seen not in (None, stands):
        raise Fault("period_changed", 409)


# --- rules ------------------------------------------------------------------------------------------------------------


def watched(
    context_id: int, month: date, school: int, moment: Millis, lines: Iterable[Line]
) -> tuple[Sequence[Warned], Sequence[Share]]:
    """What the school's rules say of this month, of this course's teachers and classes wherever they were; how much of
    the course's subject was online this school year. `lines`: the month's book; lessons that nobody has entered count
    as they are proposed, here and in other courses, in the month and in the year."""
    rules = school_rules.at(school, moment).periods
    mine = [_taught(line.values, line.teacher_id) for line in lines]
    groups, teachers = {one.group for one in mine}, {one.teacher for one in mine}
    others = _elsewhere(context_id, month, groups, teachers)
    said = [
        one
        for one in warnings([*mine, *others], rules, month, local(moment).date())
        if one.teacher in teachers or one.group in groups
    ]
    return said, shares(_of_year(context_id, month))


def owed_by(teacher: int, school: int, moment: Millis) -> Warned | None:
    """In the last days of the month: that this teacher has taught too few of its periods online, in all courses."""
    rules, day = school_rules.at(school, moment).periods, local(moment).date()
    month = day.replace(day=1)
    if not rules.month_least or not is_time(month, day, rules.warn_days):
        return None
    own = (PeriodEntry.teacher_id == teacher, LessonRun.started_by == teacher)
    mine = [one for _, one in _as_taught(*_between(month, next_month(month), *own))]
    said = warnings(mine, rules, month, day)
    return next((one for one in said if one.concern is Concern.MONTH), None)


def _taught(v: Values, teacher: int | None) -> Taught:
    """A line as the rules read it."""
    return Taught(v.day, v.half_day, v.number, str(v.class_id or ""), v.subject, str(teacher or ""), v.form)


def _elsewhere(context_id: int, month: date, groups: Iterable[str], teachers: Iterable[str]) -> list[Taught]:
    """Periods of the same classes and the same teachers in other courses."""
    classes, people = [int(one) for one in groups if one], [int(one) for one in teachers if one]
    found = _between(
        month,
        next_month(month),
        (PeriodEntry.context_id != context_id)
        & or_(PeriodEntry.class_id.in_(classes), PeriodEntry.teacher_id.in_(people)),
        (LessonRun.context_id != context_id) & or_(LessonRun.class_id.in_(classes), LessonRun.started_by.in_(people)),
    )
    return [one for _, one in _as_taught(*found)]


def _of_year(context_id: int, month: date) -> list[Taught]:
    """The course's periods of the school year that this month belongs to."""
    first, after = days_of_year(month)
    found = _between(first, after, PeriodEntry.context_id == context_id, LessonRun.context_id == context_id)
    return [one for _, one in _as_taught(*found)]
