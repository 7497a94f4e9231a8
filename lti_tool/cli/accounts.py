"""What the operator does about people: find, export, erase, grant."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from live_session.errors import StoreError
from live_session.store.engine import READ_ONLY
from lti_tool.clock import now, today
from lti_tool.config import Settings
from lti_tool.extensions import db
from lti_tool.models import Context, Deployment, Grant, GrantKind, Membership, Person, SchoolClass
from lti_tool.privacy import person as personal


@contextmanager
def application(settings: Settings, *, reads_only: bool = False, language: str | None = None) -> Iterator[None]:
    """The application's database and texts, outside a request; committed at the end. What only reads must say so: on
    SQLite every answer of a lesson would wait for it. Texts are in the installation's language, if in no other."""
    from lti_tool.app import create_app  # noqa: PLC0415 - only commands that need it pay for it

    told = {"Accept-Language": language or settings.locale}
    with create_app(settings).test_request_context("/", headers=told):
        try:
            if reads_only:
                db.session.connection(execution_options={READ_ONLY: True})
            yield
            db.session.commit()
        except (SQLAlchemyError, StoreError) as error:
            raise click.ClickException(f"the database: {getattr(error, 'orig', error)}") from error
        finally:
            db.session.remove()
            db.engine.dispose()


def person_of(uid: str) -> Person:
    """The person of this id, or a line that says there is none."""
    try:
        return personal.find(uid)
    except LookupError as error:
        raise click.ClickException(f"nobody has the id {uid!r}; find it with: giotay export --name …") from error


def find(settings: Settings, name: str) -> None:
    """Print people whose name holds this."""
    with application(settings, reads_only=True):
        for person in personal.search(name):
            click.echo(f"{person.uid}  {person.name}")


def export(settings: Settings, uid: str) -> dict[str, Any]:
    """One person's data."""
    with application(settings, reads_only=True):
        return personal.export(person_of(uid))


def erase(settings: Settings, uid: str) -> dict[str, int]:
    """Forget one person."""
    with application(settings):
        return personal.erase(person_of(uid))


def add_grant(
    settings: Settings,
    uid: str,
    kind: str,
    subject: str | None,
    class_name: str | None,
    span: tuple[date | None, date | None],
) -> None:
    """Give a right; from today at the school where no first day is said."""
    with application(settings):
        person = person_of(uid)
        registration_id = person.registration_id or _school_of(person)
        made = Grant(
            person_id=person.id,
            kind=GrantKind(kind),
            registration_id=registration_id,
            subject=subject,
            class_id=_class_id(registration_id, class_name) if class_name else None,
            starts_on=span[0] or today(),
            ends_on=span[1],
            granted_by="operator",
            granted_at=now(),
        )
        db.session.add(made)
        db.session.flush()
        click.echo(f"grant {made.id}: {person.name}, {kind}")


def _school_of(person: Person) -> int:
    query = (
        select(Deployment.registration_id)
        .join(Context, Context.deployment_id == Deployment.id)
        .join(Membership, Membership.context_id == Context.id)
        .where(Membership.person_id == person.id)
    )
    found = db.session.scalars(query).first()
    if found is None:
        raise click.ClickException("this person is in no school yet; let them open the tool from the LMS once")
    return found


def _class_id(registration_id: int, name: str) -> int:
    query = select(SchoolClass).where(SchoolClass.registration_id == registration_id, SchoolClass.name == name)
    found = db.session.scalars(query.order_by(SchoolClass.school_year.desc())).first()
    if found is None:
        raise click.ClickException(f"no class {name!r} has been set up yet")
    return found.id


def list_grants(settings: Settings) -> None:
    """Print every grant."""
    with application(settings, reads_only=True):
        for one in db.session.scalars(select(Grant).order_by(Grant.id)):
            scope = one.subject or "all subjects"
            click.echo(f"{one.id}  {one.kind}  {one.person.name}  {scope}  {one.starts_on} to {one.ends_on or '…'}")


def end_grant(settings: Settings, number: int, *, at_once: bool = False) -> None:
    """End a grant, which holds to the end of the day unless `at_once`; one that has ended stays so."""
    with application(settings):
        found = db.session.get(Grant, number)
        if found is None:
            raise click.ClickException(f"there is no grant {number}")
        if found.ends_on is not None and found.ends_on < today():
            raise click.ClickException(f"grant {number} ended on {found.ends_on}")
        found.ends_on = today() - timedelta(days=at_once)
        click.echo(f"grant {number} has ended" if at_once else f"grant {number} ends today")
