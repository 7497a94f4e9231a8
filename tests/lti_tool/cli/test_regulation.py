"""`giotay regulation check`: differences one by one, their count, an exit status that a script can trust."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lti_tool.cli import main as giotay

HEAD = "case_id,kind,inputs_json,expected_json,article,certainty\n"
RIGHT = 'A1,year_average,"{""term1"":""6,4"",""term2"":""6,5""}","{""average"":""6.5""}",TT 22/2021 Điều 9.1b,B\n'
WRONG = 'A2,scope,"{""grade"":5}","{""supported"":true}",TT 22/2021 Điều 1,C\n'


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "cases.csv"


def check(path: Path, *options: str) -> Result:
    return CliRunner().invoke(giotay, ["regulation", "check", str(path), *options])


def test_a_table_that_agrees(table: Path) -> None:
    table.write_text(HEAD + RIGHT, encoding="utf-8")
    done = check(table)
    assert (done.exit_code, done.output) == (0, "1 case, 0 differences\n")


def test_every_difference_is_shown_with_both_answers_and_its_article(table: Path) -> None:
    table.write_text(HEAD + RIGHT + WRONG, encoding="utf-8")
    done = check(table)
    assert done.exit_code == 1
    assert done.output == (
        "A2  scope  TT 22/2021 Điều 1\n"
        '  expected {"supported": true}\n'
        '  computed {"supported": false, "reason": "circular_27_2020_not_supported"}\n'
        "2 cases, 1 difference\n"
    )


def test_a_file_as_excel_saves_it(table: Path) -> None:
    table.write_bytes(("\ufeff" + HEAD + RIGHT).replace("\n", "\r\n").encode())
    assert check(table).output == "1 case, 0 differences\n"


def test_a_number_where_text_is_due_is_a_difference_that_can_be_seen(table: Path) -> None:
    table.write_text(HEAD + RIGHT.replace('""6.5""', "6.5"), encoding="utf-8")
    done = check(table)
    assert done.exit_code == 1
    assert '  expected {"average": 6.5}\n  computed {"average": "6.5"}\n' in done.output


def test_an_unknown_input_is_named_beside_the_result(table: Path) -> None:
    table.write_text(HEAD + RIGHT.replace('""6,5""', '""6,5"",""terms"":2'), encoding="utf-8")
    done = check(table)
    assert done.exit_code == 0
    assert done.stderr == "A1: input 'terms' is unknown to year_average; passed over\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the columns must be case_id, kind"),
        (HEAD.encode(), "there is no case"),
        ((HEAD + RIGHT + "A3,scope\n").encode(), "line 3: 2 cells where 6 are due"),
        ((HEAD + RIGHT).encode("utf-16"), "not a text in UTF-8"),
        (b"PK\x03\x04\xff\xfe", "not a text in UTF-8"),
        ((HEAD + WRONG.replace(":5", ":null")).encode(), "line 2: A2: grade is missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(table: Path, content: bytes, says: str) -> None:
    table.write_bytes(content)
    done = check(table)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Error: {table}: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path):
        done = check(path)
        assert done.exit_code == 2
        assert "Error: Invalid value for 'CASES'" in done.stderr


def test_the_regulation_and_the_year_can_be_named(table: Path) -> None:
    table.write_text(HEAD + RIGHT, encoding="utf-8")
    assert check(table, "--regulation", "circular_22_2021", "--school-year", "2024-2025").exit_code == 0
    for options, says in (
        (("--regulation", "astrology"), "there is no regulation astrology; installed: circular_22_2021"),
        (("--school-year", "2026"), "not a school year: '2026'; write it as 2026-2027"),
        (("--school-year", "2020-2021"), "circular_22_2021 did not stand in 2020-2021"),
    ):
        done = check(table, *options)
        assert (done.exit_code, says in done.stderr) == (1, True), done.output
