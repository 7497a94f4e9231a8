"""Pauses that an LMS asked for with `Retry-After` (RFC 9110 §10.2.3): until they are over it is asked for nothing.

One process runs the jobs, so one process remembers them. It forgets them when it ends: then the LMS says it once more.
"""

from datetime import UTC
from email.utils import parsedate_to_datetime

import requests
from flask import current_app

from live_session.model import Millis
from lti_tool.clock import now
from lti_tool.errors import PlatformFault

LONGEST_MS: Millis = 3_600_000
"""No answer puts an LMS off for longer, whatever it says."""
KEY = "giotay.pauses"


def asked(answer: requests.Response, moment: Millis) -> Millis:
    """The pause that an answer asks for, in ms: so many seconds, or until a date by the LMS's own clock where it tells
    its time. 0 for none, and for what cannot be read."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return min(int(said[:9]) * 1_000, LONGEST_MS)
    until = moment_of(said)
    if until is None:
        return 0
    return max(0, min(until - (moment_of(answer.headers.get("Date", "")) or moment), LONGEST_MS))


def moment_of(date: str) -> Millis | None:
    """The moment that an HTTP date names (RFC 9110 §5.6.7); None for what is no date."""
    try:
        found = parsedate_to_datetime(date)
        return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1_000)
    except (ValueError, OverflowError):
        return None


def heed(registration_id: int, answer: requests.Response) -> bool:
    """Remember the pause that this answer asks for, if it does."""
    moment = now()
    pause = asked(answer, moment) if answer.status_code in (429, 503) else 0
    if pause:
        _until()[registration_id] = moment + pause
    return pause > 0


def left(registration_id: int) -> Millis:
    """How much of a pause is left, in ms."""
    return max(0, _until().get(registration_id, 0) - now())


def demand_none(registration_id: int) -> None:
    """Raises `PlatformFault` while this LMS is to be left alone."""
    if left(registration_id):
        raise PlatformFault("busy", "in the pause that it asked for")


def _until() -> dict[int, Millis]:
    until: dict[int, Millis] = current_app.extensions.setdefault(KEY, {})
    return until
