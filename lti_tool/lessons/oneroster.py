"""A course's marks as OneRoster 1.2 (CSV): line items, categories and results in one zip with a manifest.

Courses, classes and pupils stand by the ids that the LMS gave them: a roster is the LMS's to send, so those files are
marked absent. Only what a teacher made or confirmed is in it. Lines end in CR LF, without a byte order mark (RFC 4180).

What a pupil brought along from another class stands under that class and its line items, by the ids that the other
course's own package gives them: whoever reads both has it once, and nothing of it is left behind in the new class when
its teacher makes marks of their own.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import select

from analytics.export.deeds import identifier_of
from analytics.regulations.port import Form
from live_session.model import Millis
from lti_tool import formats
from lti_tool.clock import local, school_year
from lti_tool.extensions import db
from lti_tool.lessons import marks, objectives, transfers
from lti_tool.lessons.markacts import Act
from lti_tool.lessons.marks import Rulebook
from lti_tool.lessons.marksheet import text_cell
from lti_tool.models import Context, Course, Lesson, LessonActivity, LessonRun, Membership, Person, Place, ScoreDecision
from lti_tool.translations import t

Row: TypeAlias = Mapping[str, str]
FILES: Mapping[str, Sequence[str]] = {
    "academicSessions": (
        "sourcedId", "status", "dateLastModified", "title", "type", "startDate", "endDate", "parentSourcedId",
        "schoolYear",
    ),
    "categories": ("sourcedId", "status", "dateLastModified", "title", "weight"),
    "lineItems": (
        "sourcedId", "status", "dateLastModified", "title", "description", "assignDate", "dueDate", "classSourcedId",
        "categorySourcedId", "academicSessionSourcedId", "resultValueMin", "resultValueMax", "schoolSourcedId",
    ),
    "lineItemLearningObjectiveIds": (
        "sourcedId", "status", "dateLastModified", "lineItemSourcedId", "source", "learningObjectiveId",
    ),
    "results": (
        "sourcedId", "status", "dateLastModified", "lineItemSourcedId", "studentSourcedId", "scoreStatus", "score",
        "scoreDate", "comment", "textScore", "classSourcedId", "inProgress", "incomplete", "late", "missing",
    ),
    "resultLearningObjectiveIds": (
        "sourcedId", "status", "dateLastModified", "resultSourcedId", "source", "learningObjectiveId", "score",
        "textScore",
    ),
}  # fmt: skip
"""The files that are sent, each with its columns in their order."""
ABSENT = (
    "classes", "classResources", "courses", "courseResources", "demographics", "enrollments", "lineItemScoreScales",
    "orgs", "resources", "resultScoreScales", "roles", "scoreScales", "userProfiles", "userResources", "users",
)  # fmt: skip
CATEGORIES = ("regular", "midterm", "final", "lesson")
UUID_AT_END = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
MOST = 10
"""Marks and scores are out of ten (Circular 22/2021, Điều 5.3b)."""


def package(course: Course, rules: Rulebook) -> bytes:
    """The zip."""
    tables = _Package(course, rules).tables()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.csv", _csv(("propertyName", "value"), _manifest()))
        for name, columns in FILES.items():
            archive.writestr(f"{name}.csv", _csv(columns, ([row.get(c, "") for c in columns] for row in tables[name])))
    return out.getvalue()


def _manifest() -> Iterable[tuple[str, str]]:
    yield from (("manifest.version", "1.0"), ("oneroster.version", "1.2"))
    states = {**dict.fromkeys(FILES, "bulk"), **dict.fromkeys(ABSENT, "absent")}
    yield from ((f"file.{name}", states[name]) for name in sorted(states))
    yield from (("source.systemName", "Giơ Tay"), ("source.systemCode", "giotay"))


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([text_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


@dataclass(frozen=True)
class _Class:
    """A course as the tables name it: the LMS's own id, and what its ids here begin with."""

    lms_id: str
    school: str
    place: str


class _Package:
    """One course on its way into tables. A mark's line item is a place of a term, a score's a lesson as taught."""

    def __init__(self, course: Course, rules: Rulebook) -> None:
        self._course, self._rules = course, rules
        people = (
            select(Person.id, Person.sub)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.context_id == course.context_id, Person.sub.is_not(None))
        )
        self._students = {row.id: row.sub for row in db.session.execute(people)}
        self._found: dict[str, list[Row]] = {name: [] for name in FILES}
        self._classes: dict[int, _Class] = {}

    def tables(self) -> Mapping[str, Sequence[Row]]:
        self._class(self._course.context_id)
        for term in marks.TERMS:
            self._marks(term)
        self._lessons()
        return self._found

    def _add(self, file: str, id_: str, **more: str) -> None:
        # A bulk file says neither status nor dateLastModified (OneRoster 1.2 CSV, bulk processing).
        self._found[file].append({"sourcedId": id_, **more})

    def _class(self, context_id: int) -> _Class:
        """This course, or one from which a pupil moved: with what its line items point to, when it is first named."""
        if (known := self._classes.get(context_id)) is None:
            context = db.session.get_one(Context, context_id)
            school = str(context.deployment.registration_id)
            known = self._classes[context_id] = _Class(context.lms_id, school, f"{school}-{context_id}")
            self._sessions(known)
            for name in CATEGORIES:
                self._add("categories", f"{known.place}-{name}", title=str(t(f"oneroster.{name}")))
        return known

    def _sessions(self, of: _Class) -> None:
        spans = [marks.term_days(self._course.school_year, term) for term in marks.TERMS]
        year = f"{of.place}-{self._course.school_year}"
        about = {"schoolYear": str(spans[-1][1].year)}  # the year in which it ends
        ends = {"startDate": spans[0][0].isoformat(), "endDate": spans[1][1].isoformat()}
        self._add("academicSessions", year, title=self._course.school_year, type="schoolYear", **ends, **about)
        for term, (starts, stops) in zip(marks.TERMS, spans, strict=True):
            days = {"startDate": starts.isoformat(), "endDate": stops.isoformat(), "parentSourcedId": year}
            title = str(t("form.sheet", n=formats.roman(term)))
            self._add("academicSessions", self._session(of, term), title=title, type="term", **days, **about)

    def _session(self, of: _Class, term: int) -> str:
        return f"{of.place}-{self._course.school_year}-{term}"

    def _line(self, of: _Class, id_: str, title: str, category: str, term: int, day: date) -> None:
        self._add(
            "lineItems",
            id_,
            title=title,
            assignDate=day.isoformat(),
            dueDate=day.isoformat(),
            classSourcedId=of.lms_id,
            categorySourcedId=f"{of.place}-{category}",
            academicSessionSourcedId=self._session(of, term),
            resultValueMin="0",
            resultValueMax=str(MOST),
            schoolSourcedId=of.school,
        )

    def _result(self, of: _Class, line: str, person_id: int, value: str, at: Millis, comment: str = "") -> None:
        student = self._students.get(person_id)
        if student is None:
            return  # nobody whom the LMS knows
        is_score = self._rules.form is Form.SCORE or not line.startswith("mark")
        said = {"score": value} if is_score else {"textScore": value}
        about = {"lineItemSourcedId": line, "studentSourcedId": student, "classSourcedId": of.lms_id}
        day = local(at).date().isoformat()
        told = {"scoreStatus": "fully graded", "scoreDate": day, "comment": comment, **said}
        self._add("results", f"{line}-{student}", **about, **told)

    def _marks(self, term: int) -> None:
        given: dict[tuple[int, Place], list[tuple[int, Act]]] = {}
        for row in marks.book(self._course, self._rules, term, with_former=True):
            for act in (*row.marks.values(), *(act for one in row.before for act in one.marks.values())):
                if act.value:
                    there = act.source.context_id if act.source else self._course.context_id
                    given.setdefault((there, act.place), []).append((row.pupil.person_id, act))
        order = list(Place)
        for there, place in sorted(
            given, key=lambda one: (one[0] != self._course.context_id, one[0], order.index(one[1]))
        ):
            self._place(self._class(there), term, place, given[there, place])

    def _place(self, of: _Class, term: int, place: Place, acts: Sequence[tuple[int, Act]]) -> None:
        """A place's line item and the marks in it."""
        line = f"mark-{of.place}-{self._course.school_year}-{term}-{place}"
        category = "regular" if place.is_regular else str(place)
        title = f"{t(f'oneroster.place.{place}')} · {t('form.sheet', n=formats.roman(term))}"
        self._line(of, line, title, category, term, local(max(act.at for _, act in acts)).date())
        for person_id, act in acts:
            said = str(t("marks.from_class", name=act.source.name)) if act.source else ""
            self._result(of, line, person_id, act.value, act.at, said)

    def _lessons(self) -> None:
        query = (
            select(ScoreDecision, LessonRun)
            .join(LessonRun, LessonRun.run_id == ScoreDecision.run_id)
            .where(LessonRun.context_id == self._course.context_id)
            .order_by(LessonRun.started_at, ScoreDecision.id)
        )
        newest = {(run.run_id, one.person_id): (one, run) for one, run in db.session.execute(query)}
        brought = transfers.of_lessons(ScoreDecision, self._course)
        newest |= {(run.run_id, one.person_id): (one, run) for one, run, _ in brought}
        known = objectives.identifiers(self._course)
        asked = dict[str, list[tuple[str, str]]]()
        for one, run in newest.values():
            day = local(run.started_at).date()
            if school_year(day) != self._course.school_year:
                continue
            of, line = self._class(run.context_id), f"lesson-{run.run_id}"
            if line not in asked:
                asked[line] = _asked(run, known)
                self._line(of, line, run.title, "lesson", marks.term_of(day), day)
                self._objectives("lineItem", line, asked[line])
            self._result(of, line, one.person_id, one.value, one.at, one.comment)
            if student := self._students.get(one.person_id):
                self._objectives("result", f"{line}-{student}", asked[line])

    def _objectives(self, of: str, id_: str, asked: Sequence[tuple[str, str]]) -> None:
        """What a line item, or a result, is about. A teacher confirms the lesson's score, and none by objective."""
        for number, (objective, source) in enumerate(asked, 1):
            about = {f"{of}SourcedId": id_, "source": source, "learningObjectiveId": objective}
            self._add(f"{of}LearningObjectiveIds", f"{id_}-{number}", **about)


def _asked(run: LessonRun, known: Mapping[str, str]) -> list[tuple[str, str]]:
    """The objectives that a lesson's questions name, each by its identifier with whose that is."""
    query = select(LessonActivity.objective).join(Lesson).where(Lesson.id == run.lesson_id)
    return sorted({_identified(words, known) for words in db.session.scalars(query) if words})


def _identified(words: str, known: Mapping[str, str]) -> tuple[str, str]:
    """An objective's identifier, and whose it is. CASE's own is a UUID, with which the address of a statement ends; one
    made here stands in no published framework."""
    id_ = identifier_of(words, known)
    is_published = id_ != identifier_of(words)
    if is_published and (own := UUID_AT_END.search(id_)):
        return f"urn:uuid:{own[0].lower()}", "case"
    return id_, "unknown"
