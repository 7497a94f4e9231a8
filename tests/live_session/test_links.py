"""Addresses that pupils may be sent to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.links import MOST, host_of, https_link

GOOD = (
    "https://vi.wikipedia.org/wiki/%C4%90%E1%BB%8Bnh_l%C3%BD_Vi%C3%A8te",
    "https://meet.google.com/abc-defg-hij",
    "https://us02web.zoom.us/j/123?pwd=x_Y-1",
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting#a",
    "HTTPS://Example.VN:443/a",
    "https://vi.wikipedia.org/wiki/Định_lý_Viète",
)
HOSTILE = (
    "", " ", "javascript:alert(1)", "data:text/html,x", "http://vi.wikipedia.org", "//vi.wikipedia.org", "ftp://a.vn",
    "https://", "https:///x", "https://user:pw@a.vn", "https://google.com@evil.vn", "https://localhost", "https://intranet",
    "https://127.0.0.1", "https://[::1]/", "https://0x7f.1", "https://10.0.0.1", "https://2130706433", "https://a.vn:8443",
    "https://a.vn:x", "https://printer.local", "https://db.internal", "https://a b.vn", "https://a.vn/\nx", "https://a.vn\\@b.vn",
    "https://a.vn/<script>", 'https://a.vn/"x', "https://a.vn/\u202egnp.exe", "https://a\u200b.vn", "https://-a.vn",
    "https://а.vn",
    "https://a.vn/" + "x" * MOST, "https://a..vn", "https://.vn", "https://[a.vn",
)  # fmt: skip


@pytest.mark.parametrize("link", GOOD)
def test_an_address_with_a_name_is_taken_as_it_is(link: str) -> None:
    assert https_link(f"  {link}\n") == link


@pytest.mark.parametrize("link", HOSTILE)
def test_a_hostile_address_is_refused(link: str) -> None:
    assert https_link(link) is None


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = https_link(text)
    assert found is None or (found.lower().startswith("https://") and host_of(found))


def test_an_address_is_shown_by_its_host() -> None:
    assert host_of("https://www.vi.wikipedia.org/wiki/x") == "vi.wikipedia.org"
