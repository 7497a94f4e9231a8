"""Slips: a pupil's own way into the self-paced work of a course, for schools whose pupils have no account in an LMS.

A name that is only picked from a list opens no work: a classmate could pick it. A slip holds a secret that the teacher
gave to this pupil alone; it opens what is this pupil's, and ends with the term, by a press, or with a newer one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select, update

from live_session.commands import Actor, Release
from live_session.model import Millis, Role
from lti_tool import authority, live
from lti_tool.authority import Visit
from lti_tool.clock import moment_of, now, today
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import roster
from lti_tool.lessons.roster import Pupil
from lti_tool.limiting import guesses
from lti_tool.locale import choose
from lti_tool.models import (
    Context,
    LaunchKind,
    LaunchVisit,
    LessonRun,
    MemberRole,
    Membership,
    Person,
    Practice,
    PupilSlip,
)
from lti_tool.secret import as_typed, fingerprint, written_secret

LAST_DAYS = ((1, 15), (7, 31))
"""On which days slips end, as (month, day): with the first term, and with the school year."""


@dataclass(frozen=True)
class Slip:
    """What is printed for one pupil, once."""

    pupil: Pupil
    secret: str
    until: date

    @property
    def spelled(self) -> str:
        """The secret as it is typed: in fours."""
        return "-".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


def _end_of(day: date) -> Millis:
    return moment_of(datetime.combine(day + timedelta(days=1), time()))


def ends_on(day: date) -> date:
    """The last day of a slip that is made on this one: the term's."""
    days = [date(year, *last) for year in (day.year, day.year + 1) for last in LAST_DAYS]
    return min(last for last in days if last >= day)


# --- the teacher gives them -----------------------------------------------------------------------------------------


def of_course(context_id: int) -> Mapping[int, PupilSlip]:
    """The slips of a course that open now, by person."""
    query = select(PupilSlip).where(
        PupilSlip.context_id == context_id, PupilSlip.revoked_at.is_(None), PupilSlip.expires_at > now()
    )
    return {slip.person_id: slip for slip in db.session.scalars(query)}


def make(visit: Visit, person_ids: Collection[int]) -> Sequence[Slip]:
    """New slips for these pupils of the course's list, in its order; earlier ones end. Raises `Fault` for nobody."""
    chosen = [pupil for pupil in roster.pupils(visit.context_id) if pupil.person_id in set(person_ids)]
    if not chosen:
        raise Fault("slips_nobody")
    db.session.get(Context, visit.context_id, with_for_update=True)  # two presses leave one slip each
    revoke(visit, [pupil.person_id for pupil in chosen])
    at, until = now(), ends_on(today())
    made = [Slip(pupil, written_secret(), until) for pupil in chosen]
    for slip in made:
        row = PupilSlip(fingerprint=fingerprint(slip.secret), context_id=visit.context_id, made_by=visit.person_id)
        row.person_id, row.made_at, row.expires_at = slip.pupil.person_id, at, _end_of(until)
        db.session.add(row)
    return made


def revoke(visit: Visit, person_ids: Collection[int]) -> None:
    """End the slips of these pupils at once, and what was opened by them: pages, and seats in what is open."""
    of = (PupilSlip.context_id == visit.context_id, PupilSlip.person_id.in_(person_ids))
    db.session.execute(update(PupilSlip).where(*of, PupilSlip.revoked_at.is_(None)).values(revoked_at=now()))
    opened = select(LaunchVisit).where(
        LaunchVisit.kind == LaunchKind.SLIP,
        LaunchVisit.context_id == visit.context_id,
        LaunchVisit.person_id.in_(person_ids),
    )
    launches = db.session.scalars(opened).all()
    claims = {(launch.person.uid, launch.claim) for launch in launches}
    _free(visit, claims)
    db.session.execute(delete(LaunchVisit).where(LaunchVisit.id.in_([launch.id for launch in launches])))


def _free(visit: Visit, claims: Collection[tuple[str, str]]) -> None:
    """Free the seats that these browsers hold in what is open in the course."""
    if not claims:
        return
    works = select(Practice.run_id).where(Practice.context_id == visit.context_id, Practice.closed_at.is_(None))
    lessons = select(LessonRun.run_id).where(LessonRun.context_id == visit.context_id, LessonRun.ended_at.is_(None))
    for run_id in (*db.session.scalars(works), *db.session.scalars(lessons)):
        state = live.state_of(run_id)
        for who in sorted({uid for uid, claim in claims if state.held(uid, claim)}):
            live.ask(run_id, Release(who), Actor(Role.TEACHER, visit.uid))


# --- a pupil comes by one -------------------------------------------------------------------------------------------


def redeem(typed: str) -> str:
    """Begin a launch for the pupil of this slip; its id. Raises `Fault`, the same for a secret that is wrong, expired,
    revoked, or whose pupil has left the course. Wrong ones count like wrong codes, by browser."""
    if not guesses().may_try(authority.browser()):
        raise Fault("code_too_often", 429)
    slip = db.session.scalars(select(PupilSlip).where(PupilSlip.fingerprint == fingerprint(as_typed(typed)))).first()
    if slip is None or slip.revoked_at is not None or slip.expires_at <= now() or not _is_on_list(slip):
        guesses().count_wrong(authority.browser())
        raise Fault("slip_gone", 404)
    slip.used_at = now()
    return _begin(slip)


def _is_on_list(slip: PupilSlip) -> bool:
    query = select(Membership.id).where(
        Membership.context_id == slip.context_id,
        Membership.person_id == slip.person_id,
        Membership.role == MemberRole.PUPIL,
        Membership.is_active,
    )
    return db.session.scalar(query) is not None


def _begin(slip: PupilSlip) -> str:
    person = db.session.get_one(Person, slip.person_id)
    return authority.begin(
        authority.Beginning(
            kind=LaunchKind.SLIP,
            person_id=slip.person_id,
            role=MemberRole.PUPIL,
            context_id=slip.context_id,
            registration_id=db.session.get_one(Context, slip.context_id).deployment.registration_id,
            claim=authority.claim_of(person.uid),
            locale=choose(),
        )
    )


def leave(visit: Visit) -> None:
    """This pupil is done on this device: what the slip opened here opens no more. Answers stay."""
    db.session.execute(delete(LaunchVisit).where(LaunchVisit.id == visit.id, LaunchVisit.kind == LaunchKind.SLIP))
