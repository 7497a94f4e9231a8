"""Facts of a run: whose work it was, when the lesson went on."""

from analytics.facts import Sign
from analytics.spans import Span
from live_session.commands import SERVER, Confirm, End, Move, Note, Open, Resume, Shut
from live_session.errors import Refusal
from live_session.model import Mode, Proof, Standing
from tests.analytics.teaching import MINUTE, ask, facts_of, lesson, pass_minutes, release, retake
from tests.live_session.build import LESSON_MS, NOW, Book, activity, pupil, sit


def answers(book: Book) -> dict[str, tuple[object, bool]]:
    """The attempts, each as (value, whether late), by pupil."""
    return {a.participant: (a.value, a.is_late) for a in facts_of(book).attempts}


def test_a_strangers_answers_count_for_nobody() -> None:
    book = lesson().seat("an").seat("binh", standing=Standing.PICKED).do(Open("q-single"))
    book.answer("an", "q-single", "C")
    book.answer("binh", "q-single", "C")
    facts = facts_of(book)
    assert facts.trusted == {"an"}
    assert facts.unconfirmed == {"binh"}
    assert answers(book) == {"an": ("C", False)}
    assert "binh" not in facts.signs
    assert "binh" not in facts.places


def test_the_teachers_word_makes_the_work_before_it_count() -> None:
    book = lesson().seat("binh", standing=Standing.PICKED).do(Open("q-single"))
    book.answer("binh", "q-single", "C")
    book.do(Confirm(("binh",)))
    facts = facts_of(book)
    assert facts.trusted == {"binh"}
    assert not facts.unconfirmed
    assert answers(book) == {"binh": ("C", False)}
    assert facts.signs["binh"][0].first == NOW


def test_a_launch_in_the_same_browser_claims_the_pick_and_its_work() -> None:
    book = lesson().seat("binh", standing=Standing.PICKED).do(Open("q-single"))
    book.answer("binh", "q-single", "C")
    book.clock.pass_(MINUTE)
    book.seat("binh", standing=Standing.LAUNCHED)
    assert answers(book) == {"binh": ("C", False)}


def test_a_launch_elsewhere_sends_the_stranger_away_with_their_work() -> None:
    book = lesson().seat("binh", standing=Standing.PICKED).do(Open("q-single"))
    book.answer("binh", "q-single", "A")
    pass_minutes(book, 5, "binh")
    retake(book, "binh", "own phone", Standing.LAUNCHED, Mode.HOME)
    assert answers(book) == {}
    facts = facts_of(book)
    assert facts.trusted == {"binh"}
    assert [s.first for s in facts.signs["binh"]] == [book.clock()]
    assert [p.mode for p in facts.places["binh"]] == [Mode.HOME]


def test_an_answer_that_lay_on_the_phone_is_a_sign_of_when_it_was_composed() -> None:
    book = pass_minutes(lesson().seat("an").do(Open("q-single")), 5, "an")
    composed = book.clock() + MINUTE
    pass_minutes(book, 3)
    book.answer("an", "q-single", "C", composed_at=composed)
    facts = facts_of(book)
    assert facts.composed == {"an": [Sign(composed, composed)]}
    assert composed not in {s.first for s in facts.signs["an"]}


def test_an_answer_is_no_sign_of_a_time_before_its_seat_was_taken() -> None:
    book = pass_minutes(lesson().do(Open("q-single")), 5).seat("an")
    book.answer("an", "q-single", "C", composed_at=NOW + MINUTE)
    assert not facts_of(book).composed


def test_a_strangers_later_answer_does_not_stand_where_the_pupils_own_did() -> None:
    book = lesson().seat("an").do(Open("q-single"))
    book.answer("an", "q-single", "C")
    retake(release(book, "an"), "an", "stranger")
    assert not isinstance(book.answer("an", "q-single", "A", claim="stranger"), Refusal)
    assert answers(book) == {"an": ("C", False)}


def test_a_seat_freed_and_picked_again_in_the_same_browser_keeps_the_work_before() -> None:
    """The LMS vouched for the first tenure. The second is a mere pick, and takes nothing from it."""
    book = lesson(activity("single", "q1"), activity("single", "q2")).seat("an").do(Open("q1"))
    book.answer("an", "q1", "C")
    pass_minutes(book, 3, "an")
    retake(release(book, "an"), "an", "browser-of-an").do(Open("q2"))
    book.answer("an", "q2", "C")
    pass_minutes(book, 3, "an")
    facts = facts_of(book)
    assert facts.trusted == {"an"}
    assert [(a.activity, a.value) for a in facts.attempts] == [("q1", "C")]
    assert max(s.last for s in facts.signs["an"]) <= NOW + 3 * MINUTE + 1_000


def test_a_browser_that_was_sent_away_is_not_vouched_for_by_a_later_confirmation() -> None:
    """Somebody on this laptop was not An. When An sits at it and is confirmed, the first one's answers stay out."""
    book = lesson(activity("single", "q1"), activity("single", "q2"))
    book.seat("an", standing=Standing.PICKED).do(Open("q1"))
    book.answer("an", "q1", "A")
    pass_minutes(book, 3, "an")
    retake(release(book, "an"), "an", "browser-of-an").do(Open("q2"))
    again = book.clock()
    book.answer("an", "q2", "C")
    book.do(Confirm())
    facts = facts_of(book)
    assert [(a.activity, a.value) for a in facts.attempts] == [("q2", "C")]
    assert min(s.first for s in facts.signs["an"]) == again


def test_a_pick_that_was_sent_away_leaves_nobody_to_confirm() -> None:
    book = release(lesson().seat("an", standing=Standing.PICKED), "an")
    facts = facts_of(book)
    assert not facts.trusted
    assert not facts.unconfirmed


def test_signs_of_life_count_only_while_a_vouched_browser_held_the_seat() -> None:
    book = lesson().seat("an")
    pass_minutes(book, 4, "an")
    release(book, "an")
    freed = book.clock()
    pass_minutes(book, 4, "an")
    assert max(s.last for s in facts_of(book).signs["an"]) == freed  # that very moment, and no longer
    retake(book, "an", "other phone", Standing.LAUNCHED)
    back = book.clock()
    pass_minutes(book, 1, "an")
    later = [s for s in facts_of(book).signs["an"] if s.first > freed]
    assert {s.first for s in later} == {back}


def test_a_late_answer_is_kept_as_late_and_gives_way_to_one_in_time() -> None:
    book = lesson().seat("an", "binh").do(Open("q-single"))
    closed = book.clock.pass_(MINUTE)
    book.do(Shut("q-single"))
    book.clock.pass_(MINUTE)
    book.answer("an", "q-single", "C")
    book.answer("binh", "q-single", "A")
    assert answers(book) == {"an": ("C", True), "binh": ("A", True)}
    book.answer("an", "q-single", "B", composed_at=closed - 1_000)  # lay in the phone's outbox
    assert answers(book) == {"an": ("B", False), "binh": ("A", True)}


def test_places_follow_what_was_said_and_proved() -> None:
    book = lesson().seat("an")
    book.clock.pass_(5 * MINUTE)
    book.do(Move("an", "browser-of-an", Mode.HOME, Proof.DECLARED), actor=SERVER)
    places = facts_of(book).places["an"]
    assert [(p.at - NOW, p.mode, p.proof) for p in places] == [
        (0, Mode.ROOM, Proof.CODE),
        (5 * MINUTE, Mode.HOME, Proof.DECLARED),
    ]


def test_a_lesson_goes_on_from_start_to_end_and_from_each_opening_again() -> None:
    book = lesson()
    book.clock.pass_(40 * MINUTE)
    book.do(End())
    book.clock.pass_(180 * MINUTE)
    book.do(Resume())
    book.clock.pass_(5 * MINUTE)
    facts = facts_of(book)
    assert facts.live == (
        Span(NOW, NOW + 40 * MINUTE),
        Span(NOW + 220 * MINUTE, NOW + 225 * MINUTE),
    )
    assert not facts.is_over
    assert facts.planned_end == NOW + LESSON_MS


def test_a_lesson_that_nobody_ended_was_over_when_its_time_was() -> None:
    book = lesson()
    book.clock.pass_(5 * 60 * MINUTE)
    book.do(Note({}), actor=SERVER)  # the clock's word comes before it
    facts = facts_of(book)
    assert facts.is_over
    assert facts.ended_at == NOW + LESSON_MS + 10 * MINUTE + 1
    assert facts.live == (Span(NOW, facts.ended_at),)


def test_each_round_is_an_asking_with_its_time() -> None:
    book = ask(lesson().seat("an"), "q-single", right=["an"], minutes=3)
    assert [(a.round, a.closed_at - a.opened_at) for a in facts_of(book).askings] == [(1, 3 * MINUTE)]


def test_a_question_left_open_is_closed_by_now() -> None:
    book = lesson().seat("an").do(Open("q-single"))
    book.clock.pass_(MINUTE)
    assert [a.closed_at for a in facts_of(book).askings] == [book.clock()]


def test_an_answer_by_nobodys_seat_never_reaches_the_log() -> None:
    book = lesson().seat("an").do(Open("q-single"))
    refused = book.answer("chi", "q-single", "C")
    assert isinstance(refused, Refusal)
    assert pupil("chi").who not in facts_of(book).joined_at
    assert isinstance(book.ask(sit("an", "stranger"), SERVER), Refusal)
