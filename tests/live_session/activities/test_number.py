"""Numbers, as Vietnamese pupils type them."""

from decimal import Decimal

import pytest

from live_session.activities import type_of
from live_session.activities.base import MOST_BARS, Bar, Key
from live_session.activities.number import Quantity, number_of, plain
from live_session.errors import InvalidContent, InvalidValue

TYPE = type_of("number")


def quantity(answer: str = "2,5", tolerance: str = "0", relative: bool = False) -> Quantity:
    return Quantity(prompt="?", answer=answer, tolerance=tolerance, relative=relative)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2,5", "2.5"),
        ("2.5", "2.5"),
        ("  2,50 ", "2.5"),
        ("+2,5", "2.5"),
        ("-2,5", "-2.5"),
        ("\u22122,5", "-2.5"),  # the minus sign of a maths keyboard
        ("\u2212 2,5", "-2.5"),
        ("007", "7"),
        ("100", "100"),
        ("-0,0", "0"),
        ("0,000000000001", "0.000000000001"),
        ("999999999999999,999999999999", "999999999999999.999999999999"),
        ("1.234", "1.234"),  # one and a bit, never a thousand: the phone shows it back as 1,234
        ("1,234", "1.234"),
        ("1 234", "1234"),
        ("\u0663", "3"),  # digits of other scripts are digits
    ],
)
def test_how_a_number_is_kept(typed: str, kept: str) -> None:
    assert TYPE.check(quantity(), typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["1.234,5", "1,234.5", "1.234.567", "1,2,3", "", " ", "-", ",", "5,", ",5", "1e3", "--5", "5-", "2/3", "0x10",
     "NaN", "inf", "Infinity", "1_000", "9" * 16, "0," + "1" * 13, "2,5 cm", 2.5, 2, True, None, ["2"]],
)  # fmt: skip
def test_ambiguous_and_other_forms_are_refused(typed: object) -> None:
    with pytest.raises(InvalidValue):
        TYPE.check(quantity(), typed)


@pytest.mark.parametrize(
    ("answer", "tolerance", "relative", "typed", "is_right"),
    [
        ("2,5", "0", False, "2.5", True),
        ("2,5", "0", False, "2.500000000001", False),
        ("2,5", "0,1", False, "2,6", True),
        ("2,5", "0,1", False, "2,4", True),
        ("2,5", "0,1", False, "2,600000000001", False),
        ("-2,5", "0.1", False, "\u22122,6", True),
        ("-2,5", "0.1", False, "2,5", False),
        ("200", "5", True, "210", True),
        ("200", "5", True, "190", True),
        ("200", "5", True, "210,000001", False),
        ("-200", "5", True, "-210", True),
        ("0", "5", True, "0", True),
        ("0", "5", True, "0,001", False),
        ("0,1", "0", False, "0,10", True),  # exact: no binary fraction in between
        ("0,3", "0,2", False, "0,1", True),
    ],
)
def test_tolerance(answer: str, tolerance: str, relative: bool, typed: str, is_right: bool) -> None:
    content = quantity(answer, tolerance, relative)
    assert TYPE.share(content, TYPE.check(content, typed)) == int(is_right)


def test_no_answer_no_share() -> None:
    assert TYPE.share(quantity(answer=""), "1") is None
    assert TYPE.key(quantity(answer="")) is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (quantity(answer=""), {("answer", "missing")}),
        (quantity(answer="abc"), {("answer", "number")}),
        (quantity(tolerance=""), {("tolerance", "missing")}),
        (quantity(tolerance="-1"), {("tolerance", "negative")}),
        (quantity(tolerance="1e3", answer=" "), {("answer", "missing"), ("tolerance", "number")}),
    ],
)
def test_faults_are_named(content: Quantity, expected: set[tuple[str, str]]) -> None:
    with pytest.raises(InvalidContent) as caught:
        TYPE.validate(content)
    assert {(p.field, p.code) for p in caught.value.problems} == expected


def test_equal_numbers_stand_in_one_bar_with_a_decimal_comma() -> None:
    content = quantity()
    values = [TYPE.check(content, typed) for typed in ("2,5", "2.50", "3", "2.5")]
    assert TYPE.tally(content, values) == (Bar("2.5", 3, "2,5"), Bar("3", 1, "3"))


def test_bars_stand_in_the_order_of_the_numbers() -> None:
    """Not of how many gave them: a screen does not hint at the key. The rest, of the rarest, stands last."""
    given = {"10": 1, "9": 3, "-2": 2, "-10,5": 5}
    bars = TYPE.tally(quantity(), [TYPE.check(quantity(), typed) for typed, n in given.items() for _ in range(n)])
    assert [(bar.label, bar.count) for bar in bars] == [("\u221210,5", 5), ("\u22122", 2), ("9", 3), ("10", 1)]
    many = TYPE.tally(quantity(), [str(n) for n in range(MOST_BARS + 4, 0, -1)])
    assert (many[-1].label, many[-1].count) == ("…", 4)
    assert [Decimal(bar.option) for bar in many[:-1]] == sorted(Decimal(bar.option) for bar in many[:-1])


def test_the_key_is_read_out_with_its_unit() -> None:
    content = Quantity(answer="2.50", unit="cm")
    assert TYPE.key(content) == Key(("2.5",), ("2,5 cm",))
    assert TYPE.with_key(quantity(answer=""), "\u22123,0").answer == "-3"


def test_canonical_text() -> None:
    assert number_of("1,50") == Decimal("1.50")
    assert [plain(Decimal(n)) for n in ("1.50", "1E+2", "-0.0", "0.10", "10")] == ["1.5", "100", "0", "0.1", "10"]
