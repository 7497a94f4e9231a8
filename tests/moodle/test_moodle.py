"""The product plugged into a real Moodle: registered, chosen, launched, taught with, and written back."""

import re
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, expect
from sqlalchemy import delete, func, select

from live_session.model import Proof, Standing
from lti_tool import live
from lti_tool.extensions import db
from lti_tool.lms import delivery
from lti_tool.lms.delivery import Queued
from lti_tool.models import (
    Lesson,
    LessonRun,
    LineItem,
    MemberRole,
    Membership,
    Person,
    PlatformToken,
    Registration,
    ScoreState,
)
from tests.browser.school import until
from tests.browser.site import scan
from tests.moodle.moodle import PATIENCE_MS, PHONE, type_credentials
from tests.moodle.plugged import (
    ASSISTANT,
    LEAVER,
    OTHER_PUPIL,
    PUPIL,
    PUPIL_NAME,
    RUN,
    TEACHER,
    TITLES,
    Plugged,
    Product,
    activity_of,
    begin,
    chip,
    confirm,
    consent,
    end_and_confirm,
    open_first,
    people,
    plugged_grade,
    press,
    report_of,
    writes,
)


def test_three_lessons_are_chosen_at_once(plugged: Plugged) -> None:
    def choose(frame: Frame) -> None:
        for title in TITLES:
            frame.get_by_label(title).check()
        frame.get_by_role("button", name="Put into the course").click()

    made = plugged.teacher.add_by_choosing(plugged.tool, choose)
    names = plugged.teacher.activities()
    assert sorted(names[one] for one in made) == sorted(TITLES)


def test_the_roster_is_the_courses(plugged: Plugged) -> None:
    def members() -> int:
        with plugged.product.reading():
            return len(db.session.scalars(select(Membership.id).where(Membership.is_active)).all())

    until(lambda: members() >= 40, "the roster")
    with plugged.product.app.app_context():
        assert db.session.scalars(select(Person).where(Person.name == PUPIL_NAME)).one()


def test_teacher_and_pupil_launch_in_a_frame_and_in_a_window(plugged: Plugged) -> None:
    frame = plugged.teacher.launch(plugged.first)
    expect(frame.get_by_role("heading", name="Bài mở đầu")).to_be_visible()
    window = plugged.teacher.launch_in_window(plugged.first)
    expect(window.get_by_text("Nguyễn Thu Hà")).to_be_visible()
    window.reload()
    expect(window.get_by_text("Nguyễn Thu Hà")).to_be_visible()
    window.close()
    pupil = plugged.moodle.sign_in(PUPIL, **PHONE)
    inside = pupil.launch(plugged.first)
    expect(inside.get_by_text(re.compile("The lesson has not begun|Open in a window")).first).to_be_visible()
    alone = pupil.launch_in_window(plugged.first)
    expect(alone.locator("body")).to_contain_text("An")
    pupil.close()


def test_a_non_editing_teacher_is_a_pupil_in_the_list_and_no_pupil_here(plugged: Plugged) -> None:
    sub = plugged.moodle.user_id(ASSISTANT)
    until(lambda: plugged.is_active(sub), "the roster")
    assert plugged.role(sub) is MemberRole.PUPIL
    assistant = plugged.moodle.sign_in(ASSISTANT)
    window = assistant.launch_in_window(plugged.first)
    expect(window.get_by_role("heading", name="Bài mở đầu")).to_be_visible()
    assert plugged.role(sub) is MemberRole.TEACHER
    assistant.close()
    plugged.refresh_roster()
    assert plugged.role(sub) is MemberRole.TEACHER


def test_who_is_suspended_is_off_todays_list_and_comes_back(plugged: Plugged) -> None:
    sub = plugged.moodle.user_id(LEAVER)
    assert plugged.is_active(sub) is True
    plugged.moodle.suspend(LEAVER, is_suspended=True)
    try:
        plugged.refresh_roster()
        assert plugged.is_active(sub) is False
    finally:
        plugged.moodle.suspend(LEAVER, is_suspended=False)
    plugged.refresh_roster()
    assert plugged.is_active(sub) is True


def test_a_whole_lesson_reaches_the_gradebook(plugged: Plugged) -> None:
    start, projector, activity = begin(plugged, TITLES[0])
    pupil = plugged.moodle.sign_in(PUPIL, **PHONE)
    phone = pupil.launch_in_window(activity)
    open_first(projector)
    phone.locator("button.answer", has_text="2").first.click()
    expect(phone.locator("b", has_text="Saved at")).to_be_visible()
    projector.close()
    end_and_confirm(start)
    assert plugged_grade(pupil, TITLES[0]) == "10.00"
    pupil.close()


def test_each_activity_goes_on_opening_its_own_lesson(plugged: Plugged) -> None:
    """Also when another lesson was taught meanwhile; the column of a lesson that was not taught stays empty."""
    for title in (TITLES[2], TITLES[0]):
        frame = plugged.teacher.launch(activity_of(plugged, title))
        expect(frame.get_by_role("heading", name=title).first).to_be_visible()
    pupil = plugged.moodle.sign_in(PUPIL)
    assert [pupil.grade(title)[0] for title in (TITLES[0], TITLES[2])] == ["10.00", "-"]
    pupil.close()


def test_a_teacher_who_switches_role_sees_a_pupils_page_and_is_a_teacher_again(plugged: Plugged) -> None:
    activity, sub = activity_of(plugged, TITLES[2]), plugged.moodle.user_id(TEACHER)
    with plugged.teacher.as_student():
        frame = plugged.teacher.launch(activity)
        expect(frame.get_by_role("heading", name="The lesson has not begun")).to_be_visible()
    frame = plugged.teacher.launch(activity)
    expect(frame.get_by_role("button", name="Start the lesson")).to_be_visible()
    assert plugged.role(sub) is MemberRole.TEACHER


def test_the_work_opens_from_the_gradebook(plugged: Plugged) -> None:
    """Moodle's grade analysis is a submission review."""
    activity, sub = activity_of(plugged, TITLES[0]), plugged.moodle.user_id(PUPIL)
    frame = plugged.teacher.review(activity, sub)
    expect(frame.get_by_role("heading", name=PUPIL_NAME)).to_be_visible()
    pupil = plugged.moodle.sign_in("pupil2")
    pupil.page.goto(f"{plugged.moodle.url}/mod/lti/grade.php?id={activity}&userid={sub}")
    expect(pupil.page.locator("#contentframe")).to_have_count(0)  # Moodle itself refuses
    pupil.close()


def test_a_changed_confirmation_is_written_over_the_first(plugged: Plugged) -> None:
    report = report_of(plugged, TITLES[0])
    confirm(report, "8,5", "Trình bày gọn hơn nhé")
    pupil = plugged.moodle.sign_in(PUPIL)
    until(lambda: pupil.grade(TITLES[0])[0] == "8.50", "the second score")
    assert pupil.grade(TITLES[0])[1] == "Trình bày gọn hơn nhé"
    report.close()
    pupil.close()


def test_a_teachers_own_grade_in_moodle_stands(plugged: Plugged) -> None:
    """Both are shown and the teacher is asked; either choice is kept to."""
    short = PUPIL_NAME.rpartition(" ")[0]
    plugged.teacher.override(TITLES[0], short, "6.5")
    pupil = plugged.moodle.sign_in(PUPIL)
    assert pupil.grade(TITLES[0])[0] == "6.50"
    report = report_of(plugged, TITLES[0])
    confirm(report, "9")
    chip(report, "The gradebook has another grade")
    expect(report.get_by_text("In the gradebook: 6.5. In Giơ Tay: 9.0. Which one stands?")).to_be_visible()
    press(report, report.get_by_role("button", name=re.compile("^Keep the gradebook's")))
    chip(report, "The gradebook's grade stands: 6.5")
    assert pupil.grade(TITLES[0])[0] == "6.50"
    confirm(report, "7,5")
    chip(report, "The gradebook has another grade")
    press(report, report.get_by_role("button", name=re.compile("^Write Giơ Tay's")))
    chip(report, "The gradebook holds its own grade")  # an override answers 200 and stays
    assert pupil.grade(TITLES[0])[0] == "6.50"
    plugged.teacher.take_override_back(TITLES[0], short)
    press(report, report.get_by_role("button", name=re.compile("^Write Giơ Tay's")))
    chip(report, "Written")
    assert pupil.grade(TITLES[0])[0] == "7.50"
    report.close()
    pupil.close()


def test_a_copied_course_has_the_lesson_as_its_own(plugged: Plugged, tmp_path: Path) -> None:
    copy = plugged.moodle.copy_course(tmp_path)
    try:
        activity = activity_of(plugged, TITLES[0], copy)
        window = plugged.teacher.launch_in_window(activity)
        window.get_by_role("button", name="Save the set-up").click()
        expect(window.get_by_text("This lesson was copied from the course")).to_be_visible()
        expect(window.get_by_role("heading", name=TITLES[0])).to_be_visible()
        assert not window.locator("a.dated").count()  # the old course's lessons are not this one's
        with plugged.product.app.app_context():
            old, new = db.session.scalars(select(Lesson).where(Lesson.title == TITLES[0]).order_by(Lesson.id)).all()
            assert (new.copied_from_uid, len(new.activities)) == (old.uid, 1)
            assert new.context_id != old.context_id
            runs = select(func.count()).where(LessonRun.context_id == new.context_id)
            assert db.session.scalar(runs) == 0
        window.close()
        pupil = plugged.moodle.sign_in("pupil2", **PHONE)
        phone = pupil.launch_in_window(activity)
        expect(phone.get_by_role("heading", name="The lesson has not begun")).to_be_visible()
        pupil.close()
    finally:
        plugged.moodle.delete_course(copy)


def test_forty_scores_at_once_take_one_token(plugged: Plugged) -> None:
    report = report_of(plugged, TITLES[0])
    fields = report.locator("#scores input.score").all()
    assert len(fields) >= 40
    for n, field in enumerate(fields):
        field.fill(str(3 + n % 8))
    before = plugged.moodle.tokens()
    writes(report).click()
    began = time.monotonic()
    until(lambda: plugged.states(TITLES[0]).count(ScoreState.SENT) >= len(fields), "forty scores", 60)
    print(f"\n{len(fields)} scores in {time.monotonic() - began:.1f} s, {plugged.moodle.tokens() - before} tokens")
    assert plugged.moodle.tokens() - before <= 2
    report.close()


def extra(plugged: Plugged, label: str, scores: dict[str, str]) -> list[tuple[ScoreState, str]]:
    """Write values into the attendance column of the lesson that was taught; where each ends, in this order."""
    ids = people(plugged, *scores)
    with plugged.product.app.app_context():
        run = db.session.scalars(select(LessonRun).join(Lesson).where(Lesson.title == TITLES[0])).one()
        item = delivery.extra_column(run, delivery.ATTENDANCE, label)
        delivery.queue(item, [Queued(id_, value) for id_, value in zip(ids, scores.values(), strict=True)])
        db.session.commit()
    until(lambda: all(state is not ScoreState.WAITING for state, _ in extras(plugged, ids)), "the column")
    return extras(plugged, ids)


def extras(plugged: Plugged, ids: list[int]) -> list[tuple[ScoreState, str]]:
    with plugged.product.reading():
        item = db.session.scalars(select(LineItem).where(LineItem.tag == delivery.ATTENDANCE)).one()
        found = delivery.states(item)
        return [(found[id_].state, found[id_].fault) for id_ in ids]


SENT = (ScoreState.SENT, "")


def test_who_left_the_course_keeps_nobody_elses_value_back(plugged: Plugged) -> None:
    plugged.moodle.leave(LEAVER)
    try:
        assert extra(plugged, f"Điểm danh {RUN}", {LEAVER: "1", PUPIL: "1"}) == [(ScoreState.REFUSED, "refused"), SENT]
    finally:
        plugged.moodle.enrol(LEAVER)


def test_a_moodle_that_may_not_fetch_our_keys_is_told_what_to_click(plugged: Plugged) -> None:
    """A school's Moodle with its defaults, and the tool in the same network."""
    with plugged.moodle.setting("curlsecurityblockedhosts", "127.0.0.0/8\n192.168.0.0/16\n10.0.0.0/8\n172.16.0.0/12"):
        with plugged.product.app.app_context():
            db.session.execute(delete(PlatformToken))
            db.session.commit()
        window = plugged.admin.launch_in_window(plugged.first)
        window.get_by_role("link", name="Connection").click()
        window.get_by_role("button", name="Try the connection").click()
        window.wait_for_load_state()
        fix = window.get_by_text("cURL blocked hosts list")
        until(lambda: window.reload() and fix.count(), "what to click")
        window.close()


def test_registering_twice_is_one_registration(plugged: Plugged) -> None:
    plugged.admin.register_again(plugged.address(), consent, plugged.tool)
    with plugged.product.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Registration)) == 1
    window = plugged.teacher.launch_in_window(plugged.first)
    expect(window.get_by_role("heading", name="Bài mở đầu")).to_be_visible()
    window.close()


PHONES_WORD = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
)
"""Moodle gives phones the whole window, and knows them by what their browsers say."""


def test_a_scan_leads_a_phone_through_moodles_sign_in_into_the_lesson(plugged: Plugged) -> None:
    start, projector, _ = begin(plugged, TITLES[1])
    code = start.locator(".digits").first.inner_text().replace(" ", "")
    context = plugged.moodle.browser.new_context(ignore_https_errors=True, user_agent=PHONES_WORD, **PHONE)
    context.set_default_timeout(PATIENCE_MS)
    phone = context.new_page()
    phone.goto(scan(plugged.product.app, projector, code))
    phone.get_by_role("link", name="Come in with my account").click()
    phone.wait_for_url(re.compile(re.escape(plugged.moodle.url) + "/login/"))
    type_credentials(phone, OTHER_PUPIL, plugged.moodle.password)
    phone.wait_for_url(re.compile(r"/l/\w+/lesson"))
    name = phone.locator(".ph-me b").inner_text()
    phone.wait_for_load_state("networkidle")
    held = until(lambda: seat(plugged.product, code, name), "the seat")
    assert (held.standing, held.mode, held.proof) == (Standing.LAUNCHED, "room", Proof.CODE)
    phone.goto(scan(plugged.product.app, projector, code))  # signed in, and known: one scan and no tap
    phone.wait_for_url(re.compile(r"/l/\w+/lesson"))
    expect(phone.locator(".ph-me b")).to_have_text(name)
    context.close()
    projector.close()
    start.bring_to_front()
    start.get_by_role("button", name="End the lesson").click()
    start.locator("dialog[open] .btn-primary").click()
    start.wait_for_url(re.compile("/report"))


def seat(product: Product, code: str, name: str) -> Any:
    """The seat in force under this name."""
    with product.reading():
        run = db.session.scalars(select(LessonRun).where(LessonRun.code == code)).one()
        uid = db.session.scalars(select(Person.uid).where(Person.name == name)).one()
        sitting = live.state_of(run.run_id).participants.get(uid)
        return sitting.active if sitting else None
