"""Activities in which a pupil posts several times: two phones, console and projector, with moderation, votes, words
taken back and a network that goes."""

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Lesson, Pupil, Stage, kilobytes
from tests.browser.steps import open_next
from tests.browser.test_kinds import FURTHER_KB, PHONE_PX, Play, begun, of_its_own

SEND = "Gửi"


def opened(stage: Stage, kind: str, content: Mapping[str, Any]) -> tuple[Lesson, Page, Page, Pupil, Pupil]:
    """A lesson of this one activity, from the editor to the open question: projector, console, two phones."""
    lesson = begun(stage, (Play(kind, content, lambda _: None, "", ""),))
    projector, console = lesson.projector(), lesson.console()
    first = Pupil.arrive(stage).join(lesson.code)
    other = Pupil.arrive(stage).join(lesson.code, "Trần Hoài An", "Ở nhà")
    first.watched.forget()
    open_next(projector)
    for pupil in (first, other):
        pupil.page.locator("form[data-posts][novalidate]").wait_for(state="attached")  # its script came
    return lesson, projector, console, first, other


def say(pupil: Pupil, text: str) -> None:
    pupil.page.locator("#text").fill(text)
    pupil.page.locator("form[data-posts] .btn-primary").click()
    pupil.page.locator("[data-own] li", has_text=text).first.wait_for()


def own(pupil: Pupil, text: str) -> Any:
    return pupil.page.locator("[data-own] li", has_text=text)


def card(pupil: Pupil, text: str) -> Any:
    return pupil.page.locator("[data-wall] li", has_text=text)


def post(console: Page, text: str) -> Any:
    return console.locator("#posts li", has_text=text)


def looks_well(first: Pupil, projector: Page, console: Page) -> None:
    found = [*faults(first.page), *small_targets(first.page, PHONE_PX), *sideways(first.page)]
    found += [*faults(projector), *faults(console)]
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_the_wall_invites_nobody_while_the_lesson_is_paused(desk: Stage) -> None:
    lesson, projector, console, first, _ = opened(desk, "board", {"approve": False, "columns": ["Em hiểu", "Em hỏi"]})
    invites = projector.locator(".pw-none")
    try:
        expect(invites).to_have_text("Các em gửi bài từ máy")
        console.locator("#pause").click()
        first.says("Thầy cô tạm dừng.")
        expect(invites).to_have_text("Tạm dừng. Các em chờ thầy cô.")
        console.locator("#pause").click()
        expect(invites).to_have_text("Các em gửi bài từ máy")
        console.locator(".co-plan [data-do=ask]").click()
        console.locator("#ask [value=number]").click()
        expect(projector.locator(".pj-write")).to_have_text("Các em trả lời trên máy")
        console.locator("#pause").click()
        expect(projector.locator(".pj-write")).to_have_text("Tạm dừng. Các em chờ thầy cô.")
    finally:
        lesson.end()


@pytest.mark.slow
def test_questions_to_the_teacher(desk: Stage) -> None:
    lesson, projector, console, first, other = opened(desk, "questions", {})
    try:
        say(first, "Vì sao đổi dấu?")
        expect(own(first, "Vì sao")).to_contain_text("Chờ thầy cô duyệt")
        assert of_its_own(first) <= FURTHER_KB
        say(other, "Khi nào nghỉ?")
        post(console, "Vì sao").get_by_role("button", name="Hiện cho lớp").click()
        card(other, "Vì sao").wait_for()
        assert "Bùi" not in other.page.locator("#question").inner_text()
        expect(card(first, "Khi nào nghỉ?")).to_have_count(0)
        card(other, "Vì sao").get_by_role("button", name="Em cũng muốn hỏi").click()
        expect(card(other, "Vì sao").get_by_role("button", name="Em cũng muốn hỏi")).to_have_attribute(
            "aria-pressed", "true"
        )
        projector.locator(".pw li", has_text="Vì sao").locator(".pw-said", has_text="1").wait_for()
        assert "Bùi" not in projector.locator("body").inner_text()
        post(console, "Khi nào nghỉ?").get_by_role("button", name="Gỡ hẳn").click()
        console.locator("dialog[open] .btn-primary").click()
        expect(own(other, "Thầy cô đã gỡ")).to_have_count(1)
        post(console, "Vì sao").get_by_role("button", name="Đã trả lời").click()
        card(first, "Vì sao").get_by_text("Đã trả lời").wait_for()
        looks_well(first, projector, console)
    finally:
        lesson.end()


def test_a_board(desk: Stage) -> None:
    content = {"columns": ["Điều em biết", "Điều em hỏi"], "comments": True, "approve": False}
    lesson, projector, console, first, other = opened(desk, "board", content)
    try:
        with first.offline():
            first.page.locator(".levels span", has_text="Điều em hỏi").click()
            first.page.locator("#link").fill("javascript:alert(1)")
            first.page.locator("#text").fill("<img src=x onerror=alert(1)>")
            first.page.locator("form[data-posts] .btn-primary").click()
            first.page.locator(".error", has_text="chưa đúng").wait_for()
            first.page.locator("#link").fill("vi.wikipedia.org/wiki/Tam_giác")
            say(first, "<img src=x onerror=alert(1)>")
            expect(own(first, "<img")).to_contain_text("Chưa gửi")
        card(other, "<img").wait_for()
        assert kilobytes(other.watched.requests) > 0
        link = card(other, "<img").get_by_role("link")
        assert (link.get_attribute("href") or "").startswith("https://vi.wikipedia.org/")
        projector.locator("[data-column=B] li", has_text="<img").wait_for()
        own(first, "<img").get_by_role("button", name="Sửa").click()
        say(first, "Tam giác cân")
        card(other, "Tam giác cân").wait_for()
        card(other, "Tam giác cân").get_by_role("button", name="Ý hay").click()
        card(other, "Tam giác cân").locator("summary").click()
        card(other, "Tam giác cân").get_by_label("Lời bàn của em").fill("Em đồng ý")
        card(other, "Tam giác cân").locator("form button").click()
        card(first, "Tam giác cân").get_by_text("Lời bàn (1)").wait_for()
        post(console, "Em đồng ý").wait_for()
        looks_well(first, projector, console)
        post(console, "Tam giác cân").get_by_role("button", name="Ẩn").click()
        expect(card(other, "Tam giác cân")).to_have_count(0)
        own(first, "Tam giác cân").get_by_role("button", name="Rút lại").click()
        expect(own(first, "Tam giác cân")).to_have_count(0)
        expect(post(console, "Tam giác cân")).to_have_count(0)
    finally:
        lesson.end()


@pytest.mark.slow
def test_a_board_of_groups(desk: Stage) -> None:
    content = {"authors": "groups", "size": 2, "named": True, "approve": False}
    lesson, projector, console, first, other = opened(desk, "board", content)
    try:
        first.page.get_by_text("Thầy cô đang chia nhóm").wait_for()
        expect(first.page.locator("form[data-posts]")).to_be_hidden()
        console.get_by_role("button", name="Bốc thăm chia nhóm").click()
        first.page.locator("#team-title", has_text="Nhóm 1").wait_for()
        first.page.locator("[data-members]", has_text="Trần Hoài An").wait_for()
        say(first, "Nhóm em nghĩ")
        assert (cost := of_its_own(first)) <= FURTHER_KB, f"{cost:.1f} kB"
        own(other, "Nhóm em nghĩ").get_by_role("button", name="Sửa").click()
        other.page.locator("#text").fill("Nhóm em nghĩ lại")
        own(first, "Nhóm em nghĩ").get_by_role("button", name="Sửa").click()
        say(first, "Nhóm em nghĩ khác")
        other.page.locator(".team-news", has_text="vừa sửa").wait_for()
        expect(other.page.locator("#text")).to_have_value("Nhóm em nghĩ lại")
        other.page.locator("form[data-posts] .btn-primary").click()
        own(first, "Nhóm em nghĩ lại").wait_for()
        projector.locator("li", has_text="Nhóm em nghĩ lại").get_by_text("Nhóm 1").wait_for()
        card(first, "Nhóm em nghĩ lại").get_by_text("Nhóm em", exact=True).wait_for()
        post(console, "Nhóm em nghĩ lại").locator("b", has_text="→ Trần Hoài An").wait_for()
        assert "Hoài An" not in projector.locator("body").inner_text()
        first.page.evaluate("scrollTo(0, document.body.scrollHeight)")  # no button half behind the foot
        looks_well(first, projector, console)
        own(other, "Nhóm em nghĩ lại").get_by_role("button", name="Rút lại").click()
        expect(own(first, "Nhóm em nghĩ")).to_have_count(0)
    finally:
        lesson.end()
