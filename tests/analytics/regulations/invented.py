"""An invented regulation, as a school elsewhere might have one: it proves that the port fits more than one.

Marks of 0 to 20 without decimals; every test counts once, the final twice; three levels; the terms count alike; a level
needs an average over all subjects; conduct is the worse of the terms; absence keeps nobody back. It begins in 2024.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

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

LEVELS = ("low", "middle", "high")
PASS, HIGH = Decimal(10), Decimal(15)


def edition(school_year: str) -> "Invented | None":
    if not re.fullmatch(r"\d{4}-\d{4}", school_year):
        raise ValueError("not a school year")
    return Invented() if school_year >= "2024" else None


def rounded(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1), ROUND_HALF_EVEN)


class Invented:
    key = "invented"
    levels = LEVELS
    comment_levels = ("absent", "present")
    highest = Decimal(20)

    def under(self, reading: str) -> "Invented":
        return self

    def scope(self, grade: int) -> Scope:
        return Scope() if 3 <= grade <= 8 else Scope("not_our_school")

    def mark(self, typed: Typed) -> Decimal | InvalidMark:
        if isinstance(typed, float):
            raise TypeError("no floats")
        text = "" if typed is None else str(typed).strip().replace(",", ".")
        if not text:
            return InvalidMark("missing")
        if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", text):
            return InvalidMark("not_a_number")
        number = Decimal(text)
        return rounded(number) if 0 <= number <= self.highest else InvalidMark("out_of_range")

    def display(self, mark: Decimal) -> str:
        return f"{mark}/20"

    def regular_count(self, periods_per_year: int, form: Form) -> int | NotComputable:
        return 1 if periods_per_year > 0 else NotComputable("no_periods")

    def term_average(
        self, regular: Sequence[Typed], midterm: Sitting, final: Sitting, required: int = 1
    ) -> Decimal | NotComputable:
        tests = [*(Sitting(one) for one in regular), midterm, final, final]
        marks = [self._sat(one) for one in tests]
        known = [mark for mark in marks if isinstance(mark, Decimal)]
        if len(known) < len(marks) or len(regular) < max(required, 1):
            return NotComputable("tests_missing")
        return rounded(sum(known, Decimal(0)) / len(known))

    def _sat(self, sitting: Sitting) -> Decimal | InvalidMark:
        missed = sitting.status in (Status.MISSED_UNEXCUSED, Status.MAKEUP_NOT_ATTENDED)
        waits = sitting.status is Status.MISSED_EXCUSED
        return Decimal(0) if missed else InvalidMark("missing") if waits else self.mark(sitting.mark)

    def year_average(self, term1: Typed, term2: Typed) -> Decimal | NotComputable:
        first, second = self.mark(term1), self.mark(term2)
        if isinstance(first, InvalidMark) or isinstance(second, InvalidMark):
            return NotComputable("term_missing")
        return rounded((first + second) / 2)

    def comment_term(
        self,
        regular: Sequence[str | None],
        midterm: Sitting,
        final: Sitting,
        required: int | None = None,
        *,
        is_closed: bool = False,
    ) -> str | NotComputable:
        results = [*regular, *(None if s.status is Status.MISSED_EXCUSED else s.mark for s in (midterm, final))]
        missed = any(s.status in (Status.MISSED_UNEXCUSED, Status.MAKEUP_NOT_ATTENDED) for s in (midterm, final))
        if missed or "absent" in results:
            return "absent"
        if None in results or len(regular) < (required or 0):
            return "absent" if is_closed else NotComputable("open")
        return "present"

    def comment_year(self, term1: str | None, term2: str | None) -> str | NotComputable:
        return term2 or term1 or NotComputable("open")

    def standing(self, scored: Sequence[Typed], comment: Sequence[str | None]) -> Standing | NotComputable:
        marks = [mark for mark in map(self.mark, scored) if isinstance(mark, Decimal)]
        if len(marks) < len(scored) or not marks or None in comment:
            return NotComputable("subject_incomplete")
        average = sum(marks, Decimal(0)) / len(marks)
        level = LEVELS[(average >= PASS) + (average >= HIGH)] if "absent" not in comment else "low"
        return Standing(level, level)

    def conduct_year(self, term1: str | None, term2: str | None) -> str | NotComputable:
        if term1 is None or term2 is None:
            return NotComputable("term_missing")
        return min(term1, term2, key=LEVELS.index)

    def promotion(
        self,
        conduct: str | None,
        result: str | None,
        absent_sessions: int | None,
        *,
        conduct_after_summer: str | None = None,
        result_after_retest: str | None = None,
    ) -> Promotion | NotComputable:
        result = result_after_retest or result
        if conduct is None or result is None:
            return NotComputable("year_missing")
        return Promotion(("result_low",) if result == "low" else ())

    def retest(
        self, conduct: str | None, result: str | None, scored: Mapping[str, Typed], comment: Mapping[str, str | None]
    ) -> Retest | NotComputable:
        if conduct is None or result is None:
            return NotComputable("year_missing")
        marks = {subject: self.mark(typed) for subject, typed in scored.items()}
        low = tuple(s for s, mark in marks.items() if isinstance(mark, Decimal) and mark < PASS)
        return Retest(low, is_eligible=True) if result == "low" else Retest()

    def award(self, conduct: str | None, result: str | None, scored: Sequence[Typed]) -> Award | NotComputable:
        if conduct is None or result is None:
            return NotComputable("year_missing")
        return Award("medal" if result == "high" else None)
