"""Matching: what belongs together."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from live_session.activities.base import MAX_TEXT, blank_or_long, letters, looks_of
from live_session.activities.pairs import Grid, PairsType, numbered
from live_session.activities.shuffle import shuffled
from live_session.errors import Problem

MOST_PAIRS, MOST_COLUMNS = 8, 10


class Pair(msgspec.Struct, frozen=True, omit_defaults=True):
    left: str = ""
    right: str = ""


class Pairs(Grid, frozen=True, omit_defaults=True, kw_only=True):
    """What stands left has one partner on the right; `others` on the right belong to nobody."""

    pairs: tuple[Pair, ...]
    others: tuple[str, ...] = ()

    @property
    def rows(self) -> Mapping[str, str]:
        return numbered(pair.left for pair in self.pairs)

    @property
    def columns(self) -> Mapping[str, str]:
        texts = shuffled({*(pair.right for pair in self.pairs), *self.others})
        return dict(zip(letters(len(texts)), texts, strict=True))

    @property
    def right(self) -> Mapping[str, str]:
        letter_of = {text: letter for letter, text in self.columns.items()}
        return {row: letter_of[pair.right] for row, pair in zip(self.rows, self.pairs, strict=True)}


class Matching(PairsType[Pairs]):
    """Rows to the left, columns to the right, which are shuffled; two rows may have the same partner."""

    kind = "matching"
    place = 20
    Content = Pairs
    blank = MappingProxyType({"pairs": ({"left": "", "right": ""},) * 4})

    def problems(self, content: Pairs) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 2 <= len(content.pairs) <= MOST_PAIRS:
            yield Problem("pairs", "parts")
        yield from blank_or_long("pairs", (pair.left for pair in content.pairs))
        for n, pair in enumerate(content.pairs):
            if not looks_of(pair.right):
                yield Problem(f"pairs.{n}", "empty")
            elif len(pair.right) > MAX_TEXT:
                yield Problem(f"pairs.{n}", "too_long")
        yield from blank_or_long("others", content.others)
        yield from _alike(content)
        if not 2 <= len(content.columns) <= MOST_COLUMNS:
            yield Problem("others", "columns")

    def texts(self, content: Pairs) -> Iterator[tuple[str, str]]:
        yield from super().texts(content)
        for n, pair in enumerate(content.pairs):
            yield f"pairs.{n}", pair.left
            yield f"pairs.{n}", pair.right
        yield from ((f"others.{n}", text) for n, text in enumerate(content.others))


def _alike(content: Pairs) -> Iterator[Problem]:
    """Two answers that look the same and are not: a pupil could not know which of them is right."""
    written: dict[str, str] = {}
    right = ((f"pairs.{n}", pair.right) for n, pair in enumerate(content.pairs))
    others = ((f"others.{n}", text) for n, text in enumerate(content.others))
    for field, text in (*right, *others):
        if looks_of(text) and written.setdefault(looks_of(text), text) != text:
            yield Problem(field, "twice")
