"""Who was in the lesson's meeting, as the teacher matched its list to the class."""

from collections.abc import Mapping

from sqlalchemy import delete, select

from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons.meetinglist import MOST_MINUTES
from lti_tool.models import LessonRun, MeetingPresence


def of_run(run_id: str) -> dict[int, int]:
    """Minutes in the meeting, by person."""
    query = select(MeetingPresence.person_id, MeetingPresence.minutes).where(MeetingPresence.run_id == run_id)
    return {row.person_id: row.minutes for row in db.session.execute(query)}


def keep(run: LessonRun, minutes: Mapping[int, int], pupils: set[int], by: int) -> int:
    """Put this list in the place of the last one of the lesson; how many pupils stand in it. Raises `Fault` for
    somebody who is not of the course, and for minutes that cannot be."""
    if not set(minutes) <= pupils or not all(0 <= n <= MOST_MINUTES for n in minutes.values()):
        raise Fault("meeting_list_rows")
    db.session.get(LessonRun, run.run_id, with_for_update=True)
    db.session.execute(delete(MeetingPresence).where(MeetingPresence.run_id == run.run_id))
    moment = now()
    db.session.add_all(
        MeetingPresence(run_id=run.run_id, person_id=who, minutes=n, imported_by=by, imported_at=moment)
        for who, n in minutes.items()
    )
    return len(minutes)
