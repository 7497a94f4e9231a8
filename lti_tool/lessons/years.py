"""A school year's results: of one subject for its teacher, of all subjects of a class for the homeroom teacher.

Nothing here is stored: it follows from marks, conduct and the regulation each time it is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from analytics.regulations.circular_22_2021 import Reading
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
from lti_tool.lessons import conduct, exemptions, marks, school_rules
from lti_tool.lessons.conduct import Before, Kept
from lti_tool.lessons.exemptions import Exempted
from lti_tool.lessons.markacts import Act, source_of
from lti_tool.lessons.marks import Result, Rulebook
from lti_tool.lessons.roster import Pupil, kept, pupils
from lti_tool.lessons.transfers import Origin
from lti_tool.models import Context, Course, CourseClass, Deployment, Place, SchoolClass
from lti_tool.names import sort_key


@dataclass(frozen=True)
class SubjectYear:
    """One pupil's year in one subject: what each term came to, and the year. `short`: the terms whose level follows
    from their end alone, an assessment being lacking. `sources`: of a term whose marks were made in the class before,
    that class's course."""

    terms: tuple[Result, Result]
    year: Result
    short: tuple[bool, bool] = (False, False)
    sources: tuple[Origin | None, Origin | None] = (None, None)

    @property
    def settled(self) -> "SubjectYear":
        """Without what is only proposed so: a family is not told of a level that a forgotten entry may have made."""
        waits = NotComputable("assessments_incomplete")
        first, second = (waits if lacks else one for one, lacks in zip(self.terms, self.short, strict=True))
        return SubjectYear((first, second), waits if self.short[1] else self.year, sources=self.sources)


@dataclass(frozen=True)
class SubjectRow:
    """A pupil's line on the teacher's page."""

    pupil: Pupil
    results: SubjectYear


def of_subject(
    course: Course,
    rules: Rulebook,
    class_id: int | None = None,
    only: int | None = None,
    *,
    with_former: bool = False,
) -> list[SubjectRow]:
    """Every pupil of a course (one pupil alone); `with_former`, after them, who left with a mark."""
    known, nothing = _marked(course, rules, only), _subject_year(course, rules, {}, {})
    return [
        SubjectRow(one, known.get(one.person_id, nothing))
        for one in kept(pupils(course.context_id, class_id, with_former=with_former), known)
        if only in (None, one.person_id)
    ]


def _marked(course: Course, rules: Rulebook, only: int | None) -> dict[int, SubjectYear]:
    """Who has a mark in this course that stands, in either term, by the pupil's id."""
    first, second = (marks.standing(course, term, only) for term in marks.TERMS)
    return {
        who: _subject_year(course, rules, first.get(who, {}), second.get(who, {}))
        for who in first.keys() | second.keys()
        if first.get(who) or second.get(who)
    }


def _subject_year(
    course: Course, rules: Rulebook, first: Mapping[Place, Act], second: Mapping[Place, Act]
) -> SubjectYear:
    stand = dict(zip(marks.TERMS, (first, second), strict=True))
    one, other = (marks.result(rules, of, is_closed=marks.is_over(course, term)) for term, of in stand.items())
    sources = (source_of(first), source_of(second))
    if rules.form is Form.COMMENT:
        levels = (one if isinstance(one, str) else None, other if isinstance(other, str) else None)
        short = (marks.is_short(rules, first, one), marks.is_short(rules, second, other))
        return SubjectYear((one, other), rules.regulation.comment_year(*levels), short, sources)
    year = rules.regulation.year_average(_mark(one), _mark(other))
    return SubjectYear((one, other), year, sources=sources)


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
    `absent` counts half-days (buổi), None until the homeroom teacher said it for both terms. `marked`: the subjects in
    which marks stand; `unlisted`: those whose list lacks the pupil, and of which nobody has said why; `exempted`: those
    of which the homeroom teacher has. `other_promotion`: what the reading of Điều 9.3 that is not the school's gives,
    where that is something else. `again`: the newest act on each re-test of the summer by the course's id, one that was
    taken back too. `said` is what this class's homeroom teacher said of conduct and absences, `before` what others did
    in the classes from which the pupil moved; `conduct` is both together."""

    pupil: Pupil
    subjects: Mapping[int, SubjectYear]
    levels: tuple[Level, Level, Level]
    conduct: Mapping[int, Kept]
    conduct_year: str | NotComputable
    absent: int | None
    promotion: Promotion | NotComputable
    award: Award | NotComputable
    retest: Retest | NotComputable
    other_promotion: Promotion | None
    again: Mapping[int, Act]
    marked: frozenset[str]
    unlisted: tuple[str, ...]
    exempted: Mapping[str, Exempted]
    said: Mapping[int, Kept]
    before: Sequence[Before]

    @property
    def is_made_good(self) -> bool:
        """Something was entered for the summer that counts, so that what follows no longer follows from the year."""
        summer = self.conduct.get(marks.SUMMER)
        return isinstance(self.retest, Retest) and bool(
            any(act.value for act in self.again.values())
            or (self.retest.has_summer_conduct and summer and summer.level)
        )


@dataclass(frozen=True)
class ClassYear:
    """The class's year: its subjects in the order of their names, its pupils. `regulation` is None where no subject of
    the class is governed by one; `reading`: how the school reads Điều 9.3."""

    class_: SchoolClass
    subjects: Sequence[Subject]
    rows: Sequence[ClassRow]
    regulation: Regulation | None
    reading: Reading


def of_class(
    class_: SchoolClass, subject: str | None = None, only: int | None = None, *, with_former: bool = False
) -> ClassYear:
    """All subjects of a class (or the one subject that the reader may see), pupil by pupil (or of one pupil alone);
    `with_former`, after them, who left with a mark."""
    subjects = [
        Subject(course, rules)
        for course in _courses(class_, subject)
        if isinstance(rules := marks.rulebook(course), Rulebook)
    ]
    reading = school_rules.reading_of(class_.registration_id, class_.school_year)
    regulation = subjects[0].rules.regulation.under(reading) if subjects else None
    order = sorted(
        _owned(class_, subjects, only, with_former=with_former),
        key=lambda one: (not one.pupil.is_active, sort_key(one.pupil.name, one.pupil.given), one.pupil.uid),
    )
    said = conduct.of_class(class_, only)
    # Of who left, what the class after says is not this teacher's to read.
    before = conduct.before(class_, [one.pupil.person_id for one in order if one.pupil.is_active])
    told = [(one, said.get(one.pupil.person_id, {}), before.get(one.pupil.person_id, ())) for one in order]
    rows = [_row(regulation, *one) for one in told] if regulation else []
    return ClassYear(class_, subjects, rows, regulation, reading)


def retested(year: ClassYear, row: ClassRow) -> list[Subject]:
    """The subjects in which the pupil may be tested again."""
    if isinstance(row.retest, NotComputable):
        return []
    names = row.retest.subjects
    return [one for one in year.subjects if one.course.context_id in row.subjects and one.course.subject in names]


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


def _owned(class_: SchoolClass, subjects: Sequence[Subject], only: int | None, *, with_former: bool) -> list["_Own"]:
    """Everybody who is on the list of at least one course. A list that lost somebody loses none of their marks."""
    listed: dict[int, Pupil] = {}
    results: dict[int, dict[int, SubjectYear]] = {}
    marked: dict[int, set[str]] = {}
    again: dict[int, dict[int, Act]] = {}
    for one in subjects:
        known, nothing = _marked(one.course, one.rules, only), _subject_year(one.course, one.rules, {}, {})
        for pupil in pupils(one.course.context_id, class_.id):
            if only in (None, pupil.person_id):
                listed.setdefault(pupil.person_id, pupil)
                results.setdefault(pupil.person_id, {})[one.course.context_id] = nothing
        for who, result in known.items():
            results.setdefault(who, {})[one.course.context_id] = result
            marked.setdefault(who, set()).add(one.course.subject)
        for who, act in marks.retests(one.course, only).items():
            again.setdefault(who, {})[one.course.context_id] = act
    if with_former:
        for one in subjects:
            for pupil in kept(pupils(one.course.context_id, class_.id, with_former=True), marked):
                listed.setdefault(pupil.person_id, pupil)
    said = exemptions.of_class(class_, only)
    return [
        _Own(pupil, subjects, results[who], frozenset(marked.get(who, ())), said.get(who, {}), again.get(who, {}))
        for who, pupil in listed.items()
    ]


@dataclass(frozen=True)
class _Own:
    """One pupil among the class's subjects: results by the course's id where the pupil is listed or has a mark, the
    subjects with marks, what the homeroom teacher said of others, re-tests of the summer by the course's id."""

    pupil: Pupil
    subjects: Sequence[Subject]
    results: Mapping[int, SubjectYear]
    marked: frozenset[str]
    exempted: Mapping[str, Exempted]
    again: Mapping[int, Act]

    @property
    def taken(self) -> list[tuple[Subject, SubjectYear]]:
        """What counts. A subject with marks does, whatever was said: a level that leaves out a mark would be a lie."""
        return [
            (one, self.results[one.course.context_id])
            for one in self.subjects
            if one.course.context_id in self.results
            and (one.course.subject in self.marked or one.course.subject not in self.exempted)
        ]

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Subjects of which it is not known whether the pupil has them."""
        known = {one.course.subject for one, _ in self.taken} | self.exempted.keys()
        return tuple(dict.fromkeys(one.course.subject for one in self.subjects if one.course.subject not in known))

    def of(self, form: Form) -> list[SubjectYear]:
        """Results of the subjects that are assessed so."""
        return [results for one, results in self.taken if one.rules.form is form]

    def term(self, regulation: Regulation, n: int) -> Level:
        """The level of the first (0) or second (1) term's results."""
        if hindrance := self._hindrance(regulation):
            return hindrance
        scored = [_mark(one.terms[n]) for one in self.of(Form.SCORE)]
        return regulation.standing(scored, [_level(one.terms[n]) for one in self.of(Form.COMMENT)])

    def year(self, regulation: Regulation) -> YearStanding | NotComputable:
        """The year's averages, and the level that follows."""
        if hindrance := self._hindrance(regulation):
            return hindrance
        first, second = ([_mark(one.terms[n]) for one in self.of(Form.SCORE)] for n in (0, 1))
        return year_standing(regulation, first, second, [_level(one.year) for one in self.of(Form.COMMENT)])

    def retest(self, regulation: Regulation, conduct: str | None, level: str | None) -> Retest | NotComputable:
        """What may be made good in the summer, subjects by their names."""
        scored = {one.course.subject: _mark(of.year) for one, of in self.taken if one.rules.form is Form.SCORE}
        comment = {one.course.subject: _level(of.year) for one, of in self.taken if one.rules.form is Form.COMMENT}
        return regulation.retest(conduct, level, scored, comment)

    def counting(self, retest: Retest | NotComputable) -> dict[int, Act]:
        """The acts on re-tests that count: in subjects that may be made good. A mark of the year that was changed
        since may have made one needless."""
        names = () if isinstance(retest, NotComputable) else retest.subjects
        known = {one.course.context_id for one, _ in self.taken if one.course.subject in names}
        return {context_id: act for context_id, act in self.again.items() if context_id in known}

    def after_retest(self, regulation: Regulation, again: Mapping[int, Act]) -> Standing | None:
        """The year's results with each re-test in place of its subject's (Điều 14); None without one."""
        if not any(act.value for act in again.values()):
            return None
        scored: list[Decimal | None] = []
        comment: list[str | None] = []
        for one, results in self.taken:
            act = again.get(one.course.context_id)
            said = act.value if act else ""
            if one.rules.form is Form.COMMENT:
                comment.append(said or _level(results.year))
            else:
                scored.append(Decimal(said) if said else _mark(results.year))
        standing = regulation.standing(scored, comment)
        return standing if isinstance(standing, Standing) else None

    def _hindrance(self, regulation: Regulation) -> NotComputable | None:
        """Why no level can be said at all. A subject in two courses would count twice."""
        taken = [one for one, _ in self.taken]
        if len({one.course.subject for one in taken}) < len(taken):
            return NotComputable("subject_twice")
        if not _are_enough(regulation, self.subjects):
            return NotComputable("subjects_missing")
        if self.unlisted:
            return NotComputable("subject_unlisted")
        return None if _are_enough(regulation, taken) else NotComputable("subjects_missing")


def _row(regulation: Regulation, own: _Own, said: Mapping[int, Kept], before: Sequence[Before]) -> ClassRow:
    year = own.year(regulation)
    whole = conduct.together(said, before)
    conducts = [whole[term].level if term in whole and whole[term].level else None for term in marks.TERMS]
    conduct_year = regulation.conduct_year(*conducts)
    absences = [whole[term].absent if term in whole else None for term in marks.TERMS]
    absent = None if None in absences else sum(one or 0 for one in absences)
    standing = year.standing if isinstance(year, YearStanding) else year
    level = standing.level if isinstance(standing, Standing) else None
    known_conduct = conduct_year if isinstance(conduct_year, str) else None
    averages = year.averages if isinstance(year, YearStanding) else ()
    retest = own.retest(regulation, known_conduct, level)
    again = own.counting(retest)
    after = _After(_summer_conduct(retest, said), own.after_retest(regulation, again))
    goes, other = _promotions(regulation, known_conduct, standing, absent, after)
    return ClassRow(
        own.pupil,
        {one.course.context_id: results for one, results in own.taken},
        (own.term(regulation, 0), own.term(regulation, 1), standing),
        whole,
        conduct_year,
        absent,
        goes,
        regulation.award(known_conduct, level, averages),
        retest,
        other,
        again,
        own.marked,
        own.unlisted,
        own.exempted,
        said,
        before,
    )


@dataclass(frozen=True)
class _After:
    """What the summer made good; None for nothing."""

    conduct: str | None
    results: Standing | None


def _summer_conduct(retest: Retest | NotComputable, said: Mapping[int, Kept]) -> str | None:
    """The conduct after the summer, of who had to make it good (Điều 13)."""
    is_open = isinstance(retest, Retest) and retest.has_summer_conduct and marks.SUMMER in said
    return said[marks.SUMMER].level or None if is_open else None


def _promotions(
    regulation: Regulation, conduct: str | None, standing: Level, absent: int | None, after: _After
) -> tuple[Promotion | NotComputable, Promotion | None]:
    """Whether the pupil goes up; what the reading of Điều 9.3 that is not the school's gives, where that is not the
    same. An award it never moves: no level is lifted to the best."""
    final = after.results or (standing if isinstance(standing, Standing) else None)
    levels = (final.level, final.other_reading or final.level) if final else (None, None)
    goes, other = (regulation.promotion(conduct, level, absent, conduct_after_summer=after.conduct) for level in levels)
    return goes, other if isinstance(other, Promotion) and other != goes else None


def _level(result: Result) -> str | None:
    return result if isinstance(result, str) else None


def _are_enough(regulation: Regulation, subjects: Sequence[Subject]) -> bool:
    """Whether a level can be said of so many. With the highest marks in each of them the best level would have to
    follow: of three subjects none does."""
    forms = list({one.course.subject: one.rules.form for one in subjects}.values())
    best = regulation.standing(
        [regulation.highest] * forms.count(Form.SCORE), [regulation.comment_levels[1]] * forms.count(Form.COMMENT)
    )
    return isinstance(best, Standing) and best.level == regulation.levels[-1]
