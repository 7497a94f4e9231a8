"""A drawing, by finger, mouse or keys."""

from collections.abc import Iterator
from types import MappingProxyType

from live_session.activities.base import Family
from live_session.activities.sent import Sent, SentType
from live_session.errors import Problem

PAPERS = ("blank", "grid", "picture")


class Sketch(Sent, frozen=True, omit_defaults=True, kw_only=True):
    """`paper` is what is drawn on: nothing, squares, or the question's picture."""

    paper: str = "blank"


class Drawing(SentType[Sketch]):
    """What was drawn comes as a picture; who cannot draw says it in words."""

    kind = "drawing"
    family = Family.WRITE
    place = 50
    blank_seconds = 180
    tells_how = True
    shows_image = True
    blank = MappingProxyType({"paper": "grid"})
    Content = Sketch

    def problems(self, content: Sketch) -> Iterator[Problem]:
        yield from super().problems(content)
        if content.paper not in PAPERS:
            yield Problem("paper", "unknown")
        if content.paper == "picture" and content.image is None:
            yield Problem("image", "picture")
