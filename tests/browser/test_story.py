"""The whole story, as a teacher, a class of forty and a bad day live it."""

import re
import time

from playwright.sync_api import Page

from tests.browser.school import Lesson, Pupil, Stage, Teacher, until
from tests.browser.steps import open_next, reveal, told_answers, where

ME = "Bùi Quốc Việt"
QUESTIONS = 5


def test_a_lesson_from_the_launch_to_the_gradebook(stage: Stage) -> None:
    teacher = Teacher.arrive(stage)
    lesson = teacher.start()
    projector = lesson.projector()
    pupil = Pupil.arrive(stage).join(lesson.code, ME)
    with stage.school.running("phones", "--count", "38", "--code", lesson.code, "--median", "1.5", "--over", "2"):
        count = projector.locator("#count")
        until(lambda: "39 em" in count.inner_text(), "39 pupils here")
        confirm_names(lesson)
        first_question(projector, pupil)
        offline_question(projector, pupil)
        killed_server_question(stage, projector, pupil)
        for _ in range(2, QUESTIONS - 1):
            open_next(projector)
            pupil.says(where(projector))  # or the question before would be answered, which is still on a slow phone
            answer_anything(pupil)
            until(lambda: told_answers(projector) >= 20, "the class answers")
            reveal(projector, "key")
        lesson.end()
    nothing_lost(stage)
    report_and_gradebook(teacher)


def confirm_names(lesson: Lesson) -> None:
    """One tap for all names that pupils picked."""
    console = lesson.console((390, 844))
    console.get_by_text("39 em tự nhận tên").wait_for()
    console.get_by_role("button", name="Xác nhận tất cả").click()
    console.locator("#claims").wait_for(state="hidden")
    console.close()


def answer_anything(pupil: Pupil) -> None:
    """The first of what can be picked: an option, or Đúng for every statement."""
    pupil.page.locator("#question form").wait_for()
    statements = pupil.page.locator("#question fieldset")
    for n in range(statements.count()):
        statements.nth(n).get_by_text("Đúng", exact=True).click()
    if not statements.count():
        pupil.page.locator("button.answer").first.click()
    pupil.says("Đã lưu lúc")


def first_question(projector: Page, pupil: Pupil) -> None:
    open_next(projector)
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    assert "Đáp án" not in pupil.page.locator("main").inner_text()
    until(lambda: told_answers(projector) >= 36, "the class answers")
    reveal(projector, "distribution")
    assert projector.locator(".dist li").count() == 4
    pupil.says("Cả lớp trả lời")
    assert "Đáp án" not in pupil.page.locator("main").inner_text()
    reveal(projector, "key")
    pupil.says("Đáp án: A")
    assert "Bùi" not in projector.locator("body").inner_text()


def offline_question(projector: Page, pupil: Pupil) -> None:
    """The phone loses its network in the middle of a question, is reloaded in vain, and comes back with its answer."""
    open_next(projector)
    with pupil.offline():
        pupil.page.locator("button.answer", has_text="Đúng").click()
        pupil.says("Chưa gửi, sẽ tự gửi")
        time.sleep(1)
        assert "Đã lưu" not in pupil.page.locator("#status").inner_text()
    pupil.says("Đã lưu lúc")
    pupil.watched.is_offline_expected = False
    pupil.page.reload()
    pupil.says("Đã lưu lúc")
    assert pupil.page.locator("button.answer[aria-pressed=true]").inner_text().startswith("Đúng")


def killed_server_question(stage: Stage, projector: Page, pupil: Pupil) -> None:
    """The live server dies without a goodbye in the middle of a question, and is there again."""
    open_next(projector)
    for watched in stage.watched:
        watched.is_offline_expected = True
    before = stage.school.live_process()
    stage.school.kill_live()
    pupil.answer("13")
    until(lambda: stage.school.live_process() != before, "the live server again")
    pupil.says("Đã lưu lúc")
    until(lambda: told_answers(projector) >= 30, "the class answers after the restart")
    reveal(projector, "key")
    pupil.says("Đáp án: A")
    for watched in stage.watched:
        watched.is_offline_expected = False


def nothing_lost(stage: Stage) -> None:
    """The simulated class compares what it was promised with the log."""
    said = (stage.school.folder / "command.log").read_text()
    assert re.search(r"Answers acknowledged: \d+. All of them are in the log", said), said


def report_and_gradebook(teacher: Teacher) -> None:
    page = teacher.page
    until(lambda: fresh(page), "the report of the ended lesson")
    rows = page.locator("tr", has_text=ME)
    assert rows.locator(".given:not([data-none])").count() == QUESTIONS, rows.all_inner_texts()
    page.get_by_role("button", name=re.compile(r"Ghi điểm của \d+ em vào sổ")).click()
    page.wait_for_url(re.compile("/report"))
    until(
        lambda: reloaded(page).locator("tr", has_text=ME).get_by_text("Đã vào sổ").count(), "the score in the LMS", 30
    )
    score = page.locator("tr", has_text=ME).locator("input.score").input_value()
    gradebook = teacher.context.new_page()
    gradebook.goto(teacher.stage.school.as_("co-ha", "course/901/gradebook"))
    shown = gradebook.locator("tr", has_text=ME).inner_text()
    assert score in shown or score.replace(",", ".") in shown, (score, shown)


def fresh(page: Page) -> bool:
    return reloaded(page).get_by_role("button", name=re.compile("Ghi")).count() > 0


def reloaded(page: Page) -> Page:
    page.wait_for_timeout(500)
    page.reload()
    return page
