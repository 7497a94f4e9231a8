"""Proposed marks: only what was tagged is proposed, only what a teacher accepted is made, and both stay."""

import re
from dataclasses import dataclass
from random import Random

import pytest

from deploy.demo.past import plain, teach
from lti_tool.clock import local, now, school_year
from lti_tool.extensions import db
from lti_tool.lessons.marks import term_of
from lti_tool.models import AssessedQuestion, Assessment, Course, Lesson, Mark, Person, TermComment
from lti_tool.pages import proposals
from lti_tool.privacy import person as personal
from lti_tool.privacy import retention
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool

A_LESSON = 7
QUESTIONS = 2 * A_LESSON
HOUR = 3_600_000


@dataclass
class Term:
    """A course with a taught lesson of questions: its teacher, the lesson's boxes, the pupils by name."""

    tool: Tool
    teacher: Browser
    term: int
    run_id: str
    boxes: list[str]
    ids: dict[str, int]

    def tag(self, boxes: list[str] | None = None, title: str = "Chương 1", method: str = "oral") -> str:
        """Tag questions; the address of the assessment."""
        sent = {"term": self.term, "title": title, "method": method, "q": self.boxes if boxes is None else boxes}
        answer = self.teacher.post("marks/proposals", **sent)
        assert answer.status_code == 303, answer.text
        return str(answer.location).split("/marks/")[1].partition("?")[0]

    def row(self, address: str, name: str, by: Browser | None = None) -> str:
        page = (by or self.teacher).get(f"marks/{address}").text
        return next(r for r in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if f"<b>{name}</b>" in r)

    def marks(self) -> list[tuple[int | None, str, str, str]]:
        with self.tool.inside():
            return [(m.person_id, m.place, m.value, m.method) for m in db.session.query(Mark).order_by(Mark.id)]


def taught(tool: Tool, *, lessons: int = 2, form: str = "score") -> Term:
    teacher = tool.set_up(5)
    deck = [{**SINGLE, "title": f"Câu {n}", "points": 1.0} for n in range(A_LESSON)]
    uids = [tool.lesson(*deck, title="Hệ thức Vi-ét") for _ in range(lessons)]
    return _taught(tool, teacher, uids, form)


def _taught(tool: Tool, teacher: Browser, uids: list[str], form: str = "score") -> Term:
    """These lessons, one after the other; a question of one that is taught twice is asked again."""
    with tool.inside():
        day = local(at := now() - 2 * HOUR).date()
        number = term_of(day)
        db.session.query(Course).one().school_year = school_year(day)
        people = [tool.person(f"pupil-{n}") for n in range(1, 5)]  # the fifth is absent
        decks = [db.session.query(Lesson).filter_by(uid=uid).one() for uid in uids]
        by = tool.person("teacher-1")
        run_id, *_ = [
            teach(deck, by, people, at + n * 1_000, plain(people, _Present(n))).run_id for n, deck in enumerate(decks)
        ]
        ids = {name: tool.person(f"pupil-{n}").id for n, name in enumerate(PUPILS, 1)}
    for _ in range(2):  # the end, then the snapshot
        tool.jobs().round()
    assert teacher.post("marks/subject", periods="105" if form == "score" else "70", form=form).status_code == 303
    page = teacher.get(f"marks/proposals?term={number}").text
    return Term(tool, teacher, number, run_id, re.findall(r'name="q" value="([^"]+)"', page), ids)


class _Present(Random):
    """Dice by which nobody stays away, is late or leaves a question empty; who is right is by the seed."""

    def random(self) -> float:
        return max(0.2, super().random())


def test_nothing_is_proposed_before_questions_are_tagged(any_tool: Tool) -> None:
    term = taught(any_tool)
    assert len(term.boxes) == QUESTIONS
    assert "Chưa có lần đánh giá nào" in term.teacher.get(f"marks/proposals?term={term.term}").text
    address = term.tag()
    row = term.row(address, PUPILS[0])
    assert f"{QUESTIONS}/{QUESTIONS} câu" in row
    assert 'class="markband"' in row
    assert "Em vắng các tiết này" in term.row(address, PUPILS[4])
    assert term.marks() == []


def test_lessons_before_the_newest_ones_unfold(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposals, "NEWEST", 1)
    term = taught(tool)
    assert len(term.boxes) == QUESTIONS  # all of them can be ticked
    newest, _, earlier = term.teacher.get(f"marks/proposals?term={term.term}").text.partition("1 tiết trước đó")
    assert newest.count('name="q"') == earlier.count('name="q"') == A_LESSON


def test_what_the_teacher_accepts_becomes_a_mark_and_nothing_else(any_tool: Tool) -> None:
    term = taught(any_tool)
    address = term.tag(method="written")
    first, second = term.ids[PUPILS[0]], term.ids[PUPILS[1]]
    shown = re.search(rf'name="m{first}" data-mark value="([^"]+)"', term.row(address, PUPILS[0]))
    assert shown
    sent = {f"m{first}": shown[1], f"a{first}": "1", f"m{second}": "9", "place": "regular2"}
    answer = term.teacher.post(f"marks/{address}", **sent)
    assert answer.status_code == 303
    (one,) = term.marks()
    value = f"{float(shown[1].replace(',', '.')):.1f}"
    assert one == (first, "regular2", value, "written")
    with any_tool.inside():
        mark = db.session.query(Mark).one()
        assert mark.basis is not None
        assert (mark.basis["value"], mark.basis["answered"]) == (value, QUESTIONS)
        assert mark.basis["runs"][0] == term.run_id
    book = term.teacher.get(f"marks?term={term.term}").text
    assert f"máy đề xuất {value.replace('.', ',')}" in book.replace(",0 ", " ") or "máy đề xuất" in book


def test_a_proposal_is_edited_with_its_reason_and_both_values_stay(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    who = term.ids[PUPILS[0]]
    term.teacher.post(f"marks/{address}", **{f"m{who}": "8,25", f"a{who}": "1", f"y{who}": "Trình bày tốt"})
    with tool.inside():
        mark = db.session.query(Mark).one()
        assert (mark.value, mark.why, mark.place) == ("8.3", "Trình bày tốt", "regular1")
        assert mark.basis is not None
        assert mark.basis["value"] != "8.3"
    assert "Đã ghi 8,3" in term.row(address + "?place=regular1", PUPILS[0])


@pytest.mark.parametrize("typed", ["11", "-1", "−1", "Đ", "8,2,5", '"8.5"', "=1", "8 5"])
def test_what_is_no_mark_is_refused_with_the_whole_form(tool: Tool, typed: str) -> None:
    term = taught(tool)
    address = term.tag()
    one, other = term.ids[PUPILS[0]], term.ids[PUPILS[1]]
    sent = {f"a{one}": "1", f"m{one}": "8", f"a{other}": "1", f"m{other}": typed, f"k{one}": "Tiến bộ"}
    answer = term.teacher.post(f"marks/{address}", **sent)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "Tiến bộ" in answer.text
    assert term.marks() == []
    with tool.inside():
        assert db.session.query(TermComment).count() == 0


def test_too_few_answers_are_refused_in_words(tool: Tool) -> None:
    term = taught(tool, lessons=1)
    row = term.row(term.tag(), PUPILS[0])
    assert "Mới trả lời 7 câu, cần ít nhất 12" in row
    assert 'class="markband"' not in row


def test_a_question_that_was_asked_twice_counts_the_first_time(tool: Tool) -> None:
    """The class has seen its key since; so fourteen answers are seven, and too few."""
    teacher = tool.set_up(5)
    uid = tool.lesson(*({**SINGLE, "title": f"Câu {n}", "points": 1.0} for n in range(A_LESSON)), title="Hệ thức Vi-ét")
    row = (term := _taught(tool, teacher, [uid, uid])).row(term.tag(), PUPILS[0])
    assert "Mới trả lời 7 câu, cần ít nhất 12" in row
    assert "7 câu hỏi lại câu em đã gặp hoặc đã xem đáp án: không tính lần hỏi lại" in row
    assert "Không được hỏi trong" not in row


def test_a_question_counts_once(tool: Tool) -> None:
    term = taught(tool)
    term.tag(term.boxes[:3])
    for boxes in (term.boxes[:1], ["x.y"], ["nonsense"], []):
        sent = {"term": term.term, "title": "Khác", "method": "oral", "q": boxes}
        assert term.teacher.post("marks/proposals", **sent).status_code in (400, 409)
    for wrong in ({"title": " "}, {"method": "exam"}):
        sent = {"term": term.term, "title": "Khác", "method": "oral", "q": term.boxes[3:], **wrong}
        assert term.teacher.post("marks/proposals", **sent).status_code == 400
    with tool.inside():
        assert (db.session.query(Assessment).count(), db.session.query(AssessedQuestion).count()) == (1, 3)


def test_of_two_teachers_at_one_mark_one_wins_and_the_other_is_told(any_tool: Tool) -> None:
    term = taught(any_tool)
    address = term.tag()
    who = term.ids[PUPILS[0]]
    other = any_tool.browser().launch(sub="teacher-1b", name="Cô Lan")
    both = {f"w{who}": "0", f"a{who}": "1", "place": "regular1", f"v{who}": "0"}
    assert term.teacher.post(f"marks/{address}", **both, **{f"m{who}": "8", f"k{who}": "Chăm"}).status_code == 303
    late = other.post(f"marks/{address}", **both, **{f"m{who}": "6", f"k{who}": "Chăm"})
    assert late.status_code == 422
    assert "Có người vừa sửa điểm này" in late.text
    late = other.post(f"marks/{address}", **{f"k{who}": "Lười", f"v{who}": "0"})
    assert late.status_code == 422
    assert "vừa sửa nhận xét này" in late.text
    assert [value for _, _, value, _ in term.marks()] == ["8.0"]
    with any_tool.inside():
        assert [c.text for c in db.session.query(TermComment)] == ["Chăm"]


def test_a_comment_begins_from_the_evidence_and_is_the_teachers(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    who = term.ids[PUPILS[0]]
    assert f"Tham gia đều, trả lời {QUESTIONS}/{QUESTIONS} câu." in term.row(address, PUPILS[0])
    assert (
        term.teacher.post(f"marks/{address}", **{f"k{who}": "Tính toán cẩn thận.", f"v{who}": "0"}).status_code == 303
    )
    assert "Tính toán cẩn thận." in term.row(address, PUPILS[0])
    with tool.inside():
        assert [(c.person_id, c.text) for c in db.session.query(TermComment)] == [(who, "Tính toán cẩn thận.")]
    assert term.marks() == []


def test_a_comment_only_subject_gets_no_proposed_level(tool: Tool) -> None:
    term = taught(tool, form="comment")
    address = term.tag()
    row = term.row(address, PUPILS[0])
    assert "máy không đề xuất mức" in row
    who = term.ids[PUPILS[0]]
    assert term.teacher.post(f"marks/{address}", **{f"a{who}": "1", f"m{who}": "dat"}).status_code == 303
    assert [value for _, _, value, _ in term.marks()] == ["dat"]


def test_an_assessment_of_another_course_is_not_there(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    with tool.inside():
        db.session.query(Assessment).one().school_year = "2020-2021"
    assert term.teacher.get(f"marks/{address}").status_code == 404
    assert term.teacher.post(f"marks/{address}/remove").status_code == 404


def test_removing_an_assessment_leaves_its_marks(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    who = term.ids[PUPILS[0]]
    term.teacher.post(f"marks/{address}", **{f"m{who}": "8", f"a{who}": "1"})
    assert term.teacher.post(f"marks/{address}/remove").status_code == 303
    assert len(term.marks()) == 1
    with tool.inside():
        assert db.session.query(AssessedQuestion).count() == 0
        (mark,) = db.session.query(Mark)
        assert {".".join(tag) for tag in mark.basis["questions"]} == set(term.boxes)  # what it rests on is still known
        assert mark.basis["levels"] == []
    term.tag()  # its questions are free again


def test_erasing_a_pupil_leaves_value_time_and_basis_without_the_person(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    who = term.ids[PUPILS[0]]
    term.teacher.post(f"marks/{address}", **{f"m{who}": "8", f"a{who}": "1", f"k{who}": "Chăm"})
    with tool.inside():
        person = db.session.get_one(Person, who)
        assert personal.export(person)["term_comment"][0]["text"] == "Chăm"
        personal.erase(person)
        db.session.commit()
        (mark,) = db.session.query(Mark)
        assert (mark.person_id, mark.value, mark.basis["answered"]) == (None, "8.0", QUESTIONS)
        assert db.session.query(TermComment).count() == 0


def test_a_forgotten_lesson_takes_its_tags_along(any_tool: Tool) -> None:
    term = taught(any_tool)
    address = term.tag()
    with any_tool.inside():
        retention.forget_run(term.run_id)
        db.session.commit()
        assert db.session.query(AssessedQuestion).count() == A_LESSON
    assert f"{A_LESSON}/{A_LESSON} câu" in term.row(address, PUPILS[0])


def test_who_left_the_list_while_the_page_was_open_is_told_of_and_nobodys_mark_is_made(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    gone, here = term.ids[PUPILS[0]], term.ids[PUPILS[1]]
    with tool.inside():
        personal.erase(db.session.get_one(Person, gone))
    sent = {f"a{gone}": "1", f"m{gone}": "8", f"a{here}": "1", f"m{here}": "8"}
    assert term.teacher.post(f"marks/{address}", **sent).status_code == 422
    assert term.marks() == []


def test_a_form_that_means_nothing_changes_nothing(tool: Tool) -> None:
    term = taught(tool)
    address = term.tag()
    for sent in ({"place": "final"}, {"place": "nowhere", "w1": "x"}, {"ab": "1", "a": "1", "a-1": "1"}):
        assert term.teacher.post(f"marks/{address}", **sent).status_code == 303
    assert term.marks() == []
