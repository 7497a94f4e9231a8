"""The token endpoint: client_credentials with a signed assertion (private_key_jwt), RFC 7523."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, jsonify, request

from . import tools
from .platform import platform
from .services import token_digest
from .store import spend
from .tool_keys import CLOCK_SKEW_SECONDS, BadToken, check_times, has_audience, unverified_claims
from .tools import Tool

blueprint = Blueprint("tokens", __name__)

PATH = "/oidc/token"
TOKEN_SECONDS = 3600
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# An assertion is made for one request: one that would live longer than an hour is a mistake in the tool.
ASSERTION_SECONDS = 3600
JTI_CHARACTERS = 256


class TokenFault(Exception):
    """A token request that is refused; answered as OAuth error JSON (RFC 6749 §5.2)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@blueprint.post(PATH)
def grant_token() -> Response:
    """An access token for the scopes that were asked for and are permitted."""
    try:
        body = _grant()
        answer = jsonify(body)
    except TokenFault as fault:
        answer = jsonify({"error": fault.error, "error_description": fault.description})
        answer.status_code = 401 if fault.error == "invalid_client" else 400
    answer.headers["Pragma"] = "no-cache"
    return answer


def _grant() -> dict[str, Any]:
    asked = request.form
    if asked.get("grant_type") != "client_credentials":
        raise TokenFault("unsupported_grant_type", "grant_type must be client_credentials")
    if asked.get("client_assertion_type") != ASSERTION_TYPE:
        raise TokenFault("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}")
    tool, claims = _authenticate(asked.get("client_assertion", ""))
    granted = tools.granted_scopes(tool, asked.get("scope", "").split())
    if not granted:
        raise TokenFault("invalid_scope", "none of the requested scopes is permitted for this tool")
    token = secrets.token_urlsafe(32)
    now = platform().now
    with platform().store.write() as db:
        serial = f"{tool.client_id} {claims['jti']}"
        if not spend(db, "assertion", serial, now=now, expires_at=claims["exp"] + CLOCK_SKEW_SECONDS):
            raise TokenFault("invalid_client", "this jti was used before")
        db.execute("DELETE FROM access_token WHERE expires_at <= ?", (now,))
        db.execute(
            "INSERT INTO access_token VALUES (?, ?, ?, ?)",
            (token_digest(token), tool.id, " ".join(granted), now + TOKEN_SECONDS),
        )
    return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": " ".join(granted)}


def _authenticate(assertion: str) -> tuple[Tool, dict[str, Any]]:
    """The tool that signed the assertion, and its claims after every check but the single use of `jti`."""
    tool = _named_tool(assertion)
    try:
        claims = platform().tool_keys.verify(assertion, tool.jwks_url)
        claims["exp"] = check_times(claims, platform().now, ASSERTION_SECONDS)
    except BadToken as error:
        raise TokenFault("invalid_client", str(error)) from error
    if claims.get("iss") != tool.client_id or claims.get("sub") != tool.client_id:
        raise TokenFault("invalid_client", "iss and sub must both be the client id")
    if not has_audience(claims, platform().address(PATH)):
        raise TokenFault("invalid_client", "aud must be the address of this endpoint")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= JTI_CHARACTERS:
        raise TokenFault("invalid_client", "jti is missing")
    return tool, claims


def _named_tool(assertion: str) -> Tool:
    """The active tool that the still unverified assertion speaks for: its keys are the ones to verify it with."""
    try:
        client_id = unverified_claims(assertion).get("iss")
    except BadToken as error:
        raise TokenFault("invalid_request", "client_assertion is not a signed JWT") from error
    with platform().store.read() as db:
        tool = tools.find_client(db, str(client_id))
    if tool is None:
        raise TokenFault("invalid_client", "the client is unknown or not active")
    return tool
