"""Dynamic registration, the administrator's page, and a second tool beside the first."""

from __future__ import annotations

import json
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from .conftest import ServedKeys
from .lms_tool import AGS, ISSUER, LTI, ROSTER_SCOPE, TOOL, Clock, TinyTool, key_set

TOOLS = "/as/admin/tools"
OTHER = "http://other.test"
CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"


def metadata(**changes: Any) -> dict[str, Any]:
    body = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": f"{OTHER}/login",
        "redirect_uris": [f"{OTHER}/launch"],
        "client_name": "Công cụ thứ hai",
        "jwks_uri": f"{OTHER}/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": f"{AGS}score {ROSTER_SCOPE} urn:unknown",
        CONFIGURATION: {
            "domain": "other.test",
            "target_link_uri": f"{OTHER}/launch",
            "custom_parameters": {"groups": "$Moodle.Person.userGroupIds", "odd": "$Foo.bar", "plain": "1"},
            "claims": ["iss", "sub", "name"],
            "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": f"{OTHER}/choose"}],
        },
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def invite(browser: FlaskClient, address: str = f"{OTHER}/register?school=1") -> dict[str, str]:
    """What the tool's registration page gets in its address, from the frame on the administrator's page."""
    page = browser.post(f"{TOOLS}/register", data={"address": address})
    assert page.status_code == 200
    frame = unescape(page.text.partition('<iframe id="tool"')[2].partition('src="')[2].partition('"')[0])
    assert f"frame-src 'self' {OTHER}" in page.headers["Content-Security-Policy"]
    return {name: values[0] for name, values in parse_qs(urlsplit(frame).query).items()}


def register(browser: FlaskClient, token: str, body: object) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return browser.post("/oidc/register", data=json.dumps(body), headers=headers)


def test_openid_configuration(browser: FlaskClient) -> None:
    body = browser.get("/.well-known/openid-configuration").get_json()
    assert body["issuer"] == ISSUER
    for member in ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"):
        assert body[member].startswith(f"{ISSUER}/")
    assert body["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert body["response_types_supported"] == ["id_token"]
    platform = body["https://purl.imsglobal.org/spec/lti-platform-configuration"]
    assert platform["product_family_code"] == "giotay-demo"
    assert [entry["type"] for entry in platform["messages_supported"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
    ]
    assert "Moodle.Person.userGroupIds" in platform["variables"]


def test_key_set_has_the_members_that_strict_tools_want(browser: FlaskClient) -> None:
    (key,) = browser.get("/jwks").get_json()["keys"]
    assert key.keys() == {"kty", "n", "e", "kid", "use", "alg"}
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")


def test_a_tool_registers_waits_and_is_switched_on(
    lms_app: Flask, browser: FlaskClient, clock: Clock, served: ServedKeys, tool: TinyTool
) -> None:
    told = invite(browser)
    assert told["openid_configuration"] == f"{ISSUER}/.well-known/openid-configuration"
    assert told["school"] == "1"
    answer = register(browser, told["registration_token"], metadata())
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["scope"] == f"{AGS}score {ROSTER_SCOPE}"
    assert body[CONFIGURATION]["deployment_id"] == "2"

    other = TinyTool(lms_app, clock, client_id=body["client_id"])
    served.bodies[f"{OTHER}/jwks"] = json.dumps(key_set(other.key)).encode()
    assert "Chờ kích hoạt" in browser.get(TOOLS).text
    assert other.ask_token(other.sign(other.assertion())).status_code == 401
    assert "Công cụ thứ hai" not in browser.get("/as/co-ha/course/901").text
    assert browser.get("/as/co-ha/course/901/add/2").status_code == 404

    assert browser.post(f"{TOOLS}/2/activate").status_code == 303
    assert "Chờ kích hoạt" not in browser.get(TOOLS).text
    assert "Thêm hoạt động Công cụ thứ hai" in browser.get("/as/co-ha/course/901").text
    granted = other.ask_token(other.sign(other.assertion()))
    assert granted.get_json()["scope"] == f"{AGS}score {ROSTER_SCOPE}"


def second_tool(app: Flask, browser: FlaskClient, clock: Clock, served: ServedKeys) -> TinyTool:
    """A second tool, registered and switched on."""
    body = register(browser, invite(browser)["registration_token"], metadata()).get_json()
    browser.post(f"{TOOLS}/{body[CONFIGURATION]['deployment_id']}/activate")
    other = TinyTool(app, clock, client_id=body["client_id"])
    served.bodies[f"{OTHER}/jwks"] = json.dumps(key_set(other.key)).encode()
    return other


def test_the_second_tool_sees_nothing_of_the_first(
    lms_app: Flask, browser: FlaskClient, clock: Clock, served: ServedKeys, tool: TinyTool
) -> None:
    other = second_tool(lms_app, browser, clock, served)
    token = other.token(ROSTER_SCOPE)
    assert other.call("GET", "/lti/services/CourseSection/901/bindings/2/memberships", token=token).status_code == 403
    assert other.call("GET", "/lti/services/CourseSection/901/bindings/1/memberships", token=token).status_code == 403
    login = tool.open("/as/co-ha/activity/1?window=1")
    asked = other.request_for(login, client_id=other.client_id, redirect_uri=f"{OTHER}/launch")
    assert "id_token" not in browser.get("/oidc/auth", query_string=asked).text


def test_first_deep_linking_launch_has_no_services_and_its_own_custom_values(
    lms_app: Flask, browser: FlaskClient, clock: Clock, served: ServedKeys
) -> None:
    other = second_tool(lms_app, browser, clock, served)
    login = other.open("/as/co-ha/course/901/add/2?window=1")
    assert login.fields["target_link_uri"] == f"{OTHER}/choose"
    claims = other.read_token(other.authenticate(login, redirect_uri=f"{OTHER}/launch").fields["id_token"])
    assert claims[LTI + "custom"] == {"groups": "", "odd": "$Foo.bar", "plain": "1"}
    assert "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice" not in claims


def test_deleting_a_tool_ends_its_token(lms_app: Flask, browser: FlaskClient, clock: Clock, served: ServedKeys) -> None:
    other = second_tool(lms_app, browser, clock, served)
    token = other.token(ROSTER_SCOPE)
    assert browser.post(f"{TOOLS}/2/delete").status_code == 303
    assert other.call("GET", "/lti/services/CourseSection/901/bindings/2/memberships", token=token).status_code == 401
    assert "Công cụ thứ hai" not in browser.get(TOOLS).text
    assert browser.post(f"{TOOLS}/2/delete").status_code == 404
    assert browser.post(f"{TOOLS}/2/activate").status_code == 404


def test_the_configured_tool_is_not_deleted_here(browser: FlaskClient) -> None:
    assert browser.post(f"{TOOLS}/1/delete").status_code == 409
    assert "Giơ Tay" in browser.get(TOOLS).text


def test_a_registration_token_works_once(browser: FlaskClient) -> None:
    token = invite(browser)["registration_token"]
    assert register(browser, token, metadata()).status_code == 200
    assert register(browser, token, metadata()).status_code == 401
    assert browser.get(TOOLS).text.count("Chờ kích hoạt") == 1


def test_a_registration_token_lives_an_hour(browser: FlaskClient, clock: Clock) -> None:
    token = invite(browser)["registration_token"]
    clock.now += 3601
    assert register(browser, token, metadata()).status_code == 401


def test_a_refused_registration_does_not_use_up_the_token(browser: FlaskClient) -> None:
    token = invite(browser)["registration_token"]
    assert register(browser, token, metadata(jwks_uri=None)).status_code == 400
    assert register(browser, token, metadata()).status_code == 200


def test_only_our_registration_tokens_open_the_door(browser: FlaskClient, tool: TinyTool) -> None:
    claims = {"aud": f"{ISSUER}/oidc/register", "scope": "reg", "jti": "1", "exp": int(tool.clock.now) + 60}
    id_token = tool.authenticate(tool.open("/as/co-ha/activity/1?window=1")).fields["id_token"]
    for token in ("", "made-up", tool.sign(claims), id_token):
        assert register(browser, token, metadata()).status_code == 401
    assert browser.post("/oidc/register", data="{}").status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"response_types": ["code"]},
        {"response_types": None},
        {"initiate_login_uri": None},
        {"initiate_login_uri": "javascript:alert(1)"},
        {"redirect_uris": None},
        {"redirect_uris": []},
        {"redirect_uris": ["http://a.test/x; script-src *"]},
        {"redirect_uris": ["http://user@a.test/x"]},
        {"redirect_uris": ["http://a.test:99999/x"]},
        {"client_name": None},
        {"client_name": "  "},
        {"jwks_uri": None},
        {"jwks_uri": "ftp://other.test/jwks"},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": None},
        {CONFIGURATION: None},
        {CONFIGURATION: {"domain": "evil.test", "target_link_uri": f"{OTHER}/launch"}},
        {CONFIGURATION: {"target_link_uri": f"{OTHER}/launch"}},
        {CONFIGURATION: {"domain": "other.test"}},
        {CONFIGURATION: {"domain": "other.test", "target_link_uri": f"{OTHER}/x", "custom_parameters": {"a": 1}}},
    ],
)
def test_incomplete_metadata_is_refused(browser: FlaskClient, changes: dict[str, Any]) -> None:
    answer = register(browser, invite(browser)["registration_token"], metadata(**changes))
    assert answer.status_code == 400
    assert answer.get_json()["error"].startswith("invalid_")
    assert "Chờ kích hoạt" not in browser.get(TOOLS).text


@pytest.mark.parametrize("body", [[], "text", None])
def test_metadata_that_is_no_object_is_refused(browser: FlaskClient, body: object) -> None:
    assert register(browser, invite(browser)["registration_token"], body).status_code == 400


@pytest.mark.parametrize("address", ["", "tool.test/register", "javascript:alert(1)", 'http://x.test/" onload="y'])
def test_a_registration_address_must_be_a_web_address(browser: FlaskClient, address: str) -> None:
    answer = browser.post(f"{TOOLS}/register", data={"address": address})
    assert answer.status_code == 422
    assert "Hãy dán địa chỉ" in answer.text
    assert "<iframe" not in answer.text


def test_a_name_with_script_is_shown_as_text(browser: FlaskClient) -> None:
    body = metadata(client_name="<script>alert(1)</script>")
    register(browser, invite(browser)["registration_token"], body)
    browser.post(f"{TOOLS}/2/activate")
    for path in (TOOLS, "/as/co-ha/course/901"):
        assert "<script>alert" not in browser.get(path).text


def test_only_the_administrator_sees_the_tools(browser: FlaskClient) -> None:
    for slug in ("co-ha", "thay-duc", "9a1-01"):
        assert browser.get(f"/as/{slug}/tools").status_code == 403
        assert browser.post(f"/as/{slug}/tools/register", data={"address": f"{OTHER}/register"}).status_code == 403
        assert browser.post(f"/as/{slug}/tools/1/delete").status_code == 403


def test_a_form_from_elsewhere_is_refused(browser: FlaskClient) -> None:
    path = f"{TOOLS}/1/activate"
    for origin in ("http://evil.test", "null", TOOL):
        assert browser.post(path, headers={"Origin": origin}).status_code == 403
    assert browser.post(path, headers={"Origin": ISSUER}).status_code == 303
