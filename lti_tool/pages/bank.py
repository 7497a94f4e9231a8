"""The question bank: looked through, and a copy of a question put into a lesson being prepared."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select

from analytics.items import LEAST_DISTRACTORS, LEAST_EXTREME
from live_session import activities
from lti_tool.access import Need, needs, visitor
from lti_tool.extensions import db
from lti_tool.lessons import bank, editing
from lti_tool.lessons.bank import Difficulty, Entry, Question, Reach, Wanted, Whose
from lti_tool.lessons.history import Step
from lti_tool.lessons.reading import Reading, read
from lti_tool.models import Lesson, Person
from lti_tool.pages import quality
from lti_tool.pages.desk import done, name_of_course
from lti_tool.pages.editor import begin, held
from lti_tool.text import one_line, plain, whole

screen = Blueprint("bank", __name__, url_prefix="/l/<visit_id>/bank")

LONGEST_SEARCH = 200
MOST_LESSONS = 100
"""Lessons offered to put a question into, the newest."""


@dataclass(frozen=True)
class Line:
    """A question as the page shows it. `of`: whose it is, where it is a colleague's; `is_in`: the chosen lesson asks it
    already."""

    entry: Entry
    title: str
    reading: Reading
    of: str
    flags: tuple[str, ...]
    has_key: bool
    is_in: bool


@screen.get("")
@needs(Need.TEACH)
def list_() -> str:
    """A page of it, as the filters say; `?into=` names the lesson that questions are taken for."""
    visit, wanted = visitor(), _wanted()
    found = bank.look(_reach(), wanted, whole(request.args.get("page", ""), 4) or 1)
    lessons = _lessons(visit.context_id)
    into = next((one for one in lessons if one.uid == request.args.get("into")), None)
    there = bank.senses_in(into) if into else set[str]()
    return render_template(
        "bank.html",
        here="lessons",
        found=found,
        lines=[_line(one, there) for one in found.entries],
        wanted=wanted,
        query=_query(wanted),
        into=into,
        lessons=lessons,
        difficulties=list(Difficulty),
        whose=list(Whose),
        least={"right": LEAST_EXTREME, "tells": LEAST_DISTRACTORS},
        most=bank.MOST,
        bounds=(bank.EASY, bank.HARD),
    )


@screen.post("")
@needs(Need.TEACH)
def take() -> Response:
    """Put a copy of a question into a lesson of this course, or into a new one; back where one was."""
    visit, lesson_uid = visitor(), request.form.get("lesson", "")
    if lesson_uid:
        lesson = held(lesson_uid)
        begin(lesson, Step.ADD)
    else:
        lesson = editing.make_lesson(visit.context_id, visit.person_id, "")
    uid = request.form.get("question", "")
    bank.take(_reach(), uid, lesson)
    where = {**_query(_wanted()), "page": whole(request.args.get("page", ""), 4), "into": lesson.uid}
    return done("bank.list_", "question_taken", **where, _anchor=f"q-{uid}")


def _reach() -> Reach:
    visit = visitor()
    return bank.reach_of(visit.person_id, visit.context_id)


def _wanted() -> Wanted:
    """What the address asks for; what it does not know is passed over."""
    asked = request.args
    return Wanted(
        words=one_line(asked.get("q", ""), LONGEST_SEARCH),
        objective=asked.get("objective", ""),
        kind=kind if (kind := asked.get("kind", "")) in activities.types() else "",
        difficulty=hard if (hard := asked.get("difficulty", "")) in list(Difficulty) else "",
        whose=whose if (whose := asked.get("whose", "")) in list(Whose) else "",
        is_flagged="flagged" in asked,
    )


def _query(wanted: Wanted) -> dict[str, Any]:
    """The filters as an address carries them."""
    said = {
        "q": wanted.words,
        "objective": wanted.objective,
        "kind": wanted.kind,
        "difficulty": wanted.difficulty,
        "whose": wanted.whose,
        "flagged": "1" if wanted.is_flagged else "",
    }
    return {name: value for name, value in said.items() if value}


def _lessons(context_id: int) -> list[Lesson]:
    query = select(Lesson).where(Lesson.context_id == context_id, Lesson.deleted_at.is_(None))
    return list(db.session.scalars(query.order_by(Lesson.changed_at.desc(), Lesson.id.desc()).limit(MOST_LESSONS)))


def _line(entry: Entry, there: set[str]) -> Line:
    asked = entry.question
    return Line(
        entry,
        asked.title or plain(str(asked.content["prompt"])),
        read(bank.as_activity(asked)),
        "" if asked.is_own else _author(asked),
        tuple(quality.flags(entry.quality.report)) if entry.quality else (),
        activities.type_of(asked.kind).has_key,
        bank.sense_of(asked.kind, asked.content) in there,
    )


def _author(asked: Question) -> str:
    author = db.session.get(Person, asked.author_id) if asked.author_id else None
    return " · ".join(one for one in (author.name if author else "", name_of_course(asked.context_id)) if one)
