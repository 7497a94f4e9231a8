"""How often phones leave the lesson's page: a gentle count, only where the teacher switched it on and the class knows.

It stands apart from the log, is gone after seven days (`privacy.retention`), and nothing else reads it.
"""

from typing import NamedTuple

from sqlalchemy import func, select

from live_session.model import Millis
from lti_tool import live
from lti_tool.extensions import db, hold
from lti_tool.models import PageLeaving, Person

LEAST_APART: Millis = 5_000
"""Away for less is a glance at the clock; the page itself waits as long."""


class Count(NamedTuple):
    """How many pupils left the page at least once, and how often all of them did."""

    pupils: int
    times: int


def note(run_id: str, person_id: int, moment: Millis) -> None:
    """A phone has come back to the page. Nothing is kept where nobody counts."""
    if not live.state_of(run_id).counts_leaving:
        return
    hold(Person.id, person_id)  # two tabs that come back in one moment write one row
    row = db.session.get(PageLeaving, (run_id, person_id), populate_existing=True)
    if row is None:
        db.session.add(PageLeaving(run_id=run_id, person_id=person_id, times=1, last_at=moment))
    elif moment - row.last_at >= LEAST_APART:
        row.times, row.last_at = row.times + 1, moment


def count_of(run_id: str) -> Count:
    """The count of a lesson so far; of nobody by name."""
    query = select(func.count(), func.sum(PageLeaving.times)).where(PageLeaving.run_id == run_id)
    pupils, times = db.session.execute(query).one()
    return Count(pupils, times or 0)
