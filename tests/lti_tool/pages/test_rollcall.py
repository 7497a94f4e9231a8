"""The roll call while a lesson goes on: kept once, in the order of saying, beside the signs and above them."""

import re
from typing import Any

from live_session.model import Standing
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.lessons import profiles, rollcall
from lti_tool.models import LessonRun, RollWord
from tests.analytics.teaching import end, lesson, pass_minutes, store
from tests.live_session.build import NOW
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import contents

MINUTE = 60_000


def begun(tool: Tool, minutes_ago: int = 30) -> tuple[Browser, str]:
    """A lesson under way for a while, of three pupils."""
    teacher = tool.set_up(3)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        db.session.get_one(LessonRun, run_id).started_at = now() - minutes_ago * MINUTE
    return teacher, run_id


def said(tool: Tool, number: int, word: str, ago: int = 0, id: str = "") -> dict[str, Any]:
    with tool.inside():
        uid = tool.person(f"pupil-{number}").uid
    return {"id": id or f"tap-{number:04}-{word}-{ago}", "who": uid, "word": word, "ago": ago}


def standing(tool: Tool, run_id: str) -> dict[int, str]:
    with tool.inside():
        people = {tool.person(f"pupil-{n}").id: n for n in (1, 2, 3)}
        return {people[who]: word.word.value for who, word in rollcall.words_of(run_id).items()}


def rows(tool: Tool) -> int:
    with tool.inside():
        return db.session.query(RollWord).count()


def test_words_are_kept_once_however_often_they_are_sent(either_tool: Tool) -> None:
    teacher, run_id = begun(either_tool)
    words = [said(either_tool, 1, "room"), said(either_tool, 2, "absent")]
    for _ in range(3):
        answer = teacher.send(f"runs/{run_id}/roll", [*words, words[0]])
        assert answer.status_code == 200
    assert rows(either_tool) == 2
    assert standing(either_tool, run_id) == {1: "room", 2: "absent"}
    told = teacher.fetch(f"runs/{run_id}/roll").json["words"]
    assert {one["word"] for one in told.values()} == {"room", "absent"}


def test_a_word_said_earlier_and_sent_later_changes_nothing(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    teacher.send(f"runs/{run_id}/roll", [said(tool, 1, "room")])
    teacher.send(f"runs/{run_id}/roll", [said(tool, 1, "absent", ago=5 * MINUTE)])
    assert standing(tool, run_id) == {1: "room"}


def test_somebody_of_another_course_is_named_as_unknown_and_nothing_of_it_kept(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    foreign = {**said(tool, 1, "room"), "who": "nobody-here", "id": "foreign-1"}
    answer = teacher.send(f"runs/{run_id}/roll", [foreign, said(tool, 2, "room")])
    assert answer.json["unknown"] == ["foreign-1"]
    assert standing(tool, run_id) == {2: "room"}


def test_bad_words_change_nothing(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    good = said(tool, 1, "room")
    before = contents(tool)
    for bad in ({}, [good, 1], [{**good, "word": "left_early"}], [{**good, "at": 1}], [good] * 501):
        assert teacher.send(f"runs/{run_id}/roll", bad).status_code == 400
    assert contents(tool) == before


def test_words_that_waited_until_after_the_lesson_are_still_kept(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    teacher.post(f"runs/{run_id}/end")
    assert teacher.send(f"runs/{run_id}/roll", [said(tool, 1, "excused", ago=MINUTE)]).status_code == 200
    assert standing(tool, run_id) == {1: "excused"}


# --- on the page of attendance ----------------------------------------------------------------------------------------


def test_a_word_that_changes_another_stands_however_long_that_one_was_on_its_way(tool: Tool) -> None:
    """Said 100 ms after the first, which took a second to arrive: by "how long ago" alone it would be the older one."""
    teacher, run_id = begun(tool)
    first = said(tool, 1, "room", id="tap-0001-first")
    teacher.send(f"runs/{run_id}/roll", [first])
    second = {**said(tool, 1, "absent", ago=900, id="tap-0001-second"), "after": first["id"]}
    answer = teacher.send(f"runs/{run_id}/roll", [second])
    assert standing(tool, run_id) == {1: "absent"}
    assert answer.json["words"][first["who"]]["id"] == second["id"]


def taught(tool: Tool) -> tuple[Browser, str]:
    """One pupil was there all the time, one came to their phone late, of one there was no sign. The log's clock."""
    teacher, run_id = begun(tool)
    with tool.inside():
        db.session.get_one(LessonRun, run_id).started_at = NOW
        first, late = (tool.person(f"pupil-{n}").uid for n in (1, 2))
        book = pass_minutes(lesson().seat(first), 15, first)
        book.seat(late, standing=Standing.LAUNCHED)
        store(db.session.connection(), end(pass_minutes(book, 30, first, late)), run_id)
    for step in (tool.jobs().follow, tool.jobs().refresh):  # no whole round: some day so old a lesson is forgotten
        with tool.inside():
            step()
    return teacher, run_id


def at_minute(minute: int) -> int:
    """How long ago that minute of the lesson was."""
    return now() - NOW - minute * MINUTE


def page_of(teacher: Browser, run_id: str) -> str:
    return teacher.get(f"runs/{run_id}/attendance?all=1").text


def ticked(page: str) -> list[str]:
    """The word that stands for each pupil, in the list's order; "" for none."""
    lists = re.findall(r"<fieldset class=\"seg\">.*?</fieldset>", page, re.S)
    return [(re.findall(r'value="(\w+)" checked', one) or [""])[0] for one in lists]


def test_the_roll_call_stands_beside_the_signs_and_wins(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    assert ticked(page_of(teacher, run_id)) == ["room", "", ""]
    calls = [
        said(tool, 1, "absent", at_minute(2)),
        said(tool, 2, "room", at_minute(1)),
        said(tool, 3, "room", at_minute(1)),
    ]
    teacher.send(f"runs/{run_id}/roll", calls)
    page = page_of(teacher, run_id)
    assert ticked(page) == ["absent", "room", "room"]
    assert page.count("Gọi tên lúc") == 3
    assert page.count("Máy còn thấy em đến") == 1  # absent by word, seen afterwards: to be looked at
    assert page.count("data-look") == 1
    assert 'class="computed"' in page
    assert page.count('value="late" checked') == 0  # called in time: was there before the phone was


def test_a_word_taken_back_leaves_what_the_signs_say(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    teacher.send(f"runs/{run_id}/roll", [said(tool, 1, "absent", at_minute(8)), said(tool, 1, "open", at_minute(9))])
    assert ticked(page_of(teacher, run_id)) == ["room", "", ""]
    assert "Gọi tên lúc" not in page_of(teacher, run_id)


def test_confirming_keeps_the_roll_call_as_the_decision(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    teacher.send(f"runs/{run_id}/roll", [said(tool, 3, "excused", at_minute(5))])
    teacher.post(f"runs/{run_id}/attendance")
    teacher.send(f"runs/{run_id}/roll", [said(tool, 3, "absent", at_minute(15))])  # said before, came after
    assert ticked(page_of(teacher, run_id)) == ["room", "", "excused"]


def test_the_profile_and_the_counts_hear_the_roll_call_before_anybody_confirms(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    teacher.send(f"runs/{run_id}/roll", [said(tool, 3, "excused", at_minute(5))])
    with tool.inside():
        person = tool.person("pupil-3")
        (sat,) = profiles.profile_of(tool.course().id, person).lessons
        assert sat.status == "excused"
        assert {who: one.status.value for who, one in rollcall.teachers_words(run_id).items()} == {person.id: "excused"}
