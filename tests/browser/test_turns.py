"""Who answers, as the question says: each alone at a phone of three, and then all three together."""

import re
from collections.abc import Collection

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from live_session.events import Answered
from live_session.store import log
from live_session.store.drivers import drive
from lti_tool.extensions import db
from lti_tool.models import LessonRun
from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Lesson, Pupil, Stage, Teacher
from tests.browser.steps import open_next
from tests.browser.test_kinds import PHONE_PX, Play, write
from tests.browser.test_team import ANSWER, add, share

HOST, FIRST, SECOND, ALONE = "Bùi Quốc Việt", "Trần Hoài An", "Đặng Thái An", "Lê Gia Bảo"
QUESTION = Play("single", {"options": [{"text": text} for text in "2345"], "key": ["A"]}, lambda _: None, "", "")


def begun(desk: Stage) -> Lesson:
    """A question for each alone, and one for the team."""
    teacher = Teacher.arrive(desk)
    page = teacher.page
    write(page, (QUESTION, QUESTION))
    for place, who in enumerate(("each", "together")):
        page.locator("#plan a").nth(place).click()
        page.locator("#answering").select_option(who)
        expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
        assert not [*faults(page), *sideways(page)]
    page.reload()
    expect(page.locator("#answering")).to_have_value("together")
    page.get_by_role("link", name="Xong", exact=True).click()
    return teacher.begin()


def looked(page: Page) -> list[str]:
    return [*faults(page), *small_targets(page, PHONE_PX), *sideways(page), *sideways(page, 390, text=200)]


def answered(desk: Stage, code: str) -> Collection[tuple[str, int]]:
    """What was answered, and by how many as a team."""
    with desk.school.app.app_context():
        run = db.session.scalars(select(LessonRun).where(LessonRun.code == code)).one()
        events = [e.event for e in drive(db.session.connection(), log.read(run.run_id))]
    return [(e.value, len(e.team)) for e in events if isinstance(e, Answered)]


@pytest.mark.slow
def test_each_alone_in_turns_and_then_all_together(desk: Stage) -> None:
    lesson = begun(desk)
    projector, console = lesson.projector(), lesson.console()
    phone, other = Pupil.arrive(desk).join(lesson.code, HOST), Pupil.arrive(desk).join(lesson.code, ALONE)
    sit_down(phone.page)
    own = phone.page.url
    try:
        open_next(projector)
        expect(projector.locator("#where")).to_contain_text("Mỗi em tự trả lời")
        expect(console.locator("#question-no")).to_contain_text("Mỗi em tự trả lời")
        expect(console.locator("#who-answers")).to_be_hidden()
        console.set_viewport_size({"width": 390, "height": 844})
        expect(console.locator("#who-answers")).to_have_text("Mỗi em tự trả lời")
        found = in_turns(phone)
        other.answer("5")
        other.says("Đã lưu lúc")
        expect(other.page.locator(".ph-turn:visible")).to_have_count(0)
        expect(projector.locator("#count b")).to_have_text("4/4")
        assert answered(desk, lesson.code) == [("A", 0), ("B", 0), ("C", 0), ("D", 0)]
        assert phone.page.url != own

        open_next(projector)
        expect(projector.locator("#where")).to_contain_text("Trả lời theo nhóm")
        phone.page.wait_for_url(own)
        phone.page.locator("#together", has_text=SECOND).wait_for()
        phone.answer("4")
        phone.says("Đã lưu lúc")
        found += [*all_alone(other), *faults(console), *faults(projector)]
        expect(projector.locator("#count b")).to_have_text("4/4")
        assert answered(desk, lesson.code)[4:] == [("C", 3), ("A", 0)]
        assert not found, "\n".join(found)
    finally:
        lesson.end()


def sit_down(page: Page) -> None:
    """Two more sit down at this phone."""
    share(page)
    add(page, FIRST)
    add(page, SECOND)
    page.get_by_role("link", name="Vào tiết học").click()
    page.locator("#together", has_text=SECOND).wait_for()


def in_turns(phone: Pupil) -> list[str]:
    """The host without a network, and the others once the answer is saved."""
    page = phone.page
    phone.says("Đến lượt ai? Chạm vào tên mình.")
    expect(page.locator("#question")).to_be_hidden()
    expect(page.locator(".ph-turn .btn")).to_have_text([HOST, FIRST, SECOND])
    found = looked(page)
    with phone.offline():
        page.get_by_role("button", name=HOST).click()
        page.locator(ANSWER).nth(0).click()
        phone.says("rồi hãy đưa máy cho bạn")
        expect(page.locator(".ph-turn .btn")).to_have_count(0)
    expect(page.locator(".ph-turn a")).to_have_text([FIRST, SECOND])
    found += looked(page)
    for place, name in enumerate((FIRST, SECOND), 1):
        page.get_by_role("link", name=name).click()
        phone.says(f"Lượt của {name}")
        page.locator(ANSWER).nth(place).click()
        expect(page.locator(ANSWER).nth(place)).to_have_attribute("data-state", "saved")
    phone.says("Cả nhóm đã trả lời.")
    return [*found, *looked(page)]


def all_alone(pupil: Pupil) -> list[str]:
    """Nobody is here to answer with: it is taken all the same."""
    pupil.says("Câu này cả nhóm cùng trả lời trên một máy")
    make = pupil.page.get_by_role("link", name="Lập nhóm trên máy này")
    expect(make).to_have_attribute("href", re.compile("/pass$"))
    found = looked(pupil.page)
    pupil.answer("2")
    pupil.says("Đã lưu lúc")
    return found
