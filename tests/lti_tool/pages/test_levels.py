"""Levels of presentations and products: a teacher says them, a mark is proposed of them, and of nobody else's word."""

import json
import re
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from deploy.demo.past import Manners, Play, teach
from lti_tool.clock import local, now, school_year
from lti_tool.extensions import db
from lti_tool.lessons.marks import term_of
from lti_tool.models import Assessment, Course, EntryKind, JudgedLevel, Lesson, Mark, ProfileEntry
from lti_tool.privacy import person as personal
from lti_tool.privacy import retention
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool

HOUR = 3_600_000
CRITERIA = ["Nội dung | sai | thiếu | đủ | sâu", "Trình bày", "Trả lời câu hỏi", "Hợp tác"]
WORDS = ["Chưa đạt", "Đạt", "Khá", "Tốt"]
RUBRIC: dict[str, Any] = {
    "kind": "rubric",
    "title": "Bài thuyết trình",
    "points": 0.0,
    "content": {"prompt": "Bài trình bày thế nào?", "about": "self", "criteria": CRITERIA, "levels": WORDS},
}
EVERYBODY = Manners(absent=0, late=0, home=0, silent=0)


@dataclass
class Term:
    """A course with a taught lesson that asked a rubric: its teacher, the box of the rubric, the pupils by name."""

    tool: Tool
    teacher: Browser
    term: int
    run_id: str
    works: list[str]
    questions: list[str]
    ids: dict[str, int]

    def tag(self, **sent: Any) -> str:
        """Tag the rubric; the address of the assessment."""
        asked = {"term": self.term, "title": "Thuyết trình chương 3", "method": "presentation", "work": self.works}
        answer = self.teacher.post("marks/proposals", **{**asked, **sent})
        assert answer.status_code == 303, answer.text
        return str(answer.location).split("/marks/")[1].partition("/levels")[0].partition("?")[0]

    def say(self, address: str, name: str, levels: str, by: Browser | None = None, newest: int | None = None) -> Any:
        """Levels of one pupil, by the criteria in order."""
        cells = {f"l.{self.works[0]}.{c}.{self.ids[name]}": level for c, level in zip("abcd", levels, strict=False)}
        if newest is None:
            newest = self.newest(address)
        return (by or self.teacher).post(f"marks/{address}/levels", newest=str(newest), **cells)

    def newest(self, address: str) -> int:
        found = re.search(r'name="newest" value="(\d+)"', self.teacher.get(f"marks/{address}/levels").text)
        assert found
        return int(found[1])

    def row(self, address: str, name: str) -> str:
        page = self.teacher.get(f"marks/{address}").text
        return next(r for r in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if f"<b>{name}</b>" in r)


def taught(tool: Tool, *activities: dict[str, Any]) -> Term:
    teacher = tool.set_up(5)
    uid = tool.lesson({**SINGLE, "points": 1.0}, *(activities or (RUBRIC,)), title="Thuyết trình")
    with tool.inside():
        day = local(at := now() - 2 * HOUR).date()
        number = term_of(day)
        db.session.query(Course).one().school_year = school_year(day)
        people = [tool.person(f"pupil-{n}") for n in range(1, 6)]
        lesson = db.session.query(Lesson).filter_by(uid=uid).one()
        by = tool.person("teacher-1")
        run_id = teach(lesson, by, people, at, Play(Random(1), lambda _: EVERYBODY, lambda activity, who: "A")).run_id
        ids = {name: tool.person(f"pupil-{n}").id for n, name in enumerate(PUPILS, 1)}
    for _ in range(2):  # the end, then the snapshot
        tool.jobs().round()
    assert teacher.post("marks/subject", periods="105", form="score").status_code == 303
    page = teacher.get(f"marks/proposals?term={number}").text
    boxes = {kind: re.findall(rf'name="{kind}" value="([^"]+)"', page) for kind in ("work", "q")}
    return Term(tool, teacher, number, run_id, boxes["work"], boxes["q"], ids)


def test_a_teachers_levels_are_proposed_as_a_mark_and_make_none(any_tool: Tool) -> None:
    """Điều 6: a presentation or a product is assessed by the teacher; the tool only adds up what was said."""
    term = taught(any_tool)
    address = term.tag()
    assert "Thầy cô chưa chấm em" in term.row(address, PUPILS[0])
    page = term.teacher.get(f"marks/{address}/levels").text
    assert page.count("<select") == 5 * len(CRITERIA)
    assert "Tốt: sâu" in page
    assert term.say(address, PUPILS[0], "4433").status_code == 303
    row = term.row(address, PUPILS[0])
    assert "<b>8,8</b>" in row  # (10 + 10 + 7.5 + 7.5) / 4 = 8.75
    assert 'class="markband"' in row
    assert "4/4 tiêu chí" in row
    assert "Nội dung: <b>Tốt</b>" in row
    assert f"reviews/{term.run_id}" in row or term.run_id in row
    with any_tool.inside():
        assert db.session.query(Mark).count() == 0
        assert db.session.query(Assessment).one().by_levels


def test_what_pupils_say_is_shown_and_moves_nothing(tool: Tool) -> None:
    term = taught(tool)  # all said levels of themselves
    address = term.tag()
    term.say(address, PUPILS[0], "4444")
    row = term.row(address, PUPILS[0])
    assert "<b>10</b>" in row or "<b>10,0</b>" in row
    assert "Em tự đánh giá (không tính): Nội dung " in row
    other = term.row(address, PUPILS[1])
    assert "Thầy cô chưa chấm em" in other
    assert 'class="markband"' not in other


def test_a_pupil_reads_the_own_levels_and_nobody_elses(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    term.say(address, PUPILS[0], "4320")
    own, other = tool.pupil(1).get("profile").text, tool.pupil(2).get("profile").text
    assert "Nội dung: <b>Tốt</b> · Trình bày: <b>Khá</b> · Trả lời câu hỏi: <b>Đạt</b></p>" in own
    assert "Thầy cô đánh giá theo tiêu chí" not in other
    with tool.inside():
        uid = tool.person("pupil-1").uid
    assert "Nội dung: <b>Tốt</b>" in term.teacher.get(f"profile/{uid}").text


def test_a_pupil_asks_for_a_second_look_at_a_level(tool: Tool) -> None:
    term = taught(tool)
    address, pupil = term.tag(), tool.pupil(1)
    work = term.works[0].replace(".", "/")
    asked = {"kind": "contest", "step": "level", "objective": work, "text": "Em có trả lời câu hỏi phụ"}
    assert pupil.post("profile", **asked).status_code == 400, "nothing is said of the pupil yet"
    term.say(address, PUPILS[0], "4320")
    judged = pupil.get("profile").text.partition('id="judged"')[2]
    assert f'href="?look=level.{work}#second-look"' in judged
    form = pupil.get(f"profile?look=level.{work}").text.partition('id="second-look"')[2]
    assert 'name="step" value="level">' in form
    assert f'name="objective" value="{work}">' in form
    assert "Bài thuyết trình" in form
    assert pupil.post("profile", **{**asked, "objective": term.run_id}).status_code == 400, "of which work?"
    assert pupil.post("profile", **asked).status_code == 303
    assert tool.pupil(2).post("profile", **asked).status_code == 400, "another pupil has none"
    with tool.inside():
        uid, contest = tool.person("pupil-1").uid, db.session.query(ProfileEntry).one().id
    for page in ("class", f"profile/{uid}"):
        told = term.teacher.get(page).text
        told = told.partition('id="contests"' if page == "class" else 'id="second-look"')[2]
        assert "<b>Mức thầy cô đánh giá theo tiêu chí: Bài thuyết trình</b>" in told
        assert "(Nội dung: Tốt · Trình bày: Khá · Trả lời câu hỏi: Đạt)" in told
        assert f'/work/{uid}/of/{term.run_id}#q-{work.partition("/")[2]}">Mở bằng chứng</a>' in told
    evidence = term.teacher.get(f"work/{uid}/of/{term.run_id}").text
    assert f'id="q-{work.partition("/")[2]}"' in evidence
    assert "Nội dung: <b>Tốt</b> · Trình bày: <b>Khá</b>" in evidence
    reply = {"kind": "reply", "replies_to": contest, "text": "Thầy đã xem lại"}
    assert term.teacher.post(f"profile/{uid}/entries", **reply).status_code == 303
    assert "Thầy đã xem lại" in pupil.get("profile").text


def test_below_its_minimum_nothing_is_proposed(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    term.say(address, PUPILS[0], "444")
    row = term.row(address, PUPILS[0])
    assert "Mới có 3 mức, cần ít nhất 4" in row
    assert 'class="markband"' not in row


def test_a_comment_only_subject_gets_no_proposed_level(tool: Tool) -> None:
    """Điều 5.3a: it is assessed Đạt or Chưa đạt, and no rule says which levels of a rubric make one."""
    term = taught(tool)
    assert term.teacher.post("marks/subject", periods="70", form="comment").status_code == 303
    address = term.tag()
    term.say(address, PUPILS[0], "4444")
    row = term.row(address, PUPILS[0])
    assert "Môn đánh giá bằng nhận xét" in row
    assert 'class="markband"' not in row


def test_an_accepted_proposal_keeps_what_it_went_by(tool: Tool) -> None:
    term = taught(tool)
    address, who = term.tag(method="product"), term.ids[PUPILS[0]]
    term.say(address, PUPILS[0], "3333")
    sent = {f"a{who}": "1", f"m{who}": "7,5", "place": "regular1"}
    assert term.teacher.post(f"marks/{address}", **sent).status_code == 303
    with tool.inside():
        mark = db.session.query(Mark).one()
        assert mark.basis is not None
        assert (mark.value, mark.method, mark.basis["by_levels"]) == ("7.5", "product", True)
        assert (mark.basis["value"], mark.basis["answered"], mark.basis["runs"]) == ("7.5", 4, [term.run_id])
        assert len(mark.basis["levels"]) == 4  # the criteria, each with its lesson and its work
        assert {run for run, _, _ in mark.basis["levels"]} == {term.run_id}
    assert "4 tiêu chí" in term.teacher.get(f"marks?term={term.term}").text


def test_an_assessment_that_is_made_by_two_presses_is_one(tool: Tool) -> None:
    term = taught(tool)
    assert term.tag() == term.tag()
    with tool.inside():
        assert db.session.query(Assessment).count() == 1


def test_every_change_stays_and_a_level_can_be_taken_back(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    for said in ("4444", "4443", "4440"):
        assert term.say(address, PUPILS[0], said).status_code == 303
    with tool.inside():
        acts = [(a.criterion, a.level) for a in db.session.query(JudgedLevel).order_by(JudgedLevel.id)]
        assert acts == [("a", 4), ("b", 4), ("c", 4), ("d", 4), ("d", 3), ("d", 0)]
    assert "Mới có 3 mức" in term.row(address, PUPILS[0])


def test_of_two_teachers_at_one_level_the_first_stands_and_the_other_is_told(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    seen = term.newest(address)
    other = tool.browser().launch(sub="teacher-1b", name="Cô Lan")
    assert term.say(address, PUPILS[0], "4444", newest=seen).status_code == 303
    late = term.say(address, PUPILS[0], "4422", by=other, newest=seen)
    assert late.status_code == 409
    assert "2 mức có người khác vừa ghi" in late.text
    assert late.text.count("Người khác vừa ghi: Tốt") == 2, "what was chosen stays in sight, and what stands beside it"
    assert late.text.count('<option value="2" selected>Đạt</option>') == 2
    assert "<b>10" in term.row(address, PUPILS[0])
    assert term.say(address, PUPILS[0], "4422", by=other).status_code == 303  # with what they had seen by now
    assert "<b>7,5" in term.row(address, PUPILS[0])


@pytest.mark.parametrize("cell", ["l.x.y.a.1", "l.{work}.z.{who}", "l.{work}.a.0", "l.{work}.a", "l.{work}.a.{who}x"])
def test_what_is_no_place_for_a_level_is_left_aside(tool: Tool, cell: str) -> None:
    term = taught(tool)
    address = term.tag()
    name = cell.format(work=term.works[0], who=term.ids[PUPILS[0]])
    assert term.teacher.post(f"marks/{address}/levels", **{name: "4"}).status_code == 303
    for level in ("5", "-1", "x", "9" * 30):
        right = f"l.{term.works[0]}.a.{term.ids[PUPILS[0]]}"
        assert term.teacher.post(f"marks/{address}/levels", **{right: level}).status_code == 303
    with tool.inside():
        assert db.session.query(JudgedLevel).count() == 0


def test_questions_and_works_are_not_mixed_and_a_work_counts_once(tool: Tool) -> None:
    term = taught(tool)
    both = {"term": term.term, "title": "x", "method": "oral", "work": term.works, "q": term.questions}
    assert term.teacher.post("marks/proposals", **both).status_code == 400
    term.tag()
    again = {"term": term.term, "title": "x", "method": "oral", "work": term.works}
    assert term.teacher.post("marks/proposals", **again).status_code == 409
    as_question = {"term": term.term, "title": "x", "method": "oral", "q": term.works}
    assert term.teacher.post("marks/proposals", **as_question).status_code == 409


def test_only_teachers_say_levels(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    pupil = tool.pupil(1)
    assert pupil.get(f"marks/{address}/levels").status_code == 403
    assert term.say(address, PUPILS[0], "4444", by=pupil, newest=0).status_code == 403


def test_a_groups_level_is_one_criterion_of_each_member(tool: Tool) -> None:
    """It is said on the report, stands beside the rubric's, and alone is too little."""
    group = {
        "kind": "group",
        "title": "Áp phích",
        "points": 0.0,
        "content": {"prompt": "Làm áp phích", "own": "Em làm gì?", "size": 2},
    }
    term = taught(tool, RUBRIC, group)
    assert len(term.works) == 2
    address = term.tag()
    with tool.inside():
        activity = next(work.partition(".")[2] for work in term.works if work != term.works[0])
        entry = ProfileEntry(context_id=tool.course().id, person_id=term.ids[PUPILS[0]], kind=EntryKind.GROUP)
        entry.objective, entry.step, entry.at = f"{term.run_id}/{activity}", "tot", now()
        db.session.add(entry)
        db.session.commit()
    row = term.row(address, PUPILS[0])
    assert "Mới có 1 mức, cần ít nhất 4" in row
    assert "Mức của cả nhóm: <b>Tốt</b>" in row
    term.say(address, PUPILS[0], "222")
    assert "<b>6,3</b>" in term.row(address, PUPILS[0])  # (5 + 5 + 5 + 10) / 4
    told = json.loads(term.teacher.get("marks/files/everything.json").data)["judged_levels"]
    assert {(one["criterion"], one["level"], one["word"]) for one in told} == {
        *((text.partition(" |")[0], 2, "Đạt") for text in CRITERIA[:3]), ("group", 4, "tot"),
    }  # fmt: skip


def test_levels_go_with_the_person_and_with_the_lesson(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    term.say(address, PUPILS[0], "4444")
    term.say(address, PUPILS[1], "3333")
    with tool.inside():
        person = tool.person("pupil-1")
        assert len(personal.export(person)["judged_level"]) == 4
        personal.erase(person)
        db.session.commit()
        assert db.session.query(JudgedLevel).count() == 4
        retention.forget_run(term.run_id)
        db.session.commit()
        assert db.session.query(JudgedLevel).count() == 0
    assert "không còn" in term.teacher.get(f"marks/{address}/levels").text
