"""`make screenshots`: play a lesson of the demo school and keep the pictures of README and docs.

The pictures are of the real pages, the real protocol and an invented class; nothing in them is drawn. Each is reduced
to a palette, so that the repository stays light.
"""

import re
import shutil
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from deploy.demo.lms import people
from tests.browser.school import Pupil, Stage, Teacher, opened, until
from tests.browser.steps import open_next, reveal, told_answers
from tests.conftest import CHROMIUM_FLAGS

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
MOST_BYTES = 120_000
COLOURS = (192, 96, 48)
CLASS = ("phones", "--count", "38", "--median", "2", "--over", "2", "--code")
ME = "Bùi Quốc Việt"


def main() -> None:
    """Write every picture."""
    path = shutil.which("chromium") or sys.exit("Chromium is missing; on Debian: apt install chromium")
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, opened(Path(folder)) as school, sync_playwright() as play:
        browser: Browser = play.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        stage = Stage(browser, school)
        play_lesson(stage)
        keep_department(stage)
        stage.close()
        browser.close()


def keep(page: Page, name: str) -> None:
    """What the window shows, as a small PNG. Fails when it cannot be made small enough."""
    page.wait_for_timeout(600)
    shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
    for colours in COLOURS:
        packed = BytesIO()
        reduced = shot.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        reduced.save(packed, "PNG", optimize=True)
        if packed.tell() <= MOST_BYTES:
            break
    else:
        raise AssertionError(f"{name}: {packed.tell()} bytes")
    (PICTURES / f"{name}.png").write_bytes(packed.getvalue())
    print(f"docs/pictures/{name}.png  {packed.tell() // 1_000} kB")


def play_lesson(stage: Stage) -> None:
    """From the editor to the end, then the report."""
    teacher = Teacher.arrive(stage)
    keep(teacher.page, "home")
    keep_editor(teacher)
    lesson = teacher.start()
    projector = lesson.projector()
    keep(projector, "projector-join")
    pupil = Pupil.arrive(stage).join(lesson.code, ME)
    with stage.school.running(*CLASS, lesson.code):
        until(lambda: "39 em" in projector.locator("#count").inner_text(), "39 pupils here")
        console = lesson.console()
        console.get_by_role("button", name="Xác nhận tất cả").click()
        keep_question(projector, console, pupil)
        keep_offline(projector, pupil)
        play_on(projector, pupil)
        lesson.end()
    keep_report(teacher)


def keep_editor(teacher: Teacher) -> None:
    teacher.page.locator("a[href*='/lessons/']").first.click()
    teacher.page.wait_for_url(re.compile("/lessons/"))
    keep(teacher.page, "editor")


def keep_question(projector: Page, console: Page, pupil: Pupil) -> None:
    """One question from all three sides, then its distribution."""
    open_next(projector)
    pupil.page.locator("#question form").wait_for()
    until(lambda: told_answers(projector) >= 20, "half the class answers")
    keep(projector, "projector-question")
    keep(pupil.page, "phone-question")
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    keep(pupil.page, "phone-saved")
    console.bring_to_front()
    keep(console, "console")
    console.set_viewport_size({"width": 390, "height": 844})
    keep(console, "console-phone")
    until(lambda: told_answers(projector) >= 36, "the class answers")
    reveal(projector, "key")
    keep(projector, "projector-key")


def keep_offline(projector: Page, pupil: Pupil) -> None:
    open_next(projector)
    with pupil.offline():
        pupil.page.locator("button.answer").first.click()
        pupil.says("Chưa gửi, sẽ tự gửi")
        keep(pupil.page, "phone-offline")
    pupil.says("Đã lưu lúc")


def play_on(projector: Page, pupil: Pupil) -> None:
    """On to the four statements."""
    for _ in range(3):
        open_next(projector)
        pupil.page.locator("#question form").wait_for()
        statements = pupil.page.locator("#question fieldset")
        for n in range(statements.count()):
            statements.nth(n).get_by_text("Đúng", exact=True).click()
        if statements.count():
            keep(pupil.page, "phone-cluster")
        until(lambda: told_answers(projector) >= 25, "the class answers", 40)
        reveal(projector, "key")


def keep_report(teacher: Teacher) -> None:
    """Of a whole lesson, taught last week: the one just played lasted seconds."""
    for name, link in (("report", "/report"), ("attendance", "/attendance")):
        teacher.page.goto(teacher.home)
        teacher.page.locator(f"main a[href$='{link}']").last.click()
        teacher.page.wait_for_url(re.compile(link))
        keep(teacher.page, name)


def keep_department(stage: Stage) -> None:
    head = Teacher.arrive(stage, people.HEAD.slug)
    if "/department" not in head.page.url:
        head.page.locator("a[href*='/department']").first.click()
        head.page.wait_for_url(re.compile("/department"))
    keep(head.page, "department")


if __name__ == "__main__":
    main()
