"""Worked cases of a regulation as a table, and where a regulation differs from them.

Columns: `case_id, kind, inputs_json, expected_json, article, certainty`. Decimals are text, so that no binary float can
come between; whole numbers may be numbers. docs/reference/regulation.md lists the kinds with their inputs and answers.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from analytics.regulations.port import (
    Award,
    Form,
    InvalidMark,
    NotComputable,
    Promotion,
    Regulation,
    Retest,
    Sitting,
    Standing,
    Status,
    Typed,
    YearStanding,
    year_standing,
)

COLUMNS = ("case_id", "kind", "inputs_json", "expected_json", "article", "certainty")

Answer = dict[str, Any]


class BadCases(Exception):
    """The table cannot be read: what is wrong, and in which line (of the text; None for the whole)."""

    def __init__(self, fault: str, line: int | None = None) -> None:
        super().__init__(fault if line is None else f"line {line}: {fault}")


class _BadInputs(Exception):
    """A case whose inputs are not those of its kind."""


@dataclass(frozen=True)
class Case:
    """One worked case and where it stands."""

    id: str
    kind: str
    inputs: Mapping[str, Any]
    expected: Answer
    article: str
    line: int


@dataclass(frozen=True)
class Verdict:
    """What a regulation answers to a case. `passed_over` are inputs that its kind does not have."""

    case: Case
    computed: Answer
    passed_over: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether it is what the table says. Subjects of a re-test are a set: their order says nothing."""
        return _canonical(self.computed) == _canonical(self.case.expected)


def _canonical(answer: Answer) -> str:
    """Equal texts for equal answers, and for no others: in Python, true equals 1 and 2 equals 2.0."""
    subjects = answer.get("subjects")
    unordered = {**answer, "subjects": sorted(map(repr, subjects))} if isinstance(subjects, list) else answer
    return json.dumps(unordered, sort_keys=True, default=repr)


# --- reading --------------------------------------------------------------------------------------------------------


def read(text: str) -> list[Case]:
    """The cases of a table. Raises `BadCases` for another head, a line with other cells, or JSON that is none."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(rows, [])
        if tuple(cell.strip() for cell in head) != COLUMNS:
            raise BadCases(f"the columns must be {', '.join(COLUMNS)}")
        cases = [_case(row, rows.line_num) for row in rows if row]
    except csv.Error as error:
        raise BadCases(f"not a table of comma-separated values ({error})", rows.line_num) from error
    if not cases:
        raise BadCases("there is no case")
    return cases


def _case(row: list[str], line: int) -> Case:
    if len(row) != len(COLUMNS):
        raise BadCases(f"{len(row)} cells where {len(COLUMNS)} are due", line)
    cells = dict(zip(COLUMNS, row, strict=True))
    if cells["kind"] not in KINDS:
        raise BadCases(f"there is no kind {cells['kind']!r}", line)
    inputs, expected = (_object(cells[name], name, line) for name in ("inputs_json", "expected_json"))
    return Case(cells["case_id"], cells["kind"], inputs, expected, cells["article"], line)


def _object(text: str, name: str, line: int) -> dict[str, Any]:
    """A JSON object; a number with decimals stays what is written."""
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BadCases(f"{name} is not JSON ({error})", line) from error
    if not isinstance(found, dict):
        raise BadCases(f"{name} is not a JSON object", line)
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def judge(regulation: Regulation, case: Case) -> Verdict:
    """What the regulation answers. Raises `BadCases` when the inputs are not those of the kind."""
    inputs = Inputs(case.inputs, regulation)
    try:
        computed = KINDS[case.kind](regulation, inputs)
    except _BadInputs as error:
        raise BadCases(f"{case.id}: {error}", case.line) from error
    return Verdict(case, computed, tuple(name for name in case.inputs if name not in inputs.read))


@dataclass(frozen=True)
class Inputs:
    """A case's inputs, read with their types; what is absent is None. Each method raises `_BadInputs`."""

    given: Mapping[str, Any]
    regulation: Regulation
    read: set[str] = field(default_factory=set)

    def get(self, name: str) -> Any:
        """What stands there."""
        self.read.add(name)
        return self.given.get(name)

    def mark(self, name: str) -> Typed:
        """A mark as typed."""
        return _typed(name, self.get(name))

    def marks(self, name: str) -> list[Typed]:
        """Marks of several subjects, or of one."""
        return [_typed(name, one) for one in self._list(name)]

    def marks_by_subject(self, name: str) -> dict[str, Typed]:
        """Marks by subject."""
        return {subject: _typed(name, one) for subject, one in self._mapping(name).items()}

    def level(self, name: str) -> str | None:
        """A level of results or conduct."""
        return _word(name, self.get(name), self.regulation.levels)

    def comment(self, name: str) -> str | None:
        """A level of a comment-only subject."""
        return _word(name, self.get(name), self.regulation.comment_levels)

    def comments(self, name: str) -> list[str | None]:
        """Levels of several comment-only subjects, or assessments."""
        return [_word(name, one, self.regulation.comment_levels) for one in self._list(name)]

    def comments_by_subject(self, name: str) -> dict[str, str | None]:
        """Levels of comment-only subjects, by subject."""
        levels = self.regulation.comment_levels
        return {subject: _word(name, one, levels) for subject, one in self._mapping(name).items()}

    def sitting(self, name: str, form: Form) -> Sitting:
        """A periodic test: its mark, or an object with `status` and perhaps `mark`."""
        found = self.get(name)
        given = found if isinstance(found, dict) else {"mark": found}
        status = _word(f"{name}.status", given.get("status", Status.TAKEN), tuple(Status))
        if status is None:
            raise _BadInputs(f"{name} has no status")
        mark: Typed = (
            _typed(name, given.get("mark"))
            if form is Form.SCORE
            else _word(name, given.get("mark"), self.regulation.comment_levels)
        )
        return Sitting(mark, Status(status))

    def whole(self, name: str) -> int | None:
        """A whole number."""
        found = self.get(name)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
            raise _BadInputs(f"{name} is no whole number: {found!r}")
        return found

    def due(self, name: str) -> int:
        """A whole number that must be there."""
        if (found := self.whole(name)) is None:
            raise _BadInputs(f"{name} is missing")
        return found

    def flag(self, name: str) -> bool:
        """True or false; false when absent."""
        found = self.get(name)
        if found is not None and not isinstance(found, bool):
            raise _BadInputs(f"{name} is neither true nor false: {found!r}")
        return bool(found)

    def form(self, name: str) -> Form:
        """How the subject is assessed."""
        found = _word(name, self.get(name), tuple(Form))
        if found is None:
            raise _BadInputs(f"{name} is missing")
        return Form(found)

    def _list(self, name: str) -> list[Any]:
        found = self.get(name)
        if not isinstance(found, list):
            raise _BadInputs(f"{name} is no list")
        return found

    def _mapping(self, name: str) -> dict[str, Any]:
        found = self.get(name)
        if not isinstance(found, dict):
            raise _BadInputs(f"{name} is no object")
        return found


def _typed(name: str, found: Any) -> Typed:
    if found is not None and (isinstance(found, bool) or not isinstance(found, str | int | Decimal)):
        raise _BadInputs(f"{name} holds what nobody types as a mark: {found!r}")
    return found


def _word(name: str, found: Any, words: tuple[str, ...]) -> str | None:
    if found is not None and found not in words:
        raise _BadInputs(f"{name} is none of {', '.join(words)}: {found!r}")
    return None if found is None else str(found)


# --- answering ------------------------------------------------------------------------------------------------------


def _regular_count(regulation: Regulation, inputs: Inputs) -> Answer:
    count = regulation.regular_count(inputs.due("periods_per_year"), inputs.form("form"))
    return _unknown(count) if isinstance(count, NotComputable) else {"regular": count}


def _mark_normalise(regulation: Regulation, inputs: Inputs) -> Answer:
    mark = regulation.mark(inputs.mark("mark"))
    return _invalid(mark) if isinstance(mark, InvalidMark) else {"mark": str(mark)}


def _mark_display(regulation: Regulation, inputs: Inputs) -> Answer:
    mark = regulation.mark(inputs.mark("mark"))
    return _invalid(mark) if isinstance(mark, InvalidMark) else {"display": regulation.display(mark)}


def _scope(regulation: Regulation, inputs: Inputs) -> Answer:
    scope = regulation.scope(inputs.due("grade"))
    return {"supported": True} if scope.is_supported else {"supported": False, "reason": scope.reason}


def _term_average(regulation: Regulation, inputs: Inputs) -> Answer:
    required = inputs.whole("required_regular")
    tests = (inputs.sitting("midterm", Form.SCORE), inputs.sitting("final", Form.SCORE))
    return _average(regulation.term_average(inputs.marks("regular"), *tests, 1 if required is None else required))


def _year_average(regulation: Regulation, inputs: Inputs) -> Answer:
    return _average(regulation.year_average(inputs.mark("term1"), inputs.mark("term2")))


def _comment_term(regulation: Regulation, inputs: Inputs) -> Answer:
    level = regulation.comment_term(
        inputs.comments("regular"),
        inputs.sitting("midterm", Form.COMMENT),
        inputs.sitting("final", Form.COMMENT),
        inputs.whole("required_regular"),
        is_closed=inputs.flag("term_closed"),
    )
    return _level(level)


def _comment_year(regulation: Regulation, inputs: Inputs) -> Answer:
    return _level(regulation.comment_year(inputs.comment("term1"), inputs.comment("term2")))


def _standing(regulation: Regulation, inputs: Inputs) -> Answer:
    inputs.get("scope")  # a term and a year are judged alike
    standing = regulation.standing(inputs.marks("scored"), inputs.comments("comment"))
    return _unknown(standing) if isinstance(standing, NotComputable) else _standing_of(standing)


def _year_standing(regulation: Regulation, inputs: Inputs) -> Answer:
    year = year_standing(
        regulation, inputs.marks("term1_scored"), inputs.marks("term2_scored"), _comments_of_year(regulation, inputs)
    )
    if isinstance(year, YearStanding):
        return {"year_averages": [str(average) for average in year.averages], **_standing_of(year.standing)}
    return _unknown(year)


def _comments_of_year(regulation: Regulation, inputs: Inputs) -> list[str | None]:
    second = inputs.comments("term2_comment")
    first = inputs.comments("term1_comment") if "term1_comment" in inputs.given else [None] * len(second)
    if len(first) != len(second):
        raise _BadInputs("term1_comment and term2_comment have not the same subjects")
    years = [regulation.comment_year(*pair) for pair in zip(first, second, strict=True)]
    return [None if isinstance(year, NotComputable) else year for year in years]


def _conduct_year(regulation: Regulation, inputs: Inputs) -> Answer:
    return _level(regulation.conduct_year(inputs.level("term1"), inputs.level("term2")))


def _promotion(regulation: Regulation, inputs: Inputs) -> Answer:
    promotion = regulation.promotion(
        inputs.level("conduct_year"),
        inputs.level("result_year"),
        inputs.whole("absent_sessions"),
        conduct_after_summer=inputs.level("conduct_after_summer"),
        result_after_retest=inputs.level("result_after_retest"),
    )
    if isinstance(promotion, Promotion):
        return {"promoted": promotion.is_promoted, "reasons": list(promotion.reasons)}
    return _unknown(promotion)


def _retest(regulation: Regulation, inputs: Inputs) -> Answer:
    retest = regulation.retest(
        inputs.level("conduct_year"),
        inputs.level("result_year"),
        inputs.marks_by_subject("scored_year"),
        inputs.comments_by_subject("comment_year"),
    )
    if isinstance(retest, Retest):
        return {
            "eligible": retest.is_eligible,
            "subjects": list(retest.subjects),
            "summer_conduct": retest.has_summer_conduct,
        }
    return _unknown(retest)


def _award(regulation: Regulation, inputs: Inputs) -> Answer:
    award = regulation.award(inputs.level("conduct_year"), inputs.level("result_year"), inputs.marks("scored_year"))
    return {"award": award.key} if isinstance(award, Award) else _unknown(award)


def _average(average: Decimal | NotComputable) -> Answer:
    return _unknown(average) if isinstance(average, NotComputable) else {"average": str(average)}


def _level(level: str | NotComputable) -> Answer:
    return _unknown(level) if isinstance(level, NotComputable) else {"level": level}


def _unknown(outcome: NotComputable) -> Answer:
    return {"computable": False, "reason": outcome.reason}


def _invalid(mark: InvalidMark) -> Answer:
    return {"valid": False, "reason": mark.reason}


def _standing_of(standing: Standing) -> Answer:
    answer: Answer = {
        "base_level": standing.base_level,
        "level": standing.level,
        "adjusted": standing.is_adjusted,
        "ambiguous": standing.is_ambiguous,
    }
    return {**answer, "other_reading": standing.other_reading} if standing.is_ambiguous else answer


KINDS: Mapping[str, Callable[[Regulation, Inputs], Answer]] = {
    "mark_normalise": _mark_normalise,
    "mark_display": _mark_display,
    "scope": _scope,
    "regular_count": _regular_count,
    "term_average": _term_average,
    "year_average": _year_average,
    "comment_term": _comment_term,
    "comment_year": _comment_year,
    "level": _standing,
    "year_level_from_terms": _year_standing,
    "conduct_year": _conduct_year,
    "promotion": _promotion,
    "retest": _retest,
    "award": _award,
}
"""What a case may ask, by its kind."""
