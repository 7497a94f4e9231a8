"""Which answers of a lesson teach the model."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from analytics.facts import RunFacts
from analytics.mastery.evidence import counted
from analytics.mastery.model import Answer, begin
from live_session.commands import SERVER, Open, Reask, Shut
from live_session.model import Standing
from tests.analytics.mastery.learning import absorb
from tests.analytics.teaching import ask, facts_of, lesson
from tests.live_session.build import Book, activity, sit

WHO = {"an": "person-1", "binh": "person-2"}


def answers(run_id: str, facts: RunFacts, pupil_of: Mapping[str, str]) -> list[Answer]:
    return [one.answer for one in counted(run_id, facts, pupil_of)]


def taught() -> Book:
    return ask(
        lesson(replace(activity("single"), objective="o1", item="q7", version=3)).seat("an").seat("binh"),
        "q-single",
        right=["an"],
        wrong=["binh"],
    )


def test_first_answers_in_their_order_under_the_item_version() -> None:
    found = answers("run", facts_of(taught()), WHO)
    assert found == [Answer("person-1", "q7@3", ("o1",), 1.0), Answer("person-2", "q7@3", ("o1",), 0.0)]


def test_a_question_made_up_in_the_lesson_is_its_own_item() -> None:
    book = ask(lesson(replace(activity("single"), item=None)).seat("an"), "q-single", right=["an"])
    assert answers("run", facts_of(book), WHO) == [Answer("person-1", "run/q-single", (), 1.0)]


def test_a_second_round_teaches_nothing() -> None:
    book = taught().do(Reask("q-single"))
    book.answer("binh", "q-single", "C", round=2)
    assert [a.share for a in answers("run", facts_of(book), WHO)] == [1.0, 0.0]


def test_late_answers_strangers_and_pupils_without_a_name_stay_out() -> None:
    book = lesson().seat("an").seat("binh").seat("chi", standing=Standing.PICKED).do(Open("q-single"))
    book.answer("chi", "q-single", "C")
    book.do(Shut("q-single"))
    book.clock.pass_(60_000)
    book.answer("an", "q-single", "C")
    facts = facts_of(book)
    assert any(a.participant == "an" and a.is_late for a in facts.attempts)
    assert answers("run", facts, WHO) == []
    assert answers("run", facts_of(taught()), {"an": "person-1"}) == [Answer("person-1", "q7@3", ("o1",), 1.0)]


@pytest.mark.parametrize(
    ("after_ms", "value", "phone", "counted_for"),
    [
        (2_000, "C", "one", ["person-1"]),
        (0, "C", "one", ["person-1"]),
        (2_001, "C", "one", ["person-1", "person-2"]),
        (1_000, "B", "one", ["person-1", "person-2"]),
        (1_000, "C", "another", ["person-1", "person-2"]),
    ],
)
def test_what_was_copied_at_a_shared_phone_teaches_nothing(
    after_ms: int, value: str, phone: str, counted_for: list[str]
) -> None:
    book = lesson()
    for who, held in (("an", "one"), ("binh", phone)):
        book.do(replace(sit(who, standing=Standing.LAUNCHED), phone=held), actor=SERVER)
    book.do(Open("q-single"))
    said = book.clock.pass_(30_000)
    book.clock.pass_(60_000)  # both waited for a network
    book.answer("an", "q-single", "C", composed_at=said)
    book.answer("binh", "q-single", value, composed_at=said + after_ms)
    assert [a.pupil for a in answers("run", facts_of(book), WHO)] == counted_for


def test_a_run_makes_a_new_model_and_leaves_the_old_one() -> None:
    before = begin()
    after = absorb(before, answers("run", facts_of(taught()), WHO))
    assert (before.answers, after.answers) == (0, 2)
    assert after.pupils["person-1"].theta > 0 > after.pupils["person-2"].theta
    assert after.items["q7@3"].n == after.objectives["o1"].n == 2
    assert after.skills["person-1", "o1"].n == pytest.approx(1)
