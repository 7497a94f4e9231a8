"""The list of a meeting: reviewed by the teacher, then one more sign beside the others."""

import io
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lti_tool.lessons import meetings
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of

LIST = f"First name,Last name,Duration\nAn,Đặng Thái,44 min\nMẹ,Điện thoại của,30 min\n,{PUPILS[1]},10 min\n"
TWO_NAMES = """Name (Original Name),Join Time,Leave Time,Duration (Minutes)
Đặng Thái An,11/28/2026 07:00:00 AM,11/28/2026 07:30:00 AM,30
iPad,11/28/2026 07:20:00 AM,11/28/2026 07:45:00 AM,25
"""


def begun(tool: Tool) -> tuple[Browser, str]:
    teacher = tool.set_up(3)
    return teacher, tool.start(teacher, SINGLE)


def upload(teacher: Browser, run_id: str, data: bytes) -> TestResponse:
    form: dict[str, Any] = {"page_token": teacher.token, "file": (io.BytesIO(data), "list.csv")}
    return teacher.client.post(teacher.path(f"runs/{run_id}/meeting"), data=form)


def keep(teacher: Browser, run_id: str, *rows: tuple[Any, ...]) -> TestResponse:
    """The review as it is sent: who, minutes and, where the list has them, times."""
    who, minutes, visits = map(list, zip(*((*row, "")[:3] for row in rows), strict=True))
    return teacher.post(f"runs/{run_id}/meeting/keep", who=who, minutes=minutes, visits=visits)


def kept(tool: Tool, run_id: str) -> dict[int, int]:
    with tool.inside():
        people = {tool.person(f"pupil-{n}").id: n for n in (1, 2, 3)}
        return {people[who]: minutes for who, minutes in meetings.of_run(run_id).items()}


def ids(tool: Tool) -> list[int]:
    with tool.inside():
        return [tool.person(f"pupil-{n}").id for n in (1, 2, 3)]


def test_a_list_is_reviewed_and_nothing_kept_before(either_tool: Tool) -> None:
    teacher, run_id = begun(either_tool)
    before = contents(either_tool, ["access_entry"])
    page = upload(teacher, run_id, LIST.encode()).text
    assert "Nhận ra 2/3 tên" in page
    assert page.count("Chưa nhận ra") == 1
    assert contents(either_tool, ["access_entry"]) == before
    one, two, _ = ids(either_tool)
    assert keep(teacher, run_id, (one, 44), ("", 30), (two, 10), (two, 5)).status_code == 303
    assert kept(either_tool, run_id) == {1: 44, 2: 10}
    keep(teacher, run_id, (two, 20))  # a better list takes the place of the last
    assert kept(either_tool, run_id) == {2: 20}


def test_two_names_of_one_pupil_are_there_once(tool: Tool) -> None:
    """A phone and a tablet under two names: what their visits cover, once the teacher says whose they are."""
    teacher, run_id = begun(tool)
    page = upload(teacher, run_id, TWO_NAMES.encode()).text
    times = re.findall(r'name="visits" value="([^"]*)"', page)
    assert times == ["25200-27000", "26400-27900"]
    one = ids(tool)[0]
    assert keep(teacher, run_id, (one, 30, times[0]), (one, 25, times[1])).status_code == 303
    assert kept(tool, run_id) == {1: 45}


def test_it_stands_beside_the_signs_and_decides_nothing(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    tool.jobs().round()
    keep(teacher, run_id, (ids(tool)[0], 44))
    page = teacher.get(f"runs/{run_id}/attendance?all=1").text
    assert page.count("phòng họp 44 phút") == 1
    assert 'type="radio"' in page
    assert " checked" not in page


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2", b"\xc3\x28"])
def test_what_is_no_list_is_refused(tool: Tool, data: bytes) -> None:
    teacher, run_id = begun(tool)
    before = contents(tool)
    answer = upload(teacher, run_id, data)
    assert (answer.status_code, fault_of(answer)) == (400, "meeting_list")
    assert f'href="{teacher.path(f"runs/{run_id}/meeting")}"' in answer.text  # back to the file, not to the first page
    assert contents(tool) == before


def test_rows_that_cannot_be_change_nothing(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    one = ids(tool)[0]
    before = contents(tool)
    short = teacher.post(f"runs/{run_id}/meeting/keep", who=[one], minutes=[], visits=[""])
    bad = ((one, "x"), (one, "-1"), (10**9, 5), ("x", 5), (one, 5, "7-6"), (one, 5, "x"))
    for answer in (short, *(keep(teacher, run_id, row) for row in bad)):
        assert (answer.status_code, fault_of(answer)) == (400, "meeting_list_rows")
        assert f'href="{teacher.path(f"runs/{run_id}/meeting")}"' in answer.text
        assert contents(tool) == before
    keep(teacher, run_id, (one, "9999"))
    assert kept(tool, run_id) == {1: 600}
