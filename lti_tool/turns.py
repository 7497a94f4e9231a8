"""How many requests are worked on at once, and who waits outside meanwhile.

Whoever waits for somebody else lets another one in: for a body that a slow phone still sends, for an LMS that takes its
time. Were the few that work to wait for it, four phones on a bad network would be the end of all pages.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Semaphore
from typing import IO, TYPE_CHECKING

from flask import has_request_context, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEY = "giotay.turns"


class Turns:
    """An application of which at most so many requests are worked on at once."""

    def __init__(self, app: "WSGIApplication", most: int) -> None:
        self._app = app
        self._turns = Semaphore(most)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with self._turns:
            environ[KEY] = self._turns
            environ["wsgi.input"] = Coming(environ["wsgi.input"], self._turns)
            return self._app(environ, start_response)


class Coming:
    """A body as the wire brings it."""

    def __init__(self, wire: IO[bytes], turns: Semaphore) -> None:
        self._wire = wire
        self._turns = turns

    def read(self, size: int = -1) -> bytes:
        """See `IO.read`."""
        with _outside(self._turns):
            return self._wire.read(size)


@contextmanager
def aside() -> Iterator[None]:
    """Let another request in while this one waits for somebody else; it holds no lock and no connection of the
    database's by now. Where nothing takes turns, in a job or a test, this is nothing."""
    turns = request.environ.get(KEY) if has_request_context() else None
    if turns is None:
        yield
        return
    with _outside(turns):
        yield


@contextmanager
def _outside(turns: Semaphore) -> Iterator[None]:
    turns.release()
    try:
        yield
    finally:
        turns.acquire()
