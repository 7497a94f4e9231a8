"""`POST /live/content`: photos in pieces, under a ticket; what is none, too large, or somebody else's."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.lti_tool.lessons.test_pictures import png_of
from tests.lti_tool.school import UPLOAD, console, picture, sit
from tests.lti_tool.tool import OPEN, Tool
from tests.lti_tool.witness import contents


class Lesson:
    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        self.teacher = tool.set_up()
        self.run_id = tool.start(self.teacher, OPEN)
        self.pupil, self.other = tool.pupil(1), tool.pupil(2)
        self.ticket, self.other_ticket = sit(self.pupil)["ticket"], sit(self.other)["ticket"]
        with tool.inside():
            self.uid = tool.person("pupil-1").uid

    def send(self, data: bytes, offset: int = 0, length: int | None = None, **headers: str) -> TestResponse:
        told = {
            "Authorization": f"Bearer {self.ticket}",
            "Upload-Id": UPLOAD,
            "Upload-Length": str(len(data) if length is None else length),
            "Upload-Offset": str(offset),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.pupil.client.post("/live/content", data=data, headers=told)


@pytest.fixture
def lesson(tool: Tool) -> Lesson:
    return Lesson(tool)


def test_a_photo_comes_in_pieces_and_again_without_harm(any_tool: Tool) -> None:
    lesson, photo = Lesson(any_tool), picture("JPEG", (200, 200))
    half = len(photo) // 2
    assert lesson.send(photo[:half], length=len(photo)).json == {"offset": half, "whole": False}
    assert lesson.send(photo[:half], length=len(photo)).json == {"offset": half, "whole": False}
    assert lesson.send(b"", length=len(photo)).json == {"offset": half, "whole": False}  # how far is it?
    ahead = lesson.send(photo[half + 5 :], half + 5, len(photo))
    assert (ahead.status_code, ahead.json) == (409, {"offset": half, "whole": False})
    for _ in range(2):
        assert lesson.send(photo[half:], half, len(photo)).json == {"offset": len(photo), "whole": True}
    seen = lesson.pupil.client.get(f"/live/content/{UPLOAD}", headers={"Authorization": f"Bearer {lesson.ticket}"})
    assert seen.mimetype == "image/webp"
    assert seen.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "private" in seen.headers["Cache-Control"]
    report = lesson.teacher.fetch(f"runs/{lesson.run_id}/report/photos/{lesson.uid}/{UPLOAD}")
    assert report.data == seen.data


def test_nobody_else_sees_it(lesson: Lesson) -> None:
    lesson.send(picture())
    for ticket, status in ((lesson.other_ticket, 404), (console(lesson.teacher, lesson.run_id), 403), ("x", 401)):
        answer = lesson.other.client.get(f"/live/content/{UPLOAD}", headers={"Authorization": f"Bearer {ticket}"})
        assert answer.status_code == status
    assert lesson.other.client.get(f"/live/content/{UPLOAD}").status_code == 401


REFUSED: dict[str, tuple[int, str, dict[str, Any]]] = {
    "no ticket": (401, "bad_ticket", {"Authorization": ""}),
    "a forged ticket": (401, "bad_ticket", {"Authorization": "Bearer x.y"}),
    "another scheme": (401, "bad_ticket", {"Authorization": "Basic x"}),
    "no id": (400, "invalid_value", {"Upload_Id": ""}),
    "an id that is a path": (400, "invalid_value", {"Upload_Id": "../../etc/passwd"}),
    "a length in words": (400, "invalid_value", {"Upload_Length": "many"}),
    "a length below nothing": (400, "invalid_value", {"Upload_Length": "-1"}),
    "a length in other figures": (400, "invalid_value", {"Upload_Length": "\u00b2"}),
    "an offset beyond counting": (400, "invalid_value", {"Upload_Offset": "9" * 30}),
    "more than it said": (413, "too_large", {"Upload_Length": "3"}),
    "three megabytes": (413, "too_large", {"Upload_Length": "3000000"}),
    "nothing at all": (413, "too_large", {"Upload_Length": "0"}),
}


@pytest.mark.parametrize(("status", "code", "headers"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_taken_is_refused_and_changes_nothing(
    lesson: Lesson, status: int, code: str, headers: dict[str, str]
) -> None:
    before = contents(lesson.tool)
    answer = lesson.send(picture(), **headers)
    assert (answer.status_code, answer.json) == (status, {"code": code})
    assert contents(lesson.tool) == before


@pytest.mark.parametrize(
    "data", [b"<html><script>", png_of(30_000, 30_000), picture("GIF")], ids=["text", "bomb", "gif"]
)
def test_what_is_no_photo_is_not_kept(lesson: Lesson, data: bytes) -> None:
    before = contents(lesson.tool)
    answer = lesson.send(data)
    assert (answer.status_code, answer.json) == (422, {"code": "invalid_value"})
    assert contents(lesson.tool) == before


def test_crumbs_are_refused_but_for_the_last(lesson: Lesson) -> None:
    """At most 64 pieces a photo: each costs as much as all before it."""
    photo = picture("JPEG", (200, 200))
    before = contents(lesson.tool)
    crumb = lesson.send(photo[: len(photo) // 65], length=len(photo))
    assert (crumb.status_code, crumb.json) == (400, {"code": "invalid_value"})
    assert contents(lesson.tool) == before
    assert lesson.send(photo[:-1], length=len(photo)).status_code == 200
    assert lesson.send(photo[-1:], len(photo) - 1, len(photo)).json == {"offset": len(photo), "whole": True}


def test_one_pupil_fills_no_disk(lesson: Lesson) -> None:
    """Twenty-four megabytes a pupil and lesson."""
    mega = b"x" * 1_000_000
    said = [lesson.send(mega, length=2_000_000, Upload_Id=f"upload-{n:04}").status_code for n in range(26)]
    assert 413 in said
    assert said.index(413) <= 24


def test_five_megabytes_are_refused_before_they_are_read(lesson: Lesson) -> None:
    before = contents(lesson.tool)
    assert lesson.send(b"x" * 5_000_000).status_code == 413
    assert contents(lesson.tool) == before
