"""Three minutes as they are: the product's own processes, real sockets, real time, held to the bars of the term."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine

from analytics import reader
from analytics.attendance import Status
from analytics.reader import RunSnapshot
from live_session.events import PresenceSeen, RunEnded
from live_session.model import Proof
from live_session.store.engine import open_engine
from tests.browser.school import opened, until
from tests.term.measure import Tally
from tests.term.script import Door
from tests.term.sockets import Lesson
from tests.term.test_term import SEED, hold


@pytest.mark.slow
def test_a_lesson_of_three_minutes_over_sockets(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/lesson.db"
    with opened(tmp_path, GIOTAY_DATABASE_URL=url) as school:
        engine = open_engine(url)
        lesson = Lesson(school, engine, SEED)
        script = asyncio.run(lesson.play())
        snapshot = until(lambda: computed(engine, lesson.teacher.run_id), "the snapshot of the lesson")
        with engine.connect() as connection:
            verdict = lesson.crowd.compare(reader.read_log(connection, lesson.teacher.run_id))
        engine.dispose()

    tally = Tally()
    tally.add(script, snapshot, lesson.taken)
    print("\n".join([*tally.lines, *(f"{gap / 1_000:.0f} s: {who}" for gap, who in tally.worst)]))
    assert tally.present == len(lesson.actors)
    hold(tally)
    # Who stayed away, and nobody else, is not there.
    came = {life.who for life in script.lives}
    assert {who for who, one in snapshot.proposals.items() if one.status is not Status.NOT_SEEN} == came
    # A photo of the code proves nothing; the code on a shared screen cannot be told from the one in the room.
    (forwarded,) = [a.who for a in lesson.actors if a.part.door is Door.FORWARDED]
    assert snapshot.proposals[forwarded].proof is Proof.DECLARED
    assert tally.passed == 1
    # Each was told the truth of every answer, on the worst network too.
    assert verdict.is_clean
    assert verdict.acked > len(lesson.actors)


def computed(engine: Engine, run_id: str) -> RunSnapshot | None:
    """By the product's own jobs, from the whole log: signs of the last minute come after the end."""
    with engine.connect() as connection:
        stored, log = reader.snapshot_of(connection, run_id), reader.read_log(connection, run_id)
    happened = [type(one.event) for one in log]
    is_whole = PresenceSeen in happened[happened.index(RunEnded) :]
    return stored.snapshot if is_whole and stored and stored.seq == log[-1].seq else None
