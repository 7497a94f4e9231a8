"""Dynamic registration: what this platform says of itself, and the door at which a tool introduces itself."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request
from joserfc.errors import JoseError

from . import tools
from . import vocabulary as v
from .claims import PRODUCT_FAMILY, PRODUCT_VERSION, VARIABLES
from .platform import platform
from .store import spend
from .tokens import PATH as TOKEN_PATH
from .tools import Registration, Tool

blueprint = Blueprint("registration", __name__)

REGISTER_PATH = "/oidc/register"
CONFIGURATION_PATH = "/.well-known/openid-configuration"
INVITATION_SECONDS = 3600
TEXT_CHARACTERS = 2000


class RegistrationFault(Exception):
    """A registration that is refused; answered as OAuth error JSON (RFC 7591 §3.2.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@blueprint.get("/jwks")
def show_keys() -> Response:
    return jsonify(platform().key.published())


@blueprint.get(CONFIGURATION_PATH)
def show_configuration() -> Response:
    """The OpenID configuration with the LTI part, as a tool reads it when it registers."""
    messages = [{"type": v.RESOURCE_LINK}, {"type": v.DEEP_LINKING, "placements": ["ContentArea"]}]
    body = {
        "issuer": platform().issuer,
        "authorization_endpoint": platform().address("/oidc/auth"),
        "token_endpoint": platform().address(TOKEN_PATH),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": platform().address("/jwks"),
        "registration_endpoint": platform().address(REGISTER_PATH),
        "scopes_supported": ["openid", *v.SCOPES],
        "response_types_supported": ["id_token"],
        "response_modes_supported": ["form_post"],
        "grant_types_supported": ["implicit", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        v.PLATFORM_CONFIGURATION: {
            "product_family_code": PRODUCT_FAMILY,
            "version": PRODUCT_VERSION,
            "messages_supported": messages,
            "variables": list(VARIABLES),
        },
    }
    return jsonify(body)


def invite() -> str:
    """A registration token: a JWT that opens the registration endpoint once, within an hour."""
    now = platform().now
    claims = {
        "iss": platform().issuer,
        "aud": platform().address(REGISTER_PATH),
        "iat": now,
        "exp": now + INVITATION_SECONDS,
        "jti": secrets.token_urlsafe(16),
        "scope": "reg",
    }
    return platform().key.sign(claims)


@blueprint.post(REGISTER_PATH)
def register() -> Response:
    """Take a tool's registration; it waits for the administrator. Answers 200 as Moodle does, not 201."""
    try:
        invitation = _read_invitation()
        said = read_registration(_body())
        now = platform().now
        with platform().store.write() as db:
            if not spend(db, "invitation", invitation["jti"], now=now, expires_at=invitation["exp"]):
                raise RegistrationFault("invalid_token", "the registration token was used before", 401)
            registered = tools.register_tool(db, said, now)
        answer = jsonify(_echo(registered))
    except RegistrationFault as fault:
        answer = jsonify({"error": fault.error, "error_description": fault.description})
        answer.status_code = fault.status
    return answer


def _read_invitation() -> dict[str, Any]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise RegistrationFault("invalid_token", "a registration token is needed", 401)
    try:
        claims = platform().key.read(token.strip())
    except (JoseError, ValueError) as error:
        raise RegistrationFault("invalid_token", "the registration token is not one of ours", 401) from error
    if claims.get("aud") != platform().address(REGISTER_PATH) or claims.get("scope") != "reg":
        raise RegistrationFault("invalid_token", "the token was made for something else", 401)
    if claims["exp"] <= platform().now:
        raise RegistrationFault("invalid_token", "the registration token has expired", 401)
    return claims


def _body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise RegistrationFault("invalid_client_metadata", "the body is not JSON") from error
    if not isinstance(body, dict):
        raise RegistrationFault("invalid_client_metadata", "the body must be a JSON object")
    return body


def read_registration(body: dict[str, Any]) -> Registration:
    """A registration from the tool's metadata. Raises RegistrationFault for what Moodle refuses too."""
    if "id_token" not in _list(body, "response_types"):
        raise RegistrationFault("invalid_client_metadata", "response_types must hold id_token")
    if body.get("token_endpoint_auth_method") != "private_key_jwt":
        raise RegistrationFault("invalid_client_metadata", "token_endpoint_auth_method must be private_key_jwt")
    configuration = body.get(v.TOOL_CONFIGURATION)
    if not isinstance(configuration, dict):
        raise RegistrationFault("invalid_client_metadata", "the tool configuration is missing")
    launch_url = _address(configuration, "target_link_uri")
    if configuration.get("domain") != urlsplit(launch_url).netloc:
        raise RegistrationFault("invalid_client_metadata", "domain must be the host of target_link_uri")
    redirect_urls = tuple(_address({"redirect_uris": url}, "redirect_uris") for url in _list(body, "redirect_uris"))
    if not redirect_urls:
        raise RegistrationFault("invalid_redirect_uri", "redirect_uris is missing")
    wanted = body.get("scope")
    scopes = wanted.split() if isinstance(wanted, str) else []
    return Registration(
        title=_text(body, "client_name"),
        login_url=_address(body, "initiate_login_uri"),
        launch_url=launch_url,
        deep_link_url=_deep_link_url(configuration, launch_url),
        redirect_urls=redirect_urls,
        jwks_url=_address(body, "jwks_uri"),
        scopes=tuple(scope for scope in v.SCOPES if scope in scopes),
        custom=_custom(configuration),
    )


def _deep_link_url(configuration: dict[str, Any], launch_url: str) -> str:
    """Where the tool wants deep linking to begin; "" when it does not take that message."""
    for message in _list(configuration, "messages"):
        if isinstance(message, dict) and message.get("type") == v.DEEP_LINKING:
            return _address(message, "target_link_uri") if message.get("target_link_uri") else launch_url
    return ""


def _custom(configuration: dict[str, Any]) -> dict[str, str]:
    custom = configuration.get("custom_parameters") or {}
    if not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        raise RegistrationFault("invalid_client_metadata", "custom_parameters must be an object of texts")
    return custom


def _list(body: dict[str, Any], member: str) -> list[Any]:
    value = body.get(member)
    return value if isinstance(value, list) else []


def _text(body: dict[str, Any], member: str) -> str:
    value = body.get(member)
    if not isinstance(value, str) or not value.strip() or len(value) > TEXT_CHARACTERS:
        raise RegistrationFault("invalid_client_metadata", f"{member} is missing")
    return value.strip()


def _address(body: dict[str, Any], member: str) -> str:
    """An http(s) address. A school's demo runs on plain http too, so https is not demanded."""
    address = _text(body, member)
    if not is_web_address(address):
        raise RegistrationFault("invalid_client_metadata", f"{member} must be an http or https address")
    return address


def is_web_address(address: str) -> bool:
    """True for an address that may stand in a link, a form and a Content-Security-Policy."""
    try:
        parts = urlsplit(address)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = address.isascii() and not any(sign in address for sign in " \t\r\n;,'\"<>\\")
    return plain and has_port and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def _echo(tool: Tool) -> dict[str, Any]:
    """The stored registration, with the client id, and the deployment id in the tool configuration."""
    messages = [{"type": v.DEEP_LINKING, "target_link_uri": tool.deep_link_url}] if tool.deep_link_url else []
    return {
        "client_id": tool.client_id,
        "client_name": tool.title,
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "application_type": "web",
        "token_endpoint_auth_method": "private_key_jwt",
        "initiate_login_uri": tool.login_url,
        "redirect_uris": list(tool.redirect_urls),
        "jwks_uri": tool.jwks_url,
        "scope": " ".join(tool.scopes),
        v.TOOL_CONFIGURATION: {
            "version": v.LTI_VERSION,
            "deployment_id": tool.deployment_id,
            "domain": tool.host,
            "target_link_uri": tool.launch_url,
            "custom_parameters": tool.custom,
            "messages": messages,
            "claims": ["sub", "iss", "name", "given_name", "family_name", "email"],
        },
    }
