"""What is known of everything that a launch names, in one question, and whether the launch says anything new."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import JSON, ColumnElement, Connection, Dialect, Text, and_, bindparam, cast, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import OperationalError

from live_session.model import Millis
from live_session.store import straight
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.launch import framing
from lti_tool.launch.claims import Launch
from lti_tool.models import (
    Context,
    Deployment,
    Lesson,
    MemberRole,
    Membership,
    Person,
    Registration,
    RegistrationState,
    ResourceLink,
    Source,
)
from lti_tool.site import site

OBSERVE_EVERY_MS: Millis = 60_000
"""A class that launches together must not queue for one row."""
TURNS = 4
"""How often a launch stands in line for SQLite's one lock, each time as long as the database waits."""
SEEN_EVERY_MS: Millis = 3_600_000
"""Whether somebody was here is asked in days (retention)."""
ROSTER_AGE_MS: Millis = 10 * 60_000
"""A teacher's launch asks for the roster again when it is older than this."""


class Known(msgspec.Struct, frozen=True, array_like=True):
    """What there is of all that a launch names; members are None where something is not known yet."""

    state: RegistrationState
    issuer: str
    auth_login_url: str
    frame_origins: list[str]
    launched_at: Any
    context_id: Any
    title: Any
    label: Any
    memberships_url: Any
    line_items_url: Any
    groups_url: Any
    grade_scopes: Any
    roster_read_at: Any
    roster_tried_at: Any
    roster_wanted_at: Any
    link_id: Any
    link_title: Any
    line_item_url: Any
    activity_url: Any
    lesson_id: Any
    lesson_uid: Any
    lesson_from: Any
    person_id: Any
    person_uid: Any
    name: Any
    given_name: Any
    code: Any
    membership_id: Any
    role: Any
    source: Any
    is_active: Any
    groups: Any
    seen_at: Any


_R, _D, _C = Registration.__table__.c, Deployment.__table__.c, Context.__table__.c
_L, _T, _P, _M = ResourceLink.__table__.c, Lesson.__table__.c, Person.__table__.c, Membership.__table__.c
_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    **{name: _R[name] for name in ("state", "issuer", "auth_login_url", "frame_origins")},
    "launched_at": _D.launched_at,
    "context_id": _C.id,
    "link_id": _L.id,
    "link_title": _L.title,
    **{name: _L[name] for name in ("line_item_url", "activity_url", "lesson_id")},
    "lesson_uid": _T.uid,
    "lesson_from": _T.copied_from_uid,
    "person_id": _P.id,
    "person_uid": _P.uid,
    **{name: _P[name] for name in ("name", "given_name", "code")},
    "membership_id": _M.id,
    **{name: _M[name] for name in ("role", "source", "is_active", "groups", "seen_at")},
}
_read = msgspec.json.Decoder(Known).decode


@lru_cache(maxsize=2)
def _asking(dialect: str) -> str:
    """The one question, as a text that the driver takes as it is. Its answer is one value: to describe thirty columns
    costs the driver of PostgreSQL more than to read them."""
    columns = [_COLUMNS[name] if name in _COLUMNS else _C[name] for name in Known.__struct_fields__]
    if dialect == "sqlite":
        told: ColumnElement[Any] = func.json_array(*(func.json(c) if isinstance(c.type, JSON) else c for c in columns))
        driver: Dialect = sqlite.dialect(paramstyle="named")
    else:
        told = cast(func.json_build_array(*columns), Text)
        driver = psycopg.dialect()  # type: ignore[no-untyped-call]
    query = (
        select(told)
        .select_from(Registration.__table__)
        .outerjoin(Deployment, and_(_D.registration_id == _R.id, _D.deployment_id == bindparam("deployment")))
        .outerjoin(Context, and_(_C.deployment_id == _D.id, _C.lms_id == bindparam("course")))
        .outerjoin(ResourceLink, and_(_L.context_id == _C.id, _L.lms_id == bindparam("link")))
        .outerjoin(Lesson, _T.id == _L.lesson_id)
        .outerjoin(Person, and_(_P.registration_id == _R.id, _P.sub == bindparam("sub")))
        .outerjoin(Membership, and_(_M.context_id == _C.id, _M.person_id == _P.id))
        .where(_R.id == bindparam("registration"))
    )
    return str(query.compile(dialect=driver))


@contextmanager
def at_once() -> Iterator[Connection]:
    """A connection to ask for what is known of a launch, and to write it down where it brings nothing new.

    On PostgreSQL each statement commits itself: most launches are one question and one answer (`launch.arrival`), and
    two trips less. SQLite lets one in after the other: whoever is told that it is busy stands in line again, because a
    whole class may be before them.
    """
    if db.session.registry.has():  # else this request has spoken to the database through no session yet
        db.session.commit()
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            with straight.each_by_itself(connection):
                yield connection
            return
        _stand_in_line(connection)
        yield connection
        connection.commit()


def _stand_in_line(connection: Connection) -> None:
    for turn in range(1, TURNS + 1):
        try:
            connection.begin()
            return
        except OperationalError:
            if turn == TURNS:
                raise


def known(launch: Launch, registration_id: int, connection: Connection) -> Known | None:
    """What there is of all that a launch names; None when its LMS was removed."""
    asked = {
        "registration": registration_id,
        "deployment": launch.deployment_id,
        "course": course_of(launch),
        "link": launch.resource_link.id if launch.resource_link else "",
        "sub": launch.sub,
    }
    rows = straight.run(connection, _asking(connection.dialect.name), asked)
    return _read(rows[0][0]) if rows else None


def course_of(launch: Launch) -> str:
    """The LMS's id of the course. A launch without one stands for a course of its own, made from its link (conformance
    V9, V10)."""
    if launch.context:
        return launch.context.id
    return f"link:{launch.resource_link.id if launch.resource_link else launch.sub}"


def title_of(launch: Launch) -> str | None:
    """The course's title, as far as the launch tells."""
    if launch.context:
        return launch.context.title
    return launch.resource_link.title if launch.resource_link else None


def wants_list(launch: Launch, context: Context | Known) -> bool:
    """Whether this launch asks for the course's list, and nobody has yet."""
    is_teaching = launch.role in (MemberRole.TEACHER, MemberRole.ASSISTANT)
    if not is_teaching or context.memberships_url is None:
        return False
    is_asked = context.roster_wanted_at > max(context.roster_read_at, context.roster_tried_at)
    return not is_asked and now() - context.roster_read_at > ROSTER_AGE_MS


def brings_origin(launch: Launch, known: Registration | Known) -> str | None:
    """The origin that this launch came back to, if it may frame our pages and we do not know it yet."""
    if launch.return_url is None:
        return None
    origin = framing.origin_in(launch.return_url, site().settings.lms_networks)
    ours = framing.own_origins(known.issuer, known.auth_login_url, known.frame_origins)
    return None if origin in ours or len(known.frame_origins) >= framing.MOST_ORIGINS else origin


def is_unchanged(launch: Launch, known: Known) -> bool:
    """Whether everything is known, and the launch says nothing new of it."""
    return (
        known.membership_id is not None
        and now() - known.launched_at <= OBSERVE_EVERY_MS
        and not brings_origin(launch, known)
        and _is_same_course(launch, known)
        and _is_same_link(launch, known)
        and _is_same_person(launch, known)
    )


def _is_same_course(launch: Launch, known: Known) -> bool:
    label = launch.context.label if launch.context else None
    return (
        title_of(launch) in (None, "", known.title)
        and label in (None, "", known.label)
        and launch.roster_url in (None, known.memberships_url)
        and launch.grades.lineitems in (None, known.line_items_url)
        and launch.groups_url in (None, known.groups_url)
        and (not launch.grades.scope or list(launch.grades.scope) == known.grade_scopes)
        and not wants_list(launch, known)
    )


def _is_same_link(launch: Launch, known: Known) -> bool:
    link = launch.resource_link
    if link is None:
        return True
    return (
        known.link_id is not None
        and link.title in (None, "", known.link_title)
        and launch.grades.lineitem in (None, known.line_item_url)
        and launch.activity_url in (None, known.activity_url)
        and launch.lesson in ("", known.lesson_uid, known.lesson_from)
    )


def _is_same_person(launch: Launch, known: Known) -> bool:
    names = (known.name, known.given_name)
    return (
        (not launch.name.display or (launch.name.display, launch.name.given) == names)
        and (launch.role, Source.LAUNCH, True) == (known.role, known.source, known.is_active)
        and launch.groups in ("", known.groups)
        and launch.code in ("", known.code)
        and now() - known.seen_at <= SEEN_EVERY_MS
    )
