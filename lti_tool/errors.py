"""Faults a person can meet: a sentence in their language, what to do, and a reference id. Never a traceback."""

from typing import TypeVar

import msgspec

from live_session.protocol import NOT_JSON

T = TypeVar("T")
UNTOLD = "activity_shape"
"""A fault of what a teacher writes: the log says no word of it."""


class Fault(Exception):
    """Something went wrong that a person should read about.

    `key` names the texts `fault.<key>.title` and `fault.<key>.what`; `status` is the HTTP status. `detail` goes to the
    log only, never to the page.
    """

    status = 400

    def __init__(self, key: str, status: int | None = None, detail: str = "", **values: object) -> None:
        super().__init__(f"{key}: {detail}" if detail else key)
        self.key = key
        self.detail = detail
        self.values = values
        if status is not None:
            self.status = status


def sent(body: bytes, shape: type[T], key: str = "http") -> T:
    """What a page's script sent, as JSON of this shape. Raises `Fault` of this key; what is wrong with it goes to the
    log, but for what a teacher writes."""
    try:
        return msgspec.json.decode(body, type=shape)
    except NOT_JSON as error:
        raise Fault(key, detail="" if key == UNTOLD else str(error)) from error


class LaunchRefused(Fault):
    """A launch that does not prove what it claims. `detail` says which check failed, for the diagnostics."""

    status = 403


class PlatformFault(Exception):
    """An LMS did not answer as it should. `kind` is what delivery and diagnostics sort by."""

    def __init__(self, kind: str, detail: str = "", status: int | None = None) -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail
        self.status = status
