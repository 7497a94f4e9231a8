"""Logins under way: state and nonce, single use, bound to the browser, the registration and the target.

A state is a sealed note that says what it was made for; the nonce follows from it under a key of ours. So a login
writes nothing. A launch writes that its state is spent, in its own transaction and before anybody comes in: the second
of two finds it there, whichever process it reaches.

A browser shows that it is the one by its cookie, or, in a frame that is refused one, by a secret that the platform's
storage kept for it; the state says which.
"""

import base64
import hmac
import struct
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from hashlib import blake2b
from secrets import token_bytes

from sqlalchemy import delete, text

from live_session.model import Millis
from lti_tool.authority import browser
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models import SpentState
from lti_tool.secret import fingerprint
from lti_tool.site import site

LIFETIME_MS: Millis = 10 * 60_000
SEAL, NONCE = "state", "nonce"
"""What the two keys are for."""

_NOTE = struct.Struct(">?QQ16s16s16s")
"""Known by storage, registration, expiry, chance, browser, target."""
_SEALED = 24
"""Bytes of a seal, and of a nonce."""
_SPEND = text("INSERT INTO spent_state (state_hash, expires_at) VALUES (:hash, :at) ON CONFLICT DO NOTHING")


@dataclass(frozen=True)
class Login:
    """What a login asked for. The id_token must bring this nonce, and this target. `is_stored`: its browser is known
    by the platform's storage."""

    state_hash: str
    registration_id: int
    expires_at: Millis
    is_stored: bool
    nonce: str = field(repr=False)
    _browser: bytes = field(repr=False)
    _target: bytes = field(repr=False)

    def is_of(self, secret: str) -> bool:
        """Whether this is the secret of the browser that began."""
        return hmac.compare_digest(self._browser, _tag(secret))

    def is_for(self, target: str) -> bool:
        """Whether the login was for this address."""
        return self._target == _tag(target)


def begin(registration_id: int, target: str, stored: str | None = None) -> tuple[str, str]:
    """Begin a login; (state, nonce) for the platform. `stored` is the secret in the platform's storage, if the browser
    is to be known by it."""
    is_stored = stored is not None
    shown = browser() if stored is None else stored
    note = _NOTE.pack(is_stored, registration_id, now() + LIFETIME_MS, token_bytes(16), _tag(shown), _tag(target))
    return _text(note + _under(_keys(SEAL)[-1], note)), _text(_under(_keys(NONCE)[-1], note))


def read(state: str) -> Login | None:
    """The login of a state; None when it is not ours or too old. Uses nothing up."""
    try:
        sealed = base64.b64decode(state.encode("ascii"), b"-_", validate=True)
    except (ValueError, NotBase64):
        return None
    note, seal = sealed[: _NOTE.size], sealed[_NOTE.size :]
    for sealing, nonce_key in zip(reversed(_keys(SEAL)), reversed(_keys(NONCE)), strict=True):
        if len(note) == _NOTE.size and hmac.compare_digest(seal, _under(sealing, note)):
            is_stored, registration_id, expires_at, _, shown, target = _NOTE.unpack(note)
            if expires_at <= now():
                return None
            nonce = _text(_under(nonce_key, note))
            return Login(fingerprint(state), registration_id, expires_at, is_stored, nonce, shown, target)
    return None


def is_same_browser(login: Login, stored: str | None = None) -> bool:
    """Whether this request comes from the browser that began; `stored` is what the platform's storage kept."""
    return login.is_stored is (stored is not None) and login.is_of(browser() if stored is None else stored)


def spend(login: Login) -> bool:
    """Use a login up, in this transaction; False when it was used before. Of two at once the second waits for the
    first's commit."""
    spent = db.session.connection().execute(_SPEND, {"hash": login.state_hash, "at": login.expires_at})
    return spent.rowcount == 1


def forget_expired(moment: Millis) -> None:
    """Remove what no login can bring any more (retention job)."""
    db.session.execute(delete(SpentState).where(SpentState.expires_at < moment))


def _keys(purpose: str) -> tuple[bytes, ...]:
    return site().secrets.keys_for(purpose)


def _under(key: bytes, note: bytes) -> bytes:
    return blake2b(note, key=key, digest_size=_SEALED).digest()


def _tag(text_: str) -> bytes:
    return blake2b(text_.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
