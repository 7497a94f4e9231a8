"""Gaps: how they are written, what is right in each."""

from fractions import Fraction

import pytest

from live_session.activities.base import Bar
from live_session.activities.fill import Fill, Gaps
from live_session.errors import InvalidValue

FILL = Fill()
CAPITAL = Gaps(prompt="?", text="Thủ đô là [[Hà Nội| Thăng Long ]],\nsông [[Hồng]].")


def test_a_text_is_words_and_gaps() -> None:
    assert CAPITAL.parts == (("Thủ đô là ", "1"), (",\nsông ", "2"), (".", ""))
    assert CAPITAL.accepted == {"1": ("Hà Nội", "Thăng Long"), "2": ("Hồng",)}
    assert Gaps(text="[a] và [[b]]").parts == (("[a] và ", "1"), ("", ""))


@pytest.mark.parametrize(
    ("value", "share"),
    [
        ({"1": "ha  noi", "2": "HỒNG"}, 1),
        ({"1": "thăng long"}, Fraction(1, 2)),
        ({"1": "Huế", "2": "hong"}, Fraction(1, 2)),
        ({"2": "Hà Nội"}, 0),
    ],
)
def test_the_share_is_that_of_the_gaps(value: dict[str, str], share: Fraction) -> None:
    assert FILL.share(CAPITAL, FILL.check(CAPITAL, value)) == share


def test_marks_count_where_the_teacher_says_so() -> None:
    strict = Gaps(prompt="?", text="sông [[Hồng]]", accents=True)
    assert FILL.share(strict, {"1": "hồng"}) == 1
    assert FILL.share(strict, FILL.check(strict, {"1": "Ho\u0302\u0300ng"})) == 1
    assert FILL.share(strict, {"1": "hong"}) == 0


def test_keyboards_write_one_word_in_several_ways() -> None:
    strict = Gaps(prompt="?", text="I [[don't]] … [[hòa]] bình", accents=True)
    assert FILL.share(strict, FILL.check(strict, {"1": "don’t", "2": "hoà"})) == 1


@pytest.mark.parametrize("accents", [True, False])
def test_a_gap_takes_either_spelling_and_a_full_stop(accents: bool) -> None:
    gaps = Gaps(prompt="?", text="[[kĩ thuật|công nghệ]] nước [[Mĩ]]: [[my]]", accents=accents)
    assert FILL.share(gaps, FILL.check(gaps, {"1": "Kỹ thuật.", "2": "mỹ", "3": "my"})) == 1
    assert FILL.share(gaps, FILL.check(gaps, {"1": "kĩ thuật", "2": "mí", "3": "mi"})) == Fraction(
        1 if accents else 2, 3
    )


def test_a_bank_holds_the_right_words_and_the_others_shuffled() -> None:
    bank = Gaps(prompt="?", text="[[a]] [[b]]", bank=True, others=("c",))
    assert sorted(bank.words) == ["a", "b", "c"]
    assert FILL.check(bank, {"1": "c"}) == {"1": "c"}
    with pytest.raises(InvalidValue):
        FILL.check(bank, {"1": "d"})


@pytest.mark.parametrize("value", [{}, {"3": "x"}, {"1": ""}, {"1": "x" * 101}, {"1": 7}, "Hà Nội", ["Hà Nội"]])
def test_an_answer_fills_gaps(value: object) -> None:
    with pytest.raises(InvalidValue):
        FILL.check(CAPITAL, value)


def test_each_gap_has_its_own_distribution() -> None:
    bars = FILL.tally(CAPITAL, [{"1": "Hà Nội"}, {"1": "ha noi", "2": "Mã"}, None])
    assert [(b.option, b.count) for b in bars] == [("1:ha noi", 2), ("2:ma", 1)]
    assert bars[1] == Bar("2:ma", 1, "Mã")
