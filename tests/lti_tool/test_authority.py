"""Who is acting: one cookie a browser, one token a page, one-time codes for windows; none of them good for another."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from lti_tool import authority
from lti_tool.app import create_app
from lti_tool.authority import CODE_LIFETIME_MS, LAUNCH_LIFETIME_MS
from lti_tool.clock import today
from lti_tool.extensions import db
from lti_tool.models import Grant, GrantKind, LaunchBrowser, LaunchVisit, WindowCode
from tests.lti_tool.conftest import Clock, settings_for
from tests.lti_tool.platform import LEARNER, LTI
from tests.lti_tool.tool import Browser, Tool
from tests.lti_tool.witness import contents, fault_of


def test_a_launch_lasts_a_school_day_to_the_millisecond(tool: Tool, clock: Clock) -> None:
    teacher = tool.teacher()
    clock.ms += LAUNCH_LIFETIME_MS - 1
    assert teacher.get("course").status_code == 200
    clock.ms += 1
    before = contents(tool)
    assert teacher.get("course").status_code == 404
    assert teacher.fetch("course").status_code == 404
    assert teacher.post("lessons", title="x").status_code == 404
    assert contents(tool) == before


def test_two_roles_in_one_browser_do_not_disturb_each_other(tool: Tool) -> None:
    teacher = tool.set_up()
    pupil = Browser(tool, teacher.client).launch(sub="pupil-1", **{f"{LTI}roles": [LEARNER]})
    assert teacher.get("roster").status_code == 200
    assert pupil.get("lesson").status_code == 200
    assert pupil.get("roster").status_code == 403
    assert teacher.get("lesson").status_code == 403


def test_a_token_in_the_address_is_no_token(tool: Tool) -> None:
    teacher = tool.teacher()
    stranger = tool.browser()
    for query in (f"?page_token={teacher.token}", f"?token={teacher.token}"):
        assert stranger.client.get(teacher.path("course") + query).status_code == 404
        assert stranger.client.post(teacher.path("lessons") + query).status_code == 404


def test_a_window_code_is_spent_once_by_whoever_is_first(any_tool: Tool) -> None:
    teacher = any_tool.set_up()
    code = teacher.send("window", {"to": teacher.path("roster")}).json["code"]

    def enter(_: int) -> int:
        return any_tool.app.test_client().post("/enter", data={"code": code}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enter, range(4))) == [303, 403, 403, 403]
    with any_tool.inside():
        assert db.session.query(LaunchBrowser).filter_by(launch_id=teacher.visit).count() == 2


def test_a_window_code_is_old_after_a_minute_and_is_stored_as_a_hash(tool: Tool, clock: Clock) -> None:
    teacher = tool.teacher()
    code = teacher.send("window", {"to": teacher.path("course")}).json["code"]
    assert code not in str(contents(tool))
    clock.ms += CODE_LIFETIME_MS
    before = contents(tool)
    answer = tool.browser().client.post("/enter", data={"code": code})
    assert (fault_of(answer), answer.status_code) == ("window_code", 403)
    assert contents(tool) == before
    with tool.inside():
        authority.forget_expired(clock.ms + 1)
    with tool.inside():
        assert db.session.query(WindowCode).count() == 0
        assert db.session.query(LaunchVisit).count() == 1


def test_no_secret_of_a_browser_is_stored(tool: Tool) -> None:
    teacher = tool.teacher()
    cookie = teacher.client.get_cookie("giotay")
    assert cookie
    assert cookie.http_only
    assert cookie.value not in str(contents(tool))
    assert teacher.token not in str(contents(tool))


def test_on_https_the_cookie_is_bound_to_host_and_frame(sqlite_tool_url: str) -> None:
    app = create_app(settings_for(sqlite_tool_url, public_url="https://giotay.sen.example"))
    with app.test_request_context("/", base_url="https://giotay.sen.example"):
        assert authority.browser()
        response = authority.remember_browser(app.response_class())
        db.session.rollback()
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-giotay=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"):
        assert part in cookie
    assert "Domain" not in cookie
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("starts", "ends", "holds"),
    [(0, None, True), (0, 0, True), (-9, -1, False), (1, None, False), (-1, 1, True), (-9, 0, True)],
)
def test_a_grant_holds_from_its_first_to_its_last_day(tool: Tool, starts: int, ends: int | None, holds: bool) -> None:
    head = tool.head()
    with tool.inside():
        day = today()
        span = {
            "starts_on": day + timedelta(starts),
            "ends_on": None if ends is None else day + timedelta(ends),
        }
        db.session.execute(update(Grant).values(**span))
    assert head.get("department").status_code == (200 if holds else 403)


@pytest.mark.parametrize("kind", [GrantKind.HOMEROOM, GrantKind.OBSERVER])
def test_another_grant_opens_no_department(tool: Tool, kind: GrantKind) -> None:
    head = tool.head()
    with tool.inside():
        db.session.execute(update(Grant).values(kind=kind))
    assert head.get("department").status_code == 403
