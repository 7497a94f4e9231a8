"""The console reloaded without a network: calm, no name on the device, no tap lost."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import PATIENCE_MS, Lesson, Stage, until

AWAY = "Trần Hoài An"
KEPT = """async () => {
  const texts = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) texts.push(request.url, await (await cache.match(request)).text());
  }
  return texts.join("\\n");
}"""

WAITING = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("giotay", 1);
  opening.onerror = reject;
  opening.onsuccess = () => {
    const counting = opening.result.transaction("outbox").objectStore("outbox").count();
    counting.onsuccess = () => (opening.result.close(), resolve(counting.result));
  };
})"""


SHELL = "async () => Boolean(navigator.serviceWorker.controller && await caches.match('/console-shell?language=vi'))"


def is_ready(page: Page) -> bool:
    """The shell is kept, and the worker would answer a reload."""
    return bool(page.evaluate(SHELL))


@pytest.mark.slow
def test_the_console_reloads_without_a_network_and_comes_back_by_itself(stage: Stage, lesson: Lesson) -> None:
    console = lesson.console((390, 844))
    until(lambda: is_ready(console), "the shell is kept")
    console.get_by_role("button", name="Điểm danh").click()
    console.locator("#roll li").first.wait_for()
    for watched in stage.watched:
        watched.is_offline_expected = True
    lesson.teacher.context.set_offline(True)
    console.locator("#roll li", has_text=AWAY).get_by_role("button", name="Vắng K").click()
    console.get_by_role("button", name=re.compile("39 em còn lại có mặt")).click()
    console.get_by_text("Chưa gửi 40, sẽ tự gửi").wait_for()
    until(lambda: console.evaluate(WAITING) == 40, "every tap is in the browser's own store")
    console.reload()
    console.get_by_text("Mất mạng — trang tự mở lại khi có mạng").wait_for()
    expect(console.locator("#kept")).to_contain_text("40 lần chạm của 40 em")
    expect(console.locator("#words")).to_contain_text(re.compile("Có mặt 39.*Vắng K 1", re.DOTALL))
    kept = console.evaluate(KEPT)
    assert "/console-shell" in kept
    personal = (AWAY, "Bùi Quốc Việt", "Nguyễn Thu Hà", "/l/", *re.findall(r"/runs/(\w+)/", console.url))
    assert [word for word in personal if word in kept] == []
    assert AWAY not in console.content()
    for scheme in ("light", "dark"):
        assert faults(console, scheme) == []
    assert small_targets(console, 44) == []
    assert sideways(console) == []
    console.reload()  # again without a network: still the same
    expect(console.locator("#kept")).to_contain_text("40 lần chạm của 40 em")
    lesson.teacher.context.set_offline(False)
    console.locator("#link.chip-ok").wait_for(timeout=2 * PATIENCE_MS)  # by itself
    console.get_by_role("button", name="Điểm danh").click()
    console.locator("#roll-link.chip-ok").wait_for(timeout=2 * PATIENCE_MS)
    expect(console.locator("#roll-counts")).to_contain_text(
        "Có mặt 39 · trực tuyến 0 · vắng P 0 · vắng K 1 · chưa rõ 0"
    )


IS_CUT = """() => {
  const [all, place] = ["h1", "#where"].map((one) => document.querySelector(one));
  return place.getBoundingClientRect().right >
    all.getBoundingClientRect().right + 1 || place.scrollWidth > place.clientWidth + 1;
}"""
STEPS = "() => Object.keys(sessionStorage).filter((key) => key.startsWith('giotay-steps:')).length"


def pressed_without_a_network(lesson: Lesson, console: Page, button: str) -> None:
    """A step that waits in the tab, as the console says."""
    lesson.teacher.context.set_offline(True)
    console.locator("#link.chip-warn").wait_for(timeout=2 * PATIENCE_MS)
    console.locator(".co-act").get_by_role("button", name=button).click()
    expect(console.locator("#steps")).to_contain_text(f"Chưa gửi 1 bước: {button}.")
    assert console.evaluate(STEPS) == 1


@pytest.mark.slow
def test_a_step_pressed_without_a_network_outlives_a_reload_and_is_left_out_of_a_lesson_that_moved_on(
    stage: Stage, lesson: Lesson
) -> None:
    console = lesson.console((390, 844))
    until(lambda: is_ready(console), "the shell is kept")
    for watched in stage.watched:
        watched.is_offline_expected = True
    console.locator("#plan [data-open]").first.click()
    console.locator("#lock:not([aria-disabled])").wait_for()
    pressed_without_a_network(lesson, console, "Khoá câu")
    for width in (320, 390):  # what says so leaves the number of the question whole
        console.set_viewport_size({"width": width, "height": 844})
        assert console.evaluate(IS_CUT) is False
    assert small_targets(console, 44) + sideways(console) + faults(console) == []
    console.reload()
    console.get_by_text("Mất mạng — trang tự mở lại khi có mạng").wait_for()
    expect(console.locator("#steps")).to_contain_text("1 bước")
    assert sideways(console) + faults(console) == []
    lesson.teacher.context.set_offline(False)
    console.locator("#lock[data-do=unlock]").wait_for(timeout=2 * PATIENCE_MS)  # by itself: the lesson stood still
    expect(console.locator("#steps")).to_be_hidden()
    assert console.evaluate(STEPS) == 0
    other = stage.context(viewport={"width": 1366, "height": 768}, storage_state=lesson.teacher.context.storage_state())
    second = other.new_page()
    stage.watch(second, "second console")
    second.goto(console.url)
    second.locator("#link.chip-ok").wait_for()
    pressed_without_a_network(lesson, console, "Câu tiếp")
    second.locator("#plan [data-open]").last.click()  # the same teacher goes on at another machine
    second.locator("#lock:not([aria-disabled])[data-do=lock]").wait_for()
    where = second.locator("#where").inner_text()
    lesson.teacher.context.set_offline(False)
    console.locator("#complaint", has_text="Không gửi 1 bước bấm lúc mất mạng").wait_for(timeout=2 * PATIENCE_MS)
    expect(console.locator("#complaint")).to_contain_text("Câu tiếp. Tiết học đã sang bước khác")
    expect(console.locator("#where")).to_have_text(where)
    expect(second.locator("#where")).to_have_text(where)
    assert console.evaluate(STEPS) == 0
