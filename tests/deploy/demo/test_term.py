"""The demo's term: questions that can be played, a class that is as it was made, and nothing made twice."""

from collections import Counter
from datetime import date
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from analytics import pool
from analytics.tables import item_asked
from deploy.demo import school, term
from live_session import activities
from live_session.store.tables import event
from lti_tool import live, migrating
from lti_tool.app import create_app
from lti_tool.clock import today
from lti_tool.extensions import db
from lti_tool.jobs import Jobs
from lti_tool.lessons import assessments, conduct, families, marks, practices, profilewords
from lti_tool.lessons.decks import text_of
from lti_tool.models import (
    AttendanceDecision,
    Consent,
    Course,
    EntryKind,
    FamilyLink,
    FamilyWord,
    Lesson,
    LessonRun,
    Mark,
    Observation,
    PeriodEntry,
    Practice,
    ProfileEntry,
    SchoolClass,
)
from tests.lti_tool.conftest import settings_for

TODAY = date(2026, 11, 28)


def test_lessons_are_on_school_days_before_this_week() -> None:
    days = term.days(TODAY)
    assert len(days) == term.WEEKS * len(term.LESSONS_A_WEEK)
    assert list(days) == sorted(set(days))
    assert {day.weekday() for day in days} == set(term.LESSONS_A_WEEK)
    assert days[-1] < date(2026, 11, 23)


@pytest.mark.parametrize("seed", range(5))
def test_every_question_can_be_played_and_has_four_different_options(seed: int) -> None:
    for lesson in term.lessons(Random(seed)):
        for question in lesson.questions:
            type_ = activities.type_of(question.kind)
            type_.validate(type_.parse(text_of(question.content)))
            assert len({option["text"] for option in question.content["options"]}) == 4, question.content


def test_no_question_stands_twice_in_a_lesson() -> None:
    """By its title, too: where a profile or a list of questions shows titles, each is told from the others."""
    for lesson in [*term.lessons(Random(3)), term.revision(Random(3))]:
        assert len({question.title for question in lesson.questions}) == len(lesson.questions)
        assert len({question.content["prompt"] for question in lesson.questions}) == len(lesson.questions)


def test_the_same_seed_makes_the_same_term() -> None:
    assert list(term.lessons(Random(7))) == list(term.lessons(Random(7)))
    assert list(term.lessons(Random(7))) != list(term.lessons(Random(8)))


def test_a_term_is_taught_once_and_all_of_it_is_in_the_log(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(term, "WEEKS", 2)
    settings = settings_for(sqlite_url)
    migrating.migrate(sqlite_url)
    for _ in range(2):
        school.prepare(settings, "http://lms.test", 8080, tmp_path / "lms")
    app = create_app(settings)
    Jobs(app).round()
    with app.test_request_context("/"):
        runs = db.session.scalar(select(func.count()).select_from(LessonRun))
        assert runs == 6 + 3 + 1
        kinds = Counter(db.session.scalars(select(event.c.type)))
        (work,) = db.session.scalars(select(Practice))
        assert kinds["run_ended"] == runs + 1
        lines = practices.lines(work, live.state_of(work.run_id))
        assert 25 < sum(line.work.is_finished for line in lines) < 40
        assert any(line.work.mended for line in lines)
        asked = db.session.scalars(select(item_asked.c.item).where(item_asked.c.origin == "practice")).all()
        alone = pool.of_items(db.session.connection(), asked, pool.Origin.PRACTICE)
        assert len(alone) == len(asked) == len(term.TOPICS)
        assert all(one.report.n > 25 for one in alone.values())
        assert db.session.scalar(select(func.count()).where(Lesson.shared_at.is_not(None))) == 2
        assert kinds["answered"] > runs * 5 * 30
        assert kinds["hand_raised"] > 10
        assert db.session.scalar(select(func.count()).select_from(Mark)) == 120
        assert db.session.scalar(select(func.count()).select_from(AttendanceDecision)) == 6 * 40
        (class_,) = db.session.scalars(select(SchoolClass))
        sheets = families.sheets(class_)
        assert families.sheet_of(class_, sheets[7].pupil.uid) == sheets[7]  # a family's link reads no other pupil
        for sheet in sheets:  # the page for a parents' meeting has something true to say
            (subject,) = sheet.subjects
            assert sum(subject.seats.values()) == 6
            assert [place for place, _ in subject.marks[1]] == ["regular1", "regular2", "midterm"]
        _holds_words(class_)
        db.session.remove()
        db.engine.dispose()


def _holds_words(class_: SchoolClass) -> None:
    """What people wrote, so that every page has something true to show."""
    said = Counter(db.session.scalars(select(ProfileEntry.kind)))
    assert said == {
        EntryKind.NOTE: 3, EntryKind.WORD: 2, EntryKind.STEP: 4, EntryKind.CONTEST: 2, EntryKind.REPLY: 1,
        EntryKind.GROUP: 8,
    }  # fmt: skip
    course = db.session.scalars(select(Course)).one()
    assert len(profilewords.unanswered(course.context_id)) == 1
    rules, made = marks.rulebook(course), assessments.of_term(course, marks.term_of(today()))
    assert isinstance(rules, marks.Rulebook)
    assert [one.by_levels for one in made] == [False, False, True]
    judged = assessments.lines(course, rules, made[2])
    assert 20 < sum(one.proposal is not None for one in judged) < len(judged)
    assert sum(one.proposal is not None for one in assessments.lines(course, rules, made[0])) > 30
    assert len(conduct.of_class(class_)) == 40
    for model, count in ((FamilyWord, 2), (FamilyLink, 2), (Consent, 4), (Observation, 1)):
        assert db.session.scalar(select(func.count()).select_from(model)) == count
    assert set(db.session.scalars(select(PeriodEntry.is_signed))) == {True}
