"""What matching and categorise share: numbered rows, lettered columns, and an answer that gives rows a column."""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeVar

from live_session.activities.base import ActivityType, Bar, Content, Family, Key
from live_session.errors import InvalidValue
from live_session.model import Json


class Grid(Content, frozen=True, omit_defaults=True, kw_only=True):
    """Rows by number, columns by letter, both as screens show them; `right` is each row's column."""

    @property
    def rows(self) -> Mapping[str, str]:
        raise NotImplementedError

    @property
    def columns(self) -> Mapping[str, str]:
        raise NotImplementedError

    @property
    def right(self) -> Mapping[str, str]:
        raise NotImplementedError


G = TypeVar("G", bound=Grid)


class PairsType(ActivityType[G]):
    """The answer maps numbers to letters and may be incomplete: it is saved row by row.

    Partial credit: the share of rows with their right column. A wrong one costs nothing more than its own.
    """

    family = Family.ARRANGE
    tells_how = True

    def check(self, content: G, value: Json) -> Json:
        rows, columns = content.rows, content.columns
        if not isinstance(value, dict) or not value:
            raise InvalidValue("not a set of rows")
        if any(
            row not in rows or not isinstance(letter, str) or letter not in columns for row, letter in value.items()
        ):
            raise InvalidValue("not among the rows and columns")
        return {row: value[row] for row in rows if row in value}

    def named_parts(self, content: G) -> Mapping[str, str]:
        columns = content.columns.items()
        return {f"{row}:{name}": f"{left} – {right}" for row, left in content.rows.items() for name, right in columns}

    def share(self, content: G, value: Json) -> Fraction | None:
        right = content.right
        if value is None or not right:
            return None
        return Fraction(sum(value.get(row) == letter for row, letter in right.items()), len(right))

    def tally(self, content: G, values: Iterable[Json]) -> tuple[Bar, ...]:
        counts = Counter(pair for value in values for pair in (value or {}).items())
        return tuple(
            Bar(f"{row}:{letter}", counts[row, letter], letter) for row in content.rows for letter in content.columns
        )

    def key(self, content: G) -> Key | None:
        right = content.right
        told = ", ".join(f"{row}–{letter}" for row, letter in right.items())
        return Key(options=tuple(f"{row}:{letter}" for row, letter in right.items()), texts=(told,)) if right else None


def numbered(texts: Iterable[str]) -> dict[str, str]:
    """Texts by number: "1", "2" …"""
    return {str(n): text for n, text in enumerate(texts, 1)}
