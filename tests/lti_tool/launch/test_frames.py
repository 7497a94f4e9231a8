"""A login in a frame: what is tried, what is offered, and that no proof from elsewhere counts."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lti_tool.extensions import db
from lti_tool.models import LaunchVisit, SpentState
from tests.lti_tool.conftest import Clock
from tests.lti_tool.tool import Browser, Tool
from tests.lti_tool.witness import contents, fault_of

BASE = "http://127.0.0.1:8000"
FRAME = {"Sec-Fetch-Dest": "iframe"}
OWN = {"Origin": BASE, "Sec-Fetch-Site": "same-origin", **FRAME}
HINT = '{"cmid":1001,"launchid":"a b&c=d"}'


def login(browser: Browser, **more: str) -> TestResponse:
    """The LMS's form, posted from a frame."""
    asked = {
        "iss": browser.tool.platform.url,
        "client_id": "client-1",
        "login_hint": "người-7",
        "lti_message_hint": HINT,
        "target_link_uri": f"{BASE}/lti/launch",
        **more,
    }
    return browser.client.post("/lti/login", data=asked, headers=FRAME)


def without_cookies(tool: Tool) -> Browser:
    return Browser(tool, tool.app.test_client(use_cookies=False))


def offered(browser: Browser, **more: str) -> TestResponse:
    """What a frame without cookies is shown."""
    sent_round = login(browser, **more)
    assert sent_round.status_code == 303
    assert "người" not in unescape(sent_round.location)
    assert "ng%C6%B0" not in sent_round.location  # the login names a person: it travels encrypted
    return browser.client.get(sent_round.location, headers=FRAME)


def fields(answer: TestResponse) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?>', answer.text)
    return {name: unescape(value) for name, value in found}


def put(answer: TestResponse) -> dict[str, Any]:
    """What the page is to keep in the platform's storage, and where it goes on."""
    found = re.search(r'<script type="application/json" id="boot">(.*?)</script>', answer.text, re.DOTALL)
    assert found
    boot: dict[str, Any] = json.loads(found[1])
    step: dict[str, Any] = boot.get("put") or boot["get"]
    return step


# --- the cookie -----------------------------------------------------------------------------------------------------


def test_a_frame_that_keeps_the_cookie_goes_on_after_one_redirect(tool: Tool) -> None:
    browser = tool.browser()
    first = login(browser)
    assert first.status_code == 303
    assert first.headers["Referrer-Policy"] == "no-referrer"
    then = browser.client.get(first.location, headers=FRAME)
    assert then.status_code == 302
    asked = {name: values[0] for name, values in parse_qs(urlsplit(then.location).query).items()}
    assert (asked["login_hint"], asked["lti_message_hint"]) == ("người-7", HINT)
    token = tool.platform.sign(tool.platform.claims(asked["nonce"], f"{BASE}/lti/launch"))
    assert browser.answer(asked, token).status_code == 303
    assert login(browser).status_code == 302  # known from now on


def test_a_whole_window_is_asked_nothing(tool: Tool) -> None:
    browser = tool.browser()
    asked = {"iss": tool.platform.url, "login_hint": "x", "target_link_uri": f"{BASE}/lti/launch"}
    for headers in ({"Sec-Fetch-Dest": "document"}, {}):
        assert browser.client.post("/lti/login", data=asked, headers=headers).status_code == 302


def test_a_login_too_long_for_an_address_is_not_sent_round(tool: Tool) -> None:
    assert login(tool.browser(), lti_message_hint="x" * 20_000).status_code == 302


@pytest.mark.parametrize("sealed", ["", "made up", "gAAAAA" + "A" * 200, "ẵ", "\x00"])
def test_a_login_that_is_not_ours_is_refused(steady_tool: Tool, sealed: str) -> None:
    answer = steady_tool.browser().client.get("/lti/login/framed", query_string={"login": sealed}, headers=FRAME)
    assert (fault_of(answer), answer.status_code) == ("login", 400)


def test_a_login_that_comes_back_late_is_refused(tool: Tool, clock: Clock) -> None:
    browser = tool.browser()
    address = login(browser).location
    clock.wait(minutes=11)
    assert fault_of(browser.client.get(address, headers=FRAME)) == "state"


# --- a new tab ------------------------------------------------------------------------------------------------------


def test_without_a_cookie_a_new_tab_begins_the_login_again(tool: Tool) -> None:
    browser = without_cookies(tool)
    before = contents(tool)
    answer = offered(browser)
    assert answer.status_code == 200
    assert contents(tool) == before  # nothing has begun: the platform has not been asked
    assert f"frame-ancestors {tool.platform.url}" in answer.headers["Content-Security-Policy"]
    again = fields(answer)
    assert again["login_hint"] == "người-7"
    assert again["lti_message_hint"] == HINT
    window = tool.browser()
    asked = window.client.post("/lti/login", data=again, headers={"Sec-Fetch-Dest": "document"})
    assert asked.status_code == 302


def test_whoever_comes_to_choose_without_a_cookie_is_told_what_to_do_instead(tool: Tool) -> None:
    """A window's answer to a deep-linking request never reaches the form in the LMS that waits for it."""
    page = offered(without_cookies(tool), target_link_uri=f"{BASE}/lti/deep-link").text
    assert "lưu hoạt động mà không chọn nội dung" in page
    assert "<form" not in page[page.index('id="offer"') : page.index("</main>")]


# --- the platform's storage -----------------------------------------------------------------------------------------


def stored(tool: Tool) -> tuple[Browser, dict[str, Any], dict[str, str]]:
    """A login whose proof is in the platform's storage: the browser, what was stored, the question to the platform."""
    browser = without_cookies(tool)
    kept = put(offered(browser, lti_storage_target="_parent"))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(kept["next"]).query).items()}
    assert kept["origin"] == tool.platform.url
    assert (kept["frame"], kept["value"] in kept["next"]) == ("_parent", False)
    return browser, kept, asked


def answered(browser: Browser, asked: dict[str, str]) -> TestResponse:
    """The platform answers that question; the page that asks its storage."""
    claims = browser.tool.platform.claims(asked["nonce"], f"{BASE}/lti/launch")
    form = {"state": asked["state"], "id_token": browser.tool.platform.sign(claims), "lti_storage_target": "_parent"}
    return browser.client.post("/lti/launch", data=form, headers=FRAME)


def test_the_platforms_storage_proves_a_login(tool: Tool) -> None:
    browser, kept, asked = stored(tool)
    page = answered(browser, asked)
    assert page.status_code == 200
    assert put(page)["key"] == kept["key"]
    assert f"frame-ancestors {tool.platform.url}" in page.headers["Content-Security-Policy"]
    form = {**fields(page), "proof": kept["value"]}
    landed = prove(browser, form)
    assert landed.status_code == 303
    code = landed.location.partition("#c=")[2]
    page = browser.client.get(landed.location.partition("#")[0], headers=FRAME)
    assert page.status_code == 403
    assert f"frame-ancestors {tool.platform.url}" in page.headers["Content-Security-Policy"]
    window = tool.browser()
    assert window.client.post("/enter", data={"code": code}).status_code == 303
    again = prove(browser, form)
    assert (fault_of(again), again.status_code) == ("state", 403)


def prove(browser: Browser, form: dict[str, str]) -> TestResponse:
    """Our own page posts what it found in the storage."""
    return browser.client.post("/lti/proved", data=form, headers=OWN, base_url=BASE)


@pytest.mark.parametrize("proof", ["", "guessed", "\x00"])
def test_a_wrong_proof_is_refused_and_uses_the_login_up(tool: Tool, proof: str) -> None:
    browser, kept, asked = stored(tool)
    form = {**fields(answered(browser, asked)), "proof": proof}
    answer = prove(browser, form)
    assert (fault_of(answer), answer.status_code) == ("cookies", 403)
    assert fault_of(prove(browser, {**form, "proof": kept["value"]})) == "state"
    assert launches(tool) == 0


ELSEWHERE = (
    {},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example"},
)


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_a_proof_that_another_site_posts_counts_nothing(tool: Tool, headers: dict[str, str]) -> None:
    """Else who began a login could have somebody else land in it (login CSRF): the proof is known to the one who
    began."""
    browser, kept, asked = stored(tool)
    form = {**fields(answered(browser, asked)), "proof": kept["value"]}
    answer = browser.client.post("/lti/proved", data=form, headers=headers, base_url=BASE)
    assert answer.status_code == 403
    assert launches(tool) == 0


def test_a_proof_beside_the_launch_itself_counts_nothing(tool: Tool) -> None:
    browser, kept, asked = stored(tool)
    form = {**fields(answered(browser, asked)), "proof": kept["value"]}
    assert browser.client.post("/lti/launch", data=form, headers=FRAME).status_code == 200  # asked again, no launch
    assert launches(tool) == 0


def test_a_login_by_cookie_cannot_be_ended_by_storage(tool: Tool) -> None:
    browser = tool.browser()
    asked = browser.login()
    cookie = browser.client.get_cookie("giotay")
    token = tool.platform.sign(tool.platform.claims(asked["nonce"], f"{BASE}/lti/launch"))
    form = {"state": asked["state"], "id_token": token, "proof": cookie.value if cookie else ""}
    assert cookie
    assert fault_of(prove(browser, form)) == "cookies"
    assert launches(tool) == 0


def test_what_the_platform_could_not_do_is_said(tool: Tool) -> None:
    browser, kept, asked = stored(tool)
    form = {"state": asked["state"], "error": "access_denied", "error_description": "Hết phiên"}
    page = browser.client.post("/lti/launch", data=form, headers=FRAME)
    answer = prove(browser, {**fields(page), "proof": kept["value"]})
    assert fault_of(answer) == "platform_said"
    assert "Hết phiên" in answer.text


def launches(tool: Tool) -> int:
    with tool.inside():
        return db.session.scalar(select(func.count()).select_from(LaunchVisit)) or 0


def test_an_expired_login_in_storage_is_over(tool: Tool, clock: Clock) -> None:
    browser, _, asked = stored(tool)
    clock.wait(minutes=11)
    assert fault_of(answered(browser, asked)) == "state"
    with tool.inside():
        assert db.session.scalars(select(SpentState)).all() == []


# --- who may frame what ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/l/0/", "/l/0/roster", "/l/0/nowhere", "/lti/nowhere", "/lti/login?iss=https://x.y"])
def test_a_frame_of_nobody_we_know_is_told_what_to_do(steady_tool: Tool, path: str) -> None:
    """A page that names nobody and has nothing to press: whoever frames it can make nobody press anything."""
    client = steady_tool.browser().client
    answer = client.get(path, headers=FRAME)
    assert answer.status_code == 404
    assert fault_of(answer) == ("unknown_lms" if "login" in path else "over" if "/l/" in path else "not_found")
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors *")
    assert not [one for one in ("<a ", "<form", "<button") if one in answer.text.partition("<main")[2]]
    for whole in ({}, {"Sec-Fetch-Dest": "document"}):
        assert "frame-ancestors 'none'" in client.get(path, headers=whole).headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/j", "/nowhere", "/enter"])
def test_elsewhere_no_page_is_framed(steady_tool: Tool, path: str) -> None:
    answer = steady_tool.browser().client.get(path, headers=FRAME)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
