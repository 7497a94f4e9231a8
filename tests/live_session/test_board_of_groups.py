"""A board whose authors are groups: any member posts, edits and takes back in the group's name."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import groups, posts
from live_session.commands import FormGroups, Moderate, MoveMember, Next, Present, React, Shut, Submit
from live_session.model import Json, Mode, Outcome, Post, Screen, Visibility
from live_session.projection import console, forth, gauge, own, public
from live_session.reducer import fold
from live_session.store import snapshots
from live_session.store.log import Result
from tests.live_session.build import Book, activity, came_to, code, command_of, pupil, started

Q = "q-board"
TEAMS = (("r1", "r2"), ("r3", "h1"))


def pinning(*, teams: groups.Groups = TEAMS, **content: Json) -> Book:
    """The board is open, and the groups are made: one in the room, one that mixes room and home."""
    board = activity("board", authors="groups", columns=(), approve=False, **content)
    book = started([board, activity("single")]).seat("r1", "r2", "r3").seat("h1", mode=Mode.HOME).do(Next())
    return book.do(FormGroups(Q, groups=teams)) if teams else book


def pin(book: Book, who: str, value: Json, id_: str = "one", **more: Any) -> Result:
    value = {"text": value} if isinstance(value, str) else value
    return book.ask(Submit(Q, 1, value, book.clock(), post=id_, **more), pupil(who), f"{who}-{len(book.log)}")


def wall_of(book: Book) -> dict[int, Post]:
    return dict(posts.wall_of(book.state, Q, 1).posts)


def seen(view: object) -> str:
    return msgspec.json.encode(view).decode()


def mine(book: Book, who: str) -> list[Json]:
    part = own(book.state, who, f"browser-of-{who}")
    assert part
    return [p.value["text"] for p in part.posts if p.value]


# --- one author -----------------------------------------------------------------------------------------------------


def test_any_member_edits_and_takes_back_and_another_group_cannot() -> None:
    book = pinning()
    assert came_to(pin(book, "r1", "một")) is Outcome.ACCEPTED
    assert came_to(pin(book, "r2", "một, r2 sửa")) is Outcome.REPLACED
    assert came_to(pin(book, "r3", "của nhóm khác")) is Outcome.ACCEPTED, "the same id in another group is another post"
    first, second = wall_of(book).values()
    assert (first.participant, first.editors, first.group, first.edition) == ("r1", ("r2",), 1, 2)
    assert (second.participant, second.editors, second.group) == ("r3", (), 2)
    assert came_to(pin(book, "r1", "r1 lại")) is Outcome.REPLACED
    assert wall_of(book)[1].editors == ("r2",), "the author is no editor"
    assert came_to(pin(book, "r2", None)) is Outcome.ACCEPTED
    assert wall_of(book)[1].visibility is Visibility.WITHDRAWN
    assert wall_of(book)[2].value == {"text": "của nhóm khác"}


def test_what_may_be_posted_is_the_groups_not_each_ones() -> None:
    book = pinning(most=2)
    assert [code(pin(book, who, who, who)) for who in ("r1", "r2")] == [None, None]
    assert code(pin(book, "r1", "ba", "three")) == "full"
    assert code(pin(book, "h1", "nhóm khác", "three")) is None
    pin(book, "r2", None, "r1")
    assert code(pin(book, "r1", "ba", "three")) is None, "what a classmate took back makes room"


def test_without_a_group_nobody_posts_and_who_comes_late_is_in_one() -> None:
    book = pinning(teams=())
    assert code(pin(book, "r1", "sớm")) == "not_open"
    book.do(FormGroups(Q, groups=TEAMS)).seat("late")
    assert code(pin(book, "late", "muộn")) is None
    assert wall_of(book)[1].group == groups.group_of(book.state, Q, "late") == 1
    assert code(book.ask(FormGroups(Q, 0.4))) == "not_open", "posts stand already"


def test_a_post_stays_with_its_group_when_its_author_moves() -> None:
    book = pinning()
    pin(book, "r1", "một")
    book.do(MoveMember(Q, "r1", 2))
    assert (mine(book, "r1"), mine(book, "r2")) == ([], ["một"])
    pin(book, "r1", "ở nhóm hai")
    assert [p.group for p in wall_of(book).values()] == [1, 2]


def test_nobody_reacts_to_the_own_groups_post() -> None:
    book = pinning()
    pin(book, "r1", "một")
    assert code(book.ask(React(Q, 1, 1, "like"), pupil("r2"))) == "forbidden"
    assert code(book.ask(React(Q, 1, 1, "like"), pupil("h1"))) is None


def test_a_board_presents_no_group() -> None:
    book = pinning()
    pin(book, "r1", "một")
    assert code(book.ask(Present(Q, 1))) == "not_open"
    book.do(Shut(Q))
    steps = []
    while (step := forth(book.state)) and step.action != "next":
        steps.append(step.action)
        book.do(command_of(step))
    assert "present" not in steps


def test_a_member_who_edits_a_post_that_was_read_has_it_read_again() -> None:
    book = pinning()
    board = activity("board", authors="groups", columns=(), approve=True)
    book = started([board]).seat("r1", "r2", "r3").do(Next(), FormGroups(Q, groups=(("r1", "r2"), ("r3",))))
    pin(book, "r1", "một")
    book.do(Moderate(Q, 1, ((1, 1),), Visibility.SHOWN))
    pin(book, "r2", "hai")
    assert wall_of(book)[1].visibility is Visibility.WAITING
    assert (mine(book, "r1"), mine(book, "r3")) == (["hai"], [])


# --- what each screen sees ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("named", "group"), [(True, 2), (False, 0)])
def test_the_class_sees_the_group_where_the_teacher_lets_it_and_never_who_wrote(*, named: bool, group: int) -> None:
    book = pinning(named=named)
    pin(book, "h1", "từ nhà")
    for screen in (Screen.PHONE, Screen.PROJECTOR):
        view = public(book.state, screen)
        assert view.activity
        assert view.activity.wall
        assert [c.group for c in view.activity.wall.cards] == [group]  # type: ignore[union-attr]
        assert '"h1"' not in seen(view)
    other = own(book.state, "r3", "browser-of-r3")
    assert other
    assert [p.value["text"] for p in other.posts] == ["từ nhà"], "the group's, on each member's phone"
    assert '"h1"' not in seen(other)
    assert other.group
    assert (other.group.number, other.group.size, other.group.versions) == (2, 2, 0)
    assert mine(book, "r1") == []


def test_a_group_that_posted_has_answered_for_each_of_its_members() -> None:
    book = pinning()
    pin(book, "h1", "từ nhà")
    told = gauge(book.state, Screen.CONSOLE, ["r1", "h1"])
    assert told.who == ("h1", "r3")
    assert told.answered == {Mode.ROOM: 1, Mode.HOME: 1}
    view = console(book.do(Shut(Q)).state)
    assert view.plan[0].answered == 2
    assert view.grouping
    assert not view.grouping.has_product
    assert view.current
    assert view.current.groups == 2


# --- the log --------------------------------------------------------------------------------------------------------

acts = st.lists(
    st.tuples(
        st.sampled_from(["r1", "r2", "r3", "h1"]),
        st.sampled_from(["one", "two", "three"]),
        st.sampled_from(["a", "b", None]),
        st.sampled_from([None, None, None, 1, 2, 3]),
    ),
    max_size=14,
)


@given(acts=acts)
def test_whatever_is_done_it_replays_alike_and_stays_with_its_group(acts: list[tuple[str, str, Any, Any]]) -> None:
    book = pinning(most=2)
    for who, id_, text, to in acts:
        book.ask(MoveMember(Q, who, to)) if to else pin(book, who, text, id_)
        book.clock.pass_(15_000)
    assert fold(book.log) == book.state
    blank = snapshots.unpack(snapshots.pack(book.state))
    assert blank
    assert snapshots.with_words(blank, book.log) == book.state
    found = wall_of(book)
    for number in range(1, 4):
        standing = [p for p in found.values() if p.group == number and p.visibility is not Visibility.WITHDRAWN]
        assert len(standing) <= 2
    for who in ("r1", "r2", "r3", "h1"):
        part = own(book.state, who, f"browser-of-{who}")
        assert part
        assert {found[p.n].group for p in part.posts} <= {groups.group_of(book.state, Q, who)}
