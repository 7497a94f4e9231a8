"""A school year's results: of one subject for its teacher, of all subjects of a class for the homeroom teacher.

Nothing here is stored: it follows from marks, conduct and the regulation each time it is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from analytics.regulations.port import (
    Award,
    Form,
    NotComputable,
    Promotion,
    Regulation,
    Retest,
    Standing,
    YearStanding,
    year_standing,
)
from lti_tool.extensions import db
from lti_tool.lessons import conduct, marks
from lti_tool.lessons.conduct import Kept
from lti_tool.lessons.marks import Result, Rulebook
from lti_tool.lessons.roster import Pupil, pupils
from lti_tool.models import Context, Course, CourseClass, Deployment, SchoolClass
from lti_tool.names import sort_key


@dataclass(frozen=True)
class SubjectYear:
    """One pupil's year in one subject: what each term came to, and the year."""

    terms: tuple[Result, Result]
    year: Result


@dataclass(frozen=True)
class SubjectRow:
    """A pupil's line on the teacher's page."""

    pupil: Pupil
    results: SubjectYear


def of_subject(
    course: Course, rules: Rulebook, class_id: int | None = None, only: int | None = None
) -> list[SubjectRow]:
    """Every pupil of a course (one pupil alone)."""
    first, second = (marks.results(course, rules, term, only) for term in marks.TERMS)
    return [
        SubjectRow(one, _subject_year(rules, first.get(one.person_id), second.get(one.person_id)))
        for one in pupils(course.context_id, class_id)
        if only in (None, one.person_id)
    ]


def _subject_year(rules: Rulebook, first: Result | None, second: Result | None) -> SubjectYear:
    nothing = marks.result(rules, {})
    terms = (nothing if first is None else first, nothing if second is None else second)
    if rules.form is Form.COMMENT:
        first_level, second_level = (one if isinstance(one, str) else None for one in terms)
        return SubjectYear(terms, rules.regulation.comment_year(first_level, second_level))
    return SubjectYear(terms, rules.regulation.year_average(*(_mark(one) for one in terms)))


def _mark(result: Result) -> Decimal | None:
    return result if isinstance(result, Decimal) else None


# --- a class --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """A subject of the class as this school keeps it here."""

    course: Course
    rules: Rulebook


Level = Standing | NotComputable


@dataclass(frozen=True)
class ClassRow:
    """A pupil of the class: subjects by the course's id, levels of both terms and of the year, conduct, what follows.
    `absent` counts half-days (buổi), None until the homeroom teacher said it for both terms."""

    pupil: Pupil
    subjects: Mapping[int, SubjectYear]
    levels: tuple[Level, Level, Level]
    conduct: Mapping[int, Kept]
    conduct_year: str | NotComputable
    absent: int | None
    promotion: Promotion | NotComputable
    award: Award | NotComputable
    retest: Retest | NotComputable


@dataclass(frozen=True)
class ClassYear:
    """The class's year: its subjects in the order of their names, its pupils. `regulation` is None where no subject of
    the class is governed by one."""

    class_: SchoolClass
    subjects: Sequence[Subject]
    rows: Sequence[ClassRow]
    regulation: Regulation | None


def of_class(class_: SchoolClass, subject: str | None = None, only: int | None = None) -> ClassYear:
    """All subjects of a class (or the one subject that the reader may see), pupil by pupil (or of one pupil alone)."""
    subjects = [
        Subject(course, rules)
        for course in _courses(class_, subject)
        if isinstance(rules := marks.rulebook(course), Rulebook)
    ]
    known = {one.course.context_id: of_subject(one.course, one.rules, class_.id, only) for one in subjects}
    listed: dict[int, Pupil] = {}
    results: dict[int, dict[int, SubjectYear]] = {}
    for context_id, rows in known.items():
        for row in rows:
            listed.setdefault(row.pupil.person_id, row.pupil)
            results.setdefault(row.pupil.person_id, {})[context_id] = row.results
    said = conduct.of_class(class_, only)
    order = sorted(listed.values(), key=lambda one: (sort_key(one.name, one.given), one.uid))
    rows_ = [_row(one, subjects, results[one.person_id], said.get(one.person_id, {})) for one in order]
    return ClassYear(class_, subjects, rows_, subjects[0].rules.regulation if subjects else None)


def _courses(class_: SchoolClass, subject: str | None) -> list[Course]:
    query = (
        select(Course)
        .join(CourseClass, CourseClass.context_id == Course.context_id)
        .join(Context, Context.id == Course.context_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .where(CourseClass.class_id == class_.id, Course.school_year == class_.school_year)
        .where(Deployment.registration_id == class_.registration_id)
        .order_by(Course.subject, Course.context_id)
    )
    return list(db.session.scalars(query if subject is None else query.where(Course.subject == subject)))


def _row(
    pupil: Pupil, subjects: Sequence[Subject], results: Mapping[int, SubjectYear], said: Mapping[int, Kept]
) -> ClassRow:
    regulation = subjects[0].rules.regulation
    first, second = (_term_level(regulation, subjects, results, n) for n in (0, 1))
    year = _year_level(regulation, subjects, results)
    conducts = [said[term].level if term in said and said[term].level else None for term in marks.TERMS]
    conduct_year = regulation.conduct_year(*conducts)
    absences = [said[term].absent if term in said else None for term in marks.TERMS]
    absent = None if None in absences else sum(one or 0 for one in absences)
    standing = year.standing if isinstance(year, YearStanding) else year
    level = standing.level if isinstance(standing, Standing) else None
    known_conduct = conduct_year if isinstance(conduct_year, str) else None
    averages = year.averages if isinstance(year, YearStanding) else ()
    return ClassRow(
        pupil,
        results,
        (first, second, standing),
        said,
        conduct_year,
        absent,
        regulation.promotion(known_conduct, level, absent),
        regulation.award(known_conduct, level, averages),
        _retest(regulation, subjects, results, known_conduct, level),
    )


def _retest(
    regulation: Regulation,
    subjects: Sequence[Subject],
    results: Mapping[int, SubjectYear],
    conduct: str | None,
    level: str | None,
) -> Retest | NotComputable:
    """What may be made good in the summer, subjects by their names."""
    years = {one: results[one.course.context_id].year for one in subjects if one.course.context_id in results}
    scored = {one.course.subject: _mark(year) for one, year in years.items() if one.rules.form is Form.SCORE}
    comment = {one.course.subject: _level(year) for one, year in years.items() if one.rules.form is Form.COMMENT}
    return regulation.retest(conduct, level, scored, comment)


def _split(subjects: Sequence[Subject], results: Mapping[int, SubjectYear], form: Form) -> list[SubjectYear | None]:
    return [results.get(one.course.context_id) for one in subjects if one.rules.form is form]


def _term_level(
    regulation: Regulation, subjects: Sequence[Subject], results: Mapping[int, SubjectYear], n: int
) -> Level:
    if lacking := _lacking(regulation, subjects):
        return lacking
    scored = [_mark(one.terms[n]) if one else None for one in _split(subjects, results, Form.SCORE)]
    comment = [_level(one.terms[n]) if one else None for one in _split(subjects, results, Form.COMMENT)]
    return regulation.standing(scored, comment)


def _year_level(
    regulation: Regulation, subjects: Sequence[Subject], results: Mapping[int, SubjectYear]
) -> YearStanding | NotComputable:
    if lacking := _lacking(regulation, subjects):
        return lacking
    scored = _split(subjects, results, Form.SCORE)
    first, second = ([_mark(one.terms[n]) if one else None for one in scored] for n in (0, 1))
    comment = [_level(one.year) if one else None for one in _split(subjects, results, Form.COMMENT)]
    return year_standing(regulation, first, second, comment)


def _level(result: Result) -> str | None:
    return result if isinstance(result, str) else None


def _lacking(regulation: Regulation, subjects: Sequence[Subject]) -> NotComputable | None:
    """Why no level can be said at all. With the highest marks in each subject kept here the best level would have to
    follow: a class of which the school keeps three subjects here has none. A subject in two courses would count
    twice."""
    if len({one.course.subject for one in subjects}) < len(subjects):
        return NotComputable("subject_twice")
    forms = [one.rules.form for one in subjects]
    best = regulation.standing(
        [regulation.highest] * forms.count(Form.SCORE), [regulation.comment_levels[1]] * forms.count(Form.COMMENT)
    )
    is_enough = isinstance(best, Standing) and best.level == regulation.levels[-1]
    return None if is_enough else NotComputable("subjects_missing")
