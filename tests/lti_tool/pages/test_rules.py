"""The school's rules: who set what, from when on it counts, and what is refused."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import msgspec
import pytest

from analytics import reader
from analytics.presence import Thresholds
from analytics.regulations.circular_22_2021 import Reading
from lti_tool.clock import local, now, school_year
from lti_tool.extensions import db
from lti_tool.lessons import school_rules
from lti_tool.lessons.school_rules import FIELDS
from lti_tool.models import LessonRun, SchoolRule
from tests.analytics.teaching import end, lesson, pass_minutes, store
from tests.live_session.build import NOW
from tests.lti_tool.tool import SINGLE, Tool
from tests.lti_tool.witness import contents

DEFAULTS = {
    "present_share": "80", "late_after": "5", "early_before": "10", "merge_gap": "90", "code_lasts": "60",
    "face_down_before": "2", "face_down_after": "3", "outage_share": "50", "outage_least": "5", "outage_within": "30",
    "voice_target": "1", "behaviours": "Giúp bạn\nTập trung", "headings": "Mục tiêu\nGóp ý", "server_gap": "150",
    "month_least": "2", "warn_days": "10",
    "half_day_most": "2", "row_most": "1", "share_target": "10", "exempt": "Giáo dục thể chất\nTD",
}  # fmt: skip


def in_force(tool: Tool) -> Thresholds:
    with tool.inside():
        return school_rules.at(tool.registration().id, now()).thresholds


def test_the_form_shows_every_threshold_that_may_be_set(tool: Tool) -> None:
    tool.set_up()
    page = tool.head().get("rules").text
    assert "Giúp bạn" in page
    assert {name for name in FIELDS if f'name="{name}" value="{DEFAULTS[name]}"' in page} == set(FIELDS)


def test_what_was_set_counts_from_then_on_and_says_who_set_it(either_tool: Tool) -> None:
    either_tool.set_up()
    head = either_tool.head()
    assert head.post("rules", **{**DEFAULTS, "late_after": "10", "present_share": "75"}).status_code == 303
    found = in_force(either_tool)
    assert (found.late_after, found.present_share, found.version) == (600_000, 0.75, 2)
    with either_tool.inside():
        assert school_rules.at(either_tool.registration().id, now()).behaviours == ("Giúp bạn", "Tập trung")
    assert found.early_before == Thresholds().early_before
    with either_tool.inside():
        name = either_tool.person("head-1").name
    assert re.search(rf"<li>Bản 2, .* · {name}</li>", head.get("rules").text)


def test_a_reading_of_the_circular_is_chosen_and_others_are_refused(tool: Tool) -> None:
    tool.set_up()
    head = tool.head()
    assert head.post("rules", **{**DEFAULTS, "reading": "loose"}).status_code == 422
    assert head.post("rules", **{**DEFAULTS, "reading": "widest"}).status_code == 303
    assert head.post("rules", **{**DEFAULTS, "late_after": "10"}).status_code == 303  # not sent: as it stands
    assert re.search(r'<option value="widest" selected>', head.get("rules").text)
    with tool.inside():
        school, at = tool.registration().id, now()
        assert school_rules.at(school, at).reading is Reading.WIDEST
        assert school_rules.reading_of(school, school_year(local(at).date())) is Reading.WIDEST
        assert school_rules.reading_of(school, "2024-2025") is Reading.STRICT  # it was over before this was set


def test_the_last_day_of_the_school_year_is_set_for_that_year_alone(tool: Tool) -> None:
    """Until then it is the last before the next one begins. What cannot be one is refused, and nothing is kept."""
    tool.set_up()
    head = tool.head()
    with tool.inside():
        year = school_year(local(now()).date())
    first, second = map(int, year.split("-"))
    assert f'name="year_end" value="{second}-07-31"' in head.get("rules").text
    for wrong in (f"{second}-08-01", f"{first}-12-31", f"{second}-01-16", "31/5", ""):
        answer = head.post("rules", **{**DEFAULTS, "year_end": wrong})
        assert answer.status_code == 422
        assert f"Chọn một ngày từ 17/01/{second} đến 31/07/{second}." in answer.text
    assert head.post("rules", **{**DEFAULTS, "year_end": f"{second}-05-29"}).status_code == 303
    assert head.post("rules", **{**DEFAULTS, "late_after": "10"}).status_code == 303  # not sent: as it stands
    assert f'name="year_end" value="{second}-05-29"' in head.get("rules").text
    with tool.inside():
        school = tool.registration().id
        assert school_rules.year_end(school, year) == date(second, 5, 29)
        assert school_rules.year_end(school, f"{second}-{second + 1}") == date(second + 1, 7, 31)
        assert [one.version for one in school_rules.history(school)] == [3, 2]


def test_saving_the_same_again_is_no_new_version(tool: Tool) -> None:
    tool.set_up()
    head = tool.head()
    for late_after in ("5", "10", "10"):
        assert head.post("rules", **{**DEFAULTS, "late_after": late_after}).status_code == 303
    with tool.inside():
        assert [one.version for one in school_rules.history(tool.registration().id)] == [3, 2]  # the first set the list


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("late_after", "0"), ("late_after", "31"), ("late_after", "năm"), ("late_after", ""), ("late_after", "5.5"),
        ("present_share", "101"), ("present_share", "-80"), ("outage_least", "٥"), ("merge_gap", "9" * 400),
    ],
)  # fmt: skip
def test_what_no_threshold_can_be_is_refused_and_changes_nothing(tool: Tool, name: str, text: str) -> None:
    tool.set_up()
    head = tool.head()
    before = contents(tool, ["access_entry"])
    answer = head.post("rules", **{**DEFAULTS, "early_before": "12", name: text})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 1
    assert 'name="early_before" value="12"' in answer.text  # what was right stays typed
    assert contents(tool, ["access_entry"]) == before


def test_a_lesson_goes_by_the_rules_in_force_when_it_began(tool: Tool) -> None:
    teacher = tool.set_up()
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        uid, school = tool.person("pupil-1").uid, tool.registration().id
        run = db.session.get_one(LessonRun, run_id)
        for version, at, late_after in ((2, run.started_at - 1, 3), (3, run.started_at + 1, 20)):
            rules = school_rules.SchoolRules(Thresholds(late_after=late_after * 60_000, version=version))
            body = msgspec.json.encode(rules).decode()
            db.session.add(SchoolRule(registration_id=school, version=version, body=body, at=at))
        book = pass_minutes(lesson(), 4).seat(uid)
        store(db.session.connection(), end(pass_minutes(book, 41, uid)), run_id)
    tool.jobs().round()
    with tool.inside():
        stored = reader.snapshot_of(db.session.connection(), run_id)
        assert stored
        found = stored.snapshot.proposals[uid]
        assert (found.is_late, found.version) == (True, 2)
        assert found.first == NOW + 4 * 60_000


def test_how_many_contributions_are_a_whole_one_reaches_the_job(tool: Tool) -> None:
    tool.set_up()
    assert tool.head().post("rules", **{**DEFAULTS, "voice_target": "3"}).status_code == 303
    with tool.inside():
        norm = school_rules.at(tool.registration().id, now()).norm
        assert (norm.voice_target, norm.version) == (3, 2)


def test_what_another_saved_meanwhile_is_not_undone_by_who_has_not_seen_it(tool: Tool) -> None:
    tool.set_up()
    head = tool.head()
    assert re.findall(r'name="seen" value="(\d+)"', head.get("rules").text) == ["1"]
    assert head.post("rules", **{**DEFAULTS, "late_after": "10", "seen": "1"}).status_code == 303
    answer = head.post("rules", **{**DEFAULTS, "early_before": "12", "seen": "1"})
    assert (answer.status_code, in_force(tool).version) == (409, 2)
    assert "Có người vừa lưu bản 2" in answer.text
    assert 'name="early_before" value="12"' in answer.text  # what was typed stays
    assert re.findall(r'name="seen" value="(\d+)"', answer.text) == ["2"]  # who has been told may save
    assert head.post("rules", **{**DEFAULTS, "early_before": "12", "seen": "2"}).status_code == 303
    assert in_force(tool).version == 3


def test_of_four_who_save_at_once_one_does_and_the_others_are_told(any_tool: Tool) -> None:
    any_tool.set_up()
    heads = [any_tool.head() for _ in range(4)]
    sent = [{**DEFAULTS, "late_after": str(6 + n), "seen": "1"} for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda n: heads[n].post("rules", **sent[n]).status_code, range(4)))
    assert sorted(said) == [303, 409, 409, 409]
    assert in_force(any_tool).late_after == (6 + said.index(303)) * 60_000


def test_the_subjects_that_are_exempt_are_the_schools(tool: Tool) -> None:
    tool.set_up()
    head = tool.head()
    assert "GDTC\nThể dục\nTD\n" in head.get("rules").get_data(as_text=True)
    assert head.post("rules", **{**DEFAULTS, "exempt": "Âm nhạc\nTD"}).status_code == 303
    with tool.inside():
        assert school_rules.at(tool.registration().id, now()).periods.exempt == ("Âm nhạc", "TD")
    assert "Âm nhạc\nTD</textarea>" in head.get("rules").get_data(as_text=True)


@pytest.mark.parametrize("name", school_rules.LISTS)
@pytest.mark.parametrize("text", ["", "  \n ", "x" * 61, "\n".join(f"hành vi {n}" for n in range(13))])
def test_a_list_that_is_none_is_refused(tool: Tool, text: str, name: str) -> None:
    tool.set_up()
    head = tool.head()
    before = contents(tool, ["access_entry"])
    assert head.post("rules", **{**DEFAULTS, name: text}).status_code == 422
    assert contents(tool, ["access_entry"]) == before


def test_forecasts_are_off_until_the_school_wants_them_and_stay_as_set(tool: Tool) -> None:
    tool.set_up()
    head = tool.head()

    def wanted() -> bool:
        with tool.inside():
            return school_rules.at(tool.registration().id, now()).forecasts

    assert not wanted()
    assert head.post("rules", **DEFAULTS, forecasts="on").status_code == 303
    assert wanted()
    assert 'name="forecasts" checked' in head.get("rules").text
    assert 'name="forecasts" checked' in head.post("rules", **{**DEFAULTS, "late_after": "x"}, forecasts="on").text
    assert head.post("rules", **DEFAULTS).status_code == 303
    assert not wanted()
