"""Assignment and grade services, and the gradebook pages over them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deploy.demo.lms.people import COURSE_9A1, COURSE_9A2, HEAD, TEACHER

from .lms_tool import ISSUER, TinyTool

ITEMS = f"{ISSUER}/lti/services/901/lineitems?type_id=1"
ITEM = f"{ISSUER}/lti/services/901/lineitems/1/lineitem?type_id=1"
ITEM_MEDIA = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS_MEDIA = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE_MEDIA = "application/vnd.ims.lis.v1.score+json"
RESULTS_MEDIA = "application/vnd.ims.lis.v2.resultcontainer+json"
PUPIL = COURSE_9A1.pupils[0]
BOOK = "/as/co-ha/course/901/gradebook"
CELL = f"{BOOK}/1/{PUPIL.slug}"


def sub_address(item: str, part: str) -> str:
    path, _, query = item.partition("?")
    return f"{path}/{part}?{query}"


def score(given: float | None = 8.0, *, second: int = 0, **changes: Any) -> dict[str, Any]:
    body = {
        "userId": PUPIL.sub,
        "timestamp": f"2026-11-24T09:10:{second:02d}+07:00",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": given,
        "scoreMaximum": 10,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def post(tool: TinyTool, body: object, item: str = ITEM) -> TestResponse:
    return tool.call("POST", sub_address(item, "scores"), body, media=SCORE_MEDIA)


def results(tool: TinyTool, item: str = ITEM, query: str = "") -> list[dict[str, Any]]:
    answer = tool.call("GET", sub_address(item, "results") + query, accept=RESULTS_MEDIA)
    assert answer.content_type == RESULTS_MEDIA
    found: list[dict[str, Any]] = answer.get_json()
    return found


def test_a_score_reaches_results_and_gradebook(tool: TinyTool, browser: FlaskClient) -> None:
    answer = post(tool, score(8.25, comment="Em trình bày rõ.\nLàm đúng 5/6 câu."))
    assert (answer.status_code, answer.data) == (200, b"")
    assert results(tool) == [
        {
            "id": f"{sub_address(ITEM, 'results')}&user_id={PUPIL.sub}",
            "userId": PUPIL.sub,
            "scoreOf": ITEM,
            "resultScore": 8.25,
            "resultMaximum": 10.0,
            "comment": "Em trình bày rõ.\nLàm đúng 5/6 câu.",
            "timestamp": "2026-11-24T02:10:00+00:00",
        }
    ]
    page = browser.get(BOOK).text
    assert ">8,25</a>" in page
    assert "Em trình bày rõ." in page
    assert "24/11/2026 09:10" in page


@pytest.mark.parametrize(
    ("given", "maximum", "stored"), [(4, 20, 2.0), (12, 10, 10.0), (-1, 10, 0.0), (0, 10, 0.0), (1, 3, 10 / 3)]
)
def test_scores_are_scaled_and_kept_within_the_column(
    tool: TinyTool, given: float, maximum: float, stored: float
) -> None:
    assert post(tool, score(given, scoreMaximum=maximum)).status_code == 200
    assert results(tool)[0]["resultScore"] == pytest.approx(stored)


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-11-24T09:10:05+07:00",
        "2026-11-24T09:10:05.900+07:00",
        "2026-11-24T02:10:05Z",
        "2026-11-24T09:10:04.999+07:00",
        "2020-01-01T00:00:00Z",
        "2026-11-24T09:10:05",
    ],
)
def test_a_score_that_is_not_newer_in_whole_seconds_changes_nothing(tool: TinyTool, timestamp: str) -> None:
    assert post(tool, score(8, second=5)).status_code == 200
    assert post(tool, score(3, timestamp=timestamp)).status_code == 409
    assert results(tool)[0]["resultScore"] == 8


def test_a_repeated_post_is_harmless(tool: TinyTool) -> None:
    assert post(tool, score(8)).status_code == 200
    assert post(tool, score(8)).status_code == 409
    assert [entry["resultScore"] for entry in results(tool)] == [8]


def test_a_newer_score_replaces_grade_and_comment(tool: TinyTool) -> None:
    post(tool, score(8, comment="Lần đầu"))
    assert post(tool, score(9, second=1)).status_code == 200
    assert results(tool)[0]["resultScore"] == 9
    assert "comment" not in results(tool)[0]


@pytest.mark.parametrize("changes", [{"gradingProgress": "Pending"}, {"scoreGiven": None}])
def test_a_score_that_is_not_fully_graded_empties_the_grade(
    tool: TinyTool, browser: FlaskClient, changes: dict[str, Any]
) -> None:
    post(tool, score(8))
    assert post(tool, score(9, second=1) | changes).status_code == 200
    assert "resultScore" not in results(tool)[0]
    assert "chưa có điểm" in browser.get(BOOK).text


@pytest.mark.parametrize("member", ["userId", "timestamp", "activityProgress", "gradingProgress", "scoreMaximum"])
def test_a_missing_member_is_refused(tool: TinyTool, member: str) -> None:
    body = {name: value for name, value in score(8).items() if name != member}
    answer = post(tool, body)
    assert answer.status_code == 400
    assert member in answer.get_json()["reason"]


@pytest.mark.parametrize(
    "changes",
    [
        {"scoreGiven": "8"},
        {"scoreGiven": True},
        {"scoreGiven": float("nan")},
        {"scoreGiven": 10**400},
        {"scoreMaximum": 0},
        {"scoreMaximum": "ten"},
        {"timestamp": "yesterday"},
        {"timestamp": "2026-11-24"},
        {"timestamp": 1_795_500_000},
        {"timestamp": "2026-13-40T25:00:00Z"},
        {"comment": 5},
        {"comment": "x" * 20_000},
        {"userId": 17},
    ],
)
def test_a_bad_member_is_refused(tool: TinyTool, changes: dict[str, Any]) -> None:
    assert post(tool, score(8) | changes).status_code == 400
    assert results(tool) == []


@pytest.mark.parametrize("body", [[], "8", 8])
def test_a_body_that_is_no_object_is_refused(tool: TinyTool, body: object) -> None:
    assert post(tool, body).status_code == 400


def test_a_body_that_is_no_json_and_one_that_is_too_long(tool: TinyTool) -> None:
    headers = {"Authorization": f"Bearer {tool.token()}", "Content-Type": SCORE_MEDIA}
    path = sub_address(ITEM, "scores").removeprefix(ISSUER)
    assert tool.browser.post(path, data="{", headers=headers).status_code == 400
    assert tool.browser.post(path, data="x" * 300_000, headers=headers).status_code == 413


@pytest.mark.parametrize("sub", [TEACHER.sub, HEAD.sub, COURSE_9A2.pupils[0].sub, "nobody"])
def test_who_is_no_pupil_of_the_course_cannot_be_graded(tool: TinyTool, sub: str) -> None:
    assert post(tool, score(8, userId=sub)).status_code == 400
    assert results(tool) == []


def test_media_types_are_exact(tool: TinyTool) -> None:
    assert tool.call("POST", sub_address(ITEM, "scores"), score(), media="application/json").status_code == 400
    assert tool.call("POST", ITEMS, {"label": "A", "scoreMaximum": 1}, media=SCORE_MEDIA).status_code == 400
    assert tool.call("GET", ITEM, accept="application/json").status_code == 400
    assert tool.call("GET", ITEM, accept=f"{ITEM_MEDIA}, {ITEMS_MEDIA}").status_code == 400
    assert tool.call("GET", ITEM, accept=ITEM_MEDIA).content_type == ITEM_MEDIA
    assert tool.call("GET", ITEMS, accept=ITEMS_MEDIA).content_type == ITEMS_MEDIA


def test_scores_go_before_the_query(tool: TinyTool) -> None:
    assert tool.call("POST", ITEM + "/scores", score(), media=SCORE_MEDIA).status_code in (403, 405)


def test_the_ready_column_is_coupled_to_the_activity(tool: TinyTool) -> None:
    assert tool.call("GET", ITEM).get_json() == {
        "id": ITEM,
        "label": "Tiết học trực tiếp · Giơ Tay",
        "scoreMaximum": 10.0,
        "resourceId": "",
        "tag": "",
        "resourceLinkId": "1",
    }


def new_item(tool: TinyTool, **members: Any) -> dict[str, Any]:
    body = {"label": "Phiếu số 1", "scoreMaximum": 20, **members}
    answer = tool.call("POST", ITEMS, body, media=ITEM_MEDIA)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def test_line_items_are_added_and_filtered(tool: TinyTool) -> None:
    made = new_item(tool, resourceId="lesson-7", tag="mark")
    coupled = new_item(tool, resourceLinkId="1", tag="mark")

    def listed(query: str) -> list[str]:
        return [item["id"] for item in tool.call("GET", f"{ITEMS}&{query}").get_json()]

    assert listed("") == [ITEM, made["id"], coupled["id"]]
    assert listed("resource_id=lesson-7") == [made["id"]]
    assert listed("tag=mark") == [made["id"], coupled["id"]]
    assert listed("resource_link_id=1") == [ITEM, coupled["id"]]
    assert listed("resource_link_id=1&tag=mark") == [coupled["id"]]
    assert listed("tag=none") == []


def test_line_items_come_in_pages(tool: TinyTool) -> None:
    made = new_item(tool)
    first = tool.call("GET", f"{ITEMS}&limit=1")
    assert [item["id"] for item in first.get_json()] == [ITEM]
    next_address = first.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')
    second = tool.call("GET", next_address)
    assert [item["id"] for item in second.get_json()] == [made["id"]]
    assert "Link" not in second.headers


@pytest.mark.parametrize(
    "changes",
    [
        {"label": None},
        {"label": "  "},
        {"scoreMaximum": None},
        {"scoreMaximum": 0},
        {"scoreMaximum": "20"},
        {"resourceLinkId": "2"},
        {"resourceLinkId": 1},
        {"resourceLinkId": "99"},
        {"tag": 5},
    ],
)
def test_a_bad_line_item_is_refused(tool: TinyTool, changes: dict[str, Any]) -> None:
    body = {"label": "Phiếu", "scoreMaximum": 20, **changes}
    assert tool.call("POST", ITEMS, body, media=ITEM_MEDIA).status_code == 400
    assert tool.call("PUT", ITEM, body, media=ITEM_MEDIA).status_code == 400
    assert len(tool.call("GET", ITEMS).get_json()) == 1


def test_put_replaces_everything_and_rescales(tool: TinyTool) -> None:
    made = new_item(tool, resourceId="lesson-7", tag="mark", resourceLinkId="1")
    post(tool, score(5, scoreMaximum=10), made["id"])
    answer = tool.call("PUT", made["id"], {"label": "Phiếu", "scoreMaximum": 4}, media=ITEM_MEDIA)
    assert answer.get_json() == {"id": made["id"], "label": "Phiếu", "scoreMaximum": 4.0, "resourceId": "", "tag": ""}
    assert results(tool, made["id"])[0]["resultScore"] == 2.0


def test_delete_removes_column_and_grades(tool: TinyTool) -> None:
    made = new_item(tool)
    post(tool, score(5), made["id"])
    assert tool.call("DELETE", made["id"]).status_code == 204
    assert tool.call("GET", made["id"]).status_code == 404
    assert post(tool, score(5), made["id"]).status_code == 404
    assert new_item(tool)["id"] != made["id"]


def test_a_link_with_two_columns_has_no_lineitem_claim(tool: TinyTool) -> None:
    new_item(tool, resourceLinkId="1")
    claims = tool.launch("/as/co-ha/activity/1?window=1")
    assert "lineitem" not in claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]


def test_columns_of_another_course_are_not_found(tool: TinyTool) -> None:
    for item_id in ("2", "77", "9" * 30):
        address = f"/lti/services/901/lineitems/{item_id}/lineitem?type_id=1"
        answer = tool.call("GET", address)
        assert (answer.status_code, answer.get_json()["status"]) == (404, 404)


def test_results_of_one_person(tool: TinyTool) -> None:
    other = COURSE_9A1.pupils[1]
    post(tool, score(8))
    post(tool, score(6, userId=other.sub))
    assert len(results(tool)) == 2
    assert [entry["userId"] for entry in results(tool, query=f"&user_id={other.sub}")] == [other.sub]
    assert len(results(tool, query="&limit=1")) == 1


def test_teachers_override_wins_and_can_be_taken_back(tool: TinyTool, browser: FlaskClient) -> None:
    post(tool, score(8))
    answer = browser.post(CELL, data={"grade": "6,5", "action": "set"})
    assert answer.status_code == 303
    assert results(tool)[0]["resultScore"] == 6.5
    assert post(tool, score(9, second=30)).status_code == 200
    assert results(tool)[0]["resultScore"] == 6.5
    page = browser.get(BOOK).text
    assert ">6,5</a>" in page
    assert "Ghi tay" in page
    assert browser.post(CELL, data={"action": "clear"}).status_code == 303
    assert results(tool)[0]["resultScore"] == 9
    assert "Ghi tay" not in browser.get(BOOK).text


def test_an_override_needs_no_score_and_says_when(tool: TinyTool, browser: FlaskClient) -> None:
    browser.post(CELL, data={"grade": "10"})
    (entry,) = results(tool)
    assert entry["resultScore"] == 10
    assert entry["timestamp"].startswith("2026-11-2")
    assert post(tool, score(3)).status_code == 200
    assert results(tool)[0]["resultScore"] == 10


@pytest.mark.parametrize("typed", ["", "mười", "10,1", "-1", "1e1", "٨", "8,", "<b>"])
def test_what_is_no_grade_is_said_and_not_stored(tool: TinyTool, browser: FlaskClient, typed: str) -> None:
    answer = browser.post(CELL, data={"grade": typed})
    assert answer.status_code == 422
    assert "Hãy nhập một số từ 0 đến 10" in answer.text
    assert "<b>" not in answer.text
    assert results(tool) == []


def test_a_cell_that_does_not_exist(browser: FlaskClient) -> None:
    for path in (f"{BOOK}/2/{PUPIL.slug}", f"{BOOK}/1/9a2-01", f"{BOOK}/1/co-ha"):
        assert browser.get(path).status_code == 404
        assert browser.post(path, data={"grade": "5"}).status_code == 404


def test_a_comment_with_script_is_shown_as_text(tool: TinyTool, browser: FlaskClient) -> None:
    post(tool, score(8, comment="<script>alert(1)</script>"))
    for path in (BOOK, CELL, f"/as/{PUPIL.slug}/course/901/grades"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_timestamp_in_the_far_future_blocks_later_scores(tool: TinyTool) -> None:
    assert post(tool, score(8, timestamp="2030-01-01T00:00:00Z")).status_code == 200
    assert post(tool, score(9)).status_code == 409
