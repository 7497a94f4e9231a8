"""What every LMS behind the port must do, held for LTI and for a fake."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import pytest

from lti_tool.errors import PlatformFault
from lti_tool.lms import registry
from lti_tool.lms.port import Column, Grade, GradeWrite, Lms, Member, Outcome, Services, Standing, Verdict, services_of
from lti_tool.models import MemberRole
from lti_tool.names import FullName
from tests.lti_tool.google import GoogleServer, connected
from tests.lti_tool.lms.fake import FakeLms
from tests.lti_tool.lms.test_delivery import ALL_SCOPES
from tests.lti_tool.moodle import Moodle
from tests.lti_tool.platform import json_answer
from tests.lti_tool.tool import Tool, member

COLUMN = Column("lesson-1", "score", "Hệ thức Vi-ét", 10)
GRADE = Grade("pupil-1", "8.5", 10, "Làm tốt", 1_795_000_000_000)
POSTED = Outcome(Verdict.POSTED)
GROUPS = {"11": "Tổ 1", "12": "Tổ 2"}
NOTHING = Services(None, None, frozenset())


@dataclass
class Subject:
    """An implementation with two pupils in a course, each in a group of their own. `forget` deletes the gradebook's
    columns behind its back."""

    lms: Lms
    services: Services
    inside: Callable[[], AbstractContextManager[None]]
    forget: Callable[[], None]


@pytest.fixture(params=["lti", "fake", "classroom"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "classroom":
        yield from _classroom(request.getfixturevalue("classroom_tool"), request.getfixturevalue("google"))
        return
    tool: Tool = request.getfixturevalue("tool")
    if request.param == "fake":
        people = [
            Member(f"pupil-{n}", MemberRole.PUPIL, FullName(name, name.rpartition(" ")[2]), True, (f"1{n}",))
            for n, name in ((1, "Đặng Thái An"), (2, "Trần Hoài An"))
        ]
        fake = FakeLms(people, named_groups=GROUPS)
        yield Subject(
            fake, Services("fake:roster", "fake:columns", frozenset(), "fake:groups"), nullcontext, fake.columns.clear
        )
        return
    moodle = tool.platform
    assert isinstance(moodle, Moodle)
    moodle.members = [{**member(n), "group_enrollments": [{"group_id": f"1{n}"}]} for n in (1, 2)]
    moodle.groups = GROUPS
    services = Services(
        f"{moodle.url}/members", f"{moodle.url}/items?type_id=7", frozenset(ALL_SCOPES), f"{moodle.url}/groups"
    )
    with tool.inside():
        yield Subject(registry.connect(tool.registration()), services, nullcontext, moodle.items.clear)


def _classroom(tool: Tool, google: GoogleServer) -> Iterator[Subject]:
    connected(tool, google)
    google.answers["GET", "/v1/courses/c-1/teachers"] = lambda _: json_answer({})  # the contract's course has pupils
    with tool.inside():
        context = tool.course("c-1")
        services, registration = services_of(context), context.deployment.registration
        yield Subject(registry.connect(registration), services, nullcontext, google.works.clear)


def test_it_says_what_it_can_do(subject: Subject) -> None:
    said = subject.lms.capabilities(subject.services)
    assert said.grade_write is GradeWrite.NOW
    assert said.has_roster
    assert said.reads_grades
    assert said.makes_columns
    assert not subject.lms.capabilities(NOTHING).has_roster


def test_it_lists_everybody_by_the_lmss_own_ids(subject: Subject) -> None:
    found = subject.lms.members(subject.services)
    assert [(m.sub, m.role, m.name.display, m.is_active) for m in found] == [
        ("pupil-1", MemberRole.PUPIL, "Đặng Thái An", True),
        ("pupil-2", MemberRole.PUPIL, "Trần Hoài An", True),
    ]


def test_it_lists_the_groups_and_who_is_in_which(subject: Subject) -> None:
    has_groups = subject.lms.capabilities(subject.services).has_groups
    assert subject.lms.groups(subject.services) == (GROUPS if has_groups else {})
    told = [m.groups for m in subject.lms.members(subject.services)]
    assert told == ([("11",), ("12",)] if has_groups else [None, None])
    assert subject.lms.groups(NOTHING) == {}
    assert not subject.lms.capabilities(NOTHING).has_groups


def test_what_was_not_granted_is_a_fault_and_no_empty_list(subject: Subject) -> None:
    with pytest.raises(PlatformFault, match="not_granted"):
        subject.lms.members(NOTHING)
    with pytest.raises(PlatformFault, match="not_granted"):
        subject.lms.column(NOTHING, COLUMN)


def test_a_column_is_made_once(subject: Subject) -> None:
    first = subject.lms.column(subject.services, COLUMN)
    assert subject.lms.column(subject.services, COLUMN) == first
    assert subject.lms.column(subject.services, replace(COLUMN, tag="attendance")) != first
    assert subject.lms.column(subject.services, replace(COLUMN, resource_id="lesson-2")) != first


def test_a_grade_is_posted_and_stands(subject: Subject) -> None:
    address = subject.lms.column(subject.services, COLUMN)
    assert subject.lms.standings(subject.services, address) == {}
    assert subject.lms.post(address, GRADE) == Outcome(Verdict.POSTED)
    assert subject.lms.standings(subject.services, address) == {"pupil-1": Standing(8.5, 10.0)}
    assert subject.lms.standings(subject.services, address, "pupil-2") == {}
    assert subject.lms.post(address, replace(GRADE, value="9", timestamp=GRADE.timestamp + 1_000)).reason == ""
    assert subject.lms.standings(subject.services, address, "pupil-1") == {"pupil-1": Standing(9.0, 10.0)}


def test_posting_twice_changes_nothing(subject: Subject) -> None:
    address = subject.lms.column(subject.services, COLUMN)
    subject.lms.post(address, GRADE)
    assert subject.lms.post(address, GRADE).reason in ("", "newer")
    assert subject.lms.standings(subject.services, address) == {"pupil-1": Standing(8.5, 10.0)}


def test_an_older_grade_is_refused_as_older(subject: Subject) -> None:
    address = subject.lms.column(subject.services, COLUMN)
    subject.lms.post(address, GRADE)
    older = replace(GRADE, value="3", timestamp=GRADE.timestamp - 60_000)
    orders = subject.lms.capabilities(subject.services).orders_grades
    assert subject.lms.post(address, older) == (Outcome(Verdict.REFUSED, "newer") if orders else POSTED)


def test_who_is_not_gradable_is_refused(subject: Subject) -> None:
    address = subject.lms.column(subject.services, COLUMN)
    assert subject.lms.post(address, replace(GRADE, sub="stranger")) == Outcome(Verdict.REFUSED, "refused")


def test_a_column_that_is_gone_is_said_to_be(subject: Subject) -> None:
    address = subject.lms.column(subject.services, COLUMN)
    subject.forget()
    assert subject.lms.post(address, GRADE) == Outcome(Verdict.REFUSED, "gone")
    with pytest.raises(PlatformFault, match="gone"):
        subject.lms.standings(subject.services, address)


def test_a_check_says_what_was_found_and_never_raises(subject: Subject) -> None:
    found = {check.key: (check.fault, check.count) for check in subject.lms.check(subject.services)}
    assert found["members"] == ("", 2)
    assert {check.fault for check in subject.lms.check(None)} >= {"no_course"}


def test_grades_that_need_a_teachers_leave_wait_for_it() -> None:
    fake = FakeLms([Member("pupil-1", MemberRole.PUPIL, FullName("A", "A"), is_active=True)], has_leave=False)
    services = Services("r", "c", frozenset())
    address = fake.column(services, COLUMN)
    assert fake.capabilities(services).grade_write is GradeWrite.NEEDS_TEACHER_GRANT
    assert fake.post(address, GRADE).verdict is Verdict.QUEUED


def test_protocols_come_through_entry_points(tool: Tool) -> None:
    assert {"classroom", "lti"} <= set(registry.protocols())
    with tool.inside():
        tool.registration().protocol = "carrier pigeon"
        with pytest.raises(PlatformFault, match="no_protocol"):
            registry.connect(tool.registration())
