"""Groups that are ahead: named to the class where the teacher says so, with figures for the teacher alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import faults, sideways
from tests.browser.school import Pupil, Stage
from tests.browser.steps import open_next, reveal
from tests.browser.test_kinds import Play, begun

GROUP = Play("group", {"own": "Em đã làm phần nào?", "size": 2}, lambda _: None, "", "")
ASKED = Play("single", {"options": [{"text": "3"}, {"text": "5"}], "key": ["B"]}, lambda _: None, "", "")
NAMES = (
    "Đặng Thái An", "Trần Hoài An", "Lê Gia Bảo", "Phạm Quốc Bảo", "Nguyễn Bảo Châu", "Vũ Minh Châu", "Hoàng Mai Chi",
    "Đinh Tiến Dũng",
)  # fmt: skip


@pytest.mark.slow
def test_the_projector_names_one_group_and_no_figure(desk: Stage) -> None:
    lesson = begun(desk, (GROUP, ASKED, ASKED, ASKED))
    projector, console = lesson.projector(), lesson.console()
    pupils = [Pupil.arrive(desk).join(lesson.code, name) for name in NAMES]
    try:
        open_next(projector)
        console.bring_to_front()
        console.locator("#groups select[name=size]").select_option("2")
        console.get_by_role("button", name="Bốc thăm chia nhóm").click()
        expect(console.locator("#groups .gr-list > li")).to_have_count(4)
        console.locator(".co-top summary").click()
        console.locator(".menu-list [data-do=podium]").click()
        console.locator("#podium-audience").select_option("room")
        looked = faults(console)
        console.get_by_role("button", name="Đặt", exact=True).click()
        expect(console.locator("#podium-now")).to_contain_text("chưa đủ 4 nhóm")
        console.get_by_role("button", name="Khoá câu").click()
        for _ in range(3):
            console.bring_to_front()
            console.get_by_role("button", name="Câu tiếp").click()
            for n, pupil in enumerate(pupils):
                pupil.page.locator(f"button.answer[value={'AB'[n == 0]}]").click()
                pupil.says("Đã lưu lúc")
            reveal(projector, "key")
        expect(projector.locator("#now-more")).to_contain_text(re.compile(r"Nhóm dẫn đầu: 1\. Nhóm [1-4]$"))
        expect(console.locator("#podium-now")).to_contain_text("50% (2 em)")
        assert "%" not in projector.locator("#now-more").inner_text()
        assert "dẫn đầu" not in pupils[0].page.locator("body").inner_text()
        looked += [*faults(projector), *faults(console), *sideways(console)]
        assert not looked, "\n".join(looked)
    finally:
        lesson.end()
