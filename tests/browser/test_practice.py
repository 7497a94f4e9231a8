"""Catch-up, days after the lesson that was missed."""

import re

import pytest
from playwright.sync_api import Page, expect

from deploy.demo.lms import people
from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import PATIENCE_MS, PHONE, Pupil, Stage, Teacher, until
from tests.browser.test_kinds import DRAWING, HOTSPOT, ORDERING, Play, by_drag, first_answer, write


def slug_of(name: str) -> str:
    return next(one.slug for one in people.COURSE_9A1.pupils if one.name == name)


def missed(teacher: Page, tool: str) -> str:
    """On the report of a lesson that somebody missed: a pupil of whom no phone gave a sign. In lessons that other tests
    began, some picked a name that nobody confirmed."""
    for link in [str(one.get_attribute("href")) for one in teacher.locator("a.dated[href$=report]").all()]:
        teacher.goto(tool + link)
        until(lambda: teacher.reload() and teacher.locator("#recordings").count(), "the report")
        unseen = teacher.locator("#catch-up label", has=teacher.get_by_text("Chưa thấy", exact=True))
        if unseen.count():
            label = unseen.first
            return label.inner_text().removesuffix(label.locator("small").inner_text()).strip()
    raise AssertionError("nobody ever missed a lesson")


FILM = "https://youtu.be/abcdefghijk"


def film_it(report: Page) -> None:
    """The lesson was recorded; its recording goes with what makes up for it."""
    report.get_by_text("Thêm bản ghi").click()
    report.locator("#film-link").fill(FILM)
    report.locator("#film-title").fill("Bài giảng")
    report.get_by_label("Không thấy, không nghe em nào.").check()
    report.get_by_role("button", name="Gắn bản ghi").click()
    expect(report.get_by_role("link", name="Bài giảng", exact=True)).to_be_visible()


def test_who_missed_a_lesson_does_it_days_later_and_was_not_there_all_the_same(stage: Stage) -> None:
    teacher, tool = Teacher.arrive(stage).page, stage.school.tool
    name = missed(teacher, tool)
    report = teacher.url.partition("?")[0]
    film_it(teacher)
    teacher.get_by_role("button", name="Mở học bù").click()
    teacher.wait_for_url(re.compile("/work"))
    work = teacher.url.partition("?")[0]

    phone = stage.context(**PHONE).new_page()
    stage.watch(phone, "phone")
    phone.goto(stage.school.as_(slug_of(name), "activity/1?window=1"))
    phone.get_by_role("link", name="Học bù: ").click()
    expect(phone.get_by_role("link", name="Bài giảng", exact=True)).to_have_attribute("href", FILM)
    phone.get_by_text("Xem từng đoạn").click()
    expect(phone.locator(".ph-moments a").first).to_have_attribute("href", re.compile(re.escape(FILM) + r"\?t=\d+$"))
    assert faults(phone, "light", "dark") + small_targets(phone, 44) + sideways(phone) == []
    total = int(phone.locator("#title").filter(has_text="/").inner_text().partition("/")[2])
    for number in range(1, total + 1):
        expect(phone.locator("#title")).to_have_text(f"Câu {number}/{total}")
        field = phone.locator("#question input")
        if field.count():
            field.fill("12345")
            field.press("Enter")
        else:
            phone.locator("button.answer").last.click()
        expect(phone.locator(".ph-dots [aria-current]")).to_have_attribute("aria-label", re.compile("đúng|trả lời"))
        if number < total:
            phone.get_by_role("button", name="Câu tiếp theo").click()
    expect(phone.get_by_text(f"Em đã làm hết {total} câu.")).to_be_visible()

    until(lambda: teacher.goto(work) and teacher.get_by_text("Xong ngày").count(), "it is done")
    teacher.goto(f"{report.removesuffix('/report')}/attendance?all=1")
    row = teacher.locator("li", has=teacher.get_by_text(name, exact=True))
    expect(row).to_contain_text("Đã học bù ngày")
    expect(row.locator(".computed")).to_contain_text("Chưa thấy")


CHOICE = Play("poll", {"choices": ["Làm nhóm", "Làm một mình"]}, first_answer, "", "")
KEPT = """async () => {
  const names = ["arrange", "draw", "sure"].map((name) => `/js/${name}.js`);
  const kept = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  return names.every((name) => kept.flat().some(({ url }) => url.endsWith(name)));
}"""


def given(stage: Stage, plays: tuple[Play, ...]) -> Teacher:
    """Work of these at the class's own pace."""
    teacher = Teacher.arrive(stage)
    write(teacher.page, plays)
    teacher.page.get_by_role("link", name="Xong", exact=True).click()
    teacher.page.get_by_role("link", name="Giao bài tự luyện").click()
    teacher.page.locator("#title").fill("Ôn ở nhà")
    teacher.page.get_by_role("button", name="Giao bài").click()
    teacher.page.wait_for_url(re.compile("/work"))
    return teacher


@pytest.mark.slow
def test_work_opened_with_a_network_is_done_to_its_end_without_one(desk: Stage) -> None:
    """No question further on had been seen while there was one: its script and its picture came with the first."""
    given(desk, (CHOICE, ORDERING, HOTSPOT, DRAWING))
    context = desk.context(**PHONE)
    page = context.new_page()
    pupil = Pupil(desk, context, page, desk.watch(page, "phone"))
    page.goto(desk.school.as_("9a1-05", "activity/1?window=1"))
    page.wait_for_url(re.compile("/lesson"))
    page.goto(page.url.partition("/lesson")[0] + "/practice")
    page.get_by_role("link", name=re.compile("Ôn ở nhà")).first.click()
    expect(page.locator("#title")).to_have_text("Câu 1/4")
    until(lambda: page.evaluate(KEPT), "the scripts of its kinds are kept")
    onward = page.get_by_role("button", name="Câu tiếp theo")
    with pupil.offline():
        page.reload()
        page.locator("button.answer").first.click()
        pupil.says("Chưa gửi, sẽ tự gửi")
        onward.click()
        by_drag(page)
        pupil.says("Chưa gửi, sẽ tự gửi")
        onward.click()
        expect(page.locator("#question img")).to_have_js_property("complete", value=True)
        assert page.locator("#question img").evaluate("one => one.naturalWidth") > 0, "the picture has come"
        page.get_by_role("button", name="C2").click()
        pupil.says("Chưa gửi, sẽ tự gửi")
        onward.click()
        canvas = page.locator("canvas")
        canvas.focus()
        for key in (" ", "ArrowRight", "ArrowDown", " "):
            page.keyboard.press(key)
        page.get_by_role("button", name="Gửi").click()
        pupil.says("Chưa gửi, sẽ tự gửi")
    page.locator("#status .banner-ok", has_text="Đã lưu lúc").wait_for(timeout=2 * PATIENCE_MS)
    expect(page.locator(".ph-steps")).to_contain_text("4/4")
