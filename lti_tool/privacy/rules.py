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
    """`column` holds the person (a person's id, or their opaque id); several are parted by ", ". `also` holds who is
    named beside them (who decided): erasing those takes their id out and leaves the row. `keep` says how long."""

    names: Names
    keep: str
    column: str = ""
    on_erase: OnErase = OnErase.NOTHING
    is_exported: bool = False
    also: str = ""


NOBODY = Rule(Names.NOBODY, "as long as the installation")

RULES: dict[str, Rule] = {
    # people
    "person": Rule(
        Names.PERSON,
        "while in a course that is alive, then retention_days; a seat without a name: a day",
        "id",
        OnErase.DELETE,
        True,
    ),
    "membership": Rule(Names.PERSON, "as the person", "person_id", OnErase.DELETE, True),
    "remembered_phone": Rule(Names.PERSON, "one school year", "person_id", OnErase.DELETE, True),
    "teacher_consent": Rule(Names.PERSON, "until the teacher takes it back", "person_id", OnErase.DELETE, True),
    "grant": Rule(Names.PERSON, "until it ends, then retention_days", "person_id", OnErase.DELETE, True),
    # launches
    "launch_visit": Rule(Names.PERSON, "12 hours", "person_id", OnErase.DELETE, True),
    "launch_browser": Rule(Names.NOBODY, "as its launch"),
    "window_code": Rule(Names.NOBODY, "one minute"),
    "spent_state": Rule(Names.NOBODY, "ten minutes"),
    # platforms
    "registration": NOBODY,
    "deployment": NOBODY,
    "context": NOBODY,
    "resource_link": NOBODY,
    "tool_key": NOBODY,
    "platform_key_set": NOBODY,
    "platform_token": Rule(Names.NOBODY, "until it expires"),
    "registration_invite": Rule(Names.NOBODY, "until it expires"),
    "refusal": Rule(Names.NOBODY, "30 days"),
    # school
    "school_class": NOBODY,
    "course": NOBODY,
    "course_class": NOBODY,
    "paper_card": Rule(Names.PERSON, "as the person", "person_id", OnErase.DELETE, True),
    "seat_plan": NOBODY,
    "planned_seat": Rule(Names.PERSON, "as the person", "person_id", OnErase.DELETE, True),
    "school_rule": Rule(Names.PERSON, "as long as the installation", "set_by", OnErase.UNNAME, True),
    "objective_key": Rule(Names.PERSON, "as long as the installation", "set_by", OnErase.UNNAME, True),
    # lessons
    "lesson": Rule(Names.PERSON, "as long as the installation", "author_id", OnErase.UNNAME, True),
    "lesson_activity": NOBODY,
    "lesson_version": Rule(
        Names.PERSON, "the newest steps, then one a day for 30 days", "saved_by", OnErase.UNNAME, True
    ),
    "picture": NOBODY,
    "lesson_run": Rule(Names.PERSON, "retention_days", "started_by", OnErase.UNNAME, True),
    "practice": Rule(Names.PERSON, "retention_days", "opened_by", OnErase.UNNAME, True),
    "practice_pupil": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True, also="added_by"),
    "attendance_decision": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True, also="decided_by"),
    "recording": Rule(Names.PERSON, "retention_days", "added_by", OnErase.UNNAME, True),
    "meeting_presence": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True, also="imported_by"),
    "page_leaving": Rule(Names.PERSON, "7 days", "person_id", OnErase.DELETE, True),
    "roll_word": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True, also="said_by"),
    "excuse": Rule(Names.PERSON, "retention_days after it ended", "person_id", OnErase.DELETE, True, also="entered_by"),
    "spot_check": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True, also="said_by"),
    "period_entry": Rule(Names.PERSON, "retention_days", "teacher_id", OnErase.UNNAME, True, also="saved_by"),
    "observation": Rule(Names.PERSON, "as its lesson's run", "teacher_id", OnErase.UNNAME, True, also="observer_id"),
    "score_decision": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True, also="decided_by"),
    "profile_entry": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True, also="written_by"),
    "assessment": Rule(Names.PERSON, "as long as the installation", "made_by", OnErase.UNNAME, True),
    "assessed_question": Rule(Names.NOBODY, "as its lesson's run"),
    "judged_level": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True, also="judged_by"),
    "term_comment": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True, also="made_by"),
    "family_link": Rule(
        Names.PERSON, "until it ends, then retention_days", "person_id", OnErase.DELETE, True, also="made_by"
    ),
    "pupil_slip": Rule(
        Names.PERSON, "until it ends, then retention_days", "person_id", OnErase.DELETE, True, also="made_by"
    ),
    "family_opening": Rule(Names.NOBODY, "as its link"),
    "family_word": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True),
    "consent": Rule(Names.PERSON, "as the person", "person_id", OnErase.DELETE, True, also="recorded_by"),
    "conduct": Rule(Names.PERSON, "retention_days", "person_id", OnErase.UNNAME, True, also="made_by"),
    "exemption": Rule(Names.PERSON, "retention_days", "person_id", OnErase.UNNAME, True, also="made_by"),
    "mark": Rule(Names.PERSON, "retention_days", "person_id", OnErase.UNNAME, True, also="made_by"),
    # scores on their way
    "line_item": NOBODY,
    "score": Rule(Names.PERSON, "retention_days", "person_id", OnErase.DELETE, True),
    # the log
    "run": NOBODY,
    "event": Rule(Names.OPAQUE, "retention_days", "", OnErase.NOTHING, True),
    "snapshot": Rule(Names.OPAQUE, "as its run", "", OnErase.NOTHING, True),
    "content": Rule(Names.OPAQUE, "retention_days", "participant", OnErase.DELETE, True),
    # analytics
    "run_snapshot": Rule(Names.OPAQUE, "as its run", "", OnErase.DELETE, True),
    "lesson_count": Rule(Names.NOBODY, "as long as the installation"),
    "class_parity": Rule(Names.NOBODY, "as long as the installation"),
    "class_week": Rule(Names.NOBODY, "as long as the installation"),
    "item_asked": Rule(Names.NOBODY, "as its run"),
    "item_snapshot": Rule(Names.NOBODY, "as long as the installation"),
    # the student model
    "mastery_cursor": NOBODY,
    "mastery_run": Rule(Names.NOBODY, "as its run"),
    "mastery_answer": Rule(Names.OPAQUE, "as its run", "pupil", OnErase.UNNAME, True),
    "mastery_seen": Rule(Names.OPAQUE, "as its run", "pupil", OnErase.UNNAME, True),
    "mastery_alias": NOBODY,
    "mastery_model": NOBODY,
    "mastery_head": NOBODY,
    "mastery_difficulty": Rule(Names.NOBODY, "as the runs it follows from"),
    "mastery_estimate": Rule(Names.OPAQUE, "as the runs it follows from", "pupil", OnErase.UNNAME, True),
    "mastery_underway": Rule(Names.OPAQUE, "until its lesson is over", "pupil", OnErase.DELETE, True),
    "mastery_point": Rule(Names.OPAQUE, "as its run", "pupil", OnErase.UNNAME, True),
    # who saw what
    "access_entry": Rule(Names.PERSON, "access_log_days", "actor_id, subject_id", OnErase.UNNAME, True),
    # the schema
    "alembic_version": NOBODY,
}
