"""What a pupil has written and not sent outlives a reload, is nobody else's, and goes when sent or with the lesson."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways
from tests.browser.school import Pupil, Stage, until
from tests.browser.steps import open_next, told_answers
from tests.browser.test_kinds import BANK, DRAWING, INK, LOADED, Play, begun, drag, first_answer
from tests.browser.test_phone import lock, sit_down_as
from tests.browser.test_posts import card, opened, post, say

KEPT = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("giotay");
  opening.onsuccess = () => {
    const all = opening.result.transaction("last").objectStore("last").getAll();
    all.onsuccess = () => { opening.result.close(); resolve(all.result.filter(({ said }) => said)); };
  };
  opening.onerror = reject;
})"""
UNSENT = "Em viết dở ở đây, chưa gửi."
OPEN = Play("open", {"photo": True}, first_answer, "", "")
EXIT = Play("exit", {}, first_answer, "", "")


def kept(page: Page, count: int = 1) -> None:
    until(lambda: len(page.evaluate(KEPT)) == count, f"{count} drafts on the phone")


def reloaded(page: Page) -> Page:
    """Once the phone has it; anew, and it is said that it was not sent."""
    kept(page)
    page.reload()
    page.get_by_text(UNSENT).wait_for()
    return page


def shot() -> Any:
    taken = BytesIO()
    Image.new("RGB", (640, 480), "#7db8a9").save(taken, "JPEG")
    return {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": taken.getvalue()}


def test_what_is_written_outlives_a_reload_and_is_nobody_elses(desk: Stage) -> None:
    first, second = "Bùi Quốc Việt", "Trần Hoài An"
    lesson = begun(desk, (OPEN, EXIT))
    projector = lesson.projector()
    pupil = Pupil.arrive(desk).join(lesson.code, first)
    page = pupil.page
    try:
        open_next(projector)
        page.locator("#answer").fill("Vì tổng hai nghiệm")
        page.locator("[data-photo] input").set_input_files(shot())
        page.locator("[data-photo] img:visible").wait_for()
        kept(page)
        reloaded(page).locator("[data-photo] img:visible").wait_for()
        expect(page.locator("#answer")).to_have_value("Vì tổng hai nghiệm")
        assert not (found := [*faults(page), *sideways(page)]), "\n".join(found)
        assert told_answers(projector) == 0
        page.get_by_role("button", name="Gửi").click()
        pupil.says("Đã lưu lúc")
        kept(page, 0)
        page.reload()
        pupil.says("Đã lưu lúc")
        expect(page.get_by_text(UNSENT)).to_have_count(0)
        page.locator("#answer").fill("Vì tích hai nghiệm")
        expect(reloaded(page).locator("#answer")).to_have_value("Vì tích hai nghiệm")  # above what was sent
        open_next(projector)
        page.get_by_text("Em hiểu bài", exact=True).click()
        page.locator("#unclear").fill("Riêng em")
        kept(page, 2)
        sit_down_as(pupil, lesson, second)
        page.locator("#unclear").wait_for()
        page.locator("#learned").fill("Bài của bạn thứ hai")
        kept(page, 3)
        expect(page.locator("#unclear")).to_have_value("")
        expect(page.get_by_text(UNSENT)).to_have_count(0)
        sit_down_as(pupil, lesson, first)
        page.get_by_text(UNSENT).wait_for()
        expect(page.locator("#unclear")).to_have_value("Riêng em")
        expect(page.locator("#learned")).to_have_value("")
        expect(page.locator("input[name=level]:checked")).to_have_count(1)
        lesson.end()
        pupil.says("Tiết học đã kết thúc")
        kept(page, 0)
    finally:
        lesson.end()


@pytest.mark.slow
def test_without_network_and_where_it_is_locked(desk: Stage) -> None:
    """Words that came too late stay in sight, and are not said to be sent."""
    lesson = begun(desk, (Play("short", {"accepted": ["Vi-ét"]}, first_answer, "", ""), BANK))
    projector = lesson.projector()
    pupil = Pupil.arrive(desk).join(lesson.code)
    page = pupil.page
    try:
        page.evaluate("navigator.serviceWorker.register('/sw.js?language=vi').catch(() => {})")
        open_next(projector)
        page.locator("#answer").fill("Vi")
        with pupil.offline():
            page.evaluate("navigator.serviceWorker.ready.then(() => {})")
            expect(reloaded(page).locator("#answer")).to_have_value("Vi")
        pupil.watched.is_offline_expected = False
        lock(projector)
        pupil.says("Câu đã khoá")
        expect(reloaded(page).locator("#answer")).to_have_value("Vi")
        pupil.says("Câu đã khoá")
        open_next(projector)
        page.wait_for_function(LOADED, arg="/arrange.js")
        page.locator(".word", has_text="Huế").click()
        kept(page, 2)
        page.reload()
        page.get_by_text(UNSENT).wait_for()
        expect(page.locator("select.gap").first).to_have_value("Huế")
    finally:
        lesson.end()


@pytest.mark.slow
def test_a_drawing_is_gone_on_with(desk: Stage) -> None:
    """Strokes that were not sent lie above those that were."""
    lesson = begun(desk, (DRAWING,))
    projector = lesson.projector()
    pupil = Pupil.arrive(desk).join(lesson.code)
    page = pupil.page
    try:
        open_next(projector)
        canvas = page.locator("canvas")
        canvas.focus()
        for key in (" ", "ArrowRight", "ArrowRight", " "):
            page.keyboard.press(key)
        page.get_by_role("button", name="Gửi").click()
        pupil.says("Đã lưu lúc")
        sent = canvas.evaluate(INK)
        page.reload()
        canvas.wait_for()
        page.wait_for_function(f"() => ({INK})(document.querySelector('canvas')) > 100")
        box = canvas.bounding_box()
        drag(page, {**box, "width": 20, "height": 20}, box)  # type: ignore[dict-item]
        reloaded(page)
        page.wait_for_function(f"([sent]) => ({INK})(document.querySelector('canvas')) > 1.5 * sent", arg=[sent])
        page.get_by_role("button", name="Gửi").click()
        expect(page.get_by_text(UNSENT)).to_have_count(0)
        kept(page, 0)
    finally:
        lesson.end()


@pytest.mark.slow
def test_a_post_and_its_edition_outlive_a_reload(desk: Stage) -> None:
    board = Play("board", {"approve": False, "columns": ["Em hiểu", "Em hỏi"]}, first_answer, "", "")
    lesson = begun(desk, (board,))
    projector = lesson.projector()
    pupil = Pupil.arrive(desk).join(lesson.code)
    page = pupil.page
    form = page.locator("form[data-posts]")
    try:
        open_next(projector)
        form.get_by_text("Em hỏi", exact=True).click()
        page.locator("#text").fill("Bài đầu tiên")
        expect(reloaded(page).locator("#text")).to_have_value("Bài đầu tiên")
        expect(form.locator("input[value=B]")).to_be_checked()
        form.locator(".btn-primary").click()
        page.locator("[data-own] li", has_text="Bài đầu tiên").wait_for()
        kept(page, 0)
        page.locator("[data-own] [data-own=edit]").click()
        page.locator("#text").fill("Bài đã sửa")
        reloaded(page)
        expect(form.locator(".btn-primary")).to_have_text("Lưu sửa đổi")
        form.locator(".btn-primary").click()
        page.locator("[data-own] li", has_text="Bài đã sửa").wait_for()
        expect(page.locator("[data-own] li")).to_have_count(1)
        page.locator("#text").fill("Thôi")
        kept(page)
        page.locator("#text").fill("")
        kept(page, 0)
    finally:
        lesson.end()


@pytest.mark.slow
def test_a_comment_outlives_a_reload_wherever_its_post_stands(desk: Stage) -> None:
    """Below a post that has left the first page, too; the words of another at this phone are not seen."""
    text = "Em nghĩ bài này đúng"
    lesson, _, console, first, other = opened(desk, "board", {"approve": False, "comments": True, "most": 10})
    page = other.page
    field = card(other, "Bài đầu").get_by_label("Lời bàn của em")
    try:
        say(first, "Bài đầu")
        say(first, "Bài hai")
        card(other, "Bài đầu").locator("summary").click()
        field.fill(text)
        kept(page)
        for n in range(7):
            say(first, f"{n} dài " + "ềềề " * 120)
        card(other, "6 dài").wait_for()
        expect(card(other, "Bài hai")).to_have_count(0)
        expect(field).to_have_value(text)
        expect(field).to_be_focused()
        reloaded(page)
        expect(field).to_have_value(text)
        expect(card(other, "Bài đầu").get_by_text(UNSENT)).to_have_count(1)
        expect(card(other, "Bài hai")).to_have_count(0)
        assert not (found := [*faults(page), *sideways(page)]), "\n".join(found)
        expect(post(console, text)).to_have_count(0)
        sit_down_as(other, lesson, "Đỗ Minh Khôi")
        card(other, "6 dài").wait_for()
        expect(page.get_by_text(UNSENT)).to_have_count(0)
        expect(card(other, "Bài đầu")).to_have_count(0)
        kept(page)
        sit_down_as(other, lesson, "Trần Hoài An")
        expect(field).to_have_value(text)
        card(other, "Bài đầu").get_by_role("button", name="Gửi").click()
        post(console, text).wait_for()
        kept(page, 0)
        expect(card(other, "Bài đầu").get_by_text(UNSENT)).to_have_count(0)
        expect(field).to_have_value("")
    finally:
        lesson.end()


@pytest.mark.slow
def test_a_comment_that_came_too_late_stays_in_sight(desk: Stage) -> None:
    lesson, projector, console, first, other = opened(desk, "board", {"approve": False, "comments": True})
    field = card(other, "Bài đầu").get_by_label("Lời bàn của em")
    try:
        say(first, "Bài đầu")
        card(other, "Bài đầu").locator("summary").click()
        field.fill("Chưa kịp")
        lock(projector)
        expect(card(other, "Bài đầu").get_by_role("button", name="Gửi")).to_be_hidden()
        reloaded(other.page)
        expect(field).to_be_visible()
        expect(field).to_have_value("Chưa kịp")
        post(console, "Bài đầu").get_by_role("button", name="Gỡ hẳn").click()
        console.locator("dialog[open] .btn-primary").click()
        expect(card(other, "Bài đầu")).to_have_count(0)
    finally:
        lesson.end()


@pytest.mark.slow
def test_a_groups_product_and_ones_own_answer_are_kept_apart(desk: Stage) -> None:
    lesson = begun(desk, (Play("group", {"own": "Em đã làm phần nào?", "size": 2}, first_answer, "", ""),))
    projector, console = lesson.projector(), lesson.console()
    pupil = Pupil.arrive(desk).join(lesson.code)
    Pupil.arrive(desk).join(lesson.code, "Trần Hoài An", "Ở nhà")
    page = pupil.page
    try:
        open_next(projector)
        console.get_by_role("button", name="Bốc thăm chia nhóm").click()
        page.locator("#gw-text").fill("Bản của nhóm")
        page.locator("#answer").fill("Em tính")
        kept(page, 2)
        page.reload()
        expect(page.get_by_text(UNSENT)).to_have_count(2)
        expect(page.locator("#gw-text")).to_have_value("Bản của nhóm")
        page.get_by_role("button", name="Nộp sản phẩm").click()
        kept(page, 1)
        expect(page.locator("#answer")).to_have_value("Em tính")
        page.get_by_role("button", name="Gửi câu trả lời").click()
        kept(page, 0)
        expect(page.get_by_text(UNSENT)).to_have_count(0)
    finally:
        lesson.end()
