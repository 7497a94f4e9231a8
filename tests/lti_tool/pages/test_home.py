"""Where a teacher's launch lands: the lesson that comes next."""

import re

from tests.lti_tool.tool import SINGLE, Tool


def test_a_lesson_that_was_only_begun_is_not_the_next_one(tool: Tool) -> None:
    """One press makes a lesson; who then goes back finds what there is to teach, not the blank one."""
    teacher = tool.set_up()
    tool.lesson(SINGLE)
    assert teacher.post("lessons", title="").status_code == 303
    next_one = re.search(r"<h2[^>]*>(.*?)</h2>", teacher.get("").text, re.S)
    assert next_one
    assert "Hệ thức Vi-ét" in next_one[1]


def test_the_blank_lesson_is_the_next_one_where_there_is_no_other(tool: Tool) -> None:
    teacher = tool.set_up()
    assert teacher.post("lessons", title="Tiết đầu tiên").status_code == 303
    next_one = re.search(r"<h2[^>]*>(.*?)</h2>", teacher.get("").text, re.S)
    assert next_one
    assert "Tiết đầu tiên" in next_one[1]
