"""The four-statement Đúng-Sai cluster."""

from fractions import Fraction

import pytest

from live_session.activities import type_of
from live_session.activities.base import Bar, Key
from live_session.activities.cluster import Part, Parts
from live_session.errors import InvalidContent, InvalidValue

TYPE = type_of("cluster")
KEY = (True, False, True, False)
CONTENT = Parts(prompt="?", statements=tuple(Part(f"statement {n}", key) for n, key in enumerate(KEY)))
RIGHT = {"a": "true", "b": "false", "c": "true", "d": "false"}


def answer(right: int) -> dict[str, str]:
    """So many statements right, the others wrong."""
    flip = {"true": "false", "false": "true"}
    return {name: word if n < right else flip[word] for n, (name, word) in enumerate(RIGHT.items())}


def problems(content: Parts) -> set[tuple[str, str]]:
    with pytest.raises(InvalidContent) as caught:
        TYPE.validate(content)
    return {(p.field, p.code) for p in caught.value.problems}


@pytest.mark.parametrize(("right", "share"), [(0, "0"), (1, "0.1"), (2, "0.25"), (3, "0.5"), (4, "1")])
def test_the_ladder_of_the_national_exam(right: int, share: str) -> None:
    assert TYPE.share(CONTENT, answer(right)) == Fraction(share)


@pytest.mark.parametrize("given", range(1, 5))
def test_statements_left_out_are_not_right(given: int) -> None:
    """It is saved statement by statement: a part of it is an answer, and earns what is right in it."""
    value = TYPE.check(CONTENT, dict(list(RIGHT.items())[:given]))
    assert len(value) == given
    assert TYPE.share(CONTENT, value) == TYPE.share(CONTENT, answer(given))


def test_statements_are_kept_in_order() -> None:
    assert list(TYPE.check(CONTENT, {"d": "true", "a": "false"})) == ["a", "d"]


@pytest.mark.parametrize(
    "value",
    [{}, [], None, "true", {"e": "true"}, {"a": True}, {"a": "yes"}, {"a": None}, {"a": ["true"]}, {"A": "true"}],
)
def test_what_is_no_answer(value: object) -> None:
    with pytest.raises(InvalidValue):
        TYPE.check(CONTENT, value)


@pytest.mark.parametrize("count", [0, 3, 5])
def test_four_statements(count: int) -> None:
    statements = tuple(Part(f"s{n}", True) for n in range(count))
    assert problems(Parts(prompt="?", statements=statements)) == {("statements", "count")}


def test_every_statement_has_words_and_a_key() -> None:
    statements = (Part("x", True), Part("", True), Part("x", False), Part("y"))
    assert problems(Parts(prompt="?", statements=statements)) == {
        ("statements.1", "empty"),
        ("statements.2", "twice"),
        ("statements.3", "key_missing"),
    }


def test_every_word_is_counted() -> None:
    bars = TYPE.tally(CONTENT, [{"a": "true"}, {"a": "true", "d": "false"}])
    assert bars[0] == Bar("a:true", 2)
    assert bars[-1] == Bar("d:false", 1)
    assert sum(bar.count for bar in bars) == 3
    assert len(bars) == 8


def test_the_key_marks_one_word_each() -> None:
    assert TYPE.key(CONTENT) == Key(("a:true", "b:false", "c:true", "d:false"))
    assert TYPE.key(Parts(statements=tuple(Part() for _ in range(4)))) is None


def test_a_statement_without_a_key_leaves_no_share() -> None:
    assert TYPE.share(Parts(statements=(*CONTENT.statements[:3], Part("x"))), RIGHT) is None
