"""What the LMS's administrator sees: what this LMS granted, what answers when it is asked now, what was refused and
why, what to click to mend it."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template
from sqlalchemy import func, select

from lti_tool.access import Need, needs, visitor
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.launch import keys, refusals
from lti_tool.launch.framing import own_origins
from lti_tool.lms import delivery, doors, probe
from lti_tool.lms.google import PROTOCOL
from lti_tool.lms.lti import SCOPE_ITEM, SCOPE_RESULT, SCOPE_SCORE
from lti_tool.lms.port import LATER, Check
from lti_tool.models import Context, Deployment, Grant, LineItem, Person, Registration, ResourceLink, Score
from lti_tool.pages.desk import done
from lti_tool.site import site
from lti_tool.translations import t

screen = Blueprint("connection", __name__, url_prefix="/l/<visit_id>/connection")

MOST_REFUSALS = 20
MOST_SKEW_MS = 30_000
"""What a launch forgives (lti_tool.launch.verify)."""
FAULTS = LATER | {
    "archived", "bad_address", "forbidden_address", "gone", "newer", "no_protocol", "not_granted", "not_understood",
    "refused", "restored", "no_keys", "clock", "no_course",
}  # fmt: skip
"""What can be wrong with a platform (`PlatformFault.kind`), as words say it."""
REMEDIES = frozenset(
    {
        "keys_unseen", "clock_ahead", "clock", "token_unheard", "token_refused", "not_granted", "forbidden_address",
        "certificate", "unreachable", "timeout", "redirected", "gone",
    }
)  # fmt: skip
"""Faults for which there is something to click."""

OF_CLASSROOM = frozenset({"no_consent", "not_granted", "gone"})
"""Faults that a teacher mends by signing in at Google again, not an administrator."""


@dataclass(frozen=True)
class Finding:
    """One line of the probe, with what mends it."""

    check: Check
    remedy: str | None


@screen.get("")
@needs(Need.ADMINISTER)
def overview() -> str:
    """This deployment in plain words, and the grants of this school."""
    context = db.session.get_one(Context, visitor().context_id)
    deployment = context.deployment
    registration = deployment.registration
    return render_template(
        "connection.html",
        here="connection",
        context=context,
        deployment=deployment,
        registration=registration,
        origins=own_origins(registration.issuer, registration.auth_login_url, registration.frame_origins),
        checks=_checks(context),
        findings=findings_of(probe.findings(deployment), registration),
        is_probing=deployment.probe_wanted_at > deployment.probed_at,
        refusals=refusals.last(registration.id, MOST_REFUSALS),
        faults=_faults(registration),
        grants=_grants(registration),
        words_of=words_of,
        why=why,
        kids=keys.published(),
        jwks=f"{site().settings.public_url}/lti/jwks",
    )


@screen.post("/probe")
@needs(Need.ADMINISTER)
def ask() -> Response:
    """Have the LMS asked now; a job does."""
    context = db.session.get_one(Context, visitor().context_id)
    context.deployment.probe_wanted_at = now()
    return done("connection.overview", "probe_asked")


def _checks(context: Context) -> list[tuple[str, bool]]:
    """What the launches of this course granted and showed, as (key, whether it is as it should be)."""
    scopes, deployment = set(context.grade_scopes), context.deployment
    return [
        ("launch", True),
        ("roster", context.memberships_url is not None and not context.roster_fault),
        ("scores", SCOPE_SCORE in scopes),
        ("columns", SCOPE_ITEM in scopes),
        ("results", SCOPE_RESULT in scopes),
        ("privacy", deployment.sends_names),
        ("door", _has_door(context)),
        ("clocks", abs(deployment.clock_ahead) <= MOST_SKEW_MS),
        ("https", site().settings.is_https),
    ]


def _has_door(context: Context) -> bool:
    """Whether a scan leads to this LMS's own activities, or to the list of names alone."""
    links = select(ResourceLink.id).where(ResourceLink.context_id == context.id, ResourceLink.activity_url.is_not(None))
    return doors.is_known(context.deployment.registration) or db.session.scalars(links.limit(1)).first() is not None


def findings_of(checks: list[Check], registration: Registration) -> list[Finding]:
    """The probe's lines with the remedy for this kind of LMS."""
    return [Finding(check, _remedy(check.fault, registration)) for check in checks]


def _remedy(fault: str, registration: Registration) -> str | None:
    if registration.protocol == PROTOCOL and fault in OF_CLASSROOM:
        return f"classroom.{fault}"
    family = "moodle" if registration.product == "moodle" else "other"
    return f"{family}.{fault}" if fault in REMEDIES else None


def why(fault: str) -> str:
    """A fault of a platform in words; one that we have no words for as it is."""
    return str(t(f"conn.why.{fault}")) if fault in FAULTS else fault


def words_of(check: Check) -> str:
    """One line of the probe in words."""
    if check.fault:
        return f"{t(f'conn.probe.{check.key}.bad')} {why(check.fault)}"
    return str(t(f"conn.probe.{check.key}.good", n=check.count))


def _faults(registration: Registration) -> list[tuple[str, int]]:
    """Why scores of this LMS are waiting, and how many."""
    query = (
        select(Score.fault, func.count())
        .join(LineItem, LineItem.id == Score.line_item_id)
        .join(Context, Context.id == LineItem.context_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .where(
            Deployment.registration_id == registration.id,
            Score.state.not_in(delivery.SETTLED),
            Score.fault.not_in(("", "changed", "held", "no_account")),
        )
        .group_by(Score.fault)
    )
    return [(fault, count) for fault, count in db.session.execute(query)]


def _grants(registration: Registration) -> list[Grant]:
    query = select(Grant).join(Person).where(Grant.registration_id == registration.id).order_by(Person.given_name)
    return list(db.session.scalars(query))
