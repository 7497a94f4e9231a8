"""Logins under way: state and nonce, single use, bound to the browser, the registration and the target.

Only hashes are stored. Taking a state out is one atomic statement, so that a replayed launch finds nothing.
"""

from dataclasses import dataclass

from sqlalchemy import delete

from live_session.model import Millis
from lti_tool.authority import browser
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models import LaunchState
from lti_tool.secret import fingerprint, random_secret

LIFETIME_MS: Millis = 10 * 60_000


@dataclass(frozen=True)
class Login:
    """What a login asked for. `nonce_hash` must match the id_token's nonce."""

    registration_id: int
    nonce_hash: str
    target: str
    is_same_browser: bool


def put(registration_id: int, target: str) -> tuple[str, str]:
    """Begin a login; (state, nonce) for the platform."""
    state, nonce = random_secret(), random_secret()
    db.session.add(
        LaunchState(
            state_hash=fingerprint(state),
            nonce_hash=fingerprint(nonce),
            registration_id=registration_id,
            target=target,
            browser_hash=fingerprint(browser()),
            expires_at=now() + LIFETIME_MS,
        )
    )
    return state, nonce


def take(state: str) -> Login | None:
    """Consume a state; None when it is unknown, used or expired."""
    row = db.session.execute(
        delete(LaunchState)
        .where(LaunchState.state_hash == fingerprint(state))
        .returning(
            LaunchState.registration_id,
            LaunchState.nonce_hash,
            LaunchState.target,
            LaunchState.browser_hash,
            LaunchState.expires_at,
        )
    ).one_or_none()
    if row is None or row.expires_at <= now():
        return None
    return Login(row.registration_id, row.nonce_hash, row.target, row.browser_hash == fingerprint(browser()))


def forget_expired(moment: Millis) -> None:
    """Remove logins nobody finished (retention job)."""
    db.session.execute(delete(LaunchState).where(LaunchState.expires_at < moment))
