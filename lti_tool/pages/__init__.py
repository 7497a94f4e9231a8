"""One blueprint a screen. Pages read; jobs compute. A page never calls an LMS and never calculates a profile."""

from collections.abc import Iterable

from flask import Blueprint


def screens() -> Iterable[Blueprint]:
    """Every blueprint of the tool."""
    from lti_tool.launch import deep_linking, registration  # noqa: PLC0415 - pages and launches know each other
    from lti_tool.launch import routes as launch  # noqa: PLC0415
    from lti_tool.pages import (  # noqa: PLC0415
        attendance,
        connection,
        course,
        department,
        editor,
        home,
        join,
        open_doors,
        phone,
        polling,
        projector,
        report,
        roster,
        teach,
        uploads,
    )

    modules = (
        open_doors, polling, uploads, join, home, course, roster, editor, teach, projector, phone, attendance, report,
        department, connection,
    )  # fmt: skip
    yield launch.routes
    yield registration.routes
    yield deep_linking.routes
    for module in modules:
        yield module.screen
