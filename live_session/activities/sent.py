"""What kinds share whose answer is a text, a picture that was uploaded, or both."""

from collections.abc import Iterable, Iterator
from typing import ClassVar, TypeVar

from live_session.activities.base import Bar, Content, KeylessType, lines_of, upload_of
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

MOST_LIMIT = 4_000


class Sent(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`limit` is the longest text in characters."""

    limit: int = 2_000


S = TypeVar("S", bound=Sent)


class SentType(KeylessType[S]):
    """Never scored by the machine, never shown to the class before the teacher has read it.

    An answer is a text, or `{"text": ..., "photo": ...}` with the id of an upload; the text may then be empty.
    """

    is_read = True
    is_private = True
    has_tally = False
    MOST: ClassVar[int] = MOST_LIMIT

    def problems(self, content: S) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 1 <= content.limit <= self.MOST:
            yield Problem("limit", "range")

    def takes_picture(self, content: S) -> bool:
        """Whether a picture may be part of the answer."""
        return True

    def check(self, content: S, value: Json) -> Json:
        if isinstance(value, str):
            text = lines_of(value, content.limit, "\n\t")
            if not text:
                raise InvalidValue("empty")
            return text
        if not self.takes_picture(content) or not isinstance(value, dict) or set(value) != {"text", "photo"}:
            raise InvalidValue("not a text")
        return {"text": lines_of(value["text"], content.limit, "\n\t"), "photo": upload_of(value["photo"])}

    def tally(self, content: S, values: Iterable[Json]) -> tuple[Bar, ...]:
        return ()
