"""Who is here, as one process sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.presence import AWAY_MS, Presence
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
    assert presence.drain() == {"a": (NOW + 1, NOW + 9), "b": (NOW, NOW)}
    assert presence.drain() == {}
    assert presence.here(NOW) == {"a", "b"}, "handing over forgets nobody"


signs = st.lists(st.tuples(st.sampled_from(WHO), st.integers(NOW, NOW + 99)), max_size=20)


@given(before=signs, after=signs)
def test_signs_given_back_are_not_lost(before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
    """What a busy store did not take is carried by the next note."""
    presence = Presence()
    for who, at in before:
        presence.hear(who, at)
    taken = presence.drain()
    for who, at in after:
        presence.hear(who, at)
    presence.restore(taken)
    times = {who: [at for w, at in (*before, *after) if w == who] for who in WHO}
    assert presence.drain() == {who: (min(ats), max(ats)) for who, ats in times.items() if ats}


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
