"""The one way out to platforms: time-outs, a size limit, no redirects, and no address inside the network unless the
operator allows it.

The address is checked on the connected socket itself, so that a name that resolves to something else the second time
(DNS rebinding) is caught too.
"""

import ipaddress
import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

from lti_tool.config import Network
from lti_tool.errors import PlatformFault

TIMEOUT = (5.0, 15.0)
"""Seconds to connect, and to wait for the next bytes."""
MOST_BYTES = 2 * 1024 * 1024
USER_AGENT = f"GioTay/{version('giotay')}"


class Forbidden(OSError):
    """The address is inside the network, or plain http outside it."""


def is_allowed(address: str, is_https: bool, networks: Sequence[Network]) -> bool:
    """Public addresses by https; private ones, and plain http, only in networks the operator named."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if any(ip in network for network in networks if network.version == ip.version):
        return True
    return is_https and ip.is_global and not ip.is_multicast


def _guarded(base: type[Any], is_https: bool, networks: Sequence[Network]) -> type[Any]:
    """A connection class that looks at the peer's address before it says a word."""

    class Guarded(base):  # type: ignore[misc]
        def _new_conn(self) -> Any:
            sock = super()._new_conn()
            address = sock.getpeername()[0]
            if not is_allowed(address, is_https, networks):
                sock.close()
                raise Forbidden(f"{address} is not an address an LMS may have here")
            return sock

    return Guarded


class GuardedAdapter(HTTPAdapter):
    """An adapter for `requests` whose every connection is guarded."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools use guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        http = type("Pool", (HTTPConnectionPool,), {"ConnectionCls": _guarded(HTTPConnection, False, self._networks)})
        https = type("Pool", (HTTPSConnectionPool,), {"ConnectionCls": _guarded(HTTPSConnection, True, self._networks)})
        pool: PoolManager = self.poolmanager
        pool.pool_classes_by_scheme = {"http": http, "https": https}


def guard(session: requests.Session, networks: Sequence[Network]) -> requests.Session:
    """Guard a session, whatever library made it."""
    session.trust_env = False  # a proxy or a netrc of this machine is no business of a platform's
    session.max_redirects = 0
    session.headers["User-Agent"] = USER_AGENT
    adapter = GuardedAdapter(networks)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def call(session: requests.Session, method: str, url: str, **kwargs: Any) -> requests.Response:
    """One request; the body is read up to the limit. Raises `PlatformFault` when there is no usable answer.

    Answers of any status come back as they are: what a 409 means only the caller knows. Redirects are answers too.
    """
    kwargs.setdefault("timeout", TIMEOUT)
    try:
        response = session.request(method, url, allow_redirects=False, stream=True, **kwargs)
        body = bytearray()
        for chunk in response.iter_content(65_536):
            body += chunk
            if len(body) > MOST_BYTES:
                raise PlatformFault("too_large", url)
    except requests.RequestException as error:
        raise PlatformFault(_kind_of(error), f"{type(error).__name__} at {url}") from error
    except ValueError as error:  # an address no request can be made of
        raise PlatformFault("bad_address", url) from error
    finally:
        if "response" in locals():
            response.close()
    response._content = bytes(body)
    return response


def _kind_of(error: requests.RequestException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Forbidden):
            return "forbidden_address"
        reason = getattr(cause, "reason", None)
        cause = reason if isinstance(reason, BaseException) else cause.__cause__ or cause.__context__
    if isinstance(error, requests.exceptions.SSLError):
        return "certificate"
    return "timeout" if isinstance(error, requests.Timeout) else "unreachable"


def json_of(response: requests.Response) -> Any:
    """The answer's JSON. Raises `PlatformFault`."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise PlatformFault("not_json", f"status {response.status_code}", response.status_code) from error
