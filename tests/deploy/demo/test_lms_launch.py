"""A launch from the link to the id_token, and everything that the authentication endpoint refuses."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from deploy.demo.lms.people import ADMIN, COURSE_9A1, COURSE_9A2, HEAD, TEACHER

from .lms_tool import CLIENT_ID, DL, ISSUER, LTI, NOW, TOOL, Clock, TinyTool, read_form

TEACHER_LINK = "/as/co-ha/activity/1?window=1"
PUPIL_LINK = "/as/9a1-01/activity/1?window=1"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def test_login_form_has_the_members_of_third_party_login(tool: TinyTool) -> None:
    login = tool.open(TEACHER_LINK)
    assert login.action == f"{TOOL}/login"
    assert login.fields["iss"] == ISSUER
    assert login.fields["target_link_uri"] == f"{TOOL}/launch"
    assert login.fields["login_hint"] == TEACHER.sub
    assert login.fields["client_id"] == CLIENT_ID
    assert login.fields["lti_deployment_id"] == "1"
    hint = json.loads(login.fields["lti_message_hint"])
    assert hint.keys() == {"cmid", "launchid"}
    assert hint["cmid"] != 1


def test_answer_is_posted_to_the_redirect_uri_with_the_state(tool: TinyTool) -> None:
    form = tool.authenticate(tool.open(TEACHER_LINK))
    assert form.action == f"{TOOL}/launch"
    assert form.fields.keys() == {"id_token", "state"}
    assert form.fields["state"] == "state-1"


def test_request_may_come_by_post(tool: TinyTool) -> None:
    answer = tool.browser.post("/oidc/auth", data=tool.request_for(tool.open(TEACHER_LINK)))
    assert "id_token" in read_form(answer).fields


def test_teacher_claims(tool: TinyTool) -> None:
    claims = tool.launch(TEACHER_LINK)
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, CLIENT_ID, "nonce-1")
    assert claims["sub"] == TEACHER.sub
    assert (claims["iat"], claims["exp"]) == (NOW, NOW + 60)
    assert "azp" not in claims
    assert (claims["family_name"], claims["given_name"], claims["name"]) == ("Nguyễn Thu", "Hà", "Nguyễn Thu Hà")
    assert claims[LTI + "message_type"] == "LtiResourceLinkRequest"
    assert claims[LTI + "version"] == "1.3.0"
    assert claims[LTI + "deployment_id"] == "1"
    assert claims[LTI + "target_link_uri"] == f"{TOOL}/launch"
    assert claims[LTI + "roles"] == [MEMBERSHIP + "Instructor"]
    assert claims[LTI + "context"] == {
        "id": "901",
        "label": "TOAN9A1",
        "title": "Toán 9A1",
        "type": ["CourseSection"],
    }
    assert claims[LTI + "resource_link"]["id"] == "1"
    assert claims[LTI + "resource_link"]["title"] == "Tiết học trực tiếp · Giơ Tay"
    assert claims[LTI + "tool_platform"]["product_family_code"] == "giotay-demo"
    assert claims[LTI + "launch_presentation"]["locale"] == "vi"
    assert claims[LTI + "launch_presentation"]["document_target"] == "window"


def test_service_claims(tool: TinyTool) -> None:
    claims = tool.launch(TEACHER_LINK)
    endpoint = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert len(endpoint["scope"]) == 4
    assert urlsplit(endpoint["lineitem"]).query == "type_id=1"
    assert endpoint["lineitems"].startswith(f"{ISSUER}/lti/services/901/lineitems")
    roster = claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"]
    assert roster["service_versions"] == ["1.0", "2.0"]
    assert claims[LTI + "custom"]["context_memberships_url"] == roster["context_memberships_url"]


def test_pupil_is_a_learner_with_the_group_in_custom(tool: TinyTool) -> None:
    pupil = COURSE_9A1.pupils[0]
    claims = tool.launch(PUPIL_LINK)
    assert claims["sub"] == pupil.sub
    assert claims[LTI + "roles"] == [MEMBERSHIP + "Learner"]
    assert claims[LTI + "custom"]["person_groups"] == pupil.group == "11"
    assert tool.launch("/as/9a1-02/activity/1?window=1")[LTI + "custom"]["person_groups"] == "12"
    assert tool.launch(TEACHER_LINK)[LTI + "custom"]["person_groups"] == ""


def test_head_of_department_has_no_role_in_the_course(tool: TinyTool) -> None:
    roles = tool.launch(f"/as/{HEAD.slug}/activity/1?window=1")[LTI + "roles"]
    assert roles == ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff"]


def test_administrator_has_the_roles_that_moodle_sends(tool: TinyTool) -> None:
    roles = tool.launch(f"/as/{ADMIN.slug}/activity/1?window=1")[LTI + "roles"]
    assert "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator" in roles
    assert MEMBERSHIP + "Instructor" in roles


def test_frame_launch_says_iframe(tool: TinyTool) -> None:
    page = tool.browser.get("/as/co-ha/activity/1")
    assert f"frame-src 'self' {TOOL}" in page.headers["Content-Security-Policy"]
    claims = tool.launch("/as/co-ha/activity/1/launch")
    assert claims[LTI + "launch_presentation"]["document_target"] == "iframe"


def test_the_two_courses_send_different_contexts_and_columns(tool: TinyTool) -> None:
    first, second = tool.launch(TEACHER_LINK), tool.launch("/as/co-ha/activity/2?window=1")
    assert second[LTI + "context"]["id"] == COURSE_9A2.id != first[LTI + "context"]["id"]
    endpoint = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
    assert first[endpoint]["lineitem"] != second[endpoint]["lineitem"]


def test_deep_linking_request_has_settings_and_no_resource_link(tool: TinyTool) -> None:
    login = tool.open("/as/co-ha/course/901/add/1?window=1")
    assert login.fields["target_link_uri"] == f"{TOOL}/deep-link"
    claims = tool.read_token(tool.authenticate(login).fields["id_token"])
    assert claims[LTI + "message_type"] == "LtiDeepLinkingRequest"
    assert LTI + "resource_link" not in claims
    settings = claims[DL + "deep_linking_settings"]
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True
    assert settings["accept_presentation_document_targets"] == ["iframe", "window"]
    assert settings["deep_link_return_url"].startswith(f"{ISSUER}/deep-link/return")
    assert "data" not in settings


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scope": "openid email"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
        ({"prompt": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"login_hint": COURSE_9A1.pupils[4].sub}, "access_denied"),
        ({"login_hint": None}, "access_denied"),
        ({"lti_message_hint": None}, "invalid_request"),
        ({"lti_message_hint": "{}"}, "invalid_request"),
        ({"lti_message_hint": "[1]"}, "invalid_request"),
        ({"lti_message_hint": '{"cmid": 1001, "launchid": "made-up"}'}, "invalid_request"),
        ({"lti_message_hint": '{"cmid": 1001, "launchid": 7}'}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_answered_by_an_error_at_the_redirect_uri(
    tool: TinyTool, changes: dict[str, str | None], code: str
) -> None:
    form = tool.authenticate(tool.open(TEACHER_LINK), **changes)
    assert form.action == f"{TOOL}/launch"
    assert form.fields.keys() == {"error", "error_description", "state"}
    assert form.fields["error"] == code


def test_state_is_not_invented(tool: TinyTool) -> None:
    assert "state" not in tool.authenticate(tool.open(TEACHER_LINK), state=None).fields


def test_cmid_must_be_that_of_the_launch(tool: TinyTool) -> None:
    login = tool.open(TEACHER_LINK)
    hint = json.loads(login.fields["lti_message_hint"]) | {"cmid": 1002}
    assert tool.authenticate(login, lti_message_hint=json.dumps(hint)).fields["error"] == "invalid_request"


def test_a_launch_works_once(tool: TinyTool) -> None:
    login = tool.open(TEACHER_LINK)
    assert "id_token" in tool.authenticate(login).fields
    assert tool.authenticate(login).fields["error"] == "invalid_request"


def test_a_refused_request_does_not_use_up_the_launch(tool: TinyTool) -> None:
    login = tool.open(TEACHER_LINK)
    assert "error" in tool.authenticate(login, nonce="").fields
    assert "id_token" in tool.authenticate(login).fields


def test_a_launch_grows_old(tool: TinyTool, clock: Clock) -> None:
    login = tool.open(TEACHER_LINK)
    clock.now += 601
    assert tool.authenticate(login).fields["error"] == "invalid_request"


def test_the_ticket_of_deep_linking_is_no_launch(tool: TinyTool) -> None:
    login = tool.open("/as/co-ha/course/901/add/1?window=1")
    settings = tool.read_token(tool.authenticate(login).fields["id_token"])[DL + "deep_linking_settings"]
    ticket = settings["deep_link_return_url"].partition("ticket=")[2]
    hint = json.dumps({"cmid": 0, "launchid": ticket})
    assert tool.authenticate(login, lti_message_hint=hint).fields["error"] == "invalid_request"


@pytest.mark.parametrize("address", [f"{TOOL}/launch/", f"{TOOL}/other", "http://evil.test/launch", ""])
def test_nothing_is_posted_to_an_unregistered_address(tool: TinyTool, address: str) -> None:
    asked = tool.request_for(tool.open(TEACHER_LINK), redirect_uri=address)
    answer = tool.browser.get("/oidc/auth", query_string=asked)
    assert answer.status_code == 400
    assert read_form(answer).action == ""


@pytest.mark.parametrize("client", ["someone-else", None])
def test_an_unknown_client_gets_a_page(tool: TinyTool, client: str | None) -> None:
    asked = tool.request_for(tool.open(TEACHER_LINK), client_id=client)
    assert tool.browser.get("/oidc/auth", query_string=asked).status_code == 400


def test_posting_page_has_no_inline_script_and_escapes_the_state(tool: TinyTool) -> None:
    asked = tool.request_for(tool.open(TEACHER_LINK), state='"><script>alert(1)</script>')
    answer = tool.browser.get("/oidc/auth", query_string=asked)
    assert "<script>" not in answer.text
    assert read_form(answer).fields["state"] == asked["state"]
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert f"form-action 'self' {TOOL}" in policy
    assert answer.headers["Cache-Control"] == "no-store"


def test_return_url_leads_out_of_the_frame_with_the_words_of_the_tool(tool: TinyTool, browser: FlaskClient) -> None:
    back = tool.launch(TEACHER_LINK)[LTI + "launch_presentation"]["return_url"]
    page = browser.get(back.removeprefix(ISSUER), query_string={"lti_errormsg": "Hỏng <b>rồi</b>"})
    assert page.status_code == 200
    assert 'target="_top"' in page.text
    course = browser.get("/as/co-ha/course/901", query_string={"errormsg": "Hỏng <b>rồi</b>"})
    assert "Hỏng &lt;b&gt;rồi&lt;/b&gt;" in course.text
