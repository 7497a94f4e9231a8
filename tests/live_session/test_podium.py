"""Which groups are ahead, and what nobody is told."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from live_session.commands import FormGroups, Next, Open, Release, Reveal, ShowPodium, Shut
from live_session.model import Audience, Screen, Shown, Terms
from live_session.podium import LEAST_GROUPS, LEAST_QUESTIONS, MOST_NAMED, Podium, _ahead, shares_of
from live_session.projection import console, own, public
from live_session.reducer import fold
from tests.live_session.build import Book, activity, code, pupil, started

QUESTIONS = [f"q{n}" for n in range(LEAST_QUESTIONS)]
WORK = "q-group"
PLAIN, SPEED = Terms(), Terms(has_fair_clock=True, counts_speed=True)
Groups = Sequence[Sequence[str]]
FOUR = (("a1", "a2"), ("b1", "b2", "b3"), ("c1", "c2"), ("d1", "d2"))


def with_groups(groups: Groups = FOUR, terms: Terms = PLAIN) -> Book:
    asked = [msgspec.structs.replace(activity("single", one, seconds=60), terms=terms) for one in QUESTIONS]
    deck = [activity("group"), *asked]
    book = started(deck).seat(*(who for members in groups for who in members)).do(Next())
    return book.do(FormGroups(WORK, 0.5, groups=tuple(map(tuple, groups))), ShowPodium(Audience.ROOM))


def played(book: Book, right: Mapping[str, int], questions: Sequence[str] = QUESTIONS) -> Book:
    """Each of these pupils has so many of the questions right, the others none; C is right."""
    for n, one in enumerate(questions):
        book.do(Open(one))
        for who, participant in book.state.participants.items():
            if participant.active:
                book.answer(who, one, "C" if n < right.get(who, 0) else "A")
        book.do(Shut(one), Reveal(one, Shown.KEY))
    return book


def seen(book: Book, screen: Screen = Screen.PROJECTOR) -> Podium | None:
    return public(book.state, screen).podium


def test_the_projector_tells_who_is_ahead_and_never_by_how_much() -> None:
    book = played(with_groups(), {"b1": 3, "b2": 3, "b3": 2, "c1": 1, "d1": 3, "d2": 1})
    assert seen(book) == Podium(Audience.ROOM, ((2,), (4,)))
    rows = console(book.state).podium
    assert rows
    assert {row.group: (round(row.share, 2), row.here) for row in rows.rows} == {
        1: (0, 2), 2: (0.89, 3), 3: (0.17, 2), 4: (0.67, 2),
    }  # fmt: skip
    assert fold(book.log) == book.state


def test_no_phone_has_it() -> None:
    with_it = played(with_groups(), {"a1": 3})
    without = played(with_groups().do(ShowPodium(None)), {"a1": 3})
    assert seen(with_it, Screen.PHONE) is None
    told = [public(book.state, Screen.PHONE) for book in (with_it, without)]
    assert msgspec.json.encode(told[0]) == msgspec.json.encode(told[1])
    for who in with_it.state.participants:
        assert own(with_it.state, who, f"browser-of-{who}") == own(without.state, who, f"browser-of-{who}")


def test_it_is_off_until_a_teacher_shows_it() -> None:
    book = played(with_groups().do(ShowPodium(None)), {"a1": 3})
    assert seen(book) is None
    assert console(book.state).podium is None
    assert code(book.ask(ShowPodium(None))) == "not_open"
    assert code(book.ask(ShowPodium(Audience.ROOM), pupil("a1"))) == "forbidden"
    assert seen(book.do(ShowPodium(Audience.MEETING))) == Podium(Audience.MEETING, ((1,),))


def test_too_few_groups_and_too_few_questions_tell_nothing() -> None:
    assert seen(played(with_groups(FOUR[: LEAST_GROUPS - 1]), {"a1": 3})) == Podium(Audience.ROOM)
    assert seen(played(with_groups(), {"a1": 3}, QUESTIONS[:-1])) == Podium(Audience.ROOM)


def test_a_group_with_one_member_here_is_left_out() -> None:
    book = played(with_groups((*FOUR, ("e1", "e2"))), {"a1": 3, "a2": 3, "b1": 3})
    assert seen(book) == Podium(Audience.ROOM, ((1,), (2,)))
    assert seen(book.do(Release("a2"))) == Podium(Audience.ROOM, ((2,),)), "the other three are equal"


def test_size_and_coming_late_decide_nothing() -> None:
    book = with_groups((("a1", "a2"), ("b1", "b2", "b3", "b4"), ("c1", "c2"), ("d1", "d2")))
    played(book, dict.fromkeys(("a1", "a2", "b1", "b2", "b3", "b4"), 3))
    assert seen(book) == Podium(Audience.ROOM, ((1, 2),))
    book.clock.pass_(1_000)
    book.seat("late")
    shares = shares_of(book.state)
    assert shares[1][0] == shares[2][0] == 1


def test_speed_does_not_count() -> None:
    quick, plain = (played(with_groups(terms=terms), {"a1": 3, "b2": 2}) for terms in (SPEED, PLAIN))
    mine = own(quick.state, "a1", "browser-of-a1")
    assert mine
    assert mine.points
    assert mine.points.bonus > 0
    assert shares_of(quick.state) == shares_of(plain.state)


shares = st.dictionaries(st.integers(1, 12), st.fractions(0, 1, max_denominator=6), max_size=12)


@given(shares)
def test_never_more_than_three_never_more_than_half_and_nobody_ahead_is_left_out(found: Mapping[int, Fraction]) -> None:
    places = _ahead(found)
    named = [group for place in places for group in place]
    assert len(named) <= min(MOST_NAMED, len(found) // 2)
    assert not named or len(found) >= LEAST_GROUPS
    left = [found[group] for group in found if group not in named]
    assert all(found[group] > other for group in named for other in left)
    order = [found[place[0]] for place in places]
    assert order == sorted(set(order), reverse=True)
    assert all(found[group] == found[place[0]] for place in places for group in place)
