"""Slides: each page of a PDF becomes an activity, so that questions can stand between them."""

import secrets

from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import editing, pdf_pages
from lti_tool.lessons.pdf_pages import Page
from lti_tool.models import Lesson, LessonActivity, Picture
from lti_tool.text import one_line

MOST_BYTES = 30 * 1024 * 1024


def pages_of(data: bytes, room: int) -> list[Page]:
    """The pages of a PDF, drawn. `room` is how many a lesson can still take. Raises `Fault`; touches no database."""
    if data.lstrip()[:5] != b"%PDF-":
        raise Fault("pdf_broken")
    drawn = pdf_pages.draw(data, min(room, pdf_pages.MOST_PAGES))
    if drawn.fault == "pdf_long":
        raise Fault("pdf_long", n=drawn.count, room=room)
    if drawn.fault == "pdf_locked":
        raise Fault("pdf_locked")
    if drawn.fault or not drawn.pages:
        raise Fault("pdf_broken")
    return drawn.pages


def room_in(lesson: Lesson) -> int:
    """How many pages a lesson can still take."""
    return editing.MOST_ACTIVITIES - len(lesson.activities)


def add(lesson: Lesson, pages: list[Page]) -> LessonActivity:
    """Put the pages at the end of a lesson; the first of them."""
    made = [_activity(lesson.context_id, page) for page in pages]
    editing.append(lesson, made)
    return made[0]


def _activity(context_id: int, page: Page) -> LessonActivity:
    title = one_line(page.text.partition("\n")[0], 60)
    small = _keep(context_id, page.small, page.small_size)
    large = _keep(context_id, page.large, page.large_size)
    content = {"image": {"id": small.id, "alt": title}, "large": large.id}
    if page.text:
        content["text"] = page.text
    return LessonActivity(kind="slide", title=title, content=content, points=0.0, seconds=None)


def _keep(context_id: int, data: bytes, size: tuple[int, int]) -> Picture:
    picture = Picture(
        id=secrets.token_hex(16),
        context_id=context_id,
        media_type="image/webp",
        width=size[0],
        height=size[1],
        data=data,
        created_at=now(),
    )
    db.session.add(picture)
    return picture
