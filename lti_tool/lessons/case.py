"""A published curriculum (1EdTech CASE, a framework as JSON) as far as identifiers of objectives stand in it. Pure."""

import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from unicodedata import normalize

import msgspec

from live_session.protocol import NOT_JSON


class Unreadable(ValueError):
    """No framework in the form of CASE."""


class Item(msgspec.Struct, frozen=True):
    """One statement of a framework (CFItem); what else CASE knows of it is passed over."""

    identifier: str
    fullStatement: str  # noqa: N815 - CASE's own name
    uri: str = ""
    abbreviatedStatement: str | None = None  # noqa: N815
    humanCodingScheme: str | None = None  # noqa: N815

    @property
    def wordings(self) -> tuple[str, ...]:
        """How a teacher may have written it: in full, in short, with or by its code."""
        code, full, short = self.humanCodingScheme or "", self.fullStatement, self.abbreviatedStatement or ""
        return tuple(text for text in (full, short, code, f"{code} {full}", f"{code}. {full}") if text)


class Package(msgspec.Struct, frozen=True):
    """A framework (CFPackage)."""

    CFItems: tuple[Item, ...]


def read(data: bytes) -> Mapping[str, str]:
    """Identifiers by each wording of their statements, as `plain` writes it; a wording that several statements share
    tells none of them apart, and is left out. Raises `Unreadable`."""
    try:
        items = msgspec.json.decode(data.removeprefix(BOM_UTF8), type=Package).CFItems
    except NOT_JSON as error:
        raise Unreadable(str(error)) from error
    found: dict[str, set[str]] = {}
    for item in items:
        for text in item.wordings:
            found.setdefault(plain(text), set()).add(item.uri or item.identifier)
    return {text: next(iter(ids)) for text, ids in found.items() if text and len(ids) == 1}


def plain(text: str) -> str:
    """A wording without what two people write differently: case, spaces, the stop at its end."""
    return re.sub(r"\s+", " ", normalize("NFC", text)).strip(" .;,").casefold()
