"""Coming in by the code: who may guess, who may sit where, and what a picked name is worth until somebody vouches."""

import html
import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from analytics import reader
from live_session.model import Standing
from lti_tool import limiting, live
from lti_tool.extensions import db
from lti_tool.lessons import joining, running
from lti_tool.models import Context, LessonRun, Person, ResourceLink
from lti_tool.translations import translations
from tests.lti_tool.conftest import Clock
from tests.lti_tool.platform import INSTRUCTOR, LEARNER, LTI, SYSTEM_ADMIN
from tests.lti_tool.school import by_code, console, frames, press, sit, submit
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool, member
from tests.lti_tool.witness import contents, fault_of

MODE = {"mode": "room"}


class Lesson:
    """A lesson under way, with four pupils on the list."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        self.teacher = tool.set_up(pupils=4)
        self.run_id = tool.start(self.teacher, SINGLE)
        with tool.inside():
            row = db.session.get_one(LessonRun, self.run_id)
            assert row.code
            self.code = row.code

    def person(self, number: int) -> int:
        with self.tool.inside():
            return self.tool.person(f"pupil-{number}").id

    def uid(self, number: int) -> str:
        with self.tool.inside():
            return self.tool.person(f"pupil-{number}").uid

    def pick(self, client: FlaskClient, number: int, form: Mapping[str, str] = MODE) -> TestResponse:
        return client.post(f"/j/{self.code}/{self.person(number)}", data=dict(form))

    def claims(self, number: int) -> dict[str, Any]:
        """The seats under a name, by browser."""
        with self.tool.inside():
            found = live.state_of(self.run_id).participants.get(self.tool.person(f"pupil-{number}").uid)
            return dict(found.claims) if found else {}

    def room_code(self, run: LessonRun | None = None) -> str:
        """The code of now of this lesson, or of another one."""
        from lti_tool.clock import now  # noqa: PLC0415

        with self.tool.inside():
            return running.room_code(run or db.session.get_one(LessonRun, self.run_id), now())


@pytest.fixture
def lesson(tool: Tool) -> Lesson:
    return Lesson(tool)


@pytest.fixture
def any_lesson(any_tool: Tool) -> Lesson:
    return Lesson(any_tool)


def client(lesson: Lesson) -> FlaskClient:
    return lesson.tool.app.test_client()


# --- codes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["{code}", " {code} ", "{a} {b}", "{a}-{b}", "mã {code}"])
def test_the_digits_are_read_as_people_type_them(lesson: Lesson, typed: str) -> None:
    text = typed.format(code=lesson.code, a=lesson.code[:3], b=lesson.code[3:])
    answer = client(lesson).post("/j", data={"code": text})
    assert answer.status_code == 303
    assert answer.location == f"/j/{lesson.code}"


@pytest.mark.parametrize("typed", ["000000", "", "12345", "abcdef", "<b>", "١٢٣٤٥٦", "9" * 5_000, "\x00", "²³¹⁴⁵⁶"])
def test_a_wrong_code_is_said_where_it_was_typed(lesson: Lesson, typed: str) -> None:
    before = contents(lesson.tool)
    answer = client(lesson).post("/j", data={"code": typed})
    assert answer.status_code == 404
    assert 'role="alert"' in answer.text
    assert contents(lesson.tool) == before


@pytest.mark.parametrize("path", ["/j/000000", "/j/000000/1", "/j/abc", "/j/%00", "/j/1234567", "/j/ "])
def test_a_wrong_code_in_the_address_is_a_page_that_says_so(lesson: Lesson, path: str) -> None:
    before = contents(lesson.tool)
    answer = client(lesson).get(path)
    assert (fault_of(answer), answer.status_code) == ("code_wrong", 404)
    assert contents(lesson.tool) == before


def test_the_code_of_a_lesson_that_is_over_is_a_wrong_code(lesson: Lesson) -> None:
    lesson.teacher.post(f"runs/{lesson.run_id}/end")
    before = contents(lesson.tool)
    for answer in (client(lesson).get(f"/j/{lesson.code}"), lesson.pick(client(lesson), 1)):
        assert (fault_of(answer), answer.status_code) == ("code_wrong", 404)
    assert contents(lesson.tool) == before


def test_ten_wrong_codes_a_minute_stop_one_browser_and_no_other(lesson: Lesson) -> None:
    """A class of forty sits behind one address."""
    guessing, other = client(lesson), client(lesson)
    guessing.get("/j")  # its cookie
    other.get("/j")
    said = [guessing.post("/j", data={"code": "000000"}).status_code for _ in range(12)]
    assert said == [404] * 10 + [429] * 2
    stopped = guessing.get(f"/j/{lesson.code}")
    assert (fault_of(stopped), stopped.status_code) == ("code_too_often", 429)
    assert lesson.pick(guessing, 1).status_code == 429
    assert lesson.claims(1) == {}
    assert other.get(f"/j/{lesson.code}").status_code == 200
    assert lesson.pick(other, 1).status_code == 303


def test_right_codes_never_count(lesson: Lesson) -> None:
    browser = client(lesson)
    assert {browser.get(f"/j/{lesson.code}").status_code for _ in range(30)} == {200}


def test_a_flood_of_wrong_codes_slows_everybody_but_not_a_scan_in_the_room(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiting, "TRIES_WHEN_ALARMED", limiting.RateLimitItemPerMinute(3))  # else a second passes
    for _ in range(200):
        client(lesson).post("/j", data={"code": "000000"})
    tries = [client(lesson).get(f"/j/{lesson.code}").status_code for _ in range(5)]
    assert tries == [200] * 3 + [429] * 2
    scan = client(lesson)
    assert scan.get(f"/j/{lesson.code}?r={lesson.room_code()}").status_code == 303
    assert scan.get(f"/j/{lesson.code}").status_code == 200
    assert lesson.pick(scan, 1).status_code == 303


# --- the scan -------------------------------------------------------------------------------------------------------


def test_a_scan_in_the_room_proves_the_room_for_one_person(any_lesson: Lesson) -> None:
    browser = client(any_lesson)
    scanned = browser.get(f"/j/{any_lesson.code}?r={any_lesson.room_code()}")
    assert scanned.location == f"/j/{any_lesson.code}"  # the code does not stay in the address
    assert any_lesson.pick(browser, 1, {"mode": "home"}).status_code == 303
    (claim,) = any_lesson.claims(1).values()
    assert (claim.mode, claim.proof) == ("room", "code")
    browser.post(f"/j/{any_lesson.code}/not-me")
    assert any_lesson.pick(browser, 2).status_code == 303
    (claim,) = any_lesson.claims(2).values()
    assert (claim.mode, claim.proof) == ("room", "declared")  # the phone proves nothing for the next one


def test_one_code_redeemed_twice_by_one_browser_proves_the_room_once(lesson: Lesson) -> None:
    browser, code = client(lesson), lesson.room_code()
    for _ in range(2):
        browser.get(f"/j/{lesson.code}?r={code}")
    for number, proof in ((1, "code"), (2, "declared")):
        browser.post(f"/j/{lesson.code}/not-me")
        assert lesson.pick(browser, number).status_code == 303
        (claim,) = lesson.claims(number).values()
        assert (claim.mode, claim.proof) == ("room", proof)
        browser.get(f"/j/{lesson.code}?r={code}")


def test_an_older_code_that_still_counts_is_no_second_scan_and_a_newer_one_is(lesson: Lesson, clock: Clock) -> None:
    """Two codes count at any moment; a phone that two pupils of the room share scans anew for the second."""
    browser, codes = client(lesson), [lesson.room_code()]
    clock.wait(seconds=10)
    codes.append(lesson.room_code())
    for number, code, proof in ((1, codes[1], "code"), (2, codes[0], "declared"), (3, codes[1], "declared")):
        browser.get(f"/j/{lesson.code}?r={code}")
        browser.post(f"/j/{lesson.code}/not-me")
        assert lesson.pick(browser, number).status_code == 303
        (claim,) = lesson.claims(number).values()
        assert (claim.mode, claim.proof) == ("room", proof)
    clock.wait(seconds=10)
    browser.get(f"/j/{lesson.code}?r={lesson.room_code()}")
    lesson.pick(browser, 4)
    (claim,) = lesson.claims(4).values()
    assert (claim.mode, claim.proof) == ("room", "code")


def test_a_later_scan_renews_the_proof_and_a_reload_does_not(lesson: Lesson, clock: Clock) -> None:
    def seq() -> int:
        with lesson.tool.inside():
            return live.state_of(lesson.run_id).seq

    browser = client(lesson)
    for _ in range(2):
        browser.get(f"/j/{lesson.code}?r={lesson.room_code()}")
        before = seq()
        for _ in range(2):  # the second time without a scan
            assert lesson.pick(browser, 1).status_code == 303
            assert seq() == before + 1
        clock.wait(seconds=900)
    (claim,) = lesson.claims(1).values()
    assert (claim.mode, claim.proof) == ("room", "code")


def test_two_pupils_at_one_phone_answer_each_under_their_own_name(lesson: Lesson) -> None:
    press(lesson.teacher, lesson.run_id)
    phone = client(lesson)
    visits = [lesson.pick(phone, n).location.split("/")[2] for n in (1, 2)]
    one, other = (Browser(lesson.tool, phone, visit) for visit in visits)
    with lesson.tool.inside():
        asked = live.state_of(lesson.run_id).current or ""
    assert [submit(who, asked, value)["t"] for who, value in ((one, "A"), (other, "C"))] == ["ack", "ack"]
    with lesson.tool.inside():
        given = live.state_of(lesson.run_id).responses[asked, 1]
    assert {who: answer.value for who, answer in given.items()} == {lesson.uid(1): "A", lesson.uid(2): "C"}
    assert f'href="/l/{visits[1]}/lesson"' in one.get("lesson").text  # one tap, and the phone is the other's
    assert f'href="/l/{visits[0]}/lesson"' in other.get("lesson").text
    assert f"/j/{lesson.code}?all=1" in one.get("pass").text  # a third may come
    lesson.pick(phone, 3)
    page = one.get("pass").text
    assert page.count("/lesson") == 3
    assert '?all=1"' not in page  # with more, nobody has the time to answer


def change(one: Browser, do: str, **more: str) -> int:
    """A press on the page where several share a phone."""
    return one.post("team", do=do, **more).status_code


def names_at(one: Browser) -> list[str]:
    """Who answers by this phone, as its page is told."""
    answer = one.fetch("team").json
    assert answer is not None
    return list(answer["names"])


def test_a_group_phone_gives_one_answer_for_each(lesson: Lesson) -> None:
    press(lesson.teacher, lesson.run_id)
    phone = client(lesson)
    visit = lesson.pick(phone, 1).location.split("/")[2]
    host = Browser(lesson.tool, phone, visit)
    assert f"all=1&amp;team={visit}" in host.get("pass").text
    assert f'name="team" value="{visit}"' in phone.get(f"/j/{lesson.code}/{lesson.person(2)}?team={visit}").text
    for n in (2, 3):
        back = lesson.pick(phone, n, {"mode": "room", "team": visit})
        assert back.location == f"/l/{visit}/pass"  # where one more can be added
    assert len(names_at(host)) == 3
    assert "/lesson" in host.get("pass").text
    with lesson.tool.inside():
        asked = live.state_of(lesson.run_id).current or ""
    assert submit(host, asked, "A", team=1)["t"] == "ack"
    uids = [lesson.uid(n) for n in (1, 2, 3)]
    with lesson.tool.inside():
        given = live.state_of(lesson.run_id).responses[asked, 1]
    assert {who: (answer.value, answer.is_team) for who, answer in given.items()} == dict.fromkeys(uids, ("A", True))
    assert change(host, "leave", who=uids[2]) == 303
    own = client(lesson)
    assert lesson.pick(own, 3).status_code == 303  # the name is free for a phone of their own
    assert change(host, "split") == 303
    assert names_at(host) == []
    assert change(host, "gather") == 303
    assert len(names_at(host)) == 2


def test_a_group_phone_is_chosen_at_the_door(lesson: Lesson) -> None:
    """The first name goes on to the next one, every other to the page of the first; each has the group's answer."""
    press(lesson.teacher, lesson.run_id)
    phone = client(lesson)
    assert f"/j/{lesson.code}?all=1&amp;team=new" in phone.get(f"/j/{lesson.code}").text
    assert f"{lesson.person(1)}?team=new" in phone.get(f"/j/{lesson.code}?all=1&team=new").text
    assert 'name="team" value="new"' in phone.get(f"/j/{lesson.code}/{lesson.person(1)}?team=new").text
    onward = lesson.pick(phone, 1, {"mode": "room", "team": "new"}).location
    assert f"/j/{lesson.code}?all=1&team=" in onward
    visit = onward.partition("team=")[2]
    names = phone.get(onward).text
    assert f'href="/l/{visit}/pass"' in names  # who stays alone after all goes on from here
    assert f"{lesson.person(2)}?team={visit}" in names
    assert 'value="new"' not in phone.get(f"/j/{lesson.code}/{lesson.person(2)}?team={visit}").text
    assert lesson.pick(phone, 2, {"mode": "room", "team": visit}).location == f"/l/{visit}/pass"
    host = Browser(lesson.tool, phone, visit)
    assert len(names_at(host)) == 2
    with lesson.tool.inside():
        asked = live.state_of(lesson.run_id).current or ""
    assert submit(host, asked, "A", team=1)["t"] == "ack"
    with lesson.tool.inside():
        assert live.state_of(lesson.run_id).responses[asked, 1].keys() == {lesson.uid(1), lesson.uid(2)}


def test_a_group_phone_knows_whose_turn_it_is(lesson: Lesson) -> None:
    """Each name leads to the page of that member's seat at this phone; nobody else is told of any of it."""
    press(lesson.teacher, lesson.run_id)
    phone, other = client(lesson), client(lesson)
    visit = lesson.pick(phone, 1).location.split("/")[2]
    lesson.pick(phone, 2, {"mode": "room", "team": visit})
    host = Browser(lesson.tool, phone, visit)
    told = host.fetch("team").json["turns"]
    assert [(one["is_own"], one["is_host"], one["is_done"]) for one in told] == [(1, 1, 0), (0, 0, 0)]
    assert told[0]["page"] == f"/l/{visit}/lesson"
    guest = Browser(lesson.tool, phone, told[1]["page"].split("/")[2])
    with lesson.tool.inside():
        asked = live.state_of(lesson.run_id).current or ""
    assert submit(guest, asked, "B")["t"] == "ack"
    told = guest.fetch("team").json
    assert told["names"] == [], "the team answers by the host's page"
    assert [(one["is_own"], one["is_host"], one["is_done"]) for one in told["turns"]] == [(0, 1, 0), (1, 0, 1)]
    with lesson.tool.inside():
        given = live.state_of(lesson.run_id).responses[asked, 1]
    assert {who: (answer.value, answer.is_team) for who, answer in given.items()} == {lesson.uid(2): ("B", False)}
    alone = Browser(lesson.tool, other, lesson.pick(other, 3).location.split("/")[2])
    assert alone.fetch("team").json == {"names": [], "turns": []}


def test_a_group_is_of_one_phone(lesson: Lesson) -> None:
    """Whoever names another phone's launch joins nobody; a member's page cannot change the host's team."""
    mine, theirs = client(lesson), client(lesson)
    visit = lesson.pick(theirs, 1).location.split("/")[2]
    assert f"/l/{visit}/" not in mine.get(f"/j/{lesson.code}?all=1&team={visit}").text
    new = lesson.pick(mine, 2, {"mode": "room", "team": visit})
    assert new.location.endswith("/lesson")
    member = lesson.pick(theirs, 3, {"mode": "room", "team": visit})
    assert member.location == f"/l/{visit}/pass"
    with lesson.tool.inside():
        guest = next(v for v in live.state_of(lesson.run_id).teams[0].members if v != lesson.uid(1))
    assert guest == lesson.uid(3)
    other = Browser(lesson.tool, mine, new.location.split("/")[2])
    for do in ("split", "leave", "gather"):
        assert change(other, do, who=lesson.uid(3)) == 303
    assert len(names_at(Browser(lesson.tool, theirs, visit))) == 2


def test_two_of_one_given_name_at_one_phone_are_told_apart(lesson: Lesson) -> None:
    phone = client(lesson)
    visit, other = (lesson.pick(phone, n).location.split("/")[2] for n in (1, 2))
    assert "Hoài An" in Browser(lesson.tool, phone, visit).get("pass").text
    assert "Thái An" in Browser(lesson.tool, phone, other).get("lesson").text.replace("Đặng Thái An", "")


def test_another_phone_is_nobodys_to_pass_on(lesson: Lesson) -> None:
    mine, theirs = client(lesson), client(lesson)
    visit, foreign = (lesson.pick(phone, n).location.split("/")[2] for n, phone in ((1, mine), (2, theirs)))
    browser = Browser(lesson.tool, mine, visit)
    assert foreign not in browser.get("lesson").text + browser.get("pass").text


@pytest.mark.parametrize("wrong", ["aaaaaa", "", "x" * 999, "\x00"])
def test_a_wrong_room_code_proves_nothing(lesson: Lesson, wrong: str) -> None:
    browser = client(lesson)
    browser.get(f"/j/{lesson.code}", query_string={"r": wrong})
    lesson.pick(browser, 1)
    (claim,) = lesson.claims(1).values()
    assert claim.proof == "declared"


def test_an_old_photo_of_the_screen_proves_nothing(lesson: Lesson, clock: Clock) -> None:
    code = lesson.room_code()
    clock.wait(seconds=30)
    browser = client(lesson)
    browser.get(f"/j/{lesson.code}?r={code}")
    for number, form, mode in (
        (1, MODE, "room"),
        (2, {"mode": "home"}, "home"),
        (3, {}, "home"),
        (4, {"mode": "x"}, "home"),
    ):
        lesson.pick(browser, number, form)
        (claim,) = lesson.claims(number).values()
        assert (claim.mode, claim.proof) == (mode, "declared")


def test_the_room_code_of_another_lesson_proves_nothing(lesson: Lesson) -> None:
    browser = client(lesson)
    browser.get(f"/j/{lesson.code}?r={lesson.room_code(LessonRun(room_key='00' * 16))}")
    lesson.pick(browser, 1)
    (claim,) = lesson.claims(1).values()
    assert claim.proof == "declared"


@pytest.mark.slow
def test_two_hundred_browsers_behind_one_address_see_the_names_and_sit_down(lesson: Lesson) -> None:
    lesson.tool.platform.members = [
        {**member(1), "user_id": f"many-{n}", "name": f"Trần Em {n}", "given_name": f"Em {n}"} for n in range(200)
    ]
    with lesson.tool.inside():
        lesson.tool.jobs().read_rosters()
    phones = [client(lesson) for _ in range(200)]
    pages = [phone.get(f"/j/{lesson.code}") for phone in phones]
    assert {page.status_code for page in pages} == {200}
    with lesson.tool.inside():
        people = [lesson.tool.person(f"many-{n}").id for n in range(200)]
    picked = [
        phone.post(f"/j/{lesson.code}/{one}", data=MODE).status_code for phone, one in zip(phones, people, strict=True)
    ]
    assert picked == [303] * 200
    with lesson.tool.inside():
        assert len(live.state_of(lesson.run_id).participants) == 200


def test_the_proof_is_that_browsers_and_cannot_be_carried_to_another(lesson: Lesson) -> None:
    browser, other = client(lesson), client(lesson)
    browser.get(f"/j/{lesson.code}?r={lesson.room_code()}")
    cookie = browser.get_cookie("giotay-room")
    assert cookie
    assert cookie.http_only
    other.set_cookie("giotay-room", cookie.value)
    lesson.pick(other, 1)
    (claim,) = lesson.claims(1).values()
    assert claim.proof == "declared"


def test_a_scan_of_one_lesson_proves_nothing_in_the_next(lesson: Lesson) -> None:
    """Ten minutes are enough to go home from one room, and to be in another class by then."""
    browser = client(lesson)
    browser.get(f"/j/{lesson.code}?r={lesson.room_code()}")
    lesson.teacher.post(f"runs/{lesson.run_id}/end")
    lesson.run_id = lesson.tool.start(lesson.teacher, SINGLE)
    with lesson.tool.inside():
        lesson.code = db.session.get_one(LessonRun, lesson.run_id).code or ""
    assert lesson.pick(browser, 1).status_code == 303
    (claim,) = lesson.claims(1).values()
    assert (claim.mode, claim.proof) == ("room", "declared")


# --- the LMS's own door ---------------------------------------------------------------------------------------------


@pytest.fixture
def moodle_lesson(lesson: Lesson) -> Lesson:
    """The same lesson, in a course of a Moodle that was registered by hand."""
    with lesson.tool.inside():
        lesson.tool.registration().auth_login_url = "https://moodle.test/lms/mod/lti/auth.php"
    return lesson


MOODLE_DOOR = "https://moodle.test/lms/mod/lti/view.php?l=link-1"


def test_a_lesson_of_an_unknown_lms_has_the_list_alone(lesson: Lesson) -> None:
    page = client(lesson).get(f"/j/{lesson.code}").text
    assert "data-person" in page
    assert "noreferrer" not in page


def test_a_lesson_from_moodle_has_two_doors(moodle_lesson: Lesson) -> None:
    page = client(moodle_lesson).get(f"/j/{moodle_lesson.code}").text
    assert f'href="{MOODLE_DOOR}"' in page
    assert "moodle.test" in page
    assert "data-person" in page


@pytest.mark.parametrize(
    ("lms_id", "path"), [("7", "7"), ("a b&c=d", "a%20b%26c%3Dd"), ("../x?y#z", "..%2Fx%3Fy%23z"), ("ẵ", "%E1%BA%B5")]
)
def test_an_id_stays_an_id_in_the_address(moodle_lesson: Lesson, lms_id: str, path: str) -> None:
    with moodle_lesson.tool.inside():
        db.session.scalars(select(ResourceLink)).one().lms_id = lms_id
    page = client(moodle_lesson).get(f"/j/{moodle_lesson.code}").text
    assert f'href="https://moodle.test/lms/mod/lti/view.php?l={path}"' in page


CUSTOM = f"{LTI}custom"


def test_an_activity_of_another_lms_may_say_where_it_stands(lesson: Lesson) -> None:
    """By a custom parameter, on the LMS's own host."""
    address = f"{lesson.tool.platform.url}/courses/7/activity?n=1"
    lesson.tool.teacher(**{CUSTOM: {"activity_url": address}})
    assert f'href="{address}"' in client(lesson).get(f"/j/{lesson.code}").text
    lesson.tool.pupil(1)  # whose launch says nothing takes nothing away
    assert f'href="{address}"' in client(lesson).get(f"/j/{lesson.code}").text


@pytest.mark.parametrize(
    "address", ["https://evil.example/x", "javascript:alert(1)", "$Activity.url", "", "http://127.0.0.1.evil.example/"]
)
def test_a_phone_is_sent_to_the_lmss_own_host_alone(lesson: Lesson, address: str) -> None:
    lesson.tool.teacher(**{CUSTOM: {"activity_url": address}})
    page = client(lesson).get(f"/j/{lesson.code}").text
    assert "noreferrer" not in page
    assert "data-person" in page


def test_the_administrator_reads_which_door_a_scan_has(lesson: Lesson) -> None:
    admin = lesson.tool.teacher(**{f"{LTI}roles": [INSTRUCTOR, SYSTEM_ADMIN]})
    said = translations("vi").gettext
    assert said("conn.door.bad") in html.unescape(admin.get("connection").text)
    lesson.tool.teacher(**{CUSTOM: {"activity_url": f"{lesson.tool.platform.url}/a/1"}})
    assert said("conn.door.good") in html.unescape(admin.get("connection").text)


def test_the_door_is_the_activity_that_the_lesson_was_started_from(moodle_lesson: Lesson) -> None:
    moodle_lesson.tool.pupil(1, **{f"{LTI}resource_link": {"id": "link-2", "title": "Bài khác"}})
    assert f'href="{MOODLE_DOOR}"' in client(moodle_lesson).get(f"/j/{moodle_lesson.code}").text
    with moodle_lesson.tool.inside():
        db.session.get_one(LessonRun, moodle_lesson.run_id).resource_link_id = None
    page = client(moodle_lesson).get(f"/j/{moodle_lesson.code}").text
    assert "view.php?l=link-2" in page  # else the course's newest


def test_a_phone_that_came_through_the_lms_goes_on_there_at_the_scan(moodle_lesson: Lesson) -> None:
    pupil = moodle_lesson.tool.pupil(1)
    sit(pupil)
    scan = f"/j/{moodle_lesson.code}?r={moodle_lesson.room_code()}"
    onward = pupil.client.get(scan)
    assert (onward.status_code, onward.location) == (303, MOODLE_DOOR)
    assert onward.headers["Referrer-Policy"] == "no-referrer"
    assert pupil.client.get(f"/j/{moodle_lesson.code}").status_code == 200  # coming back shows both doors
    assert pupil.client.get(f"{scan}&all=1").location == f"/j/{moodle_lesson.code}?all=1"


def test_a_phone_that_never_did_is_asked(moodle_lesson: Lesson) -> None:
    scanned = client(moodle_lesson).get(f"/j/{moodle_lesson.code}?r={moodle_lesson.room_code()}")
    assert scanned.location == f"/j/{moodle_lesson.code}"
    picked = client(moodle_lesson)
    moodle_lesson.pick(picked, 1)
    scanned = picked.get(f"/j/{moodle_lesson.code}?r={moodle_lesson.room_code()}")
    assert scanned.location == f"/j/{moodle_lesson.code}"


def test_the_door_is_never_an_activity_of_another_course(moodle_lesson: Lesson) -> None:
    tool = moodle_lesson.tool
    with tool.inside():
        own = db.session.query(ResourceLink).one()
        here = db.session.get_one(Context, own.context_id)
        other = Context(deployment_id=here.deployment_id, lms_id="another", title="Khác", created_at=1)
        db.session.add(other)
        db.session.flush()
        own.context_id = other.id
    page = client(moodle_lesson).get(f"/j/{moodle_lesson.code}").text
    assert "data-person" in page
    assert "moodle.test" not in page


def test_the_memory_of_the_door_is_of_one_course(moodle_lesson: Lesson) -> None:
    pupil = moodle_lesson.tool.pupil(1, **{f"{LTI}context": {"id": "course-2", "title": "Tin 9A1"}})
    scanned = pupil.client.get(f"/j/{moodle_lesson.code}?r={moodle_lesson.room_code()}")
    assert scanned.location == f"/j/{moodle_lesson.code}"


def test_the_scan_is_proved_at_the_launch_that_follows_within_ten_minutes(moodle_lesson: Lesson, clock: Clock) -> None:
    """Three minutes to sign in at the LMS are no trouble; and what was scanned is one person's alone."""
    browser = moodle_lesson.tool.browser()
    browser.client.get(f"/j/{moodle_lesson.code}?r={moodle_lesson.room_code()}")
    clock.wait(minutes=3)
    first = launch_as(browser, 1)
    sit(first)
    (claim,) = moodle_lesson.claims(1).values()
    assert (claim.standing, claim.mode, claim.proof) == (Standing.LAUNCHED, "room", "code")
    sit(launch_as(browser, 2))
    (claim,) = moodle_lesson.claims(2).values()
    assert (claim.mode, claim.proof) == ("home", "none")


def test_a_scan_ten_minutes_ago_proves_nothing_at_a_launch(
    moodle_lesson: Lesson, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = moodle_lesson.tool.browser()
    browser.client.get(f"/j/{moodle_lesson.code}?r={moodle_lesson.room_code()}")
    monkeypatch.setattr(joining, "PROOF_SECONDS", -1)  # the signature's own clock cannot be moved
    sit(launch_as(browser, 1))
    (claim,) = moodle_lesson.claims(1).values()
    assert (claim.mode, claim.proof) == ("home", "none")


def test_a_launch_in_another_browser_than_the_scan_is_not_in_the_room(moodle_lesson: Lesson) -> None:
    """An in-app browser scans, the LMS opens in the phone's own: two storages, and the tool does not guess."""
    client(moodle_lesson).get(f"/j/{moodle_lesson.code}?r={moodle_lesson.room_code()}")
    sit(moodle_lesson.tool.pupil(1))
    (claim,) = moodle_lesson.claims(1).values()
    assert (claim.mode, claim.proof) == ("home", "none")


def launch_as(browser: Browser, number: int) -> Browser:
    """This pupil's launch in this very browser."""
    named = Browser(browser.tool, browser.client)
    return named.launch(sub=f"pupil-{number}", name=PUPILS[number - 1], **{f"{LTI}roles": [LEARNER]})


# --- names ----------------------------------------------------------------------------------------------------------


def test_the_list_is_names_only(lesson: Lesson) -> None:
    page = client(lesson).get(f"/j/{lesson.code}").text
    assert all(name in page for name in PUPILS[:4])
    for number in range(1, 5):
        assert lesson.uid(number) not in page
    assert "Nguyễn Thu Hà" not in page  # the teacher is on no list


def test_a_taken_name_is_another_phones(any_lesson: Lesson) -> None:
    first, second = client(any_lesson), client(any_lesson)
    assert any_lesson.pick(first, 1).status_code == 303
    before = contents(any_lesson.tool)
    answer = any_lesson.pick(second, 1)
    assert (fault_of(answer), answer.status_code) == ("name_taken", 409)
    assert "data-person" not in answer.text
    listed = second.get(f"/j/{any_lesson.code}").text
    assert len(re.findall(r'aria-disabled="true"', listed)) == 1
    assert 'method="post"' not in second.get(f"/j/{any_lesson.code}/{any_lesson.person(1)}").text
    assert contents(any_lesson.tool) == before


def test_the_same_phone_comes_back_to_its_seat(lesson: Lesson) -> None:
    browser = client(lesson)
    lesson.pick(browser, 1)
    again = lesson.pick(browser, 1)
    assert again.status_code == 303
    assert len(lesson.claims(1)) == 1


def test_two_phones_for_one_name_at_once_seat_one(any_lesson: Lesson) -> None:
    """Whoever comes second to the lock is told; nobody sits twice."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    person, path = any_lesson.person(1), any_lesson.code
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: client(any_lesson).post(f"/j/{path}/{person}", data=MODE).status_code, range(4)))
    assert sorted(said) == [303, 409, 409, 409]
    assert len(any_lesson.claims(1)) == 1


def test_released_by_the_teacher_a_name_is_free_and_the_old_phone_is_told(lesson: Lesson) -> None:
    lost, found = client(lesson), client(lesson)
    lesson.pick(lost, 1)
    pupil = Browser(lesson.tool, lost, _visit(lesson, lost))
    ticket = sit(pupil)["ticket"]
    down = frames(
        lesson.teacher,
        console(lesson.teacher, lesson.run_id),
        {"t": "steer", "id": "r-1", "action": "release", "participant": lesson.uid(1)},
    )
    assert [f["t"] for f in down if f["t"] in ("ack", "refuse")] == ["ack"]
    assert lesson.pick(found, 1).status_code == 303
    assert frames(pupil, ticket) == [{"t": "bye", "code": 4503}]
    again = lesson.pick(lost, 1)
    assert (fault_of(again), again.status_code) == ("name_taken", 409)


def test_a_seat_taken_again_after_the_teacher_freed_it_is_proved_by_word_alone(lesson: Lesson) -> None:
    browser = client(lesson)
    browser.get(f"/j/{lesson.code}?r={lesson.room_code()}")
    pupil = Browser(lesson.tool, browser, _visit(lesson, browser))
    sit(pupil)
    (claim,) = lesson.claims(1).values()
    assert (claim.mode, claim.proof) == ("room", "code")
    browser.delete_cookie(joining.ROOM_COOKIE)  # it lasts ten minutes
    freed = {"t": "steer", "id": "r-1", "action": "release", "participant": lesson.uid(1)}
    frames(lesson.teacher, console(lesson.teacher, lesson.run_id), freed)
    sit(pupil)
    (claim,) = lesson.claims(1).values()
    assert (claim.released, claim.mode, claim.proof) == (False, "room", "declared")


def test_who_went_home_is_put_back_into_the_room_by_a_new_scan_alone(lesson: Lesson, clock: Clock) -> None:
    """Not by a page that is opened again while the last scan is still fresh, and not by a tap."""

    def place() -> tuple[str, str]:
        (claim,) = lesson.claims(1).values()
        return claim.mode, claim.proof

    browser = client(lesson)
    browser.get(f"/j/{lesson.code}?r={lesson.room_code()}")
    pupil = Browser(lesson.tool, browser, _visit(lesson, browser))
    assert pupil.send("move", {"mode": "home"}).status_code == 200
    sit(pupil)
    assert place() == ("home", "declared")
    pupil.send("move", {"mode": "room"})
    assert place() == ("room", "declared")
    clock.wait(seconds=20)
    pupil.send("move", {"mode": "home"})
    browser.get(f"/j/{lesson.code}?r={lesson.room_code()}")
    sit(pupil)
    assert place() == ("room", "code")


def test_a_scan_that_was_said_on_the_page_is_spent(lesson: Lesson) -> None:
    browser = client(lesson)
    pupil = Browser(lesson.tool, browser, _visit(lesson, browser))
    browser.get(f"/j/{lesson.code}?r={lesson.room_code()}")
    pupil.send("move", {"mode": "room"})
    lesson.pick(browser, 2)
    proofs = [claim.proof for number in (1, 2) for claim in lesson.claims(number).values()]
    assert proofs == ["code", "declared"]


def _visit(lesson: Lesson, browser: FlaskClient) -> str:
    return lesson.pick(browser, 1).location.split("/")[2]


def test_a_phone_is_remembered_and_offered_its_own_name_alone(any_lesson: Lesson) -> None:
    browser = client(any_lesson)
    any_lesson.pick(browser, 2)
    any_lesson.teacher.post(f"runs/{any_lesson.run_id}/end")
    any_lesson.run_id = any_lesson.tool.start(any_lesson.teacher, SINGLE)
    with any_lesson.tool.inside():
        any_lesson.code = db.session.get_one(LessonRun, any_lesson.run_id).code or ""
    offered = browser.get(f"/j/{any_lesson.code}").text
    assert PUPILS[1] in offered
    assert PUPILS[0] not in offered
    assert PUPILS[0] in browser.get(f"/j/{any_lesson.code}?all=1").text
    assert PUPILS[0] in client(any_lesson).get(f"/j/{any_lesson.code}").text
    browser.post(f"/j/{any_lesson.code}/not-me")
    assert PUPILS[0] in browser.get(f"/j/{any_lesson.code}").text


# --- tự nhận --------------------------------------------------------------------------------------------------------


def standing(lesson: Lesson, number: int) -> list[Standing]:
    return sorted(c.standing for c in lesson.claims(number).values() if not c.released)


def scores(lesson: Lesson) -> dict[str, str | None]:
    lesson.tool.jobs().round()
    with lesson.tool.inside():
        stored = reader.snapshot_of(db.session.connection(), lesson.run_id)
        assert stored
        return {uid: result.score for uid, result in stored.snapshot.pupils.items() if result.score}


def answer_as(lesson: Lesson, pupil: Browser) -> None:
    with lesson.tool.inside():
        current = live.state_of(lesson.run_id).current
    if current is None:
        press(lesson.teacher, lesson.run_id)
        with lesson.tool.inside():
            current = live.state_of(lesson.run_id).current
    assert submit(pupil, str(current), "C")["t"] == "ack"


def test_a_picked_name_scores_nothing_until_the_teacher_vouches_for_all_at_once(any_lesson: Lesson) -> None:
    for number in (1, 2):
        answer_as(any_lesson, by_code(any_lesson.tool, any_lesson.code, any_lesson.person(number)))
        assert standing(any_lesson, number) == [Standing.PICKED]
    any_lesson.teacher.post(f"runs/{any_lesson.run_id}/end")
    assert scores(any_lesson) == {}
    assert any_lesson.teacher.post(f"runs/{any_lesson.run_id}/confirm").status_code == 303
    assert [standing(any_lesson, n) for n in (1, 2)] == [[Standing.CONFIRMED]] * 2
    assert set(scores(any_lesson)) == {any_lesson.uid(1), any_lesson.uid(2)}


def test_an_lms_launch_takes_the_name_from_whoever_picked_it(any_lesson: Lesson) -> None:
    """The picked work is not shown to the real one, and not counted for them."""
    stranger = by_code(any_lesson.tool, any_lesson.code, any_lesson.person(1))
    answer_as(any_lesson, stranger)
    real = any_lesson.tool.pupil(1)
    seat = sit(real)
    assert not seat["is_picked"]
    (welcome, *_) = frames(real, seat["ticket"])
    assert welcome["me"].get("responses", {}) in ({}, [])
    assert Standing.LAUNCHED in standing(any_lesson, 1)


def test_the_own_browsers_launch_claims_its_own_pick(any_lesson: Lesson) -> None:
    picked = by_code(any_lesson.tool, any_lesson.code, any_lesson.person(1))
    answer_as(any_lesson, picked)
    from tests.lti_tool.platform import LEARNER, LTI  # noqa: PLC0415

    same = Browser(any_lesson.tool, picked.client).launch(
        sub="pupil-1", name=PUPILS[0], family_name=None, given_name=None, **{f"{LTI}roles": [LEARNER]}
    )
    assert not sit(same)["is_picked"]
    assert standing(any_lesson, 1) == [Standing.LAUNCHED]
    any_lesson.teacher.post(f"runs/{any_lesson.run_id}/end")
    assert set(scores(any_lesson)) == {any_lesson.uid(1)}


def test_nobody_is_let_in_while_the_teacher_admits_nobody(lesson: Lesson) -> None:
    frames(
        lesson.teacher,
        console(lesson.teacher, lesson.run_id),
        {"t": "steer", "id": "a-1", "action": "admit", "admitting": False},
    )
    before = contents(lesson.tool)
    answer = lesson.pick(client(lesson), 1)
    assert (fault_of(answer), answer.status_code) == ("not_admitting", 403)
    assert contents(lesson.tool) == before


def test_a_pupil_who_was_taken_off_the_list_is_no_name_any_more(lesson: Lesson) -> None:
    lesson.teacher.post("roster/paste", names="Vũ Minh Khôi")
    with lesson.tool.inside():
        person = db.session.query(Person).filter_by(name="Vũ Minh Khôi").one().id
    lesson.teacher.post("roster/leave-out", person=person)
    answer = client(lesson).post(f"/j/{lesson.code}/{person}", data=MODE)
    assert (fault_of(answer), answer.status_code) == ("name_unknown", 404)


def test_a_name_that_comes_while_the_lesson_goes_on_is_at_the_door_and_of_the_class(lesson: Lesson) -> None:
    """Whoever leaves the list meanwhile stands in the lesson's attendance with what they did."""
    lesson.teacher.post("roster/paste", names="Vũ Minh Khôi")
    with lesson.tool.inside():
        person = db.session.query(Person).filter_by(name="Vũ Minh Khôi").one().id
    browser = client(lesson)
    assert "Vũ Minh Khôi" in browser.get(f"/j/{lesson.code}?all=1").text
    assert browser.post(f"/j/{lesson.code}/{person}", data=MODE).status_code == 303
    lesson.teacher.post("roster/leave-out", person=person)
    lesson.teacher.post(f"runs/{lesson.run_id}/confirm")
    lesson.tool.jobs().round()
    page = lesson.teacher.get(f"runs/{lesson.run_id}/attendance?all=1").text
    assert page.count("Vũ Minh Khôi</b>") == 1
