"""Coming into a lesson: by an LMS launch, or by the code and a name from the list."""

from dataclasses import dataclass
from typing import NamedTuple, TypeGuard
from urllib.parse import urlsplit

from flask import Response, after_this_request, request, url_for
from sqlalchemy import select

from live_session.commands import SERVER, Sit
from live_session.errors import Code, Refusal
from live_session.model import Claim, Mode, Phase, Proof, Standing, State
from lti_tool import authority, live
from lti_tool.authority import Visit
from lti_tool.clock import DAY_MS, now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import nameless, roster
from lti_tool.lessons.running import is_room_code, room_step, running_in
from lti_tool.limiting import guesses
from lti_tool.lms import google
from lti_tool.lms.doors import door_to
from lti_tool.locale import choose
from lti_tool.models import (
    Context,
    LaunchBrowser,
    LaunchKind,
    LaunchVisit,
    LessonRun,
    MemberRole,
    Membership,
    Person,
    RememberedPhone,
    ResourceLink,
)
from lti_tool.names import FullName, short_names
from lti_tool.secret import fingerprint
from lti_tool.site import site

ROOM_PROOF = "room"
ROOM_COOKIE = "giotay-room"
DOOR = "door"
DOOR_COOKIE = "giotay-door"
DOOR_SECONDS = 180 * 86_400
MOST_DOORS = 30
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
    is_scanned = run is not None and (is_room_code(run, room_code, now()) or has_room_proof(run.run_id))
    if not is_scanned and not guesses().may_try(authority.browser()):
        raise Fault("code_too_often", 429)
    if run is None:
        guesses().count_wrong(authority.browser())
        raise Fault("code_wrong", 404)
    return run


def prove_room(response: Response, run: LessonRun, room_code: str) -> Response:
    """A scan of the room's current code: keep the proof in this browser for ten minutes, for whoever sits down next.
    Each code is one scan: opened again, it stays with who has sat down by it, and so does one from before it."""
    step, kept = room_step(run, room_code, now()), _proof_of(run.run_id)
    if step is None or (kept is not None and kept.step >= step):
        return response
    return _keep_proof(response, run.run_id, RoomProof("", step))


class RoomProof(NamedTuple):
    """A scan by this browser: who sat down by it ("" while nobody has), and which code it was."""

    holder: str
    step: int


def _keep_proof(response: Response, run_id: str, proof: RoomProof) -> Response:
    signed = site().secrets.sign(ROOM_PROOF, [run_id, fingerprint(authority.browser()), *proof])
    return _set(response, ROOM_COOKIE, signed, PROOF_SECONDS)


def _set(response: Response, name: str, value: str, seconds: int) -> Response:
    """A cookie of the whole window's; in an LMS's frame none is wanted."""
    response.set_cookie(name, value, max_age=seconds, httponly=True, secure=site().settings.is_https, samesite="Lax")
    return response


def has_room_proof(run_id: str, uid: str | None = None) -> bool:
    """This very browser scanned that run's room code within the last ten minutes, and nobody but this person has sat
    down by it. Without a person: whoever it was."""
    proof = _proof_of(run_id)
    return proof is not None and (uid is None or proof.holder in ("", uid))


def _proof_of(run_id: str) -> RoomProof | None:
    """This browser's scan in that lesson."""
    proved = site().secrets.unsign(ROOM_PROOF, request.cookies.get(ROOM_COOKIE, ""), PROOF_SECONDS)
    match proved:
        case [str(run), str(browser), str(uid), int(step)] if run == run_id and browser == fingerprint(
            authority.browser()
        ):
            return RoomProof(uid, step)
    return None


def _is_free(proof: RoomProof | None) -> TypeGuard[RoomProof]:
    """Nobody has sat down by that scan yet."""
    return proof is not None and not proof.holder


def spend_scan(run_id: str, uid: str) -> bool:
    """Whether this browser has a scan that is nobody's yet. From now on it is this person's: the phone proves nothing
    for the next one who picks a name on it, and nothing again for this one who went away."""
    proof = _proof_of(run_id)
    if not _is_free(proof):
        return False
    bound = proof._replace(holder=uid)
    after_this_request(lambda response: _keep_proof(response, run_id, bound))
    return True


# --- the LMS's own door ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Door:
    """The LMS's page of a lesson's activity, and the host that stands in it."""

    address: str
    host: str


def door_of(run: LessonRun) -> Door | None:
    """Where the LMS opens this lesson for whoever has an account there: by the activity it was started from, else the
    one it was put into the course by, else the course's newest. None for a lesson that no LMS opens."""
    context = db.session.get(Context, run.context_id)
    registration = context.deployment.registration if context else None
    if registration is not None and registration.protocol == google.PROTOCOL:
        is_open = google.google() is not None and bool(run.code)
        return Door(url_for("classroom.enter", purpose=f"join-{run.code}"), "Google") if is_open else None
    links = db.session.scalars(
        select(ResourceLink).where(ResourceLink.context_id == run.context_id).order_by(ResourceLink.id.desc())
    ).all()
    fit = sorted(links, key=lambda link: (link.id != run.resource_link_id, link.lesson_id != run.lesson_id))
    address = door_to(registration, fit[0]) if registration is not None and fit else None
    return Door(address, urlsplit(address).netloc) if address else None


def is_at_home_in_lms(run: LessonRun) -> bool:
    """This browser has come into this course through the LMS before: a scan goes on there by itself."""
    kept = site().secrets.unsign(DOOR, request.cookies.get(DOOR_COOKIE, ""), DOOR_SECONDS)
    return isinstance(kept, list) and run.context_id in kept


def remember_door(response: Response, context_id: int) -> Response:
    """Keep in this browser that it comes into this course through the LMS. Says nothing of the person."""
    kept = site().secrets.unsign(DOOR, request.cookies.get(DOOR_COOKIE, ""), DOOR_SECONDS)
    others = [one for one in kept if one != context_id] if isinstance(kept, list) else []
    return _set(response, DOOR_COOKIE, site().secrets.sign(DOOR, [*others, context_id][-MOST_DOORS:]), DOOR_SECONDS)


# --- the list of names ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """A name on the join page: nothing but the name, and whether a phone holds it."""

    person_id: int
    name: str
    is_taken: bool


def names(run: LessonRun, state: State) -> list[Name]:
    """The names one may pick."""
    return [Name(p.person_id, p.name, is_taken(state, p.uid, authority.claim_of(p.uid))) for p in roster.pupils_of(run)]


def is_taken(state: State, uid: str, claim: str) -> bool:
    """Another browser holds this seat."""
    sitting = state.participants.get(uid)
    held = sitting.active if sitting else None
    return held is not None and not held.is_card and held.id != claim


def remembered(run: LessonRun) -> Person | None:
    """Who picked a name in this course with this browser last time."""
    known = db.session.get(RememberedPhone, (fingerprint(authority.browser()), run.context_id))
    return known.person if known else None


def pick(run: LessonRun, person_id: int, place: Place) -> str:
    """Sit down under a picked name; "tự nhận" until the teacher confirms it or the LMS says so. The new launch's id.

    Raises `Fault` when the name is not on the list, or taken by another phone.
    """
    pupil = next((p for p in roster.pupils_of(run) if p.person_id == person_id), None)
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
        authority.Beginning(
            kind=LaunchKind.CODE,
            person_id=person_id,
            role=MemberRole.PUPIL,
            context_id=run.context_id,
            registration_id=context.deployment.registration_id,
            run_id=run.run_id,
            claim=claim,
            locale=choose(),
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
    if visit.kind is LaunchKind.NAMELESS:
        return nameless.running_in(visit.context_id)
    membership = db.session.scalars(
        select(Membership).where(Membership.context_id == visit.context_id, Membership.person_id == visit.person_id)
    ).first()
    return running_in(visit.context_id, membership.class_id if membership else None) or running_in(visit.context_id)


def run_held(visit: Visit) -> LessonRun | None:
    """The lesson this pupil is in; after its end the one of today in which this browser has a seat, so that a reload
    keeps it and an answer that waits on the phone still has where to go."""
    if run := run_for(visit):
        return run
    query = (
        select(LessonRun)
        .where(LessonRun.context_id == visit.context_id, LessonRun.started_at >= now() - DAY_MS)
        .order_by(LessonRun.started_at.desc())
    )
    return next((r for r in db.session.scalars(query) if is_seated(live.state_of(r.run_id), visit)), None)


def sit_down(visit: Visit, run: LessonRun) -> None:
    """Take the seat of an LMS launch, or come back to a picked one."""
    if visit.kind is LaunchKind.LMS and not is_at_home_in_lms(run):
        after_this_request(lambda response: remember_door(response, run.context_id))
    sit(run, visit.uid, visit.claim, STANDING[visit.kind], None)


STANDING = {
    LaunchKind.LMS: Standing.LAUNCHED,
    LaunchKind.CODE: Standing.PICKED,
    LaunchKind.SLIP: Standing.PICKED,
    LaunchKind.NAMELESS: Standing.NAMELESS,
}
"""How far a seat in a lesson is its pupil's own, by how they came. A slip may lie on a neighbour's desk: the teacher
vouches, as for a picked name."""


def sit(run: LessonRun, uid: str, claim: str, standing: Standing, place: Place | None) -> None:
    """Take or keep a seat. Where nothing is said, the room is proved by a scan, else a mode known before stays, else
    it is "at home": a code that was not seen in the room proves nothing. A new scan by who sits already renews the
    proof. Raises `Fault`."""
    state = live.state_of(run.run_id)
    sitting = state.participants.get(uid)
    held = sitting.claims.get(claim) if sitting else None
    is_new_scan = spend_scan(run.run_id, uid)
    went_home = held is not None and not held.released and held.mode is Mode.HOME
    if is_new_scan or (has_room_proof(run.run_id, uid) and not went_home):
        place = Place(Mode.ROOM, Proof.CODE)
    elif place is None:
        place = _place_before(held)
    is_same = held is not None and not held.released and (held.mode, held.proof) == (place.mode, place.proof)
    if held and is_same and not is_new_scan and (held.standing is standing or standing is Standing.PICKED):
        return
    command = Sit(uid, claim, standing, place.mode, place.proof, _extra_time(run, uid), _phone(run))
    result = live.ask(run.run_id, command, SERVER)
    if isinstance(result, Refusal):
        raise _refused(result, live.state_of(run.run_id))  # the clock may have ended it at this very request


def _place_before(held: Claim | None) -> Place:
    """Where this browser was before in the lesson. What a scan proved went with a seat that the teacher freed: who
    takes it again says so, and no more."""
    if held is None:
        return Place(Mode.HOME, Proof.NONE)
    return Place(held.mode, Proof.DECLARED if held.released and held.proof is Proof.CODE else held.proof)


def _phone(run: LessonRun) -> str:
    """This browser, by an id that means nothing in any other lesson."""
    return fingerprint(f"{authority.browser()}:{run.run_id}")[:12]


def launches_here(run: LessonRun) -> list[LaunchVisit]:
    """Whoever has a seat in this lesson at this very phone: one launch each, the longest here first."""
    state = live.state_of(run.run_id)
    query = (
        select(LaunchVisit)
        .join(LaunchBrowser, LaunchBrowser.launch_id == LaunchVisit.id)
        .where(
            LaunchBrowser.browser_hash == fingerprint(authority.browser()),
            LaunchVisit.context_id == run.context_id,
            LaunchVisit.role == MemberRole.PUPIL,
            LaunchVisit.expires_at > now(),
        )
        .order_by(LaunchVisit.created_at)
    )
    return list({v.person_id: v for v in db.session.scalars(query) if state.held(v.person.uid, v.claim)}.values())


def mates(visit: Visit, run: LessonRun) -> list[tuple[str, str]]:
    """Who else has a seat in this lesson at this very phone: their launch and what they are called here, the longest
    here first."""
    here = launches_here(run)
    short = short_names(FullName(v.person.name, v.person.given_name) for v in here)
    return [
        (v.id, name or roster.nameless(v.person.uid))
        for v, name in zip(here, short, strict=True)
        if v.person_id != visit.person_id
    ]


def _extra_time(run: LessonRun, uid: str) -> int:
    """Percent of more time that the teacher has given this pupil in the course."""
    query = (
        select(Membership.extra_time)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.context_id == run.context_id, Person.uid == uid)
    )
    return db.session.scalar(query) or 0


def _refused(refusal: Refusal, state: State) -> Fault:
    if refusal.code is Code.TAKEN:
        return Fault("name_taken", 409)
    if state.phase is Phase.ENDED:
        return Fault("lesson_over", 410)
    return Fault("not_admitting", 403)


def is_seated(state: State, visit: Visit) -> bool:
    """This browser holds the pupil's seat."""
    return state.held(visit.uid, visit.claim) is not None
