"""What was refused, for the administrator's diagnostics: which check failed, when, and the reference on the page.

Never a claim, a name or a token. Anybody may knock at the doors of an LMS, so the rows of a minute are counted.
"""

import logging

from flask import g
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from live_session.model import Millis
from lti_tool.clock import now
from lti_tool.errors import Fault, LaunchRefused
from lti_tool.extensions import db
from lti_tool.launch.claims import line
from lti_tool.models import Refusal

_log = logging.getLogger(__name__)

MOST_A_MINUTE = 30
"""Rows of one registration, and of all strangers together; the log has the rest."""
MINUTE: Millis = 60_000


def is_noted(fault: Fault) -> bool:
    """Whether a fault is one between an LMS and us."""
    return isinstance(fault, LaunchRefused) or fault.key.startswith("registration_")


def note(fault: Fault) -> None:
    """Keep a row, in a transaction of its own: what the request wanted was rolled back, and it may have been one that
    only reads."""
    registration_id = g.get("registration_id")
    try:
        db.session.remove()
        if _count(registration_id, now() - MINUTE) < MOST_A_MINUTE:
            db.session.add(
                Refusal(
                    at=now(),
                    registration_id=registration_id,
                    key=fault.key[:64],
                    detail=line(fault.detail, 300),
                    reference=g.get("request_id", ""),
                )
            )
            db.session.commit()
    except SQLAlchemyError as error:
        db.session.rollback()
        _log.warning("refusal_not_kept", extra={"reason": type(error).__name__})


def _count(registration_id: int | None, since: Millis) -> int:
    query = select(func.count()).select_from(Refusal).where(Refusal.at > since)
    is_theirs = Refusal.registration_id == registration_id if registration_id else Refusal.registration_id.is_(None)
    return db.session.scalar(query.where(is_theirs)) or 0


def last(registration_id: int, most: int) -> list[Refusal]:
    """The newest refusals of a registration."""
    query = select(Refusal).where(Refusal.registration_id == registration_id).order_by(Refusal.id.desc()).limit(most)
    return list(db.session.scalars(query))
