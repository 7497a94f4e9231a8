"""The tool's clock and the school's calendar."""

import time
from datetime import UTC, date, datetime

from live_session.model import Millis
from lti_tool.site import site

DAY_MS: Millis = 86_400_000
TWICE_WITHIN_MS: Millis = 10 * 60_000
"""The same act of the same person again so soon is the same press."""


def now() -> Millis:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


def local(moment: Millis) -> datetime:
    """A moment on the school's clock."""
    return datetime.fromtimestamp(moment / 1_000, UTC).astimezone(site().settings.timezone)


def moment_of(at: datetime) -> Millis:
    """What the school's clock shows, as a moment: the way back from `local`."""
    return int(at.replace(tzinfo=site().settings.timezone).timestamp() * 1_000)


def today() -> date:
    """Today, at the school."""
    return local(now()).date()


def school_year(day: date) -> str:
    """The school year a day belongs to, such as "2026-2027"; a new one begins on 1 August (summer registrations)."""
    first, after = days_of_year(day)
    return f"{first.year}-{after.year}"


def days_of_year(day: date) -> tuple[date, date]:
    """The first day of the school year that a day belongs to, and that of the next."""
    first = day.year if day.month >= 8 else day.year - 1
    return date(first, 8, 1), date(first + 1, 8, 1)


def second_term(year: str) -> date:
    """The first day of a school year's second term: as the school set it, else 16 January, when most have begun it."""
    second = int(year[:4]) + 1
    return next((day for day in site().settings.second_terms if day.year == second), date(second, 1, 16))
