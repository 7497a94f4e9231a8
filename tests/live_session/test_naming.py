"""Questions answered without one's name: nothing on any screen tells whose answer it is, or grows with each of them."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import naming, peers, posts
from live_session.activities import content_of, post_terms_of, type_of, types
from live_session.commands import SERVER, GiveTime, Moderate, Next, Reask, Reopen, Reveal, Shut, Submit, Undo
from live_session.errors import Code, Refusal
from live_session.events import RunStarted, decode, encode
from live_session.goal import LEAST_TOLD
from live_session.model import Mode, Naming, Screen, Shown, Terms, Visibility
from live_session.projection import console, gauge, own, public
from live_session.reducer import fold
from live_session.wall import Page
from tests.live_session.build import Book, activity, every_kind, pupil, sit, started

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
    assert set(types()) - able == {"group"}
    for asked in (activity("board", authors="groups"), activity("rubric", about="peer")):
        assert not type_of(asked.kind).can_be_unnamed(content_of(asked))


# --- pictures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drawing", "photo"])
def test_a_picture_is_called_by_a_handle_that_tells_neither_whose_it_is_nor_when(kind: str) -> None:
    uploads = {who: f"upload-of-{who}" for who in ENOUGH}
    book = asking(kind, Naming.NONE, [], "")
    for who, upload in uploads.items():
        book.do(sit(who), actor=SERVER).answer(who, f"q-{kind}", {"text": "", "photo": upload})
    asked, given_ = book.state.deck[0], book.state.responses[f"q-{kind}", 1]
    told = naming.unsigned(book.state, asked, given_)
    handles = [one.value["photo"] for one in told]
    assert handles == sorted(set(handles))
    assert not any(upload in repr(told) or who in repr(told) for who, upload in uploads.items())
    found = {naming.upload_by(book.state, given_, one) for one in handles}
    assert found == set(uploads.items())
    assert naming.upload_by(book.state, given_, uploads["p0"]) is None
    assert all(set(one.value) == {"text", "photo"} for one in told)


def test_what_nobody_signed_is_given_to_no_classmate() -> None:
    """The teacher is told who assesses whom."""
    for how, gives in ((Naming.NAMED, True), (Naming.NONE, False)):
        source = msgspec.structs.replace(activity("photo"), terms=Terms(naming=how))
        book = started([source, activity("rubric", about="peer")], veil="secret").seat(*ENOUGH).do(Next())
        for who in ENOUGH:
            book.answer(who, "q-photo", "Bài của em")
        book.do(Shut("q-photo"), Next("q-photo"))
        assert bool(peers.given_to(book.state, "q-rubric", 1, "p0")) is gives


# --- posts ----------------------------------------------------------------------------------------------------------

BOARDS = {"board": {"text": "Em nghĩ thế này", "column": "A"}, "questions": {"text": "Vì sao ạ?"}}
CLASS = [*ENOUGH, "p-home"]


def pinned(kind: str, how: Naming, said: Sequence[str], **content: Any) -> Book:
    """Posts by these, one after another, all of them shown; who is at home may be among them."""
    asked = msgspec.structs.replace(activity(kind, approve=False, named=True, **content), terms=Terms(naming=how))
    book = started([asked, activity("single")], veil="secret").seat(*ENOUGH).seat("p-home", mode=Mode.HOME)
    book.do(GiveTime("p1", 50), Next())
    for number, who in enumerate(said, 1):
        book.clock.pass_(1_000)
        command = Submit(asked.id, 1, BOARDS[kind], book.clock(), None, f"post-{number}-{'x' * 8}")
        assert not isinstance(book.ask(command, pupil(who)), Refusal)
    return book


def seen_by_others(book: Book) -> list[bytes]:
    """All that a teacher, the projector and a pupil who posted nothing are told."""
    views = [console(book.state), public(book.state, Screen.PROJECTOR), public(book.state, Screen.PHONE)]
    counts = [gauge(book.state, screen, CLASS) for screen in (Screen.CONSOLE, Screen.PROJECTOR)]
    asked, wall = book.state.deck[0], posts.wall_of(book.state, book.state.deck[0].id, 1)
    told = naming.unsigned_posts(book.state, asked, wall)
    return [msgspec.json.encode(one) for one in (*views, *counts, told)]


@pytest.mark.parametrize("kind", BOARDS)
@given(order=st.permutations(CLASS), said=st.lists(st.integers(0, 3), min_size=1, max_size=5), data=st.data())
def test_nobodys_screen_changes_with_who_has_posted(kind: str, order: list[str], said: list[int], data: Any) -> None:
    """The same posts by other pupils are the same to all but their authors: at home, or with more time, too."""
    one, other = (pinned(kind, Naming.NONE, [names[n] for n in said]) for names in (CLASS, order))
    assert seen_by_others(one) == seen_by_others(other)
    shown = data.draw(st.sets(st.sampled_from(range(1, len(said) + 1)), min_size=1))
    for book in (one, other):
        book.do(Moderate(f"q-{kind}", 1, tuple((n, 1) for n in shown), Visibility.SHOWN))
        book.do(Shut(f"q-{kind}"))
    assert seen_by_others(one) == seen_by_others(other)


def called_by_place(screens: Sequence[bytes], book: Book, names: Sequence[str]) -> list[bytes]:
    """The same screens, each pen name told by its place among these pupils."""
    for n, who in enumerate(names):
        pen = naming.pen_name(book.state, who).encode()
        screens = [one.replace(pen, b"pen-%d" % n) for one in screens]
    return list(screens)


@pytest.mark.parametrize("kind", BOARDS)
@given(order=st.permutations(CLASS), said=st.lists(st.integers(0, 3), min_size=1, max_size=5), data=st.data())
def test_a_screen_tells_of_who_has_posted_by_pen_name_that_name_alone(
    kind: str, order: list[str], said: list[int], data: Any
) -> None:
    """The same posts by other pupils are the same to all others, but for the pen names beside them."""
    one, other = (pinned(kind, Naming.PEN, [names[n] for n in said]) for names in (CLASS, order))

    def are_the_same() -> bool:
        first, second = (called_by_place(seen_by_others(b), b, names) for b, names in ((one, CLASS), (other, order)))
        return first == second and any(b"pen-" in screen for screen in first)

    assert are_the_same()
    shown = data.draw(st.sets(st.sampled_from(range(1, len(said) + 1)), min_size=1))
    for book in (one, other):
        book.do(Moderate(f"q-{kind}", 1, tuple((n, 1) for n in shown), Visibility.SHOWN))
        book.do(Shut(f"q-{kind}"))
    assert are_the_same()


@given(order=st.permutations(ENOUGH), said=st.permutations(["một", "hai", "ba", "bốn", "năm"]))
def test_answers_by_pen_name_are_told_by_it_alone(order: list[str], said: list[str]) -> None:
    """The order of a list neither follows the class's list, nor who was first."""

    def told(names: Sequence[str]) -> tuple[list[bytes], set[tuple[int, Any]]]:
        book = asking("open", Naming.PEN, [])
        book.seat(*ENOUGH)
        for who, text in zip(names, said, strict=True):
            book.answer(who, OPEN, text)
        book.do(Shut(OPEN))
        unsigned = naming.unsigned(book.state, book.state.deck[0], book.state.responses[OPEN, 1])
        assert [one.pen for one in unsigned] == sorted(one.pen for one in unsigned)
        by_pen = {naming.pen_name(book.state, who): n for n, who in enumerate(names)}
        screens = [console(book.state), public(book.state, Screen.PROJECTOR), public(book.state, Screen.PHONE)]
        counts = [gauge(book.state, screen, ENOUGH) for screen in (Screen.CONSOLE, Screen.PROJECTOR)]
        encoded = [msgspec.json.encode(one, order="deterministic") for one in (*screens, *counts)]
        return encoded, {(by_pen[one.pen], one.value) for one in unsigned}

    assert told(ENOUGH) == told(order)


@pytest.mark.parametrize("kind", BOARDS)
@pytest.mark.parametrize("how", UNNAMED)
def test_without_names_the_teacher_reads_a_post_before_the_class(kind: str, how: Naming) -> None:
    """Whatever the activity says: nobody could be asked about a hurtful one."""
    book = pinned(kind, how, ["p0", "p-home"])
    (one, two) = posts.wall_of(book.state, f"q-{kind}", 1).posts.values()
    assert {one.visibility, two.visibility} == {Visibility.WAITING}
    book.do(
        Moderate(f"q-{kind}", 1, ((1, 1),), Visibility.SHOWN), Moderate(f"q-{kind}", 1, ((2, 1),), Visibility.HIDDEN)
    )
    view = public(book.state, Screen.PHONE).activity
    assert view
    assert isinstance(view.wall, Page)
    assert [card.n for card in view.wall.cards] == [1]
    book.do(Moderate(f"q-{kind}", 1, ((1, 1),), Visibility.REMOVED))
    mine = own(book.state, "p0", "browser-of-p0")
    assert mine
    assert [post.n for post in mine.posts] == [1], "it is still theirs"
    assert bool(mine.pen) is (how is Naming.PEN)
    terms = post_terms_of(book.state.deck[0])
    assert terms
    assert terms.names is (how is Naming.PEN)


def test_a_post_without_a_name_is_read_where_it_could_be_anybodys() -> None:
    asked = msgspec.structs.replace(activity("board"), terms=Terms(naming=Naming.PEN))
    book = started([asked], veil="secret").seat(*FEW).do(Next())
    book.answer("p0", "q-board", BOARDS["board"])
    wall = posts.wall_of(book.state, "q-board", 1)
    assert not naming.unsigned_posts(book.state, asked, wall)
    book.seat("p-home", mode=Mode.HOME)
    (told,) = naming.unsigned_posts(book.state, asked, wall)
    assert told.pen == naming.pen_name(book.state, "p0")


def test_a_board_without_names_may_be_opened_again() -> None:
    """Nobody is told whose the next post is."""
    book = pinned("board", Naming.NONE, ["p0"]).do(Shut("q-board"))
    assert console(book.state).can_reopen
    assert not isinstance(book.ask(Reopen("q-board")), Refusal)
