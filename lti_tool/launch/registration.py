"""`/lti/register`: dynamic registration (LTI Dynamic Registration 1.0). The administrator pastes one address.

The address is public, so a registration waits for the operator's approval, unless the operator opened an invitation
(`giotay lms invite`); the same LMS registering again refreshes its own row and never another's.
"""

import json
from typing import Any
from urllib.parse import urlsplit

import msgspec
from flask import Blueprint, g, render_template, request
from sqlalchemy import update

from lti_tool.access import Need, needs
from lti_tool.clock import now
from lti_tool.errors import Fault, PlatformFault
from lti_tool.extensions import db
from lti_tool.headers import allow_frame, origin_of
from lti_tool.launch.claims import SCOPE_GROUPS, is_address, is_clean, is_id, line
from lti_tool.launch.provision import find_or_add
from lti_tool.limiting import guesses
from lti_tool.lms.http import call, json_of
from lti_tool.lms.lti import SCOPE_ITEM, SCOPE_ITEM_READ, SCOPE_MEMBERS, SCOPE_RESULT, SCOPE_SCORE
from lti_tool.models import Deployment, Registration, RegistrationInvite, RegistrationState
from lti_tool.secret import fingerprint
from lti_tool.site import site

routes = Blueprint("registration", __name__, url_prefix="/lti")

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
SCOPES = (SCOPE_MEMBERS, SCOPE_GROUPS, SCOPE_ITEM, SCOPE_ITEM_READ, SCOPE_RESULT, SCOPE_SCORE)


LONGEST_ISSUER = 500
LONGEST_ENDPOINT = 1_000


class Configuration(msgspec.Struct, frozen=True):
    """What a platform says of itself (openid-configuration)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    registration_endpoint: str
    authorization_server: str | None = None
    platform: dict[str, Any] = msgspec.field(default_factory=dict, name=PLATFORM_CONFIGURATION)

    @property
    def product(self) -> str:
        return line(str(self.platform.get("product_family_code", "")), 64)


@routes.get("/register")
@needs(Need.NOTHING)
def ask() -> str:
    """What the tool asks of this LMS, and why; nothing is registered before somebody agrees."""
    configuration = discover(request.args.get("openid_configuration", ""))
    allow_frame(origin_of(configuration.issuer), origin_of(configuration.authorization_endpoint))
    return render_template(
        "register.html",
        platform=configuration,
        address=request.args.get("openid_configuration"),
        token=request.args.get("registration_token", ""),
        invite=request.args.get("invite", ""),
    )


@routes.post("/register")
@needs(Need.NOTHING)
def register() -> str:
    """Register with the LMS, keep what it answered, say what to click next there."""
    configuration = discover(request.form.get("address", ""))
    allow_frame(origin_of(configuration.issuer), origin_of(configuration.authorization_endpoint))
    answered = _post(configuration, request.form.get("token", ""))
    # An invitation is spent only by a registration that came about, and in the same transaction.
    registration = _keep(configuration, answered, is_invited=_use_invite(request.form.get("invite", "")))
    is_active = registration.state is RegistrationState.ACTIVE
    return render_template(
        "registered.html", platform=configuration, registration=registration, is_active=is_active, js="register.js"
    )


def discover(address: str) -> Configuration:
    """Fetch a platform's own description. Its endpoints stand on its own host. Raises `Fault`."""
    if not is_address(address):
        raise Fault("registration_address")
    if not guesses().may_register():
        raise Fault("too_often", 429)
    db.session.commit()  # whoever is asked may take half a minute, and nobody waits for a connection meanwhile
    try:
        answer = call(site().http, "GET", address, headers={"Accept": "application/json"})
        if answer.status_code != 200:
            raise PlatformFault("refused", f"status {answer.status_code}")
        found = msgspec.convert(json_of(answer), Configuration)
    except PlatformFault as fault:
        raise Fault("registration_unreachable", 502, detail=str(fault), kind=fault.kind) from fault
    except msgspec.ValidationError as error:
        raise Fault("registration_configuration", detail=str(error)) from error
    host = urlsplit(address).netloc
    endpoints = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri, found.registration_endpoint)
    if not all(is_address(one) for one in (found.issuer, *endpoints)) or len(found.issuer) > LONGEST_ISSUER:
        raise Fault("registration_configuration", detail="an endpoint is no web address")
    audience = found.authorization_server or ""  # any text may be one
    if max(map(len, (*endpoints, audience))) > LONGEST_ENDPOINT or not is_clean(audience):
        raise Fault("registration_configuration", detail="what no database keeps")
    if urlsplit(found.issuer).netloc != host or any(urlsplit(e).netloc != host for e in endpoints):
        raise Fault("registration_configuration", detail="endpoints on another host")
    return found


def metadata() -> dict[str, Any]:
    """What we ask to be registered as: no more than roster, groups, columns and scores."""
    base = site().settings.public_url
    launch, deep_link = f"{base}/lti/launch", f"{base}/lti/deep-link"
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": f"{base}/lti/login",
        "redirect_uris": [launch, deep_link],
        "client_name": "Giơ Tay",
        "jwks_uri": f"{base}/lti/jwks",
        "logo_uri": f"{base}/favicon.ico",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(SCOPES),
        TOOL_CONFIGURATION: {
            "domain": urlsplit(base).netloc,
            "description": "Tiết học trực tiếp, điểm danh, hồ sơ theo dõi học tập",
            "target_link_uri": launch,
            "claims": ["iss", "sub", "name", "given_name", "family_name"],
            "custom_parameters": {
                "person_groups": "$Moodle.Person.userGroupIds",
                "context_history": "$Context.id.history",
            },
            "messages": _messages(launch, deep_link),
        },
    }


def _messages(launch: str, deep_link: str) -> list[dict[str, Any]]:
    """The launches that we take, each with the address it comes to."""
    return [
        {"type": "LtiResourceLinkRequest", "target_link_uri": launch, "label": "Giơ Tay"},
        {
            "type": "LtiDeepLinkingRequest",
            "target_link_uri": deep_link,
            "label": "Giơ Tay",
            "placements": ["ContentArea"],
        },
        {"type": "LtiSubmissionReviewRequest", "target_link_uri": launch, "label": "Giơ Tay"},
    ]


def _post(configuration: Configuration, token: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = call(
            site().http,
            "POST",
            configuration.registration_endpoint,
            data=json.dumps(metadata()).encode(),
            headers=headers,
        )
        if answer.status_code not in (200, 201):
            raise PlatformFault("refused", f"status {answer.status_code}", answer.status_code)
        answered = json_of(answer)
    except PlatformFault as fault:
        raise Fault("registration_refused", 502, detail=str(fault)) from fault
    if not isinstance(answered, dict) or not is_id(answered.get("client_id")):
        raise Fault("registration_refused", 502, detail="no client_id in the answer")
    return answered


def _keep(configuration: Configuration, answered: dict[str, Any], *, is_invited: bool) -> Registration:
    registration = find_or_add(
        Registration,
        {
            "auth_login_url": configuration.authorization_endpoint,
            "token_url": configuration.token_endpoint,
            "key_set_url": configuration.jwks_uri,
            "state": RegistrationState.PENDING,
            "created_at": now(),
        },
        issuer=configuration.issuer,
        client_id=answered["client_id"],
    )
    if registration.state is RegistrationState.ACTIVE and not is_invited:
        _stay(registration, configuration)
    registration.auth_login_url = configuration.authorization_endpoint
    registration.token_url = configuration.token_endpoint
    registration.token_audience = configuration.authorization_server
    registration.key_set_url = configuration.jwks_uri
    registration.product = configuration.product
    registration.name = registration.name or (urlsplit(configuration.issuer).netloc)[:255]
    if is_invited and registration.state is RegistrationState.PENDING:
        registration.state = RegistrationState.ACTIVE
    tool = answered.get(TOOL_CONFIGURATION)
    deployment = tool.get("deployment_id") if isinstance(tool, dict) else None
    if isinstance(deployment, str) and is_id(deployment):
        find_or_add(Deployment, {"created_at": now()}, registration_id=registration.id, deployment_id=deployment)
    return registration


def _stay(registration: Registration, configuration: Configuration) -> None:
    """The page is public: who moves a registration that launches must hold the operator's invitation."""
    if _addresses(registration) != _addresses_of(configuration):
        g.registration_id = registration.id
        raise Fault("registration_moved", 409, detail="an active registration names other addresses")


def _addresses(registration: Registration) -> tuple[str | None, ...]:
    """Where launches and tokens go, and for whom an assertion is signed: a stranger's audience would end all scores."""
    return (
        registration.auth_login_url,
        registration.token_url,
        registration.token_audience,
        registration.key_set_url,
    )


def _addresses_of(configuration: Configuration) -> tuple[str | None, ...]:
    return (
        configuration.authorization_endpoint,
        configuration.token_endpoint,
        configuration.authorization_server,
        configuration.jwks_uri,
    )


def _use_invite(secret: str) -> bool:
    """Spend an invitation of the operator's; False for none, a spent or an old one."""
    if not secret:
        return False
    used = db.session.execute(
        update(RegistrationInvite)
        .where(
            RegistrationInvite.secret_hash == fingerprint(secret),
            RegistrationInvite.used_at.is_(None),
            RegistrationInvite.expires_at > now(),
        )
        .values(used_at=now())
        .returning(RegistrationInvite.secret_hash)
    ).one_or_none()
    return used is not None
