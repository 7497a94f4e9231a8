"""The application factory: settings in, a Flask application out."""

import hashlib
import logging
import re
import secrets
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests
from flask import Flask, Request, Response, abort, current_app, g, render_template, request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import NullSession, SessionInterface
from jinja2 import ChoiceLoader, FunctionLoader
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from live_session import activities
from live_session.bus.caller import open_caller
from live_session.errors import StoreBusy, StoreError
from live_session.store.engine import QUIET, READ_ONLY, pool_of, prepare, tune
from live_session.ticket import Signer
from lti_tool import authority, formats, headers, limiting, locale, packing
from lti_tool.access import SAFE, most_body_of
from lti_tool.clock import now
from lti_tool.config import Settings, load
from lti_tool.errors import Fault, LaunchRefused
from lti_tool.extensions import babel, db
from lti_tool.launch import frames, refusals
from lti_tool.launch.framing import own_origins
from lti_tool.live import Folds, wake_after_commits
from lti_tool.lms.http import guard
from lti_tool.models import Registration
from lti_tool.pages import desk, screens
from lti_tool.secret import Secrets
from lti_tool.site import KEY, Site, site
from lti_tool.text import rich
from lti_tool.translations import t, words

_log = logging.getLogger(__name__)

MOST_BODY = 4 * 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The tool's web application. Without settings it reads the environment."""
    settings = settings or load()
    app = Flask("lti_tool", static_url_path=f"/s/{static_version()}", template_folder="pages/templates")
    app.config.update(_configuration(settings))
    app.json = Json(app)
    app.url_map.converters["int"] = Number
    app.session_interface = NoSession()
    db.init_app(app)
    babel.init_app(app, locale_selector=locale.choose)  # type: ignore[no-untyped-call]
    with app.app_context():
        tune(db.engine)
        wake_after_commits()
    app.extensions[KEY] = _site(settings)
    app.extensions[limiting.KEY] = limiting.Guesses(settings.web_workers)
    _add_templates(app)
    _add_hooks(app)
    _add_faults(app)
    for blueprint in screens():
        app.register_blueprint(blueprint)
    packing.init_app(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    return app


def _configuration(settings: Settings) -> dict[str, Any]:
    """What Flask and its extensions are told."""
    database = prepare(settings.database_url)
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": database,
        "SQLALCHEMY_ENGINE_OPTIONS": {**QUIET, **pool_of(database)},
        "MAX_CONTENT_LENGTH": MOST_BODY,
        "TRUSTED_HOSTS": None,
        "BABEL_DEFAULT_LOCALE": settings.locale,
        "BABEL_DEFAULT_TIMEZONE": settings.timezone.key,
        "SEND_FILE_MAX_AGE_DEFAULT": 31_536_000,
        "COMPRESS_REGISTER": False,
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 11,
        "COMPRESS_CACHE_KEY": lambda asked: asked.path,
    }


class NoSession(SessionInterface):
    """Nothing is kept in a browser but its one secret (`authority`): Flask's session would cost every request a
    signature, and its cookie is lost in frames. Writing to it is an error."""

    _EMPTY = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._EMPTY


class Number(IntegerConverter):
    """A number in an address; one that no database could hold names nothing."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": (1 << 63) - 1, **kwargs})


class Json(DefaultJSONProvider):
    """JSON as Flask reads and writes it; what is nested too deeply to be read is no JSON, and not our fault.

    Vietnamese is written as it is: escaped, each of its letters would cost a phone six bytes.
    """

    ensure_ascii = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def static_version() -> str:
    """A short hash of all static files, part of their address: they are cached for ever and never stale, and a
    module's relative imports carry it along."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).with_name("static").rglob("*")):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:10]


def _site(settings: Settings) -> Site:
    kept = Secrets(settings.secret_keys)
    return Site(
        settings=settings,
        secrets=kept,
        tickets=Signer(kept.ticket_keys),
        http=guard(requests.Session(), settings.lms_networks, settings.lms_authorities),
        folds=Folds(),
        caller=open_caller(settings.bus_url, settings.database_url),
    )


# --- templates ------------------------------------------------------------------------------------------------------


def _add_templates(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FunctionLoader(_activity_template)])  # type: ignore[list-item]
    app.jinja_env.globals.update(t=t, words=words, **desk.HELPERS)
    app.jinja_env.filters.update(formats.FILTERS, rich=rich)
    app.context_processor(_page_values)


def _activity_template(name: str) -> str | None:
    """`activities/<kind>.html` stands beside the activity's own class, whoever wrote it."""
    folder, _, file = name.partition("/")
    if folder != "activities":
        return None
    return activities.template_of(file.removesuffix(".html"))


def _page_values() -> dict[str, Any]:
    """What every page may use."""
    visit = g.get("visit")
    return {
        "visit": visit,
        "page_token": authority.page_token(visit.id) if visit else "",
        "locale": locale.choose(),
        "settings": site().settings,
    }


# --- one request ----------------------------------------------------------------------------------------------------


def _add_hooks(app: Flask) -> None:
    app.before_request(_begin)
    app.url_value_preprocessor(_load_visit)
    app.url_defaults(_keep_visit)
    app.after_request(_finish)


def _begin() -> None:
    g.request_id = secrets.token_hex(6)
    g.began = time.perf_counter()
    if request.endpoint in (None, "static"):
        return
    if request.method not in SAFE:
        _refuse_foreign_posts()
        # All of the body before the database is asked for anything: on SQLite a request that may write holds the one
        # lock, and a slow phone must not hold it while it sends.
        request.max_content_length = _most_body()
        request.get_data(parse_form_data=True)
    _read_only()
    if g.visit_id is not None:
        _find_visit()


def _find_visit() -> None:
    """Who acts, under the launch that the address names."""
    g.visit = authority.visit_of(g.visit_id)
    if g.visit is not None:
        _allow_own_lms(g.visit)


def _most_body() -> int:
    """Bytes that may come. A long body is taken from a page of ours alone, which says so before it: what is sent is
    kept in memory, and nobody is asked who is sending."""
    most = most_body_of(current_app.view_functions[request.endpoint or ""])
    if most and not authority.is_own_page(g.visit_id):
        abort(404)
    return most or MOST_BODY


def _read_only() -> None:
    """GET never writes, and the database holds us to it."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in SAFE and not getattr(view, "writes", False):
        db.session.connection(execution_options={READ_ONLY: True})


def _allow_own_lms(visit: authority.Visit) -> None:
    """A page of a launch may be framed by the LMS it came from, and by no other (`launch.framing`)."""
    registration = db.session.get(Registration, visit.registration_id)
    if registration is not None:
        headers.allow_frame(*own_origins(registration.issuer, registration.auth_login_url, registration.frame_origins))


FROM_ELSEWHERE = frozenset({"lti.login", "lti.launch", "lti.deep_link"})
"""An LMS posts these; they carry their own proof."""


def _refuse_foreign_posts() -> None:
    """No other site posts to us. Pages of a launch carry a token besides; this is the second lock."""
    origin = request.headers.get("Origin")
    if request.endpoint in FROM_ELSEWHERE or origin is None:
        return
    if _is_of_nobodys_form() if origin == "null" else origin != f"{request.scheme}://{request.host}":
        abort(403)


NEVER_FRAMED = frozenset({"join", "slip_door"})
"""Pages that pupils open by themselves. Those of a launch stand in frames that may hide their origin."""


def _is_of_nobodys_form() -> bool:
    """A form of another site that hides its origin. Our pages without a referrer hide it as well, and the browser says
    that those are ours."""
    said = request.headers.get("Sec-Fetch-Site"), request.headers.get("Sec-Fetch-Mode")
    return request.blueprint in NEVER_FRAMED and said == ("cross-site", "navigate")


def _load_visit(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Addresses under `/l/<visit_id>/` act under that launch."""
    g.visit_id = values.pop("visit_id", None) if values else None
    g.visit = None


def _keep_visit(endpoint: str, values: dict[str, Any]) -> None:
    if "visit_id" in values or not g.get("visit_id"):
        return
    if current_app.url_map.is_endpoint_expecting(endpoint, "visit_id"):
        values["visit_id"] = g.visit_id


def _finish(response: Response) -> Response:
    if request.endpoint != "static":
        ms = round((time.perf_counter() - g.began) * 1_000)
        extra = {"endpoint": request.endpoint, "status": response.status_code, "ms": ms, "request_id": g.request_id}
        _log.info("request", extra=extra)
        response = authority.remember_browser(response)
    return headers.secure(response)


# --- faults ---------------------------------------------------------------------------------------------------------


def _add_faults(app: Flask) -> None:
    app.register_error_handler(Fault, _on_fault)
    app.register_error_handler(StoreBusy, _on_busy)
    app.register_error_handler(OperationalError, _on_busy)
    app.register_error_handler(DataError, _on_unfit)
    app.register_error_handler(DBAPIError, _on_broken)
    app.register_error_handler(StoreError, _on_broken)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_broken)


def _on_fault(fault: Fault) -> tuple[Any, int]:
    db.session.rollback()
    level = logging.WARNING if isinstance(fault, LaunchRefused) else logging.INFO
    _log.log(level, "fault", extra={"reason": f"{fault.key} {fault.detail}", "request_id": g.request_id})
    if refusals.is_noted(fault):
        refusals.note(fault)
    return _page(fault.key, fault.status, **fault.values)


def _on_busy(error: Exception) -> tuple[Any, int]:
    db.session.rollback()
    _log.warning("store_busy", extra={"reason": type(error).__name__, "request_id": g.request_id})
    return _page("busy", 503)


def _on_unfit(error: Exception) -> tuple[Any, int]:
    """A value that the database cannot hold, such as a NUL in an address: what was asked for is at fault."""
    db.session.rollback()
    _log.warning("unfit", extra={"reason": type(error).__name__, "request_id": g.request_id})
    return _page("http", 400)


def _on_http(error: HTTPException) -> tuple[Any, int] | HTTPException:
    code = error.code or 500
    if code < 400 or error.response is not None:
        return error
    key = {403: "forbidden", 404: "not_found", 405: "not_found", 413: "too_large", 429: "too_often"}.get(code, "http")
    if request.endpoint is None and request.method in SAFE and (below := re.match("/l/([^/]+)", request.path)):
        g.visit_id = below[1]  # it leads nowhere, and is of that launch all the same: its person is shown the way back
        _read_only()
        _find_visit()
    if key == "not_found" and g.get("visit") is not None:
        return _page("not_here", code)
    if key == "not_found" and _is_bare() and request.path.startswith(LAUNCHES):
        return _page("over", code)
    return _page(key, code)


def _on_broken(error: Exception) -> tuple[Any, int]:
    db.session.rollback()
    _log.error("broken", exc_info=error, extra={"request_id": g.get("request_id", "")})
    return _page("broken", 500)


def _page(key: str, status: int, **values: object) -> tuple[Any, int]:
    """A sentence that says what happened and what to do; as JSON for our own scripts."""
    is_bare = _is_bare()
    if is_bare:
        headers.allow_frame(headers.ANYBODY)
    title, what = t(f"fault.{key}.title", **values), t(f"fault.{key}.what", **values)
    reference = g.get("request_id", "")
    if request.headers.get("Accept", "").startswith("application/json"):
        return {"fault": key, "title": title, "what": what, "reference": reference}, status
    told = {"title": title, "what": what, "reference": reference, "status": status, "at": now()}
    return render_template("fault.html", back=_page_before(status), is_bare=is_bare, **told), status


LAUNCHES, LMS_DOORS = "/l/", "/lti/"
"""Where an LMS's frame goes: pages of a launch, and the doors before one."""


def _is_bare() -> bool:
    """A refusal in a frame of nobody we know: the launch is over and forgotten, or the LMS is not registered. It names
    no person and has nothing to press, so that it can be read in whatever frame it stands."""
    is_of_nobody = g.get("visit") is None and not g.get("frame_origins")
    return is_of_nobody and request.path.startswith((LAUNCHES, LMS_DOORS)) and frames.is_framed()


LEAD_NOWHERE = frozenset({401, 403, 404, 405, 410})
"""After these the same page would say the same."""


def _page_before(status: int) -> str | None:
    """The page to try once more: that which was asked for, or whose form was refused, at the same address or the one
    above it. None where there is none: a form without a launch holds a secret that its address does not have."""
    pages, is_form = current_app.create_url_adapter(request), request.method not in SAFE
    is_lost = is_form and not g.get("visit_id") and request.blueprint != "join"
    if pages is None or status in LEAD_NOWHERE or is_lost or (status == HTTPStatus.BAD_REQUEST and not is_form):
        return None
    for path in (request.path, request.path.rpartition("/")[0]):
        with suppress(HTTPException):
            pages.match(path, "GET")
            return request.full_path.rstrip("?") if path == request.path else path
    return None
