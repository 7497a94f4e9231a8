"""Two courses of one school, each with a lesson under way, and everybody who may come to the door.

Built once a module; `restored` brings the database back to where it was, so that each test begins with the same day.
"""

import io
import re
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from PIL import Image
from sqlalchemy import update

from lti_tool import authority, limiting
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.lessons import courses, history, pictures
from lti_tool.models import Assessment, Grant, GrantKind, LaunchVisit, Lesson, LessonActivity, LessonRun, Membership
from lti_tool.models.base import new_uid
from lti_tool.site import KEY
from tests.lti_tool.platform import INSTRUCTOR, LEARNER, LTI, NRPS, ROLES, SYSTEM_ADMIN
from tests.lti_tool.tool import OPEN, SINGLE, Browser, Tool, member

UPLOAD = "0198c0de-0000-7000-8000-000000000001"


def picture(fmt: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A small picture as a file."""
    body = io.BytesIO()
    Image.new("RGB", size, (200, 30, 90)).save(body, fmt, **options)
    return body.getvalue()


@dataclass(frozen=True)
class Taught:
    """A course with a lesson under way; ids as they stand in addresses."""

    context_id: int
    class_id: int
    lesson_uid: str
    activity_uid: str
    run_id: str
    code: str
    person_id: int
    uid: str
    picture_id: str
    assessment_id: int
    practice_id: str

    @property
    def ids(self) -> Mapping[str, Any]:
        """Values of every variable that an address of this course may hold."""
        return {
            "lesson_uid": self.lesson_uid,
            "activity_uid": self.activity_uid,
            "run_id": self.run_id,
            "code": self.code,
            "context_id": self.context_id,
            "person_id": self.person_id,
            "tag": "score",
            "draw_id": "0198c0de",
            "line": self.run_id,
            "word": "ours",
            "term": 1,
            "class_id": self.class_id,
            "place": "regular1",
            "uid": self.uid,
            "purpose": f"lesson-{self.lesson_uid}",
            "upload_id": UPLOAD,
            "picture_id": self.picture_id,
            "assessment_id": self.assessment_id,
            "practice_id": self.practice_id,
            "what": "close",
            "kind": "console",
            "language": "vi",
            "version": "0",
            "activity": self.activity_uid,
            "number": 1,
            "post": 1,
            "slot": 1,
            "version_id": 1,
            "filename": "css/base.css",
        }


@dataclass
class School:
    """`people` by what they are; `here` is the course they come to, `there` the other one."""

    tool: Tool
    here: Taught
    there: Taught
    people: dict[str, Browser] = field(default_factory=dict)
    _kept: sqlite3.Connection = field(default_factory=lambda: sqlite3.connect(":memory:", check_same_thread=False))

    def keep(self) -> None:
        """This is the day that `restored` comes back to."""
        with sqlite3.connect(_file(self.tool)) as now:
            now.backup(self._kept)
        now.close()

    def restored(self) -> "School":
        """The database as it was kept, and nothing in this process that knows better."""
        with sqlite3.connect(_file(self.tool)) as now:
            self._kept.backup(now)
        now.close()
        self.tool.app.extensions[KEY].folds._states.clear()
        self.tool.app.extensions[limiting.KEY] = limiting.Guesses()
        return self


def _file(tool: Tool) -> str:
    with tool.inside():
        return str(db.engine.url.database)


def open_school(tool: Tool) -> School:
    """The school on a SQLite tool. The class of `here` has four pupils: the first launched, the second came by the
    code, the others have not come."""
    tool.platform.members = [member(n) for n in range(1, 5)]
    people = {
        "teacher": tool.teacher(),
        "assistant": launched(tool, "assistant-1", f"{ROLES}TeachingAssistant"),
        "pupil": tool.pupil(1),
        "observer": launched(tool, "observer-1", "", {NRPS: None}),
        "homeroom teacher": launched(tool, "homeroom-1", ""),
        "head of department": tool.head(),
        "former head of department": launched(tool, "head-0", ""),
        "administrator": launched(tool, "admin-1", SYSTEM_ADMIN),
    }
    here = _teach(tool, people["teacher"], "teacher-1", "course-1", "9A1")
    other = _elsewhere("course-2")
    people["teacher of another course"] = launched(tool, "teacher-2", INSTRUCTOR, other)
    people["pupil of another course"] = launched(tool, "pupil-9", LEARNER, other)
    there = _teach(tool, people["teacher of another course"], "teacher-2", "course-2", "8B", "pupil-9")
    people["expired launch"] = launched(tool, "teacher-1", INSTRUCTOR)
    with tool.inside():
        tool.grant("observer-1", GrantKind.OBSERVER)
        tool.grant("homeroom-1", GrantKind.HOMEROOM, subject=None)
        tool.grant("head-0")
        db.session.flush()
        past = authority.today() - timedelta(days=365)
        former = tool.person("head-0").id
        db.session.execute(update(Grant).where(Grant.person_id == former).values(starts_on=past, ends_on=past))
        expired = people["expired launch"].visit
        db.session.execute(update(LaunchVisit).where(LaunchVisit.id == expired).values(expires_at=1))
        second, third = tool.person("pupil-2").id, tool.person("pupil-3").id
    people["pupil by code"] = by_code(tool, here.code, second)
    people["pupil by slip"] = by_slip(people["teacher"], third)
    sit(people["pupil"])
    sit(people["pupil by slip"])
    sit(people["pupil of another course"])
    upload(people["pupil"])
    tool.jobs().round()
    school = School(tool, here, there, people)
    school.keep()
    return school


def launched(tool: Tool, sub: str, role: str, claims: Mapping[str, Any] | None = None) -> Browser:
    """Somebody's browser, launched with one role, or with none."""
    roles = [role] if role else []
    return tool.browser().launch(sub=sub, name=sub, **{f"{LTI}roles": roles, **(claims or {})})


def _elsewhere(course: str) -> dict[str, Any]:
    return {
        f"{LTI}context": {"id": course, "label": course, "title": "Toán 8B"},
        f"{LTI}resource_link": {"id": f"link of {course}", "title": "Giơ Tay"},
        NRPS: None,
    }


def by_code(tool: Tool, code: str, person_id: int) -> Browser:
    """A browser that picked a name."""
    browser = tool.browser()
    answer = browser.client.post(f"/j/{code}/{person_id}", data={"mode": "room"})
    assert answer.status_code == 303, answer.text
    browser.visit = answer.location.split("/")[2]
    return browser


def by_slip(teacher: Browser, person_id: int) -> Browser:
    """The browser of a pupil who holds the slip that this teacher made."""
    browser = teacher.tool.browser()
    answer = browser.client.post("/me", data={"k": slip_for(teacher, person_id)})
    assert answer.status_code == 303, answer.text
    browser.visit = answer.location.split("/")[2]
    return browser


def slip_for(teacher: Browser, person_id: int) -> str:
    """A slip's secret, as the page shows it once."""
    answer = teacher.post("slips", person=str(person_id))
    assert answer.status_code == 200, answer.text
    (secret,) = re.findall(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>", answer.text)
    return str(secret)


def sit(pupil: Browser) -> dict[str, Any]:
    """Take the seat; what the page then knows of it."""
    seat: dict[str, Any] = pupil.send("sit", {}).json["seat"]
    return seat


def upload(pupil: Browser, upload_id: str = UPLOAD, data: bytes | None = None) -> None:
    """A photo beside an answer."""
    body = data if data is not None else picture()
    headers = {
        "Authorization": f"Bearer {sit(pupil)['ticket']}",
        "Upload-Id": upload_id,
        "Upload-Length": str(len(body)),
        "Upload-Offset": "0",
    }
    answer = pupil.client.post("/live/content", data=body, headers=headers)
    assert answer.json == {"offset": len(body), "whole": True}, answer.text


def _teach(tool: Tool, teacher: Browser, sub: str, lms_id: str, class_name: str, pupil: str = "pupil-1") -> Taught:
    with tool.inside():
        context = tool.course(lms_id)
        courses.set_up(context, "Toán", 9 if class_name.startswith("9") else 8, "2026-2027", {class_name: None})
        lesson = Lesson(
            context_id=context.id, author_id=tool.person(sub).id, title="Hệ thức Vi-ét", created_at=1, changed_at=1
        )
        lesson.activities = [
            LessonActivity(position=n, changed_at=1, seconds=600, **one) for n, one in enumerate((SINGLE, OPEN))
        ]
        db.session.add(lesson)
        kept = pictures.keep(context.id, picture())
        db.session.flush()
        history.note(lesson, history.Step.EDIT, lesson.author_id)
        context_id, lesson_uid, activity_uid, picture_id = context.id, lesson.uid, lesson.activities[0].uid, kept.id
    tool.jobs().round()
    answer = teacher.post("runs", lesson=lesson_uid)
    assert answer.status_code == 303, answer.text
    given = teacher.post("practice/new", lesson=lesson_uid, activity=activity_uid)
    assert given.status_code == 303, given.text
    with tool.inside():
        run = db.session.query(LessonRun).filter_by(context_id=context_id).one()
        person = tool.person(pupil)
        class_id = db.session.query(Membership).filter_by(context_id=context_id, person_id=person.id).one().class_id
        asked = Assessment(
            context_id=context_id, school_year="2026-2027", term=1, title="Chương 1", method="oral", made_at=1
        )
        db.session.add(asked)
        db.session.flush()
        assert run.code
        assert class_id
        return Taught(
            context_id, class_id, lesson_uid, activity_uid, run.run_id, run.code, person.id, person.uid, picture_id,
            asked.id, str(given.location).split("/practice/")[1].split("/")[0],
        )  # fmt: skip


# --- speaking in a run over HTTP ------------------------------------------------------------------------------------


def frames(browser: Browser, ticket: str, *sent: Mapping[str, Any], awake: float = 0) -> list[dict[str, Any]]:
    """Frames up after a hello; the frames that answer."""
    hello = {"t": "hello", "ticket": ticket, "device": "d", "locale": "vi", "awake": awake}
    answer = browser.client.post("/live/frames", json=[hello, *sent])
    assert answer.status_code == 200, answer.text
    down: list[dict[str, Any]] = answer.json
    return down


def console(teacher: Browser, run_id: str) -> str:
    """A ticket of the teacher's console."""
    return str(teacher.send(f"runs/{run_id}/ticket/console", {}).json["seat"]["ticket"])


def press(teacher: Browser, run_id: str) -> None:
    """The one next press, as the projector names it: lock, distribution, key, explanation, next question."""
    ticket = console(teacher, run_id)
    (welcome, *_) = frames(teacher, ticket)
    step = welcome["state"]["forth"]
    pressed = {"t": "steer", "id": f"press-{new_uid()}", **step}
    down = frames(teacher, ticket, pressed)
    while pause := next((f["retry_after"] for f in down if f.get("code") == "rate_limited"), None):
        time.sleep(pause)  # a test presses faster than a hand; the same press again is always safe
        down = frames(teacher, ticket, pressed)
    assert [f["t"] for f in down if f["t"] in ("ack", "refuse")] == ["ack"], down


def submit(pupil: Browser, activity: str, value: Any, **more: Any) -> dict[str, Any]:
    """One answer of a seated pupil's; its ack or refusal."""
    one = {
        "t": "submit", "id": f"answer-{new_uid()}", "activity": activity, "round": 1, "value": value,
        "composed_at": now(), **more,
    }  # fmt: skip
    return next(f for f in frames(pupil, sit(pupil)["ticket"], one) if f["t"] in ("ack", "refuse"))
