"""What Circular 22/2021 says beside what every regulation promises; its worked cases stand in cases.csv."""

import inspect
import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.regulations.circular_22_2021 import (
    CHUA_DAT,
    DAT,
    KHA,
    LEVELS,
    TOT,
    VERSIONS,
    Circular22,
    Reading,
    edition,
)
from analytics.regulations.port import InvalidMark, NotComputable, Scope, Sitting, Standing

CIRCULAR = Circular22(2026)
WIDEST = replace(CIRCULAR, reading=Reading.WIDEST)

tenths = st.integers(0, 100).map(lambda n: Decimal(n) / 10)


def half_up(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"), ROUND_HALF_UP)


# --- the school year ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["2026-2027", " 2026 - 2027 ", "2026–2027"])
def test_a_school_year_is_read_as_schools_write_it(text: str) -> None:
    assert edition(text) == CIRCULAR


@pytest.mark.parametrize("text", ["", "2026", "2026-2028", "2027-2026", "26-27", "2026/2027", "hai nghìn"])
def test_what_is_no_school_year(text: str) -> None:
    with pytest.raises(ValueError, match="not a school year"):
        edition(text)


def test_before_its_first_year_there_is_no_circular() -> None:
    assert edition("2020-2021") is None
    assert edition("2021-2022") == Circular22(2021)


def test_the_newest_version_that_had_begun_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    amended = replace(VERSIONS[-1], since=2027, most_absent=40)
    monkeypatch.setattr("analytics.regulations.circular_22_2021.VERSIONS", (*VERSIONS, amended))
    outcomes = {}
    for year in ("2026-2027", "2027-2028", "2030-2031"):
        found = edition(year)
        assert found
        outcomes[year] = found.promotion(DAT, DAT, 41).reasons  # type: ignore[union-attr]
    assert outcomes == {"2026-2027": (), "2027-2028": ("absent_over_40",), "2030-2031": ("absent_over_40",)}


@pytest.mark.parametrize(
    ("year", "grades"),
    [(2021, {6}), (2022, {6, 7, 10}), (2023, {6, 7, 8, 10, 11}), (2024, {6, 7, 8, 9, 10, 11, 12})],
)
def test_grades_came_under_it_by_stages(year: int, grades: set[int]) -> None:
    scopes = {grade: Circular22(year).scope(grade) for grade in range(6, 13)}
    assert {grade for grade, scope in scopes.items() if scope.is_supported} == grades
    assert {scopes[g] for g in scopes.keys() - grades} <= {Scope("circular_58_2011_not_supported")}


def test_a_primary_class_is_refused() -> None:
    assert {CIRCULAR.scope(grade) for grade in range(1, 6)} == {Scope("circular_27_2020_not_supported")}


# --- arithmetic -----------------------------------------------------------------------------------------------------


@given(regular=st.lists(tenths, min_size=1, max_size=4), midterm=tenths, final=tenths)
def test_a_term_average_is_the_weighted_mean_half_up(regular: list[Decimal], midterm: Decimal, final: Decimal) -> None:
    whole = (sum(regular) + 2 * midterm + 3 * final) / (len(regular) + 5)
    assert CIRCULAR.term_average(regular, Sitting(midterm), Sitting(final)) == half_up(whole)


def test_every_pair_of_term_averages() -> None:
    for first in range(101):
        for second in range(101):
            found = CIRCULAR.year_average(Decimal(first) / 10, Decimal(second) / 10)
            assert found == half_up(Decimal(first + 2 * second) / 30), (first, second)


@given(tenths, tenths)
def test_no_setting_of_the_decimal_module_changes_a_mark(midterm: Decimal, final: Decimal) -> None:
    usual = CIRCULAR.term_average(["7,25", 8, 6], Sitting(midterm), Sitting(final))
    with localcontext(prec=4, rounding="ROUND_DOWN"):
        assert CIRCULAR.term_average(["7,25", 8, 6], Sitting(midterm), Sitting(final)) == usual


def test_a_mark_has_one_decimal_always() -> None:
    assert [str(CIRCULAR.mark(n)) for n in (0, 8, 10)] == ["0.0", "8.0", "10.0"]
    assert str(CIRCULAR.mark(Decimal("1E+1"))) == "10.0"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("8,25", "8.3"), ("8.25", "8.3"), ("8,24999", "8.2"), ("8,35", "8.4"), ("8,45", "8.5"), ("0,05", "0.1"),
        ("0,04", "0.0"), ("9,95", "10.0"), ("9,94", "9.9"), (" 8.5 ", "8.5"), ("-0", "0.0"), ("08", "8.0"),
        (Decimal("8.25"), "8.3"),
    ],
)  # fmt: skip
def test_a_half_goes_up(typed: str | Decimal, kept: str) -> None:
    """Neither to even nor as a binary fraction: 8,25 is 8,3."""
    assert str(CIRCULAR.mark(typed)) == kept


def test_every_hundredth_is_rounded_half_up() -> None:
    for n in range(1001):
        assert CIRCULAR.mark(f"{n // 100},{n % 100:02}") == half_up(Decimal(n) / 100), n


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (None, "missing"), ("", "missing"), ("  ", "missing"), ("11", "out_of_range"), ("10,01", "out_of_range"),
        ("-1", "out_of_range"), (11, "out_of_range"), ("-0,01", "out_of_range"), ("Đ", "not_a_number"),
        ("CĐ", "not_a_number"), ('"8.5"', "not_a_number"), ("8,2,5", "not_a_number"), ("8..5", "not_a_number"),
        (",5", "not_a_number"), ("8,", "not_a_number"), ("1e1", "not_a_number"), ("NaN", "not_a_number"),
        ("−1", "not_a_number"), ("٨", "not_a_number"), ("8 5", "not_a_number"), ("+8", "not_a_number"),
    ],
)  # fmt: skip
def test_what_is_no_mark_says_why(typed: str | int | None, reason: str) -> None:
    assert CIRCULAR.mark(typed) == InvalidMark(reason)


def test_a_binary_fraction_is_no_mark() -> None:
    with pytest.raises(TypeError, match="never a float"):
        CIRCULAR.mark(8.25)  # type: ignore[arg-type]


def test_an_average_at_a_half_goes_up() -> None:
    """A tie needs three regular marks, for then the divisor is 8."""
    assert CIRCULAR.term_average([8, 8, "8,4"], Sitting(8), Sitting(8)) == Decimal("8.1")  # 64,4 : 8 = 8,05


def test_a_fifth_regular_mark_is_counted() -> None:
    """Some exports have one more column than the circular knows; whoever reads them warns."""
    assert CIRCULAR.term_average([6, 6, 6, 6, 10], Sitting(6), Sitting(6)) == Decimal("6.4")


# --- Điều 9.3 -------------------------------------------------------------------------------------------------------


@given(usual=tenths, few=st.lists(tenths, min_size=1, max_size=3), count=st.integers(4, 8), failed=st.integers(0, 2))
def test_no_reading_lifts_more_than_the_widest(usual: Decimal, few: list[Decimal], count: int, failed: int) -> None:
    scored, comment = [usual] * count + few, [CHUA_DAT] * failed + [DAT] * 2
    strict, widest = CIRCULAR.standing(scored, comment), WIDEST.standing(scored, comment)
    assert isinstance(strict, Standing)
    assert isinstance(widest, Standing)
    assert strict.base_level == widest.base_level
    assert LEVELS.index(strict.level) <= LEVELS.index(widest.level)
    assert strict.is_ambiguous == widest.is_ambiguous == (strict.level != widest.level)
    if strict.is_ambiguous:
        assert (strict.other_reading, widest.other_reading) == (widest.level, strict.level)


def test_the_school_chooses_the_reading() -> None:
    scored, comment = ["8.4"] * 7, [CHUA_DAT, DAT]
    assert CIRCULAR.standing(scored, comment) == Standing(DAT, DAT, KHA)
    assert WIDEST.standing(scored, comment) == Standing(DAT, KHA, DAT)


def test_a_lift_is_one_step_however_far_one_subject_pulled() -> None:
    assert CIRCULAR.standing(["9.0"] * 7 + [0], [DAT]) == Standing(CHUA_DAT, DAT)


def test_every_level_is_reached() -> None:
    pupils = {TOT: ["8.0"] * 6 + ["6.5"], KHA: ["6.5"] * 6 + ["5.0"], DAT: ["5.0"] * 6 + ["3.5"], CHUA_DAT: ["4.9"] * 7}
    assert {level: CIRCULAR.standing(scored, [DAT]) for level, scored in pupils.items()} == {
        level: Standing(level, level) for level in pupils
    }


# --- sources --------------------------------------------------------------------------------------------------------


def test_every_rule_names_its_article() -> None:
    rules = [
        member
        for name, member in vars(Circular22).items()
        if (inspect.isfunction(member) or isinstance(member, property)) and not name.startswith("__")
    ]
    assert len(rules) > 15
    assert not [rule for rule in rules if not re.search(r"Điều \d", inspect.getdoc(rule) or "")]


def test_what_cannot_be_computed_says_where() -> None:
    assert CIRCULAR.term_average([8, "Đ"], Sitting(7), Sitting(8)) == NotComputable("regular_not_a_number")
