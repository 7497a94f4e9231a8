"""From a verified launch to rows: registration, deployment, context, resource link, person, membership. One
transaction; launching again, or forty at once, makes nothing twice."""

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, select
from sqlalchemy.exc import IntegrityError

from lti_tool.clock import now
from lti_tool.errors import LaunchRefused
from lti_tool.extensions import db
from lti_tool.launch import framing, standing
from lti_tool.launch.claims import Launch
from lti_tool.lessons import copying, courses, nameless
from lti_tool.models import (
    Context,
    Deployment,
    Lesson,
    MemberRole,
    Membership,
    Model,
    Person,
    RegistrationState,
    ResourceLink,
    Source,
)

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Provisioned:
    """What a launch stands on, by the ids of its rows."""

    context_id: int
    link_id: int | None
    lesson_id: int | None
    person_id: int
    person_uid: str


def unchanged(launch: Launch, registration_id: int, connection: Connection) -> Provisioned | None:
    """What the launch stands on where it brings nothing new: most do, and one question says so. Else None."""
    known = standing.known(launch, registration_id, connection)
    if known is None or known.state is not RegistrationState.ACTIVE:
        raise LaunchRefused("pending_lms", detail=known.state if known else "removed")
    if not standing.is_unchanged(launch, known):
        return None
    return Provisioned(known.context_id, known.link_id, known.lesson_id, known.person_id, known.person_uid)


def provision(launch: Launch, registration_id: int) -> Provisioned:
    """Make or refresh everything the launch names. Service addresses only grow: a later launch may lack them."""
    if not launch.sub:
        return _nameless(launch, registration_id)
    deployment = _deployment(launch, registration_id)
    framing.remember(deployment.registration, standing.brings_origin(launch, deployment.registration))
    _observe(launch, deployment)
    context = _context(launch, deployment)
    person = _person(launch, registration_id, context)
    db.session.flush()
    link = _link(launch, context, person)
    _membership(launch, context, person)
    db.session.flush()
    return Provisioned(context.id, link.id if link else None, link.lesson_id if link else None, person.id, person.uid)


def _nameless(launch: Launch, registration_id: int) -> Provisioned:
    """A launch that names nobody opens a seat at most, where the teacher of the lesson allows it (conformance B12). It
    makes no course, no link and no member known."""
    link = launch.resource_link.id if launch.resource_link else ""
    found = db.session.execute(
        select(Context.id, ResourceLink.id, ResourceLink.lesson_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .outerjoin(ResourceLink, and_(ResourceLink.context_id == Context.id, ResourceLink.lms_id == link))
        .where(
            Deployment.registration_id == registration_id,
            Deployment.deployment_id == launch.deployment_id,
            Context.lms_id == standing.course_of(launch),
        )
    ).first()
    if found is None or not nameless.is_let_in(found[0], found[2], launch.lesson):
        raise LaunchRefused("anonymous", detail="sub is missing")
    somebody = find_or_add(Person, {"created_at": now()}, uid=nameless.uid(found[0]))
    return Provisioned(found[0], found[1], found[2], somebody.id, somebody.uid)


def _deployment(launch: Launch, registration_id: int) -> Deployment:
    known = db.session.scalars(select(Deployment).where(Deployment.registration_id == registration_id)).all()
    if not known:  # a platform that named none when it registered
        return find_or_add(
            Deployment, {"created_at": now()}, registration_id=registration_id, deployment_id=launch.deployment_id
        )
    found = next((one for one in known if one.deployment_id == launch.deployment_id), None)
    if found is None:
        raise LaunchRefused("unproved", detail="deployment is unknown")
    return found


def _observe(launch: Launch, deployment: Deployment) -> None:
    """What a launch shows of the platform, for the diagnostics."""
    moment = now()
    if moment - deployment.launched_at > standing.OBSERVE_EVERY_MS:
        deployment.launched_at = moment
        deployment.clock_ahead = launch.issued_at - moment
        deployment.sends_names = bool(launch.name.display)


def find_or_add(model: type[M], defaults: dict[str, Any], **keys: Any) -> M:
    """The row with these keys; made with the defaults when there is none, also when another launch was faster."""
    query = select(model).filter_by(**keys)
    if found := db.session.scalars(query).first():
        return found
    try:
        with db.session.begin_nested():
            made = model(**keys, **defaults)
            db.session.add(made)
        return made
    except IntegrityError:
        return db.session.scalars(query).one()


def _context(launch: Launch, deployment: Deployment) -> Context:
    lms_id = standing.course_of(launch)
    context = find_or_add(Context, {"created_at": now()}, deployment_id=deployment.id, lms_id=lms_id)
    context.title = standing.title_of(launch) or context.title or ""
    context.label = (launch.context.label if launch.context else None) or context.label or ""
    context.memberships_url = launch.roster_url or context.memberships_url
    context.groups_url = launch.groups_url or context.groups_url
    context.line_items_url = launch.grades.lineitems or context.line_items_url
    if launch.grades.scope:
        context.grade_scopes = list(launch.grades.scope)
    if standing.wants_list(launch, context):
        context.roster_wanted_at = now()
    return context


def _link(launch: Launch, context: Context, person: Person) -> ResourceLink | None:
    claim = launch.resource_link
    if claim is None:
        return None
    link = find_or_add(ResourceLink, {"created_at": now()}, context_id=context.id, lms_id=claim.id)
    link.title = (claim.title or link.title or "")[:500]
    link.activity_url = launch.activity_url or link.activity_url
    link.line_item_url = launch.grades.lineitem or link.line_item_url
    if launch.lesson and not _stands_for(link, launch.lesson):
        link.lesson_id = _lesson(launch.lesson, launch.role, context, person) or link.lesson_id
    return link


def _stands_for(link: ResourceLink, uid: str) -> bool:
    """Whether a link means this lesson, or the course's copy of it. A teacher may choose another one for an activity
    that stands: the LMS then names that one, from the same link."""
    lesson = db.session.get(Lesson, link.lesson_id) if link.lesson_id is not None else None
    return lesson is not None and uid in (lesson.uid, lesson.copied_from_uid)


def _lesson(uid: str, role: MemberRole, context: Context, person: Person) -> int | None:
    """The lesson a link stands for. In a copied course it is the course's own copy, made when a teacher opens it."""
    if role in (MemberRole.TEACHER, MemberRole.ASSISTANT):
        lesson = copying.lesson_for(uid, context, person.id)
    else:
        own = select(Lesson).where(Lesson.uid == uid, Lesson.context_id == context.id, Lesson.deleted_at.is_(None))
        lesson = db.session.scalars(own).first() or copying.copy_of(uid, context.id)
    return lesson.id if lesson else None


def _person(launch: Launch, registration_id: int, context: Context) -> Person:
    """The person of (registration, sub), never of an e-mail address."""
    person = db.session.scalars(
        select(Person).where(Person.registration_id == registration_id, Person.sub == launch.sub)
    ).first()
    if person is None and launch.role is MemberRole.PUPIL:
        person = _pasted_namesake(launch, registration_id, context)
    if person is None:
        person = find_or_add(Person, {"created_at": now()}, registration_id=registration_id, sub=launch.sub)
    if launch.name.display:
        person.name, person.given_name = launch.name.display, launch.name.given
    person.code = launch.code or person.code
    return person


def _pasted_namesake(launch: Launch, registration_id: int, context: Context) -> Person | None:
    """A pupil whom the teacher pasted by name, before the LMS said who they are: theirs if exactly one fits."""
    if not launch.name.display:
        return None
    rows = db.session.scalars(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.context_id == context.id,
            Membership.source == Source.PASTED,
            Person.sub.is_(None),
            Person.name == launch.name.display,
        )
    ).all()
    if len(rows) != 1:
        return None
    rows[0].registration_id, rows[0].sub = registration_id, launch.sub
    return rows[0]


def _membership(launch: Launch, context: Context, person: Person) -> None:
    membership = find_or_add(
        Membership, {"role": launch.role, "source": Source.LAUNCH}, context_id=context.id, person_id=person.id
    )
    # The launch's word beats the roster's: a non-editing teacher is a pupil in Moodle's roster.
    membership.role, membership.source = launch.role, Source.LAUNCH
    membership.is_active = True
    membership.seen_at = now()
    if membership.class_id is None or launch.groups not in ("", membership.groups):
        membership.groups = launch.groups or membership.groups
        membership.class_id = courses.class_of(context.id, membership.groups) or membership.class_id
