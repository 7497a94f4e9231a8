"""The list of a meeting: a file, a review of whose names they are, then one more sign on the page of attendance."""

from flask import Blueprint, Response, render_template, request

from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.errors import Fault
from lti_tool.lessons import meetings, roster
from lti_tool.lessons.meetinglist import MOST_MINUTES, MOST_ROWS, Unreadable, match, read
from lti_tool.pages.desk import done
from lti_tool.pages.teach import the_run
from lti_tool.text import whole

screen = Blueprint("meetings", __name__, url_prefix="/l/<visit_id>/runs/<run_id>/meeting")


@screen.get("")
@needs(Need.TEACH)
def ask(run_id: str) -> str:
    """Which file."""
    return render_template("meeting.html", here="lessons", run=the_run(run_id), rows=None, pupils=[])


@screen.post("")
@needs(Need.TEACH)
def review(run_id: str) -> str:
    """Whose names they are, as far as one can tell. Nothing is kept yet."""
    run = the_run(run_id)
    file = request.files.get("file")
    if file is None:
        raise Fault("meeting_list")
    try:
        attendees = read(file.read())
    except Unreadable as error:
        raise Fault("meeting_list", detail=str(error)) from error
    pupils = roster.everybody(run)
    rows = match(attendees, {p.person_id: p.name for p in pupils})
    note_access("meeting.read", object_=f"run:{run_id}")
    return render_template("meeting.html", here="lessons", run=run, rows=rows, pupils=pupils)


@screen.post("/keep")
@needs(Need.TEACH)
def keep(run_id: str) -> Response:
    """What the teacher matched. Two names of one pupil are one pupil, for both times together."""
    run = the_run(run_id)
    said, lengths = request.form.getlist("who")[:MOST_ROWS], request.form.getlist("minutes")[:MOST_ROWS]
    if len(said) != len(lengths):
        raise Fault("meeting_list_rows")
    found: dict[int, int] = {}
    for typed, length in zip(said, lengths, strict=True):
        who, minutes = whole(typed, 15), whole(length, 4)
        if minutes is None or (typed and who is None):
            raise Fault("meeting_list_rows")
        if who is not None:
            found[who] = min(MOST_MINUTES, found.get(who, 0) + minutes)
    count = meetings.keep(run, found, {p.person_id for p in roster.everybody(run)}, visitor().person_id)
    note_access("meeting.kept", object_=f"run:{run_id}")
    return done("attendance.sheet", "meeting_kept", run_id=run_id, n=count, all=1)
