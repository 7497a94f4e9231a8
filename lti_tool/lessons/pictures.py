"""Pictures of questions: decoded, turned upright, shrunk, encoded anew without metadata, kept under a random name."""

import io
import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageOps, UnidentifiedImageError

from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.models import Picture

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 1_280
QUALITY = 82


def keep(context_id: int, data: bytes) -> Picture:
    """Store a picture for a course. Raises `Fault` for what is no picture, or too large to open safely."""
    body, width, height = encode_anew(data)
    picture = Picture(
        id=secrets.token_hex(16),
        context_id=context_id,
        media_type="image/webp",
        width=width,
        height=height,
        data=body,
        created_at=now(),
    )
    db.session.add(picture)
    return picture


def encode_anew(data: bytes) -> tuple[bytes, int, int]:
    """(WebP bytes, width, height) of a picture; location, camera and comments are gone. Raises `Fault`."""
    with opened(data) as picture:
        return _encode(picture)


@contextmanager
def opened(data: bytes) -> Iterator[Image.Image]:
    """A picture to be decoded. Raises `Fault` for what is none, or too large to open safely, there or while it is
    decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Fault("picture_too_large", 413)
                yield picture
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Fault("picture_too_large", 413) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Fault("picture_unreadable") from error


def _encode(picture: Image.Image) -> tuple[bytes, int, int]:
    """Shrunk before anything else where its colours allow it: 25 million pixels take 100 MB, and each copy as much
    again. A JPEG is not even decoded at its full size."""
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    wanted = "RGBA" if has_alpha else "RGB"
    small = picture if picture.mode == wanted else picture.convert(wanted)
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=1.5)
    clean = ImageOps.exif_transpose(small)
    body = io.BytesIO()
    clean.save(body, "WEBP", quality=QUALITY, exif=b"")
    return body.getvalue(), clean.width, clean.height
