"""One rule for every table: whom it names, how long it is kept, what export shows and erasure does. A test lists every
table of the database and fails on one without a rule."""

from dataclasses import dataclass
from enum import StrEnum


class Names(StrEnum):
    """Whom a table's rows can be traced to."""

    NOBODY = "nobody"
    PERSON = "person"
    OPAQUE = "opaque"
    """Only by an opaque id that the person table alone turns into a name: erasing that row makes these nameless."""


class OnErase(StrEnum):
    """What erasing one person does to the rows that name them."""

    NOTHING = "nothing"
    DELETE = "delete"
    UNNAME = "unname"
    """The row stays (time and value), the person in it goes."""


@dataclass(frozen=True)
class Rule:
    """`column` holds the person (a person's id, or their opaque id). `keep` says in words how long."""

    names: Names
    keep: str
    column: str = ""
    on_erase: OnErase = OnErase.NOTHING
    is_exported: bool = False


NOBODY = Rule(Names.NOBODY, "as long as the installation")

RULES: dict[str, Rule] = {
    # people
    "person": Rule(Names.PERSON, "while in a course, then retention_days", "id", OnErase.DELETE, True),
    "membership": Rule(Names.PERSON, "as the person", "person_id", OnErase.DELETE, True),
    "remembered_phone": Rule(Names.PERSON, "one school year", "person_id", OnErase.DELETE, True),
    "grant": Rule(Names.PERSON, "until it ends, then retention_days", "person_id", OnErase.DELETE, True),
    # launches
    "launch_visit": Rule(Names.PERSON, "12 hours", "person_id", OnErase.DELETE, True),
    "launch_browser": Rule(Names.NOBODY, "as its launch"),
    "window_code": Rule(Names.NOBODY, "one minute"),
    "launch_state": Rule(Names.NOBODY, "ten minutes"),
    # platforms
    "registration": NOBODY,
    "deployment": NOBODY,
    "context": NOBODY,
    "resource_link": NOBODY,
    "tool_key": NOBODY,
    "platform_key_set": NOBODY,
    "platform_token": Rule(Names.NOBODY, "until it expires"),
    "registration_invite": Rule(Names.NOBODY, "until it expires"),
    # school
    "school_class": NOBODY,
    "course": NOBODY,
    "course_class": NOBODY,
    # lessons
    "lesson": Rule(Names.PERSON, "as long as the installation", "author_id", OnErase.UNNAME, True),
    "lesson_activity": NOBODY,
    "picture": NOBODY,
    "lesson_run": Rule(Names.PERSON, "retention_days", "started_by", OnErase.UNNAME, True),
    "attendance_decision": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True),
    "score_decision": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True),
    # scores on their way
    "line_item": NOBODY,
    "score": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True),
    # the log
    "run": NOBODY,
    "event": Rule(Names.OPAQUE, "retention_days", "", OnErase.NOTHING, True),
    "content": Rule(Names.OPAQUE, "retention_days", "participant", OnErase.DELETE, True),
    # analytics
    "run_snapshot": Rule(Names.OPAQUE, "as its run", "", OnErase.DELETE, True),
    "lesson_count": Rule(Names.NOBODY, "as long as the installation"),
    "class_week": Rule(Names.NOBODY, "as long as the installation"),
    # who saw what
    "access_entry": Rule(Names.PERSON, "access_log_days", "actor_id, subject_id", OnErase.UNNAME, True),
    # the schema
    "alembic_version": NOBODY,
}
