"""QR codes as inline SVG, and the one address behind the code on the projector."""

import io

import segno

from live_session.model import Millis
from lti_tool.lessons.running import STEP_MS, room_code
from lti_tool.models import LessonRun
from lti_tool.site import site


def qr(text: str) -> str:
    """A QR code as an SVG element: black on white, a quiet zone of four modules (ISO/IEC 18004)."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, dark="#000", light="#fff", svgclass="qr",
        lineclass=None, nl=False,
    )  # fmt: skip
    return out.getvalue().decode()


def short_address() -> str:
    """What is written on the projector: host and path, without the scheme."""
    return site().settings.public_url.partition("://")[2]


def join_address(run: LessonRun, at: Millis | None = None) -> str:
    """`/j/CODE`, with the room's code of a moment."""
    address = f"{site().settings.public_url}/j/{run.code}"
    return f"{address}?r={room_code(run, at)}" if at is not None else address


def coming_codes(run: LessonRun, at: Millis, count: int = 7) -> list[dict[str, object]]:
    """The QR codes of this and the next steps, so that a screen goes on through a hiccup of the network. Each is due
    from `from` until the next one."""
    first = at // STEP_MS * STEP_MS
    moments = [first + n * STEP_MS for n in range(count)]
    return [{"from": moment, "svg": qr(join_address(run, moment))} for moment in moments]
