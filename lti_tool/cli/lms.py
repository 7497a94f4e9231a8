"""`giotay lms`: the platforms this installation knows."""

import click
from sqlalchemy import select

from lti_tool.cli.accounts import application
from lti_tool.cli.settings import settings_or_exit
from lti_tool.clock import DAY_MS, now
from lti_tool.config import LOCALES
from lti_tool.extensions import db
from lti_tool.formats import clock, day
from lti_tool.launch import framing, keys, refusals
from lti_tool.launch.provision import find_or_add
from lti_tool.lms import probe
from lti_tool.lms.registry import connect
from lti_tool.models import Deployment, Registration, RegistrationInvite, RegistrationState
from lti_tool.pages.connection import MOST_REFUSALS, Finding, findings_of, words_of
from lti_tool.secret import fingerprint, random_secret
from lti_tool.site import site
from lti_tool.translations import t

INVITE_LIFETIME_MS = DAY_MS
BESIDE = " " * 9
"""As wide as the words before a line of a check."""


@click.group()
def lms() -> None:
    """LMSs: register one, approve it, look at what it grants."""


@lms.command()
@click.option("--issuer", required=True, help="Platform id, such as https://moodle.example.edu.vn.")
@click.option("--client-id", required=True)
@click.option("--deployment", required=True, help="Deployment id.")
@click.option("--login-url", required=True, help="Authentication request URL.")
@click.option("--token-url", required=True, help="Access token URL.")
@click.option("--keys-url", required=True, help="Public keyset URL.")
@click.option("--name", default="", help="How pages call it.")
def add(**given: str) -> None:
    """Register an LMS by hand. Again with the same issuer and client id changes its addresses."""
    with application(settings_or_exit()):
        registration = register(**given)
        click.echo(f"{registration.id}  {registration.issuer}  {registration.client_id}  {registration.state}")


def register(
    *, issuer: str, client_id: str, deployment: str, login_url: str, token_url: str, keys_url: str, name: str = ""
) -> Registration:
    """An active registration with one deployment. Needs an application context."""
    addresses = {"auth_login_url": login_url, "token_url": token_url, "key_set_url": keys_url}
    registration = find_or_add(
        Registration,
        {**addresses, "state": RegistrationState.ACTIVE, "created_at": now()},
        issuer=issuer,
        client_id=client_id,
    )
    for field, value in addresses.items():
        setattr(registration, field, value)
    registration.name = name or registration.name or issuer
    find_or_add(Deployment, {"created_at": now()}, registration_id=registration.id, deployment_id=deployment)
    return registration


@lms.command("list")
def list_() -> None:
    """Every registration with its deployments."""
    with application(settings_or_exit(), reads_only=True):
        for one in db.session.scalars(select(Registration).order_by(Registration.id)):
            query = select(Deployment.deployment_id).where(Deployment.registration_id == one.id)
            deployments = ", ".join(db.session.scalars(query)) or "none yet"
            click.echo(f"{one.id}  {one.state}  {one.issuer}  client {one.client_id}  deployments {deployments}")


@lms.command()
@click.argument("number", type=int)
def approve(number: int) -> None:
    """Let a registration that asked for it launch. NUMBER is from `giotay lms list`."""
    with application(settings_or_exit()):
        _get(number).state = RegistrationState.ACTIVE
        click.echo(f"registration {number} is active")


@lms.command()
@click.argument("number", type=int)
def block(number: int) -> None:
    """Stop launches of a registration; nothing is deleted."""
    with application(settings_or_exit()):
        _get(number).state = RegistrationState.BLOCKED
        click.echo(f"registration {number} is blocked")


def _get(number: int) -> Registration:
    found = db.session.get(Registration, number)
    if found is None:
        raise click.ClickException(f"there is no registration {number}; see: giotay lms list")
    return found


@lms.command()
@click.argument("number", type=int)
@click.option("--allow", help="Origin that may frame our pages, such as https://truong.instructure.com.")
@click.option("--forget", help="Origin that may no longer; a launch that comes back to it is remembered again.")
def frames(number: int, allow: str | None, forget: str | None) -> None:
    """Hosts whose pages may show ours in a frame. The LMS's own, those its launches came back to, those you allow."""
    with application(settings_or_exit()):
        one = _get(number)
        if allow is not None:
            origin = framing.origin_in(allow, site().settings.lms_networks)
            if origin is None:
                raise click.ClickException(f"{allow}: an https address of a public host is needed")
            framing.remember(one, origin)
        if forget is not None:
            one.frame_origins = [origin for origin in one.frame_origins if origin != forget.rstrip("/")]
        for origin in framing.own_origins(one.issuer, one.auth_login_url, one.frame_origins):
            click.echo(origin)


@lms.command()
def invite() -> None:
    """Print a registration address to paste into the LMS. It is good for a day and one registration, active at once."""
    settings = settings_or_exit()
    with application(settings):
        secret = random_secret()
        db.session.add(RegistrationInvite(secret_hash=fingerprint(secret), expires_at=now() + INVITE_LIFETIME_MS))
        click.echo(f"{settings.public_url}/lti/register?invite={secret}")


@lms.command("rotate-keys")
def rotate_keys() -> None:
    """Make a new signing key. Published at once, in use a day later; the old one stays published for a week."""
    with application(settings_or_exit()):
        click.echo(f"published {keys.make_key().kid}; it signs from tomorrow")


@lms.command()
@click.argument("number", type=int)
@click.option(
    "--language",
    type=click.Choice(LOCALES),
    help="Language of the answer; the installation's (GIOTAY_LOCALE) without it.",
)
def check(number: int, language: str | None) -> None:
    """Ask an LMS now for all that lessons will ask of it. Says what to click where it fails, as the Connection page
    does."""
    with application(settings_or_exit(), language=language):
        one = _get(number)
        click.echo(f"{one.issuer}: {t(f'conn.state.{one.state}')}")
        for deployment in db.session.scalars(select(Deployment).where(Deployment.registration_id == one.id)).all():
            click.echo(t("conn.ids", client=one.client_id, deployment=deployment.deployment_id))
            for finding in findings_of(list(probe.probe(deployment.id, connect)), one):
                _echo(finding)
        for refusal in refusals.last(one.id, MOST_REFUSALS):
            when = f"{day(refusal.at)} {clock(refusal.at)}"
            title, why = t(f"fault.{refusal.key}.title"), f" ({refusal.detail})" if refusal.detail else ""
            click.echo(f"{BESIDE}{when} {refusal.reference} {title}{why}")
        click.echo(f"{BESIDE}{t('conn.keys')}: {site().settings.public_url}/lti/jwks")


def _echo(finding: Finding) -> None:
    word = str(t("conn.look" if finding.check.fault else "conn.good"))
    click.echo(f"{word:{len(BESIDE)}}{words_of(finding.check)}")
    if finding.remedy:
        click.echo(f"{BESIDE}{t('conn.mend')} {t(f'conn.fix.{finding.remedy}')}")
