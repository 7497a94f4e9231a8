"""Limits that a school behind one address does not hit: they count browsers and the installation, never addresses."""

from flask import current_app
from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

WRONG_A_BROWSER = RateLimitItemPerMinute(10)
WRONG_IN_ALL = RateLimitItemPerMinute(200)
TRIES_WHEN_ALARMED = RateLimitItemPerSecond(20)

KEY = "giotay.guesses"


class Guesses:
    """Wrong join codes. State lives in this process; with several, each allows as much."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def may_try(self, browser: str) -> bool:
        """Whether this browser may try a code now."""
        if not self._limiter.test(WRONG_A_BROWSER, browser):
            return False
        is_alarmed = not self._limiter.test(WRONG_IN_ALL, "all")
        return not is_alarmed or self._limiter.hit(TRIES_WHEN_ALARMED, "all")

    def count_wrong(self, browser: str) -> None:
        """Remember a wrong code."""
        self._limiter.hit(WRONG_A_BROWSER, browser)
        self._limiter.hit(WRONG_IN_ALL, "all")


def guesses() -> Guesses:
    """The counter of this process."""
    found: Guesses = current_app.extensions[KEY]
    return found
