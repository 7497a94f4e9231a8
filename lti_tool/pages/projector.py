"""The screen in the room: one code to come in, the question, the three presses. Never a name beside an answer."""

from flask import Blueprint, render_template

from live_session.model import Screen
from lti_tool.access import Need, needs
from lti_tool.clock import now
from lti_tool.lessons import codes
from lti_tool.pages.teach import live_boot, the_run
from lti_tool.translations import words

screen = Blueprint("projector", __name__, url_prefix="/l/<visit_id>/runs/<run_id>/projector")


@screen.get("")
@needs(Need.TEACH)
def page(run_id: str) -> str:
    """Runs the whole lesson by keyboard or clicker too, because many rooms mirror one old laptop."""
    run = the_run(run_id)
    return render_template(
        "projector.html",
        run=run,
        live={**live_boot(run, Screen.PROJECTOR), "words": words("projector.", "steer.")},
        address=codes.short_address(),
        qr=codes.qr(codes.join_address(run, now())) if run.code else "",
    )
