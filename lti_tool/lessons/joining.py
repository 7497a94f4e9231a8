"""Coming into a lesson: by an LMS launch, or by the code and a name from the list."""

from dataclasses import dataclass

from flask import Response, request
from sqlalchemy import select

from live_session.errors import Code, Refusal
from live_session.events import SERVER, Sit
from live_session.model import Mode, Phase, Proof, Standing, State
from lti_tool import authority, live
from lti_tool.authority import Visit
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import roster
from lti_tool.lessons.running import is_room_code, running_in
from lti_tool.limiting import guesses
from lti_tool.models import (
    Context,
    LaunchKind,
    LaunchVisit,
    LessonRun,
    MemberRole,
    Membership,
    Person,
    RememberedPhone,
)
from lti_tool.secret import fingerprint
from lti_tool.site import site

ROOM_PROOF = "room"
ROOM_COOKIE = "giotay-room"
PROOF_SECONDS = 600
"""The proof of a scan waits this long for the launch or the pick that follows it."""


@dataclass(frozen=True)
class Place:
    """Where a pupil takes part, and what stands behind it."""

    mode: Mode
    proof: Proof


# --- the code -------------------------------------------------------------------------------------------------------


def run_by_code(code: str, room_code: str = "") -> LessonRun:
    """The running lesson with this code. Raises `Fault`: wrong, or guessed too often.

    Wrong codes count by browser, never by address (a school is one address). When the whole installation sees many,
    those who can show nothing else wait a little; a scan of the room's own code never does.
    """
    digits = "".join(c for c in code if c.isdigit())
    run = db.session.scalars(select(LessonRun).where(LessonRun.code == digits)).first() if len(digits) == 6 else None
    is_scanned = run is not None and bool(room_code) and is_room_code(run, room_code, now())
    if not is_scanned and not guesses().may_try(authority.browser()):
        raise Fault("code_too_often", 429)
    if run is None:
        guesses().count_wrong(authority.browser())
        raise Fault("code_wrong", 404)
    return run


def prove_room(response: Response, run: LessonRun, room_code: str) -> Response:
    """A scan of the room's current code: keep the proof in this browser for ten minutes."""
    if room_code and is_room_code(run, room_code, now()):
        response.set_cookie(
            ROOM_COOKIE,
            site().secrets.sign(ROOM_PROOF, run.run_id),
            max_age=PROOF_SECONDS,
            httponly=True,
            secure=site().settings.is_https,
            samesite="Lax",
        )
    return response


def has_room_proof(run_id: str) -> bool:
    """This browser scanned that run's room code within the last ten minutes."""
    proved = site().secrets.unsign(ROOM_PROOF, request.cookies.get(ROOM_COOKIE, ""), PROOF_SECONDS)
    return bool(proved == run_id)


# --- the list of names ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """A name on the join page: nothing but the name, and whether a phone holds it."""

    person_id: int
    name: str
    is_taken: bool


def names(run: LessonRun, state: State) -> list[Name]:
    """The names one may pick."""
    return [
        Name(p.person_id, p.name, is_taken(state, p.uid, authority.claim_of(p.uid)))
        for p in roster.pupils(run.context_id, run.class_id)
    ]


def is_taken(state: State, uid: str, claim: str) -> bool:
    """Another browser holds this seat."""
    sitting = state.participants.get(uid)
    return sitting is not None and sitting.active is not None and sitting.active.id != claim


def remembered(run: LessonRun) -> Person | None:
    """Who picked a name in this course with this browser last time."""
    known = db.session.get(RememberedPhone, (fingerprint(authority.browser()), run.context_id))
    return known.person if known else None


def pick(run: LessonRun, person_id: int, place: Place) -> LaunchVisit:
    """Sit down under a picked name; "tự nhận" until the teacher confirms it or the LMS says so.

    Raises `Fault` when the name is not on the list, or taken by another phone.
    """
    pupil = next((p for p in roster.pupils(run.context_id, run.class_id) if p.person_id == person_id), None)
    context = db.session.get(Context, run.context_id)
    if pupil is None or context is None:
        raise Fault("name_unknown", 404)
    claim = authority.claim_of(pupil.uid)
    sit(run, pupil.uid, claim, Standing.PICKED, place)
    db.session.merge(
        RememberedPhone(
            browser_hash=fingerprint(authority.browser()), context_id=run.context_id, person_id=person_id, at=now()
        )
    )
    return authority.begin(
        LaunchVisit(
            kind=LaunchKind.CODE,
            person_id=person_id,
            role=MemberRole.PUPIL,
            context_id=run.context_id,
            registration_id=context.deployment.registration_id,
            run_id=run.run_id,
            claim=claim,
            locale=site().settings.locale,
        )
    )


def forget_phone(run: LessonRun) -> None:
    """ "Không phải em": this browser is offered no name any more."""
    known = db.session.get(RememberedPhone, (fingerprint(authority.browser()), run.context_id))
    if known:
        db.session.delete(known)


# --- sitting down ---------------------------------------------------------------------------------------------------


def run_for(visit: Visit) -> LessonRun | None:
    """The lesson this pupil may be in now: the one joined by code, or the course's running one for their class."""
    if visit.run_id:
        return db.session.get(LessonRun, visit.run_id)
    membership = db.session.scalars(
        select(Membership).where(Membership.context_id == visit.context_id, Membership.person_id == visit.person_id)
    ).first()
    return running_in(visit.context_id, membership.class_id if membership else None) or running_in(visit.context_id)


def sit_down(visit: Visit, run: LessonRun) -> None:
    """Take the seat of an LMS launch, or come back to a picked one."""
    is_launch = visit.kind is LaunchKind.LMS
    sit(run, visit.uid, visit.claim, Standing.LAUNCHED if is_launch else Standing.PICKED, None)


def sit(run: LessonRun, uid: str, claim: str, standing: Standing, place: Place | None) -> None:
    """Take or keep a seat. Where nothing is said, the room is proved by a scan, else a mode known before stays, else
    it is "at home": a code that was not seen in the room proves nothing. Raises `Fault`."""
    state = live.state_of(run.run_id)
    sitting = state.participants.get(uid)
    held = sitting.claims.get(claim) if sitting else None
    if has_room_proof(run.run_id):
        place = Place(Mode.ROOM, Proof.CODE)
    elif place is None:
        place = Place(held.mode, held.proof) if held else Place(Mode.HOME, Proof.NONE)
    is_same = held is not None and not held.released and (held.mode, held.proof) == (place.mode, place.proof)
    if held and is_same and (held.standing is standing or standing is Standing.PICKED):
        return
    result = live.ask(run.run_id, Sit(uid, claim, standing, place.mode, place.proof), SERVER)
    if isinstance(result, Refusal):
        raise _refused(result, state)


def _refused(refusal: Refusal, state: State) -> Fault:
    if refusal.code is Code.TAKEN:
        return Fault("name_taken", 409)
    if state.phase is Phase.ENDED:
        return Fault("lesson_over", 410)
    return Fault("not_admitting", 403)


def is_seated(state: State, visit: Visit) -> bool:
    """This browser holds the pupil's seat."""
    sitting = state.participants.get(visit.uid)
    held = sitting.claims.get(visit.claim) if sitting else None
    return held is not None and not held.released
