"""Whoever is shown a pupil's data is written down, before it is shown: every page is asked."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from lti_tool import access
from lti_tool.authority import today
from lti_tool.extensions import db
from lti_tool.models import AccessEntry
from tests.lti_tool.privacy.day import OWN, TEACHER, UPLOADS, Day, teach
from tests.lti_tool.test_access import TABLE
from tests.lti_tool.tool import Browser, Tool

NO_DATA = {
    "roster.paste_form": "an invented list, as an example",
}


@pytest.fixture(scope="module")
def day(steady_tool: Tool) -> Day:
    return teach(steady_tool)


def entries(day: Day) -> list[AccessEntry]:
    with day.tool.inside():
        found = db.session.query(AccessEntry).order_by(AccessEntry.id).all()
        db.session.expunge_all()
        return found


def forget_entries(day: Day) -> None:
    with day.tool.inside():
        db.session.query(AccessEntry).delete()


def pages(day: Day) -> list[tuple[str, str]]:
    """(endpoint, path) of everything that can be looked at under the teacher's launch."""
    with day.tool.app.test_request_context("/"):
        from flask import url_for  # noqa: PLC0415

        from lti_tool.lessons.running import run_of  # noqa: PLC0415

        run = run_of(day.run_id, day.tool.course().id)
        values = {
            "visit_id": day.teacher.visit,
            "run_id": day.run_id,
            "lesson_uid": run.lesson.uid,
            "activity_uid": run.lesson.activities[0].uid,
            "uid": day.uids[1],
            "upload_id": UPLOADS[1],
        }
        found = []
        for endpoint, method in TABLE:
            rule = day.tool.app.url_map._rules_by_endpoint[endpoint][-1]
            if method == "GET" and "visit_id" in rule.arguments and rule.arguments <= set(values):
                found.append((endpoint, url_for(endpoint, **{name: values[name] for name in rule.arguments})))
        return found


def shows_a_pupil(day: Day, body: bytes, media: str) -> bool:
    told = [*(one for n in (1, 2) for one in OWN[n]), *(day.uids[n] for n in (1, 2, 3)), "Lê Gia Bảo"]
    is_file = media.startswith(("image/", "application/vnd.", "application/zip"))  # packed: no name can be looked for
    return is_file or any(one in body.decode() for one in told)


def test_every_page_that_shows_a_pupil_is_written_down(day: Day) -> None:
    shown = set()
    with day.tool.inside():
        month = f"month:{today():%Y-%m}"
    for endpoint, path in pages(day):
        if endpoint in NO_DATA:
            continue
        forget_entries(day)
        answer = day.teacher.client.get(path, headers={"Authorization": f"Bearer {day.teacher.token}"}, buffered=True)
        if answer.status_code != 200 or not shows_a_pupil(day, answer.data, answer.mimetype):
            continue
        shown.add(endpoint)
        assert len(entries(day)) == 1, endpoint
        (entry,) = entries(day)
        assert entry.actor_id == day.ids[0], endpoint
        assert entry.action, endpoint
        assert entry.object in (f"run:{day.run_id}", f"context:{_course(day)}", month), endpoint
    assert shown >= {"roster.list_", "report.show", "report.photo", "attendance.sheet", "teach.people", "teach.written"}


def _course(day: Day) -> int:
    with day.tool.inside():
        return day.tool.course().id


def test_a_change_is_written_down_too(day: Day) -> None:
    for path, form, action in (
        ("attendance", {f"p{day.ids[1]}": "room"}, "attendance.confirmed"),
        ("report/scores", {f"s{day.ids[1]}": "7"}, "scores.confirmed"),
    ):
        forget_entries(day)
        assert day.teacher.post(f"runs/{day.run_id}/{path}", **form).status_code == 303
        assert [(one.action, one.actor_id) for one in entries(day)] == [(action, day.ids[0])]


def test_a_photo_is_written_down_with_whose_it_is(day: Day) -> None:
    forget_entries(day)
    path = f"runs/{day.run_id}/report/photos/{day.uids[2]}/{UPLOADS[2]}"
    assert day.teacher.get(path, buffered=True).status_code == 200
    assert [(one.action, one.subject_id) for one in entries(day)] == [("photo.seen", day.ids[2])]


def test_an_entry_carries_the_requests_reference(day: Day) -> None:
    forget_entries(day)
    day.teacher.get("roster")
    (entry,) = entries(day)
    assert len(entry.request_id) == 12


def test_what_an_open_page_asks_again_and_again_is_written_down_now_and_then(day: Day) -> None:
    forget_entries(day)

    def look(browser: Browser = day.teacher) -> int:
        assert browser.fetch(f"runs/{day.run_id}/people").status_code == 200
        return len(entries(day))

    assert [look() for _ in range(3)] == [1, 1, 1]
    with day.tool.inside():
        db.session.execute(update(AccessEntry).values(at=AccessEntry.at - access.NOTED_EVERY_MS))
    assert look() == 2
    from tests.lti_tool.school import launched  # noqa: PLC0415

    assistant = launched(day.tool, "assistant-1", "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor")
    assert look(assistant) == 3


def test_a_pupils_own_page_is_nobodys_look(day: Day) -> None:
    forget_entries(day)
    assert day.pupils[1].get("lesson").status_code == 200
    assert entries(day) == []


def test_where_it_cannot_be_written_down_nothing_is_shown(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_entries(day)

    def break_(*_: object) -> None:
        raise OperationalError("INSERT", None, Exception("disk full"))

    monkeypatch.setattr(db.session, "add_all", break_)
    answer = day.teacher.get(f"runs/{day.run_id}/report")
    assert answer.status_code == 503
    assert [one for one in (*OWN[1], *OWN[2]) if one in answer.text] == []
    assert TEACHER[0] not in answer.text
