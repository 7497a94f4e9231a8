"""Activity types, found through the entry points `giotay.activities`: ours and anybody's use the same door."""

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.metadata import entry_points
from importlib.resources import files

import msgspec

from live_session.activities.base import (
    ActivityType,
    AnyType,
    Bar,
    Content,
    Image,
    Key,
)
from live_session.model import Activity

__all__ = ["ActivityType", "Bar", "Content", "Image", "Key", "content_of", "text_of_content", "type_of", "types"]

GROUP = "giotay.activities"


@cache
def types() -> Mapping[str, AnyType]:
    """Every installed activity type, by kind."""
    found = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        type_ = entry.load()()
        found[type_.kind] = type_
    return found


def type_of(kind: str) -> AnyType:
    """The type of this kind. Raises `KeyError` for one that is not installed."""
    return types()[kind]


@lru_cache(maxsize=4_096)
def _parsed(kind: str, content: str) -> Content:
    parsed: Content = type_of(kind).parse(content)
    return parsed


def content_of(activity: Activity) -> Content:
    """The activity's content, parsed once a process: a run checks thousands of answers against a handful of texts."""
    return _parsed(activity.kind, activity.content)


def text_of_content(content: Content) -> str:
    """The JSON text under which content is stored; equal contents give equal texts."""
    return msgspec.json.encode(content, order="deterministic").decode()


def template_of(kind: str) -> str | None:
    """The HTML template of a type, `<kind>.html` beside its module; None for a kind that is not installed."""
    type_ = types().get(kind)
    if type_ is None:
        return None
    package = type(type_).__module__.rpartition(".")[0]
    return (files(package) / f"{kind}.html").read_text(encoding="utf-8")
