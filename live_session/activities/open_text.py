"""Open text."""

import unicodedata
from collections.abc import Iterable, Iterator
from fractions import Fraction

from live_session.activities.base import ActivityType, Bar, Content, Key
from live_session.errors import InvalidValue, Problem
from live_session.model import Json


class Essay(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`limit` is the longest answer in characters."""

    limit: int = 2_000


class OpenText(ActivityType[Essay]):
    """Free text. Never scored by the machine, never shown to the class before the teacher has read it."""

    kind = "open"
    Content = Essay
    is_private = True
    has_tally = False
    MOST = 4_000

    def problems(self, content: Essay) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 1 <= content.limit <= self.MOST:
            yield Problem("limit", "range")

    def check(self, content: Essay, value: Json) -> Json:
        if not isinstance(value, str):
            raise InvalidValue("not a text")
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
        if (
            not text
            or len(text) > content.limit
            or any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text)
        ):
            raise InvalidValue("empty, too long or not printable")
        return text

    def share(self, content: Essay, value: Json) -> Fraction | None:
        return None

    def tally(self, content: Essay, values: Iterable[Json]) -> tuple[Bar, ...]:
        return ()

    def key(self, content: Essay) -> Key | None:
        return None
