"""The question bank: whom it reaches, what is found in it, what is said of a question, what a copy takes along."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.items import Concern, Flag, ItemReport
from analytics.mastery import store as mastery
from analytics.pool import Origin, Quality
from analytics.rows import put
from analytics.tables import item_asked, item_snapshot
from lti_tool.extensions import db
from lti_tool.lessons import bank, pictures
from lti_tool.lessons.bank import Difficulty, Wanted
from lti_tool.lessons.courses import scope_of
from lti_tool.models import Lesson, LessonActivity, Person, Picture
from tests.lti_tool.lessons.test_sharing import other_course, own
from tests.lti_tool.school import picture
from tests.lti_tool.tool import OPEN, SINGLE, Tool
from tests.lti_tool.witness import contents, fault_of

VIETE = "Tổng hai nghiệm của phương trình \\(x^2-5x+6=0\\) là?"


def single(prompt: str = VIETE, **more: Any) -> dict[str, Any]:
    return {**SINGLE, **more, "content": {**SINGLE["content"], "prompt": prompt}}


def share(tool: Tool, uid: str) -> None:
    with tool.inside():
        db.session.query(Lesson).filter_by(uid=uid).one().shared_at = 1


def uids(tool: Tool, lesson: str) -> list[str]:
    with tool.inside():
        return [one.uid for one in db.session.query(Lesson).filter_by(uid=lesson).one().activities]


def analysed(tool: Tool, item: str, n: int, p: float, *flags: Flag, origin: Origin = Origin.CLASS) -> None:
    """What the jobs would have found, in two lessons or works."""
    report = ItemReport(item, n, p, p - 0.1, p + 0.1, 0.4, (), 0, 0, flags, n, 0.2, 0.6)
    with tool.inside():
        connection = db.session.connection()
        put(connection, item_asked, [(f"{origin}-{k}-{item}"[:32], item, k, True, origin) for k in range(2)])
        put(
            connection,
            item_snapshot,
            [(item, origin, 1, 2, n, msgspec.json.encode(report).decode(), bool(report.flags))],
        )


# --- pure -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("tổng hai nghiệm", True), ("tong hai nghiem", True), ("NGHIEM TONG", True), ("Đường tròn", False),
        ("tông", False), ("", True), ("  ", True), ("x^2", True),
    ],
)  # fmt: skip
def test_words_are_found_with_accents_and_without(words: str, is_found: bool) -> None:
    assert bank.is_hit(words, VIETE) is is_found


def test_a_d_with_a_stroke_is_a_d() -> None:
    assert bank.is_hit("duong tron", "Đường tròn nội tiếp")
    assert not bank.is_hit("đương", "Đường tròn")


@given(st.text(max_size=40))
def test_a_text_is_found_by_itself_and_by_what_is_left_without_accents(text: str) -> None:
    assert bank.is_hit(text, text)
    assert bank.folded(bank.folded(text)) == bank.folded(text)


@given(st.dictionaries(st.sampled_from(["prompt", "text", "explanation"]), st.text(max_size=9)))
def test_copies_have_the_same_sense_whatever_their_pictures_are_called(content: dict[str, Any]) -> None:
    one, other = ({**content, "image": {"id": name * 32, "alt": "đồ thị"}} for name in "ab")
    assert bank.sense_of("single", one) == bank.sense_of("single", other)
    assert bank.sense_of("single", one) != bank.sense_of("multiple", one)
    assert "a" * 32 not in list(bank.texts_of(one))
    assert "đồ thị" in list(bank.texts_of(one))


@pytest.mark.parametrize(
    ("n", "p", "said"),
    [(9, 0.9, "unknown"), (10, 0.9, "easy"), (10, 0.7, "middle"), (40, 0.3, "middle"), (40, 0.2, "hard")],
)
def test_of_too_few_answers_nothing_is_said(n: int, p: float, said: str) -> None:
    report = ItemReport("i", n, p, 0, 1, None, (), 0, 0, ())
    assert bank.difficulty_of(Quality(report, 1, 1)) == said
    assert bank.difficulty_of(None) == Difficulty.UNKNOWN


# --- whom it reaches ------------------------------------------------------------------------------------------------


def test_it_holds_ones_own_and_what_colleagues_of_the_subject_share(either_tool: Tool) -> None:
    tool = either_tool
    tool.set_up()
    colleague, stranger = other_course(tool, "teacher-2"), other_course(tool, "teacher-3", "Ngữ văn", "course-3")
    shared, kept = tool.lesson(single("Câu được chia sẻ")), tool.lesson(single("Câu của riêng tôi"))
    share(tool, shared)
    mine = tool.teacher().get("bank").text
    assert "Câu được chia sẻ" in mine
    assert "Câu của riêng tôi" in mine
    theirs = colleague.get("bank").text
    assert "Câu được chia sẻ" in theirs
    assert "Nguyễn Thu Hà · Toán 9A1 chia sẻ" in theirs
    assert "Câu của riêng tôi" not in theirs
    assert "Chưa có câu hỏi nào" in stranger.get("bank").text
    before = contents(tool)
    for who, lesson in ((colleague, kept), (stranger, shared), (stranger, kept)):
        answer = who.post("bank", question=uids(tool, lesson)[0])
        assert (fault_of(answer), answer.status_code) == ("question_gone", 404)
    assert contents(tool) == before


def test_a_share_that_ended_and_a_lesson_that_was_deleted_are_out_of_it(tool: Tool) -> None:
    teacher, colleague = tool.set_up(), other_course(tool, "teacher-2")
    lesson = tool.lesson(single())
    teacher.post(f"lessons/{lesson}/share", do="share")
    assert "Tổng hai nghiệm" in colleague.get("bank").text
    teacher.post(f"lessons/{lesson}/share", do="unshare")
    assert "Tổng hai nghiệm" not in colleague.get("bank").text
    teacher.post(f"lessons/{lesson}/do", do="delete")
    assert "Tổng hai nghiệm" not in teacher.get("bank").text


def test_ones_other_courses_of_the_subject_are_ones_own(tool: Tool) -> None:
    tool.set_up()
    tool.lesson(single("Câu của lớp 9"))
    other_course(tool, "teacher-1")
    other_course(tool, "teacher-1", "Tin học", "course-3")
    for lms_id, is_there in (("course-2", True), ("course-3", False)):
        with tool.inside():
            person, context = tool.person("teacher-1").id, tool.course(lms_id).id
            found = bank.questions(bank.reach_of(person, context))
            assert [(one.content["prompt"], one.is_own) for one in found] == [("Câu của lớp 9", True)] * is_there


def test_the_same_question_stands_there_once_ones_own_copy_first(tool: Tool) -> None:
    tool.set_up()
    colleague = other_course(tool, "teacher-2")
    lesson = tool.lesson(single(), OPEN)
    share(tool, lesson)
    colleague.post("bank", question=uids(tool, lesson)[0], lesson="")
    with tool.inside():
        (copied,) = own(tool, "course-2")
        person, context = tool.person("teacher-2").id, tool.course("course-2").id
        found = {one.kind: one for one in bank.questions(bank.reach_of(person, context))}
        assert found["single"].uid == copied.activities[0].uid
        assert (found["single"].is_own, len(found["single"].copies)) == (True, 2)
        assert (found["open"].is_own, len(found["open"].copies)) == (False, 1)


def test_questions_stand_under_the_words_that_are_valid_now_and_stay_as_they_were_written(tool: Tool) -> None:
    tool.set_up()
    lesson = tool.lesson(single(objective="Vi-ét"), {**OPEN, "objective": "Hệ thức Vi-ét"})
    with tool.inside():
        mastery.join(db.session.connection(), scope_of(tool.course().id), "Hệ thức Vi-ét", "Vi-ét")
    for words in ("Hệ thức Vi-ét", "Vi-ét"):  # an address that was kept says the earlier ones
        found = look(tool, objective=words)
        assert found.objectives == ["Hệ thức Vi-ét"]
        assert [entry.question.objective for entry in found.entries] == ["Hệ thức Vi-ét"] * 2
    assert '<option value="Hệ thức Vi-ét">' in tool.teacher().get("bank").text
    with tool.inside():
        kept = db.session.query(Lesson).filter_by(uid=lesson).one().activities
        assert [one.objective for one in kept] == ["Vi-ét", "Hệ thức Vi-ét"]


def test_pages_that_ask_nothing_are_no_questions(tool: Tool) -> None:
    tool.set_up()
    tool.lesson({**SINGLE, "content": {}}, single("Có hỏi"), {"kind": "slide", "content": {"prompt": "Trang 1"}})
    with tool.inside():
        found = bank.questions(bank.reach_of(tool.person("teacher-1").id, tool.course().id))
        assert [one.content["prompt"] for one in found] == ["Có hỏi"]


# --- looking --------------------------------------------------------------------------------------------------------


def look(tool: Tool, page: int = 1, **wanted: Any) -> bank.Found:
    with tool.inside():
        reach = bank.reach_of(tool.person("teacher-1").id, tool.course().id)
        return bank.look(reach, Wanted(**wanted), page)


def prompts(found: bank.Found) -> list[str]:
    return [one.question.content["prompt"] for one in found.entries]


def test_filters_narrow_it(either_tool: Tool) -> None:
    tool = either_tool
    tool.set_up()
    lesson = tool.lesson(single("Dễ", objective="Giải phương trình"), single("Khó"), OPEN, single("Ít bài"))
    easy, hard, _, few = uids(tool, lesson)
    analysed(tool, f"{easy}@1", 40, 0.9)
    analysed(tool, f"{hard}@1", 40, 0.2, Flag(Concern.TOO_HARD, 0.28, 0.3, 40))
    analysed(tool, f"{few}@1", 9, 0.2)
    assert prompts(look(tool, difficulty="easy")) == ["Dễ"]
    assert prompts(look(tool, difficulty="hard")) == ["Khó"]
    assert prompts(look(tool, difficulty="unknown", kind="single")) == ["Ít bài"]
    assert prompts(look(tool, is_flagged=True)) == ["Khó"]
    assert prompts(look(tool, objective="Giải phương trình")) == ["Dễ"]
    assert prompts(look(tool, kind="open")) == [OPEN["content"]["prompt"]]
    assert prompts(look(tool, words="it bai")) == ["Ít bài"]
    assert prompts(look(tool, words="giai phuong trinh")) == ["Dễ"], "its objective"
    assert look(tool, words="he thuc vi-et").total == 4, "the lesson's name"
    assert prompts(look(tool, whose="shared")) == []
    everything = look(tool)
    assert (everything.total, everything.everything, everything.is_cut) == (4, 4, False)
    assert (everything.kinds, everything.objectives) == (["open", "single"], ["Giải phương trình"])


def test_what_is_known_is_of_the_copy_answered_most_and_its_uses_of_all(tool: Tool) -> None:
    tool.set_up()
    first, second = uids(tool, tool.lesson(single())) + uids(tool, tool.lesson(single()))
    with tool.inside():
        db.session.query(LessonActivity).filter_by(uid=first).one().version = 2
    analysed(tool, f"{first}@1", 90, 0.1)
    analysed(tool, f"{first}@2", 12, 0.5)
    analysed(tool, f"{second}@1", 30, 0.8)
    analysed(tool, f"{second}@1", 11, 0.95, origin=Origin.PRACTICE)
    (entry,) = look(tool).entries
    assert entry.quality is not None
    assert entry.alone is not None
    assert (entry.quality.report.n, entry.alone.report.n) == (30, 11), "version 1 of the first is another question"
    assert (entry.asked, entry.practised) == (6, 2)


def test_pages_come_twenty_at_a_time(tool: Tool) -> None:
    teacher = tool.set_up()
    tool.lesson(*(single(f"Câu số {n:02}") for n in range(1, 46)))
    assert [len(look(tool, page).entries) for page in (1, 2, 3)] == [20, 20, 5]
    assert look(tool, 99).page == 3
    assert look(tool, words="cau so 07").pages == 1
    page = teacher.get("bank?page=2&kind=single").text
    assert "Trang 2 trên 3" in page
    assert "page=3" in page
    assert "kind=single" in page


def test_a_page_says_too_little_before_it_says_a_figure(tool: Tool) -> None:
    teacher = tool.set_up()
    enough, few, never = uids(tool, tool.lesson(single("Đủ"), single("Chưa đủ"), single("Mới soạn")))
    analysed(tool, f"{enough}@1", 40, 0.62, Flag(Concern.MISKEY, 0.31, 0.1, 40, "A"))
    analysed(tool, f"{few}@1", 8, 0.62)
    page = teacher.get("bank").text
    rows = {uid: page.split(f'id="q-{uid}"')[1].split("<li id")[0] for uid in (enough, few, never)}
    assert "62%" in rows[enough]
    assert "Có thể sai đáp án: nhóm làm tốt nhất chọn A" in rows[enough]
    assert "40 bài" in rows[enough]
    assert "Đã hỏi trong 2 tiết" in rows[enough]
    for uid, n in ((few, 8), (never, 0)):
        assert "Chưa đủ dữ liệu" in rows[uid]
        assert f"Mới {n}/10 bài" in rows[uid]
        assert "62%" not in rows[uid]
    assert "Chưa dùng" in rows[never]
    analysed(tool, f"{never}@1", 12, 0.75, origin=Origin.PRACTICE)
    row = teacher.get("bank").text.split(f'id="q-{never}"')[1]
    assert "Dùng trong 2 bài tự luyện" in row
    assert "Chưa dùng" not in row
    assert "Tự luyện: đúng" in row


def test_nothing_of_it_names_a_pupil(tool: Tool) -> None:
    teacher = tool.set_up(3)
    tool.lesson(single())
    page = teacher.get("bank").text
    with tool.inside():
        pupils = [p for p in db.session.query(Person) if p.sub and p.sub.startswith("pupil")]
        assert len(pupils) == 3
        assert not [p.name for p in pupils if p.name in page or p.uid in page]


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=-3", "kind=nothing", "difficulty=9", "whose=all", "q=%00%F0", "into=x"]
)
def test_what_the_address_does_not_know_is_passed_over(tool: Tool, query: str) -> None:
    teacher = tool.set_up()
    tool.lesson(single())
    assert teacher.get(f"bank?{query}").status_code == 200


def test_nothing_found_and_nothing_there_are_said(tool: Tool) -> None:
    teacher = tool.set_up()
    assert "Chưa có câu hỏi nào" in teacher.get("bank").text
    tool.lesson(single())
    assert "Không có câu nào như vậy" in teacher.get("bank?q=khongco").text


# --- taking ---------------------------------------------------------------------------------------------------------


def test_a_copy_is_an_item_of_its_own_with_its_pictures_and_can_be_undone(either_tool: Tool) -> None:
    tool = either_tool
    tool.set_up()
    colleague = other_course(tool, "teacher-2")
    with tool.inside():
        kept = pictures.keep(tool.course().id, picture()).id
    lesson = tool.lesson({**SINGLE, "content": {**SINGLE["content"], "image": {"id": kept, "alt": "đồ thị"}}})
    share(tool, lesson)
    (uid,) = uids(tool, lesson)
    made = colleague.post("bank", question=uid, lesson="")
    assert made.status_code == 303
    assert "into=" in made.location
    with tool.inside():
        (mine,) = own(tool, "course-2")
        (activity,) = mine.activities
        into = mine.uid
        assert (activity.uid != uid, activity.version, activity.was_used) == (True, 1, False)
        image = db.session.get_one(Picture, activity.content["image"]["id"])
        assert (image.id != kept, image.context_id) == (True, mine.context_id)
    page = colleague.get(f"bank?into={into}").text
    assert "Đã có trong bài" in page
    assert f"lessons/{into}" in page
    assert colleague.post("bank?q=tong&kind=single", question=uid, lesson=into).status_code == 303
    assert len(uids(tool, into)) == 2
    colleague.post(f"lessons/{into}/history", do="undo")
    assert len(uids(tool, into)) == 1


def test_a_lesson_of_another_course_takes_nothing(tool: Tool) -> None:
    teacher, colleague = tool.set_up(), other_course(tool, "teacher-2")
    lesson = tool.lesson(single())
    share(tool, lesson)
    before = contents(tool)
    answer = colleague.post("bank", question=uids(tool, lesson)[0], lesson=lesson)
    assert (fault_of(answer), answer.status_code) == ("lesson_gone", 404)
    assert contents(tool) == before
    assert teacher.get(f"lessons/{lesson}").text.count("Lấy từ ngân hàng") >= 1
