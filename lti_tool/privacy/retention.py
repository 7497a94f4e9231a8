"""What is forgotten, and when. Runs of whole lessons go together: log, answers, snapshot, decisions."""

import logging

from sqlalchemy import delete, or_, select

from analytics import pool, reader
from analytics.mastery import ledger
from live_session.model import Millis
from live_session.store.tables import run as run_table
from lti_tool import authority
from lti_tool.clock import DAY_MS, local
from lti_tool.extensions import db
from lti_tool.launch import keys, state
from lti_tool.lessons import nameless
from lti_tool.lms import google
from lti_tool.models import (
    AccessEntry,
    AttendanceDecision,
    Conduct,
    Context,
    Excuse,
    Exemption,
    FamilyLink,
    FamilyWord,
    Grant,
    JudgedLevel,
    LessonRun,
    Mark,
    MeetingPresence,
    Membership,
    Observation,
    PageLeaving,
    PeriodEntry,
    Person,
    PlatformToken,
    Practice,
    PracticePupil,
    ProfileEntry,
    PupilSlip,
    Recording,
    Refusal,
    RegistrationInvite,
    RememberedPhone,
    RollWord,
    Score,
    ScoreDecision,
    SpotCheck,
    TermComment,
)
from lti_tool.site import site

_log = logging.getLogger(__name__)

REMEMBER_PHONE: Millis = 300 * DAY_MS
REFUSALS: Millis = 30 * DAY_MS
LEAVING: Millis = 7 * DAY_MS
MOST_AT_ONCE = 200


def forget(moment: Millis) -> None:
    """Remove what is past its time."""
    settings = site().settings
    authority.forget_expired(moment)
    nameless.forget(moment)
    state.forget_expired(moment)
    keys.tidy(moment)
    google.hide_anew()
    db.session.execute(delete(PlatformToken).where(PlatformToken.expires_at < moment))
    db.session.execute(delete(RegistrationInvite).where(RegistrationInvite.expires_at < moment))
    db.session.execute(delete(Refusal).where(Refusal.at < moment - REFUSALS))
    db.session.execute(delete(RememberedPhone).where(RememberedPhone.at < moment - REMEMBER_PHONE))
    db.session.execute(delete(PageLeaving).where(PageLeaving.last_at < moment - LEAVING))
    db.session.execute(delete(AccessEntry).where(AccessEntry.at < moment - settings.access_log_days * DAY_MS))
    before = moment - settings.retention_days * DAY_MS
    db.session.execute(delete(Score).where(Score.timestamp < before))
    db.session.execute(delete(ProfileEntry).where(ProfileEntry.at < before))
    db.session.execute(delete(Excuse).where(Excuse.ends_at < before))
    db.session.execute(delete(Mark).where(Mark.made_at < before))
    db.session.execute(delete(FamilyLink).where(FamilyLink.expires_at < before))
    db.session.execute(delete(PupilSlip).where(PupilSlip.expires_at < before))
    db.session.execute(delete(FamilyWord).where(FamilyWord.at < before))
    db.session.execute(delete(Conduct).where(Conduct.made_at < before))
    db.session.execute(delete(Exemption).where(Exemption.made_at < before))
    db.session.execute(delete(TermComment).where(TermComment.made_at < before))
    db.session.execute(delete(PeriodEntry).where(PeriodEntry.day < local(before).date()))
    db.session.execute(delete(Grant).where(Grant.ends_on < local(before).date()))
    forget_people(before)
    db.session.commit()
    forget_runs(before)


def forget_runs(before: Millis) -> int:
    """Lessons taught, and work opened, before this moment: their log, answers, snapshot and decisions. Finished counts
    stay. Each goes in a transaction of its own: answers of running lessons must not wait for all of them."""
    taught = select(LessonRun.run_id).where(LessonRun.started_at < before).limit(MOST_AT_ONCE)
    given = select(Practice.run_id).where(Practice.opened_at < before).limit(MOST_AT_ONCE)
    old = [*db.session.scalars(taught), *db.session.scalars(given)]
    for run_id in old:
        forget_run(run_id)
        db.session.commit()
    if old:
        _log.info("runs_forgotten", extra={"count": len(old)})
    return len(old)


def forget_run(run_id: str) -> None:
    """One lesson, whole."""
    db.session.execute(delete(AttendanceDecision).where(AttendanceDecision.run_id == run_id))
    db.session.execute(delete(RollWord).where(RollWord.run_id == run_id))
    db.session.execute(delete(MeetingPresence).where(MeetingPresence.run_id == run_id))
    db.session.execute(delete(Recording).where(Recording.run_id == run_id))
    db.session.execute(delete(PageLeaving).where(PageLeaving.run_id == run_id))
    db.session.execute(delete(SpotCheck).where(SpotCheck.run_id == run_id))
    db.session.execute(delete(Observation).where(Observation.run_id == run_id))
    db.session.execute(delete(ScoreDecision).where(ScoreDecision.run_id == run_id))
    db.session.execute(delete(JudgedLevel).where(JudgedLevel.run_id == run_id))
    db.session.execute(delete(LessonRun).where(LessonRun.run_id == run_id))
    db.session.execute(delete(PracticePupil).where(PracticePupil.run_id == run_id))
    db.session.execute(delete(Practice).where(Practice.run_id == run_id))
    reader.forget_snapshot(db.session.connection(), run_id)
    ledger.forget_run(db.session.connection(), run_id)
    pool.forget_run(db.session.connection(), run_id)
    db.session.execute(delete(run_table).where(run_table.c.id == run_id))  # events and content go with it


def forget_people(before: Millis) -> int:
    """People who are in no course any more and were not seen since. A course of which nothing was heard since (no
    launch, no list read) is over, though no LMS ever says so: nobody is in it any more."""
    launched = select(Membership.context_id).where(Membership.seen_at >= before)
    alive = select(Context.id).where(
        or_(Context.created_at >= before, Context.roster_read_at >= before, Context.id.in_(launched))
    )
    still_in = select(Membership.person_id).where(
        or_(Membership.seen_at >= before, Membership.is_active & Membership.context_id.in_(alive))
    )
    gone = delete(Person).where(Person.created_at < before, Person.id.not_in(still_in))
    return db.session.execute(gone).rowcount  # type: ignore[attr-defined, no-any-return]
