"""What many get wrong in the same way: the newest round speaks, and each question once."""

import pytest

from analytics.misconceptions import FollowUp, misconceptions
from analytics.results import QuestionResult
from live_session.activities.base import Bar, Key


def asked(activity: str = "q", round_: int = 1, item: str | None = None, **counts: int) -> QuestionResult:
    """A question whose key is A, with so many answers an option."""
    whole = sum(counts.values())
    return QuestionResult(
        activity=activity,
        kind="single",
        title=activity,
        round=round_,
        points=1.0,
        answered=whole,
        right=counts.get("A", 0),
        mean=None,
        tally=tuple(Bar(option, count) for option, count in counts.items()),
        key=Key(options=("A",)),
        asked=(),
        silent=(),
        scored=whole,
        item=item,
    )


@pytest.mark.parametrize(
    ("counts", "option"),
    [
        ({"A": 20, "B": 10, "C": 5, "D": 0}, "B"),
        ({"A": 30, "B": 3, "C": 1, "D": 0}, None),  # too few
        ({"A": 40, "B": 5, "C": 0, "D": 0}, None),  # five of 45 are no fifth
        ({"A": 2, "B": 3, "C": 1, "D": 0}, None),  # half of six, but three pupils
        ({"A": 10, "B": 10}, None),  # of two options the wrong one says nothing more
        ({"A": 0, "B": 0, "C": 0}, None),
    ],
)
def test_an_option_is_one_when_many_chose_it(counts: dict[str, int], option: str | None) -> None:
    found = misconceptions({"run": [asked(**counts)]}, 5)
    assert [one.option for one in found] == ([option] if option else [])


def test_what_a_talk_has_cleared_up_is_none_any_more() -> None:
    first, second = asked(A=10, B=20, C=0), asked(round_=2, A=28, B=2, C=0)
    assert misconceptions({"run": [second, first]}, 5) == []


def test_a_question_stands_once_as_it_was_asked_last_and_the_most_widespread_first() -> None:
    lessons = {
        "newest": [asked("x", item="i", A=20, B=10, C=0)],
        "older": [asked("y", item="i", A=0, B=30, C=0), asked("z", item="j", A=10, B=20, C=0)],
    }
    assert [(one.run_id, one.item) for one in misconceptions(lessons, 5)] == [("older", "j"), ("newest", "i")]
    assert len(misconceptions(lessons, 1)) == 1


@pytest.mark.parametrize(("right", "step"), [(5, FollowUp.EXPLAIN), (15, FollowUp.TALK), (23, FollowUp.WORD)])
def test_what_to_do_depends_on_how_many_are_right(right: int, step: FollowUp) -> None:
    (found,) = misconceptions({"run": [asked(A=right, B=30 - right, C=0)]}, 5)
    assert found.follow_up is step
