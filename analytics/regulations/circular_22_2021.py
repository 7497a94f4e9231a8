"""Circular 22/2021/TT-BGDĐT: assessment of pupils in grades 6 to 12.

Every number stands in `Rules`, a version of the circular's numbers with the first school year it holds for; every
formula names its article. Arithmetic is exact (fractions), and a half is rounded up: the circular names the decimal
place, not the tie, and half up is what schools do.

Where the text leaves something open, the choice is named where it is made and listed in docs/reference/regulation.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import TypeGuard

from analytics.regulations.port import (
    Award,
    Form,
    InvalidMark,
    NotComputable,
    Promotion,
    Retest,
    Scope,
    Sitting,
    Standing,
    Status,
    Typed,
)

KEY = "circular_22_2021"
CHUA_DAT, DAT, KHA, TOT = LEVELS = ("chua_dat", "dat", "kha", "tot")

_MARK = re.compile(r"-?[0-9]{1,9}(?:[.,][0-9]{1,9})?")
_SCHOOL_YEAR = re.compile(r"(20[0-9]{2})\s*[-–]\s*(20[0-9]{2})")


class Reading(StrEnum):
    """How Điều 9.3 is read: which subject may be the one that pulls the level down, and what is asked without it.

    `STRICT`: a scored subject, and the others alone must reach the level. `WIDEST`: any subject, and the level must be
    reached as if this one met every demand. No reading lifts more than the widest, none less than the strict one.
    """

    STRICT = "strict"
    WIDEST = "widest"


@dataclass(frozen=True)
class Demand:
    """What a level asks (Điều 9.2): every scored subject at least `every`, enough of them at least `many`, and not more
    than `failed` comment-only subjects Chưa đạt."""

    level: str
    every: Decimal
    many: Decimal
    failed: int


@dataclass(frozen=True)
class Rules:
    """The circular's numbers, as they hold from the school year that begins in `since`."""

    since: int = 2021
    first_years: tuple[tuple[int, int], ...] = (
        (6, 2021),
        (7, 2022),
        (8, 2023),
        (9, 2024),
        (10, 2022),
        (11, 2023),
        (12, 2024),
    )
    """Grade, and the school year from which it is assessed under this circular (its last article, by stages)."""
    highest: Decimal = Decimal("10.0")
    regular_counts: tuple[tuple[int, int], ...] = ((35, 2), (70, 3))
    """Periods a year up to which so many regular marks are due in a term (Điều 6)."""
    regular_most: int = 4
    """Regular marks above the last of these (Điều 6)."""
    regular_comments: int = 2
    """Regular assessments a term of a comment-only subject (Điều 6)."""
    midterm_weight: int = 2
    final_weight: int = 3
    term2_weight: int = 2
    demands: tuple[Demand, ...] = (
        Demand(TOT, every=Decimal("6.5"), many=Decimal("8.0"), failed=0),
        Demand(KHA, every=Decimal("5.0"), many=Decimal("6.5"), failed=0),
        Demand(DAT, every=Decimal("3.5"), many=Decimal("5.0"), failed=1),
    )
    """The levels above the lowest, the best first (Điều 9.2)."""
    enough: int = 6
    """How many scored subjects are many (Điều 9.2, Điều 15)."""
    conduct: tuple[tuple[str, ...], ...] = (
        (CHUA_DAT, CHUA_DAT, CHUA_DAT, CHUA_DAT),
        (DAT, DAT, DAT, KHA),
        (DAT, KHA, KHA, KHA),
        (KHA, KHA, TOT, TOT),
    )
    """The year's conduct (Điều 8): a row for each level of the second term, a column for each of the first, the worst
    first."""
    most_absent: int = 45
    """Half-days (buổi) a pupil may be absent in a year and still go up (Điều 12)."""
    retest_below: Decimal = Decimal("5.0")
    excellent: Decimal = Decimal("9.0")
    """The year's average that enough subjects of a Học sinh Xuất sắc reach (Điều 15)."""


VERSIONS = (Rules(),)
"""The circular and its amendments, the oldest first. An amendment is one more line here."""


def edition(school_year: str) -> "Circular22 | None":
    """The circular as it stood in this school year ("2026-2027"); None before its first.

    Raises `ValueError` for what is no school year.
    """
    found = _SCHOOL_YEAR.fullmatch(school_year.strip())
    if not found or int(found[2]) != int(found[1]) + 1:
        raise ValueError(f"not a school year: {school_year!r}")
    year = int(found[1])
    standing = [rules for rules in VERSIONS if rules.since <= year]
    return Circular22(year, standing[-1]) if standing else None


def _half_up(number: Fraction) -> Decimal:
    """A number of at least 0 at one decimal, a half going up (Điều 5.3b)."""
    return Decimal(floor(number * 10 + Fraction(1, 2))).scaleb(-1)


def _are_known(marks: Sequence[Decimal | InvalidMark]) -> TypeGuard[Sequence[Decimal]]:
    return not any(isinstance(mark, InvalidMark) for mark in marks)


def _fault(name: str, marks: Sequence[Decimal | InvalidMark]) -> NotComputable:
    """The first fault among marks, named by where they stand."""
    return NotComputable(f"{name}_{next(m.reason for m in marks if isinstance(m, InvalidMark))}")


@dataclass(frozen=True)
class Circular22:
    """The circular in the school year that begins in `year`. `reading` is the school's reading of Điều 9.3."""

    year: int
    rules: Rules = VERSIONS[-1]
    reading: Reading = Reading.STRICT

    key = KEY
    levels = LEVELS
    comment_levels = (CHUA_DAT, DAT)

    @property
    def highest(self) -> Decimal:
        """The highest mark (Điều 5.3b)."""
        return self.rules.highest

    def under(self, reading: str) -> "Circular22":
        """The same under this reading of Điều 9.3."""
        return replace(self, reading=Reading(reading)) if reading in set(Reading) else self

    def scope(self, grade: int) -> Scope:
        """Grades 6 to 12 (Điều 1), each from its first year under this circular. For primary school see Circular 27."""
        first_years = dict(self.rules.first_years)
        if grade < min(first_years):
            return Scope("circular_27_2020_not_supported")
        if grade not in first_years:
            return Scope("grade_unknown")
        return Scope() if first_years[grade] <= self.year else Scope("circular_58_2011_not_supported")

    # --- marks ------------------------------------------------------------------------------------------------------

    def mark(self, typed: Typed) -> Decimal | InvalidMark:
        """A mark of 0 to 10 at one decimal (Điều 5.3b). Decimal comma or point; what is out of range before rounding is
        refused, not cut. Raises `TypeError` for a float: 8.25 would no longer be 8.25."""
        if isinstance(typed, float):
            raise TypeError("a mark is text, a whole number or a Decimal, never a float")
        text = "" if typed is None else f"{typed:f}" if isinstance(typed, Decimal) else str(typed).strip()
        if not text:
            return InvalidMark("missing")
        if not _MARK.fullmatch(text):
            return InvalidMark("not_a_number")
        number = Fraction(text.replace(",", "."))
        return _half_up(number) if 0 <= number <= self.highest else InvalidMark("out_of_range")

    def display(self, mark: Decimal) -> str:
        """Decimal comma; a whole mark without decimals ("số nguyên hoặc số thập phân", Điều 5.3b): 8,3 and 10."""
        return f"{mark:f}".removesuffix(".0").replace(".", ",")

    def regular_count(self, periods_per_year: int, form: Form) -> int | NotComputable:
        """Regular marks a term (Điều 6): 2 for 35 periods a year, 3 up to 70, 4 above; 2 for comment-only subjects.
        That fewer than 35 periods also give 2 is our reading."""
        if periods_per_year < 1:
            return NotComputable("periods_out_of_range")
        if form is Form.COMMENT:
            return self.rules.regular_comments
        due = (count for periods, count in self.rules.regular_counts if periods_per_year <= periods)
        return next(due, self.rules.regular_most)

    def term_average(
        self, regular: Sequence[Typed], midterm: Sitting, final: Sitting, required: int = 1
    ) -> Decimal | NotComputable:
        """ĐTBmhk = (sum of ĐĐGtx + 2 × ĐĐGgk + 3 × ĐĐGck) / (count of ĐĐGtx + 5), at one decimal (Điều 9.1b).

        A test missed without reason is 0, a missed one with reason waits for its make-up (Điều 7.4, 7.5); the divisor
        never shrinks. Fewer regular marks than `required` give no average: our choice.
        """
        marks = [self.mark(one) for one in regular]
        if not _are_known(marks):
            return _fault("regular", marks)
        if len(marks) < max(required, 1):
            return NotComputable("regular_missing")
        middle, last = self._periodic("midterm", midterm), self._periodic("final", final)
        if isinstance(middle, NotComputable):
            return middle
        if isinstance(last, NotComputable):
            return last
        rules = self.rules
        total = (
            sum(map(Fraction, marks)) + rules.midterm_weight * Fraction(middle) + rules.final_weight * Fraction(last)
        )
        return _half_up(total / (len(marks) + rules.midterm_weight + rules.final_weight))

    def _periodic(self, name: str, sitting: Sitting) -> Decimal | NotComputable:
        """The mark of a periodic test (Điều 7.4, 7.5)."""
        if sitting.status is Status.MISSED_EXCUSED:
            return NotComputable(f"{name}_awaiting_makeup")
        if sitting.status in (Status.MISSED_UNEXCUSED, Status.MAKEUP_NOT_ATTENDED):
            return Decimal("0.0")
        mark = self.mark(sitting.mark)
        return _fault(name, [mark]) if isinstance(mark, InvalidMark) else mark

    def year_average(self, term1: Typed, term2: Typed) -> Decimal | NotComputable:
        """ĐTBmcn = (ĐTBmhkI + 2 × ĐTBmhkII) / 3, from the rounded averages of the terms (Điều 9.1b)."""
        first, second = self.mark(term1), self.mark(term2)
        if isinstance(first, InvalidMark):
            return _fault("term1", [first])
        if isinstance(second, InvalidMark):
            return _fault("term2", [second])
        weight = self.rules.term2_weight
        return _half_up((Fraction(first) + weight * Fraction(second)) / (1 + weight))

    # --- comment-only subjects --------------------------------------------------------------------------------------

    def comment_term(
        self,
        regular: Sequence[str | None],
        midterm: Sitting,
        final: Sitting,
        required: int | None = None,
        *,
        is_closed: bool = False,
    ) -> str | NotComputable:
        """Đạt when every assessment due is there and Đạt, else Chưa đạt (Điều 9.1a). What is incomplete waits until the
        term is closed, and is then Chưa đạt: our choice. A test missed without reason is Chưa đạt (Điều 7.4, 7.5)."""
        due = self.rules.regular_comments if required is None else required
        results = [*regular, self._commented(midterm), self._commented(final)]
        is_complete = len(regular) >= due and None not in results
        if not is_complete and not is_closed:
            return NotComputable("assessments_incomplete")
        return DAT if is_complete and all(result == DAT for result in results) else CHUA_DAT

    def _commented(self, sitting: Sitting) -> str | None:
        """The level of a periodic assessment; None while there is none (Điều 7.4, 7.5)."""
        if sitting.status in (Status.MISSED_UNEXCUSED, Status.MAKEUP_NOT_ATTENDED):
            return CHUA_DAT
        is_there = sitting.status is not Status.MISSED_EXCUSED and sitting.mark is not None
        return str(sitting.mark) if is_there else None

    def comment_year(self, term1: str | None, term2: str | None) -> str | NotComputable:
        """The second term's level (Điều 9.1a)."""
        return NotComputable("term2_missing") if term2 is None else term2

    # --- levels -----------------------------------------------------------------------------------------------------

    def standing(self, scored: Sequence[Typed], comment: Sequence[str | None]) -> Standing | NotComputable:
        """The level of results (Điều 9.2), one step higher where Điều 9.3 lifts it under the school's reading."""
        marks = [self.mark(one) for one in scored]
        if not marks or None in comment or InvalidMark("missing") in marks:
            return NotComputable("subject_incomplete")
        if not _are_known(marks):
            return _fault("subject", marks)
        failed = sum(result != DAT for result in comment)
        base = self._base_level(marks, failed)
        lifted = {reading: self._lifted(base, marks, failed, reading) for reading in Reading}
        level = lifted.pop(self.reading)
        (other,) = lifted.values()
        return Standing(base, level, other if other != level else None)

    def _base_level(self, marks: Sequence[Decimal], failed: int) -> str:
        """The best level whose demand is met (Điều 9.2)."""
        for demand in self.rules.demands:
            many = sum(mark >= demand.many for mark in marks)
            if failed <= demand.failed and many >= self.rules.enough and min(marks, default=0) >= demand.every:
                return demand.level
        return CHUA_DAT

    def _lifted(self, base: str, marks: Sequence[Decimal], failed: int, reading: Reading) -> str:
        """The next level up, where one subject alone pulls the level down by two or more (Điều 9.3); else `base`."""
        rank = LEVELS.index(base)
        without = (LEVELS.index(level) for level in self._without_one(marks, failed, reading))
        return LEVELS[rank + 1] if max(without, default=0) - rank >= 2 else base

    def _without_one(self, marks: Sequence[Decimal], failed: int, reading: Reading) -> Iterator[str]:
        """The level that would be, were it not for one subject: for each that may be the one (Điều 9.3)."""
        instead = [] if reading is Reading.STRICT else [self.highest]
        for place in range(len(marks)):
            yield self._base_level([*marks[:place], *instead, *marks[place + 1 :]], failed)
        if failed and reading is Reading.WIDEST:
            yield self._base_level(marks, failed - 1)

    def conduct_year(self, term1: str | None, term2: str | None) -> str | NotComputable:
        """The year's conduct from the terms', the second above the first (Điều 8)."""
        if term1 is None or term2 is None:
            return NotComputable("term1_missing" if term1 is None else "term2_missing")
        return self.rules.conduct[LEVELS.index(term2)][LEVELS.index(term1)]

    # --- the end of the year ----------------------------------------------------------------------------------------

    def promotion(
        self,
        conduct: str | None,
        result: str | None,
        absent_sessions: int | None,
        *,
        conduct_after_summer: str | None = None,
        result_after_retest: str | None = None,
    ) -> Promotion | NotComputable:
        """Up with conduct and results of at least Đạt, and at most 45 half-days of absence, with leave or without
        (Điều 12). What was made good in the summer stands in place of the year's (Điều 13, Điều 14)."""
        conduct, result = conduct_after_summer or conduct, result_after_retest or result
        if conduct is None or result is None:
            return NotComputable("conduct_year_missing" if conduct is None else "result_year_missing")
        if absent_sessions is None or absent_sessions < 0:
            return NotComputable(
                "absent_sessions_missing" if absent_sessions is None else "absent_sessions_out_of_range"
            )
        reasons = {
            "conduct_below_dat": conduct == CHUA_DAT,
            "result_below_dat": result == CHUA_DAT,
            f"absent_over_{self.rules.most_absent}": absent_sessions > self.rules.most_absent,
        }
        return Promotion(tuple(reason for reason, holds in reasons.items() if holds))

    def retest(
        self, conduct: str | None, result: str | None, scored: Mapping[str, Typed], comment: Mapping[str, str | None]
    ) -> Retest | NotComputable:
        """With conduct of at least Đạt and results Chưa đạt: tests in the subjects under 5,0 or Chưa đạt (Điều 14).
        Conduct Chưa đạt: the summer's conduct (Điều 13). That both give no tests is our choice; the text is silent."""
        if conduct is None or result is None:
            return NotComputable("conduct_year_missing" if conduct is None else "result_year_missing")
        if conduct == CHUA_DAT or result != CHUA_DAT:
            return Retest(has_summer_conduct=conduct == CHUA_DAT)
        marks = {subject: self.mark(typed) for subject, typed in scored.items()}
        if None in comment.values() or InvalidMark("missing") in marks.values():
            return NotComputable("subject_incomplete")
        if not _are_known(known := list(marks.values())):
            return _fault("subject", known)
        low = [subject for subject, mark in zip(marks, known, strict=True) if mark < self.rules.retest_below]
        return Retest((*low, *(subject for subject, level in comment.items() if level == CHUA_DAT)), is_eligible=True)

    def award(self, conduct: str | None, result: str | None, scored: Sequence[Typed]) -> Award | NotComputable:
        """Conduct and results Tốt: Học sinh Xuất sắc with at least 6 subjects of 9,0 or more in the year, else Học sinh
        Giỏi (Điều 15)."""
        if conduct is None or result is None:
            return NotComputable("conduct_year_missing" if conduct is None else "result_year_missing")
        if (conduct, result) != (TOT, TOT):
            return Award(None)
        marks = [self.mark(one) for one in scored]
        if not marks or InvalidMark("missing") in marks:
            return NotComputable("subject_incomplete")
        if not _are_known(marks):
            return _fault("subject", marks)
        is_excellent = sum(mark >= self.rules.excellent for mark in marks) >= self.rules.enough
        return Award("hoc_sinh_xuat_sac" if is_excellent else "hoc_sinh_gioi")
