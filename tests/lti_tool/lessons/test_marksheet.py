"""A file for a spreadsheet: nothing in it is computed there."""

from lti_tool.lessons.marksheet import text_cell


def test_a_name_is_never_a_formula() -> None:
    for typed in ("=1+1", "+84", "-x", "@SUM(A1)", "\t=1", "＝1+1", "＋84", "－x", "＠SUM(A1)"):
        assert text_cell(typed) == f"'{typed}"
    assert text_cell("Nguyễn Thị An") == "Nguyễn Thị An"
