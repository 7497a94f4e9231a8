"""Peer assessment: two phones write, each is given the other's work without a name, the console sees who has whose."""

import pytest
from playwright.sync_api import expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Pupil, Stage
from tests.browser.steps import open_next
from tests.browser.test_kinds import FURTHER_KB, PHONE_PX, Play, begun, of_its_own

RUBRIC = {
    "criteria": ["Lập luận | chưa rõ | rõ", "Trình bày"],
    "levels": ["Chưa đạt", "Đạt"],
    "about": "peer",
    "each": 2,
}


@pytest.mark.slow
def test_peer_assessment(desk: Stage) -> None:
    lesson = begun(desk, (Play("open", {}, lambda _: None, "", ""), Play("rubric", RUBRIC, lambda _: None, "", "")))
    projector, console = lesson.projector(), lesson.console()
    first = Pupil.arrive(desk).join(lesson.code)
    other = Pupil.arrive(desk).join(lesson.code, "Trần Hoài An", "Ở nhà")
    try:
        open_next(projector)
        for pupil, text in ((first, "Bài của bạn thứ nhất"), (other, "Bài của bạn thứ hai")):
            pupil.page.locator("#question textarea").fill(text)
            pupil.page.get_by_role("button", name="Gửi").click()
            pupil.says("Đã lưu lúc")
        first.watched.forget()
        console.get_by_role("button", name="Khoá câu").click()
        console.get_by_role("button", name="Câu tiếp").click()
        work = first.page.locator("[data-slot='1']")
        work.locator("[data-work]", has_text="Bài của bạn thứ hai").wait_for()
        expect(first.page.locator("[data-slot='2']")).to_have_count(0)  # there is one work besides the own
        assert "Hoài An" not in first.page.locator("#question").inner_text()
        for label in ("rõ", "Đạt"):
            work.locator("label", has_text=label).last.click()
        first.says("Đã lưu lúc")
        assert of_its_own(first) <= FURTHER_KB
        row = console.locator("#peers li.po-card", has_text="Trần Hoài An").first
        row.get_by_text("1/1 bạn đã xem").wait_for()
        row.locator("summary").click()
        row.locator("li", has_text="đã xem").wait_for()
        assert "Hoài An" not in projector.locator("body").inner_text()
        first.page.evaluate("scrollTo(0, document.body.scrollHeight)")  # no control half behind the foot
        found = [*faults(first.page), *small_targets(first.page, PHONE_PX), *sideways(first.page)]
        found += [*faults(projector), *faults(console), *sideways(console)]
        assert not found, "\n".join(found)
    finally:
        lesson.end()
