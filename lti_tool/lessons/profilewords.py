"""Words written into pupils' profiles, a teacher's and the pupil's own: each is checked here before it stands, and is
read from here."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from analytics import reader
from analytics.mastery import store
from live_session.model import Millis
from lti_tool.clock import DAY_MS, now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import judgements, school_rules
from lti_tool.lessons.courses import school_of, scope_of
from lti_tool.models import EntryKind, LessonRun, Person, ProfileEntry, ScoreDecision
from lti_tool.text import whole

LONGEST_TEXT = 1000
MOST_A_DAY = 20
"""Words that a pupil may write into a profile in a day."""
STEPS = ("practise", "explain", "together", "again", "further")
"""What a teacher may choose to do next on an objective; the pages have the words."""
OF_LESSON = ("attendance", "score", "group", "level")
"""What of a lesson a pupil may want looked at again."""
OF_NOTE = "note"
"""The same of a teacher's word: a remark, or what was observed."""


@dataclass(frozen=True)
class About:
    """What a pupil wants looked at again, where it is no objective: of a lesson by its title and when it began, of a
    teacher's word the word. Both are empty once it is gone."""

    what: str
    title: str = ""
    at: Millis | None = None


# --- what was written -------------------------------------------------------------------------------------------------


def entries(context_id: int, person_id: int) -> list[ProfileEntry]:
    """What was written into a profile, the newest first."""
    query = select(ProfileEntry).where(ProfileEntry.context_id == context_id, ProfileEntry.person_id == person_id)
    return list(db.session.scalars(query.order_by(ProfileEntry.id.desc())))


def contested(contests: Sequence[ProfileEntry]) -> list[tuple[ProfileEntry, About]]:
    """Each contest about no objective, with what it is about."""
    runs = {e.objective for e in contests if e.step in OF_LESSON}
    notes = {int(e.objective) for e in contests if e.step == OF_NOTE}
    taught = select(LessonRun).where(LessonRun.run_id.in_(runs))
    by_run = {run.run_id: run for run in db.session.scalars(taught)} if runs else {}
    written = select(ProfileEntry.id, ProfileEntry.text, ProfileEntry.at).where(ProfileEntry.id.in_(notes))
    by_id = {str(row.id): row for row in db.session.execute(written)} if notes else {}
    found = []
    for one in contests:
        run, note = by_run.get(one.objective), by_id.get(one.objective)
        if one.step in OF_LESSON and run is not None:
            found.append((one, About(one.step, run.title, run.started_at)))
        elif one.step == OF_NOTE and note is not None:
            found.append((one, About(one.step, note.text, note.at)))
        else:
            found.append((one, About(one.step)))
    return found


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
    may write in a day."""
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
        return _is_own_note(entry) if entry.step == OF_NOTE else _is_own_lesson(entry)
    person = db.session.get_one(Person, entry.person_id)
    scope = scope_of(entry.context_id)
    return (person.uid, entry.objective) in store.estimates(db.session.connection(), scope, [person.uid])


def _is_own_note(entry: ProfileEntry) -> bool:
    note = db.session.get(ProfileEntry, id_) if (id_ := whole(entry.objective)) is not None else None
    return (
        note is not None
        and (note.person_id, note.context_id) == (entry.person_id, entry.context_id)
        and (note.kind in (EntryKind.NOTE, EntryKind.OBSERVED))
    )


def _is_own_lesson(entry: ProfileEntry) -> bool:
    """The lesson tells of the pupil, and what is contested is said of them."""
    run = db.session.get(LessonRun, entry.objective)
    if run is None or run.context_id != entry.context_id:
        return False
    person = db.session.get_one(Person, entry.person_id)
    own = reader.own_parts(db.session.connection(), [run.run_id], person.uid).get(run.run_id)
    if own is None or not own.is_listed:
        return False
    is_said = {
        "attendance": True,
        "score": _has_score(run.run_id, person.id),
        "group": bool(own.group_shares),
        "level": bool(judgements.of_pupil(person.id, [run.run_id])),
    }
    return is_said.get(entry.step, False)


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


def _is_answered(entry: ProfileEntry) -> bool:
    query = select(ProfileEntry.id).where(ProfileEntry.replies_to == entry.replies_to)
    query = query.where(ProfileEntry.context_id == entry.context_id)
    return db.session.scalars(query).first() is not None


def _hold_back(entry: ProfileEntry) -> None:
    query = select(func.count()).where(ProfileEntry.written_by == entry.written_by, ProfileEntry.at > now() - DAY_MS)
    if (db.session.scalar(query) or 0) >= MOST_A_DAY:
        raise Fault("entry_too_many", 429, most=MOST_A_DAY)
