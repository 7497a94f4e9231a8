"""The screen in the room, whatever a teacher wrote: nothing is cut, nothing covered, nothing too small to read."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.school import Lesson, Pupil, Stage
from tests.browser.steps import open_next, press, where
from tests.browser.test_kinds import Play, begun, first_answer

PROMPT = "Ý nào dưới đây nói đúng nhất về nghệ thuật miêu tả tâm lí nhân vật trong đoạn trích trên?"
TEXT = (
    "Tác giả dùng độc thoại nội tâm để bộc lộ nỗi nhớ quê và tình yêu làng tha thiết của ông Hai khi nghe tin làng "
    "theo giặc, rồi để ông trò chuyện với đứa con út mà nói ra điều ông không dám nói với ai trong suốt mấy ngày qua"
)
SIZES = ((1280, 720), (1920, 1080))
LENGTHS = ((70, 4), (70, 6), (100, 4), (100, 6), (200, 4), (200, 6), (70, 8))
STAGES = ("", "phân bố", "đáp án", "lời giải")

FAULTS = """() => {
  const least = 24 * Math.min(innerWidth / 1280, innerHeight / 720) - 0.1;
  const main = document.querySelector("#main");
  const edge = main.getBoundingClientRect();
  const words = (node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
  const scale = (node) => node.closest("svg")?.viewBox.baseVal?.width ? node.getScreenCTM().a : 1;
  const size = (node) => parseFloat(getComputedStyle(node).fontSize) * scale(node);
  const name = (node) => `${node.tagName}.${node.getAttribute("class")} ${node.textContent.trim().slice(0, 30)}`;
  const shown = [...main.querySelectorAll("*")].filter((node) => node.checkVisibility() && !node.closest(".vh"));
  const small = shown.filter((node) => words(node) && size(node) < least);
  const boxes = shown.filter((node) => node.matches("svg, img") || words(node))
    .map((node) => ({ node, box: node.getBoundingClientRect() }));
  const cut = boxes.filter(({ box }) => box.bottom > edge.bottom + 1 || box.right > edge.right + 1);
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  const isIn = (one, other) => one.node.contains(other.node) || other.node.contains(one.node);
  const isOver = (one, other) => !isIn(one, other) && meet(one.box, other.box);
  const over = boxes.filter((one, n) => boxes.slice(n + 1).some((other) => isOver(one, other)));
  return [
    ...small.map((node) => `small, ${size(node).toFixed(1)}: ${name(node)}`),
    ...cut.map(({ node }) => `cut: ${name(node)}`),
    ...over.map(({ node }) => `on another: ${name(node)}`),
    ...(main.scrollHeight > main.clientHeight + 1 ? [`scrolls ${main.scrollHeight} in ${main.clientHeight}`] : []),
  ];
}"""
"""What is below 24 pixels of a 1280x720 picture, under the edge, on something else, or only to be scrolled to."""
LEAST_WORD = """() => Math.min(...[...document.querySelectorAll("[data-word]")].filter((word) => word.checkVisibility())
  .map((word) => parseFloat(getComputedStyle(word).fontSize))) / Math.min(innerWidth / 1280, innerHeight / 720)"""
"""In pixels of a 1280x720 picture."""

LONG_WORDS = (
    "phương trình bậc hai có hai nghiệm",
    "định lí đảo để tìm hai số khi biết",
    "hệ thức giữa nghiệm và các hệ số",
)


def illegible(page: Page, what: str) -> list[str]:
    """In both sizes of a picture."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found += [f"{what} {width}: {one}" for one in page.evaluate(FAULTS)]
    return found


def options(length: int, count: int) -> Play:
    texts = [{"text": f"{n} {TEXT}"[:length]} for n in range(1, count + 1)]
    content = {"prompt": PROMPT, "options": texts, "key": ["A"], "explanation": f"Vì {TEXT}."}
    return Play("single", content, first_answer, "", "")


def screens(stage: Stage, plays: tuple[Play, ...]) -> tuple[Lesson, Page, Page]:
    """The lesson, its screen, and the same in English."""
    lesson = begun(stage, plays)
    ours = lesson.projector()
    page = lesson.teacher.page
    page.get_by_role("button", name="English").click()
    theirs = lesson.teacher.window("projector", "Open the projector", SIZES[0])
    theirs.locator("#forth:not([disabled])").wait_for(state="attached")
    page.get_by_role("button", name="Tiếng Việt").click()
    return lesson, ours, theirs


def walk(lesson: Lesson, ours: Page, theirs: Page, pupil: Pupil, play: Play, name: str) -> list[str]:
    """Through all stages of the next question."""
    found = []
    open_next(ours)
    pupil.page.locator("button.answer").first.wait_for()
    play.answer(pupil.page)
    pupil.says("Đã lưu lúc")
    for stage in STAGES:
        while stage not in where(ours):
            press(ours)
        shown = ours.locator("#main").get_attribute("data-shown") or ""
        expect(theirs.locator("#main")).to_have_attribute("data-shown", shown)
        for page, tongue in ((ours, "vi"), (theirs, "en")):
            found += illegible(page, f"{name} {tongue} {stage or 'câu hỏi'}")
    return found


@pytest.mark.slow
def test_long_options_can_be_read_from_the_last_row_at_every_stage(desk: Stage) -> None:
    plays = {f"{length}x{count}": options(length, count) for length, count in LENGTHS}
    lesson, ours, theirs = screens(desk, tuple(plays.values()))
    pupil = Pupil.arrive(desk).join(lesson.code)
    try:
        found = [one for name, play in plays.items() for one in walk(lesson, ours, theirs, pupil, play, name)]
    finally:
        lesson.end()
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_a_cloud_of_many_long_words_leaves_out_the_rarest_rather_than_shrink(desk: Stage) -> None:
    lesson = begun(desk, (Play("cloud", {"words": 5}, first_answer, "", ""),))
    projector = lesson.projector()
    pupils = [Pupil.arrive(desk).join(lesson.code, name) for name in ("Bùi Quốc Việt", "Trần Hoài An", "Lê Gia Bảo")]
    try:
        open_next(projector)
        for pupil, begin in zip(pupils, LONG_WORDS, strict=True):
            for n in range(1, 6):
                pupil.page.locator(f"#word-{n}").fill("Vi-ét" if n == 1 else f"{begin} {n}")
            pupil.page.locator("#question .btn-primary").click()
            pupil.says("Đã lưu lúc")
        expect(projector.locator("[data-word='vi ét']")).to_be_visible()
        expect(projector.locator("[data-more]")).to_have_attribute("data-more", re.compile(r"^và \d từ nữa$"))
        found = illegible(projector, "cloud")
        assert not found, "\n".join(found)
        assert projector.evaluate(LEAST_WORD) >= 36
    finally:
        lesson.end()
