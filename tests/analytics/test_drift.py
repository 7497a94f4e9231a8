"""Drift of a question: found where it was planted, silent where only the classes differ or too few answered."""

from collections.abc import Sequence
from random import Random

from analytics.drift import drifts
from analytics.items import Concern, Reply
from analytics.mastery.model import logistic

ITEMS = tuple(f"i{n}" for n in range(10))


def year(seed: int, changed: float = 0.0, better: float = 0.0, classes: int = 4, pupils: int = 40) -> list[list[Reply]]:
    """A lesson taught to so many classes; from the middle on the first question is harder by `changed` logits, and
    pupils are better by `better`."""
    random = Random(seed)
    hard = [random.gauss(0, 0.8) for _ in ITEMS]
    lessons = []
    for number in range(classes):
        is_later = 2 * number >= classes
        able = [random.gauss(0.4 + better * is_later, 1) for _ in range(pupils)]
        shift = [changed * is_later, *(0.0 for _ in ITEMS[1:])]
        lessons.append(
            [
                Reply(f"p{number}-{who}", item, float(random.random() < logistic(a - hard[k] - shift[k])))
                for k, item in enumerate(ITEMS)
                for who, a in enumerate(able)
            ]
        )
    return lessons


def found(lessons: Sequence[Sequence[Reply]]) -> set[str]:
    return set(drifts(lessons, ITEMS))


def test_a_question_that_became_much_harder_is_found_and_no_other() -> None:
    flag = drifts(year(1, changed=2.0), ITEMS)["i0"]
    assert (flag.concern, flag.n) == (Concern.DRIFT, 80)
    assert flag.value > flag.bound
    assert found(year(1, changed=2.0)) == {"i0"}
    assert sum("i0" in found(year(seed, changed=2.0)) for seed in range(20)) >= 18


def test_false_alarms_are_rare_also_where_later_classes_are_better() -> None:
    for better in (0.0, 1.0):
        false = sum(len(found(year(seed, better=better))) for seed in range(20))
        assert false <= 2, "of 200 questions, at most one in a hundred"


def test_silent_below_thirty_on_either_side_and_without_answers() -> None:
    assert found(year(1, changed=3.0, classes=2, pupils=29)) == set()
    assert found(year(1, changed=3.0, classes=1, pupils=200)) == set()
    assert found([]) == set()


def test_who_answers_again_counts_with_the_first_time() -> None:
    lesson = year(2, classes=1)[0]
    assert found([lesson, lesson]) == set()


def test_a_question_that_everybody_solves_has_a_value() -> None:
    lessons = [[Reply(f"p{number}-{who}", "x", 1.0) for who in range(40)] for number in range(2)]
    assert drifts(lessons, ["x"]) == {}
