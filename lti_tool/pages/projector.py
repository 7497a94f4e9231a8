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
    return _show(run_id, is_shared=False)


@screen.get("/share")
@needs(Need.TEACH)
def share(run_id: str) -> str:
    """The same, to be shared into a video meeting: without the room's code, which proves that one is in the room."""
    return _show(run_id, is_shared=True)


def _show(run_id: str, is_shared: bool) -> str:
    run = the_run(run_id)
    boot = {**live_boot(run, Screen.PROJECTOR), "words": words("projector.", "cards.", "steer.", "moved.")}
    if is_shared:
        boot = {name: value for name, value in boot.items() if name not in ("code", "codes")}
    return render_template(
        "projector.html",
        run=run,
        is_shared=is_shared,
        live=boot,
        address=codes.short_address(),
        qr=codes.qr(codes.join_address(run, now())) if run.code and not is_shared else "",
    )
