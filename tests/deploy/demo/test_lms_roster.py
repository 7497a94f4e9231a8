"""Names and roles: the container, its filters, its pages."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from deploy.demo.lms.people import COLLEAGUE, COURSE_9A1, COURSE_9A2, HEAD, TEACHER

from .lms_tool import ISSUER, LTI, TinyTool

MEDIA = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
ROSTER = f"{ISSUER}/lti/services/CourseSection/901/bindings/1/memberships"


def test_roster_is_two_teachers_and_forty_pupils(tool: TinyTool) -> None:
    answer = tool.call("GET", ROSTER, accept=MEDIA)
    assert answer.status_code == 200
    assert answer.content_type == MEDIA
    body = answer.get_json()
    assert body["id"] == ROSTER
    assert body["context"]["id"] == "901"
    assert len(body["members"]) == 42
    assert "Link" not in answer.headers
    assert HEAD.sub not in {member["user_id"] for member in body["members"]}


def test_a_member_looks_as_on_moodle(tool: TinyTool) -> None:
    member = tool.call("GET", ROSTER).get_json()["members"][2]
    assert member == {
        "status": "Active",
        "roles": ["Learner"],
        "user_id": COURSE_9A1.pupils[0].sub,
        "lis_person_sourcedid": "SH-9a1-01",
        "name": "An Đặng Thái",
        "given_name": "An",
        "family_name": "Đặng Thái",
        "email": "9a1-01@senhong.example",
        "ext_user_username": "9a1-01",
    }


def test_address_in_the_launch_is_the_roster(tool: TinyTool) -> None:
    claims = tool.launch("/as/co-ha/activity/1?window=1")
    address = claims[LTI + "custom"]["context_memberships_url"]
    assert tool.call("GET", address).get_json()["members"][0]["user_id"] == claims["sub"]


@pytest.mark.parametrize("role", ["Learner", "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"])
def test_role_filter_and_pages(tool: TinyTool, role: str) -> None:
    found: list[str] = []
    address = f"{ROSTER}?{urlencode({'role': role, 'limit': '15', 'rlid': '1'})}"
    pages = 0
    while address:
        answer = tool.call("GET", address)
        found += [member["user_id"] for member in answer.get_json()["members"]]
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        address = link.group(1) if link else ""
        pages += 1
    assert pages == 3
    assert found == [pupil.sub for pupil in COURSE_9A1.pupils]


def test_role_filter_for_teachers_and_unknown_roles(tool: TinyTool) -> None:
    members = tool.call("GET", f"{ROSTER}?role=Instructor").get_json()["members"]
    assert [member["user_id"] for member in members] == [TEACHER.sub, COLLEAGUE.sub]
    assert tool.call("GET", f"{ROSTER}?role=Mentor").get_json()["members"] == []


@pytest.mark.parametrize("query", ["limit=many", "limit=-1", "from=x", "limit=99999999999"])
def test_what_is_no_count_is_refused(tool: TinyTool, query: str) -> None:
    assert tool.call("GET", f"{ROSTER}?{query}").status_code == 400


@pytest.mark.parametrize("rlid", ["2", "99", "x", "９"])
def test_rlid_must_be_a_link_of_this_course(tool: TinyTool, rlid: str) -> None:
    assert tool.call("GET", f"{ROSTER}?rlid={rlid}").status_code == 404


def test_wrong_accept_header_is_refused(tool: TinyTool) -> None:
    assert tool.call("GET", ROSTER, accept="text/html").status_code == 400
    assert tool.call("GET", ROSTER, accept="application/json").status_code == 400
    assert tool.call("GET", ROSTER, accept="text/html, */*").status_code == 200


def test_the_other_course_has_its_own_twelve(tool: TinyTool) -> None:
    body = tool.call("GET", ROSTER.replace("901", "902")).get_json()
    assert body["context"]["id"] == COURSE_9A2.id
    assert len(body["members"]) == 14


# --- groups -----------------------------------------------------------------------------------------------------------

GROUPS = f"{ISSUER}/lti/services/CourseSection/901/bindings/1/groups"
GROUPS_MEDIA = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"


def test_e2_the_launch_says_where_the_groups_are(tool: TinyTool) -> None:
    claim = tool.launch("/as/co-ha/activity/1?window=1")["https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"]
    assert claim["context_groups_url"] == GROUPS
    assert claim["service_versions"] == ["1.0"]
    answer = tool.call("GET", GROUPS, accept=GROUPS_MEDIA)
    assert answer.content_type == GROUPS_MEDIA
    assert answer.get_json() == {"id": GROUPS, "groups": [{"id": "11", "name": "Tổ 1"}, {"id": "12", "name": "Tổ 2"}]}


def test_groups_come_by_page_and_by_person(tool: TinyTool) -> None:
    first = tool.call("GET", f"{GROUPS}?limit=1", accept=GROUPS_MEDIA)
    assert [one["id"] for one in first.get_json()["groups"]] == ["11"]
    assert 'rel="next"' in first.headers["Link"]
    pupil = COURSE_9A1.pupils[1]
    own = tool.call("GET", f"{GROUPS}?user_id={pupil.sub}", accept=GROUPS_MEDIA).get_json()["groups"]
    assert [one["id"] for one in own] == [pupil.group]
    assert tool.call("GET", f"{GROUPS}?user_id=nobody", accept=GROUPS_MEDIA).get_json()["groups"] == []


def test_the_roster_says_who_is_in_which_when_it_is_asked(tool: TinyTool) -> None:
    members = tool.call("GET", f"{ROSTER}?groups=true").get_json()["members"]
    assert [one["group_enrollments"] for one in members[1:3]] == [[], [{"group_id": COURSE_9A1.pupils[0].group}]]
