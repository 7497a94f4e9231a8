"""Speed gives more of a lesson's own points, and of nothing else: with it and without it a lesson comes to the same."""

import json
from collections.abc import Mapping

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from analytics import marks
from analytics.export import caliper, xapi
from analytics.export.deeds import Course, lesson_of
from analytics.marks import Task
from analytics.mastery import evidence
from analytics.presence import Thresholds
from live_session.commands import GiveTime, Open, Reveal, Shut
from live_session.model import Shown, Terms
from live_session.projection import own
from tests.analytics.teaching import computed, end, facts_of, lesson, pass_minutes
from tests.live_session.build import NOW, Book, activity

FAIR = Terms(has_fair_clock=True)
WHO = ("an", "binh", "chi", "dung", "giang")
QUESTIONS = tuple(f"q{n}" for n in range(6))
COURSE = Course("https://giotay.example.edu.vn", "c-1", "Toán", {})

answers = st.lists(
    st.tuples(st.sampled_from(WHO), st.sampled_from(QUESTIONS), st.sampled_from("ABCD"), st.integers(0, 110_000)),
    max_size=40,
)


def taught(said: list[tuple[str, str, str, int]], *, counts_speed: bool) -> Book:
    terms = replace(FAIR, counts_speed=counts_speed)
    deck = [replace(activity("single", one, seconds=120), terms=terms, objective="Viet") for one in QUESTIONS]
    book = lesson(*deck).seat(*WHO).do(GiveTime("an", 50))
    for one in QUESTIONS:
        book.do(Open(one))
        shown = book.clock()
        pass_minutes(book, 1, *WHO)
        for who, question, letter, took in said:
            if question == one:
                book.answer(who, one, letter, shown_at=shown + 500, composed_at=shown + took)
        book.do(Shut(one), Reveal(one, Shown.KEY))
    return book


def bonuses(book: Book) -> Mapping[str, float]:
    own_parts = {who: own(book.state, who, f"browser-of-{who}") for who in WHO}
    return {who: one.points.bonus for who, one in own_parts.items() if one and one.points}


def proposals(book: Book) -> object:
    """As the marks of an assessment that these questions are tagged for."""
    snapshot = computed(book)
    worth = {q.activity: q.points for q in snapshot.questions}
    tasks = {
        who: [Task("run-1", q, one.share or 0.0, worth[q], True) for q, one in result.given.items()]
        for who, result in snapshot.pupils.items()
    }
    return marks.propose(tasks)


def goes_out(book: Book) -> object:
    sent = lesson_of("run-1", "Tiết", facts_of(book), book.log, {who: f"p-{who}" for who in WHO}, Thresholds())
    return json.dumps([caliper.envelope(COURSE, sent, NOW), list(xapi.statements(COURSE, sent))], sort_keys=True)


@given(answers)
def test_a_lesson_comes_to_the_same_with_and_without_it(said: list[tuple[str, str, str, int]]) -> None:
    without, with_it = (taught(said, counts_speed=on) for on in (False, True))
    assert not any(bonuses(without).values())
    assert bonuses(with_it).keys() == set(WHO)
    for book in (without, with_it):
        end(book)
    assert msgspec.json.encode(computed(with_it)) == msgspec.json.encode(computed(without))
    assert proposals(with_it) == proposals(without)
    pupil_of = {who: who for who in WHO}
    of = [evidence.counted("run-1", facts_of(book), pupil_of) for book in (with_it, without)]
    assert of[0] == of[1]
    assert goes_out(with_it) == goes_out(without)


def test_and_yet_it_gave_something() -> None:
    book = taught([("an", "q0", "C", 1_000), ("binh", "q0", "C", 61_000), ("chi", "q0", "A", 1_000)], counts_speed=True)
    gave = bonuses(book)
    assert gave["an"] > gave["binh"] > gave["chi"] == 0
