"""Reads an activity's form as the pupil's page does, and fills it in.

The form is the contract, so a new kind of activity needs no new phone. Its `data-answer` says how it becomes JSON:
`one` (the value of one button or radio), `many` (a list of them), `text` (a field's text), `fields` and `form` (an
object, a value for each name), `order` (the list of the names, in the order of their places). A form that does not say
is read by its controls: one name gives its value, several an object.
"""

from collections.abc import Mapping
from functools import lru_cache
from html.parser import HTMLParser
from typing import Literal, TypeAlias

import msgspec

Shape: TypeAlias = Literal["one", "many", "text"]
NO_ANSWER = frozenset({"submit", "button", "reset", "image", "hidden", "file", "url"})
"""Types of `input` that carry no answer."""
NUMBERS = frozenset({"decimal", "numeric"})
LIMIT = 4_000
Attributes: TypeAlias = Mapping[str, str | None]


class Control(msgspec.Struct, frozen=True):
    """What shares one name: a choice of `one` or of `many` options, or a `text` of at most `limit` characters."""

    name: str
    shape: Shape
    options: tuple[str, ...] = ()
    limit: int = LIMIT
    is_number: bool = False


class Form(msgspec.Struct, frozen=True):
    """The named, enabled controls in their order. `is_object`: the answer is an object of them; `is_whole`: sent once,
    when all is filled in; `is_order`: it is the list of their names."""

    controls: tuple[Control, ...]
    is_object: bool
    is_whole: bool = False
    is_order: bool = False


class _Reader(HTMLParser):
    """Collects controls from a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: str | None = None
        self.controls: dict[str, Control] = {}
        self.is_sent_whole = False
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name = has.get("name")
        self.is_sent_whole |= "data-send" in has
        if tag == "form":
            self.answer = has.get("data-answer")
        elif tag == "option" and self._select and has.get("value"):
            self._add(self._select, "one", has)
        elif name and "disabled" not in has:
            self._control(tag, name, has)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None

    def _control(self, tag: str, name: str, has: Attributes) -> None:
        type_ = (has.get("type") or "text").lower()
        if tag == "select":
            self._select = name
        elif tag == "button" and type_ == "button":
            self._add(name, "many" if self.answer == "many" else "one", has)
        elif tag == "input" and type_ in ("radio", "checkbox"):
            self._add(name, "one" if type_ == "radio" else "many", has)
        elif tag == "textarea" or (tag == "input" and type_ not in NO_ANSWER):
            self._text(name, has)

    def _add(self, name: str, shape: Shape, has: Attributes) -> None:
        before = self.controls.get(name)
        options = (*(before.options if before else ()), has.get("value") or "on")
        self.controls[name] = Control(name, shape, options)

    def _text(self, name: str, has: Attributes) -> None:
        limit = has.get("maxlength") or ""
        is_number = has.get("type") == "number" or has.get("inputmode") in NUMBERS
        self.controls[name] = Control(name, "text", (), int(limit) if limit.isdigit() else LIMIT, is_number)


@lru_cache(maxsize=256)
def read(html: str) -> Form:
    """The form of a piece of HTML. Cached, because a class reads the same form forty times."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    controls = tuple(reader.controls.values())
    is_object = reader.answer in ("fields", "form") or (reader.answer is None and len(controls) > 1)
    is_whole = is_object and (reader.answer == "form" or reader.is_sent_whole)
    return Form(controls, is_object, is_whole, is_order=reader.answer == "order")
