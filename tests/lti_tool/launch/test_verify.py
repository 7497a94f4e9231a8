"""What an id_token must prove, and every way in which one may fail to (conformance table B1 to B26)."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.test import TestResponse

from lti_tool.extensions import db
from lti_tool.models import Deployment, Registration, RegistrationState
from tests.lti_tool.platform import CLIENT_ID, DEEP_LINKING, KEY, LTI, Platform, json_answer
from tests.lti_tool.tool import Browser, Tool
from tests.lti_tool.witness import FLEETING, contents, fault_of

OTHER_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


class After(int):
    """So many seconds after the launch."""


def present(tool: Tool, browser: Browser | None = None, **changes: Any) -> TestResponse:
    """A launch with these claims changed, whatever becomes of it. `After` values count from now."""
    browser = browser or tool.browser()
    target = browser.address("/lti/launch")
    login = browser.login(target)
    moment = int(time.time())
    changes = {name: moment + value if isinstance(value, After) else value for name, value in changes.items()}
    claims = {**tool.platform.claims(login["nonce"], target), **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return browser.answer(login, tool.platform.sign(kept))


def encoded(part: object) -> str:
    text = part if isinstance(part, str) else json.dumps(part)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def signed_raw(body: str) -> str:
    """A body that no JSON library would write, truly signed by the platform."""
    return jwt.api_jws.encode(body.encode(), KEY, algorithm="RS256", headers={"kid": "platform-key-1"})


# --- claims ---------------------------------------------------------------------------------------------------------

WRONG_CLAIMS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "B3 version is 11.3": ("unproved", {f"{LTI}version": "11.3"}),
    "B4 no version": ("unproved", {f"{LTI}version": None}),
    "B6 several required claims missing": (
        "unproved",
        {"aud": None, "iss": None, "sub": None, f"{LTI}deployment_id": None, f"{LTI}roles": None},
    ),
    "B7 expired": ("expired", {"iat": 11_111, "exp": 22_222}),
    "B7 expired a minute ago": ("expired", {"iat": After(-120), "exp": After(-60)}),
    "B8 no message type": ("unproved", {f"{LTI}message_type": None}),
    "a message type of nobody's": ("unproved", {f"{LTI}message_type": "LtiSpecialRequest"}),
    "E1 a message type we do not take": (
        "claims",
        {
            f"{LTI}message_type": "DataPrivacyLaunchRequest",
            f"{LTI}resource_link": None,
            f"{LTI}context": None,
            f"{LTI}for_user": {"user_id": "user-1"},
        },
    ),
    "a message type that is a list": ("unproved", {f"{LTI}message_type": ["LtiResourceLinkRequest"]}),
    "B9 no roles": ("unproved", {f"{LTI}roles": None}),
    "B10 no deployment": ("unproved", {f"{LTI}deployment_id": None}),
    "B11 no resource link": ("unproved", {f"{LTI}resource_link": None}),
    "B11 a resource link without id": ("unproved", {f"{LTI}resource_link": {"title": "?"}}),
    "a resource link that is a text": ("unproved", {f"{LTI}resource_link": "link-1"}),
    "a resource link whose id is a number": ("claims", {f"{LTI}resource_link": {"id": 7}}),
    "B12 nobody in particular": ("anonymous", {"sub": None}),
    "an empty sub": ("anonymous", {"sub": ""}),
    "B14 a deployment we do not know": ("unproved", {f"{LTI}deployment_id": "dep-2"}),
    "B14 a deployment that is a number": ("unproved", {f"{LTI}deployment_id": 1}),
    "a deployment that is a list": ("unproved", {f"{LTI}deployment_id": ["dep-1"]}),
    "B16 another nonce": ("unproved", {"nonce": "another"}),
    "B16 no nonce": ("unproved", {"nonce": None}),
    "a nonce that is a number": ("unproved", {"nonce": 7}),
    "B17 no exp": ("unproved", {"exp": None}),
    "B17 no iat": ("unproved", {"iat": None}),
    "B17 neither": ("unproved", {"exp": None, "iat": None}),
    "B18 made years ago, good for years": ("unproved", {"iat": 1_500_000_000, "exp": After(900_000)}),
    "B18 made eleven minutes ago": ("unproved", {"iat": After(-661), "exp": After(600)}),
    "made in the future": ("clock", {"iat": After(300), "exp": After(600)}),
    "not yet good": ("clock", {"nbf": After(300)}),
    "exp is a word": ("unproved", {"exp": "soon"}),
    "iat is a list": ("unproved", {"iat": [1]}),
    "iat is text": ("unproved", {"iat": str(int(time.time()))}),
    "B19 two audiences, none of them named": ("unproved", {"aud": [CLIENT_ID, "other"], "azp": None}),
    "B19 azp is somebody else": ("unproved", {"aud": [CLIENT_ID, "other"], "azp": "other"}),
    "azp is somebody else, one audience": ("unproved", {"azp": "other"}),
    "azp is a list": ("unproved", {"azp": [CLIENT_ID]}),
    "another audience": ("unproved", {"aud": "client-2"}),
    "another audience, azp ours": ("unproved", {"aud": "client-2", "azp": CLIENT_ID}),
    "no audience": ("unproved", {"aud": None}),
    "an audience that is a number": ("unproved", {"aud": 1}),
    "an audience of numbers beside ours": ("unproved", {"aud": [CLIENT_ID, 7]}),
    "another issuer": ("unproved", {"iss": "https://lms.example"}),
    "no issuer": ("unproved", {"iss": None}),
    "B21 no target": ("claims", {f"{LTI}target_link_uri": None}),
    "B21 another host's target": ("target", {f"{LTI}target_link_uri": "https://evil.example/lti/launch"}),
    "B21 another target of ours": ("target", {f"{LTI}target_link_uri": "http://127.0.0.1:8000/lti/deep-link"}),
    "B21 our target and more": ("target", {f"{LTI}target_link_uri": "http://127.0.0.1:8000/lti/launch?to=x"}),
    "B22 roles are one text": ("claims", {f"{LTI}roles": "Instructor"}),
    "B22 roles are numbers": ("claims", {f"{LTI}roles": [1, 2]}),
    "B24 a numeric sub": ("claims", {"sub": 7}),
    "a name that is a number": ("claims", {"name": 7}),
    "a context that is a text": ("claims", {f"{LTI}context": "course-1"}),
    "a context without an id": ("claims", {f"{LTI}context": {"title": "Toán"}}),
    "a context with an empty id": ("claims", {f"{LTI}context": {"id": ""}}),
    "custom values that are a list": ("claims", {f"{LTI}custom": ["lesson"]}),
    "services that are a text": ("claims", {"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": "x"}),
    "a sub longer than the specification allows": ("claims", {"sub": "x" * 256}),
    "a course id of a novel's length": ("claims", {f"{LTI}context": {"id": "x" * 100_000}}),
    "a link id of a novel's length": ("claims", {f"{LTI}resource_link": {"id": "x" * 100_000}}),
    "a sub with a null character": ("claims", {"sub": "user\x001"}),
    "a sub of half a character": ("claims", {"sub": "user\ud8001"}),
    "a course id with a null character": ("claims", {f"{LTI}context": {"id": "course\x001"}}),
    "a deployment id with a null character": ("unproved", {f"{LTI}deployment_id": "dep\x001"}),
    "deep linking without settings": ("unproved", {f"{LTI}message_type": "LtiDeepLinkingRequest"}),
}


@pytest.mark.parametrize(("fault", "changes"), WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
def test_a_launch_with_a_wrong_claim_is_refused_and_changes_nothing(
    steady_tool: Tool, fault: str, changes: dict[str, Any]
) -> None:
    before = contents(steady_tool, FLEETING)
    answer = present(steady_tool, **changes)
    assert fault_of(answer) == fault
    assert answer.status_code == 403
    assert contents(steady_tool, FLEETING) == before


@pytest.mark.postgres
@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "user\x001"},
        {f"{LTI}deployment_id": "dep\x001"},
        {f"{LTI}deployment_id": "d" * 1_000},
        {f"{LTI}deployment_id": ["dep-1"]},
        {"name": "Hà\x00\ud800", "family_name": "\x00", "given_name": None},
        {f"{LTI}context": {"id": "c", "title": "Toán\x00 9A1\ud800" + "x" * 1_000, "label": "\x00" * 300}},
        {f"{LTI}resource_link": {"id": "l", "title": "\x00" + "x" * 1_000}},
        {f"{LTI}custom": {"person_groups": "1\x00" * 400, "lesson": "\x00\ud800"}},
    ],
    ids=["sub", "deployment", "long deployment", "deployments", "name", "course", "link", "custom"],
)
def test_no_text_of_a_launch_is_more_than_postgresql_can_hold(
    steady_postgres_tool: Tool, changes: dict[str, Any]
) -> None:
    answer = present(steady_postgres_tool, **changes)
    assert answer.status_code in (303, 403), answer.text


@pytest.mark.parametrize("member", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN", "1e999", "9" * 400])
def test_a_moment_that_is_no_moment_is_refused(steady_tool: Tool, member: str, value: str) -> None:
    browser = steady_tool.browser()
    target = browser.address("/lti/launch")
    login = browser.login(target)
    claims = steady_tool.platform.claims(login["nonce"], target, **{member: "MOMENT"})
    answer = browser.answer(login, signed_raw(json.dumps(claims).replace('"MOMENT"', value)))
    assert (fault_of(answer), answer.status_code) == ("unproved", 403)


# --- signatures and shapes ------------------------------------------------------------------------------------------


def _tampered(good: str, claims: dict[str, Any]) -> str:
    head, _, signature = good.split(".")
    return f"{head}.{encoded({**claims, 'sub': 'teacher-1'})}.{signature}"


def _as_hmac(claims: dict[str, Any]) -> str:
    """The public key's own text taken as a shared secret (PyJWT would not sign this, an attacker does)."""
    import hashlib  # noqa: PLC0415
    import hmac  # noqa: PLC0415

    secret = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{encoded({'alg': 'HS256', 'kid': 'platform-key-1', 'typ': 'JWT'})}.{encoded(claims)}"
    digest = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


Forge = Callable[[Platform, dict[str, Any]], str]

FORGERIES: Mapping[str, tuple[str, Forge]] = {
    "B1 no kid": ("unproved", lambda p, c: jwt.encode(c, p.key, "RS256")),
    "a kid that is a number": ("unproved", lambda p, c: f"{encoded({'alg': 'RS256', 'kid': 7})}.{encoded(c)}.eA"),
    "B2 a kid nobody has": ("platform_key", lambda p, c: p.sign(c, kid="nobody's")),
    "signed by another key under the platform's kid": ("unproved", lambda p, c: p.sign(c, key=OTHER_KEY)),
    "B13 a claim changed after signing": ("unproved", lambda p, c: _tampered(p.sign(c), c)),
    "B13 alg none": ("unproved", lambda p, c: f"{encoded({'alg': 'none', 'kid': p.kid})}.{encoded(c)}."),
    "alg None": ("unproved", lambda p, c: f"{encoded({'alg': None, 'kid': p.kid})}.{encoded(c)}."),
    "B13 HS256 under the public key": ("unproved", lambda p, c: _as_hmac(c)),
    "RS512": ("unproved", lambda p, c: p.sign(c, alg="RS512")),
    "PS256": ("unproved", lambda p, c: p.sign(c, alg="PS256")),
    "a header extension we do not know": (
        "unproved",
        lambda p, c: p.sign(c, crit=["https://evil.example/must"], **{"https://evil.example/must": True}),
    ),
    "no signature": ("unproved", lambda p, c: p.sign(c).rpartition(".")[0] + "."),
    "two parts": ("unproved", lambda p, c: p.sign(c).rpartition(".")[0]),
    "four parts": ("unproved", lambda p, c: p.sign(c) + ".eA"),
    "no token": ("unproved", lambda p, c: ""),
    "not a token": ("unproved", lambda p, c: "hà.nội.phở"),
    "B5 not an LTI message": ("unproved", lambda p, c: p.sign({"name": "badltilaunch"})),
    "a body that is a list": ("unproved", lambda p, c: signed_raw("[1]")),
    "a body that is null": ("unproved", lambda p, c: signed_raw("null")),
    "a body that is not JSON": ("unproved", lambda p, c: signed_raw("{")),
    "a body of a thousand brackets": ("unproved", lambda p, c: signed_raw("[" * 100_000)),
    "a header that is a list": ("unproved", lambda p, c: f"{encoded([])}.{encoded(c)}.eA"),
    "a resource link that is null": (
        "unproved",
        lambda p, c: p.sign({**c, f"{LTI}resource_link": None}),
    ),
    "the client id written differently": ("unproved", lambda p, c: p.sign({**c, "aud": CLIENT_ID.upper()})),
}


@pytest.mark.parametrize(("fault", "forge"), FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_or_misshapen_token_is_refused_and_changes_nothing(
    steady_tool: Tool, fault: str, forge: Forge
) -> None:
    before = contents(steady_tool, FLEETING)
    browser = steady_tool.browser()
    target = browser.address("/lti/launch")
    login = browser.login(target)
    answer = browser.answer(login, forge(steady_tool.platform, steady_tool.platform.claims(login["nonce"], target)))
    assert fault_of(answer) == fault
    assert answer.status_code == 403
    assert contents(steady_tool, FLEETING) == before


def test_a_key_too_short_to_trust_proves_nothing(tool: Tool) -> None:
    short = rsa.generate_private_key(public_exponent=65_537, key_size=1_024)
    number = short.public_key().public_numbers().n.to_bytes(128, "big")
    key = {"kty": "RSA", "kid": "short", "e": "AQAB", "n": base64.urlsafe_b64encode(number).decode().rstrip("=")}
    tool.platform.answers["GET", "/jwks"] = lambda _: json_answer({"keys": [key]})
    browser = tool.browser()
    target = browser.address("/lti/launch")
    login = browser.login(target)
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = tool.platform.sign(tool.platform.claims(login["nonce"], target), key=short, kid="short")
    answer = browser.answer(login, token)
    assert (fault_of(answer), answer.status_code) == ("platform_key", 403)


def test_an_extension_that_must_be_understood_is_refused(tool: Tool) -> None:
    """RFC 7515 §4.1.11: what `crit` names and we do not know makes the signature void."""
    browser = tool.browser()
    target = browser.address("/lti/launch")
    login = browser.login(target)
    claims = tool.platform.claims(login["nonce"], target)
    answer = browser.answer(login, tool.platform.sign(claims, crit=["exp"], exp=1))
    assert (fault_of(answer), answer.status_code) == ("unproved", 403)


def test_a_header_with_a_chain_of_certificates_is_taken(tool: Tool) -> None:
    browser = tool.browser()
    target = browser.address("/lti/launch")
    login = browser.login(target)
    chain = [base64.b64encode(b"c" * 900).decode()] * 3
    token = tool.platform.sign(tool.platform.claims(login["nonce"], target), x5c=chain, vendor="a vendor's own")
    assert browser.answer(login, token).status_code == 303


# --- right, though unusual ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": After(25)},
        {"iat": After(-70), "exp": After(-5)},
        {"iat": After(-599), "exp": After(60)},
        {"aud": ["other", CLIENT_ID], "azp": CLIENT_ID},
        {"aud": [CLIENT_ID], "azp": None},
        {"aud": CLIENT_ID, "azp": None},
    ],
    ids=[
        "B23 our clock is behind",
        "B23 our clock is ahead",
        "nearly too old",
        "B20 several audiences",
        "one in a list",
        "no azp",
    ],
)
def test_an_unusual_but_right_launch_is_taken(tool: Tool, changes: dict[str, Any]) -> None:
    assert present(tool, **changes).status_code == 303


# --- other registrations --------------------------------------------------------------------------------------------


def add_registration(tool: Tool, client_id: str, deployment: str) -> None:
    """A second registration of the same platform: customers share an issuer."""
    with tool.inside():
        first = tool.registration()
        second = Registration(
            issuer=first.issuer,
            client_id=client_id,
            auth_login_url=first.auth_login_url,
            token_url=first.token_url,
            key_set_url=first.key_set_url,
            state=RegistrationState.ACTIVE,
            created_at=1,
        )
        db.session.add(second)
        db.session.flush()
        db.session.add(Deployment(registration_id=second.id, deployment_id=deployment, created_at=1))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "client-2", "azp": "client-2", f"{LTI}deployment_id": "dep-of-2"},
        {f"{LTI}deployment_id": "dep-of-2"},
    ],
    ids=["its audience", "its deployment"],
)
def test_a_launch_of_another_registration_is_no_answer_to_this_login(tool: Tool, changes: dict[str, Any]) -> None:
    add_registration(tool, "client-2", "dep-of-2")
    before = contents(tool, FLEETING)
    answer = present(tool, **changes)
    assert (fault_of(answer), answer.status_code) == ("unproved", 403)
    assert contents(tool, FLEETING) == before


def test_one_platform_with_two_registrations_launches_into_both(tool: Tool) -> None:
    add_registration(tool, "client-2", "dep-of-2")
    browser = tool.browser()
    target = browser.address("/lti/launch")
    for client, deployment in ((CLIENT_ID, "dep-1"), ("client-2", "dep-of-2")):
        login = browser.login(target, client_id=client)
        changes = {"aud": client, "azp": client, f"{LTI}deployment_id": deployment}
        token = tool.platform.sign(tool.platform.claims(login["nonce"], target, **changes))
        assert browser.answer(login, token).status_code == 303


# --- deep linking requests ------------------------------------------------------------------------------------------

NULL = "(null)"
"""Sent as null; None sends nothing."""
SETTINGS: Mapping[str, Any] = {
    "deep_link_return_url": "https://lms.example/return",
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["iframe"],
}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 303),
        ({"data": "opaque"}, 303),
        ({"data": NULL, "accept_multiple": NULL, "accept_lineitem": NULL}, 303),
        ({"deep_link_return_url": None}, 403),
        ({"deep_link_return_url": "javascript:alert(1)"}, 403),
        ({"deep_link_return_url": "//lms.example/return"}, 403),
        ({"deep_link_return_url": "http://[::1"}, 403),
        ({"deep_link_return_url": "https://lms.example/" + "x" * 5_000}, 403),
        ({"accept_types": ["link"]}, 403),
        ({"accept_types": "ltiResourceLink"}, 403),
        ({"accept_types": [1]}, 403),
        ({"accept_multiple": "yes"}, 403),
        ({"data": "x" * 5_000}, 403),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_deep_linking_request_says_what_it_accepts_and_where_to_answer(
    tool: Tool, changes: dict[str, Any], status: int
) -> None:
    browser = tool.browser()
    target = browser.address("/lti/deep-link")
    login = browser.login(target)
    kept = {name: value for name, value in {**SETTINGS, **changes}.items() if value is not None}
    settings = {name: None if value == NULL else value for name, value in kept.items()}
    said = {
        f"{LTI}message_type": "LtiDeepLinkingRequest",
        f"{LTI}resource_link": None,
        DEEP_LINKING: settings,
    }
    before = contents(tool, FLEETING)
    token = tool.platform.sign(tool.platform.claims(login["nonce"], target, **said))
    answer = browser.answer(login, token, "/lti/deep-link")
    assert answer.status_code == status, answer.text
    if status == 403:
        assert fault_of(answer) in ("claims", "unproved")
        assert contents(tool, FLEETING) == before
