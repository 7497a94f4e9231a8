"""The gradebook: columns (line items), scores that tools post, and the teacher's own word, which stands above them.

The rules are Moodle's as seen by running: a score is judged by its timestamp in whole seconds, anything that is not
FullyGraded empties the grade, and a teacher's override stays whatever a tool posts.
"""

from __future__ import annotations

import math
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

SCHOOL_ZONE = timezone(timedelta(hours=7), "ICT")
FULLY_GRADED = "FullyGraded"
TEXT_CHARACTERS = 10_000


class BadBody(ValueError):
    """A body that a tool sent and that cannot be taken; the text says which member, for the tool's developer."""


@dataclass(frozen=True)
class Column:
    """What a tool may say about a line item. `resource_id` and `tag` are the tool's own; "" when it gave none."""

    label: str
    maximum: float
    resource_id: str = ""
    tag: str = ""


@dataclass(frozen=True)
class LineItem:
    """One gradebook column; `activity_id` is None when it is not coupled to an activity."""

    id: int
    course_id: str
    tool_id: int | None
    activity_id: int | None
    label: str
    maximum: float
    resource_id: str
    tag: str


@dataclass(frozen=True)
class Score:
    """A posted score. `timestamp` is whole seconds since the epoch; `given` None empties the grade."""

    sub: str
    timestamp: int
    given: float | None
    maximum: float
    comment: str | None


@dataclass(frozen=True)
class Grade:
    """One cell. `value` is the tool's last word scaled to the column, `override` the teacher's; None means none."""

    sub: str
    value: float | None = None
    comment: str | None = None
    scored_at: int | None = None
    override: float | None = None
    overridden_at: int | None = None

    @property
    def final(self) -> float | None:
        """The grade that counts."""
        return self.value if self.override is None else self.override


def read_score(body: object) -> Score:
    """A score from the JSON that a tool posted. Raises BadBody for what Moodle answers 400 to."""
    if not isinstance(body, dict):
        raise BadBody("the body must be a JSON object")
    for member in ("userId", "activityProgress", "gradingProgress", "timestamp"):
        if not isinstance(body.get(member), str) or not body[member]:
            raise BadBody(f"{member} is missing")
    given = _number(body, "scoreGiven")
    maximum = _number(body, "scoreMaximum")
    if given is not None and (maximum is None or maximum <= 0):
        raise BadBody("scoreMaximum must be a positive number beside scoreGiven")
    comment = body.get("comment")
    if comment is not None and (not isinstance(comment, str) or len(comment) > TEXT_CHARACTERS):
        raise BadBody("comment must be a text of reasonable length")
    return Score(
        sub=body["userId"],
        timestamp=_whole_seconds(body["timestamp"]),
        given=given if body["gradingProgress"] == FULLY_GRADED else None,
        maximum=maximum or 1.0,
        comment=comment,
    )


def read_column(body: object) -> Column:
    """A column from the JSON of a line item. Raises BadBody when label or scoreMaximum cannot be used."""
    if not isinstance(body, dict):
        raise BadBody("the body must be a JSON object")
    label = body.get("label")
    if not isinstance(label, str) or not label.strip() or len(label) > TEXT_CHARACTERS:
        raise BadBody("label is missing")
    maximum = _number(body, "scoreMaximum")
    if maximum is None or maximum <= 0:
        raise BadBody("scoreMaximum must be a positive number")
    return Column(label.strip(), maximum, _text(body, "resourceId"), _text(body, "tag"))


def _number(body: dict[str, Any], member: str) -> float | None:
    """A finite number or None when it is absent. Raises BadBody: `true` and "7" are no numbers."""
    value = body.get(member)
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BadBody(f"{member} must be a number")
    return number


def _text(body: dict[str, Any], member: str) -> str:
    value = body.get(member)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > TEXT_CHARACTERS:
        raise BadBody(f"{member} must be a text")
    return value


def _whole_seconds(timestamp: str) -> int:
    """ISO 8601 to seconds; without a zone it is the school's time, fractions are cut off, as in Moodle."""
    if "T" not in timestamp:
        raise BadBody("timestamp must be ISO 8601 with date and time")
    try:
        moment = datetime.fromisoformat(timestamp)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=SCHOOL_ZONE)).timestamp())
    except (ValueError, OverflowError) as error:
        raise BadBody("timestamp must be ISO 8601 with date and time") from error


def add_line_item(
    db: sqlite3.Connection, course_id: str, tool_id: int | None, activity_id: int | None, column: Column
) -> int:
    done = db.execute(
        "INSERT INTO line_item (course_id, tool_id, activity_id, label, maximum, resource_id, tag)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (course_id, tool_id, activity_id, column.label, column.maximum, column.resource_id, column.tag),
    )
    return int(done.lastrowid or 0)


def replace_line_item(db: sqlite3.Connection, item: LineItem, activity_id: int | None, column: Column) -> None:
    """Full replacement, as PUT means: what the tool left out is blank afterwards. A new maximum rescales all grades."""
    db.execute(
        "UPDATE line_item SET activity_id = ?, label = ?, maximum = ?, resource_id = ?, tag = ? WHERE id = ?",
        (activity_id, column.label, column.maximum, column.resource_id, column.tag, item.id),
    )
    factor = column.maximum / item.maximum
    db.execute(
        "UPDATE grade SET value = value * ?, override = override * ? WHERE line_item_id = ?", (factor, factor, item.id)
    )


def delete_line_item(db: sqlite3.Connection, item: LineItem) -> None:
    """The column and every grade in it."""
    db.execute("DELETE FROM line_item WHERE id = ?", (item.id,))


def list_line_items(db: sqlite3.Connection, course_id: str) -> list[LineItem]:
    """The columns of a course, oldest first."""
    rows = db.execute("SELECT * FROM line_item WHERE course_id = ? ORDER BY id", (course_id,))
    return [_line_item(row) for row in rows]


def find_line_item(db: sqlite3.Connection, course_id: str, item_id: int) -> LineItem | None:
    row = db.execute("SELECT * FROM line_item WHERE course_id = ? AND id = ?", (course_id, item_id)).fetchone()
    return _line_item(row) if row else None


def record_score(db: sqlite3.Connection, item: LineItem, score: Score) -> bool:
    """Store the score, scaled to the column and kept between 0 and its maximum.

    False, and nothing is changed, when a score with the same or a later timestamp is there: a repeated post is
    harmless. A teacher's override stays the final grade; the tool's value waits under it.
    """
    stored = find_grade(db, item.id, score.sub)
    if stored.scored_at is not None and stored.scored_at >= score.timestamp:
        return False
    value = None if score.given is None else min(max(score.given * item.maximum / score.maximum, 0.0), item.maximum)
    db.execute(
        "INSERT INTO grade (line_item_id, sub, value, comment, scored_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (line_item_id, sub) DO UPDATE SET"
        " value = excluded.value, comment = excluded.comment, scored_at = excluded.scored_at",
        (item.id, score.sub, value, score.comment, score.timestamp),
    )
    return True


def override_grade(db: sqlite3.Connection, item: LineItem, sub: str, value: float | None, now: int) -> None:
    """Set the teacher's own grade; None takes it back, and the tool's value counts again."""
    moment = None if value is None else now
    db.execute(
        "INSERT INTO grade (line_item_id, sub, override, overridden_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (line_item_id, sub) DO UPDATE SET"
        " override = excluded.override, overridden_at = excluded.overridden_at",
        (item.id, sub, value, moment),
    )


def find_grade(db: sqlite3.Connection, item_id: int, sub: str) -> Grade:
    """The cell; an empty one when nothing was ever stored."""
    row = db.execute("SELECT * FROM grade WHERE line_item_id = ? AND sub = ?", (item_id, sub)).fetchone()
    return _grade(row) if row else Grade(sub)


def list_grades(db: sqlite3.Connection, item_id: int) -> dict[str, Grade]:
    """The stored cells of a column by `sub`."""
    rows = db.execute("SELECT * FROM grade WHERE line_item_id = ?", (item_id,))
    return {row["sub"]: _grade(row) for row in rows}


def _grade(row: sqlite3.Row) -> Grade:
    return Grade(row["sub"], row["value"], row["comment"], row["scored_at"], row["override"], row["overridden_at"])


def _line_item(row: sqlite3.Row) -> LineItem:
    return LineItem(
        id=row["id"],
        course_id=row["course_id"],
        tool_id=row["tool_id"],
        activity_id=row["activity_id"],
        label=row["label"],
        maximum=row["maximum"],
        resource_id=row["resource_id"],
        tag=row["tag"],
    )
