"""Questions from a clipboard or a GIFT file: what was read is shown first, and added by a press."""

from typing import Annotated, Any

import msgspec
from flask import Blueprint, Response, jsonify, render_template, request, url_for

from live_session import activities
from live_session.errors import InvalidContent
from lti_tool.access import Need, needs
from lti_tool.clock import now
from lti_tool.errors import UNTOLD, Fault, sent
from lti_tool.extensions import let_go
from lti_tool.lessons import clipping, editing, gift, pasted
from lti_tool.lessons.decks import text_of
from lti_tool.lessons.history import Step
from lti_tool.lessons.pasted import Found, Report
from lti_tool.lessons.reading import read
from lti_tool.models import LessonActivity
from lti_tool.pages.editor import begin, held, lesson
from lti_tool.translations import words

screen = Blueprint("pasting", __name__, url_prefix="/l/<visit_id>/lessons/<lesson_uid>/paste")

MOST_TEXT = 2_000_000


class Clip(msgspec.Struct, frozen=True):
    """What the page sends: the clipboard's HTML, or "" for none, and its text."""

    text: str
    html: str = ""


class Chosen(msgspec.Struct, frozen=True):
    """One question to add, as the report gave it to the page."""

    kind: str
    content: dict[str, Any]
    points: Annotated[float, msgspec.Meta(ge=0, le=editing.MOST_POINTS)] | None = None


class Adding(msgspec.Struct, frozen=True):
    questions: list[Chosen]


@screen.get("")
@needs(Need.TEACH)
def page(lesson_uid: str) -> str:
    """Where to paste."""
    return render_template(
        "paste.html", here="lessons", lesson=lesson(lesson_uid), words_of_paste=words("paste.", "desk.")
    )


@screen.post("")
@needs(Need.TEACH)
def look(lesson_uid: str) -> Response:
    """What is read in it: a report as HTML, and the questions for the press that adds them. Keeps nothing."""
    lesson(lesson_uid)
    let_go()
    report = report_of(_clip())
    shown = [read(_activity(found)) for found in report.found]
    html = render_template("_pasted.html", report=report, shown=shown, notes=[one.notes for one in report.found])
    return jsonify(html=html, questions=[_sent(one) for one in report.found])


def _sent(found: Found) -> dict[str, Any]:
    """A question as the press that adds it sends it back."""
    return msgspec.to_builtins(Chosen(found.kind, found.content, found.points))  # type: ignore[no-any-return]


def _clip() -> Clip:
    clip = sent(request.get_data(), Clip, UNTOLD)
    if len(clip.html) + len(clip.text) > MOST_TEXT:
        raise Fault("paste_too_large", 413)
    return clip


@screen.post("/text")
@needs(Need.TEACH)
def text(lesson_uid: str) -> Response:
    """The words of a clipboard for one field: raised and lowered figures as signs or formulas, lists with letters,
    a row of a table as one line. Keeps nothing."""
    lesson(lesson_uid)
    let_go()
    lines = (line.text.replace("\t", "  ") for line in _lines(_clip()))
    readable = (line.replace(clipping.UNREAD, "").rstrip() for line in lines)
    return jsonify(text="\n".join(line for line in readable if line))


def report_of(clip: Clip) -> Report:
    """GIFT where it looks like that, else questions in Word's manner."""
    if gift.is_gift(clip.text):
        return gift.read(clip.text)
    return pasted.read(_lines(clip))


def _lines(clip: Clip) -> tuple[clipping.Line, ...]:
    return clipping.of_html(clip.html) if clip.html.strip() else clipping.of_text(clip.text)


def _activity(found: Found | Chosen) -> LessonActivity:
    """A question as an activity of no lesson yet. Raises `Fault` for one of another shape."""
    if found.kind not in activities.types():
        raise Fault("activity_kind")
    type_ = activities.type_of(found.kind)
    try:
        content = type_.parse(text_of(found.content))
    except InvalidContent as error:
        raise Fault("activity_shape") from error
    stored = msgspec.to_builtins(content)
    if len(text_of(stored)) > editing.MOST_CONTENT:
        raise Fault("activity_too_large", 413)
    return LessonActivity(
        position=0,
        kind=found.kind,
        content=stored,
        points=type_.blank_points if found.points is None else found.points,
        seconds=60,
        title="",
        changed_at=now(),
    )


@screen.post("/add")
@needs(Need.TEACH)
def add(lesson_uid: str) -> Response:
    """Put the questions at the lesson's end; answers with the editor's address."""
    one = held(lesson_uid)
    made = [_activity(question) for question in sent(request.get_data(), Adding, UNTOLD).questions]
    if not made:
        raise Fault("paste_nothing")
    begin(one, Step.PASTE)
    editing.append(one, made)
    return jsonify(address=url_for("editor.edit", lesson_uid=one.uid, activity=made[0].uid))
