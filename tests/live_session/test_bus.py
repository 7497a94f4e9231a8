"""The bus says "look at the log", and nothing else."""

from live_session.bus import InProcessBus


def test_everybody_who_listens_is_woken_at_once() -> None:
    bus = InProcessBus()
    heard: list[frozenset[str]] = []
    bus.wake(["before anybody listens"])
    for _ in range(2):
        bus.listen(heard.append)
    bus.wake(iter(["a", "b", "a"]))
    assert heard == [{"a", "b"}] * 2
