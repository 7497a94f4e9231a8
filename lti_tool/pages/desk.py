"""What the teacher's and the head of department's pages share: navigation, the course's name, what was just done."""

from typing import Any

from flask import Response, make_response, request, url_for
from markupsafe import Markup
from sqlalchemy import select

from lti_tool.access import visitor
from lti_tool.authority import page_token
from lti_tool.extensions import db
from lti_tool.models import Context, Course, CourseClass, SchoolClass
from lti_tool.onward import see_other
from lti_tool.site import site
from lti_tool.text import whole
from lti_tool.translations import t, words

SAID = frozenset(
    {
        "attendance_confirmed", "attendance_confirmed_but", "attendance_kept", "scores_queued_but",
        "course_saved", "lesson_deleted", "lesson_copied", "roster_asked", "names_added",
        "name_left_out", "names_confirmed", "seat_released", "scores_queued", "score_again", "score_chosen",
        "probe_asked", "lesson_ended", "lesson_resumed", "registration_approved", "link_bound", "posting",
        "meeting_kept", "recording_added", "recording_removed", "entry_written", "period_saved", "period_signed",
        "marks_made", "marks_subject", "group_said", "undone", "redone", "version_restored",
        "rules_saved", "extra_time_set", "cards_given",
        "lesson_shared", "lesson_unshared", "lesson_copied_there",
        "excuse_added", "excuse_withdrawn",
        "assessment_made", "assessment_removed", "conduct_saved", "exemption_saved",
        "link_revoked", "slip_revoked", "consent_kept", "practice_opened", "practice_changed",
        "objectives_saved", "objectives_taken", "levels",
        "observation_saved", "observation_sent",
        "question_taken",
    }
)  # fmt: skip
"""Notices a page may show after a change; the address names one, the text is ours."""


def navigation() -> list[tuple[str, str]]:
    """The places this person may go, as (key, address)."""
    visit = visitor()
    places = []
    if visit.is_teaching:
        places += [("lessons", url_for("home.landing")), ("roster", url_for("roster.list_"))]
        places += [("class", url_for("overview.grid")), ("marks", url_for("marks.book"))]
        places += [("periods", url_for("periods.book"))]
        places += [("course", url_for("course.set_up"))]
    if visit.is_reviewing:
        places.append(("department", url_for("department.overview")))
    elif visit.is_observing:
        places.append(("observe", url_for("observation.list_")))
    if visit.is_homeroom:
        places.append(("homeroom", url_for("profile.homeroom")))
    if visit.is_administering:
        places.append(("connection", url_for("connection.overview")))
    if visit.is_administering or visit.is_reviewing:
        places.append(("rules", url_for("rules.show")))
    if places:
        places.append(("help", url_for("guide.show")))
    return places


def course_name() -> str:
    """ "Toán 9A1": the subject and its classes, or the LMS's own title until the course was set up."""
    return name_of_course(visitor().context_id)


def name_of_course(context_id: int) -> str:
    """The same, of any course."""
    course = db.session.get(Course, context_id)
    if course is None:
        context = db.session.get(Context, context_id)
        return context.title if context else ""
    return " ".join([course.subject, ", ".join(c.name for c in classes_of(context_id))])


def classes_of(context_id: int) -> list[SchoolClass]:
    """The classes a course stands for."""
    query = (
        select(SchoolClass)
        .join(CourseClass, CourseClass.class_id == SchoolClass.id)
        .where(CourseClass.context_id == context_id)
        .order_by(SchoolClass.name)
    )
    return list(db.session.scalars(query))


def notices() -> list[tuple[str, Markup]]:
    """What was just done, from the address; only texts of ours."""
    said = request.args.get("said", "")
    if said not in SAID:
        return []
    return [("ok", t(f"said.{said}", n=whole(request.args.get("n", ""), 6) or 0))]


def boot(**more: Any) -> dict[str, Any]:
    """What the page's script needs to act: its token, where to ask for a window, words."""
    visit = visitor()
    return {
        "token": page_token(visit.id),
        "window": url_for("home.window"),
        "enter": url_for("open.enter"),
        "words": words("desk."),
        "https": site().settings.is_https,
        **more,
    }


def form_id(name: str) -> int | None:
    """An id that a form sends; None for none, 0 for one that no database could hold."""
    found = request.form.get(name, type=int)
    return found if found is None or 0 <= found < 1 << 63 else 0


def attachment(body: bytes | str, media_type: str, name: str) -> Response:
    """A file to take along, which no cache keeps."""
    response = make_response(body)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def done(endpoint: str, said: str = "", **values: Any) -> Response:
    """After a change: see the page, with a notice."""
    if said:
        values["said"] = said
    return see_other(url_for(endpoint, **values))


HELPERS = {"navigation": navigation, "course_name": course_name, "notices": notices, "boot": boot}
