"""High contrast on the screen in the room: every text at 7 to 1, whatever stands there; what the system asks for holds
on phones and the console too."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults
from tests.browser.school import Lesson, Pupil, Stage
from tests.browser.steps import open_next, reveal
from tests.browser.test_kinds import CLOUD, FILL, HOTSPOT, OTHERS, Play, begun

POLL = next(one for one in OTHERS if one.name == "poll")
BOARD = Play("board", {"approve": False}, lambda _: None, "", "")
AAA = 7.0
FAINT = """least => {
  const parts = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const seen = parts(getComputedStyle(node).backgroundColor);
      if (seen.length === 3 || seen[3] === 1) return seen;
      if (seen[3] > 0) return [128, 128, 128];
    }
    return [255, 255, 255];
  };
  const words = (node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
  const shown = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const written = (node) => words(node) && !node.closest("svg, .vh, script") && shown(node);
  return [...document.querySelectorAll("body *")].filter(written).flatMap((node) => {
    const both = [light(parts(getComputedStyle(node).color)), light(ground(node))];
    const [dark, bright] = both.sort((a, b) => a - b);
    const found = (bright + 0.05) / (dark + 0.05);
    return found < least ? [`${found.toFixed(1)} ${node.outerHTML.slice(0, 120)}`] : [];
  });
}"""
"""What is written fainter than this."""


def faint(page: Page, where: str) -> list[str]:
    page.wait_for_function("() => document.getAnimations().every((one) => one.playState !== 'running')")
    return [f"{where}: {one}" for one in page.evaluate(FAINT, AAA)]


def put_on(projector: Page, look: str) -> None:
    """Press C until this look is on and its sheet is there."""
    projector.bring_to_front()
    for _ in range(3):
        if projector.locator("html").get_attribute("data-look") == look:
            break
        projector.keyboard.press("c")
    expect(projector.locator(f"html[data-look={look}]")).to_have_count(1)
    if look == "high":
        projector.wait_for_function("() => getComputedStyle(document.body).getPropertyValue('--ink').trim() === '#000'")


@pytest.mark.slow
def test_the_projector_in_high_contrast(desk: Stage) -> None:
    lesson = begun(desk, (POLL, FILL, HOTSPOT, CLOUD, BOARD))
    projector = lesson.projector()
    pupil = Pupil.arrive(desk, forced_colors="active").join(lesson.code)
    for look in ("light", "dark", "high"):
        put_on(projector, look)
        assert not faults(projector, "light"), look
    assert projector.evaluate(FAINT, 22.0), "the measure itself: nothing is above 21 to 1"
    found = faint(projector, "join")
    projector.reload()
    expect(projector.locator("html[data-look=high]")).to_have_count(1)
    for play in (POLL, FILL, HOTSPOT, CLOUD, BOARD):
        open_next(projector)
        found += faint(projector, f"{play.name}, open")
        if play is BOARD:
            pupil.page.locator("form[data-posts][novalidate]").wait_for()
            pupil.page.locator("#text").fill("Tam giác cân")
            pupil.page.locator("form[data-posts] .btn-primary").click()
            projector.locator(".pw li").wait_for()
        else:
            pupil.page.locator("#question form, #question button.answer").first.wait_for()
            play.answer(pupil.page)
            pupil.says("Đã lưu lúc")
            reveal(projector, "distribution")
            projector.locator(play.projector).first.wait_for()
        found += faint(projector, f"{play.name}, shown") + faults(projector, "light")
        if play.key:
            reveal(projector, "key")
            found += faint(projector, f"{play.name}, key")
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_a_system_that_asks_for_contrast_has_it_everywhere(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console()
    pupil = Pupil.arrive(stage, contrast="more").join(lesson.code)
    open_next(projector)
    pupil.page.locator("button.answer").first.wait_for()
    for page in (projector, console):
        page.emulate_media(contrast="more")
    projector.reload()
    expect(projector.locator("html[data-look=high]")).to_have_count(1)
    for page in (projector, console, pupil.page):
        page.wait_for_function("() => getComputedStyle(document.body).getPropertyValue('--ink').trim() === '#000'")
    assert not (found := [*faint(projector, "projector"), *faint(console, "console"), *faint(pupil.page, "phone")]), (
        found
    )
    pupil.page.emulate_media(contrast="no-preference", forced_colors="active")
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    chosen = pupil.page.locator("button.answer[data-state=saved]")
    assert chosen.evaluate("node => getComputedStyle(node).outlineStyle") == "solid", "told by a rule, not by a ground"
