"""Counts of lessons and weeks, and what can never be found from them."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.attendance import Status
from analytics.rollup import LEAST_PUPILS, LessonCount, Share, count, share, tell, total, week_of
from live_session.commands import Open, Reask, Shut
from live_session.model import Mode, Standing
from tests.analytics.teaching import ask, computed, end, lesson, names, pass_minutes
from tests.live_session.build import Book, activity


def counted(book: Book, roster: Sequence[str], decided: Mapping[str, Status] | None = None) -> LessonCount:
    snapshot = computed(book)
    return count(roster, snapshot.proposals, decided or {}, snapshot.questions)


@pytest.mark.parametrize(
    ("day", "monday"),
    [((2026, 11, 23), "2026-11-23"), ((2026, 11, 29), "2026-11-23"), ((2027, 1, 1), "2026-12-28")],
)
def test_a_week_is_named_by_its_monday(day: tuple[int, int, int], monday: str) -> None:
    assert week_of(date(*day)) == monday


# --- attendance -----------------------------------------------------------------------------------------------------


def test_a_lesson_counted() -> None:
    room, home, away = names(5), names(3, "nha"), names(2, "vang")
    book = lesson().seat(*room).seat(*home, mode=Mode.HOME)
    pass_minutes(book, 10, *room, *home).seat("muon").seat("tu-nhan", standing=Standing.PICKED)
    book = end(pass_minutes(book, 35, *room, *home, "muon"))
    found = counted(book, [*room, *home, *away, "muon", "tu-nhan"])
    assert found.pupils == 12
    assert (found.room, found.home, found.late) == (6, 3, 1)
    assert (found.not_seen, found.absent, found.unconfirmed) == (2, 0, 1)


def test_the_teachers_word_stands_above_the_proposal() -> None:
    book = lesson().seat("an")
    pass_minutes(book, 10).seat("binh")
    book = end(pass_minutes(book, 35, "an", "binh"))
    said = {"an": Status.HOME, "binh": Status.EXCUSED, "chi": Status.ABSENT, "dung": Status.ROOM}
    found = counted(book, ["an", "binh", "chi", "dung", "em"], said)
    assert (found.room, found.home, found.absent, found.not_seen) == (1, 1, 2, 1)
    assert found.late == 0  # who is excused is not late


def test_a_guest_counts_when_seen_and_not_when_a_name_was_only_picked() -> None:
    book = lesson().seat("khach").seat("la", standing=Standing.PICKED)
    found = counted(end(pass_minutes(book, 45, "khach")), ["an"])
    assert (found.pupils, found.room, found.not_seen, found.unconfirmed) == (2, 1, 1, 0)


EVERYBODY = names(6)


@given(
    st.dictionaries(st.sampled_from(EVERYBODY), st.sampled_from(Standing), max_size=6),
    st.dictionaries(st.sampled_from(EVERYBODY), st.sampled_from([Status.ROOM, Status.HOME, Status.ABSENT])),
    st.sets(st.sampled_from(EVERYBODY)),
)
def test_everybody_is_counted_once(seated: dict[str, Standing], decided: dict[str, Status], roster: set[str]) -> None:
    book = lesson()
    for who, standing in seated.items():
        book.seat(who, standing=standing)
    found = counted(end(pass_minutes(book, 45, *seated)), sorted(roster), decided)
    kinds = found.room + found.home + found.absent + found.not_seen + found.unconfirmed
    assert kinds == found.pupils <= len(EVERYBODY)
    assert found.late <= found.room + found.home


# --- shares ---------------------------------------------------------------------------------------------------------


def test_first_rounds_are_counted_and_movement_is_not() -> None:
    everybody = names(12)
    book = ask(lesson().seat(*everybody), "q-single", right=everybody[:5], wrong=everybody[5:11]).do(Reask("q-single"))
    for who in everybody:
        book.answer(who, "q-single", "C", round=2)
    found = counted(end(book), everybody)
    assert (found.answered, found.asked, found.right, found.scored) == (11, 11, 5, 11)
    assert found.answerers == 11


def test_a_question_without_a_key_counts_in_participation_only() -> None:
    everybody = names(15)
    book = lesson(activity("single", "q1"), activity("open", "q2")).seat(*everybody).do(Open("q2"))
    for who in everybody:
        book.answer(who, "q2", "Em nghi la dung")
    found = counted(end(ask(book, "q1", right=everybody[:12])), everybody)
    assert (found.answered, found.asked) == (27, 27)
    assert (found.right, found.scored) == (12, 12)


def test_participation_of_a_class_of_which_few_answer_is_shown_and_what_they_knew_is_not() -> None:
    everybody = names(40)
    book = pass_minutes(lesson().seat(*everybody).do(Open("q-single")), 2, *everybody)
    for who in everybody[:8]:
        book.answer(who, "q-single", "C")
    found = counted(end(book), everybody)
    assert (found.answered, found.asked) == (8, 40)
    assert (found.right, found.scored) == (0, 0)
    assert found.answerers == 8


@pytest.mark.parametrize(("pupils", "is_kept"), [(LEAST_PUPILS - 1, False), (LEAST_PUPILS, True)])
def test_of_fewer_than_ten_no_share_is_even_kept(pupils: int, is_kept: bool) -> None:
    everybody = names(pupils)
    found = counted(end(ask(lesson().seat(*everybody), "q-single", right=everybody)), everybody)
    assert (found.asked, found.answered, found.scored, found.right) == ((pupils,) * 4 if is_kept else (0,) * 4)
    assert found.room == found.answerers == pupils


def test_nine_pupils_are_nine_however_many_questions_they_answer() -> None:
    everybody = names(9)
    deck = [activity("single", f"q{n}") for n in range(20)]
    book = lesson(*deck).seat(*everybody)
    for one in deck:
        ask(book, one.id, right=everybody, minutes=1)
    assert counted(end(book), everybody).scored == 0


def test_a_question_of_few_is_in_no_sum_of_a_lesson_of_many() -> None:
    everybody = names(30)
    book = lesson(activity("single", "q1"), activity("single", "q2")).seat(*everybody)
    ask(book, "q1", right=everybody)
    found = counted(end(ask(book, "q2", right=everybody[:4])), everybody)
    assert (found.scored, found.right, found.answerers) == (30, 30, 30)
    assert found.asked == found.answered == 30  # only four were heard while the second was open


def test_of_an_open_question_it_is_kept_whose_words_may_be_shown() -> None:
    book = lesson(activity("open", "q")).seat(*names(11)).do(Open("q"))
    pass_minutes(book, 1, *names(11))
    for who in names(10):
        book.answer(who, "q", "Em nghĩ là đúng")
    (one,) = tell(computed(end(book.do(Shut("q")))).questions)
    assert one.writers == names(10)


def test_a_share_says_why_it_is_not_shown() -> None:
    assert share(30, 40, 12) == Share(30, 40)
    assert share(0, 0, 9).is_hidden
    assert not share(0, 0, 0).is_hidden  # nobody was asked
    assert not share(0, 0, 12).is_hidden  # nothing could be right
    assert not share(0, 0, 9)
    assert share(0, 40, 12)


def test_a_total_is_of_what_is_shown() -> None:
    assert total([share(30, 40, 12), share(0, 0, 9), share(10, 20, 11)]) == Share(40, 60)
    assert total([share(0, 0, 9)]) == Share(0, 0, is_hidden=True)
    assert total([]) == Share(0, 0)


# --- nothing hidden can be found ------------------------------------------------------------------------------------


class Taught(NamedTuple):
    """A lesson of a class: how many answered rightly, how many wrongly."""

    school_class: int
    week: int
    right: int
    wrong: int


TAUGHT = st.builds(Taught, st.integers(0, 2), st.integers(0, 1), st.integers(0, 14), st.integers(0, 14))


def count_of(one: Taught) -> LessonCount:
    """What the log of such a lesson comes to."""
    everybody = names(one.right + one.wrong)
    book = lesson().seat(*everybody)
    ask(book, "q-single", right=everybody[: one.right], wrong=everybody[one.right :], minutes=1)
    return counted(end(book), everybody)


COUNTS: dict[tuple[int, int], LessonCount] = {}


def known_count(one: Taught) -> LessonCount:
    key = (one.right, one.wrong)
    if key not in COUNTS:
        COUNTS[key] = count_of(one)
    return COUNTS[key]


Cell = tuple[frozenset[int], Share]
"""Lessons that a published figure is made of, as far as anybody may know, and the figure."""


def published(lessons: Sequence[Taught]) -> list[Cell]:
    """Everything a head of department could write down: each class's week and each week's total, looked at after each
    lesson. (There are no totals over weeks.)"""
    cells: list[Cell] = []
    for seen in range(1, len(lessons) + 1):
        for week in {one.week for one in lessons[:seen]}:
            lines: dict[int, list[int]] = {}
            for n, one in enumerate(lessons[:seen]):
                if one.week == week:
                    lines.setdefault(one.school_class, []).append(n)
            shares = {c: week_share([lessons[n] for n in of]) for c, of in lines.items()}
            cells += [(frozenset(lines[c]), shares[c]) for c in lines]
            cells.append((frozenset(n for of in lines.values() for n in of), total(shares.values())))
    return list(dict.fromkeys(cells))


def week_share(lessons: Sequence[Taught]) -> Share:
    """As the job sums it (tests/analytics/test_reader.py holds the two together)."""
    counts = [known_count(one) for one in lessons]
    return share(sum(c.right for c in counts), sum(c.scored for c in counts), max(c.answerers for c in counts))


def groups(cells: Sequence[Cell]) -> list[tuple[int, int]]:
    """(right, answers) of every group that adding and taking away up to three figures singles out."""
    found = [(s.part, s.whole) for _, s in cells]
    for (_, a), (_, b) in product(cells, cells):
        found.append((a.part - b.part, a.whole - b.whole))
    for (_, a), (_, b), (_, c) in product(cells, cells, cells):
        found.append((a.part - b.part - c.part, a.whole - b.whole - c.whole))
        found.append((a.part + b.part - c.part, a.whole + b.whole - c.whole))
    return [(part, whole) for part, whole in found if whole > 0]


@given(st.lists(TAUGHT, min_size=1, max_size=5))
def test_what_a_small_lesson_held_moves_no_figure(lessons: list[Taught]) -> None:
    """So no combination of figures can tell it: all of them are the same whatever its pupils knew."""
    turned = [
        one if one.right + one.wrong >= LEAST_PUPILS else one._replace(right=one.wrong, wrong=one.right)
        for one in lessons
    ]
    assert published(lessons) == published(turned)


@given(st.lists(TAUGHT, min_size=1, max_size=4))
def test_no_combination_of_figures_is_about_fewer_than_ten(lessons: list[Taught]) -> None:
    """Figures taken from figures leave whole lessons of at least ten pupils, or nothing at all: with one question a
    lesson, the answers of a group are its pupils."""
    sizes = [one.right + one.wrong for one in lessons if one.right + one.wrong >= LEAST_PUPILS]
    sums = {sum(s * k for s, k in zip(sizes, ks, strict=True)) for ks in product(range(-2, 4), repeat=len(sizes))}
    assert {whole for _, whole in groups(published(lessons))} <= sums


@given(st.lists(TAUGHT, min_size=1, max_size=5))
def test_the_wholly_hidden_are_told_apart_from_nothing_asked(lessons: list[Taught]) -> None:
    for of, shown in published(lessons):
        answered = [lessons[n].right + lessons[n].wrong for n in of]
        assert bool(shown) == any(n >= LEAST_PUPILS for n in answered)
        assert shown.is_hidden == (not shown and any(answered))
