"""Signing keys: published before they sign, published after they stop, and never readable in the database."""

from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import select, update

from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.launch import keys
from lti_tool.models import PlatformKeySet, Refusal, ToolKey
from lti_tool.secret import Secrets
from lti_tool.site import KEY
from tests.lti_tool.platform import Answer, Asked, json_answer, public_key
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


# --- a platform that cannot be asked --------------------------------------------------------------------------------


def _dropped(_: Asked) -> Answer:
    raise ConnectionResetError


AWAY: Mapping[str, Callable[[Asked], Answer]] = {
    "unreachable": _dropped,
    "under maintenance": lambda _: json_answer({"keys": []}, 503),
    "an error page": lambda _: (200, {}, b"<h1>Moodle</h1>"),
}


def grow_old(tool: Tool, hours: int) -> None:
    """The key set was fetched so long ago, and this process has just started."""
    with tool.inside():
        db.session.execute(update(PlatformKeySet).values(fetched_at=now() - hours * HOUR))
    for kept in (keys.KEY, keys.AWAY):
        tool.app.extensions.pop(kept, None)


def asked_for_keys(tool: Tool) -> int:
    return sum(one.path == "/jwks" for one in tool.platform.asked)


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY.keys())
def test_a_known_key_opens_lessons_for_some_days_while_the_platform_cannot_be_asked(
    tool: Tool, away: Callable[[Asked], Answer]
) -> None:
    tool.teacher()
    tool.platform.answers["GET", "/jwks"] = away
    grow_old(tool, 7 * 24 - 1)
    before = asked_for_keys(tool)
    tool.teacher()
    tool.app.extensions.pop(keys.KEY)
    tool.pupil()
    assert asked_for_keys(tool) == before + 1  # one of a class waits for the platform, not each of them
    grow_old(tool, 7 * 24)
    assert refused(tool) == "platform_keys"
    tool.platform.answers.clear()
    grow_old(tool, 30 * 24)
    tool.teacher()
    with tool.inside():
        assert now() - db.session.scalars(select(PlatformKeySet.fetched_at)).one() < HOUR


def test_a_key_that_the_platform_took_out_is_refused_however_young_it_is(tool: Tool) -> None:
    tool.teacher()
    tool.platform.answers["GET", "/jwks"] = lambda _: json_answer({"keys": []})
    grow_old(tool, 25)
    assert refused(tool) == "platform_key"


def test_b2_a_wrong_kid_at_a_platform_that_is_away_is_no_flood(tool: Tool) -> None:
    tool.teacher()
    tool.platform.answers["GET", "/jwks"] = _dropped
    grow_old(tool, 1)
    before = asked_for_keys(tool)
    assert [refused(tool, "nobody's") for _ in range(3)] == ["platform_keys"] * 3
    assert asked_for_keys(tool) == before + 1
    tool.teacher()  # whose key is known


def test_who_is_refused_for_want_of_keys_is_told_whose_fault_it_is_and_what_to_pass_on(tool: Tool) -> None:
    tool.platform.answers["GET", "/jwks"] = _dropped
    browser = tool.browser()
    target = browser.address("/lti/launch")
    login = browser.login(target)
    answer = browser.answer(login, tool.platform.sign(tool.platform.claims(login["nonce"], target)))
    assert answer.status_code == 502
    assert "Không phải lỗi của thầy cô hay các em" in answer.text
    with tool.inside():
        assert db.session.scalars(select(Refusal)).one().reference in answer.text
