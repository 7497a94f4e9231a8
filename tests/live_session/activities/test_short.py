"""Short answers in Vietnamese."""

import unicodedata

import pytest

from live_session.activities import type_of
from live_session.activities.base import Bar, Key
from live_session.activities.short import Accepted
from live_session.activities.spelling import bare
from live_session.errors import InvalidContent, InvalidValue, Problem

TYPE = type_of("short")


def accepted(*texts: str, accents: bool = True) -> Accepted:
    return Accepted(prompt="?", accepted=texts, accents=accents)


def is_right(content: Accepted, typed: str) -> bool:
    return TYPE.share(content, TYPE.check(content, typed)) == 1


@pytest.mark.parametrize(
    ("typed", "strict", "loose"),
    [
        ("Điện Biên", True, True),
        ("điện biên", True, True),
        ("ĐIỆN BIÊN", True, True),
        ("  điện \u00a0 biên\n", True, True),
        (unicodedata.normalize("NFD", "Điện Biên"), True, True),  # as an iPhone's or a Mac's keyboard may send it
        ("dien bien", False, True),
        ("Dien Bien", False, True),
        ("đien biên", False, True),
        ("điệnbiên", False, False),
        ("điện biên phủ", False, False),
    ],
)
def test_case_spaces_and_form_never_matter_accents_by_choice(typed: str, strict: bool, loose: bool) -> None:
    assert is_right(accepted("Điện Biên"), typed) is strict
    assert is_right(accepted("Điện Biên", accents=False), typed) is loose


def test_the_accepted_text_may_be_decomposed_too() -> None:
    decomposed = unicodedata.normalize("NFD", "Huế")
    assert is_right(accepted(decomposed), "Huế")
    assert is_right(accepted(decomposed, accents=False), "hue")


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("hòa bình", "hoà bình"),  # either keyboard layout is right, and nobody sees which one is set
        ("thuỷ", "Thủy"),
        ("don't", "don’t"),  # a phone does it by itself
        ("don’t", "don't"),
        ('"vui"', "“vui”"),
        ("1945–1954", "1945-1954"),
        ("f′(x)", "f'(x)"),
        ("vì…", "vì..."),
        ("Hà\u00ad Nội\u200b", "hà nội"),  # as Word lets it be pasted
        ("hà nội", "\ufeffHà Nội"),
    ],
)
def test_keyboards_write_one_answer_in_several_ways(written: str, typed: str) -> None:
    assert is_right(accepted(written), typed)
    assert is_right(accepted(written, accents=False), typed)


def test_accents_tell_words_apart() -> None:
    assert not is_right(accepted("ma"), "má")
    assert is_right(accepted("ma", accents=False), "mạ")


def test_any_accepted_text_is_right() -> None:
    content = accepted("Hà Nội", "Thăng Long")
    assert is_right(content, "thăng long")
    assert is_right(content, "hà nội")
    assert not is_right(content, "Huế")


def test_bare_letters() -> None:
    assert bare("Đường ƯỚT Ặ") == "duong uot a"


@pytest.mark.parametrize("value", ["", "  ", "x" * 201, "a\x07", 5, None, ["x"]])
def test_what_is_no_answer(value: object) -> None:
    with pytest.raises(InvalidValue):
        TYPE.check(accepted("x"), value)


def test_two_hundred_characters() -> None:
    assert len(TYPE.check(accepted("x"), "x" * 200)) == 200


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (accepted(), {("accepted", "missing")}),
        (accepted("x", " "), {("accepted.1", "empty")}),
        (accepted("x", "\u200b"), {("accepted.1", "empty")}),
        (accepted("x" * 201), {("accepted.0", "too_long")}),
    ],
)
def test_faults_are_named(content: Accepted, expected: set[tuple[str, str]]) -> None:
    with pytest.raises(InvalidContent) as caught:
        TYPE.validate(content)
    assert {(p.field, p.code) for p in caught.value.problems} == expected


def test_answers_that_are_compared_as_equal_stand_in_one_bar() -> None:
    values = ["Huế", "huế", "HUẾ", "hue"]
    assert TYPE.tally(accepted("Huế"), values) == (Bar("huế", 3, "HUẾ"), Bar("hue", 1, "hue"))
    assert TYPE.tally(accepted("Huế", accents=False), values) == (Bar("hue", 4, "HUẾ"),)


def test_the_key_marks_bars_and_reads_as_written() -> None:
    assert TYPE.key(accepted("Hà Nội")) == Key(("hà nội",), ("Hà Nội",))
    assert TYPE.key(accepted("Hà Nội", accents=False)) == Key(("ha noi",), ("Hà Nội",))
    assert TYPE.key(accepted()) is None


def test_answers_are_a_pupils_own_words() -> None:
    assert TYPE.is_private


def test_the_same_text_twice_is_named() -> None:
    with pytest.raises(InvalidContent) as caught:
        TYPE.validate(accepted("Huế", "Đà Nẵng", " Huế "))
    assert caught.value.problems == (Problem("accepted.2", "twice"),)
    TYPE.validate(accepted("Huế", "Hue", "huế"))
