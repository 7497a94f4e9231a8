"""The answers to long questions as people read them: headings and words in a language, schools by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from analytics.pool import Origin
from lti_tool.extensions import db
from lti_tool.formats import school_year
from lti_tool.lessons.exports import Table
from lti_tool.models import Registration
from lti_tool.site import site
from lti_tool.translations import t

COLUMNS = (
    # what a row is about
    "school", "year", "term", "week", "month", "grade", "class", "subject", "objective", "item", "origin",
    # answers
    "pupils", "counted", "answers", "right", "n", "p", "square",
    # classes
    "lessons", "seats", "room", "home", "late", "absent", "not_seen", "share_present", "share_home", "few", "turns",
    "share_answered", "scored", "share_right", "high", "middle", "low",
    # the period book
    "periods", "in_person", "supported", "hybrid", "online", "network", "share_network", "share_target", "exempt",
    "half_days_over", "rows_over", "teachers", "teachers_done",
    # objectives and the bank
    "questions", "shared", "asked", "practised", "flagged", "askings", "classes", "of_classes", "objectives",
    "objectives_with", "objectives_asked", "without_objective", "share_asked", "unused", "shared_asked",
)  # fmt: skip
"""What the columns are called in the expressions. One name means the same in every table."""
YES_OR_NO = ("few", "exempt")


@dataclass(frozen=True)
class Wording:
    """Words of one language, kept beyond the request that they were read in; `schools` by their number."""

    headings: Mapping[str, str]
    origins: Mapping[str, str]
    schools: Mapping[int, str]
    yes: str
    no_objective: str

    def table(self, rows: Table) -> Table:
        """These rows under headings, as a sheet shows them."""
        return [{self.headings[name]: self._cell(name, value) for name, value in row.items()} for row in rows]

    def _cell(self, name: str, value: Any) -> Any:
        if name in YES_OR_NO:
            return self.yes if value else ""
        match name:
            case "school":
                return self.schools.get(value, value)
            case "year":
                return school_year(value)
            case "origin":
                return self.origins[value]
            case "objective":
                return value or self.no_objective
        return value


def wording() -> Wording:
    """In the language of this request."""
    return Wording(
        headings={name: str(t(f"long.column.{name}")) for name in COLUMNS},
        origins={origin.value: str(t(f"long.origin.{origin}")) for origin in Origin},
        schools=_schools(),
        yes=str(t("long.yes")),
        no_objective=str(t("dept.no_objective")),
    )


def _schools() -> dict[int, str]:
    """The only one by the installation's word, several by what their LMS is called, told apart by their number."""
    found = {one.id: one.name or one.issuer for one in db.session.scalars(select(Registration))}
    if len(found) == 1:
        return {key: site().settings.school_name or name for key, name in found.items()}
    return {key: f"{name} ({key})" for key, name in found.items()}
