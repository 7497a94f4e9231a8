"""Reading a course's list from its LMS. A job; pages only say that it is wanted."""

import logging
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.errors import PlatformFault
from lti_tool.extensions import db
from lti_tool.launch.provision import find_or_add
from lti_tool.lessons.courses import as_text, class_for
from lti_tool.lms.port import Lms, Member, Services, services_of
from lti_tool.lms.registry import Connect
from lti_tool.models import (
    Context,
    CourseClass,
    LessonRun,
    MemberRole,
    Membership,
    Person,
    ResourceLink,
    Source,
)

_log = logging.getLogger(__name__)


def wanted() -> list[int]:
    """Contexts whose list somebody waits for."""
    query = select(Context.id).where(
        Context.memberships_url.is_not(None),
        Context.roster_wanted_at > Context.roster_read_at,
        Context.roster_wanted_at > Context.roster_tried_at,
    )
    return list(db.session.scalars(query))


def read(context_id: int, connect: Connect) -> None:
    """Ask the LMS for a course's list and take it over. What went wrong stands in the context for the page."""
    context = db.session.get_one(Context, context_id)
    began = now()
    try:
        lms, services = connect(context.deployment.registration), services_of(context)
        registration_id, links = context.deployment.registration_id, _links_in_use(context_id)
        db.session.commit()  # nothing is held while the LMS thinks
        members = lms.members(services)
        groups = _groups(lms, services)
        audiences = {link_id: found for link_id, lms_id in links.items() if (found := _audience(lms, services, lms_id))}
    except PlatformFault as fault:
        context = db.session.get_one(Context, context_id)
        context.roster_tried_at, context.roster_fault = began, fault.kind
        db.session.commit()
        _log.warning("roster_not_read", extra={"context": context_id, "reason": str(fault)})
        return
    if groups is not None:
        context.group_names = dict(groups)
    take_over(context, members)
    for link_id, audience in audiences.items():
        _let_in(db.session.get_one(ResourceLink, link_id), registration_id, members, audience)
    context.roster_read_at = context.roster_tried_at = began
    context.roster_fault = ""
    db.session.commit()
    _log.info("roster_read", extra={"context": context_id, "count": len(members)})


def _links_in_use(context_id: int) -> dict[int, str]:
    """The activities whose lessons run now, by the LMS's own ids: restrictions matter to them alone."""
    query = (
        select(ResourceLink.id, ResourceLink.lms_id)
        .join(LessonRun, LessonRun.resource_link_id == ResourceLink.id)
        .where(LessonRun.context_id == context_id, LessonRun.ended_at.is_(None))
    )
    return {row.id: row.lms_id for row in db.session.execute(query)}


def _audience(lms: Lms, services: Services, link: str) -> Sequence[Member] | None:
    """Whom the LMS lets into an activity; None where it does not say (an optional part of the protocol)."""
    try:
        return lms.members(services, link)
    except PlatformFault as fault:
        _log.info("audience_not_read", extra={"reason": fault.kind})
        return None


def _groups(lms: Lms, services: Services) -> Mapping[str, str] | None:
    """The course's groups; None where they cannot be read now: the list of people is worth having without them."""
    try:
        return lms.groups(services)
    except PlatformFault as fault:
        _log.info("groups_not_read", extra={"reason": fault.kind})
        return None


def _let_in(link: ResourceLink, registration_id: int, members: Sequence[Member], audience: Sequence[Member]) -> None:
    """Keep whom an activity is restricted to, and names that are told for this activity alone."""
    inside = {m.sub: m for m in audience if m.is_active}
    everybody = {m.sub for m in members if m.is_active}
    query = select(Person).where(Person.registration_id == registration_id, Person.sub.in_(everybody & inside.keys()))
    people = {str(person.sub): person for person in db.session.scalars(query)}
    for sub, person in people.items():
        if inside[sub].name.display:
            person.name, person.given_name = inside[sub].name.display, inside[sub].name.given
    is_restricted = bool(everybody - inside.keys())
    link.audience = sorted(person.id for person in people.values()) if is_restricted else None


def take_over(context: Context, members: Sequence[Member]) -> None:
    """Make the course's membership what the list says. Who is no longer in it has left: kept in history, out of
    today's list. The launch's word on a role beats the list's, but for a teacher's; pasted names stay."""
    registration_id = context.deployment.registration_id
    links = db.session.scalars(select(CourseClass).where(CourseClass.context_id == context.id))
    classes = {link.class_id: link.group_id for link in links}
    listed: set[int] = set()
    says_codes = any(member.code for member in members)
    for member in {m.sub: m for m in members}.values():
        if member.is_active:
            listed.add(_keep(context.id, registration_id, member, classes, says_codes=says_codes))
    for membership in db.session.scalars(select(Membership).where(Membership.context_id == context.id)):
        if membership.source is not Source.PASTED and membership.role is MemberRole.PUPIL:
            membership.is_active = membership.person_id in listed


def _keep(
    context_id: int, registration_id: int, member: Member, classes: dict[int, str | None], *, says_codes: bool
) -> int:
    person = find_or_add(Person, {"created_at": now()}, registration_id=registration_id, sub=member.sub)
    if member.name.display:
        person.name, person.given_name = member.name.display, member.name.given
    if member.role is MemberRole.PUPIL and says_codes:  # a list without any leaves what launches said
        person.code = member.code
    membership = find_or_add(
        Membership, {"role": member.role, "source": Source.ROSTER}, context_id=context_id, person_id=person.id
    )
    # A teacher who tried the course as a pupil (Moodle's "Switch role to") is a teacher: the list alone says so.
    if membership.source is not Source.LAUNCH or member.role is MemberRole.TEACHER:
        membership.role = member.role
    membership.is_active = True
    if member.groups is not None:
        membership.groups = as_text(member.groups)
    membership.class_id = class_for(membership.groups, classes)
    db.session.flush()
    return person.id
