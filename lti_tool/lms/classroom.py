"""Google Classroom behind the port, by its plain API: courses, people, coursework, draft grades.

Only a teacher's leave opens it, so a job takes the live leave of any teacher of the course. A grade is a draft: the
teacher returns it in Classroom. Only coursework that we made takes our grades, so a lesson's link is posted by us.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import msgspec
import requests

from lti_tool.errors import PlatformFault
from lti_tool.launch.claims import line
from lti_tool.lms import google, pauses
from lti_tool.lms.google import COURSEWORK, ROSTERS
from lti_tool.lms.http import call, json_of, parsed
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
from lti_tool.models import MemberRole, Registration
from lti_tool.names import full_name
from lti_tool.site import site

MOST_PAGES = 60
PAGE = "100"


class _Name(msgspec.Struct, frozen=True, rename="camel"):
    given_name: str = ""
    family_name: str = ""
    full_name: str = ""


class _Profile(msgspec.Struct, frozen=True):
    name: _Name = _Name()


class _Somebody(msgspec.Struct, frozen=True, rename="camel"):
    user_id: str
    profile: _Profile = _Profile()


class _Course(msgspec.Struct, frozen=True):
    id: str
    name: str = ""
    section: str = ""


class _Link(msgspec.Struct, frozen=True):
    url: str = ""


class _Material(msgspec.Struct, frozen=True):
    link: _Link = _Link()


class _Work(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    max_points: float = 0
    state: str = "PUBLISHED"
    materials: tuple[_Material, ...] = ()


class _Submission(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    user_id: str
    draft_grade: float | None = None
    assigned_grade: float | None = None


def link_of(column: Column) -> str:
    """The address that coursework opens: a lesson, and which of its columns it is."""
    query = "" if column.tag == "score" else "?" + urlencode({"column": column.tag})
    return f"{site().settings.public_url}/classroom/lesson/{quote(column.resource_id, safe='')}{query}"


def course_address(asked: google.Google, course_id: str) -> str:
    """Where a course's people and coursework are."""
    return f"{asked.api}/v1/courses/{quote(course_id, safe='')}"


def courses(api: str, token: str) -> list[tuple[str, str, str]]:
    """(id, name, section) of the courses that the token's owner teaches now."""
    query = {"teacherId": "me", "courseStates": "ACTIVE", "pageSize": PAGE}
    found = _listed(lambda url: _answer("GET", url, token), f"{api}/v1/courses", query, "courses", _Course)
    return [(one.id[:255], line(one.name, 255), line(one.section, 100)) for one in found]


class ClassroomLms:
    """Every Classroom course of one registration."""

    def __init__(self, registration_id: int) -> None:
        self._id = registration_id

    def capabilities(self, services: Services) -> Capabilities:
        """By the leaves that the course's teachers gave."""
        has_leave = services.roster is not None and bool(google.consents(_course_in(services.roster), self._id))
        return Capabilities(
            grade_write=GradeWrite.NOW if has_leave else GradeWrite.NEEDS_TEACHER_GRANT,
            is_grade_final=False,
            has_comment=False,
            reads_grades=COURSEWORK in services.scopes,
            makes_columns=services.columns is not None and COURSEWORK in services.scopes,
            has_roster=services.roster is not None,
            has_groups=False,
            has_roster_email=False,
            links_many=True,
            opens_review=False,
            is_launch_signed=False,
            traces_copies=False,
            orders_grades=False,
        )

    def members(self, services: Services, link: str | None = None) -> Sequence[Member]:
        """Teachers and pupils, page by page. Classroom restricts no link."""
        if services.roster is None or link is not None or ROSTERS not in services.scopes:
            raise PlatformFault("not_granted", "no roster of this")
        kinds = (("students", MemberRole.PUPIL), ("teachers", MemberRole.TEACHER))
        return [
            _member(one, role)
            for kind, role in kinds
            for one in self._list(f"{services.roster}/{kind}", {"pageSize": PAGE}, kind, _Somebody)
        ]

    def groups(self, services: Services) -> Mapping[str, str]:
        """Classroom courses are classes: nothing in them is."""
        return {}

    def column(self, services: Services, column: Column) -> str:
        """The coursework whose link is this column's, else one that is made, published at once."""
        if services.columns is None or COURSEWORK not in services.scopes:
            raise PlatformFault("not_granted", "coursework may not be made in this course")
        works, link = f"{services.columns}/courseWork", link_of(column)
        for one in self._list(works, {"courseWorkStates": ("PUBLISHED", "DRAFT")}, "courseWork", _Work):
            if any(material.link.url == link for material in one.materials):
                return f"{works}/{quote(one.id, safe='')}"
        body = {
            "title": line(column.label, 1_000) or "Giơ Tay",
            "workType": "ASSIGNMENT",
            "state": "PUBLISHED",
            "maxPoints": column.maximum,
            "materials": [{"link": {"url": link}}],
        }
        made: _Work = parsed(self._call("POST", works, json=body), _Work)
        return f"{works}/{quote(made.id, safe='')}"

    def post(self, address: str, grade: Grade) -> Outcome:
        """A draft grade, in the points that the coursework has now: a teacher may have changed them."""
        try:
            work = self._work(address)
            submissions = self._submissions(address, grade.sub)
            if not submissions:
                return Outcome(Verdict.REFUSED, "refused")
            points = round(Decimal(grade.value) * Decimal(str(work.max_points)) / grade.maximum, 2)
            patched = f"{address}/studentSubmissions/{quote(submissions[0].id, safe='')}?updateMask=draftGrade"
            self._call("PATCH", patched, json={"draftGrade": float(points)})
        except PlatformFault as fault:
            return Outcome(Verdict.QUEUED if fault.kind in LATER else Verdict.REFUSED, fault.kind)
        return Outcome(Verdict.POSTED)

    def standings(self, services: Services, address: str, sub: str | None = None) -> Mapping[str, Standing]:
        """What the teacher sees: the returned grade, else the draft."""
        work = self._work(address)
        found = {}
        for one in self._submissions(address, sub):
            value = one.draft_grade if one.draft_grade is not None else one.assigned_grade
            if value is not None:
                found[one.user_id] = Standing(value, work.max_points)
        return found

    def check(self, services: Services | None) -> Sequence[Check]:
        """The roster and the coursework, under some teacher's leave."""
        if services is None:
            return [Check("course", "no_course")]
        checks = []
        for key, ask in (("members", self.members), ("gradebook", self._works)):
            try:
                checks.append(Check(key, "", len(ask(services))))
            except PlatformFault as fault:
                checks.append(Check(key, fault.kind))
        return checks

    # --- one call ---------------------------------------------------------------------------------------------------

    def _works(self, services: Services) -> Sequence[_Work]:
        if services.columns is None:
            raise PlatformFault("not_granted")
        return list(self._list(f"{services.columns}/courseWork", {}, "courseWork", _Work))

    def _work(self, address: str) -> _Work:
        work: _Work = parsed(self._call("GET", address), _Work)
        if work.state == "DELETED" or work.max_points <= 0:
            raise PlatformFault("gone", "deleted, or not graded any more")
        return work

    def _submissions(self, address: str, sub: str | None) -> list[_Submission]:
        query = {"pageSize": PAGE} if sub is None else {"userId": sub}
        try:
            return list(self._list(f"{address}/studentSubmissions", query, "studentSubmissions", _Submission))
        except PlatformFault as fault:
            if fault.kind == "gone" and sub is not None:  # the coursework is there: it is the person who is not
                return []
            raise

    def _list(self, url: str, query: Mapping[str, Any], member: str, type_: Any) -> Iterator[Any]:
        return _listed(lambda address: self._call("GET", address), url, query, member, type_)

    def _call(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """Under the leave of a teacher of the course that the address is in: the next one where one was taken back, or
        does not reach as far (a teacher who left the course, or who left a permission unticked)."""
        pauses.demand_none(self._id)
        refused: PlatformFault | None = None
        for consent_id in google.consents(_course_in(url), self._id):
            leave = google.leave_of(consent_id)
            for anew in (False, True):
                token = google.access_token(consent_id, anew=anew)
                if token is None:
                    break
                try:
                    return _answer(method, url, token, self._id, **kwargs)
                except PlatformFault as fault:
                    if fault.status == 403:
                        refused = fault
                        break
                    if fault.status != 401:
                        raise
            else:
                google.mark_dead(consent_id, leave)
        raise refused or PlatformFault("no_consent", "no teacher of this course has given a leave that holds")


def connect(registration: Registration) -> Lms:
    """Classroom, as the teachers of this registration allow it."""
    return ClassroomLms(registration.id)


def _answer(method: str, url: str, token: str, asker: int | None = None, **kwargs: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    answer = call(site().http, method, url, headers=headers, **kwargs)
    if answer.status_code != 200:
        kind = "busy" if asker is not None and pauses.heed(asker, answer) else _kind_of(answer)
        raise PlatformFault(kind, f"{method} answered {answer.status_code}", answer.status_code)
    return answer


def _kind_of(answer: requests.Response) -> str:
    """What a refusal means. An archived class is told by its name alone: the status is that of any bad request."""
    status = answer.status_code
    if status == 400 and b"@CourseNotModifiable " in answer.content:
        return "archived"
    kinds = {400: "refused", 401: "no_consent", 403: "not_granted", 404: "gone", 429: "busy"}
    return kinds.get(status) or ("later" if status >= 500 else "refused")


def _listed(ask: Any, url: str, query: Mapping[str, Any], member: str, type_: Any) -> Iterator[Any]:
    """The entries of a list, page by page, to its end."""
    asked = dict(query)
    for _ in range(MOST_PAGES):
        body = json_of(ask(f"{url}?{urlencode(asked, doseq=True)}" if asked else url))
        if not isinstance(body, dict):
            raise PlatformFault("not_understood", "no object")
        try:
            yield from msgspec.convert(body.get(member, []), list[type_])
        except msgspec.ValidationError as error:
            raise PlatformFault("not_understood", str(error)[:200]) from error
        if not (page := body.get("nextPageToken")):
            return
        asked["pageToken"] = page
    raise PlatformFault("too_large", "the list does not end")


def _member(one: _Somebody, role: MemberRole) -> Member:
    name = one.profile.name
    return Member(one.user_id, role, full_name(name.family_name, name.given_name, name.full_name), is_active=True)


def _course_in(address: str) -> str:
    """The course that an address of ours is in: `…/v1/courses/<id>/…`."""
    parts = urlsplit(address).path.split("/")
    return unquote(parts[parts.index("courses") + 1]) if "courses" in parts[:-1] else ""
