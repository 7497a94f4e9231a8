"""How answers are shown in tables."""

import pytest

from analytics.results import QuestionResult
from live_session.activities import slide
from live_session.activities.base import Bar
from live_session.model import Json
from lti_tool.pages.answers import option_text, rows_of, spelled_out
from tests.lti_tool.tool import Tool


def test_the_words_of_slides_are_told_in_the_readers_language_and_typed_ones_as_they_are(tool: Tool) -> None:
    with tool.inside():
        told = [option_text(Bar(word, 1, sign)) for word, sign in zip(slide.WORDS, slide.SIGNS, strict=True)]
    assert not set(told) & set(slide.WORDS)
    for typed in (Bar("clear", 1, "Clear"), Bar("clear", 1)):
        assert option_text(typed) == (typed.label or typed.option)


def test_a_distribution_has_rows_where_its_bars_have_and_not_where_pupils_wrote_a_time() -> None:
    def rows(*tally: Bar) -> list[str]:
        question = QuestionResult("q", "short", "?", 1, 1.0, 2, 0, None, tally, None, (), ())
        return [name for name, *_ in rows_of(question)]

    assert rows(Bar("a:true", 2), Bar("b:false", 1)) == ["a", "b"]
    assert rows(Bar("1:9:30", 1, "9:30"), Bar("1:", 2, "…")) == ["1"]
    assert rows(Bar("9:30", 1, "9:30"), Bar("tỉ số 1:2", 1, "Tỉ số 1:2")) == []


def test_a_ranking_is_told_in_the_classs_order_with_the_mean_place_of_each_part(tool: Tool) -> None:
    tally = (Bar("B:1", 2, "1"), Bar("B:2", 1, "2"), Bar("A:1", 1, "1"), Bar("A:2", 2, "2"))
    question = QuestionResult("q", "ranking", "?", 1, 0.0, 3, 0, None, tally, None, (), ())
    with tool.inside():
        told = [(name, said) for name, *_, said in rows_of(question)]
    assert told == [("B", "vị trí trung bình 1,3: 1 (2), 2 (1)"), ("A", "vị trí trung bình 1,7: 1 (1), 2 (2)")]
    empty = QuestionResult("q", "ranking", "?", 1, 0.0, 0, 0, None, (Bar("A:1", 0, "1"),), None, (), ())
    with tool.inside():
        assert [said for *_, said in rows_of(empty)] == ["–"]


PARTS = {"A": "một", "B": "hai", "a": "câu a", "b": "câu b", "2:C": "Pháp – Paris", "2a:3": "Trình bày: Khá"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("B", [("B", "hai")]),
        (["B", "A"], [("B", "hai"), ("A", "một")]),
        ({"b": "true", "a": "false"}, [("b) Đúng", "câu b"), ("a) Sai", "câu a")]),
        ({"2": "C"}, [("", "Pháp – Paris")]),
        ({"2a": "3"}, [("", "Trình bày: Khá")]),
        ("3,5", []),
        ("E", []),
        ({"text": "lời", "photo": None}, []),
        ({"1": "Huế"}, []),
        ([{"text": "bài"}], []),
        (None, []),
    ],
)
def test_letters_are_spelled_out_and_words_are_left_alone(tool: Tool, value: Json, said: list[tuple[str, str]]) -> None:
    with tool.inside():
        assert spelled_out(value, PARTS) == said
        assert spelled_out(value, {}) == []


@pytest.mark.parametrize(("option", "label", "said"), [("A", "", "A"), ("ha noi", "Hà Nội", "Hà Nội")])
def test_any_other_option_is_its_label_or_its_name(option: str, label: str, said: str) -> None:
    assert option_text(Bar(option, 1, label)) == said
