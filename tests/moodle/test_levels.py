"""From the levels that a teacher says of a presentation to a mark in Moodle's gradebook."""

import re

from playwright.sync_api import expect

from tests.browser.school import until
from tests.moodle.plugged import PUPIL, PUPIL_NAME, RUN, Plugged, end, open_first, plant, put_up, started

TITLE = f"Thuyết trình {RUN}"
PLACE = "Regular 2"
"""A place of the mark book that no other test writes into."""
RUBRIC = {
    "prompt": "Bài trình bày thế nào?",
    "about": "self",
    "criteria": ["Nội dung", "Trình bày", "Trả lời câu hỏi", "Hợp tác"],
    "levels": ["Chưa đạt", "Đạt", "Khá", "Tốt"],
}


def test_levels_become_a_mark_in_the_gradebook_when_the_teacher_accepts(plugged: Plugged) -> None:
    for column in plugged.teacher.columns():
        if column.startswith(PLACE):  # of a registration before this one
            plugged.teacher.delete_column(column)
    plant(plugged.product, TITLE, rubric=RUBRIC)
    page = started(plugged, TITLE)
    projector = put_up(page)
    open_first(projector, of=2)
    projector.close()
    end(page)
    page.get_by_role("link", name="Marks", exact=True).click()
    page.locator("#periods").fill("140")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("status").first.wait_for()
    page.get_by_role("link", name="Proposed marks").click()
    page.locator("#title").fill(TITLE)
    page.locator("#method").select_option("presentation")
    page.locator("fieldset", has_text=TITLE).locator("input[name=work]").check()
    page.get_by_role("button", name="See proposed marks").click()
    lists = page.locator("tr[data-member]", has_text=PUPIL_NAME).locator("select")
    for n, level in enumerate("4433"):
        lists.nth(n).select_option(level)
    page.get_by_role("button", name="Save the levels").click()
    page.get_by_role("link", name=PLACE, exact=True).click()
    row = page.locator("tbody tr", has_text=PUPIL_NAME)
    expect(row.locator("[data-mark]")).to_have_value("8.8")  # (10 + 10 + 7.5 + 7.5) / 4
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile(f"^Make accepted marks in {PLACE}")).click()
    expect(row.locator(".chip-ok")).to_have_count(1)
    page.close()
    pupil = plugged.moodle.sign_in(PUPIL)
    until(lambda: any(name.startswith(PLACE) for name in plugged.teacher.columns()), "the column")
    until(lambda: pupil.grade(PLACE)[0] == "8.80", "the mark")
    pupil.close()
