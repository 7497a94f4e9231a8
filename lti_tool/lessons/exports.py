"""A course's marks, attendance and answers as plain tables: for JSON, for CSV, and for the workbooks."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import and_, select

from analytics.attendance import Status
from lti_tool.clock import local, school_year
from lti_tool.extensions import db
from lti_tool.lessons import answered, assessments, judgements, learned, marks, transfers, years
from lti_tool.lessons.marks import Rulebook
from lti_tool.lessons.marksheet import named, said_of, text_cell
from lti_tool.lessons.roster import Pupil, is_of, kept, pupils
from lti_tool.lessons.transfers import Origin
from lti_tool.lessons.workbooks import Listed, Seat
from lti_tool.models import (
    AttendanceDecision,
    Course,
    LessonRun,
    Membership,
    Person,
    SchoolClass,
    ScoreDecision,
    TermComment,
)

LETTERS = {Status.ROOM: "x", Status.HOME: "N", Status.EXCUSED: "P", Status.ABSENT: "K"}
"""How a confirmed status stands in a sheet; what nobody confirmed stays empty."""
Table = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Attended:
    """What a teacher confirmed of one pupil in one lesson; `source`: the class it was taught in, where the pupil has
    moved from there since."""

    day: date
    status: Status
    source: Origin | None


def seats(course: Course, only: int | None = None) -> list[Seat]:
    """What teachers confirmed of attendance (of one pupil's alone) in the school year, the newest word of each
    lesson; of who moved here also in the class before: nobody is in two classes at once, so both are one count."""
    return [
        Seat(person_id, one.day, letter, one.source)
        for (_, person_id), one in _attendance(course, only).items()
        if (letter := LETTERS.get(one.status))
    ]


def listed(course: Course, class_id: int | None, of: Iterable[Seat]) -> list[Listed]:
    """The list, for a sheet `of` these; after it who left and has one."""
    found = kept(pupils(course.context_id, class_id, with_former=True), {seat.person_id for seat in of})
    return [Listed(one.person_id, one.number, named(one)) for one in found]


def _attendance(course: Course, only: int | None = None) -> dict[tuple[str, int], Attended]:
    member = and_(Membership.context_id == LessonRun.context_id, Membership.person_id == AttendanceDecision.person_id)
    another = and_(SchoolClass.id == LessonRun.class_id, SchoolClass.id != Membership.class_id)
    query = (
        select(AttendanceDecision, LessonRun.started_at, SchoolClass.name)
        .join(LessonRun, LessonRun.run_id == AttendanceDecision.run_id)
        .outerjoin(Membership, member)
        .outerjoin(SchoolClass, another)
        .where(LessonRun.context_id == course.context_id, is_of(AttendanceDecision.person_id, only))
        .order_by(LessonRun.started_at, AttendanceDecision.id)
    )
    found: dict[tuple[str, int], Attended] = {}
    for one, at, name in db.session.execute(query):
        if school_year(day := local(at).date()) == course.school_year:
            source = Origin(course.context_id, name) if name else None
            found[one.run_id, one.person_id] = Attended(day, Status(one.status), source)
    for one, run, origin in transfers.of_lessons(AttendanceDecision, course, only):
        found[run.run_id, one.person_id] = Attended(local(run.started_at).date(), Status(one.status), origin)
    return found


def everything(course: Course, rules: Rulebook) -> dict[str, Table]:
    """Each table by its name, a row as plain values; times in ms since 1970 (UTC), days as dates."""
    known = {one.person_id: one for one in pupils(course.context_id, with_former=True)}
    uids, taught = {one.uid for one in known.values()}, answered.lessons(course)
    return {
        "pupils": [
            {"pupil": p.uid, "number": p.number, "code": p.code, "name": p.name, "is_active": p.is_active}
            for p in known.values()
        ],
        "marks": _marks(course, rules, known),
        "results": _results(course, rules),
        "comments": _comments(course, known),
        "assessments": _assessments(course),
        "scores": _scores(course, known),
        "attendance": [
            {
                "pupil": known[person_id].uid,
                "run": run_id,
                "day": one.day.isoformat(),
                "status": str(one.status),
                "from_class": one.source.name if one.source else "",
            }
            for (run_id, person_id), one in _attendance(course).items()
            if person_id in known
        ],
        "answers": list(answered.in_class(taught, uids)),
        "practices": list(answered.practices(course)),
        "practice_answers": list(answered.in_practice(course, uids)),
        "levels": list(learned.levels(course, uids)),
        "engagement": list(learned.engagement(taught, uids)),
        "group_work": list(learned.group_work(taught, uids)),
        "rubrics": list(learned.rubrics(taught, uids)),
        "judged_levels": _judged(course, known),
        "profile_words": list(learned.profile_words(course, known)),
        "periods": list(learned.periods(course)),
    }


def _marks(course: Course, rules: Rulebook, known: Mapping[int, Pupil]) -> Table:
    """Every act, the newest of a place last, with what was proposed when it was made. Of who moved here also what
    stands in the class before: it counts for a term without a mark of this course."""
    return [
        {
            "pupil": row.pupil.uid,
            "term": term,
            "place": str(act.place),
            "value": act.value,
            "status": str(act.status),
            "method": act.method,
            "held": act.held,
            "decision": act.decision,
            "why": act.why,
            "by": act.by,
            "at": act.at,
            "from_class": act.source.name if act.source else "",
            **{f"basis_{name}": (act.basis or {}).get(name) or "" for name in ("value", "low", "high", "answered")},
            "basis_questions": _rests_on(act.basis or {}),
        }
        for term in (*marks.TERMS, marks.SUMMER)
        for row in marks.book(course, rules, term, with_former=True)
        for act in (*row.history, *(act for one in row.before for act in one.marks.values()))
        if row.pupil.person_id in known
    ]


def _rests_on(basis: Mapping[str, Any]) -> str:
    """The questions, and the criteria of works, that a proposal counted; nothing for one that was made before they were
    kept."""
    return "; ".join("/".join(one) for name in ("questions", "levels") for one in basis.get(name, ()))


def _results(course: Course, rules: Rulebook) -> Table:
    return [
        {
            "pupil": row.pupil.uid,
            **{f"term{n}": said_of(rules.regulation, one) for n, one in enumerate(row.results.terms, 1)},
            "year": said_of(rules.regulation, row.results.year),
        }
        for row in years.of_subject(course, rules, with_former=True)
    ]


def _comments(course: Course, known: Mapping[int, Pupil]) -> Table:
    """Every wording, the newest of a term last."""
    query = (
        select(TermComment, Person.name)
        .outerjoin(Person, Person.id == TermComment.made_by)
        .where(TermComment.context_id == course.context_id, TermComment.school_year == course.school_year)
        .order_by(TermComment.term, TermComment.id)
    )
    return [
        {"pupil": known[one.person_id].uid, "term": one.term, "text": one.text, "by": by or "", "at": one.made_at}
        for one, by in db.session.execute(query)
        if one.person_id in known
    ]


def _assessments(course: Course) -> Table:
    return [
        {
            "id": one.id,
            "term": term,
            "title": one.title,
            "method": one.method,
            "by_levels": one.by_levels,
            "at": one.made_at,
        }
        for term in marks.TERMS
        for one in assessments.of_term(course, term)
    ]


def _judged(course: Course, known: Mapping[int, Pupil]) -> Table:
    """The levels that stand, as the teacher said them of presentations and products."""
    found = []
    for term in marks.TERMS:
        for one in assessments.of_term(course, term):
            works = judgements.works_of(one) if one.by_levels else []
            stands = judgements.standing(works, known.values(), judgements.acts(works))
            found += [
                {
                    "pupil": pupil.uid, "assessment": one.id, "run": work.run.run_id, "activity": work.activity,
                    "title": work.title, "criterion": row.text or "group", "level": said.level, "of": len(row.levels),
                    "word": row.levels[said.level - 1].word,
                }
                for work in works
                for row in work.rows
                for pupil in known.values()
                if (said := stands.get(work.cell(row.name, pupil.person_id)))
            ]  # fmt: skip
    return found


def _scores(course: Course, known: Mapping[int, Pupil]) -> Table:
    """Every score that a teacher confirmed after a lesson, the newest of a lesson last; of who moved here also those of
    the class before."""
    query = (
        select(ScoreDecision, LessonRun)
        .join(LessonRun, LessonRun.run_id == ScoreDecision.run_id)
        .where(LessonRun.context_id == course.context_id)
        .order_by(LessonRun.started_at, ScoreDecision.id)
    )
    own = [(one, run, "") for one, run in db.session.execute(query)]
    brought = [(one, run, origin.name) for one, run, origin in transfers.of_lessons(ScoreDecision, course)]
    return [
        {
            "pupil": known[one.person_id].uid, "run": run.run_id, "lesson": run.title, "started_at": run.started_at,
            "proposed": one.proposed or "", "value": one.value, "comment": one.comment, "at": one.at,
            "from_class": name,
        }
        for one, run, name in (*own, *brought)
        if one.person_id in known
    ]  # fmt: skip


def as_json(course: Course, tables: Mapping[str, Table]) -> bytes:
    """All tables in one document."""
    about = {"subject": course.subject, "grade": course.grade, "school_year": course.school_year}
    return msgspec.json.format(msgspec.json.encode({"course": about, **tables}), indent=1)


def as_zip(tables: Mapping[str, Table]) -> bytes:
    """A CSV for each table: semicolons, a byte order mark, nothing that a spreadsheet would compute."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            archive.writestr(f"{name}.csv", as_csv(rows))
    return out.getvalue()


def as_csv(rows: Table) -> bytes:
    """One table: semicolons, decimal commas, a byte order mark, nothing that a spreadsheet would compute."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(rows[0].keys() if rows else ())
    writer.writerows([_cell(one) for one in row.values()] for row in rows)
    return ("\ufeff" + text.getvalue()).encode()


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6g}".replace(".", ",")
    return text_cell(value) if isinstance(value, str) else value
