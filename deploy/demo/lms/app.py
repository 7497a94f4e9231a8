"""The Flask app of the demo LMS."""

from __future__ import annotations

import logging
import secrets
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from . import activities, admin, ags, deep_link, gradebook, oidc, pages, registration, roster, tokens, tools
from .grades import BadBody
from .keys import load_key
from .platform import EXTENSION, Platform, platform
from .screens import PageFault, content_policy, fault_page, format_grade, format_moment, format_number
from .services import PREFIX, ServiceFault, fault_answer
from .settings import LmsSettings
from .store import Store, keep_once
from .tool_keys import Fetch, ToolKeys, fetch_bytes

BODY_BYTES = 256 * 1024
STATIC_SECONDS = 300

_log = logging.getLogger("deploy.demo.lms")
_SENTENCES = {
    404: "Không có trang này trong LMS giả lập. Hãy chọn lại từ trang đầu.",
    405: "Trang này không mở theo cách đó. Hãy chọn lại từ trang đầu.",
    413: "Nội dung gửi lên quá dài.",
}


def create_app(settings: LmsSettings, *, clock: Callable[[], float] = time.time, fetch: Fetch = fetch_bytes) -> Flask:
    """The demo LMS over the database in `settings.data_dir`, made and seeded when it is not there yet.

    `clock` gives seconds since the epoch; `fetch` gives the body of a tool's key set at an address.
    """
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_SECONDS
    store = Store(settings.data_dir)
    store.prepare()
    app.extensions[EXTENSION] = Platform(
        settings=settings,
        store=store,
        key=load_key(settings.data_dir),
        tool_keys=ToolKeys(fetch, clock),
        clock=clock,
        guid=keep_once(store, "guid", str(uuid.uuid4())),
        secret=keep_once(store, "secret", secrets.token_urlsafe(32)),
    )
    _seed(store, settings, int(clock()))
    for module in (pages, gradebook, admin, oidc, tokens, registration, roster, ags, deep_link):
        app.register_blueprint(module.blueprint)
    app.jinja_env.filters.update(grade=format_grade, number=format_number, moment=format_moment)
    _answer_faults(app)
    app.before_request(_refuse_foreign_forms)
    app.after_request(_harden)
    return app


def _seed(store: Store, settings: LmsSettings, now: int) -> None:
    """The ready activities, and behind them the configured tool or else the first active one."""
    with store.write() as db:
        activities.seed_ready_activities(db, now)
        if settings.tool is not None:
            tools.configure_tool(db, settings.tool, now)
        for tool in tools.active_tools(db):
            activities.link_ready_activities(db, tool.id)


def _answer_faults(app: Flask) -> None:
    app.register_error_handler(PageFault, fault_page)
    app.register_error_handler(ServiceFault, fault_answer)
    app.register_error_handler(BadBody, lambda error: fault_answer(ServiceFault(400, str(error))))
    app.register_error_handler(HTTPException, _answer_http_fault)
    app.register_error_handler(Exception, _answer_crash)


def _answer_http_fault(error: HTTPException) -> Response:
    status = error.code or 500
    if request.path.startswith(PREFIX):
        return fault_answer(ServiceFault(status, error.name))
    return fault_page(PageFault(status, _SENTENCES.get(status, "Yêu cầu này không hợp lệ."), error.name))


def _answer_crash(error: Exception) -> Response:
    """A fault of ours: a reference id for the person, the traceback (without the request) for the log."""
    reference = secrets.token_hex(4)
    _log.error("unexpected fault %s", reference, exc_info=error)
    if request.path.startswith(PREFIX):
        return fault_answer(ServiceFault(500, f"internal fault {reference}"))
    return fault_page(PageFault(500, "LMS giả lập vừa gặp lỗi. Hãy thử lại sau ít phút.", reference))


def _refuse_foreign_forms() -> None:
    """Our own forms (under /as/) are sent by our own pages only. Nobody logs in here, but the habit is kept."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and request.path.startswith("/as/") and origin is not None:
        own = {request.host, urlsplit(platform().issuer).netloc}
        if urlsplit(origin).netloc not in own:
            raise PageFault(403, "Biểu mẫu này chỉ gửi được từ trang của LMS giả lập.")


def _harden(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", content_policy())
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if not request.path.startswith("/static/"):
        answer.headers["Cache-Control"] = "no-store"
    return answer
