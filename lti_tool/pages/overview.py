"""The class at a glance, for those who teach it: objectives and levels, who needs what next; in the roster's order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template
from sqlalchemy import select

from analytics import reader
from analytics.engagement import Band, unheard
from analytics.mastery import underway
from analytics.mastery.estimates import Estimate
from analytics.mastery.levels import Direction, Level
from analytics.misconceptions import Misconception, misconceptions
from analytics.parity import Gap
from analytics.reader import Digest
from analytics.rollup import LessonCount
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import DAY_MS, local, now, school_year, today
from lti_tool.extensions import db
from lti_tool.lessons import objectives, profiles, profilewords, roster
from lti_tool.lessons.courses import scope_of
from lti_tool.lessons.marks import term_days, term_of
from lti_tool.lessons.roster import Pupil
from lti_tool.models import Course, LessonActivity, LessonRun
from lti_tool.pages import charts
from lti_tool.pages.desk import classes_of

screen = Blueprint("overview", __name__, url_prefix="/l/<visit_id>/class")

SHOWN = (Level.STRONG, Level.MET, Level.FORMING, Level.NOT_MET, Level.NOT_ENOUGH)
MOST_TALKS = 5
MOST_NAMED = 3
"""Objectives that are named of a pupil to talk to; more are counted."""
MOST_MISCONCEPTIONS = 5
MONTH_MS = 30 * DAY_MS
MOST_LESSONS = 120
"""Of a term that are drawn; a class has a subject five times a week at most."""


@dataclass(frozen=True)
class Column:
    """An objective: how many pupils are at each level, and who needs it next."""

    objective: str
    counts: Mapping[Level, int]
    needing: Sequence[Pupil]


@dataclass(frozen=True)
class Talk:
    """A pupil to talk to first, and why: objectives not met, objectives on the way down."""

    pupil: Pupil
    not_met: Sequence[str]
    down: Sequence[str]


@dataclass(frozen=True)
class Taught:
    """A lesson of the term: its counts of attendance, where they are finished, and how many took part how much."""

    run: LessonRun
    counts: LessonCount | None
    bands: Mapping[Band, int]

    @property
    def seats(self) -> Sequence[int]:
        """In the room, at home, absent by the teacher's word, unknown: as the chart stacks them."""
        c = self.counts
        return (c.room, c.home, c.absent, c.not_seen + c.unconfirmed) if c else (0, 0, 0, 0)


@dataclass(frozen=True)
class Said:
    """A misconception with the words of the question as they stand in the plan, where it was not changed since."""

    found: Misconception
    objective: str
    prompt: str
    option: str
    why: str


@dataclass(frozen=True)
class Quiet:
    """Who was not heard this month; None where nobody was, in so many lessons."""

    lessons: int
    pupils: Sequence[Pupil] | None


@screen.get("")
@needs(Need.TEACH)
def grid() -> str:
    """The grid in the order of the roster."""
    context_id = visitor().context_id
    note_access("class.seen", object_=f"context:{context_id}")
    pupils = roster.pupils(context_id)
    connection, scope, uids = db.session.connection(), scope_of(context_id), [p.uid for p in pupils]
    stands = underway.known(connection, scope, uids)
    known = stands.estimates
    order, called = _of_this_year(context_id, known), objectives.now_called(context_id)
    runs = _term_runs(context_id)
    digests = reader.digests(db.session.connection(), [run.run_id for run in runs])
    term = _taught(runs, digests)
    return render_template(
        "overview.html",
        here="class",
        pupils=pupils,
        known=known,
        underway_at=stands.last_at,
        objectives=[_column(objective, pupils, known) for objective in order],
        talks=talks(pupils, known, order),
        most_named=MOST_NAMED,
        anchor=profiles.anchor,
        level_of=level_of,
        now_called=lambda words: called.get(words, words),
        contests=(contests := profilewords.unanswered(context_id)),
        abouts={one.id: about for one, about in profilewords.contested([one for _, one in contests if one.step])},
        levels=SHOWN,
        classes={c.id: c.name for c in classes_of(context_id)},
        parity=[gaps for c in classes_of(context_id) if (gaps := told_of(c.id))],
        term=term,
        charts=charts,
        bands=[list(one.bands.values()) for one in term],
        misconceptions=_said(digests),
        quiet=_quiet(pupils, digests),
    )


def _term_runs(context_id: int) -> Sequence[LessonRun]:
    """The lessons of this term that are over, the oldest first."""
    query = select(LessonRun).where(LessonRun.context_id == context_id, LessonRun.ended_at.is_not(None))
    newest = db.session.scalars(query.order_by(LessonRun.started_at.desc()).limit(MOST_LESSONS))
    day = today()
    this = (school_year(day), term_of(day))
    days = [(run, local(run.started_at).date()) for run in newest]
    return [run for run, day in reversed(days) if (school_year(day), term_of(day)) == this]


def _taught(runs: Sequence[LessonRun], digests: Mapping[str, Digest]) -> Sequence[Taught]:
    counts = reader.counts_of(db.session.connection(), [run.run_id for run in runs])
    found = []
    for run in runs:
        engaged = digests[run.run_id].engagement.values() if run.run_id in digests else ()
        seen = [one.band for one in engaged]
        found.append(Taught(run, counts.get(run.run_id), {band: seen.count(band) for band in Band}))
    return found


def _said(digests: Mapping[str, Digest]) -> Sequence[Said]:
    """What many got wrong in the same way in the last month, in the words of the question."""
    since = now() - MONTH_MS
    recent = {run_id: one.questions for run_id, one in reversed(list(digests.items())) if one.started_at >= since}
    found = misconceptions(recent, MOST_MISCONCEPTIONS)
    query = select(LessonActivity).where(LessonActivity.uid.in_([one.item for one in found]))
    known = {activity.uid: activity for activity in db.session.scalars(query)}
    return [_in_words(one, known.get(one.item)) for one in found]


def _in_words(found: Misconception, activity: LessonActivity | None) -> Said:
    if activity is None or activity.version != found.version:
        return Said(found, "", found.title, "", "")
    options = activity.content.get("options", [])
    place = ord(found.option) - ord("A") if len(found.option) == 1 else -1
    chosen = options[place] if 0 <= place < len(options) else {}
    prompt = activity.content.get("prompt") or found.title
    return Said(found, activity.objective or "", prompt, chosen.get("text", ""), chosen.get("why", ""))


def _quiet(pupils: Sequence[Pupil], digests: Mapping[str, Digest]) -> Quiet:
    since = now() - MONTH_MS
    recent = [one.engagement for one in digests.values() if one.started_at >= since]
    silent = unheard(recent)
    return Quiet(len(recent), None if silent is None else [p for p in pupils if p.uid in silent])


def told_of(class_id: int | None) -> list[Gap]:
    """What is worth a word about room and home in a class of this course, over the last weeks."""
    return [gap for gap in gaps_of(class_id) if gap.is_told]


def gaps_of(class_id: int | None) -> Sequence[Gap]:
    """Room against home in a class of this course, over the last weeks."""
    course = db.session.get(Course, visitor().context_id)
    if class_id is None or course is None:
        return []
    return reader.parity_of(db.session.connection(), visitor().registration_id, class_id, course.subject)


Known = Mapping[tuple[str, str], Estimate]


def _of_this_year(context_id: int, known: Known) -> list[str]:
    """Of what the class's pupils have ever answered in the subject: what they answered since the course's school year
    began, in this class or the one before, and what the course's own lessons name."""
    course = db.session.get(Course, context_id)
    begins, _ = term_days(course.school_year if course else school_year(today()), 1)
    answered = {objective for (_, objective), one in known.items() if one.days[-1] >= begins.isoformat()}
    named = {one.words for one in objectives.of_course(course)} if course else set()
    shown = answered | set(objectives.in_words_of_today(named, objectives.now_called(context_id)))
    return [one for one in _in_order(known) if one in shown]


def _in_order(known: Known) -> list[str]:
    """Objectives as they were taught: by the first day on which somebody answered."""
    first: dict[str, str] = {}
    for (_, objective), estimate in known.items():
        first[objective] = min(first.get(objective, "9"), estimate.days[0])
    return sorted(first, key=lambda objective: (first[objective], objective))


def level_of(known: Known, uid: str, objective: str) -> Level:
    """A pupil's level on an objective; not enough where there is nothing."""
    estimate = known.get((uid, objective))
    return estimate.level if estimate else Level.NOT_ENOUGH


def _column(objective: str, pupils: Sequence[Pupil], known: Known) -> Column:
    levels = {p.uid: level_of(known, p.uid, objective) for p in pupils}
    counts = {level: sum(one is level for one in levels.values()) for level in SHOWN}
    return Column(objective, counts, [p for p in pupils if levels[p.uid] is Level.NOT_MET])


def talks(pupils: Sequence[Pupil], known: Known, order: Sequence[str]) -> list[Talk]:
    """Up to five pupils to talk to first: those with most objectives not met or going down, in the roster's order; the
    objectives in the `order` in which they were taught, because later ones build on earlier ones."""
    found = []
    for pupil in pupils:
        own = {objective: known[pupil.uid, objective] for objective in order if (pupil.uid, objective) in known}
        not_met = [o for o, one in own.items() if one.level is Level.NOT_MET]
        down = [o for o, one in own.items() if one.growth.direction is Direction.DOWN and o not in not_met]
        if not_met or down:
            found.append(Talk(pupil, not_met, down))
    chosen = sorted(found, key=lambda one: (-len(one.not_met), -len(one.down), one.pupil.number))[:MOST_TALKS]
    return sorted(chosen, key=lambda one: one.pupil.number)
