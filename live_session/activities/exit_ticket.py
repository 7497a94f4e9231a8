"""The exit ticket: before they go, how well it was understood, what was learned, what is still a question."""

from collections import Counter
from collections.abc import Iterable, Iterator

from live_session.activities.base import Bar, Content, Family, KeylessType, text_of
from live_session.errors import InvalidValue, Problem
from live_session.model import Json

LEVELS = ("1", "2", "3", "4")
TEXTS = ("learned", "unclear")
LONGEST = 200


class Ticket(Content, frozen=True, omit_defaults=True, kw_only=True):
    """What stands above the two fields; the usual words where it is empty."""

    learned: str = ""
    unclear: str = ""


class ExitTicket(KeylessType[Ticket]):
    """The answer is an object of `level` ("1" not yet … "4" could explain it) and two texts; any of the three may be
    missing. Read by the teacher, never scored."""

    kind = "exit"
    family = Family.OPINION
    place = 50
    blank_seconds = 180
    Content = Ticket
    is_private = True
    is_read = True
    LIMIT = 500

    def problems(self, content: Ticket) -> Iterator[Problem]:
        yield from super().problems(content)
        for field in TEXTS:
            if len(getattr(content, field)) > LONGEST:
                yield Problem(field, "too_long")

    def check(self, content: Ticket, value: Json) -> Json:
        if not isinstance(value, dict) or not value or not set(value) <= {"level", *TEXTS}:
            raise InvalidValue("not a ticket")
        checked = {name: text_of(value[name], self.LIMIT) for name in ("level", *TEXTS) if name in value}
        if checked.get("level", LEVELS[0]) not in LEVELS:
            raise InvalidValue("not a level")
        return checked

    def tally(self, content: Ticket, values: Iterable[Json]) -> tuple[Bar, ...]:
        counts = Counter((value or {}).get("level") for value in values)
        return tuple(Bar(level, counts[level], level) for level in LEVELS)
