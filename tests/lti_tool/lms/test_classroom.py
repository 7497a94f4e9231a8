"""Scores to Google Classroom: drafts, by the same outbox, under a teacher's leave; without one they wait."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.errors import PlatformFault
from lti_tool.extensions import db
from lti_tool.lms import classroom, delivery, probe, registry
from lti_tool.lms.google import COURSES
from lti_tool.lms.port import Column, GradeWrite, services_of
from lti_tool.models import Lesson, LineItem, Refusal, Score, ScoreState, TeacherConsent
from lti_tool.pages.connection import findings_of
from lti_tool.privacy import retention
from lti_tool.secret import Secrets
from lti_tool.site import KEY
from tests.lti_tool.conftest import Clock
from tests.lti_tool.google import Account, GoogleServer, connected
from tests.lti_tool.platform import Answer, Asked, json_answer
from tests.lti_tool.tool import Tool


@pytest.fixture
def tool(classroom_tool: Tool, google: GoogleServer) -> Tool:
    """A Google class with its list, and a lesson in it."""
    connected(classroom_tool, google)
    classroom_tool.jobs().round()
    with classroom_tool.inside():
        context_id, author_id = classroom_tool.course("c-1").id, classroom_tool.person("teacher-g").id
        db.session.add(Lesson(context_id=context_id, author_id=author_id, title="Vi-ét", created_at=1, changed_at=1))
    return classroom_tool


def confirm(tool: Tool, value: str, sub: str = "pupil-1") -> None:
    """The teacher confirms a score; the job goes its round."""
    with tool.inside():
        item = delivery.plan(db.session.scalars(select(Lesson)).one(), "Vi-ét", 10)
        delivery.queue(item, [delivery.Queued(tool.person(sub).id, value)])
    tool.jobs().round()


def score_of(tool: Tool, sub: str = "pupil-1") -> tuple[ScoreState, str]:
    with tool.inside():
        one = db.session.scalars(select(Score).where(Score.person_id == tool.person(sub).id)).one()
        return one.state, one.fault


def drafts(google: GoogleServer) -> dict[str, float]:
    return {sub: value for (_, _, sub), value in google.drafts.items()}


def test_a_confirmed_score_is_a_draft_grade_in_coursework_of_ours(tool: Tool, google: GoogleServer) -> None:
    confirm(tool, "8.5")
    confirm(tool, "6.25", "pupil-2")
    assert drafts(google) == {"pupil-1": 8.5, "pupil-2": 6.25}
    assert len(google.works) == 1
    assert score_of(tool) == (ScoreState.SENT, "")
    assert all("assignedGrade" not in one.body.decode() for one in google.asked)  # only the teacher returns work


def test_a_draft_that_the_teacher_changed_is_never_overwritten_silently(tool: Tool, google: GoogleServer) -> None:
    confirm(tool, "8")
    (place,) = google.drafts
    google.drafts[place] = 9.0
    confirm(tool, "7")
    assert drafts(google) == {"pupil-1": 9.0}
    assert score_of(tool) == (ScoreState.CHANGED, "changed")


def test_a_score_is_scaled_to_the_points_that_the_coursework_has_now(tool: Tool, google: GoogleServer) -> None:
    confirm(tool, "8")
    next(iter(google.works.values()))["maxPoints"] = 100
    google.drafts.clear()
    confirm(tool, "8.5")
    assert drafts(google) == {"pupil-1": 85.0}


def test_a_token_is_renewed_before_it_is_old(tool: Tool, google: GoogleServer, clock: Clock) -> None:
    confirm(tool, "8")
    before = len(google.tokens)
    google.tokens.clear()  # Google has forgotten it
    clock.wait(hours=2)
    confirm(tool, "9")
    assert drafts(google) == {"pupil-1": 9.0}
    assert before + len(google.tokens) > before


def test_a_token_that_google_takes_no_more_is_asked_for_anew_at_once(tool: Tool, google: GoogleServer) -> None:
    google.tokens = {f"old-{token}": known for token, known in google.tokens.items()}
    confirm(tool, "9")
    assert drafts(google) == {"pupil-1": 9.0}


def test_without_a_leave_scores_wait_and_go_out_when_it_is_given_again(
    tool: Tool, google: GoogleServer, clock: Clock
) -> None:
    google.tokens.clear()
    google.refresh.clear()  # taken back on Google's own page
    confirm(tool, "9")
    assert drafts(google) == {}
    assert score_of(tool) == (ScoreState.WAITING, "no_consent")
    with tool.inside():
        context = tool.course("c-1")
        lms = registry.connect(context.deployment.registration)
        assert lms.capabilities(services_of(context)).grade_write is GradeWrite.NEEDS_TEACHER_GRANT
        assert db.session.scalars(select(TeacherConsent)).one().is_dead
    connected(tool, google)
    clock.wait(minutes=20)
    tool.jobs().round()
    assert drafts(google) == {"pupil-1": 9.0}


def test_a_leave_given_while_the_old_one_is_refused_is_another(tool: Tool, google: GoogleServer, clock: Clock) -> None:
    def refuse(_: Asked) -> Answer:
        del google.answers["POST", "/token"]
        connected(tool, google)  # the teacher is at the page at this very moment
        return json_answer({"error": "invalid_grant"}, 400)

    google.tokens.clear()
    google.answers["POST", "/token"] = refuse
    confirm(tool, "9")
    with tool.inside():
        assert not db.session.scalars(select(TeacherConsent)).one().is_dead
    clock.wait(minutes=20)
    tool.jobs().round()
    assert drafts(google) == {"pupil-1": 9.0}


@pytest.mark.parametrize(
    ("status", "state", "fault"),
    [
        (429, ScoreState.WAITING, "busy"),
        (503, ScoreState.WAITING, "later"),
        (403, ScoreState.REFUSED, "not_granted"),
        (400, ScoreState.REFUSED, "refused"),
    ],
)
def test_what_google_answers_is_told_apart(
    tool: Tool, google: GoogleServer, status: int, state: ScoreState, fault: str
) -> None:
    confirm(tool, "5", "pupil-2")
    (work,) = google.works
    google.answers["PATCH", f"/v1/courses/c-1/courseWork/{work[1]}/studentSubmissions/s-pupil-1"] = lambda _: (
        json_answer({"error": {"code": status}}, status)
    )
    confirm(tool, "9")
    assert score_of(tool) == (state, fault)


def test_a_class_that_was_archived_is_said_and_takes_the_score_when_it_is_back(
    tool: Tool, google: GoogleServer
) -> None:
    google.archived.add("c-1")
    confirm(tool, "9")
    assert score_of(tool) == (ScoreState.REFUSED, "archived")
    google.archived.clear()
    with tool.inside():
        assert delivery.again(db.session.scalars(select(LineItem)).one()) == 1
    tool.jobs().round()
    assert drafts(google) == {"pupil-1": 9.0}


def colleague(tool: Tool, google: GoogleServer, clock: Clock) -> None:
    """A second teacher of the class connects it, after the first: theirs is the newest leave."""
    google.accounts["teacher-h"] = Account("teacher-h", "Minh", "Lê", ("c-1",))
    clock.wait(minutes=1)
    connected(tool, google, "teacher-h")


def test_a_colleague_who_left_the_class_stops_no_score(tool: Tool, google: GoogleServer, clock: Clock) -> None:
    colleague(tool, google, clock)
    google.accounts["teacher-h"].teaches = ()
    confirm(tool, "9")
    assert (drafts(google), score_of(tool)) == ({"pupil-1": 9.0}, (ScoreState.SENT, ""))


def test_a_colleague_who_unticks_a_permission_stops_no_score(tool: Tool, google: GoogleServer, clock: Clock) -> None:
    google.granted = {COURSES}
    colleague(tool, google, clock)
    confirm(tool, "9")
    assert (drafts(google), score_of(tool)) == ({"pupil-1": 9.0}, (ScoreState.SENT, ""))


def test_where_no_teachers_leave_reaches_that_is_said(tool: Tool, google: GoogleServer) -> None:
    google.accounts["teacher-g"].teaches = ()
    confirm(tool, "9")
    assert score_of(tool) == (ScoreState.REFUSED, "not_granted")


def test_coursework_that_was_deleted_is_said_and_made_anew_on_request(tool: Tool, google: GoogleServer) -> None:
    confirm(tool, "8")
    google.works.clear()
    google.drafts.clear()
    confirm(tool, "9")
    assert score_of(tool) == (ScoreState.REFUSED, "gone")
    with tool.inside():
        assert delivery.again(db.session.scalars(select(LineItem)).one()) == 1
    tool.jobs().round()
    assert drafts(google) == {"pupil-1": 9.0}


def test_diagnostics_say_what_a_teacher_must_do(tool: Tool, google: GoogleServer, clock: Clock) -> None:
    with tool.inside():
        deployment = tool.course("c-1").deployment
        assert [check.fault for check in probe.probe(deployment.id, registry.connect)] == ["", ""]
    google.tokens.clear()
    google.refresh.clear()  # taken back on Google's own page
    clock.wait(hours=2)
    with tool.inside():
        deployment = tool.course("c-1").deployment
        found = findings_of(list(probe.probe(deployment.id, registry.connect)), deployment.registration)
        assert {(f.check.fault, f.remedy) for f in found} == {("no_consent", "classroom.no_consent")}


def test_a_sign_in_that_google_refused_is_a_row_of_its_own_diagnostics(tool: Tool) -> None:
    browser = tool.browser()
    sent = browser.client.post("/classroom/connect")
    state = parse_qs(urlsplit(sent.location).query)["state"][0]
    assert browser.client.get(f"/classroom/callback?state={state}&error=access_denied").status_code == 403
    with tool.inside():
        row = db.session.scalars(select(Refusal)).one()
        assert (row.key, row.registration_id) == ("platform_said", tool.course("c-1").deployment.registration_id)


@pytest.mark.parametrize("body", [[], {"students": "all"}, {"students": [{"userId": 7}]}])
def test_a_list_that_is_not_understood_is_a_fault_and_no_empty_class(
    tool: Tool, google: GoogleServer, body: object
) -> None:
    google.answers["GET", "/v1/courses/c-1/students"] = lambda _: json_answer(body)
    with tool.inside():
        context = tool.course("c-1")
        context.roster_wanted_at = context.roster_read_at + 1
    tool.jobs().round()
    with tool.inside():
        assert tool.course("c-1").roster_fault == "not_understood"


def test_a_list_without_an_end_is_a_fault(tool: Tool, google: GoogleServer) -> None:
    google.answers["GET", "/v1/courses/c-1/students"] = lambda _: json_answer({"students": [], "nextPageToken": "x"})
    with tool.inside():
        context = tool.course("c-1")
        lms, services = registry.connect(context.deployment.registration), services_of(context)
        with pytest.raises(PlatformFault, match="too_large"):
            lms.members(services)


def test_a_leave_moves_to_the_newest_secret(tool: Tool, google: GoogleServer, clock: Clock) -> None:
    site = tool.app.extensions[KEY]
    first, second = site.settings.secret_key, "n" * 32
    object.__setattr__(site, "secrets", Secrets([first, second]))
    with tool.inside():
        retention.forget(now())
    object.__setattr__(site, "secrets", Secrets([second]))
    clock.wait(hours=2)
    confirm(tool, "9")
    assert drafts(google) == {"pupil-1": 9.0}


def test_a_columns_link_names_lesson_and_column(tool: Tool) -> None:
    with tool.inside():
        assert classroom.link_of(Column("l/1", "score", "x", 10)).endswith("/classroom/lesson/l%2F1")
        assert classroom.link_of(Column("l1", "attendance", "x", 1)).endswith("/classroom/lesson/l1?column=attendance")
