"""Submission review: the launching person's role decides; the name in the message only says whose work is meant."""

from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from lti_tool.extensions import db
from lti_tool.models import AccessEntry, LaunchKind, LaunchVisit, LineItem
from lti_tool.models.base import new_uid
from tests.lti_tool.platform import AGS, INSTRUCTOR, LEARNER, LTI
from tests.lti_tool.school import School, console, frames, open_school, submit
from tests.lti_tool.tool import Browser, Tool
from tests.lti_tool.witness import fault_of

COLUMN = "/items/1/lineitem?type_id=7"


@pytest.fixture(scope="module")
def built(steady_tool: Tool) -> School:
    """A lesson taught to its end, in which the pupil answered, with a column of its own in the gradebook."""
    tool = steady_tool
    school = open_school(tool)
    here = school.here
    teacher = school.people["teacher"]
    opened = {"t": "steer", "id": new_uid(), "action": "open", "activity": here.activity_uid}
    frames(teacher, console(teacher, here.run_id), opened)
    assert submit(school.people["pupil"], here.activity_uid, "C")["t"] == "ack"
    assert teacher.post(f"runs/{here.run_id}/end").status_code == 303
    tool.jobs().round()
    with tool.inside():
        db.session.add(
            LineItem(
                context_id=here.context_id,
                resource_id=here.lesson_uid,
                tag="score",
                label="x",
                maximum=10,
                url=tool.platform.url + COLUMN,
                created_at=1,
            )
        )
    school.keep()
    return school


@pytest.fixture
def school(built: School) -> School:
    return built.restored()


def review(school: School, sub: str, role: str, for_user: Any, **claims: Any) -> tuple[Browser, TestResponse]:
    """A submission review launch by this person about that one; the browser, and where it led."""
    tool = school.tool
    browser = tool.browser()
    login = browser.login()
    said = {
        f"{LTI}message_type": "LtiSubmissionReviewRequest",
        f"{LTI}for_user": for_user,
        f"{LTI}roles": [role],
        AGS: {"lineitem": tool.platform.url + COLUMN, "lineitems": f"{tool.platform.url}/items", "scope": []},
        **claims,
    }
    target = browser.address("/lti/launch")
    token = tool.platform.sign(tool.platform.claims(login["nonce"], target, sub=sub, **said))
    answer = browser.answer(login, token)
    return browser, browser.client.get(answer.location.partition("#")[0]) if answer.status_code == 303 else answer


def pupil_of(school: School) -> str:
    with school.tool.inside():
        return str(school.tool.person("pupil-1").sub)


def test_s1_a_teacher_sees_one_pupils_work(school: School) -> None:
    _, page = review(school, "teacher-1", INSTRUCTOR, {"user_id": pupil_of(school)})
    assert page.status_code == 200
    assert "Đặng Thái An" in page.text
    assert "<b>C</b> 2 và -2" in page.text, "what the letter stood for"
    assert "Trần Hoài An" not in page.text
    with school.tool.inside():
        assert "work.seen" in db.session.scalars(select(AccessEntry.action)).all()


def test_s1_a_pupil_sees_their_own_and_no_right_or_wrong_before_a_score(school: School) -> None:
    _, page = review(school, "pupil-1", LEARNER, {"user_id": "pupil-1"})
    assert page.status_code == 200
    assert "chip-ok" not in page.text
    assert "Chưa có điểm" in page.text


@pytest.mark.parametrize("role", [LEARNER, "", "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"])
def test_s1_nobody_sees_anothers_by_naming_them(school: School, role: str) -> None:
    _, page = review(school, "pupil-2", role, {"user_id": "pupil-1"})
    assert (fault_of(page), page.status_code) == ("no_work", 404)
    assert "Đặng" not in page.text


def test_s1_a_name_that_was_only_picked_opens_no_work(school: School) -> None:
    """Anybody in the room may pick anybody's name: of that seat the LMS has said nothing."""
    with school.tool.inside():
        uid = school.tool.person("pupil-1").uid
    pupil, address = school.people["pupil"], f"work/{uid}/{school.here.lesson_uid}"
    assert pupil.get(address).status_code == 200
    with school.tool.inside():
        db.session.execute(update(LaunchVisit).where(LaunchVisit.id == pupil.visit).values(kind=LaunchKind.CODE))
    assert (fault_of(answer := pupil.get(address)), answer.status_code) == ("no_work", 404)


def test_s1_a_teacher_of_another_course_sees_nothing(school: School) -> None:
    other = {f"{LTI}context": {"id": "course-9", "title": "Khác"}}
    _, page = review(school, "teacher-9", INSTRUCTOR, {"user_id": "pupil-1"}, **other)
    assert (fault_of(page), page.status_code) == ("no_work", 404)


@pytest.mark.parametrize("for_user", [None, {}, {"user_id": ""}, {"user_id": 7}, "pupil-1", {"user_id": "nobody"}])
def test_s1_a_request_about_nobody_is_a_page_that_says_so(school: School, for_user: Any) -> None:
    _, page = review(school, "teacher-1", INSTRUCTOR, for_user)
    assert fault_of(page) in ("claims", "unproved", "no_work")
    assert page.status_code in (403, 404)


def test_s1_a_column_the_lms_made_itself_is_known_by_its_link(school: School) -> None:
    lesson = {f"{LTI}custom": {"lesson": school.here.lesson_uid}, AGS: {"lineitem": "http://x/own", "scope": []}}
    _, page = review(school, "teacher-1", INSTRUCTOR, {"user_id": "pupil-1"}, **lesson)
    assert page.status_code == 200
