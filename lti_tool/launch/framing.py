"""Who may frame our pages: the LMS's own origins, those that its verified launches came back to, and those the operator
named. Canvas, Blackboard and Open edX show a course under another host than their issuer's.

An origin goes into a header that browsers obey, so that it is read strictly: a bare host name or address, https, and no
private address unless the operator allows that network.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from lti_tool.config import Network
from lti_tool.lms.http import is_allowed
from lti_tool.models import Registration

MOST_ORIGINS = 16
"""Of one registration, besides its own."""
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\Z")


def origin_in(address: str, networks: Sequence[Network]) -> str | None:
    """The origin of an address that may frame us; None where it may not.

    A host name is not looked up: it is a browser that goes there, not we. `localhost` is this machine's address.
    """
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return None
    ip = _ip(host)
    is_https = parts.scheme == "https"
    if ip is None and not (is_https and _HOST.match(host) and not _is_number(host)):
        return None
    if ip is not None and not is_allowed(ip, is_https, networks):
        return None
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _ip(host: str) -> str | None:
    """The address that a host is written as; None for a name."""
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _is_number(host: str) -> bool:
    """Browsers read 0x7f.1 and 2130706433 as addresses: a name does not end in a number."""
    return re.match(r"(0x[0-9a-f]*|\d+)\Z", host.rpartition(".")[2]) is not None


def remember(registration: Registration, origin: str | None) -> None:
    """A launch came back to this origin: its pages may frame ours from now on."""
    if origin and origin not in registration.frame_origins and len(registration.frame_origins) < MOST_ORIGINS:
        registration.frame_origins = [*registration.frame_origins, origin]


def own_origins(issuer: str, auth_login_url: str, others: Iterable[str]) -> tuple[str, ...]:
    """All origins of a registration, its own first. Its own were looked at when it was registered; what would break out
    of a header is left out all the same."""
    own = (_bare(issuer), _bare(auth_login_url))
    return tuple(dict.fromkeys([*filter(None, own), *others]))


def _bare(address: str) -> str | None:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if re.fullmatch(r"[\w.\-:\[\]]+", parts.netloc, re.ASCII) else None
