"""Who may. Every view names the right it needs; nothing else decides, and a test walks all routes with all roles."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, g, request

from lti_tool.authority import Visit
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models import AccessEntry

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
    ADMINISTER = "administer"


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
        Need.ADMINISTER: visit.is_administering,
    }[need]


def needs(need: Need, *, writes: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard a view. GET views read only, which the database enforces, unless they say `writes` (LTI's own GETs).

    A request is one transaction: it is committed when the view returned normally.
    """

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may(g.get("visit"), need):
                abort(404 if g.get("visit") is None else 403)
            answer = view(*args, **kwargs)
            if writes or request.method not in SAFE:
                db.session.commit()
            return answer

        guarded.need = need  # type: ignore[attr-defined]
        guarded.writes = writes  # type: ignore[attr-defined]
        return guarded

    return guard


SAFE = ("GET", "HEAD", "OPTIONS")


def need_of(view: Callable[..., Any]) -> Need | None:
    """The need a view declared."""
    return getattr(view, "need", None)


def visitor() -> Visit:
    """The visit of this request, in a guarded view."""
    visit: Visit = g.visit
    return visit


def note_access(action: str, subject_id: int | None = None, object_: str = "") -> None:
    """Remember that this person saw or changed someone's data; written after the view, in its own transaction."""
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
