"""How events are stored."""

import msgspec
import pytest

from live_session import events
from live_session.events import (
    Answered,
    Event,
    KeySet,
    PresenceSeen,
    RunEnded,
    RunStarted,
    SeatTaken,
    WordHidden,
    decode,
    encode,
)
from live_session.model import Mode, Outcome, Policy, Proof, Standing
from tests.live_session.build import NOW, every_kind, quick_forms

SOME: list[Event] = [
    RunStarted("Toán 9A1", every_kind(30), NOW, quick_forms(), Policy(grace_ms=0)),
    RunStarted("Toán 9A1", (), NOW, heard_before={"p1": 2}),
    SeatTaken("p1", "c1", Standing.LAUNCHED, Mode.ROOM, Proof.CODE),
    Answered("p1", "c1", "q", 1, {"a": "true"}, NOW, Outcome.LATE, NOW),
    Answered("p1", "c1", "q", 1, ["A"], NOW, Outcome.ACCEPTED),
    Answered("p1", "c1", "q", 1, None, NOW, Outcome.REPLACED),
    KeySet("ask-1", ["A", "B"]),
    WordHidden("q-cloud", "a" * 16, is_hidden=False),
    PresenceSeen({"p1": (NOW, NOW + 1)}),
    PresenceSeen({"p1": (NOW, NOW + 1)}, {"p1": (NOW - 99, NOW)}),
]


@pytest.mark.parametrize("event", SOME, ids=lambda e: type(e).__name__)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    type_, version, body = encode(event)
    assert decode(type_, version, body) == event
    assert msgspec.json.decode(body)["type"] == type_


def test_event_names_are_short_enough_and_their_own() -> None:
    tags = [kind.__struct_config__.tag for kind in Event.__args__]
    assert len(set(tags)) == len(tags)
    assert all(len(str(tag)) <= 32 for tag in tags)


def test_older_versions_are_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "VERSION", 3)
    steps = {
        ("key_set", 1): lambda body: {**body, "key": body["answer"]},
        ("key_set", 2): lambda body: {**body, "key": body["key"].upper()},
    }
    monkeypatch.setattr(events, "UPCASTS", steps)
    assert decode("key_set", 1, '{"type":"key_set","activity":"q","answer":"a"}') == KeySet("q", "A")
    assert decode("key_set", 2, '{"type":"key_set","activity":"q","key":"b"}') == KeySet("q", "B")
    assert decode("key_set", 3, '{"type":"key_set","activity":"q","key":"c"}') == KeySet("q", "c")
    assert decode("run_ended", 1, '{"type":"run_ended"}') == RunEnded(), "one that never changed has no steps"


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_version_that_this_release_does_not_know_is_never_guessed(version: int) -> None:
    """A newer release may have written it: its body may mean something else."""
    with pytest.raises(msgspec.ValidationError):
        decode("run_ended", version, '{"type":"run_ended"}')


@pytest.mark.parametrize("body", ['{"type":"run_exploded"}', "{}", '{"type":"key_set"}'])
def test_an_event_that_this_release_does_not_know(body: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode("run_exploded", events.VERSION, body)
