"""Paper cards: printed with numbers that stay, read from a photograph, entered by the teacher's act alone."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select

from live_session.model import CARD, Proof
from live_session.store.tables import content
from lti_tool import live
from lti_tool.extensions import db
from lti_tool.lessons import markers
from lti_tool.models import PaperCard
from tests.lti_tool.school import picture, press, sit, submit
from tests.lti_tool.tool import NUMBER, SINGLE, Browser, Tool, member
from tests.lti_tool.witness import contents


def photo(held: Mapping[int, str]) -> bytes:
    """Cards side by side, each with its letter up."""
    sheet = Image.new("L", (260 * len(held), 260), 200)
    for place, (number, letter) in enumerate(held.items()):
        cells = np.pad(np.where(np.array(markers.cells(number)), 20, 235), 1, constant_values=235).astype(np.uint8)
        card = Image.fromarray(cells).resize((216, 216), Image.Resampling.NEAREST)
        sheet.paste(card.rotate(90 * markers.LETTERS.index(letter)), (22 + 260 * place, 22))
    body = io.BytesIO()
    sheet.save(body, "JPEG")
    return body.getvalue()


def read(teacher: Browser, run_id: str, data: bytes) -> Any:
    headers = {"Authorization": f"Bearer {teacher.token}", "Accept": "application/json", "Content-Type": "image/jpeg"}
    return teacher.client.post(teacher.path(f"runs/{run_id}/cards/photo"), data=data, headers=headers)


def enter(teacher: Browser, run_id: str, answers: Mapping[str, str], **changes: Any) -> Any:
    asked = teacher.fetch(f"runs/{run_id}/cards").json
    said = {"id": "0198c0de-0000", "activity": asked["activity"], "round": asked["round"], "ago": 500}
    return teacher.send(f"runs/{run_id}/cards", {**said, "answers": answers, **changes})


def uid(tool: Tool, number: int) -> str:
    with tool.inside():
        return tool.person(f"pupil-{number}").uid


def begun(tool: Tool, pupils: int = 3) -> tuple[Browser, str]:
    """A lesson with its first question up, and cards given to the class."""
    teacher = tool.set_up(pupils)
    assert teacher.post("cards").status_code == 303
    run_id = tool.start(teacher, SINGLE, NUMBER)
    press(teacher, run_id)
    return teacher, run_id


def test_a_number_stays_whoever_comes_or_goes(tool: Tool) -> None:
    teacher = tool.set_up(3)
    assert teacher.get("cards").text.count("<figure>") == 0
    teacher.post("cards")
    assert teacher.get("cards").text.count("<figure>") == 3
    tool.platform.members = [member(n) for n in (2, 3, 4, 5)]  # the first has left, two are new
    teacher.post("roster/refresh")
    tool.jobs().round()
    teacher.post("cards")
    teacher.post("cards")
    with tool.inside():
        numbers = {c.person_id: c.number for c in db.session.scalars(select(PaperCard))}
        mine = [numbers[tool.person(f"pupil-{n}").id] for n in range(1, 6)]
        assert sorted(mine) == [1, 2, 3, 4, 5]
        assert sorted(mine[:3]) == [1, 2, 3]  # nobody's number went to anybody else


def test_a_photograph_is_read_confirmed_and_entered(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    with tool.inside():
        numbers = {c.number: c.person_id for c in db.session.scalars(select(PaperCard))}
        uids = {n: tool.person(f"pupil-{n}") for n in (1, 2, 3)}
        uid_of = {p.id: p.uid for p in uids.values()}
    before = contents(tool)
    seen = read(teacher, run_id, photo({1: "C", 2: "A", 77: "B"}))
    assert seen.json == {"read": {uid_of[numbers[1]]: "C", uid_of[numbers[2]]: "A"}, "strangers": 1}
    assert contents(tool) == before  # nothing is kept, nothing entered
    said = enter(teacher, run_id, seen.json["read"])
    assert said.json == {"refused": {}}
    assert enter(teacher, run_id, seen.json["read"]).json == {"refused": {}}  # sent again: the same
    with tool.inside():
        state = live.state_of(run_id)
        answers = state.responses[state.current or "", 1]
        assert {who: (a.claim, a.value) for who, a in answers.items()} == {
            who: (CARD, letter) for who, letter in seen.json["read"].items()
        }
        assert all(p.active and p.active.proof is Proof.CARD for p in state.participants.values())
        assert db.session.scalar(select(func.count()).select_from(content)) == 0
    tool.jobs().round()
    assert "thẻ giấy đọc tại lớp" in teacher.get(f"runs/{run_id}/attendance?all=1").text


def test_an_answer_by_phone_stands_and_is_said(either_tool: Tool) -> None:
    teacher, run_id = begun(either_tool)
    pupil = either_tool.pupil(1)
    sit(pupil)
    asked = teacher.fetch(f"runs/{run_id}/cards").json
    assert (asked["values"], asked["phone"]) == (["A", "B", "C", "D"], [])
    assert submit(pupil, asked["activity"], "B")["t"] == "ack"
    one, other = uid(either_tool, 1), uid(either_tool, 2)
    assert enter(teacher, run_id, {one: "A", other: "D"}).json == {"refused": {one: "taken"}}
    asked = teacher.fetch(f"runs/{run_id}/cards").json
    assert (asked["phone"], asked["card"]) == ([one], {other: "D"})


def test_bad_words_change_nothing(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    one = uid(tool, 1)
    teacher.fetch(f"runs/{run_id}/cards")  # who saw the names is written down once
    before = contents(tool)
    for answers in ({}, {"x": "A"}, {one: "E"}, {one: "AB"}, {one: ""}):
        assert enter(teacher, run_id, answers).status_code == 400
    for changes in ({"id": "x"}, {"ago": "x"}, {"more": 1}, {"round": "x"}):
        assert enter(teacher, run_id, {one: "A"}, **changes).status_code == 400
    for changes in ({"round": 2}, {"activity": "x"}):
        assert enter(teacher, run_id, {one: "A"}, **changes).json["fault"] == "cards_moved_on"
    for data in (b"", b"no picture", picture()[:40]):
        assert read(teacher, run_id, data).json["fault"] == "picture_unreadable"
    assert contents(tool) == before


def test_a_question_that_no_letter_answers_takes_none(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    for _ in range(4):
        press(teacher, run_id)
    assert teacher.fetch(f"runs/{run_id}/cards").json["values"] == []
    assert enter(teacher, run_id, {uid(tool, 1): "A"}).status_code == 400


def test_without_the_extra_the_pages_say_how_to_get_it(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher, run_id = begun(tool)
    monkeypatch.setattr(markers, "is_there", lambda: False)
    assert "make cards" in teacher.get("cards").text
    answer = read(teacher, run_id, photo({1: "A"}))
    assert (answer.status_code, answer.json["fault"]) == (501, "cards_extra")
    assert teacher.fetch(f"runs/{run_id}/cards").json["is_there"] is False
    assert enter(teacher, run_id, {uid(tool, 1): "A"}).json == {"refused": {}}  # a tap needs no camera
