"""The end of a question on a phone: by its own clock when no word comes, and while an answer is being put together."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.school import Lesson, Pupil, Stage, until
from tests.browser.steps import open_next, told_answers
from tests.browser.test_kinds import ITEMS, Play, begun, first_answer
from tests.browser.test_phone import Line, kept, outbox, wears

OPTIONS = [{"text": text} for text in ("5", "6", "-5", "-6")]
TIMED = Play("single", {"options": OPTIONS, "key": ["A"]}, first_answer, "", "", seconds=20)
MULTIPLE = Play("multiple", {"options": OPTIONS, "key": ["A", "B"]}, first_answer, "", "")
ORDERING = Play("ordering", {"items": ITEMS}, first_answer, "", "")


@contextmanager
def taught(stage: Stage, *plays: Play) -> Iterator[Lesson]:
    lesson = begun(stage, plays)
    try:
        yield lesson
    finally:
        lesson.end()


def test_without_a_word_the_phone_locks_by_its_own_clock_and_what_was_answered_before_counts(desk: Stage) -> None:
    with taught(desk, TIMED) as lesson:
        projector = lesson.projector()
        pupil = Pupil.arrive(desk)
        line = Line.of(pupil)
        page = pupil.join(lesson.code).page
        open_next(projector)
        wears(page, "A", "open")
        line.is_cut = True
        with pupil.offline():
            pupil.answer("5")
            kept(page, "waiting")
            page.locator("#timer[data-closed]").wait_for()
            wears(page, "A", "unsent")
            assert page.locator("button.answer:not([aria-disabled=true])").count() == 0
            pupil.page.locator("button.answer[value=C]").click(force=True)
            page.locator("button.answer[value=C]").press("Enter")
            projector.locator("#where", has_text="đã khoá").wait_for()
            assert told_answers(projector) == 0
        line.is_cut = False
        wears(page, "A", "locked")
        page.locator("button.answer", has_text="Em chọn").wait_for()
        until(lambda: told_answers(projector) == 1, "the answer on the projector")
        assert "muộn" not in page.locator("#status").inner_text()
        kept(page, "saved")
        (row,) = outbox(page)
        assert (row["value"], row["outcome"]) == ("A", "accepted"), "composed in time, and nothing after the clock"


YEAR_MS = 365 * 86_400_000
WRONG_CLOCKS = {"Bùi Quốc Việt": -56 * YEAR_MS, "Trần Hoài An": 64 * YEAR_MS}
"""In 1970, and in 2090."""


def test_phones_whose_clocks_are_decades_wrong_keep_the_lessons_time(desk: Stage) -> None:
    """Also when they are loaded anew without a network, and nobody tells them the time."""
    with taught(desk, TIMED._replace(seconds=600)) as lesson:
        projector = lesson.projector()
        phones = []
        for name, wrong in WRONG_CLOCKS.items():
            pupil = Pupil.arrive(desk)
            pupil.context.add_init_script(f"(real => {{ Date.now = () => real() + {wrong}; }})(Date.now)")
            phones.append(pupil.join(lesson.code, name))
        open_next(projector)
        for pupil in phones:
            pupil.answer("5")
            wears(pupil.page, "A", "saved")
            pupil.page.evaluate("navigator.serviceWorker.ready.then(() => {})")
            with pupil.offline():
                pupil.page.reload()
                wears(pupil.page, "A", "saved")
                pupil.answer("6")
                kept(pupil.page, "saved", "waiting")
                assert not pupil.page.locator("#timer[data-closed]").count()
            wears(pupil.page, "B", "saved")
            kept(pupil.page, "saved", "saved")
            told = {row["value"]: row for row in outbox(pupil.page)}
            assert (told["A"]["outcome"], told["B"]["outcome"]) == ("accepted", "replaced")
            assert abs(told["B"]["composed_at"] - time.time() * 1_000) < YEAR_MS
        until(lambda: told_answers(projector) == len(phones), "one answer of each")


@dataclass
class Held:
    """The phone's socket, on which what the server says can be held back for a while."""

    is_held: bool = False
    waiting: list[tuple[WebSocketRoute, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, pupil: Pupil) -> "Held":
        held = cls()
        pupil.page.route_web_socket("**/live", held.join)
        return held

    def join(self, phone: WebSocketRoute) -> None:
        server = phone.connect_to_server()
        phone.on_message(server.send)
        server.on_message(lambda frame: self.waiting.append((phone, frame)) if self.is_held else phone.send(frame))

    def let_go(self) -> None:
        self.is_held = False
        for phone, frame in self.waiting:
            phone.send(frame)
        self.waiting.clear()


def opened(console: Page, number: int) -> None:
    """This question, from the plan, whatever is open now."""
    step = console.locator("#plan .step").nth(number)
    step.click()
    expect(step).to_have_attribute("aria-current", "step")


def test_an_answer_that_is_being_put_together_when_the_question_ends_belongs_to_it(desk: Stage) -> None:
    """Several taps or moves in a row are one answer, a moment after the last: the question may end in that moment."""
    with taught(desk, MULTIPLE, ORDERING) as lesson:
        console = lesson.console()
        pupil = Pupil.arrive(desk)
        held = Held.of(pupil)
        page = pupil.join(lesson.code).page
        opened(console, 0)
        wears(page, "A", "open")
        held.is_held = True
        opened(console, 1)
        pupil.answer("6")
        held.let_go()
        page.locator(".sort").first.wait_for()
        kept(page, "saved")
        (row,) = outbox(page)
        assert row["value"] == ["B"]
        moved = page.locator(".sort").last.get_attribute("data-field") or ""
        held.is_held = True
        console.locator("#lock").click()
        console.locator("#lock[data-do=unlock]").wait_for()
        page.locator(f"select[name={moved}]").select_option("1")
        held.let_go()
        page.locator("#timer[data-closed]").wait_for()
        kept(page, "saved", "saved")
        (ordered,) = [one for one in outbox(page) if one["activity"] != row["activity"]]
        assert ordered["value"][0] == moved
