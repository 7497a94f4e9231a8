"""What a school's long questions stand on beside the answers: classes' weeks, the period book, what was prepared and
what of it was asked. Counts and plans, as a head of department sees them; no pupil is read, and a teacher is a number
that means nothing outside its month."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TypeAlias

from sqlalchemy import func, or_, select

from analytics import pool, reader
from analytics.periods import PeriodRules, Taught, is_exempt
from lti_tool.clock import local, now, today
from lti_tool.extensions import db
from lti_tool.lessons import departments, periods, school_rules
from lti_tool.lessons.departments import Part, Term, term_with
from lti_tool.lessons.marks import TERMS
from lti_tool.models import Context, Course, Deployment, LessonRun, PeriodEntry, Practice, Registration, SchoolClass

Row: TypeAlias = tuple[object, ...]
COUNTED = (
    "lessons", "pupils", "room", "home", "late", "absent", "not_seen", "asked", "answered", "scored", "right",
    "high", "middle", "low",
)  # fmt: skip


def tables(tell: Callable[[str], None]) -> dict[str, Sequence[Row]]:
    """Rows by table, in the order of `analytics.school.columns`."""
    schools = list(db.session.scalars(select(Registration.id).order_by(Registration.id)))
    rules = {school: school_rules.at(school, now()).periods for school in schools}
    found: dict[str, Sequence[Row]] = {}
    found["weeks"] = sorted(row for school in schools for row in _weeks(school))
    found["rules"] = [(s, r.month_least, r.half_day_most, r.row_most, r.share_target) for s, r in rules.items()]
    tell(f"facts: weeks of classes: {len(found['weeks'])}")
    found["periods"] = sorted(row for month in _months() for row in _periods(month, rules))
    tell(f"facts: periods: {len(found['periods'])}")
    for name, rows in _prepared().items():
        found[name] = sorted(rows)
    tell(f"facts: questions and objectives: {len(found['questions'])}")
    return found


def _weeks(school: int) -> Iterator[Row]:
    known = {one.id: one for one in db.session.scalars(select(SchoolClass).filter_by(registration_id=school))}
    terms: dict[str, Term] = {}
    for row in reader.class_weeks(db.session.connection(), school):
        if one := known.get(row.class_id):
            term = terms.setdefault(row.week, term_with(date.fromisoformat(row.week)))
            counts = (getattr(row, name) for name in COUNTED)
            few = int(row.share_right.is_hidden)
            yield (school, *term, row.week, one.grade, one.name, row.subject, *counts, few)


# --- the period book --------------------------------------------------------------------------------------------------


def _months() -> Iterator[date]:
    """From the first of which something is known to this one."""
    started, entered = (db.session.scalar(select(func.min(of))) for of in (LessonRun.started_at, PeriodEntry.day))
    days = [day for day in (local(started).date() if started else None, entered) if day]
    month = min(days, default=today()).replace(day=1)
    while month <= today():
        yield month
        month = periods.next_month(month)


def _periods(month: date, rules: Mapping[int, PeriodRules]) -> Iterator[Row]:
    """A month's periods of all schools. Teachers are numbered in each school as they come."""
    query = select(Course.context_id, Deployment.registration_id).join(Context, Context.id == Course.context_id)
    school_of = {row[0]: row[1] for row in db.session.execute(query.join(Context.deployment))}
    names = {str(key): name for key, name in db.session.execute(select(SchoolClass.id, SchoolClass.name))}
    taught: dict[int, list[Taught]] = defaultdict(list)
    for context_id, some in periods.taught_in(school_of, month).items():
        taught[school_of[context_id]] += some
    for school, own in taught.items():
        numbers: dict[str, int] = {"": 0}
        exempt = {subject: int(is_exempt(subject, rules[school].exempt)) for subject in {one.subject for one in own}}
        for one in sorted(own):
            teacher = numbers.setdefault(one.teacher, len(numbers))
            when = (f"{one.day:%Y-%m}", one.day.isoformat(), one.half_day.value, one.number)
            about = (names.get(one.group, ""), one.form.value, exempt[one.subject], teacher)
            yield (school, one.subject, *when, *about)


# --- what was prepared, and asked -------------------------------------------------------------------------------------


def _prepared() -> dict[str, list[Row]]:
    """The tables `questions`, `asked` and `classes`, school by school and year by year."""
    found: dict[str, list[Row]] = {"questions": [], "asked": [], "classes": []}
    scope = sorted(departments.everywhere(), key=_school_year)
    for (school, year), own in groupby(scope, key=_school_year):
        mine = list(own)
        about = {part.context_id: (part.subject, part.grade) for part in mine}
        known = departments.prepared_in(about, departments.reworded_in(mine))
        asked, flagged, lessons = _asked(mine, year, known.of)
        practised = _practised(about, year)
        head = (school, year)
        for uid, key in known.of.items():
            counts = (1, int(uid in known.shared), asked[uid], practised[uid], int(uid in flagged))
            found["questions"].append((*head, *key, *counts))
        found["questions"] += [(*head, *key, 0, 0, 0, 0, 0) for key in known.objectives if key[2]]
        found["asked"] += [(*head, *key, name, len(some), sum(some)) for (name, key), some in lessons.items()]
        found["classes"] += {(*head, p.subject, p.grade, p.class_name) for p in mine}
    return found


def _school_year(part: Part) -> tuple[int, str]:
    return part.school, part.school_year


Lessons: TypeAlias = Mapping[tuple[str, departments.Key], Sequence[int]]
"""(class, objective) -> of each lesson that asked it, how many questions of it."""


def _asked(
    mine: Sequence[Part], year: str, of: Mapping[str, departments.Key]
) -> tuple[Counter[str], set[str], Lessons]:
    """In how many lessons of the year each question was asked; those that a flag says to look at; the lessons."""
    names: dict[int | None, str] = {part.class_id: part.class_name for part in mine}
    taught = select(LessonRun.run_id, LessonRun.class_id).where(
        LessonRun.context_id.in_({part.context_id for part in mine}),
        LessonRun.class_id.in_(names),
        or_(*(departments.is_in(LessonRun.started_at, Term(year, number)) for number in TERMS)),
    )
    connection = db.session.connection()
    class_of = {run_id: names[class_id] for run_id, class_id in connection.execute(taught).all()}
    asked, flagged, lessons = Counter[str](), set[str](), Counter[tuple[str, departments.Key]]()
    for run_id, item, is_flagged in pool.asked_in(connection, taught.with_only_columns(LessonRun.run_id)):
        uid = item.partition("@")[0]
        if uid in of:
            asked[uid] += 1
            lessons[run_id, of[uid]] += 1
            if is_flagged:
                flagged.add(uid)
    by_class = defaultdict[tuple[str, departments.Key], list[int]](list)
    for (run_id, key), many in lessons.items():
        by_class[class_of[run_id], key].append(many)
    return asked, flagged, by_class


def _practised(courses: Collection[int], year: str) -> Counter[str]:
    """In how many works at the pupils' own pace of the year each question was asked."""
    is_then = or_(*(departments.is_in(Practice.opened_at, Term(year, number)) for number in TERMS))
    works = select(Practice.run_id).where(Practice.context_id.in_(courses), is_then)
    found = pool.asked_in(db.session.connection(), works)
    return Counter(item.partition("@")[0] for _, item, _ in found)
