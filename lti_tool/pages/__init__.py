"""One blueprint a screen. Pages read; jobs compute. A page never calls an LMS and never calculates a profile."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint


def screens() -> Iterator[Blueprint]:
    """Every blueprint of the tool: those of launches, and the `screen` of each module here that has one."""
    from lti_tool.launch import deep_linking, registration, routes  # noqa: PLC0415 - pages and launches know each other

    yield from (routes.routes, registration.routes, deep_linking.routes)
    for page in iter_modules(__path__):
        if screen := getattr(import_module(f"{__name__}.{page.name}"), "screen", None):
            yield screen
