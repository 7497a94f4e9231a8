"""What kinds share whose answer is a text, a picture that was uploaded, a link, or several of them."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

from live_session.activities.base import Bar, Content, KeylessType, lines_of, upload_of
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

MOST_LIMIT, LONGEST_LINK = 4_000, 500


class Sent(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`limit` is the longest text in characters."""

    limit: int = 2_000


S = TypeVar("S", bound=Sent)


class SentType(KeylessType[S]):
    """Never scored by the machine, never shown to the class before the teacher has read it.

    An answer is a text, or `{"text": ..., "photo": ...}` with the id of an upload; the text may then be empty.
    """

    is_read = True
    is_work = True
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


def piece_of(value: Mapping[str, Json], longest: int, kept: str = "\n", *, takes_photos: bool) -> dict[str, Json]:
    """What is pinned up or handed in: a text, a link, a picture, or several of them. Raises `InvalidValue`."""
    checked: dict[str, Json] = {"text": lines_of(value.get("text", ""), longest, kept)}
    if value.get("link", "") != "":
        checked["link"] = link_of(value["link"])
    if "photo" in value:
        if not takes_photos:
            raise InvalidValue("no photos here")
        checked["photo"] = upload_of(value["photo"])
    if len(checked) == 1 and not checked["text"]:
        raise InvalidValue("empty")
    return checked


def link_of(value: Json) -> str:
    """An address on the web, with a host and nobody's password. One that was typed without a scheme is https."""
    text = value.strip() if isinstance(value, str) else ""
    text = text if "://" in text else f"https://{text}"
    if len(text) > LONGEST_LINK or any(c.isspace() or unicodedata.category(c)[0] == "C" for c in text) or "\\" in text:
        raise InvalidValue("not a link")
    try:
        parts = urlsplit(text)
        is_web = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web or "@" in parts.netloc:
        raise InvalidValue("not a link")
    return text
