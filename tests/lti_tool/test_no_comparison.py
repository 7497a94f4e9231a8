"""No pupil is compared with another on a pupil's or a parent's screen: every page that they may open is read for it."""

import re

import pytest

from lti_tool.extensions import db
from lti_tool.lessons import families
from lti_tool.models import Membership, SchoolClass
from lti_tool.translations import catalogue
from tests.lti_tool.school import School, open_school
from tests.lti_tool.test_access import EVERYBODY, TABLE, ask
from tests.lti_tool.tool import PUPILS, Tool

COMPARES = re.compile(
    r"xếp hạng|thứ hạng|hạng \d|trung bình (của |cả )?lớp|bình quân|cao nhất lớp|nhất lớp|thấp nhất|so với (cả )?lớp"
    r"|so với (các )?bạn|hơn \d+ ?% |đứng thứ|leaderboard|percentile|class average|rank(ed|ing)? |than classmates",
    re.IGNORECASE,
)
OWN = ("profile", "family", "phone", "practice_own", "review", "moved", "answer")
"""Keys of texts that stand on these screens, by how they begin."""


@pytest.fixture(scope="module")
def built(steady_tool: Tool) -> School:
    return open_school(steady_tool)


def test_no_page_that_a_pupil_may_open_compares(built: School) -> None:
    school = built.restored()
    pages = [(route, row) for route, row in TABLE.items() if route[1] == "GET" and "pupil" in row.may != EVERYBODY]
    assert {route[0] for route, _ in pages} >= {"profile.own", "phone.page", "practices.own"}
    for route, row in pages:
        answer = ask(school, "pupil", route, row)
        if not answer.mimetype.startswith("image/"):
            assert not COMPARES.findall(answer.text), route


def test_no_sheet_that_a_family_opens_compares(built: School) -> None:
    school = built.restored()
    with school.tool.inside():
        class_ = db.session.query(SchoolClass).order_by(SchoolClass.id).first()
        assert class_
        held = db.session.query(Membership).filter_by(class_id=class_.id, person_id=school.here.person_id).one()
        families.consent(held.person_id, families.LINK, "parent", is_given=True, how="paper", by=None)
        secret = families.make_link(class_, held.person_id, 7, held.person_id)
    text = school.tool.browser().client.post("/family", data={"k": secret}).text
    assert "Phiếu trao đổi với gia đình" in text
    assert not COMPARES.findall(text)
    assert len([name for name in PUPILS if name in text]) == 1


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_no_text_of_theirs_compares(locale: str) -> None:
    """Also those that stand on a page only in some states."""
    said = {
        one.id if isinstance(one.id, str) else one.id[0]: " ".join(
            [one.string] if isinstance(one.string, str) else one.string
        )
        for one in catalogue(locale)
        if one.id
    }
    theirs = {key: text for key, text in said.items() if key.startswith(OWN)}
    assert len(theirs) > 100
    assert {key: text for key, text in theirs.items() if COMPARES.search(text)} == {}
