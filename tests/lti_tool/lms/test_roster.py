"""Names and roles: everybody or a fault, never a list cut short; the launch's word beats the list's."""

import pytest
from sqlalchemy import delete, func, select

from analytics import reader
from lti_tool.extensions import db
from lti_tool.launch.claims import SCOPE_GROUPS
from lti_tool.lessons import courses, roster
from lti_tool.lms import lti
from lti_tool.lms.lti import GROUPS, MEMBERS, SCOPE_MEMBERS
from lti_tool.models import LessonRun, MemberRole, Membership, Person, PlatformToken, SchoolClass, Source
from tests.lti_tool.moodle import Moodle
from tests.lti_tool.platform import INSTRUCTOR, LEARNER, LTI, NRPS, Answer, Asked, json_answer
from tests.lti_tool.tool import SINGLE, Tool, member


def read(tool: Tool) -> str:
    """Have the list read; the fault that stands in the course afterwards."""
    with tool.inside():
        context = tool.course()
        context.roster_wanted_at = context.roster_tried_at + 1
    tool.jobs().round()
    with tool.inside():
        return tool.course().roster_fault


def listed(tool: Tool) -> dict[str, tuple[MemberRole, bool]]:
    """Everybody in the course, as (role, whether they are in it today)."""
    with tool.inside():
        query = select(Person.sub, Membership.role, Membership.is_active).join(Membership.person)
        return {str(row[0]): (row[1], row[2]) for row in db.session.execute(query)}


@pytest.fixture
def moodle(tool: Tool) -> Moodle:
    """The platform of a course whose teacher has launched."""
    assert isinstance(tool.platform, Moodle)
    tool.teacher()
    tool.jobs().round()
    return tool.platform


def test_n1_the_list_is_asked_for_as_the_standard_says(tool: Tool, moodle: Moodle) -> None:
    moodle.members = [member(1)]
    assert read(tool) == ""
    asked = [one for one in moodle.asked if one.path == "/members"][-1]
    assert asked.headers["Accept"] == MEMBERS
    assert moodle.tokens[asked.headers["Authorization"].removeprefix("Bearer ")] == {SCOPE_MEMBERS}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("0123456789", "0123456789"), (" HS-9A1-01 ", "HS-9A1-01"), ("", ""), (None, ""), (7, ""),
        ("$Person.sourcedId", ""), ("087209001234", ""),
    ],
)  # fmt: skip
def test_a_pupils_code_is_kept_and_a_citizens_number_is_not(
    tool: Tool, moodle: Moodle, said: object, kept: str
) -> None:
    """Twelve digits are how a citizen's number looks: the school may have put it there, and it is not for us."""
    moodle.members = [{**member(1), "lis_person_sourcedid": said}]
    assert read(tool) == ""
    with tool.inside():
        assert tool.person("pupil-1").code == kept


def test_a_list_without_codes_leaves_those_that_launches_said(tool: Tool, moodle: Moodle) -> None:
    for code in ("HS-00", "HS-01", "087209001234"):  # the school mends it; what no list may bring, no launch does
        tool.pupil(1, **{f"{LTI}lis": {"person_sourcedid": code}})
    moodle.members = [member(1), member(2)]
    assert read(tool) == ""
    with tool.inside():
        assert tool.person("pupil-1").code == "HS-01"
    moodle.members = [member(1), {**member(2), "lis_person_sourcedid": "HS-02"}]
    assert read(tool) == ""
    with tool.inside():
        assert [tool.person(f"pupil-{n}").code for n in (1, 2)] == ["", "HS-02"]


def test_a_teachers_code_is_nothing_to_keep(tool: Tool, moodle: Moodle) -> None:
    moodle.members = [{**member(1), "roles": [INSTRUCTOR], "lis_person_sourcedid": "GV-01"}]
    assert read(tool) == ""
    with tool.inside():
        assert tool.person("pupil-1").code == ""


GROUPS_CLAIM = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"


def groups_claim(tool: Tool, *scopes: str) -> dict[str, object]:
    return {GROUPS_CLAIM: {"context_groups_url": f"{tool.platform.url}/groups", "scope": list(scopes)}}


def test_e2_a_group_that_the_lms_lists_can_be_a_class(tool: Tool) -> None:
    assert isinstance(tool.platform, Moodle)
    tool.platform.groups = {"11": "9A1", "12": "9A2", "13": "Đội tuyển"}
    in_groups = ([{"group_id": 11}], [{"group_id": "12"}, {"group_id": "13"}], [])
    tool.platform.members = [{**member(n), "group_enrollments": g} for n, g in enumerate(in_groups, 1)]
    teacher = tool.teacher(**groups_claim(tool, SCOPE_GROUPS))
    with tool.inside():
        courses.set_up(tool.course(), "Toán", 9, "2026-2027", {"9A1": "11", "9A2": "12"})
    tool.jobs().round()
    asked = [one for one in tool.platform.asked if one.path == "/groups"]
    assert [one.query.get("page") for one in asked] == [None, ["1"], ["2"]]
    assert {one.headers["Accept"] for one in asked} == {GROUPS}
    with tool.inside():
        found = db.session.execute(
            select(Person.sub, SchoolClass.name)
            .join(Membership, Membership.person_id == Person.id)
            .outerjoin(SchoolClass, SchoolClass.id == Membership.class_id)
            .where(Person.sub.like("pupil-%"))
        )
        assert {row.sub: row.name for row in found} == {"pupil-1": "9A1", "pupil-2": "9A2", "pupil-3": None}
    page = teacher.get("course").text
    assert "Đội tuyển (1 em)" in page
    tool.platform.members[0]["group_enrollments"] = [{"group_id": "12"}]  # moved in the LMS
    assert read(tool) == ""
    with tool.inside():
        moved = db.session.scalars(select(Membership).where(Membership.person_id == tool.person("pupil-1").id)).one()
        assert moved.groups == "12"


@pytest.mark.parametrize(
    ("said", "groups"),
    [
        ([{"group_id": "11"}, {"group_id": 12}], ("11", "12")),
        (["11", 12], ("11", "12")),
        ({"group_id": "11"}, ("11",)),
        ([], ()),
        (None, None),
        ([{"id": "11"}], None),
        (True, None),
        (["11", "1\0", "1" * 256, ""], ("11",)),
    ],
)
def test_e2_a_members_groups_are_read_in_every_form_that_platforms_use(
    said: object, groups: tuple[str, ...] | None
) -> None:
    assert lti.enrolled(said) == groups


def test_e2_a_platform_that_refuses_the_groups_parameter_gives_the_list_without_it(tool: Tool) -> None:
    tool.platform.members = [member(1), member(2)]

    def strict(asked: Asked) -> Answer:
        known = set(asked.query) <= {"rlid", "limit"}
        return json_answer(
            {"members": tool.platform.members} if known else {"error": "unknown parameter"}, 200 if known else 400
        )

    tool.platform.answers["GET", "/members"] = strict
    tool.teacher(**groups_claim(tool, SCOPE_GROUPS))
    assert read(tool) == ""
    assert len(listed(tool)) == 3
    assert [set(one.query) for one in tool.platform.asked if one.path == "/members"][:2] == [{"groups"}, set()]


def test_e2_groups_that_were_not_granted_are_not_asked_for(tool: Tool) -> None:
    tool.teacher(**groups_claim(tool))
    tool.jobs().round()
    with tool.inside():
        assert tool.course().groups_url is None
    assert not [one for one in tool.platform.asked if one.path == "/groups"]


@pytest.mark.parametrize(
    "answer",
    [
        json_answer({"groups": "all"}),
        json_answer({}, 500),
        json_answer({"groups": []}, Link='<https://evil.example/groups>; rel="next"'),
        json_answer({"groups": [{"id": n, "name": "x"} for n in range(501)]}),
    ],
)
def test_e2_groups_that_cannot_be_read_leave_the_list_of_people(tool: Tool, answer: Answer) -> None:
    tool.platform.members = [member(1)]
    tool.platform.answers["GET", "/groups"] = lambda _: answer
    tool.teacher(**groups_claim(tool, SCOPE_GROUPS))
    tool.jobs().round()
    assert listed(tool)["pupil-1"] == (MemberRole.PUPIL, True)
    with tool.inside():
        assert (tool.course().roster_fault, tool.course().group_names) == ("", {})


def test_n1_every_page_is_read(any_tool: Tool) -> None:
    assert isinstance(any_tool.platform, Moodle)
    any_tool.platform.members = [member(n) for n in range(1, 6)]
    any_tool.teacher(**{NRPS: {"context_memberships_url": f"{any_tool.platform.url}/members?limit=2"}})
    any_tool.jobs().round()
    assert len(listed(any_tool)) == 6  # and the teacher


@pytest.mark.parametrize(
    "link",
    ['<{}>; rel="next"', "<{}>; rel=next", "<{}>; rel='next'", '<{0}&x=1>; rel="differences", <{0}>; rel="next"'],
)
def test_n1_the_next_page_is_found_however_it_is_said(tool: Tool, moodle: Moodle, link: str) -> None:
    def page(asked: Asked) -> Answer:
        if "from" in asked.query:
            return json_answer({"members": [{**member(2), "roles": None}]})
        return json_answer({"members": [member(1)]}, Link=link.format(f"{moodle.url}/members?from=1"))

    moodle.answers["GET", "/members"] = page
    assert read(tool) == ""
    assert set(listed(tool)) >= {"pupil-1", "pupil-2"}


def test_n2_a_page_on_another_host_gets_no_token(tool: Tool, moodle: Moodle) -> None:
    link = '<https://evil.example/members?from=2>; rel="next"'
    moodle.answers["GET", "/members"] = lambda _: json_answer({"members": [member(1)]}, Link=link)
    assert read(tool) == "not_understood"
    assert "pupil-1" not in listed(tool)


def test_n2_a_list_that_does_not_end_is_a_fault(tool: Tool, moodle: Moodle) -> None:
    def forever(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        start = int(asked.query.get("from", ["0"])[0]) + 1
        return json_answer({"members": [member(1)]}, Link=f'<{moodle.url}/members?from={start}>; rel="next"')

    moodle.answers["GET", "/members"] = forever
    assert read(tool) == "too_large"
    assert "pupil-1" not in listed(tool)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"members": None},
        {"members": [{"roles": []}]},
        [],
        {"members": [{"user_id": 7}]},
        {"members": [{"user_id": "p" * 256}]},
        {"members": [{"user_id": "p\0"}]},
    ],
)
def test_n2_an_answer_without_members_changes_nothing(tool: Tool, moodle: Moodle, body: object) -> None:
    moodle.members = [member(1), member(2)]
    read(tool)
    before = listed(tool)
    moodle.answers["GET", "/members"] = lambda _: json_answer(body)
    assert read(tool) == "not_understood"
    assert listed(tool) == before


@pytest.mark.parametrize("seconds", [10**30, -1, "3600", None, True])
def test_a_token_of_any_lifetime_reads_the_list(tool: Tool, moodle: Moodle, seconds: object) -> None:
    moodle.members = [member(1)]
    given = {"access_token": "token-9", "token_type": "Bearer", "expires_in": seconds}
    moodle.tokens["token-9"] = {SCOPE_MEMBERS}
    moodle.answers["POST", "/token"] = lambda _: json_answer(given)
    with tool.inside():
        db.session.execute(delete(PlatformToken))
    assert read(tool) == ""
    assert "pupil-1" in listed(tool)


def test_n2_the_lists_own_context_need_not_be_the_launchs(tool: Tool, moodle: Moodle) -> None:
    body = {"id": "x", "context": {"id": "another"}, "members": [member(1)]}
    moodle.answers["GET", "/members"] = lambda _: json_answer(body)
    assert read(tool) == ""
    assert listed(tool)["pupil-1"] == (MemberRole.PUPIL, True)


def test_duplicates_are_one_person_and_the_nameless_are_somebody(either_tool: Tool) -> None:
    teacher = either_tool.set_up(pupils=1)
    nameless = {"user_id": "pupil-9", "roles": ["Learner"], "status": "Active"}
    either_tool.platform.members = [member(1), member(1), nameless, {**nameless, "name": "", "given_name": None}]
    read(either_tool)
    assert set(listed(either_tool)) == {"teacher-1", "pupil-1", "pupil-9"}
    page = teacher.get("roster").text
    assert page.count("Đặng Thái An</a>") == 1
    with either_tool.inside():
        assert f"Học sinh {either_tool.person('pupil-9').uid[-4:]}" in page


@pytest.mark.parametrize("most", [120, pytest.param(lti.MOST_MEMBERS, marks=pytest.mark.slow)])
def test_a_list_is_read_up_to_its_bound_and_one_more_is_a_fault(
    tool: Tool, moodle: Moodle, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(lti, "MOST_MEMBERS", most)
    moodle.members = [{**member(1), "user_id": f"p-{n}", "lis_person_sourcedid": "0123456789"} for n in range(most)]
    assert read(tool) == ""
    with tool.inside():
        assert db.session.scalar(select(func.count()).select_from(Membership)) == most + 1
    moodle.members.append({**member(1), "user_id": f"p-{most}"})
    assert read(tool) == "too_large"


def test_the_bound_is_five_thousand() -> None:
    assert lti.MOST_MEMBERS == 5_000


def test_the_launchs_word_on_a_role_beats_the_lists(tool: Tool, moodle: Moodle) -> None:
    """A non-editing teacher is Instructor at launch and Learner in Moodle's list."""
    moodle.members = [{**member(1), "user_id": "assistant-9", "roles": ["Learner"]}]
    read(tool)
    assert listed(tool)["assistant-9"][0] is MemberRole.PUPIL
    tool.browser().launch(sub="assistant-9", **{f"{LTI}roles": [INSTRUCTOR]})
    read(tool)
    assert listed(tool)["assistant-9"][0] is MemberRole.TEACHER


@pytest.mark.parametrize(
    ("in_list", "role"), [("Instructor", MemberRole.TEACHER), ("Learner", MemberRole.PUPIL)], ids=["tried", "changed"]
)
def test_who_taught_and_launches_as_a_pupil_is_what_the_list_says(
    tool: Tool, moodle: Moodle, in_list: str, role: MemberRole
) -> None:
    """A teacher who tries the course as a pupil (Moodle's "Switch role to") is missed in no lesson."""
    moodle.members = [{**member(1), "user_id": "teacher-9", "roles": [in_list]}]
    tool.browser().launch(sub="teacher-9", **{f"{LTI}roles": [INSTRUCTOR]})
    tool.browser().launch(sub="teacher-9", **{f"{LTI}roles": [LEARNER]})
    assert listed(tool)["teacher-9"][0] is MemberRole.PUPIL
    read(tool)
    assert listed(tool)["teacher-9"][0] is role


def test_who_left_stays_in_history_and_out_of_todays_list(tool: Tool, moodle: Moodle) -> None:
    moodle.members = [member(1), member(2)]
    read(tool)
    moodle.members = [member(1)]
    read(tool)
    assert listed(tool)["pupil-2"] == (MemberRole.PUPIL, False)
    moodle.members = [member(1), {**member(2), "status": "Inactive"}]
    read(tool)
    assert listed(tool)["pupil-2"] == (MemberRole.PUPIL, False)
    with tool.inside():
        assert tool.person("pupil-2").name


def test_a_platform_that_is_down_leaves_the_list_as_it_was(tool: Tool, moodle: Moodle) -> None:
    moodle.members = [member(1)]
    read(tool)
    moodle.answers["GET", "/members"] = lambda _: json_answer({}, 503)
    assert read(tool) == "unreachable"
    assert listed(tool)["pupil-1"] == (MemberRole.PUPIL, True)
    with tool.inside():
        assert db.session.scalars(select(Membership.source)).all().count(Source.ROSTER) == 1


# --- an activity that is restricted ---------------------------------------------------------------------------------


def names_in(tool: Tool, run_id: str) -> list[str]:
    """The list of a lesson."""
    with tool.inside():
        return [p.name for p in roster.pupils_of(db.session.get_one(LessonRun, run_id))]


def test_a_lesson_of_a_restricted_activity_has_its_own_list(either_tool: Tool) -> None:
    moodle = either_tool.platform
    assert isinstance(moodle, Moodle)
    teacher = either_tool.set_up(pupils=3)
    moodle.audiences = {"link-1": {"pupil-1", "pupil-3", "teacher-1"}}
    run_id = either_tool.start(teacher, SINGLE)
    either_tool.jobs().round()
    assert names_in(either_tool, run_id) == ["Đặng Thái An", "Lê Gia Bảo"]
    assert "Trần Hoài An" not in teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert "Trần Hoài An" in teacher.get("roster").text  # a member of the course all the same
    moodle.audiences = {}  # the restriction is lifted
    read(either_tool)
    assert len(names_in(either_tool, run_id)) == 3


def test_an_lms_that_knows_no_rlid_restricts_nobody(tool: Tool, moodle: Moodle) -> None:
    moodle.members = [member(1), member(2)]
    teacher = tool.set_up(pupils=2)
    run_id = tool.start(teacher, SINGLE)
    whole = json_answer({"members": moodle.members})
    moodle.answers["GET", "/members"] = lambda asked: json_answer({}, 404) if "rlid" in asked.query else whole
    assert read(tool) == ""
    assert len(names_in(tool, run_id)) == 2


def test_names_that_are_told_for_the_activity_alone_are_taken(tool: Tool, moodle: Moodle) -> None:
    teacher = tool.set_up(pupils=1)
    run_id = tool.start(teacher, SINGLE)
    secret = {"user_id": "pupil-2", "roles": ["Learner"], "status": "Active"}

    def answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        return json_answer({"members": [member(1), member(2) if "rlid" in asked.query else secret]})

    moodle.answers["GET", "/members"] = answer
    assert read(tool) == ""
    assert names_in(tool, run_id) == ["Đặng Thái An", "Trần Hoài An"]


def test_who_is_first_on_a_list_that_is_read_after_a_lesson_was_not_missing_from_it(tool: Tool) -> None:
    """The lesson is over and the list has grown before any job has looked: one round closes the lesson, then reads."""
    teacher = tool.set_up(2)
    run_id = tool.start(teacher, SINGLE)
    assert teacher.post(f"runs/{run_id}/end").status_code == 303
    tool.platform.members.append(member(3))
    assert read(tool) == ""
    assert listed(tool)["pupil-3"] == (MemberRole.PUPIL, True)
    with tool.inside():
        stored = reader.snapshot_of(db.session.connection(), run_id)
        assert stored is not None
        assert set(stored.snapshot.roster) == {tool.person(f"pupil-{n}").uid for n in (1, 2)}
