"""The roll call as data: what is read, which word stands, and that order and repetition change nothing."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics.attendance import Status
from lti_tool.errors import Fault
from lti_tool.lessons.rollcall import MOST_AT_ONCE, Word, newest, read, said_at, standing
from lti_tool.models import AttendanceDecision, RollCall, RollWord

GOOD = {"id": "0198c0de-0001", "who": "em", "word": "room", "ago": 5}


def word(person: int, said: int, id: str, word: RollCall = RollCall.ROOM) -> RollWord:
    return RollWord(person_id=person, said_at=said, command_id=id, word=word)


def decided(at: int, status: str = "home") -> AttendanceDecision:
    return AttendanceDecision(status=status, at=at)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[[]]", b"\xff", json.dumps([GOOD | {"word": "late"}]), json.dumps([GOOD | {"ago": "1"}]),
        json.dumps([GOOD | {"more": 1}]), json.dumps([GOOD | {"id": "short"}]), json.dumps([GOOD | {"id": "x" * 49}]),
        json.dumps([GOOD | {"id": "0198c0de/001"}]), json.dumps([GOOD] * (MOST_AT_ONCE + 1)), json.dumps([{"id": "x"}]),
    ],
)  # fmt: skip
def test_what_is_no_list_of_words_is_refused_whole(body: Any) -> None:
    with pytest.raises(Fault):
        read(body if isinstance(body, bytes) else body.encode())


def test_words_are_read_as_they_were_said() -> None:
    assert read(json.dumps([GOOD]).encode()) == [Word("0198c0de-0001", "em", RollCall.ROOM, 5)]


@given(st.integers(), st.integers(0, 1 << 50), st.integers(0, 1 << 40))
@example(1, 0, 1)
def test_a_word_was_said_within_the_lesson_so_far_whatever_a_clock_says(ago: int, began: int, lasted: int) -> None:
    said = said_at(Word("id", "em", RollCall.ROOM, ago), began, began + lasted)
    assert began <= said <= began + lasted
    if 0 <= ago <= lasted:
        assert said == began + lasted - ago


WORDS = st.lists(
    st.builds(word, st.integers(1, 3), st.integers(0, 5), st.uuids().map(str), st.sampled_from(RollCall)),
    unique_by=lambda one: one.command_id,
    max_size=12,
)


@given(WORDS, st.randoms())
def test_order_of_arrival_and_repetition_change_nothing(words: list[RollWord], chance: Any) -> None:
    again = [*words, *words[:3]]
    chance.shuffle(again)
    assert newest(again) == newest(words)


@given(WORDS)
def test_the_word_said_last_stands(words: list[RollWord]) -> None:
    for person, stands in newest(words).items():
        assert stands.said_at == max(one.said_at for one in words if one.person_id == person)


@pytest.mark.parametrize(
    ("decision", "said", "expected"),
    [
        (None, None, None),
        (None, word(1, 5, "a"), (Status.ROOM, True)),
        (None, word(1, 5, "a", RollCall.OPEN), None),
        (decided(9), word(1, 5, "a"), (Status.HOME, False)),
        (decided(5), word(1, 5, "a"), (Status.HOME, False)),
        (decided(4), word(1, 5, "a", RollCall.ABSENT), (Status.ABSENT, True)),
        (decided(4), word(1, 5, "a", RollCall.OPEN), (Status.HOME, False)),
    ],
)
def test_of_two_words_of_the_teacher_the_later_counts(
    decision: AttendanceDecision | None, said: RollWord | None, expected: tuple[Status, bool] | None
) -> None:
    stands = standing(decision, said)
    assert (stands and (stands.status, stands.is_roll)) == expected
