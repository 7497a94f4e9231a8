"""Open text."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from fractions import Fraction

from live_session.activities.base import ActivityType, Bar, Content, Key
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

_UPLOAD = re.compile(r"[0-9A-Za-z-]{8,48}")


class Essay(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`limit` is the longest answer in characters; `photo` lets a pupil send a picture of the work beside it."""

    limit: int = 2_000
    photo: bool = False


class OpenText(ActivityType[Essay]):
    """Free text. Never scored by the machine, never shown to the class before the teacher has read it.

    An answer is a text, or `{"text": ..., "photo": ...}` with the id of an upload; the text may then be empty.
    """

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
        if isinstance(value, str):
            return self._text(content, value, may_be_empty=False)
        if not content.photo or not isinstance(value, dict) or set(value) != {"text", "photo"}:
            raise InvalidValue("not a text")
        if not isinstance(value["photo"], str) or not _UPLOAD.fullmatch(value["photo"]):
            raise InvalidValue("not an upload")
        return {"text": self._text(content, value["text"], may_be_empty=True), "photo": value["photo"]}

    def _text(self, content: Essay, value: Json, *, may_be_empty: bool) -> str:
        if not isinstance(value, str):
            raise InvalidValue("not a text")
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
        if (
            not (text or may_be_empty)
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
