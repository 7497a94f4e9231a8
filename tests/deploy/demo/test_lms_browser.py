"""The launch, deep linking and registration as a real browser does them: frames, policies and scripts included."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from flask import Flask, Response, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from deploy.demo.lms import LmsSettings, ToolSettings, create_app

from .lms_tool import CLIENT_ID, DL, LTI, OTHER_KEY, key_set

pytestmark = pytest.mark.browser
CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"


def web_tool() -> Flask:
    """The tiny tool as a web site: it shows what a launch said, answers deep linking, and registers itself."""
    app = Flask("tiny-tool")
    app.add_url_rule("/jwks", view_func=lambda: key_set(OTHER_KEY))
    app.add_url_rule("/login", view_func=login, methods=["POST"])
    app.add_url_rule("/launch", view_func=launch, methods=["POST"])
    app.add_url_rule("/register", view_func=register)
    return app


def login() -> Any:
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "redirect_uri": request.host_url + "launch",
        "state": "s",
        "nonce": "n",
        **{name: request.form[name] for name in ("client_id", "login_hint", "lti_message_hint")},
    }
    return redirect(f"{request.form['iss']}/oidc/auth?{urlencode(asked)}")


def launch() -> Response:
    if "error" in request.form:
        return page(f"<h1>Lỗi</h1><p>{request.form['error_description']}</p>")
    claims = read(request.form["id_token"])
    if claims[LTI + "message_type"] == "LtiDeepLinkingRequest":
        return page(choosing_form(claims))
    target = claims[LTI + "launch_presentation"]["document_target"]
    return page(f"<h1>Xin chào {claims['name']}</h1><p id='target'>{target}</p>")


def register() -> Response:
    told = requests.get(request.args["openid_configuration"], timeout=5).json()
    body = registration_body(request.host_url, request.host)
    headers = {"Authorization": f"Bearer {request.args['registration_token']}"}
    requests.post(told["registration_endpoint"], json=body, headers=headers, timeout=5).raise_for_status()
    close = "parent.postMessage({subject: 'org.imsglobal.lti.close'}, '*')"
    return page(f'<button onclick="{close}">Xong</button>')


def page(body: str) -> Response:
    return Response(
        f"<!doctype html><link rel=icon href=data:,><title>Công cụ</title>{body}",
        content_type="text/html; charset=utf-8",
    )


def read(token: str) -> dict[str, Any]:
    issuer = json.loads(_payload(token))["iss"]
    keys = KeySet.import_key_set(requests.get(f"{issuer}/jwks", timeout=5).json())
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


def _payload(token: str) -> bytes:
    body = token.split(".")[1]
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))


def choosing_form(claims: dict[str, Any]) -> str:
    """The tool's page for choosing: one button that sends one item back."""
    item = {"type": "ltiResourceLink", "title": "Hệ thức Vi-ét", "lineItem": {"scoreMaximum": 10}}
    answer = {
        "iss": claims["aud"],
        "aud": claims["iss"],
        "iat": claims["iat"],
        "exp": claims["iat"] + 300,
        "nonce": claims["nonce"] + str(claims["iat"]),
        LTI + "message_type": "LtiDeepLinkingResponse",
        LTI + "version": "1.3.0",
        LTI + "deployment_id": claims[LTI + "deployment_id"],
        DL + "content_items": [item],
    }
    token = jwt.encode({"alg": "RS256", "kid": OTHER_KEY.kid}, answer, OTHER_KEY)
    where = claims[DL + "deep_linking_settings"]["deep_link_return_url"]
    hidden = f'<input type="hidden" name="JWT" value="{token}">'
    return f'<form method="post" action="{where}">{hidden}<button>Chọn</button></form>'


def registration_body(host_url: str, host: str) -> dict[str, Any]:
    return {
        "response_types": ["id_token"],
        "initiate_login_uri": host_url + "login",
        "redirect_uris": [host_url + "launch"],
        "client_name": "Công cụ tự đăng kí",
        "jwks_uri": host_url + "jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        CONFIGURATION: {"domain": host, "target_link_uri": host_url + "launch", "messages": []},
    }


@contextmanager
def serving(make_app: Callable[[str], Flask]) -> Iterator[str]:
    """An app on a free port, whose address is known before the app is made."""
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    server.app = make_app(address)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def lms_with(tool: str, directory: Path, address: str) -> Flask:
    settings = ToolSettings(
        CLIENT_ID, "1", f"{tool}/login", f"{tool}/launch", f"{tool}/jwks", f"{tool}/launch", "Giơ Tay"
    )
    return create_app(LmsSettings(address, directory, settings))


@pytest.fixture
def tool_url() -> Iterator[str]:
    with serving(lambda _: web_tool()) as address:
        yield address


@pytest.fixture
def lms_url(tool_url: str, lms_dir: Path) -> Iterator[str]:
    with serving(lambda own: lms_with(tool_url, lms_dir, own)) as address:
        yield address


@contextmanager
def watched(browser: Browser, width: int, height: int) -> Iterator[Page]:
    """A page whose console must stay silent."""
    shown = browser.new_page(viewport={"width": width, "height": height})
    said: list[str] = []
    shown.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    shown.on("pageerror", lambda error: said.append(str(error)))
    try:
        yield shown
    finally:
        shown.close()
    assert said == []


def test_on_a_desktop_the_activity_stands_in_a_frame(chromium: Browser, lms_url: str) -> None:
    with watched(chromium, 1280, 800) as shown:
        shown.goto(f"{lms_url}/as/co-ha/course/901")
        shown.get_by_role("link", name="Mở hoạt động").click()
        frame = shown.frame_locator("#tool")
        frame.get_by_role("heading", name="Xin chào Nguyễn Thu Hà").wait_for()
        assert frame.locator("#target").inner_text() == "iframe"
        with shown.expect_popup() as opened:
            shown.get_by_role("link", name="Mở trong cửa sổ mới").click()
        opened.value.get_by_role("heading", name="Xin chào").wait_for()
        assert opened.value.locator("#target").inner_text() == "window"


SENT_LATE = """
const send = HTMLFormElement.prototype.submit;
HTMLFormElement.prototype.submit = function () {
  addEventListener("load", () => setTimeout(() => send.call(this), 50));
};
"""
"""A page that has been read to its end before it sends its form keeps a place in the history."""


@pytest.mark.parametrize("slowly", ["", SENT_LATE], ids=["at once", "late"])
def test_on_a_phone_the_activity_takes_the_window_and_back_leads_to_the_course(
    chromium: Browser, lms_url: str, slowly: str
) -> None:
    with watched(chromium, 390, 844) as shown:
        shown.add_init_script(slowly)
        shown.goto(f"{lms_url}/")
        shown.get_by_role("link", name="Học sinh Đặng Thái An").click()
        shown.get_by_role("link", name="Mở hoạt động").click()
        shown.get_by_role("heading", name="Xin chào Đặng Thái An").wait_for()
        assert shown.locator("#target").inner_text() == "window"
        assert shown.locator("iframe").count() == 0
        shown.go_back(wait_until="commit")
        shown.get_by_role("heading", name="Toán 9A1").wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_choice_comes_back_out_of_the_frame(chromium: Browser, lms_url: str, width: int) -> None:
    with watched(chromium, width, 800) as shown:
        shown.goto(f"{lms_url}/as/co-ha/course/901")
        shown.get_by_role("link", name="Thêm hoạt động Giơ Tay").click()
        inside = shown.frame_locator("#tool") if width > 720 else shown
        inside.get_by_role("button", name="Chọn").click()
        shown.get_by_text("Đã thêm 1 hoạt động.").wait_for()
        shown.get_by_role("heading", name="Hệ thức Vi-ét").wait_for()
        assert shown.frames == [shown.main_frame]


def test_registration_closes_its_frame_and_is_switched_on(chromium: Browser, lms_url: str, tool_url: str) -> None:
    with watched(chromium, 1280, 800) as shown:
        shown.goto(f"{lms_url}/as/admin/tools")
        shown.get_by_label("Địa chỉ đăng kí công cụ").fill(f"{tool_url}/register")
        shown.get_by_role("button", name="Đăng kí công cụ").click()
        shown.frame_locator("#tool").get_by_role("button", name="Xong").click()
        shown.get_by_text("Chờ kích hoạt").wait_for()
        shown.get_by_role("button", name="Kích hoạt").click()
        shown.get_by_text("Chờ kích hoạt").wait_for(state="detached")
        assert shown.get_by_text("Đang dùng").count() == 2


def test_the_teacher_writes_a_grade_by_hand(chromium: Browser, lms_url: str) -> None:
    with watched(chromium, 390, 844) as shown:
        shown.goto(f"{lms_url}/as/co-ha/course/901/gradebook")
        shown.get_by_role("link", name="Phạm Thuỳ Dương, Tiết học trực tiếp · Giơ Tay: chưa có điểm").click()
        shown.get_by_label("Điểm ghi tay").fill("7,5")
        shown.get_by_role("button", name="Ghi điểm").click()
        shown.get_by_role("link", name="Phạm Thuỳ Dương, Tiết học trực tiếp · Giơ Tay: 7,5").wait_for()
