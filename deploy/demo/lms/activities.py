"""Activities of a course: the ready one, and those that a teacher added by deep linking."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

from . import grades
from .people import COURSES

READY_TITLE = "Tiết học trực tiếp · Giơ Tay"
READY_TEXT = "Thầy cô bắt đầu tiết học ở đây; học sinh vào bằng điện thoại và trả lời từng câu."
READY_MAXIMUM = 10.0

# Moodle numbers a course module and the LTI instance inside it apart: a tool that mixes the two up must fail here too.
CMID_STEP = 1000


@dataclass(frozen=True)
class Draft:
    """What a new activity is made of. An empty `url` means the tool's own launch address."""

    title: str
    text: str = ""
    url: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    column: grades.Column | None = None


@dataclass(frozen=True)
class Activity:
    """One link to a tool. `tool_id` is None when no tool stands behind it (yet, or any more)."""

    id: int
    course_id: str
    tool_id: int | None
    title: str
    text: str
    url: str
    custom: dict[str, str]

    @property
    def resource_link_id(self) -> str:
        return str(self.id)

    @property
    def cmid(self) -> int:
        return self.id + CMID_STEP


def seed_ready_activities(db: sqlite3.Connection, now: int) -> None:
    """Give every course its ready activity and gradebook column, once."""
    for course in COURSES:
        row = db.execute("SELECT 1 FROM activity WHERE course_id = ? AND ready = 1", (course.id,)).fetchone()
        if row is None:
            column = grades.Column(READY_TITLE, READY_MAXIMUM)
            draft = Draft(READY_TITLE, READY_TEXT, column=column)
            activity_id = add_activity(db, course.id, None, draft, now)
            db.execute("UPDATE activity SET ready = 1 WHERE id = ?", (activity_id,))


def link_ready_activities(db: sqlite3.Connection, tool_id: int) -> None:
    """Put the tool behind the ready activities (and their columns) that have none."""
    db.execute("UPDATE activity SET tool_id = ? WHERE ready = 1 AND tool_id IS NULL", (tool_id,))
    db.execute(
        "UPDATE line_item SET tool_id = ? WHERE tool_id IS NULL AND activity_id IN"
        " (SELECT id FROM activity WHERE ready = 1 AND tool_id = ?)",
        (tool_id, tool_id),
    )


def add_activity(db: sqlite3.Connection, course_id: str, tool_id: int | None, draft: Draft, now: int) -> int:
    """Make an activity, and its coupled column when the draft has one. The activity's id."""
    done = db.execute(
        "INSERT INTO activity (course_id, tool_id, title, text, url, custom, ready, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
        (course_id, tool_id, draft.title, draft.text, draft.url, json.dumps(draft.custom, ensure_ascii=False), now),
    )
    activity_id = int(done.lastrowid or 0)
    if draft.column is not None:
        grades.add_line_item(db, course_id, tool_id, activity_id, draft.column)
    return activity_id


def list_activities(db: sqlite3.Connection, course_id: str) -> list[Activity]:
    """In the order they were added."""
    return [
        _activity(row) for row in db.execute("SELECT * FROM activity WHERE course_id = ? ORDER BY id", (course_id,))
    ]


def find_activity(db: sqlite3.Connection, resource_link_id: str) -> Activity | None:
    """The activity behind a resource link id; None for an id this LMS never gave."""
    if not resource_link_id.isascii() or not resource_link_id.isdecimal() or len(resource_link_id) > 9:
        return None
    row = db.execute("SELECT * FROM activity WHERE id = ?", (int(resource_link_id),)).fetchone()
    return _activity(row) if row else None


def is_used_in(db: sqlite3.Connection, tool_id: int, course_id: str) -> bool:
    """True when the course holds an activity of this tool: only then are its services open to the tool."""
    row = db.execute("SELECT 1 FROM activity WHERE tool_id = ? AND course_id = ?", (tool_id, course_id)).fetchone()
    return row is not None


def _activity(row: sqlite3.Row) -> Activity:
    return Activity(
        id=row["id"],
        course_id=row["course_id"],
        tool_id=row["tool_id"],
        title=row["title"],
        text=row["text"],
        url=row["url"],
        custom=json.loads(row["custom"]),
    )
