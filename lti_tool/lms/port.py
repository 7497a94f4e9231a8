"""What the tool asks of an LMS, whichever it is. An implementation speaks one protocol; the tests' fake is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lti_tool.models import Context, LineItem, MemberRole
from lti_tool.names import FullName


@dataclass(frozen=True)
class Services:
    """What the newest verified launch of a course brought: addresses, and what may be done there."""

    roster: str | None
    columns: str | None
    scopes: frozenset[str]


@dataclass(frozen=True)
class Member:
    """Somebody in a course, as the LMS lists them. `sub` is the LMS's own id of the person."""

    sub: str
    role: MemberRole
    name: FullName
    is_active: bool


@dataclass(frozen=True)
class Column:
    """A gradebook column, known to both sides by `resource_id` and `tag`; `maximum` points."""

    resource_id: str
    tag: str
    label: str
    maximum: int


@dataclass(frozen=True)
class Grade:
    """A score to be posted: `value` of `maximum` as decimal text, the moment in ms, a plain-text comment."""

    sub: str
    value: str
    maximum: int
    comment: str
    timestamp: int


class Lms(Protocol):
    """An LMS. Every method raises `PlatformFault`, whose kind says whether trying again may help."""

    def members(self, services: Services) -> Sequence[Member]:
        """Everybody in the course."""

    def column(self, services: Services, column: Column) -> str:
        """The address of this column: found by its resource id and tag, else made."""

    def post(self, address: str, grade: Grade) -> None:
        """Put one grade into the column at this address."""


def services_of(context: Context) -> Services:
    """A course's services, as plain values that need no database."""
    return Services(context.memberships_url, context.line_items_url, frozenset(context.grade_scopes))


def column_of(item: LineItem) -> Column:
    """A column, likewise."""
    return Column(item.resource_id, item.tag, item.label, item.maximum)
