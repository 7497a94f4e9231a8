"""Writing a lesson: the plan, one activity at a time, and what a pupil will see."""

from itertools import groupby
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from live_session import activities
from lti_tool.access import Need, needs, visitor
from lti_tool.errors import UNTOLD, Fault, sent
from lti_tool.extensions import let_go
from lti_tool.formats import duration
from lti_tool.lessons import decks, editing, history, objectives, pictures, slides, templates
from lti_tool.lessons.decks import faults_of
from lti_tool.lessons.editing import Change
from lti_tool.lessons.history import Step
from lti_tool.models import Lesson, LessonActivity
from lti_tool.onward import see_other
from lti_tool.pages.desk import done
from lti_tool.text import plain, rich
from lti_tool.translations import t, words

screen = Blueprint("editor", __name__, url_prefix="/l/<visit_id>/lessons/<lesson_uid>")

TIMES = (None, 15, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1_200, 1_800)
POINTS = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0)


def lesson(lesson_uid: str) -> Lesson:
    """The lesson of this address, in this course."""
    return editing.lesson_of(lesson_uid, visitor().context_id)


def held(lesson_uid: str) -> Lesson:
    """The same, for a view that writes in it."""
    return editing.lesson_of(lesson_uid, visitor().context_id, is_held=True)


def begin(one: Lesson, what: Step, which: str = "") -> None:
    """Keep the lesson as it stands, before this visitor does something to it."""
    history.note(one, what, visitor().person_id, which)


@screen.get("")
@needs(Need.TEACH)
def edit(lesson_uid: str) -> Any:
    """The editor, at the activity that `?activity=` names, or the first that is to be mended, or the first."""
    one = lesson(lesson_uid)
    uid = request.args.get("activity")
    bad = {a.uid for a in one.activities if faults_of(a)}
    current = next((a for a in one.activities if a.uid == uid), None)
    current = current or next((a for a in one.activities if a.uid in bad), next(iter(one.activities), None))
    return render_template(
        "editor.html",
        here="lessons",
        lesson=one,
        current=current,
        **(_of_current(current) if current else {}),
        **_objectives(one, current),
        about=round(sum(a.seconds or 0 for a in one.activities) / 60),
        bad=bad,
        families=[(f, list(ones)) for f, ones in groupby(activities.types().values(), lambda one: one.family)],
        times=TIMES,
        points=POINTS,
        timed=sum(decks.terms_of(a).counts_speed for a in one.activities),
        title_of=title_of,
        summary_of=summary_of,
        can=history.can(one),
        templates=templates.TEMPLATES,
        words_of_editor=words("editor.", "content.", "desk."),
    )


def _objectives(one: Lesson, current: LessonActivity | None) -> dict[str, Any]:
    """Objectives in the words that are valid now: the lesson's, the activity's, and what other lessons offer."""
    called = objectives.now_called(one.context_id)
    own = objectives.in_words_of_today(one.objectives, called)
    about = current.objective if current else None
    chosen = called.get(about, about) if about else ""
    apart = {*own, chosen}
    elsewhere = [said for said in objectives.of_subject(one.context_id, called) if said not in apart] if current else []
    return {"objectives": own, "chosen": chosen, "elsewhere": elsewhere}


def _of_current(current: LessonActivity) -> dict[str, Any]:
    """The activity that is being written: its form, its faults, what its kind and its terms allow, how it will look."""
    type_, content, terms = activities.type_of(current.kind), _content(current), decks.terms_of(current)
    is_blank = editing.is_blank(current)
    faults = {} if is_blank else _faults(current)
    return {
        "number": current.lesson.activities.index(current) + 1,
        "content": content,
        "is_blank": is_blank,
        "faults": faults,
        "own": decks.edit(type_, content, faults),
        "preview": _preview(current),
        "terms": terms,
        "can_be_unnamed": decks.can_be_unnamed(current),
        "has_posts": type_.post_terms(content) is not None,
        "has_key": type_.has_key,
        "can_be_timed": decks.can_be_timed(current, terms),
    }


def title_of(activity: LessonActivity) -> str:
    """What an activity is called in the plan: its title, else its first words, else its kind."""
    return activity.title or plain(str(activity.content.get("prompt", "")), 48) or str(t(f"kind.{activity.kind}"))


def summary_of(activity: LessonActivity) -> str:
    """What stands below the title in the plan: kind, time, and whether it counts."""
    said = [str(t(f"kind.{activity.kind}")), duration(activity.seconds)]
    return " · ".join(said if activity.points else [*said, str(t("editor.no_points"))])


def _content(activity: LessonActivity) -> Any:
    return activities.type_of(activity.kind).parse(decks.text_of(activity.content))


def _faults(activity: LessonActivity) -> dict[str, str]:
    """Faults by field, in words. The first of a field counts; `name.any` is the first of a list's parts, for lists
    that are written in one field."""
    said: dict[str, str] = {}
    for problem in faults_of(activity):
        text = str(t(f"content.{problem.code}"))
        said.setdefault(problem.field, text)
        name, dot, _ = problem.field.partition(".")
        if dot:
            said.setdefault(f"{name}.any", text)
    return said


def _preview(activity: LessonActivity) -> dict[str, str]:
    type_ = activities.type_of(activity.kind)
    content = _content(activity)
    return {"phone": decks.phone(type_, content, decks.asking(activity)), "screen": decks.screen(type_, content)}


@screen.post("")
@needs(Need.TEACH)
def save_lesson(lesson_uid: str) -> Response:
    """Title, objectives, planned time; saved while typing."""
    one = held(lesson_uid)
    typed = request.get_json()
    if not isinstance(typed, dict) or not isinstance(typed.get("objectives", []), list):
        raise Fault("activity_shape")
    said = [o for o in typed.get("objectives", []) if isinstance(o, str)]
    minutes = typed.get("minutes", one.minutes)
    begin(one, Step.LESSON)
    editing.change_lesson(one, str(typed.get("title", one.title)), said, minutes if isinstance(minutes, int) else 0)
    one.takes_nameless = typed.get("nameless", one.takes_nameless) is True
    return jsonify(saved=one.changed_at)


@screen.post("/activities")
@needs(Need.TEACH)
def add(lesson_uid: str) -> Response:
    """A blank activity of a kind."""
    one = held(lesson_uid)
    begin(one, Step.ADD)
    kind = request.form.get("kind", "")
    added = editing.add_activity(one, kind)
    if kind == "exit":  # what it asks is there from the start; without a heading it would be "to be mended"
        added.content = {**added.content, "prompt": str(t("template.ask.exit_ticket_2"))}
    return see_other(url_for("editor.edit", lesson_uid=lesson_uid, activity=added.uid))


@screen.post("/templates")
@needs(Need.TEACH)
def add_template(lesson_uid: str) -> Response:
    """The activities of a template, their questions begun."""
    one, name = held(lesson_uid), request.form.get("template", "")
    begin(one, Step.TEMPLATE)
    asked = [f"{name}_{n}" for n in range(1, len(templates.TEMPLATES.get(name, ())) + 1)]
    first = templates.add(one, name, [str(t(f"template.ask.{key}")) for key in asked])
    return see_other(url_for("editor.edit", lesson_uid=lesson_uid, activity=first.uid))


@screen.post("/slides")
@needs(Need.TEACH, most_body=slides.MOST_BYTES)
def add_slides(lesson_uid: str) -> Response:
    """The pages of a PDF, sent as it is; answers with the editor's address."""
    room = slides.room_in(lesson(lesson_uid))
    data = request.get_data()
    let_go()
    pages = slides.pages_of(data, room)
    one = held(lesson_uid)
    begin(one, Step.PASTE)
    first = slides.add(one, pages)
    return jsonify(address=url_for("editor.edit", lesson_uid=lesson_uid, activity=first.uid))


@screen.post("/activities/<activity_uid>")
@needs(Need.TEACH)
def save(lesson_uid: str, activity_uid: str) -> Response:
    """One activity, saved while typing, finished or not; answers with its faults and its preview."""
    activity = editing.activity_of(held(lesson_uid), activity_uid)
    change = sent(request.get_data(), Change, UNTOLD)
    begin(activity.lesson, Step.EDIT, activity_uid)
    editing.change_activity(activity, change)
    return jsonify(
        saved=activity.changed_at,
        faults=_faults(activity),
        preview=_preview(activity),
        title=title_of(activity),
        summary=summary_of(activity),
        time=duration(activity.seconds),
    )


@screen.post("/activities/<activity_uid>/do")
@needs(Need.TEACH)
def arrange(lesson_uid: str, activity_uid: str) -> Response:
    """Move, copy or remove an activity."""
    one = held(lesson_uid)
    activity = editing.activity_of(one, activity_uid)
    order = [a.uid for a in one.activities]
    place = order.index(activity_uid)
    shown = activity_uid
    match request.form.get("do"):
        case "up" | "down" as way:
            begin(one, Step.MOVE, activity_uid)
            other = max(0, min(len(order) - 1, place + (-1 if way == "up" else 1)))
            order[place], order[other] = order[other], order[place]
            editing.reorder(one, order)
        case "copy":
            begin(one, Step.COPY, activity_uid)
            shown = editing.duplicate_activity(activity).uid
        case "remove":
            begin(one, Step.REMOVE, activity_uid)
            editing.remove_activity(activity)
            rest = [uid for uid in order if uid != activity_uid]
            shown = rest[min(place, len(rest) - 1)] if rest else ""
    return see_other(url_for("editor.edit", lesson_uid=lesson_uid, activity=shown))


@screen.post("/order")
@needs(Need.TEACH)
def reorder(lesson_uid: str) -> Response:
    """The order after a drag."""
    order = request.get_json()
    if not isinstance(order, list) or not all(isinstance(uid, str) for uid in order):
        raise Fault("activity_shape")
    one = held(lesson_uid)
    begin(one, Step.MOVE)
    editing.reorder(one, order)
    return jsonify(saved=True)


@screen.post("/pictures")
@needs(Need.TEACH)
def add_picture(lesson_uid: str) -> Response:
    """A picture for a question; answers with its id."""
    lesson(lesson_uid)
    file = request.files.get("picture")
    if file is None:
        raise Fault("picture_unreadable")
    let_go()
    picture = pictures.keep(visitor().context_id, file.read())
    return jsonify(id=picture.id, address=url_for("open.picture", picture_id=picture.id))


@screen.post("/preview")
@needs(Need.TEACH)
def formula(lesson_uid: str) -> Response:
    """A text as it will look, for the formula helper."""
    lesson(lesson_uid)
    typed = request.get_json()
    text = str(typed.get("text", ""))[:4_000] if isinstance(typed, dict) else ""
    let_go()
    return jsonify(html=str(rich(text.encode(errors="replace").decode())))  # JSON can hold half a letter, no page can


@screen.get("/preview")
@needs(Need.TEACH)
def as_pupil(lesson_uid: str) -> Any:
    """The whole lesson as a pupil meets it, question by question, without a run; one that is not finished as far as it
    is written, and what it lacks."""
    one = lesson(lesson_uid)
    if not one.activities:
        return see_other(url_for("editor.edit", lesson_uid=lesson_uid))
    number = max(1, min(request.args.get("n", 1, type=int), len(one.activities)))
    shown = one.activities[number - 1]
    return render_template(
        "preview.html",
        here="lessons",
        lesson=one,
        number=number,
        shown=shown,
        question=_preview(shown)["phone"],
        seconds=decks.seconds_of(shown),
        lacks=dict.fromkeys(_faults(shown).values()),
    )


@screen.post("/do")
@needs(Need.TEACH)
def do(lesson_uid: str) -> Response:
    """Copy or delete the lesson; let speed count in all of it, or nowhere."""
    one = held(lesson_uid)
    if request.form.get("do") in ("speed", "no_speed"):
        begin(one, Step.SPEED)
        editing.count_speed(one, is_on=request.form["do"] == "speed")
        return see_other(url_for("editor.edit", lesson_uid=lesson_uid, activity=request.form.get("activity")))
    if request.form.get("do") == "copy":
        title = str(t("lesson.copy", title=one.title or t("lesson.untitled")))
        copied = editing.duplicate_lesson(one, visitor().person_id, title)
        return done("editor.edit", "lesson_copied", lesson_uid=copied.uid)
    editing.delete_lesson(one)
    return done("home.landing", "lesson_deleted")
