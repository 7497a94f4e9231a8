"""`POST /live/content`: a pupil's photo, in pieces, under the ticket of the lesson in a header.

Headers up: `Authorization: Bearer <ticket>`, `Upload-Id` (made on the phone), `Upload-Length` (bytes in all),
`Upload-Offset` (where this piece begins). Down: `{"offset": n, "whole": bool}`; a 409 carries the same when the piece
does not follow the last one. An empty piece asks how far the upload is. The whole is encoded anew before it is kept.
"""

import re

from flask import Blueprint, Response, abort, jsonify, request

from live_session.errors import BadTicket, Refusal, TicketExpired, UnknownRun
from live_session.model import Role, State
from live_session.projection import own
from live_session.store import uploads
from live_session.store.drivers import drive, store_errors
from live_session.store.uploads import Key, Piece, Received
from live_session.ticket import Ticket
from lti_tool import live
from lti_tool.access import Need, needs
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db, let_go
from lti_tool.lessons import pictures
from lti_tool.site import site

screen = Blueprint("uploads", __name__, url_prefix="/live/content")

_ID = re.compile(r"[0-9A-Za-z-]{8,48}")
_NUMBER = re.compile(r"\d{1,9}")
MOST_PIECES = 64
"""Each piece has the database write anew all that came before it: of two megabytes byte by byte that is a disk full."""


@screen.post("")
@needs(Need.NOTHING)
def receive() -> Response:
    """One piece. Refused with `{"code": ...}`: 401 ticket, 403 no seat, 413 too large, 422 no photo."""
    key = _key(request.headers.get("Upload-Id", ""))
    piece = Piece(_number("Upload-Offset"), _number("Upload-Length"), request.get_data())
    if piece.data and not piece.is_last and len(piece.data) * MOST_PIECES < piece.total <= uploads.MOST_BYTES:
        return _refused(400, "invalid_value")
    with store_errors():
        result = drive(db.session.connection(), uploads.receive(key, piece, now()))
    if isinstance(result, Refusal):
        return _refused(413, result.code)
    if result.data is not None:
        return _finish(key, result.data)
    followed = result.is_whole or not piece.data or result.offset == piece.offset + len(piece.data)
    return _far(result, 200 if followed else 409)


def _finish(key: Key, data: bytes) -> Response:
    let_go()
    try:
        body, *_ = pictures.encode_anew(data)
    except Fault:
        drive(db.session.connection(), uploads.drop(key))
        return _refused(422, "invalid_value")
    drive(db.session.connection(), uploads.finish(key, body))
    return _far(Received(len(data), is_whole=True), 200)


@screen.get("/<upload_id>")
@needs(Need.NOTHING)
def own_photo(upload_id: str) -> Response:
    """The pupil's own photo, after a reload."""
    with store_errors():
        data = drive(db.session.connection(), uploads.photo(_key(upload_id)))
    return photo_response(data)


def photo_response(data: bytes | None) -> Response:
    """A photo for one person's eyes; 404 when there is none."""
    if data is None:
        abort(404)
    response = Response(data, mimetype="image/webp")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _key(upload_id: str) -> Key:
    """Whose upload this is, by the ticket."""
    ticket, _ = seated()
    if not _ID.fullmatch(upload_id):
        abort(_refused(400, "invalid_value"))
    return ticket.run, ticket.who, upload_id


def seated() -> tuple[Ticket, State]:
    """The ticket of a pupil who holds the seat, and the lesson; nobody else comes in."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    try:
        ticket = site().tickets.open(text if scheme == "Bearer" else "", now())
        state = live.state_of(ticket.run)
    except TicketExpired:
        abort(_refused(401, "ticket_expired"))
    except (BadTicket, UnknownRun):
        abort(_refused(401, "bad_ticket"))
    if ticket.role is not Role.PUPIL or own(state, ticket.who, ticket.claim) is None:
        abort(_refused(403, "forbidden"))
    return ticket, state


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if not _NUMBER.fullmatch(text):
        abort(_refused(400, "invalid_value"))
    return int(text)


def _far(result: Received, status: int) -> Response:
    response = jsonify(offset=result.offset, whole=result.is_whole)
    response.status_code = status
    return response


def _refused(status: int, code: str) -> Response:
    response = jsonify(code=code)
    response.status_code = status
    return response
