"""Teaching a lesson: begun once, ended by the teacher or by the clock, opened again on its day."""

from typing import Any

import pytest
from sqlalchemy import select, update

from live_session.activities import is_check
from live_session.commands import Actor, Call
from live_session.model import Phase, Role
from live_session.store import engine
from lti_tool import live
from lti_tool.clock import local
from lti_tool.extensions import db
from lti_tool.lessons import decks, running
from lti_tool.models import Context, LaunchVisit, LessonRun
from tests.lti_tool.conftest import Clock
from tests.lti_tool.school import by_code, press, sit, submit
from tests.lti_tool.tool import NUMBER, SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of


@pytest.fixture
def teacher(tool: Tool) -> Browser:
    return tool.set_up()


@pytest.fixture
def pupil(tool: Tool, teacher: Browser) -> Browser:
    return tool.pupil(1)


def run_row(tool: Tool, run_id: str) -> tuple[int | None, str | None]:
    """(when it ended, its code)"""
    with tool.inside():
        row = db.session.get_one(LessonRun, run_id)
        return row.ended_at, row.code


def phase(tool: Tool, run_id: str) -> Phase:
    with tool.inside():
        return live.state_of(run_id).phase


def test_a_lesson_begins_with_a_code_and_asks_for_the_list_of_names(either_tool: Tool) -> None:
    teacher = either_tool.set_up()
    with either_tool.inside():
        either_tool.course().roster_wanted_at = 0
    run_id = either_tool.start(teacher, SINGLE)
    ended, code = run_row(either_tool, run_id)
    assert ended is None
    assert code
    assert len(code) == 6
    assert code[0] != "0"
    with either_tool.inside():
        assert either_tool.course().roster_wanted_at > 0
        assert live.state_of(run_id).phase is Phase.LOBBY


def test_a_quick_check_is_asked_in_each_language_and_gives_no_point(tool: Tool) -> None:
    with tool.inside():
        check = next(one for one in decks.quick_deck() if one.id == decks.CHECK)
    assert (check.points, check.seconds, is_check(check)) == (0.0, 20, True)
    assert "Em bị lỡ, cần nghe lại" in check.phone
    (english,) = check.faces
    assert (english.locale, "I missed something" in english.phone) == ("en", True)


def test_two_presses_begin_one_lesson(any_tool: Tool) -> None:
    teacher = any_tool.set_up()
    uid = any_tool.lesson(SINGLE)
    first = teacher.post("runs", lesson=uid).location
    assert teacher.post("runs", lesson=uid).location == first
    before = contents(any_tool)
    other = teacher.post("runs", lesson=any_tool.lesson(SINGLE, title="Bài khác"))
    assert (fault_of(other), other.status_code) == ("already_running", 409)
    after = contents(any_tool)
    assert after["lesson_run"] == before["lesson_run"]
    assert after["event"] == before["event"]


REFUSED: dict[str, tuple[str, tuple[dict[str, Any], ...]]] = {
    "nothing in it": ("lesson_empty", ()),
    "an unfinished question": ("lesson_unfinished", ({**SINGLE, "content": {"prompt": "?", "options": []}},)),
    "no key": ("lesson_unfinished", ({**NUMBER, "content": {"prompt": "3+4?"}},)),
}


@pytest.mark.parametrize(("fault", "activities"), REFUSED.values(), ids=REFUSED.keys())
def test_a_lesson_that_cannot_be_played_is_not_begun(
    tool: Tool, teacher: Browser, fault: str, activities: tuple[dict[str, Any], ...]
) -> None:
    uid = tool.lesson(*activities)
    before = contents(tool)
    answer = teacher.post("runs", lesson=uid)
    assert (fault_of(answer), answer.status_code) == (fault, 400)
    assert contents(tool) == before


@pytest.mark.parametrize("form", [{}, {"lesson": ""}, {"lesson": "x" * 5_000}, {"lesson": "\x00"}])
def test_no_lesson_begins_where_none_is_named(tool: Tool, teacher: Browser, form: dict[str, str]) -> None:
    before = contents(tool)
    answer = teacher.post("runs", **form)
    assert (fault_of(answer), answer.status_code) == ("lesson_gone", 404)
    assert contents(tool) == before


def test_the_dice_remember_who_was_called_in_the_courses_last_lessons(either_tool: Tool, clock: Clock) -> None:
    """A month back, and no further."""
    teacher, pupil = either_tool.set_up(), either_tool.pupil(1)
    known = []
    for days_ago in (31, 29, 1, 0):
        run_id = either_tool.start(teacher, SINGLE)
        sit(pupil)
        with either_tool.inside():
            who = either_tool.person("pupil-1").uid
            known.append(live.state_of(run_id).heard_before.get(who, 0))
            live.ask(run_id, Call(who), Actor(Role.TEACHER, "teacher"))
            begun = clock.ms - days_ago * 24 * 3_600_000
            db.session.execute(update(LessonRun).where(LessonRun.run_id == run_id).values(started_at=begun))
            db.session.commit()
        teacher.post(f"runs/{run_id}/end")
    assert known == [0, 0, 1, 2]


# --- the end --------------------------------------------------------------------------------------------------------


def test_the_teacher_ends_it_once(any_tool: Tool, clock: Clock) -> None:
    teacher = any_tool.set_up()
    run_id = any_tool.start(teacher, SINGLE)
    _, code = run_row(any_tool, run_id)
    clock.wait(minutes=20)
    assert teacher.post(f"runs/{run_id}/end").location.endswith(f"/runs/{run_id}/report?said=lesson_ended")
    assert run_row(any_tool, run_id) == (clock.ms, None)
    clock.wait(minutes=1)
    assert teacher.post(f"runs/{run_id}/end").status_code == 303
    assert run_row(any_tool, run_id) == (clock.ms - 60_000, None)
    assert any_tool.browser().client.get(f"/j/{code}").status_code == 404


def test_a_lesson_that_nobody_ends_ends_ten_minutes_after_its_plan(either_tool: Tool, clock: Clock) -> None:
    """Also when every screen is shut and no phone is there: then no live server and no poll sees the time."""
    teacher = either_tool.set_up()
    run_id = either_tool.start(teacher, SINGLE)
    with either_tool.inside():
        planned = live.state_of(run_id).planned_end
    clock.wait(minutes=45 + 10)
    either_tool.jobs().round()
    assert phase(either_tool, run_id) is Phase.LOBBY
    clock.wait(seconds=1)
    either_tool.jobs().round()
    assert phase(either_tool, run_id) is Phase.ENDED
    ended, code = run_row(either_tool, run_id)
    assert ended is not None
    assert planned <= ended <= clock.ms
    assert code is None
    uid = either_tool.lesson(SINGLE, title="Tiết sau")
    assert teacher.post("runs", lesson=uid).status_code == 303  # the course is free again


def test_a_question_left_open_does_not_keep_the_lesson(
    tool: Tool, teacher: Browser, pupil: Browser, clock: Clock
) -> None:
    late = tool.pupil(2)
    run_id = tool.start(teacher, SINGLE)
    sit(pupil)
    press(teacher, run_id)
    clock.wait(hours=2)
    tool.jobs().round()
    assert phase(tool, run_id) is Phase.ENDED
    assert late.send("sit", {}).json == {"seat": None}


def test_a_code_after_the_planned_end_lets_nobody_in(tool: Tool, teacher: Browser, clock: Clock) -> None:
    """Between the minute and the job's next round: the pick itself sees the time."""
    run_id = tool.start(teacher, SINGLE)
    _, code = run_row(tool, run_id)
    with tool.inside():
        person = tool.person("pupil-2").id
    clock.wait(hours=2)
    before = contents(tool)
    answer = tool.browser().client.post(f"/j/{code}/{person}", data={"mode": "room"})
    assert (fault_of(answer), answer.status_code) == ("lesson_over", 410)
    assert contents(tool) == before


# --- open again -----------------------------------------------------------------------------------------------------


@pytest.fixture
def noon(clock: Clock, tool: Tool, pupil: Browser) -> Clock:
    return at_noon(tool, clock)


def at_noon(tool: Tool, clock: Clock) -> Clock:
    """So that an hour later is the same day at the school. Launches, which an LMS dates by its own clock, were before,
    and hold for as long as a test waits."""
    with tool.inside():
        today = local(clock.ms)
        db.session.execute(update(LaunchVisit).values(expires_at=clock.ms + 7 * 86_400_000))
    clock.wait(hours=12 - today.hour)
    return clock


def test_a_lesson_opens_again_on_its_day_with_every_answer(
    tool: Tool, teacher: Browser, pupil: Browser, noon: Clock
) -> None:
    run_id = tool.start(teacher, SINGLE)
    sit(pupil)
    press(teacher, run_id)
    with tool.inside():
        activity = live.state_of(run_id).current
    assert submit(pupil, str(activity), "C")["t"] == "ack"
    noon.wait(hours=2)
    tool.jobs().round()
    again = teacher.post(f"runs/{run_id}/resume")
    assert again.location.endswith(f"/runs/{run_id}/?said=lesson_resumed")
    ended, new_code = run_row(tool, run_id)
    assert ended is None
    assert new_code
    with tool.inside():
        state = live.state_of(run_id)
        assert state.phase is not Phase.ENDED
        assert [r.value for r in state.responses[str(activity), 1].values()] == ["C"]
    by_code(tool, new_code, _person(tool, "pupil-2"))
    noon.wait(minutes=15 + 11)
    tool.jobs().round()
    assert run_row(tool, run_id)[1] is None  # and ends by itself again


def _person(tool: Tool, sub: str) -> int:
    with tool.inside():
        return tool.person(sub).id


def test_not_on_another_day(tool: Tool, teacher: Browser, noon: Clock) -> None:
    run_id = tool.start(teacher, SINGLE)
    teacher.post(f"runs/{run_id}/end")
    noon.wait(hours=23)
    before = contents(tool)
    answer = teacher.post(f"runs/{run_id}/resume")
    assert (fault_of(answer), answer.status_code) == ("resume_another_day", 409)
    assert contents(tool) == before


def test_a_lesson_past_midnight_is_of_both_days(tool: Tool, teacher: Browser, noon: Clock) -> None:
    with tool.inside():
        noon.wait(hours=11, minutes=40 - local(noon.ms).minute)
    run_id = tool.start(teacher, SINGLE)
    noon.wait(minutes=30)
    teacher.post(f"runs/{run_id}/end")
    noon.wait(minutes=5)
    assert teacher.post(f"runs/{run_id}/resume").status_code == 303
    teacher.post(f"runs/{run_id}/end")
    noon.wait(hours=24)
    assert fault_of(teacher.post(f"runs/{run_id}/resume")) == "resume_another_day"


def test_not_while_another_one_runs(tool: Tool, teacher: Browser, noon: Clock) -> None:
    first = tool.start(teacher, SINGLE)
    teacher.post(f"runs/{first}/end")
    tool.start(teacher, NUMBER)
    before = contents(tool)
    answer = teacher.post(f"runs/{first}/resume")
    assert (fault_of(answer), answer.status_code) == ("already_running", 409)
    assert contents(tool) == before


@pytest.mark.postgres
def test_opening_again_waits_for_a_colleague_who_starts_another(
    postgres_tool: Tool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever starts a lesson holds the course until it is there; else one class would have two under way."""
    teacher = postgres_tool.set_up()
    at_noon(postgres_tool, clock)
    run_id = postgres_tool.start(teacher, SINGLE)
    teacher.post(f"runs/{run_id}/end")
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    with postgres_tool.app.app_context():
        db.engine.dispose()  # connections made anew are impatient
    before = contents(postgres_tool)
    with postgres_tool.app.app_context(), db.engine.connect() as colleague:
        colleague.execute(select(Context.id).with_for_update())
        answer = teacher.post(f"runs/{run_id}/resume")
        assert (fault_of(answer), answer.status_code) == ("busy", 503)
        colleague.rollback()
    assert contents(postgres_tool) == before
    assert teacher.post(f"runs/{run_id}/resume").status_code == 303


def test_opening_what_is_open_changes_nothing(tool: Tool, teacher: Browser, noon: Clock) -> None:
    run_id = tool.start(teacher, SINGLE)
    before = contents(tool)
    assert teacher.post(f"runs/{run_id}/resume").status_code == 303
    assert contents(tool) == before


# --- codes ----------------------------------------------------------------------------------------------------------


def test_a_code_that_another_lesson_has_is_not_given_again(
    tool: Tool, teacher: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = iter([0, 0, 5])
    monkeypatch.setattr(running.secrets, "randbelow", lambda _: next(given))
    first = tool.start(teacher, SINGLE)
    with tool.inside():  # another class's lesson
        db.session.execute(update(LessonRun).values(class_id=None, context_id=LessonRun.context_id))
    teacher.post("runs", lesson=tool.lesson(NUMBER))
    with tool.inside():
        codes = set(db.session.scalars(select(LessonRun.code)))
    assert codes == {"100000", "100005"}
    assert first


def test_when_every_code_is_taken_it_is_said(tool: Tool, teacher: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.secrets, "randbelow", lambda _: 7)
    tool.start(teacher, SINGLE)
    with tool.inside():
        db.session.execute(update(LessonRun).values(class_id=None))
    uid = tool.lesson(NUMBER)
    before = contents(tool)
    answer = teacher.post("runs", lesson=uid)
    assert (fault_of(answer), answer.status_code) == ("no_code", 503)
    assert contents(tool) == before


def test_the_rooms_code_changes_every_ten_seconds_and_holds_for_twenty(tool: Tool, teacher: Browser) -> None:
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        run = db.session.get_one(LessonRun, run_id)
        at = 1_700_000_000_000 // running.STEP_MS * running.STEP_MS
        code = running.room_code(run, at)
        assert [running.is_room_code(run, code, at + n) for n in (-1, 0, 9_999, 19_999, 20_000)] == [
            False, True, True, True, False,
        ]  # fmt: skip
        assert running.is_room_code(run, code.upper(), at)
        for wrong in ("", "x", code[:-1], f"{code}a", "đđđđđđ", "\x00"):
            assert not running.is_room_code(run, wrong, at)
