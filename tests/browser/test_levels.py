"""A teacher's levels and an objective's identifiers: without a network, by a double press, by two teachers at once."""

import re
from random import Random

import pytest
from playwright.sync_api import Page, expect

from deploy.demo.past import Manners, Play, teach
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.lessons import roster
from lti_tool.models import Assessment, JudgedLevel, Lesson, LessonActivity, LessonRun, ObjectiveKey, Person
from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Stage, Teacher, until
from tests.browser.test_away import HELD_ONLINE, WORKS, cut

pytestmark = pytest.mark.slow

HOUR = 3_600_000
WORK, LESSON = "Bài thuyết trình", "Tiết thuyết trình"
CONTENT = {
    "prompt": "Bài trình bày thế nào?",
    "about": "self",
    "criteria": ["Nội dung", "Trình bày", "Trả lời câu hỏi"],
    "levels": ["Chưa đạt", "Đạt", "Khá", "Tốt"],
}
GOALS = ("Trình bày được cách giải", "Trả lời được câu hỏi của bạn")
REGISTER = "navigator.serviceWorker.register('/sw.js?language=vi')"
URI = "https://example.org/cf/"


def taught(stage: Stage) -> None:
    """A lesson of an hour ago that asked a rubric, in the teacher's course."""
    with stage.school.app.test_request_context("/"):
        if db.session.query(LessonRun).filter_by(title=LESSON).first():
            return
        first = db.session.query(Lesson).order_by(Lesson.id).first()
        assert first is not None
        context_id, teacher = first.context_id, db.session.get_one(Person, first.author_id)
        lesson = Lesson(context_id=context_id, author_id=teacher.id, title=LESSON, created_at=1, changed_at=1)
        lesson.activities = [
            LessonActivity(
                position=n,
                kind="rubric",
                title=WORK,
                points=0.0,
                seconds=60,
                objective=goal,
                content=CONTENT,
                changed_at=1,
            )
            for n, goal in enumerate(GOALS)
        ]
        db.session.add(lesson)
        db.session.flush()
        pupils = [db.session.get_one(Person, one.person_id) for one in roster.pupils(context_id)[:6]]
        manners = Manners(absent=0, late=0, home=0, silent=0)
        teach(lesson, teacher, pupils, now() - HOUR, Play(Random(1), lambda _: manners, lambda activity, who: "A"))
        db.session.commit()


def acts(stage: Stage) -> list[int]:
    """Every level that was said, in order."""
    with stage.school.app.test_request_context("/"):
        return [one.level for one in db.session.query(JudgedLevel).order_by(JudgedLevel.id)]


def tag(page: Page) -> None:
    """The rubric's questions become an assessment by levels; a finger too many makes no second one."""
    page.get_by_role("link", name="Điểm", exact=True).click()
    if page.locator("#periods").count():
        page.locator("#periods").fill("140")
        page.get_by_role("button", name="Lưu").click()
        page.get_by_role("status").first.wait_for()
    page.get_by_role("link", name="Điểm đề xuất").click()
    page.locator("#title").wait_for()
    until(lambda: page.reload() and page.locator("[name=work]").count(), "the rubric in the list of works")
    for earlier in page.locator("details.earlier > summary").all():
        earlier.click()
    page.locator("#title").fill("Thuyết trình")
    page.locator("#method").select_option("presentation")
    page.locator("label", has_text=WORK).locator("[name=work]").first.check()  # other tests of this school have theirs
    page.get_by_role("button", name="Xem điểm đề xuất").dblclick()
    page.locator("select.sat").first.wait_for()


def levels(page: Page, *chosen: str) -> None:
    """Of the first pupil, criterion by criterion."""
    for box, level in zip(page.locator("select.sat").all()[: len(chosen)], chosen, strict=True):
        box.select_option(level)


def test_levels_wait_for_the_network_and_a_colleague_who_was_quicker_is_told_of(desk: Stage) -> None:
    taught(desk)
    teacher = Teacher.arrive(desk)
    teacher.context.add_init_script(HELD_ONLINE)
    page = teacher.page
    tag(page)
    address, save, told = page.url, page.get_by_role("button", name="Lưu các mức"), page.locator("#complaint")
    with desk.school.app.test_request_context("/"):
        assert db.session.query(Assessment).filter_by(by_levels=True).count() == 1
    page.evaluate(REGISTER)
    until(lambda: page.evaluate(WORKS), "the worker works")
    page.reload()
    late = teacher.context.new_page()
    late.goto(address)
    levels(page, "4", "3")
    with cut(desk, teacher.context):
        save.click()
        expect(told).to_contain_text("Mất mạng. Chưa gửi được. Thử lại khi có mạng.")
        assert page.url == address
        expect(page.locator("select.sat").first).to_have_value("4")
        expect(page.locator("form[data-changed]")).to_have_count(1)  # so that leaving is still asked about
        for width in (390, 1366):
            page.set_viewport_size({"width": width, "height": 844})
            assert faults(page, "light") + sideways(page) == []
    assert acts(desk) == []
    teacher.context.route("**/levels", lambda route: (page.wait_for_timeout(1_500), route.continue_()))
    save.dblclick()  # slowly, and by a finger too many
    page.locator(".markband, [data-mark]").first.wait_for()
    teacher.context.unroute_all()
    assert acts(desk) == [4, 3]
    levels(late, "2", "1", "2")
    late.get_by_role("button", name="Lưu các mức").click()
    expect(late.locator("[role=alert]")).to_contain_text("2 mức có người khác vừa ghi.")
    expect(late.get_by_text("Người khác vừa ghi: Tốt")).to_have_count(1)
    expect(late.locator("select.sat").first).to_have_value("2")  # what was chosen stays in sight
    assert acts(desk) == [4, 3, 2]
    late.set_viewport_size({"width": 390, "height": 844})
    assert faults(late) + sideways(late) + small_targets(late, 44) == []
    late.get_by_role("button", name="Lưu các mức").click()
    late.locator(".markband, [data-mark]").first.wait_for()
    assert acts(desk) == [4, 3, 2, 2, 1]


def test_identifiers_of_objectives_wait_for_the_network_and_a_colleagues_stands(desk: Stage) -> None:
    taught(desk)
    teacher = Teacher.arrive(desk)
    page, told = teacher.page, teacher.page.locator("#complaint")
    page.goto(re.sub(r"(/l/\w+).*", r"\1/marks/files/objectives", teacher.home))
    late, stale = (
        teacher.context.new_page(),
        teacher.context.new_page(),
    )  # not watched: the browser complains of refusals
    for other in (late, stale):
        other.goto(page.url)
    fields = [page.get_by_label(goal, exact=True) for goal in GOALS]
    save = page.get_by_role("button", name="Lưu mã")
    fields[0].fill(URI + "1")
    with cut(desk, teacher.context):
        save.click()
        expect(told).to_contain_text("Mất mạng. Chưa gửi được.")
        expect(fields[0]).to_have_value(URI + "1")
    save.dblclick()
    page.get_by_role("status").first.wait_for()
    late.get_by_label(GOALS[1], exact=True).fill(URI + "2")  # of the first line it shows nothing yet
    late.get_by_role("button", name="Lưu mã").click()
    late.get_by_role("status").first.wait_for()
    with desk.school.app.test_request_context("/"):
        kept = {one.objective: one.uri for one in db.session.query(ObjectiveKey)}
    assert {goal: kept.get(goal) for goal in GOALS} == {GOALS[0]: URI + "1", GOALS[1]: URI + "2"}
    stale.get_by_label(GOALS[1], exact=True).fill(URI + "3")
    stale.get_by_role("button", name="Lưu mã").click()
    expect(stale.locator("[role=alert]")).to_contain_text("1 mã có người khác vừa sửa.")
    expect(stale.get_by_text(f"Người khác vừa ghi: {URI}2")).to_be_visible()
    expect(stale.get_by_label(GOALS[1], exact=True)).to_have_value(URI + "3")
    for width in (390, 1366):
        stale.set_viewport_size({"width": width, "height": 844})
        assert faults(stale) + sideways(stale) == []
    page.locator("[name=joined]").select_option(GOALS[0])
    page.locator("[name=earlier]").select_option(GOALS[1])
    page.get_by_role("button", name="Gộp").dblclick()
    page.locator("#joined").wait_for()
    part = page.locator("button[name=parted]")
    assert part.count() == 1
    late.goto(page.url)
    part.dblclick()
    expect(page.locator("#joined")).to_have_count(0)
    late.locator("button[name=parted]").click()  # somebody else was quicker, and wanted the same
    late.get_by_role("status").first.wait_for()
    expect(late.locator("#joined")).to_have_count(0)
