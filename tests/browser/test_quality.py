"""How good a lesson's questions are, on its report: what to look at again, and why."""

import re
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from deploy.demo.past import MINUTE, Manners, Play, teach
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models import Context, Lesson, LessonActivity, MemberRole, Membership, Person
from tests.browser.school import School, Stage, Teacher, until

pytestmark = pytest.mark.slow  # each flag with its bound stands in the gate, in tests/analytics/test_items.py

DAY_MS = 86_400_000
QUESTIONS = 10
MISKEYED = 3
"""The place of a question whose key the teacher mistook: who can do it is told to be wrong."""


def test_a_mistaken_key_is_named_with_its_bound_and_its_count(desk: Stage) -> None:
    taught(desk.school, "Ôn tập Vi-ét", pupils=40, days_ago=26)
    page = report(desk, "Ôn tập Vi-ét")
    look = page.locator("#quality .rows > li", has_text=f"Câu hỏi {MISKEYED + 1}")
    expect(look).to_contain_text(
        re.compile(
            r"Có thể sai đáp án: nhóm làm tốt nhất chọn B nhiều hơn đáp án \(chênh 0,\d+, quá mức 0,10?; \d\d bài\)"
        )
    )


def report(desk: Stage, title: str) -> Page:
    """A lesson's report, once the jobs have looked at its questions."""
    page = Teacher.arrive(desk).page
    page.locator("#recent ~ ul a", has_text=title).click()
    until(lambda: page.reload() and page.locator("#quality .table-quality").count(), "the analysis of the questions")
    return page


def taught(school: School, title: str, *, pupils: int, days_ago: int) -> None:
    """A lesson of the past by so many pupils, of whom each can do a little more than the one before."""
    with school.app.test_request_context("/"):
        context = db.session.query(Context).order_by(Context.id).first()
        assert context
        members = db.session.query(Person, Membership.role).join(Membership, Membership.person_id == Person.id)
        people = members.filter(Membership.context_id == context.id).order_by(Person.id).all()
        teacher = next(one for one, role in people if role is MemberRole.TEACHER)
        class_ = [one for one, role in people if role is MemberRole.PUPIL][:pupils]
        at = now() - days_ago * DAY_MS
        skill = {one.uid: n / len(class_) for n, one in enumerate(class_)}
        dice = Random(7)

        def answer(activity: Any, who: str) -> str:
            knows = dice.random() < 0.15 + 0.75 * skill[who]
            if activity.title == f"Câu hỏi {MISKEYED + 1}":
                return "B" if knows else dice.choice("ACD")
            return "A" if knows else dice.choice("BCD")

        play = Play(dice, lambda _: Manners(absent=0, late=0, home=0, silent=0), answer)
        teach(lesson(context, teacher, title, at), teacher, class_, at, play)
        db.session.commit()


def lesson(context: Context, teacher: Person, title: str, at: int) -> Lesson:
    made = Lesson(context_id=context.id, author_id=teacher.id, title=title, objectives=[], created_at=at)
    made.changed_at = at - MINUTE
    made.activities = [
        LessonActivity(
            position=n,
            kind="single",
            title=f"Câu hỏi {n + 1}",
            points=1.0,
            seconds=60,
            content={
                "prompt": f"Câu {n + 1}?",
                "options": [{"text": w} for w in ("một", "hai", "ba", "bốn")],
                "key": ["A"],
            },
            changed_at=at - MINUTE,
        )
        for n in range(QUESTIONS)
    ]
    db.session.add(made)
    db.session.flush()
    return made
