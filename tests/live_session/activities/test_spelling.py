"""Ways of writing one Vietnamese word, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.activities.spelling import alike, bare, compared, loose

ONE_WORD = [
    ("vật lí", "vật lý"),
    ("Mĩ", "Mỹ"),
    ("kĩ thuật", "kỹ thuật"),
    ("thế kỉ", "thế kỷ"),
    ("tỉ lệ", "tỷ lệ"),
    ("sĩ số", "sỹ số"),
    ("hi vọng", "hy vọng"),
    ("hi sinh", "hy sinh"),
    ("công ti", "công ty"),
    ("quí", "quý"),
    ("qui", "quy"),
    ("hoàng", "hòang"),
    ("toán", "tóan"),
    ("đoàn", "đòan"),
    ("quả", "qủa"),
    ("quý", "qúy"),
    ("khuỷu", "khủyu"),
    ("xoáy", "xóay"),
    ("giá", "gía"),
    ("thuế", "thúê"),
    ("của", "cuả"),
    ("mía", "miá"),
]
APART = [
    ("tai", "tay"),
    ("mai", "may"),
    ("hai", "hay"),
    ("kì", "ki"),
    ("lí", "lì"),
    ("thúi", "thuý"),
    ("thui", "thuy"),
    ("my", "mi"),
    ("my name", "mi name"),
    ("hi", "hy"),
    ("Hi there", "Hy there"),
    ("Li", "Ly"),
    ("Si", "Sy"),
    ("sky", "ski"),
    ("early", "earli"),
    ("thi", "thy"),
    ("ý", "í"),
    ("señor", "seńor"),
    ("río", "rió"),
    ("toan", "toán"),
]


@pytest.mark.parametrize(("one", "other"), ONE_WORD)
def test_one_word_in_two_spellings(one: str, other: str) -> None:
    assert alike(one) == alike(other)
    for accents in (True, False):
        assert compared(one, [other], accents=accents) == compared(other, [other], accents=accents)
        assert compared(other, [one], accents=accents) == compared(one, [one], accents=accents)


@pytest.mark.parametrize(("one", "other"), APART)
def test_two_words_are_two(one: str, other: str) -> None:
    assert alike(one) != alike(other)
    assert compared(one, [other], accents=True) != compared(other, [other], accents=True)


@pytest.mark.parametrize(("one", "other"), [pair for pair in APART if bare(pair[0]) != bare(pair[1])])
def test_without_accents_too_they_are_two(one: str, other: str) -> None:
    assert compared(one, [other], accents=False) != compared(other, [other], accents=False)
    assert compared(other, [one], accents=False) != compared(one, [one], accents=False)


@pytest.mark.parametrize(
    ("typed", "accepted"),
    [("my", "Mĩ"), ("mi", "Mỹ"), ("my thuat", "mĩ thuật"), ("cong ti", "công ty"), ("vat ly", "vật lí"), ("ki", "kỳ")],
)
def test_typed_without_marks_either_spelling_may_be_meant(typed: str, accepted: str) -> None:
    assert compared(typed, [accepted], accents=False) == compared(accepted, [accepted], accents=False)
    assert compared(typed, [accepted], accents=True) != compared(accepted, [accepted], accents=True)


@pytest.mark.parametrize("typed", ["Lê Lợi.", "Lê Lợi .", "Lê Lợi,", "Lê Lợi;", "lê lợi. "])
@pytest.mark.parametrize("accents", [True, False])
def test_a_mark_at_the_end_does_not_matter(typed: str, accents: bool) -> None:
    assert compared(typed, ["Lê Lợi"], accents=accents) == compared("Lê Lợi", ["Lê Lợi"], accents=accents)


def test_a_mark_that_is_asked_for_matters() -> None:
    assert len({compared(mark, [";"], accents=False) for mark in ".,;?"}) == 4
    assert compared("f(x)", [], accents=True) != compared("f(x", [], accents=True)


@pytest.mark.parametrize("word", ["giếng", "gì", "quyết", "thuở", "huệ", "quý", "ngoằn ngoèo", "khuya", "ủy ban"])
def test_a_word_as_schools_write_it_stays(word: str) -> None:
    assert alike(word) == {"ủy ban": "uỷ ban"}.get(word, word)


LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxy ÁẠÀÃẢáạàãảýỳỹỵíìĩịóòọúùụởễ .,;-'zjwñé1"
TEXTS = st.one_of(
    st.text(alphabet=LETTERS, max_size=20),
    st.lists(st.sampled_from(sorted({w for pair in ONE_WORD + APART for w in pair})), max_size=4).map(" ".join),
)


@given(TEXTS, st.lists(TEXTS, max_size=3), st.booleans())
def test_folding_twice_is_folding_once(text: str, accepted: list[str], accents: bool) -> None:
    once = alike(text)
    assert alike(once) == once
    assert loose(loose(text)) == loose(text)
    form = compared(text, accepted, accents=accents)
    assert compared(form, accepted, accents=accents) == form


@given(TEXTS)
def test_nothing_but_i_and_y_and_the_place_of_a_tone_changes(text: str) -> None:
    def skeleton(written: str) -> str:
        return bare(" ".join(written.split())).replace("y", "i")

    assert skeleton(alike(text)) == skeleton(text)


@given(TEXTS, TEXTS)
def test_words_that_differ_stay_apart_among_others(before: str, after: str) -> None:
    for one, other in (("tai", "tay"), ("mai", "may"), ("hai", "hay"), ("kì", "ki")):
        assert alike(f"{before} {one} {after}") != alike(f"{before} {other} {after}")
