"""Question by question and pupil by pupil: who was asked, what was right, what counts."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from analytics.export.deeds import Did, lesson_of
from analytics.facts import gather
from analytics.results import PupilResult, QuestionResult, score_of
from live_session.commands import SERVER, Ask, Confirm, Discuss, Note, Open, Reask, Reopen, SetKey, Shut, Submit
from live_session.confidence import Cells
from live_session.model import Confidence, Naming, Standing, Terms
from live_session.movement import Movement
from live_session.naming import unsigned as unsigned_of
from tests.analytics.teaching import MINUTE, ask, computed, end, lesson, names, pass_minutes, silence
from tests.live_session.build import SAMPLES, Book, activity, every_kind
from tests.live_session.build import pupil as actor


def question(book: Book, id: str = "q-single", round: int = 1) -> QuestionResult:
    return next(q for q in computed(book).questions if (q.activity, q.round) == (id, round))


def pupil(book: Book, who: str) -> PupilResult:
    return computed(book).pupils[who]


# --- a question -----------------------------------------------------------------------------------------------------


def test_a_question_in_numbers() -> None:
    book = lesson().seat("an", "binh", "chi", "dung").do(Open("q-single"))
    pass_minutes(book, 2, "an", "binh", "chi", "dung")
    for who, letter in (("an", "C"), ("binh", "C"), ("chi", "B")):
        book.answer(who, "q-single", letter)
    found = question(book.do(Shut("q-single")))
    assert (found.answered, found.scored, found.right, found.mean) == (3, 3, 2, 2 / 3)
    assert found.asked == ("an", "binh", "chi", "dung")
    assert found.silent == ("dung",)
    assert {bar.option: bar.count for bar in found.tally} == {"A": 0, "B": 1, "C": 2, "D": 0}
    assert found.key is not None
    assert found.key.options == ("C",)
    assert (found.item, found.late) == ("item-q-single", 0)


def test_only_the_last_answer_in_time_counts() -> None:
    book = lesson().seat("an").do(Open("q-single"))
    for letter in ("A", "C", "B"):
        book.clock.pass_(1_000)
        book.answer("an", "q-single", letter)
    found = question(book)
    assert (found.answered, found.right) == (1, 0)
    assert pupil(book, "an").given["q-single"].value == "B"


def test_who_was_wrong_and_sure_is_told_and_scores_as_anybody() -> None:
    deck = [replace(activity("single"), terms=Terms(asks_confidence=True))]
    book = lesson(*deck).seat("an", "binh", "chi").do(Open("q-single"))
    said = {"an": ("B", Confidence.SURE), "binh": ("B", Confidence.GUESS), "chi": ("C", Confidence.SURE)}
    for who, (letter, word) in said.items():
        book.ask(Submit("q-single", 1, letter, book.clock.now, confidence=word), actor(who))
    found = question(book.do(Shut("q-single")))
    assert found.cells == Cells(right_sure=1, wrong_sure=1, wrong_unsure=1)
    assert found.surely_wrong == ("an",)
    assert {who: pupil(book, who).score for who in said} == {"an": "0.0", "binh": "0.0", "chi": "10.0"}
    assert pupil(book, "an").given["q-single"].confidence is Confidence.SURE


def test_the_fair_clock_tells_the_middle_of_the_times_it_took() -> None:
    book = lesson(replace(activity("single"), terms=Terms(has_fair_clock=True))).seat("an", "binh", "chi")
    shown = book.do(Open("q-single")).clock()
    book.clock.pass_(MINUTE)
    for who, took in (("an", 3_000), ("binh", 8_000), ("chi", 40_000)):
        book.answer(who, "q-single", "C", composed_at=shown + took, shown_at=shown)
    assert question(end(book.do(Shut("q-single")))).took == 8_000


def test_a_late_answer_is_shown_and_counts_for_nothing() -> None:
    book = ask(lesson().seat("an", "binh"), "q-single", right=["an"])
    pass_minutes(book, 1)
    book.answer("binh", "q-single", "C")
    found = question(book)
    assert (found.answered, found.right, found.late) == (1, 1, 1)
    assert sum(bar.count for bar in found.tally) == 1
    given = pupil(book, "binh").given["q-single"]
    assert (given.value, given.share, given.is_late) == ("C", None, True)


def test_who_was_there_and_answered_late_stays_silent_and_earns_nothing() -> None:
    book = lesson().seat("an").do(Open("q-single"))
    pass_minutes(book, 2, "an").do(Shut("q-single"))
    book.clock.pass_(MINUTE)
    book.answer("an", "q-single", "C")
    assert question(book).silent == ("an",)
    assert pupil(book, "an").score == "0.0"


def test_who_sat_before_a_phone_without_a_line_was_there_and_not_asked() -> None:
    book = pass_minutes(lesson().seat("an", "binh"), 1, "an", "binh").do(Open("q-single"))
    at = book.clock()
    pass_minutes(book, 3, "binh").do(Note({}, {"an": (at, book.clock())}), actor=SERVER).do(Shut("q-single"))
    book = end(pass_minutes(book, 5, "an", "binh"))
    assert question(book).asked == ("binh",)
    assert computed(book).proposals["an"].room_ms == 9 * MINUTE


@pytest.mark.parametrize(("seconds", "is_asked"), [(60, True), (59, False)])
def test_who_was_there_for_half_of_the_time_was_asked(seconds: int, is_asked: bool) -> None:
    book = lesson().seat("binh").do(Open("q-single"))
    pass_minutes(book, 1, "binh")
    book.clock.pass_((60 - seconds) * 1_000)
    book.seat("an")
    pass_minutes(book, 1, "an", "binh")
    book.clock.pass_(-(60 - seconds) * 1_000)  # 120 s in all
    assert question(book.do(Shut("q-single"))).asked == (("an", "binh") if is_asked else ("binh",))


def test_who_came_too_late_to_be_asked_loses_nothing() -> None:
    book = lesson(activity("single", "q1"), activity("single", "q2")).seat("binh")
    ask(book, "q1", right=["binh"]).seat("an")
    ask(book, "q2", right=["an", "binh"])
    late = pupil(book, "an")
    assert not late.given["q1"].was_asked
    assert (late.earned, late.possible, late.score) == (1, 1, "10.0")


def test_who_answered_in_time_was_asked_however_short_their_stay() -> None:
    book = lesson().seat("binh").do(Open("q-single"))
    pass_minutes(book, 10, "binh")
    book.seat("an")
    book.answer("an", "q-single", "C")
    assert "an" in question(book.do(Shut("q-single"))).asked


def test_a_strangers_answer_is_in_no_question() -> None:
    book = lesson().seat("an").seat("binh", standing=Standing.PICKED)
    ask(book, "q-single", right=["binh"], wrong=["an"])
    found = question(book)
    assert (found.answered, found.right, found.asked) == (1, 0, ("an",))
    assert set(computed(book).pupils) == {"an"}
    book.do(Confirm())
    assert (question(book).answered, question(book).right) == (2, 1)


def test_a_strangers_answer_in_a_seat_that_was_taken_back_is_in_no_question() -> None:
    book = lesson().seat("binh", standing=Standing.PICKED)
    ask(book, "q-single", wrong=["binh"])
    book.clock.pass_(1_000)
    book.seat("chi").do(Confirm(("binh",)))
    assert question(book).answered == 1  # confirmed: it was Bình
    other = lesson().seat("binh", standing=Standing.PICKED)
    ask(other, "q-single", wrong=["binh"])
    other.clock.pass_(1_000)
    other.seat("binh", standing=Standing.LAUNCHED)
    assert question(other).answered == 1  # the LMS knows this browser as his


def test_asking_again_shows_movement_and_scores_nothing() -> None:
    book = ask(lesson().seat("an", "binh"), "q-single", right=["an"], wrong=["binh"]).do(Reask("q-single"))
    for who in ("an", "binh"):
        book.answer(who, "q-single", "C", round=2)
    assert (question(book).right, question(book, round=2).right) == (1, 2)
    assert pupil(book, "an").score == "10.0"
    assert pupil(book, "binh").score == "0.0"


def test_a_talk_between_two_rounds_is_told_as_movement_without_names() -> None:
    book = lesson().seat("an", "binh", "chi").do(Open("q-single"))
    for who, letter in (("an", "A"), ("binh", "C"), ("chi", "A")):
        book.answer(who, "q-single", letter)
    book.do(Shut("q-single"), Discuss("q-single", 1, 0.5), Reask("q-single", 1))
    for who, letter in (("an", "C"), ("binh", "C")):
        book.answer(who, "q-single", letter, round=2)
    assert question(book).moved is None
    assert question(book, round=2).moved == Movement(2, changed=1, to_right=1, stayed_right=1)
    assert pupil(book, "an").score == "0.0", "the score is of what one knew alone"


def test_who_only_answered_when_asked_again_was_not_scored() -> None:
    book = ask(lesson().seat("an"), "q-single", right=["an"]).seat("binh").do(Reask("q-single"))
    book.answer("binh", "q-single", "C", round=2)
    assert pupil(book, "binh").score is None


def test_an_answer_given_after_reopening_is_of_the_same_round() -> None:
    book = ask(lesson().seat("an", "binh"), "q-single", right=["an"]).do(Reopen("q-single"))
    book.answer("binh", "q-single", "C")
    found = question(book.do(Shut("q-single")))
    assert (found.round, found.answered, found.late) == (1, 2, 0)


def test_questions_stand_in_the_order_of_the_deck_with_ad_hoc_ones_where_they_were_asked() -> None:
    book = lesson(activity("single", "q1"), activity("single", "q2")).seat("an")
    book.do(Open("q2"), Open("q1"), Ask("quick-single"))
    assert [q.activity for q in computed(book).questions] == ["q1", book.state.current, "q2"]


def test_an_ad_hoc_question_counts_once_it_has_a_key() -> None:
    book = lesson().seat("an").do(Ask("quick-single"))
    asked = book.state.current
    assert asked
    book.answer("an", asked, "B")
    assert (question(book, asked).scored, pupil(book, "an").score) == (0, None)
    book.do(Shut(asked), SetKey(asked, "B"))
    assert (question(book, asked).right, pupil(book, "an").score) == (1, "10.0")


def test_a_question_of_a_moment_asks_nobody_but_those_who_answered() -> None:
    book = lesson().seat("an").do(Open("q-single"), Shut("q-single"))
    assert question(book).asked == ()
    assert question(book).mean is None


# --- shares and scores ----------------------------------------------------------------------------------------------


def test_every_kind_at_its_best_is_ten_out_of_ten() -> None:
    book = lesson(*every_kind()).seat("an")
    for kind, sample in SAMPLES.items():
        book.do(Open(f"q-{kind}"))
        book.answer("an", f"q-{kind}", sample.right if sample.right is not None else sample.values[0])
    found = pupil(end(book), "an")
    keyed = sum(sample.right is not None for sample in SAMPLES.values())
    assert (found.score, found.earned, found.possible) == ("10.0", keyed, keyed)
    assert {kind for kind, sample in SAMPLES.items() if found.given[f"q-{kind}"].share is None} == {
        kind for kind, sample in SAMPLES.items() if sample.right is None
    }


@pytest.mark.parametrize(
    ("kind", "value", "share"),
    [
        ("multiple", ["A"], 0.5),
        ("multiple", ["A", "B"], 0),
        ("cluster", {"a": "false"}, 0.1),
        ("cluster", {"a": "false", "b": "true"}, 0.25),
        ("cluster", {"a": "false", "b": "true", "c": "false"}, 0.5),
        ("cluster", {"a": "false", "b": "true", "c": "false", "d": "true"}, 1),
    ],
)
def test_partial_credit_reaches_the_score_but_is_not_right(kind: str, value: object, share: float) -> None:
    book = lesson(activity(kind, "q")).seat("an").do(Open("q"))
    book.answer("an", "q", value)
    found, result = question(book, "q"), pupil(book, "an")
    assert result.given["q"].share == share
    assert (found.right, found.mean) == (int(share == 1), share)
    assert result.score == score_of(Fraction(str(share)), Fraction(1))


def test_points_weigh_and_a_warm_up_of_no_points_counts_neither_way() -> None:
    deck = (
        replace(activity("single", "warm"), points=0.0),
        replace(activity("single", "small"), points=0.1),
        replace(activity("single", "big"), points=0.2),
    )
    book = lesson(*deck).seat("an")
    ask(ask(ask(book, "warm", wrong=["an"]), "small", wrong=["an"]), "big", right=["an"])
    found = pupil(book, "an")
    assert found.score == "6.7"
    assert (found.earned, found.possible) == (0.2, pytest.approx(0.3))


def test_nothing_asked_is_no_score() -> None:
    book = pass_minutes(lesson().seat("an"), 10, "an")
    assert pupil(book, "an") == PupilResult("an", {}, 0, 0, None)


@pytest.mark.parametrize(
    ("earned", "possible", "score"),
    [(0, 1, "0.0"), (1, 1, "10.0"), (1, 3, "3.3"), (2, 3, "6.7"), (33, 40, "8.3"), (13, 16, "8.1"), (1, 8, "1.3")],
)
def test_a_score_is_out_of_ten_half_up(earned: int, possible: int, score: str) -> None:
    """33/40 is 8.25 and 1/8 is 1.25: both go up (Circular 22/2021, Điều 5.3b)."""
    assert score_of(Fraction(earned), Fraction(possible)) == score


@given(st.integers(0, 400), st.integers(1, 400))
def test_a_score_is_within_half_a_tenth_of_the_exact_one(earned: int, possible: int) -> None:
    earned = min(earned, possible)
    found = Fraction(str(score_of(Fraction(earned), Fraction(possible))))
    assert 0 <= found <= 10
    assert -Fraction(1, 20) < found - Fraction(10 * earned, possible) <= Fraction(1, 20)


# --- erased words ---------------------------------------------------------------------------------------------------


def erased(book: Book, who: str) -> Book:
    """The same log as it is read after this pupil's words were erased from the content table."""
    for n, entry in enumerate(book.log):
        event = entry.event
        if type(event).__name__ == "Answered" and event.participant == who:  # type: ignore[union-attr]
            book.log[n] = replace(entry, event=replace(event, value=None))
    return book


def test_erased_words_leave_the_counts_whole() -> None:
    book = lesson(activity("open", "q"), activity("single", "s")).seat("an", "binh").do(Open("q"))
    for who in ("an", "binh"):
        book.answer(who, "q", "Em nghi la dung")
    book = erased(book, "an")
    found = question(book, "q")
    assert (found.answered, found.scored, found.right, found.mean) == (2, 0, 0, None)
    assert pupil(book, "an").given["q"].value is None
    assert pupil(book, "binh").given["q"].value == "Em nghi la dung"


@pytest.mark.parametrize("kind", SAMPLES)
def test_an_erased_answer_of_any_kind_is_computed_and_counts_neither_way(kind: str) -> None:
    """A new kind may keep its answers as private words, whatever its key."""
    book = lesson(activity(kind, "q"), activity("single", "s")).seat("an")
    book.do(Open("q"))
    book.answer("an", "q", SAMPLES[kind].values[0])
    book = erased(ask(book, "s"), "an")
    found = computed(end(book))
    assert (found.questions[0].answered, found.questions[0].scored) == (1, 0)
    assert found.pupils["an"].possible == 0
    assert found.pupils["an"].score is None


# --- whole lessons --------------------------------------------------------------------------------------------------


def test_an_outage_while_a_question_is_open_asks_nobody_who_could_not_answer() -> None:
    book = pass_minutes(lesson().seat("an"), 1, "an").do(Open("q-single"))
    silence(book, 5).do(Shut("q-single"))
    assert question(end(book)).asked == ()


CHOICES = st.dictionaries(st.sampled_from(names(6)), st.sampled_from("ABCD"))


@given(CHOICES, CHOICES)
def test_counts_add_up_whoever_answers_what(first: dict[str, str], second: dict[str, str]) -> None:
    everybody = names(6)
    book = lesson(activity("single", "q1"), activity("multiple", "q2")).seat(*everybody)
    for name, said in (("q1", first), ("q2", second)):
        book.do(Open(name))
        pass_minutes(book, 1, *everybody)
        for who, letter in said.items():
            book.answer(who, name, letter if name == "q1" else [letter])
        book.do(Shut(name))
    found = computed(end(book))
    for one, said in zip(found.questions, (first, second), strict=True):
        assert one.answered == one.scored == len(said)
        assert set(one.silent) == set(everybody) - set(said)
        assert sum(bar.count for bar in one.tally) == len(said)
        assert one.right <= one.scored
    for result in found.pupils.values():
        assert 0 <= result.earned <= result.possible == 2


def test_a_full_class_through_a_full_lesson() -> None:
    """45 pupils, 15 questions, 45 minutes: everything adds up, whichever way it is counted."""
    everybody, deck = names(45), [activity("single", f"q{n:02}") for n in range(15)]
    book = lesson(*deck).seat(*everybody)
    for n, one in enumerate(deck):
        ask(book, one.id, right=everybody[: 30 + n], wrong=everybody[30 + n :], minutes=3)
    found = computed(end(book))
    assert [q.right for q in found.questions] == [30 + n for n in range(15)]
    assert all(q.asked == everybody and not q.silent for q in found.questions)
    assert sum(p.earned for p in found.pupils.values()) == sum(q.right for q in found.questions)
    assert [found.pupils[who].score for who in (everybody[0], everybody[30], everybody[44])] == ["10.0", "9.3", "0.0"]
    assert {(m.room, m.home, m.is_unknown) for m in found.minutes} == {(45, 0, False)}
    assert {p.share for p in found.proposals.values()} == {1.0}


# --- without one's name ---------------------------------------------------------------------------------------------

FIVE = ("an", "binh", "chi", "dung", "giang")
NAMES = {who: who for who in FIVE}


def unnamed(kind: str, value: object, who: tuple[str, ...], how: Naming = Naming.NONE) -> Book:
    asked = replace(activity(kind), terms=Terms(naming=how, asks_confidence=True))
    book = lesson(asked, activity("single")).seat(*FIVE).do(Open(asked.id))
    pass_minutes(book, 2, *FIVE)
    for one in who:
        book.answer(one, asked.id, value)
    return pass_minutes(book.do(Shut(asked.id)), 2, *FIVE)


def test_without_names_the_class_is_counted_and_nobodys_answer_is_kept() -> None:
    book = unnamed("multiple", ["A"], FIVE)
    found = question(book, "q-multiple")
    assert (found.answered, found.scored, found.silent, found.cells) == (5, 5, (), None)
    assert sum(bar.count for bar in found.tally) == 5
    for who in FIVE:
        mine = pupil(book, who)
        given = mine.given["q-multiple"]
        assert (given.value, given.share, given.is_unsigned) == (None, None, True)
        assert mine.took_part == (1, 1), "having answered is told"
        assert (mine.possible, mine.score) == (0, None), "and counts for nothing"


def test_of_fewer_than_five_without_names_nothing_is_told() -> None:
    found = question(unnamed("multiple", ["A"], FIVE[:4]), "q-multiple")
    assert (found.answered, found.scored, found.right, found.mean, found.tally) == (4, 0, 0, None, ())
    assert found.silent == ("giang",)


@pytest.mark.parametrize("how", [Naming.PEN, Naming.NONE])
def test_texts_stand_in_an_order_that_tells_nothing(how: Naming) -> None:
    book = unnamed("open", "Em chưa hiểu", FIVE, how)
    found = question(book, "q-open")
    assert [one.value for one in found.unsigned] == ["Em chưa hiểu"] * 5
    pens = [one.pen for one in found.unsigned]
    assert pens == sorted(pens)
    assert len(set(pens)) == (5 if how is Naming.PEN else 1)
    assert all(pupil(book, who).given["q-open"].value is None for who in FIVE)


@pytest.mark.parametrize(("kind", "value"), [("open", "Em chưa hiểu"), ("multiple", ["A"])])
def test_the_report_tells_the_answers_without_names_that_the_teacher_was_told_live(kind: str, value: object) -> None:
    """Also of names that nobody confirmed; and confirming one adds nothing, or what is new would be that pupil's."""
    asked = replace(activity(kind), terms=Terms(naming=Naming.NONE))
    book = lesson(asked).seat(*FIVE[:4]).seat(FIVE[4], standing=Standing.PICKED).do(Open(asked.id))
    for who in FIVE:
        book.answer(who, asked.id, value)
    book.do(Shut(asked.id))
    live = unsigned_of(book.state, asked, book.state.responses[asked.id, 1])
    before = question(book, asked.id)
    assert (before.answered, before.scored, len(gather(book.log, 0).unsigned[asked.id, 1])) == (
        4,
        5 * (kind == "multiple"),
        5,
    )
    assert before.unsigned == (live if kind == "open" else ())
    after = question(book.do(Confirm()), asked.id)
    assert after.answered == 5
    assert (after.unsigned, after.tally, after.right) == (before.unsigned, before.tally, before.right)


@pytest.mark.parametrize("how", [Naming.PEN, Naming.NONE])
def test_posts_without_names_are_told_and_never_who_has_posted(how: Naming) -> None:
    book = unnamed("board", {"text": "Em nghĩ thế này", "column": "A"}, FIVE[:2], how)
    found = question(book, "q-board")
    assert [(one.value["n"], one.value["text"]) for one in found.unsigned] == [(n, "Em nghĩ thế này") for n in (1, 2)]
    assert [bool(one.pen) for one in found.unsigned] == [how is Naming.PEN] * 2
    assert (found.answered, found.asked, found.silent, found.late) == (0, (), (), 0)
    facts = gather(book.log, 0)
    assert not [one for one in facts.attempts if one.activity == "q-board"]
    wrote, silent = pupil(book, FIVE[0]), pupil(book, FIVE[4])
    assert replace(wrote, participant="") == replace(silent, participant="")
    assert Did.POSTED not in {deed.did for deed in lesson_of("r", "t", facts, book.log, NAMES, None).deeds}


def test_a_rubric_without_names_stands_with_no_pupil() -> None:
    assert not gather(unnamed("rubric", {"a": "1"}, FIVE).log, 0).rubrics
    assert gather(unnamed("rubric", {"a": "1"}, FIVE, Naming.NAMED).log, 0).rubrics.keys() == set(FIVE)
