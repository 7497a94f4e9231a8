"""Whole walks with Open edX's own classes at the other end: launch, choosing, roster, scores."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from lti_tool.extensions import db
from lti_tool.lms.lti import connect
from lti_tool.lms.port import Column, Grade, Services, Verdict
from lti_tool.models import LaunchVisit, MemberRole
from tests.lti_tool.second.conftest import SecondPlatform
from tests.lti_tool.tool import Browser, Tool
from tests.lti_tool.witness import fault_of

TEACHES = ("staff", "limited_staff", "instructor", "global_staff")
ASSISTS = ("Group Moderator", "Community TA")


def walk(tool: Tool, platform: SecondPlatform, **who: Any) -> Browser:
    """From the platform's link to the page of ours, by its own login and its own answer to our question."""
    browser = tool.browser()
    login = urlsplit(platform.call("start", who)["address"])
    asked = browser.client.get(f"{login.path}?{login.query}")
    assert asked.status_code == 302, asked.text
    question = urlsplit(asked.location)
    form = platform.call(f"auth?{question.query}")
    target = "/lti/deep-link" if "message" in who else "/lti/launch"
    browser.landed = browser.client.post(target, data=form)
    if browser.landed.status_code == 303:
        browser.visit = browser.landed.location.split("/l/")[1].split("/")[0]
    return browser


def test_every_role_of_open_edx_is_what_it_is_here(tool: Tool, second_platform: SecondPlatform) -> None:
    roles = second_platform.call("roles")
    assert len(roles) > 15
    for name in roles:
        browser = walk(tool, second_platform, sub=f"user of {name}", role=name, course="course-1")
        expected = MemberRole.TEACHER if name in TEACHES else MemberRole.ASSISTANT if name in ASSISTS else None
        with tool.inside():
            visit = db.session.get_one(LaunchVisit, browser.visit)
            assert visit.role is (expected or MemberRole.PUPIL), name
            assert visit.is_admin is (name in ("global_staff", "instructor")), name


@pytest.mark.parametrize(
    "who",
    [
        {"name": "Đặng Thái An", "email": "an@school.test", "course": "course-1"},
        {"email": "an@school.test", "course": "course-1"},
        {"name": "Đặng Thái An", "course": "course-1"},
        {"course": "course-1"},
        {"email": "an@school.test"},
        {},
    ],
    ids=[
        "all",
        "V6 e-mail only",
        "V7 names only",
        "V8 nothing personal",
        "V9 no course",
        "V10 a link and nothing else",
    ],
)
@pytest.mark.parametrize("role", ["staff", "student", None])
def test_whatever_it_tells_of_a_person_lands(
    tool: Tool, second_platform: SecondPlatform, who: dict[str, str], role: str | None
) -> None:
    browser = walk(tool, second_platform, sub="user-7", role=role, **who)
    assert browser.landed
    assert browser.landed.status_code == 303, fault_of(browser.landed)
    assert browser.client.get(browser.path(""), follow_redirects=True).status_code == 200


def test_what_is_chosen_comes_back_as_it_wants_it(served: Tool, second_platform: SecondPlatform) -> None:
    teacher = walk(served, second_platform, sub="teacher-1", role="staff", course="course-1", name="Nguyễn Thu Hà")
    uid = served.lesson({"kind": "number", "title": "Tính", "content": {"prompt": "3+4?", "answer": "7"}})
    chooser = walk(
        served, second_platform, sub="teacher-1", role="staff", course="course-1", message="LtiDeepLinkingRequest"
    )
    assert chooser.get("choose").status_code == 200
    sent = chooser.post("choose", lesson=uid)
    assert sent.status_code == 200
    token = sent.text.split('name="JWT" value="')[1].split('"')[0]
    items = post_form(second_platform, "return", {"JWT": token})
    assert [item["title"] for item in items] == ["Hệ thức Vi-ét"]
    assert items[0]["custom"]["lesson"] == uid
    assert teacher.visit != chooser.visit


def post_form(platform: SecondPlatform, path: str, form: dict[str, str]) -> Any:
    import json  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415

    asked = urllib.request.Request(f"{platform.url}/{path}", urlencode(form).encode())
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)


def services(platform: SecondPlatform) -> Services:
    ags = "https://purl.imsglobal.org/spec/lti-ags/scope/"
    scopes = frozenset(f"{ags}{name}" for name in ("lineitem", "result.readonly", "score"))
    return Services(f"{platform.url}/members", f"{platform.url}/items", scopes)


def test_roster_and_scores_under_its_own_tokens(served: Tool, second_platform: SecondPlatform) -> None:
    """It checks our assertion against our key set, and each call against the scopes it granted."""
    members = [
        {"user_id": f"u-{n}", "name": f"Học sinh {n}", "roles": ["Learner"], "status": "Active"} for n in range(40)
    ]
    second_platform.call("members-are", members)
    before = second_platform.call("asked")["tokens"]
    given = services(second_platform)
    with served.inside():
        lms = connect(served.registration())
        assert [m.sub for m in lms.members(given)] == [m["user_id"] for m in members]
        column = Column("lesson-1", "giotay", "Hệ thức Vi-ét", 10)
        address = lms.column(given, column)
        assert lms.column(given, column) == address
        for n in range(40):
            outcome = lms.post(address, Grade(f"u-{n}", "7.5", 10, "Tốt", 1_800_000_000_000 + n * 1_000))
            assert outcome.verdict is Verdict.POSTED, outcome
        standing = lms.standings(given, address)
    assert standing["u-39"].value == 7.5
    scores = second_platform.call("scores")
    assert len(scores) == 40
    assert {one["gradingProgress"] for one in scores} == {"FullyGraded"}
    assert (
        second_platform.call("asked")["tokens"] - before <= 4
    )  # list, columns, scores, results: one each, not one a score
