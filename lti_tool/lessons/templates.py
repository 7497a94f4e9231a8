"""Templates: a few activities with their questions begun, for moments that every lesson has."""

from dataclasses import dataclass, field
from typing import Any

from lti_tool.errors import Fault
from lti_tool.lessons import editing
from lti_tool.models import Lesson, LessonActivity


@dataclass(frozen=True)
class Begun:
    """One activity of a template. Its question is the text `template.ask.<name>_<n>`, in the teacher's language."""

    kind: str
    seconds: int | None
    points: float
    content: dict[str, Any] = field(default_factory=dict)


TEMPLATES: dict[str, tuple[Begun, ...]] = {
    "warm_up": (Begun("cloud", 60, 0.0), Begun("single", 45, 0.0), Begun("rating", 30, 0.0)),
    "exit_ticket": (Begun("single", 60, 1.0), Begun("exit", 120, 0.0)),
    "review": (
        Begun("true_false", 30, 1.0),
        Begun("single", 45, 1.0),
        Begun("multiple", 60, 1.0),
        Begun("ordering", 90, 1.0),
        Begun("short", 60, 1.0),
        Begun("rating", 30, 0.0),
    ),
}


def add(lesson: Lesson, name: str, questions: list[str]) -> LessonActivity:
    """Put a template's activities at the end, with these questions; the first of them. Raises `Fault` for one that
    is none, and when the lesson would grow too long."""
    begun = TEMPLATES.get(name)
    if begun is None:
        raise Fault("template_unknown")
    made = [_activity(one, question) for one, question in zip(begun, questions, strict=True)]
    editing.append(lesson, made)
    return made[0]


def _activity(begun: Begun, question: str) -> LessonActivity:
    blank = editing.blank_of(begun.kind)
    return LessonActivity(
        kind=begun.kind,
        content={**blank, **begun.content, "prompt": question},
        points=begun.points,
        seconds=begun.seconds,
    )
