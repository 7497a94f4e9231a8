"""Single and multiple choice."""

from fractions import Fraction

import msgspec
import pytest

from live_session.activities import type_of
from live_session.activities.base import Bar, Image, Key
from live_session.activities.choice import Choice, Option
from live_session.errors import InvalidContent, InvalidValue, Problem

SINGLE, MULTIPLE = type_of("single"), type_of("multiple")
KINDS = [SINGLE, MULTIPLE]


def choice(*key: str, options: int = 4) -> Choice:
    return Choice(prompt="?", options=tuple(Option(f"option {n}") for n in range(options)), key=key)


def problems(kind: str, content: Choice) -> set[tuple[str, str]]:
    with pytest.raises(InvalidContent) as caught:
        type_of(kind).validate(content)
    return {(p.field, p.code) for p in caught.value.problems}


@pytest.mark.parametrize("kind", ["single", "multiple"])
@pytest.mark.parametrize("count", [0, 1, 9])
def test_two_to_eight_options(kind: str, count: int) -> None:
    assert ("options", "count") in problems(kind, choice("A", options=count))


@pytest.mark.parametrize("kind", ["single", "multiple"])
@pytest.mark.parametrize("count", [2, 8])
def test_the_least_and_the_most_options(kind: str, count: int) -> None:
    type_of(kind).validate(choice("A", options=count))


def test_letters_stand_for_the_texts_and_a_picture_for_its_words() -> None:
    pictured = Choice(prompt="?", options=(Option("mot"), Option(image=Image("pic", "hai"))), key=("A",))
    assert SINGLE.named_parts(pictured) == {"A": "mot", "B": "hai"}


@pytest.mark.parametrize("kind", ["single", "multiple"])
def test_every_fault_is_named_at_once(kind: str) -> None:
    content = Choice(options=(Option("x"), Option(" "), Option("x")))
    assert problems(kind, content) == {
        ("prompt", "empty"),
        ("options.1", "empty"),
        ("options.2", "twice"),
        ("key", "missing"),
    }


@pytest.mark.parametrize("kind", ["single", "multiple"])
def test_the_key_is_among_the_options(kind: str) -> None:
    assert problems(kind, choice("E")) == {("key", "unknown")}
    assert problems(kind, choice("a")) == {("key", "unknown")}


def test_a_single_choice_has_one_right_option() -> None:
    assert problems("single", choice("A", "B")) == {("key", "several")}


def test_no_letter_stands_in_the_key_twice() -> None:
    """It would halve the share of a wholly right answer."""
    assert problems("multiple", choice("A", "A")) == {("key", "twice")}


def test_a_picture_is_an_option() -> None:
    SINGLE.validate(Choice(prompt="?", options=(Option(image=Image("p1")), Option(image=Image("p2"))), key=("A",)))
    with pytest.raises(InvalidContent) as caught:
        SINGLE.validate(Choice(prompt="?", options=(Option(image=Image("p1")), Option(image=Image("p1"))), key=("A",)))
    assert caught.value.problems == (Problem("options.1", "twice"),)


@pytest.mark.parametrize("value", ["E", "a", "", "AB", 0, None, ["A"], {"A": True}])
def test_single_takes_one_letter(value: object) -> None:
    with pytest.raises(InvalidValue):
        SINGLE.check(choice("A"), value)


@pytest.mark.parametrize("value", [[], "A", ["E"], ["A", "A"], ["A", 1], ["a"], None, {"A": "B"}])
def test_multiple_takes_letters_each_once(value: object) -> None:
    with pytest.raises(InvalidValue):
        MULTIPLE.check(choice("A"), value)


def test_multiple_keeps_letters_in_order() -> None:
    assert MULTIPLE.check(choice("A"), ["C", "A"]) == ["A", "C"]


@pytest.mark.parametrize(
    ("picked", "share"),
    [
        ("AC", Fraction(1)),
        ("A", Fraction(1, 2)),
        ("AB", Fraction(0)),  # one right, one wrong
        ("ABC", Fraction(1, 2)),  # two right, one wrong
        ("ABCD", Fraction(0)),  # everything picked earns nothing
        ("BD", Fraction(0)),  # never below nothing
    ],
)
def test_partial_credit(picked: str, share: Fraction) -> None:
    assert MULTIPLE.share(choice("A", "C"), list(picked)) == share


def test_partial_credit_of_three() -> None:
    assert MULTIPLE.share(choice("A", "B", "C"), ["A", "B"]) == Fraction(2, 3)
    assert MULTIPLE.share(choice("A", "B", "C"), ["A", "B", "D"]) == Fraction(1, 3)


def test_single_is_right_or_wrong() -> None:
    assert SINGLE.share(choice("B"), "B") == 1
    assert SINGLE.share(choice("B"), "A") == 0
    assert SINGLE.share(choice(), "A") is None


def test_bars_stand_in_the_order_of_the_options() -> None:
    assert SINGLE.tally(choice("A", options=3), ["C", "A", "C"]) == (Bar("A", 1), Bar("B", 0), Bar("C", 2))
    assert MULTIPLE.tally(choice("A", options=3), [["A", "C"], ["C"]]) == (Bar("A", 1), Bar("B", 0), Bar("C", 2))


def test_the_key_names_the_letters() -> None:
    assert MULTIPLE.key(choice("A", "C")) == Key(("A", "C"), ("A, C",))
    assert SINGLE.key(choice()) is None


def test_a_key_afterwards_is_checked() -> None:
    assert SINGLE.with_key(choice(), "B").key == ("B",)
    assert MULTIPLE.with_key(choice(), ["C", "A"]).key == ("A", "C")
    with pytest.raises(InvalidValue):
        SINGLE.with_key(choice(), ["B"])
    with pytest.raises(InvalidValue):
        MULTIPLE.with_key(choice(), "B")


def test_why_stays_with_the_teacher() -> None:
    content = msgspec.structs.replace(choice("A"), options=(Option("x", why="WHY"), Option("y")))
    assert b"WHY" not in msgspec.json.encode((SINGLE.key(content), SINGLE.tally(content, ["A"])))
