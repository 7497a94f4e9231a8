"""A head of department looks at the week and at the evidence of its lessons, before and after a seat is confirmed, a
pupil is erased, a lesson is opened again: no figure less another is about fewer than ten pupils."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, delete

from analytics import reader, tables
from analytics.reader import ClassWeek
from analytics.refresh import RunInfo, refresh
from analytics.rollup import LEAST_PUPILS, QuestionCount
from live_session.commands import Confirm, Open, Resume, Shut
from live_session.model import Naming, Standing, Terms
from live_session.store.engine import open_engine
from live_session.store.tables import content
from tests.analytics.teaching import end, lesson, names, pass_minutes, store
from tests.live_session.build import Book, activity
from tests.live_session.conftest import make_tables


@dataclass(frozen=True)
class Asked:
    """A question: how many of the seats answer rightly, how many of the others wrongly, whether under a name."""

    right: int
    wrong: int
    naming: Naming = Naming.NAMED


@dataclass(frozen=True)
class Lesson:
    """Seats by the LMS's word, seats whose names were only picked; what is asked, and what once opened again."""

    sure: int
    picked: int
    asked: Sequence[Asked]
    later: Sequence[Asked] = ()


@dataclass(frozen=True)
class Told:
    """What a head can write down at one moment: the class's week, and of its one lesson the pack."""

    week: ClassWeek
    pack: Sequence[QuestionCount]


RIGHT = "secret-hanoi"
QUESTIONS = st.builds(Asked, st.integers(0, 14), st.integers(0, 8), st.sampled_from((Naming.NAMED, Naming.NONE)))
LESSONS = st.builds(
    Lesson,
    st.integers(7, 14),
    st.integers(0, 3),
    st.lists(QUESTIONS, min_size=1, max_size=3),
    st.lists(QUESTIONS, max_size=1),
)


@pytest.fixture(scope="module")
def kept() -> Iterator[Engine]:
    """One database for all lessons: each is a run of a school of its own."""
    engine = open_engine("sqlite://")
    make_tables(engine)
    tables.metadata.create_all(engine)
    yield engine
    engine.dispose()


NUMBERS = count(1)


class Head:
    """Somebody who looks at the same lesson again and again, as jobs have counted it."""

    def __init__(self, connection: Connection, everybody: Sequence[str]) -> None:
        number = next(NUMBERS)
        self._connection, self.told = connection, list[Told]()
        self._info = RunInfo(f"run-{number}", number, 9, "Toán", date(2026, 11, 25), roster=everybody)

    def look(self, book: Book) -> None:
        store(self._connection, book, self._info.run_id)
        self.look_again(book)

    def look_again(self, book: Book) -> None:
        snapshot = refresh(self._connection, self._info, book.clock())
        assert snapshot is not None
        (week,) = reader.class_weeks(self._connection, self._info.school)
        self.told.append(Told(week, snapshot.told))

    def erase(self, who: str) -> None:
        """What erasing a pupil does to a run."""
        run_id = self._info.run_id
        reader.forget_pupil(self._connection, run_id, who)
        of_run = (content.c.run_id == run_id) & (content.c.participant == who)
        self._connection.execute(delete(content).where(of_run))
        self._info = replace(self._info, roster=[one for one in self._info.roster if one != who])


def told(kept: Engine, of: Lesson, flipped: str = "") -> list[Told]:
    """What is told once the lesson is over, once its seats are confirmed, once it was opened again, once somebody who
    answered was erased. `flipped` answers otherwise than they do."""
    everybody = [*names(of.sure), *names(of.picked, "chon")]
    deck = [
        replace(activity("short", f"q{n}"), terms=Terms(naming=one.naming))
        for n, one in enumerate([*of.asked, *of.later])
    ]
    book = lesson(*deck).seat(*names(of.sure))
    if of.picked:
        book.seat(*names(of.picked, "chon"), standing=Standing.PICKED)
    with kept.begin() as connection:
        head = Head(connection, everybody)
        _ask(book, of.asked, 0, everybody, flipped)
        head.look(end(book))
        if of.picked:
            head.look(book.do(Confirm()))
        if of.later:
            _ask(book.do(Resume()), of.later, len(of.asked), everybody, flipped)
            head.look(end(book))
        head.erase(everybody[-1])
        head.look_again(book)
    return head.told


def _ask(book: Book, asked: Sequence[Asked], start: int, everybody: Sequence[str], flipped: str) -> None:
    # Who was only picked answers first, so that it is them whom a difference would tell of.
    first = list(reversed(everybody))
    for n, one in enumerate(asked, start):
        answers = dict.fromkeys(first[: one.right + one.wrong], "Hue") | dict.fromkeys(first[: one.right], RIGHT)
        if flipped in answers:
            answers[flipped] = "Hue" if answers[flipped] == RIGHT else RIGHT
        pass_minutes(book.do(Open(f"q{n}")), 1, *answers)
        for who, value in answers.items():
            book.answer(who, f"q{n}", value)
        book.do(Shut(f"q{n}"))


def wholes(seen: Told) -> Iterator[tuple[int, int]]:
    """Every figure of one moment, (asked, scored), and the week less any of its questions."""
    yield from ((one.asked, one.scored) for one in seen.pack)
    for most in range(len(seen.pack) + 1):
        for some in combinations(seen.pack, most):
            yield (
                seen.week.asked - sum(one.asked for one in some),
                seen.week.scored - sum(one.scored for one in some),
            )


def is_safe(whole: int) -> bool:
    return whole == 0 or whole >= LEAST_PUPILS


@given(of=LESSONS)
def test_no_two_figures_differ_by_fewer_than_ten_pupils(kept: Engine, of: Lesson) -> None:
    moments = told(kept, of)
    for seen in moments:
        assert seen.week.asked == sum(one.asked for one in seen.pack)
        assert (seen.week.right, seen.week.scored) == (
            sum(one.right for one in seen.pack),
            sum(one.scored for one in seen.pack),
        )
        assert all(is_safe(asked) and is_safe(scored) for asked, scored in wholes(seen))
    for before, after in combinations(moments, 2):
        assert [*after.pack][: len(before.pack)] == [*before.pack]
        assert is_safe(after.week.asked - before.week.asked)
        assert is_safe(after.week.scored - before.week.scored)


@given(of=LESSONS.filter(lambda of: of.picked > 0))
def test_what_a_seat_confirmed_later_said_moves_no_figure_that_was_told_before(kept: Engine, of: Lesson) -> None:
    """So no combination of figures can tell it: all of them are the same whatever that pupil knew."""
    as_it_was, otherwise = told(kept, of), told(kept, of, flipped=names(1, "chon")[0])
    first = {one.activity for one in as_it_was[0].pack}
    for one, other in zip(as_it_was, otherwise, strict=True):
        assert [q for q in one.pack if q.activity in first] == [q for q in other.pack if q.activity in first]
    assert as_it_was[0] == otherwise[0]


@pytest.mark.parametrize("picked", [1, 9])
def test_a_question_of_too_few_is_told_once_they_are_enough(kept: Engine, picked: int) -> None:
    before, after, erased = told(kept, Lesson(9, picked, [Asked(9 + picked, 0)]))
    assert before.pack == ()
    assert [(one.asked, one.scored, one.right) for one in after.pack] == [(9 + picked,) * 3]
    assert erased == after


def test_a_lesson_opened_again_is_told_with_its_further_questions(kept: Engine) -> None:
    first, _, again, erased = told(kept, Lesson(12, 1, [Asked(8, 4)], [Asked(12, 0)]))
    assert first.pack[0].scored == 11  # the seat that nobody vouched for is not among them, nor ever will be
    assert [(one.scored, one.right) for one in again.pack] == [(11, first.pack[0].right), (12, 12)]
    assert erased == again
