"""A small LTI 1.3 platform of the tests' own: it signs what it is told to sign, and answers what it is told to answer.

The demo LMS (`deploy/demo/lms`) is the honest one; this one can lie, be slow, and forget.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

from lti_tool.clock import now

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
AGS_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
ROLES = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTRUCTOR, LEARNER = f"{ROLES}Instructor", f"{ROLES}Learner"
SYSTEM_ADMIN = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"
CLIENT_ID = "client-1"
DEPLOYMENT = "dep-1"
KID = "platform-key-1"

Answer = tuple[int, Mapping[str, str], bytes]


def json_answer(body: object, status: int = 200, **headers: str) -> Answer:
    """An answer with a JSON body; header names with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "application/json", **named}, json.dumps(body).encode()


@dataclass(frozen=True)
class Asked:
    """A request that reached the platform."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Platform:
    """`members` is the course's list, `groups` its groups by id, `items` the gradebook's columns, `scores` what was
    posted to them.

    `answers` by (method, path) stand before the platform's own; one may raise to drop the connection.
    """

    url: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=lambda: KEY)
    kid: str = KID
    members: list[dict[str, Any]] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    scores: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: dict[tuple[str, str], Callable[[Asked], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    # --- launches ---------------------------------------------------------------------------------------------------

    def claims(self, nonce: str, target: str, **changes: Any) -> dict[str, Any]:
        """The body of a resource link launch; `changes` replace members, and None takes one away."""
        moment = now() // 1_000
        body: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "sub": "user-1",
            "nonce": nonce,
            "iat": moment,
            "exp": moment + 60,
            "name": "Nguyễn Thu Hà",
            "given_name": "Thu Hà",
            "family_name": "Nguyễn",
            f"{LTI}message_type": "LtiResourceLinkRequest",
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": DEPLOYMENT,
            f"{LTI}target_link_uri": target,
            f"{LTI}roles": [INSTRUCTOR],
            f"{LTI}resource_link": {"id": "link-1", "title": "Giơ Tay"},
            f"{LTI}context": {"id": "course-1", "label": "T9A1", "title": "Toán 9A1"},
            f"{LTI}launch_presentation": {"locale": "vi", "document_target": "window"},
            NRPS: {"context_memberships_url": f"{self.url}/members", "service_versions": ["2.0"]},
            AGS: {
                "scope": [
                    f"{AGS_SCOPE}{name}" for name in ("lineitem", "lineitem.readonly", "score", "result.readonly")
                ],
                "lineitems": f"{self.url}/items",
            },
        }
        body.update(changes)
        return {name: value for name, value in body.items() if value is not None}

    def sign(self, claims: Mapping[str, Any], *, key: Any = None, alg: str = "RS256", **header: Any) -> str:
        """The claims as a token, under this platform's key unless another is given."""
        return jwt.encode(dict(claims), key or self.key, algorithm=alg, headers={"kid": self.kid, **header})

    # --- services ---------------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Answer:
        """What this platform says to a request."""
        self.asked.append(asked)
        if told := self.answers.get((asked.method, asked.path)):
            return told(asked)
        if asked.path.endswith("/scores"):
            self.scores.append((asked.path, asked.json))
            return json_answer({})
        said: dict[tuple[str, str], Callable[[], Answer]] = {
            ("GET", "/jwks"): lambda: json_answer({"keys": [public_key(self.key, self.kid)]}),
            ("POST", "/token"): lambda: json_answer(
                {"access_token": "token-1", "token_type": "Bearer", "expires_in": 3600}
            ),
            ("GET", "/members"): lambda: json_answer({"id": "course-1", "members": self.members}),
            ("GET", "/groups"): lambda: self._list_groups(asked),
            ("GET", "/items"): lambda: json_answer([i for i in self.items if _is_asked_for(i, asked.query)]),
            ("POST", "/items"): lambda: self._make_column(asked.json),
        }
        return said.get((asked.method, asked.path), lambda: json_answer({"error": "nothing here"}, 404))()

    def _list_groups(self, asked: Asked) -> Answer:
        """One group a page, so that who stops at the first page finds out."""
        number = int(asked.query.get("page", ["0"])[0])
        listed = [{"id": id_, "name": name} for id_, name in self.groups.items()]
        more = {"Link": f'<{self.url}/groups?page={number + 1}>; rel="next"'} if number + 1 < len(listed) else {}
        return json_answer({"id": f"{self.url}/groups", "groups": listed[number : number + 1]}, **more)

    def _make_column(self, sent: Mapping[str, Any]) -> Answer:
        made = {**sent, "id": f"{self.url}/items/{len(self.items) + 1}?type_id=7"}
        self.items.append(made)
        return json_answer(made, 201)


def _is_asked_for(item: Mapping[str, Any], query: Mapping[str, list[str]]) -> bool:
    asked = {"resourceId": query.get("resource_id"), "tag": query.get("tag")}
    return all(values is None or item.get(name) in values for name, values in asked.items())


def public_key(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    """The public half as a JWK."""
    numbers = RSAKey.import_key(key.public_key()).as_dict(private=False)
    return {**numbers, "kid": kid, "use": "sig", "alg": "RS256"}


KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def _handler(platform: Platform) -> type[BaseHTTPRequestHandler]:
    """What reads requests for a platform and writes its answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def do_PATCH(self) -> None:
            self._do()

        def do_PUT(self) -> None:
            self._do()

        def _do(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, headers, out = platform.answer(
                    Asked(self.command, parts.path, parse_qs(parts.query), dict(self.headers), body)
                )
            except ConnectionError:
                self.close_connection = True
                return
            self.send_response_only(status)
            for name, value in {"Date": self.date_time_string(), **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            try:
                self.wfile.write(out)
            except ConnectionError:  # the tool has read enough
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


@contextmanager
def serving(platform: Platform) -> Iterator[Platform]:
    """The platform on a port of its own; its `url` is also its issuer."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(platform))
    server.daemon_threads = True
    platform.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
