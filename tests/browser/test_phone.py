"""The pupil's phone in every state a lesson brings it into, and with everything a phone may lack."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute

from live_session.model import Policy
from tests.browser.looking import faults, sideways
from tests.browser.school import PHONE, Lesson, Pupil, Stage, until
from tests.browser.steps import open_next, reveal, told_answers

OUTBOX = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("giotay");
  opening.onsuccess = () => {
    const all = opening.result.transaction("outbox").objectStore("outbox").getAll();
    all.onsuccess = () => { opening.result.close(); resolve(all.result); };
  };
  opening.onerror = reject;
})"""
NO_STORAGE = """Object.defineProperty(window, "indexedDB", {
  get() { throw new DOMException("refused", "SecurityError"); },
});"""
NO_FAREWELL = "void (window.fetch = () => Promise.reject(new Error('no network')))"


@dataclass
class Line:
    """The phone's socket, which can be cut without either end noticing, as a bad mobile network does it."""

    is_cut: bool = False
    is_mute: bool = False
    """What the phone says is lost; what it is told still comes."""
    awake: int | None = None
    """What its hello said."""

    @classmethod
    def of(cls, pupil: Pupil) -> "Line":
        line = cls()
        pupil.page.route_web_socket("**/live", line.join)
        return line

    @classmethod
    def each_of(cls, pupil: Pupil) -> "list[Line]":
        """One for each socket that the phone opens, as it opens them."""
        lines: list[Line] = []

        def join(phone: WebSocketRoute) -> None:
            lines.append(cls())
            lines[-1].join(phone)

        pupil.page.route_web_socket("**/live", join)
        return lines

    def join(self, phone: WebSocketRoute) -> None:
        server = phone.connect_to_server()

        def say(frame: str | bytes) -> None:
            self.awake = json.loads(frame).get("awake", self.awake)
            if not (self.is_cut or self.is_mute):
                server.send(frame)

        phone.on_message(say)
        server.on_message(lambda frame: self.is_cut or phone.send(frame))


def state(page: Page, option: str) -> str:
    """What the option with this letter or value wears."""
    return str(page.locator(f"button.answer[value='{option}']").get_attribute("data-state"))


def wears(page: Page, option: str, name: str) -> None:
    page.locator(f"button.answer[value='{option}'][data-state='{name}']").wait_for()


def outbox(page: Page) -> list[dict[str, Any]]:
    return list(page.evaluate(OUTBOX))


def kept(page: Page, *states: str) -> None:
    """What stands in the outbox; the page shows it a moment before the phone's storage has it."""
    until(lambda: sorted(row["state"] for row in outbox(page)) == sorted(states), f"{states} in the outbox")


def lock(projector: Page) -> None:
    projector.bring_to_front()
    projector.keyboard.press("ArrowRight")
    projector.locator("#where", has_text="đã khoá").wait_for()


def test_a_picked_name_is_confirmed_under_the_pupils_eyes(stage: Stage, lesson: Lesson) -> None:
    """The chip goes when the teacher has confirmed, not when the page is next loaded."""
    page = Pupil.arrive(stage).join(lesson.code).page
    page.locator("footer .chip", has_text="Tự nhận").wait_for()
    lesson.console().get_by_role("button", name="Xác nhận tất cả").click()
    page.locator("footer .chip").wait_for(state="hidden")
    page.reload()
    page.locator("#chips .chip").first.wait_for()
    assert not page.locator("footer .chip").is_visible()


def test_a_launch_into_a_running_lesson_never_says_that_it_has_not_begun(stage: Stage, lesson: Lesson) -> None:
    page = stage.context(**PHONE).new_page()
    stage.watch(page, "launched phone")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/sit", hold)
    page.goto(stage.school.as_("9a1-02", "activity/1?window=1"))
    until(lambda: page.wait_for_timeout(50) or held, "the page asks for its seat")
    assert "chưa bắt đầu" not in page.locator("main").inner_text()
    assert "#" not in page.url
    held[0].continue_()
    page.get_by_role("heading", name="Chờ thầy cô mở câu").wait_for()


@pytest.mark.slow
def test_the_end_says_how_far_a_pupil_has_come_once_a_job_knows(stage: Stage, lesson: Lesson) -> None:
    page = stage.context(**PHONE).new_page()
    stage.watch(page, "launched phone")
    told = "Phần “Vi-ét”: tiết 17/11 em đúng 2/4 câu, tiết 24/11 em đúng 4/4 câu. Em đang tiến lên so với chính mình."
    answers = [told, None]
    page.route("**/progress", lambda route: route.fulfill(json={"said": answers.pop()}))
    page.goto(stage.school.as_("9a1-03", "activity/1?window=1"))
    page.get_by_role("heading", name="Chờ thầy cô mở câu").wait_for()
    assert len(answers) == 2  # nothing is asked before the end
    lesson.end()
    page.locator("#rest #progress-end", has_text=told).wait_for()
    found = [*faults(page), *sideways(page)]
    assert not found, "\n".join(found)


def test_an_answer_under_way_is_not_shown_as_chosen_when_the_question_is_locked(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    pupil = Pupil.arrive(stage)
    line = Line.of(pupil)
    page = pupil.join(lesson.code).page
    open_next(projector)
    page.locator("button.answer").first.wait_for()
    line.is_mute = True
    pupil.answer("5")
    lock(projector)
    page.locator("#timer[data-closed]").wait_for()
    wears(page, "A", "unsent")
    assert not page.get_by_text("Em chọn").count()
    line.is_mute = False
    wears(page, "A", "locked")
    page.locator("button.answer", has_text="Em chọn").wait_for()


def test_one_question_from_waiting_to_the_end(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    pupil = Pupil.arrive(stage)
    line = Line.of(pupil)
    page = pupil.join(lesson.code).page
    pupil.says("Chờ thầy cô mở câu")
    open_next(projector)
    wears(page, "A", "open")
    assert page.get_by_text("Chọn một đáp án.").is_visible()
    line.is_cut = True
    pupil.answer("5")
    wears(page, "A", "sending")
    assert "Đang gửi" in page.locator("#status").inner_text()
    wears(page, "A", "unsent")  # nobody answers: the page does not claim what it does not know
    line.is_cut = False
    wears(page, "A", "saved")  # and asks again by itself
    assert "Đã lưu lúc" in page.locator("#announce").inner_text(), "it is said to those who cannot see it"
    pupil.answer("6")
    wears(page, "C", "saved")
    lock(projector)
    wears(page, "C", "locked")
    pupil.says("Câu đã khoá")
    assert page.locator("button.answer:not([aria-disabled=true])").count() == 0
    reveal(projector, "distribution")
    pupil.says("Cả lớp trả lời (1 em)")
    assert "Đáp án" not in page.locator("main").inner_text()
    reveal(projector, "key")
    wears(page, "A", "key")
    assert "Em chọn" in page.locator("button.answer[value=C]").inner_text()
    pupil.says("Câu trả lời của em khác đáp án.")
    lesson.end()
    pupil.says("Tiết học đã kết thúc")
    pupil.says("Câu trả lời của em đã lưu")


def test_without_network_and_back(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    pupil = Pupil.arrive(stage).join(lesson.code)
    page = pupil.page
    open_next(projector)
    wears(page, "A", "open")
    with pupil.offline():
        pupil.says("Mất mạng")
        pupil.answer("5")
        wears(page, "A", "unsent")
        pupil.says("Chưa gửi, sẽ tự gửi")
        kept(page, "waiting")
        assert told_answers(projector) == 0
    pupil.says("Đã lưu lúc")
    wears(page, "A", "saved")
    page.get_by_text("Mất mạng").wait_for(state="hidden")
    until(lambda: told_answers(projector) == 1, "the answer on the projector")
    pupil.watched.is_offline_expected = False
    page.reload()
    wears(page, "A", "saved")
    assert told_answers(projector) == 1, "a reload gives no second answer"


def test_saved_is_in_sight_on_a_small_phone(stage: Stage, lesson: Lesson) -> None:
    """Also where the last option stands below the edge."""
    pupil = Pupil.arrive(stage).join(lesson.code)
    page = pupil.page
    page.set_viewport_size({"width": 360, "height": 640})
    open_next(lesson.projector())
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    said, foot = page.locator("#status .banner").bounding_box(), page.locator(".ph-foot").bounding_box()
    assert said
    assert foot
    assert said["y"] + said["height"] <= foot["y"] + 1  # pages are told heights in whole pixels
    assert not page.evaluate("scrollY")


def test_an_answer_after_the_lock_is_late(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    pupil = Pupil.arrive(stage)
    line = Line.of(pupil)
    pupil.join(lesson.code)
    open_next(projector)
    wears(pupil.page, "A", "open")
    line.is_cut = True
    lock(projector)
    pupil.page.wait_for_timeout(Policy().grace_ms + 1000)
    pupil.answer("5")
    pupil.says("Chưa gửi, sẽ tự gửi")
    line.is_cut = False
    pupil.says("được ghi là nộp muộn")
    assert told_answers(projector) == 0


def test_taken_off_the_name(stage: Stage, lesson: Lesson) -> None:
    console = lesson.console()
    pupil = Pupil.arrive(stage).join(lesson.code, "Trần Hoài An")
    console.locator("#seats summary").click()
    console.locator("#seat-list li", has_text="Trần Hoài An").get_by_role("button").click()
    pupil.says("Tên này đang ở máy khác")
    assert pupil.page.locator("#rest[role=alert]").count() == 1
    pupil.page.get_by_role("link", name="Chọn lại tên").click()
    pupil.page.wait_for_url(f"**/j/{lesson.code}*")


def test_a_reload_in_the_middle_loses_nothing(stage: Stage, lesson: Lesson) -> None:
    """A cluster half done, a reload without network, the rest, and the network again."""
    projector = lesson.projector()
    pupil = Pupil.arrive(stage).join(lesson.code)
    page = pupil.page
    for _ in range(5):
        open_next(projector)
    statements = page.locator("#question fieldset")
    statements.first.wait_for()
    for n in range(3):
        statements.nth(n).get_by_text("Đúng", exact=True).click()
    pupil.says("Còn ý d.")
    page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    with pupil.offline():
        statements.nth(3).get_by_text("Sai", exact=True).click()
        pupil.says("Chưa gửi, sẽ tự gửi")
        page.reload()
        pupil.says("Chưa gửi, sẽ tự gửi")
        assert page.locator("#question input[name=d][value=false]").is_checked()
        page.locator(".ph-lesson", has_text="Toán 9A1").wait_for()
    pupil.says("Đã lưu lúc")
    pupil.watched.is_offline_expected = False
    page.locator(".ph-me", has_text="Bùi Quốc Việt").wait_for()  # nobody's name was kept: it comes with the network
    page.locator(".ph-foot .menu summary").click()
    page.get_by_role("button", name="Em đang ở nhà").click()
    page.locator("#chips", has_text="Ở nhà").wait_for()
    page.reload()
    pupil.says("Đã lưu lúc")
    checked = page.locator("#question input:checked").evaluate_all("all => all.map(i => i.name + i.value)")
    assert checked == ["atrue", "btrue", "ctrue", "dfalse"]


def test_a_browser_that_refuses_storage_says_so(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    pupil = Pupil.arrive(stage)
    pupil.context.add_init_script(NO_STORAGE)
    pupil.join(lesson.code)
    warning = pupil.page.get_by_text("Máy này không cho lưu tạm")
    warning.wait_for()
    open_next(projector)
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    assert warning.is_visible()
    with pupil.offline():
        pupil.answer("6")
        pupil.says("Chưa gửi, sẽ tự gửi")
    wears(pupil.page, "C", "saved")


def test_two_tabs_are_one_pupil(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    pupil = Pupil.arrive(stage).join(lesson.code)
    other = pupil.context.new_page()
    stage.watch(other, "second tab").is_offline_expected = True
    other.goto(pupil.page.url)
    open_next(projector)
    for page in (pupil.page, other):
        wears(page, "A", "open")
    pupil.page.bring_to_front()
    pupil.answer("5")
    wears(other, "A", "saved")
    with pupil.offline():
        pupil.answer("6")
        wears(pupil.page, "C", "unsent")
        pupil.page.close()
    wears(other, "C", "saved")  # the tab that is left offers what the other one left behind
    kept(other, "saved", "saved")
    until(lambda: told_answers(projector) == 1, "one answer on the projector")


def test_a_shared_phone_never_mixes_two_pupils(stage: Stage, lesson: Lesson) -> None:
    """An answer stays under the name of the pupil who gave it, unsent if need be, until that pupil is back."""
    first, second = "Bùi Quốc Việt", "Trần Hoài An"
    projector = lesson.projector()
    pupil = Pupil.arrive(stage)
    line = Line.of(pupil)
    pupil.join(lesson.code, first)
    open_next(projector)
    wears(pupil.page, "A", "open")
    line.is_cut = True
    pupil.page.evaluate(NO_FAREWELL)
    pupil.answer("5")
    pupil.says("Chưa gửi, sẽ tự gửi")
    pupil.page.close()
    pupil.page = pupil.context.new_page()
    stage.watch(pupil.page, "shared phone")
    sit_down_as(pupil, lesson, second)
    wears(pupil.page, "A", "open")
    assert pupil.page.locator("#status").inner_text() == ""
    pupil.page.wait_for_timeout(1000)
    assert told_answers(projector) == 0, "nobody else's answer was sent"
    pupil.answer("6")
    wears(pupil.page, "C", "saved")
    kept(pupil.page, "saved", "waiting")
    (waiting,) = [row for row in outbox(pupil.page) if row["state"] == "waiting"]
    (saved,) = [row for row in outbox(pupil.page) if row["state"] == "saved"]
    assert (waiting["value"], saved["value"]) == ("A", "C")
    assert waiting["owner"] != saved["owner"]
    sit_down_as(pupil, lesson, first)
    wears(pupil.page, "A", "saved")
    assert state(pupil.page, "C") == "open"
    until(lambda: told_answers(projector) == 2, "one answer of each")


def sit_down_as(pupil: Pupil, lesson: Lesson, name: str) -> None:
    page = pupil.page
    page.goto(f"{pupil.stage.school.tool}/j/{lesson.code}?all=1")
    page.get_by_role("link", name=name).click()
    page.get_by_text("Ở lớp").click()
    page.get_by_role("button", name="Vào lớp với tên này").click()
    page.wait_for_url(re.compile("/lesson"))
    page.locator(".ph-me", has_text=name).wait_for()


# --- networks that block or lose the socket ---------------------------------------------------------------------------


@dataclass
class Fence:
    """A network that takes sockets (a school's proxy), or none any more."""

    is_up: bool

    def join(self, phone: WebSocketRoute) -> None:
        if self.is_up:
            phone.close(code=4000, reason="blocked")  # what a page sees of a refused socket: it closes
        else:
            self.inside = phone.connect_to_server()
            self.phone = phone


def test_a_lesson_is_played_by_polling_where_sockets_are_blocked(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    pupil = Pupil.arrive(stage)
    fence = Fence(is_up=True)
    pupil.page.route_web_socket("**/live", fence.join)
    page = pupil.join(lesson.code).page
    pupil.says("Chờ thầy cô mở câu")
    open_next(projector)
    pupil.answer("6")
    wears(page, "C", "saved")
    kept(page, "saved")


NO_SOCKETS = "WebSocket = function () { throw new DOMException('not from a secure page', 'SecurityError'); }"


def test_a_browser_that_opens_no_socket_polls_on_after_a_while_without_a_line(stage: Stage, lesson: Lesson) -> None:
    """It looks now and then whether a socket opens, and that must not be the end of it."""
    projector = lesson.projector()
    pupil = Pupil.arrive(stage)
    pupil.watched.is_offline_expected = True
    pupil.page.add_init_script(NO_SOCKETS)
    page = pupil.join(lesson.code).page
    pupil.says("Chờ thầy cô mở câu")
    open_next(projector)
    wears(page, "A", "open")
    lost = list[str]()

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        (route.abort if len(lost) <= 3 else route.continue_)()

    page.route("**/frames", lose)
    until(lambda: page.wait_for_timeout(50) or len(lost) >= 3, "three polls in vain", 40.0)
    pupil.answer("6")
    until(lambda: [row["state"] for row in outbox(page)] == ["saved"], "the answer saved", 40.0)


def test_a_phone_that_comes_into_a_network_without_sockets_polls_by_itself(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    pupil = Pupil.arrive(stage)
    fence = Fence(is_up=False)
    pupil.page.route_web_socket("**/live", fence.join)
    page = pupil.join(lesson.code).page
    open_next(projector)
    wears(page, "A", "open")
    fence.is_up = True
    fence.phone.close(code=4000, reason="another network")
    pupil.answer("6")
    wears(page, "C", "saved")


def test_a_phone_that_lost_its_line_says_for_how_long_somebody_could_look_at_it(stage: Stage, lesson: Lesson) -> None:
    """And not that it was, while its page was hidden: that is no sign of anybody."""
    pupil = Pupil.arrive(stage)
    lines = Line.each_of(pupil)
    page = pupil.join(lesson.code).page
    pupil.says("Chờ thầy cô mở câu")
    for is_hidden in (False, True):
        known = len(lines)
        page.evaluate("is => Object.defineProperty(document, 'hidden', { value: is, configurable: true })", is_hidden)
        lines[-1].is_cut = True
        page.evaluate("dispatchEvent(new Event('online'))")
        until(
            lambda known=known: page.wait_for_timeout(50) or (len(lines) > known and lines[-1].awake is not None),
            "another hello",
        )
    first, looked_at, hidden = (line.awake for line in (lines[0], lines[1], lines[-1]))
    assert (first, hidden) == (0, 0)
    assert looked_at
    assert looked_at > 0


def test_an_open_socket_that_is_dead_is_left_for_a_new_one(stage: Stage, lesson: Lesson) -> None:
    """After a change of network nobody tells the page; the question that was opened meanwhile is there in seconds."""
    projector = lesson.projector()
    pupil = Pupil.arrive(stage)
    lines = Line.each_of(pupil)
    page = pupil.join(lesson.code).page
    pupil.says("Chờ thầy cô mở câu")
    lines[-1].is_cut = True
    open_next(projector)
    page.evaluate("dispatchEvent(new Event('online'))")
    wears(page, "A", "open")
    assert len(lines) >= 2
