"""Multiple choice with partial credit."""

from fractions import Fraction
from types import MappingProxyType

import msgspec

from live_session.activities.base import Family
from live_session.activities.choice import Choice, ChoiceType
from live_session.errors import InvalidValue
from live_session.model import Json


class Multiple(ChoiceType):
    """Several right options; the answer is the sorted list of letters.

    Partial credit: (right picks minus wrong picks) / number of right options, never below 0, so that picking
    everything earns nothing when as many options are wrong as right.
    """

    kind = "multiple"
    family = Family.CHOOSE
    place = 20
    tells_how = True
    blank = MappingProxyType({"options": ({"text": ""},) * 4})

    def check(self, content: Choice, value: Json) -> Json:
        if not isinstance(value, list | tuple) or not value or not all(isinstance(v, str) for v in value):
            raise InvalidValue("not a list of options")
        if len(set(value)) != len(value) or not set(value) <= set(content.letters):
            raise InvalidValue("not among the options")
        return sorted(value)

    def share(self, content: Choice, value: Json) -> Fraction | None:
        if not content.key or value is None:
            return None
        right = len(set(value) & set(content.key))
        wrong = len(value) - right
        return max(Fraction(0), Fraction(right - wrong, len(content.key)))

    def with_key(self, content: Choice, key: Json) -> Choice:
        return msgspec.structs.replace(content, key=tuple(self.check(content, key)))
