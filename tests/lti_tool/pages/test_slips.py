"""Slips: the way home for pupils of a pasted list. One opens its own pupil's work, and nothing else, until it ends."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.extensions import db
from lti_tool.lessons import practices, roster, slips
from lti_tool.models import AccessEntry, LaunchVisit, Person, PupilSlip
from lti_tool.privacy import person as personal
from lti_tool.secret import SPOKEN, as_typed, fingerprint, written_secret
from tests.lti_tool.conftest import Clock
from tests.lti_tool.pages.test_practices import Phone, give
from tests.lti_tool.school import by_slip, slip_for
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool

PASTED = ("Vũ Minh Khôi", "Phạm Thu Trang")


def school(tool: Tool) -> tuple[Browser, str, list[int]]:
    """A teacher whose list was pasted, the work given to it, and the pupils' ids in the order of `PASTED`."""
    teacher = tool.set_up(2)
    assert teacher.post("roster/paste", names="\n".join(PASTED)).status_code == 303
    given = give(tool, teacher)
    with tool.inside():
        ids = {pupil.name: pupil.person_id for pupil in roster.pupils(tool.course().id)}
    return teacher, given, [ids[name] for name in PASTED]


def opened(tool: Tool, secret: str) -> int:
    """What the door says to an empty browser."""
    return tool.browser().client.post("/me", data={"k": secret}).status_code


def test_a_pasted_pupil_does_the_work_at_home_and_it_counts_as_theirs(any_tool: Tool, clock: Clock) -> None:
    tool = any_tool
    teacher, work, (khoi, trang) = school(tool)
    page = teacher.get("slips").text
    assert page.count("Chưa có phiếu") == 4
    assert set(re.findall(r'value="(\d+)" checked', page)) == {str(khoi), str(trang)}, "whom no LMS knows"
    pupil = by_slip(teacher, khoi)
    own = pupil.get("practice").text
    assert "Hệ thức Vi-ét" in own
    assert PASTED[0] in own
    phone = Phone(pupil, work)
    assert phone.answer(0, "C", clock.ms) == "accepted"
    assert phone.answer(1, "Em hiểu rồi", clock.ms) == "accepted"
    heard = phone.heard + own + pupil.get("lesson").text
    assert not [name for name in (*PUPILS, PASTED[1]) if name in heard], "nobody else is named"
    with tool.inside():
        given = practices.of_course(tool.course().id)[0]
        lines = {one.pupil.name: one.work for one in practices.lines(given, practices.live.state_of(given.run_id))}
    assert (lines[PASTED[0]].is_finished, lines[PASTED[0]].is_trusted) == (True, True)
    assert not lines[PASTED[1]].answered
    assert "Dùng lần cuối" in teacher.get("slips").text
    other = by_slip(teacher, trang)
    assert Phone(other, work).results == {}, "an own seat, an own start"


def test_of_slips_made_at_once_for_one_pupil_one_opens(any_tool: Tool) -> None:
    """The paper that lies in the printer must be the one that opens, and the only one."""
    teacher, _, (khoi, _) = school(any_tool)
    windows = [teacher, *(any_tool.teacher() for _ in range(3))]
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda window: window.post("slips", person=[str(khoi)]).text, windows))
    secrets = [re.findall(r"<code>([0-9A-Z-]{19})</code>", page)[0] for page in pages]
    assert sorted(opened(any_tool, one) for one in secrets) == [303, 404, 404, 404]


def test_a_slip_is_shown_once_and_kept_as_a_fingerprint(tool: Tool) -> None:
    teacher, _, (khoi, trang) = school(tool)
    answer = teacher.post("slips", person=[str(khoi), str(trang)])
    assert answer.headers["Cache-Control"] == "no-store"
    secrets = re.findall(r"<code>([0-9A-Z-]{19})</code>", answer.text)
    assert len(set(secrets)) == 2
    assert all(f"/me#k={as_typed(one)}" not in answer.text for one in secrets), "in the QR code, not in the text"
    assert not [one for one in secrets if one in teacher.get("slips").text]
    with tool.inside():
        rows = db.session.query(PupilSlip).all()
        assert {row.fingerprint for row in rows} == {fingerprint(as_typed(one)) for one in secrets}
        made = db.session.query(AccessEntry).filter(AccessEntry.action == "slip.made").all()
        assert {entry.subject_id for entry in made} == {khoi, trang}


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s[:-1],
        lambda s: s + "0",
        lambda s: "",
        lambda s: s[::-1],
        lambda s: "x" * 5_000,
        lambda s: fingerprint(as_typed(s)),
        lambda s: "' OR 1=1 --",
        lambda s: "０" * 16,
    ],
)
def test_a_forged_secret_opens_nothing_and_is_not_shown_again(tool: Tool, change: object) -> None:
    teacher, _, (khoi, _) = school(tool)
    secret = change(slip_for(teacher, khoi))  # type: ignore[operator]
    answer = tool.browser().client.post("/me", data={"k": secret})
    assert answer.status_code == 404
    assert "Mã sai, đã hết hạn hoặc đã huỷ" in answer.text
    assert not secret or secret not in answer.text
    with tool.inside():
        assert db.session.query(PupilSlip).one().used_at is None


def test_wrong_secrets_count_by_browser_like_wrong_codes(tool: Tool) -> None:
    teacher, _, (khoi, _) = school(tool)
    secret = slip_for(teacher, khoi)
    guesser = tool.browser().client
    said = [guesser.post("/me", data={"k": written_secret()}).status_code for _ in range(11)]
    assert said == [404] * 10 + [429]
    assert guesser.post("/me", data={"k": secret}).status_code == 429, "not even the right one now"
    assert opened(tool, secret) == 303, "another browser is not kept out"


def test_a_slip_ends_by_a_press_and_takes_along_what_it_opened(tool: Tool, clock: Clock) -> None:
    teacher, work, (khoi, trang) = school(tool)
    secret = slip_for(teacher, khoi)
    thief = tool.browser()
    thief.visit = thief.client.post("/me", data={"k": secret}).location.split("/")[2]
    phone, classmate = Phone(thief, work), Phone(by_slip(teacher, trang), work)
    assert teacher.post("slips/revoke", person=str(khoi)).status_code == 303
    assert opened(tool, secret) == 404
    assert thief.get("practice").status_code in (403, 404)
    assert thief.send(f"practice/{work}/ticket", {}).status_code in (403, 404)
    down = phone.say({"t": "ping", "sent_at": 1})
    assert [frame for frame in down if frame["t"] == "welcome"] == [], "a ticket from before speaks no more"
    assert classmate.answer(0, "C", clock.ms) == "accepted"


def test_a_newer_slip_ends_the_earlier_one_of_that_pupil_only(tool: Tool) -> None:
    teacher, _, (khoi, trang) = school(tool)
    first, other, second = slip_for(teacher, khoi), slip_for(teacher, trang), slip_for(teacher, khoi)
    assert (opened(tool, first), opened(tool, other), opened(tool, second)) == (404, 303, 303)


def test_a_slip_ends_with_the_term_and_with_leaving_the_list(tool: Tool, clock: Clock) -> None:
    teacher, _, (khoi, trang) = school(tool)
    leaver, stayer = slip_for(teacher, khoi), slip_for(teacher, trang)
    assert teacher.post("roster/leave-out", person=str(khoi)).status_code == 303
    assert (opened(tool, leaver), opened(tool, stayer)) == (404, 303)
    with tool.inside():
        left = db.session.query(PupilSlip).filter(PupilSlip.person_id == trang).one().expires_at - clock.ms
    clock.wait(seconds=left / 1_000 - 1)
    assert opened(tool, stayer) == 303
    clock.wait(seconds=2)
    assert opened(tool, stayer) == 404


def test_a_slip_opens_no_profile_and_no_other_pupils_work(tool: Tool) -> None:
    teacher, _, (khoi, _) = school(tool)
    pupil = by_slip(teacher, khoi)
    assert pupil.get("profile").status_code == 403
    assert "/profile" not in pupil.get("lesson").text + pupil.get("practice").text
    teachers = ("slips", "roster", "class", "marks")
    assert {pupil.get(path).status_code for path in teachers} == {403}


def test_in_a_lesson_the_teacher_vouches_for_who_came_by_a_slip(tool: Tool) -> None:
    teacher, _, (khoi, _) = school(tool)
    tool.start(teacher, SINGLE)
    seat = by_slip(teacher, khoi).send("sit", {}).json["seat"]
    assert seat["is_picked"] is True


def test_closing_it_on_a_shared_device_closes_it_for_the_next_one(tool: Tool) -> None:
    teacher, work, (khoi, _) = school(tool)
    pupil = by_slip(teacher, khoi)
    Phone(pupil, work)
    assert pupil.post("done").location.endswith("/me")
    assert pupil.get("practice").status_code in (403, 404)
    launched = tool.pupil(1)
    assert launched.post("done").status_code == 303, "who came through the LMS stays"
    assert launched.get("practice").status_code == 200


def test_a_slip_is_of_one_course(tool: Tool) -> None:
    teacher, work, (khoi, _) = school(tool)
    elsewhere = tool.browser().launch(
        sub="teacher-2",
        **{"https://purl.imsglobal.org/spec/lti/claim/context": {"id": "course-2", "label": "8B", "title": "Toán 8B"}},
    )
    assert elsewhere.post("slips", person=str(khoi)).status_code == 400
    assert elsewhere.post("slips/revoke", person=str(khoi)).status_code == 404
    pupil = by_slip(teacher, khoi)
    assert pupil.get(f"practice/{work}").status_code == 200
    with tool.inside():
        assert db.session.get_one(LaunchVisit, pupil.visit).context_id == tool.course().id


def test_erasing_a_pupil_takes_the_slip_and_the_copy_holds_no_secret(tool: Tool) -> None:
    teacher, _, (khoi, _) = school(tool)
    secret = slip_for(teacher, khoi)
    with tool.inside():
        pupil = db.session.get_one(Person, khoi)
        copy = personal.export(pupil)
        assert "fingerprint" not in copy["pupil_slip"][0]
        personal.erase(pupil)
    with tool.inside():
        assert db.session.query(PupilSlip).count() == 0
    assert opened(tool, secret) == 404


def test_the_door_shows_nothing_by_itself(tool: Tool) -> None:
    school(tool)
    page = tool.browser().client.get("/me").text
    assert "js/door.js" in page
    assert not [name for name in (*PUPILS, *PASTED) if name in page]


# --- pure -----------------------------------------------------------------------------------------------------------


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_slips_end_with_a_term_never_before_they_are_made(day: date) -> None:
    last = slips.ends_on(day)
    assert 0 <= (last - day).days <= 200
    assert (last.month, last.day) in slips.LAST_DAYS
    assert slips.ends_on(last) == last


@given(st.text(SPOKEN, min_size=16, max_size=16), st.sampled_from(["-", " ", "", "–"]))
def test_what_is_read_from_paper_may_be_typed_as_one_likes(secret: str, between: str) -> None:
    spelled = between.join(secret[at : at + 4] for at in range(0, 16, 4))
    for typed in (spelled, spelled.lower(), spelled.replace("0", "O").replace("1", "l")):
        assert as_typed(typed) == secret
