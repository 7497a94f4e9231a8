"""A lesson taught in memory: minutes that pass with phones that are heard, and what analytics makes of the log."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from analytics.facts import RunFacts, gather
from analytics.presence import Thresholds
from analytics.reader import RunSnapshot
from analytics.refresh import compute
from live_session.commands import SERVER, End, Note, Open, Release, Shut
from live_session.model import Activity, Mode, Standing
from live_session.store.tables import content, event
from live_session.store.tables import run as run_table
from tests.live_session.build import EPOCH, NOW, RUN, Book, activity, sit, started

MINUTE = 60_000
BY = Thresholds()


def lesson(*deck: Activity, **changes: Any) -> Book:
    """A lesson of 45 minutes that has begun. Without activities: one single choice, q-single, whose key is C."""
    return started(deck or (activity("single"),), **changes)


def pass_minutes(book: Book, minutes: int, *who: str) -> Book:
    """Time goes by; once a minute a server writes whom it heard all that minute (an empty word too is its own)."""
    for _ in range(minutes):
        begun = book.clock()
        book.clock.pass_(MINUTE)
        book.do(Note(dict.fromkeys(who, (begun, book.clock()))), actor=SERVER)
    return book


def silence(book: Book, minutes: int) -> Book:
    """Time goes by, and no server writes a word."""
    book.clock.pass_(minutes * MINUTE)
    return book


def retake(book: Book, who: str, claim: str, standing: Standing = Standing.PICKED, mode: Mode = Mode.ROOM) -> Book:
    """A moment later, a browser takes a seat."""
    book.clock.pass_(1_000)
    return book.do(sit(who, claim, standing, mode), actor=SERVER)


def release(book: Book, who: str) -> Book:
    """A moment later, the teacher frees a seat."""
    book.clock.pass_(1_000)
    return book.do(Release(who))


def ask(book: Book, id: str, right: Iterable[str] = (), wrong: Iterable[str] = (), minutes: int = 2) -> Book:
    """Ask a single choice whose key is C. Everybody named is heard while it is open, and answers at its end."""
    right, wrong = tuple(right), tuple(wrong)
    book.do(Open(id))
    pass_minutes(book, minutes, *right, *wrong)
    for value, group in (("C", right), ("A", wrong)):
        for who in group:
            book.answer(who, id, value)
    return book.do(Shut(id))


def end(book: Book) -> Book:
    return book.do(End())


def facts_of(book: Book) -> RunFacts:
    return gather(book.log, book.clock())


def computed(book: Book) -> RunSnapshot:
    return compute(facts_of(book))


def names(count: int, first: str = "em") -> Sequence[str]:
    return tuple(f"{first}-{n:02}" for n in range(1, count + 1))


def store(connection: Connection, book: Book, run: str = RUN) -> None:
    """Write the book's log as it would stand in the tables of a run; what stood there before is gone."""
    head = {"seq": book.state.seq, "phase": book.state.phase, "ended_at": book.state.ended_at}
    if connection.execute(update(run_table).where(run_table.c.id == run).values(head)).rowcount == 0:
        connection.execute(insert(run_table), [{"id": run, "epoch": EPOCH, "created_at": NOW, **head}])
    for table in (event, content):
        connection.execute(delete(table).where(table.c.run_id == run))
    connection.execute(insert(event), [{**row, "run_id": run} for row in book.rows])
    if book.texts:
        connection.execute(insert(content), [{**row, "run_id": run} for row in book.texts])
