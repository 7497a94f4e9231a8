"""Short answer: several accepted texts."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from types import MappingProxyType

import msgspec

from live_session.activities.base import ActivityType, Bar, Content, Family, Key, looks_of, most_common, text_of
from live_session.activities.spelling import compared
from live_session.errors import Problem
from live_session.model import Json


class Accepted(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`accepted` answers, any of which is right. What `compared` calls one text is one; `accents` says whether marks
    matter."""

    accepted: tuple[str, ...] = ()
    accents: bool = True


class Short(ActivityType[Accepted]):
    """A short text, at most 200 characters."""

    kind = "short"
    family = Family.WRITE
    place = 10
    blank = MappingProxyType({"accepted": (), "accents": False})
    Content = Accepted
    is_private = True
    LIMIT = 200

    def problems(self, content: Accepted) -> Iterator[Problem]:
        yield from super().problems(content)
        if not content.accepted:
            yield Problem("accepted", "missing")
        looks = [looks_of(text) for text in content.accepted]
        for index, text in enumerate(content.accepted):
            if not looks[index] or len(text) > self.LIMIT:
                yield Problem(f"accepted.{index}", "too_long" if looks[index] else "empty")
            elif looks[index] in looks[:index]:
                yield Problem(f"accepted.{index}", "twice")

    def fold(self, content: Accepted, text: str) -> str:
        """The form in which two answers are compared."""
        return compared(text, content.accepted, accents=content.accents)

    def check(self, content: Accepted, value: Json) -> Json:
        return text_of(value, self.LIMIT)

    def share(self, content: Accepted, value: Json) -> Fraction | None:
        if not content.accepted or value is None:
            return None
        return Fraction(self.fold(content, value) in {self.fold(content, a) for a in content.accepted})

    def tally(self, content: Accepted, values: Iterable[Json]) -> tuple[Bar, ...]:
        labels: dict[str, str] = {}
        folded = [(self.fold(content, v), v) for v in values if v is not None]
        for form, text in sorted(folded):
            labels.setdefault(form, text)
        return most_common((form for form, _ in folded), labels)

    def key(self, content: Accepted) -> Key | None:
        if not content.accepted:
            return None
        return Key(options=tuple(self.fold(content, a) for a in content.accepted), texts=content.accepted)

    def with_key(self, content: Accepted, key: Json) -> Accepted:
        return msgspec.structs.replace(content, accepted=(self.check(content, key),))
