"""Keys made from the installation's secret, each for one purpose, and the small things they protect.

A signed text says who made it and for what; it hides nothing. Random secrets are stored as hashes only.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, URLSafeTimedSerializer


class Secrets:
    """All that is derived from the secrets of an installation; the newest secret stands last."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self._vault = MultiFernet([Fernet(_derive(key, b"giotay.vault.v1")) for key in reversed(self._keys)])
        self._derived: dict[str, tuple[bytes, ...]] = {}
        self._signers: dict[str, URLSafeTimedSerializer] = {}

    @property
    def ticket_keys(self) -> tuple[str, ...]:
        """Keys of join tickets, shared with the live server."""
        return tuple(_derive(key, b"giotay.tickets.v1").decode() for key in self._keys)

    def keys_for(self, purpose: str) -> tuple[bytes, ...]:
        """Keys for this purpose alone, the newest last."""
        if purpose not in self._derived:
            self._derived[purpose] = tuple(_derive(key, f"giotay.{purpose}.v1".encode()) for key in self._keys)
        return self._derived[purpose]

    def sign(self, purpose: str, value: Any) -> str:
        """A value as a signed text, for this purpose only."""
        return str(self._signer(purpose).dumps(value))

    def unsign(self, purpose: str, text: str, max_age: int) -> Any:
        """The value, or None when forged, of another purpose or older than `max_age` seconds."""
        try:
            return self._signer(purpose).loads(text, max_age=max_age)
        except BadData:
            return None

    def encrypt(self, text: str) -> str:
        """Hide a text that the database must keep (private keys, access tokens)."""
        return self._vault.encrypt(text.encode()).decode()

    def decrypt(self, text: str) -> str:
        """The hidden text. Raises `LookupError` when no known secret hid it."""
        try:
            return self._vault.decrypt(text.encode()).decode()
        except InvalidToken as error:
            raise LookupError("encrypted under a secret this installation no longer has") from error

    def hide_anew(self, text: str) -> str:
        """A hidden text under the newest secret; as it is when it was already, or when no known secret hid it."""
        newest = Fernet(_derive(self._keys[-1], b"giotay.vault.v1"))
        try:
            newest.decrypt(text.encode())
        except InvalidToken:
            try:
                return self._vault.rotate(text.encode()).decode()
            except InvalidToken:
                return text
        return text

    def _signer(self, purpose: str) -> URLSafeTimedSerializer:
        if purpose not in self._signers:
            self._signers[purpose] = URLSafeTimedSerializer(
                list(self._keys),
                salt=f"giotay.{purpose}",
                signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
            )
        return self._signers[purpose]


def _derive(secret: str, purpose: bytes) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)


def random_secret() -> str:
    """A secret of 128 bits that fits an address or a cookie."""
    return secrets.token_urlsafe(16)


SPOKEN = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Figures and capitals that nobody takes for one another, in the order of Crockford's base 32."""
MISREAD = str.maketrans("OIL", "011")


def written_secret() -> str:
    """A secret of 80 bits that can be read from paper and typed."""
    return "".join(secrets.choice(SPOKEN) for _ in range(16))


def as_typed(text: str) -> str:
    """A written secret as somebody typed it: without spaces and dashes, in capitals, misread letters put right."""
    return "".join(c for c in text.upper() if c.isascii() and c.isalnum()).translate(MISREAD)


def fingerprint(secret: str) -> str:
    """What is stored instead of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
