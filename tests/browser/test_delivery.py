"""Confirmed scores on their way to the LMS, as the teacher sees it: waiting, refused, sent again, changed there."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import played
from tests.browser.looking import faults, sideways
from tests.browser.school import School, Stage, Teacher, opened

pytestmark = pytest.mark.slow  # the story takes a score to the gradebook in the gate


@pytest.fixture
def stage(chromium: Browser, tmp_path: Path) -> Iterator[Stage]:
    """A stage on a school of its own, whose LMS may stand still and whose last lesson is the demo's."""
    with opened(tmp_path) as school:
        yield from played(Stage(chromium, school))


def test_scores_reach_the_lms_and_what_was_changed_there_stays(stage: Stage) -> None:
    teacher = Teacher.arrive(stage)
    page = teacher.page
    page.locator("#recent ~ ul a").first.click()
    row = page.locator("#scores tbody tr").filter(has=page.locator("input.score:not([value=''])")).last
    name = row.locator("th").inner_text().lstrip("0123456789 \n")
    with standing_still(stage.school):
        write(page, name, "7,5")
        expect(cell(page, name)).to_have_text("Chờ gửi")
        page.get_by_label(f"Điểm ghi cho {name}").fill("8")  # what is typed while one waits is not lost
        expect(cell(page, name)).to_contain_text("Gửi lại lúc")
        expect(cell(page, name)).to_contain_text("Hệ thống trả lời quá chậm.")
        expect(page.get_by_label(f"Điểm ghi cho {name}")).to_have_value("8")
        assert not sideways(page)
    page.get_by_role("button", name="Gửi lại các điểm chưa vào sổ").click()
    expect(cell(page, name)).to_contain_text("Đã vào sổ")  # by itself: nobody has loaded the page anew
    expect(page.get_by_role("button", name="Gửi lại các điểm chưa vào sổ")).to_have_count(0)
    expect(page.locator("[data-part=arrived]")).to_have_text("Không còn điểm nào đang gửi.")
    change_in_the_lms(teacher, name, "9")
    write(page, name, "6,5")
    expect(cell(page, name)).to_contain_text(re.compile(r"Trong sổ: 9(,0)?\. Ở Giơ Tay: 6,5\. Thầy cô chọn điểm nào\?"))
    assert "Ghi tay" in gradebook(teacher, name)
    assert not faults(page, "light")
    assert not sideways(page)
    page.get_by_role("button", name=f"Ghi điểm của Giơ Tay cho {name}").press("Enter")
    expect(cell(page, name)).to_contain_text("Sổ giữ điểm của mình")
    expect(cell(page, name)).to_contain_text("hãy bỏ ghi đè (override)")
    page.get_by_role("button", name=f"Giữ điểm trong sổ của {name}").press("Enter")
    expect(cell(page, name)).to_have_text(re.compile(r"Theo điểm trong sổ: 9"))
    assert re.search(r"\b9(,0+)?\s+Ghi tay", gradebook(teacher, name))


def test_a_page_without_network_asks_again_when_it_is_back(stage: Stage) -> None:
    teacher = Teacher.arrive(stage)
    page = teacher.page
    page.locator("#recent ~ ul a").first.click()
    name = page.locator("#scores tbody tr th").nth(4).inner_text().lstrip("0123456789 \n")
    with standing_still(stage.school):
        write(page, name, "5,5")
        teacher.stage.watched[-1].is_offline_expected = True
        with page.expect_event("requestfailed", lambda one: one.url.endswith("/standing")):
            teacher.context.set_offline(True)
        teacher.context.set_offline(False)
    expect(cell(page, name)).to_contain_text("Đã vào sổ")
    assert page.get_by_label(f"Điểm ghi cho {name}").input_value() == "5,5"


def cell(page: Page, name: str) -> Locator:
    """Where this pupil's score stands in the LMS."""
    return page.locator("#scores tbody tr", has_text=name).locator("td").last


def write(page: Page, name: str, score: str) -> None:
    """The teacher's act, on the scores as the form holds them."""
    page.get_by_label(f"Điểm ghi cho {name}").fill(score)
    page.get_by_role("button", name=re.compile(r"Ghi (điểm của \d+ em|các điểm đã nhập) vào sổ")).click()
    page.get_by_role("status").get_by_text("đang được ghi vào sổ").wait_for()


@contextmanager
def standing_still(school: School) -> Iterator[None]:
    """An LMS that takes connections and says nothing, as one does that is out of breath."""
    group = os.getpgid(school.process_of("deploy.demo.lms"))
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def change_in_the_lms(teacher: Teacher, name: str, grade: str) -> None:
    """What the teacher writes there by hand, in the lesson's own column."""
    page = teacher.context.new_page()
    page.goto(teacher.stage.school.as_("co-ha", "course/901/gradebook"))
    page.locator("tr", has_text=name).get_by_role("link", name=re.compile("Công thức nghiệm")).click()
    page.get_by_label("Điểm ghi tay").fill(grade)
    page.get_by_role("button", name="Ghi điểm", exact=True).click()
    page.wait_for_url(re.compile("gradebook#"))
    page.close()


def gradebook(teacher: Teacher, name: str) -> str:
    page = teacher.context.new_page()
    page.goto(teacher.stage.school.as_("co-ha", "course/901/gradebook"))
    said = page.locator("tr", has_text=name).inner_text()
    page.close()
    return said


def test_a_terms_marks_say_by_themselves_when_they_arrived_and_a_hidden_tab_does_not_ask(stage: Stage) -> None:
    page = Teacher.arrive(stage).page
    page.get_by_role("link", name="Điểm", exact=True).click()
    page.locator("#periods").fill("140")
    page.get_by_role("button", name="Lưu").click()
    page.get_by_role("status").first.wait_for()
    column = page.locator("[data-part=regular1]")
    with standing_still(stage.school):
        page.get_by_label(re.compile("^TX 1")).first.fill("8,25")
        page.locator("form:has(#why) .btn-primary").click()
        column.wait_for()
        page.clock.install()  # by this clock nothing has to be waited for
        page.reload()
        with page.expect_request("**/standing*"):
            page.clock.run_for(1_500)
        asked: list[str] = []
        hide(page, is_hidden=True)
        page.on("request", lambda one: asked.append(one.url) if "/standing" in one.url else None)
        page.clock.run_for(300_000)
        assert not asked
        with page.expect_request("**/standing*"):
            hide(page, is_hidden=False)
            page.clock.run_for(1_500)
    page.clock.resume()
    expect(page.locator("[data-part=arrived]")).to_have_text("Không còn điểm nào đang gửi.")
    expect(column).to_contain_text("Đã vào sổ 1 em.")
    expect(column).not_to_contain_text("đang gửi")
    assert not faults(page, "light")
    assert not sideways(page)


def hide(page: Page, *, is_hidden: bool) -> None:
    """Another tab before this one, or this one again: a browser without a screen has no other way to say so."""
    page.evaluate(
        """isHidden => {
          Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_hidden,
    )
