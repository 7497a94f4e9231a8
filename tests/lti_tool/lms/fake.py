"""An LMS in memory, with no web under it: the port's second implementation. Its grades wait for a teacher's leave
where it is told so, as Google Classroom's do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lti_tool.errors import PlatformFault
from lti_tool.lms.port import (
    Capabilities,
    Check,
    Column,
    Grade,
    GradeWrite,
    Member,
    Outcome,
    Services,
    Standing,
    Verdict,
)


@dataclass
class FakeLms:
    """`people` is the course's list, `columns` by address, `grades` by (address, sub)."""

    people: list[Member] = field(default_factory=list)
    columns: dict[str, Column] = field(default_factory=dict)
    grades: dict[tuple[str, str], Grade] = field(default_factory=dict)
    has_leave: bool = True
    named_groups: dict[str, str] = field(default_factory=dict)

    def capabilities(self, services: Services) -> Capabilities:
        return Capabilities(
            grade_write=GradeWrite.NOW if self.has_leave else GradeWrite.NEEDS_TEACHER_GRANT,
            is_grade_final=False,
            has_comment=False,
            reads_grades=True,
            makes_columns=True,
            has_roster=services.roster is not None,
            has_groups=services.groups is not None,
            has_roster_email=False,
            links_many=False,
            opens_review=True,
            is_launch_signed=False,
            traces_copies=True,
            orders_grades=True,
        )

    def members(self, services: Services, link: str | None = None) -> Sequence[Member]:
        if services.roster is None:
            raise PlatformFault("not_granted")
        return list(self.people)

    def groups(self, services: Services) -> Mapping[str, str]:
        return {} if services.groups is None else dict(self.named_groups)

    def column(self, services: Services, column: Column) -> str:
        if services.columns is None:
            raise PlatformFault("not_granted")
        for address, known in self.columns.items():
            if (known.resource_id, known.tag) == (column.resource_id, column.tag):
                return address
        address = f"fake:{len(self.columns) + 1}"
        self.columns[address] = column
        return address

    def post(self, address: str, grade: Grade) -> Outcome:
        if not self.has_leave:
            return Outcome(Verdict.QUEUED, "later")
        if address not in self.columns:
            return Outcome(Verdict.REFUSED, "gone")
        if not any(person.sub == grade.sub for person in self.people):
            return Outcome(Verdict.REFUSED, "refused")
        standing = self.grades.get((address, grade.sub))
        if standing is not None and standing != grade and standing.timestamp >= grade.timestamp:
            return Outcome(Verdict.REFUSED, "newer")
        self.grades[address, grade.sub] = grade
        return Outcome(Verdict.POSTED)

    def standings(self, services: Services, address: str, sub: str | None = None) -> Mapping[str, Standing]:
        if address not in self.columns:
            raise PlatformFault("gone")
        return {
            who: Standing(float(grade.value), float(grade.maximum))
            for (where, who), grade in self.grades.items()
            if where == address and sub in (None, who)
        }

    def check(self, services: Services | None) -> Sequence[Check]:
        return [Check("members", "", len(self.people))] if services else [Check("course", "no_course")]
