"""What anybody may fetch: health, metrics, the service worker, pictures of questions, windows by one-time code."""

import os
from functools import cache
from hashlib import sha256

import msgspec
from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from lti_tool import authority, locale
from lti_tool.access import Need, needs
from lti_tool.config import LOCALES
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.models import Picture
from lti_tool.onward import see_other
from lti_tool.translations import words

screen = Blueprint("open", __name__)

PHONE_WORDS = ("phone.", "cards.", "posts.", "moved.")
"""The prefixes of all texts that scripts of the pupil's page may need."""
OF_THE_PAGE = frozenset(
    f"{family}.{word}"
    for family, said in {
        "phone": "called_what i_am_home i_am_room meeting memory_only menu nameless noscript not_me paused_what "
        "pick_again picked profile theme",
        "posts": "all approve at_once cancel columns further named none own unnamed wall",
    }.items()
    for word in said.split()
)
"""What the page itself says and no script asks for: a phone need not fetch it twice."""
LEAST_FREE = 200 * 1024 * 1024


@screen.get("/healthz")
@needs(Need.NOTHING)
def health() -> Response:
    """The process answers; with `?ready=1`, so do the database and the disk (503 and a reason otherwise)."""
    if request.args.get("ready"):
        db.session.execute(text("SELECT 1"))
        place = os.statvfs(".")
        if place.f_bavail * place.f_frsize < LEAST_FREE:
            return Response("disk\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


@screen.get("/metrics")
@needs(Need.NOTHING)
def metrics() -> Response:
    """Counters of this process, for a scraper on the same machine; a proxy must not pass it on."""
    if request.remote_addr not in ("127.0.0.1", "::1") or request.headers.get("X-Forwarded-For"):
        abort(404)
    return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)


@screen.get("/sw.js")
@needs(Need.NOTHING)
def service_worker() -> Response:
    """The offline shell's worker stands at the root, because its scope does. It knows only files without a person."""
    body = render_template(
        "sw.js",
        shell=url_for("phone.shell", language=locale.choose()),
        teacher=url_for("open.console_shell", language=locale.choose()),
        words=address_of_phone_words(locale.choose()),
    )
    return Response(body, mimetype="text/javascript")


@screen.get("/console-shell")
@needs(Need.NOTHING)
def console_shell() -> Response:
    """What the console becomes when it is reloaded without a network: the same for everybody, kept by the service
    worker. No name is in it and none comes to it."""
    told = {"health": url_for("open.health"), "words": words("offline.")}
    response = Response(render_template("console_shell.html", boot=told), mimetype="text/html")
    response.headers["Cache-Control"] = "no-cache"
    return response


@screen.get("/words/<any(vi, en):language>/<version>.js")
@needs(Need.NOTHING)
def phone_words(language: str, version: str) -> Response:
    """The texts of the pupil's page as a script of its own: kept for ever, and compressed, as the page with its token
    must not be."""
    response = Response(_phone_words(language), mimetype="text/javascript")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@cache
def _phone_words(language: str) -> bytes:
    said = {key: text for key, text in words(*PHONE_WORDS, locale=language).items() if key not in OF_THE_PAGE}
    return b"globalThis.giotayWords = " + msgspec.json.encode(said) + b";\n"


def address_of_phone_words(language: str) -> str:
    """Another one whenever a word changes."""
    version = sha256(_phone_words(language)).hexdigest()[:10]
    return url_for("open.phone_words", language=language, version=version)


@screen.get("/pictures/<picture_id>")
@needs(Need.NOTHING)
def picture(picture_id: str) -> Response:
    """A question's picture, under a random name. Re-encoded when it came; no person is in it by our knowledge."""
    found = db.session.get(Picture, picture_id)
    if found is None:
        abort(404)
    response = Response(found.data, mimetype=found.media_type)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@screen.get("/enter")
@needs(Need.NOTHING)
def door() -> str:
    """A phone scanned the code that makes it the console: the code stands after the #, and a script posts it."""
    return render_template("enter.html", boot={"enter": url_for("open.enter"), "words": words("enter.")})


@screen.post("/enter")
@needs(Need.NOTHING)
def enter() -> Response:
    """Open a window under a launch, by its one-time code (60 s, once). Raises `Fault`."""
    destination = authority.redeem_code(request.form.get("code", ""))
    if destination is None:
        raise Fault("window_code", 403)
    return see_other(destination)


@screen.post("/language")
@needs(Need.NOTHING)
def language() -> Response:
    """Write pages in another language from now on, in this browser; back to where it was asked."""
    wanted, back = request.form.get("to", ""), request.form.get("back", "")
    if wanted not in LOCALES:
        abort(400)
    is_ours = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
    return locale.remember(see_other(back if is_ours else "/"), wanted)


@screen.get("/favicon.ico")
@needs(Need.NOTHING)
def favicon() -> Response:
    """Browsers ask for it by habit, and an LMS shows it beside the activity: the one file that other sites may show."""
    icon = current_app.send_static_file("favicon.svg")
    icon.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return icon
