"""What an activity type is: one class, one HTML template beside it, one line in the entry points.

A type is pure. It says what a well-formed activity of its kind is (`Content`, `validate`), what an answer to it is
(`check`), how much of it was right (`share`), how answers are counted (`tally`) and what is shown as the key (`key`).
The template has two macros, `phone(q)` and `screen(q)`. **The form is the contract**: the phone sends the form's
controls as JSON (radio: its value; checkboxes: a list; several radio groups: an object), so a new type needs no
JavaScript.
"""

import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from live_session.errors import InvalidContent, InvalidValue, Problem
from live_session.model import Json

WORDS = ("true", "false")
"""How a true-or-false answer travels, and which word stands first."""

MAX_TEXT = 4_000
"""Longest text in one field of an activity, in characters."""


class Image(msgspec.Struct, frozen=True):
    """A picture by its content id, with the words that stand for it."""

    id: str
    alt: str = ""


class Content(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What every kind has: the question as text with LaTeX in \\( \\) or \\[ \\], a picture, an explanation."""

    prompt: str = ""
    image: Image | None = None
    explanation: str = ""


class Key(msgspec.Struct, frozen=True):
    """The key as screens show it: `options` to mark, by their ids, and `texts` to read out."""

    options: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


class Bar(msgspec.Struct, frozen=True):
    """One bar of a distribution. `label` is empty where the option's own text stands beside it."""

    option: str
    count: int
    label: str = ""


Q = TypeVar("Q", bound=Content)


class ActivityType(ABC, Generic[Q]):
    """One kind of activity. Instances hold no state."""

    kind: ClassVar[str]
    Content: type[Q]
    is_private: ClassVar[bool] = False
    """Answers are free text: they are kept in the content table, so that one pupil's can be erased."""
    has_tally: ClassVar[bool] = True
    """A distribution can be shown to the class."""

    def parse(self, content: str | bytes) -> Q:
        """Read stored or sent JSON. Raises `InvalidContent` when it has another shape."""
        try:
            return msgspec.json.decode(content, type=self.Content)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise InvalidContent(Problem("", "malformed")) from error

    def validate(self, content: Q) -> None:
        """Raise `InvalidContent` with every fault that keeps the activity from being played."""
        if problems := tuple(self.problems(content)):
            raise InvalidContent(*problems)

    def problems(self, content: Q) -> Iterator[Problem]:
        """Every fault, in the order of the form."""
        if not content.prompt.strip() and content.image is None:
            yield Problem("prompt", "empty")
        if len(content.prompt) > MAX_TEXT:
            yield Problem("prompt", "too_long")
        if len(content.explanation) > MAX_TEXT:
            yield Problem("explanation", "too_long")

    @abstractmethod
    def check(self, content: Q, value: Json) -> Json:
        """The answer in its one canonical form. Raises `InvalidValue` when it is none."""

    @abstractmethod
    def share(self, content: Q, value: Json) -> Fraction | None:
        """How much of a checked answer is right, 0 to 1; None when there is no key or the text was erased."""

    @abstractmethod
    def tally(self, content: Q, values: Iterable[Json]) -> tuple[Bar, ...]:
        """Checked answers counted, in the order of the options."""

    @abstractmethod
    def key(self, content: Q) -> Key | None:
        """The key, or None where there is none."""

    def with_key(self, content: Q, key: Json) -> Q:
        """The same activity with this key (an ad hoc question gets it afterwards). Raises `InvalidValue`."""
        raise InvalidValue(f"{self.kind} takes no key")


def text_of(value: Json, limit: int) -> str:
    """A text answer: NFC, trimmed, inner white space single. Raises `InvalidValue` when empty, long or no text."""
    if not isinstance(value, str):
        raise InvalidValue("not a text")
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if not text or len(text) > limit or any(unicodedata.category(c) == "Cc" for c in text):
        raise InvalidValue("empty, too long or not printable")
    return text


def letters(n: int) -> tuple[str, ...]:
    """The first n option letters: A, B, C …"""
    return tuple(chr(ord("A") + i) for i in range(n))


def blank_or_long(name: str, texts: Iterable[str]) -> Iterator[Problem]:
    """Faults of a list of option texts: blank, too long, or the same twice."""
    seen: set[str] = set()
    for index, text in enumerate(texts):
        field = f"{name}.{index}"
        if not text.strip():
            yield Problem(field, "empty")
        elif len(text) > MAX_TEXT:
            yield Problem(field, "too_long")
        elif text.strip() in seen:
            yield Problem(field, "twice")
        seen.add(text.strip())


MOST_BARS = 12
"""A written answer's distribution shows the most frequent ones and counts the rest together."""


def most_common(texts: Iterable[str], labels: dict[str, str]) -> tuple[Bar, ...]:
    """Bars of the most frequent texts; equal counts keep alphabetical order, so that a screen never flickers."""
    counts = sorted(Counter(texts).items(), key=lambda kv: (-kv[1], kv[0]))
    bars = [Bar(text, n, labels.get(text, text)) for text, n in counts[:MOST_BARS]]
    rest = sum(n for _, n in counts[MOST_BARS:])
    return tuple(bars) + ((Bar("", rest, "…"),) if rest else ())


AnyType = ActivityType[Any]
