"""What the product asks of a regulation on assessment, whichever it is.

A regulation is pure: marks and levels in, marks, levels and reasons out, all of them keys and decimals, never text for
people. What cannot be computed yet is an answer of its own (`NotComputable`), not an error: until its last test, a term
is full of such pupils. Levels are keys, and `levels` says their order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import zip_longest
from typing import Protocol

Typed = str | int | Decimal | None
"""A mark as somebody typed it or as a file holds it; None where nothing stands. Never a binary float."""


class Form(StrEnum):
    """How a subject is assessed."""

    SCORE = "score"
    COMMENT = "comment"


class Status(StrEnum):
    """What became of a periodic test for one pupil."""

    TAKEN = "taken"
    MAKEUP = "makeup"
    MISSED_EXCUSED = "missed_excused"
    MISSED_UNEXCUSED = "missed_unexcused"
    MAKEUP_NOT_ATTENDED = "makeup_not_attended"


@dataclass(frozen=True)
class Sitting:
    """One pupil's mid-term or final test: what became of it, and the mark (of a comment-only subject: the level)."""

    mark: Typed = None
    status: Status = Status.TAKEN


@dataclass(frozen=True)
class InvalidMark:
    """No mark: `missing`, `not_a_number` or `out_of_range`."""

    reason: str


@dataclass(frozen=True)
class NotComputable:
    """Nothing to show yet, and why: `final_missing`, `midterm_awaiting_makeup`, `subject_incomplete` …"""

    reason: str


@dataclass(frozen=True)
class Scope:
    """Whether a regulation governs a class; `reason` when it does not."""

    reason: str | None = None

    @property
    def is_supported(self) -> bool:
        return self.reason is None


@dataclass(frozen=True)
class Standing:
    """The level of a term's or a year's results. `base_level` is the level before any adjustment for one subject.
    `other_reading` is what another reading of the text gives, where that is another level: then a person decides."""

    base_level: str
    level: str
    other_reading: str | None = None

    @property
    def is_adjusted(self) -> bool:
        return self.level != self.base_level

    @property
    def is_ambiguous(self) -> bool:
        return self.other_reading is not None


@dataclass(frozen=True)
class YearStanding:
    """The year's average of each scored subject, and the standing that follows."""

    averages: tuple[Decimal, ...]
    standing: Standing


@dataclass(frozen=True)
class Promotion:
    """Whether a pupil goes up; every reason why not."""

    reasons: tuple[str, ...]

    @property
    def is_promoted(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class Retest:
    """What may be made good in the summer: tests in these subjects, or conduct."""

    subjects: tuple[str, ...] = ()
    is_eligible: bool = False
    has_summer_conduct: bool = False


@dataclass(frozen=True)
class Award:
    """The year's award by its key; None for none."""

    key: str | None


class Regulation(Protocol):
    """One regulation as it stands in one school year."""

    @property
    def key(self) -> str:
        """Its name, as the entry points hold it."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of results and of conduct, the worst first."""

    @property
    def comment_levels(self) -> tuple[str, str]:
        """Levels of a comment-only subject: failed, passed."""

    @property
    def highest(self) -> Decimal:
        """The highest mark."""

    def under(self, reading: str) -> "Regulation":
        """The same under a school's reading of what its text leaves open, by the reading's key; itself where it knows
        no such reading."""

    def scope(self, grade: int) -> Scope:
        """Whether it governs this grade."""

    def mark(self, typed: Typed) -> Decimal | InvalidMark:
        """A mark as it is kept: within range, rounded as the regulation says. Raises `TypeError` for a float."""

    def display(self, mark: Decimal) -> str:
        """A kept mark as its forms print it."""

    def regular_count(self, periods_per_year: int, form: Form) -> int | NotComputable:
        """How many regular marks a pupil gets in a term, for a subject of so many periods a year."""

    def term_average(
        self, regular: Sequence[Typed], midterm: Sitting, final: Sitting, required: int = 1
    ) -> Decimal | NotComputable:
        """A scored subject's average of a term. `required` is the least number of regular marks."""

    def year_average(self, term1: Typed, term2: Typed) -> Decimal | NotComputable:
        """A scored subject's average of the year, from the averages of the terms."""

    def comment_term(
        self,
        regular: Sequence[str | None],
        midterm: Sitting,
        final: Sitting,
        required: int | None = None,
        *,
        is_closed: bool = False,
    ) -> str | NotComputable:
        """A comment-only subject's level of a term. `required`: None for what the regulation asks."""

    def comment_year(self, term1: str | None, term2: str | None) -> str | NotComputable:
        """A comment-only subject's level of the year."""

    def standing(self, scored: Sequence[Typed], comment: Sequence[str | None]) -> Standing | NotComputable:
        """The level of results, of a term or a year, from all scored and all comment-only subjects."""

    def conduct_year(self, term1: str | None, term2: str | None) -> str | NotComputable:
        """The year's conduct from the terms'."""

    def promotion(
        self,
        conduct: str | None,
        result: str | None,
        absent_sessions: int | None,
        *,
        conduct_after_summer: str | None = None,
        result_after_retest: str | None = None,
    ) -> Promotion | NotComputable:
        """Whether a pupil goes up. What was made good in the summer stands in place of the year's."""

    def retest(
        self,
        conduct: str | None,
        result: str | None,
        scored: Mapping[str, Typed],
        comment: Mapping[str, str | None],
    ) -> Retest | NotComputable:
        """What may be made good in the summer; subjects by their keys, in the order given."""

    def award(self, conduct: str | None, result: str | None, scored: Sequence[Typed]) -> Award | NotComputable:
        """The year's award."""


Edition = Callable[[str], Regulation | None]
"""What an entry point names: the regulation as it stood in a school year ("2026-2027"); None when it did not stand."""


def year_standing(
    regulation: Regulation, term1: Sequence[Typed], term2: Sequence[Typed], comment: Sequence[str | None]
) -> YearStanding | NotComputable:
    """The year's standing from the terms' averages: `term1` and `term2` hold the same subjects in the same order,
    `comment` the comment-only subjects' levels of the year."""
    averages = [regulation.year_average(*pair) for pair in zip_longest(term1, term2)]
    known = tuple(average for average in averages if isinstance(average, Decimal))
    if len(known) < len(averages):
        return NotComputable("subject_incomplete")
    standing = regulation.standing(known, comment)
    return standing if isinstance(standing, NotComputable) else YearStanding(known, standing)
