"""Group work: groups by lot, one product by two phones, each one's own answer, and the presentation."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Pupil, Stage
from tests.browser.steps import open_next, where
from tests.browser.test_kinds import FURTHER_KB, PHONE_PX, Play, begun, of_its_own

WORK = {"own": "Em đã làm phần nào?", "size": 2}


def save(page: Page, text: str, button: str) -> None:
    page.locator("#gw-text").fill(text)
    page.get_by_role("button", name=button).click()


@pytest.mark.slow
def test_group_work(desk: Stage) -> None:
    lesson = begun(desk, (Play("group", WORK, lambda _: None, "", ""),))
    projector, console = lesson.projector(), lesson.console()
    first = Pupil.arrive(desk).join(lesson.code)
    other = Pupil.arrive(desk).join(lesson.code, "Trần Hoài An", "Ở nhà")
    try:
        first.watched.forget()
        open_next(projector)
        first.page.get_by_text("Thầy cô đang chia nhóm").wait_for()
        found = [*faults(console), *sideways(console), *small_targets(console, 44)]
        console.get_by_role("button", name="Bốc thăm chia nhóm").click()
        first.page.locator("#gw-title", has_text="Nhóm 1").wait_for()
        first.page.locator("[data-members]", has_text="Trần Hoài An").wait_for()
        assert (cost := of_its_own(first)) <= FURTHER_KB, f"{cost:.1f} kB"
        save(first.page, "Bản của bạn thứ nhất", "Nộp sản phẩm")
        expect(other.page.locator("#gw-text")).to_have_value("Bản của bạn thứ nhất")
        with other.offline():
            save(other.page, "Bản viết khi mất mạng", "Lưu bản mới")
            other.page.locator("[data-stands]", has_text="Chưa gửi").wait_for()
            first.page.wait_for_timeout(6000)  # the later one by both phones' clocks, on a crowded machine too
            save(first.page, "Bản thứ hai của bạn thứ nhất", "Lưu bản mới")
            console.locator(".gr-one", has_text="Bản thứ hai").wait_for()
        other.page.get_by_text("Hai bạn viết cùng lúc").wait_for()
        expect(other.page.locator("#gw-text")).to_have_value("Bản thứ hai của bạn thứ nhất")
        other.page.locator(".gw-versions summary").click()
        other.page.locator(".gw-versions li", has_text="Bản viết khi mất mạng").wait_for()
        other.page.locator("#answer").fill("Em vẽ hình")
        other.page.get_by_role("button", name="Gửi câu trả lời").click()
        other.page.locator("#status", has_text="Đã lưu").wait_for()
        console.locator(".gr-members li", has_text="Trần Hoài An").get_by_text("đã trả lời câu riêng").wait_for()
        console.get_by_role("button", name="Cho trình bày Nhóm 1").click()
        projector.locator("[data-presented]", has_text="Bản thứ hai của bạn thứ nhất").wait_for()
        assert where(projector).endswith("Nhóm 1")
        first.page.locator("#question", has_text="Nhóm 1 đang trình bày").wait_for()
        assert "Hoài An" not in projector.locator("body").inner_text()
        found += [*faults(first.page), *small_targets(first.page, PHONE_PX), *sideways(first.page)]
        found += [*faults(projector), *faults(console), *sideways(console)]
        assert not found, "\n".join(found)
    finally:
        lesson.end()
