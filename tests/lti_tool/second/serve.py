"""A platform that shares no line with ours: the LTI classes of Open edX (lti-consumer-xblock), behind a little HTTP.

Runs in an environment of its own (`make second`), so that its old dependencies never meet ours; talks JSON on a port
that it prints. The classes sign, build messages, check assertions and tokens; only the routing stands here.

    python serve.py '{"key": PEM, "kid": …, "client_id": …, "deployment_id": …, "tool": "http://127.0.0.1:8000"}'
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of a test",
    PLATFORM_NAME="Open edX",
    INSTALLED_APPS=[],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
)
django.setup()

from lti_consumer.data import Lti1p3LaunchData  # noqa: E402 - Django wants its settings first
from lti_consumer.lti_1p3.constants import LTI_1P3_ROLE_MAP  # noqa: E402
from lti_consumer.lti_1p3.consumer import LtiAdvantageConsumer  # noqa: E402
from lti_consumer.lti_1p3.exceptions import Lti1p3Exception  # noqa: E402
from lti_consumer.lti_1p3.key_handlers import PlatformKeyHandler  # noqa: E402

MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"


class Edx:
    """The platform: a course with its members, its columns and the scores that came."""

    def __init__(self, url, given):
        self.url, self.given = url, given
        self.members, self.items, self.scores, self.tokens = [], [], [], 0
        self.tool_keys = None
        self.key = PlatformKeyHandler(given["key"], given["kid"])

    def consumer(self):
        """A fresh one a message: what was set for one launch never stands in the next."""
        tool = self.given["tool"]
        made = LtiAdvantageConsumer(
            iss=self.url,
            lti_oidc_url=f"{tool}/lti/login",
            lti_launch_url=f"{tool}/lti/launch",
            client_id=self.given["client_id"],
            deployment_id=self.given["deployment_id"],
            rsa_key=None,
            rsa_key_id=None,
            redirect_uris=[f"{tool}/lti/launch", f"{tool}/lti/deep-link"],
            tool_keyset_url=self.tool_keys,
        )
        made.key_handler = self.key  # read once: proving an RSA key costs more than all else of a message
        made.enable_ags(f"{self.url}/items", allow_programmatic_grade_interaction=True)
        made.enable_nrps(f"{self.url}/members")
        made.enable_deep_linking(f"{tool}/lti/deep-link", f"{self.url}/return")
        return made

    def fill(self, consumer, who):
        consumer.set_user_data(who["sub"], who.get("role"), who.get("name"), who.get("email"))
        consumer.set_resource_link_claim(who.get("link", "link-1"), title="Giơ Tay")
        consumer.set_launch_presentation_claim("iframe")
        if who.get("course"):
            consumer.set_context_claim(who["course"], context_title="Toán 9A1", context_label="T9A1")
        return consumer

    # --- what is asked ----------------------------------------------------------------------------------------------

    def get_jwks(self, asked):
        return self.consumer().get_public_keyset()

    def get_roles(self, asked):
        return {role: list(uris) for role, uris in LTI_1P3_ROLE_MAP.items()}

    def get_scores(self, asked):
        return self.scores

    def get_asked(self, asked):
        return {"tokens": self.tokens}

    def post_members_are(self, asked):
        self.members = asked["body"]
        return {}

    def post_tool_keys_are(self, asked):
        self.tool_keys = asked["body"]["url"]
        return {}

    def post_claims(self, asked):
        """The message of a launch as the classes make it, not yet signed; a test may bend it."""
        body = asked["body"]
        message = self.fill(self.consumer(), body["who"]).get_lti_launch_message()
        moment = int(time.time())
        return {**message, "nonce": body["nonce"], "iat": moment, "exp": moment + 3600}

    def post_sign(self, asked):
        return {"token": self.consumer().key_handler.encode_and_sign(asked["body"])}

    def post_start(self, asked):
        """Somebody opens the activity (or chooses content): where their browser goes."""
        who = asked["body"]
        self.who = who
        data = Lti1p3LaunchData(
            user_id=who["sub"],
            user_role=who.get("role"),
            config_id="1",
            resource_link_id="link-1",
            message_type=who.get("message", "LtiResourceLinkRequest"),
        )
        return {"address": self.consumer().prepare_preflight_url(data)}

    def get_auth(self, asked):
        """The tool asks who it is: state and id_token for its form."""
        query = {name: values[0] for name, values in asked["query"].items()}
        return self.fill(self.consumer(), self.who).generate_launch_request(query)

    def post_return(self, asked):
        """Deep linking comes back: what the classes read in it."""
        return self.consumer().check_and_decode_deep_linking_token(asked["form"]["JWT"])

    def post_token(self, asked):
        self.tokens += 1
        return self.consumer().access_token(asked["form"])

    def get_members(self, asked):
        self.check(asked, MEMBERS)
        return {"id": "course-1", "context": {"id": "course-1"}, "members": self.members}

    def get_items(self, asked):
        self.check(asked, f"{AGS}lineitem", f"{AGS}lineitem.readonly")
        wanted = asked["query"].get("resource_id")
        return [i for i in self.items if not wanted or i.get("resourceId") in wanted]

    def post_items(self, asked):
        self.check(asked, f"{AGS}lineitem")
        made = {**asked["body"], "id": f"{self.url}/items/{len(self.items) + 1}"}
        self.items.append(made)
        return made

    def post_score(self, asked):
        self.check(asked, f"{AGS}score")
        self.scores.append({"path": asked["path"], **asked["body"]})
        return {}

    def get_results(self, asked):
        self.check(asked, f"{AGS}result.readonly")
        newest = {one["userId"]: one for one in self.scores}
        return [
            {"userId": sub, "resultScore": one["scoreGiven"], "resultMaximum": one["scoreMaximum"]}
            for sub, one in newest.items()
        ]

    def check(self, asked, *scopes):
        token = asked["headers"].get("Authorization", "").removeprefix("Bearer ")
        if not self.consumer().check_token(token, scopes):
            raise PermissionError("scope")

    def answer(self, method, path, asked):
        if path.endswith("/scores") and method == "POST":
            return self.post_score(asked)
        if path.endswith("/results"):
            return self.get_results(asked)
        return getattr(self, f"{method.lower()}_{path.strip('/').replace('-', '_')}")(asked)


class Handler(BaseHTTPRequestHandler):
    edx = None

    def do_GET(self):
        self.act()

    def do_POST(self):
        self.act()

    def act(self):
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        asked = {"path": parts.path, "query": parse_qs(parts.query), "headers": dict(self.headers), "body": None}
        if "json" in (self.headers.get("Content-Type") or ""):
            asked["body"] = json.loads(raw) if raw else None
        else:
            asked["form"] = {name: values[0] for name, values in parse_qs(raw).items()}
        try:
            status, said = 200, self.edx.answer(self.command, parts.path, asked)
        except (Lti1p3Exception, PermissionError, AttributeError, ValueError) as error:
            status, said = 400, {"error": f"{type(error).__name__}: {error}"}
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Quiet."""


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    Handler.edx = Edx(url, json.loads(sys.argv[1]))
    print(url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
