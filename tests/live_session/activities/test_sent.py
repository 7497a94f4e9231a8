"""Answers that are a text, an uploaded picture, or both: photo and drawing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.activities import type_of
from live_session.activities.drawing import Sketch
from live_session.activities.open_text import Essay
from live_session.activities.sent import Sent
from live_session.errors import InvalidValue

UPLOAD = "0198c0de-0000-7000-8000-000000000001"
CONTENTS = {"photo": Sent(prompt="?", limit=10), "drawing": Sketch(prompt="?", limit=10)}


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_picture_may_come_without_words_and_words_without_a_picture(kind: str) -> None:
    type_, content = type_of(kind), CONTENTS[kind]
    assert type_.check(content, {"text": "", "photo": UPLOAD}) == {"text": "", "photo": UPLOAD}
    assert type_.check(content, " em tả ") == "em tả"
    assert type_.share(content, "em tả") is None
    assert type_.key(content) is None


BAD: tuple[Any, ...] = (
    None, "", " ", 7, [], {}, {"text": "a"}, {"photo": UPLOAD}, {"text": "a", "photo": 7}, {"text": 7, "photo": UPLOAD},
    {"text": "a", "photo": "../x"}, {"text": "a", "photo": "short"}, {"text": "a" * 11, "photo": UPLOAD},
    {"text": "\x00", "photo": UPLOAD}, {"text": "a", "photo": UPLOAD, "more": 1},
)  # fmt: skip


@pytest.mark.parametrize("kind", CONTENTS)
@pytest.mark.parametrize("value", BAD, ids=repr)
def test_nothing_else_is_an_answer(kind: str, value: Any) -> None:
    with pytest.raises(InvalidValue):
        type_of(kind).check(CONTENTS[kind], value)


def test_open_text_takes_a_picture_only_where_the_teacher_said_so() -> None:
    type_ = type_of("open")
    with pytest.raises(InvalidValue):
        type_.check(Essay(prompt="?"), {"text": "", "photo": UPLOAD})
    assert type_.check(Essay(prompt="?", photo=True), {"text": "", "photo": UPLOAD})


@given(st.text(max_size=12), st.text(alphabet="0123456789abcdef-", max_size=50))
def test_what_is_taken_is_taken_again_as_it_is(text: str, photo: str) -> None:
    type_, content = type_of("drawing"), CONTENTS["drawing"]
    try:
        kept = type_.check(content, {"text": text, "photo": photo})
    except InvalidValue:
        return
    assert type_.check(content, kept) == kept
