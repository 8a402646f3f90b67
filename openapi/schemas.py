"""Schemas of the answers that are not Bedrock's own. A test checks real answers against them."""

from collections.abc import Mapping
from typing import Any

from customization_jobs.eta.expected_end import Reason
from customization_jobs.jobs import PHASES
from customization_jobs.watch.transition import JOB, FoundBy, Kind

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
_SECONDS: Schema = {"type": ["integer", "null"], "minimum": 0}
TIME: Schema = {"type": "string", "format": "date-time"}
_WEEK: Schema = {"type": "string", "pattern": "^[0-9]{4}-W[0-9]{2}$"}
COUNTS: Schema = {"type": "object", "additionalProperties": NUMBER}


def ref(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def structure(
    properties: Mapping[str, Schema], description: str = "", *, optional: tuple[str, ...] = ()
) -> Schema:
    """Return the schema of an object, whose properties are required unless they are optional."""
    described = {"description": description} if description else {}
    required = [name for name in properties if name not in optional]
    return {"type": "object", **described, "required": required, "properties": dict(properties)}


def listed(items: Schema, description: str = "") -> Schema:
    """Return the schema of a list."""
    described = {"description": description} if description else {}
    return {"type": "array", **described, "items": items}


PROBLEM = structure(
    {
        "message": TEXT,
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "Leads to the error's schema in this document, from the URL of the request.",
        },
        "title": {**TEXT, "description": "Name of the error, as in x-amzn-ErrorType."},
        "status": {"type": "integer"},
        "detail": TEXT,
        "problems": listed(
            structure({"parameter": TEXT, "sent": TEXT, "allowed": TEXT}),
            "Everything that is wrong with the query.",
        ),
    },
    "An error, in both Bedrock's format (message) and that of RFC 9457.",
    optional=("problems",),
)
TIME_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
_EXPECTED_END = structure(
    {
        "earliest": {
            **TIME_OR_NULL,
            "description": "9 of 10 jobs end from here to latest; null with a reason.",
        },
        "latest": TIME_OR_NULL,
        "basedOn": {**NUMBER, "description": "Number of past jobs that the interval is based on."},
        "similarBy": listed(TEXT, "What these jobs have in common with the job."),
        "reason": {**TEXT, "description": "Why no time is expected.", "examples": list(map(str, Reason))},
        "lateSince": {**TIME, "description": "Of a late job: the end of the interval that it has left."},
    },
    "When a job in progress is expected to end, if it completes.",
    optional=("similarBy", "reason", "lateSince"),
)
_JOB_IN_PROGRESS = structure(
    {
        **dict.fromkeys(("jobArn", "jobName", "status", "baseModelArn", "customizationType"), TEXT),
        "creationTime": TIME,
        "ageSeconds": NUMBER,
        "limitSeconds": {**NUMBER, "description": "How long the job may be in progress."},
        "expectedEnd": ref("ExpectedEnd"),
    },
    optional=("customizationType", "expectedEnd"),
)
_LAST_30_DAYS = structure(
    {
        "since": TIME,
        "ended": NUMBER,
        "byStatus": COUNTS,
        "successRate": {
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": 1,
            "description": "Completed jobs as a share of completed and failed ones.",
        },
        "completedDurationSeconds": structure(
            dict.fromkeys(("p50", "p90", "p99"), _SECONDS),
            "Percentiles of the time from creation to end, within 1 %.",
        ),
    },
    "The jobs that ended in the last 30 days.",
)
_BY_OWNER = structure(
    {
        "tag": {**TEXT, "description": "The tag whose value is the owner of a job (setting jobTags)."},
        "asOf": {**TIME, "description": "When the last complete sweep of the watch counted."},
        "counts": {
            "type": "object",
            "additionalProperties": COUNTS,
            "description": "By owner and status: the 32 owners with the most jobs.",
        },
        "otherOwners": {**NUMBER, "description": "Jobs of further owners."},
        "withoutTag": {**NUMBER, "description": "Jobs without the tag."},
        "notRead": {**NUMBER, "description": "Jobs whose tags have not been read."},
    },
    "All jobs by owner. Absent if tags are not read, or the query selects jobs; null if not known yet.",
)
_OVERVIEW = structure(
    {
        "asOf": TIME,
        "complete": {
            "type": "boolean",
            "description": "Whether all jobs were read. If not, the figures cover only those that were.",
        },
        "jobs": NUMBER,
        "malformed": {
            **NUMBER,
            "description": "Jobs whose summaries Bedrock sent malformed, if any. Nothing else counts them.",
        },
        "byStatus": COUNTS,
        "byCustomizationType": COUNTS,
        "byBaseModel": {**COUNTS, "description": "By foundation model, including jobs on custom models."},
        "oldestInProgress": {"anyOf": [ref("JobInProgress"), {"type": "null"}]},
        "stuck": structure(
            {"count": NUMBER, "jobs": listed(ref("JobInProgress"))},
            "Jobs in progress for longer than their limits: their number, and the 20 that exceed them most.",
        ),
        "last30Days": _LAST_30_DAYS,
        "byOwner": {"anyOf": [_BY_OWNER, {"type": "null"}]},
    },
    optional=("malformed", "byOwner"),
)
_TRENDS = structure(
    {
        "asOf": TIME,
        "complete": _OVERVIEW["properties"]["complete"],
        "jobs": {**NUMBER, "description": "Jobs that were read, whenever they ended, or did not."},
        "malformed": _OVERVIEW["properties"]["malformed"],
        "since": {**TIME, "description": "Start of the first week, on a Monday at 00:00 UTC."},
        "currentWeek": {**_WEEK, "description": "The last of the weeks, which is not over."},
        "byWeek": {
            "type": "object",
            "propertyNames": _WEEK,
            "additionalProperties": COUNTS,
            "description": "The jobs that ended in each ISO week in UTC, by their final status: the current "
            "week and the 13 before it, in order.",
        },
        "completedDurationSeconds": {
            "type": "object",
            "additionalProperties": structure(
                {"jobs": NUMBER, **dict.fromkeys(("p50", "p90", "p99"), _SECONDS)}
            ),
            "description": "By customization type: the jobs that completed in these weeks, and percentiles "
            "of the time from creation to end, within 1 %.",
        },
        "failures": structure(
            {
                "byCategory": COUNTS,
                "notRecorded": {
                    **NUMBER,
                    "description": "How many of the unknown have no category in the watch's table.",
                },
                "recordsRead": {
                    "type": "boolean",
                    "description": "Whether the table was read for every failed job. False without a table.",
                },
            },
            "Why the jobs that failed in these weeks did so, by the categories of the watch.",
        ),
    },
    "The jobs that ended in the last 90 days and a few more.",
    optional=("malformed",),
)
_TRANSITION = structure(
    {
        "id": {**TEXT, "description": "Id of the event that publishes the transition."},
        "sequence": {"type": "integer", "minimum": 1},
        "kind": {**TEXT, "examples": list(map(str, Kind))},
        "at": TIME,
        "foundBy": {**TEXT, "examples": list(map(str, FoundBy))},
        "scope": {**TEXT, "description": f"{JOB}, or the phase that changed."},
        "details": {"type": "object"},
        "published": {
            "type": "boolean",
            "description": "False while pending, and always for transitions from before the watch started.",
        },
    }
)
_PHASE = structure(
    {"status": TEXT, "creationTime": TIME, "lastModifiedTime": TIME},
    optional=("creationTime", "lastModifiedTime"),
)
_OPTIONAL_JOB_FIELDS: Mapping[str, Schema] = {
    "phases": {"type": "object", "properties": dict.fromkeys(PHASES, _PHASE)},
    **dict.fromkeys(("baseModelArn", "customizationType", "customModelArn", "customModelName"), TEXT),
    **dict.fromkeys(("creationTime", "lastModifiedTime", "endTime"), TIME),
}
_TIMELINE = structure(
    {
        "job": structure(
            {"jobArn": TEXT, "jobName": TEXT, "status": TEXT, **_OPTIONAL_JOB_FIELDS},
            "Last known state.",
            optional=tuple(_OPTIONAL_JOB_FIELDS),
        ),
        "expectedEnd": ref("ExpectedEnd"),
        "tags": {
            "type": "object",
            "additionalProperties": TEXT,
            "description": "The job's tags, if the setting jobTags is on and they have been read.",
        },
        "owner": {**TEXT, "description": "Value of the tag that the setting names, if the job has it."},
        "stuck": listed(TEXT, f"Where the job exceeds its limit: {JOB}, or phases."),
        "transitions": listed(ref("Transition")),
    },
    optional=("expectedEnd", "tags", "owner"),
)
SCHEMAS: Mapping[str, Schema] = {
    "Problem": PROBLEM,
    "Overview": _OVERVIEW,
    "Trends": _TRENDS,
    "JobInProgress": _JOB_IN_PROGRESS,
    "ExpectedEnd": _EXPECTED_END,
    "Timeline": _TIMELINE,
    "Transition": _TRANSITION,
}
