"""What happens beside the questions: hands, the word, the pace."""

import re

import pytest
from playwright.sync_api import Page, expect

from live_session.channel import MOST_OF_ONE_PUPIL
from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Lesson, Pupil, Stage, until
from tests.browser.steps import open_next

pytestmark = pytest.mark.slow  # the story, the axe walk and the phone stand in the gate for these screens

FIRST, SECOND = "Bùi Quốc Việt", "Trần Hoài An"


def raise_hand(page: Page) -> None:
    page.get_by_role("button", name="Giơ tay").click()
    page.get_by_role("button", name="Hạ tay").wait_for()


def test_a_hand_from_home_is_called(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console()
    home = Pupil.arrive(stage).join(lesson.code, FIRST, "Ở nhà")
    room = Pupil.arrive(stage).join(lesson.code, SECOND)
    open_next(projector)
    raise_hand(home.page)
    raise_hand(room.page)
    queue = console.locator("#hands > li")
    queue.nth(1).wait_for()
    assert [FIRST in queue.nth(0).inner_text(), SECOND in queue.nth(1).inner_text()] == [True, True]
    assert re.search(r"chờ \d:\d\d", queue.nth(0).inner_text())
    console.locator("#home-seats li", has_text="Việt").locator("[data-since]").wait_for()
    assert FIRST not in projector.content(), "a hand alone is the teacher's to see"
    queue.nth(0).get_by_role("button", name="Mời").click()
    projector.locator("#called", has_text=FIRST).wait_for()
    home.says("Thầy cô mời em nói.")
    assert SECOND not in projector.content()
    assert not faults(home.page)
    assert not small_targets(home.page, 48)
    assert not sideways(home.page)
    assert not faults(console)
    home.page.get_by_role("button", name="Em nói xong").click()
    home.page.get_by_role("button", name="Giơ tay").wait_for()
    projector.locator("#called").wait_for(state="hidden")
    room.page.get_by_role("button", name="Hạ tay").click()
    queue.first.wait_for(state="detached")


LONG_AGO = """const parse = JSON.parse, ago = 360000;
JSON.parse = (...given) => {
  const read = parse(...given);
  if (read?.state?.home_heard_at) read.state.home_heard_at -= ago;
  return read;
};"""
"""Nobody at home has had the word for six minutes more than is true."""


def test_who_is_at_home_and_long_unheard_is_proposed_and_called_by_one_tap(stage: Stage, lesson: Lesson) -> None:
    lesson.teacher.context.add_init_script(LONG_AGO)
    projector, console = lesson.projector(), lesson.console((390, 844))
    home = Pupil.arrive(stage).join(lesson.code, FIRST, "Ở nhà")
    Pupil.arrive(stage).join(lesson.code, SECOND, "Ở lớp")
    open_next(projector)
    hint = console.locator("#home-hint")
    hint.get_by_text(re.compile(r"[6-9] phút chưa có em học trực tuyến nào phát biểu")).wait_for()
    assert not faults(console, "light", "dark")
    assert not small_targets(console, 44)
    hint.get_by_role("button", name="Mời Việt").click()
    home.says("Thầy cô mời em nói.")


def test_a_pupil_goes_home_in_the_middle_of_a_lesson(stage: Stage, lesson: Lesson) -> None:
    """Both places are kept, with when they changed; the answer of before stays on the way."""
    projector, console = lesson.projector(), lesson.console((390, 844))
    pupil = Pupil.arrive(stage).join(lesson.code, FIRST, "Ở lớp")
    page = pupil.page
    expect(page.locator("#chips")).to_contain_text("Ở lớp")
    console.get_by_role("button", name="Xác nhận tất cả").click()
    open_next(projector)
    page.locator("button.answer").first.click()
    page.locator("button.answer[data-state=saved]").wait_for()
    with pupil.offline():  # the school's network ends at its gate
        pupil.says("Mất mạng")
    page.locator("#chips", has_text="Mất mạng").wait_for(state="detached")
    page.locator(".ph-foot details.menu > summary").click()
    assert not faults(page)
    page.locator("#place [data-mode=home]").click()
    expect(page.locator("#chips")).to_contain_text("Ở nhà")
    console.locator("#home-seats li", has_text="Việt").wait_for()
    expect(page.locator("button.answer[data-state=saved]")).to_have_count(1)
    console.close()
    lesson.end()
    after = lesson.teacher.page
    both = re.compile(r"tại lớp\s+\(tự khai\) ·.*trực tuyến\s+\(tự khai\).* 1/1 câu", re.DOTALL)
    told = after.locator(".roll > li", has_text=FIRST).filter(has_text=both)
    address = lesson.start_page.rstrip("/") + "/attendance?all=1"
    until(lambda: after.goto(address) and told.count(), "both places in the evidence")
    for size in ((390, 844), (1280, 800)):
        after.set_viewport_size({"width": size[0], "height": size[1]})
        assert not faults(after, "light", "dark")


def test_pace_is_told_without_a_name_and_survives_a_gap(stage: Stage, lesson: Lesson) -> None:
    console = lesson.console()
    pupil = Pupil.arrive(stage).join(lesson.code, FIRST)
    with pupil.offline():
        pupil.says("Mất mạng")
        pupil.page.get_by_role("button", name="Em chưa theo kịp").click()
        pupil.page.locator("#ask", has_text="Chưa gửi").wait_for()
    said = console.locator("#pace", has_text="1 em chưa theo kịp")
    said.wait_for()
    assert FIRST not in said.inner_text()
    pupil.page.get_by_role("button", name="Em chưa theo kịp", pressed=True).click()
    said.wait_for(state="hidden")


def test_the_dice_propose_to_the_teacher_alone(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console((390, 844))
    pupil = Pupil.arrive(stage).join(lesson.code, FIRST)
    console.locator("#silent-count, #here").first.wait_for(state="attached")
    console.locator("#hands-section").get_by_role("button", name="Gọi một em").click()
    turn = console.locator("#hands li", has_text=FIRST)
    turn.get_by_text("chưa nói lần nào").wait_for()
    assert not sideways(console)
    assert pupil.page.get_by_text("Thầy cô mời em nói.").is_hidden()
    turn.get_by_role("button", name="Mời").click()
    pupil.says("Thầy cô mời em nói.")
    turn.get_by_role("button", name="Nói xong").wait_for()
    assert FIRST not in projector.content(), "who did not ask for the word is not put on the wall"


def test_a_pause_stops_the_clock_and_keeps_the_answer(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console()
    pupil = Pupil.arrive(stage).join(lesson.code, FIRST)
    page = pupil.page
    open_next(projector)
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    console.get_by_role("button", name="Tạm dừng").click()
    pupil.says("Thầy cô tạm dừng.")
    assert page.locator("button.answer:not([aria-disabled=true])").count() == 0
    assert "Đã lưu lúc" in page.locator("#status").inner_text()
    stands = page.locator("#clock").inner_text()
    assert not faults(page)
    page.wait_for_timeout(1500)
    assert page.locator("#clock").inner_text() == stands == console.locator("#clock").inner_text()
    projector.locator("#where", has_text="tạm dừng").wait_for()
    console.locator("summary", has_text="Việc khác").click()
    console.get_by_role("button", name="Úp điện thoại xuống").click()
    pupil.says("Úp điện thoại xuống")
    projector.get_by_role("heading", name="Úp điện thoại xuống").wait_for()
    assert page.locator("#question").is_hidden()
    assert not faults(page)
    console.get_by_role("button", name="Tiếp tục").click()
    page.locator("button.answer:not([aria-disabled=true])").first.wait_for()
    pupil.answer("6")
    page.locator("button.answer[value=C][data-state=saved]").wait_for()
    assert not faults(console)


def test_what_is_shared_into_a_meeting_holds_no_room_code(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console()
    console.locator("summary", has_text="Việc khác").click()
    with lesson.teacher.context.expect_page() as opening:
        console.get_by_role("button", name="Chia sẻ vào buổi họp").click()
    shared = opening.value
    stage.watch(shared, "shared")
    shared.get_by_text("Tiết học sắp bắt đầu").wait_for()
    code = f"{lesson.code[:3]} {lesson.code[3:]}"
    assert code in projector.content()
    open_next(projector)
    shared.locator("#where", has_text="Câu 1/7").wait_for()
    for told in (lesson.code, code, "<path"):
        assert told not in shared.locator("#join").inner_html() + shared.locator("header").inner_html()
    assert lesson.code not in shared.content()


HIDDEN = """
globalThis.isLookedAt = false;
Object.defineProperty(document, "hidden", { get: () => !isLookedAt });
Object.defineProperty(document, "visibilityState", { get: () => (isLookedAt ? "visible" : "hidden") });
"""
"""A test's browser shows all its pages at once; a phone shows one tab."""


@pytest.mark.parametrize("count", [MOST_OF_ONE_PUPIL + 1, pytest.param(30, marks=pytest.mark.slow)])
def test_tabs_beyond_the_eighth_wait_until_they_are_looked_at(stage: Stage, lesson: Lesson, count: int) -> None:
    pupil = Pupil.arrive(stage)
    pupil.context.add_init_script(HIDDEN)
    sockets = list[str]()
    tabs = [pupil.page, *(pupil.context.new_page() for _ in range(count - 1))]
    for tab in tabs:
        tab.on("websocket", lambda one: sockets.append(one.url))
    address = pupil.join(lesson.code).page.url
    for tab in tabs[1:]:
        tab.goto(address)
        tab.locator("#chips", has_text="Ở lớp").wait_for()

    def waiting() -> list[Page]:
        """All that wait, once nobody else does."""
        found = [tab for tab in tabs if "Mất mạng" in tab.locator("#chips").inner_text()]
        return found if len(found) == count - MOST_OF_ONE_PUPIL else []

    parked = until(waiting, "all beyond the eighth wait")[0]
    assert len(sockets) == len(tabs)
    parked.evaluate("isLookedAt = true; document.dispatchEvent(new Event('visibilitychange'))")
    until(lambda: (others := waiting()) and parked not in others, "another one waits instead")
    assert len(sockets) == len(tabs) + 1, "none came back by itself"


def test_who_is_not_in_is_named_to_who_asks(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console()
    Pupil.arrive(stage).join(lesson.code, FIRST)
    open_next(projector)
    console.locator("#silent li", has_text=FIRST).get_by_text("Đang đọc").wait_for()
    assert SECOND not in console.locator("#silent").inner_text()
    console.locator("#silent").get_by_role("button", name="39 em chưa vào tiết").click()
    console.locator("#silent li", has_text=SECOND).get_by_text("Chưa vào").wait_for()
    console.locator("#silent li", has_text=FIRST).get_by_text("Đang đọc").wait_for()


def test_the_console_says_as_long_as_nobody_is_let_in(stage: Stage, lesson: Lesson) -> None:
    console = lesson.console((390, 844))
    console.locator(".co-top .menu > summary").click()
    console.get_by_role("button", name="Ngừng nhận người vào").click()
    told = console.locator("#closed", has_text="em nào đến sau chưa vào được")
    told.wait_for()
    assert [*faults(console), *small_targets(console, 44), *sideways(console)] == []
    late = Pupil.arrive(stage)
    late.page.goto(f"{stage.school.tool}/j/{lesson.code}")
    late.page.get_by_role("link", name=FIRST).click()
    late.page.get_by_text("Ở lớp").click()
    late.page.get_by_role("button", name="Vào lớp với tên này").click()
    late.says("Tiết học đang ngừng nhận người vào")
    late.watched.complaints.clear()  # the refusal itself
    told.get_by_role("button", name="Nhận người vào lại").click()
    told.wait_for(state="hidden")
    late.join(lesson.code, FIRST)


def test_every_line_of_the_consoles_menu_can_be_reached(stage: Stage, lesson: Lesson) -> None:
    """On a low laptop and on a small phone; a line below the edge of the window would be out of reach."""
    console = lesson.console((1366, 620))
    for width, height in ((1366, 620), (360, 560)):
        console.set_viewport_size({"width": width, "height": height})
        console.locator(".co-top .menu summary").click()
        for line in console.locator(".co-top .menu-list .btn:visible").all():
            line.scroll_into_view_if_needed()
            box = line.bounding_box()
            assert box
            assert 0 <= box["y"] <= height - box["height"], line.inner_text()
            assert 0 <= box["x"] <= width - box["width"], line.inner_text()
        console.keyboard.press("Escape")
