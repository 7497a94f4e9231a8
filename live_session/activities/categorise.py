"""Categorise: each thing in its group."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from live_session.activities.base import blank_or_long, letters
from live_session.activities.pairs import Grid, PairsType, numbered
from live_session.activities.shuffle import shuffled
from live_session.errors import Problem

MOST_GROUPS, MOST_ITEMS = 5, 16


class Group(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str = ""
    items: tuple[str, ...] = ()


class Groups(Grid, frozen=True, omit_defaults=True, kw_only=True):
    """Groups in the teacher's order, A, B, C …; all their items together, shuffled and numbered."""

    groups: tuple[Group, ...]

    @property
    def rows(self) -> Mapping[str, str]:
        return numbered(shuffled(item for group in self.groups for item in group.items))

    @property
    def columns(self) -> Mapping[str, str]:
        return dict(zip(letters(len(self.groups)), (group.name for group in self.groups), strict=True))

    @property
    def right(self) -> Mapping[str, str]:
        home = {item: letter for letter, group in zip(self.columns, self.groups, strict=True) for item in group.items}
        return {row: home[item] for row, item in self.rows.items()}


class Categorise(PairsType[Groups]):
    """Each item goes to one of two to five groups."""

    kind = "categorise"
    place = 30
    Content = Groups
    blank = MappingProxyType({"groups": ({"name": "", "items": ()},) * 2})

    def problems(self, content: Groups) -> Iterator[Problem]:
        yield from super().problems(content)
        if not 2 <= len(content.groups) <= MOST_GROUPS:
            yield Problem("groups", "columns")
        yield from blank_or_long("groups", (group.name for group in content.groups))
        items = [(n, item) for n, group in enumerate(content.groups) for item in group.items]
        for problem, (n, _) in _by_group(items):
            yield Problem(f"groups.{n}", problem)
        if not 2 <= len(items) <= MOST_ITEMS:
            yield Problem("groups.0", "items")

    def texts(self, content: Groups) -> Iterator[tuple[str, str]]:
        yield from super().texts(content)
        for n, group in enumerate(content.groups):
            yield from ((f"groups.{n}", text) for text in (group.name, *group.items))


def _by_group(items: list[tuple[int, str]]) -> Iterator[tuple[str, tuple[int, str]]]:
    """Faults of items, each with the item it speaks of: a thing that stands in two groups has no right one."""
    for problem in blank_or_long("items", (item for _, item in items)):
        yield problem.code, items[int(problem.field.partition(".")[2])]
