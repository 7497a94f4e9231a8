"""A demo LMS over a fresh directory, with a tiny tool registered at it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from deploy.demo.lms import LmsSettings, create_app

from .lms_tool import ISSUER, SETTINGS, TOOL, Clock, TinyTool, key_set


class ServedKeys:
    """Stands for the network: key sets by address, and how often each was fetched."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.fetched: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.fetched.append(url)
        if url not in self.bodies:
            raise OSError("nobody listens there")
        return self.bodies[url]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def served() -> ServedKeys:
    return ServedKeys()


@pytest.fixture(scope="session")
def platform_key() -> bytes:
    """One RSA key for all tests: making one takes a tenth of a second."""
    return bytes(RSAKey.generate_key(2048).as_pem(private=True))


@pytest.fixture
def lms_dir(tmp_path: Path, platform_key: bytes) -> Path:
    (tmp_path / "lms-key.pem").write_bytes(platform_key)
    return tmp_path


@pytest.fixture
def lms_app(lms_dir: Path, clock: Clock, served: ServedKeys) -> Flask:
    return create_app(LmsSettings(ISSUER, lms_dir, SETTINGS), clock=clock, fetch=served)


@pytest.fixture
def browser(lms_app: Flask) -> FlaskClient:
    return lms_app.test_client()


@pytest.fixture
def tool(lms_app: Flask, clock: Clock, served: ServedKeys) -> TinyTool:
    playing = TinyTool(lms_app, clock)
    served.bodies[f"{TOOL}/jwks"] = json.dumps(key_set(playing.key)).encode()
    return playing
