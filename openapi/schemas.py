"""Schemas of the answers that are not Bedrock's own. A test checks real answers against them."""

from collections.abc import Mapping
from typing import Any

from customization_jobs.eta.expected_end import Reason
from customization_jobs.jobs import PHASES
from customization_jobs.watch.transition import JOB, FoundBy, Kind

Schema = Mapping[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_SECONDS: Schema = {"type": ["integer", "null"], "minimum": 0}
_TIME: Schema = {"type": "string", "format": "date-time"}
_COUNTS: Schema = {"type": "object", "additionalProperties": _NUMBER}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(
    properties: Mapping[str, Schema], description: str = "", *, optional: tuple[str, ...] = ()
) -> Schema:
    described = {"description": description} if description else {}
    required = [name for name in properties if name not in optional]
    return {"type": "object", **described, "required": required, "properties": dict(properties)}


def _list(items: Schema, description: str = "") -> Schema:
    described = {"description": description} if description else {}
    return {"type": "array", **described, "items": items}


PROBLEM = _object(
    {
        "message": _TEXT,
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "Leads to the error's schema in this document, from the URL of the request.",
        },
        "title": {**_TEXT, "description": "Name of the error, as in x-amzn-ErrorType."},
        "status": {"type": "integer"},
        "detail": _TEXT,
        "problems": _list(
            _object({"parameter": _TEXT, "sent": _TEXT, "allowed": _TEXT}),
            "Everything that is wrong with the query.",
        ),
    },
    "An error, in both Bedrock's format (message) and that of RFC 9457.",
    optional=("problems",),
)
_TIME_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
_EXPECTED_END = _object(
    {
        "earliest": {
            **_TIME_OR_NULL,
            "description": "9 of 10 jobs end from here to latest; null with a reason.",
        },
        "latest": _TIME_OR_NULL,
        "basedOn": {**_NUMBER, "description": "Number of past jobs that the interval is based on."},
        "similarBy": _list(_TEXT, "What these jobs have in common with the job."),
        "reason": {**_TEXT, "description": "Why no time is expected.", "examples": list(map(str, Reason))},
        "lateSince": {**_TIME, "description": "Of a late job: the end of the interval that it has left."},
    },
    "When a job in progress is expected to end, if it completes.",
    optional=("similarBy", "reason", "lateSince"),
)
_JOB_IN_PROGRESS = _object(
    {
        **dict.fromkeys(("jobArn", "jobName", "status", "baseModelArn", "customizationType"), _TEXT),
        "creationTime": _TIME,
        "ageSeconds": _NUMBER,
        "limitSeconds": {**_NUMBER, "description": "How long the job may be in progress."},
        "expectedEnd": _ref("ExpectedEnd"),
    },
    optional=("customizationType", "expectedEnd"),
)
_LAST_30_DAYS = _object(
    {
        "since": _TIME,
        "ended": _NUMBER,
        "byStatus": _COUNTS,
        "successRate": {
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": 1,
            "description": "Completed jobs as a share of completed and failed ones.",
        },
        "completedDurationSeconds": _object(
            dict.fromkeys(("p50", "p90", "p99"), _SECONDS),
            "Percentiles of the time from creation to end, within 1 %.",
        ),
    },
    "The jobs that ended in the last 30 days.",
)
_BY_OWNER = _object(
    {
        "tag": {**_TEXT, "description": "The tag whose value is the owner of a job (setting jobTags)."},
        "asOf": {**_TIME, "description": "When the last complete sweep of the watch counted."},
        "counts": {
            "type": "object",
            "additionalProperties": _COUNTS,
            "description": "By owner and status: the 32 owners with the most jobs.",
        },
        "otherOwners": {**_NUMBER, "description": "Jobs of further owners."},
        "withoutTag": {**_NUMBER, "description": "Jobs without the tag."},
        "notRead": {**_NUMBER, "description": "Jobs whose tags have not been read."},
    },
    "All jobs by owner. Absent if tags are not read, or the query selects jobs; null if not known yet.",
)
_OVERVIEW = _object(
    {
        "asOf": _TIME,
        "complete": {
            "type": "boolean",
            "description": "Whether all jobs were read. If not, the figures cover only those that were.",
        },
        "jobs": _NUMBER,
        "malformed": {
            **_NUMBER,
            "description": "Jobs whose summaries Bedrock sent malformed, if any. Nothing else counts them.",
        },
        "byStatus": _COUNTS,
        "byCustomizationType": _COUNTS,
        "byBaseModel": {**_COUNTS, "description": "By foundation model, including jobs on custom models."},
        "oldestInProgress": {"anyOf": [_ref("JobInProgress"), {"type": "null"}]},
        "stuck": _object(
            {"count": _NUMBER, "jobs": _list(_ref("JobInProgress"))},
            "Jobs in progress for longer than their limits: their number, and the 20 that exceed them most.",
        ),
        "last30Days": _LAST_30_DAYS,
        "byOwner": {"anyOf": [_BY_OWNER, {"type": "null"}]},
    },
    optional=("malformed", "byOwner"),
)
_TRANSITION = _object(
    {
        "id": {**_TEXT, "description": "Id of the event that publishes the transition."},
        "sequence": {"type": "integer", "minimum": 1},
        "kind": {**_TEXT, "examples": list(map(str, Kind))},
        "at": _TIME,
        "foundBy": {**_TEXT, "examples": list(map(str, FoundBy))},
        "scope": {**_TEXT, "description": f"{JOB}, or the phase that changed."},
        "details": {"type": "object"},
        "published": {
            "type": "boolean",
            "description": "False while pending, and always for transitions from before the watch started.",
        },
    }
)
_PHASE = _object(
    {"status": _TEXT, "creationTime": _TIME, "lastModifiedTime": _TIME},
    optional=("creationTime", "lastModifiedTime"),
)
_OPTIONAL_JOB_FIELDS: Mapping[str, Schema] = {
    "phases": {"type": "object", "properties": dict.fromkeys(PHASES, _PHASE)},
    **dict.fromkeys(("baseModelArn", "customizationType", "customModelArn", "customModelName"), _TEXT),
    **dict.fromkeys(("creationTime", "lastModifiedTime", "endTime"), _TIME),
}
_TIMELINE = _object(
    {
        "job": _object(
            {"jobArn": _TEXT, "jobName": _TEXT, "status": _TEXT, **_OPTIONAL_JOB_FIELDS},
            "Last known state.",
            optional=tuple(_OPTIONAL_JOB_FIELDS),
        ),
        "expectedEnd": _ref("ExpectedEnd"),
        "tags": {
            "type": "object",
            "additionalProperties": _TEXT,
            "description": "The job's tags, if the setting jobTags is on and they have been read.",
        },
        "owner": {**_TEXT, "description": "Value of the tag that the setting names, if the job has it."},
        "stuck": _list(_TEXT, f"Where the job exceeds its limit: {JOB}, or phases."),
        "transitions": _list(_ref("Transition")),
    },
    optional=("expectedEnd", "tags", "owner"),
)
SCHEMAS: Mapping[str, Schema] = {
    "Problem": PROBLEM,
    "Overview": _OVERVIEW,
    "JobInProgress": _JOB_IN_PROGRESS,
    "ExpectedEnd": _EXPECTED_END,
    "Timeline": _TIMELINE,
    "Transition": _TRANSITION,
}
