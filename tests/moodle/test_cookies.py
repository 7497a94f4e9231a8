"""A browser that keeps no cookie of the tool's inside Moodle's pages: not even a partitioned one."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import CHROMIUM_FLAGS, WHOLE, browser_path
from tests.moodle.moodle import PATIENCE_MS, PHONE, Moodle, frame_of, settled, sign_in_page
from tests.moodle.plugged import PUPIL, TEACHER, Plugged


@contextmanager
def strict(moodle: Moodle, folder: Path, tool: str, **options: Any) -> Iterator[BrowserContext]:
    """Chromium as somebody set it: no third-party cookies, and none of the tool's under Moodle."""
    host, _, _ = tool.removeprefix("https://").partition(":")
    never = {f"[*.]{host},{moodle.url}": {"setting": 2}}
    profile = {"cookie_controls_mode": 1, "content_settings": {"exceptions": {"cookies": never}}}
    (folder / "Default").mkdir(parents=True)
    (folder / "Default" / "Preferences").write_text(json.dumps({"profile": profile}))
    context = moodle.browser.browser_type.launch_persistent_context(
        folder, executable_path=browser_path(*WHOLE), args=list(CHROMIUM_FLAGS), ignore_https_errors=True, **options
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def opened(context: BrowserContext, page: Page) -> Page:
    """The window that the frame offers."""
    frame = frame_of(page, "#contentframe")
    button = frame.get_by_role("button", name="Open in a window")
    button.wait_for()
    with context.expect_page() as opening:
        button.click()
    return opening.value


def test_a_teacher_comes_in_by_the_window_that_the_frame_offers(plugged: Plugged, tmp_path: Path) -> None:
    with strict(plugged.moodle, tmp_path / "profile", plugged.product.url) as context:
        teacher = sign_in_page(plugged.moodle, context, TEACHER)
        teacher.page.goto(f"{plugged.moodle.url}/mod/lti/view.php?id={plugged.first}")
        window = opened(context, teacher.page)
        expect(window.get_by_role("heading", name="Bài mở đầu")).to_be_visible()
        window.reload()
        expect(window.get_by_role("heading", name="Bài mở đầu")).to_be_visible()


def test_a_pupils_phone_comes_in_likewise(plugged: Plugged, tmp_path: Path) -> None:
    with strict(plugged.moodle, tmp_path / "profile", plugged.product.url, **PHONE) as context:
        pupil = sign_in_page(plugged.moodle, context, PUPIL)
        pupil.page.goto(f"{plugged.moodle.url}/mod/lti/view.php?id={plugged.first}")
        window = opened(context, pupil.page)
        expect(window.get_by_role("heading", name="The lesson has not begun")).to_be_visible()


def test_choosing_content_there_says_what_to_do_instead(plugged: Plugged, tmp_path: Path) -> None:
    """A window's choice never reaches Moodle's form, which waits for its own frame."""
    with strict(plugged.moodle, tmp_path / "profile", plugged.product.url) as context:
        page = sign_in_page(plugged.moodle, context, TEACHER).page
        form = f"add=lti&return=0&course={plugged.moodle.course}&section=1&typeid={plugged.tool}"
        page.goto(f"{plugged.moodle.url}/course/modedit.php?{form}")
        settled(page)
        page.click("[name=selectcontent]")
        frame = frame_of(page, "#contentitem-page-iframe")
        expect(frame.get_by_text(re.compile("save the activity without choosing content"))).to_be_visible()
        expect(frame.get_by_role("button", name="Open in a window")).to_have_count(0)
