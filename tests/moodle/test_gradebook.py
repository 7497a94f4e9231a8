"""What becomes of scores when somebody works in Moodle's gradebook meanwhile."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from lti_tool.extensions import db
from lti_tool.lms import delivery
from lti_tool.lms.delivery import Queued
from lti_tool.models import Course, LineItem, Place, ScoreState
from tests.browser.school import until
from tests.moodle.moodle import Member
from tests.moodle.plugged import PUPIL, RUN, Plugged, end, people, plant, press, score_field, started

TITLE = f"Đường tròn {RUN}"
MARKS = f"Thường xuyên 1 {RUN}"


@pytest.fixture(scope="module")
def report(plugged: Plugged) -> Iterator[Page]:
    plant(plugged.product, TITLE)
    page = started(plugged, TITLE)
    end(page)
    yield page
    page.close()


@pytest.fixture(scope="module")
def pupil(plugged: Plugged) -> Iterator[Member]:
    member = plugged.moodle.sign_in(PUPIL)
    yield member
    member.close()


def written(report: Page, number: int) -> None:
    """Wait until so many scores stand in the gradebook, as the page says."""
    chips = report.locator("#scores tbody .chip-ok")
    until(lambda: report.reload() and chips.count() == number, f"{number} scores")


def write(report: Page) -> None:
    press(report, report.locator("#scores .btn-primary"))


def missed(report: Page, number: int) -> None:
    """Wait until so many scores have found no column."""
    hints = report.get_by_text("finds or makes the column anew and fills it")
    until(lambda: report.reload() and hints.count() == number, f"{number} that found no column")


def fill(report: Page, *values: str) -> None:
    fields = report.locator("#scores input.score")
    for n, value in enumerate(values):
        fields.nth(n).fill(value)
    write(report)


def again(report: Page, words: str) -> None:
    until(lambda: report.get_by_role("button", name=words).count() or not report.reload(), words)
    press(report, report.get_by_role("button", name=words))


def test_a_column_deleted_in_moodle_is_made_anew_with_all_it_had(plugged: Plugged, report: Page, pupil: Member) -> None:
    fill(report, "8", "7", "6")
    written(report, 3)
    plugged.teacher.delete_column(TITLE)
    assert not any(TITLE in name for name in plugged.teacher.columns())
    score_field(report).fill("8,5")
    write(report)
    missed(report, 1)  # the one that was on its way found out; nothing else was sent
    again(report, "Send the missing ones again")
    written(report, 3)
    assert plugged.states(TITLE) == [ScoreState.SENT] * 3
    assert pupil.grade(TITLE)[0] == "8.50"


def test_a_column_deleted_while_nothing_was_on_its_way_is_filled_when_asked(
    plugged: Plugged, report: Page, pupil: Member
) -> None:
    plugged.teacher.delete_column(TITLE)
    again(report, "Missing in the gradebook? Send all again")
    missed(report, 3)
    again(report, "Send the missing ones again")
    written(report, 3)
    assert pupil.grade(TITLE)[0] == "8.50"


def test_a_mark_has_a_column_of_its_own(plugged: Plugged, report: Page, pupil: Member) -> None:
    """It changes nothing in the lesson's column, and the lesson's score nothing in it."""
    (id_,) = people(plugged, PUPIL)
    with plugged.product.app.app_context():
        item = delivery.mark_column(db.session.scalars(select(Course)).one(), 1, Place.REGULAR_1, MARKS)
        delivery.queue(item, [Queued(id_, "4.0")])
        item_id = item.id
        db.session.commit()
    until(lambda: _states(plugged, item_id) == [ScoreState.SENT], "the mark")
    assert (pupil.grade(TITLE)[0], pupil.grade(MARKS)[0]) == ("8.50", "4.00")
    score_field(report).fill("9")
    write(report)
    written(report, 3)
    assert (pupil.grade(TITLE)[0], pupil.grade(MARKS)[0]) == ("9.00", "4.00")


def _states(plugged: Plugged, item_id: int) -> list[ScoreState]:
    with plugged.product.reading():
        return [score.state for score in delivery.states(db.session.get_one(LineItem, item_id)).values()]
