"""Speed counts where the teacher says so: told before the question, told after its key, and nowhere else."""

import re

from playwright.sync_api import expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Pupil, Stage, Teacher
from tests.browser.steps import open_next, reveal
from tests.browser.test_kinds import PHONE_PX, Play, write

QUESTION = Play("single", {"options": [{"text": "3"}, {"text": "5"}], "key": ["B"]}, lambda _: None, "", "")


def test_a_quick_answer_gives_more_of_ones_own_points(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    write(page, (QUESTION,))
    speed = page.locator("#speed")
    expect(speed).to_be_disabled()
    page.locator("#seconds").select_option("300")
    page.locator("[data-terms=has_fair_clock]").check()
    speed.check()
    expect(page.locator("#preview")).to_contain_text("được thêm tối đa 0,5 điểm")
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    looked = [*faults(page), *sideways(page)]
    page.get_by_role("link", name="Xong", exact=True).click()
    lesson = teacher.begin()
    projector, console = lesson.projector(), lesson.console()
    quick, wrong = (Pupil.arrive(desk).join(lesson.code, name) for name in ("Đặng Thái An", "Trần Hoài An"))
    try:
        open_next(projector)
        for pupil, letter in ((quick, "B"), (wrong, "A")):
            pupil.says("được thêm tối đa 0,5 điểm")
            pupil.page.locator(f"button.answer[value={letter}]").click()
            pupil.says("Đã lưu lúc")
        expect(console.locator("#speed-now")).to_contain_text("không bao giờ vào điểm số")
        reveal(projector, "key")
        expect(quick.page.locator("#points")).to_contain_text(re.compile(r"1/1 điểm.*nhanh được thêm 0,[345]"))
        expect(wrong.page.locator("#points")).to_contain_text("0/1 điểm")
        assert "nhanh" not in wrong.page.locator("#points").inner_text()
        assert "nhanh" not in projector.locator("body").inner_text()
        looked += [*faults(quick.page), *small_targets(quick.page, PHONE_PX), *sideways(quick.page)]
        looked += [*faults(console), *sideways(console)]
        assert not looked, "\n".join(looked)
    finally:
        lesson.end()
    expect(quick.page.locator("#points-end")).to_contain_text("1/1 điểm")
