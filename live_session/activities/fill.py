"""Fill in: a text with gaps, typed or picked from a bank of words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from live_session.activities.base import (
    MAX_TEXT,
    ActivityType,
    Bar,
    Content,
    Family,
    Key,
    blank_or_long,
    most_common,
    text_of,
)
from live_session.activities.shuffle import shuffled
from live_session.activities.spelling import compared
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

GAP = re.compile(r"\[\[([^\[\]]*)\]\]")
MOST_GAPS = 12


class Gaps(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`text` with its gaps as `[[right|also right]]`. `bank`: words are picked from a list, which `others` join."""

    text: str = ""
    accents: bool = False
    bank: bool = False
    others: tuple[str, ...] = ()

    @property
    def accepted(self) -> Mapping[str, tuple[str, ...]]:
        """What is right in each gap, by the gap's number."""
        found = (gap.split("|") for gap in GAP.findall(self.text))
        return {str(n): tuple(t for t in map(str.strip, texts) if t) for n, texts in enumerate(found, 1)}

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The text as (words, number of the gap that follows or nothing)."""
        words = GAP.split(self.text)[::2]
        return tuple((text, str(n) if n < len(words) else "") for n, text in enumerate(words, 1))

    @property
    def words(self) -> tuple[str, ...]:
        """The bank."""
        return shuffled({*(texts[0] for texts in self.accepted.values() if texts), *self.others}) if self.bank else ()


class Fill(ActivityType[Gaps]):
    """The answer maps gaps to texts and may be incomplete. Partial credit: the share of gaps that are right; case and
    spaces never matter, Vietnamese marks where `accents` says so."""

    kind = "fill"
    family = Family.WRITE
    place = 15
    Content = Gaps
    is_private = True
    tells_how = True
    LIMIT = 100

    def problems(self, content: Gaps) -> Iterator[Problem]:
        yield from super().problems(content)
        if len(content.text) > MAX_TEXT:
            yield Problem("text", "too_long")
        if not 1 <= len(content.accepted) <= MOST_GAPS or not all(content.accepted.values()):
            yield Problem("text", "gaps")
        if any(len(text) > self.LIMIT for texts in content.accepted.values() for text in texts):
            yield Problem("text", "too_long")
        yield from blank_or_long("others", content.others)

    def texts(self, content: Gaps) -> Iterator[tuple[str, str]]:
        yield from super().texts(content)
        yield from (("text", words) for words, _ in content.parts)

    def fold(self, content: Gaps, gap: str, text: str) -> str:
        """The form in which two answers to a gap are compared."""
        return compared(text, content.accepted.get(gap, ()), accents=content.accents)

    def check(self, content: Gaps, value: Json) -> Json:
        if not isinstance(value, dict) or not value or not set(value) <= set(content.accepted):
            raise InvalidValue("not a set of gaps")
        checked = {gap: text_of(value[gap], self.LIMIT) for gap in content.accepted if gap in value}
        if content.bank and not set(checked.values()) <= {text_of(word, MAX_TEXT) for word in content.words}:
            raise InvalidValue("not in the bank")
        return checked

    def _right(self, content: Gaps) -> Mapping[str, frozenset[str]]:
        return {
            gap: frozenset(self.fold(content, gap, text_of(text, MAX_TEXT)) for text in texts)
            for gap, texts in content.accepted.items()
        }

    def share(self, content: Gaps, value: Json) -> Fraction | None:
        right = self._right(content)
        if value is None or not right:
            return None
        given = {gap: self.fold(content, gap, text) for gap, text in value.items()}
        return Fraction(sum(given.get(gap) in texts for gap, texts in right.items()), len(right))

    def tally(self, content: Gaps, values: Iterable[Json]) -> tuple[Bar, ...]:
        given = [value for value in values if value is not None]
        return tuple(bar for gap in content.accepted for bar in self._bars(content, gap, given))

    def _bars(self, content: Gaps, gap: str, values: list[Json]) -> Iterator[Bar]:
        folded = sorted((self.fold(content, gap, value[gap]), value[gap]) for value in values if gap in value)
        for bar in most_common((form for form, _ in folded), dict(reversed(folded))):
            yield Bar(f"{gap}:{bar.option}", bar.count, bar.label)

    def key(self, content: Gaps) -> Key | None:
        right = self._right(content)
        if not right or not all(right.values()):
            return None
        marked = tuple(f"{gap}:{text}" for gap, texts in right.items() for text in sorted(texts))
        return Key(options=marked, texts=("; ".join(" / ".join(texts) for texts in content.accepted.values()),))
