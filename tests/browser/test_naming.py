"""Questions without one's name, seen from all sides: phones are told so, the teacher hears what five said."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Pupil, Stage, Teacher
from tests.browser.steps import open_next, reveal
from tests.browser.test_kinds import PHONE_PX, Play, write
from tests.browser.test_posts import own, post, say

NAMES = ("Đặng Thái An", "Trần Hoài An", "Lê Gia Bảo", "Vũ Minh Châu", "Hoàng Mai Chi")


def without_names(page: Page, naming: str) -> None:
    """The question that is open in the editor, from now on."""
    page.locator("#naming").select_option(naming)
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")


@pytest.mark.slow
def test_a_poll_without_names_and_a_text_under_pen_names(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    poll = Play("poll", {"choices": ["Ổn", "Hơi lo"]}, lambda _: None, "", "")
    write(page, (poll,))
    without_names(page, "none")
    looked = [*faults(page), *sideways(page)]
    page.locator("nav[aria-label='Các câu trong tiết'] > .menu > summary").click()
    page.locator(".kind:visible[value=open]").first.click()
    page.locator("#activity[data-kind=open]").wait_for()
    page.locator("#prompt").fill("Hôm nay em thấy thế nào?")
    without_names(page, "pen")
    page.get_by_role("link", name="Xong", exact=True).click()
    lesson = teacher.begin()
    projector, console = lesson.projector(), lesson.console()
    pupils = [Pupil.arrive(desk).join(lesson.code, name) for name in NAMES]
    try:
        open_next(projector)
        pupils[0].says("kể cả thầy cô")
        for pupil in pupils:
            pupil.page.locator("button.answer[value=A]").click()
            pupil.says("Đã lưu lúc")
        expect(console.locator("#tally")).to_contain_text("Câu này không nêu tên")
        reveal(projector, "distribution")
        expect(console.locator("#tally")).to_contain_text("5")
        looked += [*faults(console), *sideways(console), *faults(projector)]
        console.bring_to_front()
        console.get_by_role("button", name="Câu tiếp").click()
        pens = []
        for n, pupil in enumerate(pupils):
            pupil.says("Bút danh của em trong tiết này")
            pens.append(pupil.page.locator("[data-alias]").inner_text())
            pupil.page.locator("#question textarea").fill(f"Lời thứ {n}")
            pupil.page.get_by_role("button", name="Gửi").click()
            pupil.says("Đã lưu lúc")
        assert len(set(pens)) == len(NAMES)
        assert console.locator("#texts li").count() == 0
        console.get_by_role("button", name="Khoá câu").click()
        expect(console.locator("#texts li")).to_have_count(5, timeout=60_000)
        told = console.locator("#texts").inner_text()
        assert all(pen in told for pen in pens)
        assert not any(name in told for name in NAMES)
        looked += [*faults(pupils[0].page), *small_targets(pupils[0].page, PHONE_PX), *sideways(pupils[0].page)]
        assert not looked, "\n".join(looked)
    finally:
        lesson.end()


@pytest.mark.slow
def test_questions_to_the_teacher_under_pen_names(desk: Stage) -> None:
    """The teacher keeps one back and shows the other, and is told of nobody that they have asked."""
    teacher = Teacher.arrive(desk)
    page = teacher.page
    write(page, (Play("group", {"own": "Em làm gì?"}, lambda _: None, "", ""),))
    expect(page.get_by_text("Câu này luôn nêu tên")).to_be_visible()
    page.locator("nav[aria-label='Các câu trong tiết'] > .menu > summary").click()
    page.locator(".kind:visible[value=questions]").first.click()
    page.locator("#activity[data-kind=questions]").wait_for()
    page.locator("#prompt").fill("Em còn muốn hỏi gì?")
    page.get_by_label("Các bạn thấy bài của ai").check()
    without_names(page, "pen")
    looked = [*faults(page), *sideways(page)]
    page.get_by_role("link", name="Xong", exact=True).click()
    lesson = teacher.begin()
    projector, console = lesson.projector(), lesson.console()
    pupils = [Pupil.arrive(desk).join(lesson.code, name) for name in NAMES[:4]]
    try:
        open_next(projector)
        open_next(projector)
        kind, hostile = pupils[:2]
        kind.says("Thầy cô và các bạn chỉ thấy bút danh")
        for pupil in (kind, hostile):
            pupil.page.locator("form[data-posts][novalidate]").wait_for(state="attached")
        say(kind, "Vì sao đổi dấu?")
        say(hostile, "Bạn kia dốt")
        expect(console.locator("#modes")).to_contain_text("không ai biết em nào đã đăng")
        expect(console.locator("#silent-section")).to_be_hidden()
        expect(console.locator("#posts li")).to_have_count(0)
        pupils.append(Pupil.arrive(desk).join(lesson.code, NAMES[4]))
        pen = kind.page.locator("[data-alias]").inner_text()
        expect(post(console, "Vì sao")).to_contain_text(pen)
        told = console.locator("#posts").inner_text()
        assert not any(name in told for name in NAMES)
        post(console, "Vì sao").get_by_role("button", name="Hiện cho lớp").click()
        post(console, "Bạn kia").get_by_role("button", name="Không hiện").click()
        expect(own(hostile, "Bạn kia")).to_contain_text("Thầy cô đang ẩn")
        other = pupils[3].page
        expect(other.locator("[data-wall] li", has_text="Vì sao")).to_contain_text(pen)
        assert "dốt" not in other.locator("#question").inner_text()
        projector.locator(".pw li", has_text="Vì sao").wait_for()
        assert pen not in projector.locator("body").inner_text()
        looked += [*faults(console), *sideways(console), *faults(projector), *faults(kind.page)]
        looked += [*small_targets(kind.page, PHONE_PX), *sideways(kind.page)]
        assert not looked, "\n".join(looked)
    finally:
        lesson.end()
