"""LTI Advantage services: names and roles, assignment and grades (NRPS 2.0, AGS 2.0), tokens by client assertion.

Our own client, because the library's neither pages, nor keeps tokens, nor knows time-outs (docs/explain/lti.md).
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import msgspec
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.errors import JoseError

from lti_tool.clock import now
from lti_tool.errors import PlatformFault
from lti_tool.extensions import db
from lti_tool.headers import origin_of
from lti_tool.launch.claims import role_of
from lti_tool.launch.keys import signing_key
from lti_tool.lms.http import TIMEOUT, call, guard, json_of
from lti_tool.lms.port import Column, Grade, Lms, Member, Services
from lti_tool.models import PlatformToken, Registration
from lti_tool.names import full_name
from lti_tool.site import site

SCOPE_MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPE_ITEM = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
SCOPE_ITEM_READ = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
SCOPE_SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
ITEM = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"

MOST_PAGES = 60
MOST_MEMBERS = 5_000
SPARE_MS = 60_000
"""A token is renewed this long before it expires."""


class _Member(msgspec.Struct, frozen=True):
    user_id: str
    roles: tuple[str, ...] = ()
    status: str = "Active"
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None


class _Page(msgspec.Struct, frozen=True):
    members: tuple[_Member, ...]


class _Item(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    resource_id: str | None = None
    tag: str | None = None


@dataclass(frozen=True)
class Platform:
    """A registration as plain values: nothing here holds a transaction open while a platform thinks."""

    id: int
    client_id: str
    token_url: str
    token_audience: str


class LtiLms:
    """One registration's services."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    # --- names and roles --------------------------------------------------------------------------------------------

    def members(self, services: Services) -> Sequence[Member]:
        """Everybody, page by page. Errors rather than a list cut short."""
        first = address = services.roster
        if first is None:
            raise PlatformFault("not_granted", "no roster in the launches of this course")
        found: list[Member] = []
        for _ in range(MOST_PAGES):
            if address is None:
                return found
            answer = self._call("GET", address, [SCOPE_MEMBERS], headers={"Accept": MEMBERS})
            found += [_member(m) for m in _parsed(answer, _Page).members]
            if len(found) > MOST_MEMBERS:
                raise PlatformFault("too_large", "more members than a course has")
            address = next_page(answer, first)
        raise PlatformFault("too_large", "the list does not end")

    # --- grades -----------------------------------------------------------------------------------------------------

    def column(self, services: Services, column: Column) -> str:
        """Found by resource id and tag before one is made, so that nothing stands twice in the gradebook."""
        if services.columns is None or SCOPE_ITEM not in services.scopes:
            raise PlatformFault("not_granted", "columns may not be made in this course")
        scopes = [s for s in (SCOPE_ITEM, SCOPE_ITEM_READ) if s in services.scopes]
        query = with_query(services.columns, resource_id=column.resource_id, tag=column.tag)
        known: list[_Item] = _parsed(self._call("GET", query, scopes, headers={"Accept": ITEMS}), list[_Item])
        for item in known:
            if (item.resource_id, item.tag) == (column.resource_id, column.tag):
                return urljoin(services.columns, item.id)
        body = {
            "label": column.label,
            "scoreMaximum": column.maximum,
            "resourceId": column.resource_id,
            "tag": column.tag,
        }
        headers = {"Content-Type": ITEM, "Accept": ITEM}
        answer = self._call("POST", services.columns, scopes, json=body, headers=headers)
        made: _Item = _parsed(answer, _Item)
        return urljoin(services.columns, made.id)

    def post(self, address: str, grade: Grade) -> None:
        """One score. Always fully graded with a value: anything less erases what stands there (seen on Moodle)."""
        moment = datetime.fromtimestamp(grade.timestamp / 1_000, UTC)
        body = {
            "userId": grade.sub,
            "scoreGiven": float(grade.value),
            "scoreMaximum": grade.maximum,
            "timestamp": moment.isoformat(timespec="milliseconds"),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            **({"comment": grade.comment} if grade.comment else {}),
        }
        scores = before_query(address, "/scores")
        self._call("POST", scores, [SCOPE_SCORE], json=body, headers={"Content-Type": SCORE})

    # --- one call ---------------------------------------------------------------------------------------------------

    def _call(self, method: str, address: str, scopes: Sequence[str], **kwargs: Any) -> requests.Response:
        """With a token; a token that the platform no longer takes is asked for anew, once."""
        answer = self._call_once(method, address, self._kept_token(scopes) or self._new_token(scopes), **kwargs)
        if answer.status_code == 401:
            answer = self._call_once(method, address, self._new_token(scopes), **kwargs)
        status = answer.status_code
        if not 200 <= status < 300:
            raise PlatformFault(kind_of(status), f"{method} answered {status}", status)
        return answer

    def _call_once(self, method: str, address: str, token: str, **kwargs: Any) -> requests.Response:
        headers = {**kwargs["headers"], "Authorization": f"Bearer {token}"}
        return call(site().http, method, address, **{**kwargs, "headers": headers})

    def _kept_token(self, scopes: Sequence[str]) -> str | None:
        """The token kept for (registration, scopes), unless it expires within a minute."""
        kept = db.session.get(PlatformToken, (self._platform.id, " ".join(sorted(scopes))))
        is_good = kept is not None and kept.expires_at - SPARE_MS > now()
        hidden = kept.token if kept and is_good else None
        db.session.commit()
        try:
            return site().secrets.decrypt(hidden) if hidden else None
        except LookupError:  # kept under a secret that was rotated out: a new one costs one request
            return None

    def _new_token(self, scopes: Sequence[str]) -> str:
        wanted = " ".join(sorted(scopes))
        answer = self._ask_token(wanted)
        token, lifetime = str(answer["access_token"]), answer.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) and lifetime > 0 else 300
        db.session.merge(
            PlatformToken(
                registration_id=self._platform.id,
                scopes=wanted,
                token=site().secrets.encrypt(token),
                expires_at=now() + seconds * 1_000,
            )
        )
        db.session.commit()
        return token

    def _ask_token(self, scope: str) -> dict[str, Any]:
        """RFC 7523 §2.2, as LTI's security framework §4.1 profiles it."""
        platform = self._platform
        kid, key = signing_key()
        db.session.commit()
        issued = int(time.time()) - 10  # a platform refuses a clock ahead of its own
        claims = {"aud": platform.token_audience, "iat": issued, "exp": issued + 300}
        session = OAuth2Session(platform.client_id, key, token_endpoint_auth_method=PrivateKeyJWT.name)
        guard(session, site().settings.lms_networks)
        header = {"kid": kid, "alg": "RS256", "typ": "JWT"}
        session.register_client_auth_method(PrivateKeyJWT(platform.token_url, claims=claims, headers=header))
        asked: dict[str, Any] = {"grant_type": "client_credentials", "scope": scope}
        asked |= {"timeout": TIMEOUT, "allow_redirects": False}
        try:
            return dict(session.fetch_token(platform.token_url, **asked))
        except (OAuthError, JoseError, ValueError, KeyError) as error:
            raise PlatformFault("token_refused", f"{type(error).__name__}: {error}"[:200]) from error
        except requests.RequestException as error:
            raise PlatformFault("unreachable", type(error).__name__) from error
        finally:
            session.close()


def connect(registration: Registration) -> Lms:
    """The services of a registration."""
    audience = registration.token_audience or registration.token_url
    return LtiLms(Platform(registration.id, registration.client_id, registration.token_url, audience))


def _member(member: _Member) -> Member:
    name = full_name(member.family_name, member.given_name, member.name, member.email)
    return Member(member.user_id, role_of(member.roles), name, member.status == "Active")


def _parsed(answer: requests.Response, type_: Any) -> Any:
    try:
        return msgspec.convert(json_of(answer), type_)
    except msgspec.ValidationError as error:
        raise PlatformFault("not_understood", str(error)[:200], answer.status_code) from error


def kind_of(status: int) -> str:
    """What a platform's refusal means for trying again."""
    kinds = {400: "refused", 401: "token_refused", 403: "not_granted", 404: "gone", 409: "newer", 410: "gone"}
    if status in kinds:
        return kinds[status]
    return "later" if status >= 500 or status in (408, 425, 429) else "refused"


_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*rel\s*=\s*["\u201c]?next', re.IGNORECASE)


def next_page(answer: requests.Response, first: str) -> str | None:
    """The next page of a list, on the first page's own origin: a bearer token goes nowhere else."""
    found = _NEXT.search(answer.headers.get("Link", ""))
    if not found:
        return None
    address: str = urljoin(first, found[1].replace("&amp;", "&"))
    if origin_of(address) != origin_of(first):
        raise PlatformFault("not_understood", "the next page is on another host")
    return address


def before_query(address: str, path: str) -> str:
    """A sub-path put before the query: a Moodle column's address ends in `?type_id=N`."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path))


def with_query(address: str, **values: str) -> str:
    """An address with members added to its query."""
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *values.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))
