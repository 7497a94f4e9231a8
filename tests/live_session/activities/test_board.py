"""The board: what may be pinned up, and where a link may lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.activities.board import Board, Wall
from live_session.activities.sent import LONGEST_LINK
from live_session.errors import InvalidContent, InvalidValue, Problem
from live_session.model import Json

BOARD, WALL, COLUMNS = Board(), Wall(prompt="?"), Wall(prompt="?", columns=("biết", "hỏi"))
PHOTO = "0198c0de-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://vi.wikipedia.org/wiki/X", "https://vi.wikipedia.org/wiki/X"),
        (" vi.wikipedia.org ", "https://vi.wikipedia.org"),
        ("http://a.vn:8080/?q=1#b", "http://a.vn:8080/?q=1#b"),
        ("HTTPS://A.VN", "HTTPS://A.VN"),
    ],
)
def test_a_link_leads_to_the_web(typed: str, kept: str) -> None:
    assert BOARD.check(WALL, {"text": "", "link": typed}) == {"text": "", "link": kept}


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "javascript://a.vn/%0aalert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "https://",
        "https://localhost",
        "https://ngan-hang.vn@xau.vn",
        "https://a.vn/\nx",
        "https://a.vn\\@b.vn",
        "https://[::1",
        "a.vn/\u202egpj.exe",
        "x" * LONGEST_LINK + ".vn",
        7,
        None,
        ["https://a.vn"],
    ],
)
def test_a_hostile_link_is_refused(link: Json) -> None:
    with pytest.raises(InvalidValue):
        BOARD.check(WALL, {"text": "x", "link": link})


def test_a_post_is_a_text_a_link_or_a_photo() -> None:
    assert BOARD.check(WALL, {"text": " một\r\nhai "}) == {"text": "một\nhai"}
    assert BOARD.check(WALL, {"photo": PHOTO}) == {"text": "", "photo": PHOTO}
    assert BOARD.check(WALL, {"text": "x", "link": ""}) == {"text": "x"}
    for empty in ({}, {"text": " "}, {"text": "", "link": ""}):
        with pytest.raises(InvalidValue):
            BOARD.check(WALL, empty)


@pytest.mark.parametrize(
    "value",
    [{"text": "x" * 501}, {"text": "a\x00"}, {"text": "x", "html": "<b>"}, {"text": "x", "photo": "../1"}, {"text": 1}],
)
def test_what_is_no_post(value: Json) -> None:
    with pytest.raises(InvalidValue):
        BOARD.check(WALL, value)


def test_photos_only_where_the_teacher_takes_them() -> None:
    with pytest.raises(InvalidValue):
        BOARD.check(Wall(prompt="?", photos=False), {"text": "x", "photo": PHOTO})


def test_a_post_stands_in_one_of_the_columns() -> None:
    assert BOARD.check(COLUMNS, {"text": "x", "column": "B"}) == {"text": "x", "column": "B"}
    for column in ("C", "", None, 1, "AB"):
        with pytest.raises(InvalidValue):
            BOARD.check(COLUMNS, {"text": "x", "column": column})
    with pytest.raises(InvalidValue):
        BOARD.check(COLUMNS, {"text": "x"})
    with pytest.raises(InvalidValue):
        BOARD.check(WALL, {"text": "x", "column": "A"})


@pytest.mark.parametrize(
    ("wall", "problem"),
    [
        (Wall(prompt="?", columns=("một",)), Problem("columns.any", "columns")),
        (Wall(prompt="?", columns=tuple("abcdefg")), Problem("columns.any", "columns")),
        (Wall(prompt="?", columns=("một", "một")), Problem("columns.1", "twice")),
        (Wall(prompt="?", columns=("x" * 61, "y")), Problem("columns.0", "too_long")),
        (Wall(prompt="?", most=0), Problem("most", "posts")),
        (Wall(prompt="?", most=11), Problem("most", "posts")),
        (Wall(prompt="?", authors="nobody"), Problem("authors", "unknown")),
        (Wall(prompt="?", authors="groups", size=1), Problem("size", "group_size")),
    ],
)
def test_a_board_that_cannot_be_played_says_why(wall: Wall, problem: Problem) -> None:
    with pytest.raises(InvalidContent) as caught:
        BOARD.validate(wall)
    assert problem in caught.value.problems


@given(st.text(max_size=80))
def test_any_link_is_kept_as_one_of_the_web_or_refused(text: str) -> None:
    try:
        checked = BOARD.check(WALL, {"text": "", "link": text})
    except InvalidValue:
        return
    assert checked["link"].lower().startswith(("https://", "http://"))
    assert not any(c.isspace() for c in checked["link"])
