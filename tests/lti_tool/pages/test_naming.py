"""Questions answered without one's name, on the pages of who asks and who answers."""

from typing import Any

import pytest

from live_session import naming
from live_session.goal import LEAST_TOLD
from lti_tool import live
from lti_tool.extensions import db
from lti_tool.models import LessonRun
from lti_tool.models.base import new_uid
from tests.lti_tool.school import UPLOAD, by_code, console, frames, picture, sit
from tests.lti_tool.tool import Browser, Tool

TEXT = "Em chưa hiểu phần {}"
PUPILS = range(1, LEAST_TOLD + 1)


class Class:
    """A question to be answered in words is open, on these terms."""

    def __init__(self, tool: Tool, how: str, kind: str = "open") -> None:
        self.tool = tool
        self.teacher = tool.set_up(len(PUPILS))
        ask = {"kind": "open", "points": 2.0, "content": {"prompt": "Còn gì chưa rõ?"}, "terms": {"naming": how}}
        ask["kind"] = kind
        self.run_id = tool.start(self.teacher, ask)
        self.desk = console(self.teacher, self.run_id)
        self.activity = self.steer("next", after=None)["current"]["id"]
        self.pupils: dict[int, Browser] = {}
        self.html = ""

    def steer(self, action: str, **members: Any) -> dict[str, Any]:
        down = frames(self.teacher, self.desk, {"t": "steer", "id": new_uid(), "action": action, **members})
        found: dict[str, Any] = next(f["state"] for f in reversed(down) if f["t"] == "state")
        return found

    def answer(self, n: int, value: Any = None, by: Browser | None = None) -> dict[str, Any]:
        """What the phone is told of its own."""
        self.pupils[n] = by or self.tool.pupil(n)
        ticket = sit(self.pupils[n])["ticket"]
        sent = {"activity": self.activity, "round": 1, "value": value or TEXT.format(n), "composed_at": 0}
        down = frames(self.pupils[n], ticket, {"t": "submit", "id": new_uid(), **sent})
        assert "ack" in [f["t"] for f in down], down
        self.html = down[0]["state"]["activity"]["html"]
        own: dict[str, Any] = down[0]["me"]
        return own

    def lock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """And the time in which a word may still be on its way is over."""
        self.steer("close", activity=self.activity)
        monkeypatch.setattr("lti_tool.pages.teach.now", lambda: live.now() + 60_000)

    def texts(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.teacher.fetch(f"runs/{self.run_id}/written").json["texts"]
        return found


@pytest.mark.parametrize("how", ["pen", "none"])
def test_the_teacher_reads_what_was_written_and_not_by_whom(
    tool: Tool, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    lesson = Class(tool, how)
    own = {n: lesson.answer(n) for n in PUPILS}
    assert lesson.texts() == [], "while it is open somebody's would be the next one"
    lesson.lock(monkeypatch)
    told = lesson.texts()
    assert {one["text"] for one in told} == {TEXT.format(n) for n in PUPILS}
    assert all(set(one) == {"pen", "text"} for one in told)
    with tool.inside():
        state = live.state_of(lesson.run_id)
        people = {n: tool.person(f"pupil-{n}") for n in PUPILS}
        uids = {n: person.uid for n, person in people.items()}
        pens = {n: naming.pen_name(state, uids[n]) for n in PUPILS}
        names = {n: person.name for n, person in people.items()}
    assert state.deck[0].points == 0, "it counts for nothing"
    is_by_pen = how == "pen"
    assert {n: one.get("pen", "") for n, one in own.items()} == {n: pens[n] if is_by_pen else "" for n in PUPILS}
    assert ("data-alias" in lesson.html) is is_by_pen
    assert "Không tính điểm" in lesson.html
    lesson.steer("end")
    tool.jobs().round()
    report = lesson.teacher.get(f"runs/{lesson.run_id}/report").text
    for n in PUPILS:
        at = report.index(TEXT.format(n))
        line = report[report.rindex("<li>", 0, at) : at]
        assert not any(name in line for name in names.values())
        assert (pens[n] in line) is is_by_pen
    assert report.count("đã trả lời") >= len(PUPILS)
    for page in ("overview", "marks"):
        assert "Em chưa hiểu" not in lesson.teacher.get(page).text
    assert TEXT.format(1) not in lesson.teacher.get(f"profile/{uids[1]}").text


def test_of_too_few_the_teacher_reads_nothing(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = Class(tool, "none")
    for n in [*PUPILS][:-1]:
        lesson.answer(n)
    lesson.lock(monkeypatch)
    assert lesson.texts() == []
    lesson.steer("end")
    tool.jobs().round()
    report = lesson.teacher.get(f"runs/{lesson.run_id}/report").text
    assert "Em chưa hiểu" not in report
    assert "Chưa đủ 5 câu trả lời" in report


def test_the_report_has_what_was_read_of_names_that_nobody_confirmed(tool: Tool) -> None:
    lesson = Class(tool, "none")
    with tool.inside():
        code = str(db.session.get_one(LessonRun, lesson.run_id).code)
        people = {n: tool.person(f"pupil-{n}").id for n in PUPILS}
    for n, person_id in people.items():
        lesson.answer(n, by=by_code(tool, code, person_id))
    lesson.steer("end")
    tool.jobs().round()
    report = lesson.teacher.get(f"runs/{lesson.run_id}/report").text
    assert all(TEXT.format(n) in report for n in PUPILS)
    assert "chưa xác nhận: bài hiện ở đây" not in report


def test_a_photo_without_a_name_is_looked_at_and_tells_nobody(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = Class(tool, "none", "photo")
    for n in PUPILS:
        lesson.answer(n, {"text": TEXT.format(n), "photo": UPLOAD})
    data = picture()
    headers = {"Authorization": f"Bearer {sit(lesson.pupils[1])['ticket']}", "Upload-Id": UPLOAD, "Upload-Offset": "0"}
    headers["Upload-Length"] = str(len(data))
    assert lesson.pupils[1].client.post("/live/content", data=data, headers=headers).status_code == 200
    assert "nét chữ trong ảnh" in lesson.html
    lesson.lock(monkeypatch)
    told = lesson.texts()
    assert all(set(one) == {"pen", "text", "photo"} for one in told)
    with tool.inside():
        uids = [tool.person(f"pupil-{n}").uid for n in PUPILS]
    assert not any(word in repr(told) for word in (UPLOAD, *uids))
    looked = {lesson.teacher.client.get(one["photo"]).status_code for one in told}
    monkeypatch.setattr("lti_tool.pages.report.now", lambda: live.now() + 60_000)
    assert looked == {404}, "not before the texts are told"
    assert {lesson.teacher.client.get(one["photo"]).mimetype for one in told} == {"image/webp"}
    assert lesson.teacher.client.get(f"{told[0]['photo']}x").status_code == 404
    lesson.steer("end")
    tool.jobs().round()
    report = lesson.teacher.get(f"runs/{lesson.run_id}/report").text
    assert told[0]["photo"] in report
    assert UPLOAD not in report
