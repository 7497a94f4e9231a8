"""The rounds of jobs: each job does its own, and what fails stops nothing beside it."""

from collections.abc import Sequence

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from analytics import reader
from analytics.mastery.store import Scope
from analytics.tables import mastery_model
from live_session.commands import Actor, Resume
from live_session.model import Phase, Role
from lti_tool import jobs as jobs_module
from lti_tool import live
from lti_tool.clock import local
from lti_tool.extensions import db
from lti_tool.jobs import BROKEN_WAITS_MS, FORGET_EVERY_MS, NIGHT, OVERTIME_MS, Jobs
from lti_tool.models import Course, LessonRun, SchoolRule
from tests.lti_tool.conftest import Clock
from tests.lti_tool.tool import SINGLE, Tool


def row(run_id: str) -> LessonRun:
    return db.session.get_one(LessonRun, run_id)


def snapshots(run_ids: Sequence[str]) -> list[bool]:
    """Which of these runs have a snapshot."""
    return [reader.snapshot_of(db.session.connection(), run_id) is not None for run_id in run_ids]


def planned_span_of(tool: Tool, run_id: str) -> float:
    """The planned minutes of a run and the overtime after them."""
    with tool.inside():
        return row(run_id).minutes + OVERTIME_MS / 60_000


# --- a lesson that nobody ended -------------------------------------------------------------------------------------


def test_a_lesson_that_nobody_ended_ends_ten_minutes_after_its_plan(any_tool: Tool, clock: Clock) -> None:
    run_id = any_tool.start(any_tool.set_up(), SINGLE)
    clock.wait(minutes=planned_span_of(any_tool, run_id))
    any_tool.jobs().round()
    with any_tool.inside():
        assert live.state_of(run_id).ended_at is None
        assert row(run_id).code
    clock.wait(seconds=1)
    any_tool.jobs().round()
    with any_tool.inside():
        state = live.state_of(run_id)
        assert state.phase is Phase.ENDED
        assert (row(run_id).ended_at, row(run_id).code) == (state.ended_at, None)
        assert reader.snapshot_of(db.session.connection(), run_id)


def test_a_lesson_that_was_opened_again_ends_later(tool: Tool, clock: Clock) -> None:
    """Its row says when it began and how long it was planned; its log knows better."""
    teacher = tool.set_up()
    run_id = tool.start(teacher, SINGLE)
    clock.wait(minutes=20)
    assert teacher.post(f"runs/{run_id}/end").status_code == 303
    clock.wait(minutes=planned_span_of(tool, run_id) - 21)
    with tool.inside():
        assert not live.is_refused(live.ask(run_id, Resume(15), Actor(Role.TEACHER, "t")))
    clock.wait(minutes=10)
    tool.jobs().round()
    with tool.inside():
        assert live.state_of(run_id).ended_at is None
        assert row(run_id).code, "follows the log, and has a code again"
    clock.wait(minutes=16)
    tool.jobs().round()
    with tool.inside():
        assert live.state_of(run_id).phase is Phase.ENDED


# --- what fails -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["end", "follow", "read_rosters", "deliver", "forget"])
def test_a_job_that_fails_does_not_stop_the_others(tool: Tool, clock: Clock, name: str) -> None:
    class Broken(Jobs):
        pass

    def fail(self: Jobs) -> None:
        db.session.scalars(select(Course)).one().subject = "half done"
        db.session.flush()
        raise RuntimeError

    fail.__name__ = name
    setattr(Broken, name, fail)
    run_id = tool.start(tool.set_up(), SINGLE)
    Broken(tool.app).round()
    with tool.inside():
        assert snapshots([run_id]) == [True]
        assert db.session.scalars(select(Course)).one().subject == "Toán", "what it had begun is taken back"


def test_a_lesson_that_cannot_be_computed_waits_and_the_others_do_not(
    tool: Tool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = tool.set_up()
    first = tool.start(teacher, SINGLE)
    teacher.post(f"runs/{first}/end")
    second = tool.start(teacher, SINGLE)
    tried, compute = [], jobs_module._refresh

    def refresh(run_id: str) -> None:
        tried.append(run_id)
        if run_id == first:
            raise ValueError
        compute(run_id)

    monkeypatch.setattr(jobs_module, "_refresh", refresh)
    jobs = tool.jobs()
    jobs.round()
    with tool.inside():
        assert snapshots([first, second]) == [False, True]
    clock.wait(seconds=BROKEN_WAITS_MS / 1_000)
    jobs.round()
    assert tried.count(first) == 1, "it is left alone for a while"
    clock.wait(seconds=1)
    monkeypatch.setattr(jobs_module, "_refresh", compute)
    jobs.round()
    with tool.inside():
        assert snapshots([first, second]) == [True, True]


def test_lessons_whose_questions_cannot_be_analysed_take_nobodys_place(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pooled = []

    def pool(run_id: str) -> None:
        if run_id == "broken":
            raise ValueError
        pooled.append(run_id)

    monkeypatch.setattr(jobs_module.pool, "due", lambda connection: ["broken", "whole"])
    monkeypatch.setattr(jobs_module, "_pool", pool)
    monkeypatch.setattr(jobs_module, "MOST_POOLED", 1)
    jobs = tool.jobs()
    jobs.round()
    assert pooled == []
    jobs.round()
    assert pooled == ["whole"]


def test_a_column_that_cannot_be_sent_keeps_no_other_waiting(
    tool: Tool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def deliver(item_id: int, connect: object) -> None:
        tried.append(item_id)
        if item_id == 1:
            raise ArithmeticError

    monkeypatch.setattr(jobs_module.delivery, "due", lambda: [1, 2])
    monkeypatch.setattr(jobs_module.delivery, "deliver", deliver)
    monkeypatch.setattr(jobs_module.delivery, "MOST_AT_ONCE", 1)
    jobs = tool.jobs()
    jobs.round()
    jobs.round()
    assert tried == [1, 2], "the broken one takes nobody's place"
    clock.wait(seconds=61)
    jobs.round()
    assert tried == [1, 2, 1], "and is tried again soon"


def test_a_database_that_is_away_is_away_for_all(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One attempt a round, not one for each lesson; nothing is marked as broken by it."""
    teacher = tool.set_up()
    for _ in range(2):
        teacher.post(f"runs/{tool.start(teacher, SINGLE)}/end")
    tried, compute = [], jobs_module._refresh

    def refresh(run_id: str) -> None:
        tried.append(run_id)
        raise OperationalError("select 1", {}, Exception("database is locked"))

    monkeypatch.setattr(jobs_module, "_refresh", refresh)
    jobs = tool.jobs()
    jobs.round()
    assert len(tried) == 1
    monkeypatch.setattr(jobs_module, "_refresh", compute)
    jobs.round()
    with tool.inside():
        assert snapshots(tried) == [True]


# --- how often ------------------------------------------------------------------------------------------------------


def test_what_is_kept_no_longer_is_looked_for_once_an_hour(
    tool: Tool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(jobs_module.retention, "forget", asked.append)
    jobs = tool.jobs()
    for seconds in (0, FORGET_EVERY_MS / 1_000, 0.001):
        clock.wait(seconds=seconds)
        jobs.round()
    assert len(asked) == 2


def test_a_head_is_fitted_once_a_night_for_a_school_that_wants_it(
    tool: Tool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool.set_up()
    fitted: list[tuple[Scope, int]] = []
    monkeypatch.setattr(jobs_module.refits, "is_due", lambda *_: True)
    monkeypatch.setattr(jobs_module.refits, "refit_model", lambda _, scope, at: fitted.append((scope, local(at).hour)))
    with tool.inside():
        scope = Scope(tool.registration().id, "Toán")
        db.session.execute(insert(mastery_model).values(**scope.columns, answers=900, is_stale=False))
        db.session.commit()
    jobs = tool.jobs()

    def a_day() -> None:
        for _ in range(24):
            clock.wait(minutes=60)
            with tool.inside():
                jobs.refit()

    a_day()
    assert fitted == []
    with tool.inside():
        rules = SchoolRule(registration_id=scope.school, version=2, body='{"forecasts": true}', at=clock.ms)
        db.session.add(rules)
        db.session.commit()
    a_day()
    assert [one for one, _ in fitted] == [scope]
    assert fitted[0][1] in NIGHT
