"""Words. Message ids are keys such as `join.pick.title`; every key stands in every language.

The catalogues are read from their `.po` texts at start (about 0.1 s), so that nothing has to be compiled or packed.
"""

import gettext
import io
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask_babel import Domain, get_locale
from markupsafe import Markup, escape

from live_session import activities

_ENOUGH = 200
"""No language changes its plural by more than a number's last two digits."""


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
    """The text of a key; values are escaped. Of a text with plural forms it is the one for `n`, a whole number; what it
    counts has its thousands apart. A text may hold the little markup its translator wrote (`<b>`)."""
    language = _language()
    texts = translations(language)
    if (key, 0) in texts._catalog:
        text = texts.ngettext(key, key, values["n"])
        values = {name: _grouped(value, language) for name, value in values.items()}
    else:
        text = texts.gettext(key)
    return Markup(text) % {name: escape(value) for name, value in values.items()} if values else Markup(text)


def _grouped(value: Any, language: str) -> Any:
    """1.437 in Vietnamese, 1,437 in English; what is no whole number as it is."""
    return f"{value:,}".replace(",", "." if language == "vi" else ",") if isinstance(value, int) else value


def words(*prefixes: str, locale: str | None = None) -> Mapping[str, str | Mapping[str, str]]:
    """The texts a script needs: every key that begins with one of these prefixes, by key; in the page's language, or in
    this one. A text with plural forms is a text for each of CLDR's names, as `Intl.PluralRules` gives them."""
    language = locale or _language()
    found: dict[str, Any] = {}
    for key, text in translations(language)._catalog.items():
        name, form = key if isinstance(key, tuple) else (key, None)
        if name.startswith(prefixes):
            if form is None:
                found[name] = text
            else:
                found.setdefault(name, {})[_forms(language)[form]] = text
    return found


@cache
def _forms(language: str) -> Mapping[int, str]:
    """CLDR's name (one, other) of each plural form that the catalogue of a language numbers."""
    return {translations(language).plural(n): Locale(language).plural_form(n) for n in range(_ENOUGH)}
