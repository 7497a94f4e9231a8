"""The public keys of tools: fetched from their key sets, kept for an hour, fetched again once for an unknown `kid`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import requests
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

FETCH_SECONDS = 5.0
FETCH_BYTES = 256 * 1024
KEEP_SECONDS = 3600.0
TOKEN_CHARACTERS = 64 * 1024
CLOCK_SKEW_SECONDS = 10
FAR_FUTURE = 1e12
USER_AGENT = "giotay-demo-lms/1"

Fetch = Callable[[str], bytes]
"""Takes an address, gives the body; raises OSError when it cannot be had."""


class BadToken(ValueError):
    """A JWT that this platform does not believe; the text says why, for the developer of the tool."""


def fetch_bytes(url: str) -> bytes:
    """The body at `url`: no redirects, at most 256 KiB, 5 s between bytes. Raises OSError (requests' errors are)."""
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
    with requests.get(url, headers=headers, timeout=FETCH_SECONDS, allow_redirects=False, stream=True) as answer:
        if answer.status_code != 200:
            raise OSError(f"the key set answered {answer.status_code}")
        body = b""
        for chunk in answer.iter_content(16 * 1024):
            body += chunk
            if len(body) > FETCH_BYTES:
                raise OSError(f"the key set is longer than {FETCH_BYTES} bytes")
        return body


@dataclass(frozen=True)
class _KeySet:
    fetched_at: float
    keys: dict[str, RSAKey]


@dataclass
class ToolKeys:
    """Verifies what tools sign. Shared between threads; `clock` gives seconds since the epoch."""

    fetch: Fetch
    clock: Callable[[], float]
    _sets: dict[str, _KeySet] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def verify(self, token: str, jwks_url: str) -> dict[str, Any]:
        """The claims of a JWT signed RS256 by a key of the set at `jwks_url`. Raises BadToken.

        Only the signature is judged here; who may say what, and when, is the caller's matter.
        """
        key = self._key(_kid(token), jwks_url)
        try:
            return dict(jwt.decode(token, key, algorithms=["RS256"]).claims)
        except (JoseError, ValueError) as error:
            raise BadToken("the signature does not verify") from error

    def _key(self, kid: str, jwks_url: str) -> RSAKey:
        known = self._sets.get(jwks_url)
        if known is None or self.clock() - known.fetched_at > KEEP_SECONDS or kid not in known.keys:
            known = self._fetch_set(jwks_url)
        if kid not in known.keys:
            raise BadToken(f"no RSA key with this kid at {jwks_url}")
        return known.keys[kid]

    def _fetch_set(self, jwks_url: str) -> _KeySet:
        try:
            fetched = _KeySet(self.clock(), _usable_keys(json.loads(self.fetch(jwks_url))))
        except (OSError, ValueError) as error:
            raise BadToken(f"the key set at {jwks_url} cannot be read") from error
        with self._lock:
            self._sets[jwks_url] = fetched
        return fetched


def unverified_claims(token: str) -> dict[str, Any]:
    """What a JWT says before anything is proved: only good for finding whose keys must verify it. Raises BadToken."""
    try:
        claims = json.loads(jws.extract_compact(token[:TOKEN_CHARACTERS].encode()).payload)
    except (JoseError, ValueError) as error:
        raise BadToken("not a signed JWT") from error
    return claims if isinstance(claims, dict) else {}


def check_times(claims: dict[str, Any], now: int, longest: int) -> int:
    """`exp` in whole seconds, when the token is in force at `now` and lives at most `longest` seconds more.

    Clocks may differ by CLOCK_SKEW_SECONDS. Raises BadToken, also for an `iat` or `exp` that is absent.
    """
    issued, expires = (_numeric_date(claims.get(name)) for name in ("iat", "exp"))
    if issued is None or expires is None:
        raise BadToken("iat and exp must be numbers")
    if issued > now + CLOCK_SKEW_SECONDS:
        raise BadToken("cannot handle token prior to its iat: the tool's clock is ahead")
    if expires <= now - CLOCK_SKEW_SECONDS:
        raise BadToken("the token has expired")
    if expires - now > longest:
        raise BadToken("the token lives too long")
    return expires


def has_audience(claims: dict[str, Any], wanted: str) -> bool:
    audience = claims.get("aud")
    return wanted in (audience if isinstance(audience, list) else [audience])


def _numeric_date(value: object) -> int | None:
    """Whole seconds; None for what is no finite number (JSON as Python reads it knows NaN)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < FAR_FUTURE:
        return None
    return int(value)


def _kid(token: str) -> str:
    if len(token) > TOKEN_CHARACTERS:
        raise BadToken("the token is too long")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError) as error:
        raise BadToken("not a signed JWT") from error
    if header.get("alg") != "RS256":
        raise BadToken("the algorithm must be RS256")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise BadToken("the header has no kid")
    return kid


def _usable_keys(body: object) -> dict[str, RSAKey]:
    """The RSA signing keys of a key set, by `kid`; keys of other kinds are passed over, as Moodle does."""
    entries = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        raise ValueError("a key set has a list of keys")
    keys: dict[str, RSAKey] = {}
    for entry in entries:
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
            continue
        try:
            keys[str(entry["kid"])] = RSAKey.import_key({name: entry[name] for name in ("kty", "n", "e")})
        except (JoseError, KeyError, ValueError):
            continue
    return keys
