"""An activity as a colleague reads it: question, what there is to choose or arrange, the key, without its form."""

from dataclasses import dataclass

from live_session import activities
from live_session.activities.base import Image, Key
from live_session.errors import InvalidContent
from lti_tool.formats import pointed
from lti_tool.lessons.decks import faults_of, text_of
from lti_tool.models import LessonActivity


@dataclass(frozen=True)
class Reading:
    """`parts` are its texts in the order of the form; `key` the right ones; `faults` (field, code) what it lacks."""

    kind: str
    prompt: str
    image: Image | None
    parts: tuple[str, ...]
    key: tuple[str, ...]
    explanation: str
    faults: tuple[tuple[str, str], ...]


def _told(key: Key) -> tuple[str, ...]:
    pairs = zip(key.options, key.texts, strict=False) if len(key.options) == len(key.texts) else ()
    return tuple(pointed(option, text) for option, text in pairs) or key.texts or key.options


def read(activity: LessonActivity) -> Reading:
    """What an activity holds. One of a shape that this release no longer knows reads as its bare question."""
    type_ = activities.type_of(activity.kind)
    faults = tuple((problem.field, problem.code) for problem in faults_of(activity))
    try:
        content = type_.parse(text_of(activity.content))
    except InvalidContent:
        return Reading(activity.kind, str(activity.content.get("prompt", "")), None, (), (), "", faults)
    apart = ("prompt", "explanation")
    parts = tuple(text for field, text in type_.texts(content) if field not in apart and text.strip())
    key = type_.key(content)
    right = _told(key) if key else ()
    return Reading(activity.kind, content.prompt, content.image, parts, right, content.explanation, faults)
