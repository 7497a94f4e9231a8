"""Security headers of every answer, and that nothing static reaches out or needs what the policy forbids."""

import re
from pathlib import Path

import pytest

import lti_tool
from lti_tool.app import create_app
from lti_tool.headers import origin_of
from tests.lti_tool.conftest import settings_for
from tests.lti_tool.tool import Tool

STATIC = Path(lti_tool.__file__).parent / "static"
ELSEWHERE = re.compile(r"(?:https?:)?//(?!www\.w3\.org/)[\w.-]+\.\w+")
"""An address with a host; the namespaces of SVG and MathML are names, not addresses."""


def policy_of(header: str) -> dict[str, set[str]]:
    parts = [part.split() for part in header.split(";")]
    return {name: set(values) for name, *values in parts}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/j"), ("POST", "/j"), ("GET", "/nothing"), ("PUT", "/j"), ("OPTIONS", "/j"), ("GET", "/healthz"),
        ("POST", "/live/frames"), ("POST", "/live/content"), ("GET", "/lti/jwks"), ("POST", "/lti/launch"),
        ("GET", "/l/0/"), ("POST", "/l/0/runs"), ("GET", "/sw.js"), ("GET", "/phone-shell"), ("GET", "/enter"),
        ("GET", "/console-shell"),
        ("GET", "STATIC/css/none.css"), ("GET", "STATIC/../app.py"), ("POST", "STATIC/css/base.css"),
        ("HEAD", "/j"), ("DELETE", "/l/0/roster"), ("GET", "/metrics"), ("GET", "/pictures/0"), ("GET", "/j/000000"),
    ],
)  # fmt: skip
def test_every_answer_carries_the_policy(steady_tool: Tool, method: str, path: str) -> None:
    path = path.replace("STATIC", steady_tool.app.static_url_path or "")
    answer = steady_tool.browser().client.open(path, method=method)
    policy = policy_of(answer.headers["Content-Security-Policy"])
    assert policy["default-src"] == {"'none'"}
    assert policy["script-src"] == policy["style-src"] == {"'self'"}
    assert policy["object-src"] == policy["base-uri"] == {"'none'"}
    assert policy["frame-ancestors"] == {"'none'"}
    assert "unsafe" not in str(policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert "microphone=()" in answer.headers["Permissions-Policy"]
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert path == "/lti/jwks" or answer.headers["Cache-Control"] in ("no-store", "no-cache")


def test_only_the_lms_of_the_launch_may_frame_its_pages(steady_tool: Tool) -> None:
    teacher = steady_tool.teacher()
    framed = policy_of(teacher.get("course").headers["Content-Security-Policy"])
    assert framed["frame-ancestors"] == {steady_tool.platform.url}
    shut = policy_of(steady_tool.browser().client.get(teacher.path("course")).headers["Content-Security-Policy"])
    assert shut["frame-ancestors"] == {"'none'"}


def test_https_is_kept_and_the_socket_is_the_only_other_address(sqlite_tool_url: str) -> None:
    app = create_app(settings_for(sqlite_tool_url, public_url="https://giotay.sen.example"))
    answer = app.test_client().get("/j", base_url="https://giotay.sen.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    connect = policy_of(answer.headers["Content-Security-Policy"])["connect-src"]
    assert connect == {"'self'", "wss://giotay.sen.example"}


def test_plain_http_promises_no_https(steady_tool: Tool) -> None:
    headers = steady_tool.browser().client.get("/j").headers
    assert "Strict-Transport-Security" not in headers
    assert "Cross-Origin-Opener-Policy" not in headers


def test_a_static_file_is_kept_for_ever_and_is_no_page(steady_tool: Tool) -> None:
    path = f"{steady_tool.app.static_url_path}/css/base.css"
    answer = steady_tool.browser().client.get(path, buffered=True)
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://lms.example:8443/a/b?c=d#e") == "https://lms.example:8443"


@pytest.mark.parametrize("file", sorted(f for f in STATIC.rglob("*") if f.is_file()), ids=lambda f: f.name)
def test_no_static_file_reaches_out_or_needs_what_the_policy_forbids(file: Path) -> None:
    text = file.read_text("utf-8")
    assert ELSEWHERE.findall(text) == []
    if file.suffix == ".js":
        assert not re.search(r"\beval\(|new Function|document\.write|insertAdjacentHTML|\.outerHTML\s*=", text)
        assert not re.search(r"setAttribute\(\s*[\"']style", text)
        assert "@import" not in text
    if file.suffix == ".svg":
        assert "<script" not in text
