"""How sure one is: said with the answer by who likes, the teacher's to read, and nobody else's."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import events
from live_session.commands import Next, Shut, Submit
from live_session.confidence import Cells, cells, is_surely_wrong
from live_session.errors import FrameError
from live_session.model import Confidence, Screen, Terms
from live_session.projection import gauge, own, view
from live_session.protocol import SubmitFrame, decode
from live_session.reducer import fold
from tests.live_session.build import Book, activity, pupil, started

Q = "q-single"
shares = st.none() | st.fractions(0, 1)
words = st.none() | st.sampled_from(Confidence)


def asking(terms: Terms = Terms(asks_confidence=True)) -> Book:  # noqa: B008 - frozen
    deck = [msgspec.structs.replace(activity("single"), terms=terms)]
    return started(deck).seat("p1", "p2", "p3").do(Next())


def say(book: Book, who: str, value: str, word: Confidence | None = None, ago: int = 0) -> None:
    assert isinstance(book.ask(Submit(Q, 1, value, book.clock.now - ago, confidence=word), pupil(who)), tuple)


@given(st.lists(st.tuples(shares, words)))
def test_each_answer_with_a_word_stands_in_one_cell(answers: list[tuple[Fraction | None, Confidence | None]]) -> None:
    counted = cells(answers)
    able = [(s, w) for s, w in answers if s is not None and w is not None]
    assert sum(msgspec.structs.astuple(counted)) == len(able)
    assert counted.right_sure + counted.right_unsure == sum(s == 1 for s, _ in able)
    assert counted.wrong_sure == sum(is_surely_wrong(s, w) for s, w in answers)
    assert cells(reversed(answers)) == counted


def test_the_word_goes_with_the_answer_and_changes_with_it() -> None:
    book = asking()
    say(book, "p1", "A")
    assert book.state.responses[Q, 1]["p1"].confidence is None
    book.clock.pass_(1_000)
    say(book, "p1", "A", Confidence.SURE)
    mine = own(book.state, "p1", "browser-of-p1")
    assert mine
    assert mine.response
    assert (mine.response.value, mine.response.confidence) == ("A", Confidence.SURE)
    say(book, "p1", "A", ago=900)
    assert book.state.responses[Q, 1]["p1"].confidence is Confidence.SURE, "an older tap that came later"
    book.clock.pass_(1_000)
    say(book, "p1", "B")
    assert book.state.responses[Q, 1]["p1"].confidence is None, "another answer is another thing to be sure of"
    assert fold(book.log) == book.state


def test_where_it_is_not_asked_the_answer_is_taken_and_the_word_is_not() -> None:
    book = asking(Terms())
    say(book, "p1", "A", Confidence.SURE)
    assert book.state.responses[Q, 1]["p1"].value == "A"
    assert book.state.responses[Q, 1]["p1"].confidence is None
    assert gauge(book.state, Screen.CONSOLE, ["p1"]).cells is None


def test_the_console_counts_and_the_class_sees_nothing_of_it() -> None:
    book = asking()
    for who, value, word in (("p1", "C", Confidence.GUESS), ("p2", "A", Confidence.SURE), ("p3", "C", Confidence.SURE)):
        say(book, who, value, word)
    assert gauge(book.state, Screen.CONSOLE, []).cells == Cells(right_sure=1, right_unsure=1, wrong_sure=1)
    assert gauge(book.state, Screen.PROJECTOR, []).cells is None
    before = {screen: msgspec.json.encode(view(book.do(Shut(Q)).state, screen)) for screen in (Screen.PHONE,)}
    other = asking()
    for who, value in (("p1", "C"), ("p2", "A"), ("p3", "C")):
        say(other, who, value)
    assert msgspec.json.encode(view(other.do(Shut(Q)).state, Screen.PHONE)) == before[Screen.PHONE]
    mine = msgspec.json.encode(own(book.state, "p1", "browser-of-p1"))
    assert b"guess" in mine
    assert b"sure" not in mine, "one's own word, and no other"


def test_a_frame_may_hold_one_of_three_words_and_nothing_else() -> None:
    frame = {"t": "submit", "id": "x", "activity": Q, "round": 1, "value": "A", "composed_at": 1}
    for word in Confidence:
        read = decode(msgspec.json.encode({**frame, "confidence": word}))
        assert isinstance(read, SubmitFrame)
        assert read.confidence is word
    for word in ("SURE", 3, ["sure"], ""):
        with pytest.raises(FrameError) as refused:
            decode(msgspec.json.encode({**frame, "confidence": word}))
        assert refused.value.re == "x"


def test_an_answer_from_before_it_could_be_said_is_read_as_it_was() -> None:
    body = (
        '{"type":"answered","participant":"p1","claim":"c","activity":"q","round":1,'
        '"value":"A","composed_at":5,"outcome":"accepted"}'
    )
    read = events.decode("answered", 1, body)
    assert isinstance(read, events.Answered)
    assert read.confidence is None
    assert events.encode(read)[2] == body, "and costs nothing where nobody said it"
