"""Questions answered without one's name: nothing on any screen tells whose answer it is, or grows with each of them."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import naming
from live_session.activities import content_of, type_of, types
from live_session.commands import GiveTime, Next, Reask, Reopen, Reveal, Shut, Undo
from live_session.errors import Code, Refusal
from live_session.events import RunStarted, decode, encode
from live_session.goal import LEAST_TOLD
from live_session.model import Naming, Screen, Shown, Terms
from live_session.projection import console, gauge, own, public
from live_session.reducer import fold
from tests.live_session.build import Book, activity, every_kind, started

POLL, OPEN = "q-poll", "q-open"
FEW, ENOUGH = [f"p{n}" for n in range(LEAST_TOLD - 1)], [f"p{n}" for n in range(LEAST_TOLD)]
UNNAMED = [Naming.PEN, Naming.NONE]


def asking(kind: str, how: Naming, who: list[str], value: Any = "A") -> Book:
    """A question without names, answered by these."""
    deck = [msgspec.structs.replace(activity(kind), terms=Terms(naming=how)), activity("single")]
    book = started(deck, veil="secret").seat(*who).do(Next())
    for one in who:
        book.answer(one, f"q-{kind}", value)
    return book


def is_told(book: Book) -> bool:
    """The teacher's screens have the distribution."""
    counts, view = gauge(book.state, Screen.CONSOLE, book.state.participants), console(book.state)
    assert view.current
    assert view.current.is_open or (counts.tally is None) is (view.current.tally is None)
    return counts.tally is not None


@pytest.mark.parametrize("how", UNNAMED)
def test_the_teacher_sees_the_distribution_no_earlier_than_the_class(how: Naming) -> None:
    book = asking("poll", how, ENOUGH)
    assert not is_told(book)
    assert gauge(book.state, Screen.CONSOLE, ENOUGH).who == tuple(ENOUGH), "who has answered is told"
    assert not is_told(book.do(Shut(POLL)))
    assert is_told(book.do(Reveal(POLL, Shown.DISTRIBUTION)))
    projector = public(book.state, Screen.PROJECTOR)
    assert projector.activity
    assert projector.activity.tally


@pytest.mark.parametrize("how", UNNAMED)
def test_of_too_few_nothing_is_told(how: Naming) -> None:
    book = asking("poll", how, FEW).do(Shut(POLL))
    assert Shown.DISTRIBUTION not in console(book.state).can
    assert book.ask(Reveal(POLL, Shown.DISTRIBUTION)) == Refusal(Code.NOT_OPEN)
    assert not is_told(book)
    assert console(book.state).forth != console(asking("poll", Naming.NAMED, FEW).do(Shut(POLL)).state).forth


def test_a_growing_cloud_tells_nothing_while_it_grows() -> None:
    book = asking("cloud", Naming.NONE, ENOUGH, {"1": "nắng"})
    assert gauge(book.state, Screen.PROJECTOR, ENOUGH).tally is None


@pytest.mark.parametrize(("kind", "value"), [("poll", "A"), ("open", "Em chưa hiểu")])
def test_what_was_looked_at_is_not_opened_again(kind: str, value: str) -> None:
    """Else the next answer would be told by what changed."""
    book = asking(kind, Naming.NONE, ENOUGH, value).do(Shut(f"q-{kind}"))
    if kind == "poll":
        assert console(book.state).can_reopen, "nobody has seen anything yet"
        book.do(Reveal(POLL, Shown.DISTRIBUTION))
    view = console(book.state)
    assert not view.can_reopen
    assert view.taken is None
    assert book.ask(Reopen(f"q-{kind}")) == Refusal(Code.NOT_OPEN)
    assert book.ask(Undo(book.state.seq)) == Refusal(Code.NOT_OPEN)
    again = console(book.do(Reask(f"q-{kind}")).state).current
    assert again
    assert (again.round, again.before) == (2, None)


@pytest.mark.parametrize("percent", [0, 50])
def test_texts_are_read_when_nobody_can_add_one_any_more(percent: int) -> None:
    deck = [msgspec.structs.replace(activity("open", seconds=60), terms=Terms(naming=Naming.NONE))]
    book = started(deck, veil="secret").seat(*ENOUGH)
    if percent:
        book.do(GiveTime("p0", percent))
    book.do(Next())
    for one in ENOUGH:
        book.answer(one, OPEN, "Em chưa hiểu")
    asked, opened = book.state.deck[0], book.state.rounds[OPEN][0].opened_at

    def can_read(at: int) -> bool:
        return naming.is_readable(book.state, asked, book.state.rounds[OPEN][0], len(ENOUGH), at)

    end = opened + 60_000 + 600 * percent + book.state.policy.grace_ms
    assert not can_read(end)
    assert can_read(end + 1)
    assert not naming.is_readable(book.state, asked, book.state.rounds[OPEN][0], len(FEW), end + 1)


def test_a_pen_name_is_ones_own_all_through_the_lesson_and_on_ones_own_phone_alone() -> None:
    book = asking("poll", Naming.PEN, ENOUGH)
    pens = {who: naming.pen_name(book.state, who) for who in ENOUGH}
    for who, pen in pens.items():
        mine = own(book.state, who, f"browser-of-{who}")
        assert mine
        assert mine.pen == pen
    screens = [public(book.state, Screen.PHONE), public(book.state, Screen.PROJECTOR), console(book.state)]
    assert not any(pen in msgspec.json.encode(one).decode() for one in screens for pen in pens.values())
    assert not any("secret" in msgspec.json.encode(one).decode() for one in screens)
    other = own(book.do(Shut(POLL), Next(POLL)).state, "p0", "browser-of-p0")
    assert other
    assert other.pen == "", "where one answers by name one has none"


@given(st.text(max_size=20), st.lists(st.text(min_size=1, max_size=30), unique=True, max_size=5))
def test_a_pen_name_can_be_read_out_and_depends_on_the_secret(veil: str, who: list[str]) -> None:
    state = msgspec.structs.replace(started().state, veil=veil)
    for one in who:
        pen = naming.pen_name(state, one)
        assert len(pen) == 5
        assert set(pen[:2]) <= set(naming.LETTERS)
        assert pen[2:].isdigit()
        assert naming.pen_name(state, one) == pen


def test_the_secret_is_kept_in_the_log_and_comes_back_with_it() -> None:
    book = asking("poll", Naming.PEN, ENOUGH)
    first = book.log[0].event
    assert isinstance(first, RunStarted)
    assert decode(*encode(first)) == first
    assert fold(book.log).veil == "secret"


def test_by_name_everything_is_as_it_was() -> None:
    book = asking("poll", Naming.NAMED, FEW)
    assert is_told(book)
    assert console(book.do(Shut(POLL)).state).can_reopen


def test_kinds_whose_answers_need_their_author_are_answered_by_name() -> None:
    able = {a.kind for a in every_kind() if type_of(a.kind).can_be_unnamed(content_of(a))}
    assert {"poll", "single", "exit", "rating", "cloud", "rubric", "open"} <= able
    assert not {"board", "questions", "group", "photo", "drawing"} & able
    assert set(types()) >= able
    for asked in (activity("open", photo=True), activity("rubric", about="peer")):
        assert not type_of(asked.kind).can_be_unnamed(content_of(asked))
