"""What single and multiple choice share: 2 to 8 options and the letters that are right."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import msgspec

from live_session.activities.base import ActivityType, Bar, Content, Image, Key, blank_or_long, letters
from live_session.errors import Problem
from live_session.model import Json

MAX_OPTIONS = 8


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One option. `why` says what a pupil who picks it may have misunderstood; only teachers see it."""

    text: str = ""
    why: str = ""
    image: Image | None = None


class Choice(Content, frozen=True, omit_defaults=True, kw_only=True):
    """Options A, B, C …; `key` holds the letters that are right."""

    options: tuple[Option, ...]
    key: tuple[str, ...] = ()

    @property
    def letters(self) -> tuple[str, ...]:
        return letters(len(self.options))


class ChoiceType(ActivityType[Choice]):
    """What both kinds share."""

    Content = Choice

    def problems(self, content: Choice) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 2 <= len(content.options) <= MAX_OPTIONS:
            yield Problem("options", "count")
        yield from blank_or_long("options", (o.text or (o.image.id if o.image else "") for o in content.options))
        if not content.key:
            yield Problem("key", "missing")
        elif not set(content.key) <= set(content.letters):
            yield Problem("key", "unknown")
        elif len(set(content.key)) < len(content.key):
            yield Problem("key", "twice")

    def texts(self, content: Choice) -> Iterator[tuple[str, str]]:
        yield from super().texts(content)
        yield from ((f"options.{n}", option.text) for n, option in enumerate(content.options))

    def named_parts(self, content: Choice) -> Mapping[str, str]:
        shown = (o.text or (o.image.alt if o.image else "") for o in content.options)
        return dict(zip(content.letters, shown, strict=True))

    def key(self, content: Choice) -> Key | None:
        return Key(options=content.key, texts=(", ".join(content.key),)) if content.key else None

    def tally(self, content: Choice, values: Iterable[Json]) -> tuple[Bar, ...]:
        counts = Counter(chain.from_iterable(value or () for value in values))
        return tuple([Bar(letter, counts[letter]) for letter in content.letters])
