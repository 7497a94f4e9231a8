"""Who may. Every view names the right it needs; nothing else decides, and a test walks all routes with all roles."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, g, request
from sqlalchemy import select

from live_session.model import Millis
from lti_tool.authority import Visit
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models import AccessEntry, LaunchKind

P = ParamSpec("P")
R = TypeVar("R")


class Need(StrEnum):
    """What a view asks of the person who opens it."""

    NOTHING = "nothing"
    """Public: health, keys, the join page, an LMS's own requests (which carry their own proof)."""
    VISIT = "visit"
    """Anybody under a launch; the view shows only what is this person's."""
    LEARN = "learn"
    TEACH = "teach"
    REVIEW = "review"
    OBSERVE = "observe"
    """Sits in on lessons: an observer, a head of department."""
    OWN = "own"
    """A pupil whom the LMS itself vouched for: a name that was only picked opens no profile."""
    WORK = "work"
    """The same, or a pupil who holds the slip that the teacher gave: opens the pupil's self-paced work, no more."""
    HOMEROOM = "homeroom"
    EXCUSE = "excuse"
    """Knows why a pupil will be away: a teacher of the course, the homeroom teacher."""
    ADMINISTER = "administer"
    GOVERN = "govern"
    """Sets what holds for the whole school: its LMS's administrator, and heads of department."""


def may(visit: Visit | None, need: Need) -> bool:
    """Whether this visit meets the need. Roles were decided once, at the launch."""
    if need is Need.NOTHING:
        return True
    if visit is None:
        return False
    return {
        Need.VISIT: True,
        Need.LEARN: visit.is_learning,
        Need.TEACH: visit.is_teaching,
        Need.REVIEW: visit.is_reviewing,
        Need.OBSERVE: visit.is_observing,
        Need.OWN: visit.is_learning and visit.kind is LaunchKind.LMS,
        Need.WORK: visit.is_learning and visit.kind in (LaunchKind.LMS, LaunchKind.SLIP),
        Need.HOMEROOM: visit.is_homeroom,
        Need.EXCUSE: visit.is_teaching or visit.is_homeroom,
        Need.ADMINISTER: visit.is_administering,
        Need.GOVERN: visit.is_administering or visit.is_reviewing,
    }[need]


def needs(need: Need, *, writes: bool = False, most_body: int = 0) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard a view. GET views read only, which the database enforces, unless they say `writes` (LTI's own GETs).
    `most_body`: bytes that a request may hold, where it is more than anywhere else.

    A request is one transaction: it is committed when the view returned normally.
    """

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may(g.get("visit"), need):
                abort(404 if g.get("visit") is None else 403)
            answer = view(*args, **kwargs)
            _end(is_writing=writes or request.method not in SAFE)
            return answer

        guarded.need = need  # type: ignore[attr-defined]
        guarded.writes = writes  # type: ignore[attr-defined]
        guarded.most_body = most_body  # type: ignore[attr-defined]
        return guarded

    return guard


SAFE = ("GET", "HEAD", "OPTIONS")
NOTED_EVERY_MS: Millis = 600_000


def _end(*, is_writing: bool) -> None:
    """Commit what the view did, and who saw whose data: where that cannot be kept, nothing is shown. A page was read
    only, so its entries need a transaction of their own."""
    entries: list[AccessEntry] = g.pop("access", [])
    if entries and not is_writing:
        db.session.rollback()
        db.session.remove()
    if entries:
        db.session.add_all(entries)
    if entries or (is_writing and _is_anything_done()):
        db.session.commit()


def _is_anything_done() -> bool:
    """Whether this request has spoken to the database at all."""
    return db.session.registry.has() and db.session().in_transaction()


def need_of(view: Callable[..., Any]) -> Need | None:
    """The need a view declared."""
    return getattr(view, "need", None)


def most_body_of(view: Callable[..., Any]) -> int:
    """The longest body a view takes, where it said so; else 0."""
    return getattr(view, "most_body", 0)


def visitor() -> Visit:
    """The visit of this request, in a guarded view."""
    visit: Visit = g.visit
    return visit


def note_access(action: str, subject_id: int | None = None, object_: str = "") -> None:
    """Remember that this person saw or changed someone's data; written when the view is done, before it is sent."""
    entries: list[AccessEntry] = g.setdefault("access", [])
    entries.append(
        AccessEntry(
            at=now(),
            actor_id=visitor().person_id,
            subject_id=subject_id,
            action=action,
            object=object_,
            request_id=g.get("request_id", ""),
        )
    )


def note_access_once(action: str, object_: str) -> None:
    """The same, for what a page asks for again and again while it is open: an entry now and then, not one a second."""
    query = select(AccessEntry.id).where(
        AccessEntry.actor_id == visitor().person_id,
        AccessEntry.at > now() - NOTED_EVERY_MS,
        AccessEntry.action == action,
        AccessEntry.object == object_,
    )
    if db.session.scalars(query.limit(1)).first() is None:
        note_access(action, object_=object_)
