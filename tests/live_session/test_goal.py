"""A goal that a class has together."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.commands import SERVER, Next, Reask, Release, Reveal, SetGoal, Shut
from live_session.goal import LEAST_TOLD, STEPS, Progress, of_class, of_pupil
from live_session.model import Screen, Shown, Standing
from live_session.projection import console, own, public
from live_session.reducer import fold
from tests.live_session.build import Book, activity, code, pupil, sit, started

Q = "q-single"
CLASS = [f"p{n}" for n in range(8)]


def asked(letters: str, percent: int | None = 80) -> Book:
    """C is right; each letter is a pupil's answer."""
    book = started([activity("single"), activity("poll")]).seat(*CLASS)
    if percent:
        book.do(SetGoal(percent))
    book.do(Next())
    for who, letter in zip(CLASS, letters, strict=False):
        book.answer(who, Q, letter)
    return book.do(Shut(Q))


@given(letters=st.text("ABCD", max_size=8), percent=st.sampled_from(STEPS))
def test_it_counts_right_answers_once_the_key_is_shown_and_never_so_few_that_they_are_somebodys(
    letters: str, percent: int
) -> None:
    book = asked(letters, percent)
    assert of_class(book.state) == Progress(percent)
    book.do(Reveal(Q, Shown.DISTRIBUTION))
    assert of_class(book.state) == Progress(percent)
    book.do(Reveal(Q, Shown.KEY))
    is_told = len(letters) >= LEAST_TOLD
    assert of_class(book.state) == (
        Progress(percent, letters.count("C"), len(letters)) if is_told else Progress(percent)
    )
    told = [of_pupil(book.state, book.state.participants[who], f"browser-of-{who}") or (0, 0) for who in CLASS]
    assert (sum(right for right, _ in told), sum(of for _, of in told)) == (letters.count("C"), len(letters))
    assert fold(book.log) == book.state


def test_what_a_talk_brought_counts() -> None:
    book = asked("AAACC").do(Reask(Q, 1))
    for who in CLASS[:5]:
        book.answer(who, Q, "C", round=2)
    assert of_class(book.do(Shut(Q), Reveal(Q, Shown.KEY)).state) == Progress(80, 5, 5)


def test_without_a_goal_nothing_is_told() -> None:
    book = asked("CCCCC", None).do(Reveal(Q, Shown.KEY))
    assert public(book.state, Screen.PHONE).goal is None
    mine = own(book.state, "p0", "browser-of-p0")
    assert mine
    assert mine.progress is None


def test_everybody_sees_the_class_and_only_oneself() -> None:
    book = asked("CCCCA").do(Reveal(Q, Shown.KEY))
    for screen in (Screen.PHONE, Screen.PROJECTOR):
        assert public(book.state, screen).goal == Progress(80, 4, 5)
    assert console(book.state).goal == Progress(80, 4, 5)
    for who, progress in (("p0", (1, 1)), ("p4", (0, 1)), ("p7", (0, 0))):
        mine = own(book.state, who, f"browser-of-{who}")
        assert mine
        assert mine.progress == progress
        assert not any(f'"{other}"'.encode() in msgspec.json.encode(mine) for other in CLASS)


def test_another_browser_under_the_same_name_is_told_nothing_of_it() -> None:
    book = started([activity("single")]).seat("p0", standing=Standing.PICKED).do(SetGoal(80), Next())
    book.answer("p0", Q, "C")
    book.do(Shut(Q), Reveal(Q, Shown.KEY), Release("p0")).do(sit("p0", "another-browser"), actor=SERVER)
    theirs = own(book.state, "p0", "another-browser")
    assert theirs
    assert theirs.progress == (0, 0)


@pytest.mark.parametrize("percent", [0, 55, 100, -1])
def test_another_figure_is_refused(percent: int) -> None:
    book = asked("C")
    assert code(book.ask(SetGoal(percent))) == "invalid_value"
    assert book.state.goal == 80


def test_a_teacher_sets_it_once_and_takes_it_back() -> None:
    book = asked("C")
    assert code(book.ask(SetGoal(80))) == "not_open"
    assert code(book.ask(SetGoal(90), pupil("p0"))) == "forbidden"
    assert book.do(SetGoal(None)).state.goal is None
