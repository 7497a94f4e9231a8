"""What a head of department's grants reach, narrowed by term, subject and grade: classes in courses, the objectives and
questions of them, the periods taught online. Counts of classes and questions; no pupil and no teacher is a row."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import ColumnElement, Text, and_, cast, select, true
from sqlalchemy.orm import InstrumentedAttribute

from analytics import pool
from analytics.mastery import store
from analytics.mastery.store import Scope
from analytics.periods import Form, Taught, Warned, is_exempt, warnings
from lti_tool.authority import Right
from lti_tool.clock import local, moment_of, now, school_year
from lti_tool.extensions import db
from lti_tool.lessons import periods, school_rules
from lti_tool.lessons.marks import term_days, term_of
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
    return [
        part
        for part in _parts(Deployment.registration_id.in_({right.registration_id for right in rights}))
        if any(r.registration_id == part.school and is_in_scope(part.subject, part.class_id, r) for r in rights)
    ]


def everywhere() -> list[Part]:
    """Every class in every course of every school."""
    return _parts(true())


def _parts(is_meant: ColumnElement[bool]) -> list[Part]:
    about = (Course.context_id, SchoolClass.id, SchoolClass.name, SchoolClass.grade, Course.subject)
    query = (
        select(*about, Deployment.registration_id, Course.school_year)
        .join(CourseClass, CourseClass.context_id == Course.context_id)
        .join(SchoolClass, SchoolClass.id == CourseClass.class_id)
        .join(Context, Context.id == Course.context_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .where(is_meant)
    )
    found = [Part(*row) for row in db.session.execute(query)]
    return sorted(found, key=lambda part: (natural(part.class_name), part.subject, part.context_id))


def natural(name: str) -> tuple[object, ...]:
    """10A2 after 9A1."""
    digits = "".join(c for c in name[:2] if c.isdecimal())
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
    objectives, of, shared = prepared_in(about, reworded_in(mine))
    asked, practised = _asked(mine, term, of), _practised(about, term)
    counted = (of, shared, asked.questions, practised & of.keys(), asked.flagged)
    counts = [Counter(of[uid] for uid in uids) for uids in counted]
    classes = {key: {p.class_name for p in mine if (p.subject, p.grade) == key} for key in set(about.values())}
    found = []
    for key in objectives:
        prepared, in_bank, told, alone, flagged = (count[key] for count in counts)
        seen = sorted((name for one, name in asked.classes if one == key), key=natural)
        found.append(Covered(*key, prepared, in_bank, told, alone, seen, len(classes[key[0], key[1]]), flagged))
    return found


Key = tuple[str, int, str]
"""An objective in a subject and grade."""


class Questions(NamedTuple):
    """Objectives in order, those without a question too; the objective of each question (its uid); those questions that
    stand in shared lessons."""

    objectives: Collection[Key]
    of: Mapping[str, Key]
    shared: Collection[str]


def reworded_in(parts: Sequence[Part]) -> Mapping[tuple[str, str], str]:
    """By subject and an objective's earlier words: what a teacher has made of them."""
    connection = db.session.connection()
    scopes = {Scope(part.school, part.subject) for part in parts}
    return {(one.subject, old): new for one in scopes for old, new in store.aliases(connection, one).items()}


def prepared_in(about: Mapping[int, tuple[str, int]], now_called: Mapping[tuple[str, str], str]) -> Questions:
    """What the lessons of these courses (each with its subject and grade) have prepared, in the order of writing."""
    connection = db.session.connection()  # thousands of rows: as they come, without what makes them objects
    is_theirs = and_(Lesson.context_id.in_(about), Lesson.deleted_at.is_(None))
    lessons = select(Lesson.context_id, cast(Lesson.objectives, Text)).where(is_theirs)
    rows = connection.execute(lessons.order_by(Lesson.created_at, Lesson.id)).all()
    said = dict.fromkeys((about[context_id], named) for context_id, named in rows)  # most lessons name the same
    named_in = ((where, one) for where, named in said for one in json.loads(named))
    objectives = {(*where, now_called.get((where[0], one), one)): None for where, one in named_in}
    questions = (
        select(LessonActivity.uid, Lesson.context_id, LessonActivity.objective, Lesson.shared_at)
        .join(LessonActivity.lesson)
        .where(is_theirs, LessonActivity.points > 0)
    )
    asking = connection.execute(questions.order_by(LessonActivity.id)).all()
    told = ((uid, about[at], named or "") for uid, at, named, _ in asking)
    of = {uid: (*where, now_called.get((where[0], one), one)) for uid, where, one in told}
    shared = {uid for uid, _, _, shared_at in asking if shared_at}
    return Questions(objectives | dict.fromkeys(of.values()), of, shared)


def _practised(about: Collection[int], term: Term) -> set[str]:
    """Questions of these courses that were given this term to be done at the pupils' own pace, and were done."""
    works = select(Practice.run_id).where(Practice.context_id.in_(about), is_in(Practice.opened_at, term))
    return {item.partition("@")[0] for _, item, _ in pool.asked_in(db.session.connection(), works)}


class Asked(NamedTuple):
    """Questions asked, the classes that each objective was asked in, and the questions that a flag of one of their
    versions says to look at."""

    questions: set[str]
    classes: set[tuple[Key, str]]
    flagged: set[str]


def _asked(mine: Sequence[Part], term: Term, of: Mapping[str, Key]) -> Asked:
    """What of these questions was asked this term."""
    names: dict[int | None, str] = {part.class_id: part.class_name for part in mine}
    taught = select(LessonRun.run_id, LessonRun.class_id).where(
        LessonRun.context_id.in_({part.context_id for part in mine}),
        LessonRun.class_id.in_(names),
        is_in(LessonRun.started_at, term),
    )
    connection = db.session.connection()
    class_of = {run_id: names[class_id] for run_id, class_id in connection.execute(taught).all()}
    found = Asked(set(), set(), set())
    for run_id, item, is_flagged in pool.asked_in(connection, taught.with_only_columns(LessonRun.run_id)):
        uid = item.partition("@")[0]
        if uid in of:
            found.questions.add(uid)
            found.classes.add((of[uid], class_of[run_id]))
            if is_flagged:
                found.flagged.add(uid)
    return found


def is_in(moment: InstrumentedAttribute[int], term: Term) -> ColumnElement[bool]:
    """In a query: the moment lies in the term."""
    first, end = (moment_of(datetime.combine(day, time())) for day in term_days(*term))
    return and_(moment >= first, moment < end)


# --- periods online ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Online:
    """A class in a subject and a month: its periods by form, what the rules of the school say of it."""

    part: Part
    forms: Mapping[Form, int]
    warned: Sequence[Warned]
    is_exempt: bool

    @property
    def online(self) -> int:
        """Periods in which the network had a part."""
        return sum(count for form, count in self.forms.items() if form.is_online)

    @property
    def total(self) -> int:
        return sum(self.forms.values())


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
    lines = [_online(part, taught[part.context_id], said, rules.exempt) for part in scope]
    owed = [one for one in everything if one.teacher and not is_exempt(one.subject, rules.exempt)]
    count = Counter(one.teacher for one in owed if one.form.is_online)
    teachers = {one.teacher for one in owed}
    owing = sum(count[one] < rules.month_least for one in teachers)
    return Month(lines, rules.month_least, rules.share_target, owing, len(teachers))


def _online(part: Part, taught: Sequence[Taught], said: Sequence[Warned], exempt: Sequence[str]) -> Online:
    own = Counter(one.form for one in taught if one.group == str(part.class_id))
    warned = [one for one in said if one.group == str(part.class_id)]
    return Online(part, {form: own[form] for form in Form}, warned, is_exempt(part.subject, exempt))
