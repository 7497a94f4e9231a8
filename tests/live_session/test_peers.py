"""Peer assessment: works dealt out evenly, and nobody but the teacher is told who has whose."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import peers
from live_session.commands import SERVER, FormGroups, JoinTeam, Next, Open, Reask, SplitTeam, Submit, Undo
from live_session.model import Mode, Screen
from live_session.practice import is_for_one
from live_session.projection import console, own, public
from live_session.reducer import fold
from live_session.store import snapshots
from tests.live_session.build import Book, activity, pupil, started

Q, SOURCE = "q-rubric", "q-open"
FULL = {"1a": "1", "1b": "2", "2a": "2", "2b": "2"}


def exchange(*who: str, home: tuple[str, ...] = (), **content: Any) -> Book:
    """These have written, and the works are dealt out."""
    rubric = activity("rubric", about="peer", **{"each": 2, **content})
    book = started([activity("open"), rubric, activity("single")])
    book.seat(*who).seat(*home, mode=Mode.HOME).do(Next())
    for one in (*who, *home):
        book.answer(one, SOURCE, f"bài của {one}")
    return book.do(Open(Q))


def dealt_in(book: Book, number: int = 1) -> dict[str, tuple[str, ...]]:
    return dict(book.state.peers[Q, number].given)


def loads(given: dict[str, tuple[str, ...]], works: list[str]) -> list[int]:
    return [sum(work in found for found in given.values()) for work in works]


# --- dealing --------------------------------------------------------------------------------------------------------

NAMES = [f"p{n}" for n in range(12)]


@given(count=st.integers(2, 12), each=st.integers(1, 3))
def test_where_all_handed_in_every_work_goes_to_equally_many(count: int, each: int) -> None:
    who = NAMES[:count]
    given = dict(peers.dealt(who, who, each, lambda one, other: one != other))
    wanted = min(each, count - 1)
    assert all(len(set(found)) == len(found) == wanted and one not in found for one, found in given.items())
    assert set(loads(given, who)) == {wanted}


@given(
    who=st.lists(st.sampled_from(NAMES), unique=True, min_size=1),
    works=st.lists(st.sampled_from(NAMES), unique=True),
    each=st.integers(1, 3),
    group=st.lists(st.integers(0, 3), min_size=12, max_size=12),
    is_apart=st.booleans(),
)
def test_nobody_has_what_they_may_not_and_no_exchange_would_be_more_equal(
    who: list[str], works: list[str], each: int, group: list[int], *, is_apart: bool
) -> None:
    def may(one: str, other: str) -> bool:
        return one != other and not (is_apart and group[NAMES.index(one)] == group[NAMES.index(other)])

    given = dict(peers.dealt(who, works, each, may))
    assert [*given] == who
    load = dict(zip(works, loads(given, works), strict=True))
    for one, found in given.items():
        free = [work for work in works if may(one, work)]
        assert set(found) <= set(free)
        assert len(set(found)) == len(found) == min(each, len(free)), "as many as there can be, none twice"
        assert all(load[other] >= load[work] - 1 for work in found for other in free if other not in found)
    if not is_apart and len(works) > 1:
        assert max(load.values()) - min(load.values()) <= 1
    assert peers.dealt(who, works, each, may) == given, "drawn again it is the same"


def test_an_exchange_through_others_is_found() -> None:
    """a may only have x or y, b only y or z: what a gives up leads to z by way of b."""
    allowed = {"a": "xy", "b": "yz", "c": "x"}
    given = dict(peers.dealt([*allowed], ["x", "y", "z"], 1, lambda one, other: other in allowed[one]))
    assert sorted(loads(given, ["x", "y", "z"])) == [1, 1, 1]


# --- in a lesson ----------------------------------------------------------------------------------------------------


def test_everybody_here_assesses_also_who_handed_in_nothing() -> None:
    book = started([activity("open"), activity("rubric", about="peer", each=2)]).seat("a", "b", "c", "d").do(Next())
    for who in ("a", "b", "c"):
        book.answer(who, SOURCE, who)
    given = dealt_in(book.do(Open(Q)))
    assert {who: len(found) for who, found in given.items()} == dict.fromkeys("abcd", 2)
    assert "d" not in {work for found in given.values() for work in found}
    assert sorted(loads(given, ["a", "b", "c"])) == [2, 3, 3]


def test_a_late_pupil_is_given_the_works_that_fewest_have_and_nobody_elses_change() -> None:
    book = exchange("a", "b", "c", "d")
    before = dealt_in(book)
    after = dealt_in(book.seat("late"))
    assert {who: found for who, found in after.items() if who != "late"} == before
    assert len(set(after["late"])) == 2
    book.do(Open("q-single")).seat("later")
    assert "later" not in dealt_in(book)
    assert len(dealt_in(book.do(Open(Q)))["later"]) == 2
    assert fold(book.log) == book.state


def test_those_of_one_group_are_kept_apart_where_the_teacher_says_so() -> None:
    deck = [activity("group"), activity("open"), activity("rubric", about="peer", each=2, apart=True)]
    who = ("a", "b", "c", "d")
    book = started(deck).seat(*who).do(Next(), FormGroups("q-group", groups=(("a", "b"), ("c", "d"))), Next("q-group"))
    for one in who:
        book.answer(one, SOURCE, one)
    given = dealt_in(book.do(Open(Q)))
    assert {one: set(found) for one, found in given.items()} == {
        "a": {"c", "d"}, "b": {"c", "d"}, "c": {"a", "b"}, "d": {"a", "b"},
    }  # fmt: skip


def test_another_round_draws_anew_and_an_undone_one_leaves_nothing() -> None:
    book = exchange(*NAMES)
    book.do(Reask(Q, 1))
    assert dealt_in(book, 1) != dealt_in(book, 2)
    other = started([activity("open"), activity("rubric", about="peer")]).seat("a").do(Next(), Open(Q))
    taken = other.state.taken
    assert taken
    assert other.do(Undo(taken.seq)).state.peers == {}


def test_without_work_before_it_nothing_is_dealt() -> None:
    book = started([activity("rubric", about="peer"), activity("open")]).seat("a", "b").do(Next())
    assert dealt_in(book) == {"a": (), "b": ()}
    assert peers.assessed(book.state, book.state.deck[0], 1) == ()
    part = own(book.state, "a", "browser-of-a")
    assert part
    assert part.peers == 0


# --- who sees what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("screen", [Screen.PHONE, Screen.PROJECTOR])
def test_no_view_of_the_class_says_who_has_whose(screen: Screen) -> None:
    book = exchange("an", "binh", "chi")
    book.answer("an", Q, FULL)
    seen = msgspec.json.encode(public(book.state, screen)).decode()
    view = public(book.state, screen)
    assert view.activity
    assert view.activity.peers == 2
    for who in ("an", "binh", "chi"):
        assert f'"{who}"' not in seen
        part = own(book.state, who, f"browser-of-{who}")
        assert part
        told = msgspec.json.encode(part).decode()
        assert part.peers == 2
        assert not any(f'"{other}"' in told for other in ("an", "binh", "chi"))
        assert (part.response is None) is (who != "an"), "what is said of one's work is on nobody's phone"


def test_the_teacher_sees_the_pairs_the_coverage_and_the_spread_and_no_mark_beside_a_name() -> None:
    book = exchange("a", "b", "c")
    book.answer("a", Q, FULL)
    book.answer("b", Q, {"1a": "2", "2a": "2"})
    found = {one.author: one for one in peers.assessed(book.state, book.state.deck[1], 1)}
    assert {work: [who for who, _ in one.by] for work, one in found.items()} == {
        "a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"],
    }  # fmt: skip
    assert {who: done for one in found.values() for who, done in one.by} == {"a": True, "b": False, "c": False}
    mine = dealt_in(book)["a"].index("c") + 1
    levels = sorted([int(FULL[f"{mine}a"]), 2])
    assert found["c"].spread[0] == peers.Spread("a", levels[0], levels[1], 2)
    assert console(book.state).current


def test_it_is_not_for_work_at_ones_own_pace() -> None:
    assert not is_for_one(activity("rubric", about="peer"))
    assert is_for_one(activity("rubric"))


steps = st.lists(st.sampled_from(["late", "answer", "work", "reask", "away", "back"]), max_size=8)


@given(steps=steps)
def test_whatever_happens_it_replays_alike(steps: list[str]) -> None:
    book = exchange("a", "b", "c", home=("h",))
    for number, step in enumerate(steps):
        before = book.state.peers
        match step:
            case "late":
                book.seat(f"late-{number}")
            case "answer":
                book.answer("a", Q, {"1a": "1"})
            case "work":
                book.answer("late-0", SOURCE, "muộn")
            case "reask":
                book.ask(Reask(Q))
            case "away":
                book.ask(Open("q-single"))
            case "back":
                book.ask(Open(Q))
        for key, stood in before.items():
            now = book.state.peers[key].given
            assert all(now[who] == found for who, found in stood.given.items() if found), "nothing is taken away"
        book.clock.pass_(1_000)
    assert fold(book.log) == book.state
    blank = snapshots.unpack(snapshots.pack(book.state))
    assert blank
    assert snapshots.with_words(blank, book.log) == book.state
    for stands in book.state.peers.values():
        assert all(who not in found for who, found in stands.given.items())
    assert all(one.seq < other.seq for one, other in pairwise(book.log))


# --- what several made together -------------------------------------------------------------------------------------


def products(*groups: tuple[str, ...], **content: Any) -> Book:
    """These groups have each handed in a product, and the products are dealt out."""
    rubric = activity("rubric", about="peer", **{"each": 2, **content})
    book = started([activity("group"), rubric]).seat(*(who for members in groups for who in members))
    book.do(Next(), FormGroups("q-group", groups=groups))
    for number, members in enumerate(groups, 1):
        book.clock.pass_(1_000)
        sent = {"text": f"nhóm {number}", "link": "https://vi.wikipedia.org"}
        book.do(Submit("q-group", 1, sent, book.clock(), post=f"post-{number}"), actor=pupil(members[0]))
    return book.do(Open(Q))


def test_a_groups_product_is_one_work_and_none_of_the_group_is_given_it() -> None:
    book = products(("a", "b"), ("c", "d"), ("e", "f"))
    given = dealt_in(book)
    works = ["group:1", "group:2", "group:3"]
    own_work = dict(zip("abcdef", [w for w in works for _ in range(2)], strict=True))
    assert all(set(found) == set(works) - {own_work[who]} for who, found in given.items())
    seen = peers.work_of(book.state, Q, 1, "group:2")
    assert seen == peers.Work({"text": "nhóm 2", "link": "https://vi.wikipedia.org"}, ("c",))
    told = {one.author: [who for who, _ in one.by] for one in peers.assessed(book.state, book.state.deck[1], 1)}
    assert told == {"group:1": [*"cdef"], "group:2": [*"abef"], "group:3": [*"abcd"]}
    assert set(dealt_in(book.seat("late"))["late"]) <= set(works)
    assert fold(book.log) == book.state


def test_one_group_alone_has_nothing_to_assess() -> None:
    assert set(dealt_in(products(("a", "b"))).values()) == {()}


def by_teams(*teams: tuple[str, ...], alone: tuple[str, ...] = ()) -> Book:
    """Each team has answered at the phone of its first, and the works are dealt out."""
    book = started([activity("open"), activity("rubric", about="peer", each=3)])
    book.seat(*(who for members in teams for who in members), *alone).do(Next())
    for number, (host, *mates) in enumerate(teams, 1):
        for who in mates:
            book.do(JoinTeam(host, f"browser-of-{host}", who, f"browser-of-{who}"), actor=SERVER)
        book.clock.pass_(1_000)
        book.do(Submit(SOURCE, 1, f"đội {number}", book.clock(), team=number), actor=pupil(host))
    for who in alone:
        book.answer(who, SOURCE, f"bài của {who}")
    return book.do(Open(Q))


def test_a_teams_answer_is_one_work_and_none_of_the_team_is_given_it() -> None:
    book = by_teams(("a", "b", "c"), ("d", "e"), alone=("f",))
    given = dealt_in(book)
    assert {who: set(found) for who, found in given.items()} == {
        **{who: {"d", "f"} for who in "abc"}, **{who: {"a", "f"} for who in "de"}, "f": {"a", "d"},
    }  # fmt: skip
    told = {one.author: one.also for one in peers.assessed(book.state, book.state.deck[1], 1)}
    assert told == {"a": ("b", "c"), "d": ("e",), "f": ()}


def test_what_a_member_writes_alone_after_a_teams_answer_goes_to_none_of_the_team() -> None:
    book = started([activity("open"), activity("rubric", about="peer", each=3)]).seat(*"abcd").do(Next())
    book.do(JoinTeam("a", "browser-of-a", "b", "browser-of-b"), actor=SERVER)
    book.clock.pass_(1_000)
    book.do(Submit(SOURCE, 1, "của cả đội", book.clock(), team=1), actor=pupil("a"))
    book.do(SplitTeam(1))
    book.answer("b", SOURCE, "viết lại một mình")
    for who in "cd":
        book.answer(who, SOURCE, who)
    given = dealt_in(book.do(Open(Q)))
    assert {who: set(found) for who, found in given.items()} == {
        "a": {"c", "d"}, "b": {"c", "d"}, "c": {"a", "b", "d"}, "d": {"a", "b", "c"},
    }  # fmt: skip


@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    late=st.lists(st.integers(0, 12), max_size=3),
    is_product=st.booleans(),
)
def test_nobody_is_ever_given_what_they_made_with_others(
    sizes: list[int], late: list[int], *, is_product: bool
) -> None:
    names = iter(f"p{n}" for n in range(99))
    made = [tuple(next(names) for _ in range(size)) for size in sizes]
    teams = [members for members in made if len(members) > 1]
    book = products(*made) if is_product else by_teams(*teams, alone=tuple(m[0] for m in made if len(m) == 1))
    for number in late:
        book.seat(f"late-{number}")
    of = {who: members for members in made for who in members}
    for who, found in dealt_in(book).items():
        for work in found:
            authors = made[int(work.partition(":")[2]) - 1] if is_product else of[work]
            assert who not in authors
        assert len(set(found)) == len(found)
    assert fold(book.log) == book.state
