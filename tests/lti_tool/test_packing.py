"""What goes out packed, what never does, and that scripts and styles lose nothing but what is for their readers."""

from pathlib import Path

import pytest

import lti_tool
from tests.lti_tool.tool import Tool

STATIC = Path(lti_tool.__file__).parent / "static"


def test_a_page_with_a_token_is_never_compressed(steady_tool: Tool) -> None:
    """The length of a compressed page tells of its token (BREACH)."""
    asks = {"Accept-Encoding": "gzip, br"}
    teacher = steady_tool.teacher()
    page = teacher.client.get(teacher.path("course"), headers=asks)
    assert page.status_code == 200
    assert len(page.data) > 2_000
    assert "Content-Encoding" not in page.headers


def test_what_is_the_same_for_everyone_is_packed_as_small_as_it_goes(steady_tool: Tool) -> None:
    """A file twice alike; a page without a person in each language."""
    client, asks = steady_tool.browser().client, {"Accept-Encoding": "br"}
    path = f"{steady_tool.app.static_url_path}/css/base.css"
    plain = client.get(path, buffered=True).data
    first, again = (client.get(path, headers=asks, buffered=True) for _ in range(2))
    assert first.headers["Content-Encoding"] == again.headers["Content-Encoding"] == "br"
    assert first.data == again.data
    assert len(first.data) < len(plain) * 0.27
    assert client.get(path, headers={"Accept-Encoding": "gzip"}, buffered=True).headers["Content-Encoding"] == "gzip"
    shells = [client.get("/phone-shell", headers={**asks, "Accept-Language": language}) for language in ("vi", "en")]
    assert [one.headers["Content-Encoding"] for one in shells] == ["br", "br"]
    assert shells[0].data != shells[1].data


@pytest.mark.parametrize("name", ["js/phone.js", "css/base.css"])
def test_a_script_and_a_style_go_out_without_comments_and_indents(steady_tool: Tool, name: str) -> None:
    plain = (STATIC / name).read_text("utf-8")
    address = f"{steady_tool.app.static_url_path}/{name}"
    sent = steady_tool.browser().client.get(address, buffered=True).get_data(as_text=True)
    assert "/*" in plain
    assert "/*" not in sent
    assert "\n  " not in sent
    assert len(sent) < len(plain) * 0.95


def test_a_picture_goes_out_as_it_is(steady_tool: Tool) -> None:
    address = f"{steady_tool.app.static_url_path}/icons.svg"
    assert steady_tool.browser().client.get(address, buffered=True).data == (STATIC / "icons.svg").read_bytes()
