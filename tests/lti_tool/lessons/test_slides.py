"""Slides from a PDF: pages for projector and phone, words for screen readers, bad files refused in words."""

import subprocess
import sys
from pathlib import Path

import pytest

from lti_tool.extensions import db
from lti_tool.lessons import pdf_pages, slides
from lti_tool.lessons.decks import deck_of
from lti_tool.models import LessonActivity, Picture
from tests.lti_tool.tool import OPEN, Browser, Tool
from tests.lti_tool.witness import contents


def pdf(*texts: str, size: tuple[int, int] = (960, 540)) -> bytes:
    """A PDF of one page a text, written by hand as the format's own description has it."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(texts)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, text in enumerate(texts):
        drawn = f"BT /F1 40 Tf 60 400 Td ({text}) Tj ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * n} 0 R >>"
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    body, places = "%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF"
    return f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()


def send(teacher: Browser, uid: str, data: bytes) -> tuple[int, dict[str, str]]:
    answer = teacher.client.post(
        teacher.path(f"lessons/{uid}/slides"),
        data=data,
        headers={"Authorization": f"Bearer {teacher.token}", "Accept": "application/json"},
        content_type="application/pdf",
    )
    return answer.status_code, answer.json


def test_each_page_becomes_an_activity_with_small_and_large_pictures(either_tool: Tool) -> None:
    teacher = either_tool.set_up()
    uid = either_tool.lesson(OPEN)
    status, said = send(teacher, uid, pdf("Vi-et theorem", "Second page"))
    assert status == 200, said
    with either_tool.inside():
        _, first, second = db.session.query(LessonActivity).order_by(LessonActivity.position).all()
        assert (first.kind, first.title, first.content["text"]) == ("slide", "Vi-et theorem", "Vi-et theorem")
        assert (first.points, first.seconds, second.position) == (0.0, None, 2)
        small = db.session.get_one(Picture, first.content["image"]["id"])
        large = db.session.get_one(Picture, first.content["large"])
        assert (max(small.width, small.height), max(large.width, large.height)) == (720, 1600)
        assert len(small.data) < 15_000
    assert teacher.get(f"lessons/{uid}/preview?n=2").status_code == 200
    teacher.post(f"lessons/{uid}/history", do="undo")
    with either_tool.inside():
        assert db.session.query(LessonActivity).count() == 1


def test_another_picture_is_the_projectors_too(tool: Tool) -> None:
    """A window that knows only the old page says it again beside the new picture."""
    teacher = tool.set_up()
    uid = tool.lesson()
    send(teacher, uid, pdf("Old page"))
    with tool.inside():
        page = db.session.query(LessonActivity).one()
        activity, content = page.uid, dict(page.content)
    for image, large in ((content["image"], content["large"]), ({"id": "new", "alt": ""}, None), (None, None)):
        change = {"title": "", "points": 0, "seconds": None, "objective": None, "content": {**content, "image": image}}
        assert teacher.send(f"lessons/{uid}/activities/{activity}", change).status_code == 200
        with tool.inside():
            assert db.session.query(LessonActivity).one().content.get("large") == large


def test_a_page_without_a_word_is_called_by_its_kind(either_tool: Tool) -> None:
    teacher = either_tool.set_up()
    uid = either_tool.lesson(OPEN)
    assert send(teacher, uid, pdf(""))[0] == 200
    with either_tool.inside():
        _, page = db.session.query(LessonActivity).order_by(LessonActivity.position).all()
        assert (page.title, deck_of([page])[0].title) == ("", "Trang trình chiếu")


ENCRYPT = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O (%b) /U (%b) /P -4 >> /ID [(a) (a)]" % (b"o" * 32, b"u" * 32)
LOCKED = pdf("x").replace(b"/Root 1 0 R", b"/Root 1 0 R " + ENCRYPT)
BAD: dict[str, tuple[bytes, str, int]] = {
    "nothing": (b"", "pdf_broken", 400),
    "a page of the web": (b"<html>", "pdf_broken", 400),
    "a head alone": (b"%PDF-1.7\n", "pdf_broken", 400),
    "cut off": (pdf("a", "b")[:200], "pdf_broken", 400),
    "no page": (pdf(), "pdf_broken", 400),
    "a thousand pages": (pdf(*["x"] * 1_000), "pdf_long", 400),
    "more than the lesson holds": (pdf(*["x"] * 60), "pdf_long", 400),
    "a password": (LOCKED, "pdf_locked", 400),
}


@pytest.mark.parametrize(("data", "fault", "status"), BAD.values(), ids=BAD.keys())
def test_what_is_no_set_of_slides_is_refused_and_changes_nothing(
    tool: Tool, data: bytes, fault: str, status: int
) -> None:
    teacher = tool.set_up()
    uid = tool.lesson(OPEN)
    before = contents(tool)
    answered, said = send(teacher, uid, data)
    assert (said["fault"], answered) == (fault, status)
    assert contents(tool) == before


def test_a_file_of_two_hundred_megabytes_is_refused_before_it_is_read(tool: Tool) -> None:
    teacher = tool.set_up()
    uid = tool.lesson(OPEN)
    answer = teacher.client.post(
        teacher.path(f"lessons/{uid}/slides"),
        headers={"Authorization": f"Bearer {teacher.token}", "Accept": "application/json"},
        content_type="application/pdf",
        environ_overrides={"CONTENT_LENGTH": str(200 * 1024 * 1024)},
    )
    assert (answer.status_code, answer.json["fault"]) == (413, "too_large")


def test_slides_take_more_than_any_other_page_does(tool: Tool) -> None:
    teacher = tool.set_up()
    uid = tool.lesson(OPEN)
    padded = pdf("a") + b"\n%" + b"x" * (5 * 1024 * 1024)
    assert send(teacher, uid, padded)[1].get("fault") in (None, "pdf_broken")
    answer = teacher.client.post(
        teacher.path(f"lessons/{uid}/order"), data=padded, headers={"Authorization": f"Bearer {teacher.token}"}
    )
    assert answer.status_code == 413


def test_a_page_as_large_as_a_wall_is_drawn_small() -> None:
    (page,) = slides.pages_of(pdf("wall", size=(14_400, 14_400)), 60)
    assert page.large_size == (1_600, 1_600)


def test_who_draws_may_die(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash, a hang or too much memory of the drawing process is a sentence, not a fault of ours."""
    monkeypatch.setattr(pdf_pages.sys, "executable", "/bin/false")
    assert pdf_pages.draw(pdf("x")).fault == "pdf_broken"


def test_who_draws_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, str] = {}

    def run(_command: list[str], *, env: dict[str, str], **_: object) -> object:
        told.update(env)
        raise OSError("nobody draws here")

    monkeypatch.setattr(pdf_pages.subprocess, "run", run)
    monkeypatch.setenv("GIOTAY_SECRET_KEY", "sevenfold")
    assert pdf_pages.draw(pdf("x")).fault == "pdf_broken"
    assert "PATH" in told
    assert "sevenfold" not in told.values()


def test_who_draws_writes_no_file(tmp_path: Path) -> None:
    file = tmp_path / "left"
    write = f"pathlib.Path({str(file)!r}).write_text('x')"
    program = f"import pathlib; from lti_tool.lessons import pdf_pages; pdf_pages.confine(); {write}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "OSError" in done.stderr
    assert not file.exists() or file.stat().st_size == 0
