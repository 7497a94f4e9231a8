"""What a head of department's grants reach, narrowed by term, subject and grade: classes in courses, the objectives and
questions of them, the periods taught online. Counts of classes and questions; no pupil and no teacher is a row."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from analytics import pool
from analytics.periods import Form, Taught, Warned, is_exempt, warnings
from live_session.model import Millis
from lti_tool.authority import Right
from lti_tool.clock import local, now, school_year
from lti_tool.extensions import db
from lti_tool.lessons import periods, school_rules
from lti_tool.lessons.marks import term_of
from lti_tool.models import (
    Context,
    Course,
    CourseClass,
    Deployment,
    Lesson,
    LessonActivity,
    LessonRun,
    Practice,
    SchoolClass,
)


class Term(NamedTuple):
    """A term of a school year; as text "2026-2027.1"."""

    year: str
    number: int

    @property
    def key(self) -> str:
        return f"{self.year}.{self.number}"


def term_with(day: date) -> Term:
    """The term that a day lies in."""
    return Term(school_year(day), term_of(day))


@dataclass(frozen=True)
class Part:
    """A class in a course that a grant reaches."""

    context_id: int
    class_id: int
    class_name: str
    grade: int
    subject: str
    school: int
    school_year: str


@dataclass(frozen=True)
class Filters:
    """What the page is narrowed to; None for all of it."""

    term: Term
    subject: str | None = None
    grade: int | None = None

    def takes(self, subject: str, grade: int) -> bool:
        return self.subject in (None, subject) and self.grade in (None, grade)


def is_in_scope(subject: str, class_id: int, right: Right) -> bool:
    """The grant names this subject and class, or does not narrow them."""
    return right.subject in (None, subject) and right.class_id in (None, class_id)


def parts(rights: Sequence[Right]) -> list[Part]:
    """Every class in every course within these grants, by class and subject."""
    query = (
        select(Course, SchoolClass, Deployment.registration_id)
        .join(CourseClass, CourseClass.context_id == Course.context_id)
        .join(SchoolClass, SchoolClass.id == CourseClass.class_id)
        .join(Context, Context.id == Course.context_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .where(Deployment.registration_id.in_({right.registration_id for right in rights}))
    )
    found = [
        Part(course.context_id, one.id, one.name, one.grade, course.subject, school, course.school_year)
        for course, one, school in db.session.execute(query)
        if any(r.registration_id == school and is_in_scope(course.subject, one.id, r) for r in rights)
    ]
    return sorted(found, key=lambda part: (natural(part.class_name), part.subject, part.context_id))


def natural(name: str) -> tuple[object, ...]:
    """10A2 after 9A1."""
    digits = "".join(c for c in name[:2] if c.isdigit())
    return (int(digits) if digits else 99, name)


# --- objectives and questions -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Covered:
    """An objective of a subject and grade: questions prepared for it, those of them that colleagues find in the
    question bank, those asked this term, and those given this term to be done at the pupils' own pace; the classes they
    were asked in of all that have the subject, and questions that a flag says to look at."""

    subject: str
    grade: int
    objective: str
    prepared: int
    shared: int
    asked: int
    practised: int
    classes: Sequence[str]
    all_classes: int
    flagged: int


def coverage(scope: Sequence[Part], term: Term) -> list[Covered]:
    """Each objective that a prepared lesson names, in the order in which lessons were written; "" are the questions
    that name none. What a course has copied from another one is the same question twice."""
    mine = [part for part in scope if part.school_year == term.year]
    about = {part.context_id: (part.subject, part.grade) for part in mine}
    questions = _prepared(about)
    asked, practised = _asked(mine, term, questions.of), _practised(about, term)
    classes = {key: {p.class_name for p in mine if (p.subject, p.grade) == key} for key in set(about.values())}
    found = []
    for key, uids in questions.by_key.items():
        told, seen, bad = asked.get(key, NEVER_ASKED)
        counts = len(uids), len(uids & questions.shared), len(told), len(uids & practised)
        all_classes = len(classes[key[0], key[1]])
        found.append(Covered(*key, *counts, sorted(seen, key=natural), all_classes, len(bad)))
    return found


Key = tuple[str, int, str]
"""An objective in a subject and grade."""


class Questions(NamedTuple):
    """Questions (their uids) by objective, the objectives of each, and those of shared lessons; objectives without a
    question are there too."""

    by_key: dict[Key, set[str]]
    of: dict[str, tuple[Key, ...]]
    shared: set[str]


def _prepared(about: Mapping[int, tuple[str, int]]) -> Questions:
    connection = db.session.connection()  # thousands of rows: as they come, without what makes them objects
    lessons = (
        select(Lesson.context_id, Lesson.id, Lesson.objectives, Lesson.shared_at)
        .where(Lesson.context_id.in_(about), Lesson.deleted_at.is_(None))
        .order_by(Lesson.created_at, Lesson.id)
    )
    found = Questions({}, {}, set())
    of_lesson, shared = {}, set()
    for context_id, lesson_id, objectives, shared_at in connection.execute(lessons):
        of_lesson[lesson_id] = about[context_id]
        shared |= {lesson_id} if shared_at else set()
        for objective in objectives:
            found.by_key.setdefault((*about[context_id], objective), set())
    questions = (
        select(LessonActivity.uid, LessonActivity.lesson_id, LessonActivity.objective)
        .join(LessonActivity.lesson)
        .where(Lesson.context_id.in_(about), Lesson.deleted_at.is_(None), LessonActivity.points > 0)
    )
    for uid, lesson_id, named in connection.execute(questions.order_by(LessonActivity.id)).all():
        key = (*of_lesson[lesson_id], named or "")
        uids = found.by_key.setdefault(key, set())
        if uid not in uids:
            uids.add(uid)
            found.of[uid] = (*found.of.get(uid, ()), key)
        if lesson_id in shared:
            found.shared.add(uid)
    return found


def _practised(about: Collection[int], term: Term) -> set[str]:
    """Questions of these courses that were given this term to be done at the pupils' own pace, and were done."""
    query = select(Practice.run_id, Practice.opened_at).where(Practice.context_id.in_(about))
    works = [row.run_id for row in db.session.execute(query) if _is_in(row.opened_at, term)]
    return {item.partition("@")[0] for _, item, _ in pool.asked_in(db.session.connection(), works)}


class Asked(NamedTuple):
    """Of an objective, the questions asked, the classes they were asked in, and the questions that a flag of one of
    their versions says to look at."""

    questions: Collection[str]
    classes: Collection[str]
    flagged: Collection[str]


NEVER_ASKED = Asked((), (), ())


def _asked(mine: Sequence[Part], term: Term, keys_of: Mapping[str, Sequence[Key]]) -> Mapping[Key, Asked]:
    """What of these questions was asked this term."""
    names = {part.class_id: part.class_name for part in mine}
    query = select(LessonRun.run_id, LessonRun.class_id, LessonRun.started_at).where(
        LessonRun.context_id.in_({part.context_id for part in mine}), LessonRun.class_id.in_(names)
    )
    connection = db.session.connection()
    runs = {row.run_id: names[row.class_id] for row in connection.execute(query) if _is_in(row.started_at, term)}
    found: dict[Key, tuple[set[str], set[str], set[str]]] = {}
    for run_id, item, is_flagged in pool.asked_in(connection, runs):
        uid = item.partition("@")[0]
        for key in keys_of.get(uid, ()):
            questions, classes, flagged = found.setdefault(key, (set(), set(), set()))
            questions.add(uid)
            classes.add(runs[run_id])
            if is_flagged:
                flagged.add(uid)
    return {key: Asked(*one) for key, one in found.items()}


def _is_in(moment: Millis, term: Term) -> bool:
    return term_with(local(moment).date()) == term


# --- periods online ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Online:
    """A class in a subject and a month: its periods by form, what the rules of the school say of it."""

    part: Part
    forms: Mapping[Form, int]
    warned: Sequence[Warned]

    @property
    def online(self) -> int:
        """Periods in which the network had a part."""
        return sum(count for form, count in self.forms.items() if form.is_online)

    @property
    def total(self) -> int:
        return sum(self.forms.values())

    @property
    def is_exempt(self) -> bool:
        return is_exempt(self.part.subject)


@dataclass(frozen=True)
class Month:
    """All classes in a month, and the teachers who still owe an online period: how many of how many, never who."""

    lines: Sequence[Online]
    least: int
    target: float
    owing: int
    teachers: int


def online(scope: Sequence[Part], month: date) -> Month:
    """The period log of a month, entered or as its lessons propose it, held to the school's rules."""
    taught = periods.taught_in({part.context_id for part in scope}, month)
    everything = [one for some in taught.values() for one in some]
    rules = school_rules.at(scope[0].school, now()).periods if scope else school_rules.SchoolRules().periods
    said = warnings(everything, rules, month, local(now()).date())
    lines = [_online(part, taught[part.context_id], said) for part in scope]
    owed = [one for one in everything if one.teacher and not is_exempt(one.subject)]
    count = Counter(one.teacher for one in owed if one.form.is_online)
    teachers = {one.teacher for one in owed}
    owing = sum(count[one] < rules.month_least for one in teachers)
    return Month(lines, rules.month_least, rules.share_target, owing, len(teachers))


def _online(part: Part, taught: Sequence[Taught], said: Sequence[Warned]) -> Online:
    own = Counter(one.form for one in taught if one.group == str(part.class_id))
    warned = [one for one in said if one.group == str(part.class_id)]
    return Online(part, {form: own[form] for form in Form}, warned)
