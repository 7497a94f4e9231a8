"""Work at the pupils' own pace: given, done and followed; and catch-up, which makes nobody present."""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from analytics import pool, reader
from analytics.attendance import Status
from analytics.mastery import ledger
from analytics.pool import Origin
from live_session.commands import Open
from lti_tool.clock import local, school_year
from lti_tool.extensions import db
from lti_tool.jobs import STILL_MS
from lti_tool.lessons import practices
from lti_tool.lessons.courses import scope_of
from lti_tool.models import Course, Lesson, LessonRun
from lti_tool.models.base import new_uid
from lti_tool.pages.attendance import decisions
from tests.analytics.teaching import end, pass_minutes, store
from tests.live_session.build import Book, activity, start
from tests.lti_tool.conftest import Clock
from tests.lti_tool.school import frames
from tests.lti_tool.tool import OPEN, SINGLE, Browser, Tool
from tests.lti_tool.witness import fault_of

SECRET = "BECAUSE-both"
TOLD: dict[str, Any] = {
    **SINGLE,
    "objective": "Giải phương trình",
    "content": {**SINGLE["content"], "explanation": SECRET},
}


def give(tool: Tool, teacher: Browser, *activities: Mapping[str, Any], **form: Any) -> str:
    """Give a lesson of these, or of two activities, to the class; where it is."""
    lesson = tool.lesson(*activities or (TOLD, OPEN))
    with tool.inside():
        prepared = db.session.scalars(select(Lesson).where(Lesson.uid == lesson)).one()
        ids = [one.uid for one in prepared.activities]
    answer = teacher.post("practice/new", lesson=lesson, activity=ids, **form)
    assert answer.status_code == 303, answer.text
    return id_of(answer.location)


def id_of(address: str) -> str:
    return str(address).split("/practice/")[1].split("/")[0]


class Phone:
    """A pupil at the page of one work, polling; every byte that came down is kept."""

    def __init__(self, pupil: Browser, given: str) -> None:
        self.pupil, self.given = pupil, given
        self.heard = pupil.get(f"practice/{given}").text
        sat = pupil.send(f"practice/{given}/sit", {})
        assert sat.status_code == 200, sat.text
        self.heard += sat.text + pupil.get(f"practice/{given}").text
        self.seat = sat.json["seat"]
        self.deck = [one["id"] for one in self.seat["alone"]["deck"]]

    def say(self, *sent: dict[str, Any]) -> list[dict[str, Any]]:
        down = frames(self.pupil, self.seat["ticket"], *sent)
        self.heard += str(down)
        return down

    def answer(self, place: int, value: Any, composed_at: int) -> str:
        one = {
            "t": "submit", "id": new_uid(), "activity": self.deck[place], "round": 1, "value": value,
            "composed_at": composed_at,
        }  # fmt: skip
        return next(str(f.get("outcome") or f["code"]) for f in self.say(one) if f["t"] in ("ack", "refuse"))

    def look(self, place: int) -> None:
        self.say({"t": "signal", "id": new_uid(), "action": "look", "activity": self.deck[place]})

    @property
    def results(self) -> dict[str, Any]:
        (welcome, *_) = self.say()
        return {one["activity"]: one for one in welcome["me"].get("results", ())}


def test_a_profile_lists_what_was_given_and_how_far_the_pupil_is(tool: Tool, clock: Clock) -> None:
    """What a job has counted is read from there; what somebody works on just now, from its log."""
    teacher = tool.set_up(2)
    done, begun, unbegun = (give(tool, teacher) for _ in range(3))
    with tool.inside():
        who = tool.person("pupil-1").uid
    for given, places in ((done, (0, 1)), (begun, (0,))):
        phone = Phone(tool.pupil(1), given)
        for place in places:
            assert phone.answer(place, "C" if place == 0 else "Vì tổng bằng 5", clock.ms) == "accepted"
    teacher.post(f"practice/{done}/close")
    tool.jobs().round()
    for browser, page in ((tool.pupil(1), "profile"), (teacher, f"profile/{who}")):
        card = browser.get(page).text.partition('id="alone"')[2].partition("</section>")[0]
        rows = re.findall(r'/practice/(\w+)[/\w]*">.*?<p>(.*?)</p>', card)
        told = {given: re.sub("<[^>]+>", "", said).strip() for given, said in rows}
        assert told == {done: "Đã làm xong", begun: "1/2 câu", unbegun: "Chưa bắt đầu"}
    other = tool.pupil(2).get("profile").text.partition('id="alone"')[2].partition("</section>")[0]
    assert other.count("Chưa bắt đầu") == 3
    assert f"/practice/{done}" not in other  # closed, and never begun: nothing stands there


def test_what_was_done_is_read_on_another_device_when_it_is_closed(tool: Tool, clock: Clock) -> None:
    """The profile leads there, and the seat is held by the phone that it was done on. Nobody else's is shown."""
    teacher = tool.set_up(2)
    given = give(tool, teacher)
    phone = Phone(tool.pupil(1), given)
    for place, value in ((0, "A"), (1, "Em còn vướng dấu")):
        assert phone.answer(place, value, clock.ms) == "accepted"
    teacher.post(f"practice/{given}/close")
    tool.jobs().round()
    laptop, classmate = tool.pupil(1), tool.pupil(2)
    page = laptop.get(f"practice/{given}", follow_redirects=True)
    assert page.status_code == 200
    assert "Em còn vướng dấu" in page.text
    assert "Chưa đúng" in page.text
    assert "Điểm" not in page.text.partition("<main")[2], "no score comes of it"
    with tool.inside():
        who = tool.person("pupil-1").uid
    assert fault_of(classmate.get(f"practice/{given}")) == "practice_closed"
    assert fault_of(classmate.get(f"work/{who}/of/{given}")) == "no_work"
    assert "Em còn vướng dấu" in teacher.get(f"work/{who}/of/{given}").text


def test_a_class_does_it_at_home_and_no_byte_tells_the_key_before_an_own_answer(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(2)
    given = give(tool, teacher)
    one, two = tool.pupil(1), tool.pupil(2)
    assert "Bài tự luyện của em (1)" in one.get("lesson").text
    assert "Hệ thức Vi-ét" in one.get("practice").text
    phone, other = Phone(one, given), Phone(two, given)
    assert phone.answer(0, "A", clock.ms) == "accepted"
    assert phone.results[phone.deck[0]]["is_right"] is False
    for heard in (phone.heard, other.heard):
        assert SECRET not in heard
        assert "'key'" not in heard
    phone.look(0)
    assert phone.results[phone.deck[0]]["key"]["options"] == ["C"]
    assert SECRET in phone.heard
    assert phone.answer(0, "C", clock.ms) == "no_attempts"
    other.say()
    assert SECRET not in other.heard
    clock.wait(hours=30)
    tablet = Phone(tool.pupil(1), given)
    assert tablet.answer(1, "Em còn vướng dấu", clock.ms) == "accepted"
    page = tool.teacher().get(f"practice/{given}/work").text
    assert "Em còn vướng dấu" in page
    assert "Xong ngày" in page
    assert "Em đã làm xong cả 2 câu" in tablet.pupil.get("practice").text


@pytest.mark.parametrize("naming", ["named", "pen", "none"])
def test_a_question_without_names_has_one_here_and_says_so(tool: Tool, naming: str) -> None:
    teacher = tool.set_up(1)
    asked = {**SINGLE, "terms": {"naming": naming}}
    lesson = tool.lesson(asked)
    says_so = naming != "named"
    assert ("ở đây thầy cô thấy tên" in teacher.get(f"practice/new?lesson={lesson}").text) is says_so
    phone = Phone(tool.pupil(1), give(tool, teacher, asked))
    form = phone.pupil.get(f"practice/{phone.given}").text
    assert ("thầy cô biết câu trả lời là của em" in phone.heard + form) is says_so
    assert "kể cả thầy cô" not in phone.heard + form


def test_late_is_told_to_the_teacher_and_refused_only_once_it_is_closed(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(1)
    with tool.inside():
        due = local(clock.ms + 3_600_000).strftime("%Y-%m-%dT%H:%M")
    given = give(tool, teacher, due=due)
    phone = Phone(tool.pupil(1), given)
    clock.wait(hours=2)
    assert phone.answer(0, "C", clock.ms) == "accepted"
    page = teacher.get(f"practice/{given}/work").text
    assert "Nộp muộn" in page
    assert fault_of(teacher.post(f"practice/{given}/due", due="2020-01-01T10:00")) == "practice_due"
    assert teacher.post(f"practice/{given}/close").status_code == 303
    clock.wait(minutes=1)
    assert phone.answer(1, "Sau khi đóng", clock.ms) == "late"
    assert "Sau khi đóng" not in teacher.get(f"practice/{given}/work").text
    assert "chưa có bài nào" in phone.pupil.get("practice").text
    assert teacher.post(f"practice/{given}/reopen").status_code == 303
    assert phone.answer(1, "Mở lại rồi", clock.ms) == "accepted"


def taught(tool: Tool, teacher: Browser, *there: int) -> str:
    """A lesson in which these pupils were, and answered; its activities are single choice."""
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        begun = db.session.get_one(LessonRun, run_id).started_at
        uids = [tool.person(f"pupil-{n}").uid for n in there]
        book = Book(begun).do(start((activity("single"),), begun)).seat(*uids)
        book.do(Open("q-single"))
        pass_minutes(book, 44, *uids)
        for uid in uids:
            book.answer(uid, "q-single", "C")
        store(db.session.connection(), end(book), run_id)
    tool.jobs().round()
    return run_id


def test_who_missed_a_lesson_makes_it_up_and_is_no_more_present_than_before(either_tool: Tool, clock: Clock) -> None:
    tool = either_tool
    teacher = tool.set_up(3)
    run_id = taught(tool, teacher, 1)
    assert teacher.post(f"runs/{run_id}/attendance", rest="absent").status_code == 303
    report = teacher.get(f"runs/{run_id}/report").text
    assert "2 em vắng" in report
    with tool.inside():
        second = tool.person("pupil-2")
        uid, person_id = second.uid, second.id
    pressed = teacher.post(f"practice/of/{run_id}", person=[str(person_id)])
    assert pressed.status_code == 303, pressed.text
    given = id_of(pressed.location)
    assert tool.pupil(1).get(f"practice/{given}").status_code == 404, "nobody else's"
    clock.wait(hours=24)
    phone = Phone(tool.pupil(2), given)
    assert phone.answer(0, "A", clock.ms) == "accepted"
    assert phone.answer(0, "C", clock.ms) == "replaced"
    clock.wait(seconds=STILL_MS / 1_000 + 1)
    tool.jobs().round()
    with tool.inside():
        snapshot = reader.snapshot_of(db.session.connection(), run_id)
        assert snapshot
        assert uid not in snapshot.snapshot.proposals
        assert decisions(run_id)[person_id].status == Status.ABSENT
        found = ledger.evidence(db.session.connection(), scope_of(tool.course().id), uid)
        assert [(one.run_id, one.share) for one in found] == [(given, 0.0)]
        assert set(practices.made_up(run_id)) == {uid}
    teacher = tool.teacher()
    sheet = teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert sheet.count("Đã học bù ngày") == 1
    again = teacher.post(f"practice/of/{run_id}", person=[str(person_id)])
    assert id_of(again.location) == given, "one for a lesson"


def test_a_catch_up_is_the_first_thing_on_its_pupils_page_until_it_is_done(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(3)
    run_id = taught(tool, teacher, 1)
    with tool.inside():
        people = [str(tool.person(f"pupil-{n}").id) for n in (2, 3)]
        due = local(clock.ms + 3_600_000).strftime("%Y-%m-%dT%H:%M")
    given = id_of(teacher.post(f"practice/of/{run_id}", person=people).location)
    assert "Việc cần làm" not in tool.pupil(1).get("lesson").text, "nobody else's"
    two = tool.pupil(2)
    page = two.get("lesson").text
    assert "Học bù: " in page
    assert f"/practice/{given}" in page.partition("Bài tự luyện của em")[0], "before all other work"
    assert "1 câu, em làm lúc nào tiện. Không đặt hạn." in page
    assert "0/2 em đã học bù" in teacher.get("").text
    assert teacher.post(f"practice/{given}/due", due=due).status_code == 303
    assert "Hạn " in two.get("lesson").text
    clock.wait(hours=2)
    assert "Đã quá hạn, em vẫn làm tiếp được." in two.get("lesson").text
    Phone(two, given).answer(0, "C", clock.ms)
    assert "Việc cần làm" not in two.get("lesson").text
    assert "Bài tự luyện của em (1)" in two.get("lesson").text, "it can be looked at again"
    assert "1/2 em đã học bù" in teacher.get("").text
    teacher.post(f"practice/{given}/close")
    assert "Việc cần làm" not in tool.pupil(3).get("lesson").text


def test_a_catch_up_is_for_somebody(tool: Tool) -> None:
    teacher = tool.set_up(1)
    assert fault_of(teacher.post(f"practice/of/{tool.start(teacher, SINGLE)}")) == "practice_nobody"


def test_first_answers_teach_the_model_of_what_a_pupil_knew(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(1)
    given = give(tool, teacher)
    phone = Phone(tool.pupil(1), given)
    phone.answer(0, "A", clock.ms)
    clock.wait(minutes=1)
    phone.answer(0, "C", clock.ms)
    jobs = tool.jobs()
    jobs.round()
    with tool.inside():
        uid = tool.person("pupil-1").uid
        assert not ledger.evidence(db.session.connection(), scope_of(tool.course().id), uid), "it may go on"
    clock.wait(seconds=STILL_MS / 1_000 + 1)
    jobs.round()
    with tool.inside():
        found = ledger.evidence(db.session.connection(), scope_of(tool.course().id), uid)
        assert [(one.run_id, one.share) for one in found] == [(given, 0.0)]
    assert "Bài tự luyện" in tool.pupil(1).get("profile").text


def test_first_answers_are_analysed_apart_from_those_in_class(either_tool: Tool, clock: Clock) -> None:
    tool = either_tool
    teacher = tool.set_up(3)
    run_id = taught(tool, teacher, 1)
    with tool.inside():
        people = [tool.person(f"pupil-{n}").id for n in (1, 2)]
    given = id_of(teacher.post(f"practice/of/{run_id}", person=[str(one) for one in people]).location)
    clock.wait(hours=24)
    for number in (1, 2):
        phone = Phone(tool.pupil(number), given)
        phone.answer(0, "A", clock.ms)
        phone.answer(0, "C", clock.ms)
    assert 'id="practised"' not in tool.teacher().get(f"practice/{given}/work").text, "it may go on"
    clock.wait(seconds=STILL_MS / 1_000 + 1)
    jobs = tool.jobs()
    jobs.round()
    with tool.inside():
        snapshot = reader.snapshot_of(db.session.connection(), given)
        assert snapshot
        (item,) = [pool.item_of(given, q) for q in pool.scored(snapshot.snapshot)]
        alone = pool.of_items(db.session.connection(), [item], Origin.PRACTICE)
        assert (alone[item].report.n, alone[item].report.p) == (1, 0.0), "pupil 1 had met it in class"
        assert not db.session.query(LessonRun).filter_by(run_id=given).all()
        assert reader.digests(db.session.connection(), [run_id])
    page = tool.teacher().get(f"practice/{given}/work").text
    assert "Chất lượng câu hỏi khi tự luyện" in page
    assert "Mới 1/10 bài" in page
    report = tool.teacher().get(f"runs/{run_id}/report").text
    of_class, of_practice = report.split('id="practised"')
    assert 'id="quality"' in of_class
    assert "1 tiết" in of_class
    assert "1 bài tự luyện" in of_practice


def test_the_files_of_a_course_hold_them_in_a_table_of_their_own(tool: Tool, clock: Clock) -> None:
    teacher = tool.set_up(2)
    assert teacher.post("marks/subject", periods="35", form="score").status_code == 303
    with tool.inside():
        db.session.query(Course).one().school_year = school_year(local(clock.ms).date())
        uids = [tool.person(f"pupil-{n}").uid for n in (1, 2)]
        due = local(clock.ms + 3_600_000).strftime("%Y-%m-%dT%H:%M")
    run_id = taught(tool, teacher, 1)
    given = give(tool, teacher, due=due)
    phone = Phone(tool.pupil(2), given)
    phone.answer(0, "A", clock.ms)
    phone.answer(0, "C", clock.ms)
    clock.wait(hours=2)
    phone.answer(1, "Em còn vướng dấu", clock.ms)
    files = tool.teacher().get("marks/files/everything.json")
    kept = json.loads(files.data)
    assert [(one["pupil"], one["mode"], one["run"], one["share"]) for one in kept["answers"]] == [
        (uids[0], "class", run_id, 1.0)
    ]
    assert [(one["run"], one["is_catch_up"]) for one in kept["practices"]] == [(given, False)]
    assert [(one["pupil"], one["mode"], one["share"], one["is_late"]) for one in kept["practice_answers"]] == [
        (uids[1], "practice", 0.0, False),
        (uids[1], "practice", None, True),
    ]
    assert "vướng dấu" not in files.text
    with zipfile.ZipFile(io.BytesIO(tool.teacher().get("marks/files/everything.zip").data)) as archive:
        assert "practice_answers.csv" in archive.namelist()


@pytest.mark.parametrize(
    ("chosen", "seen", "answered", "asked", "is_missed"),
    [
        (Status.ABSENT, Status.NOT_SEEN, 0, 4, True),
        (Status.EXCUSED, Status.NOT_SEEN, 0, 4, True),
        (None, Status.NOT_SEEN, 0, 4, True),
        (Status.ROOM, Status.NOT_SEEN, 0, 4, False),
        (Status.ROOM, Status.ROOM, 2, 4, False),
        (Status.HOME, Status.HOME, 1, 4, True),
        (None, Status.UNCONFIRMED, 0, 4, False),
        (Status.ROOM, Status.UNCONFIRMED, 0, 4, False),
        (Status.ABSENT, Status.UNCONFIRMED, 0, 4, True),
    ],
)
def test_who_is_offered_a_lesson_again(
    chosen: Status | None, seen: Status, answered: int, asked: int, is_missed: bool
) -> None:
    assert practices.has_missed(chosen, seen, answered, asked) is is_missed
