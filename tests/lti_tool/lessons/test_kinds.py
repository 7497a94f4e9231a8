"""The forms of every kind as pupils get them: no key in them, and an answer from them is an answer."""

import re
from collections.abc import Iterator
from random import Random

import msgspec
import pytest
from flask_babel import force_locale

from live_session.activities import type_of, types
from live_session.activities.base import Content
from live_session.model import Face, Json
from live_session.phones.answerer import Answerer
from live_session.phones.form import read
from lti_tool.lessons import decks
from lti_tool.models import LessonActivity
from tests.live_session.build import SAMPLES, activity, content_text, with_other_key
from tests.lti_tool.tool import Tool

ALWAYS = Answerer(share=1.0, change=0.0)


@pytest.fixture(params=types())
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def inside(steady_tool: Tool) -> Iterator[None]:
    with steady_tool.app.test_request_context():
        yield


def content_of(kind: str, text: str | None = None) -> Content:
    parsed: Content = type_of(kind).parse(text or content_text(kind))
    return parsed


@pytest.mark.usefixtures("inside")
def test_what_is_printed_does_not_depend_on_the_key(kind: str) -> None:
    other = content_of(kind, with_other_key(activity(kind)).content)
    for draw in (decks.phone, decks.screen):
        drawn = draw(type_of(kind), content_of(kind))
        assert drawn == draw(type_of(kind), other)
        assert f"EXPLAINED-{kind}" not in drawn
        assert not any(secret in drawn for secret in SAMPLES[kind].secrets)


@pytest.mark.usefixtures("inside")
def test_it_says_how_to_answer_in_each_readers_language(kind: str) -> None:
    prepared = LessonActivity(
        uid="q", kind=kind, content=msgspec.json.decode(content_text(kind)), points=1.0, version=1
    )
    with force_locale("vi"):
        (told,) = decks.deck_of([prepared])
    with force_locale("en"):
        assert told.face("en").phone == decks.phone(type_of(kind), content_of(kind))
        assert told.face("en").screen == decks.screen(type_of(kind), content_of(kind))
    assert told.face("vi") == told.face("fr") == Face("", told.phone, told.screen)
    assert bool(told.faces) is (kind != "poll"), "a poll's form has the teacher's words alone"
    assert not any(secret in face.phone + face.screen for face in told.faces for secret in SAMPLES[kind].secrets)


@pytest.mark.usefixtures("inside")
def test_what_a_phone_makes_of_the_form_is_an_answer(kind: str) -> None:
    content = content_of(kind)
    form = decks.phone(type_of(kind), content)
    assert read(form).controls
    values: list[Json] = []
    for seed in range(30):
        values += [tap.value for tap in ALWAYS.plan({"html": form, "kind": kind}, Random(seed))]
    checked = [type_of(kind).check(content, value) for value in values]
    assert len({msgspec.json.encode(value) for value in checked}) > 1, "pupils differ"


@pytest.mark.usefixtures("inside")
def test_where_answers_are_counted_the_form_says_so_and_sends_one_as_a_whole(kind: str) -> None:
    """By a tap that is the whole answer, else by a button."""
    content, type_ = content_of(kind), type_of(kind)
    prepared = LessonActivity(
        uid="q",
        kind=kind,
        content=msgspec.json.decode(content_text(kind)),
        terms={"attempts": 2},
        points=1.0,
        version=1,
    )
    terms = decks.terms_of(prepared)
    assert terms.attempts == (2 if type_.has_key else 0)
    form = decks.phone(type_, content, decks.Asking(terms))
    assert form.count("data-attempts") == bool(terms.attempts)
    assert not terms.attempts or 'data-answer="one"' in form or re.search(r"<button class=\"btn btn-primary\"", form)


@pytest.mark.usefixtures("inside")
def test_hostile_text_is_text(kind: str) -> None:
    attack = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    text = content_text(kind, prompt=attack)
    hostile = msgspec.json.decode(text)
    for name, value in SAMPLES[kind].content.items():
        if isinstance(value, list) and value and isinstance(value[0], str) and name != "key":
            hostile[name] = [f"{attack} {n}" for n in range(len(value))]
    content = content_of(kind, msgspec.json.encode(hostile).decode())
    for html in (
        *(draw(type_of(kind), content) for draw in (decks.phone, decks.screen)),
        decks.edit(type_of(kind), content, {}),
    ):
        assert "<script" not in html
        assert "<img src=x" not in html
