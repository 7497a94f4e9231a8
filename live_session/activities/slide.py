"""A slide: a page to look at. What pupils say of it is whether they follow."""

from collections import Counter
from collections.abc import Iterable, Iterator

from live_session.activities.base import MAX_TEXT, Bar, Content, Family, KeylessType
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

WORDS = ("clear", "unclear")
SIGNS = ("✓", "?")


class Page(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`image` is the page for phones, `large` the same for the projector, `text` the words on it."""

    large: str = ""
    text: str = ""


class Slide(KeylessType[Page]):
    """The answer is "clear" or "unclear"; nothing counts."""

    kind = "slide"
    family = Family.OTHER
    place = 20
    shows_image = True
    of_image = ("large",)
    Content = Page

    def problems(self, content: Page) -> Iterator[Problem]:
        yield from super().problems(content)
        if content.image is None:
            yield Problem("image", "picture")
        if len(content.text) > MAX_TEXT:
            yield Problem("text", "too_long")

    def check(self, content: Page, value: Json) -> Json:
        if isinstance(value, str) and value in WORDS:
            return value
        raise InvalidValue("neither clear nor unclear")

    def tally(self, content: Page, values: Iterable[Json]) -> tuple[Bar, ...]:
        counts = Counter(values)
        return tuple(Bar(word, counts[word], sign) for word, sign in zip(WORDS, SIGNS, strict=True))
