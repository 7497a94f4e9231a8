"""Limits that a school behind one address does not hit: they count browsers and the installation, never addresses."""

from flask import current_app
from limits import RateLimitItemPerHour, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

WRONG_A_BROWSER = RateLimitItemPerMinute(10)
WRONG_IN_ALL = RateLimitItemPerMinute(200)
TRIES_WHEN_ALARMED = RateLimitItemPerSecond(20)

REGISTRATIONS = RateLimitItemPerHour(60)
"""Each makes the tool ask an address that a stranger named."""

KEY = "giotay.guesses"


class Guesses:
    """Wrong join codes, as this process has seen them.

    `workers` processes share the installation's guesses: each sees its part of them, so each counts one as so many, and
    a guesser gains nothing by a school's having grown.
    """

    def __init__(self, workers: int = 1) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._weight = workers

    def may_try(self, browser: str) -> bool:
        """Whether this browser may try a code now."""
        if not self._limiter.test(WRONG_A_BROWSER, browser):
            return False
        is_alarmed = not self._limiter.test(WRONG_IN_ALL, "all", cost=self._weight)
        return not is_alarmed or self._limiter.hit(
            TRIES_WHEN_ALARMED, "all", cost=min(self._weight, TRIES_WHEN_ALARMED.amount)
        )

    def may_register(self) -> bool:
        """Whether one more LMS may ask to be registered now."""
        return self._limiter.hit(REGISTRATIONS, "registrations")

    def count_wrong(self, browser: str) -> None:
        """Remember a wrong code."""
        self._limiter.hit(WRONG_A_BROWSER, browser)
        self._limiter.hit(WRONG_IN_ALL, "all", cost=self._weight)


def guesses() -> Guesses:
    """The counter of this process."""
    found: Guesses = current_app.extensions[KEY]
    return found
