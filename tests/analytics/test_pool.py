"""A question's answers from all lessons that asked it: what is a reply, and what is pooled with what."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, func, literal, select

from analytics import pool, reader
from analytics.items import Place, Reply, Trait
from analytics.pool import Origin
from analytics.refresh import RunInfo, refresh, refresh_alone
from analytics.tables import item_asked
from live_session.commands import SERVER, Ask, JoinTeam, Open, Resume, SetKey, Shut, SplitTeam, Submit
from live_session.model import Mode, Standing
from live_session.reducer import NEVER
from tests.analytics.teaching import MINUTE, ask, computed, end, lesson, names, pass_minutes, store
from tests.live_session.build import Book, activity, blackboard, pupil, start

CLASS, OTHERS = names(12), names(12, "ban")
QUESTION = activity("single", "q1")


def taught(*deck: Any, seats: Sequence[str] = CLASS, right: int = 8) -> Book:
    """Everybody answers every question; so many choose C, the key, and the others A."""
    book = lesson(*(deck or (QUESTION,))).seat(*seats)
    for one in deck or (QUESTION,):
        ask(book, one.id, right=seats[:right], wrong=seats[right:])
    return end(book)


def close(connection: Connection, book: Book, run: str) -> None:
    """What the jobs do once a lesson is over."""
    store(connection, book, run)
    refresh(connection, RunInfo(run, 1, 9, "Toán", date(2026, 11, 25), CLASS), book.clock())
    for one in pool.due(connection):
        pool.refresh(connection, one, book.clock())


def quality(connection: Connection, item: str) -> pool.Quality:
    return pool.of_items(connection, [item])[item]


# --- what is a reply ------------------------------------------------------------------------------------------------


def replies(book: Book) -> dict[str, Reply]:
    return {reply.pupil: reply for reply in pool.replies("run-1", computed(book))}


def test_a_right_one_a_wrong_one_a_blank_and_one_of_who_was_not_there() -> None:
    book = lesson(QUESTION).seat("a", "b", "c").seat("h", mode=Mode.HOME).do(Open("q1"))
    shown_at = book.clock()
    book.clock.pass_(4_200)
    book.answer("a", "q1", "C", shown_at=shown_at)
    pass_minutes(book, 2, "a", "b", "c", "h")
    book.answer("b", "q1", "A")
    book.answer("h", "q1", "C")
    book.do(Shut("q1")).seat("late")
    found = replies(end(pass_minutes(book, 5, "a", "b", "c", "h", "late")))
    assert found["a"] == Reply("a", "item-q1@1", 1.0, ("C",), 4.2, Place.ROOM)
    assert found["b"] == Reply("b", "item-q1@1", 0.0, ("A",), None, Place.ROOM)
    assert found["c"] == Reply("c", "item-q1@1", 0.0, (), None, Place.ROOM)
    assert found["h"].place is Place.HOME
    assert set(found) == {"a", "b", "c", "h"}


def test_a_late_answer_is_a_blank() -> None:
    book = lesson(QUESTION).seat("a").do(Open("q1"))
    pass_minutes(book, 2, "a").do(Shut("q1")).clock.pass_(MINUTE)
    book.answer("a", "q1", "C")
    assert replies(end(book))["a"] == Reply("a", "item-q1@1", 0.0, (), None, Place.ROOM)


def test_an_erased_answer_is_no_reply() -> None:
    snapshot = computed(taught())
    given = replace(snapshot.pupils["em-01"].given["q1"], share=None)
    changed = replace(snapshot.pupils["em-01"], given={"q1": given})
    without = replace(snapshot, pupils={**snapshot.pupils, "em-01": changed})
    assert {r.pupil for r in pool.replies("run-1", without)} == set(CLASS[1:])


def test_options_are_those_of_a_short_list_that_holds_the_key() -> None:
    deck = [activity(kind, f"q-{kind}") for kind in ("single", "multiple", "true_false", "number", "cluster", "poll")]
    book = lesson(*deck).seat("a", "b")
    for one in deck:
        book.do(Open(one.id))
        if one.kind == "number":
            for who, value in (("a", "31415,9265"), ("b", "2")):
                book.answer(who, one.id, value)
        book.do(Shut(one.id))
    traits = {q.kind: pool.trait_of(q) for q in computed(end(book)).questions}
    letters = ("A", "B", "C", "D")
    assert traits["single"] == Trait(letters, ("C",))
    assert traits["multiple"] == Trait(letters, ("A", "C"))
    assert traits["true_false"] == Trait(("true", "false"), ("true",))
    assert [traits[kind] for kind in ("number", "cluster", "poll")] == [Trait()] * 3


def test_what_a_class_thinks_is_no_item() -> None:
    snapshot = computed(end(lesson(activity("poll", "q1")).do(Open("q1"), Shut("q1"))))
    assert list(pool.scored(snapshot)) == []


# --- what is pooled -------------------------------------------------------------------------------------------------


def test_two_classes_and_one_version_are_one_pool(connection: Connection) -> None:
    close(connection, taught(), "run-1")
    assert quality(connection, "item-q1@1").report.n == 12
    close(connection, taught(seats=OTHERS, right=4), "run-2")
    found = quality(connection, "item-q1@1")
    assert (found.report.n, found.report.p, found.lessons) == (24, 0.5, 2)


def test_another_version_is_another_item(connection: Connection) -> None:
    close(connection, taught(), "run-1")
    close(connection, taught(replace(QUESTION, version=2), seats=OTHERS), "run-2")
    assert [quality(connection, f"item-q1@{n}").report.n for n in (1, 2)] == [12, 12]


def test_who_is_asked_again_counts_with_the_first_answer(connection: Connection) -> None:
    close(connection, taught(right=0), "run-1")
    close(connection, taught(right=12), "run-2")
    found = quality(connection, "item-q1@1")
    assert (found.report.n, found.report.p, found.lessons) == (12, 0.0, 2)


def test_who_answered_with_a_team_counts_with_no_later_answer_either(connection: Connection) -> None:
    """Team or not, the pupil has met the question; who sat elsewhere counts with the first answer, as always."""
    book = lesson(QUESTION).seat("an", "binh", *CLASS)
    book.do(JoinTeam("an", "browser-of-an", "binh", "browser-of-binh"), actor=SERVER)
    pass_minutes(book.do(Open("q1")), 2, "an", *CLASS)
    book.ask(Submit("q1", 1, "A", book.clock(), book.clock() - 1_000, team=1), pupil("an"))
    close(connection, end(book.do(Shut("q1"))), "run-1")
    assert quality(connection, "item-q1@1").report.n == 12
    close(connection, taught(seats=("an", "binh", "chi"), right=3), "run-2")
    found = quality(connection, "item-q1@1")
    assert (found.report.n, found.lessons) == (13, 2)
    assert found.report.p == pytest.approx(1 / 13)


def test_an_own_answer_after_the_teams_in_one_lesson_is_no_first_attempt() -> None:
    """The same question stands in the lesson twice."""
    book = lesson(QUESTION, replace(QUESTION, id="q2", item="item-q1")).seat("an", "binh", "chi")
    book.do(JoinTeam("an", "browser-of-an", "binh", "browser-of-binh"), actor=SERVER)
    pass_minutes(book.do(Open("q1")), 2, "an", "chi")
    book.ask(Submit("q1", 1, "A", book.clock(), book.clock() - 1_000, team=1), pupil("an"))
    book.answer("chi", "q1", "A")
    book.do(Shut("q1"), SplitTeam(1))
    pass_minutes(book.do(Open("q2")), 2, "an", "chi")
    for who in ("an", "chi"):
        book.answer(who, "q2", "C")
    found = list(pool.replies("run-1", computed(end(book.do(Shut("q2"))))))
    assert [(one.pupil, one.share) for one in found] == [("chi", 0.0)]


def test_an_erased_answer_was_a_first_meeting(connection: Connection) -> None:
    close(connection, taught(), "run-1")
    stored = reader.snapshot_of(connection, "run-1")
    assert stored is not None
    first = stored.snapshot.pupils["em-01"]
    erased = replace(first, given={"q1": replace(first.given["q1"], share=None)})
    told = replace(stored.snapshot, pupils={**stored.snapshot.pupils, "em-01": erased})
    reader.write_snapshot(connection, "run-1", stored.seq, 1, told)
    close(connection, taught(), "run-2")
    assert quality(connection, "item-q1@1").report.n == 11


def test_a_question_of_the_blackboard_is_its_own_item(connection: Connection) -> None:
    book = lesson().seat(*CLASS)
    at = book.clock()
    book.do(Ask("quick-single"))
    for who in CLASS:
        book.answer(who, blackboard(at=at), "A")
    book.do(Shut(blackboard(at=at)), SetKey(blackboard(at=at), "A"))
    close(connection, end(book), "run-1")
    assert quality(connection, f"run-1/{blackboard(at=at)}").report.p == 1.0


def test_what_was_asked_comes_with_whether_a_flag_says_to_look_at_it(connection: Connection) -> None:
    """The first question has a key that those who know the others do not choose."""
    seats, deck = names(40), [activity("single", f"q{n}") for n in range(1, 7)]
    book = lesson(*deck).seat(*seats)
    for one in deck:
        able, others = (seats[30:], seats[:30]) if one.id == "q1" else (seats[:30], seats[30:])
        ask(book, one.id, right=able, wrong=others)
    close(connection, end(book), "run-1")
    close(connection, taught(activity("single", "q9")), "run-2")
    found = {tuple(one) for one in pool.asked_in(connection, select(literal("run-1")))}
    assert {(item, bool(quality(connection, item).report.flags)) for _, item, _ in found} == {
        (item, is_flagged) for _, item, is_flagged in found
    }
    assert ("run-1", "item-q1@1", True) in found
    assert ("run-1", "item-q2@1", False) in found
    assert len(found) == 6


def test_nobody_can_be_found_in_what_is_kept(connection: Connection) -> None:
    close(connection, taught(), "run-1")
    assert not any(who in msgspec.json.encode(quality(connection, "item-q1@1")).decode() for who in CLASS)


def test_a_lesson_that_was_opened_again_is_analysed_again(connection: Connection) -> None:
    book = lesson(QUESTION, activity("single", "q2")).seat(*CLASS)
    close(connection, end(ask(book, "q1", right=CLASS)), "run-1")
    assert pool.due(connection) == []
    book.do(Resume(), Open("q2"))
    pass_minutes(book, 2, *CLASS).answer(CLASS[0], "q2", "C")
    close(connection, end(book.do(Shut("q2"))), "run-1")
    assert pool.due(connection) == []
    assert connection.scalar(select(func.count()).select_from(item_asked)) == 2
    assert quality(connection, "item-q2@1").report.n == 12


def test_who_was_erased_is_in_no_pool_that_is_made_later(connection: Connection) -> None:
    close(connection, taught(), "run-1")
    stored = reader.snapshot_of(connection, "run-1")
    assert stored is not None
    left = {who: one for who, one in stored.snapshot.pupils.items() if who != "em-01"}
    reader.write_snapshot(connection, "run-1", stored.seq, 1, replace(stored.snapshot, pupils=left))
    close(connection, taught(seats=OTHERS), "run-2")
    assert quality(connection, "item-q1@1").report.n == 23


def test_a_forgotten_lesson_is_in_no_pool_that_is_made_later(connection: Connection) -> None:
    close(connection, taught(), "run-1")
    pool.forget_run(connection, "run-1")
    close(connection, taught(seats=OTHERS), "run-2")
    assert quality(connection, "item-q1@1").lessons == 1


def test_the_lessons_that_wait_the_oldest_first(connection: Connection) -> None:
    snapshot = computed(taught())
    for n, run_id in enumerate(("run-b", "run-c", "run-a")):
        later = msgspec.structs.replace(snapshot, started_at=snapshot.started_at + n)
        pool.note_asked(connection, run_id, later)
    assert pool.due(connection) == ["run-b", "run-c", "run-a"]


def test_the_newest_lessons_are_enough(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MOST_LESSONS", 2)
    for n in range(3):
        close(connection, taught(seats=names(12, f"lop{n}")), f"run-{n}")
    assert quality(connection, "item-q1@1").lessons == 2


# --- work at the pupils' own pace -----------------------------------------------------------------------------------


def practised(*given: tuple[str, str], deck: Sequence[Any] = (QUESTION,), seats: Sequence[str] = CLASS) -> Book:
    """Everybody takes a seat and who is named says this to q1, one after the other."""
    book = Book().do(start(deck, planned_end=NEVER, is_self_paced=True)).seat(*seats)
    for who, value in given:
        book.clock.pass_(MINUTE)
        book.answer(who, "q1", value)
    return book


def rest(connection: Connection, book: Book, run: str) -> None:
    """What the jobs do once a work has come to rest."""
    store(connection, book, run)
    refresh_alone(connection, run, book.clock())
    for one in pool.due(connection):
        pool.refresh(connection, one, book.clock())


def alone(connection: Connection, item: str = "item-q1@1") -> pool.Quality:
    return pool.of_items(connection, [item], Origin.PRACTICE)[item]


def test_work_at_ones_own_pace_is_a_pool_of_its_own(connection: Connection) -> None:
    close(connection, taught(), "run-1")
    before = quality(connection, "item-q1@1")
    rest(connection, practised(("ban-01", "A"), ("ban-01", "C"), ("ban-02", "C"), seats=OTHERS), "work-1")
    found = alone(connection)
    assert (found.report.n, found.report.p, found.lessons) == (2, 0.5, 1), "first tries; who said nothing was not asked"
    assert quality(connection, "item-q1@1") == before
    close(connection, taught(seats=names(12, "moi")), "run-2")
    assert quality(connection, "item-q1@1").report.n == 24
    assert alone(connection) == found


def test_who_met_a_question_in_class_is_not_in_the_pool_of_practice(connection: Connection) -> None:
    close(connection, taught(seats=CLASS[:6]), "run-1")
    book = practised(*((who, "C") for who in CLASS[4:8]))
    book.clock.pass_(24 * 60 * MINUTE)
    rest(connection, book, "work-1")
    assert alone(connection).report.n == 2


def test_who_meets_it_in_class_only_after_the_work_stays_in_it(connection: Connection) -> None:
    book = end(practised(*((who, "C") for who in CLASS)))
    after = Book(book.clock() + MINUTE).do(start((QUESTION,), at=book.clock() + MINUTE)).seat(*CLASS)
    close(connection, end(ask(after, "q1", right=CLASS)), "run-1")
    rest(connection, book, "work-1")
    assert alone(connection).report.n == 12


def test_who_was_asked_in_class_and_said_nothing_has_met_it_too() -> None:
    book = pass_minutes(lesson(QUESTION).seat("a", "b").do(Open("q1")), 3, "a", "b")
    book.answer("a", "q1", "C")
    found = pool.met({"run-1": computed(end(book.do(Shut("q1")).seat("late")))})
    assert set(found) == {("a", "item-q1@1"), ("b", "item-q1@1")}


def test_nobody_was_or_was_not_there(connection: Connection) -> None:
    rest(connection, practised(("em-01", "C")), "work-1")
    stored = reader.snapshot_of(connection, "work-1")
    assert stored is not None
    assert (stored.snapshot.proposals, list(stored.snapshot.minutes), stored.snapshot.is_over) == ({}, [], False)
    assert [q.asked for q in stored.snapshot.questions] == [("em-01",)]
    assert reader.is_counted(connection, "work-1") is False
    assert refresh_alone(connection, "nothing", 1) is None


def test_a_seat_that_nobody_vouched_for_is_in_no_pool(connection: Connection) -> None:
    book = Book().do(start((QUESTION,), planned_end=NEVER, is_self_paced=True)).seat("em-01")
    book.seat("em-02", standing=Standing.PICKED).answer("em-01", "q1", "C")
    book.answer("em-02", "q1", "C")
    rest(connection, book, "work-1")
    assert alone(connection).report.n == 1


def test_a_work_that_goes_on_is_analysed_anew(connection: Connection) -> None:
    book = practised(("em-01", "C"))
    rest(connection, book, "work-1")
    book.answer("em-02", "q1", "A")
    rest(connection, book, "work-1")
    assert (alone(connection).report.n, alone(connection).lessons) == (2, 1)


# --- a lesson as one set --------------------------------------------------------------------------------------------


def test_reliability_from_twenty_pupils_and_eight_questions() -> None:
    deck, seats = [activity("single", f"q{n}") for n in range(8)], names(22)
    book = lesson(*deck).seat(*seats)
    for n, one in enumerate(deck):
        ask(book, one.id, right=seats[: 10 + n], wrong=seats[10 + n :])
    found = pool.reliability_of("run-1", computed(end(book)))
    assert (found.items, found.complete) == (8, 22)
    assert found.alpha is not None
    assert 0.8 < found.alpha < 1
    few = pool.reliability_of("run-1", computed(taught()))
    assert (few.items, few.complete, few.alpha, few.sem) == (1, 12, None, None)
