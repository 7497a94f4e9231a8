"""Attendance after a lesson: what is proposed, what one tap says for many, and whom it never makes absent."""

import re
from collections.abc import Mapping

import pytest

from live_session.commands import SERVER, Note
from live_session.model import Mode, Standing
from lti_tool.extensions import db
from lti_tool.lessons import rollcall
from lti_tool.pages.attendance import decisions
from tests.analytics.teaching import end, lesson, pass_minutes, store
from tests.analytics.test_attendance import move
from tests.lti_tool.conftest import Clock
from tests.lti_tool.tool import SINGLE, Browser, Tool

THERE, PART, PICKED, AWAY = range(1, 5)


def taught(tool: Tool) -> tuple[Browser, str]:
    """A lesson of 45 minutes that is over: one pupil was there, one for a third of it, one only picked a name."""
    teacher = tool.set_up(4)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        there, part, picked = (tool.person(f"pupil-{n}").uid for n in (THERE, PART, PICKED))
        book = lesson().seat(there, part).seat(picked, standing=Standing.PICKED)
        pass_minutes(pass_minutes(book, 15, there, part, picked), 30, there, picked)
        store(db.session.connection(), end(book), run_id)
    tool.jobs().round()
    return teacher, run_id


def confirmed(tool: Tool, **form: str) -> Mapping[int, str]:
    """What stands decided after the teacher's act, by pupil."""
    teacher, run_id = taught(tool)
    with tool.inside():
        form = {f"p{tool.person(f'pupil-{n[1:]}').id}" if n[0] == "n" else n: value for n, value in form.items()}
    assert teacher.post(f"runs/{run_id}/attendance", **form).status_code == 303
    with tool.inside():
        numbers = {tool.person(f"pupil-{n}").id: n for n in (THERE, PART, PICKED, AWAY)}
        return {numbers[who]: decision.status for who, decision in decisions(run_id).items()}


def test_signs_of_a_part_of_the_lesson_are_shown_and_propose_nothing(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    page = teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert "Có dấu hiệu 15 phút, 33% tiết" in page
    picked = re.findall(r'type="radio"[^>]* checked', page)
    assert len(picked) == 1  # of four pupils, one is proposed as present


def test_times_without_a_signal_stand_beside_the_minutes(tool: Tool) -> None:
    teacher = tool.set_up(2)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        other, shaky = (tool.person(f"pupil-{n}").uid for n in (1, 2))
        book = pass_minutes(lesson().seat(other, shaky), 5, other, shaky)
        for _ in range(4):
            book = pass_minutes(pass_minutes(book, 3, other), 5, other, shaky)
        store(db.session.connection(), end(book), run_id)
    tool.jobs().round()
    page = teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert len(re.findall(r"\d\d:\d\d–\d\d:\d\d mất tín hiệu", page)) == 3  # the rest as a number
    assert page.count("và 1 lần mất tín hiệu khác") == 1


def test_what_stands_by_a_phones_own_word_is_told_as_such(tool: Tool) -> None:
    teacher = tool.set_up(2)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        other, cut = (tool.person(f"pupil-{n}").uid for n in (1, 2))
        book = pass_minutes(pass_minutes(lesson().seat(other, cut), 20, other, cut), 3, other)
        at = book.clock()
        book.do(Note({}, {cut: (at - 3 * 60_000, at)}), actor=SERVER)
        store(db.session.connection(), end(pass_minutes(book, 22, other, cut)), run_id)
    tool.jobs().round()
    page = teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert len(re.findall(r"\d\d:\d\d–\d\d:\d\d không có mạng, máy báo vẫn mở trang", page)) == 1
    assert "mất tín hiệu" not in page


@pytest.mark.parametrize(("moves", "shown", "more"), [(3, 4, None), (5, 4, "(và 2 lần khác)")])
def test_of_many_moves_the_last_place_is_never_left_out(tool: Tool, moves: int, shown: int, more: str | None) -> None:
    teacher = tool.set_up(1)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        who = tool.person("pupil-1").uid
        book = lesson().seat(who)
        for n in range(moves):
            book = move(pass_minutes(book, 5, who), who, Mode.ROOM if n % 2 else Mode.HOME)
        store(db.session.connection(), end(pass_minutes(book, 5, who)), run_id)
    tool.jobs().round()
    page = teacher.get(f"runs/{run_id}/attendance?all=1").text
    places = re.findall(r"\d\d:\d\d (?:tại lớp|trực tuyến) \(tự khai\)|\d\d:\d\d quét mã tại lớp", page)
    assert (len(places), places[-1][6:]) == (shown, "trực tuyến (tự khai)")
    assert re.findall(r"\(và \d lần khác\)", page) == ([more] if more else [])


def test_whom_the_teacher_leaves_open_stays_open(either_tool: Tool) -> None:
    assert confirmed(either_tool) == {THERE: "room"}


def test_how_many_were_left_open_is_told(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    told = teacher.post(f"runs/{run_id}/attendance")
    assert "Còn 3 em thầy cô chưa chọn gì" in teacher.get(told.location).text
    with tool.inside():
        everybody = {f"p{tool.person(f'pupil-{n}').id}": "room" for n in (THERE, PART, PICKED, AWAY)}
    told = teacher.post(f"runs/{run_id}/attendance", **everybody)
    assert "Đã xác nhận điểm danh.</p>" in teacher.get(told.location).text


@pytest.mark.parametrize("by_roll", [False, True])
def test_what_a_colleague_said_meanwhile_stands_and_is_told(tool: Tool, clock: Clock, by_roll: bool) -> None:
    """Two teachers have the list open; the second to press has not seen what the first one said."""
    teacher, run_id = taught(tool)
    address = f"runs/{run_id}/attendance"
    with tool.inside():
        pupil = tool.person(f"pupil-{AWAY}")
        who, uid = pupil.id, pupil.uid
    clock.wait(minutes=1)
    shown = dict(re.findall(r'name="(w\d+)" value="(\d+)"', teacher.get(f"{address}?all=1").text))
    colleague = tool.browser().launch(sub="teacher-2")
    if by_roll:
        assert colleague.send(f"runs/{run_id}/roll", [{"id": "abcdefgh", "who": uid, "word": "excused", "ago": 0}]).json
    else:
        colleague.post(address, **{**shown, f"p{who}": "excused"})
    clock.wait(minutes=1)
    answer = teacher.post(address, **{**shown, f"p{who}": "absent"})
    assert "attendance_kept" in answer.location
    with tool.inside():
        assert rollcall.teachers_words(run_id)[who].status == "excused"
    shown = dict(re.findall(r'name="(w\d+)" value="(\d+)"', teacher.get(f"{address}?all=1").text))
    assert "attendance_kept" not in teacher.post(address, **{**shown, f"p{who}": "absent"}).location
    with tool.inside():
        assert rollcall.teachers_words(run_id)[who].status == "absent"


def test_what_the_signs_come_to_is_told_first_and_then_what_the_teacher_said(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    page = f"runs/{run_id}/attendance?all=1"
    assert "<b>1 em có đủ dấu hiệu có mặt.</b>" in teacher.get(page).text
    teacher.post(f"runs/{run_id}/attendance", rest="absent")
    assert "<b>Có mặt 1 · trực tuyến 0 · vắng P 0 · vắng K 1 · chưa rõ 2</b>" in teacher.get(page).text


def test_nobody_with_signs_is_no_success(tool: Tool) -> None:
    teacher = tool.set_up(2)
    run_id = tool.start(teacher, SINGLE)
    tool.jobs().round()
    page = teacher.get(f"runs/{run_id}/attendance").text
    assert "Chưa em nào có đủ dấu hiệu có mặt." in page
    assert "banner-ok" not in page


def test_one_tap_makes_absent_those_never_seen_and_nobody_else(tool: Tool) -> None:
    assert confirmed(tool, rest="absent") == {THERE: "room", AWAY: "absent"}


def test_one_tap_takes_those_seen_for_a_part_as_present(tool: Tool) -> None:
    assert confirmed(tool, seen="present") == {THERE: "room", PART: "room"}


def test_the_teachers_own_choice_stands_above_every_tap(tool: Tool) -> None:
    said = confirmed(tool, n1="excused", n2="absent", n3="home", n4="room", rest="absent")
    assert said == {THERE: "excused", PART: "absent", PICKED: "home", AWAY: "room"}


def test_absence_is_only_said_in_words_a_teacher_has(tool: Tool) -> None:
    assert confirmed(tool, rest="not_seen", n2="unconfirmed") == {THERE: "room"}


def test_late_and_left_early_are_the_teachers_to_say(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    with tool.inside():
        who = tool.person(f"pupil-{THERE}").id
    edges = []
    for ticked in ("late", "early", ""):
        assert teacher.post(f"runs/{run_id}/attendance", **{f"e{who}": ticked}).status_code == 303
        with tool.inside():
            edges.append((decisions(run_id)[who].is_late, decisions(run_id)[who].left_early))
    assert teacher.post(f"runs/{run_id}/attendance", **{f"p{who}": "absent", f"e{who}": "late"}).status_code == 303
    with tool.inside():
        edges.append((decisions(run_id)[who].is_late, decisions(run_id)[who].left_early))
    assert edges == [(True, False), (False, True), (False, False), (False, False)]


# --- a column in the gradebook --------------------------------------------------------------------------------------


def written(tool: Tool) -> dict[str, tuple[float, float, str]]:
    """What stands last in the attendance column, by person: (value, of, words)."""
    assert all(item["tag"] == "attendance" for item in tool.platform.items)
    return {
        body["userId"]: (body["scoreGiven"], body["scoreMaximum"], body["comment"]) for _, body in tool.platform.scores
    }


def say(tool: Tool, teacher: Browser, run_id: str, column: bool = True, **said: str) -> None:
    """The teacher confirms; `n1` is what is said of the first pupil. The jobs go round."""
    with tool.inside():
        form = {f"p{tool.person(f'pupil-{n[1:]}').id}": value for n, value in said.items()}
    teacher.post(f"runs/{run_id}/attendance", **form, **({"column": "1"} if column else {}))
    tool.jobs().round()


def test_attendance_is_written_only_when_the_teacher_confirms_with_the_box_ticked(any_tool: Tool) -> None:
    teacher, run_id = taught(any_tool)
    say(any_tool, teacher, run_id, column=False, n4="absent")
    assert not any_tool.platform.items
    say(any_tool, teacher, run_id, n2="home", n3="excused", n4="absent")
    assert written(any_tool) == {
        "pupil-1": (1, 1, "Có mặt tại lớp"),
        "pupil-2": (1, 1, "Tham gia trực tuyến, Về sớm"),
        "pupil-4": (0, 1, "Vắng không phép (K)"),
    }
    assert any_tool.platform.items[0]["scoreMaximum"] == 1
    assert any_tool.platform.items[0]["label"] == "Chuyên cần: Hệ thức Vi-ét"


def test_an_absence_that_is_excused_later_is_withdrawn_and_the_teacher_told(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    say(tool, teacher, run_id, n4="absent")
    posted = len(tool.platform.scores)
    say(tool, teacher, run_id, n4="excused")
    assert len(tool.platform.scores) == posted  # nothing is posted that would empty a cell
    page = teacher.get(f"runs/{run_id}/report").text
    assert "Vắng có phép không tính. Ô này đã ghi trước đó" in page
    say(tool, teacher, run_id, n4="absent")
    assert len(tool.platform.scores) == posted + 1
    assert "Ô này đã ghi trước đó" not in teacher.get(f"runs/{run_id}/report").text


def test_what_the_course_says_is_what_the_box_begins_with(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    box = 'name="column" value="1"'
    assert f"{box}>" in teacher.get(f"runs/{run_id}/attendance").text
    form = {"subject": "Toán", "grade": "9", "year": "2026-2027", "class": "9A1"}
    teacher.post("course", **form, column=["attendance"])
    assert f"{box} checked>" in teacher.get(f"runs/{run_id}/attendance").text
    assert f"{box}>" in teacher.get(f"runs/{run_id}/report").text
    teacher.post("course", **form, column=["participation"])
    assert f"{box} checked>" in teacher.get(f"runs/{run_id}/report").text
    assert f"{box}>" in teacher.get(f"runs/{run_id}/attendance").text


def test_an_lms_without_grades_is_offered_no_column(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    with tool.inside():
        tool.course().grade_scopes = []
    assert 'name="column"' not in teacher.get(f"runs/{run_id}/attendance").text
    say(tool, teacher, run_id, n4="absent")
    assert not tool.platform.items
