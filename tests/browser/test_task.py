"""A phone task from the editor to the report: links, countdown, leaving the page, phones on their faces, the product;
then the recording of that lesson."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Pupil, Stage, until
from tests.browser.steps import open_next
from tests.browser.test_kinds import PHONE_PX, Play, begun

WIKI = "https://vi.wikipedia.org/wiki/S%C3%B4ng"
TASK = {"product": "tên ba con sông", "links": [WIKI], "limit": 200}
AWAY_MS = 6_000


def leaves(pupil: Pupil) -> None:
    """To another app for a while and back, by the phone's own clock."""
    pupil.page.evaluate(
        """(length) => {
          const turn = (to) => (Object.defineProperty(document, "visibilityState", { configurable: true, value: to }),
            document.dispatchEvent(new Event("visibilitychange")));
          const now = Date.now;
          turn("hidden");
          Date.now = () => now() + length;
          turn("visible");
          Date.now = now;
        }""",
        AWAY_MS,
    )


def well(page: Page, target: int) -> None:
    found = [*faults(page), *small_targets(page, target), *sideways(page)]
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_a_task_to_look_something_up_and_the_film_of_its_lesson(desk: Stage) -> None:
    plays = (
        Play("open", TASK, lambda _: None, "", ""),
        Play("poll", {"choices": ["Có", "Không"]}, lambda _: None, "", ""),
    )
    lesson = begun(desk, plays)
    projector, console = lesson.projector(), lesson.console()
    pupil, home = Pupil.arrive(desk).join(lesson.code), Pupil.arrive(desk).join(lesson.code, "Trần Hoài An", "Ở nhà")
    console.locator("summary", has_text="Việc khác").click()
    console.get_by_role("button", name="Đếm lần rời trang").click()
    pupil.says("Thầy cô đang đếm số lần rời trang này")
    open_next(projector)
    pupil.says("Câu này cho em rời trang để làm bài: không đếm")
    link = pupil.page.get_by_role("link", name="vi.wikipedia.org")
    expect(link).to_have_attribute("href", WIKI)
    expect(link).to_have_attribute("target", "_blank")
    pupil.says("Em nộp: tên ba con sông")
    expect(pupil.page.locator("#clock")).to_have_text(re.compile(r"^[45]:\d\d$"))  # five minutes where none are set
    well(pupil.page, PHONE_PX)
    leaves(pupil)  # the task sends them there
    pupil.page.get_by_label("Em nộp").fill("Hồng, Đà, Lô")
    console.locator("summary", has_text="Việc khác").click()
    console.get_by_role("button", name="Úp điện thoại xuống").click()
    pupil.says("Em nghe thầy cô.")
    home.says("Cả lớp đang úp điện thoại")
    home.says("Em ở nhà: cứ mở buổi học trực tuyến")  # by this very phone, perhaps
    well(pupil.page, PHONE_PX)
    console.get_by_role("button", name="Tiếp tục").click()
    expect(pupil.page.get_by_label("Em nộp")).to_have_value("Hồng, Đà, Lô")
    pupil.page.get_by_role("button", name="Gửi câu trả lời").click()
    pupil.says("Đã lưu lúc")
    open_next(projector)
    pupil.page.locator("button.answer", has_text="Không").wait_for()
    pupil.says("Thầy cô đang đếm số lần rời trang này")
    with pupil.page.expect_response(lambda answer: answer.url.endswith("/left")):
        leaves(pupil)
    assert sum(one.url.endswith("/left") for one in pupil.watched.requests) == 1
    console.get_by_text("Rời trang: 1 em, 1 lần").wait_for()
    well(console, 24)
    console.get_by_role("button", name="Xác nhận tất cả").click()
    expect(console.get_by_text("em tự nhận tên")).to_be_hidden()
    lesson.end()
    page = lesson.teacher.page
    until(lambda: page.reload() and page.get_by_text("Hồng, Đà, Lô").count(), "what the pupil handed in")
    attach(page)


def attach(page: Page) -> None:
    """Not without a word on pupils; then each activity is a moment of the film, be it of a lesson without a title."""
    films = page.locator("#recordings")
    films.get_by_text("Thêm bản ghi").click()
    films.get_by_label("Liên kết").fill("https://youtu.be/abc")
    expect(films.locator(".banner-warn")).to_contain_text("đồng ý")
    films.get_by_role("button", name="Gắn bản ghi").click()
    assert films.locator("input[name=faces]").first.evaluate("one => one.validity.valueMissing")
    films.get_by_text("gia đình và các em đã đồng ý").click()
    films.get_by_role("button", name="Gắn bản ghi").click()
    films.get_by_text("có học sinh, đã đồng ý").wait_for()
    films.get_by_role("link", name="Bản ghi tiết học").wait_for()
    moments = films.locator("li a")
    expect(moments).to_have_count(2)
    expect(moments.first).to_have_attribute("href", re.compile(r"^https://youtu\.be/abc\?t=\d+$"))
    for size in ((1280, 800), (390, 844)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert [*faults(page), *sideways(page)] == []
