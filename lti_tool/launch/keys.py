"""The tool's own signing keys and the platforms' public ones."""

from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import RSAKey
from sqlalchemy import select

from live_session.model import Millis
from lti_tool.clock import now
from lti_tool.errors import LaunchRefused, PlatformFault
from lti_tool.extensions import db
from lti_tool.lms.http import call, json_of
from lti_tool.models import PlatformKeySet, Registration, ToolKey
from lti_tool.site import site

KEY_BITS = 3_072
"""ASVS 5.0 11.2.3 asks for 128 bits of security."""
KEY_SET_LIFETIME_MS: Millis = 24 * 3_600_000
REFETCH_AFTER_MS: Millis = 30_000
MOST_KEYS = 64


def signing_key() -> tuple[str, str]:
    """(kid, private key as PEM) of the newest key; the first call of an installation makes one."""
    key = db.session.scalars(
        select(ToolKey).where(ToolKey.retired_at.is_(None)).order_by(ToolKey.created_at.desc()).limit(1)
    ).first()
    key = key or make_key()
    return key.kid, site().secrets.decrypt(key.private_pem)


def make_key() -> ToolKey:
    """A new signing key: published at once, used from the next signature on."""
    private = rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    jwk = RSAKey.import_key(pem)
    kid = jwk.thumbprint()
    public = {str(name): str(value) for name, value in jwk.as_dict(private=False).items() if name in ("kty", "n", "e")}
    key = ToolKey(
        kid=kid,
        public_jwk={**public, "kid": kid, "use": "sig", "alg": "RS256"},  # Moodle drops keys without `alg`
        private_pem=site().secrets.encrypt(pem),
        created_at=now(),
    )
    db.session.add(key)
    db.session.flush()
    return key


def public_keys() -> dict[str, Any]:
    """The key set that platforms fetch; retired keys stay in it until they are deleted."""
    keys = db.session.scalars(select(ToolKey).order_by(ToolKey.created_at.desc()))
    return {"keys": [key.public_jwk for key in keys]}


def platform_key(registration: Registration, kid: str) -> jwt.PyJWK:
    """The platform's key of this id; one that is not known is looked for once more at the platform.

    Raises `LaunchRefused` when the platform has no such key or cannot be asked.
    """
    known = db.session.get(PlatformKeySet, registration.id)
    moment = now()
    is_fresh = known is not None and moment - known.fetched_at < KEY_SET_LIFETIME_MS
    if known is not None and is_fresh and (key := _find(known.keys, kid)):
        return key
    if known is None or moment - known.fetched_at >= REFETCH_AFTER_MS:
        registration_id, url = registration.id, registration.key_set_url
        db.session.commit()  # an LMS may take seconds to answer; no lock is held meanwhile
        keys = fetch_keys(url)
        db.session.merge(PlatformKeySet(registration_id=registration_id, keys=keys, fetched_at=moment))
        if key := _find(keys, kid):
            return key
    raise LaunchRefused("platform_key", detail="no key of this kid")


def fetch_keys(url: str) -> dict[str, Any]:
    """A platform's key set. Raises `LaunchRefused` when it has none."""
    try:
        found = json_of(call(site().http, "GET", url, headers={"Accept": "application/json"}))
    except PlatformFault as error:
        raise LaunchRefused("platform_keys", 502, detail=str(error)) from error
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise LaunchRefused("platform_keys", 502, detail="no key set")
    return {"keys": [key for key in found["keys"][:MOST_KEYS] if isinstance(key, dict)]}


def _find(keys: dict[str, Any], kid: str) -> jwt.PyJWK | None:
    for key in keys["keys"]:
        if key.get("kid") == kid and key.get("kty") == "RSA" and key.get("use", "sig") == "sig":
            try:
                return jwt.PyJWK(key, algorithm="RS256")
            except jwt.PyJWTError:
                return None
    return None
