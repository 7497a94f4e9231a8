"""Everybody can read and press every screen: axe-core, sizes of targets, 320 px, text at 200 %, light and dark."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page

from tests.browser.looking import faults, sideways, small_targets, unseen_focus
from tests.browser.school import Lesson, Pupil, Stage, Teacher
from tests.browser.steps import open_next, reveal

PHONE_PX, LAPTOP_PX = 48, 44
DECK = ("single", "true_false", "single again", "multiple", "cluster", "number", "open")
QUICK = "short"


@dataclass
class Findings:
    """What was found wrong, with where; all of it is told at the end of a walk."""

    said: list[str] = field(default_factory=list)

    def note(self, where: str, found: list[str]) -> None:
        self.said += [f"{where}: {one}" for one in found]

    def phone(self, page: Page, where: str) -> None:
        self.note(where, faults(page))
        self.note(where, small_targets(page, PHONE_PX))
        self.note(where, sideways(page))
        self.note(where, sideways(page, 390, text=200))

    def console(self, page: Page, where: str) -> None:
        self.note(where, faults(page))
        self.note(where, small_targets(page, LAPTOP_PX))
        self.note(where, sideways(page, 1366))
        self.note(where, sideways(page))
        self.note(where, sideways(page, 390, text=200))

    def projector(self, page: Page, where: str) -> None:
        self.note(where, faults(page, "dark"))
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", "always light"


@contextmanager
def findings() -> Iterator[Findings]:
    found = Findings()
    yield found
    assert not found.said, "\n".join(found.said)


def test_coming_in(stage: Stage, lesson: Lesson) -> None:
    pupil = Pupil.arrive(stage)
    with findings() as found:
        pupil.page.goto(f"{stage.school.tool}/j")
        found.phone(pupil.page, "code")
        assert not unseen_focus(pupil.page, 3)
        pupil.page.goto(f"{stage.school.tool}/j/{lesson.code}")
        found.phone(pupil.page, "names")
        pupil.page.get_by_role("link", name="Bùi Quốc Việt").click()
        pupil.page.wait_for_url(re.compile(r"/j/\d+/\d+"))
        found.phone(pupil.page, "confirm")
        assert not unseen_focus(pupil.page, 4)
        pupil.join(lesson.code, "Trần Hoài An", "Ở nhà")
        found.phone(pupil.page, "waiting")
        found.note("start", faults(lesson.teacher.page))
        found.note("start", sideways(lesson.teacher.page))


@pytest.mark.parametrize("deck", [DECK[:2], pytest.param(DECK, marks=pytest.mark.slow)], ids=["two", "all"])
def test_every_kind_on_all_screens(stage: Stage, lesson: Lesson, deck: tuple[str, ...]) -> None:
    projector, console = lesson.projector(), lesson.console()
    pupil = Pupil.arrive(stage).join(lesson.code)
    with findings() as found:
        found.console(console, "lobby")
        found.projector(projector, "join")
        for number, kind in enumerate((*deck, QUICK), 1):
            if kind == QUICK:
                console.locator(".co-plan [data-do=ask]").click()
                console.locator(f"#ask [value={QUICK}]").click()
            else:
                open_next(projector)
            pupil.page.locator(f"#title:has-text('{number}/')").wait_for()
            if kind == "single again":
                continue
            found.phone(pupil.page, f"{kind}, open")
            answer(pupil, kind)
            found.note(f"{kind}, saved", faults(pupil.page))
            if number == 1:
                found.projector(projector, "question")
                found.console(console, "question")
                assert not unseen_focus(pupil.page, 8)
                assert not unseen_focus(console, 12)
            if kind not in ("open", QUICK):
                reveal(projector, "key")
                pupil.says("Đáp án")
                found.note(f"{kind}, key", faults(pupil.page))
                found.projector(projector, f"{kind}, key")
            elif kind == "open":
                found.note(kind, faults(console))


def answer(pupil: Pupil, kind: str) -> None:
    """Something, whatever the kind."""
    page = pupil.page
    if kind == "cluster":
        page.locator("#question fieldset").first.get_by_text("Sai", exact=True).click()
    elif kind in ("number", "open", QUICK):
        page.locator("#answer").fill("8")
        page.locator("#question .btn-primary").click()
    else:
        page.locator("button.answer").last.click()
    pupil.says("Đã lưu lúc")


NARROW_PAGES = (
    "",
    "course",
    "roster",
    "slips",
    "cards",
    "class",
    "marks",
    "periods",
    "periods/new",
    "evidence",
    "bank",
)


@pytest.mark.slow
def test_the_desk_on_a_narrow_phone(stage: Stage) -> None:
    """No page scrolls sideways, nor with text twice as large; where one is stands in sight in the bar of links."""
    teacher = Teacher.arrive(stage)
    page = teacher.page
    page.set_viewport_size({"width": 360, "height": 640})
    with findings() as found:
        for path in NARROW_PAGES:
            page.goto(teacher.home + path)
            found.note(path or "home", [*sideways(page, 360), *sideways(page, 320, text=200)])
            current = page.locator(".nav [aria-current]")
            if current.count():
                box = current.bounding_box()
                assert box
                assert 0 <= box["x"] <= 360 - box["width"], path


def test_what_was_saved_stays_in_sight_above_the_footer_of_a_short_screen(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    pupil = Pupil.arrive(stage, viewport={"width": 360, "height": 640}).join(lesson.code)
    open_next(projector)
    pupil.page.locator("button.answer").first.click()
    pupil.says("Đã lưu lúc")
    parts = (".status", ".status .banner-ok", ".ph-foot")
    strip, banner, foot = (pupil.page.locator(one).bounding_box() for one in parts)
    assert strip
    assert banner
    assert foot
    assert strip["width"] == 360, "across the page, not over a part of an option"
    assert abs(strip["y"] + strip["height"] - foot["y"]) <= 1
    assert foot["y"] - banner["y"] - banner["height"] >= 7, "with room between what was saved and the buttons"


def test_the_pages_of_the_desk(stage: Stage) -> None:
    teacher = Teacher.arrive(stage)
    page = teacher.page
    with findings() as found:
        found.note("home", faults(page))
        page.locator("a[href*='/lessons/']").first.click()
        page.wait_for_url(re.compile("/lessons/"))
        found.note("editor", faults(page))
        found.note("editor", sideways(page))
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(page.url.partition("?")[0] + "/preview")
        found.phone(page, "preview")
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(teacher.home)
        page.get_by_role("link", name="Ngân hàng câu hỏi").click()
        page.wait_for_url(re.compile("/bank"))
        found.note("bank", faults(page))
        found.note("bank", sideways(page))
        page.goto(teacher.home)
        page.locator("a[href$='/report']").first.click()
        page.wait_for_url(re.compile("/report"))
        found.note("report", faults(page))
        head = Teacher.arrive(stage, "thay-duc")
        head.page.goto(head.home.rstrip("/").rpartition("/l/")[0] + "/l/" + visit_of(head.home) + "/department")
        found.note("department", faults(head.page))
        found.note("department", sideways(head.page))


def visit_of(address: str) -> str:
    return address.rpartition("/l/")[2].split("/")[0]


def test_motion_stops_where_it_is_not_wanted(stage: Stage, lesson: Lesson) -> None:
    pupil = Pupil.arrive(stage, reduced_motion="reduce")
    projector = lesson.projector()
    projector.emulate_media(reduced_motion="reduce")
    open_next(projector)
    pupil.join(lesson.code)
    answer(pupil, "single")
    reveal(projector, "distribution")
    pupil.says("Cả lớp trả lời")
    moving = """() => [...document.querySelectorAll("*")].filter((node) => {
      const { animationName, animationDuration, transitionDuration } = getComputedStyle(node);
      return (animationName !== "none" && parseFloat(animationDuration) > 0) || parseFloat(transitionDuration) > 0;
    }).map((node) => node.outerHTML.slice(0, 80))"""
    assert pupil.page.evaluate(moving) == []
    assert projector.evaluate(moving) == []


BAD = """<!doctype html><html lang="vi"><title>x</title><main><h1>x</h1>
<p style="color:#ccc;background:#fff">nhạt</p><button style="width:20px;height:20px;outline:0!important">x</button>
<div style="width:2000px">rộng</div></main></html>"""


def test_what_is_wrong_is_found(stage: Stage) -> None:
    """The measures themselves: a page with one fault of each kind."""
    page = stage.context(viewport={"width": 390, "height": 844}).new_page()
    page.set_content(BAD)
    assert any("color-contrast" in one for one in faults(page, "light"))
    assert len(small_targets(page, LAPTOP_PX)) == 1
    assert sideways(page)
    assert unseen_focus(page, 1)


IDS = re.compile(r"\d+|[0-9a-f]{12,}")
MOST_PAGES = 60


@pytest.mark.slow
@pytest.mark.parametrize("who", ["co-ha", "thay-duc", "9a1-01"])
def test_every_page_that_a_link_leads_to(stage: Stage, who: str) -> None:
    """From where a launch lands, page by page, one of each sort: what no other test opens is looked at too."""
    person = Teacher.arrive(stage, who)
    page, visit = person.page, f"/l/{visit_of(person.home)}/"
    waiting, seen = [person.home.partition("?")[0]], set[str]()
    with findings() as found:
        while waiting and len(seen) < MOST_PAGES:
            address = waiting.pop(0)
            sort = IDS.sub("N", address.partition(visit)[2].partition("?")[0])
            if sort in seen:
                continue
            seen.add(sort)
            answer = page.goto(address)
            assert answer
            assert answer.ok, address
            found.note(sort, faults(page))
            found.note(sort, sideways(page))
            waiting += page.evaluate(LINKS, visit)
    assert len(seen) > (1 if who.startswith("9a1") else 8), seen


LINKS = """visit => [...document.querySelectorAll("a[href]")]
  .filter((a) => a.href.startsWith(location.origin) && a.pathname.startsWith(visit) && !a.hasAttribute("download"))
  .map((a) => a.origin + a.pathname + a.search)
  .filter((address) => !/[./](csv|xlsx|pdf|json|zip|ics)($|\\?)/.test(address))"""
