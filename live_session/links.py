"""Addresses that a teacher gives to pupils: https, a host with a name, nothing hidden in them. Pure.

An address is shown by its host, so that nobody can dress one up as another, and it is only ever a plain link.
"""

import re
import unicodedata
from urllib.parse import urlsplit

MOST = 500
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})*\.[a-z][a-z0-9-]{0,22}[a-z0-9]")
_STRANGE = re.compile(r"[\s\\<>\"'`{}|^]")


def https_link(text: str) -> str | None:
    """The address, if pupils may be sent there: https on its usual port, a host name with a dot in Latin letters (no
    number, nothing inside a network), no name or password before the host, no blank and no hidden sign."""
    text = text.strip()
    if not text or len(text) > MOST or _STRANGE.search(text):
        return None
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for c in text):
        return None
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme.lower() != "https" or "@" in parts.netloc or port not in (None, 443):
        return None
    return text if _HOST.fullmatch(host) and not host.endswith((".local", ".internal", ".localhost")) else None


def host_of(link: str) -> str:
    """The host of an address, as it is shown."""
    return (urlsplit(link).hostname or "").removeprefix("www.")
