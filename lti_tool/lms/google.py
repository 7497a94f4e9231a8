"""Google's sign-in and a teacher's leave (OAuth 2.0, OpenID Connect): authlib asks and exchanges, we bind and check.

A sign-in is a login of ours like any other (`launch.state`): sealed, bound to the browser and to what it is for, used
once. PKCE besides. A teacher's leave is a refresh token: encrypted as private keys are, used by jobs alone.
"""

import base64
import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import jwt
import requests
from flask import g
from sqlalchemy import select, update

from lti_tool.clock import now
from lti_tool.errors import LaunchRefused, PlatformFault
from lti_tool.extensions import db
from lti_tool.launch import platforms, state
from lti_tool.launch.keys import platform_key
from lti_tool.launch.provision import find_or_add
from lti_tool.lms.http import TIMEOUT, guard
from lti_tool.lms.tokens import SPARE_MS, lifetime
from lti_tool.models import (
    Context,
    Deployment,
    MemberRole,
    Membership,
    Person,
    Registration,
    RegistrationState,
    TeacherConsent,
)
from lti_tool.names import FullName, full_name
from lti_tool.site import site

_log = logging.getLogger(__name__)

PROTOCOL = "classroom"
SCOPE = "https://www.googleapis.com/auth/classroom."
SIGN_IN = ("openid", "profile")
COURSES, ROSTERS, COURSEWORK = f"{SCOPE}courses.readonly", f"{SCOPE}rosters.readonly", f"{SCOPE}coursework.students"
TEACHER = (*SIGN_IN, COURSES, ROSTERS, COURSEWORK)
"""No e-mail, no photo: a name and Google's own id are enough."""
LEEWAY = 30


@dataclass(frozen=True)
class Google:
    """Where Google answers, and who we are there. `issuers` as id_tokens may spell it."""

    client_id: str
    client_secret: str
    auth_url: str
    token_url: str
    keys_url: str
    api: str
    issuers: tuple[str, ...]


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, for what, and what Google gave us: `token` holds secrets."""

    sub: str
    name: FullName
    purpose: str
    token: Mapping[str, Any]


def google() -> Google | None:
    """This installation's Google; None where it has no client there, and then the tool has no word of Google."""
    settings = site().settings
    if not settings.google_client_id or not settings.google_client_secret:
        return None
    known = (settings.google_client_id, settings.google_client_secret)
    if base := settings.google_url:
        return Google(*known, f"{base}/auth", f"{base}/token", f"{base}/certs", base, (base,))
    return Google(
        *known,
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "https://www.googleapis.com/oauth2/v3/certs",
        "https://classroom.googleapis.com",
        ("https://accounts.google.com", "accounts.google.com"),
    )


def registration(asked: Google) -> Registration:
    """Google as an LMS that knows us: made when it is first needed."""
    found = find_or_add(
        Registration,
        {
            "auth_login_url": asked.auth_url,
            "token_url": asked.token_url,
            "key_set_url": asked.keys_url,
            "name": "Google Classroom",
            "product": "google-classroom",
            "protocol": PROTOCOL,
            "state": RegistrationState.ACTIVE,
            "created_at": now(),
        },
        issuer=asked.issuers[0],
        client_id=asked.client_id,
    )
    find_or_add(Deployment, {"created_at": now()}, registration_id=found.id, deployment_id=PROTOCOL)
    return found


# --- signing in -----------------------------------------------------------------------------------------------------


def ask(asked: Google, registration_id: int, callback: str, purpose: str, *, for_good: bool = False) -> str:
    """The address at which Google asks this person. `for_good` asks a teacher for a leave that outlives the sign-in."""
    token, nonce = state.begin(registration_id, purpose)
    scopes = TEACHER if for_good else SIGN_IN
    more = {"access_type": "offline", "prompt": "consent"} if for_good else {"prompt": "select_account"}
    session = _session(asked, scope=" ".join(scopes), redirect_uri=callback)
    address, _ = session.create_authorization_url(
        asked.auth_url, state=f"{token}.{purpose}", code_verifier=_verifier(token), nonce=nonce, **more
    )
    return str(address)


def answer(asked: Google, callback: str, query: Mapping[str, str]) -> SignedIn:
    """What Google says: who this is. Uses the login up. Raises `LaunchRefused`."""
    token, _, purpose = query.get("state", "").partition(".")
    login = state.read(token)
    if login is None or not login.is_for(purpose) or not state.spend(login):
        raise LaunchRefused("state", detail="state is unknown, used or expired")
    g.registration_id = login.registration_id  # whose diagnostics a refusal belongs to
    db.session.commit()  # used up, and nothing is held while Google thinks
    if not state.is_same_browser(login):
        raise LaunchRefused("cookies", detail="another browser, or its cookie is blocked")
    if "code" not in query:
        said = query.get("error", "")
        raise LaunchRefused("platform_said", detail="google refused", said=said[:100])
    granted = _exchange(asked, callback, query["code"], _verifier(token))
    claims = _identity(asked, login, str(granted.get("id_token", "")))
    name = full_name(claims.get("family_name"), claims.get("given_name"), claims.get("name"))
    return SignedIn(str(claims["sub"]), name, purpose, granted)


def _exchange(asked: Google, callback: str, code: str, verifier: str) -> Mapping[str, Any]:
    session = _session(asked, redirect_uri=callback)
    try:
        found: Mapping[str, Any] = session.fetch_token(
            asked.token_url, code=code, code_verifier=verifier, timeout=TIMEOUT
        )
    except _faults() as error:
        raise LaunchRefused("unproved", detail=f"code: {type(error).__name__}") from error
    return found


def _identity(asked: Google, login: state.Login, id_token: str) -> Mapping[str, Any]:
    """The claims of an id_token that answers this very login (OpenID Connect Core §3.1.3.7)."""
    platform = platforms.of_id(login.registration_id)
    if platform is None:
        raise LaunchRefused("state", detail="its registration was removed")
    try:
        kid = jwt.get_unverified_header(id_token).get("kid")
        claims: Mapping[str, Any] = jwt.decode(
            id_token,
            platform_key(platform, str(kid)).public_key,
            algorithms=["RS256"],
            audience=asked.client_id,
            issuer=list(asked.issuers),
            leeway=LEEWAY,
            options={"require": ["iss", "aud", "exp", "iat", "sub", "nonce"], "enforce_minimum_key_length": True},
        )
    except jwt.PyJWTError as error:
        raise LaunchRefused("unproved", detail=type(error).__name__) from error
    if claims["nonce"] != login.nonce:
        raise LaunchRefused("unproved", detail="nonce is not the one of this login")
    return claims


def _session(asked: Google, **more: Any) -> Any:
    """An OAuth client whose every connection is guarded. Its library is loaded when somebody signs in."""
    from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415

    settings = site().settings
    session = OAuth2Session(
        asked.client_id,
        asked.client_secret,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
        **more,
    )
    return guard(session, settings.lms_networks, settings.lms_authorities)


def _faults() -> tuple[type[Exception], ...]:
    """What asking for a token may raise: the library's own faults, the network's, a body that is no token."""
    from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415

    return (AuthlibBaseError, requests.RequestException, ValueError, KeyError)


def _verifier(token: str) -> str:
    """PKCE's secret (RFC 7636): follows from the state, so that it is kept nowhere."""
    raw = hmac.digest(site().secrets.keys_for("pkce")[-1], token.encode("ascii", "replace"), sha256)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


# --- a teacher's leave ----------------------------------------------------------------------------------------------


def keep_consent(person: Person, token: Mapping[str, Any]) -> TeacherConsent:
    """Keep what a teacher allowed; a sign-in without a new refresh token keeps the old one."""
    consent = find_or_add(TeacherConsent, {"created_at": now()}, person_id=person.id)
    if refresh := token.get("refresh_token"):
        consent.refresh_token, consent.is_dead = site().secrets.encrypt(str(refresh)), False
        consent.scopes = str(token.get("scope", ""))[:1_000]
    _keep_access(consent, token)
    return consent


def _keep_access(consent: TeacherConsent, token: Mapping[str, Any]) -> None:
    consent.access_token = site().secrets.encrypt(str(token["access_token"]))
    consent.expires_at = now() + lifetime(token)


def consents(course_id: str, registration_id: int) -> list[int]:
    """The live leaves of a course's teachers, the newest first."""
    query = (
        select(TeacherConsent.id)
        .join(Membership, Membership.person_id == TeacherConsent.person_id)
        .join(Context, Context.id == Membership.context_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .where(
            Deployment.registration_id == registration_id,
            Context.lms_id == course_id,
            Membership.role == MemberRole.TEACHER,
            TeacherConsent.refresh_token != "",
            TeacherConsent.is_dead.is_(False),
        )
        .order_by(TeacherConsent.expires_at.desc())
    )
    return list(db.session.scalars(query))


def access_token(consent_id: int, *, anew: bool = False) -> str | None:
    """A token under this leave, refreshed if need be; None when the leave was taken back. No transaction is open while
    Google is asked: what the teacher does meanwhile stands. Raises `PlatformFault` when Google is away."""
    consent = db.session.get(TeacherConsent, consent_id)
    if consent is None:  # its teacher was erased a moment ago
        return None
    if not anew and consent.access_token and consent.expires_at - SPARE_MS > now():
        token = _shown(consent.access_token)
        db.session.commit()
        if token:
            return token
    hidden, asked = consent.refresh_token, google()
    refresh = _shown(hidden)
    db.session.commit()
    if refresh is None or asked is None:
        return None
    try:
        fresh = _session(asked).refresh_token(asked.token_url, refresh_token=refresh, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise PlatformFault("unreachable", type(error).__name__) from error
    except _faults() as error:
        if getattr(error, "error", "") == "invalid_grant":
            mark_dead(consent_id, hidden)
            return None
        raise PlatformFault("later", f"token: {type(error).__name__}") from error
    consent = db.session.get(TeacherConsent, consent_id)
    if consent is not None and consent.refresh_token == hidden:
        _keep_access(consent, fresh)
    db.session.commit()
    return str(fresh["access_token"])


def leave_of(consent_id: int) -> str:
    """The leave as it is kept: tells whether it is still the same one. "" for none."""
    hidden = db.session.scalar(select(TeacherConsent.refresh_token).where(TeacherConsent.id == consent_id))
    db.session.commit()
    return hidden or ""


def mark_dead(consent_id: int, hidden: str) -> None:
    """This leave is worth nothing any more; grades wait until a teacher signs in again. One that the teacher gave in
    its place meanwhile is another."""
    same = (TeacherConsent.id == consent_id, TeacherConsent.refresh_token == hidden)
    db.session.execute(update(TeacherConsent).where(*same).values(is_dead=True))
    db.session.commit()
    _log.warning("consent_dead")


def hide_anew() -> None:
    """Put every leave under the installation's newest secret (retention job)."""
    for consent in db.session.scalars(select(TeacherConsent).where(TeacherConsent.refresh_token != "")):
        consent.refresh_token = site().secrets.hide_anew(consent.refresh_token)


def _shown(hidden: str) -> str | None:
    try:
        return site().secrets.decrypt(hidden) if hidden else None
    except LookupError:  # kept under a secret that was rotated out: the teacher signs in again
        return None
