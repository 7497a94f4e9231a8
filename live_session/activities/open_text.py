"""Open text, and the task for the phone: what to look for, where, in how much time, and what to hand in."""

from collections.abc import Iterator

from live_session.activities.base import Family
from live_session.activities.sent import Sent, SentType
from live_session.errors import Problem
from live_session.links import host_of, https_link


class Essay(Sent, frozen=True, omit_defaults=True, kw_only=True):
    """`photo` lets a pupil send a picture of the work beside the text.

    With a `product` (what is handed in) or `links` (where pupils may go) it is a task for the phone: the teacher opens
    the phones for one purpose and for a time.
    """

    photo: bool = False
    product: str = ""
    links: tuple[str, ...] = ()

    @property
    def sends_out(self) -> bool:
        return bool(self.product.strip() or self.links)

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Each address with its host, by which it is shown."""
        return tuple((link, host_of(link)) for link in self.links)


class OpenText(SentType[Essay]):
    """Free text, with a photo where the teacher allows one."""

    kind = "open"
    family = Family.WRITE
    place = 30
    blank_seconds = 180
    Content = Essay
    MOST_LINKS = 5
    MOST_PRODUCT = 300
    TASK_SECONDS = 300

    def problems(self, content: Essay) -> Iterator[Problem]:
        yield from super().problems(content)
        if len(content.links) > self.MOST_LINKS:
            yield Problem("links", "too_many_links")
        for index, link in enumerate(content.links):
            if https_link(link) is None:
                yield Problem(f"links.{index}", "link")
        if content.links and not content.product.strip():
            yield Problem("product", "no_product")
        if len(content.product) > self.MOST_PRODUCT:
            yield Problem("product", "too_long")

    def seconds_of(self, content: Essay) -> int | None:
        """A task always ends by itself: where no time was set it has five minutes."""
        return self.TASK_SECONDS if content.sends_out else None

    def sends_out(self, content: Essay) -> bool:
        return content.sends_out

    def takes_picture(self, content: Essay) -> bool:
        return content.photo
