"""A number, with tolerance and decimal comma."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction

import msgspec

from live_session.activities.base import ActivityType, Bar, Content, Family, Key, most_common
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

_NUMBER = re.compile(r"[+-]?\d{1,15}([.,]\d{1,12})?")


def number_of(value: Json) -> Decimal:
    """A number as a pupil types it: one decimal comma or point, an optional sign, no thousands marks.

    Raises `InvalidValue` for anything else; "1.234" is one and a bit, and the phone shows it back as 1,234.
    """
    if not isinstance(value, str):
        raise InvalidValue("not a number")
    text = value.strip().replace("\u2212", "-").replace(" ", "")
    if not _NUMBER.fullmatch(text):
        raise InvalidValue("not a number")
    return Decimal(text.replace(",", "."))


def plain(number: Decimal) -> str:
    """Canonical text of a number: a point, no exponent, no trailing zeros."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def spoken(canonical: str) -> str:
    """A number as it is written here: a decimal comma, a minus sign."""
    return canonical.replace(".", ",").replace("-", "\u2212")


class Quantity(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`answer` and `tolerance` are numbers as text; `relative` reads the tolerance as percent of the answer."""

    answer: str = ""
    tolerance: str = "0"
    relative: bool = False
    unit: str = ""


class Number(ActivityType[Quantity]):
    """A number with tolerance; the answer is kept as canonical text."""

    kind = "number"
    family = Family.WRITE
    place = 20
    Content = Quantity

    def problems(self, content: Quantity) -> Iterator[Problem]:
        yield from super().problems(content)
        for field, text in (("answer", content.answer), ("tolerance", content.tolerance)):
            try:
                if number_of(text) < 0 and field == "tolerance":
                    yield Problem(field, "negative")
            except InvalidValue:
                yield Problem(field, "number" if text.strip() else "missing")

    def check(self, content: Quantity, value: Json) -> Json:
        return plain(number_of(value))

    def share(self, content: Quantity, value: Json) -> Fraction | None:
        if not content.answer or value is None:
            return None
        answer, slack = number_of(content.answer), number_of(content.tolerance)
        margin = abs(answer) * slack / 100 if content.relative else slack
        return Fraction(abs(number_of(value) - answer) <= margin)

    def tally(self, content: Quantity, values: Iterable[Json]) -> tuple[Bar, ...]:
        texts = [v for v in values if v is not None]
        bars = most_common(texts, {t: spoken(t) for t in texts})
        return tuple(sorted(bars, key=lambda bar: Decimal(bar.option or "Infinity")))  # the rest stands last

    def key(self, content: Quantity) -> Key | None:
        if not content.answer:
            return None
        canonical = plain(number_of(content.answer))
        return Key(options=(canonical,), texts=(spoken(canonical) + (f" {content.unit}" if content.unit else ""),))

    def with_key(self, content: Quantity, key: Json) -> Quantity:
        return msgspec.structs.replace(content, answer=self.check(content, key))
