"""Questions to the teacher: what a class wants to know, what most of it wants to know first."""

from collections.abc import Iterable, Iterator

from live_session.activities.base import Bar, Content, Family, KeylessType, PostTerms, text_of
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

MOST = 10


class Desk(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`most` questions a pupil; `approve`: the teacher reads each before the class does; `votes`: classmates say what
    they want to know too; `named`: they see who asks."""

    most: int = 3
    approve: bool = True
    votes: bool = True
    named: bool = False


class Questions(KeylessType[Desk]):
    """A question is a text. Its author never votes for it; the teacher marks what has been answered."""

    kind = "questions"
    family = Family.TOGETHER
    place = 20
    Content = Desk
    is_private = True
    has_tally = False
    blank_seconds = None
    LIMIT = 300

    def problems(self, content: Desk) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 1 <= content.most <= MOST:
            yield Problem("most", "posts")

    def post_terms(self, content: Desk) -> PostTerms:
        return PostTerms(
            most=content.most,
            approves=content.approve,
            reactions=("up",) if content.votes else (),
            names=content.named,
            marks=True,
            by_votes=content.votes,
        )

    def check(self, content: Desk, value: Json) -> Json:
        if not isinstance(value, dict) or set(value) != {"text"}:
            raise InvalidValue("not a question")
        return {"text": text_of(value["text"], self.LIMIT)}

    def tally(self, content: Desk, values: Iterable[Json]) -> tuple[Bar, ...]:
        return ()
