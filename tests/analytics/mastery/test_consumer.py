"""The consumer of the student model, on SQLite and on PostgreSQL: lessons in, the same bits out, whichever way."""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from analytics import rows, tables
from analytics.mastery import consumer, ledger, store
from analytics.mastery.levels import Level
from analytics.mastery.store import Scope
from live_session.commands import Conceal, Confirm, Open, Reopen, Resume, Reveal, Shut
from live_session.errors import Refusal
from live_session.model import Shown, Standing
from tests.analytics.teaching import ask, end, lesson, names
from tests.analytics.teaching import store as store_log
from tests.live_session.build import NOW, TEACHER, Book, activity

SCOPE = Scope(1, "Toán")
DAY = 24 * 3_600_000
CLASS = names(6)
VALUES = (tables.mastery_model, tables.mastery_difficulty, tables.mastery_estimate, tables.mastery_point)


def question(n: int, objective: str = "") -> Any:
    objective = objective or ("Giải phương trình" if n % 2 else "Tổng và tích")
    return replace(activity("single", f"q{n}"), item=f"item{n}", version=1, objective=objective)


def taught(
    first: int, right: int = 4, *, seats: tuple[str, ...] = CLASS, objective: str = "", day: int = 20, version: int = 1
) -> Book:
    """Four questions, of which the first `right` pupils know the answer."""
    deck = [replace(question(n, objective), version=version) for n in range(first, first + 4)]
    book = lesson(*deck, at=NOW + (day - 20) * DAY)
    for who in seats:
        book.seat(who)
    for n in range(first, first + 4):
        ask(book, f"q{n}", right=seats[:right], wrong=seats[right:])
    return end(book)


def read(
    connection: Connection, book: Book, run: str, *, day: int = 20, scope: Scope = SCOPE, pupils: Any = CLASS
) -> bool:
    store_log(connection, book, run)
    return consumer.consume(connection, run, scope, date(2026, 11, day), pupils, book.clock())


def values(connection: Connection) -> list[Mapping[str, Any]]:
    """Every value of every model."""
    return [
        dict(row._mapping)
        for table in VALUES
        for row in connection.execute(select(table).order_by(*table.primary_key)).all()
    ]


def term(connection: Connection) -> None:
    """Half of what the second and third lesson ask was asked before."""
    for n, (first, right) in enumerate(((1, 4), (3, 3), (5, 5), (9, 2))):
        assert read(connection, taught(first, right, day=10 + n), f"run-{n}", day=10 + n)


def test_a_lesson_makes_evidence_and_estimates(connection: Connection) -> None:
    assert read(connection, taught(1), "run-1")
    found = ledger.evidence(connection, SCOPE, "em-01")
    assert [(e.item, e.share, e.day) for e in found] == [(f"item{n}@1", 1.0, "2026-11-20") for n in (4, 3, 2, 1)]
    known = store.estimates(connection, SCOPE, ["em-01", "em-06"])
    one, other = known["em-01", "Tổng và tích"], known["em-06", "Tổng và tích"]
    assert one.skill.n == 2
    assert one.skill.theta > 0 > other.skill.theta
    assert one.level is Level.NOT_ENOUGH
    assert one.mastery.low < one.mastery.value < one.mastery.high


def test_made_anew_from_the_first_answer_on_it_is_the_same_to_the_bit(connection: Connection) -> None:
    term(connection)
    before = values(connection)
    assert len(before) > 50
    assert consumer.rebuild(connection, SCOPE) == 4
    assert values(connection) == before


def test_so_it_is_for_a_long_term_in_which_pupils_miss_lessons_and_an_item_changes_its_objective(
    connection: Connection,
) -> None:
    dice = Random(7)
    for n in range(14):
        here = tuple(dice.sample(CLASS, dice.randint(2, 6)))
        deck = [replace(question(k), objective=f"o{dice.randrange(4)}") for k in dice.sample(range(1, 12), 3)]
        book = lesson(*deck, at=NOW + n * DAY).seat(*here)
        for one in deck:
            ask(book, one.id, right=here[: dice.randint(0, len(here))], wrong=here[-1:])
        assert read(connection, end(book), f"run-{n}", day=1 + n // 2)
    before = values(connection)
    assert consumer.rebuild(connection, SCOPE) == 11, "in three nobody was asked anything new"
    assert values(connection) == before


def test_points_are_written_in_parts(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    term(connection)
    before = values(connection)
    monkeypatch.setattr(consumer, "AT_ONCE", 5)
    monkeypatch.setattr(rows, "BATCH", 7)
    consumer.rebuild(connection, SCOPE)
    assert values(connection) == before


def test_levels_come_with_answers_on_several_days(connection: Connection) -> None:
    for n in range(8):
        read(connection, taught(1 + 4 * n, 3), f"run-{n}", day=1 + n)
    known = store.estimates(connection, SCOPE, CLASS)
    assert known["em-01", "Tổng và tích"].level in (Level.MET, Level.STRONG)
    assert known["em-06", "Tổng và tích"].level is Level.NOT_MET
    assert len(known["em-06", "Tổng và tích"].days) == 8
    assert [p.n for p in store.points(connection, SCOPE, "em-01")] == [4 * n for n in range(1, 9)]


def test_a_lesson_that_goes_on_is_not_read(connection: Connection) -> None:
    book = taught(1).do(Resume())
    assert not read(connection, book, "run-1")
    assert values(connection) == []


def test_reading_again_changes_nothing(connection: Connection) -> None:
    term(connection)
    before = values(connection)
    read(connection, taught(3, 3, day=11), "run-1", day=11)
    assert values(connection) == before


def test_only_confirmed_pupils_count_and_a_later_word_counts_in_its_place(connection: Connection) -> None:
    book = lesson(question(1)).seat("em-01").seat("em-02", standing=Standing.PICKED)
    ask(book, "q1", right=["em-01", "em-02"])
    end(book)
    read(connection, book, "run-1")
    read(connection, taught(3), "run-2", day=21)
    assert [e.run_id for e in ledger.evidence(connection, SCOPE, "em-02")] == ["run-2"] * 4
    before = values(connection)
    book.do(Confirm(("em-02",)))  # the teacher vouches for this seat, after the lesson
    read(connection, book, "run-1")
    assert [e.run_id for e in ledger.evidence(connection, SCOPE, "em-02")] == [*["run-2"] * 4, "run-1"]
    place = ledger.read_of(connection, "run-1")
    assert place is not None
    assert place.position == 1
    assert values(connection) != before


def test_who_is_no_pupil_teaches_nothing(connection: Connection) -> None:
    read(connection, taught(1), "run-1", pupils=CLASS[:2])
    table = tables.mastery_answer
    assert connection.scalars(select(table.c.pupil).distinct().order_by(table.c.pupil)).all() == list(CLASS[:2])


# --- what was answered before ----------------------------------------------------------------------------------------


def without_runs(connection: Connection) -> list[Mapping[str, Any]]:
    return [{**row, "position": 0} for row in values(connection)]


def test_right_answers_to_what_was_wrong_before_change_nothing(connection: Connection) -> None:
    """The key was shown since: they are kept, and weigh nothing, in class or alone, however often."""
    read(connection, taught(1, 0, day=10), "run-0", day=10)
    before = values(connection)
    for n in range(1, 5):
        read(connection, taught(1, 6, day=10 + n), f"run-{n}", day=10 + n)
    assert values(connection) == before
    found = ledger.evidence(connection, SCOPE, "em-01")
    assert [(e.run_id, e.is_again) for e in found[::4]] == [(f"run-{n}", n > 0) for n in (4, 3, 2, 1, 0)]
    assert {e.is_own for e in found if e.run_id != "run-0"} == {False}
    assert consumer.rebuild(connection, SCOPE) == 1
    assert values(connection) == before


def test_of_a_lesson_that_asks_old_and_new_the_new_counts(connection: Connection) -> None:
    read(connection, taught(1, day=10), "run-0", day=10)
    read(connection, taught(3, day=11), "run-1", day=11)
    assert [(e.item, e.is_again) for e in ledger.evidence(connection, SCOPE, "em-01")[:4]] == [
        ("item6@1", False),
        ("item5@1", False),
        ("item4@1", True),
        ("item3@1", True),
    ]
    known = store.estimates(connection, SCOPE, ["em-01"])
    assert {name: one.skill.n for (_, name), one in known.items()} == {"Giải phương trình": 3, "Tổng và tích": 3}


def test_who_was_not_there_the_first_time_meets_it_now(connection: Connection) -> None:
    read(connection, taught(1, seats=CLASS[:3], day=10), "run-0", day=10)
    read(connection, taught(1, day=11), "run-1", day=11)
    assert {who: store.points(connection, SCOPE, who)[-1].n for who in CLASS} == dict.fromkeys(CLASS, 4)
    assert len(store.points(connection, SCOPE, "em-01")) == 1


def test_an_edited_question_is_a_new_one(connection: Connection) -> None:
    read(connection, taught(1, day=10), "run-0", day=10)
    read(connection, taught(1, day=11, version=2), "run-1", day=11)
    assert not any(e.is_again for e in ledger.evidence(connection, SCOPE, "em-01"))
    assert store.points(connection, SCOPE, "em-01")[-1].n == 8


def test_first_is_what_came_first_in_time_whenever_it_is_read(connection: Connection) -> None:
    """Work that was begun before the lesson and done after it stands at an earlier position."""
    read(connection, taught(1, 6, day=12), "later", day=12)
    read(connection, taught(1, 0, day=11), "first", day=11)
    assert {e.is_again for e in ledger.evidence(connection, SCOPE, "em-01") if e.run_id == "first"} == {False}
    known = store.estimates(connection, SCOPE, CLASS)
    assert {one.skill.wins for one in known.values()} == {0.0}
    before = values(connection)
    consumer.rebuild(connection, SCOPE)
    assert values(connection) == before


def test_two_questions_of_a_lesson_that_are_the_same_are_one(connection: Connection) -> None:
    deck = [replace(question(1), id=name) for name in ("q1", "q2")]
    book = lesson(*deck).seat("em-01", "em-02")
    ask(ask(book, "q1", right=["em-01"], wrong=["em-02"]), "q2", right=["em-01", "em-02"])
    read(connection, end(book), "run-1")
    assert [(e.activity, e.is_again) for e in ledger.evidence(connection, SCOPE, "em-02")] == [
        ("q2", True),
        ("q1", False),
    ]
    before = values(connection)
    consumer.rebuild(connection, SCOPE)
    assert values(connection) == before


def test_once_the_first_lesson_is_forgotten_the_next_is_the_first(connection: Connection) -> None:
    read(connection, taught(1, 2, day=10), "run-0", day=10)
    read(connection, taught(1, 5, day=11), "run-1", day=11)
    ledger.forget_run(connection, "run-0")
    consumer.rebuild(connection, SCOPE)
    known = without_runs(connection)
    ledger.forget_run(connection, "run-1")
    consumer.rebuild(connection, SCOPE)
    read(connection, taught(1, 5, day=11), "run-2", day=11)
    assert without_runs(connection) == known


def test_another_school_or_subject_has_its_own_first_answers(connection: Connection) -> None:
    read(connection, taught(1, day=10), "run-0", day=10)
    read(connection, taught(1, day=11), "run-1", day=11, scope=Scope(1, "Vật lí"))
    assert not any(e.is_again for e in ledger.evidence(connection, Scope(1, "Vật lí"), "em-01"))


def test_a_release_that_counts_otherwise_makes_the_models_anew_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    term(connection)
    before = values(connection)
    monkeypatch.setattr(ledger, "VERSION", ledger.VERSION + 1)
    for n, (first, right) in enumerate(((1, 4), (3, 3))):
        read(connection, taught(first, right, day=10 + n), f"run-{n}", day=10 + n)
    assert store.stale(connection) == [SCOPE]
    consumer.rebuild(connection, SCOPE)
    assert values(connection) == before


def test_an_answer_after_the_key_was_shown_is_no_evidence(connection: Connection) -> None:
    book = lesson(question(1)).seat("em-01").seat("em-02")
    ask(book, "q1", right=["em-01"])
    book.do(Reveal("q1", Shown.DISTRIBUTION)).do(Reveal("q1", Shown.KEY))
    book.do(Conceal("q1", Shown.KEY)).do(Conceal("q1", Shown.DISTRIBUTION))
    assert isinstance(book.ask(Reopen("q1"), TEACHER), Refusal)  # what was shown cannot be asked again
    book.clock.pass_(60_000)
    book.answer("em-02", "q1", "C")
    read(connection, end(book), "run-1")
    assert [len(ledger.evidence(connection, SCOPE, who)) for who in ("em-01", "em-02")] == [1, 0]


def test_a_changed_subject_moves_the_evidence(connection: Connection) -> None:
    term(connection)
    other = Scope(1, "Vật lí")
    read(connection, taught(5, 2), "run-3", day=13, scope=other)
    assert {e.run_id for e in ledger.evidence(connection, other, "em-01")} == {"run-3"}
    assert "run-3" not in {e.run_id for e in ledger.evidence(connection, SCOPE, "em-01")}
    before = values(connection)
    consumer.rebuild(connection, SCOPE)
    consumer.rebuild(connection, other)
    assert values(connection) == before


def test_what_is_forgotten_goes_out_of_the_values(connection: Connection) -> None:
    """As if the lesson, or the pupil, had never been there."""
    for n, (first, right) in enumerate(((1, 4), (3, 3))):
        read(connection, taught(first, right), f"run-{n}", day=10 + n)
    wanted = [{**row, "position": 0} if "position" in row else row for row in values(connection)]
    read(connection, taught(1, 5), "run-9", day=14)
    ledger.forget_run(connection, "run-9")
    assert store.stale(connection) == [SCOPE]
    consumer.rebuild(connection, SCOPE)
    assert [{**row, "position": 0} if "position" in row else row for row in values(connection)] == wanted
    assert store.stale(connection) == []


def test_a_pupil_is_erased_and_nobody_elses_values_change(connection: Connection) -> None:
    term(connection)
    before = [row for row in values(connection) if row.get("pupil") != "em-02"]
    assert ledger.forget_pupil(connection, "em-02", "nobody") == 16 + 3 + 4
    assert store.estimates(connection, SCOPE, ["em-02"]) == {}
    assert [row for row in values(connection) if row.get("pupil") != "nobody"] == before
    everything = values(connection)
    consumer.rebuild(connection, SCOPE)
    assert values(connection) == everything
    assert all("em-02" not in str(row) for row in everything)


def erased(connection: Connection) -> list[Mapping[str, Any]]:
    """A term from which two pupils were erased, one after the other; the values that then stand."""
    term(connection)
    ledger.forget_pupil(connection, "em-02", "nobody")
    ledger.forget_pupil(connection, "em-05", "nobody-else")
    return values(connection)


def erased_as(connection: Connection) -> Mapping[str, str]:
    return {row.run_id: row.erased_as for row in connection.execute(select(tables.mastery_run))}


LEFT = ("em-01", "em-03", "em-04", "em-06")


def test_who_was_erased_stays_so_when_a_release_reads_every_log_again(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log still has their answers, by a name that no list holds."""
    before = erased(connection)
    names = erased_as(connection)
    monkeypatch.setattr(ledger, "VERSION", ledger.VERSION + 1)
    for n, (first, right) in enumerate(((1, 4), (3, 3), (5, 5), (9, 2))):
        read(connection, taught(first, right, day=10 + n), f"run-{n}", day=10 + n, pupils=LEFT)
    assert store.stale(connection) == [SCOPE]
    consumer.rebuild(connection, SCOPE)
    assert values(connection) == before
    assert erased_as(connection) == names == {f"run-{n}": "nobody-else" for n in range(4)}
    assert {row.version for row in connection.execute(select(tables.mastery_run))} == {ledger.VERSION}


def test_what_comes_later_to_a_lesson_leaves_its_erased_pupils_there(connection: Connection) -> None:
    """As if the later answers had been there before somebody was erased."""
    other = Scope(2, "Toán")
    for n, scope in enumerate((SCOPE, other)):
        book = lesson(question(1)).seat("em-01", "em-02").seat("em-03", standing=Standing.PICKED).do(Open("q1"))
        for who in CLASS[:3]:
            book.clock.pass_(5_000)
            book.answer(who, "q1", "C" if who == "em-01" else "A")
        book.do(Shut("q1"))
        read(connection, end(book), f"run-{n}", scope=scope)
        if scope == SCOPE:
            ledger.forget_pupil(connection, "em-02", "nobody")
        book.do(Confirm(("em-03",)))
        read(connection, book, f"run-{n}", scope=scope, pupils=["em-01", "em-03"] if scope == SCOPE else CLASS)
    ledger.forget_pupil(connection, "em-02", "nobody")
    assert placeless(connection, SCOPE) == placeless(connection, other)
    table = tables.mastery_difficulty
    assert connection.scalar(select(table.c.n).where(table.c.name == "item1@1", table.c.school == SCOPE.school)) == 3


def test_who_is_sent_away_is_nobody_who_was_erased(connection: Connection) -> None:
    """A pupil who is no longer in the log, or on the list, leaves nothing behind in a lesson that others were erased
    from."""
    book = taught(1)
    read(connection, book, "run-1")
    ledger.forget_pupil(connection, "em-02", "nobody")
    read(connection, book, "run-1", pupils=["em-01", "em-03"])
    table = tables.mastery_answer
    assert set(connection.scalars(select(table.c.pupil))) == {"em-01", "em-03", "nobody"}


def test_a_stale_model_is_not_added_to(connection: Connection) -> None:
    """Evidence that comes in between is kept, and is in the model once that is made anew."""
    term(connection)
    ledger.forget_run(connection, "run-0")
    read(connection, taught(13, day=19), "run-7", day=19)
    consumer.rebuild(connection, SCOPE)
    assert {e.run_id for e in ledger.evidence(connection, SCOPE, "em-01")} == {"run-1", "run-2", "run-3", "run-7"}
    assert store.points(connection, SCOPE, "em-01")[-1].day == "2026-11-19"


def test_positions_are_global_and_grow(connection: Connection) -> None:
    read(connection, taught(1), "run-1")
    read(connection, taught(1), "run-2", scope=Scope(2, "Toán"))
    table = tables.mastery_run
    assert connection.execute(select(table.c.run_id, table.c.position).order_by(table.c.position)).all() == [
        ("run-1", 1),
        ("run-2", 2),
    ]
    assert connection.scalar(select(func.count()).select_from(tables.mastery_cursor)) == 1


# --- objectives that were reworded, or became one ---------------------------------------------------------------------

OLD, NEW, LATER = "Giải phương trình", "Tổng và tích", "Giải và vận dụng"


def test_joined_words_are_read_as_if_they_had_always_been_the_same(connection: Connection) -> None:
    """To the bit, by one more lesson as by making all anew; the evidence keeps what was said."""
    other = Scope(2, "Toán")
    term_of_old(connection, 3)
    store.join(connection, SCOPE, NEW, OLD)
    assert store.stale(connection) == [SCOPE]
    consumer.rebuild(connection, SCOPE)
    read(connection, taught(4, 1), "run-3", day=13)  # a copy of the lesson that still says the earlier words
    for n in range(4):
        read(connection, taught(1 + n, 4 - n, objective=NEW), f"other-{n}", day=10 + n, scope=other)
    assert placeless(connection, SCOPE) == placeless(connection, other)
    consumer.rebuild(connection, SCOPE)
    assert placeless(connection, SCOPE) == placeless(connection, other)
    assert {e.objective for e in ledger.evidence(connection, SCOPE, "em-01")} == {NEW}
    said = select(tables.mastery_answer.c.objective).where(tables.mastery_answer.c.school == SCOPE.school)
    assert set(connection.scalars(said)) == {OLD, NEW}


def placeless(connection: Connection, scope: Scope) -> list[Mapping[str, Any]]:
    """Every value of a model, wherever its lessons stand among all."""
    return [{**row, "school": 0, "position": 0} for row in values(connection) if row["school"] == scope.school]


def test_taken_apart_all_is_as_it_was(connection: Connection) -> None:
    term_of_old(connection, 3)
    before = values(connection)
    store.join(connection, SCOPE, NEW, OLD)
    consumer.rebuild(connection, SCOPE)
    assert values(connection) != before
    read(connection, taught(2, 3), "run-1", day=11)  # read again meanwhile: nothing has changed
    store.part(connection, SCOPE, [OLD])
    consumer.rebuild(connection, SCOPE)
    assert values(connection) == before


@pytest.mark.parametrize(
    ("steps", "known"),
    [
        ([(NEW, OLD)], {OLD: NEW}),
        ([(NEW, OLD), (LATER, NEW)], {OLD: LATER, NEW: LATER}),
        ([(NEW, OLD), (OLD, NEW)], {NEW: OLD}),  # a change of mind
        ([(NEW, OLD), (OLD, LATER)], {OLD: NEW, LATER: NEW}),
        ([(NEW, OLD), (NEW, OLD)], {OLD: NEW}),
        ([(NEW, OLD), (LATER, OLD)], {OLD: LATER, NEW: LATER}),
    ],
)
def test_words_that_are_joined_one_after_the_other(
    connection: Connection, steps: list[tuple[str, str]], known: dict[str, str]
) -> None:
    for words, earlier in steps:
        store.join(connection, SCOPE, words, earlier)
    assert store.aliases(connection, SCOPE) == known
    assert store.aliases(connection, Scope(2, "Toán")) == {}


def term_of_old(connection: Connection, lessons: int) -> None:
    for n in range(lessons):
        read(connection, taught(1 + n, 4 - n), f"run-{n}", day=10 + n)
