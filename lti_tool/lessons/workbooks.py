"""Marks and attendance as workbooks (xlsx), in the columns of the official forms.

Every text is written as a text and every number as a number: nothing in these files is a formula, whatever a name says.
Marks are numbers whose format shows decimals only where there are some; the comma is the spreadsheet's own, as the
school's computers have it.
"""

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

from xlsxwriter import Workbook

from analytics.regulations.port import Award, Form, NotComputable
from lti_tool import formats
from lti_tool.lessons import years
from lti_tool.lessons.markacts import Act
from lti_tool.lessons.marks import SUMMER, Row, Rulebook
from lti_tool.lessons.marksheet import named, said_of, shown
from lti_tool.lessons.transfers import Origin
from lti_tool.lessons.years import SubjectRow
from lti_tool.models import Place
from lti_tool.translations import t

REGULAR = tuple(place for place in Place if place.is_regular)
PASSED = Decimal("5.0")
"""The mark from which the form's foot counts a pupil as having reached the subject's demands."""
LONGEST_SHEET = 31
HEADINGS = (
    "number", "row", "code", "national_code", "class", "name", "born", "midterm", "final", "term_average", "term_level",
    "year_average", "year_level", "assessed", "comment", "comment_code", "comment_text", "absent_all", "again", "note",
)  # fmt: skip
"""Headings that are put together by name."""
CSDL_REGULAR = 5
"""Columns of regular marks in the sector database's sheet; the fifth stays empty (Circular 22/2021: four at most)."""
WEEKDAYS = ("2", "3", "4", "5", "6", "7", "CN")


@dataclass(frozen=True)
class Term:
    """A term as these files need it: its rows, and the comment on each pupil by the pupil's id."""

    number: int
    rows: Sequence[Row]
    comments: Mapping[int, str]


@dataclass(frozen=True)
class Head:
    """What stands above a sheet."""

    subject: str
    class_name: str
    school_year: str


class _Sheet:
    """A worksheet that writes texts as texts and marks as numbers, one row after the other."""

    def __init__(self, book: Workbook, name: str) -> None:
        self._sheet = book.add_worksheet(name[:LONGEST_SHEET])
        self._formats = {
            "title": book.add_format({"bold": True, "font_size": 13}),
            "head": book.add_format(
                {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
            ),
            "text": book.add_format({"border": 1, "valign": "top", "text_wrap": True}),
            "plain": book.add_format({}),
            "whole": book.add_format({"border": 1, "num_format": "0", "align": "center"}),
            "tenth": book.add_format({"border": 1, "num_format": "0.0", "align": "center"}),
            "share": book.add_format({"num_format": "0.0"}),
        }
        self.row = 0

    def title(self, *lines: str) -> None:
        """Lines above the table."""
        for n, line in enumerate(lines):
            self._sheet.write_string(self.row, 0, line, self._formats["title" if n == 0 else "plain"])
            self.row += 1
        self.row += 1

    def head(self, names: Iterable[str], widths: Iterable[int]) -> None:
        """The table's first row, which stays in view."""
        for column, (name, width) in enumerate(zip(names, widths, strict=True)):
            self._sheet.write_string(self.row, column, name, self._formats["head"])
            self._sheet.set_column(column, column, width)
        self.row += 1
        self._sheet.freeze_panes(self.row, 0)
        self._sheet.repeat_rows(self.row - 1)

    def line(self, values: Iterable[Any]) -> None:
        """One row of the table: whole numbers, marks, texts; None is an empty cell."""
        for column, value in enumerate(values):
            self._write(column, value)
        self.row += 1

    def foot(self, text: str, *values: Any) -> None:
        """A line under the table."""
        self._sheet.write_string(self.row, 2, text, self._formats["plain"])
        for n, value in enumerate(values):
            kind = "share" if isinstance(value, Decimal) else "plain"
            self._sheet.write_number(self.row, 3 + n, float(value), self._formats[kind])
        self.row += 1

    def _write(self, column: int, value: Any) -> None:
        if value is None or value == "":
            self._sheet.write_blank(self.row, column, None, self._formats["text"])
        elif isinstance(value, int | Decimal):
            kind = "whole" if value == int(value) else "tenth"
            self._sheet.write_number(self.row, column, float(value), self._formats[kind])
        else:
            self._sheet.write_string(self.row, column, str(value), self._formats["text"])

    def landscape(self) -> None:
        """A4, lying, as wide as one page."""
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)


@contextmanager
def _workbook(out: io.BytesIO) -> Any:
    """A workbook that turns no text into anything else, and is the same file whenever it is made."""
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with Workbook(out, as_text) as book:
        book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC)})
        yield book


def _value(rules: Rulebook, act: Act | None) -> Decimal | str | None:
    """A mark as a number, a level or what became of a test in words."""
    if act is None:
        return None
    if act.value and rules.form is Form.SCORE:
        return Decimal(act.value)
    return shown(rules, act) or None


def _result(rules: Rulebook, result: Any, *, is_short: bool = False) -> Decimal | str | None:
    """A result as the forms print it; of one that only the end of the term has made, that it is proposed."""
    if isinstance(result, Decimal):
        return result
    said = said_of(rules.regulation, result)
    return f"{said} ({t('form.short')})" if said and is_short else said or None


# --- the teacher's book ---------------------------------------------------------------------------------------------


def book(head: Head, rules: Rulebook, terms: Sequence[Term], of_year: Sequence[SubjectRow]) -> bytes:
    """Sổ theo dõi và đánh giá học sinh (của giáo viên): a sheet for each term, the year beside the second."""
    out = io.BytesIO()
    with _workbook(out) as workbook:
        for term in terms:
            sheet = _Sheet(workbook, str(t("form.sheet", n=formats.roman(term.number))))
            sheet.landscape()
            _write_term(sheet, head, rules, term, of_year if term.number == 2 else ())
    return out.getvalue()


def _write_term(sheet: _Sheet, head: Head, rules: Rulebook, term: Term, rows: Sequence[SubjectRow]) -> None:
    about = t(
        "form.about", subject=head.subject, name=head.class_name, term=formats.roman(term.number), year=head.school_year
    )
    sheet.title(str(t("form.book")), str(about))
    is_scored = rules.form is Form.SCORE
    tail = ["term_average" if is_scored else "term_level"]
    tail += ["year_average" if is_scored else "year_level"] if rows else []
    marks = [*(str(t("form.regular", n=n)) for n in range(1, len(REGULAR) + 1)), *_words("midterm", "final")]
    words = [*_words("number", "code", "name", "born"), *marks, *_words(*tail, "comment")]
    sheet.head(words, [6, 14, 28, 12, *[8] * len(marks), *[10] * len(tail), 48])
    of_year = {row.pupil.person_id: row.results for row in rows}
    for row in term.rows:
        who = row.pupil.person_id
        given = [_value(rules, row.counted.get(place)) for place in (*REGULAR, Place.MIDTERM, Place.FINAL)]
        results = [_result(rules, row.result, is_short=row.is_short)]
        if rows:
            mine = of_year.get(who)
            results.append(_result(rules, mine.year, is_short=mine.short[1]) if mine else None)
        sheet.line(
            [row.pupil.number, row.pupil.code or None, named(row.pupil), None, *given, *results, term.comments.get(who)]
        )
    _write_foot(sheet, rules, term.rows)


def _words(*names: str) -> list[str]:
    """Headings of the forms."""
    return [str(t(f"form.{name}")) for name in names]


def _write_foot(sheet: _Sheet, rules: Rulebook, rows: Sequence[Row]) -> None:
    """Số học sinh đạt, chưa đạt (SL, TL %), of those of the class who have a result."""
    known = [row.result for row in rows if row.pupil.is_active and isinstance(row.result, Decimal | str)]
    passed = sum(_is_passed(rules, result) for result in known)
    sheet.row += 1
    for key, count in ((t("form.passed"), passed), (t("form.failed"), len(known) - passed)):
        share = (Decimal(100 * count) / len(known)).quantize(Decimal("0.1"), ROUND_HALF_UP) if known else Decimal(0)
        sheet.foot(str(key), count, share)
    for row in rows:
        if source := _from_class(row):
            sheet.foot(f"{row.pupil.name}: {source}")


def _is_passed(rules: Rulebook, result: Decimal | str) -> bool:
    return result >= PASSED if isinstance(result, Decimal) else result == rules.regulation.comment_levels[1]


# --- the class's book -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """A subject of the class book, with both of its terms."""

    subject: years.Subject
    terms: Sequence[Term]


def class_book(year: years.ClassYear, pages: Sequence[Page]) -> bytes:
    """Sổ theo dõi và đánh giá học sinh (theo lớp học): both terms and the year of the whole class, then each subject's
    terms. Levels that the regulation gives are proposals, and the sheets say so."""
    out = io.BytesIO()
    with _workbook(out) as workbook:
        for n in (1, 2):
            _write_whole(_class_sheet(workbook, year, str(t("form.whole", n=formats.term(n)))), year, n)
        _write_class_year(_class_sheet(workbook, year, str(t("form.whole_year"))), year)
        for number, page in enumerate(pages, 1):  # its number keeps two subjects with one beginning apart
            for term in page.terms:
                name = f"{number}-{page.subject.course.subject}"[: LONGEST_SHEET - 4].translate(FORBIDDEN)
                _write_subject(_class_sheet(workbook, year, f"{name} HK{term.number}"), year, page, term)
    return out.getvalue()


def _class_sheet(workbook: Workbook, year: years.ClassYear, name: str) -> _Sheet:
    sheet = _Sheet(workbook, name)
    sheet.landscape()
    about = t("form.class_about", name=year.class_.name, year=year.class_.school_year)
    sheet.title(str(t("form.class_book")), f"{about} · {name}", str(t("form.proposed")))
    return sheet


def _write_whole(sheet: _Sheet, year: years.ClassYear, term: int) -> None:
    """Tổng hợp học kì: every subject, results and conduct of the term, half-days absent."""
    subjects = [one.course.subject for one in year.subjects]
    words = [*_words("number", "name"), *subjects, *map(str, (t("year.results"), t("year.conduct"), t("year.absent")))]
    sheet.head(words, [6, 28, *[9] * len(subjects), 22, 14, 10])
    for number, row in enumerate(year.rows, 1):
        kept = row.conduct.get(term)
        sheet.line(
            [
                number,
                named(row.pupil),
                *_subject_results(year, row, lambda mine: (mine.terms[term - 1], mine.short[term - 1])),
                _level(row.levels[term - 1]),
                str(t(f"marks.level.{kept.level}")) if kept and kept.level else None,
                kept.absent if kept else None,
            ]
        )


def _write_class_year(sheet: _Sheet, year: years.ClassYear) -> None:
    """Tổng hợp cả năm and xếp loại: the year of every subject, results, conduct, absence, what follows."""
    subjects = [one.course.subject for one in year.subjects]
    last = [t("year.results"), t("year.conduct"), t("year.absent"), t("year.promotion"), t("year.award")]
    words = [*_words("number", "name"), *subjects, *map(str, last)]
    sheet.head(words, [6, 28, *[9] * len(subjects), 22, 14, 10, 24, 18])
    for number, row in enumerate(year.rows, 1):
        sheet.line(
            [
                number,
                named(row.pupil),
                *_subject_results(year, row, lambda mine: (mine.year, mine.short[1])),
                _level(row.levels[2]),
                _conduct(row),
                row.absent,
                _promotion(row),
                str(t(f"year.award.{row.award.key}")) if isinstance(row.award, Award) and row.award.key else None,
            ]
        )


def _subject_results(
    year: years.ClassYear, row: years.ClassRow, of: Callable[[years.SubjectYear], tuple[Any, bool]]
) -> list[Decimal | str | None]:
    known = [(one, row.subjects.get(one.course.context_id)) for one in year.subjects]
    told = [(one, of(mine) if mine else None) for one, mine in known]
    return [_result(one.rules, it[0], is_short=it[1]) if it else _exempted(row, one) for one, it in told]


def _exempted(row: years.ClassRow, one: years.Subject) -> str | None:
    """That the pupil does not take a subject or is exempt, as the homeroom teacher said it."""
    told = row.exempted.get(one.course.subject)
    return str(t(f"year.exempt.{told.kind}")) if told and one.course.context_id not in row.subjects else None


def _level(level: years.Level) -> str | None:
    """A level of results; beside it the other reading of Điều 9.3, where it gives another one."""
    if isinstance(level, NotComputable):
        return None
    other = t("year.other", level=t(f"marks.level.{level.other_reading}")) if level.other_reading else ""
    return ", ".join(map(str, filter(None, (t(f"marks.level.{level.level}"), other))))


def _conduct(row: years.ClassRow) -> str | None:
    """The year's conduct, and after it that of the summer (Điều 13)."""
    if not isinstance(row.conduct_year, str):
        return None
    told, summer = str(t(f"marks.level.{row.conduct_year}")), row.conduct.get(SUMMER)
    after = f", {t('year.after_summer')}: {t(f'marks.level.{summer.level}')}" if summer and summer.level else ""
    return told + after


def _from_class(row: Row | None) -> str | None:
    """That a term's marks are those of the class from which the pupil moved."""
    return str(t("marks.from_class", name=row.source.name)) if row and row.source else None


def _promotion(row: years.ClassRow) -> str | None:
    if isinstance(row.promotion, NotComputable):
        return None
    reasons = [str(t(f"year.not_up.{why}")) for why in row.promotion.reasons] or [str(t("year.goes_up"))]
    reasons += [str(t("year.made_good"))] if row.is_made_good else []
    if other := row.other_promotion:
        reasons.append(str(t("year.other", level=t("year.goes_up") if other.is_promoted else t("year.stays"))))
    return ", ".join(reasons)


def _write_subject(sheet: _Sheet, year: years.ClassYear, page: Page, term: Term) -> None:
    """A subject's page: regular marks, mid-term, final, the term; in the second term the year and its re-assessment."""
    rules = page.subject.rules
    kind = "average" if rules.form is Form.SCORE else "level"
    tail = [f"term_{kind}", *([f"year_{kind}", "again"] if term.number == 2 else []), "note"]
    marks = [*(str(t("form.regular", n=n)) for n in range(1, len(REGULAR) + 1)), *_words("midterm", "final")]
    sheet.head([*_words("number", "name"), *marks, *_words(*tail)], [6, 28, *[8] * len(marks), *[11] * len(tail)])
    by_pupil = {row.pupil.person_id: row for row in term.rows}
    for number, one in enumerate(year.rows, 1):
        row, mine = by_pupil.get(one.pupil.person_id), one.subjects.get(page.subject.course.context_id)
        context_id = page.subject.course.context_id
        given = [
            _value(rules, row.counted.get(place)) if row else None for place in (*REGULAR, Place.MIDTERM, Place.FINAL)
        ]
        of_year = (
            [
                _result(rules, mine.year, is_short=mine.short[1]) if mine else None,
                _value(rules, one.again.get(context_id)),
            ]
            if term.number == 2
            else []
        )
        sheet.line(
            [
                number,
                named(one.pupil),
                *given,
                _result(rules, row.result, is_short=row.is_short) if row else None,
                *of_year,
                _exempted(one, page.subject) or _from_class(row),
            ]
        )


# --- the sector database's sheet ------------------------------------------------------------------------------------


def database_sheet(head: Head, rules: Rulebook, term: Term) -> bytes:
    """A term in the columns of the sector database (CSDL ngành): one sheet, its heading in the first row."""
    out = io.BytesIO()
    with _workbook(out) as workbook:
        sheet = _Sheet(workbook, f"{head.subject}_{head.class_name}_HK{term.number}".translate(FORBIDDEN))
        regular = [str(t("form.regular", n=n)) for n in range(1, CSDL_REGULAR + 1)]
        last = _words("midterm", "final", _result_name(rules), "comment_code", "comment_text")
        words = [*_words("row", "class", "national_code", "name", "born"), *regular, *last]
        sheet.head(words, [6, 10, 18, 28, 12, *[9] * (CSDL_REGULAR + 2), 10, 14, 48])
        for row in term.rows:
            given = [_value(rules, row.counted.get(place)) for place in REGULAR]
            given += [None] * (CSDL_REGULAR - len(REGULAR))
            given += [_value(rules, row.counted.get(place)) for place in (Place.MIDTERM, Place.FINAL)]
            said = term.comments.get(row.pupil.person_id)
            start = [row.pupil.number, head.class_name, _national(row.pupil.code), row.pupil.name, None]
            sheet.line([*start, *given, None if row.is_short else _result(rules, row.result), None, said])
    return out.getvalue()


def _national(code: str) -> str | None:
    """A pupil's id at the ministry has ten digits; a school's own id is not put in its place."""
    return code if re.fullmatch(r"\d{10}", code) else None


FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", "-"))
"""What a worksheet's name may not hold."""


def _result_name(rules: Rulebook) -> str:
    return "term_average" if rules.form is Form.SCORE else "assessed"


# --- attendance -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seat:
    """What the teacher confirmed of a pupil in one lesson: `letter` x, N, P or K; `source`: the class from which the
    pupil has moved since."""

    person_id: int
    day: date
    letter: str
    source: Origin | None = None


@dataclass(frozen=True)
class Listed:
    """A pupil of the list."""

    person_id: int
    number: int
    name: str


def attendance(head: Head, listed: Sequence[Listed], seats: Sequence[Seat]) -> bytes:
    """A sheet for each month with lessons: days with their weekday, then the totals. By lessons of this subject, not by
    half-days of the school: the class book counts those."""
    out = io.BytesIO()
    with _workbook(out) as workbook:
        months = groupby(sorted(seats, key=lambda seat: seat.day), key=lambda seat: (seat.day.year, seat.day.month))
        for (year, month), found in months:
            _write_month(_Sheet(workbook, f"{month:02}-{year}"), head, listed, list(found))
        if not seats:
            _Sheet(workbook, str(t("form.no_attendance"))[:LONGEST_SHEET]).title(str(t("form.no_attendance")))
    return out.getvalue()


def _write_month(sheet: _Sheet, head: Head, listed: Sequence[Listed], seats: Sequence[Seat]) -> None:
    first = seats[0].day.replace(day=1)
    days = [date.fromordinal(n) for n in range(first.toordinal(), first.toordinal() + 31)]
    days = [day for day in days if day.month == first.month]
    about = t("form.month", subject=head.subject, name=head.class_name, month=first.month, year=first.year)
    sheet.landscape()
    sheet.title(str(t("form.attendance")), str(about), str(t("form.letters")))
    named = [f"{day.day}\n{WEEKDAYS[day.weekday()]}" for day in days]
    sheet.head([*_words("number", "name"), *named, *_words("absent_all"), "P", "K"], [6, 28, *[4] * len(days), 6, 5, 5])
    letters: dict[tuple[int, date], list[str]] = {}
    for seat in seats:
        letters.setdefault((seat.person_id, seat.day), []).append(seat.letter)
    for one in listed:
        own = [letters.get((one.person_id, day), []) for day in days]
        said = [letter for day in own for letter in day]
        p, k = said.count("P"), said.count("K")
        sheet.line([one.number, one.name, *(", ".join(day) for day in own), p + k, p, k])
    sheet.row += 1
    for line in _elsewhere(listed, seats):
        sheet.foot(line)


def _elsewhere(listed: Sequence[Listed], seats: Sequence[Seat]) -> Iterable[str]:
    """Of each pupil who has moved since, on which of these days they were in the class before."""
    days: dict[tuple[int, str], set[int]] = {}
    for seat in seats:
        if seat.source:
            days.setdefault((seat.person_id, seat.source.name), set()).add(seat.day.day)
    names = {one.person_id: one.name for one in listed}
    for (person_id, class_name), own in sorted(days.items()):
        if person_id in names:
            told = ", ".join(map(str, sorted(own)))
            yield str(t("form.days_there", who=names[person_id], days=told, name=class_name))
