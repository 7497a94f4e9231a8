"""Who may frame our pages: learnt from verified launches, read strictly, seen and changed by the operator."""

from ipaddress import ip_network

import pytest
from click.testing import CliRunner

from lti_tool.cli import lms as cli
from lti_tool.extensions import db
from lti_tool.launch import framing
from lti_tool.launch.framing import MOST_ORIGINS, origin_in, own_origins
from tests.lti_tool.platform import LTI
from tests.lti_tool.tool import Tool

LAN = (ip_network("192.168.0.0/16"), ip_network("127.0.0.0/8"))


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://truong.instructure.com/courses/1?session=secret#x", "https://truong.instructure.com"),
        ("https://LMS.example.edu.vn:8443/a", "https://lms.example.edu.vn:8443"),
        ("https://learn.xn--truong-x1a.vn", "https://learn.xn--truong-x1a.vn"),
        ("https://8.8.8.8/", "https://8.8.8.8"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]"),
        ("http://lms.example.com/", None),
        ("https://10.0.0.5/", None),
        ("https://169.254.169.254/latest", None),
        ("https://[::1]/", None),
        ("https://[::ffff:10.0.0.5]/", None),
        ("https://localhost/", None),
        ("https://2130706433/", None),
        ("https://0x7f.1/", None),
        ("https://*.example.com/", None),
        ("https://*", None),
        ("https://a.example;script-src *", None),
        ("https://a.example'unsafe'/", None),
        ("https://a.example,https://b.example", None),
        ("https://user@evil.example/", None),
        ("https://a.example:99999/", None),
        ("https://a..example/", None),
        ("https://" + "a" * 300 + ".example", None),
        ("https:///nothing", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("", None),
    ],
)
def test_an_origin_is_read_strictly(address: str, origin: str | None) -> None:
    assert origin_in(address, ()) == origin


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("http://192.168.1.10:8080/course", "http://192.168.1.10:8080"),
        ("https://192.168.1.10/", "https://192.168.1.10"),
        ("http://localhost:8000/x", "http://localhost:8000"),
        ("http://10.0.0.1/", None),
        ("http://moodle.lan/", None),
    ],
)
def test_a_private_address_needs_a_network_the_operator_named(address: str, origin: str | None) -> None:
    assert origin_in(address, LAN) == origin


def test_what_would_break_out_of_the_header_is_left_out_of_an_lmss_own_addresses_too() -> None:
    assert own_origins("https://a.example;script-src *", "https://b.example/auth", ["https://c.example"]) == (
        "https://b.example",
        "https://c.example",
    )


def came_back_to(address: object) -> dict[str, object]:
    return {f"{LTI}launch_presentation": {"locale": "vi", "document_target": "iframe", "return_url": address}}


def framed_by(tool: Tool, **claims: object) -> str:
    """The policy's word on frames, on the first page of a launch."""
    header = tool.teacher(**claims).get("").headers["Content-Security-Policy"]
    return header.rpartition("frame-ancestors ")[2]


def test_the_origin_a_launch_came_back_to_is_remembered_for_the_registration(tool: Tool) -> None:
    host = "https://truong.instructure.com"
    assert framed_by(tool, **came_back_to(f"{host}/courses/1?session=secret")) == f"{tool.platform.url} {host}"
    assert framed_by(tool) == f"{tool.platform.url} {host}"  # a launch that says nothing takes nothing away
    with tool.inside():
        assert tool.registration().frame_origins == [host]
    offered = tool.browser().client.get(tool.teacher().path(""), headers={"Sec-Fetch-Dest": "iframe"})
    assert host in offered.headers["Content-Security-Policy"]  # the page that offers a window


@pytest.mark.parametrize("hostile", ["http://evil.example/", "https://10.0.0.1/", "https://*/", "https://a;b", 7, None])
def test_a_hostile_address_is_not_remembered(tool: Tool, hostile: object) -> None:
    browser = tool.browser()
    login = browser.login()
    claims = tool.platform.claims(login["nonce"], browser.address("/lti/launch"), **came_back_to(hostile))
    browser.answer(login, tool.platform.sign(claims))
    with tool.inside():
        assert tool.registration().frame_origins == []


def test_a_registration_remembers_so_many_and_no_more(tool: Tool) -> None:
    for number in range(MOST_ORIGINS + 2):
        with tool.inside():
            framing.remember(tool.registration(), f"https://{number}.example")
    with tool.inside():
        assert len(tool.registration().frame_origins) == MOST_ORIGINS
    assert framed_by(tool, **came_back_to("https://one-more.example/")).count("https://") == MOST_ORIGINS


def test_the_operator_sees_allows_and_forgets(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    with tool.inside():
        settings = tool.app.extensions["giotay"].settings
        db.session.rollback()
    monkeypatch.setattr(cli, "settings_or_exit", lambda: settings)

    def said(*words: str) -> str:
        return CliRunner().invoke(cli.lms, ["frames", "1", *words]).output

    assert said("--allow", "https://lms.example/any") == f"{tool.platform.url}\nhttps://lms.example\n"
    assert "an https address" in said("--allow", "http://lms.example")
    assert said() == f"{tool.platform.url}\nhttps://lms.example\n"
    assert said("--forget", "https://lms.example/") == f"{tool.platform.url}\n"
