"""A rubric: criteria by levels, on one's own work, a classmate's, or what a group presents. Never a mark."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from live_session.activities.base import Bar, Content, Family, KeylessType, PeerTerms, blank_or_long
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

NAMES = "abcdef"
FEWEST_LEVELS, MOST_LEVELS = 2, 5
ABOUT = ("self", "peer", "group")
MOST_WORKS = 3


class Level(msgspec.Struct, frozen=True):
    """One level of a criterion: its number from 1, its word, and what it means for this criterion."""

    number: str
    word: str
    meaning: str


class Criterion(msgspec.Struct, frozen=True):
    name: str
    text: str
    levels: tuple[Level, ...]


class Rubric(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`criteria`: one a line, "Name" or "Name | meaning of level 1 | of level 2 …". `levels`: words for all, the lowest
    first. `about`: "self" for one's own work, "group" for what a group presents, "peer" for the work of `each` so many
    classmates (`apart`: none of one's own group)."""

    criteria: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    about: str = "self"
    each: int = 2
    apart: bool = False

    @property
    def slots(self) -> tuple[str, ...]:
        """What stands before a criterion's name in the answer: the number of the work, where there are several."""
        return tuple(str(n) for n in range(1, self.each + 1)) if self.about == "peer" else ("",)

    @property
    def rows(self) -> tuple[Criterion, ...]:
        return tuple(self._row(name, line) for name, line in zip(NAMES, self.criteria, strict=False))

    def _row(self, name: str, line: str) -> Criterion:
        text, *meanings = (part.strip() for part in line.split("|"))
        meanings += [""] * (len(self.levels) - len(meanings))
        levels = zip(self.levels, meanings, strict=False)
        return Criterion(name, text, tuple(Level(str(n), word, told) for n, (word, told) in enumerate(levels, start=1)))


class RubricType(KeylessType[Rubric]):
    """The answer maps criteria a, b … to levels "1", "2" …, and may be incomplete: it is saved criterion by criterion.
    On classmates' works it maps 1a, 1b …, 2a …, work by work. Nobody but the teacher sees whose it is."""

    kind = "rubric"
    family = Family.OPINION
    place = 40
    tells_how = True
    blank = MappingProxyType({"criteria": (), "levels": ()})
    Content = Rubric

    def problems(self, content: Rubric) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 1 <= len(content.criteria) <= len(NAMES):
            yield Problem("criteria", "criteria")
        if not FEWEST_LEVELS <= len(content.levels) <= MOST_LEVELS:
            yield Problem("levels", "levels")
        yield from blank_or_long("criteria", (line.split("|")[0] for line in content.criteria))
        yield from blank_or_long("levels", content.levels)
        for n, line in enumerate(content.criteria):
            if line.count("|") not in (0, len(content.levels)):
                yield Problem(f"criteria.{n}", "meanings")
        if content.about not in ABOUT:
            yield Problem("about", "unknown")
        if not 1 <= content.each <= MOST_WORKS:
            yield Problem("each", "works")

    def texts(self, content: Rubric) -> Iterator[tuple[str, str]]:
        yield from super().texts(content)
        yield from ((f"criteria.{n}", line) for n, line in enumerate(content.criteria))
        yield from ((f"levels.{n}", word) for n, word in enumerate(content.levels))

    def is_about_group(self, content: Rubric) -> bool:
        return content.about == "group"

    def peer_terms(self, content: Rubric) -> PeerTerms | None:
        return PeerTerms(content.each, content.apart) if content.about == "peer" else None

    def check(self, content: Rubric, value: Json) -> Json:
        if not isinstance(value, dict) or not value:
            raise InvalidValue("not a set of criteria")
        known = {
            f"{slot}{row.name}": {level.number for level in row.levels}
            for slot in content.slots
            for row in content.rows
        }
        if any(not isinstance(level, str) or level not in known.get(name, ()) for name, level in value.items()):
            raise InvalidValue("no such criterion or level")
        return {name: value[name] for name in known if name in value}

    def named_parts(self, content: Rubric) -> Mapping[str, str]:
        return {
            f"{slot}{row.name}:{level.number}": f"{row.text}: {level.word}"
            for slot in content.slots
            for row in content.rows
            for level in row.levels
        }

    def tally(self, content: Rubric, values: Iterable[Json]) -> tuple[Bar, ...]:
        counts = Counter((name[-1], level) for value in values for name, level in (value or {}).items())
        return tuple(
            Bar(f"{row.name}:{level.number}", counts[row.name, level.number])
            for row in content.rows
            for level in row.levels
        )
