"""A lesson that several screens steer: the teacher's phone by its code, and a second teacher of the course."""

import re

import cv2
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.demo.lms.people import COLLEAGUE
from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import PHONE, Lesson, Pupil, Stage, Teacher, until
from tests.browser.test_away import cut

pytestmark = pytest.mark.slow
PRESS_AT = """([button, moment]) => {
  window.hasPressed = false;
  setTimeout(() => {
    document.querySelector(button).click();
    window.hasPressed = true;
  }, moment - Date.now());
}"""
NAME = "Bùi Quốc Việt"


def read(code: Locator) -> str:
    """What a camera reads off this QR code."""
    seen = cv2.imdecode(np.frombuffer(code.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    return str(cv2.QRCodeDetector().detectAndDecode(seen)[0])


def phone_of_the_teacher(stage: Stage, console: Page) -> Page:
    """The laptop shows the code, the phone scans it."""
    console.locator(".co-top .menu > summary").click()
    console.locator(".menu-list [data-do=phone]").click()
    address = until(lambda: read(console.locator("#phone-qr svg")), "a code that a camera reads")
    assert address.startswith(f"{stage.school.tool}/enter#c="), "the secret stands where no server's log has it"
    console.get_by_role("button", name="Che mã").click()
    expect(console.locator("#phone-qr svg")).to_have_count(0)
    page = stage.context(**PHONE).new_page()
    stage.watch(page, "phone of the teacher")
    page.goto(address)
    page.wait_for_url(re.compile("/console"))
    page.locator("#link.chip-ok").wait_for()
    assert "#" not in page.url
    return page


def stands(console: Page, question: int, next_step: str) -> None:
    """This console shows that question, and offers this step as the next one."""
    expect(console.locator(f"#plan > li:nth-child({question}) [aria-current=step]")).to_have_count(1)
    console.locator(f".co-act .btn-primary[data-do={next_step}]").wait_for()


def at_once(screens: tuple[Page, ...], button: str) -> None:
    """All of them press this button in the same moment."""
    moment = screens[0].evaluate("Date.now() + 1500")
    for screen in screens:
        screen.evaluate(PRESS_AT, [button, moment])
    for screen in screens:
        screen.wait_for_function("() => window.hasPressed")


CROWDED = """() => [...document.querySelectorAll('.co-act .btn')].filter((button) => {
  const [sign, words] = [button.querySelector('svg'), document.createRange()];
  words.setStart(sign.nextSibling, 0), words.setEnd(button, button.childNodes.length);
  return button.offsetParent && sign.getBoundingClientRect().bottom + 4 > words.getBoundingClientRect().top;
}).map((button) => button.textContent)"""
"""Buttons whose words stand too close below their sign."""


def test_a_phone_that_scans_the_code_steers(stage: Stage, lesson: Lesson) -> None:
    console = lesson.console()
    phone = phone_of_the_teacher(stage, console)
    pupil = Pupil.arrive(stage).join(lesson.code, NAME)
    assert not (found := [*faults(phone), *small_targets(phone, 44), *sideways(phone)]), "\n".join(found)
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.locator(".co-act .btn-primary[data-do=next]").click()
    for screen in (console, phone):
        stands(screen, 1, "lock")
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    for screen in (console, phone):
        expect(screen.locator("#answered")).to_have_text("1")
    phone.locator("#lock[data-do=lock]").click()
    stands(console, 1, "distribution")
    console.locator(".co-act [data-do=distribution]").click()
    stands(phone, 1, "key")
    phone.locator(".co-act [data-do=key]").click()
    pupil.says("Đáp án")
    phone.reload()
    stands(phone, 1, "explanation")
    assert phone.evaluate(CROWDED) == []  # "Ẩn đáp án" has two marks above its first letter
    phone.locator(".co-act [data-do=explanation]").click()
    expect(pupil.page.locator("#shown h2")).to_have_text([re.compile("Lời giải"), re.compile("Cả lớp trả lời")])


def test_a_code_of_the_start_page_opens_once_and_only_once(stage: Stage, lesson: Lesson) -> None:
    start = lesson.teacher.page
    code = start.locator("#remote-code svg")
    expect(code).to_have_count(0)  # this screen may be the one that the class sees
    start.locator("#reveal").click()
    address = until(lambda: read(code), "a code that a camera reads")
    for turn in range(2):
        page = stage.context(**PHONE).new_page()
        page.goto(address)
        page.wait_for_url(re.compile("/console" if turn == 0 else r"/enter$"))
    expect(page.locator("h1")).to_have_text("Mã mở cửa sổ đã hết hạn")


def test_two_teachers_steer_at_once(stage: Stage, lesson: Lesson) -> None:
    """The second one comes from the LMS, finds the lesson that is on, and both screens agree after every step; a step
    that the other had just taken is no error and is not taken twice."""
    console = lesson.console()
    pupil = Pupil.arrive(stage).join(lesson.code, NAME)
    other = Teacher.arrive(stage, COLLEAGUE.slug)
    other.page.get_by_role("link", name=re.compile("Vào tiết|Mở tiết|đang mở|đang diễn ra")).first.click()
    other.page.wait_for_url(re.compile("/runs/"))
    second = Lesson(other, other.page.url, lesson.code).console((390, 844))
    both = (console, second)
    at_once(both, ".co-act [data-do=next]")
    for screen in both:
        stands(screen, 1, "lock")
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    for screen in both:
        expect(screen.locator("#answered")).to_have_text("1")
        expect(screen.locator("#seat-list")).to_contain_text(NAME)
    at_once(both, "#lock")
    for screen in both:
        stands(screen, 1, "distribution")
    with cut(stage, other.context):
        console.locator(".co-act [data-do=distribution]").click()
        console.locator(".co-act [data-do=key]").click()
        pupil.says("Đáp án")
    stands(second, 1, "explanation")
    second.locator("#plan [data-open]").nth(1).click()
    for screen in both:
        expect(screen.locator("#plan > li:nth-child(3) [aria-current=step]")).to_have_count(1)
        expect(screen.locator("#complaint")).to_have_count(0)
    pupil.says("Câu 3/7")
