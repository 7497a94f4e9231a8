"""Peer assessment, as pages and phones are told of it: a pupil sees the works given to them and no name."""

import json
import re
from typing import Any

from lti_tool.extensions import db
from lti_tool.models import Mark, ScoreDecision
from lti_tool.models.base import new_uid
from tests.lti_tool.school import UPLOAD, console, frames, picture, sit
from tests.lti_tool.tool import Tool

RUBRIC = {"prompt": "Bài của bạn thế nào?", "criteria": ["Lập luận"], "levels": ["Thấp", "Cao"], "about": "peer"}
WORK = {"kind": "open", "points": 0.0, "content": {"prompt": "Em nghĩ gì?", "photo": True}}
GROUP = {"kind": "group", "points": 0.0, "content": {"prompt": "Làm mô hình", "own": "Em làm gì?", "size": 2}}


class Class:
    """Three pupils have written, the first with a photo, and the works are dealt out. In group work the first two make
    one product, the third another."""

    def __init__(self, tool: Tool, work: dict[str, Any] = WORK) -> None:
        self.tool = tool
        self.teacher = tool.set_up()
        self.run_id = tool.start(self.teacher, work, {"kind": "rubric", "points": 0.0, "content": RUBRIC})
        self.desk = console(self.teacher, self.run_id)
        self.pupils = {n: tool.pupil(n) for n in (1, 2, 3)}
        self.tickets = {n: sit(pupil)["ticket"] for n, pupil in self.pupils.items()}
        self.source = self.steer("next", after=None)["current"]["id"]
        self.send_photo()
        if work["kind"] == "group":
            self.hand_in_products()
        else:
            self.answer(1, self.source, {"text": "bài một", "photo": UPLOAD})
            for n in (2, 3):
                self.answer(n, self.source, f"bài {n}")
        self.rubric = self.steer("next", after=self.source)["current"]["id"]

    def steer(self, action: str, **members: Any) -> dict[str, Any]:
        down = frames(self.teacher, self.desk, {"t": "steer", "id": new_uid(), "action": action, **members})
        found: dict[str, Any] = next(f["state"] for f in reversed(down) if f["t"] == "state")
        return found

    def hand_in_products(self) -> None:
        with self.tool.inside():
            first, other, alone = (self.tool.person(f"pupil-{n}").uid for n in (1, 2, 3))
        self.steer("form_groups", activity=self.source, draw=0.5, groups=[[first, other], [alone]])
        product = {"text": "nhóm một", "photo": UPLOAD, "link": "https://vi.wikipedia.org"}
        self.answer(1, self.source, product, post=new_uid())
        self.answer(3, self.source, {"text": "nhóm hai"}, post=new_uid())

    def answer(self, n: int, activity: str, value: object, **more: str) -> None:
        sent = {"activity": activity, "round": 1, "value": value, "composed_at": 0, **more}
        down = frames(self.pupils[n], self.tickets[n], {"t": "submit", "id": new_uid(), **sent})
        assert "ack" in [f["t"] for f in down], down

    def send_photo(self) -> None:
        data = picture("PNG")
        headers = {
            "Authorization": f"Bearer {self.tickets[1]}",
            "Upload-Id": UPLOAD,
            "Upload-Length": str(len(data)),
            "Upload-Offset": "0",
        }
        assert self.pupils[1].client.post("/live/content", data=data, headers=headers).status_code == 200

    def get(self, n: int, path: str = "") -> Any:
        bearer = {"Authorization": f"Bearer {self.tickets[n]}"}
        return self.pupils[n].client.get(f"/live/posts/{self.rubric}/1/works{path}", headers=bearer)


def test_a_pupil_sees_the_works_given_to_them_and_nobodys_name(tool: Tool) -> None:
    lesson = Class(tool)
    with tool.inside():
        people = [tool.person(f"pupil-{n}") for n in (1, 2, 3)]
        names = [name for person in people for name in (person.uid, person.name)]
    texts = {1: "bài một", 2: "bài 2", 3: "bài 3"}
    for n in (1, 2, 3):
        given = lesson.get(n).json["works"]
        assert sorted(one["text"] for one in given) == sorted(text for of, text in texts.items() if of != n)
        everything = json.dumps([given, frames(lesson.pupils[n], lesson.tickets[n])[0]])
        assert not any(name in everything for name in names)
        photos = [lesson.get(n, f"/{slot}/photo").status_code for slot in (0, 1, 2, 3)]
        assert photos == [404, *(200 if one["photo"] else 404 for one in given), 404]


def test_the_teacher_is_told_who_has_whose_and_no_pupil_is(tool: Tool) -> None:
    lesson = Class(tool)
    lesson.answer(2, lesson.rubric, {"1a": "1", "2a": "2"})
    works = lesson.teacher.fetch(f"runs/{lesson.run_id}/peers").json["works"]
    assert [len(one["by"]) for one in works] == [2, 2, 2]
    assert sorted((s["low"], s["high"]) for one in works for s in one["spread"]) == [(1, 1), (2, 2)]
    assert lesson.pupils[1].fetch(f"runs/{lesson.run_id}/peers").status_code in (403, 404)
    lesson.steer("end")
    tool.jobs().round()
    report = lesson.teacher.get(f"runs/{lesson.run_id}/report").text
    with tool.inside():
        other = tool.person("pupil-2").name
    assert "Xem bài của nhau" in report
    assert other in report
    assert "Xem bài của nhau" not in lesson.pupils[1].get("profile").text


def test_a_groups_product_is_seen_by_others_with_its_picture_and_by_none_of_the_group(tool: Tool) -> None:
    lesson = Class(tool, GROUP)
    given = {n: lesson.get(n).json["works"] for n in (1, 2, 3)}
    assert given[1] == given[2] == [{"text": "nhóm hai", "photo": False}]
    assert given[3] == [{"text": "nhóm một\nhttps://vi.wikipedia.org", "photo": True}]
    assert lesson.get(3, "/1/photo").mimetype == "image/webp"
    works = lesson.teacher.fetch(f"runs/{lesson.run_id}/peers").json["works"]
    assert [one["author"] for one in works] == ["group:1", "group:2"]
    lesson.steer("end")
    tool.jobs().round()
    assert "Nhóm 2" in lesson.teacher.get(f"runs/{lesson.run_id}/report").text.partition("Xem bài của nhau")[2]


# --- in the profile -------------------------------------------------------------------------------------------------


def profile_of(tool: Tool, lesson: Class, n: int) -> str:
    """The pupil's profile as the teacher reads it, once the lesson is over."""
    assert lesson.teacher.post(f"runs/{lesson.run_id}/end").status_code in (303, 409)
    tool.jobs().round()
    with tool.inside():
        uid = tool.person(f"pupil-{n}").uid
    return re.sub(r"\s+", " ", lesson.teacher.get(f"profile/{uid}").text)


def test_what_classmates_said_stands_in_the_profile_without_names(either_tool: Tool) -> None:
    """Each of three assesses the two others: the one says low, the other high. Nobody is named, no mark comes of it."""
    lesson = Class(either_tool)
    for n, level in ((1, "1"), (2, "1"), (3, "2")):
        lesson.answer(n, lesson.rubric, {"1a": level, "2a": level})
    page = profile_of(either_tool, lesson, 1)
    card = page[page.index('id="rubrics"') : page.index('id="voices"')]
    assert "bạn trong lớp nói" in card
    assert re.search(r"Lập luận: <b>Thấp – Cao</b>\s*\(2 bạn\)", card)
    with either_tool.inside():
        others = [either_tool.person(f"pupil-{n}").name for n in (2, 3)]
        assert db.session.query(Mark).count() == db.session.query(ScoreDecision).count() == 0
    assert not [name for name in others if name in card]
    own = re.sub(r"\s+", " ", lesson.pupils[1].get("profile").text)
    read = own[own.index('id="rubrics"') : own.index('id="voices"')]
    assert "các bạn nhận xét bài của em" in read
    assert "Lập luận: <b>Thấp – Cao</b></p>" in read  # and not by how many
    assert not [name for name in others if name in read]


def test_what_one_classmate_alone_said_is_not_the_pupils_to_read(tool: Tool) -> None:
    """In a class of three the pupil knows well who had the work: only the teacher reads what one said."""
    lesson = Class(tool)
    lesson.answer(2, lesson.rubric, {"1a": "1", "2a": "2"})
    assert "(1 bạn)" in profile_of(tool, lesson, 1)
    assert 'id="rubrics"' not in lesson.pupils[1].get("profile").text


def test_what_a_pupil_handed_in_is_listed_and_shown_to_whoever_sees_the_work(tool: Tool) -> None:
    lesson = Class(tool)
    page = profile_of(tool, lesson, 1)
    own = re.sub(r"\s+", " ", lesson.pupils[1].get("profile").text)
    with tool.inside():
        who = tool.person("pupil-1").uid
    work = f"work/{who}/of/{lesson.run_id}"
    for one in (page, own):
        card = one.partition('id="works"')[2].partition("</section>")[0]
        assert f'{work}#q-{lesson.source}"' in card
    for browser in (lesson.teacher, lesson.pupils[1]):
        seen = browser.get(work).text
        assert "bài một" in seen
        assert f'src="/l/{browser.visit}/{work}/photos/{UPLOAD}"' in seen
        assert browser.get(f"{work}/photos/{UPLOAD}").mimetype == "image/webp"
    assert lesson.pupils[2].get(f"{work}/photos/{UPLOAD}").status_code == 404


def test_a_groups_work_is_said_of_each_of_its_members(tool: Tool) -> None:
    lesson = Class(tool, GROUP)
    lesson.answer(3, lesson.rubric, {"1a": "2"})
    for n in (1, 2):
        page = profile_of(tool, lesson, n)
        assert re.search(r"Lập luận: <b>Cao</b>\s*\(1 bạn\)", page[page.index('id="rubrics"') :])


def test_a_pupils_own_word_on_the_own_work_is_read_by_both(tool: Tool) -> None:
    teacher = tool.set_up()
    own = {**RUBRIC, "about": "self", "criteria": ["Lập luận", "Trình bày | gạch xoá | sạch"]}
    run_id = tool.start(teacher, {"kind": "rubric", "title": "Em làm thế nào?", "points": 0.0, "content": own})
    pupil = tool.pupil(1)
    ticket, desk = sit(pupil)["ticket"], console(teacher, run_id)
    down = frames(teacher, desk, {"t": "steer", "id": new_uid(), "action": "next", "after": None})
    rubric = next(f["state"] for f in reversed(down) if f["t"] == "state")["current"]["id"]
    sent = {"activity": rubric, "round": 1, "value": {"a": "1", "b": "2"}, "composed_at": 0}
    assert "ack" in [f["t"] for f in frames(pupil, ticket, {"t": "submit", "id": new_uid(), **sent})]
    assert teacher.post(f"runs/{run_id}/end").status_code == 303
    tool.jobs().round()
    with tool.inside():
        uid = tool.person("pupil-1").uid
    for page in (teacher.get(f"profile/{uid}").text, pupil.get("profile").text):
        card = re.sub(r"\s+", " ", page[page.index('id="rubrics"') : page.index('id="voices"')])
        assert "Em làm thế nào?" in card
        assert "em tự đánh giá" in card
        assert re.search(r"Lập luận: <b>Thấp</b>\s*·\s*Trình bày: <b>Cao</b>", card)
