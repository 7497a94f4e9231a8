"""True or false."""

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

import msgspec

from live_session.activities.base import WORDS, ActivityType, Bar, Content, Family, Key
from live_session.errors import InvalidValue, Problem
from live_session.model import Json


class Statement(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`key` None: no key yet (an ad hoc question)."""

    key: bool | None = None


class TrueFalse(ActivityType[Statement]):
    """One statement; the answer is "true" or "false"."""

    kind = "true_false"
    family = Family.CHOOSE
    place = 30
    tells_how = True
    Content = Statement

    def problems(self, content: Statement) -> Iterator[Problem]:
        yield from super().problems(content)
        if content.key is None:
            yield Problem("key", "missing")

    def check(self, content: Statement, value: Json) -> Json:
        if isinstance(value, str) and value in WORDS:
            return value
        raise InvalidValue("neither true nor false")

    def by_letter(self, content: Statement) -> tuple[Json, ...]:
        return WORDS

    def share(self, content: Statement, value: Json) -> Fraction | None:
        if content.key is None or value is None:
            return None
        return Fraction((value == "true") == content.key)

    def tally(self, content: Statement, values: Iterable[Json]) -> tuple[Bar, ...]:
        counts = Counter(values)
        return tuple(Bar(word, counts[word]) for word in WORDS)

    def key(self, content: Statement) -> Key | None:
        if content.key is None:
            return None
        return Key(options=(WORDS[not content.key],))

    def with_key(self, content: Statement, key: Json) -> Statement:
        return msgspec.structs.replace(content, key=self.check(content, key) == "true")
