"""The language of pages: chosen by the person, else the launch's, the browser's, the school's."""

import pytest

from lti_tool.locale import COOKIE
from tests.lti_tool.tool import Tool


def test_a_page_offers_the_other_language_and_keeps_the_choice(steady_tool: Tool) -> None:
    client = steady_tool.browser().client
    vietnamese = client.get("/j?from=poster", headers={"Accept-Language": "vi"}).text
    assert '<html lang="vi"' in vietnamese
    assert 'lang="en">' in vietnamese
    assert 'name="back" value="/j?from=poster"' in vietnamese
    answer = client.post("/language", data={"to": "en", "back": "/j?from=poster"})
    assert (answer.status_code, answer.location) == (303, "/j?from=poster")
    assert '<html lang="en"' in client.get("/j", headers={"Accept-Language": "vi"}).text


@pytest.mark.parametrize("back", ["", "https://example.org/", "//example.org", "/\\example.org", "j", "/j\r\nX: 1"])
def test_nobody_is_led_elsewhere(steady_tool: Tool, back: str) -> None:
    answer = steady_tool.browser().client.post("/language", data={"to": "en", "back": back})
    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize("to", ["", "fr", "en\r\n", "<script>", "e" * 5_000])
def test_a_language_that_we_have_not_is_refused(steady_tool: Tool, to: str) -> None:
    answer = steady_tool.browser().client.post("/language", data={"to": to})
    assert answer.status_code == 400
    assert COOKIE not in str(answer.headers.getlist("Set-Cookie"))
