"""Pages of a PDF as pictures, in a process of its own: a PDF may be built to crash, hang or swell whoever draws it.

It knows none of this process's settings, writes no file and leaves no core behind.

`python -m lti_tool.lessons.pdf_pages` reads the PDF from its input and writes a `Drawn` as MessagePack.
"""

import io
import os
import resource
import subprocess
import sys
import unicodedata
from typing import Any

import msgspec

MOST_PAGES = 60
LARGE, SMALL = 1_600, 720
"""Longest side in pixels: for the projector, and for phones."""
QUALITY_LARGE, QUALITY_SMALL = 80, 55
MOST_TEXT = 4_000
MOST_MEMORY = 1_500 * 1024 * 1024
MOST_SECONDS = 90
NEEDED = ("PATH", "PYTHONPATH", "LANG")
"""All that it is told of our environment, where the secrets of the installation stand."""


class Page(msgspec.Struct, frozen=True):
    """A page: WebP for the projector and for phones, the sizes of both, and the words on it."""

    large: bytes
    small: bytes
    large_size: tuple[int, int]
    small_size: tuple[int, int]
    text: str


class Drawn(msgspec.Struct, frozen=True):
    """What came of it. `fault` is "", `pdf_broken`, `pdf_locked` or `pdf_long`; `count` its pages."""

    pages: list[Page]
    fault: str = ""
    count: int = 0


def draw(data: bytes, most: int = MOST_PAGES) -> Drawn:
    """The pages of a PDF, at most so many, drawn in a process that may fail."""
    command = [sys.executable, "-m", "lti_tool.lessons.pdf_pages", str(most)]
    environ = {name: os.environ[name] for name in NEEDED if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            command, input=data, capture_output=True, timeout=MOST_SECONDS, check=True, env=environ
        )
        return msgspec.msgpack.decode(done.stdout, type=Drawn)
    except (subprocess.SubprocessError, msgspec.MsgspecError, OSError):
        return Drawn([], "pdf_broken")


LIMITS = {
    resource.RLIMIT_AS: MOST_MEMORY,
    resource.RLIMIT_CPU: MOST_SECONDS,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}

# --- in the process of its own --------------------------------------------------------------------------------------


def _drawn(data: bytes, most: int) -> Drawn:
    import pypdfium2  # noqa: PLC0415 - only where a PDF is drawn

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return Drawn([], "pdf_locked" if "password" in str(error).lower() else "pdf_broken")
    count = len(document)
    if count > most:
        return Drawn([], "pdf_long", count)
    return Drawn([_page(document[number]) for number in range(count)], count=count)


def _page(page: Any) -> Page:
    width, height = page.get_size()
    picture = page.render(scale=LARGE / max(width, height, 1), may_draw_forms=False).to_pil().convert("RGB")
    large = _webp(picture, QUALITY_LARGE)
    large_size = picture.size
    picture.thumbnail((SMALL, SMALL))
    return Page(large, _webp(picture, QUALITY_SMALL), large_size, picture.size, _text(page))


def _webp(picture: Any, quality: int) -> bytes:
    body = io.BytesIO()
    picture.save(body, "WEBP", quality=quality, method=2)
    return body.getvalue()


def _text(page: Any) -> str:
    """The words of a page, one paragraph a line, without what a database or a reader cannot take."""
    text = unicodedata.normalize("NFC", page.get_textpage().get_text_bounded())
    kept = "".join(c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn") else " " for c in text)
    lines = (" ".join(line.split()) for line in kept.split("\n"))
    return "\n".join(line for line in lines if line)[:MOST_TEXT]


def confine() -> None:
    """From now on this process takes no more memory and time than a PDF may cost, and writes into no file."""
    for what, most in LIMITS.items():
        resource.setrlimit(what, (most, most))


def _main() -> None:
    confine()
    drawn = _drawn(sys.stdin.buffer.read(), int(sys.argv[1]))
    sys.stdout.buffer.write(msgspec.msgpack.encode(drawn))


if __name__ == "__main__":
    _main()
