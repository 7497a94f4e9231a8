"""What the tool asks of an LMS, whichever it is. An implementation speaks one protocol; the tests' fake is one.

Google Classroom has no signed launch, gives grades only as drafts and only with a teacher's own leave, and lets one
attachment of several set the grade: the capabilities say such things, so that no page has to know which LMS it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lti_tool.models import Context, LineItem, MemberRole
from lti_tool.names import FullName


class GradeWrite(StrEnum):
    """When a grade may be written."""

    NOW = "now"
    NEEDS_TEACHER_GRANT = "needs_teacher_grant"
    """Only under the leave that a teacher of the course gave; until then grades wait."""
    NONE = "none"


@dataclass(frozen=True)
class Capabilities:
    """What an LMS can do for one course, by its protocol and by what it granted.

    `is_grade_final`: a posted grade counts at once, else it is a draft that a teacher must return. `has_groups`: it
    lists the course's groups. `reads_grades`: what stands in the gradebook can be read. `makes_columns`: the tool may
    add columns. `links_many`: several lessons can be linked in one step. `opens_review`: a teacher can open one pupil's
    work from the gradebook. `traces_copies`: a copied course says what it was copied from. `orders_grades`: an
    older grade is refused where a newer one stands.
    """

    grade_write: GradeWrite
    is_grade_final: bool
    has_comment: bool
    reads_grades: bool
    makes_columns: bool
    has_roster: bool
    has_groups: bool
    has_roster_email: bool
    links_many: bool
    opens_review: bool
    is_launch_signed: bool
    traces_copies: bool
    orders_grades: bool


@dataclass(frozen=True)
class Services:
    """What the newest verified launch of a course brought: addresses, and what may be done there."""

    roster: str | None
    columns: str | None
    scopes: frozenset[str]
    groups: str | None = None


@dataclass(frozen=True)
class Member:
    """Somebody in a course, as the LMS lists them. `sub` is the LMS's own id of the person; `groups` the groups they
    are in, by the LMS's own ids, None where the list does not say; `code` the school's own id of them, "" for none."""

    sub: str
    role: MemberRole
    name: FullName
    is_active: bool
    groups: tuple[str, ...] | None = None
    code: str = ""


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


@dataclass(frozen=True)
class Standing:
    """What stands in a gradebook for one person: `value` of `maximum`. None: the LMS lists the person without a grade,
    which on Moodle may also mean a grade of 0."""

    value: float | None
    maximum: float


class Verdict(StrEnum):
    """What became of a grade that was posted."""

    POSTED = "posted"
    QUEUED = "queued"
    """Not now; the same grade may be posted again later."""
    REFUSED = "refused"
    """Not ever, unless somebody changes something."""


LATER = frozenset(
    {
        "later", "timeout", "unreachable", "token_refused", "token_unheard", "keys_unseen", "clock_ahead",
        "certificate", "no_consent", "not_json", "too_large", "redirected", "busy",
    }
)  # fmt: skip
"""Faults after which the same thing may be tried again by itself: somebody mends the platform or the way to it."""


@dataclass(frozen=True)
class Outcome:
    """The verdict on one grade; `reason` is a key that pages have words for, empty when posted."""

    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True)
class Check:
    """One line of a probe: `key` says what was looked at, `fault` what was wrong (empty: nothing), `count` what was
    found: people, keys, columns, seconds."""

    key: str
    fault: str = ""
    count: int = 0


class Lms(Protocol):
    """An LMS. Methods raise `PlatformFault`, whose kind says if trying again may help; `post` and `check` never do."""

    def capabilities(self, services: Services) -> Capabilities:
        """What can be done in this course. Asks nobody."""

    def members(self, services: Services, link: str | None = None) -> Sequence[Member]:
        """Everybody in the course; with an activity's own id, those whom the LMS lets into it. Raises rather than give
        a list cut short."""

    def groups(self, services: Services) -> Mapping[str, str]:
        """The course's groups: names by the LMS's own ids. Empty where it lists none to us."""

    def column(self, services: Services, column: Column) -> str:
        """The address of this column: found by its resource id and tag, else made."""

    def post(self, address: str, grade: Grade) -> Outcome:
        """Put one grade into the column at this address. Posting the same grade twice is harmless. Never raises
        `PlatformFault`: what went wrong is the outcome."""

    def standings(self, services: Services, address: str, sub: str | None = None) -> Mapping[str, Standing]:
        """What stands in the column, by person (of one person alone). Who is not listed has no grade there."""

    def check(self, services: Services | None) -> Sequence[Check]:
        """Ask now all that will be asked later, and say what was found. Never raises `PlatformFault`. Services are None
        where no course has launched yet."""


def services_of(context: Context) -> Services:
    """A course's services, as plain values that need no database."""
    scopes = frozenset(context.grade_scopes)
    return Services(context.memberships_url, context.line_items_url, scopes, context.groups_url)


def column_of(item: LineItem) -> Column:
    """A column, likewise."""
    return Column(item.resource_id, item.tag, item.label, item.maximum)
