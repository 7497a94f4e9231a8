"""A small, honest Google: sign-in with PKCE, tokens that expire, and the part of the Classroom API that we use.

It refuses what Google refuses (read in the discovery document, revision 20261028): a call without its scope, members it
does not know, a patch without a mask, a grade in coursework of another project, a code used twice.
"""

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.test import TestResponse

from tests.lti_tool.platform import Answer, Asked, Platform, json_answer, public_key
from tests.lti_tool.tool import Browser, Tool

CLIENT, SECRET = "client-at-google", "secret-at-google"
SCOPE = "https://www.googleapis.com/auth/classroom."
COURSEWORK = {"title", "description", "workType", "state", "maxPoints", "materials", "dueDate", "dueTime", "topicId"}
PAGE = 1
"""Entries of a page: who stops at the first finds out."""


@dataclass
class Account:
    """A Google account: `teaches` the ids of its courses."""

    sub: str
    given: str
    family: str
    teaches: tuple[str, ...] = ()


@dataclass
class GoogleServer(Platform):
    """`accounts` by id; `students` and `courses` by course; `granted` the scopes that people leave ticked (None: all).

    `archived` are courses that take no change. `tokens` maps an access token to (account, scopes), `refresh` a refresh
    token likewise; `revoked` are leaves taken back. `works` are coursework by (course, id), `drafts` grades by (course,
    work, student).
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    courses: dict[str, str] = field(default_factory=dict)
    students: dict[str, list[str]] = field(default_factory=dict)
    granted: set[str] | None = None
    archived: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, set[str]]] = field(default_factory=dict)
    refresh: dict[str, tuple[str, set[str]]] = field(default_factory=dict)
    works: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    drafts: dict[tuple[str, str, str], float] = field(default_factory=dict)

    # --- a person at Google's own page ------------------------------------------------------------------------------

    def sign_in(self, address: str, sub: str) -> str:
        """What Google's page does after this person agreed: the query of the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "classroom.profile.emails" not in asked["scope"]
        code = f"code-{len(self.codes) + 1}"
        self.codes[code] = {**asked, "sub": sub}
        return f"state={asked['state']}&code={code}"

    # --- what it answers --------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if told := self.answers.get((asked.method, asked.path)):
            return told(asked)
        if asked.path == "/certs":
            return json_answer({"keys": [public_key(self.key, self.kid)]})
        if asked.path == "/token":
            return self._token(asked.form)
        return self._api(asked)

    def _token(self, form: Mapping[str, str]) -> Answer:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return json_answer({"error": "invalid_client"}, 401)
        if form.get("grant_type") == "refresh_token":
            known = self.refresh.get(form.get("refresh_token", ""))
            return json_answer(self._grant(*known)) if known else json_answer({"error": "invalid_grant"}, 400)
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
            return json_answer({"error": "invalid_grant"}, 400)
        scopes = set(asked["scope"].split())
        if self.granted is not None:
            scopes &= {*self.granted, "openid", "profile"}
        said = self._grant(asked["sub"], scopes)
        if asked.get("access_type") == "offline":
            said["refresh_token"] = f"refresh-{len(self.refresh) + 1}"
            self.refresh[said["refresh_token"]] = (asked["sub"], scopes)
        return json_answer({**said, "id_token": self.identity(asked["sub"], asked["nonce"])})

    def _grant(self, sub: str, scopes: set[str]) -> dict[str, Any]:
        token = f"access-{len(self.tokens) + 1}"
        self.tokens[token] = (sub, scopes)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 3599, "scope": " ".join(sorted(scopes))}

    def identity(self, sub: str, nonce: str, **changes: Any) -> str:
        """An id_token."""
        account, moment = self.accounts[sub], int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": sub, "nonce": nonce, "iat": moment, "exp": moment + 3_600,
            "given_name": account.given, "family_name": account.family, "name": f"{account.given} {account.family}",
        }  # fmt: skip
        return self.sign({**claims, **changes})

    # --- the API ----------------------------------------------------------------------------------------------------

    def _api(self, asked: Asked) -> Answer:
        known = self.tokens.get(asked.headers.get("Authorization", "").removeprefix("Bearer "))
        if known is None:
            return _error(401, "UNAUTHENTICATED")
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", ["v1", "courses"]:
                return self._courses(asked, known)
            case "GET", ["v1", "courses", course, "students" | "teachers" as kind]:
                return self._people(asked, known, course, kind)
            case method, ["v1", "courses", course, "courseWork", *rest]:
                return self._work(asked, known, course, method, rest)
        return _error(404, "NOT_FOUND")

    def _courses(self, asked: Asked, known: tuple[str, set[str]]) -> Answer:
        if f"{SCOPE}courses.readonly" not in known[1]:
            return _error(403, "PERMISSION_DENIED")
        assert asked.query["teacherId"] == ["me"]
        mine = [{"id": one, "name": self.courses[one]} for one in self.accounts[known[0]].teaches]
        return _page(asked, "courses", mine)

    def _people(self, asked: Asked, known: tuple[str, set[str]], course: str, kind: str) -> Answer:
        if f"{SCOPE}rosters.readonly" not in known[1] or course not in self.accounts[known[0]].teaches:
            return _error(403, "PERMISSION_DENIED")
        teachers = [one.sub for one in self.accounts.values() if course in one.teaches]
        people = [self.accounts[sub] for sub in (self.students.get(course, []) if kind == "students" else teachers)]
        return _page(asked, kind, [{"courseId": course, "userId": p.sub, "profile": _profile(p)} for p in people])

    def _work(self, asked: Asked, known: tuple[str, set[str]], course: str, method: str, rest: list[str]) -> Answer:
        if f"{SCOPE}coursework.students" not in known[1] or course not in self.accounts[known[0]].teaches:
            return _error(403, "PERMISSION_DENIED")
        if method != "GET" and course in self.archived:
            return _error(400, "FAILED_PRECONDITION", "@CourseNotModifiable The course is archived.")
        if method == "POST" and not rest:
            return self._make(course, asked.json)
        if method == "GET" and not rest:
            return _page(asked, "courseWork", [one for (where, _), one in self.works.items() if where == course])
        work = self.works.get((course, rest[0])) if rest else None
        return _error(404, "NOT_FOUND") if work is None else self._of_work(asked, course, work, rest[1:])

    def _of_work(self, asked: Asked, course: str, work: Mapping[str, Any], rest: list[str]) -> Answer:
        students, id_ = self.students.get(course, []), str(work["id"])
        match asked.method, rest:
            case "GET", []:
                return json_answer(work)
            case "GET", ["studentSubmissions"]:
                only = asked.query.get("userId", [None])[0]
                if only is not None and only not in students:
                    return _error(404, "NOT_FOUND")
                found = [self._submission(course, id_, sub) for sub in students if only in (None, sub)]
                return _page(asked, "studentSubmissions", found)
            case "PATCH", ["studentSubmissions", submission]:
                return self._patch(asked, course, id_, submission, work)
        return _error(404, "NOT_FOUND")

    def _make(self, course: str, body: Mapping[str, Any]) -> Answer:
        points = body.get("maxPoints")
        is_well = set(body) <= COURSEWORK and body.get("workType") == "ASSIGNMENT" and body.get("title")
        is_well = is_well and all(set(one) == {"link"} and set(one["link"]) == {"url"} for one in body["materials"])
        if not is_well or isinstance(points, bool) or not isinstance(points, int):
            return _error(400, "INVALID_ARGUMENT")
        made = {**body, "id": str(len(self.works) + 501), "courseId": course, "associatedWithDeveloper": True}
        self.works[course, made["id"]] = made
        return json_answer(made)

    def _submission(self, course: str, work: str, sub: str) -> dict[str, Any]:
        draft = self.drafts.get((course, work, sub))
        known = {"id": f"s-{sub}", "userId": sub, "courseId": course, "courseWorkId": work, "state": "CREATED"}
        return known if draft is None else {**known, "draftGrade": draft}

    def _patch(self, asked: Asked, course: str, work: str, id_: str, made: Mapping[str, Any]) -> Answer:
        sub, body = id_.removeprefix("s-"), asked.json
        if not made["associatedWithDeveloper"]:
            return _error(403, "PERMISSION_DENIED", "@ProjectPermissionDenied ")
        value = body.get("draftGrade")
        if asked.query.get("updateMask") != ["draftGrade"] or set(body) != {"draftGrade"} or isinstance(value, bool):
            return _error(400, "INVALID_ARGUMENT")
        if sub not in self.students.get(course, []) or not isinstance(value, int | float) or value < 0:
            return _error(404, "NOT_FOUND")
        self.drafts[course, work, sub] = float(value)
        return json_answer(self._submission(course, work, sub))


def _profile(account: Account) -> dict[str, Any]:
    full = f"{account.given} {account.family}"
    return {"id": account.sub, "name": {"givenName": account.given, "familyName": account.family, "fullName": full}}


def _page(asked: Asked, member: str, entries: list[Any]) -> Answer:
    start = int(asked.query.get("pageToken", ["0"])[0])
    body: dict[str, Any] = {member: entries[start : start + PAGE]} if entries else {}
    if start + PAGE < len(entries):
        body["nextPageToken"] = str(start + PAGE)
    return json_answer(body)


def _error(code: int, status: str, message: str = "") -> Answer:
    said = {"error": {"code": code, "status": status, "message": message}}
    return code, {"Content-Type": "application/json"}, json.dumps(said).encode()


# --- our side of it -------------------------------------------------------------------------------------------------


def signed_in(browser: Browser, google: GoogleServer, sent: TestResponse, sub: str) -> TestResponse:
    """The way to Google and back, by one account."""
    assert sent.status_code == 303, sent.text
    return browser.client.get(f"/classroom/callback?{google.sign_in(sent.location, sub)}")


def connected(tool: Tool, google: GoogleServer, sub: str = "teacher-g", course: str = "c-1") -> Browser:
    """A teacher's browser, in a class that they connected."""
    browser = tool.browser()
    back = signed_in(browser, google, browser.client.post("/classroom/connect"), sub)
    who = parse_qs(urlsplit(back.location).query)["who"][0]
    return entered(browser, browser.client.post("/classroom/courses", data={"who": who, "course": course}))


def entered(browser: Browser, landed: TestResponse) -> Browser:
    """The browser under the visit that this answer began."""
    assert landed.status_code == 303, landed.text
    browser.visit = landed.location.split("/l/")[1].split("/")[0]
    return browser
