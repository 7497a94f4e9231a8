"""The LMSs that may launch, as plain values that a process keeps for seconds.

A login asks the database for its LMS once in ten seconds. A launch asks always, together with all else it names: an LMS
that the operator blocks is refused there at once, in every process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import current_app
from sqlalchemy import Row, RowMapping, Select, bindparam, select

from live_session.model import Millis
from live_session.store.engine import READ_ONLY
from lti_tool.clock import now
from lti_tool.errors import LaunchRefused
from lti_tool.extensions import db
from lti_tool.launch.claims import is_address, is_id
from lti_tool.launch.framing import own_origins
from lti_tool.models import Registration, RegistrationState

KEPT_MS: Millis = 10_000
MOST_KEPT = 10_000
KEY = "giotay.platforms"

_TABLE = Registration.__table__.c
_COLUMNS = (
    _TABLE.id,
    _TABLE.issuer,
    _TABLE.client_id,
    _TABLE.auth_login_url,
    _TABLE.key_set_url,
    _TABLE.state,
    _TABLE.frame_origins,
)
_BY_ID = select(*_COLUMNS).where(_TABLE.id == bindparam("id"))
_BY_ISSUER = select(*_COLUMNS).where(_TABLE.issuer == bindparam("issuer")).limit(2)
_BY_CLIENT = _BY_ISSUER.where(_TABLE.client_id == bindparam("client_id"))


@dataclass(frozen=True)
class Platform:
    """An LMS that knows us under one client id; `read_at` is when the database said so."""

    id: int
    issuer: str
    client_id: str
    auth_login_url: str
    key_set_url: str
    state: RegistrationState
    frame_origins: tuple[str, ...]
    read_at: Millis

    @cached_property
    def origins(self) -> tuple[str, ...]:
        """Where its pages come from: they may frame ours."""
        return own_origins(self.issuer, self.auth_login_url, self.frame_origins)


def meant_by(issuer: str, client_id: str) -> Platform:
    """The one active LMS that a login means. Without a client id there must be only one of this issuer.

    Raises `LaunchRefused`.
    """
    if not is_address(issuer) or (client_id and not is_id(client_id)):
        raise LaunchRefused("unknown_lms", 404, detail="iss or client_id is misshapen")
    if known := _kept((issuer, client_id)):
        return known
    query = _BY_CLIENT if client_id else _BY_ISSUER
    asked = {"issuer": issuer, **({"client_id": client_id} if client_id else {})}
    found = look(query, asked)
    if len(found) != 1:
        raise LaunchRefused("unknown_lms", 404, detail=f"{len(found)} registrations")
    return _keep((issuer, client_id), found[0]._mapping)


def of_id(id_: int) -> Platform | None:
    """The LMS of a login that began here; None when it was removed since."""
    if known := _kept(id_):
        return known
    rows = look(_BY_ID, {"id": id_})
    return _keep(id_, rows[0]._mapping) if rows else None


def look(query: Select[*tuple[Any, ...]], asked: dict[str, Any]) -> Sequence[Row[Any]]:
    """Read, and let go: on SQLite a request that may write would hold the one lock while it proves who is coming."""
    session = db.session()
    if session.in_transaction():
        return session.connection().execute(query, asked).all()
    rows = session.connection(execution_options={READ_ONLY: True}).execute(query, asked).all()
    session.rollback()
    return rows


Name = int | tuple[str, str]


def _all() -> dict[Name, Platform]:
    kept: dict[Name, Platform] = current_app.extensions.setdefault(KEY, {})
    return kept


def _kept(name: Name) -> Platform | None:
    known = _all().get(name)
    return known if known is not None and abs(now() - known.read_at) < KEPT_MS else None


def _keep(name: Name, row: RowMapping) -> Platform:
    platform = Platform(**row, read_at=now())
    kept = _all()
    if len(kept) >= MOST_KEPT:
        kept.clear()
    if platform.state is RegistrationState.ACTIVE:  # one that waits for approval is asked for anew each time
        kept[name] = platform
    return platform
