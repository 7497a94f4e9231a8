"""The list of a meeting: a file, a review of whose names they are, then one more sign on the page of attendance."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import Blueprint, Response, render_template, request

from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.errors import Fault
from lti_tool.extensions import let_go
from lti_tool.lessons import meetings, roster
from lti_tool.lessons.meetinglist import MOST_ROWS, Unreadable, Visit, match, read, together, visits_of
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
    let_go()
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
    """What the teacher matched. Two names of one pupil, as with two devices, are one pupil who was there once."""
    run, found = the_run(run_id), dict[int, list[Row]]()
    for row in _rows():
        if row.who is not None:
            found.setdefault(row.who, []).append(row)
    minutes = {
        who: together([row.minutes for row in rows], [visit for row in rows for visit in row.visits])
        for who, rows in found.items()
    }
    count = meetings.keep(run, minutes, {p.person_id for p in roster.everybody(run)}, visitor().person_id)
    note_access("meeting.kept", object_=f"run:{run_id}")
    return done("attendance.sheet", "meeting_kept", run_id=run_id, n=count, all=1)


class Row(NamedTuple):
    """A line of the review: who it is, if anybody."""

    who: int | None
    minutes: int
    visits: Sequence[Visit]


def _rows() -> Iterator[Row]:
    """The lines as they were sent. Raises `Fault`."""
    columns = [request.form.getlist(name)[:MOST_ROWS] for name in ("who", "minutes", "visits")]
    if len({len(column) for column in columns}) != 1:
        raise Fault("meeting_list_rows")
    for typed, length, times in zip(*columns, strict=True):
        who, minutes = whole(typed, 15), whole(length, 4)
        if minutes is None or (typed and who is None):
            raise Fault("meeting_list_rows")
        try:
            yield Row(who, minutes, visits_of(times))
        except ValueError as error:
            raise Fault("meeting_list_rows") from error
