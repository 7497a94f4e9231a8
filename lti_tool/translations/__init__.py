"""Words. Message ids are keys such as `join.pick.title`; every key stands in every language.

The catalogues are read from their `.po` texts at start (about 0.1 s), so that nothing has to be compiled or packed.
"""

import gettext
import io
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask_babel import Domain, get_locale
from markupsafe import Markup, escape

from live_session import activities


def catalogue(locale: str) -> Catalog:
    """The texts of a language, as its translator wrote them."""
    with (files(__name__) / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


@cache
def translations(locale: str) -> Translations:
    """The texts of a language, ready for use."""
    whole = catalogue(locale)
    for texts in activities.words_of(locale):
        for message in read_po(io.BytesIO(texts), locale=locale):
            if message.id and message.id not in whole:  # what a kind brings along never overrides a text of ours
                whole.add(message.id, message.string)
    packed = io.BytesIO()
    write_mo(packed, whole)
    packed.seek(0)
    return Translations(packed)


class TextDomain(Domain):
    """Flask-Babel's domain, fed from the `.po` texts."""

    def get_translations(self) -> gettext.NullTranslations:
        """The texts of this request's language."""
        return translations(_language())


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else "vi"


def t(key: str, **values: Any) -> Markup:
    """The text of a key; values are escaped. A text may hold the little markup its translator wrote (`<b>`)."""
    text = translations(_language()).gettext(key)
    return Markup(text) % {name: escape(value) for name, value in values.items()} if values else Markup(text)


def tn(key: str, count: int, **values: Any) -> Markup:
    """The text of a key that counts something; `%(num)s` is the count."""
    text = translations(_language()).ngettext(key, key, count)
    return Markup(text) % {"num": count, **{name: escape(value) for name, value in values.items()}}


def words(*prefixes: str, locale: str | None = None) -> Mapping[str, str]:
    """The texts a script needs: every key that begins with one of these prefixes, by key; in the page's language, or in
    this one."""
    known = translations(locale or _language())._catalog
    return {key: text for key, text in known.items() if isinstance(key, str) and key.startswith(prefixes)}
