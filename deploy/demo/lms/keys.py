"""The platform's own RSA key: signs id_tokens and registration tokens, and is published at /jwks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

FILE_NAME = "lms-key.pem"
ALGORITHM = "RS256"
KEY_BITS = 2048


@dataclass(frozen=True)
class PlatformKey:
    """One key with its thumbprint as `kid`."""

    key: RSAKey
    kid: str

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The claims as a compact JWT, RS256, with `kid` in its header."""
        return jwt.encode({"alg": ALGORITHM, "kid": self.kid}, dict(claims), self.key, algorithms=[ALGORITHM])

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token that this key signed. Raises joserfc's JoseError or ValueError for any other text."""
        return dict(jwt.decode(token, self.key, algorithms=[ALGORITHM]).claims)

    def published(self) -> dict[str, Any]:
        """The public half as a key set, with the members that strict tools ask for (kid, use, alg)."""
        public = self.key.as_dict(private=False)
        return {"keys": [{**public, "kid": self.kid, "use": "sig", "alg": ALGORITHM}]}


def load_key(data_dir: Path) -> PlatformKey:
    """The key kept in `data_dir`; made on the first start, readable by its owner only."""
    path = data_dir / FILE_NAME
    if not path.exists():
        _make_key(path)
    return _read_key(path.read_bytes())


@lru_cache(maxsize=4)
def _read_key(pem: bytes) -> PlatformKey:
    """Kept, because proving an RSA key takes longer than all else at the start of an app."""
    key = RSAKey.import_key(pem)
    return PlatformKey(key, key.thumbprint())


def _make_key(path: Path) -> None:
    """Write a new key under another name first, so that a half-written file is never taken for a key."""
    draft = path.with_suffix(f".{os.getpid()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(RSAKey.generate_key(KEY_BITS).as_pem(private=True))
    draft.replace(path)
