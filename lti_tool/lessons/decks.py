"""A prepared lesson as a run needs it: checked, rendered, frozen."""

import msgspec
from flask import current_app, render_template
from jinja2 import Environment
from markupsafe import Markup

from live_session import activities
from live_session.activities.base import AnyType, Content
from live_session.errors import InvalidContent, Problem
from live_session.model import Activity
from lti_tool.models import LessonActivity
from lti_tool.text import formula_faults, plain, rich
from lti_tool.translations import t

QUICK = {
    "abcd": ("single", {"options": [{"text": ""}] * 4}),
    "true_false": ("true_false", {}),
    "number": ("number", {}),
    "short": ("short", {"accents": False}),
}
"""Ad hoc questions, the question being on the blackboard: only the form of the answer is picked."""


def text_of(content: object) -> str:
    """Activity content as its stored JSON text."""
    return msgspec.json.encode(content, order="deterministic").decode()


def faults_of(prepared: LessonActivity) -> tuple[Problem, ...]:
    """What keeps a prepared activity from being played, by field; nothing when it is ready."""
    type_ = activities.type_of(prepared.kind)
    try:
        content = type_.parse(text_of(prepared.content))
        type_.validate(content)
    except InvalidContent as error:
        return error.problems
    return tuple(
        Problem(field, "formula")
        for field, text in (("prompt", content.prompt), ("explanation", content.explanation))
        if formula_faults(text)
    )


def deck_of(prepared: list[LessonActivity]) -> tuple[Activity, ...]:
    """The activities as a run holds them. Raises `InvalidContent` for one that cannot be played."""
    return tuple(_activity(one) for one in prepared)


def _activity(prepared: LessonActivity) -> Activity:
    type_ = activities.type_of(prepared.kind)
    content = type_.parse(text_of(prepared.content))
    type_.validate(content)
    return Activity(
        id=prepared.uid,
        kind=prepared.kind,
        content=activities.text_of_content(content),
        title=prepared.title or plain(content.prompt, 60),
        phone=phone(type_, content),
        screen=screen(type_, content),
        explanation=str(rich(content.explanation)) if content.explanation.strip() else "",
        points=prepared.points,
        seconds=prepared.seconds,
        item=prepared.uid,
        version=prepared.version,
        objective=prepared.objective,
    )


def quick_deck() -> tuple[Activity, ...]:
    """The forms of ad hoc questions, rendered in the teacher's language."""
    return tuple(_quick(name, kind, content) for name, (kind, content) in QUICK.items())


def _quick(name: str, kind: str, raw: object) -> Activity:
    type_ = activities.type_of(kind)
    content = type_.parse(text_of(raw))
    return Activity(
        id=name,
        kind=kind,
        content=activities.text_of_content(content),
        title=str(t("quick.title")),
        phone=phone(type_, content, is_quick=True),
        screen=screen(type_, content, is_quick=True),
        points=0.0,
    )


def phone(type_: AnyType, content: Content, *, is_quick: bool = False) -> str:
    """The form a pupil answers, without the key."""
    return _render(type_, "phone", content, is_quick)


def screen(type_: AnyType, content: Content, *, is_quick: bool = False) -> str:
    """The picture on the projector, without the key."""
    return _render(type_, "screen", content, is_quick)


def _render(type_: AnyType, macro: str, content: Content, is_quick: bool) -> str:
    environment: Environment = current_app.jinja_env
    body = getattr(environment.get_template(f"activities/{type_.kind}.html").module, macro)(content)
    body = Markup(body)  # noqa: S704 - a template's own output
    whole = render_template("_question.html", body=body, q=content, macro=macro, is_quick=is_quick)
    return " ".join(whole.split())
