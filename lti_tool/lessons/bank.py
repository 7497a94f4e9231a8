"""The question bank: every question of a teacher's own lessons, and of those that colleagues of the subject share.

The same question in several lessons (copies ask the same, word for word) stands there once. What is known of it is what
classes did with the copy that was answered most; its uses are those of all copies.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Row, Select, or_, select

from analytics import pool
from analytics.items import LEAST_EXTREME
from analytics.pool import Origin, Quality
from live_session.activities.spelling import bare
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import copying, editing, objectives, sharing
from lti_tool.models import Course, Lesson, LessonActivity

MOST = 5_000
"""Questions that are looked through, the newest lessons first."""
A_PAGE = 20
EASY, HARD = 0.7, 0.3
"""Shares right above and below which a question is called easy or hard: the usual bounds of classical item analysis."""
APART = frozenset({"slide"})
"""Kinds that ask nothing."""


class Difficulty(StrEnum):
    """How hard a question was for classes; of too few answers nothing is said."""

    UNKNOWN = "unknown"
    EASY = "easy"
    MIDDLE = "middle"
    HARD = "hard"


class Whose(StrEnum):
    """Of whose lessons."""

    OWN = "own"
    SHARED = "shared"


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; "" and False for everything. `words` as typed, with accents or without."""

    words: str = ""
    objective: str = ""
    kind: str = ""
    difficulty: str = ""
    whose: str = ""
    is_flagged: bool = False


@dataclass(frozen=True)
class Question:
    """One question, and its copies within reach: `copies` are (uid, version) of each, this one first."""

    uid: str
    kind: str
    title: str
    content: Mapping[str, Any]
    objective: str | None
    is_own: bool
    lesson_title: str
    context_id: int
    author_id: int | None
    was_used: bool
    copies: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Entry:
    """A question with what is known of it. `asked` in so many lessons of classes, `practised` in so many works at the
    pupils' own pace; `alone` is how it did there."""

    question: Question
    quality: Quality | None
    alone: Quality | None = None
    asked: int = 0
    practised: int = 0

    @property
    def difficulty(self) -> Difficulty:
        return difficulty_of(self.quality)


@dataclass(frozen=True)
class Found:
    """A page of what was looked for, of `total`; what the filters offer; `is_cut` where there is more than is looked
    through."""

    entries: Sequence[Entry] = ()
    total: int = 0
    page: int = 1
    everything: int = 0
    kinds: Sequence[str] = ()
    objectives: Sequence[str] = ()
    is_cut: bool = False

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // A_PAGE))


# --- pure -----------------------------------------------------------------------------------------------------------


def difficulty_of(quality: Quality | None) -> Difficulty:
    """In words, from enough answers."""
    if quality is None or quality.report.n < LEAST_EXTREME:
        return Difficulty.UNKNOWN
    p = quality.report.p
    return Difficulty.EASY if p > EASY else Difficulty.HARD if p < HARD else Difficulty.MIDDLE


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """Small letters without accents: "Hệ thức Vi-ét" is "he thuc vi-et". Kept: a page looks through thousands."""
    return bare(text)


def is_hit(words: str, text: str) -> bool:
    """Every word stands in the text. A word typed without accents finds those with them; one with accents means
    itself."""
    exact, plain = unicodedata.normalize("NFC", text.casefold()), folded(text)
    typed = unicodedata.normalize("NFC", words.casefold()).split()
    return all(one in (plain if folded(one) == one else exact) for one in typed)


def texts_of(value: Any) -> Iterable[str]:
    """Every text in an activity's content, but for the ids of pictures."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            if name != "id":
                yield from texts_of(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_of(one)


_PICTURE = re.compile(r'"[0-9a-f]{32}"')


def sense_of(kind: str, content: Mapping[str, Any]) -> str:
    """What two copies of a question have in common: everything but the names of their pictures."""
    return kind + _PICTURE.sub('""', msgspec.json.encode(content, order="sorted").decode())


def is_wanted(question: Question, wanted: Wanted) -> bool:
    """As far as the question itself tells."""
    return (
        wanted.kind in ("", question.kind)
        and wanted.objective in ("", question.objective)
        and wanted.whose in ("", Whose.OWN if question.is_own else Whose.SHARED)
        and (not wanted.words or is_hit(wanted.words, _text_of(question)))
    )


def _text_of(question: Question) -> str:
    said = (question.title, question.lesson_title, question.objective or "", *texts_of(question.content))
    return "\n".join(said)


# --- whom it reaches ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """The courses whose lessons are a teacher's own, and the lessons of others that are shared with them."""

    own: frozenset[int]
    shared: Select[int] | None = field(default=None)
    called: Mapping[str, str] = field(default_factory=dict)
    """What objectives' earlier words are now, in the school and subject of whom it reaches."""

    def query(self, *columns: Any) -> Select[Any]:
        """Of the questions within reach, these columns."""
        is_own = Lesson.context_id.in_(self.own)
        reached = is_own if self.shared is None else or_(is_own, Lesson.id.in_(self.shared))
        return (
            select(*columns)
            .join(Lesson, Lesson.id == LessonActivity.lesson_id)
            .where(Lesson.deleted_at.is_(None), reached, LessonActivity.kind.not_in(APART))
        )


def reach_of(person_id: int, context_id: int) -> Reach:
    """This course, the teacher's other courses of the subject, and what colleagues of the subject share."""
    course = db.session.get(Course, context_id)
    others = sharing.courses_of(person_id, context_id) if course else ()
    own = {context_id, *(one.context_id for one in others if course and one.subject == course.subject)}
    shared = sharing.of_colleagues(context_id)
    called = objectives.now_called(context_id)
    return Reach(frozenset(own), None if shared is None else shared.with_only_columns(Lesson.id), called)


COLUMNS = (
    LessonActivity.uid,
    LessonActivity.version,
    LessonActivity.kind,
    LessonActivity.title,
    LessonActivity.content,
    LessonActivity.objective,
    LessonActivity.was_used,
    Lesson.title.label("lesson_title"),
    Lesson.context_id,
    Lesson.author_id,
)


def questions(reach: Reach) -> list[Question]:
    """Every question within reach, the newest lesson first; each once, the teacher's own copy before a colleague's."""
    query = reach.query(*COLUMNS).order_by(Lesson.changed_at.desc(), Lesson.id.desc(), LessonActivity.position)
    alike: dict[str, list[Row[Any]]] = {}
    for row in db.session.execute(query.limit(MOST)):
        if str(row.content.get("prompt", "")).strip():  # nothing was asked in it yet
            alike.setdefault(sense_of(row.kind, row.content), []).append(row)
    return [_question(rows, reach) for rows in alike.values()]


def _question(rows: Sequence[Row[Any]], reach: Reach) -> Question:
    first, *others = sorted(rows, key=lambda row: row.context_id not in reach.own)
    about = first.objective or next((one.objective for one in others if one.objective), None)
    return Question(
        uid=first.uid,
        kind=first.kind,
        title=first.title,
        content=first.content,
        objective=reach.called.get(about, about) if about else None,
        is_own=first.context_id in reach.own,
        lesson_title=first.lesson_title,
        context_id=first.context_id,
        author_id=first.author_id,
        was_used=any(one.was_used or one.version > 1 for one in rows),
        copies=tuple((one.uid, one.version) for one in (first, *others)),
    )


# --- looking --------------------------------------------------------------------------------------------------------


def look(reach: Reach, wanted: Wanted, page: int = 1) -> Found:
    """One page of the questions that are wanted; a page beyond the last is the last."""
    known, wanted = questions(reach), replace(wanted, objective=reach.called.get(wanted.objective, wanted.objective))
    hits = [one for one in known if is_wanted(one, wanted)]
    if wanted.difficulty or wanted.is_flagged:
        of_all = _qualities(hits)
        hits = [one for one in hits if _does(_best(one, of_all), wanted)]
    page = max(1, min(page, -(-len(hits) // A_PAGE)))
    return Found(
        entries=_entries(hits[(page - 1) * A_PAGE : page * A_PAGE]),
        total=len(hits),
        page=page,
        everything=len(known),
        kinds=sorted({one.kind for one in known}),
        objectives=sorted({one.objective for one in known if one.objective}, key=folded),
        is_cut=sum(len(one.copies) for one in known) >= MOST,
    )


def _does(quality: Quality | None, wanted: Wanted) -> bool:
    is_so = wanted.difficulty in ("", difficulty_of(quality))
    return is_so and (not wanted.is_flagged or bool(quality and quality.report.flags))


def _qualities(some: Iterable[Question], origin: Origin = Origin.CLASS) -> Mapping[str, Quality]:
    names = {f"{uid}@{version}" for one in some for uid, version in one.copies}
    return pool.of_items(db.session.connection(), names, origin)


def _best(question: Question, known: Mapping[str, Quality]) -> Quality | None:
    """Of the copy that was answered most."""
    found = [known[name] for uid, version in question.copies if (name := f"{uid}@{version}") in known]
    return max(found, key=lambda quality: quality.report.n, default=None)


def _entries(some: Sequence[Question]) -> list[Entry]:
    in_class, alone = _qualities(some), _qualities(some, Origin.PRACTICE)
    names = {one.uid: _every_version(one) for one in some}
    asked = pool.times_asked(db.session.connection(), {name for all_ in names.values() for name in all_})
    return [
        Entry(
            one,
            _best(one, in_class),
            _best(one, alone),
            sum(asked.get((name, Origin.CLASS), 0) for name in names[one.uid]),
            sum(asked.get((name, Origin.PRACTICE), 0) for name in names[one.uid]),
        )
        for one in some
    ]


def _every_version(question: Question) -> Collection[str]:
    return {f"{uid}@{n}" for uid, version in question.copies for n in range(1, version + 1)}


# --- taking ---------------------------------------------------------------------------------------------------------


def take(reach: Reach, uid: str, lesson: Lesson) -> LessonActivity:
    """A copy of a question at a lesson's end, with its pictures; an item of its own. Raises `Fault` for a question that
    is not within reach, and when the lesson would grow too long."""
    original = db.session.scalars(reach.query(LessonActivity).where(LessonActivity.uid == uid)).first()
    if original is None:
        raise Fault("question_gone", 404)
    copied = copying.activity_into(original, lesson.context_id)
    editing.append(lesson, [copied])
    return copied


def senses_in(lesson: Lesson) -> set[str]:
    """What a lesson asks already."""
    return {sense_of(one.kind, one.content) for one in lesson.activities}


def as_activity(question: Question) -> LessonActivity:
    """The question as an activity of no lesson, to be read."""
    return LessonActivity(kind=question.kind, title=question.title, content=dict(question.content), terms={})
