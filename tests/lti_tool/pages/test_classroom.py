"""Google Classroom by its pages: a teacher connects, a pupil comes in; nobody gets further than the class list says."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from lti_tool.extensions import db
from lti_tool.lessons import courses
from lti_tool.lms import google as google_
from lti_tool.models import (
    LaunchVisit,
    Lesson,
    LessonActivity,
    LessonRun,
    LineItem,
    MemberRole,
    Membership,
    Person,
    TeacherConsent,
)
from tests.lti_tool.conftest import Clock
from tests.lti_tool.google import CLIENT, GoogleServer, connected, entered, signed_in
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of

TEACHER = "teacher-g"


def asked_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def list_page(tool: Tool, google: GoogleServer) -> tuple[Browser, str]:
    """A teacher who signed in, before the list of classes: the browser, and what its page posts."""
    browser = tool.browser()
    back = signed_in(browser, google, browser.client.post("/classroom/connect"), TEACHER)
    return browser, asked_of(back.location)["who"]


def lesson_of(tool: Tool, title: str = "Hệ thức Vi-ét") -> str:
    """A prepared lesson of the Google class; its uid."""
    with tool.inside():
        author = tool.person(TEACHER).id
        one = Lesson(context_id=tool.course("c-1").id, author_id=author, title=title, created_at=1, changed_at=1)
        one.activities = [LessonActivity(position=0, changed_at=1, seconds=60, **SINGLE)]
        db.session.add(one)
        db.session.flush()
        return one.uid


# --- without a client at Google -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/courses", "/callback", "/enter/join-123456", "/lesson/abc"])
def test_without_a_client_at_google_there_is_nothing_of_it(steady_tool: Tool, path: str) -> None:
    assert steady_tool.browser().client.get(f"/classroom{path}").status_code == 404
    assert steady_tool.browser().client.post("/classroom/connect").status_code == 404


# --- a teacher ------------------------------------------------------------------------------------------------------


def test_google_is_asked_for_no_more_than_is_needed(classroom_tool: Tool, google: GoogleServer) -> None:
    browser = classroom_tool.browser()
    assert 'href="/classroom"' in browser.client.get("/").text
    assert "Google" in browser.client.get("/classroom").text
    asked = asked_of(browser.client.post("/classroom/connect").location)
    assert set(asked["scope"].split()) == {"openid", "profile", google_.COURSES, google_.ROSTERS, google_.COURSEWORK}
    assert (asked["access_type"], asked["prompt"], asked["client_id"]) == ("offline", "consent", CLIENT)
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["nonce"]) > 20


def test_a_teacher_connects_a_class_and_has_its_list(classroom_tool: Tool, google: GoogleServer) -> None:
    browser, who = list_page(classroom_tool, google)
    page = browser.client.get("/classroom/courses", query_string={"who": who})
    assert "Toán 9A1" in page.text
    entered(browser, browser.client.post("/classroom/courses", data={"who": who, "course": "c-1"}))
    assert browser.get("").status_code == 303  # to the form that says what the course stands for
    classroom_tool.jobs().round()
    with classroom_tool.inside():
        found = db.session.execute(select(Person.sub, Person.name, Membership.role).join(Membership.person))
        assert {row.sub: (row.name, row.role) for row in found} == {
            TEACHER: ("Nguyễn Thu Hà", MemberRole.TEACHER),
            "pupil-1": ("Đặng Thái An", MemberRole.PUPIL),
            "pupil-2": ("Trần Hoài An", MemberRole.PUPIL),
        }


def test_connecting_again_makes_nothing_twice(classroom_tool: Tool, google: GoogleServer) -> None:
    first, second = connected(classroom_tool, google), connected(classroom_tool, google)
    assert first.visit != second.visit
    with classroom_tool.inside():
        assert len(db.session.scalars(select(TeacherConsent)).all()) == 1
        assert len(db.session.scalars(select(Membership)).all()) == 1


def test_no_token_of_googles_stands_readable_in_the_database(classroom_tool: Tool, google: GoogleServer) -> None:
    connected(classroom_tool, google)
    held = str(contents(classroom_tool))
    assert google.tokens
    assert google.refresh
    assert not [token for token in (*google.tokens, *google.refresh) if token in held]


def test_a_class_that_is_not_theirs_cannot_be_connected(classroom_tool: Tool, google: GoogleServer) -> None:
    browser, who = list_page(classroom_tool, google)
    before = contents(classroom_tool)
    answer = browser.client.post("/classroom/courses", data={"who": who, "course": "c-2"})
    assert (fault_of(answer), answer.status_code) == ("classroom_course", 404)
    assert contents(classroom_tool) == before


def test_the_list_of_classes_is_one_browsers_for_ten_minutes(
    classroom_tool: Tool, google: GoogleServer, clock: Clock
) -> None:
    browser, who = list_page(classroom_tool, google)
    other = classroom_tool.browser()
    other.client.get("/classroom")
    for one, shown in ((other, who), (browser, who + "x"), (browser, "")):
        answer = one.client.post("/classroom/courses", data={"who": shown, "course": "c-1"})
        assert fault_of(answer) == "classroom_again"
    assert browser.client.get("/classroom/courses", query_string={"who": who}).status_code == 200


# --- what Google's answer must be -----------------------------------------------------------------------------------


def way_back(tool: Tool, google: GoogleServer) -> tuple[Browser, str]:
    browser = tool.browser()
    return browser, google.sign_in(browser.client.post("/classroom/connect").location, TEACHER)


def test_an_answer_is_good_once_and_in_the_browser_that_asked(classroom_tool: Tool, google: GoogleServer) -> None:
    browser, query = way_back(classroom_tool, google)
    assert fault_of(classroom_tool.browser().client.get(f"/classroom/callback?{query}")) == "cookies"
    browser, query = way_back(classroom_tool, google)
    assert browser.client.get(f"/classroom/callback?{query}").status_code == 303
    assert fault_of(browser.client.get(f"/classroom/callback?{query}")) == "state"


def test_an_answer_cannot_be_turned_to_another_purpose(classroom_tool: Tool, google: GoogleServer) -> None:
    browser, query = way_back(classroom_tool, google)
    assert fault_of(browser.client.get(f"/classroom/callback?{query.replace('.teach', '.join-1')}")) == "state"


def test_a_code_of_another_login_fails_by_pkce(classroom_tool: Tool, google: GoogleServer) -> None:
    _, stolen = way_back(classroom_tool, google)
    browser, query = way_back(classroom_tool, google)
    mixed = f"{query.partition('&')[0]}&{stolen.partition('&')[2]}"
    assert fault_of(browser.client.get(f"/classroom/callback?{mixed}")) == "unproved"


def test_who_declines_reads_so(classroom_tool: Tool, google: GoogleServer) -> None:
    browser, query = way_back(classroom_tool, google)
    declined = f"{query.partition('&')[0]}&error=access_denied"
    assert fault_of(browser.client.get(f"/classroom/callback?{declined}")) == "platform_said"


@pytest.mark.parametrize(
    "wrong", [{"aud": "other"}, {"iss": "https://evil.example"}, {"nonce": "x"}, {"exp": 1}, {"sub": None}]
)
def test_an_id_token_that_is_not_for_this_login_is_refused(
    classroom_tool: Tool, google: GoogleServer, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, object]
) -> None:
    browser, query = way_back(classroom_tool, google)
    real = google.identity
    monkeypatch.setattr(google, "identity", lambda sub, nonce: real(sub, nonce, **wrong))
    assert fault_of(browser.client.get(f"/classroom/callback?{query}")) == "unproved"
    with classroom_tool.inside():
        assert db.session.scalars(select(TeacherConsent)).all() == []


def test_a_teacher_who_unticks_the_classes_reads_what_to_do(classroom_tool: Tool, google: GoogleServer) -> None:
    google.granted = set()
    browser, query = way_back(classroom_tool, google)
    answer = browser.client.get(f"/classroom/callback?{query}")
    assert (fault_of(answer), answer.status_code) == ("classroom_unreachable", 502)


# --- a pupil --------------------------------------------------------------------------------------------------------


def in_class(tool: Tool, google: GoogleServer) -> str:
    """A class with its list, and a lesson in it: the lesson's uid."""
    connected(tool, google)
    tool.jobs().round()
    return lesson_of(tool)


def test_a_pupil_comes_in_by_the_lessons_link_under_their_own_name(classroom_tool: Tool, google: GoogleServer) -> None:
    uid = in_class(classroom_tool, google)
    browser = classroom_tool.browser()
    sent = browser.client.get(f"/classroom/lesson/{uid}")
    assert asked_of(sent.location)["scope"] == "openid profile"  # a pupil gives no leave of anything
    pupil = entered(browser, signed_in(browser, google, sent, "pupil-1"))
    assert pupil.get("").location.endswith("/lesson")
    with classroom_tool.inside():
        visit = db.session.get_one(LaunchVisit, pupil.visit)
        assert (visit.role, visit.person.sub) == (MemberRole.PUPIL, "pupil-1")
        assert db.session.scalars(select(TeacherConsent)).one().person.sub == TEACHER


def test_the_teacher_comes_in_by_it_as_the_teacher(classroom_tool: Tool, google: GoogleServer) -> None:
    uid = in_class(classroom_tool, google)
    browser = classroom_tool.browser()
    teacher = entered(browser, signed_in(browser, google, browser.client.get(f"/classroom/lesson/{uid}"), TEACHER))
    with classroom_tool.inside():
        assert db.session.get_one(LaunchVisit, teacher.visit).role is MemberRole.TEACHER


def test_an_account_that_is_not_in_the_class_stays_outside(classroom_tool: Tool, google: GoogleServer) -> None:
    uid = in_class(classroom_tool, google)
    browser = classroom_tool.browser()
    sent = browser.client.get(f"/classroom/lesson/{uid}")
    answer = signed_in(browser, google, sent, "stranger")
    assert (fault_of(answer), answer.status_code) == ("classroom_stranger", 403)
    with classroom_tool.inside():
        assert db.session.scalars(select(Person).where(Person.sub == "stranger")).first() is None


def test_a_pupil_who_left_stays_outside_and_one_who_joined_comes_in_after_the_next_list(
    classroom_tool: Tool, google: GoogleServer, clock: Clock
) -> None:
    uid = in_class(classroom_tool, google)
    google.students["c-1"] = ["stranger"]
    clock.wait(minutes=2)
    for sub in ("stranger", "pupil-2"):
        browser = classroom_tool.browser()
        back = signed_in(browser, google, browser.client.get(f"/classroom/lesson/{uid}"), sub)
        if sub == "stranger":
            assert fault_of(back) == "classroom_stranger"
            classroom_tool.jobs().round()
        else:
            assert fault_of(back) == "classroom_stranger"
    browser = classroom_tool.browser()
    entered(browser, signed_in(browser, google, browser.client.get(f"/classroom/lesson/{uid}"), "stranger"))


def test_the_list_of_names_offers_google_beside_it(classroom_tool: Tool, google: GoogleServer) -> None:
    teacher = connected(classroom_tool, google)
    with classroom_tool.inside():
        courses.set_up(classroom_tool.course("c-1"), "Toán", 9, "2026-2027", {"9A1": None})
    classroom_tool.jobs().round()
    assert teacher.post("runs", lesson=lesson_of(classroom_tool)).status_code == 303
    with classroom_tool.inside():
        code = db.session.scalars(select(LessonRun.code)).one()
    page = classroom_tool.browser().client.get(f"/j/{code}")
    assert f"/classroom/enter/join-{code}" in page.text
    browser = classroom_tool.browser()
    sent = browser.client.get(f"/classroom/enter/join-{code}")
    pupil = entered(browser, signed_in(browser, google, sent, "pupil-2"))
    assert "Trần Hoài An" in pupil.client.get(pupil.get("").location).text


@pytest.mark.parametrize("purpose", ["join-000000", "join-", "lesson-none", "teach", "x", "lesson-"])
def test_a_purpose_that_leads_nowhere_is_not_there(classroom_tool: Tool, google: GoogleServer, purpose: str) -> None:
    connected(classroom_tool, google)
    assert classroom_tool.browser().client.get(f"/classroom/enter/{purpose}").status_code == 404


def test_a_code_is_guessed_no_faster_by_google(classroom_tool: Tool, google: GoogleServer) -> None:
    client = classroom_tool.browser().client
    tried = [client.get(f"/classroom/enter/join-{code}").status_code for code in range(100_000, 100_012)]
    assert tried == [404] * 10 + [429] * 2


# --- a lesson as coursework -----------------------------------------------------------------------------------------


def test_a_lesson_is_posted_once_by_the_job(classroom_tool: Tool, google: GoogleServer) -> None:
    teacher = connected(classroom_tool, google)
    with classroom_tool.inside():
        courses.set_up(classroom_tool.course("c-1"), "Toán", 9, "2026-2027", {"9A1": None})
    uid = lesson_of(classroom_tool)
    assert "Đăng lên Classroom" in teacher.get("").text
    for _ in range(2):
        assert teacher.post(f"classroom/lessons/{uid}").status_code == 303
        assert google.works == {} or len(google.works) == 1
        classroom_tool.jobs().round()
    (work,) = google.works.values()
    assert (work["title"], work["maxPoints"], work["state"]) == ("Hệ thức Vi-ét", 10, "PUBLISHED")
    assert work["materials"] == [{"link": {"url": f"http://127.0.0.1:8000/classroom/lesson/{uid}"}}]
    assert "Đã đăng lên Classroom" in teacher.get("").text


def test_a_lesson_that_cannot_be_posted_says_why_and_a_lesson_of_moodles_cannot_be(
    classroom_tool: Tool, google: GoogleServer
) -> None:
    google.granted = {google_.COURSES, google_.ROSTERS}
    teacher = connected(classroom_tool, google)
    with classroom_tool.inside():
        courses.set_up(classroom_tool.course("c-1"), "Toán", 9, "2026-2027", {"9A1": None})
    uid = lesson_of(classroom_tool)
    teacher.post(f"classroom/lessons/{uid}")
    classroom_tool.jobs().round()
    with classroom_tool.inside():
        assert db.session.scalars(select(LineItem)).one().fault == "not_granted"
    assert "Chưa đăng được" in teacher.get("").text
    moodle = classroom_tool.teacher()
    assert moodle.post(f"classroom/lessons/{uid}").status_code == 404
