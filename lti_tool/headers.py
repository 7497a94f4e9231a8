"""Security headers of every answer (docs/explain/security.md). No inline script or style runs anywhere."""

from functools import lru_cache
from urllib.parse import urlsplit

from flask import Response, g, request

from lti_tool.site import site

PERMISSIONS = (
    "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), "
    "fullscreen=(self), screen-wake-lock=(self), clipboard-write=(self)"
)


ANYBODY = "*"
"""In the place of an origin: for a page that names nobody and has nothing to press."""


def allow_frame(*origins: str) -> None:
    """This answer may be framed by these origins: the LMS of the launch, and no other."""
    g.frame_origins = (*g.get("frame_origins", ()), *origins)


def allow_form(*origins: str) -> None:
    """Forms of this page may post to these origins (the answer to a deep-linking request)."""
    g.form_origins = (*g.get("form_origins", ()), *origins)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def set_framed_cookie(response: Response, name: str, value: str, seconds: int) -> None:
    """A cookie for our pages wherever they stand: in an LMS's frame it is partitioned (CHIPS)."""
    is_https = site().settings.is_https
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        secure=is_https,
        samesite="None" if is_https else None,  # plain http: the browser's default lets a launch's POST through
        partitioned=is_https,
    )


def secure(response: Response) -> Response:
    """Set the headers. A static file is no page: it gets those alone that say how it may be used. It is the same for
    everyone and anybody may load it: in a frame that is refused its origin, our own page is a stranger too. Where there
    is no such file, the answer is a page."""
    is_https = site().settings.is_https
    if request.endpoint == "static" and response.status_code < 400:
        response.headers["Access-Control-Allow-Origin"] = "*"
        for needless in NEEDLESS:
            response.headers.pop(needless, None)
        _add(response, HTTPS_FILE if is_https else FILE)
    else:
        _add(response, (("Content-Security-Policy", policy()), *(HTTPS_PAGE if is_https else PAGE)))
    return response


Pairs = tuple[tuple[str, str], ...]

NEEDLESS = ("Accept-Ranges", "Content-Disposition", "ETag", "Expires", "Last-Modified")
"""Of a file whose address changes when it does."""

EVERY: Pairs = (("X-Content-Type-Options", "nosniff"),)
HTTPS: Pairs = (("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),)
FILE: Pairs = (*EVERY, ("Cross-Origin-Resource-Policy", "cross-origin"))
PAGE: Pairs = (
    *EVERY,
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", PERMISSIONS),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
HTTPS_FILE = (*FILE, *HTTPS)
HTTPS_PAGE = (*PAGE, *HTTPS, ("Cross-Origin-Opener-Policy", "same-origin"))  # browsers complain of it on plain http


def _add(response: Response, pairs: Pairs) -> None:
    """Each header, unless the view said its own."""
    given = {name.lower() for name, _ in response.headers}
    for name, value in pairs:
        if name.lower() not in given:
            response.headers.add(name, value)


def policy() -> str:
    """The Content-Security-Policy of this answer."""
    return _policy(g.get("frame_origins", ()), g.get("form_origins", ()), site().settings.socket_url)


@lru_cache(maxsize=1_000)
def _policy(framing: tuple[str, ...], posted_to: tuple[str, ...], socket_url: str) -> str:
    frames = " ".join(dict.fromkeys(framing)) or "'none'"
    forms = " ".join(("'self'", *posted_to))
    socket = origin_of(socket_url)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        f"connect-src 'self' {socket}; worker-src 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; "
        f"form-action {forms}; frame-ancestors {frames}"
    )
