"""A rubric: whole or in part, never a mark."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.activities import type_of
from live_session.activities.rubric import Rubric
from live_session.errors import InvalidContent, InvalidValue

TYPE = type_of("rubric")
ASKED = Rubric(prompt="?", criteria=("Lập luận | chưa | có | chặt", "Trình bày"), levels=("Thấp", "Vừa", "Cao"))


def faults(**changes: Any) -> set[tuple[str, str]]:
    raw = {"prompt": "?", "criteria": ASKED.criteria, "levels": ASKED.levels, **changes}
    try:
        TYPE.validate(Rubric(**raw))
    except InvalidContent as refused:
        return {(problem.field, problem.code) for problem in refused.problems}
    return set()


def test_what_a_level_means_stands_beside_it() -> None:
    reasoning, showing = ASKED.rows
    assert [(level.number, level.word, level.meaning) for level in reasoning.levels] == [
        ("1", "Thấp", "chưa"), ("2", "Vừa", "có"), ("3", "Cao", "chặt"),
    ]  # fmt: skip
    assert {level.meaning for level in showing.levels} == {""}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"criteria": ()}, {("criteria", "criteria")}),
        ({"criteria": tuple("abcdefg")}, {("criteria", "criteria")}),
        ({"criteria": ("a", "a")}, {("criteria.1", "twice")}),
        ({"criteria": (" | x | y | z",)}, {("criteria.0", "empty")}),
        ({"criteria": ("a | x",)}, {("criteria.0", "meanings")}),
        ({"levels": ("một",)}, {("levels", "levels"), ("criteria.0", "meanings")}),
        ({"levels": ("một", "một", "hai")}, {("levels.1", "twice")}),
        ({"about": "neighbour"}, {("about", "unknown")}),
        ({"about": "peer", "each": 0}, {("each", "works")}),
        ({"about": "peer", "each": 4}, {("each", "works")}),
    ],
)
def test_a_rubric_says_what_it_lacks(changes: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert faults(**changes) == expected


@pytest.mark.parametrize(
    "value", [None, "", [], {}, {"a": "4"}, {"a": "0"}, {"c": "1"}, {"a": 1}, {"a": ["1"]}, {"a": None}]
)
def test_nothing_else_is_an_answer(value: Any) -> None:
    with pytest.raises(InvalidValue):
        TYPE.check(ASKED, value)


@given(st.lists(st.dictionaries(st.sampled_from("ab"), st.sampled_from("123"), min_size=1), max_size=30))
def test_each_choice_is_counted_once_and_nothing_is_scored(values: list[dict[str, str]]) -> None:
    kept = [TYPE.check(ASKED, value) for value in values]
    bars = TYPE.tally(ASKED, kept)
    assert sum(bar.count for bar in bars) == sum(len(value) for value in values)
    assert [bar.option for bar in bars] == [f"{name}:{level}" for name in "ab" for level in "123"]
    assert {TYPE.share(ASKED, value) for value in kept} <= {None}
    assert TYPE.key(ASKED) is None


def test_classmates_works_are_answered_work_by_work_and_counted_together() -> None:
    asked = Rubric(prompt="?", criteria=ASKED.criteria, levels=ASKED.levels, about="peer", each=2)
    assert asked.slots == ("1", "2")
    assert TYPE.check(asked, {"2b": "1", "1a": "3"}) == {"1a": "3", "2b": "1"}
    for wrong in ({"a": "1"}, {"3a": "1"}, {"1c": "1"}):
        with pytest.raises(InvalidValue):
            TYPE.check(asked, wrong)
    with pytest.raises(InvalidValue):
        TYPE.check(ASKED, {"1a": "1"})
    bars = {bar.option: bar.count for bar in TYPE.tally(asked, [{"1a": "3", "2a": "3", "2b": "1"}, {"1a": "1"}])}
    assert (bars["a:3"], bars["a:1"], bars["b:1"], bars["b:2"]) == (2, 1, 1, 0)
    assert TYPE.share(asked, {"1a": "3"}) is None, "never a mark"
