"""Pictures of questions: what comes in is decoded and made anew, or refused; nothing of the file itself is kept."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageOps

from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import pictures
from lti_tool.lessons.pictures import LONGEST_SIDE, encode_anew
from lti_tool.models import Picture
from tests.lti_tool.school import picture
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of


def png_of(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds nothing: a bomb's outside."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("fmt", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_made_anew(fmt: str) -> None:
    body, width, height = encode_anew(picture(fmt))
    assert (width, height) == (40, 30)
    assert Image.open(io.BytesIO(body)).format == "WEBP"


def test_a_large_one_is_made_smaller_and_keeps_its_shape() -> None:
    body, width, height = encode_anew(picture("JPEG", (4_000, 2_000)))
    assert (width, height) == (LONGEST_SIDE, LONGEST_SIDE // 2)
    assert len(body) < 100_000


def test_a_large_one_is_made_smaller_before_anything_else_copies_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each copy of 25 million pixels is 100 MB, and four pupils send at one moment."""
    turned: list[tuple[int, int]] = []
    turn = ImageOps.exif_transpose
    monkeypatch.setattr(ImageOps, "exif_transpose", lambda one: turned.append(one.size) or turn(one))
    for fmt in ("JPEG", "PNG"):
        encode_anew(picture(fmt, (4_000, 2_000)))
    assert turned == [(LONGEST_SIDE, LONGEST_SIDE // 2)] * 2


def test_where_and_with_what_it_was_taken_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Nguyễn"
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825)[1] = "N"
    data = picture("JPEG", exif=exif.tobytes(), comment=b"at home")
    body, width, height = encode_anew(data)
    assert (width, height) == (30, 40)  # turned upright
    assert not Image.open(io.BytesIO(body)).getexif()
    assert b"Camera" not in body
    assert b"at home" not in body


BAD: dict[str, tuple[str, bytes]] = {
    "nothing": ("picture_unreadable", b""),
    "a text": ("picture_unreadable", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    "a page that says it is a picture": ("picture_unreadable", b"\x89PNG\r\n\x1a\n<html><script>"),
    "a kind we do not take": ("picture_unreadable", picture("GIF")),
    "another kind": ("picture_unreadable", picture("BMP")),
    "a torn one": ("picture_unreadable", picture("JPEG", (400, 300))[:300]),
    "wider than it holds": ("picture_unreadable", png_of(100, 100)),
    "a bomb": ("picture_too_large", png_of(30_000, 30_000)),
    "a bomb beyond counting": ("picture_too_large", png_of(0x7FFFFFFF, 0x7FFFFFFF)),
    "a little too large": ("picture_too_large", png_of(5_001, 5_000)),
}


@pytest.mark.parametrize(("fault", "data"), BAD.values(), ids=BAD.keys())
def test_what_is_no_picture_is_refused_and_changes_nothing(steady: Browser, fault: str, data: bytes) -> None:
    with pytest.raises(Fault, match=fault):
        encode_anew(data)
    before = contents(steady.tool)
    answer = steady.post(f"lessons/{steady.landed_lesson}/pictures", picture=(io.BytesIO(data), "a.png"))  # type: ignore[attr-defined]
    assert fault_of(answer) == fault
    assert contents(steady.tool) == before


@pytest.fixture(scope="module")
def steady(steady_tool: Tool) -> Browser:
    teacher = steady_tool.set_up()
    teacher.landed_lesson = steady_tool.lesson(SINGLE)  # type: ignore[attr-defined]
    return teacher


def test_a_picture_is_fetched_under_a_random_name_and_runs_nothing(any_tool: Tool) -> None:
    teacher = any_tool.set_up()
    uid = any_tool.lesson(SINGLE)
    answer = teacher.post(f"lessons/{uid}/pictures", picture=(io.BytesIO(picture()), "<script>.png"))
    assert answer.status_code == 200
    assert len(answer.json["id"]) == 32
    seen = any_tool.browser().client.get(answer.json["address"])
    assert seen.mimetype == "image/webp"
    assert seen.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "immutable" in seen.headers["Cache-Control"]
    with any_tool.inside():
        assert db.session.query(Picture).one().context_id == any_tool.course().id


def test_one_over_the_limit_of_a_request_is_too_large(tool: Tool) -> None:
    teacher = tool.set_up()
    uid = tool.lesson(SINGLE)
    before = contents(tool)
    answer = teacher.post(f"lessons/{uid}/pictures", picture=(io.BytesIO(b"x" * 4_300_000), "a.png"))
    assert (fault_of(answer), answer.status_code) == ("too_large", 413)
    assert contents(tool) == before


def test_a_transparent_picture_stays_so() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    body, *_ = encode_anew(out.getvalue())
    assert Image.open(io.BytesIO(body)).mode == "RGBA"
    assert pictures.FORMATS == ("JPEG", "PNG", "WEBP")
