"""`POST /live/frames`: the whole lesson without a socket, and everything that must not get through it."""

import json
from typing import Any

import pytest

from analytics import reader
from live_session.events import PresenceSeen
from live_session.model import Role, Screen
from live_session.ticket import LIFETIME_MS, Ticket
from lti_tool import live
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models import LaunchVisit, LessonRun
from lti_tool.pages.polling import FORGET_AFTER_MS, Pollers
from lti_tool.site import site
from tests.lti_tool.conftest import Clock
from tests.lti_tool.school import by_code, console, frames, press, sit
from tests.lti_tool.tool import NUMBER, OPEN, SINGLE, Browser, Tool
from tests.lti_tool.witness import contents

Frame = dict[str, Any]


class Lesson:
    """A lesson of three questions with the first one open, a teacher's console and two phones, all polling."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        self.teacher = tool.set_up()
        self.run_id = tool.start(self.teacher, SINGLE, NUMBER, OPEN)
        self.pupil, self.other = tool.pupil(1), tool.pupil(2)
        self.ticket, self.other_ticket = sit(self.pupil)["ticket"], sit(self.other)["ticket"]
        press(self.teacher, self.run_id)
        with tool.inside():
            self.ids = [a.id for a in live.state_of(self.run_id).deck]
            self.uid = tool.person("pupil-1").uid

    def answer(self, **changes: Any) -> Frame:
        frame = {
            "t": "submit", "id": "answer-1", "activity": self.ids[0], "round": 1, "value": "C", "composed_at": 1,
        }  # fmt: skip
        return {**frame, **changes}

    def say(self, *sent: Frame, ticket: str = "") -> list[Frame]:
        """What answers these frames, without the welcome."""
        return [
            f for f in frames(self.pupil, ticket or self.ticket, *sent) if f["t"] in ("ack", "refuse", "bye", "pong")
        ]

    def responses(self) -> dict[str, Any]:
        with self.tool.inside():
            state = live.state_of(self.run_id)
            return {who: r.value for given in state.responses.values() for who, r in given.items()}


@pytest.fixture
def lesson(tool: Tool) -> Lesson:
    return Lesson(tool)


@pytest.fixture
def any_lesson(any_tool: Tool) -> Lesson:
    return Lesson(any_tool)


def test_a_poll_says_how_long_the_page_was_looked_at(lesson: Lesson, clock: Clock) -> None:
    frames(lesson.pupil, lesson.ticket)
    clock.wait(minutes=3)
    frames(lesson.pupil, lesson.ticket, awake=120_000)
    clock.wait(minutes=1)
    frames(lesson.pupil, lesson.ticket)
    with lesson.tool.inside():
        log = reader.read_log(db.session.connection(), lesson.run_id)
    said = [one.event.awake[lesson.uid] for one in log if isinstance(one.event, PresenceSeen) and one.event.awake]
    assert [last - first for first, last in said] == [120_000]


def test_a_silence_between_two_polls_is_no_presence(lesson: Lesson, clock: Clock) -> None:
    """Nobody else polls meanwhile, and so nobody notes the last sign before it."""
    for ms in (0, 15_000, 1_200_000, 15_000, 60_000):
        clock.ms += ms
        frames(lesson.pupil, lesson.ticket)
    with lesson.tool.inside():
        log = reader.read_log(db.session.connection(), lesson.run_id)
    seen = [one.event.seen[lesson.uid] for one in log if isinstance(one.event, PresenceSeen)]
    assert [last - first for first, last in seen] == [15_000, 15_000]


def test_a_lesson_that_comes_back_after_an_hour_is_not_forgotten_by_anothers_poll() -> None:
    """Between the first sign and its note somebody else's note may tidy up."""
    pollers = Pollers()
    pollers.hear("run-1", "pupil-1", 1)
    pollers.hear("run-2", "pupil-2", 1)
    moment = 1 + FORGET_AFTER_MS
    assert pollers.is_due("run-1", moment)
    pollers.drain("run-2", moment)
    assert pollers.drain("run-1", moment).seen == {}


def test_a_whole_lesson_is_played_by_polling(any_lesson: Lesson) -> None:
    one = any_lesson
    (welcome,) = frames(one.pupil, one.ticket)
    assert welcome["state"]["activity"]["id"] == one.ids[0]
    assert [f["t"] for f in frames(one.pupil, one.ticket, one.answer())] == ["welcome", "ack", "state"]
    (again, *_) = frames(one.pupil, one.ticket)
    assert "answer-1" in again["acked"]
    for _ in range(4):  # lock, distribution, key, the next question
        press(one.teacher, one.run_id)
    (after, *_) = frames(one.pupil, one.ticket)
    assert after["seq"] > welcome["seq"]
    gauges = [f for f in frames(one.teacher, console(one.teacher, one.run_id)) if f["t"] == "gauge"]
    assert len(gauges) == 1
    assert one.responses() == {one.uid: "C"}


def test_the_same_answer_again_gets_its_first_outcome(any_lesson: Lesson) -> None:
    first = any_lesson.say(any_lesson.answer())
    before = contents(any_lesson.tool)
    assert any_lesson.say(any_lesson.answer()) == first
    assert any_lesson.say(any_lesson.answer(value="A")) == first  # the id says which answer it was
    assert contents(any_lesson.tool) == before


def test_what_is_known_is_not_sent_again(lesson: Lesson) -> None:
    (welcome,) = frames(lesson.pupil, lesson.ticket)
    hello = {"t": "hello", "ticket": lesson.ticket, "device": "d", "locale": "vi", "epoch": welcome["epoch"],
             "seq": welcome["seq"]}  # fmt: skip
    (short,) = lesson.pupil.client.post("/live/frames", json=[hello]).json
    assert "state" not in short


def test_the_form_speaks_the_language_of_whoever_answers(lesson: Lesson) -> None:
    def asked(locale: str) -> str:
        hello = {"t": "hello", "ticket": lesson.ticket, "device": "d", "locale": locale}
        (welcome,) = lesson.pupil.client.post("/live/frames", json=[hello]).json
        html: str = welcome["state"]["activity"]["html"]
        return html

    assert "Chọn một đáp án" in asked("vi")
    assert "Chọn một đáp án" not in asked("en")
    assert asked("xx") == asked("vi"), "the lesson's own"


REFUSED: dict[str, tuple[str, Frame]] = {
    "a question that is not open": ("not_open", {"activity": "{1}"}),
    "a round that was not asked": ("not_open", {"round": 7}),
    "an unknown question": ("unknown_activity", {"activity": "nothing"}),
    "another lesson's question": ("unknown_activity", {"activity": "{foreign}"}),
    "an option that is none": ("invalid_value", {"value": "Z"}),
    "a list for a letter": ("invalid_value", {"value": ["C"]}),
    "an object for a letter": ("invalid_value", {"value": {"C": 1}}),
    "nothing": ("invalid_value", {"value": None}),
    "a text without end": ("too_large", {"value": "x" * 1_000_000}),
    "a list without end": ("too_large", {"value": ["C"] * 20_000}),
    "script": ("invalid_value", {"value": "<script>alert(1)</script>"}),
    "time in words": ("invalid_value", {"composed_at": "now"}),
}


@pytest.mark.parametrize(("code", "changes"), REFUSED.values(), ids=REFUSED.keys())
def test_an_answer_that_is_none_is_refused_by_its_id_and_changes_nothing(
    lesson: Lesson, code: str, changes: Frame
) -> None:
    foreign = lesson.tool.lesson(SINGLE, title="Bài khác")
    changes = {
        name: value.replace("{1}", lesson.ids[1]).replace("{foreign}", foreign) if isinstance(value, str) else value
        for name, value in changes.items()
    }
    before = contents(lesson.tool)
    (said,) = lesson.say(lesson.answer(**changes))
    assert (said["t"], said["re"], said["code"]) == ("refuse", "answer-1", code)
    assert contents(lesson.tool) == before
    assert [f["t"] for f in lesson.say(lesson.answer(id="answer-2"))] == ["ack"]  # the phone goes on


@pytest.mark.parametrize(
    "action",
    ["next", "close", "open", "reveal", "end", "admit", "release", "confirm", "extend", "reopen", "reask", "ask"],
)
def test_a_pupil_steers_nothing(lesson: Lesson, action: str) -> None:
    frame = {"t": "steer", "id": "s-1", "action": action, "activity": lesson.ids[0], "what": "key", "seconds": 30,
             "participant": lesson.uid, "admitting": False, "after": lesson.ids[0], "quick": "abcd"}  # fmt: skip
    before = contents(lesson.tool)
    (said,) = lesson.say(frame)
    assert (said["t"], said["re"]) == ("refuse", "s-1")
    assert said["code"] == "forbidden"
    assert contents(lesson.tool) == before


def test_an_unknown_press_is_refused_by_its_id(lesson: Lesson) -> None:
    before = contents(lesson.tool)
    down = frames(
        lesson.teacher, console(lesson.teacher, lesson.run_id), {"t": "steer", "id": "s-1", "action": "<script>"}
    )
    assert [(f["re"], f["code"]) for f in down if f["t"] == "refuse"] == [("s-1", "invalid_value")]
    assert contents(lesson.tool) == before


def test_a_teacher_answers_nothing(lesson: Lesson) -> None:
    before = contents(lesson.tool)
    down = frames(lesson.teacher, console(lesson.teacher, lesson.run_id), lesson.answer())
    assert [f["code"] for f in down if f["t"] == "refuse"] == ["forbidden"]
    assert contents(lesson.tool) == before


# --- tickets --------------------------------------------------------------------------------------------------------


def test_a_ticket_opens_its_own_lesson_alone(lesson: Lesson) -> None:
    """The ticket of a lesson that is over shows that one and answers nothing in the next."""
    lesson.teacher.post(f"runs/{lesson.run_id}/end")
    run_id = lesson.tool.start(lesson.teacher, SINGLE)
    press(lesson.teacher, run_id)
    with lesson.tool.inside():
        new = live.state_of(run_id).deck[0].id
    before = contents(lesson.tool)
    (said,) = lesson.say(lesson.answer(activity=new))
    assert (said["t"], said["code"]) == ("refuse", "unknown_activity")
    assert contents(lesson.tool) == before


@pytest.mark.parametrize("how", ["forged", "empty", "another purpose", "a teacher's made of a pupil's", "half"])
def test_a_ticket_that_is_not_ours_opens_nothing(lesson: Lesson, how: str) -> None:
    body, _, signature = lesson.ticket.rpartition(".")
    ticket = {
        "forged": f"{body}.{'A' * len(signature)}",
        "empty": "",
        "another purpose": lesson.pupil.token,
        "a teacher's made of a pupil's": f"{console(lesson.teacher, lesson.run_id).rpartition('.')[0]}.{signature}",
        "half": body,
    }[how]
    before = contents(lesson.tool)
    assert frames(lesson.pupil, ticket, lesson.answer()) == [{"t": "bye", "code": 4500}]
    assert contents(lesson.tool) == before


def test_an_old_ticket_is_told_to_fetch_a_new_one(lesson: Lesson, clock: Clock) -> None:
    clock.ms += LIFETIME_MS + 60_000
    before = contents(lesson.tool)
    assert frames(lesson.pupil, lesson.ticket, lesson.answer()) == [{"t": "bye", "code": 4003}]
    assert contents(lesson.tool) == before


def test_a_ticket_of_a_run_that_is_gone_opens_nothing(lesson: Lesson) -> None:
    with lesson.tool.inside():
        claim = db.session.get_one(LaunchVisit, lesson.pupil.visit).claim
        gone = Ticket("0" * 20, Role.PUPIL, Screen.PHONE, lesson.uid, claim, now() + 60_000)
        ticket = site().tickets.sign(gone)
    assert frames(lesson.pupil, ticket, lesson.answer()) == [{"t": "bye", "code": 4500}]


def test_one_pupils_ticket_shows_nothing_of_anothers(lesson: Lesson) -> None:
    lesson.say(lesson.answer(value="B"))
    for _ in range(3):
        press(lesson.teacher, lesson.run_id)
    seen = json.dumps(frames(lesson.other, lesson.other_ticket))
    assert lesson.uid not in seen
    assert "Đặng" not in seen
    assert '"acked": ["answer-1"]' not in seen


def test_the_key_is_in_no_poll_before_it_is_shown(tool: Tool) -> None:
    teacher = tool.set_up()
    run_id = tool.start(teacher, {**NUMBER, "content": {"prompt": "Bao nhiêu?", "answer": "7294651"}})
    pupil = tool.pupil(1)
    ticket = sit(pupil)["ticket"]
    press(teacher, run_id)
    assert "7294651" not in json.dumps(frames(pupil, ticket))
    assert "7294651" not in pupil.get("lesson").text
    press(teacher, run_id)
    assert "7294651" not in json.dumps(frames(pupil, ticket))


# --- bytes that are no frames ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"[7]", b"null", b"[[[", b"\xff\xfe", b'[{"t":"submit"}]', b'[{"t":"hello"}]', b"[" * 60_000,
     b'["' + b"x" * 100_000 + b'"]', b'[{"t":"hello","ticket":7,"device":"d","locale":"vi"}]'],
    ids=lambda b: str(b[:24]),
)  # fmt: skip
def test_bytes_that_are_no_frames_are_bid_goodbye(lesson: Lesson, body: bytes) -> None:
    before = contents(lesson.tool)
    answer = lesson.pupil.client.post("/live/frames", data=body)
    assert answer.status_code == 200
    assert [f["t"] for f in answer.json] == ["bye"]
    assert answer.json[0]["code"] >= 4500
    assert contents(lesson.tool) == before


def test_a_bad_frame_among_good_ones_stops_there_and_keeps_what_was_said(lesson: Lesson) -> None:
    down = lesson.say(lesson.answer(), {"t": "nonsense"}, lesson.answer(id="answer-2", value="A"))
    assert [f["t"] for f in down if f["t"] == "ack"] == ["ack"]
    assert lesson.responses() == {lesson.uid: "C"}


def test_no_more_than_sixty_frames_at_once(lesson: Lesson) -> None:
    pings = [{"t": "ping", "sent_at": n} for n in range(100)]
    assert len([f for f in lesson.say(*pings) if f["t"] == "pong"]) == 59  # the hello is one


def test_a_seat_given_to_another_phone_is_told_so(lesson: Lesson) -> None:
    with lesson.tool.inside():
        code = db.session.get_one(LessonRun, lesson.run_id).code
        person = lesson.tool.person("pupil-3").id
    picked: Browser = by_code(lesson.tool, str(code), person)
    ticket = sit(picked)["ticket"]
    with lesson.tool.inside():
        uid = lesson.tool.person("pupil-3").uid
    frames(lesson.teacher, console(lesson.teacher, lesson.run_id), {
        "t": "steer", "id": "r-1", "action": "release", "participant": uid,
    })  # fmt: skip
    before = contents(lesson.tool)
    assert frames(picked, ticket, lesson.answer()) == [{"t": "bye", "code": 4503}]
    assert contents(lesson.tool) == before


def test_a_flood_over_many_polls_is_limited_as_over_one_socket(lesson: Lesson) -> None:
    """A new poll is no new bucket; and the others of the class have their own."""
    outcomes = [
        frame
        for n in range(4)
        for frame in lesson.say(*(lesson.answer(id=f"flood-{n}-{m}") for m in range(25)))
        if frame["t"] in ("ack", "refuse")
    ]
    assert {f["code"] for f in outcomes if f["t"] == "refuse"} == {"rate_limited"}
    assert all(f["retry_after"] > 0 for f in outcomes if f["t"] == "refuse")
    assert 30 <= [f["t"] for f in outcomes].count("ack") < 75
    assert "ack" in [f["t"] for f in frames(lesson.other, lesson.other_ticket, lesson.answer(id="other"))]
