"""The class page: what many got wrong in the same way, who was not heard, and the term's lessons, in the words that a
teacher reads. Levels and whom to talk to stand in test_profile.py."""

import re
from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from live_session.commands import Call, Raise
from live_session.model import Mode, Policy
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models import LessonActivity, LessonRun
from tests.analytics.teaching import ask, end, store
from tests.live_session.build import Book, activity, pupil, start
from tests.lti_tool.conftest import Clock
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool

CLASS, LISTED = 10, 5
"""Pupils in the lesson, and those of them who are on the list; the others have left since."""
WHY = "Còn một nghiệm âm nữa."
QUESTION = SINGLE | {
    "content": SINGLE["content"]
    | {"options": [{"text": "chỉ có 2", "why": WHY}, {"text": "-2"}, {"text": "2 và -2"}, {"text": "4"}]}
}


def taught(tool: Tool, right: int, heard: Sequence[int] = ()) -> Browser:
    """A lesson for ten pupils, the last two of them at home: so many chose the key C, and the others A."""
    teacher = tool.set_up(LISTED)
    run_id = tool.start(teacher, QUESTION)
    with tool.inside():
        who = [tool.person(f"pupil-{n}").uid for n in range(1, LISTED + 1)] + [
            f"left-{n}" for n in range(CLASS - LISTED)
        ]
        stored = db.session.scalars(select(LessonActivity)).one()
        deck = [replace(activity("single", f"q{n}"), title="Khởi động") for n in range(3)]
        deck[0] = replace(deck[0], item=stored.uid, version=stored.version)
        book = Book(now()).do(start(deck, now(), policy=Policy()))
        book.seat(*who[:-2]).seat(*who[-2:], mode=Mode.HOME)
        ask(book, "q0", right=who[:right], wrong=who[right:])
        for n in heard:
            book.do(Raise(), actor=pupil(who[n])).do(Call(who[n]))
        for one in deck[1:]:
            ask(book, one.id, right=who)
        store(db.session.connection(), end(book), run_id)
    tool.jobs().round()
    return teacher


def section(page: str, name: str) -> str:
    """The words of a section, without its tags."""
    begin = page.index(f'id="{name}"')
    return " ".join(re.sub(r"<[^>]+>", " ", page[begin : page.index("</section>", begin)]).split())


@pytest.mark.parametrize(
    ("right", "follow_up"),
    [
        (2, "chữa lại trên bảng, chỉ rõ vì sao A không đúng, rồi hỏi lại (mới 2 trên 10 em đúng)"),
        (5, "cho từng cặp trao đổi vì sao A không đúng, rồi hỏi lại (5 trên 10 em đúng, đủ để giúp nhau)"),
    ],
)
def test_what_many_chose_wrongly_is_told_in_its_words_with_what_to_do(tool: Tool, right: int, follow_up: str) -> None:
    wrong = section(taught(tool, right).get("class").text, "wrong")
    assert f"{CLASS - right} trên {CLASS} em chọn A: chỉ có 2" in wrong
    assert WHY in wrong
    assert follow_up in wrong


def test_what_three_chose_wrongly_is_no_misconception(tool: Tool) -> None:
    wrong = section(taught(tool, right=7).get("class").text, "wrong")
    assert "em chọn" not in wrong
    assert "Chưa thấy phương án sai nào" in wrong


def test_of_a_question_rewritten_since_only_its_title_is_told(tool: Tool) -> None:
    teacher = taught(tool, right=5)
    with tool.inside():
        db.session.scalars(select(LessonActivity)).one().version += 1
    wrong = section(teacher.get("class").text, "wrong")
    assert "Khởi động 5 trên 10 em chọn A:" in wrong
    assert WHY not in wrong


def test_who_was_not_heard_this_month_is_named_and_nobody_else(tool: Tool, clock: Clock) -> None:
    teacher = taught(tool, right=9, heard=range(3))
    quiet = section(teacher.get("class").text, "quiet")
    assert "2 em, trong 1 tiết:" in quiet
    assert f"{PUPILS[3]} , {PUPILS[4]}" in quiet
    assert not any(name in quiet for name in PUPILS[:3])
    clock.wait(hours=31 * 24)
    later = teacher.launch().get("class").text
    assert "Chưa có tiết nào trong 30 ngày qua" in section(later, "quiet")


def test_where_nobody_was_called_nobody_is_named(tool: Tool) -> None:
    quiet = section(taught(tool, right=9).get("class").text, "quiet")
    assert not any(name in quiet for name in PUPILS[:LISTED])


def test_the_term_is_drawn_and_stands_in_a_table(tool: Tool) -> None:
    teacher = taught(tool, right=9, heard=range(8))
    page = teacher.get("class").text
    begin = page.index('id="term"')
    term = page[begin : page.index("</section>", begin)]
    assert term.count('role="img"') == 2
    assert {'class="in-room"', 'class="at-home"', 'class="fill-high"'} <= set(re.findall(r'class="[\w-]+"', term))
    row = re.findall(r'<td class="num">(\d+|–)</td>', term)
    assert row[:4] == ["8", "2", "0", "0"]  # in the room, at home, absent, not seen
    assert sum(map(int, row[4:])) == CLASS
    with tool.inside():
        run_id = db.session.scalars(select(LessonRun.run_id)).one()
    assert f"{run_id}" in term
