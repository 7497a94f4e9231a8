"""Security headers of every answer (docs/explain/security.md). No inline script or style runs anywhere."""

from urllib.parse import urlsplit

from flask import Response, g, request

from lti_tool.site import site

PERMISSIONS = (
    "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), "
    "fullscreen=(self), screen-wake-lock=(self), clipboard-write=(self)"
)


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


def secure(response: Response) -> Response:
    """Set the headers."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy())
    headers.setdefault("Permissions-Policy", PERMISSIONS)
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    # An LMS that opened a window for the launch may still need its opener; all later pages do without.
    headers.setdefault("Cross-Origin-Opener-Policy", "unsafe-none" if g.get("keeps_opener") else "same-origin")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    if site().settings.is_https:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def policy() -> str:
    """The Content-Security-Policy of this answer."""
    frames = " ".join(g.get("frame_origins", ())) or "'none'"
    forms = " ".join(("'self'", *g.get("form_origins", ())))
    socket = origin_of(site().settings.socket_url)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        f"connect-src 'self' {socket}; worker-src 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; "
        f"form-action {forms}; frame-ancestors {frames}"
    )
