"""One person's copy holds all of theirs and nothing of anybody else's; erased, they are nowhere."""

import base64
import json
import threading
import typing
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, update

from analytics import reader
from analytics.tables import run_snapshot
from live_session import events
from live_session.events import Logged
from live_session.model import Mode, Outcome, Proof, Standing, Tempo
from lti_tool import live
from lti_tool.extensions import db
from lti_tool.models import (
    AccessEntry,
    AttendanceDecision,
    Lesson,
    LessonRun,
    Membership,
    Person,
    PupilSlip,
    ScoreDecision,
)
from lti_tool.privacy import person as personal
from lti_tool.privacy.rules import RULES, Names
from tests.lti_tool.privacy.day import OWN, TEACHER, UPLOADS, Day, teach
from tests.lti_tool.tool import Tool
from tests.lti_tool.witness import contents

OPAQUE = {table for table, rule in RULES.items() if rule.names is Names.OPAQUE}


@pytest.fixture(scope="module")
def taught(steady_tool: Tool) -> Day:
    """For those who only read."""
    return teach(steady_tool)


@pytest.fixture
def day(any_tool: Tool) -> Day:
    return teach(any_tool)


def copy_of(day: Day, number: int) -> dict[str, Any]:
    with day.tool.inside():
        made = personal.export(personal.find(day.uids[number]))
    return dict(json.loads(json.dumps(made)))


def erase(day: Day, number: int) -> dict[str, int]:
    with day.tool.inside():
        return personal.erase(personal.find(day.uids[number]))


def everything(day: Day) -> str:
    return "\n".join(row for rows in contents(day.tool).values() for row in rows)


# --- a copy ---------------------------------------------------------------------------------------------------------


def test_a_copy_holds_all_of_a_pupils(taught: Day) -> None:
    made = copy_of(taught, 1)
    name, sub, _, short, text = OWN[1]
    assert (made["person"]["name"], made["person"]["sub"], made["person"]["uid"]) == (name, sub, taught.uids[1])
    (lesson,) = made["lessons"]
    assert lesson["run"] == taught.run_id
    assert [e["value"] for e in lesson["events"] if e["type"] == "answered"] == [
        "B", short, {"text": text, "photo": UPLOADS[1]},
    ]  # fmt: skip
    assert "seat_taken" in [e["type"] for e in lesson["events"]]
    assert lesson["attendance"]["status"] == "home"  # no proof of the room
    assert lesson["engagement"]["participant"] == lesson["attendance"]["participant"]
    assert lesson["result"] is not None
    photo = next(one for one in made["content"] if one["data"])
    assert base64.b64decode(photo["data"])[8:12] == b"WEBP"  # as it was kept
    assert sorted(one["kind"] for one in made["content"]) == ["photo", "text", "text"]
    assert [one["status"] for one in made["attendance_decision"]] == ["room"]
    assert [one["value"] for one in made["score_decision"]] == ["9.5"]
    assert [one["value"] for one in made["score"]] == ["9.5"]
    assert {one["action"] for one in made["access_entry"]} >= {"photo.seen", "report.seen", "attendance.confirmed"}
    assert len(made["membership"]) == len(made["launch_visit"]) == 1


def test_a_copy_holds_every_table_that_names_people(taught: Day) -> None:
    told = dict.fromkeys(("event", "snapshot", "run_snapshot"), "lessons")
    assert set(copy_of(taught, 1)) - {"lessons"} == {
        told.get(table, table) for table, rule in RULES.items() if rule.is_exported
    } - {"lessons"}


def test_a_copy_holds_who_looked_at_oneself_and_not_at_others(day: Day) -> None:
    """Nor what opens a door: of slips and links not even their fingerprints."""
    looks = (
        ("profile.seen", day.ids[2], "context:1"),
        ("photo.seen", day.ids[2], f"run:{day.run_id}"),
        ("report.seen", None, "run:another"),
    )
    with day.tool.inside():
        for action, subject, object_ in looks:
            entry = AccessEntry(at=1, actor_id=day.ids[0], subject_id=subject, action=action, object=object_)
            entry.request_id = "of others"
            db.session.add(entry)
        slip = PupilSlip(fingerprint="f" * 64, person_id=day.ids[1], made_by=day.ids[0], made_at=1, expires_at=1 << 42)
        slip.context_id = db.session.query(Membership).filter_by(person_id=day.ids[1]).one().context_id
        db.session.add(slip)
    made = copy_of(day, 1)
    assert "of others" not in [one["request_id"] for one in made["access_entry"]]
    assert [(one["person_id"], one["made_by"]) for one in made["pupil_slip"]] == [(day.ids[1], None)]
    assert "f" * 64 not in str(made)


NAMING: dict[str, tuple[events.Event, dict[str, Any]]] = {
    "seat_taken": (
        events.SeatTaken("me", "my-claim", Standing.LAUNCHED, Mode.ROOM, Proof.DECLARED),
        {"participant": "me", "claim": "my-claim", "standing": "launched", "mode": "room", "proof": "declared"},
    ),
    "seat_moved": (
        events.SeatMoved("me", "my-claim", Mode.HOME, Proof.DECLARED),
        {"participant": "me", "claim": "my-claim", "mode": "home", "proof": "declared"},
    ),
    "seat_released": (events.SeatReleased("me"), {"participant": "me"}),
    "seats_confirmed": (
        events.SeatsConfirmed({"me": ("my-claim",), "other": ("their-claim",)}),
        {"claims": ["my-claim"]},
    ),
    "answered": (
        events.Answered(
            "other", "their-claim", "q", 1, "B", 5, Outcome.ACCEPTED, team={"me": "my-claim", "other": "their-claim"}
        ),
        {
            "participant": "me", "claim": "my-claim", "activity": "q", "round": 1, "value": "B", "composed_at": 5,
            "outcome": "accepted",
        },
    ),
    "post_withdrawn": (
        events.PostWithdrawn("me", "my-claim", "q", 1, 2),
        {"participant": "me", "claim": "my-claim", "activity": "q", "round": 1, "number": 2},
    ),
    "reacted": (
        events.Reacted("me", "my-claim", "q", 1, 2, "vote"),
        {"participant": "me", "claim": "my-claim", "activity": "q", "round": 1, "number": 2, "what": "vote"},
    ),
    "looked_up": (
        events.LookedUp("me", "my-claim", "q"),
        {"participant": "me", "claim": "my-claim", "activity": "q"},
    ),
    "talk_began": (events.TalkBegan("q", 1, (("other",), ("me", "third"))), {"activity": "q"}),
    "groups_formed": (events.GroupsFormed("q", (("other",), ("me", "third"))), {"activity": "q"}),
    "member_moved": (events.MemberMoved("q", "me", 2), {"activity": "q", "participant": "me", "to": 2}),
    "team_joined": (events.TeamJoined("other", "their-claim", "me", "my-claim"), {"claim": "my-claim"}),
    "team_left": (events.TeamLeft("me"), {"participant": "me"}),
    "extra_time_given": (events.ExtraTimeGiven("me", 25), {"participant": "me", "percent": 25}),
    "hand_raised": (events.HandRaised("me", "my-claim"), {"participant": "me", "claim": "my-claim"}),
    "hands_lowered": (events.HandsLowered(("other", "me")), {}),
    "pace_said": (
        events.PaceSaid("me", "my-claim", Tempo.FAST),
        {"participant": "me", "claim": "my-claim", "what": "fast"},
    ),
    "pupil_called": (events.PupilCalled("me"), {"participant": "me"}),
    "pupil_picked": (events.PupilPicked("me"), {"participant": "me"}),
    "presence_seen": (
        events.PresenceSeen({"other": (1, 2), "me": (3, 4)}, {"other": (0, 1), "me": (2, 3)}),
        {"seen": [3, 4], "awake": [2, 3]},
    ),
}  # fmt: skip
"""Every kind of event that names pupils, and what it says of the one whose copy is made."""


def test_every_kind_of_event_that_names_pupils_is_known() -> None:
    """By its members: a new one that holds people stands here, too."""
    people = {"participant", "participants", "host", "seen", "claims", "team", "groups"}
    naming = {
        kind.__struct_config__.tag for kind in typing.get_args(events.Event) if people & set(kind.__struct_fields__)
    }
    assert naming == set(NAMING)


@pytest.mark.parametrize("kind", NAMING)
def test_a_part_of_an_event_is_ones_own_alone(kind: str) -> None:
    event, told = NAMING[kind]
    assert personal.part_of(events.Logged(1, "c", 9, "server", event), "me") == {"type": kind, **told}
    assert personal.part_of(events.Logged(1, "c", 9, "server", event), "nobody") is None
    assert personal.part_of(events.Logged(1, "c", 9, "nobody", event), "nobody") == {"type": kind}


def test_the_pupil_whose_phone_it_is_has_the_answer_too() -> None:
    event, _ = NAMING["answered"]
    part = personal.part_of(events.Logged(1, "c", 9, "other", event), "other")
    assert part
    assert (part["participant"], part["claim"], part["value"]) == ("other", "their-claim", "B")
    assert "team" not in part
    joined, _ = NAMING["team_joined"]
    assert personal.part_of(events.Logged(1, "c", 9, "server", joined), "other") == {"type": "team_joined"}


@pytest.mark.parametrize(("number", "other"), [(1, 2), (2, 1)])
def test_a_copy_holds_nothing_of_another_pupils_nor_the_teachers_name(taught: Day, number: int, other: int) -> None:
    text = json.dumps(copy_of(taught, number), ensure_ascii=False)
    foreign = [
        *OWN[other],
        UPLOADS[other],
        taught.uids[other],
        taught.uids[3],
        taught.uids[0],
        *TEACHER,
        "Lê Gia Bảo",
        "pupil-3",
    ]
    assert [one for one in foreign if one in text] == []


def test_a_copy_holds_no_id_of_another_person(taught: Day) -> None:
    """Ids alone name nobody to a pupil; to the school's own people they do."""
    others = set(taught.ids.values()) - {taught.ids[1]}
    made = copy_of(taught, 1)
    held = {
        (table, name)
        for table, rows in made.items()
        if isinstance(rows, list) and table not in ("lessons", "content")
        for row in rows
        for name, value in row.items()
        if name in ("person_id", "actor_id", "subject_id", "decided_by", "author_id", "started_by") and value in others
    }
    assert held == set()


def test_a_teachers_copy_holds_their_lessons_and_no_pupils_words(taught: Day) -> None:
    made = copy_of(taught, 0)
    text = json.dumps(made, ensure_ascii=False)
    assert [one["title"] for one in made["lesson"]] == ["Hệ thức Vi-ét"]
    assert [one["run_id"] for one in made["lesson_run"]] == [taught.run_id]
    assert {one["action"] for one in made["access_entry"]} >= {"report.seen", "photo.seen", "roster.seen"}
    assert [one for n in (1, 2) for one in (*OWN[n], taught.uids[n]) if one in text] == []


def test_somebody_who_took_no_part_has_a_copy_too(taught: Day) -> None:
    made = copy_of(taught, 3)
    assert made["lessons"] == made["content"] == []
    assert [one["status"] for one in made["attendance_decision"]] == ["absent"]


# --- erasure --------------------------------------------------------------------------------------------------------


def test_an_e_mail_address_is_never_kept(taught: Day) -> None:
    kept = everything(taught)
    assert OWN[1][4] in kept
    assert "@" not in "".join(contents(taught.tool, without=["tool_key"])["person"])
    assert [n for n in (1, 2) if OWN[n][2] in kept] == []


def test_an_erased_pupil_is_nowhere(day: Day) -> None:
    removed = erase(day, 1)
    assert removed["person"] == removed["membership"] == removed["launch_visit"] == 1
    assert removed["content"] == 3
    assert removed["attendance_decision"] == removed["score_decision"] == removed["score"] == 1
    day.tool.jobs().round()  # what jobs compute anew must not bring them back
    kept = contents(day.tool)
    held = {(table, one) for table, rows in kept.items() for one in OWN[1] for row in rows if one in row}
    assert held == set()
    with_uid = {table for table, rows in kept.items() if any(day.uids[1] in row for row in rows)}
    assert with_uid <= OPAQUE  # an id that no table turns into a name any more
    assert f"'{UPLOADS[1]}'" not in str(kept["content"])


def test_no_row_refers_to_the_erased(day: Day) -> None:
    erase(day, 1)
    with day.tool.inside():
        for model in (AccessEntry, AttendanceDecision, ScoreDecision):
            assert db.session.query(model).count() > 0
        assert {one.subject_id for one in db.session.query(AccessEntry)} == {None}
        assert db.session.query(AttendanceDecision).filter_by(person_id=day.ids[1]).count() == 0


def test_erasing_leaves_all_others_as_they_were(day: Day) -> None:
    before = copy_of(day, 2)
    erase(day, 1)
    day.tool.jobs().round()
    after = copy_of(day, 2)
    assert after == before


def test_the_log_still_folds_and_the_lesson_is_still_reported(day: Day) -> None:
    before = contents(day.tool)
    erase(day, 1)
    after = contents(day.tool)
    assert (after["event"], after["run"]) == (before["event"], before["run"])
    folds = day.tool.app.extensions["giotay"].folds
    folds._states.clear()
    with day.tool.inside():
        state = live.state_of(day.run_id)
        values = {r.value for given in state.responses.values() for who, r in given.items() if who == day.uids[1]}
        assert values == {"B", None}  # a chosen letter says nothing of anybody; words are gone
    day.tool.jobs().round()
    page = day.teacher.get(f"runs/{day.run_id}/report")
    assert page.status_code == 200
    assert OWN[2][4] in page.text
    assert [one for one in OWN[1] if one in page.text] == []
    assert day.teacher.get(f"runs/{day.run_id}/attendance?all=1").status_code == 200
    assert contents(day.tool)["lesson_count"] == before["lesson_count"]


def test_an_erased_pupils_phone_is_sent_away(day: Day) -> None:
    assert day.pupils[1].get("lesson").status_code == 200
    erase(day, 1)
    assert day.pupils[1].get("lesson").status_code == 404
    assert day.pupils[2].get("lesson").status_code == 200


def test_an_erased_teacher_leaves_lessons_and_decisions_without_a_name(day: Day) -> None:
    removed = erase(day, 0)
    assert (removed["lesson"], removed["lesson_run"]) == (1, 1)
    kept = everything(day)
    assert TEACHER[0] not in kept
    with day.tool.inside():
        assert [one.author_id for one in db.session.query(Lesson)] == [None]
        assert [one.started_by for one in db.session.query(LessonRun)] == [None]
        assert {one.decided_by for one in db.session.query(AttendanceDecision)} == {None}
        assert {one.decided_by for one in db.session.query(ScoreDecision)} == {None}
        assert db.session.query(AttendanceDecision).count() == 3
    assert copy_of(day, 1)["score"]


def test_who_comes_again_is_somebody_new(day: Day) -> None:
    erase(day, 1)
    again = day.tool.pupil(1)
    assert again.get("lesson").status_code == 200
    with day.tool.inside():
        assert day.tool.person("pupil-1").uid != day.uids[1]
    assert copy_of(Day(**{**vars(day), "uids": {1: _uid(day)}}), 1)["lessons"] == []


def _uid(day: Day) -> str:
    with day.tool.inside():
        return day.tool.person("pupil-1").uid


# --- finding --------------------------------------------------------------------------------------------------------


def test_people_are_found_by_a_part_of_their_name(tool: Tool) -> None:
    tool.set_up(pupils=3)
    with tool.inside():
        db.session.add(Person(name="100% Đúng_Rồi", given_name="Rồi", created_at=1))
        db.session.flush()
        assert [p.name for p in personal.search("Hoài")] == ["Trần Hoài An"]
        assert [p.name for p in personal.search("0%")] == ["100% Đúng_Rồi"]
        assert [p.name for p in personal.search("g_R")] == ["100% Đúng_Rồi"]
        assert personal.search("%%") == []
        assert personal.find(personal.search("Hoài")[0].uid).name == "Trần Hoài An"
        with pytest.raises(LookupError):
            personal.find("nobody")


def test_who_is_erased_while_a_job_reads_their_lesson_does_not_come_back_with_it(
    postgres_tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job has read their words and has written nothing yet. SQLite lets one write after the other anyway."""
    day = teach(postgres_tool)
    with postgres_tool.inside():
        engine = db.engine
        db.session.execute(update(run_snapshot).values(seq=0))  # read anew, as after an upgrade
    erasing, read = threading.Thread(target=erase, args=(day, 1)), reader.read_log

    def is_waited_for() -> bool:
        """Somebody waits for a lock of this database."""
        with engine.connect() as own:
            waits = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            return bool(own.exec_driver_sql(waits).scalar())

    def read_and_erase(connection: Connection, run_id: str) -> Sequence[Logged]:
        found = read(connection, run_id)
        if run_id == day.run_id and erasing.ident is None:
            erasing.start()
            while erasing.is_alive() and not is_waited_for():
                pass
        return found

    monkeypatch.setattr(reader, "read_log", read_and_erase)
    postgres_tool.jobs().round()
    erasing.join()
    kept = contents(day.tool)
    assert {(table, one) for table, rows in kept.items() for one in OWN[1] for row in rows if one in row} == set()
