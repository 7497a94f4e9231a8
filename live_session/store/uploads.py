"""Uploads, piece by piece: the same generators of statements as the log, on the same content table.

A piece is taken only at the place where the last one ended, so that sending it again is safe; whoever lost count asks
where to go on. The upload is nobody's answer yet: a `submit` that names it makes it one.
"""

from typing import Any, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update

from live_session.errors import Code, Refusal
from live_session.model import Millis
from live_session.store.log import Steps
from live_session.store.tables import content

PART = "part"
PHOTO = "photo"
MOST_BYTES = 2 * 1024 * 1024
MOST_OF_ONE_PUPIL = 24 * 1024 * 1024
"""All uploads of one pupil in one run: a lesson's worth of photos, and no disk full of them."""

Key: TypeAlias = tuple[str, str, str]
"""(run, participant, the client's id)"""


class Piece(msgspec.Struct, frozen=True):
    """Bytes at their place in a whole of `total` bytes. No bytes ask how far the upload is."""

    offset: int
    total: int
    data: bytes

    @property
    def is_last(self) -> bool:
        """It ends where the whole ends."""
        return self.offset + len(self.data) == self.total


class Received(msgspec.Struct, frozen=True):
    """How far an upload is. `data` is the whole of it while it waits to be checked."""

    offset: int
    is_whole: bool = False
    data: bytes | None = None


def receive(key: Key, piece: Piece, at: Millis) -> Steps[Received | Refusal]:
    """Take one piece. What does not fit on the end changes nothing: the answer says where the end is."""
    if not 0 < piece.total <= MOST_BYTES or piece.offset + len(piece.data) > piece.total:
        return Refusal(Code.TOO_LARGE)
    rows = yield select(content.c.kind, content.c.data).where(_is(key)).with_for_update(), None
    if rows and rows[0].kind == PHOTO:
        return Received(piece.total, is_whole=True)
    held = rows[0].data if rows else b""
    if len(held) == piece.total:  # all here, and nobody came to check it
        return Received(piece.total, data=held)
    if not piece.data or piece.offset != len(held):
        return Received(len(held))
    if not rows:
        if (yield from _used(key)) + piece.total > MOST_OF_ONE_PUPIL:
            return Refusal(Code.TOO_LARGE)
        yield insert(content), [_row(key, piece, at)]
    else:
        yield update(content).where(_is(key)).values(data=held + piece.data), None
    offset = len(held) + len(piece.data)
    return Received(offset, data=held + piece.data if offset == piece.total else None)


def _used(key: Key) -> Steps[int]:
    """What this pupil's uploads in this run take, in bytes; unfinished ones count as a whole."""
    run, participant, _ = key
    rows = yield (
        select(func.coalesce(func.sum(content.c.size), 0).label("used")).where(
            content.c.run_id == run, content.c.participant == participant, content.c.kind.in_((PART, PHOTO))
        ),
        None,
    )
    return int(rows[0].used)


def _row(key: Key, piece: Piece, at: Millis) -> dict[str, Any]:
    run, participant, id_ = key
    return {
        "run_id": run,
        "id": f"{participant}/{id_}",
        "participant": participant,
        "at": at,
        "kind": PART,
        "data": piece.data,
        "size": piece.total,
    }


def finish(key: Key, data: bytes) -> Steps[None]:
    """Put the checked photo in the place of the pieces."""
    yield update(content).where(_is(key)).values(kind=PHOTO, data=data, size=len(data)), None


def drop(key: Key) -> Steps[None]:
    """Forget an upload that turned out to be no photo."""
    yield delete(content).where(_is(key), content.c.kind == PART), None


def photo(key: Key) -> Steps[bytes | None]:
    """A finished photo, or None."""
    rows = yield select(content.c.data).where(_is(key), content.c.kind == PHOTO), None
    return rows[0].data if rows else None


def _is(key: Key) -> ColumnElement[bool]:
    run, participant, id_ = key
    return and_(content.c.run_id == run, content.c.id == f"{participant}/{id_}")
