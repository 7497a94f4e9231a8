"""Group work: who is in which group, one product a group, and each member's own answer."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import groups, posts
from live_session.commands import End, FormGroups, Moderate, MoveMember, Next, Open, Present, Reask, Shut, Submit
from live_session.model import Json, Mode, Outcome, Screen, Terms, Visibility
from live_session.projection import Step, back, console, forth, own, public
from live_session.projection.question import given as answered
from live_session.reducer import fold
from live_session.store import snapshots
from live_session.store.log import Result
from tests.live_session.build import Book, activity, came_to, code, command_of, pupil, started

Q = "q-group"
ROOM, HOME = ("r1", "r2", "r3", "r4", "r5"), ("h1", "h2", "h3")


def working(room: tuple[str, ...] = ROOM, home: tuple[str, ...] = HOME, **changes: Any) -> Book:
    """Groups are made by lot, and the class works."""
    deck = (activity("group"), activity("rubric", about="group"), activity("single"))
    book = started(deck).seat(*room).seat(*home, mode=Mode.HOME).do(Next())
    return book.do(FormGroups(Q, 0.5, **changes)) if room or home else book


def made(book: Book) -> groups.Groups:
    return groups.groups_of(book.state, Q)


def hand_in(book: Book, who: str, text: str, on: int = 0, composed_at: int | None = None, **more: Json) -> Result:
    composed = book.clock() if composed_at is None else composed_at
    id_ = f"{who}-{len(book.log)}"
    return book.ask(Submit(Q, 1, {"text": text, **more}, composed, post=id_, on=on), pupil(who), id_)


def test_only_ones_own_answer_is_counted_where_answers_are() -> None:
    """A group improves its product as often as it likes."""
    asked = msgspec.structs.replace(activity("group"), terms=Terms(attempts=1))
    book = started((asked,)).seat("p1", "p2").do(Next())
    book.do(FormGroups(Q, 0.5))
    hand_in(book, "p1", "mot")
    assert came_to(book.answer("p1", Q, "A")) is Outcome.ACCEPTED
    for n, text in enumerate(("hai", "ba"), 1):
        assert came_to(hand_in(book, "p1", text, on=n))
    assert code(book.answer("p1", Q, "B")) == "no_attempts"
    assert came_to(book.answer("p2", Q, "B")) is Outcome.ACCEPTED
    assert text_of(book, 1) == "ba"


def text_of(book: Book, number: int) -> str | None:
    stands = groups.product(posts.wall_of(book.state, Q, 1), number)
    return stands.value["text"] if stands else None


# --- who with whom --------------------------------------------------------------------------------------------------

NAMES = [f"p{n}" for n in range(24)]


@given(
    room=st.lists(st.sampled_from(NAMES[:16]), unique=True).map(tuple),
    home=st.lists(st.sampled_from(NAMES[16:]), unique=True).map(tuple),
    size=st.integers(*groups.SIZES),
    draw=st.floats(0, 1, exclude_max=True),
    mixes=st.booleans(),
)
def test_lots_put_everybody_into_one_group(
    room: tuple[str, ...], home: tuple[str, ...], size: int, draw: float, mixes: bool
) -> None:
    book = started([activity("group")]).seat(*room).seat(*home, mode=Mode.HOME)
    parts = groups.drawn(book.state, size, draw, mixes=mixes)
    dealt = [who for members in parts for who in members]
    assert sorted(dealt) == sorted(room + home), "nobody twice, nobody left out"
    assert all(len(members) <= size + 1 for members in parts)
    if not mixes:
        assert all(set(members) <= set(room) or set(members) <= set(home) for members in parts)
        return
    assert all(len(members) > 1 for members in parts) or len(dealt) < 2
    for side in (room, home, room + home):
        counts = [sum(who in side for who in members) for members in parts]
        assert not counts or max(counts) - min(counts) <= 1, "as equal as can be, and so is the home row"


moves = st.lists(st.tuples(st.sampled_from([*NAMES[:8], "paper"]), st.integers(-1, 6)), max_size=12)


@given(moves=moves, late=st.lists(st.sampled_from(NAMES[8:]), unique=True, max_size=6))
def test_whoever_has_a_seat_is_always_in_one_group(moves: list[tuple[str, int]], late: list[str]) -> None:
    book = working(tuple(NAMES[:6]), tuple(NAMES[6:8]))
    for who, to in moves:
        book.ask(MoveMember(Q, who, to))
    book.seat(*late)
    inside = [who for members in made(book) for who in members]
    assert len(set(inside)) == len(inside)
    assert {*NAMES[:8], *late} <= set(inside)
    assert fold(book.log) == book.state


def test_a_late_pupil_joins_the_smallest_group() -> None:
    book = working(("r1", "r2", "r3"), (), groups=(("r1", "r2"), ("r3",)))
    assert made(book.seat("late")) == (("r1", "r2"), ("r3", "late"))
    book.do(Open("q-single")).seat("later")
    assert "later" not in str(made(book)), "the class does something else"
    assert made(book.do(Open(Q)))[0] == ("r1", "r2", "later")


def test_a_pupil_without_a_phone_is_a_member_and_answers_nothing() -> None:
    book = working(("r1",), (), groups=(("r1", "paper"),))
    assert made(book) == (("r1", "paper"),)
    assert code(hand_in(book, "paper", "Em không có máy")) == "forbidden"
    assert code(book.answer("paper", Q, "A")) == "forbidden"
    book.do(MoveMember(Q, "paper", 2), MoveMember(Q, "paper", 0))
    assert made(book) == (("r1",), ()), "a group keeps its number"
    assert code(book.ask(MoveMember(Q, "r1", 0))) == "not_open", "who has a seat is in a group"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (FormGroups(Q, 1.0), "invalid_value"),
        (FormGroups(Q, 0.1, size=1), "invalid_value"),
        (FormGroups(Q, groups=(("r1",), ("r1",))), "invalid_value"),
        (FormGroups(Q, groups=(("r1", ""),)), "invalid_value"),
        (FormGroups("q-single"), "not_open"),
        (FormGroups("nothing"), "unknown_activity"),
        (MoveMember(Q, "r1", 9), "invalid_value"),
        (MoveMember(Q, "x" * 65, 1), "invalid_value"),
        (Present(Q, 9), "invalid_value"),
        (Present("q-single", 1), "not_open"),
    ],
)
def test_what_makes_no_sense_is_refused(command: Any, why: str) -> None:
    assert code(working().ask(command)) == why


def test_groups_are_not_drawn_anew_over_what_was_handed_in() -> None:
    book = working()
    assert code(book.ask(FormGroups(Q, 0.9))) is None
    hand_in(book, "r1", "Bài của nhóm")
    assert code(book.ask(FormGroups(Q, 0.1))) == "not_open"
    assert code(book.ask(FormGroups(Q, 0.1), pupil("r1"))) == "forbidden"


# --- one product ----------------------------------------------------------------------------------------------------

writings = st.lists(
    st.tuples(st.sampled_from(["r1", "r2", "r3"]), st.integers(0, 50), st.integers(0, 9)), min_size=1, max_size=9
)


@given(writings=writings)
def test_the_version_composed_last_stands_and_every_other_is_kept(writings: list[tuple[str, int, int]]) -> None:
    book = working(("r1", "r2", "r3"), (), groups=(("r1", "r2"), ("r3",)))
    began = book.clock()
    book.clock.pass_(60_000)
    for number, (who, composed, on) in enumerate(writings):
        hand_in(book, who, f"bản {number}", on, began + composed)
    wall = posts.wall_of(book.state, Q, 1)
    for group, members in enumerate(made(book), 1):
        own = [(began + c, n) for n, (who, c, _) in enumerate(writings) if who in members]
        composed = groups.versions(wall, group)
        assert [p.value["text"] for p in composed] == [f"bản {n}" for _, n in sorted(own)]
        stands = groups.product(wall, group)
        assert stands == (composed[-1] if composed else None)
        assert all(p.on == 0 or wall.posts[p.on].group == group for p in composed), "never built on another group's"
    assert fold(book.log) == book.state


def test_whoever_wrote_without_seeing_the_last_version_is_told_and_nothing_is_lost() -> None:
    book = working(("r1", "r2"), (), groups=(("r1", "r2"),))
    hand_in(book, "r1", "một")
    book.clock.pass_(1_000)
    hand_in(book, "r2", "hai", on=1)
    book.clock.pass_(1_000)
    hand_in(book, "r1", "ba,\nkhông thấy hai", on=1, link="vi.wikipedia.org")
    wall = posts.wall_of(book.state, Q, 1)
    assert text_of(book, 1) == "ba,\nkhông thấy hai", "what is written on another version is a product, and no comment"
    assert groups.overlooked(groups.versions(wall, 1)) == {2}
    mine = own(book.state, "r2", "browser-of-r2")
    assert mine
    assert mine.group
    assert (mine.group.overlooked, mine.group.versions, mine.group.is_own) == (True, 3, False)


def test_a_hidden_version_gives_way_to_the_one_before_and_a_late_one_waits() -> None:
    book = working(("r1", "r2"), (), groups=(("r1", "r2"),))
    hand_in(book, "r1", "một")
    book.clock.pass_(1_000)
    hand_in(book, "r2", "bậy", on=1)
    book.do(Moderate(Q, 1, ((2, 1),), Visibility.HIDDEN))
    assert text_of(book, 1) == "một"
    book.do(Shut(Q))
    book.clock.pass_(60_000)
    assert came_to(hand_in(book, "r2", "muộn")) is Outcome.LATE
    assert text_of(book, 1) == "một"
    book.do(Moderate(Q, 1, ((3, 1),), Visibility.SHOWN))
    assert text_of(book, 1) == "muộn"


def test_without_a_group_nothing_is_handed_in_and_a_flood_is_slowed() -> None:
    book = started([activity("group")]).seat("r1").do(Next())
    assert code(hand_in(book, "r1", "sớm")) == "not_open"
    book.do(FormGroups(Q))
    codes = [code(hand_in(book, "r1", f"{n}")) for n in range(20)]
    assert set(codes) == {None, "rate_limited"}


# --- one's own answer -----------------------------------------------------------------------------------------------


def test_ones_own_answer_is_no_part_of_the_product() -> None:
    book = working(("r1", "r2"), (), groups=(("r1", "r2"),))
    hand_in(book, "r1", "một")
    assert came_to(book.answer("r2", Q, "B")) is Outcome.ACCEPTED
    asked, round_ = book.state.activity(Q), book.state.round(Q)
    assert asked
    assert round_
    assert set(answered(book.state, asked, round_)) == {"r2"}, "who handed in the product has not answered for it"
    mine = own(book.state, "r2", "browser-of-r2")
    assert mine
    assert mine.response
    assert mine.response.value == "B"
    assert not mine.posts


# --- what each screen sees ------------------------------------------------------------------------------------------


def seen(view: object) -> str:
    return msgspec.json.encode(view).decode()


def test_no_pupil_sees_another_groups_product_until_the_class_does() -> None:
    book = working(("r1", "r2"), (), groups=(("r1",), ("r2",)))
    hand_in(book, "r1", "BÍ MẬT")
    wall = posts.wall_of(book.state, Q, 1)
    other = own(book.state, "r2", "browser-of-r2")
    assert "BÍ MẬT" not in seen(other)
    assert not groups.may_see(book.state, Q, wall, wall.posts[1], "r2")
    for screen in Screen:
        assert "BÍ MẬT" not in seen(public(book.state, screen) if screen is not Screen.CONSOLE else console(book.state))
    book.do(Present(Q, 1))
    assert all("BÍ MẬT" in seen(public(book.state, s)) for s in (Screen.PHONE, Screen.PROJECTOR))
    assert "r1" not in seen(public(book.state, Screen.PROJECTOR)), "a product has no name beside it"
    assert groups.may_see(book.state, Q, wall, wall.posts[1], "r2")
    book.do(Present(Q))
    assert "BÍ MẬT" not in seen(public(book.state, Screen.PHONE))


def test_the_clicker_leads_from_group_to_group() -> None:
    book = working(("r1", "r2", "r3"), (), groups=(("r1",), ("r2",), ("r3",)))
    book.do(MoveMember(Q, "r2", 1), Shut(Q))
    steps = []
    while (step := forth(book.state)) and step.action != "next":
        steps.append((step.action, step.group))
        book.do(command_of(step))
    assert steps[-2:] == [("present", 1), ("present", 3)], "an empty group is passed over"
    assert back(book.state) == Step("present", Q, group=1)
    book.do(Present(Q, 1))
    assert back(book.state) == Step("present", Q)


def test_a_rubric_remembers_whom_it_was_about() -> None:
    book = working(("r1", "r2"), (), groups=(("r1",), ("r2",)))
    book.do(Present(Q, 2), Open("q-rubric"))
    view = public(book.state, Screen.PHONE)
    assert view.activity
    assert view.activity.about == 2
    book.do(Open(Q), Present(Q, 1), Reask("q-rubric", 1))
    assert [round_.about for round_ in book.state.rounds["q-rubric"]] == [2, 1]
    assert console(book.do(Open(Q)).state).grouping == console(fold(book.log)).grouping
    assert (grouping := console(book.state).grouping)
    assert grouping.rubric == "q-rubric"


def test_a_snapshot_holds_no_product() -> None:
    book = working(("r1",), ())
    hand_in(book, "r1", "lời của em")
    packed = snapshots.pack(book.state)
    blank = snapshots.unpack(packed)
    assert blank
    assert blank.groups == book.state.groups
    assert "lời của em" not in seen(blank.walls[Q, 1].posts[1])
    assert snapshots.with_words(blank, book.log) == book.state


def test_after_the_end_nobody_is_in_a_group() -> None:
    book = working().do(End())
    mine = own(book.state, "r1", "browser-of-r1")
    assert mine
    assert mine.group is None
