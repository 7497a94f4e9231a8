"""A teacher's comment on a pupil's term: written by the teacher, with phrases to begin from that the evidence gives.

The phrases are facts about this pupil alone, in words; none of them is written anywhere until the teacher does so.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from analytics.mastery import store
from analytics.mastery.estimates import Estimate
from analytics.mastery.levels import Direction, Level
from live_session.model import Millis
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.lessons import transfers
from lti_tool.lessons.assessments import Line
from lti_tool.lessons.courses import scope_of
from lti_tool.lessons.roster import is_of
from lti_tool.lessons.transfers import Origin
from lti_tool.models import Course, Person, TermComment
from lti_tool.text import one_line
from lti_tool.translations import t

LONGEST = 600
MOST_NAMED = 2
"""Objectives that one phrase names."""
REGULARLY = 0.9
SELDOM = 0.75


@dataclass(frozen=True)
class Said:
    """The newest comment on a pupil's term."""

    id: int
    text: str
    by: str
    at: Millis


def of_term(course: Course, term: int, only: int | None = None) -> dict[int, Said]:
    """The newest comment on each pupil (on one pupil alone), by the pupil's id."""
    query = (
        select(TermComment, Person.name)
        .outerjoin(Person, Person.id == TermComment.made_by)
        .where(TermComment.context_id == course.context_id, TermComment.school_year == course.school_year)
        .where(TermComment.term == term, is_of(TermComment.person_id, only))
        .order_by(TermComment.id)
    )
    rows = db.session.execute(query)
    return {one.person_id: Said(one.id, one.text, by or "", one.made_at) for one, by in rows}


def to_read(course: Course, term: int, only: int | None = None) -> dict[int, str]:
    """The same for a sheet, as words: of whom nothing is said here, what was said in the class from which they moved,
    and where that was."""
    brought: dict[int, dict[Origin, str]] = {}
    for one, _, origin in transfers.brought(TermComment, course, term, only):
        brought.setdefault(one.person_id, {})[origin] = one.text
    found = {
        person_id: " ".join(f"{text} ({t('marks.from_class', name=of.name)})" for of, text in said.items() if text)
        for person_id, said in brought.items()
    }
    found |= {person_id: said.text for person_id, said in of_term(course, term, only).items() if said.text}
    return {person_id: text for person_id, text in found.items() if text}


@dataclass(frozen=True)
class Draft:
    """A comment as a form sends it, and the one that the teacher saw (0: none)."""

    text: str
    seen: int


def save(course: Course, term: int, drafts: Mapping[int, Draft], by: int) -> list[int]:
    """Keep what was changed; the pupils whose comment somebody else changed since the teacher saw it. Their comments
    are not touched."""
    known, lost = of_term(course, term), []
    for person_id, draft in drafts.items():
        old, text = known.get(person_id), one_line(draft.text, LONGEST)
        if text == (old.text if old else ""):
            continue
        if (old.id if old else 0) != draft.seen:
            lost.append(person_id)
            continue
        db.session.add(
            TermComment(
                context_id=course.context_id,
                school_year=course.school_year,
                term=term,
                person_id=person_id,
                text=text,
                made_by=by,
                made_at=now(),
            )
        )
    db.session.flush()
    return lost


def phrases(course: Course, lines: Collection[Line]) -> dict[int, list[str]]:
    """What the evidence lets a teacher say of each pupil: progress first, then strengths, then what to practise."""
    uids = [line.pupil.uid for line in lines]
    known = store.estimates(db.session.connection(), scope_of(course.context_id), uids)
    of_pupil: dict[str, dict[str, Estimate]] = {}
    for (uid, objective), estimate in known.items():
        of_pupil.setdefault(uid, {})[objective] = estimate
    return {line.pupil.person_id: _phrases(line, of_pupil.get(line.pupil.uid, {})) for line in lines}


def _phrases(line: Line, known: Mapping[str, Estimate]) -> list[str]:
    asked, answered = (0, 0) if line.works else (line.outcome.asked, line.outcome.answered)  # levels are no answers
    said = []
    if grown := _named(known, lambda e: e.growth.direction is Direction.UP):
        said.append(t("marks.say.grown", what=grown))
    if strong := _named(known, lambda e: e.level is Level.STRONG):
        said.append(t("marks.say.strong", what=strong))
    if weak := _named(known, lambda e: e.level is Level.NOT_MET):
        said.append(t("marks.say.practise", what=weak))
    if asked and answered >= REGULARLY * asked:
        said.append(t("marks.say.regular", part=answered, n=asked))
    elif asked and answered < SELDOM * asked:
        said.append(t("marks.say.seldom", part=asked - answered, n=asked))
    return [str(one) for one in said]


def _named(known: Mapping[str, Estimate], holds: Callable[[Estimate], bool]) -> str:
    found = [objective for objective, e in known.items() if objective and holds(e)]
    return ", ".join(found[:MOST_NAMED])
