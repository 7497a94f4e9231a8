"""The four-statement Đúng-Sai cluster of the national exam."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType

import msgspec

from live_session.activities.base import WORDS, ActivityType, Bar, Content, Family, Key, blank_or_long
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

NAMES = ("a", "b", "c", "d")
LADDER = (Fraction(0), Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(1))
"""Share earned for 0 to 4 right statements, as in the national exam from 2025 (0.1 / 0.25 / 0.5 / 1.0)."""


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    text: str = ""
    key: bool | None = None


class Parts(Content, frozen=True, omit_defaults=True, kw_only=True):
    statements: tuple[Part, ...]


class Cluster(ActivityType[Parts]):
    """Four statements a) to d) under one stem. The answer maps letters to "true" or "false" and may be incomplete:
    it is saved statement by statement, or where answers are counted as a whole."""

    kind = "cluster"
    family = Family.CHOOSE
    place = 40
    tells_how = True
    blank = MappingProxyType({"statements": ({"text": ""},) * 4})
    Content = Parts

    def problems(self, content: Parts) -> Iterator[Problem]:
        yield from super().problems(content)
        if len(content.statements) != len(NAMES):
            yield Problem("statements", "count")
        yield from blank_or_long("statements", (s.text for s in content.statements))
        for index, statement in enumerate(content.statements):
            if statement.key is None:
                yield Problem(f"statements.{index}", "key_missing")

    def texts(self, content: Parts) -> Iterator[tuple[str, str]]:
        yield from super().texts(content)
        yield from ((f"statements.{n}", statement.text) for n, statement in enumerate(content.statements))

    def named_parts(self, content: Parts) -> Mapping[str, str]:
        return {name: s.text for name, s in zip(NAMES, content.statements, strict=False)}

    def check(self, content: Parts, value: Json) -> Json:
        if not isinstance(value, dict) or not value:
            raise InvalidValue("not a set of statements")
        if any(name not in NAMES or word not in WORDS for name, word in value.items()):
            raise InvalidValue("not the statements a to d, true or false")
        return {name: value[name] for name in NAMES if name in value}

    def share(self, content: Parts, value: Json) -> Fraction | None:
        if value is None or any(s.key is None for s in content.statements):
            return None
        right = sum(value.get(name) == WORDS[not s.key] for name, s in zip(NAMES, content.statements, strict=True))
        return LADDER[right]

    def tally(self, content: Parts, values: Iterable[Json]) -> tuple[Bar, ...]:
        counts = Counter((name, word) for value in values for name, word in (value or {}).items())
        return tuple(Bar(f"{name}:{word}", counts[name, word]) for name in NAMES for word in WORDS)

    def key(self, content: Parts) -> Key | None:
        marked = [
            f"{name}:{WORDS[not s.key]}"
            for name, s in zip(NAMES, content.statements, strict=False)
            if s.key is not None
        ]
        return Key(options=tuple(marked)) if marked else None
