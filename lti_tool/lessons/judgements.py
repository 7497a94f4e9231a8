"""What a teacher says of a presentation or a product by a rubric: levels by criteria, pupil by pupil, act by act.

The rubric is one that a lesson asked; a group's level, said on the lesson's report, stands beside it as one criterion
more. What pupils said of themselves and of classmates by the same rubric is evidence to read, and counts into nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from analytics import reader
from analytics.marks import Judged
from analytics.regulations.circular_22_2021 import LEVELS
from analytics.rubrics import RubricShare
from live_session import activities, groups
from live_session.activities.group_work import GroupWork
from live_session.activities.rubric import Criterion, Level, Rubric, RubricType
from live_session.errors import UnknownRun
from live_session.model import Activity, State
from lti_tool import live
from lti_tool.clock import now
from lti_tool.extensions import db, hold
from lti_tool.lessons import groupwork
from lti_tool.lessons.roster import Pupil
from lti_tool.models import AssessedQuestion, Assessment, JudgedLevel, LessonRun

KINDS = frozenset({RubricType.kind, GroupWork.kind})
"""Kinds of activities of which a teacher says levels."""
OF_GROUP = Criterion("g", "", tuple(Level(str(n), word, "") for n, word in enumerate(LEVELS, 1)))
"""The one criterion of a group's work; the words of its levels are keys."""
Cell = tuple[str, str, str, int]
"""A run, an activity, a criterion, a pupil's id."""


@dataclass(frozen=True)
class Work:
    """What is judged of one lesson by the same criteria. `is_group`: its level is said on the report, not here.
    `teams` are the groups in which the class worked, by pupil."""

    run: LessonRun
    activity: str
    title: str
    rows: Sequence[Criterion]
    is_group: bool
    teams: Mapping[str, int]
    shares: Mapping[str, Sequence[RubricShare]]

    def cell(self, criterion: str, person_id: int) -> Cell:
        return self.run.run_id, self.activity, criterion, person_id

    @property
    def has_meanings(self) -> bool:
        return any(level.meaning for row in self.rows for level in row.levels)

    def told_of(self, uid: str) -> Sequence[RubricShare]:
        """What this pupil said of the own work by this rubric, and classmates of it."""
        return [share for share in self.shares.get(uid, ()) if share.activity == self.activity]


@dataclass(frozen=True)
class Standing:
    """The level that stands, and the act by which it does."""

    id: int
    level: int


@dataclass(frozen=True)
class Seen:
    """One work as it concerns one pupil: (criterion, level's word) as the teacher said, and what pupils said."""

    work: Work
    said: Sequence[tuple[str, str]]
    told: Sequence[RubricShare]


@dataclass(frozen=True)
class Told:
    """One work as its pupil reads of it: (criterion, level's word) as the teacher said."""

    activity: str
    title: str
    said: Sequence[tuple[str, str]]


def tagged(assessment: Assessment) -> list[tuple[LessonRun, set[str]]]:
    """The lessons of an assessment with the activities tagged in each, the oldest first."""
    query = (
        select(LessonRun, AssessedQuestion.activity)
        .join(AssessedQuestion, AssessedQuestion.run_id == LessonRun.run_id)
        .where(AssessedQuestion.assessment_id == assessment.id)
        .order_by(LessonRun.started_at)
    )
    runs: dict[str, tuple[LessonRun, set[str]]] = {}
    for run, activity in db.session.execute(query):
        runs.setdefault(run.run_id, (run, set()))[1].add(activity)
    return list(runs.values())


def works_of(assessment: Assessment) -> list[Work]:
    """What is tagged for an assessment by levels, the oldest first; a lesson whose log is gone says nothing."""
    found = []
    for run, wanted in tagged(assessment):
        try:
            state = live.state_of(run.run_id)
        except UnknownRun:
            continue
        found += _works(run, state, wanted)
    return found


def _works(run: LessonRun, state: State, wanted: Collection[str]) -> list[Work]:
    stored = reader.snapshot_of(db.session.connection(), run.run_id)
    teams, shares = _teams(state), stored.snapshot.rubrics if stored else {}
    found = [(one, _rows(one) or (OF_GROUP,)) for one in state.deck if one.id in wanted]
    return [Work(run, one.id, one.title, rows, rows == (OF_GROUP,), teams, shares) for one, rows in found]


def _rows(activity: Activity) -> Sequence[Criterion]:
    """The criteria of a rubric; none of anything else."""
    content = activities.content_of(activity)
    return content.rows if isinstance(content, Rubric) else ()


def _teams(state: State) -> dict[str, int]:
    """The groups of the last activity that the class did in groups."""
    formed = [made for one in state.deck if (made := groups.groups_of(state, one.id))]
    made = formed[-1] if formed else ()
    return {who: number for number, members in enumerate(made, 1) for who in members}


def standing(
    works: Collection[Work], people: Collection[Pupil], said_last: Mapping[Cell, Standing]
) -> dict[Cell, Standing]:
    """The levels that stand, by the last acts and those of groups; who is not judged, or no longer, is not in it."""
    found = dict(said_last)
    for work in works:
        if work.is_group:
            said = groupwork.words_of(work.run)
            words = {one.person_id: said.get((work.activity, one.person_id)) for one in people}
            found |= {
                work.cell(OF_GROUP.name, who): Standing(0, LEVELS.index(word.level) + 1)
                for who, word in words.items()
                if word and word.level
            }
    return {cell: one for cell, one in found.items() if one.level}


def acts(works: Collection[Work]) -> dict[Cell, Standing]:
    """The newest act on each level, also where it took one back."""
    runs = {work.run.run_id for work in works}
    rows = db.session.scalars(select(JudgedLevel).where(JudgedLevel.run_id.in_(runs)).order_by(JudgedLevel.id))
    return {(row.run_id, row.activity, row.criterion, row.person_id): Standing(row.id, row.level) for row in rows}


def newest_of(said_last: Mapping[Cell, Standing]) -> int:
    """The newest act, for a form to say what it has seen."""
    return max((one.id for one in said_last.values()), default=0)


def judged(works: Sequence[Work], known: Mapping[Cell, Standing], person_id: int) -> list[Judged]:
    """The levels of one pupil, for a proposal."""
    cells = [(work, row, known.get(work.cell(row.name, person_id))) for work in works for row in work.rows]
    return [
        Judged(work.run.run_id, work.activity, row.name, one.level, len(row.levels))
        for work, row, one in cells
        if one is not None and one.level <= len(row.levels)
    ]


def seen(works: Sequence[Work], known: Mapping[Cell, Standing], pupil: Pupil) -> list[Seen]:
    """The same in words, work by work, with what pupils said."""
    found = []
    for work in works:
        given = [(row, known.get(work.cell(row.name, pupil.person_id))) for row in work.rows]
        said = _in_words((row, one.level) for row, one in given if one)
        found.append(Seen(work, said, work.told_of(pupil.uid)))
    return found


def _in_words(given: Iterable[tuple[Criterion, int]]) -> list[tuple[str, str]]:
    """(criterion, level's word) of the levels that the rubric has."""
    return [(row.text, row.levels[level - 1].word) for row, level in given if 0 < level <= len(row.levels)]


def of_pupil(person_id: int, run_ids: Collection[str]) -> dict[str, list[Told]]:
    """What the teacher said of this pupil's works, by lesson."""
    query = select(JudgedLevel).where(JudgedLevel.person_id == person_id, JudgedLevel.run_id.in_(run_ids))
    acts = db.session.scalars(query.order_by(JudgedLevel.id))
    newest = {(row.run_id, row.activity, row.criterion): row.level for row in acts}
    found: dict[str, list[Told]] = {}
    for run_id in dict.fromkeys(run for run, _, _ in newest):
        try:
            deck = live.state_of(run_id).deck
        except UnknownRun:  # its log was forgotten, and with it the criteria
            continue
        for activity in deck:
            if said := _in_words((row, newest.get((run_id, activity.id, row.name), 0)) for row in _rows(activity)):
                found.setdefault(run_id, []).append(Told(activity.id, activity.title, said))
    return found


def save(
    assessment: Assessment, typed: Mapping[Cell, int], newest: int, people: Collection[Pupil], by: int
) -> dict[Cell, int]:
    """The teacher's act: keep the levels that were changed; 0 takes one back. What somebody else said after `newest`,
    the act that the form had seen, stands: the levels that were typed there."""
    works = [work for work in works_of(assessment) if not work.is_group]
    hold(Assessment.id, assessment.id)
    known, lost = acts(works), dict[Cell, int]()
    most = {work.cell(row.name, p.person_id): len(row.levels) for work in works for row in work.rows for p in people}
    for cell, level in typed.items():
        old = known.get(cell, Standing(0, 0))
        if level == old.level or not 0 <= level <= most.get(cell, -1):
            continue
        if old.id > newest:
            lost[cell] = level
            continue
        run_id, activity, criterion, person_id = cell
        where = {"run_id": run_id, "activity": activity, "criterion": criterion, "person_id": person_id}
        db.session.add(JudgedLevel(**where, level=level, judged_by=by, at=now()))
    db.session.flush()
    return lost
