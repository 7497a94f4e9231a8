"""A seat plan as data: what is read, and that no two pupils ever sit on one seat."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import Fault
from lti_tool.lessons.seatplan import AT_A_DESK, Place, Plan, is_inside, read, room_for, settled

GOOD = {"rows": 5, "columns": 4, "after": 0, "seats": {"an": [0, 0], "bao": [4, 7]}}
places = st.builds(Place, st.integers(-2, 14), st.integers(-2, 14))


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 0}, {"rows": 13}, {"columns": 1}, {"columns": 7}, {"rows": "5"}, {"more": 1}, {"seats": []},
        {"seats": {"an": [5, 0]}}, {"seats": {"an": [0, 8]}}, {"seats": {"an": [-1, 0]}}, {"seats": {"an": [0]}},
        {"seats": {"an": [0, 0], "bao": [0, 0]}}, {"seats": {"an": [0, 1.5]}},
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_whole(change: dict[str, Any]) -> None:
    with pytest.raises(Fault):
        read(json.dumps(GOOD | change).encode())


def test_a_plan_is_read_as_it_was_arranged() -> None:
    sent = read(json.dumps(GOOD).encode())
    assert (sent.rows, sent.columns, sent.seats) == (5, 4, {"an": Place(0, 0), "bao": Place(4, 7)})


@given(st.integers(0, 96))
def test_an_unarranged_room_has_a_seat_for_each_and_no_row_too_many(pupils: int) -> None:
    room = room_for(pupils)
    a_row = room.columns * AT_A_DESK
    assert room.rows * a_row >= pupils
    assert room.rows == 1 or (room.rows - 1) * a_row < pupils


@given(st.lists(st.tuples(st.sampled_from("abcdef"), places), max_size=12), st.integers(1, 12), st.integers(2, 6))
def test_one_pupil_a_seat_whatever_is_kept(seats: list[tuple[str, Place]], rows: int, columns: int) -> None:
    room = Plan(rows, columns)
    found = settled(seats, room)
    assert len(set(found.values())) == len(found)
    assert all(is_inside(at, room) for at in found.values())
    assert {at for _, at in seats if is_inside(at, room)} >= set(found.values())
