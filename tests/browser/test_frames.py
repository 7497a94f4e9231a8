"""In an LMS's frame, on https, the LMS and the tool on two host names; third-party cookies blocked, or all storage."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Error, Frame, Page, Route, expect
from sqlalchemy import delete

from lti_tool.extensions import db
from lti_tool.models import LaunchBrowser, LaunchVisit
from tests.browser.school import PATIENCE_MS, until
from tests.browser.site import LMS, TOOL, Site
from tests.conftest import WHOLE, browser_path

COOKIE = "__Host-giotay"
PUPIL, TEACHER = "9a1-05", "co-ha"
OFFER = "Mở Giơ Tay trong cửa sổ riêng"
OPEN = "Mở cửa sổ riêng"

KEEPS_FOR_TOOLS = """
if (window === top && location.hostname === "lms.test") {
  const kept = {};
  addEventListener("message", ({ data, origin, source }) => {
    if (!data?.subject?.startsWith("lti.") || !origin.startsWith("https://tool.test:")) return;
    const { subject, message_id, key } = data;
    if (subject === "lti.put_data") kept[origin + key] = data.value;
    source.postMessage({ subject: `${subject}.response`, message_id, key, value: kept[origin + key] }, origin);
  });
}
"""
"""A platform's storage (LTI Client Side postMessages 1.0), on the page around the frame."""

SANDBOXED = """
new MutationObserver((_, observer) => {
  const frame = document.getElementById("tool");
  if (!frame) return;
  frame.sandbox = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox";
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
"""An LMS that gives the frame no origin: no storage of any kind, no fetch from its own server."""


@pytest.fixture
def blocked(site: Site) -> Iterator[BrowserContext]:
    """A browser as it is by default: third-party cookies are blocked, a frame's own partition is not."""
    context = site.browser.new_context(locale="vi-VN", viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture(scope="session")
def refusing(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser whose owner refuses the tool everything, cookies and storage, wherever it stands in the LMS's page."""
    rule = {f"{site.school.tool},{site.school.lms}": {"setting": 2}}
    preferences = {"profile": {"content_settings": {"exceptions": {"cookies": rule}}}}
    profile = tmp_path_factory.mktemp("profile")
    (profile / "Default").mkdir()
    (profile / "Default" / "Preferences").write_text(json.dumps(preferences))
    context = site.browser.browser_type.launch_persistent_context(
        profile,
        executable_path=browser_path(*WHOLE),
        args=site.flags,
        locale="vi-VN",
        viewport={"width": 1366, "height": 768},
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def storeless(refusing: BrowserContext) -> Iterator[BrowserContext]:
    """That browser without pages and without memory."""
    yield refusing
    refusing.unroute_all(behavior="ignoreErrors")
    for page in refusing.pages[1:]:  # with its last page it would go itself
        page.close()
    refusing.clear_cookies()


def launch(context: BrowserContext, site: Site, who: str = PUPIL, script: str = "") -> tuple[Page, Frame]:
    """Open the activity on the LMS's page, before whose own scripts this one runs: the page, and the tool's frame."""
    page = context.new_page()
    page.add_init_script(script)
    page.goto(site.school.as_(who, "activity/1"))
    return page, in_frame(page, site)


def in_frame(page: Page, site: Site) -> Frame:
    def look() -> Frame | None:
        page.wait_for_timeout(20)
        return next((f for f in page.frames if f.url.startswith(f"{site.school.tool}/")), None)

    return until(look, "the tool's frame")


def settle(frame: Frame, path: str) -> None:
    """The frame has come to an address of the tool."""
    frame.wait_for_url(re.compile(path))


def reload(frame: Frame) -> None:
    """Load the frame again, and wait until another document stands at the same address.

    The reload is left to the page's next turn: where it starts before the evaluation has answered, there is nobody
    left to answer.
    """
    address = frame.url.partition("#")[0]
    frame.evaluate("() => { window.before = true; setTimeout(() => location.reload()); }")
    until(lambda: frame.page.wait_for_timeout(50) or fresh(frame), "another document")
    assert frame.url.partition("#")[0] == address


def fresh(frame: Frame) -> bool:
    try:
        return bool(frame.evaluate("!window.before && document.readyState === 'complete'"))
    except Error:  # asked just as one document made room for the other
        return False


def press_window(page: Page, frame: Frame) -> Page:
    """Press the offered button; the window that opens."""
    frame.wait_for_load_state()
    with page.context.expect_page() as opening:
        frame.get_by_role("button", name=OPEN).click()
    return opening.value


def offer_storage(context: BrowserContext, site: Site, frame: str = "_parent") -> None:
    """The platform stores for its tools (`KEEPS_FOR_TOOLS` in its page), and says so at the login."""

    def say(route: Route) -> None:
        route.continue_(post_data=f"{route.request.post_data}&lti_storage_target={frame}")

    context.route(f"{site.school.tool}/lti/login", say)


# --- third-party cookies blocked ------------------------------------------------------------------------------------


def test_third_party_cookies_are_blocked_here_and_partitioned_ones_are_not(blocked: BrowserContext, site: Site) -> None:
    """The ground of the tests below: without this they would prove nothing."""
    _, frame = launch(blocked, site)
    settle(frame, "/l/.*/lesson")
    frame.evaluate("document.cookie = 'plain=1; SameSite=None; Secure; Path=/'")
    frame.evaluate("document.cookie = 'own=1; SameSite=None; Secure; Path=/; Partitioned'")
    assert frame.evaluate("document.cookie") == "own=1"


def test_a_pupil_takes_part_in_the_frame_and_survives_a_reload(blocked: BrowserContext, site: Site) -> None:
    with site.lesson(blocked) as start:
        _, frame = launch(blocked, site)
        settle(frame, "/l/.*/lesson")
        expect(frame.locator("#name, .ph-me").first).to_be_visible()
        until(lambda: start.wait_for_timeout(50) or start.locator("#here").inner_text() == "1", "the pupil's seat")
        reload(frame)
        expect(frame.locator(".ph-me")).to_be_visible()
        kept = [c for c in blocked.cookies() if c["name"] == COOKIE]
        assert {str(c.get("partitionKey")) for c in kept} == {f"https://{LMS}", f"https://{TOOL}"}  # frame and window
        assert {(c["secure"], c["httpOnly"], c["sameSite"]) for c in kept} == {(True, True, "None")}


def test_a_teachers_frame_opens_a_window_that_needs_no_cookie_of_the_frame(blocked: BrowserContext, site: Site) -> None:
    page, frame = launch(blocked, site, TEACHER)
    settle(frame, "/l/")
    window = press_window(page, frame)
    expect(window.get_by_role("button", name="Bắt đầu tiết học")).to_be_visible()
    assert window.url.startswith(f"{site.school.tool}/l/")
    window.reload()
    expect(window.get_by_role("button", name="Bắt đầu tiết học")).to_be_visible()


def test_a_launch_that_is_over_says_so_in_the_frame(blocked: BrowserContext, site: Site) -> None:
    """A page left open overnight: its launch is forgotten, and nobody knows any more whose frame it is in."""
    _, frame = launch(blocked, site, TEACHER)
    settle(frame, "/l/")
    with site.app.app_context():
        visit = urlsplit(frame.url).path.split("/")[2]
        db.session.execute(delete(LaunchBrowser).where(LaunchBrowser.launch_id == visit))
        db.session.execute(delete(LaunchVisit).where(LaunchVisit.id == visit))
        db.session.commit()
    frame.get_by_role("link", name="Lớp", exact=True).click()
    expect(frame.get_by_role("heading", name="Phiên làm việc này đã hết")).to_be_visible()
    assert frame.locator("main").locator("a, button, form").count() == 0


# --- all storage refused in the frame -------------------------------------------------------------------------------


def test_all_storage_is_refused_here_in_the_frame_alone(storeless: BrowserContext, site: Site) -> None:
    _, frame = launch(storeless, site)
    expect(frame.get_by_role("heading", name=OFFER)).to_be_visible()
    assert frame.evaluate(KEPT) == "refused"
    window = storeless.new_page()
    window.goto(f"{site.school.tool}/j")
    assert window.evaluate(KEPT) == "kept"


KEPT = """() => {
  try {
    localStorage.setItem("a", "b");
    document.cookie = "own=1; SameSite=None; Secure; Path=/; Partitioned";
    return document.cookie.includes("own=1") ? "kept" : "no cookie";
  } catch { return "refused"; }
}"""


def test_a_new_tab_restarts_the_login(storeless: BrowserContext, site: Site) -> None:
    """Nothing of the launch was used up in the frame: the platform has not been asked yet."""
    asked: list[str] = []
    storeless.on("request", lambda request: asked.append(request.url))
    page, frame = launch(storeless, site)
    expect(frame.get_by_role("heading", name=OFFER)).to_be_visible()
    assert not [url for url in asked if "/oidc/auth" in url]
    window = press_window(page, frame)
    window.wait_for_url(re.compile(r"/l/\w+/lesson"))
    assert len([url for url in asked if "/oidc/auth" in url]) == 1
    window.reload()
    expect(window.locator("#main")).to_be_visible()
    assert not [url for url in asked if "login_hint" in url and "/oidc/auth" not in url]


@pytest.mark.parametrize("who", [PUPIL, TEACHER])
def test_the_platforms_storage_proves_the_login_and_the_frame_offers_a_window(
    storeless: BrowserContext, site: Site, who: str
) -> None:
    offer_storage(storeless, site)
    page, frame = launch(storeless, site, who, KEEPS_FOR_TOOLS)
    settle(frame, r"/l/\w+/")
    expect(frame.get_by_role("heading", name=OFFER)).to_be_visible()
    window = press_window(page, frame)
    window.wait_for_url(re.compile(r"/l/\w+/"))
    expect(window.get_by_role("heading", name=OFFER)).to_have_count(0)
    expect(window.locator("#main")).to_be_visible()


def test_a_platform_that_promises_storage_and_keeps_silent_costs_two_seconds(
    storeless: BrowserContext, site: Site
) -> None:
    storeless.route(
        f"{site.school.tool}/lti/login",
        lambda route: route.continue_(post_data=f"{route.request.post_data}&lti_storage_target=nobody"),
    )
    page, frame = launch(storeless, site)
    expect(frame.get_by_role("heading", name=OFFER)).to_be_visible()
    press_window(page, frame).wait_for_url(re.compile(r"/l/\w+/lesson"))


@pytest.mark.parametrize("stores", [False, True], ids=["no storage", "platform storage"])
def test_a_frame_without_an_origin_offers_a_window(blocked: BrowserContext, site: Site, stores: bool) -> None:
    """A sandbox without `allow-same-origin`: scripts run, and may neither keep nor fetch anything."""
    if stores:
        offer_storage(blocked, site)
    blocked.add_init_script(SANDBOXED)
    page, frame = launch(blocked, site, script=KEEPS_FOR_TOOLS if stores else "")
    expect(frame.get_by_role("heading", name=OFFER)).to_be_visible()
    assert frame.evaluate("self.origin") == "null"
    window = press_window(page, frame)
    window.wait_for_url(re.compile(r"/l/\w+/lesson"))
    assert window.evaluate("self.origin") == site.school.tool
