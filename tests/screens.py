"""`make screens`: every screen there is, in both languages, light and dark, on a phone and a desktop.

A term of the invented school is opened, one lesson of every kind of activity is taught, and each page is looked at by
the people who see it. The pictures as they are go to `var/screens` (to be looked at), small sheets of them, one a
screen, to `docs/pictures/screens` (to be kept): what changed in a screen is seen in the change of its sheet.
"""

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from deploy.demo.lms import people
from tests.browser.looking import SETTLE
from tests.browser.school import PHONE, Lesson, Pupil, Stage, Teacher, opened, until
from tests.browser.steps import open_next, press, reveal, where
from tests.browser.test_kinds import SAVE, add_picture
from tests.browser.works import WAYS, WholeClass, drawing, photo
from tests.conftest import CHROMIUM_FLAGS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "screens.md"
HEAD = """# Every screen

What `make screens` saw of a lesson of every kind, of a term, and of all who look at it: each screen on a phone and a
desktop, in Vietnamese and English, the live ones light and dark too. The sheets are small; the pictures as they are
lie in `var/screens` after a run.
"""
PARTS = {
    "phone-": "The pupil's phone",
    "projector-": "The projector",
    "share-": "The view shared into a meeting",
    "console-": "The console",
    "editor-": "The editor",
    "door-": "Coming in",
    "none-": "Before the first lesson",
    "": "All other pages",
}
"""How names of screens begin, and what they are of."""
WHOLE, SHEETS = ROOT / "var" / "screens", ROOT / "docs" / "pictures" / "screens"
SIZES = {"phone": (390, 844), "narrow": (320, 640), "desktop": (1280, 800), "wall": (1280, 720)}
HANDHELD, DESKTOP, WALL = ("phone",), ("phone", "desktop"), ("wall",)
Theme = Literal["light", "dark"]
BOTH: tuple[Theme, ...] = ("light", "dark")
LIGHT: tuple[Theme, ...] = ("light",)
SHEET_HIGH, GAP = 200, 6
QUALITY = 35
"""Of WebP: a sheet tells what stands where, and all of them weigh less than three megabytes."""
AFTER_TODAY = 3
"""Lessons of this walk stand first among recent ones; what comes after them is of the term, confirmed and complete."""
ME, OTHER = "Bùi Quốc Việt", "Trần Hoài An"
CLASS = ("phones", "--count", "32", "--median", "2", "--over", "2", "--code")
FORTY = ("phones", "--count", "38", "--median", "1", "--over", "2", "--code")


# --- pictures -------------------------------------------------------------------------------------------------------


@dataclass
class Gallery:
    """The screens of this walk. `pages` of one screen: by language."""

    missed: list[str] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)

    def keep(
        self, name: str, pages: Mapping[str, Page], sizes: tuple[str, ...] = DESKTOP, themes: tuple[Theme, ...] = LIGHT
    ) -> None:
        """The screen as each language, theme and size shows it: all to be looked at, of `themes` in the sheet."""
        shots = []
        for language, page in pages.items():
            is_always_light = page.locator("html[data-theme=light]").count()
            for theme in themes if is_always_light else BOTH:
                page.emulate_media(color_scheme=theme)
                seen = [(size, self._shot(page, f"{name}-{language}-{theme}-{size}", size)) for size in sizes]
                shots += seen if theme in themes else []
            page.emulate_media(color_scheme="light")
        _sheet([shot for _, shot in sorted(shots, key=lambda one: sizes.index(one[0]))], name)
        self.kept.add(name)
        print(name, flush=True)

    def lack(self, known: set[str]) -> None:
        """A whole walk reaches each screen that has a sheet; one that it passed by is missed, though nothing failed."""
        self.missed += [f"{name}: not reached" for name in sorted(known - self.kept)]

    def _shot(self, page: Page, name: str, size: str) -> Image.Image:
        before = page.viewport_size
        page.bring_to_front()  # a page behind another draws nothing anew
        page.set_viewport_size({"width": SIZES[size][0], "height": SIZES[size][1]})
        page.wait_for_timeout(200)
        page.evaluate(SETTLE)
        shot = Image.open(
            BytesIO(page.screenshot(full_page=not page.locator("body.phone, body.co, body.pj").count(), scale="css"))
        ).convert("RGB")
        shot.save(WHOLE / f"{name}.png")
        if before:
            page.set_viewport_size(before)
        return shot.crop((0, 0, shot.width, min(shot.height, SIZES[size][1])))

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """A part that fails is told of at the end; the others are walked all the same."""
        try:
            yield
        except (AssertionError, BrowserError) as fault:
            self.missed.append(f"{name}: {str(fault)[:300]}")
            print(f"MISSED {name}: {str(fault)[:300]}", flush=True)


def _sheet(shots: list[Image.Image], name: str) -> None:
    small = [one.resize((round(one.width * SHEET_HIGH / one.height), SHEET_HIGH)) for one in shots]
    sheet = Image.new("RGB", (sum(one.width + GAP for one in small) - GAP, SHEET_HIGH), "#8a8a8a")
    left = 0
    for one in small:
        sheet.paste(one, (left, 0))
        left += one.width + GAP
    sheet.save(SHEETS / f"{name}.webp", quality=QUALITY, method=6)


def write_page() -> None:
    """The page of the docs that shows the sheets."""
    said, left = [HEAD], sorted(path.stem for path in SHEETS.glob("*.webp"))
    for begin, title in PARTS.items():
        shown = [name for name in left if name.startswith(begin)]
        left = [name for name in left if name not in shown]
        said.append(f"## {title}\n")
        said += [f"**{name}**\n\n![{name}](../pictures/screens/{name}.webp)\n" for name in shown]
    PAGE.write_text("\n".join(said), encoding="utf-8")


def in_english(stage: Stage, context: BrowserContext) -> None:
    context.add_cookies([{"name": "giotay-locale", "value": "en", "url": stage.school.tool}])


# --- the pages of a desk --------------------------------------------------------------------------------------------


@dataclass
class Desk:
    """One person's windows, one a language."""

    gallery: Gallery
    pages: dict[str, Page]
    home: dict[str, str]

    @classmethod
    def of(cls, stage: Stage, gallery: Gallery, who: str, activity: int = 1) -> "Desk":
        """Launch twice."""
        pages, home = {}, {}
        for language in ("vi", "en"):
            context = stage.context(viewport={"width": 1280, "height": 800})
            if language == "en":
                in_english(stage, context)
            page = pages[language] = context.new_page()
            page.goto(stage.school.as_(who, f"activity/{activity}?window=1"))
            page.wait_for_url(re.compile(re.escape(stage.school.tool) + "/l/"))
            home[language] = re.match(r".*/l/[^/]+/", page.url)[0]  # type: ignore[index]
        return cls(gallery, pages, home)

    @property
    def vi(self) -> Page:
        return self.pages["vi"]

    def go(self, path: str) -> None:
        """Both windows, to the same page."""
        for language, page in self.pages.items():
            answer = page.goto(self.home[language] + path)
            assert answer, path
            assert answer.ok, f"{path}: {answer.status}"
            page.wait_for_load_state()

    def shown(self, name: str, path: str, do: Callable[[Page], None] | None = None) -> None:
        with self.gallery.part(name):
            self.go(path)
            for page in self.pages.values():
                if do:
                    do(page)
            self.gallery.keep(name, self.pages)

    def path_of(self, link: str, nth: int = 0) -> str:
        """Where a link of the Vietnamese window leads, below the launch."""
        found = self.vi.locator(f"main a[href*='{link}']:not([href$='/pdf'])")
        assert found.count(), f"no link with {link} at {self.vi.url}"
        return re.sub(r".*/l/[^/]+/", "", str(found.nth(nth).get_attribute("href")))


def walk_teacher(desk: Desk) -> None:
    """What a teacher reads and writes beside a lesson."""
    desk.shown("home", "")
    lesson = desk.path_of("lessons/").partition("?")[0]
    report = desk.path_of("/report", AFTER_TODAY)
    run = report.removesuffix("/report")
    desk.shown("guide", "help")
    desk.shown("course", "course")
    desk.shown("preview", f"{lesson}/preview")
    desk.shown("paste", f"{lesson}/paste")
    desk.shown("history", f"{lesson}/history")
    desk.shown("share", f"{lesson}/share")
    for name in ("shared", "bank", "roster", "roster/paste", "slips", "cards", "class", "evidence", "excuses"):
        desk.shown(name.replace("/", "-"), name)
    desk.shown("profile", desk.vi.url and _first(desk, "class", "profile/"))
    desk.shown("seats", "seats", _seat_everybody)
    desk.shown("marks", "marks")
    for name in ("files", "files/objectives", "proposals", "year"):
        desk.shown(f"marks-{name.replace('/', '-')}", f"marks/{name}")
    desk.shown("periods", "periods")
    desk.shown("period", _first(desk, "periods", "periods/"))
    desk.shown("report", report)
    for name in ("attendance", "meeting", "observations"):
        desk.shown(name, f"{run}/{name}")
    with desk.gallery.part("practice"):
        desk.shown("practice-new", f"practice/new?lesson={lesson.rpartition('/')[2]}")
        desk.vi.locator("main form .btn-primary").click()
        desk.vi.wait_for_url(re.compile("/work"))
        desk.shown("practice-work", re.sub(r".*/l/[^/]+/", "", desk.vi.url))


def _first(desk: Desk, page: str, link: str) -> str:
    desk.go(page)
    return desk.path_of(link)


def _seat_everybody(page: Page) -> None:
    if page.locator("#fill:enabled").count():
        page.locator("#fill").click()
        page.locator("#saved.chip-ok").wait_for()


def _propose(desk: Desk) -> None:
    page = desk.vi
    desk.go("marks")
    if page.locator("#periods:visible").count():
        page.locator("#periods").fill("140")
        page.locator("form:has(#periods) button").first.click()
        page.get_by_role("status").first.wait_for()
    desk.go("marks/proposals")
    page.locator("#title").fill("Chương Phương trình bậc hai")
    page.locator("#method").select_option("written")
    for lesson in page.locator("[data-every]:visible").all()[:6]:
        lesson.check()
    page.locator("form:has(#title) .btn-primary").click()
    page.wait_for_url(re.compile(r"/proposals/\d+"))


def walk_marks(desk: Desk) -> None:
    """A mark proposed from a term's questions, and what one pupil did in a lesson."""
    with desk.gallery.part("proposal"):
        _propose(desk)
        desk.shown("proposal", re.sub(r".*/l/[^/]+/", "", desk.vi.url))
    with desk.gallery.part("levels"):
        desk.go("marks/proposals")
        judged = desk.path_of("marks/proposals/", 2)  # the last that the demo made
        desk.shown("proposal-levels", judged)
        desk.shown("levels", f"{judged.partition('?')[0]}/levels")
    desk.shown("review", _first(desk, _first(desk, "class", "profile/"), "/work/").partition("#")[0])
    with desk.gallery.part("slips-print"):
        desk.go("slips")
        for page in desk.pages.values():
            for tick in page.locator("main form [type=checkbox]").all()[:6]:
                tick.check()
            page.locator("main form .btn-primary").last.click()
            page.wait_for_load_state()
        desk.gallery.keep("slips-print", desk.pages)


def walk_homeroom(stage: Stage, desk: Desk) -> None:
    """What the homeroom teacher sees of all subjects."""
    desk.shown("homeroom", "homeroom")
    sheets = _first(desk, "homeroom", "/sheets")
    desk.shown("class-sheets", sheets)
    desk.shown("family-sheet", _first(desk, sheets, "/sheets/"))
    desk.shown("class-year", f"{sheets.removesuffix('/sheets')}/year")
    with desk.gallery.part("family"):
        desk.go(_first(desk, sheets, "/sheets/"))
        for _ in range(4):  # a link needs the consent that stands on paper
            if desk.vi.locator("form[action$='/link']").count():
                break
            desk.vi.locator("form[action$='/consent'] [value=yes]").first.click()
            desk.vi.wait_for_load_state()
        desk.vi.locator("form[action$='/link'] button").click()
        address = desk.vi.locator("main code").inner_text()
        desk.gallery.keep("family-link", {"vi": desk.vi})
        doors = {language: stage.context().new_page() for language in desk.pages}
        in_english(stage, doors["en"].context)
        for page in doors.values():
            page.goto(address)
            page.wait_for_timeout(1_500)
        desk.gallery.keep("family", doors)


def walk_department(desk: Desk) -> None:
    """What a head of department sees."""
    desk.shown("department", "department")
    for name in ("packs", "periods", "questions"):
        desk.shown(f"department-{name}", f"department/{name}")
    with desk.gallery.part("pack"):
        desk.shown("pack", _first(desk, "department/packs", "/packs/"))
    desk.shown("observe", "observe")
    with desk.gallery.part("observation"):
        desk.shown("observation", _first(desk, "observe", "observe/"))
    desk.shown("rules", "rules")


def walk_administrator(desk: Desk) -> None:
    desk.shown("connection", "connection")


UNTAUGHT = 2
"""The demo LMS's activity in a course where nobody has taught."""
BEFORE_ALL = ("", "shared", "bank", "roster", "class", "excuses", "marks", "marks/proposals", "periods")
"""Pages that say something of their own before the first lesson."""


def walk_beginning(stage: Stage, gallery: Gallery) -> None:
    """A new course: what stands where nothing has come yet."""
    teacher = Desk.of(stage, gallery, people.TEACHER.slug, UNTAUGHT)
    teacher.shown("none-course", "")
    teacher.vi.locator("main form .btn-primary").last.click()
    teacher.vi.wait_for_load_state()
    for path in BEFORE_ALL:
        teacher.shown(f"none-{path.replace('/', '-') or 'home'}", path)
    pupil = Desk.of(stage, gallery, people.COURSE_9A2.pupils[0].slug, UNTAUGHT)
    for path in ("", "practice", "profile"):
        pupil.shown(f"none-own-{path or 'home'}", path)


# --- a lesson of every kind -----------------------------------------------------------------------------------------

STATEMENTS = [
    {"text": "Khi \\(m=0\\), phương trình có một nghiệm bằng 2.", "key": True},
    {"text": "Phương trình có nghiệm khi và chỉ khi \\(m \\ge -\\frac{1}{2}\\).", "key": False},
]
STEPS = ["Đọc kĩ đề", "Gọi ẩn, đặt điều kiện", "Lập phương trình", "Giải và trả lời"]
LEVELS = ["Chưa đạt", "Đạt", "Tốt"]
CRITERIA = ["Lập luận rõ ràng", "Trình bày sạch đẹp"]
KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ordering", {"prompt": "Xếp các bước giải bài toán bằng cách lập phương trình.", "items": STEPS}),
    (
        "matching",
        {
            "prompt": "Nối mỗi nước với thủ đô.",
            "pairs": [{"left": "Lào", "right": "Viêng Chăn"}, {"left": "Việt Nam", "right": "Hà Nội"}],
        },
    ),
    ("fill", {"prompt": "Điền vào chỗ trống.", "text": "Thủ đô của Việt Nam là [[Hà Nội]], bên sông [[Hồng]]."}),
    (
        "categorise",
        {
            "prompt": "Xếp mỗi số vào nhóm của nó.",
            "groups": [{"name": "Số nguyên tố", "items": ["2", "13"]}, {"name": "Hợp số", "items": ["9"]}],
        },
    ),
    ("hotspot", {"prompt": "Chạm vào tâm đường tròn.", "key": ["C2"]}),
    ("drawing", {"prompt": "Vẽ một tam giác vuông cân.", "paper": "grid"}),
    ("photo", {"prompt": "Chụp bài làm trong vở của em."}),
    ("poll", {"prompt": "Tuần sau lớp mình ôn theo cách nào?", "choices": ["Làm nhóm", "Làm một mình"]}),
    ("rating", {"prompt": "Bài hôm nay với em thế nào?", "low": "khó", "high": "dễ"}),
    ("ranking", {"prompt": "Em muốn ôn phần nào trước?", "items": ["Hệ thức Vi-ét", "Hàm số", "Đường tròn"]}),
    ("cloud", {"prompt": "Một từ về phương trình bậc hai", "words": 2}),
    ("exit", {"prompt": "Trước khi ra về"}),
    ("open", {"prompt": "Nêu cách nhẩm nghiệm của \\(x^2-5x+6=0\\)."}),
    ("rubric", {"prompt": "Nhận xét bài của bạn.", "criteria": CRITERIA, "levels": LEVELS, "about": "peer", "each": 2}),
    ("board", {"prompt": "Điều em đã nắm được, điều em còn vướng", "approve": False}),
    ("questions", {"prompt": "Câu hỏi của em cho cô"}),
    ("group", {"prompt": "Mỗi nhóm một sơ đồ tư duy về hệ thức Vi-ét.", "own": "Em đã làm phần nào?", "size": 4}),
    ("slide", {"prompt": "Tổng kết chương"}),
)


def begin(page: Page, title: str) -> None:
    """An empty lesson of this name."""
    page.locator("form[action$='/lessons'] button").first.click()
    page.locator("#lesson-title").wait_for()
    page.wait_for_load_state()
    page.locator("#lesson-title").fill(title)
    page.locator("#lesson-title").blur()
    page.locator("#saved[data-state=saved]").wait_for()


def write(page: Page, kinds: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Each activity added in the editor and saved as the editor saves it."""
    for kind, content in kinds:
        if page.locator("#plan").count():
            page.locator(".editor > nav > .menu > summary").click()
        page.locator(f".kind:visible[value={kind}]").first.click()
        page.locator(f"#activity[data-kind={kind}]").wait_for()
        page.wait_for_load_state()
        whole = {"explanation": "", **content}
        if kind in ("hotspot", "slide"):
            whole["image"] = {"id": add_picture(page), "alt": "Một đường tròn"}
        change = {"title": "", "points": 1, "seconds": None, "objective": None, "content": whole}
        address = page.locator("#activity").get_attribute("data-save")
        said = page.evaluate(SAVE, {"address": address, "change": change})
        assert said["faults"] == {}, f"{kind}: {said}"
    page.reload()


def walk_editor(desk: Desk) -> None:
    """An empty lesson, then the forms of every kind."""
    desk.go("")
    desk.vi.locator("form[action$='/lessons'] button").first.click()
    desk.vi.locator("#lesson-title").wait_for()
    path = re.sub(r".*/l/[^/]+/", "", desk.vi.url).partition("?")[0]
    desk.shown("editor-empty", path)
    desk.go("")
    begin(desk.vi, "Mọi loại hoạt động")
    write(desk.vi, KINDS)
    path = re.sub(r".*/l/[^/]+/", "", desk.vi.url).partition("?")[0]
    ids = [str(one.get_attribute("data-uid")) for one in desk.vi.locator("#plan > li").all()]
    for (kind, _), uid in zip(KINDS, ids, strict=True):
        desk.shown(f"editor-{kind}", f"{path}?activity={uid}")
    desk.go(f"?lesson={path.rpartition('/')[2]}")


class Room:
    """A lesson under way: each screen twice, once a language."""

    def __init__(self, stage: Stage, gallery: Gallery, desk: Desk) -> None:
        self.stage, self.gallery, self.desk = stage, gallery, desk
        desk.vi.locator("form[action$='/runs'] .btn-big").click()
        desk.vi.wait_for_url(re.compile("/runs/"))
        self.path = re.sub(r".*/l/[^/]+/", "", desk.vi.url)
        self.code = desk.vi.locator(".digits").first.inner_text().replace(" ", "")
        self.lesson = Lesson(Teacher(stage, desk.vi.context, desk.vi, desk.home["vi"]), desk.vi.url, self.code)
        stage.begun.append(self.lesson)
        desk.shown("start", self.path)
        self.projector, self.console = self._windows("projector"), self._windows("console")
        self.share = self._windows("projector/share")
        self.phone: dict[str, Page] = {}

    def _windows(self, what: str) -> dict[str, Page]:
        made = {}
        for language, page in self.desk.pages.items():
            made[language] = page.context.new_page()
            made[language].goto(f"{self.desk.home[language]}{self.path}{what}")
        return made

    @property
    def wall(self) -> Page:
        return self.projector["vi"]

    def walk_doors(self) -> None:
        """Two pupils come in, one reads English."""
        for language, name, mode in (("vi", ME, "Ở lớp"), ("en", OTHER, "Ở nhà")):
            pupil = Pupil.arrive(self.stage)
            pupil.watched.is_offline_expected = True
            self.phone[language] = pupil.page
            doors = {"code": "/j", "names": f"/j/{self.code}"}
            for door, path in doors.items():
                pupil.page.goto(self.stage.school.tool + path)
                if language == "vi":
                    self._door(pupil, door)
            pupil.page.get_by_role("link", name=name).click()
            pupil.page.wait_for_url(re.compile(r"/j/\d+/\d+"))
            if language == "vi":
                self._door(pupil, "confirm")
            pupil.join(self.code, name, mode)
            if language == "en":
                in_english(self.stage, pupil.context)
                pupil.page.reload()
                pupil.page.locator("#chips .chip").first.wait_for()

    def _door(self, pupil: Pupil, door: str) -> None:
        other = self.stage.context(**PHONE).new_page()
        in_english(self.stage, other.context)
        other.goto(pupil.page.url)
        self.gallery.keep(f"door-{door}", {"vi": pupil.page, "en": other}, DESKTOP, BOTH)

    def on_phone(self, name: str) -> None:
        with self.gallery.part(name):
            self.gallery.keep(name, self.phone, ("phone", "narrow", "desktop"), BOTH)

    def on_wall(self, name: str) -> None:
        with self.gallery.part(name):
            self.gallery.keep(name, self.projector, WALL, LIGHT)

    def on_console(self, name: str) -> None:
        with self.gallery.part(name):
            self.gallery.keep(name, self.console, DESKTOP, BOTH)

    def on_share(self, name: str) -> None:
        with self.gallery.part(name):
            self.gallery.keep(name, self.share, WALL, LIGHT)

    def everywhere(self, name: str) -> None:
        self.on_phone(f"phone-{name}")
        self.on_wall(f"projector-{name}")
        self.on_console(f"console-{name}")

    def looks(self, name: str) -> None:
        """The other looks of the projector."""
        for look in ("dark", "high"):
            for page in self.projector.values():
                page.bring_to_front()
                for _ in range(3):
                    if page.locator("html").get_attribute("data-look") == look:
                        break
                    page.keyboard.press("c")
                    page.wait_for_timeout(200)
            self.on_wall(f"projector-{name}-{look}")
        for page in self.projector.values():
            page.keyboard.press("c")


def walk_questions(room: Room) -> None:
    """The demo's own lesson: the questions that a lesson is mostly made of."""
    with room.gallery.part("doors"):
        room.walk_doors()
    room.everywhere("waiting")
    room.on_share("share-waiting")
    with room.stage.school.running(*CLASS, room.code):
        until(lambda: "34 em" in room.wall.locator("#count").inner_text(), "34 pupils here")
        with room.gallery.part("confirm"):
            room.console["vi"].locator("#claims button").first.click()
        open_next(room.wall)
        room.phone["vi"].locator("#question form").wait_for()
        room.everywhere("question")
        room.on_share("share-question")
        room.looks("question")
        for page in room.phone.values():
            page.locator("button.answer").nth(1).click()
            page.locator("button.answer[data-state=saved]").wait_for()
        room.on_phone("phone-saved")
        with room.gallery.part("hands"):
            for page in room.phone.values():
                page.locator("#hand").click()
            room.console["vi"].locator("#hands > li").first.wait_for()
        _menus(room)
        for stage in ("distribution", "key"):
            reveal(room.wall, stage)
            room.wall.wait_for_timeout(700)
            room.everywhere(stage)
        press(room.wall)
        room.everywhere("explanation")
        for name in ("true_false", "again", "multiple", "cluster", "number"):
            open_next(room.wall)
            room.phone["vi"].locator("#question form").wait_for()
            room.wall.wait_for_timeout(500)
            if name == "again":
                continue
            room.on_phone(f"phone-{name}")
            if name in ("cluster", "number"):
                room.wall.wait_for_timeout(4_000)
                reveal(room.wall, "key")
                room.wall.wait_for_timeout(700)
                room.everywhere(f"{name}-key")


def _over_console(room: Room, name: str, opener: str, *, is_drawer: bool = False) -> None:
    """What a button of the console opens; a drawer is closed by its button, all else by Escape."""
    with room.gallery.part(f"console-{name}"):
        for page in room.console.values():
            page.locator(opener).first.click()
            page.wait_for_timeout(300)
        room.on_console(f"console-{name}")
        for page in room.console.values():
            if is_drawer:
                page.locator(opener).first.click()
            else:
                page.keyboard.press("Escape")


def _menus(room: Room) -> None:
    """What opens over the console, and over the phone."""
    _over_console(room, "ask", ".co-plan [data-do=ask]")
    _over_console(room, "menu", ".co-top .menu summary")
    _over_console(room, "seats", "#seats summary", is_drawer=True)
    with room.gallery.part("phone-menu"):
        for page in room.phone.values():
            page.locator(".ph-foot details.menu > summary").click()
        room.on_phone("phone-menu")
        for page in room.phone.values():
            page.locator(".ph-foot details.menu > summary").click()
    with room.gallery.part("phone-pass"):
        before = {language: page.url for language, page in room.phone.items()}
        for page in room.phone.values():
            page.goto(page.url.replace("/lesson", "/pass"))
        room.gallery.keep("phone-pass", room.phone, HANDHELD, BOTH)
        for language, page in room.phone.items():
            page.goto(before[language])
            page.locator("#chips .chip").first.wait_for()


def walk_shared(room: Room) -> None:
    """One phone for two: how they come together, and the question they answer."""
    room.walk_doors()
    for page, mate in zip(room.phone.values(), ("Đặng Thái An", "Lê Gia Bảo"), strict=True):
        page.goto(page.url.replace("/lesson", "/pass"))
        page.locator("main a.btn").filter(has=page.locator("[href$=plus]")).last.click()
        page.get_by_role("link", name=mate).click()
        page.locator(".pair label").first.click()
        page.locator("main form .btn-primary").click()
        page.wait_for_url(re.compile("/pass$"))
    room.gallery.keep("phone-shared", room.phone, HANDHELD, BOTH)
    open_next(room.wall)
    for page in room.phone.values():
        page.locator("main > a.btn-primary").click()
        page.locator("button.answer").first.wait_for()
        page.locator("#together").wait_for()
    room.on_phone("phone-shared-question")


def _is_at(wall: Page, number: int) -> bool:
    return where(wall).startswith((f"Câu {number}/", f"Mục {number}/"))


def _go_on_to(wall: Page, number: int) -> None:
    """A question that is passed by, or one that no press leads to, is told of: it holds up no other."""
    for _ in range(5 * number):
        if _is_at(wall, number):
            return
        press(wall)
    raise AssertionError(f"no press leads to question {number}: {where(wall)}")


def walk_kinds(room: Room) -> None:
    """Every other kind, open and shown."""
    room.walk_doors()
    with room.stage.school.running(*CLASS, room.code):
        until(lambda: "34 em" in room.wall.locator("#count").inner_text(), "34 pupils here")
        _over_console(room, "roll", "[data-do=roll]:visible")
        for number, (kind, _) in enumerate(KINDS, 1):
            with room.gallery.part(kind):
                _go_on_to(room.wall, number)
                room.phone["vi"].locator("#question form, #question [data-posts]").first.wait_for(state="attached")
                if kind == "group":
                    room.console["vi"].locator("#groups form .btn-primary").click()
                if kind in ("board", "questions"):
                    for language, text in (("vi", "Khi nào phải xét Δ ≥ 0 trước?"), ("en", "Vi-ét")):
                        room.phone[language].locator("#text").fill(text)
                        room.phone[language].locator("form[data-posts] .btn-primary").click()
                room.wall.wait_for_timeout(4_500)
                room.everywhere(kind)
                for _ in ("locked", "shown"):
                    press(room.wall)
                if _is_at(room.wall, number) and "phân bố" in where(room.wall):
                    room.wall.wait_for_timeout(700)
                    room.on_wall(f"projector-{kind}-shown")


# --- a lesson of a whole class's works ------------------------------------------------------------------------------

SLIDES = """<style>@page{margin:0}section{box-sizing:border-box;height:530px;padding:48px 60px;font:32px/1.5 sans-serif;
break-after:page}section:last-child{break-after:auto}h1{margin:0 0 24px;color:#0b5a4f;font-size:48px}</style><section>
<h1>Hệ thức Vi-ét</h1><p>Nếu phương trình ax² + bx + c = 0 (a ≠ 0) có hai nghiệm thì tổng của chúng là −b/a và tích của
chúng là c/a.</p><ul><li>Nhẩm nghiệm khi a + b + c = 0</li><li>Tìm hai số biết tổng và tích</li></ul></section><section>
<h1>Hình bên có gì?</h1><svg width="800" height="330"><path d="M40 300H360L40 20Z" fill="#e0eeea" stroke="#0b5a4f"
stroke-width="4"/><circle cx="600" cy="160" r="140" fill="#fbefd2" stroke="#7f4d00" stroke-width="4"/></svg>"""
SLIDE_PAGES = 2
WORKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("open", {"prompt": "Nêu cách nhẩm nghiệm của \\(x^2-5x+6=0\\)."}),
    ("rubric", {"prompt": "Nhận xét bài của bạn.", "criteria": CRITERIA, "levels": LEVELS, "about": "peer", "each": 2}),
    ("drawing", {"prompt": "Vẽ một tam giác vuông cân.", "paper": "grid"}),
    ("photo", {"prompt": "Chụp bài làm trong vở của em."}),
    ("board", {"prompt": "Ảnh góc học tập của em", "approve": False}),
    (
        "board",
        {"prompt": "Điều em đã nắm được, điều em còn vướng", "approve": False, "columns": ["Đã nắm", "Còn vướng"]},
    ),
    ("group", {"prompt": "Mỗi nhóm một sơ đồ về hệ thức Vi-ét.", "own": "Em đã làm phần nào?", "size": 4}),
)


def write_works(desk: Desk) -> None:
    """Two pages of a PDF, then all that a class can hand in."""
    desk.go("")
    begin(desk.vi, "Hệ thức Vi-ét")
    printer = desk.vi.context.new_page()
    printer.set_content(SLIDES)
    data = printer.pdf(width="960px", height="540px", print_background=True)
    printer.close()
    desk.vi.locator("#pdf").set_input_files({"name": "vi-et.pdf", "mimeType": "application/pdf", "buffer": data})
    desk.vi.locator("#plan > li").nth(SLIDE_PAGES - 1).wait_for()
    desk.shown("editor-slides", re.sub(r".*/l/[^/]+/", "", desk.vi.url))
    write(desk.vi, WORKS)
    desk.go(f"?lesson={re.sub(r'.*/lessons/', '', desk.vi.url).partition('?')[0]}")


def _hand_in(whole: WholeClass, number: int) -> None:
    """What a whole class answers to the activity with this number of `WORKS`."""
    given: tuple[tuple[Callable[[int], Any], bool], ...] = (
        (lambda n: WAYS[n % len(WAYS)], False),
        (lambda n: {name: str(1 + (n + int(name[0])) % 3) for name in ("1a", "1b", "2a")}, False),
        (lambda n: {"text": "", "photo": drawing(n)}, False),
        (lambda n: {"text": "", "photo": photo(n)}, False),
        (lambda n: {"text": f"Góc của em, ảnh số {n + 1}" if n % 4 == 0 else "", "photo": photo(n)}, True),
        (lambda n: {"text": WAYS[n % len(WAYS)], "column": "AB"[n % 3 == 0]}, True),
    )
    if number < len(given):
        make, are_posts = given[number]
        whole.hand_in(make, as_posts=are_posts)


def walk_works(room: Room, whole: WholeClass) -> None:
    """Slides page by page, then what forty pupils hand in."""
    until(lambda: "40 em" in room.wall.locator("#count").inner_text(), "40 pupils here")
    for page in range(1, SLIDE_PAGES + 1):
        with room.gallery.part(f"slide-page-{page}"):
            _go_on_to(room.wall, page)
            room.phone["vi"].locator("#question img").wait_for()
            room.on_wall(f"projector-slide-page-{page}")
    room.on_phone("phone-slide-page")
    room.on_console("console-slide-page")
    for number, (kind, content) in enumerate(WORKS):
        name = f"class-{kind}{'-columns' if 'columns' in content else ''}"
        with room.gallery.part(name):
            _go_on_to(room.wall, SLIDE_PAGES + 1 + number)
            room.phone["vi"].locator("#question form, #question [data-posts]").first.wait_for(state="attached")
            room.wall.wait_for_timeout(4_500)
            _hand_in(whole, number)
            if kind == "group":
                _present(room, whole)
            room.wall.wait_for_timeout(3_000)
            room.on_wall(f"projector-{name}")
            room.on_console(f"console-{name}")
            if kind == "group":  # of the others a phone shows no more than of each kind by itself
                room.on_phone(f"phone-{name}")
            if kind == "rubric":
                reveal(room.wall, "distribution")
                room.on_wall(f"projector-{name}-shown")


def _present(room: Room, whole: WholeClass) -> None:
    """Groups by lot, their products, and one of them on the screen in the room."""
    console = room.console["vi"]
    console.bring_to_front()
    console.locator("#groups form .btn-primary").click()
    room.phone["vi"].locator("#gw-title").wait_for()
    whole.hand_in_products(lambda n: {"text": WAYS[n % len(WAYS)], "photo": photo(n)})
    console.locator(".gr-one .gr-product").first.wait_for()
    console.get_by_role("button", name="Cho trình bày").first.click()
    room.wall.locator("[data-presented] img").wait_for()


def walk_trouble(room: Room) -> None:
    """A pause, phones on their faces, a network that goes and comes, and the end."""
    console = room.console["vi"]
    for name, act in (("paused", "pause"), ("face-down", "face_down")):
        with room.gallery.part(name):
            console.bring_to_front()
            console.evaluate(f"document.querySelector('[data-do={act}]').click()")
            console.locator("#paused:visible").wait_for()
            room.everywhere(name)
            console.locator("#pause").click()
            console.locator("#paused").wait_for(state="hidden")
    with room.gallery.part("offline"):
        _cut(room)
    with room.gallery.part("ended"):
        room.lesson.end()
        room.phone["vi"].wait_for_timeout(3_000)
        room.on_phone("phone-ended")
        room.on_wall("projector-ended")


def _cut(room: Room) -> None:
    """Without a network, as they stand and reloaded."""
    contexts = [pages[language].context for pages in (room.phone, room.console) for language in pages]
    for context in contexts:
        context.set_offline(True)
    for page in room.console.values():
        page.locator("#link.chip-warn").wait_for()
    room.on_phone("phone-offline")
    room.on_console("console-offline")
    for page in (*room.phone.values(), *room.console.values()):
        page.reload()
    room.on_phone("phone-offline-reloaded")
    room.on_console("console-offline-reloaded")
    for context in contexts:
        context.set_offline(False)
    for page in room.console.values():
        page.locator("#link.chip-ok").wait_for()


# --- who comes home -------------------------------------------------------------------------------------------------


def walk_at_home(stage: Stage, gallery: Gallery) -> None:
    """A pupil's own pages, and the doors that need no account."""
    pupil = next(one for one in people.COURSE_9A1.pupils if one.name == "Lý Hà My")
    desk = Desk.of(stage, gallery, pupil.slug)
    desk.shown("practice-own", "practice")
    desk.shown("profile-own", "profile")
    with gallery.part("practice"):
        desk.go("practice")
        path = desk.path_of("practice/")
        desk.go(path)
        for page in desk.pages.values():
            page.locator("#question form").wait_for()
        gallery.keep("practice", desk.pages, ("phone", "narrow", "desktop"), BOTH)
    doors = {"vi": stage.context().new_page(), "en": stage.context().new_page()}
    in_english(stage, doors["en"].context)
    for name, path in (("slip-door", "me"), ("family-door", "family"), ("fault", "nowhere"), ("google", "classroom")):
        with gallery.part(name):
            for page in doors.values():
                page.goto(f"{stage.school.tool}/{path}")
            gallery.keep(name, doors, DESKTOP, BOTH)


PARTS_OF_A_WALK = ("beginning", "questions", "shared", "kinds", "works", "teacher", "class", "others")


def walk_lessons(stage: Stage, gallery: Gallery, teacher: Desk, parts: Sequence[str]) -> None:
    """The lessons, one after the other."""
    if "questions" in parts:
        with gallery.part("questions"):
            room = Room(stage, gallery, teacher)
            walk_questions(room)
            room.lesson.end()
    if "shared" in parts:
        with gallery.part("shared"):
            teacher.go("")
            room = Room(stage, gallery, teacher)
            walk_shared(room)
            room.lesson.end()
    if "kinds" in parts:
        with gallery.part("kinds"):
            walk_editor(teacher)
            room = Room(stage, gallery, teacher)
            walk_kinds(room)
            room.lesson.end()
    if "works" in parts:
        with gallery.part("works"):
            write_works(teacher)
            room = Room(stage, gallery, teacher)
            room.walk_doors()
            whole = WholeClass(stage.school.app, room.code)
            with stage.school.running(*FORTY, room.code):
                walk_works(room, whole)
                walk_trouble(room)


def walk_desks(stage: Stage, gallery: Gallery, teacher: Desk, parts: Sequence[str]) -> None:
    """All else that the people of a school read and write."""
    if "beginning" in parts:
        with gallery.part("beginning"):
            walk_beginning(stage, gallery)
    if "teacher" in parts:
        with gallery.part("teacher"):
            walk_teacher(teacher)
    if "class" in parts:
        with gallery.part("marks"):
            walk_marks(teacher)
    if "class" in parts or "family" in parts:
        with gallery.part("homeroom"):
            walk_homeroom(stage, teacher)
    if "others" in parts:
        walk_at_home(stage, gallery)
        with gallery.part("department"):
            walk_department(Desk.of(stage, gallery, people.HEAD.slug))
        with gallery.part("administrator"):
            walk_administrator(Desk.of(stage, gallery, people.ADMIN.slug))


def main() -> None:
    """Every screen, or those parts that are named."""
    path = shutil.which("chromium") or sys.exit("Chromium is missing; on Debian: apt install chromium")
    WHOLE.mkdir(parents=True, exist_ok=True)
    SHEETS.mkdir(parents=True, exist_ok=True)
    parts = sys.argv[1:] or PARTS_OF_A_WALK
    gallery = Gallery()
    with (
        TemporaryDirectory() as folder,
        opened(Path(folder), GIOTAY_DEMO_TERM="yes") as school,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        stage = Stage(browser, school)
        teacher = Desk.of(stage, gallery, people.TEACHER.slug)
        try:
            walk_lessons(stage, gallery, teacher, parts)
            walk_desks(stage, gallery, teacher, parts)
        finally:
            stage.close()
            browser.close()
    write_page()
    finish(gallery, is_whole=not sys.argv[1:])


def finish(gallery: Gallery, *, is_whole: bool) -> None:
    if is_whole:
        gallery.lack({path.stem for path in SHEETS.glob("*.webp")})
    if gallery.missed:
        sys.exit("\n".join(gallery.missed))


if __name__ == "__main__":
    main()
