"""What the class may see on the wall, and what only the teacher's screen shows."""

import re

from playwright.sync_api import Page, expect

from tests.browser.looking import faults, settled
from tests.browser.school import Lesson, Pupil, Stage, until
from tests.browser.steps import open_next, reveal

IS_FULL = "document.fullscreenElement !== null"
WRONG, SILENT = "Bùi Quốc Việt", "Trần Hoài An"


def test_the_projector_never_holds_who_was_silent_or_wrong(stage: Stage, lesson: Lesson) -> None:
    heard: list[str] = []
    lesson.teacher.context.on(
        "page",
        lambda page: page.on("websocket", lambda ws: ws.on("framereceived", lambda text: heard.append(str(text)))),
    )
    projector = lesson.projector()
    fetched: list[str] = []
    projector.on("request", lambda request: fetched.append(request.url))
    wrong = Pupil.arrive(stage).join(lesson.code, WRONG)
    silent = Pupil.arrive(stage).join(lesson.code, SILENT)
    open_next(projector)
    wrong.answer("6")
    wrong.says("Đã lưu lúc")
    pages = [projector.content()]
    for what in ("distribution", "key"):
        reveal(projector, what)
        pages.append(projector.content())
    secrets = [WRONG, SILENT, uid(wrong.page), uid(silent.page)]
    assert heard, "the projector heard frames"
    for told in (*pages, *heard):
        assert [one for one in secrets if one in told] == []
    assert not [address for address in fetched if "/people" in address or "/written" in address]


def uid(page: Page) -> str:
    """The pupil's id in the log."""
    owner = page.evaluate("JSON.parse(document.getElementById('boot').textContent).seat.owner")
    return str(owner).rpartition(".")[2]


def test_one_key_covers_what_only_the_teacher_sees(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console()
    pupil = Pupil.arrive(stage).join(lesson.code)
    open_next(projector)
    pupil.answer("5")
    tally = console.locator("#tally")
    tally.get_by_text("Đáp án").first.wait_for()
    console.locator("#tally li b", has_text="1").wait_for()
    console.bring_to_front()
    console.keyboard.press("h")
    console.get_by_text("Đang che phân bố và đáp án").first.wait_for()
    assert tally.locator("li").count() == 0
    assert "Đáp án A" not in console.locator("main").inner_text()
    pupil.answer("6")  # a new count does not uncover it
    pupil.says("Đã lưu lúc")
    console.wait_for_timeout(500)
    assert tally.locator("li").count() == 0
    console.keyboard.press("H")
    tally.locator("li").first.wait_for()
    for _ in range(6):
        open_next(projector)
    pupil.page.locator("#answer").fill("Em còn vướng ở bước hai")
    pupil.page.locator("#question .btn-primary").click()
    console.get_by_text("Em còn vướng ở bước hai").wait_for()
    console.bring_to_front()
    console.keyboard.press("h")
    console.get_by_text("Em còn vướng ở bước hai").wait_for(state="hidden")


def test_the_projector_is_driven_by_keys(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    where, keys = projector.locator("#where"), projector.keyboard
    open_next(projector)
    stem = projector.locator("#main .stem")
    stem.wait_for()
    keys.press("b")
    projector.get_by_text("Màn chiếu đang tắt").wait_for()
    assert stem.count() == 0
    keys.press(".")
    stem.wait_for()
    keys.press("f")
    until(lambda: projector.evaluate(IS_FULL), "the full screen")
    keys.press("f")
    until(lambda: not projector.evaluate(IS_FULL), "the window again")
    for key, stage_ in (
        ("ArrowRight", "đã khoá"),
        ("ArrowLeft", ""),
        ("ArrowRight", "đã khoá"),
        ("PageDown", "phân bố"),
        ("ArrowRight", "đáp án"),
        ("PageUp", "phân bố"),
        ("ArrowLeft", "đã khoá"),
    ):
        keys.press(key)
        told = f"Câu 1/7 · {stage_}" if stage_ else "Câu 1/7"
        until(lambda told=told: where.inner_text() == told, f"{told} after {key}")
        assert projector.locator("#announce").inner_text() == told
        projector.wait_for_timeout(100)


def test_a_button_that_cannot_be_pressed_says_why(stage: Stage, lesson: Lesson) -> None:
    console = lesson.console()
    lock, key, why = (console.locator(one) for one in ("#lock", ".co-act [data-do=key]", "#why"))
    expect(lock).to_have_attribute("title", "Chưa mở câu nào.")
    lock.click(force=True)
    expect(why).to_have_text("Chưa mở câu nào.")
    console.locator("[data-do=next]").click()
    expect(key).to_have_attribute("title", "Thầy cô khoá câu trước đã.")
    key.click(force=True)
    expect(why).to_have_text("Thầy cô khoá câu trước đã.")
    lock.click()
    expect(key).not_to_have_attribute("title", re.compile("."))
    key.click()
    expect(lock).to_have_attribute("title", "Đáp án đã hiện; chỉ còn cách hỏi lại câu này.")
    assert not faults(console)


def test_nothing_on_the_wall_is_cut_off(stage: Stage, lesson: Lesson) -> None:
    """Question, options and explanation together: as high as their text, and inside the picture. A formula's own ink
    may hang over by a few pixels."""
    projector = lesson.projector()
    cut = """() => [...document.querySelectorAll("#main, #main .stem, #main .text, #main li")]
      .filter((node) => node.scrollHeight > node.clientHeight + 8 && getComputedStyle(node).display !== "contents")
      .map((node) => `${node.scrollHeight - node.clientHeight} px of ${node.outerHTML.slice(0, 80)}`)"""
    for _ in range(5):
        open_next(projector)
        assert projector.evaluate(cut) == []
        reveal(projector, "key")
        assert projector.evaluate(cut) == []
        projector.keyboard.press("ArrowRight")
        projector.locator("#where", has_text="lời giải").wait_for()
        assert projector.evaluate(cut) == []
        for size in ((1920, 1080), (1280, 720)):
            projector.set_viewport_size({"width": size[0], "height": size[1]})
            assert settled(projector, lambda: projector.evaluate(cut)) == []


def test_the_console_keeps_the_focus_while_counts_come_in(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console()
    open_next(projector)
    console.bring_to_front()
    step = console.locator("#plan button[data-open]").nth(2)
    step.focus()
    Pupil.arrive(stage).join(lesson.code).answer("5")
    console.locator("#answered", has_text="1").wait_for()
    assert console.evaluate("document.activeElement.dataset.open") == step.get_attribute("data-open")
    console.locator(".co-top .menu summary").click()
    console.locator(".co-top .menu[open]").wait_for()
    console.keyboard.press("Escape")
    assert console.locator(".co-top .menu[open]").count() == 0
    assert console.evaluate("document.activeElement.tagName") == "SUMMARY"
