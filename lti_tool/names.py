"""Vietnamese names: built from family and given name, sorted by given name the Vietnamese way."""

import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = "\u0300\u0309\u0303\u0301\u0323"
"""Huyền, hỏi, ngã, sắc, nặng: the order in which equal letters follow each other (ngang, without a mark, is first)."""
_SHAPES = {"\u0306": {"a": "ă"}, "\u0302": {"a": "â", "e": "ê", "o": "ô"}, "\u031b": {"o": "ơ", "u": "ư"}}

Key = tuple[tuple[int, ...], tuple[int, ...]]


class FullName(msgspec.Struct, frozen=True):
    """How a person is called: `display` in full, family name first; `given` alone (tên), for sorting and calling."""

    display: str
    given: str


def full_name(family: str | None, given: str | None, name: str | None, email: str | None = None) -> FullName:
    """The name in Vietnamese order. An LMS's `name` may have the given name first, so family and given names win.

    Without any name the part of the e-mail before the @, else nothing: the page then says "Học sinh" and a number.
    """
    family, given, name = (_clean(part) for part in (family, given, name))
    if family and given:
        return FullName(f"{family} {given}", given.rsplit(" ", 1)[-1])
    display = name or given or family or _clean((email or "").partition("@")[0])
    return FullName(display, display.rsplit(" ", 1)[-1])


def _clean(text: str | None) -> str:
    """NFC, one space between words, no control characters, at most 120 characters."""
    printable = "".join(
        c for c in unicodedata.normalize("NFC", text or "") if unicodedata.category(c)[0] != "C" or c == " "
    )
    return " ".join(printable.split())[:120]


def short_names(people: Iterable[FullName]) -> list[str]:
    """What each is called among these: the given name, and as many words before it as tell two apart who share it. Who
    shares the whole name with another is called by the whole of it."""
    them = list(people)
    return [_told_apart(one, [other.display for other in them[:n] + them[n + 1 :]]) for n, one in enumerate(them)]


def _told_apart(one: FullName, others: Sequence[str]) -> str:
    if not one.given:
        return one.display
    words = one.display.split(" ")
    for count in range(len(one.given.split(" ")), len(words)):
        short = " ".join(words[-count:])
        if not any(f" {other}".endswith(f" {short}") for other in others):
            return short
    return one.display


def sort_key(display: str, given: str) -> tuple[Key, Key]:
    """By given name, then by family and middle name; letters first (ă after a, đ after d), then tones."""
    rest = display.removesuffix(given).strip()
    return _collation(given), _collation(rest)


def _collation(text: str) -> Key:
    letters: list[int] = []
    tones: list[int] = []
    for char in unicodedata.normalize("NFD", text.casefold()):
        if char in TONES:
            if tones:
                tones[-1] = TONES.index(char) + 1
        elif char in _SHAPES:
            base = ALPHABET[letters[-1] - 1] if letters and letters[-1] <= len(ALPHABET) else ""
            if base in _SHAPES[char]:
                letters[-1] = ALPHABET.index(_SHAPES[char][base]) + 1
        else:
            place = ALPHABET.find(char)
            letters.append(place + 1 if place >= 0 else (0 if char == " " else 100 + ord(char)))
            tones.append(0)
    return tuple(letters), tuple(tones)
