"""When phones were open, and for what."""

from analytics.phones import Spell, Use, spells
from live_session.commands import GoOn, Open, Pause, Shut
from tests.analytics.teaching import computed, facts_of, lesson, pass_minutes
from tests.live_session.build import activity

TASK = activity("open", "q-task", product="Ba ý", links=["https://vi.wikipedia.org"])


def test_tasks_questions_and_phones_face_down_are_listed_in_order() -> None:
    book = lesson(activity("single"), TASK)
    start = book.clock()
    pass_minutes(book.do(Open("q-single")), 2)
    pass_minutes(book.do(Shut("q-single")).do(Pause(face_down=True)), 3)
    pass_minutes(book.do(GoOn()).do(Open("q-task")), 4)
    book.do(Shut("q-task"))
    found = spells(facts_of(book))
    minutes = [((one.start - start) // 60_000, (one.end - start) // 60_000, one.use, one.title) for one in found]
    assert minutes == [
        (0, 2, Use.QUESTION, "Title q-single"),
        (2, 5, Use.DOWN, ""),
        (5, 9, Use.TASK, "Title q-task"),
    ]
    assert computed(book).phones == found


def test_a_lesson_without_phones_has_no_spells() -> None:
    assert spells(facts_of(lesson())) == ()
    assert Spell(1, 2, Use.DOWN).title == ""
