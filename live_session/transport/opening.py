"""What both transports say before a connection is open: which protocol, or a plain answer over HTTP."""

from collections.abc import Sequence

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from live_session.transport import Door


def spoken(door: Door, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Ours where it is offered. Any other is taken too, so that the goodbye can say what is wrong."""
    return next((o for o in offered if o == door.subprotocol), next(iter(offered), None))


def turned_away(door: Door, request: Request) -> Response | None:
    """What is said instead of opening; None: come in."""
    said = door.answer_http(request.path.partition("?")[0])
    if said is None:
        return None
    status, body = said
    headers = Headers([("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return Response(status.value, status.phrase, headers, body)


def as_text(answer: Response) -> Response:
    """The answer with a word to browsers that its text is text, the package's own refusals too."""
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
