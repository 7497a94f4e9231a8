"""A family opens its pupil's sheet by a link. The secret stands after the #, and a script posts it: it is in no log."""

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from lti_tool.access import Need, needs
from lti_tool.clock import today
from lti_tool.config import CONSENT
from lti_tool.errors import Fault
from lti_tool.extensions import db, let_go
from lti_tool.lessons import families
from lti_tool.lessons.marksheet import said_of
from lti_tool.models import FamilyLink
from lti_tool.pages.family_sheets import as_pdf
from lti_tool.site import site
from lti_tool.translations import words

screen = Blueprint("family", __name__, url_prefix="/family")
OPENED = "family-opened"
A_SITTING = 12 * 3_600
"""Seconds in which what a family sends from a page is no other opening."""


@screen.get("")
@needs(Need.NOTHING)
def door() -> str:
    """The page that the link's address names; who has no script may type what stands after the #."""
    return render_template("family_door.html")


@screen.post("")
@needs(Need.NOTHING)
def open_() -> Response:
    """The sheet, for who holds the link. Each opening is written down."""
    return _page(families.redeem(_secret()))


@screen.post("/pdf")
@needs(Need.NOTHING)
def take() -> Response:
    """The sheet as a file, for who holds the link; an opening like any other."""
    link = families.redeem(_secret())
    families.note_opening(link)
    sheet = families.sheet_behind(link)
    db.session.flush()
    db.session.expunge_all()  # all that the file says is known: drawing it asks the database nothing more
    let_go()
    return as_pdf([sheet])


@screen.post("/words")
@needs(Need.NOTHING)
def say() -> Response:
    """A family's word on attitude and diligence at home."""
    link, said = families.redeem(_secret()), request.form
    try:
        families.say(link, said.get("attitude", ""), said.get("diligence", ""), said.get("text", ""))
    except Fault as fault:
        return _refused(link, fault)
    return _page(link, "word")


@screen.post("/consent")
@needs(Need.NOTHING)
def consent() -> Response:
    """A parent's yes or its taking back, for one purpose. Who takes back the link itself sees the sheet no more."""
    link, said = families.redeem(_secret()), request.form.get("said")
    if said not in ("yes", "no"):
        abort(400)
    try:
        families.consent_by_link(link, request.form.get("purpose", ""), is_given=said == "yes")
    except Fault as fault:
        return _refused(link, fault)
    try:
        return _page(families.redeem(_secret()), "consent")
    except Fault:  # the link is what was taken back, or the pupil left the class: what was said stands
        return _closed()


def _refused(link: FamilyLink, fault: Fault) -> Response:
    """The sheet again, with what was wrong and what was typed: by "back" no browser finds a page that was posted."""
    page = _page(link, fault=fault)
    page.status_code = fault.status
    return page


def _closed() -> Response:
    return _unkept(make_response(render_template("family_door.html", is_closed=True)))


def _secret() -> str:
    return request.form.get("k", "")[:64]


def _page(link: FamilyLink, done: str = "", fault: Fault | None = None) -> Response:
    """The sheet. Whoever is shown it has opened it, also who sends something without having looked at it first."""
    if not _is_open(link):
        families.note_opening(link)
    page = render_template(
        "family.html",
        words_of_script=words("desk.network"),
        sheet=families.sheet_behind(link),
        link=link,
        secret=_secret(),
        opened=site().secrets.sign(OPENED, link.id),
        today=today(),
        said=said_of,
        done=done,
        fault=fault,
        typed=request.form if fault else {},
        attitudes=families.ATTITUDES,
        diligences=families.DILIGENCES,
        longest=families.LONGEST_TEXT,
        purposes=families.PURPOSES,
        consents=families.consents(link.person_id),
        may_say=families.may(link.person_id, families.WORDS),
        asks=site().settings.legal_basis == CONSENT,
    )
    return _unkept(make_response(page))


def _is_open(link: FamilyLink) -> bool:
    """What was sent comes from a page that was opened in this sitting."""
    opened = request.form.get("opened", "")
    return request.path != url_for("family.open_") and site().secrets.unsign(OPENED, opened, A_SITTING) == link.id


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
