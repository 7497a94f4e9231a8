"""Keys alone: a teacher writes a lesson, teaches it and closes it, a pupil comes in and answers every kind, and nobody
touches a mouse or a screen. What is pressed is first reached by Tab, as whoever cannot point reaches it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.school import Lesson, Pupil, Stage, Teacher, until
from tests.browser.steps import open_next
from tests.browser.test_kinds import GROUPS, ITEMS, PAIRS, Play, begun
from tests.lti_tool.school import picture

MOST_TABS = 250
AT = "node => node === document.activeElement"
NAMED = "node => node.name && node.name === document.activeElement.name && node.type === document.activeElement.type"


def reach(page: Page, target: Locator, way: str = "Tab") -> Locator:
    """Tab until the focus is there; a set of radios counts as reached with any of them."""
    target.wait_for(state="attached")
    for _ in range(MOST_TABS):
        if target.evaluate(AT) or (target.get_attribute("type") == "radio" and target.evaluate(NAMED)):
            return target
        page.keyboard.press(way)
    raise AssertionError(f"{MOST_TABS} times {way} do not lead to {target}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    reach(page, target)
    page.keyboard.press(key)


def pick(page: Page, radio: Locator) -> None:
    """One of a set of radios: Tab to the set, arrows to the one."""
    reach(page, radio)
    page.keyboard.press("Space")
    for _ in range(12):
        if radio.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError("arrows do not lead to this radio")


def typed(page: Page, target: Locator, text: str) -> None:
    reach(page, target)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


# --- a lesson -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_lesson_is_written_taught_and_closed_by_keys(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    written(page)
    press(page, page.get_by_role("button", name="Bắt đầu tiết học"))
    page.wait_for_url(re.compile("/runs/"))
    lesson = Lesson(teacher, page.url, page.locator(".digits").first.inner_text().replace(" ", ""))
    desk.begun.append(lesson)
    with teacher.context.expect_page() as opening:
        press(page, page.locator("main").get_by_text("Mở bảng điều khiển"))
    console = opening.value
    desk.watch(console, "console")
    console.locator("#link.chip-ok").wait_for()
    pupil = Pupil.arrive(desk)
    comes_in(pupil, lesson.code)
    for right in ("button.answer >> nth=0", "button.answer >> nth=1"):
        taught(console, pupil, right)
    page.bring_to_front()
    closed(lesson, page)


def written(page: Page) -> None:
    """Two questions with four options and a key each: the first through the list of kinds, the second by Ctrl+Enter."""
    press(page, page.get_by_role("button", name="Soạn tiết học"))
    page.locator("#lesson-title").wait_for()
    page.wait_for_load_state()
    typed(page, page.locator("#lesson-title"), "Bằng phím")
    press(page, page.locator(".kind:visible[value=single]").first)
    page.locator("#activity[data-kind=single]").wait_for()
    page.wait_for_load_state()
    question(page, "Số nào là số nguyên tố?", ("2", "4", "6", "8"), 0)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#plan li")).to_have_count(2)
    page.wait_for_load_state()
    expect(page.locator("#prompt")).to_be_focused()
    question(page, "Số nào là số chẵn?", ("1", "2", "3", "5"), 1)
    expect(page.locator(".plan-bad:visible")).to_have_count(0)
    press(page, page.get_by_role("link", name="Xong", exact=True))
    expect(page.locator("#today")).to_have_text("Bằng phím")


def question(page: Page, prompt: str, options: tuple[str, ...], key: int) -> None:
    """Enter goes from option to option and on to the key."""
    typed(page, page.locator("#prompt"), prompt)
    reach(page, page.get_by_label("Phương án A", exact=True))
    for option in options:
        page.keyboard.type(option)
        page.keyboard.press("Enter")
    pick(page, page.locator("input[name=key]").nth(key))
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    expect(page.locator(".error:visible")).to_have_count(0)


def comes_in(pupil: Pupil, code: str) -> None:
    page = pupil.page
    page.goto(f"{pupil.stage.school.tool}/j")
    typed(page, page.locator("#code"), code)
    page.keyboard.press("Enter")
    press(page, page.get_by_role("link", name="Bùi Quốc Việt"))
    page.wait_for_url(re.compile(r"/j/\d+/\d+"))
    pick(page, page.locator("input[name=mode]").first)
    press(page, page.get_by_role("button", name="Vào lớp với tên này"))
    page.locator("#chips .chip").first.wait_for()


def taught(console: Page, pupil: Pupil, right: str) -> None:
    """A question opened, answered, locked, its key shown: each by the button that the console says is the next one."""
    console.bring_to_front()
    next_step(console, "next")
    pupil.page.bring_to_front()
    pupil.page.locator("#question form").wait_for()
    press(pupil.page, pupil.page.locator(right))
    pupil.says("Đã lưu lúc")
    console.bring_to_front()
    for step in ("lock", "distribution", "key"):
        next_step(console, step)
    pupil.says("Đáp án")


def next_step(console: Page, name: str) -> None:
    button = console.locator(f".co-act .btn-primary[data-do={name}]")
    button.wait_for()
    press(console, button)
    expect(button).to_have_count(0)


def closed(lesson: Lesson, page: Page) -> None:
    """End it, settle who was there, and give the scores: by keys."""
    press(page, page.get_by_role("button", name="Kết thúc tiết"))
    press(page, page.locator("dialog[open] .btn-primary"))
    # The page may leave by itself at the same moment: waiting for one navigation would fail at the other.
    expect(page).to_have_url(re.compile("/report"))
    page.wait_for_load_state()
    lesson.is_over = True
    writing = page.get_by_role("button", name=re.compile("^Ghi"))
    until(lambda: page.reload() and writing.count(), "the report of the ended lesson")
    row = page.locator("#scores tr", has_text="Bùi Quốc Việt")
    typed(page, row.locator("input.score"), "9,5")
    press(page, writing)
    page.get_by_role("status").get_by_text(re.compile(r"Điểm của \d+ em đang được ghi vào sổ")).wait_for()
    expect(row.locator("input.score")).to_have_value("9,5")
    press(page, page.locator("main a[href*='/attendance']").first)
    page.wait_for_url(re.compile("/attendance"))
    pick(page, page.locator(".roll input[type=radio]").first)


# --- every kind -----------------------------------------------------------------------------------------------------


def first_answer(page: Page) -> None:
    press(page, page.locator("button.answer").first)


def words(name: str = "#answer") -> Callable[[Page], None]:
    def answer(page: Page) -> None:
        typed(page, page.locator(name).first, "8")
        page.keyboard.press("Tab")
        press(page, page.locator("#question .btn-primary").first)

    return answer


def every_row(page: Page) -> None:
    rows = page.locator("#question fieldset")
    for n in range(rows.count()):
        pick(page, rows.nth(n).locator("input[type=radio]").first)


def order(page: Page) -> None:
    reach(page, page.locator(".sort select").last)
    page.keyboard.press("1")
    press(page, page.locator("#question .btn-primary"))


def cell(page: Page) -> None:
    press(page, page.get_by_role("button", name="C2"))


def drawn(page: Page) -> None:
    reach(page, page.locator("canvas"))
    for key in ("Space", "ArrowRight", "ArrowDown", "Space"):
        page.keyboard.press(key)
    press(page, page.locator("#question .btn-primary"))


def several(page: Page) -> None:
    for n in (0, 1):
        press(page, page.locator("button.answer").nth(n), "Space")
    sending = page.locator("#question .btn-primary")
    if sending.count():
        press(page, sending)


def photographed(page: Page) -> None:
    with page.expect_file_chooser() as chooser:
        press(page, page.locator("[data-photo] input[type=file]"))
    chooser.value.set_files(files={"name": "bai.png", "mimeType": "image/png", "buffer": picture()})
    page.locator("[data-photo] img:visible").wait_for()
    press(page, page.locator("#question .btn-primary"))


def pinned(page: Page) -> None:
    typed(page, page.locator("#question textarea").first, "Em nghĩ là 8")
    press(page, page.locator("#question .btn-primary").first)


def ticket(page: Page) -> None:
    pick(page, page.locator("#question input[type=radio]").first)
    typed(page, page.locator("#unclear"), "Vì sao?")
    press(page, page.locator("#question .btn-primary"))


OPTIONS = [{"text": text} for text in ("mot", "hai", "ba", "bon")]
STATEMENTS = [{"text": text, "key": True} for text in ("một", "hai", "ba", "bốn")]


def kind(name: str, content: dict[str, Any], answer: Callable[[Page], None]) -> Play:
    return Play(name, content, answer, "", "")


KINDS = (
    kind("single", {"options": OPTIONS, "key": ["A"]}, first_answer),
    kind("multiple", {"options": OPTIONS, "key": ["A", "B"]}, several),
    kind("true_false", {"key": True}, first_answer),
    kind("cluster", {"statements": STATEMENTS}, every_row),
    kind("short", {"accepted": ["8"]}, words()),
    kind("number", {"answer": "8"}, words()),
    kind("open", {"limit": 100}, words()),
    kind("fill", {"text": "Một [[8]]."}, words("input.gap")),
    kind("ordering", {"items": ITEMS}, order),
    kind("matching", {"pairs": PAIRS}, every_row),
    kind("categorise", {"groups": GROUPS}, every_row),
    kind("hotspot", {"key": ["C2"]}, cell),
    kind("poll", {"choices": ["a", "b"]}, first_answer),
    kind("rating", {"low": "khó", "high": "dễ"}, first_answer),
    kind("ranking", {"items": ITEMS[:3]}, order),
    kind("cloud", {"words": 1}, words("#word-1")),
    kind("exit", {}, ticket),
    kind("rubric", {"criteria": ["Lập luận", "Trình bày"], "levels": ["Thấp", "Cao"]}, every_row),
    kind("slide", {}, first_answer),
    kind("drawing", {"paper": "grid"}, drawn),
    kind("photo", {}, photographed),
    kind("board", {"approve": False}, pinned),
    kind("questions", {"approve": False}, pinned),
)
SHORT = ("ordering", "board")


@pytest.mark.parametrize(
    "plays",
    [[one for one in KINDS if one.name in SHORT], pytest.param(list(KINDS), marks=pytest.mark.slow)],
    ids=["some", "all"],
)
def test_a_pupil_answers_by_keys(desk: Stage, plays: list[Play]) -> None:
    lesson = begun(desk, tuple(plays))
    projector = lesson.projector()
    pupil = Pupil.arrive(desk)
    comes_in(pupil, lesson.code)
    failed = []
    for number, play in enumerate(plays, 1):
        open_next(projector)
        pupil.page.locator(f"#title:has-text('{number}/')").wait_for()
        pupil.page.locator("#question form").first.wait_for()
        pupil.page.bring_to_front()
        try:
            play.answer(pupil.page)
        except AssertionError as error:
            failed.append(f"{play.name}: {error}")
            continue
        pupil.says("Em nghĩ là 8" if play.name in ("board", "questions") else "Đã lưu lúc")
    lesson.end()
    assert not failed, "\n".join(failed)


# --- a group --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_group_is_drawn_works_and_presents_by_keys(desk: Stage) -> None:
    lesson = begun(desk, (kind("group", {"own": "Em đã làm phần nào?", "size": 2}, first_answer),))
    console = lesson.console()
    pupil = Pupil.arrive(desk)
    comes_in(pupil, lesson.code)
    console.bring_to_front()
    next_step(console, "next")
    press(console, console.get_by_role("button", name="Bốc thăm chia nhóm"))
    pupil.page.bring_to_front()
    typed(pupil.page, pupil.page.locator("#gw-text"), "Sơ đồ tư duy")
    press(pupil.page, pupil.page.get_by_role("button", name="Nộp sản phẩm"))
    pupil.page.locator("[data-stands]", has_text="Em lưu lúc").wait_for()
    typed(pupil.page, pupil.page.locator("#answer"), "Em vẽ hình")
    press(pupil.page, pupil.page.get_by_role("button", name="Gửi câu trả lời"))
    pupil.says("Đã lưu")
    console.bring_to_front()
    press(console, console.get_by_role("button", name="Cho trình bày Nhóm 1"))
    pupil.page.locator("#question", has_text="Nhóm 1 đang trình bày").wait_for()
    lesson.end()
