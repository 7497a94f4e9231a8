"""Words written into pupils' profiles, a teacher's and the pupil's own: each is checked here before it stands, and is
read from here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from analytics import reader
from analytics.mastery import underway
from analytics.reader import OwnPart
from live_session.errors import UnknownRun
from live_session.model import Millis
from lti_tool import live
from lti_tool.clock import DAY_MS, TWICE_WITHIN_MS, now
from lti_tool.errors import Fault
from lti_tool.extensions import db, hold
from lti_tool.lessons import judgements, school_rules
from lti_tool.lessons.courses import school_of, scope_of
from lti_tool.models import EntryKind, LessonRun, Person, ProfileEntry, ScoreDecision
from lti_tool.text import whole

LONGEST_TEXT = 1000
MOST_A_DAY = 20
"""Words that a pupil may write into a profile in a day."""
STEPS = ("practise", "explain", "together", "again", "further")
"""What a teacher may choose to do next on an objective; the pages have the words."""
OF_LESSON = ("attendance", "score")
"""What of a lesson a pupil may want looked at again."""
OF_WORK = ("answer", "group", "level", "rubric")
"""The same of one piece of work in a lesson, which is named "run/activity": the answer, the own part of a group's work,
the teacher's levels, what classmates said by a rubric."""
OF_NOTE = "note"
"""The same of a teacher's word: a remark, or what was observed."""


@dataclass(frozen=True)
class About:
    """What a pupil wants looked at again, where it is no objective: of a lesson by its title and when it began, of a
    piece of work in it by the `work`'s title too, of a teacher's word the word. All is empty once it is gone. `said`:
    the teacher's levels, each with its criterion, as they stand."""

    what: str
    title: str = ""
    at: Millis | None = None
    run_id: str = ""
    activity: str = ""
    work: str = ""
    said: Sequence[tuple[str, str]] = ()


# --- what was written -------------------------------------------------------------------------------------------------


def entries(context_id: int, person_id: int) -> list[ProfileEntry]:
    """What was written into a profile, the newest first."""
    query = select(ProfileEntry).where(ProfileEntry.context_id == context_id, ProfileEntry.person_id == person_id)
    return list(db.session.scalars(query.order_by(ProfileEntry.id.desc())))


def contested(contests: Sequence[ProfileEntry]) -> list[tuple[ProfileEntry, About]]:
    """Each contest about no objective, with what it is about."""
    runs = {run_of(e.objective) for e in contests if e.step != OF_NOTE}
    notes = {int(e.objective) for e in contests if e.step == OF_NOTE}
    taught = select(LessonRun).where(LessonRun.run_id.in_(runs))
    by_run = {run.run_id: run for run in db.session.scalars(taught)} if runs else {}
    titles = {run: _titles(run) for run in {run_of(e.objective) for e in contests if e.step in OF_WORK}}
    written = select(ProfileEntry.id, ProfileEntry.text, ProfileEntry.at).where(ProfileEntry.id.in_(notes))
    by_id = {str(row.id): row for row in db.session.execute(written)} if notes else {}
    found = []
    for one in contests:
        run, note = by_run.get(run_of(one.objective)), by_id.get(one.objective)
        if one.step == OF_NOTE:
            about = About(one.step, note.text, note.at) if note else About(one.step)
        elif run is None:
            about = About(one.step)
        else:
            about = _of_lesson(one, run, titles.get(run.run_id, {}))
        found.append((one, about))
    return found


def run_of(ref: str) -> str:
    """The lesson of what a contest is about."""
    return ref.partition("/")[0]


def _titles(run_id: str) -> dict[str, str]:
    """What the pieces of work were called in their lesson, by activity."""
    try:
        return {one.id: one.title for one in live.state_of(run_id).deck}
    except UnknownRun:
        return {}


def _of_lesson(contest: ProfileEntry, run: LessonRun, titles: Mapping[str, str]) -> About:
    activity = contest.objective.partition("/")[2]
    told = judgements.of_pupil(contest.person_id, [run.run_id]) if contest.step == "level" else {}
    said = next((one.said for one in told.get(run.run_id, ()) if one.activity == activity), ())
    named = titles.get(activity, "")
    return About(contest.step, run.title, run.started_at, run.run_id, activity, named, said)


def unanswered(context_id: int) -> list[tuple[Person, ProfileEntry]]:
    """What pupils of this course want looked at again and nobody has answered, the oldest first."""
    of_course = select(ProfileEntry.replies_to).where(ProfileEntry.context_id == context_id)
    query = (
        select(Person, ProfileEntry)
        .join(ProfileEntry, ProfileEntry.person_id == Person.id)
        .where(ProfileEntry.context_id == context_id, ProfileEntry.kind == EntryKind.CONTEST)
        .where(ProfileEntry.id.not_in(of_course.where(ProfileEntry.replies_to.is_not(None))))
        .order_by(ProfileEntry.id)
    )
    return [(person, entry) for person, entry in db.session.execute(query)]


# --- writing ----------------------------------------------------------------------------------------------------------


def write(entry: ProfileEntry) -> None:
    """Add a word to a profile. Raises `Fault` for an empty one, one that is too long, a step or an objective that is
    not there, a contest that is about nothing of this pupil's, is not theirs or was answered, and for more than a pupil
    may write in a day. A form that arrives twice, by a second press or from a slow network, writes one."""
    entry.text = entry.text.replace("\r\n", "\n").strip()
    is_step = entry.kind is EntryKind.STEP
    if (not entry.text and not is_step) or len(entry.text) > LONGEST_TEXT:
        raise Fault("entry_text", most=LONGEST_TEXT)
    if is_step is (entry.step not in STEPS):
        raise Fault("entry_unknown")
    if entry.kind in (EntryKind.STEP, EntryKind.CONTEST) and not _is_known(entry):
        raise Fault("entry_unknown")
    if entry.kind is EntryKind.OBSERVED and entry.text not in _behaviours(entry.context_id):
        raise Fault("entry_unknown")
    if entry.kind is EntryKind.REPLY and not _is_asked(entry):
        raise Fault("entry_unknown")
    if entry.replies_to is None:  # a reply has held its contest
        hold(Person.id, entry.person_id)
    if entry.kind is not EntryKind.OBSERVED and _is_twice(entry):  # what is observed may happen again in a minute
        return
    if entry.kind is EntryKind.REPLY and _is_answered(entry):
        raise Fault("entry_answered", 409)
    if entry.written_by == entry.person_id:
        _hold_back(entry)
    db.session.add(entry)


def _behaviours(context_id: int) -> tuple[str, ...]:
    return school_rules.behaviours_of(school_rules.at(school_of(context_id), now()))


def _is_known(entry: ProfileEntry) -> bool:
    """What it is about stands in this pupil's profile."""
    if entry.kind is EntryKind.CONTEST and entry.step:
        return _is_own_note(entry) if entry.step == OF_NOTE else _is_of_own_lesson(entry)
    person = db.session.get_one(Person, entry.person_id)
    scope = scope_of(entry.context_id)
    return (person.uid, entry.objective) in underway.known(db.session.connection(), scope, [person.uid]).estimates


def _is_own_note(entry: ProfileEntry) -> bool:
    note = db.session.get(ProfileEntry, id_) if (id_ := whole(entry.objective)) is not None else None
    return (
        note is not None
        and (note.person_id, note.context_id) == (entry.person_id, entry.context_id)
        and (note.kind in (EntryKind.NOTE, EntryKind.OBSERVED))
    )


def _is_of_own_lesson(entry: ProfileEntry) -> bool:
    """The lesson tells of the pupil, and what is contested is said of them."""
    run_id, _, activity = entry.objective.partition("/")
    run = db.session.get(LessonRun, run_id)
    if run is None or run.context_id != entry.context_id:
        return False
    person = db.session.get_one(Person, entry.person_id)
    own = reader.own_parts(db.session.connection(), [run.run_id], person.uid).get(run.run_id)
    if own is None or not own.is_listed:
        return False
    if entry.step in OF_LESSON:
        return not activity and (entry.step == "attendance" or _has_score(run_id, person.id))
    return activity in _works(entry.step, own, person.id, run_id)


def _works(what: str, own: OwnPart, person_id: int, run_id: str) -> set[str]:
    """The activities of a lesson in which something of this kind is said of the pupil."""
    if what == "answer":
        given = own.result.given if own.result else {}
        return {activity for activity, one in given.items() if one.value is not None}
    if what == "level":
        return {one.activity for one in judgements.of_pupil(person_id, [run_id]).get(run_id, ())}
    if what == "group":
        return {one.activity for one in own.group_shares}
    return {one.activity for one in own.rubrics if not one.is_own} if what == "rubric" else set()


def _has_score(run_id: str, person_id: int) -> bool:
    query = select(ScoreDecision.id).where(ScoreDecision.run_id == run_id, ScoreDecision.person_id == person_id)
    return db.session.scalars(query.limit(1)).first() is not None


def _is_asked(entry: ProfileEntry) -> bool:
    """The contest that a reply answers is this pupil's, in this course. Held until this reply stands: of two at once
    the second finds the first."""
    asked = db.session.get(ProfileEntry, entry.replies_to, with_for_update=True) if entry.replies_to else None
    return asked is not None and (asked.kind, asked.person_id, asked.context_id) == (
        EntryKind.CONTEST, entry.person_id, entry.context_id,
    )  # fmt: skip


def _is_twice(entry: ProfileEntry) -> bool:
    """The same person has said just this of just this, moments ago."""
    same = ("context_id", "person_id", "kind", "objective", "step", "text", "replies_to", "written_by")
    query = select(ProfileEntry.id).where(*(getattr(ProfileEntry, one) == getattr(entry, one) for one in same))
    return db.session.scalars(query.where(ProfileEntry.at > entry.at - TWICE_WITHIN_MS)).first() is not None


def _is_answered(entry: ProfileEntry) -> bool:
    query = select(ProfileEntry.id).where(ProfileEntry.replies_to == entry.replies_to)
    query = query.where(ProfileEntry.context_id == entry.context_id)
    return db.session.scalars(query).first() is not None


def _hold_back(entry: ProfileEntry) -> None:
    query = select(func.count()).where(ProfileEntry.written_by == entry.written_by, ProfileEntry.at > now() - DAY_MS)
    if (db.session.scalar(query) or 0) >= MOST_A_DAY:
        raise Fault("entry_too_many", 429, most=MOST_A_DAY)
