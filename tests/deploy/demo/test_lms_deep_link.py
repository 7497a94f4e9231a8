"""Deep linking: what the tool answers, and what the LMS believes of it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from .lms_tool import CLIENT_ID, DL, ISSUER, LTI, NOW, OTHER_KEY, TOOL, Clock, TinyTool

ADD = "/as/co-ha/course/901/add/1?window=1"
ITEMS: list[dict[str, Any]] = [
    {
        "type": "ltiResourceLink",
        "title": "Hệ thức Vi-ét",
        "text": "Tiết 3 tuần 12",
        "url": f"{TOOL}/launch?lesson=7",
        "custom": {"lesson": "7"},
        "lineItem": {"scoreMaximum": 20, "label": "Vi-ét", "resourceId": "lesson-7", "tag": "mark"},
    },
    {"type": "ltiResourceLink", "title": "Ôn tập"},
]


def ask(tool: TinyTool) -> str:
    """The return address of a new deep-linking request."""
    claims = tool.read_token(tool.authenticate(tool.open(ADD)).fields["id_token"])
    return str(claims[DL + "deep_linking_settings"]["deep_link_return_url"]).removeprefix(ISSUER)


def message(items: list[Any], **changes: Any) -> dict[str, Any]:
    claims = {
        "iss": CLIENT_ID,
        "aud": ISSUER,
        "iat": NOW - 5,
        "exp": NOW + 300,
        "nonce": "dl-nonce-1",
        LTI + "message_type": "LtiDeepLinkingResponse",
        LTI + "version": "1.3.0",
        LTI + "deployment_id": "1",
        DL + "content_items": items,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def answer_with(tool: TinyTool, where: str, claims: dict[str, Any], key: RSAKey | None = None) -> TestResponse:
    return tool.browser.post(where, data={"JWT": tool.sign(claims, key)})


def test_items_become_activities_that_launch(tool: TinyTool, browser: FlaskClient) -> None:
    answer = answer_with(tool, ask(tool), message(ITEMS, **{DL + "msg": "Đã chọn 2 tiết"}))
    assert answer.status_code == 200
    assert 'target="_top"' in answer.text
    assert "added=2" in answer.text
    page = browser.get("/as/co-ha/course/901", query_string={"added": "2", "msg": "Đã chọn 2 tiết"}).text
    for words in ("Hệ thức Vi-ét", "Tiết 3 tuần 12", "Ôn tập", "Đã thêm 2 hoạt động", "Đã chọn 2 tiết"):
        assert words in page
    claims = tool.launch("/as/9a1-01/activity/3?window=1")
    assert claims[LTI + "target_link_uri"] == f"{TOOL}/launch?lesson=7"
    assert claims[LTI + "custom"]["lesson"] == "7"
    assert claims[LTI + "custom"]["person_groups"] == "11"
    column = tool.call("GET", claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"]).get_json()
    assert (column["label"], column["scoreMaximum"], column["resourceId"], column["tag"]) == (
        "Vi-ét",
        20,
        "lesson-7",
        "mark",
    )
    assert column["resourceLinkId"] == "3"
    plain = tool.launch("/as/co-ha/activity/4?window=1")
    assert plain[LTI + "target_link_uri"] == f"{TOOL}/launch"
    assert "lineitem" not in plain["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]


def test_null_data_is_taken(tool: TinyTool) -> None:
    claims = message(ITEMS) | {DL + "data": None}
    assert answer_with(tool, ask(tool), claims).status_code == 200


def test_nothing_chosen_adds_nothing_and_shows_the_words(tool: TinyTool, browser: FlaskClient) -> None:
    answer = answer_with(tool, ask(tool), message([], **{DL + "errormsg": "Chưa có tiết nào"}))
    assert "added=0" in answer.text
    page = browser.get("/as/co-ha/course/901", query_string={"added": "0", "errormsg": "Chưa có tiết nào"}).text
    assert "Không thêm hoạt động nào" in page
    assert "Chưa có tiết nào" in page


def count(browser: FlaskClient) -> int:
    return browser.get("/as/co-ha/course/901").text.count('class="card activity"')


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "someone-else"},
        {"iss": ISSUER},
        {"aud": "http://elsewhere.test"},
        {"aud": None},
        {"exp": NOW - 60},
        {"exp": None},
        {"iat": None},
        {"nonce": None},
        {LTI + "message_type": "LtiResourceLinkRequest"},
        {LTI + "version": "1.1"},
        {LTI + "deployment_id": "2"},
        {LTI + "deployment_id": 1},
        {DL + "data": "not sent"},
        {DL + "content_items": "none"},
        {DL + "content_items": [ITEMS[0]] * 51},
    ],
)
def test_a_wrong_message_adds_nothing(tool: TinyTool, browser: FlaskClient, changes: dict[str, Any]) -> None:
    answer = answer_with(tool, ask(tool), message(ITEMS, **changes))
    assert answer.status_code == 400
    assert "chưa có gì được thêm" in answer.text
    assert count(browser) == 1


@pytest.mark.parametrize(
    "item",
    [
        {"type": "link", "url": "https://example.org"},
        {"type": "ltiResourceLink", "title": 5},
        {"type": "ltiResourceLink", "title": "x" * 300},
        {"type": "ltiResourceLink", "url": "http://evil.test/launch"},
        {"type": "ltiResourceLink", "url": "javascript:alert(1)"},
        {"type": "ltiResourceLink", "custom": {"a": 1}},
        {"type": "ltiResourceLink", "custom": "a=1"},
        {"type": "ltiResourceLink", "lineItem": {"scoreMaximum": 0}},
        {"type": "ltiResourceLink", "lineItem": {"label": "A"}},
        {"type": "ltiResourceLink", "lineItem": 10},
        "item",
    ],
)
def test_one_bad_item_and_nothing_is_added(tool: TinyTool, browser: FlaskClient, item: object) -> None:
    assert answer_with(tool, ask(tool), message([ITEMS[1], item])).status_code == 400
    assert count(browser) == 1


def test_a_forged_signature_adds_nothing(tool: TinyTool, browser: FlaskClient) -> None:
    assert answer_with(tool, ask(tool), message(ITEMS), OTHER_KEY).status_code == 400
    assert tool.browser.post(ask(tool), data={"JWT": "a.b.c"}).status_code == 400
    assert tool.browser.post(ask(tool), data={}).status_code == 400
    assert count(browser) == 1


def test_a_nonce_works_once(tool: TinyTool, browser: FlaskClient) -> None:
    assert answer_with(tool, ask(tool), message(ITEMS)).status_code == 200
    assert answer_with(tool, ask(tool), message(ITEMS)).status_code == 400
    assert count(browser) == 3


def test_a_return_address_works_once_but_survives_a_fault(tool: TinyTool, browser: FlaskClient) -> None:
    where = ask(tool)
    assert answer_with(tool, where, message(ITEMS, aud="http://elsewhere.test")).status_code == 400
    assert answer_with(tool, where, message(ITEMS)).status_code == 200
    assert answer_with(tool, where, message(ITEMS, nonce="dl-nonce-2")).status_code == 400
    assert count(browser) == 3


def test_a_return_address_grows_old_and_is_sealed(tool: TinyTool, clock: Clock) -> None:
    where = ask(tool)
    assert answer_with(tool, where + "x", message(ITEMS)).status_code == 400
    assert answer_with(tool, "/deep-link/return", message(ITEMS)).status_code == 400
    clock.now += 601
    assert answer_with(tool, where, message(ITEMS, exp=NOW + 900)).status_code == 400


def test_titles_with_script_are_shown_as_text(tool: TinyTool, browser: FlaskClient) -> None:
    item = {"type": "ltiResourceLink", "title": "<script>alert(1)</script>", "text": '"><img src=x onerror=y>'}
    assert answer_with(tool, ask(tool), message([item])).status_code == 200
    for path in ("/as/co-ha/course/901", "/as/co-ha/activity/3"):
        assert "<script>alert" not in browser.get(path).text
    assert "<img" not in browser.get("/as/co-ha/course/901").text


def test_only_the_teacher_adds(browser: FlaskClient) -> None:
    for slug in ("9a1-01", "thay-duc", "admin"):
        assert browser.get(f"/as/{slug}/course/901/add/1").status_code == 403
        assert browser.get(f"/as/{slug}/course/901/add/1/launch").status_code == 403
        assert "Thêm hoạt động" not in browser.get(f"/as/{slug}/course/901").text
    assert "Thêm hoạt động Giơ Tay" in browser.get("/as/co-ha/course/901").text
    assert browser.get("/as/co-ha/course/901/add/7").status_code == 404
