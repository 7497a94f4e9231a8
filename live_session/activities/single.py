"""Single choice."""

from collections.abc import Iterator
from fractions import Fraction
from types import MappingProxyType

import msgspec

from live_session.activities.base import Family
from live_session.activities.choice import Choice, ChoiceType
from live_session.errors import InvalidValue, Problem
from live_session.model import Json


class Single(ChoiceType):
    """One right option; the answer is its letter."""

    kind = "single"
    family = Family.CHOOSE
    place = 10
    tells_how = True
    blank = MappingProxyType({"options": ({"text": ""},) * 4})

    def problems(self, content: Choice) -> Iterator[Problem]:
        yield from super().problems(content)
        if len(content.key) > 1:
            yield Problem("key", "several")

    def check(self, content: Choice, value: Json) -> Json:
        if isinstance(value, str) and value in content.letters:
            return value
        raise InvalidValue("not one of the options")

    def by_letter(self, content: Choice) -> tuple[Json, ...]:
        return content.letters

    def share(self, content: Choice, value: Json) -> Fraction | None:
        return Fraction(value in content.key) if content.key and value is not None else None

    def with_key(self, content: Choice, key: Json) -> Choice:
        return msgspec.structs.replace(content, key=(self.check(content, key),))
