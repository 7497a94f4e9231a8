"""Uploads in pieces, on SQLite and on PostgreSQL."""

from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from live_session.errors import Code, Refusal
from live_session.store import uploads
from live_session.store.drivers import drive
from live_session.store.uploads import MOST_BYTES, MOST_OF_ONE_PUPIL, Key, Piece, Received
from tests.live_session.build import NOW, RUN

KEY: Key = (RUN, "p1", "upload-1")


def received(engine: Engine, data: bytes, offset: int, total: int, key: Key = KEY) -> Received | Refusal:
    with engine.begin() as connection:
        return drive(connection, uploads.receive(key, Piece(offset, total, data), NOW))


def photo(engine: Engine, key: Key = KEY) -> bytes | None:
    with engine.begin() as connection:
        return drive(connection, uploads.photo(key))


def finish(engine: Engine, data: bytes, key: Key = KEY) -> None:
    with engine.begin() as connection:
        drive(connection, uploads.finish(key, data))


def test_pieces_make_a_whole_and_the_checked_photo_takes_their_place(engine: Engine) -> None:
    assert received(engine, b"ab\x00", 0, 5) == Received(3)
    assert received(engine, b"", 0, 5) == Received(3)
    assert received(engine, b"cd", 3, 5) == Received(5, data=b"ab\x00cd")
    assert photo(engine) is None
    finish(engine, b"clean")
    assert photo(engine) == b"clean"
    assert received(engine, b"cd", 3, 5) == Received(5, is_whole=True)


@pytest.mark.parametrize("offset", [0, 2, 4])
def test_a_piece_that_does_not_follow_changes_nothing_and_says_where_the_end_is(engine: Engine, offset: int) -> None:
    received(engine, b"abc", 0, 9)
    assert received(engine, b"XYZ", offset, 9) == Received(3)
    assert received(engine, b"defghi", 3, 9) == Received(9, data=b"abcdefghi")


def test_a_whole_that_nobody_came_to_check_is_handed_out_again(engine: Engine) -> None:
    received(engine, b"abc", 0, 3)
    for data, offset in ((b"", 0), (b"abc", 0), (b"c", 2)):
        assert received(engine, data, offset, 3) == Received(3, data=b"abc")


@pytest.mark.parametrize(("data", "offset", "total"), [(b"", 0, 0), (b"a", 0, MOST_BYTES + 1), (b"abc", 3, 5)])
def test_what_is_too_large_or_longer_than_it_says_is_refused(
    engine: Engine, data: bytes, offset: int, total: int
) -> None:
    assert received(engine, data, offset, total) == Refusal(Code.TOO_LARGE)
    assert received(engine, b"", 0, 9) == Received(0)


def test_one_pupil_cannot_fill_the_disk(engine: Engine) -> None:
    fit = MOST_OF_ONE_PUPIL // MOST_BYTES
    for n in range(fit):
        assert received(engine, b"a", 0, MOST_BYTES, (RUN, "p1", f"upload-{n}")) == Received(1)
    assert received(engine, b"a", 0, MOST_BYTES, (RUN, "p1", "one-more")) == Refusal(Code.TOO_LARGE)
    assert received(engine, b"a", 0, MOST_BYTES, (RUN, "p2", "one-more")) == Received(1)


def test_the_same_id_of_two_pupils_is_two_uploads(engine: Engine) -> None:
    received(engine, b"abc", 0, 3)
    other = (RUN, "p2", KEY[2])
    assert received(engine, b"", 0, 3, other) == Received(0)
    finish(engine, b"clean")
    assert photo(engine, other) is None


def test_what_was_no_photo_is_forgotten_and_a_photo_is_not(engine: Engine) -> None:
    received(engine, b"abc", 0, 3)
    with engine.begin() as connection:
        drive(connection, uploads.drop(KEY))
    assert received(engine, b"", 0, 3) == Received(0)
    received(engine, b"abc", 0, 3)
    finish(engine, b"clean")
    with engine.begin() as connection:
        drive(connection, uploads.drop(KEY))
    assert photo(engine) == b"clean"


_names = count()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.binary(min_size=1, max_size=60), cuts=st.sets(st.integers(1, 59), max_size=8), draw=st.data())
def test_pieces_in_any_order_and_repeated_make_the_whole_and_nothing_else(
    sqlite_engine: Engine, data: bytes, cuts: set[int], draw: st.DataObject
) -> None:
    key = (RUN, "p1", f"upload-{next(_names)}")
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [Piece(a, len(data), data[a:b]) for a, b in pairwise(places)]
    whole = None
    for _ in pieces:
        for piece in draw.draw(st.permutations(pieces * 2)):
            result = received(sqlite_engine, piece.data, piece.offset, piece.total, key)
            assert isinstance(result, Received)
            assert result.data in (None, data)
            whole = whole or result.data
    assert whole == data
