"""The token endpoint: which assertions it believes, and what a token then opens."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwt

from .conftest import ServedKeys
from .lms_tool import AGS, ALL_SCOPES, ISSUER, NOW, OTHER_KEY, ROSTER_SCOPE, TOOL, Clock, TinyTool, key_set

ITEM = "/lti/services/901/lineitems/1/lineitem?type_id=1"
ROSTER = "/lti/services/CourseSection/901/bindings/1/memberships"


def test_a_good_assertion_gets_a_token(tool: TinyTool) -> None:
    answer = tool.ask_token(tool.sign(tool.assertion()))
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.get_json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert body["scope"] == ALL_SCOPES


def test_audience_may_be_a_list(tool: TinyTool) -> None:
    assertion = tool.assertion(aud=["http://elsewhere.test", f"{ISSUER}/oidc/token"])
    assert tool.ask_token(tool.sign(assertion)).status_code == 200


def test_granted_is_requested_and_permitted(tool: TinyTool) -> None:
    answer = tool.ask_token(tool.sign(tool.assertion()), f"{AGS}score urn:unknown {AGS}score")
    assert answer.get_json()["scope"] == f"{AGS}score"


def test_no_permitted_scope_is_an_error(tool: TinyTool) -> None:
    for scope in ("urn:unknown", ""):
        answer = tool.ask_token(tool.sign(tool.assertion()), scope)
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "http://lms.test"},
        {"aud": None},
        {"iss": "someone-else"},
        {"iss": None},
        {"sub": "someone-else"},
        {"exp": NOW - 11},
        {"exp": None},
        {"exp": "soon"},
        {"exp": float("nan")},
        {"exp": NOW + 7200},
        {"iat": None},
        {"iat": NOW + 60},
        {"jti": None},
        {"jti": ""},
        {"jti": 5},
    ],
)
def test_a_wrong_assertion_is_no_client(tool: TinyTool, changes: dict[str, Any]) -> None:
    answer = tool.ask_token(tool.sign(tool.assertion(**changes)))
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")
    assert answer.get_json()["error_description"]


def test_clocks_may_differ_a_little(tool: TinyTool) -> None:
    assert tool.ask_token(tool.sign(tool.assertion(iat=NOW + 5))).status_code == 200
    assert tool.ask_token(tool.sign(tool.assertion(iat=NOW - 65, exp=NOW - 5))).status_code == 200


def test_a_jti_works_once(tool: TinyTool) -> None:
    assertion = tool.sign(tool.assertion())
    assert tool.ask_token(assertion).status_code == 200
    assert tool.ask_token(assertion).get_json()["error"] == "invalid_client"


def test_another_key_under_the_right_kid_is_refused(tool: TinyTool) -> None:
    assertion = tool.sign(tool.assertion(), key=OTHER_KEY)
    assert tool.ask_token(assertion).get_json()["error"] == "invalid_client"


def test_hs256_with_the_public_key_and_alg_none_are_refused(tool: TinyTool) -> None:
    for algorithm, secret in (("HS256", tool.key.as_pem(private=False)), ("none", b"")):
        head = _encode({"alg": algorithm, "kid": tool.key.kid}) + "." + _encode(tool.assertion())
        signature = hmac.new(secret, head.encode(), "sha256").digest() if secret else b""
        assertion = f"{head}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
        assert tool.ask_token(assertion).get_json()["error"] == "invalid_client"


def _encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_a_missing_kid_is_refused(tool: TinyTool) -> None:
    assertion = jwt.encode({"alg": "RS256"}, tool.assertion(), tool.key)
    assert tool.ask_token(assertion).get_json()["error"] == "invalid_client"


@pytest.mark.parametrize("assertion", ["", "no.jwt", "a.b.c", "é.è.à", "x" * 70_000])
def test_what_is_no_jwt_is_an_invalid_request(tool: TinyTool, assertion: str) -> None:
    answer = tool.ask_token(assertion)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


def test_grant_type_and_assertion_type_are_checked(tool: TinyTool) -> None:
    assertion = tool.sign(tool.assertion())
    answer = tool.ask_token(assertion, grant_type="password")
    assert answer.get_json()["error"] == "unsupported_grant_type"
    answer = tool.ask_token(assertion, client_assertion_type="urn:other")
    assert answer.get_json()["error"] == "invalid_request"


def test_key_set_is_kept_and_fetched_again_once_for_an_unknown_kid(tool: TinyTool, served: ServedKeys) -> None:
    tool.token()
    tool.token()
    assert len(served.fetched) == 1
    tool.key = OTHER_KEY
    assert tool.ask_token(tool.sign(tool.assertion())).status_code == 401
    assert len(served.fetched) == 2
    served.bodies[f"{TOOL}/jwks"] = json.dumps(key_set(OTHER_KEY)).encode()
    tool.token()
    assert len(served.fetched) == 3


def test_key_set_is_fetched_anew_after_an_hour(tool: TinyTool, served: ServedKeys, clock: Clock) -> None:
    tool.token()
    clock.now += 3601
    tool.token()
    assert len(served.fetched) == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"keys": 1}', b'{"keys": [1, {"kty": "RSA", "kid": "x"}]}'])
def test_a_key_set_that_cannot_be_read_is_no_crash(tool: TinyTool, served: ServedKeys, body: bytes) -> None:
    served.bodies[f"{TOOL}/jwks"] = body
    assert tool.ask_token(tool.sign(tool.assertion())).get_json()["error"] == "invalid_client"


def test_a_tool_that_is_down_is_no_crash(tool: TinyTool, served: ServedKeys) -> None:
    served.bodies.clear()
    assert tool.ask_token(tool.sign(tool.assertion())).get_json()["error"] == "invalid_client"


def test_services_need_a_token(tool: TinyTool) -> None:
    for header in ({}, {"Authorization": "Bearer made-up"}, {"Authorization": "Basic abc"}):
        answer = tool.browser.get(ROSTER, headers=header)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.get_json()["status"] == 401


def test_a_token_expires(tool: TinyTool, clock: Clock) -> None:
    token = tool.token()
    assert tool.call("GET", ROSTER, token=token).status_code == 200
    clock.now += 3600
    assert tool.call("GET", ROSTER, token=token).status_code == 401


@pytest.mark.parametrize(
    ("scope", "method", "address"),
    [
        (AGS + "score", "GET", ROSTER),
        (ROSTER_SCOPE, "GET", ITEM),
        (AGS + "lineitem.readonly", "DELETE", ITEM),
        (AGS + "lineitem", "POST", ITEM.replace("?", "/scores?")),
        (AGS + "score", "GET", ITEM.replace("?", "/results?")),
        (AGS + "lineitem.readonly", "POST", "/lti/services/901/lineitems?type_id=1"),
        (AGS + "lineitem.readonly", "PUT", ITEM),
    ],
)
def test_each_call_needs_its_scope(tool: TinyTool, scope: str, method: str, address: str) -> None:
    assert tool.call(method, address, token=tool.token(scope)).status_code == 403


def test_token_is_bound_to_the_tool_and_its_courses(tool: TinyTool) -> None:
    assert tool.call("GET", ITEM.replace("type_id=1", "type_id=2")).status_code == 403
    assert tool.call("GET", ITEM.partition("?")[0]).status_code == 403
    assert tool.call("GET", ROSTER.replace("901", "999")).status_code == 404


def test_the_database_does_not_keep_the_token(tool: TinyTool) -> None:
    token = tool.token()
    store = tool.app.extensions["giotay-demo-lms"].store
    with store.read() as db:
        kept = [row["digest"] for row in db.execute("SELECT digest FROM access_token")]
    assert kept
    assert token not in kept
