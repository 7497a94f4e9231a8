"""B12: a launch that names nobody opens a seat without a name, and only where the lesson's teacher allows it."""

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from live_session.model import Standing
from lti_tool import live
from lti_tool.clock import now
from lti_tool.errors import LaunchRefused
from lti_tool.extensions import db
from lti_tool.launch.claims import MessageType, read
from lti_tool.lessons import roster
from lti_tool.models import LaunchKind, LaunchVisit, Lesson, LessonRun, Membership, Person, Refusal
from lti_tool.privacy import retention
from tests.lti_tool.conftest import Clock
from tests.lti_tool.platform import DEEP_LINKING, LEARNER, LTI, SYSTEM_ADMIN
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import FLEETING, contents, fault_of

NOBODY: dict[str, Any] = {"sub": None, f"{LTI}roles": [LEARNER]}


@pytest.fixture
def teacher(tool: Tool) -> Browser:
    """The teacher of a course, who is teaching a lesson in it."""
    one = tool.set_up(pupils=2)
    tool.start(one, SINGLE)
    return one


def allow(teacher: Browser, lesson: str, *, is_allowed: bool = True) -> None:
    """The teacher's box in the editor."""
    assert (
        teacher.send(f"lessons/{lesson}", {"title": "Vi-ét", "minutes": 45, "nameless": is_allowed}).status_code == 200
    )


def lesson(tool: Tool) -> str:
    with tool.inside():
        return db.session.scalars(select(Lesson.uid)).one()


def refused(tool: Tool, **claims: Any) -> str:
    """The fault that a launch without a name ends in; it leaves nothing but the diagnostics' row."""
    browser = tool.browser()
    login = browser.login()
    token = tool.platform.sign(
        tool.platform.claims(login["nonce"], browser.address("/lti/launch"), **{**NOBODY, **claims})
    )
    before = contents(tool, FLEETING)
    answer = browser.answer(login, token)
    assert contents(tool, FLEETING) == before
    with tool.inside():
        assert db.session.scalars(select(Refusal.key).order_by(Refusal.id.desc())).first() == fault_of(answer)
    assert answer.status_code == 403
    return fault_of(answer)


def seated(tool: Tool) -> dict[str, Standing]:
    """Who sits in the lesson, by the opaque id, and how far the seat is theirs."""
    with tool.inside():
        state = live.state_of(db.session.scalars(select(LessonRun.run_id)).one())
        return {who: one.active.standing for who, one in state.participants.items() if one.active}


def test_b12_it_is_refused_unless_the_teacher_allows_it(tool: Tool, teacher: Browser) -> None:
    assert refused(tool) == "anonymous"
    allow(teacher, lesson(tool))
    assert refused(tool, **{f"{LTI}context": {"id": "a course that nobody named has opened"}}) == "anonymous"
    assert refused(tool, **{f"{LTI}custom": {"lesson": "another-lesson"}}) == "anonymous"
    with tool.inside():
        db.session.execute(update(Lesson).values(deleted_at=now()))
    assert refused(tool) == "anonymous"


def test_b12_a_seat_without_a_name_is_a_pupils_at_most_and_counts_for_nobody(tool: Tool, teacher: Browser) -> None:
    allow(teacher, lesson(tool))
    somebody = tool.browser().launch(**{**NOBODY, f"{LTI}roles": [SYSTEM_ADMIN, f"{LEARNER[:-7]}Instructor"]})
    assert somebody.send("sit", {}).json["seat"]["is_picked"] is False
    ((uid, standing),) = seated(tool).items()
    assert standing is Standing.NAMELESS  # whose work reaches neither attendance nor marks
    page = somebody.get("lesson").text
    assert "Không tên" in page
    assert "/names" not in page
    assert "Nguyễn" not in page  # the claims brought a name; a seat without a person has none
    for path in ("profile", "connection", "lessons"):
        assert somebody.get(path).status_code in (403, 404, 405), path
    with tool.inside():
        person = db.session.scalars(select(Person).where(Person.uid == uid)).one()
        assert (person.sub, person.registration_id, person.name) == (None, None, "")
        assert not db.session.scalars(select(Membership).where(Membership.person_id == person.id)).all()
        visit = db.session.scalars(select(LaunchVisit).where(LaunchVisit.person_id == person.id)).one()
        assert (visit.kind, visit.is_admin) == (LaunchKind.NAMELESS, False)
        run = db.session.scalars(select(LessonRun)).one()
        assert uid not in {p.uid for p in roster.everybody(run)}
        run_id = run.run_id
    told = teacher.fetch(f"runs/{run_id}/people").json
    assert told[uid] == {"name": f"Học sinh {uid[-4:]}"}


def test_b12_confirming_all_names_vouches_for_no_stranger(tool: Tool, teacher: Browser) -> None:
    allow(teacher, lesson(tool))
    assert tool.browser().launch(**NOBODY).send("sit", {}).json["seat"]
    with tool.inside():
        run_id = db.session.scalars(select(LessonRun.run_id)).one()
    assert teacher.post(f"runs/{run_id}/confirm").status_code == 303
    assert list(seated(tool).values()) == [Standing.NAMELESS]


def test_b12_a_browser_has_one_such_seat_a_day(tool: Tool, teacher: Browser, clock: Clock) -> None:
    allow(teacher, lesson(tool))
    first, second = tool.browser(), tool.browser()
    for browser in (first, first, second):
        assert browser.launch(**NOBODY).send("sit", {}).json["seat"]
    assert len(seated(tool)) == 2
    allow(teacher, lesson(tool), is_allowed=False)
    assert refused(tool) == "anonymous"
    assert re.search(r'"seat"', first.get("lesson").text)  # whoever sits keeps the seat
    assert second.send("sit", {}).json["seat"] is None
    clock.wait(hours=25)
    with tool.inside():
        retention.forget(now())
    with tool.inside():
        assert {p.name for p in db.session.scalars(select(Person))} >= {"Đặng Thái An", "Trần Hoài An"}
        assert not db.session.scalars(select(Person).where(Person.name == "")).all()


def test_b12_messages_that_need_a_person_are_refused_without_one() -> None:
    body = {
        "iat": 1,
        f"{LTI}message_type": MessageType.DEEP_LINKING,
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": "d",
        f"{LTI}target_link_uri": "https://x.example/",
        f"{LTI}roles": [LEARNER],
        DEEP_LINKING: {"deep_link_return_url": "https://x.example/", "accept_types": ["ltiResourceLink"]},
    }
    with pytest.raises(LaunchRefused, match="anonymous"):
        read(body)
