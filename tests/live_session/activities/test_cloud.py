"""Words that are the same are one word; words that are not to be shown are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.activities.base import Bar
from live_session.activities.cloud import COMMON, MOST_SHOWN, Cloud, Words, fold, homes
from live_session.activities.spelling import bare

CLOUD = Cloud()
OPEN = Words(prompt="?")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà bình", "hòa  BÌNH"),
        ("thuý", "thúy"),
        ("khoẻ", "Khỏe!"),
        ("“vui”", "vui."),
        (unicodedata.normalize("NFD", "trường học"), "Trường Học"),
        ("Đà Nẵng", "đà nẵng"),
        ("Mĩ", "Mỹ"),
        ("lí", "lý"),
        ("đoàn", "đòan"),
        ("hoà bình", "hoà-bình"),
        ("hòa bình", "#hoà_bình"),
        ("vui", "vuiii"),
        ("Vui", "#VUIIIII!!!"),
        ("quá", "quáaaa"),
        ("quá", "quaaaá"),
        ("hoà", "hòaaa"),
    ],
)
def test_ways_of_writing_one_word(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ma", "má"),
        ("má", "mà"),
        ("quý", "quy"),
        ("của", "cua"),
        ("đa", "da"),
        ("tai", "tay"),
        ("XIII", "XI"),
        ("C", "C#"),
        ("xoong", "xong"),
        ("1000", "10"),
        ("3-2", "3 2"),
    ],
)
def test_tones_and_letters_make_other_words(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize("word", ["quý", "của", "mùa", "hoàn", "thuyền", "toán", "nghĩa", "khuỷu"])
def test_other_vowels_keep_their_tone(word: str) -> None:
    assert fold(word) == word


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)
    assert fold(once) == once or any(not c.isalnum() for c in once)


@given(st.text(alphabet="aăâeiouyỳýĩáaàhkmlsqudđXVI#-_ .'1", max_size=20))
def test_folding_twice_is_folding_once_among_the_signs_that_pupils_type(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_word_without_marks_joins_the_one_that_it_can_stand_for() -> None:
    assert homes(["ha noi", "hà nội"]) == {"ha noi": "hà nội", "hà nội": "hà nội"}
    assert homes(["ma", "má", "mà"])["ma"] == "ma"
    assert homes(["vui"]) == {"vui": "vui"}
    assert homes(["vật lí", "vat li", "my", "mĩ"])["my"] == "mĩ"


def test_a_tag_joins_the_words_that_it_was_made_of() -> None:
    assert told(OPEN, "hoà bình", "Hòa-bình", "#hoàbình", "#hoabinh", "hoà bình") == {"hoà bình": 5}
    assert told(OPEN, "#hoàbình", "vui") == {"#hoàbình": 1, "vui": 1}
    assert homes(["hoà bình", "ho àbình", "hoàbình"])["hoàbình"] == "hoàbình"


def told(content: Words, *words: str) -> dict[str, int]:
    return {bar.label: bar.count for bar in CLOUD.tally(content, [{"1": word} for word in words])}


def test_a_word_grows_under_its_commonest_spelling() -> None:
    assert told(OPEN, "ha noi", "Hà Nội", "hà nội", "Hà Nội", "HA NOI", "Huế") == {"Hà Nội": 5, "Huế": 1}


def test_words_keep_their_place_while_they_grow() -> None:
    before = [bar.option for bar in CLOUD.tally(OPEN, [{"1": w} for w in ("b", "a", "c")])]
    after = [bar.option for bar in CLOUD.tally(OPEN, [{"1": w} for w in ("c", "b", "a", "c", "c")])]
    assert before == after == ["a", "b", "c"]
    many = CLOUD.tally(OPEN, [{"1": f"w{n}"} for n in range(100)])
    assert len(many) == MOST_SHOWN


BLOCKED = Words(prompt="?", blocked=("ngu", "đồ hư"))


@pytest.mark.parametrize(
    "word", ["ngu", "NGU!", "bạn ngu", "ngu,dốt", "nguuuu", "#ngu", "đồ-hư", "do hu", "Đồ  hư", "đồ hư quá"]
)
def test_what_is_blocked_is_not_shown(word: str) -> None:
    assert told(BLOCKED, word, "vui") == {"vui": 1}


def test_what_is_blocked_is_so_in_either_spelling_and_nobody_joins_it() -> None:
    """*buoi* is *buổi*, also where somebody wrote what is not to be shown."""
    assert told(Words(prompt="?", blocked=("lý",)), "mĩ lí", "lí", "lì", "vui") == {"lì": 1, "vui": 1}
    assert told(OPEN, "buồi", "buoi") == {"buoi": 1}


@pytest.mark.parametrize("word", ["ngủ", "nguyên", "ngữ văn", "đồ hưởng", "hư"])
def test_what_only_looks_like_it_is(word: str) -> None:
    assert told(BLOCKED, word) == {word: 1}


@pytest.mark.parametrize("word", ["Đéo", "đéo biết!", "ĐM", "vcl,", "vui,vcl", "what the FUCK", "đù  má", "DIT ME"])
def test_common_vulgar_words_are_not_shown_unless_the_teacher_wishes(word: str) -> None:
    assert told(OPEN, word, "vui") == {"vui": 1}
    assert told(Words(prompt="?", common=False), word, "vui") == {word: 1, "vui": 1}


@pytest.mark.parametrize(
    "words",
    [
        "dm, 5 dm, cm3, cc, Cl, cl, VL, vl, Moby Dick, cockatoo, shiitake, Scunthorpe, classic, assess",
        "lon nước, cac ban, buoi hoc, buổi, các, đèo, deo, đeo, đi, di choi, dit, đít, địa, đủ, dụ, dù, du lịch, du ma",
        "làm đĩ, canh điếm, cá đù, hoa dâm bụt, óc chó, phò mã, lớn, lốn, lợn, nưng, nung, chích, chịu, bưởi, buôi",
    ],
)
def test_words_of_lessons_are_no_vulgar_ones(words: str) -> None:
    assert [word for word in words.split(", ") if told(OPEN, word) != {word: 1}] == []


def test_the_common_words_are_written_as_words_are_told_apart() -> None:
    words = COMMON.split("|")
    assert words == [fold(word) for word in words]
    assert len(set(words)) == len(words)


@given(st.lists(st.sampled_from(["vui", "Vui", "hòa", "hoà", "hoa", "má", "ma", "đá", "da"]), max_size=40))
def test_nothing_is_lost_in_counting(words: list[str]) -> None:
    bars = CLOUD.tally(OPEN, [{"1": word} for word in words])
    assert sum(bar.count for bar in bars) == len(words)
    assert all(isinstance(bar, Bar) and bare(bar.option) == bare(fold(bar.label)) for bar in bars)


def test_a_word_that_the_teacher_takes_off_is_off_however_it_is_written_and_comes_back() -> None:
    off = CLOUD.with_hidden(OPEN, CLOUD.mark_of("hà nội"), is_hidden=True)
    assert told(off, "Hà Nội", "ha noi", "Huế") == {"Huế": 1}
    assert told(CLOUD.with_hidden(off, CLOUD.mark_of("hà nội"), is_hidden=True), "Hà Nội", "Huế") == {"Huế": 1}
    assert told(CLOUD.with_hidden(off, CLOUD.mark_of("Hà Nội"), is_hidden=False), "Hà Nội", "ha noi") == {"Hà Nội": 2}


def taken_off(content: Words, *words: str) -> tuple[Bar, ...]:
    return CLOUD.taken_off(content, [{"1": word} for word in words])


def test_what_was_taken_off_is_told_by_the_word_that_puts_it_back() -> None:
    """Also where the class has since spelt it with marks; what is blocked is none of it."""
    off = CLOUD.with_hidden(BLOCKED, CLOUD.mark_of("ha noi"), is_hidden=True)
    for words in (("Ha Noi", "vui", "ngu"), ("Ha Noi", "Hà Nội", "ngu")):
        assert [(bar.count, bar.label) for bar in taken_off(off, *words)] == [(1, "Ha Noi")]
        back = CLOUD.with_hidden(off, CLOUD.mark_of(taken_off(off, *words)[0].option), is_hidden=False)
        assert back == BLOCKED
        assert taken_off(back, *words) == ()
    assert taken_off(OPEN, "Ha Noi") == taken_off(off, "vui") == ()
    hidden = CLOUD.with_hidden(OPEN, CLOUD.mark_of("hà nội"), is_hidden=True)
    assert taken_off(hidden, "Hà Nội", "ha noi", "Huế") == (Bar("hà nội", 2, "Hà Nội"),)
