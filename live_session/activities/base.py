"""What an activity type is: one class, one HTML template beside it, one line in the entry points.

A type is pure. It says what a well-formed activity of its kind is (`Content`, `validate`), what an answer to it is
(`check`), how much of it was right (`share`), how answers are counted (`tally`) and what is shown as the key (`key`).
The template has three macros: `phone(q)`, `screen(q)` and, for the teacher who writes one, `edit(q, faults)`.
**The form is the contract**: the phone sends the form's controls as JSON (radio: its value; checkboxes: a list; several
radio groups: an object), and the editor reads content from `edit` in the same way, so a new type needs no JavaScript.
"""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from live_session.errors import InvalidContent, InvalidValue, Problem
from live_session.model import Json, Naming

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


class PostTerms(msgspec.Struct, frozen=True):
    """What pupils may do where each may post several times. `most` posts of a pupil stand at once, `a_minute` are
    taken; all together `total`, comments included. `approves`: the teacher reads each before the class does.
    `reactions` are the words that a classmate may say of a post, one each; `by_votes` puts what has most of them first.
    `names`: classmates see who wrote it. `marks`: the teacher marks what is answered.
    `by_group`: a post is a version of the one product of its author's group; what is no object is no post, but each
    pupil's own answer. `as_groups`: whoever posts does it in the name of their group, whose members share what one
    author may post, and change each other's. `columns`: where posts stand, as (what a post says, its name)."""

    most: int = 5
    a_minute: int = 6
    total: int = 400
    approves: bool = True
    reactions: tuple[str, ...] = ()
    comments: bool = False
    names: bool = False
    marks: bool = False
    by_votes: bool = False
    by_group: bool = False
    as_groups: bool = False
    columns: tuple[tuple[str, str], ...] = ()

    def under(self, naming: Naming) -> "PostTerms":
        """On the same terms, where posts are signed so. Without names the teacher reads each before the class does:
        nobody could be asked about a hurtful one. Classmates see a pen name at most."""
        if naming is Naming.NAMED:
            return self
        return msgspec.structs.replace(self, approves=True, names=self.names and naming is Naming.PEN)


class PeerTerms(msgspec.Struct, frozen=True):
    """Pupils assess classmates' work: how many works `each` is given; `is_apart`: none of one's own group."""

    each: int = 1
    is_apart: bool = False


LONGEST_COMMENT = 280


class Family(StrEnum):
    """What a kind asks of a pupil; the editor offers kinds in this order."""

    CHOOSE = "choose"
    WRITE = "write"
    ARRANGE = "arrange"
    OPINION = "opinion"
    TOGETHER = "together"
    OTHER = "other"


Q = TypeVar("Q", bound=Content)


class ActivityType(ABC, Generic[Q]):
    """One kind of activity. Instances hold no state."""

    kind: ClassVar[str]
    Content: type[Q]
    is_private: ClassVar[bool] = False
    """Answers are free text: they are kept in the content table, so that one pupil's can be erased."""
    has_key: ClassVar[bool] = True
    """An answer can be right or wrong."""
    has_tally: ClassVar[bool] = True
    """A distribution can be shown to the class."""
    is_read: ClassVar[bool] = False
    """The teacher reads the answers one by one: they are more than a distribution can tell."""
    is_work: ClassVar[bool] = False
    """What each pupil hands in alone, and a classmate may be given to assess."""
    is_live: ClassVar[bool] = False
    """Its distribution grows on the projector while it is open: it is what the class looks at, and there is no key."""
    shows_image: ClassVar[bool] = False
    """Its own form shows the question's picture."""
    of_image: ClassVar[tuple[str, ...]] = ()
    """Members of the content that belong to its picture, and go with it."""
    carried: ClassVar[tuple[str, ...]] = ()
    """Members of the content that a new one takes over from the newest of its kind in the course."""
    tells_how: ClassVar[bool] = False
    """Its form does not say by itself what is to be done: the text `answer.how.<kind>` stands above it."""
    blank: ClassVar[Mapping[str, Json]] = MappingProxyType({})
    """The content of a new one, not yet written."""
    blank_points: ClassVar[float] = 1.0
    """What a new one counts."""
    blank_seconds: ClassVar[int | None] = 60
    """How long a new one is open; None is until the teacher locks it."""
    family: ClassVar[Family] = Family.OTHER
    place: ClassVar[int] = 50
    """Where it stands in its family, the lowest first."""

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
        if not looks_of(content.prompt) and content.image is None:
            yield Problem("prompt", "empty")
        if len(content.prompt) > MAX_TEXT:
            yield Problem("prompt", "too_long")
        if len(content.explanation) > MAX_TEXT:
            yield Problem("explanation", "too_long")

    def texts(self, content: Q) -> Iterator[tuple[str, str]]:
        """Every text that may hold a formula, by field."""
        yield "prompt", content.prompt
        yield "explanation", content.explanation

    def named_parts(self, content: Q) -> Mapping[str, str]:
        """The texts of what an answer names by a letter: options, parts, statements. Where it gives a row a column, the
        text of each such pair, by "row:column". Nothing where it uses words."""
        return {}

    def post_terms(self, content: Q) -> PostTerms | None:
        """Where pupils post several times: what they may do. Each post is then checked by itself, and is an object that
        has `text`, and what else there is of `link`, `photo` and `column`. None: one answer a pupil."""
        return None

    def peer_terms(self, content: Q) -> PeerTerms | None:
        """Where pupils assess each other's work: on which terms. The answer is by works, 1, 2 …, then by criteria."""
        return None

    def check_comment(self, content: Q, value: Json) -> Json:
        """A comment on a classmate's post. Raises `InvalidValue`."""
        if not isinstance(value, dict) or set(value) != {"text"}:
            raise InvalidValue("not a comment")
        return {"text": text_of(value["text"], LONGEST_COMMENT)}

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

    def seconds_of(self, content: Q) -> int | None:
        """The time of one that must end by itself, where the teacher set none."""
        return None

    def sends_out(self, content: Q) -> bool:
        """Pupils are sent out of the page, to look something up: the teacher opened the phones for that."""
        return False

    def by_letter(self, content: Q) -> tuple[Json, ...]:
        """The answers that one letter says, A first, as a paper card shows them; none where it takes more."""
        return ()

    def is_about_group(self, content: Q) -> bool:
        """It asks the class about the group that has just presented."""
        return False

    def can_be_unnamed(self, content: Q) -> bool:
        """What is answered or posted can be told without its author: it is no group's, whose teacher must know which,
        and assesses no classmate."""
        terms = self.post_terms(content)
        is_of_groups = terms is not None and (terms.by_group or terms.as_groups)
        return not is_of_groups and self.peer_terms(content) is None

    def with_key(self, content: Q, key: Json) -> Q:
        """The same activity with this key (an ad hoc question gets it afterwards). Raises `InvalidValue`."""
        raise InvalidValue(f"{self.kind} takes no key")

    def mark_of(self, word: str) -> str | None:
        """Where a class's words stand on screens and one can be taken off: what the log calls it. None elsewhere."""
        return None

    def with_hidden(self, content: Q, mark: str, is_hidden: bool) -> Q:
        """The same activity without the word of this mark on any screen, or with it again."""
        return content

    def taken_off(self, content: Q, values: Iterable[Json]) -> tuple[Bar, ...]:
        """What a teacher took off every screen, for a teacher's eyes: `option` is the word that puts it back."""
        return ()


class KeylessType(ActivityType[Q]):
    """A kind to which no answer is right or wrong."""

    has_key = False
    blank_points = 0.0

    def share(self, content: Q, value: Json) -> Fraction | None:
        return None

    def key(self, content: Q) -> Key | None:
        return None


UPLOAD = re.compile(r"[0-9A-Za-z-]{8,48}")


def upload_of(value: Json) -> str:
    """The id of a picture that a phone sent before. Raises `InvalidValue`."""
    if not isinstance(value, str) or not UPLOAD.fullmatch(value):
        raise InvalidValue("not an upload")
    return value


def lines_of(value: Json, limit: int, kept: str = "\n") -> str:
    """A text of several lines: NFC, trimmed, of control characters none but the `kept`; perhaps empty. Raises
    `InvalidValue` when it is long or no text."""
    if not isinstance(value, str):
        raise InvalidValue("not a text")
    text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
    if len(text) > limit or any(unicodedata.category(c) == "Cc" and c not in kept for c in text):
        raise InvalidValue("too long or not printable")
    return text


def text_of(value: Json, limit: int) -> str:
    """A text answer: NFC, trimmed, inner white space single. Raises `InvalidValue` when empty, long or no text."""
    if not isinstance(value, str):
        raise InvalidValue("not a text")
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if not text or len(text) > limit or any(unicodedata.category(c) == "Cc" for c in text):
        raise InvalidValue("empty, too long or not printable")
    return text


@cache
def letters(n: int) -> tuple[str, ...]:
    """The first n option letters: A, B, C …"""
    return tuple(chr(ord("A") + i) for i in range(n))


def looks_of(text: str) -> str:
    """A text as a reader tells it from others: composed letters, single spaces, nothing that is not seen. Capitals
    count: `Aa` and `AA` are two genotypes, `mm` and `Mm` two lengths."""
    seen = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")
    return " ".join("".join(seen).split())


def blank_or_long(name: str, texts: Iterable[str]) -> Iterator[Problem]:
    """Faults of a list of option texts: blank, too long, or the same twice to whoever reads them."""
    seen: set[str] = set()
    for index, text in enumerate(texts):
        field, looks = f"{name}.{index}", looks_of(text)
        if not looks:
            yield Problem(field, "empty")
        elif len(text) > MAX_TEXT:
            yield Problem(field, "too_long")
        elif looks in seen:
            yield Problem(field, "twice")
        seen.add(looks)


MOST_BARS = 12
"""A written answer's distribution shows the most frequent ones and counts the rest together."""


def most_common(texts: Iterable[str], labels: dict[str, str]) -> tuple[Bar, ...]:
    """Bars of the most frequent texts; equal counts keep alphabetical order, so that a screen never flickers."""
    counts = sorted(Counter(texts).items(), key=lambda kv: (-kv[1], kv[0]))
    bars = [Bar(text, n, labels.get(text, text)) for text, n in counts[:MOST_BARS]]
    rest = sum(n for _, n in counts[MOST_BARS:])
    return tuple(bars) + ((Bar("", rest, "…"),) if rest else ())


AnyType = ActivityType[Any]
