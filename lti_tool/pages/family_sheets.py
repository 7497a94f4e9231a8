"""Sheets for families: one pupil one page, on the screen, on paper and as PDF; their links, consent and words."""

from collections.abc import Sequence

from flask import Blueprint, Response, abort, render_template, request, url_for
from markupsafe import Markup

from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import today
from lti_tool.lessons import codes, families, family_pdf
from lti_tool.lessons.families import Sheet
from lti_tool.lessons.marksheet import said_of
from lti_tool.lessons.roster import Pupil
from lti_tool.models import SchoolClass
from lti_tool.pages.desk import attachment, done
from lti_tool.pages.years import homeroom_class
from lti_tool.site import site

screen = Blueprint("family_sheets", __name__, url_prefix="/l/<visit_id>/homeroom/classes/<int:class_id>/sheets")


@screen.get("")
@needs(Need.HOMEROOM)
def all_(class_id: int) -> str:
    """Every sheet of the class, to be printed for the parents' meeting: one page a pupil."""
    class_, right = homeroom_class(class_id)
    note_access("sheets.seen", object_=f"class:{class_id}")
    found = families.sheets(class_, right.subject)
    return render_template(
        "class_sheets.html", here="homeroom", class_=class_, sheets=found, today=today(), said=said_of
    )


@screen.get("/pdf")
@needs(Need.HOMEROOM)
def all_as_pdf(class_id: int) -> Response:
    """The same as one file, a page for each pupil."""
    class_, right = homeroom_class(class_id)
    note_access("sheets.exported", object_=f"class:{class_id}")
    if not (found := families.sheets(class_, right.subject)):
        abort(404)
    return as_pdf(found)


@screen.get("/<uid>/pdf")
@needs(Need.HOMEROOM)
def one_as_pdf(class_id: int, uid: str) -> Response:
    """One pupil's sheet as a file of one page."""
    class_, right = homeroom_class(class_id)
    sheet = families.sheet_of(class_, uid, right.subject)
    note_access("sheet.exported", sheet.pupil.person_id, f"class:{class_id}")
    return as_pdf([sheet])


def as_pdf(sheets: Sequence[Sheet]) -> Response:
    """Sheets as a file; whose they are does not stand in its name."""
    body = family_pdf.pages(sheets, site().settings.school_name, today())
    return attachment(body, "application/pdf", "phieu-gia-dinh.pdf")


@screen.get("/<uid>")
@needs(Need.HOMEROOM)
def one(class_id: int, uid: str) -> str:
    """One pupil's sheet, with the link and the ledger beside it."""
    class_, right = homeroom_class(class_id)
    sheet = families.sheet_of(class_, uid, right.subject)
    note_access("sheet.seen", sheet.pupil.person_id, f"class:{class_id}")
    return render_template(
        "family_sheet.html",
        here="homeroom",
        class_=class_,
        sheet=sheet,
        today=today(),
        said=said_of,
        may_link=right.subject is None,
        link=families.link_state(class_, sheet.pupil.person_id),
        days=families.DAYS,
        basis=site().settings.legal_basis,
        is_allowed=families.may(sheet.pupil.person_id, families.LINK),
        purposes=families.PURPOSES,
        voices_of=voices_of,
        consents=families.consents(sheet.pupil.person_id),
    )


def voices_of(purpose: str) -> tuple[str, ...]:
    """Whose word a purpose asks for."""
    return families.VOICES if purpose in families.NEEDS_BOTH else families.VOICES[:1]


@screen.post("/<uid>/link")
@needs(Need.HOMEROOM)
def link(class_id: int, uid: str) -> Response:
    """Make a link, which is shown this once: only its fingerprint is kept. Earlier ones end."""
    class_, pupil = _of_whole_class(class_id, uid)
    person_id, name = pupil.person_id, pupil.name
    secret = families.make_link(class_, person_id, request.form.get("days", 0, type=int), visitor().person_id)
    note_access("family_link.made", person_id, f"class:{class_id}")
    address = f"{site().settings.public_url}{url_for('family.door')}#k={secret}"
    page = render_template(
        "family_link.html",
        here="homeroom",
        class_=class_,
        uid=uid,
        name=name,
        address=address,
        qr=Markup(codes.qr(address)),  # noqa: S704 - our own drawing
        state=families.link_state(class_, person_id),
    )
    response = Response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@screen.post("/<uid>/link/revoke")
@needs(Need.HOMEROOM)
def revoke(class_id: int, uid: str) -> Response:
    """End the pupil's links at once."""
    class_, pupil = _of_whole_class(class_id, uid)
    families.revoke(class_, pupil.person_id)
    note_access("family_link.revoked", pupil.person_id, f"class:{class_id}")
    return done("family_sheets.one", "link_revoked", class_id=class_id, uid=uid)


@screen.post("/<uid>/consent")
@needs(Need.HOMEROOM)
def consent(class_id: int, uid: str) -> Response:
    """Write what stands on paper into the ledger: one purpose, one voice."""
    person_id = _of_whole_class(class_id, uid)[1].person_id
    said, purpose, voice = request.form.get("said"), request.form.get("purpose", ""), request.form.get("voice", "")
    if said not in ("yes", "no"):
        abort(400)
    families.consent(person_id, purpose, voice, is_given=said == "yes", how="paper", by=visitor().person_id)
    note_access("consent.recorded", person_id, f"class:{class_id}")
    return done("family_sheets.one", "consent_kept", class_id=class_id, uid=uid)


def _of_whole_class(class_id: int, uid: str) -> tuple[SchoolClass, Pupil]:
    """A pupil of a class for all of whose subjects the homeroom teacher has a right."""
    class_, right = homeroom_class(class_id)
    if right.subject is not None:
        abort(404)
    return class_, families.sheet_of(class_, uid).pupil
