"""Short answer: several accepted texts."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from fractions import Fraction
from types import MappingProxyType

import msgspec

from live_session.activities.base import ActivityType, Bar, Content, Family, Key, looks_of, most_common, text_of
from live_session.errors import Problem
from live_session.model import Json

_OLD_TONE = re.compile(
    "(o)([\u0300\u0301\u0303\u0309\u0323])([ae])(?!\\w)|(?<!q)(u)([\u0300\u0301\u0303\u0309\u0323])(y)(?!\\w)"
)
"""hòa, thúy: the tone on the first of two vowels, as it was written before hoà, thuý. Decomposed, at a word's end."""
_PLAIN_SIGNS = str.maketrans(
    {**dict.fromkeys("‘’ʼ´`′", "'"), **dict.fromkeys("“”„«»″", '"'), **dict.fromkeys("‐‑‒–—−", "-"), "…": "..."}
)
"""A phone makes don’t of don't by itself, and Word a dash of a hyphen."""


class Accepted(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`accepted` answers, any of which is right. What `alike` calls one text is one; `accents` says whether marks
    matter."""

    accepted: tuple[str, ...] = ()
    accents: bool = True


def alike(text: str) -> str:
    """The form in which two texts are the same: case, spaces, signs that nobody sees, the shape of quotes and dashes
    and the two ways of placing a tone do not matter; the tones themselves do (*ma*, *má* and *mà* are three words)."""
    plain = looks_of(text).translate(_PLAIN_SIGNS).casefold()
    moved = _OLD_TONE.sub(
        lambda m: (m[1] or m[4]) + (m[3] or m[6]) + (m[2] or m[5]), unicodedata.normalize("NFD", plain)
    )
    return unicodedata.normalize("NFC", moved)


def bare(text: str) -> str:
    """Lower case without Vietnamese marks. đ is a letter of its own, which NFD leaves whole."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return plain.replace("đ", "d")


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
        return alike(text) if content.accents else bare(alike(text))

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
