"""The list of a meeting: reviewed by the teacher, then one more sign beside the others."""

import io
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lti_tool.lessons import meetings
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of

LIST = f"First name,Last name,Duration\nAn,Đặng Thái,44 min\nMẹ,Điện thoại của,30 min\n,{PUPILS[1]},10 min\n"


def begun(tool: Tool) -> tuple[Browser, str]:
    teacher = tool.set_up(3)
    return teacher, tool.start(teacher, SINGLE)


def upload(teacher: Browser, run_id: str, data: bytes) -> TestResponse:
    form: dict[str, Any] = {"page_token": teacher.token, "file": (io.BytesIO(data), "list.csv")}
    return teacher.client.post(teacher.path(f"runs/{run_id}/meeting"), data=form)


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
    answer = teacher.post(f"runs/{run_id}/meeting/keep", who=[one, "", two, two], minutes=[44, 30, 10, 5])
    assert answer.status_code == 303
    assert kept(either_tool, run_id) == {1: 44, 2: 15}
    teacher.post(f"runs/{run_id}/meeting/keep", who=[two], minutes=[20])  # a better list takes the place of the last
    assert kept(either_tool, run_id) == {2: 20}


def test_it_stands_beside_the_signs_and_decides_nothing(tool: Tool) -> None:
    teacher, run_id = begun(tool)
    tool.jobs().round()
    teacher.post(f"runs/{run_id}/meeting/keep", who=[ids(tool)[0]], minutes=[44])
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
    for who, minutes in (([one], []), ([one], ["x"]), ([one], ["-1"]), ([10**9], [5]), (["x"], [5]), ([one], ["9999"])):
        answer = teacher.post(f"runs/{run_id}/meeting/keep", who=who, minutes=minutes)
        if minutes == ["9999"]:
            assert kept(tool, run_id) == {1: 600}
        else:
            assert (answer.status_code, fault_of(answer)) == (400, "meeting_list_rows")
            assert f'href="{teacher.path(f"runs/{run_id}/meeting")}"' in answer.text
            assert contents(tool) == before
