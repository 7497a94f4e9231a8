"""The same tests on a second platform: fixtures of the names that the conformance tests use, on Open edX's classes."""

import json
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.serving import make_server

from tests.lti_tool.conftest import opened, settings_for
from tests.lti_tool.platform import CLIENT_ID, DEPLOYMENT, KEY, KID, LTI, Platform
from tests.lti_tool.tool import Tool

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-second" / "bin" / "python"


@dataclass
class SecondPlatform(Platform):
    """Messages and signatures by lti-consumer-xblock; only forgeries are ours, under its own key."""

    def claims(self, nonce: str, target: str, **changes: Any) -> dict[str, Any]:
        who = {"sub": "user-1", "role": "staff", "name": "Nguyễn Thu Hà", "course": "course-1"}
        body = {**self.call("claims", {"nonce": nonce, "who": who}), f"{LTI}target_link_uri": target, **changes}
        return {name: value for name, value in body.items() if value is not None}

    def sign(self, claims: Any, *, key: Any = None, alg: str = "RS256", **header: Any) -> str:
        if key is None and alg == "RS256" and not header:
            return str(self.call("sign", dict(claims))["token"])
        return super().sign(claims, key=key, alg=alg, **header)

    def call(self, path: str, body: Any = None) -> Any:
        """Ask the platform's process something, as JSON."""
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}/{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.load(answer)


@pytest.fixture(scope="session")
def second_platform() -> Iterator[SecondPlatform]:
    """The process, for all tests of a worker."""
    assert PYTHON.exists(), "the second platform's environment is missing: make second"
    key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    given = {"key": key, "kid": KID, "client_id": CLIENT_ID, "deployment_id": DEPLOYMENT}
    given["tool"] = "http://127.0.0.1:8000"
    command = [str(PYTHON), "-W", "ignore", str(Path(__file__).with_name("serve.py")), json.dumps(given)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT.parent)
    assert process.stdout
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://"), "the second platform did not start"
        yield SecondPlatform(url=url)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def tool(sqlite_tool_url: str, second_platform: SecondPlatform) -> Iterator[Tool]:
    yield from opened(settings_for(sqlite_tool_url), second_platform)


@pytest.fixture(scope="module")
def steady_tool(
    template: Path, tmp_path_factory: pytest.TempPathFactory, second_platform: SecondPlatform
) -> Iterator[Tool]:
    file = tmp_path_factory.mktemp("steady") / "giotay.sqlite3"
    shutil.copy(template, file)
    yield from opened(settings_for(f"sqlite:///{file}"), second_platform)


@pytest.fixture
def served(tool: Tool, second_platform: SecondPlatform) -> Iterator[Tool]:
    """The tool answers over HTTP too, so that the platform can fetch its keys."""
    server = make_server("127.0.0.1", 0, tool.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    second_platform.call("tool-keys-are", {"url": f"http://127.0.0.1:{server.server_port}/lti/jwks"})
    try:
        yield tool
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
