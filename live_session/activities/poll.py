"""A poll: what a class thinks. Nothing is right or wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from live_session.activities.base import Bar, Content, Family, KeylessType, blank_or_long, letters
from live_session.activities.choice import MAX_OPTIONS, Option
from live_session.errors import InvalidValue, Problem
from live_session.model import Json


class Ballot(Content, frozen=True, omit_defaults=True, kw_only=True):
    """Two to eight `choices`; `many` lets a pupil pick several."""

    choices: tuple[str, ...] = ()
    many: bool = False

    @property
    def letters(self) -> tuple[str, ...]:
        return letters(len(self.choices))

    @property
    def options(self) -> tuple[Option, ...]:
        return tuple(Option(text) for text in self.choices)


class Poll(KeylessType[Ballot]):
    """The answer is a letter, or the sorted list of letters where several may be picked."""

    kind = "poll"
    family = Family.OPINION
    place = 10
    Content = Ballot
    blank = MappingProxyType({"choices": ()})

    def problems(self, content: Ballot) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 2 <= len(content.choices) <= MAX_OPTIONS:
            yield Problem("choices", "parts")
        yield from blank_or_long("choices", content.choices)

    def texts(self, content: Ballot) -> Iterator[tuple[str, str]]:
        yield from super().texts(content)
        yield from ((f"choices.{n}", text) for n, text in enumerate(content.choices))

    def named_parts(self, content: Ballot) -> Mapping[str, str]:
        return dict(zip(content.letters, content.choices, strict=True))

    def check(self, content: Ballot, value: Json) -> Json:
        picked = value if content.many else [value]
        if not isinstance(picked, list | tuple) or not picked or not all(isinstance(v, str) for v in picked):
            raise InvalidValue("not a choice")
        if len(set(picked)) != len(picked) or not set(picked) <= set(content.letters):
            raise InvalidValue("not among the choices")
        return sorted(picked) if content.many else picked[0]

    def by_letter(self, content: Ballot) -> tuple[Json, ...]:
        return () if content.many else content.letters

    def tally(self, content: Ballot, values: Iterable[Json]) -> tuple[Bar, ...]:
        counts = Counter(letter for value in values for letter in value or ())
        return tuple(Bar(letter, counts[letter]) for letter in content.letters)
