"""What a verified body says, read by itself: roles, optional claims, and launches that name nobody."""

from typing import Any

import pytest

from lti_tool.errors import LaunchRefused
from lti_tool.launch import claims
from lti_tool.launch.claims import DEEP_LINKING, GRADES, GROUPS, LTI, MOST_SCOPES, NAMES_AND_ROLES, SCOPE_GROUPS, VOCAB
from lti_tool.models import MemberRole

INSTRUCTOR, LEARNER = f"{VOCAB}membership#Instructor", f"{VOCAB}membership#Learner"
ADMINISTRATOR = f"{VOCAB}institution/person#Administrator"
LEAST: dict[str, Any] = {
    f"{LTI}message_type": "LtiResourceLinkRequest",
    f"{LTI}version": "1.3.0",
    f"{LTI}deployment_id": "deployment-1",
    f"{LTI}target_link_uri": "https://tool.example/lti/launch",
    f"{LTI}roles": [INSTRUCTOR],
    f"{LTI}resource_link": {"id": "link-1"},
    "iat": 1_700_000_000.5,
    "sub": "user-1",
    "name": "Nguyễn Văn An",
}
DEEP = {f"{LTI}message_type": "LtiDeepLinkingRequest", f"{LTI}resource_link": None}
REVIEW = {f"{LTI}message_type": "LtiSubmissionReviewRequest"}


def settings(address: str) -> dict[str, Any]:
    said = {"deep_link_return_url": address, "accept_types": ["ltiResourceLink"]}
    return {f"{DEEP_LINKING}deep_linking_settings": said}


# The library's own checks do not look at a launch that names nobody: those here are the only ones.
@pytest.mark.parametrize("sub", ["user-1", None, ""])
@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ({f"{LTI}version": "1.2.0"}, "version"),
        ({f"{LTI}resource_link": None}, "resource_link"),
        (DEEP, "deep_linking_settings"),
        ({**DEEP, **settings("javascript:alert(1)")}, "deep_link_return_url"),
        (REVIEW, "for_user"),
    ],
    ids=["version", "link", "settings", "return address", "for whom"],
)
def test_what_its_kind_needs_is_demanded(sub: str | None, said: dict[str, Any], detail: str) -> None:
    with pytest.raises(LaunchRefused) as caught:
        claims.read({**LEAST, **said, "sub": sub})
    assert (caught.value.key, caught.value.detail.split()[0]) == ("claims", detail)


@pytest.mark.parametrize("sub", [None, ""])
@pytest.mark.parametrize(
    "said",
    [{**DEEP, **settings("https://lms.example/back")}, {**REVIEW, f"{LTI}for_user": {"user_id": "user-2"}}],
    ids=["deep linking", "review"],
)
def test_nobody_chooses_content_and_nobody_looks_at_work(sub: str | None, said: dict[str, Any]) -> None:
    with pytest.raises(LaunchRefused) as caught:
        claims.read({**LEAST, **said, "sub": sub})
    assert caught.value.key == "anonymous"
    assert claims.read({**LEAST, **said}).sub == "user-1"


@pytest.mark.parametrize("sub", [None, ""])
def test_who_is_not_named_is_a_pupil_without_a_name_whatever_the_roles(sub: str | None) -> None:
    launch = claims.read({**LEAST, "sub": sub, f"{LTI}roles": [INSTRUCTOR, ADMINISTRATOR]})
    assert (launch.sub, launch.role, launch.is_admin, launch.name) == ("", MemberRole.PUPIL, False, claims.NOBODY)


def test_what_is_not_said_is_absent() -> None:
    launch = claims.read(LEAST)
    assert (launch.role, launch.is_admin, launch.name.display) == (MemberRole.TEACHER, False, "Nguyễn Văn An")
    assert (launch.context, launch.deep_linking, launch.for_user, launch.return_url) == (None, None, None, None)
    assert (launch.roster_url, launch.groups_url, launch.grades) == (None, None, claims.GradesClaim())
    assert (launch.groups, launch.lesson, launch.activity_url, launch.past_contexts) == ("", "", None, ())
    assert (launch.locale, launch.issued_at) == ("", 1_700_000_000_500)


def test_what_is_said_is_read_and_made_fit() -> None:
    launch = claims.read(
        {
            **LEAST,
            f"{LTI}context": {"id": "course-1", "label": " 9A1\n", "title": None},
            f"{LTI}resource_link": {"id": "link-1", "title": "Hệ  thức\tVi-ét"},
            f"{LTI}launch_presentation": {"locale": "vi-VN-x-very-long-indeed", "return_url": "https://lms.example/c"},
            f"{LTI}custom": {
                "context_history": "course-0, ,course-00", "lesson": "$Lesson.id", "person_groups": 7,
                "activity_url": "https://lms.example/mod/1",
            },
            f"{NAMES_AND_ROLES}namesroleservice": {"context_memberships_url": "https://lms.example/people"},
            f"{GRADES}endpoint": {
                "scope": ["no address", *(f"https://lms.example/{n}" for n in range(2 * MOST_SCOPES))],
                "lineitems": "https://lms.example/items", "lineitem": "ftp://lms.example/item",
            },
            f"{GROUPS}groupsservice": {"scope": [SCOPE_GROUPS], "context_groups_url": "https://lms.example/groups"},
        }
    )  # fmt: skip
    assert launch.context == claims.ContextClaim("course-1", "9A1", "")
    assert launch.resource_link == claims.ResourceLinkClaim("link-1", "Hệ thức Vi-ét")
    assert (launch.locale, launch.return_url) == ("vi-VN-x-very-lon", "https://lms.example/c")
    assert (launch.past_contexts, launch.lesson, launch.groups) == (("course-0", "course-00"), "", "")
    assert (launch.activity_url, launch.roster_url) == ("https://lms.example/mod/1", "https://lms.example/people")
    assert launch.groups_url == "https://lms.example/groups"
    assert launch.grades.scope == tuple(f"https://lms.example/{n}" for n in range(MOST_SCOPES - 1))
    assert (launch.grades.lineitems, launch.grades.lineitem) == ("https://lms.example/items", None)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"person_sourcedid": " HS-01 "}, "HS-01"),
        ({"person_sourcedid": "087209001234"}, ""),  # a citizen's number
        ({"person_sourcedid": "$Person.sourcedId"}, ""), ({"person_sourcedid": 7}, ""), ({}, ""), ("HS-01", ""),
        (None, ""),
    ],
)  # fmt: skip
def test_a_pupils_own_code_is_read_as_the_list_says_it(said: object, code: str) -> None:
    assert claims.read({**LEAST, f"{LTI}roles": [LEARNER], f"{LTI}lis": said}).code == code
    assert claims.read({**LEAST, f"{LTI}lis": said}).code == "", "a teacher's"
    assert claims.read({**LEAST, "sub": None, f"{LTI}lis": said}).code == "", "nobody's"


def test_a_member_that_is_null_is_not_said() -> None:
    said = {f"{GRADES}endpoint": {"scope": None, "lineitems": "https://lms.example/items"}}
    assert claims.read({**LEAST, **said}).grades == claims.GradesClaim((), "https://lms.example/items")


def test_a_claim_of_another_shape_is_refused() -> None:
    with pytest.raises(LaunchRefused) as caught:
        claims.read({**LEAST, f"{LTI}roles": INSTRUCTOR})
    assert caught.value.key == "claims"


def test_groups_are_listed_only_where_we_may_read_them() -> None:
    said = {f"{GROUPS}groupsservice": {"scope": ["https://lms.example/x"], "context_groups_url": "https://lms.example"}}
    assert claims.read({**LEAST, **said}).groups_url is None


@pytest.mark.parametrize(
    ("roles", "role", "is_admin"),
    [
        ([INSTRUCTOR, LEARNER], MemberRole.TEACHER, False),
        ([LEARNER, ADMINISTRATOR], MemberRole.PUPIL, False),  # a pupil of this course looks after nothing
        ([f"{VOCAB}membership/Instructor#TeachingAssistant", LEARNER], MemberRole.ASSISTANT, False),
        ([f"{VOCAB}institution/person#Instructor"], MemberRole.GUEST, False),
        ([ADMINISTRATOR], MemberRole.GUEST, True),
        ([INSTRUCTOR, ADMINISTRATOR], MemberRole.TEACHER, True),
        ([], MemberRole.GUEST, False),
    ],
    ids=str,
)
def test_roles_are_those_in_this_course(roles: list[str], role: MemberRole, *, is_admin: bool) -> None:
    launch = claims.read({**LEAST, f"{LTI}roles": roles})
    assert (launch.role, launch.is_admin) == (role, is_admin)


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://lms.example", True),
        ("http://10.0.0.1:8080/a?b=c", True),
        ("https://lms.example:1/", True),
        ("https://lms.example:0/", False),
        ("https://lms.example:65536/", False),
        ("ftp://lms.example/", False),
        ("https:///path", False),
        ("https://lms.example/a b", False),
        ("https://lms.example/\n", False),
        ("https://[::1", False),
        ("https://lms.example/".ljust(claims.LONGEST_ADDRESS, "x"), True),
        ("https://lms.example/".ljust(claims.LONGEST_ADDRESS + 1, "x"), False),
    ],
    ids=range(12),
)
def test_an_address_is_one_that_somebody_could_call(address: str, *, is_one: bool) -> None:
    assert claims.is_address(address) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("a", True), ("x" * 255, True), ("x" * 256, False), ("", False), ("a\0", False), ("\ud800", False), (7, False)],
    ids=range(7),
)
def test_an_id_is_a_short_text_that_a_database_keeps(text: object, *, is_one: bool) -> None:
    assert claims.is_id(text) is is_one


def test_a_line_is_one_line_of_letters_that_a_database_keeps() -> None:
    assert claims.line(" a\u202e \x00b   c ", 255) == "a b c"
    assert (claims.line("ab cd", 4), claims.line("abcd", 4), claims.line(None, 4)) == ("ab c", "abcd", "")
