"""A tiny LTI tool, written here from the specification, that plays against the demo LMS in tests."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.test import TestResponse

from deploy.demo.lms import ToolSettings

ISSUER = "http://lms.test"
TOOL = "http://tool.test:8000"
CLIENT_ID = "giotay-demo"
NOW = 1_795_500_000  # 24/11/2026
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ROSTER_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
GROUPS_SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
ALL_SCOPES = " ".join(
    [AGS + "lineitem", AGS + "lineitem.readonly", AGS + "result.readonly", AGS + "score", ROSTER_SCOPE, GROUPS_SCOPE]
)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

SETTINGS = ToolSettings(
    client_id=CLIENT_ID,
    deployment_id="1",
    login_url=f"{TOOL}/login",
    launch_url=f"{TOOL}/launch",
    jwks_url=f"{TOOL}/jwks",
    deep_link_url=f"{TOOL}/deep-link",
    title="Giơ Tay",
)


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form" and known.get("id") == "post":
            self.action = known["action"]
        if tag == "input" and known.get("type") == "hidden":
            self.fields[known["name"]] = known["value"]


@dataclass(frozen=True)
class Form:
    action: str
    fields: dict[str, str]


def read_form(answer: TestResponse) -> Form:
    """The form that a browser would send by itself from this page."""
    reader = _FormReader()
    reader.feed(answer.text)
    return Form(reader.action, reader.fields)


_KEY = RSAKey.generate_key(2048, auto_kid=True)
OTHER_KEY = RSAKey.generate_key(2048, auto_kid=True)


@dataclass
class TinyTool:
    """The tool's side: its key set (served through `fetch`), its login, and its calls to the services."""

    app: Flask
    clock: Clock
    client_id: str = CLIENT_ID
    key: RSAKey = field(default_factory=lambda: _KEY)

    @property
    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def open(self, path: str) -> Form:
        """The login form that the LMS sends when a person opens `path`."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return read_form(answer)

    def request_for(self, login: Form, **changes: str | None) -> dict[str, str]:
        """The authentication request of a tool that got this login; a change to None leaves the parameter out."""
        asked: dict[str, str | None] = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": login.fields["client_id"],
            "redirect_uri": f"{TOOL}/launch",
            "login_hint": login.fields["login_hint"],
            "lti_message_hint": login.fields["lti_message_hint"],
            "state": "state-1",
            "nonce": "nonce-1",
            **changes,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def authenticate(self, login: Form, **changes: str | None) -> Form:
        answer = self.browser.get("/oidc/auth", query_string=self.request_for(login, **changes))
        assert answer.status_code == 200, answer.text
        return read_form(answer)

    def launch(self, path: str) -> dict[str, Any]:
        """The claims of the id_token after a whole launch, verified by the published key set."""
        form = self.authenticate(self.open(path))
        assert "id_token" in form.fields, form.fields
        return self.read_token(form.fields["id_token"])

    def read_token(self, token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(self.browser.get("/jwks").get_json())
        return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None, kid: str | None = None) -> str:
        signer = key or self.key
        return jwt.encode({"alg": "RS256", "kid": kid or self.key.kid}, claims, signer)

    def assertion(self, **changes: Any) -> dict[str, Any]:
        now = int(self.clock.now)
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": f"{ISSUER}/oidc/token",
            "iat": now - 5,
            "exp": now + 60,
            "jti": str(uuid.uuid4()),
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def ask_token(self, assertion: str, scope: str = ALL_SCOPES, **changes: str) -> TestResponse:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "scope": scope,
            **changes,
        }
        return self.browser.post("/oidc/token", data=form)

    def token(self, scope: str = ALL_SCOPES) -> str:
        answer = self.ask_token(self.sign(self.assertion()), scope)
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["access_token"])

    def call(
        self,
        method: str,
        address: str,
        body: object = None,
        *,
        media: str = "",
        token: str | None = None,
        accept: str | None = None,
    ) -> TestResponse:
        """A service call. `media` is the body's type; the token is a fresh one with every scope when none is given."""
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        if accept:
            headers["Accept"] = accept
        if media:
            headers["Content-Type"] = media
        data = None if body is None else json.dumps(body)
        return self.browser.open(address.removeprefix(ISSUER), method=method, headers=headers, data=data)


def key_set(key: RSAKey) -> dict[str, Any]:
    return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": "RS256", "kid": key.kid}]}
