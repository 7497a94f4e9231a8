"""Who is acting, under which launch. Authority belongs to a launch, not to a browser.

The address names the launch (`/l/<id>/…`) and is no secret. A navigation must come from a browser that holds the
launch: one cookie a browser, holding a random secret that says nothing by itself. A fetch or a form must carry the
page's own token instead, so that it works where a frame is refused its cookie, and so that no other site can make it.
Two roles side by side in one browser do not disturb each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import Request, Response, g, request
from sqlalchemy import delete, or_, select, update

from live_session.model import Millis
from lti_tool.clock import now, today
from lti_tool.extensions import db
from lti_tool.headers import set_framed_cookie
from lti_tool.models import (
    Grant,
    GrantKind,
    LaunchBrowser,
    LaunchKind,
    LaunchVisit,
    MemberRole,
    Registration,
    WindowCode,
)
from lti_tool.models.base import new_uid
from lti_tool.secret import fingerprint, random_secret
from lti_tool.site import site

LAUNCH_LIFETIME_MS = 12 * 3_600_000
"""A launch lasts a school day."""
CODE_LIFETIME_MS = 60_000
COOKIE_LIFETIME = 180 * 86_400
PAGE_TOKEN = "page"  # noqa: S105 - the purpose of a signature, not a secret


@dataclass(frozen=True)
class Right:
    """A grant inside the tool that holds today."""

    kind: GrantKind
    registration_id: int
    subject: str | None
    class_id: int | None


@dataclass(frozen=True)
class Visit:
    """A person acting under one launch."""

    id: str
    kind: LaunchKind
    person_id: int
    uid: str
    name: str
    role: MemberRole
    is_admin: bool
    context_id: int
    resource_link_id: int | None
    registration_id: int
    run_id: str | None
    claim: str
    locale: str
    deep_link: str | None
    rights: tuple[Right, ...]

    @property
    def is_teaching(self) -> bool:
        return self.role in (MemberRole.TEACHER, MemberRole.ASSISTANT)

    @property
    def is_learning(self) -> bool:
        return self.role is MemberRole.PUPIL

    @property
    def is_administering(self) -> bool:
        return self.is_admin

    @property
    def is_reviewing(self) -> bool:
        return any(r.kind is GrantKind.DEPARTMENT_HEAD for r in self.rights)

    @property
    def is_observing(self) -> bool:
        return self.is_reviewing or any(r.kind is GrantKind.OBSERVER for r in self.rights)

    @property
    def is_homeroom(self) -> bool:
        return any(r.kind is GrantKind.HOMEROOM for r in self.rights)


# --- the browser ----------------------------------------------------------------------------------------------------


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to https; plain http (a school's LAN) cannot have it."""
    return "__Host-giotay" if site().settings.is_https else "giotay"


def browser() -> str:
    """This browser's secret; a new one, to be set on the response, when it has none."""
    if "browser" not in g:
        g.browser = request.cookies.get(cookie_name()) or ""
        if not g.browser:
            g.browser = g.new_browser = random_secret()
    secret: str = g.browser
    return secret


def is_known_browser() -> bool:
    """This browser showed its secret with this very request: it keeps our cookie here."""
    return bool(request.cookies.get(cookie_name()))


def claim_of(uid: str) -> str:
    """This browser's hold on this person's seat: the same each time they come back, and no other browser's."""
    return fingerprint(f"{browser()}:{uid}")[:20]


def remember_browser(response: Response) -> Response:
    """Set the browser's cookie if it was made in this request."""
    if fresh := g.get("new_browser"):
        set_framed_cookie(response, cookie_name(), fresh, COOKIE_LIFETIME)
    return response


# --- launches -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beginning:
    """What a new launch allows, to whom, where: members of `LaunchVisit`."""

    kind: LaunchKind
    person_id: int
    role: MemberRole
    context_id: int
    registration_id: int
    claim: str
    locale: str
    is_admin: bool = False
    resource_link_id: int | None = None
    run_id: str | None = None
    deep_link: str | None = None


def begin(launch: Beginning) -> str:
    """Give a new launch to this browser; its id, a new one at every launch."""
    moment, launch_id = now(), new_uid()
    times = {"created_at": moment, "expires_at": moment + LAUNCH_LIFETIME_MS}
    db.session.flush()
    connection = db.session.connection()
    connection.execute(_NEW_LAUNCH, {"id": launch_id, **vars(launch), **times})
    connection.execute(_NEW_HOLD, {"launch_id": launch_id, "browser_hash": fingerprint(browser())})
    return launch_id


_NEW_LAUNCH = LaunchVisit.__table__.insert()  # type: ignore[attr-defined]
_NEW_HOLD = LaunchBrowser.__table__.insert()  # type: ignore[attr-defined]
_NEW_CODE = WindowCode.__table__.insert()  # type: ignore[attr-defined]


def page_token(launch_id: str) -> str:
    """What a page of this launch shows to fetch and to post."""
    return site().secrets.sign(PAGE_TOKEN, launch_id)


def visit_of(launch_id: str) -> Visit | None:
    """The visit this request may act under, or None. Unsafe methods need the page's token."""
    given = _token_of(request)
    if given:
        if not _is_of(launch_id, given):
            return None
    elif request.method not in ("GET", "HEAD") or not _is_held(launch_id):
        return None
    launch = db.session.get(LaunchVisit, launch_id)
    if launch is None or launch.expires_at <= now():
        return None
    return _visit(launch)


def is_own_page(launch_id: str) -> bool:
    """A script of a page of this launch asks, by what stands in the request's head; the database is asked nothing."""
    return _is_of(launch_id, _bearer(request))


def _is_of(launch_id: str, token: str) -> bool:
    return bool(site().secrets.unsign(PAGE_TOKEN, token, LAUNCH_LIFETIME_MS // 1_000) == launch_id)


def registration_of(launch_id: str) -> Registration | None:
    """The LMS that a launch came from: it may frame its pages. Says nothing of the person."""
    query = (
        select(Registration)
        .join(LaunchVisit, LaunchVisit.registration_id == Registration.id)
        .where(LaunchVisit.id == launch_id, LaunchVisit.expires_at > now())
    )
    return db.session.scalars(query).first()


def _token_of(asked: Request) -> str:
    return _bearer(asked) or (asked.form.get("page_token", "") if asked.mimetype in FORMS else "")


def _bearer(asked: Request) -> str:
    scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def _is_held(launch_id: str) -> bool:
    return db.session.get(LaunchBrowser, (launch_id, fingerprint(browser()))) is not None


def _visit(launch: LaunchVisit) -> Visit:
    return Visit(
        id=launch.id,
        kind=launch.kind,
        person_id=launch.person_id,
        uid=launch.person.uid,
        name=launch.person.name,
        role=launch.role,
        is_admin=launch.is_admin,
        context_id=launch.context_id,
        resource_link_id=launch.resource_link_id,
        registration_id=launch.registration_id,
        run_id=launch.run_id,
        claim=launch.claim,
        locale=launch.locale,
        deep_link=launch.deep_link,
        rights=tuple(rights_of(launch.person_id, today())) if launch.kind is LaunchKind.LMS else (),
    )


def rights_of(person_id: int, day: date) -> Iterable[Right]:
    """The grants that hold on this day."""
    query = select(Grant).where(
        Grant.person_id == person_id,
        Grant.starts_on <= day,
        or_(Grant.ends_on.is_(None), Grant.ends_on >= day),
    )
    for grant in db.session.scalars(query):
        yield Right(grant.kind, grant.registration_id, grant.subject, grant.class_id)


# --- windows --------------------------------------------------------------------------------------------------------


def window_code(launch_id: str, destination: str) -> str:
    """A code that opens `destination` (a path of ours) under this launch: once, within a minute, in any browser."""
    secret = random_secret()
    values = {
        "code_hash": fingerprint(secret),
        "launch_id": launch_id,
        "destination": destination,
        "expires_at": now() + CODE_LIFETIME_MS,
    }
    db.session.connection().execute(_NEW_CODE, values)
    return secret


def redeem_code(secret: str) -> str | None:
    """Let this browser act under the code's launch; the destination, or None when it is spent, old or unknown."""
    moment = now()
    used = db.session.execute(
        update(WindowCode)
        .where(
            WindowCode.code_hash == fingerprint(secret),
            WindowCode.used_at.is_(None),
            WindowCode.expires_at > moment,
        )
        .values(used_at=moment)
        .returning(WindowCode.launch_id, WindowCode.destination)
    ).one_or_none()
    if used is None:
        return None
    db.session.merge(LaunchBrowser(launch_id=used.launch_id, browser_hash=fingerprint(browser())))
    destination: str = used.destination
    return destination


def forget_expired(moment: Millis) -> None:
    """Remove launches and codes that are over (retention job)."""
    db.session.execute(delete(WindowCode).where(WindowCode.expires_at < moment))
    db.session.execute(delete(LaunchVisit).where(LaunchVisit.expires_at < moment))
