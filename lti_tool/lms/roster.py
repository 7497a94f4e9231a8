"""Reading a course's list from its LMS. A job; pages only say that it is wanted."""

import logging
from collections.abc import Callable, Sequence

from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.errors import PlatformFault
from lti_tool.extensions import db
from lti_tool.launch.provision import find_or_add
from lti_tool.lessons.courses import class_for
from lti_tool.lms.port import Lms, Member, services_of
from lti_tool.models import Context, CourseClass, MemberRole, Membership, Person, Registration, Source

_log = logging.getLogger(__name__)

Connect = Callable[[Registration], Lms]


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
        db.session.commit()  # nothing is held while the LMS thinks
        members = lms.members(services)
    except PlatformFault as fault:
        context = db.session.get_one(Context, context_id)
        context.roster_tried_at, context.roster_fault = began, fault.kind
        db.session.commit()
        _log.warning("roster_not_read", extra={"context": context_id, "reason": str(fault)})
        return
    take_over(context, members)
    context.roster_read_at = context.roster_tried_at = began
    context.roster_fault = ""
    db.session.commit()
    _log.info("roster_read", extra={"context": context_id, "count": len(members)})


def take_over(context: Context, members: Sequence[Member]) -> None:
    """Make the course's membership what the list says. Who is no longer in it has left: kept in history, out of
    today's list. The launch's word on a role beats the list's; pasted names stay."""
    registration_id = context.deployment.registration_id
    links = db.session.scalars(select(CourseClass).where(CourseClass.context_id == context.id))
    classes = {link.class_id: link.group_id for link in links}
    listed: set[int] = set()
    for member in {m.sub: m for m in members}.values():
        if member.is_active:
            listed.add(_keep(context.id, registration_id, member, classes))
    for membership in db.session.scalars(select(Membership).where(Membership.context_id == context.id)):
        if membership.source is not Source.PASTED and membership.role is MemberRole.PUPIL:
            membership.is_active = membership.person_id in listed


def _keep(context_id: int, registration_id: int, member: Member, classes: dict[int, str | None]) -> int:
    person = find_or_add(Person, {"created_at": now()}, registration_id=registration_id, sub=member.sub)
    if member.name.display:
        person.name, person.given_name = member.name.display, member.name.given
    membership = find_or_add(
        Membership, {"role": member.role, "source": Source.ROSTER}, context_id=context_id, person_id=person.id
    )
    if membership.source is not Source.LAUNCH:
        membership.role = member.role
    membership.is_active = True
    membership.class_id = class_for(membership.groups, classes)
    db.session.flush()
    return person.id
