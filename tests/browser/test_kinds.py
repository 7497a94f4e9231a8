"""Each kind on phone, console and projector, in a lesson of one family after the other; by tap, by key and by drag."""

import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from live_session.events import Answered
from live_session.store import log
from live_session.store.drivers import drive
from lti_tool.extensions import db
from lti_tool.models import LessonRun
from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Lesson, Pupil, Stage, Teacher, until
from tests.browser.steps import open_next, press, reveal, told_answers, where
from tests.browser.test_editor import arrange
from tests.lti_tool.lessons.test_slides import pdf

PHONE_PX = 48
FURTHER_KB = 15
"""What one more activity may take off the network until it is answered; also where groups are made after the opening,
and the phone is told of the activity before and after."""
TO_KEY_KB = 12
"""… and until its key is shown: the question's HTML is sent once a connection."""


class Play(NamedTuple):
    """One kind: what a teacher writes, what a pupil does, what then stands on console and projector."""

    name: str
    content: Mapping[str, Any]
    answer: Callable[[Page], None]
    console: str
    projector: str
    key: str = ""
    """The right answer as the phone tells it; empty where nothing is right or wrong."""
    seconds: int | None = None


# --- what a pupil does ----------------------------------------------------------------------------------------------


def by_keyboard(page: Page) -> None:
    """The last part goes to the first place, by its list of places; then the order as it stands is sent."""
    name = page.locator(".sort").last.get_attribute("data-field") or ""
    place = page.locator(f"select[name={name}]")
    place.focus()
    page.keyboard.press("1")
    expect(page.locator(".sort").first).to_have_attribute("data-field", name)
    expect(place).to_be_focused()
    page.get_by_role("button", name="Gửi thứ tự này").press("Enter")


def by_drag(page: Page) -> None:
    """The first part is dragged below the last."""
    first, last = page.locator(".sort").first, page.locator(".sort").last
    name = first.get_attribute("data-field") or ""
    drag(page, first.locator(".grip").bounding_box(), last.bounding_box())
    expect(page.locator(".sort").last).to_have_attribute("data-field", name)


def drag(page: Page, start: Any, end: Any) -> None:
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
    page.mouse.up()


def rows_by_tap(page: Page) -> None:
    """Every row but the last gets column A by a tap; the last is dragged to it."""
    rows = page.locator("#question fieldset")
    for n in range(rows.count() - 1):
        rows.nth(n).locator(".letters span").first.click()
    page.locator(".bin").first.scroll_into_view_if_needed()
    page.set_viewport_size({"width": 390, "height": 1600})
    last = rows.last
    drag(page, last.locator(".grip").bounding_box(), page.locator(".bin").first.bounding_box())
    expect(last.locator("input").first).to_be_checked()
    page.set_viewport_size({"width": 390, "height": 844})


def gaps(page: Page) -> None:
    page.locator("input.gap").first.fill("ha noi")
    page.get_by_role("button", name="Gửi câu trả lời").click()


def banked(page: Page) -> None:
    """One word is dragged to the second gap, one goes by a tap and one by a key to the next empty gap; what stands in a
    gap gives way to what is dragged there."""
    gap, word = page.locator("select.gap"), page.locator(".word")
    page.wait_for_function(LOADED, arg="/arrange.js")
    drag(page, word.filter(has_text="Hồng").bounding_box(), gap.nth(1).bounding_box())
    expect(gap.nth(1)).to_have_value("Hồng")
    expect(gap.nth(0)).to_have_value("")
    word.filter(has_text="Huế").tap()
    expect(gap.nth(0)).to_have_value("Huế")
    word.filter(has_text="Đông").press("Enter")
    expect(gap.nth(2)).to_have_value("Đông")
    word.filter(has_text="Huế").click()
    assert gap.evaluate_all("gaps => gaps.map((gap) => gap.value)") == ["Huế", "Hồng", "Đông"], "there is no empty gap"
    drag(page, word.filter(has_text="Hà Nội").bounding_box(), gap.nth(0).bounding_box())
    expect(gap.nth(0)).to_have_value("Hà Nội")
    gap.nth(2).select_option("")
    page.get_by_role("button", name="Gửi câu trả lời").click()


def words(page: Page) -> None:
    page.locator("#word-1").fill("Hoà bình")
    page.locator("#word-2").fill("đồ ngu")
    page.get_by_role("button", name="Gửi câu trả lời").click()


def ticket(page: Page) -> None:
    page.get_by_text("Em hiểu bài", exact=True).click()
    page.locator("#unclear").fill("Khi nào thì đổi dấu ạ?")
    page.get_by_role("button", name="Gửi câu trả lời").click()


def cell(page: Page) -> None:
    page.get_by_role("button", name="C2").focus()
    page.keyboard.press("Enter")


def short_answer(page: Page) -> None:
    page.locator("#answer").fill("hệ thức  vi-ét")
    page.get_by_role("button", name="Gửi").click()


def each_level(page: Page) -> None:
    """One criterion by a tap, the other by keys."""
    sets = page.locator("#question fieldset")
    sets.first.get_by_text("rõ", exact=True).click()
    sets.last.locator("input").first.focus()
    page.keyboard.press("Space")


def first_answer(page: Page) -> None:
    page.locator("button.answer").first.click()


LOADED = "name => performance.getEntriesByType('resource').some((one) => one.name.endsWith(name))"
ITEMS = ["Đọc đề", "Lập phương trình", "Giải phương trình", "Trả lời"]
ORDERING = Play("ordering", {"items": ITEMS}, by_keyboard, ".grid-bars li", ".grid-bars li", " → ")
FILL = Play(
    "fill", {"text": "Thủ đô là [[Hà Nội]], sông [[Hồng]]."}, gaps, ".grid-bars li", ".grid-bars li", "Hà Nội; Hồng"
)
BANK = Play(
    "fill",
    {"text": "Thủ đô là [[Hà Nội]], sông [[Hồng]], biển [[Đông]].", "bank": True, "others": ["Huế"]},
    banked,
    ".grid-bars li",
    ".grid-bars li",
    "Hà Nội; Hồng; Đông",
)
CLOUD = Play("cloud", {"words": 2, "blocked": ["ngu"]}, words, "li:has-text('Hoà bình')", "[data-word='hoà bình']")
COUNTED = "#tally:has(.dist li:has-text('C2')) .spots [data-heat='4']"
HOTSPOT = Play("hotspot", {"key": ["C2"]}, cell, COUNTED, ".spots [data-heat='4']", "C2")
PAIRS = [{"left": "Lào", "right": "Viêng Chăn"}, {"left": "Việt Nam", "right": "Hà Nội"}]
GROUPS = [{"name": "Động vật", "items": ["gà", "cá"]}, {"name": "Thực vật", "items": ["lúa"]}]
SLIDE = Play("slide", {}, first_answer, ".dist li", ".dist li:has-text('Em theo kịp')")
MEAN = ".grid-bars li:first-child[data-of='B']:has-text('vị trí trung bình 1,0')"
POLL = Play("poll", {"choices": ["Làm nhóm", "Làm một mình"]}, first_answer, ".dist li", ".dist li")
RANKING = Play("ranking", {"items": ITEMS[:3]}, by_drag, MEAN, MEAN)
END = ".dist li:first-child:has-text('1 · khó')"
RATING = Play("rating", {"low": "khó", "high": "dễ"}, first_answer, END, END)
OTHERS = (
    FILL,
    Play(
        "rubric",
        {"criteria": ["Lập luận | chưa rõ | rõ", "Trình bày"], "levels": ["Chưa đạt", "Đạt"], "about": "group"},
        each_level,
        ".grid-bars li",
        ".grid-bars li",
    ),
    SLIDE,
    Play("short", {"accepted": ["Hệ thức Vi-ét"]}, short_answer, ".dist li", ".dist li", "Hệ thức Vi-ét"),
    Play("matching", {"pairs": PAIRS}, rows_by_tap, ".grid-bars li", ".grid-bars li", "1–"),
    Play("categorise", {"groups": GROUPS}, rows_by_tap, ".grid-bars li", ".grid-bars li", "1–"),
    POLL,
    RATING,
    RANKING,
    Play("exit", {}, ticket, "#texts .pre:has-text('Khi nào thì đổi dấu')", ".dist li"),
)


# --- what a teacher does --------------------------------------------------------------------------------------------

SAVE = """async ({ address, change }) => {
  const { token } = JSON.parse(document.querySelector("#boot").textContent);
  const headers = { "Content-Type": "application/json", Accept: "application/json", Authorization: `Bearer ${token}` };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(change) });
  return answer.json();
}"""


def write(page: Page, plays: tuple[Play, ...]) -> None:
    """A lesson of these, each added in the editor and saved as the editor saves it."""
    page.get_by_role("button", name="Soạn tiết học").click()
    for play in plays:
        if page.locator("#plan").count():
            page.locator("nav[aria-label='Các câu trong tiết'] > .menu > summary").click()
        page.locator(f".kind:visible[value={play.name}]").first.click()
        page.locator(f"#activity[data-kind={play.name}]").wait_for()
        page.wait_for_load_state()
        content = {"prompt": f"Câu hỏi {play.name}", "explanation": "", **play.content}
        if play.name in ("hotspot", "slide"):
            content["image"] = {"id": add_picture(page), "alt": "Một hình vuông"}
        change = {"title": "", "points": 1, "seconds": play.seconds, "objective": None, "content": content}
        address = page.locator("#activity").get_attribute("data-save")
        said = page.evaluate(SAVE, {"address": address, "change": change})
        assert said["faults"] == {}, said
        page.reload()
        expect(page.locator(".error:visible")).to_have_count(0)


def add_picture(page: Page) -> str:
    drawn = BytesIO()
    Image.new("RGB", (600, 400), "#7db8a9").save(drawn, "PNG")
    page.locator("#picture").set_input_files({"name": "hinh.png", "mimeType": "image/png", "buffer": drawn.getvalue()})
    page.locator("#picture-shown[data-id]:visible").wait_for()
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    return page.locator("#picture-shown").get_attribute("data-id") or ""


def begun(stage: Stage, plays: tuple[Play, ...]) -> Lesson:
    """A lesson of these, written in the editor."""
    teacher = Teacher.arrive(stage)
    page = teacher.page
    write(page, plays)
    page.get_by_role("link", name="Xong", exact=True).click()
    return teacher.begin()


def played(stage: Stage, plays: tuple[Play, ...]) -> None:
    """A lesson of these from the editor to the report."""
    lesson = begun(stage, plays)
    projector, console = lesson.projector(), lesson.console()
    pupil = Pupil.arrive(stage).join(lesson.code)
    try:
        for play in plays:
            play_one(play, projector, console, pupil)
    finally:
        lesson.end()


def play_one(play: Play, projector: Page, console: Page, pupil: Pupil) -> None:
    pupil.watched.forget()
    open_next(projector)
    pupil.page.locator("#question form").wait_for()
    found = [*faults(pupil.page), *small_targets(pupil.page, PHONE_PX), *sideways(pupil.page)]
    pupil.page.set_viewport_size({"width": 390, "height": 844})
    assert not found, f"{play.name}: " + "\n".join(found)
    play.answer(pupil.page)
    pupil.says("Đã lưu lúc")
    assert (cost := of_its_own(pupil)) <= FURTHER_KB, f"{play.name}: {cost:.1f} kB from its opening to its answer"
    console.locator(play.console).first.wait_for()
    if play.name == "cloud":
        projector.locator(play.projector).wait_for()
        assert "ngu" not in projector.locator("#main").inner_text(), "blocked words are never shown"
    reveal(projector, "distribution")
    projector.locator(play.projector).first.wait_for()
    assert "Bùi" not in projector.locator("body").inner_text()
    assert "Đáp án" not in pupil.page.locator("main").inner_text()
    found = [*faults(projector), *faults(console)]
    assert not found, f"{play.name}: " + "\n".join(found)
    if play.key:
        reveal(projector, "key")
        pupil.says("Đáp án:")
        assert play.key in pupil.page.locator("#status").inner_text()
    assert (cost := of_its_own(pupil)) <= TO_KEY_KB, f"{play.name}: {cost:.1f} kB from its opening to its key"


def of_its_own(pupil: Pupil) -> float:
    """What it cost in kB besides its picture, and what the worker fetches once a version."""
    return pupil.watched.kilobytes("/pictures/", is_worker_counted=False)


def test_one_kind_of_each_family(desk: Stage) -> None:
    played(desk, (HOTSPOT, BANK, ORDERING, CLOUD))


@pytest.mark.slow
def test_the_other_kinds(desk: Stage) -> None:
    played(desk, OTHERS)


@pytest.mark.slow
def test_what_a_class_ranked_and_rated_is_told_in_order_and_in_words_on_every_screen(desk: Stage) -> None:
    lesson = begun(desk, (RANKING, RATING))
    projector = lesson.projector()
    pupil = Pupil.arrive(desk).join(lesson.code)
    try:
        for play in (RANKING, RATING):
            play_one(play, projector, lesson.console((390, 844)), pupil)
            pupil.page.locator(play.projector).wait_for()
    finally:
        lesson.end()
    report = lesson.teacher.page
    until(lambda: report.reload() and "1 · khó" in report.content(), "the report's words of the scale")


@pytest.mark.slow
def test_a_word_is_taken_off_the_wall_by_one_press_and_put_back(desk: Stage) -> None:
    lesson = begun(desk, (CLOUD,))
    projector, console = lesson.projector(), lesson.console((390, 844))
    pupil = Pupil.arrive(desk).join(lesson.code)
    try:
        open_next(projector)
        pupil.page.locator("#word-1").fill("x:ấ:u")
        pupil.page.locator("#word-2").fill("9:30")
        pupil.page.get_by_role("button", name="Gửi câu trả lời").click()
        projector.locator("[data-word='x:ấ:u']").wait_for()
        hide = console.get_by_role("button", name="Không hiện “x:ấ:u”")
        hide.wait_for()
        found = [*faults(console), *small_targets(console, 44), *sideways(console)]
        console.set_viewport_size({"width": 390, "height": 844})
        assert not found, "\n".join(found)
        hide.click()
        expect(projector.locator("[data-word]")).to_have_count(1)
        expect(hide).to_have_count(0)
        assert "x:ấ:u" not in pupil.page.locator("main").inner_text()
        back = "Hiện lại “x:ấ:u”"
        other = Teacher.arrive(desk, "thay-thanh")
        other.page.get_by_role("link", name=re.compile("đang mở|đang diễn ra|Vào tiết")).first.click()
        other.page.wait_for_url(re.compile("/runs/"))
        second = Lesson(other, other.page.url, lesson.code).console()
        second.get_by_role("button", name=back).wait_for()
        assert not (found := [*faults(second), *sideways(second)]), "\n".join(found)
        console.reload()
        console.get_by_role("button", name=back).click()
        expect(projector.locator("[data-word]")).to_have_count(2)
        expect(second.get_by_role("button", name=back)).to_have_count(0)
        second.get_by_role("button", name="Không hiện “x:ấ:u”").click()
        expect(projector.locator("[data-word]")).to_have_count(1)
        reveal(projector, "distribution")
        console.reload()
        console.get_by_role("button", name=back).wait_for()
        assert "x:ấ:u" not in projector.locator("body").inner_text() + pupil.page.locator("main").inner_text()
    finally:
        lesson.end()


@pytest.mark.slow
def test_the_right_place_stays_marked_beside_the_explanation(desk: Stage) -> None:
    lesson = begun(desk, (HOTSPOT._replace(content={**HOTSPOT.content, "explanation": "Hai đường chéo cắt nhau."}),))
    projector, console = lesson.projector(), lesson.console((390, 844))
    pupil = Pupil.arrive(desk).join(lesson.code)
    open_next(projector)
    expect(console.locator("#tally .spots li")).to_have_count(24)
    cell(pupil.page)
    pupil.says("Đã lưu lúc")
    expect(console.locator("#tally .spots .spot-key")).to_have_text("1")
    expect(console.locator("#tally .dist li")).to_have_count(1)
    assert not (found := [*faults(console), *sideways(console)]), "\n".join(found)
    reveal(projector, "key")
    press(projector)
    projector.locator(".pj-why", has_text="Hai đường chéo").wait_for()
    expect(projector.locator(".spots .spot-key")).to_have_text("1")
    lesson.end()


@pytest.mark.slow
def test_pages_of_a_pdf_are_shown_with_a_question_between_them(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    write(page, (CLOUD,))
    page.locator("#pdf").set_input_files(
        {"name": "bai.pdf", "mimeType": "application/pdf", "buffer": pdf("One", "Two")}
    )
    plan = page.locator("#plan li")
    expect(plan).to_have_count(3)
    expect(page.locator("#activity[data-kind=slide]")).to_be_visible()
    arrange(page, "Chuyển lên")
    expect(plan.first).to_contain_text("One")
    page.get_by_role("link", name="Xong", exact=True).click()
    lesson = teacher.begin()
    projector, console = lesson.projector(), lesson.console()
    pupil = Pupil.arrive(desk).join(lesson.code)
    try:
        for number, text in enumerate(("One", "", "Two"), 1):
            open_next(projector)
            pupil.page.locator(f"#title:has-text('{number}/3')").wait_for()
            if not text:
                continue
            for screen in (projector.locator("#main img"), pupil.page.locator("#question img")):
                expect(screen).to_have_attribute("alt", re.compile(text))
                assert screen.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
            first_answer(pupil.page)
            pupil.says("Đã lưu lúc")
            console.locator(".dist li").first.wait_for()
            assert not (found := [*faults(pupil.page), *sideways(pupil.page), *faults(projector)]), "\n".join(found)
    finally:
        lesson.end()


WATCH = """(chosen) => {
  window.gone = [];
  new MutationObserver((all) => all.forEach(({ removedNodes }) => {
    const taken = [...removedNodes].flatMap((node) => [node, ...(node.querySelectorAll?.(chosen) ?? [])]);
    const gone = taken.filter((node) => node.matches?.(chosen) && !node.isConnected);
    window.gone.push(...gone.map(({ textContent }) => textContent));
  })).observe(document.querySelector("#main"), { childList: true, subtree: true });
}"""
"""Tells afterwards what was taken off a screen while it was drawn anew."""


FALLS = """(names) => {
  const now = () => names.map((name) => [...document.querySelectorAll(name)]);
  const told = (one) => (one.matches("rect") ? one.getAttribute("width") : one.nextElementSibling.textContent);
  const size = (one) => parseFloat(told(one) || "0");
  const first = now().map((all) => all.map((one) => [one, size(one)]));
  window.fallen = [];
  window.drawn = 0;
  new MutationObserver(() => {
    window.drawn += 1;
    first.forEach((all, which) => all.forEach((held) => {
      const [one, was] = held;
      if (!one.isConnected) window.fallen.push(`${names[which]} was replaced`);
      else if (size(one) < was - 0.001) window.fallen.push(`${names[which]} fell from ${was} to ${size(one)}`);
      held[1] = size(one);
    }));
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["width"] });
  return first.map((all) => all.length);
}"""
"""Tells afterwards what of these bars fell or was drawn anew by another element; how many of each there are. One of a
distribution is a share of those who have answered, and may shrink while its count, which stands after it, does not."""


OUT_OF_SIGHT = """() => [...document.querySelectorAll("#tally .dist > li > :is(b, .bar)")].filter((one) => {
  const { left, right } = one.getBoundingClientRect();
  return right > innerWidth - 16 || right - left < 5;
}).length"""
COVERED = """() => {
  const { left, top } = document.querySelector(".pw-more").getBoundingClientRect();
  const cards = [...document.querySelectorAll(".pw li:not([hidden])")].map((one) => one.getBoundingClientRect());
  return cards.filter(({ right, bottom }) => right > left && bottom > top).length;
}"""


@pytest.mark.slow
def test_a_cloud_and_a_board_grow_in_place_while_a_class_answers(desk: Stage) -> None:
    """Nothing that stands on the screen in the room is taken off and put there again: it would flicker."""
    lesson = begun(
        desk, (CLOUD, Play("board", {"approve": False, "columns": ["Em hiểu", "Em hỏi"]}, first_answer, "", ""))
    )
    projector, console = lesson.projector(), lesson.console((390, 844))
    with desk.school.running("phones", "--count", "38", "--code", lesson.code, *AT_ONCE):
        expect(projector.locator("#count")).to_contain_text("38")
        for chosen in ("[data-word]", ".pw li"):
            open_next(projector)
            projector.evaluate(WATCH, chosen)
            until(lambda: told_answers(projector) == 38, "the class has answered")
            projector.locator(chosen).first.wait_for()
            assert projector.evaluate("window.gone") == [], chosen
            if chosen == "[data-word]":
                console.locator("#tally .dist b").first.wait_for()
                assert console.evaluate(OUT_OF_SIGHT) == 0, "long words leave their bars and counts in sight"
        expect(projector.locator(".pw li")).to_have_count(38)  # no post moves the first any more
        expect(projector.locator(".pw-more")).to_be_visible()
        until(lambda: projector.evaluate(COVERED) == 0, "no card lies under what says how many more there are")
        first = projector.locator(".pw-column").first.locator("li:visible").first
        number = first.get_attribute("data-n") or ""
        projector.keyboard.press("ArrowDown")
        expect(first).not_to_have_attribute("data-n", number)
        assert where(projector) == "Câu 2/2", "the lesson stands where it stood"
        projector.keyboard.press("ArrowUp")
        expect(first).to_have_attribute("data-n", number)
    lesson.end()


GROWING = """() => {
  window.grown = 0;
  document.addEventListener("animationstart", () => { window.grown += 1; }, true);
}"""
"""Counts from now on the bars that grow from 0."""


@pytest.mark.slow
def test_bars_stay_while_late_answers_come(desk: Stage) -> None:
    """An answer that was given in time and comes after the distribution is up lengthens its bar; none grows anew."""
    lesson = begun(desk, (SURE,))
    projector, console = lesson.projector(), lesson.console()
    pupils = [Pupil.arrive(desk).join(lesson.code), Pupil.arrive(desk).join(lesson.code, "Trần Hoài An", "Ở nhà")]
    try:
        open_next(projector)
        pupils[0].page.locator("button.answer[value=A]").click()
        pupils[0].says("Đã lưu lúc")
        with pupils[1].offline():
            pupils[1].page.locator("button.answer[value=B]").click()
            pupils[1].says("Chưa gửi")
            reveal(projector, "distribution")
            projector.locator(".dist li").first.wait_for()
            projector.wait_for_function("() => document.getAnimations().every((one) => one.playState !== 'running')")
            projector.evaluate(WATCH, ".dist, .dist li, .dist .bar")
            projector.evaluate(GROWING)
            console.evaluate("() => { document.querySelector('#tally .dist').stays = true; }")
        expect(projector.locator(".dist [data-option=B] b")).to_have_text("1 em")
        assert projector.evaluate("window.gone") == []
        assert projector.evaluate("window.grown") == 0
        expect(projector.locator(".dist [data-option=B] .bar rect")).to_have_attribute("width", "50%")
        expect(console.locator("#tally .dist li").nth(1).locator("b").first).to_have_text("1")
        assert console.evaluate("document.querySelector('#tally .dist').stays")
    finally:
        lesson.end()


@pytest.mark.slow
def test_how_sure_one_is_goes_with_the_answer_and_to_the_teacher_alone(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    write(page, (SURE,))
    page.locator("[data-terms=asks_confidence]").check()
    expect(page.locator("#preview")).to_contain_text("Em chắc đến đâu?")
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    page.get_by_role("link", name="Xong", exact=True).click()
    lesson = teacher.begin()
    projector, console = lesson.projector(), lesson.console()
    pupil = Pupil.arrive(desk).join(lesson.code)
    try:
        open_next(projector)
        expect(pupil.page.locator("#sure")).to_be_hidden()
        pupil.page.locator("button.answer[value=A]").click()
        pupil.says("Em chắc đến đâu? Chạm một mức ở trên, hoặc bỏ qua.")
        pupil.page.locator("#sure").get_by_role("button", name="Rất chắc").click()
        expect(pupil.page.locator("#sure [aria-pressed=true]")).to_have_text("Rất chắc")
        expect(console.locator("[data-cell=wrong_sure] b")).to_have_text("1")
        found = [*faults(pupil.page), *small_targets(pupil.page, PHONE_PX), *sideways(pupil.page), *faults(console)]
        reveal(projector, "key")
        pupil.says("Đáp án")
        assert "chắc" not in projector.locator("body").inner_text()
        assert not found, "\n".join(found)
    finally:
        lesson.end()


SURE = Play("single", {"options": [{"text": "3"}, {"text": "5"}], "key": ["B"]}, first_answer, "", "")
NUMBER = Play("number", {"answer": "-2.5", "unit": "m"}, first_answer, "", "")


@pytest.mark.slow
def test_each_screen_writes_numbers_in_its_own_language(desk: Stage) -> None:
    lesson = begun(desk, (NUMBER,))
    ours = lesson.projector()
    pupils = [Pupil.arrive(desk).join(lesson.code), Pupil.arrive(desk).join(lesson.code, "Trần Hoài An")]
    abroad = pupils[1].page
    abroad.locator("footer summary").click()
    abroad.locator("#place").get_by_text("English").click()
    expect(abroad.locator("html")).to_have_attribute("lang", "en")
    page = lesson.teacher.page
    page.get_by_role("button", name="English").click()
    console = lesson.teacher.window("console", "Open the console", (1366, 768))
    theirs = lesson.teacher.window("projector", "Open the projector", (1280, 720))
    try:
        open_next(ours)
        for pupil in pupils:
            pupil.page.locator("#answer").fill("-2,5")
            pupil.page.locator("#question .btn-primary").click()
            pupil.page.get_by_text(re.compile("Đã lưu lúc|Saved at")).first.wait_for()
        expect(console.locator(".dist li em")).to_have_text("−2.5")
        reveal(ours, "distribution")
        for where, said in ((ours, "−2,5"), (theirs, "−2.5"), (pupils[0].page, "−2,5"), (abroad, "−2.5")):
            expect(where.locator(".dist li", has_text=said)).to_have_count(1)
        reveal(ours, "key")
        for where, said in ((ours, "−2,5 m"), (theirs, "−2.5 m"), (pupils[0].page, "−2,5 m"), (abroad, "−2.5 m")):
            where.get_by_text(said).first.wait_for()
        expect(console.locator("#tally")).to_contain_text("−2.5 m")
    finally:
        page.get_by_role("button", name="Tiếng Việt").click()
        lesson.end()


DRAWING = Play("drawing", {"paper": "grid"}, first_answer, "#texts img", "")
PHOTO = Play("photo", {}, first_answer, "#texts img", "")
INK = """canvas => {
  const copy = new OffscreenCanvas(960, 720).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  return [...copy.getImageData(0, 0, 960, 720).data].filter((v, n) => n % 4 === 0 && v < 60).length;
}"""
"""How many points of a canvas are dark."""


def test_a_drawing_by_mouse_without_network_and_by_keys(desk: Stage) -> None:
    lesson = begun(desk, (DRAWING, PHOTO))
    projector, console = lesson.projector(), lesson.console()
    pupil = Pupil.arrive(desk).join(lesson.code)
    page = pupil.page
    try:
        open_next(projector)
        canvas = page.locator("canvas")
        canvas.wait_for()
        found = [*faults(page), *small_targets(page, PHONE_PX), *sideways(page)]
        page.set_viewport_size({"width": 390, "height": 844})
        assert not found, "\n".join(found)
        page.get_by_role("button", name="Gửi").click()
        page.get_by_text("Em vẽ, hoặc tả bằng lời").wait_for()
        box = canvas.bounding_box()
        assert box
        corner = {"x": box["x"] + 20, "y": box["y"] + 20, "width": 0, "height": 0}
        with pupil.offline():
            drag(page, corner, box)
            page.get_by_role("button", name="Gửi").click()
            pupil.says("Chưa gửi, sẽ tự gửi")
        pupil.says("Đã lưu lúc")
        console.locator("#texts img").first.wait_for()
        canvas.focus()
        for key in (" ", "ArrowRight", "ArrowDown", "ArrowDown", " "):
            page.keyboard.press(key)
        before = canvas.evaluate(INK)
        assert before > 300
        page.reload()
        page.locator("canvas").wait_for()
        page.wait_for_function(f"() => ({INK})(document.querySelector('canvas')) > 100")
        open_next(projector)
        page.locator("[data-photo]").wait_for()
        shot = BytesIO()
        Image.new("RGB", (3000, 2000), "#7db8a9").save(shot, "JPEG")
        page.locator("[data-photo] input").set_input_files(
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": shot.getvalue()}
        )
        page.locator("[data-photo] img:visible").wait_for()
        sent = pupil.watched.requests
        sent.clear()
        page.get_by_role("button", name="Gửi").click()
        pupil.says("Đã lưu lúc")
        photo = b"".join(r.post_data_buffer or b"" for r in sent if r.url.endswith("/live/content"))
        assert max(Image.open(BytesIO(photo)).size) == 1600, "shrunk on the phone, before it costs its way"
        console.locator("#texts img").first.wait_for()
        assert not (found := [*faults(projector), *faults(console)]), "\n".join(found)
    finally:
        lesson.end()


BURST_SECONDS = 2.0
LATE_SECONDS = 1.0
"""What a crowded machine may add between a phone's tap and its composing: the answers still come 20 a second."""
AT_ONCE = ("--answers", "uniform", "--median", "1", "--share", "1", "--change", "0", "--over", "1")
"""All answer once, evenly within twice the median."""


@pytest.mark.slow
def test_bars_grow_and_never_flicker_while_forty_answer_within_two_seconds(desk: Stage) -> None:
    """On the projector how many have answered, on the console the distribution: no bar falls, none is replaced."""
    lesson = begun(desk, (POLL, RATING))
    projector, console = lesson.projector(), lesson.console((390, 844))
    with desk.school.running("phones", "--count", "40", "--code", lesson.code, *AT_ONCE):
        expect(projector.locator("#count")).to_contain_text("40")
        for n, options in ((1, 2), (2, 5)):
            open_next(projector)
            expect(console.locator("#tally .dist .bar")).to_have_count(options)
            assert projector.evaluate(FALLS, ["#bar-room", "#bar-home"]) == [1, 1]
            assert console.evaluate(FALLS, ["#tally .dist .bar"]) == [options]
            until(lambda: told_answers(projector) == 40, "the class has answered")
            until(lambda: sum(map(int, console.locator("#tally .dist b").all_inner_texts())) == 40, "on the console")
            for screen in (projector, console):
                assert screen.evaluate("window.fallen") == []
                assert screen.evaluate("window.drawn") > 1, "it grew while the class answered"
            assert burst(desk, n) <= BURST_SECONDS + LATE_SECONDS
    lesson.end()


def burst(stage: Stage, number: int) -> float:
    """Seconds between the first and the last answer to this question of the newest lesson, as the server took them."""
    with stage.school.app.app_context():
        run_id = db.session.scalars(select(LessonRun.run_id).order_by(LessonRun.started_at.desc())).first()
        entries = drive(db.session.connection(), log.read(str(run_id)))
    answers = [entry for entry in entries if isinstance(entry.event, Answered)]
    asked = list(dict.fromkeys(entry.event.activity for entry in answers))[number - 1]
    at = [entry.at for entry in answers if entry.event.activity == asked]
    assert len(at) == 40
    return (max(at) - min(at)) / 1000
