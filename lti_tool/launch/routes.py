"""`/lti/login`, `/lti/launch`, `/lti/deep-link`, `/lti/jwks`."""

import json
import logging
from urllib.parse import urlencode, urlsplit

import msgspec
from flask import Blueprint, Response, jsonify, redirect, request, url_for
from sqlalchemy import select

from lti_tool import authority
from lti_tool.access import Need, needs
from lti_tool.errors import LaunchRefused
from lti_tool.extensions import db
from lti_tool.headers import allow_frame, origin_of
from lti_tool.launch import keys, state
from lti_tool.launch.claims import Launch
from lti_tool.launch.provision import Provisioned, provision
from lti_tool.launch.verify import verify
from lti_tool.locale import locale_for
from lti_tool.models import LaunchKind, LaunchVisit, Registration, RegistrationState
from lti_tool.site import site

routes = Blueprint("lti", __name__, url_prefix="/lti")

_log = logging.getLogger(__name__)

TARGETS = ("/lti/launch", "/lti/deep-link")
"""Where a platform may ask us to go; also our redirect addresses, which are constants."""


@routes.route("/login", methods=["GET", "POST"])
@needs(Need.NOTHING, writes=True)
def login() -> Response:
    """Third-party initiated login (LTI Security Framework 1.0 §5.1.1)."""
    asked = request.values
    registration = _registration(asked.get("iss", ""), asked.get("client_id", ""))
    allow_frame(origin_of(registration.issuer), origin_of(registration.auth_login_url))
    hint = asked.get("login_hint", "")
    if not hint:
        raise LaunchRefused("login", 400, detail="login_hint is missing")
    target = asked.get("target_link_uri", "")
    path = _path_of(target)
    token, nonce = state.put(registration.id, target)
    query = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": registration.client_id,
        "redirect_uri": site().settings.public_url + path,
        "login_hint": hint,
        "state": token,
        "nonce": nonce,
    }
    if message_hint := asked.get("lti_message_hint"):
        query["lti_message_hint"] = message_hint
    joint = "&" if urlsplit(registration.auth_login_url).query else "?"
    return _see_other(registration.auth_login_url + joint + urlencode(query), 302)


def _registration(issuer: str, client_id: str) -> Registration:
    """The one registration meant. Without a client id there must be only one of this issuer."""
    query = select(Registration).where(Registration.issuer == issuer)
    if client_id:
        query = query.where(Registration.client_id == client_id)
    found = db.session.scalars(query.limit(2)).all()
    if len(found) != 1:
        raise LaunchRefused("unknown_lms", 404, detail=f"{len(found)} registrations")
    if found[0].state is not RegistrationState.ACTIVE:
        raise LaunchRefused("pending_lms", detail=found[0].state)
    return found[0]


def _path_of(target: str) -> str:
    """A path of ours that may be launched; anything else is refused (no open redirect)."""
    parts = urlsplit(target)
    if f"{parts.scheme}://{parts.netloc}" != site().settings.origin or parts.path not in TARGETS:
        raise LaunchRefused("target", 400, detail="target_link_uri is not ours")
    return parts.path


@routes.post("/launch", endpoint="launch")
@routes.post("/deep-link", endpoint="deep_link")
@needs(Need.NOTHING)
def launch() -> Response:
    """An id_token arrives (LTI Security Framework 1.0 §5.1.3). Answers 303 to a page that survives a reload."""
    login_ = state.take(request.form.get("state", ""))
    db.session.commit()  # used up, whatever becomes of this launch
    registration = db.session.get(Registration, login_.registration_id) if login_ else None
    if registration is not None:
        allow_frame(origin_of(registration.issuer), origin_of(registration.auth_login_url))
    if error := request.form.get("error"):
        raise LaunchRefused(
            "platform_said", detail=error[:200], said=request.form.get("error_description", error)[:300]
        )
    if login_ is None or registration is None:
        raise LaunchRefused("state", detail="state is unknown, used or expired")
    if not login_.is_same_browser:
        raise LaunchRefused("cookies", detail="another browser, or its cookie is blocked")
    proved = verify(request.form.get("id_token", ""), login_, registration)
    stands_on = provision(proved, registration)
    visit = authority.begin(_visit(proved, stands_on, registration))
    address = url_for("home.landing", visit_id=visit.id)
    if _is_framed(proved):
        # A frame may be refused its cookie; the fragment never leaves the browser and is good once, for a minute.
        address += "#c=" + authority.window_code(visit.id, address)
    _log.info("launched", extra={"registration": registration.id, "context": stands_on.context.id})
    return _see_other(address, 303)


def _visit(proved: Launch, stands_on: Provisioned, registration: Registration) -> LaunchVisit:
    deep_link = proved.deep_linking
    return LaunchVisit(
        kind=LaunchKind.LMS,
        person_id=stands_on.person.id,
        role=proved.role,
        is_admin=proved.is_admin,
        context_id=stands_on.context.id,
        resource_link_id=stands_on.link.id if stands_on.link else None,
        registration_id=registration.id,
        claim=authority.claim_of(stands_on.person.uid),
        locale=locale_for(proved.locale),
        deep_link=json.dumps(msgspec.to_builtins(deep_link)) if deep_link else None,
    )


def _is_framed(proved: Launch) -> bool:
    return request.headers.get("Sec-Fetch-Dest", "iframe") == "iframe"


def _see_other(address: str, code: int) -> Response:
    response = redirect(address, code)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response  # type: ignore[return-value]


@routes.get("/jwks")
@needs(Need.NOTHING)
def jwks() -> Response:
    """Our public keys."""
    response = jsonify(keys.public_keys())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
