"""Who may: every route of the tool with every kind of visitor, against the table below.

A route without a row fails, and so does a row without a route. Whoever is refused has changed nothing.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import url_for
from werkzeug.test import TestResponse

from lti_tool.access import Need, need_of
from lti_tool.app import FROM_ELSEWHERE
from lti_tool.lessons import spotcheck
from tests.lti_tool.school import School, open_school, picture
from tests.lti_tool.tool import PUPILS as PUPILS_BY_NAME
from tests.lti_tool.tool import Browser, Tool
from tests.lti_tool.witness import contents, fault_of

TEACHERS = frozenset({"teacher", "assistant"})
OTHER_TEACHER = "teacher of another course"
PUPILS = frozenset({"pupil", "pupil by code", "pupil by slip", "pupil of another course"})
VOUCHED = PUPILS - {"pupil by code", "pupil by slip"}
"""Whom the LMS itself named: a name that was only picked opens no profile."""
WORKING = VOUCHED | {"pupil by slip"}
"""Beside them, whoever holds the slip that the teacher gave: that opens work, and no profile."""
OWN_PUPIL = frozenset({"pupil", "pupil by slip"})
"""Of these, who belongs to the course whose things are asked for."""
LAUNCHED = TEACHERS | PUPILS | {
    OTHER_TEACHER, "observer", "homeroom teacher", "head of department", "former head of department", "administrator",
}  # fmt: skip
SEE_WORK = TEACHERS | {"pupil", "homeroom teacher"}
"""Who sees one pupil's work: who teaches the course, the pupil, the homeroom teacher of the pupil's class."""
OBSERVERS = frozenset({"head of department", "observer"})
WITHOUT = frozenset({"nobody", "expired launch", "token of another launch"})
"""Who holds no launch that this address could act under."""
EVERYBODY = LAUNCHED | WITHOUT


@dataclass(frozen=True)
class Row:
    """Who may use a route, and what they then see. `of_course`: the address names something of one course, which to
    another course's teacher is not there (404)."""

    may: frozenset[str]
    status: int = 200
    of_course: bool = False
    form: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    file: bool = False
    not_theirs: frozenset[str] = frozenset()
    """Who may do such things, but to whom this one is not there (404)."""
    refused: int = 403
    """What a launch without the right is told; without a launch it is always 404, unless this says 0: see the row."""


def of_course(status: int = 200, **more: Any) -> Row:
    """For those who teach this very course."""
    return Row(TEACHERS, status, of_course=True, **more)


def teaching(status: int = 200, **more: Any) -> Row:
    """For those who teach, each in their own course."""
    return Row(TEACHERS | {OTHER_TEACHER}, status, **more)


def learning(status: int = 200, **more: Any) -> Row:
    return Row(PUPILS, status, **more)


def anybody(status: int = 200, **more: Any) -> Row:
    """Public, or with a proof of its own that these requests lack."""
    return Row(EVERYBODY, status, **more)


CHANGE = {"title": "t", "points": 1, "seconds": 60, "objective": None, "content": {"options": []}}

TABLE: dict[tuple[str, str], Row] = {
    # An LMS's own doors: each asks for its own proof, whoever comes.
    ("lti.login", "GET"): anybody(404),
    ("lti.login", "POST"): anybody(404),
    ("lti.framed", "GET"): anybody(400),
    ("lti.launch", "POST"): anybody(403),
    ("lti.launch_by_storage", "POST"): anybody(403),
    ("lti.deep_link", "POST"): anybody(403),
    ("lti.jwks", "GET"): anybody(),
    ("registration.ask", "GET"): anybody(400),
    ("registration.register", "POST"): anybody(400),
    # Google's doors: here is no client at Google, and so nothing of them.
    ("classroom.ask", "GET"): anybody(404),
    ("classroom.connect", "POST"): anybody(404),
    ("classroom.enter", "GET"): anybody(404),
    ("classroom.lesson", "GET"): anybody(404),
    ("classroom.callback", "GET"): anybody(404),
    ("classroom.courses", "GET"): anybody(404),
    ("classroom.choose_course", "POST"): anybody(404),
    # Open doors.
    ("static", "GET"): anybody(),
    ("open.health", "GET"): anybody(),
    ("open.metrics", "GET"): anybody(),
    ("open.service_worker", "GET"): anybody(),
    ("open.console_shell", "GET"): anybody(),
    ("open.picture", "GET"): anybody(),
    ("open.door", "GET"): anybody(),
    ("open.enter", "POST"): anybody(403),
    ("open.language", "POST"): anybody(400),
    ("open.favicon", "GET"): anybody(),
    ("phone.shell", "GET"): anybody(),
    # The code and the list of names.
    ("join.ask", "GET"): anybody(),
    ("join.try_code", "POST"): anybody(404, form={"code": "000000"}),
    ("join.names", "GET"): anybody(),
    ("join.confirm", "GET"): anybody(),
    ("join.pick", "POST"): anybody(409),  # the pupil's phone holds this name
    ("join.not_me", "POST"): anybody(303),
    # With a link's secret, which these lack.
    ("family.door", "GET"): anybody(),
    ("family.open_", "POST"): anybody(404, form={"k": "guessed"}),
    ("slip_door.door", "GET"): anybody(),
    ("slip_door.open_", "POST"): anybody(404, form={"k": "guessed"}),
    ("family.take", "POST"): anybody(404, form={"k": "guessed"}),
    ("family.say", "POST"): anybody(404, form={"k": "guessed", "text": "x"}),
    ("family.consent", "POST"): anybody(404, form={"k": "guessed", "purpose": "family_link", "said": "yes"}),
    # With a ticket of a run, which these lack.
    ("live.frames", "POST"): anybody(json=[{"t": "hello", "ticket": "x", "device": "d", "locale": "vi"}]),
    ("uploads.receive", "POST"): anybody(401),
    ("uploads.own_photo", "GET"): anybody(401),
    ("open.phone_words", "GET"): anybody(),
    ("posts.page", "GET"): anybody(401),
    ("posts.photo", "GET"): anybody(401),
    ("posts.group", "GET"): anybody(401),
    ("posts.works", "GET"): anybody(401),
    ("posts.work_photo", "GET"): anybody(401),
    # Under a launch.
    ("home.window", "POST"): Row(LAUNCHED, form={"to": "/l/{visit}/"}),
    ("guide.show", "GET"): Row(LAUNCHED),
    ("phone.page", "GET"): learning(),
    ("phone.sit", "POST"): learning(),
    ("phone.renew", "POST"): learning(),
    ("roster.extra_time", "POST"): teaching(303),
    ("phone.left", "POST"): learning(),
    ("phone.pass_on", "GET"): learning(),
    ("phone.team", "GET"): learning(),
    ("phone.change_team", "POST"): learning(303, form={"do": "split"}),
    ("phone.partners", "GET"): learning(),
    ("phone.progress", "GET"): Row(VOUCHED),
    ("phone.move", "POST"): learning(json={"mode": "home"}),
    ("practices.own", "GET"): Row(WORKING),
    ("practices.page", "GET"): Row(OWN_PUPIL, not_theirs=WORKING - OWN_PUPIL),
    ("practices.sit", "POST"): Row(OWN_PUPIL, not_theirs=WORKING - OWN_PUPIL),
    ("practices.renew", "POST"): Row(OWN_PUPIL, 403, not_theirs=WORKING - OWN_PUPIL),  # no seat yet
    ("slip_door.leave", "POST"): Row(WORKING, 303),
    ("practices.ask", "GET"): teaching(404),  # of a lesson that the address does not name
    ("practices.give", "POST"): teaching(404),
    ("practices.catch_up", "POST"): of_course(400),  # nobody is ticked
    ("practices.show", "GET"): of_course(),
    ("practices.photo", "GET"): of_course(404),
    ("practices.change", "POST"): of_course(303),
    ("profile.own", "GET"): Row(VOUCHED),
    ("profile.say", "POST"): Row(VOUCHED, 303, form={"kind": "word", "text": "Em hiểu bài"}),
    ("profile.homeroom", "GET"): Row(frozenset({"homeroom teacher"})),
    ("profile.of_class", "GET"): Row(frozenset({"homeroom teacher"})),
    ("years.of_class", "GET"): Row(frozenset({"homeroom teacher"})),
    ("years.class_book", "GET"): Row(frozenset({"homeroom teacher"})),
    ("family_sheets.all_", "GET"): Row(frozenset({"homeroom teacher"})),
    ("family_sheets.one", "GET"): Row(frozenset({"homeroom teacher"})),
    ("family_sheets.all_as_pdf", "GET"): Row(frozenset({"homeroom teacher"})),
    ("family_sheets.one_as_pdf", "GET"): Row(frozenset({"homeroom teacher"})),
    ("family_sheets.link", "POST"): Row(frozenset({"homeroom teacher"}), 409, form={"days": "30"}),  # no consent yet
    ("family_sheets.revoke", "POST"): Row(frozenset({"homeroom teacher"}), 303),
    ("family_sheets.consent", "POST"): Row(
        frozenset({"homeroom teacher"}), 303, form={"purpose": "family_link", "voice": "parent", "said": "yes"}
    ),
    ("years.decide", "POST"): Row(frozenset({"homeroom teacher"}), 303),
    ("years.summer", "POST"): Row(frozenset({"homeroom teacher"}), 303),
    ("years.exempt", "POST"): Row(frozenset({"homeroom teacher"}), 400),  # of nobody
    ("department.overview", "GET"): Row(frozenset({"head of department"})),
    ("department.questions", "GET"): Row(frozenset({"head of department"})),
    ("department.online", "GET"): Row(frozenset({"head of department"})),
    ("evidence.teachers", "GET"): Row(frozenset({"head of department"})),
    ("evidence.of_teacher", "GET"): Row(frozenset({"head of department"}), 404),  # a pupil's id: no pack is there
    ("evidence.zip_of_teacher", "GET"): Row(frozenset({"head of department"}), 404),
    ("evidence.own", "GET"): teaching(),
    ("observation.list_", "GET"): Row(OBSERVERS),
    ("observation.seat", "GET"): Row(OBSERVERS),
    ("observation.write", "POST"): Row(OBSERVERS, 303, form={"h0": "Rõ ràng", "do": "save"}),
    ("observation.watch", "GET"): Row(OBSERVERS),
    ("observation.renew", "POST"): Row(OBSERVERS),
    ("observation.read", "GET"): of_course(),
    ("evidence.own_zip", "GET"): teaching(),
    ("excuses.list_", "GET"): Row(TEACHERS | {OTHER_TEACHER, "homeroom teacher"}),
    ("excuses.add", "POST"): Row(TEACHERS | {OTHER_TEACHER, "homeroom teacher"}, 404),  # nobody named
    ("excuses.withdraw", "POST"): Row(TEACHERS | {OTHER_TEACHER, "homeroom teacher"}, 404),
    ("rules.show", "GET"): Row(frozenset({"head of department", "administrator"})),
    ("rules.save", "POST"): Row(frozenset({"head of department", "administrator"}), 422),
    ("connection.overview", "GET"): Row(frozenset({"administrator"})),
    ("connection.ask", "POST"): Row(frozenset({"administrator"}), 303),
    ("review.of_run", "GET"): Row(LAUNCHED, 404),  # the same
    ("review.photo", "GET"): Row(SEE_WORK, not_theirs=LAUNCHED - SEE_WORK),
    ("review.show", "GET"): Row(LAUNCHED, 404),  # the page decides, and no work is there while the lesson runs
    # A teacher's own course.
    ("course.set_up", "GET"): teaching(),
    ("course.save", "POST"): teaching(303, form={"subject": "Toán", "grade": "9", "year": "2026-2027", "class": "9A1"}),
    ("deep_link.choose", "GET"): teaching(409),  # this launch did not come to choose
    ("deep_link.answer", "POST"): teaching(409),
    ("classroom.post_lesson", "POST"): teaching(404),  # not a class of Google's
    ("home.make_lesson", "POST"): teaching(303, form={"title": "Bài mới"}),
    ("home.start", "POST"): of_course(303, form={"lesson": "{lesson_uid}"}),
    ("overview.grid", "GET"): teaching(),
    ("marks.book", "GET"): teaching(),
    ("marks.subject", "POST"): teaching(303, form={"periods": "140", "form": "score"}),
    ("marks.save", "POST"): teaching(303),
    ("marks.sheet", "GET"): teaching(),
    ("marks.again", "POST"): teaching(303),
    ("marks.standing", "GET"): teaching(),
    ("marks.choose_grade", "POST"): teaching(409),  # no grade was changed in the LMS
    ("years.of_subject", "GET"): teaching(),
    ("sheets.choose", "GET"): teaching(),
    ("sheets.book", "GET"): teaching(),
    ("sheets.database_sheet", "GET"): teaching(),
    ("sheets.attendance", "GET"): teaching(),
    ("sheets.everything", "GET"): teaching(),
    ("sheets.tables", "GET"): teaching(),
    ("sheets.gradebook", "GET"): teaching(),
    ("sheets.show_objectives", "GET"): teaching(),
    ("sheets.save_objectives", "POST"): teaching(303),
    ("sheets.take_framework", "POST"): teaching(400),  # no file is sent
    ("proposals.index", "GET"): teaching(),
    ("proposals.make", "POST"): teaching(400, form={"title": "", "method": "oral"}),  # no question is ticked
    ("proposals.show", "GET"): of_course(),
    ("proposals.levels", "GET"): of_course(),
    ("proposals.judge", "POST"): of_course(303),
    ("proposals.confirm", "POST"): of_course(303),
    ("proposals.remove", "POST"): of_course(303),
    ("roster.list_", "GET"): teaching(),
    ("roster.refresh", "POST"): teaching(303),
    ("roster.paste_form", "GET"): teaching(),
    ("roster.paste", "POST"): teaching(303, form={"names": "Vũ Minh Khôi"}),
    ("slips.list_", "GET"): teaching(),
    ("slips.make", "POST"): teaching(400),  # nobody is ticked
    ("slips.revoke", "POST"): of_course(303, form={"person": "{person_id}"}),
    ("roster.leave_out", "POST"): teaching(400, form={"person": "{person_id}"}),  # a name of the LMS's list
    # One lesson of it.
    ("editor.edit", "GET"): of_course(),
    ("editor.save_lesson", "POST"): of_course(json={"title": "Khác", "objectives": [], "minutes": 40}),
    ("editor.add", "POST"): of_course(303, form={"kind": "open"}),
    ("editor.save", "POST"): of_course(json=CHANGE),
    ("editor.arrange", "POST"): of_course(303, form={"do": "remove"}),
    ("editor.reorder", "POST"): of_course(json=[]),
    ("editor.add_picture", "POST"): of_course(file=True),
    ("editor.formula", "POST"): of_course(json={"text": "x"}),
    ("editor.as_pupil", "GET"): of_course(),
    ("editor.do", "POST"): of_course(303, form={"do": "delete"}),
    ("editor.add_slides", "POST"): of_course(400, json="no PDF"),
    ("editor.add_template", "POST"): of_course(303, form={"template": "warm_up"}),
    ("pasting.page", "GET"): of_course(),
    ("pasting.look", "POST"): of_course(json={"text": "Câu 1. Hỏi?"}),
    ("pasting.add", "POST"): of_course(json={"questions": [{"kind": "open", "content": {"prompt": "Hỏi?"}}]}),
    ("pasting.text", "POST"): of_course(json={"text": "x2", "html": "<p>x<sup>2</sup></p>"}),
    ("bank.list_", "GET"): teaching(),
    ("bank.take", "POST"): teaching(404),  # no question is named
    ("sharing.list_", "GET"): teaching(),
    ("sharing.show", "GET"): teaching(404),  # nobody shares this lesson, and one's own is not a colleague's
    ("sharing.take", "POST"): teaching(404),
    ("sharing.offer", "GET"): of_course(),
    ("sharing.share", "POST"): of_course(303, form={"do": "share"}),
    ("history.list_", "GET"): of_course(),
    ("history.show", "GET"): of_course(),
    ("history.step", "POST"): of_course(303, form={"do": "undo"}),
    ("history.restore", "POST"): of_course(303),
    # One run of it.
    ("profile.show", "GET"): of_course(),
    ("profile.write", "POST"): of_course(303, form={"kind": "note", "text": "Tiến bộ đều"}),
    ("teach.start_page", "GET"): of_course(),
    ("teach.console", "GET"): of_course(),
    ("teach.renew", "POST"): of_course(),
    ("teach.people", "GET"): of_course(),
    ("teach.left", "GET"): of_course(),
    ("teach.called", "GET"): of_course(),
    ("teach.written", "GET"): of_course(),
    ("teach.posted", "GET"): of_course(),
    ("teach.group_work", "GET"): of_course(),
    ("teach.peer_work", "GET"): of_course(),
    ("teach.judge", "POST"): of_course(404, form={"activity": "q", "group": "1", "level": "dat"}),  # no groups
    ("teach.post_photo", "GET"): of_course(404),
    ("teach.room_codes", "GET"): of_course(),
    ("teach.phone", "POST"): of_course(),
    ("teach.confirm", "POST"): of_course(303),
    ("teach.end", "POST"): of_course(303),
    ("teach.resume", "POST"): of_course(303),
    ("projector.page", "GET"): of_course(),
    ("projector.share", "GET"): of_course(),
    ("attendance.sheet", "GET"): of_course(),
    ("attendance.confirm", "POST"): of_course(303),
    ("rollcall.words", "GET"): of_course(),
    ("rollcall.say", "POST"): of_course(json=[{"id": "0198c0de-0000", "who": "{uid}", "word": "room", "ago": 0}]),
    ("seats.arrange", "GET"): teaching(),
    ("seats.save", "POST"): teaching(json={"rows": 6, "columns": 4, "after": 0, "seats": {}}),
    ("papercards.sheets", "GET"): teaching(),
    ("papercards.give", "POST"): teaching(303),
    ("papercards.ask", "GET"): of_course(),
    ("papercards.read", "POST"): of_course(400),  # no picture
    ("papercards.enter", "POST"): of_course(
        409, json={"id": "0198c0de-0000", "activity": "a", "round": 1, "ago": 0, "answers": {"{uid}": "A"}}
    ),
    ("spotcheck.draw", "POST"): of_course(),
    ("spotcheck.say", "POST"): of_course(404, json={"who": "{uid}", "seen": True}),  # nobody was drawn
    ("periods.book", "GET"): teaching(),
    ("periods.sheet", "GET"): teaching(),
    ("periods.edit", "GET"): of_course(),
    ("periods.save", "POST"): of_course(
        303,
        form={
            "day": f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}",
            "half_day": "morning",
            "number": "2",
            "subject": "Toán",
            "form": "hybrid",
        },
    ),
    ("recordings.add", "POST"): of_course(
        303, form={"link": "https://youtu.be/x", "title": "Tiết 1", "minutes": "0", "faces": "none"}
    ),
    ("recordings.remove", "POST"): of_course(404),  # no recording is there
    ("meetings.ask", "GET"): of_course(),
    ("meetings.review", "POST"): of_course(400),  # no file
    ("meetings.keep", "POST"): of_course(303, form={"who": "{person_id}", "minutes": "44", "visits": ""}),
    ("report.standing", "GET"): of_course(),
    ("report.show", "GET"): of_course(),
    ("report.observe", "POST"): of_course(303, form={"person": "{person_id}", "behaviour": "Giúp bạn"}),
    ("report.confirm_scores", "POST"): of_course(303),
    ("report.again", "POST"): of_course(303),
    ("report.choose_grade", "POST"): of_course(409),  # no grade was changed in the LMS
    ("report.photo", "GET"): of_course(),
    ("report.unsigned_photo", "GET"): of_course(404),
}
LANDING = ("home.landing", "GET")
"""The one page that asks for no launch and shows none: it answers everybody according to what they are."""


@pytest.fixture(scope="module")
def built(steady_tool: Tool) -> School:
    return open_school(steady_tool)


@pytest.fixture
def school(built: School, monkeypatch: pytest.MonkeyPatch) -> School:
    """Its pupils were heard when it was built, which may be long ago."""
    monkeypatch.setattr(spotcheck, "SEEN_WITHIN_MS", 24 * 3_600_000)
    return built.restored()


def routes(tool: Tool) -> Iterator[tuple[str, str]]:
    for rule in tool.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield rule.endpoint, method


def test_every_route_has_a_row_and_every_row_a_route(built: School) -> None:
    assert set(routes(built.tool)) == {*TABLE, LANDING}


def test_every_view_says_what_it_needs(built: School) -> None:
    views = built.tool.app.view_functions
    assert [name for name, view in views.items() if need_of(view) is None] == ["static"]


# --- asking ---------------------------------------------------------------------------------------------------------


def ask(school: School, who: str, route: tuple[str, str], row: Row, **headers: str) -> TestResponse:
    """One request to this route with the ids of `here`, as this visitor's browser sends it."""
    browser, visit, token = acting(school, who)
    endpoint, method = route
    with school.tool.app.test_request_context("/"):
        known = school.tool.app.url_map._rules_by_endpoint[endpoint][-1].arguments
        values = {name: value for name, value in school.here.ids.items() if name in known}
        path = url_for(endpoint, **values, **({"visit_id": visit} if "visit_id" in known else {}))
    if method == "GET":
        sent = {**headers, **({"Authorization": f"Bearer {token}"} if who in WITHOUT and token else {})}
        return browser.client.get(path, headers=sent, buffered=True)
    form = {name: text.format(visit=visit, **school.here.ids) for name, text in row.form.items()}
    if row.json is not None:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return browser.client.post(path, json=row.json, headers={**bearer, **headers})
    with_file = {"picture": (io.BytesIO(picture()), "a.png")} if row.file else {}
    return browser.client.post(path, data={"page_token": token, **form, **with_file}, headers=headers)


def acting(school: School, who: str) -> tuple[Browser, str, str]:
    """(browser, the launch in the address, the token shown). Those without a launch try a teacher's address."""
    teacher = school.people["teacher"]
    if who == "nobody":
        return school.tool.browser(), teacher.visit, ""
    if who == "token of another launch":
        pupil = school.people["pupil"]
        return pupil, teacher.visit, pupil.token
    browser = school.people[who]
    return browser, browser.visit, browser.token


def expected(who: str, row: Row) -> int:
    if who in row.may:
        return row.status
    if who in WITHOUT | row.not_theirs or (row.of_course and who == OTHER_TEACHER):
        return 404
    return row.refused


@pytest.mark.parametrize("route", TABLE, ids=" ".join)
def test_whoever_may_not_is_refused_and_changes_nothing(school: School, route: tuple[str, str]) -> None:
    row = TABLE[route]
    refused = sorted(EVERYBODY - row.may)
    before = contents(school.tool)
    said = {who: ask(school, who, route, row).status_code for who in refused}
    assert said == {who: expected(who, row) for who in refused}
    assert contents(school.tool) == before


@pytest.mark.parametrize("route", TABLE, ids=" ".join)
def test_whoever_may_is_let_in(school: School, route: tuple[str, str]) -> None:
    row = TABLE[route]
    said = {who: ask(school.restored(), who, route, row).status_code for who in sorted(row.may)}
    own_seat = ("pupil", "token of another launch") if route == ("join.pick", "POST") else ()
    assert said == {**dict.fromkeys(row.may, row.status), **dict.fromkeys(own_seat, 303)}


def test_the_landing_page_answers_each_as_what_they_are(school: School) -> None:
    row = Row(EVERYBODY)
    said = {who: ask(school, who, LANDING, row) for who in EVERYBODY}
    assert {who: answer.status_code for who, answer in said.items() if who in WITHOUT} == {
        **dict.fromkeys(WITHOUT, 403),
        "expired launch": 404,
    }
    assert all("Hệ thức" not in answer.text for who, answer in said.items() if who not in TEACHERS | {OTHER_TEACHER})
    places = {who: (answer.location or "").rpartition("/")[2] for who, answer in said.items() if who not in WITHOUT}
    assert places == {
        **dict.fromkeys(PUPILS, "lesson"),
        **dict.fromkeys((*TEACHERS, OTHER_TEACHER), ""),
        **dict.fromkeys(("homeroom teacher", "former head of department"), ""),
        "observer": "observe",
        "head of department": "department",
        "administrator": "connection",
    }


FRAMED = {"Sec-Fetch-Dest": "iframe"}
PAGES = [route for route in (*TABLE, LANDING) if route[1] == "GET" and route[0] != "static"]
TO_PRESS = ("<form", "<a ", "<button", "<input", "<script", "<details", "<iframe")


@pytest.mark.parametrize("route", PAGES, ids=" ".join)
def test_any_frame_may_show_a_refusal_without_a_button_and_nothing_else(school: School, route: tuple[str, str]) -> None:
    """So that an LMS's frame says that a launch is over. Whoever is known is shown in their own LMS alone."""
    for who in sorted(WITHOUT | {"teacher", "pupil", "administrator"}):
        answer = ask(school, who, route, TABLE.get(route, Row(EVERYBODY)), **FRAMED)
        if "frame-ancestors *" in answer.headers["Content-Security-Policy"]:
            page = answer.text.partition("<main")[2]
            assert answer.status_code >= 400
            assert not [one for one in (*TO_PRESS, *PUPILS_BY_NAME, "Hệ thức") if one in page]
            assert not answer.request.path.startswith("/l/") or (who in WITHOUT and fault_of(answer) == "over")
        else:
            assert answer.status_code != 404 or who not in WITHOUT or not answer.request.path.startswith("/l/")


# --- forged forms ---------------------------------------------------------------------------------------------------

POSTS = [route for route, row in TABLE.items() if route[1] == "POST" and row.may != EVERYBODY]


def nearly(token: str) -> str:
    """Another signature. Not by its last letters: of these some bits count for nothing, and it might be the same."""
    return f"{token[:-3]}{'B' if token[-3] == 'A' else 'A'}{token[-2:]}"


@pytest.mark.parametrize("route", POSTS, ids=" ".join)
def test_a_cookie_alone_posts_nothing(school: School, route: tuple[str, str]) -> None:
    """Another site can make the browser post, and its cookie goes along; the page's own token it cannot know."""
    row = TABLE[route]
    who = "pupil" if row.may <= PUPILS else "teacher"
    with_token = school.people[who]
    before = contents(school.tool)
    for forged in ("", "no-token", nearly(with_token.token), school.people["assistant"].token):
        school.people[who] = Forged(with_token.tool, with_token.client, with_token.visit, forged=forged)
        try:
            answer = ask(school, who, route, row)
        finally:
            school.people[who] = with_token
        assert answer.status_code == 404
    assert contents(school.tool) == before


@dataclass
class Forged(Browser):
    """A browser whose pages were written by somebody else."""

    forged: str = ""

    @property
    def token(self) -> str:
        return self.forged


@pytest.mark.parametrize("route", [r for r in TABLE if r[1] == "POST" and r[0] not in FROM_ELSEWHERE], ids=" ".join)
def test_another_site_posts_nothing_even_with_a_token(school: School, route: tuple[str, str]) -> None:
    row = TABLE[route]
    who = "pupil" if row.may <= PUPILS else "teacher"
    before = contents(school.tool)
    answer = ask(school, who, route, row, Origin="https://evil.example")
    assert answer.status_code == 403
    assert row.json is not None or fault_of(answer) == "forbidden"
    assert contents(school.tool) == before


@pytest.mark.parametrize(
    ("site", "mode", "is_taken"),
    [("cross-site", "navigate", False), ("same-origin", "navigate", True), ("cross-site", "cors", True)],
)
def test_a_form_that_hides_its_origin_is_ours_or_nobodys(
    steady_tool: Tool, site: str, mode: str, *, is_taken: bool
) -> None:
    """Where no page token is asked for: our own pages without a referrer hide it, too."""
    headers = {"Origin": "null", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    answer = steady_tool.browser().client.post("/j/2345678/not-me", headers=headers)
    assert (answer.status_code != 403) is is_taken


@pytest.mark.parametrize(
    "route", [r for r, row in TABLE.items() if row.may == TEACHERS and r[1] == "GET"], ids=" ".join
)
def test_reading_changes_nothing_but_the_log_of_who_saw(school: School, route: tuple[str, str]) -> None:
    before = contents(school.tool, ["access_entry"])
    assert ask(school, "teacher", route, TABLE[route]).status_code == TABLE[route].status
    assert contents(school.tool, ["access_entry"]) == before


# --- things of another course ---------------------------------------------------------------------------------------


def test_things_of_another_course_are_not_there(school: School) -> None:
    """A right address with one foreign id in it, or a right form with one: 404, or passed over; nothing changes."""
    teacher, here, there = school.people["teacher"], school.here, school.there
    before = contents(school.tool)
    lesson = f"lessons/{here.lesson_uid}"
    for path, form in (
        ("runs", {"lesson": there.lesson_uid}),
        (f"lessons/{there.lesson_uid}/activities/{there.activity_uid}/do", {"do": "remove"}),
        (f"{lesson}/activities/{there.activity_uid}/do", {"do": "remove"}),
        (f"{lesson}/activities/{there.activity_uid}/do", {"do": "copy"}),
        (f"runs/{there.run_id}/end", {}),
        (f"runs/{there.run_id}/attendance", {f"p{there.person_id}": "absent"}),
        (f"runs/{there.run_id}/report/scores", {f"s{there.person_id}": "10"}),
    ):
        answer = teacher.post(path, **form)
        assert (answer.status_code, bool(fault_of(answer))) == (404, True), path
    assert teacher.send(f"{lesson}/activities/{there.activity_uid}", CHANGE).status_code == 404
    assert teacher.fetch(f"runs/{here.run_id}/report/photos/{there.uid}/{'0' * 12}").status_code == 404
    assert teacher.post("roster/leave-out", person=there.person_id).status_code == 400
    assert contents(school.tool) == before


def test_a_lesson_is_not_started_for_another_courses_class(school: School) -> None:
    teacher = school.people["teacher"]
    teacher.post(f"runs/{school.here.run_id}/end")
    before = contents(school.tool)
    answer = teacher.post("runs", lesson=school.here.lesson_uid, **{"class": school.there.class_id})
    assert (fault_of(answer), answer.status_code) == ("class_unknown", 400)
    assert contents(school.tool) == before


def test_marks_and_attendance_of_others_in_a_form_are_passed_over(school: School) -> None:
    teacher, here, there = school.people["teacher"], school.here, school.there
    before = contents(school.tool)
    assert teacher.post(f"runs/{here.run_id}/attendance", **{f"p{there.person_id}": "absent"}).status_code == 303
    assert teacher.post(f"runs/{here.run_id}/report/scores", **{f"s{there.person_id}": "10"}).status_code == 303
    after = contents(school.tool)
    assert after["score_decision"] == before["score_decision"]
    assert after["score"] == before["score"]
    assert not any(f", {there.person_id}, 'absent'" in row for row in after["attendance_decision"])


def test_a_name_of_another_course_cannot_be_picked(school: School) -> None:
    before = contents(school.tool)
    for path in (f"/j/{school.here.code}/{school.there.person_id}", f"/j/{school.here.code}/999999"):
        answer = school.tool.browser().client.post(path, data={"mode": "room"})
        assert (fault_of(answer), answer.status_code) == ("name_unknown", 404)
    assert contents(school.tool) == before


def test_a_pupil_by_code_is_in_that_lesson_and_under_no_other_launch(school: School) -> None:
    pupil = school.people["pupil by code"]
    assert pupil.client.get(f"/l/{school.people['pupil'].visit}/lesson").status_code == 404
    assert pupil.send("ticket", {}).json["seat"]["owner"].startswith(school.here.run_id)


def test_a_pupils_page_names_nobody_else(school: School) -> None:
    for who in ("pupil", "pupil by code"):
        page = school.people[who].get("lesson").text
        others = [name for name in ("Đặng Thái An", "Trần Hoài An", "Lê Gia Bảo") if name in page]
        assert others == ["Đặng Thái An" if who == "pupil" else "Trần Hoài An"]


def test_needs_are_compared_with_what_the_views_say(built: School) -> None:
    """The table above was written by hand; this says that the code's own words agree with it."""
    said = {route: need_of(built.tool.app.view_functions[route[0]]) for route in TABLE}
    by_need = {
        Need.NOTHING: EVERYBODY,
        Need.VISIT: LAUNCHED,
        Need.LEARN: PUPILS,
        Need.TEACH: TEACHERS,
        Need.REVIEW: {"head of department"},
        Need.OBSERVE: OBSERVERS,
        Need.OWN: VOUCHED,
        Need.WORK: WORKING,
        Need.HOMEROOM: {"homeroom teacher"},
        Need.ADMINISTER: {"administrator"},
        Need.EXCUSE: {*TEACHERS, "homeroom teacher"},
        Need.GOVERN: {"administrator", "head of department"},
    }
    for route, row in TABLE.items():
        need = said[route]
        assert (
            (row.may | row.not_theirs) - {OTHER_TEACHER} == by_need[need] - {OTHER_TEACHER}
            if need
            else route[0] == "static"
        ), route
