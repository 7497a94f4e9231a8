"""What happens outside requests: scores to LMSs, rosters from them, snapshots from logs, and what must be forgotten.

One process runs the jobs, each in a transaction of its own; one that fails is logged and tried again on the next round.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import date

from flask import Flask
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from analytics import reader
from analytics.attendance import Status, Thresholds
from analytics.refresh import RunInfo, refresh
from live_session.errors import StoreError
from live_session.store.tables import run as run_table
from lti_tool import live
from lti_tool.clock import local, now
from lti_tool.extensions import db
from lti_tool.lessons import roster as lists
from lti_tool.lessons import running
from lti_tool.lms import delivery
from lti_tool.lms import roster as rosters
from lti_tool.lms.lti import connect
from lti_tool.models import AttendanceDecision, Context, Course, LessonRun, Person
from lti_tool.privacy import retention

_log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two rounds; a score confirmed now is on its way within about this."""
LIVE_SNAPSHOT_EVERY_MS = 60_000
FORGET_EVERY_MS = 3_600_000


class Jobs:
    """The rounds of one process."""

    def __init__(self, app: Flask, connect_to: delivery.Connect = connect) -> None:
        self._app = app
        self._connect = connect_to
        self._forgot_at = 0
        self._live_at: dict[str, int] = {}

    def run(self, until: threading.Event) -> None:
        """Go round until told to stop."""
        while not until.is_set():
            self.round()
            until.wait(EVERY)

    def round(self) -> None:
        """Do once what is due."""
        steps: Sequence[Callable[[], None]] = (self.follow, self.read_rosters, self.refresh, self.deliver, self.forget)
        for step in steps:
            with self._app.test_request_context("/"):  # texts and addresses need a request's settings, never its user
                self._try(step)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
            db.session.commit()
        except (SQLAlchemyError, StoreError) as error:
            db.session.rollback()
            _log.warning("job_put_off", extra={"job": step.__name__, "reason": type(error).__name__})
        except Exception:
            db.session.rollback()
            _log.exception("job_failed", extra={"job": step.__name__})
        finally:
            db.session.remove()

    # --- the jobs ---------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Runs that ended, or were opened again, on the console or by the clock: free or give their code."""
        ended, open_ = run_table.c.ended_at.is_not(None), run_table.c.ended_at.is_(None)
        query = (
            select(LessonRun)
            .join(run_table, run_table.c.id == LessonRun.run_id)
            .where(or_(LessonRun.ended_at.is_(None) & ended, LessonRun.ended_at.is_not(None) & open_))
        )
        for run in db.session.scalars(query).all():
            running.follow(run, live.state_of(run.run_id))

    def read_rosters(self) -> None:
        """Lists that somebody waits for."""
        waiting = rosters.wanted()
        db.session.commit()
        for context_id in waiting:
            rosters.read(context_id, self._connect)

    def refresh(self) -> None:
        """Snapshots of runs whose log has grown: at once when over, once a minute while running; and of runs about
        which the teacher has decided something new."""
        runs = db.session.scalars(select(LessonRun).order_by(LessonRun.started_at.desc()).limit(500)).all()
        stale = set(reader.stale_runs(db.session.connection(), [r.run_id for r in runs]))
        for run in runs:
            if self._is_due(run, run.run_id in stale):
                refresh(db.session.connection(), info_of(run), now(), Thresholds())
                self._live_at[run.run_id] = now()
                db.session.commit()

    def _is_due(self, run: LessonRun, is_stale: bool) -> bool:
        last = self._live_at.get(run.run_id, 0)
        if run.attendance_confirmed_at is not None and run.attendance_confirmed_at > last:
            return True
        return is_stale and (run.ended_at is not None or now() - last > LIVE_SNAPSHOT_EVERY_MS)

    def deliver(self) -> None:
        """Scores on their way to LMSs."""
        waiting = delivery.due()
        db.session.commit()
        for score_id in waiting:
            delivery.deliver(score_id, self._connect)

    def forget(self) -> None:
        """What is kept no longer, once an hour."""
        if now() - self._forgot_at > FORGET_EVERY_MS:
            self._forgot_at = now()
            retention.forget(now())


def info_of(run: LessonRun) -> RunInfo:
    """What analytics cannot know of a run."""
    context = db.session.get_one(Context, run.context_id)
    course = db.session.get(Course, run.context_id)
    day: date = local(run.started_at).date()
    return RunInfo(
        run_id=run.run_id,
        school=context.deployment.registration_id,
        class_id=run.class_id,
        subject=course.subject if course else "",
        day=day,
        roster=[p.uid for p in lists.pupils(run.context_id, run.class_id)],
        decided=_decided(run.run_id),
    )


def _decided(run_id: str) -> dict[str, Status]:
    query = (
        select(Person.uid, AttendanceDecision.status)
        .join(Person, Person.id == AttendanceDecision.person_id)
        .where(AttendanceDecision.run_id == run_id)
        .order_by(AttendanceDecision.id)
    )
    return {row.uid: Status(row.status) for row in db.session.execute(query)}
