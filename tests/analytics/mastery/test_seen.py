"""Who has seen a key without an answer that counts, and that nothing they say later teaches the model."""

from collections.abc import Collection, Iterable, Mapping
from random import Random

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from analytics import tables
from analytics.mastery import consumer, ledger, store
from analytics.mastery.evidence import counted
from analytics.mastery.seen import Seen, seen
from analytics.mastery.store import Scope
from analytics.presence import Thresholds
from live_session.commands import SERVER, Conceal, Confirm, Look, Note, Open, Reopen, Reveal, Shut
from live_session.model import Activity, Proof, Shown, Standing
from live_session.reducer import NEVER
from tests.analytics.mastery.test_consumer import CLASS, DAY, SCOPE, read, values
from tests.analytics.teaching import MINUTE, ask, end, facts_of, lesson, pass_minutes, retake
from tests.live_session.build import NOW, Book, activity, pupil, sit, start

AN, BINH, CHI = CLASS[:3]


def question(n: int = 1, version: int = 1) -> Activity:
    asked = replace(activity("single", f"q{n}"), item=f"item{n}", version=version, objective="Giải phương trình")
    return replace(asked, explanation="<p>Vì sao</p>")


def reveal(book: Book, id: str = "q1", what: Shown = Shown.KEY) -> Book:
    return book.do(Reveal(id, what))


def who_saw(book: Book, pupils: Collection[str] = CLASS) -> list[tuple[str, str]]:
    """(pupil, activity) of everybody who saw a key without an answer that counts."""
    return [(one.pupil, one.activity) for one in found_in(book, pupils)]


def found_in(book: Book, pupils: Collection[str] = CLASS) -> Iterable[Seen]:
    facts = facts_of(book)
    return seen("run", facts, pupils, counted("run", facts, {who: who for who in pupils}), Thresholds())


# --- who was there ---------------------------------------------------------------------------------------------------


def asked(*silent: str, right: Collection[str] = (AN,)) -> Book:
    """A question that one has answered and others have not, while all were heard."""
    book = lesson(question(), question(2)).seat(AN, *silent).do(Open("q1"))
    pass_minutes(book, 2, AN, *silent)
    for who in right:
        book.answer(who, "q1", "C")
    return book.do(Shut("q1"))


def test_who_was_silent_or_late_when_the_key_was_shown_has_seen_it() -> None:
    book = asked(BINH, CHI)
    pass_minutes(book, 1, AN, BINH, CHI)
    book.answer(CHI, "q1", "C")
    assert who_saw(end(reveal(book))) == [(BINH, "q1"), (CHI, "q1")]


def test_nobody_has_seen_what_was_not_shown() -> None:
    assert who_saw(end(asked(BINH).do(Reveal("q1", Shown.DISTRIBUTION)))) == []


def test_an_explanation_tells_as_much() -> None:
    assert who_saw(end(reveal(asked(BINH), what=Shown.EXPLANATION))) == [(BINH, "q1")]


def test_who_had_gone_or_was_not_connected_has_not_seen_it() -> None:
    book = pass_minutes(asked(BINH, CHI), 3, AN, CHI)
    assert who_saw(end(reveal(book))) == [(CHI, "q1")]


def test_who_comes_while_it_is_up_sees_it_and_later_nobody_does() -> None:
    book = pass_minutes(reveal(asked()), 2, AN)
    retake(book, BINH, "phone-b", Standing.LAUNCHED)
    at = book.clock()
    book.do(Conceal("q1", Shown.KEY))
    retake(pass_minutes(book, 2, AN), CHI, "phone-c", Standing.LAUNCHED)
    assert [(one.pupil, one.at) for one in found_in(end(book))] == [(BINH, at)]


def test_a_key_is_up_until_the_next_question_and_again_when_the_teacher_goes_back() -> None:
    book = pass_minutes(reveal(asked()).do(Open("q2")), 2, AN)
    retake(book, BINH, "phone-b", Standing.LAUNCHED)
    pass_minutes(book, 2, AN, BINH)
    assert who_saw(end(book)) == []
    book = pass_minutes(reveal(asked()).do(Open("q2")), 2, AN)
    retake(book, BINH, "phone-b", Standing.LAUNCHED)
    pass_minutes(book.do(Open("q1")), 2, AN, BINH)
    assert who_saw(end(book)) == [(BINH, "q1")]


def test_a_phone_that_says_it_was_looked_at_without_a_line_was_shown_nothing() -> None:
    book = asked(BINH, CHI)
    pass_minutes(book, 3, AN)
    reveal(book)
    began = book.clock() - 3 * MINUTE
    pass_minutes(book, 2, AN)
    book.do(Conceal("q1", Shown.KEY))
    pass_minutes(book, 1, AN)
    awake = {BINH: (began, book.clock())}
    book.do(Note({}, awake), actor=SERVER)
    assert who_saw(end(book)) == []


def test_who_has_a_paper_card_is_there_from_the_first_sign_on() -> None:
    book = asked()
    book.do(replace(sit(BINH, "card", Standing.LAUNCHED), proof=Proof.CARD), actor=SERVER)
    pass_minutes(book, 10, AN)
    assert who_saw(end(reveal(book))) == [(BINH, "q1")]


def test_only_pupils_of_the_course_whom_somebody_vouched_for_and_no_question_made_up_in_the_lesson() -> None:
    book = asked(BINH, CHI)
    assert who_saw(end(reveal(book)), [AN, CHI]) == [(CHI, "q1")]
    book = lesson(replace(question(), item=None)).seat(AN).do(Open("q1"))
    pass_minutes(book, 2, AN)
    assert who_saw(end(reveal(book.do(Shut("q1"))))) == []
    book = lesson(question()).seat(AN, standing=Standing.PICKED).do(Open("q1"))
    pass_minutes(book, 2, AN)
    assert who_saw(end(reveal(book.do(Shut("q1"))))) == []
    assert who_saw(book.do(Confirm((AN,)))) == [(AN, "q1")]


def alone() -> Book:
    return Book().do(start((question(), question(2)), planned_end=NEVER, is_self_paced=True)).seat(AN, BINH)


def test_alone_who_was_told_has_answered_first() -> None:
    book = alone()
    book.answer(AN, "q1", "A")
    book.do(Look("q1"), actor=pupil(AN))
    book.answer(BINH, "q1", "C")
    assert {(one.participant, one.activity) for one in facts_of(book).keys_told} == {(AN, "q1"), (BINH, "q1")}
    assert who_saw(book) == []


def test_alone_a_copied_answer_does_not_count_and_its_key_was_told() -> None:
    book = Book().do(start((question(),), planned_end=NEVER, is_self_paced=True))
    for who in (AN, BINH):
        book.do(replace(sit(who, standing=Standing.LAUNCHED), phone="one"), actor=SERVER)
    said = book.clock.pass_(30_000)
    book.answer(AN, "q1", "C", composed_at=said)
    book.answer(BINH, "q1", "C", composed_at=said + 1_000)
    assert who_saw(book) == [(BINH, "q1")]


# --- what it means for the model -------------------------------------------------------------------------------------


def again_and_shown(connection: Connection, who: str) -> Mapping[str, tuple[bool, bool]]:
    """By run: whether the pupil's answer was one more, and whether the key was why."""
    found = ledger.evidence(connection, SCOPE, who)
    return {one.run_id: (one.is_again, one.key_seen_at is not None) for one in found}


def shown_then_asked(connection: Connection) -> None:
    """A key that one answered before, one was silent at, and one was not there for; then all answer right."""
    read(connection, end(reveal(asked(BINH))), "shown", day=20)
    book = lesson(question(), at=NOW + DAY).seat(AN, BINH, CHI)
    read(connection, end(ask(book, "q1", right=[AN, BINH, CHI])), "asked", day=21)


def test_who_saw_the_key_teaches_nothing_later_and_who_did_not_does(connection: Connection) -> None:
    shown_then_asked(connection)
    assert again_and_shown(connection, AN) == {"shown": (False, False), "asked": (True, False)}
    assert again_and_shown(connection, BINH) == {"asked": (True, True)}
    assert again_and_shown(connection, CHI) == {"asked": (False, False)}
    assert store.estimates(connection, SCOPE, [BINH]) == {}
    assert store.answers_of(connection, SCOPE) == 2
    before = values(connection)
    consumer.rebuild(connection, SCOPE)
    assert values(connection) == before


def test_a_lessons_keys_are_known_by_activity(connection: Connection) -> None:
    shown_then_asked(connection)
    assert ledger.keys_shown(connection, ["shown", "asked"]) == {"shown": {"q1": {BINH}}, "asked": {}}


def test_a_key_that_was_seen_earlier_and_is_read_later_takes_the_answer_out(connection: Connection) -> None:
    book = lesson(question(), at=NOW + DAY).seat(AN, BINH)
    read(connection, end(ask(book, "q1", right=[AN, BINH])), "asked", day=21)
    assert store.answers_of(connection, SCOPE) == 2
    read(connection, end(reveal(asked(BINH, right=()))), "shown", day=20)
    assert store.answers_of(connection, SCOPE) == 0
    assert again_and_shown(connection, BINH) == {"asked": (True, True)}
    ledger.forget_run(connection, "shown")
    consumer.rebuild(connection, SCOPE)
    assert again_and_shown(connection, BINH) == {"asked": (False, False)}
    assert store.answers_of(connection, SCOPE) == 2


def test_an_edited_question_has_another_key(connection: Connection) -> None:
    read(connection, end(reveal(asked(BINH))), "shown")
    book = lesson(question(version=2), at=NOW + DAY).seat(BINH)
    read(connection, end(ask(book, "q1", right=[BINH])), "asked", day=21)
    assert again_and_shown(connection, BINH) == {"asked": (False, False)}


def test_of_an_explanation_that_was_given_before_a_question_was_opened_again_later_answers_say_nothing(
    connection: Connection,
) -> None:
    book = reveal(asked(BINH), what=Shown.EXPLANATION).do(Reopen("q1"))
    book.clock.pass_(MINUTE)
    book.answer(BINH, "q1", "C")
    read(connection, end(book.do(Shut("q1"))), "run")
    assert again_and_shown(connection, AN) == {"run": (False, False)}
    assert again_and_shown(connection, BINH) == {"run": (True, True)}


def test_a_seat_that_is_confirmed_later_makes_the_model_anew(connection: Connection) -> None:
    book = lesson(question()).seat(AN).seat(BINH, standing=Standing.PICKED).do(Open("q1"))
    pass_minutes(book, 2, AN, BINH)
    book.answer(AN, "q1", "C")
    end(reveal(book.do(Shut("q1"))))
    read(connection, book, "shown")
    later = lesson(question(), at=NOW + DAY).seat(BINH)
    read(connection, end(ask(later, "q1", right=[BINH])), "asked", day=21)
    assert store.answers_of(connection, SCOPE) == 2
    read(connection, book.do(Confirm((BINH,))), "shown")
    assert store.stale(connection) == [SCOPE]
    consumer.rebuild(connection, SCOPE)
    assert store.answers_of(connection, SCOPE) == 1


def test_a_last_sign_that_comes_after_the_lesson_was_read_changes_a_model_only_where_it_must(
    connection: Connection,
) -> None:
    book = end(reveal(pass_minutes(asked(BINH), 1, AN)))
    read(connection, book, "shown")
    book.do(Note({BINH: (book.clock() - MINUTE, book.clock())}), actor=SERVER)
    read(connection, book, "shown")
    assert ledger.run_seen(connection, 1) == [Seen(book.clock(), BINH, "q1", "item1@1")]
    assert store.stale(connection) == []


def test_a_release_reads_old_lessons_for_it_and_makes_the_model_anew_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "seen", lambda *_: ())
    monkeypatch.setattr(ledger, "VERSION", ledger.VERSION - 1)
    shown_then_asked(connection)
    assert store.answers_of(connection, SCOPE) == 3
    monkeypatch.undo()
    shown_then_asked(connection)
    assert store.stale(connection) == [SCOPE]
    consumer.rebuild(connection, SCOPE)
    assert store.answers_of(connection, SCOPE) == 2


def test_who_is_erased_stays_so_and_nobody_elses_values_change(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown_then_asked(connection)
    before = values(connection)
    copy = ledger.everything_of(connection, BINH)["mastery_seen"]
    assert [(row["run_id"], row["item"]) for row in copy] == [("shown", "item1@1")]
    assert ledger.forget_pupil(connection, BINH, "nobody") == 1 + 1
    monkeypatch.setattr(ledger, "VERSION", ledger.VERSION + 1)
    left = [who for who in CLASS if who != BINH]
    book = end(reveal(asked(BINH)))
    read(connection, book, "shown", pupils=left)
    consumer.rebuild(connection, SCOPE)
    assert values(connection) == before, "the answer of whom nobody knows any more is still none"
    assert connection.scalars(select(tables.mastery_seen.c.pupil)).all() == ["nobody"]


# --- any term --------------------------------------------------------------------------------------------------------

ITEMS = range(1, 7)


class Class:
    """What pupils did in a term, and who then had met what: told without anything of the product."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._met = set[tuple[str, int]]()
        self.first = dict[tuple[str, str, int], bool]()

    def taught(self, number: int, run: str) -> Book:
        """A lesson of three questions; of each pupil chance says when they go, and what they do."""
        items = self._dice.sample(ITEMS, 3)
        stays = {who: self._dice.choice((0, 1, 2, 3, 3, 3)) for who in CLASS}
        book = lesson(*(question(n) for n in items), at=NOW + number * DAY).seat(*(w for w, s in stays.items() if s))
        for place, n in enumerate(items):
            here = [who for who, stay in stays.items() if stay > place]
            does = {who: self._dice.choice(("right", "wrong", "silent", "late")) for who in here}
            pass_minutes(book.do(Open(f"q{n}")), 3, *here)
            for who in (who for who in here if does[who] in ("right", "wrong")):
                book.answer(who, f"q{n}", "C" if does[who] == "right" else "A")
                self.first[run, who, n] = (who, n) not in self._met
                self._met.add((who, n))
            book.do(Shut(f"q{n}"))
            if self._dice.random() < 0.6:
                book.do(Reveal(f"q{n}", Shown.KEY))
                self._met.update((who, n) for who in here)
            pass_minutes(book, 2, *here)
            for who in (who for who in here if does[who] == "late"):
                book.answer(who, f"q{n}", "C")
        return end(book)


@pytest.mark.parametrize("seed", range(8))
def test_whoever_saw_a_key_never_teaches_and_whoever_did_not_does_in_whatever_order_lessons_are_read(
    connection: Connection, seed: int
) -> None:
    dice, scope = Random(seed), Scope(1, "Toán")
    whole = Class(dice)
    books = [(f"run-{n}", n, whole.taught(n, f"run-{n}")) for n in range(9)]
    order = books if seed % 2 else dice.sample(books, len(books))
    for run, n, book in order:
        read(connection, book, run, day=1 + n)
    said = {
        (one.run_id, who, int(one.item.partition("@")[0].removeprefix("item"))): not one.is_again
        for who in CLASS
        for one in ledger.evidence(connection, scope, who)
    }
    assert said == whole.first
    assert 0 < sum(whole.first.values()) < len(whole.first)
    assert store.answers_of(connection, scope) == sum(whole.first.values())
    before = values(connection)
    consumer.rebuild(connection, scope)
    assert values(connection) == before
