"""Signing keys: published before they sign, published after they stop, and never readable in the database."""

import pytest
from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.launch import keys
from lti_tool.models import PlatformKeySet, ToolKey
from lti_tool.secret import Secrets
from lti_tool.site import KEY
from tests.lti_tool.platform import json_answer, public_key
from tests.lti_tool.tool import Tool
from tests.lti_tool.witness import fault_of

HOUR = 3_600_000


def kids() -> list[str]:
    return [key["kid"] for key in keys.public_keys()["keys"]]


def test_keys_are_published_as_platforms_need_them(tool: Tool) -> None:
    (key,) = tool.browser().client.get("/lti/jwks").json["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}  # no private part; Moodle drops keys without alg
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")


def test_private_keys_are_encrypted_at_rest(tool: Tool) -> None:
    with tool.inside():
        stored = db.session.scalars(select(ToolKey)).one().private_pem
        assert "PRIVATE" not in stored
        assert keys.signing_key()[1].key_size == keys.KEY_BITS


def test_a_new_key_is_published_a_day_before_it_signs_and_the_old_one_a_week_after(either_tool: Tool) -> None:
    with either_tool.inside():
        old = keys.signing_key()[0]
        db.session.get_one(ToolKey, old).created_at = now() - 10 * HOUR
        new = keys.make_key().kid
        assert keys.signing_key()[0] == old
        assert set(kids()) == {old, new}
        keys.tidy(now())
        assert keys.signing_key()[0] == old  # nothing is retired before its successor signs
        db.session.get_one(ToolKey, new).created_at = now() - 25 * HOUR
        db.session.get_one(ToolKey, old).created_at = now() - 35 * HOUR
        assert keys.signing_key()[0] == new
        keys.tidy(now())
        assert set(kids()) == {old, new}
        keys.tidy(now() + 6 * 24 * HOUR)
        assert set(kids()) == {old, new}
        keys.tidy(now() + 8 * 24 * HOUR)
        assert kids() == [new]


def test_a_changed_secret_hides_the_keys_anew_and_a_lost_one_is_said(tool: Tool) -> None:
    site = tool.app.extensions[KEY]

    def use(*secrets: str) -> None:
        object.__setattr__(site, "secrets", Secrets(secrets))

    first, second, third = "a" * 32, "b" * 32, "c" * 32
    with tool.inside():
        kid, private = keys.signing_key()
        use(site.settings.secret_key, first)
        keys.tidy(now())
        use(first)
        assert keys.signing_key() == (kid, private)
        use(first, second)
        keys.tidy(now())
        use(third)
        with pytest.raises(LookupError):
            keys.signing_key()


# --- the platform's keys --------------------------------------------------------------------------------------------


def refused(tool: Tool, kid: str = "platform-key-1") -> str:
    browser = tool.browser()
    target = browser.address("/lti/launch")
    login = browser.login(target)
    claims = tool.platform.claims(login["nonce"], target)
    return fault_of(browser.answer(login, tool.platform.sign(claims, kid=kid)))


def test_b2_a_wrong_kid_is_looked_for_exactly_once_more(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    tool.teacher()
    monkeypatch.setattr(keys, "REFETCH_AFTER_MS", 0)
    before = len(tool.platform.asked)
    assert refused(tool, "nobody's") == "platform_key"
    assert [asked.path for asked in tool.platform.asked[before:]] == ["/jwks"]
    monkeypatch.setattr(keys, "REFETCH_AFTER_MS", 60_000)
    assert refused(tool, "nobody's") == "platform_key"
    assert len(tool.platform.asked) == before + 1  # a flood of wrong kids is no flood of requests


def test_a_key_the_platform_made_since_is_found(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    tool.teacher()
    monkeypatch.setattr(keys, "REFETCH_AFTER_MS", 0)
    tool.platform.kid = "platform-key-2"
    tool.teacher()
    with tool.inside():
        assert db.session.scalars(select(PlatformKeySet)).one().keys["keys"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"keys": []}, "platform_key"),
        ({"keys": [None, 7, {}]}, "platform_key"),
        ({"keys": {}}, "platform_keys"),
        ([], "platform_keys"),
        ({"keys": [{"kty": "RSA", "kid": "platform-key-1"}]}, "platform_key"),
        ({"keys": [{"kty": "oct", "kid": "platform-key-1", "k": "AAAA"}]}, "platform_key"),
    ],
)
def test_a_key_set_without_the_key_is_refused(tool: Tool, body: object, fault: str) -> None:
    tool.platform.answers["GET", "/jwks"] = lambda _: json_answer(body)
    assert refused(tool) == fault


def test_a_key_set_of_a_thousand_keys_is_refused(tool: Tool) -> None:
    one = public_key(tool.platform.key, "x")
    many = [{**one, "kid": str(n)} for n in range(1_000)]
    tool.platform.answers["GET", "/jwks"] = lambda _: json_answer({"keys": many})
    assert refused(tool) == "platform_keys"
