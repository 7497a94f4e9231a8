"""A class launches at once, on a fresh installation: nobody is refused, nothing is made twice."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from lti_tool.extensions import db
from lti_tool.lessons import courses
from lti_tool.models import (
    Context,
    LaunchVisit,
    Membership,
    Person,
    PlatformKeySet,
    ResourceLink,
    SchoolClass,
)
from tests.lti_tool.platform import LEARNER, LTI
from tests.lti_tool.tool import Tool

CLASS = 40


def test_forty_first_launches_at_once(any_tool: Tool) -> None:
    """Nobody has ever come: the platform's keys, the course and the link are unknown, and all forty bring them."""

    def come(number: int) -> str:
        browser = any_tool.browser()
        claims = {"sub": f"pupil-{number % 38}", "name": f"Học sinh {number % 38}", f"{LTI}roles": [LEARNER]}
        return browser.launch(**claims).visit  # two of them on two devices

    with ThreadPoolExecutor(CLASS) as pool:
        visits = list(pool.map(come, range(CLASS)))
    assert len(set(visits)) == CLASS
    with any_tool.inside():
        for model, count in ((Context, 1), (ResourceLink, 1), (PlatformKeySet, 1), (Person, 38), (Membership, 38)):
            assert db.session.scalar(select(func.count()).select_from(model)) == count, model
        assert db.session.scalar(select(func.count()).select_from(LaunchVisit)) == CLASS


def pupil_of(tool: Tool, number: int, groups: str) -> str | None:
    """A launch that says these groups; the class it leads to."""
    tool.pupil(number, **{f"{LTI}custom": {"person_groups": groups}})
    with tool.inside():
        person = tool.person(f"pupil-{number}")
        held = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
        found = db.session.get(SchoolClass, held.class_id) if held.class_id else None
        return found.name if found else None


def test_a_group_is_a_class_from_the_launch_on(tool: Tool) -> None:
    """Two classes in one course: a pupil is in the lesson of their own at the first launch, not after the next list."""
    tool.teacher()
    with tool.inside():
        courses.set_up(tool.course(), "Toán", 9, "2026-2027", {"9A1": "11", "9A2": "12"})
    assert pupil_of(tool, 1, "11") == "9A1"
    assert pupil_of(tool, 2, "3,12") == "9A2"
    assert pupil_of(tool, 2, "11") == "9A1"  # moved
    assert pupil_of(tool, 2, "") == "9A1"  # a launch that says nothing takes nothing away
    assert pupil_of(tool, 3, "") is None
    assert pupil_of(tool, 3, "11,12") is None  # two classes: nobody guesses
    assert pupil_of(tool, 3, "12") == "9A2"
