"""The head fitted again: the same evidence the same bits, one version more, and nothing said before changes."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from analytics import simulate
from analytics.mastery import consumer, ledger, refits, store
from analytics.mastery.evidence import Counted
from analytics.mastery.head import Head, in_force
from analytics.mastery.model import Answer
from analytics.mastery.store import Scope
from tests.analytics.mastery.test_consumer import values

SCOPE = Scope(1, "Toán")
PLAIN = Head((0.0,) * 20, (1.0,) * 20, (0.0,) * 20, 0.0, 1)
"""Says one half of everything: simulated pupils cost seconds."""
WORLD = simulate.school(5, simulate.Plan(pupils=20, objectives=3, items=5, lessons=10, questions=4))
A_LESSON = 20 * 4


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refits, "simulated", lambda: PLAIN)


def teach(connection: Connection, lessons: Sequence[int]) -> None:
    """Evidence of these lessons, as the consumer would have kept it; the model takes each in."""
    for number in lessons:
        run, position = f"run-{number}", ledger.next_position(connection)
        day = (date(2026, 9, 7) + timedelta(days=number)).isoformat()
        asked: Sequence[Answer] = WORLD.answers[number * A_LESSON : (number + 1) * A_LESSON]
        found = [
            Counted("q", number, replace(one, item=f"{one.item}@{number}-{k // 20}")) for k, one in enumerate(asked)
        ]  # each a version of its own: a question that is asked again would teach nothing
        read = ledger.Read(run, position, SCOPE, 1)
        ledger.write_run(connection, read, 0, found, (), day)
        consumer._advance(connection, read, consumer.Said(found), day)


def test_due_from_three_hundred_answers_and_three_hundred_more(connection: Connection) -> None:
    teach(connection, range(3))
    assert not refits.is_due(connection, SCOPE)
    teach(connection, range(3, 5))
    assert refits.is_due(connection, SCOPE)
    made = refits.refit_model(connection, SCOPE, 7)
    assert (made.version, made.answers, made.at) == (1, 400, 7)
    assert not refits.is_due(connection, SCOPE)
    teach(connection, range(5, 9))
    assert refits.is_due(connection, SCOPE)
    assert refits.refit_model(connection, SCOPE, 8).version == 2
    assert [one.version for one in store.heads(connection, SCOPE)] == [1, 2]


def test_the_same_evidence_gives_the_same_bits() -> None:
    given = WORLD.answers[: 6 * A_LESSON]
    assert refits.fitted(given) == refits.fitted(list(given))
    assert refits.fitted(given, most=100).rows == 100


def test_a_version_speaks_of_later_lessons_alone_and_a_replay_says_the_same(connection: Connection) -> None:
    teach(connection, range(5))
    said = values(connection)
    first = refits.refit_model(connection, SCOPE, 7)
    assert values(connection) == said, "what was known before the refit stands"
    teach(connection, range(5, 7))
    refits.refit_model(connection, SCOPE, 8)
    teach(connection, [7])
    live = values(connection)
    consumer.rebuild(connection, SCOPE)
    assert values(connection) == live
    known = store.estimates(connection, SCOPE, [f"p{n}" for n in range(20)])
    assert {one.head for one in known.values()} <= {0, 1, 2}
    assert any(one.head == 2 and one.forecast is not None and 0 < one.forecast < 1 for one in known.values())
    assert in_force([first], first.position) is None
    assert in_force([first], first.position + 1) == first
