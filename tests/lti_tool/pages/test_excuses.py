"""Excuses before a lesson: who may say them, what they do to attendance, and what they never do."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from analytics import reader
from lti_tool.authority import today
from lti_tool.config import HO_CHI_MINH
from lti_tool.extensions import db
from lti_tool.models import Excuse, GrantKind, LessonRun, Membership, Person
from lti_tool.pages.attendance import decisions
from tests.analytics.teaching import end, pass_minutes, store
from tests.live_session.build import Book, activity, start
from tests.lti_tool.conftest import Clock
from tests.lti_tool.markup import Markup
from tests.lti_tool.tool import SINGLE, Browser, Tool, member
from tests.lti_tool.witness import contents


@pytest.fixture
def clock(clock: Clock) -> Clock:
    """It stands on a school morning: a lesson that begins late in the evening would end on another day."""
    clock.ms = round(datetime.now(HO_CHI_MINH).replace(hour=9, minute=0).timestamp() * 1_000)
    return clock


def person(tool: Tool, number: int) -> int:
    with tool.inside():
        return tool.person(f"pupil-{number}").id


def excuse(tool: Tool, by: Browser, number: int, **form: Any) -> int:
    values = {"person": person(tool, number), "first": today_of(tool).isoformat(), "reason": "ốm", **form}
    return by.post("excuses", **values).status_code


def today_of(tool: Tool) -> Any:
    with tool.inside():
        return today()


def begun(run: LessonRun) -> Book:
    """A lesson in memory that began when this one did."""
    return Book(run.started_at).do(start((activity("single"),), run.started_at))


def taught(tool: Tool, teacher: Browser, *there: int, minutes: int = 45) -> str:
    """A lesson that begins now, in which these pupils are seen."""
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        uids = [tool.person(f"pupil-{n}").uid for n in there]
        book = begun(db.session.get_one(LessonRun, run_id)).seat(*uids)
        store(db.session.connection(), end(pass_minutes(book, minutes, *uids)), run_id)
    tool.jobs().round()
    return run_id


def decided(tool: Tool, teacher: Browser, run_id: str, **form: str) -> dict[str, str]:
    assert teacher.post(f"runs/{run_id}/attendance", **form).status_code == 303
    with tool.inside():
        names = {p.id: p.sub or "" for p in db.session.scalars(select(Person))}
        return {names[who].removeprefix("pupil-"): d.status for who, d in decisions(run_id).items()}


def test_who_was_excused_and_is_not_seen_is_proposed_as_excused(either_tool: Tool, clock: Clock) -> None:
    teacher = either_tool.set_up(3)
    assert excuse(either_tool, teacher, 2) == 303
    clock.wait(seconds=1)
    run_id = taught(either_tool, teacher, 1)
    page = teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert "Xin phép trước: ốm" in page
    told = re.sub(r"[ \n]+", " ", Markup(page).text)
    assert "1 em có đủ dấu hiệu có mặt. 1 em đã xin phép trước, chọn sẵn “Vắng P”." in told
    with either_tool.inside():
        stored = reader.snapshot_of(db.session.connection(), run_id)
        assert stored
        assert stored.snapshot.excused == [either_tool.person("pupil-2").uid]
        counted = reader.class_weeks(db.session.connection(), either_tool.registration().id)[0]
        assert (counted.absent, counted.not_seen) == (1, 1)
    assert decided(either_tool, teacher, run_id, rest="absent") == {"1": "room", "2": "excused", "3": "absent"}


def test_who_was_excused_and_comes_all_the_same_is_there(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(2)
    assert excuse(tool, teacher, 1) == 303
    clock.wait(seconds=1)
    assert decided(tool, teacher, taught(tool, teacher, 1)) == {"1": "room"}


def test_an_excuse_of_another_day_or_after_the_lesson_began_says_nothing(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(3)
    assert excuse(tool, teacher, 1, first=(today_of(tool) + timedelta(days=1)).isoformat()) == 303
    run_id = taught(tool, teacher)
    clock.wait(seconds=1)
    assert excuse(tool, teacher, 2) == 303
    tool.jobs().round()
    assert decided(tool, teacher, run_id) == {}


def test_withdrawn_it_holds_no_longer(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(2)
    assert excuse(tool, teacher, 1) == 303
    with tool.inside():
        number = db.session.scalars(select(Excuse.id)).one()
    assert teacher.post("excuses/withdraw", excuse=number).status_code == 303
    clock.wait(seconds=1)
    assert decided(tool, teacher, taught(tool, teacher)) == {}
    assert "ốm" not in teacher.get("excuses").text


@pytest.mark.parametrize("first", ["9999-12-31", "9000-01-01"])
def test_nobody_is_excused_for_a_day_that_nobody_will_see(tool: Tool, first: str) -> None:
    assert excuse(tool, tool.set_up(2), 1, first=first) == 400


def test_a_year_ahead_can_be_known(tool: Tool) -> None:
    ahead = today_of(tool) + timedelta(days=365)
    assert excuse(tool, tool.set_up(2), 1, first=ahead.isoformat()) == 303


def test_the_same_excuse_twice_is_one(tool: Tool) -> None:
    teacher = tool.set_up(2)
    assert [excuse(tool, teacher, 1) for _ in range(2)] == [303, 303]
    with tool.inside():
        assert len(db.session.scalars(select(Excuse)).all()) == 1


@pytest.mark.parametrize(
    ("part", "last", "told"),
    [
        ("day", 0, ", cả ngày ·"),
        ("morning", 0, ", buổi sáng ·"),
        ("afternoon", 0, ", buổi chiều ·"),
        ("day", 1, " đến hết "),
    ],
)
def test_it_is_listed_in_the_words_it_was_entered_with(
    tool: Tool, clock: Clock, part: str, last: int, told: str
) -> None:
    teacher = tool.set_up(2)
    assert excuse(tool, teacher, 1, part=part, last=day(tool, last)) == 303
    page = teacher.get("excuses").text
    assert told in page
    assert "00:00" not in page


@pytest.mark.parametrize(
    ("first", "last", "part"),
    [(-1, None, "day"), (1, 0, "day"), (0, 60, "day"), (0, 1, "morning"), (0, None, "night"), (None, None, "day")],
)
def test_days_that_cannot_be_meant_are_refused(tool: Tool, first: int | None, last: int | None, part: str) -> None:
    teacher = tool.set_up(2)
    form: dict[str, Any] = {"part": part, "first": "" if first is None else day(tool, first)}
    if last is not None:
        form["last"] = day(tool, last)
    before = contents(tool, ["access_entry"])
    assert excuse(tool, teacher, 1, **form) == 400
    assert contents(tool, ["access_entry"]) == before


def day(tool: Tool, number: int) -> str:
    return str((today_of(tool) + timedelta(days=number)).isoformat())


def test_the_homeroom_teacher_excuses_for_all_subjects_and_only_in_the_own_class(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(2)
    homeroom = tool.browser().launch(sub="homeroom-1", **{"https://purl.imsglobal.org/spec/lti/claim/roles": []})
    with tool.inside():
        tool.grant("homeroom-1", GrantKind.HOMEROOM, subject=None)
        teacher_id = tool.person("teacher-1").id
    homeroom = tool.browser().launch(sub="homeroom-1", **{"https://purl.imsglobal.org/spec/lti/claim/roles": []})
    assert excuse(tool, homeroom, 1) == 303
    assert homeroom.post("excuses", person=teacher_id, first=day(tool, 0)).status_code == 404  # no pupil of the class
    with tool.inside():
        one = db.session.scalars(select(Excuse)).one()
        assert one.context_id is None
        number = one.id
    assert teacher.post("excuses/withdraw", excuse=number).status_code == 404  # it is the homeroom teacher's word
    page = teacher.get("excuses").text
    assert "mọi môn" in page
    assert 'name="excuse"' not in page
    clock.wait(seconds=1)
    assert decided(tool, teacher, taught(tool, teacher)) == {"1": "excused"}


def test_a_grant_for_one_subject_excuses_nobody_and_withdraws_nothing(tool: Tool) -> None:
    """The word would hold in courses that the grant does not reach."""
    teacher = tool.set_up(2)
    assert excuse(tool, teacher, 1) == 303
    roles = {"https://purl.imsglobal.org/spec/lti/claim/roles": []}
    homeroom = tool.browser().launch(sub="homeroom-1", **roles)
    with tool.inside():
        tool.grant("homeroom-1", GrantKind.HOMEROOM, subject="Toán")
        number = db.session.scalars(select(Excuse.id)).one()
    assert "/excuses" not in homeroom.get("homeroom").text
    assert "ốm" not in homeroom.get("excuses").text
    assert excuse(tool, homeroom, 2) == 404
    assert homeroom.post("excuses/withdraw", excuse=number).status_code == 404
    with tool.inside():
        assert db.session.scalars(select(Excuse)).one().withdrawn_at is None


def test_leave_for_a_part_of_a_lesson_is_not_held_against_a_pupil(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(2)
    clock.wait(seconds=1)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        uid, run = tool.person("pupil-1").uid, db.session.get_one(LessonRun, run_id)
        book = begun(run).seat(uid)
        until = book.clock() + 20 * 60_000
        db.session.add(Excuse(person_id=tool.person("pupil-1").id, starts_at=1, ends_at=until, at=1))
        store(db.session.connection(), end(pass_minutes(pass_minutes(book, 20), 25, uid)), run_id)
    tool.jobs().round()
    with tool.inside():
        stored = reader.snapshot_of(db.session.connection(), run_id)
        assert stored
        found = stored.snapshot.proposals[uid]
        assert (found.is_partial, found.share) == (False, 1)


# --- the class as it was --------------------------------------------------------------------------------------------


def test_who_came_into_the_class_later_was_not_missing(tool: Tool) -> None:
    teacher = tool.set_up(2)
    run_id = taught(tool, teacher, 1)
    tool.platform.members = [member(n) for n in range(1, 4)]
    teacher.post("roster/refresh")
    tool.jobs().round()
    page = teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert page.count("Vào lớp sau tiết này") == 1
    assert decided(tool, teacher, run_id, rest="absent") == {"1": "room", "2": "absent"}


def test_who_has_left_since_still_stands_in_the_lesson(tool: Tool) -> None:
    teacher = tool.set_up(2)
    run_id = taught(tool, teacher, 1)
    gone = person(tool, 2)
    with tool.inside():
        db.session.execute(update(Membership).where(Membership.person_id == gone).values(is_active=False))
    assert "Đã rời lớp sau tiết này" in teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert decided(tool, teacher, run_id, rest="absent") == {"1": "room", "2": "absent"}


def test_those_still_without_a_mark_are_counted(tool: Tool) -> None:
    teacher = tool.set_up(3)
    run_id = taught(tool, teacher, 1)
    decided(tool, teacher, run_id)
    assert re.search(r"Còn 2 em chưa điểm danh", teacher.get(f"runs/{run_id}/attendance").text)


def test_where_nobody_asked_for_leave_the_page_says_so(tool: Tool) -> None:
    teacher = tool.set_up(1)
    assert "Chưa có em nào xin phép cho những ngày tới." in teacher.get("excuses").text


def test_a_course_without_pupils_is_led_to_its_list(tool: Tool) -> None:
    page = tool.set_up(0).get("excuses").text
    assert 'name="reason"' not in page
    assert "Chưa có em nào xin phép" not in page
