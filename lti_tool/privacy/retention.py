"""What is forgotten, and when. Runs of whole lessons go together: log, answers, snapshot, decisions."""

import logging

from sqlalchemy import delete, select

from analytics import reader
from live_session.model import Millis
from live_session.store.tables import run as run_table
from lti_tool import authority
from lti_tool.extensions import db
from lti_tool.launch import state
from lti_tool.models import (
    AccessEntry,
    AttendanceDecision,
    LessonRun,
    Membership,
    Person,
    PlatformToken,
    RegistrationInvite,
    RememberedPhone,
    ScoreDecision,
)
from lti_tool.site import site

_log = logging.getLogger(__name__)

DAY: Millis = 86_400_000
REMEMBER_PHONE: Millis = 300 * DAY
MOST_AT_ONCE = 200


def forget(moment: Millis) -> None:
    """Remove what is past its time."""
    settings = site().settings
    authority.forget_expired(moment)
    state.forget_expired(moment)
    db.session.execute(delete(PlatformToken).where(PlatformToken.expires_at < moment))
    db.session.execute(delete(RegistrationInvite).where(RegistrationInvite.expires_at < moment))
    db.session.execute(delete(RememberedPhone).where(RememberedPhone.at < moment - REMEMBER_PHONE))
    db.session.execute(delete(AccessEntry).where(AccessEntry.at < moment - settings.access_log_days * DAY))
    before = moment - settings.retention_days * DAY
    forget_runs(before)
    forget_people(before)


def forget_runs(before: Millis) -> int:
    """Lessons taught before this moment: their log, answers, snapshot and decisions. Finished counts stay."""
    query = select(LessonRun.run_id).where(LessonRun.started_at < before).limit(MOST_AT_ONCE)
    old = list(db.session.scalars(query))
    for run_id in old:
        forget_run(run_id)
    if old:
        _log.info("runs_forgotten", extra={"count": len(old)})
    return len(old)


def forget_run(run_id: str) -> None:
    """One lesson, whole."""
    db.session.execute(delete(AttendanceDecision).where(AttendanceDecision.run_id == run_id))
    db.session.execute(delete(ScoreDecision).where(ScoreDecision.run_id == run_id))
    db.session.execute(delete(LessonRun).where(LessonRun.run_id == run_id))
    reader.forget_snapshot(db.session.connection(), run_id)
    db.session.execute(delete(run_table).where(run_table.c.id == run_id))  # events and content go with it


def forget_people(before: Millis) -> int:
    """People who are in no course any more and were not seen since."""
    still_in = select(Membership.person_id).where(Membership.is_active | (Membership.seen_at >= before))
    gone = delete(Person).where(Person.created_at < before, Person.id.not_in(still_in))
    return db.session.execute(gone).rowcount  # type: ignore[attr-defined, no-any-return]
