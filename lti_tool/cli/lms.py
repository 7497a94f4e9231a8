"""`giotay lms`: the platforms this installation knows."""

import click
from sqlalchemy import select

from lti_tool.cli.accounts import application
from lti_tool.clock import now
from lti_tool.config import Settings, SettingsError, load
from lti_tool.errors import LaunchRefused
from lti_tool.extensions import db
from lti_tool.launch import keys
from lti_tool.launch.provision import find_or_add
from lti_tool.models import Context, Deployment, Registration, RegistrationInvite, RegistrationState
from lti_tool.secret import fingerprint, random_secret
from lti_tool.site import site

INVITE_LIFETIME_MS = 24 * 3_600_000


def settings_or_exit() -> Settings:
    """The settings, or lines that say what is wrong with them."""
    try:
        return load()
    except SettingsError as error:
        raise click.ClickException(f"settings cannot be used:\n{error}") from error


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
    """Register an LMS by hand; again with the same issuer and client id changes its addresses."""
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
    with application(settings_or_exit()):
        for one in db.session.scalars(select(Registration).order_by(Registration.id)):
            query = select(Deployment.deployment_id).where(Deployment.registration_id == one.id)
            deployments = ", ".join(db.session.scalars(query)) or "none yet"
            click.echo(f"{one.id}  {one.state}  {one.issuer}  client {one.client_id}  deployments {deployments}")


@lms.command()
@click.argument("number", type=int)
def approve(number: int) -> None:
    """Let a registration that asked for it launch (NUMBER from `giotay lms list`)."""
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
def invite() -> None:
    """Print a registration address to paste into the LMS: good for a day and one registration, active at once."""
    settings = settings_or_exit()
    with application(settings):
        secret = random_secret()
        db.session.add(RegistrationInvite(secret_hash=fingerprint(secret), expires_at=now() + INVITE_LIFETIME_MS))
        click.echo(f"{settings.public_url}/lti/register?invite={secret}")


@lms.command()
@click.argument("number", type=int)
def check(number: int) -> None:
    """Ask an LMS for its keys and look at what its launches granted."""
    with application(settings_or_exit()):
        one = _get(number)
        click.echo(f"{one.issuer}: {one.state}")
        try:
            found = keys.fetch_keys(one.key_set_url)
            click.echo(f"ok    keys: {len(found['keys'])} at {one.key_set_url}")
        except LaunchRefused as fault:
            click.echo(f"FAIL  keys: {fault.detail}")
        query = select(Context).join(Deployment).where(Deployment.registration_id == one.id)
        for context in db.session.scalars(query):
            roster = "no roster" if not context.memberships_url else context.roster_fault or "roster"
            grades = "scores" if context.grade_scopes else "no scores"
            click.echo(f"      {context.title or context.lms_id}: {roster}, {grades}")
        click.echo(f"      our keys: {site().settings.public_url}/lti/jwks")
