"""Lessons as Caliper events (1EdTech Caliper Analytics 1.2), in the envelope in which they are sent.

Profiles: Session (coming and going), Tool Use (being there, a raised hand), Assessment with Grading (what can be right
or wrong), Survey (what cannot), Forum (posts). A machine's score of one item is by the tool; marks and scores that a
teacher made or confirmed are events of their own, by that teacher (Grading).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from analytics.export.deeds import Course, Deed, Did, Judged, Lesson
from analytics.export.moments import moment, span
from live_session.model import Activity, Millis

Json: TypeAlias = Mapping[str, Any]

CONTEXT = "http://purl.imsglobal.org/ctx/caliper/v1p2"
RESPONSES = {
    "single": "MultipleChoiceResponse", "multiple": "MultipleResponseResponse", "true_false": "TrueFalseResponse",
    "short": "FillinBlankResponse", "fill": "FillinBlankResponse", "open": "OpenEndedResponse",
    "rating": "RatingScaleResponse", "poll": "MultiselectResponse",
}  # fmt: skip
"""Kinds of activity as kinds of response; others are `Response`."""
MINUTE: Millis = 60_000


def envelope(course: Course, lesson: Lesson, sent_at: Millis) -> Json:
    """A lesson's events as one message."""
    return _message(course, list(events(course, lesson)), sent_at)


def judgements(course: Course, found: Iterable[Judged], sent_at: Millis) -> Json:
    """What teachers judged, as one message."""
    return _message(course, [_judged(course, one) for one in found], sent_at)


def _message(course: Course, data: Sequence[Json], sent_at: Millis) -> Json:
    return {"sensor": course.tool, "sendTime": moment(sent_at), "dataVersion": CONTEXT, "data": data}


def _tool(course: Course) -> Json:
    return {"id": course.tool, "type": "SoftwareApplication", "name": "Giơ Tay"}


def _section(course: Course) -> Json:
    return {"id": course.address, "type": "CourseSection", "name": course.subject}


def _judged(course: Course, one: Judged) -> Json:
    """A GradeEvent of a teacher. Who was erased has no name, and the tool that kept the mark stands in their place."""
    pupil, line = f"{course.tool}/people/{one.pupil}", f"{course.address}/{one.of}"
    tool = _tool(course)
    attempt = {
        "id": f"{line}/people/{one.pupil}",
        "type": "Attempt",
        "assignee": pupil,
        "assignable": {"id": line, "type": "AssignableDigitalResource", "name": one.title, "maxScore": one.most},
    }
    by = {"id": f"{course.tool}/people/{one.by}", "type": "Person"} if one.by else tool
    score = {"attempt": attempt["id"], "maxScore": one.most, "scoreGiven": one.value, "scoredBy": by["id"]}
    return {
        "@context": CONTEXT,
        "id": one.id.urn,
        "type": "GradeEvent",
        "profile": "GradingProfile",
        "actor": by,
        "action": "Graded",
        "object": attempt,
        "eventTime": moment(one.at),
        "edApp": tool,
        "generated": {"id": f"{attempt['id']}/score", "type": "Score", **score},
        "group": _section(course),
    }


def events(course: Course, lesson: Lesson) -> Iterable[Json]:
    """An event for each deed, in their order; a second one, of the score, for an answer that has one."""
    for deed in lesson.deeds:
        one = _Told(course, lesson, deed)
        yield one.event()
        if deed.did is Did.ANSWERED and deed.share is not None:
            yield one.graded(deed.share)


class _Told:
    """One deed on its way into events."""

    def __init__(self, course: Course, lesson: Lesson, deed: Deed) -> None:
        self._course, self._lesson, self._deed = course, lesson, deed
        self._person = f"{course.tool}/people/{deed.pupil}"
        self._place = f"{course.address}/lessons/{lesson.run_id}"
        self._own = f"{self._place}/people/{deed.pupil}"
        self._tool = _tool(course)

    def event(self) -> Json:
        match self._deed.did:
            case Did.JOINED | Did.LEFT as did:
                action = "LoggedIn" if did is Did.JOINED else "LoggedOut"
                return self._event("SessionEvent", "SessionProfile", action, self._tool)
            case Did.ATTENDED:
                return self._event("ToolUseEvent", "ToolUseProfile", "Used", self._tool, generated=self._minutes())
            case Did.RAISED_HAND:
                hand = {**self._tool, "id": f"{self._course.tool}/hands", "name": "raised hand"}
                return self._event("ToolUseEvent", "ToolUseProfile", "Used", self._tool, target=hand)
            case Did.POSTED:
                return self._event("MessageEvent", "ForumProfile", "Posted", self._message())
            case Did.RESPONDED:
                of = self._question("QuestionnaireItem", "Questionnaire")
                return self._event("QuestionnaireItemEvent", "SurveyProfile", "Completed", of, generated=self._reply())
            case _:
                of = self._question("AssessmentItem", "Assessment")
                return self._event("AssessmentItemEvent", "AssessmentProfile", "Completed", of, generated=self._reply())

    def graded(self, share: float) -> Json:
        """How much of an answer the tool found right."""
        score = {
            "id": f"{self._attempt_id()}/score",
            "type": "Score",
            "attempt": self._attempt_id(),
            "maxScore": 1,
            "scoreGiven": round(share, 4),
            "scoredBy": self._course.tool,
        }
        told = self._event("GradeEvent", "GradingProfile", "Graded", self._attempt(), generated=score)
        return {**told, "id": self._lesson.deed_id(self._deed, "score").urn, "actor": self._tool}

    def _event(self, type_: str, profile: str, action: str, of: Json, **more: Json) -> Json:
        deed = self._deed
        return {
            "@context": CONTEXT,
            "id": self._lesson.deed_id(deed).urn,
            "type": type_,
            "profile": profile,
            "actor": {"id": self._person, "type": "Person"},
            "action": action,
            "object": of,
            "eventTime": moment(deed.at),
            "edApp": self._tool,
            "group": _section(self._course),
            "membership": {
                "id": f"{self._course.address}/people/{deed.pupil}",
                "type": "Membership",
                "member": self._person,
                "organization": self._course.address,
                "roles": ["Learner"],
                "status": "Active",
            },
            "session": self._session(),
            **more,
        }

    def _session(self) -> Json:
        lesson = self._lesson
        about = {"id": f"{self._own}/session", "type": "Session", "name": lesson.title, "user": self._person}
        return {**about, "startedAtTime": moment(lesson.started_at)}

    def _minutes(self) -> Json:
        lesson = self._lesson
        measure = {
            "id": f"{self._own}/minutes",
            "type": "AggregateMeasure",
            "metric": "MinutesOnTask",
            "metricValue": round((self._deed.took or 0) / MINUTE, 2),
            "maxMetricValue": round((lesson.ended_at - lesson.started_at) / MINUTE, 2),
            "startedAtTime": moment(lesson.started_at),
            "endedAtTime": moment(lesson.ended_at),
        }
        return {"id": f"{self._own}/measures", "type": "AggregateMeasureCollection", "items": [measure]}

    def _message(self) -> Json:
        thread = f"{self._place}/questions/{self._deed.activity}"
        return {
            "id": f"{thread}/posts/{self._deed.pupil}-{self._deed.round}-{self._deed.number}",
            "type": "Message",
            "creators": [{"id": self._person, "type": "Person"}],
            "isPartOf": {"id": thread, "type": "Thread", "isPartOf": {"id": self._place, "type": "Forum"}},
        }

    def _question(self, type_: str, whole: str) -> Json:
        activity = self._activity()
        about: dict[str, Any] = {
            "id": f"{self._place}/questions/{activity.id}",
            "type": type_,
            "name": activity.title or activity.id,
            "isPartOf": {"id": self._place, "type": whole, "name": self._lesson.title},
            "version": str(activity.version),
        }
        if activity.objective is not None:
            id_ = self._course.objective(activity.objective)
            about["learningObjectives"] = [{"id": id_, "type": "LearningObjective", "name": activity.objective}]
        return about

    def _activity(self) -> Activity:
        return self._lesson.deck[self._deed.activity]

    def _attempt_id(self) -> str:
        return f"{self._own}/questions/{self._deed.activity}/attempts/{self._deed.round}"

    def _attempt(self) -> Json:
        about = {"id": self._attempt_id(), "type": "Attempt", "assignee": self._person}
        assignable = f"{self._place}/questions/{self._deed.activity}"
        return {**about, "assignable": assignable, "count": self._deed.round, **self._times()}

    def _reply(self) -> Json:
        type_ = RESPONSES.get(self._activity().kind, "Response")
        return {"id": f"{self._attempt_id()}/response", "type": type_, "attempt": self._attempt(), **self._times()}

    def _times(self) -> Json:
        ended = {"endedAtTime": moment(self._deed.at)}
        if self._deed.took is None:
            return ended
        began = {"startedAtTime": moment(self._deed.at - self._deed.took)}
        return {**began, **ended, "duration": span(self._deed.took)}
