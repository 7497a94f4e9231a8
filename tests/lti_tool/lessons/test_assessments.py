"""What a proposed mark is made of."""

from lti_tool.lessons import assessments
from lti_tool.models import LessonRun
from tests.analytics.teaching import computed, end
from tests.analytics.test_teams import together


def test_a_group_phones_answer_is_nobodys_own_evidence() -> None:
    snapshot = computed(end(together()))
    tagged = [assessments._Tagged(LessonRun(run_id="run"), snapshot, {"q1": 1.0, "q2": 1.0})]
    assert assessments._tasks("an", tagged) == assessments._tasks("binh", tagged) == []
    assert len(assessments._tasks("chi", tagged)) == 2
