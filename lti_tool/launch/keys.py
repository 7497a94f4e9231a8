"""The tool's own signing keys and the platforms' public ones.

A new key of ours is published a day before it signs anything, because platforms keep key sets; the one it replaces
stays published for a week. What a key is doing follows from two moments: when it was made and when it was retired.
"""

import logging
from functools import lru_cache
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from flask import current_app
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.util import urlsafe_b64decode
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from live_session.model import Millis
from lti_tool.clock import DAY_MS, now
from lti_tool.errors import LaunchRefused, PlatformFault
from lti_tool.extensions import db
from lti_tool.launch.platforms import Platform, look
from lti_tool.lms.http import call, json_of
from lti_tool.models import PlatformKeySet, ToolKey
from lti_tool.site import site

_log = logging.getLogger(__name__)

KEY_BITS = 3_072
"""ASVS 5.0 11.2.3 asks for 128 bits of security."""
LEAST_BITS = 2_048
"""Of a platform's key (RFC 7518 §3.3); a shorter one proves nothing."""
LEAD_MS: Millis = DAY_MS
"""From publishing a key to signing with it; the first key of an installation signs at once."""
OVERLAP_MS: Millis = 7 * LEAD_MS
"""From retiring a key to taking it out of the key set."""
KEY_SET_LIFETIME_MS: Millis = DAY_MS
"""A key set is fetched anew after this. Where it cannot be, its keys are good for `lms_keys_days` in all."""
KEY_KEPT_MS: Millis = 60_000
"""A process looks into the database again after this: a key that the platform took out is refused within a minute of
its being noticed."""
REFETCH_AFTER_MS: Millis = 30_000
AWAY_MS: Millis = 10_000
"""A platform that gave no key set is asked for it again after this: a class that launches together does not wait for
each try in turn, and a flood of tokens is no flood of requests."""
MOST_KEYS = 64
KEY, AWAY = "giotay.keys", "giotay.keys_away"


def signing_key() -> tuple[str, RSAPrivateKey]:
    """(kid, private key) of the key in use; the first call of an installation makes one.

    Raises `LookupError` when no known secret of the installation opens it.
    """
    key = next(iter(_in_order(now())), None) or make_key()
    return key.kid, _read(site().secrets.decrypt(key.private_pem))


@lru_cache(maxsize=4)
def _read(pem: str) -> RSAPrivateKey:
    """Kept, because proving that a key is one takes ten times as long as signing with it."""
    return cast("RSAPrivateKey", load_pem_private_key(pem.encode(), None))


def _in_order(moment: Millis) -> list[ToolKey]:
    """Keys to sign with, the best first: the newest that has been published long enough, else the oldest."""
    query = select(ToolKey).where(ToolKey.retired_at.is_(None)).order_by(ToolKey.created_at.desc(), ToolKey.kid)
    keys = list(db.session.scalars(query))
    ready = [key for key in keys if key.created_at <= moment - LEAD_MS]
    return ready + [key for key in reversed(keys) if key not in ready]


def tidy(moment: Millis) -> None:
    """Retire keys that a newer one has replaced, forget those long retired, hide the rest under the newest secret
    (retention job)."""
    keys = _in_order(moment)
    for key in keys[1:]:
        if key.created_at < keys[0].created_at:
            key.retired_at = moment
    for key in db.session.scalars(select(ToolKey)):
        if key.retired_at is not None and key.retired_at < moment - OVERLAP_MS:
            db.session.delete(key)
        else:
            key.private_pem = site().secrets.hide_anew(key.private_pem)


def make_key() -> ToolKey:
    """A new signing key: published at once, used when it has been published long enough."""
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


def published() -> list[tuple[str, Millis, bool]]:
    """(kid, published since, whether it signs now) of every key in the key set, the newest first."""
    in_use = next(iter(_in_order(now())), None)
    keys = db.session.scalars(select(ToolKey).order_by(ToolKey.created_at.desc()))
    return [(key.kid, key.created_at, key is in_use) for key in keys]


def public_keys() -> dict[str, Any]:
    """The key set that platforms fetch; retired keys stay in it until they are deleted."""
    keys = db.session.scalars(select(ToolKey).order_by(ToolKey.created_at.desc()))
    return {"keys": [key.public_jwk for key in keys]}


def platform_key(platform: Platform, kid: str) -> RSAKey:
    """The platform's key of this id; one that is not known is looked for once more at the platform.

    Raises `LaunchRefused` when the platform has no such key, or cannot be asked and told us none that is still good.
    """
    moment = now()
    read = _keys_read()
    if (kept := read.get((platform.id, kid))) and abs(moment - kept[1]) < KEY_KEPT_MS:
        return kept[0]
    key = _key_of(platform, kid, moment)
    if len(read) >= MOST_KEYS:
        read.clear()
    read[platform.id, kid] = key, moment
    return key


def _keys_read() -> dict[tuple[int, str], tuple[RSAKey, Millis]]:
    """Keys that this process has read from the key sets, and when: making one out of its JSON costs as much as a
    signature."""
    read: dict[tuple[int, str], tuple[RSAKey, Millis]] = current_app.extensions.setdefault(KEY, {})
    return read


_KEY_SET = select(PlatformKeySet.keys, PlatformKeySet.fetched_at).where(
    PlatformKeySet.registration_id == bindparam("id")
)


def _key_of(platform: Platform, kid: str, moment: Millis) -> RSAKey:
    known = next(iter(look(_KEY_SET, {"id": platform.id})), None)
    if known is None:
        return _named(kid, _fetch_anew(platform, moment))
    kept, age = _find(known.keys, kid), moment - known.fetched_at
    if kept and age < KEY_SET_LIFETIME_MS:
        return kept
    try:
        keys = _fetch_anew(platform, moment) if age >= REFETCH_AFTER_MS else known.keys
    except LaunchRefused as away:
        # Bounded, because whoever keeps us from asking would keep a key good that the platform took out.
        if kept is None or age >= site().settings.lms_keys_days * DAY_MS:
            raise
        _log.warning("platform_keys_old", extra={"reason": away.detail, "count": age // DAY_MS})
        return kept
    return _named(kid, keys)


def _named(kid: str, keys: dict[str, Any]) -> RSAKey:
    key = _find(keys, kid)
    if key is None:
        raise LaunchRefused("platform_key", detail="no key of this kid")
    return key


def _fetch_anew(platform: Platform, moment: Millis) -> dict[str, Any]:
    """The platform's key set, kept. Raises `LaunchRefused`, at once where it was asked in vain a moment ago."""
    away: dict[int, Millis] = current_app.extensions.setdefault(AWAY, {})
    if 0 <= moment - away.get(platform.id, -AWAY_MS) < AWAY_MS:
        raise LaunchRefused("platform_keys", 502, detail="asked in vain a moment ago")
    db.session.commit()  # an LMS may take seconds to answer; no lock is held meanwhile
    try:
        keys = fetch_keys(platform.key_set_url)
    except LaunchRefused:
        away[platform.id] = now()
        raise
    away.pop(platform.id, None)
    _keep(platform.id, keys, moment)
    return keys


def _keep(registration_id: int, keys: dict[str, Any], moment: Millis) -> None:
    """Keep what the platform said. A class that launches together fetches it together, and whoever is later writes it
    again; committed at once, so that nobody waits for the rest of another's launch."""
    told = {"keys": keys, "fetched_at": moment}
    mine = update(PlatformKeySet).where(PlatformKeySet.registration_id == registration_id).values(told)
    if db.session.scalar(
        select(PlatformKeySet.registration_id).where(PlatformKeySet.registration_id == registration_id)
    ):
        db.session.execute(mine)
    else:
        try:
            with db.session.begin_nested():
                db.session.execute(insert(PlatformKeySet).values(registration_id=registration_id, **told))
        except IntegrityError:
            db.session.execute(mine)
    db.session.commit()


def fetch_keys(url: str) -> dict[str, Any]:
    """A platform's key set. Raises `LaunchRefused` when it has none."""
    try:
        answer = call(site().http, "GET", url, headers={"Accept": "application/json"})
        found = json_of(answer)
    except PlatformFault as error:
        raise LaunchRefused("platform_keys", 502, detail=str(error)) from error
    if answer.status_code != 200 or not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise LaunchRefused("platform_keys", 502, detail=f"no key set: status {answer.status_code}")
    if len(found["keys"]) > MOST_KEYS:
        raise LaunchRefused("platform_keys", 502, detail=f"a key set of {len(found['keys'])} keys")
    return {"keys": [key for key in found["keys"] if isinstance(key, dict)]}


def _find(keys: dict[str, Any], kid: str) -> RSAKey | None:
    for key in keys["keys"]:
        if key.get("kid") == kid and key.get("kty") == "RSA" and key.get("use", "sig") == "sig":
            try:
                is_long = 8 * len(urlsafe_b64decode(key["n"].encode())) >= LEAST_BITS
                return RSAKey.import_key({name: key[name] for name in ("kty", "n", "e")}) if is_long else None
            except (JoseError, KeyError, ValueError, TypeError, AttributeError):
                return None
    return None
