"""Pauses: as long as the LMS asks for, never for ever, and not everybody back at once."""

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.lms import delivery, pauses

MOMENT = 1_795_000_000_000
NOW, SOON, THEN = "Wed, 18 Nov 2026 11:06:40 GMT", "Wed, 18 Nov 2026 11:08:40 GMT", "Wed, 18 Nov 2026 11:16:40 GMT"


def asked(**headers: str) -> int:
    answer = requests.Response()
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return pauses.asked(answer, MOMENT)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry_After": "120"}, 120),
        ({"Retry_After": " 0 "}, 0),
        ({"Retry_After": SOON}, 120),
        ({"Retry_After": THEN, "Date": SOON}, 480),  # by its own clock, however wrong that is
        ({"Retry_After": SOON, "Date": "yesterday"}, 120),
        ({"Retry_After": NOW, "Date": SOON}, 0),
        ({"Retry_After": SOON.replace("GMT", "-0000")}, 120),
        ({"Retry_After": "86400"}, 3_600),
        ({"Retry_After": "9" * 5_000}, 3_600),
        ({"Retry_After": "Wed, 18 Nov 2037 10:28:40 GMT"}, 3_600),
        ({"Retry_After": "Wed, 18 Nov 99999 10:28:40 GMT"}, 0),
        ({"Retry_After": "-5"}, 0),
        ({"Retry_After": "1.5"}, 0),
        ({"Retry_After": "\u0663"}, 0),
        ({"Retry_After": "soon"}, 0),
    ],
    ids=str,
)
def test_a_pause_is_read_in_both_forms_and_bounded(headers: dict[str, str], seconds: int) -> None:
    assert asked(**headers) == seconds * 1_000


@given(st.integers(1, 10_000), st.integers(0, pauses.LONGEST_MS), st.floats(0, 1))
def test_the_next_try_is_never_sooner_than_asked_and_never_far(tries: int, wanted: int, chance: float) -> None:
    pause = delivery.pause_after(tries, wanted, chance)
    assert pause >= wanted
    assert pause >= delivery.FIRST_PAUSE_MS
    assert pause <= max(delivery.LONGEST_PAUSE_MS, wanted * (1 + delivery.SPREAD)) + 1


def test_pauses_double_and_spread() -> None:
    assert [delivery.pause_after(n, 0, 0) for n in (1, 2, 3, 99)] == [5_000, 10_000, 20_000, 720_000]
    assert [delivery.pause_after(n, 0, 1) for n in (1, 2, 3, 99)] == [6_250, 12_500, 25_000, 900_000]
