"""Open text."""

import unicodedata

import pytest

from live_session.activities import type_of
from live_session.activities.open_text import Essay, OpenText
from live_session.errors import InvalidContent, InvalidValue, Problem

TYPE = type_of("open")
TEN = Essay(prompt="?", limit=10)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("x" * 10, "x" * 10),
        ("  x\n", "x"),
        ("a\r\nb", "a\nb"),
        ("a\n\n\tb", "a\n\n\tb"),
        (unicodedata.normalize("NFD", "ấấấấấ"), "ấấấấấ"),
        ("😀" * 10, "😀" * 10),
    ],
)
def test_how_text_is_kept(typed: str, kept: str) -> None:
    assert TYPE.check(TEN, typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", " \n ", "x" * 11, "a\x00b", "a\x1b[31m", "a\rb", "a\x7fb", "a\x85b", 5, None, ["x"], {"text": "x"}],
)
def test_what_is_no_answer(typed: object) -> None:
    with pytest.raises(InvalidValue):
        TYPE.check(TEN, typed)


@pytest.mark.parametrize("limit", [0, -1, OpenText.MOST + 1])
def test_the_limit_has_limits(limit: int) -> None:
    with pytest.raises(InvalidContent) as caught:
        TYPE.validate(Essay(prompt="?", limit=limit))
    assert caught.value.problems == (Problem("limit", "range"),)


@pytest.mark.parametrize("limit", [1, OpenText.MOST])
def test_the_least_and_the_most(limit: int) -> None:
    TYPE.validate(Essay(prompt="?", limit=limit))


def test_the_machine_neither_scores_nor_shows_it() -> None:
    assert TYPE.is_private
    assert not TYPE.has_tally
    assert TYPE.share(TEN, "x") is None
    assert TYPE.key(TEN) is None
    assert TYPE.tally(TEN, ["x", "y"]) == ()


PHOTO = Essay(prompt="?", limit=10, photo=True)
UPLOAD = "0197f0c2-7c1e-7b6a-8f00-1234567890ab"


@pytest.mark.parametrize("text", ["", "  x ", "x" * 10])
def test_a_photo_of_the_work_may_stand_beside_a_text_or_alone(text: str) -> None:
    kept = TYPE.check(PHOTO, {"text": text, "photo": UPLOAD})
    assert kept == {"text": text.strip(), "photo": UPLOAD}
    assert TYPE.check(PHOTO, kept) == kept
    assert TYPE.check(PHOTO, "x") == "x"


@pytest.mark.parametrize(
    "value",
    [
        {"text": "x"},
        {"photo": UPLOAD},
        {"text": "x", "photo": UPLOAD, "more": 1},
        {"text": "x", "photo": ""},
        {"text": "x", "photo": "../../etc/passwd"},
        {"text": "x", "photo": UPLOAD + "\n"},
        {"text": "x", "photo": 7},
        {"text": 7, "photo": UPLOAD},
        {"text": "x" * 11, "photo": UPLOAD},
        {"text": "a\x00b", "photo": UPLOAD},
        {},
    ],
)
def test_what_is_no_answer_with_a_photo(value: object) -> None:
    with pytest.raises(InvalidValue):
        TYPE.check(PHOTO, value)


def test_no_photo_where_the_teacher_asks_for_none() -> None:
    with pytest.raises(InvalidValue):
        TYPE.check(TEN, {"text": "x", "photo": UPLOAD})
