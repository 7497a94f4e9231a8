"""What the LMS's administrator sees: what this LMS granted, what is missing, what to click."""

from flask import Blueprint, render_template
from sqlalchemy import func, select

from lti_tool.access import Need, needs, visitor
from lti_tool.extensions import db
from lti_tool.lms.lti import SCOPE_ITEM, SCOPE_SCORE
from lti_tool.models import Context, Deployment, Grant, LineItem, Person, Registration, Score, ScoreState
from lti_tool.site import site

screen = Blueprint("connection", __name__, url_prefix="/l/<visit_id>/connection")


@screen.get("")
@needs(Need.ADMINISTER)
def overview() -> str:
    """This course's connection in plain words, and the grants of this school."""
    context = db.session.get_one(Context, visitor().context_id)
    registration = context.deployment.registration
    scopes = set(context.grade_scopes)
    checks = [
        ("launch", True),
        ("roster", context.memberships_url is not None and not context.roster_fault),
        ("scores", SCOPE_SCORE in scopes),
        ("columns", SCOPE_ITEM in scopes),
        ("https", site().settings.is_https),
    ]
    return render_template(
        "connection.html",
        here="connection",
        context=context,
        registration=registration,
        checks=checks,
        faults=_faults(registration),
        grants=_grants(registration),
        jwks=f"{site().settings.public_url}/lti/jwks",
    )


def _faults(registration: Registration) -> list[tuple[str, int]]:
    """Why scores of this LMS are waiting, and how many."""
    query = (
        select(Score.fault, func.count())
        .join(LineItem, LineItem.id == Score.line_item_id)
        .join(Context, Context.id == LineItem.context_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .where(Deployment.registration_id == registration.id, Score.state != ScoreState.SENT, Score.fault != "")
        .group_by(Score.fault)
    )
    return [(fault, count) for fault, count in db.session.execute(query)]


def _grants(registration: Registration) -> list[Grant]:
    query = select(Grant).join(Person).where(Grant.registration_id == registration.id).order_by(Person.given_name)
    return list(db.session.scalars(query))
