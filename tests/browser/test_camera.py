"""Paper cards held up before a camera, seen by the console's live view: a film of photographs stands for the room."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from lti_tool.lessons.markers import LETTERS
from tests.browser.conftest import played
from tests.browser.school import School, Stage, Teacher, until
from tests.browser.steps import open_next
from tests.conftest import CHROMIUM_FLAGS, browser_path
from tests.lti_tool.lessons.photographs import photograph

HELD = {number: LETTERS[(number * 7) % 4] for number in range(1, 41)}
"""What the forty pupils of the class hold up, by the numbers of their cards."""
LEAST_READ = 39
"""Of forty: the bar of a single photograph."""
FRAMES, MOST_A_SECOND = 10, 2
KEEP = """() => {
  window.pieces = [];
  const send = window.fetch;
  window.fetch = async (address, options) => {
    if (String(address).endsWith("/cards/photo")) {
      const middle = Math.floor(options.body.size / 2);
      const piece = new Uint8Array(await options.body.slice(middle, middle + 64).arrayBuffer());
      window.pieces.push([...piece].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
    }
    return send(address, options);
  };
}"""
"""Keeps a piece of each frame that is sent, so that it can be looked for."""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Three photographs of this class, in colour as a camera has them: each with other light, blur and noise, and
    other places."""
    path = tmp_path / "room.mjpeg"
    with path.open("wb") as out:
        for seed in range(3):
            seen = Image.open(io.BytesIO(photograph(seed, held=HELD).jpeg)).convert("RGB")
            for _ in range(15):  # half a second of each
                seen.save(out, "JPEG", quality=90, subsampling="4:2:0")
    return path


@pytest.fixture
def camera(film: Path, chromium: Browser, school: School) -> Iterator[Stage]:
    """A stage whose browser has a camera that looks at the film, and somebody who lets pages use it."""
    own = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    browser = chromium.browser_type.launch(executable_path=browser_path(), args=[*CHROMIUM_FLAGS, *own])
    yield from played(Stage(browser, school))
    browser.close()


@pytest.mark.slow
def test_cards_before_the_camera_are_read_and_nothing_of_the_room_is_kept(camera: Stage) -> None:
    teacher = Teacher.arrive(camera)
    teacher.page.goto(f"{teacher.home}cards")
    give, printed = teacher.page.locator("main form button"), teacher.page.get_by_role("button", name="In 40 thẻ")
    give.or_(printed).first.wait_for()
    if give.count():  # another test of this school may have given them out
        give.click()
    printed.wait_for()
    lesson = teacher.start()
    open_next(lesson.projector())
    names: list[Route] = []

    def hold(asked: Route) -> None:
        names.append(asked)

    teacher.context.route("**/people", hold)
    console = lesson.console()
    console.bring_to_front()
    console.locator(".co-top summary").click()
    console.locator(".menu-list [data-do=paper]").click()
    console.evaluate(KEEP)
    console.get_by_role("button", name="Quét liên tục").click()
    for late in names:  # the sheet was open before the names came
        late.continue_()
    until(lambda: console.wait_for_timeout(50) is None and len(sent_at(console)) >= FRAMES, "frames")
    until(lambda: console.wait_for_timeout(50) is None and len(letters(console)) >= LEAST_READ, "the letters")
    assert letters(console).items() <= HELD.items(), "no card is read as another's, and no letter wrong"
    started = sent_at(console)
    assert 1_000 * (len(started) - 1) <= MOST_A_SECOND * (started[-1] - started[0])
    assert entered(console) == {}, "what was read is entered by the teacher only"
    console.locator("#paper-enter").click()
    until(lambda: len(entered(console)) >= LEAST_READ, "the answers")
    expect(console.locator("#paper video")).to_be_hidden()
    assert console.evaluate("document.querySelector('#paper video').srcObject.active") is False
    kept_nowhere([bytes.fromhex(piece) for piece in console.evaluate("window.pieces")], camera.school.folder)
    lesson.end()


SLOW = """() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.streams = [];
  navigator.mediaDevices.getUserMedia = async (what) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const stream = await ask(what);
    window.streams.push(stream);
    return stream;
  };
}"""
"""A camera takes a moment to start; what it gave is held."""


@pytest.mark.slow
def test_a_camera_that_starts_too_late_is_put_out(camera: Stage) -> None:
    """Closed before it was there, or pressed twice: no camera stays on that the page shows nothing of."""
    lesson = Teacher.arrive(camera).start()
    open_next(lesson.projector())
    console = lesson.console()
    console.bring_to_front()
    console.evaluate(SLOW)
    for presses in (1, 2):
        console.locator(".co-top summary").click()
        console.locator(".menu-list [data-do=paper]").click()
        for _ in range(presses):
            console.locator("#paper-view").click()
        console.keyboard.press("Escape")
        expect(console.locator("#paper")).to_be_hidden()
    until(lambda: console.wait_for_timeout(50) is None and console.evaluate("streams.length") >= 2, "the camera")
    console.wait_for_timeout(2_000)
    assert console.evaluate("streams.filter((one) => one.active).length") == 0
    assert sent_at(console) == []
    lesson.end()


def letters(console: Page) -> dict[int, str]:
    """What stands on the sheet, by the number of the card."""
    rows = console.locator("#paper [data-who]").evaluate_all(
        """rows => rows.map((row) => {
          const pressed = row.querySelector("[aria-pressed=true]");
          return [row.querySelector(".no").textContent, pressed?.dataset.letter];
        })"""
    )
    return {int(number): letter for number, letter in rows if letter}


def sent_at(console: Page) -> list[float]:
    """When frames were sent, in ms of the page."""
    started: list[float] = console.evaluate(
        """performance.getEntriesByType("resource")
          .filter((one) => one.name.endsWith("/cards/photo"))
          .map((one) => one.startTime)"""
    )
    return started


def entered(console: Page) -> dict[str, str]:
    """The answers by card that are in the log."""
    asked = console.evaluate(
        """async () => {
          const boot = JSON.parse(document.getElementById("boot").textContent);
          const headers = { Accept: "application/json", Authorization: `Bearer ${boot.token}` };
          return (await (await fetch(boot.cards, { headers })).json()).card;
        }"""
    )
    return {who: letter for who, letter in asked.items() if letter}


def kept_nowhere(pieces: Sequence[bytes], folder: Path) -> None:
    """No file of the product, log or database, holds a piece of any frame."""
    assert len(pieces) >= FRAMES
    files = [one for one in folder.rglob("*") if one.is_file()]
    assert any(one.suffix == ".log" for one in files)
    for one in files:
        held = one.read_bytes()
        assert not [piece for piece in pieces if piece in held], one
