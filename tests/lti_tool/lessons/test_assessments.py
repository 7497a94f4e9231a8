"""What a proposed mark is made of."""

from collections.abc import Collection

from msgspec.structs import replace

from analytics.reader import RunSnapshot
from live_session.commands import Open, Shut
from live_session.model import Activity
from lti_tool.lessons import assessments
from lti_tool.lessons.assessments import _Tagged
from lti_tool.models import LessonRun
from tests.analytics.teaching import ask, computed, end, lesson, pass_minutes
from tests.analytics.test_teams import together
from tests.live_session.build import activity


def tagged_all(run_id: str, snapshot: RunSnapshot, but: str = "", shown: Collection[str] = ()) -> _Tagged:
    questions = {q.activity: q for q in snapshot.questions if q.activity != but}
    return _Tagged(LessonRun(run_id=run_id), snapshot, questions, dict.fromkeys(questions, shown))


def question(n: int, version: int = 1) -> Activity:
    return replace(activity("single", f"q{n}"), item=f"item{n}", version=version)


def test_a_group_phones_answer_is_nobodys_own_evidence() -> None:
    snapshot = computed(end(together()))
    tagged = [tagged_all("run", snapshot, but="q3")]
    assert assessments._tasks("an", tagged) == assessments._tasks("binh", tagged) == []
    assert len(assessments._tasks("chi", tagged)) == 2


def test_of_a_question_that_is_asked_again_the_first_answer_counts() -> None:
    """For each pupil their own first; another version is another question."""
    book = lesson(question(1), question(2)).seat("an", "binh")
    ask(ask(book, "q1", wrong=["an", "binh"]), "q2", wrong=["an", "binh"])
    again = lesson(question(1), question(2, version=2)).seat("an", "chi")
    ask(ask(again, "q1", right=["an", "chi"]), "q2", right=["an", "chi"])
    tagged = [tagged_all("first", computed(end(book))), tagged_all("second", computed(end(again)))]
    given = {
        who: [(t.run, t.activity, t.share) for t in assessments._tasks(who, tagged)] for who in ("an", "binh", "chi")
    }
    assert given == {
        "an": [("first", "q1", 0.0), ("first", "q2", 0.0), ("second", "q2", 1.0)],
        "binh": [("first", "q1", 0.0), ("first", "q2", 0.0)],
        "chi": [("second", "q1", 1.0), ("second", "q2", 1.0)],
    }
    assert [assessments._again(who, tagged) for who in ("an", "binh", "chi")] == [1, 0, 0]


def test_who_was_silent_or_with_a_team_has_met_the_question() -> None:
    book = lesson(question(1)).seat("an").do(Open("q1"))
    silent = computed(end(pass_minutes(book, 2, "an").do(Shut("q1"))))
    later = computed(end(ask(lesson(question(1)).seat("an"), "q1", right=["an"])))
    tagged = [tagged_all("first", silent), tagged_all("second", later)]
    assert [(t.run, t.share, t.is_given) for t in assessments._tasks("an", tagged)] == [("first", 0.0, False)]
    team = computed(end(together()))
    both = [tagged_all("first", team), tagged_all("second", team)]
    assert assessments._tasks("an", both) == []


def test_who_came_for_the_key_alone_has_met_the_question() -> None:
    """They were not asked then, so nothing of that lesson counts; nor does what they answer when they know the key."""
    first = computed(end(ask(lesson(question(1)).seat("an"), "q1", right=["an"])))
    later = computed(end(ask(lesson(question(1)).seat("an", "binh", "chi"), "q1", right=["an", "binh", "chi"])))
    tagged = [tagged_all("first", first, shown=["binh"]), tagged_all("second", later)]
    given = {who: [t.run for t in assessments._tasks(who, tagged)] for who in ("an", "binh", "chi")}
    assert given == {"an": ["first"], "binh": [], "chi": ["second"]}
    assert [assessments._again(who, tagged) for who in ("an", "binh", "chi")] == [1, 1, 0]
