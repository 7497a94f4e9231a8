"""The tool's tables. Every one has a rule in `lti_tool.privacy.rules`: whom it names, how it is exported and erased."""

from lti_tool.models.base import Model
from lti_tool.models.delivery import LineItem, Score, ScoreState
from lti_tool.models.family import Consent, FamilyLink, FamilyOpening, FamilyWord
from lti_tool.models.marks import AssessedQuestion, Assessment, Conduct, Mark, Place, TermComment
from lti_tool.models.people import MemberRole, Membership, Person, RememberedPhone, Source, TeacherConsent
from lti_tool.models.periods import PeriodEntry
from lti_tool.models.platform import (
    Context,
    Deployment,
    PlatformKeySet,
    PlatformToken,
    Refusal,
    Registration,
    RegistrationInvite,
    RegistrationState,
    ResourceLink,
    SpentState,
    ToolKey,
)
from lti_tool.models.presence import MeetingPresence, RollCall, RollWord, SpotCheck
from lti_tool.models.privacy import AccessEntry
from lti_tool.models.recordings import Faces, Recording
from lti_tool.models.school import Course, CourseClass, Grant, GrantKind, PaperCard, SchoolClass, SchoolRule
from lti_tool.models.teaching import (
    AttendanceDecision,
    EntryKind,
    Excuse,
    Lesson,
    LessonActivity,
    LessonRun,
    LessonVersion,
    Picture,
    ProfileEntry,
    ScoreDecision,
)
from lti_tool.models.visits import LaunchBrowser, LaunchKind, LaunchVisit, WindowCode

__all__ = [
    "AccessEntry",
    "AssessedQuestion",
    "Assessment",
    "AttendanceDecision",
    "Conduct",
    "Consent",
    "Context",
    "Course",
    "CourseClass",
    "Deployment",
    "EntryKind",
    "Excuse",
    "Faces",
    "FamilyLink",
    "FamilyOpening",
    "FamilyWord",
    "Grant",
    "GrantKind",
    "LaunchBrowser",
    "LaunchKind",
    "LaunchVisit",
    "Lesson",
    "LessonActivity",
    "LessonRun",
    "LessonVersion",
    "LineItem",
    "Mark",
    "MeetingPresence",
    "MemberRole",
    "Membership",
    "Model",
    "PaperCard",
    "PeriodEntry",
    "Person",
    "Picture",
    "Place",
    "PlatformKeySet",
    "PlatformToken",
    "ProfileEntry",
    "Recording",
    "Refusal",
    "Registration",
    "RegistrationInvite",
    "RegistrationState",
    "RememberedPhone",
    "ResourceLink",
    "RollCall",
    "RollWord",
    "SchoolClass",
    "SchoolRule",
    "Score",
    "ScoreDecision",
    "ScoreState",
    "Source",
    "SpentState",
    "SpotCheck",
    "TeacherConsent",
    "TermComment",
    "ToolKey",
    "WindowCode",
]
