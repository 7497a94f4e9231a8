"""Group work: one product a group, and a question that each member answers alone."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from types import MappingProxyType

from live_session.activities.base import (
    ActivityType,
    Bar,
    Content,
    Family,
    Key,
    PostTerms,
    blank_or_long,
    letters,
    lines_of,
)
from live_session.activities.sent import piece_of
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

FEWEST_OPTIONS, MOST_OPTIONS = 2, 6
MOST_VERSIONS, LONGEST_OWN, LONGEST_PRODUCT = 60, 1_000, 4_000
PARTS = ("text", "link", "photo")


class Work(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`size`: of how many a group is, where lots are drawn. `own` is the question that each member answers alone: by
    one of the `own_options` (`own_key` is the letter of the right one, if one is), or in words."""

    size: int = 4
    photos: bool = True
    own: str = ""
    own_options: tuple[str, ...] = ()
    own_key: str = ""

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """The options by letter."""
        return tuple(zip(letters(len(self.own_options)), self.own_options, strict=True))


class GroupWork(ActivityType[Work]):
    """An answer is each member's own: a letter or a text. A product is an object: a text, a link, a picture, or several
    of them; whoever of the group sends one improves what stands."""

    kind = "group"
    family = Family.TOGETHER
    place = 30
    Content = Work
    is_private = True
    is_read = True
    has_tally = False
    tells_how = True
    blank = MappingProxyType({"size": 4})
    blank_points = 0.0
    blank_seconds = None

    def problems(self, content: Work) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 2 <= content.size <= 8:
            yield Problem("size", "group_size")
        if not content.own.strip():
            yield Problem("own", "empty")
        if len(content.own) > LONGEST_OWN:
            yield Problem("own", "too_long")
        if content.own_options and not FEWEST_OPTIONS <= len(content.own_options) <= MOST_OPTIONS:
            yield Problem("own_options.any", "own_options")
        yield from blank_or_long("own_options", content.own_options)
        if content.own_key and content.own_key not in dict(content.choices):
            yield Problem("own_key", "own_key")

    def texts(self, content: Work) -> Iterator[tuple[str, str]]:
        yield from super().texts(content)
        yield "own", content.own
        yield from ((f"own_options.{n}", text) for n, text in enumerate(content.own_options))

    def post_terms(self, content: Work) -> PostTerms:
        return PostTerms(most=MOST_VERSIONS, a_minute=10, approves=False, by_group=True)

    def check(self, content: Work, value: Json) -> Json:
        if isinstance(value, dict):
            return self._product(content, value)
        if not content.own_options:
            if text := lines_of(value, LONGEST_OWN):
                return text
            raise InvalidValue("empty")
        if not isinstance(value, str) or value not in dict(content.choices):
            raise InvalidValue("not an option")
        return value

    def _product(self, content: Work, value: Json) -> Json:
        if not set(value) <= set(PARTS):
            raise InvalidValue("not a product")
        return piece_of(value, LONGEST_PRODUCT, "\n\t", takes_photos=content.photos)

    def share(self, content: Work, value: Json) -> Fraction | None:
        if not isinstance(value, str) or not self.key(content):
            return None
        return Fraction(value == content.own_key)

    def tally(self, content: Work, values: Iterable[Json]) -> tuple[Bar, ...]:
        return ()

    def key(self, content: Work) -> Key | None:
        return (
            Key(options=(content.own_key,), texts=(content.own_key,))
            if content.own_key and content.own_options
            else None
        )
