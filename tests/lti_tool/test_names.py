"""Vietnamese names: the order of their parts, and the order of a class list."""

import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.names import FullName, full_name, short_names, sort_key

words = st.text(st.characters(codec="utf-8"), max_size=30)


def ordered(*names: str) -> list[str]:
    """As a class list has them; the given name is the last word."""
    mixed = list(names)
    Random(1).shuffle(mixed)
    return sorted(mixed, key=lambda name: sort_key(name, name.rsplit(" ", 1)[-1]))


@pytest.mark.parametrize(
    ("family", "given_", "name", "expected"),
    [
        ("Nguyễn", "Thu Hà", "Thu Hà Nguyễn", FullName("Nguyễn Thu Hà", "Hà")),
        ("Nguyễn Thị", "Hà", None, FullName("Nguyễn Thị Hà", "Hà")),
        (None, None, "Trần Quốc Việt", FullName("Trần Quốc Việt", "Việt")),
        ("Trần", None, "Trần Quốc Việt", FullName("Trần Quốc Việt", "Việt")),
        (None, "Việt", None, FullName("Việt", "Việt")),
        ("Trần", " ", "", FullName("Trần", "Trần")),
        (None, None, None, FullName("", "")),
    ],
)
def test_the_family_name_stands_first(
    family: str | None, given_: str | None, name: str | None, expected: FullName
) -> None:
    assert full_name(family, given_, name) == expected


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["Trần Hoài An", "Bùi Quốc Việt"], ["An", "Việt"]),
        (["Trần Hoài An", "Đặng Thái An"], ["Hoài An", "Thái An"]),
        (["Trần Hoài An", "Lê Hoài An", "Lê An"], ["Trần Hoài An", "Lê Hoài An", "Lê An"]),
        (["Trần Hoài An", "Trần Hoài An", "Lê Bảo"], ["Trần Hoài An", "Trần Hoài An", "Bảo"]),
        (["An", "Trần An", ""], ["An", "Trần An", ""]),
    ],
)
def test_pupils_of_one_given_name_are_called_by_more_of_it(names: list[str], called: list[str]) -> None:
    assert short_names(full_name(None, None, name) for name in names) == called


def test_without_any_name_the_address_lends_its_first_part() -> None:
    assert full_name(None, None, None, "an.dang@example.edu.vn").display == "an.dang"
    assert full_name(None, None, "An", "x@example.edu.vn").display == "An"


@given(words, words, words)
def test_a_name_is_one_clean_line_whatever_an_lms_sends(family: str, given_: str, name: str) -> None:
    made = full_name(family, given_, name)
    for text in (made.display, made.given):
        assert text == " ".join(text.split())
        assert not [c for c in text if unicodedata.category(c)[0] == "C"]
        assert text == unicodedata.normalize("NFC", text)
    assert made.display.endswith(made.given)
    assert len(made.display) <= 241
    assert " " not in made.given


def test_a_composed_and_a_decomposed_name_are_one() -> None:
    composed = "Nguyễn Thuỳ Dương"
    assert full_name(None, None, unicodedata.normalize("NFD", composed)).display == composed
    assert sort_key(*(unicodedata.normalize("NFD", n) for n in (composed, "Dương"))) == sort_key(composed, "Dương")


# --- the order of a list --------------------------------------------------------------------------------------------


def test_a_list_goes_by_the_given_name_first() -> None:
    expected = ["Trần Hoài An", "Lê Gia Bảo", "Nguyễn Văn Bình", "Bùi Quốc Việt"]
    assert ordered(*expected) == expected


def test_the_same_given_name_goes_by_family_and_middle_name() -> None:
    expected = ["Bùi An", "Đặng Thái An", "Nguyễn Thị An", "Nguyễn Văn An", "Trần Hoài An"]
    assert ordered(*expected) == expected


def test_letters_follow_each_other_as_in_the_vietnamese_alphabet() -> None:
    alphabet = [f"{letter}a" for letter in "aăâbcdđeêghiklmnoôơpqrstuưvxy"]
    assert ordered(*alphabet) == alphabet


def test_d_with_a_bar_comes_after_all_of_d() -> None:
    expected = ["Nguyễn Dung", "Nguyễn Dũng", "Nguyễn Dương", "Nguyễn Duy", "Nguyễn Đan", "Nguyễn Đức"]
    assert ordered(*expected) == [expected[0], expected[1], expected[3], expected[2], *expected[4:]]


def test_tones_decide_only_between_equal_letters() -> None:
    expected = ["Ma", "Mà", "Mả", "Mã", "Má", "Mạ", "Man", "Mà Nh"[:2] + "nh"]
    assert ordered(*expected) == expected


@pytest.mark.parametrize("shape", ["ă", "â", "ê", "ô", "ơ", "ư"])
def test_every_tone_on_every_shaped_letter_keeps_its_letter(shape: str) -> None:
    toned = [
        unicodedata.normalize("NFC", shape + tone) for tone in ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
    ]
    assert ordered(*toned) == toned
    assert len({sort_key(one, one)[0][0] for one in toned}) == 1


def test_capitals_make_no_difference() -> None:
    assert sort_key("ĐẶNG THÁI AN", "AN") == sort_key("Đặng Thái An", "An")


@given(st.lists(words, max_size=8))
def test_any_names_can_be_ordered_and_the_order_is_total(names: list[str]) -> None:
    assert sorted(map(len, ordered(*names))) == sorted(map(len, names))
    assert [sort_key(n, n) for n in sorted(names, key=lambda n: sort_key(n, n))] == sorted(
        sort_key(n, n) for n in names
    )
