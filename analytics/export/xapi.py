"""Lessons as xAPI statements (1.0.3), in the words of the virtual classroom profile where it has some."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from analytics.export.deeds import Course, Deed, Did, Judged, Lesson
from analytics.export.moments import moment, span
from live_session.model import Activity

Json: TypeAlias = Mapping[str, Any]

ADL = "http://adlnet.gov/expapi"
PROFILE = "https://w3id.org/xapi/virtual-classroom"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
LANGUAGE = "vi"

VERBS: Mapping[Did, tuple[str, str, str]] = {
    Did.JOINED: ("http://activitystrea.ms/join", "joined", "vào lớp"),
    Did.LEFT: ("http://activitystrea.ms/leave", "left", "rời lớp"),
    Did.ATTENDED: (f"{ADL}/verbs/attended", "attended", "dự tiết học"),
    Did.ANSWERED: (f"{ADL}/verbs/answered", "answered", "trả lời"),
    Did.RESPONDED: (f"{ADL}/verbs/responded", "responded", "nêu ý kiến"),
    Did.POSTED: ("https://w3id.org/xapi/acrossx/verbs/posted", "posted", "đăng bài"),
    Did.RAISED_HAND: (f"{PROFILE}/verbs/raised-hand", "raised hand", "giơ tay"),
}
"""(identifier, in English, in Vietnamese)."""

INTERACTIONS = {
    "single": "choice", "multiple": "choice", "poll": "choice", "true_false": "true-false", "number": "numeric",
    "short": "fill-in", "fill": "fill-in", "matching": "matching", "categorise": "matching", "ordering": "sequencing",
    "ranking": "sequencing", "rating": "likert", "open": "long-fill-in",
}  # fmt: skip
"""Kinds of activity as the interaction types of SCORM, which xAPI took over; others are "other"."""


def statements(course: Course, lesson: Lesson) -> Iterable[Json]:
    """A statement for each deed, in their order."""
    context = _context(course, lesson)
    for deed in lesson.deeds:
        activity = lesson.deck.get(deed.activity)
        identifier, english, vietnamese = VERBS[deed.did]
        result = _result(deed)
        yield {
            "id": str(lesson.deed_id(deed)),
            "actor": _agent(course, deed.pupil),
            "verb": {"id": identifier, "display": {"en-US": english, LANGUAGE: vietnamese}},
            "object": _lesson(course, lesson) if activity is None else _question(course, lesson, activity),
            **({"result": result} if result else {}),
            "context": context if activity is None else _about(context, course, activity, deed.round),
            "timestamp": moment(deed.at),
            "version": "1.0.3",
        }


def scored(course: Course, one: Judged) -> Json:
    """A mark or a score that a teacher made or confirmed: the pupil scored, the teacher is the instructor."""
    definition = {"type": f"{ADL}/activities/assessment", "name": {LANGUAGE: one.title}}
    scale = {"scaled": round(one.value / one.most, 4), "raw": one.value, "min": 0, "max": one.most}
    return {
        "id": str(one.id),
        "actor": _agent(course, one.pupil),
        "verb": {"id": f"{ADL}/verbs/scored", "display": {"en-US": "scored", LANGUAGE: "được ghi điểm"}},
        "object": {"id": f"{course.address}/{one.of}", "definition": definition},
        "result": {"score": scale},
        "context": {
            "platform": "Giơ Tay",
            "language": LANGUAGE,
            "contextActivities": {"grouping": [_grouping(course)]},
            **({"instructor": _agent(course, one.by)} if one.by else {}),
        },
        "timestamp": moment(one.at),
        "version": "1.0.3",
    }


def _agent(course: Course, name: str) -> Json:
    return {"objectType": "Agent", "account": {"homePage": course.tool, "name": name}}


def _grouping(course: Course) -> Json:
    return {
        "id": course.address,
        "definition": {"type": f"{ADL}/activities/course", "name": {LANGUAGE: course.subject}},
    }


def _result(deed: Deed) -> Json:
    found: dict[str, Any] = {}
    if deed.share is not None:
        found |= {"success": deed.share == 1, "score": {"scaled": round(deed.share, 4)}}
    if deed.took is not None:
        found["duration"] = span(deed.took)
    return found


def _context(course: Course, lesson: Lesson) -> Json:
    category = {"id": PROFILE, "definition": {"type": f"{ADL}/activities/profile"}}
    return {
        "registration": str(lesson.id),
        "platform": "Giơ Tay",
        "language": LANGUAGE,
        "contextActivities": {
            "parent": [_lesson(course, lesson)],
            "grouping": [_grouping(course)],
            "category": [category],
        },
        "extensions": {SESSION: lesson.run_id},
    }


def _about(context: Json, course: Course, activity: Activity, number: int) -> Json:
    """The context of a question: which round of it, and its objective."""
    found = {**context, "extensions": {**context["extensions"], f"{course.tool}/xapi/round": number}}
    if activity.objective is None:
        return found
    objective = {
        "id": course.objective(activity.objective),
        "definition": {"type": f"{ADL}/activities/objective", "name": {LANGUAGE: activity.objective}},
    }
    return {**found, "contextActivities": {**context["contextActivities"], "other": [objective]}}


def _lesson(course: Course, lesson: Lesson) -> Json:
    definition = {"type": f"{PROFILE}/activity-types/virtual-classroom", "name": {LANGUAGE: lesson.title}}
    return {"id": f"{course.address}/lessons/{lesson.run_id}", "definition": definition}


def _question(course: Course, lesson: Lesson, activity: Activity) -> Json:
    definition = {
        "type": f"{ADL}/activities/cmi.interaction",
        "interactionType": INTERACTIONS.get(activity.kind, "other"),
        "name": {LANGUAGE: activity.title or activity.id},
    }
    return {"id": f"{course.address}/lessons/{lesson.run_id}/questions/{activity.id}", "definition": definition}
