"""The helpers that kinds share."""

import pytest

from live_session.activities.base import MOST_BARS, Bar, blank_or_long, letters, most_common, text_of
from live_session.errors import InvalidValue, Problem


def test_text_is_composed_trimmed_and_single_spaced() -> None:
    assert text_of("  a\u0302\u0301n \u00a0 qu\u1ea3\n", 20) == "\u1ea5n qu\u1ea3"


@pytest.mark.parametrize("value", ["", " \u00a0\t", "a\x00b", "a\x1bb", "x" * 11, 3, None, ["a"]])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(InvalidValue):
        text_of(value, 10)


def test_the_limit_counts_what_is_kept() -> None:
    assert text_of("  " + "x" * 10 + "  ", 10) == "x" * 10
    assert text_of("a\u0302" * 10, 10) == "â" * 10


def test_letters() -> None:
    assert letters(4) == ("A", "B", "C", "D")
    assert letters(0) == ()


def test_faults_of_a_list_of_texts_are_named_by_place() -> None:
    assert list(blank_or_long("options", ["a", " ", "a ", "x" * 4_001])) == [
        Problem("options.1", "empty"),
        Problem("options.2", "twice"),
        Problem("options.3", "too_long"),
    ]


def test_rare_texts_are_counted_together() -> None:
    texts = [f"t{n:02}" for n in range(MOST_BARS + 3)] + ["t14", "t14"]
    bars = most_common(texts, {"t14": "T14"})
    assert bars[0] == Bar("t14", 3, "T14")
    assert [b.option for b in bars[1:-1]] == [f"t{n:02}" for n in range(MOST_BARS - 1)], "equal counts keep their order"
    assert bars[-1] == Bar("", 3, "…")
    assert len(bars) == MOST_BARS + 1
