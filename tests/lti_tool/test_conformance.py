"""Every row of the conformance table is a test, and every id in a test is a row."""

import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "reference" / "lti-conformance.md"
FAMILIES = "BVDNARSEL"


def in_table() -> set[str]:
    return set(re.findall(rf"^\| ([{FAMILIES}]\d+) \|", TABLE.read_text("utf-8"), re.M))


def in_tests() -> set[str]:
    """Ids at the beginning of a case's name, or in the name of a test: `test_a2_a3_...`."""
    found = set()
    for file in (*(HERE / "launch").glob("test_*.py"), *(HERE / "lms").glob("test_*.py")):
        text = file.read_text("utf-8")
        found |= set(re.findall(rf'"([{FAMILIES}]\d+)[ a-z]', text))
        for ids in re.findall(rf"def test((?:_[{FAMILIES.lower()}]\d+)+)_", text):
            found |= {one.upper() for one in ids.split("_") if one}
    return found


def test_every_row_is_a_test_and_every_id_a_row() -> None:
    assert in_table() == in_tests()
    assert len(in_table()) > 50
