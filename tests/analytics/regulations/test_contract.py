"""What every regulation promises. It runs on the circular under both readings, and on an invented one."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.regulations import circular_22_2021
from analytics.regulations.circular_22_2021 import Circular22, Reading
from analytics.regulations.port import (
    Award,
    Form,
    InvalidMark,
    NotComputable,
    Promotion,
    Regulation,
    Retest,
    Sitting,
    Standing,
    Status,
    year_standing,
)
from tests.analytics.regulations.invented import Invented

CIRCULAR = Circular22(2026)
ALL: list[Regulation] = [CIRCULAR, replace(CIRCULAR, reading=Reading.WIDEST), Invented()]
MISSED = [s for s in Status if s not in (Status.TAKEN, Status.MAKEUP)]

every = pytest.mark.parametrize("regulation", ALL, ids=["strict", "widest", "invented"])


def marks(regulation: Regulation) -> st.SearchStrategy[Decimal]:
    """Typed marks in range, with up to three decimals, often near each other and near the ends."""
    top = int(regulation.highest)
    return st.one_of(thousandths(0, top * 1000), st.integers(0, top * 10).map(lambda n: Decimal(n) / 10))


def thousandths(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda n: Decimal(n) / 1000)


def higher(regulation: Regulation, mark: Decimal) -> st.SearchStrategy[Decimal]:
    return thousandths(int(mark * 1000), int(regulation.highest) * 1000)


def kept(mark: Decimal | InvalidMark | NotComputable) -> Decimal:
    assert isinstance(mark, Decimal), mark
    return mark


def rank(regulation: Regulation, outcome: Standing | NotComputable) -> tuple[int, int]:
    """Places of the base level and the level."""
    assert isinstance(outcome, Standing), outcome
    return regulation.levels.index(outcome.base_level), regulation.levels.index(outcome.level)


@every
def test_a_reading_that_is_not_known_changes_nothing(regulation: Regulation) -> None:
    assert regulation.under("no such reading") == regulation
    assert CIRCULAR.under("widest").reading is Reading.WIDEST
    assert CIRCULAR.under("widest").under("strict") == CIRCULAR


# --- marks ----------------------------------------------------------------------------------------------------------


@every
@given(data=st.data())
def test_a_kept_mark_is_in_range_and_stays_as_it_is(regulation: Regulation, data: st.DataObject) -> None:
    typed = data.draw(marks(regulation))
    mark = kept(regulation.mark(typed))
    assert 0 <= mark <= regulation.highest
    assert regulation.mark(mark) == regulation.mark(str(mark)) == mark
    assert regulation.mark(f"{typed:f}".replace(".", ",")) == mark
    assert regulation.display(mark)


@every
@given(data=st.data())
def test_rounding_keeps_the_order(regulation: Regulation, data: st.DataObject) -> None:
    low = data.draw(marks(regulation))
    assert kept(regulation.mark(low)) <= kept(regulation.mark(data.draw(higher(regulation, low))))


@every
@pytest.mark.parametrize("typed", ["", " ", None])
def test_nothing_typed_is_missing(regulation: Regulation, typed: str | None) -> None:
    assert regulation.mark(typed) == InvalidMark("missing")


@every
@given(text=st.text())
def test_any_text_is_a_mark_or_says_why_not(regulation: Regulation, text: str) -> None:
    found = regulation.mark(text)
    assert isinstance(found, Decimal) or found.reason in ("missing", "not_a_number", "out_of_range")


@every
def test_what_lies_outside_is_refused(regulation: Regulation) -> None:
    for typed in (regulation.highest + Decimal("0.01"), Decimal("-0.01"), 10**6):
        assert regulation.mark(typed) == InvalidMark("out_of_range")


@every
def test_a_float_is_a_mistake_of_the_caller(regulation: Regulation) -> None:
    with pytest.raises(TypeError):
        regulation.mark(8.25)  # type: ignore[arg-type]


# --- averages -------------------------------------------------------------------------------------------------------


@every
@given(data=st.data())
def test_the_order_of_regular_marks_says_nothing(regulation: Regulation, data: st.DataObject) -> None:
    regular = data.draw(st.lists(marks(regulation), min_size=1, max_size=4))
    midterm, final = Sitting(data.draw(marks(regulation))), Sitting(data.draw(marks(regulation)))
    shuffled = data.draw(st.permutations(regular))
    assert regulation.term_average(regular, midterm, final) == regulation.term_average(shuffled, midterm, final)


@every
@given(data=st.data())
def test_a_term_average_lies_among_its_marks_and_no_better_mark_lowers_it(
    regulation: Regulation, data: st.DataObject
) -> None:
    typed = data.draw(st.lists(marks(regulation), min_size=3, max_size=6))
    known = [kept(regulation.mark(one)) for one in typed]
    average = _term(regulation, typed)
    assert min(known) <= average <= max(known)
    place = data.draw(st.integers(0, len(typed) - 1))
    better = [*typed]
    better[place] = data.draw(higher(regulation, typed[place]))
    assert _term(regulation, better) >= average


def _term(regulation: Regulation, typed: list[Decimal]) -> Decimal:
    *regular, midterm, final = typed
    return kept(regulation.term_average(regular, Sitting(midterm), Sitting(final)))


@every
@pytest.mark.parametrize("status", MISSED)
@pytest.mark.parametrize("which", [0, 1])
@given(data=st.data())
def test_a_missed_test_never_shrinks_the_divisor(
    regulation: Regulation, status: Status, which: int, data: st.DataObject
) -> None:
    """Either there is no average yet, or the test counts as the lowest mark: no mark taken would have been worse."""
    regular = data.draw(st.lists(marks(regulation), min_size=1, max_size=4))
    tests = [Sitting(data.draw(marks(regulation))), Sitting(data.draw(marks(regulation)))]
    tests[which] = Sitting(status=status)
    average = regulation.term_average(regular, *tests)
    tests[which] = Sitting(0)
    assert isinstance(average, NotComputable) or average == regulation.term_average(regular, *tests)
    assert (status is not Status.MISSED_EXCUSED) or isinstance(average, NotComputable)


@every
@given(data=st.data())
def test_what_nobody_entered_gives_no_average(regulation: Regulation, data: st.DataObject) -> None:
    typed: list[Decimal | None] = [*data.draw(st.lists(marks(regulation), min_size=3, max_size=6))]
    typed[data.draw(st.integers(0, len(typed) - 1))] = None
    *regular, midterm, final = typed
    assert isinstance(regulation.term_average(regular, Sitting(midterm), Sitting(final)), NotComputable)
    there = [one for one in regular if one is not None]
    short = regulation.term_average(there, Sitting(5), Sitting(5), required=len(there) + 1)
    assert isinstance(short, NotComputable)


@every
@given(data=st.data())
def test_a_make_up_counts_as_the_test(regulation: Regulation, data: st.DataObject) -> None:
    mark, other = data.draw(marks(regulation)), Sitting(data.draw(marks(regulation)))
    taken, made_up = Sitting(mark), Sitting(mark, Status.MAKEUP)
    assert regulation.term_average([5], taken, other) == regulation.term_average([5], made_up, other)
    assert regulation.term_average([5], other, taken) == regulation.term_average([5], other, made_up)


@every
@given(data=st.data())
def test_a_year_average_lies_between_the_terms_and_no_better_term_lowers_it(
    regulation: Regulation, data: st.DataObject
) -> None:
    first, second = data.draw(marks(regulation)), data.draw(marks(regulation))
    average = kept(regulation.year_average(first, second))
    ends = sorted(kept(regulation.mark(one)) for one in (first, second))
    assert ends[0] <= average <= ends[1]
    assert kept(regulation.year_average(data.draw(higher(regulation, first)), second)) >= average
    assert kept(regulation.year_average(first, data.draw(higher(regulation, second)))) >= average
    assert isinstance(regulation.year_average(None, second), NotComputable)
    assert isinstance(regulation.year_average(first, None), NotComputable)


@every
@given(periods=st.integers(-3, 400))
def test_more_periods_never_ask_for_fewer_marks(regulation: Regulation, periods: int) -> None:
    for form in Form:
        few, more = regulation.regular_count(periods, form), regulation.regular_count(periods + 1, form)
        assert isinstance(few, NotComputable) == (periods < 1)
        assert isinstance(few, NotComputable) or (isinstance(more, int) and 1 <= few <= more)


# --- comment-only subjects ------------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("is_closed", [True, False])
def test_a_comment_only_term(regulation: Regulation, is_closed: bool) -> None:
    failed, passed = regulation.comment_levels
    test = Sitting(passed)

    def level(regular: list[str | None], midterm: Sitting = test, final: Sitting = test) -> str | NotComputable:
        return regulation.comment_term(regular, midterm, final, required=2, is_closed=is_closed)

    assert level([passed, passed]) == passed
    assert level([passed, failed]) == level([failed, passed]) == failed
    for missed in (Status.MISSED_UNEXCUSED, Status.MAKEUP_NOT_ATTENDED):
        assert level([passed, passed], Sitting(status=missed)) == failed
        assert level([passed, passed], test, Sitting(status=missed)) == failed
    waiting = Sitting(status=Status.MISSED_EXCUSED)
    for incomplete in (
        level([passed]),
        level([passed, None]),
        level([passed] * 2, waiting),
        level([passed] * 2, test, waiting),
    ):
        assert incomplete == failed if is_closed else isinstance(incomplete, NotComputable)


@every
def test_a_comment_only_year_is_one_of_its_levels(regulation: Regulation) -> None:
    failed, passed = regulation.comment_levels
    assert regulation.comment_year(passed, passed) == passed
    assert regulation.comment_year(failed, failed) == failed
    assert isinstance(regulation.comment_year(None, None), NotComputable)


# --- levels ---------------------------------------------------------------------------------------------------------


def subjects(regulation: Regulation, data: st.DataObject) -> tuple[list[Decimal], list[str]]:
    """A pupil's subjects: mostly good ones of one kind and a few of any kind, so that every level and lift occurs."""
    usual = data.draw(marks(regulation))
    scored = [usual] * data.draw(st.integers(3, 8)) + data.draw(st.lists(marks(regulation), min_size=1, max_size=4))
    failed, passed = regulation.comment_levels
    return scored, [failed] * data.draw(st.sampled_from([0, 0, 0, 1, 2])) + [passed] * 3


@every
@given(data=st.data())
def test_the_order_of_subjects_says_nothing(regulation: Regulation, data: st.DataObject) -> None:
    scored, comment = subjects(regulation, data)
    shuffled = data.draw(st.permutations(scored)), data.draw(st.permutations(comment))
    assert regulation.standing(scored, comment) == regulation.standing(*shuffled)


@every
@given(data=st.data())
def test_no_better_mark_lowers_a_level(regulation: Regulation, data: st.DataObject) -> None:
    scored, comment = subjects(regulation, data)
    before = rank(regulation, regulation.standing(scored, comment))
    place = data.draw(st.integers(0, len(scored) - 1))
    better = [*scored]
    better[place] = data.draw(higher(regulation, scored[place]))
    after = rank(regulation, regulation.standing(better, comment))
    assert all(new >= old for old, new in zip(before, after, strict=True))
    passed = regulation.comment_levels[1]
    after = rank(regulation, regulation.standing(scored, [passed, *comment[1:]]))
    assert all(new >= old for old, new in zip(before, after, strict=True))


@every
@given(data=st.data())
def test_an_adjustment_lifts_by_one_and_another_reading_is_another_level(
    regulation: Regulation, data: st.DataObject
) -> None:
    found = regulation.standing(*subjects(regulation, data))
    base, level = rank(regulation, found)
    assert isinstance(found, Standing)
    assert level in (base, base + 1)
    assert found.is_adjusted == (level > base)
    assert found.is_ambiguous == (found.other_reading is not None)
    assert found.other_reading in {None, *regulation.levels} - {found.level}


@every
@given(data=st.data())
def test_a_subject_without_a_result_gives_no_level(regulation: Regulation, data: st.DataObject) -> None:
    scored, comment = subjects(regulation, data)
    unknown = NotComputable("subject_incomplete")
    assert regulation.standing([*scored, None], comment) == unknown
    assert regulation.standing(scored, [*comment, None]) == unknown
    assert year_standing(regulation, [*scored, None], [*scored, 5], comment) == unknown
    assert year_standing(regulation, scored, [*scored, 5], comment) == unknown


@every
@given(data=st.data())
def test_a_year_is_judged_by_its_averages(regulation: Regulation, data: st.DataObject) -> None:
    first, comment = subjects(regulation, data)
    second = data.draw(st.lists(marks(regulation), min_size=len(first), max_size=len(first)))
    found = year_standing(regulation, first, second, comment)
    assert not isinstance(found, NotComputable)
    assert list(found.averages) == [regulation.year_average(*pair) for pair in zip(first, second, strict=True)]
    assert found.standing == regulation.standing(found.averages, comment)


# --- conduct, promotion, re-test, award -----------------------------------------------------------------------------


@every
def test_the_years_conduct_follows_both_terms_and_no_better_term_lowers_it(regulation: Regulation) -> None:
    levels = regulation.levels
    year = {(a, b): regulation.conduct_year(a, b) for a in levels for b in levels}

    def place(level: str | NotComputable) -> int:
        return levels.index(str(level))

    for (first, second), level in year.items():
        for better in levels[place(first) :]:
            assert place(year[better, second]) >= place(level)
        for better in levels[place(second) :]:
            assert place(year[first, better]) >= place(level)
    assert all(year[level, level] == level for level in levels)
    assert isinstance(regulation.conduct_year(None, levels[0]), NotComputable)
    assert isinstance(regulation.conduct_year(levels[0], None), NotComputable)


@every
@given(data=st.data())
def test_nothing_better_keeps_a_pupil_back(regulation: Regulation, data: st.DataObject) -> None:
    levels, days = regulation.levels, st.integers(0, 100)
    conduct, result = data.draw(st.sampled_from(levels)), data.draw(st.sampled_from(levels))
    absent = data.draw(days)
    before = _up(regulation.promotion(conduct, result, absent))
    better = (
        data.draw(st.sampled_from(levels[levels.index(conduct) :])),
        data.draw(st.sampled_from(levels[levels.index(result) :])),
        data.draw(st.integers(0, absent)),
    )
    after = _up(regulation.promotion(*better))
    assert set(after.reasons) <= set(before.reasons)
    assert after.is_promoted or not before.is_promoted
    again = _up(regulation.promotion(conduct, result, absent, result_after_retest=better[1]))
    assert set(again.reasons) <= set(before.reasons)


def _up(outcome: Promotion | NotComputable) -> Promotion:
    assert isinstance(outcome, Promotion), outcome
    return outcome


@every
def test_the_best_go_up_and_what_is_unknown_decides_nothing(regulation: Regulation) -> None:
    best = regulation.levels[-1]
    assert _up(regulation.promotion(best, best, 0)).is_promoted
    for conduct, result in ((None, best), (best, None)):
        assert isinstance(regulation.promotion(conduct, result, 0), NotComputable)
        assert isinstance(regulation.retest(conduct, result, {}, {}), NotComputable)
        assert isinstance(regulation.award(conduct, result, [5]), NotComputable)


@every
def test_a_re_test_is_for_those_who_need_one_in_what_was_low(regulation: Regulation) -> None:
    worst, best, top = regulation.levels[0], regulation.levels[-1], regulation.highest
    passed = regulation.comment_levels[1]
    found = regulation.retest(best, worst, {"a": 0, "b": top}, {"c": passed})
    assert found == Retest(("a",), is_eligible=True)
    found = regulation.retest(best, best, {"a": 0, "b": top}, {"c": passed})
    assert found == Retest()


@every
def test_an_award_is_for_the_best(regulation: Regulation) -> None:
    worst, best = regulation.levels[0], regulation.levels[-1]
    found = regulation.award(best, best, [regulation.highest] * 8)
    assert isinstance(found, Award)
    assert found.key
    assert regulation.award(worst, worst, [0] * 8) == Award(None)


# --- the door -------------------------------------------------------------------------------------------------------


@every
def test_it_governs_some_grades_and_says_of_others_why_not(regulation: Regulation) -> None:
    scopes = {grade: regulation.scope(grade) for grade in range(-1, 15)}
    assert any(scope.is_supported for scope in scopes.values())
    assert all(scope.reason for scope in scopes.values() if not scope.is_supported)
    assert len(set(regulation.levels)) == len(regulation.levels) >= 2
    assert regulation.key


def test_the_circular_under_test_is_the_one_in_force() -> None:
    assert circular_22_2021.edition("2026-2027") == CIRCULAR
