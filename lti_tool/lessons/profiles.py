"""A pupil's profile in one subject: what the jobs have computed, what was decided, what was said. Only read here.

It is the class's working record, not the legal record of a pupil. Nothing in it compares two pupils, and nothing in it
becomes a mark.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zlib import crc32

from msgspec.structs import replace
from sqlalchemy import select, union_all

from analytics import pool, reader
from analytics.facts import GroupShare
from analytics.mastery import ledger, store, underway
from analytics.mastery.estimates import Estimate, Point
from analytics.mastery.ledger import Evidence
from analytics.mastery.levels import Contrast, Level, contrast
from analytics.mastery.progress import Progress, progress
from analytics.rubrics import RubricShare
from lti_tool.clock import local
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import judgements, practices
from lti_tool.lessons.courses import scope_of
from lti_tool.lessons.profilewords import OF_NOTE, About, contested, entries, run_of
from lti_tool.lessons.sittings import RECENT, Chosen, Sat, Term, lessons_of, term_now
from lti_tool.models import (
    EntryKind,
    LessonActivity,
    LessonRun,
    Membership,
    Person,
    Practice,
    ProfileEntry,
)

MOST_ANSWERS = 60
"""Answers to an objective that are shown, the newest; all of them are counted."""
LEAST_VOICES = 2
"""Classmates who said something of a pupil's work by one criterion, for the pupil to read it. Each work goes to three
at most, so that five, the least of which other pages tell, would be nobody."""
MOST_REREAD = 40
"""Lessons, the newest, that are read again for what their questions were called then."""
MOST_PRACTICES = 10
"""Pieces of work at the pupil's own pace that are shown, the newest."""
MOST_WORKS = 12
"""Works handed in that are shown, the newest."""
SUGGESTED = {
    Level.NOT_ENOUGH: "practise",
    Level.NOT_MET: "explain",
    Level.FORMING: "practise",
    Level.MET: "together",
    Level.STRONG: "further",
}
"""What is proposed first for each level."""


@dataclass(frozen=True)
class Answered:
    """One answer behind a level: the question's title, the lesson, the share right. `is_catch_up` is None for what was
    answered in a lesson; what a pupil did at their own pace made up for one, or did not. `chosen`: what was answered,
    where it is one of the lessons shown. `is_again`: it had been met before, and does not count here; `key_seen`: on
    which day its key was shown to the pupil, where that was how. `is_underway`: the lesson still goes on."""

    title: str
    run_id: str
    activity: str
    day: str
    share: float
    is_catch_up: bool | None = None
    chosen: Chosen | None = None
    is_again: bool = False
    is_underway: bool = False
    key_seen: date | None = None


@dataclass(frozen=True)
class Line:
    """One objective: the estimate, how many answers count for it and how many of those were wholly right, the newest of
    all `given` first, and words."""

    objective: str
    estimate: Estimate
    count: int
    right: int
    given: int
    answers: Sequence[Answered]
    steps: Sequence[ProfileEntry]
    contests: Sequence[ProfileEntry]

    @property
    def anchor(self) -> str:
        return anchor(self.objective)

    @property
    def earlier(self) -> int:
        """Answers before those shown."""
        return self.given - len(self.answers)

    @property
    def suggested(self) -> str:
        return SUGGESTED[self.estimate.level]


@dataclass(frozen=True)
class Piece:
    """One piece of work in a lesson, and what is said of it there; `said`: the teacher's levels by criterion."""

    what: str
    lesson: Sat
    activity: str
    title: str
    said: Sequence[tuple[str, str]] = ()

    @property
    def ref(self) -> str:
        return f"{self.lesson.run_id}/{self.activity}"


@dataclass(frozen=True)
class Profile:
    """All that a profile page shows."""

    person: Person
    lines: Sequence[Line]
    points: Sequence[Point]
    lessons: Sequence[Sat]
    term: Term
    notes: Sequence[ProfileEntry]
    observed: Sequence[ProfileEntry]
    words: Sequence[ProfileEntry]
    progress: Progress | None = None
    replies: dict[int, ProfileEntry] = field(default_factory=dict)
    of_groups: dict[str, ProfileEntry] = field(default_factory=dict)
    contests: Sequence[tuple[ProfileEntry, About]] = ()
    practices: Sequence[tuple[Practice, int, int]] = ()
    judged: Mapping[str, Sequence[judgements.Told]] = field(default_factory=dict)
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    """Of the answers and lessons shown those from other courses of the subject: the course, by the lesson."""

    @property
    def works(self) -> Sequence[tuple[Sat, str, str, str]]:
        """What the pupil handed in this term, alone or with a group, the newest first: the lesson, the activity, its
        title and kind."""
        found = []
        for one in reversed(self.term.lessons):
            made = [(one, id_, chosen.title, chosen.kind) for id_, chosen in one.chosen.items() if chosen.is_work]
            joint = [(one, share.activity, share.title, "group") for share in one.group_work if share.versions]
            found += [*made, *joint]
        return found[:MOST_WORKS]

    def open_to(self, look: str) -> "Sat | ProfileEntry | Piece | None":
        """What an address names for a second look: a lesson ("lesson.run"), a piece of work in it
        ("level.run/activity"), a teacher's word ("note.id")."""
        what, _, ref = look.partition(".")
        if what != OF_NOTE and run_of(ref) in self.elsewhere:
            return None  # whoever said it is not asked from here
        if what == "lesson":
            return next((one for one in self.lessons if one.run_id == ref), None)
        if what == OF_NOTE:
            return next((one for one in (*self.notes, *self.observed) if str(one.id) == ref), None)
        return next((one for one in self.pieces if (one.what, one.ref) == (what, ref)), None)

    @property
    def pieces(self) -> Sequence["Piece"]:
        """Every piece of work of which something is said that the pupil may want looked at again."""
        shares = [(one, share) for one, share, _ in self.group_work]
        of_classmates = [(one, share) for one, share in self.rubrics_told if not share.is_own]
        return [
            *(Piece("group", one, share.activity, share.title) for one, share in shares),
            *(Piece("level", one, told.activity, told.title, told.said) for one, told in self.by_teacher),
            *(Piece("rubric", one, share.activity, share.title) for one, share in of_classmates),
        ]

    @property
    def group_work(self) -> Sequence[tuple[Sat, GroupShare, ProfileEntry | None]]:
        """Work in groups, the newest first: the lesson, the pupil's own part, the teacher's word on the group."""
        found = [(one, share) for one in reversed(self.lessons) for share in one.group_work]
        return [(one, share, self.of_groups.get(f"{one.run_id}/{share.activity}")) for one, share in found]

    @property
    def rubrics_told(self) -> Sequence[tuple[Sat, RubricShare]]:
        """Of that, what the pupil reads: all own words, and of classmates' what more than one of them said. A single
        voice could be known by whose it is."""
        told = [(one, share if share.is_own else _of_several(share)) for one, share in self.rubrics]
        return [(one, share) for one, share in told if share.said]

    @property
    def rubrics(self) -> Sequence[tuple[Sat, RubricShare]]:
        """What the pupil said of the own work by a rubric, and classmates of it, the newest first."""
        return [(one, share) for one in reversed(self.lessons) for share in one.rubrics]

    @property
    def by_teacher(self) -> Sequence[tuple[Sat, judgements.Told]]:
        """The levels that the teacher said of presentations and products, the newest lesson first."""
        lessons = {one.run_id: one for one in (*self.term.lessons, *self.lessons)}
        newest = sorted(lessons.values(), key=lambda one: -one.at)
        return [(one, told) for one in newest for told in self.judged.get(one.run_id, ())]

    @property
    def contrast(self) -> Contrast:
        """The objectives on which this pupil is clearly above, and below, their own mean."""
        return contrast({line.objective: line.estimate.skill for line in self.lines})

    @property
    def answered(self) -> int:
        return sum(one.answered for one in self.lessons)

    @property
    def asked(self) -> int:
        return sum(one.asked for one in self.lessons)

    @property
    def scores(self) -> Sequence[Sat]:
        """Lessons with a score that the teacher confirmed."""
        return [one for one in self.lessons if one.score]

    def count(self, status: str) -> int:
        return sum(one.status == status for one in self.lessons)

    @property
    def there(self) -> Mapping[tuple[int | None, str], int]:
        """How many of the lessons shown one by one were taught in another course (its id) or in another class of this
        one (its name)."""
        places = ((self.elsewhere.get(one.run_id), one.class_name) for one in self.lessons)
        return Counter((course, "" if course else name) for course, name in places if course or name)


def _of_several(share: RubricShare) -> RubricShare:
    return replace(share, said=tuple(one for one in share.said if one.count >= LEAST_VOICES))


def anchor(objective: str) -> str:
    """Where an objective stands in everybody's profile, for the address of a link."""
    return f"o{crc32(objective.encode()):08x}"


def pupil_of(context_id: int, uid: str) -> Person:
    """Somebody of this course. Raises `Fault`, the same for nobody and for somebody of another course."""
    query = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Person.uid == uid, Membership.context_id == context_id)
    )
    if (found := db.session.scalars(query).first()) is None:
        raise Fault("no_profile", 404)
    return found


def profile_of(context_id: int, person: Person, most: int | None = MOST_ANSWERS) -> Profile:
    """The profile as it stands, with so many answers to an objective; with all of them, and every lesson of the term,
    for None."""
    connection, scope = db.session.connection(), scope_of(context_id)
    known, so_far = underway.known(connection, scope, [person.uid])
    evidence = [*so_far, *ledger.evidence(connection, scope, person.uid)]
    said, alone = entries(context_id, person.id), _practices(evidence)
    in_lessons = [e for e in evidence if e.run_id not in alone and not e.is_underway]
    newest = max(in_lessons, key=lambda e: e.at).run_id if in_lessons else ""
    begun, number = term_now()
    lessons = lessons_of(context_id, person, begun)
    chosen = {one.run_id: one.chosen for one in lessons}
    behind = Behind(evidence, alone, chosen, store.aliases(connection, scope))
    lines = _lines({objective: one for (_, objective), one in known.items()}, behind, said, most)
    return Profile(
        person,
        lines,
        store.points(connection, scope, person.uid),
        lessons if most is None else lessons[-RECENT:],
        Term(number, [one for one in lessons if one.at >= begun]),
        [e for e in said if e.kind is EntryKind.NOTE],
        [e for e in said if e.kind is EntryKind.OBSERVED],
        [e for e in said if e.kind is EntryKind.WORD],
        progress(in_lessons, newest),
        {e.replies_to: e for e in said if e.kind is EntryKind.REPLY and e.replies_to is not None},
        {e.objective: e for e in reversed(said) if e.kind is EntryKind.GROUP},
        contested([e for e in said if e.kind is EntryKind.CONTEST and e.step]),
        practices.given_to(context_id, person, MOST_PRACTICES),
        judgements.of_pupil(person.id, [one.run_id for one in lessons]),
        _elsewhere(
            context_id, {one.run_id for one in lessons} | {answer.run_id for line in lines for answer in line.answers}
        ),
    )


def _elsewhere(context_id: int, run_ids: Collection[str]) -> dict[str, int]:
    """Of these lessons and pieces of work those of other courses, each with its course."""
    taught = select(LessonRun.run_id, LessonRun.context_id)
    alone = select(Practice.run_id, Practice.context_id)
    rows = db.session.execute(
        union_all(
            taught.where(LessonRun.run_id.in_(run_ids), LessonRun.context_id != context_id),
            alone.where(Practice.run_id.in_(run_ids), Practice.context_id != context_id),
        )
    )
    return {row.run_id: row.context_id for row in rows}


@dataclass(frozen=True)
class Behind:
    """What stands behind the levels: the answers, the newest first; which runs were work `alone`, and whether that made
    up for a lesson; what was `chosen` in the lessons shown; objectives' earlier words, and what those are `read_as`."""

    evidence: Sequence[Evidence]
    alone: Mapping[str, bool]
    chosen: Mapping[str, Mapping[str, Chosen]]
    read_as: Mapping[str, str]

    def is_about(self, entry: ProfileEntry, objective: str) -> bool:
        return self.read_as.get(entry.objective, entry.objective) == objective


def _lines(known: Mapping[str, Estimate], behind: Behind, said: Sequence[ProfileEntry], most: int | None) -> list[Line]:
    """The objectives of which something is known, by when they were first answered, each with what is behind it."""
    order = dict.fromkeys(e.objective for e in reversed(behind.evidence) if e.objective in known)
    answers = {objective: [e for e in behind.evidence if e.objective == objective] for objective in order}
    titles = _titles([e for own in answers.values() for e in own[:most]])
    return [
        Line(
            objective,
            known[objective],
            sum(not e.is_again for e in own),
            sum(e.share == 1 and not e.is_again for e in own),
            len(own),
            [_answered(e, titles, behind) for e in own[:most]],
            [e for e in said if e.kind is EntryKind.STEP and behind.is_about(e, objective)],
            [e for e in said if e.kind is EntryKind.CONTEST and not e.step and behind.is_about(e, objective)],
        )
        for objective, own in answers.items()
    ]


def is_read(run_id: str, seq: int) -> bool:
    """A job has read this lesson up to this place in its log: what it showed is known."""
    read = ledger.read_of(db.session.connection(), run_id)
    return read is not None and read.seq >= seq


def progress_in(run: LessonRun, person: Person) -> Progress | None:
    """What this lesson shows to be better than the pupil's own lesson before it, as far as a job has read it."""
    evidence = ledger.evidence(db.session.connection(), scope_of(run.context_id), person.uid)
    alone = _practices(evidence)
    return progress([e for e in evidence if e.run_id not in alone], run.run_id)


def _practices(evidence: Sequence[Evidence]) -> dict[str, bool]:
    """Which of these runs were work at one's own pace, and whether that made up for a lesson."""
    runs = {one.run_id for one in evidence}
    query = select(Practice.run_id, Practice.is_catch_up).where(Practice.run_id.in_(runs))
    return {row.run_id: row.is_catch_up for row in db.session.execute(query)}


def _answered(one: Evidence, titles: Mapping[tuple[str, str], str], behind: Behind) -> Answered:
    """What a pupil does alone has a day of its own."""
    title, is_catch_up = titles.get((one.run_id, one.item), ""), behind.alone.get(one.run_id)
    day = one.day if is_catch_up is None else local(one.at).date().isoformat()
    chosen = behind.chosen.get(one.run_id, {}).get(one.activity)
    key_seen = None if one.key_seen_at is None else local(one.key_seen_at).date()
    return Answered(
        title, one.run_id, one.activity, day, one.share, is_catch_up, chosen, one.is_again, one.is_underway, key_seen
    )


def _titles(evidence: Sequence[Evidence]) -> dict[tuple[str, str], str]:
    """What each question was called in its lesson. One that has been changed or deleted since is looked up there."""
    uids = {e.item.partition("@")[0] for e in evidence if "@" in e.item}
    columns = select(LessonActivity.uid, LessonActivity.version, LessonActivity.title)
    rows = db.session.execute(columns.where(LessonActivity.uid.in_(uids)))
    now_called = {f"{uid}@{version}": title for uid, version, title in rows}
    found = {(e.run_id, e.item): now_called[e.item] for e in evidence if e.item in now_called}
    others = dict.fromkeys(e.run_id for e in evidence if e.item not in now_called)
    then = reader.questions_of(db.session.connection(), list(others)[:MOST_REREAD])
    return found | {(run_id, pool.item_of(run_id, q)): q.title for run_id, asked in then.items() for q in asked}
