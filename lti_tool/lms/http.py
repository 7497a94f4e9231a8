"""The one way out to platforms: time-outs, a size limit, no redirects, and no address inside the network unless the
operator allows it.

The address is checked before it is called, so that nobody learns from us which doors stand open inside; and again on
the connected socket itself, so that a name that resolves to something else the second time (DNS rebinding) is caught
too. A platform that sends a byte now and then is cut off as one that sends none.
"""

import ipaddress
import json
import math
import socket
import time
from collections.abc import Sequence
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from typing import Any, NoReturn

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.poolmanager import PoolManager
from urllib3.util.ssl_ import create_urllib3_context

from lti_tool.config import Network
from lti_tool.errors import PlatformFault
from lti_tool.turns import aside

TIMEOUT = (5.0, 15.0)
"""Seconds to connect, and to wait for the next bytes."""
LONGEST_ANSWER = 30.0
"""Seconds in which the whole of an answer must have come."""
MOST_BYTES = 1024 * 1024
"""Of an answer, unless the caller says otherwise."""
USER_AGENT = f"GioTay/{version('giotay')}"


class Forbidden(OSError):
    """The address is inside the network, or plain http outside it."""


def is_allowed(address: str, is_https: bool, networks: Sequence[Network]) -> bool:
    """Public addresses by https; private ones, and plain http, only in networks the operator named."""
    ip = _meant(ipaddress.ip_address(address.partition("%")[0]))
    if any(ip in network for network in networks if network.version == ip.version):
        return True
    return is_https and ip.is_global and not ip.is_multicast and not getattr(ip, "is_site_local", False)


_CARRIERS = tuple(ipaddress.IPv6Network(one) for one in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96"))
"""Networks whose addresses hold an IPv4 address in their last 32 bits (RFC 4291 §2.5.5.1, RFC 2765 §2.1, RFC 6052)."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _meant(ip: _Address) -> _Address:
    """The IPv4 address inside an IPv6 one that only carries it (mapped, compatible, translated, 6to4, Teredo, NAT64),
    else the address."""
    if isinstance(ip, ipaddress.IPv4Address) or ip.is_loopback:
        return ip
    if any(ip in carrier for carrier in _CARRIERS):
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def _guarded(base: type[Any], is_https: bool, networks: Sequence[Network]) -> type[Any]:
    """A connection class that looks at the peer's address before it knocks, and before it says a word."""

    class Guarded(base):  # type: ignore[misc]
        def _new_conn(self) -> Any:
            for address in _addresses(self._dns_host):
                self._check(address)
            sock = super()._new_conn()
            try:
                self._check(sock.getpeername()[0])
            except Forbidden:
                sock.close()
                raise
            return sock

        def _check(self, address: str) -> None:
            if not is_allowed(address, is_https, networks):
                raise Forbidden(f"{address} is not an address an LMS may have here")

    return Guarded


def _addresses(host: str) -> set[str]:
    """What a name leads to now; nothing where it leads nowhere, which the connection says in its own words."""
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return set()


class GuardedAdapter(HTTPAdapter):
    """An adapter for `requests` whose every connection is guarded."""

    def __init__(self, networks: Sequence[Network], authorities: str = "") -> None:
        self._networks = networks
        self._trust = create_urllib3_context()
        if authorities:
            self._trust.load_verify_locations(authorities)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools use guarded connections."""
        super().init_poolmanager(*args, ssl_context=self._trust, **kwargs)
        http = type("Pool", (HTTPConnectionPool,), {"ConnectionCls": _guarded(HTTPConnection, False, self._networks)})
        https = type("Pool", (HTTPSConnectionPool,), {"ConnectionCls": _guarded(HTTPSConnection, True, self._networks)})
        pool: PoolManager = self.poolmanager
        pool.pool_classes_by_scheme = {"http": http, "https": https}


def guard(session: requests.Session, networks: Sequence[Network], authorities: str = "") -> requests.Session:
    """Guard a session, whatever library made it. `authorities` is a PEM file of certificate authorities that are
    trusted besides the public ones: a school's LMS often has a certificate of the school's own."""
    session.trust_env = False  # a proxy or a netrc of this machine is no business of a platform's
    # Told not to follow, the library still reads all of a redirect to see where it would lead.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # one platform's cookies are no other's
    session.headers["User-Agent"] = USER_AGENT
    session.headers["Accept-Encoding"] = "identity"  # a small answer that unpacks to a large one is no answer
    adapter = GuardedAdapter(networks, authorities)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def call(
    session: requests.Session, method: str, url: str, *, most: int = MOST_BYTES, **kwargs: Any
) -> requests.Response:
    """One request; the body is read up to the limit. Raises `PlatformFault` when there is no usable answer.

    Answers of any status come back as they are: what a 409 means only the caller knows. A redirect is never followed:
    a token and a person's data go to the address that a verified message named, and nowhere else.
    """
    kwargs.setdefault("timeout", TIMEOUT)
    ends = time.monotonic() + LONGEST_ANSWER
    try:
        with aside(), session.request(method, url, allow_redirects=False, stream=True, **kwargs) as response:
            if 300 <= response.status_code < 400:
                raise PlatformFault("redirected", _shown(url), response.status_code)
            response._content = _body(response, most, ends)
    except (requests.RequestException, HTTPError) as error:
        raise PlatformFault(_kind_of(error), f"{type(error).__name__} at {_shown(url)}") from error
    except ValueError as error:  # an address no request can be made of
        raise PlatformFault("bad_address", _shown(url)) from error
    return response


def _shown(url: str) -> str:
    """An address for the log: its query may name a person."""
    return url.partition("?")[0][:200]


def _body(response: requests.Response, most: int, ends: float) -> bytes:
    body = bytearray()
    while piece := response.raw.read1(65_536, decode_content=True):
        body += piece
        if len(body) > most:
            raise PlatformFault("too_large", _shown(response.url))
        if time.monotonic() > ends:
            raise PlatformFault("timeout", f"still sending: {_shown(response.url)}")
    return bytes(body)


def fault_of_status(status: int) -> str:
    """What a platform's refusal means for trying again. 401 here is said of a token it gave a moment ago."""
    kinds = {
        400: "refused",
        401: "token_unheard",
        403: "not_granted",
        404: "gone",
        409: "newer",
        410: "gone",
        429: "busy",
        # What stands in front of a platform answers so while it is off, restarted or maintained (RFC 9110 §15.6): not
        # of one score or one column, so that nothing else is asked in this round.
        502: "unreachable",
        503: "unreachable",
        504: "unreachable",
    }
    if status in kinds:
        return kinds[status]
    return "later" if status >= 500 or status in (408, 425) else "refused"


def _kind_of(error: requests.RequestException | HTTPError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Forbidden):
            return "forbidden_address"
        reason = getattr(cause, "reason", None)
        cause = reason if isinstance(reason, BaseException) else cause.__cause__ or cause.__context__
    if isinstance(error, requests.exceptions.SSLError):
        return "certificate"
    is_slow = isinstance(error, (requests.Timeout, ReadTimeoutError))
    return "timeout" if is_slow else "unreachable"


def json_of(response: requests.Response) -> Any:
    """The answer's JSON. Raises `PlatformFault`."""
    try:
        return json.loads(response.content, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise PlatformFault("not_json", f"status {response.status_code}", response.status_code) from error


def _refuse(constant: str) -> NoReturn:
    """Python would take NaN and Infinity, which are no JSON, and no grade either."""
    raise ValueError(constant)


def _finite(number: str) -> float:
    """Neither is one that is too large for a number."""
    return float(number) if math.isfinite(float(number)) else _refuse(number)


def parsed(response: requests.Response, type_: Any) -> Any:
    """The answer's JSON as this type. Raises `PlatformFault`."""
    try:
        return msgspec.convert(json_of(response), type_)
    except msgspec.ValidationError as error:
        raise PlatformFault("not_understood", str(error)[:200], response.status_code) from error
