"""Answers that a teacher reads from paper cards: the pupil's own, by the teacher's act, and never over a phone's."""

from live_session.commands import SERVER, Admit, Move, Open, Release, Shut, Sit, Submit
from live_session.model import CARD, Claim, Mode, Outcome, Proof, Standing
from live_session.store.log import Result
from tests.live_session.build import NOW, Book, activity, came_to, code, pupil, sit, started

Q = "q-single"
TAKE = Sit("p1", CARD, Standing.CONFIRMED, Mode.ROOM, Proof.CARD)


def held_up(book: Book, letter: str) -> Result:
    """The teacher read this letter, now."""
    return book.ask(Submit(Q, 1, letter, book.clock()), pupil("p1", CARD))


def asked() -> Book:
    return started([activity("single", seconds=60)]).do(Open(Q))


def standing(book: Book) -> tuple[str, str]:
    answer = book.state.responses[Q, 1]["p1"]
    return answer.claim, answer.value


def test_a_card_needs_no_open_door_and_proves_the_room() -> None:
    book = asked().do(Admit(False)).do(TAKE, actor=SERVER)
    claim = book.state.participants["p1"].active
    assert claim == Claim(CARD, Standing.CONFIRMED, Mode.ROOM, Proof.CARD, NOW, placed_at=NOW)
    assert came_to(held_up(book, "A")) is Outcome.ACCEPTED
    assert came_to(held_up(book, "B")) is Outcome.REPLACED
    assert standing(book) == (CARD, "B")


def test_without_a_seat_a_card_says_nothing() -> None:
    assert code(held_up(asked(), "A")) == "forbidden"
    book = asked().do(TAKE, actor=SERVER).do(Release("p1"))
    assert code(held_up(book, "A")) == "forbidden"
    assert came_to(held_up(book.do(TAKE, actor=SERVER), "A")) is Outcome.ACCEPTED


def test_a_card_keeps_no_phone_from_its_pupils_seat() -> None:
    book = asked().do(TAKE, actor=SERVER).do(sit("p1"), actor=SERVER)
    active = book.state.participants["p1"].active
    assert active
    assert active.id == "browser-of-p1"
    book.do(TAKE, actor=SERVER)
    assert book.state.participants["p1"].active == active  # the phone stays the pupil's own word
    assert code(book.ask(sit("p1", "another"), SERVER)) == "taken"


def test_a_card_never_stands_over_a_phones_answer() -> None:
    book = asked().seat("p1").do(TAKE, actor=SERVER)
    book.answer("p1", Q, "C")
    assert code(held_up(book, "A")) == "taken"
    assert standing(book) == ("browser-of-p1", "C")
    late = asked().seat("p1").do(TAKE, actor=SERVER).do(Shut(Q))
    late.clock.pass_(10_000)
    assert came_to(late.answer("p1", Q, "C")) is Outcome.LATE
    assert code(held_up(late, "A")) == "taken"


def test_a_phones_answer_stands_over_a_card_whenever_it_was_composed() -> None:
    book = asked().seat("p1").do(TAKE, actor=SERVER)
    book.clock.pass_(20_000)
    held_up(book, "A")
    assert came_to(book.answer("p1", Q, "C", composed_at=NOW + 5_000)) is Outcome.REPLACED
    assert standing(book) == ("browser-of-p1", "C")


def test_going_home_is_the_phones_word() -> None:
    book = (
        asked()
        .seat("p1")
        .do(TAKE, actor=SERVER)
        .do(Move("p1", "browser-of-p1", Mode.HOME, Proof.DECLARED), actor=SERVER)
    )
    assert book.state.participants["p1"].mode is Mode.HOME
