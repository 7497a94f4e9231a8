"""Which of our languages a page is written in: the person's choice, the launch's, the browser's, the school's."""

from flask import Response, g, request

from lti_tool.config import LOCALES
from lti_tool.headers import set_framed_cookie
from lti_tool.site import site

COOKIE = "giotay-locale"
COOKIE_LIFETIME = 400 * 24 * 3600
"""Seconds; browsers keep none longer."""


def locale_for(wanted: str) -> str:
    """Our language for a tag such as "vi", "vi_VN" or "en-GB"; the school's where we have none."""
    language = wanted.replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else site().settings.locale


def choose() -> str:
    """The language of this request. The offline shells are asked for in one by name: the worker that keeps them is
    registered anew, by another address, where a page is in another language."""
    if (asked := request.args.get("language")) in LOCALES:
        return str(asked)
    if (chosen := request.cookies.get(COOKIE)) in LOCALES:
        return str(chosen)
    if visit := g.get("visit"):
        return str(visit.locale)
    return request.accept_languages.best_match(LOCALES) or site().settings.locale


def remember(response: Response, chosen: str) -> Response:
    """Keep the person's choice in this browser: no secret, and nothing about anybody."""
    set_framed_cookie(response, COOKIE, chosen, COOKIE_LIFETIME)
    return response
