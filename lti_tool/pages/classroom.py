"""Google Classroom: a teacher connects and picks a course; a pupil comes in with the account that the course knows.

Google's page cannot stand in a frame, so these are whole windows. Who somebody is in a course says the course's list,
at the door; no parameter of an address does.
"""

from typing import Any

from flask import Blueprint, Response, abort, g, render_template, request, url_for
from sqlalchemy import select

from lti_tool import authority
from lti_tool.access import Need, needs, visitor
from lti_tool.clock import now
from lti_tool.errors import Fault, PlatformFault
from lti_tool.extensions import db
from lti_tool.headers import allow_form, origin_of
from lti_tool.launch.provision import find_or_add
from lti_tool.lessons import joining
from lti_tool.lms import classroom, delivery, google
from lti_tool.lms.google import PROTOCOL, Google, SignedIn
from lti_tool.locale import choose
from lti_tool.models import (
    Context,
    Deployment,
    LaunchKind,
    Lesson,
    LessonRun,
    MemberRole,
    Membership,
    Person,
    Registration,
    Source,
    TeacherConsent,
)
from lti_tool.onward import see_other
from lti_tool.pages.desk import done
from lti_tool.secret import fingerprint
from lti_tool.site import site

screen = Blueprint("classroom", __name__)

TEACH = "teach"
JOIN, LESSON = "join-", "lesson-"
"""What a sign-in is for: to connect; into the lesson of a code; into the course of a lesson."""
WHO = "classroom.who"
WHO_SECONDS = 600
LIST_AGE_MS = 60_000


@screen.get("/classroom")
@needs(Need.NOTHING)
def ask() -> str:
    """What Giơ Tay asks of Google, and the button."""
    allow_form(origin_of(_google().auth_url))  # the form is answered by a redirect there
    return render_template("classroom.html", courses=None)


@screen.post("/classroom/connect")
@needs(Need.NOTHING)
def connect() -> Response:
    """To Google, for a teacher's leave."""
    asked = _google()
    return _to_google(google.ask(asked, google.registration(asked).id, _callback(), TEACH, for_good=True))


@screen.get("/classroom/enter/<purpose>")
@needs(Need.NOTHING)
def enter(purpose: str) -> Response:
    """To Google, to say who this is: from the list of names, or from a lesson's link."""
    if purpose.startswith(JOIN):
        joining.run_by_code(purpose.removeprefix(JOIN))  # a code is guessed no faster here than on its own page
    registration = _context_of(purpose).deployment.registration
    return _to_google(google.ask(_google(), registration.id, _callback(), purpose))


@screen.get("/classroom/lesson/<uid>")
@needs(Need.NOTHING)
def lesson(uid: str) -> Response:
    """The link that stands in Classroom."""
    return enter(LESSON + uid)


@screen.get("/classroom/callback")
@needs(Need.NOTHING, writes=True)
def callback() -> Response:
    """Google says who this is. As at an LMS's own doors, the answer writes and leads on to a page that reloads."""
    asked = _google()
    said = google.answer(asked, _callback(), request.args)
    if said.purpose == TEACH:
        return _private(_teacher(asked, said))
    return _private(_member(said, _context_of(said.purpose)))


@screen.get("/classroom/courses")
@needs(Need.NOTHING)
def courses() -> str:
    """The courses that this teacher may connect."""
    _google()
    who = request.args.get("who", "")
    return render_template("classroom.html", courses=_consent(who).courses, who=who)


@screen.post("/classroom/courses")
@needs(Need.NOTHING)
def choose_course() -> Response:
    """Connect one, and go in."""
    _google()
    consent = _consent(request.form.get("who", ""))
    found = next((one for one in consent.courses if one[0] == request.form.get("course")), None)
    if found is None:
        raise Fault("classroom_course", 404)
    return _begin(_connected(consent, *found), consent.person, MemberRole.TEACHER)


@screen.post("/l/<visit_id>/classroom/lessons/<lesson_uid>")
@needs(Need.TEACH)
def post_lesson(lesson_uid: str) -> Response:
    """Have a lesson's link put into the course as coursework; a job does."""
    context = db.session.get_one(Context, visitor().context_id)
    query = select(Lesson).where(Lesson.uid == lesson_uid, Lesson.context_id == context.id, Lesson.deleted_at.is_(None))
    found = db.session.scalars(query).first()
    if found is None or context.deployment.registration.protocol != PROTOCOL:
        abort(404)
    item = delivery.plan(found, found.title or found.uid, delivery.MAXIMUM)
    item.wanted_at, item.fault = now(), ""
    return done("home.landing", "posting")


# --- who comes ------------------------------------------------------------------------------------------------------


def _teacher(asked: Google, said: SignedIn) -> Response:
    """Keep the leave and the list of courses; the next page is this browser's alone, for ten minutes."""
    person = _person(google.registration(asked), said)
    consent = google.keep_consent(person, said.token)
    db.session.commit()  # nothing is held while Google thinks
    try:
        found = classroom.courses(asked.api, str(said.token["access_token"]))
    except PlatformFault as fault:
        raise Fault("classroom_unreachable", 502, detail=str(fault)) from fault
    consent.courses = [list(one) for one in found]
    who = site().secrets.sign(WHO, [consent.id, fingerprint(authority.browser())])
    return see_other(url_for("classroom.courses", who=who))


def _consent(who: str) -> TeacherConsent:
    match site().secrets.unsign(WHO, who, WHO_SECONDS):
        case [int(consent_id), str(browser)] if browser == fingerprint(authority.browser()):
            if consent := db.session.get(TeacherConsent, consent_id):
                return consent
    raise Fault("classroom_again", 403)


def _connected(consent: TeacherConsent, course_id: str, name: str, section: str) -> Context:
    """The course, with its teacher in it; its list is read at once."""
    asked = _google()
    deployment = db.session.scalars(
        select(Deployment).where(Deployment.registration_id == consent.person.registration_id)
    ).one()
    context = find_or_add(Context, {"created_at": now()}, deployment_id=deployment.id, lms_id=course_id)
    context.title, context.label = name[:500], section[:255]
    context.memberships_url = context.line_items_url = classroom.course_address(asked, course_id)
    # A colleague who unticks a permission takes none away: the job finds the leave that reaches far enough.
    allowed = [scope for scope in consent.scopes.split() if scope.startswith(google.SCOPE)]
    context.grade_scopes = sorted({*context.grade_scopes, *allowed})
    context.roster_wanted_at = now()
    values = {"role": MemberRole.TEACHER, "source": Source.LAUNCH}
    membership = find_or_add(Membership, values, context_id=context.id, person_id=consent.person_id)
    membership.role, membership.source, membership.is_active = MemberRole.TEACHER, Source.LAUNCH, True
    membership.seen_at = now()
    return context


def _member(said: SignedIn, context: Context) -> Response:
    """Into the course, as what its list says of this account. Who was enrolled since has the list read again."""
    query = (
        select(Membership)
        .join(Person)
        .where(
            Membership.context_id == context.id,
            Membership.is_active,
            Person.sub == said.sub,
            Person.registration_id == context.deployment.registration_id,
        )
    )
    known = db.session.scalars(query).first()
    if known is None or known.role not in (MemberRole.PUPIL, MemberRole.TEACHER):
        if now() - context.roster_read_at > LIST_AGE_MS:
            context.roster_wanted_at = now()
            db.session.commit()
        raise Fault("classroom_stranger", 403, course=context.title)
    known.seen_at = now()
    return _begin(context, known.person, known.role)


def _begin(context: Context, person: Person, role: MemberRole) -> Response:
    g.visit_id = authority.begin(
        authority.Beginning(
            kind=LaunchKind.LMS,
            person_id=person.id,
            role=role,
            context_id=context.id,
            registration_id=context.deployment.registration_id,
            claim=authority.claim_of(person.uid),
            locale=choose(),
        )
    )
    return see_other(url_for("home.landing", visit_id=g.visit_id))


def _person(registration: Registration, said: SignedIn) -> Person:
    person = find_or_add(Person, {"created_at": now()}, registration_id=registration.id, sub=said.sub)
    if said.name.display:
        person.name, person.given_name = said.name.display, said.name.given
    return person


def _context_of(purpose: str) -> Context:
    """The Classroom course that a sign-in leads into. 404 for what is none."""
    _google()
    if purpose.startswith(JOIN):
        query = select(LessonRun.context_id).where(LessonRun.code == purpose.removeprefix(JOIN))
    else:
        uid = purpose.removeprefix(LESSON) if purpose.startswith(LESSON) else ""
        query = select(Lesson.context_id).where(Lesson.uid == uid, Lesson.deleted_at.is_(None))
    context_id = db.session.scalars(query).first()
    context = db.session.get(Context, context_id) if context_id is not None else None
    if context is None or context.deployment.registration.protocol != PROTOCOL:
        abort(404)
    return context


# --- ways -----------------------------------------------------------------------------------------------------------


def _google() -> Google:
    asked = google.google()
    if asked is None:
        abort(404)
    return asked


def _callback() -> str:
    return f"{site().settings.public_url}/classroom/callback"


def _to_google(address: str) -> Response:
    return _private(see_other(address))


def _private(answer: Any) -> Response:
    answer.headers["Referrer-Policy"] = "no-referrer"
    private: Response = answer
    return private
