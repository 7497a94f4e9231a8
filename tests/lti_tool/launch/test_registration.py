"""Dynamic registration: what is asked, what is kept, and what a stranger's address can make the tool do."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.launch.registration import LONGEST_ISSUER, TOOL_CONFIGURATION
from lti_tool.lms import http
from lti_tool.models import Deployment, Refusal, Registration, RegistrationInvite, RegistrationState
from lti_tool.secret import fingerprint
from tests.lti_tool.moodle import Moodle
from tests.lti_tool.platform import Answer, Asked, json_answer, serving
from tests.lti_tool.tool import Tool
from tests.lti_tool.witness import NOTED, contents, fault_of

CONFIGURATION = "/mod/lti/openid-configuration.php"


@pytest.fixture
def other() -> Iterator[Moodle]:
    """A Moodle that the tool does not know yet."""
    moodle = Moodle()
    with serving(moodle) as one:
        one.answers["GET", CONFIGURATION] = lambda _: json_answer(described(one.url))
        one.answers["POST", "/register"] = lambda asked: json_answer(registered(asked))
        assert isinstance(one, Moodle)
        yield one


def described(url: str, **changes: Any) -> dict[str, Any]:
    """What a Moodle says of itself."""
    body: dict[str, Any] = {
        "issuer": url,
        "authorization_endpoint": f"{url}/auth",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/jwks",
        "registration_endpoint": f"{url}/register",
        "https://purl.imsglobal.org/spec/lti-platform-configuration": {"product_family_code": "moodle"},
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def registered(asked: Asked, client: str = "Xy12ab34Cd56ef7", deployment: str | None = "3") -> dict[str, Any]:
    """What a Moodle answers: all that was sent, a client id, and the deployment inside the tool's configuration."""
    sent: dict[str, Any] = asked.json
    given = {"deployment_id": deployment} if deployment else {}
    return {**sent, "client_id": client, TOOL_CONFIGURATION: {**sent[TOOL_CONFIGURATION], **given}}


def register(tool: Tool, address: str, **form: str) -> TestResponse:
    return tool.browser().client.post("/lti/register", data={"address": address, "token": "rt-1", **form})


def rows(tool: Tool, issuer: str) -> list[tuple[str, RegistrationState, list[str]]]:
    """(client id, state, deployments) of each registration of an issuer."""
    with tool.inside():
        found = db.session.scalars(select(Registration).where(Registration.issuer == issuer)).all()
        return [
            (
                one.client_id,
                one.state,
                list(db.session.scalars(select(Deployment.deployment_id).where(Deployment.registration_id == one.id))),
            )
            for one in found
        ]


def invite(tool: Tool, *, lifetime: int = 60_000) -> str:
    with tool.inside():
        db.session.add(RegistrationInvite(secret_hash=fingerprint("open sesame"), expires_at=now() + lifetime))
    return "open sesame"


def test_r1_the_consent_page_says_what_is_asked_and_registers_nothing(tool: Tool, other: Moodle) -> None:
    before = contents(tool)
    query = {"openid_configuration": other.url + CONFIGURATION, "registration_token": "rt-1"}
    page = tool.browser().client.get("/lti/register", query_string=query)
    assert page.status_code == 200
    assert "không nhận e-mail" in page.text
    assert f"frame-ancestors {other.url}" in page.headers["Content-Security-Policy"]
    assert [asked.method for asked in other.asked] == ["GET"]
    assert contents(tool) == before


def test_r2_a_registration_waits_for_the_operator_and_says_what_to_click(any_tool: Tool, other: Moodle) -> None:
    page = register(any_tool, other.url + CONFIGURATION)
    assert page.status_code == 200
    assert "giotay lms approve" in page.text
    assert "cURL blocked hosts list" in page.text
    assert f'data-opener="{other.url}"' in page.text  # where registered.js posts org.imsglobal.lti.close
    assert rows(any_tool, other.url) == [("Xy12ab34Cd56ef7", RegistrationState.PENDING, ["3"])]
    sent = other.asked[-1]
    assert sent.headers["Authorization"] == "Bearer rt-1"
    assert sent.json["jwks_uri"].endswith("/lti/jwks")
    assert sent.json["token_endpoint_auth_method"] == "private_key_jwt"
    configuration = sent.json[TOOL_CONFIGURATION]
    assert configuration["domain"] in configuration["target_link_uri"]
    assert "email" not in configuration["claims"]
    assert {m["type"] for m in configuration["messages"]} == {
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
        "LtiSubmissionReviewRequest",
    }
    assert set(sent.json["response_types"]) == {"id_token"}


def test_r1_a_platform_that_sends_no_token_is_asked_without_one(tool: Tool, other: Moodle) -> None:
    assert register(tool, other.url + CONFIGURATION, token="").status_code == 200
    assert "Authorization" not in other.asked[-1].headers


def test_an_invitation_makes_it_active_once(either_tool: Tool, other: Moodle) -> None:
    secret = invite(either_tool)
    page = register(either_tool, other.url + CONFIGURATION, invite=secret)
    assert "giotay lms approve" not in page.text
    assert rows(either_tool, other.url)[0][1] is RegistrationState.ACTIVE
    other.answers["POST", "/register"] = lambda asked: json_answer(registered(asked, client="second"))
    register(either_tool, other.url + CONFIGURATION, invite=secret)
    assert rows(either_tool, other.url)[1][:2] == ("second", RegistrationState.PENDING)


@pytest.mark.parametrize("given", ["made up", "expired", ""])
def test_no_other_invitation_opens_anything(tool: Tool, other: Moodle, given: str) -> None:
    """Be there one for somebody else: that one is not spent either."""
    secret = invite(tool, lifetime=-1 if given == "expired" else 60_000)
    register(tool, other.url + CONFIGURATION, invite=secret if given == "expired" else given)
    assert rows(tool, other.url)[0][1] is RegistrationState.PENDING
    with tool.inside():
        assert db.session.query(RegistrationInvite).one().used_at is None


def test_a_registration_that_failed_spends_no_invitation(tool: Tool, other: Moodle) -> None:
    secret = invite(tool)
    other.answers["POST", "/register"] = lambda _: json_answer({"error": "invalid_token"}, 401)
    assert fault_of(register(tool, other.url + CONFIGURATION, invite=secret)) == "registration_refused"
    other.answers["POST", "/register"] = lambda asked: json_answer(registered(asked))
    register(tool, other.url + CONFIGURATION, invite=secret)
    assert rows(tool, other.url)[0][1] is RegistrationState.ACTIVE


def test_an_answer_that_refuses_registers_nothing_whatever_it_says(tool: Tool, other: Moodle) -> None:
    other.answers["POST", "/register"] = lambda asked: json_answer(registered(asked), 403)
    assert fault_of(register(tool, other.url + CONFIGURATION)) == "registration_refused"
    assert rows(tool, other.url) == []


def test_a_registration_that_waits_may_move(tool: Tool, other: Moodle) -> None:
    """Nobody launches by it yet, and the operator sees where it stands when they let it in."""
    register(tool, other.url + CONFIGURATION)
    other.answers["GET", CONFIGURATION] = lambda _: json_answer(described(other.url, jwks_uri=f"{other.url}/moved"))
    assert register(tool, other.url + CONFIGURATION).status_code == 200
    with tool.inside():
        found = db.session.scalars(select(Registration).where(Registration.issuer == other.url)).one()
        assert (found.key_set_url, found.state) == (f"{other.url}/moved", RegistrationState.PENDING)


def test_registering_again_refreshes_the_one_row(either_tool: Tool, other: Moodle) -> None:
    for deployment in ("3", "4"):
        other.answers["POST", "/register"] = lambda asked, d=deployment: json_answer(registered(asked, deployment=d))
        assert register(either_tool, other.url + CONFIGURATION).status_code == 200
    assert rows(either_tool, other.url) == [("Xy12ab34Cd56ef7", RegistrationState.PENDING, ["3", "4"])]


def test_an_active_registration_that_says_the_same_again_needs_no_invitation(tool: Tool, other: Moodle) -> None:
    register(tool, other.url + CONFIGURATION, invite=invite(tool))
    assert register(tool, other.url + CONFIGURATION).status_code == 200
    assert rows(tool, other.url) == [("Xy12ab34Cd56ef7", RegistrationState.ACTIVE, ["3"])]


@pytest.mark.parametrize("deployment", ["x" * 256, "a\x00"], ids=["long", "control"])
def test_a_deployment_that_no_database_keeps_is_left_to_the_first_launch(
    tool: Tool, other: Moodle, deployment: str
) -> None:
    other.answers["POST", "/register"] = lambda asked: json_answer(registered(asked, deployment=deployment))
    assert register(tool, other.url + CONFIGURATION).status_code == 200
    assert rows(tool, other.url) == [("Xy12ab34Cd56ef7", RegistrationState.PENDING, [])]


def test_an_active_registration_is_moved_only_by_invitation(tool: Tool, other: Moodle) -> None:
    register(tool, other.url + CONFIGURATION, invite=invite(tool))
    other.answers["GET", CONFIGURATION] = lambda _: json_answer(described(other.url, jwks_uri=f"{other.url}/evil"))
    answer = register(tool, other.url + CONFIGURATION)
    assert (fault_of(answer), answer.status_code) == ("registration_moved", 409)

    def key_set() -> str:
        with tool.inside():
            return db.session.scalars(select(Registration.key_set_url).where(Registration.issuer == other.url)).one()

    assert key_set() == f"{other.url}/jwks"
    with tool.inside():
        db.session.query(RegistrationInvite).delete()
    register(tool, other.url + CONFIGURATION, invite=invite(tool))
    assert key_set() == f"{other.url}/evil"


def test_an_active_registrations_tokens_are_for_no_stranger(tool: Tool, other: Moodle) -> None:
    """Nobody else's word on whom an assertion is signed for: the LMS would take none any more."""
    register(tool, other.url + CONFIGURATION, invite=invite(tool))
    told = described(other.url, authorization_server="https://evil.example")
    other.answers["GET", CONFIGURATION] = lambda _: json_answer(told)
    answer = register(tool, other.url + CONFIGURATION)
    assert (fault_of(answer), answer.status_code) == ("registration_moved", 409)
    with tool.inside():
        kept = db.session.scalars(select(Registration.token_audience).where(Registration.issuer == other.url)).one()
    assert kept != "https://evil.example"


def test_a_blocked_registration_stays_blocked(tool: Tool, other: Moodle) -> None:
    register(tool, other.url + CONFIGURATION)
    with tool.inside():
        found = db.session.scalars(select(Registration).where(Registration.issuer == other.url)).one()
        found.state = RegistrationState.BLOCKED
    register(tool, other.url + CONFIGURATION, invite=invite(tool))
    assert rows(tool, other.url)[0][1] is RegistrationState.BLOCKED


def test_a_platform_that_names_no_deployment_shows_it_at_its_first_launch(tool: Tool) -> None:
    with tool.inside():
        db.session.query(Deployment).delete()
    tool.teacher()
    with tool.inside():
        assert db.session.scalars(select(Deployment.deployment_id)).all() == ["dep-1"]
    browser = tool.browser()
    login = browser.login()
    deployment = {"https://purl.imsglobal.org/spec/lti/claim/deployment_id": "dep-2"}
    claims = tool.platform.claims(login["nonce"], browser.address("/lti/launch"), **deployment)
    assert browser.answer(login, tool.platform.sign(claims)).status_code == 403


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["", "javascript:alert(1)", "file:///etc/passwd", "http://[::1", "x" * 5_000, "//a"]
)
def test_an_address_that_is_none_is_refused(steady_tool: Tool, address: str) -> None:
    before = contents(steady_tool, NOTED)
    assert fault_of(register(steady_tool, address)) == "registration_address"
    assert contents(steady_tool, NOTED) == before


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "[fd00::1]"])
def test_an_address_inside_the_network_is_refused(
    steady_tool: Tool, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    spoken: list[str] = []

    def call(session: object, method: str, url: str, **_: object) -> None:
        spoken.append(url)
        raise http.PlatformFault("forbidden_address", url)

    monkeypatch.setattr("lti_tool.launch.registration.call", call)
    assert not http.is_allowed(host.strip("[]"), is_https=True, networks=())
    assert fault_of(register(steady_tool, f"https://{host}/config")) == "registration_unreachable"
    assert len(spoken) == 1


Speak = Callable[[Asked], Answer]


def _drop(_: Asked) -> Answer:
    raise ConnectionResetError


def _slow(_: Asked) -> Answer:
    time.sleep(1)
    return json_answer({})


BAD_ANSWERS: Mapping[str, tuple[str, Speak]] = {
    "redirects": ("registration_unreachable", lambda _: (302, {"Location": "http://10.0.0.1/"}, b"")),
    "10 MB": ("registration_unreachable", lambda _: (200, {}, b" " * 10_000_000)),
    "never": ("registration_unreachable", _slow),
    "hangs up": ("registration_unreachable", _drop),
    "an error": ("registration_unreachable", lambda _: json_answer({}, 500)),
    "no JSON": ("registration_unreachable", lambda _: (200, {}, b"<html>")),
    "a list": ("registration_configuration", lambda _: json_answer([])),
    "nothing": ("registration_configuration", lambda _: json_answer({})),
    "a number for an address": ("registration_configuration", lambda _: json_answer(described("http://x", issuer=1))),
    "another host": ("registration_configuration", lambda _: json_answer(described("https://evil.example"))),
}


@pytest.mark.parametrize(("fault", "speak"), BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_what_no_platform_says_of_itself_is_refused(
    tool: Tool, other: Moodle, monkeypatch: pytest.MonkeyPatch, fault: str, speak: Speak
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", (0.5, 0.5))
    other.answers["GET", CONFIGURATION] = speak
    before = contents(tool, NOTED)
    assert fault_of(register(tool, other.url + CONFIGURATION)) == fault
    assert contents(tool, NOTED) == before
    with tool.inside():
        assert db.session.scalars(select(Refusal.key)).all() == [fault]


@pytest.mark.parametrize(
    "member", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"]
)
@pytest.mark.parametrize("value", ["https://evil.example/x", "javascript:alert(1)", "", 7, None])
def test_endpoints_stand_on_the_platforms_own_host(steady_tool: Tool, other: Moodle, member: str, value: Any) -> None:
    other.answers["GET", CONFIGURATION] = lambda _: json_answer(described(other.url, **{member: value}))
    assert fault_of(register(steady_tool, other.url + CONFIGURATION)) == "registration_configuration"
    assert [asked.method for asked in other.asked] == ["GET"]


@pytest.mark.parametrize("member", ["issuer", "authorization_endpoint", "token_endpoint", "registration_endpoint"])
@pytest.mark.parametrize("path", ["ftp:{}/x", "https:{}/a b", "https:{}/\n"], ids=["ftp", "a space", "a line"])
def test_an_address_on_its_own_host_is_one_of_the_web(steady_tool: Tool, other: Moodle, member: str, path: str) -> None:
    value = path.format(other.url.partition(":")[2])
    other.answers["GET", CONFIGURATION] = lambda _: json_answer(described(other.url, **{member: value}))
    assert fault_of(register(steady_tool, other.url + CONFIGURATION)) == "registration_configuration"
    assert [asked.method for asked in other.asked] == ["GET"]


def test_an_issuer_is_no_longer_than_its_column(tool: Tool, other: Moodle) -> None:
    for more, fault in ((0, None), (1, "registration_configuration")):
        issuer = f"{other.url}/".ljust(LONGEST_ISSUER + more, "x")
        other.answers["GET", CONFIGURATION] = lambda _, issuer=issuer: json_answer(described(other.url, issuer=issuer))
        answer = register(tool, other.url + CONFIGURATION)
        assert (answer.status_code == 200) is (fault is None)
        assert fault is None or fault_of(answer) == fault


@pytest.mark.parametrize("value", ["x" * 1001, "https://as.example/\x00", "\ud800"])
def test_an_audience_that_no_database_keeps_is_refused(any_tool: Tool, other: Moodle, value: str) -> None:
    told = described(other.url, authorization_server=value)
    other.answers["GET", CONFIGURATION] = lambda _: json_answer(told)
    assert fault_of(register(any_tool, other.url + CONFIGURATION)) == "registration_configuration"
    assert [asked.method for asked in other.asked] == ["GET"]


@pytest.mark.parametrize("member", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_an_endpoint_is_no_longer_than_its_column(any_tool: Tool, other: Moodle, member: str) -> None:
    told = described(other.url, **{member: f"{other.url}/".ljust(1001, "x")})
    other.answers["GET", CONFIGURATION] = lambda _: json_answer(told)
    assert fault_of(register(any_tool, other.url + CONFIGURATION)) == "registration_configuration"


@pytest.mark.parametrize(
    "body", [{}, [], {"client_id": ""}, {"client_id": 7}, {"client_id": "x\x00"}, {"client_id": "x" * 256}]
)
def test_an_answer_without_a_client_id_registers_nothing(tool: Tool, other: Moodle, body: Any) -> None:
    other.answers["POST", "/register"] = lambda _: json_answer(body)
    assert fault_of(register(tool, other.url + CONFIGURATION)) == "registration_refused"
    assert rows(tool, other.url) == []


def test_strangers_make_the_tool_ask_only_so_often(tool: Tool, other: Moodle) -> None:
    said = [register(tool, other.url + CONFIGURATION).status_code for _ in range(61)]
    assert said[:60] == [200] * 60
    assert said[60] == 429
