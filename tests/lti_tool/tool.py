"""The tool as tests hold it: the application on a fresh database, browsers that launch into it, its jobs."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool import authority
from lti_tool.extensions import db
from lti_tool.jobs import Jobs
from lti_tool.lessons import courses
from lti_tool.models import Context, Grant, GrantKind, Lesson, LessonActivity, Person, Registration
from tests.lti_tool.platform import LEARNER, LTI, Platform

PUPILS = ("Đặng Thái An", "Trần Hoài An", "Lê Gia Bảo", "Nguyễn Bảo Châu", "Bùi Quốc Việt")


@dataclass
class Tool:
    """The application, and the platform that it is registered at."""

    app: Flask
    platform: Platform

    @contextmanager
    def inside(self) -> Iterator[None]:
        """A request's context, committed at the end: for looking into the database and for preparing it."""
        with self.app.test_request_context("/"):
            yield
            db.session.commit()

    def browser(self) -> "Browser":
        """A browser with an empty cookie jar."""
        return Browser(self, self.app.test_client())

    def jobs(self) -> Jobs:
        """The jobs, to be sent on a round by hand."""
        return Jobs(self.app)

    # --- people who launch ------------------------------------------------------------------------------------------

    def teacher(self, **claims: Any) -> "Browser":
        """A teacher's browser, launched into the course."""
        return self.browser().launch(sub="teacher-1", **claims)

    def pupil(self, number: int = 1, **claims: Any) -> "Browser":
        """A pupil's browser, launched into the course."""
        family, _, given = PUPILS[number - 1].rpartition(" ")
        named = {"sub": f"pupil-{number}", "name": PUPILS[number - 1], "family_name": family, "given_name": given}
        return self.browser().launch(**{**named, f"{LTI}roles": [LEARNER], **claims})

    def head(self, **claims: Any) -> "Browser":
        """The browser of a head of department: somebody the LMS calls nothing, and a grant inside the tool."""
        browser = self.browser().launch(sub="head-1", name="Lê Minh Đức", **{f"{LTI}roles": [], **claims})
        with self.inside():
            self.grant("head-1")
        return browser

    def grant(self, sub: str, kind: GrantKind = GrantKind.DEPARTMENT_HEAD, subject: str | None = "Toán") -> None:
        """Give a right inside the tool, from today."""
        db.session.add(
            Grant(
                person_id=self.person(sub).id,
                kind=kind,
                registration_id=self.registration().id,
                subject=subject,
                starts_on=authority.today(),
                granted_by="test",
                granted_at=0,
            )
        )

    # --- what is there (inside a context) ---------------------------------------------------------------------------

    def registration(self) -> Registration:
        return db.session.scalars(select(Registration)).one()

    def person(self, sub: str) -> Person:
        return db.session.scalars(select(Person).where(Person.sub == sub)).one()

    def course(self, lms_id: str = "course-1") -> Context:
        return db.session.scalars(select(Context).where(Context.lms_id == lms_id)).one()

    # --- a class ----------------------------------------------------------------------------------------------------

    def set_up(self, pupils: int = 3) -> "Browser":
        """A course that is set up, with its pupils on the roster: the browser of its teacher."""
        self.platform.members = [member(n) for n in range(1, pupils + 1)]
        teacher = self.teacher()
        with self.inside():
            courses.set_up(self.course(), "Toán", 9, "2026-2027", {"9A1": None})
        with self.inside():
            self.jobs().read_rosters()  # a whole round costs several times all the rest
        return teacher

    def start(self, teacher: "Browser", *activities: Mapping[str, Any]) -> str:
        """The teacher begins a lesson of these activities; the run's id."""
        answer = teacher.post("runs", lesson=self.lesson(*activities))
        assert answer.status_code == 303, answer.text
        return str(answer.location).split("/runs/")[1].split("/")[0]

    def lesson(self, *activities: Mapping[str, Any], title: str = "Hệ thức Vi-ét") -> str:
        """A prepared lesson of the teacher's; its uid. Activities as keyword sets of `LessonActivity`."""
        with self.inside():
            lesson = Lesson(
                context_id=self.course().id,
                author_id=self.person("teacher-1").id,
                title=title,
                created_at=1,
                changed_at=1,
            )
            lesson.activities = [
                LessonActivity(position=n, changed_at=1, seconds=600, **one) for n, one in enumerate(activities)
            ]
            db.session.add(lesson)
            db.session.flush()
            return lesson.uid


def member(number: int) -> dict[str, Any]:
    """A pupil as names and roles list them."""
    family, _, given = PUPILS[number - 1].rpartition(" ")
    return {
        "user_id": f"pupil-{number}",
        "name": PUPILS[number - 1],
        "family_name": family,
        "given_name": given,
        "roles": [LEARNER],
        "status": "Active",
    }


SINGLE: Mapping[str, Any] = {
    "kind": "single",
    "title": "Khởi động",
    "content": {
        "prompt": "Nghiệm của \\(x^2=4\\)?",
        "options": [{"text": "2"}, {"text": "-2"}, {"text": "2 và -2"}, {"text": "4"}],
        "key": ["C"],
    },
}
NUMBER: Mapping[str, Any] = {"kind": "number", "title": "Tính", "content": {"prompt": "3+4?", "answer": "7"}}
OPEN: Mapping[str, Any] = {
    "kind": "open",
    "title": "Phiếu ra về",
    "points": 0.0,
    "content": {"prompt": "Em còn vướng gì?", "limit": 500, "photo": True},
}


@dataclass
class Browser:
    """A browser and, once it has launched, the visit it acts under."""

    tool: Tool
    client: FlaskClient
    visit: str = ""
    landed: TestResponse | None = field(default=None, repr=False)

    # --- launching --------------------------------------------------------------------------------------------------

    def login(self, target: str | None = None, **query: str) -> dict[str, str]:
        """A third-party initiated login; the query of the address the platform is asked at."""
        asked = {
            "iss": self.tool.platform.url,
            "client_id": "client-1",
            "login_hint": "hint",
            "target_link_uri": target or self.address("/lti/launch"),
            **query,
        }
        answer = self.client.post("/lti/login", data=asked)
        assert answer.status_code == 302, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}

    def answer(self, login: Mapping[str, str], id_token: str, path: str = "/lti/launch") -> TestResponse:
        """The platform's form post back to us."""
        return self.client.post(path, data={"state": login["state"], "id_token": id_token})

    def launch(self, target: str = "/lti/launch", **claims: Any) -> "Browser":
        """A whole launch, which must succeed."""
        address = self.address(target)
        login = self.login(address)
        token = self.tool.platform.sign(self.tool.platform.claims(login["nonce"], address, **claims))
        self.landed = self.answer(login, token, target)
        assert self.landed.status_code == 303, self.landed.text
        found = re.search(r"/l/(\w+)/", self.landed.location)
        assert found, self.landed.location
        self.visit = found[1]
        return self

    def address(self, path: str) -> str:
        from lti_tool.site import KEY  # noqa: PLC0415

        return f"{self.tool.app.extensions[KEY].settings.public_url}{path}"

    # --- pages ------------------------------------------------------------------------------------------------------

    @property
    def token(self) -> str:
        """The page's own token, as every page of this visit carries it."""
        with self.tool.app.test_request_context("/"):
            return authority.page_token(self.visit)

    def path(self, path: str) -> str:
        """A path under this browser's visit, unless it begins with `/`."""
        return path if path.startswith("/") else f"/l/{self.visit}/{path}"

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Navigate: the cookie says who."""
        return self.client.get(self.path(path), **kwargs)

    def fetch(self, path: str) -> TestResponse:
        """As a page's script fetches: its token says who."""
        return self.client.get(self.path(path), headers=self._script())

    def post(self, path: str, **form: Any) -> TestResponse:
        """Post a form of a page."""
        return self.client.post(self.path(path), data={"page_token": self.token, **form})

    def send(self, path: str, body: object) -> TestResponse:
        """Post JSON as a page's script does."""
        return self.client.post(self.path(path), json=body, headers=self._script())

    def _script(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
