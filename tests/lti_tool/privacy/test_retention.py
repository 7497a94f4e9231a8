"""What is forgotten, and when: what is past its days goes whole, what is within them stays, counts stay for ever."""

import datetime
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Boolean, Date, String, select, update
from sqlalchemy import inspect as inspect_mapping

from lti_tool.clock import DAY_MS, local, now
from lti_tool.extensions import db
from lti_tool.models import (
    AccessEntry,
    Conduct,
    Context,
    Excuse,
    Exemption,
    FamilyLink,
    FamilyWord,
    Grant,
    GrantKind,
    LaunchVisit,
    LessonRun,
    Mark,
    Membership,
    Model,
    PageLeaving,
    PeriodEntry,
    Person,
    PlatformToken,
    ProfileEntry,
    PupilSlip,
    Refusal,
    RegistrationInvite,
    RememberedPhone,
    Score,
    SpentState,
    TermComment,
    WindowCode,
)
from lti_tool.models.base import Word, new_uid
from lti_tool.privacy import retention
from lti_tool.privacy.rules import RULES
from lti_tool.site import KEY
from tests.lti_tool.privacy.day import OWN, Day, teach
from tests.lti_tool.tool import Tool
from tests.lti_tool.witness import Contents, contents

OF_A_LESSON = ("lesson_run", "run", "event", "content", "run_snapshot", "attendance_decision", "score_decision")


@pytest.fixture
def day(any_tool: Tool) -> Day:
    return teach(any_tool)


def taught_ago(day: Day, days: float) -> None:
    """Move the lesson into the past."""
    with day.tool.inside():
        moment = now() - int(days * DAY_MS)
        db.session.execute(update(LessonRun).values(started_at=moment, ended_at=moment + 1))


def forget(tool: Tool, **days: int) -> Contents:
    """Forget what is past its time, by these settings; what is left."""
    site = tool.app.extensions[KEY]
    tool.app.extensions[KEY] = replace(site, settings=replace(site.settings, **days))
    with tool.inside():
        retention.forget(now())
    return contents(tool)


def test_a_lesson_goes_whole_when_its_days_are_over(day: Day) -> None:
    before = contents(day.tool)
    assert all(before[table] for table in OF_A_LESSON)
    taught_ago(day, 30.1)
    after = forget(day.tool, retention_days=30)
    assert {table: after[table] for table in OF_A_LESSON} == {table: [] for table in OF_A_LESSON}
    kept = "\n".join(row for rows in after.values() for row in rows)
    assert [one for n in (1, 2) for one in OWN[n][3:] if one in kept] == []


def test_its_counts_stay(day: Day) -> None:
    before = contents(day.tool)
    taught_ago(day, 30.1)
    after = forget(day.tool, retention_days=30)
    for table in ("lesson_count", "class_week"):
        assert before[table]
        assert after[table] == before[table]
    day.tool.jobs().round()
    assert contents(day.tool)["class_week"] == before["class_week"]


def test_a_lesson_within_its_days_stays_to_the_letter(day: Day) -> None:
    taught_ago(day, 29.9)
    before = contents(day.tool)
    assert forget(day.tool, retention_days=30) == before


OF_A_RUN = [m for m in Model.__subclasses__() if "run_id" in m.__table__.c and m not in (LaunchVisit, PeriodEntry)]
"""Whatever has a `run_id`, also what a later migration adds; a line of the log of periods has days of its own."""


def test_every_row_that_refers_to_a_run_goes_with_it(day: Day) -> None:
    with day.tool.inside():
        for model in OF_A_RUN:
            if not db.session.query(model).count():
                db.session.add(row(model, run_id=day.run_id))
                db.session.flush()
    taught_ago(day, 31)
    assert [model for model in OF_A_RUN if not contents(day.tool)[model.__tablename__]] == []
    left = forget(day.tool, retention_days=30)
    assert {model: left[model.__tablename__] for model in OF_A_RUN} == {model: [] for model in OF_A_RUN}


def row(model: type[Model], **values: Any) -> Model:
    """A row of this table: what it must have and was not given is anything that fits."""
    for column in inspect_mapping(model).columns:
        is_counted = column.primary_key and column.name == "id"
        if column.name not in values and not (column.nullable or column.default or is_counted):
            values[column.name] = _anything(column)
    return model(**values)


def _anything(column: Any) -> Any:
    for key in column.foreign_keys:
        found = select(key.column).limit(1)
        if (there := db.session.scalar(found)) is None:
            db.session.add(row(next(m for m in Model.__subclasses__() if m.__table__ is key.column.table)))
            db.session.flush()
        return there or db.session.scalar(found)
    kind = column.type
    if isinstance(kind, Word):
        return next(iter(kind.enum))
    if isinstance(kind, String):
        return new_uid()[: kind.length]
    return local(now()).date() if isinstance(kind, Date) else isinstance(kind, Boolean) or 1


def test_many_old_lessons_go_round_by_round(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    day = teach(tool)
    with tool.inside():
        one = db.session.get_one(LessonRun, day.run_id)
        for n in range(4):
            db.session.add(
                LessonRun(
                    run_id=f"old-{n}",
                    lesson_id=one.lesson_id,
                    context_id=one.context_id,
                    title="",
                    room_key="",
                    started_at=5,
                    minutes=45,
                )
            )
    monkeypatch.setattr(retention, "MOST_AT_ONCE", 3)
    with tool.inside():
        assert [retention.forget_runs(now() - DAY_MS) for _ in range(3)] == [3, 1, 0]
        assert [one.run_id for one in db.session.query(LessonRun)] == [day.run_id]


# --- people ---------------------------------------------------------------------------------------------------------


def people_left(day: Day, before: int) -> set[str | None]:
    with day.tool.inside():
        retention.forget_people(before)
        return {one.sub for one in db.session.query(Person)}


def age(day: Day, *subs: str) -> None:
    """These people came long ago, and were not seen since."""
    with day.tool.inside():
        for sub in subs:
            person = day.tool.person(sub)
            person.created_at = 1
            db.session.execute(update(Membership).where(Membership.person_id == person.id).values(seen_at=2))


def test_who_left_long_ago_is_forgotten_and_who_is_in_the_course_stays(day: Day) -> None:
    age(day, "pupil-1", "pupil-2")
    with day.tool.inside():
        left = Membership.person_id == day.tool.person("pupil-2").id
        db.session.execute(update(Membership).where(left).values(is_active=False))
    assert people_left(day, now() - DAY_MS) == {"teacher-1", "pupil-1", "pupil-3"}


def test_who_left_but_was_seen_lately_stays(day: Day) -> None:
    age(day, "pupil-2")
    with day.tool.inside():
        left = Membership.person_id == day.tool.person("pupil-2").id
        db.session.execute(update(Membership).where(left).values(is_active=False, seen_at=now()))
    assert "pupil-2" in people_left(day, now() - DAY_MS)


def test_a_course_of_which_nothing_was_heard_is_over_for_all_in_it(day: Day) -> None:
    age(day, "teacher-1", "pupil-1", "pupil-2", "pupil-3")
    with day.tool.inside():
        db.session.execute(update(Context).values(created_at=1, roster_read_at=1))
    assert people_left(day, now() - DAY_MS) == set()
    kept = contents(day.tool)
    assert [n for n in (1, 2) if OWN[n][0] in str(kept)] == []
    assert kept["lesson_run"]  # the lesson's own days decide about the lesson


# --- what lives shortly ---------------------------------------------------------------------------------------------


def test_logins_codes_tokens_and_invitations_go_when_they_expire(tool: Tool) -> None:
    teacher = tool.set_up(pupils=1)
    moment = now()
    with tool.inside():
        for model in (PlatformToken, WindowCode, SpentState):  # of the launch itself
            db.session.query(model).delete()
        for when in (moment - 1, moment + 3_600_000):
            n, launch, registration = str(when), teacher.visit, tool.registration().id
            db.session.add(WindowCode(code_hash=n, launch_id=launch, destination="/", expires_at=when))
            db.session.add(SpentState(state_hash=n, expires_at=when))
            db.session.add(PlatformToken(registration_id=registration, scopes=n, token="x", expires_at=when))
            db.session.add(RegistrationInvite(secret_hash=n, expires_at=when))
    forget(tool)
    with tool.inside():
        for model in (WindowCode, SpentState, PlatformToken, RegistrationInvite):
            assert [one.expires_at > moment for one in db.session.query(model)] == [True], model
        db.session.execute(update(LaunchVisit).values(expires_at=moment - 1))
    assert contents(tool)["launch_browser"]
    after = forget(tool)
    assert after["launch_visit"] == after["launch_browser"] == after["window_code"] == []


def test_looks_grants_phones_and_scores_have_days_of_their_own(day: Day) -> None:
    moment = now()
    with day.tool.inside():
        today = local(moment).date()
        db.session.execute(update(AccessEntry).values(at=moment - 20 * DAY_MS))
        db.session.add(AccessEntry(at=moment - 5 * DAY_MS, action="kept"))
        for sub, ends in (("pupil-1", 100), ("pupil-2", 10), ("pupil-3", None)):
            last = today - datetime.timedelta(days=ends) if ends else None
            day.tool.grant(sub, GrantKind.OBSERVER)
            db.session.flush()
            db.session.execute(update(Grant).where(Grant.person_id == day.tool.person(sub).id).values(ends_on=last))
        course = day.tool.course().id
        for ago in (299, 301):
            phone = RememberedPhone(
                browser_hash=str(ago), context_id=course, person_id=day.ids[1], at=moment - ago * DAY_MS
            )
            db.session.add(phone)
        old = Score.person_id == day.ids[1]
        db.session.execute(update(Score).where(old).values(timestamp=moment - 60 * DAY_MS))
    forget(day.tool, retention_days=50, access_log_days=10)
    with day.tool.inside():
        assert [one.action for one in db.session.query(AccessEntry)] == ["kept"]
        assert {one.person_id for one in db.session.query(Grant)} == {day.ids[2], day.ids[3]}
        assert [one.browser_hash for one in db.session.query(RememberedPhone)] == ["299"]
        assert [one.person_id for one in db.session.query(Score)] == [day.ids[2]]


ENDS = {
    Conduct: "made_at",
    Excuse: "ends_at",
    Exemption: "made_at",
    FamilyLink: "expires_at",
    FamilyWord: "at",
    Grant: "ends_on",
    Mark: "made_at",
    PeriodEntry: "day",
    ProfileEntry: "at",
    PupilSlip: "expires_at",
    Score: "timestamp",
    TermComment: "made_at",
}
"""From when the days of a row count that is no lesson's."""
SHORTER = {Refusal: ("at", 30), PageLeaving: ("last_at", 7)}
"""What has days of its own, whatever the settings say."""


@pytest.mark.parametrize("model", [*ENDS, *SHORTER], ids=lambda one: one.__tablename__)
def test_a_row_is_kept_for_its_days_and_no_longer(tool: Tool, model: type[Model]) -> None:
    tool.set_up(pupils=2)
    column, days = SHORTER.get(model, (ENDS.get(model, ""), 50))
    at = getattr(model, column)
    is_day = isinstance(at.type, Date)
    with tool.inside():
        for n, ago in enumerate((days + 1, days - 1), 1):
            moment = now() - ago * DAY_MS
            person = {"person_id": tool.person(f"pupil-{n}").id} if "person_id" in model.__table__.c else {}
            db.session.add(row(model, **{column: local(moment).date() if is_day else moment}, **person))
        db.session.flush()
        kept = db.session.scalars(select(at).order_by(at.desc())).first()
    forget(tool, retention_days=50)
    with tool.inside():
        assert db.session.scalars(select(at)).all() == [kept]


def test_every_table_that_is_kept_so_many_days_is_forgotten_after_them() -> None:
    """The rule is what people are told; here stands what is measured."""
    told = {table for table, rule in RULES.items() if "retention_days" in rule.keep}
    measured = {model.__tablename__ for model in (*ENDS, *OF_A_RUN)} | {"person", "event", "content"}
    assert told - measured == set()
