"""Diagnostics: what was refused and why, what the LMS answers when it is asked now, and what mends it."""

from email.utils import formatdate
from time import time
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from lti_tool.cli import main
from lti_tool.extensions import db
from lti_tool.launch import refusals
from lti_tool.models import Refusal
from lti_tool.site import KEY
from tests.lti_tool.moodle import Moodle
from tests.lti_tool.platform import LTI, SYSTEM_ADMIN, Asked, json_answer, public_key
from tests.lti_tool.tool import Browser, Tool
from tests.lti_tool.witness import REFERENCE, fault_of


def administrator(tool: Tool) -> Browser:
    return tool.browser().launch(sub="admin-1", **{f"{LTI}roles": [SYSTEM_ADMIN]})


def moodle_of(tool: Tool) -> Moodle:
    assert isinstance(tool.platform, Moodle)
    with tool.inside():
        tool.registration().product = "moodle"
    tool.platform.tool_keys = lambda: tool.app.test_client().get("/lti/jwks").json
    return tool.platform


def probed(tool: Tool, browser: Browser) -> str:
    assert browser.post("connection/probe").status_code == 303
    tool.jobs().round()
    return browser.get("connection").text


def test_the_page_shows_what_the_lms_answers_now(any_tool: Tool) -> None:
    moodle = moodle_of(any_tool)
    any_tool.set_up(pupils=3)
    page = probed(any_tool, administrator(any_tool))
    assert "Đọc được danh sách: 3 người" in page
    assert "Đọc được sổ điểm: 0 cột" in page
    assert "1 khoá" in page
    assert len(moodle.tokens) == 2  # one for the roster, one for the columns


def test_a_page_asks_no_platform_itself(tool: Tool) -> None:
    moodle = moodle_of(tool)
    browser = administrator(tool)
    before = len(moodle.asked)
    assert browser.get("connection").status_code == 200
    assert browser.post("connection/probe").status_code == 303
    assert len(moodle.asked) == before
    assert "Đang thử" in browser.get("connection").text


FAULTS: dict[str, tuple[tuple[str, str], Any, str]] = {
    "Moodle cannot fetch our keys": (
        ("POST", "/token"),
        (404, {}, b"<head>" + b"x" * 50_000 + b"fix_jwks_alg(): Argument #1 ($jwks) must be of type array, null given"),
        "cURL blocked hosts list",
    ),
    "our clock is ahead": (("POST", "/token"), (400, {}, b"Cannot handle token prior to 2026-11-25"), "NTP"),
    "Authorization does not arrive": (("GET", "/members"), json_answer({}, 401), "CGIPassAuth On"),
    "the service is not granted": (("GET", "/members"), json_answer({}, 403), "Giơ Tay › Services"),
    "the tool is switched off": (("POST", "/token"), json_answer({"error": "invalid_client"}, 401), "Manage tools"),
    "the site has moved": (("GET", "/jwks"), (301, {"Location": "https://new.example"}, b""), "wwwroot"),
}


@pytest.mark.parametrize(("where", "answer", "remedy"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_recognised_and_says_what_to_click(
    tool: Tool, where: tuple[str, str], answer: Any, remedy: str
) -> None:
    moodle = moodle_of(tool)
    tool.set_up()
    browser = administrator(tool)
    moodle.answers[where] = lambda _: answer
    assert remedy in probed(tool, browser)


def test_a_clock_two_minutes_off_is_said(tool: Tool) -> None:
    moodle = moodle_of(tool)
    tool.set_up()
    browser = administrator(tool)

    def late(_: Asked) -> Any:
        return json_answer({"keys": [public_key(moodle.key, moodle.kid)]}, Date=formatdate(time() + 120, usegmt=True))

    moodle.answers["GET", "/jwks"] = late
    assert "lệch nhau quá 30 giây" in probed(tool, browser)


@pytest.mark.parametrize("said", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "yesterday", ""])
def test_a_date_that_is_none_ends_no_probe(tool: Tool, said: str) -> None:
    moodle = moodle_of(tool)
    tool.set_up()
    keys = {"keys": [public_key(moodle.key, moodle.kid)]}
    moodle.answers["GET", "/jwks"] = lambda _: json_answer(keys, Date=said)
    page = probed(tool, administrator(tool))
    assert "1 khoá" in page
    assert "lệch nhau quá 30 giây" not in page


@pytest.mark.parametrize(("seconds", "key"), [(120, "clock"), (-120, "expired")])
def test_a_launch_from_a_clock_two_minutes_off_is_refused_with_a_row(tool: Tool, seconds: int, key: str) -> None:
    browser = tool.browser()
    target = browser.address("/lti/launch")
    login = browser.login(target)
    moment = int(time()) + seconds
    claims = tool.platform.claims(login["nonce"], target, iat=moment, exp=moment + 60)
    answer = browser.answer(login, tool.platform.sign(claims))
    assert fault_of(answer) == key
    with tool.inside():
        row = db.session.scalars(select(Refusal)).one()
        assert (row.key, row.registration_id) == (key, tool.registration().id)
        assert REFERENCE.search(answer.text)[2] == row.reference  # type: ignore[index]
        assert " s " in row.detail
        reference = row.reference
    assert reference in administrator(tool).get("connection").text


def test_a_row_holds_no_claim(tool: Tool) -> None:
    browser = tool.browser()
    login = browser.login()
    claims = tool.platform.claims(login["nonce"], browser.address("/lti/launch"), **{f"{LTI}roles": "Instructor"})
    browser.answer(login, tool.platform.sign({**claims, "name": "Nguyễn Thu Hà", "email": "ha@sen.example"}))
    with tool.inside():
        row = db.session.scalars(select(Refusal)).one()
        assert "Nguyễn" not in row.detail
        assert "ha@sen" not in row.detail
        assert "user-1" not in row.detail


def test_a_flood_of_refusals_fills_no_table(either_tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_A_MINUTE", 3)
    for _ in range(6):
        assert either_tool.browser().client.post("/lti/login", data={"iss": "https://x.example"}).status_code == 404
    assert either_tool.browser().client.post("/lti/login", data={"iss": either_tool.platform.url}).status_code == 400
    with either_tool.inside():
        query = select(Refusal.registration_id, func.count()).group_by(Refusal.registration_id)
        counts = {row[0]: row[1] for row in db.session.execute(query)}
        assert counts == {None: 3, either_tool.registration().id: 1}  # strangers keep no LMS's own row out


@pytest.mark.parametrize(("language", "word"), [("vi", "Nên xem"), ("en", "Look")])
def test_the_command_prints_the_same(tool: Tool, monkeypatch: pytest.MonkeyPatch, language: str, word: str) -> None:
    moodle = moodle_of(tool)
    tool.set_up(pupils=3)
    moodle.tokens.clear()
    moodle.answers["POST", "/token"] = lambda _: (404, {}, b"fix_jwks_alg(): null given")
    with tool.inside():
        db.session.execute(db.text("DELETE FROM platform_token"))
    settings = tool.app.extensions[KEY].settings
    monkeypatch.setenv("GIOTAY_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("GIOTAY_SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("GIOTAY_LMS_NETWORKS", "127.0.0.0/8")
    said = CliRunner().invoke(main, ["lms", "check", "1", "--language", language])
    assert said.exit_code == 0, said.output
    assert word in said.output
    assert "cURL blocked hosts list" in said.output
    assert "/lti/jwks" in said.output
