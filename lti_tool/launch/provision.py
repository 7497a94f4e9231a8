"""From a verified launch to rows: registration, deployment, context, resource link, person, membership. One
transaction; launching again, or forty at once, makes nothing twice."""

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from live_session.model import Millis
from lti_tool.clock import now
from lti_tool.errors import LaunchRefused
from lti_tool.extensions import db
from lti_tool.launch.claims import Launch
from lti_tool.models import (
    Context,
    Deployment,
    Lesson,
    MemberRole,
    Membership,
    Model,
    Person,
    Registration,
    ResourceLink,
    Source,
)

M = TypeVar("M", bound=Model)

ROSTER_AGE_MS: Millis = 10 * 60_000
"""A teacher's launch asks for the roster again when it is older than this."""


@dataclass(frozen=True)
class Provisioned:
    """What a launch stands on."""

    context: Context
    link: ResourceLink | None
    person: Person
    membership: Membership


def provision(launch: Launch, registration: Registration) -> Provisioned:
    """Make or refresh everything the launch names. Service addresses only grow: a later launch may lack them."""
    deployment = db.session.scalars(
        select(Deployment).where(
            Deployment.registration_id == registration.id, Deployment.deployment_id == launch.deployment_id
        )
    ).first()
    if deployment is None:
        raise LaunchRefused("unproved", detail="deployment vanished")
    context = _context(launch, deployment)
    link = _link(launch, context)
    person = _person(launch, registration, context)
    membership = _membership(launch, context, person)
    db.session.flush()
    return Provisioned(context, link, person, membership)


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
    claim = launch.context
    # A launch without a course stands for a course of its own, made from its link (conformance V9, V10).
    lms_id = claim.id if claim else f"link:{launch.resource_link.id if launch.resource_link else launch.sub}"
    context = find_or_add(Context, {"created_at": now()}, deployment_id=deployment.id, lms_id=lms_id)
    title = claim.title if claim else launch.resource_link.title if launch.resource_link else None
    context.title = (title or context.title or "")[:500]
    context.label = ((claim.label if claim else None) or context.label or "")[:255]
    context.memberships_url = launch.roster_url or context.memberships_url
    context.line_items_url = launch.grades.lineitems or context.line_items_url
    if launch.grades.scope:
        context.grade_scopes = list(launch.grades.scope)
    is_teaching = launch.role in (MemberRole.TEACHER, MemberRole.ASSISTANT)
    if is_teaching and context.memberships_url and now() - context.roster_read_at > ROSTER_AGE_MS:
        context.roster_wanted_at = now()
    return context


def _link(launch: Launch, context: Context) -> ResourceLink | None:
    claim = launch.resource_link
    if claim is None:
        return None
    link = find_or_add(ResourceLink, {"created_at": now()}, context_id=context.id, lms_id=claim.id)
    link.title = (claim.title or link.title or "")[:500]
    link.line_item_url = launch.grades.lineitem or link.line_item_url
    if launch.lesson and link.lesson_id is None:
        link.lesson_id = db.session.scalars(
            select(Lesson.id).where(Lesson.uid == launch.lesson, Lesson.context_id == context.id)
        ).first()
    return link


def _person(launch: Launch, registration: Registration, context: Context) -> Person:
    """The person of (registration, sub), never of an e-mail address."""
    person = db.session.scalars(
        select(Person).where(Person.registration_id == registration.id, Person.sub == launch.sub)
    ).first()
    if person is None and launch.role is MemberRole.PUPIL:
        person = _pasted_namesake(launch, registration, context)
    if person is None:
        person = find_or_add(Person, {"created_at": now()}, registration_id=registration.id, sub=launch.sub)
    if launch.name.display:
        person.name, person.given_name = launch.name.display, launch.name.given
    return person


def _pasted_namesake(launch: Launch, registration: Registration, context: Context) -> Person | None:
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
    rows[0].registration_id, rows[0].sub = registration.id, launch.sub
    return rows[0]


def _membership(launch: Launch, context: Context, person: Person) -> Membership:
    membership = find_or_add(
        Membership, {"role": launch.role, "source": Source.LAUNCH}, context_id=context.id, person_id=person.id
    )
    # The launch's word beats the roster's: a non-editing teacher is a pupil in Moodle's roster.
    membership.role, membership.source = launch.role, Source.LAUNCH
    membership.is_active = True
    membership.seen_at = now()
    membership.groups = launch.groups or membership.groups
    return membership
