"""Evidence packs: no share of a few for others' eyes, no name but in the teacher's own files."""

import csv
import io
import zipfile
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reader import RunSnapshot
from analytics.results import QuestionResult
from analytics.rollup import LEAST_PUPILS, WHOLE, QuestionCount, Share, tell
from live_session.activities.base import Key
from live_session.model import Naming
from lti_tool.clock import school_year, today
from lti_tool.extensions import db
from lti_tool.lessons.evidence import names_somebody, results, texts_of, told
from lti_tool.models import Course
from tests.lti_tool.school import console, frames, press, sit, submit
from tests.lti_tool.tool import OPEN, SINGLE, Browser, Tool

KEY = Key(options=("A",))


def asked(answered: int, silent: int = 0, key: Key | None = KEY) -> QuestionResult:
    who = tuple(f"p{n}" for n in range(answered + silent))
    return QuestionResult(
        activity="q", kind="single", title="Câu", round=1, points=1.0, answered=answered, right=answered // 2,
        mean=None, tally=(), key=key, asked=who, silent=who[answered:], scored=answered if key else 0,
    )  # fmt: skip


def snapshot(*questions: QuestionResult, **changes: Any) -> RunSnapshot:
    """A lesson that asked these, the n-th as `q<n>`, told a head of department as a job tells it."""
    named = [msgspec.structs.replace(q, activity=f"q{n}") for n, q in enumerate(questions)]
    told = {"told": tell(named), **changes}
    return RunSnapshot(
        started_at=0, ended_at=1, is_over=True, proposals={}, questions=named, pupils={}, minutes=(), **told
    )


def test_questions_of_many_stand_one_by_one() -> None:
    found = told(snapshot(asked(30), asked(20, 5, key=None)))
    assert [(one.title, one.answered.part, one.answered.whole) for one in found] == [("Câu", 30, 30), ("Câu", 20, 25)]
    assert not found[1].right
    assert not found[1].right.is_hidden


def test_a_question_of_few_is_hidden_and_in_no_sum() -> None:
    """Else the figure of the whole, less the others, were the figure of the few."""
    many, few = told(snapshot(asked(30), asked(4)))
    assert (many.answered.whole, many.right.whole) == (30, 30)
    assert not few.answered
    assert few.answered.is_hidden
    assert few.right.is_hidden


def test_a_question_that_few_of_many_answered_shows_how_many_and_not_how_well() -> None:
    (one,) = told(snapshot(asked(8, 20)))
    assert (one.answered.part, one.answered.whole) == (8, 28)
    assert not one.right
    assert one.right.is_hidden


def test_of_a_question_without_names_no_share_is_right() -> None:
    """The week holds none of it: one that the pack showed would be a figure of what lies between."""
    unnamed = msgspec.structs.replace(asked(12), naming=Naming.NONE, scored=12)
    for found in (told(snapshot(unnamed, asked(12))), results([unnamed, asked(12)])):
        assert [(one.answered.whole, one.right.whole) for one in found] == [(12, 0), (12, 12)]
        assert not found[0].right.is_hidden


def test_a_lesson_that_was_counted_as_a_whole_is_told_as_a_whole() -> None:
    whole = QuestionCount(WHOLE, "", 34, 30, 20, 12)
    (one,) = told(snapshot(asked(30), asked(4), told=(whole,)))
    assert (one.title, one.answered, one.right) == (None, Share(30, 34), Share(12, 20))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6))
def test_nothing_of_fewer_than_ten_is_ever_shown(lesson: list[tuple[int, int]]) -> None:
    for one in told(snapshot(*(asked(answered, silent) for answered, silent in lesson))):
        for share in (one.answered, one.right):
            assert not share or share.whole >= LEAST_PUPILS


def test_the_teacher_sees_every_question() -> None:
    assert [one.answered.whole for one in results([asked(30), asked(4)])] == [30, 4]


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("Em hiểu", ["Em hiểu"]),
        ({"text": "Bài làm", "photo": "x"}, ["Bài làm"]),
        ({"text": "", "photo": "x"}, []),
        ({"level": 2, "learnt": "Vi-ét", "open": "dấu"}, ["Vi-ét\ndấu"]),
        ([{"text": "một"}, {"text": "hai"}], ["một", "hai"]),
        (None, []),
    ],
)
def test_the_words_of_an_answer(value: object, texts: list[str]) -> None:
    assert list(texts_of(value)) == texts  # type: ignore[arg-type]


def taught(tool: Tool) -> tuple[Browser, Browser]:
    """(the teacher, the head) after a lesson with one written answer."""
    teacher, head = tool.set_up(), tool.head()
    with tool.inside():
        db.session.query(Course).one().school_year = school_year(today())
    pupil = tool.pupil()
    run_id = tool.start(teacher, SINGLE, OPEN)
    sit(pupil)
    for _ in range(5):
        press(teacher, run_id)
    (welcome, *_) = frames(teacher, console(teacher, run_id))
    assert submit(pupil, welcome["state"]["current"]["id"], "Em Đặng Thái An chưa rõ dấu")["t"] == "ack"
    teacher.post(f"runs/{run_id}/end")
    tool.jobs().round()
    return teacher, head


def files(browser: Browser, path: str) -> dict[str, str]:
    answer = browser.get(path)
    assert answer.content_type == "application/zip", answer.text
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("nhóm của bạn Thái An", True), ("Bạn An vẽ hình", True), ("an làm", False), ("Em thấy an toàn", False),
        ("BẢO", False), ("bảo, Bảo và em", True), ("Hoàng hôn", False), ("", False),
    ],
)  # fmt: skip
def test_a_sample_that_names_a_pupil(text: str, is_named: bool) -> None:
    assert names_somebody(text, ["Đặng Thái An", "Lê Gia Bảo", "", "Hoàng Mai Chi"]) is is_named


def test_a_pack_names_pupils_only_where_its_teacher_says_so(tool: Tool) -> None:
    teacher, head = taught(tool)
    with tool.inside():
        uid = tool.person("teacher-1").uid
    assert uid in head.get("department/packs").text
    others = files(head, f"department/packs/{uid}/zip")
    own, named = files(teacher, "evidence/zip"), files(teacher, "evidence/zip?names=1")
    assert set(others) == {"minh-chung.html", "so-tiet.csv", "diem-danh.csv", "ket-qua.csv", "san-pham.csv"}
    for pack in (others, own):
        assert not any("Thái An" in text for text in pack.values())
    assert "Đặng Thái An: Em Đặng Thái An chưa rõ dấu" in named["san-pham.csv"]
    rows = list(csv.DictReader(io.StringIO(others["diem-danh.csv"]), delimiter=";"))
    assert [row["Tiết"] for row in rows] == ["Hệ thức Vi-ét"]
    made = [list(csv.DictReader(io.StringIO(pack["san-pham.csv"]), delimiter=";")) for pack in (others, own)]
    assert [row["Số bài"] for rows in made for row in rows] == ["", "1"]
    assert "dưới 10 em" in others["minh-chung.html"]
    assert "chưa rõ dấu" not in head.get(f"department/packs/{uid}").text
    with tool.inside():
        pupil = tool.person("pupil-1").uid
    assert head.get(f"department/packs/{pupil}").status_code == 404
