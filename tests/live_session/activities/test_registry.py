"""Types are found through entry points."""

import pytest

from live_session.activities import text_of_content, type_of, types
from live_session.activities.base import Image
from live_session.activities.choice import Choice, Option

BUILT_IN = {"single", "multiple", "true_false", "cluster", "short", "number", "open"}


def test_the_kinds_of_a_lesson_are_installed() -> None:
    assert set(types()) >= BUILT_IN


def test_an_unknown_kind() -> None:
    with pytest.raises(KeyError):
        type_of("crossword")


def test_equal_contents_give_equal_texts() -> None:
    content = Choice(prompt="?", options=(Option("a", image=Image("p", "alt")), Option("b")), key=("A",))
    assert text_of_content(content) == (
        '{"prompt":"?","options":[{"text":"a","image":{"id":"p","alt":"alt"}},{"text":"b"}],"key":["A"]}'
    )
