"""A platform that behaves as Moodle 4.5 was seen to behave (docs/explain/lti.md), quirks and all.

The plain `Platform` takes everything; this one checks assertions and scopes, erases grades, refuses teachers and stale
timestamps, holds overridden grades, and says `rel=“next”` with curly quotes.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jwt

from tests.lti_tool.platform import AGS_SCOPE, Answer, Asked, Platform, json_answer

CLIENT_ID = "client-1"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
PERMITTED = {
    "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly",  # not Moodle's own: a plug-in's
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    *(f"{AGS_SCOPE}{name}" for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")),
}


@dataclass
class Cell:
    """A grade of one person in one column. `moment` is when it was made, in whole seconds."""

    value: float | None
    moment: int
    comment: str | None = None
    is_overridden: bool = False


@dataclass
class Moodle(Platform):
    """`cells` is the gradebook, by (column's path, user id); `tool_keys` what it fetched of the tool's key set;
    `audiences` whom an activity is restricted to, by its id."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    teachers: set[str] = field(default_factory=lambda: {"teacher-1"})
    maximum: float = 10.0
    tool_keys: Callable[[], Mapping[str, Any]] | None = None
    audiences: dict[str, set[str]] = field(default_factory=dict)
    tokens: dict[str, set[str]] = field(default_factory=dict)

    def set_by_hand(self, column: str, user: str, value: float | None, *, overrides: bool = False) -> None:
        """The teacher writes a grade in the gradebook."""
        self.cells[column, user] = Cell(value, int(time.time()), is_overridden=overrides)

    def grade(self, column: str, user: str) -> float | None:
        found = self.cells.get((column, user))
        return found.value if found else None

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if told := self.answers.get((asked.method, asked.path)):
            return told(asked)
        if (asked.method, asked.path) == ("POST", "/token"):
            return self._token(asked)
        if asked.path.startswith(("/members", "/items")):
            return self._service(asked)
        self.asked.pop()
        return super().answer(asked)

    # --- tokens -----------------------------------------------------------------------------------------------------

    def _token(self, asked: Asked) -> Answer:
        form = asked.form
        if self.tool_keys is not None and (fault := self._fault_of(form["client_assertion"])):
            return fault
        granted = set(form.get("scope", "").split()) & PERMITTED
        if not granted:
            return json_answer({"error": "invalid_scope"}, 400)
        token = f"token-{len(self.tokens) + 1}"
        self.tokens[token] = granted
        said = {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": " ".join(granted)}
        return json_answer(said, Content_Type="text/html; charset=utf-8")

    def _fault_of(self, assertion: str) -> Answer | None:
        assert self.tool_keys is not None
        keys = {key["kid"]: key for key in self.tool_keys()["keys"] if "alg" in key}  # a key without alg is dropped
        kid = jwt.get_unverified_header(assertion).get("kid")
        if kid not in keys:
            return 400, {"Content-Type": "text/html"}, b'{"error": "invalid \\"kid\\"" unescaped}'
        try:
            body = jwt.decode(
                assertion, jwt.PyJWK(keys[kid]).key, algorithms=["RS256"], audience=f"{self.url}/token", leeway=0
            )
        except jwt.ImmatureSignatureError:
            return 400, {}, b"Cannot handle token prior to 2026-11-25T09:00:00+0700"
        assert body["iss"] == body["sub"] == CLIENT_ID
        assert body["jti"]
        return None

    # --- services ---------------------------------------------------------------------------------------------------

    def _service(self, asked: Asked) -> Answer:
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        scopes = self.tokens.get(token)
        if scopes is None:
            return json_answer({"status": 401, "reason": "Unauthorized"}, 401)
        for pattern, method, scope, act in self._routes():
            if (found := re.fullmatch(pattern, asked.path)) and asked.method == method:
                if not scopes & {f"{AGS_SCOPE}{scope}", scope}:
                    return json_answer({"status": 403}, 403)
                return act(asked, *found.groups())
        return json_answer({"status": 404, "reason": "Not found"}, 404)

    def _routes(self) -> list[tuple[str, str, str, Callable[..., Answer]]]:
        members = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
        return [
            (r"/members", "GET", members, self._members),
            (r"/items", "GET", "lineitem.readonly", self._list),
            (r"/items", "POST", "lineitem", lambda asked: self._make_column(asked.json)),
            (r"/items/(\d+)/lineitem/scores", "POST", "score", self._score),
            (r"/items/(\d+)/lineitem/results", "GET", "result.readonly", self._results),
        ]

    def _members(self, asked: Asked) -> Answer:
        limit = int(asked.query.get("limit", ["0"])[0])
        start = int(asked.query.get("from", ["0"])[0])
        link = asked.query.get("rlid", [""])[0]
        inside = self.audiences.get(link)
        members = [m for m in self.members if inside is None or m["user_id"] in inside]
        page = members[start : start + limit] if limit else members
        headers = {}
        if limit and start + limit < len(members):
            more = f"limit={limit}&from={start + limit}" + (f"&rlid={link}" if link else "")
            headers["Link"] = f'<{self.url}/members?{more}>; rel="next"'
        return json_answer({"id": "course-1", "members": page}, **headers)

    def _list(self, asked: Asked) -> Answer:
        fitting = [i for i in self.items if _fits(i, asked.query)]
        limit = int(asked.query.get("limit", ["0"])[0])
        start = int(asked.query.get("from", ["0"])[0])
        headers = {}
        if limit and start + limit < len(fitting):
            address = f"{self.url}/items?type_id=7&amp;limit={limit}&amp;from={start + limit}"
            headers["Link"] = f"<{address}>; rel=“next”".encode().decode("latin-1")
        return json_answer(fitting[start : start + limit] if limit else fitting, **headers)

    def _make_column(self, sent: Mapping[str, Any]) -> Answer:
        made = {**sent, "id": f"{self.url}/items/{len(self.items) + 1}/lineitem?type_id=7"}
        self.items.append(made)
        return json_answer(made, 201)

    def _score(self, asked: Asked, item: str) -> Answer:
        if not any(f"/items/{item}/" in one["id"] for one in self.items):
            return json_answer({"status": 404, "reason": "Cannot find line item"}, 404)
        sent = asked.json
        moment = int(datetime.fromisoformat(sent["timestamp"]).timestamp())
        if sent["userId"] in self.teachers or not any(m["user_id"] == sent["userId"] for m in self.members):
            return json_answer([], 400)
        cell = self.cells.get((item, sent["userId"]))
        if cell and cell.moment >= moment and not cell.is_overridden:
            return json_answer({"status": 409}, 409)
        if cell and cell.is_overridden:
            return 200, {}, b""
        value = None
        if sent["gradingProgress"] == "FullyGraded" and "scoreGiven" in sent:
            value = min(self.maximum, max(0.0, sent["scoreGiven"] * self.maximum / sent["scoreMaximum"]))
        self.cells[item, sent["userId"]] = Cell(value, moment, sent.get("comment"))
        self.scores.append((asked.path, sent))
        return 200, {}, b""

    def _results(self, asked: Asked, item: str) -> Answer:
        if not any(f"/items/{item}/" in one["id"] for one in self.items):
            return json_answer({"status": 404}, 404)
        only = asked.query.get("user_id")
        found = []
        for (column, user), cell in self.cells.items():
            if column == item and (only is None or user in only):
                shown = {"resultScore": cell.value} if cell.value else {}  # a grade of 0 is shown as none
                found.append({"userId": user, "resultMaximum": self.maximum, **shown})
        return json_answer(found)


def _fits(item: Mapping[str, Any], query: Mapping[str, list[str]]) -> bool:
    asked = {"resourceId": query.get("resource_id"), "tag": query.get("tag")}
    return all(values is None or item.get(name) in values for name, values in asked.items())
