"""When a lesson's phones were open, for what, and when they lay on their faces. Pure: from the log alone."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from analytics.facts import RunFacts
from live_session import activities
from live_session.model import Activity, Millis


class Use(StrEnum):
    """What phones were for: a task that sends pupils out of the page, a question on it, or nothing."""

    TASK = "task"
    QUESTION = "question"
    DOWN = "down"


class Spell(msgspec.Struct, frozen=True):
    """From one moment to another; `title` of what was opened."""

    start: Millis
    end: Millis
    use: Use
    title: str = ""


def spells(facts: RunFacts) -> tuple[Spell, ...]:
    """Each opening and each laying down, in the order of time."""
    return tuple(sorted(_spells(facts), key=lambda one: (one.start, one.end, one.use)))


def _spells(facts: RunFacts) -> Iterable[Spell]:
    deck = {one.id: one for one in facts.deck}
    for asking in facts.askings:
        activity = deck.get(asking.activity)
        use = Use.TASK if activity and _sends_out(activity) else Use.QUESTION
        yield Spell(asking.opened_at, asking.closed_at, use, activity.title if activity else "")
    for down in facts.face_down:
        yield Spell(down.start, down.end, Use.DOWN)


def _sends_out(activity: Activity) -> bool:
    type_ = activities.types().get(activity.kind)
    return type_ is not None and type_.sends_out(activities.content_of(activity))
