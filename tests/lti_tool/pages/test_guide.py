"""Help in the tool itself: each is told of what they may do, and buttons are called what they are called."""

import re

import pytest

from lti_tool.pages.guide import TOPICS
from lti_tool.translations import translations
from tests.lti_tool.school import School, open_school
from tests.lti_tool.tool import Tool

OF = {
    "teacher": {one.name for one in TOPICS if one.place in ("lessons", "roster", "marks")},
    "homeroom teacher": {"family"},
    "head of department": {"department"},
    "observer": {"observe"},
    "administrator": {"server"},
    "pupil": set[str](),
}


@pytest.fixture(scope="module")
def school(steady_tool: Tool) -> School:
    return open_school(steady_tool)


@pytest.mark.parametrize("who", OF)
def test_each_is_told_of_what_they_may_do(school: School, who: str) -> None:
    page = school.people[who].get("help").text
    assert set(re.findall(r'<h2 id="(\w+)"', page)) == OF[who] | {"pupil"}


@pytest.mark.parametrize("who", [who for who in OF if who != "pupil"])
def test_the_navigation_leads_there(school: School, who: str) -> None:
    browser = school.people[who]
    help_ = browser.path("help")
    first = browser.get("help").text.partition("<main")[0]
    assert f'href="{help_}" aria-current="page"' in first


def test_no_step_has_a_gap_and_each_name_is_used(school: School) -> None:
    names = set[str]()
    for who in OF:
        page = school.people[who].get("help").text
        assert "%(" not in page
        names |= set(re.findall(r"<b>([^<]+)</b>", page))
    assert {"Bắt đầu tiết học", "Mở học bù cho các em này", "Tạo đường liên kết mới", "Thử ngay"} <= names


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_steps_take_names_from_the_screens(locale: str) -> None:
    """What stands in bold in a step is a name put in, never one that was written out and may grow old."""
    told = translations(locale)._catalog
    steps = [told[f"help.step.{step}"] for topic in TOPICS for step in topic.steps]
    assert {name for text in steps for name in re.findall(r"<b>(.*?)</b>", text) if not name.startswith("%(")} == set()
