"""What a teacher need not write anew: templates, copies, a colleague's lesson; and what comes back after a reload."""

import re

import pytest
from playwright.sync_api import Page, expect

from deploy.demo.lms.people import COLLEAGUE, COURSE_9A2, TEACHER
from tests.browser.looking import faults, sideways
from tests.browser.school import Stage, Teacher
from tests.browser.test_editor import TITLE, add, arrange, begin, saved, single, steps

pytestmark = pytest.mark.slow
OTHER_COURSE = 2
"""The ready activity of the demo's second course."""
PROMPT = "Tổng hai nghiệm"


def looked(page: Page) -> None:
    for width, height in ((390, 844), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        assert not (found := [*faults(page), *sideways(page, width)]), f"{page.url}: " + "\n".join(found)


def in_other_course(stage: Stage, who: str) -> Teacher:
    """A launch in the second course; the first one sets it up."""
    teacher = Teacher.arrive(stage, who, OTHER_COURSE)
    page = teacher.page
    if page.url.endswith("/course"):
        page.locator("form .btn-primary").last.click()
        page.wait_for_load_state()
    page.goto(re.match(r".*/l/[^/]+/", page.url)[0])  # type: ignore[index]
    return teacher


def to_sharing(page: Page) -> None:
    page.locator(".editor-head .menu > summary").click()
    page.get_by_role("link", name="Chia sẻ, chép sang khoá khác").click()
    page.wait_for_url(re.compile("/share$"))


def test_a_lesson_is_shared_read_copied_and_shared_no_longer(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    single(page)
    editor = page.url
    to_sharing(page)
    page.get_by_role("button", name="Chia sẻ với tổ").click()
    page.get_by_role("status").get_by_text("Đã chia sẻ với đồng nghiệp cùng môn.").wait_for()
    looked(page)
    colleague = in_other_course(desk, COLLEAGUE.slug).page
    colleague.get_by_role("link", name="Tiết được chia sẻ").click()
    row = colleague.locator(".lessons a", has_text=TITLE)
    expect(row).to_contain_text(TEACHER.name)
    looked(colleague)
    row.click()
    expect(colleague.locator("main")).to_contain_text(PROMPT)
    looked(colleague)
    colleague.get_by_role("button", name="Chép về khoá này").click()
    colleague.locator("#prompt").wait_for()
    colleague.wait_for_load_state()
    colleague.locator("#prompt").fill("Thầy hỏi câu khác")
    saved(colleague)
    page.goto(editor)
    expect(page.locator("#prompt")).to_have_value(re.compile(PROMPT))  # the copy stands for itself
    to_sharing(page)
    page.get_by_role("button", name="Thôi chia sẻ").click()
    page.get_by_role("status").get_by_text("Đã thôi chia sẻ.").wait_for()
    mine = colleague.url
    colleague.goto(re.sub(r"(/l/[^/]+/).*", r"\1shared", mine))
    expect(colleague.locator(".lessons a", has_text=TITLE)).to_have_count(0)
    colleague.goto(mine)
    expect(colleague.locator("#prompt")).to_have_value("Thầy hỏi câu khác")


def test_a_lesson_is_copied_to_another_course_and_doubled_in_its_own(desk: Stage) -> None:
    in_other_course(desk, TEACHER.slug)
    page = Teacher.arrive(desk).page
    begin(page)
    page.locator("#lesson-title").fill("Chép sang lớp kia")
    single(page)
    to_sharing(page)
    page.locator("li", has_text=COURSE_9A2.title).get_by_role("button", name="Chép sang khoá này").click()
    page.get_by_role("status").get_by_text("Đã chép.").wait_for()
    page.get_by_role("link", name="Về trang soạn").click()
    page.locator(".editor-head .menu > summary").click()
    page.get_by_role("button", name="Nhân đôi tiết").click()
    expect(page.locator("#lesson-title")).to_have_value("Chép sang lớp kia (bản sao)")
    steps(page, 1)
    there = in_other_course(desk, TEACHER.slug).page
    there.get_by_role("link", name="Chép sang lớp kia").first.click()
    expect(there.locator("#prompt")).to_have_value(re.compile(PROMPT))
    expect(there.locator("input[name=key]:checked")).to_have_attribute("value", "A")
    expect(there.locator(".plan-bad:visible")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("Khởi động", ["cloud", "single", "rating"]),
        ("Phiếu ra về", ["single", "exit"]),
        ("Trò chơi ôn tập", ["true_false", "single", "multiple", "ordering", "short", "rating"]),
    ],
    ids=["warm-up", "exit ticket", "review"],
)
def test_a_lesson_begins_with_a_template(desk: Stage, name: str, kinds: list[str]) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    page.locator(".kind[name=template]", has=page.get_by_text(name, exact=True)).click()
    steps(page, len(kinds))
    looked(page)
    for n, kind in enumerate(kinds):
        page.locator("#plan a").nth(n).click()
        page.locator(f"#activity[data-kind={kind}]").wait_for()
        expect(page.locator("#prompt")).not_to_have_value("")
    page.get_by_role("button", name="Hoàn tác").click()  # all of it came in one step
    page.locator("#first").wait_for()
    expect(page.locator("#plan")).to_have_count(0)


def test_steps_back_are_there_after_a_reload(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    add(page, "Viết tự do")
    page.locator("#prompt").fill("Câu thứ nhất")
    saved(page)
    arrange(page, "Nhân đôi")
    steps(page, 2)
    page.locator("#prompt").fill("Câu thứ hai")
    saved(page)
    page.reload()
    titles = page.locator(".plan-title")
    expect(titles).to_have_text(["Câu thứ nhất", "Câu thứ hai"])
    page.get_by_role("button", name="Hoàn tác").click()
    expect(titles).to_have_text(["Câu thứ nhất", "Câu thứ nhất"])
    page.reload()
    page.get_by_role("button", name="Hoàn tác").click()
    steps(page, 1)
    for shown in (["Câu thứ nhất", "Câu thứ nhất"], ["Câu thứ nhất", "Câu thứ hai"]):
        page.reload()
        page.get_by_role("button", name="Làm lại").click()
        expect(titles).to_have_text(shown)


def test_a_teacher_meets_the_lesson_as_a_pupil_does(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    single(page)
    address = page.url
    page.get_by_role("link", name="Chạy thử cả tiết").click()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("h1")).to_have_text("Câu 1/1")
    looked(page)
    page.locator("button.answer").nth(1).click()
    page.locator(".status .banner").wait_for()
    page.get_by_role("link", name="Xong", exact=True).click()
    page.locator("#plan").wait_for()
    assert page.url.partition("?")[0] == address.partition("?")[0]
