"""From the LMS's link to the page that survives a reload: login, launch, and what stands in addresses and logs."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.extensions import db
from lti_tool.models import LaunchVisit, MemberRole, Registration, RegistrationState
from tests.lti_tool.platform import AGS, DEEP_LINKING, INSTRUCTOR, LEARNER, LTI, NRPS, ROLES
from tests.lti_tool.tool import Browser, Tool
from tests.lti_tool.witness import FLEETING, NOTED, Log, contents, fault_of

BASE = "http://127.0.0.1:8000"
MARKER = "Bí mật của em Nguyễn"

FRAME = {"Sec-Fetch-Dest": "iframe"}
WINDOW = {"Sec-Fetch-Dest": "document"}


def post_launch(browser: Browser, headers: dict[str, str], **claims: Any) -> TestResponse:
    """A right launch that reaches us as a browser sends it from a frame or from a window."""
    login = browser.login()
    platform = browser.tool.platform
    token = platform.sign(platform.claims(login["nonce"], browser.address("/lti/launch"), **claims))
    return browser.client.post("/lti/launch", data={"state": login["state"], "id_token": token}, headers=headers)


# --- login ----------------------------------------------------------------------------------------------------------


def asked(tool: Tool, **changes: str | None) -> dict[str, str]:
    query = {
        "iss": tool.platform.url,
        "client_id": "client-1",
        "login_hint": "hint",
        "target_link_uri": f"{BASE}/lti/launch",
        **changes,
    }
    return {name: value for name, value in query.items() if value is not None}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_l1_a_login_asks_the_platform_for_a_launch(tool: Tool, method: str) -> None:
    browser = tool.browser()
    hint = '{"cmid":1001,"launchid":"a b&c=d"}'
    sent = asked(tool, lti_message_hint=hint)
    where = {"query_string": sent} if method == "GET" else {"data": sent}
    answer = browser.client.open("/lti/login", method=method, **where)
    assert answer.status_code == 302
    address, _, query = answer.location.partition("?")
    assert address == f"{tool.platform.url}/auth"
    told = {name: values[0] for name, values in parse_qs(query).items()}
    assert told.pop("state") != told.pop("nonce")
    assert told == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "client-1",
        "redirect_uri": f"{BASE}/lti/launch",
        "login_hint": "hint",
        "lti_message_hint": hint,
    }
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_an_authentication_address_with_a_query_keeps_it(tool: Tool) -> None:
    with tool.inside():
        tool.registration().auth_login_url += "?tenant=1"
    answer = tool.browser().client.post("/lti/login", data=asked(tool))
    query = parse_qs(urlsplit(answer.location).query)
    assert query["tenant"] == ["1"]
    assert query["scope"] == ["openid"]


def test_the_target_decides_where_the_platform_answers(tool: Tool) -> None:
    answer = tool.browser().client.post("/lti/login", data=asked(tool, target_link_uri=f"{BASE}/lti/deep-link?a=b"))
    assert parse_qs(urlsplit(answer.location).query)["redirect_uri"] == [f"{BASE}/lti/deep-link"]


def test_without_a_client_id_the_only_registration_is_meant(tool: Tool) -> None:
    assert tool.browser().client.post("/lti/login", data=asked(tool, client_id=None)).status_code == 302


def test_without_a_client_id_two_registrations_are_too_many(tool: Tool) -> None:
    with tool.inside():
        first = tool.registration()
        db.session.add(
            Registration(
                issuer=first.issuer,
                client_id="client-2",
                auth_login_url=first.auth_login_url,
                token_url=first.token_url,
                key_set_url=first.key_set_url,
                state=RegistrationState.ACTIVE,
                created_at=1,
            )
        )
    before = contents(tool, NOTED)
    answer = tool.browser().client.post("/lti/login", data=asked(tool, client_id=None))
    assert (fault_of(answer), answer.status_code) == ("unknown_lms", 404)
    assert contents(tool, NOTED) == before


BAD_LOGINS: tuple[tuple[str, int, dict[str, str | None]], ...] = (
    ("unknown_lms", 404, {"iss": "https://lms.example"}),
    ("unknown_lms", 404, {"iss": None}),
    ("unknown_lms", 404, {"iss": "http://127.0.0.1:1\x00"}),
    ("unknown_lms", 404, {"iss": "http://[::1"}),
    ("unknown_lms", 404, {"client_id": "client-9"}),
    ("unknown_lms", 404, {"client_id": "client\x00"}),
    ("login", 400, {"login_hint": None}),
    ("login", 400, {"login_hint": ""}),
    ("target", 400, {"target_link_uri": None}),
    ("target", 400, {"target_link_uri": "/lti/launch"}),
    ("target", 400, {"target_link_uri": "https://evil.example/lti/launch"}),
    ("target", 400, {"target_link_uri": "https://127.0.0.1:8000/lti/launch"}),
    ("target", 400, {"target_link_uri": f"{BASE}@evil.example/lti/launch"}),
    ("target", 400, {"target_link_uri": "http://evil.example\\@127.0.0.1:8000/lti/launch"}),
    ("target", 400, {"target_link_uri": "http://127.0.0.1:8000.evil.example/lti/launch"}),
    ("target", 400, {"target_link_uri": "//127.0.0.1:8000/lti/launch"}),
    ("target", 400, {"target_link_uri": "javascript://127.0.0.1:8000/lti/launch"}),
    ("target", 400, {"target_link_uri": f"{BASE}/lti/launch/../../enter"}),
    ("target", 400, {"target_link_uri": f"{BASE}/l/1/"}),
    ("target", 400, {"target_link_uri": "http://[::1/lti/launch"}),
    ("target", 400, {"target_link_uri": f"{BASE}/lti/launch?" + "x" * 5_000}),
    ("target", 400, {"target_link_uri": f"{BASE}/lti/launch?\x00"}),
    ("target", 400, {"target_link_uri": f"{BASE}/lti/launch?\r\nSet-Cookie: a=b"}),
)


@pytest.mark.parametrize(("fault", "status", "changes"), BAD_LOGINS, ids=lambda value: str(value)[:70])
def test_a_bad_login_is_refused_and_begins_nothing(
    steady_tool: Tool, fault: str, status: int, changes: dict[str, str | None]
) -> None:
    before = contents(steady_tool, NOTED)
    answer = steady_tool.browser().client.post("/lti/login", data=asked(steady_tool, **changes))
    assert (fault_of(answer), answer.status_code) == (fault, status)
    assert "Location" not in answer.headers
    assert contents(steady_tool, NOTED) == before


@pytest.mark.postgres
@pytest.mark.parametrize("member", ["iss", "client_id", "target_link_uri", "login_hint", "lti_message_hint"])
@pytest.mark.parametrize("text", ["\x00", "x" * 5_000])
def test_no_text_of_a_login_is_more_than_postgresql_can_hold(
    steady_postgres_tool: Tool, member: str, text: str
) -> None:
    changes = {member: asked(steady_postgres_tool).get(member, "") + text}
    answer = steady_postgres_tool.browser().client.post("/lti/login", data=asked(steady_postgres_tool, **changes))
    assert answer.status_code in (302, 400, 404)


@pytest.mark.parametrize("state", [RegistrationState.PENDING, RegistrationState.BLOCKED])
def test_only_an_active_registration_may_begin(tool: Tool, state: RegistrationState) -> None:
    with tool.inside():
        tool.registration().state = state
    before = contents(tool, NOTED)
    answer = tool.browser().client.post("/lti/login", data=asked(tool))
    assert (fault_of(answer), answer.status_code) == ("pending_lms", 403)
    assert contents(tool, NOTED) == before


def test_a_registration_blocked_between_login_and_launch_does_not_launch(tool: Tool) -> None:
    browser = tool.browser()
    login = browser.login()
    with tool.inside():
        tool.registration().state = RegistrationState.BLOCKED
    before = contents(tool, FLEETING)
    token = tool.platform.sign(tool.platform.claims(login["nonce"], browser.address("/lti/launch")))
    answer = browser.answer(login, token)
    assert (fault_of(answer), answer.status_code) == ("pending_lms", 403)
    assert contents(tool, FLEETING) == before


# --- launch ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [WINDOW, FRAME, {}], ids=["window", "frame", "a browser that does not say"])
def test_a_launch_leads_to_a_page_that_survives_a_reload(tool: Tool, headers: dict[str, str]) -> None:
    browser = tool.browser()
    answer = post_launch(browser, headers)
    assert answer.status_code == 303
    parts = urlsplit(answer.location)
    assert re.fullmatch(r"/l/[0-9a-f]{20}/", parts.path)
    assert not parts.query
    assert bool(parts.fragment) == (headers != WINDOW)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    for _ in range(2):
        assert browser.client.get(parts.path, follow_redirects=True).status_code == 200


def test_a_frame_without_cookies_opens_the_launch_in_a_window_once(tool: Tool) -> None:
    location = post_launch(tool.browser(), FRAME).location
    path, _, fragment = location.partition("#c=")
    frame = tool.browser()
    offered = frame.client.get(path)
    assert offered.status_code == 403
    assert 'action="/enter"' in offered.text
    assert fragment not in offered.text
    window = tool.browser()
    assert window.client.post("/enter", data={"code": fragment}).location == path
    assert window.client.get(path, follow_redirects=True).status_code == 200
    assert fault_of(tool.browser().client.post("/enter", data={"code": fragment})) == "window_code"


def test_every_launch_is_a_visit_of_its_own(tool: Tool) -> None:
    browser = tool.browser()
    first, second = browser.launch().visit, browser.launch().visit
    assert first != second
    with tool.inside():
        assert len(db.session.scalars(select(LaunchVisit)).all()) == 2


@pytest.mark.parametrize("path", ["/lti/launch", "/lti/deep-link"])
def test_a_launch_is_never_a_get(steady_tool: Tool, path: str) -> None:
    assert steady_tool.browser().client.get(path).status_code == 405


NOTHING_PERSONAL = {"name": None, "given_name": None, "family_name": None}
BARE = {**NOTHING_PERSONAL, f"{LTI}context": None, f"{LTI}launch_presentation": None, NRPS: None, AGS: None}
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"

VALID: dict[str, tuple[MemberRole, dict[str, Any]]] = {
    "V1 a teacher with everything": (MemberRole.TEACHER, {}),
    "V1 a pupil with everything": (MemberRole.PUPIL, {f"{LTI}roles": [LEARNER]}),
    "V2 the course decides, not the institution": (
        MemberRole.PUPIL,
        {f"{LTI}roles": [f"{INSTITUTION}Instructor", f"{INSTITUTION}Administrator", LEARNER]},
    ),
    "V2 several roles of a teacher": (
        MemberRole.TEACHER,
        {f"{LTI}roles": [f"{INSTITUTION}Staff", f"{INSTITUTION}Other", INSTRUCTOR]},
    ),
    "V3 a short teacher": (MemberRole.TEACHER, {f"{LTI}roles": ["Instructor"]}),
    "V3 a short pupil": (MemberRole.PUPIL, {f"{LTI}roles": ["Learner"]}),
    "V4 a role of nobody's": (MemberRole.GUEST, {f"{LTI}roles": ["http://purl.example/unknown/unknown#Helper"]}),
    "V5 an empty role": (MemberRole.GUEST, {f"{LTI}roles": [""]}),
    "V5 no role": (MemberRole.GUEST, {f"{LTI}roles": []}),
    "V6 an e-mail only": (MemberRole.TEACHER, {**NOTHING_PERSONAL, "email": "ha@sen.example"}),
    "V7 a name only": (MemberRole.TEACHER, {"given_name": None, "family_name": None}),
    "V8 nothing personal": (MemberRole.TEACHER, NOTHING_PERSONAL),
    "V9 no course": (MemberRole.TEACHER, {f"{LTI}context": None, "email": "ha@sen.example"}),
    "V10 a resource link and nothing else": (MemberRole.PUPIL, {**BARE, f"{LTI}roles": [LEARNER]}),
    "V10 null for what there is nothing to say of": (
        MemberRole.PUPIL,
        {
            f"{LTI}roles": [LEARNER],
            f"{LTI}launch_presentation": {"locale": None, "document_target": None, "return_url": None},
            f"{LTI}custom": {"lesson": None},
            NRPS: {"context_memberships_url": None, "service_versions": None},
            AGS: {"scope": None, "lineitems": None, "lineitem": None},
        },
    ),
    "V11 an assistant": (MemberRole.ASSISTANT, {f"{LTI}roles": [f"{ROLES}TeachingAssistant"]}),
    "an administrator of the institution": (MemberRole.GUEST, {f"{LTI}roles": [f"{INSTITUTION}Administrator"]}),
    "B26 a teacher of another vocabulary": (
        MemberRole.GUEST,
        {f"{LTI}roles": ["http://purl.imsglobal.org/vocab/lis/v2/evil#Instructor"]},
    ),
    "an address of a service that is none": (
        MemberRole.TEACHER,
        {NRPS: {"context_memberships_url": "javascript:alert(1)"}, AGS: {"lineitems": "http://[", "scope": ["x"]}},
    ),
    "a variable the platform does not know": (
        MemberRole.TEACHER,
        {f"{LTI}custom": {"person_groups": "$Moodle.Person.userGroupIds", "lesson": "$Foo.bar"}},
    ),
}


@pytest.mark.parametrize(("role", "claims"), VALID.values(), ids=VALID.keys())
def test_a_valid_launch_lands_under_the_right_role(tool: Tool, role: MemberRole, claims: dict[str, Any]) -> None:
    browser = tool.browser().launch(**claims)
    page = browser.client.get(browser.path(""), follow_redirects=True)
    assert page.status_code == 200
    assert "$Foo" not in page.text
    assert "$Moodle" not in page.text
    with tool.inside():
        assert db.session.scalars(select(LaunchVisit)).one().role is role


@pytest.mark.parametrize(
    "claims",
    [
        {"name": "<script>alert(1)</script>", "given_name": None, "family_name": None},
        {f"{LTI}context": {"id": "c", "title": "<script>alert(1)</script>", "label": "\"><img src=x onerror='y'>"}},
        {f"{LTI}resource_link": {"id": "<script>", "title": "<script>alert(1)</script>"}},
        {f"{LTI}custom": {"lesson": "<script>alert(1)</script>"}},
    ],
    ids=["name", "course", "link", "custom"],
)
@pytest.mark.parametrize("role", [INSTRUCTOR, LEARNER])
def test_script_in_a_launch_is_text_on_the_page(tool: Tool, claims: dict[str, Any], role: str) -> None:
    browser = tool.browser().launch(**{**claims, f"{LTI}roles": [role]})
    page = browser.client.get(browser.path(""), follow_redirects=True)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text


def test_a_page_speaks_the_language_of_the_launch(tool: Tool) -> None:
    browser = tool.browser().launch(**{f"{LTI}launch_presentation": {"locale": "en_GB"}})
    assert '<html lang="en"' in browser.client.get(browser.path(""), follow_redirects=True).text


def test_d1_deep_linking_lands_on_the_choice_of_lessons(tool: Tool) -> None:
    settings = {
        "deep_link_return_url": f"{tool.platform.url}/return",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
    }
    claims = {f"{LTI}message_type": "LtiDeepLinkingRequest", f"{LTI}resource_link": None, DEEP_LINKING: settings}
    browser = tool.browser().launch("/lti/deep-link", **claims)
    assert browser.get("").location == f"/l/{browser.visit}/choose"


# --- the platform's own word ----------------------------------------------------------------------------------------


def test_b25_the_platforms_reason_is_shown_as_text(tool: Tool) -> None:
    browser = tool.browser()
    said = {"error": "access_denied", "error_description": "Hết <b>phiên</b>", "state": browser.login()["state"]}
    before = contents(tool, FLEETING)
    answer = browser.client.post("/lti/launch", data=said)
    assert (fault_of(answer), answer.status_code) == ("platform_said", 403)
    assert "Hết &lt;b&gt;phiên&lt;/b&gt;" in answer.text
    assert contents(tool, FLEETING) == before


def test_the_platforms_code_is_shown_where_it_describes_nothing(tool: Tool) -> None:
    browser = tool.browser()
    answer = browser.client.post("/lti/launch", data={"error": "login_required", "state": browser.login()["state"]})
    assert "login_required" in answer.text


@pytest.mark.parametrize("is_known", [True, False], ids=["another browser's state", "no state"])
def test_a_stranger_cannot_put_words_into_the_platforms_mouth(tool: Tool, is_known: bool) -> None:
    state = tool.browser().login()["state"] if is_known else "made-up"
    said = {"error": "x", "error_description": "Gọi ngay 0900 000 000", "state": state}
    answer = tool.browser().client.post("/lti/launch", data=said)
    assert fault_of(answer) == ("cookies" if is_known else "state")
    assert "0900" not in answer.text


def test_a_launch_after_the_platforms_error_needs_a_new_login(tool: Tool) -> None:
    browser = tool.browser()
    login = browser.login()
    browser.client.post("/lti/launch", data={"error": "x", "state": login["state"]})
    token = tool.platform.sign(tool.platform.claims(login["nonce"], browser.address("/lti/launch")))
    assert fault_of(browser.answer(login, token)) == "state"


# --- what must not be seen ------------------------------------------------------------------------------------------


def test_nothing_personal_or_secret_stands_in_logs_or_addresses(tool: Tool, caplog: pytest.LogCaptureFixture) -> None:
    log = Log(caplog)
    browser = tool.browser()
    login = browser.login(login_hint=f"{MARKER} 1", lti_message_hint=f"{MARKER} 2")
    claims = {
        "sub": "sub-marker",
        "name": f"{MARKER} 3",
        "family_name": f"{MARKER} 4",
        "given_name": f"{MARKER} 5",
        "email": "marker@sen.example",
        f"{LTI}context": {"id": "course-marker", "title": f"{MARKER} 6"},
        f"{LTI}custom": {"person_groups": "group-marker"},
    }
    token = tool.platform.sign(tool.platform.claims(login["nonce"], browser.address("/lti/launch"), **claims))
    landed = browser.answer(login, token)
    browser.client.get(landed.location.partition("#")[0], follow_redirects=True)
    browser.answer(login, token)  # refused
    again = browser.login()
    browser.client.post(
        "/lti/launch",
        data={"state": again["state"], "error": f"{MARKER} 7", "error_description": f"{MARKER} 8"},
    )
    cookie = browser.client.get_cookie("giotay")
    assert cookie is not None
    code = landed.location.partition("#c=")[2]
    secrets = [MARKER, "sub-marker", "marker@", "course-marker", "group-marker", token, token.rpartition(".")[2]]
    secrets += [login["state"], login["nonce"], again["state"], cookie.value, code, browser.token]
    for secret in secrets:
        assert secret
        assert secret not in log.text
    assert "launched" in log.text
    for secret in secrets:
        if secret != code:
            assert secret not in landed.location


@pytest.mark.parametrize("claims", [{"sub": "sub-marker" * 30}, {f"{LTI}roles": MARKER}, {"name": [MARKER]}])
def test_a_refused_launch_leaves_no_claim_in_the_log(
    tool: Tool, caplog: pytest.LogCaptureFixture, claims: dict[str, Any]
) -> None:
    log = Log(caplog)
    browser = tool.browser()
    login = browser.login()
    body = {**tool.platform.claims(login["nonce"], browser.address("/lti/launch")), **claims}
    assert browser.answer(login, tool.platform.sign(body)).status_code == 403
    assert "marker" not in log.text
    assert MARKER not in log.text
    assert "fault" in log.text
