"""Worked cases: our own table, the shared one where it is, and tables that cannot be read."""

import csv
import io
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from analytics.regulations.cases import COLUMNS, KINDS, BadCases, Case, Verdict, judge, read
from analytics.regulations.circular_22_2021 import Circular22
from tests.analytics.regulations.invented import Invented

OURS = Path(__file__).parent / "cases.csv"
SHARED_VARIABLE = "GIOTAY_TEST_SHARED"
"""The folder that holds the shared reference."""

CIRCULAR = Circular22(2026)
CASES = read(OURS.read_text(encoding="utf-8"))


def table(*rows: tuple[str, Any, Any]) -> str:
    """A table of cases of (kind, inputs, expected); text is taken as it is, anything else as JSON."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for number, (kind, *cells) in enumerate(rows):
        writer.writerow(
            (f"C{number}", kind, *(c if isinstance(c, str) else json.dumps(c) for c in cells), "Điều 0", "C")
        )
    return out.getvalue()


def answer(kind: str, inputs: Any, expected: Any = None) -> Verdict:
    """The circular's answer to one case."""
    (case,) = read(table((kind, inputs, expected or {})))
    return judge(CIRCULAR, case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_circular_gives_what_the_table_says(case: Case) -> None:
    verdict = judge(CIRCULAR, case)
    assert verdict.computed == case.expected
    assert verdict.passed_over == ()


def test_the_table_has_every_kind_and_no_case_twice() -> None:
    assert {case.kind for case in CASES} == set(KINDS)
    assert not [name for name, count in Counter(case.id for case in CASES).items() if count > 1]


@pytest.mark.needs_shared_data
def test_the_circular_gives_what_the_shared_table_says() -> None:
    folder = os.environ.get(SHARED_VARIABLE)
    if not folder:
        pytest.skip(f"the shared cases are not part of the project; name their folder in {SHARED_VARIABLE}")
    (path,) = Path(folder).rglob("circular_22_2021_cases.csv")
    verdicts = [judge(CIRCULAR, case) for case in read(path.read_text(encoding="utf-8"))]
    assert len(verdicts) >= 100
    assert not [verdict for verdict in verdicts if not verdict.agrees or verdict.passed_over]


def test_another_regulation_answers_the_same_questions() -> None:
    rows = table(
        ("term_average", {"regular": [12, "16,5"], "midterm": 9, "final": 20}, {"average": "15"}),
        ("level", {"scope": "year", "scored": [15, 16], "comment": ["present"]}, {"level": "high"}),
        ("conduct_year", {"term1": "high", "term2": "low"}, {"level": "low"}),
        ("scope", {"grade": 9}, {"supported": False, "reason": "not_our_school"}),
    )
    agree = [judge(Invented(), case).agrees for case in read(rows)]
    assert agree == [True, False, True, True], "an answer with more members than expected is a difference"


# --- differences ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expected", ['{"average":"8.1"}', '{"average":8.0}', '{"average":"8.0","more":1}', "{}"])
def test_any_other_answer_is_a_difference(expected: str) -> None:
    inputs = {"regular": [8, 8], "midterm": 8, "final": 8}
    assert answer("term_average", inputs, '{"average":"8.0"}').agrees
    assert not answer("term_average", inputs, expected).agrees


def test_true_is_not_one_and_two_is_not_two_point_nought() -> None:
    assert not answer("scope", {"grade": 6}, '{"supported":1}').agrees
    assert not answer("regular_count", {"periods_per_year": 35, "form": "score"}, '{"regular":2.0}').agrees


def test_subjects_of_a_re_test_are_a_set_and_nothing_else_is() -> None:
    inputs = {
        "conduct_year": "dat",
        "result_year": "chua_dat",
        "scored_year": {"toan": "3.0", "tin_hoc": "4.0"},
        "comment_year": {},
    }
    expected = {"eligible": True, "subjects": ["tin_hoc", "toan"], "summer_conduct": False}
    assert answer("retest", inputs, expected).agrees
    assert not answer("retest", inputs, {**expected, "subjects": ["toan"]}).agrees
    assert not answer("retest", inputs, {**expected, "subjects": ["toan", "toan", "tin_hoc"]}).agrees
    reasons = ["absent_over_45", "result_below_dat"]
    year = {"conduct_year": "dat", "result_year": "chua_dat", "absent_sessions": 50}
    assert answer("promotion", year, {"promoted": False, "reasons": reasons[::-1]}).agrees
    assert not answer("promotion", year, {"promoted": False, "reasons": reasons}).agrees


def test_a_number_with_decimals_is_read_as_it_is_written() -> None:
    assert answer("mark_normalise", '{"mark": 8.25}', {"mark": "8.3"}).agrees
    assert answer("mark_normalise", '{"mark": 8.249999999}', {"mark": "8.2"}).agrees


def test_an_input_that_the_kind_does_not_have_is_named() -> None:
    verdict = answer("year_average", {"term1": "8", "term2": "8", "term3": "8"}, {"average": "8.0"})
    assert verdict.agrees
    assert verdict.passed_over == ("term3",)


# --- tables that cannot be read -------------------------------------------------------------------------------------

HEAD = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the columns must be"),
        ("a,b\n1,2\n", "the columns must be"),
        (HEAD.replace("kind", "sort") + "\n", "the columns must be"),
        (HEAD + "\n", "there is no case"),
        (HEAD + "\n\n\n", "there is no case"),
        (HEAD + "\nA,scope,{},{}\n", "line 2: 4 cells where 6 are due"),
        (HEAD + "\nA,astrology,{},{},x,C\n", "line 2: there is no kind 'astrology'"),
        (HEAD + '\nA,scope,"{""grade"":6",{},x,C\n', "line 2: inputs_json is not JSON"),
        (HEAD + '\nA,scope,"{""grade"":6}",nothing,x,C\n', "line 2: expected_json is not JSON"),
        (HEAD + '\nA,scope,"[6]",{},x,C\n', "line 2: inputs_json is not a JSON object"),
        (HEAD + '\nA,scope,"{""grade"":NaN}",{},x,C\n', "line 2: inputs_json is not JSON"),
        (HEAD + '\nA,scope,"{""grade"":' + "9" * 5000 + '}",{},x,C\n', "line 2: inputs_json is not JSON"),
        (HEAD + "\nA,scope," + '"{""a"":' + "[" * 50_000 + '",{},x,C\n', "line 2: inputs_json is not JSON"),
        (HEAD + '\nA,scope,"{}" x,{},x,C\n', "line 2: not a table"),
        (HEAD + '\nA,scope,"{}', "line 2: not a table"),
        (HEAD + "\nA,scope," + "x" * 200_000 + ",{},x,C\n", "line 2: not a table"),
    ],
)
def test_a_table_that_cannot_be_read_says_where_and_why(text: str, fault: str) -> None:
    with pytest.raises(BadCases) as caught:
        read(text)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "inputs", "fault"),
    [
        ("scope", {}, "grade is missing"),
        ("scope", {"grade": "6"}, "grade is no whole number: '6'"),
        ("scope", {"grade": True}, "grade is no whole number: True"),
        ("mark_normalise", {"mark": [8]}, "mark holds what nobody types as a mark: [8]"),
        ("mark_normalise", {"mark": True}, "mark holds what nobody types as a mark: True"),
        ("regular_count", {"periods_per_year": 35, "form": "grade"}, "form is none of score, comment: 'grade'"),
        ("regular_count", {"periods_per_year": 35}, "form is missing"),
        ("term_average", {"regular": 8, "midterm": 8, "final": 8}, "regular is no list"),
        ("term_average", {"regular": [8], "midterm": {"status": "ill"}, "final": 8}, "midterm.status is none of"),
        ("term_average", {"regular": [8], "midterm": {"status": None}, "final": 8}, "midterm has no status"),
        ("comment_term", {"regular": ["kha"], "midterm": "dat", "final": "dat"}, "regular is none of chua_dat, dat"),
        ("comment_term", {"regular": [], "midterm": 8, "final": "dat"}, "midterm is none of chua_dat, dat: 8"),
        ("comment_term", {"regular": [], "term_closed": "yes"}, "term_closed is neither true nor false: 'yes'"),
        ("conduct_year", {"term1": "gioi", "term2": "tot"}, "term1 is none of chua_dat, dat, kha, tot: 'gioi'"),
        ("conduct_year", {"term1": ["tot"], "term2": "tot"}, "term1 is none of"),
        ("level", {"scored": ["8"]}, "comment is no list"),
        (
            "year_level_from_terms",
            {"term1_scored": [8], "term2_scored": [8], "term1_comment": [], "term2_comment": ["dat"]},
            "term1_comment and term2_comment have not the same subjects",
        ),
        (
            "retest",
            {"conduct_year": "dat", "result_year": "dat", "scored_year": ["5"], "comment_year": {}},
            "scored_year is no object",
        ),
    ],
)
def test_inputs_that_are_not_those_of_the_kind(kind: str, inputs: Any, fault: str) -> None:
    with pytest.raises(BadCases) as caught:
        answer(kind, inputs)
    assert str(caught.value).startswith(f"line 2: C0: {fault}")


def test_a_fault_below_cells_of_several_lines_is_found_where_it_is() -> None:
    text = table(("scope", '{\n"grade":\n6}', {"supported": True}), ("scope", {"grade": None}, {}))
    first, second = read(text)
    assert judge(CIRCULAR, first).agrees
    with pytest.raises(BadCases, match="line 5: C1"):
        judge(CIRCULAR, second)
