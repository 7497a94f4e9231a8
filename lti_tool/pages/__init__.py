"""One blueprint a screen. Pages read; jobs compute. A page never calls an LMS and never calculates a profile."""

from collections.abc import Iterable

from flask import Blueprint


def screens() -> Iterable[Blueprint]:
    """Every blueprint of the tool."""
    from lti_tool.launch import deep_linking, registration  # noqa: PLC0415 - pages and launches know each other
    from lti_tool.launch import routes as launch  # noqa: PLC0415
    from lti_tool.pages import (  # noqa: PLC0415
        attendance,
        bank,
        classroom,
        connection,
        course,
        department,
        editor,
        evidence,
        excuses,
        family,
        family_sheets,
        guide,
        history,
        home,
        join,
        marks,
        meetings,
        observation,
        open_doors,
        overview,
        papercards,
        pasting,
        periods,
        phone,
        polling,
        posts,
        practices,
        profile,
        projector,
        proposals,
        recordings,
        report,
        review,
        rollcall,
        roster,
        rules,
        seats,
        sharing,
        sheets,
        slip_door,
        slips,
        spotcheck,
        teach,
        uploads,
        years,
    )

    modules = (
        rollcall, seats, spotcheck, papercards, periods, recordings, meetings,
        open_doors, polling, posts, uploads, join, home, course, roster, marks, editor, history, sharing, teach,
        projector, phone, attendance, report, review, profile, overview, department, evidence, observation, connection,
        classroom, rules, excuses, pasting, practices, bank, slips, slip_door, guide,
    )  # fmt: skip
    of_marks = (proposals, years, sheets, family, family_sheets)
    yield launch.routes
    yield registration.routes
    yield deep_linking.routes
    for module in (*modules, *of_marks):
        yield module.screen
