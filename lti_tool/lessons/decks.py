"""A prepared lesson as a run needs it: checked, rendered, frozen."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
from flask import current_app, render_template
from flask_babel import force_locale, get_locale
from jinja2 import Environment
from markupsafe import Markup

from live_session import activities
from live_session.activities.base import AnyType, Content
from live_session.errors import InvalidContent, Problem
from live_session.model import OWN, Activity, Face, Naming, Terms
from live_session.points import can_count_speed, most_bonus
from lti_tool.config import LOCALES
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
CHECK, CHECK_SECONDS = "check", 20
"""And a short check, a sign of who is there: one tap in twenty seconds, in the class's own words."""

PLAIN = Terms()


class Asking(NamedTuple):
    """How a question is asked, beside what it asks. `speed`: what a quick answer gives more at most; 0 for nothing.
    `is_named_here`: in class it is asked without names, and here it is not."""

    terms: Terms = PLAIN
    speed: float = 0.0
    is_quick: bool = False
    is_named_here: bool = False


SIMPLY = Asking()


def text_of(content: object) -> str:
    """Activity content as its stored JSON text."""
    return msgspec.json.encode(content, order="deterministic").decode()


def faults_of(prepared: LessonActivity) -> tuple[Problem, ...]:
    """What keeps a prepared activity from being played, by field; nothing when it is ready."""
    type_ = activities.type_of(prepared.kind)
    try:
        content = type_.parse(text_of(prepared.content))
    except InvalidContent as error:
        return error.problems
    unread = tuple(Problem(field, "formula") for field, text in type_.texts(content) if formula_faults(text))
    try:
        type_.validate(content)
    except InvalidContent as error:
        return (*error.problems, *unread)
    return unread


def terms_of(prepared: LessonActivity) -> Terms:
    """On which terms it is asked; what its kind cannot keep is left out."""
    terms, type_ = msgspec.convert(prepared.terms or {}, Terms), activities.type_of(prepared.kind)
    if not type_.has_key:
        terms = msgspec.structs.replace(terms, asks_confidence=False, attempts=0)
    if not can_be_unnamed(prepared):
        terms = msgspec.structs.replace(terms, naming=Naming.NAMED)
    return msgspec.structs.replace(terms, counts_speed=terms.counts_speed and can_be_timed(prepared, terms))


def can_be_timed(prepared: LessonActivity, terms: Terms) -> bool:
    """Speed can count in it, asked on these terms."""
    has_key = activities.type_of(prepared.kind).has_key
    return can_count_speed(prepared.points, terms, prepared.seconds, has_key=has_key)


def seconds_of(prepared: LessonActivity) -> int | None:
    """The time of it: what the teacher set, else what its kind needs; None for no end."""
    type_ = activities.type_of(prepared.kind)
    return prepared.seconds or type_.seconds_of(type_.parse(text_of(prepared.content)))


def asking(prepared: LessonActivity) -> Asking:
    """How it is asked in a lesson."""
    terms = terms_of(prepared)
    return Asking(terms, most_bonus(prepared.points) if terms.counts_speed else 0.0)


def can_be_unnamed(prepared: LessonActivity) -> bool:
    """Its kind, as it is written, can be answered without one's name."""
    type_ = activities.type_of(prepared.kind)
    try:
        return type_.can_be_unnamed(type_.parse(text_of(prepared.content)))
    except InvalidContent:
        return False


def deck_of(prepared: list[LessonActivity]) -> tuple[Activity, ...]:
    """The activities as a run holds them. Raises `InvalidContent` for one that cannot be played."""
    return tuple(_activity(one) for one in prepared)


def _activity(prepared: LessonActivity) -> Activity:
    type_ = activities.type_of(prepared.kind)
    content = type_.parse(text_of(prepared.content))
    type_.validate(content)
    how = asking(prepared)
    own = _face(type_, content, how)
    return Activity(
        id=prepared.uid,
        kind=prepared.kind,
        content=activities.text_of_content(content),
        title=prepared.title or plain(content.prompt, 60) or str(t(f"kind.{prepared.kind}")),
        phone=own.phone,
        screen=own.screen,
        faces=_other_faces(type_, content, own, how),
        explanation=str(rich(content.explanation)) if content.explanation.strip() else "",
        points=prepared.points if how.terms.naming is Naming.NAMED else 0.0,
        seconds=seconds_of(prepared),
        item=prepared.uid,
        version=prepared.version,
        objective=prepared.objective,
        terms=how.terms,
    )


def alone(asked: Activity) -> Activity:
    """The same activity for somebody who is alone with it: no clock, no word on how sure one is, which is worth
    nothing once one is told, and a name: there is nobody else among whom to have none. The page says so."""
    type_, content = activities.type_of(asked.kind), activities.content_of(asked)
    terms = Terms(attempts=asked.terms.attempts)
    how = Asking(terms, is_named_here=asked.terms.naming is not Naming.NAMED)
    own = _face(type_, content, how)
    faces = _other_faces(type_, content, own, how)
    return msgspec.structs.replace(asked, phone=own.phone, screen=own.screen, faces=faces, seconds=None, terms=terms)


def quick_deck() -> tuple[Activity, ...]:
    """The forms of ad hoc questions, rendered in the teacher's language and in our others."""
    return (*(_quick(name, kind, content) for name, (kind, content) in QUICK.items()), _check())


def _quick(name: str, kind: str, raw: object) -> Activity:
    type_ = activities.type_of(kind)
    content = type_.parse(text_of(raw))
    how = Asking(is_quick=True)
    own = _face(type_, content, how)
    return Activity(
        id=name,
        kind=kind,
        content=activities.text_of_content(content),
        title=str(t("quick.title")),
        phone=own.phone,
        screen=own.screen,
        faces=_other_faces(type_, content, own, how),
        points=0.0,
    )


def _check() -> Activity:
    type_ = activities.type_of("poll")
    own = _face(type_, _asks_who_is_there(type_), SIMPLY)
    return Activity(
        id=CHECK,
        kind="poll",
        content=activities.text_of_content(_asks_who_is_there(type_)),
        title=str(t("quick.check")),
        phone=own.phone,
        screen=own.screen,
        faces=_in_other_languages(lambda locale: _face(type_, _asks_who_is_there(type_), SIMPLY, locale)),
        points=0.0,
        seconds=CHECK_SECONDS,
    )


def _asks_who_is_there(type_: AnyType) -> Content:
    """In the language of the moment. Either answer says that somebody holds the phone."""
    choices = [str(t("quick.check.follows")), str(t("quick.check.lost"))]
    content: Content = type_.parse(text_of({"prompt": str(t("quick.check.stem")), "choices": choices}))
    return content


def _face(type_: AnyType, content: Content, how: Asking, locale: str = OWN) -> Face:
    return Face(locale, phone(type_, content, how), screen(type_, content, is_quick=how.is_quick))


def _other_faces(type_: AnyType, content: Content, own: Face, how: Asking) -> tuple[Face, ...]:
    """The same in our other languages, for phones and screens of those who read them: a hint, a button's name."""
    faces = _in_other_languages(lambda locale: _face(type_, content, how, locale))
    return tuple(face for face in faces if (face.phone, face.screen) != (own.phone, own.screen))


def _in_other_languages(face: Callable[[str], Face]) -> tuple[Face, ...]:
    made = []
    for locale in set(LOCALES) - {str(get_locale())}:
        with force_locale(locale):
            made.append(face(locale))
    return tuple(made)


def phone(type_: AnyType, content: Content, how: Asking = SIMPLY) -> str:
    """The form a pupil answers, without the key."""
    return _render(type_, "phone", content, how)


def screen(type_: AnyType, content: Content, *, is_quick: bool = False) -> str:
    """The picture on the projector, without the key."""
    return _render(type_, "screen", content, Asking(is_quick=is_quick))


def _render(type_: AnyType, macro: str, content: Content, asking: Asking) -> str:
    body = Markup(_macro(type_, macro)(content))  # noqa: S704 - a template's own output
    how = t(f"answer.how.{type_.kind}") if type_.tells_how else ""
    posting = type_.post_terms(content)
    whole = render_template(
        "_question.html",
        body=body,
        q=content,
        macro=macro,
        is_quick=asking.is_quick,
        how=how,
        shows_image=type_.shows_image,
        terms=asking.terms,
        posting=posting.under(asking.terms.naming) if posting and not posting.by_group else None,
        speed=asking.speed,
        is_named_here=asking.is_named_here,
    )
    return " ".join(whole.split())


def edit(type_: AnyType, content: Content, faults: Mapping[str, str]) -> Markup:
    """The form in which a teacher writes what this kind has beyond every question's own."""
    return Markup(_macro(type_, "edit")(content, faults))  # noqa: S704 - a template's own output


def _macro(type_: AnyType, name: str) -> Callable[..., str]:
    """A macro of the kind's own template; one that it lacks says nothing."""
    environment: Environment = current_app.jinja_env
    macro: Callable[..., str] = getattr(
        environment.get_template(f"activities/{type_.kind}.html").module, name, _nothing
    )
    return macro


def _nothing(*_: object) -> str:
    return ""
