"""Evidence of a teacher's month: of each lesson the plan, the links, attendance, results and products, as files in one
zip. Counts and samples without names; names only where that teacher takes the pack along with them.

A reader who is not the teacher sees what is told of a lesson's questions (`analytics.rollup`), and no other figure of
answers: the week's are sums of the same, and neither changes when a pupil is erased or confirmed later.
"""

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from analytics import reader
from analytics.attendance import Status
from analytics.reader import RunSnapshot
from analytics.results import QuestionResult
from analytics.rollup import LEAST_PUPILS, WHOLE, LessonCount, QuestionCount, Share, scored_of
from live_session import activities
from live_session.model import Json
from lti_tool.clock import local
from lti_tool.extensions import db
from lti_tool.formats import day
from lti_tool.lessons import courses, objectives, periods, periodsheet, recordings, rollcall, roster
from lti_tool.lessons.departments import Part
from lti_tool.lessons.marksheet import text_cell
from lti_tool.lessons.periodlines import Line
from lti_tool.lessons.roster import Pupil
from lti_tool.models import Course, LessonRun, PeriodEntry, Person, Recording, SchoolClass
from lti_tool.names import sort_key
from lti_tool.translations import t

MOST_SAMPLES = 3
LONGEST_SAMPLE = 400


@dataclass(frozen=True)
class Result:
    """A question, or all of a lesson's together (`title` None): answered of asked, right of those that can be."""

    title: str | None
    answered: Share
    right: Share


@dataclass(frozen=True)
class Product:
    """What pupils made: how many texts and pictures a question brought, None where they are too few to be told, and
    some of the texts."""

    title: str
    count: int | None
    samples: Sequence[str]


@dataclass(frozen=True)
class Taught:
    """The evidence of one lesson. `names` only in a teacher's own pack: who sat where, by the teacher's word."""

    run: LessonRun
    class_name: str
    subject: str
    objectives: Sequence[str]
    plan: Sequence[tuple[str, str]]
    meeting: str
    films: Sequence[Recording]
    counts: LessonCount | None
    results: Sequence[Result]
    products: Sequence[Product]
    names: Mapping[Status, Sequence[str]]


@dataclass(frozen=True)
class Pack:
    """A teacher's month."""

    teacher: Person
    month: date
    lines: Sequence[Line]
    lessons: Sequence[Taught]


# --- whose, and what is in reach --------------------------------------------------------------------------------------


def reach(scope: Iterable[Part]) -> Mapping[int, Collection[int | None]]:
    """Classes by course; lessons for a whole course belong to each of its classes."""
    found: dict[int, set[int | None]] = {}
    for part in scope:
        found.setdefault(part.context_id, {None}).add(part.class_id)
    return found


def teachers(scope: Sequence[Part], month: date) -> list[Person]:
    """Who taught in this scope that month, by name."""
    within = reach(scope)
    runs = select(LessonRun).where(LessonRun.context_id.in_(within), LessonRun.ended_at.is_not(None))
    ids = {run.started_by for run in db.session.scalars(runs) if _is_in(run, month, within)}
    entries = select(PeriodEntry.teacher_id).where(
        PeriodEntry.context_id.in_(within),
        PeriodEntry.day >= month,
        PeriodEntry.day < periods.next_month(month),
        ~PeriodEntry.is_void,
    )
    ids |= set(db.session.scalars(entries))
    people = db.session.scalars(select(Person).where(Person.id.in_(ids)))
    return sorted(people, key=lambda person: sort_key(person.name, person.given_name))


def own_reach(person_id: int) -> Mapping[int, Collection[int | None]]:
    """Everywhere this person has taught."""
    taught = select(LessonRun.context_id, LessonRun.class_id).where(LessonRun.started_by == person_id)
    logged = select(PeriodEntry.context_id, PeriodEntry.class_id).where(PeriodEntry.teacher_id == person_id)
    found: dict[int, set[int | None]] = {}
    for context_id, class_id in (*db.session.execute(taught), *db.session.execute(logged)):
        found.setdefault(context_id, set()).add(class_id)
    return found


def _is_in(run: LessonRun, month: date, within: Mapping[int, Collection[int | None]]) -> bool:
    is_then = month <= local(run.started_at).date() < periods.next_month(month)
    return is_then and run.class_id in within.get(run.context_id, ())


# --- the pack ---------------------------------------------------------------------------------------------------------


def pack(
    teacher: Person, month: date, within: Mapping[int, Collection[int | None]], *, is_own: bool, has_names: bool = False
) -> Pack:
    """The evidence of a month within these classes; `is_own`: for the teacher's own eyes."""
    query = select(LessonRun).where(
        LessonRun.started_by == teacher.id, LessonRun.context_id.in_(within), LessonRun.ended_at.is_not(None)
    )
    runs = [run for run in db.session.scalars(query.order_by(LessonRun.started_at)) if _is_in(run, month, within)]
    counts = reader.counts_of(db.session.connection(), [run.run_id for run in runs])
    lines = [
        line
        for context_id in sorted(_places(teacher.id, month).intersection(within) | {run.context_id for run in runs})
        for line in periods.book(context_id, month)
        if teacher.id == line.teacher_id and line.values.class_id in within[context_id]
    ]
    lessons = [_taught(run, counts.get(run.run_id), is_own=is_own, has_names=is_own and has_names) for run in runs]
    return Pack(teacher, month, sorted(lines, key=lambda line: (line.values.day, line.values.number)), lessons)


def _places(teacher: int, month: date) -> set[int]:
    """Courses in whose log a teacher stands that month."""
    query = select(PeriodEntry.context_id).where(
        PeriodEntry.teacher_id == teacher, PeriodEntry.day >= month, PeriodEntry.day < periods.next_month(month)
    )
    return set(db.session.scalars(query.distinct()))


def _taught(run: LessonRun, counts: LessonCount | None, *, is_own: bool, has_names: bool) -> Taught:
    stored = reader.snapshot_of(db.session.connection(), run.run_id)
    snapshot = stored.snapshot if stored else None
    course = db.session.get(Course, run.context_id)
    class_ = db.session.get(SchoolClass, run.class_id) if run.class_id else None
    meeting = courses.meeting_of(run.context_id)
    people = roster.everybody(run)
    return Taught(
        run=run,
        class_name=class_.name if class_ else "",
        subject=course.subject if course else "",
        objectives=objectives.in_words_of_today(run.lesson.objectives, objectives.now_called(run.context_id)),
        plan=[(one.title, one.kind) for one in run.lesson.activities],
        meeting=meeting[0] if meeting else "",
        films=recordings.of_run(run.run_id),
        counts=counts,
        results=(results(snapshot.questions) if is_own else told(snapshot)) if snapshot else (),
        products=_products(snapshot, people, is_own=is_own, has_names=has_names) if snapshot else (),
        names=_names(run, people) if has_names else {},
    )


def results(questions: Iterable[QuestionResult]) -> Sequence[Result]:
    """Question by question, as they were asked first, for the teacher."""
    first = (q for q in questions if q.round == 1 and q.asked)
    return [
        Result(q.title, Share(q.answered, len(q.asked)), Share(q.right if scored_of(q) else 0, scored_of(q)))
        for q in first
    ]


def told(snapshot: RunSnapshot) -> Sequence[Result]:
    """The same for a head of department: what is told of each question, or of all of them together."""
    known = _told_of(snapshot)
    if whole := known.get(WHOLE):
        return [_result(None, whole, can_be_right=True)]
    first = (q for q in snapshot.questions if q.round == 1 and (q.asked or q.activity in known))
    return [_result(q.title, known.get(q.activity), can_be_right=q.can_be_right) for q in first]


def _told_of(snapshot: RunSnapshot) -> Mapping[str, QuestionCount]:
    return {one.activity: one for one in snapshot.told}


def _result(title: str | None, one: QuestionCount | None, *, can_be_right: bool) -> Result:
    """Hidden alike where a few answered and where nobody did: who comes to it later changes nothing."""
    if one is None:
        return Result(title, Share(0, 0, is_hidden=True), Share(0, 0, is_hidden=can_be_right))
    right = Share(one.right, one.scored, is_hidden=can_be_right and not one.scored)
    return Result(title, Share(one.answered, one.asked, is_hidden=not one.asked), right)


def _names(run: LessonRun, people: Sequence[Pupil]) -> Mapping[Status, Sequence[str]]:
    said = rollcall.teachers_words(run.run_id)
    found: dict[Status, list[str]] = {}
    for pupil in people:
        if word := said.get(pupil.person_id):
            found.setdefault(word.status, []).append(pupil.name)
    return found


def _products(snapshot: RunSnapshot, people: Sequence[Pupil], *, is_own: bool, has_names: bool) -> Sequence[Product]:
    """Texts and pictures, question by question. Of others' lessons no count and no sample of fewer than ten, none of
    who came to it later, and none that holds a pupil's name."""
    kinds = activities.types()
    names, known = {pupil.uid: pupil.name for pupil in people}, _told_of(snapshot)
    found = []
    for question in snapshot.questions:
        if question.round != 1 or question.kind not in kinds or not kinds[question.kind].is_read:
            continue
        made, one = _made_of(snapshot, question.activity), known.get(question.activity)
        shown = made if is_own else _sampled(made, one.writers if one else ())
        texts = sorted((text, who) for who, value in shown.items() for text in texts_of(value))
        if has_names:
            samples = [f"{names.get(who, '')}: {text}" for text, who in texts]
        else:
            samples = [text for text, _ in texts if not names_somebody(text, names.values())][:MOST_SAMPLES]
        count = len(made) if is_own else one.answered if one else None
        found.append(Product(question.title, count, [one[:LONGEST_SAMPLE] for one in samples]))
    return found


def _sampled(made: Mapping[str, Json], writers: Collection[str]) -> Mapping[str, Json]:
    """What samples are taken from, for others' eyes: all that was there when it was first told, or nothing. One sample
    fewer, or one more, would be that pupil's."""
    is_whole = len(writers) >= LEAST_PUPILS and made.keys() >= set(writers)
    return {who: made[who] for who in writers} if is_whole else {}


def _made_of(snapshot: RunSnapshot, activity: str) -> Mapping[str, Json]:
    """What each pupil gave to this question."""
    given = {who: one.given[activity].value for who, one in snapshot.pupils.items() if activity in one.given}
    return {who: value for who, value in given.items() if value is not None}


def texts_of(value: Json) -> Iterable[str]:
    """The words in an answer: its own, those beside a picture, those of each post."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        if isinstance(text := value.get("text"), str) and text.strip():
            yield text
        elif "photo" not in value:
            yield from ("\n".join(text for name, text in value.items() if isinstance(text, str) and name != "level"),)
    elif isinstance(value, Sequence):
        for one in value:
            yield from texts_of(one)


def names_somebody(text: str, names: Iterable[str]) -> bool:
    """A text has somebody's name in it: its last two words, or the given name alone as a word that begins with its
    capital letter. Many given names are words too ("Bình phương"): rather one sample fewer than one name."""
    folded, words = text.casefold(), set(re.findall(r"\w+", text))
    parts = (name.split() for name in names)
    return any(" ".join(part[-2:]).casefold() in folded or part[-1] in words for part in parts if part)


# --- as files ---------------------------------------------------------------------------------------------------------


def as_zip(found: Pack, page: str) -> bytes:
    """The page, the period log, attendance, results and samples; text in UTF-8, tables as a Vietnamese Excel opens
    them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("minh-chung.html", page)
        archive.writestr("so-tiet.csv", periodsheet.sheet(found.lines))
        archive.writestr("diem-danh.csv", _table(ATTENDANCE, _attendance(found)))
        archive.writestr("ket-qua.csv", _table(RESULTS, _results(found)))
        archive.writestr("san-pham.csv", _table(PRODUCTS, _made(found)))
    return out.getvalue()


ATTENDANCE = ("day", "class", "lesson", "pupils", "room", "home", "late", "absent", "not_seen", "names")
RESULTS = ("day", "class", "lesson", "question", "answered", "asked", "right", "scored")
PRODUCTS = ("day", "class", "lesson", "question", "made", "sample")


def _head(one: Taught) -> list[Any]:
    return [day(one.run.started_at), text_cell(one.class_name), text_cell(one.run.title)]


def _attendance(found: Pack) -> Iterable[list[Any]]:
    for one in found.lessons:
        c = one.counts
        counts = [c.pupils, c.room, c.home, c.late, c.absent, c.not_seen + c.unconfirmed] if c else [""] * 6
        names = "; ".join(f"{t(f'status.{status}')}: {', '.join(who)}" for status, who in one.names.items())
        yield [*_head(one), *counts, text_cell(names)]


def _results(found: Pack) -> Iterable[list[Any]]:
    for one in found.lessons:
        for result in one.results:
            shown = [(s.part, s.whole) if s else ("", "") for s in (result.answered, result.right)]
            title = str(t("pack.all_questions")) if result.title is None else result.title
            yield [*_head(one), text_cell(title), *shown[0], *shown[1]]


def _made(found: Pack) -> Iterable[list[Any]]:
    for one in found.lessons:
        for product in one.products:
            for sample in product.samples or [""]:
                count = "" if product.count is None else product.count
                yield [*_head(one), text_cell(product.title), count, text_cell(sample)]


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([str(t(f"pack.column.{column}")) for column in columns])
    writer.writerows(rows)
    return ("\ufeff" + text.getvalue()).encode()
