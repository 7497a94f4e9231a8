"""Where values stand in the LMS's gradebook, pupil by pupil: a lesson's scores and the columns beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import select

from analytics import reader
from analytics.results import PupilResult
from lti_tool.extensions import db
from lti_tool.lessons.roster import Pupil
from lti_tool.lms import delivery
from lti_tool.models import LessonRun, Person, Score, ScoreDecision, ScoreState
from lti_tool.pages.attendance import Row

WORDS = ("theirs", "ours")
"""Which of two grades stands: the one that somebody made in the LMS, or the one kept here."""


@dataclass(frozen=True)
class Line:
    """One pupil, and one cell of a column: of the lesson's scores, or of one beside them or of the term's marks."""

    person_id: int
    uid: str
    number: int
    name: str
    result: PupilResult | None
    decision: ScoreDecision | None
    score: Score | None
    has_account: bool

    @property
    def gradebook(self) -> str:
        """Where the score stands, as a key that the page has words for."""
        if not self.has_account:
            return "no_account"
        if self.score is None:
            return "none"
        if self.score.state is ScoreState.REFUSED or self.score.fault == delivery.WITHDRAWN:
            return self.score.fault
        return "again" if self.score.state is ScoreState.WAITING and self.score.fault else self.score.state.value

    @property
    def is_stuck(self) -> bool:
        """Whether sending again may help."""
        return self.score is not None and self.score.state in delivery.STUCK

    @property
    def is_waiting(self) -> bool:
        """Whether it goes on its way by itself."""
        return self.score is not None and self.score.state is ScoreState.WAITING

    @property
    def took_part(self) -> tuple[int, int]:
        """(questions answered in time, questions asked) of the first rounds."""
        return self.result.took_part if self.result else (0, 0)

    @property
    def comment(self) -> str:
        """What the teacher wrote beside the score."""
        return self.decision.comment if self.decision else ""

    @property
    def proposed(self) -> str | None:
        return self.result.score if self.result else None

    @property
    def value(self) -> str:
        """What stands in the field: what the teacher wrote, else the proposal."""
        return self.decision.value if self.decision else (self.proposed or "")


@dataclass(frozen=True)
class Extra:
    """A column beside the score, and where its cells stand: how many are written, and those that are not, by name."""

    tag: str
    label: str
    written: int
    open: list[Line]


def standing(run: LessonRun, lines: list[Line], pupils: Sequence[Pupil]) -> dict[str, Any]:
    """Where the scores and the columns beside them stand in the LMS, and whether something is on its way there."""
    extras = _extras(run, pupils)
    cells = [*lines, *(line for extra in extras for line in extra.open)]
    return {
        "extras": extras,
        "resend": resend(any(line.is_stuck for line in cells), _is_any_written(lines, extras)),
        "is_waiting": any(line.is_waiting for line in cells),
        "choice": lambda line, tag=delivery.TAG: {
            word: url_for("report.choose_grade", run_id=run.run_id, tag=tag, person_id=line.person_id, word=word)
            for word in WORDS
        },
    }


def resend(is_stuck: bool, is_written: bool) -> str:
    """Which press to send again the page offers, as a key that it has words for: what did not arrive, else all that
    did, for whoever misses it in the gradebook. "" for none."""
    return "again" if is_stuck else "again_all" if is_written else ""


def _is_any_written(lines: Sequence[Line], extras: Sequence[Extra]) -> bool:
    scores = (line.score for line in lines if line.score)
    return any(extra.written for extra in extras) or any(score.state is ScoreState.SENT for score in scores)


def _extras(run: LessonRun, people: Sequence[Pupil]) -> list[Extra]:
    pupils = {one.person_id: one for one in people}
    found = []
    for tag in delivery.EXTRAS:
        item = delivery.column_if_any(run, tag)
        cells = delivery.states(item) if item else {}
        if item and cells:
            written = sum(cell.state is ScoreState.SENT for cell in cells.values())
            found.append(Extra(tag, item.label, written, open_lines(cells, pupils)))
    return found


def open_lines(cells: Mapping[int, Score], pupils: Mapping[int, Pupil]) -> list[Line]:
    """The cells of these pupils that do not stand in the gradebook, in the order of the list."""
    lines = [
        Line(one.person_id, one.uid, one.number, one.name, None, None, cell, has_account=True)
        for person_id, cell in cells.items()
        if (one := pupils.get(person_id)) and cell.state is not ScoreState.SENT and _says_something(cell)
    ]
    return sorted(lines, key=lambda line: line.number)


def _says_something(cell: Score) -> bool:
    """What was withdrawn before it was ever written is nobody's business any more."""
    return cell.fault != delivery.WITHDRAWN or cell.sent_value is not None


def lines_of(run: LessonRun, people: list[Row], snapshot: reader.RunSnapshot) -> list[Line]:
    decided = _decisions(run.run_id)
    scores = _scores(run)
    known = _accounts([row.pupil.person_id for row in people])
    return [
        Line(
            person_id=row.pupil.person_id,
            uid=row.pupil.uid,
            number=row.pupil.number,
            name=row.pupil.name,
            result=snapshot.pupils.get(row.pupil.uid),
            decision=decided.get(row.pupil.person_id),
            score=scores.get(row.pupil.person_id),
            has_account=row.pupil.person_id in known,
        )
        for row in people
    ]


def cells_of(run: LessonRun, pupils: Sequence[Pupil]) -> list[Line]:
    """The pupils who have a cell in the column of scores: where it stands, and no more."""
    cells = _scores(run)
    known = _accounts(list(cells))
    return [
        Line(p.person_id, p.uid, p.number, p.name, None, None, cells[p.person_id], p.person_id in known)
        for p in pupils
        if p.person_id in cells
    ]


def _scores(run: LessonRun) -> Mapping[int, Score]:
    """The column of scores, by pupil; empty before anything was sent."""
    item = delivery.column_if_any(run)
    return delivery.states(item) if item else {}


def _decisions(run_id: str) -> dict[int, ScoreDecision]:
    query = select(ScoreDecision).where(ScoreDecision.run_id == run_id).order_by(ScoreDecision.id)
    return {d.person_id: d for d in db.session.scalars(query)}


def _accounts(person_ids: list[int]) -> set[int]:
    query = select(Person.id).where(Person.id.in_(person_ids), Person.sub.is_not(None))
    return set(db.session.scalars(query))
