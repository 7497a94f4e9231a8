"""The tool's tables. Every one has a rule in `lti_tool.privacy.rules`: whom it names, how it is exported and erased."""

from lti_tool.models.base import Model
from lti_tool.models.delivery import LineItem, Score, ScoreState
from lti_tool.models.people import MemberRole, Membership, Person, RememberedPhone, Source
from lti_tool.models.platform import (
    Context,
    Deployment,
    LaunchState,
    PlatformKeySet,
    PlatformToken,
    Registration,
    RegistrationInvite,
    RegistrationState,
    ResourceLink,
    ToolKey,
)
from lti_tool.models.privacy import AccessEntry
from lti_tool.models.school import Course, CourseClass, Grant, GrantKind, SchoolClass
from lti_tool.models.teaching import AttendanceDecision, Lesson, LessonActivity, LessonRun, Picture, ScoreDecision
from lti_tool.models.visits import LaunchBrowser, LaunchKind, LaunchVisit, WindowCode

__all__ = [
    "AccessEntry",
    "AttendanceDecision",
    "Context",
    "Course",
    "CourseClass",
    "Deployment",
    "Grant",
    "GrantKind",
    "LaunchBrowser",
    "LaunchKind",
    "LaunchState",
    "LaunchVisit",
    "Lesson",
    "LessonActivity",
    "LessonRun",
    "LineItem",
    "MemberRole",
    "Membership",
    "Model",
    "Person",
    "Picture",
    "PlatformKeySet",
    "PlatformToken",
    "Registration",
    "RegistrationInvite",
    "RegistrationState",
    "RememberedPhone",
    "ResourceLink",
    "SchoolClass",
    "Score",
    "ScoreDecision",
    "ScoreState",
    "Source",
    "ToolKey",
    "WindowCode",
]
