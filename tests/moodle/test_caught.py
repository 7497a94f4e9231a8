"""Launches of Moodle's that somebody has caught on their way."""

import re

import pytest
from playwright.sync_api import BrowserContext

from tests.moodle.plugged import PUPIL, Plugged

REFUSED = 403


def sent(context: BrowserContext, address: str, form: str) -> int:
    """The status that this browser is answered when it posts the form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return context.request.post(address, data=form, headers=headers, max_redirects=0).status


@pytest.mark.parametrize("arrives", [False, True])
def test_a_caught_launch_opens_nothing(plugged: Plugged, *, arrives: bool) -> None:
    """Another browser's is refused and uses it up; whoever came in by it comes in by another one only."""
    address = f"{plugged.product.url}/lti/launch"
    pupil = plugged.moodle.sign_in(PUPIL)
    pupil.context.route(address, lambda route: route.continue_() if arrives else route.abort())
    with pupil.context.expect_event("request", lambda asked: asked.url == address) as asking:
        window = pupil.launch_in_window(plugged.first)
    form = asking.value.post_data
    if arrives:
        window.wait_for_url(re.compile("/l/"))
    thief = plugged.moodle.browser.new_context(ignore_https_errors=True)
    assert [sent(one, address, form) for one in (thief, pupil.context)] == [REFUSED, REFUSED]
    thief.close()
    pupil.close()
