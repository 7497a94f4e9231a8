"""A proved launch is written down: its login is used up, the launch begins, this browser holds it, and a code may open
it in a window. All of it or nothing, and on PostgreSQL in one trip.

Texts that a driver takes as they are: a class that launches together meets these statements and no others.
"""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection

from live_session.store import straight
from lti_tool import authority
from lti_tool.authority import Beginning
from lti_tool.clock import now
from lti_tool.launch.state import Login
from lti_tool.secret import fingerprint

_NAMES = ("id", *(field.name for field in fields(Beginning)), "created_at", "expires_at")


@dataclass(frozen=True)
class Window:
    """A one-time code (its fingerprint alone is kept) and where it leads."""

    code_hash: str
    destination: str


def write(connection: Connection, login: Login, launch_id: str, launch: Beginning, window: Window | None) -> bool:
    """Begin this launch in this browser, in the connection's transaction; False when its login was used before, and
    then nothing is written. Of two at once the second waits for the first's commit."""
    moment = now()
    row = {name: str(value) if isinstance(value, str) else value for name, value in vars(launch).items()}
    values = {
        **row,
        "id": launch_id,
        "created_at": moment,
        "expires_at": moment + authority.LAUNCH_LIFETIME_MS,
        "state_hash": login.state_hash,
        "state_until": login.expires_at,
        "browser_hash": fingerprint(authority.browser()),
        "code_hash": window and window.code_hash,
        "destination": window and window.destination,
        "code_until": moment + authority.CODE_LIFETIME_MS,
    }
    if connection.dialect.name == "postgresql":
        return bool(straight.run(connection, _AT_ONCE, values)[0][0])
    return _one_by_one(connection, values)


def _one_by_one(connection: Connection, values: dict[str, Any]) -> bool:
    """The same on SQLite, whose trips cost nothing."""
    if not straight.run(connection, _SPENT, values):
        return False
    for statement in (_LAUNCH, _HOLD, _CODE) if values["code_hash"] else (_LAUNCH, _HOLD):
        straight.run(connection, statement, values)
    return True


_SPENT = (
    "INSERT INTO spent_state (state_hash, expires_at) VALUES (:state_hash, :state_until) "
    "ON CONFLICT DO NOTHING RETURNING 1"
)
_LAUNCH = f"INSERT INTO launch_visit ({', '.join(_NAMES)}) VALUES ({', '.join(f':{name}' for name in _NAMES)})"  # noqa: S608
_HOLD = "INSERT INTO launch_browser (launch_id, browser_hash) VALUES (:id, :browser_hash)"
_CODE = (
    "INSERT INTO window_code (code_hash, launch_id, destination, expires_at) "
    "VALUES (:code_hash, :id, :destination, :code_until)"
)
_AT_ONCE = f"""
WITH spent AS (
    INSERT INTO spent_state (state_hash, expires_at) VALUES (%(state_hash)s, %(state_until)s)
    ON CONFLICT DO NOTHING RETURNING 1
), launch AS (
    INSERT INTO launch_visit ({", ".join(_NAMES)}) SELECT {", ".join(f"%({name})s" for name in _NAMES)} FROM spent
    RETURNING id
), hold AS (
    INSERT INTO launch_browser (launch_id, browser_hash) SELECT id, %(browser_hash)s FROM launch
), code AS (
    INSERT INTO window_code (code_hash, launch_id, destination, expires_at)
    SELECT %(code_hash)s::varchar, id, %(destination)s, %(code_until)s FROM launch
    WHERE %(code_hash)s::varchar IS NOT NULL
)
SELECT count(*) FROM spent
"""  # noqa: S608 - names of our own columns
