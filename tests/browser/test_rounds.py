"""Vote, talk, vote again, seen from all sides; and what of it stays between a pupil and the teacher."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways
from tests.browser.school import Lesson, Pupil, Stage, until
from tests.browser.steps import open_next, reveal, told_answers
from tests.browser.test_kinds import CLOUD, HOTSPOT, OTHERS, Play, begun

ENDS = (
    "all => all.map((one) => one.getBoundingClientRect()).map(({ right, bottom }) => [right, bottom].map(Math.round))"
)
ROOM, HOME = "Đặng Thái An", "Trần Hoài An"


def vote(pupil: Pupil, letter: str) -> None:
    pupil.page.locator(f"button.answer[value={letter}]").click()
    pupil.says("Đã lưu lúc")


def test_two_who_disagree_talk_and_vote_again(stage: Stage, lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console()
    one = Pupil.arrive(stage).join(lesson.code, ROOM)
    other = Pupil.arrive(stage).join(lesson.code, HOME, "Ở nhà")
    open_next(projector)
    vote(one, "A")
    vote(other, "B")
    locked_and_unlocked(console)
    console.bring_to_front()
    console.locator("#lock[data-do=lock]").click()
    expect(console.locator("#undo")).to_be_visible()
    toast, bar = (console.locator(name).bounding_box() for name in ("#undo", "#act"))
    assert toast
    assert bar
    assert toast["y"] + toast["height"] <= bar["y"], "it lies over no button"
    expect(console.get_by_role("button", name="Mở lại câu")).to_have_count(1)
    console.locator(".co-top summary").click()
    console.locator(".menu-list [data-do=discuss]").click()
    console.get_by_role("button", name="Bắt đầu thảo luận").click()
    one.says(f"Trao đổi với {HOME}")
    other.says(f"Trao đổi với {ROOM}")
    assert HOME not in projector.locator("body").inner_text()
    assert faults(console, "light") == []
    console.locator("#lock[data-do=reask]").click()
    for pupil in (one, other):
        vote(pupil, "A")
    until(lambda: told_answers(projector) == 2, "both votes")
    reveal(projector, "key")
    expect(projector.locator("#now-more")).to_contain_text("1 em chuyển sang đúng")
    expect(projector.locator(".dist [data-option=B] b")).to_contain_text("1 → 0")
    in_columns(console)
    other.says("1 em chuyển sang đúng")
    dressed_as_one_likes(one)


def in_columns(console: Page) -> None:
    """Each option has a line of its own, at both widths of the console."""
    for size in ((1366, 768), (390, 844)):
        console.set_viewport_size({"width": size[0], "height": size[1]})
        ends = console.locator("#tally .dist > li > b").evaluate_all(ENDS)
        assert len(ends) > 1, "the options"
        assert len({x for x, _ in ends}) == 1 < len({y for _, y in ends}), ends


def locked_and_unlocked(console: Page) -> None:
    """A slip, taken back."""
    console.bring_to_front()
    console.locator("#lock[data-do=lock]").click()
    console.locator("#undo").get_by_role("button", name="Hoàn tác").click()
    console.locator("#undo").wait_for(state="hidden")
    expect(console.locator("#lock")).to_have_attribute("data-do", "lock")


def dressed_as_one_likes(pupil: Pupil) -> None:
    """Large text and contrast survive a reload; nothing scrolls sideways for it."""
    page = pupil.page
    page.locator(".ph-foot details.menu > summary").click()
    page.locator("#text-size").wait_for()
    page.locator("#text-size").click()
    page.locator("#text-size").click()
    page.locator("#contrast").click()
    expect(page.locator("#contrast")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("html[data-text='3'][data-contrast=high]")).to_have_count(1)
    pupil.says("Đáp án")
    assert sideways(page) == []
    assert faults(page) == []
    assert re.search("rất to", page.locator("#text-size").text_content() or "")


def test_the_plan_keeps_the_open_question_in_sight(lesson: Lesson) -> None:
    projector, console = lesson.projector(), lesson.console((1366, 420))
    for _ in range(5):
        open_next(projector)
    expect(console.locator("#plan [aria-current]", has_text="5")).to_be_in_viewport(ratio=1)


def true(page: Page) -> None:
    page.locator("#question fieldset").first.get_by_text("Đúng", exact=True).click()


def time_of_day(page: Page) -> None:
    page.locator("#answer").fill("9:30")
    page.get_by_role("button", name="Gửi").click()


STATEMENTS = [{"text": text, "key": True} for text in ("2 là số nguyên tố", "3 là số lẻ", "4 là số chẵn", "5 > 4")]
TWICE = (
    Play("cluster", {"statements": STATEMENTS}, true, "", ""),
    HOTSPOT,
    CLOUD,
    Play("short", {"accepted": ["9:30"]}, time_of_day, "", ""),
    *(play for play in OTHERS if play.name in ("poll", "matching")),
)


@pytest.mark.slow
def test_two_rounds_of_other_kinds_are_told_beside_each_other(desk: Stage) -> None:
    lesson = begun(desk, TWICE)
    projector, console = lesson.projector(), lesson.console()
    pupil = Pupil.arrive(desk).join(lesson.code)
    phone = pupil.page
    try:
        for play in TWICE:
            open_next(projector)
            for again in (False, True):
                phone.locator("#question form").wait_for()
                phone.locator("#status .banner-ok").wait_for(state="hidden")
                play.answer(phone)
                pupil.says("Đã lưu lúc")
                console.locator("#lock[data-do=lock]").click()
                if not again:
                    console.locator("[data-do=reask]:not([aria-disabled])").first.evaluate("one => one.click()")
                    console.locator("#lock[data-do=lock]").wait_for()
            told_on(console, play.name)
            assert not (found := [*faults(console), *sideways(console)]), f"{play.name}: " + "\n".join(found)
            console.set_viewport_size({"width": 1366, "height": 768})
            console.locator("[data-do=distribution]:not([aria-disabled])").first.click()
            phone.locator("#dist").wait_for()
            if play.name == "cluster":
                expect(projector.locator(".pj-said").first).to_have_text("Đúng 1 → 1 · Sai 0 → 0")
            assert not re.search(r"\b(true|false)\b", phone.locator("main").inner_text()), play.name
            assert not (found := [*faults(phone), *sideways(phone)]), f"{play.name}: " + "\n".join(found)
            phone.set_viewport_size({"width": 390, "height": 844})
    finally:
        lesson.end()


def told_on(console: Page, kind: str) -> None:
    tally = console.locator("#tally")
    if kind == "matching":
        expect(tally.locator(".grid-bars")).to_have_count(2)
    elif kind == "cloud":
        tally.get_by_role("button", name="Không hiện “Hoà bình”").wait_for()
    else:
        tally.locator(".dist b", has_text="1 → 1").first.wait_for()
    if kind == "hotspot":
        expect(tally.locator(".spots .spot-key")).to_have_text("1")
        expect(tally.locator(".dist li")).to_have_count(1)
    if kind == "short":
        tally.locator(".dist", has_text="9:30").wait_for()
    if kind in ("poll", "cluster"):
        in_columns(console)
        console.set_viewport_size({"width": 1366, "height": 768})
