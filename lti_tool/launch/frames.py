"""A login inside an LMS's frame: does this browser let us remember it there, and what else can be done?

First the partitioned `__Host-` cookie: it is set, and one redirect of our own shows whether it comes back. Else the
platform's storage, where the login offers it (LTI Client Side postMessages 1.0, LTI OIDC Login with LTI Client Side
postMessages 0.1). Else a new tab, in which the login begins again from the platform's own words: nothing of it has
been used up, because the platform has not been asked yet.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Response, render_template, request, url_for

from lti_tool import authority
from lti_tool.clock import now
from lti_tool.errors import LaunchRefused
from lti_tool.headers import origin_of
from lti_tool.launch.claims import line
from lti_tool.launch.state import LIFETIME_MS
from lti_tool.onward import see_other
from lti_tool.secret import fingerprint
from lti_tool.site import site
from lti_tool.translations import words

FRAMED = frozenset({"iframe", "frame", "embed", "object", "fencedframe"})
"""What `Sec-Fetch-Dest` says of a page that is not the whole window. Browsers that say nothing are not tried: where
they lose the cookie, the launch is refused and the page says what to do."""
LOGIN_FIELDS = (
    "iss", "login_hint", "target_link_uri", "lti_message_hint", "client_id", "lti_deployment_id", "lti_storage_target",
)  # fmt: skip
MOST_SEALED = 6_000
"""Characters of a login that go through our own address; a longer one is not tried."""


def is_framed() -> bool:
    """This request fills a frame of another page."""
    return request.headers.get("Sec-Fetch-Dest") in FRAMED


def is_to_be_tried(login: Mapping[str, str]) -> bool:
    """Whether it is unknown if this browser keeps our cookie where this login stands."""
    return is_framed() and not authority.is_known_browser() and len(json.dumps(login)) < MOST_SEALED


def fields_of(asked: Mapping[str, str]) -> dict[str, str]:
    """The login's own parameters, as they came."""
    return {name: asked[name] for name in LOGIN_FIELDS if name in asked}


def try_cookie(login: Mapping[str, str]) -> Response:
    """Set the cookie and come back. The login travels encrypted: it names a person."""
    authority.browser()
    sealed = site().secrets.encrypt(json.dumps({"at": now(), "login": dict(login)}))
    return see_other(url_for("lti.framed", login=sealed))


def login_again(sealed: str) -> dict[str, str]:
    """The login that `try_cookie` sent round. Raises `LaunchRefused` when it is not ours, or old."""
    try:
        kept: dict[str, Any] = json.loads(site().secrets.decrypt(sealed))
    except LookupError as error:
        raise LaunchRefused("login", 400, detail="the login that came back is not ours") from error
    if now() - kept["at"] > LIFETIME_MS:
        raise LaunchRefused("state", detail="the login that came back is too old")
    login: dict[str, str] = kept["login"]
    return login


def frame_of(login: Mapping[str, str]) -> str:
    """The name of the platform's frame that stores for us; "" where the login offers none."""
    return line(login.get("lti_storage_target"), 100)


def offer(login: Mapping[str, str], storing: Mapping[str, str] | None) -> str:
    """The page of a frame without a cookie: put the login's proof into the platform's storage and go on, else offer
    the window at once. The window begins anew at our own login, with what the platform said. A choice of content needs
    the frame: an LMS's form waits for what comes back in it (seen on Moodle), and a window's answer reaches nobody.
    So whoever comes to choose is told what to do instead."""
    fields = {name: text for name, text in login.items() if name != "lti_storage_target"}
    boot = {"words": words("enter."), **({"put": storing} if storing else {})}
    is_choosing = urlsplit(login["target_link_uri"]).path == url_for("lti.deep_link")
    return render_template("frame_login.html", boot=boot, fields=fields, is_choosing=is_choosing)


def storing(name: str, auth_login_url: str, token: str, secret: str, go_on: str) -> dict[str, str]:
    """What the page needs to put a login's proof into the platform's storage, and where it goes on then."""
    return {**_place(name, auth_login_url, token), "value": secret, "next": go_on}


def ask_for_proof(name: str, auth_login_url: str, form: Mapping[str, str]) -> str:
    """The page that fetches the proof from the platform's storage and posts the launch again, to ourselves. Its
    id_token is young still: nobody has to press anything."""
    fields = {key: form.get(key, "") for key in ("state", "id_token", "error", "error_description") if key in form}
    boot = {"words": words("enter."), "get": _place(name, auth_login_url, form.get("state", ""))}
    return render_template("frame_proof.html", boot=boot, fields=fields)


def _place(name: str, auth_login_url: str, token: str) -> dict[str, str]:
    """One place a login in the platform's storage; its name is no secret."""
    return {"frame": name, "origin": origin_of(auth_login_url), "key": f"giotay.{fingerprint(token)[:32]}"}


def is_own_page() -> bool:
    """A page of ours posts this, in this browser: what it found in the platform's storage counts, what another site
    posts does not."""
    origin = request.headers.get("Origin", "")
    return origin == site().settings.origin and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
