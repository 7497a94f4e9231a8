"""The head of department's pages: counts of classes and weeks, from snapshots. No pupil and no teacher is a row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from typing import Any

from flask import Blueprint, render_template, request
from msgspec.structs import replace
from sqlalchemy import select

from analytics import reader, rollup
from analytics.reader import ClassWeek
from analytics.rollup import Share, total
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.authority import Right
from lti_tool.clock import today
from lti_tool.extensions import db
from lti_tool.lessons import departments, periods
from lti_tool.lessons.departments import Filters, Part, Term, natural, term_with
from lti_tool.lessons.marks import TERMS
from lti_tool.models import GrantKind, SchoolClass
from lti_tool.pages import charts
from lti_tool.text import whole

screen = Blueprint("department", __name__, url_prefix="/l/<visit_id>/department")

BANDS = ("high", "middle", "low")


@dataclass(frozen=True)
class ClassLine:
    """A class in the chosen weeks."""

    name: str
    subject: str
    weeks: Sequence[ClassWeek]

    @property
    def counts(self) -> ClassWeek:
        """All of its weeks together."""
        return reduce(_plus, self.weeks)

    @property
    def participation(self) -> Share:
        return total(week.participation for week in self.weeks)

    @property
    def right(self) -> Share:
        return total(week.share_right for week in self.weeks)

    @property
    def present(self) -> int:
        return self.counts.room + self.counts.home

    @property
    def bands(self) -> Sequence[int]:
        return [getattr(self.counts, band) for band in BANDS]

    def in_week(self, week: str) -> ClassWeek | None:
        return next((one for one in self.weeks if one.week == week), None)


SUMMED = ("lessons", "pupils", "room", "home", "late", "absent", "not_seen", "asked", "answered", *BANDS)


def _plus(one: ClassWeek, other: ClassWeek) -> ClassWeek:
    return replace(one, **{name: getattr(one, name) + getattr(other, name) for name in SUMMED})


@dataclass(frozen=True)
class WeekLine:
    """All classes in a week."""

    week: date
    seats: Sequence[int]
    participation: Share


@dataclass(frozen=True)
class Choice:
    """What the filters offer, and what is chosen."""

    chosen: Filters
    terms: Sequence[Term]
    subjects: Sequence[str]
    grades: Sequence[int]

    def query(self, **more: Any) -> dict[str, Any]:
        """The filters as an address carries them, for a link to another page of the department."""
        one = self.chosen
        return {"term": one.term.key, "subject": one.subject, "grade": one.grade, **more}


@screen.get("")
@needs(Need.REVIEW)
def overview() -> str:
    """A term or one of its weeks: the classes within this person's grants."""
    note_access("department.seen")
    known = _known_classes(rights())
    rows = list(dict.fromkeys(_rows(known)))
    about = {(row.subject, known[row.class_id].grade) for row in rows}
    terms = {week: term_with(date.fromisoformat(week)) for week in {row.week for row in rows}}
    choice = _choice({term.year for term in terms.values()}, about)
    chosen = choice.chosen
    shown = [r for r in rows if terms[r.week] == chosen.term and chosen.takes(r.subject, known[r.class_id].grade)]
    weeks = sorted({row.week for row in shown})
    asked = request.args.get("week", "")
    week = asked if asked in weeks else None
    all_lines = _lines(shown, known)
    lines = _lines([row for row in shown if week in (None, row.week)], known)
    by_week = [_week(one, [row for row in shown if row.week == one]) for one in weeks]
    return render_template(
        "department.html",
        here="department",
        tab="overview",
        rights=rights(),
        choice=choice,
        week=date.fromisoformat(week) if week else None,
        week_end=date.fromisoformat(week) + timedelta(days=6) if week else None,
        weeks=[date.fromisoformat(one) for one in weeks],
        by_week=by_week,
        lines=lines,
        all_lines=all_lines,
        charts=charts,
        taking_part=[_value(one.participation) for one in by_week],
        lessons=sum(line.counts.lessons for line in lines),
        participation=total(line.participation for line in lines),
        right=total(line.right for line in lines),
        least=rollup.LEAST_PUPILS,
    )


@screen.get("/questions")
@needs(Need.REVIEW)
def questions() -> str:
    """Which objectives have questions, which were asked, in how many classes."""
    note_access("department.seen")
    scope = departments.parts(rights())
    choice = choice_of(scope)
    return render_template(
        "department_questions.html",
        here="department",
        tab="questions",
        choice=choice,
        covered=departments.coverage(taken(scope, choice.chosen), choice.chosen.term),
    )


@screen.get("/periods")
@needs(Need.REVIEW)
def online() -> str:
    """A month's periods by form, class by class, held to the school's rules."""
    note_access("department.seen")
    scope = departments.parts(rights())
    choice = choice_of(scope)
    month = periods.month_of(request.args.get("month", ""))
    return render_template(
        "department_periods.html",
        here="department",
        tab="online",
        choice=choice,
        month=month,
        before=periods.month_before(month),
        after=periods.next_month(month),
        found=departments.online(taken(scope, with_month(choice.chosen, month)), month),
    )


def rights() -> list[Right]:
    """The visitor's grants as head of department."""
    return [right for right in visitor().rights if right.kind is GrantKind.DEPARTMENT_HEAD]


def with_month(chosen: Filters, month: date) -> Filters:
    """The same filters in the term that a month begins in."""
    return Filters(term_with(month), chosen.subject, chosen.grade)


def taken(scope: Iterable[Part], chosen: Filters) -> list[Part]:
    """Of these classes, those that the filters leave."""
    return [p for p in scope if p.school_year == chosen.term.year and chosen.takes(p.subject, p.grade)]


def choice_of(scope: Sequence[Part]) -> Choice:
    """The filters over these classes."""
    return _choice({part.school_year for part in scope}, {(part.subject, part.grade) for part in scope})


def _choice(years: set[str], about: Iterable[tuple[str, int]]) -> Choice:
    """The filters asked for, as far as there is something behind them."""
    this = term_with(today())
    offered = sorted({Term(year, number) for year in years | {this.year} for number in TERMS}, reverse=True)
    about = list(about)
    subjects, grades = sorted({subject for subject, _ in about}), sorted({grade for _, grade in about})
    subject, grade = request.args.get("subject"), whole(request.args.get("grade", ""))
    term = next((one for one in offered if one.key == request.args.get("term")), this)
    chosen = Filters(term, subject if subject in subjects else None, grade if grade in grades else None)
    return Choice(chosen, offered, subjects, grades)


def _rows(known: Mapping[int, SchoolClass]) -> Iterable[ClassWeek]:
    for right in rights():
        found = reader.class_weeks(
            db.session.connection(), right.registration_id, subject=right.subject, class_id=right.class_id
        )
        yield from (row for row in found if row.class_id in known)


def _lines(rows: Iterable[ClassWeek], known: Mapping[int, SchoolClass]) -> list[ClassLine]:
    found: dict[tuple[int, str], list[ClassWeek]] = {}
    for row in rows:
        found.setdefault((row.class_id, row.subject), []).append(row)
    lines = [ClassLine(known[class_id].name, subject, weeks) for (class_id, subject), weeks in found.items()]
    return sorted(lines, key=lambda line: (natural(line.name), line.subject))


def _week(week: str, rows: Sequence[ClassWeek]) -> WeekLine:
    seats = [sum(getattr(row, name) for row in rows) for name in ("room", "home", "absent", "not_seen")]
    return WeekLine(date.fromisoformat(week), seats, total(row.participation for row in rows))


def _value(share: Share) -> float | None:
    return share.part / share.whole if share else None


def _known_classes(rights: list[Right]) -> dict[int, SchoolClass]:
    schools = {right.registration_id for right in rights}
    found = db.session.scalars(select(SchoolClass).where(SchoolClass.registration_id.in_(schools)))
    return {one.id: one for one in found}
