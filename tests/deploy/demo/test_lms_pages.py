"""The pages: who sees what, in words, and safely."""

from __future__ import annotations

import unicodedata

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deploy.demo.lms.people import COURSE_9A1, COURSE_9A2, COURSES, everyone

from .lms_tool import TinyTool

NOTICE = "LMS giả lập để dùng thử: mọi tên đều được đặt ra."
PAGES = [
    "/",
    "/as/co-ha/course/901",
    "/as/co-ha/course/902",
    "/as/co-ha/course/901/gradebook",
    "/as/co-ha/course/901/gradebook/1/9a1-01",
    "/as/co-ha/course/901/members",
    "/as/co-ha/activity/1",
    "/as/co-ha/activity/1?window=1",
    "/as/co-ha/activity/1/launch",
    "/as/co-ha/course/901/add/1",
    "/as/co-ha/course/901/return",
    "/as/9a1-01/course/901",
    "/as/9a1-01/course/901/grades",
    "/as/9a2-12/course/902",
    "/as/thay-duc/course/901",
    "/as/thay-duc/course/902",
    "/as/thay-duc/activity/1",
    "/as/admin/tools",
    "/as/admin/course/901",
    "/activity/1",
]
REFUSED = [
    ("/as/9a1-01/course/901/gradebook", 403),
    ("/as/9a1-01/course/901/members", 403),
    ("/as/9a1-01/course/901/gradebook/1/9a1-01", 403),
    ("/as/9a1-01/course/902", 403),
    ("/as/9a1-01/activity/2", 403),
    ("/as/9a1-01/activity/2/launch", 403),
    ("/as/9a1-01/course/902/grades", 403),
    ("/as/thay-duc/course/901/gradebook", 403),
    ("/as/thay-duc/course/901/grades", 403),
    ("/as/co-ha/course/901/grades", 403),
    ("/as/admin/course/901/gradebook", 403),
    ("/as/nobody/course/901", 404),
    ("/as/co-ha/course/999", 404),
    ("/as/co-ha/activity/99", 404),
    ("/as/co-ha/activity/x", 404),
    ("/activity/99", 404),
    ("/nothing", 404),
    ("/as/%3Cscript%3Ealert(1)%3C/script%3E/course/901", 404),
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_it_is_a_demo_and_keeps_a_strict_policy(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert NOTICE in answer.text
    assert 'lang="vi"' in answer.text
    assert "<style" not in answer.text
    assert "style=" not in answer.text
    assert "onclick" not in answer.text
    assert answer.text.count("<script") == answer.text.count('<script src="/static/')
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("path", "status"), REFUSED)
def test_what_one_may_not_see_is_a_clear_page(browser: FlaskClient, path: str, status: int) -> None:
    answer = browser.get(path)
    assert answer.status_code == status
    assert NOTICE in answer.text
    assert "Chưa mở được trang này" in answer.text
    assert "<script" not in answer.text


def test_front_page_leads_to_three_people_and_every_pupil(browser: FlaskClient) -> None:
    page = browser.get("/").text
    for words in ("cô Nguyễn Thu Hà", "thầy Lê Minh Đức", "Trường THCS Thực hành Sen Hồng", "/as/admin/tools"):
        assert words in page
    for course in COURSES:
        for pupil in course.pupils:
            assert f'href="/as/{pupil.slug}/course/{course.id}"' in page


def test_the_school_is_complete() -> None:
    assert (len(COURSE_9A1.pupils), len(COURSE_9A2.pupils)) == (40, 12)
    people = list(everyone())
    for texts in ([one.slug for one in people], [one.sub for one in people], [one.email for one in people]):
        assert len(set(texts)) == len(people)
    assert len({pupil.name for pupil in COURSE_9A1.pupils}) == 40
    for pupil in COURSE_9A1.pupils:
        assert pupil.name == unicodedata.normalize("NFC", pupil.name)
        assert pupil.family_name
        assert " " not in pupil.given_name
    assert [pupil.name for pupil in COURSE_9A1.pupils if pupil.number in (1, 3, 18, 35)] == [
        "Đặng Thái An",
        "Lê Gia Bảo",
        "Đỗ Minh Khôi",
        "Vũ Anh Thư",
    ]
    assert len({pupil.group for pupil in COURSE_9A1.pupils}) == 2
    assert COURSE_9A1.pupils[0].sub == "6fc9132f1f24ce495d9c"


def test_gradebook_is_in_register_order(browser: FlaskClient) -> None:
    page = browser.get("/as/co-ha/course/901/gradebook").text
    places = [page.index(f'id="row-{pupil.slug}"') for pupil in COURSE_9A1.pupils]
    assert places == sorted(places)


def test_a_pupil_sees_only_own_grades(tool: TinyTool, browser: FlaskClient) -> None:
    for pupil, given in ((COURSE_9A1.pupils[0], "8,5"), (COURSE_9A1.pupils[1], "3,25")):
        path = f"/as/co-ha/course/901/gradebook/1/{pupil.slug}"
        assert browser.post(path, data={"grade": given}).status_code == 303
    page = browser.get("/as/9a1-01/course/901/grades").text
    assert "8,5" in page
    assert "3,25" not in page
    assert COURSE_9A1.pupils[1].name not in page
    assert "Chưa có điểm" in browser.get("/as/9a1-03/course/901/grades").text


def test_a_pupils_course_page_has_no_teachers_links(browser: FlaskClient) -> None:
    page = browser.get("/as/9a1-01/course/901").text
    assert "Điểm của em" in page
    for words in ("Sổ điểm", "Thành viên", "Thêm hoạt động"):
        assert words not in page


def test_health(browser: FlaskClient) -> None:
    assert browser.get("/healthz").status_code == 200


def test_a_fault_of_ours_shows_a_reference_and_no_traceback(
    lms_app: Flask, browser: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down() -> str:
        raise RuntimeError("the secret of the day")

    lms_app.add_url_rule("/broken", view_func=break_down)
    answer = browser.get("/broken")
    assert answer.status_code == 500
    assert "secret of the day" not in answer.text
    (record,) = [one for one in caplog.records if one.name == "deploy.demo.lms"]
    assert record.getMessage().split()[-1] in answer.text
