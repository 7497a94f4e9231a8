"""Who is here, as one process sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.presence import AWAY_MS, MISSED_MS, Presence, Signs
from tests.live_session.build import NOW

WHO = ("a", "b", "c")


def test_a_late_goodbye_never_clears_a_newer_connection() -> None:
    presence = Presence()
    presence.connect("a", 1, NOW)
    presence.connect("a", 2, NOW + 1)
    presence.disconnect("a", 1)
    assert presence.connections("a") == {2}
    presence.disconnect("a", 1)
    assert presence.connected() == {"a"}
    presence.disconnect("a", 2)
    assert presence.connected() == frozenset()


def test_a_goodbye_of_nobody_is_nothing() -> None:
    presence = Presence()
    presence.disconnect("a", 7)
    assert presence.connections("a") == frozenset()


@pytest.mark.parametrize(("ms", "is_here"), [(0, True), (AWAY_MS - 1, True), (AWAY_MS, False)])
def test_a_silence_of_45_seconds_is_away(ms: int, is_here: bool) -> None:
    """Phones sleep: neither a closed socket nor an open one says anything by itself."""
    presence = Presence()
    presence.connect("a", 1, NOW)
    presence.disconnect("a", 1)
    presence.connect("b", 2, NOW)
    assert presence.here(NOW + ms) == ({"a", "b"} if is_here else set())


def test_the_last_sign_of_life() -> None:
    presence = Presence()
    assert presence.heard("a") == 0
    presence.hear("a", NOW + 5)
    presence.hear("a", NOW)
    assert presence.heard("a") == NOW + 5


def test_signs_are_handed_over_once() -> None:
    presence = Presence()
    presence.hear("a", NOW + 3)
    presence.hear("a", NOW + 9)
    presence.hear("a", NOW + 1)
    presence.hear("b", NOW)
    assert presence.drain() == Signs({"a": (NOW + 1, NOW + 9), "b": (NOW, NOW)})
    assert presence.drain() == Signs()
    assert presence.here(NOW) == {"a", "b"}, "handing over forgets nobody"


@pytest.mark.parametrize(
    ("awake", "heard", "told"),
    [
        (100_000, NOW - 200_000, (NOW - 100_000, NOW)),
        (1e300, NOW - 200_000, (NOW - 200_000, NOW)),
        (100_000, NOW - MISSED_MS, None),
        (MISSED_MS, NOW - 200_000, None),
        (100_000, 0, None),
        (0, NOW - 200_000, None),
        (-100_000, NOW - 200_000, None),
        (100_000, NOW + 5_000, None),
    ],
)
def test_a_phone_is_believed_back_to_when_it_was_heard(awake: float, heard: int, told: tuple[int, int] | None) -> None:
    """A silence of a ping or two is none; whom nobody has heard, and a clock that was set back, say nothing."""
    presence = Presence()
    presence.account("a", awake, heard, NOW)
    assert presence.drain() == Signs(awake={"a": told} if told else {})


signs = st.lists(st.tuples(st.sampled_from(WHO), st.integers(NOW, NOW + 99)), max_size=20)


@given(before=signs, after=signs)
def test_signs_given_back_are_not_lost(before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
    """What a busy store did not take is carried by the next note; what phones said of themselves too."""
    presence = Presence()

    def live(signs: list[tuple[str, int]]) -> None:
        for who, at in signs:
            presence.hear(who, at)
            presence.account(who, 2 * MISSED_MS, NOW - MISSED_MS - 1, at)

    live(before)
    taken = presence.drain()
    live(after)
    presence.restore(taken)
    times = {who: ats for who in WHO if (ats := [at for w, at in (*before, *after) if w == who])}
    seen, awake = presence.drain()
    assert seen == {who: (min(ats), max(ats)) for who, ats in times.items()}
    assert awake == {who: (NOW - MISSED_MS - 1, max(ats)) for who, ats in times.items()}


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["connect", "disconnect"]), st.sampled_from(WHO), st.integers(1, 5)), max_size=30
    )
)
def test_connections_are_counted_by_id(steps: list[tuple[str, str, int]]) -> None:
    presence, open_ = Presence(), {who: set[int]() for who in WHO}
    for act, who, number in steps:
        if act == "connect":
            presence.connect(who, number, NOW)
            open_[who].add(number)
        else:
            presence.disconnect(who, number)
            open_[who].discard(number)
    assert {who: presence.connections(who) for who in WHO} == open_
    assert presence.connected() == {who for who in WHO if open_[who]}
