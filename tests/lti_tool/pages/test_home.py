"""Where a teacher's launch lands: the lesson that comes next."""

import re
from datetime import datetime

from sqlalchemy import delete, select

from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.lms import delivery
from lti_tool.models import Course, Lesson, LineItem, Place, Score, ScoreState
from tests.lti_tool.conftest import Clock
from tests.lti_tool.tool import SINGLE, Browser, Tool


def test_a_lesson_that_was_only_begun_is_not_the_next_one(tool: Tool) -> None:
    """One press makes a lesson; who then goes back finds what there is to teach, not the blank one."""
    teacher = tool.set_up()
    tool.lesson(SINGLE)
    assert teacher.post("lessons", title="").status_code == 303
    next_one = re.search(r"<h2[^>]*>(.*?)</h2>", teacher.get("").text, re.S)
    assert next_one
    assert "Hệ thức Vi-ét" in re.sub(r"<[^>]*>", "", next_one[1])


def test_the_blank_lesson_is_the_next_one_where_there_is_no_other(tool: Tool) -> None:
    teacher = tool.set_up()
    assert teacher.post("lessons", title="Tiết đầu tiên").status_code == 303
    next_one = re.search(r"<h2[^>]*>(.*?)</h2>", teacher.get("").text, re.S)
    assert next_one
    assert "Tiết đầu tiên" in next_one[1]


def refuse(tool: Tool, item: LineItem, at: int) -> None:
    """A score of this column that the LMS did not take."""
    db.session.flush()
    db.session.add(
        Score(
            line_item_id=item.id,
            person_id=tool.person("pupil-1").id,
            value="7.0",
            comment="",
            timestamp=at,
            state=ScoreState.REFUSED,
            fault="refused",
            tries=1,
            next_at=0,
        )
    )


def told(teacher: Browser) -> str | None:
    """Where the home page leads to what has not reached the LMS."""
    found = re.search(r'<a href="([^"]+)"[^>]*><svg[^>]*>(?:(?!</a>).)*?chưa vào sổ', teacher.get("").text, re.S)
    return found[1] if found else None


def test_marks_that_did_not_reach_the_lms_are_told_and_hide_no_lessons_score(tool: Tool) -> None:
    teacher = tool.set_up()
    run_id = tool.start(teacher, SINGLE)
    assert teacher.post(f"runs/{run_id}/end").status_code == 303
    assert told(teacher) is None
    with tool.inside():
        course = db.session.scalars(select(Course)).one()
        refuse(tool, delivery.mark_column(course, 2, Place.FINAL, "Cuối kì"), at=2_000)
    assert told(teacher) == teacher.path("marks?term=2")
    with tool.inside():
        lesson = db.session.scalars(select(Lesson)).one()
        refuse(tool, delivery.plan(lesson, "Vi-ét", 10), at=1_000)
    assert told(teacher) == teacher.path("marks?term=2")
    with tool.inside():
        db.session.delete(db.session.scalars(select(Score).where(Score.timestamp == 2_000)).one())
    assert told(teacher) == teacher.path(f"runs/{run_id}/report#pupils")


def test_scores_on_their_way_are_no_news_until_they_are_late(tool: Tool) -> None:
    """Who has just written them need not read a second later that they are not there."""
    teacher = tool.set_up()
    for at, path in ((now(), None), (now() - 3_600_000, teacher.path("marks?term=2"))):
        with tool.inside():
            course = db.session.scalars(select(Course)).one()
            db.session.execute(delete(Score))
            refuse(tool, delivery.mark_column(course, 2, Place.FINAL, "Cuối kì"), at=at)
            waiting = db.session.scalars(select(Score)).one()
            waiting.state, waiting.fault, waiting.tries = ScoreState.WAITING, "", 0
        assert told(teacher) == path


def test_scores_that_nobody_can_send_again_lead_nowhere_and_hide_no_others(tool: Tool) -> None:
    """A column of last year's marks is in no book any more."""
    teacher = tool.set_up()
    run_id = tool.start(teacher, SINGLE)
    assert teacher.post(f"runs/{run_id}/end").status_code == 303
    with tool.inside():
        course = db.session.scalars(select(Course)).one()
        course.school_year = "2025-2026"
        refuse(tool, delivery.mark_column(course, 1, Place.FINAL, "Cuối kì"), at=2_000)
        course.school_year = "2026-2027"
        refuse(tool, delivery.plan(db.session.scalars(select(Lesson)).one(), "Vi-ét", 10), at=1_000)
    assert told(teacher) == teacher.path(f"runs/{run_id}/report#pupils")


def test_a_course_of_last_year_says_so_from_the_summer_on(tool: Tool, clock: Clock) -> None:
    """What is taught in it now would count for the year before, and stand on no page of the head of department's."""
    clock.ms = moment("2027-07-31")
    teacher = tool.set_up()
    assert "Khoá học còn ghi năm học" not in teacher.get("").text
    clock.ms = moment("2027-08-01")
    page = tool.teacher().get("").text
    assert "Khoá học còn ghi năm học 2026–2027" in page
    assert "Không có việc gì đang chờ" not in page


def moment(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T08:00:00+07:00").timestamp() * 1_000)
