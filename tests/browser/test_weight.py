"""What a pupil's page costs before the first answer, and whom it talks to."""

import pytest
from playwright.sync_api import expect

from tests.browser.school import Lesson, Pupil, Stage, kilobytes
from tests.browser.steps import open_next
from tests.browser.test_kinds import FURTHER_KB, SLIDE, Play, begun, first_answer

MOST_KB = 60
INSTALL_KB = 20
"""What the service worker fetches after the first answer, once a version."""


def test_a_pupils_page_is_light_and_talks_to_nobody_else(stage: Stage, lesson: Lesson) -> None:
    projector = lesson.projector()
    open_next(projector)
    pupil = Pupil.arrive(stage)
    pupil.join(lesson.code, "Đặng Thái An")
    pupil.page.locator("button.answer").first.wait_for()
    everything = pupil.watched.requests
    listed = "\n".join(f"{kilobytes([r]):6.1f} {r.method} {r.url}" for r in everything)
    assert pupil.watched.frames > 1_000, "the question came over the socket, and is counted"
    assert not any(r.service_worker for r in everything), "what a reload without network needs can wait"
    assert pupil.watched.kilobytes() <= MOST_KB, listed
    ours = stage.school.tool
    elsewhere = [r.url for r in everything if not r.url.startswith((f"{ours}/", "data:", "blob:"))]
    assert not elsewhere
    pupil.watched.forget()
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    pupil.page.wait_for_function("() => navigator.serviceWorker.controller")
    assert any(r.url.endswith("/phone-shell?language=vi") for r in everything), "the worker's install is counted"
    assert pupil.watched.kilobytes() <= INSTALL_KB, "\n".join(f"{kilobytes([r]):6.1f} {r.url}" for r in everything)


def test_what_comes_back_from_the_cache_costs_next_to_nothing(stage: Stage, lesson: Lesson) -> None:
    pupil = Pupil.arrive(stage).join(lesson.code, "Trần Hoài An")
    pupil.watched.forget()
    pupil.page.reload()
    pupil.says("Chờ thầy cô mở câu")
    assert pupil.watched.kilobytes() <= 20


LARGE = (
    Play("board", {"columns": ["Em biết", "Em hỏi"], "comments": True, "approve": False}, first_answer, "", ""),
    Play("questions", {}, first_answer, "", ""),
    Play("group", {"own": "Em đã làm phần nào?", "size": 2}, first_answer, "", ""),
    Play("drawing", {}, first_answer, "", ""),
    Play("open", {"photo": True}, first_answer, "", ""),
)
"""The kinds whose forms bring scripts of their own; the others take less."""


@pytest.mark.slow
@pytest.mark.parametrize("play", LARGE, ids=lambda play: play.name)
def test_whatever_is_asked_first_is_light(desk: Stage, play: Play) -> None:
    """From the code to the first answer, with its picture left out: that is the teacher's."""
    lesson = begun(desk, (play,))
    projector, console = lesson.projector(), lesson.console()
    try:
        open_next(projector)
        pupil = Pupil.arrive(desk).join(lesson.code)
        if play.name == "group":
            console.get_by_role("button", name="Bốc thăm chia nhóm").click()
        pupil.page.wait_for_load_state("networkidle")
        everything = list(pupil.watched.requests)
        cost = pupil.watched.kilobytes("/pictures/")
        listed = "\n".join(f"{kilobytes([r]):6.1f} {r.method} {r.url}" for r in everything)
        assert cost <= MOST_KB, f"{cost:.1f} kB\n{listed}"
    finally:
        lesson.end()


BOARD, _, _, DRAWING, OPEN = LARGE
FURTHER = (BOARD, DRAWING, Play("photo", {}, first_answer, "", ""), OPEN)


@pytest.mark.slow
def test_a_further_activity_is_lighter_still(desk: Stage) -> None:
    """After another one, with the scripts that it brings; test_kinds and test_group measure the others as they play."""
    lesson = begun(desk, (SLIDE, *FURTHER))
    projector = lesson.projector()
    open_next(projector)
    pupil = Pupil.arrive(desk).join(lesson.code)
    first_answer(pupil.page)
    pupil.says("Đã lưu lúc")
    expect(pupil.page.locator("#title")).to_have_text("Mục 1/5")  # a page of slides is no question
    expect(projector.locator("#count")).to_have_text("1/1 em đã phản hồi")
    pupil.page.wait_for_function("() => navigator.serviceWorker.controller")
    try:
        for play in FURTHER:
            pupil.watched.forget()
            open_next(projector)
            pupil.page.locator("#question form:not(:has(button.answer))").wait_for()
            pupil.page.wait_for_load_state("networkidle")
            listed = "\n".join(f"{kilobytes([r]):6.1f} {r.method} {r.url}" for r in pupil.watched.requests)
            assert 0 < (cost := pupil.watched.kilobytes("/pictures/")) <= FURTHER_KB, (
                f"{play.name}: {cost:.1f} kB\n{listed}"
            )
    finally:
        lesson.end()
