"""Rules on online periods: what is spoken of, what never is, and that order changes nothing."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.periods import (
    Concern,
    Form,
    HalfDay,
    PeriodRules,
    Share,
    Taught,
    Warned,
    form_of,
    is_exempt,
    shares,
    warnings,
)

MONTH, LATE, EARLY = date(2026, 11, 1), date(2026, 11, 25), date(2026, 11, 5)
RULES = PeriodRules()


def taught(number: int, form: Form = Form.ONLINE, day: int = 3, **changes: object) -> Taught:
    values = {"half_day": HalfDay.MORNING, "group": "9A1", "subject": "Toán", "teacher": "co-ha", **changes}
    return Taught(date(2026, 11, day), number=number, form=form, **values)  # type: ignore[arg-type]


def concerns(*periods: Taught, today: date = EARLY) -> list[Concern]:
    return [one.concern for one in warnings(periods, RULES, MONTH, today)]


def test_a_teacher_with_too_few_online_periods_is_reminded_before_the_month_ends() -> None:
    periods = [taught(1, Form.SUPPORTED), taught(2, Form.IN_PERSON, 4)]
    assert concerns(*periods, today=EARLY) == []
    (one,) = warnings(periods, RULES, MONTH, LATE)
    assert one == Warned(Concern.MONTH, 1, 2, MONTH, teacher="co-ha")
    assert concerns(*periods, taught(3, Form.HYBRID, 5), today=LATE) == []


def test_physical_education_owes_nothing_and_does_not_count() -> None:
    assert concerns(taught(1, Form.IN_PERSON, subject="Giáo dục thể chất"), today=LATE) == []
    both = [taught(1, Form.IN_PERSON), *(taught(n, subject="Thể dục", day=n) for n in (4, 6))]
    assert concerns(*both, today=LATE) == [Concern.MONTH]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Giáo dục thể chất 9", True), ("GDTC", True), ("gdtc 8", True), ("TD", True), ("TD 8", True),
        ("Môn Thể dục", True), ("Physical Education", True), ("Thể dục", True),
        ("Giáo dục công dân", False), ("TDP", False),
        ("Giáo dục", False), ("", False), ("Sách thể dục-nhịp điệu", True), ("Peace studies", False),
    ],
)  # fmt: skip
def test_a_subject_is_exempt_by_whole_words(subject: str, expected: bool) -> None:
    assert is_exempt(subject, RULES.exempt) is expected


def test_a_school_says_which_subjects_are_exempt() -> None:
    music = PeriodRules(exempt=("Âm nhạc", " "))
    said = [warnings([taught(1, Form.IN_PERSON, subject=s)], music, MONTH, LATE) for s in ("Âm nhạc 7", "Thể dục")]
    assert [[one.concern for one in some] for some in said] == [[], [Concern.MONTH]]


def test_periods_without_a_class_are_no_class() -> None:
    assert concerns(*(taught(n, group="") for n in (1, 2, 3, 3))) == []


def test_three_whole_periods_in_one_half_day_are_spoken_of() -> None:
    assert concerns(taught(1), taught(3), taught(5)) == [Concern.HALF_DAY]
    assert concerns(taught(1), taught(3), taught(5, half_day=HalfDay.AFTERNOON)) == []
    assert concerns(taught(1), taught(3), taught(5, group="9A2")) == []
    assert concerns(taught(1), taught(3), taught(5, Form.HYBRID)) == []


def test_two_in_a_row_are_spoken_of() -> None:
    (one,) = warnings([taught(2), taught(3)], RULES, MONTH, EARLY)
    assert (one.concern, one.count) == (Concern.ROW, 2)
    assert concerns(taught(1), taught(2, Form.IN_PERSON), taught(3)) == []


def test_two_lines_for_one_period_are_spoken_of() -> None:
    assert concerns(taught(2, Form.IN_PERSON), taught(2, Form.IN_PERSON, subject="Văn")) == [Concern.TWICE]


PERIODS = st.lists(
    st.builds(
        Taught,
        st.dates(date(2026, 10, 25), date(2026, 12, 5)),
        st.sampled_from(HalfDay),
        st.integers(1, 5),
        st.sampled_from(["9A1", "9A2"]),
        st.sampled_from(["Toán", "Giáo dục thể chất"]),
        st.sampled_from(["a", "b", ""]),
        st.sampled_from(Form),
    ),
    max_size=15,
)


@given(PERIODS, st.randoms())
def test_the_order_of_the_log_changes_nothing(periods: list[Taught], chance: Random) -> None:
    said = warnings(periods, RULES, MONTH, LATE)
    chance.shuffle(periods)
    assert warnings(periods, RULES, MONTH, LATE) == said
    assert all(one.day.month == 11 for one in said)


@given(PERIODS)
def test_a_period_in_person_never_makes_a_half_day_too_full(periods: list[Taught]) -> None:
    def whole(some: list[Taught]) -> list[Warned]:
        said = warnings(some, RULES, MONTH, LATE)
        return [one for one in said if one.concern in (Concern.HALF_DAY, Concern.ROW)]

    assert whole([*periods, taught(4, Form.IN_PERSON)]) == whole(periods)


@given(PERIODS)
def test_looser_rules_say_less(periods: list[Taught]) -> None:
    loose = PeriodRules(month_least=0, half_day_most=6, row_most=6)
    assert {one.concern for one in warnings(periods, loose, MONTH, LATE)} <= {Concern.TWICE}


def test_a_month_is_over_once_it_is() -> None:
    for today, is_said in ((MONTH - timedelta(days=1), False), (date(2026, 11, 21), True), (date(2027, 3, 1), True)):
        assert bool(warnings([taught(1, Form.IN_PERSON)], RULES, MONTH, today)) is is_said


@pytest.mark.parametrize(
    ("room", "home", "phones", "expected"),
    [
        (0, 0, False, Form.IN_PERSON),
        (30, 0, True, Form.SUPPORTED),
        (30, 2, True, Form.HYBRID),
        (0, 5, True, Form.ONLINE),
    ],
)
def test_how_a_lesson_was_taught_follows_from_where_its_pupils_were(
    room: int, home: int, phones: bool, expected: Form
) -> None:
    assert form_of(room, home, phones) is expected


def test_each_subject_has_its_share() -> None:
    periods = [taught(1), taught(2, Form.IN_PERSON), taught(1, Form.HYBRID, subject="Tin học")]
    assert shares(periods) == [Share("Tin học", 1, 1), Share("Toán", 1, 2)]
