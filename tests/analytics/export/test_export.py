"""What goes out for other systems: valid, the same every time, and nothing of a pupil's words."""

import json

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from analytics.export import caliper, xapi
from analytics.export.deeds import Course, Did, Judged, Lesson, lesson_of
from analytics.export.moments import moment, span
from analytics.presence import Thresholds
from live_session.commands import Open, Raise, Shut
from live_session.model import Standing
from tests.analytics.export.caliper_schema import schema
from tests.analytics.teaching import end, facts_of, lesson, pass_minutes
from tests.live_session.build import NOW, SAMPLES, Book, activity, pupil

CASE = "https://example.org/ims/case/v1p1/uri/0198c0de-0000-7000-8000-000000000001"
COURSE = Course("https://giotay.example.edu.vn", "c-1", "Toán", {"Hệ thức Vi-ét": CASE})
KINDS = ("single", "number", "open", "poll", "rating", "board", "multiple", "cloud")
NAMES = {"an": "pseudonym-1", "binh": "pseudonym-2"}


def taught() -> Book:
    deck = [replace(activity(kind, f"q-{kind}"), objective="Hệ thức Vi-ét") for kind in KINDS]
    book = lesson(*deck).seat("an", "binh").seat("la", standing=Standing.PICKED)
    for one in deck:
        book.do(Open(one.id))
        shown = book.clock()
        pass_minutes(book, 2, "an", "binh")
        for who in ("an", "la"):
            book.answer(who, one.id, SAMPLES[one.kind].values[-1], shown_at=shown, composed_at=shown + 12_500)
        book.do(Shut(one.id))
    book.do(Raise(), actor=pupil("binh"))
    return end(book)


@pytest.fixture(scope="module")
def given() -> Lesson:
    book = taught()
    return lesson_of("run-1", "Phương trình", facts_of(book), book.log, NAMES, Thresholds())


def test_deeds_are_of_pupils_who_were_vouched_for_and_named(given: Lesson) -> None:
    assert {deed.pupil for deed in given.deeds} == set(NAMES.values())
    assert [deed.did for deed in given.deeds if deed.pupil == "pseudonym-2"] == [
        Did.JOINED, Did.RAISED_HAND, Did.LEFT, Did.ATTENDED,
    ]  # fmt: skip
    done = [deed.did for deed in given.deeds if deed.pupil == "pseudonym-1"]
    assert done.count(Did.ANSWERED) == sum(a.kind in ("single", "number", "multiple") for a in given.deck.values())
    assert done.count(Did.POSTED) == 1
    assert len({given.deed_id(deed) for deed in given.deeds}) == len(given.deeds)


def test_statements_are_valid_xapi(given: Lesson) -> None:
    statements = pytest.importorskip("ralph.models.xapi.base.statements")
    for one in xapi.statements(COURSE, given):
        statements.BaseXapiStatement(**json.loads(json.dumps(one)))


def test_events_are_valid_caliper(given: Lesson) -> None:
    sent = json.loads(json.dumps(caliper.envelope(COURSE, given, NOW)))
    found = [f"{list(e.absolute_path)}: {e.message[:300]}" for e in Draft202012Validator(schema()).iter_errors(sent)]
    assert found == []
    broken = {**sent, "data": [{**sent["data"][0], "action": "Looked"}]}
    assert list(Draft202012Validator(schema()).iter_errors(broken))


JUDGED = (
    Judged("marks/2026-2027/1/regular1", "ĐĐGtx 1 · Học kì I", "pseudonym-1", "teacher-1", NOW, 8.3, 10),
    Judged("lessons/run-1", "Phương trình", "pseudonym-2", "", NOW, 0.0, 10),  # by whom is not known any more
)


def test_what_teachers_judged_is_valid_in_both(given: Lesson) -> None:
    statements = pytest.importorskip("ralph.models.xapi.base.statements")
    for one in JUDGED:
        statements.BaseXapiStatement(**json.loads(json.dumps(xapi.scored(COURSE, one))))
    sent = json.loads(json.dumps(caliper.judgements(COURSE, JUDGED, NOW)))
    found = [f"{list(e.absolute_path)}: {e.message[:300]}" for e in Draft202012Validator(schema()).iter_errors(sent)]
    assert found == []
    first, second = sent["data"]
    assert (first["actor"]["type"], second["actor"]["type"]) == ("Person", "SoftwareApplication")
    assert (first["generated"]["scoreGiven"], first["generated"]["maxScore"]) == (8.3, 10)
    said = xapi.scored(COURSE, JUDGED[0])
    assert said["result"]["score"] == {"scaled": 0.83, "raw": 8.3, "min": 0, "max": 10}
    assert said["context"]["instructor"]["account"]["name"] == "teacher-1"
    assert "instructor" not in xapi.scored(COURSE, JUDGED[1])["context"]
    assert len({one.id for one in JUDGED}) == 2


def test_work_at_ones_own_pace_says_nothing_of_presence() -> None:
    book = taught()
    found = lesson_of("run-1", "Ôn tập", facts_of(book), book.log, NAMES, None)
    assert {deed.did for deed in found.deeds} == {Did.ANSWERED, Did.RESPONDED, Did.POSTED, Did.RAISED_HAND}


def test_no_word_of_a_pupil_and_no_opaque_id_goes_out(given: Lesson) -> None:
    out = json.dumps([list(xapi.statements(COURSE, given)), caliper.envelope(COURSE, given, NOW)], ensure_ascii=False)
    for kind in ("open", "board", "cloud"):
        for text in _texts(SAMPLES[kind].values[-1]):
            assert f'"{text}"' not in out
    assert not any(f'"{who}"' in out or f'/{who}"' in out or f"/{who}/" in out for who in NAMES)


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    return [value] if isinstance(value, str) and len(value) > 2 else []


def test_the_same_lesson_gives_the_same_ids(given: Lesson) -> None:
    book = taught()
    again = lesson_of("run-1", "Phương trình", facts_of(book), book.log, NAMES, Thresholds())
    assert list(xapi.statements(COURSE, again)) == list(xapi.statements(COURSE, given))


def test_objectives_stand_by_the_identifier_that_the_school_gave(given: Lesson) -> None:
    answered = next(one for one in xapi.statements(COURSE, given) if "answered" in one["verb"]["id"])
    assert answered["context"]["contextActivities"]["other"][0]["id"] == CASE
    assert COURSE.objective("Khác").startswith("urn:uuid:")
    item = next(one for one in caliper.events(COURSE, given) if one["type"] == "AssessmentItemEvent")
    assert item["object"]["learningObjectives"][0]["id"] == CASE


def test_moments_and_spans() -> None:
    assert moment(NOW) == "2025-12-01T01:00:00.000Z"
    assert [span(ms) for ms in (0, 12_500, 60_000)] == ["PT0S", "PT12.5S", "PT60S"]
