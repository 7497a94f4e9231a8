"""Regulations on assessment, found through the entry points `giotay.regulations`: ours and anybody's use the same door.

An entry point names an `Edition`: a function that takes a school year and returns the regulation as it stood then.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from analytics.regulations.port import Edition, Regulation, Scope

GROUP = "giotay.regulations"
NOT_FOUND = Scope("no_regulation")


@cache
def editions() -> Mapping[str, Edition]:
    """Every installed regulation, by key."""
    return {entry.name: entry.load() for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name)}


def regulation_of(key: str, school_year: str) -> Regulation | None:
    """This regulation as it stood in a school year; None when it did not stand. Raises `KeyError` for a key that is not
    installed, `ValueError` for what is no school year."""
    return editions()[key](school_year)


def governing(school_year: str, grade: int) -> Regulation | Scope:
    """The regulation that governs a class, or why none does: the reason of the first that stood in that year.

    Raises `ValueError` for what is no school year.
    """
    refusals = []
    for edition in editions().values():
        if (regulation := edition(school_year)) is None:
            continue
        scope = regulation.scope(grade)
        if scope.is_supported:
            return regulation
        refusals.append(scope)
    return refusals[0] if refusals else NOT_FOUND
