"""Caliper 1.2's information model, as far as we send it, as a JSON Schema: written from the specification's tables of
classes, because 1EdTech publishes no schema and there is no maintained validator for Python. Strict: what a class does
not list is refused, so a slip in a name shows.
"""

from typing import Any

ENTITY = {"id": "iri", "type": "term", "name": "str", "description": "str", "dateCreated": "time",
          "dateModified": "time", "extensions": "any"}  # fmt: skip
RESOURCE = {**ENTITY, "version": "str", "creators": ["Person"], "keywords": ["str"], "isPartOf": "entity",
            "learningObjectives": ["LearningObjective"], "mediaType": "str", "datePublished": "time"}  # fmt: skip
ASSIGNABLE = {**RESOURCE, "dateToActivate": "time", "dateToShow": "time", "dateToStartOn": "time",
              "dateToSubmit": "time", "maxAttempts": "int", "maxSubmits": "int", "maxScore": "number"}  # fmt: skip
SPAN = {"startedAtTime": "time", "endedAtTime": "time", "duration": "duration"}
RESPONSE = {**ENTITY, "attempt": "Attempt", **SPAN}

ENTITIES: dict[str, dict[str, Any]] = {
    "Person": ENTITY,
    "LearningObjective": ENTITY,
    "SoftwareApplication": {**ENTITY, "host": "str", "version": "str"},
    "CourseSection": {**ENTITY, "courseNumber": "str", "academicSession": "str", "category": "str"},
    "Membership": {**ENTITY, "organization": "CourseSection", "member": "Person", "roles": ["str"], "status": "str"},
    "Session": {**ENTITY, "user": "Person", "client": "SoftwareApplication", **SPAN},
    "AssignableDigitalResource": ASSIGNABLE,
    "Assessment": {**ASSIGNABLE, "items": ["AssessmentItem"]},
    "AssessmentItem": {**ASSIGNABLE, "isTimeDependent": "bool"},
    "Questionnaire": RESOURCE,
    "QuestionnaireItem": {**RESOURCE, "question": "entity", "categories": ["str"], "weight": "number"},
    "Message": {**RESOURCE, "body": "str", "replyTo": "Message", "attachments": ["entity"]},
    "Thread": RESOURCE,
    "Forum": RESOURCE,
    "Attempt": {**ENTITY, "assignee": "Person", "assignable": "entity", "count": "int", **SPAN},
    "Score": {**ENTITY, "attempt": "Attempt", "maxScore": "number", "scoreGiven": "number", "scoredBy": "entity",
              "comment": "str"},
    "AggregateMeasureCollection": {**ENTITY, "items": ["AggregateMeasure"]},
    "AggregateMeasure": {**ENTITY, "metric": "metric", "metricValue": "number", "maxMetricValue": "number",
                         "startedAtTime": "time", "endedAtTime": "time"},
    "Response": RESPONSE,
    "MultipleChoiceResponse": {**RESPONSE, "value": "str"},
    "MultipleResponseResponse": {**RESPONSE, "values": ["str"]},
    "TrueFalseResponse": {**RESPONSE, "value": "str"},
    "FillinBlankResponse": {**RESPONSE, "values": ["str"]},
    "OpenEndedResponse": {**RESPONSE, "value": "str"},
    "RatingScaleResponse": {**RESPONSE, "selections": ["str"]},
    "MultiselectResponse": {**RESPONSE, "selections": ["str"]},
}  # fmt: skip
RESPONSES = [name for name in ENTITIES if name.endswith("Response")]
NEEDED = {"AggregateMeasure": ["metric", "metricValue"]}

EVENTS: dict[str, tuple[str, list[str], list[str], list[str], list[str]]] = {
    "SessionEvent": ("SessionProfile", ["LoggedIn", "LoggedOut"], ["Person"], ["SoftwareApplication"], []),
    "ToolUseEvent": ("ToolUseProfile", ["Used"], ["Person"], ["SoftwareApplication"], ["AggregateMeasureCollection"]),
    "AssessmentItemEvent": (
        "AssessmentProfile", ["Started", "Skipped", "Completed"], ["Person"], ["AssessmentItem"], RESPONSES,
    ),
    "QuestionnaireItemEvent": (
        "SurveyProfile", ["Started", "Skipped", "Completed"], ["Person"], ["QuestionnaireItem"], RESPONSES,
    ),
    "MessageEvent": ("ForumProfile", ["Posted", "MarkedAsRead", "MarkedAsUnRead"], ["Person"], ["Message"], []),
    "GradeEvent": ("GradingProfile", ["Graded"], ["Person", "SoftwareApplication"], ["Attempt"], ["Score"]),
}  # fmt: skip
"""Profile, actions, actors, objects, what may be generated."""

TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
IRI = r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+$"
SIMPLE: dict[str, Any] = {
    "iri": {"type": "string", "pattern": IRI},
    "str": {"type": "string", "minLength": 1},
    "term": {"type": "string"},
    "time": {"type": "string", "pattern": TIME},
    "duration": {"type": "string", "pattern": r"^P(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)$"},
    "number": {"type": "number"},
    "int": {"type": "integer", "minimum": 0},
    "bool": {"type": "boolean"},
    "any": {"type": "object"},
    "metric": {"enum": ["AssessmentsPassed", "AssessmentsSubmitted", "MinutesOnTask", "SkillsMastered",
                        "StandardsMastered", "UnitsCompleted", "UnitsPassed", "WordsRead"]},
    "entity": {"anyOf": [{"type": "string", "pattern": IRI}, {"$ref": "#/$defs/entity"}]},
}  # fmt: skip


def _value(kind: Any) -> Any:
    if isinstance(kind, list):
        return {"type": "array", "items": _value(kind[0])}
    if kind in SIMPLE:
        return SIMPLE[kind]
    return {"anyOf": [SIMPLE["iri"], {"$ref": f"#/$defs/{kind}"}]}  # an object, or its IRI


def _entity(name: str) -> Any:
    properties = {member: _value(kind) for member, kind in ENTITIES[name].items()}
    required = ["id", "type", *NEEDED.get(name, ())]
    about = {"type": "object", "required": required, "additionalProperties": False}
    return {**about, "properties": {**properties, "type": {"const": name}}}


def _event(name: str) -> Any:
    profile, actions, actors, objects, generated = EVENTS[name]
    properties = {
        "@context": {"const": "http://purl.imsglobal.org/ctx/caliper/v1p2"},
        "id": {"type": "string", "pattern": r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
        "type": {"const": name},
        "profile": {"const": profile},
        "actor": {"anyOf": [{"$ref": f"#/$defs/{one}"} for one in actors]},
        "action": {"enum": actions},
        "object": {"anyOf": [{"$ref": f"#/$defs/{one}"} for one in objects]},
        "eventTime": SIMPLE["time"],
        "edApp": _value("SoftwareApplication"),
        "target": _value("entity"),
        "group": _value("CourseSection"),
        "membership": _value("Membership"),
        "session": _value("Session"),
        "extensions": SIMPLE["any"],
    }
    if generated:
        properties["generated"] = {"anyOf": [{"$ref": f"#/$defs/{one}"} for one in generated]}
    required = ["@context", "id", "type", "actor", "action", "object", "eventTime"]
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


def schema() -> dict[str, Any]:
    """Of an envelope."""
    defs = {name: _entity(name) for name in ENTITIES}
    defs["entity"] = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in ENTITIES]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": defs,
        "type": "object",
        "required": ["sensor", "sendTime", "dataVersion", "data"],
        "additionalProperties": False,
        "properties": {
            "sensor": SIMPLE["iri"],
            "sendTime": SIMPLE["time"],
            "dataVersion": {"const": "http://purl.imsglobal.org/ctx/caliper/v1p2"},
            "data": {"type": "array", "items": {"oneOf": [_event(name) for name in EVENTS]}},
        },
    }
