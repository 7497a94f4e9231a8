"""Questions from a clipboard and from GIFT: what teachers write is read, what nobody can read is said, nothing of the
HTML gets through."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import activities
from live_session.errors import InvalidContent
from lti_tool.extensions import db
from lti_tool.lessons import clipping, gift, pasted
from lti_tool.lessons.decks import text_of
from lti_tool.lessons.pasted import Found, Report
from lti_tool.models import LessonActivity
from tests.lti_tool.tool import OPEN, Tool
from tests.lti_tool.witness import contents

FOUR = "A. Huế\nB. Hà Nội\nC. Đà Nẵng\nD. Vinh"
NAMES = ["Huế", "Hà Nội", "Đà Nẵng", "Vinh"]


def texts(found: Found) -> list[str]:
    return [option["text"] for option in found.content["options"]]


def of_text(text: str) -> Report:
    return pasted.read(clipping.of_text(text))


def of_html(html: str) -> Report:
    return pasted.read(clipping.of_html(html))


def key(found: Found) -> list[str]:
    answer: list[str] = found.content["key"]
    return answer


ONE: dict[str, str] = {
    "lines": f"Câu 1. Thủ đô?\n{FOUR}\nĐáp án: B",
    "tabs": "Câu 1: Thủ đô?\nA. Huế\tB. Hà Nội\tC. Đà Nẵng\tD. Vinh\nChọn B",
    "spaces": "1. Thủ đô?\nA.Huế B.Hà Nội C.Đà Nẵng D.Vinh\nAnswer: B.",
    "two lines": "Câu 1) [NB] Thủ đô?\nA) Huế\tB) Hà Nội\nC) Đà Nẵng\tD) Vinh\nĐáp án B",
    "all in the line of the question": "Câu 1. Thủ đô? A. Huế *B. Hà Nội C. Đà Nẵng D. Vinh",
    "starred": "Câu 1 (TH). Thủ đô?\nA. Huế\n*B. Hà Nội\nC. Đà Nẵng\nD. Vinh",
    "a tick behind": "Question 1. Thủ đô?\nA. Huế\nB. Hà Nội ✓\nC. Đà Nẵng\nD. Vinh",
    "in words behind": "Câu 1. Thủ đô?\nA. Huế\nB. Hà Nội (đúng)\nC. Đà Nẵng\nD. Vinh",
    "in the solution": f"Câu 1. Thủ đô?\n{FOUR}\nLời giải: Vì thế. Chọn B",
    "a table at the end": f"Câu 1. Thủ đô?\n{FOUR}\n---HẾT---\nBẢNG ĐÁP ÁN\n1-B 2.A",
    "without a number": f"Thủ đô?\n{FOUR}\nĐáp án: B",
}


@pytest.mark.parametrize("text", ONE.values(), ids=ONE.keys())
def test_one_question_is_read_however_it_is_written(text: str) -> None:
    (found,) = of_text(text).found
    assert (found.kind, found.content["prompt"], texts(found), key(found)) == ("single", "Thủ đô?", NAMES, ["B"])


P = "<p class=MsoNormal>{}</p>"
MARKS: dict[str, str] = {
    "the label underlined": "<u>B</u>. Hà Nội",
    "all underlined": "<span style='text-decoration:underline'>B. Hà Nội</span>",
    "red": "<span style='color:red'>B. Hà Nội</span>",
    "red by number": "<font color='#FF0000'><b>B.</b></font><font color='#FF0000'> Hà Nội</font>",
    "highlighted": "<span style='background:yellow;mso-highlight:yellow'>B. Hà Nội</span>",
    "bold": "<b>B. Hà Nội</b>",
    "its text alone bold": "B. <b>Hà Nội</b>",
    "bold by weight beside what is none": "<i style='font-weight:²'></i><b style='font-weight:700'>B. Hà Nội</b>",
    "bold by weight": "<span style='font-weight:700'>B. Hà Nội</span>",
}


@pytest.mark.parametrize("marked", MARKS.values(), ids=MARKS.keys())
def test_a_marked_option_is_the_key(marked: str) -> None:
    body = [*(P.format(line) for line in ("<b>Câu 1.</b> Thủ đô?", "A. Huế")), P.format(marked)]
    (found,) = of_html("".join([*body, P.format("C. Đà Nẵng"), P.format("D. Vinh")])).found
    assert (texts(found), key(found), found.notes) == (NAMES, ["B"], ())


def test_word_and_other_programs_number_by_lists() -> None:
    word = (
        "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>"
        "Câu 1.<span>&nbsp;&nbsp; </span></span><![endif]>Thủ đô?</p>"
        "<p><![if !supportLists]>A.&nbsp;<![endif]>Huế</p><p><![if !supportLists]><u>B</u>.&nbsp;<![endif]>Hà Nội</p>"
    )
    docs = "<ol><li>Thủ đô?<ol style='list-style-type:upper-alpha'><li>Huế</li><li><u>Hà Nội</u></li></ol></li></ol>"
    for html in (word, docs):
        (found,) = of_html(html).found
        assert (found.content["prompt"], texts(found), key(found)) == ("Thủ đô?", ["Huế", "Hà Nội"], ["B"])


def test_items_of_a_list_keep_their_dash_and_those_with_a_label_do_not() -> None:
    bullet = (
        "<p><![if !supportLists]><span style='font-family:Symbol;mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span>"
        "<![endif]>x chẵn</p>"
    )
    (found,) = of_html(
        f"<p>Câu 1. Biết</p><ul><li>x &gt; 0</li></ul>{bullet}<ul><li>A. Huế</li><li><u>B</u>. Hà Nội</li></ul>"
        "<ul style='list-style-type:none'><li>Lời giải: xem</li></ul>"
    ).found
    assert (found.content["prompt"], texts(found)) == ("Biết\n– x > 0\n– x chẵn", ["Huế", "Hà Nội"])
    assert (key(found), found.content["explanation"]) == (["B"], "xem")


FOUR_QUESTIONS = "".join(f"<p>Câu {n}. Hỏi {n}?</p><p>A. 1</p><p>B. 2</p><p>C. 3</p><p>D. 4</p>" for n in range(1, 5))


def row(*cells: str) -> str:
    """A row as Word writes it: a paragraph in each cell."""
    return "<tr>" + "".join(f"<td><p class=MsoNormal>{cell}<o:p></o:p></p></td>" for cell in cells) + "</tr>"


TABLES: dict[str, str] = {
    "letters below numbers": row("Câu", *"1234") + row("ĐA", *"DBCA"),
    "two rows of each": row(*"12") + row(*"DB") + row(*"34") + row(*"CA"),
    "pairs in cells": row("1.D", "2.B", "3.C", "4.A"),
    "pairs in rows": row("Câu", "Đáp án") + "".join(map(row, "1234", "DBCA")),
    "one line": "<p>Đáp án: 1D, 2-B,3.C 4 A.</p>",
    "lines": "<p>Câu 1: D</p><p>Câu 2: Chọn B</p><p>Câu 3. C</p><p>Câu 4. A</p>",
}


@pytest.mark.parametrize("heading", ["", "<p>BẢNG ĐÁP ÁN</p>", "<p>Bảng đáp án:</p>", "<p>ĐÁP ÁN VÀ LỜI GIẢI</p>"])
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_table_of_keys_is_read_however_it_is_laid_out(table: str, heading: str) -> None:
    report = of_html(f"{FOUR_QUESTIONS}{heading}<table>{table}</table>")
    assert [key(found) for found in report.found] == [["D"], ["B"], ["C"], ["A"]]
    assert [texts(found) for found in report.found] == [["1", "2", "3", "4"]] * 4


def test_a_table_that_leaves_open_what_belongs_together_gives_no_key() -> None:
    two_versions = of_html(f"{FOUR_QUESTIONS}<p>ĐÁP ÁN</p><p>Mã đề 101: 1A 2B</p><p>Mã đề 102: 1C 2B</p>")
    assert [key(found) for found in two_versions.found] == [[], ["B"], [], []]
    one_version = of_html(f"{FOUR_QUESTIONS}<p>ĐÁP ÁN</p><p>Mã đề 101: 1A 2B</p>")
    assert [key(found) for found in one_version.found] == [["A"], ["B"], [], []]
    one_letter_short = of_html(f"{FOUR_QUESTIONS}<p>ĐÁP ÁN</p>{row(*'1234')}{row(*'DBC')}")
    assert [key(found) for found in one_letter_short.found] == [[]] * 4


BELOW = f"Câu 1. Thủ đô?\n{FOUR}\nCâu 2: 3 + 4?\nA. 6\tB. 7\tC. 8\n----HẾT----\nBẢNG ĐÁP ÁN\n1.B 2.B\n"
SOLUTIONS: dict[str, str] = {
    "by number": "HƯỚNG DẪN GIẢI\nCâu 1. Từ năm 1976.\nXem bản đồ.\nCâu 2. Chọn B. Đếm.",
    "the question once more": (
        f"LỜI GIẢI CHI TIẾT\nCâu 1. Thủ đô?\n{FOUR}\nLời giải\nTừ năm 1976.\nXem bản đồ.\n"
        "Câu 2: 3 + 4?\nA. 6\tB. 7\tC. 8\nHướng dẫn: Chọn B. Đếm."
    ),
    "without a heading": "Câu 1: Từ năm 1976.\nXem bản đồ.\nCâu 2: Chọn B. Đếm.",
}


@pytest.mark.parametrize("solutions", SOLUTIONS.values(), ids=SOLUTIONS.keys())
def test_a_solution_below_the_table_of_keys_explains_its_question(solutions: str) -> None:
    report = of_text(f"{BELOW}{solutions}")
    assert [(key(one), one.content["explanation"]) for one in report.found] == [
        (["B"], "Từ năm 1976.\nXem bản đồ."),
        (["B"], "Chọn B. Đếm."),
    ]
    assert report.skipped == ()


def test_what_below_belongs_to_no_question_is_said() -> None:
    report = of_text(f"{BELOW}Chúc các em làm bài tốt\nCâu 9. Không có câu này.\nĐọc đoạn văn sau:")
    assert [(one.line, one.text, one.why) for one in report.skipped] == [
        (11, "Chúc các em làm bài tốt", "after"),
        (12, "Không có câu này.", "after"),
    ]
    (alone,) = of_text("Câu 1. T?\nA. a\nB. b\nĐọc đoạn văn sau:").skipped
    assert (alone.line, alone.why) == (4, "after")


def test_solutions_of_all_questions_begin_where_the_numbers_begin_anew() -> None:
    report = of_text(f"Câu 1. Thủ đô?\n{FOUR}\nLời giải\nCâu 2. 3 + 4?\nLời giải\nPHẦN I\nCâu 1. Chọn B. Vì thế.")
    assert [one.content.get("explanation") for one in report.found] == ["Chọn B. Vì thế.", None]
    assert key(report.found[0]) == ["B"]


EXAM = (
    "PHẦN I. Câu trắc nghiệm nhiều phương án lựa chọn. Thí sinh trả lời từ câu 1 đến câu 2.\n"
    "Mỗi câu hỏi thí sinh chỉ chọn một phương án.\n"
    "Câu 1. Một?\nA. 1\tB. 2\tC. 3\tD. 4\nCâu 2. Hai?\nA. 1\tB. 2\nC. 3\tD. 4\n"
    "PHẦN II. Câu trắc nghiệm đúng sai.\nTrong mỗi ý, thí sinh chọn đúng hoặc sai.\n"
    "Câu 1. Cho hình chóp.\na) m\nb) n\nc) o\nd) p\nCâu 2. Một vật rơi.\na) m\nb) n\nc) o\nd) p\n"
    "PHẦN III. Câu trắc nghiệm trả lời ngắn.\nCâu 1. Bao nhiêu?\nTrả lời: ........\nCâu 2. Tính.\n"
    "---HẾT---\nĐÁP ÁN\nPHẦN I\n"
)
PARTS: dict[str, str] = {
    "rows": "Câu\t1\t2\nChọn\tC\tD\nPHẦN II\nCâu\t1\t2\nĐáp án\tĐSSĐ\tSSSĐ\nPHẦN III\nCâu\t1\t2\nĐáp án\t-3,5\t12",
    "lines": "1.C 2.D\nPHẦN II\nCâu 1: ĐSSĐ\nCâu 2: a) Sai b) Sai c) Sai d) Đúng\nPHẦN III\nCâu 1: -3,5\nCâu 2: 12",
    "a row a statement": (
        "Câu 1: C\nCâu 2: D\nPHẦN II\nCâu\tLệnh hỏi\tĐáp án\n1\ta)\tĐ\nb)\tS\nc)\tS\nd)\tĐ\n"
        "2\ta)\tS\nb)\tS\nc)\tS\nd)\tĐ\nPHẦN III\nCâu\tĐáp án\n1\t-3,5\n2\t12"
    ),
    "a row a letter": (
        "Câu\t1\t2\nChọn\tC\tD\nPHẦN II\nCâu 1\ta) Đ\tb) S\tc) S\td) Đ\nCâu 2\ta) S\tb) S\tc) S\td) Đ\n"
        "PHẦN III\n1\t-3,5\n2\t12"
    ),
    "a column a question": (
        "1C 2D\nPHẦN II\nCâu\t1\t2\na)\tĐ\tS\nb)\tS\tS\nc)\tS\tS\nd)\tĐ\tĐ\nPHẦN III\n1\t-3,5\n2\t12"
    ),
}  # fmt: skip


@pytest.mark.parametrize("keys", PARTS.values(), ids=PARTS.keys())
def test_the_parts_of_the_national_exam_have_their_own_numbers_and_keys(keys: str) -> None:
    report = of_text(f"{EXAM}{keys}")
    one, two, first, second, number, whole = report.found
    assert [one.kind for one in report.found] == ["single", "single", "cluster", "cluster", "number", "number"]
    assert (key(one), key(two), texts(two)) == (["C"], ["D"], ["1", "2", "3", "4"])
    assert [part["key"] for part in first.content["statements"]] == [True, False, False, True]
    assert [part["key"] for part in second.content["statements"]] == [False, False, False, True]
    assert (number.content["answer"], whole.content["answer"]) == ("-3,5", "12")
    assert {one.why for one in report.skipped} == {"heading"}


def test_numbers_that_begin_anew_take_no_key_from_a_table_without_parts() -> None:
    report = of_text("PHẦN I\nCâu 1. T?\nA. a\nB. b\nPHẦN II\nCâu 1. T?\nA. a\nB. b\nĐÁP ÁN\n1.A")
    assert [key(one) for one in report.found] == [[], []]


def test_a_short_answer_that_is_not_told_stays_to_be_written() -> None:
    (found,) = of_text("PHẦN III. TRẢ LỜI NGẮN\nCâu 1: Tính 2 + 3.\nTrả lời: ............\n..............").found
    assert (found.kind, found.content) == ("short", {"prompt": "Tính 2 + 3.", "accepted": []})


def test_choice_and_essay_parts_by_letters_or_numerals() -> None:
    report = of_text(
        "A. TRẮC NGHIỆM (7,0 điểm)\nCâu 1. T?\nA. 4 B. 6 C. 7 D. 9\nB. TỰ LUẬN (3,0 điểm)\n"
        "Câu 2 (1,5 điểm). Giải.\nBài 3. Cho tam giác.\na) Vẽ.\nb) Tính.\n"
        "ĐÁP ÁN VÀ BIỂU ĐIỂM\nI. Trắc nghiệm\nCâu 1: C\nII. Tự luận\nCâu 2: x = 2.\nBài 3. a) Vẽ hình.\nb) BC = 5."
    )
    assert [one.kind for one in report.found] == ["single", "open", "open"]
    single, essay, triangle = (one.content for one in report.found)
    assert ([one["text"] for one in single["options"]], single["key"]) == (["4", "6", "7", "9"], ["C"])
    assert (essay["explanation"], triangle["explanation"]) == ("x = 2.", "a) Vẽ hình.\nb) BC = 5.")


def test_a_passage_stands_above_each_of_its_questions() -> None:
    report = of_text(
        "ĐỀ KIỂM TRA NGỮ VĂN\nI. ĐỌC HIỂU (6,0 điểm)\nĐọc đoạn thơ sau và trả lời câu hỏi:\nRuộng rẫy là chiến trường\n"
        "Câu 1. Thể thơ?\nCâu 2. Biện pháp?\nII. VIẾT (4,0 điểm)\nCâu 1. Viết đoạn văn.\n"
        "HƯỚNG DẪN CHẤM\nI. ĐỌC HIỂU\nCâu 1. Sáu chữ.\nII. VIẾT\nCâu 1. Đủ ý."
    )
    passage = "Đọc đoạn thơ sau và trả lời câu hỏi:\nRuộng rẫy là chiến trường\n"
    told = [(one.content["prompt"], one.content.get("explanation")) for one in report.found]
    assert told == [(f"{passage}Thể thơ?", "Sáu chữ."), (f"{passage}Biện pháp?", None), ("Viết đoạn văn.", "Đủ ý.")]
    assert [one.line for one in report.skipped] == [1, 2, 7]


def test_what_is_said_of_two_questions_stands_above_these_two() -> None:
    options = "A. 1 B. 2 C. 3 D. 4"
    said = "Sử dụng thông tin sau cho Câu 2 và Câu 3: Một vật rơi."
    report = of_text(f"Câu 1. a?\n{options}\n{said}\n" + "".join(f"Câu {n}. b?\n{options}\n" for n in (2, 3, 4)))
    assert [one.content["prompt"] for one in report.found] == ["a?", f"{said}\nb?", f"{said}\nb?", "b?"]
    assert all(len(texts(one)) == 4 for one in report.found)


def test_an_english_test_keeps_what_is_underlined_where_it_asks_of_that() -> None:
    sound = "Mark the letter A, B, C, or D to indicate the word whose underlined part is pronounced differently."
    cloze = "Read the following passage and mark the letter A, B, C, or D for each blank from 2 to 3."
    report = of_html(
        "".join(
            P.format(line)
            for line in (
                sound, "Question 1. A. ch<u>a</u>t B. c<u>a</u>ke", cloze, "Tet is (2) ____ day. We (3) ____.",
                "Question 2. A. a B. the", "Question 3. A. go <u>B</u>. eat", "Question 4. Not <u>that</u>? A. x B. y",
            )
        )
    )  # fmt: skip
    first, second, third, last = report.found
    assert (first.content["prompt"], texts(first), key(first)) == (sound, ["cha\u0332t", "ca\u0332ke"], [])
    assert second.content["prompt"] == f"{cloze}\nTet is (2) ____ day. We (3) ____."
    assert (third.content["prompt"], texts(third), key(third)) == (second.content["prompt"], ["go", "eat"], ["B"])
    assert last.content["prompt"] == "Not that?"


def test_options_and_statements_in_cells_of_a_table() -> None:
    options = "<table>" + row("A. Huế", "<u>B</u>. Hà Nội") + row("C. Đà Nẵng", "D. Vinh") + "</table>"
    cluster = (
        "<table>" + row("Phát biểu", "Đúng", "Sai") + row("a)", "m", "Đ") + row("b)", "n", "S") + row("c)", "o", "Đúng")
    )
    report = of_html(f"<p>Câu 1. Thủ đô?</p>{options}<p>Câu 2. Xét.</p>{cluster}{row('d) p', 'Sai')}</table>")
    assert (texts(report.found[0]), key(report.found[0])) == (NAMES, ["B"])
    assert report.found[1].content["prompt"] == "Xét."
    assert [(one["text"], one["key"]) for one in report.found[1].content["statements"]] == [
        ("m", True), ("n", False), ("o", True), ("p", False)
    ]  # fmt: skip


TICKS: dict[str, tuple[tuple[str, ...], ...]] = {
    "crosses": (("", "Phát biểu", "Đúng", "Sai"), ("a)", "m", "X", ""), ("b)", "n", "", "x"), ("c)", "o", "×", ""),
                ("d)", "p", "", "X")),
    "ticks in the other order": (("Ý", "Sai", "Đúng"), ("a) m", "", "✓"), ("b) n", "✔", ""), ("c) o", "", "✓"),
                                 ("d) p", "✓", "")),
}  # fmt: skip


@pytest.mark.parametrize("table", TICKS.values(), ids=TICKS.keys())
def test_a_cross_below_true_or_false_is_the_key(table: tuple[tuple[str, ...], ...]) -> None:
    (found,) = of_html(f"<p>Câu 1. Xét.</p><table>{''.join(row(*cells) for cells in table)}</table>").found
    assert [(one["text"], one["key"]) for one in found.content["statements"]] == [
        ("m", True), ("n", False), ("o", True), ("p", False)
    ]  # fmt: skip


def test_a_cross_in_both_columns_or_in_none_says_nothing_and_one_without_columns_is_text() -> None:
    head = row("Phát biểu", "Đúng", "Sai")
    rows = row("a) m", "X", "X") + row("b) n", "", "") + row("c) o", "X", "") + row("d) p", "", "X")
    (found,) = of_html(f"<p>Câu 1. Xét.</p><table>{head}{rows}</table>").found
    assert [one["key"] for one in found.content["statements"]] == [None, None, True, False]
    assert [one["text"] for one in found.content["statements"]] == list("mnop")
    (bare,) = of_html(f"<p>Câu 1. Xét.</p><table>{rows}</table>").found
    assert bare.content["statements"][2] == {"text": "o X", "key": None}


WORTH: dict[str, tuple[str, str, float | None]] = {
    "behind the number": ("Câu 1 (0,5 điểm). Thủ đô?", "Thủ đô?", 0.5),
    "after its level": ("Câu 1. [NB] (0.25đ) Thủ đô?", "Thủ đô?", 0.25),
    "before its level": ("Câu 1 (2 điểm) (TH): Thủ đô?", "Thủ đô?", 2.0),
    "behind the text": ("Câu 1. Thủ đô? [1,5 điểm]", "Thủ đô?", 1.5),
    "in English": ("Question 1. Thủ đô? (2 marks).", "Thủ đô?", 2.0),
    "of each part": (
        "Câu 1. Xét.\n1) Vẽ (0,5 điểm)\n2) Tính (1 điểm)",
        "Xét.\n1) Vẽ (0,5 điểm)\n2) Tính (1 điểm)",
        None,
    ),
    "within the text": ("Câu 1. Qua hai điểm (2 điểm) có gì?", "Qua hai điểm (2 điểm) có gì?", None),
    "nowhere": ("Câu 1. Thủ đô?", "Thủ đô?", None),
}


@pytest.mark.parametrize(("text", "prompt", "points"), WORTH.values(), ids=WORTH.keys())
def test_points_that_stand_in_a_question_are_its_points(text: str, prompt: str, points: float | None) -> None:
    (found,) = of_text(text).found
    assert (found.content["prompt"], found.points) == (prompt, points)


def test_a_solution_that_judges_each_statement_gives_the_keys() -> None:
    (found,) = of_text("Câu 1. Xét.\na) m\nb) n\nc) o\nd) p\nLời giải\na) Đúng. Vì.\nb) Sai.\nc) Sai\nd) Đúng").found
    assert [one["key"] for one in found.content["statements"]] == [True, False, False, True]


KEYS: dict[str, tuple[str, str | None]] = {
    "with its text": ("Đáp án: B. Hà Nội", None),
    "with its reason": ("ĐA: B. Từ năm 1976.", "Từ năm 1976."),
    "after an arrow": ("=> Chọn B", None),
    "in a sentence": ("Đáp án cần chọn là: B", None),
    "in the solution": ("Hướng dẫn giải\nĐáp án B\nTừ năm 1976.", "Từ năm 1976."),
}


@pytest.mark.parametrize(("text", "why"), KEYS.values(), ids=KEYS.keys())
def test_a_key_in_words_is_read(text: str, why: str | None) -> None:
    (found,) = of_text(f"Câu 1 - Thủ đô?\n{FOUR}\n{text}").found
    assert (texts(found), key(found), found.content.get("explanation")) == (NAMES, ["B"], why)


def test_words_that_begin_like_a_key_are_none() -> None:
    lines = "Cho biết:\nĐa thức nào sau đây bậc hai?\nTrả lời các câu hỏi dưới đây\nAnswer the questions below"
    (found,) = of_text(f"Câu 1. {lines}").found
    assert (found.kind, found.content["prompt"]) == ("open", lines)


def test_the_last_questions_own_answer_is_no_table() -> None:
    lettered, number = of_text(f"Câu 1. Thủ đô?\n{FOUR}\nĐáp án: B\nCâu 2. 3 + 4?\nĐáp án: 7").found
    assert (key(lettered), number.kind, number.content["answer"]) == (["B"], "number", "7")


def test_labels_that_are_all_bold_are_no_key_and_two_signs_that_differ_neither() -> None:
    (plain,) = of_html("".join(P.format(f"<b>{x}</b>") for x in ("Câu 1. T?", "A. a", "B. b", "C. c"))).found
    assert (key(plain), plain.notes) == ([], ())
    (torn,) = of_text("Câu 1. T?\n*A. a\nB. b\nC. c\nĐáp án: B").found
    assert (key(torn), torn.notes) == ([], ("keys_differ",))


def test_two_marked_options_are_kept_and_said_and_the_field_refuses_them(tool: Tool) -> None:
    (found,) = of_text("Câu 1. T?\n*A. a\n*B. b\nC. c").found
    assert (found.kind, key(found), found.notes) == ("single", ["A", "B"], ("two_keys",))
    type_ = activities.type_of("single")
    with pytest.raises(InvalidContent) as refused:
        type_.validate(type_.parse(text_of(found.content)))
    assert [(p.field, p.code) for p in refused.value.problems] == [("key", "several")]


def test_a_written_key_of_two_letters_is_a_question_of_several() -> None:
    (found,) = of_text("Câu 1. T?\nA. a\nB. b\nC. c\nĐáp án: A, C").found
    assert (found.kind, key(found)) == ("multiple", ["A", "C"])


def test_the_other_kinds() -> None:
    report = of_text(
        "PHẦN II\nCâu 1. Cho hàm số.\na) Một\nb) Hai\nc) Ba\nd) Bốn\nĐáp án: ĐSĐS\n"
        "Câu 2. Bao nhiêu?\nTrả lời: -1,5\nCâu 3. Tên ai?\nĐáp án: Vi-ét; Viète\n"
        "Câu 4. Trời xanh.\nĐáp án: Đúng\nCâu 5. Kể lại."
    )
    assert [one.kind for one in report.found] == ["cluster", "number", "short", "true_false", "open"]
    cluster, number, short, truth, _ = (one.content for one in report.found)
    assert [part["key"] for part in cluster["statements"]] == [True, False, True, False]
    assert (number["answer"], short["accepted"], truth["key"]) == ("-1,5", ["Vi-ét", "Viète"], True)
    assert [(one.line, one.why) for one in report.skipped] == [(1, "heading")]


def test_a_label_inside_a_text_begins_no_option() -> None:
    (found,) = of_text("Câu 1. T?\nA. Điểm A. thuộc d\nB. Hai Câu 2. trong câu\nC. c").found
    assert texts(found) == ["Điểm A. thuộc d", "Hai Câu 2. trong câu", "c"]


def test_what_does_not_come_along_is_said_and_small_figures_stay() -> None:
    (found,) = of_html(
        "<p>Câu 1. x<sup>2</sup>, H<sub>2</sub>O, x<sup>a+1</sup> <img src=x onerror=alert(1)></p>"
    ).found
    assert found.content["prompt"] == "x², H₂O, x\\(^{a+1}\\) [?]"
    assert found.notes == ("unread",)


def equation(inside: str) -> str:
    """As Word writes it: in a comment, with its picture behind it for programs that know no equations."""
    comment = f"<!--[if gte msEquation 12]><m:oMath>{inside}</m:oMath><![endif]-->"
    return f"{comment}<![if !msEquation]><span><img width=40 src='file:///C:/x.png'></span><![endif]>"


def test_words_equations_come_along_and_pictures_beside_them_do_not() -> None:
    root = "<m:rad><m:deg></m:deg><m:e><i><m:r>x</m:r></i></m:e></m:rad>"
    (found,) = of_html(
        f"<p>Câu 1. Tính {equation(root)} biết {equation('<m:r>x≥0</m:r>')}, xem hình <img src=a></p>"
        f"<p>A. {equation('<m:r>2</m:r>')}</p><p><u>B. {equation('<m:r>A. 3</m:r>')}</u></p>"
    ).found
    assert found.content["prompt"] == "Tính \\(\\sqrt{x}\\) biết \\(x\\ge 0\\), xem hình [?]"
    assert (texts(found), key(found)) == (["\\(2\\)", "\\(A. 3\\)"], ["B"])
    assert found.notes == ("unread",)


def test_a_picture_of_an_equation_that_cannot_be_read_is_said() -> None:
    (found,) = of_html(f"<p>Câu 1. Tính {equation('')} rồi vẽ</p>").found
    assert found.content["prompt"] == "Tính [?] rồi vẽ"


def test_hostile_html_leaves_nothing_but_its_words() -> None:
    html = (
        "<script>alert(1)</script><style>p{}</style><svg onload=alert(2)><text>x</text></svg>"
        "<p onclick=alert(3)>Câu 1. <a href='javascript:alert(4)'>Chọn</a> &lt;b&gt;?</p>"
        "<p>A. a<iframe src=//x>y</iframe></p>"
        "<p style=\"background:url('http://x')\">B. b</p>"
    )
    (found,) = of_html(html).found
    assert found.content["prompt"] == "Chọn <b>?"
    assert "alert" not in text_of(found.content)


@given(st.text(alphabet="<>/=\"'pubi !-[]ifsAB.)*1234Câu \n\t&;:é\u0301\x00", max_size=400))
def test_anything_at_all_is_read_without_end_or_error(text: str) -> None:
    for report in (of_html(text), of_text(text), gift.read(text)):
        for found in report.found:
            activities.type_of(found.kind).parse(text_of(found.content))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_a_whole_test_is_read_back(keys: list[int]) -> None:
    text = "".join(
        f"Câu {n}. Hỏi số {n}?\n" + "".join(f"{'*' * (k == o)}{'ABCD'[o]}. số {n}{o}\n" for o in range(4))
        for n, k in enumerate(keys, start=1)
    )
    report = of_text(text)
    assert [(one.kind, key(one)) for one in report.found] == [("single", ["ABCD"[k]]) for k in keys]
    assert report.skipped == ()


def test_deep_and_long_html_is_no_trouble() -> None:
    assert of_html("<div>" * 100_000 + "x").found
    wide = of_text(f"Câu 1. T?\nA. a{' ' * 100_000}b\nB. b\nCâu 2. T?\na) m{chr(9) * 100_000}n\nb) n\nc) o\nd) p")
    assert texts(wide.found[0]) == ["a b", "b"]
    assert of_text("HẾT\n" + ("1\t" * 5_000 + "\n") * 20).found == ()
    assert len(of_html("<p>Câu 1. a</p>" * 10_000).found) == pasted.MOST_QUESTIONS


GIFT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "choice": (
        "::t:: 2+2? {~3#quên ~=5 =4 ####Vì thế}".replace("~=5", "~5"),
        "single",
        {"prompt": "2+2?", "options": [{"text": "3", "why": "quên"}, {"text": "5"}, {"text": "4"}], "key": ["C"]},
    ),
    "several": (
        "Số nguyên tố? {~%50%2 ~%50%3 ~%-100%4}",
        "multiple",
        {"prompt": "Số nguyên tố?", "options": [{"text": "2"}, {"text": "3"}, {"text": "4"}], "key": ["A", "B"]},
    ),
    "true": ("Trời xanh.{T}", "true_false", {"prompt": "Trời xanh.", "key": True}),
    "false": ("Trời vuông.{FALSE#không}", "true_false", {"prompt": "Trời vuông.", "key": False}),
    "short": ("Thủ đô?{=Hà Nội =Ha Noi}", "short", {"prompt": "Thủ đô?", "accepted": ["Hà Nội", "Ha Noi"]}),
    "number": ("Pi?{#3.14:0.01}", "number", {"prompt": "Pi?", "answer": "3.14", "tolerance": "0.01"}),
    "range": ("Từ đâu?{#1..5}", "number", {"prompt": "Từ đâu?", "answer": "3", "tolerance": "2"}),
    "matching": (
        "Ghép {=một -> 1 =hai -> 2 = -> 3}",
        "matching",
        {"prompt": "Ghép", "pairs": [{"left": "một", "right": "1"}, {"left": "hai", "right": "2"}], "others": ["3"]},
    ),
    "essay": ("::t::Kể lại.{}", "open", {"prompt": "Kể lại."}),
    "missing word": ("Sông {=Hồng} chảy.", "short", {"prompt": "Sông _____ chảy.", "accepted": ["Hồng"]}),
    "escapes": (
        "a\\=b \\{c\\}? {=x\\~y ~z}", "single",
        {"prompt": "a=b {c}?", "options": [{"text": "x~y"}, {"text": "z"}], "key": ["A"]},
    ),
    "a formula": (
        "\\(\\frac{1}{2}\\)? {=x ~y}", "single",
        {"prompt": "\\(\\frac{1}{2}\\)?", "options": [{"text": "x"}, {"text": "y"}], "key": ["A"]},
    ),
    "html": (
        "[html]<p>Chọn <b>một</b></p><script>x</script>{=a ~b}", "single",
        {"prompt": "Chọn một", "options": [{"text": "a"}, {"text": "b"}], "key": ["A"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "content"), GIFT.values(), ids=GIFT.keys())
def test_gift(text: str, kind: str, content: dict[str, Any]) -> None:
    assert gift.is_gift(text)
    (found,) = gift.read(f"// lời dẫn\n$CATEGORY: a/b\n\n{text}\n").found
    read = {name: value for name, value in found.content.items() if name != "explanation"}
    assert (found.kind, read) == (kind, content)


def test_one_bad_question_of_gift_is_named_by_its_line() -> None:
    report = gift.read("A?{=a ~b}\n\nHỏng {=\n\nB?{=a ~b}")
    assert [one.content["prompt"] for one in report.found] == ["A?", "B?"]
    assert [(one.line, one.why) for one in report.skipped] == [(3, "gift")]


# --- the page -------------------------------------------------------------------------------------------------------


def test_what_was_looked_at_is_added_at_the_end_and_undone(either_tool: Tool) -> None:
    teacher = either_tool.set_up()
    uid = either_tool.lesson(OPEN)
    before = contents(either_tool)
    text = f"Câu 1 (0,25 điểm). Thủ đô?\n{FOUR}\nĐáp án: B"
    said = teacher.send(f"lessons/{uid}/paste", {"text": text, "html": ""}).json
    assert contents(either_tool) == before, "looking keeps nothing"
    assert "Hà Nội" in said["html"]
    assert "0,25" in said["html"]
    answer = teacher.send(f"lessons/{uid}/paste/add", {"questions": said["questions"]})
    assert "activity=" in answer.json["address"]
    with either_tool.inside():
        added = db.session.query(LessonActivity).order_by(LessonActivity.position).all()[-1]
        assert (added.kind, added.position, added.content["key"], added.points) == ("single", 1, ["B"], 0.25)
    teacher.post(f"lessons/{uid}/history", do="undo")
    with either_tool.inside():
        assert db.session.query(LessonActivity).count() == 1


BAD: dict[str, tuple[str, object, str]] = {
    "no clip": ("paste", [], "activity_shape"),
    "a library": ("paste", {"text": "x" * 2_000_001}, "paste_too_large"),
    "nothing to add": ("paste/add", {"questions": []}, "paste_nothing"),
    "an unknown kind": ("paste/add", {"questions": [{"kind": "<x>", "content": {}}]}, "activity_kind"),
    "another shape": ("paste/add", {"questions": [{"kind": "single", "content": {"options": 7}}]}, "activity_shape"),
    "points beyond counting": (
        "paste/add", {"questions": [{"kind": "open", "content": {}, "points": 101}]}, "activity_shape",
    ),
    "one too many": (
        "paste/add", {"questions": [{"kind": "open", "content": {"prompt": "?"}}] * 61}, "too_many_activities",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "body", "fault"), BAD.values(), ids=BAD.keys())
def test_nonsense_changes_nothing(tool: Tool, path: str, body: object, fault: str) -> None:
    teacher = tool.set_up()
    uid = tool.lesson(OPEN)
    before = contents(tool)
    assert teacher.send(f"lessons/{uid}/{path}", body).json["fault"] == fault
    assert contents(tool) == before


def test_one_fields_clip_keeps_what_plain_text_would_lose(tool: Tool) -> None:
    teacher = tool.set_up()
    uid = tool.lesson()
    table = "<table><tr><td>1</td><td>2</td></tr></table>"
    html = f"<p>x<sup>2</sup><script>alert(1)</script></p><ul><li>a</li></ul>{table}<img src=x>"
    before = contents(tool)
    said = teacher.send(f"lessons/{uid}/paste/text", {"text": "x2", "html": html})
    assert said.json == {"text": "x²\n– a\n1  2"}
    formula = "<math><mi>x</mi></math>"
    assert teacher.send(f"lessons/{uid}/paste/text", {"text": f"1 < {formula}"}).json == {"text": "1 < \\(x\\)"}
    assert teacher.send(f"lessons/{uid}/paste/text", {"html": 1}).status_code == 400
    assert teacher.send(f"lessons/{uid}/paste/text", {"text": "", "html": "x" * 2_000_001}).status_code == 413
    assert contents(tool) == before
