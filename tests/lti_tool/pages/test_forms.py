"""Forms that hold what no page sends: a sentence and a reference id, nothing broken, nothing changed."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lti_tool.app import MOST_BODY
from tests.lti_tool.school import School, open_school
from tests.lti_tool.tool import Tool
from tests.lti_tool.witness import contents, fault_of

HUGE_NUMBER = "9" * 40
LONG = "ẵ" * 5_000

Form = Mapping[str, Any]

COURSE: Form = {"subject": "Toán", "grade": "9", "year": "2026-2027", "class": "9A"}

REFUSED: dict[str, tuple[str, Form, str]] = {
    "a grade that is no number": ("course", {**COURSE, "grade": "nine"}, "grade_unsupported"),
    "a primary grade": ("course", {**COURSE, "grade": "5"}, "grade_unsupported"),
    "a grade beyond counting": ("course", {**COURSE, "grade": HUGE_NUMBER}, "grade_unsupported"),
    "no school year": ("course", {**COURSE, "year": ""}, "school_year"),
    "a school year of three": ("course", {**COURSE, "year": "2026-2029"}, "school_year"),
    "no subject": ("course", {**COURSE, "subject": " \x00 "}, "subject_missing"),
    "no class": ("course", {**COURSE, "class": ["", "\t"]}, "class_missing"),
    "no names": ("roster/paste", {"names": ""}, "paste_no_names"),
    "figures for names": ("roster/paste", {"names": "1\t2\t3\n=SUM(A1)"}, "paste_no_names"),
    "a step of more time that there is not": ("roster/extra-time", {"x{person_id}": "33"}, "extra_time"),
    "more time in words": ("roster/extra-time", {"x{person_id}": "nhiều"}, "extra_time"),
    "more time without end": ("roster/extra-time", {"x{person_id}": HUGE_NUMBER}, "extra_time"),
    "nobody to leave out": ("roster/leave-out", {}, "member_not_pasted"),
    "a person beyond counting": ("roster/leave-out", {"person": HUGE_NUMBER}, "member_not_pasted"),
    "no lesson to start": ("runs", {"lesson": LONG}, "lesson_gone"),
    "an unknown kind": ("lessons/{lesson_uid}/activities", {"kind": "<script>"}, "activity_kind"),
    "a kind twice": ("lessons/{lesson_uid}/activities", {"kind": ["x", "open"]}, "activity_kind"),
    "a mark above ten": ("runs/{run_id}/report/scores", {"s{person_id}": "11"}, "mark"),
    "a mark in words": ("runs/{run_id}/report/scores", {"s{person_id}": "tám"}, "mark"),
    "a mark in other figures": ("runs/{run_id}/report/scores", {"s{person_id}": "٨"}, "mark"),
    "a mark without end": ("runs/{run_id}/report/scores", {"s{person_id}": "8" * 5_000}, "mark"),
    "a picture that is none": ("lessons/{lesson_uid}/pictures", {}, "picture_unreadable"),
}  # fmt: skip


@pytest.fixture(scope="module")
def built(steady_tool: Tool) -> School:
    return open_school(steady_tool)


@pytest.fixture
def school(built: School) -> School:
    return built.restored()


@pytest.mark.parametrize(("path", "form", "fault"), REFUSED.values(), ids=REFUSED.keys())
def test_a_form_that_cannot_be_meant_is_refused(school: School, path: str, form: Form, fault: str) -> None:
    ids = school.here.ids
    before = contents(school.tool)
    answer = school.people["teacher"].post(path.format(**ids), **{n.format(**ids): v for n, v in form.items()})
    assert answer.status_code in (400, 404)
    assert fault_of(answer) == fault
    assert contents(school.tool) == before


PASSED_OVER: dict[str, tuple[str, Form, int]] = {
    "an unknown thing to do": ("lessons/{lesson_uid}/activities/{activity_uid}/do", {"do": "explode"}, 303),
    "a class beyond counting": ("runs/{run_id}/end", {"class": HUGE_NUMBER}, 303),
    "a status that is none": ("runs/{run_id}/attendance", {"p{person_id}": "<script>", "rest": "expelled"}, 303),
    "an absence without end": ("runs/{run_id}/attendance", {"p{person_id}": LONG}, 303),
    "an empty mark": ("runs/{run_id}/report/scores", {"s{person_id}": "  "}, 303),
    "a mark for nobody": ("runs/{run_id}/report/scores", {f"s{HUGE_NUMBER}": "5"}, 303),
}


@pytest.mark.parametrize(("path", "form", "status"), PASSED_OVER.values(), ids=PASSED_OVER.keys())
def test_what_a_form_cannot_mean_is_passed_over(school: School, path: str, form: Form, status: int) -> None:
    ids = school.here.ids
    before = contents(school.tool)
    answer = school.people["teacher"].post(path.format(**ids), **{n.format(**ids): v for n, v in form.items()})
    assert answer.status_code == status
    after = contents(school.tool)
    assert not any("<script>" in row or "expelled" in row for rows in after.values() for row in rows)
    for table in ("score_decision", "score", "lesson", "lesson_activity"):
        assert after[table] == before[table]


def test_a_lesson_starts_for_no_class_beyond_counting(school: School) -> None:
    teacher = school.people["teacher"]
    teacher.post(f"runs/{school.here.run_id}/end")
    before = contents(school.tool)
    for wrong in (HUGE_NUMBER, "-1", "0"):
        answer = teacher.post("runs", lesson=school.here.lesson_uid, **{"class": wrong})
        assert (fault_of(answer), answer.status_code) == ("class_unknown", 400)
    assert contents(school.tool) == before


JSON = (
    "lessons/{lesson_uid}",
    "lessons/{lesson_uid}/order",
    "lessons/{lesson_uid}/activities/{activity_uid}",
    "lessons/{lesson_uid}/preview",
    "window",
)
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'"\xff"',
    "a number": b"7",
    "null": b"null",
    "a list of lists": b"[[[]]]",
    "an endless nest": b"[" * 50_000,
    "keys of wrong types": b'{"title": 7, "objectives": 7, "minutes": "x", "content": 1, "to": 5, "text": []}',
    "too far in numbers": b'{"title": "t", "objectives": [], "minutes": 1e400}',
    "a half letter": b'{"title": "\\ud800", "objectives": ["\\udfff"], "minutes": 900,'
    b' "to": "\\ud800", "text": "\\ud800"}',
}  # fmt: skip


@pytest.mark.parametrize("path", JSON)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_script_that_sends_nonsense_is_told_so(school: School, path: str, body: bytes) -> None:
    teacher = school.people["teacher"]
    before = contents(school.tool)
    answer = teacher.client.post(
        teacher.path(path.format(**school.here.ids)),
        data=body,
        headers={**teacher._script(), "Content-Type": "application/json"},
    )
    if path.endswith("preview") and answer.status_code == 200:  # any text may be looked at
        assert "html" in answer.json
    elif path.endswith("order") and answer.status_code == 200:
        assert answer.json == {"saved": True}
    else:
        assert answer.status_code in (400, 403, 413, 415), answer.text
        assert {"fault", "title", "what", "reference"} <= set(answer.json)
    assert contents(school.tool) == before


@pytest.mark.parametrize("path", ["roster/paste", "course", "lessons", "lessons/{lesson_uid}/pictures"])
def test_a_body_of_five_megabytes_is_refused_before_it_is_read(school: School, path: str) -> None:
    before = contents(school.tool)
    answer = school.people["teacher"].post(path.format(**school.here.ids), names="x" * 5_000_000)
    assert (fault_of(answer), answer.status_code) == ("too_large", 413)
    assert contents(school.tool) == before


@pytest.mark.parametrize("to", ["", "/", "https://evil.example/", "//evil.example", "/l/other/", "x" * 600, None, 7])
def test_a_window_opens_only_onto_the_launchs_own_pages(school: School, to: object) -> None:
    before = contents(school.tool)
    answer = school.people["teacher"].send("window", {"to": to})
    assert (answer.json["fault"], answer.status_code) == ("window_code", 403)
    assert contents(school.tool) == before


@pytest.mark.parametrize("end", ["roster\nSet-Cookie: a=b", "roster\r\n", "\x00"])
def test_a_window_opens_onto_no_address_of_two_lines(school: School, end: str) -> None:
    teacher = school.people["teacher"]
    answer = teacher.send("window", {"to": teacher.path(end)})
    assert (answer.json["fault"], answer.status_code) == ("window_code", 403)


def test_a_window_code_is_good_once_for_a_minute_and_stands_in_no_address(school: School) -> None:
    teacher = school.people["teacher"]
    code = teacher.send("window", {"to": teacher.path("roster")}).json["code"]
    window = school.tool.browser()
    opened = window.client.post("/enter", data={"code": code})
    assert opened.location == teacher.path("roster")
    assert window.client.get(opened.location).status_code == 200
    before = contents(school.tool)
    for wrong in (code, "", "x" * 9_999, "\x00"):
        answer = school.tool.browser().client.post("/enter", data={"code": wrong})
        assert (fault_of(answer), answer.status_code) == ("window_code", 403)
    assert contents(school.tool) == before


@pytest.mark.parametrize(
    "path", ["/l/%00/roster", "/l/x'--/roster", "/pictures/%00", "/j/%F0%9F", "/l/" + "a" * 3_000 + "/"]
)
def test_an_address_that_nobody_made_is_a_page_too(school: School, path: str) -> None:
    before = contents(school.tool)
    answer = school.tool.browser().client.get(path)
    assert answer.status_code in (400, 403, 404)
    assert "Traceback" not in answer.text
    assert contents(school.tool) == before


@pytest.mark.parametrize(
    "path",
    [f"lessons/{{lesson_uid}}/history/{HUGE_NUMBER}", f"marks/proposals/{HUGE_NUMBER}", f"marks/proposals/{1 << 63}"],
)
def test_a_number_beyond_counting_names_nothing(school: School, path: str) -> None:
    answer = school.people["teacher"].get(path.format(**school.here.ids))
    assert (fault_of(answer), answer.status_code) == ("not_here", 404)


def ways(answer: TestResponse) -> list[str]:
    """Where a fault's page leads."""
    return re.findall(r'<a class="btn[^>]*href="([^"]*)"', answer.text)


@pytest.mark.parametrize("path", ["nowhere", "runs/0/nothing/at/all", "lessons/0/do"])
def test_an_address_below_a_launch_that_leads_nowhere_shows_the_way_back(school: School, path: str) -> None:
    """Also one that no page has, or that takes forms alone: nobody in a launch is told to type a lesson's code."""
    for who in ("teacher", "pupil"):
        person = school.people[who]
        answer = person.get(path)
        assert (fault_of(answer), answer.status_code) == ("not_here", 405 if path.endswith("/do") else 404)
        assert ways(answer) == [person.path("")]
        assert school.tool.platform.url in answer.headers["Content-Security-Policy"]


def test_who_stands_outside_every_launch_is_asked_for_a_code(school: School) -> None:
    stranger = school.tool.browser().client
    for path in ("/nowhere", school.people["teacher"].path("nowhere"), school.people["teacher"].path("roster")):
        answer = stranger.get(path)
        assert (fault_of(answer), ways(answer)) == ("not_found", ["/j"])


def test_a_file_that_is_too_large_leads_back_to_its_form(school: School) -> None:
    teacher = school.people["teacher"]
    answer = teacher.post("roster/paste", names="x" * (MOST_BODY + 1))
    assert (fault_of(answer), ways(answer)) == ("too_large", [teacher.path("roster/paste")])


def test_a_fault_speaks_the_language_of_who_reads_it(school: School) -> None:
    teacher = school.people["teacher"]
    teacher.client.set_cookie("giotay-locale", "en")
    try:
        answer = teacher.get(f"lessons/{'0' * 20}")
    finally:
        teacher.client.delete_cookie("giotay-locale")
    assert '<html lang="en"' in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("text", "mark"),
    [("8", "8.0"), ("8,25", "8.3"), ("8.25", "8.3"), ("8,249", "8.2"), ("10", "10.0"), ("10,0", "10.0"), ("0", "0.0")],
)
def test_a_mark_is_rounded_half_up_to_one_decimal(text: str, mark: str) -> None:
    from lti_tool.pages.report import mark_of  # noqa: PLC0415

    assert mark_of(text) == mark
