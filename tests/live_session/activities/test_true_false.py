"""True or false."""

import pytest

from live_session.activities import type_of
from live_session.activities.base import Bar, Key
from live_session.activities.true_false import Statement
from live_session.errors import InvalidContent, InvalidValue, Problem

TYPE = type_of("true_false")


def test_the_key_must_be_given() -> None:
    with pytest.raises(InvalidContent) as caught:
        TYPE.validate(Statement(prompt="?"))
    assert caught.value.problems == (Problem("key", "missing"),)


@pytest.mark.parametrize("value", [True, False, 1, "True", "đúng", "", None, ["true"]])
def test_only_the_two_words(value: object) -> None:
    with pytest.raises(InvalidValue):
        TYPE.check(Statement(key=True), value)


@pytest.mark.parametrize("key", [True, False])
def test_right_or_wrong(key: bool) -> None:
    assert TYPE.share(Statement(key=key), "true") == int(key)
    assert TYPE.share(Statement(key=key), "false") == int(not key)


def test_no_key_no_share() -> None:
    assert TYPE.share(Statement(), "true") is None
    assert TYPE.key(Statement()) is None


def test_true_stands_first() -> None:
    assert TYPE.tally(Statement(), ["false", "true", "false"]) == (Bar("true", 1), Bar("false", 2))


def test_the_key_is_a_word() -> None:
    assert TYPE.key(Statement(key=False)) == Key(("false",))
    assert TYPE.with_key(Statement(), "false") == Statement(key=False)
