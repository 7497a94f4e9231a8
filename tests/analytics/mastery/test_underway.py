"""What a lesson that goes on comes to so far: settled questions alone, beside the model, and gone when it is read."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec.structs import replace
from sqlalchemy import Connection, select

from analytics import reader, tables
from analytics.mastery import consumer, ledger, store, underway
from analytics.mastery.estimates import Estimate, Key
from analytics.mastery.ledger import Evidence
from live_session.commands import End, Open, Resume, Reveal, Shut
from live_session.model import Shown
from tests.analytics.mastery.test_consumer import CLASS, DAY, SCOPE, question, read, taught, term, values
from tests.analytics.teaching import ask, lesson, pass_minutes
from tests.analytics.teaching import store as store_log
from tests.live_session.build import NOW, Book

TODAY = date(2026, 11, 20)
RIGHT, WRONG = CLASS[:4], CLASS[4:]
GOAL = "Tổng và tích"


def begun(*numbers: int) -> Book:
    """A lesson that asks these questions, each with its key shown, and goes on."""
    book = lesson(*(question(n) for n in (*numbers, 90)), at=NOW + DAY).seat(*CLASS)
    for n in numbers:
        ask(book, f"q{n}", right=RIGHT, wrong=WRONG)
        book.do(Reveal(f"q{n}", Shown.KEY))
    return book


def foresee(connection: Connection, book: Book, run: str = "now") -> None:
    store_log(connection, book, run)
    story = reader.story_of(connection, run, book.clock())
    assert story is not None
    underway.foresee(connection, run, SCOPE, TODAY, CLASS, story)


def written(connection: Connection) -> int:
    return len(connection.execute(select(tables.mastery_underway)).all())


def estimates(connection: Connection, pupils: Sequence[str]) -> Mapping[Key, Estimate]:
    return underway.known(connection, SCOPE, pupils).estimates


def evidence(connection: Connection, who: str) -> Sequence[Evidence]:
    """Those of the lesson that goes on, then all others."""
    return [*underway.known(connection, SCOPE, [who]).so_far, *ledger.evidence(connection, SCOPE, who)]


def seen(connection: Connection, who: str = "em-01") -> Estimate | None:
    return estimates(connection, [who]).get((who, GOAL))


def test_each_round_of_jobs_takes_in_what_was_settled_since(connection: Connection) -> None:
    term(connection)
    before = seen(connection)
    assert before is not None
    foresee(connection, begun(20))
    one = seen(connection)
    foresee(connection, begun(20, 22))
    two = seen(connection)
    assert one is not None
    assert two is not None
    assert (one.skill.n, two.skill.n) == (before.skill.n + 1, before.skill.n + 2)
    assert before.skill.theta < one.skill.theta < two.skill.theta
    assert [(e.item, e.is_underway) for e in evidence(connection, "em-01")][:3] == [
        ("item22@1", True), ("item20@1", True), ("item12@1", False),
    ]  # fmt: skip


def test_who_has_seen_the_key_of_a_question_is_told_so_and_nothing_else(connection: Connection) -> None:
    """In an earlier lesson, or in this one, in which it is asked twice."""
    earlier = lesson(question(20)).seat(*CLASS[:2])
    ask(earlier, "q20", right=[CLASS[0]]).do(Reveal("q20", Shown.KEY))
    read(connection, pass_minutes(earlier, 1, *CLASS[:2]).do(End()), "before", day=19)
    book = lesson(*(question(n) for n in (20, 24)), replace(question(24), id="q25"), question(90), at=NOW + DAY)
    book.seat(*CLASS)
    ask(book, "q20", right=CLASS).do(Reveal("q20", Shown.KEY))
    pass_minutes(ask(book, "q24", right=RIGHT).do(Reveal("q24", Shown.KEY)), 1, *CLASS)
    ask(book, "q25", right=CLASS).do(Reveal("q25", Shown.KEY))
    foresee(connection, book)
    told = evidence(connection, CLASS[1])
    foreseen = estimates(connection, CLASS)
    by_item = [(e.activity, e.is_again, e.key_seen_at is not None) for e in told]
    assert by_item == [("q25", True, False), ("q24", False, False), ("q20", True, True)]
    last = evidence(connection, CLASS[-1])
    assert [(e.activity, e.is_again, e.key_seen_at is not None) for e in last][:2] == [
        ("q25", True, True), ("q20", False, False),
    ]  # fmt: skip
    read(connection, book.do(End()), "now")
    assert store.estimates(connection, SCOPE, CLASS) == foreseen


def test_the_model_is_as_it_was(connection: Connection) -> None:
    term(connection)
    before = values(connection)
    foresee(connection, begun(20, 22))
    assert written(connection)
    assert values(connection) == before


def test_what_was_foreseen_at_the_end_is_what_the_lesson_comes_to(connection: Connection) -> None:
    term(connection)
    book = begun(2, 20, 21, 22)  # the first of them was asked before
    foresee(connection, book)
    foreseen = estimates(connection, CLASS)
    answers = [(e.item, e.share, e.is_again) for e in evidence(connection, "em-06")]
    assert read(connection, book.do(End()), "now")
    assert store.estimates(connection, SCOPE, CLASS) == foreseen
    assert [(e.item, e.share, e.is_again) for e in ledger.evidence(connection, SCOPE, "em-06")] == answers
    assert not written(connection)
    assert estimates(connection, CLASS) == foreseen


def test_nothing_is_told_of_a_question_whose_key_is_not_out(connection: Connection) -> None:
    """Others may still answer it."""
    book = begun(20)
    book.do(Open("q90"))
    book.answer("em-01", "q90", "C")
    foresee(connection, book)
    assert [e.item for e in evidence(connection, "em-01")] == ["item20@1"]
    book.do(Shut("q90"))
    foresee(connection, book)
    assert [e.item for e in evidence(connection, "em-01")] == ["item20@1"]
    book.do(Reveal("q90", Shown.KEY))
    foresee(connection, book)
    assert [e.item for e in evidence(connection, "em-01")] == ["item90@1", "item20@1"]


def test_a_lesson_opened_again_stands_as_it_was_read_until_its_end(connection: Connection) -> None:
    book = taught(1)
    assert read(connection, book, "now")
    before = estimates(connection, CLASS)
    foresee(connection, book.do(Resume()))
    assert not written(connection)
    assert estimates(connection, CLASS) == before


def test_whoever_is_erased_is_gone_from_it(connection: Connection) -> None:
    foresee(connection, begun(20))
    assert ledger.everything_of(connection, "em-01")["mastery_underway"]
    assert ledger.forget_pupil(connection, "em-01", "nobody") == 1
    assert seen(connection) is None
    assert seen(connection, "em-02") is not None


def test_a_lesson_that_is_forgotten_leaves_nothing(connection: Connection) -> None:
    foresee(connection, begun(20))
    ledger.forget_run(connection, "now")
    assert not written(connection)


def test_objectives_that_were_joined_are_read_as_one(connection: Connection) -> None:
    term(connection)
    store.join(connection, SCOPE, GOAL, "Giải phương trình")
    consumer.rebuild(connection, SCOPE)
    foresee(connection, begun(20, 21))
    found, one = evidence(connection, "em-01"), seen(connection)
    assert [e.objective for e in found][:2] == [GOAL, GOAL]
    assert one is not None
    assert one.skill.n == sum(not e.is_again for e in found)
