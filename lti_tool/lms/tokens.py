"""Tokens of an LTI platform by client assertion: asked for once, kept encrypted until shortly before they expire."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
import requests

from live_session.model import Millis
from lti_tool.clock import now
from lti_tool.errors import PlatformFault
from lti_tool.extensions import db
from lti_tool.launch.keys import signing_key
from lti_tool.lms import pauses
from lti_tool.lms.http import call, fault_of_status, json_of
from lti_tool.models import PlatformToken
from lti_tool.secret import random_secret
from lti_tool.site import site

BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SPARE_MS: Millis = 60_000
"""A token is renewed this long before it expires."""
UNSAID_MS: Millis = 300_000
LONGEST_MS: Millis = 24 * 3_600_000
"""A token is asked for anew once a day, however long it may last."""


@dataclass(frozen=True)
class Platform:
    """A registration as plain values: nothing here holds a transaction open while a platform thinks."""

    id: int
    client_id: str
    token_url: str
    token_audience: str
    key_set_url: str


def at_hand(platform: Platform, scopes: Sequence[str]) -> str:
    """The token that is kept for these scopes, or a new one. Raises `PlatformFault`."""
    return _kept(platform, scopes) or anew(platform, scopes)


def anew(platform: Platform, scopes: Sequence[str]) -> str:
    """A token that nobody has had, kept for the next call. Raises `PlatformFault`."""
    wanted = " ".join(sorted(scopes))
    answer = _ask(platform, wanted)
    token = str(answer["access_token"])
    db.session.merge(
        PlatformToken(
            registration_id=platform.id,
            scopes=wanted,
            token=site().secrets.encrypt(token),
            expires_at=now() + lifetime(answer),
        )
    )
    db.session.commit()
    return token


def lifetime(answer: Mapping[str, Any]) -> Millis:
    """How long a token lasts, as its platform says; five minutes where it says nothing that can be meant."""
    seconds = answer.get("expires_in")
    return min(seconds * 1_000, LONGEST_MS) if isinstance(seconds, int) and seconds > 0 else UNSAID_MS


def _kept(platform: Platform, scopes: Sequence[str]) -> str | None:
    """The token kept for (registration, scopes), unless it expires within a minute."""
    row = db.session.get(PlatformToken, (platform.id, " ".join(sorted(scopes))))
    is_good = row is not None and row.expires_at - SPARE_MS > now()
    hidden = row.token if row and is_good else None
    db.session.commit()
    try:
        return site().secrets.decrypt(hidden) if hidden else None
    except LookupError:  # kept under a secret that was rotated out: a new one costs one request
        return None


def _ask(platform: Platform, scope: str) -> dict[str, Any]:
    """RFC 7523 §2.2, as LTI's security framework §4.1 profiles it."""
    kid, key = signing_key()
    db.session.commit()
    issued = int(time.time()) - 10  # a platform refuses a clock ahead of its own
    assertion = {
        "iss": platform.client_id,
        "sub": platform.client_id,
        "aud": platform.token_audience,
        "iat": issued,
        "exp": issued + 300,
        "jti": random_secret(),
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": BEARER,
        "client_assertion": jwt.encode(assertion, key, algorithm="RS256", headers={"kid": kid}),
        "scope": scope,
    }
    answer = call(site().http, "POST", platform.token_url, data=form, headers={"Accept": "application/json"})
    if answer.status_code != 200:
        kind = "busy" if pauses.heed(platform.id, answer) else token_fault(answer)
        raise PlatformFault(kind, f"token: {answer.status_code}", answer.status_code)
    found = json_of(answer)
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
        raise PlatformFault("token_refused", "no token in the answer", answer.status_code)
    return found


def token_fault(answer: requests.Response) -> str:
    """Why there is no token, as far as the platform's words tell (seen on Moodle: moodle's own texts)."""
    said = answer.content.decode("utf-8", "replace")  # an error page has the theme's whole head before its words
    if "fix_jwks_alg" in said:
        return "keys_unseen"  # the platform could not fetch our key set
    if "prior to" in said:
        return "clock_ahead"
    if "invalid_scope" in said:
        return "not_granted"
    if answer.status_code == 429:
        return "busy"
    return fault_of_status(answer.status_code) if answer.status_code >= 500 else "token_refused"
