"""A pupil's lesson beside the own lesson before it: told where it is better or held, silent everywhere else."""

from hypothesis import given
from hypothesis import strategies as st

from analytics.mastery.ledger import Evidence
from analytics.mastery.progress import CLEARLY, LEAST, Progress, Stretch, progress

GOAL, OTHER = "Giải phương trình bậc hai", "Định lí Thalès"
LAST, NOW = "2026-11-17", "2026-11-24"


def answers(run_id: str, day: str, right: int, of: int, objective: str = GOAL, weight: float = 1.0) -> list[Evidence]:
    """So many answers of a lesson, the first of them right."""
    shares = [1.0] * right + [0.5] * (of - right)
    at = int(day.replace("-", ""))
    return [Evidence(run_id, f"q{n}", f"i{n}", objective, s, at, day, weight) for n, s in enumerate(shares)]


def test_more_was_right_than_in_the_own_lesson_before() -> None:
    found = progress([*answers("now", NOW, 4, 5), *answers("last", LAST, 2, 5)], "now")
    assert found == Progress(GOAL, Stretch(LAST, 2, 5), Stretch(NOW, 4, 5))
    assert not found.is_held


def test_the_lesson_before_is_the_newest_earlier_day_with_enough_answers() -> None:
    before = [*answers("old", "2026-11-03", 0, 5), *answers("last", LAST, 2, 5), *answers("thin", "2026-11-20", 0, 2)]
    found = progress([*before, *answers("same", NOW, 0, 5), *answers("now", NOW, 4, 5)], "now")
    assert found is not None
    assert found.before == Stretch(LAST, 2, 5)


def test_all_right_both_times_is_held() -> None:
    found = progress([*answers("now", NOW, 3, 3), *answers("last", LAST, 4, 4)], "now")
    assert found is not None
    assert found.is_held


def test_the_clearest_gain_is_told_before_what_was_held() -> None:
    held = [*answers("now", NOW, 5, 5, OTHER), *answers("last", LAST, 5, 5, OTHER)]
    found = progress([*held, *answers("now", NOW, 4, 5), *answers("last", LAST, 2, 5)], "now")
    assert found is not None
    assert found.objective == GOAL


def test_nothing_is_told_of_too_little_of_what_went_down_and_of_what_hardly_moved() -> None:
    last = answers("last", LAST, 2, 5)
    assert progress([], "now") is None
    assert progress(last, "now") is None
    assert progress(last, "last") is None
    assert progress([*answers("now", NOW, 2, LEAST - 1), *last], "now") is None
    assert progress([*answers("now", NOW, 1, 5), *last], "now") is None
    assert progress([*answers("now", NOW, 2, 5), *last], "now") is None
    assert progress([*answers("now", NOW, 3, 6), *last], "now") is None
    assert progress([*answers("now", NOW, 5, 5, OTHER), *last], "now") is None
    assert progress([*answers("now", NOW, 5, 5, ""), *answers("last", LAST, 1, 5, "")], "now") is None


def test_what_a_group_answered_is_not_the_pupils_own() -> None:
    assert progress([*answers("now", NOW, 5, 5, weight=0.5), *answers("last", LAST, 1, 5)], "now") is None


lessons = st.lists(
    st.tuples(
        st.sampled_from([LAST, NOW, "2026-11-10"]), st.integers(0, 6), st.integers(0, 6), st.sampled_from([GOAL, OTHER])
    ),
    max_size=6,
)


@given(lessons, st.randoms(use_true_random=False))
def test_whatever_was_answered_nothing_worse_is_told_and_order_does_not_matter(many, dice) -> None:  # type: ignore[no-untyped-def]
    all_ = [
        one for n, (day, a, b, goal) in enumerate(many) for one in answers(f"r{n}", day, min(a, b), max(a, b), goal)
    ]
    shuffled = dice.sample(all_, len(all_))
    for n in range(len(many)):
        found = progress(all_, f"r{n}")
        assert found == progress(shuffled, f"r{n}")
        if found is not None:
            assert found.gain >= CLEARLY or found.is_held
            assert min(found.before.of, found.now.of) >= LEAST
            assert found.before.day < found.now.day
