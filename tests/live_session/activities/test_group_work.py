"""Group work: a product is a text, a link, a picture; one's own answer is a letter or a text."""

from fractions import Fraction

import pytest

from live_session.activities.group_work import GroupWork, Work
from live_session.errors import InvalidContent, InvalidValue
from live_session.model import Json

KIND = GroupWork()
CHOICE = Work(prompt="Làm áp phích", own="Vì sao?", own_options=("một", "hai"), own_key="B")
WORDS = Work(prompt="Làm áp phích", own="Em đã làm gì?", photos=False)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"text": " Bài\r\nlàm "}, {"text": "Bài\nlàm"}),
        ({"link": "vi.wikipedia.org/x"}, {"text": "", "link": "https://vi.wikipedia.org/x"}),
        ({"text": "", "photo": "0198c0de-0000-7000"}, {"text": "", "photo": "0198c0de-0000-7000"}),
    ],
)
def test_a_product_has_one_form(value: Json, kept: Json) -> None:
    assert KIND.check(CHOICE, value) == kept


@pytest.mark.parametrize(
    "value", [{}, {"text": " "}, {"text": "x", "who": "y"}, {"link": "javascript:alert(1)"}, "C", ""]
)
def test_what_is_neither_is_refused(value: Json) -> None:
    with pytest.raises(InvalidValue):
        KIND.check(CHOICE, value)


def test_photos_only_where_the_teacher_wants_them() -> None:
    with pytest.raises(InvalidValue):
        KIND.check(WORDS, {"text": "", "photo": "0198c0de-0000-7000"})


def test_ones_own_answer_counts_only_where_there_is_a_key() -> None:
    assert [KIND.share(CHOICE, value) for value in ("A", "B", {"text": "x"}, None)] == [Fraction(0), 1, None, None]
    assert KIND.share(WORDS, KIND.check(WORDS, " Em vẽ \n hình ")) is None
    assert KIND.key(WORDS) is None


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (Work(prompt="x", size=1), ["group_size", "empty"]),
        (Work(prompt="x", own="y", own_options=("một",), own_key="B"), ["own_options", "own_key"]),
        (Work(prompt="x", own="y", own_key="A"), ["own_key"]),
    ],
)
def test_faults_are_named(content: Work, faults: list[str]) -> None:
    with pytest.raises(InvalidContent) as caught:
        KIND.validate(content)
    assert [problem.code for problem in caught.value.problems] == faults
