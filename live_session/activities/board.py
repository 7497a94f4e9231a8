"""A board: what a class pins up, on one wall or in columns; with pictures, links, comments and reactions."""

from collections.abc import Iterable, Iterator

from live_session.activities.base import (
    Bar,
    Content,
    Family,
    KeylessType,
    PostTerms,
    blank_or_long,
    letters,
)
from live_session.activities.sent import piece_of
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

MOST, MOST_COLUMNS, LONGEST_COLUMN = 10, 6, 60
AUTHORS = ("pupils", "groups")
PARTS = ("text", "link", "photo", "column")


class Wall(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`columns` by name; none is one wall. `most` posts an author; `approve`: the teacher reads each before the class
    does; `named`: classmates see whose it is. `authors`: each pupil, or groups (of `size`, where lots are drawn), in
    whose name any member posts."""

    columns: tuple[str, ...] = ()
    most: int = 5
    approve: bool = True
    named: bool = False
    photos: bool = True
    reactions: bool = True
    comments: bool = False
    authors: str = "pupils"
    size: int = 4

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """The columns by letter."""
        return tuple(zip(letters(len(self.columns)), self.columns, strict=True))

    @property
    def is_of_groups(self) -> bool:
        return self.authors == "groups"


class Board(KeylessType[Wall]):
    """A post has a text, a link or a photo, and its column's letter where there are columns."""

    kind = "board"
    family = Family.TOGETHER
    place = 10
    Content = Wall
    is_private = True
    has_tally = False
    blank_seconds = None
    LIMIT = 500

    def problems(self, content: Wall) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 1 <= content.most <= MOST:
            yield Problem("most", "posts")
        if content.authors not in AUTHORS:
            yield Problem("authors", "unknown")
        if not 2 <= content.size <= 8:
            yield Problem("size", "group_size")
        if len(content.columns) == 1 or len(content.columns) > MOST_COLUMNS:
            yield Problem("columns.any", "columns")
        yield from blank_or_long("columns", content.columns)
        yield from (
            Problem(f"columns.{n}", "too_long") for n, name in enumerate(content.columns) if len(name) > LONGEST_COLUMN
        )

    def post_terms(self, content: Wall) -> PostTerms:
        return PostTerms(
            most=content.most,
            approves=content.approve,
            reactions=("like", "idea") if content.reactions else (),
            comments=content.comments,
            names=content.named,
            as_groups=content.is_of_groups,
            columns=content.places,
        )

    def check(self, content: Wall, value: Json) -> Json:
        if not isinstance(value, dict) or not set(value) <= set(PARTS):
            raise InvalidValue("not a post")
        checked = piece_of(value, self.LIMIT, takes_photos=content.photos)
        if content.columns:
            checked["column"] = _column(content, value.get("column"))
        elif "column" in value:
            raise InvalidValue("a wall has no columns")
        return checked

    def tally(self, content: Wall, values: Iterable[Json]) -> tuple[Bar, ...]:
        return ()


def _column(content: Wall, value: Json) -> str:
    if not isinstance(value, str) or value not in dict(content.places):
        raise InvalidValue("not a column")
    return value
