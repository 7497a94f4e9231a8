"""A mark from the questions a teacher tagged to the LMS's gradebook, in a real browser."""

import re

from playwright.sync_api import expect

from tests.browser.school import Stage, Teacher, until


def test_a_proposal_is_accepted_and_stands_in_the_gradebook(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    page.get_by_role("link", name="Điểm", exact=True).click()
    page.locator("#periods").fill("140")
    page.get_by_role("button", name="Lưu").click()
    page.get_by_role("status").first.wait_for()  # a link pressed sooner would leave before it is kept
    page.get_by_role("link", name="Điểm đề xuất").click()
    page.locator("#title").wait_for()
    page.wait_for_load_state()
    page.locator("#title").fill("Chương Phương trình bậc hai")
    page.locator("#method").select_option("written")
    for earlier in page.locator("details.earlier > summary").all():
        earlier.click()
    for lesson in page.locator("[data-every]").all():
        lesson.check()
    page.get_by_role("button", name="Xem điểm đề xuất").click()
    proposed = page.locator("tbody tr", has=page.locator(".markband")).first
    proposed.wait_for()
    page.wait_for_load_state()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator(".scroll").evaluate("box => box.scrollWidth <= box.clientWidth"), "the decision is out of sight"
    page.set_viewport_size({"width": 1280, "height": 800})
    name = proposed.locator("th > a b").inner_text()
    mark = proposed.locator("[data-mark]").input_value()
    assert proposed.locator("td.num b").inner_text() == mark  # as proposed
    proposed.locator("summary").click()
    proposed.locator("[data-phrase]").first.click()
    expect(proposed.locator("textarea")).not_to_have_value("")
    proposed.get_by_role("checkbox").check()
    other = page.locator("tbody tr", has=page.locator(".markband")).nth(1)
    other_name = other.locator("th > a b").inner_text()
    other.locator("[data-mark]").fill("8,25")  # what is typed ticks its row
    expect(other.get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name=re.compile("Ghi điểm đã nhận vào TX 1")).click()
    expect(page.locator("tbody .chip-ok")).to_have_count(2)
    page.goto(desk.school.as_("co-ha", "course/901/gradebook"))
    until(lambda: page.reload() and page.locator("th", has_text="TX 1 học kì").count(), "the column")
    # Each mark goes by a message of its own, and the gradebook is a page that stands still: both are asked for anew.
    for pupil, expected in ((name, mark), (other_name, "8,3")):
        row = page.locator("tr", has_text=pupil)
        until(lambda row=row, mark=expected: page.reload() and mark in row.inner_text(), expected)
