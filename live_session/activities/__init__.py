"""Activity types, found through the entry points `giotay.activities`: ours and anybody's use the same door."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache, lru_cache
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from live_session.activities.base import (
    ActivityType,
    AnyType,
    Bar,
    Content,
    Family,
    Image,
    Key,
    PostTerms,
)
from live_session.model import Activity, Json

__all__ = [
    "ActivityType",
    "Bar",
    "Content",
    "Image",
    "Key",
    "content_of",
    "key_of",
    "post_terms_of",
    "share_of",
    "text_of_content",
    "type_of",
    "types",
]

GROUP = "giotay.activities"


@cache
def types() -> Mapping[str, AnyType]:
    """Every installed activity type, by kind; in the order in which teachers are offered them."""
    found = [entry.load()() for entry in entry_points(group=GROUP)]
    families = tuple(Family)
    return {one.kind: one for one in sorted(found, key=lambda t: (families.index(t.family), t.place, t.kind))}


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


def share_of(activity: Activity, value: Json) -> Fraction | None:
    """How much of a checked answer is right; None where nothing can be, or its text was erased."""
    return type_of(activity.kind).share(content_of(activity), value)


def key_of(activity: Activity) -> Key | None:
    """What is right; None where nothing can be."""
    return type_of(activity.kind).key(content_of(activity))


def post_terms_of(activity: Activity) -> PostTerms | None:
    """What pupils may do where each may post several times; None where they answer once."""
    terms = type_of(activity.kind).post_terms(content_of(activity))
    return None if terms is None else terms.under(activity.terms.naming)


def is_check(activity: Activity) -> bool:
    """Asked ad hoc, and nothing can be right or wrong: whether somebody is there."""
    return activity.item is None and not type_of(activity.kind).has_key


def text_of_content(content: Content) -> str:
    """The JSON text under which content is stored; equal contents give equal texts."""
    return msgspec.json.encode(content, order="deterministic").decode()


def template_of(kind: str) -> str | None:
    """The HTML template of a type, `<kind>.html` beside its module; None for a kind that is not installed."""
    type_ = types().get(kind)
    return None if type_ is None else _beside(type_, f"{kind}.html").read_text(encoding="utf-8")


def words_of(locale: str) -> Iterator[bytes]:
    """The texts that kinds bring along, `<kind>.<locale>.po` beside their modules; our own stand with the tool's."""
    for kind, type_ in types().items():
        file = _beside(type_, f"{kind}.{locale}.po")
        if file.is_file():
            yield file.read_bytes()


def _beside(type_: AnyType, name: str) -> Traversable:
    return files(type(type_).__module__.rpartition(".")[0]) / name
