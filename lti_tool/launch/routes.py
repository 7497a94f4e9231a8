"""`/lti/login`, `/lti/launch`, `/lti/deep-link`, `/lti/jwks`."""

import json
import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode, urlsplit

import msgspec
from flask import Blueprint, Response, g, jsonify, make_response, request, url_for
from sqlalchemy import Connection, select

from lti_tool import authority
from lti_tool.access import Need, needs
from lti_tool.errors import Fault, LaunchRefused
from lti_tool.extensions import db
from lti_tool.headers import allow_form, allow_frame, origin_of
from lti_tool.launch import arrival, frames, keys, platforms, standing, state
from lti_tool.launch.claims import Launch, MessageType, is_address, line
from lti_tool.launch.platforms import Platform
from lti_tool.launch.provision import Provisioned, provision, unchanged
from lti_tool.launch.verify import verify
from lti_tool.locale import locale_for
from lti_tool.models import (
    LaunchKind,
    Lesson,
    LineItem,
    Person,
    RegistrationState,
)
from lti_tool.models.base import new_uid
from lti_tool.secret import fingerprint, random_secret
from lti_tool.site import site

routes = Blueprint("lti", __name__, url_prefix="/lti")

_log = logging.getLogger(__name__)

TARGETS = ("/lti/launch", "/lti/deep-link")
"""Where a platform may ask us to go; also our redirect addresses, which are constants."""
MOST_SETTINGS = 4_000
"""Characters of a deep-linking request that the visit keeps."""


@routes.route("/login", methods=["GET", "POST"])
@needs(Need.NOTHING, writes=True)
def login() -> Response:
    """Third-party initiated login (LTI Security Framework 1.0 §5.1.1)."""
    asked = frames.fields_of(request.values)
    platform = _meant(asked)
    if frames.is_to_be_tried(asked):
        return _private(frames.try_cookie(asked))
    return _ask_platform(asked, platform)


@routes.get("/login/framed")
@needs(Need.NOTHING, writes=True)
def framed() -> Response:
    """A login in a frame comes back, with the cookie or without it."""
    asked = frames.login_again(request.args.get("login", ""))
    platform = _meant(asked)
    if authority.is_known_browser():
        return _ask_platform(asked, platform)
    storing = None
    if name := frames.frame_of(asked):
        secret = random_secret()
        token, nonce = state.begin(platform.id, asked["target_link_uri"], secret)
        go_on = _question(asked, platform, token, nonce)
        storing = frames.storing(name, platform.auth_login_url, token, secret, go_on)
    allow_form(origin_of(platform.auth_login_url))  # the window's form is answered by a redirect there
    return _private(make_response(frames.offer(asked, storing)))


def _meant(asked: Mapping[str, str]) -> Platform:
    """The LMS that a login names; the login is whole, and its target is ours."""
    platform = _active(platforms.meant_by(asked.get("iss", ""), asked.get("client_id", "")))
    allow_frame(*platform.origins)
    if not asked.get("login_hint"):
        raise LaunchRefused("login", 400, detail="login_hint is missing")
    _path_of(asked.get("target_link_uri", ""))
    return platform


def _ask_platform(asked: Mapping[str, str], platform: Platform) -> Response:
    """Ask the platform for a launch, in this browser."""
    token, nonce = state.begin(platform.id, asked["target_link_uri"])
    return _see_other(_question(asked, platform, token, nonce), 302)


def _question(asked: Mapping[str, str], platform: Platform, token: str, nonce: str) -> str:
    """The address that asks the platform who this is (LTI Security Framework 1.0 §5.1.1.2)."""
    redirect_uri = site().settings.public_url + _path_of(asked["target_link_uri"])
    query = {"login_hint": asked["login_hint"], "state": token, "nonce": nonce}
    if message_hint := asked.get("lti_message_hint"):
        query["lti_message_hint"] = message_hint
    return _questions(platform.auth_login_url, platform.client_id, redirect_uri) + urlencode(query)


@lru_cache(maxsize=1_000)
def _questions(auth_login_url: str, client_id: str, redirect_uri: str) -> str:
    """What all questions to a platform begin with."""
    query = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
    }
    joint = "&" if urlsplit(auth_login_url).query else "?"
    return auth_login_url + joint + urlencode(query) + "&"


def _active(platform: Platform) -> Platform:
    g.registration_id = platform.id  # whose diagnostics a refusal belongs to
    if platform.state is not RegistrationState.ACTIVE:
        raise LaunchRefused("pending_lms", detail=platform.state)
    return platform


def _path_of(target: str) -> str:
    """A path of ours that may be launched; anything else is refused (no open redirect)."""
    if not is_address(target):
        raise LaunchRefused("target", 400, detail="target_link_uri is no web address")
    parts = urlsplit(target)
    if f"{parts.scheme}://{parts.netloc}" != site().settings.origin or parts.path not in TARGETS:
        raise LaunchRefused("target", 400, detail="target_link_uri is not ours")
    return parts.path


@routes.post("/launch", endpoint="launch")
@routes.post("/deep-link", endpoint="deep_link")
@needs(Need.NOTHING)
def launch() -> Response:
    """An id_token arrives (LTI Security Framework 1.0 §5.1.3). Answers 303 to a page that survives a reload."""
    login_ = state.read(request.form.get("state", ""))
    if login_ is not None and login_.is_stored and (platform := platforms.of_id(login_.registration_id)):
        allow_frame(*platform.origins)
        name = line(request.form.get("lti_storage_target"), 100)
        return make_response(frames.ask_for_proof(name, platform.auth_login_url, request.form))
    return _launched(login_, None)


@routes.post("/proved")
@needs(Need.NOTHING)
def launch_by_storage() -> Response:
    """The same launch, with what the platform's storage kept of its login. Our own page posts it, and nobody else."""
    if not frames.is_own_page():
        raise LaunchRefused("cookies", detail="a proof from the platform's storage that no page of ours posts")
    return _launched(state.read(request.form.get("state", "")), request.form.get("proof", ""))


def _launched(login_: state.Login | None, proof: str | None) -> Response:
    """The answer to a login: a launch, or a refusal that uses the login up as well."""
    platform = platforms.of_id(login_.registration_id) if login_ else None
    if login_ is None or platform is None:
        raise LaunchRefused("state", detail="state is unknown or expired")
    g.registration_id = platform.id
    allow_frame(*platform.origins)
    try:
        proved = _proved(login_, platform, proof)
        return _come_in(login_, proved, platform)
    except Fault:
        db.session.rollback()
        state.spend(login_)
        db.session.commit()
        raise


def _proved(login_: state.Login, platform: Platform, proof: str | None) -> Launch:
    if not state.is_same_browser(login_, proof):
        raise LaunchRefused("cookies", detail="another browser, or its cookie is blocked")
    if error := request.form.get("error"):
        raise _platform_said(error, request.form.get("error_description", error))
    return verify(request.form.get("id_token", ""), login_, _active(platform))


def _come_in(login_: state.Login, proved: Launch, platform: Platform) -> Response:
    with standing.at_once() as connection:
        stands_on = unchanged(proved, platform.id, connection)
        if stands_on and proved.message is not MessageType.SUBMISSION_REVIEW:  # which has more to ask
            return _land(connection, login_, proved, stands_on, platform)
    stands_on = stands_on or provision(proved, platform.id)
    return _land(db.session.connection(), login_, proved, stands_on, platform)


def _land(
    connection: Connection, login_: state.Login, proved: Launch, stands_on: Provisioned, platform: Platform
) -> Response:
    visit_id, code = new_uid(), None
    address = _destination(proved, stands_on, visit_id, platform)
    window = None
    if _is_framed():
        code = random_secret()
        window = arrival.Window(fingerprint(code), address)
    if not arrival.write(connection, login_, visit_id, _beginning(proved, stands_on, platform), window):
        raise LaunchRefused("state", detail="state was used before")
    if code is not None:
        # A frame may be refused its cookie; the fragment never leaves the browser and is good once, for a minute.
        is_kept = authority.is_known_browser()
        address = (address if is_kept else url_for("home.landing", visit_id=visit_id, window=1)) + "#c=" + code
    _log.info("launched", extra={"registration": platform.id, "context": stands_on.context_id})
    return _see_other(address, 303)


def _platform_said(code: str, words: str) -> LaunchRefused:
    """The platform's own reason, for the page; the log gets its code alone, if it is one (OAuth 2.0 §4.1.2.1)."""
    detail = code if re.fullmatch(r"[a-z_]{1,40}", code) else "not an error code"
    return LaunchRefused("platform_said", detail=detail, said=words[:300])


def _beginning(proved: Launch, stands_on: Provisioned, platform: Platform) -> authority.Beginning:
    deep_link = json.dumps(msgspec.to_builtins(proved.deep_linking)) if proved.deep_linking else None
    if deep_link and len(deep_link) > MOST_SETTINGS:
        raise LaunchRefused("claims", detail="deep_linking_settings are too long")
    return authority.Beginning(
        kind=LaunchKind.LMS if proved.sub else LaunchKind.NAMELESS,
        person_id=stands_on.person_id,
        role=proved.role,
        is_admin=proved.is_admin,
        context_id=stands_on.context_id,
        resource_link_id=stands_on.link_id,
        registration_id=platform.id,
        claim=authority.claim_of(stands_on.person_uid),
        locale=locale_for(proved.locale),
        deep_link=deep_link,
    )


def _destination(proved: Launch, stands_on: Provisioned, visit_id: str, platform: Platform) -> str:
    """Where this launch leads: to one pupil's work if the LMS asks for it, else home."""
    if proved.message is not MessageType.SUBMISSION_REVIEW:
        return url_for("home.landing", visit_id=visit_id)
    meant = select(Person.uid).where(Person.registration_id == platform.id, Person.sub == proved.for_user)
    uid, lesson = db.session.scalars(meant).first(), _lesson_of(proved, stands_on)
    if uid is None or lesson is None:
        raise Fault("no_work", 404)
    return url_for("review.show", visit_id=visit_id, uid=uid, lesson_uid=lesson)


def _lesson_of(proved: Launch, stands_on: Provisioned) -> str | None:
    """The lesson whose column the LMS names, else the one its link stands for."""
    column = select(LineItem.resource_id).where(
        LineItem.context_id == stands_on.context_id, LineItem.url == (proved.grades.lineitem or "")
    )
    if found := db.session.scalars(column).first():
        return found
    return db.session.scalars(select(Lesson.uid).where(Lesson.id == stands_on.lesson_id)).first()


def _is_framed() -> bool:
    """A browser that says nothing is offered the window too; `frames.is_framed` takes silence for no."""
    return request.headers.get("Sec-Fetch-Dest", "iframe") == "iframe"


def _see_other(address: str, code: int) -> Response:
    return _private(Response(status=code, headers={"Location": address}))


def _private(response: Response) -> Response:
    """What this answer's address or page holds goes to no third party, nor to the next page."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@routes.get("/jwks")
@needs(Need.NOTHING)
def jwks() -> Response:
    """Our public keys."""
    response = jsonify(keys.public_keys())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
