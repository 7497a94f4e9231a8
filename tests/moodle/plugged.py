"""The tool as a real Moodle knows it, and what its people do with it again and again."""

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from playwright.sync_api import Frame, Locator, Page, expect
from sqlalchemy import select

from live_session.store.engine import READ_ONLY
from lti_tool.extensions import db
from lti_tool.models import (
    Context,
    Lesson,
    LessonActivity,
    LineItem,
    MemberRole,
    Membership,
    Person,
    Score,
    ScoreState,
)
from tests.browser.school import until
from tests.moodle.moodle import Member, Moodle

TEACHER, PUPIL, OTHER_PUPIL, ASSISTANT, LEAVER = "teacher1", "pupil1", "pupil2", "assist1", "pupil42"
PUPIL_NAME = "Đặng Thái An"
RUN = uuid.uuid4().hex[:6]
"""Columns outlive their activities in Moodle: every run of these tests has titles of its own."""
TITLES = tuple(f"{title} {RUN}" for title in ("Hệ thức Vi-ét", "Hàm số bậc hai", "Hình trụ"))
QUESTION = {"prompt": "Nghiệm dương của \\(x^2=4\\)?", "options": [{"text": "2"}, {"text": "4"}], "key": ["A"]}


def setting(name: str, default: str) -> str:
    return os.environ.get(f"GIOTAY_TEST_MOODLE_{name}", default)


@dataclass
class Product:
    """The tool on https behind the proxy that the tester set up, with a database of its own."""

    url: str
    environ: dict[str, str]
    app: Flask = field(repr=False)

    def giotay(self, *command: str) -> str:
        """What a command of the operator prints."""
        done = subprocess.run(
            [sys.executable, "-m", "lti_tool.cli", *command],
            env=self.environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Its database, without the one lock of those that write: who asks again and again keeps no job waiting."""
        with self.app.app_context():
            db.session.connection(execution_options={READ_ONLY: True})
            yield


@dataclass
class Plugged:
    """The tool as Moodle knows it, and a teacher who has set up the course."""

    product: Product
    moodle: Moodle
    tool: int
    teacher: Member
    admin: Member
    first: int

    def address(self) -> str:
        """A registration address that needs no approval."""
        found = re.search(r"https://\S+", self.product.giotay("lms", "invite"))
        assert found
        return found[0]

    def is_active(self, sub: int) -> bool | None:
        """Whether somebody is on today's list; None for nobody we know."""
        with self.product.reading():
            query = select(Membership.is_active).join(Person).where(Person.sub == str(sub))
            return db.session.scalars(query).first()

    def role(self, sub: int) -> MemberRole | None:
        with self.product.reading():
            query = select(Membership.role).join(Person).where(Person.sub == str(sub))
            return db.session.scalars(query).first()

    def states(self, title: str) -> list[ScoreState]:
        """Where the scores of a lesson's column stand."""
        with self.product.reading():
            query = select(Score.state).join(LineItem).join(Lesson, Lesson.uid == LineItem.resource_id)
            return list(db.session.scalars(query.where(Lesson.title == title)))

    def refresh_roster(self) -> None:
        """The teacher presses “ask the LMS again” and waits for the answer."""
        page = self.teacher.launch_in_window(self.first)
        page.get_by_role("link", name="Class", exact=True).click()
        page.wait_for_url(re.compile("/roster"))
        press(page, page.get_by_role("button", name="Refresh the list"))
        until(lambda: page.reload() and page.get_by_text(re.compile(r"List read \d")).count(), "the roster")
        page.close()


def consent(frame: Frame) -> None:
    frame.get_by_role("checkbox").check()
    frame.get_by_role("button", name="Register").click()
    expect(frame.get_by_text("On the page of external tools, press Activate")).to_be_visible()
    # The press takes the frame away, and on a busy machine with it whoever would say that the press is over.
    frame.get_by_role("button", name="Close and go back").evaluate("(button) => setTimeout(() => button.click())")


def make_one(frame: Frame) -> None:
    """A teacher without any lesson makes one on the spot, to be prepared later."""
    frame.get_by_label("Title of the lesson").fill("Bài mở đầu")
    frame.get_by_role("button", name="Put into the course").click()


def set_up(frame: Frame) -> None:
    """The first launch of a course asks once which class it is."""
    expect(frame.get_by_label("Grade")).to_have_value("9")
    frame.get_by_role("button", name="Save the set-up").click()
    frame.get_by_role("heading", name="Lessons", exact=True).wait_for()


def plant(product: Product, *titles: str, rubric: dict[str, Any] | None = None) -> None:
    """Prepared lessons of the teacher's: one question each, and before it a rubric where there is one."""
    contents = [*([("rubric", rubric)] if rubric else []), ("single", QUESTION)]
    with product.app.app_context():
        context = db.session.scalars(select(Context)).one()
        author = db.session.scalars(select(Person).where(Person.name == "Nguyễn Thu Hà")).one()
        for title in titles:
            lesson = Lesson(context_id=context.id, author_id=author.id, title=title, created_at=1, changed_at=1)
            lesson.activities = [
                LessonActivity(position=n, changed_at=1, seconds=60, kind=kind, title=f"Câu {n + 1}", content=content)
                for n, (kind, content) in enumerate(contents)
            ]
            db.session.add(lesson)
        db.session.commit()


def open_first(projector: Page, of: int = 1) -> None:
    """One press on the projector's keyboard opens the first question."""
    projector.bring_to_front()
    projector.keyboard.press("ArrowRight")
    expect(projector.locator("#where")).to_have_text(f"Question 1/{of}")


def activity_of(plugged: Plugged, title: str, course: int | None = None) -> int:
    return next(one for one, name in plugged.teacher.activities(course).items() if name == title)


def begin(plugged: Plugged, title: str) -> tuple[Page, Page, int]:
    """The teacher starts the lesson of this activity and puts up the projector: start page, projector, activity."""
    activity = activity_of(plugged, title)
    page = plugged.teacher.launch_in_window(activity)
    page.get_by_role("button", name="Start the lesson").click()
    page.wait_for_url(re.compile("/runs/"))
    return page, put_up(page), activity


def started(plugged: Plugged, title: str) -> Page:
    """A lesson that is taught from another's activity, on its start page: its column is the tool's own."""
    page = plugged.teacher.launch_in_window(plugged.first)
    page.locator("ul.lessons li", has_text=title).get_by_role("link", name=re.compile("^Teach")).click()
    page.get_by_role("button", name="Start the lesson").click()
    page.wait_for_url(re.compile("/runs/"))
    return page


def put_up(start: Page) -> Page:
    """The projector of the lesson, ready for its keys."""
    with start.context.expect_page() as opening:
        start.locator("[data-window*='projector']").click()
    projector = opening.value
    projector.locator("#forth:not([disabled])").wait_for(state="attached")
    return projector


def end(start: Page) -> None:
    start.bring_to_front()
    start.get_by_role("button", name="End the lesson").click()
    sure = start.locator("dialog[open] .btn-primary")
    if sure.count():
        sure.click()
    start.wait_for_url(re.compile("/report"))
    until(lambda: start.reload() and start.locator("#scores .btn-primary").count(), "scores to confirm")


def end_and_confirm(start: Page) -> None:
    end(start)
    until(lambda: start.reload() and writes(start).count(), "proposed scores")
    write(start)
    until(lambda: start.reload() and start.get_by_text(re.compile("^Written ")).count(), "the gradebook")


def writes(report: Page) -> Locator:
    return report.get_by_role("button", name=re.compile(r"^Write \d+ "))


def write(report: Page) -> None:
    """Confirm the scores as they stand."""
    press(report, writes(report))


def press(report: Page, button: Locator) -> None:
    """Let the page that answers arrive: Chromium refuses to reload one that is just being replaced."""
    with report.expect_navigation():
        button.click()


def plugged_grade(pupil: Member, column: str, course: int | None = None) -> str:
    return until(lambda: (found := pupil.grade(column, course)[0]) != "-" and found, "a grade")


def report_of(plugged: Plugged, title: str) -> Page:
    """The teacher comes back to the report of a lesson that was taught."""
    page = plugged.teacher.launch_in_window(plugged.first)
    page.locator("a.dated", has_text=title).click()
    page.wait_for_url(re.compile("/report"))
    return page


def score_field(report: Page, name: str = PUPIL_NAME) -> Locator:
    return report.locator("#scores tbody tr", has_text=name).locator("input.score")


def confirm(report: Page, value: str, comment: str = "") -> None:
    """The teacher types another score, perhaps a comment, and confirms."""
    score_field(report).fill(value)
    if comment:
        row = report.locator("#scores tbody tr", has_text=PUPIL_NAME)
        row.locator("details.comment summary").click()
        row.locator("details.comment input").fill(comment)
    write(report)


def chip(report: Page, text: str, name: str = PUPIL_NAME) -> None:
    """Wait for what the page says of somebody's score."""
    row = report.locator("#scores tbody tr", has_text=name)
    until(lambda: report.reload() and row.get_by_text(text).count(), text)


def people(plugged: Plugged, *users: str) -> list[int]:
    """Our ids of Moodle's people. Moodle's command takes seconds: nobody may hold the database's lock meanwhile."""
    subs = [str(plugged.moodle.user_id(user)) for user in users]
    with plugged.product.reading():
        return [db.session.scalars(select(Person.id).where(Person.sub == sub)).one() for sub in subs]
