"""The recordings of a lesson, added and taken away on its report."""

from flask import Blueprint, Response, request

from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.lessons import recordings
from lti_tool.pages.desk import done
from lti_tool.pages.teach import the_run

screen = Blueprint("recordings", __name__, url_prefix="/l/<visit_id>/runs/<run_id>/recordings")


@screen.post("")
@needs(Need.TEACH)
def add(run_id: str) -> Response:
    """Keep an address, with the teacher's word on pupils in the film."""
    form = request.form
    recordings.add(
        the_run(run_id),
        form.get("title", ""),
        form.get("link", ""),
        form.get("faces", ""),
        form.get("minutes", type=int),
        visitor().person_id,
    )
    note_access("recording.added", object_=f"run:{run_id}")
    return done("report.show", "recording_added", run_id=run_id, _anchor="recordings")


@screen.post("/<word>")
@needs(Need.TEACH)
def remove(run_id: str, word: str) -> Response:
    """Forget an address; the film itself stays where it is."""
    recordings.remove(the_run(run_id), word)
    note_access("recording.removed", object_=f"run:{run_id}")
    return done("report.show", "recording_removed", run_id=run_id, _anchor="recordings")
