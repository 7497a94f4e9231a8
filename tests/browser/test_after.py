"""After the lesson, before the next one, and what the head of department sees of them."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.school import Lesson, Stage, Teacher, until
from tests.browser.steps import open_next, reveal, told_answers

pytestmark = pytest.mark.slow  # the story, the axe walk and the phone stand in the gate for these screens

LIST = "STT\tHọ và tên\tNgày sinh\n1\tLê Thị Hồng Ánh\t02/03/2012\n2\tĐặng Văn Ích\t15/09/2012\n"


def test_attendance_is_corrected_and_both_values_stay(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    page.locator("#todo ~ ul a").first.click()
    page.get_by_role("link", name=re.compile("Cả lớp 40")).click()
    present = page.locator(".roll > li", has=page.locator(".computed", has_text="Có mặt")).first
    name = present.locator(".name b").inner_text()
    expect(present.get_by_label("Có mặt")).to_be_checked()
    present.locator(".seg").get_by_text("Vắng P").click()
    online = page.locator(".roll > li", has=page.locator(".computed", has_text="Trực tuyến")).first
    other = online.locator(".name b").inner_text()
    online.locator(".edges").get_by_text("Đi muộn").click()
    page.get_by_role("button", name=re.compile(r"Tất cả còn lại \(\d+\): vắng K")).click()
    page.wait_for_url(re.compile("all=1"))
    expect(page.get_by_role("button", name=re.compile("Tất cả còn lại"))).to_have_count(0)
    for who, computed, said in ((name, "Có mặt", "Vắng P"), (other, "trực tuyến", "Trực tuyến")):
        row = page.locator(".roll > li", has_text=who)
        expect(row.locator(".computed")).to_contain_text(computed)
        expect(row.get_by_label(said)).to_be_checked()
        expect(row).to_contain_text("Thầy cô xác nhận")
    expect(page.locator(".roll > li", has_text=other).get_by_label("Đi muộn")).to_be_checked()
    unseen = page.locator(".roll > li", has=page.locator(".computed", has_text="Chưa thấy")).first
    expect(unseen.get_by_label("Vắng K")).to_be_checked()


def test_a_score_is_changed_confirmed_and_delivered(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    page.locator("#recent ~ ul a").first.click()
    row = page.locator("#scores tbody tr").filter(has=page.locator("input.score:not([value=''])")).first
    name = row.locator("th").inner_text().lstrip("0123456789 \n")
    field = row.locator("input.score")
    proposed = field.input_value()
    mine = "7,5" if proposed != "7,5" else "6,5"
    field.fill(mine)
    page.get_by_role("button", name=re.compile(r"Ghi (điểm của \d+ em|các điểm đã nhập) vào sổ")).click()
    page.get_by_role("status").get_by_text(re.compile(r"Điểm của \d+ em đang được ghi vào sổ")).wait_for()
    mark = page.locator("#scores tr", has_text=name)
    expect(mark.locator("input.score")).to_have_value(mine)
    expect(mark).to_contain_text(f"máy đề xuất {proposed}")
    until(lambda: again(page).locator("#scores tr", has_text=name).get_by_text("Đã vào sổ").count(), "delivered")
    page.goto(desk.school.as_("co-ha", "course/901/gradebook"))
    expect(page.locator("tr", has_text=name)).to_contain_text(mine)


def test_a_class_list_is_pasted_once(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    for added in (2, 0):
        page.get_by_role("link", name="Lớp", exact=True).click()
        page.get_by_role("link", name="Dán danh sách").click()
        page.locator("#names").fill(LIST)
        page.get_by_role("button", name="Thêm các tên này").click()
        page.get_by_role("status").get_by_text(re.compile(rf"\b{added}\b")).wait_for()
        expect(page.locator("tbody tr")).to_have_count(42)
    for name in ("Lê Thị Hồng Ánh", "Đặng Văn Ích"):
        page.locator("tr", has_text=name).get_by_role("button").click()
        page.locator("tr", has_text=name).wait_for(state="detached")


def test_paper_has_what_is_folded_but_for_the_answers_behind_a_profile(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    page.locator("#recent ~ ul a").first.click()
    folded = page.locator("main details:not(.menu)")
    folded.last.wait_for(state="attached")
    page.wait_for_load_state()
    folded.first.evaluate("(one) => { delete one.dataset.stays; one.open = false; }")
    folded.last.evaluate("(one) => { one.dataset.stays = ''; one.open = false; }")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("main details:not(.menu, [data-stays]):not([open])")).to_have_count(0)
    expect(folded.first).to_have_attribute("open", "")
    expect(folded.last).not_to_have_attribute("open", "")


def test_the_department_page_hides_small_groups(desk: Stage) -> None:
    """Three pupils of a second class answer: their lesson is counted, what they answered is not shown."""
    teacher = Teacher.arrive(desk, activity=2)
    page = teacher.page
    if page.get_by_role("button", name="Lưu thiết lập lớp").count():
        page.get_by_role("button", name="Lưu thiết lập lớp").click()
    teacher.home = page.url
    page.get_by_role("button", name="Soạn tiết học").click()
    page.locator("#lesson-title").wait_for()
    page.wait_for_load_state()
    page.locator("#lesson-title").fill("Phương trình tích")
    page.locator(".kind", has_text="Đúng, Sai").first.click()
    page.locator("#prompt").wait_for()
    page.wait_for_load_state()
    page.locator("#prompt").fill("Phương trình có hai nghiệm.")
    page.locator("#activity .pair").get_by_text("Đúng").click()
    page.get_by_role("link", name="Xong", exact=True).click()
    lesson = teacher.begin()
    projector = lesson.projector()
    with desk.school.running("phones", "--count", "3", "--code", lesson.code, "--median", "1", "--over", "1"):
        until(lambda: "3 em" in projector.locator("#count").inner_text(), "three pupils")
        confirm_names(lesson)
        open_next(projector)
        until(lambda: told_answers(projector) == 3, "three answers")
        reveal(projector, "key")
    lesson.end()
    head = Teacher.arrive(desk, "thay-duc").page
    row = head.locator("tbody tr", has_text="9A2")
    until(lambda: again(head).locator("tbody tr", has_text="9A2").count(), "the week's counts")
    expect(row.locator("td").nth(1)).to_have_text("1")
    expect(row.get_by_text("dưới 10 em")).to_have_count(3)  # taking part, right answers, bands
    expect(head.locator(".figures")).not_to_contain_text("3/3")
    assert not any(who in head.locator("main").inner_text() for who in ("Nguyễn Hà Anh", "Trần Đình Bách"))


def confirm_names(lesson: Lesson) -> None:
    console = lesson.console((390, 844))
    console.get_by_role("button", name="Xác nhận tất cả").click()
    console.locator("#claims").wait_for(state="hidden")
    console.close()


def again(page: Page) -> Page:
    page.wait_for_timeout(500)
    page.reload()
    return page
