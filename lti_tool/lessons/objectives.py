"""What objectives (yêu cầu cần đạt) are called elsewhere: an identifier for each, as 1EdTech CASE gives one.

The words of an objective are the teacher's; the identifier lets other systems know two of them for the same. Where a
framework was published, the school says its identifiers; else one is made of the first words that an objective had, and
goes along when the words change or two objectives become one. Then the answers go along, too: the student model reads
the earlier words as the new ones, which can be taken back.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select

from analytics.export.deeds import identifier_of
from analytics.mastery import store
from lti_tool.clock import now
from lti_tool.extensions import db, hold
from lti_tool.lessons import case
from lti_tool.lessons.courses import school_of, scope_of
from lti_tool.models import Course, Lesson, LessonActivity, ObjectiveKey, Registration

LONGEST = 500


@dataclass(frozen=True)
class Objective:
    """An objective of a course: the identifier that was said for it, or "", and the one made of its words. `also`:
    other words with the same identifier."""

    words: str
    uri: str
    made: str = ""
    also: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        return self.uri or self.made


def of_course(course: Course) -> list[Objective]:
    """Every objective that this course's lessons name, in the order of their words."""
    asked = _asked(course)
    return [one for one in _all(course, asked) if one.words in asked]


def known(course: Course) -> list[str]:
    """The words of every objective of the course's school and subject, those of earlier lessons among them."""
    return [one.words for one in _all(course, _asked(course))]


def now_called(context_id: int) -> Mapping[str, str]:
    """Earlier words of objectives in a course's school and subject, each with the words that are valid now."""
    return store.aliases(db.session.connection(), scope_of(context_id))


def in_words_of_today(said: Iterable[str], called: Mapping[str, str]) -> list[str]:
    """Objectives as they are called now, each once; what a lesson or a question says stays as it was written."""
    return list(dict.fromkeys(called.get(one, one) for one in said))


def as_written(typed: Iterable[str], written: Sequence[str], called: Mapping[str, str]) -> list[str]:
    """What a form that shows the words of today says, in the lesson's own: who saves a lesson without touching an
    objective changes none, so that two that were joined can be parted again."""
    own: dict[str, list[str]] = {}
    for one in written:
        own.setdefault(called.get(one, one), []).append(one)
    return [word for one in dict.fromkeys(typed) for word in own.get(one, [one])]


def of_subject(context_id: int, called: Mapping[str, str]) -> list[str]:
    """What the course's school and subject has objectives for, in the words of today: for the editor to offer."""
    course = db.session.get(Course, context_id)
    return sorted(in_words_of_today(known(course), called)) if course else []


def _all(course: Course, asked: set[str]) -> list[Objective]:
    said, met = identifiers(course), store.objectives(db.session.connection(), scope_of(course.context_id))
    words = sorted({*asked, *said, *met} - {""})
    by_words = {one: identifier_of(one, said) for one in words}
    same: dict[str, list[str]] = {}
    for one, uri in by_words.items():
        same.setdefault(uri, []).append(one)
    return [
        Objective(one, said.get(one, ""), identifier_of(one), tuple(w for w in same[uri] if w != one))
        for one, uri in by_words.items()
    ]


def _asked(course: Course) -> set[str]:
    query = (
        select(LessonActivity.objective)
        .join(Lesson, Lesson.id == LessonActivity.lesson_id)
        .where(Lesson.context_id == course.context_id, Lesson.deleted_at.is_(None))
    )
    return {one for one in db.session.scalars(query) if one}


def identifiers(course: Course) -> dict[str, str]:
    """The identifiers that were said in the course's school and subject, by the objective's words."""
    query = select(ObjectiveKey.objective, ObjectiveKey.uri).where(*_in(course))
    return {row.objective: row.uri for row in db.session.execute(query)}


def _in(course: Course) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ObjectiveKey.registration_id == school_of(course.context_id), ObjectiveKey.subject == course.subject


def identifier(typed: str) -> str | None:
    """An identifier as it is kept: an address by https or http, a URN, or a bare UUID, which becomes one. None for
    anything else."""
    text = typed.strip()
    try:
        return UUID(text).urn
    except ValueError:
        pass
    if len(text) > LONGEST or re.search(r"[\s\x00-\x1f\x7f<>\"{}|\\^`]", text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    return text if is_address or re.fullmatch(r"urn:[a-z0-9][a-z0-9-]{0,31}:\S+", text, re.IGNORECASE) else None


@dataclass(frozen=True)
class Saved:
    """What came of a form of identifiers: texts that are none, for which nothing was kept; and what somebody else has
    said since the form was opened, which stands."""

    faulty: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()


NOTHING = Saved()


def save(course: Course, typed: Mapping[str, str], by: int, seen: Mapping[str, str] | None = None) -> Saved:
    """Keep what was typed beside each objective of the course; empty takes an identifier away. Other words with the
    same identifier go along. `seen`: what the form showed when it was opened; only what differs from that is wanted."""
    hold(Registration.id, school_of(course.context_id))  # two teachers of a subject write one after the other
    asked = {one.words: one for one in of_course(course) if one.words in typed}
    wanted = {words: identifier(typed[words]) if typed[words].strip() else "" for words in asked}
    if faulty := frozenset(words for words, uri in wanted.items() if uri is None):
        return Saved(faulty)
    stands = {words: one.uri for words, one in asked.items()}
    shown = stands if seen is None else {words: seen.get(words, uri) for words, uri in stands.items()}
    known = {words: (shown[words], stands[words]) for words in asked}
    changed = {words: uri for words, uri in wanted.items() if uri is not None and uri not in known[words]}
    lost = frozenset(words for words in changed if shown[words] != stands[words])
    kept = {words: uri for words, uri in changed.items() if words not in lost}
    also = {other: uri for words, uri in kept.items() if uri for other in asked[words].also if other not in lost}
    _keep(course, also | kept, by)
    return Saved(lost=lost)


def join(course: Course, words: str, earlier: str, by: int) -> bool:
    """The objective was called otherwise before, or is the same as another: it has that one's identifier and answers
    from now on, and so has what shared its own. Whether both are there."""
    hold(Registration.id, school_of(course.context_id))
    there = {one.words: one for one in _all(course, _asked(course))}
    if words == earlier or not {words, earlier} <= there.keys():
        return False
    _keep(course, dict.fromkeys((words, *there[words].also), there[earlier].identifier), by)
    store.join(db.session.connection(), scope_of(course.context_id), words, earlier)
    return True


def joined(course: Course) -> Mapping[str, str]:
    """Earlier words whose answers stand under others, with those, in their order."""
    return dict(sorted(now_called(course.context_id).items()))


def part(course: Course, earlier: str) -> None:
    """Let earlier words have their own answers again; identifiers stay. Who presses twice, or after somebody else, has
    what they wanted."""
    hold(Registration.id, school_of(course.context_id))
    if earlier in joined(course):
        store.part(db.session.connection(), scope_of(course.context_id), [earlier])


def take(course: Course, framework: Mapping[str, str], by: int) -> int:
    """Identifiers of a published framework for the objectives of this course that are worded as there; of how many."""
    found = {one.words: framework.get(case.plain(one.words)) for one in of_course(course)}
    wanted = {words: uri for words, uri in found.items() if uri and identifier(uri)}
    save(course, wanted, by)
    return len(wanted)


def _keep(course: Course, changed: Mapping[str, str], by: int) -> None:
    db.session.execute(delete(ObjectiveKey).where(*_in(course), ObjectiveKey.objective.in_(changed)))
    place = {"registration_id": school_of(course.context_id), "subject": course.subject, "set_by": by, "at": now()}
    db.session.add_all(ObjectiveKey(objective=words, uri=uri, **place) for words, uri in changed.items() if uri)
