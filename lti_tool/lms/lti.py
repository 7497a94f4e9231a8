"""LTI Advantage services: names and roles, assignment and grades (NRPS 2.0, AGS 2.0), tokens by client assertion.

Our own client, because the library's neither pages, nor keeps tokens, nor knows time-outs (docs/explain/lti.md).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import msgspec
import requests

from lti_tool.clock import now
from lti_tool.errors import PlatformFault
from lti_tool.headers import origin_of
from lti_tool.launch.claims import SCOPE_GROUPS, Id, code_of, is_address, is_id, line, role_of
from lti_tool.lms import pauses, tokens
from lti_tool.lms.http import call, fault_of_status, json_of, parsed
from lti_tool.lms.port import (
    LATER,
    Capabilities,
    Check,
    Column,
    Grade,
    GradeWrite,
    Lms,
    Member,
    Outcome,
    Services,
    Standing,
    Verdict,
)
from lti_tool.models import Registration
from lti_tool.names import full_name
from lti_tool.site import site

SCOPE_MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPE_ITEM = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
SCOPE_ITEM_READ = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
SCOPE_RESULT = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCOPE_SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
ITEM = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
GROUPS = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"

MOST_PAGES = 60
MOST_GROUPS = 500
MOST_MEMBERS = 5_000
LONGEST_LIST = 8 * 1024 * 1024
"""Bytes of one page of a list: 5,000 people who come at once are about 2 MB."""
MOST_SKEW = 30
"""Seconds that a launch forgives (lti_tool.launch.verify)."""


class _Member(msgspec.Struct, frozen=True):
    user_id: Id
    roles: tuple[str, ...] | None = ()
    status: str | None = "Active"
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    lis_person_sourcedid: Any = None
    group_enrollments: Any = None


class _Enrollment(msgspec.Struct, frozen=True):
    group_id: str | int


_Enrolled = tuple[_Enrollment | str | int, ...]
"""Objects (Course Groups 1.0 §3.6); some platforms name the groups' bare ids."""


class _Group(msgspec.Struct, frozen=True):
    id: str | int
    name: str = ""


class _Groups(msgspec.Struct, frozen=True):
    groups: tuple[_Group, ...]


class _Page(msgspec.Struct, frozen=True):
    members: tuple[_Member, ...]


class _Item(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    resource_id: str | None = None
    tag: str | None = None


class _Result(msgspec.Struct, frozen=True, rename="camel"):
    user_id: str
    result_score: float | None = None
    result_maximum: float | None = None
    """1 where it is not said (AGS 2.0 §3.3.4.4)."""


class LtiLms:
    """One registration's services."""

    def __init__(self, platform: tokens.Platform) -> None:
        self._platform = platform

    def capabilities(self, services: Services) -> Capabilities:
        """By the scopes that the launches of this course brought."""
        scopes = services.scopes
        return Capabilities(
            grade_write=GradeWrite.NOW if SCOPE_SCORE in scopes else GradeWrite.NONE,
            is_grade_final=True,
            has_comment=True,
            reads_grades=SCOPE_RESULT in scopes,
            makes_columns=services.columns is not None and SCOPE_ITEM in scopes,
            has_roster=services.roster is not None,
            has_groups=services.groups is not None,
            has_roster_email=False,  # may be sent; we neither ask for it nor keep it
            links_many=True,
            opens_review=True,
            is_launch_signed=True,
            traces_copies=True,
            orders_grades=True,
        )

    # --- names and roles --------------------------------------------------------------------------------------------

    def members(self, services: Services, link: str | None = None) -> Sequence[Member]:
        """Everybody, page by page. Errors rather than a list cut short. `rlid` asks for one resource link's members
        (NRPS 2.0 §3.4): whom a restriction by group or date leaves, and in Moodle also names that the activity's
        own privacy setting allows."""
        if services.roster is None:
            raise PlatformFault("not_granted", "no roster in the launches of this course")
        address = services.roster if link is None else with_query(services.roster, rlid=link)
        if services.groups is None:
            return self._members(address)
        try:
            return self._members(with_query(address, groups="true"))
        except PlatformFault as fault:
            if fault.kind != "refused":
                raise
            return self._members(address)  # one that does not know the parameter, and says so: the list without groups

    def _members(self, address: str) -> Sequence[Member]:
        found: list[Member] = []
        for answer in self._pages(address, [SCOPE_MEMBERS], MEMBERS):
            found += [_member(m) for m in parsed(answer, _Page).members]
            if len(found) > MOST_MEMBERS:
                raise PlatformFault("too_large", "more members than a course has")
        return found

    def groups(self, services: Services) -> Mapping[str, str]:
        """The course's groups, page by page (Course Groups 1.0 §3.4). Who is in which the roster says, where it is
        asked with `groups=true` (§3.6)."""
        if services.groups is None:
            return {}
        found: dict[str, str] = {}
        for answer in self._pages(services.groups, [SCOPE_GROUPS], GROUPS):
            listed = {str(one.id): line(one.name, 255) for one in parsed(answer, _Groups).groups}
            found.update({id_: name for id_, name in listed.items() if is_id(id_)})
            if len(found) > MOST_GROUPS:
                raise PlatformFault("too_large", "more groups than a course has")
        return found

    # --- grades -----------------------------------------------------------------------------------------------------

    def column(self, services: Services, column: Column) -> str:
        """Found by resource id and tag before one is made, so that nothing stands twice in the gradebook."""
        address, scopes = _columns_of(services)
        query = with_query(address, resource_id=column.resource_id, tag=column.tag)
        for answer in self._pages(query, scopes, ITEMS):
            for item in parsed(answer, tuple[_Item, ...]):
                if (item.resource_id, item.tag) == (column.resource_id, column.tag):
                    return _same_host(address, item.id)
        if SCOPE_ITEM not in scopes:
            raise PlatformFault("not_granted", "columns may not be made in this course")
        body = {
            "label": column.label,
            "scoreMaximum": column.maximum,
            "resourceId": column.resource_id,
            "tag": column.tag,
        }
        headers = {"Content-Type": ITEM, "Accept": ITEM}
        answer = self._call("POST", address, scopes, json=body, headers=headers)
        made: _Item = parsed(answer, _Item)
        return _same_host(address, made.id)

    def post(self, address: str, grade: Grade) -> Outcome:
        """One score. Always fully graded with a value: anything less erases what stands there (seen on Moodle)."""
        moment = datetime.fromtimestamp(grade.timestamp / 1_000, UTC)
        body = {
            "userId": grade.sub,
            "scoreGiven": float(grade.value),
            "scoreMaximum": grade.maximum,
            "timestamp": moment.isoformat(timespec="milliseconds"),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            **({"comment": grade.comment} if grade.comment else {}),
        }
        scores = before_query(address, "/scores")
        try:
            self._call("POST", scores, [SCOPE_SCORE], json=body, headers={"Content-Type": SCORE})
        except PlatformFault as fault:
            return Outcome(Verdict.QUEUED if fault.kind in LATER else Verdict.REFUSED, fault.kind)
        return Outcome(Verdict.POSTED)

    def standings(self, services: Services, address: str, sub: str | None = None) -> Mapping[str, Standing]:
        """The results of a column, page by page. A platform that ignores `user_id` lists everybody: no harm."""
        if SCOPE_RESULT not in services.scopes:
            raise PlatformFault("not_granted", "grades may not be read in this course")
        results = before_query(address, "/results")
        first = with_query(results, user_id=sub) if sub is not None else results
        found: dict[str, Standing] = {}
        for answer in self._pages(first, [SCOPE_RESULT], RESULTS):
            for one in parsed(answer, tuple[_Result, ...]):
                maximum = 1.0 if one.result_maximum is None else one.result_maximum
                found[one.user_id] = Standing(one.result_score, maximum)
        return found

    # --- the probe --------------------------------------------------------------------------------------------------

    def check(self, services: Services | None) -> Sequence[Check]:
        """Its key set and clock, a token, the roster, the columns."""
        checks = self._check_keys()
        if services is None:
            return [*checks, Check("course", "no_course")]
        asked: list[tuple[str, Callable[[], int]]] = [
            ("members", lambda: len(self.members(services))),
            *([("groups", lambda: len(self.groups(services)))] if services.groups else []),
            ("gradebook", lambda: self._count_columns(services)),
        ]
        return [*checks, *(_checked(key, ask) for key, ask in asked)]

    def _check_keys(self) -> list[Check]:
        try:
            answer = call(site().http, "GET", self._platform.key_set_url, headers={"Accept": "application/json"})
            found = json_of(answer)
        except PlatformFault as fault:
            return [Check("keys", fault.kind)]
        known = found.get("keys") if isinstance(found, dict) else None
        if answer.status_code != 200 or not isinstance(known, list) or not known:
            return [Check("keys", "no_keys")]
        checks = [Check("keys", "", len(known))]
        if (theirs := pauses.moment_of(answer.headers.get("Date", ""))) is not None:
            skew = round((theirs - now()) / 1_000)  # by how many seconds the platform's clock is ahead of ours
            checks.append(Check("clock", "clock" if abs(skew) > MOST_SKEW else "", skew))
        return checks

    def _count_columns(self, services: Services) -> int:
        return sum(len(parsed(page, tuple[_Item, ...])) for page in self._pages(*_columns_of(services), ITEMS))

    # --- one call ---------------------------------------------------------------------------------------------------

    def _pages(self, first: str, scopes: Sequence[str], accept: str) -> Iterator[requests.Response]:
        """The pages of a list, to its end. A list that does not end is an error, never a list cut short."""
        address: str | None = first
        for _ in range(MOST_PAGES):
            if address is None:
                return
            answer = self._call("GET", address, scopes, headers={"Accept": accept}, most=LONGEST_LIST)
            yield answer
            address = next_page(answer, first)
        if address is not None:
            raise PlatformFault("too_large", "the list does not end")

    def _call(self, method: str, address: str, scopes: Sequence[str], **kwargs: Any) -> requests.Response:
        """With a token; a token that the platform no longer takes is asked for anew, once. Nothing is asked in a pause
        that the platform wanted."""
        pauses.demand_none(self._platform.id)
        answer = self._call_once(method, address, tokens.at_hand(self._platform, scopes), **kwargs)
        if answer.status_code == 401:
            answer = self._call_once(method, address, tokens.anew(self._platform, scopes), **kwargs)
        status = answer.status_code
        if not 200 <= status < 300:
            kind = "busy" if pauses.heed(self._platform.id, answer) else fault_of_status(status)
            raise PlatformFault(kind, f"{method} answered {status}", status)
        return answer

    def _call_once(self, method: str, address: str, token: str, **kwargs: Any) -> requests.Response:
        headers = {**kwargs["headers"], "Authorization": f"Bearer {token}"}
        return call(site().http, method, address, **{**kwargs, "headers": headers})


def connect(registration: Registration) -> Lms:
    """The services of a registration."""
    audience = registration.token_audience or registration.token_url
    return LtiLms(
        tokens.Platform(
            registration.id, registration.client_id, registration.token_url, audience, registration.key_set_url
        )
    )


def _columns_of(services: Services) -> tuple[str, Sequence[str]]:
    """Where the gradebook's columns are listed, and the scopes to ask there with."""
    scopes = [s for s in (SCOPE_ITEM, SCOPE_ITEM_READ) if s in services.scopes]
    if services.columns is None or not scopes:
        raise PlatformFault("not_granted", "columns may not be looked for in this course")
    return services.columns, scopes


def _checked(key: str, ask: Callable[[], int]) -> Check:
    try:
        return Check(key, "", ask())
    except PlatformFault as fault:
        return Check(key, fault.kind)


def _member(member: _Member) -> Member:
    name = full_name(member.family_name, member.given_name, member.name, member.email)
    groups, code = enrolled(member.group_enrollments), code_of(member.lis_person_sourcedid)
    return Member(member.user_id, role_of(member.roles or ()), name, member.status in ("Active", None), groups, code)


def enrolled(said: Any) -> tuple[str, ...] | None:
    """The ids of a member's groups (Course Groups 1.0 §3.6), None where nothing is said. One alone may come without
    its list; what cannot be read says nothing, and costs nobody the list of people."""
    if said is None:
        return None
    try:
        found = msgspec.convert(said if isinstance(said, list) else [said], _Enrolled)
    except msgspec.ValidationError:
        return None
    ids = (str(one.group_id if isinstance(one, _Enrollment) else one) for one in found)
    return tuple(filter(is_id, ids))


def _same_host(first: str, address: str) -> str:
    """A column's address, on the host that the launch named: a bearer token goes nowhere else."""
    whole = urljoin(first, address)
    if origin_of(whole) != origin_of(first) or not is_address(whole):
        raise PlatformFault("not_understood", "the column is on another host, or nowhere")
    return whole


_NEXT = re.compile(r"<([^>]+)>\s*;[^,]*rel\s*=\s*[\x22'\u201c]?next", re.IGNORECASE)


def next_page(answer: requests.Response, first: str) -> str | None:
    """The next page of a list, on the first page's own origin: a bearer token goes nowhere else."""
    # Headers are read as Latin-1; Moodle puts UTF-8 in this one: rel=“next”.
    link = answer.headers.get("Link", "").encode("latin-1", "replace").decode("utf-8", "replace")
    found = _NEXT.search(link)
    if not found:
        return None
    address: str = urljoin(first, found[1].replace("&amp;", "&"))
    if origin_of(address) != origin_of(first):
        raise PlatformFault("not_understood", "the next page is on another host")
    return address


def before_query(address: str, path: str) -> str:
    """A sub-path put before the query: a Moodle column's address ends in `?type_id=N`."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path))


def with_query(address: str, **values: str) -> str:
    """An address with members added to its query."""
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *values.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))
