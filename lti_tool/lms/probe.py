"""The live probe of a deployment: what its LMS answers when it is asked now. A job; the page only says it is wanted."""

import logging
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.errors import PlatformFault
from lti_tool.extensions import db
from lti_tool.lms.port import Check, services_of
from lti_tool.lms.registry import Connect
from lti_tool.models import Context, Deployment

_log = logging.getLogger(__name__)


def wanted() -> list[int]:
    """Deployments whose probe somebody waits for."""
    return list(db.session.scalars(select(Deployment.id).where(Deployment.probe_wanted_at > Deployment.probed_at)))


def run(deployment_id: int, connect: Connect) -> None:
    """Probe, and keep what was found for the page."""
    checks = probe(deployment_id, connect)
    deployment = db.session.get_one(Deployment, deployment_id)
    deployment.findings, deployment.probed_at = [asdict(check) for check in checks], now()
    db.session.commit()
    _log.info("probed", extra={"count": sum(1 for check in checks if check.fault)})


def probe(deployment_id: int, connect: Connect) -> Sequence[Check]:
    """Ask the LMS everything that delivery and roster will ask, in the course that launched last."""
    deployment = db.session.get_one(Deployment, deployment_id)
    query = select(Context).where(Context.deployment_id == deployment_id).order_by(Context.id.desc())
    contexts = list(db.session.scalars(query))
    context = max(contexts, key=lambda one: (one.memberships_url is not None, bool(one.grade_scopes)), default=None)
    try:
        lms = connect(deployment.registration)
    except PlatformFault as fault:
        return [Check("protocol", fault.kind)]
    services = services_of(context) if context is not None else None
    db.session.commit()  # nothing is held while the LMS thinks
    return lms.check(services)


def findings(deployment: Deployment) -> list[Check]:
    """What the last probe found."""
    return [Check(str(f["key"]), str(f["fault"]), int(str(f["count"]))) for f in deployment.findings]
